//! The programme page: what it is, its figures, what comes next.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::Signed;
use super::problem::Problem;
use super::shapes::{Meeting, all};
use crate::app::App;
use crate::error::Result;
use crate::render::markdown;
use crate::rules::rights::{Action, Facts, judge};
use crate::store::overview::{Figures, Overview, ProgrammeRow};

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_programme))
}

/// The programme page.
#[derive(Debug, Serialize, ToSchema)]
struct ProgrammePage {
    programme: Programme,
    /// The latest published year; null before the first.
    figures: Option<YearFigures>,
    next_meetings: Vec<Meeting>,
    /// `propose` when the account may propose in at least one chantier.
    may: Vec<&'static str>,
}

/// What the programme is.
#[derive(Debug, Serialize, ToSchema)]
struct Programme {
    code: String,
    title: String,
    region_name: String,
    intro_html: String,
    participation_rules_html: String,
    /// First day, `2025-01-01`.
    starts_on: String,
    /// Last day.
    ends_on: String,
    annual_budget_cents: i64,
    annual_jobs_target: i64,
    version: i64,
}

/// One published year.
#[derive(Debug, Serialize, ToSchema)]
struct YearFigures {
    year: i64,
    /// Direct and supported jobs, realised, counted once.
    jobs_counted: i64,
    jobs_target: i64,
    money_decided_cents: i64,
    money_envelope_cents: i64,
    /// Proposals on their way in the whole programme.
    proposals_in_progress: i64,
}

/// The programme, its figures and its next meetings.
#[utoipa::path(get, path = "/api/programme", tag = "programme",
    responses((status = 200, body = ProgrammePage), (status = 401, body = Problem)))]
async fn get_programme(
    State(app): State<App>,
    Signed(identity): Signed,
) -> Result<Json<ProgrammePage>> {
    let overview = app.store.overview(&identity.account_id).await?;
    let may = may(&overview);
    Ok(Json(ProgrammePage {
        programme: overview.programme.into(),
        figures: overview.figures.map(Into::into),
        next_meetings: all(overview.next_meetings),
        may,
    }))
}

fn may(overview: &Overview) -> Vec<&'static str> {
    let proposes = overview.chantier_roles.iter().any(|&roles| {
        let facts = Facts { roles, stage: None };
        judge(Action::Propose, &facts).is_ok()
    });
    [Action::ManagePeople, Action::ManageProgramme]
        .into_iter()
        .filter(|action| judge(*action, &overview.facts).is_ok())
        .chain(proposes.then_some(Action::Propose))
        .map(Action::key)
        .collect()
}

impl From<ProgrammeRow> for Programme {
    fn from(row: ProgrammeRow) -> Self {
        Self {
            code: row.code,
            title: row.title,
            region_name: row.region_name,
            intro_html: markdown::html(&row.intro),
            participation_rules_html: markdown::html(&row.participation_rules),
            starts_on: row.starts_on,
            ends_on: row.ends_on,
            annual_budget_cents: row.annual_budget_cents,
            annual_jobs_target: row.annual_jobs_target,
            version: row.version,
        }
    }
}

impl From<Figures> for YearFigures {
    fn from(figures: Figures) -> Self {
        Self {
            year: figures.year,
            jobs_counted: figures.jobs_counted,
            jobs_target: figures.jobs_target,
            money_decided_cents: figures.money_decided_cents,
            money_envelope_cents: figures.money_envelope_cents,
            proposals_in_progress: figures.proposals_in_progress,
        }
    }
}
