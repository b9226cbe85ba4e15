//! Proposals where nothing is against one transition: what each needs beside the right person.

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use chantier::clock::Timestamp;
use chantier::store::{Row, Value, log};
use chantier::text::edit::from_markdown;
use serde_json::{Value as Json, json};

use super::later;
use super::reviewed::Reviewed;
use crate::support::database::Database;
use crate::support::world::{Answer, World};
use crate::support::{sheet, until};

/// A day.
const DAY_MS: i64 = 86_400_000;

/// What nobody in CH1 and CH2 may hear of: a proposal's id, title and number.
pub(super) const SECRET: [&str; 3] = ["secret-proposal", "Secret title", "CH3-2026-777"];

/// A proposal made here: its id, and its stage by now.
#[derive(Clone, Debug)]
struct Made {
    id: String,
    stage: String,
}

/// The programme with proposals made on demand.
pub(super) struct Stand {
    pub(super) world: World,
    pub(super) reviewed: Reviewed,
    moved_ms: &'static AtomicI64,
    /// A meeting of the commission that may hear anything frozen now.
    meeting: Mutex<String>,
    made: Mutex<Vec<Made>>,
    count: AtomicUsize,
}

/// A proposal, and how often it and everything else was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) stage: String,
    pub(super) version: i64,
    pub(super) round: i64,
    pub(super) epoch: i64,
    /// Rows of its journal, but for seals.
    pub(super) acts: i64,
    pub(super) versions: i64,
    /// Requests that wait for a second person.
    pub(super) pending: i64,
    /// Counts and sums over every proposal and what belongs to it.
    pub(super) everything: Vec<i64>,
}

impl Stand {
    pub(super) async fn new(database: &Database) -> Self {
        let moved_ms: &'static AtomicI64 = Box::leak(Box::default());
        let stand = Self {
            world: World::moving(database, moved_ms).await,
            reviewed: Reviewed::read(),
            moved_ms,
            meeting: Mutex::default(),
            made: Mutex::default(),
            count: AtomicUsize::default(),
        };
        let world = &stand.world;
        world.sql("update mandate set voting = 1, seat = person_id where role in ('member', 'co_president')").await;
        let [id, title, number] = SECRET;
        world.run("insert into document (document_id, kind, lineage, schema_number, epoch, head_seq, created_at_ms) values ($1, 'sheet', 'l', 1, 1, 0, 1)", &[id]).await;
        world.run("insert into proposal (proposal_id, title, summary, stage, round, chantier_id, number, document_id, created_by, created_at_ms, stage_since_ms, updated_at_ms, version) values ($1, $2, 'S', 'drafting', 1, 'CH3', $3, $4, 'elsewhere', 1, 1, 1, 1)", &[id, title, number, id]).await;
        later::framework(&stand.world).await;
        stand.plan_meeting().await;
        stand
    }

    pub(super) fn later(&self, days: i64) {
        self.moved_ms.fetch_add(days * DAY_MS, Ordering::Relaxed);
    }

    /// An ISO day so many days from today.
    pub(super) fn day(&self, days: i64) -> String {
        self.world.store.today().plus_days(days).as_str().to_owned()
    }

    /// The meeting of the commission in seven days.
    pub(super) async fn plan_meeting(&self) {
        let starts_at_ms = self.world.store.clock.now().ms() + 7 * DAY_MS;
        let body = json!({"title": "S\u{e9}ance", "starts_at_ms": starts_at_ms, "duration_minutes": 120, "mode": "hybrid"});
        let path = "/api/chantiers/CH1/meetings";
        let (status, body) = self.world.post("facilitator", path, body).await;
        assert_eq!(status.as_u16(), 201, "{body}");
        let id = body["meeting_id"].as_str().expect("an id");
        id.clone_into(&mut self.meeting.lock().expect("not poisoned"));
    }

    /// A proposal at this stage that lacks nothing an act there could need; `receiver` is asked to take
    /// it over, and it may double one that nobody here may hear of.
    pub(super) async fn placed(&self, stage: &str, what: &str) -> String {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let id = format!("p{count:03}-{stage}-{what}");
        let world = &self.world;
        world.proposal(&id, stage).await;
        let now = world.store.clock.now().ms().to_string();
        world
            .run(
                "update proposal set stage_since_ms = cast($1 as bigint) where proposal_id = $2",
                &[&now, &id],
            )
            .await;
        self.ask_receiver(&id).await;
        world.run("insert into proposal_link (from_id, to_id, kind) select proposal_id, 'secret-proposal', 'duplicate' from proposal where proposal_id = $1", &[&id]).await;
        for later in ["0", "1"] {
            world.run("insert into inactivity_warning (proposal_id, warned_at_ms, warned_by) select proposal_id, stage_since_ms + cast($1 as bigint), 'facilitator' from proposal where proposal_id = $2", &[later, &id]).await;
        }
        sheet::complete(&world.store, &id).await;
        let stage = stage.to_owned();
        let made = Made {
            id: id.clone(),
            stage,
        };
        self.made.lock().expect("not poisoned").push(made);
        id
    }

