//! Inviting to write: who may be named contributor of a proposal, naming and removing them.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, Path, Signed};
use super::problem::Problem;
use super::shapes::{Person, all};
use crate::app::App;
use crate::error::{Error, Result};
use crate::ids::{PersonId, ProposalId};
use crate::rules::rights::{act, may};

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_candidates))
        .routes(routes!(add_contributors))
        .routes(routes!(remove_contributor))
}

/// How many people one request may name.
const NAMED_MAX: usize = 100;

/// People one may invite.
#[derive(Debug, Serialize, ToSchema)]
struct Candidates {
    people: Vec<Person>,
}

/// People to invite.
#[derive(Debug, Deserialize, ToSchema)]
struct NamedPeople {
    /// 1 to 100 people.
    person_ids: Vec<String>,
}

/// Everybody invited to write.
#[derive(Debug, Serialize, ToSchema)]
struct Contributors {
    contributors: Vec<Person>,
}

/// The people who may be invited to write, by name.
#[utoipa::path(get, path = "/api/proposals/{proposal_id}/contributor_candidates", tag = "proposals",
    params(("proposal_id" = String, Path)),
    responses((status = 200, body = Candidates), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn list_candidates(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(proposal_id): Path<String>,
) -> Result<Json<Candidates>> {
    let people = app
        .store
        .contributor_candidates(
            &identity.account_id,
            &ProposalId::from(proposal_id),
            may::<act::InviteContributors>,
        )
        .await?;
    Ok(Json(Candidates {
        people: all(people),
    }))
}

/// Invites people to write; those who were invited before stay so.
#[utoipa::path(post, path = "/api/proposals/{proposal_id}/contributors", tag = "proposals",
    params(("proposal_id" = String, Path)), request_body = NamedPeople,
    responses((status = 200, body = Contributors), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem, description = "`person_ids` `not_eligible`: nobody was invited")))]
async fn add_contributors(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(proposal_id): Path<String>,
    Body(named): Body<NamedPeople>,
) -> Result<Json<Contributors>> {
    if named.person_ids.is_empty() || named.person_ids.len() > NAMED_MAX {
        return Err(Error::Invalid {
            field: "person_ids",
            problem: if named.person_ids.is_empty() {
                "required"
            } else {
                "too_long"
            },
        });
    }
    let people: Vec<PersonId> = all(named.person_ids);
    let invited = app
        .store
        .invite_contributors(
            &identity,
            &ProposalId::from(proposal_id),
            &people,
            may::<act::InviteContributors>,
        )
        .await?;
    let document = invited.document_id;
    app.finish(|rooms| async move { rooms.rights_changed(&document).await });
    Ok(Json(Contributors {
        contributors: all(invited.contributors),
    }))
}

/// Ends an invitation to write.
#[utoipa::path(delete, path = "/api/proposals/{proposal_id}/contributors/{person_id}",
    tag = "proposals",
    params(("proposal_id" = String, Path), ("person_id" = String, Path)),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem, description = "`owner`")))]
async fn remove_contributor(
    State(app): State<App>,
    Signed(identity): Signed,
    Path((proposal_id, person_id)): Path<(String, String)>,
) -> Result<StatusCode> {
    let document = app
        .store
        .remove_contributor(
            &identity,
            &ProposalId::from(proposal_id),
            &PersonId::from(person_id),
            may::<act::InviteContributors>,
        )
        .await?;
    app.finish(|rooms| async move { rooms.rights_changed(&document).await });
    Ok(StatusCode::NO_CONTENT)
}
