//! A live document without a socket (`/api/documents/{document_id}/updates`): order, repetition,
//! bounds, and who may use a seat.

use std::time::{Duration, Instant};

use chantier::live::{Quota, Settings};
use futures_util::FutureExt as _;
use reqwest::Method;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use yrs::updates::encoder::Encode as _;

use crate::live::joined;
use crate::support::editor::{Editor, place};
use crate::support::line::{Line, frame, put_number, stream_of};
use crate::support::server::Server;
use crate::support::{PATIENCE, on_both_databases, until};

/// An update of one paragraph by a client nobody knows yet.
async fn paragraph(server: &Server, person: &'static str, text: &str) -> Vec<u8> {
    let mut editor = Editor::new(place(server.address, server.document.as_str(), person));
    editor.write(text).await;
    frame(&[0, 2], &editor.whole())
}

/// "I hold nothing": asks for the state.
fn step_1() -> Vec<u8> {
    frame(&[0, 0], &yrs::StateVector::default().encode_v1())
}

/// "Nothing you lack": the answer to the server's own question.
fn step_2() -> Vec<u8> {
    frame(&[0, 1], &[0, 0])
}

/// The stable code of a problem.
async fn code_of(answer: reqwest::Response) -> (u16, String) {
    let status = answer.status().as_u16();
    let problem: serde_json::Value = answer.json().await.expect("a problem");
    (status, problem["code"].as_str().expect("a code").to_owned())
}

