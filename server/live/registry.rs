//! The open rooms and connections, behind short locks: what [`super::Rooms`] is made of.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::hash::Hash;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::{Semaphore, mpsc};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::inbox::Inbox;
use super::outbox::Outbox;
use super::protocol::Close;
use super::room::Control;
use super::seats::Seats;
use super::served::Served;
use super::{ConnectionId, RoomId, Settings};
use crate::error::Result;
use crate::ids::{AccountId, DocumentId};
use crate::store::Store;
use crate::store::accounts::{Identity, Via};
use crate::store::log::LogWriter;

/// Writes a verified snapshot of one document; handed in, because text is read elsewhere.
pub type Compactor =
    dyn Fn(DocumentId) -> Pin<Box<dyn Future<Output = Result<()>> + Send>> + Send + Sync;

/// Hears of a document that was edited.
pub type EditListener = dyn Fn(&DocumentId) + Send + Sync;

/// The way to one room.
#[derive(Clone, Debug)]
pub(super) struct Handle {
    pub(super) id: RoomId,
    pub(super) inbox: Arc<Inbox>,
    pub(super) control: mpsc::Sender<Control>,
    pub(super) served: Arc<Served>,
}

/// One socket, whatever room it is in.
#[derive(Clone, Debug)]
struct Socket {
    document: DocumentId,
    identity: Identity,
    address: Option<IpAddr>,
    outbox: Arc<Outbox>,
}

/// The sockets, and how many each account and each address has.
#[derive(Debug, Default)]
struct Sockets {
    open: HashMap<ConnectionId, Socket>,
    accounts: HashMap<AccountId, usize>,
    addresses: HashMap<IpAddr, usize>,
}

impl Sockets {
    fn insert(&mut self, id: ConnectionId, socket: Socket) {
        *self
            .accounts
            .entry(socket.identity.account_id.clone())
            .or_default() += 1;
        if let Some(address) = socket.address {
            *self.addresses.entry(address).or_default() += 1;
        }
        self.open.insert(id, socket);
    }

    fn remove(&mut self, id: ConnectionId) {
        let Some(socket) = self.open.remove(&id) else {
            return;
        };
        one_less(&mut self.accounts, &socket.identity.account_id);
        if let Some(address) = socket.address {
            one_less(&mut self.addresses, &address);
        }
    }
}

fn one_less<K: Eq + Hash>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

