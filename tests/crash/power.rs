//! The power goes: whatever the disk had not been told to keep may be missing, in any order, torn.
//! A recorded run of the real server is cut at hundreds of places; each remainder is opened by the
//! real store, and everything acknowledged or shown before the cut must be in it.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use chantier::clock::Clock;
use chantier::ids::DocumentId;
use chantier::store::Store;
use tokio::time::timeout;

use super::crowd::Crowd;
use super::ledger::{Event, Ledger};
use super::shim::Shim;
use super::trace::{self, Cut, Disk, Record};
use super::{count, seed};
use crate::support::database::Database;
use crate::support::editor::{Editor, Random, place};
use crate::support::server::Process;
use crate::support::workspace;

/// Clients of the recorded run.
const CLIENTS: usize = 6;

/// How long the server lives each time; it is killed between, so that its recovery is recorded too.
const LIVES_MS: [u64; 3] = [6_000, 1_500, 2_500];

/// Kills after which the power goes at once.
const RESTARTS: usize = 12;

/// A run written down.
struct Recorded {
    document: DocumentId,
    /// The folder when the recording began.
    before: Disk,
    records: Vec<Record>,
    ledger: Ledger,
}

/// Runs the real server under the shim, with people typing.
async fn record(random: &mut Random, control: Option<&str>) -> Recorded {
    let database = Database::sqlite();
    let store = database.store().await;
    let document = workspace::lay(&database, &store).await;
    store.close().await;
    let before = Disk::of(database.folder());
    let shim = Shim::new(&database);
    let mut environment = shim.environment();
    environment.extend(control.map(|control| ("CHANTIER_CONTROL", control.to_owned())));
    let ledger = Ledger::in_trace(&shim.trace());
    let mut crowd = Crowd::new(document.clone(), CLIENTS, ledger, random);
    for life_ms in LIVES_MS {
        let process = Process::start_with(&database, &environment).await;
        crowd.go_to(process.address);
        let death = async {
            tokio::time::sleep(Duration::from_millis(life_ms)).await;
            process.kill().await;
        };
        crowd.work_while(death).await;
        crowd.ledger().borrow_mut().tell(&Event::Killed);
        crowd.drain().await;
    }
    let ledger = crowd.into_ledger();
    let records = trace::read(&std::fs::read(shim.trace()).expect("a trace"));
    Recorded {
        document,
        before,
        records,
        ledger,
    }
}

/// Cuts the run at so many places; the first promises broken, with the place.
async fn cut_at_many(recorded: &Recorded, cuts: u64, random: &mut Random) -> (u64, Vec<String>) {
    let mut places: BTreeMap<usize, Vec<Cut>> = BTreeMap::new();
    let marks: Vec<usize> = (0..recorded.records.len())
        .filter(|at| matches!(recorded.records[*at], Record::Mark(_)))
        .collect();
    let killed = serde_json::to_vec(&Event::Killed).expect("plain");
    let kills: Vec<usize> = marks
        .iter()
        .copied()
        .filter(|at| matches!(&recorded.records[*at], Record::Mark(bytes) if *bytes == killed))
        .collect();
    for number in 0..cuts {
        let near =
            |all: &[usize], random: &mut Random| all[random.below(all.len() as u64) as usize];
        let at = match number % 4 {
            // Right after a promise, where it is youngest.
            0 | 1 => near(&marks, random) + 1,
            // Soon after a restart, whose first promises come from what a kill left.
            2 => {
                let killed = near(&kills, random);
                let soon = marks.partition_point(|mark| *mark <= killed);
                let soon = &marks[soon..marks.len().min(soon + 60)];
                if soon.is_empty() {
                    killed
                } else {
                    near(soon, random) + 1
                }
            }
            _ => random.below(recorded.records.len() as u64 + 1) as usize,
        };
        places.entry(at).or_default().push(Cut::at_random(random));
    }
    let (mut disk, mut ledger) = (recorded.before.clone(), Ledger::default());
    let (mut tried, mut played) = (0, 0);
    for (at, cuts) in places {
        for record in &recorded.records[played..at] {
            disk.play(record);
            if let Record::Mark(bytes) = record {
                let event: Event = serde_json::from_slice(bytes).expect("our own mark");
                ledger.tell(&event);
            }
        }
        played = at;
        for cut in cuts {
            tried += 1;
            let left = disk.cut(cut, random);
            let problems = open_and_look(&left, &recorded.document, &ledger, tried % 50 == 0).await;
            if !problems.is_empty() {
                let place = format!("cut {cut:?} after record {at}");
                return (tried, std::iter::once(place).chain(problems).collect());
            }
        }
    }
    (tried, Vec::new())
}

