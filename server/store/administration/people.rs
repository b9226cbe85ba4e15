//! One person as administrators see them: where they work and worked, all they hold, held and wait for;
//! their name; a new employer, with whom the old mandates end (`domain.md` 1.2).

use serde_json::json;

use super::{Subject, same_version};
use crate::error::{Error, Result};
use crate::ids::{AccountId, OrganisationId, PersonId};
use crate::rules::day::Day;
use crate::store::people::PeopleRule;
use crate::store::{Store, Tx, args};

/// A person with their history.
#[derive(Clone, Debug)]
pub struct PersonPage {
    /// Their id.
    pub person_id: String,
    /// Given name.
    pub given_name: String,
    /// Usual name.
    pub usual_name: String,
    /// The optimistic counter.
    pub version: i64,
    /// Where they work and worked, the latest first.
    pub affiliations: Vec<AffiliationRow>,
    /// Their mandates, the latest first.
    pub mandates: Vec<FullMandate>,
}

/// Where a person works, from when to when.
#[derive(Clone, Debug)]
pub struct AffiliationRow {
    /// Its id.
    pub affiliation_id: String,
    /// The organisation.
    pub organisation_id: String,
    /// Its name.
    pub organisation_name: String,
    /// What they do there.
    pub job_title: String,
    /// Whether they were elected to it.
    pub is_elected: bool,
    /// The first day.
    pub valid_from: String,
    /// The first day without it.
    pub valid_to: Option<String>,
}

/// A mandate with all that is said of it.
#[derive(Clone, Debug)]
pub struct FullMandate {
    /// Its id.
    pub mandate_id: String,
    /// Whose it is.
    pub person_id: String,
    /// Their name, usual name first.
    pub person_name: String,
    /// The role's key.
    pub role: String,
    /// The body.
    pub body_id: Option<String>,
    /// Its title.
    pub body_title: Option<String>,
    /// Its chantier.
    pub chantier_id: Option<String>,
    /// The seat.
    pub seat: Option<String>,
    /// `titulaire`, `suppleant`.
    pub seat_kind: Option<String>,
    /// The first day.
    pub valid_from: String,
    /// The first day without it.
    pub valid_to: Option<String>,
    /// The act that designates the person.
    pub designation_ref: Option<String>,
    /// Whether it waits for a sitting validator.
    pub awaits: bool,
}

/// A new employer.
#[derive(Clone, Debug)]
pub struct NewWork {
    /// The organisation.
    pub organisation_id: OrganisationId,
    /// What the person does there.
    pub job_title: String,
    /// Whether they were elected to it.
    pub is_elected: bool,
    /// The first day; the last one of the former employer is the day before.
    pub from: Day,
}

/// The columns of a mandate `m` in body `b` of person `p`.
macro_rules! mandate_columns {
    ($awaits:literal) => {
        concat!(
            "select m.mandate_id, m.person_id, p.usual_name || ' ' || p.given_name, m.role, b.body_id,
             b.title, b.chantier_id, m.seat, m.seat_kind, m.valid_from, m.valid_to, m.designation_ref, ",
            $awaits
        )
    };
}

