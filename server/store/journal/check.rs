//! Whether a proposal's journal is as it was written: its chain recomputed, its texts compared with
//! their hashes, the first row that does not hold named.

use super::super::Tx;
use super::JournalRow;
use crate::error::Result;
use crate::ids::ProposalId;
use crate::proof::link::text_hash;

/// What is wrong with a row of a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// The row that should stand here is not there.
    Missing,
    /// The row was changed, or the one before it was taken away or slipped in.
    Hash,
    /// The free text beside the row is another one.
    Text,
}

/// The first row that does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Its place, from 1.
    pub rank: i64,
    /// What is wrong.
    pub flaw: Flaw,
}

/// The first row of a chain that does not hold.
#[must_use]
pub fn first_broken(proposal: &ProposalId, rows: &[JournalRow]) -> Option<Broken> {
    let mut before: &[u8] = &[];
    for (rank, row) in (1..).zip(rows) {
        let flaw = |flaw| Some(Broken { rank, flaw });
        if row.rank != rank {
            return flaw(Flaw::Missing);
        }
        if row.link(proposal).hash(before) != row.hash {
            return flaw(Flaw::Hash);
        }
        if let Some((salt, text)) = &row.text
            && row.text_hash.as_deref() != Some(&text_hash(salt, text))
        {
            return flaw(Flaw::Text);
        }
        before = &row.hash;
    }
    None
}

impl Tx {
    /// The first row of a proposal's journal that was changed, removed or slipped in (but at its end).
    ///
    /// # Errors
    /// Those of the database.
    pub async fn journal_broken_at(&mut self, proposal: &ProposalId) -> Result<Option<Broken>> {
        Ok(first_broken(proposal, &self.journal_rows(proposal).await?))
    }

    /// Whether no row of a proposal's journal was changed, removed or slipped in (but at its end).
    ///
    /// # Errors
    /// Those of the database.
    pub async fn journal_is_whole(&mut self, proposal: &ProposalId) -> Result<bool> {
        Ok(self.journal_broken_at(proposal).await?.is_none())
    }
}
