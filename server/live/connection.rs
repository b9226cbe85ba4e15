//! One connection, from both sides: what the room knows of it, and the handle its socket holds.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::inbox::{Inbox, Share};
use super::late::Late;
use super::outbox::{Outbox, Step};
use super::pace::{Pace, Pause};
use super::protocol::{self, Close};
use super::room::Control;
use super::served::Served;
use super::{ConnectionId, Settings, Shared};
use crate::ids::{AccountId, DocumentId};
use crate::rules::day::Day;
use crate::rules::rights::{self, Action, Facts, Refusal};
use crate::store::accounts::Identity;
use crate::store::authors::Author;
use crate::store::log::DocumentHead;

/// What a client asks for in the address of its socket.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// Whether it understands notices.
    pub notices: bool,
    /// The number of its editor's schema.
    pub schema: Option<i64>,
    /// The lineage of what it holds.
    pub lineage: Option<String>,
    /// It holds everything up to this row of that lineage.
    pub after: Option<i64>,
    /// The epoch under which its store was last in step, in that lineage.
    pub epoch: Option<i64>,
    /// The network address it comes from, as connections are counted by.
    pub address: Option<IpAddr>,
}

/// Updates that arrived before our sync step 1 was answered: at most so many, so many bytes.
const ASIDE_UPDATES: usize = 64;
const ASIDE_BYTES: usize = 1024 * 1024;

/// A write would build on a hole: while a part of the text is missing it is only read.
pub(super) const DAMAGED: Refusal = Refusal {
    rule: "R-WHOLE",
    code: "document_damaged",
};

/// What one turn found of one connection's updates.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// Whether it sent any.
    pub(super) any: bool,
    /// The update refused, its code and rule.
    pub(super) refused: Option<(u64, &'static str, String)>,
    /// The first update that was neither stored nor held.
    pub(super) dropped: Option<u64>,
}

/// The last moments of a connection that could write and may not even read any more.
#[derive(Clone, Copy, Debug)]
pub(super) struct Leaving {
    /// When it is sent away at the latest.
    pub(super) until: Instant,
    /// Whether it goes as soon as it has answered our sync step 1.
    pub(super) once_answered: bool,
}

/// What the room knows of one connection.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) id: ConnectionId,
    pub(super) document: DocumentId,
    pub(super) identity: Identity,
    pub(super) author: Author,
    pub(super) facts: Facts,
    /// The day the facts were read for: mandates begin and end with days.
    pub(super) day: Day,
    /// Whether the facts must be read again before the next judgement.
    pub(super) stale: bool,
    pub(super) wishes: Wishes,
    pub(super) outbox: Arc<Outbox>,
    /// What of it waits in the inbox.
    pub(super) share: Arc<Share>,
    /// When its session or token ends, unless it is used again; milliseconds UTC.
    pub(super) ends_at_ms: i64,
    /// It may not read any more: what it has on its way is kept, then it is sent away.
    pub(super) leaving: Option<Leaving>,
    /// Sync frames of subtype 1 and 2 received.
    pub(super) received: u64,
    /// Updates set aside until our sync step 1 is answered, with their number.
    pub(super) aside: Vec<(u64, Bytes)>,
    /// Whether our sync step 1 was answered.
    pub(super) answered: bool,
    /// Whether it could write when it made what it sends: since it joined, or when its store was
    /// last in step.
    pub(super) could_write: bool,
    /// Its late edits, if it has any.
    pub(super) late: Option<Box<Late>>,
    /// Whether it asked for the state: only then it gets updates.
    pub(super) live: bool,
    /// When it was last sent the state.
    pub(super) started: Option<Instant>,
    /// When it was last told who is here.
    pub(super) told_everyone: Option<Instant>,
    /// What the turn under way has for it.
    pub(super) heard: Heard,
    /// The epoch of the rights it was last told.
    pub(super) told_epoch: i64,
}

impl Member {
    /// Whether this connection may write now.
    pub(super) fn may_write(&self, head: &DocumentHead) -> Result<(), Refusal> {
        let behind = self.wishes.schema.is_some_and(|n| n < head.schema_number);
        if behind {
            return Err(Refusal {
                rule: Action::EditText.rule(),
                code: "schema_behind",
            });
        }
        if head.is_damaged {
            return Err(DAMAGED);
        }
        rights::may::<rights::act::EditText>(&self.facts).map(|_permit| ())
    }

