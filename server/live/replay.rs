//! Stored bytes back to what a room or a newcomer needs, without building a CRDT:
//! the gate's tables from snapshot and rows, and the frames of a join.

use std::collections::{HashMap, HashSet};

use bytes::Bytes;

use super::gate::{self, Limits, Reading, Tables, Verdict};
use super::protocol;
use super::served::Served;
use crate::error::{Error, Result};
use crate::ids::DocumentId;
use crate::store::Store;
use crate::store::log::{History, LogRow, SnapshotHeader};

/// A row after the snapshot: what a join by state vector must know of it.
#[derive(Clone, Debug)]
pub struct TailRow {
    /// Its number.
    pub seq: i64,
    /// How many updates it holds.
    pub updates: usize,
    /// Their bytes.
    pub bytes: usize,
    /// The pieces of content that the document has more by them, at most.
    pub pieces: usize,
    /// For each client id, the clock after its last struct in the row.
    pub tops: Vec<(u64, u64)>,
}

impl TailRow {
    /// A row about to be written or just read.
    pub fn new<'a>(seq: i64, bytes: usize, readings: impl Iterator<Item = &'a Reading>) -> Self {
        let (mut updates, mut pieces, mut tops) = (0, 0, Vec::<(u64, u64)>::new());
        for reading in readings {
            updates += 1;
            pieces += reading.pieces();
            for range in &reading.new {
                match tops.iter_mut().find(|(client, _)| *client == range.client) {
                    Some((_, to)) => *to = (*to).max(range.to),
                    None => tops.push((range.client, range.to)),
                }
            }
        }
        Self {
            seq,
            updates,
            bytes,
            pieces,
            tops,
        }
    }
}

/// A document as a room holds it.
#[derive(Debug)]
pub struct Replayed {
    /// The gate's tables at the head.
    pub tables: Tables,
    /// The last row of the snapshot; 0 without one.
    pub snapshot_seq: i64,
    /// The snapshot's clocks.
    pub snapshot_clocks: Vec<(u64, u64)>,
    /// The bytes of the snapshot.
    pub snapshot_bytes: usize,
    /// The rows since.
    pub tail: Vec<TailRow>,
    /// The updates in them.
    pub tail_updates: usize,
    /// The bytes of these.
    pub tail_bytes: usize,
}

impl Replayed {
    /// The tail grows by a row.
    pub fn push(&mut self, row: TailRow) {
        self.tail_updates += row.updates;
        self.tail_bytes += row.bytes;
        self.tail.push(row);
    }

    /// A newer snapshot holds these clocks, and everything up to its row.
    pub fn cut(&mut self, snapshot: &SnapshotHeader, clocks: Vec<(u64, u64)>) {
        let seq = snapshot.seq;
        (self.snapshot_seq, self.snapshot_bytes) = (seq, snapshot.bytes);
        self.snapshot_clocks = clocks;
        self.tail.retain(|row| row.seq > seq);
        self.tail.shrink_to_fit();
        self.tail_updates = self.tail.iter().map(|row| row.updates).sum();
        self.tail_bytes = self.tail.iter().map(|row| row.bytes).sum();
        if let Some(pieces) = Tables::stored_pieces(&snapshot.structure_head) {
            let since = self.tail.iter().map(|row| row.pieces).sum();
            self.tables.set_pieces(pieces, since);
        }
    }
}

/// Reads a stored document through the gate.
///
/// # Errors
/// `Internal` when a stored update does not pass the gate, or the snapshot's tables are damaged.
pub fn replay(document: &DocumentId, history: &History, limits: &Limits) -> Result<Replayed> {
    let broken = |seq: i64| {
        Error::internal(format!(
            "stored bytes of document {document} at {seq} do not pass the gate"
        ))
    };
    let mut replayed = match &history.snapshot {
        None => Replayed {
            tables: Tables::new(),
            snapshot_seq: 0,
            snapshot_clocks: Vec::new(),
            snapshot_bytes: 0,
            tail: Vec::new(),
            tail_updates: 0,
            tail_bytes: 0,
        },
        Some(snapshot) => Replayed {
            tables: Tables::of_snapshot(&snapshot.structure, &snapshot.update)
                .ok_or_else(|| broken(snapshot.seq))?,
            snapshot_seq: snapshot.seq,
            snapshot_clocks: gate::read_state_vector(&snapshot.state_vector)
                .map_err(|_| broken(snapshot.seq))?,
            snapshot_bytes: snapshot.update.len(),
            tail: Vec::new(),
            tail_updates: 0,
            tail_bytes: 0,
        },
    };
    for row in &history.rows {
        let tail = apply_row(&mut replayed.tables, row, limits).ok_or_else(|| broken(row.seq))?;
        replayed.push(tail);
    }
    Ok(replayed)
}

