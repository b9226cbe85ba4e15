//! kill -9 at random moments under twenty clients: nothing acknowledged or seen is lost, nothing
//! is doubled, everybody converges. Some kills fall into the start, some into a compaction: the
//! server compacts early and often here, and half of the kills wait for one to begin. On PostgreSQL
//! the database itself is killed too.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
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

/// How long a kill waits for a compaction to begin.
const COMPACTION_WITHIN: Duration = Duration::from_secs(2);

/// What one life of the server logged of its compactions.
#[derive(Debug, Default)]
struct Compactions {
    begun: AtomicUsize,
    ended: AtomicUsize,
    /// Kill the server the moment the next one begins.
    armed: AtomicBool,
}

impl Compactions {
    fn hear(&self, line: &str, process: u32) {
        if line.contains("a compaction begins") {
            self.begun.fetch_add(1, Ordering::Relaxed);
            if self.armed.swap(false, Ordering::Relaxed) {
                let pid = process.to_string();
                let sent = std::process::Command::new("kill")
                    .args(["-9", &pid])
                    .status();
                assert!(sent.is_ok(), "kill runs");
            }
        } else if line.contains("a compaction has ended") {
            self.ended.fetch_add(1, Ordering::Relaxed);
        } else if !line.contains("DEBUG") {
            eprintln!("{line}");
        }
    }

    fn is_under_way(&self) -> bool {
        self.begun.load(Ordering::Relaxed) > self.ended.load(Ordering::Relaxed)
    }
}

/// A running server whose log is heard.
struct Heard {
    process: Process,
    compactions: Arc<Compactions>,
    hearing: tokio::task::JoinHandle<()>,
}

/// A kill loop on one database.
struct Loop {
    database: Database,
    cluster: Option<Cluster>,
    environment: Vec<(&'static str, String)>,
    random: Random,
    /// Whether the server compacts early, and some kills wait for that.
    compacts: bool,
}

/// What a loop found.
#[derive(Debug, Default)]
struct Found {
    kills: u64,
    words: usize,
    /// Snapshots that were written between the kills.
    snapshots: i64,
    /// Kills while a compaction was under way.
    in_compaction: u64,
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
        crowd.go_to(process.process.address);
        for _ in 0..kills {
            let life_ms = 100 + self.random.below(900);
            let death = self.live_and_die(process, Duration::from_millis(life_ms));
            found.in_compaction += u64::from(crowd.work_while(death).await);
            crowd.drain().await;
            found.kills += 1;
            found.promised += crowd.counts().1;
            process = self.start().await;
            crowd.go_to(process.process.address);
            found.problems = crowd.broken(&process.process).await;
            if !found.problems.is_empty() {
                return;
            }
        }
        found.words += crowd.counts().0;
        found.problems = crowd.finish(&process.process).await;
        process.process.kill().await;
    }

    /// Starts the server; now and then it is killed before it is ready, once or more.
    async fn start(&mut self) -> Heard {
        while self.random.below(4) == 0 {
            let mut child = Process::spawn(&self.database, &self.environment);
            let alive = Duration::from_millis(self.random.below(250));
            let _ = timeout(alive, child.wait()).await;
            let _ = child.kill().await;
        }
        let compactions = Arc::<Compactions>::default();
        let hear = compactions.clone();
        let hear = move |line: &str, process| hear.hear(line, process);
        let (process, hearing) =
            Process::start_heard(&self.database, &self.environment, hear).await;
        Heard {
            process,
            compactions,
            hearing,
        }
    }

    /// The server is killed after a while, or when it begins to compact then; now and then its
    /// database too, before. Whether a compaction was under way.
    async fn live_and_die(&mut self, heard: Heard, life: Duration) -> bool {
        let Heard {
            mut process,
            compactions,
            hearing,
        } = heard;
        let waits = self.compacts && self.random.below(2) == 0;
        let restart = self.cluster.as_ref().filter(|_| self.random.below(5) == 0);
        tokio::time::sleep(life).await;
        if let Some(cluster) = restart {
            cluster.crash().await;
            cluster.resume().await;
            tokio::time::sleep(life).await;
        }
        compactions.armed.store(waits, Ordering::Relaxed);
        let is_dead = waits && timeout(COMPACTION_WITHIN, process.ended()).await.is_ok();
        if !is_dead {
            process.kill().await;
        }
        // Whatever it had still logged is read.
        hearing.await.expect("the log is read to its end");
        compactions.is_under_way()
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
    let environment = match control {
        Some(control) => vec![("CHANTIER_CONTROL", control.to_owned())],
        None => vec![
            ("CHANTIER_LOG", "warn,chantier::work=debug".to_owned()),
            ("CHANTIER_LIVE_COMPACT_UPDATES", "20".to_owned()),
            ("CHANTIER_LIVE_COMPACT_PAUSE_MS", "0".to_owned()),
        ],
    };
    let mut killing = Loop {
        database,
        cluster,
        environment,
        compacts: control.is_none(),
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
        in_compaction,
        problems,
    } = &found;
    println!(
        "{engine}: {kills} kills in {took} s, {words} words, {promised} promises looked up, {snapshots} documents compacted, {in_compaction} kills in a compaction, {} problems",
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
    assert!(found.snapshots > 0, "nothing was ever compacted");
    assert!(found.in_compaction > 0, "no kill fell into a compaction");
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
