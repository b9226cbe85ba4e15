//! `/api/documents/{document_id}/updates`: a live document for whom no WebSocket gets through.
//! Down an event stream, or one answer at a time (long polling); up a POST. The same frames, gate,
//! log, notices and rights as on the socket: what they mean is the room's business.
//! A seat (`chantier-seat`) holds the two together. It is given once, serves the session or token
//! that it was given to and nobody else, and is forgotten after 30 s without a request.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{Stream, StreamExt as _, iter, unfold};
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Path, Query, Signed, is_id, limited_bytes};
use super::problem::Problem;
use super::security::is_same_origin;
use crate::app::App;
use crate::error::{Error, Result};
use crate::ids::DocumentId;
use crate::live::connection::Wishes;
use crate::live::protocol::{Close, MESSAGE_BYTES};
use crate::live::seat::{News, Part, Reader, Seat};
use crate::store::accounts::Identity;
use crate::throttle::Key;

/// Names the seat, both ways.
const SEAT: HeaderName = HeaderName::from_static("chantier-seat");
/// Up: the number of the part sent. Down: the number of the last part of this answer.
const PART: HeaderName = HeaderName::from_static("chantier-part");
/// Down: the length of the body, for lines that cut an answer without a word.
const BYTES: HeaderName = HeaderName::from_static("chantier-bytes");
/// Down: the connection is over, with this code.
const CLOSE: HeaderName = HeaderName::from_static("chantier-close");
/// Up: the last part down that the client has.
const HEARD: HeaderName = HeaderName::from_static("chantier-heard");

/// The longest an answer is held back when nothing waits: proxies give up after 30 s or more.
const HOLD_S_MAX: u64 = 20;

/// A sign of life in a silent event stream.
const LIFE: Duration = Duration::from_secs(10);

/// What one answer of long polling holds at most, beside one part.
const ANSWER_BYTES: usize = 256 * 1024;

/// The largest body up: the largest message with its length.
const BODY_BYTES: usize = MESSAGE_BYTES + 8;

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(receive, send, leave))
}

/// What a client may say in the address.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// `1`: send notices (message tag 100, JSON).
    notices: Option<String>,
    /// The number of the client's editor schema.
    schema: Option<i64>,
    /// The lineage of what the client holds.
    lineage: Option<String>,
    /// The epoch the client's store last saw.
    epoch: Option<i64>,
    /// The client holds everything up to this row of that lineage.
    after: Option<i64>,
    /// `1`: one answer as soon as something waits, instead of an event stream.
    poll: Option<String>,
    /// How long to hold the answer back when nothing waits, in seconds; 20 at most.
    wait_s: Option<u64>,
    /// The number of the last part received.
    heard: Option<u64>,
}

/// The frames for this client, as numbered parts of one stream of bytes: each frame after its
/// length (unsigned LEB128). Without `chantier-seat` a seat is taken; its name is in the first
/// event, or in the answer's header. Asked again with `heard`, nothing is skipped or doubled.
#[utoipa::path(get, path = "/api/documents/{document_id}/updates", tag = "live",
    params(("document_id" = String, Path), Asked,
        ("chantier-seat" = Option<String>, Header, description = "the seat, once there is one")),
    responses(
        (status = 200, description = "events `seat` (its name), unnamed (id: the part's number, data: its bytes in base64) and `close` (code and reason); with `poll=1` the bytes themselves, with the headers `chantier-seat`, `chantier-part`, `chantier-bytes` and, at the end, `chantier-close`",
            content_type = "text/event-stream", body = String),
        (status = 400, body = Problem),
        (status = 401, body = Problem),
        (status = 403, description = "`cross_site`", body = Problem),
        (status = 404, body = Problem),
        (status = 410, description = "`seat_gone`", body = Problem),
        (status = 429, body = Problem),
        (status = 503, body = Problem)))]
