//! Who is awaited, the board and "Mon bureau": one party a card, each filter, each person's desk; nobody
//! reads of a hidden proposal, not even its id.

use std::ops::RangeInclusive;

use axum::body::Body;
use axum::http::{Request, header};
use chantier::demo;
use chantier::rules::stage::Stage;
use chantier::store::statements::counted;
use chantier::work::Work;
use serde_json::{Value as Json, json};
use tokio_util::task::TaskTracker;

use crate::support::on_both_databases;
use crate::support::site::Site;
use crate::support::world::{World, assert_problem};

/// Everybody of [`World`].
const PEOPLE: [&str; 15] = [
    "owner",
    "contributor",
    "member",
    "facilitator",
    "co_president",
    "associated",
    "copil_member",
    "copil_secretary",
    "region_instructor",
    "region_validator",
    "org_admin",
    "observer",
    "admin",
    "elsewhere",
    "nobody",
];

/// A long way ahead, and long gone.
const AHEAD: &str = "2099-06-01";
const GONE: &str = "2026-01-05";

/// A proposal `pro-{stage}` at each stage.
async fn at_every_stage(world: &World) {
    for stage in Stage::ALL {
        world
            .proposal(&format!("pro-{}", stage.key()), stage.key())
            .await;
    }
}

fn texts(list: &Json, pointer: &str) -> Vec<String> {
    let rows = list.as_array().expect("a list");
    let mut found: Vec<String> = rows
        .iter()
        .map(|row| row.pointer(pointer).and_then(Json::as_str))
        .map(|text| text.expect("a text").to_owned())
        .collect();
    found.sort();
    found
}

/// The row of a proposal on the facilitator's board.
async fn row(world: &World, id: &str) -> Json {
    let (status, board) = world.get("facilitator", "/api/board?chantier=CH1").await;
    assert_eq!(status, 200, "{board}");
    let rows = board["proposals"].as_array().expect("rows");
    let found = rows.iter().find(|row| row["proposal_id"] == id);
    found.unwrap_or_else(|| panic!("{id} is not there")).clone()
}

/// What waits for a person: kind, proposal, action.
async fn desk(world: &World, person: &str) -> Vec<(String, String, Option<String>)> {
    let (status, desk) = world.get(person, "/api/desk").await;
    assert_eq!(status, 200, "{desk}");
    let items = desk["items"].as_array().expect("items");
    assert_eq!(desk["total"], items.len());
    let (_, count) = world.get(person, "/api/desk/count").await;
    assert_eq!(count, json!({ "total": items.len() }), "{person}");
    let text = |item: &Json, at: &str| item.pointer(at).and_then(Json::as_str).map(str::to_owned);
    let item = |item: &Json| {
        (
            text(item, "/kind").expect("a kind"),
            text(item, "/proposal/proposal_id").expect("an id"),
            text(item, "/action"),
        )
    };
    items.iter().map(item).collect()
}

/// Whether this waits for the person.
async fn has(world: &World, person: &str, kind: &str, id: &str) -> bool {
    let items = desk(world, person).await;
    items.iter().any(|(k, p, _)| k == kind && p == id)
}

async fn thread(world: &World, id: &str, proposal: &str, kind: &str, author: &str, at_ms: i64) {
    let at = at_ms.to_string();
    world.run("insert into comment (comment_id, proposal_id, kind, author_id, body, visibility, state, created_at_ms, activity_at_ms) values ($1, $2, $3, $4, 'Un mot.', 'commission', 'open', cast($5 as bigint), 1)", &[id, proposal, kind, author, &at]).await;
}

/// What the facilitator gets who asks with this tag: the status, the tag of the answer, its body.
async fn asked(world: &World, path: &str, tag: Option<&str>) -> (u16, String, Vec<u8>) {
    let mut request = Request::builder()
        .uri(path)
        .header(header::AUTHORIZATION, "Bearer facilitator");
    if let Some(tag) = tag {
        request = request.header(header::IF_NONE_MATCH, tag);
    }
    let request = request.body(Body::empty()).expect("a request");
    let (status, headers, body) = world.raw(request).await;
    let tag = headers.get(header::ETAG).and_then(|tag| tag.to_str().ok());
    (status.as_u16(), tag.unwrap_or_default().to_owned(), body)
}

