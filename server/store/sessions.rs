//! Login sessions. A session ends when signed out, unused for [`IDLE_MS`], or [`ABSOLUTE_MS`] old.

use super::{Store, Tx, args};
use crate::error::{Error, Result};
use crate::ids::{AccountId, SessionId};

/// A session unused for this long is over: a week, in milliseconds.
pub const IDLE_MS: i64 = 7 * 86_400_000;
/// No session lasts longer: thirty days, in milliseconds.
pub const ABSOLUTE_MS: i64 = 30 * 86_400_000;
/// How often a use is noted, in milliseconds.
pub const NOTED_EVERY_MS: i64 = 300_000;
/// Longest browser name kept, in characters.
const USER_AGENT_CHARS: usize = 300;

/// One session, as its person sees it.
#[derive(Clone, Debug)]
pub struct SessionRow {
    /// Its id.
    pub session_id: SessionId,
    /// When the person signed in.
    pub created_at_ms: i64,
    /// When it was last noted as used.
    pub seen_at_ms: i64,
    /// What the browser calls itself.
    pub user_agent: String,
    /// From where the person signed in.
    pub address: String,
}

/// Where a person signs in from.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The network address.
    pub address: String,
    /// What the browser calls itself.
    pub user_agent: String,
}

impl Tx {
    /// Opens a session within a transaction (also after a link or the set-up).
    ///
    /// # Errors
    /// Those of the database.
    pub async fn open_session(
        &mut self,
        account: &AccountId,
        secret_hash: &[u8],
        origin: &Origin,
        now_ms: i64,
    ) -> Result<SessionId> {
        let session = SessionId::new();
        let user_agent: String = origin.user_agent.chars().take(USER_AGENT_CHARS).collect();
        self.run(
            "insert into session (session_id, account_id, secret_hash, user_agent, address,
             created_at_ms, seen_at_ms, expires_at_ms) values ($1, $2, $3, $4, $5, $6, $7, $8)",
            args![
                session.as_str(),
                account.as_str(),
                secret_hash,
                user_agent,
                &origin.address,
                now_ms,
                now_ms,
                now_ms + ABSOLUTE_MS
            ],
        )
        .await?;
        Ok(session)
    }
}

impl Store {
    /// Opens a session after the password was verified, and removes the account's dead ones.
    ///
    /// # Errors
    /// `BadCredentials` when the account was closed or its password changed meanwhile.
    pub async fn sign_in(
        &self,
        account: &AccountId,
        verified_hash: &str,
        secret_hash: &[u8],
        origin: &Origin,
    ) -> Result<SessionId> {
        let now_ms = self.clock.now().ms();
        let mut tx = self.write().await?;
        // The row is taken first: a password change under way is either before or after.
        let still = tx
            .run(
                "update account set password_hash = password_hash
                 where account_id = $1 and password_hash = $2 and deactivated_at_ms is null",
                args![account.as_str(), verified_hash],
            )
            .await?;
        if still == 0 {
            return Err(Error::BadCredentials);
        }
        tx.run(
            "delete from session where account_id = $1 and (expires_at_ms <= $2 or seen_at_ms <= $3)",
            args![account.as_str(), now_ms, now_ms - IDLE_MS],
        )
        .await?;
        let session = tx
            .open_session(account, secret_hash, origin, now_ms)
            .await?;
        tx.commit().await?;
        Ok(session)
    }

    /// The live sessions of an account, latest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn sessions(&self, account: &AccountId) -> Result<Vec<SessionRow>> {
        let now_ms = self.clock.now().ms();
        let mut tx = self.read().await?;
        tx.rows(
            "select session_id, created_at_ms, seen_at_ms, user_agent, address from session
             where account_id = $1 and expires_at_ms > $2 and seen_at_ms > $3
             order by seen_at_ms desc, session_id",
            args![account.as_str(), now_ms, now_ms - IDLE_MS],
        )
        .await?
        .iter()
        .map(|row| {
            Ok(SessionRow {
                session_id: row.text(0)?.into(),
                created_at_ms: row.int(1)?,
                seen_at_ms: row.int(2)?,
                user_agent: row.text(3)?,
                address: row.text(4)?,
            })
        })
        .collect()
    }

    /// Ends one of the account's sessions.
    ///
    /// # Errors
    /// `NotFound` when it is not the account's.
    pub async fn end_session(&self, account: &AccountId, session: &SessionId) -> Result<()> {
        let mut tx = self.write().await?;
        let ended = tx
            .run(
                "delete from session where session_id = $1 and account_id = $2",
                args![session.as_str(), account.as_str()],
            )
            .await?;
        if ended == 0 {
            return Err(Error::NotFound);
        }
        tx.commit().await
    }

    /// Notes that a session was used.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn note_session(&self, session: &SessionId) -> Result<()> {
        let mut tx = self.write().await?;
        tx.run(
            "update session set seen_at_ms = $1 where session_id = $2",
            args![self.clock.now().ms(), session.as_str()],
        )
        .await?;
        tx.commit().await
    }
}
