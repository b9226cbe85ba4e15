//! Edits that came too late (`live-text.md` section 7): who was seen with the right to write, and
//! the updates kept aside for their author. They are never part of the log, hence of the text.
//! The bytes are opaque here: they passed the gate before they came.

use sha2::{Digest, Sha256};

use super::log::DocumentHead;
use super::{Row, Store, Tx, args};
use crate::clock::Timestamp;
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

    /// Whether the account was seen with the right to write under this epoch or a later one, not
    /// more than 90 days ago.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn could_write_since(
        &self,
        document: &DocumentId,
        account: &AccountId,
        epoch: i64,
    ) -> Result<bool> {
        let oldest = self.clock.now().ms() - EPOCH_MS;
        let row = self
            .read()
            .await?
            .row(
                "select 1 from writer_seen where document_id = $1 and account_id = $2
                 and epoch >= $3 and seen_at_ms >= $4",
                args![document.as_str(), account.as_str(), epoch, oldest],
            )
            .await?;
        Ok(row.is_some())
    }

    /// Keeps what several authors sent too late, in one transaction fenced by the epoch under
    /// which it was judged. May be repeated after a failure of unknown outcome: an update that is
    /// there is not kept twice.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn keep_late(
        &self,
        document: &DocumentId,
        head: &DocumentHead,
        edits: &[LateEdits],
    ) -> Result<LateKept> {
        let now = self.clock.now();
        let mut tx = self.write().await?;
        let passed = tx
            .run(
                "update document set epoch = epoch where document_id = $1 and epoch = $2",
                args![document.as_str(), head.epoch],
            )
            .await?;
        if passed == 0 {
            return Ok(LateKept::Fenced);
        }
        let mut kept = Vec::new();
        for one in edits {
            kept.push(tx.keep_of_one(document, head, one, now).await?);
        }
        tx.commit().await?;
        Ok(LateKept::Kept(kept))
    }

    /// Every update the account has waiting, or has decided about not long ago, in this lineage of
    /// the document, in order; and the contribution that new ones join.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn late_updates_of(
        &self,
        document: &DocumentId,
        lineage: &str,
        account: &AccountId,
    ) -> Result<(Vec<Bytes>, Option<LateContributionId>)> {
        let mut tx = self.read().await?;
        let rows = tx
            .rows(
                "select c.late_contribution_id, u.body from late_contribution c
                 join late_update u on u.late_contribution_id = c.late_contribution_id
                 where c.document_id = $1 and c.lineage = $2 and c.account_id = $3
                 order by c.created_at_ms, c.late_contribution_id, u.rank",
                args![document.as_str(), lineage, account.as_str()],
            )
            .await?;
        let last = rows.last().map(|row| row.text(0)).transpose()?;
        let updates = rows
            .iter()
            .map(|row| row.bytes(1).map(Bytes::from))
            .collect::<Result<Vec<_>>>()?;
        Ok((updates, last.map(LateContributionId::from)))
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

    /// Deletes what was decided 30 days ago, and what was seen too long ago to count.
    /// The number of contributions deleted.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn purge_late(&self) -> Result<usize> {
        let now = self.clock.now().ms();
        let mut tx = self.write().await?;
        let decided = tx
            .rows(
                "select late_contribution_id from late_contribution
                 where discarded_at_ms < $1 or settled_at_ms < $2",
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

impl Tx {
    async fn keep_of_one(
        &mut self,
        document: &DocumentId,
        head: &DocumentHead,
        edits: &LateEdits,
        now: Timestamp,
    ) -> Result<Option<LateContributionId>> {
        let account = &edits.account;
        let waiting = self
            .row(
                "select cast(coalesce(sum(byte_count), 0) as bigint) from late_contribution
                 where document_id = $1 and account_id = $2
                 and discarded_at_ms is null and settled_at_ms is null",
                args![document.as_str(), account.as_str()],
            )
            .await?
            .map_or(Ok(0), |row| row.int(0))?;
        let (id, last) = self.open_contribution(document, head, edits, now).await?;
        let mut new = Vec::new();
        for update in &edits.updates {
            let hash = Sha256::digest(update).to_vec();
            let known = self
                .row(
                    "select 1 from late_update where late_contribution_id = $1 and hash = $2",
                    args![id.as_str(), hash.as_slice()],
                )
                .await?;
            if known.is_none() {
                new.push((update, hash));
            }
        }
        let bytes: usize = new.iter().map(|(update, _)| update.len()).sum();
        let bytes = i64::try_from(bytes).map_err(Error::internal)?;
        if waiting + bytes > LATE_BYTES {
            if last == 0 {
                self.delete_late(id.as_str()).await?;
            }
            return Ok(None);
        }
        for (rank, (update, hash)) in (last + 1..).zip(&new) {
            self.run(
                "insert into late_update
                 (late_contribution_id, rank, base_seq, body, hash, created_at_ms)
                 values ($1, $2, $3, $4, $5, $6)",
                args![
                    id.as_str(),
                    rank,
                    head.head_seq,
                    update.as_ref(),
                    hash.as_slice(),
                    now.ms()
                ],
            )
            .await?;
        }
        let count = i64::try_from(new.len()).map_err(Error::internal)?;
        self.run(
            "update late_contribution set update_count = update_count + $1,
                    byte_count = byte_count + $2, base_seq = $3, updated_at_ms = $4
             where late_contribution_id = $5",
            args![count, bytes, head.head_seq, now.ms(), id.as_str()],
        )
        .await?;
        for client in &edits.clients {
            super::log::insert_binding(self, document, *client, account, now).await?;
        }
        Ok(Some(id))
    }

    /// The account's contribution that waits, made when there is none, and its last rank.
    async fn open_contribution(
        &mut self,
        document: &DocumentId,
        head: &DocumentHead,
        edits: &LateEdits,
        now: Timestamp,
    ) -> Result<(LateContributionId, i64)> {
        let row = self
            .row(
                "select late_contribution_id, update_count from late_contribution
                 where document_id = $1 and account_id = $2 and lineage = $3
                 and discarded_at_ms is null and settled_at_ms is null",
                args![
                    document.as_str(),
                    edits.account.as_str(),
                    head.lineage.as_str()
                ],
            )
            .await?;
        if let Some(row) = row {
            return Ok((row.text(0)?.into(), row.int(1)?));
        }
        let id = LateContributionId::new();
        self.run(
            "insert into late_contribution
             (late_contribution_id, document_id, account_id, organisation_id, lineage, epoch,
              base_seq, update_count, byte_count, created_at_ms, updated_at_ms)
             values ($1, $2, $3, $4, $5, $6, $7, 0, 0, $8, $9)",
            args![
                id.as_str(),
                document.as_str(),
                edits.account.as_str(),
                edits.organisation.as_ref().map(OrganisationId::as_str),
                head.lineage.as_str(),
                head.epoch,
                head.head_seq,
                now.ms(),
                now.ms()
            ],
        )
        .await?;
        Ok((id, 0))
    }

    /// What was discarded takes at most as much place as what may wait: the oldest goes first.
    async fn make_room(&mut self, document: &DocumentId, account: &AccountId) -> Result<()> {
        let rows = self
            .rows(
                "select late_contribution_id, byte_count from late_contribution
                 where document_id = $1 and account_id = $2 and discarded_at_ms is not null
                 order by discarded_at_ms desc, late_contribution_id desc",
                args![document.as_str(), account.as_str()],
            )
            .await?;
        let mut bytes = 0;
        for row in rows {
            bytes += row.int(1)?;
            if bytes > LATE_BYTES {
                self.delete_late(&row.text(0)?).await?;
            }
        }
        Ok(())
    }

    async fn delete_late(&mut self, id: &str) -> Result<()> {
        for sql in [
            "delete from late_update where late_contribution_id = $1",
            "delete from late_contribution where late_contribution_id = $1",
        ] {
            self.run(sql, args![id]).await?;
        }
        Ok(())
    }
}
