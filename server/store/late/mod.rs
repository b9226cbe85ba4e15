//! Edits that came too late (`live-text.md` section 7): who was seen with the right to write, and
//! the updates kept aside for their author. They are never part of the log, hence of the text.
//! The bytes are opaque here: they passed the gate before they came.

mod keep;

use super::{Row, Store, Tx, args};
use crate::error::{Error, Result};
use crate::ids::{AccountId, DocumentId, LateContributionId, OrganisationId};
use bytes::Bytes;

/// How many bytes may wait for the decision of one account in one document.
pub const LATE_BYTES: i64 = 1024 * 1024;

/// How long an epoch that a browser's store names still counts.
pub const EPOCH_MS: i64 = 90 * DAY_MS;

/// How long a contribution that its author discarded, or that reached the text, is kept.
pub const DECIDED_MS: i64 = 30 * DAY_MS;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// What one account sent too late in one turn; not empty.
#[derive(Clone, Debug)]
pub struct LateEdits {
    /// Whose.
    pub account: AccountId,
    /// On behalf of which organisation.
    pub organisation: Option<OrganisationId>,
    /// The updates, in order.
    pub updates: Vec<Bytes>,
    /// Client ids that are the account's from now on.
    pub clients: Vec<u64>,
}

/// What became of late edits.
#[derive(Debug)]
pub enum LateKept {
    /// On disk: for each author their contribution, or `None` when theirs are full.
    Kept(Vec<Option<LateContributionId>>),
    /// The epoch had moved: nothing was written; judge again.
    Fenced,
}

/// The updates of a contribution.
#[derive(Clone, Debug, Default)]
pub struct LateUpdates {
    /// Its own, in order.
    pub own: Vec<Bytes>,
    /// Those of the same author's earlier contributions, in order.
    pub earlier: Vec<Bytes>,
}

/// An update kept aside.
#[derive(Clone, Debug)]
pub struct KeptUpdate {
    /// The update.
    pub bytes: Bytes,
    /// Whether its author discarded it, or it reached the text: nothing waits for a decision.
    pub is_decided: bool,
}

/// A contribution, without its updates.
#[derive(Clone, Debug)]
pub struct LateContribution {
    /// Its id.
    pub id: LateContributionId,
    /// The epoch under which the first came too late.
    pub epoch: i64,
    /// The history it belongs to.
    pub lineage: String,
    /// The position of the log it builds on.
    pub base_seq: i64,
    /// How many updates it holds.
    pub update_count: i64,
    /// When the first came.
    pub created_at_ms: i64,
    /// When the last came.
    pub updated_at_ms: i64,
    /// When its author discarded it.
    pub discarded_at_ms: Option<i64>,
}

/// What waits for a decision may build on what was decided before it: both are kept then.
macro_rules! nothing_waits_on {
    ($one:literal) => {
        concat!(
            "not exists (select 1 from late_contribution w where w.document_id = ",
            $one,
            ".document_id and w.account_id = ",
            $one,
            ".account_id and w.lineage = ",
            $one,
            ".lineage and w.discarded_at_ms is null and w.settled_at_ms is null)"
        )
    };
}
use nothing_waits_on;

