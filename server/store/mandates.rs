//! Mandates and invitations: who holds which role where, from which day to which.

use super::links::NewLink;
use super::people::{NewPerson, PeopleRule};
use super::{Store, Tx, args};
use crate::error::{Error, Result};
use crate::ids::{AccountId, BodyId, MandateId, OrganisationId, PersonId};
use crate::rules::day::Day;
use crate::rules::mandates::{Place, exclude_each_other, fits, votes};
use crate::rules::role::Role;

/// A mandate to give.
#[derive(Clone, Debug)]
pub struct NewMandate {
    /// The role.
    pub role: Role,
    /// The body, if it is held in one.
    pub body_id: Option<BodyId>,
}

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
        for mandate in &invitation.mandates {
            tx.add_mandate(&person, mandate.role, mandate.body_id.as_ref(), &today)
                .await?;
        }
        let link = tx.add_link(&account, by, secret_hash, now_ms).await?;
        tx.commit().await?;
        Ok((person, link))
    }

    /// Gives a person a mandate from today on.
    ///
    /// # Errors
    /// What the rule refuses; `NotFound` for an unknown person; `Invalid` as [`Tx::add_mandate`].
    pub async fn give_mandate(
        &self,
        by: &AccountId,
        person: &PersonId,
        mandate: &NewMandate,
        rule: impl PeopleRule,
    ) -> Result<(MandateId, Option<AccountId>)> {
        let today = self.today();
        let mut tx = self.change_people(by, rule).await?;
        let row = tx
            .row(
                "select p.person_id, a.account_id from person p
                 left join account a on a.person_id = p.person_id where p.person_id = $1",
                args![person.as_str()],
            )
            .await?
            .ok_or(Error::NotFound)?;
        let account = row.opt_text(1)?.map(AccountId::from);
        let given = tx
            .add_mandate(person, mandate.role, mandate.body_id.as_ref(), &today)
            .await?;
        tx.commit().await?;
        Ok((given, account))
    }

    /// Ends a mandate: it no longer holds today.
    ///
    /// # Errors
    /// What the rule refuses; `NotFound` when it is not live; `Conflict("last_admin")`.
    pub async fn end_mandate(
        &self,
        by: &AccountId,
        mandate: &MandateId,
        rule: impl PeopleRule,
    ) -> Result<Option<AccountId>> {
        let today = self.today();
        let mut tx = self.change_people(by, rule).await?;
        let row = tx
            .row(
                "select a.account_id, m.role from mandate m
                 left join account a on a.person_id = m.person_id where m.mandate_id = $1",
                args![mandate.as_str()],
            )
            .await?
            .ok_or(Error::NotFound)?;
        let ended = tx
            .run(
                "update mandate set valid_to = $1
                 where mandate_id = $2 and (valid_to is null or valid_to > $3)",
                args![today.as_str(), mandate.as_str(), today.as_str()],
            )
            .await?;
        if ended == 0 {
            return Err(Error::NotFound);
        }
        if row.text(1)? == Role::Admin.key() {
            tx.keeps_an_admin(&today).await?;
        }
        let account = row.opt_text(0)?.map(AccountId::from);
        tx.commit().await?;
        Ok(account)
    }
}

impl Tx {
    /// Gives a mandate; in a commission, the person's organisation becomes an active member
    /// of the chantier when it is not one yet.
    ///
    /// # Errors
    /// `Invalid` on `role` or `body_id`; `Conflict`: `mandate_held`, `roles_exclude_each_other`.
    pub async fn add_mandate(
        &mut self,
        person: &PersonId,
        role: Role,
        body: Option<&BodyId>,
        today: &Day,
    ) -> Result<MandateId> {
        let (place, chantier) = self.place_of(body).await?;
        if !fits(role, place) {
            return Err(Error::Invalid {
                field: "role",
                problem: "not_in_this_body",
            });
        }
        self.refuse_what_excludes(person, role, body, today).await?;
        if let Some(chantier) = chantier {
            self.make_member(person, &chantier, today).await?;
        }
        let mandate = MandateId::new();
        self.run(
            "insert into mandate (mandate_id, person_id, body_id, role, voting, valid_from)
             values ($1, $2, $3, $4, $5, $6)",
            args![
                mandate.as_str(),
                person.as_str(),
                body.map(BodyId::as_str),
                role.key(),
                i64::from(votes(role)),
                today.as_str()
            ],
        )
        .await?;
        Ok(mandate)
    }

