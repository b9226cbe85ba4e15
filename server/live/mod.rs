//! Live documents: find or start the one room of a document, tell rooms what changed beside the
//! text. One open document is one task ([`room`]); this is the only place that starts them.
//! Imports go down to `store` and `rules`; the CRDT library is never needed here.

mod admission;
pub mod bindings;
pub mod connection;
mod durable;
pub mod gate;
mod hold;
mod inbox;
mod late;
pub mod outbox;
mod pace;
pub mod presence;
pub mod protocol;
mod recheck;
mod registry;
pub mod replay;
mod room;
pub mod salvage;
pub mod schema;
pub mod seat;
mod seats;
pub mod served;
mod settings;
mod shadow;
mod size;
mod starts;
mod turn;
mod up;
mod waiting;

use std::collections::{BTreeMap, HashSet};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;
use tokio::sync::{mpsc, oneshot};

use crate::error::{Error, Result};
use crate::ids::{AccountId, DocumentId, OrganisationId, SessionId};
use crate::store::Store;
use crate::store::accounts::Via;
use crate::store::authors::Author;
use crate::store::log::LogWriter;
pub use connection::note_refusal;
pub use hold::Hold;
use inbox::Inbox;
pub use pace::Quota;
use presence::{Presence, RESERVED_AT_MOST};
use protocol::Close;
pub use registry::{Compactor, EditListener};
use registry::{Handle, Shared};
pub use room::Basis;
use room::{Control, Room, ServerUpdate, ServerWriter};
use served::Served;
pub use settings::{Settings, slowest};
use shadow::Shadows;
use size::Size;
use starts::Starts;
pub use turn::HEAD_MOVED;

/// One socket, for the life of the process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(u64);

/// One life of a room, for the life of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct RoomId(u64);

/// Control messages that may wait for one room.
const CONTROL_MESSAGES: usize = 256;

/// The open rooms; cheap to clone.
#[derive(Clone, Debug)]
pub struct Rooms {
    shared: Arc<Shared>,
}

