//! Accounts, sessions, tokens and one-time links.

use super::{Store, args};
use crate::error::{Error, Result};
use crate::ids::{AccountId, PersonId, SessionId, TokenId};

/// How a request proved who sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Via {
    /// A session cookie.
    Session(SessionId),
    /// A personal bearer token.
    Token(TokenId),
}

/// The account behind a request.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The account.
    pub account_id: AccountId,
    /// Its person.
    pub person_id: PersonId,
    /// By which proof.
    pub via: Via,
}

impl Store {
    /// The account whose session has this secret's hash.
    ///
    /// # Errors
    /// `Unauthenticated` when the session is unknown, expired or its account closed.
    pub async fn identity_by_session(&self, secret_hash: &[u8]) -> Result<Identity> {
        let mut tx = self.read().await?;
        let row = tx
            .row(
                "select s.session_id, a.account_id, a.person_id
                 from session s join account a using (account_id)
                 where s.secret_hash = $1 and s.expires_at_ms > $2 and a.deactivated_at_ms is null",
                args![secret_hash, self.clock.now().ms()],
            )
            .await?
            .ok_or(Error::Unauthenticated)?;
        Ok(Identity {
            via: Via::Session(row.text(0)?.into()),
            account_id: row.text(1)?.into(),
            person_id: row.text(2)?.into(),
        })
    }

    /// The account whose bearer token has this secret's hash.
    ///
    /// # Errors
    /// `Unauthenticated` when the token is unknown, revoked, expired or its account closed.
    pub async fn identity_by_token(&self, secret_hash: &[u8]) -> Result<Identity> {
        let mut tx = self.read().await?;
        let row = tx
            .row(
                "select t.token_id, a.account_id, a.person_id
                 from token t join account a using (account_id)
                 where t.secret_hash = $1 and t.revoked_at_ms is null
                 and (t.expires_at_ms is null or t.expires_at_ms > $2) and a.deactivated_at_ms is null",
                args![secret_hash, self.clock.now().ms()],
            )
            .await?
            .ok_or(Error::Unauthenticated)?;
        Ok(Identity {
            via: Via::Token(row.text(0)?.into()),
            account_id: row.text(1)?.into(),
            person_id: row.text(2)?.into(),
        })
    }
}
