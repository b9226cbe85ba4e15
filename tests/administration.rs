//! Administration of people through the API: dated mandates, validators confirmed by a validator; and that
//! nobody but an administrator administers anything.

use axum::http::StatusCode;
use serde_json::{Value as Json, json};

use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::world::{Answer, World, assert_problem};

/// The small programme with a Region: `ada` administers, `val` validates, `cou` is a councillor,
/// `agent` works there and holds nothing.
pub(crate) async fn region(database: &Database) -> World {
    let world = World::new(database).await;
    world.sql("insert into organisation (organisation_id, name, short_name, kind, college_id, solicitation_budget_minutes, created_at_ms, version) values ('org-r', 'R\u{e9}gion', 'R\u{e9}gion', 'region', 'REG', 240, 1, 1)").await;
    for person in ["val", "cou", "agent"] {
        world.person(person, "org-r").await;
    }
    world
        .sql("update affiliation set elected = 1 where person_id = 'cou'")
        .await;
    world
        .mandate("val", "region_validator", "body-region")
        .await;
    world
}

pub(crate) async fn give(world: &World, person: &str, mandate: Json) -> Answer {
    let path = format!("/api/people/{person}/mandates");
    world.post("admin", &path, mandate).await
}

#[track_caller]
pub(crate) fn wrong_field(answer: &Answer, field: &str, code: &str) {
    assert_problem(answer, 422, "invalid");
    assert_eq!(answer.1["errors"][0], json!({"field": field, "code": code}));
}

#[track_caller]
pub(crate) fn done(answer: &Answer) {
    assert!(answer.0.is_success(), "{}: {}", answer.0, answer.1);
}

pub(crate) fn day(world: &World, from_today: i64) -> String {
    world
        .store
        .today()
        .plus_days(from_today)
        .as_str()
        .to_owned()
}

pub(crate) fn validator() -> Json {
    json!({"role": "region_validator", "body_id": "body-region"})
}

pub(crate) fn organisation(name: &str) -> Json {
    json!({"name": name, "short_name": name, "kind": "association", "college_id": "ECO",
        "siret": "", "siren": null, "rna": null, "territory_code": null, "network_parent_id": null,
        "solicitation_budget_minutes": 240})
}

pub(crate) fn chantier(code: &str, slug: &str) -> Json {
    json!({"chantier_id": code, "slug": slug, "title": "Un nouveau chantier", "description": "Une phrase.",
        "kind": "temporary", "axis_id": null, "lead_unit_id": null, "delegation_ids": [],
        "commission_title": "Commission du chantier"})
}

