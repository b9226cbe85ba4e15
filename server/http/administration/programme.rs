//! The programme's years, targets, delays and envelopes, and what its calendar lacks.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::entry::{check_day, check_text};
use super::super::extract::{Body, Path, Signed};
use super::super::problem::Problem;
use super::NAME_CHARS_MAX;
use crate::app::App;
use crate::error::{Error, Result};
use crate::rules::programme::{AMOUNT_MAX_CENTS, SETTINGS, check};
use crate::rules::rights::{act, may};
use crate::store::administration::programme::{
    EnvelopeForm, EnvelopeRow, ProgrammeForm, ProgrammePage,
};

/// Longest code of a programme, in characters.
const CODE_CHARS_MAX: usize = 20;
/// Most jobs a year.
const JOBS_MAX: i64 = 10_000_000;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_programme_settings, put_programme))
        .routes(routes!(post_envelope))
        .routes(routes!(put_envelope))
}

/// The programme as administrators set it.
#[derive(Debug, Serialize, ToSchema)]
struct AdminProgramme {
    code: String,
    title: String,
    starts_on: String,
    ends_on: String,
    annual_budget_cents: i64,
    annual_jobs_target: i64,
    /// Whether a favourable opinion without reserve may go straight to the Region (T14).
    fast_track: bool,
    /// Whether commissions need half of their seats.
    commission_quorum: bool,
    /// The delays and thresholds, with their bounds.
    settings: Vec<ProgrammeSetting>,
    envelopes: Vec<AdminEnvelope>,
    calendar: Vec<YearCalendar>,
    version: i64,
}

/// A delay or a threshold.
#[derive(Debug, Serialize, ToSchema)]
struct ProgrammeSetting {
    field: &'static str,
    value: i64,
    min: i64,
    max: i64,
}

/// An envelope of a year.
#[derive(Debug, Serialize, ToSchema)]
struct AdminEnvelope {
    envelope_id: String,
    year: i64,
    /// `CREER`, `FEE`.
    code: String,
    label: String,
    amount_cents: i64,
    /// The envelope it lies within.
    parent_id: Option<String>,
    version: i64,
}

/// A year's meetings, planned or held, and how many it needs (invariant 15).
#[derive(Debug, Serialize, ToSchema)]
struct YearCalendar {
    year: i64,
    copil: i64,
    copil_needed: i64,
    assises: i64,
    assises_needed: i64,
    /// Whether the year has begun and lacks one.
    is_flagged: bool,
}

/// What is said of the programme.
#[derive(Debug, Deserialize, ToSchema)]
struct AdminProgrammeForm {
    code: String,
    title: String,
    starts_on: String,
    ends_on: String,
    annual_budget_cents: i64,
    annual_jobs_target: i64,
    fast_track: bool,
    commission_quorum: bool,
    /// By field; those left out stay.
    settings: BTreeMap<String, i64>,
    /// The version seen.
    version: i64,
}

/// An envelope to add or to change.
#[derive(Debug, Deserialize, ToSchema)]
struct AdminEnvelopeForm {
    /// Not looked at when changing.
    #[serde(default)]
    year: i64,
    /// `CREER`, `FEE`; not looked at when changing.
    #[serde(default)]
    code: String,
    label: String,
    amount_cents: i64,
    /// The version seen; not when adding.
    version: Option<i64>,
}