impl Store {
    /// Notes that the account was seen with the right to write under this epoch.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn saw_writer(
        &self,
        document: &DocumentId,
        account: &AccountId,
        epoch: i64,
    ) -> Result<()> {
        let now = self.clock.now().ms();
        let mut tx = self.write().await?;
        tx.run(
            "insert into writer_seen (document_id, account_id, epoch, seen_at_ms)
             values ($1, $2, $3, $4)
             on conflict (document_id, account_id, epoch) do update
             set seen_at_ms = excluded.seen_at_ms",
            args![document.as_str(), account.as_str(), epoch, now],
        )
        .await?;
        tx.commit().await
    }

    /// Whether the account was seen with the right to write; see [`Tx::could_write_since`].
    ///
    /// # Errors
    /// Those of the database.
    pub async fn could_write_since(
        &self,
        document: &DocumentId,
        account: &AccountId,
        epoch: i64,
    ) -> Result<bool> {
        let now_ms = self.clock.now().ms();
        let mut tx = self.read().await?;
        tx.could_write_since(document, account, epoch, now_ms).await
    }

    /// Every update the account has waiting, or has decided about not long ago, in this lineage of
    /// the document, in order; and the contribution that waits, which new ones join.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn late_updates_of(
        &self,
        document: &DocumentId,
        lineage: &str,
        account: &AccountId,
    ) -> Result<(Vec<KeptUpdate>, Option<LateContributionId>)> {
        let mut tx = self.read().await?;
        let rows = tx
            .rows(
                "select c.late_contribution_id, u.body,
                        coalesce(c.discarded_at_ms, c.settled_at_ms)
                 from late_contribution c
                 join late_update u on u.late_contribution_id = c.late_contribution_id
                 where c.document_id = $1 and c.lineage = $2 and c.account_id = $3
                 order by c.created_at_ms, c.late_contribution_id, u.rank",
                args![document.as_str(), lineage, account.as_str()],
            )
            .await?;
        let (mut updates, mut waiting) = (Vec::new(), None);
        for row in &rows {
            let is_decided = row.opt_int(2)?.is_some();
            if !is_decided {
                waiting = Some(LateContributionId::from(row.text(0)?));
            }
            updates.push(KeptUpdate {
                bytes: row.bytes(1)?.into(),
                is_decided,
            });
        }
        Ok((updates, waiting))
    }

    /// The contributions of an account that wait for its decision, the oldest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn late_contributions(
        &self,
        document: &DocumentId,
        account: &AccountId,
    ) -> Result<Vec<LateContribution>> {
        self.read()
            .await?
            .rows(
                "select late_contribution_id, epoch, lineage, base_seq, update_count, created_at_ms,
                        updated_at_ms, discarded_at_ms
                 from late_contribution
                 where document_id = $1 and account_id = $2
                 and discarded_at_ms is null and settled_at_ms is null
                 order by created_at_ms, late_contribution_id",
                args![document.as_str(), account.as_str()],
            )
            .await?
            .iter()
            .map(contribution)
            .collect()
    }

    /// One contribution of this account that waits for its decision, with its updates in order, and
    /// the updates of its earlier ones: it may build on them.
    ///
    /// # Errors
    /// `NotFound` when there is none, it is somebody else's, or it is decided.
    pub async fn late_contribution(
        &self,
        document: &DocumentId,
        account: &AccountId,
        id: &LateContributionId,
    ) -> Result<(LateContribution, LateUpdates)> {
        let mut tx = self.read().await?;
        let row = tx
            .row(
                "select late_contribution_id, epoch, lineage, base_seq, update_count, created_at_ms,
                        updated_at_ms, discarded_at_ms
                 from late_contribution
                 where document_id = $1 and account_id = $2 and late_contribution_id = $3
                 and discarded_at_ms is null and settled_at_ms is null",
                args![document.as_str(), account.as_str(), id.as_str()],
            )
            .await?
            .ok_or(Error::NotFound)?;
        let contribution = contribution(&row)?;
        let rows = tx
            .rows(
                "select c.late_contribution_id, u.body from late_contribution c
                 join late_update u on u.late_contribution_id = c.late_contribution_id
                 where c.document_id = $1 and c.lineage = $2 and c.account_id = $3
                 and c.created_at_ms <= $4
                 order by c.created_at_ms, c.late_contribution_id, u.rank",
                args![
                    document.as_str(),
                    contribution.lineage.as_str(),
                    account.as_str(),
                    contribution.created_at_ms
                ],
            )
            .await?;
        let mut updates = LateUpdates::default();
        for row in rows {
            let body = Bytes::from(row.bytes(1)?);
            if row.text(0)? == id.as_str() {
                updates.own.push(body);
            } else {
                updates.earlier.push(body);
            }
        }
        Ok((contribution, updates))
    }

    /// The author does not want it any more: it is shown no longer, and deleted after 30 days, or
    /// when more was discarded than may wait.
    ///
    /// # Errors
    /// `NotFound` when there is none, it is somebody else's, or it is decided.
    pub async fn discard_late(
        &self,
        document: &DocumentId,
        account: &AccountId,
        id: &LateContributionId,
    ) -> Result<()> {
        let now = self.clock.now();
        let mut tx = self.write().await?;
        let changed = tx
            .run(
                "update late_contribution set discarded_at_ms = $1
                 where document_id = $2 and account_id = $3 and late_contribution_id = $4
                 and discarded_at_ms is null and settled_at_ms is null",
                args![now.ms(), document.as_str(), account.as_str(), id.as_str()],
            )
            .await?;
        if changed == 0 {
            return Err(Error::NotFound);
        }
        tx.make_room(document, account).await?;
        tx.commit().await
    }

    /// Everything in it is in the text after all: there is nothing left to decide.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn settle_late(&self, id: &LateContributionId) -> Result<()> {
        let mut tx = self.write().await?;
        tx.run(
            "update late_contribution set settled_at_ms = $1
             where late_contribution_id = $2 and settled_at_ms is null",
            args![self.clock.now().ms(), id.as_str()],
        )
        .await?;
        tx.commit().await
    }

    /// Deletes what was decided 30 days ago, unless what waits may build on it, and what was seen
    /// too long ago to count.
    /// The number of contributions deleted.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn purge_late(&self) -> Result<usize> {
        let now = self.clock.now().ms();
        let mut tx = self.write().await?;
        let decided = tx
            .rows(
                concat!(
                    "select late_contribution_id from late_contribution c
                     where (discarded_at_ms < $1 or settled_at_ms < $2) and ",
                    nothing_waits_on!("c")
                ),
                args![now - DECIDED_MS, now - DECIDED_MS],
            )
            .await?;
        for row in &decided {
            tx.delete_late(&row.text(0)?).await?;
        }
        tx.run(
            "delete from writer_seen where seen_at_ms < $1",
            args![now - EPOCH_MS],
        )
        .await?;
        tx.commit().await?;
        Ok(decided.len())
    }
}

impl Tx {
    /// Whether the account was seen with the right to write under this epoch or a later one, not
    /// more than 90 days ago.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn could_write_since(
        &mut self,
        document: &DocumentId,
        account: &AccountId,
        epoch: i64,
        now_ms: i64,
    ) -> Result<bool> {
        let row = self
            .row(
                "select 1 from writer_seen where document_id = $1 and account_id = $2
                 and epoch >= $3 and seen_at_ms >= $4",
                args![
                    document.as_str(),
                    account.as_str(),
                    epoch,
                    now_ms - EPOCH_MS
                ],
            )
            .await?;
        Ok(row.is_some())
    }
}

fn contribution(row: &Row) -> Result<LateContribution> {
    Ok(LateContribution {
        id: row.text(0)?.into(),
        epoch: row.int(1)?,
        lineage: row.text(2)?,
        base_seq: row.int(3)?,
        update_count: row.int(4)?,
        created_at_ms: row.int(5)?,
        updated_at_ms: row.int(6)?,
        discarded_at_ms: row.opt_int(7)?,
    })
}
