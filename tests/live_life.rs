//! The life of a room on both databases: compaction under way, panics, days, slow readers,
//! what the server writes itself, stopping in a flood, documents opened and left.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use chantier::error::Error;
use chantier::ids::DocumentId;
use chantier::live::Settings;
use chantier::live::connection::Wishes;
use chantier::live::outbox::Bounds;
use chantier::rules::day::Day;
use chantier::store::accounts::{Identity, Via};
use chantier::store::{log, sessions};
use serde_json::json;

use crate::live::joined;
use crate::support::editor::{Editor, Random, converge, place};
use crate::support::server::Server;
use crate::support::{on_both_databases, until};

/// A server whose rooms have their snapshots written.
async fn compacting(database: &crate::support::database::Database, updates: usize) -> Server {
    let settings = Settings {
        compact_updates: updates,
        ..Settings::default()
    };
    compacting_with(database, settings).await
}

async fn compacting_with(
    database: &crate::support::database::Database,
    settings: Settings,
) -> Server {
    let server = Server::start_with(database, settings).await;
    let work = server.app.work.clone();
    server.app.rooms.set_compactor(Box::new(move |document| {
        let work = work.clone();
        Box::pin(async move { work.compact(&document).await.map(|_| ()) })
    }));
    server
}

/// A person who comes with a token.
fn person(person: &str) -> Identity {
    Identity {
        account_id: format!("acc-{person}").into(),
        person_id: format!("per-{person}").into(),
        via: Via::Token(format!("tok-{person}").into()),
        noted_at_ms: 0,
    }
}

/// A session of this person, unused for so long that it is over in `left_ms`.
async fn session(server: &Server, person: &str, left_ms: i64) -> Identity {
    let store = &server.app.store;
    let account = format!("acc-{person}");
    let origin = sessions::Origin {
        address: String::new(),
        user_agent: String::new(),
    };
    let mut tx = store.write().await.expect("begins");
    let unused_since = store.clock.now().ms() - sessions::IDLE_MS + left_ms;
    let session = tx
        .open_session(
            &account.as_str().into(),
            b"a secret's hash",
            &origin,
            unused_since,
        )
        .await
        .expect("opens");
    tx.commit().await.expect("commits");
    Identity {
        via: Via::Session(session),
        ..self::person(person)
    }
}

async fn snapshot_seq(server: &Server) -> i64 {
    let history = server.app.store.history(&server.document).await;
    history
        .expect("reads")
        .snapshot
        .map_or(0, |snapshot| snapshot.seq)
}

/// Waits until nobody has a document open.
async fn left(server: &Server) {
    until("left", || async {
        (server.app.rooms.counts() == (0, 0)).then_some(())
    })
    .await;
}

/// A second proposal of the same owner and contributor.
async fn second(server: &Server, database: &crate::support::database::Database) -> DocumentId {
    let document = DocumentId::new();
    let store = &server.app.store;
    let mut tx = store.write().await.expect("begins");
    log::create_document(&mut tx, &document, "sheet", store.clock.now())
        .await
        .expect("creates");
    tx.commit().await.expect("commits");
    let id = document.as_str();
    database
        .execute_owned(format!(
            "insert into proposal (proposal_id, title, summary, stage, round, chantier_id, document_id,
                 created_by, created_at_ms, stage_since_ms, updated_at_ms, version)
                 values ('pro-two', 'Two', 'Summary', 'drafting', 1, 'CH1', '{id}', 'per-ada', 0, 0, 0, 1);
             insert into proposal_person (proposal_id, person_id, tie, added_at_ms)
                 values ('pro-two', 'per-ada', 'owner', 0), ('pro-two', 'per-ben', 'contributor', 0);"
        ))
        .await;
    document
}

/// One hour.
const HOUR_MS: i64 = 3_600_000;

/// How far a clock must be ahead to stand an hour before midnight; the test moves it on.
fn an_hour_before_midnight() -> &'static AtomicI64 {
    let now_ms = chantier::clock::Clock::default().now().ms();
    let today = Day::in_paris(now_ms);
    let (mut same, mut other) = (now_ms, now_ms + 26 * HOUR_MS);
    while other - same > 1 {
        let middle = i64::midpoint(same, other);
        if Day::in_paris(middle) == today {
            same = middle;
        } else {
            other = middle;
        }
    }
    Box::leak(Box::new(AtomicI64::new(same - now_ms - HOUR_MS)))
}

