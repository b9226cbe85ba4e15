//! Storage goes away under load: a full disk, a failing one, a database that restarts. Nothing is
//! acknowledged without its commit, people are told, writing goes on by itself afterwards.

use std::cell::RefCell;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::cluster::Cluster;
use super::crowd::Crowd;
use super::ledger::Ledger;
use super::seed;
use super::shim::Shim;
use crate::support::database::Database;
use crate::support::editor::{Editor, Random, place};
use crate::support::server::Process;
use crate::support::{PATIENCE, workspace};

/// Clients at work.
const CLIENTS: usize = 8;

/// Words promised before storage goes away.
const PROMISED: usize = 20;

/// How long a proof of this file may take.
const WITHIN: Duration = Duration::from_secs(200);

/// A working crowd and somebody who reads and listens.
struct Scene {
    process: Process,
    crowd: Crowd,
    watcher: Editor,
}

impl Scene {
    async fn set(database: &Database, environment: &[(&str, String)]) -> Self {
        let store = database.store().await;
        let document = workspace::lay(database, &store).await;
        store.close().await;
        let process = Process::start_with(database, environment).await;
        let mut random = Random(seed().wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let mut watcher = Editor::new(place(process.address, document.as_str(), "rea"));
        watcher.join().await;
        let mut crowd = Crowd::new(document, CLIENTS, Ledger::default(), &mut random);
        crowd.go_to(process.address);
        Self {
            process,
            crowd,
            watcher,
        }
    }

    /// While everybody works: storage goes away, nothing is promised any more, storage comes back.
    async fn away_and_back(&mut self, leave: impl AsyncFnOnce(), come_back: impl AsyncFnOnce()) {
        let (ledger, watcher) = (self.crowd.ledger(), &mut self.watcher);
        let events = async {
            at_work(&ledger, watcher).await;
            leave().await;
            until_storage(watcher, "suspended").await;
            // What was promised before may still be on its way to somebody: everybody looks at all
            // that came, until a round of looks shows nothing more.
            let mut before = (0, usize::MAX);
            while ledger.borrow().counts().1 != before.1 {
                before = ledger.borrow().counts();
                ledger.borrow_mut().watch();
                while !ledger.borrow().have_looked(CLIENTS, 5) {
                    watcher.pump_for(Duration::from_millis(50)).await;
                }
            }
            watcher.pump_for(Duration::from_millis(1_200)).await;
            let after = ledger.borrow().counts();
            assert!(after.0 > before.0, "nobody typed meanwhile");
            assert_eq!(after.1, before.1, "promised without storage");
            come_back().await;
            until_storage(watcher, "resumed").await;
            watcher.pump_for(Duration::from_millis(300)).await;
        };
        self.crowd.work_while(events).await;
        self.crowd.settle().await;
    }

    /// kill -9, then everything promised is there and everybody agrees.
    async fn end(mut self, database: &Database, environment: &[(&str, String)]) {
        self.process.kill().await;
        self.crowd.drain().await;
        let process = Process::start_with(database, environment).await;
        self.crowd.go_to(process.address);
        let problems = self.crowd.broken(&process).await;
        assert!(problems.is_empty(), "{problems:#?}");
        let problems = self.crowd.finish(&process).await;
        assert!(problems.is_empty(), "{problems:#?}");
        process.kill().await;
    }
}

/// Waits until everybody's work is under way: some of it was promised just now.
async fn at_work(ledger: &RefCell<Ledger>, watcher: &mut Editor) {
    let (from, end) = (ledger.borrow().counts().1, Instant::now() + PATIENCE);
    while ledger.borrow().counts().1 < from + PROMISED {
        watcher.pump_for(Duration::from_millis(50)).await;
        assert!(Instant::now() < end, "nothing is promised");
    }
}

async fn until_storage(watcher: &mut Editor, state: &'static str) {
    watcher
        .pump_until(state, |watcher| {
            watcher
                .notice("storage")
                .is_some_and(|one| one["state"] == state)
        })
        .await;
}

async fn in_time(proof: impl Future<Output = ()>) {
    timeout(WITHIN, proof).await.expect("the proof hangs");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_suspends_and_writing_goes_on_when_there_is_room() {
    in_time(async {
        let database = Database::sqlite();
        let shim = Shim::new(&database);
        let mut scene = Scene::set(&database, &shim.environment()).await;
        for _ in 0..3 {
            scene
                .away_and_back(async || shim.fill(true), async || shim.fill(false))
                .await;
        }
        scene.end(&database, &shim.environment()).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_while_the_disk_is_full_loses_nothing_promised() {
    in_time(async {
        let database = Database::sqlite();
        let shim = Shim::new(&database);
        let Scene {
            process,
            mut crowd,
            mut watcher,
        } = Scene::set(&database, &shim.environment()).await;
        let ledger = crowd.ledger();
        let events = async {
            at_work(&ledger, &mut watcher).await;
            shim.fill(true);
            until_storage(&mut watcher, "suspended").await;
            watcher.pump_for(Duration::from_millis(500)).await;
            process.kill().await;
        };
        crowd.work_while(events).await;
        crowd.drain().await;
        shim.fill(false);
        let process = Process::start_with(&database, &shim.environment()).await;
        crowd.go_to(process.address);
        let problems = crowd.broken(&process).await;
        assert!(problems.is_empty(), "{problems:#?}");
        let scene = Scene {
            process,
            crowd,
            watcher,
        };
        scene.end(&database, &shim.environment()).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_that_fails_ends_the_program_and_the_next_one_has_everything() {
    in_time(async {
        let database = Database::sqlite();
        let shim = Shim::new(&database);
        let Scene {
            mut process,
            mut crowd,
            mut watcher,
        } = Scene::set(&database, &shim.environment()).await;
        let ledger = crowd.ledger();
        let events = async {
            at_work(&ledger, &mut watcher).await;
            shim.break_syncs(true);
            process.ended().await
        };
        let ended = crowd.work_while(events).await;
        assert!(!ended.success(), "it must say that it failed: {ended}");
        crowd.drain().await;
        shim.break_syncs(false);
        let process = Process::start_with(&database, &shim.environment()).await;
        crowd.go_to(process.address);
        let problems = crowd.broken(&process).await;
        assert!(problems.is_empty(), "{problems:#?}");
        let scene = Scene {
            process,
            crowd,
            watcher,
        };
        scene.end(&database, &shim.environment()).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_that_fails_under_a_late_edit_ends_the_program_too() {
    in_time(async {
        let database = Database::sqlite();
        let shim = Shim::new(&database);
        let store = database.store().await;
        let document = workspace::lay(&database, &store).await;
        store.close().await;
        let mut process = Process::start_with(&database, &shim.environment()).await;
        let mut ada = Editor::new(place(process.address, document.as_str(), "ada"));
        ada.join().await;
        database
            .execute(
                "update document set epoch = epoch + 1; update proposal set stage = 'submitted'",
            )
            .await;
        let kept = |ada: &Editor| ada.notice("kept_aside").is_some();
        ada.write("too late").await;
        ada.pump_until("kept", kept).await;
        shim.break_syncs(true);
        ada.notices.clear();
        ada.write("and on").await;
        let (ended, ()) = tokio::join!(process.ended(), async {
            ada.pump_until("its end", |ada| !ada.is_connected()).await;
        });
        assert!(!ended.success(), "it must say that it failed: {ended}");
        assert!(!kept(&ada), "promised without a sync");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_crashes_suspends_and_writing_goes_on_when_it_is_back() {
    in_time(async {
        let cluster = Cluster::start().await;
        let database = Database::on(cluster.url()).await;
        let mut scene = Scene::set(&database, &[]).await;
        for _ in 0..3 {
            scene
                .away_and_back(
                    async || cluster.crash().await,
                    async || cluster.resume().await,
                )
                .await;
        }
        scene.end(&database, &[]).await;
    })
    .await;
}