    /// The keys of what it may do here.
    pub(super) fn may(&self, head: &DocumentHead) -> Vec<&'static str> {
        Action::ON_PROPOSAL
            .iter()
            .copied()
            .filter(|action| rights::judge(*action, &self.facts).is_ok())
            .filter(|action| *action != Action::EditText || !head.is_damaged)
            .map(Action::key)
            .collect()
    }

    /// Keeps an update for later; says whether there was room.
    pub(super) fn set_aside(&mut self, number: u64, frame: Bytes) -> bool {
        let bytes: usize = self.aside.iter().map(|(_, frame)| frame.len()).sum();
        let fits = self.aside.len() < ASIDE_UPDATES && bytes + frame.len() <= ASIDE_BYTES;
        if fits {
            self.aside.push((number, frame));
        }
        fits
    }

    /// The frames a client gets first.
    pub(super) fn greet(&self, head: &DocumentHead, state_vector: &[u8]) {
        let mut frames = Vec::new();
        if self.wishes.notices {
            frames.push(protocol::notice(&json!({
                "type": "hello",
                "seq": head.head_seq,
                "epoch": head.epoch,
                "lineage": head.lineage,
                "schema": head.schema_number,
                "may": self.may(head),
                "damaged": head.is_damaged,
                "account": self.author.account.as_str(),
                "organisation": self.author.organisation.as_ref().map(|id| id.as_str()),
            })));
        }
        frames.push(protocol::step_1(state_vector));
        self.outbox.greet(frames);
    }

    /// Tells of changed rights.
    pub(super) fn tell_rights(&self, head: &DocumentHead) {
        if self.wishes.notices {
            self.outbox.rights(protocol::notice(
                &json!({"type": "rights", "may": self.may(head), "epoch": head.epoch}),
            ));
        }
    }

    /// Refuses update `number` and ends the connection.
    pub(super) fn refuse(&self, number: u64, code: &str, rule: &str) {
        tracing::info!(document.id = %self.document, account.id = %self.author.account,
            code, rule, "an update was refused");
        metrics::counter!("chantier_updates_refused_total", "code" => code.to_owned()).increment(1);
        let last = if self.wishes.notices {
            protocol::notice(
                &json!({"type": "refused", "update": number, "code": code, "rule": rule}),
            )
        } else {
            protocol::denied(code)
        };
        self.outbox.close_after(vec![last], Close::Refused);
    }
}

/// What the socket must do next.
#[derive(Debug)]
pub enum Outgoing {
    /// Write these, then flush once.
    Send(Vec<Bytes>),
    /// Write these, then close.
    Close(Vec<Bytes>, Close),
}

/// A socket's place in a room; dropping it leaves.
#[derive(Debug)]
pub struct Connection {
    pub(super) id: ConnectionId,
    pub(super) document: DocumentId,
    pub(super) outbox: Arc<Outbox>,
    pub(super) inbox: Arc<Inbox>,
    pub(super) share: Arc<Share>,
    pub(super) control: mpsc::Sender<Control>,
    pub(super) served: Arc<Served>,
    pub(super) shared: Arc<Shared>,
    pub(super) account: AccountId,
    /// What it has left to send; `None` where no pace is to be kept.
    pub(super) pace: Option<Mutex<Pace>>,
}

impl Connection {
    /// The bounds and paces it is served by.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    /// Hands a frame to the room; waits while too much of this connection waits there, and then
    /// until its pace allows another. `false` once the room or the connection ended.
    pub async fn receive(&self, frame: Bytes) -> bool {
        let Some(pause) = self.hand(frame).await else {
            return false;
        };
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        true
    }

