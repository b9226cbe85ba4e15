//! Tells a document's log as a person would: stretches of writing with who wrote and how much came
//! and went, large deletions, texts brought back. Made from the log behind the edits, at each
//! compaction at the latest; the last stretch goes on from where it was told, never from its start.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use bytes::Bytes;

use super::{Work, projection};
use crate::error::{Error, Result};
use crate::ids::DocumentId;
use crate::rules::day::Day;
use crate::store::log::{History, LogRow};
use crate::store::points::{Point, PointAuthor, PointKind};
use crate::text;
use crate::text::past::Follower;

/// A pause after which another stretch of writing begins, in milliseconds.
const PAUSE_MS: i64 = 15 * 60 * 1000;

/// A stretch is at most so long, in milliseconds.
const LONGEST_MS: i64 = 2 * 60 * 60 * 1000;

/// Rows and bytes read at a time: a long log is never in memory as a whole.
const AT_A_TIME: (i64, i64) = (2_000, 4 * 1024 * 1024);

/// One who tells per document: whoever waits finds the work done, and waits for nobody else's.
#[derive(Debug, Default)]
pub(super) struct Tellers(Mutex<HashMap<DocumentId, Weak<tokio::sync::Mutex<()>>>>);

impl Tellers {
    fn of(&self, document: &DocumentId) -> Arc<tokio::sync::Mutex<()>> {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        turns.retain(|_, turn| turn.strong_count() > 0);
        let known = turns.get(document).and_then(Weak::upgrade);
        known.unwrap_or_else(|| {
            let turn = Arc::default();
            turns.insert(document.clone(), Arc::downgrade(&turn));
            turn
        })
    }
}

impl Work {
    /// Makes what is missing of the document's points, up to the head of its log.
    ///
    /// # Errors
    /// `NotFound` without such a document; `Internal` when the log cannot be read.
    pub async fn make_points(&self, document: &DocumentId) -> Result<()> {
        let turn = self.telling.of(document);
        let _turn = turn.lock().await;
        let mut tx = self.store.read().await?;
        let head = tx.document_head(document).await?.head_seq;
        let last = tx.last_point(document).await?;
        let acts = tx.stage_acts(document).await?;
        let restored = tx.restorations(document).await?;
        drop(tx);
        let told = last.as_ref().map_or(0, |last| last.to_seq);
        if told >= head {
            return Ok(());
        }
        let open = last.filter(|last| last.kind == PointKind::Edits);
        let first = open.as_ref().map_or(told + 1, |open| open.from_seq);
        let marks = Marks {
            stages: acts.iter().map(|act| act.seq).collect(),
            restored: restored.iter().map(|one| one.seq).collect(),
        };
        let points = self.tell(document, (told, head), open, marks).await?;
        self.store.keep_points(document, first, &points).await
    }

    /// The points after row `told` up to the head; the open one goes on.
    async fn tell(
        &self,
        document: &DocumentId,
        (told, head): (i64, i64),
        open: Option<Point>,
        marks: Marks,
    ) -> Result<Vec<Point>> {
        let permit = self.permit().await?;
        let base = self.store.history_until(document, Some(told)).await?;
        let mut teller = if base.head.is_damaged {
            drop(permit);
            // What stood here cannot be told; the next snapshot is a new beginning.
            let (mut teller, _) = self.begin_again(document, told + 1, head, marks).await?;
            teller.points.splice(0..0, open);
            teller
        } else {
            self.blocking_with(permit, move || Teller::new(&base, open, marks))
                .await??
        };
        let mut after = teller.at.max(told);
        while after < head {
            let permit = self.permit().await?;
            let mut tx = self.store.read().await?;
            let until = tx.window_end(document, (after, head), AT_A_TIME).await?;
            let (rows, damages) = tx.readable_rows(document, after, until).await?;
            drop(tx);
            let hole = damages.first().map_or(until + 1, |damage| damage.from_seq);
            teller = self
                .blocking_with(permit, move || {
                    for row in rows.iter().filter(|row| row.seq < hole) {
                        teller.tell(row)?;
                    }
                    Ok::<_, Error>(teller)
                })
                .await??;
            after = until;
            if hole <= until {
                let marks = std::mem::take(&mut teller.marks);
                let told = self.blocking(move || teller.end()).await?;
                let (mut next, good) = self.begin_again(document, hole, head, marks).await?;
                next.points.splice(0..0, told);
                teller = next;
                after = good;
            }
        }
        self.blocking(move || teller.end()).await
    }

    /// Goes on behind a hole: from the next snapshot, or not at all.
    async fn begin_again(
        &self,
        document: &DocumentId,
        hole: i64,
        head: i64,
        marks: Marks,
    ) -> Result<(Teller, i64)> {
        let mut tx = self.store.read().await?;
        let snapshot = tx
            .latest_snapshot(document, head)
            .await?
            .filter(|snapshot| snapshot.seq >= hole);
        let good = snapshot.as_ref().map_or(head, |snapshot| snapshot.seq);
        let base = History {
            head: tx.document_head(document).await?,
            snapshot,
            rows: Vec::new(),
            damages: Vec::new(),
        };
        drop(tx);
        let mut teller = self
            .blocking(move || Teller::new(&base, None, marks))
            .await??;
        let at = teller.now_ms;
        teller.points.push(Point {
            from_seq: hole,
            to_seq: good,
            kind: PointKind::Damaged,
            started_at_ms: at,
            ended_at_ms: at,
            added_chars: 0,
            removed_chars: 0,
            authors: Vec::new(),
        });
        teller.at = good;
        Ok((teller, good))
    }
}

