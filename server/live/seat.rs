//! A connection without a socket, for a line that lets no WebSocket through: a seat outlives the
//! requests that serve it. Each direction is one stream of bytes - frames, each after its length
//! (unsigned LEB128) - cut into numbered parts. Down, a part is kept until the client says that it
//! has it, so a lost answer is asked again; up, a part that comes twice is taken once.
//! What the frames mean is the room's business, as with a socket. Times here are monotonic.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::watch;
use tokio::time::Instant;

use super::connection::Connection;
use super::protocol::{Close, put_number};
use super::settings::slowest;
use super::up::Up;
use crate::error::{Error, Result};
use crate::ids::DocumentId;
use crate::store::accounts::Identity;

/// The most bytes of one part down: an answer cut half way costs no more to repeat.
const PART_BYTES: usize = 64 * 1024;

/// Bytes that wait to be confirmed before the room's frames are taken no further.
const WINDOW_BYTES: usize = 512 * 1024;

/// A numbered piece of the stream down.
#[derive(Clone, Debug)]
pub struct Part {
    /// From 1, without a hole.
    pub number: u64,
    /// Its bytes; frames may begin and end anywhere.
    pub bytes: Bytes,
}

/// What a reader is told.
#[derive(Clone, Debug)]
pub enum News {
    /// The next parts, in order.
    Parts(Vec<Part>),
    /// Everything was told, and the connection is over.
    Over(Close),
    /// The window is full of parts that were told: ask again and say what arrived.
    Enough,
    /// Another request reads now.
    Replaced,
}

/// The stream down.
#[derive(Debug)]
struct Down {
    parts: VecDeque<Part>,
    held_bytes: usize,
    /// The number of the last part.
    last: u64,
    close: Option<Close>,
    /// Who reads: each request takes over from the one before.
    reader: u64,
    reading: bool,
    /// When the client last asked for or sent something.
    heard_of: Instant,
    /// It said goodbye.
    left: bool,
    /// Whether the close was told to a reader.
    told: bool,
    /// Who sends: a request that is still being received gives way to the next one.
    sender: u64,
}

/// See the head of this file.
#[derive(Debug)]
pub struct Seat {
    identity: Identity,
    document: DocumentId,
    connection: Mutex<Option<Arc<Connection>>>,
    down: Mutex<Down>,
    up: tokio::sync::Mutex<Up>,
    changed: watch::Sender<()>,
}

impl Seat {
    pub(super) fn new(identity: Identity, document: DocumentId, connection: Connection) -> Self {
        Self {
            identity,
            document,
            connection: Mutex::new(Some(Arc::new(connection))),
            down: Mutex::new(Down {
                parts: VecDeque::new(),
                held_bytes: 0,
                last: 0,
                close: None,
                reader: 0,
                reading: false,
                heard_of: Instant::now(),
                left: false,
                told: false,
                sender: 0,
            }),
            up: tokio::sync::Mutex::new(Up::new()),
            changed: watch::Sender::new(()),
        }
    }

    /// Whether this is the seat of this account's session, or token, on this document.
    #[must_use]
    pub fn is_of(&self, identity: &Identity, document: &DocumentId) -> bool {
        self.identity.account_id == identity.account_id
            && self.identity.via == identity.via
            && self.document == *document
    }

    /// A request that reads from now on; it has everything up to part `heard`.
    ///
    /// # Errors
    /// `Malformed` when no such part was ever sent.
    pub fn read(self: &Arc<Self>, heard: u64) -> Result<Reader> {
        self.confirm(heard)?;
        let generation = self.change(|down| {
            down.reader += 1;
            down.reading = true;
            down.reader
        });
        Ok(Reader {
            seat: self.clone(),
            generation,
            sent: heard,
        })
    }

    /// The client has everything up to this part: it need not be kept.
    ///
    /// # Errors
    /// `Malformed` when no such part was ever sent.
    pub fn confirm(&self, heard: u64) -> Result<()> {
        self.change(|down| {
            down.heard_of = Instant::now();
            if heard > down.last {
                return Err(Error::Malformed("heard".to_owned()));
            }
            while down.parts.front().is_some_and(|part| part.number <= heard) {
                let part = down.parts.pop_front();
                down.held_bytes -= part.map_or(0, |part| part.bytes.len());
            }
            Ok(())
        })
    }

    /// Takes the next part of the stream up; one that was taken is not taken again. Waits while
    /// the room's inbox is full, which holds back this client alone. A request whose `body` does
    /// not come gives way to the next one, so that a line that stalls can be left for another.
    ///
    /// # Errors
    /// `Conflict` when a part before it is missing or the next request came first, `TooLarge` and
    /// `Malformed` for a longer or an empty frame (the connection ends then), `Gone` when the
    /// connection is over, and those of `body`.
    ///
    /// # Cancel safety
    /// Safe: a frame is forgotten here only when the room has it; the same part sent again goes on.
    pub async fn take(&self, number: u64, body: impl Future<Output = Result<Bytes>>) -> Result<()> {
        let generation = self.change(|down| {
            down.sender += 1;
            down.sender
        });
        let received = async {
            let body = body.await?;
            Ok::<_, Error>((body, self.up.lock().await))
        };
        let (body, mut up) = tokio::select! {
            biased;
            received = received => received?,
            () = self.until(|down| down.sender != generation) => {
                return Err(Error::Conflict("part_replaced"));
            }
        };
        tokio::select! {
            biased;
            taken = self.pass_on(&mut up, number, &body) => taken?,
            () = self.until(|down| down.close.is_some()) => return Err(Error::Gone("seat_gone")),
        }
        self.change(|down| down.heard_of = Instant::now());
        Ok(())
    }

