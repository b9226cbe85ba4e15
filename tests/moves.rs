//! The commission's half of the stage machine through the API, on both databases: from the deposit to the
//! steering committee, with what each step refuses on the way; acts that take two people.

use std::sync::atomic::{AtomicI64, Ordering};

use axum::http::StatusCode;
use chantier::clock::Timestamp;
use chantier::store::log;
use chantier::text::edit::from_markdown;
use serde_json::{Value as Json, json};

use crate::support::database::Database;
use crate::support::world::{Answer, World, assert_problem};
use crate::support::{on_both_databases, sheet, until};

const DAY_MS: i64 = 86_400_000;

/// A world where time passes when the test says so, with a proposal in CH1.
struct Scene {
    world: World,
    moved_ms: &'static AtomicI64,
}

impl Scene {
    async fn new(database: &Database, stage: &str) -> Self {
        let moved_ms: &'static AtomicI64 = Box::leak(Box::default());
        let world = World::moving(database, moved_ms).await;
        world.proposal("pro", stage).await;
        world.sql("update mandate set voting = 1, seat = person_id where role in ('member', 'co_president')").await;
        let now = world.store.clock.now().ms();
        let since = now.to_string();
        world
            .run(
                "update proposal set updated_at_ms = cast($1 as bigint), stage_since_ms = cast($2 as bigint)",
                &[&since, &since],
            )
            .await;
        Self { world, moved_ms }
    }

    fn later(&self, days: i64) {
        self.moved_ms.fetch_add(days * DAY_MS, Ordering::Relaxed);
    }

    /// An ISO day so many days from today.
    fn day(&self, days: i64) -> String {
        self.world.store.today().plus_days(days).as_str().to_owned()
    }

    async fn read(&self, person: &str) -> Json {
        let (status, body) = self.world.get(person, "/api/proposals/pro").await;
        assert_eq!(status.as_u16(), 200, "{person}: {body}");
        body
    }

    /// A transition with the version as it is now.
    async fn ask(&self, person: &str, transition: &str, mut with: Json) -> Answer {
        let version = self
            .world
            .count("select version from proposal where proposal_id = 'pro'")
            .await;
        with["transition"] = transition.into();
        with["expected_version"] = version.into();
        self.world
            .post(person, "/api/proposals/pro/transitions", with)
            .await
    }

    /// What the transitions say of a proposal on which nothing happens.
    async fn inactivity(&self, person: &str) -> Json {
        let path = "/api/proposals/pro/transitions";
        self.world.get(person, path).await.1["inactivity"].clone()
    }

    /// The warnings on somebody's desk: how many, until when.
    async fn desk_of_warnings(&self, person: &str) -> Json {
        let (_, desk) = self.world.get(person, "/api/desk").await;
        let items = desk["items"].as_array().expect("items");
        let warned = items.iter().filter(|item| item["kind"] == "warned");
        warned
            .map(|item| json!([item["count"], item["due_on"]]))
            .collect()
    }

    #[track_caller]
    fn moved(answer: &Answer, stage: &str) {
        assert_eq!(
            (answer.0.as_u16(), &answer.1["stage"]),
            (201, &stage.into()),
            "{}",
            answer.1
        );
    }

    async fn put(&self, person: &str, path: &str, body: Json) -> Answer {
        self.world.ask("PUT", person, path, Some(body)).await
    }

    /// A meeting of the commission in so many days.
    async fn meeting(&self, days: i64) -> String {
        let starts_at_ms = self.world.store.clock.now().ms() + days * DAY_MS;
        let body = json!({"title": "S\u{e9}ance", "starts_at_ms": starts_at_ms, "duration_minutes": 120, "mode": "hybrid"});
        let (status, body) = self
            .world
            .post("facilitator", "/api/chantiers/CH1/meetings", body)
            .await;
        assert_eq!(status.as_u16(), 201, "{body}");
        body["meeting_id"].as_str().expect("an id").to_owned()
    }

