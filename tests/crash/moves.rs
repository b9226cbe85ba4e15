//! kill -9 while several people move several proposals: each step is wholly done or not at all, each
//! that was acknowledged is there, and what was frozen is sealed after the restart.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chantier::clock::Timestamp;
use chantier::ids::DocumentId;
use chantier::store::{Store, log};
use chantier::text::edit::from_markdown;
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

use super::steps::{Pressed, check};
use super::{count, seed};
use crate::support::database::Database;
use crate::support::editor::Random;
use crate::support::server::Process;
use crate::support::workspace::{self, proposal_of, token};
use crate::support::{sheet, until};

/// People at a time.
const PEOPLE: u64 = 8;
/// Proposals at a time: fewer than people, so that some meet.
const PROPOSALS: usize = 5;
/// Kills of the same proposals; then new ones begin, so that a long run does not slow down.
const KILLS_A_ROUND: u64 = 10;

/// What was asked of the server since the proposals were laid.
type Ledger = Arc<Mutex<Vec<Pressed>>>;

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

/// One person's requests until the server dies.
struct Person {
    database: Arc<Database>,
    client: reqwest::Client,
    address: SocketAddr,
    proposals: Vec<String>,
    ledger: Ledger,
    random: Random,
    /// In the names of requests.
    life: String,
}

/// Ada owns the proposals; Rea runs the chantier, Eve co-presides it.
async fn lay_people(database: &Database, store: &Store) {
    workspace::lay(database, store).await;
    workspace::lay_person(database, "eve").await;
    database
        .execute(
            "update mandate set role = 'facilitator' where mandate_id = 'man-rea';
             update mandate set role = 'co_president' where mandate_id = 'man-eve';
             update mandate set voting = 1, seat = person_id where role in ('member', 'co_president');",
        )
        .await;
}

/// A proposal that lacks nothing.
async fn lay(database: &Database, store: &Store) -> String {
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
    let porteur =
        format!("update proposal set porteur_id = 'org-a' where proposal_id = '{proposal}'");
    database.execute_owned(porteur).await;
    proposal
}

impl Person {
    /// Sends requests until the server is gone.
    async fn press_on(mut self) {
        for number in 0_u64.. {
            let at = self.random.below(self.proposals.len() as u64) as usize;
            let proposal = self.proposals[at].clone();
            let name = format!("{} {number}", self.life);
            if self.press(&proposal, name).await.is_none() {
                return;
            }
        }
    }

    /// One act on a proposal, as it stands; `None` when the server is gone.
    async fn press(&mut self, proposal: &str, name: String) -> Option<()> {
        let page = format!("/api/proposals/{proposal}");
        let read = self.ask("GET", "rea", &page, None).await?;
        let (stage, version) = (read.1["stage"].as_str()?, read.1["version"].as_i64()?);
        let day = |days| self.day(days);
        let (who, act, more) = match (stage, self.random.clone().below(8)) {
            ("drafting", _) => ("ada", "T03", json!({})),
            ("submitted", 0 | 1) => (
                "rea",
                "T05",
                json!({"reason": "unclear", "points": ["Un point"], "due_on": day(30)}),
            ),
            ("submitted", _) => ("rea", "T04", json!({"in_scope": true, "is_complete": true})),
            ("in_commission", 0) | ("opinion_given", 0) => ("ada", "T28", json!({})),
            ("in_commission", _) => ("eve", "T08", json!({"closes_on": day(20)})),
            ("frozen", 0) => ("eve", "T09", json!({})),
            ("frozen", 1..=3) => ("rea", "opinion_prepared", json!({})),
            ("frozen", 4 | 5) => ("eve", "opinion_signed", json!({})),
            ("frozen", _) => ("rea", "T10", json!({})),
            ("opinion_given", _) => ("eve", "T12", json!({})),
            ("withdrawn", 0..=3) => ("ada", "T32", json!({})),
            ("withdrawn", _) => ("rea", "T32", json!({})),
            _ => panic!("nobody goes to {stage}"),
        };
        self.random.next();
        if act == "opinion_signed" {
            let body = json!({"expected_version": 1});
            let path = format!("{page}/opinions/signature");
            return self.ask("POST", who, &path, Some(body)).await.map(|_| ());
        }
        let (method, path, mut body) = if act == "opinion_prepared" {
            // The last day of the consultation is over.
            let sql = format!(
                "update written_consultation set closes_on = '2021-01-01' where closed_at_ms is null and proposal_id = '{proposal}'"
            );
            self.database.execute_owned(sql).await;
            let body = json!({"value": "favourable", "mode": "consensus"});
            ("PUT", format!("{page}/opinions"), body)
        } else {
            let body = json!({"transition": act, "expected_version": version});
            ("POST", format!("{page}/transitions"), body)
        };
        body["motive"] = name.clone().into();
        for (field, value) in more.as_object()? {
            body[field] = value.clone();
        }
        let pressed = Pressed {
            name,
            proposal: proposal.to_owned(),
            act,
            version,
            answer: None,
        };
        let at = {
            let mut ledger = self.ledger.lock().expect("not poisoned");
            ledger.push(pressed);
            ledger.len() - 1
        };
        let (status, _) = self.ask(method, who, &path, Some(body)).await?;
        self.ledger.lock().expect("not poisoned")[at].answer = Some(status);
        Some(())
    }

    /// An ISO day so many days from today.
    fn day(&self, days: i64) -> String {
        let today =
            chantier::rules::day::Day::in_paris(chantier::clock::Clock::default().now().ms());
        today.plus_days(days).as_str().to_owned()
    }

    /// An answer: the status, and the body when it came; `None` when the server is gone.
    async fn ask(
        &self,
        method: &str,
        who: &str,
        path: &str,
        body: Option<Value>,
    ) -> Option<(u16, Value)> {
        let method = method.parse().expect("a method");
        let url = format!("http://{}{path}", self.address);
        let request = self.client.request(method, url).bearer_auth(token(who));
        let request = match &body {
            Some(body) => request.json(body),
            None => request,
        };
        let answer = request.send().await.ok()?;
        let status = answer.status().as_u16();
        Some((status, answer.json().await.unwrap_or_default()))
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
            for _ in 0..PROPOSALS {
                proposals.push(lay(&self.database, &store).await);
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
    async fn live_and_die(&mut self, proposals: &[String], ledger: &Ledger, found: &mut Found) {
        let mut process = self.start().await;
        let mut people = Vec::new();
        for number in 0..PEOPLE {
            let person = Person {
                database: self.database.clone(),
                client: reqwest::Client::new(),
                address: process.address,
                proposals: proposals.to_vec(),
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

    async fn look(&self, store: &Store, proposals: &[String], ledger: &Ledger, found: &mut Found) {
        let pressed = ledger.lock().expect("not poisoned").clone();
        for proposal in proposals {
            found
                .problems
                .extend(check(store, proposal, &pressed).await);
        }
    }

    /// After a restart nobody presses: everything is sealed, and the program finds the journals whole.
    async fn last_look(&mut self, proposals: &[String], ledger: &Ledger, found: &mut Found) {
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
    for act in ["T03", "T04", "T08"] {
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
