//! How much one connection, one account and one document may take: who sends too fast is read
//! slowly and then sent away, sockets are counted, a full document takes no new words; every
//! refusal leaves one line in the log. Nobody else notices any of it.

use std::time::Duration;

use chantier::live::served::Served;
use chantier::live::{Quota, Settings};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::live::joined;
use crate::support::editor::{Editor, place};
use crate::support::server::Server;
use crate::support::{logs, on_both_databases, until};

async fn closed(editor: &mut Editor) -> Option<u16> {
    editor
        .pump_until("closed", |editor| editor.closed.is_some())
        .await;
    editor.closed
}

/// A socket of `person`, whatever becomes of it.
async fn knocked(server: &Server, person: &'static str) -> Editor {
    let mut editor = Editor::new(place(server.address, server.document.as_str(), person));
    editor.connect().await;
    editor
}

/// Five updates at once, then twenty a second; a second of being over it is too long.
fn strict() -> Settings {
    Settings {
        quota: Quota {
            frames_per_s: 20,
            burst: 5,
            patience: Duration::from_secs(1),
            ..Quota::default()
        },
        ..Settings::default()
    }
}

/// Whether a line of the log about this document says this.
fn logged(server: &Server, words: &[&str]) -> usize {
    let lines = logs::lines_with(server.document.as_str());
    let says = |line: &&String| words.iter().all(|word| line.contains(word));
    lines.iter().filter(says).count()
}

