//! The Region's desk through the API, on both databases: a file reviewed and read by other directions, a decision
//! prepared by one validator and confirmed by another, corrected, its conditions lifted.

mod decisions;
mod later;
mod review;

use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::{Value as Json, json};

use crate::support::database::Database;
use crate::support::world::{Answer, World};

const DAY_MS: i64 = 86_400_000;

/// A world with two directions, two envelopes, a second validator, and a file the Region has just received.
pub(crate) struct Desk {
    pub(crate) world: World,
    moved_ms: &'static AtomicI64,
}

impl Desk {
    pub(crate) async fn new(database: &Database) -> Self {
        let moved_ms: &'static AtomicI64 = Box::leak(Box::default());
        let world = World::moving(database, moved_ms).await;
        world.sql("insert into region_unit (region_unit_id, kind, title) values ('dir-eco', 'direction', 'Direction de l''\u{e9}conomie'), ('dir-num', 'direction', 'Direction du num\u{e9}rique')").await;
        world.sql("insert into envelope (envelope_id, year, code, label, amount_cents, parent_id, requested_cents, arbitrated_cents, decided_cents, committed_cents) values ('env-1', 2026, 'CREER', 'CREER', 100000, null, 0, 0, 0, 0)").await;
        world.sql("insert into envelope (envelope_id, year, code, label, amount_cents, parent_id, requested_cents, arbitrated_cents, decided_cents, committed_cents) values ('env-2', 2026, 'FEE', 'FEE', 10000, 'env-1', 0, 0, 0, 0)").await;
        for (person, role) in [
            ("second", "region_validator"),
            ("reader", "region_instructor"),
        ] {
            world.person(person, "org-a").await;
            world.mandate(person, role, "body-region").await;
        }
        world.sql("update mandate set region_unit_id = 'dir-eco' where person_id = 'region_instructor'").await;
        world
            .sql("update mandate set region_unit_id = 'dir-num' where person_id = 'reader'")
            .await;
        let desk = Self { world, moved_ms };
        desk.file("pro").await;
        desk
    }

    /// A proposal that asks 60 000 cents, retained by the committee with a ceiling of 50 000: at the Region.
    pub(crate) async fn file(&self, id: &str) {
        self.world.proposal(id, "at_copil").await;
        self.world.run("insert into envelope_request (envelope_request_id, proposal_id, code, year, amount_cents, version) values ($1, $2, 'CREER', 2026, 60000, 1)", &[&format!("req-{id}"), id]).await;
        let retained = json!({
            "transition": "T15", "motive": "Retenue par le comit\u{e9}", "rank": 1, "lead_unit_id": "dir-eco",
            "ceilings": [{ "code": "CREER", "year": 2026, "amount_cents": 50_000 }],
        });
        moved(
            &self.act("copil_secretary", id, retained).await,
            "at_region",
        );
    }

    pub(crate) fn later(&self, days: i64) {
        self.moved_ms.fetch_add(days * DAY_MS, Ordering::Relaxed);
    }

    /// An ISO day so many days from today.
    pub(crate) fn day(&self, days: i64) -> String {
        self.world.store.today().plus_days(days).as_str().to_owned()
    }

    /// A transition with the version as it is now.
    pub(crate) async fn act(&self, person: &str, id: &str, mut with: Json) -> Answer {
        let (_, read) = self
            .world
            .get(person, &format!("/api/proposals/{id}"))
            .await;
        let stored = self.version(id).await;
        with["expected_version"] = read["version"].as_i64().unwrap_or(stored).into();
        let path = format!("/api/proposals/{id}/transitions");
        self.world.post(person, &path, with).await
    }

    /// The counter of a proposal.
    pub(crate) async fn version(&self, id: &str) -> i64 {
        let (_, read) = self
            .world
            .get("owner", &format!("/api/proposals/{id}"))
            .await;
        read["version"].as_i64().expect("a version")
    }

    pub(crate) async fn get(&self, person: &str, path: &str) -> Json {
        let (status, body) = self.world.get(person, path).await;
        assert_eq!(status, 200, "{person} {path}: {body}");
        body
    }

    pub(crate) async fn put(&self, person: &str, path: &str, body: Json) -> Answer {
        self.world.ask("PUT", person, path, Some(body)).await
    }

    /// Every point of the checklist is there.
    pub(crate) async fn complete(&self, id: &str) {
        let path = format!("/api/proposals/{id}/review");
        let page = self.get("region_instructor", &path).await;
        let checks = page["review"]["checks"].as_array().expect("checks");
        let found: Vec<Json> = checks
            .iter()
            .map(|check| json!({ "item": check["item"], "state": "ok" }))
            .collect();
        let body = json!({
            "expected_version": page["review"]["version"], "checks": found, "is_complete": true,
        });
        let (status, body) = self.put("region_instructor", &path, body).await;
        assert_eq!(status, 200, "{body}");
    }

    /// A decision without a fault, with these fields changed.
    pub(crate) fn decision(&self, change: Json) -> Json {
        let mut body = json!({
            "value": "approved", "organ": "Commission permanente", "deliberation_ref": "CP-2026-101",
            "title": "Titre de la d\u{e9}lib\u{e9}ration", "decided_on": self.day(0),
            "amounts": [{ "code": "CREER", "year": 2026, "amount_cents": 50_000 }],
        });
        for (field, value) in change.as_object().expect("fields") {
            body[field] = value.clone();
        }
        body
    }

    /// Prepares a decision without a fault; the sheet it answers.
    pub(crate) async fn prepare(&self, person: &str, id: &str, change: Json) -> Json {
        let path = format!("/api/proposals/{id}/decision");
        let (status, body) = self.put(person, &path, self.decision(change)).await;
        assert_eq!(status, 200, "{body}");
        body
    }
}

#[track_caller]
pub(crate) fn moved(answer: &Answer, stage: &str) {
    assert_eq!(
        (answer.0.as_u16(), &answer.1["stage"]),
        (201, &stage.into()),
        "{}",
        answer.1
    );
}

/// What a problem says of each field.
pub(crate) fn faults(answer: &Answer) -> Vec<(String, String)> {
    assert_eq!(answer.0, 422, "{}", answer.1);
    let errors = answer.1["errors"].as_array().expect("errors");
    let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    errors
        .iter()
        .map(|error| (text(&error["field"]), text(&error["code"])))
        .collect()
}
