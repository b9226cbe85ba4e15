//! Who wrote what in a document, replayed from its log behind the hot path. The replay is kept and
//! goes on from where it stood; the first one reads the whole log, in small transactions.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::{Work, projection};
use crate::error::{Error, Result};
use crate::ids::DocumentId;
use crate::live::salvage::salvage;
use crate::render::section;
use crate::store::log::{Damage, History, LogRow, Restoration};
use crate::text;
use crate::text::authorship::{Author, By, Deletion, Passage, Replay};
use crate::text::tree::{self, Section};

/// How long a reader waits for the state as of now before it gets an older one.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long a reader waits when there is no older one.
const FIRST_PATIENCE: Duration = Duration::from_secs(10);

/// Rows and bytes read in one transaction and replayed in one go.
const AT_A_TIME: (i64, i64) = (1_000, 4 * 1024 * 1024);

/// The bytes of the replays and answers that stay in memory, all documents together. Those used
/// longest ago go first; theirs is read again from the log.
const KEPT_BYTES: usize = 192 * 1024 * 1024;

/// A document whose replay would take more is not replayed: its authors are not told. About two
/// million pieces of text, four times what a document holds whose updates the gate lets in.
const REPLAY_BYTES: usize = KEPT_BYTES;

/// Who wrote what in a document at one place of its log.
#[derive(Clone, Debug, Default)]
pub struct Authorship {
    /// The last row it counts.
    pub seq: i64,
    /// Every section, in schema order.
    pub sections: Vec<AuthoredSection>,
    /// The latest deletions of words that stand nowhere any more.
    pub deletions: Vec<Deletion>,
}

/// A section as it reads, and whose its passages are.
#[derive(Clone, Debug, Default)]
pub struct AuthoredSection {
    /// Its key, e.g. `context`.
    pub key: &'static str,
    /// As reading mode shows it.
    pub html: String,
    /// The runs of text of its tree, one after the other: what `html` shows, without its tags.
    pub text: String,
    /// They cover the text: in order, without a gap.
    pub passages: Vec<Passage>,
}

impl Authorship {
    /// About how many bytes it takes in memory.
    fn weight(&self) -> usize {
        let section = |one: &AuthoredSection| {
            one.html.len() + one.text.len() + one.passages.len() * PASSAGE_BYTES
        };
        self.sections.iter().map(section).sum()
    }
}

/// What a passage takes: two authors with their two ids each.
const PASSAGE_BYTES: usize = 400;

/// The replays in memory and those under way.
#[derive(Debug, Default)]
pub(super) struct Desk {
    flights: HashMap<DocumentId, watch::Receiver<()>>,
    /// The longest unused first.
    kept: Vec<Kept>,
    /// Documents whose replay takes too much: a log only grows.
    too_large: HashSet<DocumentId>,
}

#[derive(Debug)]
struct Kept {
    document: DocumentId,
    replay: Option<Replay>,
    answer: Arc<Authorship>,
    bytes: usize,
}

impl Work {
    /// Who wrote what in a document as of now. Requests at the same time share one replay. After
    /// two seconds an older answer is given, with its own `seq`.
    ///
    /// # Errors
    /// `NotFound` without such a document; `TooMuch` when there is nothing to give in time, or when
    /// it would take too much memory.
    ///
    /// # Cancel safety
    /// A replay that has begun goes on.
    pub async fn authorship(&self, document: &DocumentId) -> Result<Arc<Authorship>> {
        let head = self.store.document_head(document).await?.head_seq;
        let mut known = self.known(document);
        let patience = match known {
            Some(_) => PATIENCE,
            None => FIRST_PATIENCE,
        };
        let deadline = tokio::time::Instant::now() + patience;
        // The first flight may have begun before our head; the second begins after it.
        for _ in 0..2 {
            if self.desk().too_large.contains(document) {
                break;
            }
            if let Some(answer) = known.take_if(|answer| answer.seq >= head) {
                return Ok(answer);
            }
            let mut flight = self.replaying(document);
            let landed = tokio::time::timeout_at(deadline, flight.changed()).await;
            known = self.known(document);
            if landed.is_err() {
                break;
            }
        }
        known.ok_or(Error::TooMuch("reading_unavailable"))
    }

    fn desk(&self) -> std::sync::MutexGuard<'_, Desk> {
        self.authors.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer in memory; it was used now.
    fn known(&self, document: &DocumentId) -> Option<Arc<Authorship>> {
        let mut desk = self.desk();
        let at = desk
            .kept
            .iter()
            .position(|kept| kept.document == *document)?;
        let kept = desk.kept.remove(at);
        let answer = Arc::clone(&kept.answer);
        desk.kept.push(kept);
        Some(answer)
    }

    /// The replay of this document under way, or a new one: it ends when the sender is gone.
    fn replaying(&self, document: &DocumentId) -> watch::Receiver<()> {
        let mut desk = self.desk();
        if let Some(flight) = desk.flights.get(document) {
            return flight.clone();
        }
        let (done, flight) = watch::channel(());
        desk.flights.insert(document.clone(), flight.clone());
        let landing = Landing {
            work: self.clone(),
            document: document.clone(),
            _done: done,
        };
        self.start_task(async move {
            if let Err(error) = replay(&landing.work, &landing.document).await {
                tracing::error!(document.id = %landing.document, cause = ?error, "authors could not be replayed");
                metrics::counter!("chantier_authorship_failed_total").increment(1);
            }
        });
        flight
    }

    /// The kept replay of a document, or a new one. Its answer stays, to be given meanwhile.
    fn taken(&self, document: &DocumentId) -> Replay {
        let mut desk = self.desk();
        let kept = desk.kept.iter_mut().find(|kept| kept.document == *document);
        kept.and_then(|kept| kept.replay.take()).unwrap_or_default()
    }

