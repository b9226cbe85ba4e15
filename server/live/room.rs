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

use super::bindings::Bindings;
use super::connection::{Heard, Member, Wishes};
use super::gate::Limits;
use super::inbox::{Inbox, Incoming};
use super::outbox::Outbox;
use super::presence::{News, Presence};
use super::protocol::{self, Close};
use super::replay::{self, CatchUp, Replayed};
use super::salvage::salvage;
use super::shadow::Shadows;
use super::size::Size;
use super::{ConnectionId, RoomId, Shared};
use crate::error::{Error, Result};
use crate::ids::{AccountId, DocumentId, OrganisationId};
use crate::rules::rights::{self, act};
use crate::store::accounts::Identity;
use crate::store::bench;
use crate::store::log::DocumentHead;

/// A request to join.
#[derive(Debug)]
pub(super) struct Join {
    pub(super) id: ConnectionId,
    pub(super) identity: Identity,
    pub(super) wishes: Wishes,
    pub(super) outbox: Arc<Outbox>,
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
    /// A snapshot was written at this row.
    Compacted,
}

/// How long a room without anybody waits for the joiner it was opened for.
const EMPTY_ROOM: Duration = Duration::from_secs(30);

/// The state of one open document.
#[derive(Debug)]
pub(super) struct Room {
    pub(super) id: RoomId,
    pub(super) document: DocumentId,
    pub(super) shared: Arc<Shared>,
    pub(super) inbox: Arc<Inbox>,
    /// The frames of a turn; empty between two.
    pub(super) taken: Vec<Incoming>,
    pub(super) control: mpsc::Receiver<Control>,
    pub(super) head: DocumentHead,
    pub(super) replayed: Replayed,
    pub(super) bindings: Bindings,
    /// Bounds of what a client sends.
    pub(super) message_limits: Limits,
    pub(super) members: BTreeMap<ConnectionId, Member>,
    pub(super) presence: Presence,
    /// What is kept aside, as its authors go on from it.
    pub(super) shadows: Shadows,
    /// Whether somebody here could write and cannot any more.
    pub(super) late_possible: bool,
    /// Who was noted as a writer, under which epoch.
    pub(super) writers_noted: HashSet<(AccountId, i64)>,
    /// Whether the last append failed and the pages were told.
    pub(super) suspended: bool,
    pub(super) stopping: bool,
    /// Whether a compaction was asked for and has not answered.
    pub(super) compacting: bool,
    /// Between two compactions there is a pause, whatever arrives.
    pub(super) compact_not_before: Option<Instant>,
    pub(super) size: Size,
    /// Whether somebody may be gone.
    pub(super) look_around: bool,
    /// When it was last told that the document was edited.
    pub(super) edit_told: Option<Instant>,
}

