//! What a client may ask of its room over and over: the state (sync step 1), and who is here. Each
//! answer costs the room the whole delete set, or everybody's presence, so there is one a second;
//! a state that is asked for sooner comes a little later, once.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use super::ConnectionId;
use super::replay::CatchUp;
use super::room::Room;

/// Between two answers to one connection.
const EVERY: Duration = Duration::from_secs(1);

/// For each client id, the clock up to which somebody holds its content.
type Clocks = Vec<(u64, u64)>;

/// The states asked for that wait for their time.
#[derive(Debug, Default)]
pub(super) struct Starts(BTreeMap<ConnectionId, (Instant, Clocks)>);

impl Starts {
    /// When the first of them is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.0.values().map(|(due, _)| *due).min()
    }

    /// The connection is gone.
    pub(super) fn forget(&mut self, id: ConnectionId) {
        self.0.remove(&id);
    }
}

impl Room {
    /// Answers a sync step 1, now or when it is time.
    pub(super) fn start_or_later(&mut self, id: ConnectionId, mut clocks: Clocks) {
        let Some(member) = self.members.get(&id) else {
            return;
        };
        // What was asked for before is not read yet: it will be what is asked for now, or more.
        if member.outbox.awaits_start() {
            metrics::counter!("chantier_starts_ignored_total").increment(1);
            return;
        }
        match member.started.map(|started| started + EVERY) {
            Some(due) if Instant::now() < due => {
                // Of ids that we do not know nothing is sent: they need not be remembered.
                clocks.retain(|(client, _)| self.replayed.tables.clock(*client) > 0);
                self.starts.0.insert(id, (due, clocks));
            }
            Some(_) | None => self.start(id, &clocks),
        }
    }

    /// Answers those whose time has come.
    pub(super) fn start_those_due(&mut self) {
        let now = Instant::now();
        let due = self.starts.0.extract_if(.., |_, (due, _)| *due <= now);
        for (id, (_, clocks)) in due.collect::<Vec<_>>() {
            self.start(id, &clocks);
        }
    }

    /// Sends the state to a member, then everything from here on.
    fn start(&mut self, id: ConnectionId, clocks: &[(u64, u64)]) {
        let Some(member) = self.members.get_mut(&id).filter(|m| m.leaving.is_none()) else {
            return;
        };
        let deletes = Bytes::from(self.replayed.tables.deletes_update());
        let ours = member.wishes.lineage.as_ref() == Some(&self.head.lineage);
        let catch_up = match member.wishes.after.take() {
            // Taken once: a later sync step 1 on this socket speaks for itself.
            Some(seq) if ours && (0..=self.head.head_seq).contains(&seq) => {
                CatchUp::resume(seq, deletes)
            }
            Some(_) | None => CatchUp::by_clocks(clocks, &self.replayed, deletes),
        };
        member.outbox.start(catch_up);
        member.live = true;
        member.started = Some(Instant::now());
        self.starts.forget(id);
    }

    /// Answers "who is here?".
    pub(super) fn tell_everyone(&mut self, id: ConnectionId) {
        let Some(member) = self.members.get_mut(&id) else {
            return;
        };
        let now = Instant::now();
        // What it was told a moment ago, and has heard since, is the answer.
        if member.told_everyone.is_some_and(|told| now < told + EVERY) {
            return;
        }
        member.told_everyone = Some(now);
        for (client, frame) in self.presence.everyone() {
            member.outbox.push_presence(client, frame);
        }
    }
}
