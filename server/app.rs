//! What every request can reach: built once at start, cheap to clone.

use std::future::Future;

use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::config::Config;
use crate::error::Result;
use crate::live::{Quota, Rooms, Settings};
use crate::store::Store;
use crate::store::passwords::Passwords;
use crate::throttle::Throttle;
use crate::work::Work;

/// The running workspace.
#[derive(Clone, Debug)]
pub struct App {
    /// The database.
    pub store: Store,
    /// The open documents.
    pub rooms: Rooms,
    /// How often things may be tried.
    pub throttle: Throttle,
    /// Hashes passwords.
    pub passwords: Passwords,
    /// The clock.
    pub clock: Clock,
    /// The settings.
    pub config: std::sync::Arc<Config>,
    /// Work that must end before the process does.
    pub tasks: TaskTracker,
    /// What reads documents behind the hot path.
    pub work: Work,
}

impl App {
    /// A workspace on an open database.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn new(store: Store, config: std::sync::Arc<Config>) -> Result<Self> {
        let tasks = TaskTracker::new();
        let work = Work::start(store.clone(), tasks.clone());
        let rooms = Rooms::with_settings(store.clone(), live_settings(&config));
        let told = work.clone();
        rooms.on_edit(Box::new(move |document| told.edited(document)));
        let compactor = work.clone();
        rooms.set_compactor(Box::new(move |document| {
            let compactor = compactor.clone();
            Box::pin(async move { compactor.compact(&document).await.map(|_| ()) })
        }));
        work.on_compacted(rooms.snapshot_listener());
        Ok(Self {
            clock: store.clock,
            rooms,
            work,
            tasks,
            throttle: Throttle::default(),
            passwords: Passwords::new()?,
            store,
            config,
        })
    }

    /// Tells others about a committed act even if its HTTP client went away:
    /// axum drops a handler with its connection, a committed act must still be told.
    pub fn finish<F>(&self, tell: impl FnOnce(Rooms) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.tasks.spawn(tell(self.rooms.clone()));
    }
}

/// The bounds of the live part, as far as they are configured.
fn live_settings(config: &Config) -> Settings {
    Settings {
        quota: Quota {
            frames_per_s: config.live_updates_per_s,
            burst: config.live_updates_per_s.saturating_mul(10),
            bytes_per_s: config.live_bytes_per_s,
            ..Quota::default()
        },
        account_sockets: config.live_account_sockets,
        compact_updates: config.live_compact_updates,
        compact_pause: std::time::Duration::from_millis(config.live_compact_pause_ms),
        address_sockets: config.live_address_sockets,
        ..Settings::default()
    }
}
