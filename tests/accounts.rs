//! Signing in and out, sessions, tokens, passwords: through the API, as a browser would.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;

use crate::support::on_both_databases;
use crate::support::site::{ADMIN, Browser, PASSWORD, Site};

/// A day, in milliseconds.
const DAY_MS: i64 = 86_400_000;

/// Invites somebody and lets them choose a password.
async fn join(admin: &Browser, site: &Site, email: &str) -> Browser {
    let form = json!({"email": email, "given_name": "Bo", "usual_name": "Recru",
        "organisation": {"name": "Atelier", "short_name": "Atelier", "kind": "association", "college_id": "ESS"}});
    let url = admin.post("/api/invitations", form).await.is(201)["url"].clone();
    let token = url
        .as_str()
        .and_then(|url| url.rsplit('/').next())
        .expect("a link")
        .to_owned();
    let browser = site.browser();
    browser
        .post(
            &format!("/api/links/{token}/acceptances"),
            json!({"password": PASSWORD}),
        )
        .await
        .is(201);
    browser
}

on_both_databases! {
    async fn a_cookie_signs_in_and_scripts_cannot_read_it(database: Database) {
        let site = Site::empty(&database).await;
        site.set_up().await;
        let browser = site.browser();
        browser.get("/api/me").await.is_problem(401, "unauthenticated");
        let answer = browser.sign_in(" ADA@region.example ", PASSWORD).await;
        let cookie = answer.headers["set-cookie"].to_str().expect("text").to_owned();
        answer.is(201);
        assert!(cookie.starts_with("chantier="), "{cookie}");
        for flag in ["HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(cookie.contains(flag), "{cookie} lacks {flag}");
        }
        assert!(!cookie.contains("Secure"), "{cookie}");
        let me = browser.get("/api/me").await.is(200);
        assert_eq!(me["email"], ADMIN);
        assert_eq!(me["may"], json!(["manage_people", "manage_programme", "read_envelopes"]));
        browser.delete("/api/sessions/current").await.is(204);
        browser.get("/api/me").await.is_problem(401, "unauthenticated");
    }

    async fn over_https_the_cookie_is_bound_to_the_host(database: Database) {
        let site = Site::start(&database, 0, |config| {
            config.public_url = Some("https://chantier.example".to_owned());
        })
        .await;
        site.set_up().await;
        let answer = site.browser().sign_in(ADMIN, PASSWORD).await;
        let cookie = answer.headers["set-cookie"].to_str().expect("text").to_owned();
        assert!(cookie.starts_with("__Host-chantier="), "{cookie}");
        assert!(cookie.contains("Secure") && !cookie.contains("Domain"), "{cookie}");
        assert!(answer.headers.contains_key("strict-transport-security"));
    }

    async fn an_unknown_account_gets_the_same_answer_after_the_same_work(database: Database) {
        let site = Site::empty(&database).await;
        site.set_up().await;
        let browser = site.browser();
        let mut times = [Vec::new(), Vec::new()];
        for _ in 0..7 {
            for (times, email) in times.iter_mut().zip([ADMIN, "nobody@region.example"]) {
                let start = Instant::now();
                let answer = browser.sign_in(email, "not the password").await;
                times.push(start.elapsed());
                answer.is_problem(401, "bad_credentials");
                assert!(!answer.headers.contains_key("set-cookie"));
            }
        }
        times.iter_mut().for_each(|times| times.sort_unstable());
        // The quickest of them: a busy machine only adds. A hash takes tens of milliseconds, an
        // answer without one well under two.
        let [known, unknown] = times.map(|times| times[0]);
        assert!(unknown * 3 > known && unknown > Duration::from_millis(4), "{known:?}, {unknown:?}");
    }

    async fn the_eleventh_wrong_password_of_an_account_must_wait(database: Database) {
        let site = Site::empty(&database).await;
        site.set_up().await;
        let browser = site.browser();
        for email in [ADMIN, "nobody@region.example"] {
            for _ in 0..10 {
                browser.sign_in(email, "not the password").await.is_problem(401, "bad_credentials");
            }
            let answer = browser.sign_in(email, PASSWORD).await;
            answer.is_problem(429, "too_many");
            let wait_s = answer.json["retry_after_s"].as_u64().expect("seconds");
            assert!((1..=60).contains(&wait_s), "{wait_s}");
            assert_eq!(answer.headers["retry-after"], wait_s.to_string());
        }
    }

    async fn sessions_are_listed_and_ended_one_by_one(database: Database) {
        let site = Site::empty(&database).await;
        let first = site.set_up().await;
        let second = site.browser();
        second.sign_in(ADMIN, PASSWORD).await.is(201);
        let sessions = first.get("/api/sessions").await.is(200)["sessions"].clone();
        let sessions = sessions.as_array().expect("a list");
        assert_eq!(sessions.len(), 2);
        let other = sessions.iter().find(|one| one["current"] == false).expect("the other");
        let path = format!("/api/sessions/{}", other["session_id"].as_str().expect("an id"));

        let admin = site.browser();
        admin.sign_in(ADMIN, PASSWORD).await.is(201);
        let stranger = join(&admin, &site, "bo@atelier.example").await;
        stranger.delete(&path).await.is_problem(404, "not_found");
        first.delete(&path).await.is(204);
        second.get("/api/me").await.is_problem(401, "unauthenticated");
        first.get("/api/me").await.is(200);
        first.delete(&path).await.is_problem(404, "not_found");
    }

    async fn a_new_sign_in_ends_the_session_the_browser_came_with(database: Database) {
        let site = Site::empty(&database).await;
        let browser = site.set_up().await;
        browser.sign_in(ADMIN, PASSWORD).await.is(201);
        let sessions = browser.get("/api/sessions").await.is(200);
        assert_eq!(sessions["sessions"].as_array().map(Vec::len), Some(1), "{sessions}");
    }

    async fn another_password_ends_the_other_sessions(database: Database) {
        let site = Site::empty(&database).await;
        let browser = site.set_up().await;
        let other = site.browser();
        other.sign_in(ADMIN, PASSWORD).await.is(201);
        let change = async |current: &str, new: &str| {
            let form = json!({"current_password": current, "new_password": new});
            browser.with_json(Method::PUT, "/api/me/password", form).await
        };
        change("wrong", "une autre phrase").await.is_invalid("current_password", "wrong");
        change(PASSWORD, "court").await.is_invalid("new_password", "too_short");
        change(PASSWORD, ADMIN).await.is_invalid("new_password", "same_as_email");
        other.get("/api/me").await.is(200);
        change(PASSWORD, "une autre phrase").await.is(204);
        other.get("/api/me").await.is_problem(401, "unauthenticated");
        browser.get("/api/me").await.is(200);
        let fresh = site.browser();
        fresh.sign_in(ADMIN, PASSWORD).await.is_problem(401, "bad_credentials");
        fresh.sign_in(ADMIN, "une autre phrase").await.is(201);
    }

    async fn a_session_ends_unused_or_old(database: Database) {
        let site = Site::empty(&database).await;
        let browser = site.set_up().await;
        let cookie = |answer: &crate::support::site::Answer| {
            let line = answer.headers["set-cookie"].to_str().expect("text").to_owned();
            line.split(';').next().expect("a cookie").to_owned()
        };
        let cookie = cookie(&browser.sign_in(ADMIN, PASSWORD).await);
        let visit = async |days: i64, status: u16| {
            let later = Site::start(&database, days * DAY_MS, |_| {}).await;
            let visitor = later.browser();
            let request = visitor.request(Method::GET, "/api/sessions").header("cookie", &cookie);
            visitor.send(request).await.is(status);
        };
        visit(8, 401).await;
        // In use until the end, it lasts thirty days all the same.
        database.execute("update session set seen_at_ms = created_at_ms + 2592000000").await;
        visit(31, 401).await;
        visit(29, 200).await;
    }

    async fn a_token_is_shown_once_listed_and_revoked(database: Database) {
        let site = Site::empty(&database).await;
        let browser = site.set_up().await;
        let form = json!({"label": "Export", "expires_in_days": 30});
        let made = browser.post("/api/tokens", form).await.is(201);
        let token = made["token"].as_str().expect("a secret").to_owned();
        let listed = browser.get("/api/tokens").await.is(200);
        assert_eq!(listed["tokens"][0]["label"], "Export");
        assert!(!listed.to_string().contains(&token));
        let program = site.browser();
        let with_token = |method: Method, path: &str| program.request(method, path).bearer_auth(&token);
        program.send(with_token(Method::GET, "/api/me")).await.is(200);
        let more = with_token(Method::POST, "/api/tokens").json(&json!({"label": "Autre"}));
        program.send(more).await.is_problem(403, "session_needed");
        let path = format!("/api/tokens/{}", made["token_id"].as_str().expect("an id"));
        browser.delete(&path).await.is(204);
        program.send(with_token(Method::GET, "/api/me")).await.is_problem(401, "unauthenticated");
        browser.delete(&path).await.is_problem(404, "not_found");
        for (form, field, problem) in [
            (json!({"label": " "}), "label", "required"),
            (json!({"label": "x", "expires_in_days": 0}), "expires_in_days", "out_of_range"),
        ] {
            browser.post("/api/tokens", form).await.is_invalid(field, problem);
        }
    }

    async fn another_site_cannot_act_in_ones_name(database: Database) {
        let site = Site::empty(&database).await;
        let browser = site.set_up().await;
        let from = |name: &'static str, value: &'static str| {
            browser.request(Method::DELETE, "/api/sessions/current").header(name, value)
        };
        browser.send(from("origin", "https://evil.example")).await.is_problem(403, "cross_site");
        browser.send(from("sec-fetch-site", "cross-site")).await.is_problem(403, "cross_site");
        // A form of another site cannot send JSON; what is not JSON is not read.
        let form = browser.request(Method::POST, "/api/tokens").body(r#"{"label":"x"}"#);
        browser.send(form).await.is_problem(400, "malformed");
        browser.send(from("sec-fetch-site", "same-origin")).await.is(204);
    }

    async fn bad_input_is_named(database: Database) {
        let site = Site::empty(&database).await;
        let browser = site.set_up().await;
        let answer = browser.post("/api/sessions", json!({"email": 3, "password": "x"})).await;
        answer.is_problem(400, "malformed");
        assert_eq!(answer.json["errors"][0]["field"], "email");
        let answer = browser.post("/api/sessions", json!({"email": "a@b.fr"})).await;
        assert_eq!(answer.json["errors"][0]["field"], "password");
        let large = json!({"email": "a".repeat(300 * 1024), "password": "x"});
        let answer = browser.post("/api/sessions", large).await;
        answer.is_problem(413, "too_large");
        assert_eq!(answer.json["limit_bytes"], 262_144);
        browser.get("/api/nothing").await.is_problem(404, "not_found");
        browser.ask(Method::PUT, "/api/sessions").await.is_problem(405, "method_not_allowed");
        browser.delete("/api/sessions/none").await.is_problem(404, "not_found");
        let answer = browser.get("/healthz").await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
        assert_eq!(browser.get("/readyz").await.status, 200);
        browser.get("/metrics").await.is_problem(404, "not_found");
    }
}
