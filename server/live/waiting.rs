//! What waits for one socket, as a value: what is kept, dropped, and in which order it leaves.
//! Never here: a lock, a wait.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use tokio::time::Instant;

use super::ConnectionId;
use super::protocol::{self, Close};
use super::replay::CatchUp;

/// Bounds of one queue; the batch at its head does not count, whatever its size: everybody shares
/// it, and reading it again from storage would cost each reader a copy.
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

/// The frames of one row of the log, made once and shared by all who hear of it.
#[derive(Debug)]
pub struct Batch {
    seq: i64,
    /// Each with the connection it came from, which does not get it back.
    frames: Vec<(Option<ConnectionId>, Bytes)>,
    bytes: usize,
}

impl Batch {
    /// The frames of row `seq`, in order.
    #[must_use]
    pub fn new(seq: i64, frames: Vec<(Option<ConnectionId>, Bytes)>) -> Self {
        let bytes = frames.iter().map(|(_, frame)| frame.len()).sum();
        Self { seq, frames, bytes }
    }

    /// Whether somebody else than this connection sent some of it.
    pub(super) fn is_news_to(&self, owner: ConnectionId) -> bool {
        self.frames.iter().any(|(from, _)| *from != Some(owner))
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

/// What waits for one socket.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    pub(super) greeting: Vec<Bytes>,
    pub(super) catch_up: Option<CatchUp>,
    /// The queue was dropped; everything from `catch_up` on comes from the log.
    pub(super) behind: bool,
    /// Since when it catches up and has fallen behind again each time.
    pub(super) behind_since: Option<Instant>,
    /// The last step was a catch-up.
    pub(super) caught_up: bool,
    pub(super) frames: VecDeque<Arc<Batch>>,
    pub(super) messages: usize,
    pub(super) bytes: usize,
    pub(super) presence: Vec<(u64, Bytes)>,
    /// How many updates are acknowledged, at which head, and whether that is news.
    pub(super) stored: Option<(u64, i64)>,
    pub(super) rights: Option<Bytes>,
    pub(super) storage: Option<Bytes>,
    pub(super) nudges: Vec<(&'static str, Bytes)>,
    /// Notices each of which counts.
    pub(super) notices: Vec<Bytes>,
    pub(super) closing: Option<(Vec<Bytes>, Close)>,
    /// Close without sending what waits.
    pub(super) at_once: bool,
}

impl Waiting {
    pub(super) fn add(&mut self, batch: &Arc<Batch>, bounds: Bounds) {
        if self.behind {
            return;
        }
        self.messages += batch.frames.len();
        self.bytes += batch.bytes;
        self.frames.push_back(batch.clone());
        let first = self.frames.front().unwrap_or(batch);
        let (bytes, messages) = (self.bytes - first.bytes, self.messages - first.frames.len());
        if bytes <= bounds.bytes && messages <= bounds.messages {
            return;
        }
        let first = first.seq;
        self.forget_frames();
        self.behind = true;
        // A newcomer's state, not yet read, will be read up to the head of that moment.
        if self.catch_up.is_none() {
            self.catch_up = Some(CatchUp::after(first - 1));
        }
        metrics::counter!("chantier_slow_readers_total").increment(1);
    }

    /// Gives their memory back, too: most queues are empty most of the time.
    pub(super) fn forget_frames(&mut self) {
        self.frames = VecDeque::new();
        (self.messages, self.bytes) = (0, 0);
    }

    pub(super) fn cut_off(&self) -> Option<Close> {
        let (_, close) = self.closing.as_ref()?;
        self.at_once.then_some(*close)
    }

    pub(super) fn take(&mut self, owner: ConnectionId) -> Option<Step> {
        if self.at_once {
            let (last, close) = self.closing.take()?;
            return Some(Step::Close(last, close));
        }
        if !self.greeting.is_empty() {
            return Some(Step::Send(std::mem::take(&mut self.greeting)));
        }
        if std::mem::take(&mut self.caught_up)
            && let Some(step) = self.between_two_catch_ups()
        {
            return Some(step);
        }
        if let Some(catch_up) = self.catch_up.take() {
            if catch_up.after_row().is_some() {
                self.behind_since.get_or_insert_with(Instant::now);
            }
            self.behind = false;
            self.caught_up = true;
            return Some(Step::CatchUp(catch_up));
        }
        self.behind_since = None;
        let mut frames = Vec::with_capacity(self.messages + self.presence.len() + 1);
        for batch in self.frames.drain(..) {
            let others = batch.frames.iter().filter(|(from, _)| *from != Some(owner));
            frames.extend(others.map(|(_, frame)| frame.clone()));
        }
        (self.messages, self.bytes) = (0, 0);
        frames.extend(self.presence.drain(..).map(|(_, frame)| frame));
        // After the frames: whoever holds an acknowledgement of `seq` holds the rows up to it.
        if let Some((updates, seq)) = self.stored.take() {
            frames.push(protocol::stored(updates, seq));
        }
        self.take_notices(&mut frames);
        if !frames.is_empty() {
            return Some(Step::Send(frames));
        }
        let (last, close) = self.closing.take()?;
        Some(Step::Close(last, close))
    }

    fn take_notices(&mut self, frames: &mut Vec<Bytes>) {
        frames.append(&mut self.notices);
        frames.extend(self.storage.take());
        frames.extend(self.rights.take());
        frames.extend(self.nudges.drain(..).map(|(_, frame)| frame));
    }

    /// Who falls behind while it catches up must not wait for its notices, or its end, until it
    /// does not: they go before the next catch-up.
    fn between_two_catch_ups(&mut self) -> Option<Step> {
        let held = self.catch_up.as_ref()?.after_row();
        let mut frames = Vec::new();
        // Said again, at the head it is for, once the rows up to there were sent.
        if let (Some((updates, seq)), Some(held)) = (self.stored, held) {
            frames.push(protocol::stored(updates, seq.min(held)));
        }
        self.take_notices(&mut frames);
        if let Some((last, close)) = self.closing.take() {
            frames.extend(last);
            return Some(Step::Close(frames, close));
        }
        (!frames.is_empty()).then_some(Step::Send(frames))
    }
}
