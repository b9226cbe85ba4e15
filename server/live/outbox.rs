//! What waits to be written to one socket: bounded in messages and bytes.
//!
//! The room puts frames in and never waits. When the queue is full, presence is dropped first;
//! then the queue is dropped and the connection is marked for one catch-up from the log.
//! Acknowledgements are counters, so they are never lost and never pile up.
//! The lock is held for a few moves of pointers only, never across an `await`.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use serde_json::json;
use tokio::sync::Notify;

use super::protocol::{self, Close};
use super::replay::CatchUp;

/// Bounds of one queue.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Document frames that may wait.
    pub messages: usize,
    /// Their bytes.
    pub bytes: usize,
}

impl Default for Bounds {
    /// A turn's worth of a very busy document; a newcomer's state does not pass here.
    fn default() -> Self {
        Self {
            messages: 1024,
            bytes: 1024 * 1024,
        }
    }
}

/// What to do next on the socket.
#[derive(Debug)]
pub enum Step {
    /// Write these, then flush once.
    Send(Vec<Bytes>),
    /// Read from storage, and send that.
    CatchUp(CatchUp),
    /// Write these last frames, then close.
    Close(Vec<Bytes>, Close),
}

#[derive(Debug, Default)]
struct Waiting {
    greeting: Vec<Bytes>,
    catch_up: Option<CatchUp>,
    /// The queue was dropped; everything from `catch_up` on comes from the log.
    behind: bool,
    frames: VecDeque<(i64, Bytes)>,
    bytes: usize,
    presence: Vec<(u64, Bytes)>,
    /// How many updates are acknowledged, at which head, and whether that is news.
    stored: Option<(u64, i64)>,
    rights: Option<Bytes>,
    storage: Option<Bytes>,
    nudges: Vec<(&'static str, Bytes)>,
    closing: Option<(Vec<Bytes>, Close)>,
    /// A close was asked for; stays when it was taken.
    ending: bool,
    /// Close without sending what waits.
    at_once: bool,
    gone: bool,
}

/// The queue of one socket.
#[derive(Debug)]
pub struct Outbox {
    bounds: Bounds,
    waiting: Mutex<Waiting>,
    ready: Notify,
    /// Wakes a write that is stuck when the connection must close at once.
    abort: Notify,
}

impl Outbox {
    /// An empty queue.
    #[must_use]
    pub fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            waiting: Mutex::default(),
            ready: Notify::new(),
            abort: Notify::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Each change below is complete in itself: a poisoned queue is still a whole one.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut Waiting)) {
        change(&mut self.lock());
        self.ready.notify_one();
    }

    /// Frames that go before everything else.
    pub fn greet(&self, frames: Vec<Bytes>) {
        self.change(|waiting| waiting.greeting.extend(frames));
    }

    /// The state to send before any frame that is pushed from now on.
    pub fn start(&self, catch_up: CatchUp) {
        self.change(|waiting| {
            waiting.frames.clear();
            waiting.bytes = 0;
            waiting.behind = false;
            waiting.catch_up = Some(catch_up);
        });
    }

    /// A frame of row `seq`. When the queue is full it is dropped for a catch-up.
    pub fn push(&self, seq: i64, frame: Bytes) {
        let bounds = self.bounds;
        self.change(|waiting| {
            if waiting.behind {
                return;
            }
            waiting.bytes += frame.len();
            waiting.frames.push_back((seq, frame));
            if waiting.bytes <= bounds.bytes && waiting.frames.len() <= bounds.messages {
                return;
            }
            let first = waiting.frames.front().map_or(seq, |(seq, _)| *seq);
            waiting.frames.clear();
            waiting.bytes = 0;
            waiting.behind = true;
            // A newcomer's state, not yet read, will be read up to the head of that moment.
            if waiting.catch_up.is_none() {
                waiting.catch_up = Some(CatchUp::after(first - 1));
            }
            metrics::counter!("chantier_slow_readers_total").increment(1);
        });
    }

    /// The latest presence of a client id; dropped while the queue is half full.
    pub fn push_presence(&self, client: u64, frame: Bytes) {
        let bounds = self.bounds;
        self.change(|waiting| {
            let full = waiting.behind
                || waiting.bytes > bounds.bytes / 2
                || waiting.frames.len() > bounds.messages / 2;
            waiting.presence.retain(|(known, _)| *known != client);
            if full || waiting.presence.len() >= bounds.messages {
                waiting.presence.clear();
            } else {
                waiting.presence.push((client, frame));
            }
        });
    }

    /// Acknowledges the first `updates` sync frames received, at head `seq`.
    pub fn stored(&self, updates: u64, seq: i64) {
        self.change(|waiting| waiting.stored = Some((updates, seq)));
    }

    /// The latest rights.
    pub fn rights(&self, notice: Bytes) {
        self.change(|waiting| waiting.rights = Some(notice));
    }

    /// Whether storage answers.
    pub fn storage(&self, notice: Bytes) {
        self.change(|waiting| waiting.storage = Some(notice));
    }

    /// Something beside the text changed; repeated nudges are one.
    pub fn nudge(&self, topic: &'static str) {
        let notice = protocol::notice(&json!({"type": "nudge", "topic": topic}));
        self.change(|waiting| {
            if waiting.nudges.iter().all(|(known, _)| *known != topic) {
                waiting.nudges.push((topic, notice));
            }
        });
    }

    /// Closes once everything that waits, then `last`, was sent.
    pub fn close_after(&self, last: Vec<Bytes>, close: Close) {
        self.change(|waiting| {
            if !waiting.ending {
                waiting.ending = true;
                waiting.closing = Some((last, close));
            }
        });
    }

    /// Closes now; what waits is dropped.
    pub fn close(&self, close: Close) {
        self.change(|waiting| {
            waiting.closing = Some((Vec::new(), close));
            waiting.ending = true;
            waiting.at_once = true;
        });
        self.abort.notify_one();
    }

    /// The socket is gone; the room forgets the connection.
    pub fn leave(&self) {
        self.change(|waiting| {
            waiting.gone = true;
            waiting.frames = VecDeque::new();
            waiting.presence = Vec::new();
        });
    }

    /// Whether the socket is gone.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.lock().gone
    }

    /// Whether the connection ends: what it still sends counts no more, or the acknowledgement
    /// of a later update would cover the one that was refused.
    #[must_use]
    pub fn is_ending(&self) -> bool {
        self.lock().ending
    }

    /// Ends when the connection must close at once, whatever is being written.
    ///
    /// # Cancel safety
    /// Safe: a wake-up that was not seen is kept.
    pub async fn cut(&self) -> Close {
        loop {
            if let Some(close) = self.lock().cut_off() {
                return close;
            }
            self.abort.notified().await;
        }
    }

    /// What to do next; waits until there is something.
    ///
    /// # Cancel safety
    /// Safe: nothing is taken before it is returned.
    pub async fn next(&self) -> Step {
        loop {
            if let Some(step) = self.lock().take() {
                return step;
            }
            self.ready.notified().await;
        }
    }
}

