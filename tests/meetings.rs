//! A commission's meetings as far as they carry opinions: planned, moved, cancelled, their agenda; what is
//! frozen for them keeps its notice and is never left without a hearing. On both databases.

use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::{Value as Json, json};

use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::world::{Answer, World, assert_problem};

const DAY_MS: i64 = 86_400_000;

/// A world where time passes when the test says so, with a proposal that is discussed.
struct Scene {
    world: World,
    moved_ms: &'static AtomicI64,
}

impl Scene {
    async fn new(database: &Database) -> Self {
        let moved_ms: &'static AtomicI64 = Box::leak(Box::default());
        let world = World::moving(database, moved_ms).await;
        world.proposal("pro", "in_commission").await;
        Self { world, moved_ms }
    }

    fn request(&self, title: &str, days: i64) -> Json {
        let starts_at_ms = self.world.store.clock.now().ms() + days * DAY_MS;
        json!({"title": title, "starts_at_ms": starts_at_ms, "duration_minutes": 90, "mode": "onsite", "place_name": "Salle 4"})
    }

    /// A meeting in so many days.
    async fn meeting(&self, title: &str, days: i64) -> String {
        let path = "/api/chantiers/CH1/meetings";
        let body = self.request(title, days);
        let answer = self.world.post("facilitator", path, body).await;
        done(&answer, 201)["meeting_id"]
            .as_str()
            .expect("an id")
            .to_owned()
    }

    async fn freeze(&self, meeting: &str) {
        let sql = "select version from proposal where proposal_id = 'pro'";
        let version = self.world.count(sql).await;
        let body = json!({"transition": "T08", "expected_version": version, "meeting_id": meeting});
        let path = "/api/proposals/pro/transitions";
        done(&self.world.post("facilitator", path, body).await, 201);
    }

    async fn read(&self, meeting: &str) -> Json {
        let path = format!("/api/meetings/{meeting}");
        done(&self.world.get("facilitator", &path).await, 200).clone()
    }

    /// Gives a meeting this title and day, with its version as it is.
    async fn change(&self, who: &str, meeting: &str, title: &str, days: i64) -> Answer {
        let mut body = self.request(title, days);
        body["expected_version"] = self.read(meeting).await["version"].clone();
        self.put(who, &format!("/api/meetings/{meeting}"), body)
            .await
    }

    async fn cancel(&self, who: &str, meeting: &str) -> Answer {
        let version = self.read(meeting).await["version"].clone();
        let path = format!("/api/meetings/{meeting}/cancellation");
        self.world
            .post(who, &path, json!({"expected_version": version}))
            .await
    }

    async fn put(&self, who: &str, path: &str, body: Json) -> Answer {
        self.world.ask("PUT", who, path, Some(body)).await
    }

    async fn moves_told(&self) -> i64 {
        let sql =
            "select count(*) from journal where proposal_id = 'pro' and act = 'hearing_moved'";
        self.world.count(sql).await
    }
}

#[track_caller]
fn done(answer: &Answer, status: u16) -> &Json {
    assert_eq!(answer.0.as_u16(), status, "{}", answer.1);
    &answer.1
}

/// The titles of an agenda, in order.
fn titles(page: &Json) -> Vec<&str> {
    let agenda = page["agenda"].as_array().expect("an agenda");
    agenda
        .iter()
        .filter_map(|item| item["title"].as_str())
        .collect()
}

fn item(page: &Json, title: &str) -> String {
    let agenda = page["agenda"].as_array().expect("an agenda");
    let found = agenda.iter().find(|item| item["title"] == title);
    found.expect("the point")["agenda_item_id"]
        .as_str()
        .expect("an id")
        .to_owned()
}

