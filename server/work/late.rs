//! Late edits as their author reads them: compared with the text they were made in, and with the
//! text as it stands, which may hold them after all.

use bytes::Bytes;

use super::Work;
use super::projection::updates;
use crate::error::{Error, Result};
use crate::ids::DocumentId;
use crate::store::late::{LateContribution, LateUpdates};
use crate::text::Unreadable;
use crate::text::difference::{SectionDifference, difference, holds};

impl Work {
    /// Whether nothing is left to decide: everything in a contribution is in the text by now (its
    /// author came back while it could be written), or it changes nothing (typed and erased). It is
    /// settled then.
    ///
    /// # Errors
    /// Those of the database; `Internal` when the bytes do not make a document.
    pub async fn late_arrived(
        &self,
        document: &DocumentId,
        contribution: &LateContribution,
        late: &LateUpdates,
    ) -> Result<bool> {
        let head = self.store.document_head(document).await?;
        if head.lineage != contribution.lineage {
            return Ok(false);
        }
        let changes = self.late_difference(document, contribution, late.clone());
        let arrived = match changes.await {
            Ok(sections) if sections.is_empty() => true,
            Err(error @ Error::Unavailable(_)) => return Err(error),
            Ok(_) | Err(_) if head.head_seq <= contribution.base_seq => false,
            Ok(_) | Err(_) => self.is_in_the_text(document, late.clone()).await?,
        };
        if arrived {
            self.store.settle_late(&contribution.id).await?;
        }
        Ok(arrived)
    }

    async fn is_in_the_text(&self, document: &DocumentId, late: LateUpdates) -> Result<bool> {
        let now = self.store.history(document).await?;
        let look = move || {
            let now = updates(&now);
            match holds(slices(&now), slices(&late.own)) {
                // It builds on edits that came too late before it: with those, or not at all.
                Err(Unreadable::Gap) => {
                    let all = slices(&late.earlier).chain(slices(&late.own));
                    match holds(slices(&now), all) {
                        Err(Unreadable::Gap) => Ok(false),
                        found => found,
                    }
                }
                found => found,
            }
        };
        self.blocking(look).await?.map_err(Error::internal)
    }

    /// What a contribution changes in the text it was made in.
    ///
    /// # Errors
    /// Those of the database; `Internal` when the bytes do not make a document.
    pub async fn late_difference(
        &self,
        document: &DocumentId,
        contribution: &LateContribution,
        late: LateUpdates,
    ) -> Result<Vec<SectionDifference>> {
        let head = self.store.document_head(document).await?;
        let until = contribution.base_seq.min(head.head_seq);
        let base = self.store.history_until(document, Some(until)).await?;
        let compare = move || {
            let base = updates(&base);
            match difference(slices(&base), slices(&late.own)) {
                // It builds on edits that came too late before it.
                Err(Unreadable::Gap) => {
                    let base = slices(&base).chain(slices(&late.earlier));
                    difference(base, slices(&late.own))
                }
                found => found,
            }
        };
        self.blocking(compare).await?.map_err(Error::internal)
    }

    /// Deletes what was decided long ago.
    pub(super) async fn purge_late(&self) {
        if let Err(error) = self.store.purge_reservations().await {
            tracing::warn!(cause = ?error, "old reservations were not deleted");
        }
        match self.store.purge_late().await {
            Ok(0) => {}
            Ok(count) => tracing::info!(
                late.count = count,
                "late edits decided long ago are deleted"
            ),
            Err(error) => tracing::warn!(cause = ?error, "old late edits were not deleted"),
        }
    }
}

fn slices(updates: &[Bytes]) -> impl Iterator<Item = &[u8]> {
    updates.iter().map(Bytes::as_ref)
}