impl Waiting {
    fn cut_off(&self) -> Option<Close> {
        let (_, close) = self.closing.as_ref()?;
        self.at_once.then_some(*close)
    }

    fn take(&mut self) -> Option<Step> {
        if self.at_once {
            let (last, close) = self.closing.take()?;
            return Some(Step::Close(last, close));
        }
        if !self.greeting.is_empty() {
            return Some(Step::Send(std::mem::take(&mut self.greeting)));
        }
        if let Some(catch_up) = self.catch_up.take() {
            self.behind = false;
            return Some(Step::CatchUp(catch_up));
        }
        let mut frames: Vec<Bytes> = self.frames.drain(..).map(|(_, frame)| frame).collect();
        self.bytes = 0;
        frames.extend(self.presence.drain(..).map(|(_, frame)| frame));
        // After the frames: whoever holds an acknowledgement of `seq` holds the rows up to it.
        if let Some((updates, seq)) = self.stored.take() {
            frames.push(protocol::notice(
                &json!({"type": "stored", "updates": updates, "seq": seq}),
            ));
        }
        frames.extend(self.storage.take());
        frames.extend(self.rights.take());
        frames.extend(self.nudges.drain(..).map(|(_, frame)| frame));
        if !frames.is_empty() {
            return Some(Step::Send(frames));
        }
        let (last, close) = self.closing.take()?;
        Some(Step::Close(last, close))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outbox() -> Outbox {
        Outbox::new(Bounds {
            messages: 4,
            bytes: 100,
        })
    }

    fn sent(step: Step) -> usize {
        match step {
            Step::Send(frames) => frames.len(),
            Step::CatchUp(_) | Step::Close(..) => panic!("not to send: {step:?}"),
        }
    }

    #[tokio::test]
    async fn several_frames_leave_together_and_acknowledgements_after_them() {
        let outbox = outbox();
        outbox.push(1, Bytes::from_static(b"a"));
        outbox.stored(1, 1);
        outbox.stored(2, 2);
        outbox.push(2, Bytes::from_static(b"b"));
        let Step::Send(frames) = outbox.next().await else {
            panic!("frames");
        };
        assert_eq!(frames.len(), 3);
        assert_eq!(frames[0].as_ref(), b"a");
        assert!(frames[2].ends_with(br#"{"seq":2,"type":"stored","updates":2}"#));
    }

    #[tokio::test]
    async fn a_full_queue_drops_presence_first_then_becomes_one_catch_up() {
        let outbox = outbox();
        outbox.push_presence(7, Bytes::from_static(b"here"));
        for seq in 1..=3 {
            outbox.push(seq, Bytes::from_static(b"x"));
        }
        outbox.push_presence(7, Bytes::from_static(b"there"));
        assert_eq!(sent(outbox.next().await), 3, "presence was dropped");
        for seq in 4..=20 {
            outbox.push(seq, Bytes::from_static(b"x"));
        }
        let Step::CatchUp(catch_up) = outbox.next().await else {
            panic!("behind");
        };
        assert_eq!(format!("{catch_up:?}"), format!("{:?}", CatchUp::after(3)));
        outbox.push(21, Bytes::from_static(b"x"));
        assert_eq!(sent(outbox.next().await), 1, "and goes on from there");
    }

    #[tokio::test]
    async fn closing_at_once_drops_what_waits() {
        let outbox = outbox();
        outbox.push(1, Bytes::from_static(b"a"));
        outbox.close(Close::SignedOut);
        assert_eq!(outbox.cut().await, Close::SignedOut);
        assert!(matches!(
            outbox.next().await,
            Step::Close(last, Close::SignedOut) if last.is_empty()
        ));
    }
}
