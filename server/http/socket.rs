//! `GET /ws/{document_id}`: the socket of a live document. Checks the origin and who comes, then
//! copies frames both ways; what they mean is the room's business.
//! Who is not signed in, or may not read, still gets the upgrade and a final close code:
//! a browser cannot see the status of a refused upgrade, and would try again for ever.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use serde::Deserialize;
use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_tungstenite::tungstenite;
use tungstenite::Message;
use tungstenite::error::ProtocolError;
use tungstenite::protocol::CloseFrame;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::entry::Caller;
use super::extract::{Signed, is_id};
use super::upgrade::{Passed, Socket, Upgrade, feed};
use crate::addresses::throttled_by;
use crate::app::App;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::ids::DocumentId;
use crate::live::connection::{Connection, Outgoing, Wishes};
use crate::live::protocol::{Close, sign_of_life};
use crate::live::{Settings, note_refusal, slowest};
use crate::throttle::Key;

/// A payload up to so many bytes is copied out of the read buffer, which it would pin.
const COPY_BYTES: usize = 64 * 1024;

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
    upgrade: Upgrade,
) -> Result<Response> {
    if !origin_is_ours(&headers, &app.config) {
        return Err(Error::CrossSite);
    }
    if matches!(signed, Err(Error::Unauthenticated)) {
        let key = Key::Upgrade(throttled_by(caller.address));
        app.throttle.take(&key, app.clock.now())?;
    }
    let wishes = asked.map(|Query(asked)| Wishes {
        notices: asked.notices.as_deref() == Some("1"),
        schema: asked.schema,
        lineage: asked.lineage,
        after: asked.after,
        epoch: asked.epoch,
        address: Some(throttled_by(caller.address)),
    });
    let (response, socket) = upgrade.accept();
    let rooms = app.rooms.clone();
    // Boxed: over when the socket begins to be served, and larger than that.
    let seated = Box::pin(async move {
        let socket = socket.await?;
        seat(app, socket, signed, document, wishes).await
    });
    rooms.attend(async move {
        if let Some((socket, connection)) = seated.await {
            serve(socket, connection).await;
        }
    });
    Ok(response)
}

