//! Bounds and paces of the live part.

use std::time::Duration;

use super::outbox::Bounds;
use super::pace::Quota;
use super::protocol::MESSAGE_BYTES;

/// What the slowest line we wait for carries in a second.
const SLOWEST_BYTES_PER_S: usize = 16 * 1024;

/// How long the slowest line we wait for takes to carry this.
#[must_use]
pub const fn slowest(bytes: usize) -> Duration {
    Duration::from_secs((bytes / SLOWEST_BYTES_PER_S) as u64)
}

/// Bounds and paces of the live part; the defaults are those of `live-text.md`.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Bounds of one socket's queue.
    pub outbox: Bounds,
    /// Frames of one connection that may wait for its room.
    pub inbox_frames: usize,
    /// Their bytes; one message alone may be larger.
    pub inbox_share_bytes: usize,
    /// Bytes of large messages, of everybody, that may wait for one room.
    pub inbox_bytes: usize,
    /// How fast one connection may send.
    pub quota: Quota,
    /// Sockets one account may have open.
    pub account_sockets: usize,
    /// Sockets one network address may have open.
    pub address_sockets: usize,
    /// Bytes a document may take, as a snapshot; people are warned at half of it.
    pub document_bytes: usize,
    /// Pieces of content a document may have.
    pub document_structs: usize,
    /// Client ids a document may have.
    pub document_clients: usize,
    /// How often a room with people in it looks whether the day changed.
    pub look_around: Duration,
    /// Presence is forgotten after so long without news.
    pub presence_forgotten: Duration,
    /// How often a silent socket gets a sign of life; at most twice that passes between frames.
    pub sign_of_life: Duration,
    /// A peer that takes no byte of what it is sent for so long, or begins a message and does not
    /// end it, is too slow; the time that [`slowest`] allows for the bytes comes on top.
    pub slow_reader: Duration,
    /// A client without a socket that asks for nothing for so long is gone.
    pub seat_forgotten: Duration,
    /// How long to wait before an append is repeated.
    pub storage_retry: Duration,
    /// Clients come back after a restart spread over so many milliseconds.
    pub return_spread_ms: u64,
    /// A snapshot is asked for when the tail holds so many updates...
    pub compact_updates: usize,
    /// ... or so many bytes, and at least half as many as the snapshot before it.
    pub compact_bytes: usize,
    /// The pause between two of one document; the longest one between two of all.
    pub compact_pause: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            outbox: Bounds::default(),
            inbox_frames: 128,
            inbox_share_bytes: 256 * 1024,
            inbox_bytes: 4 * MESSAGE_BYTES,
            quota: Quota::default(),
            account_sockets: 64,
            address_sockets: 512,
            document_bytes: 10 * 1024 * 1024,
            document_structs: 300_000,
            document_clients: 20_000,
            look_around: Duration::from_secs(10),
            presence_forgotten: Duration::from_secs(30),
            sign_of_life: Duration::from_secs(9),
            slow_reader: Duration::from_secs(30),
            seat_forgotten: Duration::from_secs(30),
            storage_retry: Duration::from_millis(500),
            return_spread_ms: 5_000,
            compact_updates: 400,
            compact_bytes: 200 * 1024,
            compact_pause: Duration::from_secs(5),
        }
    }
}
