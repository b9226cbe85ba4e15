//! Who wrote each passage of a document, from its log alone: a replay of the updates in order,
//! each with the account it was stored under, that keeps for every unit of text its author.
//!
//! Authors follow content: text that an update deletes and writes again (a heading switched on, a
//! list, Enter, a paste elsewhere, an undo) keeps its author, and the mover is recorded beside
//! (`follow`, `docs/decisions/0015-authorship.md`). Pure: no clock, no I/O, no `yrs`.

mod follow;
mod history;
mod items;
mod order;
mod place;
mod pool;
mod reading;
mod report;
mod shelf;
mod similar;
mod spans;
mod stretch;

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use crate::ids::{AccountId, OrganisationId};

pub use report::{Deletion, Passage, Report, SectionText};

/// Bytes that are not an update, or that build on what is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Broken;

/// Who acted, and for which organisation then.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Author {
    /// The account the update is stored under.
    pub account: AccountId,
    /// The organisation it acted for.
    pub organisation: Option<OrganisationId>,
}

/// Who and when, of one update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct By {
    /// `None` where the log cannot say: a damaged row.
    pub author: Option<Author>,
    /// The row it stands in.
    pub seq: i64,
    /// When the row was written, in ms UTC.
    pub at_ms: i64,
    /// For an update that restores an earlier state: the row up to which it goes back.
    pub restores: Option<i64>,
}

/// Position in [`Replay::acts`].
type ActId = u32;

/// No act, no item.
const NONE: u32 = u32::MAX;

/// One act of the log, as kept beside the text.
#[derive(Clone, Copy, Debug)]
struct Act {
    /// Position in [`Replay::authors`]; [`NONE`] when unknown.
    author: u32,
    seq: i64,
    at_ms: i64,
}

/// A document replayed up to one place of its log. It can go on from there.
#[derive(Debug, Default)]
pub struct Replay {
    seq: i64,
    items: items::Items,
    acts: Vec<Act>,
    authors: Vec<Author>,
    numbers: HashMap<Author, u32>,
    pool: pool::Pool,
    broken: bool,
}

impl Replay {
    /// Nothing replayed yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The last row replayed.
    #[must_use]
    pub fn seq(&self) -> i64 {
        self.seq
    }

    /// Says that everything up to this row was replayed.
    pub fn reached(&mut self, seq: i64) {
        self.seq = seq;
    }

    /// Whether an update could not be taken in: what the report says then covers less than the
    /// document, and whoever compares it with the text sees that.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.broken
    }

    /// About how many bytes it takes in memory: what a cache counts.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.items.weight() + self.acts.len() * size_of::<Act>() + self.pool.weight()
    }

    /// Takes the next update in.
    pub fn apply(&mut self, update: &[u8], by: &By) {
        let act = self.act(by);
        let Ok(update) = reading::Update::read(update) else {
            self.broken = true;
            return;
        };
        let change = self.items.apply(update, act);
        self.broken |= change.is_cut;
        self.follow(&change, act, by);
    }

    /// The act's number; acts of one row by one author are one.
    fn act(&mut self, by: &By) -> ActId {
        let author = match &by.author {
            None => NONE,
            Some(author) => match self.numbers.get(author) {
                Some(number) => *number,
                None => {
                    let number = count(self.authors.len());
                    self.authors.push(author.clone());
                    self.numbers.insert(author.clone(), number);
                    number
                }
            },
        };
        let is_same = |act: &Act| act.author == author && act.seq == by.seq;
        if !self.acts.last().is_some_and(is_same) {
            self.acts.push(Act {
                author,
                seq: by.seq,
                at_ms: by.at_ms,
            });
        }
        count(self.acts.len() - 1)
    }
}

/// A document as pieces without authors: how much of its text each update takes away.
#[derive(Debug, Default)]
pub(super) struct Pieces(items::Items);

impl Pieces {
    /// Takes the next update in; the UTF-16 units of text that stood before it and do no more,
    /// also those that went with what they stood in.
    pub(super) fn apply(&mut self, update: &[u8]) -> usize {
        let Ok(update) = reading::Update::read(update) else {
            return 0;
        };
        let change = self.0.apply(update, 0);
        let units = |id: &u32| self.0.get(*id).map_or(0, |item| item.len as usize);
        change.gone.iter().map(units).sum()
    }
}

/// A count as stored; the gate keeps clocks and structures far below 2^31.
fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(NONE - 1)
}
