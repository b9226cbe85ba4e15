//! What anybody reads without signing in: decided proposals with their proof and without a name; before the decision
//! title, chantier, stage and calendar alone, where the chantier chose so (invariant 14).

use axum::body::Body;
use axum::http::{HeaderMap, Request};
use chantier::clock::Timestamp;
use chantier::store::versions::{Opening, Reason};
use chantier::text::edit::from_markdown;
use chantier::work::Work;
use serde_json::{Value as Json, json};
use tokio_util::task::TaskTracker;

use crate::actions::decided;
use crate::support::on_both_databases;
use crate::support::world::{World, assert_problem};

const AT: Timestamp = Timestamp(1_793_491_200_000);

/// GET without a session: status, headers, text.
async fn open(world: &World, path: &str) -> (u16, HeaderMap, String) {
    let request = Request::builder().uri(path).body(Body::empty());
    let (status, headers, bytes) = world.raw(request.expect("a request")).await;
    (
        status.as_u16(),
        headers,
        String::from_utf8(bytes).expect("text"),
    )
}

/// Seals a decided version of `pro` that says this.
async fn seal(world: &World, text: &str) {
    let store = &world.store;
    let mut tx = store.write().await.expect("begins");
    let updates = vec![from_markdown(&[("context", text)], 1)];
    chantier::store::log::append_in(
        &mut tx,
        &"doc-pro".into(),
        &"acc-owner".into(),
        None,
        updates,
        AT,
    )
    .await
    .expect("appends");
    let opening = Opening {
        reason: Reason::Decision,
        round: 1,
        document_seq: 1,
        by: "owner",
        at: AT,
    };
    let version = tx
        .open_version(&"pro".into(), &opening)
        .await
        .expect("opens");
    tx.commit().await.expect("commits");
    Work::start(store.clone(), TaskTracker::new())
        .seal(&version)
        .await
        .expect("seals");
}

/// A decided action with its sealed version. The decision names the version when it is confirmed.
async fn published(world: &World, stage: &str, text: &str) {
    decided(world, stage).await;
    seal(world, text).await;
    // One more decision, confirmed with that version.
    world.sql("insert into decision (decision_id, proposal_id, kind, rectifies_id, round, value, organ, deliberation_ref, title, decided_on, motive, prepared_by, prepared_at_ms, version_id, confirmed_by, confirmed_at_ms, published_at_ms, version) select 'dec-2', 'pro', 'rectification', 'dec-1', 1, 'approved_with_conditions', 'Commission permanente', '26-002', 'Correction', '2026-07-10', 'Une coquille.', 'region_validator', 3, version_id, 'owner', 4, 4, 2 from version where proposal_id = 'pro'").await;
}

