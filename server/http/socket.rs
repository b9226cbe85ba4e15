//! `GET /ws/{document_id}`: the socket of a live document. Checks the origin and who comes, then
//! copies frames both ways; what they mean is the room's business.
//! Who is not signed in, or may not read, still gets the upgrade and a final close code:
//! a browser cannot see the status of a refused upgrade, and would try again for ever.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::extract::rejection::QueryRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use serde::Deserialize;
use tokio::time::{Instant, timeout};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::entry::Caller;
use super::extract::{Signed, is_id};
use crate::addresses::throttled_by;
use crate::app::App;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::ids::DocumentId;
use crate::live::Settings;
use crate::live::connection::{Connection, Outgoing, Wishes};
use crate::live::protocol::{Close, MESSAGE_BYTES, sign_of_life};
use crate::throttle::Key;

/// The library's buffers, in bytes: its own default costs 128 KiB a silent connection.
const READ_BUFFER_BYTES: usize = 4 * 1024;
const WRITE_BUFFER_BYTES: usize = 16 * 1024;

/// Over the limit a message is still read up to here, so that its sender can be told 4413.
const READ_AT_MOST_BYTES: usize = 4 * MESSAGE_BYTES;

/// A payload up to so many bytes is copied out of the read buffer, which it would pin.
const COPY_BYTES: usize = 64 * 1024;

/// What the slowest line we wait for carries in a second.
const SLOWEST_BYTES_PER_S: usize = 16 * 1024;

/// A peer that answers so many pings in a row by nothing is gone.
const DEAF_PINGS: u32 = 8;

/// How long a close may take to be sent and answered.
const GOODBYE: Duration = Duration::from_secs(2);

/// The routes of this file.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(open))
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
}

/// Opens a live document as a WebSocket that speaks the Yjs sync protocol.
#[utoipa::path(
    get,
    path = "/ws/{document_id}",
    tag = "live",
    params(("document_id" = String, Path), Asked),
    responses(
        (status = 101, description = "Yjs sync protocol; close codes say why it ended"),
        (status = 403, description = "`cross_site`: a foreign or missing origin"),
        (status = 429, description = "`too_many`: too many tries without being signed in"),
    )
)]
async fn open(
    State(app): State<App>,
    signed: Result<Signed>,
    Path(document): Path<String>,
    asked: Result<Query<Asked>, QueryRejection>,
    caller: Caller,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Result<Response> {
    if !origin_is_ours(&headers, &app.config) {
        return Err(Error::CrossSite);
    }
    if matches!(signed, Err(Error::Unauthenticated)) {
        let key = Key::Upgrade(throttled_by(caller.address));
        app.throttle.take(&key, app.clock.now())?;
    }
    let upgrade = upgrade
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_write_buffer_size(WRITE_BUFFER_BYTES + READ_AT_MOST_BYTES)
        .max_message_size(READ_AT_MOST_BYTES)
        .max_frame_size(READ_AT_MOST_BYTES);
    let wishes = asked.map(|Query(asked)| Wishes {
        notices: asked.notices.as_deref() == Some("1"),
        schema: asked.schema,
        lineage: asked.lineage,
        after: asked.after,
        epoch: asked.epoch,
        address: Some(throttled_by(caller.address)),
    });
    Ok(upgrade.on_upgrade(async move |socket| {
        let identity = match signed {
            Ok(Signed(identity)) => identity,
            Err(Error::Unauthenticated) => return refuse(socket, Close::SignedOut).await,
            Err(error) => {
                tracing::error!(cause = ?error, "a socket's account cannot be read");
                return refuse(socket, Close::Failed).await;
            }
        };
        let Ok(wishes) = wishes else {
            return refuse(socket, Close::Malformed).await;
        };
        if !is_id(&document) {
            return refuse(socket, Close::NotFound).await;
        }
        // Boxed: over when the socket begins to be served, and larger than that.
        let document = DocumentId::from(document);
        match Box::pin(app.rooms.join(&document, identity, wishes)).await {
            Ok(connection) => serve(socket, connection, app.rooms.settings()).await,
            Err(close) => refuse(socket, close).await,
        }
    }))
}

/// Whether the page that opens the socket is ours. Programs with a token send no origin;
/// a browser always does, and sends cookies whatever the page.
fn origin_is_ours(headers: &HeaderMap, config: &Config) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return headers.contains_key(header::AUTHORIZATION);
    };
    let Ok(origin) = origin.to_str() else {
        return false;
    };
    if let Some(public_url) = &config.public_url {
        return origin.eq_ignore_ascii_case(public_url);
    }
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let authority = origin
        .strip_prefix("http://")
        .or_else(|| origin.strip_prefix("https://"));
    match (authority, host) {
        (Some(authority), Some(host)) => authority.eq_ignore_ascii_case(host),
        (None, _) | (_, None) => false,
    }
}

async fn refuse(socket: WebSocket, close: Close) {
    let (mut sink, stream) = socket.split();
    Box::pin(goodbye(&mut sink, stream, Vec::new(), close)).await;
}