/// Where a stretch ends whatever was written.
#[derive(Debug, Default)]
struct Marks {
    /// Rows after which the stage changed.
    stages: Vec<i64>,
    /// Rows that brought an earlier text back.
    restored: Vec<i64>,
}

/// Follows a log and tells its points.
#[derive(Debug)]
struct Teller {
    follower: Follower,
    marks: Marks,
    /// The last row that was told.
    at: i64,
    now_ms: i64,
    /// The text before what is not counted yet of the open stretch.
    before: String,
    open: Option<Point>,
    points: Vec<Point>,
}

impl Teller {
    /// At the end of `base`, where `open` was told.
    fn new(base: &History, open: Option<Point>, marks: Marks) -> Result<Self> {
        let updates = projection::updates(base);
        let follower = Follower::at(updates.iter().map(Bytes::as_ref)).map_err(Error::internal)?;
        Ok(Self {
            before: follower.plain(),
            follower,
            marks,
            at: 0,
            now_ms: base.rows.last().map_or(0, |row| row.created_at.ms()),
            open,
            points: Vec::new(),
        })
    }

    fn tell(&mut self, row: &LogRow) -> Result<()> {
        if self.open.as_ref().is_some_and(|open| self.ends(open, row)) {
            self.close();
        }
        let mut deleted_from = None;
        for update in &row.updates {
            let large = self.follower.follow(&update.bytes);
            deleted_from = deleted_from.or(large.map_err(Error::internal)?);
        }
        let is_deletion = deleted_from.is_some();
        if let Some(before) = deleted_from {
            // The text before it is a point one may come back to: the open stretch ends there.
            self.close_with(before);
        }
        let kind = if self.marks.restored.contains(&row.seq) {
            PointKind::Restoration
        } else if is_deletion {
            PointKind::Deletion
        } else {
            PointKind::Edits
        };
        let at_ms = row.created_at.ms();
        self.now_ms = at_ms;
        let open = self.open.get_or_insert_with(|| Point {
            from_seq: row.seq,
            to_seq: row.seq,
            kind,
            started_at_ms: at_ms,
            ended_at_ms: at_ms,
            added_chars: 0,
            removed_chars: 0,
            authors: Vec::new(),
        });
        open.to_seq = row.seq;
        open.ended_at_ms = at_ms;
        for update in &row.updates {
            let account_id = update.account.as_str();
            let organisation_id = update.organisation.as_ref().map(|id| id.as_str());
            let known = open.authors.iter_mut().find(|author| {
                author.account_id == account_id
                    && author.organisation_id.as_deref() == organisation_id
            });
            match known {
                Some(author) => author.updates += 1,
                None => open.authors.push(PointAuthor {
                    account_id: account_id.to_owned(),
                    organisation_id: organisation_id.map(str::to_owned),
                    updates: 1,
                }),
            }
        }
        self.at = row.seq;
        Ok(())
    }

    /// Whether the open stretch ends before this row.
    fn ends(&self, open: &Point, row: &LogRow) -> bool {
        let at_ms = row.created_at.ms();
        at_ms - open.ended_at_ms > PAUSE_MS
            || at_ms - open.started_at_ms > LONGEST_MS
            || Day::in_paris(at_ms) != Day::in_paris(open.started_at_ms)
            || self.marks.stages.contains(&open.to_seq)
            || self.marks.restored.contains(&row.seq)
            || open.kind != PointKind::Edits
    }

    fn close(&mut self) {
        if self.open.is_some() {
            let after = self.follower.plain();
            self.close_with(after);
        }
    }

    fn close_with(&mut self, after: String) {
        if let Some(mut open) = self.open.take() {
            let (added, removed) = text::diff::changed_chars(&self.before, &after);
            // What was counted when it was told the last time stays counted.
            let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
            open.added_chars = open.added_chars.saturating_add(count(added));
            open.removed_chars = open.removed_chars.saturating_add(count(removed));
            open.authors.sort_by_key(|author| -author.updates);
            self.points.push(open);
        }
        self.before = after;
    }

    fn end(mut self) -> Vec<Point> {
        self.close();
        self.points
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_tells_per_document_and_nothing_is_left_behind() {
        let tellers = Tellers::default();
        let (one, other) = (DocumentId::from("a"), DocumentId::from("b"));
        let turn = tellers.of(&one);
        let _held = turn.try_lock().expect("free");
        assert!(tellers.of(&one).try_lock().is_err(), "one at a time");
        assert!(tellers.of(&other).try_lock().is_ok(), "others go on");
        assert_eq!(tellers.0.lock().expect("whole").len(), 2);
        tellers.of(&one);
        assert_eq!(tellers.0.lock().expect("whole").len(), 1);
    }
}
