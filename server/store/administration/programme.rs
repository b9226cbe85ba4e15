//! The programme's years, targets, delays and thresholds, its envelopes a year, and what its calendar
//! lacks. Keys of `rules` that nobody here knows are kept as they are.

use serde_json::{Value as Json, json};

use super::calendar::YearMeetings;
use super::{Subject, same_version};
use crate::error::{Error, Result};
use crate::ids::AccountId;
use crate::rules::day::Day;
use crate::rules::programme::{Envelope, SETTINGS, check_envelope, parent_code, years};
use crate::store::programme::ProgrammeRule;
use crate::store::settings::Settings;
use crate::store::{Store, Tx, args};

/// The programme as administrators set it.
#[derive(Clone, Debug)]
pub struct ProgrammePage {
    /// What is said of it.
    pub said: ProgrammeForm,
    /// The envelopes, by year and code.
    pub envelopes: Vec<EnvelopeRow>,
    /// Each year's meetings.
    pub calendar: Vec<YearMeetings>,
    /// The optimistic counter.
    pub version: i64,
}

/// What is said of the programme.
#[derive(Clone, Debug)]
pub struct ProgrammeForm {
    /// Its code.
    pub code: String,
    /// Its title.
    pub title: String,
    /// Its first day.
    pub starts_on: Day,
    /// Its last day.
    pub ends_on: Day,
    /// Cents a year.
    pub annual_budget_cents: i64,
    /// Jobs a year, created or supported.
    pub annual_jobs_target: i64,
    /// Whether a favourable opinion without reserve may go straight to the Region (T14).
    pub fast_track: bool,
    /// Whether commissions need half of their seats.
    pub commission_quorum: bool,
    /// The other settings, as [`SETTINGS`] orders them.
    pub settings: Vec<i64>,
}

/// An envelope of a year.
#[derive(Clone, Debug)]
pub struct EnvelopeRow {
    /// Its id.
    pub envelope_id: String,
    /// The year.
    pub year: i64,
    /// `CREER`, `FEE`.
    pub code: String,
    /// Its name.
    pub label: String,
    /// Its amount, in cents.
    pub amount_cents: i64,
    /// The envelope it lies within.
    pub parent_id: Option<String>,
    /// The optimistic counter.
    pub version: i64,
}

/// An envelope to add or to change.
#[derive(Clone, Debug)]
pub struct EnvelopeForm {
    /// The year.
    pub year: i64,
    /// `CREER`, `FEE`.
    pub code: String,
    /// Its name.
    pub label: String,
    /// Its amount, in cents.
    pub amount_cents: i64,
}

impl Store {
    /// The programme with its envelopes and its calendar.
    ///
    /// # Errors
    /// What the rule refuses; `NotFound` before the set-up.
    pub async fn admin_programme(
        &self,
        by: &AccountId,
        rule: impl ProgrammeRule,
    ) -> Result<ProgrammePage> {
        let today = self.today();
        let mut tx = self.read().await?;
        rule(&tx.programme_facts(by, &today).await?)?;
        let (said, _, version) = tx.programme_form().await?;
        let calendar = match years(&said.starts_on, &said.ends_on) {
            Ok(years) => tx.meetings_by_year(years).await?,
            Err(_) => Vec::new(),
        };
        Ok(ProgrammePage {
            said,
            envelopes: tx.envelope_rows().await?,
            calendar,
            version,
        })
    }