/// Copies frames both ways until one side ends.
async fn serve(socket: WebSocket, connection: Connection, settings: &Settings) {
    let (mut sink, mut stream) = socket.split();
    let unanswered = AtomicU32::new(0);
    let ended = tokio::select! {
        ended = write(&mut sink, &connection, settings, &unanswered) => ended,
        ended = read(&mut stream, &connection, &unanswered) => ended,
    };
    match ended {
        Some((last, close)) => {
            connection.note_end(close);
            Box::pin(goodbye(&mut sink, stream, last, close)).await;
        }
        None => {
            // Answers the peer's close, if it is still there.
            let _ = timeout(GOODBYE, sink.close()).await;
        }
    }
}

/// Last frames and the reason to close; `None` when the socket is already gone.
type Ended = Option<(Vec<Bytes>, Close)>;

/// Hands frames to the room; waiting for it holds back this client alone.
async fn read(
    stream: &mut SplitStream<WebSocket>,
    connection: &Connection,
    unanswered: &AtomicU32,
) -> Ended {
    loop {
        let message = match stream.next().await {
            Some(Ok(message)) => message,
            Some(Err(_)) => return Some((Vec::new(), Close::Malformed)),
            None => return None,
        };
        unanswered.store(0, Ordering::Relaxed);
        match message {
            Message::Binary(frame) if frame.len() > MESSAGE_BYTES => {
                return Some((Vec::new(), Close::TooLarge));
            }
            Message::Binary(frame) => {
                let frame = if frame.len() <= COPY_BYTES {
                    Bytes::copy_from_slice(&frame)
                } else {
                    frame
                };
                if !connection.receive(frame).await {
                    // The room ended: why is on its way through the outbox.
                    tokio::time::sleep(GOODBYE).await;
                    return Some((Vec::new(), Close::Failed));
                }
            }
            Message::Text(_) => return Some((Vec::new(), Close::Malformed)),
            Message::Ping(_) | Message::Pong(_) => {}
            Message::Close(_) => return None,
        }
    }
}

/// Writes what waits, several frames with one flush, and a sign of life into silence.
async fn write(
    sink: &mut SplitSink<WebSocket, Message>,
    connection: &Connection,
    settings: &Settings,
    unanswered: &AtomicU32,
) -> Ended {
    let mut life = tokio::time::interval_at(
        Instant::now() + settings.sign_of_life,
        settings.sign_of_life,
    );
    let mut silent = false;
    loop {
        // `next` is polled to its end once it has taken something: see its cancel safety.
        let next = connection.next();
        tokio::pin!(next);
        let outgoing = loop {
            tokio::select! {
                biased;
                outgoing = &mut next => break outgoing,
                _ = life.tick() => {
                    if unanswered.fetch_add(1, Ordering::Relaxed) >= DEAF_PINGS {
                        return None;
                    }
                    let news = silent.then(|| Message::Binary(sign_of_life()));
                    silent = true;
                    let frames = std::iter::once(Message::Ping(Bytes::new())).chain(news);
                    if let Err(ended) = send(sink, connection, frames, settings.slow_reader).await {
                        return ended;
                    }
                }
            }
        };
        match outgoing {
            Outgoing::Send(frames) => {
                silent = false;
                let size: usize = frames.iter().map(Bytes::len).sum();
                let patience =
                    settings.slow_reader + Duration::from_secs((size / SLOWEST_BYTES_PER_S) as u64);
                let frames = frames.into_iter().map(Message::Binary);
                if let Err(ended) = send(sink, connection, frames, patience).await {
                    return ended;
                }
            }
            Outgoing::Close(last, close) => return Some((last, close)),
        }
    }
}

/// Writes frames and flushes once; ends for a reader that is too slow, or when told to close now.
/// One clock for all of them: it is looked at only when the line is full.
async fn send(
    sink: &mut SplitSink<WebSocket, Message>,
    connection: &Connection,
    frames: impl Iterator<Item = Message>,
    patience: Duration,
) -> Result<(), Ended> {
    let writing = async {
        for frame in frames {
            sink.feed(frame).await?;
        }
        sink.flush().await
    };
    tokio::select! {
        biased;
        written = timeout(patience, writing) => match written {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(None),
            Err(_) => Err(Some((Vec::new(), Close::FellBehind))),
        },
        close = connection.cut() => Err(Some((Vec::new(), close))),
    }
}

/// Sends the last frames and the close code, then waits for the peer's answer: a connection
/// dropped with unread bytes would lose the code on the way.
async fn goodbye(
    sink: &mut SplitSink<WebSocket, Message>,
    mut stream: SplitStream<WebSocket>,
    last: Vec<Bytes>,
    close: Close,
) {
    metrics::counter!("chantier_sockets_closed_total", "reason" => close.reason()).increment(1);
    let farewell = async {
        for frame in last {
            sink.feed(Message::Binary(frame)).await?;
        }
        let frame = CloseFrame {
            code: close.code(),
            reason: close.reason().into(),
        };
        sink.send(Message::Close(Some(frame))).await?;
        while let Some(Ok(_)) = stream.next().await {}
        Ok::<(), axum::Error>(())
    };
    let _ = timeout(GOODBYE, farewell).await;
}