/// A meeting of the commission that hears the frozen version, far ahead or long gone.
async fn hearing(world: &World, proposal: &str, day: &str) {
    let starts = chantier::rules::day::Day::from_iso(day)
        .expect("a day")
        .at_ms(36_000_000);
    let (meeting, version) = (format!("mee-{proposal}"), format!("ver-{proposal}"));
    let document = format!("doc-{proposal}");
    world.run("insert into meeting (meeting_id, body_id, title, status, starts_at_ms, ends_at_ms, mode, details) values ($1, 'body-CH1', 'Commission', 'planned', cast($2 as bigint), cast($3 as bigint), 'onsite', '{}')", &[&meeting, &starts.to_string(), &starts.to_string()]).await;
    world.run("insert into version (version_id, proposal_id, rank, reason, round, document_id, lineage, document_seq, title, summary, sheet, opened_at_ms) values ($1, $2, 1, 'freeze', 1, $3, 'l', 0, 't', 's', '{}', 1)", &[&version, proposal, &document]).await;
    world.run("insert into agenda_item (agenda_item_id, meeting_id, rank, title, kind, proposal_id, version_id, added_at_ms) values ($1, $2, 1, 't', 'opinion', $3, $4, 1)", &[&format!("item-{proposal}"), &meeting, proposal, &version]).await;
}

async fn opinion(world: &World, proposal: &str, value: &str, state: &str) {
    let id = format!("opi-{proposal}");
    world.run("insert into opinion (opinion_id, proposal_id, body_id, version_id, round, value, mode, seat_count, heard_on, prepared_by, prepared_at_ms, version) values ($1, $2, 'body-CH1', $3, 1, $4, 'consensus', 4, '2026-01-05', 'facilitator', 1, 1)", &[&id, proposal, &format!("ver-{proposal}"), value]).await;
    if state != "prepared" {
        world.run("update opinion set signed_by = 'co_president', signed_at_ms = 2 where opinion_id = $1", &[&id]).await;
    }
}

