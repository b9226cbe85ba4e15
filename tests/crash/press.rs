//! One person of the kills among moves: an act after the other on proposals as they stand, by whomever it
//! takes, until the server is gone; every request that has a place in the journal is in the ledger first.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use chantier::clock::Clock;
use chantier::rules::day::Day;
use serde_json::{Value, json};

use super::steps::Pressed;
use crate::support::database::Database;
use crate::support::editor::Random;
use crate::support::workspace::token;

/// What was asked of the server since the proposals were laid.
pub(super) type Ledger = Arc<Mutex<Vec<Pressed>>>;

/// One person's requests until the server dies.
pub(super) struct Person {
    pub(super) database: Arc<Database>,
    pub(super) client: reqwest::Client,
    pub(super) address: SocketAddr,
    pub(super) proposals: Vec<String>,
    pub(super) ledger: Ledger,
    pub(super) random: Random,
    /// In the names of requests.
    pub(super) life: String,
}

/// An act: who, its name in the journal, what is given beside.
type Choice = (&'static str, &'static str, Value);

/// A proposal as a person finds it.
struct Found<'a> {
    proposal: &'a str,
    stage: &'a str,
    version: i64,
    name: String,
}

impl Person {
    /// Sends requests until the server is gone.
    pub(super) async fn press_on(mut self) {
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
        let found = Found {
            proposal,
            stage,
            version,
            name,
        };
        let dice = self.random.below(8);
        match stage {
            "drafting" | "submitted" | "in_commission" | "frozen" | "opinion_given"
            | "withdrawn" | "closed" | "at_copil" => {
                let choice = self.commission(stage, dice);
                self.go(&found, choice).await
            }
            "at_region" if dice < 2 => self.check(&found).await,
            "at_region" if dice < 5 => self.prepare(&found, "initial", None).await,
            "at_region" => self.confirm(&found).await,
            "rejected" | "completed" | "abandoned" => self.correct(&found).await,
            _ if dice == 0 => self.correct(&found).await,
            _ => self.follow(&found, dice).await,
        }
    }

    /// Up to the Region's desk.
    fn commission(&self, stage: &str, dice: u64) -> Choice {
        let day = |days| day(days);
        let sent_back = json!({"reason": "unclear", "points": ["Un point"], "due_on": day(30)});
        match (stage, dice) {
            ("drafting", _) => ("ada", "T03", json!({})),
            ("submitted", 0 | 1) => ("rea", "T05", sent_back),
            ("submitted", _) => ("rea", "T04", json!({"in_scope": true, "is_complete": true})),
            ("in_commission", 0) | ("opinion_given", 0) => ("ada", "T28", json!({})),
            ("in_commission", _) => ("eve", "T08", json!({"closes_on": day(20)})),
            ("frozen", 0) => ("eve", "T09", json!({})),
            ("frozen", 1..=3) => ("rea", "opinion_prepared", json!({})),
            ("frozen", 4 | 5) => ("eve", "opinion_signed", json!({})),
            ("frozen", _) => ("rea", "T10", json!({})),
            ("opinion_given", 1..=3) => ("eve", "T12", json!({})),
            ("opinion_given" | "closed", 4) => ("val", "T19", json!({"lead_unit_id": "dir-1"})),
            ("opinion_given", _) => ("eve", "T13", json!({})),
            ("at_copil", 0) => ("cop", "T16", sent_back),
            ("at_copil", 1) => ("cop", "T17", json!({})),
            ("at_copil", 2) => ("cop", "T18", json!({})),
            ("at_copil", 3) => ("vic", "T19", json!({"lead_unit_id": "dir-1"})),
            ("at_copil", _) => {
                let ceilings = json!([{"code": "CREER", "year": 2027, "amount_cents": 400_000}]);
                let more = json!({"lead_unit_id": "dir-1", "rank": 1, "ceilings": ceilings});
                ("cop", "T15", more)
            }
            ("withdrawn" | "closed", 0..=3) => ("ada", "T32", json!({})),
            ("withdrawn" | "closed", _) => ("rea", "T32", json!({})),
            _ => panic!("nobody goes to {stage}"),
        }
    }

