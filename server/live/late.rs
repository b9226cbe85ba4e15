//! Edits that come too late (`live-text.md` section 7): their sender could write when it made them
//! and cannot now. They are kept aside under their author, acknowledged, and never part of the text:
//! never fanned out, never in the log, never in our tables.
//!
//! What such a connection sends next builds on what was kept aside. So its author has a *shadow*: our
//! tables and the late edits together, against which the next ones are gated.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use serde_json::json;

use super::ConnectionId;
use super::connection::Member;
use super::gate::{self, Verdict};
use super::protocol::{self, Close};
use super::room::Room;
use super::shadow::{Seen, Shadow};
use super::turn::{self, Piece, Source};
use crate::error::Result;
use crate::ids::{AccountId, LateContributionId};
use crate::rules::rights::{self, Refusal, act};
use crate::store::late::{LateEdits, LateKept};

/// The rule that keeps late edits within their bounds.
const RULE: &str = "R-LATE";

/// What is known of a connection whose edits come too late.
#[derive(Debug, Default)]
pub(super) struct Late {
    /// The first frame of this connection that was kept aside: whatever comes after builds on it.
    first: Option<u64>,
}

/// What became of the late part of a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LateTurn {
    /// Everything late was answered; the rest of the turn goes on.
    Done,
    /// The epoch moved: rights are to be judged again.
    Again,
    /// The room is stopping.
    Stopped,
}

/// What becomes of one late update.
#[derive(Debug)]
enum Fate {
    /// Kept aside now, with the frame's number.
    New(u64),
    /// Kept aside before.
    Known(u64),
    /// Nothing in it: acknowledged as any other.
    Held,
    /// A gap before our sync step 1 was answered.
    Aside(u64, Bytes),
    /// Refused: the sender is cut off, its browser holds the words.
    Refused(u64, &'static str, String),
}

/// The late part of a turn: what becomes of it, by connection, and what is to be kept, in order.
#[derive(Debug, Default)]
struct Judged {
    fates: BTreeMap<ConnectionId, Vec<Fate>>,
    new: Vec<(ConnectionId, Bytes)>,
}

impl Member {
    /// Whether what it sends now comes too late: it could write when it made it.
    pub(super) fn is_late(&self) -> bool {
        self.late.as_ref().is_some_and(|late| late.first.is_some())
            || (self.could_write && self.right_to_write().is_err())
    }

    /// The right itself, whatever the age of its editor.
    fn right_to_write(&self) -> Result<(), Refusal> {
        rights::may::<act::EditText>(&self.facts).map(|_permit| ())
    }
}

impl Room {
    /// Remembers who has the right to write, for whoever comes back too late.
    pub(super) fn note_rights(&mut self, member: &Member) {
        self.late_possible |= member.is_late();
        let account = &member.author.account;
        let seen = (account.clone(), self.head.epoch);
        if member.right_to_write().is_ok() && self.writers_noted.insert(seen) {
            let epoch = self.head.epoch;
            self.shared.note_writer(&self.document, account, epoch);
        }
    }

    /// The same for a member already seated.
    pub(super) fn note_rights_of(&mut self, id: ConnectionId) {
        if let Some(member) = self.members.remove(&id) {
            self.note_rights(&member);
            self.members.insert(id, member);
        }
    }

    /// Takes what comes too late out of the turn, keeps it and answers it.
    pub(super) async fn late_turn(&mut self, pieces: &mut Vec<Piece>) -> LateTurn {
        if !self.late_possible {
            return LateTurn::Done;
        }
        let members = &self.members;
        let is_late = |piece: &mut Piece| match &piece.source {
            Source::Member(id, _) => members
                .get(id)
                .is_some_and(|member| member.is_late() && !member.outbox.is_ending()),
            Source::Server(..) => false,
        };
        let late: Vec<Piece> = pieces.extract_if(.., is_late).collect();
        if late.is_empty() {
            return LateTurn::Done;
        }
        loop {
            match Box::pin(self.keep_aside(&late)).await {
                Ok(LateTurn::Again) => {
                    // Whoever may write again has these judged as any other update.
                    pieces.splice(0..0, late);
                    return LateTurn::Again;
                }
                Ok(done) => return done,
                Err(error) => {
                    self.shadows.clear();
                    if !self.wait_for_storage(&error).await {
                        return LateTurn::Stopped;
                    }
                }
            }
        }
    }

