//! The steering committee's table and the envelopes: who reads them, what they add up, what they hide.

use serde_json::{Value as Json, json};

use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::sheet;
use crate::support::world::{World, assert_problem};

/// A proposal at a stage that asks CREER 2027 for 4 000 euros, with its direction and envelope in place.
async fn world(database: &Database) -> World {
    let world = World::new(database).await;
    world.sql("insert into region_unit (region_unit_id, kind, title) values ('dir-a', 'direction', 'Direction A')").await;
    world.sql("insert into envelope (envelope_id, year, code, label, amount_cents, requested_cents, arbitrated_cents, decided_cents, committed_cents) values ('e27', 2027, 'CREER', 'CREER 2027', 1000000, 0, 0, 0, 0)").await;
    world.sql("insert into envelope (envelope_id, year, code, label, amount_cents, parent_id, requested_cents, arbitrated_cents, decided_cents, committed_cents) values ('f27', 2027, 'FEE', 'FEE 2027', 50000, 'e27', 0, 0, 0, 0)").await;
    for (id, stage) in [
        ("draft", "drafting"),
        ("waits", "at_copil"),
        ("talked", "in_commission"),
    ] {
        world.proposal(id, stage).await;
        sheet::complete(&world.store, id).await;
        world
            .run(
                "update proposal set number = $1 where proposal_id = $2 and stage <> 'drafting'",
                &[id, id],
            )
            .await;
    }
    world.sql("insert into envelope_request (envelope_request_id, proposal_id, rank, code, year, amount_cents, version) values ('fee', 'waits', 2, 'FEE', 2027, 30000, 1)").await;
    world
}

fn envelope<'a>(body: &'a Json, code: &str) -> &'a Json {
    let all = body["envelopes"].as_array().expect("a list");
    all.iter()
        .find(|one| one["code"] == code)
        .expect("an envelope")
}

fn retained(version: &Json, amount: i64) -> Json {
    json!({"transition": "T15", "expected_version": version, "motive": "Utile", "rank": 1, "lead_unit_id": "dir-a",
        "ceilings": [{"code": "CREER", "year": 2027, "amount_cents": amount}]})
}

