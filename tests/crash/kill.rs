//! kill -9 at random moments under twenty clients: nothing acknowledged or seen is lost, nothing
//! is doubled, everybody converges. Some kills fall into the start, some into a compaction; on
//! PostgreSQL the database itself is killed too.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use chantier::ids::DocumentId;
use futures_util::FutureExt as _;
use tokio::time::{Instant, timeout};

use super::cluster::Cluster;
use super::crowd::Crowd;
use super::ledger::Ledger;
use super::{count, seed};
use crate::support::database::Database;
use crate::support::editor::Random;
use crate::support::server::Process;
use crate::support::workspace;

/// Clients at a time; most write, some only read.
const CLIENTS: usize = 20;

/// Kills of one document; then a new one begins, so that a long run does not slow down.
const KILLS_A_DOCUMENT: u64 = 10;

/// A kill loop on one database.
struct Loop {
    database: Database,
    cluster: Option<Cluster>,
    environment: Vec<(&'static str, String)>,
    random: Random,
}

/// What a loop found.
#[derive(Debug, Default)]
struct Found {
    kills: u64,
    words: usize,
    /// Snapshots that were written between the kills.
    snapshots: i64,
    /// Promised words looked up after a kill.
    promised: usize,
    problems: Vec<String>,
}

impl Loop {
    /// Kills the server so many times, or until a promise is broken.
    async fn run(&mut self, kills: u64) -> Found {
        let store = self.database.store().await;
        workspace::lay(&self.database, &store).await;
        let mut found = Found::default();
        while found.kills < kills && found.problems.is_empty() {
            let most = KILLS_A_DOCUMENT.min(kills - found.kills);
            let document = workspace::lay_proposal(&self.database, &store).await;
            self.one_document(document.clone(), most, &mut found).await;
            let snapshot = async {
                let mut tx = store.read().await?;
                tx.latest_snapshot(&document, i64::MAX).await
            };
            found.snapshots += i64::from(matches!(snapshot.await, Ok(Some(_))));
        }
        store.close().await;
        found
    }

    async fn one_document(&mut self, document: DocumentId, kills: u64, found: &mut Found) {
        let mut crowd = Crowd::new(document, CLIENTS, Ledger::default(), &mut self.random);
        let mut process = self.start().await;
        crowd.go_to(process.address);
        for _ in 0..kills {
            let life_ms = 100 + self.random.below(900);
            let death = self.live_and_die(process, Duration::from_millis(life_ms));
            crowd.work_while(death).await;
            crowd.drain().await;
            found.kills += 1;
            found.promised += crowd.counts().1;
            process = self.start().await;
            crowd.go_to(process.address);
            found.problems = crowd.broken(&process).await;
            if !found.problems.is_empty() {
                return;
            }
        }
        found.words += crowd.counts().0;
        found.problems = crowd.finish(&process).await;
        process.kill().await;
    }

    /// Starts the server; now and then it is killed before it is ready, once or more.
    async fn start(&mut self) -> Process {
        while self.random.below(4) == 0 {
            let mut child = Process::spawn(&self.database, &self.environment);
            let alive = Duration::from_millis(self.random.below(250));
            let _ = timeout(alive, child.wait()).await;
            let _ = child.kill().await;
        }
        Process::start_with(&self.database, &self.environment).await
    }

    /// The server is killed after a while; now and then its database too, before.
    async fn live_and_die(&mut self, process: Process, life: Duration) {
        let restart = self.cluster.as_ref().filter(|_| self.random.below(5) == 0);
        tokio::time::sleep(life).await;
        if let Some(cluster) = restart {
            cluster.crash().await;
            cluster.resume().await;
            tokio::time::sleep(life).await;
        }
        process.kill().await;
    }
}

async fn run(database: Database, cluster: Option<Cluster>, control: Option<&str>) -> Found {
    let kills = count("CHANTIER_KILLS", 20);
    let seed = seed();
    let engine = if cluster.is_some() {
        "PostgreSQL"
    } else {
        "SQLite"
    };
    let environment = control.map(|control| ("CHANTIER_CONTROL", control.to_owned()));
    let mut killing = Loop {
        database,
        cluster,
        environment: environment.into_iter().collect(),
        random: Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1),
    };
    println!(
        "{kills} kills on {engine}: repeat with CHANTIER_TEST_SEED={seed} CHANTIER_KILLS={kills}"
    );
    let began = Instant::now();
    let limit = Duration::from_secs(240 + 20 * kills);
    let found = timeout(limit, killing.run(kills)).await;
    let found = found.expect("the kill loop hangs");
    let took = began.elapsed().as_secs();
    let Found {
        kills,
        words,
        promised,
        snapshots,
        problems,
    } = &found;
    println!(
        "{engine}: {kills} kills in {took} s, {words} words, {promised} promises looked up, {snapshots} documents compacted, {} problems",
        problems.len()
    );
    found
}

fn none(found: &Found) {
    assert!(
        found.problems.is_empty(),
        "seed {}, after {} kills: {:#?}",
        seed(),
        found.kills,
        found.problems
    );
    assert!(found.promised > 0, "nothing was ever promised");
    // So much text is compacted, on a machine of any speed.
    assert!(
        found.words < 4_000 || found.snapshots > 0,
        "nothing was ever compacted"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_9_loses_and_doubles_nothing_sqlite() {
    none(&run(Database::sqlite(), None, None).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_9_loses_and_doubles_nothing_postgres() {
    let cluster = Cluster::start().await;
    none(&run(Database::on(cluster.url()).await, Some(cluster), None).await);
}

/// Whether the loop finds that the server acknowledges too early. A client that was shown what
/// was then lost may break down: the library counts below zero over the hole.
async fn is_caught(database: Database) -> bool {
    let work = AssertUnwindSafe(run(database, None, Some("ack_before_commit")));
    match work.catch_unwind().await {
        Ok(found) => !found.problems.is_empty(),
        Err(panic) => panic
            .downcast_ref::<&str>()
            .is_some_and(|said| said.contains("subtract with overflow")),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_acknowledgement_before_the_commit_is_caught_sqlite() {
    assert!(is_caught(Database::sqlite()).await, "the proof cannot fail");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_acknowledgement_before_the_commit_is_caught_postgres() {
    let database = Database::postgres().await;
    assert!(is_caught(database).await, "the proof cannot fail");
}
