//! The programme and its chantiers through the public API.

use serde_json::json;

use crate::support::on_both_databases;
use crate::support::world::{World, assert_problem};

on_both_databases! {
    async fn chantiers_count_all_proposals_and_list_only_readable_ones(database: Database) {
        let world = World::new(&database).await;
        for (id, stage) in [("a", "idea"), ("b", "drafting"), ("c", "frozen"), ("d", "at_copil"),
            ("e", "approved"), ("f", "completed"), ("g", "withdrawn"), ("h", "rejected")] {
            world.proposal(id, stage).await;
        }
        let (status, body) = world.get("elsewhere", "/api/chantiers").await;
        assert_eq!(status.as_u16(), 200, "{body}");
        let first = &body["chantiers"][0];
        assert_eq!((&first["chantier_id"], &first["purpose"], &first["roles"]), (&"CH1".into(), &"Une phrase.".into(), &json!([])));
        assert_eq!(first["phases"], json!({"drafting": 2, "commission": 1, "copil": 1, "region": 1, "follow_up": 1, "ended": 2}));
        assert_eq!(first["co_presidents"][0]["person_id"], "co_president");
        assert_eq!((&first["next"]["kind"], &first["next"]["starts_at_ms"]), (&"awaited".into(), &json!(null)));
        assert_eq!(first["next"]["proposal_id"], "e", "the oldest proposal this reader may read");
        world.sql("insert into meeting (meeting_id, body_id, title, status, starts_at_ms, ends_at_ms, mode, details) values ('steering', 'body-copil', 'Comit\u{e9}', 'planned', 9000000000002, 9000000000003, 'remote', '{}')").await;
        let (_, body) = world.get("elsewhere", "/api/chantiers").await;
        assert_eq!((&body["chantiers"][0]["next"]["title"], &body["chantiers"][1]["next"]), (&"Comit\u{e9}".into(), &json!(null)));
        let (_, list) = world.get("elsewhere", "/api/proposals?chantier=CH1").await;
        assert_eq!(list["proposals"].as_array().expect("a list").len(), 3);
    }

    async fn a_chantier_shows_its_members_and_what_comes_next(database: Database) {
        let world = World::new(&database).await;
        world.sql("insert into meeting (meeting_id, body_id, title, status, starts_at_ms, ends_at_ms, mode, details) values ('past', 'body-CH1', 'Hier', 'held', 1, 2, 'onsite', '{}'), ('off', 'body-CH1', 'Annul\u{e9}e', 'cancelled', 9000000000000, 9000000000001, 'onsite', '{}'), ('next', 'body-CH1', 'Demain', 'planned', 9000000000002, 9000000000003, 'remote', '{}')").await;
        let (status, body) = world.get("member", "/api/chantiers/CH1").await;
        assert_eq!(status.as_u16(), 200, "{body}");
        assert_eq!((&body["next"]["title"], &body["next"]["kind"]), (&"Demain".into(), &"meeting".into()));
        assert_eq!(body["meetings"].as_array().expect("meetings").len(), 3);
        assert_eq!(body["description_html"], "<p>Une phrase. Une <strong>autre</strong>.</p>");
        assert_eq!((&body["roles"], &body["may"], &body["may_not"]), (&json!(["member"]), &json!(["propose"]), &json!([{"action": "prepare_meetings", "rule": "R-MEETING", "code": "role_missing"}])));
        let eco = &body["colleges"][0];
        assert_eq!((&eco["college_id"], &eco["organisations"][0]["short_name"], &eco["organisations"][1]["level"]),
            (&"ECO".into(), &"A".into(), &"pilot".into()));
        let people: Vec<&str> = eco["organisations"][0]["people"].as_array().expect("people").iter()
            .map(|one| one["role"].as_str().expect("a role")).collect();
        assert_eq!(people.len(), 4, "{people:?}");
        let (_, other) = world.get("observer", "/api/chantiers/CH1").await;
        assert_eq!((&other["may"], &other["may_not"][0]["rule"]), (&json!([]), &"T01".into()));
        assert_problem(&world.get("member", "/api/chantiers/CH9").await, 404, "not_found");
        assert_problem(&world.get("", "/api/chantiers/CH1").await, 401, "unauthenticated");
        let (_, programme) = world.get("member", "/api/programme").await;
        assert_eq!((&programme["next_meetings"][0]["meeting_id"], programme["next_meetings"].as_array().expect("meetings").len()), (&"next".into(), 1));
    }

    async fn a_union_mandate_is_shown_inside_the_commission_only(database: Database) {
        let world = World::new(&database).await;
        world.person("unionist", "org-c").await;
        world.mandate("unionist", "member", "body-CH1").await;
        let seen = async |person: &str| {
            world.get(person, "/api/chantiers/CH1").await.1.to_string().contains("unionist")
        };
        assert!(seen("member").await && seen("observer").await);
        assert!(!seen("elsewhere").await && !seen("admin").await);
        world.sql("update person set listing_consented_at_ms = 1 where person_id = 'unionist'").await;
        assert!(seen("elsewhere").await);
    }

    async fn the_programme_shows_its_figures_once_published(database: Database) {
        let world = World::new(&database).await;
        let (status, body) = world.get("nobody", "/api/programme").await;
        assert_eq!(status.as_u16(), 200, "{body}");
        assert_eq!((&body["figures"], &body["may"], &body["programme"]["intro_html"]),
            (&json!(null), &json!([]), &"<p>Bonjour <strong>vous</strong>.</p>".into()));
        world.proposal("a", "idea").await;
        world.proposal("b", "completed").await;
        world.sql("insert into figure_year (year, status, as_of, headline, details) values (2025, 'frozen', '2025-12-31', 9150, '{}'), (2026, 'provisional', '2026-10-31', 7000, '{}')").await;
        world.sql("insert into envelope (envelope_id, year, code, label, amount_cents, parent_id, requested_cents, arbitrated_cents, decided_cents, committed_cents) values ('e', 2026, 'CREER', 'CREER', 100, null, 0, 0, 40, 0), ('f', 2026, 'FEE', 'FEE', 5, 'e', 0, 0, 1, 0)").await;
        let (_, body) = world.get("admin", "/api/programme").await;
        assert_eq!(body["figures"], json!({"year": 2026, "jobs_counted": 7000, "jobs_target": 10000,
            "money_decided_cents": 40, "money_envelope_cents": 100, "proposals_in_progress": 1}));
        assert_eq!(body["may"], json!(["manage_people", "manage_programme"]));
        assert_eq!(world.get("member", "/api/programme").await.1["may"], json!(["propose"]));
    }
}
