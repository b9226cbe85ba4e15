//! Tables as bytes, stored beside a snapshot: var-ints after a mark, a checksum at the end.
//! Reading them back checks every number that the tables use as a position.

use super::bytes::{Bytes, write_uint};
use super::item::Id;
use super::rule::Rule;
use super::spans::{Span, Spans};
use super::tables::{Client, Front, Key, Kind, NOWHERE, Name, Run, Tables, Type, Value};
use crate::live::schema::{ATTRIBUTES, NODES, SECTIONS};

/// Stored tables that cannot be read; they are made again from the snapshot and the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Corrupt;

impl std::fmt::Display for Corrupt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("stored structure tables are corrupt")
    }
}

impl std::error::Error for Corrupt {}

impl From<Rule> for Corrupt {
    fn from(_: Rule) -> Self {
        Self
    }
}

/// What the bytes begin with; the digit is the version of the layout.
const MARK: &[u8] = b"CHG3";
/// Bytes of the checksum.
const SUM_BYTES: usize = 8;

impl Tables {
    /// These tables as bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = MARK.to_vec();
        write_uint(&mut out, self.pieces as u64);
        write_uint(&mut out, self.crossings);
        let types = &self.types[SECTIONS.len()..];
        write_uint(&mut out, types.len() as u64);
        for held in types {
            write_uint(&mut out, held.id.client);
            write_uint(&mut out, held.id.clock.into());
            write_uint(&mut out, held.parent.into());
            write_uint(&mut out, name_number(held.name));
        }
        for size in &self.sizes {
            write_uint(&mut out, (*size).into());
        }
        write_uint(&mut out, self.clients.len() as u64);
        for client in &self.clients {
            write_client(&mut out, client);
        }
        let mut attributes: Vec<_> = self.attributes.iter().collect();
        attributes.sort_unstable_by_key(|(place, _)| **place);
        write_uint(&mut out, attributes.len() as u64);
        for ((parent, key), value) in attributes {
            write_uint(&mut out, u64::from(*parent));
            write_uint(&mut out, u64::from(*key));
            write_uint(&mut out, value.id.client);
            write_uint(&mut out, value.id.clock.into());
            write_uint(&mut out, value.disputed.into());
        }
        self.write_fronts(&mut out);
        let sum = checksum(&out);
        out.extend(sum.to_le_bytes());
        out
    }

    /// The pieces of content of stored tables, which are not read any further.
    #[must_use]
    pub fn stored_pieces(stored: &[u8]) -> Option<usize> {
        Bytes::new(stored.strip_prefix(MARK)?).size().ok()
    }

    /// Tables from bytes that [`Tables::to_bytes`] made.
    ///
    /// # Errors
    /// [`Corrupt`] for anything else.
    pub fn from_bytes(stored: &[u8]) -> Result<Self, Corrupt> {
        let (body, sum) = stored.split_last_chunk::<SUM_BYTES>().ok_or(Corrupt)?;
        if checksum(body) != u64::from_le_bytes(*sum) {
            return Err(Corrupt);
        }
        let mut bytes = Bytes::new(body.strip_prefix(MARK).ok_or(Corrupt)?);
        let mut tables = Self::new();
        tables.pieces = bytes.size()?;
        tables.crossings = bytes.size()? as u64;
        for _ in 0..bytes.count(4)? {
            let held = read_type(&mut bytes, &tables.types)?;
            tables.types.push(held);
        }
        tables.sizes.clear();
        for _ in 0..tables.types.len() {
            tables.sizes.push(bytes.clock()?);
        }
        for _ in 0..bytes.count(5)? {
            let client = read_client(&mut bytes, &tables.types)?;
            if tables
                .clients
                .last()
                .is_some_and(|last| last.id >= client.id)
            {
                return Err(Corrupt);
            }
            tables.clients.push(client);
        }
        for _ in 0..bytes.count(5)? {
            let (parent, key) = (bytes.clock()?, read_key(bytes.clock()?)?);
            let id = Id {
                client: bytes.client()?,
                clock: bytes.clock()?,
            };
            let disputed = bytes.clock()? != 0;
            if parent as usize >= tables.types.len() {
                return Err(Corrupt);
            }
            tables
                .attributes
                .insert((parent, key), Value { id, disputed });
        }
        tables.read_fronts(&mut bytes)?;
        if bytes.remaining() > 0 {
            Err(Corrupt)
        } else {
            Ok(tables)
        }
    }

    /// What stands behind units; clients are named by their place in the list above.
    fn write_fronts(&self, out: &mut Vec<u8>) {
        let place = |client: u64| {
            let at = self.clients.binary_search_by_key(&client, |held| held.id);
            at.map_or(0, |at| at as u64 + 1)
        };
        let mut fronts: Vec<_> = self.fronts.iter().collect();
        fronts.sort_unstable_by_key(|(behind, _)| **behind);
        write_uint(out, fronts.len() as u64);
        for (behind, front) in fronts {
            write_uint(out, place(behind.client));
            write_uint(out, behind.clock.into());
            match front {
                Front::Untouched => out.push(0),
                Front::Crossed => out.push(1),
                Front::Struct { id, over_next } => {
                    out.push(2 + u8::from(*over_next));
                    write_uint(out, place(id.client));
                    write_uint(out, id.clock.into());
                }
            }
        }
    }

    fn read_fronts(&mut self, bytes: &mut Bytes<'_>) -> Result<(), Corrupt> {
        for _ in 0..bytes.count(3)? {
            let behind = match bytes.clock()? {
                0 => Id::start_of(bytes.clock()?),
                place => self.read_id(place, bytes)?,
            };
            let front = match bytes.byte()? {
                0 => Front::Untouched,
                1 => Front::Crossed,
                kind @ (2 | 3) => {
                    let place = bytes.clock()?;
                    Front::Struct {
                        id: self.read_id(place, bytes)?,
                        over_next: kind == 3,
                    }
                }
                _ => return Err(Corrupt),
            };
            self.fronts.insert(behind, front);
        }
        Ok(())
    }

    fn read_id(&self, place: u32, bytes: &mut Bytes<'_>) -> Result<Id, Corrupt> {
        let at = (place as usize).checked_sub(1);
        let client = at.and_then(|at| self.clients.get(at)).ok_or(Corrupt)?.id;
        let clock = bytes.clock()?;
        Ok(Id { client, clock })
    }
}

