//! Splitting a proposal (T30) through the API, on both databases: the plan, its second person, every row
//! allocated or dropped, sums per year, what the children inherit.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use chantier::clock::Timestamp;
use chantier::store::log;
use chantier::text::edit::from_markdown;
use serde_json::{Value as Json, json};

use crate::support::database::Database;
use crate::support::world::{Answer, World, assert_problem};
use crate::support::{on_both_databases, sheet};

const SUMMARY: &str =
    "Un r\u{e9}sum\u{e9} assez long pour passer la borne des quarante caract\u{e8}res.";
const WORDS: &str = "Un diagnostic partag\u{e9} par tous.";

async fn scene(database: &Database, stage: &str) -> World {
    let world = World::new(database).await;
    world.proposal("pro", stage).await;
    sheet::complete(&world.store, "pro").await;
    world.sql("update proposal set no_jobs_motive = null").await;
    world.sql("insert into job_line (job_line_id, proposal_id, rank, kind, nature, stage, posts, fte_hundredths, women, men, undisclosed, contract, effect_year, confidence, version) values ('job', 'pro', 1, 'direct', 'created', 'forecast', 6, 600, 3, 3, 0, 'cdi', 2027, 'B', 1)").await;
    let mut tx = world.store.write().await.expect("writes");
    let update = from_markdown(&[("context", WORDS)], 7);
    log::append_in(
        &mut tx,
        &"doc-pro".into(),
        &"acc-owner".into(),
        None,
        vec![update],
        Timestamp(1),
    )
    .await
    .expect("a text");
    tx.commit().await.expect("commits");
    world
}

/// Each row to the child that `place` names, or dropped.
async fn plan(world: &World, place: impl Fn(&str) -> Option<usize>) -> Json {
    let (status, page) = world.get("owner", "/api/proposals/pro/split").await;
    assert_eq!(status, StatusCode::OK, "{page}");
    let rows = page["rows"].as_array().expect("rows").iter().map(|row| {
        let id = row["row_id"].as_str().expect("an id");
        let child = place(id);
        json!({
            "kind": row["kind"], "row_id": id, "version": row["version"], "child": child,
            "motive": child.is_none().then_some("Volet non repris."),
        })
    });
    json!({
        "children": [
            { "title": "Volet commerce", "summary": SUMMARY },
            { "title": "Volet formation", "summary": SUMMARY, "porteur_id": "org-c" },
        ],
        "rows": rows.collect::<Vec<_>>(),
    })
}

async fn split(world: &World, person: &str, plan: Option<Json>) -> Answer {
    let version = world
        .count("select version from proposal where proposal_id = 'pro'")
        .await;
    let body = json!({ "transition": "T30", "expected_version": version, "split": plan, "motive": "Deux objets." });
    world
        .post(person, "/api/proposals/pro/transitions", body)
        .await
}

async fn read(world: &World, id: &str) -> Json {
    let (status, body) = world.get("owner", &format!("/api/proposals/{id}")).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    body
}

/// What rows sum to by kind and year.
fn sums(of: &[&Json]) -> BTreeMap<(&'static str, i64), i64> {
    let mut sums = BTreeMap::new();
    for page in of {
        for (list, field, year) in [
            ("expenses", "amount_cents", "year"),
            ("funding", "amount_cents", "year"),
            ("envelope_requests", "amount_cents", "year"),
            ("jobs", "posts", "effect_year"),
        ] {
            for row in page["sheet"][list].as_array().expect("rows") {
                let key = (list, row[year].as_i64().expect("a year"));
                *sums.entry(key).or_insert(0) += row[field].as_i64().expect("a number");
            }
        }
    }
    sums
}