on_both_databases! {
    async fn a_prepared_opinion_keeps_the_day_it_was_heard(database: Database) {
        let scene = Scene::new(&database).await;
        let (meeting, other) = (scene.meeting("S\u{e9}ance", 12).await, scene.meeting("Autre", 20).await);
        scene.freeze(&meeting).await;
        let opinion = "insert into opinion (opinion_id, proposal_id, body_id, version_id, round, value, mode, seat_count, heard_on, prepared_by, prepared_at_ms, version) select 'opi', proposal_id, 'body-CH1', version_id, 1, 'favourable', 'consensus', 4, '2026-11-13', 'facilitator', 1, 1 from version";
        scene.world.sql(opinion).await;
        assert_problem(&scene.change("facilitator", &meeting, "S\u{e9}ance", 14).await, 403, "opinion_prepared");
        let point = scene.read(&meeting).await["agenda"][0]["agenda_item_id"].as_str().expect("a point").to_owned();
        let path = format!("/api/meetings/{meeting}/agenda_items/{point}/meeting");
        let away = json!({"meeting_id": other});
        assert_problem(&scene.put("facilitator", &path, away.clone()).await, 403, "opinion_prepared");
        // Its title may change; voided, the opinion holds nothing.
        done(&scene.change("facilitator", &meeting, "S\u{e9}ance, salle 2", 12).await, 200);
        scene.world.sql("update opinion set voided_at_ms = 2").await;
        done(&scene.put("facilitator", &path, away).await, 200);
    }

    async fn what_waits_is_told_to_who_plans(database: Database) {
        let scene = Scene::new(&database).await;
        let meeting = scene.meeting("S\u{e9}ance", 12).await;
        scene.freeze(&meeting).await;
        let path = format!("/api/meetings/{meeting}");
        let (_, plans) = scene.world.get("facilitator", &path).await;
        assert_eq!((&plans["waiting_count"], plans["earliest_day"].is_string()), (&1.into(), true));
        let (_, outside) = scene.world.get("elsewhere", &path).await;
        assert_eq!((&outside["waiting_count"], &outside["earliest_day"], &outside["agenda"]), (&0.into(), &Json::Null, &json!([])));
    }

    async fn a_meeting_moves_only_as_far_as_the_notice_of_what_is_frozen_for_it(database: Database) {
        let scene = Scene::new(&database).await;
        let meeting = scene.meeting("S\u{e9}ance", 12).await;
        assert_eq!(scene.read(&meeting).await["earliest_day"], Json::Null);
        // Nothing waits: any day to come.
        done(&scene.change("facilitator", &meeting, "S\u{e9}ance", 2).await, 200);
        done(&scene.change("facilitator", &meeting, "S\u{e9}ance", 12).await, 200);
        scene.freeze(&meeting).await;
        let page = scene.read(&meeting).await;
        assert_eq!((&page["waiting_count"], &page["notice_days"]), (&1.into(), &5.into()));
        assert_eq!(page["earliest_day"], scene.world.store.today().plus_days(6).as_str());
        assert_problem(&scene.change("member", &meeting, "S\u{e9}ance", 8).await, 403, "role_missing");
        assert_problem(&scene.change("facilitator", &meeting, "S\u{e9}ance", 5).await, 403, "notice_short");
        assert_eq!(scene.moves_told().await, 0);
        // Counted from the freeze, not from the day it is moved.
        scene.moved_ms.fetch_add(3 * DAY_MS, Ordering::Relaxed);
        let moved = scene.change("facilitator", &meeting, "S\u{e9}ance avanc\u{e9}e", 3).await;
        assert_eq!(done(&moved, 200)["title"], "S\u{e9}ance avanc\u{e9}e");
        assert_eq!(scene.moves_told().await, 1);
        let (_, proposal) = scene.world.get("owner", "/api/proposals/pro").await;
        let due = scene.world.store.today().plus_days(3);
        assert_eq!(proposal["awaited"]["due_on"], due.as_str());
        assert_eq!(proposal["history"].as_array().and_then(|all| all.last()).expect("an act")["act"], "hearing_moved");
        // What another changed meanwhile is not overwritten; the past is no date.
        let mut stale = scene.request("Encore", 8);
        stale["expected_version"] = 1.into();
        assert_problem(&scene.put("facilitator", &format!("/api/meetings/{meeting}"), stale).await, 409, "meeting_changed");
        scene.moved_ms.fetch_add(4 * DAY_MS, Ordering::Relaxed);
        assert_problem(&scene.change("facilitator", &meeting, "S\u{e9}ance", 8).await, 403, "meeting_over");
        let other = scene.meeting("Autre", 3).await;
        assert_problem(&scene.change("facilitator", &other, "Autre", -1).await, 422, "invalid");
        // The steering committee's is nobody's to change here.
        scene.world.sql("insert into meeting (meeting_id, body_id, title, status, starts_at_ms, ends_at_ms, mode, details) values ('copil', 'body-copil', 'Comit\u{e9}', 'planned', 9000000000002, 9000000000003, 'remote', '{}')").await;
        assert_problem(&scene.change("facilitator", "copil", "Pris", 8).await, 403, "role_missing");
        assert_problem(&scene.put("facilitator", "/api/meetings/none", json!({"title": "Rien", "starts_at_ms": 9_000_000_000_000_i64, "duration_minutes": 60, "mode": "onsite", "expected_version": 1})).await, 422, "invalid");
    }

    async fn a_meeting_is_cancelled_once_nothing_frozen_waits_for_it(database: Database) {
        let scene = Scene::new(&database).await;
        let meeting = scene.meeting("S\u{e9}ance", 8).await;
        scene.freeze(&meeting).await;
        assert_problem(&scene.cancel("facilitator", &meeting).await, 403, "versions_waiting");
        assert_problem(&scene.cancel("co_president", &meeting).await, 403, "role_missing");
        // Its point goes to another meeting first, with the notice it is owed.
        let point = item(&scene.read(&meeting).await, "Titre pro");
        let path = format!("/api/meetings/{meeting}/agenda_items/{point}");
        assert_problem(&scene.world.ask("DELETE", "facilitator", &path, None).await, 403, "version_waiting");
        let (soon, late) = (scene.meeting("Trop t\u{f4}t", 4).await, scene.meeting("Plus tard", 9).await);
        let elsewhere = format!("/api/meetings/{meeting}/agenda_items/{point}/meeting");
        let to = |id: &str| json!({"meeting_id": id});
        assert_problem(&scene.put("facilitator", &elsewhere, to(&soon)).await, 403, "notice_short");
        assert_problem(&scene.put("member", &elsewhere, to(&late)).await, 403, "role_missing");
        for unknown in [&meeting, &"none".to_owned()] {
            assert_problem(&scene.put("facilitator", &elsewhere, to(unknown)).await, 422, "invalid");
        }
        let moved = scene.put("facilitator", &elsewhere, to(&late)).await;
        assert_eq!((titles(done(&moved, 200)).len(), scene.moves_told().await), (0, 1));
        assert_eq!(titles(&scene.read(&late).await), ["Titre pro"]);
        let cancelled = scene.cancel("facilitator", &meeting).await;
        assert_eq!((&done(&cancelled, 200)["status"], &cancelled.1["is_open"]), (&"cancelled".into(), &false.into()));
        assert_problem(&scene.cancel("facilitator", &meeting).await, 403, "meeting_over");
        assert_problem(&scene.world.post("facilitator", &format!("/api/meetings/{meeting}/agenda_items"), json!({"title": "Trop tard"})).await, 403, "meeting_over");
        // Nothing is heard in it any more.
        let (_, moves) = scene.world.get("facilitator", "/api/proposals/pro/transitions").await;
        let hearings = moves["hearings"].as_array().expect("hearings");
        assert!(hearings.iter().all(|one| one["meeting_id"] != meeting.as_str()));
    }

    async fn an_agenda_takes_free_points_in_an_order(database: Database) {
        let scene = Scene::new(&database).await;
        let meeting = scene.meeting("S\u{e9}ance", 8).await;
        scene.freeze(&meeting).await;
        let path = format!("/api/meetings/{meeting}/agenda_items");
        for (title, minutes) in [("Points divers", Some(10)), ("Accueil", None)] {
            let body = json!({"title": title, "duration_minutes": minutes});
            assert_problem(&scene.world.post("member", &path, body.clone()).await, 403, "role_missing");
            done(&scene.world.post("facilitator", &path, body).await, 201);
        }
        for bad in [json!({"title": "ab"}), json!({"title": "Long", "duration_minutes": 481}), json!({"title": "Court", "duration_minutes": 0})] {
            assert_problem(&scene.world.post("facilitator", &path, bad).await, 422, "invalid");
        }
        let page = scene.read(&meeting).await;
        assert_eq!(titles(&page), ["Titre pro", "Points divers", "Accueil"]);
        assert_eq!((&page["agenda"][1]["duration_minutes"], &page["agenda"][1]["kind"]), (&10.into(), &"misc".into()));
        let ids = |wanted: &[&str]| wanted.iter().map(|title| item(&page, title)).collect::<Vec<_>>();
        let order = format!("/api/meetings/{meeting}/agenda_order");
        let wanted = json!({"agenda_item_ids": ids(&["Accueil", "Titre pro", "Points divers"])});
        assert_problem(&scene.put("member", &order, wanted.clone()).await, 403, "role_missing");
        let sorted = scene.put("facilitator", &order, wanted).await;
        assert_eq!(titles(done(&sorted, 200)), ["Accueil", "Titre pro", "Points divers"]);
        for wrong in [ids(&["Accueil", "Titre pro"]), ids(&["Accueil", "Accueil", "Titre pro"]), vec!["none".to_owned(); 3]] {
            assert_problem(&scene.put("facilitator", &order, json!({"agenda_item_ids": wrong})).await, 409, "meeting_changed");
        }
        let point = format!("{path}/{}", item(&page, "Points divers"));
        let dropped = scene.world.ask("DELETE", "facilitator", &point, None).await;
        assert_eq!(titles(done(&dropped, 200)), ["Accueil", "Titre pro"]);
        assert_problem(&scene.world.ask("DELETE", "facilitator", &point, None).await, 404, "not_found");
        assert_eq!(scene.moves_told().await, 0);
    }

    async fn a_freeze_and_a_cancellation_at_once_leave_no_version_without_a_hearing(database: Database) {
        let scene = Scene::new(&database).await;
        let meeting = scene.meeting("S\u{e9}ance", 8).await;
        let version = scene.world.count("select version from proposal where proposal_id = 'pro'").await;
        let freeze = json!({"transition": "T08", "expected_version": version, "meeting_id": meeting});
        let path = "/api/proposals/pro/transitions";
        let (frozen, cancelled) = tokio::join!(
            scene.world.post("facilitator", path, freeze),
            scene.cancel("facilitator", &meeting)
        );
        let (frozen, cancelled) = (frozen.0.as_u16(), cancelled.0.as_u16());
        assert!([(201, 403), (201, 409), (403, 200)].contains(&(frozen, cancelled)), "{frozen} {cancelled}");
    }
}