impl Store {
    /// A person with their affiliations and mandates, ended ones too.
    ///
    /// # Errors
    /// What the rule refuses; `NotFound`.
    pub async fn admin_person(
        &self,
        by: &AccountId,
        id: &PersonId,
        rule: impl PeopleRule,
    ) -> Result<PersonPage> {
        let today = self.today();
        let mut tx = self.read().await?;
        rule(&tx.programme_facts(by, &today).await?)?;
        let row = tx
            .row(
                "select given_name, usual_name, version from person where person_id = $1",
                args![id.as_str()],
            )
            .await?
            .ok_or(Error::NotFound)?;
        let affiliations = tx
            .rows(
                "select f.affiliation_id, f.organisation_id, o.name, f.job_title, f.elected, f.valid_from,
                 f.valid_to from affiliation f join organisation o on o.organisation_id = f.organisation_id
                 where f.person_id = $1 order by f.valid_from desc, f.affiliation_id",
                args![id.as_str()],
            )
            .await?
            .iter()
            .map(|row| {
                Ok(AffiliationRow {
                    affiliation_id: row.text(0)?,
                    organisation_id: row.text(1)?,
                    organisation_name: row.text(2)?,
                    job_title: row.text(3)?,
                    is_elected: row.int(4)? == 1,
                    valid_from: row.text(5)?,
                    valid_to: row.opt_text(6)?,
                })
            })
            .collect::<Result<_>>()?;
        let mut mandates = tx.full_mandates().await?;
        mandates.retain(|one| one.person_id == id.as_str());
        mandates.reverse();
        Ok(PersonPage {
            person_id: id.to_string(),
            given_name: row.text(0)?,
            usual_name: row.text(1)?,
            version: row.int(2)?,
            affiliations,
            mandates,
        })
    }

    /// Every mandate, ended ones too, by first day: the table to take away.
    ///
    /// # Errors
    /// What the rule refuses.
    pub async fn all_mandates(
        &self,
        by: &AccountId,
        rule: impl PeopleRule,
    ) -> Result<Vec<FullMandate>> {
        let today = self.today();
        let mut tx = self.read().await?;
        rule(&tx.programme_facts(by, &today).await?)?;
        tx.full_mandates().await
    }

    /// Changes a person's name.
    ///
    /// # Errors
    /// What the rule refuses; `NotFound`; `Conflict("version_changed")`.
    pub async fn rename_person(
        &self,
        by: &AccountId,
        id: &PersonId,
        (given_name, usual_name, seen): (&str, &str, i64),
        rule: impl PeopleRule,
    ) -> Result<()> {
        let now_ms = self.clock.now().ms();
        let mut tx = self.change_people(by, rule).await?;
        let row = tx
            .row(
                "select version from person where person_id = $1",
                args![id.as_str()],
            )
            .await?
            .ok_or(Error::NotFound)?;
        same_version(row.int(0)?, seen)?;
        tx.run(
            "update person set given_name = $1, usual_name = $2, version = version + 1 where person_id = $3",
            args![given_name, usual_name, id.as_str()],
        )
        .await?;
        // Names change for reasons of one's own: the journal keeps that it changed, not from what.
        let subject = (Subject::Person, id.as_str());
        tx.note_admin(by, "rename_person", subject, &json!({}), now_ms)
            .await?;
        tx.commit().await
    }

    /// Gives a person a new employer: the former affiliation ends that day, and all its mandates.
    ///
    /// # Errors
    /// What the rule refuses; `NotFound`; `Invalid` on `organisation_id`, `from`;
    /// `Conflict`: `last_admin`, `last_validator`.
    pub async fn change_work(
        &self,
        by: &AccountId,
        person: &PersonId,
        work: &NewWork,
        rule: impl PeopleRule,
    ) -> Result<Option<AccountId>> {
        let (now_ms, today) = (self.clock.now().ms(), self.today());
        let mut tx = self.change_people(by, rule).await?;
        let account = tx.account_of(person).await?;
        let invalid = |field, problem| Err(Error::Invalid { field, problem });
        let known = tx
            .row(
                "select closed_at_ms from organisation where organisation_id = $1",
                args![work.organisation_id.as_str()],
            )
            .await?;
        match known.map(|row| row.opt_int(0)).transpose()? {
            None => return invalid("organisation_id", "unknown"),
            Some(Some(_)) => return invalid("organisation_id", "organisation_closed"),
            Some(None) => {}
        }
        for row in tx
            .rows(
                "select affiliation_id, valid_from from affiliation
                 where person_id = $1 and (valid_to is null or valid_to > $2)",
                args![person.as_str(), work.from.as_str()],
            )
            .await?
        {
            if row.text(1)?.as_str() >= work.from.as_str() {
                return invalid("from", "before_affiliation");
            }
            tx.end_affiliation(&row.text(0)?, person.as_str(), &work.from, &today)
                .await?;
        }
        tx.run(
            "insert into affiliation (affiliation_id, person_id, organisation_id, job_title, elected, valid_from)
             values ($1, $2, $3, $4, $5, $6)",
            args![
                uuid::Uuid::now_v7().to_string(),
                person.as_str(),
                work.organisation_id.as_str(),
                &work.job_title,
                i64::from(work.is_elected),
                work.from.as_str()
            ],
        )
        .await?;
        let details = json!({"organisation_id": work.organisation_id.as_str(), "from": work.from.as_str(),
            "elected": work.is_elected});
        let subject = (Subject::Person, person.as_str());
        tx.note_admin(by, "change_employer", subject, &details, now_ms)
            .await?;
        tx.commit().await?;
        Ok(account)
    }
}