/// Every act of administration, with a body that its form accepts.
fn acts() -> Vec<(&'static str, &'static str, Json)> {
    let name = json!({"given_name": "A", "usual_name": "B", "version": 1});
    let membership = json!({"chantier_id": "CH3", "level": "active", "status": "active", "valid_from": "2026-01-01"});
    let work = json!({"organisation_id": "org-b", "from": "2026-06-01"});
    let envelope =
        json!({"year": 2026, "code": "CREER", "label": "Enveloppe", "amount_cents": 100});
    let programme = json!({"code": "C", "title": "T", "starts_on": "2025-01-01", "ends_on": "2028-12-31",
        "annual_budget_cents": 1, "annual_jobs_target": 1, "fast_track": true, "commission_quorum": false,
        "settings": {}, "version": 1});
    let unit = json!({"kind": "direction", "title": "Direction"});
    vec![
        ("GET", "/api/administration/journal", Json::Null),
        ("GET", "/api/administration/organisations", Json::Null),
        ("GET", "/api/administration/organisations.csv", Json::Null),
        (
            "POST",
            "/api/administration/organisations",
            organisation("X"),
        ),
        ("GET", "/api/administration/organisations/org-a", Json::Null),
        (
            "PUT",
            "/api/administration/organisations/org-a",
            organisation("X"),
        ),
        (
            "POST",
            "/api/administration/organisations/org-a/closures",
            json!({"version": 1}),
        ),
        (
            "GET",
            "/api/administration/organisations/org-a/memberships",
            Json::Null,
        ),
        (
            "POST",
            "/api/administration/organisations/org-a/memberships",
            membership.clone(),
        ),
        ("PUT", "/api/administration/memberships/mem-a1", membership),
        ("GET", "/api/administration/people/member", Json::Null),
        ("PUT", "/api/administration/people/member", name),
        (
            "POST",
            "/api/administration/people/member/affiliations",
            work,
        ),
        ("GET", "/api/administration/people.csv", Json::Null),
        ("GET", "/api/administration/mandates.csv", Json::Null),
        ("GET", "/api/administration/programme", Json::Null),
        ("PUT", "/api/administration/programme", programme),
        ("POST", "/api/administration/envelopes", envelope.clone()),
        ("PUT", "/api/administration/envelopes/env", envelope),
        ("GET", "/api/administration/chantiers", Json::Null),
        (
            "POST",
            "/api/administration/chantiers",
            chantier("CH8", "huit"),
        ),
        (
            "PUT",
            "/api/administration/chantiers/CH1",
            chantier("CH1", "un"),
        ),
        (
            "POST",
            "/api/administration/chantiers/CH1/statuses",
            json!({"status": "suspended", "version": 1}),
        ),
        (
            "POST",
            "/api/administration/chantiers/CH1/bodies",
            json!({"title": "Groupe"}),
        ),
        (
            "PUT",
            "/api/administration/bodies/body-CH1",
            json!({"title": "Groupe"}),
        ),
        ("POST", "/api/administration/region_units", unit.clone()),
        ("PUT", "/api/administration/region_units/unit", unit),
        ("GET", "/api/people", Json::Null),
        (
            "POST",
            "/api/people/member/mandates",
            json!({"role": "admin"}),
        ),
        (
            "POST",
            "/api/mandates/man-member-body-CH1/replacements",
            json!({"person_id": "nobody"}),
        ),
        ("DELETE", "/api/mandates/man-member-body-CH1", Json::Null),
    ]
}

