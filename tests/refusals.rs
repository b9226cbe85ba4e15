//! What is refused leaves a trace: a forged request, another chantier's ids, a stage skipped, a request
//! sent twice.

use axum::body::Body;
use axum::http::{Request, header};
use serde_json::json;

use crate::support::logs;
use crate::support::on_both_databases;
use crate::support::world::{World, assert_problem};

/// The lines about this proposal's address that hold all these words.
fn told(id: &str, words: &[&str]) -> usize {
    let lines = logs::lines_with(&format!("path=/api/proposals/{id}/transitions"));
    let holds = |line: &&String| words.iter().all(|word| line.contains(word));
    lines.iter().filter(holds).count()
}

on_both_databases! {
    async fn a_refused_act_is_logged_with_who_asked_and_which_rule(database: Database) {
        logs::keep();
        let world = World::new(&database).await;
        let id = uuid::Uuid::now_v7().to_string();
        world.proposal(&id, "drafting").await;
        let path = format!("/api/proposals/{id}/transitions");
        let body = |transition: &str, version: i64| json!({"transition": transition, "expected_version": version, "motive": "Un motif."});

        // A stage skipped, by who may act at all.
        assert_problem(&world.post("co_president", &path, body("T13", 1)).await, 403, "stage");
        assert_eq!(told(&id, &["account=\"acc-co_president\"", "rule=\"T13\"", "code=\"stage\""]), 1);
        // Of another chantier: hidden from the person, not from the log.
        assert_problem(&world.post("elsewhere", &path, body("T28", 1)).await, 404, "not_found");
        assert_eq!(told(&id, &["account=\"acc-elsewhere\"", "code=\"not_found\""]), 1);
        // Forged by another site's page.
        let forged = Request::post(&path)
            .header(header::ORIGIN, "https://elsewhere.example")
            .header(header::AUTHORIZATION, "Bearer owner")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body("T28", 1).to_string()))
            .expect("a request");
        assert_eq!(world.raw(forged).await.0, 403);
        assert_eq!(told(&id, &["code=\"cross_site\""]), 1);
        // Sent again after it was done.
        let (status, answer) = world.post("owner", &path, body("T28", 1)).await;
        assert_eq!(status, 201, "{answer}");
        assert_problem(&world.post("owner", &path, body("T28", 1)).await, 409, "version_changed");
        assert_eq!(told(&id, &["account=\"acc-owner\"", "code=\"version_changed\""]), 1);
        // The secret of a link is not kept by the log.
        let secret = format!("secret-{id}");
        let link = format!("/api/links/{secret}/acceptances");
        assert_eq!(world.post("", &link, json!({"password": "un mot de passe assez long"})).await.0, 404);
        assert!(logs::lines_with(&secret).is_empty());
        // What was done, and what was only read, is no refusal.
        assert_problem(&world.get("elsewhere", &path).await, 404, "not_found");
        assert_eq!(told(&id, &[]), 4);
    }
}
