//! Proposals through the public API: proposed, started, written by several, listed, found.

use serde_json::json;

use crate::support::on_both_databases;
use crate::support::world::{Answer, SUMMARY, World, assert_problem};

fn idea(title: &str) -> serde_json::Value {
    json!({"title": title, "summary": SUMMARY, "chantier_id": "CH1", "neighbours_shown": true})
}

fn t02(version: i64) -> serde_json::Value {
    json!({"transition": "T02", "expected_version": version})
}

#[track_caller]
fn assert_invalid(answer: &Answer, field: &str, code: &str) {
    assert_problem(answer, 422, "invalid");
    let error = &answer.1["errors"][0];
    assert_eq!(
        (&error["field"], &error["code"]),
        (&field.into(), &code.into()),
        "{}",
        answer.1
    );
}

/// The ids of a list's proposals.
fn ids(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.0.as_u16(), 200, "{}", answer.1);
    let list = answer.1["proposals"].as_array().expect("a list");
    list.iter()
        .map(|one| one["proposal_id"].as_str().expect("an id").to_owned())
        .collect()
}

on_both_databases! {
    async fn t01_makes_an_idea_its_document_and_its_first_act(database: Database) {
        let world = World::new(&database).await;
        let (status, body) = world.post("member", "/api/proposals", idea("  Une   id\u{e9}e ")).await;
        assert_eq!(status.as_u16(), 201, "{body}");
        assert_eq!(body["title"], "Une id\u{e9}e");
        assert_eq!((&body["stage"], &body["phase"], &body["round"], &body["version"]),
            (&"idea".into(), &"drafting".into(), &1.into(), &1.into()));
        assert_eq!(body["owners"][0]["person_id"], "member");
        assert_eq!(body["owners"][0]["organisation"]["short_name"], "A");
        assert_eq!(body["porteur"]["organisation_id"], "org-a");
        assert!(body["porteur_accepted_at_ms"].is_null());
        assert_eq!(body["may"], json!(["read", "read_authorship", "edit_text", "edit_sheet", "read_history", "restore_text", "undo_deletion", "edit_summary", "read_threads", "comment", "close_thread", "start_drafting", "withdraw", "merge", "split"]));
        assert_eq!(body["history"][0]["act"], "T01");
        assert_eq!(body["sections"].as_array().expect("sections").len(), 5);
        let document = body["document_id"].as_str().expect("an id");
        let (status, document) = world.get("member", &format!("/api/documents/{document}")).await;
        assert_eq!(status.as_u16(), 200);
        assert_eq!((&document["head_seq"], &document["proposal_id"]), (&0.into(), &body["proposal_id"]));
    }

    async fn t01_refuses_what_is_out_of_bounds_and_who_may_not(database: Database) {
        let world = World::new(&database).await;
        let ask = async |person: &str, changed: serde_json::Value| {
            let mut body = idea("Une id\u{e9}e");
            for (key, value) in changed.as_object().expect("an object") {
                body[key] = value.clone();
            }
            world.post(person, "/api/proposals", body).await
        };
        assert_invalid(&ask("member", json!({"title": " a "})).await, "title", "too_short");
        assert_invalid(&ask("member", json!({"title": " \n"})).await, "title", "required");
        assert_invalid(&ask("member", json!({"title": "a".repeat(161)})).await, "title", "too_long");
        assert_invalid(&ask("member", json!({"summary": "\u{e9}".repeat(39)})).await, "summary", "too_short");
        assert_invalid(&ask("member", json!({"summary": "\u{e9}".repeat(301)})).await, "summary", "too_long");
        assert_invalid(&ask("member", json!({"chantier_id": "CH9"})).await, "chantier_id", "unknown");
        let wide = json!({"title": "\u{e9}".repeat(160), "summary": "\u{e9}".repeat(300)});
        assert_eq!(ask("member", wide).await.0.as_u16(), 201);
        assert_problem(&ask("member", json!({"neighbours_shown": false})).await, 409, "neighbours_not_shown");
        for person in ["facilitator", "co_president", "observer", "elsewhere", "admin", "nobody", "copil_member"] {
            assert_problem(&ask(person, json!({})).await, 403, "role_missing");
        }
        assert_problem(&ask("", json!({})).await, 401, "unauthenticated");
        assert_problem(&ask("member", json!({"title": 3})).await, 400, "malformed");
        world.sql("update chantier set status = 'suspended' where chantier_id = 'CH1'").await;
        assert_problem(&ask("member", json!({})).await, 403, "chantier_inactive");
        assert_eq!(world.count("select count(*) from proposal").await, 1);
        assert_eq!(world.count("select count(*) from document").await, 1);
    }

    async fn t01_a_reference_person_proposes_where_the_organisation_takes_part(database: Database) {
        let world = World::new(&database).await;
        let (status, body) = world.post("org_admin", "/api/proposals", idea("De la chambre")).await;
        assert_eq!(status.as_u16(), 201, "{body}");
        let path = format!("/api/proposals/{}", body["proposal_id"].as_str().expect("an id"));
        assert_eq!(world.get("org_admin", &path).await.0.as_u16(), 200);
        let elsewhere = json!({"title": "Ailleurs", "summary": SUMMARY, "chantier_id": "CH2", "neighbours_shown": true});
        assert_problem(&world.post("org_admin", "/api/proposals", elsewhere).await, 403, "role_missing");
    }

    async fn t02_starts_drafting_once(database: Database) {
        let world = World::new(&database).await;
        let (_, made) = world.post("member", "/api/proposals", idea("Une id\u{e9}e")).await;
        let path = format!("/api/proposals/{}", made["proposal_id"].as_str().expect("an id"));
        let moves = format!("{path}/transitions");
        assert_problem(&world.post("elsewhere", &moves, t02(1)).await, 404, "not_found");
        assert_problem(&world.post("elsewhere", &moves, t02(7)).await, 404, "not_found");
        assert_problem(&world.post("associated", &moves, t02(1)).await, 404, "not_found");
        assert_problem(&world.post("co_president", &moves, t02(1)).await, 403, "role_missing");
        assert_problem(&world.post("member", &moves, t02(2)).await, 409, "version_changed");
        assert_invalid(&world.post("member", &moves, json!({"transition": "T99", "expected_version": 1})).await, "transition", "unknown");
        let other = json!({"transition": "T02", "expected_version": 1, "porteur_id": "org-b"});
        assert_problem(&world.post("member", &moves, other).await, 403, "porteur_not_accepted");
        let (status, body) = world.post("member", &moves, t02(1)).await;
        assert_eq!(status.as_u16(), 201, "{body}");
        assert_eq!((&body["stage"], &body["version"], &body["awaited"]["party"]), (&"drafting".into(), &2.into(), &"owner".into()));
        assert!(body["porteur_accepted_at_ms"].is_i64());
        let last = body["history"].as_array().expect("acts").last().expect("an act").clone();
        assert_eq!((&last["act"], &last["from_stage"], &last["to_stage"]), (&"T02".into(), &"idea".into(), &"drafting".into()));
        let document = format!("/api/documents/{}", body["document_id"].as_str().expect("an id"));
        assert_eq!(world.get("member", &document).await.1["epoch"], 2);
        assert_problem(&world.post("member", &moves, t02(2)).await, 403, "stage");
    }

    async fn t02_the_facilitator_names_an_active_member(database: Database) {
        let world = World::new(&database).await;
        world.proposal("pro", "idea").await;
        world.sql("update proposal set porteur_id = null").await;
        let with = |porteur: &str| json!({"transition": "T02", "expected_version": 1, "porteur_id": porteur});
        let path = "/api/proposals/pro/transitions";
        assert_problem(&world.post("facilitator", path, t02(1)).await, 403, "porteur_missing");
        assert_problem(&world.post("facilitator", path, with("org-c")).await, 403, "porteur_not_accepted");
        assert_problem(&world.post("facilitator", path, with("org-unknown")).await, 403, "porteur_not_accepted");
        let (status, body) = world.post("facilitator", path, with("org-b")).await;
        assert_eq!(status.as_u16(), 201, "{body}");
        assert_eq!(body["porteur"]["organisation_id"], "org-b");
    }

    async fn t02_two_at_once_one_wins(database: Database) {
        let world = World::new(&database).await;
        world.proposal("pro", "idea").await;
        let with = json!({"transition": "T02", "expected_version": 1, "porteur_id": "org-b"});
        let path = "/api/proposals/pro/transitions";
        let (one, two, three) = tokio::join!(
            world.post("facilitator", path, with.clone()),
            world.post("facilitator", path, with.clone()),
            world.post("facilitator", path, with.clone()),
        );
        let mut statuses = [one.0.as_u16(), two.0.as_u16(), three.0.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409, 409], "{} {} {}", one.1, two.1, three.1);
        assert_eq!(world.count("select count(*) from journal").await, 1);
        assert_eq!(world.count("select epoch from document").await, 2);
    }

    async fn r_summary_a_title_changes_with_its_version(database: Database) {
        let world = World::new(&database).await;
        world.proposal("pro", "drafting").await;
        let path = "/api/proposals/pro";
        let patch = async |person: &str, body: serde_json::Value| world.ask("PATCH", person, path, Some(body)).await;
        let title = json!({"title": "Un autre titre", "expected_version": 1});
        assert_problem(&patch("elsewhere", title.clone()).await, 404, "not_found");
        assert_problem(&patch("contributor", title.clone()).await, 403, "role_missing");
        let (status, body) = patch("owner", title.clone()).await;
        assert_eq!((status.as_u16(), &body["title"], &body["summary"], &body["version"]),
            (200, &"Un autre titre".into(), &"R\u{e9}sum\u{e9}".into(), &2.into()));
        assert_problem(&patch("owner", title).await, 409, "version_changed");
        let again = patch("owner", json!({"title": "Un autre titre", "expected_version": 2})).await;
        assert_eq!((again.0.as_u16(), &again.1["version"]), (200, &2.into()));
        assert_invalid(&patch("owner", json!({"summary": "court", "expected_version": 2})).await, "summary", "too_short");
        world.proposal("sent", "submitted").await;
        let body = json!({"title": "Trop tard", "expected_version": 1});
        assert_problem(&world.ask("PATCH", "owner", "/api/proposals/sent", Some(body)).await, 403, "stage");
    }

    async fn r_invite_only_those_who_sit_and_sign_in(database: Database) {
        let world = World::new(&database).await;
        world.proposal("pro", "drafting").await;
        world.person("invited", "org-a").await;
        world.mandate("invited", "member", "body-CH1").await;
        world.sql("update account set password_hash = null where account_id = 'acc-invited'").await;
        let (status, body) = world.get("owner", "/api/proposals/pro/contributor_candidates").await;
        assert_eq!(status.as_u16(), 200, "{body}");
        let mut people: Vec<&str> = body["people"].as_array().expect("people").iter()
            .map(|one| one["person_id"].as_str().expect("an id")).collect();
        people.sort_unstable();
        assert_eq!(people, ["associated", "co_president", "facilitator", "member"]);
        let path = "/api/proposals/pro/contributors";
        let named = |people: &[&str]| json!({"person_ids": people});
        for person in ["observer", "elsewhere", "nobody", "invited", "owner", "admin", "unknown"] {
            assert_invalid(&world.post("owner", path, named(&["member", person])).await, "person_ids", "not_eligible");
        }
        assert_invalid(&world.post("owner", path, named(&[])).await, "person_ids", "required");
        assert_eq!(world.count("select count(*) from proposal_person where person_id = 'member'").await, 0);
        assert_problem(&world.post("member", path, named(&["member"])).await, 403, "role_missing");
        assert_problem(&world.post("elsewhere", path, named(&["member"])).await, 404, "not_found");
        let (status, body) = world.post("owner", path, named(&["member", "contributor", "member"])).await;
        assert_eq!(status.as_u16(), 200, "{body}");
        assert_eq!(body["contributors"].as_array().expect("people").len(), 2);
        let (status, _) = world.post("facilitator", path, named(&["member"])).await;
        assert_eq!((status.as_u16(), world.count("select count(*) from journal").await), (200, 1));
        let may = world.get("member", "/api/proposals/pro").await.1["may"].clone();
        assert_eq!(may, json!(["read", "read_authorship", "edit_text", "edit_sheet", "read_history", "restore_text", "undo_deletion", "read_threads", "comment"]));
        let remove = async |who: &str, person: &str| world.ask("DELETE", who, &format!("{path}/{person}"), None).await;
        assert_problem(&remove("owner", "owner").await, 409, "owner");
        assert_problem(&remove("owner", "associated").await, 404, "not_found");
        assert_problem(&remove("contributor", "member").await, 403, "role_missing");
        assert_problem(&remove("elsewhere", "member").await, 404, "not_found");
        assert_eq!(remove("facilitator", "member").await.0.as_u16(), 204);
        assert_eq!(world.get("member", "/api/proposals/pro").await.1["may"], json!(["read", "read_authorship", "read_history", "read_threads", "comment"]));
        assert_eq!(world.count("select epoch from document").await, 3);
    }

    async fn r_read_ends_with_the_mandate_at_once(database: Database) {
        let world = World::new(&database).await;
        world.proposal("pro", "drafting").await;
        let may = async |person: &str| world.get(person, "/api/proposals/pro").await;
        assert_eq!(may("contributor").await.1["may"], json!(["read", "read_authorship", "edit_text", "edit_sheet", "read_history", "restore_text", "undo_deletion", "read_threads", "comment"]));
        assert_eq!(may("associated").await.1["may"], json!(["read", "read_history", "read_threads", "comment"]));
        world.sql("update mandate set role = 'observer' where person_id = 'contributor'").await;
        assert_eq!(may("contributor").await.1["may"], json!(["read", "read_history", "read_threads", "comment"]));
        world.sql("update mandate set role = 'member', valid_to = '2025-06-01' where person_id = 'contributor'").await;
        assert_problem(&may("contributor").await, 404, "not_found");
        world.sql("update affiliation set valid_to = '2025-06-01' where person_id = 'owner'").await;
        assert_problem(&may("owner").await, 404, "not_found");
        world.sql("update mandate set valid_from = '2099-01-01' where person_id = 'member'").await;
        assert_problem(&may("member").await, 404, "not_found");
        world.sql("update account set deactivated_at_ms = 1 where account_id = 'acc-facilitator'").await;
        assert_problem(&may("facilitator").await, 401, "unauthenticated");
    }

    async fn r_read_hides_everywhere(database: Database) {
        let world = World::new(&database).await;
        world.proposal("secret", "drafting").await;
        world.proposal("open", "approved").await;
        world.sql("insert into proposal_link (from_id, to_id, kind) values ('open', 'secret', 'overlaps'), ('secret', 'open', 'complements')").await;
        for path in ["/api/proposals/secret", "/api/documents/doc-secret", "/api/proposals/secret/contributor_candidates"] {
            for person in ["elsewhere", "nobody", "admin", "copil_member"] {
                let hidden = world.get(person, path).await;
                assert_problem(&hidden, 404, "not_found");
                let unknown = world.get(person, &path.replace("secret", "unknown")).await;
                assert_eq!(hidden, unknown);
            }
        }
        for path in ["/api/proposals", "/api/proposals/open", "/api/proposals?text=secret", "/api/chantiers", "/api/chantiers/CH1",
            "/api/programme", "/api/proposals/neighbours?title=Titre%20secret&summary=R%C3%A9sum%C3%A9"] {
            let (status, body) = world.get("elsewhere", path).await;
            assert_eq!(status.as_u16(), 200, "{path}: {body}");
            let ids = body.to_string().replace("Titre secret", "");
            assert!(!ids.contains("secret"), "{path}: {body}");
        }
        let (_, near) = world.get("elsewhere", "/api/proposals/neighbours?title=Titre%20secret").await;
        let seen = near["neighbours"].as_array().expect("a list").iter()
            .find(|one| one["title"] == "Titre secret").expect("the near one is told");
        assert!(seen["proposal_id"].is_null());
        assert_problem(&world.get("nobody", "/api/proposals/neighbours?title=Titre").await, 403, "role_missing");
        let (_, body) = world.get("member", "/api/proposals/open").await;
        let mut links: Vec<_> = body["links"].as_array().expect("links").iter()
            .map(|one| (one["kind"].to_string(), one["direction"].to_string())).collect();
        links.sort();
        assert_eq!(links, [("\"complements\"".into(), "\"from\"".into()), ("\"overlaps\"".into(), "\"to\"".into())]);
    }

    async fn r_read_what_the_region_decided_is_for_everyone_signed_in(database: Database) {
        let world = World::new(&database).await;
        world.proposal("decided", "rejected").await;
        for person in ["nobody", "admin", "elsewhere"] {
            let (status, body) = world.get(person, "/api/proposals/decided").await;
            assert_eq!((status.as_u16(), &body["may"]), (200, &json!(["read"])), "{person}");
        }
        let (status, body) = world.get("observer", "/api/proposals/decided").await;
        assert_eq!((status.as_u16(), &body["may"]), (200, &json!(["read", "read_authorship", "read_history", "read_threads"])));
        assert_problem(&world.get("", "/api/proposals/decided").await, 401, "unauthenticated");
    }

    async fn lists_page_without_gaps_while_things_change(database: Database) {
        let world = World::new(&database).await;
        for number in 0..7 {
            world.proposal(&format!("pro-{number}"), "drafting").await;
        }
        world.sql("update proposal set updated_at_ms = 5 where proposal_id in ('pro-1', 'pro-4')").await;
        let all = ids(&world.get("member", "/api/proposals").await);
        assert_eq!(all, ["pro-4", "pro-1", "pro-6", "pro-5", "pro-3", "pro-2", "pro-0"]);
        let (mut seen, mut path) = (Vec::new(), "/api/proposals?limit=2".to_owned());
        loop {
            let page = world.get("member", &path).await;
            seen.extend(ids(&page));
            let Some(cursor) = page.1["next_cursor"].as_str() else { break };
            path = format!("/api/proposals?limit=2&cursor={cursor}");
            // One already shown moves to the front: nothing is shown twice, nothing is missed.
            world.sql("update proposal set updated_at_ms = 9 where proposal_id = 'pro-4'").await;
        }
        assert_eq!(seen, all);
        assert_eq!(ids(&world.get("elsewhere", "/api/proposals").await), [""; 0]);
        for (query, field) in [("limit=0", "limit"), ("limit=201", "limit"), ("stage=x", "stage"), ("phase=x", "phase"), ("cursor=x", "cursor")] {
            let answer = world.get("member", &format!("/api/proposals?{query}")).await;
            assert_eq!((answer.0.as_u16(), &answer.1["errors"][0]["field"]), (422, &field.into()));
        }
        assert_problem(&world.get("member", "/api/proposals?limit=x").await, 400, "malformed");
    }

    async fn lists_filter_and_search_without_accents_nor_case(database: Database) {
        let world = World::new(&database).await;
        for (id, stage) in [("a", "idea"), ("b", "frozen"), ("c", "approved")] {
            world.proposal(id, stage).await;
        }
        world.sql("update proposal set title = '\u{c9}conomie 100 % cr\u{e9}ative', updated_at_ms = 3 where proposal_id = 'a'").await;
        world.sql("update proposal set number = 'CREER-2026-CH1-007', updated_at_ms = 2 where proposal_id = 'b'").await;
        world.sql("insert into projection (document_id, seq, sections, plain, folded, created_at_ms) values ('doc-b', 1, '[]', 'Une Charpente', 'une charpente', 1), ('doc-c', 1, '[]', 'Charpente', 'charpente', 1)").await;
        for (query, expected) in [
            ("", vec!["a", "b", "c"]),
            ("chantier=CH1&stage=frozen", vec!["b"]),
            ("chantier=CH2", vec![]),
            ("phase=commission", vec!["b"]),
            ("phase=drafting&stage=frozen", vec![]),
            ("text=ECONOMIE", vec!["a"]),
            ("text=creative%20economie", vec!["a"]),
            ("text=creative%20charpente", vec![]),
            ("text=100%20%25", vec!["a"]),
            ("text=_", vec![]),
            ("text=!", vec![]),
            ("text=ch1-007", vec!["b"]),
            ("text=CHARPENTE", vec!["b", "c"]),
            ("text=une%20charpente", vec!["b"]),
            ("text=%20", vec!["a", "b", "c"]),
        ] {
            assert_eq!(ids(&world.get("member", &format!("/api/proposals?{query}")).await), expected, "{query}");
        }
        assert_eq!(ids(&world.get("elsewhere", "/api/proposals?text=charpente").await), ["c"]);
        let (_, list) = world.get("owner", "/api/proposals?stage=idea").await;
        let card = &list["proposals"][0];
        assert_eq!((&card["mine"], &card["awaited"]["party"], &card["owners"][0]["person_id"], &card["porteur"]["short_name"]),
            (&true.into(), &"porteur".into(), &"owner".into(), &"B".into()));
    }

    async fn neighbours_are_the_nearest_three(database: Database) {
        let world = World::new(&database).await;
        for (title, summary) in [
            ("Ateliers partag\u{e9}s de r\u{e9}paration", "Un r\u{e9}seau d'ateliers o\u{f9} r\u{e9}parer v\u{e9}los et appareils m\u{e9}nagers ensemble."),
            ("R\u{e9}parer ensemble", "Des ateliers de r\u{e9}paration de v\u{e9}los ouverts aux habitants des vall\u{e9}es."),
            ("Transmission des commerces", "Accompagner les repreneurs de commerces de montagne pendant trois ans."),
        ] {
            let body = json!({"title": title, "summary": summary, "chantier_id": "CH1", "neighbours_shown": true});
            assert_eq!(world.post("member", "/api/proposals", body).await.0.as_u16(), 201);
        }
        let (status, body) = world.get("member", "/api/proposals/neighbours?title=Atelier%20de%20reparation%20de%20velos&summary=R%C3%A9parer%20les%20v%C3%A9los").await;
        assert_eq!(status.as_u16(), 200, "{body}");
        let near = body["neighbours"].as_array().expect("a list");
        assert_eq!(near.len(), 2, "{body}");
        assert!(near.iter().all(|one| one["proposal_id"].is_string() && one["title"] != "Transmission des commerces"), "{body}");
        assert_problem(&world.get("member", "/api/proposals/neighbours").await, 400, "malformed");
    }

    async fn a_text_is_shown_as_of_now_and_found(database: Database) {
        let world = World::new(&database).await;
        world.proposal("pro", "drafting").await;
        world.proposal("other", "drafting").await;
        let (_, before) = world.get("member", "/api/proposals/pro").await;
        let filled = |body: &serde_json::Value| -> Vec<bool> {
            body["sections"].as_array().expect("sections").iter().map(|one| one["filled"] == true).collect()
        };
        assert_eq!((&before["text_seq"], filled(&before)), (&0.into(), vec![false; 5]));
        let update = chantier::text::edit::from_markdown(&[("description", "Un **r\u{e9}seau** <b>de</b> r\u{e9}emploi.")], 7);
        let mut tx = world.store.write().await.expect("writes");
        chantier::store::log::append_in(&mut tx, &"doc-pro".into(), &"acc-owner".into(), None, vec![update], chantier::clock::Timestamp(5))
            .await.expect("appends");
        tx.commit().await.expect("commits");
        let (status, body) = world.get("member", "/api/proposals/pro").await;
        assert_eq!((status.as_u16(), &body["text_seq"]), (200, &1.into()), "{body}");
        assert_eq!(filled(&body), [false, true, false, false, false]);
        let section = &body["sections"][1];
        assert_eq!((&section["key"], &section["required"]), (&"description".into(), &true.into()));
        let html = section["html"].as_str().expect("html");
        assert!(html.contains("<strong>r\u{e9}seau</strong>") && !html.contains("<b>"), "{html}");
        assert_eq!(ids(&world.get("member", "/api/proposals?text=REEMPLOI").await), ["pro"]);
        assert_eq!(ids(&world.get("elsewhere", "/api/proposals?text=reemploi").await), [""; 0]);
    }
}
