//! From a request to a WebSocket: the handshake (RFC 6455 section 4.2), the library's bounds, and
//! the line below it, whose bytes are counted: whether a peer takes what it is sent, or ends what
//! it began, shows there only. What the messages mean is not known here.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use futures_util::{Sink, SinkExt as _};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{self, Message};

use crate::error::{Error, Result};
use crate::live::protocol::MESSAGE_BYTES;

/// The library's buffers, in bytes: its own default costs 128 KiB a silent connection.
const READ_BUFFER_BYTES: usize = 4 * 1024;
const WRITE_BUFFER_BYTES: usize = 16 * 1024;

/// A longer message leaves in fragments of so many bytes: the library copies what it writes, and
/// a text that many slow readers are sent must not lie in memory once for each.
const FRAGMENT_BYTES: usize = 16 * 1024;

/// A WebSocket of ours.
pub type Socket = WebSocketStream<Line>;

/// A request that asks for a WebSocket.
#[derive(Debug)]
pub struct Upgrade {
    accept: String,
    upgrade: OnUpgrade,
}

impl<S: Send + Sync> FromRequestParts<S> for Upgrade {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self> {
        let headers = &parts.headers;
        let asks = parts.method == Method::GET
            && says(headers, &header::CONNECTION, "upgrade")
            && says(headers, &header::UPGRADE, "websocket")
            && says(headers, &header::SEC_WEBSOCKET_VERSION, "13");
        let key = headers.get(header::SEC_WEBSOCKET_KEY).filter(|_| asks);
        let accept = key.map(|key| derive_accept_key(key.as_bytes()));
        let upgrade = parts.extensions.remove::<OnUpgrade>();
        match (accept, upgrade) {
            (Some(accept), Some(upgrade)) => Ok(Self { accept, upgrade }),
            (None, _) | (_, None) => Err(Error::Malformed("upgrade".to_owned())),
        }
    }
}

/// Whether a header lists this word.
fn says(headers: &HeaderMap, name: &HeaderName, word: &str) -> bool {
    let lists = |value: &str| {
        let mut words = value.split(',');
        words.any(|one| one.trim().eq_ignore_ascii_case(word))
    };
    let mut values = headers.get_all(name).iter();
    values.any(|value| value.to_str().is_ok_and(lists))
}

impl Upgrade {
    /// The answer that accepts, and what becomes the socket once it was sent; `None` when the
    /// line is gone by then.
    pub fn accept(
        self,
    ) -> (
        Response,
        impl Future<Output = Option<Socket>> + Send + use<>,
    ) {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        let fixed = [
            (header::CONNECTION, "upgrade"),
            (header::UPGRADE, "websocket"),
        ];
        for (name, value) in fixed {
            headers.insert(name, axum::http::HeaderValue::from_static(value));
        }
        if let Ok(accept) = self.accept.try_into() {
            headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
        }
        let socket = async {
            let line = Line {
                io: TokioIo::new(self.upgrade.await.ok()?),
                passed: Arc::default(),
            };
            // What may be written has no bound here: it is written in pieces, one after the other.
            let config = WebSocketConfig::default()
                .read_buffer_size(READ_BUFFER_BYTES)
                .write_buffer_size(WRITE_BUFFER_BYTES)
                .max_message_size(Some(MESSAGE_BYTES))
                .max_frame_size(Some(MESSAGE_BYTES));
            Some(WebSocketStream::from_raw_socket(line, Role::Server, Some(config)).await)
        };
        (response, socket)
    }
}

/// Puts a message behind what is being written, a large one piece by piece, each when there is
/// room for it.
///
/// # Errors
/// Those of the line.
pub async fn feed(
    sink: &mut (impl Sink<Message, Error = tungstenite::Error> + Unpin),
    mut frame: Bytes,
) -> Result<(), tungstenite::Error> {
    if frame.len() <= FRAGMENT_BYTES {
        return sink.feed(Message::Binary(frame)).await;
    }
    let mut kind = Data::Binary;
    while !frame.is_empty() {
        let piece = frame.split_to(frame.len().min(FRAGMENT_BYTES));
        let piece = Frame::message(piece, OpCode::Data(kind), frame.is_empty());
        sink.feed(Message::Frame(piece)).await?;
        kind = Data::Continue;
    }
    Ok(())
}

/// How many bytes went over a line.
#[derive(Debug, Default)]
pub struct Passed {
    read: AtomicU64,
    written: AtomicU64,
}

impl Passed {
    /// Bytes that came from the peer.
    #[must_use]
    pub fn read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// Bytes that the peer's side of the line took.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }
}

/// The line below a WebSocket.
#[derive(Debug)]
pub struct Line {
    io: TokioIo<Upgraded>,
    passed: Arc<Passed>,
}

impl Line {
    /// Counts what goes over it.
    #[must_use]
    pub fn passed(&self) -> Arc<Passed> {
        self.passed.clone()
    }
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        let polled = Pin::new(&mut self.io).poll_read(cx, into);
        let bytes = into.filled().len() - before;
        self.passed.read.fetch_add(bytes as u64, Ordering::Relaxed);
        polled
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        from: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.io).poll_write(cx, from);
        if let Poll::Ready(Ok(bytes)) = polled {
            let bytes = bytes as u64;
            self.passed.written.fetch_add(bytes, Ordering::Relaxed);
        }
        polled
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    /// What the library is given for one message.
    async fn given(bytes: usize) -> Vec<Message> {
        let nothing_fails = |never: Infallible| -> tungstenite::Error { match never {} };
        let mut sink = Vec::new().sink_map_err(nothing_fails);
        let frame = Bytes::from(vec![7; bytes]);
        feed(&mut sink, frame).await.expect("a line");
        sink.into_inner()
    }

    #[tokio::test]
    async fn a_large_message_is_never_copied_in_whole() {
        let pieces = given(3 * FRAGMENT_BYTES + 1).await;
        assert_eq!(pieces.len(), 4);
        for (at, piece) in pieces.iter().enumerate() {
            let Message::Frame(piece) = piece else {
                panic!("not a fragment: {piece:?}");
            };
            let kind = if at == 0 {
                Data::Binary
            } else {
                Data::Continue
            };
            assert_eq!(piece.header().opcode, OpCode::Data(kind));
            assert_eq!(piece.header().is_final, at == 3);
            assert!(piece.payload().len() <= FRAGMENT_BYTES);
        }
        let whole = given(FRAGMENT_BYTES).await;
        assert!(matches!(&whole[..], [Message::Binary(_)]));
    }
}