    /// Changes the programme's years, targets and settings.
    ///
    /// # Errors
    /// What the rule refuses; `Invalid` at the field; `Conflict("version_changed")`.
    pub async fn set_programme(
        &self,
        by: &AccountId,
        (form, seen): (&ProgrammeForm, i64),
        rule: impl ProgrammeRule,
    ) -> Result<()> {
        let now_ms = self.clock.now().ms();
        let mut tx = self.change_programme(by, rule).await?;
        let (before, mut rules, version) = tx.programme_form().await?;
        // Taking the row has counted once already.
        same_version(version - 1, seen)?;
        let years = years(&form.starts_on, &form.ends_on).map_err(|problem| Error::Invalid {
            field: "ends_on",
            problem,
        })?;
        let envelopes = tx.envelope_rows().await?;
        if envelopes.iter().any(|one| !years.contains(&one.year)) {
            return Err(Error::Invalid {
                field: "ends_on",
                problem: "envelope_outside",
            });
        }
        for (setting, value) in SETTINGS.iter().zip(&form.settings) {
            put(&mut rules, setting.path, json!(value));
        }
        put(&mut rules, &["fast_track"], json!(form.fast_track));
        let quorum = if form.commission_quorum {
            "half"
        } else {
            "none"
        };
        put(&mut rules, &["commission", "quorum"], json!(quorum));
        tx.run(
            "update programme set code = $1, title = $2, starts_on = $3, ends_on = $4,
             annual_budget_cents = $5, annual_jobs_target = $6, rules = $7",
            args![
                &form.code,
                &form.title,
                form.starts_on.as_str(),
                form.ends_on.as_str(),
                form.annual_budget_cents,
                form.annual_jobs_target,
                rules.to_string()
            ],
        )
        .await?;
        let both = json!({"before": details(&before), "after": details(form)});
        let subject = (Subject::Programme, "programme");
        tx.note_admin(by, "set_programme", subject, &both, now_ms)
            .await?;
        tx.commit().await
    }

    /// Adds an envelope, or changes one (`id` and the version seen; its year and code stay).
    ///
    /// # Errors
    /// What the rule refuses; `NotFound`; `Invalid` at the field; `Conflict("version_changed")`.
    pub async fn write_envelope(
        &self,
        by: &AccountId,
        known: Option<(&str, i64)>,
        form: &EnvelopeForm,
        rule: impl ProgrammeRule,
    ) -> Result<String> {
        let now_ms = self.clock.now().ms();
        let mut tx = self.change_programme(by, rule).await?;
        let (said, _, _) = tx.programme_form().await?;
        let rows = tx.envelope_rows().await?;
        let id = known.map(|(id, _)| id);
        let before = rows.iter().find(|one| Some(one.envelope_id.as_str()) == id);
        let (year, code) = match (known, before) {
            (Some((_, seen)), Some(row)) => {
                same_version(row.version, seen)?;
                (row.year, row.code.as_str())
            }
            (Some(_), None) => return Err(Error::NotFound),
            (None, _) => (form.year, form.code.as_str()),
        };
        let others: Vec<Envelope<'_>> = rows
            .iter()
            .filter(|one| Some(one.envelope_id.as_str()) != id)
            .map(|one| Envelope {
                year: one.year,
                code: &one.code,
                amount_cents: one.amount_cents,
            })
            .collect();
        let wanted = Envelope {
            year,
            code,
            amount_cents: form.amount_cents,
        };
        let invalid = |(field, problem)| Error::Invalid { field, problem };
        let range = years(&said.starts_on, &said.ends_on)
            .map_err(|problem| invalid(("ends_on", problem)))?;
        check_envelope(&wanted, &others, &range).map_err(invalid)?;
        let parent = parent_code(code).map_err(|problem| invalid(("code", problem)))?;
        let parent = rows
            .iter()
            .find(|one| one.year == year && Some(one.code.as_str()) == parent)
            .map(|one| one.envelope_id.clone());
        let new_id = uuid::Uuid::now_v7().to_string();
        let written = id.unwrap_or(&new_id).to_owned();
        tx.put_envelope(&written, &wanted, &form.label, parent)
            .await?;
        let details = json!({"envelope_id": written, "year": year, "code": code, "label": form.label,
            "before_cents": before.map(|one| one.amount_cents), "amount_cents": form.amount_cents});
        let act = if known.is_some() {
            "change_envelope"
        } else {
            "add_envelope"
        };
        tx.note_admin(by, act, (Subject::Programme, "programme"), &details, now_ms)
            .await?;
        tx.commit().await?;
        Ok(written)
    }
}

