//! From an empty folder to people at work: the set-up link, invitations, mandates, the
//! programme's look; and the program itself, started as people start it.

use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::support::on_both_databases;
use crate::support::site::{ADMIN, Browser, PASSWORD, Site, setup_form};

/// A day, in milliseconds.
const DAY_MS: i64 = 86_400_000;

/// The last part of an address.
fn token_of(answer: &Json) -> String {
    answer["url"]
        .as_str()
        .and_then(|url| url.rsplit('/').next())
        .expect("a link")
        .to_owned()
}

fn invitation(email: &str, mandates: &Json) -> Json {
    json!({"email": email, "given_name": "Bo", "usual_name": "Recru", "job_title": "Animatrice",
        "elected": false, "mandates": mandates,
        "organisation": {"name": "Atelier", "short_name": "Atelier", "kind": "association", "college_id": "ESS"}})
}

/// The entry of a person in the list of people.
async fn entry(admin: &Browser, email: &str) -> Json {
    let people = admin.get("/api/people").await.is(200);
    let people = people["people"].as_array().expect("a list");
    let found = people.iter().find(|one| one["email"] == email);
    found.expect("listed").clone()
}

on_both_databases! {
    async fn the_set_up_link_makes_the_programme_once(database: Database) {
        let site = Site::empty(&database).await;
        let browser = site.browser();
        assert_eq!(browser.get("/api/workspace").await.is(200)["ready"], false);
        browser.get("/api/setup/unknown").await.is_problem(404, "not_found");
        let first = site.setup_token().await;
        let token = site.setup_token().await;
        browser.get(&format!("/api/setup/{first}")).await.is_problem(410, "link_expired");
        let form = browser.get(&format!("/api/setup/{token}")).await.is(200);
        assert_eq!((&form["code"], &form["annual_jobs_target"]), (&json!("CREER"), &json!(10_000)));

        for (field, value, problem) in [
            ("password", json!("court"), "too_short"),
            ("email", json!("ada"), "not_an_email"),
            ("region_name", json!(" "), "required"),
            ("starts_on", json!("2026-02-30"), "not_a_day"),
            ("ends_on", json!("2025-01-01"), "before_start"),
            ("annual_jobs_target", json!(-1), "out_of_range"),
        ] {
            let mut form = setup_form(&token);
            form[field] = value;
            browser.post("/api/setup", form).await.is_invalid(field, problem);
        }
        browser.post("/api/setup", setup_form(&first)).await.is_problem(410, "link_expired");
        let me = browser.post("/api/setup", setup_form(&token)).await.is(201);
        assert_eq!(me["roles"][0]["role"], "admin");
        assert_eq!(me["person"]["organisation"]["name"], "Région d'essai");
        let workspace = browser.get("/api/workspace").await.is(200);
        assert_eq!((&workspace["ready"], &workspace["demo"]), (&json!(true), &Json::Null));
        let chantiers = browser.get("/api/chantiers").await.is(200);
        assert_eq!(chantiers["chantiers"].as_array().map(Vec::len), Some(7));

        let late = site.browser();
        late.post("/api/setup", setup_form(&token)).await.is_problem(410, "link_used");
        late.get(&format!("/api/setup/{token}")).await.is_problem(410, "link_used");
    }

    async fn an_invitation_serves_once_until_it_expires(database: Database) {
        let site = Site::empty(&database).await;
        let admin = site.set_up().await;
        let email = "bo@atelier.example";
        let answer = admin.post("/api/invitations", invitation(email, &json!([]))).await.is(201);
        let token = token_of(&answer);
        assert_eq!(entry(&admin, email).await["account"], "invited");
        admin.post("/api/invitations", invitation(email, &json!([]))).await.is_invalid("email", "taken");

        let guest = site.browser();
        guest.get("/api/links/unknown").await.is_problem(404, "not_found");
        let link = guest.get(&format!("/api/links/{token}")).await.is(200);
        assert_eq!((&link["kind"], &link["organisation"]), (&json!("invitation"), &json!("Atelier")));
        let later = Site::start(&database, 8 * DAY_MS, |_| {}).await;
        later.browser().get(&format!("/api/links/{token}")).await.is_problem(410, "link_expired");

        let path = format!("/api/links/{token}/acceptances");
        guest.post(&path, json!({"password": "court"})).await.is_invalid("password", "too_short");
        guest.post(&path, json!({"password": PASSWORD})).await.is(201);
        guest.get("/api/me").await.is(200);
        guest.post(&path, json!({"password": PASSWORD})).await.is_problem(410, "link_used");
        assert_eq!(entry(&admin, email).await["account"], "active");

        // A new-password link replaces the one before, and ends every session when used.
        let person = entry(&admin, email).await["person_id"].as_str().expect("an id").to_owned();
        let links = format!("/api/people/{person}/links");
        let first = token_of(&admin.post(&links, json!({})).await.is(201));
        let answer = admin.post(&links, json!({})).await.is(201);
        assert_eq!(answer["kind"], "password");
        let other = site.browser();
        other.get(&format!("/api/links/{first}")).await.is_problem(410, "link_expired");
        let path = format!("/api/links/{}/acceptances", token_of(&answer));
        other.post(&path, json!({"password": "une autre phrase"})).await.is(201);
        guest.get("/api/me").await.is_problem(401, "unauthenticated");
        guest.sign_in(email, PASSWORD).await.is_problem(401, "bad_credentials");
    }

    async fn only_administrators_manage_people(database: Database) {
        let site = Site::empty(&database).await;
        let admin = site.set_up().await;
        let email = "bo@atelier.example";
        let answer = admin.post("/api/invitations", invitation(email, &json!([]))).await.is(201);
        let guest = site.browser();
        let path = format!("/api/links/{}/acceptances", token_of(&answer));
        guest.post(&path, json!({"password": PASSWORD})).await.is(201);
        let person = answer["person_id"].as_str().expect("an id");
        for (method, path, body) in [
            (Method::GET, "/api/people".to_owned(), json!({})),
            (Method::POST, "/api/invitations".to_owned(), invitation("cy@atelier.example", &json!([]))),
            (Method::POST, format!("/api/people/{person}/links"), json!({})),
            (Method::POST, format!("/api/people/{person}/mandates"), json!({"role": "admin"})),
            (Method::POST, format!("/api/people/{person}/deactivations"), json!({})),
            (Method::DELETE, format!("/api/people/{person}/deactivations"), json!({})),
            (Method::DELETE, "/api/mandates/none".to_owned(), json!({})),
            (Method::PATCH, "/api/programme".to_owned(), json!({"title": "Autre"})),
            (Method::DELETE, "/api/programme/logo".to_owned(), json!({})),
        ] {
            let answer = guest.with_json(method.clone(), &path, body.clone()).await;
            answer.is_problem(403, "role_missing");
            site.browser().with_json(method, &path, body).await.is_problem(401, "unauthenticated");
        }
    }

    async fn a_mandate_gives_rights_and_membership_until_it_ends(database: Database) {
        let site = Site::empty(&database).await;
        let admin = site.set_up().await;
        let email = "bo@atelier.example";
        let mandates = json!([{"role": "member", "body_id": "body-ch5"}]);
        let answer = admin.post("/api/invitations", invitation(email, &mandates)).await.is(201);
        let person = answer["person_id"].as_str().expect("an id").to_owned();
        let chantier = admin.get("/api/chantiers/CH5").await.is(200);
        assert!(chantier["colleges"].to_string().contains("Atelier"), "{chantier}");

        let path = format!("/api/people/{person}/mandates");
        let give = async |role: &str, body: Json| {
            admin.post(&path, json!({"role": role, "body_id": body})).await
        };
        give("member", json!("body-ch5")).await.is_problem(409, "mandate_held");
        give("chief", Json::Null).await.is_invalid("role", "unknown");
        give("member", json!("body-none")).await.is_invalid("body_id", "unknown");
        give("facilitator", json!("body-copil")).await.is_invalid("role", "not_in_this_body");
        give("admin", json!("body-ch5")).await.is_invalid("role", "not_in_this_body");
        give("region_validator", json!("body-region")).await.is_invalid("role", "region_only");
        let made = give("facilitator", json!("body-ch5")).await.is(201);
        let mandate = made["mandate_id"].as_str().expect("an id");
        assert_eq!(entry(&admin, email).await["mandates"].as_array().map(Vec::len), Some(2));
        admin.delete(&format!("/api/mandates/{mandate}")).await.is(204);
        admin.delete(&format!("/api/mandates/{mandate}")).await.is_problem(404, "not_found");
        assert_eq!(entry(&admin, email).await["mandates"].as_array().map(Vec::len), Some(1));
        admin.post("/api/people/none/mandates", json!({"role": "admin"})).await.is_problem(404, "not_found");
    }

    async fn the_last_administrator_stays(database: Database) {
        let site = Site::empty(&database).await;
        let admin = site.set_up().await;
        let me = entry(&admin, ADMIN).await;
        let person = me["person_id"].as_str().expect("an id");
        let mandate = me["mandates"][0]["mandate_id"].as_str().expect("an id");
        let close = format!("/api/people/{person}/deactivations");
        admin.post(&close, json!({})).await.is_problem(409, "last_admin");
        admin.delete(&format!("/api/mandates/{mandate}")).await.is_problem(409, "last_admin");
        let validator = json!({"role": "region_validator", "body_id": "body-region"});
        admin.post(&format!("/api/people/{person}/mandates"), validator).await
            .is_problem(409, "roles_exclude_each_other");

        let mandates = json!([{"role": "admin"}]);
        let answer = admin.post("/api/invitations", invitation("bo@atelier.example", &mandates)).await.is(201);
        // Invited is not yet able to administer.
        admin.post(&close, json!({})).await.is_problem(409, "last_admin");
        let second = site.browser();
        let path = format!("/api/links/{}/acceptances", token_of(&answer));
        second.post(&path, json!({"password": PASSWORD})).await.is(201);
        second.post(&close, json!({})).await.is(204);
        admin.get("/api/me").await.is_problem(401, "unauthenticated");
        admin.sign_in(ADMIN, PASSWORD).await.is_problem(401, "bad_credentials");
        assert_eq!(entry(&second, ADMIN).await["account"], "deactivated");
        second.delete(&close).await.is(204);
        admin.sign_in(ADMIN, PASSWORD).await.is(201);
    }

    async fn the_programme_wears_readable_colours_and_a_picture(database: Database) {
        let site = Site::empty(&database).await;
        let admin = site.set_up().await;
        let patch = async |form: Json| admin.with_json(Method::PATCH, "/api/programme", form).await;
        patch(json!({"accent": "#ffee00"})).await.is_invalid("accent", "low_contrast");
        patch(json!({"second": "red"})).await.is_invalid("second", "not_a_color");
        patch(json!({"title": ""})).await.is_invalid("title", "required");
        let settings = patch(json!({"accent": "#1A4B8C", "region_name": "Région B"})).await.is(200);
        assert_eq!((&settings["accent"], &settings["title"]), (&json!("#1a4b8c"), &json!("Programme")));
        let settings = patch(json!({"accent": null})).await.is(200);
        assert_eq!(settings["accent"], Json::Null);

        admin.get("/api/programme/logo").await.is_problem(404, "not_found");
        let put = async |bytes: Vec<u8>| admin.send(admin.request(Method::PUT, "/api/programme/logo").body(bytes)).await;
        put(b"<svg onload=alert(1)>".to_vec()).await.is_invalid("logo", "not_a_picture");
        put(vec![0; 200_001]).await.is_problem(413, "too_large");
        put(b"\x89PNG\r\n\x1a\n and more".to_vec()).await.is(204);
        let url = site.browser().get("/api/workspace").await.is(200)["logo_url"].clone();
        let logo = site.browser().get(url.as_str().expect("an address")).await;
        assert_eq!((logo.status.as_u16(), &logo.headers["content-type"]), (200, &"image/png".parse().expect("a type")));
        admin.delete("/api/programme/logo").await.is(204);
        assert_eq!(admin.get("/api/workspace").await.is(200)["logo_url"], Json::Null);
    }
}
