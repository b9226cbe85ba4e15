//! The stored text as frames for those who join or catch up. A text is large and its readers may be
//! slow: all who read it at the same time are sent the same bytes, which are forgotten with the
//! last of them. Never here: decoding an update.

use std::sync::{Arc, PoisonError, Weak};

use bytes::Bytes;
use tokio::sync::Mutex;

use super::protocol;
use super::salvage::salvage;
use crate::error::Result;
use crate::ids::DocumentId;
use crate::store::log::{History, LogRow};
use crate::store::{Store, Tx};

/// Who is farther behind gets the whole text, which is shared, instead of so many rows, which are
/// not.
const ROWS_AT_MOST: i64 = 1000;

/// Bytes of rows for one reader alone, at most.
const ROWS_BYTES_AT_MOST: i64 = 1024 * 1024;

/// A frame and its row; those of the snapshot have row 0.
pub type Numbered = (i64, Bytes);

/// What is being sent of one document.
#[derive(Debug, Default)]
pub struct Served {
    /// Held while the text is read: others wait for it instead of reading it too.
    whole: Mutex<Weak<Whole>>,
    /// What the room read when it opened, for whoever it opened for: held until somebody reads.
    first: std::sync::Mutex<Option<Arc<Whole>>>,
}

/// A text up to a row.
#[derive(Debug)]
struct Whole {
    seq: i64,
    frames: Vec<Numbered>,
}

/// One frame of it, which keeps it alive.
#[derive(Debug)]
struct Frame {
    whole: Arc<Whole>,
    at: usize,
}

impl AsRef<[u8]> for Frame {
    fn as_ref(&self) -> &[u8] {
        &self.whole.frames[self.at].1
    }
}

impl Whole {
    /// `None` for a damaged text, which is read anew each time.
    fn of(history: &History) -> Option<Self> {
        (!history.head.is_damaged).then(|| Self {
            seq: history.head.head_seq,
            frames: frames_of(history),
        })
    }

    fn frames(self: Arc<Self>) -> Vec<Numbered> {
        let frame = |(at, (seq, _)): (usize, &Numbered)| {
            let whole = self.clone();
            (*seq, Bytes::from_owner(Frame { whole, at }))
        };
        self.frames.iter().enumerate().map(frame).collect()
    }
}

impl Served {
    /// A room opened with this text: its first reader need not read it again.
    pub async fn begin_with(&self, history: &History) {
        let whole = Whole::of(history).map(Arc::new);
        let mut kept = self.whole.lock().await;
        *kept = whole.as_ref().map_or_else(Weak::new, Arc::downgrade);
        *self.first() = whole;
    }

    /// Nobody came for the text that the room opened with, or somebody has it now.
    pub fn let_go(&self) {
        *self.first() = None;
    }

    fn first(&self) -> std::sync::MutexGuard<'_, Option<Arc<Whole>>> {
        // Set and taken whole: a poisoned one is, too.
        self.first.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The rows after `after`, up to the head; `None` when there are too many, or some of them
    /// are damaged: what follows a hole depends on what stands before it.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn rows_after(
        &self,
        store: &Store,
        document: &DocumentId,
        after: i64,
    ) -> Result<Option<Vec<Numbered>>> {
        self.let_go();
        rows_after(&mut store.read().await?, document, after).await
    }

    /// The whole text up to the head.
    ///
    /// # Errors
    /// Those of the database; `Internal` when stored bytes are damaged beyond reading.
    pub async fn whole(&self, store: &Store, document: &DocumentId) -> Result<Vec<Numbered>> {
        let mut kept = self.whole.lock().await;
        let mut tx = store.read().await?;
        let held = kept.upgrade();
        self.let_go();
        if let Some(whole) = held
            && let Some(since) = rows_after(&mut tx, document, whole.seq).await?
        {
            let mut frames = whole.frames();
            frames.extend(since);
            return Ok(frames);
        }
        let history = salvage(tx.history(document, None).await?)?;
        drop(tx);
        let Some(whole) = Whole::of(&history) else {
            return Ok(frames_of(&history));
        };
        let whole = Arc::new(whole);
        *kept = Arc::downgrade(&whole);
        Ok(whole.frames())
    }
}

fn frames_of(history: &History) -> Vec<Numbered> {
    let snapshot = history.snapshot.iter();
    let snapshot = snapshot.map(|snapshot| (0, protocol::update(&snapshot.update)));
    snapshot.chain(numbered(&history.rows)).collect()
}

async fn rows_after(
    tx: &mut Tx,
    document: &DocumentId,
    after: i64,
) -> Result<Option<Vec<Numbered>>> {
    let head = tx.document_head(document).await?.head_seq;
    let after = after.min(head);
    if head - after > ROWS_AT_MOST
        || tx.bytes_between(document, after, head).await? > ROWS_BYTES_AT_MOST
    {
        return Ok(None);
    }
    let (rows, damages) = tx.readable_rows(document, after, head).await?;
    Ok(damages.is_empty().then(|| numbered(&rows).collect()))
}

fn numbered(rows: &[LogRow]) -> impl Iterator<Item = Numbered> {
    rows.iter().flat_map(|row| {
        let updates = row.updates.iter();
        updates.map(|update| (row.seq, protocol::update(&update.bytes)))
    })
}
