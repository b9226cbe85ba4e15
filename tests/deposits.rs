//! The deposit (T03) and the request for what is missing (T05), through the API: what each guard
//! refuses, what stays behind, and that a text which moves is never frozen unread.

use chantier::clock::Timestamp;
use chantier::store::log;
use chantier::text::edit::from_markdown;
use serde_json::{Value as Json, json};

use crate::support::world::{World, assert_problem};
use crate::support::{on_both_databases, sheet};

const COMPLETE: [(&str, &str); 3] = [
    ("context", "Quarante signes au moins pour dire le contexte."),
    ("description", "Ce que l'on fera."),
    ("transversal", "Pour toutes et tous."),
];

/// Writes into the text of `pro` behind the socket.
async fn write(world: &World, sections: &[(&str, &str)], client: u32) {
    let update = from_markdown(sections, client);
    let mut tx = world.store.write().await.expect("writes");
    let (document, account) = ("doc-pro".into(), "acc-owner".into());
    log::append_in(
        &mut tx,
        &document,
        &account,
        None,
        vec![update],
        Timestamp(5),
    )
    .await
    .expect("appends");
    tx.commit().await.expect("commits");
}

/// A proposal that is ready to be deposited.
async fn ready(world: &World) {
    world.proposal("pro", "drafting").await;
    sheet::complete(&world.store, "pro").await;
    write(world, &COMPLETE, 7).await;
}

async fn move_on(world: &World, person: &str, body: Json) -> crate::support::world::Answer {
    world
        .post(person, "/api/proposals/pro/transitions", body)
        .await
}

fn deposit(version: i64) -> Json {
    json!({"transition": "T03", "expected_version": version})
}

fn completion(world: &World, version: i64) -> Json {
    let due = world.store.today().plus_days(10);
    json!({"transition": "T05", "expected_version": version, "reason": "incomplete",
        "points": ["Préciser le calendrier", "  Joindre   l'accord "], "due_on": due.as_str()})
}