on_both_databases! {
    async fn t30_two_people_make_two_of_one(database: Database) {
        let world = scene(&database, "in_commission").await;
        let before = read(&world, "pro").await;
        // The own funds go nowhere, on purpose; the rest to one child or the other.
        let plan = plan(&world, |id| match id {
            "own-pro" => None,
            "job" => Some(1),
            _ => Some(0),
        }).await;
        let (status, body) = split(&world, "facilitator", Some(plan)).await;
        assert_eq!(status, StatusCode::CREATED, "{body}");
        assert_problem(&split(&world, "facilitator", None).await, 403, "consent_awaited");
        let (_, page) = world.get("owner", "/api/proposals/pro/split").await;
        assert_eq!(page["plan"]["children"][1]["porteur_id"], "org-c", "{page}");
        let (status, body) = split(&world, "owner", None).await;
        assert_eq!(status, StatusCode::CREATED, "{body}");
        assert_eq!(body["stage"], "split");
        let told = body["history"].as_array().and_then(|all| all.last()).expect("acts").clone();
        let related = told["related"].as_array().expect("related");
        assert_eq!(related.len(), 2, "{told}");
        let id = |place: usize| related[place]["proposal_id"].as_str().expect("an id").to_owned();
        let (one, other) = (read(&world, &id(0)).await, read(&world, &id(1)).await);
        let (commerce, formation) = if one["title"] == "Volet commerce" { (one, other) } else { (other, one) };
        for child in [&commerce, &formation] {
            assert_eq!((child["stage"].as_str(), child["round"].as_i64()), (Some("drafting"), Some(1)));
            assert!(child["sections"][0]["html"].as_str().expect("html").contains(WORDS), "{child}");
            assert_eq!(child["owners"][0]["person_id"], "owner");
            assert_eq!(child["contributors"][0]["person_id"], "contributor");
            assert_eq!(child["history"][0]["related"][0]["relation"], "split_from");
            assert!(child["may"].as_array().expect("may").contains(&json!("edit_text")));
        }
        assert_eq!(commerce["porteur"]["organisation_id"], "org-b");
        assert!(commerce["porteur_accepted_at_ms"].is_i64());
        assert_eq!(formation["porteur"]["organisation_id"], "org-c");
        assert!(formation["porteur_accepted_at_ms"].is_null());
        // Nothing is lost without a word: what the children have and what was dropped is what there was.
        let mut after = sums(&[&commerce, &formation]);
        let (_, page) = world.get("owner", "/api/proposals/pro/split").await;
        let dropped = page["dropped"].as_array().expect("dropped");
        assert_eq!(dropped.len(), 1, "{page}");
        assert_eq!(dropped[0]["motive"], "Volet non repris.");
        *after.entry(("funding", dropped[0]["year"].as_i64().expect("a year"))).or_insert(0) +=
            dropped[0]["amount_cents"].as_i64().expect("cents");
        assert_eq!(after, sums(&[&before]));
        assert_eq!(sums(&[&read(&world, "pro").await]), sums(&[&before]));
    }

    async fn t30_each_thing_that_stands_against_it(database: Database) {
        let world = scene(&database, "in_commission").await;
        let whole = plan(&world, |_| Some(0)).await;
        let mut open = whole.clone();
        open["rows"].as_array_mut().expect("rows").pop();
        assert_problem(&split(&world, "owner", Some(open)).await, 403, "rows_unallocated");
        let mut nowhere = whole.clone();
        nowhere["rows"][0]["child"] = json!(2);
        assert_problem(&split(&world, "owner", Some(nowhere)).await, 403, "rows_unallocated");
        assert_problem(&split(&world, "owner", None).await, 403, "children_missing");
        let mut alone = whole.clone();
        alone["children"].as_array_mut().expect("children").pop();
        assert_eq!(split(&world, "owner", Some(alone)).await.0, StatusCode::UNPROCESSABLE_ENTITY);
        let mut old = whole.clone();
        old["rows"][0]["version"] = json!(9);
        assert_problem(&split(&world, "owner", Some(old)).await, 409, "plan_outdated");
        assert_problem(&split(&world, "member", Some(whole.clone())).await, 403, "role_missing");
        assert_eq!(split(&world, "owner", Some(whole)).await.0, StatusCode::CREATED);
        // The sheet changes before the second person agrees.
        world.sql("update expense set amount_cents = 1, version = version + 1").await;
        assert_problem(&split(&world, "facilitator", None).await, 409, "plan_outdated");
        assert_eq!(world.count("select count(*) from proposal").await, 1);
        let (_, page) = world.get("facilitator", "/api/proposals/pro/split").await;
        assert_eq!(page["plan"]["is_outdated"], true);
    }

    async fn t30_ends_what_was_planned_around_it(database: Database) {
        let world = scene(&database, "opinion_given").await;
        let plan = plan(&world, |_| Some(1)).await;
        assert_eq!(split(&world, "owner", Some(plan)).await.0, StatusCode::CREATED);
        world.sql("insert into comment (comment_id, proposal_id, kind, author_id, body, visibility, state, created_at_ms, activity_at_ms) values ('open', 'pro', 'question', 'member', 'Et ensuite ?', 'commission', 'open', 5, 5)").await;
        assert_eq!(split(&world, "facilitator", None).await.0, StatusCode::CREATED);
        assert_eq!(world.count("select count(*) from proposal where stage = 'drafting'").await, 2);
        assert_eq!(world.count("select count(*) from proposal where stage = 'split'").await, 1);
        assert_eq!(world.count("select count(*) from comment where from_proposal_id = 'pro'").await, 2);
        assert_problem(&split(&world, "owner", None).await, 403, "stage");
    }
}
