//! The commission's threads, through the API: who reads and who says what at which stage, replies,
//! corrections, outcomes, mentions, what is new, what holds the freeze, and who is told.

use axum::http::StatusCode;
use chantier::ids::ProposalId;
use chantier::rules::rights::{Action, Facts, judge};
use chantier::rules::role::{Role, Roles};
use chantier::rules::stage::Stage;
use chantier::rules::threads::{EDITED_WITHIN_MS, SECTIONS};
use serde_json::{Value as Json, json};

use crate::live::joined;
use crate::support::on_both_databases;
use crate::support::server::Server;
use crate::support::workspace::{self, PROPOSAL};
use crate::support::world::{Answer, World, assert_problem};

const THREADS: &str = "/api/proposals/pro/threads";

/// A discussed proposal.
async fn discussed(database: &crate::support::database::Database) -> World {
    let world = World::new(database).await;
    world.proposal("pro", "in_commission").await;
    world
}

fn thread(id: &str, kind: &str, body: &str) -> Json {
    json!({"thread_id": id, "section": "budget", "kind": kind, "body": body})
}

async fn open(world: &World, person: &str, id: &str, kind: &str) -> Json {
    let body = thread(id, kind, &format!("Un mot de {person}"));
    let (status, opened) = world.post(person, THREADS, body).await;
    assert_eq!(status, StatusCode::CREATED, "{opened}");
    opened
}

async fn reply(world: &World, person: &str, thread: &str, id: &str) -> Answer {
    let body = json!({"message_id": id, "body": format!("R\u{e9}ponse de {person}")});
    world
        .post(person, &format!("/api/threads/{thread}/replies"), body)
        .await
}

async fn close(world: &World, person: &str, thread: &str, outcome: &str, version: i64) -> Answer {
    let body = json!({"outcome": outcome, "expected_version": version});
    world
        .post(person, &format!("/api/threads/{thread}/closing"), body)
        .await
}

async fn get(world: &World, person: &str, thread: &str) -> Json {
    let (status, body) = world.get(person, &format!("/api/threads/{thread}")).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    body
}

async fn list(world: &World, person: &str, query: &str) -> Json {
    let (status, body) = world.get(person, &format!("{THREADS}{query}")).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    body
}

fn ids(list: &Json) -> Vec<&str> {
    let threads = list["threads"].as_array().expect("threads");
    let ids = threads.iter().map(|one| one["thread_id"].as_str());
    ids.map(|id| id.expect("an id")).collect()
}

#[track_caller]
fn assert_invalid(answer: &Answer, field: &str, code: &str) {
    assert_problem(answer, 422, "invalid");
    let error = &answer.1["errors"][0];
    assert_eq!(
        (error["field"].as_str(), error["code"].as_str()),
        (Some(field), Some(code)),
        "{}",
        answer.1
    );
}

async fn unanswered(world: &World) -> i64 {
    let mut tx = world.store.read().await.expect("reads");
    let proposal = ProposalId::from("pro");
    tx.unanswered_vigilances(&proposal).await.expect("counts")
}

