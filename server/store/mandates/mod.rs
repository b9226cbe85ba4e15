//! Mandates and invitations: who holds which role where, from which day to which. What may be given is
//! said in `rules/mandates`; a validator's mandate waits for a sitting validator (`validators`).

mod around;
pub mod validators;

use serde_json::json;

use self::around::refused;
use super::administration::Subject;
use super::links::NewLink;
use super::people::{NewPerson, PeopleRule};
use super::{Store, Tx, args};
use crate::error::{Error, Result};
use crate::ids::{AccountId, BodyId, MandateId, OrganisationId, PersonId};
use crate::rules::day::Day;
use crate::rules::mandates::{Place, SeatKind, Span, Wanted, check, votes};
use crate::rules::role::Role;

/// A mandate to give.
#[derive(Clone, Debug)]
pub struct NewMandate {
    /// The role.
    pub role: Role,
    /// The body, if it is held in one.
    pub body_id: Option<BodyId>,
    /// Its first day; today when absent.
    pub from: Option<Day>,
    /// The first day without it.
    pub to: Option<Day>,
    /// The seat and how it is held.
    pub seat: Option<(String, SeatKind)>,
    /// The act that designates the person.
    pub designation_ref: Option<String>,
}

/// A mandate just given.
#[derive(Clone, Debug)]
pub struct Given {
    /// Its id.
    pub mandate_id: MandateId,
    /// The account that gains rights now.
    pub account: Option<AccountId>,
    /// Whether it waits for a sitting validator, without effect until then.
    pub awaits: bool,
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

impl NewMandate {
    /// A mandate from today on, without an end or a seat.
    #[must_use]
    pub const fn plain(role: Role, body_id: Option<BodyId>) -> Self {
        Self {
            role,
            body_id,
            from: None,
            to: None,
            seat: None,
            designation_ref: None,
        }
    }
}

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

    /// Gives a person a mandate.
    ///
    /// # Errors
    /// What the rule refuses; `NotFound` for an unknown person; the flaws of a mandate.
    pub async fn give_mandate(
        &self,
        by: &AccountId,
        person: &PersonId,
        mandate: &NewMandate,
        rule: impl PeopleRule,
    ) -> Result<Given> {
        let (now_ms, today) = (self.clock.now().ms(), self.today());
        let mut tx = self.change_people(by, rule).await?;
        let account = tx.account_of(person).await?;
        let (mandate_id, awaits) = tx.add_mandate(by, person, mandate, &today, now_ms).await?;
        tx.note_mandate(
            by,
            "give_mandate",
            person,
            &(mandate_id.clone(), awaits),
            mandate,
            now_ms,
        )
        .await?;
        tx.commit().await?;
        Ok(Given {
            mandate_id,
            account,
            awaits,
        })
    }

    /// Ends a mandate on a day, today when none is given: it no longer holds from then on.
    ///
    /// # Errors
    /// What the rule refuses; `NotFound` when it has ended; `Invalid` on `valid_to`;
    /// `Conflict`: `last_admin`, `last_validator`, `copil_seat_depends`.
    pub async fn end_mandate(
        &self,
        by: &AccountId,
        mandate: &MandateId,
        on: Option<Day>,
        rule: impl PeopleRule,
    ) -> Result<Option<AccountId>> {
        let (now_ms, today) = (self.clock.now().ms(), self.today());
        let on = on.unwrap_or_else(|| today.clone());
        let mut tx = self.change_people(by, rule).await?;
        if let Some(person) = tx.drop_awaiting(mandate).await? {
            let details = json!({"mandate_id": mandate.as_str()});
            let subject = (Subject::Person, person.as_str());
            tx.note_admin(by, "drop_mandate", subject, &details, now_ms)
                .await?;
            tx.commit().await?;
            return Ok(None);
        }
        let (person, account) = tx.finish_mandate(mandate, &on, &today).await?;
        let details = json!({"mandate_id": mandate.as_str(), "valid_to": on.as_str()});
        let subject = (Subject::Person, person.as_str());
        tx.note_admin(by, "end_mandate", subject, &details, now_ms)
            .await?;
        tx.commit().await?;
        Ok(account)
    }

