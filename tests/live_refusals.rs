//! Every refusal is a close code, a count in `/metrics` and one line in the log.

use std::time::Duration;

use chantier::live::{Quota, Settings};
use futures_util::StreamExt as _;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use crate::live::joined;
use crate::support::counters::Counters;
use crate::support::editor::{Editor, place};
use crate::support::server::Server;
use crate::support::{logs, on_both_databases, until};

const ENDED: &str = "chantier_sockets_closed_total";

/// A socket of `person`, whatever becomes of it.
async fn knocked(server: &Server, person: &'static str, query: &str) -> Editor {
    let mut spot = place(server.address, server.document.as_str(), person);
    spot.query = query.to_owned();
    let mut editor = Editor::new(spot);
    editor.connect().await;
    editor
}

/// Its code, once it is closed.
async fn closed(editor: &mut Editor) -> Option<u16> {
    editor
        .pump_until("closed", |editor| !editor.is_connected())
        .await;
    editor.closed
}

/// One line of this document's log says this.
async fn logged(server: &Server, words: &[&str]) {
    until("one line", async || {
        let lines = logs::lines_with(server.document.as_str());
        let says = |line: &&String| words.iter().all(|word| line.contains(word));
        let count = lines.iter().filter(says).count();
        assert!(count <= 1, "{count} lines say {words:?}");
        (count == 1).then_some(())
    })
    .await;
}

async fn counting(database: &crate::support::database::Database) -> (Server, Counters) {
    logs::keep();
    let settings = Settings {
        quota: Quota {
            frames_per_s: 20,
            burst: 5,
            patience: Duration::from_secs(1),
            ..Quota::default()
        },
        sign_of_life: Duration::from_millis(50),
        slow_reader: Duration::from_millis(400),
        ..Settings::default()
    };
    let server = Server::start_with(database, settings).await;
    let counters = Counters::of(&server).await;
    (server, counters)
}

on_both_databases! {
    async fn an_update_that_is_refused(database: Database) {
        let (server, counters) = counting(&database).await;
        let refused = ("chantier_updates_refused_total", "role_missing");
        let before = counters.count(refused.0, refused.1).await;
        let mut rea = joined(&server, "rea").await;
        rea.write("secret words").await;
        assert_eq!(closed(&mut rea).await, Some(4403));
        counters.grew(refused.0, refused.1, before).await;
        logged(&server, &["an update was refused", "acc-rea", "role_missing"]).await;
        assert!(logs::lines_with("secret words").is_empty());
    }

    async fn whoever_is_not_let_in(database: Database) {
        let (server, counters) = counting(&database).await;
        let before = counters.count(ENDED, "no such document").await;
        let mut zoe = knocked(&server, "zoe", "notices=1").await;
        assert_eq!(closed(&mut zoe).await, Some(4404));
        counters.grew(ENDED, "no such document", before).await;
        logged(&server, &["a connection was refused", "acc-zoe", "4404"]).await;

        let before = counters.count(ENDED, "malformed").await;
        let mut ada = knocked(&server, "ada", "after=abc").await;
        assert_eq!(closed(&mut ada).await, Some(4400));
        counters.grew(ENDED, "malformed", before).await;
        logged(&server, &["a connection was refused", "acc-ada", "4400"]).await;

        let before = counters.count(ENDED, "not signed in").await;
        let url = format!("ws://{}/ws/{}", server.address, server.document);
        let mut request = url.into_client_request().expect("an address");
        let origin = format!("http://{}", server.address);
        request.headers_mut().insert("origin", origin.parse().expect("ascii"));
        let (mut socket, _) = connect_async(request).await.expect("upgraded");
        let Some(Ok(Message::Close(Some(close)))) = socket.next().await else {
            panic!("not closed");
        };
        assert_eq!(u16::from(close.code), 4401);
        counters.grew(ENDED, "not signed in", before).await;
        logged(&server, &["a connection was refused", "4401"]).await;
    }

    async fn a_message_that_is_too_large_or_never_ends(database: Database) {
        let (server, counters) = counting(&database).await;
        let piece = |bytes: Vec<u8>, kind, last| Message::Frame(Frame::message(bytes, OpCode::Data(kind), last));
        let before = counters.count(ENDED, "too large").await;
        for pieces in [vec![5 << 20], vec![3 << 20, 3 << 20]] {
            let mut ben = joined(&server, "ben").await;
            for (at, bytes) in pieces.iter().enumerate() {
                let kind = if at == 0 { Data::Binary } else { Data::Continue };
                ben.send_message(piece(vec![0; *bytes], kind, false)).await;
            }
            assert_eq!(closed(&mut ben).await, Some(4413));
        }
        counters.grew(ENDED, "too large", before).await;

        let before = counters.count(ENDED, "fell behind").await;
        let mut ben = joined(&server, "ben").await;
        // One that comes in pieces is whole: an answer that holds nothing.
        for (bytes, kind, last) in [(vec![0, 1], Data::Binary, false), (vec![2, 0, 0], Data::Continue, true)] {
            ben.send_message(piece(bytes, kind, last)).await;
        }
        ben.pump_until("its acknowledgement", |ben| ben.stored == 2).await;
        ben.send_message(piece(vec![0, 1], Data::Binary, false)).await;
        while ben.is_connected() {
            // Life in between is no excuse.
            let before = ben.received;
            ben.send_message(Message::Ping(b"?".as_slice().into())).await;
            ben.pump_until("news", |ben| ben.received > before || !ben.is_connected()).await;
        }
        assert_eq!(ben.closed, Some(4508));
        counters.grew(ENDED, "fell behind", before).await;
        logged(&server, &["a connection was ended", "acc-ben", "4508"]).await;
        let mut ada = joined(&server, "ada").await;
        ada.write("undisturbed").await;
        ada.settle().await;
    }

    async fn whoever_never_stops(database: Database) {
        let (server, counters) = counting(&database).await;
        let before = counters.count(ENDED, "too fast").await;
        let mut ada = joined(&server, "ada").await;
        while ada.is_connected() {
            ada.write("flood").await;
            ada.pump_until("an answer", |ada| ada.stored >= ada.sent || !ada.is_connected()).await;
        }
        assert_eq!(ada.closed, Some(4529));
        counters.grew(ENDED, "too fast", before).await;
        logged(&server, &["a connection was ended", "acc-ada", "4529"]).await;
    }

    async fn a_room_that_panics(database: Database) {
        let (server, counters) = counting(&database).await;
        let before = counters.count("chantier_room_panics_total", "").await;
        let first = std::sync::atomic::AtomicBool::new(true);
        server.app.rooms.on_edit(Box::new(move |_| {
            assert!(!first.swap(false, std::sync::atomic::Ordering::Relaxed), "a test's panic");
        }));
        let mut ada = joined(&server, "ada").await;
        ada.write("last words").await;
        assert_eq!(closed(&mut ada).await, Some(1011));
        counters.grew("chantier_room_panics_total", "", before).await;
        logged(&server, &["a room panicked"]).await;
    }
}