impl Tx {
    /// Ends an affiliation on a day, and every mandate of the person that goes beyond it,
    /// unless they belong elsewhere that day.
    ///
    /// # Errors
    /// `Conflict`: `last_admin`, `last_validator`.
    pub(super) async fn end_affiliation(
        &mut self,
        id: &str,
        person: &str,
        on: &Day,
        today: &Day,
    ) -> Result<()> {
        let day = on.as_str();
        let validated = self.validates(person, today).await?;
        let administered = self
            .row(
                "select mandate_id from mandate where person_id = $1 and role = 'admin'
                 and (valid_to is null or valid_to > $2)",
                args![person, today.as_str()],
            )
            .await?
            .is_some();
        self.run(
            "update affiliation set valid_to = case when valid_from > $1 then valid_from else $2 end
             where affiliation_id = $3",
            args![day, day, id],
        )
        .await?;
        // What needs the Region ends with the Region, whoever else the person works for.
        self.run(
            "update mandate set valid_to = case when valid_from > $1 then valid_from else $2 end
             where person_id = $3 and (valid_to is null or valid_to > $4)
             and not exists (select 1 from affiliation f
                             join organisation o on o.organisation_id = f.organisation_id
                             where f.person_id = $5 and f.valid_from <= $6
                             and (f.valid_to is null or f.valid_to > $7)
                             and (o.kind = 'region' or mandate.role not in
                                  ('region_instructor', 'region_validator', 'co_president')))",
            args![day, day, person, day, person, day, day],
        )
        .await?;
        self.run(
            "delete from mandate_awaiting where person_id = $1 and answered_at_ms is null",
            args![person],
        )
        .await?;
        if administered {
            self.keeps_an_admin(today).await?;
        }
        if validated {
            self.keeps_a_validator(today).await?;
        }
        Ok(())
    }

    /// Every mandate, by first day.
    async fn full_mandates(&mut self) -> Result<Vec<FullMandate>> {
        let rows = self
            .rows(
                concat!(
                    mandate_columns!("cast(0 as bigint)"),
                    " from mandate m join person p on p.person_id = m.person_id
                      left join body b on b.body_id = m.body_id union all ",
                    mandate_columns!("cast(1 as bigint)"),
                    " from mandate_awaiting m join person p on p.person_id = m.person_id
                      left join body b on b.body_id = m.body_id where m.answered_at_ms is null
                      order by 10, 1"
                ),
                &[],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(FullMandate {
                    mandate_id: row.text(0)?,
                    person_id: row.text(1)?,
                    person_name: row.text(2)?,
                    role: row.text(3)?,
                    body_id: row.opt_text(4)?,
                    body_title: row.opt_text(5)?,
                    chantier_id: row.opt_text(6)?,
                    seat: row.opt_text(7)?,
                    seat_kind: row.opt_text(8)?,
                    valid_from: row.text(9)?,
                    valid_to: row.opt_text(10)?,
                    designation_ref: row.opt_text(11)?,
                    awaits: row.int(12)? == 1,
                })
            })
            .collect()
    }
}