on_both_databases! {
    async fn the_table_is_for_the_committee_and_the_region(database: Database) {
        let world = world(&database).await;
        for person in ["copil_member", "copil_secretary", "region_instructor", "region_validator"] {
            let (status, body) = world.get(person, "/api/copil/table").await;
            assert_eq!(status.as_u16(), 200, "{person}: {body}");
            assert_eq!(body["files"].as_array().map(Vec::len), Some(1), "{person}");
            assert_eq!(body["files"][0]["may_arbitrate"], person == "copil_secretary", "{person}");
        }
        for person in ["owner", "member", "facilitator", "co_president", "org_admin", "observer", "admin", "nobody"] {
            assert_problem(&world.get(person, "/api/copil/table").await, 403, "role_missing");
        }
        for person in ["owner", "member", "facilitator", "co_president", "org_admin", "observer", "nobody"] {
            assert_problem(&world.get(person, "/api/envelopes").await, 403, "role_missing");
            assert_problem(&world.get(person, "/api/envelopes/CREER/2027/requested").await, 403, "role_missing");
        }
    }

    async fn sums_move_with_what_is_advised(database: Database) {
        let world = world(&database).await;
        let (_, before) = world.get("copil_secretary", "/api/copil/table").await;
        let file = &before["files"][0];
        assert_eq!(file["requested"], json!([{"code": "CREER", "year": 2027, "amount_cents": 400_000}, {"code": "FEE", "year": 2027, "amount_cents": 30_000}]));
        // A draft asks for nothing yet; what is asked of the fund counts in the envelope around it.
        assert_eq!(envelope(&before, "CREER")["requested_cents"], 830_000);
        assert_eq!(envelope(&before, "FEE")["requested_cents"], 30_000);
        let path = "/api/proposals/waits/transitions";
        let over = world.post("copil_secretary", path, retained(&file["version"], 400_001)).await;
        assert_problem(&over, 403, "ceiling_over_request");
        let done = world.post("copil_secretary", path, retained(&file["version"], 300_000)).await;
        assert_eq!(done.0.as_u16(), 201, "{}", done.1);
        let again = world.post("copil_secretary", path, retained(&file["version"], 300_000)).await;
        assert!(again.0.is_client_error(), "a double click records nothing: {}", again.1);
        let (_, after) = world.get("copil_secretary", "/api/copil/table").await;
        assert_eq!(after["files"], json!([]));
        assert_eq!(envelope(&after, "CREER")["arbitrated_cents"], 300_000);
        assert_eq!(after["recorded"][0]["value"], "retained");
        assert_eq!(after["recorded"][0]["rank"], 1);
        assert_eq!(world.count("select count(*) from arbitration").await, 1);
        assert_eq!(world.count("select count(*) from regional_review where closed_at_ms is null").await, 1);
        assert_eq!(world.count("select count(*) from version where reason = 'arbitration'").await, 1);
    }

    async fn every_number_opens_its_lines_and_counts_what_is_hidden(database: Database) {
        let world = world(&database).await;
        let (_, page) = world.get("region_validator", "/api/envelopes").await;
        for counter in ["requested", "arbitrated", "decided", "committed"] {
            for code in ["CREER", "FEE"] {
                let (status, lines) = world.get("region_validator", &format!("/api/envelopes/{code}/2027/{counter}")).await;
                assert_eq!(status.as_u16(), 200, "{lines}");
                let shown: i64 = lines["lines"].as_array().expect("a list").iter().map(|line| line["amount_cents"].as_i64().expect("cents")).sum();
                let hidden = lines["hidden_cents"].as_i64().expect("cents");
                assert_eq!(lines["total_cents"], shown + hidden);
                assert_eq!(lines["total_cents"], envelope(&page, code)[format!("{counter}_cents")], "{code} {counter}");
            }
        }
        // What the commission still discusses is a sum for the Region, no title.
        let (_, lines) = world.get("region_validator", "/api/envelopes/CREER/2027/requested").await;
        assert_eq!((&lines["hidden_count"], &lines["hidden_cents"]), (&json!(1), &json!(400_000)));
        assert!(!lines.to_string().contains("talked"), "{lines}");
        assert_problem(&world.get("region_validator", "/api/envelopes/CREER/1999/requested").await, 404, "not_found");
        assert_problem(&world.get("region_validator", "/api/envelopes/CREER/2027/guessed").await, 404, "not_found");
    }

    async fn the_secretary_plans_the_sessions(database: Database) {
        let world = world(&database).await;
        let day_ms = 86_400_000;
        let starts_at_ms = world.store.today().plus_days(30).at_ms(14 * 3_600_000);
        let plan = json!({"title": "Comit\u{e9} de pilotage de printemps", "starts_at_ms": starts_at_ms, "duration_minutes": 150, "mode": "remote"});
        let sessions = "/api/committees/copil/meetings";
        for person in ["owner", "facilitator", "co_president", "copil_member", "region_instructor", "region_validator", "admin", "nobody"] {
            assert_problem(&world.post(person, sessions, plan.clone()).await, 403, "role_missing");
        }
        let mut past = plan.clone();
        past["starts_at_ms"] = json!(starts_at_ms - 40 * day_ms);
        assert_problem(&world.post("copil_secretary", sessions, past).await, 422, "invalid");
        assert_problem(&world.post("copil_secretary", "/api/committees/parliament/meetings", plan.clone()).await, 404, "not_found");
        let planned = world.post("copil_secretary", sessions, plan).await;
        assert_eq!(planned.0.as_u16(), 201, "{}", planned.1);
        let id = planned.1["meeting_id"].as_str().expect("an id").to_owned();
        let (_, list) = world.get("copil_secretary", "/api/committees/meetings").await;
        let convene_by = world.store.today().plus_days(30 - 13);
        assert_eq!((&list["sessions"][0]["committee"], list["sessions"][0]["convene_by"].as_str()), (&json!("copil"), Some(convene_by.as_str())), "twelve clear days");
        assert_eq!(list["may"], json!(["prepare_meetings"]));
        let (_, read) = world.get("region_validator", "/api/committees/meetings").await;
        assert_eq!((read["sessions"].as_array().map(Vec::len), &read["may"]), (Some(1), &json!([])));
        assert_problem(&world.get("owner", "/api/committees/meetings").await, 403, "role_missing");
        let (_, table) = world.get("copil_secretary", "/api/copil/table").await;
        assert_eq!(table["next_session"]["meeting_id"], id.as_str());
        // Changed and cancelled as any meeting is, by its secretary alone.
        let path = format!("/api/meetings/{id}");
        let change = json!({"title": "Comit\u{e9} de pilotage d\u{2019}avril", "starts_at_ms": starts_at_ms + day_ms, "duration_minutes": 120, "mode": "remote", "expected_version": 1});
        assert_problem(&world.ask("PUT", "facilitator", &path, Some(change.clone())).await, 403, "role_missing");
        let changed = world.ask("PUT", "copil_secretary", &path, Some(change)).await;
        assert_eq!(changed.0.as_u16(), 200, "{}", changed.1);
        let cancel = json!({"expected_version": 2});
        assert_problem(&world.post("facilitator", &format!("{path}/cancellation"), cancel.clone()).await, 403, "role_missing");
        let cancelled = world.post("copil_secretary", &format!("{path}/cancellation"), cancel).await;
        assert_eq!(cancelled.0.as_u16(), 200, "{}", cancelled.1);
        let (_, list) = world.get("copil_secretary", "/api/committees/meetings").await;
        assert_eq!(list["sessions"], json!([]));
    }

    async fn every_table_is_a_file_too(database: Database) {
        let world = world(&database).await;
        let waiting = world.table("region_validator", "/api/copil/table.csv").await;
        assert_eq!(waiting.lines().count(), 2, "{waiting}");
        assert!(waiting.lines().nth(1).expect("a row").starts_with("waits,"), "{waiting}");
        assert!(waiting.contains(",4300.00,"), "what is asked, in euros: {waiting}");
        let lines = world.table("region_validator", "/api/envelopes/CREER/2027/requested/lines.csv").await;
        assert!(lines.contains(",Au comit\u{e9} de pilotage,CREER,4000.00\r\n"), "{lines}");
        assert!(lines.ends_with(",1 autre proposition,,,,4000.00\r\n"), "what one may not read is a sum: {lines}");
        let (_, table) = world.get("copil_secretary", "/api/copil/table").await;
        let done = world.post("copil_secretary", "/api/proposals/waits/transitions", retained(&table["files"][0]["version"], 300_000)).await;
        assert_eq!(done.0.as_u16(), 201, "{}", done.1);
        // Also what was advised long ago, which the page no longer lists.
        world.sql("update arbitration set arbitrated_on = '2020-01-02'").await;
        let (_, table) = world.get("copil_secretary", "/api/copil/table").await;
        assert_eq!(table["recorded"], json!([]));
        let advised = world.table("copil_secretary", "/api/copil/arbitrations.csv").await;
        assert!(advised.contains("2020-01-02,waits,") && advised.contains(",Retenue,1,Utile,CREER,2027,3000.00\r\n"), "{advised}");
        let envelopes = world.table("region_instructor", "/api/envelopes.csv").await;
        assert!(envelopes.contains("2027,CREER,CREER 2027,,10000.00,8300.00,3000.00,3000.00,0.00,0.00,10000.00\r\n"), "{envelopes}");
        for path in ["/api/copil/table.csv", "/api/copil/arbitrations.csv", "/api/envelopes.csv", "/api/envelopes/CREER/2027/requested/lines.csv"] {
            assert_problem(&world.get("owner", path).await, 403, "role_missing");
        }
    }

    async fn kept_in_reserve_twice_running_and_no_more(database: Database) {
        let world = world(&database).await;
        let path = "/api/proposals/waits/transitions";
        for turn in 0..3 {
            let (_, table) = world.get("copil_secretary", "/api/copil/table").await;
            let file = &table["files"][0];
            assert_eq!(file["reserve_list_count"], turn);
            let body = json!({"transition": "T17", "expected_version": file["version"], "motive": "Apr\u{e8}s le budget"});
            let answer = world.post("copil_secretary", path, body).await;
            if turn < 2 {
                assert_eq!(answer.0.as_u16(), 201, "{}", answer.1);
                world.sql("update arbitration set recorded_at_ms = recorded_at_ms - 1").await;
            } else {
                assert_problem(&answer, 403, "reserve_list_twice");
            }
        }
    }

    async fn a_session_to_come_is_no_session_yet(database: Database) {
        let world = world(&database).await;
        let (_, table) = world.get("copil_secretary", "/api/copil/table").await;
        let mut body = retained(&table["files"][0]["version"], 1);
        body["arbitrated_on"] = world.store.today().plus_days(1).as_str().into();
        let answer = world.post("copil_secretary", "/api/proposals/waits/transitions", body).await;
        assert_problem(&answer, 422, "invalid");
        assert_eq!(world.count("select count(*) from arbitration").await, 0);
    }
}