    /// `receiver` is asked to take it over, so that they have their role before it.
    async fn ask_receiver(&self, id: &str) {
        let now = self.world.store.clock.now().ms().to_string();
        self.world.run("update proposal set receiving_chantier_id = 'CH3', receiving_since_ms = cast($1 as bigint) where proposal_id = $2", &[&now, id]).await;
    }

    /// The text a deposit needs.
    pub(super) async fn write_text(&self, id: &str) {
        let sections = [
            ("context", "Quarante signes au moins pour dire le contexte."),
            ("description", "Ce que l'on fera."),
            ("transversal", "Pour toutes et tous."),
        ];
        let text = vec![from_markdown(&sections, 7)];
        let document = format!("doc-{id}").as_str().into();
        let mut tx = self.world.store.write().await.expect("begins");
        log::append_in(
            &mut tx,
            &document,
            &"acc-owner".into(),
            None,
            text,
            Timestamp(5),
        )
        .await
        .expect("appends");
        tx.commit().await.expect("commits");
        // Whoever reads it first has it read again: from then on reading changes nothing.
        let (status, _) = self.list(id, "owner").await;
        assert_eq!(status.as_u16(), 200);
    }

    /// A proposal where nothing is against this transition.
    pub(super) async fn ready(&self, stage: &str, transition: &str) -> String {
        let given = match (transition, stage) {
            ("T10", _) => Some(("frozen", "favourable")),
            ("T11", _) => Some(("frozen", "adjourned")),
            ("T13" | "T14", _) => Some(("opinion_given", "favourable")),
            _ => None,
        };
        if let Some((stage, value)) = given {
            return self.heard(stage, transition, value).await;
        }
        let id = self.placed(stage, transition).await;
        if transition == "T03" {
            self.write_text(&id).await;
        }
        later::ready(&self.world, &id, transition).await;
        id
    }

    /// The same, with everything that a guard of this transition could look at.
    pub(super) async fn ready_for_guards(&self, stage: &str, transition: &str) -> String {
        if transition != "T09" {
            return self.ready(stage, transition).await;
        }
        let id = self.heard(stage, transition, "favourable").await;
        let void = "update opinion set voided_at_ms = 1 where proposal_id = $1";
        self.world.run(void, &[&id]).await;
        id
    }

    /// A proposal with a signed opinion on its sealed version, made through the API.
    async fn heard(&self, stage: &str, transition: &str, value: &str) -> String {
        let id = self.placed("in_commission", transition).await;
        self.must(&id, "facilitator", "T08").await;
        self.sealed().await;
        self.later(7);
        self.plan_meeting().await;
        self.opinion(&id, value).await;
        self.sign(&id).await;
        if stage == "opinion_given" {
            self.must(&id, "facilitator", "T10").await;
            self.sealed().await;
        }
        self.ask_receiver(&id).await;
        id
    }

    /// Prepares an opinion through the API.
    pub(super) async fn opinion(&self, id: &str, value: &str) {
        let path = format!("/api/proposals/{id}/opinions");
        let body = json!({"value": value, "mode": "consensus", "motive": "Apr\u{e8}s d\u{e9}bat"});
        let answer = self
            .world
            .ask("PUT", "facilitator", &path, Some(body))
            .await;
        assert_eq!(answer.0.as_u16(), 200, "{}", answer.1);
    }

    /// Signs it.
    pub(super) async fn sign(&self, id: &str) {
        let path = format!("/api/proposals/{id}/opinions/signature");
        let body = json!({"expected_version": 1});
        let answer = self.world.post("co_president", &path, body).await;
        assert_eq!(answer.0.as_u16(), 200, "{}", answer.1);
    }

    /// Makes a move that must be possible.
    pub(super) async fn must(&self, id: &str, person: &str, transition: &str) {
        let answer = self.press(id, person, transition).await;
        // Whoever sends it back may read it no more.
        let is_done = matches!(answer.0.as_u16(), 201 | 204);
        assert!(is_done, "{transition} of {id}: {} {}", answer.0, answer.1);
        self.moved(id).await;
    }

    /// Everything a transition could need, as one request.
    pub(super) fn request(&self, transition: &str, version: i64) -> Json {
        let mut body =
            json!({"transition": transition, "expected_version": version, "motive": "Une raison"});
        let more = match transition {
            "T04" => json!({"in_scope": true, "is_complete": true}),
            "T05" | "T11" | "T16" => {
                json!({"reason": "unclear", "points": ["Un point"], "due_on": self.day(30)})
            }
            "T07" => json!({"chantier_id": "CH3"}),
            "T14" | "T19" => json!({"lead_unit_id": "dir-a"}),
            "T15" => {
                json!({"lead_unit_id": "dir-a", "rank": 1, "ceilings": [{"code": "CREER", "year": 2027, "amount_cents": 400_000}]})
            }
            "T24" => json!({"starts_on": self.day(0), "report": "Le lieu est ouvert."}),
            "T25" => json!({"review_on": self.day(30)}),
            "T08" => json!({"meeting_id": *self.meeting.lock().expect("not poisoned")}),
            _ => json!({}),
        };
        for (name, value) in more.as_object().expect("an object") {
            body[name] = value.clone();
        }
        body
    }

