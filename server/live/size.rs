//! How large a document may grow (`live-text.md` section 5): a warning at half of each bound;
//! at the bound new words are refused, and kept by who wrote them, while deleting goes on.
//! Pieces of content and client ids are bounded by the gate; bytes are bounded here.

use serde_json::json;

use super::protocol;
use super::room::Room;

/// What a room knows of its document's size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Size {
    /// Something found no room since the last snapshot.
    pub(super) is_full: bool,
    /// Bytes of the turn under way, accepted and not yet in the tail.
    turn_bytes: usize,
    /// Whether it was said that half of a bound is reached.
    is_told: bool,
}

impl Room {
    /// Weighs the document after a turn. The tail is larger than what it will be as a snapshot,
    /// so that alone it may reach twice the bound.
    pub(super) fn weigh(&mut self) {
        let (settings, replayed) = (&self.shared.settings, &self.replayed);
        let (snapshot, tail) = (replayed.snapshot_bytes, replayed.tail_bytes);
        let most = settings.document_bytes;
        self.size.turn_bytes = 0;
        self.size.is_full |= self.is_over(0);
        let tables = &replayed.tables;
        let is_half = snapshot > most / 2
            || snapshot + tail > most
            || tables.pieces() > settings.document_structs / 2
            || tables.clients() > settings.document_clients / 2
            || tables.crossings() > self.message_limits.crossings_of(tables.pieces()) / 2;
        if is_half && !self.size.is_told {
            self.size.is_told = true;
            self.warn();
        }
    }

    /// Whether an update of so many bytes finds no room, beside what the turn has accepted.
    pub(super) fn is_over(&self, bytes: usize) -> bool {
        let (most, replayed) = (self.shared.settings.document_bytes, &self.replayed);
        let tail = replayed.tail_bytes + self.size.turn_bytes + bytes;
        replayed.snapshot_bytes > most || replayed.snapshot_bytes + tail > 2 * most
    }

    /// A new snapshot was written: what was deleted takes no place any more.
    pub(super) fn weigh_anew(&mut self) {
        self.size.is_full = false;
        self.weigh();
    }

    /// The turn is judged from its beginning.
    pub(super) fn begin_weighing(&mut self) {
        self.size.turn_bytes = 0;
    }

    /// The turn accepted so many bytes.
    pub(super) fn weigh_in(&mut self, bytes: usize) {
        self.size.turn_bytes += bytes;
    }

    fn warn(&self) {
        tracing::warn!(document.id = %self.document, document.bytes = self.replayed.snapshot_bytes,
            document.pieces = self.replayed.tables.pieces(),
            document.clients = self.replayed.tables.clients(),
            "a document has reached half of a bound");
        metrics::counter!("chantier_documents_half_full_total").increment(1);
        let notice = protocol::notice(&json!({"type": "size", "state": "half_full"}));
        for member in self.members.values().filter(|m| m.wishes.notices) {
            member.outbox.storage(notice.clone());
        }
    }
}
