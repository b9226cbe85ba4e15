//! What a room knows of its document without holding it: clocks, deletes and the structure index.
//! The index says, for each unit of content ever written, what it is and where it stands; a typed
//! character has neither parent nor section in its bytes.

use std::collections::HashMap;

use super::bytes::write_uint;
use super::few::Few;
use super::item::Id;
use super::place::Chunk;
use super::spans::{Span, Spans};
use super::{Limits, Range, Reading, Verdict};
use crate::live::schema;

/// The tables of one document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tables {
    /// By client id, ascending.
    pub(super) clients: Vec<Client>,
    /// The sections first, then every element and text, in the order in which they came.
    pub(super) types: Vec<Type>,
    /// The value each attribute has, by type and key.
    pub(super) attributes: HashMap<(u32, Key), Value>,
    /// Pieces of content so far, those included that deletes cut off.
    pub(super) pieces: usize,
    /// For each type how many of them stand in it.
    pub(super) sizes: Vec<u32>,
    /// What was last put right behind a unit, or first in a type.
    pub(super) fronts: HashMap<Id, Front>,
    /// What the structs so far weigh whose neighbours did not stand side by side any more.
    pub(super) crossings: u64,
}

/// What stands right behind a unit, beside the next one of its passage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Front {
    /// Nothing was put there.
    #[default]
    Untouched,
    /// This struct, which knew of all that stood there.
    Struct {
        id: Id,
        /// Whether the passage had gone on by then.
        over_next: bool,
    },
    /// Somebody wrote there without knowing it: what comes first is not known here.
    Crossed,
}

/// What is known of one client id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Client {
    pub(super) id: u64,
    /// The first clock we do not hold.
    pub(super) clock: u32,
    /// What stands at each clock, from 0; a run goes on to the next one.
    pub(super) runs: Vec<Run>,
    /// What is deleted, all that is collected included.
    pub(super) deleted: Spans,
    /// Where whole characters of two units begin (those beyond 16 bits), ascending.
    pub(super) pairs: Vec<u32>,
    /// Where a passage begins that does not go on with the unit before, ascending: between two of
    /// these, units stand in the order of their clocks.
    pub(super) breaks: Vec<u32>,
    /// The right neighbour of the last struct.
    pub(super) right: Option<Id>,
}

/// Consecutive clocks of one client which hold the same kind of thing in the same place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) start: u32,
    /// The number of the type it stands in; [`NOWHERE`] for collected content.
    pub(super) parent: u32,
    /// For a type its number, for the others their key.
    pub(super) detail: u32,
    pub(super) kind: Kind,
}

/// A run at most takes so many bytes (`live-text.md` section 5).
const _: () = assert!(size_of::<Run>() <= 16);

/// What stands at a clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    /// Collected: neither content nor place is known.
    #[default]
    Gc = 0,
    /// Deleted and emptied; its place is known.
    Deleted = 1,
    Text = 2,
    Format = 3,
    /// An element or a text.
    Type = 4,
    /// An attribute's value.
    Value = 5,
}

/// The place of collected content.
pub(super) const NOWHERE: u32 = u32::MAX;

/// An attribute: 0 for none, else its position in the schema's table plus one.
pub(super) type Key = u8;

/// No attribute.
pub(super) const NO_KEY: Key = 0;

/// A section, an element or a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Type {
    /// The struct that holds it; of no meaning for a section.
    pub(super) id: Id,
    pub(super) parent: u32,
    pub(super) name: Name,
    pub(super) section: u8,
    pub(super) depth: u8,
}

/// What a type is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    Section,
    XmlText,
    /// An element, by its position in the schema's table.
    Element(u8),
}

/// The value an attribute has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Value {
    /// The last unit of the struct that set it.
    pub(super) id: Id,
    /// Two people set it at the same time: which one holds is not known here, the others of this
    /// attribute are deleted by every copy of the document on its own.
    pub(super) disputed: bool,
}

