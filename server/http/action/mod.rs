//! An action after the Region's decision: its page, its agreements, the changes asked for, its reports.

mod page;
mod requests;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::csv::{Csv, amount};
use super::extract::{Body, Path, Signed};
use super::problem::Problem;
use crate::app::App;
use crate::error::{Error, Result};
use crate::ids::{DocumentId, ProposalId};
use crate::rules::follow_ups::is_period;
use crate::rules::rights::{act, may};
use crate::store::accounts::Identity;
use crate::store::region::action_page::ActionPage;
use page::ActionBody;
use requests::{AddendumRequest, AgreementRequest, JobsCheckRequest, ReportRequest};

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_action))
        .routes(routes!(record_agreement))
        .routes(routes!(ask_addendum))
        .routes(routes!(withdraw_addendum))
        .routes(routes!(save_report))
        .routes(routes!(give_report))
        .routes(routes!(check_jobs))
        .routes(routes!(export_reports))
}

/// An action with its agreements, conditions, reports, money and jobs.
#[utoipa::path(get, path = "/api/proposals/{proposal_id}/action", tag = "action",
    params(("proposal_id" = String, Path)),
    responses((status = 200, body = ActionBody), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
async fn get_action(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(proposal_id): Path<String>,
) -> Result<Json<ActionBody>> {
    answered(&app, &identity, &ProposalId::from(proposal_id)).await
}

/// Records the agreement, a change of it, or that none is needed.
#[utoipa::path(post, path = "/api/proposals/{proposal_id}/agreements", tag = "action",
    params(("proposal_id" = String, Path)), request_body = AgreementRequest,
    responses((status = 200, body = ActionBody), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`agreement_known`, `agreement_first`, `decision_first`"),
        (status = 422, body = Problem, description = "every field that is wrong")))]
async fn record_agreement(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(proposal_id): Path<String>,
    Body(request): Body<AgreementRequest>,
) -> Result<Json<ActionBody>> {
    let proposal = ProposalId::from(proposal_id);
    let draft = request.draft()?;
    let document = app
        .store
        .record_agreement(&identity, &proposal, &draft, may::<act::RecordAgreement>)
        .await?;
    tell(&app, document);
    answered(&app, &identity, &proposal).await
}

/// Asks for a substantial change: a decision of the Region will answer.
#[utoipa::path(post, path = "/api/proposals/{proposal_id}/addenda", tag = "action",
    params(("proposal_id" = String, Path)), request_body = AddendumRequest,
    responses((status = 200, body = ActionBody), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`addendum_open`"),
        (status = 422, body = Problem)))]
async fn ask_addendum(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(proposal_id): Path<String>,
    Body(request): Body<AddendumRequest>,
) -> Result<Json<ActionBody>> {
    let proposal = ProposalId::from(proposal_id);
    let (matter, text) = request.checked()?;
    let document = app
        .store
        .ask_addendum(
            &identity,
            &proposal,
            (matter, &text),
            may::<act::AskAddendum>,
        )
        .await?;
    tell(&app, document);
    answered(&app, &identity, &proposal).await
}

/// Takes a request for a change back that nothing has answered.
#[utoipa::path(delete, path = "/api/proposals/{proposal_id}/addenda/{addendum_id}", tag = "action",
    params(("proposal_id" = String, Path), ("addendum_id" = String, Path)),
    responses((status = 200, body = ActionBody), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`addendum_closed`")))]
async fn withdraw_addendum(
    State(app): State<App>,
    Signed(identity): Signed,
    Path((proposal_id, addendum_id)): Path<(String, String)>,
) -> Result<Json<ActionBody>> {
    let proposal = ProposalId::from(proposal_id);
    let document = app
        .store
        .withdraw_addendum(&identity, &proposal, &addendum_id, may::<act::AskAddendum>)
        .await?;
    tell(&app, document);
    answered(&app, &identity, &proposal).await
}

/// Keeps a report that is not given yet.
#[utoipa::path(put, path = "/api/proposals/{proposal_id}/reports/{period}", tag = "action",
    params(("proposal_id" = String, Path), ("period" = String, Path, description = "`2026-S1`, `final`")),
    request_body = ReportRequest,
    responses((status = 200, body = ActionBody), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`report_changed`, `report_given`, `action_not_begun`"),
        (status = 422, body = Problem)))]
async fn save_report(
    State(app): State<App>,
    Signed(identity): Signed,
    Path((proposal_id, period)): Path<(String, String)>,
    Body(request): Body<ReportRequest>,
) -> Result<Json<ActionBody>> {
    report(
        &app,
        &identity,
        &ProposalId::from(proposal_id),
        (period, request, false),
    )
    .await
}

/// Gives a report: it stands as it is from here on.
#[utoipa::path(post, path = "/api/proposals/{proposal_id}/reports/{period}/submission", tag = "action",
    params(("proposal_id" = String, Path), ("period" = String, Path, description = "`2026-S1`, `final`")),
    request_body = ReportRequest,
    responses((status = 200, body = ActionBody), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "also `period_running`"),
        (status = 422, body = Problem, description = "every field that is wrong")))]
