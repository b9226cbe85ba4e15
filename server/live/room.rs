//! One open document: a single task that owns its order, its gate's tables and its members.
//! Everyone else sends it messages. The turn itself is in `turn`; here is its life:
//! loading, joining, leaving, changed rights, presence, unloading.
//! Never here: a CRDT, a lock held across an `await`, a timer that saves.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::json;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::admission::Admission;
use super::bindings::Bindings;
use super::connection::{Heard, Member, Wishes};
use super::gate::Limits;
use super::hold::{Held, HoldAsked, held};
use super::inbox::{Inbox, Incoming, Share};
use super::outbox::Outbox;
use super::presence::{News, Presence};
use super::protocol::{self, Close};
use super::recheck::HANDING_IN;
use super::replay::{self, Replayed};
use super::salvage::salvage;
use super::served::Served;
use super::shadow::Shadows;
use super::size::Size;
use super::starts::Starts;
use super::{ConnectionId, RoomId, Shared};
use crate::error::{Error, Result};
use crate::ids::{AccountId, DocumentId, OrganisationId};
use crate::store::accounts::Identity;
use crate::store::bench;
use crate::store::log::{DocumentHead, History};

/// A request to join.
#[derive(Debug)]
pub(super) struct Join {
    pub(super) id: ConnectionId,
    pub(super) identity: Identity,
    pub(super) admission: Admission,
    pub(super) wishes: Wishes,
    pub(super) outbox: Arc<Outbox>,
    pub(super) share: Arc<Share>,
    pub(super) answer: oneshot::Sender<Result<Seated, Close>>,
}

/// What a newcomer is told about its seat.
#[derive(Debug)]
pub(super) struct Seated {
    /// Whether it must keep a pace.
    pub(super) is_paced: bool,
}

/// An update written by the server on behalf of an account.
#[derive(Debug)]
pub(super) struct ServerUpdate {
    pub(super) writer: ServerWriter,
    pub(super) bytes: Bytes,
    pub(super) answer: oneshot::Sender<Result<i64>>,
}

/// For whom the server writes, and on which conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ServerWriter {
    pub(super) account: AccountId,
    pub(super) organisation: Option<OrganisationId>,
    /// What it was made from; written only while that holds.
    pub(super) basis: Option<Basis>,
    /// The place of the log whose text it brings back, noted with the row.
    pub(super) restores: Option<i64>,
}

/// What an update of the server's own was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Basis {
    /// The epoch its right was judged under.
    pub epoch: i64,
    /// The head it was made from; `None` when what others wrote since may stand beside it.
    pub head_seq: Option<i64>,
    /// The client id it is written under.
    pub client: u64,
    /// The first clock it uses of that client id.
    pub clock: u64,
}