    /// The same, but the pause before the next frame is left to the caller. `None` once the room
    /// or the connection ended.
    ///
    /// # Cancel safety
    /// Safe: the room has the frame only when this is ready.
    pub async fn hand(&self, frame: Bytes) -> Option<Duration> {
        let bytes = frame.len();
        let is_presence = protocol::is_presence(&frame);
        if is_presence && !self.keeping(|pace, now| pace.may_show(now)).unwrap_or(true) {
            metrics::counter!("chantier_presence_left_out_total").increment(1);
        } else if !self.inbox.push(self.id, &self.share, frame).await {
            return None;
        }
        let pause = self.keeping(|pace, now| {
            if is_presence {
                pace.take_presence(bytes, now)
            } else {
                pace.take(bytes, now)
            }
        });
        match pause {
            Some(Pause::None) | None => Some(Duration::ZERO),
            Some(Pause::For(time)) => {
                metrics::counter!("chantier_slowed_frames_total").increment(1);
                Some(time)
            }
            Some(Pause::End) => {
                self.close(Close::TooFast);
                None
            }
        }
    }

    /// Looks at its pace, where one is to be kept.
    fn keeping<T>(&self, look: impl FnOnce(&mut Pace, Instant) -> T) -> Option<T> {
        let pace = self.pace.as_ref()?;
        // One number after the other is changed: a poisoned pace is a whole one.
        let mut pace = pace.lock().unwrap_or_else(PoisonError::into_inner);
        Some(look(&mut pace, Instant::now()))
    }

    /// From now on it keeps the pace of the settings.
    pub(super) fn keep_pace(&mut self) {
        let pace = Pace::new(&self.shared.settings.quota, Instant::now());
        self.pace = Some(Mutex::new(pace));
    }

    /// Notes that the server ended the connection, and why: one count, one line, nothing that was
    /// written.
    pub fn note_end(&self, close: Close) {
        count_end(close);
        match close {
            // The refused update has its own line; these two are nobody's doing.
            Close::Refused | Close::Restarting | Close::SignedOut => {}
            Close::Malformed
            | Close::NotFound
            | Close::TooLarge
            | Close::FellBehind
            | Close::TooFast
            | Close::TooMany
            | Close::Failed => tracing::info!(
                document.id = %self.document, account.id = %self.account,
                code = close.code(), rule = close.reason(), "a connection was ended"
            ),
        }
    }

    /// Asks for the connection to be closed once what waits was sent.
    pub fn close(&self, close: Close) {
        self.outbox.close_after(Vec::new(), close);
    }

    /// Ends when the connection must close at once, whatever is being written.
    ///
    /// # Cancel safety
    /// Safe.
    pub async fn cut(&self) -> Close {
        self.outbox.cut().await
    }

    /// What to do next; waits until there is something.
    ///
    /// # Cancel safety
    /// Safe while it waits; a catch-up that is being read from storage would be lost, so
    /// cancel only to end the connection.
    pub async fn next(&self) -> Outgoing {
        match self.outbox.next().await {
            Step::Send(frames) => Outgoing::Send(frames),
            Step::Close(last, close) => Outgoing::Close(last, close),
            Step::CatchUp(catch_up) => {
                // Boxed: rare and large, while each connection's task is as large as its largest part.
                let store = &self.shared.store;
                let frames = Box::pin(catch_up.frames(store, &self.document, &self.served));
                match frames.await {
                    Ok(frames) => Outgoing::Send(frames),
                    Err(error) => {
                        tracing::error!(document.id = %self.document, cause = ?error,
                            "the stored text cannot be served");
                        Outgoing::Close(Vec::new(), Close::Failed)
                    }
                }
            }
        }
    }
}

/// Counts and logs a connection that was never seated; without a document when what was asked for
/// is none, without an account when nobody is signed in.
pub fn note_refusal(document: Option<&DocumentId>, account: Option<&AccountId>, close: Close) {
    count_end(close);
    let (document, account) = (
        document.map(DocumentId::as_str),
        account.map(AccountId::as_str),
    );
    tracing::info!(
        document.id = document,
        account.id = account,
        code = close.code(),
        rule = close.reason(),
        "a connection was refused"
    );
}

/// Counts a connection that the server ended.
fn count_end(close: Close) {
    metrics::counter!("chantier_sockets_closed_total", "reason" => close.reason()).increment(1);
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.outbox.leave();
        self.shared.forget_connection(self.id);
        // When the room's control queue is full it is about to look around anyway.
        let _ = self.control.try_send(Control::Left);
    }
}
