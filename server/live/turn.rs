//! One turn of a room (`live-text.md` section 4): drain, gate, judge, append, then fan out the
//! original bytes and acknowledge. Nothing is shown or acknowledged before it is on disk.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use super::ConnectionId;
use super::connection::DAMAGED;
use super::durable::Written;
use super::gate::{self, Reading, Verdict};
use super::inbox::Incoming;
use super::late::LateTurn;
use super::outbox::Batch;
use super::protocol::{self, Close, Message};
use super::replay::TailRow;
use super::room::{Room, ServerUpdate, ServerWriter};
use crate::error::{Error, Result};
use crate::ids::AccountId;
use crate::rules::editing::{Mode, Touch, may_touch};
use crate::rules::rights::{Facts, Refusal};
use crate::store::log::StoredUpdate;

/// One turn takes at most so many frames, so many bytes: one log row stays small.
const TURN_FRAMES: usize = 1024;
const TURN_BYTES: usize = 4 * 1024 * 1024;

/// The place of so many frames is kept for the next turn.
const KEPT_FRAMES: usize = 16;

/// Who reads edited documents waits longer than this after the last edit it hears of.
const TELL_EDITS_EVERY: Duration = Duration::from_millis(500);

/// The text has moved on since an update of the server's own was made: it is made again.
pub const HEAD_MOVED: &str = "head_moved";

/// Who sent an update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// A connection, as its n-th sync frame.
    Member(ConnectionId, u64),
    /// The server, on behalf of an account.
    Server(ServerWriter),
}

/// One update of the turn.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) source: Source,
    /// The V1 update.
    pub(super) update: Bytes,
    /// The frame to pass on, when it came as an update.
    frame: Option<Bytes>,
    /// Whether a gap is set aside: our sync step 1 was not answered yet.
    pub(super) may_wait: bool,
}

impl Piece {
    /// Its number among the sync frames of its socket.
    const fn number(&self) -> u64 {
        match self.source {
            Source::Member(_, number) => number,
            Source::Server(..) => 0,
        }
    }
}

/// What becomes of an update.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "most are accepted; a box would be an allocation for each update"
)]
pub(super) enum Fate {
    /// New and allowed: stored, passed on, acknowledged.
    Accepted(Reading),
    /// We hold it, or it is a copy's own clean-up that need not be kept: acknowledged.
    Held,
    /// A gap before our sync step 1 was answered.
    Aside,
    /// Refused: its sender is cut off.
    Refused { code: &'static str, rule: String },
    /// After a refusal of the same sender.
    Ignored,
}

impl Room {
    /// Takes everything that waits.
    pub(super) async fn turn(&mut self) {
        // Whoever has something on the way puts it in first: a turn costs the same for many.
        tokio::task::yield_now().await;
        let mut taken = std::mem::take(&mut self.taken);
        self.inbox.take(&mut taken, TURN_FRAMES, TURN_BYTES);
        let (mut pieces, mut starts) = (Vec::with_capacity(taken.len()), BTreeMap::new());
        for incoming in taken.drain(..) {
            self.sort(incoming, &mut pieces, &mut starts);
        }
        if taken.capacity() <= KEPT_FRAMES {
            self.taken = taken;
        }
        metrics::counter!("chantier_turns_total").increment(1);
        self.keep_reservations();
        // Nobody is shown the text who lost the right to it while storage was away.
        if !starts.is_empty() && !self.refresh_or_wait().await {
            return;
        }
        // After the commit: a newcomer's delete set must not show what is not on disk.
        if self.write(pieces).await.is_none() {
            return;
        }
        for (id, clocks) in starts {
            self.start_or_later(id, clocks);
        }
    }

    /// An update of the server's own, through the same gate and log.
    pub(super) async fn server_update(&mut self, update: ServerUpdate) {
        let piece = Piece {
            source: Source::Server(update.writer),
            update: update.bytes,
            frame: None,
            may_wait: false,
        };
        let fates = self.write(vec![piece]).await;
        let result = match fates.and_then(|mut fates| fates.pop()) {
            Some(Fate::Accepted(_) | Fate::Held) => Ok(self.head.head_seq),
            Some(Fate::Refused { code, .. }) => Err(Error::Conflict(code)),
            Some(Fate::Aside | Fate::Ignored) => Err(Error::Conflict("gap")),
            None => Err(Error::Unavailable("the room is stopping".into())),
        };
        let _ = update.answer.send(result);
    }

