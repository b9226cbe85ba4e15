//! What was acknowledged or seen is there: after kill -9, after a stop, for a slow reader.

use std::time::{Duration, Instant};

use chantier::live::Settings;
use chantier::live::outbox::Bounds;

use crate::live::joined;
use crate::support::database::Database;
use crate::support::editor::{Editor, Random, converge, place};
use crate::support::server::{Process, Server};
use crate::support::workspace;
use crate::support::{on_both_databases, until};

on_both_databases! {
    async fn kill_9_loses_nothing_that_was_acknowledged_or_seen(database: Database) {
        let store = database.store().await;
        let document = workspace::lay(&database, &store).await;
        store.close().await;
        let mut random = Random(0x00c0_ffee);
        let mut written = 0;
        for _round in 0..3 {
            let process = Process::start(&database).await;
            let spot = |person| place(process.address, document.as_str(), person);
            let (mut ada, mut ben) = (Editor::new(spot("ada")), Editor::new(spot("ben")));
            ada.join().await;
            ben.join().await;
            let before = ada.sent;
            let first = written;
            for _ in 0..20 + random.below(60) {
                written += 1;
                ada.write(&format!("<{written}>")).await;
                if random.below(4) == 0 {
                    ada.pump().await;
                    ben.pump().await;
                }
            }
            // In the middle of it: some are acknowledged, some are not.
            ada.pump_until("some", |ada| ada.stored > before).await;
            process.kill().await;
            ada.pump_for(Duration::from_millis(50)).await;
            ben.pump_for(Duration::from_millis(50)).await;

            let process = Process::start(&database).await;
            let mut rea = Editor::new(place(process.address, document.as_str(), "rea"));
            rea.join().await;
            for number in first + 1..=first + (ada.stored.saturating_sub(before)) {
                assert!(rea.text().contains(&format!("<{number}>")), "acknowledged: {number}");
            }
            for number in first + 1..=written {
                let word = format!("<{number}>");
                assert!(rea.text().contains(&word) || !ben.text().contains(&word), "seen: {number}");
            }
            // What was not acknowledged is sent again.
            ada.place.address = process.address;
            ada.join().await;
            ada.settle().await;
            rea.pump_until("all", |rea| rea.text() == ada.text()).await;
            process.kill().await;
        }
    }

    async fn a_stop_acknowledges_what_was_received_and_sends_everybody_away(database: Database) {
        let server = Server::start(&database).await;
        let mut ada = joined(&server, "ada").await;
        for number in 0..50 {
            ada.write(&format!("<{number}>")).await;
        }
        let start = Instant::now();
        server.app.rooms.stop(Duration::from_secs(8)).await;
        assert!(start.elapsed() < Duration::from_secs(8));
        ada.pump_until("closed", |ada| ada.closed.is_some()).await;
        assert_eq!(ada.closed, Some(1012));
        assert!(ada.notice("restarting").expect("told")["retry_ms"].is_u64());
        let mut late = Editor::new(place(server.address, server.document.as_str(), "ben"));
        late.connect().await;
        late.pump_until("closed", |late| late.closed.is_some()).await;
        assert_eq!(late.closed, Some(1012));
        let history = server.app.store.history(&server.document).await.expect("reads");
        let stored: usize = history.rows.iter().map(|row| row.updates.len()).sum();
        assert!(stored as u64 + 1 >= ada.stored, "{stored} rows, {} acknowledged", ada.stored);
    }

    async fn the_program_stops_on_a_signal_in_time(database: Database) {
        let store = database.store().await;
        let document = workspace::lay(&database, &store).await;
        store.close().await;
        let process = Process::start(&database).await;
        let mut ada = Editor::new(place(process.address, document.as_str(), "ada"));
        ada.join().await;
        ada.write("last words").await;
        ada.settle().await;
        let (ended, _) = tokio::join!(process.terminate(), async {
            ada.pump_until("closed", |ada| ada.closed.is_some()).await;
        });
        assert!(ended.0.success(), "{:?}", ended.0);
        assert!(ended.1 < Duration::from_secs(10));
        assert_eq!(ada.closed, Some(1012));
    }

    async fn a_slow_reader_catches_up_and_disturbs_nobody(database: Database) {
        let settings = Settings {
            outbox: Bounds { messages: 8, bytes: 256 * 1024 },
            ..Settings::default()
        };
        let server = Server::start_with(&database, settings).await;
        let mut ada = joined(&server, "ada").await;
        let mut ben = joined(&server, "ben").await;
        let mut slow = joined(&server, "rea").await;
        let words = "mot ".repeat(30_000);
        for _ in 0..100 {
            ada.write(&words).await;
            ada.settle().await;
            ben.pump().await;
        }
        ben.pump_until("all", |ben| ben.state() == ada.state()).await;
        slow.pump_until("all", |slow| slow.state() == ada.state()).await;
        converge(&mut [ada, ben, slow]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_waits_for_no_crowd_of_readers_on_postgres() {
    let database = Database::postgres().await;
    let server = Server::start(&database).await;
    let mut ada = joined(&server, "ada").await;
    ada.write("before").await;
    ada.settle().await;
    let mut crowd = Vec::new();
    for _ in 0..12 {
        crowd.push(server.app.store.read().await.expect("reads"));
    }
    ada.write("meanwhile").await;
    ada.settle().await;
    assert!(ada.notice("storage").is_none(), "it never waited");
    drop(crowd);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commits_reach_the_disk_whatever_postgres_is_set_to() {
    let database = Database::postgres().await;
    let url = database.url().expect("an address");
    let (_, name) = url.rsplit_once('/').expect("a database");
    database
        .execute_owned(format!(
            "alter database {name} set synchronous_commit = off"
        ))
        .await;
    let store = database.store().await;
    let mut tx = store.write().await.expect("begins");
    let setting = tx
        .row("select current_setting('synchronous_commit')", &[])
        .await
        .expect("reads")
        .expect("a row");
    assert_eq!(setting.text(0).expect("text"), "on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_process_serves_a_postgres_database() {
    let database = Database::postgres().await;
    let (store, other) = (database.store().await, database.store().await);
    let soon = Duration::from_secs(30);
    let lock = store.lock_process(soon).await.expect("asks");
    assert!(lock.is_some());
    let second = other.lock_process(Duration::ZERO).await.expect("asks");
    assert!(second.is_none(), "another one serves it");
    drop(lock);
    let third = other.lock_process(soon).await.expect("asks");
    assert!(third.is_some(), "it ends with its connection");
}

/// The server process that holds the lock of ours in this database; 0 while nobody does.
const HOLDER: &str =
    "select coalesce(max(pid), 0)::bigint from pg_locks where locktype = 'advisory' and granted
    and database = (select oid from pg_database where datname = current_database())";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_process_lock_outlives_a_crash_of_the_database() {
    let database = Database::postgres().await;
    let (store, other) = (database.store().await, database.store().await);
    let lock = store.lock_process(Duration::ZERO).await.expect("asks");
    let lock = lock.expect("nobody else serves it");
    let keeps = store.clone();
    let served = tokio::spawn(async move { lock.lost(&keeps).await });
    let holder = async || {
        let mut tx = other.read().await.expect("reads");
        let row = tx.row(HOLDER, &[]).await.expect("reads").expect("a row");
        row.int(0).expect("a process")
    };
    // What a crash does to it: its connection ends.
    let crash = async |pid: i64| {
        database
            .execute_owned(format!("select pg_terminate_backend({pid}::int)"))
            .await
    };
    let first = holder().await;
    crash(first).await;
    until("the lock is taken again", async || {
        (![0, first].contains(&holder().await)).then_some(())
    })
    .await;
    let second = other.lock_process(Duration::ZERO).await.expect("asks");
    assert!(second.is_none(), "nobody else serves it meanwhile");
    // Another one is quicker, at the first crash or at one of the next: the first hears of it, and ends.
    let mut taken = None;
    while taken.is_none() {
        crash(holder().await).await;
        taken = other
            .lock_process(Duration::from_millis(500))
            .await
            .expect("asks");
    }
    served.await.expect("it ends by itself");
}
