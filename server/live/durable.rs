//! The room and its storage: appending until it is on disk, suspending while the database is
//! away, reading anew after a lost fence, asking for compaction.

use tokio::time::Instant;

use super::protocol;
use super::room::{Room, load};
use crate::error::{Error, Result};
use crate::ids::AccountId;
use crate::store::log::{Append, Outcome, StoredUpdate};
use serde_json::json;

/// What became of a turn's row.
#[derive(Debug)]
pub(super) enum Written {
    /// On disk; so many bytes of updates.
    Stored(usize),
    /// The epoch, the head or somebody's rights moved: judge again.
    Lost,
    /// The room is stopping; nothing is known to be on disk.
    Stopped,
}

impl Room {
    /// Appends one row. While the database is away it waits and repeats the same append,
    /// which is safe: the fence and the checksum tell whether it was kept.
    /// `restores` is noted with the row: the place of the log brought back, and for whom.
    pub(super) async fn append(
        &mut self,
        updates: Vec<StoredUpdate>,
        restores: Option<(i64, AccountId)>,
    ) -> Written {
        let bytes = updates.iter().map(|update| update.bytes.len()).sum();
        let updates = updates.into();
        let append = Append {
            document: self.document.clone(),
            epoch: self.head.epoch,
            head_seq: self.head.head_seq,
            updates,
            clients: self.bindings.take_new(),
            restores,
        };
        loop {
            match self.shared.writer.append(append.clone()).await {
                Outcome::Stored(seq) => {
                    self.head.head_seq = seq;
                    self.resumed();
                    return Written::Stored(bytes);
                }
                Outcome::Fenced => {
                    metrics::counter!("chantier_fences_lost_total").increment(1);
                    return self.read_anew_or_wait().await;
                }
                Outcome::Failed(error) => {
                    if !self.wait_for_storage(&error).await {
                        return Written::Stopped;
                    }
                    if self.members.values().any(|member| member.stale) {
                        return self.read_anew_or_wait().await;
                    }
                }
            }
        }
    }

    /// Reads the document anew, however long it takes.
    async fn read_anew_or_wait(&mut self) -> Written {
        loop {
            match Box::pin(self.read_anew()).await {
                Ok(()) => return Written::Lost,
                Err(error) => {
                    if !self.wait_for_storage(&error).await {
                        return Written::Stopped;
                    }
                }
            }
        }
    }

    /// Drops the tables for those of the log, shows everybody the rows that others wrote,
    /// and has all rights judged again.
    pub(super) async fn read_anew(&mut self) -> Result<()> {
        let before = self.head.head_seq;
        let loaded = load(&self.shared, &self.document).await?;
        let head = loaded.history.head;
        let mut tx = self.shared.store.read().await?;
        let (rows, _) = tx
            .readable_rows(&self.document, before, head.head_seq)
            .await?;
        drop(tx);
        self.head = head;
        self.replayed = loaded.replayed;
        self.bindings = loaded.bindings;
        for row in &rows {
            for update in &row.updates {
                let frame = protocol::update(&update.bytes);
                for member in self.members.values().filter(|member| member.live) {
                    member.outbox.push(row.seq, frame.clone());
                }
            }
        }
        self.mark_stale(|_| true);
        self.shadows.clear();
        Ok(())
    }

    /// Tells the pages, then waits a moment, hearing what does not need storage.
    /// `false` when the room must stop.
    pub(super) async fn wait_for_storage(&mut self, error: &Error) -> bool {
        if self.shared.store.disk_failed().is_cancelled() {
            // The process ends: nothing is repeated.
            return false;
        }
        if !self.suspended {
            self.suspended = true;
            tracing::error!(document.id = %self.document, cause = ?error,
                "storage does not answer: nothing is acknowledged");
            metrics::counter!("chantier_storage_suspensions_total").increment(1);
            self.tell_storage("suspended");
        }
        let until = Instant::now() + self.shared.settings.storage_retry;
        loop {
            tokio::select! {
                biased;
                () = self.shared.stopping.cancelled() => return false,
                () = tokio::time::sleep_until(until) => return true,
                control = self.control.recv() => match control {
                    Some(control) => self.hear_suspended(control),
                    None => return false,
                },
            }
        }
    }

    pub(super) fn resumed(&mut self) {
        if std::mem::take(&mut self.suspended) {
            tracing::info!(document.id = %self.document, "storage answers again");
            self.tell_storage("resumed");
        }
    }

    fn tell_storage(&self, state: &str) {
        let notice = protocol::notice(&json!({"type": "storage", "state": state}));
        for member in self.members.values().filter(|m| m.wishes.notices) {
            member.outbox.storage(notice.clone());
        }
    }

    /// Asks for a snapshot when the tail is long, by itself and beside the snapshot before it;
    /// a pause between two keeps a flood from being compacted over and over. A full document is
    /// compacted whatever its tail: what was deleted makes room only then.
    pub(super) fn ask_compaction(&mut self) {
        let (settings, replayed) = (&self.shared.settings, &self.replayed);
        let long = replayed.tail_updates >= settings.compact_updates
            || replayed.tail_bytes >= settings.compact_bytes;
        let worth_it = long && replayed.tail_bytes >= replayed.snapshot_bytes / 2;
        let frees = self.size.is_full && replayed.tail_updates > 0;
        if self.compacting || !(worth_it || frees) {
            return;
        }
        let now = Instant::now();
        if self.compact_not_before.is_none_or(|at| now >= at) {
            self.compacting = self.shared.compact(&self.document);
        }
    }

    /// The compaction asked for ended, well or not.
    pub(super) async fn compaction_ended(&mut self) {
        self.compacting = false;
        let pause = self.shared.settings.compact_pause;
        // Whoever deletes in a full document cannot have it compacted at each word.
        let pause = if self.size.is_full { pause * 4 } else { pause };
        self.compact_not_before = Some(Instant::now() + pause);
        self.compacted().await;
    }

    /// A snapshot was written: the tail starts after it, and there may be room again.
    pub(super) async fn compacted(&mut self) {
        let latest = async {
            let mut tx = self.shared.store.read().await?;
            tx.snapshot_header(&self.document, self.head.head_seq).await
        };
        match latest.await {
            Ok(Some(header)) if header.seq > self.replayed.snapshot_seq => {
                if let Ok(clocks) = super::gate::read_state_vector(&header.state_vector) {
                    self.replayed.cut(&header, clocks);
                    self.weigh_anew();
                }
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(document.id = %self.document, cause = ?error, "no snapshot read");
            }
        }
    }
}