/// Reads the document as stored, through the gate.
pub(super) async fn load(
    shared: &Shared,
    document: &DocumentId,
) -> Result<(DocumentHead, Replayed, Bindings)> {
    let limits = Limits::snapshot();
    let history = salvage(shared.store.history(document).await?)?;
    let bindings = Bindings::new(shared.store.client_bindings(document).await?);
    if let Ok(replayed) = replay::replay(document, &history, &limits) {
        return Ok((history.head, replayed, bindings));
    }
    // The snapshot's tables are damaged, or of an older make: the rows say it all again.
    let whole = shared.store.history_without_snapshot(document).await?;
    let whole = salvage(whole)?;
    let replayed = replay::replay(document, &whole, &limits)?;
    Ok((whole.head, replayed, bindings))
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
                control = self.control.recv() => match control {
                    Some(control) => {
                        self.look_around = true;
                        self.hear(control).await;
                    }
                    None => return,
                },
                () = self.inbox.ready() => self.turn().await,
                () = tokio::time::sleep_until(wake) => {
                    self.look_around = true;
                    self.tick().await;
                }
            }
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
        self.presence
            .next_due(self.shared.settings.presence_forgotten)
            .map_or(look, |due| due.min(look))
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
            Control::Compacted => Box::pin(self.compacted()).await,
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
            Control::Compacted => self.compacting = false,
        }
    }

    /// Seats a newcomer who may read; frames start when it sends its sync step 1.
    async fn join(&mut self, join: Join) {
        let is_paced = self.head.kind != bench::KIND;
        if is_paced && self.shared.is_crowded(join.id) {
            tracing::info!(document.id = %self.document, account.id = %join.identity.account_id,
                code = Close::TooMany.code(), rule = Close::TooMany.reason(),
                "a connection was refused");
            let _ = join.answer.send(Err(Close::TooMany));
            return;
        }
        match self.seat(&join).await {
            Ok(member) => {
                member.greet(&self.head, &self.replayed.tables.state_vector());
                for (client, frame) in self.presence.everyone() {
                    member.outbox.push_presence(client, frame);
                }
                self.note_rights(&member);
                self.members.insert(join.id, member);
                let _ = join.answer.send(Ok(Seated { is_paced }));
            }
            Err(error) => {
                let close = if matches!(error, Error::NotFound | Error::Refused(_)) {
                    Close::NotFound
                } else if matches!(error, Error::Unauthenticated) {
                    Close::SignedOut
                } else {
                    tracing::error!(document.id = %self.document, cause = ?error, "no join");
                    Close::Failed
                };
                let _ = join.answer.send(Err(close));
            }
        }
    }

    async fn seat(&self, join: &Join) -> Result<Member> {
        let store = &self.shared.store;
        let (account, day) = (&join.identity.account_id, store.today());
        if !store.still_holds(&join.identity.via).await? {
            return Err(Error::Unauthenticated);
        }
        let facts = store.document_facts(account, &self.document).await?;
        rights::may::<act::Read>(&facts)?;
        let could_write = rights::may::<act::EditText>(&facts).is_ok()
            || self.could_write_then(account, &join.wishes).await?;
        Ok(Member {
            id: join.id,
            document: self.document.clone(),
            author: store.author(account).await?,
            identity: join.identity.clone(),
            facts,
            day,
            stale: false,
            wishes: join.wishes.clone(),
            outbox: join.outbox.clone(),
            received: 0,
            aside: Vec::new(),
            answered: false,
            could_write,
            late: None,
            live: false,
            heard: Heard::default(),
            told_epoch: self.head.epoch,
        })
    }

    /// Sends the state to a member, then everything from here on.
    pub(super) fn start(&mut self, id: ConnectionId, clocks: &[(u64, u64)]) {
        let deletes = Bytes::from(self.replayed.tables.deletes_update());
        let Some(member) = self.members.get_mut(&id) else {
            return;
        };
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
    }

    /// Sends presence to the others, and its echo to its sender.
    pub(super) fn tell_presence(&self, news: &[News]) {
        for one in news {
            for member in self.members.values() {
                let frame = if member.id == one.connection {
                    &one.echo
                } else {
                    &one.frame
                };
                member.outbox.push_presence(one.client, frame.clone());
            }
        }
    }

    /// Presence that is due; and rights that ended with the day, whoever is silent.
    async fn tick(&mut self) {
        let today = self.shared.store.today();
        if self.members.values().any(|member| member.day != today) {
            self.refresh_or_later().await;
        }
        let forgotten = self.shared.settings.presence_forgotten;
        let news = self.presence.due(Instant::now(), forgotten);
        self.tell_presence(&news);
    }

    /// Forgets connections whose socket is gone, once what they had sent was taken.
    fn sweep(&mut self) {
        if !self.inbox.is_empty() {
            return;
        }
        self.look_around = false;
        let gone: Vec<ConnectionId> = self
            .members
            .values()
            .filter(|member| member.outbox.is_gone())
            .map(|member| member.id)
            .collect();
        for id in gone {
            self.members.remove(&id);
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
