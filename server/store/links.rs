//! One-time links: `setup` (the first administrator), `invitation` and `password` (an account
//! chooses its password). A link serves once, until it expires; a newer one cancels it.

use serde_json::json;

use super::administration::Subject;
use super::sessions::Origin;
use super::{Row, Store, Tx, args};
use crate::error::{Error, Result};
use crate::ids::{AccountId, LinkId, PersonId, SessionId};
use crate::rules::rights::{Facts, Permit, Refusal, act};

/// How long a set-up link or an invitation serves: a week, in milliseconds.
pub const INVITATION_MS: i64 = 7 * 86_400_000;
/// How long a new-password link serves: a day, in milliseconds.
pub const PASSWORD_MS: i64 = 86_400_000;

/// An account's link that still serves.
#[derive(Clone, Debug)]
pub struct LinkRow {
    /// `invitation` or `password`.
    pub kind: String,
    /// The account it opens.
    pub account_id: AccountId,
    /// The account's address.
    pub email: String,
    /// Given name.
    pub given_name: String,
    /// Usual name.
    pub usual_name: String,
    /// The person's organisation today, by name.
    pub organisation: Option<String>,
    /// Until when it serves.
    pub expires_at_ms: i64,
}

/// A link just made.
#[derive(Clone, Copy, Debug)]
pub struct NewLink {
    /// `invitation` or `password`.
    pub kind: &'static str,
    /// Until when it serves.
    pub expires_at_ms: i64,
}

impl Tx {
    /// Cancels what still serves for this account.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn cancel_links(&mut self, account: &AccountId, now_ms: i64) -> Result<()> {
        self.run(
            "update link set cancelled_at_ms = $1
             where account_id = $2 and used_at_ms is null and cancelled_at_ms is null",
            args![now_ms, account.as_str()],
        )
        .await?;
        Ok(())
    }

    /// Makes the one link of an account: an invitation until it has a password.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn add_link(
        &mut self,
        account: &AccountId,
        created_by: &AccountId,
        secret_hash: &[u8],
        now_ms: i64,
    ) -> Result<NewLink> {
        let row = self
            .row(
                "select password_hash from account where account_id = $1",
                args![account.as_str()],
            )
            .await?
            .ok_or(Error::NotFound)?;
        let (kind, lasts_ms) = if row.opt_text(0)?.is_none() {
            ("invitation", INVITATION_MS)
        } else {
            ("password", PASSWORD_MS)
        };
        self.cancel_links(account, now_ms).await?;
        self.run(
            "insert into link (link_id, kind, secret_hash, account_id, created_by, created_at_ms, expires_at_ms)
             values ($1, $2, $3, $4, $5, $6, $7)",
            args![
                LinkId::new().as_str(),
                kind,
                secret_hash,
                account.as_str(),
                created_by.as_str(),
                now_ms,
                now_ms + lasts_ms
            ],
        )
        .await?;
        Ok(NewLink {
            kind,
            expires_at_ms: now_ms + lasts_ms,
        })
    }

    /// Uses a link of one of these kinds, once: the row is taken by the update itself.
    ///
    /// # Errors
    /// `NotFound`, or `Gone` when it was used, cancelled or has expired.
    pub async fn use_link(&mut self, secret_hash: &[u8], door: Door, now_ms: i64) -> Result<()> {
        let used = self
            .run(
                "update link set used_at_ms = $1 where secret_hash = $2 and case kind when 'setup' then 1 else 0 end = $3
                 and used_at_ms is null and cancelled_at_ms is null and expires_at_ms > $4",
                args![now_ms, secret_hash, door as i64, now_ms],
            )
            .await?;
        if used == 1 {
            return Ok(());
        }
        self.check_link(secret_hash, door, now_ms).await
    }

    /// Whether a link still serves.
    ///
    /// # Errors
    /// As [`Tx::use_link`].
    pub async fn check_link(&mut self, secret_hash: &[u8], door: Door, now_ms: i64) -> Result<()> {
        let row = self
            .row(
                "select used_at_ms, cancelled_at_ms, expires_at_ms from link
                 where secret_hash = $1 and case kind when 'setup' then 1 else 0 end = $2",
                args![secret_hash, door as i64],
            )
            .await?
            .ok_or(Error::NotFound)?;
        serves(&row, now_ms)
    }
}