impl Client {
    /// The type in which a new deleted span cuts a piece, unless it only makes another one longer.
    fn cut_by(&self, span: Span) -> Option<u32> {
        let beside = |clock| self.deleted.contains(clock);
        let grows = beside(span.to) || span.from.checked_sub(1).is_some_and(beside);
        let run = run_at(&self.runs, span.from).filter(|_| !grows)?;
        (run.kind == Kind::Text).then_some(run.parent)
    }
}

impl Run {
    pub(super) fn key(&self) -> Key {
        match self.kind {
            // Made from a `Key`, so it fits.
            Kind::Deleted | Kind::Value => self.detail as Key,
            Kind::Gc | Kind::Text | Kind::Format | Kind::Type => NO_KEY,
        }
    }

    /// Whether `next`, which follows at once, is only more of the same.
    pub(super) fn goes_on_with(&self, next: &Run) -> bool {
        self.kind != Kind::Type
            && (self.kind, self.parent, self.detail) == (next.kind, next.parent, next.detail)
    }
}

/// The run that holds this clock; `runs` start at or below it.
pub(super) fn run_at(runs: &[Run], clock: u32) -> Option<&Run> {
    // The last run first: people type where they typed.
    match runs.last() {
        Some(last) if last.start <= clock => Some(last),
        Some(_) | None => runs
            .partition_point(|run| run.start <= clock)
            .checked_sub(1)
            .map(|at| &runs[at]),
    }
}

impl Default for Tables {
    fn default() -> Self {
        Self::new()
    }
}

impl Tables {
    /// The tables of an empty document.
    #[must_use]
    pub fn new() -> Self {
        let types = (0..schema::SECTIONS.len() as u8)
            .map(|section| Type {
                id: Id {
                    client: 0,
                    clock: 0,
                },
                parent: NOWHERE,
                name: Name::Section,
                section,
                depth: 0,
            })
            .collect();
        Self {
            clients: Vec::new(),
            types,
            attributes: HashMap::new(),
            pieces: 0,
            sizes: vec![0; schema::SECTIONS.len()],
            fronts: HashMap::new(),
            crossings: 0,
        }
    }

    /// The tables of a whole document from our own storage; `None` when it does not pass the gate.
    #[must_use]
    pub fn of_document(document: &[u8]) -> Option<Self> {
        let mut tables = Self::new();
        match super::read(document, &tables, &Limits::snapshot()) {
            Verdict::Accepted(reading) | Verdict::CleanUpOnly(reading) => tables.apply(&reading),
            Verdict::NothingNew => {}
            Verdict::Gap | Verdict::Refused(_) => return None,
        }
        Some(tables)
    }

    /// The tables beside a stored snapshot. Those of an earlier layout, and damaged ones, are made
    /// again from the document that they describe; `None` when it does not pass the gate.
    #[must_use]
    pub fn of_snapshot(stored: &[u8], document: &[u8]) -> Option<Self> {
        Self::from_bytes(stored)
            .ok()
            .or_else(|| Self::of_document(document))
    }

    /// Counts the pieces anew: these tables describe this document, which was compacted, so that
    /// what was deleted beside each other is one again.
    pub fn recount(&mut self, compacted: &[u8]) {
        if let Some(pieces) = super::structs(compacted) {
            self.pieces = pieces;
        }
    }

    /// A snapshot has so many pieces, and so many came since.
    pub fn set_pieces(&mut self, snapshot: usize, since: usize) {
        self.pieces = snapshot + since;
    }

    pub(super) fn client(&self, id: u64) -> Option<&Client> {
        self.clients
            .binary_search_by_key(&id, |client| client.id)
            .ok()
            .map(|at| &self.clients[at])
    }

    fn client_mut(&mut self, id: u64) -> &mut Client {
        let at = self
            .clients
            .binary_search_by_key(&id, |client| client.id)
            .unwrap_or_else(|at| {
                self.clients.insert(
                    at,
                    Client {
                        id,
                        ..Client::default()
                    },
                );
                at
            });
        &mut self.clients[at]
    }

