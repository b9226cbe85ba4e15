//! Proposals: listed (only what one may read), read, proposed, renamed; their neighbours.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, Path, Query, Signed};
use super::problem::Problem;
use super::proposal_page::{self, Proposal};
use super::shapes::{AwaitedNow, Flag, OrganisationRef, Person, all};
use super::texts::{invalid, line};
use crate::app::App;
use crate::error::{Error, Result};
use crate::ids::ProposalId;
use crate::rules::rights::{act, may};
use crate::rules::similarity::DUPLICATE;
use crate::rules::stage::{Phase, Stage};
use crate::rules::transitions;
use crate::rules::wording::{SUMMARY_CHARS, TITLE_CHARS};
use crate::store::accounts::Identity;
use crate::store::cards::{Card, Cursor, Filter};
use crate::store::neighbours::Neighbour;
use crate::store::proposals::{Idea, Renaming};

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_proposals, create_proposal))
        .routes(routes!(list_neighbours))
        .routes(routes!(get_proposal, rename_proposal))
}

/// How many cards a page holds when nothing is asked.
const PAGE: usize = 50;
/// How many cards a page may hold.
const PAGE_MAX: usize = 200;
/// How long a search may be, in characters.
const SEARCH_MAX: usize = 200;
/// How long a text to compare may be, in characters: a summary someone has yet to shorten.
const COMPARED_MAX: usize = 2000;

/// Which proposals are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Of this lead chantier.
    chantier: Option<String>,
    /// At this stage.
    stage: Option<String>,
    /// In this phase.
    phase: Option<String>,
    /// Holding all these words: title, summary, number or text; accents and case do not count.
    text: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
    /// So many at most: 1 to 200, 50 when not given.
    limit: Option<usize>,
}

/// A page of proposals, the last changed first.
#[derive(Debug, Serialize, ToSchema)]
struct ProposalList {
    proposals: Vec<ProposalCard>,
    /// Where the next page begins; null on the last.
    next_cursor: Option<String>,
}

/// A proposal, as lists show it.
#[derive(Debug, Serialize, ToSchema)]
struct ProposalCard {
    proposal_id: String,
    number: Option<String>,
    action_number: Option<String>,
    title: String,
    summary: String,
    stage: &'static str,
    phase: &'static str,
    chantier_id: String,
    porteur: Option<OrganisationRef>,
    owners: Vec<Person>,
    awaited: AwaitedNow,
    /// What has waited too long.
    flags: Vec<Flag>,
    stage_since_ms: i64,
    updated_at_ms: i64,
    /// Whether the account is an owner or a contributor.
    mine: bool,
}

/// The proposals the account may read.
#[utoipa::path(get, path = "/api/proposals", tag = "proposals", params(ListQuery),
    responses((status = 200, body = ProposalList), (status = 401, body = Problem),
        (status = 422, body = Problem)))]
async fn list_proposals(
    State(app): State<App>,
    Signed(identity): Signed,
    Query(query): Query<ListQuery>,
) -> Result<Json<ProposalList>> {
    let filter = query.filter()?;
    let page = app
        .store
        .cards(&identity.account_id, &filter, may::<act::Read>)
        .await?;
    Ok(Json(ProposalList {
        proposals: all(page.cards),
        next_cursor: page
            .next
            .map(|cursor| format!("{}~{}", cursor.updated_at_ms, cursor.proposal_id)),
    }))
}

/// What a new proposal would be called.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct NeighbourQuery {
    /// Its title.
    title: String,
    /// Its summary.
    #[serde(default)]
    summary: String,
}

/// The nearest proposals, the nearest first: 3 at most.
#[derive(Debug, Serialize, ToSchema)]
struct Neighbours {
    neighbours: Vec<NeighbourCard>,
}

