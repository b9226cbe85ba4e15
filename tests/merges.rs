//! Merging proposals (T29) through the API, on both databases: who may ask, read, agree, instruct; what moves
//! and what stays; amounts side by side; two agreements at once; somebody who writes meanwhile.

use std::sync::atomic::{AtomicI64, Ordering};

use axum::http::StatusCode;
use serde_json::{Value as Json, json};

use crate::support::database::Database;
use crate::support::world::{Answer, World, assert_problem};
use crate::support::{on_both_databases, sheet};

const DAY_MS: i64 = 86_400_000;

/// `pro` of CH1 led by `owner`; `other` of CH3, led by `second`, which CH2 reads: two chantiers, two owners,
/// both sheets filled.
struct Scene {
    world: World,
    moved_ms: &'static AtomicI64,
}

impl Scene {
    async fn new(database: &Database, pro: &str, other: &str) -> Self {
        let moved_ms: &'static AtomicI64 = Box::leak(Box::default());
        let world = World::moving(database, moved_ms).await;
        world.person("second", "org-c").await;
        world.mandate("second", "member", "body-CH3").await;
        world.proposal("pro", pro).await;
        world.proposal("other", other).await;
        world.sql("update proposal set chantier_id = 'CH3', porteur_id = 'org-c' where proposal_id = 'other'").await;
        world.sql("update proposal_person set person_id = 'second' where proposal_id = 'other' and tie = 'owner'").await;
        for id in ["pro", "other"] {
            sheet::complete(&world.store, id).await;
        }
        Self { world, moved_ms }
    }

    fn later(&self, days: i64) {
        self.moved_ms.fetch_add(days * DAY_MS, Ordering::Relaxed);
    }

    async fn ask_as(&self, person: &str) -> Answer {
        let body = json!({ "survivor_id": "pro", "proposal_ids": ["other"], "motive": "M\u{ea}me objet." });
        self.world.post(person, "/api/merges", body).await
    }

    async fn asked(&self) -> String {
        let (status, body) = self.ask_as("owner").await;
        assert_eq!(status, StatusCode::CREATED, "{body}");
        text(&body["merge"]["merge_id"])
    }

    async fn act(&self, person: &str, merge: &str, act: &str) -> Answer {
        let path = match act {
            "readings" => format!("/api/merges/{merge}/readings"),
            "agreements" => format!("/api/merges/{merge}/agreements"),
            "instruction" => format!("/api/merges/{merge}/instruction"),
            "refusal" => format!("/api/merges/{merge}/refusal"),
            other => panic!("no such act: {other}"),
        };
        let body = json!({ "motive": "Une seule action." });
        self.world.post(person, &path, body).await
    }

    async fn agreed(&self, person: &str, merge: &str) -> Json {
        for act in ["readings", "agreements"] {
            let (status, body) = self.act(person, merge, act).await;
            assert_eq!(status, StatusCode::OK, "{person} {act}: {body}");
        }
        self.get(person, &format!("/api/merges/{merge}")).await
    }

    async fn get(&self, person: &str, path: &str) -> Json {
        let (status, body) = self.world.get(person, path).await;
        assert_eq!(status, StatusCode::OK, "{person} {path}: {body}");
        body
    }

    async fn proposal(&self, person: &str, id: &str) -> Json {
        self.get(person, &format!("/api/proposals/{id}")).await
    }
}

fn text(value: &Json) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is a text"))
        .to_owned()
}

fn cents(rows: &Json) -> Vec<i64> {
    let rows = rows.as_array().expect("rows").iter();
    rows.map(|row| row["amount_cents"].as_i64().expect("cents"))
        .collect()
}

fn people(list: &Json) -> Vec<String> {
    let list = list.as_array().expect("people").iter();
    let mut ids: Vec<String> = list.map(|one| text(&one["person_id"])).collect();
    ids.sort();
    ids
}

