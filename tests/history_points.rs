//! The points of a history as days and stages part them, and texts of long ago: read from old
//! segments, beside damage, and told on without reading the log from its start.

use chantier::clock::Timestamp;
use chantier::ids::DocumentId;
use chantier::store::Store;
use chantier::store::log;
use chantier::store::points::PointKind;
use chantier::text;
use chantier::work::Work;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio_util::task::TaskTracker;

use crate::support::database::Database;
use crate::support::server::Server;
use crate::support::{on_both_databases, workspace};

/// Ten in the morning of a day in January 2026, in Paris.
const MORNING: i64 = 1_768_467_600_000;

/// Appends one row with one paragraph, under a client id of its own, at this time.
async fn write(store: &Store, document: &DocumentId, client: u32, words: &str, at_ms: i64) {
    let update = text::edit::from_markdown(&[("context", words)], client);
    let mut tx = store.write().await.expect("begins");
    log::append_in(
        &mut tx,
        document,
        &"acc-ada".into(),
        None,
        vec![update],
        Timestamp(at_ms),
    )
    .await
    .expect("appends");
    tx.commit().await.expect("commits");
}

async fn with_document(database: &Database) -> (Store, DocumentId, Work) {
    let store = database.store().await;
    let document = DocumentId::new();
    let mut tx = store.write().await.expect("begins");
    log::create_document(&mut tx, &document, "sheet", Timestamp(0))
        .await
        .expect("creates");
    tx.commit().await.expect("commits");
    let work = Work::start(store.clone(), TaskTracker::new());
    (store, document, work)
}

/// `from-to kind +added`, the first first.
async fn points(store: &Store, document: &DocumentId) -> Vec<String> {
    let page = store
        .history_page(document, None, 100)
        .await
        .expect("reads");
    let line = |point: &chantier::store::points::Point| {
        let kind = point.kind.key();
        format!(
            "{}-{} {kind} +{}",
            point.from_seq, point.to_seq, point.added_chars
        )
    };
    page.points.iter().rev().map(line).collect()
}

async fn get(server: &Server, path: &str) -> Value {
    let url = format!(
        "http://{}/api/documents/{}{path}",
        server.address, server.document
    );
    let asked = reqwest::Client::new()
        .get(url)
        .bearer_auth(workspace::token("ada"));
    let answer = asked.send().await.expect("answers");
    let status = answer.status();
    let body = answer.json().await.expect("json");
    assert_eq!(status, StatusCode::OK, "{path}: {body}");
    body
}

/// A paragraph of 24 kB that compresses well, is one word to compare, and tells its number.
fn long_words(number: u32) -> String {
    format!("ligne {number} {}", "unseulmot".repeat(2_700))
}

fn lines_at(past: &Value) -> usize {
    let plain = past["sections"][0]["plain"].as_str().expect("text");
    plain
        .lines()
        .filter(|line| line.starts_with("ligne "))
        .count()
}

/// 150 rows, 3.6 MB, in five compactions.
async fn long_document(server: &Server) {
    for round in 0..5u32 {
        for client in round * 30 + 1..=(round + 1) * 30 {
            let at_ms = MORNING + i64::from(client) * 1_000;
            write(
                &server.app.store,
                &server.document,
                client,
                &long_words(client),
                at_ms,
            )
            .await;
        }
        server
            .app
            .work
            .compact(&server.document)
            .await
            .expect("compacts");
    }
}

async fn snapshots(store: &Store) -> Vec<i64> {
    let mut tx = store.read().await.expect("begins");
    let rows = tx
        .rows("select seq from snapshot order by seq", &[])
        .await
        .expect("reads");
    rows.iter()
        .map(|row| row.int(0).expect("a number"))
        .collect()
}

