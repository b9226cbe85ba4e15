//! First pass over an update: every byte is read once, strictly, and nothing but a short list of
//! sections and of new deletes is kept. Afterwards the bytes are known to be well formed.

use super::bytes::Bytes;
use super::few::Few;
use super::item::{Id, Item, LEAST_BYTES, Parent};
use super::rule::{Gap, Rule, missing, refuse};
use super::spans::Span;
use super::structure;
use super::tables::Tables;
use super::{Limits, Range};

/// The structs of one client in an update.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Section {
    pub(super) client: u64,
    /// The first clock we do not hold, and the right neighbour of the last struct that we do.
    pub(super) known: u32,
    pub(super) right: Option<Id>,
    /// The clock after the last struct.
    pub(super) end: u32,
    /// Where the first struct that is not wholly held begins: its clock and its position.
    pub(super) clock: u32,
    pub(super) at: usize,
}

/// What the first pass found.
pub(super) struct Scan {
    /// By client id, descending.
    pub(super) sections: Few<Section, 1>,
    /// Deleted ranges that are not in our set, those of one client together and sorted.
    pub(super) deletes: Few<Range, 1>,
    /// Something between what we hold and this update is missing.
    pub(super) gap: bool,
}

impl Scan {
    /// The section of a client.
    pub(super) fn section(&self, client: u64) -> Option<usize> {
        self.sections
            .binary_search_by(|section| client.cmp(&section.client))
            .ok()
    }
}

/// Reads a whole update.
///
/// # Errors
/// The rule that the bytes break.
pub(super) fn scan(update: &[u8], tables: &Tables, limits: &Limits) -> Result<Scan, Rule> {
    if update.len() > limits.update_bytes {
        refuse(Rule::UpdateTooLarge)?;
    }
    let mut bytes = Bytes::new(update);
    let mut scan = Scan {
        sections: Few::default(),
        deletes: Few::default(),
        gap: false,
    };
    let mut clients = tables.clients.len();
    // A section: count, client, clock, one struct.
    for _ in 0..bytes.count(3 + LEAST_BYTES)? {
        let section = section(&mut bytes, tables, limits, &mut scan.gap)?;
        if scan
            .sections
            .last()
            .is_some_and(|last| last.client <= section.client)
        {
            refuse(Rule::SectionOrder)?;
        }
        clients += usize::from(section.known == 0);
        if clients > limits.clients && section.known == 0 {
            refuse(Rule::ClientCount)?;
        }
        scan.sections.push(section);
    }
    deletes(&mut bytes, tables, &mut scan)?;
    if bytes.remaining() > 0 {
        refuse(Rule::TrailingBytes)?;
    }
    Ok(scan)
}

fn section(
    bytes: &mut Bytes<'_>,
    tables: &Tables,
    limits: &Limits,
    gap: &mut bool,
) -> Result<Section, Rule> {
    let count = bytes.count(LEAST_BYTES)?;
    if count == 0 {
        refuse(Rule::SectionEmpty)?;
    }
    let client = bytes.client()?;
    let mut clock = bytes.clock()?;
    let (known, right) = tables
        .client(client)
        .map_or((0, None), |client| (client.clock, client.right));
    *gap |= clock > known && missing(Gap::Start);
    let mut section = Section {
        client,
        known,
        right,
        end: clock,
        clock,
        at: bytes.position(),
    };
    for _ in 0..count {
        let item = Item::read(bytes, limits)?;
        clock = add(clock, item.length)?;
        if clock <= known {
            check_held(&item, tables)?;
            (section.clock, section.at) = (clock, bytes.position());
        }
    }
    section.end = clock;
    Ok(section)
}

/// Judges a struct that we hold. It is skipped, and so does the CRDT library; but Yjs looks up what
/// it names first: with a name that is nowhere it sets the rest of the update aside or stops, and
/// with one in the middle of a character it spoils that character.
fn check_held(item: &Item<'_>, tables: &Tables) -> Result<(), Rule> {
    let parent = match item.parent {
        Parent::Untold => None,
        Parent::Root(name) => {
            structure::section(name)?;
            None
        }
        Parent::Type(id) => Some(id),
    };
    for id in [item.left, item.right, parent].into_iter().flatten() {
        if tables
            .client(id.client)
            .is_none_or(|client| id.clock >= client.clock)
        {
            refuse(Rule::HeldNamesUnknown)?;
        }
    }
    let cut = item.left.is_some_and(|id| tables.is_cut_after(id))
        || item.right.is_some_and(|id| tables.is_cut_before(id));
    if cut {
        refuse(Rule::HeldCutsCharacter)?;
    }
    Ok(())
}