/// Everything a room hears beside frames.
#[derive(Debug)]
pub(super) enum Control {
    Join(Box<Join>),
    /// A connection is gone: look around.
    Left,
    /// Rights around the document changed.
    RightsChanged,
    /// Rights of one account changed.
    AccountChanged(AccountId),
    /// This author decided about late edits elsewhere.
    LateDecided(AccountId),
    /// Something beside the text changed.
    Nudge(&'static str),
    ServerUpdate(Box<ServerUpdate>),
    /// Nobody's words are taken until this is let go of, or for too long.
    Hold(HoldAsked),
    /// A snapshot was written.
    Compacted,
    /// The compaction that this room asked for ended.
    CompactionEnded,
}

/// How long a room without anybody waits for the joiner it was opened for.
const EMPTY_ROOM: Duration = Duration::from_secs(30);

/// Between two turns the room hears so many messages beside frames: typing goes on.
const CONTROLS_BETWEEN_TURNS: usize = 8;

/// The state of one open document.
#[derive(Debug)]
pub(super) struct Room {
    pub(super) id: RoomId,
    pub(super) document: DocumentId,
    pub(super) shared: Arc<Shared>,
    pub(super) inbox: Arc<Inbox>,
    pub(super) served: Arc<Served>,
    /// The frames of a turn; empty between two.
    pub(super) taken: Vec<Incoming>,
    pub(super) control: mpsc::Receiver<Control>,
    pub(super) head: DocumentHead,
    pub(super) replayed: Replayed,
    pub(super) bindings: Bindings,
    /// Bounds of what a client sends.
    pub(super) message_limits: Limits,
    /// Boxed: the map makes room for eleven at once, and most documents have few readers.
    pub(super) members: BTreeMap<ConnectionId, Box<Member>>,
    pub(super) presence: Presence,
    /// What is kept aside, as its authors go on from it.
    pub(super) shadows: Shadows,
    /// Whether somebody here could write and cannot any more.
    pub(super) late_possible: bool,
    /// Who was noted as a writer, under which epoch.
    pub(super) writers_noted: HashSet<(AccountId, i64)>,
    /// States asked for that wait for their time.
    pub(super) starts: Starts,
    /// Whether the last append failed and the pages were told.
    pub(super) suspended: bool,
    pub(super) stopping: bool,
    /// Whether a compaction was asked for and has not answered.
    pub(super) compacting: bool,
    /// Between two compactions there is a pause, whatever arrives.
    pub(super) compact_not_before: Option<Instant>,
    pub(super) size: Size,
    /// Who holds the text still.
    pub(super) held: Option<Held>,
    /// Messages heard since the last turn.
    pub(super) controls: usize,
    /// When stale facts are read again.
    pub(super) recheck: Option<Instant>,
    /// When the first proof of somebody here ends; milliseconds UTC.
    pub(super) ends_at_ms: i64,
    /// Whether somebody may not read any more and has its last moments.
    pub(super) someone_leaves: bool,
    /// Whether somebody may be gone.
    pub(super) look_around: bool,
    /// When it was last told that the document was edited.
    pub(super) edit_told: Option<Instant>,
}

/// A document as stored, and what the gate read of it.
pub(super) struct Loaded {
    pub(super) history: History,
    pub(super) replayed: Replayed,
    pub(super) bindings: Bindings,
}

/// Reads the document as stored, through the gate.
pub(super) async fn load(shared: &Shared, document: &DocumentId) -> Result<Loaded> {
    let limits = Limits::snapshot();
    let mut history = salvage(shared.store.history(document).await?)?;
    let bindings = Bindings::new(shared.store.client_bindings(document).await?);
    let replayed = match replay::replay(document, &history, &limits) {
        Ok(replayed) => replayed,
        // The snapshot's tables are damaged, or of an older make: the rows say it all again.
        Err(_) => {
            history = salvage(shared.store.history_without_snapshot(document).await?)?;
            replay::replay(document, &history, &limits)?
        }
    };
    Ok(Loaded {
        history,
        replayed,
        bindings,
    })
}

impl Room {
    /// Serves until nobody is left.
    pub(super) async fn run(&mut self) {
        let shared = self.shared.clone();
        let stop = shared.stopping.cancelled();
        tokio::pin!(stop);
        loop {
            let wake = self.next_wake();
            tokio::select! {
                biased;
                // Seen by a room that opens while the server stops, too.
                () = &mut stop, if !self.stopping => self.stopping = true,
                control = self.control.recv(), if self.may_hear() => match control {
                    Some(control) => {
                        self.look_around = true;
                        self.controls += 1;
                        self.hear(control).await;
                    }
                    None => return,
                },
                () = self.inbox.ready(), if self.held.is_none() => {
                    self.controls = 0;
                    self.turn().await;
                }
                () = held(self.held.as_mut()), if self.held.is_some() => self.held = None,
                () = tokio::time::sleep_until(wake) => {}
            }
            // However busy the room is.
            if Instant::now() >= wake {
                self.look_around = true;
                self.tick().await;
            }
            self.see_out();
            if self.look_around {
                self.sweep();
            }
            if self.stopping {
                Box::pin(self.finish()).await;
            }
            if self.members.is_empty() && self.shared.unload(&self.document, self.id, &self.control)
            {
                return;
            }
        }
    }

