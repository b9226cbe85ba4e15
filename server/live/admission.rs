//! Who may be in a room: how accounts stand before a document, all read at one moment and each
//! account once - of a newcomer before it enters the room's task, of everybody there when rights
//! change. What is read here may be old when the room hears of it: the count of rights changes tells.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::connection::{Connection, Wishes, note_refusal};
use super::inbox::Share;
use super::outbox::Outbox;
use super::protocol::Close;
use super::room::{Control, Join};
use super::{ConnectionId, Rooms, Shared};
use crate::error::{Error, Result};
use crate::ids::{AccountId, DocumentId, ProposalId};
use crate::rules::day::Day;
use crate::rules::rights::{self, Facts, act};
use crate::store::accounts::Identity;
use crate::store::authors::Author;
use crate::store::bench;
use crate::store::log::DocumentHead;
use crate::store::{Store, Tx};

/// How one connection stands before a document.
#[derive(Debug)]
pub(super) struct Standing {
    pub(super) author: Author,
    pub(super) facts: Facts,
    /// When its session or token ends, unless it is used again; milliseconds UTC.
    pub(super) ends_at_ms: i64,
}

impl Standing {
    pub(super) fn may_read(&self) -> bool {
        rights::may::<act::Read>(&self.facts).is_ok()
    }

    pub(super) fn may_write(&self) -> bool {
        rights::may::<act::EditText>(&self.facts).is_ok()
    }
}

/// What is known of a newcomer.
#[derive(Debug)]
pub(super) struct Admission {
    pub(super) standing: Standing,
    /// The day it holds for.
    pub(super) day: Day,
    /// Whether it could write when its browser's store was last in step.
    pub(super) could_write_then: bool,
    /// How often rights had changed before it was read.
    pub(super) rights_seen: u64,
}

/// Reads standings at one moment.
#[derive(Debug)]
pub(super) struct Reader {
    tx: Tx,
    document: DocumentId,
    proposal: ProposalId,
    pub(super) today: Day,
    now_ms: i64,
    accounts: HashMap<AccountId, Option<(Author, Facts)>>,
}

impl Reader {
    /// # Errors
    /// `NotFound` without such a document.
    pub(super) async fn new(store: &Store, document: &DocumentId) -> Result<Self> {
        let (today, now_ms) = (store.today(), store.clock.now().ms());
        let mut tx = store.read().await?;
        Ok(Self {
            proposal: tx.proposal_of(document).await?,
            tx,
            document: document.clone(),
            today,
            now_ms,
            accounts: HashMap::new(),
        })
    }

    pub(super) async fn head(&mut self) -> Result<DocumentHead> {
        self.tx.document_head(&self.document).await
    }

    /// How this identity stands; `None` when it is not signed in any more.
    pub(super) async fn standing(&mut self, identity: &Identity) -> Result<Option<Standing>> {
        let ends = self.tx.holds_until(&identity.via, self.now_ms).await?;
        let Some(ends_at_ms) = ends else {
            return Ok(None);
        };
        let known = match self.accounts.entry(identity.account_id.clone()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                let account = unknown.key().clone();
                let read = match self.tx.author(&account, &self.today).await {
                    Ok(author) => {
                        let facts = self
                            .tx
                            .proposal_facts(&account, &self.proposal, &self.today)
                            .await?;
                        Some((author, facts))
                    }
                    Err(Error::Unauthenticated) => None,
                    Err(error) => return Err(error),
                };
                unknown.insert(read)
            }
        };
        Ok(known.clone().map(|(author, facts)| Standing {
            author,
            facts,
            ends_at_ms,
        }))
    }

    /// Whether the account had the right when its browser's store was last in step.
    async fn could_write_then(
        &mut self,
        head: &DocumentHead,
        account: &AccountId,
        wishes: &Wishes,
    ) -> Result<bool> {
        let ours = wishes.lineage.as_ref() == Some(&head.lineage);
        match wishes.epoch.filter(|_| ours) {
            Some(epoch) => {
                let (document, now_ms) = (&self.document, self.now_ms);
                self.tx
                    .could_write_since(document, account, epoch, now_ms)
                    .await
            }
            None => Ok(false),
        }
    }
}