    async fn keep_aside(&mut self, late: &[Piece]) -> Result<LateTurn> {
        self.raise_shadows(late).await?;
        let Judged { fates, new } = self.judge_late(late);
        let edits = self.edits(new);
        let mut kept = Vec::new();
        if !edits.is_empty() {
            let store = &self.shared.store;
            match store.keep_late(&self.document, &self.head, &edits).await {
                Ok(LateKept::Kept(ids)) => kept = ids,
                Ok(LateKept::Fenced) => {
                    self.read_anew().await?;
                    return Ok(LateTurn::Again);
                }
                Err(error) => {
                    // Bound, and not stored: the next attempt stores them.
                    for one in edits {
                        self.bindings.put_back(one.clients, &one.account);
                    }
                    return Err(error);
                }
            }
        }
        self.resumed();
        let mut outcomes = BTreeMap::new();
        for (one, id) in edits.into_iter().zip(kept) {
            let count = one.updates.len() as u64;
            metrics::counter!("chantier_updates_late_total").increment(count);
            tracing::info!(document.id = %self.document, account.id = %one.account,
                update.count = count, kept = id.is_some(), "edits came too late");
            match (&id, self.shadows.get_mut(&one.account)) {
                (Some(id), Some(shadow)) => shadow.contribution = Some(id.clone()),
                (Some(_), None) => {}
                (None, _) => {
                    // Its shadow holds what was not kept.
                    self.shadows.forget(&one.account);
                    self.bindings.put_back(one.clients, &one.account);
                }
            }
            outcomes.insert(one.account, id);
        }
        self.tell_late(fates, &outcomes);
        Ok(LateTurn::Done)
    }

    /// Sees to it that whoever needs a shadow has one. For whom there is no room is sent away for
    /// a while: nothing of theirs was acknowledged.
    async fn raise_shadows(&mut self, late: &[Piece]) -> Result<()> {
        let mut needed = BTreeSet::new();
        for piece in late {
            let Source::Member(id, _) = piece.source else {
                continue;
            };
            let Some(member) = self.members.get(&id) else {
                continue;
            };
            let begun = member.late.as_ref().is_some_and(|l| l.first.is_some());
            // Clean-up and what we hold need none, unless they build on what was kept.
            let plain = !begun
                && matches!(
                    gate::read(&piece.update, &self.replayed.tables, &self.message_limits),
                    Verdict::NothingNew | Verdict::CleanUpOnly(_) | Verdict::Refused(_)
                );
            if !plain {
                needed.insert(member.author.account.clone());
            }
        }
        let turned_away = self.shadows.begin_turn(&needed);
        for member in self.members.values() {
            if turned_away.contains(&member.author.account) {
                member.outbox.close(Close::TooMany);
            }
        }
        for account in needed {
            if self.shadows.get(&account).is_none() && !turned_away.contains(&account) {
                let shadow = self.shadow_of(&account).await?;
                self.shadows.insert(account, shadow);
            }
        }
        Ok(())
    }

    /// Our tables with everything this account has waiting.
    async fn shadow_of(&self, account: &AccountId) -> Result<Shadow> {
        let store = &self.shared.store;
        let (kept, contribution) = store
            .late_updates_of(&self.document, &self.head.lineage, account)
            .await?;
        Ok(Shadow::new(&self.replayed.tables, &kept, contribution))
    }

    fn judge_late(&mut self, late: &[Piece]) -> Judged {
        let mut judged = Judged::default();
        for piece in late {
            let Source::Member(id, number) = piece.source else {
                continue;
            };
            let own = judged.fates.entry(id).or_default();
            if own.iter().any(|fate| matches!(fate, Fate::Refused(..))) {
                continue;
            }
            let kept = |fate: &Fate| matches!(fate, Fate::New(_) | Fate::Known(_));
            let kept_before = own.iter().any(kept);
            let Some(fate) = self.judge_one_late((id, number), piece, kept_before) else {
                continue;
            };
            if matches!(fate, Fate::New(_)) {
                judged.new.push((id, piece.update.clone()));
            }
            judged.fates.entry(id).or_default().push(fate);
        }
        judged
    }

    /// `kept_before`: something of this turn and connection is kept aside already. `None` for
    /// whoever is gone or was sent away.
    fn judge_one_late(
        &mut self,
        (id, number): (ConnectionId, u64),
        piece: &Piece,
        kept_before: bool,
    ) -> Option<Fate> {
        let refused = |code: &'static str, rule: &str| Fate::Refused(number, code, rule.to_owned());
        let member = self.members.get(&id).filter(|m| !m.outbox.is_ending())?;
        let begun = member.late.as_ref().is_some_and(|l| l.first.is_some()) || kept_before;
        let (update, limits) = (&piece.update, &self.message_limits);
        if !begun {
            match gate::read(update, &self.replayed.tables, limits) {
                Verdict::NothingNew | Verdict::CleanUpOnly(_) => return Some(Fate::Held),
                Verdict::Refused(rule) => {
                    return Some(refused(rule.key(), &format!("gate.{}", rule.number())));
                }
                Verdict::Accepted(_) | Verdict::Gap => {}
            }
        }
        let account = &member.author.account;
        let shadow = self.shadows.get_mut(account)?;
        Some(match shadow.read(update, limits) {
            Seen::New(addition) => {
                let new = addition.reading().map_or(&[][..], |reading| &reading.new);
                if !self.bindings.bind(new, account, &self.presence) {
                    return Some(refused("foreign_client", "gate.author"));
                }
                shadow.keep(update, &addition, limits);
                Fate::New(number)
            }
            Seen::Known => Fate::Known(number),
            Seen::Gap if piece.may_wait => Fate::Aside(number, update.clone()),
            Seen::Gap => refused("gap", "gate"),
            Seen::Refused(rule) => refused(rule.key(), &format!("gate.{}", rule.number())),
        })
    }

