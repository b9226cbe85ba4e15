//! The room and its storage: appending until it is on disk, suspending while the database is
//! away, reading anew after a lost fence, judging from fresh facts, asking for compaction.

use tokio::time::Instant;

use super::ConnectionId;
use super::connection::Member;
use super::protocol::{self, Close};
use super::room::{Room, load};
use crate::error::{Error, Result};
use crate::ids::{AccountId, DocumentId};
use crate::rules::day::Day;
use crate::rules::rights::{self, act};
use crate::store::Store;
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
        let (head, replayed, bindings) = load(&self.shared, &self.document).await?;
        let mut tx = self.shared.store.read().await?;
        let (rows, _) = tx
            .readable_rows(&self.document, before, head.head_seq)
            .await?;
        drop(tx);
        self.head = head;
        self.replayed = replayed;
        self.bindings = bindings;
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

    /// Has the facts of some members read again before the next judgement.
    pub(super) fn mark_stale(&mut self, which: impl Fn(&Member) -> bool) {
        for member in self.members.values_mut().filter(|member| which(member)) {
            member.stale = true;
        }
    }

    /// Reads stale facts now; when storage does not answer, the next turn will.
    pub(super) async fn refresh_or_later(&mut self) {
        if let Err(error) = Box::pin(self.refresh()).await {
            tracing::warn!(document.id = %self.document, cause = ?error, "rights are read later");
        }
    }

    /// Reads stale facts, waiting for storage. `false` when the room must stop.
    pub(super) async fn refresh_or_wait(&mut self) -> bool {
        let today = self.shared.store.today();
        let is_stale = |member: &Member| member.stale || member.day != today;
        if !self.members.values().any(is_stale) {
            return true;
        }
        while let Err(error) = Box::pin(self.refresh()).await {
            if !self.wait_for_storage(&error).await {
                return false;
            }
        }
        true
    }

    async fn refresh(&mut self) -> Result<()> {
        // Reading anew makes everybody stale: once more then.
        loop {
            let today = self.shared.store.today();
            let ids: Vec<ConnectionId> = self
                .members
                .values()
                .filter(|member| member.stale || member.day != today)
                .map(|member| member.id)
                .collect();
            if ids.is_empty() {
                return Ok(());
            }
            // The epoch first: if rights change in between, the fence is lost and all is
            // judged again.
            let head = self.shared.store.document_head(&self.document).await?;
            if head.head_seq != self.head.head_seq {
                self.read_anew().await?;
            }
            self.head.epoch = self.head.epoch.max(head.epoch);
            for id in ids {
                self.refresh_one(id, &today).await?;
            }
        }
    }

    async fn refresh_one(&mut self, id: ConnectionId, today: &Day) -> Result<()> {
        let Some(member) = self.members.get_mut(&id) else {
            return Ok(());
        };
        let before = member.may(&self.head);
        match judge_anew(&self.shared.store, &self.document, member).await? {
            Some(close) => member.outbox.close(close),
            None if member.told_epoch != self.head.epoch || member.may(&self.head) != before => {
                member.tell_rights(&self.head);
                member.told_epoch = self.head.epoch;
            }
            None => {}
        }
        member.day = today.clone();
        member.stale = false;
        member.could_write |= rights::may::<act::EditText>(&member.facts).is_ok();
        self.note_rights_of(id);
        Ok(())
    }

    /// Asks for a snapshot when the tail is long, by itself and beside the snapshot before it;
    /// a pause between two keeps a flood from being compacted over and over.
    pub(super) fn ask_compaction(&mut self) {
        let (settings, replayed) = (&self.shared.settings, &self.replayed);
        let long = replayed.tail_updates >= settings.compact_updates
            || replayed.tail_bytes >= settings.compact_bytes;
        if !long || self.compacting || replayed.tail_bytes < replayed.snapshot_bytes / 2 {
            return;
        }
        let now = Instant::now();
        if self.compact_not_before.is_none_or(|at| now >= at) {
            self.compacting = self.shared.compact(&self.document);
        }
    }

    /// A snapshot was written: the tail starts after it.
    pub(super) async fn compacted(&mut self) {
        self.compacting = false;
        self.compact_not_before = Some(Instant::now() + self.shared.settings.compact_pause);
        let latest = async {
            let mut tx = self.shared.store.read().await?;
            tx.latest_snapshot(&self.document, self.head.head_seq).await
        };
        match latest.await {
            Ok(Some(snapshot)) => {
                if let Ok(clocks) = super::gate::read_state_vector(&snapshot.state_vector) {
                    self.replayed.cut(&snapshot, clocks);
                }
            }
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(document.id = %self.document, cause = ?error, "no snapshot read");
            }
        }
    }
}

/// Reads a member's facts; a close when it may no longer be here.
async fn judge_anew(
    store: &Store,
    document: &DocumentId,
    member: &mut Member,
) -> Result<Option<Close>> {
    if !store.still_holds(&member.identity.via).await? {
        return Ok(Some(Close::SignedOut));
    }
    match store.author(&member.identity.account_id).await {
        Ok(author) => member.author = author,
        Err(Error::Unauthenticated) => return Ok(Some(Close::SignedOut)),
        Err(error) => return Err(error),
    }
    match store.document_facts(&member.author.account, document).await {
        Ok(facts) => member.facts = facts,
        Err(Error::NotFound) => return Ok(Some(Close::NotFound)),
        Err(error) => return Err(error),
    }
    Ok(rights::may::<act::Read>(&member.facts)
        .is_err()
        .then_some(Close::NotFound))
}
