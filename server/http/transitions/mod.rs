//! Moving a proposal along the T-table (`domain.md` section 2): what is possible and why not, the moves,
//! and the acts that take two people.

mod possible;
mod request;
mod split;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, Path, Signed};
use super::problem::Problem;
use super::proposal_page::{self, Proposal};
use crate::app::App;
use crate::error::{Error, Result};
use crate::ids::{DocumentId, ProposalId};
use crate::rules::inactivity;
use crate::rules::rights::{act, may};
use crate::rules::role::Role;
use crate::rules::transitions::{Guard, Transition, cancel, consents, decline, judge};
use crate::store::accounts::Identity;
use crate::store::transitions::{Ask, Ending, Outcome};
use possible::Transitions;
use request::TransitionRequest;

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_transitions, move_proposal))
        .routes(routes!(decline_transition))
        .routes(routes!(cancel_transition))
        .routes(routes!(warn_inactive))
        .routes(routes!(split::get_split))
}

/// What a nudge about a warning says.
const WARNED: &str = "warning";
/// What a nudge about a request says.
const REQUEST: &str = "request";

/// How often a deposit reads the text beside the writers before it holds them for a moment.
const READINGS: usize = 3;

/// How often while they are held: the server itself may write meanwhile.
const HELD_READINGS: usize = 3;

/// What may be done to a proposal now, and for the rest why not and who could.
#[utoipa::path(get, path = "/api/proposals/{proposal_id}/transitions", tag = "proposals",
    params(("proposal_id" = String, Path)),
    responses((status = 200, body = Transitions), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
async fn list_transitions(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(proposal_id): Path<String>,
) -> Result<Json<Transitions>> {
    let proposal = ProposalId::from(proposal_id);
    let document = app
        .store
        .document_of(&identity.account_id, &proposal, may::<act::Read>)
        .await?;
    let text = app.work.ensure(&document).await?;
    let weighed = app.store.weigh(&identity, &proposal, &text).await?;
    Ok(Json(Transitions::new(weighed, &identity)))
}

/// Takes a proposal to its next stage, or asks the second person it takes.
#[utoipa::path(post, path = "/api/proposals/{proposal_id}/transitions", tag = "proposals",
    params(("proposal_id" = String, Path)), request_body = TransitionRequest,
    responses((status = 201, body = Proposal),
        (status = 204, description = "Done, and no longer readable for this person"),
        (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`version_changed`"),
        (status = 422, body = Problem)))]
async fn move_proposal(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(proposal_id): Path<String>,
    Body(request): Body<TransitionRequest>,
) -> Result<Response> {
    let proposal = ProposalId::from(proposal_id);
    let ask = request.ask()?;
    let takes_two = !consents(ask.transition, Role::Owner).is_empty();
    let document = if ask.transition == Transition::Submit {
        deposit(&app, &identity, &proposal, &ask).await?
    } else if ask.transition == Transition::Split {
        split::make(&app, &identity, &proposal, ask).await?
    } else {
        let outcome = app
            .store
            .transition(&identity, &proposal, &ask, None, judge)
            .await?;
        done(outcome)?.ok_or_else(|| Error::internal("a text was read that was not given"))?
    };
    if takes_two {
        tell_request(&app, document.clone());
    }
    tell(&app, document);
    after(&app, &identity, &proposal, StatusCode::CREATED).await
}

