//! The structure porteuse: named by who leads the proposal, accepted or declined by its reference person.

use serde_json::{Value as Json, json};

use crate::support::on_both_databases;
use crate::support::world::{Answer, World, assert_problem};

const PORTEUR: &str = "/api/proposals/pro/sheet/porteur";
const ANSWERS: &str = "/api/proposals/pro/porteur_answers";

async fn name(world: &World, person: &str, version: i64, organisation: &str) -> Answer {
    let body = json!({"expected_version": version, "row": {"organisation_id": organisation}});
    world.ask("PUT", person, PORTEUR, Some(body)).await
}

fn answer(organisation: &str, accepts: bool) -> Json {
    json!({"organisation_id": organisation, "accepts": accepts})
}

on_both_databases! {
    async fn the_named_porteur_answers_for_itself(database: Database) {
        let world = World::new(&database).await;
        world.proposal("pro", "drafting").await;
        assert_problem(&world.post("elsewhere", ANSWERS, answer("org-b", true)).await, 404, "not_found");
        for person in ["owner", "contributor", "facilitator", "member"] {
            assert_problem(&world.post(person, ANSWERS, answer("org-b", true)).await, 403, "role_missing");
        }
        assert_problem(&world.post("org_admin", ANSWERS, answer("org-c", true)).await, 409, "porteur_changed");
        for _ in 0..2 {
            let (status, body) = world.post("org_admin", ANSWERS, answer("org-b", true)).await;
            assert_eq!((status.as_u16(), body["porteur_accepted_at_ms"].is_i64()), (201, true));
        }
        let (_, body) = world.post("org_admin", ANSWERS, answer("org-b", false)).await;
        assert_eq!((&body["porteur_accepted_at_ms"], body["sheet"]["porteur_declined_at_ms"].is_i64()), (&Json::Null, true));
        assert_eq!(body["lacks"].as_array().expect("a list").iter().filter(|lack| lack["code"] == "porteur_not_accepted").count(), 1);
        let (_, page) = world.get("owner", "/api/proposals/pro").await;
        let acts: Vec<&Json> = page["history"].as_array().expect("acts").iter().map(|act| &act["act"]).collect();
        assert_eq!(acts, ["accept_porteur", "decline_porteur"], "said twice, written once");
        world.sql("update proposal set stage = 'submitted'").await;
        assert_problem(&world.post("org_admin", ANSWERS, answer("org-b", true)).await, 403, "stage");
    }

    async fn another_porteur_begins_anew(database: Database) {
        let world = World::new(&database).await;
        world.proposal("pro", "drafting").await;
        world.sql("update proposal set porteur_accepted_at_ms = 1").await;
        world.sql("insert into proposal_co_porteur (proposal_id, organisation_id) values ('pro', 'org-c')").await;
        assert_problem(&name(&world, "contributor", 0, "org-c").await, 403, "role_missing");
        assert_problem(&name(&world, "facilitator", 0, "org-c").await, 403, "role_missing");
        let unknown = name(&world, "owner", 0, "org-z").await;
        assert_eq!(unknown.1["errors"], json!([{"field": "organisation_id", "code": "unknown"}]));
        assert_problem(&name(&world, "owner", 3, "org-c").await, 409, "row_changed");
        // The same again leaves the acceptance as it is.
        let (_, body) = name(&world, "owner", 0, "org-b").await;
        assert_eq!(body["porteur_accepted_at_ms"], 1);
        let (status, body) = name(&world, "owner", 1, "org-c").await;
        assert_eq!((status.as_u16(), &body["porteur"]["organisation_id"], &body["porteur_accepted_at_ms"]), (200, &json!("org-c"), &Json::Null));
        assert_eq!(body["sheet"]["owner"]["co_porteurs"], json!([]), "nobody bears it beside itself");
        assert_eq!(world.count("select epoch from document").await, 2, "whoever could write by it hears so");
        // One's own organisation accepts by being named.
        let (_, body) = name(&world, "owner", 2, "org-a").await;
        assert!(body["porteur_accepted_at_ms"].is_i64());
        assert!(world.store.write().await.expect("tx").journal_is_whole(&"pro".into()).await.expect("reads"));
    }
}
