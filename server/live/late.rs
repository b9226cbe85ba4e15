//! Edits that come too late (`live-text.md` section 7): their sender could write when it made them
//! and cannot now. They are kept aside under their author, acknowledged, and never part of the text:
//! never fanned out, never in the log, never in our tables.
//!
//! What such a connection sends next builds on what was kept aside. So it has a *shadow*: our tables
//! and the author's late edits together, against which the next ones are gated, until it reconnects.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::json;

use super::ConnectionId;
use super::connection::{Member, Wishes};
use super::gate::{self, Limits, Reading, Tables, Verdict};
use super::protocol::{self, Close};
use super::room::Room;
use super::turn::{self, Piece, Source};
use crate::error::Result;
use crate::ids::{AccountId, LateContributionId};
use crate::rules::rights::{self, Refusal, act};
use crate::store::late::{LateEdits, LateKept};

/// Shadows one room keeps between turns; whose is dropped gets it again from storage.
const SHADOWS: usize = 32;

/// The rule that keeps late edits within their bounds.
const RULE: &str = "R-LATE";

/// What is known of a connection whose edits come too late.
#[derive(Debug, Default)]
pub(super) struct Late {
    /// Our tables with the author's late edits; `None` until it is needed.
    shadow: Option<Tables>,
    /// The contribution that holds them.
    contribution: Option<LateContributionId>,
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
    /// To be kept aside, with the frame's number.
    New(u64, Bytes),
    /// Kept aside before.
    Known(u64),
    /// Nothing in it: acknowledged as any other.
    Held,
    /// A gap before our sync step 1 was answered.
    Aside(u64, Bytes),
    /// Refused: the sender is cut off, its browser holds the words.
    Refused(u64, &'static str, String),
}

/// The late part of a turn, by connection.
type Fates = BTreeMap<ConnectionId, Vec<Fate>>;

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
    /// Whether the account had the right when its browser's store was last in step.
    pub(super) async fn could_write_then(
        &self,
        account: &AccountId,
        wishes: &Wishes,
    ) -> Result<bool> {
        let ours = wishes.lineage.as_ref() == Some(&self.head.lineage);
        match wishes.epoch.filter(|_| ours) {
            Some(epoch) => {
                let store = &self.shared.store;
                store
                    .could_write_since(&self.document, account, epoch)
                    .await
            }
            None => Ok(false),
        }
    }

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
                    self.drop_shadows();
                    if !self.wait_for_storage(&error).await {
                        return LateTurn::Stopped;
                    }
                }
            }
        }
    }

    async fn keep_aside(&mut self, late: &[Piece]) -> Result<LateTurn> {
        self.raise_shadows(late).await?;
        let fates = self.judge_late(late);
        let edits = self.edits(&fates);
        let mut kept = Vec::new();
        if !edits.is_empty() {
            let store = &self.shared.store;
            match store.keep_late(&self.document, &self.head, &edits).await? {
                LateKept::Kept(ids) => kept = ids,
                LateKept::Fenced => {
                    self.read_anew().await?;
                    return Ok(LateTurn::Again);
                }
            }
        }
        self.resumed();
        let mut outcomes = BTreeMap::new();
        for (one, id) in edits.iter().zip(kept) {
            let count = one.updates.len() as u64;
            metrics::counter!("chantier_updates_late_total").increment(count);
            tracing::info!(document.id = %self.document, account.id = %one.account,
                update.count = count, kept = id.is_some(), "edits came too late");
            outcomes.insert(one.account.clone(), id);
        }
        self.tell_late(fates, &outcomes);
        Ok(LateTurn::Done)
    }

    /// Sees to it that whoever needs a shadow has one.
    async fn raise_shadows(&mut self, late: &[Piece]) -> Result<()> {
        for piece in late {
            let Source::Member(id, _) = piece.source else {
                continue;
            };
            let Some(member) = self.members.get(&id) else {
                continue;
            };
            let known = member.late.as_deref();
            if known.is_some_and(|late| late.shadow.is_some()) {
                continue;
            }
            let begun = known.is_some_and(|late| late.first.is_some());
            let tables = &self.replayed.tables;
            // Clean-up and what we hold need none, unless they build on what was kept.
            let plain = matches!(
                gate::read(&piece.update, tables, &self.message_limits),
                Verdict::NothingNew | Verdict::CleanUpOnly(_) | Verdict::Refused(_)
            );
            if plain && !begun {
                continue;
            }
            let account = member.author.account.clone();
            let (shadow, contribution) = self.shadow_of(&account).await?;
            if let Some(member) = self.members.get_mut(&id) {
                let late = member.late.get_or_insert_default();
                late.shadow = Some(shadow);
                late.contribution = late.contribution.take().or(contribution);
            }
        }
        Ok(())
    }

    /// Our tables with everything this account has waiting.
    async fn shadow_of(&self, account: &AccountId) -> Result<(Tables, Option<LateContributionId>)> {
        let store = &self.shared.store;
        let (updates, contribution) = store
            .late_updates_of(&self.document, &self.head.lineage, account)
            .await?;
        let mut shadow = self.replayed.tables.clone();
        for update in &updates {
            follow(&mut shadow, update, &Limits::snapshot());
        }
        Ok((shadow, contribution))
    }

    fn judge_late(&mut self, late: &[Piece]) -> Fates {
        let mut fates = Fates::new();
        for piece in late {
            let Source::Member(id, number) = piece.source else {
                continue;
            };
            let own = fates.entry(id).or_default();
            if own.iter().any(|fate| matches!(fate, Fate::Refused(..))) {
                continue;
            }
            let kept = |fate: &Fate| matches!(fate, Fate::New(..) | Fate::Known(_));
            let kept_before = own.iter().any(kept);
            let fate = self.judge_one_late((id, number), piece, kept_before);
            fates.entry(id).or_default().push(fate);
        }
        fates
    }

    /// `kept_before`: something of this turn and connection is kept aside already.
    fn judge_one_late(
        &mut self,
        (id, number): (ConnectionId, u64),
        piece: &Piece,
        kept_before: bool,
    ) -> Fate {
        let refused = |code: &'static str, rule: &str| Fate::Refused(number, code, rule.to_owned());
        let Some(member) = self.members.get_mut(&id) else {
            return Fate::Held;
        };
        let account = member.author.account.clone();
        let Some(late) = member
            .late
            .as_deref_mut()
            .filter(|late| late.shadow.is_some())
        else {
            // It needs no shadow: nothing new, clean-up, or bytes that break a rule.
            return match gate::read(&piece.update, &self.replayed.tables, &self.message_limits) {
                Verdict::Refused(rule) => refused(rule.key(), &format!("gate.{}", rule.number())),
                Verdict::NothingNew
                | Verdict::CleanUpOnly(_)
                | Verdict::Accepted(_)
                | Verdict::Gap => Fate::Held,
            };
        };
        let begun = late.first.is_some() || kept_before;
        let ours = || gate::read(&piece.update, &self.replayed.tables, &self.message_limits);
        if !begun && matches!(ours(), Verdict::NothingNew | Verdict::CleanUpOnly(_)) {
            return Fate::Held;
        }
        let Some(shadow) = late.shadow.as_mut() else {
            return Fate::Held;
        };
        match gate::read(&piece.update, shadow, &self.message_limits) {
            Verdict::Accepted(reading) => {
                if !self.bindings.bind(&reading.new, &account, &self.presence) {
                    return refused("foreign_client", "gate.author");
                }
                shadow.apply(&reading);
                Fate::New(number, piece.update.clone())
            }
            Verdict::NothingNew | Verdict::CleanUpOnly(_) => Fate::Known(number),
            Verdict::Gap if piece.may_wait => Fate::Aside(number, piece.update.clone()),
            Verdict::Gap => refused("gap", "gate"),
            Verdict::Refused(rule) => refused(rule.key(), &format!("gate.{}", rule.number())),
        }
    }

    /// What is to be kept, one entry an account, its connections' updates in order.
    fn edits(&mut self, fates: &Fates) -> Vec<LateEdits> {
        let mut clients = self.bindings.take_new();
        let mut edits: Vec<LateEdits> = Vec::new();
        for (id, fates) in fates {
            let Some(author) = self.members.get(id).map(|member| &member.author) else {
                continue;
            };
            let new = fates.iter().filter_map(|fate| match fate {
                Fate::New(_, update) => Some(update.clone()),
                Fate::Known(_) | Fate::Held | Fate::Aside(..) | Fate::Refused(..) => None,
            });
            let updates: Vec<Bytes> = new.collect();
            if updates.is_empty() {
                continue;
            }
            match edits.iter_mut().find(|one| one.account == author.account) {
                Some(one) => one.updates.extend(updates),
                None => edits.push(LateEdits {
                    clients: clients
                        .extract_if(.., |(_, owner)| *owner == author.account)
                        .map(|(client, _)| client)
                        .collect(),
                    account: author.account.clone(),
                    organisation: author.organisation.clone(),
                    updates,
                }),
            }
        }
        edits
    }

    fn tell_late(
        &mut self,
        fates: Fates,
        outcomes: &BTreeMap<AccountId, Option<LateContributionId>>,
    ) {
        let seq = self.head.head_seq;
        for (id, fates) in fates {
            let Some(member) = self.members.get_mut(&id) else {
                continue;
            };
            member.hear_late(fates, outcomes.get(&member.author.account), seq);
        }
        for account in outcomes.keys() {
            for member in self.members.values() {
                if member.author.account == *account && member.wishes.notices {
                    member.outbox.nudge("late");
                }
            }
        }
        let with_shadow = |member: &&mut Member| {
            let late = member.late.as_deref();
            late.is_some_and(|late| late.shadow.is_some())
        };
        let shadowed = self.members.values_mut().filter(with_shadow);
        for late in shadowed.skip(SHADOWS).filter_map(|m| m.late.as_deref_mut()) {
            late.shadow = None;
        }
    }

    /// Lets the shadows see what the text gained.
    pub(super) fn shadows_follow(&mut self, pieces: &[Piece], fates: &[turn::Fate]) {
        if !self.late_possible {
            return;
        }
        let late = self.members.values_mut().filter_map(|m| m.late.as_mut());
        for shadow in late.filter_map(|late| late.shadow.as_mut()) {
            for (piece, fate) in pieces.iter().zip(fates) {
                if matches!(fate, turn::Fate::Accepted(_)) {
                    follow(shadow, &piece.update, &self.message_limits);
                }
            }
        }
    }

    /// Forgets what was built on tables that are not ours any more.
    pub(super) fn drop_shadows(&mut self) {
        for member in self.members.values_mut() {
            if let Some(late) = &mut member.late {
                late.shadow = None;
            }
        }
    }
}