    /// The first clock of this client that we do not hold; 0 for an unknown one.
    #[must_use]
    pub fn clock(&self, client: u64) -> u64 {
        self.client(client).map_or(0, |client| client.clock.into())
    }

    /// How many client ids wrote in the document.
    #[must_use]
    pub fn clients(&self) -> usize {
        self.clients.len()
    }

    /// How many pieces of content the document has, at most: what a copy of it keeps in memory.
    /// Deletes and later insertions inside a piece may cut it.
    #[must_use]
    pub fn pieces(&self) -> usize {
        self.pieces
    }

    /// What the structs weigh whose neighbours no longer stood side by side when they came
    /// ([`Limits::crossings`]).
    #[must_use]
    pub fn crossings(&self) -> u64 {
        self.crossings
    }

    /// Whether something between this unit and the next cuts a character in two.
    pub(super) fn is_cut_after(&self, id: Id) -> bool {
        self.client(id.client).is_some_and(|client| {
            !client.pairs.is_empty() && client.pairs.binary_search(&id.clock).is_ok()
        })
    }

    /// Whether something between the unit before and this one cuts a character in two.
    pub(super) fn is_cut_before(&self, id: Id) -> bool {
        id.clock.checked_sub(1).is_some_and(|clock| {
            self.is_cut_after(Id {
                client: id.client,
                clock,
            })
        })
    }

    /// Whether we hold this unit.
    #[must_use]
    pub fn holds(&self, client: u64, clock: u64) -> bool {
        clock < self.clock(client)
    }

    /// The state vector in Yjs's encoding, highest client id first.
    #[must_use]
    pub fn state_vector(&self) -> Vec<u8> {
        let mut out = Vec::new();
        write_uint(&mut out, self.clients.len() as u64);
        for client in self.clients.iter().rev() {
            write_uint(&mut out, client.id);
            write_uint(&mut out, client.clock.into());
        }
        out
    }

    /// A V1 update without structs that holds the whole delete set: the last frame of a join.
    #[must_use]
    pub fn deletes_update(&self) -> Vec<u8> {
        let deleting = || {
            self.clients
                .iter()
                .rev()
                .filter(|client| !client.deleted.is_empty())
        };
        let mut out = vec![0];
        write_uint(&mut out, deleting().count() as u64);
        for client in deleting() {
            write_uint(&mut out, client.id);
            write_uint(&mut out, client.deleted.as_slice().len() as u64);
            for span in client.deleted.as_slice() {
                write_uint(&mut out, span.from.into());
                write_uint(&mut out, (span.to - span.from).into());
            }
        }
        out
    }

    /// Advances by an accepted update.
    ///
    /// # Panics
    /// When the reading was not made against these tables as they are now: the caller reads and
    /// applies one update after the other, anything else would corrupt the index.
    pub fn apply(&mut self, reading: &Reading) {
        let staged = &reading.staged;
        assert_eq!(
            staged.types_before,
            self.types.len(),
            "a reading of other tables"
        );
        self.types.extend_from_slice(&staged.types);
        for (place, value) in &staged.attributes {
            self.attributes.insert(*place, *value);
        }
        self.make_room(&staged.chunks);
        for chunk in &staged.chunks {
            let client = self.client_mut(chunk.client);
            assert_eq!(chunk.from, client.clock, "a reading of other tables");
            for run in &chunk.runs {
                let more = client
                    .runs
                    .last()
                    .is_some_and(|last| last.goes_on_with(run));
                if !more {
                    client.runs.push(*run);
                }
            }
            client.clock = chunk.to;
            client.deleted.add_all(&chunk.gone);
            client.pairs.extend_from_slice(&chunk.pairs);
            client.breaks.extend_from_slice(&chunk.breaks);
            client.right = chunk.right;
        }
        self.pieces += staged.pieces;
        self.crossings += staged.crossings;
        self.sizes.resize(self.types.len(), 0);
        for (parent, pieces) in staged.sizes.iter() {
            self.sizes[parent as usize] += pieces;
        }
        self.fronts.extend(staged.fronts.iter());
        self.delete(&reading.deleted);
        self.cut(&staged.cuts);
    }