impl Rooms {
    /// Takes a seat in the document's room. A refusal is counted and logged here.
    ///
    /// # Errors
    /// With which code the socket is to be closed.
    pub async fn join(
        &self,
        document: &DocumentId,
        identity: Identity,
        wishes: Wishes,
    ) -> Result<Connection, Close> {
        let id = ConnectionId(self.shared.next_id());
        let settings = &self.shared.settings;
        let outbox = Arc::new(Outbox::new(id, settings.outbox, settings.slow_reader));
        // Known before its rights are read: a session that ends meanwhile closes it.
        self.shared
            .add_connection(id, document, &identity, wishes.address, &outbox);
        let account = identity.account_id.clone();
        let joined = self.join_as(id, document, identity, wishes, outbox).await;
        if let Err(close) = &joined {
            self.shared.forget_connection(id);
            note_refusal(Some(document), Some(&account), *close);
        }
        joined
    }

    async fn join_as(
        &self,
        id: ConnectionId,
        document: &DocumentId,
        identity: Identity,
        wishes: Wishes,
        outbox: Arc<Outbox>,
    ) -> Result<Connection, Close> {
        while !self.shared.stopping.is_cancelled() {
            let admission = Box::pin(self.shared.admit(id, document, &identity, &wishes));
            let admission = admission
                .await
                .map_err(|error| close_for(document, &error))?;
            let handle = self.find_or_start(document);
            let share = Arc::<Share>::default();
            let (answer, answered) = oneshot::channel();
            let join = Join {
                id,
                identity: identity.clone(),
                admission,
                wishes: wishes.clone(),
                outbox: outbox.clone(),
                share: share.clone(),
                answer,
            };
            // A room that was just ending answers nothing: the next one will.
            if handle
                .control
                .send(Control::Join(Box::new(join)))
                .await
                .is_ok()
                && let Ok(answer) = answered.await
            {
                let mut connection = Connection {
                    id,
                    document: document.clone(),
                    outbox,
                    inbox: handle.inbox,
                    share,
                    control: handle.control,
                    served: handle.served,
                    shared: self.shared.clone(),
                    account: identity.account_id,
                    pace: None,
                };
                if answer?.is_paced {
                    connection.keep_pace();
                }
                return Ok(connection);
            }
        }
        Err(Close::Restarting)
    }
}

fn close_for(document: &DocumentId, error: &Error) -> Close {
    if matches!(error, Error::NotFound) {
        Close::NotFound
    } else if matches!(error, Error::Unauthenticated) {
        Close::SignedOut
    } else if matches!(error, Error::TooMany { .. }) {
        Close::TooMany
    } else {
        tracing::error!(document.id = %document, cause = ?error, "no join");
        Close::Failed
    }
}

impl Shared {
    /// Reads how a newcomer stands, beside the room, which goes on with its turns.
    ///
    /// # Errors
    /// `NotFound` for who may not read and has nothing to bring, `Unauthenticated`, `TooMany`.
    async fn admit(
        &self,
        id: ConnectionId,
        document: &DocumentId,
        identity: &Identity,
        wishes: &Wishes,
    ) -> Result<Admission> {
        // Before anything is read: what changes later is counted later.
        let rights_seen = self.rights_seen();
        let mut reader = Reader::new(&self.store, document).await?;
        let head = reader.head().await?;
        if head.kind != bench::KIND && self.is_crowded(id) {
            return Err(Error::TooMany { retry_after_s: 0 });
        }
        let standing = reader.standing(identity).await?;
        let standing = standing.ok_or(Error::Unauthenticated)?;
        let account = &identity.account_id;
        let could_write_then =
            !standing.may_write() && reader.could_write_then(&head, account, wishes).await?;
        if !standing.may_read() && !could_write_then {
            return Err(Error::NotFound);
        }
        Ok(Admission {
            standing,
            day: reader.today,
            could_write_then,
            rights_seen,
        })
    }
}
