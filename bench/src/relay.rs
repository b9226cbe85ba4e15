//! `relay ADDRESS [LOG]`: passes every update on to everybody else of its document, and does nothing
//! else. With a log file it appends each group of updates and forces it to disk before it passes
//! them on: what our promise costs at least, without reading, judging or keeping anything.

use std::collections::HashMap;
use std::fs::File;
use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use axum::serve::ListenerExt as _;
use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

type Outbox = UnboundedSender<Bytes>;
type Rooms = Mutex<HashMap<String, Vec<(u64, Outbox)>>>;

/// One update on its way: its document, its sender, its frame.
type Passing = (String, u64, Bytes);

#[derive(Clone)]
struct Relay {
    rooms: Arc<Rooms>,
    /// The way through the log, when there is one.
    log: Option<UnboundedSender<Passing>>,
    next: Arc<AtomicU64>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().expect("relay ADDRESS [LOG]");
    let rooms = Arc::<Rooms>::default();
    let log = arguments.next().map(|path| {
        let file = File::create(path).expect("the log opens");
        let (log, waiting) = unbounded_channel();
        let rooms = rooms.clone();
        std::thread::spawn(move || write_log(file, waiting, &rooms));
        log
    });
    let relay = Relay {
        rooms,
        log,
        next: Arc::default(),
    };
    let app = Router::new()
        .route("/ws/{document}", get(open))
        .with_state(relay);
    let listener = tokio::net::TcpListener::bind(address)
        .await
        .expect("the address is free");
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, app).await.expect("it serves");
}

async fn open(
    State(relay): State<Relay>,
    Path(document): Path<String>,
    upgrade: WebSocketUpgrade,
) -> Response {
    upgrade
        .read_buffer_size(4096)
        .on_upgrade(async move |socket| serve(relay, document, socket).await)
}

async fn serve(relay: Relay, document: String, socket: WebSocket) {
    let id = relay.next.fetch_add(1, Ordering::Relaxed);
    let (outbox, mut waiting) = unbounded_channel();
    lock(&relay.rooms)
        .entry(document.clone())
        .or_default()
        .push((id, outbox));
    let (mut sink, mut stream) = socket.split();
    let write = async {
        let mut frames = Vec::new();
        while waiting.recv_many(&mut frames, 1024).await > 0 {
            for frame in frames.drain(..) {
                if sink.feed(Message::Binary(frame)).await.is_err() {
                    return;
                }
            }
            if sink.flush().await.is_err() {
                return;
            }
        }
    };
    let read = async {
        while let Some(Ok(message)) = stream.next().await {
            // Updates only: a relay has no state to tell.
            if let Message::Binary(frame) = message
                && frame.starts_with(&[0, 2])
            {
                let frame = Bytes::copy_from_slice(&frame);
                match &relay.log {
                    Some(log) => {
                        let _ = log.send((document.clone(), id, frame));
                    }
                    None => pass_on(&relay.rooms, &document, id, &frame),
                }
            }
        }
    };
    tokio::select! { () = write => {}, () = read => {} }
    if let Some(members) = lock(&relay.rooms).get_mut(&document) {
        members.retain(|(known, _)| *known != id);
    }
}

fn lock(rooms: &Rooms) -> std::sync::MutexGuard<'_, HashMap<String, Vec<(u64, Outbox)>>> {
    rooms.lock().unwrap_or_else(PoisonError::into_inner)
}

fn pass_on(rooms: &Rooms, document: &str, from: u64, frame: &Bytes) {
    if let Some(members) = lock(rooms).get(document) {
        for (_, outbox) in members.iter().filter(|(id, _)| *id != from) {
            let _ = outbox.send(frame.clone());
        }
    }
}

/// Whatever waits while the disk is busy makes the next group.
fn write_log(mut file: File, mut waiting: UnboundedReceiver<Passing>, rooms: &Rooms) {
    let mut group = Vec::new();
    let mut bytes = Vec::new();
    while waiting.blocking_recv_many(&mut group, 65_536) > 0 {
        bytes.clear();
        for (document, _, frame) in &group {
            bytes.extend_from_slice(document.as_bytes());
            bytes.extend_from_slice(frame);
        }
        file.write_all(&bytes).expect("the log is written");
        file.sync_data().expect("the log is on disk");
        for (document, from, frame) in group.drain(..) {
            pass_on(rooms, &document, from, &frame);
        }
    }
}
