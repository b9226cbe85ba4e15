//! Background work behind the hot path: projections, compaction, authorship. One task waits for news of
//! edits; what it starts runs `yrs` on blocking threads, a few at a time.
//! Never here: `http`, rights, anything a person waits for without a bound.

pub mod authorship;
pub mod children;
pub mod compaction;
pub mod dossier;
pub mod late;
pub mod past;
pub mod points;
pub mod projection;
pub mod restoration;
pub mod sealing;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::error::{Error, Result};
use crate::ids::DocumentId;
use crate::store::Store;

/// How long after the last edit a document is read again (`live-text.md` section 6).
const QUIET: Duration = Duration::from_secs(2);

/// A document that is edited without a pause is read again after this time at most.
const AT_LATEST: Duration = Duration::from_secs(10);

/// How often old rows are looked for.
const DAY: Duration = Duration::from_hours(24);

/// News of edits that may wait; more is dropped, since each edit brings news again and a reader
/// projects what is behind.
const QUEUE: usize = 4096;

/// Documents that are open in `yrs` at a time: each may take many times its own size.
const AT_A_TIME: usize = 2;

/// Hears of a document that has a new snapshot.
pub type CompactionListener = dyn Fn(&DocumentId) + Send + Sync;

/// The background work; cheap to clone.
#[derive(Clone)]
pub struct Work {
    store: Store,
    news: mpsc::Sender<DocumentId>,
    flights: Arc<Mutex<HashMap<DocumentId, watch::Receiver<()>>>>,
    compacting: Arc<Mutex<HashSet<DocumentId>>>,
    authors: Arc<Mutex<authorship::Desk>>,
    /// Who makes the points of which history.
    telling: Arc<points::Tellers>,
    past: Arc<past::Shelf>,
    threads: Arc<Semaphore>,
    on_compacted: Arc<OnceLock<Box<CompactionListener>>>,
    tasks: TaskTracker,
    stop: CancellationToken,
    /// Woken when an act left a version to seal.
    sealing: Arc<Notify>,
}

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Work").finish_non_exhaustive()
    }
}

impl Work {
    /// Starts the work: documents that are behind first, then those that are edited. It goes on
    /// until [`Work::stop`]; `tasks` waits for what is under way.
    #[must_use]
    pub fn start(store: Store, tasks: TaskTracker) -> Self {
        let (news, edits) = mpsc::channel(QUEUE);
        let work = Self {
            store,
            news,
            flights: Arc::default(),
            compacting: Arc::default(),
            authors: Arc::default(),
            telling: Arc::default(),
            past: Arc::default(),
            threads: Arc::new(Semaphore::new(AT_A_TIME)),
            on_compacted: Arc::default(),
            tasks,
            stop: CancellationToken::new(),
            sealing: Arc::default(),
        };
        let watching = work.clone();
        work.tasks.spawn(async move {
            tokio::select! {
                () = watching.stop.cancelled() => {}
                () = watching.watch(edits) => {}
            }
        });
        let sealing = work.clone();
        work.tasks.spawn(async move {
            tokio::select! {
                () = sealing.stop.cancelled() => {}
                () = sealing.keep_sealing() => {}
                () = sealing.keep_signing_heads() => {}
            }
        });
        work
    }

    /// Says that a version was opened and committed: it is sealed at once. Never waits.
    pub fn sealing_due(&self) {
        self.sealing.notify_one();
    }

    /// Says who wants to hear of each snapshot that was written; it must not wait. Called once, at
    /// start.
    pub fn on_compacted(&self, hear: Box<CompactionListener>) {
        let _ = self.on_compacted.set(hear);
    }

    /// The same work on another view of the same store: another clock.
    #[must_use]
    pub fn with_store(&self, store: Store) -> Self {
        Self {
            store,
            ..self.clone()
        }
    }

    /// Begins nothing new. What is edited from now on is read at the next start.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// Says that a document was edited: it is read again about two seconds after its last edit.
    /// Never waits.
    pub fn edited(&self, document: &DocumentId) {
        // A full queue loses news only: the next edit or reader brings it again.
        let _ = self.news.try_send(document.clone());
    }

    async fn watch(&self, mut edits: mpsc::Receiver<DocumentId>) {
        self.catch_up().await;
        let mut daily = tokio::time::interval(DAY);
        // Per document: its first edit since it was last read, and its last one.
        let mut waiting: HashMap<DocumentId, (Instant, Instant)> = HashMap::new();
        loop {
            let next = waiting.values().map(due).min();
            let sleep = async {
                match next {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                edit = edits.recv() => {
                    let Some(document) = edit else { return };
                    let now = Instant::now();
                    waiting.entry(document).or_insert((now, now)).1 = now;
                }
                _ = daily.tick() => self.purge_late().await,
                () = sleep => {
                    let now = Instant::now();
                    for (document, _) in waiting.extract_if(|_, times| due(times) <= now) {
                        self.settle(document);
                    }
                }
            }
        }
    }

    /// At start: what the last run did not get to.
    async fn catch_up(&self) {
        match self.store.documents_behind().await {
            Ok(documents) => {
                for document in documents {
                    self.settle(document);
                }
            }
            Err(error) => tracing::error!(cause = ?error, "cannot list the documents to read"),
        }
    }

    /// Projects a document, and compacts it when its tail has grown.
    fn settle(&self, document: DocumentId) {
        let work = self.clone();
        self.tasks.spawn(async move {
            let mut flight = work.flight(&document);
            // An error here means that the flight ended, as it should.
            let _ = flight.changed().await;
            work.compact_soon(&document);
        });
    }

    /// The projection of this document under way, or a new one: it ends when the sender is gone.
    fn flight(&self, document: &DocumentId) -> watch::Receiver<()> {
        let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = flights.get(document) {
            return flight.clone();
        }
        let (done, flight) = watch::channel(());
        flights.insert(document.clone(), flight.clone());
        let landing = Landing {
            work: self.clone(),
            document: document.clone(),
            _done: done,
        };
        self.tasks.spawn(async move {
            if let Err(error) = projection::project(&landing.work, &landing.document).await {
                tracing::error!(document.id = %landing.document, cause = ?error, "projection failed");
                metrics::counter!("chantier_projections_failed_total").increment(1);
            }
        });
        flight
    }

    /// Starts a task that the process waits for at its end.
    fn start_task(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(task);
    }

    /// Waits until one of the few threads is free. Taken before what will be read is in memory:
    /// however many ask, only a few hold a document.
    async fn permit(&self) -> Result<OwnedSemaphorePermit> {
        Arc::clone(&self.threads)
            .acquire_owned()
            .await
            .map_err(Error::internal)
    }

    /// Runs `job` on a blocking thread, when one of the few is free.
    async fn blocking<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let permit = self.permit().await?;
        self.blocking_with(permit, job).await
    }

    /// Runs `job` on the blocking thread that the permit is for.
    async fn blocking_with<T: Send + 'static>(
        &self,
        permit: OwnedSemaphorePermit,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        tokio::task::spawn_blocking(move || {
            let done = job();
            drop(permit);
            done
        })
        .await
        .map_err(Error::internal)
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
        self.work
            .flights
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.document);
    }
}

/// When a document is read again: quiet for a while, or edited for long.
fn due((first, last): &(Instant, Instant)) -> Instant {
    (*last + QUIET).min(*first + AT_LATEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_document_is_due_when_quiet_or_edited_for_long() {
        let start = Instant::now();
        assert_eq!(due(&(start, start)), start + QUIET);
        let last = start + Duration::from_secs(9);
        assert_eq!(due(&(start, last)), start + AT_LATEST);
    }
}
