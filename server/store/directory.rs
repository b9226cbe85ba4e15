//! What people are invited into: organisations, colleges, bodies; and the demonstration's
//! accounts as the sign-in page lists them.

use super::refs::OrganisationRef;
use super::{Store, args};
use crate::error::Result;
use crate::rules::wording::fold;

/// A body.
#[derive(Clone, Debug)]
pub struct BodyRow {
    /// Its id.
    pub body_id: String,
    /// `commission`, `copil`, `assises`, `region`...
    pub kind: String,
    /// Its title.
    pub title: String,
    /// Its chantier, if it has one.
    pub chantier_id: Option<String>,
}

/// A college.
#[derive(Clone, Debug)]
pub struct CollegeRow {
    /// Its id.
    pub college_id: String,
    /// Its title.
    pub title: String,
}

/// A demonstration account.
#[derive(Clone, Debug)]
pub struct DemoAccount {
    /// What they sign in with.
    pub email: String,
    /// Given name.
    pub given_name: String,
    /// Usual name.
    pub usual_name: String,
    /// The role that is shown.
    pub role: &'static str,
    /// Their organisation's short name.
    pub organisation: Option<String>,
}

impl Store {
    /// Open organisations, by name.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn organisations(&self) -> Result<Vec<OrganisationRef>> {
        let mut tx = self.read().await?;
        let mut list = tx
            .rows(
                "select organisation_id, name, short_name, college_id from organisation
                 where closed_at_ms is null",
                &[],
            )
            .await?
            .iter()
            .map(|row| {
                Ok(OrganisationRef {
                    organisation_id: row.text(0)?,
                    name: row.text(1)?,
                    short_name: row.text(2)?,
                    college_id: row.text(3)?,
                })
            })
            .collect::<Result<Vec<_>>>()?;
        list.sort_by_cached_key(|one| (fold(&one.name), one.organisation_id.clone()));
        Ok(list)
    }

    /// Every body, chantiers first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn bodies(&self) -> Result<Vec<BodyRow>> {
        let mut tx = self.read().await?;
        let mut list = tx
            .rows("select body_id, kind, title, chantier_id from body", &[])
            .await?
            .iter()
            .map(|row| {
                Ok(BodyRow {
                    body_id: row.text(0)?,
                    kind: row.text(1)?,
                    title: row.text(2)?,
                    chantier_id: row.opt_text(3)?,
                })
            })
            .collect::<Result<Vec<_>>>()?;
        list.sort_by_cached_key(|one| {
            (
                one.chantier_id.is_none(),
                one.chantier_id.clone(),
                one.body_id.clone(),
            )
        });
        Ok(list)
    }

    /// The colleges, in their order.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn colleges(&self) -> Result<Vec<CollegeRow>> {
        let mut tx = self.read().await?;
        tx.rows("select college_id, title from college order by rank", &[])
            .await?
            .iter()
            .map(|row| {
                Ok(CollegeRow {
                    college_id: row.text(0)?,
                    title: row.text(1)?,
                })
            })
            .collect()
    }

    /// These people of the demonstration, with what they sign in with.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn demo_accounts(
        &self,
        wanted: &[(&'static str, &'static str)],
    ) -> Result<Vec<DemoAccount>> {
        let today = self.today();
        let mut tx = self.read().await?;
        let mut found = Vec::new();
        for (person_id, role) in wanted {
            let row = tx
                .row(
                    "select a.email, p.given_name, p.usual_name, o.short_name
                     from account a join person p on p.person_id = a.person_id
                     left join affiliation f on f.person_id = p.person_id and f.valid_from <= $1
                     and (f.valid_to is null or f.valid_to > $2)
                     left join organisation o on o.organisation_id = f.organisation_id
                     where p.person_id = $3 and a.deactivated_at_ms is null",
                    args![today.as_str(), today.as_str(), *person_id],
                )
                .await?;
            if let Some(row) = row {
                found.push(DemoAccount {
                    email: row.text(0)?,
                    given_name: row.text(1)?,
                    usual_name: row.text(2)?,
                    organisation: row.opt_text(3)?,
                    role,
                });
            }
        }
        Ok(found)
    }
}
