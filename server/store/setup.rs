//! The set-up: a programme from the shipped template, the Region, its first administrator.

use serde_json::{Value as Json, json};

use super::administration::Subject;
use super::links::Door;
use super::mandates::NewMandate;
use super::people::NewPerson;
use super::sessions::Origin;
use super::{Store, Tx, args};
use crate::error::{Error, Result};
use crate::ids::{AccountId, OrganisationId};
use crate::rules::day::Day;
use crate::rules::role::Role;

/// CREER as adopted: its axes, colleges, seven chantiers and bodies.
const TEMPLATE: &str = include_str!("../../demo/programme.fr.json");

/// What the person who sets up says.
#[derive(Clone, Debug)]
pub struct NewProgramme {
    /// The programme's code.
    pub code: String,
    /// Its title.
    pub title: String,
    /// The Region's name.
    pub region_name: String,
    /// First day, ISO.
    pub starts_on: String,
    /// Last day, ISO.
    pub ends_on: String,
    /// Money a year, in cents.
    pub annual_budget_cents: i64,
    /// Jobs a year.
    pub annual_jobs_target: i64,
}

/// The first administrator.
#[derive(Clone, Debug)]
pub struct FirstAdmin {
    /// Given name.
    pub given_name: String,
    /// Usual name.
    pub usual_name: String,
    /// Address, in lower case.
    pub email: String,
    /// The hash of the password chosen.
    pub password_hash: String,
}

/// The template, read.
fn template() -> Result<Json> {
    serde_json::from_str(TEMPLATE).map_err(Error::internal)
}

fn text<'a>(value: &'a Json, key: &str) -> Result<&'a str> {
    value[key]
        .as_str()
        .ok_or_else(|| Error::internal(format!("the template lacks {key}")))
}

fn list<'a>(value: &'a Json, key: &str) -> Result<&'a [Json]> {
    value[key]
        .as_array()
        .map(Vec::as_slice)
        .ok_or_else(|| Error::internal(format!("the template lacks {key}")))
}

fn number(value: &Json, key: &str) -> Result<i64> {
    value[key]
        .as_i64()
        .ok_or_else(|| Error::internal(format!("the template lacks {key}")))
}

impl Store {
    /// What the set-up page is filled with, if the link still serves.
    ///
    /// # Errors
    /// `NotFound`, or `Gone` when the link was used, replaced or has expired.
    pub async fn setup_proposal(&self, link_hash: &[u8]) -> Result<NewProgramme> {
        let mut tx = self.read().await?;
        tx.check_link(link_hash, Door::Setup, self.clock.now().ms())
            .await?;
        let template = template()?;
        let today = self.today();
        let year: i64 = today
            .as_str()
            .get(..4)
            .and_then(|digits| digits.parse().ok())
            .ok_or_else(|| Error::internal("a day without a year"))?;
        let last_year = year + number(&template, "years")? - 1;
        Ok(NewProgramme {
            code: text(&template, "code")?.to_owned(),
            title: text(&template, "title")?.to_owned(),
            region_name: String::new(),
            starts_on: format!("{year:04}-01-01"),
            ends_on: format!("{last_year:04}-12-31"),
            annual_budget_cents: number(&template, "annual_budget_cents")?,
            annual_jobs_target: number(&template, "annual_jobs_target")?,
        })
    }

    /// Sets the workspace up, once: everything in one transaction, the administrator signed in.
    ///
    /// # Errors
    /// As [`Store::setup_proposal`]; `Conflict("already_set_up")` when a programme exists.
    pub async fn set_up(
        &self,
        link_hash: &[u8],
        programme: &NewProgramme,
        admin: &FirstAdmin,
        session_hash: &[u8],
        origin: &Origin,
    ) -> Result<AccountId> {
        let now_ms = self.clock.now().ms();
        let today = self.today();
        let mut tx = self.write().await?;
        tx.use_link(link_hash, Door::Setup, now_ms).await?;
        if tx.has_programme().await? {
            return Err(Error::Conflict("already_set_up"));
        }
        tx.add_whole_programme(programme, &today, now_ms).await?;
        let region = tx.add_region(&programme.region_name, now_ms).await?;
        let person = NewPerson {
            given_name: admin.given_name.clone(),
            usual_name: admin.usual_name.clone(),
            email: admin.email.clone(),
            job_title: String::new(),
            is_elected: false,
        };
        let (person_id, account) = tx.add_person(&person, &region, &today, now_ms).await?;
        tx.run(
            "update account set password_hash = $1, password_changed_at_ms = $2 where account_id = $3",
            args![&admin.password_hash, now_ms, account.as_str()],
        )
        .await?;
        let mandate = NewMandate::plain(Role::Admin, None);
        tx.add_mandate(&account, &person_id, &mandate, &today, now_ms)
            .await?;
        let subject = (Subject::Programme, "programme");
        let details = json!({"code": &programme.code, "title": &programme.title});
        tx.note_admin(&account, "set_up", subject, &details, now_ms)
            .await?;
        tx.open_session(&account, session_hash, origin, now_ms)
            .await?;
        tx.commit().await?;
        Ok(account)
    }
}