    /// A transition, or an opinion.
    async fn go(&self, found: &Found<'_>, (who, act, more): Choice) -> Option<()> {
        let page = format!("/api/proposals/{}", found.proposal);
        if act == "opinion_signed" {
            let body = json!({"expected_version": 1});
            let path = format!("{page}/opinions/signature");
            return self.ask("POST", who, &path, Some(body)).await.map(|_| ());
        }
        let (method, path, mut body) = if act == "opinion_prepared" {
            // The last day of the consultation is over.
            let sql = format!(
                "update written_consultation set closes_on = '2021-01-01' where closed_at_ms is null and proposal_id = '{}'",
                found.proposal
            );
            self.database.execute_owned(sql).await;
            let body = json!({"value": "favourable", "mode": "consensus"});
            ("PUT", "/opinions", body)
        } else {
            let body = json!({"transition": act, "expected_version": found.version});
            ("POST", "/transitions", body)
        };
        body["motive"] = found.name.clone().into();
        for (field, value) in more.as_object()? {
            body[field] = value.clone();
        }
        self.tell(found, act, (method, who, path), body).await
    }

    /// The file is found complete.
    async fn check(&self, found: &Found<'_>) -> Option<()> {
        let path = format!("/api/proposals/{}/review", found.proposal);
        let read = self.ask("GET", "ivy", &path, None).await?;
        // It may have left meanwhile.
        let Some(body) = checked(&read.1["review"]) else {
            return Some(());
        };
        self.ask("PUT", "ivy", &path, Some(body)).await.map(|_| ())
    }

    /// A decision is prepared by one of the validators: sent back, approved or refused; or given up.
    async fn prepare(
        &mut self,
        found: &Found<'_>,
        kind: &str,
        corrects: Option<&Value>,
    ) -> Option<()> {
        let path = format!("/api/proposals/{}/decision", found.proposal);
        let read = self.ask("GET", "val", &path, None).await?;
        if corrects.is_none() && self.random.below(6) == 0 {
            let version = read.1["preparation"]["version"].as_i64().unwrap_or(1);
            let path = format!("/decision?expected_version={version}");
            let request = ("DELETE", "vic", path.as_str());
            return self
                .tell(found, "decision_given_up", request, json!({}))
                .await;
        }
        let values = [
            "approved",
            "approved",
            "approved",
            "approved_with_conditions",
            "approved_with_conditions",
            "returned",
            "returned",
            "rejected",
        ];
        let drawn = values[self.random.below(8) as usize];
        let value = corrects.map_or(drawn, |one| one["value"].as_str().unwrap_or(drawn));
        let mut body = json!({
            "kind": kind, "value": value, "organ": "Commission permanente", "title": found.name,
            "deliberation_ref": found.name, "decided_on": day(0), "motive": "Un motif",
            "expected_version": read.1["preparation"]["version"],
        });
        if let Some(one) = corrects {
            body["rectifies_id"] = one["decision_id"].clone();
        }
        if value.starts_with("approved") {
            body["amounts"] = json!([{"code": "CREER", "year": 2027, "amount_cents": 400_000}]);
        }
        if value == "approved_with_conditions" {
            body["conditions"] = json!([{"text": "Un bail", "due_on": day(9), "blocking": true}]);
        }
        if value == "returned" {
            body["points"] = json!(["Un point"]);
            body["reason"] = "funding".into();
            body["due_on"] = day(9).into();
        }
        let who = ["val", "vic"][self.random.below(2) as usize];
        self.tell(found, "decision_prepared", ("PUT", who, "/decision"), body)
            .await
    }

    /// What is prepared is confirmed by the other validator, now and then by the same one in vain.
    async fn confirm(&mut self, found: &Found<'_>) -> Option<()> {
        let path = format!("/api/proposals/{}/decision", found.proposal);
        let read = self.ask("GET", "val", &path, None).await?;
        let preparation = &read.1["preparation"];
        let Some(value) = preparation["value"].as_str() else {
            return self.check(found).await;
        };
        let is_vain = self.random.below(6) == 0;
        let who = if (preparation["prepared_by"] == "per-val") == is_vain {
            "val"
        } else {
            "vic"
        };
        let act = if value == "returned" { "T21" } else { "T20" };
        self.go(found, (who, act, json!({}))).await
    }

    /// A decision is corrected: prepared, then confirmed, as long as one likes.
    async fn correct(&mut self, found: &Found<'_>) -> Option<()> {
        let page = format!("/api/proposals/{}", found.proposal);
        let sheet = self
            .ask("GET", "val", &format!("{page}/decision"), None)
            .await?;
        let preparation = &sheet.1["preparation"];
        if preparation.is_object() {
            let who = if preparation["prepared_by"] == "per-val" {
                "vic"
            } else {
                "val"
            };
            let body = json!({"expected_version": preparation["version"]});
            let request = ("POST", who, "/decision/confirmation");
            return self.tell(found, "decision_rectified", request, body).await;
        }
        let list = self
            .ask("GET", "val", &format!("{page}/decisions"), None)
            .await?;
        let Some(last) = in_force(&list.1) else {
            return Some(());
        };
        self.prepare(found, "rectification", Some(&last)).await
    }