    /// Hands what is left of the part before to the room, then this one.
    async fn pass_on(&self, up: &mut Up, number: u64, body: &Bytes) -> Result<()> {
        let connection = self.connection().ok_or(Error::Gone("seat_gone"))?;
        up.take(number, body, &connection).await
    }

    /// The client leaves: its place in the room is free at once.
    pub fn leave(&self) {
        self.change(|down| down.left = true);
    }

    pub(super) fn connection(&self) -> Option<Arc<Connection>> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The connection is over; readers are told once they have the rest, and what was sent and
    /// not taken is forgotten.
    pub(super) async fn end(&self, last: Vec<Bytes>, close: Close) {
        self.put(last);
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        self.change(|down| down.close = Some(close));
        self.up.lock().await.forget();
    }

    /// Adds frames to the stream down. Large ones stay where they are: many readers share them.
    pub(super) fn put(&self, frames: Vec<Bytes>) {
        let mut pieces = Vec::new();
        let mut small = Vec::new();
        for frame in frames {
            put_number(&mut small, frame.len() as u64);
            if frame.len() <= PART_BYTES {
                small.extend_from_slice(&frame);
            } else {
                pieces.extend([Bytes::from(std::mem::take(&mut small)), frame]);
            }
        }
        pieces.push(small.into());
        self.change(|down| {
            for mut bytes in pieces {
                while !bytes.is_empty() {
                    let bytes = bytes.split_to(bytes.len().min(PART_BYTES));
                    down.last += 1;
                    down.held_bytes += bytes.len();
                    let number = down.last;
                    down.parts.push_back(Part { number, bytes });
                }
            }
        });
    }

    /// Waits until there is room for more; `false` when nothing was confirmed for `patience`, or
    /// when it takes longer than the slowest line we wait for.
    pub(super) async fn room(&self, patience: Duration) -> bool {
        let held_bytes = self.lock().held_bytes;
        let end = Instant::now() + patience + slowest(held_bytes);
        loop {
            let before = self.lock().held_bytes;
            if before < WINDOW_BYTES {
                return true;
            }
            let moved = self.until(|down| down.held_bytes < before);
            let until = end.min(Instant::now() + patience);
            if tokio::time::timeout_at(until, moved).await.is_err() {
                return false;
            }
        }
    }

    /// Waits until the close was told, or the client left.
    pub(super) async fn told(&self) {
        self.until(|down| down.told || down.left).await;
    }

    /// Waits until nobody is there: the client left, or no request came for `patience` - or for
    /// three times as long while one reads, for a proxy may hold that one open by itself.
    pub(super) async fn abandoned(&self, patience: Duration) {
        let mut changes = self.changed.subscribe();
        loop {
            changes.borrow_and_update();
            let until = {
                let down = self.lock();
                if down.left {
                    return;
                }
                down.heard_of + patience * if down.reading { 3 } else { 1 }
            };
            if until <= Instant::now() {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep_until(until) => {}
                _ = changes.changed() => {}
            }
        }
    }

    async fn until(&self, holds: impl Fn(&Down) -> bool) {
        let mut changes = self.changed.subscribe();
        loop {
            changes.borrow_and_update();
            if holds(&self.lock()) {
                return;
            }
            // The sender is this seat's own: it cannot be gone.
            let _ = changes.changed().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Down> {
        // Each change is complete in itself: a poisoned one is still whole.
        self.down.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Down) -> T) -> T {
        let changed = change(&mut self.lock());
        self.changed.send_replace(());
        changed
    }
}

/// One request that reads the stream down.
#[derive(Debug)]
pub struct Reader {
    seat: Arc<Seat>,
    generation: u64,
    /// The last part this request has told.
    sent: u64,
}

impl Reader {
    /// The next parts, `most_bytes` at most but one part at least; waits until there is something.
    ///
    /// # Cancel safety
    /// Safe: parts stay until they are confirmed.
    pub async fn next(&mut self, most_bytes: usize) -> News {
        let mut changes = self.seat.changed.subscribe();
        loop {
            changes.borrow_and_update();
            let news = self.look(most_bytes);
            if let Some(news) = news {
                return news;
            }
            let _ = changes.changed().await;
        }
    }

    fn look(&mut self, most_bytes: usize) -> Option<News> {
        let mut down = self.seat.lock();
        if down.reader != self.generation {
            return Some(News::Replaced);
        }
        let mut bytes = 0;
        let parts: Vec<Part> = down
            .parts
            .iter()
            .filter(|part| part.number > self.sent)
            .take_while(|part| {
                bytes += part.bytes.len();
                bytes == part.bytes.len() || bytes <= most_bytes
            })
            .cloned()
            .collect();
        if let Some(last) = parts.last() {
            self.sent = last.number;
            return Some(News::Parts(parts));
        }
        if let Some(close) = down.close {
            down.told = true;
            drop(down);
            self.seat.changed.send_replace(());
            return Some(News::Over(close));
        }
        (down.held_bytes >= WINDOW_BYTES).then_some(News::Enough)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let generation = self.generation;
        self.seat.change(|down| {
            if down.reader == generation {
                down.reading = false;
                down.heard_of = Instant::now();
            }
        });
    }
}
