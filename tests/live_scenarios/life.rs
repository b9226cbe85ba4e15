//! One life of a node: its rooms and its background work in a runtime of their own, which a crash
//! drops wherever it stands; and a client's seat in it, without a socket.

use std::sync::Arc;

use bytes::Bytes;
use chantier::clock::Clock;
use chantier::ids::DocumentId;
use chantier::live::connection::{Connection, Outgoing, Wishes};
use chantier::live::outbox::Bounds;
use chantier::live::protocol::Close;
use chantier::live::{Rooms, Settings};
use chantier::store::Store;
use chantier::store::accounts::{Identity, Via};
use chantier::work::Work;
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, watch};
use tokio::task::AbortHandle;
use tokio_util::task::TaskTracker;

use crate::support::database::Database;

/// A running node.
pub(crate) struct Life {
    /// Tells it from the lives before.
    pub(crate) id: uuid::Uuid,
    runtime: Option<Runtime>,
    pub(crate) rooms: Rooms,
    work: Work,
}

/// Narrow bounds, so that a short story meets them.
fn settings() -> Settings {
    Settings {
        outbox: Bounds {
            messages: 6,
            bytes: 4 * 1024,
        },
        compact_updates: 24,
        ..Settings::default()
    }
}

impl Life {
    /// Starts a node on the database.
    pub(crate) async fn start(database: &Database) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let (file, url) = (database.file(), database.url().map(str::to_owned));
        let started = runtime.spawn(async move {
            let store = match url {
                None => Store::open_sqlite(&file, Clock::default()).await,
                Some(url) => Store::open_postgres(&url, Clock::default()).await,
            }
            .expect("the database opens");
            let work = Work::start(store.clone(), TaskTracker::new());
            let rooms = Rooms::with_settings(store, settings());
            let told = work.clone();
            rooms.on_edit(Box::new(move |document| told.edited(document)));
            let compactor = work.clone();
            rooms.set_compactor(Box::new(move |document| {
                let compactor = compactor.clone();
                Box::pin(async move { compactor.compact(&document).await.map(|_| ()) })
            }));
            (rooms, work)
        });
        let (rooms, work) = started.await.expect("starts");
        Self {
            id: uuid::Uuid::new_v4(),
            runtime: Some(runtime),
            rooms,
            work,
        }
    }

    fn runtime(&self) -> &Runtime {
        self.runtime.as_ref().expect("alive")
    }

    /// Takes a seat.
    pub(crate) async fn join(
        &self,
        document: &DocumentId,
        person: &str,
        wishes: Wishes,
    ) -> Result<Seat, Close> {
        let (rooms, document) = (self.rooms.clone(), document.clone());
        let identity = Identity {
            account_id: format!("acc-{person}").into(),
            person_id: format!("per-{person}").into(),
            via: Via::Token(format!("tok-{person}").into()),
            noted_at_ms: 0,
        };
        let joined = async move { rooms.join(&document, identity, wishes).await };
        let connection = self.runtime().spawn(joined).await.expect("joins")?;
        let connection = Arc::new(connection);
        let (heard, frames) = mpsc::unbounded_channel();
        let (reads, mut may_read) = watch::channel(true);
        let written = connection.clone();
        let copying = self.runtime().spawn(async move {
            loop {
                if may_read.wait_for(|reads| *reads).await.is_err() {
                    return;
                }
                match written.next().await {
                    Outgoing::Send(frames) => {
                        for frame in frames {
                            let _ = heard.send(Heard::Frame(frame));
                        }
                    }
                    Outgoing::Close(last, close) => {
                        for frame in last {
                            let _ = heard.send(Heard::Frame(frame));
                        }
                        let _ = heard.send(Heard::Closed(close.code()));
                        return;
                    }
                }
            }
        });
        Ok(Seat {
            life: self.id,
            connection,
            frames,
            reads,
            copying: copying.abort_handle(),
        })
    }

    /// Has the server write an update on behalf of a person.
    pub(crate) async fn write_for(
        &self,
        person: &str,
        organisation: &str,
        document: &DocumentId,
        update: Vec<u8>,
    ) -> chantier::error::Result<i64> {
        let (rooms, document) = (self.rooms.clone(), document.clone());
        let account = format!("acc-{person}").into();
        let organisation = organisation.into();
        let writing = async move {
            rooms
                .append_server_update(&document, &account, Some(&organisation), update.into())
                .await
        };
        self.runtime().spawn(writing).await.expect("runs")
    }

    /// Compacts the document now.
    pub(crate) async fn compact(&self, document: &DocumentId) {
        let (work, document) = (self.work.clone(), document.clone());
        let compacted = self
            .runtime()
            .spawn(async move { work.compact(&document).await });
        compacted.await.expect("runs").expect("compacts");
    }

    /// Has rights judged anew, as the act that changed them does after its commit.
    pub(crate) async fn rights_changed(&self, document: &DocumentId) {
        self.rooms.rights_changed(document).await;
    }

    /// Ends wherever it stands: nothing is flushed, nobody is told.
    pub(crate) fn crash(mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// What a client hears.
#[derive(Debug)]
pub(crate) enum Heard {
    Frame(Bytes),
    Closed(u16),
}

/// A client's place in a room.
pub(crate) struct Seat {
    /// Whose it is.
    pub(crate) life: uuid::Uuid,
    connection: Arc<Connection>,
    pub(crate) frames: mpsc::UnboundedReceiver<Heard>,
    reads: watch::Sender<bool>,
    copying: AbortHandle,
}

impl Seat {
    /// Hands a frame to the room; `false` once it ended.
    pub(crate) async fn send(&self, frame: Vec<u8>) -> bool {
        self.connection.receive(frame.into()).await
    }

    /// Stops reading, or goes on: a slow reader.
    pub(crate) fn read(&self, reads: bool) {
        let _ = self.reads.send(reads);
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.copying.abort();
    }
}