    /// Reads one frame; updates and starts are collected, presence is passed on at once.
    fn sort(
        &mut self,
        incoming: Incoming,
        pieces: &mut Vec<Piece>,
        starts: &mut BTreeMap<ConnectionId, Vec<(u64, u64)>>,
    ) {
        let id = incoming.connection;
        let Some(member) = self.members.get_mut(&id).filter(|m| !m.outbox.is_ending()) else {
            return;
        };
        let malformed = Close::Malformed;
        match protocol::read(&incoming.frame) {
            None => member.outbox.close(malformed),
            Some(Message::Unknown) => {
                metrics::counter!("chantier_frames_unknown_total").increment(1);
            }
            Some(Message::Step1(vector)) => match gate::read_state_vector(&vector) {
                Ok(clocks) => {
                    starts.insert(id, clocks);
                }
                Err(_) => member.outbox.close(malformed),
            },
            Some(Message::Step2(update)) => {
                member.received += 1;
                member.answered = true;
                let answer = Piece {
                    source: Source::Member(id, member.received),
                    update,
                    frame: None,
                    may_wait: false,
                };
                // What was set aside is contained in the answer, or it is a gap for good;
                // so is what came earlier in this very turn.
                let early = pieces.extract_if(.., |piece| {
                    piece.may_wait
                        && matches!(piece.source, Source::Member(other, _) if other == id)
                });
                let mut again: Vec<Piece> = early.collect();
                again.extend(member.aside.drain(..).map(|(number, update)| Piece {
                    source: Source::Member(id, number),
                    update,
                    frame: None,
                    may_wait: false,
                }));
                again.sort_by_key(Piece::number);
                pieces.push(answer);
                pieces.extend(again.into_iter().map(|piece| Piece {
                    may_wait: false,
                    ..piece
                }));
            }
            Some(Message::Update(update)) => {
                member.received += 1;
                pieces.push(Piece {
                    source: Source::Member(id, member.received),
                    update,
                    frame: Some(incoming.frame),
                    may_wait: !member.answered,
                });
            }
            // Who is sent away neither shows itself nor sees who is here.
            Some(Message::Awareness(_) | Message::QueryAwareness) if member.leaving.is_some() => {}
            Some(Message::Awareness(update)) => {
                let author = &member.author;
                match self
                    .presence
                    .hear(id, author, &update, &self.bindings, Instant::now())
                {
                    Some(news) => self.tell_presence(&news),
                    None => member.outbox.close(malformed),
                }
            }
            Some(Message::QueryAwareness) => self.tell_everyone(id),
        }
    }

    /// Gates, judges, appends, then tells. `None` when the room stops meanwhile: nothing was
    /// told then, and the tables may be ahead of the disk.
    async fn write(&mut self, mut pieces: Vec<Piece>) -> Option<Vec<Fate>> {
        if pieces.is_empty() {
            return Some(Vec::new());
        }
        loop {
            if !self.refresh_or_wait().await {
                return None;
            }
            match self.late_turn(&mut pieces).await {
                LateTurn::Done => {}
                LateTurn::Again => continue,
                LateTurn::Stopped => return None,
            }
            let fates = self.judge(&pieces);
            let updates = self.accepted(&pieces, &fates);
            if updates.is_empty() {
                self.resumed();
                self.tell(pieces, &fates);
                self.ask_compaction();
                return Some(fates);
            }
            let restores = pieces.iter().find_map(|piece| match &piece.source {
                Source::Server(writer) => Some((writer.restores?, writer.account.clone())),
                Source::Member(..) => None,
            });
            match self.append(updates, restores).await {
                Written::Stored(row_bytes) => {
                    self.advance(&fates, row_bytes);
                    self.shadows_follow(&pieces, &fates);
                    self.tell(pieces, &fates);
                    self.tell_of_edit();
                    self.ask_compaction();
                    self.weigh();
                    return Some(fates);
                }
                // Judged under another epoch, or against another head: once more.
                Written::Lost => {}
                Written::Stopped => return None,
            }
        }
    }

