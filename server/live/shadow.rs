//! The shadow of an author whose edits come too late: our tables and what is kept aside for them
//! together, against which their next ones are gated. One an account, whatever its connections.
//! Never in the text, never stored: built again from storage when it is dropped.

use std::collections::{BTreeMap, BTreeSet};

use super::gate::{self, Limits, Reading, Rule, Tables, Verdict};
use crate::ids::{AccountId, LateContributionId};
use crate::store::late::KeptUpdate;

/// Shadows one room keeps at a time: each is as large as the room's own tables.
pub(super) const SHADOWS: usize = 32;

/// Our tables with what one author has kept aside.
#[derive(Debug)]
pub(super) struct Shadow {
    /// With all of it, decided or not: the next edits may build on any of it.
    all: Tables,
    /// With what waits for a decision only; `None` while that is the same. What its author
    /// discarded and sends again is new.
    waiting: Option<Tables>,
    /// The contribution that waits.
    pub(super) contribution: Option<LateContributionId>,
    /// When it was last needed.
    used: u64,
}

/// What an update is, beside what is kept aside.
#[derive(Debug)]
pub(super) enum Seen {
    /// To be kept; what the tables that lack it gain.
    New(Addition),
    /// It waits already, or is in the text.
    Known,
    /// It builds on something that is nowhere.
    Gap,
    /// It breaks a rule.
    Refused(Rule),
}

/// What a new update adds to a shadow.
#[derive(Debug)]
pub(super) enum Addition {
    /// It was not kept before.
    All(Box<Reading>),
    /// It was, and decided: it waits anew.
    Waiting(Box<Reading>),
    /// The same, built on what was decided: it cannot be read without that.
    Unread,
}

impl Shadow {
    /// Ours, and everything kept aside for the author.
    pub(super) fn new(
        ours: &Tables,
        kept: &[KeptUpdate],
        contribution: Option<LateContributionId>,
    ) -> Self {
        let limits = Limits::snapshot();
        let (mut all, mut differs) = (ours.clone(), false);
        for one in kept {
            let gained = follow(&mut all, &one.bytes, &limits);
            differs |= gained && one.is_decided;
        }
        let waiting = differs.then(|| {
            let mut waiting = ours.clone();
            for one in kept.iter().filter(|one| !one.is_decided) {
                follow(&mut waiting, &one.bytes, &limits);
            }
            waiting
        });
        Self {
            all,
            waiting,
            contribution,
            used: 0,
        }
    }

    /// What this update is; nothing changes yet.
    pub(super) fn read(&self, update: &[u8], limits: &Limits) -> Seen {
        match (gate::read(update, &self.all, limits), &self.waiting) {
            (Verdict::Accepted(reading), _) => Seen::New(Addition::All(reading.into())),
            (Verdict::Gap, _) => Seen::Gap,
            (Verdict::Refused(rule), _) => Seen::Refused(rule),
            (Verdict::NothingNew | Verdict::CleanUpOnly(_), None) => Seen::Known,
            (Verdict::NothingNew | Verdict::CleanUpOnly(_), Some(waiting)) => {
                match gate::read(update, waiting, limits) {
                    Verdict::NothingNew | Verdict::CleanUpOnly(_) => Seen::Known,
                    Verdict::Accepted(reading) => Seen::New(Addition::Waiting(reading.into())),
                    Verdict::Gap | Verdict::Refused(_) => Seen::New(Addition::Unread),
                }
            }
        }
    }

    /// The update is kept: what comes next may build on it.
    pub(super) fn keep(&mut self, update: &[u8], addition: &Addition, limits: &Limits) {
        match addition {
            Addition::All(reading) => {
                self.all.apply(reading);
                if let Some(waiting) = &mut self.waiting {
                    follow(waiting, update, limits);
                }
            }
            Addition::Waiting(reading) => {
                if let Some(waiting) = &mut self.waiting {
                    waiting.apply(reading);
                }
            }
            Addition::Unread => {}
        }
    }

    /// The text gained this update.
    pub(super) fn follow(&mut self, update: &[u8], limits: &Limits) {
        follow(&mut self.all, update, limits);
        if let Some(waiting) = &mut self.waiting {
            follow(waiting, update, limits);
        }
    }
}