/// Reads the deletes twice: what breaks a rule, above all a client that comes again and again with
/// all it ever wrote, is refused before anything is kept of it.
fn deletes(bytes: &mut Bytes<'_>, tables: &Tables, scan: &mut Scan) -> Result<(), Rule> {
    let mut again = *bytes;
    let mut clients = Few::<u64, 4>::default();
    each_delete(bytes, |client, span| {
        if span.is_none() {
            clients.push(client);
        }
    })?;
    each_once(&mut clients, Rule::DeletesClientTwice)?;
    let (mut ours, mut end) = (None, 0);
    each_delete(&mut again, |client, span| {
        let Some(span) = span else {
            ours = tables.client(client);
            let theirs = scan.section(client).map_or(0, |at| scan.sections[at].end);
            end = theirs.max(ours.map_or(0, |client| client.clock));
            return;
        };
        if span.to > end && missing(Gap::Delete) {
            // Nothing more is said of an update with a gap: nothing is kept of it.
            scan.gap = true;
            return;
        }
        let mut keep = |span: Span| {
            scan.deletes.push(Range {
                client,
                from: span.from.into(),
                to: span.to.into(),
            });
        };
        match ours {
            Some(ours) => ours.deleted.subtract_from(span, keep),
            None => keep(span),
        }
    })
}

/// Reads the deletes and calls `each` with every client, then with each range of that client.
fn each_delete(bytes: &mut Bytes<'_>, mut each: impl FnMut(u64, Option<Span>)) -> Result<(), Rule> {
    for _ in 0..bytes.count(4)? {
        let client = bytes.client()?;
        each(client, None);
        let ranges = bytes.count(2)?;
        if ranges == 0 {
            refuse(Rule::DeletesEmpty)?;
        }
        let mut after = 0;
        for _ in 0..ranges {
            let from = bytes.clock()?;
            let length = bytes.clock()?;
            if length == 0 {
                refuse(Rule::DeletesEmpty)?;
            }
            if from < after {
                refuse(Rule::DeletesOrder)?;
            }
            let to = add(from, length)?;
            after = to;
            each(client, Some(Span { from, to }));
        }
    }
    Ok(())
}

/// Whether no client comes twice.
pub(super) fn each_once(clients: &mut [u64], rule: Rule) -> Result<(), Rule> {
    if !clients.windows(2).all(|pair| pair[0] > pair[1]) {
        clients.sort_unstable();
        if clients.windows(2).any(|pair| pair[0] == pair[1]) {
            refuse(rule)?;
        }
    }
    Ok(())
}

/// The sum of a clock and a length, below 2^31 as both are.
fn add(clock: u32, length: u32) -> Result<u32, Rule> {
    let sum = clock + length;
    if sum >> 31 != 0 {
        refuse(Rule::NumberTooLarge)?;
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::gate::spans::Spans;
    use crate::live::gate::tables::Client;

    #[test]
    fn deletes_client_twice_is_seen_before_anything_is_kept() {
        // Every second of 2,000 units of client 1 is deleted; then 500 times "all of client 1".
        let mut tables = Tables::new();
        tables.clients.push(Client {
            id: 1,
            clock: 2_000,
            deleted: Spans::from_sorted(
                (0..1_000)
                    .map(|at| Span {
                        from: 2 * at,
                        to: 2 * at + 1,
                    })
                    .collect(),
            )
            .expect("sorted"),
            ..Default::default()
        });
        let mut scan = Scan {
            sections: Few::default(),
            deletes: Few::default(),
            gap: false,
        };
        let bytes = [vec![0xf4, 3], [1, 1, 0, 0xd0, 0x0f].repeat(500)].concat();
        let read = deletes(&mut Bytes::new(&bytes), &tables, &mut scan);
        assert_eq!(read, Err(Rule::DeletesClientTwice));
        assert!(scan.deletes.is_empty());
        let once = [vec![1], vec![1, 1, 0, 0xd0, 0x0f]].concat();
        assert_eq!(deletes(&mut Bytes::new(&once), &tables, &mut scan), Ok(()));
        assert_eq!(scan.deletes.len(), 1_000);
    }
}
