//! Random walks of a proposal by random people through the API, from its idea to the end of an action: every
//! transition, joint acts, opinions, threads, rows, typing, files checked, decisions of two validators,
//! agreements, reports, mandates that end, days that pass; good requests, bad ones, stale ones. Each answer
//! is what the pure rules say, and everything in `checks` and `region::checks` holds after each step.
//! Every seed is a walk that can be taken again.

mod acts;
mod checks;
mod choice;
mod model;
mod onward;
mod people;
mod region;
mod state;
mod taken;
mod typing;
mod walk;

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use chantier::rules::stage::Stage;
use chantier::rules::transitions::Transition;
use futures_util::FutureExt as _;
use futures_util::future::join_all;
use tokio::time::timeout;

use crate::crash::count;
use crate::support::database::Database;
use walk::{Ground, Story, Walk};

/// A day, in milliseconds.
const DAY_MS: i64 = 86_400_000;

/// How long one walk may take; on a busy machine it is a second.
const WALK: Duration = Duration::from_secs(120);

/// So many walks on one database take every transition.
const MANY: usize = 50;

/// What so many walks do beside the moves, and are refused, on the Region's side.
const DONE: [&str; 16] = [
    "addendum prepared",
    "agreement",
    "agreement changed",
    "change asked",
    "change taken back",
    "checked",
    "completed",
    "condition lifted",
    "decision prepared",
    "final report",
    "half-year report",
    "later decision confirmed",
    "no agreement",
    "reading answered",
    "reading asked",
    "rectification prepared",
];
const REFUSED: [&str; 10] = [
    "agreement_compulsory",
    "agreement_missing",
    "conditions_open",
    "decision_date_future",
    "decision_missing",
    "envelope_overrun",
    "final_report_missing",
    "own_preparation",
    "review_incomplete",
    "version_changed",
];

/// So many walks share one programme: its board stays that of a small one.
const TOGETHER: usize = 25;

/// What walks met, added up: a check that was never asked proves nothing.
#[derive(Debug, Default)]
struct Met {
    /// How many walks reached the stage.
    reached: BTreeMap<Stage, usize>,
    /// How often the proposal moved by it; how often it was asked for; how often that was taken back or
    /// declined.
    moved: BTreeMap<&'static str, usize>,
    asked: BTreeMap<&'static str, usize>,
    ended: BTreeMap<&'static str, usize>,
    /// What was done beside the moves on the Region's side.
    done: BTreeMap<&'static str, usize>,
    /// Refusals by their codes.
    refused: BTreeMap<&'static str, usize>,
}

impl Met {
    fn reach(&mut self, stage: Stage) {
        self.reached.insert(stage, 1);
    }

    fn took(&mut self, transition: Transition, moved: bool) {
        let counted = if moved {
            &mut self.moved
        } else {
            &mut self.asked
        };
        *counted.entry(transition.key()).or_default() += 1;
    }

    fn ended(&mut self, transition: Transition) {
        *self.ended.entry(transition.key()).or_default() += 1;
    }

    fn done(&mut self, act: &'static str) {
        *self.done.entry(act).or_default() += 1;
    }

    fn refused(&mut self, code: &'static str) {
        *self.refused.entry(code).or_default() += 1;
    }

    fn add(&mut self, more: Self) {
        for (stage, count) in more.reached {
            *self.reached.entry(stage).or_default() += count;
        }
        for (all, more) in [
            (&mut self.moved, more.moved),
            (&mut self.asked, more.asked),
            (&mut self.ended, more.ended),
            (&mut self.done, more.done),
            (&mut self.refused, more.refused),
        ] {
            for (key, count) in more {
                *all.entry(key).or_default() += count;
            }
        }
    }