    /// Asks for a transition with everything it needs.
    pub(super) async fn press(&self, id: &str, person: &str, transition: &str) -> Answer {
        let version = self.standing(id).await.version;
        let body = self.request(transition, version);
        self.post(id, person, body).await
    }

    pub(super) async fn post(&self, id: &str, person: &str, body: Json) -> Answer {
        let path = format!("/api/proposals/{id}/transitions");
        self.world.post(person, &path, body).await
    }

    /// What may be done, as this person reads it.
    pub(super) async fn list(&self, id: &str, person: &str) -> Answer {
        let path = format!("/api/proposals/{id}/transitions");
        self.world.get(person, &path).await
    }

    /// Until every version is sealed.
    pub(super) async fn sealed(&self) {
        until("the versions are sealed", || async {
            let open = "select count(*) from version where sealed_at_ms is null";
            (self.world.count(open).await == 0).then_some(())
        })
        .await;
    }

    /// Notes where a proposal stands now.
    pub(super) async fn moved(&self, id: &str) {
        let stage = self.standing(id).await.stage;
        let mut made = self.made.lock().expect("not poisoned");
        let one = made.iter_mut().find(|one| one.id == id);
        one.expect("made here").stage = stage;
    }

    /// It changed its chantier: who may read it is no longer in the table.
    pub(super) fn left(&self, id: &str) {
        let mut made = self.made.lock().expect("not poisoned");
        made.retain(|one| one.id != id);
    }

    /// How a proposal stands, and everything.
    pub(super) async fn standing(&self, id: &str) -> Standing {
        let mut tx = self.world.store.read().await.expect("reads");
        let own = tx.row(OWN, &[Value::from(id)]).await;
        let own = own.expect("reads").expect("a proposal");
        let all = tx.row(EVERYTHING, &[]).await.expect("reads");
        let all = all.expect("a row");
        let int = |at: usize| own.int(at).expect("a number");
        Standing {
            stage: own.text(0).expect("a stage"),
            version: int(1),
            round: int(2),
            epoch: int(3),
            acts: int(4),
            versions: int(5),
            pending: int(6),
            everything: (0..EVERYTHING_COUNT).map(|at| number(&all, at)).collect(),
        }
    }

    /// Panics when an answer names something that this role may not read.
    #[track_caller]
    pub(super) fn shows_nothing_hidden(&self, role: &str, person: &str, answer: &Answer) {
        let text = answer.1.to_string();
        if !matches!(person, "receiver" | "elsewhere") {
            for word in SECRET {
                assert!(!text.contains(word), "{person} reads {word}: {text}");
            }
        }
        for made in self.made.lock().expect("not poisoned").iter() {
            // A title holds the id, and so does the document's.
            let is_shown = text.contains(&made.id);
            let may_read = self.reviewed.reads(&made.stage, role);
            assert!(!is_shown || may_read, "{person} reads {}: {text}", made.id);
        }
    }
}

fn number(row: &Row, at: usize) -> i64 {
    row.int(at).expect("a number")
}

/// One proposal.
const OWN: &str = "select p.stage, p.version, p.round, d.epoch,
    (select count(*) from journal j where j.proposal_id = p.proposal_id and j.act <> 'sealed'),
    (select count(*) from version v where v.proposal_id = p.proposal_id),
    (select count(*) from pending_move m where m.proposal_id = p.proposal_id and m.closed_at_ms is null)
    from proposal p join document d on d.document_id = p.document_id where p.proposal_id = $1";

/// How many numbers [`EVERYTHING`] gives.
const EVERYTHING_COUNT: usize = 17;

/// All of them: what changes by an act changes one of these.
const EVERYTHING: &str = "select
    (select count(*) from proposal), (select cast(sum(version) as bigint) from proposal),
    (select cast(sum(round) as bigint) from proposal), (select cast(sum(updated_at_ms) as bigint) from proposal),
    (select cast(sum(stage_since_ms) as bigint) from proposal),
    (select count(*) from proposal where number is not null),
    (select count(*) from proposal where receiving_chantier_id is not null),
    (select cast(sum(epoch + head_seq) as bigint) from document),
    (select count(*) from journal where act <> 'sealed'), (select count(*) from version), (select count(*) from work_item),
    (select count(*) from pending_move), (select count(*) from pending_move where closed_at_ms is null),
    (select count(*) from agenda_item where withdrawn_at_ms is null),
    (select count(*) from opinion where voided_at_ms is null and given_at_ms is null),
    (select count(*) from completion_request where answered_at_ms is null),
    (select count(*) from proposal_link where answered_at_ms is null)";
