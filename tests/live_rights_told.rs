//! What ends a right through the real routes reaches the sockets that are open, on both databases:
//! who may still read is told and stays, who may not is sent away, whoever else is there stays.

use chantier::http::extract::secret_hash;
use chantier::ids::SessionId;
use chantier::store::passwords::hash_now;
use chantier::store::sessions::Origin;
use futures_util::StreamExt as _;
use reqwest::Method;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::live::joined;
use crate::live_freeze::{moved, ready};
use crate::support::database::Database as Any;
use crate::support::editor::Editor;
use crate::support::on_both_databases;
use crate::support::server::Server;
use crate::support::workspace::{self, PROPOSAL};

type Socket = WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>;

/// A session of Ada's whose secret is its name.
async fn session(server: &Server, name: &str) -> SessionId {
    let store = &server.app.store;
    let origin = Origin {
        address: String::new(),
        user_agent: String::new(),
    };
    let mut tx = store.write().await.expect("begins");
    let now_ms = store.clock.now().ms();
    let session = tx
        .open_session(&"acc-ada".into(), &secret_hash(name), &origin, now_ms)
        .await
        .expect("opens");
    tx.commit().await.expect("commits");
    session
}

/// A socket opened with this session.
async fn socket(server: &Server, name: &str) -> Socket {
    let url = format!("ws://{}/ws/{}?notices=1", server.address, server.document);
    let mut request = url.into_client_request().expect("an address");
    for (header, value) in [
        ("cookie", format!("chantier={name}")),
        ("origin", format!("http://{}", server.address)),
    ] {
        let value = value.parse().expect("ascii");
        request.headers_mut().insert(header, value);
    }
    let (mut socket, _) = connect_async(request).await.expect("upgrades");
    let hello = socket.next().await.expect("greeted").expect("a frame");
    assert!(matches!(hello, Message::Binary(_)), "{hello:?}");
    socket
}

/// Waits for the close; its code.
async fn end(socket: &mut Socket) -> u16 {
    loop {
        let frame = socket.next().await.expect("a close").expect("a frame");
        if let Message::Close(close) = frame {
            return close.expect("a code").code.into();
        }
    }
}

/// A request of somebody with a token, or with a session's cookie; its status.
async fn ask(server: &Server, who: &str, method: Method, path: &str, body: Option<Value>) -> u16 {
    let base = format!("http://{}", server.address);
    let mut request = reqwest::Client::new()
        .request(method, format!("{base}{path}"))
        .header("origin", &base);
    request = match who.strip_prefix("session:") {
        Some(session) => request.header("cookie", format!("chantier={session}")),
        None => request.bearer_auth(workspace::token(who)),
    };
    if let Some(body) = body {
        request = request.json(&body);
    }
    request.send().await.expect("an answer").status().as_u16()
}

/// Waits for rights that allow editing, or do not.
async fn told(editor: &mut Editor, allowed: bool) {
    editor
        .pump_until("told", |editor| {
            let last = editor.notice("rights");
            let may = last.and_then(|one| one["may"].as_array());
            may.is_some_and(|may| may.contains(&"edit_text".into()) == allowed)
        })
        .await;
    editor.notices.clear();
}

/// The text can be deposited; Zoe administers; Eve reads.
async fn set(database: &Any) -> Server {
    let server = Server::start(database).await;
    ready(&server, database).await;
    workspace::lay_person(database, "eve").await;
    database
        .execute(
            "insert into mandate (mandate_id, person_id, body_id, role, voting, valid_from)
             values ('man-zoe', 'per-zoe', null, 'admin', 0, '2020-01-01')",
        )
        .await;
    server
}

on_both_databases! {
    async fn a_stage_a_tie_and_a_mandate_that_change_are_told_at_once(database: Database) {
        let server = set(&database).await;
        let (mut ada, mut ben) = (joined(&server, "ada").await, joined(&server, "ben").await);
        let mut readers = Vec::new();
        for _ in 0..10 {
            readers.push(joined(&server, "eve").await);
        }
        let tie = format!("/api/proposals/{PROPOSAL}/contributors");
        assert_eq!(ask(&server, "ada", Method::DELETE, &format!("{tie}/per-ben"), None).await, 204);
        told(&mut ben, false).await;
        database
            .execute(
                "insert into proposal_person (proposal_id, person_id, tie, added_at_ms)
                 values ('pro-test', 'per-ben', 'contributor', 0)",
            )
            .await;
        moved(&server, "ada", json!({"transition": "T03"})).await;
        told(&mut ada, false).await;
        told(&mut ben, false).await;
        let due = server.app.store.today().plus_days(9);
        moved(&server, "rea", json!({"transition": "T05", "reason": "unclear", "points": ["Encore"], "due_on": due.as_str()})).await;
        told(&mut ada, true).await;
        told(&mut ben, true).await;
        assert_eq!(ask(&server, "zoe", Method::DELETE, "/api/mandates/man-ben", None).await, 204);
        told(&mut ben, false).await;
        ben.pump_until("closed", |ben| ben.closed.is_some()).await;
        assert_eq!(ben.closed, Some(4404));
        let observer = Some(json!({"role": "observer", "body_id": "com-1"}));
        let status = ask(&server, "zoe", Method::POST, "/api/people/per-ben/mandates", observer).await;
        assert!((200..300).contains(&status), "{status}");
        ben.join().await;
        ada.write("for the readers").await;
        ada.settle().await;
        for reader in &mut readers {
            reader.pump_until("reads on", |one| one.text().contains("for the readers")).await;
        }
    }

    async fn sessions_tokens_and_passwords_that_end_close_their_sockets_alone(database: Database) {
        let server = set(&database).await;
        let mut eve = joined(&server, "eve").await;
        let mut rea = joined(&server, "rea").await;
        let revoked = session(&server, "first").await;
        for name in ["second", "third"] {
            session(&server, name).await;
        }
        let (mut first, mut second) = (socket(&server, "first").await, socket(&server, "second").await);
        let mut third = socket(&server, "third").await;
        let path = format!("/api/sessions/{revoked}");
        assert_eq!(ask(&server, "session:third", Method::DELETE, &path, None).await, 204);
        assert_eq!(end(&mut first).await, 4401);
        assert_eq!(ask(&server, "rea", Method::DELETE, "/api/tokens/tok-rea", None).await, 204);
        rea.pump_until("closed", |rea| rea.closed.is_some()).await;
        assert_eq!(rea.closed, Some(4401));
        let hash = hash_now("un ancien mot de passe").expect("hashes");
        database.execute_owned(format!("update account set password_hash = '{hash}' where account_id = 'acc-ada'")).await;
        let passwords = Some(json!({"current_password": "un ancien mot de passe", "new_password": "un mot de passe tout neuf"}));
        assert_eq!(ask(&server, "session:third", Method::PUT, "/api/me/password", passwords).await, 204);
        assert_eq!(end(&mut second).await, 4401);
        // Whoever changed it, and whoever only reads, stay.
        server.app.rooms.nudge(&server.document, "comments").await;
        eve.pump_until("nudged", |eve| eve.notice("nudge").is_some()).await;
        let frame = third.next().await.expect("open").expect("a frame");
        assert!(!matches!(frame, Message::Close(_)), "{frame:?}");
        assert_eq!(eve.closed, None);
    }
}
