//! A validator's mandate, once given, waits until a sitting validator confirms it (invariant 1); the very
//! first one does not. Until then it is no row of `mandate`: nothing can take it for one.

use serde_json::json;

use super::around::{refused, span_at};
use crate::error::{Error, Result};
use crate::ids::{AccountId, MandateId, PersonId};
use crate::rules::day::Day;
use crate::rules::mandates::{Place, SeatKind, Wanted, check, may_answer};
use crate::rules::rights::{Action, Facts, Permit, Refusal, act, judge};
use crate::rules::role::Role;
use crate::store::administration::Subject;
use crate::store::refs::{PersonRef, organisation_today, person_at, person_columns};
use crate::store::{Store, Tx, args};

/// A validator's mandate, sitting or waiting.
#[derive(Clone, Debug)]
pub struct ValidatorRow {
    /// The mandate.
    pub mandate_id: String,
    /// Whose it is.
    pub person: PersonRef,
    /// The body's title.
    pub body_title: Option<String>,
    /// Its first day.
    pub valid_from: String,
    /// The first day without it.
    pub valid_to: Option<String>,
    /// Who gave it, by name; of one that waits.
    pub given_by: Option<String>,
    /// When, in milliseconds UTC; of one that waits.
    pub given_at_ms: Option<i64>,
    /// Why it was refused; of one that was.
    pub refusal_motive: Option<String>,
    /// Whether it is the reader's own.
    pub is_own: bool,
}

/// The Region's validators, as they and administrators see them.
#[derive(Clone, Debug)]
pub struct Validators {
    /// Who sits, or will.
    pub sitting: Vec<ValidatorRow>,
    /// Who waits to be confirmed.
    pub awaiting: Vec<ValidatorRow>,
    /// What rights are judged from.
    pub facts: Facts,
}

/// The answer of a sitting validator.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The mandate holds.
    Confirmed,
    /// It does not, and why.
    Refused(String),
}

impl Store {
    /// The Region's validators, for validators and administrators.
    ///
    /// # Errors
    /// `Refused` for anybody else.
    pub async fn validators(&self, by: &AccountId) -> Result<Validators> {
        let today = self.today();
        let mut tx = self.read().await?;
        let facts = tx.programme_facts(by, &today).await?;
        if judge(Action::ManagePeople, &facts).is_err() {
            judge(Action::ConfirmValidator, &facts)?;
        }
        let me = tx.person_of(by).await?;
        let day = today.as_str();
        let sitting = tx
            .rows(
                concat!(
                    "select ",
                    person_columns!(),
                    ", m.mandate_id, b.title, m.valid_from, m.valid_to
                     from mandate m left join body b on b.body_id = m.body_id
                     join person p on p.person_id = m.person_id",
                    organisation_today!("$1", "$2"),
                    "where m.role = 'region_validator' and (m.valid_to is null or m.valid_to > $3)
                     order by m.valid_from, m.mandate_id, f.valid_from"
                ),
                args![day, day, day],
            )
            .await?;
        let awaiting = tx
            .rows(
                concat!(
                    "select ",
                    person_columns!(),
                    ", m.mandate_id, b.title, m.valid_from, m.valid_to,
                     g.given_name || ' ' || g.usual_name, m.given_at_ms, m.refusal_motive
                     from mandate_awaiting m left join body b on b.body_id = m.body_id
                     join person g on g.person_id = m.given_by
                     join person p on p.person_id = m.person_id",
                    organisation_today!("$1", "$2"),
                    "where m.answered_at_ms is null order by m.given_at_ms, m.mandate_id, f.valid_from"
                ),
                args![day, day],
            )
            .await?;
        Ok(Validators {
            sitting: rows_of(&sitting, &me, false)?,
            awaiting: rows_of(&awaiting, &me, true)?,
            facts,
        })
    }

    /// A sitting validator answers a mandate that waits; the account that gains rights.
    ///
    /// # Errors
    /// What the rule refuses; `NotFound` when nothing waits; `Conflict("own_mandate")`; the flaws of
    /// a mandate, when things changed since it was given.
    pub async fn answer_validator(
        &self,
        by: &AccountId,
        mandate: &MandateId,
        answer: &Answer,
        rule: impl FnOnce(&Facts) -> Result<Permit<act::ConfirmValidator>, Refusal> + Send,
    ) -> Result<Option<AccountId>> {
        let (now_ms, today) = (self.clock.now().ms(), self.today());
        let mut tx = self.write().await?;
        tx.run("update programme set version = version", &[])
            .await?;
        rule(&tx.programme_facts(by, &today).await?)?;
        let me = tx.person_of(by).await?;
        if !tx.works_at_region(&me, &today).await? {
            return Err(Error::Conflict("region_affiliation_missing"));
        }
        let (person, mut wanted, designation) = tx.awaiting(mandate).await?;
        may_answer(&me, person.as_str()).map_err(refused)?;
        let (motive, act) = match answer {
            Answer::Confirmed => (None, "confirm_validator"),
            Answer::Refused(motive) => (Some(motive.clone()), "refuse_validator"),
        };
        tx.run(
            "update mandate_awaiting set answered_by = $1, answered_at_ms = $2, refusal_motive = $3
             where mandate_id = $4",
            args![&me, now_ms, motive.clone(), mandate.as_str()],
        )
        .await?;
        if matches!(answer, Answer::Confirmed) {
            wanted.span.from = wanted.span.from.max(today);
            let (around, _) = tx.around(person.as_str(), &wanted, None).await?;
            check(&wanted, &around).map_err(refused)?;
            tx.insert_mandate(mandate, person.as_str(), &wanted, designation)
                .await?;
            tx.run(
                "update mandate set confirmed_by = $1, confirmed_at_ms = $2 where mandate_id = $3",
                args![&me, now_ms, mandate.as_str()],
            )
            .await?;
        }
        let details = json!({"mandate_id": mandate.as_str(), "motive": motive});
        let subject = (Subject::Person, person.as_str());
        tx.note_admin(by, act, subject, &details, now_ms).await?;
        let account = tx.account_of(&person).await?;
        tx.commit().await?;
        Ok(account)
    }
}

