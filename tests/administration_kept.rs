//! What administrators keep in order, through the API: organisations, chantiers, the programme, and the journal
//! of it all.

use axum::http::StatusCode;
use serde_json::{Value as Json, json};

use crate::administration::{
    chantier, day, done, give, organisation, region, validator, wrong_field,
};
use crate::support::on_both_databases;
use crate::support::world::assert_problem;

on_both_databases! {
    async fn organisations_have_checked_identifiers(database: Database) {
        let world = region(&database).await;
        let post = async |change: (&str, &str)| {
            let mut form = organisation("Les Ateliers");
            form[change.0] = json!(change.1);
            world.post("admin", "/api/administration/organisations", form).await
        };
        wrong_field(&post(("siret", "73282932000075")).await, "siret", "not_a_siret");
        wrong_field(&post(("siren", "732829321")).await, "siren", "not_a_siren");
        wrong_field(&post(("rna", "13123456")).await, "rna", "not_an_rna");
        wrong_field(&post(("kind", "club")).await, "kind", "unknown");
        wrong_field(&post(("college_id", "XXX")).await, "college_id", "unknown");
        wrong_field(&post(("network_parent_id", "none")).await, "network_parent_id", "unknown");
        wrong_field(&post(("name", " ")).await, "name", "required");
        let mut both = organisation("Les Ateliers");
        (both["siret"], both["siren"]) = (json!("732 829 320 00074"), json!("356000000"));
        wrong_field(&world.post("admin", "/api/administration/organisations", both).await, "siren", "siren_of_another");
        let made = post(("siret", "732 829 320 00074")).await;
        done(&made);
        wrong_field(&post(("siret", "73282932000074")).await, "siret", "siret_taken");
        done(&post(("siret", "35600000009075")).await);
        let id = made.1["organisation_id"].as_str().expect("an id");
        let path = format!("/api/administration/organisations/{id}");
        let page = world.get("admin", &path).await.1;
        assert_eq!(page["organisation"]["siren"], "732829320");
        let mut form = organisation("Les Ateliers r\u{e9}unis");
        (form["siret"], form["version"]) = (json!("73282932000074"), json!(0));
        assert_problem(&world.ask("PUT", "admin", &path, Some(form.clone())).await, 409, "version_changed");
        form["version"] = page["organisation"]["version"].clone();
        form["network_parent_id"] = json!(id);
        wrong_field(&world.ask("PUT", "admin", &path, Some(form.clone())).await, "network_parent_id", "own_network");
        form["network_parent_id"] = json!("org-b");
        done(&world.ask("PUT", "admin", &path, Some(form)).await);
        let mut region = organisation("R\u{e9}gion");
        region["version"] = json!(1);
        wrong_field(&world.ask("PUT", "admin", "/api/administration/organisations/org-r", Some(region)).await, "kind", "region_stays");
        let list = async |query: &str| world.get("admin", &format!("/api/administration/organisations?{query}")).await;
        assert_eq!(list("q=reunis").await.1["total"], 1);
        assert_eq!(list("q=732829").await.1["total"], 1);
        let page = list("limit=2").await.1;
        let next = page["next"].as_str().expect("more");
        let rest = list(&format!("after={next}&limit=200")).await.1;
        assert_eq!(rest["organisations"].as_array().map(Vec::len), Some(5));
        assert_eq!(rest["next"], Json::Null);
        wrong_field(&list("limit=0").await, "limit", "out_of_range");
        wrong_field(&list("after=none").await, "after", "unknown");
    }

    async fn an_organisation_that_closes_ends_what_people_hold_for_it(database: Database) {
        let world = region(&database).await;
        world.proposal("pro-1", "drafting").await;
        let path = "/api/administration/organisations/org-b";
        let page = world.get("admin", path).await.1;
        assert_eq!(page["holds"], json!({"affiliations": 1, "memberships": 1, "mandates": 1, "proposals": 1}));
        let close = async |path: &str, version: i64| world.post("admin", &format!("{path}/closures"), json!({"version": version})).await;
        assert_problem(&close(path, 9).await, 409, "version_changed");
        done(&close(path, 1).await);
        assert_problem(&close(path, 2).await, 409, "organisation_closed");
        // What it bears says so.
        assert!(world.get("member", "/api/proposals/pro-1").await.1["porteur_closed_at_ms"].is_i64());
        assert_eq!(world.get("org_admin", "/api/me").await.1["roles"], json!([]));
        let page = world.get("admin", path).await.1;
        assert_eq!(page["holds"], json!({"affiliations": 0, "memberships": 0, "mandates": 0, "proposals": 1}));
        assert!(page["organisation"]["closed_at_ms"].is_i64());
        let membership = json!({"chantier_id": "CH2", "level": "active", "status": "active", "valid_from": "2026-01-01"});
        assert_problem(&world.post("admin", &format!("{path}/memberships"), membership).await, 409, "organisation_closed");
        let work = json!({"organisation_id": "org-b", "from": day(&world, 0)});
        wrong_field(&world.post("admin", "/api/administration/people/member/affiliations", work).await, "organisation_id", "organisation_closed");
        // The Region and the last administrator's organisation stay.
        assert_problem(&close("/api/administration/organisations/org-r", 1).await, 409, "region_stays");
        assert_problem(&close("/api/administration/organisations/org-a", 1).await, 409, "last_admin");
        assert_eq!(world.count("select count(*) from organisation where closed_at_ms is not null").await, 1);
    }

    async fn inv3_memberships_carry_their_mandates(database: Database) {
        let world = region(&database).await;
        let path = "/api/administration/organisations/org-a/memberships";
        let form = |chantier: &str, status: &str, from: &str, to: &str| json!({"chantier_id": chantier, "level": "active", "status": status, "valid_from": from, "valid_to": to, "version": 1});
        wrong_field(&world.post("admin", path, form("CH9", "active", "2026-01-01", "")).await, "chantier_id", "unknown");
        wrong_field(&world.post("admin", path, form("CH3", "active", "2026-01-01", "2026-01-01")).await, "valid_to", "ends_before_start");
        wrong_field(&world.post("admin", path, form("CH1", "active", "2026-01-01", "")).await, "chantier_id", "already_member");
        wrong_field(&world.post("admin", path, form("CH3", "asleep", "2026-01-01", "")).await, "status", "unknown");
        done(&world.post("admin", path, form("CH3", "active", "2026-01-01", "")).await);
        let put = async |form: Json| world.ask("PUT", "admin", "/api/administration/memberships/mem-a1", Some(form)).await;
        assert_problem(&put(form("", "active", "2025-01-01", "2030-01-01")).await, 409, "mandates_depend");
        assert_problem(&put(form("", "suspended", "2025-01-01", "")).await, 409, "mandates_depend");
        world.sql("update mandate set valid_to = '2029-01-01' where body_id = 'body-CH1'").await;
        done(&put(form("", "active", "2025-01-01", "2030-01-01")).await);
        assert_problem(&put(form("", "active", "2025-01-01", "")).await, 409, "version_changed");
        let list = world.get("admin", path).await.1;
        assert_eq!(list["memberships"][0]["valid_to"], "2030-01-01");
    }

    async fn inv2_a_chantier_lives_with_its_co_presidents(database: Database) {
        let world = region(&database).await;
        let post = async |form: Json| world.post("admin", "/api/administration/chantiers", form).await;
        wrong_field(&post(chantier("8", "huit")).await, "chantier_id", "not_a_code");
        wrong_field(&post(chantier("CH1", "huit")).await, "chantier_id", "taken");
        wrong_field(&post(chantier("CH8", "CH1")).await, "slug", "not_a_slug");
        done(&post(chantier("CH8", "huit")).await);
        wrong_field(&post(chantier("CH9", "huit")).await, "slug", "taken");
        let shown = async |code: &str| {
            let all = world.get("admin", "/api/administration/chantiers").await.1;
            let list = all["chantiers"].as_array().expect("chantiers").clone();
            list.into_iter().find(|one| one["chantier_id"] == code).expect("the chantier")
        };
        let new = shown("CH8").await;
        assert_eq!((new["status"].as_str(), new["bodies"][0]["kind"].as_str()), (Some("preparing"), Some("commission")));
        let step = async |code: &str, to: &str, version: &Json| {
            let path = format!("/api/administration/chantiers/{code}/statuses");
            world.post("admin", &path, json!({"status": to, "version": version})).await
        };
        assert_problem(&step("CH8", "active", &new["version"]).await, 409, "co_president_missing");
        assert_problem(&step("CH8", "suspended", &new["version"]).await, 409, "chantier_status");
        let body = new["bodies"][0]["body_id"].clone();
        done(&give(&world, "cou", json!({"role": "co_president", "body_id": body})).await);
        assert_problem(&step("CH8", "active", &json!(77)).await, 409, "version_changed");
        done(&step("CH8", "active", &new["version"]).await);
        let active = shown("CH8").await;
        assert_eq!(active["days_without_co_president"], Json::Null);
        assert_eq!(active["co_presidents"], json!(["Camille cou"]));
        // CH1 is presided by somebody who is no councillor: flagged, since it opened.
        let flagged = shown("CH1").await;
        assert!(flagged["days_without_co_president"].as_i64().expect("flagged") > 30, "{flagged}");
        assert_eq!(flagged["has_copil_seat"], false);
        world.proposal("pro-1", "at_region").await;
        assert_problem(&step("CH1", "closed", &flagged["version"]).await, 409, "proposals_on_their_way");
        assert_eq!(shown("CH1").await["on_their_way"], 1);
        world.sql("update proposal set stage = 'approved'").await;
        done(&step("CH1", "closed", &flagged["version"]).await);
        let group = async |code: &str| world.post("admin", &format!("/api/administration/chantiers/{code}/bodies"), json!({"title": "Groupe"})).await;
        assert_problem(&group("CH1").await, 409, "chantier_status");
        done(&group("CH8").await);
        done(&world.ask("PUT", "admin", "/api/administration/bodies/body-CH2", Some(json!({"title": "Commission deux"}))).await);
        assert_eq!(shown("CH2").await["bodies"][0]["title"], "Commission deux");
    }

    async fn region_units_are_kept_by_name(database: Database) {
        let world = region(&database).await;
        let unit = |kind: &str, title: &str| json!({"kind": kind, "title": title, "version": 1});
        wrong_field(&world.post("admin", "/api/administration/region_units", unit("office", "X")).await, "kind", "unknown");
        done(&world.post("admin", "/api/administration/region_units", unit("direction", "Emploi")).await);
        let id = world.get("admin", "/api/administration/chantiers").await.1["units"][0]["region_unit_id"].as_str().expect("an id").to_owned();
        let path = format!("/api/administration/region_units/{id}");
        done(&world.ask("PUT", "admin", &path, Some(unit("direction", "Emploi et formation"))).await);
        assert_problem(&world.ask("PUT", "admin", &path, Some(unit("direction", "Autre"))).await, 409, "version_changed");
        let mut form = chantier("CH1", "un");
        (form["lead_unit_id"], form["version"]) = (json!(&id), json!(1));
        form["delegation_ids"] = json!([&id]);
        wrong_field(&world.ask("PUT", "admin", "/api/administration/chantiers/CH1", Some(form.clone())).await, "delegation_ids", "unknown");
        form["delegation_ids"] = json!([]);
        done(&world.ask("PUT", "admin", "/api/administration/chantiers/CH1", Some(form)).await);
        assert_eq!(world.get("member", "/api/chantiers/CH1").await.1["lead_direction"], "Emploi et formation");
    }

    async fn the_programme_sets_its_delays_and_envelopes(database: Database) {
        let world = region(&database).await;
        world.sql("update programme set rules = '{\"commission\": {\"proxies_per_person\": 1}, \"other\": true}'").await;
        let path = "/api/administration/programme";
        let page = world.get("admin", path).await.1;
        assert_eq!(page["settings"][0], json!({"field": "commission_notice_days", "value": 5, "min": 1, "max": 60}));
        let form = |change: (&str, Json)| {
            let mut form = json!({"code": "CREER", "title": "Programme", "starts_on": "2025-01-01", "ends_on": "2028-12-31",
                "annual_budget_cents": 1000, "annual_jobs_target": 10000, "fast_track": true,
                "commission_quorum": true, "settings": {"commission_notice_days": 7}, "version": page["version"]});
            form[change.0] = change.1;
            form
        };
        let put = async |change: (&str, Json)| world.ask("PUT", "admin", path, Some(form(change))).await;
        wrong_field(&put(("settings", json!({"commission_notice_days": 0}))).await, "commission_notice_days", "out_of_range");
        wrong_field(&put(("ends_on", json!("2025-01-01"))).await, "ends_on", "ends_before_start");
        wrong_field(&put(("annual_jobs_target", json!(-1))).await, "annual_jobs_target", "out_of_range");
        assert_problem(&put(("version", json!(99))).await, 409, "version_changed");
        done(&put(("code", json!("CREER"))).await);
        assert_eq!(world.count("select count(*) from programme where rules like '%proxies_per_person%' and rules like '%other%'").await, 1);
        let after = world.get("admin", path).await.1;
        assert_eq!((after["settings"][0]["value"].as_i64(), after["commission_quorum"].as_bool()), (Some(7), Some(true)));
        let add = async |year: i64, code: &str, cents: i64| {
            world.post("admin", "/api/administration/envelopes", json!({"year": year, "code": code, "label": "Enveloppe", "amount_cents": cents})).await
        };
        wrong_field(&add(2026, "FEE", 5).await, "year", "parent_missing");
        wrong_field(&add(2031, "CREER", 5).await, "year", "outside_programme");
        done(&add(2026, "CREER", 100).await);
        wrong_field(&add(2026, "CREER", 100).await, "year", "taken");
        wrong_field(&add(2026, "FEE", 101).await, "amount_cents", "over_parent");
        done(&add(2026, "FEE", 60).await);
        let envelopes = world.get("admin", path).await.1["envelopes"].clone();
        assert_eq!(envelopes[1]["parent_id"], envelopes[0]["envelope_id"]);
        let one = format!("/api/administration/envelopes/{}", envelopes[0]["envelope_id"].as_str().expect("an id"));
        let change = |cents: i64| json!({"label": "Enveloppe", "amount_cents": cents, "version": 1});
        wrong_field(&world.ask("PUT", "admin", &one, Some(change(50))).await, "amount_cents", "under_child");
        done(&world.ask("PUT", "admin", &one, Some(change(80))).await);
        assert_problem(&world.ask("PUT", "admin", &one, Some(change(90))).await, 409, "version_changed");
        let page = world.get("admin", path).await.1;
        let mut short = form(("ends_on", json!("2025-12-31")));
        short["version"] = page["version"].clone();
        wrong_field(&world.ask("PUT", "admin", path, Some(short)).await, "ends_on", "envelope_outside");
    }

    async fn inv15_a_year_without_its_meetings_is_flagged(database: Database) {
        let world = region(&database).await;
        world.sql("insert into body (body_id, kind, title) values ('body-assises', 'assises', 'Assises')").await;
        let calendar = async || world.get("admin", "/api/administration/programme").await.1["calendar"].clone();
        assert_eq!(calendar().await[0], json!({"year": 2025, "copil": 0, "copil_needed": 3, "assises": 0, "assises_needed": 1, "is_flagged": true}));
        let meet = async |id: &str, body: &str, status: &str| {
            world.run("insert into meeting (meeting_id, body_id, title, status, starts_at_ms, ends_at_ms, mode, details) values ($1, $2, 'R\u{e9}union', $3, 1748768400000, 1748775600000, 'onsite', '{}')", &[id, body, status]).await;
        };
        for id in ["one", "two"] {
            meet(id, "body-copil", "held").await;
        }
        meet("three", "body-copil", "cancelled").await;
        meet("four", "body-assises", "planned").await;
        assert_eq!(calendar().await[0]["is_flagged"], true);
        meet("five", "body-copil", "planned").await;
        assert_eq!(calendar().await[0], json!({"year": 2025, "copil": 3, "copil_needed": 3, "assises": 1, "assises_needed": 1, "is_flagged": false}));
        assert_eq!(calendar().await[3]["is_flagged"], false, "a year to come has time");
    }

    async fn everything_is_journaled_in_a_chain(database: Database) {
        let world = region(&database).await;
        for name in ["Un", "Deux", "Trois"] {
            done(&world.post("admin", "/api/administration/organisations", organisation(name)).await);
        }
        done(&give(&world, "agent", json!({"role": "facilitator", "body_id": "body-CH1"})).await);
        done(&world.ask("POST", "admin", "/api/people/nobody/links", None).await);
        done(&world.ask("POST", "admin", "/api/people/nobody/deactivations", None).await);
        done(&world.ask("DELETE", "admin", "/api/people/nobody/deactivations", None).await);
        done(&world.ask("PATCH", "admin", "/api/programme", Some(json!({"title": "Autre titre"}))).await);
        done(&world.ask("DELETE", "admin", "/api/programme/logo", None).await);
        let journal = async |query: &str| world.get("admin", &format!("/api/administration/journal{query}")).await.1;
        let all = journal("").await;
        let acts: Vec<&str> = all["acts"].as_array().expect("acts").iter().filter_map(|one| one["act"].as_str()).collect();
        assert_eq!(acts, ["set_logo", "change_look", "reactivate", "deactivate", "give_link", "give_mandate", "add_organisation", "add_organisation", "add_organisation"]);
        assert_eq!(all["acts"][5]["by"], "Camille admin");
        assert_eq!(all["acts"][5]["subject_name"], "Camille agent");
        assert_eq!(all["acts"][5]["details"]["role"], "facilitator");
        let page = journal("?limit=2&subject=organisation").await;
        assert_eq!(page["acts"][0]["subject_name"], "Trois");
        let rest = journal(&format!("?subject=organisation&after={}", page["next"])).await;
        assert_eq!((rest["acts"].as_array().map(Vec::len), rest["next"].as_i64()), (Some(1), None));
        assert_eq!(journal("?subject=person&subject_id=agent").await["acts"].as_array().map(Vec::len), Some(1));
        assert_eq!(world.store.check_admin_journal().await.expect("reads"), (None, 9));
        // A refusal leaves no row.
        wrong_field(&give(&world, "nobody", validator()).await, "role", "region_only");
        assert_eq!(world.count("select count(*) from admin_journal").await, 9);
    }

    async fn a_changed_act_of_administration_is_found(database: Database) {
        let world = region(&database).await;
        for name in ["Un", "Deux", "Trois"] {
            done(&world.post("admin", "/api/administration/organisations", organisation(name)).await);
        }
        for sql in ["update admin_journal set act = 'x'", "delete from admin_journal"] {
            let mut tx = world.store.write().await.expect("begins");
            assert!(tx.run(sql, &[]).await.is_err(), "{sql}");
        }
        for trigger in ["admin_journal_no_update", "admin_journal_no_change"] {
            let on = if database.url().is_some() { " on admin_journal" } else { "" };
            database.execute_owned(format!("drop trigger if exists {trigger}{on}")).await;
        }
        world.sql("update admin_journal set details = '{}' where rank = 2").await;
        assert_eq!(world.store.check_admin_journal().await.expect("reads"), (Some(2), 3));
    }

    async fn tables_are_taken_away_as_csv(database: Database) {
        let world = region(&database).await;
        done(&world.post("admin", "/api/administration/organisations", organisation("=cmd, ou presque")).await);
        let csv = async |name: &str| {
            let request = axum::http::Request::builder()
                .uri(format!("/api/administration/{name}.csv"))
                .header("authorization", "Bearer admin")
                .body(axum::body::Body::empty())
                .expect("a request");
            let (status, headers, bytes) = world.raw(request).await;
            assert_eq!(status, StatusCode::OK);
            assert_eq!(headers["content-type"], "text/csv; charset=utf-8");
            assert_eq!(headers["cache-control"], "private, no-store");
            String::from_utf8(bytes).expect("text")
        };
        let organisations = csv("organisations").await;
        assert!(organisations.starts_with("\u{feff}organisation_id,name,"), "{organisations}");
        assert!(organisations.contains("\"'=cmd, ou presque\""), "{organisations}");
        assert!(csv("people").await.contains("member@a.example"));
        assert!(csv("mandates").await.contains("man-val-body-region,val,val Camille,region_validator"));
        let people = world.get("admin", "/api/people?q=ORG_admin&limit=5").await.1;
        assert_eq!((people["total"].as_i64(), people["people"][0]["person_id"].as_str()), (Some(1), Some("org_admin")));
    }
}
