//! The names behind authorship: who an account is, what an organisation is called, its college.
//! Read for display only: whose a passage is stands in the log and nowhere else.

use std::collections::HashMap;

use super::refs::{OrganisationRef, organisation_at};
use super::{Store, args};
use crate::error::Result;
use crate::ids::{AccountId, OrganisationId};

/// A person who writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Writer {
    /// Their id.
    pub person_id: String,
    /// Given name.
    pub given_name: String,
    /// Usual name.
    pub usual_name: String,
}

/// Names by id; what is no longer known is left out.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// The persons of accounts.
    pub writers: HashMap<AccountId, Writer>,
    /// The organisations.
    pub organisations: HashMap<OrganisationId, OrganisationRef>,
}

impl Store {
    /// Names of accounts and organisations; closed ones too.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn names_of(
        &self,
        accounts: &[AccountId],
        organisations: &[OrganisationId],
    ) -> Result<Names> {
        let mut names = Names::default();
        let mut tx = self.read().await?;
        for account in accounts {
            let row = tx
                .row(
                    "select p.person_id, p.given_name, p.usual_name
                     from account a join person p on p.person_id = a.person_id
                     where a.account_id = $1",
                    args![account.as_str()],
                )
                .await?;
            if let Some(row) = row {
                let writer = Writer {
                    person_id: row.text(0)?,
                    given_name: row.text(1)?,
                    usual_name: row.text(2)?,
                };
                names.writers.insert(account.clone(), writer);
            }
        }
        for organisation in organisations {
            let row = tx
                .row(
                    "select organisation_id, name, short_name, college_id
                     from organisation where organisation_id = $1",
                    args![organisation.as_str()],
                )
                .await?;
            if let Some(row) = row
                && let Some(found) = organisation_at(&row, 0)?
            {
                names.organisations.insert(organisation.clone(), found);
            }
        }
        Ok(names)
    }
}
