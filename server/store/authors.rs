//! Who writes in a live document: the name others see, the organisation they act for,
//! and whether the session or token they came with still holds.

use super::accounts::Via;
use super::{Store, args};
use crate::error::{Error, Result};
use crate::ids::{AccountId, OrganisationId};

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

impl Store {
    /// The account's person and organisation, today.
    ///
    /// # Errors
    /// `Unauthenticated` when the account is unknown or closed.
    pub async fn author(&self, account: &AccountId) -> Result<Author> {
        let today = self.today();
        let mut tx = self.read().await?;
        let row = tx
            .row(
                "select p.person_id, p.given_name, p.usual_name
                 from account a join person p on p.person_id = a.person_id
                 where a.account_id = $1 and a.deactivated_at_ms is null",
                args![account.as_str()],
            )
            .await?
            .ok_or(Error::Unauthenticated)?;
        let name = format!("{} {}", row.text(1)?, row.text(2)?);
        let organisation = tx
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

    /// Whether the proof a socket was opened with still holds.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn still_holds(&self, via: &Via) -> Result<bool> {
        let now = self.clock.now().ms();
        let mut tx = self.read().await?;
        let row = match via {
            Via::Session(session) => {
                tx.row(
                    "select session_id from session where session_id = $1 and expires_at_ms > $2",
                    args![session.as_str(), now],
                )
                .await?
            }
            Via::Token(token) => {
                tx.row(
                    "select token_id from token where token_id = $1 and revoked_at_ms is null
                     and (expires_at_ms is null or expires_at_ms > $2)",
                    args![token.as_str(), now],
                )
                .await?
            }
        };
        Ok(row.is_some())
    }
}