    fn next_wake(&self) -> Instant {
        let now = Instant::now();
        if self.members.is_empty() {
            return now + EMPTY_ROOM;
        }
        let look = now + self.shared.settings.look_around;
        let presence = self
            .presence
            .next_due(self.shared.settings.presence_forgotten);
        let look = look.min(self.next_recheck());
        let look = self.starts.next_due().map_or(look, |due| due.min(look));
        presence.map_or(look, |due| due.min(look))
    }

    /// Whether it is the turn of messages beside frames: a crowd at the door does not hold back
    /// those who type.
    fn may_hear(&self) -> bool {
        self.controls < CONTROLS_BETWEEN_TURNS || self.held.is_some() || self.inbox.is_empty()
    }

    async fn hear(&mut self, control: Control) {
        match control {
            // Boxed where large: a silent room is as large as the largest of these.
            Control::Join(join) => Box::pin(self.join(*join)).await,
            Control::Left => {}
            Control::RightsChanged => {
                self.mark_stale(|_| true);
                self.refresh_or_later().await;
            }
            Control::AccountChanged(account) => {
                self.mark_stale(|member| member.author.account == account);
                self.refresh_or_later().await;
            }
            Control::LateDecided(account) => self.late_decided(&account),
            Control::Nudge(topic) => {
                for member in self.members.values().filter(|m| m.wishes.notices) {
                    member.outbox.nudge(topic);
                }
            }
            Control::ServerUpdate(update) => Box::pin(self.server_update(*update)).await,
            Control::Hold(asked) => self.held = self.held.take().or(asked.begin()),
            Control::Compacted => Box::pin(self.compacted()).await,
            Control::CompactionEnded => Box::pin(self.compaction_ended()).await,
        }
    }

    /// The same while storage does not answer: what needs storage is put off or refused.
    pub(super) fn hear_suspended(&mut self, control: Control) {
        match control {
            Control::Join(join) => {
                let _ = join.answer.send(Err(Close::Failed));
            }
            Control::Left => {}
            Control::RightsChanged => self.mark_stale(|_| true),
            Control::AccountChanged(account) => {
                self.mark_stale(|member| member.author.account == account);
            }
            Control::LateDecided(account) => self.late_decided(&account),
            Control::Nudge(topic) => {
                for member in self.members.values().filter(|m| m.wishes.notices) {
                    member.outbox.nudge(topic);
                }
            }
            Control::ServerUpdate(update) => {
                let _ = update
                    .answer
                    .send(Err(Error::Unavailable("storage is suspended".into())));
            }
            // Nobody's words are taken now, nor could a text be read.
            Control::Hold(_) | Control::Compacted => {}
            Control::CompactionEnded => self.compacting = false,
        }
    }

    /// Seats a newcomer who may read, or has something to hand in; frames start when it sends its
    /// sync step 1.
    async fn join(&mut self, join: Join) {
        let (id, rights_seen) = (join.id, join.admission.rights_seen);
        let standing = &join.admission.standing;
        let may_read = standing.may_read();
        self.ends_at_ms = self.ends_at_ms.min(standing.ends_at_ms);
        let member = Member {
            id,
            document: self.document.clone(),
            could_write: standing.may_write() || join.admission.could_write_then,
            author: join.admission.standing.author,
            identity: join.identity,
            facts: join.admission.standing.facts,
            day: join.admission.day,
            stale: false,
            ends_at_ms: join.admission.standing.ends_at_ms,
            leaving: None,
            wishes: join.wishes,
            outbox: join.outbox,
            share: join.share,
            received: 0,
            aside: Vec::new(),
            answered: false,
            late: None,
            live: false,
            started: None,
            told_everyone: None,
            heard: Heard::default(),
            told_epoch: self.head.epoch,
        };
        self.members.insert(id, Box::new(member));
        if !may_read {
            self.see_off(id, HANDING_IN, true);
        }
        if self.shared.rights_seen() != rights_seen {
            // Rights changed since it was let in, here or elsewhere.
            self.mark_stale(|member| member.id == id);
            self.refresh_or_later().await;
        }
        if let Some(member) = self.members.get(&id) {
            member.greet(&self.head, &self.replayed.tables.state_vector());
            if member.leaving.is_none() {
                for (client, frame) in self.presence.everyone() {
                    member.outbox.push_presence(client, frame);
                }
            }
        }
        self.note_rights_of(id);
        let is_paced = self.head.kind != bench::KIND;
        let _ = join.answer.send(Ok(Seated { is_paced }));
    }