    /// Reads each update against the tables, which advance with what is accepted.
    fn judge(&mut self, pieces: &[Piece]) -> Vec<Fate> {
        self.begin_weighing();
        let mut cut = Vec::new();
        let mut fates = Vec::with_capacity(pieces.len());
        for piece in pieces {
            let fate = match &piece.source {
                Source::Member(id, _) if cut.contains(id) => Fate::Ignored,
                Source::Member(id, _) => {
                    let member = self.members.get(id).filter(|m| !m.outbox.is_ending());
                    let allowed = member.map(|member| {
                        let account = member.author.account.clone();
                        let allowed = member.may_write(&self.head);
                        (allowed.map(|()| Some(member.facts)), account)
                    });
                    match allowed {
                        Some((allowed, account)) => self.judge_one(piece, allowed, &account),
                        None => Fate::Ignored,
                    }
                }
                Source::Server(writer) => self.judge_server(piece, writer),
            };
            if let (Fate::Refused { .. }, Source::Member(id, _)) = (&fate, &piece.source) {
                cut.push(*id);
            }
            fates.push(fate);
        }
        fates
    }

    /// An update of the server's own: its right was judged by who asked for it, under what it
    /// says it was made from.
    fn judge_server(&mut self, piece: &Piece, writer: &ServerWriter) -> Fate {
        let moved = writer.basis.as_ref().is_some_and(|basis| {
            basis.epoch != self.head.epoch
                || basis.head_seq.is_some_and(|seq| seq != self.head.head_seq)
                || basis.clock != self.replayed.tables.clock(basis.client)
        });
        if moved {
            return Fate::Refused {
                code: HEAD_MOVED,
                rule: "R-RESTORE".to_owned(),
            };
        }
        let allowed = if self.head.is_damaged {
            Err(DAMAGED)
        } else {
            Ok(None)
        };
        self.judge_one(piece, allowed, &writer.account)
    }

    /// `allowed`: the facts that this one update is judged from; none for the server, whose
    /// rights were judged by who asked.
    fn judge_one(
        &mut self,
        piece: &Piece,
        allowed: Result<Option<Facts>, Refusal>,
        account: &AccountId,
    ) -> Fate {
        let is_over = self.is_over(piece.update.len());
        let tables = &mut self.replayed.tables;
        let verdict = gate::read(&piece.update, tables, &self.message_limits);
        let is_clean_up = matches!(verdict, Verdict::CleanUpOnly(_));
        match (verdict, allowed) {
            (Verdict::Accepted(reading), Ok(_)) if is_over && !reading.new.is_empty() => {
                self.size.is_full = true;
                Fate::Refused {
                    code: "document_full",
                    rule: "quota.document".to_owned(),
                }
            }
            (Verdict::Accepted(reading) | Verdict::CleanUpOnly(reading), Ok(facts)) => {
                let touch = Touch {
                    sections: reading.sections.names(),
                    deletes_text: reading.deletes_text,
                };
                let mode = Mode::of_kind(&self.head.kind);
                match facts.map(|facts| may_touch(&facts, mode, touch)) {
                    // What every copy makes by itself is never refused.
                    Some(Err(_)) if is_clean_up => return Fate::Held,
                    Some(Err(refusal)) => {
                        return Fate::Refused {
                            code: refusal.code,
                            rule: refusal.rule.to_owned(),
                        };
                    }
                    Some(Ok(_)) | None => {}
                }
                if !self.bindings.bind(&reading.new, account, &self.presence) {
                    return Fate::Refused {
                        code: "foreign_client",
                        rule: "gate.author".to_owned(),
                    };
                }
                tables.apply(&reading);
                self.weigh_in(piece.update.len());
                Fate::Accepted(reading)
            }
            (Verdict::Accepted(_), Err(refusal)) => Fate::Refused {
                code: refusal.code,
                rule: refusal.rule.to_owned(),
            },
            (Verdict::CleanUpOnly(_) | Verdict::NothingNew, _) => Fate::Held,
            (Verdict::Gap, _) if piece.may_wait => Fate::Aside,
            (Verdict::Gap, _) => Fate::Refused {
                code: "gap",
                rule: "gate".to_owned(),
            },
            (Verdict::Refused(rule), _) => Fate::Refused {
                code: rule.key(),
                rule: format!("gate.{}", rule.number()),
            },
        }
    }

