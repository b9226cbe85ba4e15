//! Makes updates out of bytes: most of them well formed and at home in one document, some of them
//! odd (neighbours in the wrong order, structs sent again with other content, characters cut in
//! two, collected history), so that a fuzzer or a seed reaches what lies behind the reading rules.

/// Choices, taken from bytes; all of them are 0 when the bytes end.
pub(crate) struct Choices<'a> {
    bytes: &'a [u8],
}

impl<'a> Choices<'a> {
    /// Choices from these bytes.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// Whether there are choices left.
    pub(crate) fn any(&self) -> bool {
        !self.bytes.is_empty()
    }

    fn byte(&mut self) -> u8 {
        match self.bytes.split_first() {
            Some((first, rest)) => {
                self.bytes = rest;
                *first
            }
            None => 0,
        }
    }

    fn below(&mut self, most: usize) -> usize {
        usize::from(self.byte()) % most.max(1)
    }

    /// One of 16 such bytes is lucky.
    fn rarely(&mut self) -> bool {
        self.byte() & 15 == 7
    }
}

/// What a struct is, as far as the builder cares.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Characters,
    Other,
    /// A type that holds text.
    Text,
    /// A type that holds inline nodes (a paragraph, a heading).
    Block,
    /// A type that holds blocks (a quote).
    Quote,
    /// A list that may begin anywhere.
    List,
    /// A table, a row of it, a cell of that.
    Table,
    Row,
    Cell,
}

impl Kind {
    /// The attribute that the builder gives to a type of this kind.
    fn key(self) -> Option<&'static str> {
        match self {
            Self::Block => Some("level"),
            Self::List => Some("start"),
            Self::Cell => Some("colspan"),
            Self::Characters | Self::Other | Self::Text | Self::Quote | Self::Table | Self::Row => {
                None
            }
        }
    }
}

/// Where structs stand: a root by its position, or a type by its unit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Root(usize),
    In(usize),
}

/// One struct sent before.
#[derive(Clone, Copy)]
struct Unit {
    client: u64,
    clock: u64,
    length: u64,
    place: Place,
    kind: Kind,
    keyed: bool,
}

/// Makes the updates of one document.
#[derive(Clone)]
pub(crate) struct Builder {
    clients: Vec<(u64, u64)>,
    units: Vec<Unit>,
}