on_both_databases! {
    async fn a_decided_action_is_everybodys_to_read_and_names_nobody(database: Database) {
        let world = World::new(&database).await;
        published(&world, "in_progress", "Suivi par Camille owner, owner@a.example.").await;
        world.sql("insert into evocation (evocation_id, proposal_id, from_stage, motive, evoked_by, evoked_at_ms) values ('evo', 'pro', 'closed', 'Une urgence', 'region_validator', 3)").await;
        for number in ["ACT-2026-001", "CREER-2026-CH1-001"] {
            let (status, headers, text) = open(&world, &format!("/api/public/actions/{number}")).await;
            assert_eq!(status, 200, "{text}");
            assert_eq!(headers["cache-control"], "public, max-age=60");
            let body: Json = serde_json::from_str(&text).expect("JSON");
            assert_eq!((&body["title"], &body["porteur"], &body["stage"]), (&json!("Titre pro"), &json!("Organisation B"), &json!("in_progress")));
            assert_eq!((&body["decisions"][0]["is_rectified"], &body["decisions"][1]["rectifies_id"]), (&json!(true), &json!("dec-1")), "both stay side by side");
            assert_eq!((&body["decisions"][0]["conditions"][0]["due_on"], &body["evocation"]["motive"]), (&json!("2030-12-31"), &json!("Une urgence")));
            assert_eq!((&body["jobs"][0]["decided"]["posts"], &body["jobs"][0]["realised"]), (&json!(10), &Json::Null));
            for secret in ["Camille", "region_validator", "owner", "@", "prepared_by", "person"] {
                assert!(!text.contains(secret), "{secret}: {text}");
            }
            let tag = headers["etag"].to_str().expect("ascii");
            let again = Request::builder().uri(format!("/api/public/actions/{number}")).header("if-none-match", tag).body(Body::empty());
            assert_eq!(world.raw(again.expect("a request")).await.0.as_u16(), 304);
        }
        for unknown in ["ACT-2026-002", "pro", "dec-1", ""] {
            assert_eq!(open(&world, &format!("/api/public/actions/{unknown}")).await.0, 404, "{unknown}");
        }
    }

    async fn its_version_is_shown_without_names_and_proved(database: Database) {
        let world = World::new(&database).await;
        published(&world, "approved", "Suivi par Camille owner, owner@a.example.").await;
        let (status, headers, page) = open(&world, "/api/public/actions/ACT-2026-001/version.html").await;
        assert_eq!(status, 200);
        assert!(headers["content-security-policy"].to_str().expect("ascii").contains("default-src 'none'"));
        assert!(page.contains("Suivi par [nom occult\u{e9}], [nom occult\u{e9}]") && page.contains("occult\u{e9}s sur cette page"), "{page}");
        for secret in ["Camille", "@a.example"] {
            assert!(!page.contains(secret), "{secret}: {page}");
        }
        assert_eq!(open(&world, "/api/public/actions/ACT-2026-001/version.json").await.0, 404, "the file names somebody");
        let (status, _, seal) = open(&world, "/api/public/actions/ACT-2026-001/seal.json").await;
        let seal: Json = serde_json::from_str(&seal).expect("JSON");
        let (_, _, action) = open(&world, "/api/public/actions/ACT-2026-001").await;
        let action: Json = serde_json::from_str(&action).expect("JSON");
        assert_eq!((status, &seal["statement"]["content_sha256"]), (200, &action["version"]["content_sha256"]));
        assert_eq!(action["version"]["is_file_public"], false);
        let (_, _, known) = open(&world, &format!("/api/verification/{}", action["version"]["content_sha256"].as_str().expect("a hash"))).await;
        assert!(known.contains("\"known\":true"), "{known}");
    }

    async fn a_file_that_names_nobody_can_be_had_whole(database: Database) {
        let world = World::new(&database).await;
        decided(&world, "rejected").await;
        world.sql("update proposal set owner_contact_name = null, owner_contact_email = null").await;
        seal(&world, "Un texte sans nom.").await;
        world.sql("insert into decision (decision_id, proposal_id, kind, round, value, organ, deliberation_ref, title, decided_on, motive, prepared_by, prepared_at_ms, version_id, confirmed_by, confirmed_at_ms, published_at_ms, version) select 'dec-2', 'pro', 'addendum', 1, 'rejected', 'Commission permanente', '26-002', 'Refus', '2026-07-10', 'Hors champ.', 'region_validator', 3, version_id, 'owner', 4, 4, 2 from version where proposal_id = 'pro'").await;
        let (status, _, file) = open(&world, "/api/public/actions/CREER-2026-CH1-001/version.json").await;
        assert_eq!(status, 200);
        assert_eq!(chantier::proof::verify(file.as_bytes(), None).code(), "intact");
        let (_, _, page) = open(&world, "/api/public/actions/CREER-2026-CH1-001/version.html").await;
        assert!(page.contains("Un texte sans nom.") && !page.contains("occult"), "{page}");
    }

    async fn few_jobs_are_not_told(database: Database) {
        let world = World::new(&database).await;
        decided(&world, "approved").await;
        world.sql("update job_count set posts = 4").await;
        let (_, _, text) = open(&world, "/api/public/actions/ACT-2026-001").await;
        let body: Json = serde_json::from_str(&text).expect("JSON");
        assert_eq!(body["jobs"][0]["decided"], json!({"posts": null, "fte_hundredths": null}));
    }

    async fn before_the_decision_nothing_but_what_the_chantier_shows(database: Database) {
        let world = World::new(&database).await;
        for (id, stage) in [("p1", "idea"), ("p2", "submitted"), ("p3", "in_commission"), ("p4", "at_copil"), ("p5", "at_region"), ("p6", "withdrawn")] {
            world.proposal(id, stage).await;
            world.run("update proposal set number = $1, action_number = $2 where proposal_id = $3", &[&format!("N-{id}"), &format!("ACT-{id}"), id]).await;
        }
        let (status, _, text) = open(&world, "/api/public/proposals").await;
        assert_eq!((status, text.as_str()), (200, "{\"proposals\":[]}"), "the chantier did not choose so");
        world.sql("update chantier set shows_calendar = 1 where chantier_id = 'CH1'").await;
        let (_, _, text) = open(&world, "/api/public/proposals").await;
        let body: Json = serde_json::from_str(&text).expect("JSON");
        let shown: Vec<&str> = body["proposals"].as_array().expect("a list").iter().filter_map(|one| one["title"].as_str()).collect();
        assert_eq!(shown, ["Titre p2", "Titre p3", "Titre p4", "Titre p5"], "neither ideas nor what ended");
        for one in body["proposals"].as_array().expect("a list") {
            let keys: Vec<&String> = one.as_object().expect("an object").keys().collect();
            assert_eq!(keys, ["chantier", "next_on", "stage", "title"], "nothing else of it");
        }
        for id in ["p1", "p2", "p3", "p4", "p5", "p6"] {
            for number in [id.to_owned(), format!("N-{id}"), format!("ACT-{id}")] {
                for file in ["", "/version.html", "/version.json", "/seal.json"] {
                    let path = format!("/api/public/actions/{number}{file}");
                    assert_eq!(open(&world, &path).await.0, 404, "{path}");
                }
            }
        }
        assert_eq!(open(&world, "/api/public/actions").await.2, "{\"actions\":[],\"next_cursor\":null}");
        for private in ["", "/action", "/transitions", "/versions", "/journal", "/opinions", "/threads", "/sheet"] {
            let path = format!("/api/proposals/p5{private}");
            assert!(matches!(open(&world, &path).await.0, 401 | 404 | 405), "{path}");
        }
    }

    async fn a_decision_that_is_only_prepared_is_not_public(database: Database) {
        let world = World::new(&database).await;
        decided(&world, "approved").await;
        // The stage alone publishes nothing: the confirmed decision does.
        world.proposal("quiet", "rejected").await;
        world.sql("update proposal set number = 'N-quiet' where proposal_id = 'quiet'").await;
        world.sql("insert into decision (decision_id, proposal_id, kind, round, value, organ, deliberation_ref, title, decided_on, prepared_by, prepared_at_ms, version) values ('dec-q', 'quiet', 'initial', 1, 'rejected', 'CP', '26-009', 'Refus', '2026-07-03', 'region_validator', 1, 1)").await;
        assert_eq!(open(&world, "/api/public/actions/N-quiet").await.0, 404);
        let (_, _, list) = open(&world, "/api/public/actions").await;
        assert!(list.contains("ACT-2026-001") && !list.contains("N-quiet"), "{list}");
        // Sent back to the commission afterwards, what was decided once is hidden with the rest.
        world.sql("update proposal set stage = 'in_commission' where proposal_id = 'pro'").await;
        assert_eq!(open(&world, "/api/public/actions/ACT-2026-001").await.0, 404);
    }

    async fn decided_actions_are_listed_page_by_page(database: Database) {
        let world = World::new(&database).await;
        for number in 0..5 {
            let id = format!("a{number}");
            world.proposal(&id, "approved").await;
            world.run("update proposal set action_number = $1 where proposal_id = $2", &[&format!("ACT-2026-10{number}"), &id]).await;
            world.run("insert into decision (decision_id, proposal_id, kind, round, value, organ, deliberation_ref, title, decided_on, prepared_by, prepared_at_ms, confirmed_at_ms, published_at_ms, version) values ($1, $2, 'initial', 1, 'approved', 'CP', $3, 'T', '2026-07-03', 'region_validator', 1, 2, 2, 1)", &[&format!("d{number}"), &id, &format!("26-{number}")]).await;
        }
        let (mut path, mut seen) = ("/api/public/actions?limit=2".to_owned(), Vec::new());
        loop {
            let (_, _, text) = open(&world, &path).await;
            let body: Json = serde_json::from_str(&text).expect("JSON");
            let page = body["actions"].as_array().expect("a list").clone();
            seen.extend(page.iter().filter_map(|one| one["number"].as_str().map(ToOwned::to_owned)));
            match body["next_cursor"].as_str() {
                Some(cursor) => path = format!("/api/public/actions?limit=2&cursor={cursor}"),
                None => break,
            }
        }
        assert_eq!(seen, ["ACT-2026-104", "ACT-2026-103", "ACT-2026-102", "ACT-2026-101", "ACT-2026-100"]);
        let bad = world.ask("GET", "", "/api/public/actions?cursor=x", None).await;
        assert_problem(&bad, 422, "invalid");
        let none = world.ask("GET", "", "/api/public/actions?chantier=CH2", None).await;
        assert_eq!(none.1["actions"], json!([]));
    }
}