on_both_databases! {
    async fn who_asks_again_is_told_that_nothing_changed(database: Database) {
        let world = World::new(&database).await;
        world.proposal("pro", "submitted").await;
        for path in ["/api/board", "/api/desk"] {
            let (status, tag, first) = asked(&world, path, None).await;
            assert_eq!((status, first.is_empty()), (200, false), "{path}");
            let (status, same, body) = asked(&world, path, Some(&tag)).await;
            assert_eq!((status, &same, body.is_empty()), (304, &tag, true), "{path}");
            assert_eq!(asked(&world, path, Some("\"other\"")).await.0, 200, "{path}");
        }
        let (_, tag, _) = asked(&world, "/api/board", None).await;
        world.sql("update proposal set title = 'Autre'").await;
        let (status, news, body) = asked(&world, "/api/board", Some(&tag)).await;
        assert_eq!((status, news == tag), (200, false));
        assert!(String::from_utf8_lossy(&body).contains("Autre"));
    }

    async fn nobody_reads_of_a_hidden_proposal(database: Database) {
        let world = World::new(&database).await;
        at_every_stage(&world).await;
        let all: Vec<String> = Stage::ALL.iter().map(|stage| format!("\"pro-{}\"", stage.key())).collect();
        let mut hidden = 0;
        for person in PEOPLE {
            let (_, list) = world.get(person, "/api/proposals?limit=200").await;
            let readable = texts(&list["proposals"], "/proposal_id");
            let (status, board) = world.get(person, "/api/board").await;
            assert_eq!(status, 200, "{person}: {board}");
            assert_eq!(texts(&board["proposals"], "/proposal_id"), readable, "{person}");
            let (_, desk) = world.get(person, "/api/desk").await;
            for id in &all {
                if !readable.iter().any(|one| *id == format!("\"{one}\"")) {
                    hidden += 1;
                    for told in [&board, &desk] {
                        assert!(!told.to_string().contains(id), "{person} is told of {id}");
                    }
                }
            }
        }
        assert!(hidden > 50, "{hidden}");
        for path in ["/api/board", "/api/desk", "/api/desk/count"] {
            assert_problem(&world.get("", path).await, 401, "unauthenticated");
        }
    }

    async fn every_card_of_the_demonstration_awaits_one_party(database: Database) {
        let site = Site::empty(&database).await;
        let work = Work::start(site.store.clone(), TaskTracker::new());
        demo::load(&site.store, &work).await.expect("loads");
        let browser = site.browser();
        let sign_in = json!({ "email": "ines.prototype@region.example", "password": "chantier-demo" });
        browser.post("/api/sessions", sign_in).await.is(201);
        let board = browser.get("/api/board").await.json;
        let rows = board["proposals"].as_array().expect("rows");
        assert!(rows.len() > 3, "{board}");
        for row in rows {
            let stage = Stage::from_key(row["stage"].as_str().expect("a stage")).expect("known");
            let party = row["awaited"]["party"].as_str().expect("a party");
            assert_eq!(party != "nobody", stage.is_in_progress(), "{row}");
            assert_eq!(party != "nobody", row["awaited"]["what"] != "nothing", "{row}");
            let id = row["proposal_id"].as_str().expect("an id");
            let page = browser.get(&format!("/api/proposals/{id}")).await.json;
            assert_eq!(page["awaited"], row["awaited"], "the page and the board agree");
            assert_eq!(page["flags"], row["flags"]);
        }
        let list = browser.get("/api/proposals?limit=200").await.json;
        for card in list["proposals"].as_array().expect("cards") {
            let row = rows.iter().find(|row| row["proposal_id"] == card["proposal_id"]);
            assert_eq!(row.expect("on the board")["awaited"], card["awaited"]);
        }
    }

    async fn a_board_says_who_is_awaited_and_what_it_counts(database: Database) {
        let world = World::new(&database).await;
        at_every_stage(&world).await;
        thread(&world, "c1", "pro-in_commission", "vigilance", "member", 5).await;
        thread(&world, "c2", "pro-in_commission", "question", "member", 6).await;
        thread(&world, "c3", "pro-in_commission", "remark", "member", 7).await;
        hearing(&world, "pro-frozen", AHEAD).await;
        world.sql("insert into envelope_request (envelope_request_id, proposal_id, code, year, amount_cents, version) values ('r1', 'pro-idea', 'CREER', 2027, 1500, 1), ('r2', 'pro-idea', 'FEE', 2027, 500, 1)").await;
        for (id, kind, stage) in [("j1", "direct", "forecast"), ("j2", "supported", "forecast"), ("j3", "induced", "forecast"), ("j4", "direct", "decided")] {
            world.run("insert into job_line (job_line_id, proposal_id, rank, kind, nature, stage, posts, fte_hundredths, women, men, undisclosed, contract, effect_year, confidence, version) values ($1, 'pro-idea', 1, $2, 'created', $3, 3, 300, 1, 1, 1, 'cdi', 2027, 'B', 1)", &[id, kind, stage]).await;
        }
        let idea = row(&world, "pro-idea").await;
        assert_eq!(idea["awaited"]["what"], "accept_porteur");
        assert_eq!((&idea["request_cents"], &idea["posts"]), (&json!(2000), &json!(6)));
        assert_eq!(idea["porteur"], "B");
        let discussed = row(&world, "pro-in_commission").await;
        assert_eq!(discussed["awaited"]["party"], "owner");
        assert_eq!(discussed["unanswered_vigilance_count"], 1);
        assert_eq!(discussed["unanswered_question_count"], 1);
        assert_eq!(discussed["flags"][0]["code"], "commission_stalled");
        let frozen = row(&world, "pro-frozen").await;
        assert_eq!(frozen["awaited"]["due_on"], AHEAD);
        assert_eq!(frozen["next_hearing_on"], AHEAD);
        world.sql("update comment set created_at_ms = 4000000000000 where comment_id = 'c3'").await;
        assert_eq!(row(&world, "pro-in_commission").await["flags"], json!([]), "a comment wakes it");
        // Who may read the sheet and not the threads is told no counts.
        let (_, board) = world.get("elsewhere", "/api/board").await;
        for one in board["proposals"].as_array().expect("rows") {
            assert!(one["unanswered_vigilance_count"].is_null(), "{one}");
        }
    }

    async fn a_board_is_filtered_and_the_most_urgent_comes_first(database: Database) {
        let world = World::new(&database).await;
        at_every_stage(&world).await;
        world.sql("update proposal set chantier_id = 'CH2' where proposal_id = 'pro-drafting'").await;
        let ids = async |query: &str| {
            let (status, board) = world.get("facilitator", &format!("/api/board?{query}")).await;
            assert_eq!(status, 200, "{board}");
            texts(&board["proposals"], "/proposal_id")
        };
        assert_eq!(ids("chantier=CH1&phase=drafting").await, ["pro-idea", "pro-submitted"]);
        assert_eq!(ids("chantier=CH1&phase=copil").await, ["pro-at_copil"]);
        assert_eq!(ids("chantier=CH1&awaited=commission").await, ["pro-frozen"]);
        assert_eq!(ids("chantier=CH1&awaited=facilitator").await, ["pro-submitted"]);
        assert_eq!(ids("chantier=CH1&flag=submitted_stalled").await, ["pro-submitted"]);
        let stalled = ["pro-at_region", "pro-in_commission", "pro-opinion_given", "pro-submitted"];
        assert_eq!(ids("chantier=CH1&flag=any").await, stalled);
        assert_eq!(ids("chantier=CH1&text=titre%20pro-frozen").await, ["pro-frozen"]);
        assert_eq!(ids("chantier=CH1&mine=true").await.len(), 0);
        let (_, mine) = world.get("owner", "/api/board?mine=true&phase=commission").await;
        assert_eq!(mine["proposals"].as_array().map(Vec::len), Some(3));
        for query in ["phase=x", "awaited=x", "flag=x"] {
            let answer = world.get("facilitator", &format!("/api/board?{query}")).await;
            assert_problem(&answer, 422, "invalid");
        }
        let long = format!("/api/board?text={}", "a".repeat(201));
        assert_problem(&world.get("facilitator", &long).await, 422, "invalid");
        let (_, board) = world.get("facilitator", "/api/board?chantier=CH1").await;
        let rows = board["proposals"].as_array().expect("rows");
        let rank = |id: &str| rows.iter().position(|row| row["proposal_id"] == id).expect(id);
        assert!(rank("pro-submitted") < rank("pro-idea"), "flagged first");
        assert!(rank("pro-opinion_given") < rank("pro-at_region"), "then what is due");
        assert!(rank("pro-idea") < rank("pro-closed"), "what has ended comes last");
    }

    async fn each_person_finds_what_waits_for_them(database: Database) {
        let world = World::new(&database).await;
        at_every_stage(&world).await;
        for (person, kind, stage) in [
            ("org_admin", "accept_porteur", "idea"),
            ("owner", "draft", "drafting"),
            ("facilitator", "admit", "submitted"),
            ("member", "discuss", "in_commission"),
            ("member", "hear", "frozen"),
            ("co_president", "hear", "frozen"),
            ("co_president", "send_to_copil", "opinion_given"),
            ("copil_secretary", "arbitrate", "at_copil"),
            ("copil_member", "arbitrate", "at_copil"),
            ("region_instructor", "instruct", "at_region"),
            ("region_instructor", "sign_agreement", "approved"),
            ("owner", "lift_conditions", "approved_conditional"),
            ("owner", "start_action", "committed"),
            ("org_admin", "report", "in_progress"),
        ] {
            let id = format!("pro-{stage}");
            assert!(has(&world, person, kind, &id).await, "{person}: {kind} {id}");
            assert!(!has(&world, "observer", kind, &id).await);
            assert!(!has(&world, "associated", kind, &id).await);
        }
        for person in ["observer", "admin", "nobody", "elsewhere", "associated"] {
            assert_eq!(desk(&world, person).await, [], "{person}");
        }
        let (_, full) = world.get("facilitator", "/api/desk").await;
        let admit = &full["items"][0];
        assert_eq!((&admit["kind"], &admit["action"]), (&json!("admit"), &json!("T04")));
        assert_eq!(admit["minutes_estimated"], 30);
        assert_eq!(admit["chantier"], json!({ "chantier_id": "CH1", "title": "Chantier 1" }));
        assert!(admit["due_on"].is_string(), "{admit}");
        // A member who has spoken in the discussion is not awaited any more; the others are.
        thread(&world, "c1", "pro-in_commission", "remark", "member", 5).await;
        assert!(!has(&world, "member", "discuss", "pro-in_commission").await);
    }

    async fn threads_and_mentions_wait_for_who_is_to_answer(database: Database) {
        let world = World::new(&database).await;
        at_every_stage(&world).await;
        thread(&world, "c1", "pro-in_commission", "vigilance", "member", 5).await;
        thread(&world, "c2", "pro-in_commission", "question", "member", 6).await;
        thread(&world, "c3", "pro-submitted", "question", "member", 7).await;
        let (_, owner) = world.get("owner", "/api/desk").await;
        let mut answers: Vec<&Json> = owner["items"].as_array().expect("items").iter().filter(|item| item["kind"] == "answer_threads").collect();
        answers.sort_by_key(|item| item["count"].as_i64());
        assert_eq!(answers.len(), 2, "once a proposal: {owner}");
        assert_eq!((&answers[0]["count"], &answers[0]["minutes_estimated"]), (&json!(1), &json!(5)));
        assert_eq!((&answers[1]["count"], &answers[1]["minutes_estimated"]), (&json!(2), &json!(10)));
        assert!(!has(&world, "member", "answer_threads", "pro-in_commission").await);
        for (comment, person) in [("c1", "facilitator"), ("c2", "facilitator"), ("c1", "elsewhere")] {
            world.run("insert into comment_mention (comment_id, person_id) values ($1, $2)", &[comment, person]).await;
        }
        let mentions: Vec<_> = desk(&world, "facilitator").await.into_iter().filter(|one| one.0 == "mention").collect();
        assert_eq!(mentions.len(), 2);
        assert_eq!(desk(&world, "elsewhere").await, [], "named in what one may not read");
        world.sql("update comment_mention set seen_at_ms = 9 where comment_id = 'c1'").await;
        assert!(has(&world, "facilitator", "mention", "pro-in_commission").await);
        world.sql("update comment set withdrawn_at_ms = 9 where comment_id = 'c2'").await;
        assert!(!has(&world, "facilitator", "mention", "pro-in_commission").await);
    }

    async fn the_opinion_goes_from_hand_to_hand(database: Database) {
        let world = World::new(&database).await;
        world.proposal("pro", "frozen").await;
        hearing(&world, "pro", GONE).await;
        assert!(has(&world, "facilitator", "prepare_opinion", "pro").await);
        assert_eq!(row(&world, "pro").await["flags"][0]["code"], "hearing_passed");
        opinion(&world, "pro", "favourable_with_reserves", "prepared").await;
        assert!(has(&world, "co_president", "sign_opinion", "pro").await);
        assert!(!has(&world, "facilitator", "sign_opinion", "pro").await);
        world.sql("update opinion set signed_at_ms = 2").await;
        let give = ("give_opinion".to_owned(), "pro".to_owned(), Some("T10".to_owned()));
        assert_eq!(desk(&world, "facilitator").await, [give]);
        world.sql("insert into reserve (reserve_id, opinion_id, rank, body, state, version) values ('res', 'opi-pro', 1, 'b', 'open', 1)").await;
        world.sql("update proposal set stage = 'opinion_given'").await;
        assert!(has(&world, "owner", "answer_reserves", "pro").await);
        assert_eq!(row(&world, "pro").await["open_reserve_count"], 1);
        world.sql("update reserve set state = 'addressed'").await;
        assert!(has(&world, "co_president", "send_to_copil", "pro").await);
        world.sql("update opinion set value = 'unfavourable'").await;
        assert!(has(&world, "owner", "ask_copil", "pro").await);
        // An opinion of an earlier round says nothing about this one.
        world.sql("update proposal set round = 2, stage = 'frozen'").await;
        assert!(has(&world, "facilitator", "prepare_opinion", "pro").await);
    }

    async fn a_second_person_is_awaited_until_they_answer(database: Database) {
        let world = World::new(&database).await;
        world.proposal("pro", "submitted").await;
        let ask = json!({ "transition": "T06", "expected_version": 1, "motive": "Hors du champ du chantier." });
        let (status, answer) = world.post("facilitator", "/api/proposals/pro/transitions", ask).await;
        assert!(status.is_success(), "{answer}");
        let consent = ("consent".to_owned(), "pro".to_owned(), Some("T06".to_owned()));
        assert_eq!(desk(&world, "co_president").await, [consent]);
        assert_eq!(desk(&world, "facilitator").await, [], "who asked waits");
        assert_eq!(row(&world, "pro").await["awaited"]["party"], "co_presidents");
        // Asked of another chantier (T07): its facilitator reads the proposal and finds it on the desk.
        world.sql("update pending_move set closed_at_ms = 9").await;
        world.sql("update mandate set role = 'facilitator' where person_id = 'elsewhere'").await;
        world.sql("insert into pending_move (pending_move_id, proposal_id, transition, asked_by, capacity, chantier_id, asked_at_ms) values ('pm', 'pro', 'T07', 'facilitator', 'facilitator', 'CH3', 5)").await;
        world.sql("update proposal set receiving_chantier_id = 'CH3', receiving_since_ms = 5").await;
        let consent = ("consent".to_owned(), "pro".to_owned(), Some("T07".to_owned()));
        assert_eq!(desk(&world, "elsewhere").await, [consent]);
    }

    async fn a_request_for_completion_has_its_own_date(database: Database) {
        let world = World::new(&database).await;
        world.proposal("pro", "drafting").await;
        world.sql("insert into completion_request (completion_request_id, proposal_id, journal_rank, reason, due_on, asked_by, created_at_ms) values ('one', 'pro', 1, 'incomplete', '2026-01-05', 'facilitator', 5)").await;
        let late = row(&world, "pro").await;
        assert_eq!(late["awaited"]["what"], "complete");
        assert_eq!(late["awaited"]["due_on"], GONE);
        assert_eq!(late["flags"][0]["code"], "request_overdue");
        world.sql("update programme set rules = '{\"stalled_after_days\":{\"submitted\":100000}}'").await;
        world.proposal("dep", "submitted").await;
        assert_eq!(row(&world, "dep").await["flags"], json!([]), "as the programme sets it");
        world.sql("update completion_request set answered_at_ms = 6").await;
        assert_eq!(row(&world, "pro").await["awaited"]["what"], "draft");
    }

    async fn a_board_of_many_is_read_in_as_many_queries_as_one_of_few(database: Database) {
        let world = World::new(&database).await;
        let read = async |path: &str, rows: usize| {
            let ((status, answer), statements) = counted(world.get("facilitator", path)).await;
            assert_eq!(status, 200, "{answer}");
            if let Some(proposals) = answer["proposals"].as_array() {
                assert_eq!(proposals.len(), rows);
            }
            statements
        };
        let paths = ["/api/board?chantier=CH1", "/api/board", "/api/desk", "/api/desk/count", "/api/chantiers"];
        fill(&world, 1..=8).await;
        let mut few = Vec::new();
        for path in paths {
            few.push(read(path, 8).await);
        }
        assert!(few.iter().all(|statements| *statements > 0), "{few:?}");
        fill(&world, 9..=400).await;
        for (path, few) in paths.iter().zip(few) {
            assert_eq!(read(path, 400).await, few, "{path}");
        }
    }
}

