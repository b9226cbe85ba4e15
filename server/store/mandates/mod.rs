//! Mandates and invitations: who holds which role where, from which day to which. What may be given is
//! said in `rules/mandates`; a validator's mandate waits for a sitting validator (`validators`).

mod around;
mod endings;
pub mod invitations;
pub mod validators;

use serde_json::json;

use self::around::refused;
use super::administration::Subject;
use super::people::PeopleRule;
use super::{Store, Tx, args};
use crate::error::{Error, Result};
use crate::ids::{AccountId, BodyId, MandateId, PersonId};
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
}
