//! Accounts: who a request comes from, what signs them in, who they are today.

use super::refs::{PersonRef, organisation_today, person_at, person_columns};
use super::sessions::IDLE_MS;
use super::{Row, Store, Tx, args};
use crate::error::{Error, Result};
use crate::ids::{AccountId, PersonId, SessionId, TokenId};
use crate::rules::rights::Facts;

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
    /// When the proof was last noted as used, in milliseconds UTC.
    pub noted_at_ms: i64,
}

/// What an account signs in with.
#[derive(Clone, Debug)]
pub struct Credential {
    /// The account.
    pub account_id: AccountId,
    /// The hash of its password.
    pub password_hash: String,
    /// Its e-mail address.
    pub email: String,
}

/// An account, as its person sees it.
#[derive(Clone, Debug)]
pub struct Me {
    /// Who.
    pub person: PersonRef,
    /// The address they sign in with.
    pub email: String,
    /// The language chosen, if any.
    pub locale: Option<String>,
    /// Live mandates.
    pub roles: Vec<HeldRole>,
    /// What rights that need no chantier are judged from.
    pub facts: Facts,
}

/// A live mandate.
#[derive(Clone, Debug)]
pub struct HeldRole {
    /// The role's key.
    pub role: String,
    /// The body, if it is held in one.
    pub body_id: Option<String>,
    /// The body's title.
    pub body_title: Option<String>,
    /// The body's chantier.
    pub chantier_id: Option<String>,
}

/// One account an address: addresses are kept in lower case, without blanks around.
#[must_use]
pub fn normal_email(email: &str) -> String {
    email.trim().to_lowercase()
}

impl Store {
    /// The account whose session has this secret's hash.
    ///
    /// # Errors
    /// `Unauthenticated` when the session is unknown, expired or its account closed.
    pub async fn identity_by_session(&self, secret_hash: &[u8]) -> Result<Identity> {
        let now_ms = self.clock.now().ms();
        let mut tx = self.read().await?;
        let row = tx
            .row(
                "select s.session_id, a.account_id, a.person_id, s.seen_at_ms
                 from session s join account a on a.account_id = s.account_id
                 where s.secret_hash = $1 and s.expires_at_ms > $2 and s.seen_at_ms > $3
                 and a.deactivated_at_ms is null",
                args![secret_hash, now_ms, now_ms - IDLE_MS],
            )
            .await?
            .ok_or(Error::Unauthenticated)?;
        Ok(Identity {
            via: Via::Session(row.text(0)?.into()),
            account_id: row.text(1)?.into(),
            person_id: row.text(2)?.into(),
            noted_at_ms: row.int(3)?,
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
                "select t.token_id, a.account_id, a.person_id, t.used_at_ms
                 from token t join account a on a.account_id = t.account_id
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
            noted_at_ms: row.opt_int(3)?.unwrap_or(0),
        })
    }

    /// What the open account with this address signs in with; `None` for everyone else.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn credential(&self, email: &str) -> Result<Option<Credential>> {
        let mut tx = self.read().await?;
        let row = tx
            .row(
                "select account_id, password_hash, email from account
                 where email = $1 and deactivated_at_ms is null and password_hash is not null",
                args![email],
            )
            .await?;
        row.as_ref().map(credential_at).transpose()
    }

    /// What a signed-in account proves itself with.
    ///
    /// # Errors
    /// `Unauthenticated` when it was closed meanwhile.
    pub async fn credential_of(&self, account: &AccountId) -> Result<Credential> {
        let mut tx = self.read().await?;
        let row = tx
            .row(
                "select account_id, password_hash, email from account
                 where account_id = $1 and deactivated_at_ms is null and password_hash is not null",
                args![account.as_str()],
            )
            .await?
            .ok_or(Error::Unauthenticated)?;
        credential_at(&row)
    }

    /// Who this account is, today.
    ///
    /// # Errors
    /// `NotFound` when there is no such account.
    pub async fn me(&self, account: &AccountId) -> Result<Me> {
        let today = self.today();
        let mut tx = self.read().await?;
        let row = tx
            .row(
                concat!(
                    "select ",
                    person_columns!(),
                    ", a.email, a.locale from account a join person p on p.person_id = a.person_id",
                    organisation_today!("$1", "$2"),
                    "where a.account_id = $3 order by f.valid_from"
                ),
                args![today.as_str(), today.as_str(), account.as_str()],
            )
            .await?
            .ok_or(Error::NotFound)?;
        Ok(Me {
            person: person_at(&row, 0)?,
            email: row.text(7)?,
            locale: row.opt_text(8)?,
            roles: tx.held_roles(account, today.as_str()).await?,
            facts: tx.programme_facts(account, &today).await?,
        })
    }

    /// Keeps the language the person chose.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn set_locale(&self, account: &AccountId, locale: Option<&str>) -> Result<()> {
        let mut tx = self.write().await?;
        tx.run(
            "update account set locale = $1 where account_id = $2",
            args![locale, account.as_str()],
        )
        .await?;
        tx.commit().await
    }

    /// Replaces a hash made at an older cost, unless the password changed meanwhile.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn rehash(&self, credential: &Credential, fresh: &str) -> Result<()> {
        let mut tx = self.write().await?;
        tx.run(
            "update account set password_hash = $1 where account_id = $2 and password_hash = $3",
            args![
                fresh,
                credential.account_id.as_str(),
                &credential.password_hash
            ],
        )
        .await?;
        tx.commit().await
    }

    /// Gives the account another password and ends its other sessions.
    ///
    /// # Errors
    /// `Conflict("password_changed")` when `known_hash` is no longer its password.
    pub async fn change_password(
        &self,
        account: &AccountId,
        known_hash: &str,
        fresh_hash: &str,
        kept_session: &SessionId,
    ) -> Result<()> {
        let now_ms = self.clock.now().ms();
        let mut tx = self.write().await?;
        let changed = tx
            .run(
                "update account set password_hash = $1, password_changed_at_ms = $2
                 where account_id = $3 and password_hash = $4",
                args![fresh_hash, now_ms, account.as_str(), known_hash],
            )
            .await?;
        if changed == 0 {
            return Err(Error::Conflict("password_changed"));
        }
        tx.run(
            "delete from session where account_id = $1 and session_id <> $2",
            args![account.as_str(), kept_session.as_str()],
        )
        .await?;
        tx.cancel_links(account, now_ms).await?;
        tx.commit().await
    }
}

fn credential_at(row: &Row) -> Result<Credential> {
    Ok(Credential {
        account_id: row.text(0)?.into(),
        password_hash: row.text(1)?,
        email: row.text(2)?,
    })
}

impl Tx {
    /// The live mandates of an account's person.
    async fn held_roles(&mut self, account: &AccountId, today: &str) -> Result<Vec<HeldRole>> {
        self.rows(
            "select m.role, b.body_id, b.title, b.chantier_id
             from mandate m join account a on a.person_id = m.person_id
             left join body b on b.body_id = m.body_id
             where a.account_id = $1 and m.valid_from <= $2 and (m.valid_to is null or m.valid_to > $3)
             order by m.valid_from, m.mandate_id",
            args![account.as_str(), today, today],
        )
        .await?
        .iter()
        .map(|row| {
            Ok(HeldRole {
                role: row.text(0)?,
                body_id: row.opt_text(1)?,
                body_title: row.opt_text(2)?,
                chantier_id: row.opt_text(3)?,
            })
        })
        .collect()
    }
}
