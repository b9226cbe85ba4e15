//! The wire of `live-text.md` section 3: origins, frames, close codes, joins, signs of life.

use std::time::Duration;

use chantier::live::Settings;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use yrs::updates::encoder::Encode as _;

use crate::live::joined;
use crate::support::editor::{Editor, place};
use crate::support::on_both_databases;
use crate::support::server::Server;
use crate::support::workspace;

/// The status of an upgrade with this origin; 101 when it goes through.
async fn upgrade(server: &Server, origin: Option<&str>, bearer: bool) -> u16 {
    let url = format!("ws://{}/ws/{}", server.address, server.document);
    let mut request = url.into_client_request().expect("an address");
    if let Some(origin) = origin {
        let origin = origin.parse().expect("ascii");
        request.headers_mut().insert("origin", origin);
    }
    if bearer {
        let bearer = format!("Bearer {}", workspace::token("ada"));
        let bearer = bearer.parse().expect("ascii");
        request.headers_mut().insert("authorization", bearer);
    }
    match connect_async(request).await {
        Ok(_) => 101,
        Err(tokio_tungstenite::tungstenite::Error::Http(answer)) => answer.status().as_u16(),
        Err(error) => panic!("neither upgraded nor refused: {error}"),
    }
}

on_both_databases! {
    async fn foreign_origins_are_refused_before_the_upgrade(database: Database) {
        let server = Server::start(&database).await;
        let ours = format!("http://{}", server.address);
        assert_eq!(upgrade(&server, Some("https://elsewhere.example"), true).await, 403);
        assert_eq!(upgrade(&server, Some("null"), true).await, 403);
        assert_eq!(upgrade(&server, None, false).await, 403);
        assert_eq!(upgrade(&server, None, true).await, 101);
        assert_eq!(upgrade(&server, Some(&ours), false).await, 101);
    }

    async fn bad_frames_end_their_sender_alone(database: Database) {
        let server = Server::start(&database).await;
        let mut ada = joined(&server, "ada").await;
        for (frame, code) in [
            (vec![0, 2, 5, 1], 4400),
            (vec![0, 7, 0], 4400),
            (vec![], 4400),
            (vec![0, 2, 3, 255, 255, 255], 4403),
            (vec![0, 2, 2, 0, 0, 9], 4400),
            (vec![0; 5 << 20], 4413),
        ] {
            let mut ben = joined(&server, "ben").await;
            ben.send_raw(frame.clone()).await;
            ben.pump_until("closed", |ben| ben.closed.is_some()).await;
            assert_eq!(ben.closed, Some(code), "{:?}", &frame[..frame.len().min(8)]);
        }
        let mut ben = joined(&server, "ben").await;
        ben.send_raw(vec![77, 1, 2, 3]).await;
        ben.write("after an unknown tag").await;
        ben.settle().await;
        ada.pump_until("ben's words", |ada| ada.text().contains("unknown tag")).await;
    }

    async fn typing_before_the_first_sync_is_set_aside(database: Database) {
        let server = Server::start(&database).await;
        let mut ada = Editor::new(place(server.address, server.document.as_str(), "ada"));
        ada.write("offline").await;
        ada.connect().await;
        // Its update leaves before the answer to the server's sync step 1: a gap.
        ada.write("at once").await;
        ada.settle().await;
        assert!(ada.closed.is_none());
        let rea = joined(&server, "rea").await;
        assert!(rea.text().contains("offline") && rea.text().contains("at once"));
    }

    async fn a_returning_client_gets_only_what_it_lacks(database: Database) {
        let server = Server::start(&database).await;
        let mut ada = joined(&server, "ada").await;
        let mut ben = joined(&server, "ben").await;
        for text in ["one", "two", "three"] {
            ada.write(text).await;
            ada.settle().await;
        }
        ben.pump_until("three", |ben| ben.text().contains("three")).await;
        ben.disconnect();
        for text in ["four", "five"] {
            ada.write(text).await;
            ada.settle().await;
        }
        // By its clocks, like any Yjs client.
        ben.join().await;
        assert_eq!((ben.updates, ben.text()), (2, ada.text()));
        ben.disconnect();
        ada.write("six").await;
        ada.settle().await;
        // By position, like ours.
        let lineage = ben.notice("hello").expect("first")["lineage"].clone();
        let lineage = lineage.as_str().expect("text");
        ben.place.query = format!("notices=1&lineage={lineage}&after=5");
        ben.join().await;
        assert_eq!((ben.updates, ben.text()), (1, ada.text()));
    }

    async fn silence_is_broken_by_signs_of_life(database: Database) {
        let default = Settings::default().sign_of_life;
        assert!(default * 2 < Duration::from_secs(20), "at least every 20 s");
        let settings = Settings { sign_of_life: Duration::from_millis(40), ..Settings::default() };
        let server = Server::start_with(&database, settings).await;
        let mut rea = joined(&server, "rea").await;
        let before = rea.received;
        rea.pump_until("signs of life", |rea| rea.received >= before + 4).await;
    }

    async fn the_state_by_http_is_the_text_and_is_cached_by_seq(database: Database) {
        let server = Server::start(&database).await;
        let mut ada = joined(&server, "ada").await;
        ada.write("by http").await;
        ada.settle().await;
        let url = format!("http://{}/api/documents/{}/state", server.address, server.document);
        let client = reqwest::Client::new();
        let get = |person: &str| client.get(&url).bearer_auth(workspace::token(person));
        let answer = get("rea").send().await.expect("answers");
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["chantier-seq"], "1");
        let tag = answer.headers()["etag"].clone();
        let body = answer.bytes().await.expect("a body");
        // One update, shorter than 128 bytes: its length is one byte.
        assert_eq!(usize::from(body[0]), body.len() - 1);
        let copy = Editor::new(place(server.address, "", "rea"));
        copy.apply(&body[1..]);
        assert_eq!(copy.text(), ada.text());
        assert_eq!(copy.state().encode_v1(), ada.state().encode_v1());
        let again = get("rea").header("if-none-match", tag).send().await.expect("answers");
        assert_eq!(again.status(), 304);
        assert_eq!(get("zoe").send().await.expect("answers").status(), 404);
    }
}