async fn give_report(
    State(app): State<App>,
    Signed(identity): Signed,
    Path((proposal_id, period)): Path<(String, String)>,
    Body(request): Body<ReportRequest>,
) -> Result<Json<ActionBody>> {
    report(
        &app,
        &identity,
        &ProposalId::from(proposal_id),
        (period, request, true),
    )
    .await
}

/// Says whether the Region saw the documents behind reported jobs.
#[utoipa::path(put, path = "/api/proposals/{proposal_id}/job_counts/{job_count_id}", tag = "action",
    params(("proposal_id" = String, Path), ("job_count_id" = String, Path)),
    request_body = JobsCheckRequest,
    responses((status = 200, body = ActionBody), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
async fn check_jobs(
    State(app): State<App>,
    Signed(identity): Signed,
    Path((proposal_id, job_count_id)): Path<(String, String)>,
    Body(request): Body<JobsCheckRequest>,
) -> Result<Json<ActionBody>> {
    let proposal = ProposalId::from(proposal_id);
    let (confidence, evidence) = request.checked()?;
    let said = (confidence, evidence.as_deref());
    let document = app
        .store
        .check_jobs(
            &identity,
            &proposal,
            &job_count_id,
            said,
            may::<act::CheckJobs>,
        )
        .await?;
    tell(&app, document);
    answered(&app, &identity, &proposal).await
}

/// The reports that were given, as a table: one row a report.
#[utoipa::path(get, path = "/api/proposals/{proposal_id}/reports.csv", tag = "action",
    params(("proposal_id" = String, Path)),
    responses((status = 200, content_type = "text/csv", body = String),
        (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn export_reports(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(proposal_id): Path<String>,
) -> Result<Response> {
    let proposal = ProposalId::from(proposal_id);
    let account = &identity.account_id;
    let page = app
        .store
        .action_page(account, &proposal, may::<act::Read>)
        .await?;
    let name = page.action_number.clone();
    let name = name.unwrap_or_else(|| "action".to_owned());
    Ok(table(&page).answer(&format!("suivi-{name}")))
}

async fn report(
    app: &App,
    identity: &Identity,
    proposal: &ProposalId,
    (period, request, gives): (String, ReportRequest, bool),
) -> Result<Json<ActionBody>> {
    if !is_period(&period) {
        return Err(Error::NotFound);
    }
    let draft = request.draft(period)?;
    let document = app
        .store
        .report(identity, proposal, &draft, gives, may::<act::Report>)
        .await?;
    tell(app, document);
    answered(app, identity, proposal).await
}

/// The action as this person reads it now.
async fn answered(
    app: &App,
    identity: &Identity,
    proposal: &ProposalId,
) -> Result<Json<ActionBody>> {
    let account = &identity.account_id;
    let page = app
        .store
        .action_page(account, proposal, may::<act::Read>)
        .await?;
    Ok(Json(page.into()))
}

/// Open pages read the action again.
fn tell(app: &App, document: DocumentId) {
    app.finish(|rooms| async move { rooms.nudge(&document, "action").await });
}

/// The reports with their indicators and jobs, each in a column of its own.
fn table(page: &ActionPage) -> Csv {
    let mut headings: Vec<String> = [
        "periode",
        "echeance",
        "remis_ms",
        "avancement_pourcent",
        "depense_euros",
        "postes",
        "etp",
    ]
    .map(ToOwned::to_owned)
    .to_vec();
    let indicator =
        |one: &crate::store::region::reports::Indicator| format!("{} ({})", one.label, one.unit);
    headings.extend(page.indicators.iter().map(indicator));
    headings.extend(["realise", "difficultes", "justificatifs"].map(ToOwned::to_owned));
    let headings: Vec<&str> = headings.iter().map(String::as_str).collect();
    let mut csv = Csv::new(&headings);
    let given = page
        .reports
        .iter()
        .filter(|one| one.submitted_at_ms.is_some());
    for report in given {
        let number = |value: Option<i64>| value.map(|value| value.to_string()).unwrap_or_default();
        let posts: i64 = report.jobs.iter().map(|jobs| jobs.counted.posts).sum();
        let fte: i64 = report
            .jobs
            .iter()
            .map(|jobs| jobs.counted.fte_hundredths)
            .sum();
        let mut cells = vec![
            report.period.clone(),
            report.due_on.as_str().to_owned(),
            number(report.submitted_at_ms),
            number(report.progress),
            report.spent_cents.map(amount).unwrap_or_default(),
            posts.to_string(),
            amount(fte),
        ];
        for one in &page.indicators {
            let mut values = report.values.iter();
            let found = values.find(|(id, _)| *id == one.indicator_id);
            cells.push(found.map(|(_, value)| value.clone()).unwrap_or_default());
        }
        for text in [&report.body, &report.difficulties, &report.evidence] {
            cells.push(text.clone().unwrap_or_default());
        }
        csv.row(&cells);
    }
    csv
}