/// Opens what a cut left with the real store; now and then with the real server too.
async fn open_and_look(
    left: &BTreeMap<String, Vec<u8>>,
    document: &DocumentId,
    ledger: &Ledger,
    served: bool,
) -> Vec<String> {
    let (database, opened) = open(left, document).await;
    let editor = match opened {
        Ok(editor) => editor,
        Err(error) => return vec![format!("it cannot be read: {error}")],
    };
    let mut problems = ledger.broken(&editor.text(), &editor.state());
    if served && problems.is_empty() {
        let process = Process::start(&database).await;
        let mut fresh = Editor::new(place(process.address, document.as_str(), "rea"));
        fresh.join().await;
        if fresh.snapshot() != editor.snapshot() {
            problems.push("the server serves something else than is stored".to_owned());
        }
        process.kill().await;
    }
    problems
}

/// Opens what a cut left with the real store.
async fn open(
    left: &BTreeMap<String, Vec<u8>>,
    document: &DocumentId,
) -> (Database, chantier::error::Result<Editor>) {
    let database = Database::sqlite();
    for (name, bytes) in left {
        std::fs::write(database.folder().join(name), bytes).expect("a file");
    }
    let opened = read(&database.file(), document).await;
    (database, opened)
}

async fn read(file: &Path, document: &DocumentId) -> Result<Editor, chantier::error::Error> {
    let store = Store::open_sqlite(file, Clock::default()).await?;
    let history = store.history(document).await?;
    let nowhere = ([127, 0, 0, 1], 1).into();
    let editor = Editor::new(place(nowhere, "", "rea"));
    if let Some(snapshot) = &history.snapshot {
        editor.apply(&snapshot.update);
    }
    for update in history.rows.iter().flat_map(|row| &row.updates) {
        editor.apply(&update.bytes);
    }
    store.close().await;
    Ok(editor)
}

async fn run(control: Option<&str>) -> Vec<String> {
    let (cuts, seed) = (count("CHANTIER_CUTS", 300), seed());
    println!("{cuts} cuts: repeat with CHANTIER_TEST_SEED={seed} CHANTIER_CUTS={cuts}");
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let work = async {
        let recorded = record(&mut random, control).await;
        let syncs = recorded
            .records
            .iter()
            .filter(|one| matches!(one, Record::SyncEnd(_)))
            .count();
        let (tried, problems) = cut_at_many(&recorded, cuts, &mut random).await;
        let (words, promised) = recorded.ledger.counts();
        println!(
            "{} records, {syncs} syncs, {words} words, {promised} promised; {tried} cuts, {} problems",
            recorded.records.len(),
            problems.len()
        );
        problems
    };
    let ended = timeout(Duration::from_secs(240 + cuts), work).await;
    ended.expect("the power cuts hang")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_power_cut_loses_nothing_promised() {
    let problems = run(None).await;
    assert!(problems.is_empty(), "seed {}: {problems:#?}", seed());
}

/// A killed server may have written a commit and not synced it: the next one reads it back from
/// the system's memory. Whoever is shown it must not lose it to a power cut right then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_kill_left_unsynced_is_synced_before_it_is_shown() {
    let database = Database::sqlite();
    let store = database.store().await;
    let document = workspace::lay(&database, &store).await;
    store.close().await;
    let before = Disk::of(database.folder());
    let shim = Shim::new(&database);
    let mut random = Random(seed().wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let ledger = Ledger::in_trace(&shim.trace());
    let mut crowd = Crowd::new(document.clone(), CLIENTS, ledger, &mut random);
    for _ in 0..RESTARTS {
        let process = Process::start_with(&database, &shim.environment()).await;
        crowd.go_to(process.address);
        let death = async {
            tokio::time::sleep(Duration::from_millis(150 + random.below(300))).await;
            process.kill().await;
        };
        crowd.work_while(death).await;
        crowd.ledger().borrow_mut().tell(&Event::Killed);
        crowd.drain().await;
        let process = Process::start_with(&database, &shim.environment()).await;
        crowd.show_to_a_reader(&process).await;
        let mut disk = before.clone();
        for record in trace::read(&std::fs::read(shim.trace()).expect("a trace")) {
            disk.play(&record);
        }
        let left = disk.cut(Cut::Nothing, &mut random);
        let (_database, opened) = open(&left, &document).await;
        let editor = opened.expect("what is left can be read");
        let ledger = crowd.ledger();
        let problems = ledger.borrow().broken(&editor.text(), &editor.state());
        assert!(problems.is_empty(), "seed {}: {problems:#?}", seed());
        process.kill().await;
        ledger.borrow_mut().tell(&Event::Killed);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commits_that_do_not_wait_for_the_disk_are_caught() {
    let problems = run(Some("synchronous_normal")).await;
    assert!(!problems.is_empty(), "the proof cannot fail");
}
