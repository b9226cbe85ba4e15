//! The gate: the strict reader that judges every update before anything else sees it.
//! It reads Yjs V1 updates against a room's [`Tables`] and says what they touch. Pure: no I/O, no
//! clock, no library, no recursion, and memory that follows the bytes received, never a count that
//! they declare. Bytes that did not pass here never reach the CRDT library, in any code path.
//!
//! Reading order: `scan` (bytes), `place` and `structure` (where things stand), `deletes` (what a
//! delete takes away), `tables` (what a room knows), `stored` (the same as bytes).

mod bytes;
mod carry;
mod deletes;
mod few;
mod item;
mod json;
mod order;
mod place;
mod rule;
mod scan;
mod small;
mod spans;
mod stored;
mod structure;
mod tables;
#[cfg(test)]
mod tests;
mod value;

pub use few::Few;
pub use rule::Rule;
pub use stored::Corrupt;
pub use tables::Tables;

use crate::live::schema;
use bytes::Bytes;
use place::{Placer, Staged, Stop};

/// Bounds that a caller may set; the others are constants beside what they bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes of one update.
    pub update_bytes: usize,
    /// The most values (parts of arrays and objects included) that one struct may carry.
    pub values: usize,
    /// The most client ids of a document.
    pub clients: usize,
    /// The most pieces of content of a document.
    pub structs: usize,
    /// How much structs may weigh, all together, whose neighbours no longer stand side by side:
    /// the steps that every copy takes for them.
    pub crossings: u64,
    /// How much more for each piece of content: a long text that one person wrote here and there
    /// weighs something, too.
    pub crossings_a_piece: u64,
}

impl Default for Limits {
    /// For messages: a pasted text of 60 pages takes 280 kB.
    fn default() -> Self {
        Self {
            update_bytes: 4 << 20,
            values: 10_000,
            clients: 20_000,
            structs: 300_000,
            crossings: 4_000_000,
            crossings_a_piece: 1_024,
        }
    }
}

impl Limits {
    /// How much structs may weigh in a document of so many pieces, all together, whose neighbours no
    /// longer stand side by side.
    #[must_use]
    pub fn crossings_of(&self, pieces: usize) -> u64 {
        let more = self.crossings_a_piece.saturating_mul(pieces as u64);
        self.crossings.saturating_add(more)
    }

    /// For what is read from our own storage: it was let in under the limits of its day.
    #[must_use]
    pub fn snapshot() -> Self {
        Self {
            update_bytes: 1 << 30,
            clients: usize::MAX,
            structs: usize::MAX,
            crossings: u64::MAX,
            ..Self::default()
        }
    }
}

/// So many deleted ranges are let in up to twice the pieces that a document may have.
const DELETES_ALWAYS: usize = 1_000;

/// Clocks of one client, from `from` (included) to `to` (not included).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Range {
    /// The client id.
    pub client: u64,
    /// The first clock.
    pub from: u64,
    /// The clock after the last.
    pub to: u64,
}

/// Some of a document's sections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Sections(u8);

impl Sections {
    /// Their names, in document order.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let names = schema::SECTIONS.into_iter().zip(0u8..);
        names.filter_map(move |(name, at)| (self.0 & section_bit(at) != 0).then_some(name))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// What an update is to a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Well formed, complete and new. The rights are judged next.
    Accepted(Reading),
    /// We hold all of it.
    NothingNew,
    /// No new content, and only deletes that copies make by themselves: format marks without
    /// effect, replaced attributes, what stands in deleted elements. From a writer it is stored;
    /// from anybody else it is acknowledged and dropped, never refused.
    CleanUpOnly(Reading),
    /// It builds on something that is neither held nor in it. Nothing is said of its structure.
    Gap,
    /// It breaks a rule; its sender's connection ends.
    Refused(Rule),
}

/// What an update adds and touches. Good for the tables it was read against, as they are now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// New content, by client id descending: at most one range a client.
    pub new: Few<Range, 1>,
    /// Deletes that are not in our set yet; those of one client together and sorted.
    pub deleted: Few<Range, 1>,
    /// The sections touched, in document order. Deletes that every copy makes by itself (in deleted
    /// elements, replaced attributes) touch none.
    pub sections: Sections,
    /// Whether visible text or elements that stood in the document before are deleted.
    pub deletes_text: bool,
    /// What the tables gain.
    staged: Staged,
}