/// Seats whoever came; says why not otherwise.
async fn seat(
    app: App,
    socket: Socket,
    signed: Result<Signed>,
    document: String,
    wishes: Result<Wishes, QueryRejection>,
) -> Option<(Socket, Connection)> {
    let document = is_id(&document).then(|| DocumentId::from(document));
    let identity = match signed {
        Ok(Signed(identity)) => identity,
        Err(Error::Unauthenticated) => {
            note_refusal(document.as_ref(), None, Close::SignedOut);
            goodbye(socket, Vec::new(), Close::SignedOut).await;
            return None;
        }
        Err(error) => {
            tracing::error!(cause = ?error, "a socket's account cannot be read");
            note_refusal(document.as_ref(), None, Close::Failed);
            goodbye(socket, Vec::new(), Close::Failed).await;
            return None;
        }
    };
    let account = identity.account_id.clone();
    let (document, wishes) = match (document, wishes) {
        (Some(document), Ok(wishes)) => (document, wishes),
        (document, wishes) => {
            let close = match wishes {
                Ok(_) => Close::NotFound,
                Err(_) => Close::Malformed,
            };
            note_refusal(document.as_ref(), Some(&account), close);
            goodbye(socket, Vec::new(), close).await;
            return None;
        }
    };
    match app.rooms.join(&document, identity, wishes).await {
        Ok(connection) => Some((socket, connection)),
        Err(close) => {
            goodbye(socket, Vec::new(), close).await;
            None
        }
    }
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

/// Copies frames both ways until one side ends.
async fn serve(socket: Socket, connection: Connection) {
    let settings = connection.settings();
    let watch = Watch::new(&socket);
    let (mut sink, mut stream) = socket.split();
    let ended = tokio::select! {
        ended = write(&mut sink, &connection, settings, &watch) => ended,
        ended = read(&mut stream, &connection, &watch) => ended,
    };
    match ended {
        Some((last, close)) => {
            connection.note_end(close);
            if let Ok(socket) = sink.reunite(stream) {
                Box::pin(goodbye(socket, last, close)).await;
            }
        }
        None => {
            // Answers the peer's close, if it is still there.
            let _ = timeout(GOODBYE, sink.close()).await;
        }
    }
}

/// What the two directions know of each other.
struct Watch {
    passed: std::sync::Arc<Passed>,
    /// Pings in a row that nothing answered.
    unanswered: AtomicU32,
    /// Messages that came whole.
    messages: AtomicU64,
    /// Of the bytes that came, those that belong to them.
    taken: AtomicU64,
}

impl Watch {
    fn new(socket: &Socket) -> Self {
        Self {
            passed: socket.get_ref().passed(),
            unanswered: AtomicU32::new(0),
            messages: AtomicU64::new(0),
            taken: AtomicU64::new(0),
        }
    }

    /// A message came. A ping or a pong may stand between the fragments of another message: it
    /// counts for its own bytes only (2 of head, 4 of mask).
    fn came(&self, message: &Message) {
        self.unanswered.store(0, Ordering::Relaxed);
        let read = self.passed.read();
        let taken = if let Message::Ping(body) | Message::Pong(body) = message {
            let own = 6 + body.len() as u64;
            read.min(self.taken.load(Ordering::Relaxed) + own)
        } else {
            self.messages.fetch_add(1, Ordering::Relaxed);
            read
        };
        self.taken.store(taken, Ordering::Relaxed);
    }

    /// Bytes of a message that has not ended.
    fn begun_bytes(&self) -> usize {
        let taken = self.taken.load(Ordering::Relaxed);
        usize::try_from(self.passed.read().saturating_sub(taken)).unwrap_or(usize::MAX)
    }
}

/// Sees, looked at now and then, a message that was begun and does not end.
#[derive(Default)]
struct Begun {
    since: Option<(Instant, u64)>,
}

impl Begun {
    fn is_overdue(&mut self, watch: &Watch, patience: Duration) -> bool {
        let (now, bytes) = (Instant::now(), watch.begun_bytes());
        let messages = watch.messages.load(Ordering::Relaxed);
        match self.since {
            Some((since, before)) if before == messages && bytes > 0 => {
                now - since >= patience + slowest(bytes)
            }
            Some(_) | None => {
                self.since = (bytes > 0).then_some((now, messages));
                false
            }
        }
    }
}

/// Last frames and the reason to close; `None` when the socket is already gone.
type Ended = Option<(Vec<Bytes>, Close)>;

/// Hands frames to the room; waiting for it holds back this client alone.
async fn read(stream: &mut SplitStream<Socket>, connection: &Connection, watch: &Watch) -> Ended {
    loop {
        let message = match stream.next().await {
            Some(Ok(message)) => message,
            Some(Err(error)) => return Some((Vec::new(), close_of(&error)?)),
            None => return None,
        };
        watch.came(&message);
        match message {
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
            // The library never gives a bare frame.
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
            Message::Close(_) => return None,
        }
    }
}

/// Why a socket that cannot be read on is closed; `None` when it is gone already.
fn close_of(error: &tungstenite::Error) -> Option<Close> {
    use tungstenite::Error;
    if matches!(error, Error::Capacity(_)) {
        Some(Close::TooLarge)
    } else if let Error::Io(_) | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) =
        error
    {
        None
    } else {
        Some(Close::Malformed)
    }
}

