//! "Pourquoi ?": what one may do with a proposal and why, role by role and act by act.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Path, Signed};
use super::problem::Problem;
use crate::app::App;
use crate::error::Result;
use crate::ids::ProposalId;
use crate::rules::rights::{Action, Facts, act, judge, may, roles_for};
use crate::rules::role::Role;
use crate::rules::stage::Stage;
use crate::store::origins::{Origin, Origins};

/// The routes of this feature.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(explain_rights))
}

/// What one may do with a proposal now, and why.
#[derive(Debug, Serialize, ToSchema)]
struct Rights {
    proposal_id: String,
    stage: &'static str,
    /// The roles held around it, each with where it comes from; a role may come from several.
    roles: Vec<HeldHere>,
    /// Every act on a proposal.
    actions: Vec<Verdict>,
}

/// A role, and where it comes from.
#[derive(Debug, Serialize, ToSchema)]
struct HeldHere {
    role: &'static str,
    /// `mandate` (in a body), `tie` (author, or invited), `reference` (for one's own organisation, or
    /// the programme), `receiving` (the chantier that is asked to take it over).
    source: &'static str,
    body_title: Option<String>,
    chantier_id: Option<String>,
    /// Since which day, as an ISO day.
    valid_from: String,
    /// The first day without it, as an ISO day.
    valid_to: Option<String>,
}

/// Whether one act is allowed, and by which rule.
#[derive(Debug, Serialize, ToSchema)]
struct Verdict {
    /// The key of the act, as in `may`.
    action: &'static str,
    /// The rule that governs it.
    rule: &'static str,
    allowed: bool,
    /// Why not; null when allowed.
    code: Option<&'static str>,
    /// The roles that may ever do it.
    roles: Vec<&'static str>,
    /// Those of them that this person holds.
    held: Vec<&'static str>,
}

/// What one may do with a proposal now, and why: the roles and where they come from, each act with
/// its rule.
#[utoipa::path(get, path = "/api/proposals/{proposal_id}/rights", tag = "proposals",
    params(("proposal_id" = String, Path)),
    responses((status = 200, body = Rights), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
async fn explain_rights(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(proposal_id): Path<String>,
) -> Result<Json<Rights>> {
    let proposal = ProposalId::from(proposal_id);
    let origins = app
        .store
        .origins(&identity.account_id, &proposal, may::<act::Read>)
        .await?;
    Ok(Json(Rights::new(proposal.as_str(), origins)))
}

impl Rights {
    fn new(proposal_id: &str, known: Origins) -> Self {
        let facts = &known.facts;
        Self {
            proposal_id: proposal_id.to_owned(),
            stage: facts.stage.map_or("", Stage::key),
            actions: Action::ON_PROPOSAL
                .iter()
                .map(|action| Verdict::new(*action, facts))
                .collect(),
            roles: known.origins.into_iter().map(Into::into).collect(),
        }
    }
}

impl Verdict {
    fn new(action: Action, facts: &Facts) -> Self {
        let refusal = judge(action, facts).err();
        let roles = roles_for(action);
        Self {
            action: action.key(),
            rule: refusal.map_or(action.rule(), |refusal| refusal.rule),
            allowed: refusal.is_none(),
            code: refusal.map(|refusal| refusal.code),
            held: roles
                .iter()
                .filter(|role| facts.roles.has(**role))
                .map(|role| Role::key(*role))
                .collect(),
            roles: roles.iter().map(|role| Role::key(*role)).collect(),
        }
    }
}

impl From<Origin> for HeldHere {
    fn from(origin: Origin) -> Self {
        Self {
            role: origin.role.key(),
            source: origin.source.key(),
            body_title: origin.body_title,
            chantier_id: origin.chantier_id,
            valid_from: origin.valid_from,
            valid_to: origin.valid_to,
        }
    }
}