    /// What kind of place a body is, and its chantier.
    async fn place_of(&mut self, body: Option<&BodyId>) -> Result<(Place, Option<String>)> {
        let Some(body) = body else {
            return Ok((Place::Nowhere, None));
        };
        let row = self
            .row(
                "select kind, chantier_id from body where body_id = $1",
                args![body.as_str()],
            )
            .await?
            .ok_or(Error::Invalid {
                field: "body_id",
                problem: "unknown",
            })?;
        let kind = row.text(0)?;
        let place = Place::of_body(&kind)
            .ok_or_else(|| Error::internal(format!("unknown kind of body {kind}")))?;
        Ok((place, row.opt_text(1)?))
    }

    /// The same mandate twice, or two that nobody may hold together.
    async fn refuse_what_excludes(
        &mut self,
        person: &PersonId,
        role: Role,
        body: Option<&BodyId>,
        today: &Day,
    ) -> Result<()> {
        for row in self
            .rows(
                "select role, body_id from mandate where person_id = $1
                 and valid_from <= $2 and (valid_to is null or valid_to > $3)",
                args![person.as_str(), today.as_str(), today.as_str()],
            )
            .await?
        {
            let held = Role::from_key(&row.text(0)?);
            if held == Some(role) && row.opt_text(1)?.as_deref() == body.map(BodyId::as_str) {
                return Err(Error::Conflict("mandate_held"));
            }
            if held.is_some_and(|held| exclude_each_other(held, role)) {
                return Err(Error::Conflict("roles_exclude_each_other"));
            }
        }
        if matches!(role, Role::RegionInstructor | Role::RegionValidator)
            && self.organisation_kind(person, today).await?.as_deref() != Some("region")
        {
            return Err(Error::Invalid {
                field: "role",
                problem: "region_only",
            });
        }
        Ok(())
    }

    async fn organisation_kind(
        &mut self,
        person: &PersonId,
        today: &Day,
    ) -> Result<Option<String>> {
        self.row(
            "select o.kind from affiliation f join organisation o on o.organisation_id = f.organisation_id
             where f.person_id = $1 and f.valid_from <= $2 and (f.valid_to is null or f.valid_to > $3)",
            args![person.as_str(), today.as_str(), today.as_str()],
        )
        .await?
        .map(|row| row.text(0))
        .transpose()
    }

    /// Makes the person's organisation an active member of the chantier, if it is not.
    async fn make_member(&mut self, person: &PersonId, chantier: &str, today: &Day) -> Result<()> {
        let row = self
            .row(
                "select organisation_id from affiliation where person_id = $1
                 and valid_from <= $2 and (valid_to is null or valid_to > $3) order by valid_from",
                args![person.as_str(), today.as_str(), today.as_str()],
            )
            .await?
            .ok_or(Error::Invalid {
                field: "person_id",
                problem: "no_organisation",
            })?;
        let organisation = row.text(0)?;
        if self
            .active_members(chantier, today)
            .await?
            .contains(&organisation)
        {
            return Ok(());
        }
        self.run(
            "insert into membership (membership_id, organisation_id, chantier_id, level, status, valid_from)
             values ($1, $2, $3, 'active', 'active', $4)
             on conflict (organisation_id, chantier_id, valid_from)
             do update set level = 'active', status = 'active', valid_to = null",
            args![
                uuid::Uuid::now_v7().to_string(),
                organisation,
                chantier,
                today.as_str()
            ],
        )
        .await?;
        Ok(())
    }

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
