//! The order of neighbours, and what it costs every copy to put a struct between them.
//!
//! Whoever writes puts a struct between two neighbours that stand side by side. When others wrote
//! there meanwhile, every copy goes through what now stands between, unit by unit; who pretends not
//! to know what stands there makes every copy go through it as often as he likes. The order of the
//! text is not held here. But what stands right behind a unit is known as long as nobody wrote
//! there without knowing it: only structs that name something else are weighed, by all that stands
//! in their element, and a document bears so much of it.

use super::item::{Id, Item};
use super::place::Placer;
use super::rule::{Rule, refuse};
use super::tables::{Front, Kind, NO_KEY, NOWHERE, Run};

/// A new struct, or the part of it that is new: where it begins and ends, and whose it is.
#[derive(Clone, Copy)]
pub(super) struct New {
    pub(super) section: usize,
    pub(super) id: Id,
    pub(super) end: u32,
}

impl Placer<'_> {
    /// Judges the neighbours of a struct, and counts it.
    pub(super) fn settle(
        &mut self,
        new: New,
        item: &Item<'_>,
        run: &Run,
        runs: &[Option<Run>; 4],
    ) -> Result<(), Rule> {
        let id = new.id;
        // A struct held in part goes on where that part ends.
        let (left, before) = if new.end - id.clock == item.length {
            (item.left, runs[0])
        } else {
            let clock = id.clock - 1;
            (Some(Id { clock, ..id }), runs[3])
        };
        let goes_on =
            left.is_some_and(|left| left.client == id.client && left.clock + 1 == id.clock);
        let mut splits = false;
        if run.kind == Kind::Gc {
            // Holes beside each other are one in every copy.
            if !self.follows_hole(new) {
                self.count(NOWHERE, 1)?;
            }
        } else {
            self.check_neighbours(left, item.right)?;
            if !goes_on {
                splits = self.weigh(id, left, item.right, run)?;
            }
            let chunk = &mut self.staged.chunks[new.section];
            let joins = goes_on
                && matches!(run.kind, Kind::Text | Kind::Deleted)
                && before.is_some_and(|before| before.goes_on_with(run))
                && chunk.right == item.right;
            chunk.right = item.right;
            if !joins {
                self.count(run.parent, 1 + u32::from(splits))?;
            }
        }
        if !goes_on {
            self.staged.chunks[new.section].breaks.push(id.clock);
        }
        Ok(())
    }

    fn follows_hole(&self, new: New) -> bool {
        let last = self.staged.chunks[new.section].runs.last().copied();
        let last = last.or_else(|| {
            let held = self.tables.client(new.id.client)?;
            held.runs.last().copied()
        });
        last.is_some_and(|run| run.kind == Kind::Gc)
    }

    /// Judges neighbours of which one is known to stand before the other: Yjs looks them up one
    /// after the other, and the second look cuts what the first found.
    fn check_neighbours(&self, left: Option<Id>, right: Option<Id>) -> Result<(), Rule> {
        let Some(right) = right else { return Ok(()) };
        match left {
            Some(left) => {
                let turned = left.client == right.client
                    && right.clock <= left.clock
                    && !self.is_broken(right, left.clock);
                if turned {
                    refuse(Rule::NeighboursOrder)?;
                }
            }
            // Whoever knows a unit knows the one before it in its passage, which stands there
            // still, deleted or not: between the two there is a left neighbour.
            None => {
                let before = right.clock.checked_sub(1);
                let before = before.map(|clock| Id { clock, ..right });
                if before.is_some_and(|before| self.next_of(before) == Some(right)) {
                    refuse(Rule::NeighbourMissing)?;
                }
            }
        }
        Ok(())
    }

    /// Whether a passage begins after this unit of a client, up to this clock.
    fn is_broken(&self, after: Id, until: u32) -> bool {
        let held = self
            .tables
            .client(after.client)
            .map(|client| &client.breaks[..]);
        let new = self
            .scan
            .section(after.client)
            .map(|at| &self.staged.chunks[at].breaks[..]);
        [held, new].into_iter().flatten().any(|breaks| {
            let next = breaks.partition_point(|start| *start <= after.clock);
            breaks.get(next).is_some_and(|start| *start <= until)
        })
    }

    /// The unit after this one, when both are in one passage.
    fn next_of(&self, id: Id) -> Option<Id> {
        let next = id.clock + 1;
        (self.is_taken(id.client, next) && !self.is_broken(id, next))
            .then_some(Id { clock: next, ..id })
    }

    /// Weighs a struct that begins a passage. Whether it is the first to cut another one in two.
    fn weigh(
        &mut self,
        id: Id,
        left: Option<Id>,
        right: Option<Id>,
        run: &Run,
    ) -> Result<bool, Rule> {
        if run.key() != NO_KEY {
            return Ok(false);
        }
        let behind = left.unwrap_or(Id::start_of(run.parent));
        let next = left.and_then(|left| self.next_of(left));
        let front = self.front(behind);
        let knows_all = match front {
            Front::Untouched => next.is_none() || next == right,
            Front::Struct { id, over_next } => right == Some(id) && over_next == next.is_some(),
            Front::Crossed => false,
        };
        *self.staged.fronts.entry(behind) = if knows_all {
            let over_next = next.is_some();
            Front::Struct { id, over_next }
        } else {
            Front::Crossed
        };
        if !knows_all {
            self.charge(run.parent)?;
        }
        Ok(next.is_some() && front == Front::Untouched)
    }

    fn front(&self, behind: Id) -> Front {
        let staged = self.staged.fronts.get(behind);
        staged
            .or_else(|| self.tables.fronts.get(&behind).copied())
            .unwrap_or_default()
    }

    /// Notes that copies may have to go through all that stands in a type.
    pub(super) fn charge(&mut self, parent: u32) -> Result<(), Rule> {
        let held = self.tables.sizes.get(parent as usize).copied();
        let new = self.staged.sizes.get(parent);
        let steps = u64::from(held.unwrap_or(0)) + u64::from(new.unwrap_or(0));
        self.staged.crossings += steps;
        let pieces = self.tables.pieces() + self.staged.pieces;
        if self.tables.crossings + self.staged.crossings > self.limits.crossings_of(pieces) {
            refuse(Rule::CrossingCount)?;
        }
        Ok(())
    }

    /// Counts new pieces in a type.
    fn count(&mut self, parent: u32, pieces: u32) -> Result<(), Rule> {
        self.staged.pieces += pieces as usize;
        if parent != NOWHERE {
            *self.staged.sizes.entry(parent) += pieces;
        }
        self.check_pieces(0, self.limits.structs)
    }

    /// Whether the document may have the new pieces, and these deletes, which cut pieces in three.
    pub(super) fn check_pieces(&self, deletes: usize, most: usize) -> Result<(), Rule> {
        if self.tables.pieces() + self.staged.pieces + 2 * deletes > most {
            refuse(Rule::StructCount)?;
        }
        Ok(())
    }
}