/// Writes what waits, several frames with one flush, and a sign of life into silence.
async fn write(
    sink: &mut SplitSink<Socket, Message>,
    connection: &Connection,
    settings: &Settings,
    watch: &Watch,
) -> Ended {
    let mut life = tokio::time::interval_at(
        Instant::now() + settings.sign_of_life,
        settings.sign_of_life,
    );
    let (mut silent, mut begun) = (false, Begun::default());
    let patience = settings.slow_reader;
    loop {
        // `next` is polled to its end once it has taken something: see its cancel safety.
        let next = connection.next();
        tokio::pin!(next);
        let outgoing = loop {
            tokio::select! {
                biased;
                outgoing = &mut next => break outgoing,
                _ = life.tick() => {
                    if watch.unanswered.fetch_add(1, Ordering::Relaxed) >= DEAF_PINGS {
                        return None;
                    }
                    if begun.is_overdue(watch, patience) {
                        return Some((Vec::new(), Close::FellBehind));
                    }
                    let ping = sink.feed(Message::Ping(Bytes::new()));
                    let Ok(Ok(())) = timeout(patience, ping).await else {
                        return None;
                    };
                    let life = silent.then(sign_of_life);
                    silent = true;
                    let frames = life.into_iter().collect();
                    if let Err(ended) = send(sink, connection, frames, patience, watch).await {
                        return ended;
                    }
                }
            }
        };
        match outgoing {
            Outgoing::Send(frames) => {
                silent = false;
                if let Err(ended) = send(sink, connection, frames, patience, watch).await {
                    return ended;
                }
            }
            Outgoing::Close(last, close) => return Some((last, close)),
        }
    }
}

/// Writes frames and flushes once; ends for a reader that takes nothing for `patience`, or less
/// than the slowest line carries, or when told to close now.
async fn send(
    sink: &mut SplitSink<Socket, Message>,
    connection: &Connection,
    frames: Vec<Bytes>,
    patience: Duration,
    watch: &Watch,
) -> Result<(), Ended> {
    let bytes = frames.iter().map(Bytes::len).sum();
    let writing = async {
        for frame in frames {
            feed(sink, frame).await?;
        }
        sink.flush().await
    };
    tokio::select! {
        biased;
        written = moving(writing, patience, bytes, &watch.passed) => match written {
            Some(Ok(())) => Ok(()),
            Some(Err(_)) => Err(None),
            None => Err(Some((Vec::new(), Close::FellBehind))),
        },
        close = connection.cut() => Err(Some((Vec::new(), close))),
    }
}

/// Waits for `writing` while the line moves; `None` when it stands still for `patience`, or takes
/// longer than the slowest one. The clock is looked at only when the line is full.
async fn moving<T>(
    writing: impl Future<Output = T>,
    patience: Duration,
    bytes: usize,
    passed: &Passed,
) -> Option<T> {
    tokio::pin!(writing);
    let mut moved = (Instant::now(), passed.written());
    let end = moved.0 + patience + slowest(bytes);
    loop {
        let look = end.min(Instant::now() + patience / 4);
        if let Ok(done) = timeout_at(look, &mut writing).await {
            return Some(done);
        }
        let now = Instant::now();
        if passed.written() != moved.1 {
            moved = (now, passed.written());
        }
        if now >= end || now - moved.0 >= patience {
            return None;
        }
    }
}

/// Sends the last frames and the close code, then waits for the peer's answer: a connection
/// dropped with unread bytes would lose the code on the way.
async fn goodbye(mut socket: Socket, last: Vec<Bytes>, close: Close) {
    // Boxed: a socket that is served must not be as large as its end.
    let farewell = Box::pin(async {
        for frame in last {
            feed(&mut socket, frame).await?;
        }
        let frame = CloseFrame {
            code: close.code().into(),
            reason: close.reason().into(),
        };
        socket.send(Message::Close(Some(frame))).await?;
        while let Some(Ok(_)) = socket.next().await {}
        if close == Close::TooLarge {
            // The library reads no further, and the rest of the message is on its way.
            throw_away(&mut socket).await;
        }
        Ok::<(), tungstenite::Error>(())
    });
    let _ = timeout(GOODBYE, farewell).await;
}

/// Reads what still comes, for nobody.
async fn throw_away(socket: &mut Socket) {
    let line = socket.get_mut();
    // The peer ends too when it sees that we did.
    let _ = poll_fn(|cx| Pin::new(&mut *line).poll_shutdown(cx)).await;
    let mut thrown = [0; 4096];
    loop {
        let mut into = ReadBuf::new(&mut thrown);
        let read = poll_fn(|cx| Pin::new(&mut *line).poll_read(cx, &mut into)).await;
        if read.is_err() || into.filled().is_empty() {
            return;
        }
    }
}
