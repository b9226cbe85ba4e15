//! An action after the Region's decision, through the API: agreements, requests for changes, reports from the start to the
//! final one, jobs as they are counted.

use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::{Value as Json, json};

use crate::support::database::Database;
use crate::support::world::{Answer, World, assert_problem};
use crate::support::{on_both_databases, sheet};

const DAY_MS: i64 = 86_400_000;
const ACTION: &str = "/api/proposals/pro/action";
const AGREEMENTS: &str = "/api/proposals/pro/agreements";
const ADDENDA: &str = "/api/proposals/pro/addenda";

/// Rows of a decided action: 30 000 euros given, one line of ten jobs, one open condition that does not block.
const DECIDED: [&str; 6] = [
    "insert into region_unit (region_unit_id, kind, title) values ('dir-1', 'direction', 'Direction')",
    "update proposal set action_number = 'ACT-2026-001', number = 'CREER-2026-CH1-001', lead_unit_id = 'dir-1' where proposal_id = 'pro'",
    "insert into job_line (job_line_id, proposal_id, rank, kind, nature, stage, posts, fte_hundredths, women, men, undisclosed, contract, effect_year, confidence, version) values ('job-1', 'pro', 1, 'direct', 'created', 'forecast', 10, 900, 5, 5, 0, 'cdi', 2027, 'C', 1)",
    "insert into decision (decision_id, proposal_id, kind, round, value, organ, deliberation_ref, title, decided_on, motive, prepared_by, prepared_at_ms, version) values ('dec-1', 'pro', 'initial', 1, 'approved_with_conditions', 'Commission permanente', '26-001', 'Convention', '2026-07-03', 'Un motif public.', 'region_validator', 1, 1)",
    "insert into decision_amount (decision_id, code, year, amount_cents) values ('dec-1', 'CREER', 2026, 3000000)",
    "insert into decision_condition (condition_id, decision_id, rank, body, due_on, blocking, version) values ('con-1', 'dec-1', 1, 'Un comit\u{e9} de suivi', '2030-12-31', 0, 1)",
];

/// The action `pro` at this stage; `org-b` bears it and is a public body.
pub(crate) async fn decided(world: &World, stage: &str) {
    world.proposal("pro", stage).await;
    sheet::complete(&world.store, "pro").await;
    for sql in DECIDED {
        world.sql(sql).await;
    }
    world.sql("insert into job_count (job_count_id, proposal_id, job_line_id, stage, decision_id, posts, fte_hundredths, women, men, undisclosed, effect_year, confidence) values ('cnt-1', 'pro', 'job-1', 'decided', 'dec-1', 10, 900, 5, 5, 0, 2027, 'C')").await;
    world.sql("update decision set confirmed_by = 'region_validator', confirmed_at_ms = 2, published_at_ms = 2 where decision_id = 'dec-1'").await;
    world.sql("update organisation set siret = '73282932000074' where organisation_id in ('org-a', 'org-b')").await;
}

/// A world whose clock stands at noon of this day, and what moves it.
async fn at(database: &Database, day: &str) -> (World, &'static AtomicI64) {
    let moved_ms: &'static AtomicI64 = Box::leak(Box::default());
    let world = World::moving(database, moved_ms).await;
    move_to(&world, moved_ms, day);
    (world, moved_ms)
}

/// The clock stands at this day from now on.
fn move_to(world: &World, moved_ms: &AtomicI64, day: &str) {
    let today = world.store.today();
    let target = chantier::rules::day::Day::from_iso(day).expect("a day");
    moved_ms.fetch_add(target.days_since(&today) * DAY_MS, Ordering::Relaxed);
}

fn agreement() -> Json {
    json!({
        "kind": "agreement", "number": "CONV-1", "signed_on": "2026-09-10", "purpose": "Une action",
        "total_cents": 3_000_000, "payment_terms": "\u{e9}chelonn\u{e9}", "payment_from": "2026-10-01",
        "payment_to": "2027-12-31",
        "beneficiaries": [{"organisation_id": "org-a", "share": 6_000}, {"organisation_id": "org-b", "share": 4_000}],
    })
}

fn with(base: &Json, name: &str, value: Json) -> Json {
    let mut changed = base.clone();
    changed[name] = value;
    changed
}

/// The fields that are named wrong, with their codes.
fn faults(answer: &Answer) -> Vec<(String, String)> {
    assert_eq!(answer.0.as_u16(), 422, "{}", answer.1);
    let errors = answer.1["errors"].as_array().expect("errors").iter();
    let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    errors
        .map(|error| (text(&error["field"]), text(&error["code"])))
        .collect()
}