impl Tx {
    /// A programme with everything the shipped template gives it.
    ///
    /// # Errors
    /// Those of the database.
    pub(super) async fn add_whole_programme(
        &mut self,
        programme: &NewProgramme,
        today: &Day,
        now_ms: i64,
    ) -> Result<()> {
        let template = template()?;
        self.add_programme(programme, &template, now_ms).await?;
        self.add_shape(&template, today.as_str()).await
    }

    async fn add_programme(
        &mut self,
        new: &NewProgramme,
        template: &Json,
        now_ms: i64,
    ) -> Result<()> {
        // A constant key: of two set-ups at the same time, one fails.
        self.run(
            "insert into programme (programme_id, code, title, region_name, starts_on, ends_on,
             annual_budget_cents, annual_jobs_target, target_unit, intro, participation_rules, rules,
             created_at_ms, version)
             values ('programme', $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1)",
            args![
                &new.code,
                &new.title,
                &new.region_name,
                &new.starts_on,
                &new.ends_on,
                new.annual_budget_cents,
                new.annual_jobs_target,
                text(template, "target_unit")?,
                text(template, "intro")?,
                text(template, "participation_rules")?,
                template["rules"].to_string(),
                now_ms
            ],
        )
        .await?;
        Ok(())
    }

    /// Colleges, axes, chantiers and bodies.
    async fn add_shape(&mut self, template: &Json, today: &str) -> Result<()> {
        for (rank, college) in (0_i64..).zip(list(template, "colleges")?) {
            self.run(
                "insert into college (college_id, title, family, rank) values ($1, $2, $3, $4)",
                args![
                    text(college, "id")?,
                    text(college, "title")?,
                    text(college, "family")?,
                    rank
                ],
            )
            .await?;
        }
        for axis in list(template, "axes")? {
            self.run(
                "insert into axis (axis_id, title, description) values ($1, $2, $3)",
                args![
                    text(axis, "id")?,
                    text(axis, "title")?,
                    text(axis, "description")?
                ],
            )
            .await?;
        }
        for chantier in list(template, "chantiers")? {
            self.run(
                "insert into chantier (chantier_id, slug, title, description, kind, status, axis_id, opened_on, version)
                 values ($1, $2, $3, $4, $5, 'active', $6, $7, 1)",
                args![
                    text(chantier, "id")?,
                    text(chantier, "slug")?,
                    text(chantier, "title")?,
                    text(chantier, "description")?,
                    text(chantier, "kind")?,
                    text(chantier, "axis")?,
                    today
                ],
            )
            .await?;
        }
        for body in list(template, "bodies")? {
            self.run(
                "insert into body (body_id, kind, chantier_id, title) values ($1, $2, $3, $4)",
                args![
                    text(body, "id")?,
                    text(body, "type")?,
                    body["chantier"].as_str(),
                    text(body, "title")?
                ],
            )
            .await?;
        }
        Ok(())
    }

    /// An organisation of the Region's own college.
    ///
    /// # Errors
    /// Those of the database.
    pub(super) async fn add_region(&mut self, name: &str, now_ms: i64) -> Result<OrganisationId> {
        let id = OrganisationId::new();
        self.run(
            "insert into organisation (organisation_id, name, short_name, kind, college_id,
             solicitation_budget_minutes, created_at_ms, version)
             values ($1, $2, $3, 'region', 'REG', 240, $4, 1)",
            args![id.as_str(), name, name, now_ms],
        )
        .await?;
        Ok(id)
    }
}