/// Advances the tables by one stored row; `None` when it does not pass the gate.
pub fn apply_row(tables: &mut Tables, row: &LogRow, limits: &Limits) -> Option<TailRow> {
    let (mut readings, mut bytes) = (Vec::new(), 0);
    for update in &row.updates {
        bytes += update.bytes.len();
        match gate::read(&update.bytes, tables, limits) {
            Verdict::Accepted(reading) | Verdict::CleanUpOnly(reading) => {
                tables.apply(&reading);
                readings.push(reading);
            }
            Verdict::NothingNew => {}
            Verdict::Gap | Verdict::Refused(_) => return None,
        }
    }
    Some(TailRow::new(row.seq, bytes, readings.iter()))
}

/// What a connection must read from storage before frames from its queue.
#[derive(Clone, Debug)]
pub struct CatchUp {
    start: Start,
    /// Rows the client holds already, by its clocks.
    skip: HashSet<i64>,
    /// The document's whole delete set: the sync step 2 that ends a join.
    deletes: Option<Bytes>,
}

#[derive(Clone, Copy, Debug)]
enum Start {
    /// The latest snapshot and the rows after it.
    Snapshot,
    /// The rows after this one.
    After(i64),
}

impl CatchUp {
    /// The rows after `seq`: for a reader that fell behind.
    #[must_use]
    pub fn after(seq: i64) -> Self {
        Self {
            start: Start::After(seq),
            skip: HashSet::new(),
            deletes: None,
        }
    }

    /// The join of our own client, which holds everything up to `seq`.
    #[must_use]
    pub fn resume(seq: i64, deletes: Bytes) -> Self {
        Self {
            deletes: Some(deletes),
            ..Self::after(seq)
        }
    }

    /// The join of any client, by its clocks.
    #[must_use]
    pub fn by_clocks(clocks: &[(u64, u64)], replayed: &Replayed, deletes: Bytes) -> Self {
        let held: HashMap<u64, u64> = clocks.iter().copied().collect();
        let holds = |(client, to): &(u64, u64)| held.get(client).is_some_and(|clock| clock >= to);
        let start = if replayed.snapshot_clocks.iter().all(holds) {
            Start::After(replayed.snapshot_seq)
        } else {
            Start::Snapshot
        };
        let skip = replayed
            .tail
            .iter()
            .filter(|row| row.tops.iter().all(holds))
            .map(|row| row.seq)
            .collect();
        Self {
            start,
            skip,
            deletes: Some(deletes),
        }
    }

    /// The row up to which its reader holds everything: one that fell behind.
    #[must_use]
    pub const fn after_row(&self) -> Option<i64> {
        match (self.start, &self.deletes) {
            (Start::After(seq), None) => Some(seq),
            (Start::After(_) | Start::Snapshot, _) => None,
        }
    }

    /// The frames, straight from storage; large ones are shared with others who read `served`.
    ///
    /// # Errors
    /// Those of the database; `Internal` when stored bytes are damaged: nothing is sent then.
    pub async fn frames(
        &self,
        store: &Store,
        document: &DocumentId,
        served: &Served,
    ) -> Result<Vec<Bytes>> {
        let rows = match self.start {
            Start::After(seq) => served.rows_after(store, document, seq).await?,
            Start::Snapshot => None,
        };
        let rows = match rows {
            Some(rows) => rows,
            None => served.whole(store, document).await?,
        };
        let lacking = rows.into_iter().filter(|(seq, _)| !self.skip.contains(seq));
        let mut frames: Vec<Bytes> = lacking.map(|(_, frame)| frame).collect();
        frames.extend(self.deletes.as_deref().map(protocol::step_2));
        Ok(frames)
    }
}

/// The whole document for one HTTP answer: every update in order, each after its length
/// (unsigned LEB128). Applying them one after the other gives the text at `history.head.head_seq`.
#[must_use]
pub fn concatenated(history: &History) -> Vec<u8> {
    let snapshot = history.snapshot.iter().map(|snapshot| &snapshot.update);
    let rows = history
        .rows
        .iter()
        .flat_map(|row| row.updates.iter().map(|update| &update.bytes));
    let mut out = Vec::new();
    for update in snapshot.chain(rows) {
        protocol::put_number(&mut out, update.len() as u64);
        out.extend_from_slice(update);
    }
    out
}