/// What a link opens.
#[derive(Clone, Copy, Debug)]
pub enum Door {
    /// An account.
    Account = 0,
    /// The set-up of the workspace.
    Setup = 1,
}

/// Whether the link of `used_at_ms, cancelled_at_ms, expires_at_ms` still serves.
fn serves(row: &Row, now_ms: i64) -> Result<()> {
    if row.opt_int(0)?.is_some() {
        return Err(Error::Gone("link_used"));
    }
    if row.opt_int(1)?.is_some() || row.int(2)? <= now_ms {
        return Err(Error::Gone("link_expired"));
    }
    Ok(())
}

impl Store {
    /// The account's link with this secret, if it still serves.
    ///
    /// # Errors
    /// `NotFound`, or `Gone` when it was used, cancelled or has expired.
    pub async fn link(&self, secret_hash: &[u8]) -> Result<LinkRow> {
        let today = self.today();
        let mut tx = self.read().await?;
        let row = tx
            .row(
                "select l.used_at_ms, l.cancelled_at_ms, l.expires_at_ms, l.kind, a.account_id, a.email,
                 p.given_name, p.usual_name, o.name
                 from link l join account a on a.account_id = l.account_id
                 join person p on p.person_id = a.person_id
                 left join affiliation f on f.person_id = p.person_id and f.valid_from <= $1
                 and (f.valid_to is null or f.valid_to > $2)
                 left join organisation o on o.organisation_id = f.organisation_id
                 where l.secret_hash = $3 and a.deactivated_at_ms is null order by f.valid_from",
                args![today.as_str(), today.as_str(), secret_hash],
            )
            .await?
            .ok_or(Error::NotFound)?;
        serves(&row, self.clock.now().ms())?;
        Ok(LinkRow {
            expires_at_ms: row.int(2)?,
            kind: row.text(3)?,
            account_id: row.text(4)?.into(),
            email: row.text(5)?,
            given_name: row.text(6)?,
            usual_name: row.text(7)?,
            organisation: row.opt_text(8)?,
        })
    }

    /// Uses an account's link: its password is set, every other session ends, one is opened.
    ///
    /// # Errors
    /// As [`Store::link`]; of two at the same time, one gets `Gone("link_used")`.
    pub async fn accept_link(
        &self,
        link_hash: &[u8],
        account: &AccountId,
        password_hash: &str,
        session_hash: &[u8],
        origin: &Origin,
    ) -> Result<SessionId> {
        let now_ms = self.clock.now().ms();
        let mut tx = self.write().await?;
        tx.use_link(link_hash, Door::Account, now_ms).await?;
        let set = tx
            .run(
                "update account set password_hash = $1, password_changed_at_ms = $2
                 where account_id = $3 and deactivated_at_ms is null",
                args![password_hash, now_ms, account.as_str()],
            )
            .await?;
        if set == 0 {
            return Err(Error::NotFound);
        }
        tx.run(
            "delete from session where account_id = $1",
            args![account.as_str()],
        )
        .await?;
        let session = tx
            .open_session(account, session_hash, origin, now_ms)
            .await?;
        tx.commit().await?;
        Ok(session)
    }

    /// Makes a link for a person who has an open account; earlier ones are cancelled.
    ///
    /// # Errors
    /// What the rule refuses; `NotFound` without an open account.
    pub async fn give_link(
        &self,
        by: &AccountId,
        person: &PersonId,
        secret_hash: &[u8],
        rule: impl FnOnce(&Facts) -> Result<Permit<act::ManagePeople>, Refusal> + Send,
    ) -> Result<NewLink> {
        let mut tx = self.change_people(by, rule).await?;
        let row = tx
            .row(
                "select account_id from account where person_id = $1 and deactivated_at_ms is null",
                args![person.as_str()],
            )
            .await?
            .ok_or(Error::NotFound)?;
        let account = AccountId::from(row.text(0)?);
        let link = tx
            .add_link(&account, by, secret_hash, self.clock.now().ms())
            .await?;
        let (subject, details) = (
            (Subject::Person, person.as_str()),
            json!({"kind": link.kind}),
        );
        tx.note_admin(by, "give_link", subject, &details, self.clock.now().ms())
            .await?;
        tx.commit().await?;
        Ok(link)
    }
}
