//! Proposals: the lists. Only what the account may read is listed, page by page.

use axum::Json;
use axum::extract::{Query, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::Signed;
use super::problem::Problem;
use super::shapes::{OrganisationRef, Person, all};
use crate::app::App;
use crate::error::{Error, Result};
use crate::rules::rights::{act, may};
use crate::rules::stage::{Phase, Stage};
use crate::store::cards::{Card, Cursor, Filter};

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_proposals))
}

/// How many cards a page holds when nothing is asked.
const PAGE: usize = 50;
/// How many cards a page may hold.
const PAGE_MAX: usize = 200;
/// How long a search may be, in characters.
const SEARCH_MAX: usize = 200;

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
    /// Who is awaited: `owner`, `facilitator`, `commission`... or `nobody`.
    awaited: &'static str,
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

fn invalid(field: &'static str, problem: &'static str) -> Error {
    Error::Invalid { field, problem }
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
            awaited: card.stage.awaited().key(),
            stage_since_ms: card.stage_since_ms,
            updated_at_ms: card.updated_at_ms,
            mine: card.mine,
        }
    }
}