impl Rooms {
    /// No room open yet; starts the log's one writer.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self::with_settings(store, Settings::default())
    }

    /// The same with other bounds.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    #[must_use]
    pub fn with_settings(store: Store, settings: Settings) -> Self {
        let disk_failed = store.disk_failed();
        let (writer, work) = LogWriter::new(store.clone());
        tokio::spawn(work);
        let shared = Arc::new(Shared::new(store, writer, settings));
        let watched = Arc::downgrade(&shared);
        tokio::spawn(async move {
            disk_failed.cancelled().await;
            if let Some(shared) = watched.upgrade() {
                shared.stopping.cancel();
                shared.close_all();
            }
        });
        Self { shared }
    }

    /// Says who writes snapshots. Called once, at start.
    pub fn set_compactor(&self, compactor: Box<Compactor>) {
        let _ = self.shared.compactor.set(compactor);
    }

    /// Says who wants to hear of each document that was edited, after the commit; it must not
    /// wait. Called once, at start.
    pub fn on_edit(&self, hear: Box<EditListener>) {
        let _ = self.shared.on_edit.set(hear);
    }

    /// What to call when a snapshot of a document was written: its room, if open, counts its tail
    /// from there. Never waits; does not keep the rooms alive.
    #[must_use]
    pub fn snapshot_listener(&self) -> Box<EditListener> {
        let shared = Arc::downgrade(&self.shared);
        Box::new(move |document| {
            let handle = shared.upgrade().and_then(|shared| shared.find(document));
            if let Some(handle) = handle {
                // A room with a full queue hears of the next one.
                let _ = handle.control.try_send(Control::Compacted);
            }
        })
    }

    /// How many rooms and sockets are open.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        self.shared.counts()
    }

    /// Ends when the disk failed under a commit: the process must exit with a failure,
    /// and replay what is on disk at its next start.
    pub async fn disk_failed(&self) {
        self.shared.store.disk_failed().cancelled().await;
    }

    /// Serves one socket, on a task of its own.
    pub fn attend(&self, serving: impl Future<Output = ()> + Send + 'static) {
        tokio::spawn(serving);
    }

    /// Rights around this document changed (stage, tie, mandate): its room judges everyone anew
    /// and sends each connection its new rights. Does nothing when the room is not open.
    pub async fn rights_changed(&self, document: &DocumentId) {
        self.shared.count_rights_change();
        self.tell(document, Control::RightsChanged).await;
    }

    /// Rights of this account changed everywhere (mandate given or ended, account closed).
    pub async fn account_changed(&self, account: &AccountId) {
        self.shared.count_rights_change();
        for handle in self.shared.rooms_of(account) {
            let control = Control::AccountChanged(account.clone());
            // A room that ended meanwhile has nobody to tell.
            let _ = handle.control.send(control).await;
        }
    }

    /// Something beside the text changed; the clients fetch it. Sent after the commit.
    pub async fn nudge(&self, document: &DocumentId, topic: &'static str) {
        self.tell(document, Control::Nudge(topic)).await;
    }

    /// This author decided about late edits of theirs: their pages fetch what is left.
    pub async fn late_decided(&self, document: &DocumentId, account: &AccountId) {
        self.tell(document, Control::LateDecided(account.clone()))
            .await;
    }

    /// The session ended: its sockets close with 4401, at once.
    pub async fn session_ended(&self, session: &SessionId) {
        self.shared
            .sign_out(|_, via| matches!(via, Via::Session(id) if id == session));
    }

    /// The token was revoked: its sockets close with 4401, at once.
    pub async fn token_ended(&self, token: &crate::ids::TokenId) {
        self.shared
            .sign_out(|_, via| matches!(via, Via::Token(id) if id == token));
    }

    /// Every session of the account ended, but the one given; its tokens too when none is kept.
    pub async fn sessions_ended(&self, account: &AccountId, but: Option<&SessionId>) {
        self.shared.sign_out(|owner, via| {
            owner == account
                && match via {
                    Via::Session(id) => Some(id) != but,
                    Via::Token(_) => but.is_none(),
                }
        });
    }

    /// Appends an update written by the server on behalf of an account, through the gate;
    /// whoever has the document open sees it. Rights are the caller's to judge.
    ///
    /// # Errors
    /// `Conflict` with the gate's rule when it does not pass; `NotFound` without such a document.
    pub async fn append_server_update(
        &self,
        document: &DocumentId,
        account: &AccountId,
        organisation: Option<&OrganisationId>,
        bytes: Bytes,
    ) -> Result<i64> {
        let writer = ServerWriter {
            account: account.clone(),
            organisation: organisation.cloned(),
            basis: None,
            restores: None,
        };
        self.append_for(document, writer, bytes).await
    }

    /// The same for an update that brings the text of `to_seq` back: noted with its row, and
    /// written only while what it was made from holds.
    ///
    /// # Errors
    /// `Conflict("head_moved")` when `basis` holds no more: nothing was written; else as
    /// [`Rooms::append_server_update`].
    pub async fn append_restoration(
        &self,
        document: &DocumentId,
        author: &Author,
        bytes: Bytes,
        (to_seq, basis): (i64, Basis),
    ) -> Result<i64> {
        let writer = ServerWriter {
            account: author.account.clone(),
            organisation: author.organisation.clone(),
            basis: Some(basis),
            restores: Some(to_seq),
        };
        self.append_for(document, writer, bytes).await
    }

    async fn append_for(
        &self,
        document: &DocumentId,
        writer: ServerWriter,
        bytes: Bytes,
    ) -> Result<i64> {
        self.shared.store.document_head(document).await?;
        while !self.shared.stopping.is_cancelled() {
            let (answer, answered) = oneshot::channel();
            let update = ServerUpdate {
                writer: writer.clone(),
                bytes: bytes.clone(),
                answer,
            };
            let control = self.find_or_start(document).control;
            if control
                .send(Control::ServerUpdate(Box::new(update)))
                .await
                .is_ok()
                && let Ok(answer) = answered.await
            {
                return answer;
            }
        }
        Err(Error::Unavailable("the server is stopping".into()))
    }

    /// Stops: nobody joins any more, what was received is stored and acknowledged, sockets
    /// close with 1012. Returns when all is done, or at `deadline` at the latest.
    pub async fn stop(&self, deadline: Duration) {
        self.shared.stopping.cancel();
        let all = async {
            self.shared.tasks.close();
            self.shared.tasks.wait().await;
            while self.shared.has_connections() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        if tokio::time::timeout(deadline, all).await.is_err() {
            tracing::warn!("some sockets or rooms did not end in time");
        }
    }

    async fn tell(&self, document: &DocumentId, control: Control) {
        if let Some(handle) = self.shared.find(document) {
            // A room that ended meanwhile has nobody to tell.
            let _ = handle.control.send(control).await;
        }
    }

    fn find_or_start(&self, document: &DocumentId) -> Handle {
        self.shared
            .find_or_start(document, || start(self.shared.clone(), document.clone()))
    }
}