on_both_databases! {
    async fn t03_freezes_numbers_and_leaves_a_receipt(database: Database) {
        let world = World::new(&database).await;
        ready(&world).await;
        assert_problem(&move_on(&world, "elsewhere", deposit(1)).await, 404, "not_found");
        for person in ["contributor", "facilitator", "member", "observer"] {
            assert_problem(&move_on(&world, person, deposit(1)).await, 403, "role_missing");
        }
        assert_problem(&move_on(&world, "owner", deposit(9)).await, 409, "version_changed");
        let (status, body) = move_on(&world, "owner", deposit(1)).await;
        assert_eq!(status.as_u16(), 201, "{body}");
        let year = world.store.today().as_str()[..4].to_owned();
        let number = format!("CREER-{year}-CH1-001");
        assert_eq!((&body["stage"], &body["number"], &body["awaited"]["party"]),
            (&"submitted".into(), &json!(number), &"facilitator".into()));
        assert_eq!((&body["deposit"]["number"], &body["deposit"]["text_seq"], &body["deposit"]["person"]["person_id"]),
            (&json!(number), &1.into(), &"owner".into()));
        assert_eq!((&body["history"][0]["act"], body["may"].as_array().expect("may").contains(&"edit_text".into())), (&"T03".into(), false));
        assert_eq!(world.count("select document_seq from journal where act = 'T03'").await, 1);
        assert_eq!(world.count("select epoch from document").await, 2);
        assert_problem(&move_on(&world, "owner", deposit(2)).await, 403, "stage");
        assert!(world.store.write().await.expect("tx").journal_is_whole(&"pro".into()).await.expect("reads"));
    }

    async fn t03_says_what_is_missing(database: Database) {
        let world = World::new(&database).await;
        world.proposal("pro", "drafting").await;
        assert_problem(&move_on(&world, "owner", deposit(1)).await, 403, "porteur_not_accepted");
        world.sql("update proposal set porteur_id = null").await;
        assert_problem(&move_on(&world, "owner", deposit(1)).await, 403, "porteur_missing");
        world.sql("update proposal set porteur_id = 'org-b', porteur_accepted_at_ms = 1").await;
        let answer = move_on(&world, "owner", deposit(1)).await;
        assert_problem(&answer, 403, "sheet_incomplete");
        assert_eq!(answer.1["rule"], "T03");
        let missing = answer.1["errors"].as_array().expect("all of it");
        assert_eq!((missing.len(), &missing[1]), (15, &json!({"field": "objectives", "code": "objectives_missing"})));
        sheet::complete(&world.store, "pro").await;
        write(&world, &COMPLETE[..2], 7).await;
        let lacks = |body: &Json| -> Vec<String> {
            body["lacks"].as_array().expect("a list").iter().map(|one| one["code"].as_str().expect("a code").to_owned()).collect()
        };
        let (_, body) = world.get("owner", "/api/proposals/pro").await;
        assert_eq!(lacks(&body), ["transversal_missing"]);
        world.sql("update envelope_request set code = 'FEE'").await;
        write(&world, &COMPLETE[2..], 8).await;
        let (_, body) = world.get("owner", "/api/proposals/pro").await;
        assert_eq!(lacks(&body), ["experiment_missing"]);
        assert_problem(&move_on(&world, "owner", deposit(1)).await, 403, "sheet_incomplete");
        assert_eq!(world.count("select count(*) from journal").await, 0);
        assert_eq!(world.count("select epoch from document").await, 1);
        write(&world, &[("experiment", "Une hypothèse.")], 9).await;
        assert_eq!(move_on(&world, "owner", deposit(1)).await.0.as_u16(), 201);
    }

    async fn t05_thaws_with_one_request_until_the_next_deposit(database: Database) {
        let world = World::new(&database).await;
        ready(&world).await;
        let first = move_on(&world, "owner", deposit(1)).await.1;
        assert_problem(&move_on(&world, "owner", completion(&world, 2)).await, 403, "role_missing");
        assert_problem(&move_on(&world, "facilitator", completion(&world, 1)).await, 409, "version_changed");
        for (field, value, problem) in [
            ("reason", json!(null), "required"), ("reason", json!("mood"), "unknown"),
            ("points", json!(["ok"]), "too_short"), ("points", json!(["x".repeat(501)]), "too_long"),
            ("points", json!(vec!["un point"; 21]), "too_many_points"),
            ("due_on", json!(null), "required"), ("due_on", json!("demain"), "not_a_day"),
        ] {
            let mut body = completion(&world, 2);
            body[field] = value;
            let answer = move_on(&world, "facilitator", body).await;
            assert_problem(&answer, 422, "invalid");
            assert_eq!(answer.1["errors"], json!([{"field": field, "code": problem}]));
        }
        for (field, value, code) in [
            ("points", json!([]), "points_missing"),
            ("due_on", json!(world.store.today().as_str()), "due_date_past"),
            ("due_on", json!(world.store.today().plus_days(400).as_str()), "due_date_far"),
        ] {
            let mut body = completion(&world, 2);
            body[field] = value;
            assert_problem(&move_on(&world, "facilitator", body).await, 403, code);
        }
        let (status, body) = move_on(&world, "facilitator", completion(&world, 2)).await;
        assert_eq!(status.as_u16(), 201, "{body}");
        assert_eq!((&body["stage"], &body["awaited"]["party"], &body["number"]), (&"drafting".into(), &"owner".into(), &first["number"]));
        let (_, seen) = world.get("owner", "/api/proposals/pro").await;
        let request = &seen["completion_request"];
        assert_eq!(request["points"], json!(["Préciser le calendrier", "Joindre l'accord"]));
        assert_eq!((&request["reason"], &request["person"]["person_id"]), (&"incomplete".into(), &"facilitator".into()));
        assert!(seen["may"].as_array().expect("may").contains(&"edit_text".into()));
        assert_eq!(world.count("select epoch from document").await, 3);
        // Deposited again: the number stays, the request is answered, the history keeps it.
        let (status, body) = move_on(&world, "owner", deposit(3)).await;
        assert_eq!(status.as_u16(), 201, "{body}");
        assert_eq!((&body["number"], &body["completion_request"]), (&first["number"], &Json::Null));
        let acts: Vec<&Json> = body["history"].as_array().expect("acts").iter().collect();
        assert_eq!(acts.iter().map(|act| act["act"].as_str().expect("act")).collect::<Vec<_>>(), ["T03", "T05", "T03"]);
        assert_eq!(acts[1]["completion_request"]["points"].as_array().expect("points").len(), 2);
        assert_eq!((&acts[0]["completion_request"], &acts[2]["completion_request"]), (&Json::Null, &Json::Null));
    }

    async fn t03_two_deposits_at_once_get_two_numbers(database: Database) {
        let world = World::new(&database).await;
        ready(&world).await;
        for id in ["one", "two"] {
            world.proposal(id, "drafting").await;
            let mut tx = world.store.write().await.expect("writes");
            let update = from_markdown(&COMPLETE, 7);
            log::append_in(&mut tx, &format!("doc-{id}").as_str().into(), &"acc-owner".into(), None, vec![update], Timestamp(5))
                .await.expect("appends");
            tx.commit().await.expect("commits");
            sheet::complete(&world.store, id).await;
        }
        let ask = |id: &str| {
            let path = format!("/api/proposals/{id}/transitions");
            let world = &world;
            async move { world.post("owner", &path, deposit(1)).await }
        };
        let (one, two, three) = tokio::join!(ask("one"), ask("two"), ask("pro"));
        let mut numbers: Vec<String> = [one, two, three].iter().map(|answer| {
            assert_eq!(answer.0.as_u16(), 201, "{}", answer.1);
            answer.1["number"].as_str().expect("a number").to_owned()
        }).collect();
        numbers.sort();
        let ranks: Vec<&str> = numbers.iter().map(|number| &number[number.len() - 3..]).collect();
        assert_eq!(ranks, ["001", "002", "003"]);
    }
}