    /// Gives somebody else the rest of a mandate: its seat, its body, its end (CRPA R133-4).
    ///
    /// # Errors
    /// As [`Store::end_mandate`] and [`Store::give_mandate`].
    pub async fn replace_mandate(
        &self,
        by: &AccountId,
        mandate: &MandateId,
        (person, designation_ref): (&PersonId, Option<String>),
        on: Option<Day>,
        rule: impl PeopleRule,
    ) -> Result<(Given, Option<AccountId>)> {
        let (now_ms, today) = (self.clock.now().ms(), self.today());
        let on = on.unwrap_or_else(|| today.clone());
        let mut tx = self.change_people(by, rule).await?;
        let account = tx.account_of(person).await?;
        let rest = tx.rest_of(mandate, &on, designation_ref).await?;
        if rest.role == Role::RegionValidator {
            // The seat would be empty while the new one waits to be confirmed.
            return Err(Error::Conflict("validator_is_not_replaced"));
        }
        let (old, before) = tx.shorten(mandate, &on).await?;
        let details = json!({"mandate_id": mandate.as_str(), "valid_to": on.as_str()});
        let subject = (Subject::Person, old.as_str());
        tx.note_admin(by, "end_mandate", subject, &details, now_ms)
            .await?;
        let given = tx.add_mandate(by, person, &rest, &today, now_ms).await?;
        tx.note_mandate(by, "replace_mandate", person, &given, &rest, now_ms)
            .await?;
        if rest.role == Role::Admin {
            tx.keeps_an_admin(&today).await?;
        }
        tx.commit().await?;
        let given = Given {
            mandate_id: given.0,
            account,
            awaits: given.1,
        };
        Ok((given, before))
    }
}

impl Tx {
    /// Gives a mandate; in a commission, the person's organisation becomes an active member
    /// of the chantier when it is not one yet. Whether it waits for a sitting validator.
    ///
    /// # Errors
    /// The flaws of a mandate, at their fields.
    pub async fn add_mandate(
        &mut self,
        by: &AccountId,
        person: &PersonId,
        mandate: &NewMandate,
        today: &Day,
        now_ms: i64,
    ) -> Result<(MandateId, bool)> {
        let (place, chantier) = self.place_of(mandate.body_id.as_ref()).await?;
        let wanted = Wanted {
            role: mandate.role,
            place,
            body_id: mandate.body_id.as_ref().map(ToString::to_string),
            span: Span {
                from: mandate.from.clone().unwrap_or_else(|| today.clone()),
                to: mandate.to.clone(),
            },
            seat: mandate.seat.clone(),
        };
        let (around, carrier) = self
            .around(person.as_str(), &wanted, chantier.as_deref())
            .await?;
        check(&wanted, &around).map_err(refused)?;
        if let (Some(chantier), Some(organisation)) = (chantier, carrier)
            && around.membership.is_empty()
        {
            self.make_member(&organisation, &chantier, &wanted.span.from)
                .await?;
        }
        let id = MandateId::new();
        let designation = mandate.designation_ref.clone();
        if mandate.role == Role::RegionValidator && self.had_a_validator().await? {
            self.keep_awaiting(by, &id, person, &wanted, designation, now_ms)
                .await?;
            return Ok((id, true));
        }
        self.insert_mandate(&id, person.as_str(), &wanted, designation)
            .await?;
        Ok((id, false))
    }

