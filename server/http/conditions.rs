//! The conditions of a decision, lifted one by one with what shows that they are met.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, Path, Signed};
use super::problem::Problem;
use super::texts::line;
use crate::app::App;
use crate::error::Result;
use crate::ids::ProposalId;
use crate::rules::rights::{act, may};
use crate::store::region::confirm::Lifting;

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(lift_condition))
}

/// How long the evidence may be, in characters.
const EVIDENCE_CHARS: std::ops::RangeInclusive<usize> = 3..=1_000;

/// What lifts a condition.
#[derive(Debug, Deserialize, ToSchema)]
struct LiftRequest {
    /// What shows that it is met, and where it is kept: 3 to 1000 characters.
    evidence: String,
    /// The condition's `version` as it was read.
    expected_version: i64,
}

/// Lifts a condition with its evidence.
#[utoipa::path(put, path = "/api/proposals/{proposal_id}/conditions/{condition_id}", tag = "region",
    params(("proposal_id" = String, Path), ("condition_id" = String, Path)),
    request_body = LiftRequest,
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`version_changed`"),
        (status = 422, body = Problem)))]
async fn lift_condition(
    State(app): State<App>,
    Signed(identity): Signed,
    Path((proposal_id, condition_id)): Path<(String, String)>,
    Body(request): Body<LiftRequest>,
) -> Result<StatusCode> {
    let lifting = Lifting {
        condition_id,
        evidence: line("evidence", &request.evidence, &EVIDENCE_CHARS)?,
        expected_version: request.expected_version,
    };
    let document = app
        .store
        .lift_condition(
            &identity,
            &ProposalId::from(proposal_id),
            &lifting,
            may::<act::LiftCondition>,
        )
        .await?;
    app.finish(|rooms| async move { rooms.nudge(&document, "region").await });
    Ok(StatusCode::NO_CONTENT)
}