    /// What is to be kept, one entry an account, its updates in order.
    fn edits(&mut self, new: Vec<(ConnectionId, Bytes)>) -> Vec<LateEdits> {
        let mut edits: Vec<LateEdits> = Vec::new();
        for (id, update) in new {
            let Some(author) = self.members.get(&id).map(|member| &member.author) else {
                continue;
            };
            match edits.iter_mut().find(|one| one.account == author.account) {
                Some(one) => one.updates.push(update),
                None => edits.push(LateEdits {
                    clients: self.bindings.take_new_of(&author.account),
                    account: author.account.clone(),
                    organisation: author.organisation.clone(),
                    updates: vec![update],
                }),
            }
        }
        edits
    }

    fn tell_late(
        &mut self,
        fates: BTreeMap<ConnectionId, Vec<Fate>>,
        outcomes: &BTreeMap<AccountId, Option<LateContributionId>>,
    ) {
        let seq = self.head.head_seq;
        for (id, fates) in fates {
            let Some(member) = self.members.get_mut(&id) else {
                continue;
            };
            let account = &member.author.account;
            let waiting = self
                .shadows
                .get(account)
                .and_then(|s| s.contribution.as_ref());
            let is_full = matches!(outcomes.get(account), Some(None));
            member.hear_late(fates, waiting, is_full, seq);
        }
        for account in outcomes.keys() {
            self.nudge_account(account, "late");
        }
    }

    /// Its author decided about what was kept aside, elsewhere: what is known of it is read again.
    pub(super) fn late_decided(&mut self, account: &AccountId) {
        self.shadows.forget(account);
        self.nudge_account(account, "late");
    }

    fn nudge_account(&self, account: &AccountId, topic: &'static str) {
        for member in self.members.values() {
            if member.author.account == *account && member.wishes.notices {
                member.outbox.nudge(topic);
            }
        }
    }

    /// Lets the shadows see what the text gained.
    pub(super) fn shadows_follow(&mut self, pieces: &[Piece], fates: &[turn::Fate]) {
        for (piece, fate) in pieces.iter().zip(fates) {
            if matches!(fate, turn::Fate::Accepted(_)) {
                self.shadows.follow(&piece.update, &self.message_limits);
            }
        }
    }
}

impl Member {
    /// Answers what it sent too late. `waiting` holds it; `is_full`: nothing of this turn was kept.
    fn hear_late(
        &mut self,
        fates: Vec<Fate>,
        waiting: Option<&LateContributionId>,
        is_full: bool,
        seq: i64,
    ) {
        let late_first = self.late.as_ref().and_then(|late| late.first);
        let (mut told, mut refusal) = (Vec::new(), None);
        for fate in fates {
            match fate {
                Fate::New(number) if is_full => {
                    refusal.get_or_insert((number, "late_full", RULE.to_owned()));
                }
                Fate::New(number) | Fate::Known(number) => told.push(number),
                Fate::Held => {}
                Fate::Aside(number, update) => {
                    if !self.set_aside(number, update) {
                        refusal.get_or_insert((number, "gap", "gate".to_owned()));
                    }
                }
                Fate::Refused(number, code, rule) => {
                    refusal.get_or_insert((number, code, rule));
                }
            }
        }
        let first = told.iter().copied().chain(late_first).min();
        // From here on this connection's edits build on it.
        self.late.get_or_insert_default().first = first;
        let aside = self.aside.first().map(|(number, _)| *number);
        let refused = refusal.as_ref().map(|(number, ..)| *number);
        // Only what came before the first of these is in the text.
        let until = [first, aside, refused].into_iter().flatten().min();
        if self.wishes.notices {
            let resolved = until.map_or(self.received, |number| number - 1);
            self.outbox.turn(None, Some((resolved, seq)));
            for number in &told {
                let id = waiting.map(LateContributionId::as_str);
                self.outbox.tell(protocol::notice(
                    &json!({"type": "kept_aside", "update": number, "contribution_id": id}),
                ));
            }
        }
        if let Some((number, code, rule)) = refusal {
            self.refuse(number, code, &rule);
        } else if !told.is_empty() && !self.wishes.notices {
            // A plain client cannot be told that they are kept: it is told that it may not write.
            let code = self.right_to_write().err().map_or("stage", |no| no.code);
            self.outbox
                .close_after(vec![protocol::denied(code)], Close::Refused);
        }
    }
}
