//! Live documents: find or start the one room of a document, tell rooms what changed beside the text.

pub mod gate;
pub mod schema;

use crate::ids::{AccountId, DocumentId, SessionId};

/// The open rooms; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Rooms {}

impl Rooms {
    /// Rights around this document changed (stage, tie, mandate): its room judges everyone anew
    /// and sends each connection its new rights. Does nothing when the room is not open.
    pub async fn rights_changed(&self, _document: &DocumentId) {}

    /// Rights of this account changed everywhere (mandate given or ended, account closed).
    pub async fn account_changed(&self, _account: &AccountId) {}

    /// The session ended: its sockets close with 4401, at once.
    pub async fn session_ended(&self, _session: &SessionId) {}

    /// Every session and token of the account ended, but the one given.
    pub async fn sessions_ended(&self, _account: &AccountId, _but: Option<&SessionId>) {}
}