on_both_databases! {
    async fn compaction_while_people_type_and_join_loses_nothing(database: Database) {
        let server = compacting(&database, 30).await;
        let mut random = Random(0x0dd_ba11);
        let mut writers = vec![joined(&server, "ada").await, joined(&server, "ben").await];
        let mut readers = Vec::new();
        for step in 0..240 {
            let one = random.below(2) as usize;
            writers[one].edit_at_random(&mut random).await;
            writers[1 - one].pump().await;
            if step % 40 == 20 {
                readers.push(joined(&server, "rea").await);
            }
        }
        for writer in &mut writers {
            writer.settle().await;
        }
        until("a snapshot", || async { (snapshot_seq(&server).await > 0).then_some(()) }).await;
        let newcomer = joined(&server, "rea").await;
        let returned = {
            let mut reader = readers.pop().expect("joined");
            reader.disconnect();
            reader.join().await;
            reader
        };
        let mut everybody: Vec<Editor> = writers.into_iter().chain(readers).collect();
        everybody.extend([newcomer, returned]);
        converge(&mut everybody).await;
        // A room that starts from the snapshot takes honest clients' next words.
        for editor in &mut everybody {
            editor.disconnect();
        }
        left(&server).await;
        for editor in &mut everybody[..2] {
            editor.join().await;
            editor.edit_at_random(&mut random).await;
            editor.write("after the snapshot").await;
            editor.settle().await;
        }
        let mut some: Vec<Editor> = everybody.drain(..2).collect();
        some.push(joined(&server, "rea").await);
        converge(&mut some).await;
    }

    async fn an_empty_document_and_one_of_five_megabytes(database: Database) {
        let server = compacting(&database, 400).await;
        assert_eq!(joined(&server, "rea").await.text(), "");
        let mut ada = joined(&server, "ada").await;
        let words = "mot ".repeat(25_000);
        for number in 0..50 {
            ada.write(&format!("{number} {words}")).await;
            ada.settle().await;
        }
        until("a snapshot", || async { (snapshot_seq(&server).await > 0).then_some(()) }).await;
        let rea = joined(&server, "rea").await;
        assert!(rea.text().len() > 5_000_000);
        converge(&mut [ada, rea]).await;
    }

    async fn a_panic_ends_its_room_only(database: Database) {
        let server = Server::start(&database).await;
        let other = second(&server, &database).await;
        let cursed = server.document.clone();
        let times = std::sync::atomic::AtomicUsize::new(0);
        server.app.rooms.on_edit(Box::new(move |document| {
            let first = times.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0;
            assert!(!first || *document != cursed, "a test's panic");
        }));
        let mut ada = joined(&server, "ada").await;
        let mut ben = Editor::new(place(server.address, other.as_str(), "ben"));
        ben.join().await;
        ada.write("last words").await;
        ada.pump_until("closed", |ada| ada.closed.is_some()).await;
        assert_eq!(ada.closed, Some(1011), "transient: the client comes back");
        ada.join().await;
        ada.write("and back").await;
        ada.settle().await;
        ben.write("undisturbed").await;
        ben.settle().await;
        assert_eq!(ben.closed, None);
        let rea = joined(&server, "rea").await;
        assert!(rea.text().contains("last words") && rea.text().contains("and back"));
    }

    async fn a_reader_that_stands_still_is_sent_away(database: Database) {
        let settings = Settings {
            outbox: Bounds { messages: 64, bytes: 512 * 1024 },
            slow_reader: Duration::from_millis(300),
            sign_of_life: Duration::from_millis(200),
            presence_forgotten: Duration::from_secs(600),
            ..Settings::default()
        };
        let server = Server::start_with(&database, settings).await;
        let (mut ada, mut still) = (joined(&server, "ada").await, joined(&server, "rea").await);
        let client = still.client();
        still.show(client, "{}").await;
        ada.pump_until("shown", |ada| ada.presence.get(&client).is_some_and(Option::is_some)).await;
        let words = "mot ".repeat(10_000);
        let start = Instant::now();
        while ada.presence.get(&client).is_some_and(Option::is_some) {
            assert!(start.elapsed() < Duration::from_secs(120), "it is still there");
            ada.write(&words).await;
            ada.settle().await;
        }
        still.pump_until("its end", |still| !still.is_connected()).await;
        assert!([None, Some(4508)].contains(&still.closed), "{:?}", still.closed);
        still.join().await;
        converge(&mut [ada, still]).await;
    }

    async fn who_only_looks_on_leaves_at_midnight_too(database: Database) {
        let settings = Settings { look_around: Duration::from_millis(100), ..Settings::default() };
        let moved_ms = an_hour_before_midnight();
        let server = Server::start_moved(&database, settings, moved_ms).await;
        let today = server.app.store.today();
        let tomorrow = today.plus_days(1);
        let tomorrow = tomorrow.as_str();
        database
            .execute_owned(format!("update mandate set valid_to = '{tomorrow}' where person_id = 'per-rea'"))
            .await;
        let (mut ada, mut rea) = (joined(&server, "ada").await, joined(&server, "rea").await);
        let client = rea.client();
        rea.show(client, "{}").await;
        ada.pump_until("shown", |ada| ada.presence.get(&client).is_some_and(Option::is_some)).await;
        assert_eq!(server.app.store.today(), today);
        moved_ms.fetch_add(2 * HOUR_MS, Ordering::Relaxed);
        // Nobody writes a word.
        rea.pump_until("closed", |rea| rea.closed.is_some()).await;
        assert_eq!(rea.closed, Some(4404));
        assert_ne!(server.app.store.today(), today);
        ada.pump_until("gone", |ada| ada.presence.get(&client).is_some_and(Option::is_none)).await;
    }

    async fn a_proof_that_ends_closes_its_sockets_however_busy_or_quiet_the_room_is(database: Database) {
        let server = Server::start(&database).await;
        let now_ms = server.app.store.clock.now().ms();
        database
            .execute_owned(format!("update token set expires_at_ms = {} where token_id = 'tok-rea'", now_ms + 4_000))
            .await;
        let (mut ada, mut rea) = (joined(&server, "ada").await, joined(&server, "rea").await);
        let client = rea.client();
        rea.show(client, "{}").await;
        ada.pump_until("shown", |ada| ada.presence.get(&client).is_some_and(Option::is_some)).await;
        // A week without a request: a socket is not one.
        let session = session(&server, "ben", 4_000).await;
        let quiet = server.app.rooms.join(&server.document, session, Wishes::default()).await.expect("joins");
        assert!(server.app.store.clock.now().ms() < now_ms + 4_000, "the machine is too slow for this test");
        rea.pump_until("closed", |rea| rea.closed.is_some()).await;
        assert_eq!(rea.closed, Some(4401));
        assert_eq!(quiet.cut().await.code(), 4401);
        assert!(server.app.store.clock.now().ms() < now_ms + 9_000, "before the room looks around");
        drop(quiet);
        // Nor does a flood keep anybody in, or hide that somebody left.
        let mut busy = joined(&server, "ben").await;
        let busy_client = busy.client();
        busy.show(busy_client, "{}").await;
        ada.pump_until("shown", |ada| ada.presence.get(&busy_client).is_some_and(Option::is_some)).await;
        let end = server.app.store.clock.now().ms() + 1_000;
        database.execute_owned(format!("update token set expires_at_ms = {end} where token_id = 'tok-ben'")).await;
        server.app.rooms.account_changed(&"acc-ben".into()).await;
        while !ada.presence.get(&busy_client).is_some_and(Option::is_none) {
            for _ in 0..64 {
                ada.write("flood").await;
            }
            ada.pump().await;
            assert!(server.app.store.clock.now().ms() < end + 30_000, "he is still there");
        }
        busy.pump_until("closed", |busy| busy.closed.is_some()).await;
        assert_eq!(busy.closed, Some(4401));
    }

    async fn a_full_document_has_room_again_when_words_are_deleted(database: Database) {
        let settings = Settings {
            document_bytes: 4_000,
            compact_pause: Duration::from_millis(10),
            look_around: Duration::from_millis(50),
            ..Settings::default()
        };
        let server = compacting_with(&database, settings).await;
        let (mut ada, mut ben) = (joined(&server, "ada").await, joined(&server, "ben").await);
        let words = "mot ".repeat(500);
        while ada.is_connected() {
            ada.write(&words).await;
            ada.pump_until("an answer", |ada| ada.stored >= ada.sent || ada.closed.is_some()).await;
        }
        assert_eq!(ada.notice("refused").expect("told")["code"], "document_full");
        ben.pump_until("all", |ben| ben.text().len() > 5_000).await;
        ben.edit(|section, tx| yrs::XmlFragment::remove_range(section, tx, 0, 3)).await;
        ben.settle().await;
        until("room again", || async {
            let mut eve = joined(&server, "ada").await;
            eve.write(&words).await;
            eve.pump_until("an answer", |eve| eve.stored >= eve.sent || eve.closed.is_some()).await;
            eve.closed.is_none().then_some(())
        })
        .await;
    }

    async fn a_snapshot_written_behind_the_room_is_heard_of(database: Database) {
        let settings = Settings { document_bytes: 4_000, ..Settings::default() };
        let server = Server::start_with(&database, settings).await;
        let mut ada = joined(&server, "ada").await;
        for _ in 0..3 {
            ada.write(&"mot ".repeat(600)).await;
            ada.edit(|section, tx| yrs::XmlFragment::remove(section, tx, 0)).await;
        }
        ada.settle().await;
        // Nobody reads the room's counts but the room: the next words fit only beside the snapshot.
        let work = chantier::work::Work::start(server.app.store.clone(), server.app.tasks.clone());
        work.on_compacted(server.app.rooms.snapshot_listener());
        work.compact(&server.document).await.expect("compacts");
        ada.write(&"mot ".repeat(600)).await;
        ada.settle().await;
        work.stop();
    }

    async fn rights_are_judged_anew_when_the_day_changes(database: Database) {
        let moved_ms = an_hour_before_midnight();
        let server = Server::start_moved(&database, Settings::default(), moved_ms).await;
        let today = server.app.store.today();
        let tomorrow = today.plus_days(1);
        let tomorrow = tomorrow.as_str();
        database
            .execute_owned(format!(
                "update mandate set valid_to = '{tomorrow}' where person_id in ('per-ben', 'per-rea')"
            ))
            .await;
        let (mut ada, mut ben) = (joined(&server, "ada").await, joined(&server, "ben").await);
        let mut rea = joined(&server, "rea").await;
        ben.write("on the last day").await;
        ben.settle().await;
        rea.pump_until("read", |rea| rea.text().contains("last day")).await;
        moved_ms.fetch_add(2 * HOUR_MS, Ordering::Relaxed);
        assert_ne!(server.app.store.today(), today);
        ben.write("the day after").await;
        for gone in [&mut ben, &mut rea] {
            gone.pump_until("closed", |gone| gone.closed.is_some()).await;
            assert!([Some(4403), Some(4404)].contains(&gone.closed), "{:?}", gone.closed);
        }
        ada.write("goes on").await;
        ada.settle().await;
        assert!(ada.text().contains("last day") && !ada.text().contains("day after"));
        assert!(!rea.text().contains("goes on"));
    }

    async fn what_the_server_writes_passes_the_gate_and_is_shown(database: Database) {
        let server = Server::start(&database).await;
        let rooms = &server.app.rooms;
        let update = |text: &'static str| async move {
            let mut editor = Editor::new(place("127.0.0.1:1".parse().expect("an address"), "", "ada"));
            editor.write(text).await;
            editor.whole()
        };
        let (account, organisation) = ("acc-ada".into(), "org-a".into());
        let append = |document: DocumentId, bytes: Vec<u8>| {
            let (account, organisation) = (&account, &organisation);
            async move {
                rooms
                    .append_server_update(&document, account, Some(organisation), bytes.into())
                    .await
            }
        };
        let first = append(server.document.clone(), update("while closed").await).await;
        assert_eq!(first.expect("stored"), 1);
        left(&server).await;
        let mut rea = joined(&server, "rea").await;
        assert!(rea.text().contains("while closed"));
        let again = update("while open").await;
        for _ in 0..2 {
            let stored = append(server.document.clone(), again.clone()).await;
            assert_eq!(stored.expect("stored once"), 2);
        }
        rea.pump_until("shown", |rea| rea.text().contains("while open")).await;
        let broken = append(server.document.clone(), vec![3, 255, 255]).await;
        assert!(matches!(broken, Err(Error::Conflict(_))), "{broken:?}");
        let lost = append(DocumentId::new(), update("nowhere").await).await;
        assert!(matches!(lost, Err(Error::NotFound)), "{lost:?}");
        let history = server.app.store.history(&server.document).await.expect("reads");
        let authors = history.rows.iter().flat_map(|row| &row.updates);
        let authors: Vec<&str> = authors.map(|update| update.account.as_str()).collect();
        assert_eq!(authors, ["acc-ada", "acc-ada"]);
    }

    async fn a_nudge_reaches_whoever_understands_notices(database: Database) {
        let server = Server::start(&database).await;
        let (mut ada, mut rea) = (joined(&server, "ada").await, joined(&server, "rea").await);
        let mut plain = place(server.address, server.document.as_str(), "ben");
        plain.query.clear();
        let mut plain = Editor::new(plain);
        plain.join().await;
        server.app.rooms.nudge(&server.document, "comments").await;
        server.app.rooms.nudge(&DocumentId::new(), "comments").await;
        for editor in [&mut ada, &mut rea] {
            editor.pump_until("nudged", |one| one.notice("nudge").is_some()).await;
            assert_eq!(editor.notice("nudge"), Some(&json!({"type": "nudge", "topic": "comments"})));
        }
        ada.write("then words").await;
        plain.pump_until("words", |plain| plain.text().contains("then words")).await;
        assert!(plain.notices.is_empty());
    }

    async fn a_text_that_is_held_moves_when_it_is_let_go_of(database: Database) {
        let server = Server::start(&database).await;
        let rooms = &server.app.rooms;
        assert!(rooms.hold(&server.document).await.is_none(), "nobody is there");
        let mut ada = joined(&server, "ada").await;
        let hold = rooms.hold(&server.document).await.expect("held");
        ada.write("waits").await;
        let rea = rooms.join(&server.document, person("rea"), Wishes::default()).await.expect("the door is open");
        ada.pump_for(Duration::from_millis(200)).await;
        assert_eq!(server.app.store.document_head(&server.document).await.expect("reads").head_seq, 0);
        assert!(ada.stored < ada.sent);
        drop(hold);
        ada.settle().await;
        // Forgotten by whoever held it: not for ever.
        let forgotten = rooms.hold(&server.document).await.expect("held");
        ada.write("waits again").await;
        ada.settle().await;
        drop((forgotten, rea));
    }

    async fn a_flood_does_not_hold_back_the_stop(database: Database) {
        let server = Server::start(&database).await;
        let (mut ada, mut rea) = (joined(&server, "ada").await, joined(&server, "rea").await);
        let flood = tokio::spawn(async move {
            let mut number = 0;
            while ada.closed.is_none() && ada.is_connected() {
                number += 1;
                ada.write(&format!("<{number}>")).await;
                if number % 32 == 0 {
                    ada.pump().await;
                }
            }
            ada
        });
        rea.pump_until("some", |rea| rea.text().contains("<9>")).await;
        let start = Instant::now();
        server.app.rooms.stop(Duration::from_secs(20)).await;
        assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
        rea.pump_until("closed", |rea| rea.closed.is_some()).await;
        assert_eq!(rea.closed, Some(1012));
        let ada = flood.await.expect("ends");
        let history = server.app.store.history(&server.document).await.expect("reads");
        let stored: usize = history.rows.iter().map(|row| row.updates.len()).sum();
        assert!(stored as u64 + 1 >= ada.stored, "{stored} rows, {} acknowledged", ada.stored);
    }

    async fn a_document_that_everybody_left_is_closed(database: Database) {
        let server = Server::start(&database).await;
        for _ in 0..10 {
            let mut ada = joined(&server, "ada").await;
            let mut ben = Editor::new(place(server.address, server.document.as_str(), "ben"));
            ben.connect().await;
            ada.write("a word").await;
            ben.disconnect();
            ada.disconnect();
        }
        left(&server).await;
        let ada = joined(&server, "ada").await;
        assert_eq!(server.app.rooms.counts(), (1, 1));
        drop(ada);
        left(&server).await;
    }
}