/// What all rooms share.
pub(super) struct Shared {
    pub(super) store: Store,
    pub(super) writer: LogWriter,
    pub(super) settings: Settings,
    pub(super) tasks: TaskTracker,
    pub(super) stopping: CancellationToken,
    pub(super) compactor: OnceLock<Box<Compactor>>,
    pub(super) on_edit: OnceLock<Box<EditListener>>,
    pub(super) compactions: Arc<Semaphore>,
    /// Connections without a socket.
    pub(super) seats: Seats,
    rooms: Mutex<HashMap<DocumentId, Handle>>,
    sockets: Mutex<Sockets>,
    next_id: AtomicU64,
    /// How often rights have changed, anywhere.
    rights_changes: AtomicU64,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

/// Every change under these locks is one insertion or removal: a poisoned map is whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    pub(super) fn new(store: Store, writer: LogWriter, settings: Settings) -> Self {
        Self {
            store,
            writer,
            settings,
            tasks: TaskTracker::new(),
            stopping: CancellationToken::new(),
            compactor: OnceLock::new(),
            on_edit: OnceLock::new(),
            compactions: Arc::new(Semaphore::new(1)),
            seats: Seats::default(),
            rooms: Mutex::default(),
            sockets: Mutex::default(),
            next_id: AtomicU64::new(1),
            rights_changes: AtomicU64::new(0),
        }
    }

    pub(super) fn next_id(&self) -> u64 {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }

    /// Counts a change of rights; after its commit, before a room is told.
    pub(super) fn count_rights_change(&self) {
        self.rights_changes.fetch_add(1, Ordering::SeqCst);
    }

    /// How many were counted.
    pub(super) fn rights_seen(&self) -> u64 {
        self.rights_changes.load(Ordering::SeqCst)
    }

    /// The room of a document, started by `start` when there is none.
    pub(super) fn find_or_start(
        &self,
        document: &DocumentId,
        start: impl FnOnce() -> Handle,
    ) -> Handle {
        let mut rooms = lock(&self.rooms);
        rooms.entry(document.clone()).or_insert_with(start).clone()
    }

    pub(super) fn find(&self, document: &DocumentId) -> Option<Handle> {
        lock(&self.rooms).get(document).cloned()
    }

    /// Removes an empty room, unless somebody is on the way in.
    pub(super) fn unload(
        &self,
        document: &DocumentId,
        room: RoomId,
        control: &mpsc::Receiver<Control>,
    ) -> bool {
        let mut rooms = lock(&self.rooms);
        if !control.is_empty() {
            return false;
        }
        if rooms.get(document).is_some_and(|handle| handle.id == room) {
            rooms.remove(document);
        }
        true
    }

    /// Removes a room that ended in whatever way, and closes its sockets.
    pub(super) fn drop_room(&self, document: &DocumentId, room: RoomId) {
        let mut rooms = lock(&self.rooms);
        if rooms.get(document).is_some_and(|handle| handle.id == room) {
            rooms.remove(document);
            drop(rooms);
            self.close_where(Close::Failed, |socket| socket.document == *document);
        }
    }

    pub(super) fn add_connection(
        &self,
        id: ConnectionId,
        document: &DocumentId,
        identity: &Identity,
        address: Option<IpAddr>,
        outbox: &Arc<Outbox>,
    ) {
        let socket = Socket {
            document: document.clone(),
            identity: identity.clone(),
            address,
            outbox: outbox.clone(),
        };
        let count = {
            let mut sockets = lock(&self.sockets);
            sockets.insert(id, socket);
            sockets.open.len()
        };
        metrics::gauge!("chantier_connections_open").set(count as f64);
    }

    pub(super) fn forget_connection(&self, id: ConnectionId) {
        let count = {
            let mut sockets = lock(&self.sockets);
            sockets.remove(id);
            sockets.open.len()
        };
        metrics::gauge!("chantier_connections_open").set(count as f64);
    }

    /// Whether this socket is one too many of its account or its address.
    pub(super) fn is_crowded(&self, id: ConnectionId) -> bool {
        let sockets = lock(&self.sockets);
        let Some(socket) = sockets.open.get(&id) else {
            return false;
        };
        let by_account = sockets.accounts.get(&socket.identity.account_id);
        let by_address = socket
            .address
            .and_then(|address| sockets.addresses.get(&address));
        by_account.is_some_and(|count| *count > self.settings.account_sockets)
            || by_address.is_some_and(|count| *count > self.settings.address_sockets)
    }

    /// How many rooms and sockets are open.
    pub(super) fn counts(&self) -> (usize, usize) {
        let rooms = lock(&self.rooms).len();
        (rooms, lock(&self.sockets).open.len())
    }

    pub(super) fn has_connections(&self) -> bool {
        !lock(&self.sockets).open.is_empty()
    }

    fn close_where(&self, close: Close, which: impl Fn(&Socket) -> bool) {
        let sockets: Vec<Socket> = lock(&self.sockets)
            .open
            .values()
            .filter(|socket| which(socket))
            .cloned()
            .collect();
        for socket in sockets {
            socket.outbox.close(close);
        }
    }

    /// Closes the sockets of an account whose proof is `which`.
    pub(super) fn sign_out(&self, which: impl Fn(&AccountId, &Via) -> bool) {
        self.close_where(Close::SignedOut, |socket| {
            which(&socket.identity.account_id, &socket.identity.via)
        });
    }

    /// The rooms where the account has a socket.
    pub(super) fn rooms_of(&self, account: &AccountId) -> Vec<Handle> {
        let documents: Vec<DocumentId> = lock(&self.sockets)
            .open
            .values()
            .filter(|socket| socket.identity.account_id == *account)
            .map(|socket| socket.document.clone())
            .collect();
        documents.iter().filter_map(|id| self.find(id)).collect()
    }

    /// Closes every socket at once: the disk failed.
    pub(super) fn close_all(&self) {
        self.close_where(Close::Failed, |_| true);
    }

    /// Notes, without anybody waiting for it, that an account has the right to write: until it is
    /// noted, or the server stops.
    pub(super) fn note_writer(
        self: &Arc<Self>,
        document: &DocumentId,
        account: &AccountId,
        epoch: i64,
    ) {
        let (shared, document, account) = (self.clone(), document.clone(), account.clone());
        self.tasks.spawn(async move {
            while let Err(error) = shared.store.saw_writer(&document, &account, epoch).await {
                tracing::warn!(document.id = %document, cause = ?error, "a writer was not noted");
                tokio::select! {
                    () = shared.stopping.cancelled() => return,
                    () = tokio::time::sleep(shared.settings.storage_retry) => {}
                }
            }
        });
    }

    /// Keeps, without anybody waiting for it, client ids for those who showed them first.
    pub(super) fn note_reservations(
        self: &Arc<Self>,
        document: &DocumentId,
        clients: Vec<(u64, AccountId)>,
    ) {
        let (shared, document) = (self.clone(), document.clone());
        self.tasks.spawn(async move {
            let kept = shared.store.reserve_clients(&document, &clients).await;
            if let Err(error) = kept {
                tracing::warn!(document.id = %document, cause = ?error, "client ids were not kept");
            }
        });
    }

    /// Has a snapshot written by whoever was handed in; says whether it will be.
    pub(super) fn compact(self: &Arc<Self>, document: &DocumentId) -> bool {
        if self.compactor.get().is_none() {
            return false;
        }
        let (shared, document) = (self.clone(), document.clone());
        self.tasks.spawn(async move {
            let Some(compactor) = shared.compactor.get() else {
                return;
            };
            // One at a time: it is CPU and memory, and nobody waits for it.
            let _permit = shared.compactions.acquire().await;
            let began = Instant::now();
            if let Err(error) = compactor(document.clone()).await {
                tracing::warn!(document.id = %document, cause = ?error, "no snapshot was written");
            }
            if let Some(handle) = shared.find(&document) {
                let _ = handle.control.send(Control::CompactionEnded).await;
            }
            // Those who type go before: however many documents have long tails, this takes a tenth
            // of the time at most, and waits longer the busier the machine is.
            let rest = (began.elapsed() * 9).min(shared.settings.compact_pause);
            tokio::select! {
                () = shared.stopping.cancelled() => {}
                () = tokio::time::sleep(rest) => {}
            }
        });
        true
    }
}