impl Member {
    /// Answers what it sent too late.
    fn hear_late(&mut self, fates: Vec<Fate>, kept: Option<&Option<LateContributionId>>, seq: i64) {
        let late = self.late.get_or_insert_default();
        if let Some(Some(id)) = kept {
            late.contribution = Some(id.clone());
        }
        let (contribution, late_first) = (late.contribution.clone(), late.first);
        let (mut told, mut refusal) = (Vec::new(), None);
        for fate in fates {
            match fate {
                Fate::New(number, _) if matches!(kept, Some(None)) => {
                    refusal.get_or_insert((number, "late_full", RULE.to_owned()));
                }
                Fate::New(number, _) | Fate::Known(number) => told.push(number),
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
        if let Some(late) = &mut self.late {
            // From here on this connection's edits build on it.
            late.first = first;
        }
        let waiting = self.aside.first().map(|(number, _)| *number);
        let refused = refusal.as_ref().map(|(number, ..)| *number);
        // Only what came before the first of these is in the text.
        let until = [first, waiting, refused].into_iter().flatten().min();
        if self.wishes.notices {
            let resolved = until.map_or(self.received, |number| number - 1);
            self.outbox.turn(None, Some((resolved, seq)));
            for number in &told {
                let id = contribution.as_ref().map(LateContributionId::as_str);
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

/// Advances tables by an update that passed the gate against them or against fewer.
fn follow(tables: &mut Tables, update: &[u8], limits: &Limits) {
    let reading: Option<Reading> = match gate::read(update, tables, limits) {
        Verdict::Accepted(reading) | Verdict::CleanUpOnly(reading) => Some(reading),
        Verdict::NothingNew | Verdict::Gap | Verdict::Refused(_) => None,
    };
    if let Some(reading) = reading {
        tables.apply(&reading);
    }
}
