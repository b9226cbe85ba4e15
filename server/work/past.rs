//! The text as it was at a place of the log: made from the snapshot before it and the rows after
//! that, kept for a short while, and compared with another. What it takes is bounded: a permit
//! comes before the rows are in memory, and too long a part of the log is refused.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use tokio::sync::OnceCell;

use super::{Work, projection};
use crate::error::{Error, Result};
use crate::ids::DocumentId;
use crate::live::salvage::salvage;
use crate::render::section;
use crate::text::{self, Section, tree};

/// The most bytes of log that one past text is made from; with a snapshot every few MiB only a
/// log of damaged ones comes near.
const REPLAYED_BYTES: i64 = 64 * 1024 * 1024;

/// Past texts that are kept: those a person looks at while the slider moves.
const KEPT: usize = 24;

/// And what they weigh together, in bytes.
const KEPT_BYTES: usize = 32 * 1024 * 1024;

/// A text as it was.
#[derive(Debug)]
pub struct PastText {
    /// Every section, in schema order.
    pub sections: Vec<Section>,
    /// Whether a part of it could not be read back.
    pub is_damaged: bool,
}

/// A text as it was, beside the text before it and the text of now.
#[derive(Clone, Debug)]
pub struct Compared {
    /// The head of the log: the text of now.
    pub head_seq: i64,
    /// Every section, in schema order.
    pub sections: Vec<ComparedSection>,
    /// Whether a part of the text could not be read back.
    pub is_damaged: bool,
}

/// A section of a past text.
#[derive(Clone, Debug)]
pub struct ComparedSection {
    /// Its key, e.g. `context`.
    pub key: &'static str,
    /// Safe HTML; what came since the text before stands in `ins`, what went in `del`.
    pub html: String,
    /// Its plain text.
    pub plain: String,
    /// How many words.
    pub words: usize,
    /// Whether it differs from the text before.
    pub changed: bool,
    /// Whether it differs from the text of now.
    pub differs: bool,
}

type Cell = Arc<OnceCell<Arc<PastText>>>;

/// The past texts in memory and those being made, the longest unused first.
#[derive(Debug, Default)]
pub(super) struct Shelf(Mutex<VecDeque<Kept>>);

#[derive(Debug)]
struct Kept {
    document: DocumentId,
    seq: i64,
    text: Cell,
    bytes: usize,
}

impl Shelf {
    /// The place of a text: all who ask for it meanwhile share one reading.
    fn cell(&self, document: &DocumentId, seq: i64) -> Cell {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_it = |one: &Kept| one.seq == seq && one.document == *document;
        let found = kept.iter().position(is_it).and_then(|at| kept.remove(at));
        let one = found.unwrap_or_else(|| Kept {
            document: document.clone(),
            seq,
            text: Cell::default(),
            bytes: 0,
        });
        let text = Arc::clone(&one.text);
        kept.push_back(one);
        while kept.len() > KEPT {
            kept.pop_front();
        }
        text
    }

    /// Counts a text that was read; a damaged one is read again the next time.
    fn settle(&self, document: &DocumentId, seq: i64, text: &PastText) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_it = |one: &Kept| one.seq == seq && one.document == *document;
        if text.is_damaged {
            kept.retain(|one| !is_it(one));
        } else if let Some(one) = kept.iter_mut().find(|one| is_it(one) && one.bytes == 0) {
            one.bytes = text.sections.iter().map(tree::weight).sum();
        }
        while kept.iter().map(|one| one.bytes).sum::<usize>() > KEPT_BYTES {
            kept.pop_front();
        }
    }
}

impl Work {
    /// The text of a document as it was at `seq`, as a tree. Requests at the same time share one
    /// reading.
    ///
    /// # Errors
    /// `NotFound` without such a document or place; `TooMuch` when it would take too long a part
    /// of the log.
    pub async fn text_at(&self, document: &DocumentId, seq: i64) -> Result<Arc<PastText>> {
        let head = self.store.document_head(document).await?.head_seq;
        if !(0..=head).contains(&seq) {
            return Err(Error::NotFound);
        }
        let cell = self.past.cell(document, seq);
        let text = cell
            .get_or_try_init(|| self.read_past(document, seq))
            .await?;
        self.past.settle(document, seq, text);
        Ok(Arc::clone(text))
    }

    async fn read_past(&self, document: &DocumentId, seq: i64) -> Result<Arc<PastText>> {
        let permit = self.permit().await?;
        let history = self
            .store
            .history_within(document, seq, REPLAYED_BYTES)
            .await?;
        let is_damaged = history.head.is_damaged;
        let sections = self
            .blocking_with(permit, move || {
                let updates = projection::updates(&salvage(history)?);
                text::read(updates.iter().map(Bytes::as_ref)).map_err(Error::internal)
            })
            .await??;
        metrics::counter!("chantier_past_texts_total").increment(1);
        Ok(Arc::new(PastText {
            sections,
            is_damaged,
        }))
    }

    /// The text at `seq` with what changed since `since_seq` marked, and whether it is the text of
    /// now.
    ///
    /// # Errors
    /// As [`Work::text_at`].
    pub async fn compared(
        &self,
        document: &DocumentId,
        since_seq: i64,
        seq: i64,
    ) -> Result<Compared> {
        let then = self.text_at(document, seq).await?;
        let before = self.text_at(document, since_seq).await?;
        let head_seq = self.store.document_head(document).await?.head_seq;
        let now = self.text_at(document, head_seq).await?;
        let is_damaged = then.is_damaged;
        let sections = self
            .blocking(move || {
                let both = before.sections.iter().zip(&then.sections);
                both.zip(&now.sections)
                    .map(|((before, then), now)| compared(before, then, now))
                    .collect()
            })
            .await?;
        Ok(Compared {
            head_seq,
            sections,
            is_damaged,
        })
    }
}

fn compared(before: &Section, then: &Section, now: &Section) -> ComparedSection {
    let plain = text::plain::text(then);
    ComparedSection {
        key: then.key,
        html: section::html(&text::diff::marked(before, then)),
        words: text::plain::word_count(&plain),
        plain,
        changed: before != then,
        differs: then != now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(chars: usize, is_damaged: bool) -> PastText {
        let run = tree::Run {
            text: "x".repeat(chars),
            marks: Vec::new(),
        };
        PastText {
            sections: vec![Section {
                key: "context",
                nodes: vec![tree::Node::Text(run)],
            }],
            is_damaged,
        }
    }

    #[test]
    fn what_is_kept_is_bounded_by_count_and_by_weight() {
        let (shelf, document) = (Shelf::default(), DocumentId::from("d"));
        assert!(
            Arc::ptr_eq(&shelf.cell(&document, 7), &shelf.cell(&document, 7)),
            "who asks meanwhile shares one reading"
        );
        for seq in 0..100 {
            shelf.cell(&document, seq);
        }
        let count = || shelf.0.lock().expect("whole").len();
        assert_eq!(count(), KEPT);
        shelf.settle(&document, 99, &text(KEPT_BYTES / 2, false));
        assert_eq!(count(), KEPT);
        shelf.settle(&document, 98, &text(KEPT_BYTES / 2, false));
        assert_eq!(
            count(),
            1,
            "the older one went, and what was asked for before it"
        );
        shelf.settle(&document, 99, &text(1, true));
        assert_eq!(count(), 0, "a damaged one is read again");
    }
}
