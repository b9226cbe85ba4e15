//! Reads a document at the head of its log into its projection.

use std::time::Duration;

use bytes::Bytes;

use super::Work;
use crate::error::{Error, Result};
use crate::ids::DocumentId;
use crate::live::salvage::salvage;
use crate::live::schema;
use crate::render::section;
use crate::store::log::History;
use crate::store::projections::{ProjectedSection, Projection};
use crate::text;

/// How long a reader waits for the text as of now before it gets an older one.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long a reader waits when there is no older one.
const FIRST_PATIENCE: Duration = Duration::from_secs(10);

impl Work {
    /// The text of a document as of now, read first when it is behind. Requests at the same time
    /// share one reading. After a second the older text is given, with its own `seq`.
    ///
    /// # Errors
    /// `NotFound` without such a document; `Unavailable` when there is no text to give in time.
    ///
    /// # Cancel safety
    /// A reading that has begun goes on.
    pub async fn ensure(&self, document: &DocumentId) -> Result<Projection> {
        let (mut known, head) = self.store.projection_and_head(document).await?;
        let patience = if known.is_some() {
            PATIENCE
        } else {
            FIRST_PATIENCE
        };
        let deadline = tokio::time::Instant::now() + patience;
        // The first flight may have begun before our head; the second begins after it.
        for _ in 0..2 {
            if let Some(projection) = known.take_if(|projection| projection.seq >= head) {
                return Ok(projection);
            }
            if head == 0 {
                return of(0, &[]).map_err(Error::internal);
            }
            let mut flight = self.flight(document);
            let landed = tokio::time::timeout_at(deadline, flight.changed()).await;
            known = self.store.read().await?.projection(document).await?;
            if landed.is_err() {
                break;
            }
        }
        known.ok_or_else(|| Error::Unavailable("the text could not be read in time".into()))
    }
}

/// Projects the document at its head.
pub(super) async fn project(work: &Work, document: &DocumentId) -> Result<()> {
    let (known, head) = work.store.projection_and_head(document).await?;
    if known.as_ref().is_some_and(|known| known.seq >= head) || head == 0 {
        return Ok(());
    }
    let before = known.as_ref().map(chars);
    let permit = work.permit().await?;
    let history = work.store.history(document).await?;
    let seq = history.head.head_seq;
    let projection = work
        .blocking_with(permit, move || {
            of(seq, &updates(&salvage(history)?)).map_err(Error::internal)
        })
        .await??;
    let mut tx = work.store.write().await?;
    tx.keep_projection(document, &projection, work.store.clock.now())
        .await?;
    tx.commit().await?;
    metrics::counter!("chantier_projections_total").increment(1);
    if before.is_some_and(|before| shrank(before, &projection)) {
        // Somebody may want it back: the point is made before anybody asks.
        work.make_points(document).await?;
    }
    Ok(())
}

/// Whether so much text went since the last projection that a large deletion may be among it.
fn shrank(before: i64, now: &Projection) -> bool {
    chars(now) + 2_000 < before
}

fn chars(projection: &Projection) -> i64 {
    projection
        .sections
        .iter()
        .map(|section| section.chars)
        .sum()
}

/// The updates of a history, in order; slices of what was read.
pub(super) fn updates(history: &History) -> Vec<Bytes> {
    let snapshot = history.snapshot.iter().map(|snapshot| &snapshot.update);
    let rows = history.rows.iter().flat_map(|row| &row.updates);
    snapshot
        .chain(rows.map(|update| &update.bytes))
        .cloned()
        .collect()
}

/// Reads a document from its updates, which passed the gate.
///
/// # Errors
/// When the updates do not make a document.
pub fn of(seq: i64, updates: &[Bytes]) -> Result<Projection, text::Unreadable> {
    let sections = text::read(updates.iter().map(Bytes::as_ref))?
        .iter()
        .map(|section| {
            let plain = text::plain::text(section);
            ProjectedSection {
                key: section.key.to_owned(),
                html: section::html(section),
                words: count(text::plain::word_count(&plain)),
                chars: count(text::plain::visible_chars(&plain)),
                plain,
            }
        })
        .collect::<Vec<_>>();
    debug_assert_eq!(sections.len(), schema::SECTIONS.len());
    Ok(Projection { seq, sections })
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