    /// The accepted updates with their authors.
    fn accepted(&self, pieces: &[Piece], fates: &[Fate]) -> Vec<StoredUpdate> {
        let accepted = pieces
            .iter()
            .zip(fates)
            .filter_map(|(piece, fate)| matches!(fate, Fate::Accepted(_)).then_some(piece));
        accepted
            .filter_map(|piece| {
                let (account, organisation) = match &piece.source {
                    Source::Member(id, _) => {
                        let author = &self.members.get(id)?.author;
                        (author.account.clone(), author.organisation.clone())
                    }
                    Source::Server(writer) => (writer.account.clone(), writer.organisation.clone()),
                };
                Some(StoredUpdate {
                    account,
                    organisation,
                    bytes: piece.update.clone(),
                })
            })
            .collect()
    }

    /// The row is on disk: the tail grows by it.
    fn advance(&mut self, fates: &[Fate], row_bytes: usize) {
        let readings = fates.iter().filter_map(|fate| match fate {
            Fate::Accepted(reading) => Some(reading),
            Fate::Held | Fate::Aside | Fate::Refused { .. } | Fate::Ignored => None,
        });
        let row = TailRow::new(self.head.head_seq, row_bytes, readings);
        metrics::counter!("chantier_updates_stored_total").increment(row.updates as u64);
        self.replayed.push(row);
    }

    /// Somebody reads edited documents behind the hot path.
    fn tell_of_edit(&mut self) {
        let now = Instant::now();
        if let Some(hear) = self.shared.on_edit.get()
            && self
                .edit_told
                .is_none_or(|told| now >= told + TELL_EDITS_EVERY)
        {
            hear(&self.document);
            self.edit_told = Some(now);
        }
    }

    /// Fans out what was accepted, then acknowledges and refuses: each connection is woken once.
    fn tell(&mut self, pieces: Vec<Piece>, fates: &[Fate]) {
        let seq = self.head.head_seq;
        let mut frames = Vec::with_capacity(pieces.len());
        for (piece, fate) in pieces.into_iter().zip(fates) {
            self.note(&piece, fate);
            if let Fate::Accepted(_) = fate {
                let frame = piece
                    .frame
                    .unwrap_or_else(|| protocol::update(&piece.update));
                let from = match piece.source {
                    Source::Member(id, _) => Some(id),
                    Source::Server(..) => None,
                };
                frames.push((from, frame));
            }
        }
        let batch = (!frames.is_empty()).then(|| Arc::new(Batch::new(seq, frames)));
        for member in self.members.values_mut() {
            let heard = std::mem::take(&mut member.heard);
            let resolved = heard.dropped.map_or(member.received, |first| first - 1);
            let waiting = member
                .aside
                .first()
                .map_or(u64::MAX, |(number, _)| number - 1);
            let stored = (heard.any && member.wishes.notices).then(|| (waiting.min(resolved), seq));
            let batch = batch.as_ref().filter(|_| member.live);
            member.outbox.turn(batch, stored);
            if let Some((number, code, rule)) = heard.refused {
                member.refuse(number, code, &rule);
            }
        }
    }

    /// What became of one update, for its sender.
    fn note(&mut self, piece: &Piece, fate: &Fate) {
        let Source::Member(id, number) = piece.source else {
            return;
        };
        let Some(member) = self.members.get_mut(&id) else {
            return;
        };
        member.heard.any = true;
        let lost = match fate {
            Fate::Accepted(_) | Fate::Held => false,
            Fate::Ignored => true,
            Fate::Refused { code, rule } => {
                member.heard.refused = Some((number, code, rule.clone()));
                true
            }
            Fate::Aside if member.heard.refused.is_some() => false,
            Fate::Aside => {
                let kept = member.set_aside(number, piece.update.clone());
                if !kept {
                    member.heard.refused = Some((number, "gap", "gate".to_owned()));
                }
                !kept
            }
        };
        if lost {
            let first = member.heard.dropped.unwrap_or(number);
            member.heard.dropped = Some(first.min(number));
        }
    }
}