async fn receive(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(document_id): Path<String>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response> {
    if !is_same_origin(&headers, &app.config) {
        return Err(Error::CrossSite);
    }
    let document = document_of(document_id)?;
    let (name, seat) = if let Some(name) = headers.get(SEAT) {
        (name.clone(), find(&app, name, &identity, &document)?)
    } else {
        take(&app, &document, identity, &asked).await?
    };
    let reader = seat.read(asked.heard.unwrap_or(0))?;
    if asked.poll.as_deref() == Some("1") {
        let hold = Duration::from_secs(asked.wait_s.unwrap_or(HOLD_S_MAX).min(HOLD_S_MAX));
        return Ok(one_answer(name, reader, hold).await);
    }
    let stream = Sse::new(events(&name, reader)).keep_alive(KeepAlive::new().interval(LIFE));
    let unbuffered = [
        (header::CACHE_CONTROL, "no-store, no-transform"),
        // nginx and those that follow it.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    Ok((unbuffered, stream).into_response())
}

/// Frames of this client: the next part of one stream of bytes, each frame after its length
/// (unsigned LEB128). A part that was taken already is not taken again.
#[utoipa::path(post, path = "/api/documents/{document_id}/updates", tag = "live",
    params(("document_id" = String, Path),
        ("chantier-seat" = String, Header, description = "the seat"),
        ("chantier-part" = u64, Header, description = "the part's number, from 1"),
        ("chantier-heard" = Option<u64>, Header, description = "the last part received")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 204, description = "taken; what became of it is told by the stream down"),
        (status = 400, body = Problem),
        (status = 401, body = Problem),
        (status = 403, description = "`cross_site`", body = Problem),
        (status = 404, body = Problem),
        (status = 409, description = "`part_missing`, `part_replaced`: the next request came before all of this one", body = Problem),
        (status = 410, description = "`seat_gone`", body = Problem),
        (status = 413, description = "`too_large`: the connection ends", body = Problem)))]
async fn send(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(document_id): Path<String>,
    request: Request,
) -> Result<StatusCode> {
    let headers = request.headers();
    let seat = seat_of(&app, headers, &identity, document_of(document_id)?)?;
    let number = number(headers, &PART)?.filter(|number| *number > 0);
    let number = number.ok_or_else(|| Error::Malformed(PART.to_string()))?;
    if let Some(heard) = self::number(headers, &HEARD)? {
        seat.confirm(heard)?;
    }
    seat.take(number, limited_bytes(request, BODY_BYTES))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The client leaves: others stop seeing it at once. Without this, after 30 s.
#[utoipa::path(delete, path = "/api/documents/{document_id}/updates", tag = "live",
    params(("document_id" = String, Path),
        ("chantier-seat" = String, Header, description = "the seat")),
    responses(
        (status = 204, description = "left"),
        (status = 401, body = Problem),
        (status = 403, description = "`cross_site`", body = Problem),
        (status = 404, body = Problem),
        (status = 410, description = "`seat_gone`", body = Problem)))]