    /// Until the last version is sealed.
    async fn sealed(&self) {
        until("the version is sealed", || async {
            let open = self
                .world
                .count("select count(*) from version where sealed_at_ms is null")
                .await;
            (open == 0).then_some(())
        })
        .await;
    }

    /// Frozen for a meeting in seven days, the version sealed, the day of the meeting come.
    async fn heard(&self) {
        let meeting = self.meeting(7).await;
        Self::moved(
            &self
                .ask("facilitator", "T08", json!({"meeting_id": meeting}))
                .await,
            "frozen",
        );
        self.sealed().await;
        self.later(7);
    }

    async fn opinion(&self, value: &str, more: Json) -> Answer {
        let mut body = json!({"value": value, "mode": "consensus"});
        for (key, value) in more.as_object().expect("an object") {
            body[key] = value.clone();
        }
        self.put("facilitator", "/api/proposals/pro/opinions", body)
            .await
    }

    async fn signed(&self, person: &str, version: i64) -> Answer {
        let body = json!({"expected_version": version});
        self.world
            .post(person, "/api/proposals/pro/opinions/signature", body)
            .await
    }
}

on_both_databases! {
    async fn t03_to_t13_a_proposal_reaches_the_steering_committee(database: Database) {
        let scene = Scene::new(&database, "drafting").await;
        sheet::complete(&scene.world.store, "pro").await;
        let text = [
            ("context", "Quarante signes au moins pour dire le contexte."),
            ("description", "Ce que l'on fera."),
            ("transversal", "Pour toutes et tous."),
        ];
        let mut tx = scene.world.store.write().await.expect("begins");
        log::append_in(&mut tx, &"doc-pro".into(), &"acc-owner".into(), None, vec![from_markdown(&text, 7)], Timestamp(5)).await.expect("appends");
        tx.commit().await.expect("commits");
        // A possible duplicate waits for the owner's answer.
        scene.world.proposal("other", "drafting").await;
        scene.world.sql("insert into proposal_link (from_id, to_id, kind) values ('pro', 'other', 'duplicate')").await;
        // One that nobody here may read any more is neither told nor waited for.
        scene.world.proposal("hidden", "drafting").await;
        scene.world.sql("update proposal set chantier_id = 'CH3' where proposal_id = 'hidden'").await;
        scene.world.sql("delete from proposal_chantier where proposal_id = 'hidden'").await;
        scene.world.sql("insert into proposal_link (from_id, to_id, kind) values ('pro', 'hidden', 'duplicate')").await;
        let (_, list) = scene.world.get("owner", "/api/proposals/pro/transitions").await;
        assert_eq!(list["duplicates"], json!([{"proposal_id": "other", "title": "Titre other"}]));
        assert_problem(&scene.ask("owner", "T03", json!({})).await, 403, "duplicates_unanswered");
        let answered = json!({"duplicates": [{"proposal_id": "other", "answer": "complements", "note": "Un autre public"}]});
        Scene::moved(&scene.ask("owner", "T03", answered).await, "submitted");
        Scene::moved(&scene.ask("facilitator", "T04", json!({"in_scope": true, "is_complete": true})).await, "in_commission");

        // T08: each guard, then the freeze.
        assert_problem(&scene.ask("facilitator", "T08", json!({"closes_on": scene.day(10)})).await, 403, "notice_short");
        let soon = scene.meeting(5).await;
        assert_problem(&scene.ask("facilitator", "T08", json!({"meeting_id": soon})).await, 403, "notice_short");
        let vigilance = json!({"thread_id": "one", "kind": "vigilance", "body": "Et le calendrier\u{202f}?"});
        assert_eq!(scene.world.post("member", "/api/proposals/pro/threads", vigilance).await.0.as_u16(), 201);
        let meeting = scene.meeting(6).await;
        assert_problem(&scene.ask("facilitator", "T08", json!({"meeting_id": meeting})).await, 403, "vigilances_unanswered");
        let reply = json!({"message_id": "two", "body": "Il est joint."});
        assert_eq!(scene.world.post("owner", "/api/threads/one/replies", reply).await.0.as_u16(), 201);
        let frozen = scene.ask("facilitator", "T08", json!({"meeting_id": meeting})).await;
        Scene::moved(&frozen, "frozen");
        assert_eq!((&frozen.1["awaited"]["party"], &frozen.1["awaited"]["what"]), (&"commission".into(), &"hear".into()));
        scene.sealed().await;
        let (_, page) = scene.world.get("member", &format!("/api/meetings/{meeting}")).await;
        assert_eq!((&page["agenda"][0]["proposal_id"], &page["agenda"][0]["kind"]), (&"pro".into(), &"opinion".into()));
        let (_, hidden) = scene.world.get("elsewhere", &format!("/api/meetings/{meeting}")).await;
        assert_eq!(hidden["agenda"], json!([]));

        // The opinion: not before it was heard, not by who prepared it, not without a signature.
        assert_problem(&scene.opinion("favourable", json!({})).await, 422, "invalid");
        scene.later(6);
        assert_problem(&scene.ask("facilitator", "T10", json!({})).await, 403, "opinion_missing");
        let flawed = scene.opinion("favourable_with_reserves", json!({})).await;
        assert_eq!(flawed.1["errors"], json!([{"field": "reserves", "code": "reserves_missing"}]));
        // Whoever steps aside neither votes nor counts: with its only organisation aside no vote is left.
        let aside = json!({"mode": "vote", "count": {"for": 1, "against": 0, "abstain": 0, "not_voting": 0}, "recused": ["org-a"]});
        let too_many = scene.opinion("favourable", aside).await;
        assert_eq!(too_many.1["errors"], json!([{"field": "count", "code": "votes_above_seats"}]));
        let prepared = scene.opinion("favourable_with_reserves", json!({"reserves": ["Associer la chambre de m\u{e9}tiers."]})).await;
        assert_eq!(prepared.0.as_u16(), 200, "{}", prepared.1);
        let version = prepared.1["opinions"][0]["version"].as_i64().expect("a version");
        assert_problem(&scene.opinion("favourable", json!({})).await, 409, "opinion_changed");
        assert_problem(&scene.ask("facilitator", "T10", json!({})).await, 403, "opinion_unsigned");
        assert_problem(&scene.signed("facilitator", version).await, 403, "role_missing");
        assert_problem(&scene.signed("co_president", version + 1).await, 409, "opinion_changed");
        assert_eq!(scene.signed("co_president", version).await.0.as_u16(), 200);
        assert_problem(&scene.ask("facilitator", "T11", json!({"reason": "unclear", "points": ["Un point"], "due_on": scene.day(9)})).await, 403, "opinion_not_adjourned");
        assert_problem(&scene.ask("co_president", "T09", json!({"motive": "Trop tard"})).await, 403, "opinion_signed");
        Scene::moved(&scene.ask("facilitator", "T10", json!({})).await, "opinion_given");

        // Its reserve holds T13 until the owner answers.
        assert_problem(&scene.ask("co_president", "T13", json!({})).await, 403, "reserves_open");
        let (_, list) = scene.world.get("owner", "/api/proposals/pro/opinions").await;
        let reserve = list["opinions"][0]["reserves"][0]["reserve_id"].as_str().expect("a reserve").to_owned();
        let path = format!("/api/proposals/pro/reserves/{reserve}");
        let answer = |version: i64| json!({"state": "addressed", "answer": "Un si\u{e8}ge lui est r\u{e9}serv\u{e9}.", "expected_version": version});
        assert_problem(&scene.put("member", &path, answer(1)).await, 403, "role_missing");
        assert_problem(&scene.put("owner", &path, answer(2)).await, 409, "reserve_changed");
        assert_eq!(scene.put("owner", &path, answer(1)).await.0.as_u16(), 200);
        Scene::moved(&scene.ask("co_president", "T13", json!({})).await, "at_copil");

        // Every move is told: who, in which capacity, on which version; the chain holds.
        let history = scene.read("owner").await["history"].clone();
        let acts: Vec<(&str, &str)> = history.as_array().expect("acts").iter()
            .filter(|act| act["act"].as_str().is_some_and(|act| act.starts_with('T')))
            .map(|act| (act["act"].as_str().expect("act"), act["capacity"].as_str().unwrap_or("")))
            .collect();
        assert_eq!(acts, [("T03", "owner"), ("T04", "facilitator"), ("T08", "facilitator"), ("T10", "facilitator"), ("T13", "co_president")]);
        scene.sealed().await;
        assert_eq!(scene.world.count("select count(*) from version").await, 3);
        assert!(scene.world.store.read().await.expect("begins").journal_is_whole(&"pro".into()).await.expect("reads"));
        let (_, members) = scene.world.get("copil_member", "/api/proposals/pro").await;
        assert_eq!(members["stage"], "at_copil");
    }

    async fn t09_thaws_and_t11_sends_back_with_one_request(database: Database) {
        let scene = Scene::new(&database, "in_commission").await;
        let meeting = scene.meeting(6).await;
        Scene::moved(&scene.ask("co_president", "T08", json!({"meeting_id": meeting})).await, "frozen");
        Scene::moved(&scene.ask("co_president", "T09", json!({"motive": "Une pi\u{e8}ce manque"})).await, "in_commission");
        let (_, page) = scene.world.get("member", &format!("/api/meetings/{meeting}")).await;
        assert_eq!(page["agenda"], json!([]));
        scene.heard().await;
        let adjourned = scene.opinion("adjourned", json!({"motive": "Deux questions restent"})).await;
        assert_eq!(adjourned.0.as_u16(), 200, "{}", adjourned.1);
        assert_eq!(scene.signed("co_president", 1).await.0.as_u16(), 200);
        assert_problem(&scene.ask("facilitator", "T10", json!({})).await, 403, "opinion_adjourned");
        let back = json!({"reason": "unclear", "points": ["Pr\u{e9}ciser le statut"], "due_on": scene.day(30)});
        let answer = scene.ask("facilitator", "T11", back).await;
        Scene::moved(&answer, "in_commission");
        assert_eq!((&answer.1["round"], &answer.1["awaited"]["party"]), (&2.into(), &"owner".into()));
        assert_eq!(answer.1["completion_request"]["points"], json!(["Pr\u{e9}ciser le statut"]));
        // The earlier opinion stays, on its round.
        let (_, list) = scene.world.get("owner", "/api/proposals/pro/opinions").await;
        assert_eq!((&list["opinions"][0]["round"], &list["opinions"][0]["value"]), (&1.into(), &"adjourned".into()));
    }

    async fn t13_goes_on_against_an_unfavourable_opinion_only_at_the_owners_request(database: Database) {
        let scene = Scene::new(&database, "in_commission").await;
        scene.heard().await;
        assert_eq!(scene.opinion("unfavourable", json!({"motive": "Effet d'aubaine"})).await.0.as_u16(), 200);
        assert_eq!(scene.signed("co_president", 1).await.0.as_u16(), 200);
        Scene::moved(&scene.ask("facilitator", "T10", json!({})).await, "opinion_given");
        assert_problem(&scene.ask("co_president", "T13", json!({})).await, 403, "owner_request_missing");
        Scene::moved(&scene.ask("owner", "T13", json!({})).await, "opinion_given");
        Scene::moved(&scene.ask("co_president", "T13", json!({})).await, "at_copil");
    }

    async fn t06_takes_two_people_and_can_be_declined_or_taken_back(database: Database) {
        let scene = Scene::new(&database, "submitted").await;
        let path = "/api/proposals/pro/transitions/T06";
        let refusal = "/api/proposals/pro/transitions/T06/refusal";
        Scene::moved(&scene.ask("facilitator", "T06", json!({"motive": "Hors du champ"})).await, "submitted");
        let (_, list) = scene.world.get("co_president", "/api/proposals/pro/transitions").await;
        let entry = list["transitions"].as_array().expect("a list").iter().find(|one| one["transition"] == "T06").expect("T06");
        assert_eq!((&entry["possible"], &entry["pending"]["motive"]), (&true.into(), &"Hors du champ".into()));
        assert_problem(&scene.ask("facilitator", "T06", json!({"motive": "Encore"})).await, 403, "consent_awaited");
        assert_problem(&scene.world.ask("DELETE", "co_president", path, None).await, 403, "role_missing");
        assert_problem(&scene.world.post("owner", refusal, json!({})).await, 403, "role_missing");
        assert_eq!(scene.world.post("co_president", refusal, json!({})).await.0.as_u16(), 200);
        assert_problem(&scene.world.post("co_president", refusal, json!({})).await, 404, "not_found");
        Scene::moved(&scene.ask("co_president", "T06", json!({"motive": "Hors du champ"})).await, "submitted");
        assert_eq!(scene.world.ask("DELETE", "co_president", path, None).await.0.as_u16(), 200);
        Scene::moved(&scene.ask("co_president", "T06", json!({"motive": "Hors du champ"})).await, "submitted");
        Scene::moved(&scene.ask("facilitator", "T06", json!({})).await, "closed");
        // T32: within the year, by both; then a new round.
        Scene::moved(&scene.ask("owner", "T32", json!({})).await, "closed");
        let reopened = scene.ask("facilitator", "T32", json!({})).await;
        Scene::moved(&reopened, "drafting");
        assert_eq!(reopened.1["round"], 2);
    }

    async fn t07_the_receiving_chantier_accepts_and_nobody_else_sees_it_before(database: Database) {
        let scene = Scene::new(&database, "submitted").await;
        assert_problem(&scene.world.get("receiver", "/api/proposals/pro").await, 404, "not_found");
        assert_problem(&scene.ask("facilitator", "T07", json!({"chantier_id": "CH9"})).await, 422, "invalid");
        Scene::moved(&scene.ask("facilitator", "T07", json!({"chantier_id": "CH3"})).await, "submitted");
        assert_problem(&scene.world.get("elsewhere", "/api/proposals/pro").await, 404, "not_found");
        // Declined, it is out of their sight again; asked once more, it is theirs to accept.
        let refusal = "/api/proposals/pro/transitions/T07/refusal";
        assert_eq!(scene.world.post("receiver", refusal, json!({})).await, (StatusCode::NO_CONTENT, Json::Null));
        assert_problem(&scene.world.get("receiver", "/api/proposals/pro").await, 404, "not_found");
        Scene::moved(&scene.ask("facilitator", "T07", json!({"chantier_id": "CH3"})).await, "submitted");
        // The steering committee's secretary only once ten days have passed.
        assert_problem(&scene.world.get("copil_secretary", "/api/proposals/pro").await, 404, "not_found");
        scene.later(11);
        assert_eq!(scene.read("copil_secretary").await["stage"], "submitted");
        // They agree to take it themselves, not to send it to somebody who was not asked.
        assert_problem(&scene.ask("receiver", "T07", json!({"chantier_id": "CH2"})).await, 409, "version_changed");
        let taken = scene.ask("receiver", "T07", json!({"chantier_id": "CH3"})).await;
        Scene::moved(&taken, "submitted");
        assert_eq!(taken.1["chantier"]["chantier_id"], "CH3");
        assert_eq!(scene.read("member").await["chantier"]["chantier_id"], "CH3");
        assert_eq!(scene.read("elsewhere").await["stage"], "submitted");
    }

    async fn t31_closes_only_what_was_warned_twice_in_a_year(database: Database) {
        let scene = Scene::new(&database, "drafting").await;
        let warn = "/api/proposals/pro/warnings";
        assert_problem(&scene.world.post("facilitator", warn, json!({})).await, 403, "still_active");
        assert_problem(&scene.ask("facilitator", "T31", json!({})).await, 403, "still_active");
        scene.later(330);
        assert_problem(&scene.world.post("owner", warn, json!({})).await, 403, "role_missing");
        assert_eq!(scene.desk_of_warnings("owner").await, json!([]));
        assert_eq!(scene.inactivity("owner").await["obstacle"]["code"], "role_missing");
        assert_eq!(scene.world.post("facilitator", warn, json!({})).await.0.as_u16(), 201);
        assert_problem(&scene.world.post("facilitator", warn, json!({})).await, 403, "warned_lately");
        // Everybody reads how long nothing happened and what was said of it; the owner finds it on the desk.
        let told = scene.inactivity("facilitator").await;
        assert_eq!((&told["days"], &told["may_warn"], &told["obstacle"]["code"]), (&330.into(), &false.into(), &"warned_lately".into()));
        assert_eq!(told["warned_at_ms"].as_array().map(Vec::len), Some(1));
        assert_eq!(scene.desk_of_warnings("owner").await, json!([[1, scene.day(35)]]));
        assert_eq!(scene.desk_of_warnings("contributor").await, json!([]));
        scene.later(36);
        assert_eq!(scene.inactivity("facilitator").await["may_warn"], true);
        assert_problem(&scene.ask("facilitator", "T31", json!({})).await, 403, "warnings_missing");
        assert_eq!(scene.world.post("facilitator", warn, json!({})).await.0.as_u16(), 201);
        assert_eq!(scene.desk_of_warnings("owner").await, json!([[2, scene.day(-1)]]));
        Scene::moved(&scene.ask("facilitator", "T31", json!({})).await, "closed");
        assert_eq!(scene.desk_of_warnings("owner").await, json!([]));
        assert_eq!(scene.inactivity("facilitator").await, Json::Null);
        // More than a year later it is too late to take it up again.
        scene.later(366);
        assert_problem(&scene.ask("owner", "T32", json!({})).await, 403, "too_late");
    }

    async fn a_warning_ends_with_the_next_act(database: Database) {
        let scene = Scene::new(&database, "idea").await;
        scene.later(310);
        assert_eq!(scene.world.post("facilitator", "/api/proposals/pro/warnings", json!({})).await.0.as_u16(), 201);
        assert_eq!(scene.desk_of_warnings("owner").await.as_array().map(Vec::len), Some(1));
        scene.later(1);
        Scene::moved(&scene.ask("owner", "T02", json!({"porteur_id": "org-a"})).await, "drafting");
        assert_eq!(scene.desk_of_warnings("owner").await, json!([]));
        assert_eq!(scene.inactivity("facilitator").await["warned_at_ms"], json!([]));
    }

    async fn t12_and_t28_bring_back_and_withdraw(database: Database) {
        let scene = Scene::new(&database, "opinion_given").await;
        let again = scene.ask("owner", "T12", json!({"motive": "Le budget change"})).await;
        Scene::moved(&again, "in_commission");
        assert_eq!(again.1["round"], 2);
        Scene::moved(&scene.ask("owner", "T28", json!({})).await, "withdrawn");
        scene.world.sql("update proposal set stage = 'at_region'").await;
        assert_problem(&scene.ask("region_validator", "T28", json!({})).await, 403, "consent_not_asked");
        Scene::moved(&scene.ask("owner", "T28", json!({})).await, "at_region");
        // What was withdrawn is the commission's again: who acknowledged it is told that it is done, no more.
        assert_eq!(scene.ask("region_validator", "T28", json!({})).await, (StatusCode::NO_CONTENT, Json::Null));
        assert_eq!(scene.read("owner").await["stage"], "withdrawn");
    }

    async fn two_people_at_once_one_wins_and_the_other_reads_it(database: Database) {
        let scene = Scene::new(&database, "submitted").await;
        let admit = json!({"transition": "T04", "expected_version": 1, "in_scope": true, "is_complete": true});
        let withdraw = json!({"transition": "T28", "expected_version": 1});
        let path = "/api/proposals/pro/transitions";
        let (one, other) = tokio::join!(
            scene.world.post("facilitator", path, admit),
            scene.world.post("owner", path, withdraw)
        );
        let mut statuses = [one.0.as_u16(), other.0.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409], "{} {}", one.1, other.1);
        let lost = if one.0.as_u16() == 409 { one } else { other };
        assert_eq!(lost.1["code"], "version_changed");
    }
}
