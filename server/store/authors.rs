//! Who writes in a live document: the name others see, the organisation they act for,
//! and until when the session or token they came with holds.

use super::accounts::Via;
use super::sessions::IDLE_MS;
use super::{Store, Tx, args};
use crate::error::{Error, Result};
use crate::ids::{AccountId, OrganisationId};
use crate::rules::day::Day;

/// An account as it appears in a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// The account.
    pub account: AccountId,
    /// Given and usual name.
    pub name: String,
    /// The organisation: the oldest affiliation still live.
    pub organisation: Option<OrganisationId>,
    /// Its short name.
    pub organisation_name: Option<String>,
}

impl Tx {
    /// The account's person and organisation on this day.
    ///
    /// # Errors
    /// `Unauthenticated` when the account is unknown or closed.
    pub async fn author(&mut self, account: &AccountId, today: &Day) -> Result<Author> {
        let row = self
            .row(
                "select p.person_id, p.given_name, p.usual_name
                 from account a join person p on p.person_id = a.person_id
                 where a.account_id = $1 and a.deactivated_at_ms is null",
                args![account.as_str()],
            )
            .await?
            .ok_or(Error::Unauthenticated)?;
        let name = format!("{} {}", row.text(1)?, row.text(2)?);
        let organisation = self
            .row(
                "select o.organisation_id, o.short_name
                 from affiliation f join organisation o on o.organisation_id = f.organisation_id
                 where f.person_id = $1 and f.valid_from <= $2
                 and (f.valid_to is null or f.valid_to > $3)
                 order by f.valid_from, f.affiliation_id",
                args![row.text(0)?, today.as_str(), today.as_str()],
            )
            .await?;
        let (organisation, organisation_name) = match organisation {
            Some(row) => (Some(row.text(0)?.into()), Some(row.text(1)?)),
            None => (None, None),
        };
        Ok(Author {
            account: account.clone(),
            name,
            organisation,
            organisation_name,
        })
    }

    /// Until when the proof a socket was opened with holds unless it is used again (the last
    /// millisecond there is for one without an end); `None` when it holds no more. What a request
    /// would be judged by: a session unused for too long is over.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn holds_until(&mut self, via: &Via, now_ms: i64) -> Result<Option<i64>> {
        let ends_at_ms = match via {
            Via::Session(session) => self
                .row(
                    "select expires_at_ms, seen_at_ms from session where session_id = $1",
                    args![session.as_str()],
                )
                .await?
                .map(|row| Ok::<_, Error>(row.int(0)?.min(row.int(1)? + IDLE_MS)))
                .transpose()?,
            Via::Token(token) => self
                .row(
                    "select expires_at_ms from token
                     where token_id = $1 and revoked_at_ms is null",
                    args![token.as_str()],
                )
                .await?
                .map(|row| Ok::<_, Error>(row.opt_int(0)?.unwrap_or(i64::MAX)))
                .transpose()?,
        };
        Ok(ends_at_ms.filter(|end| *end > now_ms))
    }
}

impl Store {
    /// The account's person and organisation, today.
    ///
    /// # Errors
    /// As [`Tx::author`].
    pub async fn author(&self, account: &AccountId) -> Result<Author> {
        self.read().await?.author(account, &self.today()).await
    }
}
