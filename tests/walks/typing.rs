//! Typing without a socket, in process: a seat is taken, one update sent, and what became of it read.

use std::time::Instant;

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use chantier::text::edit::from_markdown;
use serde_json::{Value as Json, json};

use crate::support::PATIENCE;
use crate::support::line::{cut, frame, notice_in, stream_of};
use crate::support::world::{Answer, World};

/// What the deposit needs of a text.
const WHOLE: [(&str, &str); 3] = [
    ("context", "Quarante signes au moins pour dire le contexte."),
    ("description", "Ce que l'on fera."),
    ("transversal", "Pour toutes et tous."),
];

/// Types as this person under a client id of its own; answered as the API would: 204 once it is stored,
/// 403 where it is refused or kept aside, 404 where there is nothing to be seen.
pub(crate) async fn typed(
    world: &World,
    person: &str,
    document: &str,
    client: u32,
    whole: bool,
) -> Answer {
    let url = format!("/api/documents/{document}/updates?notices=1");
    let mut line = Line {
        world,
        person,
        url,
        seat: None,
        heard: 0,
        stream: Vec::new(),
        notices: Vec::new(),
        closed: false,
    };
    let status = line.poll().await;
    if status != StatusCode::OK {
        return (status, json!({"code": "not_found"}));
    }
    let few = [("description", "Encore un mot.")];
    let update = from_markdown(if whole { &WHOLE } else { &few }, client);
    line.send(&frame(&[0, 2], &update)).await;
    let end = Instant::now() + PATIENCE;
    loop {
        for notice in std::mem::take(&mut line.notices) {
            match notice["type"].as_str() {
                Some("stored") if notice["updates"] != 0 => {
                    return (StatusCode::NO_CONTENT, Json::Null);
                }
                Some("refused") => return (StatusCode::FORBIDDEN, notice),
                Some("kept_aside") => {
                    return (StatusCode::FORBIDDEN, json!({"code": "kept_aside"}));
                }
                _ => {}
            }
        }
        assert!(!line.closed, "over without a word");
        assert!(Instant::now() < end, "never told what became of it");
        line.poll().await;
    }
}

struct Line<'a> {
    world: &'a World,
    person: &'a str,
    url: String,
    seat: Option<String>,
    heard: u64,
    stream: Vec<u8>,
    notices: Vec<Json>,
    closed: bool,
}

impl Line<'_> {
    fn request(&self, method: Method, query: &str) -> axum::http::request::Builder {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{query}", self.url))
            .header("authorization", format!("Bearer {}", self.person));
        match &self.seat {
            Some(seat) => request.header("chantier-seat", seat),
            None => request,
        }
    }

    async fn poll(&mut self) -> StatusCode {
        let query = format!("&poll=1&wait_s=5&heard={}", self.heard);
        let request = self.request(Method::GET, &query).body(Body::empty());
        let (status, headers, bytes) = self.world.raw(request.expect("a request")).await;
        if status == StatusCode::OK {
            self.seat = text(&headers, "chantier-seat").or(self.seat.take());
            if let Some(part) = text(&headers, "chantier-part") {
                self.heard = part.parse().expect("a number");
            }
            self.closed |= text(&headers, "chantier-close").is_some();
            self.stream.extend_from_slice(&bytes);
            let frames = cut(&mut self.stream);
            self.notices
                .extend(frames.iter().filter_map(|frame| notice_in(frame)));
        }
        status
    }

    async fn send(&self, frame: &[u8]) {
        let request = self
            .request(Method::POST, "")
            .header("chantier-part", 1)
            .body(Body::from(stream_of(&[frame.to_vec()])));
        let (status, _, bytes) = self.world.raw(request.expect("a request")).await;
        let said = String::from_utf8_lossy(&bytes);
        assert_eq!(status, StatusCode::NO_CONTENT, "{said}");
    }
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?;
    Some(value.to_str().expect("ascii").to_owned())
}