    fn print(&self) {
        let stages = self
            .reached
            .iter()
            .map(|(stage, count)| format!("{} {count}", stage.key()));
        println!(
            "  walks that reached: {}",
            stages.collect::<Vec<_>>().join(", ")
        );
        println!("  moved: {:?}", self.moved);
        println!(
            "  asked: {:?}; declined or taken back: {:?}",
            self.asked, self.ended
        );
        println!("  done beside: {:?}", self.done);
        println!("  refused: {:?}", self.refused);
    }

    /// What never happened.
    fn lacks(&self) -> Vec<&'static str> {
        let all = taken::of_the_walk().into_iter().map(Transition::key);
        let mut lacks: Vec<&'static str> =
            all.filter(|key| !self.moved.contains_key(key)).collect();
        for joint in ["T06", "T07", "T13", "T14", "T26", "T28", "T32"] {
            if !self.asked.contains_key(joint) {
                lacks.push(joint);
            }
        }
        lacks.extend(DONE.iter().filter(|act| !self.done.contains_key(**act)));
        lacks.extend(
            REFUSED
                .iter()
                .filter(|code| !self.refused.contains_key(**code)),
        );
        lacks
    }
}

/// Which walks to take: one by its seed (`CHANTIER_WALK`), or so many from a first one.
fn seeds() -> (u64, u64) {
    match count("CHANTIER_WALK", 0) {
        0 => (count("CHANTIER_TEST_SEED", 1), count("CHANTIER_WALKS", 200)),
        one => (one, 1),
    }
}

/// Takes these walks, several at a time: each lane has a programme, a database and a clock of its own.
async fn take(lanes: u64, is_mine: impl Fn(u64) -> bool, database: impl AsyncFn() -> Database) {
    let (first, walks) = seeds();
    let began = Instant::now();
    let seeds: Vec<u64> = (first..first + walks)
        .filter(|seed| walks == 1 || is_mine(*seed))
        .collect();
    let lanes = (0..lanes).map(|lane| {
        let own = seeds.iter().copied().enumerate();
        let own = own.filter(move |(at, _)| *at as u64 % lanes == lane);
        walk_all(own.map(|(_, seed)| seed).collect(), &database)
    });
    let mut met = Met::default();
    for more in join_all(lanes).await {
        met.add(more);
    }
    let (taken, took) = (seeds.len(), began.elapsed().as_secs());
    println!("{taken} walks from seed {first} on in {took} s");
    met.print();
    let lacks = met.lacks();
    assert!(
        taken < MANY || lacks.is_empty(),
        "the walks never took: {lacks:?}"
    );
}

/// One lane: these walks, one after the other.
async fn walk_all(seeds: Vec<u64>, database: &impl AsyncFn() -> Database) -> Met {
    let mut met = Met::default();
    for some in seeds.chunks(TOGETHER) {
        let ground = Ground::lay(database().await).await;
        for &seed in some {
            met.add(one(&ground, seed).await);
        }
    }
    met
}

/// One walk; when it fails its steps are told.
async fn one(ground: &Ground, seed: u64) -> Met {
    let story = Story::default();
    let walk = async {
        let walk = Walk::begin(ground, seed, story.clone()).await;
        walk.go().await
    };
    let ended = AssertUnwindSafe(timeout(WALK, walk)).catch_unwind().await;
    if let Ok(Ok(met)) = ended {
        return met;
    }
    println!("walk {seed} failed: repeat with CHANTIER_WALK={seed}");
    for (step, line) in story.lock().expect("whole").iter().enumerate() {
        println!("  {step}. {line}");
    }
    match ended {
        Err(panic) => std::panic::resume_unwind(panic),
        Ok(_) => panic!("walk {seed} hangs"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn walks_on_sqlite_keep_every_rule() {
    take(2, |seed| seed % 3 != 0, async || Database::sqlite()).await;
}

/// A third of them: each commit waits for the disk and each question for its answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn walks_on_postgres_keep_every_rule() {
    take(4, |seed| seed % 3 == 0, Database::postgres).await;
}