on_both_databases! {
    async fn nobody_but_an_administrator_administers(database: Database) {
        let world = region(&database).await;
        let rows = "select count(*) from admin_journal";
        for person in [
            "owner", "contributor", "member", "facilitator", "co_president", "observer", "associated", "copil_member",
            "copil_secretary", "region_instructor", "region_validator", "org_admin", "nobody", "val", "cou",
        ] {
            for (method, path, body) in acts() {
                let body = (!body.is_null()).then_some(body);
                let answer = world.ask(method, person, path, body).await;
                assert_eq!(answer.0, StatusCode::FORBIDDEN, "{person} {method} {path}: {}", answer.1);
            }
        }
        for (method, path, body) in acts() {
            let answer = world.ask(method, "", path, (!body.is_null()).then_some(body)).await;
            assert_problem(&answer, 401, "unauthenticated");
        }
        assert_eq!(world.count(rows).await, 0);
        for person in ["admin", "nobody", "region_instructor", "facilitator"] {
            let confirm = world.ask("POST", person, "/api/validators/man-val-body-region/confirmations", None).await;
            assert_eq!(confirm.0, StatusCode::FORBIDDEN, "{person}: {}", confirm.1);
            let refuse = world.post(person, "/api/validators/man-val-body-region/refusals", json!({"motive": "Non."})).await;
            assert_eq!(refuse.0, StatusCode::FORBIDDEN, "{person}: {}", refuse.1);
        }
    }

    async fn inv1_a_validator_is_confirmed_by_a_sitting_validator(database: Database) {
        let world = region(&database).await;
        let given = give(&world, "agent", validator()).await;
        done(&given);
        assert_eq!(given.1["awaits_validator"], true);
        let id = given.1["mandate_id"].as_str().expect("an id").to_owned();
        let confirm = format!("/api/validators/{id}/confirmations");
        // Without effect: no role, and no answer to anybody's mandate, least of all their own.
        assert_eq!(world.get("agent", "/api/me").await.1["roles"], json!([]));
        assert_problem(&world.ask("POST", "agent", &confirm, None).await, 403, "role_missing");
        assert_problem(&world.ask("POST", "admin", &confirm, None).await, 403, "role_missing");
        let seen = world.get("val", "/api/validators").await.1;
        assert_eq!(seen["awaiting"][0]["person"]["person_id"], "agent");
        assert_eq!(seen["may"], json!(["confirm_validator"]));
        // A validator who left the Region confirms nobody.
        world.sql("update affiliation set valid_to = '2025-02-01' where affiliation_id = 'zz-region_validator'").await;
        assert_problem(&world.ask("POST", "region_validator", &confirm, None).await, 403, "role_missing");
        done(&world.ask("POST", "val", &confirm, None).await);
        assert_problem(&world.ask("POST", "val", &confirm, None).await, 404, "not_found");
        assert_eq!(world.get("agent", "/api/me").await.1["roles"][0]["role"], "region_validator");
        assert_eq!(world.count("select count(*) from mandate where confirmed_by = 'val' and confirmed_at_ms > 0").await, 1);
        assert_problem(&give(&world, "agent", validator()).await, 409, "mandate_held");
    }

    async fn inv1_nobody_confirms_their_own_and_a_refusal_says_why(database: Database) {
        let world = region(&database).await;
        // A second mandate of a sitting validator, for when the first has ended.
        world.sql("update mandate set valid_to = '2031-01-01' where mandate_id = 'man-val-body-region'").await;
        let mut later = validator();
        later["valid_from"] = json!("2031-01-01");
        let own = give(&world, "val", later).await.1["mandate_id"].as_str().expect("an id").to_owned();
        let path = |act: &str| format!("/api/validators/{own}/{act}");
        assert_problem(&world.ask("POST", "val", &path("confirmations"), None).await, 409, "own_mandate");
        done(&give(&world, "agent", validator()).await);
        let other = world.get("val", "/api/validators").await.1["awaiting"][1]["mandate_id"].as_str().expect("an id").to_owned();
        let refuse = format!("/api/validators/{other}/refusals");
        wrong_field(&world.post("val", &refuse, json!({"motive": " "})).await, "motive", "required");
        done(&world.post("val", &refuse, json!({"motive": "Elle change de service."})).await);
        assert_eq!(world.count("select count(*) from mandate where person_id = 'agent'").await, 0);
        assert_eq!(world.count("select count(*) from mandate_awaiting where refusal_motive is not null").await, 1);
        // What waits can be taken back; it then waits no more.
        done(&world.ask("DELETE", "admin", &format!("/api/mandates/{own}"), None).await);
        assert_problem(&world.ask("POST", "val", &path("confirmations"), None).await, 404, "not_found");
    }

    async fn inv1_the_first_validator_is_effective_and_the_last_one_stays(database: Database) {
        let world = region(&database).await;
        world.sql("delete from mandate where role = 'region_validator'").await;
        let first = give(&world, "agent", validator()).await;
        assert_eq!(first.1["awaits_validator"], false, "{}", first.1);
        let second = give(&world, "val", validator()).await;
        assert_eq!(second.1["awaits_validator"], true);
        let path = format!("/api/mandates/{}", first.1["mandate_id"].as_str().expect("an id"));
        assert_problem(&world.ask("DELETE", "admin", &path, None).await, 409, "last_validator");
        assert_problem(&world.ask("POST", "admin", "/api/people/agent/deactivations", None).await, 409, "last_validator");
        let work = json!({"organisation_id": "org-b", "from": day(&world, 0)});
        assert_problem(&world.post("admin", "/api/administration/people/agent/affiliations", work).await, 409, "last_validator");
        let confirm = format!("/api/validators/{}/confirmations", second.1["mandate_id"].as_str().expect("an id"));
        done(&world.ask("POST", "agent", &confirm, None).await);
        done(&world.ask("DELETE", "admin", &path, None).await);
        // Somebody validated once: the next one waits all the same.
        assert_eq!(give(&world, "agent", validator()).await.1["awaits_validator"], true);
    }

    async fn inv1_an_administrator_is_no_validator_in_whichever_order(database: Database) {
        let world = region(&database).await;
        let admin = |from: String| json!({"role": "admin", "valid_from": from});
        for from in [0, 400] {
            assert_problem(&give(&world, "val", admin(day(&world, from))).await, 409, "roles_exclude_each_other");
        }
        // One that waits counts already.
        done(&give(&world, "agent", validator()).await);
        assert_problem(&give(&world, "agent", admin(day(&world, 30))).await, 409, "roles_exclude_each_other");
        done(&give(&world, "cou", admin(day(&world, 60))).await);
        assert_problem(&give(&world, "cou", validator()).await, 409, "roles_exclude_each_other");
        // Given first, administrator behind the API's back since: the confirmation looks again.
        world.sql("insert into mandate (mandate_id, person_id, role, voting, valid_from) values ('m', 'agent', 'admin', 0, '2025-01-01')").await;
        let id = world.get("val", "/api/validators").await.1["awaiting"][0]["mandate_id"].as_str().expect("an id").to_owned();
        let confirm = format!("/api/validators/{id}/confirmations");
        assert_problem(&world.ask("POST", "val", &confirm, None).await, 409, "roles_exclude_each_other");
        wrong_field(&give(&world, "nobody", validator()).await, "role", "region_only");
    }

    async fn inv2_councillors_preside_and_three_at_most(database: Database) {
        let world = region(&database).await;
        world.sql("delete from mandate where role = 'co_president'").await;
        let presiding = json!({"role": "co_president", "body_id": "body-CH1"});
        wrong_field(&give(&world, "agent", presiding.clone()).await, "role", "councillor_only");
        wrong_field(&give(&world, "member", presiding.clone()).await, "role", "councillor_only");
        done(&give(&world, "cou", presiding.clone()).await);
        for other in ["c2", "c3", "c4"] {
            world.person(other, "org-r").await;
        }
        world.sql("update affiliation set elected = 1 where person_id in ('c2', 'c3', 'c4')").await;
        done(&give(&world, "c2", presiding.clone()).await);
        done(&give(&world, "c3", presiding.clone()).await);
        wrong_field(&give(&world, "c4", presiding).await, "role", "too_many_co_presidents");
    }

    async fn seats_dates_and_the_copil(database: Database) {
        let world = region(&database).await;
        let seat = |kind: &str| json!({"role": "member", "body_id": "body-CH3", "seat": "seat-1", "seat_kind": kind});
        done(&give(&world, "cou", seat("titulaire")).await);
        wrong_field(&give(&world, "nobody", seat("titulaire")).await, "seat_kind", "seat_taken");
        wrong_field(&give(&world, "nobody", seat("suppleant")).await, "seat_kind", "suppleant_of_councillor");
        let mut no_seat = seat("titulaire");
        no_seat["seat"] = Json::Null;
        wrong_field(&give(&world, "nobody", no_seat).await, "seat", "required");
        let dated = |from: &str, to: &str| json!({"role": "member", "body_id": "body-CH1", "valid_from": from, "valid_to": to});
        wrong_field(&give(&world, "nobody", dated("2026-05-02", "2026-05-02")).await, "valid_to", "ends_before_start");
        wrong_field(&give(&world, "nobody", dated("2024-05-02", "2026-05-02")).await, "valid_to", "outside_affiliation");
        wrong_field(&give(&world, "nobody", dated("soon", "")).await, "valid_from", "not_a_day");
        world.sql("update membership set valid_to = '2031-01-01' where membership_id = 'mem-a1'").await;
        wrong_field(&give(&world, "nobody", dated(&day(&world, 0), "")).await, "valid_to", "outside_membership");
        done(&give(&world, "nobody", dated(&day(&world, 0), "2031-01-01")).await);
        // A mandate of next month gives nothing today.
        let next = json!({"role": "facilitator", "body_id": "body-CH2", "valid_from": day(&world, 30)});
        done(&give(&world, "agent", next).await);
        assert_eq!(world.get("agent", "/api/me").await.1["roles"], json!([]));
        let copil = json!({"role": "member", "body_id": "body-copil"});
        wrong_field(&give(&world, "agent", copil.clone()).await, "role", "needs_chantier_mandate");
        done(&give(&world, "nobody", copil).await);
        let page = world.get("admin", "/api/administration/people/nobody").await.1;
        let own = page["mandates"].as_array().expect("mandates").iter().find(|one| one["body_id"] == "body-CH1").expect("one");
        let end = format!("/api/mandates/{}", own["mandate_id"].as_str().expect("an id"));
        assert_problem(&world.ask("DELETE", "admin", &end, None).await, 409, "copil_seat_depends");
    }

    async fn a_replacement_holds_the_rest_of_the_mandate(database: Database) {
        let world = region(&database).await;
        let mandate = json!({"role": "member", "body_id": "body-CH1", "seat": "s", "seat_kind": "titulaire", "valid_to": "2031-01-01"});
        let given = give(&world, "nobody", mandate).await.1["mandate_id"].as_str().expect("an id").to_owned();
        let path = format!("/api/mandates/{given}/replacements");
        let on = day(&world, 10);
        let ask = |from: &str| json!({"person_id": "associated", "from": from, "designation_ref": "D\u{e9}l. 26-12"});
        wrong_field(&world.post("admin", &path, ask("2031-01-01")).await, "from", "outside_mandate");
        done(&world.post("admin", &path, ask(&on)).await);
        let page = world.get("admin", "/api/administration/people/associated").await.1;
        let new = page["mandates"].as_array().expect("mandates").iter().find(|one| one["seat"] == "s").expect("one").clone();
        assert_eq!((new["valid_from"].as_str(), new["valid_to"].as_str()), (Some(on.as_str()), Some("2031-01-01")));
        assert_eq!(new["designation_ref"], "D\u{e9}l. 26-12");
        let old = world.get("admin", "/api/administration/people/nobody").await.1["mandates"][0].clone();
        assert_eq!(old["valid_to"], on.as_str());
        let validating = world.post("admin", "/api/mandates/man-val-body-region/replacements", json!({"person_id": "agent"})).await;
        assert_problem(&validating, 409, "validator_is_not_replaced");
    }

    async fn inv3_mandates_end_with_the_employer(database: Database) {
        let world = region(&database).await;
        let path = "/api/administration/people/member/affiliations";
        let work = |organisation: &str, from: String| json!({"organisation_id": organisation, "job_title": "Directrice", "elected": true, "from": from});
        wrong_field(&world.post("admin", path, work("none", day(&world, 0))).await, "organisation_id", "unknown");
        wrong_field(&world.post("admin", path, work("org-b", "2025-01-01".to_owned())).await, "from", "before_affiliation");
        done(&world.post("admin", path, work("org-b", day(&world, 0))).await);
        assert_eq!(world.get("member", "/api/me").await.1["roles"], json!([]));
        let page = world.get("admin", "/api/administration/people/member").await.1;
        assert_eq!(page["affiliations"][0]["organisation_id"], "org-b");
        assert_eq!(page["affiliations"][1]["valid_to"], day(&world, 0));
        assert_eq!(page["mandates"][0]["valid_to"], day(&world, 0));
        let name = |version: i64| json!({"given_name": "Alix", "usual_name": "Modif", "version": version});
        assert_problem(&world.ask("PUT", "admin", "/api/administration/people/member", Some(name(9))).await, 409, "version_changed");
        done(&world.ask("PUT", "admin", "/api/administration/people/member", Some(name(1))).await);
        assert_eq!(world.get("admin", "/api/administration/people/member").await.1["usual_name"], "Modif");
    }

    async fn inv1_what_needs_the_region_ends_with_it_whoever_else_one_works_for(database: Database) {
        let world = region(&database).await;
        done(&give(&world, "agent", validator()).await);
        let id = world.get("val", "/api/validators").await.1["awaiting"][0]["mandate_id"].as_str().expect("an id").to_owned();
        done(&world.ask("POST", "val", &format!("/api/validators/{id}/confirmations"), None).await);
        // A second organisation at the same time; the Region's part then closes.
        world.sql("insert into affiliation (affiliation_id, person_id, organisation_id, job_title, elected, valid_from) values ('aff-two', 'agent', 'org-b', '', 0, '2025-01-01')").await;
        world.mandate("agent", "member", "body-CH1").await;
        world.sql("update organisation set kind = 'state' where organisation_id = 'org-r'").await;
        world.sql("insert into organisation (organisation_id, name, short_name, kind, college_id, solicitation_budget_minutes, created_at_ms, version) values ('org-n', 'R\u{e9}gion', 'R\u{e9}gion', 'region', 'REG', 240, 1, 1)").await;
        world.person("next", "org-n").await;
        world.mandate("next", "region_validator", "body-region").await;
        done(&world.post("admin", "/api/administration/organisations/org-r/closures", json!({"version": 1})).await);
        let roles = world.get("agent", "/api/me").await.1["roles"].clone();
        assert_eq!(roles.as_array().map(Vec::len), Some(1), "{roles}");
        assert_eq!(roles[0]["role"], "member");
    }
}