/// Proposals of CH1 with these places, at the stages in progress for up to sixty days, with what a board counts.
async fn fill(world: &World, places: RangeInclusive<usize>) {
    let (first, last) = (places.start().to_string(), places.end().to_string());
    let now_ms = world.store.clock.now().ms().to_string();
    for sql in [
        "with recursive n(i) as (select cast($1 as bigint) union all select i + 1 from n where i < cast($2 as bigint))
         insert into document (document_id, kind, lineage, schema_number, epoch, head_seq, created_at_ms)
         select 'doc-' || i, 'sheet', 'l', 1, 1, 0, 1 from n",
        "with recursive n(i) as (select cast($1 as bigint) union all select i + 1 from n where i < cast($2 as bigint))
         insert into proposal (proposal_id, title, summary, stage, round, chantier_id, porteur_id, document_id, created_by, created_at_ms, stage_since_ms, updated_at_ms, version)
         select 'pro-' || i, 'Une proposition parmi beaucoup, la ' || i, 'Un r\u{e9}sum\u{e9} de quarante caract\u{e8}res au moins, comme il se doit.',
           case i % 8 when 0 then 'idea' when 1 then 'drafting' when 2 then 'submitted' when 3 then 'in_commission' when 4 then 'frozen' when 5 then 'opinion_given' when 6 then 'at_copil' else 'closed' end,
           1, 'CH1', 'org-b', 'doc-' || i, 'owner', 1, cast($3 as bigint) - (i % 60) * cast(86400000 as bigint), cast($3 as bigint) - (i % 60) * cast(86400000 as bigint), 1 from n",
        "with recursive n(i) as (select cast($1 as bigint) union all select i + 1 from n where i < cast($2 as bigint))
         insert into proposal_person (proposal_id, person_id, tie, added_at_ms) select 'pro-' || i, 'owner', 'owner', 1 from n",
        "with recursive n(i) as (select cast($1 as bigint) union all select i + 1 from n where i < cast($2 as bigint))
         insert into comment (comment_id, proposal_id, kind, author_id, body, visibility, state, created_at_ms, activity_at_ms)
         select 'com-' || i, 'pro-' || i, case i % 2 when 0 then 'vigilance' else 'question' end, 'member', 'Un mot.', 'commission', 'open', i, 1 from n",
        "with recursive n(i) as (select cast($1 as bigint) union all select i + 1 from n where i < cast($2 as bigint))
         insert into envelope_request (envelope_request_id, proposal_id, code, year, amount_cents, version) select 'req-' || i, 'pro-' || i, 'CREER', 2027, i, 1 from n",
    ] {
        let values = [first.as_str(), last.as_str(), now_ms.as_str()];
        let used = if sql.contains("$3") { 3 } else { 2 };
        world.run(sql, &values[..used]).await;
    }
}
