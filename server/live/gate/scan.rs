//! First pass over an update: every byte is read once, strictly, and nothing but a short list of
//! sections and of new deletes is kept. Afterwards the bytes are known to be well formed.

use super::bytes::Bytes;
use super::item::{Item, LEAST_BYTES};
use super::rule::Rule;
use super::spans::Span;
use super::tables::Tables;
use super::{Limits, Range};

/// The structs of one client in an update.
#[derive(Clone, Copy, Debug)]
pub(super) struct Section {
    pub(super) client: u64,
    /// The first clock we do not hold.
    pub(super) known: u32,
    /// The clock after the last struct.
    pub(super) end: u32,
    /// Where the first struct that is not wholly held begins: its clock and its position.
    pub(super) clock: u32,
    pub(super) at: usize,
}

/// What the first pass found.
pub(super) struct Scan {
    /// By client id, descending.
    pub(super) sections: Vec<Section>,
    /// Deleted ranges that are not in our set, those of one client together and sorted.
    pub(super) deletes: Vec<Range>,
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
        return Err(Rule::UpdateTooLarge);
    }
    let mut bytes = Bytes::new(update);
    let mut scan = Scan {
        sections: Vec::new(),
        deletes: Vec::new(),
        gap: false,
    };
    // A section: count, client, clock, one struct.
    for _ in 0..bytes.count(3 + LEAST_BYTES)? {
        let section = section(&mut bytes, tables, limits, &mut scan.gap)?;
        if scan
            .sections
            .last()
            .is_some_and(|last| last.client <= section.client)
        {
            return Err(Rule::SectionOrder);
        }
        scan.sections.push(section);
    }
    deletes(&mut bytes, tables, &mut scan)?;
    if bytes.remaining() > 0 {
        return Err(Rule::TrailingBytes);
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
        return Err(Rule::SectionEmpty);
    }
    let client = bytes.client()?;
    let mut clock = bytes.clock()?;
    let known = tables.client(client).map_or(0, |client| client.clock);
    *gap |= clock > known;
    let mut section = Section {
        client,
        known,
        end: clock,
        clock,
        at: bytes.position(),
    };
    for _ in 0..count {
        let length = Item::read(bytes, limits)?.length;
        clock = add(clock, length)?;
        if clock <= known {
            (section.clock, section.at) = (clock, bytes.position());
        }
    }
    section.end = clock;
    Ok(section)
}

fn deletes(bytes: &mut Bytes<'_>, tables: &Tables, scan: &mut Scan) -> Result<(), Rule> {
    let count = bytes.count(4)?;
    let mut clients = Vec::with_capacity(count);
    for _ in 0..count {
        let client = bytes.client()?;
        clients.push(client);
        let ours = tables.client(client);
        let end = scan.section(client).map_or(0, |at| scan.sections[at].end);
        let end = end.max(ours.map_or(0, |client| client.clock));
        let ranges = bytes.count(2)?;
        if ranges == 0 {
            return Err(Rule::DeletesEmpty);
        }
        let mut after = 0;
        for _ in 0..ranges {
            let from = bytes.clock()?;
            let length = bytes.clock()?;
            if length == 0 {
                return Err(Rule::DeletesEmpty);
            }
            if from < after {
                return Err(Rule::DeletesOrder);
            }
            let to = add(from, length)?;
            after = to;
            scan.gap |= to > end;
            let mut keep = |span: Span| {
                scan.deletes.push(Range {
                    client,
                    from: span.from.into(),
                    to: span.to.into(),
                });
            };
            match ours {
                Some(ours) => ours.deleted.subtract_from(Span { from, to }, keep),
                None => keep(Span { from, to }),
            }
        }
    }
    each_once(&mut clients, Rule::DeletesClientTwice)
}

/// Whether no client comes twice.
pub(super) fn each_once(clients: &mut [u64], rule: Rule) -> Result<(), Rule> {
    if !clients.windows(2).all(|pair| pair[0] > pair[1]) {
        clients.sort_unstable();
        if clients.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(rule);
        }
    }
    Ok(())
}

/// The sum of a clock and a length, below 2^31 as both are.
fn add(clock: u32, length: u32) -> Result<u32, Rule> {
    let sum = clock + length;
    if sum >> 31 == 0 {
        Ok(sum)
    } else {
        Err(Rule::NumberTooLarge)
    }
}