on_both_databases! {
    async fn r_threads_each_role_at_each_stage_as_the_table_says(database: Database) {
        let world = World::new(&database).await;
        for stage in Stage::ALL {
            world.proposal(stage.key(), stage.key()).await;
            let id = format!("t-{}", stage.key());
            world.run("insert into comment (comment_id, proposal_id, kind, author_id, body, visibility, state, created_at_ms, activity_at_ms) values ($1, $2, 'remark', 'associated', 'Un mot', 'commission', 'open', 1, 1)", &[&id, stage.key()]).await;
        }
        world.ask_receiver().await;
        let people = Role::ALL.into_iter().map(|role| (role.key(), Roles::NONE.with(role))).chain([("nobody", Roles::NONE)]);
        for (person, roles) in people {
            for stage in Stage::ALL {
                let facts = Facts { roles, stage: Some(stage) };
                let may = |action| judge(action, &facts);
                let (threads, one) = (format!("/api/proposals/{}/threads", stage.key()), format!("/api/threads/t-{}", stage.key()));
                let expected = |action, status| match may(action) {
                    Ok(()) => (status, None),
                    Err(refusal) if refusal.hides() => (404, Some("not_found")),
                    Err(refusal) => (403, Some(refusal.code)),
                };
                let place = format!("{person} at {}", stage.key());
                #[track_caller]
                fn same(answer: &Answer, expected: (u16, Option<&str>), place: &str) {
                    let code = answer.1["code"].as_str();
                    assert_eq!((answer.0.as_u16(), code), expected, "{place}: {}", answer.1);
                }
                for path in [&threads, &one] {
                    same(&world.get(person, path).await, expected(Action::ReadThreads, 200), &place);
                }
                let body = json!({"thread_id": format!("t-{person}-{}", stage.key()), "kind": "remark", "body": "Un mot"});
                same(&world.post(person, &threads, body).await, expected(Action::Comment, 201), &place);
                let body = json!({"message_id": format!("r-{person}-{}", stage.key()), "body": "Un mot"});
                same(&world.post(person, &format!("{one}/replies"), body).await, expected(Action::Comment, 201), &place);
                let mut closes = expected(Action::CloseThread, 201);
                // Who opened it may end it, but not by the judgement of who leads.
                if person == "associated" && may(Action::Comment).is_ok() {
                    closes = (403, Some("outcome_of_role"));
                } else if person == "associated" {
                    closes = expected(Action::Comment, 201);
                }
                let version = match world.get("owner", &one).await.1["version"].as_i64() {
                    Some(version) => version,
                    None => panic!("{place}"),
                };
                same(&close(&world, person, &format!("t-{}", stage.key()), "adopted", version).await, closes, &place);
                if closes.0 == 201 {
                    assert_eq!(world.ask("DELETE", person, &format!("{one}/closing"), None).await.0.as_u16(), 200, "{place}");
                }
                let seen = world.ask("PUT", person, &format!("{threads}/seen"), Some(json!({"read_at_ms": 5}))).await;
                same(&seen, expected(Action::ReadThreads, 204), &place);
                let named = world.get(person, &format!("/api/proposals/{}/mentionable", stage.key())).await;
                same(&named, expected(Action::Comment, 200), &place);
            }
        }
        assert_problem(&world.get("", "/api/proposals/idea/threads").await, 401, "unauthenticated");
        assert_problem(&world.get("owner", "/api/threads/unknown").await, 404, "not_found");
        assert_problem(&reply(&world, "owner", "unknown", "r").await, 404, "not_found");
        assert_problem(&world.get("owner", "/api/proposals/unknown/threads").await, 404, "not_found");
    }

    async fn what_is_said_is_read_by_those_around(database: Database) {
        let world = discussed(&database).await;
        let opened = open(&world, "member", "one", "vigilance").await;
        assert_eq!((&opened["section"], &opened["kind"], &opened["unanswered"], &opened["mine"]),
            (&"budget".into(), &"vigilance".into(), &true.into(), &true.into()));
        let (status, answered) = reply(&world, "owner", "one", "two").await;
        assert_eq!((status.as_u16(), &answered["unanswered"], &answered["replies_count"]), (201, &false.into(), &1.into()));
        let read = list(&world, "observer", "").await;
        assert_eq!(read["may"], json!(["read_threads"]));
        let one = &read["threads"][0];
        assert_eq!((&one["may"], &one["outcomes"], &one["mine"]), (&json!([]), &json!([]), &false.into()));
        let codes: Vec<_> = one["may_not"].as_array().expect("why").iter().map(|why| (why["action"].as_str(), why["rule"].as_str(), why["code"].as_str())).collect();
        assert_eq!(codes, [(Some("reply"), Some("R-COMMENT"), Some("role_missing")), (Some("close"), Some("R-CLOSE"), Some("role_missing")), (Some("reopen"), Some("R-CLOSE"), Some("role_missing"))]);
        let messages = one["messages"].as_array().expect("messages");
        assert_eq!(messages.len(), 2);
        assert_eq!((&messages[1]["body"], &messages[1]["author"]["person_id"], &messages[1]["author"]["organisation"]["short_name"]),
            (&"R\u{e9}ponse de owner".into(), &"owner".into(), &"A".into()));
        assert!(!read.to_string().contains("a.example"), "no address is told");
        let count = &read["sections"][0];
        assert_eq!((&count["section"], &count["threads"], &count["open"], &count["unanswered_vigilances"]), (&"budget".into(), &1.into(), &1.into(), &0.into()));
        assert_eq!(world.get("member", "/api/proposals/pro").await.1["comments_count"], 2);
        // The organisation stays the one they spoke for.
        world.sql("update affiliation set organisation_id = 'org-c' where person_id = 'owner'").await;
        let later = get(&world, "member", "one").await;
        assert_eq!(later["messages"][1]["author"]["organisation"]["short_name"], "A");
        assert_eq!(world.count("select count(*) from journal where act = 'thread_opened' and note = 'vigilance budget'").await, 1);
    }

    async fn what_is_sent_is_looked_at(database: Database) {
        let world = discussed(&database).await;
        let ask = async |change: Json| {
            let mut body = thread("one", "remark", "Un mot");
            for (key, value) in change.as_object().expect("fields") {
                body[key] = value.clone();
            }
            world.post("member", THREADS, body).await
        };
        assert_invalid(&ask(json!({"kind": "suggestion"})).await, "kind", "unknown");
        assert_invalid(&ask(json!({"kind": "answer"})).await, "kind", "unknown");
        assert_invalid(&ask(json!({"section": "elsewhere"})).await, "section", "unknown");
        assert_invalid(&ask(json!({"body": " \n "})).await, "body", "required");
        assert_invalid(&ask(json!({"body": "\u{e9}".repeat(4001)})).await, "body", "too_long");
        assert_invalid(&ask(json!({"body": "a\u{0}b"})).await, "body", "invalid");
        assert_invalid(&ask(json!({"thread_id": "../x"})).await, "thread_id", "invalid");
        assert_invalid(&ask(json!({"mentions": vec!["member"; 11]})).await, "mentions", "too_many_mentions");
        for person in ["observer", "elsewhere", "nobody", "admin", "unknown"] {
            assert_invalid(&ask(json!({"mentions": ["owner", person]})).await, "mentions", "not_eligible");
        }
        assert_eq!(world.count("select count(*) from comment").await, 0);
        assert_eq!(world.count("select count(*) from journal").await, 0);
        assert_problem(&ask(json!({"body": 3})).await, 400, "malformed");
        let wide = ask(json!({"body": format!("  {}\r\n\r\n{}  ", "\u{e9}".repeat(2000), "b".repeat(1998))})).await;
        assert_eq!(wide.0, StatusCode::CREATED, "{}", wide.1);
        for (at, section) in SECTIONS.into_iter().enumerate() {
            assert_eq!(ask(json!({"thread_id": format!("s{at}"), "section": section})).await.0, StatusCode::CREATED, "{section}");
        }
        let whole = ask(json!({"thread_id": "whole", "section": null})).await;
        assert_eq!((whole.0, &whole.1["section"]), (StatusCode::CREATED, &Json::Null));
        assert_eq!(ids(&list(&world, "member", "?section=whole").await), ["whole"]);
        for (query, field) in [("?state=x", "state"), ("?section=x", "section"), ("?limit=0", "limit"), ("?limit=101", "limit"), ("?cursor=x", "cursor")] {
            let answer = world.get("member", &format!("{THREADS}{query}")).await;
            assert_eq!((answer.0.as_u16(), &answer.1["errors"][0]["field"]), (422, &field.into()), "{query}");
        }
        let long = format!("/api/proposals/pro/mentionable?q={}", "a".repeat(101));
        assert_invalid(&world.get("member", &long).await, "q", "too_long");
        assert_invalid(&close(&world, "owner", "whole", "great", 1).await, "outcome", "unknown");
        let note = json!({"outcome": "adopted", "note": "x".repeat(501), "expected_version": 1});
        assert_invalid(&world.post("owner", "/api/threads/whole/closing", note).await, "note", "too_long");
    }

    async fn what_is_sent_again_adds_nothing(database: Database) {
        let world = discussed(&database).await;
        let first = open(&world, "member", "one", "question").await;
        let again = open(&world, "member", "one", "question").await;
        assert_eq!(first["version"], again["version"]);
        for _ in 0..2 {
            assert_eq!(reply(&world, "owner", "one", "two").await.0, StatusCode::CREATED);
        }
        // Also once nothing new may be said there.
        assert_eq!(close(&world, "owner", "one", "answered", 2).await.0, StatusCode::CREATED);
        assert_eq!(reply(&world, "owner", "one", "two").await.0, StatusCode::CREATED);
        assert_eq!(close(&world, "owner", "one", "answered", 2).await.0, StatusCode::CREATED);
        assert_eq!(world.count("select count(*) from comment").await, 2);
        assert_eq!(world.count("select count(*) from journal").await, 2);
        // An id of somebody else's, or of another place, is nobody's to take.
        assert_problem(&world.post("owner", THREADS, thread("one", "remark", "Autre")).await, 409, "id_taken");
        open(&world, "owner", "other", "remark").await;
        assert_problem(&reply(&world, "owner", "other", "two").await, 409, "id_taken");
        assert_problem(&reply(&world, "member", "other", "other").await, 409, "id_taken");
        let (a, b) = tokio::join!(
            world.post("member", THREADS, thread("twin", "remark", "Un mot")),
            world.post("member", THREADS, thread("twin", "remark", "Un mot")),
        );
        assert_eq!((a.0.as_u16(), b.0.as_u16()), (201, 201), "{} {}", a.1, b.1);
        assert_eq!(world.count("select count(*) from comment where comment_id = 'twin'").await, 1);
    }

    async fn r_close_an_outcome_ends_a_thread_and_reopening_begins_it_again(database: Database) {
        let world = discussed(&database).await;
        open(&world, "member", "one", "vigilance").await;
        assert_problem(&close(&world, "contributor", "one", "adopted", 1).await, 403, "role_missing");
        assert_problem(&close(&world, "facilitator", "one", "adopted", 2).await, 409, "version_changed");
        assert_problem(&close(&world, "elsewhere", "one", "adopted", 2).await, 404, "not_found");
        assert_problem(&close(&world, "facilitator", "one", "answered", 1).await, 403, "outcome_unsuited");
        assert_problem(&close(&world, "facilitator", "one", "withdrawn", 1).await, 403, "outcome_of_author");
        assert_problem(&close(&world, "member", "one", "not_adopted", 1).await, 403, "outcome_of_role");
        let body = json!({"outcome": "partly", "note": " Deux promotions\nau lieu de trois. ", "expected_version": 1});
        let (status, closed) = world.post("facilitator", "/api/threads/one/closing", body).await;
        assert_eq!((status.as_u16(), &closed["closing"]["outcome"], &closed["closing"]["note"], &closed["closing"]["person"]["person_id"]),
            (201, &"partly".into(), &"Deux promotions au lieu de trois.".into(), &"facilitator".into()));
        assert_eq!((&closed["may"], &closed["version"]), (&json!(["reopen"]), &2.into()));
        assert_problem(&reply(&world, "member", "one", "late").await, 403, "thread_closed");
        assert_problem(&close(&world, "co_president", "one", "adopted", 2).await, 403, "thread_closed");
        assert_problem(&world.ask("DELETE", "contributor", "/api/threads/one/closing", None).await, 403, "role_missing");
        let (status, open_again) = world.ask("DELETE", "member", "/api/threads/one/closing", None).await;
        assert_eq!((status.as_u16(), &open_again["closing"], &open_again["version"]), (200, &Json::Null, &3.into()));
        assert_problem(&world.ask("DELETE", "member", "/api/threads/one/closing", None).await, 403, "thread_open");
        assert_eq!(close(&world, "member", "one", "satisfied", 3).await.0.as_u16(), 201);
        // Who is not around any more ends nothing, not even their own.
        world.sql("update mandate set valid_to = '2025-06-01' where person_id = 'member'").await;
        assert_problem(&world.ask("DELETE", "member", "/api/threads/one/closing", None).await, 404, "not_found");
        let mut tx = world.store.read().await.expect("reads");
        assert!(tx.journal_is_whole(&ProposalId::from("pro")).await.expect("reads"));
        let row = tx.row("select note from journal where act = 'thread_closed' order by rank limit 1", &[]).await.expect("reads").expect("a row");
        assert_eq!(row.text(0).expect("a note"), "vigilance budget partly");
    }

    async fn two_who_close_at_once_one_wins(database: Database) {
        let world = discussed(&database).await;
        open(&world, "member", "one", "remark").await;
        let (a, b, c) = tokio::join!(
            close(&world, "owner", "one", "adopted", 1),
            close(&world, "facilitator", "one", "not_adopted", 1),
            close(&world, "co_president", "one", "partly", 1),
        );
        let mut statuses = [a.0.as_u16(), b.0.as_u16(), c.0.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409, 409], "{} {} {}", a.1, b.1, c.1);
        assert_eq!(world.count("select count(*) from journal where act = 'thread_closed'").await, 1);
    }

    async fn r_comment_a_message_is_corrected_soon_and_while_nobody_answered(database: Database) {
        let world = discussed(&database).await;
        open(&world, "member", "one", "remark").await;
        let edit = async |person: &str, message: &str, body: &str| {
            let path = format!("/api/threads/one/messages/{message}");
            world.ask("PATCH", person, &path, Some(json!({"body": body}))).await
        };
        let (status, edited) = edit("member", "one", "Mieux dit").await;
        assert_eq!((status.as_u16(), &edited["messages"][0]["body"]), (200, &"Mieux dit".into()));
        assert!(edited["messages"][0]["edited_at_ms"].is_i64());
        let version = edited["version"].clone();
        assert_eq!(edit("member", "one", "Mieux dit").await.1["version"], version, "the same again");
        assert_problem(&edit("owner", "one", "Autre").await, 403, "not_author");
        assert_problem(&edit("elsewhere", "one", "Autre").await, 404, "not_found");
        assert_problem(&edit("member", "two", "Autre").await, 404, "not_found");
        assert_invalid(&edit("member", "one", " ").await, "body", "required");
        // One's own reply answers nothing.
        reply(&world, "member", "one", "two").await;
        assert_eq!(edit("member", "one", "Encore mieux").await.0.as_u16(), 200);
        reply(&world, "owner", "one", "three").await;
        assert_problem(&edit("member", "one", "Trop tard").await, 403, "message_answered");
        assert_eq!(edit("owner", "three", "La derni\u{e8}re").await.0.as_u16(), 200);
        let long = (EDITED_WITHIN_MS + 1000).to_string();
        world.run("update comment set created_at_ms = created_at_ms - cast($1 as bigint)", &[&long]).await;
        assert_problem(&edit("owner", "three", "Trop tard").await, 403, "edit_too_late");
        assert!(!get(&world, "owner", "one").await["messages"][2]["may"].to_string().contains("edit"));
    }

    async fn r_comment_what_is_taken_back_leaves_its_place(database: Database) {
        let world = discussed(&database).await;
        let body = json!({"thread_id": "one", "kind": "vigilance", "body": "Voyez @Camille owner", "mentions": ["owner"]});
        assert_eq!(world.post("member", THREADS, body).await.0.as_u16(), 201);
        reply(&world, "owner", "one", "two").await;
        assert_eq!(unanswered(&world).await, 0);
        let withdraw = async |person: &str, message: &str| {
            let path = format!("/api/threads/one/messages/{message}/withdrawal");
            world.ask("POST", person, &path, None).await
        };
        assert_problem(&withdraw("member", "two").await, 403, "not_author");
        assert_problem(&withdraw("observer", "two").await, 403, "role_missing");
        assert_problem(&withdraw("elsewhere", "two").await, 404, "not_found");
        let (status, read) = withdraw("owner", "two").await;
        assert_eq!((status.as_u16(), &read["messages"][1]["body"], &read["replies_count"], &read["unanswered"]), (201, &Json::Null, &1.into(), &true.into()));
        assert_eq!(unanswered(&world).await, 1, "an answer taken back is none");
        assert_eq!(withdraw("owner", "two").await.0.as_u16(), 201, "again");
        let edit = world.ask("PATCH", "owner", "/api/threads/one/messages/two", Some(json!({"body": "Si"}))).await;
        assert_problem(&edit, 403, "message_withdrawn");
        // With its first message the thread ends, and holds no freeze.
        let (_, read) = withdraw("member", "one").await;
        assert_eq!((&read["closing"]["outcome"], &read["messages"][0]["body"], &read["messages"][0]["mentions"]), (&"withdrawn".into(), &Json::Null, &json!([])));
        assert_eq!(unanswered(&world).await, 0);
        assert_problem(&world.ask("DELETE", "facilitator", "/api/threads/one/closing", None).await, 403, "message_withdrawn");
        assert_eq!(world.count("select count(*) from comment where body <> ''").await, 0);
        assert_eq!(world.get("member", "/api/proposals/pro").await.1["comments_count"], 0);
    }

    async fn t08_a_vigilance_waits_for_anybody_but_its_author(database: Database) {
        let world = discussed(&database).await;
        open(&world, "member", "one", "vigilance").await;
        open(&world, "member", "two", "vigilance").await;
        open(&world, "member", "asked", "question").await;
        assert_eq!(unanswered(&world).await, 2);
        reply(&world, "member", "one", "own").await;
        assert_eq!(unanswered(&world).await, 2);
        reply(&world, "facilitator", "one", "answer").await;
        assert_eq!(unanswered(&world).await, 1);
        close(&world, "facilitator", "two", "not_adopted", 1).await;
        assert_eq!(unanswered(&world).await, 0);
    }

    async fn people_are_named_found_and_know_what_is_new(database: Database) {
        let world = discussed(&database).await;
        let (_, found) = world.get("member", "/api/proposals/pro/mentionable?q=camille%20FACIL").await;
        assert_eq!(found["people"].as_array().expect("people").len(), 1, "{found}");
        assert_eq!(found["people"][0]["person_id"], "facilitator");
        let (_, all) = world.get("member", "/api/proposals/pro/mentionable").await;
        for (person, named) in [("owner", true), ("associated", true), ("observer", false), ("elsewhere", false), ("nobody", false)] {
            assert_eq!(all.to_string().contains(&format!("\"{person}\"")), named, "{person}: {all}");
        }
        let body = json!({"thread_id": "one", "kind": "question", "body": "Et vous, @Camille owner\u{202f}?", "mentions": ["owner", "owner"]});
        let (_, opened) = world.post("member", THREADS, body).await;
        assert_eq!(opened["messages"][0]["mentions"][0]["person_id"], "owner");
        let read = list(&world, "owner", "").await;
        assert_eq!((&read["seen_at_ms"], &read["threads"][0]["unseen"], &read["threads"][0]["mine"]), (&Json::Null, &false.into(), &true.into()));
        let seen = async |at: &Json| {
            let answer = world.ask("PUT", "owner", "/api/proposals/pro/threads/seen", Some(json!({"read_at_ms": at}))).await;
            assert_eq!(answer.0.as_u16(), 204, "{}", answer.1);
        };
        assert_eq!(world.count("select count(*) from comment_mention where seen_at_ms is null").await, 1);
        seen(&read["read_at_ms"]).await;
        assert_eq!(world.count("select count(*) from comment_mention where seen_at_ms is null").await, 0);
        world.sql("update thread_seen set seen_at_ms = seen_at_ms - 10").await;
        reply(&world, "member", "one", "two").await;
        reply(&world, "owner", "one", "three").await;
        let read = list(&world, "owner", "").await;
        assert_eq!((&read["threads"][0]["unseen"], &read["threads"][0]["messages"][1]["unseen"], &read["threads"][0]["messages"][2]["unseen"], &read["sections"][0]["unseen"]),
            (&true.into(), &true.into(), &false.into(), &1.into()));
        seen(&read["read_at_ms"]).await;
        seen(&json!(1)).await;
        let read = list(&world, "owner", "").await;
        assert_eq!((&read["threads"][0]["unseen"], read["seen_at_ms"].as_i64().is_some_and(|at| at > 1)), (&false.into(), true));
        // Ahead of the clock nothing is seen.
        seen(&json!(i64::MAX)).await;
        assert!(list(&world, "owner", "").await["seen_at_ms"].as_i64().is_some_and(|at| at <= world.store.clock.now().ms()));
    }

    async fn every_thread_is_reached_page_by_page(database: Database) {
        let world = discussed(&database).await;
        for at in 1..=7 {
            open(&world, "member", &format!("t{at}"), "remark").await;
            let stamp = format!("{at}000");
            world.run("update comment set activity_at_ms = cast($1 as bigint) where comment_id = $2", &[&stamp, &format!("t{at}")]).await;
        }
        world.sql("update comment set activity_at_ms = 6000 where comment_id = 't5'").await;
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = list(&world, "member", &format!("?limit=3{cursor}")).await;
            seen.extend(ids(&page).into_iter().map(str::to_owned));
            assert_eq!(page["sections"][0]["threads"], 7);
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(seen, ["t7", "t6", "t5", "t4", "t3", "t2", "t1"]);
        close(&world, "owner", "t1", "adopted", 1).await;
        assert_eq!(ids(&list(&world, "member", "?state=closed").await), ["t1"]);
        assert_eq!(ids(&list(&world, "member", "?state=open&limit=2").await), ["t7", "t6"]);
        // A long thread shows its end in a list, and all of itself alone.
        for at in 1..=25 {
            let stamp = format!("{}", 10_000 + at);
            world.run("insert into comment (comment_id, proposal_id, parent_id, kind, author_id, body, visibility, state, created_at_ms) values ($1, 'pro', 't7', 'answer', 'owner', $2, 'commission', 'open', cast($3 as bigint))", &[&format!("r{at}"), &format!("R{at}"), &stamp]).await;
        }
        world.sql("update comment set created_at_ms = 1 where comment_id = 't7'").await;
        let read = list(&world, "member", "?state=open&limit=1").await;
        let messages = read["threads"][0]["messages"].as_array().expect("messages");
        assert_eq!((messages.len(), &messages[0]["message_id"], &messages[1]["body"], &messages[20]["body"]), (21, &"t7".into(), &"R6".into(), &"R25".into()));
        assert_eq!(get(&world, "member", "t7").await["messages"].as_array().expect("messages").len(), 26);
        for at in 26..=100 {
            world.run("insert into comment (comment_id, proposal_id, parent_id, kind, author_id, body, visibility, state, created_at_ms) values ($1, 'pro', 't7', 'answer', 'owner', 'R', 'commission', 'open', 20000)", &[&format!("r{at}")]).await;
        }
        assert_problem(&reply(&world, "member", "t7", "more").await, 403, "thread_full");
    }

    async fn who_writes_without_end_is_slowed(database: Database) {
        let world = discussed(&database).await;
        let mut slowed = 0;
        for at in 0..70 {
            let answer = world.post("member", THREADS, thread(&format!("t{at}"), "remark", "Un mot")).await;
            if answer.0 == StatusCode::TOO_MANY_REQUESTS {
                assert!(answer.1["retry_after_s"].is_i64());
                slowed += 1;
            }
        }
        assert!(slowed > 0, "never slowed");
        assert_eq!(world.post("owner", THREADS, thread("own", "remark", "Un mot")).await.0, StatusCode::CREATED);
    }

    async fn whoever_has_the_page_open_is_told_after_the_commit(database: Database) {
        let server = Server::start(&database).await;
        let (mut ada, mut rea) = (joined(&server, "ada").await, joined(&server, "rea").await);
        let threads = format!("http://{}/api/proposals/{PROPOSAL}/threads", server.address);
        let client = reqwest::Client::new();
        let said = client.post(&threads).bearer_auth(workspace::token("rea"))
            .json(&json!({"thread_id": "one", "section": "context", "kind": "vigilance", "body": "Attention"}))
            .send().await.expect("an answer");
        assert_eq!(said.status(), 201);
        for editor in [&mut ada, &mut rea] {
            editor.pump_until("told", |one| one.notice("nudge").is_some_and(|nudge| nudge["topic"] == "threads")).await;
            editor.notices.clear();
        }
        let zoe = client.get(&threads).bearer_auth(workspace::token("zoe")).send().await.expect("an answer");
        assert_eq!(zoe.status(), 404);
        let closing = format!("http://{}/api/threads/one/closing", server.address);
        let closed = client.post(closing).bearer_auth(workspace::token("ada"))
            .json(&json!({"outcome": "adopted", "expected_version": 1})).send().await.expect("an answer");
        assert_eq!(closed.status(), 201);
        rea.pump_until("told again", |one| one.notice("nudge").is_some_and(|nudge| nudge["topic"] == "threads")).await;
    }
}