/// A near proposal.
#[derive(Debug, Serialize, ToSchema)]
struct NeighbourCard {
    /// Null when the account may not read it.
    proposal_id: Option<String>,
    title: String,
    chantier_id: String,
    stage: &'static str,
    /// How near, from 0 to 1.
    similarity: f64,
}

/// An idea.
#[derive(Debug, Deserialize, ToSchema)]
struct NewProposal {
    /// 3 to 160 characters.
    title: String,
    /// 40 to 300 characters.
    summary: String,
    chantier_id: String,
    /// Whether the nearest proposals were shown; must be true.
    neighbours_shown: bool,
}

/// New words for a proposal.
#[derive(Debug, Deserialize, ToSchema)]
struct ProposalPatch {
    /// 3 to 160 characters.
    title: Option<String>,
    /// 40 to 300 characters.
    summary: Option<String>,
    /// The proposal's `version` as it was read.
    expected_version: i64,
}

/// One proposal.
#[utoipa::path(get, path = "/api/proposals/{proposal_id}", tag = "proposals",
    params(("proposal_id" = String, Path)),
    responses((status = 200, body = Proposal), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
async fn get_proposal(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(proposal_id): Path<String>,
) -> Result<Json<Proposal>> {
    let proposal = ProposalId::from(proposal_id);
    proposal_page::read(&app, &identity.account_id, &proposal)
        .await
        .map(Json)
}

/// Proposes an idea (T01); its author leads it.
#[utoipa::path(post, path = "/api/proposals", tag = "proposals", request_body = NewProposal,
    responses((status = 201, body = Proposal), (status = 401, body = Problem),
        (status = 403, body = Problem),
        (status = 409, body = Problem, description = "`neighbours_not_shown`"),
        (status = 422, body = Problem)))]
async fn create_proposal(
    State(app): State<App>,
    Signed(identity): Signed,
    Body(new): Body<NewProposal>,
) -> Result<(StatusCode, Json<Proposal>)> {
    let idea = Idea {
        title: line("title", &new.title, &TITLE_CHARS)?,
        summary: line("summary", &new.summary, &SUMMARY_CHARS)?,
        chantier_id: new.chantier_id.into(),
        neighbours_shown: new.neighbours_shown,
        duplicates: Vec::new(),
    };
    let idea = Idea {
        duplicates: possible_duplicates(&app, &identity, &idea).await?,
        ..idea
    };
    let proposal = app
        .store
        .propose(&identity, &idea, transitions::propose)
        .await
        .map_err(as_conflict)?;
    let body = proposal_page::read(&app, &identity.account_id, &proposal).await?;
    Ok((StatusCode::CREATED, Json(body)))
}

/// Changes the title and the summary.
#[utoipa::path(patch, path = "/api/proposals/{proposal_id}", tag = "proposals",
    params(("proposal_id" = String, Path)), request_body = ProposalPatch,
    responses((status = 200, body = Proposal), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`version_changed`"),
        (status = 422, body = Problem)))]
async fn rename_proposal(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(proposal_id): Path<String>,
    Body(patch): Body<ProposalPatch>,
) -> Result<Json<Proposal>> {
    let proposal = ProposalId::from(proposal_id);
    let tidy = |field, text: Option<String>, bounds| {
        text.map(|text| line(field, &text, bounds)).transpose()
    };
    let renaming = Renaming {
        title: tidy("title", patch.title, &TITLE_CHARS)?,
        summary: tidy("summary", patch.summary, &SUMMARY_CHARS)?,
        expected_version: patch.expected_version,
    };
    app.store
        .rename_proposal(&identity, &proposal, &renaming, may::<act::EditSummary>)
        .await?;
    proposal_page::read(&app, &identity.account_id, &proposal)
        .await
        .map(Json)
}

/// The nearest existing proposals, over all chantiers: for who may propose.
#[utoipa::path(get, path = "/api/proposals/neighbours", tag = "proposals",
    params(NeighbourQuery),
    responses((status = 200, body = Neighbours), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 422, body = Problem)))]
