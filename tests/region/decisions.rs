//! A decision, from its preparation to its confirmation by somebody else.

use serde_json::{Value as Json, json};

use super::{Desk, faults, moved};
use crate::support::on_both_databases;
use crate::support::world::assert_problem;

const DECISION: &str = "/api/proposals/pro/decision";

/// The commission's opinion was given on this day.
async fn opinion_on(desk: &Desk, day: &str) {
    desk.world.sql("insert into version (version_id, proposal_id, rank, reason, round, document_id, lineage, document_seq, title, summary, sheet, opened_at_ms) values ('ver', 'pro', 90, 'freeze', 1, 'doc-pro', 'l', 0, 't', 's', '{}', 1)").await;
    desk.world.run("insert into opinion (opinion_id, proposal_id, body_id, version_id, round, value, mode, seat_count, heard_on, prepared_by, prepared_at_ms, given_at_ms, version) values ('opi', 'pro', 'body-CH1', 'ver', 1, 'favourable', 'consensus', 3, $1, 'facilitator', 1, 1, 1)", &[day]).await;
}

on_both_databases! {
    async fn each_fault_is_named_at_its_field_and_all_at_once(database: Database) {
        let desk = Desk::new(&database).await;
        desk.file("other").await;
        desk.prepare("region_validator", "other", json!({ "deliberation_ref": "CP-2026-7", "amounts": [{ "code": "CREER", "year": 2026, "amount_cents": 45_000 }] })).await;
        desk.complete("other").await;
        moved(&desk.act("second", "other", json!({ "transition": "T20" })).await, "approved");
        opinion_on(&desk, &desk.day(-2)).await;
        let condition = |due: String| json!([{ "text": "Produire le bilan", "due_on": due, "blocking": true }]);
        let money = |code: &str, cents: i64| json!([{ "code": code, "year": 2026, "amount_cents": cents }]);
        let cases: Vec<(Json, &str, &str)> = vec![
            (json!({ "decided_on": desk.day(-3) }), "decided_on", "decision_before_opinion"),
            (json!({ "transmitted_on": desk.day(-1) }), "transmitted_on", "transmitted_before_decision"),
            (json!({ "enforceable_on": desk.day(1) }), "enforceable_on", "enforceable_before_transmission"),
            (json!({ "deliberation_ref": "CP-2026-7" }), "deliberation_ref", "deliberation_used"),
            (json!({ "value": "rejected", "motive": "Hors du programme" }), "amounts", "amounts_unwanted"),
            (json!({ "amounts": [{ "code": "CREER", "year": 2031, "amount_cents": 100 }] }), "amounts", "envelope_unknown"),
            (json!({ "amounts": money("CREER", 60_001), "motive": "Davantage", "override_motive": "Voulu" }), "amounts", "amount_over_request"),
            (json!({ "amounts": money("CREER", 55_001), "motive": "Davantage" }), "amounts", "envelope_overrun"),
            (json!({ "value": "approved_with_conditions" }), "conditions", "conditions_missing"),
            (json!({ "conditions": condition(desk.day(9)) }), "conditions", "conditions_unwanted"),
            (json!({ "value": "approved_with_conditions", "conditions": condition(desk.day(0)) }), "conditions", "condition_due_past"),
            (json!({ "value": "rejected", "amounts": [] }), "motive", "motive_missing"),
            (json!({ "amounts": money("CREER", 50_001) }), "motive", "departure_unmotivated"),
            (json!({ "value": "returned", "amounts": [], "motive": "Incomplet", "due_on": desk.day(9) }), "points", "questions_missing"),
            (json!({ "value": "returned", "amounts": [], "motive": "Incomplet", "points": ["Le budget"] }), "due_on", "return_due_past"),
        ];
        for (change, field, code) in cases {
            let answer = desk.put("region_validator", DECISION, desk.decision(change.clone())).await;
            assert_eq!(faults(&answer), [(field.into(), code.into())], "{change}");
        }
        let all = desk.decision(json!({ "value": "rejected", "decided_on": desk.day(-3), "transmitted_on": desk.day(-4) }));
        let answer = desk.put("region_validator", DECISION, all).await;
        assert_eq!(faults(&answer).len(), 4, "{}", answer.1);
        assert!(desk.get("region_validator", DECISION).await["preparation"].is_null(), "nothing was kept");
        desk.prepare("region_validator", "pro", json!({ "amounts": money("CREER", 55_001), "motive": "Davantage", "override_motive": "L'assembl\u{e9}e l'a voulu" })).await;
    }

    async fn t20_takes_two_validators_once_and_is_told_to_who_worked_on_it(database: Database) {
        let desk = Desk::new(&database).await;
        assert_problem(&desk.put("region_instructor", DECISION, desk.decision(json!({}))).await, 403, "role_missing");
        assert_problem(&desk.world.get("owner", DECISION).await, 403, "role_missing");
        let sheet = desk.prepare("region_validator", "pro", json!({})).await;
        assert_eq!((&sheet["is_own"], &sheet["advice"]), (&true.into(), &"retained".into()));
        assert_eq!(sheet["envelopes"][0]["left_cents"], 100_000);
        // Somebody else sees it, and does not write over it without having read it.
        let seen = desk.get("second", DECISION).await;
        assert_eq!((&seen["is_own"], &seen["preparation"]["prepared_by"]), (&false.into(), &"region_validator".into()));
        assert_problem(&desk.put("second", DECISION, desk.decision(json!({}))).await, 409, "version_changed");
        let confirm = json!({ "transition": "T20" });
        assert_problem(&desk.act("second", "pro", confirm.clone()).await, 403, "review_incomplete");
        desk.complete("pro").await;
        assert_problem(&desk.act("region_validator", "pro", confirm.clone()).await, 403, "own_preparation");
        assert_problem(&desk.act("region_instructor", "pro", confirm.clone()).await, 403, "role_missing");
        assert_eq!(desk.act("admin", "pro", confirm.clone()).await.0, 404);
        // What is confirmed is what was read: a preparation changed meanwhile makes the confirmation stale.
        let read = desk.version("pro").await;
        let version = seen["preparation"]["version"].clone();
        desk.prepare("region_validator", "pro", json!({ "title": "Un autre titre", "expected_version": version })).await;
        let stale = json!({ "transition": "T20", "expected_version": read });
        assert_problem(&desk.world.post("second", "/api/proposals/pro/transitions", stale).await, 409, "version_changed");
        let fresh = json!({ "transition": "T20", "expected_version": desk.version("pro").await });
        let path = "/api/proposals/pro/transitions";
        moved(&desk.world.post("second", path, fresh.clone()).await, "approved");
        assert_problem(&desk.world.post("second", path, fresh).await, 409, "version_changed");
        assert_eq!(desk.world.count("select count(*) from decision where confirmed_at_ms is not null").await, 1);
        let page = desk.get("contributor", "/api/proposals/pro/decisions").await;
        let decision = &page["decisions"][0];
        assert_eq!((&decision["title"], &decision["confirmed_by"]), (&"Un autre titre".into(), &"second".into()));
        assert!(decision["version_id"].is_string() && page["is_news"] == true, "{page}");
        assert_eq!(page["arbitrations"][0]["ceilings"][0]["amount_cents"], 50_000);
        assert!(desk.get("owner", "/api/proposals/pro").await["action_number"].is_string());
        let told = async || {
            let mine = desk.get("contributor", "/api/desk").await;
            mine["items"].as_array().expect("items").iter().any(|item| item["kind"] == "decided")
        };
        assert!(told().await);
        assert_eq!(desk.put("contributor", "/api/proposals/pro/decisions/notice", Json::Null).await.0, 204);
        assert!(!told().await);
        assert_eq!(desk.get("region_instructor", "/api/region/desk?status=decided").await["files"][0]["decision"]["amount_cents"], 50_000);
    }

    async fn an_ended_mandate_confirms_nothing_and_the_preparation_stays(database: Database) {
        let desk = Desk::new(&database).await;
        desk.complete("pro").await;
        desk.prepare("region_validator", "pro", json!({})).await;
        let version = desk.version("pro").await;
        desk.world.run("update mandate set valid_to = $1 where person_id = 'second'", &[&desk.day(0)]).await;
        let confirm = json!({ "transition": "T20", "expected_version": version });
        assert_eq!(desk.world.post("second", "/api/proposals/pro/transitions", confirm).await.0, 404);
        assert!(desk.get("region_validator", DECISION).await["preparation"].is_object());
    }

    async fn a_decision_of_tomorrow_waits_and_one_given_up_frees_its_number(database: Database) {
        let desk = Desk::new(&database).await;
        desk.complete("pro").await;
        desk.file("other").await;
        let sheet = desk.prepare("region_validator", "pro", json!({ "decided_on": desk.day(1) })).await;
        assert_problem(&desk.act("second", "pro", json!({ "transition": "T20" })).await, 403, "decision_date_future");
        let other = "/api/proposals/other/decision";
        assert_eq!(faults(&desk.put("second", other, desk.decision(json!({}))).await), [("deliberation_ref".into(), "deliberation_used".into())]);
        let gone = async |version: i64| desk.world.ask("DELETE", "second", &format!("{DECISION}?expected_version={version}"), None).await;
        let version = sheet["preparation"]["version"].as_i64().expect("a version");
        assert_problem(&gone(version + 1).await, 409, "version_changed");
        assert_eq!(gone(version).await.0, 200);
        assert_eq!(gone(version).await.0, 404);
        desk.prepare("second", "other", json!({})).await;
    }

    async fn t21_sends_back_with_one_request(database: Database) {
        let desk = Desk::new(&database).await;
        let change = json!({ "value": "returned", "amounts": [], "motive": "Le budget ne suffit pas", "reason": "funding", "points": ["Un budget sign\u{e9}", "Deux devis"], "due_on": desk.day(20) });
        desk.prepare("region_validator", "pro", change).await;
        assert_problem(&desk.act("second", "pro", json!({ "transition": "T20" })).await, 403, "decision_returned");
        assert_problem(&desk.act("region_validator", "pro", json!({ "transition": "T21" })).await, 403, "own_preparation");
        let version = desk.version("pro").await;
        let sent = json!({ "transition": "T21", "expected_version": version });
        let (status, body) = desk.world.post("second", "/api/proposals/pro/transitions", sent).await;
        assert!(status.is_success(), "{body}");
        let read = desk.get("owner", "/api/proposals/pro").await;
        assert_eq!((&read["stage"], &read["round"]), (&"in_commission".into(), &2.into()));
        let request = &read["completion_request"];
        assert_eq!((&request["reason"], &request["due_on"]), (&"funding".into(), &desk.day(20).into()));
        assert_eq!(request["points"].as_array().map(Vec::len), Some(2), "{request}");
        assert_eq!(desk.get("owner", "/api/proposals/pro/decisions").await["decisions"][0]["value"], "returned");
    }
}