impl Addition {
    /// What is read of it, where it was read.
    pub(super) fn reading(&self) -> Option<&Reading> {
        match self {
            Self::All(reading) | Self::Waiting(reading) => Some(reading),
            Self::Unread => None,
        }
    }
}

/// The shadows of a room.
#[derive(Debug, Default)]
pub(super) struct Shadows {
    of: BTreeMap<AccountId, Shadow>,
    /// Counts the turns that needed one.
    turns: u64,
}

impl Shadows {
    /// One more turn: the `needed` ones that are there count as used, others make room for the
    /// rest. Those that have none and for whom there is no room, in order.
    pub(super) fn begin_turn(&mut self, needed: &BTreeSet<AccountId>) -> Vec<AccountId> {
        self.turns += 1;
        let mut missing = Vec::new();
        for account in needed {
            match self.of.get_mut(account) {
                Some(shadow) => shadow.used = self.turns,
                None => missing.push(account.clone()),
            }
        }
        let spare = missing
            .len()
            .saturating_sub(SHADOWS.saturating_sub(self.of.len()));
        let mut idle: Vec<(u64, AccountId)> = self
            .of
            .iter()
            .filter(|(_, shadow)| shadow.used < self.turns)
            .map(|(account, shadow)| (shadow.used, account.clone()))
            .collect();
        idle.sort();
        for (_, account) in idle.into_iter().take(spare) {
            self.of.remove(&account);
        }
        let room = SHADOWS.saturating_sub(self.of.len());
        missing.split_off(room.min(missing.len()))
    }

    /// The shadow of this account.
    pub(super) fn get(&self, account: &AccountId) -> Option<&Shadow> {
        self.of.get(account)
    }

    /// The same, to change it.
    pub(super) fn get_mut(&mut self, account: &AccountId) -> Option<&mut Shadow> {
        self.of.get_mut(account)
    }

    /// A shadow just made.
    pub(super) fn insert(&mut self, account: AccountId, mut shadow: Shadow) {
        shadow.used = self.turns;
        self.of.insert(account, shadow);
    }

    /// What is kept for this account changed elsewhere.
    pub(super) fn forget(&mut self, account: &AccountId) {
        self.of.remove(account);
    }

    /// Only these accounts are still here.
    pub(super) fn retain(&mut self, is_here: impl Fn(&AccountId) -> bool) {
        self.of.retain(|account, _| is_here(account));
    }

    /// Our tables are not what they were built on any more.
    pub(super) fn clear(&mut self) {
        self.of.clear();
    }

    /// The text gained this update.
    pub(super) fn follow(&mut self, update: &[u8], limits: &Limits) {
        for shadow in self.of.values_mut() {
            shadow.follow(update, limits);
        }
    }
}

/// Advances tables by an update that passed the gate against them or against fewer; whether they
/// gained something.
fn follow(tables: &mut Tables, update: &[u8], limits: &Limits) -> bool {
    match gate::read(update, tables, limits) {
        Verdict::Accepted(reading) | Verdict::CleanUpOnly(reading) => {
            tables.apply(&reading);
            true
        }
        Verdict::NothingNew | Verdict::Gap | Verdict::Refused(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shadow() -> Shadow {
        Shadow::new(&Tables::new(), &[], None)
    }

    #[test]
    fn the_shadow_not_needed_for_longest_makes_room_and_the_turn_is_bounded() {
        let name = |number: usize| AccountId::from(format!("acc-{number:03}"));
        let mut shadows = Shadows::default();
        for number in 0..SHADOWS {
            let needed = BTreeSet::from([name(number)]);
            assert!(shadows.begin_turn(&needed).is_empty());
            shadows.insert(name(number), shadow());
        }
        assert!(
            shadows
                .begin_turn(&BTreeSet::from([name(0), name(100)]))
                .is_empty()
        );
        shadows.insert(name(100), shadow());
        assert!(shadows.get(&name(0)).is_some() && shadows.get(&name(1)).is_none());
        let crowd: BTreeSet<AccountId> = (200..200 + SHADOWS + 3).map(name).collect();
        let without = shadows.begin_turn(&crowd);
        assert_eq!(without.len(), 3, "nobody gets one twice in a turn");
    }
}