async fn list_neighbours(
    State(app): State<App>,
    Signed(identity): Signed,
    Query(query): Query<NeighbourQuery>,
) -> Result<Json<Neighbours>> {
    for (field, text) in [("title", &query.title), ("summary", &query.summary)] {
        if text.chars().count() > COMPARED_MAX {
            return Err(invalid(field, "too_long"));
        }
    }
    let near = app
        .store
        .neighbours(
            &identity.account_id,
            &query.title,
            &query.summary,
            may::<act::Propose>,
            may::<act::Read>,
        )
        .await?;
    Ok(Json(Neighbours {
        neighbours: all(near),
    }))
}

/// The readable proposals that may be the same idea. Who may not propose is told so by T01.
async fn possible_duplicates(
    app: &App,
    identity: &Identity,
    idea: &Idea,
) -> Result<Vec<ProposalId>> {
    let near = app
        .store
        .neighbours(
            &identity.account_id,
            &idea.title,
            &idea.summary,
            may::<act::Propose>,
            may::<act::Read>,
        )
        .await;
    match near {
        Ok(near) => Ok(near
            .into_iter()
            .filter(|one| one.similarity >= DUPLICATE)
            .filter_map(|one| one.proposal_id.map(ProposalId::from))
            .collect()),
        Err(Error::Refused(_)) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// T01 without its neighbours is a conflict: the client can show them and ask again.
fn as_conflict(error: Error) -> Error {
    if let Error::Refused(refusal) = &error
        && refusal.code == transitions::NEIGHBOURS_NOT_SHOWN
    {
        return Error::Conflict(refusal.code);
    }
    error
}

impl ListQuery {
    fn filter(self) -> Result<Filter> {
        let text = self.text.filter(|text| !text.trim().is_empty());
        if text
            .as_ref()
            .is_some_and(|text| text.chars().count() > SEARCH_MAX)
        {
            return Err(invalid("text", "too_long"));
        }
        let stage = self
            .stage
            .map(|key| Stage::from_key(&key).ok_or(invalid("stage", "unknown")))
            .transpose()?;
        let phase = self
            .phase
            .map(|key| Phase::from_key(&key).ok_or(invalid("phase", "unknown")))
            .transpose()?;
        let limit = self.limit.unwrap_or(PAGE);
        if !(1..=PAGE_MAX).contains(&limit) {
            return Err(invalid("limit", "out_of_range"));
        }
        Ok(Filter {
            chantier_id: self.chantier,
            stage,
            phase,
            text,
            after: self.cursor.as_deref().map(cursor).transpose()?,
            limit,
        })
    }
}

fn cursor(text: &str) -> Result<Cursor> {
    text.split_once('~')
        .and_then(|(ms, id)| {
            Some(Cursor {
                updated_at_ms: ms.parse().ok()?,
                proposal_id: id.to_owned(),
            })
        })
        .ok_or(invalid("cursor", "unknown"))
}

impl From<Card> for ProposalCard {
    fn from(card: Card) -> Self {
        Self {
            proposal_id: card.proposal_id,
            number: card.number,
            action_number: card.action_number,
            title: card.title,
            summary: card.summary,
            stage: card.stage.key(),
            phase: card.stage.phase().key(),
            chantier_id: card.chantier_id,
            porteur: card.porteur.map(Into::into),
            owners: all(card.owners),
            awaited: card.now.awaited.into(),
            flags: all(card.now.flags),
            stage_since_ms: card.stage_since_ms,
            updated_at_ms: card.updated_at_ms,
            mine: card.mine,
        }
    }
}

impl From<Neighbour> for NeighbourCard {
    fn from(near: Neighbour) -> Self {
        Self {
            proposal_id: near.proposal_id,
            title: near.title,
            chantier_id: near.chantier_id,
            stage: near.stage.key(),
            similarity: (near.similarity * 1000.0).round() / 1000.0,
        }
    }
}