/// Declines what somebody asked for and this person could agree to.
#[utoipa::path(post, path = "/api/proposals/{proposal_id}/transitions/{transition}/refusal",
    tag = "proposals",
    params(("proposal_id" = String, Path), ("transition" = String, Path)),
    responses((status = 200, body = Proposal),
        (status = 204, description = "Done, and no longer readable for this person"),
        (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
async fn decline_transition(
    State(app): State<App>,
    Signed(identity): Signed,
    Path((proposal_id, transition)): Path<(String, String)>,
) -> Result<Response> {
    let proposal = ProposalId::from(proposal_id);
    let transition = Transition::from_key(&transition).ok_or(Error::NotFound)?;
    let ended = app
        .store
        .end_pending(&identity, &proposal, transition, Ending::Declined, decline)
        .await?;
    tell_request(&app, ended.clone());
    tell(&app, ended);
    after(&app, &identity, &proposal, StatusCode::OK).await
}

/// Takes back what one asked for.
#[utoipa::path(delete, path = "/api/proposals/{proposal_id}/transitions/{transition}",
    tag = "proposals",
    params(("proposal_id" = String, Path), ("transition" = String, Path)),
    responses((status = 200, body = Proposal), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn cancel_transition(
    State(app): State<App>,
    Signed(identity): Signed,
    Path((proposal_id, transition)): Path<(String, String)>,
) -> Result<Response> {
    let proposal = ProposalId::from(proposal_id);
    let transition = Transition::from_key(&transition).ok_or(Error::NotFound)?;
    let ended = app
        .store
        .end_pending(&identity, &proposal, transition, Ending::Cancelled, cancel)
        .await?;
    tell_request(&app, ended.clone());
    tell(&app, ended);
    after(&app, &identity, &proposal, StatusCode::OK).await
}

/// Warns the owner that nothing has happened for long (before T31).
#[utoipa::path(post, path = "/api/proposals/{proposal_id}/warnings", tag = "proposals",
    params(("proposal_id" = String, Path)),
    responses((status = 201, body = Proposal), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn warn_inactive(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(proposal_id): Path<String>,
) -> Result<(StatusCode, Json<Proposal>)> {
    let proposal = ProposalId::from(proposal_id);
    let document = app
        .store
        .warn_inactive(&identity, &proposal, inactivity::warn)
        .await?;
    app.finish(|rooms| async move { rooms.nudge(&document, WARNED).await });
    let body = proposal_page::read(&app, &identity.account_id, &proposal).await?;
    Ok((StatusCode::CREATED, Json(body)))
}

/// The proposal after an act. The act may have ended the person's right to read it (T07 declined, T28
/// acknowledged): then only that it is done, 204.
async fn after(
    app: &App,
    identity: &Identity,
    proposal: &ProposalId,
    status: StatusCode,
) -> Result<Response> {
    match proposal_page::read(app, &identity.account_id, proposal).await {
        Ok(body) => Ok((status, Json(body)).into_response()),
        Err(Error::NotFound) => Ok(StatusCode::NO_CONTENT.into_response()),
        Err(error) => Err(error),
    }
}

/// T03. The text is read at the head of its log, and the act holds only if it still stands there.
/// Where people type without a pause their room holds them back for a moment: nobody else waits.
async fn deposit(
    app: &App,
    identity: &Identity,
    proposal: &ProposalId,
    ask: &Ask,
) -> Result<DocumentId> {
    let document = app
        .store
        .document_of(&identity.account_id, proposal, may::<act::Read>)
        .await?;
    let mut _hold = None;
    for reading in 1..=READINGS + HELD_READINGS {
        if reading > READINGS {
            _hold = app.rooms.hold(&document).await;
        }
        let text = app.work.ensure(&document).await?;
        let outcome = app
            .store
            .transition(identity, proposal, ask, Some(&text), judge)
            .await?;
        if let Some(document) = done(outcome)? {
            return Ok(document);
        }
    }
    Err(Error::Unavailable("the text does not stand still".into()))
}

fn done(outcome: Outcome) -> Result<Option<DocumentId>> {
    match outcome {
        Outcome::Done { document, .. } => Ok(Some(document)),
        Outcome::TextMoved => Ok(None),
        Outcome::Incomplete(lacks) => {
            let missing = lacks.iter().map(|lack| (lack.section(), lack.key()));
            Err(Error::Incomplete {
                rule: Transition::Submit.key(),
                code: Guard::SheetComplete.code(),
                missing: missing.collect(),
            })
        }
    }
}

/// Everybody's page learns of a request, or that it ended: it changes neither rights nor the text.
fn tell_request(app: &App, document: DocumentId) {
    app.finish(|rooms| async move { rooms.nudge(&document, REQUEST).await });
}

/// Everybody's page learns its new rights; the version that was opened is sealed.
fn tell(app: &App, document: DocumentId) {
    app.work.sealing_due();
    app.finish(|rooms| async move { rooms.rights_changed(&document).await });
}
