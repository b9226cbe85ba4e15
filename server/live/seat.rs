//! A connection without a socket, for a line that lets no WebSocket through: a seat outlives the
//! requests that serve it. Each direction is one stream of bytes - frames, each after its length
//! (unsigned LEB128) - cut into numbered parts. Down, a part is kept until the client says that it
//! has it, so a lost answer is asked again; up, a part that comes twice is taken once.
//! What the frames mean is the room's business, as with a socket. Times here are monotonic.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::{Bytes, BytesMut};
use tokio::sync::watch;
use tokio::time::Instant;

use super::connection::Connection;
use super::protocol::{Close, MESSAGE_BYTES, length, put_number};
use crate::error::{Error, Result};
use crate::ids::DocumentId;
use crate::store::accounts::Identity;

/// The most bytes of one part down: an answer cut half way costs no more to repeat.
const PART_BYTES: usize = 64 * 1024;

/// Bytes that wait to be confirmed before the room's frames are taken no further.
const WINDOW_BYTES: usize = 512 * 1024;

/// A frame up to so many bytes is copied out of the body, which it would pin.
const COPY_BYTES: usize = 64 * 1024;

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
}

/// The stream up.
#[derive(Debug)]
struct Up {
    /// The number of the last part taken.
    last: u64,
    /// Frames of it that the room has not taken yet.
    frames: VecDeque<Bytes>,
    /// The beginning of a frame.
    rest: BytesMut,
    /// The pace of the connection: no frame before.
    not_before: Instant,
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
    /// the room's inbox is full, which holds back this client alone. `body` is read once it is
    /// this request's turn.
    ///
    /// # Errors
    /// `Conflict` when a part before it is missing, `TooLarge` for a longer frame than may be (the
    /// connection ends then), `Gone` when the connection is over, and those of `body`.
    ///
    /// # Cancel safety
    /// Safe: a frame is forgotten here only when the room has it; the same part sent again goes on.
    pub async fn take(&self, number: u64, body: impl Future<Output = Result<Bytes>>) -> Result<()> {
        let mut up = self.up.lock().await;
        let connection = self.connection().ok_or(Error::Gone("seat_gone"))?;
        if number > up.last + 1 {
            return Err(Error::Conflict("part_missing"));
        }
        if number == up.last + 1 {
            let body = body.await?;
            if let Err(error) = up.split(&body) {
                connection.close(Close::TooLarge);
                return Err(error);
            }
            up.last = number;
        }
        while let Some(frame) = up.frames.front().cloned() {
            // A pause outlives the request that earned it: asking again does not shorten it.
            tokio::time::sleep_until(up.not_before).await;
            let Some(pause) = connection.hand(frame).await else {
                return Err(Error::Gone("seat_gone"));
            };
            up.frames.pop_front();
            up.not_before = Instant::now() + pause;
        }
        self.change(|down| down.heard_of = Instant::now());
        Ok(())
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

    /// The connection is over; readers are told once they have the rest.
    pub(super) fn end(&self, last: Vec<Bytes>, close: Close) {
        self.put(last);
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        self.change(|down| down.close = Some(close));
    }

    /// Adds frames to the stream down.
    pub(super) fn put(&self, frames: Vec<Bytes>) {
        let mut bytes = Vec::with_capacity(frames.iter().map(|frame| frame.len() + 5).sum());
        for frame in frames {
            put_number(&mut bytes, frame.len() as u64);
            bytes.extend_from_slice(&frame);
        }
        let mut bytes = Bytes::from(bytes);
        self.change(|down| {
            while !bytes.is_empty() {
                let bytes = bytes.split_to(bytes.len().min(PART_BYTES));
                down.last += 1;
                down.held_bytes += bytes.len();
                let number = down.last;
                down.parts.push_back(Part { number, bytes });
            }
        });
    }

    /// Waits until there is room for more; says how many bytes waited at first.
    pub(super) async fn room(&self) {
        self.until(|down| down.held_bytes < WINDOW_BYTES).await;
    }

    /// How many bytes wait to be confirmed.
    pub(super) fn held_bytes(&self) -> usize {
        self.lock().held_bytes
    }

    /// Waits until the close was told, or the client left.
    pub(super) async fn told(&self) {
        self.until(|down| down.told || down.left).await;
    }

    /// Waits until nobody is there: the client left, or no request came for `patience` - or for
    /// three times as long while one reads, for a proxy may hold that one open by itself.
    pub(super) async fn abandoned(&self, patience: std::time::Duration) {
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

impl Up {
    fn new() -> Self {
        Self {
            last: 0,
            frames: VecDeque::new(),
            rest: BytesMut::new(),
            not_before: Instant::now(),
        }
    }

    /// Cuts what has come so far into frames.
    fn split(&mut self, body: &Bytes) -> Result<()> {
        self.rest.extend_from_slice(body);
        while let Some((head, length)) = length(&self.rest) {
            if length > MESSAGE_BYTES {
                let limit_bytes = MESSAGE_BYTES;
                return Err(Error::TooLarge { limit_bytes });
            }
            if self.rest.len() < head + length {
                break;
            }
            let whole = self.rest.split_to(head + length);
            self.frames.push_back(if length <= COPY_BYTES {
                Bytes::copy_from_slice(&whole[head..])
            } else {
                whole.freeze().slice(head..)
            });
        }
        if self.rest.is_empty() {
            self.rest = BytesMut::new();
        }
        Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The frames of a stream that comes in pieces; `None` when it is refused.
    fn frames(pieces: &[&[u8]]) -> Option<Vec<Vec<u8>>> {
        let mut up = Up::new();
        for piece in pieces {
            up.split(&Bytes::copy_from_slice(piece)).ok()?;
        }
        Some(up.frames.iter().map(|frame| frame.to_vec()).collect())
    }

    #[test]
    fn frames_may_begin_and_end_anywhere() {
        let mut stream = vec![3, b'a', b'b', b'c', 0];
        put_number(&mut stream, 300);
        stream.extend_from_slice(&[7; 300]);
        let whole = frames(&[&stream]).expect("three frames");
        assert_eq!(whole, [b"abc".to_vec(), vec![], vec![7; 300]]);
        for cut in 0..stream.len() {
            let (one, two) = stream.split_at(cut);
            assert_eq!(
                frames(&[one, two]).expect("the same"),
                whole,
                "cut at {cut}"
            );
        }
        assert_eq!(
            frames(&[&stream[..stream.len() - 1]]).expect("two").len(),
            2
        );
    }

    #[test]
    fn a_length_over_the_limit_is_refused_before_its_bytes_come() {
        let mut stream = Vec::new();
        put_number(&mut stream, MESSAGE_BYTES as u64);
        assert_eq!(frames(&[&stream]), Some(vec![]));
        stream.clear();
        put_number(&mut stream, MESSAGE_BYTES as u64 + 1);
        assert_eq!(frames(&[&stream]), None);
        assert_eq!(frames(&[&[0xff, 0xff], &[0xff]]), Some(vec![]));
        assert_eq!(frames(&[&[0xff, 0xff], &[0xff, 0xff]]), None);
    }
}
