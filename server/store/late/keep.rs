//! Writing late edits down: one contribution of an author waits at a time, within its bounds.

use sha2::{Digest, Sha256};

use super::{LATE_BYTES, LateEdits, LateKept, nothing_waits_on};
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::ids::{AccountId, DocumentId, LateContributionId, OrganisationId};
use crate::store::log::{self, DocumentHead};
use crate::store::{Store, Tx, args};

impl Store {
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
            log::insert_binding(self, document, *client, account, now).await?;
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
    pub(super) async fn make_room(
        &mut self,
        document: &DocumentId,
        account: &AccountId,
    ) -> Result<()> {
        let rows = self
            .rows(
                concat!(
                    "select late_contribution_id, byte_count from late_contribution c
                     where document_id = $1 and account_id = $2
                     and discarded_at_ms is not null and ",
                    nothing_waits_on!("c"),
                    " order by discarded_at_ms desc, late_contribution_id desc"
                ),
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

    pub(super) async fn delete_late(&mut self, id: &str) -> Result<()> {
        for sql in [
            "delete from late_update where late_contribution_id = $1",
            "delete from late_contribution where late_contribution_id = $1",
        ] {
            self.run(sql, args![id]).await?;
        }
        Ok(())
    }
}