/// Starts the room's task. The registry's entry exists before the document is loaded: loading
/// is the room's first act, joiners wait for it.
fn start(shared: Arc<Shared>, document: DocumentId) -> Handle {
    let id = RoomId(shared.next_id());
    let inbox = Arc::new(Inbox::new(&shared.settings));
    let (control, controls) = mpsc::channel(CONTROL_MESSAGES);
    let tasks = shared.tasks.clone();
    let (frames, served) = (inbox.clone(), Arc::<Served>::default());
    let text = served.clone();
    tasks.spawn(async move {
        metrics::gauge!("chantier_rooms_open").increment(1);
        // Boxed: it would be moved, and each place it was in kept.
        let life = Box::pin(live(
            shared.clone(),
            document.clone(),
            id,
            (frames.clone(), text),
            controls,
        ));
        // A panic in a room ends that room only; its clients come back to a new one.
        if AssertUnwindSafe(life).catch_unwind().await.is_err() {
            tracing::error!(document.id = %document, "a room panicked");
            metrics::counter!("chantier_room_panics_total").increment(1);
        }
        frames.close();
        shared.drop_room(&document, id);
        metrics::gauge!("chantier_rooms_open").decrement(1);
    });
    Handle {
        id,
        inbox,
        control,
        served,
    }
}

async fn live(
    shared: Arc<Shared>,
    document: DocumentId,
    id: RoomId,
    (inbox, served): (Arc<Inbox>, Arc<Served>),
    mut control: mpsc::Receiver<Control>,
) {
    let loaded = match Box::pin(room::load(&shared, &document)).await {
        Ok(loaded) => loaded,
        Err(error) => {
            let close = if matches!(error, Error::NotFound) {
                Close::NotFound
            } else {
                tracing::error!(document.id = %document, cause = ?error, "a document cannot be read");
                Close::Failed
            };
            refuse_all(&shared, &document, id, &mut control, close);
            return;
        }
    };
    served.begin_with(&loaded.history).await;
    let head = loaded.history.head.clone();
    // The bytes are not the room's to hold.
    drop(loaded.history);
    let mut presence = Presence::default();
    match shared
        .store
        .reserved_clients(&document, RESERVED_AT_MOST as i64)
        .await
    {
        Ok(clients) => presence.reserve(clients),
        // Nobody is kept out for it: the log's own bindings hold.
        Err(error) => {
            tracing::warn!(document.id = %document, cause = ?error, "no reservations were read");
        }
    }
    let mut room = Room {
        id,
        document,
        message_limits: gate::Limits {
            clients: shared.settings.document_clients,
            structs: shared.settings.document_structs,
            ..gate::Limits::default()
        },
        shared,
        inbox,
        served,
        control,
        head,
        replayed: loaded.replayed,
        bindings: loaded.bindings,
        members: BTreeMap::new(),
        taken: Vec::new(),
        look_around: false,
        size: Size::default(),
        edit_told: None,
        presence,
        shadows: Shadows::default(),
        late_possible: false,
        writers_noted: HashSet::new(),
        starts: Starts::default(),
        suspended: false,
        stopping: false,
        compacting: false,
        compact_not_before: None,
        held: None,
        controls: 0,
        recheck: None,
        ends_at_ms: i64::MAX,
        someone_leaves: false,
    };
    room.weigh();
    room.run().await;
}

/// A document that cannot be loaded: whoever waits at the door is told.
fn refuse_all(
    shared: &Shared,
    document: &DocumentId,
    id: RoomId,
    control: &mut mpsc::Receiver<Control>,
    close: Close,
) {
    loop {
        while let Ok(message) = control.try_recv() {
            match message {
                Control::Join(join) => {
                    let _ = join.answer.send(Err(close));
                }
                Control::ServerUpdate(update) => {
                    let error = if close == Close::NotFound {
                        Error::NotFound
                    } else {
                        Error::Unavailable("the document cannot be read".into())
                    };
                    let _ = update.answer.send(Err(error));
                }
                Control::Left
                | Control::RightsChanged
                | Control::AccountChanged(_)
                | Control::LateDecided(_)
                | Control::Nudge(_)
                | Control::Hold(_)
                | Control::Compacted
                | Control::CompactionEnded => {}
            }
        }
        if shared.unload(document, id, control) {
            return;
        }
    }
}
