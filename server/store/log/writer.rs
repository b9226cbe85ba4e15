//! The one writer of all rooms: turns that wait while a commit runs make the next one.
//!
//! No timer: an idle writer commits at once. Each append is fenced by the document's epoch and
//! head; a turn that loses its fence leaves the commit, the others go on. An append may be
//! repeated after a failure of unknown outcome: the fence and the row's checksum tell whether
//! it had been kept.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::{Restoration, StoredUpdate, body, group, insert_binding, insert_row};
use crate::clock::Timestamp;
use crate::control::Control;
use crate::error::{Error, Result};
use crate::ids::{AccountId, DocumentId};
use crate::store::{Store, Tx, args};

/// Turns that may wait for the next commit; a room has one at most.
const QUEUE_TURNS: usize = 1024;

/// Turns of one commit, so that one transaction stays short.
const COMMIT_TURNS: usize = 256;

/// How often everybody else may run before a commit begins.
const GATHER_ROUNDS: usize = 8;

/// One turn to append.
#[derive(Clone, Debug)]
pub struct Append {
    /// The document.
    pub document: DocumentId,
    /// The epoch the updates were judged under.
    pub epoch: i64,
    /// The head they were gated against; the row gets the next number.
    pub head_seq: i64,
    /// The updates, in order; not empty.
    pub updates: Arc<[StoredUpdate]>,
    /// Client ids that are an account's from this row on.
    pub clients: Vec<(u64, AccountId)>,
    /// The place of the log that the row brings back, and for whom: noted with it.
    pub restores: Option<(i64, AccountId)>,
}

/// What became of an append.
#[derive(Debug)]
pub enum Outcome {
    /// It is on disk, as row `seq`.
    Stored(i64),
    /// The epoch or the head had moved: nothing was written.
    Fenced,
    /// The database failed; it is not known whether the row was kept. Repeat the same append.
    Failed(Error),
}

/// The way to the writer; cheap to clone.
#[derive(Clone, Debug)]
pub struct LogWriter {
    queue: mpsc::Sender<(Append, oneshot::Sender<Outcome>)>,
}

impl LogWriter {
    /// A writer and its work, to be spawned once. The work ends when the last handle is dropped,
    /// or when the disk failed under a commit ([`Store::disk_failed`]).
    pub fn new(store: Store) -> (Self, impl Future<Output = ()> + Send) {
        let (queue, waiting) = mpsc::channel(QUEUE_TURNS);
        (Self { queue }, run(store, waiting))
    }

    /// Appends one turn; answers once it is on disk, or is known not to be.
    pub async fn append(&self, append: Append) -> Outcome {
        let (answer, outcome) = oneshot::channel();
        let gone = || Outcome::Failed(Error::internal("the log's writer has ended"));
        if self.queue.send((append, answer)).await.is_err() {
            return gone();
        }
        outcome.await.unwrap_or_else(|_| gone())
    }
}

type Waiting = (Append, oneshot::Sender<Outcome>);

async fn run(store: Store, mut queue: mpsc::Receiver<Waiting>) {
    let disk_failed = store.disk_failed();
    let mut turns = Vec::new();
    while queue.recv_many(&mut turns, COMMIT_TURNS).await > 0 {
        gather(&mut queue, &mut turns).await;
        // One order for everybody, or two nodes on PostgreSQL would wait for each other.
        turns.sort_by(|(a, _), (b, _)| a.document.cmp(&b.document));
        metrics::counter!("chantier_log_commits_total").increment(1);
        metrics::counter!("chantier_log_rows_total").increment(turns.len() as u64);
        if Control::AckBeforeCommit.is_on() {
            acknowledge_first(&store, &mut turns).await;
            continue;
        }
        let appends: Vec<&Append> = turns.iter().map(|(append, _)| append).collect();
        match commit(&store, &appends).await {
            Ok(outcomes) => answer(&mut turns, outcomes),
            // Nothing is repeated, nobody is answered: the process ends.
            Err(_) if disk_failed.is_cancelled() => return,
            Err(_) if turns.len() > 1 => one_by_one(&store, &mut turns).await,
            Err(error) => answer(&mut turns, vec![Outcome::Failed(error)]),
        }
    }
}

/// Lets every room that is about to hand in a turn do so: one commit costs the same for many. Ends as
/// soon as nobody did, so that an idle server goes on at once; a crowd waits for a few rounds only.
async fn gather(queue: &mut mpsc::Receiver<Waiting>, turns: &mut Vec<Waiting>) {
    for _ in 0..GATHER_ROUNDS {
        let before = turns.len();
        tokio::task::yield_now().await;
        while turns.len() < COMMIT_TURNS
            && let Ok(turn) = queue.try_recv()
        {
            turns.push(turn);
        }
        if turns.len() == before || turns.len() == COMMIT_TURNS {
            return;
        }
    }
}