impl Tx {
    async fn put_envelope(
        &mut self,
        id: &str,
        wanted: &Envelope<'_>,
        label: &str,
        parent: Option<String>,
    ) -> Result<()> {
        self.run(
            "insert into envelope (envelope_id, year, code, label, amount_cents, parent_id,
             requested_cents, arbitrated_cents, decided_cents, committed_cents)
             values ($1, $2, $3, $4, $5, $6, 0, 0, 0, 0)
             on conflict (envelope_id) do update set label = excluded.label,
             amount_cents = excluded.amount_cents, version = envelope.version + 1",
            args![
                id,
                wanted.year,
                wanted.code,
                label,
                wanted.amount_cents,
                parent
            ],
        )
        .await?;
        Ok(())
    }

    /// The programme, its `rules` whole, its version.
    async fn programme_form(&mut self) -> Result<(ProgrammeForm, Json, i64)> {
        let row = self
            .row(
                "select code, title, starts_on, ends_on, annual_budget_cents, annual_jobs_target, rules,
                 version from programme",
                &[],
            )
            .await?
            .ok_or(Error::NotFound)?;
        let set = Settings::from_text(&row.text(6)?);
        let day = |text: String| {
            Day::from_iso(&text).ok_or_else(|| Error::internal(format!("{text} is no day")))
        };
        let form = ProgrammeForm {
            code: row.text(0)?,
            title: row.text(1)?,
            starts_on: day(row.text(2)?)?,
            ends_on: day(row.text(3)?)?,
            annual_budget_cents: row.int(4)?,
            annual_jobs_target: row.int(5)?,
            fast_track: set.has_fast_track(),
            commission_quorum: set.commission_quorum() == "half",
            settings: SETTINGS.iter().map(|one| set.number(one)).collect(),
        };
        Ok((form, set.into_json(), row.int(7)?))
    }

    async fn envelope_rows(&mut self) -> Result<Vec<EnvelopeRow>> {
        self.rows(
            "select envelope_id, year, code, label, amount_cents, parent_id, version from envelope
             order by year, code, envelope_id",
            &[],
        )
        .await?
        .iter()
        .map(|row| {
            Ok(EnvelopeRow {
                envelope_id: row.text(0)?,
                year: row.int(1)?,
                code: row.text(2)?,
                label: row.text(3)?,
                amount_cents: row.int(4)?,
                parent_id: row.opt_text(5)?,
                version: row.int(6)?,
            })
        })
        .collect()
    }
}

/// Sets a value at the end of these keys; what stands beside it stays.
fn put(rules: &mut Json, path: &[&str], value: Json) {
    let Some((key, rest)) = path.split_first() else {
        return;
    };
    if !rules.is_object() {
        *rules = json!({});
    }
    if rest.is_empty() {
        rules[*key] = value;
    } else {
        put(&mut rules[*key], rest, value);
    }
}

fn details(form: &ProgrammeForm) -> Json {
    let mut all = json!({
        "code": form.code, "title": form.title, "starts_on": form.starts_on.as_str(),
        "ends_on": form.ends_on.as_str(), "annual_budget_cents": form.annual_budget_cents,
        "annual_jobs_target": form.annual_jobs_target, "fast_track": form.fast_track,
        "commission_quorum": form.commission_quorum,
    });
    for (setting, value) in SETTINGS.iter().zip(&form.settings) {
        all[setting.field] = json!(value);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_here_knows_is_kept() {
        let mut rules =
            json!({"commission": {"proxies_per_person": 1, "notice_days": 5}, "x": [1]});
        put(&mut rules, &["commission", "notice_days"], json!(7));
        put(&mut rules, &["stalled_after_days", "submitted"], json!(9));
        let expected = json!({"commission": {"proxies_per_person": 1, "notice_days": 7}, "x": [1],
            "stalled_after_days": {"submitted": 9}});
        assert_eq!(rules, expected);
    }
}
