//! What waits for one room. Each connection has its own share of the room: whoever sends faster
//! than the room takes waits alone, and nobody else waits with it. Large messages also share a
//! bound in bytes, in the order in which they came. The lock is held for a push or a swap only.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use super::{ConnectionId, Settings};

/// A message over so many bytes needs room among the large ones.
const LARGE_BYTES: usize = 64 * 1024;

/// A frame from one connection.
#[derive(Debug)]
pub(super) struct Incoming {
    pub(super) connection: ConnectionId,
    pub(super) frame: Bytes,
    share: Arc<Share>,
    /// A large message's room, given back when it is taken out.
    _room: Option<OwnedSemaphorePermit>,
}

/// What of one connection waits in its room's inbox.
#[derive(Debug, Default)]
pub(super) struct Share {
    frames: AtomicUsize,
    bytes: AtomicUsize,
    space: Notify,
}

impl Share {
    /// Whether nothing of this connection waits.
    pub(super) fn is_empty(&self) -> bool {
        self.frames.load(Ordering::Relaxed) == 0
    }
}

/// The inbox of one room.
#[derive(Debug)]
pub(super) struct Inbox {
    queue: Mutex<Queue>,
    ready: Notify,
    large: Arc<Semaphore>,
    large_bytes: usize,
    /// Bounds of one connection's share.
    share_frames: usize,
    share_bytes: usize,
}

#[derive(Debug, Default)]
struct Queue {
    frames: Vec<Incoming>,
    closed: bool,
}

impl Inbox {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            queue: Mutex::default(),
            ready: Notify::new(),
            large: Arc::new(Semaphore::new(settings.inbox_bytes)),
            large_bytes: settings.inbox_bytes,
            share_frames: settings.inbox_frames,
            share_bytes: settings.inbox_share_bytes,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        // Each change is one push or one drain: a poisoned queue is a whole one.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a frame in; waits while the connection's share is full. `false` once the room ended.
    pub(super) async fn push(
        &self,
        connection: ConnectionId,
        share: &Arc<Share>,
        frame: Bytes,
    ) -> bool {
        let room = if frame.len() > LARGE_BYTES {
            let bytes = frame.len().min(self.large_bytes);
            let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
            match self.large.clone().acquire_many_owned(bytes).await {
                Ok(room) => Some(room),
                Err(_) => return false,
            }
        } else {
            None
        };
        let incoming = Incoming {
            connection,
            frame,
            share: share.clone(),
            _room: room,
        };
        loop {
            if self.fits(share, incoming.frame.len()) {
                return self.put(incoming);
            }
            if self.lock().closed {
                return false;
            }
            // A wake-up since the look is kept: one task waits for a share.
            share.space.notified().await;
        }
    }

    fn put(&self, incoming: Incoming) -> bool {
        let mut queue = self.lock();
        if queue.closed {
            return false;
        }
        let share = &incoming.share;
        share.frames.fetch_add(1, Ordering::Relaxed);
        share
            .bytes
            .fetch_add(incoming.frame.len(), Ordering::Relaxed);
        let first = queue.frames.is_empty();
        queue.frames.push(incoming);
        drop(queue);
        if first {
            self.ready.notify_one();
        }
        true
    }

    fn fits(&self, share: &Share, bytes: usize) -> bool {
        let waiting = share.frames.load(Ordering::Relaxed);
        let held = share.bytes.load(Ordering::Relaxed);
        waiting == 0 || (waiting < self.share_frames && held + bytes <= self.share_bytes)
    }

    /// Ends when something waits.
    ///
    /// # Cancel safety
    /// Safe.
    pub(super) async fn ready(&self) {
        while self.is_empty() {
            self.ready.notified().await;
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lock().frames.is_empty()
    }

    /// Moves what waits to the end of `taken`, up to a frame that passes `bytes` or so many frames.
    pub(super) fn take(&self, taken: &mut Vec<Incoming>, frames: usize, bytes: usize) {
        let from = taken.len();
        {
            let mut queue = self.lock();
            let mut sum = 0;
            let fitting = queue.frames.iter().take(frames).take_while(|incoming| {
                let before = sum;
                sum += incoming.frame.len();
                before < bytes
            });
            let count = fitting.count();
            if from == 0 && count == queue.frames.len() {
                std::mem::swap(taken, &mut queue.frames);
            } else {
                taken.extend(queue.frames.drain(..count));
            }
        }
        for incoming in &taken[from..] {
            let share = &incoming.share;
            share
                .bytes
                .fetch_sub(incoming.frame.len(), Ordering::Relaxed);
            share.frames.fetch_sub(1, Ordering::Relaxed);
            share.space.notify_one();
        }
    }

    /// Takes no more; what waits may still be taken.
    pub(super) fn close(&self) {
        let mut queue = self.lock();
        queue.closed = true;
        for incoming in &queue.frames {
            incoming.share.space.notify_one();
        }
        drop(queue);
        self.large.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;

    fn inbox() -> Inbox {
        Inbox::new(&Settings {
            inbox_frames: 2,
            inbox_share_bytes: 100,
            ..Settings::default()
        })
    }

    const FRAME: Bytes = Bytes::from_static(b"frame");

    #[tokio::test]
    async fn who_sends_too_much_waits_alone() {
        let inbox = inbox();
        let (greedy, modest) = (Arc::<Share>::default(), Arc::<Share>::default());
        let push = |share| inbox.push(ConnectionId(1), share, FRAME).now_or_never();
        assert_eq!(push(&greedy), Some(true));
        assert_eq!(push(&greedy), Some(true));
        assert_eq!(push(&greedy), None, "the share is full");
        assert_eq!(push(&modest), Some(true), "the others do not wait");
        let mut taken = Vec::new();
        inbox.take(&mut taken, 2, 1000);
        assert_eq!(taken.len(), 2);
        assert_eq!(push(&greedy), Some(true));
    }

    #[tokio::test]
    async fn a_message_larger_than_the_share_passes_alone() {
        let inbox = inbox();
        let share = Arc::<Share>::default();
        let long = || Bytes::from(vec![0; 1000]);
        let push = |frame| inbox.push(ConnectionId(1), &share, frame).now_or_never();
        assert_eq!(push(long()), Some(true));
        assert_eq!(push(long()), None);
        let mut taken = Vec::new();
        inbox.take(&mut taken, 100, 1);
        assert_eq!(push(long()), Some(true));
    }

    #[tokio::test]
    async fn closing_ends_those_who_wait() {
        let inbox = Arc::new(inbox());
        let share = Arc::<Share>::default();
        for _ in 0..2 {
            assert!(inbox.push(ConnectionId(1), &share, FRAME).await);
        }
        let waiting = {
            let (inbox, share) = (inbox.clone(), share.clone());
            async move { inbox.push(ConnectionId(1), &share, FRAME).await }
        };
        let (pushed, ()) = tokio::join!(waiting, async { inbox.close() });
        assert!(!pushed);
        let mut taken = Vec::new();
        inbox.take(&mut taken, 100, 1000);
        assert_eq!(taken.len(), 2, "what came before is kept");
    }
}