/// Judges one update against the tables of its document.
#[must_use]
pub fn read(update: &[u8], tables: &Tables, limits: &Limits) -> Verdict {
    let scan = match scan::scan(update, tables, limits) {
        Ok(scan) if scan.gap => return Verdict::Gap,
        Ok(scan) => scan,
        Err(rule) => return Verdict::Refused(rule),
    };
    let mut placer = Placer::new(update, &scan, tables, limits);
    match placer.run() {
        Ok(()) => {}
        Err(Stop::Gap) => return Verdict::Gap,
        Err(Stop::Refused(rule)) => return Verdict::Refused(rule),
    }
    let is_new = |chunk: &place::Chunk| chunk.from < chunk.to;
    let holds_new = placer.staged.chunks.iter().any(is_new);
    if !holds_new && scan.deletes.is_empty() {
        return Verdict::NothingNew;
    }
    if let Err(rule) = placer.check_several() {
        return Verdict::Refused(rule);
    }
    // Somebody who makes room in a full document deletes a few passages at a time.
    let most = if scan.deletes.len() > DELETES_ALWAYS {
        limits.structs
    } else {
        limits.structs.saturating_mul(2)
    };
    if !scan.deletes.is_empty()
        && let Err(rule) = placer.check_pieces(scan.deletes.len(), most)
    {
        return Verdict::Refused(rule);
    }
    deletes::note_cuts(&scan.deletes, &mut placer);
    let effect = deletes::judge(&scan.deletes, &placer);
    // Only now: until here the placer finds a chunk by the place of its section.
    placer.staged.chunks.retain(is_new);
    let (staged, sections) = (placer.staged, placer.sections | effect.sections);
    let clean_up = !holds_new && effect.clean_up;
    let new = |c: &place::Chunk| Range {
        client: c.client,
        from: c.from.into(),
        to: c.to.into(),
    };
    let reading = Reading {
        new: staged.chunks.iter().map(new).collect(),
        deleted: scan.deletes,
        sections: Sections(sections),
        deletes_text: effect.deletes_text,
        staged,
    };
    if clean_up {
        Verdict::CleanUpOnly(reading)
    } else {
        Verdict::Accepted(reading)
    }
}

impl Reading {
    /// How many pieces of content a document has more by this update, at most.
    #[must_use]
    pub fn pieces(&self) -> usize {
        self.staged.pieces + 2 * self.deleted.len()
    }
}

/// How many structs a document holds; `None` when it cannot be read.
fn structs(document: &[u8]) -> Option<usize> {
    let (mut bytes, limits) = (Bytes::new(document), Limits::snapshot());
    let mut all = 0;
    for _ in 0..bytes.count(1).ok()? {
        let count = bytes.count(1).ok()?;
        bytes.client().ok()?;
        bytes.clock().ok()?;
        for _ in 0..count {
            item::Item::read(&mut bytes, &limits).ok()?;
        }
        all += count;
    }
    Some(all)
}

/// Reads a state vector: client ids and clocks, in the order in which they came.
///
/// # Errors
/// The rule that the bytes break.
pub fn read_state_vector(bytes: &[u8]) -> Result<Vec<(u64, u64)>, Rule> {
    let mut bytes = Bytes::new(bytes);
    let count = bytes.count(2)?;
    // Grows with what is read, not with what is declared.
    let mut vector = Vec::new();
    for _ in 0..count {
        vector.push((bytes.client()?, bytes.clock()?.into()));
    }
    if bytes.remaining() > 0 {
        rule::refuse(Rule::TrailingBytes)?;
    }
    let mut clients: Vec<_> = vector.iter().map(|(client, _)| *client).collect();
    scan::each_once(&mut clients, Rule::VectorClientTwice)?;
    Ok(vector)
}

fn section_bit(section: u8) -> u8 {
    1 << section
}