fn write_client(out: &mut Vec<u8>, client: &Client) {
    write_uint(out, client.id);
    write_uint(out, client.clock.into());
    write_uint(out, client.runs.len() as u64);
    let mut before = 0;
    for run in &client.runs {
        write_uint(out, (run.start - before).into());
        before = run.start;
        out.push(run.kind as u8);
        if run.kind != Kind::Gc {
            write_uint(out, run.parent.into());
            write_uint(out, run.detail.into());
        }
    }
    write_right(out, client.right);
    write_uint(out, client.deleted.as_slice().len() as u64);
    let mut before = 0;
    for span in client.deleted.as_slice() {
        write_uint(out, (span.from - before).into());
        write_uint(out, (span.to - span.from).into());
        before = span.to;
    }
    for clocks in [&client.pairs, &client.breaks] {
        write_uint(out, clocks.len() as u64);
        let mut before = 0;
        for clock in clocks {
            write_uint(out, (clock - before).into());
            before = *clock;
        }
    }
}

fn write_right(out: &mut Vec<u8>, right: Option<Id>) {
    write_uint(out, right.is_some().into());
    if let Some(id) = right {
        write_uint(out, id.client);
        write_uint(out, id.clock.into());
    }
}

fn read_type(bytes: &mut Bytes<'_>, types: &[Type]) -> Result<Type, Corrupt> {
    let id = Id {
        client: bytes.client()?,
        clock: bytes.clock()?,
    };
    let parent = bytes.clock()?;
    let name = match (bytes.clock()? as usize).checked_sub(1) {
        None => Name::XmlText,
        Some(node) if node < NODES.len() => Name::Element(node as u8),
        Some(_) => return Err(Corrupt),
    };
    let holder = types.get(parent as usize).ok_or(Corrupt)?;
    let depth = holder.depth.checked_add(1).ok_or(Corrupt)?;
    Ok(Type {
        id,
        parent,
        name,
        section: holder.section,
        depth,
    })
}

