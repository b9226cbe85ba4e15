//! Makes a long tail of the log short for joiners: one verified snapshot of all rows so far; then
//! packs the rows that no snapshot needs any more. A snapshot or a segment that could not be
//! verified is never written, and no row goes before it stands elsewhere.

use std::sync::PoisonError;

use super::{Work, projection};
use crate::error::{Error, Result};
use crate::ids::DocumentId;
use crate::live::gate::{self, Limits, Tables, Verdict};
use crate::store::log::{History, Snapshot, segment};
use crate::text;

/// Joins must not read more than 500 updates (`live-text.md` section 4); begin before that.
const UPDATES: i64 = 300;

/// Nor more than 256 KiB.
const BYTES: i64 = 160 * 1024;

impl Work {
    /// Compacts the document in the background when its tail has grown long. Never waits; says
    /// nothing new while the document is being compacted.
    pub fn compact_soon(&self, document: &DocumentId) {
        let mut compacting = self
            .compacting
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if self.stop.is_cancelled() || !compacting.insert(document.clone()) {
            return;
        }
        let turn = Turn {
            work: self.clone(),
            document: document.clone(),
        };
        self.tasks.spawn(async move {
            if let Err(error) = compact_if_long(&turn.work, &turn.document).await {
                tracing::error!(document.id = %turn.document, cause = ?error, "compaction failed");
                metrics::counter!("chantier_compactions_failed_total").increment(1);
            }
        });
    }

    /// Compacts the document at its head now; the head it contains.
    ///
    /// # Errors
    /// `Internal` when the snapshot would differ from its source: nothing was written.
    pub async fn compact(&self, document: &DocumentId) -> Result<i64> {
        tracing::debug!(document.id = %document, "a compaction begins");
        let history = self.store.history(document).await?;
        let seq = history.head.head_seq;
        if history.head.is_damaged {
            // A snapshot over a hole would make the loss look like the text.
            return Err(Error::internal("a damaged log is not compacted"));
        }
        if !history.rows.is_empty() {
            let snapshot = self.blocking(move || snapshot(&history)).await??;
            self.store.write_snapshot(document, &snapshot).await?;
            metrics::counter!("chantier_compactions_total").increment(1);
            if let Some(hear) = self.on_compacted.get() {
                hear(document);
            }
        }
        // After the snapshot, which joiners wait for; and while the one before it is near, since
        // the points go on from there.
        if let Err(error) = self.make_points(document).await {
            tracing::warn!(document.id = %document, cause = ?error, "no points were made");
        }
        self.pack(document).await?;
        tracing::debug!(document.id = %document, "a compaction has ended");
        Ok(seq)
    }

    /// Moves the rows that no snapshot needs any more into compressed segments, one transaction
    /// each: the writer is free in between.
    async fn pack(&self, document: &DocumentId) -> Result<()> {
        let until = self.store.spare_snapshot(document).await?;
        let mut after = 0;
        while after < until && !self.stop.is_cancelled() {
            let (rows, next) = self.store.rows_to_pack(document, after, until).await?;
            after = next;
            let named = document.clone();
            let packed = self
                .blocking(move || segment::pack(&named, &rows))
                .await??;
            if let Some(packed) = packed
                && self.store.keep_segment(document, &packed).await?
            {
                metrics::counter!("chantier_segments_total").increment(1);
            }
        }
        Ok(())
    }
}

/// Frees the document for the next compaction, however this one ends.
struct Turn {
    work: Work,
    document: DocumentId,
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.work
            .compacting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.document);
    }
}

async fn compact_if_long(work: &Work, document: &DocumentId) -> Result<()> {
    let (updates, bytes) = work.store.log_tail(document).await?;
    if updates >= UPDATES || bytes >= BYTES {
        work.compact(document).await?;
    }
    Ok(())
}

/// The whole history as one snapshot. Blocking.
fn snapshot(history: &History) -> Result<Snapshot> {
    let mut tables = tables(history)?;
    let updates = projection::updates(history);
    let compacted = text::compact(updates.iter().map(AsRef::as_ref)).map_err(Error::internal)?;
    let state_vector = tables.state_vector();
    let mut clocks = gate::read_state_vector(&state_vector)
        .map_err(|rule| Error::internal(format!("our own state vector: {rule:?}")))?;
    clocks.sort_unstable();
    if clocks != compacted.clocks {
        return Err(Error::internal(
            "the gate and the document count differently",
        ));
    }
    tables.recount(&compacted.update);
    Ok(Snapshot {
        seq: history.head.head_seq,
        update: compacted.update.into(),
        state_vector,
        structure: tables.to_bytes(),
    })
}

/// The gate's tables at the head: those of the snapshot, advanced by every row after it.
fn tables(history: &History) -> Result<Tables> {
    let mut tables = match &history.snapshot {
        Some(snapshot) => Tables::of_snapshot(&snapshot.structure, &snapshot.update)
            .ok_or_else(|| Error::internal("the snapshot does not pass the gate"))?,
        None => Tables::new(),
    };
    let limits = Limits::snapshot();
    for update in history.rows.iter().flat_map(|row| &row.updates) {
        match gate::read(&update.bytes, &tables, &limits) {
            Verdict::Accepted(reading) | Verdict::CleanUpOnly(reading) => tables.apply(&reading),
            Verdict::NothingNew => {}
            Verdict::Gap => return Err(Error::internal("a stored update leaves a gap")),
            Verdict::Refused(rule) => {
                return Err(Error::internal(format!("a stored update breaks {rule:?}")));
            }
        }
    }
    Ok(tables)
}
