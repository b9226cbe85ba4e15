//! After a decision: it never changes, another corrects it; its conditions are lifted one by one.

use chantier::store::Value;
use serde_json::{Value as Json, json};

use super::{Desk, faults, moved};
use crate::support::on_both_databases;
use crate::support::world::{Answer, assert_problem};

const DECISION: &str = "/api/proposals/pro/decision";
const DECISIONS: &str = "/api/proposals/pro/decisions";
const CONFIRMATION: &str = "/api/proposals/pro/decision/confirmation";

/// An action approved under two conditions.
async fn approved(database: &crate::support::database::Database) -> Desk {
    let desk = Desk::new(database).await;
    desk.complete("pro").await;
    let conditions = json!([
        { "text": "Produire le bail sign\u{e9}", "due_on": desk.day(10), "blocking": true },
        { "text": "Nommer l'\u{e9}valuateur", "due_on": desk.day(20) },
    ]);
    let change = json!({ "value": "approved_with_conditions", "conditions": conditions });
    desk.prepare("region_validator", "pro", change).await;
    moved(
        &desk
            .act("second", "pro", json!({ "transition": "T20" }))
            .await,
        "approved_conditional",
    );
    desk
}

async fn lift(desk: &Desk, person: &str, condition: &Json) -> Answer {
    let id = condition["condition_id"].as_str().expect("an id");
    let body = json!({ "evidence": "Bail dat\u{e9} du 3, vers\u{e9} au dossier", "expected_version": condition["version"] });
    desk.put(person, &format!("/api/proposals/pro/conditions/{id}"), body)
        .await
}

on_both_databases! {
    async fn the_database_itself_refuses_to_change_a_confirmed_decision(database: Database) {
        let desk = approved(&database).await;
        for sql in [
            "update decision set title = 'Autre' where proposal_id = 'pro'",
            "delete from decision where proposal_id = 'pro'",
            "update decision_amount set amount_cents = 1",
            "delete from decision_amount",
            "insert into decision_amount (decision_id, code, year, amount_cents) select decision_id, 'FEE', 2026, 1 from decision",
        ] {
            let mut tx = desk.world.store.write().await.expect("writes");
            let none: [Value; 0] = [];
            assert!(tx.run(sql, &none).await.is_err(), "{sql}");
        }
    }

    async fn conditions_are_lifted_one_by_one_and_t22_waits_for_the_last(database: Database) {
        let desk = approved(&database).await;
        let conditions = desk.get("owner", DECISIONS).await["decisions"][0]["conditions"].clone();
        assert_problem(&lift(&desk, "owner", &conditions[0]).await, 403, "role_missing");
        let path = format!("/api/proposals/pro/conditions/{}", conditions[0]["condition_id"].as_str().expect("an id"));
        let bare = json!({ "evidence": " ", "expected_version": 1 });
        assert_eq!(faults(&desk.put("region_instructor", &path, bare).await)[0].0, "evidence");
        assert_eq!(lift(&desk, "region_instructor", &conditions[0]).await.0, 204);
        assert_problem(&lift(&desk, "region_instructor", &conditions[0]).await, 409, "version_changed");
        assert_problem(&desk.act("region_validator", "pro", json!({ "transition": "T22" })).await, 403, "conditions_open");
        desk.later(21);
        let page = desk.get("owner", DECISIONS).await;
        let second = &page["decisions"][0]["conditions"][1];
        assert_eq!((&second["is_overdue"], &second["blocking"]), (&true.into(), &false.into()));
        assert_eq!(lift(&desk, "region_validator", second).await.0, 204, "overdue: flagged only");
        moved(&desk.act("region_validator", "pro", json!({ "transition": "T22" })).await, "approved");
    }

    async fn a_correction_supersedes_the_decision_that_stays_beside_it(database: Database) {
        let desk = approved(&database).await;
        let first = desk.get("owner", DECISIONS).await["decisions"][0].clone();
        assert_eq!(lift(&desk, "region_instructor", &first["conditions"][0]).await.0, 204);
        let correction = |change: Json| {
            let mut body = desk.decision(json!({
                "kind": "rectification", "rectifies_id": first["decision_id"], "value": "approved_with_conditions",
                "title": "Titre corrig\u{e9}",
                "conditions": [{ "text": "Produire le bail sign\u{e9}", "due_on": desk.day(10), "blocking": true }],
            }));
            for (field, value) in change.as_object().expect("fields") {
                body[field] = value.clone();
            }
            body
        };
        let other = correction(json!({ "value": "approved", "conditions": [] }));
        assert_eq!(faults(&desk.put("region_validator", DECISION, other).await), [("value".into(), "rectification_changes_value".into())]);
        let unknown = correction(json!({ "rectifies_id": "nothing" }));
        assert_eq!(faults(&desk.put("region_validator", DECISION, unknown).await), [("rectifies_id".into(), "unknown".into())]);
        let (status, sheet) = desk.put("region_validator", DECISION, correction(json!({}))).await;
        assert_eq!(status, 200, "{sheet}");
        let confirm = json!({ "expected_version": sheet["preparation"]["version"] });
        assert_problem(&desk.world.post("region_validator", CONFIRMATION, confirm.clone()).await, 403, "own_preparation");
        let stale = json!({ "expected_version": 99 });
        assert_problem(&desk.world.post("second", CONFIRMATION, stale).await, 409, "version_changed");
        assert_eq!(desk.world.post("second", CONFIRMATION, confirm.clone()).await.0, 204);
        assert_problem(&desk.world.post("second", CONFIRMATION, confirm).await, 409, "version_changed");
        let page = desk.get("owner", DECISIONS).await;
        assert_eq!(page["decisions"][0]["rectified_by_id"], page["decisions"][1]["decision_id"]);
        assert!(page["decisions"][1]["conditions"][0]["lifted_at_ms"].is_i64(), "said again, it stays lifted");
        assert_eq!(desk.get("owner", "/api/proposals/pro").await["stage"], "approved_conditional");
        let sheet = desk.get("region_instructor", DECISION).await;
        assert_eq!(sheet["envelopes"][0]["left_cents"], 50_000, "counted once");
    }

    async fn a_change_of_an_action_adds_to_what_its_envelope_gave(database: Database) {
        let desk = approved(&database).await;
        let change = |cents: i64| json!({ "kind": "addendum", "deliberation_ref": "CP-2026-102", "motive": "Une seconde tranche", "amounts": [{ "code": "CREER", "year": 2026, "amount_cents": cents }] });
        let over = desk.put("region_validator", DECISION, desk.decision(change(50_001))).await;
        assert_eq!(faults(&over), [("amounts".into(), "envelope_overrun".into())], "50 000 are this action's already");
        let sheet = desk.prepare("region_validator", "pro", change(50_000)).await;
        let confirm = json!({ "expected_version": sheet["preparation"]["version"] });
        assert_eq!(desk.world.post("second", CONFIRMATION, confirm).await.0, 204);
        assert_eq!(desk.get("second", DECISION).await["envelopes"][0]["left_cents"], 0);
    }
}
