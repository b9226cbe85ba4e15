//! Personal bearer tokens for programs: shown once, listed, revocable.

use super::{Store, args};
use crate::error::{Error, Result};
use crate::ids::{AccountId, TokenId};

/// Live tokens an account may have.
pub const TOKENS_MAX: i64 = 50;

/// One token, without its secret.
#[derive(Clone, Debug)]
pub struct TokenRow {
    /// Its id.
    pub token_id: TokenId,
    /// What its owner calls it.
    pub label: String,
    /// When it was made.
    pub created_at_ms: i64,
    /// When it was last noted as used.
    pub used_at_ms: Option<i64>,
    /// When it ends, if it does.
    pub expires_at_ms: Option<i64>,
}

impl Store {
    /// Makes a token of the account.
    ///
    /// # Errors
    /// `Conflict("too_many_tokens")` over [`TOKENS_MAX`].
    pub async fn add_token(
        &self,
        account: &AccountId,
        secret_hash: &[u8],
        label: &str,
        expires_at_ms: Option<i64>,
    ) -> Result<TokenRow> {
        let now_ms = self.clock.now().ms();
        let token_id = TokenId::new();
        let mut tx = self.write().await?;
        let row = tx
            .row(
                "select count(*) from token where account_id = $1 and revoked_at_ms is null
                 and (expires_at_ms is null or expires_at_ms > $2)",
                args![account.as_str(), now_ms],
            )
            .await?;
        if row.map_or(Ok(0), |row| row.int(0))? >= TOKENS_MAX {
            return Err(Error::Conflict("too_many_tokens"));
        }
        tx.run(
            "insert into token (token_id, account_id, secret_hash, label, created_at_ms, expires_at_ms)
             values ($1, $2, $3, $4, $5, $6)",
            args![
                token_id.as_str(),
                account.as_str(),
                secret_hash,
                label,
                now_ms,
                expires_at_ms
            ],
        )
        .await?;
        tx.commit().await?;
        Ok(TokenRow {
            token_id,
            label: label.to_owned(),
            created_at_ms: now_ms,
            used_at_ms: None,
            expires_at_ms,
        })
    }

    /// The account's live tokens, latest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn tokens(&self, account: &AccountId) -> Result<Vec<TokenRow>> {
        let mut tx = self.read().await?;
        tx.rows(
            "select token_id, label, created_at_ms, used_at_ms, expires_at_ms from token
             where account_id = $1 and revoked_at_ms is null
             and (expires_at_ms is null or expires_at_ms > $2)
             order by created_at_ms desc, token_id",
            args![account.as_str(), self.clock.now().ms()],
        )
        .await?
        .iter()
        .map(|row| {
            Ok(TokenRow {
                token_id: row.text(0)?.into(),
                label: row.text(1)?,
                created_at_ms: row.int(2)?,
                used_at_ms: row.opt_int(3)?,
                expires_at_ms: row.opt_int(4)?,
            })
        })
        .collect()
    }

    /// Revokes one of the account's tokens.
    ///
    /// # Errors
    /// `NotFound` when it is not a live token of the account.
    pub async fn revoke_token(&self, account: &AccountId, token: &TokenId) -> Result<()> {
        let mut tx = self.write().await?;
        let revoked = tx
            .run(
                "update token set revoked_at_ms = $1
                 where token_id = $2 and account_id = $3 and revoked_at_ms is null",
                args![self.clock.now().ms(), token.as_str(), account.as_str()],
            )
            .await?;
        if revoked == 0 {
            return Err(Error::NotFound);
        }
        tx.commit().await
    }

    /// Notes that a token was used.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn note_token(&self, token: &TokenId) -> Result<()> {
        let mut tx = self.write().await?;
        tx.run(
            "update token set used_at_ms = $1 where token_id = $2",
            args![self.clock.now().ms(), token.as_str()],
        )
        .await?;
        tx.commit().await
    }
}
