//! "Pourquoi ?": the roles one holds around a proposal with where each comes from, and every act with
//! its verdict, through the API.

use chantier::rules::rights::Action;
use serde_json::Value as Json;

use crate::support::on_both_databases;
use crate::support::world::{World, assert_problem};

fn roles(rights: &Json) -> Vec<(String, String)> {
    let held = rights["roles"].as_array().expect("roles").iter();
    let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    held.map(|one| (text(&one["role"]), text(&one["source"])))
        .collect()
}

fn verdict<'a>(rights: &'a Json, action: &str) -> &'a Json {
    let mut actions = rights["actions"].as_array().expect("actions").iter();
    actions
        .find(|one| one["action"] == action)
        .unwrap_or_else(|| panic!("{action} is not explained"))
}

on_both_databases! {
    async fn each_role_says_where_it_comes_from(database: Database) {
        let world = World::new(&database).await;
        world.proposal("one", "in_commission").await;
        let path = "/api/proposals/one/rights";
        let sources = [
            ("owner", vec![("owner", "tie"), ("associated", "mandate")]),
            ("facilitator", vec![("facilitator", "mandate")]),
            ("associated", vec![("associated", "mandate")]),
            ("org_admin", vec![("org_admin", "reference")]),
        ];
        for (person, expected) in sources {
            let (status, rights) = world.get(person, path).await;
            assert_eq!(status, 200, "{person}: {rights}");
            let expected: Vec<(String, String)> = expected
                .into_iter()
                .map(|(role, source)| (role.to_owned(), source.to_owned()))
                .collect();
            assert_eq!(roles(&rights), expected, "{person}");
        }
        let (_, rights) = world.get("facilitator", path).await;
        assert_eq!(rights["roles"][0]["body_title"], "Commission");
        assert_eq!(rights["roles"][0]["chantier_id"], "CH1");
        assert_eq!(rights["roles"][0]["valid_from"], "2025-01-01");
        assert!(rights["roles"][0]["valid_to"].is_null());
    }

    async fn each_act_says_why_and_agrees_with_the_page(database: Database) {
        let world = World::new(&database).await;
        world.proposal("one", "in_commission").await;
        let (_, rights) = world.get("facilitator", "/api/proposals/one/rights").await;
        assert_eq!(rights["stage"], "in_commission");
        let freeze = verdict(&rights, "freeze");
        assert_eq!((&freeze["allowed"], &freeze["rule"]), (&Json::Bool(true), &Json::from("T08")));
        assert_eq!(freeze["held"], serde_json::json!(["facilitator"]));
        let admit = verdict(&rights, "admit");
        assert_eq!((&admit["allowed"], &admit["code"]), (&Json::Bool(false), &Json::from("stage")));
        let submit = verdict(&rights, "submit");
        assert_eq!(submit["code"], "role_missing");
        assert_eq!(submit["roles"], serde_json::json!(["owner"]));
        let (_, page) = world.get("facilitator", "/api/proposals/one").await;
        let may = page["may"].as_array().expect("may");
        for action in Action::ON_PROPOSAL {
            let allowed = verdict(&rights, action.key())["allowed"] == true;
            let listed = may.iter().any(|one| one == action.key());
            assert_eq!(allowed, listed, "{}", action.key());
        }
    }

    async fn who_may_not_read_is_told_nothing(database: Database) {
        let world = World::new(&database).await;
        world.proposal("one", "in_commission").await;
        let path = "/api/proposals/one/rights";
        for person in ["elsewhere", "admin", "nobody", "copil_member"] {
            assert_problem(&world.get(person, path).await, 404, "not_found");
        }
        assert_problem(&world.get("", path).await, 401, "unauthenticated");
        assert_problem(&world.get("owner", "/api/proposals/none/rights").await, 404, "not_found");
    }

    async fn a_tie_without_a_seat_gives_no_role(database: Database) {
        let world = World::new(&database).await;
        world.proposal("one", "drafting").await;
        world.sql("update mandate set valid_to = '2026-01-01' where person_id = 'owner'").await;
        assert_problem(&world.get("owner", "/api/proposals/one/rights").await, 404, "not_found");
    }
}