on_both_databases! {
    async fn who_never_stops_is_slowed_and_sent_away_and_what_was_acknowledged_is_kept(database: Database) {
        logs::keep();
        let server = Server::start_with(&database, strict()).await;
        let (mut ada, mut ben) = (joined(&server, "ada").await, joined(&server, "ben").await);
        while ada.is_connected() {
            // More than a second's worth at once: however slow the machine, it never calms down.
            for _ in 0..100 {
                ada.write("flood").await;
            }
            ada.pump_until("an answer", |ada| ada.stored >= ada.sent || ada.closed.is_some()).await;
        }
        assert_eq!(ada.closed, Some(4529));
        assert!(ada.stored > 10, "slowed, not refused: {}", ada.stored);
        ben.write("undisturbed").await;
        ben.settle().await;
        assert_eq!(ben.closed, None);
        let kept = joined(&server, "rea").await.text().matches("flood").count() as u64;
        // Its answer to the first sync is acknowledged too.
        assert!(kept + 1 >= ada.stored, "{kept} of {}", ada.stored);
        assert_eq!(logged(&server, &["a connection was ended", "acc-ada", "too fast"]), 1);
    }

    async fn measured_documents_have_no_pace(database: Database) {
        let server = Server::start_with(&database, strict()).await;
        database.execute("update document set kind = 'bench'").await;
        let mut ada = joined(&server, "ada").await;
        for _ in 0..200 {
            ada.write("fast").await;
        }
        ada.settle().await;
        assert_eq!(ada.closed, None);
    }

    async fn an_account_and_an_address_have_so_many_sockets(database: Database) {
        logs::keep();
        let settings = Settings { account_sockets: 2, address_sockets: 3, ..Settings::default() };
        let server = Server::start_with(&database, settings).await;
        let (mut one, _two) = (joined(&server, "ada").await, joined(&server, "ada").await);
        assert_eq!(closed(&mut knocked(&server, "ada").await).await, Some(4529));
        assert_eq!(logged(&server, &["a connection was refused", "acc-ada", "too many"]), 1);
        let _ben = joined(&server, "ben").await;
        assert_eq!(closed(&mut knocked(&server, "rea").await).await, Some(4529), "the address is full");
        one.disconnect();
        until("left", || async { (server.app.rooms.counts().1 == 2).then_some(()) }).await;
        joined(&server, "ada").await;
    }

    async fn who_is_not_signed_in_may_knock_so_often(database: Database) {
        let server = Server::start(&database).await;
        let knock = async || {
            let url = format!("ws://{}/ws/{}", server.address, server.document);
            let mut request = url.into_client_request().expect("an address");
            let origin = format!("http://{}", server.address);
            request.headers_mut().insert("origin", origin.parse().expect("ascii"));
            match connect_async(request).await {
                Ok(_) => 101,
                Err(tokio_tungstenite::tungstenite::Error::Http(answer)) => answer.status().as_u16(),
                Err(error) => panic!("neither upgraded nor refused: {error}"),
            }
        };
        let mut answers = Vec::new();
        while answers.last() != Some(&429) {
            assert!(answers.len() < 2_000, "never refused");
            answers.push(knock().await);
        }
        assert!(answers.len() > 300 && answers[..300].iter().all(|status| *status == 101));
        joined(&server, "ada").await;
    }

    async fn a_full_document_takes_no_new_words_but_loses_none(database: Database) {
        logs::keep();
        let settings = Settings { document_bytes: 4_000, ..Settings::default() };
        let server = Server::start_with(&database, settings).await;
        let (mut ada, mut ben) = (joined(&server, "ada").await, joined(&server, "ben").await);
        ada.write(&"mot ".repeat(1_100)).await;
        ada.settle().await;
        ben.pump_until("told", |ben| ben.notice("size").is_some()).await;
        assert_eq!(ben.notice("size").expect("told")["state"], "half_full");
        ada.write(&"mot ".repeat(700)).await;
        ada.settle().await;
        ben.pump_until("all", |ben| ben.state() == ada.state()).await;
        // Less than what is left, three times in one turn: what a turn accepts counts at once.
        for _ in 0..3 {
            ada.write(&"one too many ".repeat(40)).await;
        }
        assert_eq!(closed(&mut ada).await, Some(4403));
        assert_eq!(ada.notice("refused").expect("told")["code"], "document_full");
        assert!(ada.text().contains("one too many"), "they are still with their author");
        assert_eq!(logged(&server, &["an update was refused", "acc-ada", "document_full", "quota.document"]), 1);
        assert_eq!(logged(&server, &["one too many"]), 0, "no line holds words");
        let history = server.app.store.history(&server.document).await.expect("reads");
        let bytes: usize = history.rows.iter().flat_map(|row| &row.updates).map(|one| one.bytes.len()).sum();
        assert!(bytes <= 8_000, "{bytes} bytes are kept");
        // Deleting goes on.
        ben.edit(|section, tx| yrs::XmlFragment::remove_range(section, tx, 0, 1)).await;
        ben.settle().await;
        assert_eq!(ben.closed, None);
    }

    async fn client_ids_and_pieces_of_a_document_are_bounded(database: Database) {
        let settings = Settings { document_clients: 2, ..Settings::default() };
        let server = Server::start_with(&database, settings).await;
        for _ in 0..2 {
            let mut ada = joined(&server, "ada").await;
            ada.write("mine").await;
            ada.settle().await;
        }
        let mut third = joined(&server, "ada").await;
        third.write("one client id too many").await;
        assert_eq!(closed(&mut third).await, Some(4403));
        assert_eq!(third.notice("refused").expect("told")["code"], "client_count");
        let other = crate::support::database::Database::sqlite();
        let pieces = Settings { document_structs: 20, ..Settings::default() };
        let server = Server::start_with(&other, pieces).await;
        let mut ada = joined(&server, "ada").await;
        while ada.is_connected() {
            ada.write("another piece").await;
            ada.pump_until("an answer", |ada| ada.stored >= ada.sent || ada.closed.is_some()).await;
        }
        assert_eq!(ada.notice("refused").expect("told")["code"], "struct_count");
    }

    async fn each_refusal_is_one_line_without_what_was_written(database: Database) {
        logs::keep();
        let server = Server::start(&database).await;
        let mut rea = joined(&server, "rea").await;
        for _ in 0..3 {
            rea.write("secret words").await;
        }
        assert_eq!(closed(&mut rea).await, Some(4403));
        let mut ben = joined(&server, "ben").await;
        ben.send(&[0, 0], &[9, 9, 9]).await;
        assert_eq!(closed(&mut ben).await, Some(4400));
        until("the lines", || async {
            let refused = logged(&server, &["an update was refused", "acc-rea", "role_missing", "R-EDIT"]);
            let ended = logged(&server, &["a connection was ended", "acc-ben", "4400", "malformed"]);
            (refused == 1 && ended == 1).then_some(())
        }).await;
        assert_eq!(logged(&server, &["secret"]), 0);
    }

    async fn a_flood_of_presence_reaches_the_others_ten_times_a_second(database: Database) {
        let server = Server::start(&database).await;
        let (mut ada, mut rea) = (joined(&server, "ada").await, joined(&server, "rea").await);
        let client = ada.client();
        let (before, start) = (rea.received, tokio::time::Instant::now());
        for number in 0..400 {
            ada.show(client, &format!(r#"{{"cursor":{number}}}"#)).await;
        }
        ada.show(client, &format!(r#"{{"cursor":"{}"}}"#, "x".repeat(3_000))).await;
        rea.pump_until("the last", |rea| {
            rea.presence.get(&client).and_then(Option::as_ref).is_some_and(|state| state["cursor"] == 399)
        }).await;
        let told = rea.received - before;
        let most = 3 + start.elapsed().as_millis() as u64 / 100;
        assert!(told <= most, "{told} in {:?}", start.elapsed());
        ada.write("still here").await;
        ada.settle().await;
    }

    async fn echoes_of_a_full_room_cost_no_edit(database: Database) {
        // Fifty edits are within the burst; two thousand echoes are not.
        let quota = Quota { burst: 60, ..strict().quota };
        let server = Server::start_with(&database, Settings { quota, ..strict() }).await;
        let mut ada = joined(&server, "ada").await;
        for number in 0..50 {
            // What a stock client sends back of everybody else.
            for client in 1_000..1_040 {
                ada.show(client, &format!(r#"{{"cursor":{number}}}"#)).await;
            }
            ada.write("typed").await;
            ada.settle().await;
        }
        assert_eq!(ada.closed, None);
    }

    async fn the_state_is_sent_once_a_second_however_often_it_is_asked_for(database: Database) {
        let server = Server::start(&database).await;
        let (mut ada, mut rea) = (joined(&server, "ada").await, joined(&server, "rea").await);
        ada.write("text").await;
        ada.settle().await;
        rea.pump_until("text", |rea| rea.text().contains("text")).await;
        let (before, start) = (rea.received, tokio::time::Instant::now());
        for _ in 0..200 {
            rea.send(&[0, 0], &[0]).await;
            rea.send_raw(vec![3]).await;
        }
        ada.write("the last").await;
        rea.pump_until("the last", |rea| rea.text().contains("the last")).await;
        let most = 2 + 3 * (1 + start.elapsed().as_secs());
        assert!(rea.received - before <= most, "{} in {:?}", rea.received - before, start.elapsed());
        // The last question has its answer, a little later.
        let before = rea.received;
        rea.pump_until("the answer", |rea| rea.received > before).await;
    }

    async fn who_reads_nothing_is_sent_away_however_much_waits(database: Database) {
        let fast = Quota { bytes_per_s: 1 << 30, burst_bytes: 1 << 30, ..Quota::default() };
        let settings = Settings { slow_reader: Duration::from_secs(1), quota: fast, ..Settings::default() };
        let server = Server::start_with(&database, settings).await;
        let mut ada = joined(&server, "ada").await;
        for _ in 0..3 {
            ada.write(&"mot ".repeat(950_000)).await;
            ada.settle().await;
        }
        let mut still = Editor::new(place(server.address, server.document.as_str(), "rea"));
        still.connect().await;
        until("both", || async { (server.app.rooms.counts().1 == 2).then_some(()) }).await;
        until("alone", || async { (server.app.rooms.counts().1 == 1).then_some(()) }).await;
        // Whoever reads gets it all.
        let rea = joined(&server, "rea").await;
        assert_eq!(rea.text().len(), ada.text().len());
    }

    async fn readers_of_a_large_text_share_its_bytes(database: Database) {
        let server = Server::start(&database).await;
        let (store, document) = (&server.app.store, &server.document);
        let served = Served::default();
        let mut ada = joined(&server, "ada").await;
        ada.write(&"mot ".repeat(200_000)).await;
        ada.settle().await;
        assert!(served.rows_after(store, document, 0).await.expect("reads").is_some());
        let one = served.whole(store, document).await.expect("reads");
        ada.write(&"mot ".repeat(100_000)).await;
        ada.settle().await;
        assert!(served.rows_after(store, document, 0).await.expect("reads").is_none(), "too much for one");
        let two = served.whole(store, document).await.expect("reads");
        assert_eq!((one.len(), two.len()), (1, 2));
        assert_eq!(one[0].1.as_ptr(), two[0].1.as_ptr(), "one text in memory");
    }

    async fn the_text_a_room_opened_with_is_read_once_and_not_kept(database: Database) {
        let server = Server::start(&database).await;
        let (store, document) = (&server.app.store, &server.document);
        let mut ada = joined(&server, "ada").await;
        ada.write("mots").await;
        ada.settle().await;
        // Told apart from what is stored by having no rows.
        let mut opened_with = store.history(document).await.expect("reads");
        opened_with.rows.clear();
        let served = Served::default();
        served.begin_with(&opened_with).await;
        assert_eq!(served.whole(store, document).await.expect("the first").len(), 0);
        assert_eq!(served.whole(store, document).await.expect("the next").len(), 1);
        served.begin_with(&opened_with).await;
        served.let_go();
        assert_eq!(served.whole(store, document).await.expect("nobody came").len(), 1);
    }
}
