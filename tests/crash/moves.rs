//! kill -9 while several people move several proposals: each step is wholly done or not at all, each
//! that was acknowledged is there, and what was frozen is sealed after the restart. From a draft to the
//! end of an action: some proposals begin at the steering committee.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chantier::clock::Timestamp;
use chantier::ids::DocumentId;
use chantier::store::{Store, log};
use chantier::text::edit::from_markdown;
use tokio::time::{Instant, timeout};

use super::press::{Ledger, Person};
use super::steps::{Laid, Pressed, check};
use super::{count, seed};
use crate::support::database::Database;
use crate::support::editor::Random;
use crate::support::server::Process;
use crate::support::workspace::{self, proposal_of};
use crate::support::{sheet, until};

/// People at a time.
const PEOPLE: u64 = 8;
/// Where the proposals of a round begin: fewer than people, so that some meet.
const PROPOSALS: [&str; 5] = ["drafting", "drafting", "at_copil", "at_copil", "at_copil"];
/// Kills of the same proposals; then new ones begin, so that a long run does not slow down.
const KILLS_A_ROUND: u64 = 10;

/// A kill loop on one database.
struct Loop {
    database: Arc<Database>,
    environment: Vec<(&'static str, String)>,
    random: Random,
}

/// What a loop found.
#[derive(Debug, Default)]
struct Found {
    kills: u64,
    /// Acknowledged acts.
    done: usize,
    /// Requests whose answer a kill took.
    cut: usize,
    /// Which acts were acknowledged.
    acts: BTreeSet<&'static str>,
    /// Versions that a restart found unsealed.
    unsealed: i64,
    problems: Vec<String>,
}

/// Who sits beside Ada, who owns the proposals, and Rea, who runs the chantier: a name, a role, a body.
const SEATS: [(&str, &str, &str); 5] = [
    ("eve", "co_president", "com-1"),
    ("cop", "copil_secretary", "copil-1"),
    ("ivy", "region_instructor", "region-1"),
    ("val", "region_validator", "region-1"),
    ("vic", "region_validator", "region-1"),
];

/// The programme with its bodies, its envelope, its people.
async fn lay_people(database: &Database, store: &Store) {
    workspace::lay(database, store).await;
    database
        .execute(
            "insert into body (body_id, kind, title) values ('copil-1', 'copil', 'Copil'), ('region-1', 'region', 'Region');
             insert into organisation (organisation_id, name, short_name, kind, college_id,
                 solicitation_budget_minutes, created_at_ms, version)
                 values ('org-r', 'Region', 'R', 'region', 'col', 0, 0, 1);
             insert into region_unit (region_unit_id, kind, title) values ('dir-1', 'direction', 'Direction');
             insert into programme (programme_id, code, title, region_name, starts_on, ends_on,
                 annual_budget_cents, annual_jobs_target, target_unit, intro, participation_rules, rules,
                 created_at_ms, version)
                 values ('programme', 'CREER', 'Programme', 'Region', '2020-01-01', '2030-12-31', 1000, 10, 'posts', '', '', '{}', 0, 1);
             insert into envelope (envelope_id, year, code, label, amount_cents, requested_cents,
                 arbitrated_cents, decided_cents, committed_cents)
                 values ('env-1', 2027, 'CREER', 'CREER', 900000000, 0, 0, 0, 0);",
        )
        .await;
    for (person, role, body) in SEATS {
        workspace::lay_person(database, person).await;
        let sql = format!(
            "update mandate set role = '{role}', body_id = '{body}' where mandate_id = 'man-{person}';
             insert into affiliation (affiliation_id, person_id, organisation_id, job_title, elected, valid_from)
                 values ('zz-{person}', 'per-{person}', 'org-r', '', 0, '2020-01-01');"
        );
        database.execute_owned(sql).await;
    }
    database
        .execute(
            "update mandate set role = 'facilitator' where mandate_id = 'man-rea';
             update mandate set voting = 1, seat = person_id where role in ('member', 'co_president');",
        )
        .await;
}

/// A proposal that lacks nothing, at this stage.
async fn lay(database: &Database, store: &Store, stage: &'static str) -> Laid {
    let document: DocumentId = workspace::lay_proposal(database, store).await;
    let proposal = proposal_of(&document);
    sheet::complete(store, &proposal).await;
    let sections = [
        ("context", "Quarante signes au moins pour dire le contexte."),
        ("description", "Ce que l'on fera."),
        ("transversal", "Pour toutes et tous."),
    ];
    let text = vec![from_markdown(&sections, 7)];
    let mut tx = store.write().await.expect("begins");
    log::append_in(
        &mut tx,
        &document,
        &"acc-ada".into(),
        None,
        text,
        Timestamp(5),
    )
    .await
    .expect("appends");
    tx.commit().await.expect("commits");
    let sql = format!(
        "update proposal set porteur_id = 'org-a', stage = '{stage}' where proposal_id = '{proposal}'"
    );
    database.execute_owned(sql).await;
    Laid {
        id: proposal,
        stage,
    }
}

impl Loop {
    /// Kills the server so many times, or until something does not hold.
    async fn run(&mut self, kills: u64) -> Found {
        let store = self.database.store().await;
        lay_people(&self.database, &store).await;
        store.close().await;
        let mut found = Found::default();
        while found.kills < kills && found.problems.is_empty() {
            let store = self.database.store().await;
            let mut proposals = Vec::new();
            for stage in PROPOSALS {
                proposals.push(lay(&self.database, &store, stage).await);
            }
            store.close().await;
            let ledger = Ledger::default();
            let last = found.kills + KILLS_A_ROUND.min(kills - found.kills);
            while found.kills < last && found.problems.is_empty() {
                self.live_and_die(&proposals, &ledger, &mut found).await;
            }
            self.last_look(&proposals, &ledger, &mut found).await;
        }
        found
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

    /// One life: everybody presses until so many acts are acknowledged and a moment more.
    async fn live_and_die(&mut self, proposals: &[Laid], ledger: &Ledger, found: &mut Found) {
        let mut process = self.start().await;
        let mut people = Vec::new();
        for number in 0..PEOPLE {
            let person = Person {
                database: self.database.clone(),
                client: reqwest::Client::new(),
                address: process.address,
                proposals: proposals.iter().map(|one| one.id.clone()).collect(),
                ledger: ledger.clone(),
                random: Random(self.random.next() | 1),
                life: format!("life {} person {number} act", found.kills),
            };
            people.push(tokio::spawn(person.press_on()));
        }
        let enough = acknowledged(ledger) + 5 + self.random.below(25) as usize;
        until("enough is acknowledged", || async {
            (acknowledged(ledger) >= enough).then_some(())
        })
        .await;
        let moment = Duration::from_millis(self.random.below(60));
        let _ = timeout(moment, process.ended()).await;
        process.kill().await;
        for person in people {
            person.await.expect("does not panic");
        }
        found.kills += 1;
        let store = self.database.store().await;
        found.unsealed += unsealed(&store).await;
        self.look(&store, proposals, ledger, found).await;
        store.close().await;
    }

    async fn look(&self, store: &Store, proposals: &[Laid], ledger: &Ledger, found: &mut Found) {
        let pressed = ledger.lock().expect("not poisoned").clone();
        for proposal in proposals {
            found
                .problems
                .extend(check(store, proposal, &pressed).await);
        }
    }

    /// After a restart nobody presses: everything is sealed, and the program finds the journals whole.
    async fn last_look(&mut self, proposals: &[Laid], ledger: &Ledger, found: &mut Found) {
        let pressed = ledger.lock().expect("not poisoned").clone();
        let is_done = |one: &&Pressed| one.answer.is_some_and(|status| status < 300);
        let done = pressed.iter().filter(is_done);
        found.acts.extend(done.clone().map(|one| one.act));
        found.done += done.count();
        found.cut += pressed.iter().filter(|one| one.answer.is_none()).count();
        let process = self.start().await;
        let store = self.database.store().await;
        until("every version is sealed", || async {
            (unsealed(&store).await == 0).then_some(())
        })
        .await;
        self.look(&store, proposals, ledger, found).await;
        let checked = store.check_journals().await.expect("reads");
        found
            .problems
            .extend(checked.first_wrong.map(|wrong| format!("{wrong:?}")));
        store.close().await;
        process.kill().await;
    }
}

fn acknowledged(ledger: &Ledger) -> usize {
    let ledger = ledger.lock().expect("not poisoned");
    let done = ledger
        .iter()
        .filter(|one| one.answer.is_some_and(|status| status < 300));
    done.count()
}

async fn unsealed(store: &Store) -> i64 {
    let sql = "select count(*) from version where sealed_at_ms is null";
    let mut tx = store.read().await.expect("reads");
    let row = tx.row(sql, &[]).await.expect("reads").expect("a row");
    row.int(0).expect("a number")
}

async fn run(database: Database, control: Option<&str>) -> Found {
    let (kills, seed) = (count("CHANTIER_MOVE_KILLS", 6), seed());
    // A defect is to be met, however long that takes: it ends the loop.
    let kills = if control.is_some() {
        kills.max(40)
    } else {
        kills
    };
    let environment = control.map(|control| ("CHANTIER_CONTROL", control.to_owned()));
    let mut killing = Loop {
        database: Arc::new(database),
        environment: environment.into_iter().collect(),
        random: Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1),
    };
    println!(
        "{kills} kills among moves: repeat with CHANTIER_TEST_SEED={seed} CHANTIER_MOVE_KILLS={kills}"
    );
    let began = Instant::now();
    let limit = Duration::from_secs(120 + 20 * kills);
    let found = timeout(limit, killing.run(kills))
        .await
        .expect("the kill loop hangs");
    println!(
        "{} kills in {} s: {} acts acknowledged ({:?}), {} cut, {} versions found unsealed, {} problems",
        found.kills,
        began.elapsed().as_secs(),
        found.done,
        found.acts,
        found.cut,
        found.unsealed,
        found.problems.len()
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
    assert!(found.cut > 0, "no kill took anybody's answer");
    assert!(found.unsealed > 0, "nothing was ever left to seal");
    for act in ["T03", "T04", "T08", "T15", "decision_prepared", "T20"] {
        assert!(found.acts.contains(act), "{act} was never done");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_move_is_whole_or_not_there_sqlite() {
    none(&run(Database::sqlite(), None).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_move_is_whole_or_not_there_postgres() {
    none(&run(Database::postgres().await, None).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_move_in_two_transactions_is_caught_sqlite() {
    let found = run(Database::sqlite(), Some("move_in_two")).await;
    assert!(!found.problems.is_empty(), "the proof cannot fail");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_move_in_two_transactions_is_caught_postgres() {
    let found = run(Database::postgres().await, Some("move_in_two")).await;
    assert!(!found.problems.is_empty(), "the proof cannot fail");
}
