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
use crate::ids::{DocumentId, OrganisationId, ProposalId};
use crate::rules::day::Day;
use crate::rules::rights::{act, may};
use crate::rules::transitions::{Transition, request_completion, start_drafting, submit};
use crate::rules::wording;
use crate::store::accounts::Identity;
use crate::store::deposits::{CompletionAsked, Deposited};

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(move_proposal))
}

/// A transition asked for.
#[derive(Debug, Deserialize, ToSchema)]
struct TransitionRequest {
    /// Its number: `T02`, `T03`, `T05`.
    transition: String,
    /// The proposal's `version` as it was read.
    expected_version: i64,
    /// T02: the structure porteuse; the one already set when not given.
    porteur_id: Option<String>,
    /// T05: `incomplete`, `unclear`, `funding`, `documents`, `other`.
    reason: Option<String>,
    /// T05: what is missing, 1 to 20 points of 3 to 500 characters.
    #[serde(default)]
    points: Vec<String>,
    /// T05: until when, as an ISO day, tomorrow at the earliest.
    due_on: Option<String>,
}

/// Why a proposal is sent back for completion.
const REASONS: [&str; 5] = ["incomplete", "unclear", "funding", "documents", "other"];

/// How many points one request may list.
const POINTS_MAX: usize = 20;

/// How long a point may be, in characters.
const POINT_CHARS: std::ops::RangeInclusive<usize> = 3..=500;

/// How often a deposit reads the text beside the writers before it holds them for a moment.
const READINGS: usize = 3;

/// How often while they are held: the server itself may write meanwhile.
const HELD_READINGS: usize = 3;

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
    let transition =
        Transition::from_key(&request.transition).ok_or(invalid("transition", "unknown"))?;
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
        Transition::Submit => deposit(&app, &identity, &proposal, request.expected_version).await?,
        Transition::RequestCompletion => {
            let asked = request.asked()?;
            app.store
                .request_completion(
                    &identity,
                    &proposal,
                    &asked,
                    request.expected_version,
                    request_completion,
                )
                .await?
        }
    };
    app.work.sealing_due();
    app.finish(|rooms| async move { rooms.rights_changed(&document).await });
    let body = proposal_page::read(&app, &identity.account_id, &proposal).await?;
    Ok((StatusCode::CREATED, Json(body)))
}

/// T03. The text is read at the head of its log, and the act holds only if it still stands there.
/// Where people type without a pause their room holds them back for a moment: nobody else waits.
async fn deposit(
    app: &App,
    identity: &Identity,
    proposal: &ProposalId,
    expected_version: i64,
) -> Result<DocumentId> {
    let page = app
        .store
        .proposal(&identity.account_id, proposal, may::<act::Read>)
        .await?;
    let document = DocumentId::from(page.row.document_id);
    let mut _hold = None;
    for reading in 1..=READINGS + HELD_READINGS {
        if reading > READINGS {
            _hold = app.rooms.hold(&document).await;
        }
        let text = app.work.ensure(&document).await?;
        let deposited = app
            .store
            .submit(identity, proposal, &text, expected_version, submit)
            .await?;
        match deposited {
            Deposited::Done(document) => return Ok(document),
            Deposited::TextMoved => {}
        }
    }
    Err(Error::Unavailable("the text does not stand still".into()))
}

impl TransitionRequest {
    /// What T05 asks for, tidied.
    fn asked(&self) -> Result<CompletionAsked> {
        let reason = self
            .reason
            .as_deref()
            .ok_or(invalid("reason", "required"))?;
        let reason = REASONS
            .into_iter()
            .find(|known| *known == reason)
            .ok_or(invalid("reason", "unknown"))?;
        if self.points.len() > POINTS_MAX {
            return Err(invalid("points", "too_many_points"));
        }
        let points = self
            .points
            .iter()
            .map(|point| wording::line(point, &POINT_CHARS))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|problem| invalid("points", problem))?;
        let due_on = self
            .due_on
            .as_deref()
            .ok_or(invalid("due_on", "required"))?;
        Ok(CompletionAsked {
            reason,
            points,
            due_on: Day::from_iso(due_on).ok_or(invalid("due_on", "not_a_day"))?,
        })
    }
}

fn invalid(field: &'static str, problem: &'static str) -> Error {
    Error::Invalid { field, problem }
}