    /// Sends presence to the others, and its echo to its sender.
    pub(super) fn tell_presence(&self, news: &[News]) {
        for one in news {
            // Who is here is read like the text: by those who surely may.
            let may_know = |member: &Member| !member.stale && member.leaving.is_none();
            for member in self.members.values().filter(|member| may_know(member)) {
                let frame = if member.id == one.connection {
                    &one.echo
                } else {
                    &one.frame
                };
                member.outbox.push_presence(one.client, frame.clone());
            }
        }
    }

    /// Stores whose client ids were shown for the first time: an enemy that saw one must not take
    /// it while its owner is away, whatever becomes of this room. Of those who may write alone:
    /// nobody else has anything to come back with.
    pub(super) fn keep_reservations(&mut self) {
        let mut fresh = self.presence.take_fresh();
        fresh.retain(|(client, account)| {
            let writes = |m: &Member| m.author.account == *account && m.could_write;
            self.bindings.account(*client).is_none()
                && self.members.values().any(|member| writes(member))
        });
        if !fresh.is_empty() {
            self.shared.note_reservations(&self.document, fresh);
        }
    }

    /// Presence that is due; and rights that ended with the day or a session, whoever is silent.
    async fn tick(&mut self) {
        self.refresh_or_later().await;
        self.ask_compaction();
        let forgotten = self.shared.settings.presence_forgotten;
        let author = |id| self.members.get(&id).map(|member| &member.author);
        let news = self.presence.due(Instant::now(), forgotten, author);
        self.tell_presence(&news);
        self.start_those_due();
        self.served.let_go();
    }

    /// Forgets connections whose socket is gone, once what they had sent was taken.
    fn sweep(&mut self) {
        let gone = self.members.values().filter(|m| m.outbox.is_gone());
        let (taken, waiting): (Vec<_>, Vec<_>) = gone.partition(|m| m.share.is_empty());
        self.look_around = !waiting.is_empty();
        let gone: Vec<ConnectionId> = taken.iter().map(|member| member.id).collect();
        if !gone.is_empty() {
            let members = &self.members;
            let is_here = |account: &AccountId| {
                let mut others = members.values().filter(|m| !gone.contains(&m.id));
                others.any(|member| member.author.account == *account)
            };
            self.shadows.retain(is_here);
        }
        for id in gone {
            self.members.remove(&id);
            self.starts.forget(id);
            let news = self.presence.forget(id);
            self.tell_presence(news.as_slice());
        }
    }

    /// The server stops: what was received is stored and acknowledged, then everybody leaves.
    async fn finish(&mut self) {
        // Whoever goes on sending must not keep the room open.
        self.inbox.close();
        while !self.inbox.is_empty() && !self.suspended {
            self.turn().await;
        }
        for member in self.members.values() {
            let mut last = Vec::new();
            if member.wishes.notices {
                let spread = self.shared.settings.return_spread_ms.max(1);
                let retry_ms = 250 + member.id.0.wrapping_mul(7919) % spread;
                last.push(protocol::notice(
                    &json!({"type": "restarting", "retry_ms": retry_ms}),
                ));
            }
            member.outbox.close_after(last, Close::Restarting);
        }
        self.members.clear();
    }
}
