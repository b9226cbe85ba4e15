//! Whatever is asked of a proposal that one may not read, the answer is that of one that does not exist:
//! no field of a request tells the two apart.

use serde_json::{Value as Json, json};

use super::stand::Stand;
use crate::support::on_both_databases;

/// Requests that would each be answered in another way by somebody who may read.
fn requests() -> Vec<Json> {
    let mut all = Vec::new();
    for transition in [
        "T02", "T03", "T04", "T05", "T06", "T07", "T08", "T09", "T10", "T11", "T12", "T13", "T28",
        "T31", "T32", "T99",
    ] {
        for more in [
            json!({}),
            json!({"expected_version": 7}),
            json!({"chantier_id": "CH1"}),
            json!({"chantier_id": "no-such-chantier"}),
            json!({"meeting_id": "no-such-meeting"}),
            json!({"closes_on": "2020-01-01"}),
            json!({"porteur_id": "no-such-organisation"}),
            json!({"motive": "x"}),
            json!({"points": []}),
            json!({"duplicates": [{"proposal_id": "no-such-proposal", "answer": "distinct"}]}),
        ] {
            let mut body = json!({"transition": transition, "expected_version": 1, "reason": "other", "due_on": "2030-01-01"});
            for (name, value) in more.as_object().expect("an object") {
                body[name] = value.clone();
            }
            all.push(body);
        }
    }
    all
}

on_both_databases! {
    async fn a_hidden_proposal_answers_as_one_that_does_not_exist(database: Database) {
        let stand = Stand::new(&database).await;
        let id = stand.placed("submitted", "T07").await;
        // Somebody asked: there is a request to agree to, to decline or to take back.
        stand.must(&id, "facilitator", "T06").await;
        let before = stand.standing(&id).await;
        for person in ["nobody", "elsewhere", "admin", "copil_member"] {
            for body in requests() {
                let hidden = stand.post(&id, person, body.clone()).await;
                let unknown = stand.post("no-such-proposal", person, body.clone()).await;
                assert_eq!(hidden, unknown, "{person}: {body}");
                assert!(matches!(hidden.0.as_u16(), 404 | 422), "{person}: {body} {hidden:?}");
            }
            for (method, path, body) in [
                ("POST", "/transitions/T06/refusal", Some(json!({}))),
                ("POST", "/transitions/T07/refusal", Some(json!({}))),
                ("DELETE", "/transitions/T06", None),
                ("DELETE", "/transitions/T07", None),
                ("POST", "/warnings", Some(json!({}))),
                ("PUT", "/opinions", Some(json!({"value": "favourable", "mode": "consensus", "recused": ["no-such-organisation"]}))),
                ("POST", "/opinions/signature", Some(json!({"expected_version": 1}))),
                ("PUT", "/reserves/no-such-reserve", Some(json!({"state": "addressed", "answer": "Fait", "expected_version": 1}))),
                ("POST", "/threads", Some(json!({"thread_id": "hidden-thread", "kind": "remark", "body": "Une remarque"}))),
                ("GET", "/transitions", None),
                ("GET", "/versions", None),
                ("GET", "/journal", None),
                ("GET", "/opinions", None),
                ("GET", "/threads", None),
            ] {
                let ask = async |id: &str| {
                    let path = format!("/api/proposals/{id}{path}");
                    stand.world.ask(method, person, &path, body.clone()).await
                };
                let hidden = ask(&id).await;
                assert_eq!(hidden, ask("no-such-proposal").await, "{person}: {method} {path}");
                assert_eq!(hidden.0.as_u16(), 404, "{person}: {method} {path} {}", hidden.1);
            }
        }
        assert_eq!(stand.standing(&id).await, before);
    }
}