fn answer(turns: &mut Vec<Waiting>, outcomes: Vec<Outcome>) {
    for ((_, sender), outcome) in turns.drain(..).zip(outcomes) {
        // A room that ended meanwhile needs no answer.
        let _ = sender.send(outcome);
    }
}

/// After a failed commit: one bad turn must not hold the others back.
async fn one_by_one(store: &Store, turns: &mut Vec<Waiting>) {
    for (append, sender) in turns.drain(..) {
        let outcome = match commit(store, &[&append]).await {
            Ok(mut outcomes) => outcomes.pop().unwrap_or(Outcome::Fenced),
            Err(_) if store.disk_failed().is_cancelled() => return,
            Err(error) => Outcome::Failed(error),
        };
        let _ = sender.send(outcome);
    }
}

async fn commit(store: &Store, appends: &[&Append]) -> Result<Vec<Outcome>> {
    let now = store.clock.now();
    // What is noted beside a row needs a transaction of several statements.
    let plain = appends.iter().all(|append| append.restores.is_none());
    if plain && let Some(held) = group::commit(store, appends, now).await? {
        let all = held == appends.len();
        let mut outcomes = Vec::with_capacity(appends.len());
        for append in appends {
            outcomes.push(if all {
                Outcome::Stored(append.head_seq + 1)
            } else {
                // The row says whose fence it was: now, or in an earlier attempt.
                kept_before(&mut store.read().await?, append).await?
            });
        }
        return Ok(outcomes);
    }
    let mut tx = store.write_log().await?;
    let (mut outcomes, mut notes) = (Vec::new(), Vec::new());
    for append in appends {
        let outcome = append_fenced(&mut tx, append, now).await?;
        if let (Outcome::Stored(seq), Some((to_seq, account))) = (&outcome, &append.restores) {
            let restoration = Restoration {
                seq: *seq,
                to_seq: *to_seq,
                account: account.clone(),
                created_at: now,
            };
            notes.push((&append.document, restoration));
        }
        outcomes.push(outcome);
    }
    // Journal rows last, or two nodes on PostgreSQL would wait for each other.
    for (document, restoration) in &notes {
        tx.note_restoration(document, restoration).await?;
    }
    tx.commit().await?;
    Ok(outcomes)
}

/// The defect of [`Control::AckBeforeCommit`]: the promise kept in the wrong order.
async fn acknowledge_first(store: &Store, turns: &mut Vec<Waiting>) {
    let now = store.clock.now();
    let Ok(mut tx) = store.write_log().await else {
        return turns.clear();
    };
    let mut outcomes = Vec::new();
    for (append, _) in turns.iter() {
        let outcome = append_fenced(&mut tx, append, now).await;
        outcomes.push(outcome.unwrap_or_else(Outcome::Failed));
    }
    answer(turns, outcomes);
    // Nobody is left to be told whether it worked.
    let _ = tx.commit().await;
}

/// Writes one turn if its fence holds.
async fn append_fenced(tx: &mut Tx, append: &Append, now: Timestamp) -> Result<Outcome> {
    let document = &append.document;
    let seq = append.head_seq + 1;
    let passed = tx
        .run(
            "update document set head_seq = $1
             where document_id = $2 and epoch = $3 and head_seq = $4",
            args![seq, document.as_str(), append.epoch, append.head_seq],
        )
        .await?;
    if passed == 1 {
        insert_row(tx, document, seq, append.epoch, &append.updates, now).await?;
        for (client, account) in &append.clients {
            insert_binding(tx, document, *client, account, now).await?;
        }
        return Ok(Outcome::Stored(seq));
    }
    kept_before(tx, append).await
}

/// After a lost fence: whether this very turn had been kept by an earlier attempt.
async fn kept_before(tx: &mut Tx, append: &Append) -> Result<Outcome> {
    let (document, seq) = (&append.document, append.head_seq + 1);
    let row = tx
        .row(
            "select checksum from log_row where document_id = $1 and seq = $2",
            args![document.as_str(), seq],
        )
        .await?;
    let ours = body::checksum(document, seq, append.epoch, &body::encode(&append.updates));
    match row {
        Some(row) if row.int(0)? == ours => Ok(Outcome::Stored(seq)),
        Some(_) | None => Ok(Outcome::Fenced),
    }
}
