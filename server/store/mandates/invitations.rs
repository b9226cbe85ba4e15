//! Inviting somebody: the person, their organisation, their first mandates and their link, in one transaction.

use serde_json::json;

use super::NewMandate;
use crate::error::{Error, Result};
use crate::ids::{AccountId, OrganisationId, PersonId};
use crate::store::administration::Subject;
use crate::store::links::NewLink;
use crate::store::people::{NewPerson, PeopleRule};
use crate::store::{Store, Tx, args};

/// The organisation of an invited person.
#[derive(Clone, Debug)]
pub enum InvitedFor {
    /// One we know.
    Known(OrganisationId),
    /// One to add.
    New {
        /// Full name.
        name: String,
        /// Short name.
        short_name: String,
        /// Its kind, e.g. `association`.
        kind: String,
        /// Its college.
        college_id: String,
    },
}

/// Somebody to invite.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// Who.
    pub person: NewPerson,
    /// For whom.
    pub organisation: InvitedFor,
    /// The mandates they hold from the first day.
    pub mandates: Vec<NewMandate>,
}

/// Minutes a month an organisation may be solicited, until it says otherwise.
const SOLICITATION_MINUTES: i64 = 240;

impl Store {
    /// Adds a person, their account without a password, their mandates and their link.
    ///
    /// # Errors
    /// What the rule refuses; `Invalid` for an address taken, an unknown organisation or
    /// college, a role that cannot be held in its body.
    pub async fn invite(
        &self,
        by: &AccountId,
        invitation: &Invitation,
        secret_hash: &[u8],
        rule: impl PeopleRule,
    ) -> Result<(PersonId, NewLink)> {
        let now_ms = self.clock.now().ms();
        let today = self.today();
        let mut tx = self.change_people(by, rule).await?;
        let organisation = tx
            .organisation_for(&invitation.organisation, now_ms)
            .await?;
        let (person, account) = tx
            .add_person(&invitation.person, &organisation, &today, now_ms)
            .await?;
        let details = json!({"organisation_id": organisation.as_str()});
        let subject = (Subject::Person, person.as_str());
        tx.note_admin(by, "invite", subject, &details, now_ms)
            .await?;
        for mandate in &invitation.mandates {
            let given = tx.add_mandate(by, &person, mandate, &today, now_ms).await?;
            tx.note_mandate(by, "give_mandate", &person, &given, mandate, now_ms)
                .await?;
        }
        let link = tx.add_link(&account, by, secret_hash, now_ms).await?;
        tx.commit().await?;
        Ok((person, link))
    }
}

impl Tx {
    /// The organisation of an invitation: a known one, or one added now.
    async fn organisation_for(
        &mut self,
        wanted: &InvitedFor,
        now_ms: i64,
    ) -> Result<OrganisationId> {
        match wanted {
            InvitedFor::Known(id) => {
                self.row(
                    "select organisation_id from organisation
                     where organisation_id = $1 and closed_at_ms is null",
                    args![id.as_str()],
                )
                .await?
                .ok_or(Error::Invalid {
                    field: "organisation_id",
                    problem: "unknown",
                })?;
                Ok(id.clone())
            }
            InvitedFor::New {
                name,
                short_name,
                kind,
                college_id,
            } => {
                self.row(
                    "select college_id from college where college_id = $1",
                    args![college_id],
                )
                .await?
                .ok_or(Error::Invalid {
                    field: "organisation.college_id",
                    problem: "unknown",
                })?;
                let id = OrganisationId::new();
                self.run(
                    "insert into organisation (organisation_id, name, short_name, kind, college_id,
                     solicitation_budget_minutes, created_at_ms, version)
                     values ($1, $2, $3, $4, $5, $6, $7, 1)",
                    args![
                        id.as_str(),
                        name,
                        short_name,
                        kind,
                        college_id,
                        SOLICITATION_MINUTES,
                        now_ms
                    ],
                )
                .await?;
                Ok(id)
            }
        }
    }
}