fn read_client(bytes: &mut Bytes<'_>, types: &[Type]) -> Result<Client, Corrupt> {
    let (id, clock) = (bytes.client()?, bytes.clock()?);
    let mut client = Client {
        id,
        clock,
        ..Client::default()
    };
    for at in 0..bytes.count(2)? {
        let step = bytes.clock()?;
        let start = client.runs.last().map_or(0, |run| run.start) + step;
        if (at == 0) != (step == 0) || start >= clock {
            return Err(Corrupt);
        }
        client.runs.push(read_run(
            bytes,
            Id {
                client: id,
                clock: start,
            },
            types,
        )?);
    }
    if client.runs.is_empty() != (clock == 0) {
        return Err(Corrupt);
    }
    if bytes.clock()? != 0 {
        client.right = Some(Id {
            client: bytes.client()?,
            clock: bytes.clock()?,
        });
    }
    let count = bytes.count(2)?;
    let mut spans = Vec::new();
    let mut before = 0;
    for _ in 0..count {
        let from: u32 = before + bytes.clock()?;
        before = from
            .checked_add(bytes.clock()?)
            .filter(|to| *to <= clock)
            .ok_or(Corrupt)?;
        spans.push(Span { from, to: before });
    }
    client.deleted = Spans::from_sorted(spans).ok_or(Corrupt)?;
    for clocks in [&mut client.pairs, &mut client.breaks] {
        for at in 0..bytes.count(1)? {
            let step = bytes.clock()?;
            let next = clocks.last().copied().unwrap_or(0) + step;
            if (at > 0 && step == 0) || next >= clock {
                return Err(Corrupt);
            }
            clocks.push(next);
        }
    }
    Ok(client)
}

fn read_run(bytes: &mut Bytes<'_>, id: Id, types: &[Type]) -> Result<Run, Corrupt> {
    let start = id.clock;
    let kind = match bytes.byte()? {
        0 => {
            return Ok(Run {
                start,
                parent: NOWHERE,
                detail: 0,
                kind: Kind::Gc,
            });
        }
        1 => Kind::Deleted,
        2 => Kind::Text,
        3 => Kind::Format,
        4 => Kind::Type,
        5 => Kind::Value,
        _ => return Err(Corrupt),
    };
    let (parent, detail) = (bytes.clock()?, bytes.clock()?);
    if parent as usize >= types.len() {
        return Err(Corrupt);
    }
    match kind {
        Kind::Type => {
            let held = types.get(detail as usize).ok_or(Corrupt)?;
            if held.id != id || held.parent != parent || held.name == Name::Section {
                return Err(Corrupt);
            }
        }
        Kind::Deleted | Kind::Value => {
            read_key(detail)?;
        }
        Kind::Gc | Kind::Text | Kind::Format => {}
    }
    Ok(Run {
        start,
        parent,
        detail,
        kind,
    })
}

fn read_key(number: u32) -> Result<Key, Corrupt> {
    if number as usize > ATTRIBUTES.len() {
        Err(Corrupt)
    } else {
        Ok(number as Key)
    }
}

fn name_number(name: Name) -> u64 {
    match name {
        // Sections are not written.
        Name::XmlText | Name::Section => 0,
        Name::Element(node) => u64::from(node) + 1,
    }
}

/// FNV-1a over 64 bits: against damage, not against forgery.
fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
