//! The rights of those already in a room: read again when they changed, when the day did and when
//! a session's time is over, whoever is silent; told at once; and what becomes of who may not even
//! read any more. What they could write and have on its way is kept before they are sent away.

use std::time::Duration;

use tokio::time::Instant;

use super::ConnectionId;
use super::admission::{Reader, Standing};
use super::connection::{Leaving, Member};
use super::protocol::Close;
use super::room::Room;
use crate::error::{Error, Result};
use crate::rules::day::Day;

/// How long what was sent before one heard of it may still arrive.
const ON_ITS_WAY: Duration = Duration::from_millis(500);

/// How long whoever comes back with late edits may take to hand them in.
pub(super) const HANDING_IN: Duration = Duration::from_secs(10);

/// The longest pause between two looks at the clock.
const CLOCK_LOOKED_AT: Duration = Duration::from_secs(3600);

impl Room {
    /// Has the facts of some members read again before the next judgement.
    pub(super) fn mark_stale(&mut self, which: impl Fn(&Member) -> bool) {
        for member in self.members.values_mut().filter(|member| which(member)) {
            member.stale = true;
            self.recheck = Some(Instant::now());
        }
    }

    /// When rights must be looked at, if nothing happens before.
    pub(super) fn next_recheck(&self) -> Instant {
        let now = Instant::now();
        let members = self.members.values().filter(|m| !m.outbox.is_ending());
        let leaving = self
            .someone_leaves
            .then(|| members.filter_map(|m| m.leaving).map(|one| one.until).min())
            .flatten();
        let left_ms = self.ends_at_ms.saturating_sub(self.now_ms());
        let left = Duration::from_millis(u64::try_from(left_ms).unwrap_or(0));
        let recheck = self.recheck.unwrap_or(now + left.min(CLOCK_LOOKED_AT));
        leaving.map_or(recheck, |leaving| leaving.min(recheck))
    }

    fn now_ms(&self) -> i64 {
        self.shared.store.clock.now().ms()
    }

    /// Whether somebody's facts are old, or hold no more.
    fn anybody_stale(&self) -> bool {
        let (today, now_ms) = (self.shared.store.today(), self.now_ms());
        now_ms >= self.ends_at_ms || self.members.values().any(|m| m.is_stale(&today, now_ms))
    }

    /// Reads stale facts now; when storage does not answer, again in a moment.
    pub(super) async fn refresh_or_later(&mut self) {
        if !self.anybody_stale() {
            // Whoever was to be looked at is gone.
            self.recheck = None;
        } else if let Err(error) = Box::pin(self.refresh()).await {
            self.recheck = Some(Instant::now() + self.shared.settings.storage_retry);
            tracing::warn!(document.id = %self.document, cause = ?error, "rights are read later");
        }
    }

    /// Reads stale facts, waiting for storage. `false` when the room must stop.
    pub(super) async fn refresh_or_wait(&mut self) -> bool {
        if !self.anybody_stale() {
            return true;
        }
        let was_suspended = self.suspended;
        while let Err(error) = Box::pin(self.refresh()).await {
            if !self.wait_for_storage(&error).await {
                return false;
            }
        }
        if !was_suspended {
            self.resumed();
        }
        true
    }

    async fn refresh(&mut self) -> Result<()> {
        // Reading anew makes everybody stale: once more then.
        loop {
            let (today, now_ms) = (self.shared.store.today(), self.now_ms());
            let stale = self.members.values().filter(|m| m.is_stale(&today, now_ms));
            let ids: Vec<ConnectionId> = stale.map(|member| member.id).collect();
            if ids.is_empty() {
                self.recheck = None;
                let ends = self.members.values().map(|member| member.ends_at_ms);
                self.ends_at_ms = ends.min().unwrap_or(i64::MAX);
                return Ok(());
            }
            let mut reader = match Reader::new(&self.shared.store, &self.document).await {
                Err(Error::NotFound) => {
                    self.send_away_all(&today);
                    continue;
                }
                reader => reader?,
            };
            // The epoch of the same moment: if rights change after it, the fence is lost and all
            // is judged again.
            let mut head = reader.head().await?;
            if head.head_seq != self.head.head_seq {
                drop(reader);
                self.read_anew().await?;
                reader = Reader::new(&self.shared.store, &self.document).await?;
                head = reader.head().await?;
            }
            self.head.epoch = self.head.epoch.max(head.epoch);
            for id in ids {
                if let Some(member) = self.members.get(&id) {
                    let standing = reader.standing(&member.identity).await?;
                    self.refresh_one(id, standing, &reader.today);
                }
            }
        }
    }

    fn send_away_all(&mut self, today: &Day) {
        for member in self.members.values_mut() {
            member.send_away(Close::NotFound, today);
        }
    }

    fn refresh_one(&mut self, id: ConnectionId, standing: Option<Standing>, today: &Day) {
        let Some(member) = self.members.get_mut(&id) else {
            return;
        };
        let Some(standing) = standing else {
            return member.send_away(Close::SignedOut, today);
        };
        let (could_read, before) = (member.leaving.is_none(), member.may(&self.head));
        let may_read = standing.may_read();
        member.take(standing, today);
        if may_read && !could_read {
            // It was told nothing for a while: it begins again.
            return member.send_away(Close::FellBehind, today);
        }
        if !may_read && !member.is_late() {
            return member.send_away(Close::NotFound, today);
        }
        if member.told_epoch != self.head.epoch || member.may(&self.head) != before {
            member.tell_rights(&self.head);
            member.told_epoch = self.head.epoch;
        }
        if !may_read && could_read {
            self.see_off(id, ON_ITS_WAY, false);
        }
        self.note_rights_of(id);
    }

    /// From here on this member sees nothing; what it sends is kept for it, and it goes soon.
    pub(super) fn see_off(&mut self, id: ConnectionId, within: Duration, once_answered: bool) {
        if let Some(member) = self.members.get_mut(&id) {
            member.outbox.hush();
            member.live = false;
            member.leaving = Some(Leaving {
                until: Instant::now() + within,
                once_answered,
            });
            self.someone_leaves = true;
            let news = self.presence.forget(id);
            self.tell_presence(news.as_slice());
        }
    }

    /// Sends those away who had their last moments.
    pub(super) fn see_out(&mut self) {
        if !self.someone_leaves {
            return;
        }
        let now = Instant::now();
        for member in self.members.values() {
            let Some(leaving) = member.leaving else {
                continue;
            };
            let has_answered = leaving.once_answered && member.answered && member.share.is_empty();
            if now >= leaving.until || has_answered {
                member.outbox.close_after(Vec::new(), Close::NotFound);
            }
        }
        let is_leaving = |m: &Member| m.leaving.is_some() && !m.outbox.is_ending();
        self.someone_leaves = self.members.values().any(|member| is_leaving(member));
    }
}

impl Member {
    /// Whether its facts are old, or hold no more.
    fn is_stale(&self, today: &Day, now_ms: i64) -> bool {
        self.stale || self.day != *today || now_ms >= self.ends_at_ms
    }

    fn take(&mut self, standing: Standing, today: &Day) {
        self.could_write |= standing.may_write();
        self.author = standing.author;
        self.facts = standing.facts;
        self.ends_at_ms = standing.ends_at_ms;
        self.day = today.clone();
        self.stale = false;
    }

    /// Ends its connection at once; nothing more is read for it.
    fn send_away(&mut self, close: Close, today: &Day) {
        if !self.outbox.is_ending() {
            self.outbox.close(close);
        }
        self.live = false;
        self.ends_at_ms = i64::MAX;
        self.day = today.clone();
        self.stale = false;
    }
}