    fn keep_replay(&self, document: &DocumentId, replay: Replay, answer: Authorship) {
        let mut desk = self.desk();
        desk.kept.retain(|kept| kept.document != *document);
        desk.kept.push(Kept {
            document: document.clone(),
            bytes: replay.weight() + answer.weight(),
            replay: Some(replay),
            answer: Arc::new(answer),
        });
        while desk.kept.iter().map(|kept| kept.bytes).sum::<usize>() > KEPT_BYTES {
            desk.kept.remove(0);
        }
    }
}

/// Frees the place of a flight when it ends, however it ends; then those who wait go on.
struct Landing {
    work: Work,
    document: DocumentId,
    _done: watch::Sender<()>,
}

impl Drop for Landing {
    fn drop(&mut self) {
        self.work.desk().flights.remove(&self.document);
    }
}

/// Replays a document up to its head, and keeps the replay and its answer.
async fn replay(work: &Work, document: &DocumentId) -> Result<()> {
    let head = work.store.document_head(document).await?.head_seq;
    let mut replay = work.taken(document);
    while replay.seq() < head {
        if replay.weight() > REPLAY_BYTES {
            work.desk().too_large.insert(document.clone());
            return Err(Error::TooMuch("reading_unavailable"));
        }
        let permit = work.permit().await?;
        let mut tx = work.store.read().await?;
        let place = (replay.seq(), head);
        let until = tx.window_end(document, place, AT_A_TIME).await?;
        let (mut rows, damages) = tx.readable_rows(document, replay.seq(), until).await?;
        let restorations = tx.restorations(document).await?;
        drop(tx);
        let damage = damages.into_iter().next();
        if let Some(damage) = &damage {
            rows.retain(|row| row.seq < damage.from_seq);
        }
        replay = work
            .blocking_with(permit, move || advanced(replay, &rows, &restorations))
            .await?;
        if let Some(damage) = damage {
            replay = past_damage(work, document, replay, head, &damage).await?;
        }
    }
    let permit = work.permit().await?;
    let history = work
        .store
        .history_until(document, Some(replay.seq()))
        .await?;
    let (replay, answer) = work
        .blocking_with(permit, move || {
            let answer = answer(salvage(history)?, &replay)?;
            Ok::<_, Error>((replay, answer))
        })
        .await??;
    work.keep_replay(document, replay, answer);
    metrics::counter!("chantier_authorship_total").increment(1);
    Ok(())
}

fn advanced(mut replay: Replay, rows: &[LogRow], restorations: &[Restoration]) -> Replay {
    for row in rows {
        let restores = restorations.iter().find(|one| one.seq == row.seq);
        for update in &row.updates {
            let by = By {
                author: Some(Author {
                    account: update.account.clone(),
                    organisation: update.organisation.clone(),
                }),
                seq: row.seq,
                at_ms: row.created_at.ms(),
                restores: restores
                    .filter(|one| one.account == update.account)
                    .map(|one| one.to_seq),
            };
            replay.apply(&update.bytes, &by);
        }
        replay.reached(row.seq);
    }
    replay
}

/// Rows that cannot be read: everything up to a snapshot that contains them is of an unknown
/// author, never of a wrong one. Without such a snapshot the text lacks what they wrote, too.
async fn past_damage(
    work: &Work,
    document: &DocumentId,
    mut replay: Replay,
    head: i64,
    damage: &Damage,
) -> Result<Replay> {
    tracing::error!(document.id = %document, log.from_seq = damage.from_seq, log.to_seq = damage.to_seq,
        "rows cannot be read: the authors of what they wrote are unknown");
    metrics::counter!("chantier_authorship_damaged_total").increment(1);
    let snapshot = work
        .store
        .read()
        .await?
        .latest_snapshot(document, head)
        .await?
        .filter(|snapshot| snapshot.seq >= damage.from_seq);
    let Some(snapshot) = snapshot else {
        replay.reached(damage.to_seq);
        return Ok(replay);
    };
    work.blocking(move || {
        let by = By {
            author: None,
            seq: snapshot.seq,
            at_ms: 0,
            restores: None,
        };
        replay.apply(&snapshot.update, &by);
        replay.reached(snapshot.seq);
        replay
    })
    .await
}

/// The text as the CRDT library reads it, with the passages of the replay. Where the two differ,
/// the section's authors are unknown: a wrong name is worse than none. Blocking.
fn answer(history: History, replay: &Replay) -> Result<Authorship> {
    let updates = projection::updates(&history);
    let sections = text::read(updates.iter().map(AsRef::as_ref)).map_err(Error::internal)?;
    let report = replay.report();
    let sections = sections
        .iter()
        .zip(report.sections)
        .map(|(section, told)| {
            let text = tree::text(section);
            let mut passages = told.passages;
            if told.text != text {
                tracing::error!(
                    section.key = section.key,
                    log.seq = report.seq,
                    "the replay and the text differ: its authors are unknown"
                );
                metrics::counter!("chantier_authorship_differs_total").increment(1);
                passages = unknown(&text);
            }
            authored(section, text, passages)
        })
        .collect();
    Ok(Authorship {
        seq: report.seq,
        sections,
        deletions: report.deletions,
    })
}

fn authored(section: &Section, text: String, passages: Vec<Passage>) -> AuthoredSection {
    AuthoredSection {
        key: section.key,
        html: section::html(section),
        text,
        passages,
    }
}

/// One passage that nobody is known to have written.
fn unknown(text: &str) -> Vec<Passage> {
    let to = text.encode_utf16().count();
    let passage = Passage {
        from: 0,
        to,
        author: None,
        at_ms: 0,
        mover: None,
    };
    (to > 0).then_some(passage).into_iter().collect()
}
