//! A client without a socket: frames over plain requests, as a program would write it.

use std::collections::VecDeque;

use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::Value;

use super::server::Server;
use super::{PATIENCE, workspace};

/// One seat, from the client's side.
pub(crate) struct Line {
    client: reqwest::Client,
    url: String,
    person: String,
    /// The seat's name.
    pub(crate) seat: Option<String>,
    /// The last part down that we have.
    pub(crate) heard: u64,
    /// The last part up that was taken.
    pub(crate) part: u64,
    stream: Vec<u8>,
    /// Frames received and not looked at.
    pub(crate) frames: VecDeque<Vec<u8>>,
    /// Why it is over.
    pub(crate) closed: Option<u16>,
}

/// A frame: its head, then its body after its length.
pub(crate) fn frame(head: &[u8], body: &[u8]) -> Vec<u8> {
    let mut frame = head.to_vec();
    put_number(&mut frame, body.len());
    frame.extend_from_slice(body);
    frame
}

/// Frames as they travel: each after its length.
pub(crate) fn stream_of(frames: &[Vec<u8>]) -> Vec<u8> {
    let mut stream = Vec::new();
    for frame in frames {
        put_number(&mut stream, frame.len());
        stream.extend_from_slice(frame);
    }
    stream
}

/// Takes the whole frames off the beginning of a stream.
pub(crate) fn cut(stream: &mut Vec<u8>) -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    while let Some((head, length)) = number(stream)
        && stream.len() >= head + length
    {
        let rest = stream.split_off(head + length);
        let frame = std::mem::replace(stream, rest);
        frames.push(frame[head..].to_vec());
    }
    frames
}

/// The notice a frame carries.
pub(crate) fn notice_in(frame: &[u8]) -> Option<Value> {
    let (head, _) = number(frame.get(1..)?).filter(|_| frame[0] == 100)?;
    Some(serde_json::from_slice(&frame[1 + head..]).expect("json"))
}

impl Line {
    /// Nothing is asked yet.
    pub(crate) fn new(server: &Server, person: &str) -> Self {
        let (address, document) = (server.address, &server.document);
        Self {
            client: reqwest::Client::new(),
            url: format!("http://{address}/api/documents/{document}/updates"),
            person: person.to_owned(),
            seat: None,
            heard: 0,
            part: 0,
            stream: Vec::new(),
            frames: VecDeque::new(),
            closed: None,
        }
    }

    /// A seat on the document.
    pub(crate) async fn open(server: &Server, person: &str) -> Self {
        let mut line = Self::new(server, person);
        line.poll().await;
        assert!(line.seat.is_some(), "a seat was given");
        line
    }

    /// A request of this person, on this seat.
    pub(crate) fn request(&self, method: Method, query: &str) -> RequestBuilder {
        let request = self
            .client
            .request(method, format!("{}?notices=1{query}", self.url))
            .bearer_auth(workspace::token(&self.person));
        match &self.seat {
            Some(seat) => request.header("chantier-seat", seat),
            None => request,
        }
    }

    /// Asks for what waits; the answer as it came.
    pub(crate) async fn ask(&self, wait_s: u64) -> Response {
        let query = format!("&poll=1&wait_s={wait_s}&heard={}", self.heard);
        let request = self.request(Method::GET, &query);
        request.send().await.expect("an answer")
    }

    /// Asks for what waits, and takes it.
    pub(crate) async fn poll(&mut self) {
        let answer = self.ask(5).await;
        assert_eq!(answer.status(), 200, "{:?}", answer.text().await);
        self.hear(answer).await;
    }

    /// Takes an answer.
    pub(crate) async fn hear(&mut self, answer: Response) {
        let text = |name: &str| {
            let value = answer.headers().get(name)?;
            Some(value.to_str().expect("ascii").to_owned())
        };
        self.seat = text("chantier-seat").or(self.seat.take());
        if let Some(part) = text("chantier-part") {
            self.heard = part.parse().expect("a number");
        }
        if let Some(code) = text("chantier-close") {
            self.closed = Some(code.parse().expect("a code"));
        }
        let length: usize = text("chantier-bytes")
            .expect("a length")
            .parse()
            .expect("a number");
        let body = answer.bytes().await.expect("a body");
        assert_eq!(body.len(), length);
        self.take(&body);
    }

    /// Takes bytes of the stream down.
    pub(crate) fn take(&mut self, bytes: &[u8]) {
        self.stream.extend_from_slice(bytes);
        self.frames.extend(cut(&mut self.stream));
    }

    /// Sends bytes as the part of this number.
    pub(crate) async fn post(&self, part: u64, body: Vec<u8>) -> Response {
        let request = self.request(Method::POST, "");
        let request = request.header("chantier-part", part).body(body);
        request.send().await.expect("an answer")
    }

    /// Sends frames as the next part.
    pub(crate) async fn send(&mut self, frames: &[Vec<u8>]) {
        let answer = self.post(self.part + 1, stream_of(frames)).await;
        assert_eq!(
            answer.status(),
            StatusCode::NO_CONTENT,
            "{:?}",
            answer.text().await
        );
        self.part += 1;
    }

    /// Asks until a notice of this kind came.
    pub(crate) async fn notice(&mut self, kind: &str) -> Value {
        let end = tokio::time::Instant::now() + PATIENCE;
        loop {
            while let Some(frame) = self.frames.pop_front() {
                if let Some(notice) = notice_in(&frame)
                    && notice["type"] == kind
                {
                    return notice;
                }
            }
            assert!(tokio::time::Instant::now() < end, "never: {kind}");
            assert_eq!(self.closed, None, "over before {kind}");
            self.poll().await;
        }
    }

    /// Asks until `done`.
    pub(crate) async fn poll_until(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
        let end = tokio::time::Instant::now() + PATIENCE;
        while !done(self) {
            assert!(tokio::time::Instant::now() < end, "never: {what}");
            self.poll().await;
        }
    }

    /// Asks until the connection is over; its code.
    pub(crate) async fn over(&mut self) -> u16 {
        self.poll_until("over", |line| line.closed.is_some()).await;
        self.closed.unwrap_or_default()
    }
}

/// Appends an unsigned LEB128 number.
pub(crate) fn put_number(out: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// A number at the beginning, and how many bytes it took; `None` when it is cut.
fn number(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut number = 0;
    for (at, byte) in bytes.iter().enumerate() {
        number |= usize::from(byte & 0x7f) << (7 * at);
        if byte & 0x80 == 0 {
            return Some((at + 1, number));
        }
    }
    None
}