fn one(field: &str, code: &str) -> Vec<(String, String)> {
    vec![(field.to_owned(), code.to_owned())]
}

async fn ok(answer: Answer) -> Json {
    assert!(answer.0.is_success(), "{} {}", answer.0, answer.1);
    answer.1
}

async fn version(world: &World) -> Json {
    world.get("owner", "/api/proposals/pro").await.1["version"].clone()
}

/// Makes a transition, which must be done or asked for.
async fn moves(world: &World, person: &str, mut body: Json) -> Json {
    body["expected_version"] = version(world).await;
    let path = "/api/proposals/pro/transitions";
    ok(world.post(person, path, body).await).await
}

fn report(progress: i64, spent_cents: i64, posts: i64) -> Json {
    json!({
        "progress": progress, "spent_cents": spent_cents, "body": "Deux ateliers tenus.",
        "values": [{"indicator_id": "ind-pro", "value": "4,5"}],
        "jobs": [{"job_line_id": "job-1", "posts": posts, "fte_hundredths": posts * 90, "women": posts,
                  "men": 0, "undisclosed": 0, "confidence": "B"}],
    })
}

on_both_databases! {
    async fn an_agreement_is_recorded_once_and_changed_beside(database: Database) {
        let (world, _) = at(&database, "2026-11-27").await;
        decided(&world, "approved").await;
        for person in ["owner", "org_admin", "region_validator", "facilitator", "admin"] {
            assert_problem(&world.post(person, AGREEMENTS, agreement()).await, 403, "role_missing");
        }
        let post = async |body: Json| world.post("region_instructor", AGREEMENTS, body).await;
        for (field, value, code) in [
            ("number", Json::Null, "required"),
            ("signed_on", json!("2026-07-02"), "signed_before_decision"),
            ("signed_on", json!("2026-11-28"), "in_the_future"),
            ("total_cents", json!(3_000_001), "agreement_over_decision"),
            ("payment_to", json!("2026-09-30"), "ends_before_start"),
            ("beneficiaries", json!([{"organisation_id": "org-a", "share": 9_999}]), "shares_not_whole"),
            ("beneficiaries", json!([{"organisation_id": "org-c", "share": 10_000}]), "siret_or_rna_missing"),
            ("beneficiaries", json!([{"organisation_id": "org-z", "share": 10_000}]), "unknown"),
            ("purpose", json!("x".repeat(257)), "too_long"),
            ("rae_id", json!("123456"), "too_long"),
        ] {
            assert_eq!(faults(&post(with(&agreement(), field, value.clone())).await), one(field, code), "{value}");
        }
        assert_problem(&post(with(&with(&agreement(), "kind", json!("addendum")), "motive", json!("Un retard"))).await, 409, "agreement_first");
        let both = with(&with(&agreement(), "number", Json::Null), "signed_on", Json::Null);
        assert_eq!(faults(&post(both).await).len(), 2, "everything wrong is named at once");
        let body = ok(post(agreement()).await).await;
        assert_eq!((&body["agreed_cents"], &body["agreements"][0]["beneficiaries"][1]["share"]), (&json!(3_000_000), &json!(4_000)));
        assert_eq!(body["is_agreement_compulsory"], true, "30 000 euros, one beneficiary is private");
        assert_problem(&post(with(&agreement(), "number", json!("CONV-2"))).await, 409, "agreement_known");
        let change = with(&with(&agreement(), "kind", json!("addendum")), "motive", json!("Moins de frais"));
        assert_eq!(faults(&post(change.clone()).await), one("number", "agreement_number_used"));
        let change = with(&with(&change, "number", json!("CONV-1-A")), "total_cents", json!(2_000_000));
        assert_eq!(faults(&post(with(&change, "signed_on", json!("2026-09-09"))).await), one("signed_on", "signed_before_decision"));
        let body = ok(post(change).await).await;
        assert_eq!((&body["agreed_cents"], body["agreements"].as_array().expect("two").len()), (&json!(2_000_000), 2), "the first stays");
        let none = json!({"kind": "none", "motive": "Rien \u{e0} verser"});
        assert_problem(&post(none).await, 409, "agreement_known");
        moves(&world, "region_instructor", json!({"transition": "T23"})).await;
        assert!(world.store.write().await.expect("tx").journal_is_whole(&"pro".into()).await.expect("reads"));
    }

    async fn above_the_threshold_a_private_body_needs_one(database: Database) {
        let world = World::new(&database).await;
        decided(&world, "approved").await;
        let none = json!({"kind": "none", "motive": "Mise \u{e0} disposition"});
        let post = async |body: Json| world.post("region_instructor", AGREEMENTS, body).await;
        world.sql("update organisation set kind = 'association' where organisation_id = 'org-b'").await;
        assert_eq!(faults(&post(none.clone()).await), one("kind", "agreement_compulsory"));
        world.sql("update organisation set kind = 'chamber' where organisation_id = 'org-b'").await;
        let private = with(&none, "beneficiaries", json!([{"organisation_id": "org-a", "share": 10_000}]));
        assert_eq!(faults(&post(private).await), one("kind", "agreement_compulsory"), "its beneficiary is a company");
        assert_eq!(faults(&post(json!({"kind": "none"})).await), one("motive", "required"));
        ok(post(none.clone()).await).await;
        assert_problem(&post(none).await, 409, "agreement_known");
        moves(&world, "region_instructor", json!({"transition": "T23"})).await;
    }

    async fn a_closed_organisation_gets_nothing(database: Database) {
        let world = World::new(&database).await;
        decided(&world, "approved").await;
        world.sql("update organisation set closed_at_ms = 1 where organisation_id = 'org-a'").await;
        let answer = world.post("region_instructor", AGREEMENTS, agreement()).await;
        assert_eq!(faults(&answer), one("beneficiaries", "organisation_closed"));
    }

    async fn a_substantial_change_is_asked_for_one_at_a_time(database: Database) {
        let world = World::new(&database).await;
        decided(&world, "in_progress").await;
        let ask = json!({"matter": "cost", "body": "Le loyer a doubl\u{e9}."});
        for person in ["org_admin", "contributor", "region_validator"] {
            assert_problem(&world.post(person, ADDENDA, ask.clone()).await, 403, "role_missing");
        }
        let unknown = world.post("owner", ADDENDA, with(&ask, "matter", json!("colour"))).await;
        assert_eq!(faults(&unknown), one("matter", "unknown"));
        let body = ok(world.post("owner", ADDENDA, ask.clone()).await).await;
        assert_eq!((&body["addenda"][0]["state"], &body["stage"]), (&json!("asked"), &json!("in_progress")), "the stage stays");
        assert_problem(&world.post("region_instructor", ADDENDA, ask.clone()).await, 409, "addendum_open");
        let id = body["addenda"][0]["addendum_id"].as_str().expect("an id");
        let path = format!("/api/proposals/pro/addenda/{id}");
        world.proposal("other", "in_progress").await;
        let elsewhere = format!("/api/proposals/other/addenda/{id}");
        assert_problem(&world.ask("DELETE", "owner", &elsewhere, None).await, 404, "not_found");
        let body = ok(world.ask("DELETE", "owner", &path, None).await).await;
        assert_eq!(body["addenda"][0]["state"], "withdrawn");
        assert_problem(&world.ask("DELETE", "owner", &path, None).await, 409, "addendum_closed");
        ok(world.post("region_instructor", ADDENDA, ask).await).await;
    }

    async fn an_action_is_followed_from_its_start_to_its_end(database: Database) {
        let (world, moved) = at(&database, "2027-01-10").await;
        decided(&world, "committed").await;
        let path = |period: &str| format!("/api/proposals/pro/reports/{period}");
        let save = async |person: &str, period: &str, body: Json| world.ask("PUT", person, &path(period), Some(body)).await;
        let give = async |period: &str, body: Json| world.post("owner", &format!("{}/submission", path(period)), body).await;
        assert_problem(&save("owner", "2027-S1", report(1, 1, 0)).await, 409, "action_not_begun");
        moves(&world, "owner", json!({"transition": "T24", "starts_on": "2027-01-05", "report": "Les deux premi\u{e8}res sessions."})).await;
        // Prepared while the half-year runs, read by who reports alone, given once it has ended.
        for person in ["contributor", "region_instructor", "facilitator"] {
            assert_problem(&save(person, "2027-S1", report(1, 1, 0)).await, 403, "role_missing");
        }
        let body = ok(save("org_admin", "2027-S1", json!({"progress": 10})).await).await;
        assert_eq!((&body["next"]["state"], &body["next"]["due_on"]), (&json!("running"), &json!("2027-07-31")));
        assert_eq!(body["reports"].as_array().expect("a list").len(), 2);
        let (_, seen) = world.get("facilitator", ACTION).await;
        assert_eq!(seen["reports"].as_array().expect("a list").len(), 1, "a draft is nobody else's");
        assert_problem(&save("owner", "2027-S1", json!({"progress": 20})).await, 409, "report_changed");
        assert_problem(&give("2027-S1", with(&report(10, 1, 0), "expected_version", json!(1))).await, 409, "period_running");
        for period in ["2026-S2", "2027-S2", "start", "2027-S3", "x"] {
            assert_eq!(save("owner", period, report(1, 1, 0)).await.0.as_u16(), 404, "{period}");
        }
        let (_, page) = world.get("owner", "/api/proposals/pro").await;
        assert_eq!((&page["awaited"]["what"], &page["awaited"]["due_on"]), (&json!("report"), &json!("2027-07-31")));
        move_to(&world, moved, "2027-08-02");
        let (_, page) = world.get("owner", "/api/proposals/pro").await;
        assert_eq!(page["flags"], json!([{"code": "report_overdue", "days": 2}]));
        let wrong = json!({"expected_version": 1, "jobs": [{"job_line_id": "job-1", "posts": 2, "fte_hundredths": 300, "women": 2, "men": 0, "undisclosed": 0, "confidence": "B"}]});
        let named: Vec<String> = faults(&give("2027-S1", wrong).await).into_iter().map(|(field, _)| field).collect();
        assert_eq!(named, ["progress", "spent_cents", "body", "jobs"]);
        let body = ok(give("2027-S1", with(&report(40, 300_000, 4), "expected_version", json!(1))).await).await;
        assert_eq!((&body["spent_cents"], &body["job_lines"][0]["realised"]["posts"], &body["next"]["period"]), (&json!(300_000), &json!(4), &json!("2027-S2")));
        assert_eq!(body["next"]["prefilled"]["values"][0]["value"], "4.5", "the next begins with what the last one said");
        assert_problem(&give("2027-S1", with(&report(50, 300_000, 4), "expected_version", json!(2))).await, 409, "report_given");
        // Suspended until a day, which is flagged once past; then going on.
        moves(&world, "region_instructor", json!({"transition": "T25", "motive": "Litige", "review_on": "2027-09-01"})).await;
        move_to(&world, moved, "2027-09-03");
        let (_, page) = world.get("owner", "/api/proposals/pro").await;
        assert_eq!((&page["flags"], &page["awaited"]["due_on"]), (&json!([{"code": "review_overdue", "days": 2}]), &json!("2027-09-01")));
        moves(&world, "region_instructor", json!({"transition": "T25", "motive": "Accord trouv\u{e9}"})).await;
        // The final report says everything; the owner asks, the direction accepts.
        let last = with(&report(100, 1_100_000, 8), "evidence", json!("Registre signé"));
        let without = with(&with(&last, "values", json!([])), "jobs", json!([]));
        assert_eq!(faults(&give("final", without).await), [one("difficulties", "jobs_fell"), one("values", "values_missing"), one("jobs", "jobs_missing")].concat());
        assert_eq!(faults(&give("final", with(&last, "spent_cents", json!(299_999))).await), one("spent_cents", "spending_fell"));
        let mut estimated = last.clone();
        estimated["jobs"][0]["confidence"] = json!("C");
        assert_eq!(faults(&give("final", estimated).await), one("jobs", "jobs_estimated"));
        let mut seen = last.clone();
        seen["jobs"][0]["confidence"] = json!("A");
        assert_eq!(faults(&give("final", seen).await), one("jobs", "unknown"), "A is the Region's to say");
        let (_, early) = world.get("owner", "/api/proposals/pro/transitions").await;
        assert!(early.to_string().contains("final_report_missing"), "{early}");
        let body = ok(give("final", last.clone()).await).await;
        assert_eq!(body["reports"][2]["warnings"], json!(["over_budget"]), "told, not refused");
        moves(&world, "owner", json!({"transition": "T26"})).await;
        assert_eq!(world.get("owner", ACTION).await.1["stage"], "in_progress");
        // The direction does not agree: the report is the owner's again, as it was, and counts when it is given anew.
        let open = "select count(*) from job_count where stage = 'draft'";
        assert_eq!(world.count(open).await, 0);
        ok(world.post("region_instructor", "/api/proposals/pro/transitions/T26/refusal", json!({})).await).await;
        assert_eq!(world.count(open).await, 1);
        let (_, page) = world.get("owner", ACTION).await;
        let report = &page["reports"][2];
        assert_eq!((&report["submitted_at_ms"], &report["spent_cents"]), (&Json::Null, &json!(1_100_000)));
        let (_, early) = world.get("owner", "/api/proposals/pro/transitions").await;
        assert!(early.to_string().contains("final_report_missing"), "{early}");
        ok(give("final", with(&last, "expected_version", report["version"].clone())).await).await;
        moves(&world, "owner", json!({"transition": "T26"})).await;
        moves(&world, "region_instructor", json!({"transition": "T26"})).await;
        let (_, body) = world.get("nobody", ACTION).await;
        assert_eq!(body["stage"], "completed");
        // The Region saw the documents.
        let count = body["job_lines"][0]["realised"]["job_count_id"].as_str().expect("an id");
        let path = format!("/api/proposals/pro/job_counts/{count}");
        let check = json!({"confidence": "A", "evidence": "Contrats vus le 2 septembre"});
        for person in ["owner", "org_admin", "facilitator"] {
            assert_problem(&world.ask("PUT", person, &path, Some(check.clone())).await, 403, "role_missing");
        }
        let decided = world.ask("PUT", "region_instructor", "/api/proposals/pro/job_counts/cnt-1", Some(check.clone())).await;
        assert_problem(&decided, 404, "not_found");
        let body = ok(world.ask("PUT", "region_instructor", &path, Some(check)).await).await;
        assert_eq!((&body["job_lines"][0]["realised"]["confidence"], &body["job_lines"][0]["decided"]["posts"]), (&json!("A"), &json!(10)));
        assert_eq!(world.count("select count(*) from job_count where stage = 'draft'").await, 0);
        assert!(world.store.write().await.expect("tx").journal_is_whole(&"pro".into()).await.expect("reads"));
    }

    async fn what_is_abandoned_keeps_its_realised_jobs(database: Database) {
        let (world, moved) = at(&database, "2027-01-10").await;
        decided(&world, "committed").await;
        moves(&world, "owner", json!({"transition": "T24", "starts_on": "2027-01-05", "report": "Un d\u{e9}but."})).await;
        move_to(&world, moved, "2027-07-05");
        let path = "/api/proposals/pro/reports/2027-S1/submission";
        ok(world.post("org_admin", path, report(40, 300_000, 4)).await).await;
        moves(&world, "owner", json!({"transition": "T27", "motive": "Le local a br\u{fb}l\u{e9}."})).await;
        let (_, body) = world.get("owner", ACTION).await;
        assert_eq!((&body["job_lines"][0]["is_cancelled"], &body["job_lines"][0]["realised"]["posts"]), (&json!(true), &json!(4)));
        let late = world.post("owner", "/api/proposals/pro/reports/2027-S2/submission", report(50, 300_000, 4)).await;
        assert_problem(&late, 403, "stage");
    }

    async fn reports_are_a_table_too(database: Database) {
        let (world, moved) = at(&database, "2027-01-10").await;
        decided(&world, "committed").await;
        moves(&world, "owner", json!({"transition": "T24", "starts_on": "2027-01-05", "report": "=1+1"})).await;
        move_to(&world, moved, "2027-07-05");
        ok(world.post("owner", "/api/proposals/pro/reports/2027-S1/submission", report(40, 300_050, 4)).await).await;
        let text = world.table("nobody", "/api/proposals/pro/reports.csv").await;
        assert!(text.contains("2027-S1,2027-07-31,") && text.contains(",40,3000.50,4,3.60,4.5,"), "{text}");
        assert!(text.contains("'=1+1"), "a formula is a text: {text}");
    }

    async fn who_may_not_read_hears_nothing_of_an_action(database: Database) {
        let world = World::new(&database).await;
        decided(&world, "at_region").await;
        world.sql("delete from job_count").await;
        for (method, path, body) in [
            ("GET", "/action", None),
            ("GET", "/reports.csv", None),
            ("POST", "/agreements", Some(agreement())),
            ("POST", "/addenda", Some(json!({"matter": "cost", "body": "Un loyer"}))),
            ("DELETE", "/addenda/x", None),
            ("PUT", "/reports/2026-S2", Some(report(1, 1, 0))),
            ("POST", "/reports/final/submission", Some(report(1, 1, 0))),
            ("PUT", "/job_counts/x", Some(json!({"confidence": "A"}))),
        ] {
            let ask = async |id: &str| world.ask(method, "elsewhere", &format!("/api/proposals/{id}{path}"), body.clone()).await;
            let hidden = ask("pro").await;
            assert_problem(&hidden, 404, "not_found");
            assert_eq!(hidden, ask("none").await, "{path}");
        }
    }
}