const ROOTS: [&str; 5] = [
    "context",
    "description",
    "transversal",
    "conditions",
    "experiment",
];
const TEXTS: [&str; 8] = [
    "a",
    "bois",
    "é",
    "𝄞",
    "👩‍🔧",
    "filière courte",
    "x𝄞",
    "\u{fffd}",
];
const MARKS: [(&str, &str); 6] = [
    ("bold", "{}"),
    ("bold", "null"),
    ("italic", "{}"),
    ("italic", "null"),
    ("link", r#"{"href":"https://exemple.fr"}"#),
    ("link--aB3+/=x9", "null"),
];

/// What JSON a mark may carry that we hold already: read, or refused, by every reader alike.
const FOREIGN: [&str; 6] = [
    "9223372036854775808",
    "[-9223372036854775809,1e308]",
    r#"{"a":{"b":[null,-0.5e-9]}}"#,
    "9007199254740992",
    r#""\u0000\ud834\udd1e""#,
    "true",
];

/// Values of an attribute beside small whole numbers: no number, infinity, a 64-bit integer, a
/// float that is whole, a text, null, a large integer.
const VALUES: [&[u8]; 7] = [
    &[124, 0x7f, 0xc0, 0, 0],
    &[123, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0],
    &[122, 0, 0, 0, 0, 0, 0, 0, 2],
    &[124, 0x40, 0x40, 0, 0],
    b"\x77\x03100",
    &[126],
    &[125, 0xa5, 1],
];

impl Default for Builder {
    fn default() -> Self {
        Self {
            clients: vec![(3_000_000_001, 0), (70_000, 0), (77, 0), (5, 0)],
            units: Vec::new(),
        }
    }
}

fn uint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn text(out: &mut Vec<u8>, text: &str) {
    uint(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

impl Builder {
    /// The next update.
    pub(crate) fn update(&mut self, choices: &mut Choices<'_>) -> Vec<u8> {
        let mut sections = Vec::new();
        for at in 0..self.clients.len() {
            if choices.byte() & 1 == 0 {
                sections.push(self.section(at, choices));
            }
        }
        let mut out = Vec::new();
        uint(&mut out, sections.len() as u64);
        sections
            .iter()
            .for_each(|section| out.extend_from_slice(section));
        self.deletes(&mut out, choices);
        out
    }

    /// Structs of one client.
    fn section(&mut self, at: usize, choices: &mut Choices<'_>) -> Vec<u8> {
        let (id, clock) = self.clients[at];
        let mut structs = Vec::new();
        let mut count = 0;
        let mut start = clock;
        if choices.rarely() && clock > 0 {
            // What was sent before, with the same length and other content.
            let again = 1 + choices.below(clock.min(9) as usize) as u64;
            start = clock - again;
            count += 1;
            let left = self.neighbour(choices);
            match left {
                Some(left) => {
                    let of = self.units[left];
                    let foreign = again == 1 && choices.byte() & 1 == 0;
                    structs.push(if foreign { 0x86 } else { 0x81 });
                    uint(&mut structs, of.client);
                    uint(
                        &mut structs,
                        of.clock + choices.below(of.length as usize) as u64,
                    );
                    if foreign {
                        text(&mut structs, "bold");
                        text(&mut structs, FOREIGN[choices.below(FOREIGN.len())]);
                    } else {
                        uint(&mut structs, again + u64::from(choices.rarely()));
                    }
                }
                None => {
                    structs.push(0);
                    uint(&mut structs, again);
                }
            }
        }
        for _ in 0..1 + choices.below(4) {
            self.structure(at, &mut structs, choices);
            count += 1;
        }
        let mut out = Vec::new();
        uint(&mut out, count);
        uint(&mut out, id);
        uint(&mut out, start);
        out.extend_from_slice(&structs);
        out
    }

    /// A struct sent before, the latest ones more often.
    fn neighbour(&self, choices: &mut Choices<'_>) -> Option<usize> {
        let count = self.units.len();
        if count == 0 || choices.rarely() {
            return None;
        }
        let back = if choices.byte() & 1 == 0 {
            count.min(6)
        } else {
            count
        };
        Some(count - 1 - choices.below(back))
    }

    fn structure(&mut self, at: usize, out: &mut Vec<u8>, choices: &mut Choices<'_>) {
        let (client, clock) = self.clients[at];
        let unit = |length, place, kind, keyed| Unit {
            client,
            clock,
            length,
            place,
            kind,
            keyed,
        };
        if choices.rarely() {
            let length = 1 + choices.below(3) as u64;
            out.push(0);
            uint(out, length);
            self.clients[at].1 += length;
            return;
        }
        let left = self.neighbour(choices).filter(|_| choices.byte() & 3 != 0);
        let made = match left {
            Some(left) => {
                let of = self.units[left];
                let beside = |unit: &Unit| unit.place == of.place && unit.keyed == of.keyed;
                let others: Vec<Unit> = self.units.iter().copied().filter(beside).collect();
                let with_right = choices.byte() & 1 == 0 && (!of.keyed || choices.rarely());
                // Mostly of another client, or written after: what stands in one passage is in
                // the order in which it was written.
                let odd = choices.rarely();
                let fits = |unit: &Unit| odd || unit.client != of.client || unit.clock > of.clock;
                let others: Vec<Unit> = others.into_iter().filter(fits).collect();
                let with_right = with_right && !others.is_empty();
                let right = with_right.then(|| others[choices.below(others.len())]);
                let flags = 0x80 | if right.is_some() { 0x40 } else { 0 };
                let mut names = Vec::new();
                uint(&mut names, of.client);
                uint(
                    &mut names,
                    of.clock + choices.below(of.length as usize) as u64,
                );
                if let Some(right) = right {
                    uint(&mut names, right.client);
                    uint(
                        &mut names,
                        right.clock + choices.below(right.length as usize) as u64,
                    );
                }
                let (length, kind) = self.content(flags, &names, of.place, of.keyed, out, choices);
                unit(length, of.place, kind, of.keyed)
            }
            None => {
                let inside = self
                    .neighbour(choices)
                    .filter(|at| !matches!(self.units[*at].kind, Kind::Characters | Kind::Other));
                let mut names = Vec::new();
                let place = match inside {
                    Some(inside) => {
                        names.push(0);
                        uint(&mut names, self.units[inside].client);
                        uint(&mut names, self.units[inside].clock);
                        Place::In(inside)
                    }
                    None => {
                        names.push(1);
                        let root = choices.below(ROOTS.len());
                        text(&mut names, ROOTS[root]);
                        Place::Root(root)
                    }
                };
                let key = inside.and_then(|at| self.units[at].kind.key());
                let key = key.filter(|_| choices.byte() & 3 == 0);
                let (keyed, flags) = (key.is_some(), if key.is_some() { 0x20 } else { 0 });
                if let Some(key) = key {
                    text(&mut names, key);
                }
                let (length, kind) = self.content(flags, &names, place, keyed, out, choices);
                unit(length, place, kind, keyed)
            }
        };
        self.units.push(made);
        self.clients[at].1 += made.length;
    }

    /// Writes flags, names and a content that this place may take.
    fn content(
        &self,
        flags: u8,
        names: &[u8],
        place: Place,
        keyed: bool,
        out: &mut Vec<u8>,
        choices: &mut Choices<'_>,
    ) -> (u64, Kind) {
        let holder = match place {
            Place::Root(_) => Kind::Quote,
            Place::In(unit) => self.units[unit].kind,
        };
        let head = |kind: u8, out: &mut Vec<u8>| {
            out.push(flags | kind);
            out.extend_from_slice(names);
        };
        if choices.rarely() {
            head(1, out);
            let length = 1 + choices.below(4) as u64;
            uint(out, length);
            return (length, Kind::Other);
        }
        if keyed {
            head(8, out);
            let count = 1 + choices.below(2);
            uint(out, count as u64);
            for _ in 0..count {
                if choices.rarely() {
                    out.extend_from_slice(VALUES[choices.below(VALUES.len())]);
                } else {
                    out.extend_from_slice(&[125, 2 + choices.below(3) as u8]);
                }
            }
            return (count as u64, Kind::Other);
        }
        match holder {
            Kind::Text if choices.byte() & 3 == 0 => {
                head(6, out);
                let (key, value) = MARKS[choices.below(MARKS.len())];
                text(out, key);
                text(out, value);
                (1, Kind::Other)
            }
            Kind::Text => {
                head(4, out);
                let typed = TEXTS[choices.below(TEXTS.len())];
                text(out, typed);
                (typed.encode_utf16().count() as u64, Kind::Characters)
            }
            Kind::Block if choices.rarely() => {
                head(7, out);
                out.push(3);
                text(out, "hardBreak");
                (1, Kind::Other)
            }
            Kind::Block => {
                head(7, out);
                out.push(6);
                (1, Kind::Text)
            }
            Kind::Quote
            | Kind::Cell
            | Kind::List
            | Kind::Table
            | Kind::Row
            | Kind::Characters
            | Kind::Other => {
                head(7, out);
                out.push(3);
                let told = match holder {
                    Kind::Table => Some(("tableRow", Kind::Row)),
                    Kind::Row => Some(("tableCell", Kind::Cell)),
                    Kind::List => Some(("listItem", Kind::Quote)),
                    Kind::Characters
                    | Kind::Other
                    | Kind::Text
                    | Kind::Block
                    | Kind::Quote
                    | Kind::Cell => None,
                };
                let (name, kind) = match told {
                    Some(told) => told,
                    None if !choices.rarely() => ("heading", Kind::Block),
                    None => [
                        ("blockquote", Kind::Quote),
                        ("orderedList", Kind::List),
                        ("table", Kind::Table),
                    ][choices.below(3)],
                };
                text(out, name);
                (1, kind)
            }
        }
    }

    fn deletes(&self, out: &mut Vec<u8>, choices: &mut Choices<'_>) {
        let mut clients = Vec::new();
        for (id, clock) in &self.clients {
            if *clock == 0 || choices.byte() & 7 != 1 {
                continue;
            }
            let mut ranges = Vec::new();
            let mut from = choices.below(*clock as usize) as u64;
            while from < *clock && ranges.len() < 3 {
                let length = (1 + choices.below(3) as u64).min(clock - from);
                ranges.push((from, length));
                from += length + 1 + choices.below(5) as u64;
            }
            clients.push((*id, ranges));
        }
        uint(out, clients.len() as u64);
        for (id, ranges) in clients {
            uint(out, id);
            uint(out, ranges.len() as u64);
            for (from, length) in ranges {
                uint(out, from);
                uint(out, length);
            }
        }
    }
}
