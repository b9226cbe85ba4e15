//! Which account writes under which Yjs client id (`live-text.md` section 5): a passage belongs to
//! the account that first wrote under its client id, and nobody else may continue it.
//! The room keeps this table; the log's writer stores new lines with the row that brought them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::gate::Range;
use super::presence::Presence;
use crate::ids::AccountId;

/// The client ids of one document.
#[derive(Debug, Default)]
pub struct Bindings {
    accounts: HashMap<u64, AccountId>,
    /// Bound since the last append.
    new: Vec<(u64, AccountId)>,
}

impl Bindings {
    /// As stored.
    #[must_use]
    pub fn new(stored: Vec<(u64, AccountId)>) -> Self {
        Self {
            accounts: stored.into_iter().collect(),
            new: Vec::new(),
        }
    }

    /// Whose client id this is.
    #[must_use]
    pub fn account(&self, client: u64) -> Option<&AccountId> {
        self.accounts.get(&client)
    }

    /// Binds the client ids of new content to its sender; `false`, and nothing bound, when one
    /// is somebody else's: bound to them, shown by them, or of content whose author is unknown.
    pub fn bind(&mut self, new: &[Range], account: &AccountId, presence: &Presence) -> bool {
        let is_theirs = |range: &Range| match self.account(range.client) {
            Some(owner) => owner == account,
            None => {
                let shown_by = presence.reserved_for(range.client);
                range.from == 0 && shown_by.is_none_or(|shown_by| shown_by == account)
            }
        };
        if !new.iter().all(is_theirs) {
            return false;
        }
        for range in new {
            if let Entry::Vacant(unbound) = self.accounts.entry(range.client) {
                unbound.insert(account.clone());
                self.new.push((range.client, account.clone()));
            }
        }
        true
    }

    /// What was bound since the last time: to be stored with the row that brought it.
    pub fn take_new(&mut self) -> Vec<(u64, AccountId)> {
        std::mem::take(&mut self.new)
    }

    /// The client ids of one account among these.
    pub fn take_new_of(&mut self, account: &AccountId) -> Vec<u64> {
        let theirs = self.new.extract_if(.., |(_, owner)| owner == account);
        theirs.map(|(client, _)| client).collect()
    }

    /// These could not be stored: they are taken again.
    pub fn put_back(&mut self, clients: Vec<u64>, account: &AccountId) {
        let clients = clients.into_iter();
        self.new.extend(clients.map(|one| (one, account.clone())));
    }
}