    /// An action on its way.
    async fn follow(&mut self, found: &Found<'_>, dice: u64) -> Option<()> {
        let reports = json!({"starts_on": day(0), "report": "Un d\u{e9}but."});
        let choice = match (found.stage, dice) {
            ("approved" | "approved_conditional", 1 | 2) => {
                let body = json!({"kind": "none", "motive": found.name});
                let request = ("POST", "ivy", "/agreements");
                return self.tell(found, "agreement_recorded", request, body).await;
            }
            ("approved_conditional", 3 | 4) => return self.lift(found).await,
            ("approved_conditional", 5) => ("vic", "T22", json!({})),
            ("approved" | "approved_conditional", _) => ("ivy", "T23", json!({})),
            ("committed", 1) => ("ada", "T27", json!({})),
            ("committed", _) => ("ada", "T24", reports),
            ("in_progress", 1 | 2) => return self.report(found).await,
            ("in_progress", 3) => ("ivy", "T25", json!({"review_on": day(9)})),
            ("in_progress", 4 | 5) => ("ada", "T26", json!({})),
            ("in_progress", _) => ("ivy", "T26", json!({})),
            ("suspended", 1) => ("ivy", "T27", json!({})),
            ("suspended", _) => ("ivy", "T25", json!({})),
            (stage, _) => panic!("nobody goes to {stage}"),
        };
        self.go(found, choice).await
    }

    async fn lift(&self, found: &Found<'_>) -> Option<()> {
        let path = format!("/api/proposals/{}/decisions", found.proposal);
        let list = self.ask("GET", "ivy", &path, None).await?;
        let Some(open) = open_condition(&list.1) else {
            return Some(());
        };
        let id = open["condition_id"].as_str().unwrap_or_default();
        let path = format!("/conditions/{id}");
        let body = json!({"evidence": found.name, "expected_version": open["version"]});
        self.tell(found, "condition_lifted", ("PUT", "ivy", &path), body)
            .await
    }

    /// The final report is given.
    async fn report(&self, found: &Found<'_>) -> Option<()> {
        let value = json!([{"indicator_id": format!("ind-{}", found.proposal), "value": "4"}]);
        let body = json!({"progress": 100, "spent_cents": 100, "body": found.name, "evidence": "Un registre", "values": value});
        let request = ("POST", "ada", "/reports/final/submission");
        self.tell(found, "report_given", request, body).await
    }

    /// A request that has its place in the journal: in the ledger before it is sent, with its answer after.
    async fn tell(
        &self,
        found: &Found<'_>,
        act: &'static str,
        (method, who, path): (&str, &str, &str),
        body: Value,
    ) -> Option<()> {
        let pressed = Pressed {
            name: found.name.clone(),
            proposal: found.proposal.to_owned(),
            act,
            version: found.version,
            answer: None,
        };
        let at = {
            let mut ledger = self.ledger.lock().expect("not poisoned");
            ledger.push(pressed);
            ledger.len() - 1
        };
        let path = format!("/api/proposals/{}{path}", found.proposal);
        let (status, _) = self.ask(method, who, &path, Some(body)).await?;
        self.ledger.lock().expect("not poisoned")[at].answer = Some(status);
        Some(())
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

/// An ISO day so many days from today.
fn day(days: i64) -> String {
    let today = Day::in_paris(Clock::default().now().ms());
    today.plus_days(days).as_str().to_owned()
}

/// Every point of a review is there.
fn checked(review: &Value) -> Option<Value> {
    let points = review["checks"].as_array()?.iter();
    let points = points.map(|one| json!({"item": one["item"], "state": "ok"}));
    let checks: Vec<Value> = points.collect();
    Some(json!({"expected_version": review["version"], "is_complete": true, "checks": checks}))
}

/// The last decision that nothing corrects.
fn in_force(list: &Value) -> Option<Value> {
    let mut all = list["decisions"].as_array()?.iter();
    all.rfind(|one| one["rectified_by_id"].is_null()).cloned()
}

/// The first condition of it that is not lifted.
fn open_condition(list: &Value) -> Option<Value> {
    let decision = in_force(list)?;
    let mut all = decision["conditions"].as_array()?.iter();
    all.find(|one| one["lifted_at_ms"].is_null()).cloned()
}