async fn leave(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(document_id): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode> {
    seat_of(&app, &headers, &identity, document_of(document_id)?)?.leave();
    Ok(StatusCode::NO_CONTENT)
}

fn document_of(text: String) -> Result<DocumentId> {
    is_id(&text)
        .then(|| DocumentId::from(text))
        .ok_or(Error::NotFound)
}

/// A new seat in the document's room.
async fn take(
    app: &App,
    document: &DocumentId,
    identity: Identity,
    asked: &Asked,
) -> Result<(HeaderValue, Arc<Seat>)> {
    let tries = Key::Seat(identity.account_id.to_string());
    app.throttle.take(&tries, app.clock.now())?;
    let wishes = Wishes {
        notices: asked.notices.as_deref() == Some("1"),
        schema: asked.schema,
        lineage: asked.lineage.clone(),
        after: asked.after,
        epoch: asked.epoch,
        address: None,
    };
    let sat = app.rooms.sit(document, identity, wishes).await;
    let (secret, seat) = sat.map_err(problem_of)?;
    let name = HeaderValue::try_from(secret).map_err(Error::internal)?;
    Ok((name, seat))
}

/// Why there is no seat, as a status.
fn problem_of(close: Close) -> Error {
    match close {
        Close::SignedOut => Error::Unauthenticated,
        Close::NotFound | Close::Refused => Error::NotFound,
        Close::Malformed | Close::TooLarge => Error::Malformed("query".to_owned()),
        // What a retry is worth is not known here: the connections of others must end first.
        Close::TooFast | Close::TooMany => Error::TooMany { retry_after_s: 30 },
        Close::FellBehind | Close::Failed | Close::Restarting => {
            Error::Unavailable(close.reason().into())
        }
    }
}

fn seat_of(
    app: &App,
    headers: &HeaderMap,
    identity: &Identity,
    document: DocumentId,
) -> Result<Arc<Seat>> {
    let name = headers
        .get(SEAT)
        .ok_or_else(|| Error::Malformed(SEAT.to_string()))?;
    find(app, name, identity, &document)
}

fn find(
    app: &App,
    name: &HeaderValue,
    identity: &Identity,
    document: &DocumentId,
) -> Result<Arc<Seat>> {
    name.to_str()
        .ok()
        .and_then(|secret| app.rooms.seat(secret, identity, document))
        .ok_or(Error::Gone("seat_gone"))
}

/// A number in a header; `Malformed` when it is none.
fn number(headers: &HeaderMap, name: &HeaderName) -> Result<Option<u64>> {
    let Some(value) = headers.get(name) else {
        return Ok(None);
    };
    let number = value.to_str().ok().and_then(|text| text.parse().ok());
    let malformed = || Error::Malformed(name.to_string());
    number.ok_or_else(malformed).map(Some)
}

/// Long polling: what waits, or nothing after `hold`.
async fn one_answer(name: HeaderValue, mut reader: Reader, hold: Duration) -> Response {
    let news = tokio::time::timeout(hold, reader.next(ANSWER_BYTES)).await;
    let mut headers = HeaderMap::new();
    headers.insert(SEAT, name);
    let kind = HeaderValue::from_static("application/octet-stream");
    headers.insert(header::CONTENT_TYPE, kind);
    let mut body = Vec::new();
    match news {
        Ok(News::Parts(parts)) => {
            for part in parts {
                body.extend_from_slice(&part.bytes);
                headers.insert(PART, HeaderValue::from(part.number));
            }
        }
        Ok(News::Over(close)) => {
            headers.insert(CLOSE, HeaderValue::from(close.code()));
        }
        Ok(News::Enough | News::Replaced) | Err(_) => {}
    }
    headers.insert(BYTES, HeaderValue::from(body.len()));
    (headers, body).into_response()
}

/// The events of one request: the seat's name, then parts as they come, then why it is over.
fn events(
    name: &HeaderValue,
    reader: Reader,
) -> impl Stream<Item = Result<Event, Infallible>> + use<> {
    let name = name.to_str().unwrap_or_default();
    let first = Event::default().event("seat").data(name);
    let rest = unfold(Some(reader), async |reader| {
        let mut reader = reader?;
        match reader.next(ANSWER_BYTES).await {
            News::Parts(parts) => Some((parts.iter().map(event).collect(), Some(reader))),
            News::Over(close) => {
                let why = json!({"code": close.code(), "reason": close.reason()});
                let last = Event::default().event("close").data(why.to_string());
                Some((vec![last], None))
            }
            News::Enough | News::Replaced => None,
        }
    });
    iter([first])
        .chain(rest.flat_map(|events: Vec<Event>| iter(events)))
        .map(Ok)
}

fn event(part: &Part) -> Event {
    Event::default()
        .id(part.number.to_string())
        .data(base64(&part.bytes))
}

/// Bytes as text (RFC 4648, with padding): an event stream carries nothing else.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let mut bits = 0;
        for at in 0..3 {
            bits = bits << 8 | u32::from(three.get(at).copied().unwrap_or(0));
        }
        for at in 0..4 {
            let six = (bits >> (18 - 6 * at)) & 63;
            let letter = if at <= three.len() {
                LETTERS[six as usize]
            } else {
                b'='
            };
            text.push(char::from(letter));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_as_the_standard_writes_it() {
        let known = [
            "", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy",
        ];
        for (length, text) in known.into_iter().enumerate() {
            assert_eq!(base64(&b"foobar"[..length]), text);
        }
        assert_eq!(base64(&[0xfb, 0xff, 0xfe]), "+//+");
    }
}