/// The programme with its envelopes and its calendar.
#[utoipa::path(get, path = "/api/administration/programme", tag = "administration",
    responses((status = 200, body = AdminProgramme), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn get_programme_settings(
    State(app): State<App>,
    Signed(me): Signed,
) -> Result<Json<AdminProgramme>> {
    let page = app
        .store
        .admin_programme(&me.account_id, may::<act::ManageProgramme>)
        .await?;
    Ok(Json(shown(page, app.store.today().year())))
}

/// Changes the programme's years, targets and settings.
#[utoipa::path(put, path = "/api/administration/programme", tag = "administration", request_body = AdminProgrammeForm,
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn put_programme(
    State(app): State<App>,
    Signed(me): Signed,
    Body(form): Body<AdminProgrammeForm>,
) -> Result<StatusCode> {
    let before = app
        .store
        .admin_programme(&me.account_id, may::<act::ManageProgramme>)
        .await?;
    let seen = form.version;
    let form = checked(form, &before.said.settings)?;
    app.store
        .set_programme(&me.account_id, (&form, seen), may::<act::ManageProgramme>)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Adds the envelope of a year.
#[utoipa::path(post, path = "/api/administration/envelopes", tag = "administration", request_body = AdminEnvelopeForm,
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 422, body = Problem)))]
async fn post_envelope(
    State(app): State<App>,
    Signed(me): Signed,
    Body(form): Body<AdminEnvelopeForm>,
) -> Result<StatusCode> {
    let form = envelope_of(form)?;
    app.store
        .write_envelope(&me.account_id, None, &form, may::<act::ManageProgramme>)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Changes an envelope's name and amount.
#[utoipa::path(put, path = "/api/administration/envelopes/{envelope_id}", tag = "administration",
    params(("envelope_id" = String, Path)), request_body = AdminEnvelopeForm,
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn put_envelope(
    State(app): State<App>,
    Signed(me): Signed,
    Path(id): Path<String>,
    Body(form): Body<AdminEnvelopeForm>,
) -> Result<StatusCode> {
    let seen = form.version.unwrap_or_default();
    let form = envelope_of(form)?;
    app.store
        .write_envelope(
            &me.account_id,
            Some((&id, seen)),
            &form,
            may::<act::ManageProgramme>,
        )
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

fn envelope_of(form: AdminEnvelopeForm) -> Result<EnvelopeForm> {
    Ok(EnvelopeForm {
        year: form.year,
        label: check_text("label", &form.label, NAME_CHARS_MAX)?,
        amount_cents: form.amount_cents,
        code: form.code,
    })
}

fn checked(form: AdminProgrammeForm, before: &[i64]) -> Result<ProgrammeForm> {
    let invalid = |field, problem| Error::Invalid { field, problem };
    let within = |field, value: i64, max| {
        if (0..=max).contains(&value) {
            Ok(value)
        } else {
            Err(invalid(field, "out_of_range"))
        }
    };
    let mut settings = Vec::new();
    for (setting, known) in SETTINGS.iter().zip(before) {
        let value = *form.settings.get(setting.field).unwrap_or(known);
        check(setting, value).map_err(|problem| invalid(setting.field, problem))?;
        settings.push(value);
    }
    Ok(ProgrammeForm {
        code: check_text("code", &form.code, CODE_CHARS_MAX)?,
        title: check_text("title", &form.title, NAME_CHARS_MAX)?,
        starts_on: check_day("starts_on", &form.starts_on)?,
        ends_on: check_day("ends_on", &form.ends_on)?,
        annual_budget_cents: within(
            "annual_budget_cents",
            form.annual_budget_cents,
            AMOUNT_MAX_CENTS,
        )?,
        annual_jobs_target: within("annual_jobs_target", form.annual_jobs_target, JOBS_MAX)?,
        fast_track: form.fast_track,
        commission_quorum: form.commission_quorum,
        settings,
    })
}

fn shown(page: ProgrammePage, this_year: i64) -> AdminProgramme {
    let said = page.said;
    let value = |field: &str| {
        let mut both = SETTINGS.iter().zip(&said.settings);
        let found = both.find(|(setting, _)| setting.field == field);
        found.map_or(0, |(_, value)| *value)
    };
    let (copil_needed, assises_needed) = (
        value("copil_meetings_per_year"),
        value("assises_meetings_per_year"),
    );
    AdminProgramme {
        settings: SETTINGS
            .iter()
            .zip(&said.settings)
            .map(|(setting, value)| ProgrammeSetting {
                field: setting.field,
                value: *value,
                min: setting.min,
                max: setting.max,
            })
            .collect(),
        calendar: page
            .calendar
            .into_iter()
            .map(|one| YearCalendar {
                year: one.year,
                copil: one.copil,
                copil_needed,
                assises: one.assises,
                assises_needed,
                is_flagged: one.year <= this_year
                    && (one.copil < copil_needed || one.assises < assises_needed),
            })
            .collect(),
        code: said.code,
        title: said.title,
        starts_on: said.starts_on.as_str().to_owned(),
        ends_on: said.ends_on.as_str().to_owned(),
        annual_budget_cents: said.annual_budget_cents,
        annual_jobs_target: said.annual_jobs_target,
        fast_track: said.fast_track,
        commission_quorum: said.commission_quorum,
        envelopes: page.envelopes.into_iter().map(Into::into).collect(),
        version: page.version,
    }
}

impl From<EnvelopeRow> for AdminEnvelope {
    fn from(row: EnvelopeRow) -> Self {
        Self {
            envelope_id: row.envelope_id,
            year: row.year,
            code: row.code,
            label: row.label,
            amount_cents: row.amount_cents,
            parent_id: row.parent_id,
            version: row.version,
        }
    }
}