on_both_databases! {
    async fn a_day_of_paris_ends_a_stretch_also_when_the_clock_changes(database: Database) {
        let (store, document, work) = with_document(&database).await;
        let times: [(i64, &str); 10] = [
            (1_768_517_940_000, "23:59 in winter"),
            (1_768_518_060_000, "00:01, another day"),
            (1_774_738_740_000, "23:59 before the clock changes"),
            (1_774_738_860_000, "00:01 on the day it changes"),
            (1_774_745_940_000, "01:59, then it is 03:00"),
            (1_774_746_060_000, "03:01, the same day and two minutes later"),
            (1_774_821_540_000, "23:59, an hour earlier than yesterday in UTC"),
            (1_774_821_660_000, "00:01, another day"),
            (1_774_825_140_000, "00:59"),
            (1_774_825_260_000, "01:01, the same day though UTC begins another hour"),
        ];
        for (client, (at_ms, words)) in (1u32..).zip(times) {
            write(&store, &document, client, words, at_ms).await;
        }
        work.make_points(&document).await.expect("tells");
        let told = points(&store, &document).await;
        let stretches: Vec<&str> = told.iter().filter_map(|one| one.split(' ').next()).collect();
        assert_eq!(stretches, ["1-1", "2-2", "3-3", "4-4", "5-6", "7-7", "8-8", "9-10"], "{told:?}");
    }

    async fn an_open_stretch_goes_on_from_where_it_was_told(database: Database) {
        let (store, document, work) = with_document(&database).await;
        for client in 1..=3 {
            write(&store, &document, client, "un mot", MORNING + i64::from(client)).await;
            work.compact(&document).await.expect("compacts");
        }
        assert_eq!(points(&store, &document).await, ["1-3 edits +18"]);
        // What it began with cannot be read any more: it is not read again.
        database.execute("update log_row set checksum = checksum + 1 where seq = 1").await;
        write(&store, &document, 4, "encore", MORNING + 4).await;
        work.make_points(&document).await.expect("tells");
        assert_eq!(points(&store, &document).await, ["1-4 edits +24"]);
        // Looking twice counts nothing twice; a pause begins another.
        work.make_points(&document).await.expect("tells");
        write(&store, &document, 5, "apr\u{e8}s", MORNING + 60 * 60 * 1_000).await;
        work.make_points(&document).await.expect("tells");
        assert_eq!(points(&store, &document).await, ["1-4 edits +24", "5-5 edits +5"]);
        let last = store.read().await.expect("begins").last_point(&document).await.expect("reads");
        let last = last.expect("a point");
        assert_eq!((last.kind, last.authors.len()), (PointKind::Edits, 1));
    }

    async fn any_past_text_is_read_from_old_segments(database: Database) {
        let server = Server::start(&database).await;
        long_document(&server).await;
        let store = &server.app.store;
        let mut tx = store.read().await.expect("begins");
        let segments = tx.rows("select from_seq, to_seq from log_segment order by from_seq", &[]).await.expect("reads");
        drop(tx);
        assert!(segments.len() > 8, "{} segments", segments.len());
        // Beside the last two, one every two megabytes: more for a text that is itself larger.
        assert_eq!(snapshots(store).await, [90, 120, 150]);
        for seq in [1, 44, 89, 91, 119, 150] {
            let past = get(&server, &format!("/history/{seq}")).await;
            assert_eq!((lines_at(&past), &past["damaged"]), (seq, &json!(false)), "{seq}");
        }
        let history = get(&server, "/history").await;
        assert_eq!(history["points"].as_array().map(Vec::len), Some(1), "{history}");
    }

    async fn a_damaged_segment_costs_no_text_behind_the_next_snapshot(database: Database) {
        let server = Server::start(&database).await;
        long_document(&server).await;
        let first_kept = usize::try_from(snapshots(&server.app.store).await[0]).expect("small");
        let flip = match database.url() {
            None => "update log_segment set body = x'00' || substr(body, 2) where from_seq = 1",
            Some(_) => "update log_segment set body = set_byte(body, 0, 0) where from_seq = 1",
        };
        database.execute(flip).await;
        for (seq, is_damaged) in [(3, true), (first_kept, false), (first_kept + 7, false)] {
            let past = get(&server, &format!("/history/{seq}")).await;
            assert_eq!(past["damaged"], is_damaged, "{seq}");
            assert!(is_damaged || lines_at(&past) == seq, "{seq}");
        }
    }

    async fn stage_changes_stand_among_the_points_with_who_made_them(database: Database) {
        let server = Server::start(&database).await;
        let store = &server.app.store;
        let now = store.clock.now().ms();
        write(store, &server.document, 1, "avant", now).await;
        database.execute("update proposal set stage = 'idea', porteur_id = 'org-a'").await;
        let client = reqwest::Client::new();
        let base = format!("http://{}/api/proposals/{}", server.address, workspace::PROPOSAL);
        let page: Value = client.get(&base).bearer_auth(workspace::token("ada")).send().await
            .expect("answers").json().await.expect("json");
        let body = json!({"transition": "T02", "expected_version": page["version"], "porteur_id": "org-a"});
        let answer = client.post(format!("{base}/transitions")).bearer_auth(workspace::token("ada"))
            .json(&body).send().await.expect("answers");
        assert_eq!(answer.status(), StatusCode::CREATED, "{:?}", answer.text().await);
        write(store, &server.document, 2, "apr\u{e8}s", now).await;
        let history = get(&server, "/history").await;
        let told: Vec<_> = history["points"].as_array().expect("points").iter()
            .map(|point| (point["kind"].as_str().expect("a kind"), point["seq"].as_i64().expect("a place"),
                point["people"][0]["given_name"].as_str()))
            .collect();
        assert_eq!(told, [("edits", 2, Some("ada")), ("stage", 1, Some("ada")), ("edits", 1, Some("ada"))],
            "a change of stage parts what was written in one go");
        let stage = &history["points"][1];
        assert_eq!((&stage["act"], &stage["from_stage"], &stage["to_stage"]),
            (&json!("T02"), &json!("idea"), &json!("drafting")));
    }

    async fn a_character_that_the_database_refuses_is_shown_otherwise(database: Database) {
        use crate::support::editor::{Editor, place};
        let server = Server::start(&database).await;
        let mut ada = Editor::new(place(server.address, server.document.as_str(), "ada"));
        ada.join().await;
        ada.write("un\0deux\rtrois\u{200b}").await;
        ada.settle().await;
        let shown = "un\u{fffd}deux trois\u{200b}";
        let read = server.app.work.ensure(&server.document).await.expect("reads");
        let section = read.section("context").expect("there");
        assert_eq!((section.plain.as_str(), section.chars), (shown, 12), "what nobody sees is not counted");
        let told = get(&server, "/authorship").await;
        let context = &told["sections"][0];
        assert_eq!((context["ranges"][0]["to"].as_u64(), &told["unknown_chars"]), (Some(14), &json!(0)));
        assert_eq!(told["shares"][0]["chars"], 12);
        let html = context["html"].as_str().expect("html");
        assert!(html.contains(shown), "{html}");
    }
}
