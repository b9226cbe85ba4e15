//! A bare socket on a document: bytes out, bytes in, nothing decoded.

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::editor::Place;
use super::{PATIENCE, workspace};

/// An open WebSocket.
pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Opens one; `None` when the server is away.
pub(crate) async fn open(place: &Place) -> Option<Socket> {
    let Place {
        address,
        document,
        person,
        query,
    } = place;
    let mut request = format!("ws://{address}/ws/{document}?{query}")
        .into_client_request()
        .expect("an address");
    let bearer = format!("Bearer {}", workspace::token(person));
    let bearer = bearer.parse().expect("ascii");
    request.headers_mut().insert("authorization", bearer);
    let (socket, _) = connect_async(request).await.ok()?;
    Some(socket)
}

/// Sends a frame as it is.
pub(crate) async fn send(socket: &mut Socket, frame: Vec<u8>) {
    let message = Message::Binary(frame.into());
    socket.send(message).await.expect("the socket takes it");
}

/// The next frame for which `wanted` holds; the others are passed over.
pub(crate) async fn hear(socket: &mut Socket, wanted: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let heard = async {
        while let Some(message) = socket.next().await {
            if let Message::Binary(frame) = message.expect("a message")
                && wanted(&frame)
            {
                return frame.to_vec();
            }
        }
        panic!("the socket ended");
    };
    timeout(PATIENCE, heard).await.expect("it is never heard")
}