impl Tx {
    /// Whether anybody was ever a validator, confirmed: from then on others are confirmed by one.
    pub(super) async fn had_a_validator(&mut self) -> Result<bool> {
        let row = self
            .row(
                "select mandate_id from mandate where role = 'region_validator' limit 1",
                &[],
            )
            .await?;
        Ok(row.is_some())
    }

    pub(super) async fn keep_awaiting(
        &mut self,
        by: &AccountId,
        id: &MandateId,
        person: &PersonId,
        wanted: &Wanted,
        designation_ref: Option<String>,
        now_ms: i64,
    ) -> Result<()> {
        let given_by = self.person_of(by).await?;
        let (seat, kind) = wanted.seat.clone().unzip();
        self.run(
            "insert into mandate_awaiting (mandate_id, person_id, body_id, role, seat, seat_kind,
             valid_from, valid_to, designation_ref, given_by, given_at_ms)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            args![
                id.as_str(),
                person.as_str(),
                wanted.body_id.clone(),
                wanted.role.key(),
                seat,
                kind.map(SeatKind::key),
                wanted.span.from.as_str(),
                wanted.span.to.as_ref().map(Day::as_str),
                designation_ref,
                given_by,
                now_ms
            ],
        )
        .await?;
        Ok(())
    }

    /// Takes back a mandate that waits; whose it was, or nothing when none waits under this id.
    pub(super) async fn drop_awaiting(&mut self, mandate: &MandateId) -> Result<Option<String>> {
        let row = self
            .row(
                "select person_id from mandate_awaiting
                 where mandate_id = $1 and answered_at_ms is null",
                args![mandate.as_str()],
            )
            .await?;
        let Some(row) = row else { return Ok(None) };
        self.run(
            "delete from mandate_awaiting where mandate_id = $1",
            args![mandate.as_str()],
        )
        .await?;
        row.text(0).map(Some)
    }

    async fn awaiting(
        &mut self,
        mandate: &MandateId,
    ) -> Result<(PersonId, Wanted, Option<String>)> {
        let row = self
            .row(
                "select valid_from, valid_to, person_id, body_id, seat, seat_kind, designation_ref
                 from mandate_awaiting where mandate_id = $1 and answered_at_ms is null",
                args![mandate.as_str()],
            )
            .await?
            .ok_or(Error::NotFound)?;
        let kind = row.opt_text(5)?;
        let wanted = Wanted {
            role: Role::RegionValidator,
            place: Place::Region,
            body_id: row.opt_text(3)?,
            span: span_at(&row, 0)?,
            seat: row
                .opt_text(4)?
                .zip(kind.as_deref().and_then(SeatKind::from_key)),
        };
        // What is judged beside it must not be itself: it leaves the list of what waits.
        Ok((row.text(2)?.into(), wanted, row.opt_text(6)?))
    }

    /// Whether the person validates today.
    pub(in crate::store) async fn validates(&mut self, person: &str, today: &Day) -> Result<bool> {
        let row = self
            .row(
                "select mandate_id from mandate where person_id = $1 and role = 'region_validator'
                 and valid_from <= $2 and (valid_to is null or valid_to > $3)",
                args![person, today.as_str(), today.as_str()],
            )
            .await?;
        Ok(row.is_some())
    }

    /// Whether the person belongs to the Region today.
    async fn works_at_region(&mut self, person: &str, today: &Day) -> Result<bool> {
        let row = self
            .row(
                "select f.affiliation_id from affiliation f
                 join organisation o on o.organisation_id = f.organisation_id
                 where f.person_id = $1 and o.kind = 'region' and f.valid_from <= $2
                 and (f.valid_to is null or f.valid_to > $3)",
                args![person, today.as_str(), today.as_str()],
            )
            .await?;
        Ok(row.is_some())
    }

    /// Refuses a change that would leave no validator: nobody could confirm the next one.
    ///
    /// # Errors
    /// `Conflict("last_validator")`.
    pub(in crate::store) async fn keeps_a_validator(&mut self, today: &Day) -> Result<()> {
        let left = self
            .row(
                "select m.mandate_id from mandate m join account a on a.person_id = m.person_id
                 where m.role = 'region_validator' and a.deactivated_at_ms is null
                 and m.valid_from <= $1 and (m.valid_to is null or m.valid_to > $2)",
                args![today.as_str(), today.as_str()],
            )
            .await?;
        left.map(drop).ok_or(Error::Conflict("last_validator"))
    }
}

fn rows_of(rows: &[crate::store::Row], me: &str, waits: bool) -> Result<Vec<ValidatorRow>> {
    let mut list: Vec<ValidatorRow> = Vec::new();
    for row in rows {
        let mandate_id = row.text(7)?;
        // Two affiliations at a time give two rows.
        if list.last().is_some_and(|one| one.mandate_id == mandate_id) {
            continue;
        }
        let person = person_at(row, 0)?;
        list.push(ValidatorRow {
            mandate_id,
            is_own: person.person_id == me,
            person,
            body_title: row.opt_text(8)?,
            valid_from: row.text(9)?,
            valid_to: row.opt_text(10)?,
            given_by: if waits { row.opt_text(11)? } else { None },
            given_at_ms: if waits { row.opt_int(12)? } else { None },
            refusal_motive: if waits { row.opt_text(13)? } else { None },
        });
    }
    Ok(list)
}