on_both_databases! {
    async fn t29_two_owners_make_one_of_two_chantiers(database: Database) {
        let scene = Scene::new(&database, "in_commission", "drafting").await;
        let world = &scene.world;
        // Who is not of its chantiers reads the other one only through what is asked of them.
        assert_problem(&world.get("second", "/api/proposals/pro").await, 404, "not_found");
        let merge = scene.asked().await;
        let waiting = scene.get("second", "/api/merges").await;
        assert_eq!(waiting["merges"][0]["merge_id"].as_str(), Some(merge.as_str()), "{waiting}");
        let listed = scene.get("second", "/api/desk").await["total"].as_i64().expect("a count");
        assert_eq!(scene.get("second", "/api/desk/count").await["total"], listed + 1, "and the frame counts it");
        let seen = scene.get("second", &format!("/api/merges/{merge}")).await;
        assert_eq!(seen["parts"][0]["sheet"]["expenses"][0]["amount_cents"], 1_000_000, "{seen}");
        assert_problem(&world.get("elsewhere", &format!("/api/merges/{merge}")).await, 404, "not_found");
        assert_problem(&scene.act("owner", &merge, "agreements").await, 403, "merge_unread");
        let half = scene.agreed("owner", &merge).await;
        assert_eq!(half["merge"]["outcome"], Json::Null);
        assert_eq!(scene.proposal("owner", "pro").await["sheet"]["expenses_total_cents"], 1_000_000);
        let done = scene.agreed("second", &merge).await;
        assert_eq!(done["merge"]["outcome"], "done", "{done}");
        let survivor = scene.proposal("second", "pro").await;
        assert_eq!(survivor["stage"], "in_commission");
        assert_eq!(survivor["round"], 1);
        // Side by side: every row twice, none of them a sum, each saying where it came from.
        assert_eq!(cents(&survivor["sheet"]["expenses"]), [1_000_000, 1_000_000]);
        assert_eq!(cents(&survivor["sheet"]["funding"]), [400_000, 600_000, 400_000, 600_000]);
        assert_eq!(cents(&survivor["sheet"]["envelope_requests"]), [400_000, 400_000]);
        assert_eq!(survivor["sheet"]["origins"].as_array().map(Vec::len), Some(7), "{survivor}");
        assert_eq!(people(&survivor["owners"]), ["owner", "second"]);
        assert_eq!(people(&survivor["contributors"]), ["contributor"]);
        assert_eq!(survivor["sheet"]["owner"]["co_porteurs"][0]["organisation_id"], "org-c");
        let source = scene.proposal("owner", "other").await;
        assert_eq!(source["stage"], "merged");
        assert_eq!(cents(&source["sheet"]["expenses"]), [1_000_000]);
        let told = source["history"].as_array().and_then(|all| all.last()).expect("acts");
        assert_eq!(told["related"][0]["relation"], "merged_into", "{told}");
        let told = survivor["history"].as_array().and_then(|all| all.last()).expect("acts");
        assert_eq!(told["related"][0]["relation"], "merged_from", "{told}");
        assert_eq!(told["note"], "M\u{ea}me objet.");
        // Who works on the survivor goes on reading what it was made of, and nobody writes there.
        assert!(!source["may"].as_array().expect("may").contains(&json!("edit_text")));
        assert_problem(&scene.act("owner", &merge, "agreements").await, 403, "merge_closed");
    }

    async fn t29_beyond_the_commission_the_survivor_returns_there(database: Database) {
        let scene = Scene::new(&database, "opinion_given", "frozen").await;
        let merge = scene.asked().await;
        scene.agreed("owner", &merge).await;
        scene.agreed("second", &merge).await;
        let survivor = scene.proposal("owner", "pro").await;
        assert_eq!((survivor["stage"].as_str(), survivor["round"].as_i64()), (Some("in_commission"), Some(2)));
        let told = survivor["history"].as_array().and_then(|all| all.last()).expect("acts");
        assert_eq!((told["from_stage"].as_str(), told["to_stage"].as_str()), (Some("opinion_given"), Some("in_commission")));
    }

    async fn t29_unresolved_threads_move_and_the_source_keeps_its_own(database: Database) {
        let scene = Scene::new(&database, "in_commission", "in_commission").await;
        let world = &scene.world;
        world.sql("insert into comment (comment_id, proposal_id, section, kind, author_id, body, visibility, state, created_at_ms, activity_at_ms) values ('open', 'other', 'context', 'vigilance', 'elsewhere', 'Attention.', 'commission', 'open', 5, 5), ('shut', 'other', 'context', 'question', 'elsewhere', 'Combien ?', 'commission', 'resolved', 6, 6)").await;
        world.sql("insert into comment (comment_id, proposal_id, parent_id, kind, author_id, body, visibility, state, created_at_ms, activity_at_ms) values ('reply', 'other', 'open', 'remark', 'second', 'Vu.', 'commission', 'open', 7, 7)").await;
        world.sql("update comment set closed_at_ms = 8, outcome = 'answered' where comment_id = 'shut'").await;
        let merge = scene.asked().await;
        scene.agreed("owner", &merge).await;
        scene.agreed("second", &merge).await;
        let threads = scene.get("owner", "/api/proposals/pro/threads").await;
        let all = threads["threads"].as_array().expect("threads");
        assert_eq!(all.len(), 1, "{threads}");
        assert_eq!(all[0]["kind"], "vigilance");
        assert_eq!(world.count("select count(*) from comment where proposal_id = 'pro' and from_proposal_id = 'other'").await, 2);
        assert_eq!(world.count("select count(*) from comment where proposal_id = 'other'").await, 3);
    }

    async fn t29_each_thing_that_stands_against_it(database: Database) {
        let scene = Scene::new(&database, "in_commission", "drafting").await;
        let world = &scene.world;
        let ask = |survivor: &str, others: Json| json!({ "survivor_id": survivor, "proposal_ids": others });
        assert_problem(&world.post("owner", "/api/merges", ask("pro", json!(["pro"]))).await, 403, "merge_alone");
        assert_problem(&world.post("owner", "/api/merges", ask("pro", json!(["none"]))).await, 404, "not_found");
        // Asked by an owner who may not read the survivor, or by who leads none of them.
        assert_problem(&scene.ask_as("second").await, 404, "not_found");
        assert_problem(&scene.ask_as("associated").await, 403, "role_missing");
        world.sql("update proposal set stage = 'at_copil' where proposal_id = 'other'").await;
        assert_problem(&scene.ask_as("owner").await, 403, "merge_at_copil");
        world.sql("update proposal set stage = 'at_region' where proposal_id = 'other'").await;
        assert_problem(&scene.ask_as("owner").await, 403, "merge_too_late");
        world.sql("update proposal set stage = 'idea' where proposal_id = 'other'").await;
        let merge = scene.asked().await;
        assert_problem(&scene.ask_as("owner").await, 403, "merge_elsewhere");
        assert_problem(&scene.act("contributor", &merge, "agreements").await, 403, "role_missing");
        scene.act("owner", &merge, "readings").await;
        assert_problem(&scene.act("owner", &merge, "instruction").await, 403, "role_missing");
        world.sql("update proposal set stage = 'at_copil' where proposal_id = 'other'").await;
        assert_problem(&scene.act("owner", &merge, "agreements").await, 403, "merge_at_copil");
        world.sql("update proposal set stage = 'idea' where proposal_id = 'other'").await;
        let (status, _) = scene.act("second", &merge, "refusal").await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        assert_problem(&scene.act("owner", &merge, "agreements").await, 403, "merge_closed");
        assert_eq!(world.count("select count(*) from merge_request where outcome = 'declined' and closing_motive is not null").await, 1);
    }

    async fn t29_after_the_owners_time_only_the_committee_instructs(database: Database) {
        let scene = Scene::new(&database, "in_commission", "drafting").await;
        let world = &scene.world;
        let merge = scene.asked().await;
        scene.agreed("owner", &merge).await;
        scene.act("second", &merge, "readings").await;
        let none = scene.get("copil_secretary", "/api/merges").await;
        assert_eq!(none["merges"], json!([]));
        scene.later(16);
        assert_problem(&scene.act("second", &merge, "agreements").await, 403, "merge_expired");
        let waiting = scene.get("copil_secretary", "/api/merges").await;
        assert_eq!(waiting["merges"].as_array().map(Vec::len), Some(1));
        // The secretary reads these two in the merge alone.
        assert_problem(&world.get("copil_secretary", "/api/proposals/other").await, 404, "not_found");
        assert_problem(&scene.act("copil_secretary", &merge, "instruction").await, 403, "merge_unread");
        scene.act("copil_secretary", &merge, "readings").await;
        let bare = world.post("copil_secretary", &format!("/api/merges/{merge}/instruction"), json!({})).await;
        assert_eq!(bare.0, StatusCode::UNPROCESSABLE_ENTITY);
        let (status, body) = scene.act("copil_secretary", &merge, "instruction").await;
        assert_eq!(status, StatusCode::OK, "{body}");
        let source = scene.proposal("second", "other").await;
        assert_eq!(source["stage"], "merged");
        let told = source["history"].as_array().and_then(|all| all.last()).expect("acts");
        assert_eq!((told["capacity"].as_str(), told["note"].as_str()), (Some("copil_secretary"), Some("Une seule action.")));
    }

    async fn t29_two_agreements_at_once_make_it_once(database: Database) {
        let scene = Scene::new(&database, "in_commission", "in_commission").await;
        let merge = scene.asked().await;
        for person in ["owner", "second"] {
            scene.act(person, &merge, "readings").await;
        }
        let (one, other) = tokio::join!(
            scene.act("owner", &merge, "agreements"),
            scene.act("second", &merge, "agreements"),
        );
        assert_eq!((one.0, other.0), (StatusCode::OK, StatusCode::OK), "{one:?} {other:?}");
        let survivor = scene.proposal("owner", "pro").await;
        assert_eq!(cents(&survivor["sheet"]["expenses"]), [1_000_000, 1_000_000]);
        assert_eq!(scene.world.count("select count(*) from journal where act = 'T29'").await, 2);
    }

    async fn t29_who_asked_takes_it_back(database: Database) {
        let scene = Scene::new(&database, "in_commission", "drafting").await;
        let merge = scene.asked().await;
        let listed = scene.get("second", "/api/proposals/other/merges").await;
        assert_eq!(listed["merges"][0]["merge_id"].as_str(), Some(merge.as_str()), "{listed}");
        assert_problem(&scene.world.get("nobody", "/api/proposals/other/merges").await, 404, "not_found");
        let path = format!("/api/merges/{merge}");
        assert_problem(&scene.world.ask("DELETE", "second", &path, None).await, 403, "role_missing");
        let (status, _) = scene.world.ask("DELETE", "owner", &path, None).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        let listed = scene.get("owner", "/api/proposals/pro/merges").await;
        assert_eq!(listed["merges"][0]["outcome"], "cancelled");
        assert_problem(&scene.world.ask("DELETE", "owner", &path, None).await, 403, "merge_closed");
        scene.asked().await;
    }

    async fn t29_ends_with_a_proposal_that_ends(database: Database) {
        let scene = Scene::new(&database, "in_commission", "drafting").await;
        let merge = scene.asked().await;
        scene.agreed("owner", &merge).await;
        let version = scene.world.count("select version from proposal where proposal_id = 'other'").await;
        let body = json!({ "transition": "T28", "expected_version": version });
        let (status, body) = scene.world.post("second", "/api/proposals/other/transitions", body).await;
        assert_eq!(status, StatusCode::CREATED, "{body}");
        assert_eq!(scene.world.count("select count(*) from merge_request where outcome = 'lapsed'").await, 1);
        // An owner who leads it no more has not agreed either.
        let merged = scene.proposal("owner", "pro").await;
        assert_eq!(cents(&merged["sheet"]["expenses"]), [1_000_000]);
    }

    async fn t29_an_agreement_ends_with_its_tie(database: Database) {
        let scene = Scene::new(&database, "in_commission", "drafting").await;
        let world = &scene.world;
        let merge = scene.asked().await;
        scene.agreed("owner", &merge).await;
        world.sql("update proposal_person set person_id = 'associated' where proposal_id = 'pro' and tie = 'owner'").await;
        let open = scene.agreed("second", &merge).await;
        assert_eq!(open["merge"]["outcome"], Json::Null, "{open}");
        let done = scene.agreed("associated", &merge).await;
        assert_eq!(done["merge"]["outcome"], "done", "{done}");
    }
}