    /// Seats somebody in a commission without judging it: for the bench, whose people are made up.
    pub(super) async fn seat_bencher(
        &mut self,
        person: &PersonId,
        role: Role,
        body: &BodyId,
        today: &Day,
    ) -> Result<()> {
        let wanted = Wanted {
            role,
            place: Place::Commission,
            body_id: Some(body.to_string()),
            span: Span {
                from: today.clone(),
                to: None,
            },
            seat: None,
        };
        let (_, chantier) = self.place_of(Some(body)).await?;
        let (around, carrier) = self
            .around(person.as_str(), &wanted, chantier.as_deref())
            .await?;
        if let (Some(chantier), Some(organisation)) = (chantier, carrier)
            && around.membership.is_empty()
        {
            self.make_member(&organisation, &chantier, today).await?;
        }
        self.insert_mandate(&MandateId::new(), person.as_str(), &wanted, None)
            .await
    }

    async fn insert_mandate(
        &mut self,
        id: &MandateId,
        person: &str,
        wanted: &Wanted,
        designation_ref: Option<String>,
    ) -> Result<()> {
        let (seat, kind) = wanted.seat.clone().unzip();
        self.run(
            "insert into mandate (mandate_id, person_id, body_id, role, seat, seat_kind, voting,
             valid_from, valid_to, designation_ref) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            args![
                id.as_str(),
                person,
                wanted.body_id.clone(),
                wanted.role.key(),
                seat,
                kind.map(SeatKind::key),
                i64::from(votes(wanted.role)),
                wanted.span.from.as_str(),
                wanted.span.to.as_ref().map(Day::as_str),
                designation_ref
            ],
        )
        .await?;
        Ok(())
    }

    async fn note_mandate(
        &mut self,
        by: &AccountId,
        act: &str,
        person: &PersonId,
        (id, awaits): &(MandateId, bool),
        mandate: &NewMandate,
        now_ms: i64,
    ) -> Result<()> {
        let details = json!({
            "mandate_id": id.as_str(), "role": mandate.role.key(),
            "body_id": mandate.body_id.as_ref().map(BodyId::as_str),
            "valid_from": mandate.from.as_ref().map(Day::as_str),
            "valid_to": mandate.to.as_ref().map(Day::as_str),
            "awaits_validator": awaits,
        });
        self.note_admin(
            by,
            act,
            (Subject::Person, person.as_str()),
            &details,
            now_ms,
        )
        .await
    }

    /// The account of a person, if they have one.
    pub(super) async fn account_of(&mut self, person: &PersonId) -> Result<Option<AccountId>> {
        let row = self
            .row(
                "select p.person_id, a.account_id from person p
                 left join account a on a.person_id = p.person_id where p.person_id = $1",
                args![person.as_str()],
            )
            .await?
            .ok_or(Error::NotFound)?;
        Ok(row.opt_text(1)?.map(AccountId::from))
    }

    /// Ends a mandate on a day; whose it was. Refuses what would leave nobody to administer or to
    /// validate, or a seat of the steering committee without its chantier.
    async fn finish_mandate(
        &mut self,
        mandate: &MandateId,
        on: &Day,
        today: &Day,
    ) -> Result<(String, Option<AccountId>)> {
        let (person, account) = self.shorten(mandate, on).await?;
        let row = self
            .row(
                "select role from mandate where mandate_id = $1",
                args![mandate.as_str()],
            )
            .await?
            .ok_or(Error::NotFound)?;
        let role = row.text(0)?;
        if role == Role::Admin.key() {
            self.keeps_an_admin(today).await?;
        }
        if role == Role::RegionValidator.key() {
            self.keeps_a_validator(today).await?;
        }
        Ok((person, account))
    }

    async fn set_end(
        &mut self,
        mandate: &MandateId,
        on: &Day,
    ) -> Result<(String, Option<AccountId>)> {
        let row = self
            .row(
                "select m.person_id, a.account_id, m.valid_from, m.valid_to from mandate m
                 left join account a on a.person_id = m.person_id where m.mandate_id = $1",
                args![mandate.as_str()],
            )
            .await?
            .ok_or(Error::NotFound)?;
        // One that has not begun never holds: its first day is its end.
        let end = on.as_str().max(row.text(2)?.as_str()).to_owned();
        if row.opt_text(3)?.is_some_and(|known| known <= end) {
            return Err(Error::NotFound);
        }
        self.run(
            "update mandate set valid_to = $1 where mandate_id = $2",
            args![end, mandate.as_str()],
        )
        .await?;
        Ok((row.text(0)?, row.opt_text(1)?.map(AccountId::from)))
    }

    /// What is left of a mandate from a day on, to be held by somebody else.
    async fn rest_of(
        &mut self,
        mandate: &MandateId,
        on: &Day,
        designation_ref: Option<String>,
    ) -> Result<NewMandate> {
        let row = self
            .row(
                "select role, body_id, seat, seat_kind, valid_from, valid_to from mandate
                 where mandate_id = $1",
                args![mandate.as_str()],
            )
            .await?
            .ok_or(Error::NotFound)?;
        let span = around::span_at(&row, 4)?;
        if !span.holds_on(on) {
            return Err(Error::Invalid {
                field: "from",
                problem: "outside_mandate",
            });
        }
        let kind = row.opt_text(3)?;
        let kind = kind.as_deref().and_then(SeatKind::from_key);
        Ok(NewMandate {
            role: Role::from_key(&row.text(0)?).ok_or(Error::NotFound)?,
            body_id: row.opt_text(1)?.map(BodyId::from),
            from: Some(on.clone()),
            to: span.to,
            seat: row.opt_text(2)?.zip(kind),
            designation_ref,
        })
    }

    /// Whether the person would sit in the steering committee that day without a mandate in a chantier
    /// (invariant 3).
    async fn sits_without_chantier(&mut self, person: &str, on: &Day) -> Result<bool> {
        let held = self.held_by(person).await?;
        let live = || held.iter().filter(|one| one.span.holds_on(on));
        let sits = live().any(|one| one.place == Place::Copil && votes(one.role));
        let has_chantier =
            live().any(|one| one.place == Place::Commission && one.role != Role::Observer);
        Ok(sits && !has_chantier)
    }

    /// Sets a mandate's end earlier; whose it is. Refuses to take a seat of the steering committee its
    /// chantier away; one that never had it is flagged elsewhere.
    async fn shorten(
        &mut self,
        mandate: &MandateId,
        on: &Day,
    ) -> Result<(String, Option<AccountId>)> {
        let row = self
            .row(
                "select person_id from mandate where mandate_id = $1",
                args![mandate.as_str()],
            )
            .await?
            .ok_or(Error::NotFound)?;
        let person = row.text(0)?;
        let before = self.sits_without_chantier(&person, on).await?;
        let ended = self.set_end(mandate, on).await?;
        if !before && self.sits_without_chantier(&person, on).await? {
            return Err(Error::Conflict("copil_seat_depends"));
        }
        Ok(ended)
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

    /// Makes the organisation an active member of the chantier from a day on.
    async fn make_member(&mut self, organisation: &str, chantier: &str, from: &Day) -> Result<()> {
        self.run(
            "update membership set valid_to = $1, version = version + 1
             where organisation_id = $2 and chantier_id = $3 and valid_from < $4
             and (valid_to is null or valid_to > $5) and status = 'active' and level = 'informed'",
            args![
                from.as_str(),
                organisation,
                chantier,
                from.as_str(),
                from.as_str()
            ],
        )
        .await?;
        self.run(
            "insert into membership (membership_id, organisation_id, chantier_id, level, status, valid_from)
             values ($1, $2, $3, 'active', 'active', $4)
             on conflict (organisation_id, chantier_id, valid_from)
             do update set level = 'active', status = 'active', valid_to = null",
            args![
                uuid::Uuid::now_v7().to_string(),
                organisation,
                chantier,
                from.as_str()
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
