//! One turn of a room (`live-text.md` section 4): drain, gate, judge, append, then fan out the
//! original bytes and acknowledge. Nothing is shown or acknowledged before it is on disk.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use tokio::time::Instant;

use super::ConnectionId;
use super::connection::DAMAGED;
use super::durable::Written;
use super::gate::{self, Reading, Verdict};
use super::protocol::{self, Close, Message};
use super::replay::TailRow;
use super::room::{Incoming, Room, ServerUpdate};
use crate::error::{Error, Result};
use crate::ids::{AccountId, OrganisationId};
use crate::rules::rights::Refusal;
use crate::store::log::StoredUpdate;

/// One turn takes at most so many frames, so many bytes: one log row stays small.
const TURN_FRAMES: usize = 512;
const TURN_BYTES: usize = 4 * 1024 * 1024;

/// Who sent an update.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Source {
    /// A connection, as its n-th sync frame.
    Member(ConnectionId, u64),
    /// The server, on behalf of an account.
    Server(AccountId, Option<OrganisationId>),
}

/// One update of the turn.
#[derive(Clone, Debug)]
struct Piece {
    source: Source,
    /// The V1 update.
    update: Bytes,
    /// The frame to pass on, when it came as an update.
    frame: Option<Bytes>,
    /// Whether a gap is set aside: our sync step 1 was not answered yet.
    may_wait: bool,
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
enum Fate {
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
    /// Takes everything that waits, from the first frame on.
    pub(super) async fn turn(&mut self, first: Incoming) {
        let (mut pieces, mut starts) = (Vec::new(), BTreeMap::new());
        let (mut frames, mut bytes) = (1, first.frame.len());
        self.sort(first, &mut pieces, &mut starts);
        while frames < TURN_FRAMES && bytes < TURN_BYTES {
            let Ok(incoming) = self.inbox.try_recv() else {
                break;
            };
            frames += 1;
            bytes += incoming.frame.len();
            self.sort(incoming, &mut pieces, &mut starts);
        }
        metrics::counter!("chantier_turns_total").increment(1);
        // After the commit: a newcomer's delete set must not show what is not on disk.
        if self.write(pieces).await.is_none() {
            return;
        }
        for (id, clocks) in starts {
            self.start(id, &clocks);
        }
    }

    /// An update of the server's own, through the same gate and log.
    pub(super) async fn server_update(&mut self, update: ServerUpdate) {
        let piece = Piece {
            source: Source::Server(update.account, update.organisation),
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
            Some(Message::QueryAwareness) => {
                for (client, frame) in self.presence.everyone() {
                    member.outbox.push_presence(client, frame);
                }
            }
        }
    }

    /// Gates, judges, appends, then tells. `None` when the room stops meanwhile: nothing was
    /// told then, and the tables may be ahead of the disk.
    async fn write(&mut self, pieces: Vec<Piece>) -> Option<Vec<Fate>> {
        if pieces.is_empty() {
            return Some(Vec::new());
        }
        loop {
            if !self.refresh_or_wait().await {
                return None;
            }
            let fates = self.judge(&pieces);
            let updates = self.accepted(&pieces, &fates);
            if updates.is_empty() {
                self.resumed();
                self.tell(&pieces, &fates);
                return Some(fates);
            }
            match self.append(updates).await {
                Written::Stored(row_bytes) => {
                    self.advance(&fates, row_bytes);
                    self.tell(&pieces, &fates);
                    if let Some(hear) = self.shared.on_edit.get() {
                        hear(&self.document);
                    }
                    self.ask_compaction();
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
        let mut cut = BTreeSet::new();
        let mut fates = Vec::with_capacity(pieces.len());
        for piece in pieces {
            let fate = match &piece.source {
                Source::Member(id, _) if cut.contains(id) => Fate::Ignored,
                Source::Member(id, _) => {
                    let member = self.members.get(id).filter(|m| !m.outbox.is_ending());
                    let allowed = member.map(|member| {
                        let account = member.author.account.clone();
                        (member.may_write(&self.head), account)
                    });
                    match allowed {
                        Some((allowed, account)) => self.judge_one(piece, allowed, &account),
                        None => Fate::Ignored,
                    }
                }
                Source::Server(account, _) => {
                    let allowed = if self.head.is_damaged {
                        Err(DAMAGED)
                    } else {
                        Ok(())
                    };
                    self.judge_one(piece, allowed, account)
                }
            };
            if let (Fate::Refused { .. }, Source::Member(id, _)) = (&fate, &piece.source) {
                cut.insert(*id);
            }
            fates.push(fate);
        }
        fates
    }

    fn judge_one(
        &mut self,
        piece: &Piece,
        allowed: Result<(), Refusal>,
        account: &AccountId,
    ) -> Fate {
        let tables = &mut self.replayed.tables;
        match (
            gate::read(&piece.update, tables, &self.message_limits),
            allowed,
        ) {
            (Verdict::Accepted(reading) | Verdict::CleanUpOnly(reading), Ok(())) => {
                if !self.bindings.bind(&reading.new, account, &self.presence) {
                    return Fate::Refused {
                        code: "foreign_client",
                        rule: "gate.author".to_owned(),
                    };
                }
                tables.apply(&reading);
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
                    Source::Server(account, organisation) => {
                        (account.clone(), organisation.clone())
                    }
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
        self.replayed.tail.push(row);
    }

    /// Fans out what was accepted, then acknowledges and refuses.
    fn tell(&mut self, pieces: &[Piece], fates: &[Fate]) {
        let seq = self.head.head_seq;
        let mut heard = BTreeMap::<ConnectionId, Option<(u64, &'static str, &str)>>::new();
        let mut dropped = BTreeMap::<ConnectionId, u64>::new();
        for (piece, fate) in pieces.iter().zip(fates) {
            if let Fate::Accepted(_) = fate {
                let frame = match &piece.frame {
                    Some(frame) => frame.clone(),
                    None => protocol::update(&piece.update),
                };
                self.fan_out(&piece.source, seq, &frame);
            }
            let Source::Member(id, number) = piece.source else {
                continue;
            };
            let refusal = heard.entry(id).or_insert(None);
            let Some(member) = self.members.get_mut(&id) else {
                continue;
            };
            if matches!(fate, Fate::Refused { .. } | Fate::Ignored) {
                let first = dropped.entry(id).or_insert(number);
                *first = number.min(*first);
            }
            match fate {
                Fate::Refused { code, rule } => *refusal = Some((number, code, rule)),
                Fate::Aside if refusal.is_none() => {
                    if !member.set_aside(number, piece.update.clone()) {
                        *refusal = Some((number, "gap", "gate"));
                        dropped.entry(id).or_insert(number);
                    }
                }
                Fate::Aside | Fate::Accepted(_) | Fate::Held | Fate::Ignored => {}
            }
        }
        for (id, refusal) in heard {
            let Some(member) = self.members.get(&id) else {
                continue;
            };
            let resolved = dropped.get(&id).map_or(member.received, |first| first - 1);
            let waiting = member.aside.first().map(|(number, _)| number - 1);
            if member.wishes.notices {
                member
                    .outbox
                    .stored(waiting.unwrap_or(resolved).min(resolved), seq);
            }
            if let Some((number, code, rule)) = refusal {
                member.refuse(number, code, rule);
            }
        }
    }

    fn fan_out(&self, source: &Source, seq: i64, frame: &Bytes) {
        let others = self.members.values().filter(|member| {
            member.live && !matches!(source, Source::Member(id, _) if *id == member.id)
        });
        for member in others {
            member.outbox.push(seq, frame.clone());
        }
    }
}
