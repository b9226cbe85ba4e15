//! How a mandate ends: on a day, or by handing its rest over to somebody else. Nothing may be left without
//! administrator, without validator, or sitting in the steering committee without a chantier.

use serde_json::json;

use super::around::span_at;
use super::{Given, NewMandate};
use crate::error::{Error, Result};
use crate::ids::{AccountId, BodyId, MandateId, PersonId};
use crate::rules::day::Day;
use crate::rules::mandates::{Place, SeatKind, votes};
use crate::rules::role::Role;
use crate::store::administration::Subject;
use crate::store::people::PeopleRule;
use crate::store::{Store, Tx, args};

impl Store {
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
        let span = span_at(&row, 4)?;
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
}
