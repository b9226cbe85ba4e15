//! Moving a proposal along the T-table (`domain.md` section 2).

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, Path, Signed};
use super::problem::Problem;
use super::proposal_page::{self, Proposal};
use crate::app::App;
use crate::error::{Error, Result};
use crate::ids::{OrganisationId, ProposalId};
use crate::rules::transitions::{Transition, start_drafting};

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(move_proposal))
}

/// A transition asked for.
#[derive(Debug, Deserialize, ToSchema)]
struct TransitionRequest {
    /// Its number: `T02`.
    transition: String,
    /// The proposal's `version` as it was read.
    expected_version: i64,
    /// T02: the structure porteuse; the one already set when not given.
    porteur_id: Option<String>,
}

/// Takes a proposal to its next stage.
#[utoipa::path(post, path = "/api/proposals/{proposal_id}/transitions", tag = "proposals",
    params(("proposal_id" = String, Path)), request_body = TransitionRequest,
    responses((status = 201, body = Proposal), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`version_changed`"),
        (status = 422, body = Problem)))]
async fn move_proposal(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(proposal_id): Path<String>,
    Body(request): Body<TransitionRequest>,
) -> Result<(StatusCode, Json<Proposal>)> {
    let proposal = ProposalId::from(proposal_id);
    let transition = Transition::from_key(&request.transition).ok_or(Error::Invalid {
        field: "transition",
        problem: "unknown",
    })?;
    let document = match transition {
        Transition::StartDrafting => {
            app.store
                .start_drafting(
                    &identity,
                    &proposal,
                    request.porteur_id.map(OrganisationId::from).as_ref(),
                    request.expected_version,
                    start_drafting,
                )
                .await?
        }
    };
    app.finish(|rooms| async move { rooms.rights_changed(&document).await });
    let body = proposal_page::read(&app, &identity.account_id, &proposal).await?;
    Ok((StatusCode::CREATED, Json(body)))
}