    fn delete(&mut self, mut rest: &[Range]) {
        while let Some(first) = rest.first() {
            let count = rest
                .iter()
                .take_while(|range| range.client == first.client)
                .count();
            // Ranges of a reading come from clocks.
            let spans: Few<Span, 4> = rest[..count]
                .iter()
                .map(|range| Span {
                    from: range.from as u32,
                    to: range.to as u32,
                })
                .collect();
            let client = self.client_mut(first.client);
            let before = client.deleted.as_slice().len();
            let cut: Few<u32, 4> = spans.iter().filter_map(|s| client.cut_by(*s)).collect();
            client.deleted.add_all(&spans);
            let after = client.deleted.as_slice().len();
            // What is deleted in the middle of a piece makes three of one.
            self.pieces += 2 * after.saturating_sub(before);
            for parent in &cut {
                self.sizes[*parent as usize] += 2;
            }
            rest = &rest[count..];
        }
    }

    /// A character cut in two is two characters from then on, in every copy. Each client's list is
    /// gone through once, however many of its characters are cut.
    fn cut(&mut self, cuts: &[Id]) {
        if cuts.is_empty() {
            return;
        }
        let mut cuts: Vec<(u64, u32)> = cuts.iter().map(|id| (id.client, id.clock)).collect();
        cuts.sort_unstable();
        for cuts in cuts.chunk_by(|a, b| a.0 == b.0) {
            let clocks = cuts.iter().map(|(_, clock)| *clock);
            take_out(&mut self.client_mut(cuts[0].0).pairs, clocks);
        }
    }

    /// Makes the entries of many new clients at once; few are put in one by one.
    fn make_room(&mut self, chunks: &[Chunk]) {
        const ONE_BY_ONE: usize = 8;
        if chunks.len() <= ONE_BY_ONE {
            return;
        }
        let unknown = chunks.iter().map(|chunk| chunk.client);
        let unknown: Vec<u64> = unknown.filter(|id| self.client(*id).is_none()).collect();
        self.clients.extend(unknown.into_iter().map(|id| Client {
            id,
            ..Client::default()
        }));
        self.clients.sort_unstable_by_key(|client| client.id);
    }

    /// Whether the type or one it stands in is deleted: what is in it is deleted too, in every copy.
    pub(super) fn is_dead(&self, mut number: u32) -> bool {
        // Parents have smaller numbers, so this ends; at most as many steps as the tree is deep.
        while let Some(holder) = self.types.get(number as usize) {
            if holder.name == Name::Section {
                return false;
            }
            if self
                .client(holder.id.client)
                .is_some_and(|c| c.deleted.contains(holder.id.clock))
            {
                return true;
            }
            number = holder.parent;
        }
        false
    }
}

/// Takes clocks out of a list, both sorted, and goes through each of them once.
fn take_out(list: &mut Vec<u32>, clocks: impl Iterator<Item = u32>) {
    let mut next = clocks.peekable();
    list.retain(|held| {
        while next.next_if(|clock| clock < held).is_some() {}
        next.peek() != Some(held)
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_cuts_go_through_the_list_once() {
        let mut pairs: Vec<u32> = (0..150_000).map(|at| 2 * at).collect();
        let mut looks = 0;
        let cuts = (0..149_000)
            .map(|at| 2 * at)
            .chain([298_001, 298_001, 298_002]);
        take_out(&mut pairs, cuts.inspect(|_| looks += 1));
        assert_eq!((pairs.len(), pairs[0], pairs[1]), (999, 298_000, 298_004));
        assert_eq!(looks, 149_003);
    }
}
