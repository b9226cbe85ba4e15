//! What waits to be written to one socket: bounded in messages and bytes.
//!
//! The room puts frames in and never waits. When the queue is full, presence is dropped first;
//! then the queue is dropped and the connection is marked for one catch-up from the log.
//! Acknowledgements are counters, so they are never lost and never pile up.
//! The lock is held for a few moves of pointers only, never across an `await`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use serde_json::json;
use tokio::sync::Notify;

use super::ConnectionId;
use super::protocol::{self, Close};
use super::replay::CatchUp;
use super::waiting::Waiting;
pub use super::waiting::{Batch, Bounds, Step};

/// The queue of one socket.
#[derive(Debug)]
pub struct Outbox {
    owner: ConnectionId,
    bounds: Bounds,
    /// How long a reader may be behind.
    patience: Duration,
    /// A close was asked for; stays when it was taken.
    ending: AtomicBool,
    gone: AtomicBool,
    waiting: Mutex<Waiting>,
    ready: Notify,
    /// Wakes a write that is stuck when the connection must close at once.
    abort: Notify,
}

impl Outbox {
    /// An empty queue.
    #[must_use]
    pub fn new(owner: ConnectionId, bounds: Bounds, patience: Duration) -> Self {
        Self {
            owner,
            bounds,
            patience,
            ending: AtomicBool::new(false),
            gone: AtomicBool::new(false),
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
            waiting.forget_frames();
            waiting.behind = false;
            waiting.catch_up = Some(catch_up);
        });
    }

    /// Whether the state that a client asked for was not read yet.
    #[must_use]
    pub fn awaits_start(&self) -> bool {
        let waiting = self.lock();
        let catch_up = waiting.catch_up.as_ref();
        catch_up.is_some_and(|catch_up| catch_up.after_row().is_none())
    }

    /// A frame of row `seq`, from nobody here.
    pub fn push(&self, seq: i64, frame: Bytes) {
        self.turn(Some(&Arc::new(Batch::new(seq, vec![(None, frame)]))), None);
    }

    /// What one turn has for this connection: the others' frames, and how many of its own sync
    /// frames are on disk at which head. When the queue is full it is dropped for a catch-up.
    pub fn turn(&self, batch: Option<&Arc<Batch>>, stored: Option<(u64, i64)>) {
        let batch = batch.filter(|batch| batch.is_news_to(self.owner));
        if batch.is_none() && stored.is_none() {
            return;
        }
        let mut too_late = false;
        self.change(|waiting| {
            if let Some(batch) = batch {
                waiting.add(batch, self.bounds);
                let since = waiting.behind_since.filter(|_| waiting.behind);
                too_late = since.is_some_and(|since| since.elapsed() >= self.patience);
            }
            waiting.stored = stored.or(waiting.stored);
        });
        if too_late {
            self.close(Close::FellBehind);
        }
    }

    /// The latest presence of a client id; dropped while the queue is half full.
    pub fn push_presence(&self, client: u64, frame: Bytes) {
        let bounds = self.bounds;
        self.change(|waiting| {
            let full = waiting.behind
                || waiting.bytes > bounds.bytes / 2
                || waiting.messages > bounds.messages / 2;
            waiting.presence.retain(|(known, _)| *known != client);
            if full || waiting.presence.len() >= bounds.messages {
                waiting.presence.clear();
            } else {
                waiting.presence.push((client, frame));
            }
        });
    }

    /// The latest rights.
    pub fn rights(&self, notice: Bytes) {
        self.change(|waiting| waiting.rights = Some(notice));
    }

    /// A notice that must arrive. A reader that lets too many pile up fell behind.
    pub fn tell(&self, notice: Bytes) {
        let too_many = {
            let mut waiting = self.lock();
            waiting.notices.push(notice);
            waiting.notices.len() > self.bounds.messages
        };
        if too_many {
            self.close(Close::FellBehind);
        } else {
            self.ready.notify_one();
        }
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

    /// Whoever reads here may not any more: nothing of the text or of who is here goes out.
    pub fn hush(&self) {
        self.change(|waiting| {
            waiting.forget_frames();
            waiting.behind = false;
            waiting.catch_up = None;
            waiting.presence = Vec::new();
        });
    }

    /// Closes once everything that waits, then `last`, was sent.
    pub fn close_after(&self, last: Vec<Bytes>, close: Close) {
        self.change(|waiting| {
            if !self.ending.swap(true, Ordering::Relaxed) {
                waiting.closing = Some((last, close));
            }
        });
    }

    /// Closes now; what waits is dropped.
    pub fn close(&self, close: Close) {
        self.change(|waiting| {
            self.ending.store(true, Ordering::Relaxed);
            waiting.closing = Some((Vec::new(), close));
            waiting.at_once = true;
        });
        self.abort.notify_one();
    }

    /// The socket is gone; the room forgets the connection.
    pub fn leave(&self) {
        self.gone.store(true, Ordering::Relaxed);
        self.change(|waiting| {
            waiting.forget_frames();
            waiting.presence = Vec::new();
        });
    }

    /// Whether the socket is gone.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Relaxed)
    }

    /// Whether the connection ends: what it still sends counts no more, or the acknowledgement
    /// of a later update would cover the one that was refused.
    #[must_use]
    pub fn is_ending(&self) -> bool {
        self.ending.load(Ordering::Relaxed)
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
            if let Some(step) = self.lock().take(self.owner) {
                return step;
            }
            self.ready.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outbox() -> Outbox {
        let bounds = Bounds {
            messages: 4,
            bytes: 100,
        };
        Outbox::new(ConnectionId(7), bounds, Duration::from_secs(30))
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
        outbox.turn(None, Some((1, 1)));
        outbox.turn(None, Some((2, 2)));
        outbox.push(2, Bytes::from_static(b"b"));
        let Step::Send(frames) = outbox.next().await else {
            panic!("frames");
        };
        assert_eq!(frames.len(), 3);
        assert_eq!(frames[0].as_ref(), b"a");
        assert!(frames[2].ends_with(br#"{"seq":2,"type":"stored","updates":2}"#));
    }

    #[tokio::test]
    async fn a_sender_gets_nothing_back_and_is_not_woken_for_it() {
        let outbox = outbox();
        let mine = (Some(ConnectionId(7)), Bytes::from_static(b"mine"));
        let other = (Some(ConnectionId(8)), Bytes::from_static(b"other"));
        outbox.turn(Some(&Arc::new(Batch::new(1, vec![mine.clone()]))), None);
        assert!(futures_util::FutureExt::now_or_never(outbox.next()).is_none());
        outbox.turn(Some(&Arc::new(Batch::new(2, vec![mine, other]))), None);
        let Step::Send(frames) = outbox.next().await else {
            panic!("frames");
        };
        assert_eq!(frames, [Bytes::from_static(b"other")]);
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
    async fn one_large_batch_alone_is_kept_and_dropped_only_for_what_follows_it() {
        let outbox = outbox();
        outbox.push(1, Bytes::from(vec![0; 1_000]));
        outbox.push(2, Bytes::from_static(b"small"));
        assert_eq!(sent(outbox.next().await), 2, "nobody reads it from storage");
        outbox.push(3, Bytes::from(vec![0; 1_000]));
        outbox.push(4, Bytes::from(vec![0; 1_000]));
        assert!(matches!(outbox.next().await, Step::CatchUp(_)));
    }

    /// Takes a catch-up, during which too much comes again.
    async fn behind_again(outbox: &Outbox) {
        assert!(matches!(outbox.next().await, Step::CatchUp(_)));
        for seq in 100..110 {
            outbox.push(seq, Bytes::from_static(b"x"));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn between_two_catch_ups_notices_pass_and_then_it_was_behind_too_long() {
        let outbox = outbox();
        for seq in 1..=10 {
            outbox.push(seq, Bytes::from_static(b"x"));
        }
        behind_again(&outbox).await;
        outbox.turn(None, Some((3, 120)));
        outbox.rights(Bytes::from_static(b"rights"));
        let Step::Send(frames) = outbox.next().await else {
            panic!("notices");
        };
        assert!(
            frames[0].ends_with(br#"{"seq":99,"type":"stored","updates":3}"#),
            "what it holds"
        );
        assert_eq!(frames[1].as_ref(), b"rights");
        behind_again(&outbox).await;
        tokio::time::advance(Duration::from_secs(31)).await;
        outbox.push(200, Bytes::from_static(b"x"));
        assert_eq!(outbox.cut().await, Close::FellBehind);
    }

    #[tokio::test(start_paused = true)]
    async fn who_keeps_up_in_between_is_not_sent_away() {
        let outbox = outbox();
        for round in 0..3 {
            for seq in 1..=10 {
                outbox.push(10 * round + seq, Bytes::from_static(b"x"));
            }
            assert!(matches!(outbox.next().await, Step::CatchUp(_)));
            assert!(futures_util::FutureExt::now_or_never(outbox.next()).is_none());
            tokio::time::advance(Duration::from_secs(31)).await;
        }
        assert!(!outbox.is_ending());
    }

    #[tokio::test]
    async fn a_close_does_not_wait_for_the_second_catch_up() {
        let outbox = outbox();
        for seq in 1..=10 {
            outbox.push(seq, Bytes::from_static(b"x"));
        }
        behind_again(&outbox).await;
        outbox.close_after(vec![Bytes::from_static(b"bye")], Close::Restarting);
        assert!(matches!(
            outbox.next().await,
            Step::Close(last, Close::Restarting) if last.len() == 1
        ));
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
