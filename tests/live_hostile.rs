//! What no honest client sends: foreign client ids, frames without sense, strange addresses.
//! The sender alone is cut off, and nothing that was refused is ever acknowledged.

use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use crate::live::joined;
use crate::support::editor::{Editor, Random, converge, place};
use crate::support::on_both_databases;
use crate::support::server::Server;

async fn closed(editor: &mut Editor) -> Option<u16> {
    editor
        .pump_until("closed", |editor| editor.closed.is_some())
        .await;
    editor.closed
}

/// An editor of `person` under the client id of another.
fn impostor(server: &Server, person: &'static str, client: u64) -> Editor {
    let spot = place(server.address, server.document.as_str(), person);
    Editor::under(spot, client)
}

/// Its update is refused, and no notice ever acknowledged it.
async fn refused_unacknowledged(editor: &mut Editor, code: &str) {
    assert_eq!(closed(editor).await, Some(4403));
    let refused = editor.notice("refused").expect("told");
    assert_eq!(refused["code"], code);
    let number = refused["update"].as_u64().expect("a number");
    assert!(editor.stored < number, "{} of {number}", editor.stored);
}

on_both_databases! {
    async fn what_follows_a_refused_update_does_not_acknowledge_it(database: Database) {
        let server = Server::start(&database).await;
        for _ in 0..5 {
            let mut rea = joined(&server, "rea").await;
            rea.settle().await;
            for number in 0..100 {
                rea.write(&format!("by rea {number}")).await;
            }
            refused_unacknowledged(&mut rea, "role_missing").await;
        }
        let history = server.app.store.history(&server.document).await.expect("reads");
        assert_eq!(history.head.head_seq, 0);
    }

    async fn updates_before_the_sync_answer_are_kept_up_to_a_bound(database: Database) {
        let server = Server::start(&database).await;
        let spot = || place(server.address, server.document.as_str(), "ada");
        for (words, count) in [("word".to_owned(), 70), ("word ".repeat(250_000), 1)] {
            let mut mute = Editor::new(spot());
            mute.mute = true;
            mute.write("offline").await;
            mute.connect().await;
            for _ in 0..count {
                mute.write(&words).await;
            }
            refused_unacknowledged(&mut mute, "gap").await;
            assert_eq!(mute.stored, 0, "none of them was stored");
        }
    }

    async fn nobody_continues_the_text_of_another(database: Database) {
        let server = Server::start(&database).await;
        let mut ada = joined(&server, "ada").await;
        ada.write("by ada").await;
        ada.settle().await;
        let mut ben = impostor(&server, "ben", ada.client());
        ben.join().await;
        ben.write("as ada").await;
        refused_unacknowledged(&mut ben, "foreign_client").await;
        // Nor after the room was closed and opened again.
        ada.disconnect();
        crate::support::until("empty", || async { (server.app.rooms.counts().0 == 0).then_some(()) }).await;
        ben.join().await;
        assert_eq!(closed(&mut ben).await, Some(4403), "its sync answer holds the refused words");
        ada.join().await;
        ada.write("still ada").await;
        ada.settle().await;
        assert!(!joined(&server, "rea").await.text().contains("as ada"));
    }

    async fn a_client_id_that_was_shown_is_not_taken_by_another(database: Database) {
        let server = Server::start(&database).await;
        let mut ada = joined(&server, "ada").await;
        let client = ada.client();
        ada.show(client, "{}").await;
        ada.pump_until("echo", |ada| ada.presence.contains_key(&client)).await;
        let mut ben = impostor(&server, "ben", client);
        ben.join().await;
        ben.write("as ada").await;
        refused_unacknowledged(&mut ben, "foreign_client").await;
        ada.write("by ada").await;
        ada.settle().await;
        // A bound id is not shown by another either, when the room has forgotten who showed it.
        ada.disconnect();
        crate::support::until("empty", || async { (server.app.rooms.counts().0 == 0).then_some(()) }).await;
        let mut ben = joined(&server, "ben").await;
        let mut rea = joined(&server, "rea").await;
        let own = ben.client();
        ben.show(client, "{}").await;
        ben.show(own, "{}").await;
        rea.pump_until("ben", |rea| rea.presence.contains_key(&own)).await;
        assert!(!rea.presence.contains_key(&client));
    }

    async fn two_sockets_of_one_account_may_share_a_client_id(database: Database) {
        let server = Server::start(&database).await;
        let mut one = joined(&server, "ada").await;
        one.write("first").await;
        one.settle().await;
        let mut two = impostor(&server, "ada", one.client());
        two.join().await;
        two.write("second").await;
        two.settle().await;
        one.pump_until("second", |one| one.text().contains("second")).await;
        one.write("third").await;
        one.settle().await;
        converge(&mut [one, two, joined(&server, "rea").await]).await;
    }

    async fn one_connection_shows_one_client_id_with_a_sane_clock(database: Database) {
        let server = Server::start(&database).await;
        let mut ada = joined(&server, "ada").await;
        let mut rea = joined(&server, "rea").await;
        // Entries: client 5, its goodbye, then client 6; a clock out of sense for client 5.
        ada.send(&[1], &[4, 5, 1, 2, b'{', b'}', 5, 2, 4, b'n', b'u', b'l', b'l', 6, 1, 2, b'{', b'}',
            5, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f, 2, b'{', b'}']).await;
        ada.send(&[1], &[1, 5, 3, 2, b'{', b'}']).await;
        rea.pump_until("5", |rea| rea.presence.get(&5).is_some_and(Option::is_some)).await;
        assert!(!rea.presence.contains_key(&6));
        ada.write("still here").await;
        ada.settle().await;
    }

    async fn hostile_vectors_and_texts_are_malformed_and_pings_are_not(database: Database) {
        let server = Server::start(&database).await;
        let bodies: [&[u8]; 4] = [
            &[2, 7, 1, 7, 2],
            &[0xff, 0xff, 0xff, 0xff, 0x07, 1, 1],
            &[1, 7, 1, 0],
            &[1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f, 1],
        ];
        for body in bodies {
            let mut rea = joined(&server, "rea").await;
            rea.send(&[0, 0], body).await;
            assert_eq!(closed(&mut rea).await, Some(4400), "{body:?}");
        }
        let mut rea = joined(&server, "rea").await;
        rea.send_message(Message::Text("hello".into())).await;
        assert_eq!(closed(&mut rea).await, Some(4400));
        let mut ada = joined(&server, "ada").await;
        ada.send_message(Message::Ping(b"?".as_slice().into())).await;
        ada.send_message(Message::Pong(b"!".as_slice().into())).await;
        // A vector that claims more than there is gets what a full one gets.
        ada.send(&[0, 0], &[1, 7, 0xff, 0xff, 0xff, 0xff, 0x07]).await;
        ada.write("after all that").await;
        ada.settle().await;
    }

    async fn strange_addresses_get_the_whole_text_or_a_final_close(database: Database) {
        let server = Server::start(&database).await;
        let mut ada = joined(&server, "ada").await;
        ada.write("here").await;
        ada.settle().await;
        let lineage = ada.notice("hello").expect("first")["lineage"].clone();
        let lineage = lineage.as_str().expect("text");
        let spot = |query: String| {
            let mut spot = place(server.address, server.document.as_str(), "ben");
            spot.query = format!("notices=1&{query}");
            spot
        };
        for query in [
            format!("lineage={lineage}&after=99"),
            format!("lineage={lineage}&after=-1"),
            "lineage=another&after=1".to_owned(),
            "after=1".to_owned(),
            "unknown=1&schema=99".to_owned(),
        ] {
            let mut ben = Editor::new(spot(query.clone()));
            ben.join().await;
            assert_eq!(ben.text(), ada.text(), "{query}");
        }
        for query in ["after=abc", "schema=x", "after=1&after=2", "epoch=99999999999999999999"] {
            let mut ben = Editor::new(spot(query.to_owned()));
            ben.connect().await;
            assert_eq!(closed(&mut ben).await, Some(4400), "{query}");
        }
        for document in ["a%00b", "%20", &"x".repeat(65)] {
            let mut lost = Editor::new(place(server.address, document, "ada"));
            lost.connect().await;
            assert_eq!(closed(&mut lost).await, Some(4404), "{document}");
        }
        let mut old = Editor::new(spot("schema=0".to_owned()));
        old.join().await;
        assert_eq!(old.text(), ada.text(), "a client that is behind reads");
        old.write("in an old schema").await;
        refused_unacknowledged(&mut old, "schema_behind").await;
    }

    async fn a_returning_client_repeats_its_deletes_and_is_not_refused(database: Database) {
        let server = Server::start(&database).await;
        let mut random = Random(0xdead_beef);
        let (mut ada, mut rea) = (joined(&server, "ada").await, joined(&server, "rea").await);
        for _ in 0..150 {
            ada.edit_at_random(&mut random).await;
        }
        ada.settle().await;
        rea.pump_until("all", |rea| rea.state() == ada.state()).await;
        for editor in [&mut rea, &mut ada] {
            editor.disconnect();
            editor.join().await;
            editor.settle().await;
            assert_eq!(editor.closed, None);
        }
        let history = server.app.store.history(&server.document).await.expect("reads");
        let before = history.head.head_seq;
        ada.write("new").await;
        ada.settle().await;
        assert_eq!(ada.notice("stored").expect("told")["seq"], json!(before + 1));
        converge(&mut [ada, rea]).await;
    }
}