fn problem(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

on_both_databases! {
    async fn what_goes_up_is_stored_acknowledged_and_seen(database: Database) {
        let server = Server::start(&database).await;
        let mut ben = joined(&server, "ben").await;
        let mut ada = Line::open(&server, "ada").await;
        let hello = ada.notice("hello").await;
        assert_eq!(hello["account"], "acc-ada");
        assert!(hello["may"].as_array().expect("a list").contains(&"edit_text".into()));
        let words = paragraph(&server, "ada", "sans prise").await;
        ada.send(&[step_1(), step_2(), words]).await;
        // The two sync frames that count, in one turn or in two.
        while ada.notice("stored").await["updates"] != 2 {}
        ben.pump_until("ada's words", |ben| ben.text().contains("sans prise")).await;
        ben.write("par la prise").await;
        ben.settle().await;
        // The words stand in the update's bytes.
        ada.poll_until("ben's words come down", |ada| {
            ada.frames.iter().any(|frame| contains(frame, "par la prise"))
        })
        .await;
    }

    async fn a_part_that_comes_twice_is_taken_once_and_a_hole_is_refused(database: Database) {
        let server = Server::start(&database).await;
        let mut ada = Line::open(&server, "ada").await;
        ada.send(&[step_1(), step_2()]).await;
        let words = stream_of(&[paragraph(&server, "ada", "une fois").await]);
        for _ in 0..3 {
            assert_eq!(ada.post(2, words.clone()).await.status(), 204);
        }
        assert_eq!(code_of(ada.post(4, words.clone()).await).await, problem(409, "part_missing"));
        assert_eq!(ada.post(1, stream_of(&[step_2()])).await.status(), 204, "an old one changes nothing");
        assert_eq!(ada.post(3, stream_of(&[step_2()])).await.status(), 204);
        while ada.notice("stored").await["updates"] != 3 {}
        // Nothing more is under way: what was repeated is not counted.
        let quiet = ada.ask(0).await;
        ada.hear(quiet).await;
        assert!(!ada.frames.iter().any(|frame| contains(frame, "\"updates\":4")));
    }

    async fn a_request_given_up_half_way_is_taken_once_and_keeps_its_pace(database: Database) {
        let quota = Quota { frames_per_s: 20, burst: 4, ..Quota::default() };
        let server = Server::start_with(&database, Settings { quota, ..Settings::default() }).await;
        let mut ada = Line::open(&server, "ada").await;
        let body = stream_of(&vec![step_2(); 24]);
        let began = Instant::now();
        for patience_ms in [150, 250, 30_000] {
            let request = ada.request(Method::POST, "").header("chantier-part", 1).body(body.clone());
            let answer = request.timeout(Duration::from_millis(patience_ms)).send().await;
            if let Ok(answer) = answer {
                assert_eq!(answer.status(), 204);
            }
        }
        assert!(began.elapsed() > Duration::from_millis(800), "giving up is no way past the pace");
        while ada.notice("stored").await["updates"] != 24 {}
        assert_eq!(ada.post(2, stream_of(&[step_2()])).await.status(), 204);
        assert_eq!(ada.notice("stored").await["updates"], 25, "none was counted twice");
    }

    async fn frames_may_be_cut_between_parts(database: Database) {
        let server = Server::start(&database).await;
        let mut ben = joined(&server, "ben").await;
        let ada = Line::open(&server, "ada").await;
        let words = paragraph(&server, "ada", "en morceaux").await;
        let stream = stream_of(&[step_1(), step_2(), words]);
        for (at, byte) in stream.iter().enumerate() {
            assert_eq!(ada.post(at as u64 + 1, vec![*byte]).await.status(), 204);
        }
        ben.pump_until("ada's words", |ben| ben.text().contains("en morceaux")).await;
    }

    async fn a_lost_answer_is_asked_again_and_nothing_is_skipped(database: Database) {
        let server = Server::start(&database).await;
        let mut ada = Line::new(&server, "ada");
        let first = ada.ask(5).await;
        ada.seat = Some(first.headers()["chantier-seat"].to_str().expect("ascii").to_owned());
        let one = first.bytes().await.expect("a body");
        let again = ada.ask(5).await;
        assert_eq!(again.headers()["chantier-part"], "1");
        let two = again.bytes().await.expect("a body");
        assert_eq!(one, two, "the same bytes, under the same number");
        ada.heard = 1;
        ada.take(&one);
        assert_eq!(ada.notice("hello").await["account"], "acc-ada");
        // What was confirmed does not come again.
        let none = ada.ask(0).await;
        assert!(none.headers().get("chantier-part").is_none());
        assert_eq!(none.bytes().await.expect("a body").len(), 0);
        ada.heard = 99;
        assert_eq!(code_of(ada.ask(0).await).await, problem(400, "malformed"));
    }

    async fn a_long_text_comes_whole_by_both_ways(database: Database) {
        let server = Server::start(&database).await;
        let mut ben = joined(&server, "ben").await;
        for at in 0..24 {
            ben.write(&format!("{at} {}", "mot ".repeat(25_000))).await;
        }
        ben.settle().await;
        for streamed in [false, true] {
            let mut rea = Line::open(&server, "rea").await;
            rea.send(&[step_1()]).await;
            let copy = Editor::new(place(server.address, server.document.as_str(), "rea"));
            let end = Instant::now() + PATIENCE;
            while copy.snapshot() != ben.snapshot() {
                assert!(Instant::now() < end, "never the whole text, streamed: {streamed}");
                if streamed {
                    read_stream(&mut rea).await;
                } else {
                    rea.poll().await;
                }
                for frame in rea.frames.drain(..).filter(|frame| frame[0] == 0 && frame[1] != 0) {
                    copy.apply(body(&frame));
                }
            }
            assert_eq!(copy.text(), ben.text());
        }
    }

    async fn a_seat_serves_whom_it_was_given_to_and_nobody_else(database: Database) {
        let server = Server::start(&database).await;
        let ada = Line::open(&server, "ada").await;
        let gone = problem(410, "seat_gone");
        for person in ["ben", "rea", "zoe"] {
            let mut thief = Line::new(&server, person);
            thief.seat.clone_from(&ada.seat);
            assert_eq!(code_of(thief.ask(0).await).await, gone, "{person} reads");
            assert_eq!(code_of(thief.post(1, vec![]).await).await, gone, "{person} writes");
            let leave = thief.request(Method::DELETE, "").send().await.expect("an answer");
            assert_eq!(code_of(leave).await, gone, "{person} leaves");
        }
        // The same person by another proof is somebody else here.
        second_token(&database).await;
        let mut other = Line::new(&server, "ada-2");
        other.seat.clone_from(&ada.seat);
        assert_eq!(code_of(other.ask(0).await).await, gone);
        // It is still ada's.
        assert_eq!(ada.ask(0).await.status(), 200);
        // No account, no right, no such document.
        let nobody = Line::new(&server, "nobody");
        assert_eq!(code_of(nobody.ask(0).await).await, problem(401, "unauthenticated"));
        let zoe = Line::new(&server, "zoe");
        assert_eq!(code_of(zoe.ask(0).await).await, problem(404, "not_found"));
        for document in ["none", "a%00b", "x".repeat(65).as_str()] {
            let url = format!("http://{}/api/documents/{document}/updates?poll=1", server.address);
            let token = crate::support::workspace::token("ada");
            let request = reqwest::Client::new().get(url).bearer_auth(token);
            assert_eq!(code_of(request.send().await.expect("an answer")).await, problem(404, "not_found"));
        }
    }

    async fn another_site_may_neither_read_nor_write(database: Database) {
        let server = Server::start(&database).await;
        let ada = Line::open(&server, "ada").await;
        for method in [Method::GET, Method::POST, Method::DELETE] {
            let request = ada.request(method.clone(), "&poll=1&wait_s=0").header("chantier-part", 1);
            let foreign = request.header("origin", "https://elsewhere.example");
            let answer = foreign.send().await.expect("an answer");
            assert_eq!(code_of(answer).await, problem(403, "cross_site"), "{method}");
        }
        let ours = format!("http://{}", server.address);
        let answer = ada.request(Method::GET, "&poll=1&wait_s=0").header("origin", ours);
        assert_eq!(answer.send().await.expect("an answer").status(), 200);
    }

    async fn what_cannot_be_read_has_its_code(database: Database) {
        let server = Server::start(&database).await;
        let ada = Line::open(&server, "ada").await;
        let bad = problem(400, "malformed");
        for part in ["0", "-1", "x", "1.5"] {
            let request = ada.request(Method::POST, "").header("chantier-part", part);
            assert_eq!(code_of(request.send().await.expect("an answer")).await, bad, "{part}");
        }
        let unnumbered = ada.request(Method::POST, "").send().await.expect("an answer");
        assert_eq!(code_of(unnumbered).await, bad);
        let mut unnamed = Line::new(&server, "ada");
        assert_eq!(code_of(unnamed.post(1, vec![]).await).await, bad);
        unnamed.seat = Some("f".repeat(64));
        assert_eq!(code_of(unnamed.post(1, vec![]).await).await, problem(410, "seat_gone"));
        let asked = ada.request(Method::GET, "&poll=1&heard=x").send().await.expect("an answer");
        assert_eq!(code_of(asked).await, bad);
        // Nothing of this ended the seat.
        assert_eq!(ada.post(1, vec![]).await.status(), 204);
    }

    async fn bad_frames_and_bodies_too_large_end_their_sender_alone(database: Database) {
        let server = Server::start(&database).await;
        let mut ben = joined(&server, "ben").await;
        let mut long = Vec::new();
        put_number(&mut long, (4 << 20) + 1);
        for (body, status, code) in [
            (vec![0], 400, 4400),
            (stream_of(&[vec![0, 7, 0]]), 204, 4400),
            (stream_of(&[vec![0, 2, 3, 255, 255, 255]]), 204, 4403),
            (long, 413, 4413),
            (vec![0xff; 8], 413, 4413),
        ] {
            let mut ada = Line::open(&server, "ada").await;
            assert_eq!(ada.post(1, body.clone()).await.status(), status, "{body:?}");
            assert_eq!(ada.over().await, code, "{body:?}");
            assert_eq!(code_of(ada.post(2, vec![]).await).await, problem(410, "seat_gone"));
        }
        let mut ada = Line::open(&server, "ada").await;
        assert_eq!(code_of(ada.post(1, vec![0; 5 << 20]).await).await, problem(413, "too_large"));
        ada.send(&[step_1(), step_2(), paragraph(&server, "ada", "toujours là").await]).await;
        ben.pump_until("ada's words", |ben| ben.text().contains("toujours là")).await;
    }

    async fn a_body_of_nothing_is_refused(database: Database) {
        let server = Server::start(&database).await;
        let mut ada = Line::open(&server, "ada").await;
        assert_eq!(code_of(ada.post(1, vec![0; 4 << 20]).await).await, problem(400, "malformed"));
        assert_eq!(ada.over().await, 4400);
        let mut ben = Line::open(&server, "ben").await;
        ben.send(&[step_1(), step_2(), paragraph(&server, "ben", "toujours là").await]).await;
        while ben.notice("stored").await["updates"] != 2 {}
    }

    async fn a_body_that_stalls_gives_way_to_the_next_request(database: Database) {
        let server = Server::start(&database).await;
        let mut ada = Line::open(&server, "ada").await;
        let (seat, token) = (ada.seat.clone().expect("given"), crate::support::workspace::token("ada"));
        let mut stalled = tokio::net::TcpStream::connect(server.address).await.expect("open");
        let head = format!(
            "POST /api/documents/{}/updates HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {token}\r\nchantier-seat: {seat}\r\nchantier-part: 1\r\ncontent-length: 100\r\n\r\nx",
            server.document, server.address,
        );
        stalled.write_all(head.as_bytes()).await.expect("sent");
        // Whichever comes first: no other request is held up by this one.
        let (began, mut answer) = (Instant::now(), [0; 12]);
        ada.send(&[step_1(), step_2()]).await;
        while stalled.read_exact(&mut answer).now_or_never().is_none() {
            ada.send(&[step_2()]).await;
            assert!(began.elapsed() < Duration::from_secs(20), "after {:?}", began.elapsed());
        }
        assert_eq!(&answer[..], b"HTTP/1.1 409");
        let parts = ada.part;
        while ada.notice("stored").await["updates"] != parts {}
    }

    async fn an_ended_seat_goes_however_often_it_is_asked_for(database: Database) {
        let settings = Settings { seat_forgotten: Duration::from_millis(300), ..Settings::default() };
        let server = Server::start_with(&database, settings).await;
        let mut ada = Line::open(&server, "ada").await;
        ada.post(1, stream_of(&[vec![0, 7, 0]])).await;
        assert_eq!(ada.over().await, 4400);
        until("the seat is gone", async || {
            let answer = ada.ask(0).await;
            (answer.status() == 410).then_some(())
        }).await;
    }

    async fn a_readers_edit_is_refused_with_its_code(database: Database) {
        let server = Server::start(&database).await;
        let mut rea = Line::open(&server, "rea").await;
        rea.send(&[step_1(), step_2(), paragraph(&server, "rea", "sans droit").await]).await;
        let refused = rea.notice("refused").await;
        assert_eq!((refused["update"].as_u64(), refused["code"].as_str()), (Some(2), Some("role_missing")));
        assert_eq!(rea.over().await, 4403);
        let ben = joined(&server, "ben").await;
        assert!(!ben.text().contains("sans droit"));
    }

    async fn changed_rights_and_an_ended_proof_arrive_within_a_second(database: Database) {
        let server = Server::start(&database).await;
        let mut ada = Line::open(&server, "ada").await;
        ada.notice("hello").await;
        database.execute("update proposal set stage = 'submitted'").await;
        let began = Instant::now();
        server.app.rooms.rights_changed(&server.document).await;
        let rights = ada.notice("rights").await;
        assert!(!rights["may"].as_array().expect("a list").contains(&"edit_text".into()));
        assert!(began.elapsed() < Duration::from_secs(1), "rights after {:?}", began.elapsed());

        let mut streamed = Line::open(&server, "ada").await;
        let waiting = ada.ask(20);
        let ending = async {
            // Both requests hang before the proof ends.
            until("both read", async || (server.app.rooms.counts().1 == 2).then_some(())).await;
            server.app.rooms.token_ended(&"tok-ada".to_owned().into()).await;
            Instant::now()
        };
        let (answer, (), ended) = tokio::join!(waiting, read_stream(&mut streamed), ending);
        assert!(ended.elapsed() < Duration::from_secs(1), "told after {:?}", ended.elapsed());
        assert_eq!(answer.headers()["chantier-close"], "4401");
        assert_eq!(streamed.closed, Some(4401));
    }

    async fn a_seat_without_anybody_is_forgotten(database: Database) {
        let settings = Settings { seat_forgotten: Duration::from_millis(300), ..Settings::default() };
        let server = Server::start_with(&database, settings).await;
        let mut ben = joined(&server, "ben").await;
        let mut ada = Line::open(&server, "ada").await;
        ada.send(&[step_1(), frame(&[1], &presence(77))]).await;
        ben.pump_until("ada is here", |ben| matches!(ben.presence.get(&77), Some(Some(_)))).await;
        ben.pump_until("ada is gone", |ben| matches!(ben.presence.get(&77), Some(None))).await;
        until("the seat is gone", async || {
            (code_of(ada.post(2, vec![]).await).await == problem(410, "seat_gone")).then_some(())
        }).await;
        assert_eq!(code_of(ada.ask(0).await).await, problem(410, "seat_gone"));
        assert_eq!(server.app.rooms.counts().1, 1, "only ben's socket");
    }

    async fn who_leaves_is_gone_at_once(database: Database) {
        let server = Server::start(&database).await;
        let mut ben = joined(&server, "ben").await;
        let mut ada = Line::open(&server, "ada").await;
        ada.send(&[step_1(), frame(&[1], &presence(78))]).await;
        ben.pump_until("ada is here", |ben| matches!(ben.presence.get(&78), Some(Some(_)))).await;
        let answer = ada.request(Method::DELETE, "").send().await.expect("an answer");
        assert_eq!(answer.status(), 204);
        ben.pump_until("ada is gone", |ben| matches!(ben.presence.get(&78), Some(None))).await;
    }

    async fn who_opens_too_often_waits(database: Database) {
        let server = Server::start(&database).await;
        let mut refused = 0;
        for _ in 0..70 {
            let line = Line::new(&server, "ada");
            let answer = line.ask(0).await;
            if answer.status() == 429 {
                assert!(answer.headers().contains_key("retry-after"));
                refused += 1;
            }
        }
        assert!(refused > 0, "opening is not throttled");
        assert_eq!(Line::new(&server, "ben").ask(0).await.status(), 200, "others are not");
    }

    async fn a_stopping_server_says_so(database: Database) {
        let server = Server::start(&database).await;
        let mut ada = Line::open(&server, "ada").await;
        let (code, ()) = tokio::join!(ada.over(), async {
            server.app.rooms.stop(Duration::from_secs(5)).await;
        });
        assert_eq!(code, 1012);
    }
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

/// The update in a sync frame.
fn body(frame: &[u8]) -> &[u8] {
    let head = frame[2..].iter().take_while(|byte| **byte >= 0x80).count() + 1;
    &frame[2 + head..]
}

/// An awareness update: client `client` is here.
fn presence(client: u8) -> Vec<u8> {
    frame(&[1, client, 1], br#"{"user":{"name":"?"}}"#)
}

/// A second token of ada's.
async fn second_token(database: &crate::support::database::Database) {
    let hex: String =
        chantier::http::extract::secret_hash(&crate::support::workspace::token("ada-2"))
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
    let hash = match database.url() {
        None => format!("x'{hex}'"),
        Some(_) => format!("decode('{hex}', 'hex')"),
    };
    database
        .execute_owned(format!(
            "insert into token (token_id, account_id, secret_hash, label, created_at_ms)
                 values ('tok-ada-2', 'acc-ada', {hash}, 'test', 0)"
        ))
        .await;
}

/// Reads one answer of the event stream to its end, or until it is silent for a moment.
async fn read_stream(line: &mut Line) {
    let query = format!("&heard={}", line.heard);
    let request = line.request(Method::GET, &query);
    let mut answer = request.send().await.expect("an answer");
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    assert_eq!(answer.headers()["x-accel-buffering"], "no");
    let mut text = String::new();
    loop {
        let chunk = tokio::time::timeout(Duration::from_secs(2), answer.chunk()).await;
        let Ok(Ok(Some(chunk))) = chunk else {
            return;
        };
        text.push_str(std::str::from_utf8(&chunk).expect("ascii"));
        while let Some((event, rest)) = text.split_once("\n\n") {
            let field = |name: &str| {
                let line = event.lines().find_map(|line| line.strip_prefix(name));
                line.map(|value| value.trim_start().to_owned())
            };
            match (field("event:").as_deref(), field("data:")) {
                (Some("seat"), Some(name)) => line.seat = Some(name),
                (Some("close"), Some(why)) => {
                    let why: serde_json::Value = serde_json::from_str(&why).expect("json");
                    line.closed = why["code"].as_u64().map(|code| code as u16);
                }
                (None, Some(data)) => {
                    let number: u64 = field("id:").expect("a number").parse().expect("a number");
                    assert_eq!(number, line.heard + 1, "in order");
                    line.heard = number;
                    line.take(&from_base64(&data));
                }
                (_, _) => {}
            }
            text = rest.to_owned();
        }
    }
}

fn from_base64(text: &str) -> Vec<u8> {
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    for four in text.as_bytes().chunks(4) {
        let known = four.iter().take_while(|byte| **byte != b'=').count();
        let bits = four.iter().fold(0_u32, |bits, byte| {
            let six = letters.find(char::from(*byte)).unwrap_or(0);
            bits << 6 | six as u32
        });
        bytes.extend_from_slice(&bits.to_be_bytes()[1..known]);
    }
    bytes
}
