//! Whether the journals are as they were written: chains recomputed, texts compared with their
//! hashes, ends compared with the signed heads, the first row that does not hold named.

use std::collections::HashMap;

use super::super::keys::PublicKey;
use super::super::{Store, Tx};
use super::JournalRow;
use super::heads::{HEADS_FORMAT, HeadRow, ends_of};
use crate::error::Result;
use crate::ids::ProposalId;
use crate::proof::link::text_hash;
use crate::proof::{envelope, hex, sha256};

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

/// What a check of all journals found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Chains, one a proposal.
    pub chains: usize,
    /// Rows in all.
    pub rows: usize,
    /// Signed heads.
    pub heads: usize,
    /// The first thing that is wrong.
    pub first_wrong: Option<WrongJournal>,
}

/// What is wrong with the journals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WrongJournal {
    /// A row of a proposal's chain.
    Row(ProposalId, Broken),
    /// A signed head says that this proposal had a row of this rank, which is gone or another one.
    Head {
        /// The head's place.
        head: i64,
        /// The proposal.
        proposal: ProposalId,
        /// The row it names.
        rank: i64,
    },
    /// A head does not verify: its bytes, its key or its place in their order.
    BadHead(i64),
}

impl Store {
    /// Recomputes every chain and compares the signed heads with them.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn check_journals(&self) -> Result<Checked> {
        let mut checked = Checked::default();
        let mut hashes: HashMap<String, Vec<Vec<u8>>> = HashMap::new();
        let mut tx = self.read().await?;
        let mut proposals = Vec::new();
        for row in tx
            .rows("select distinct proposal_id from journal", &[])
            .await?
        {
            proposals.push(row.text(0)?);
        }
        proposals.sort();
        for id in proposals {
            let proposal = ProposalId::from(id.as_str());
            let rows = tx.journal_rows(&proposal).await?;
            if let Some(broken) = first_broken(&proposal, &rows) {
                checked.first_wrong = Some(WrongJournal::Row(proposal, broken));
                return Ok(checked);
            }
            checked.chains += 1;
            checked.rows += rows.len();
            hashes.insert(id, rows.into_iter().map(|row| row.hash).collect());
        }
        let keys = tx.public_keys().await?;
        let mut previous = None;
        for (place, head) in (1..).zip(tx.journal_heads().await?) {
            let wrong = check_head(place, &head, previous.as_deref(), &keys, &hashes)?;
            if wrong.is_some() {
                checked.first_wrong = wrong;
                return Ok(checked);
            }
            previous = Some(hex(&sha256(&head.file)));
            checked.heads += 1;
        }
        Ok(checked)
    }
}

/// What is wrong with one head, or with what it names.
fn check_head(
    place: i64,
    head: &HeadRow,
    previous: Option<&str>,
    keys: &[PublicKey],
    hashes: &HashMap<String, Vec<Vec<u8>>>,
) -> Result<Option<WrongJournal>> {
    let bad = Ok(Some(WrongJournal::BadHead(place)));
    let Ok(opened) = envelope::open(&head.file, HEADS_FORMAT) else {
        return bad;
    };
    let is_ours = keys.iter().any(|key| key.public_key == opened.public_key);
    let (before, ends) = ends_of(opened.content)?;
    if !is_ours || head.rank != place || before.as_deref() != previous {
        return bad;
    }
    for (proposal, rank, hash) in ends {
        let rows = hashes.get(&proposal);
        let row = usize::try_from(rank - 1).ok().and_then(|at| rows?.get(at));
        if row.map(|row| hex(row)) != Some(hash) {
            let proposal = ProposalId::from(proposal);
            return Ok(Some(WrongJournal::Head {
                head: place,
                proposal,
                rank,
            }));
        }
    }
    Ok(None)
}
