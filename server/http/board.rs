//! The board of a chantier, or of all: one compact row a proposal, the most urgent first.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Query, Signed};
use super::problem::Problem;
use super::shapes::{AwaitedNow, Flag, all};
use super::unchanged::unless_known;
use crate::app::App;
use crate::error::{Error, Result};
use crate::rules::awaited::{Awaited, Flag as RuleFlag};
use crate::rules::rights::{act, may};
use crate::rules::stage::Phase;
use crate::store::board::{AnyFlag, BoardFilter, BoardRow as StoredRow};
use crate::store::cards::Filter;

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_board))
}

/// How long a search may be, in characters.
const SEARCH_MAX: usize = 200;

/// Which rows are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct BoardQuery {
    /// Of this lead chantier.
    chantier: Option<String>,
    /// In this phase.
    phase: Option<String>,
    /// Awaiting this party: `owner`, `facilitator`...
    awaited: Option<String>,
    /// With this flag; `any` for all that has waited too long.
    flag: Option<String>,
    /// Holding all these words: title, summary, number or text; accents and case do not count.
    text: Option<String>,
    /// Only those the account is an owner or a contributor of.
    #[serde(default)]
    mine: bool,
}

/// A board, the most urgent first; what has ended comes last.
#[derive(Debug, Serialize, ToSchema)]
struct Board {
    proposals: Vec<BoardRow>,
}

/// A proposal on a board.
#[derive(Debug, Serialize, ToSchema)]
struct BoardRow {
    proposal_id: String,
    /// Its number as an action once approved, before that its number; null before the deposit.
    number: Option<String>,
    title: String,
    /// The porteur's short name.
    porteur: Option<String>,
    chantier_id: String,
    stage: &'static str,
    phase: &'static str,
    /// How many times it went to the commission.
    round: i64,
    awaited: AwaitedNow,
    /// What has waited too long.
    flags: Vec<Flag>,
    stage_since_ms: i64,
    /// Civil days in this stage.
    stage_days: i64,
    /// Null for who may not read the threads.
    unanswered_vigilance_count: Option<i64>,
    /// Null for who may not read the threads.
    unanswered_question_count: Option<i64>,
    /// Reserves of the opinion without an answer.
    open_reserve_count: i64,
    /// The next day it is heard somewhere, as an ISO day.
    next_hearing_on: Option<String>,
    /// Asked from the Region's envelopes.
    request_cents: i64,
    /// Direct and supported posts expected.
    posts: i64,
    /// Whether the account is an owner or a contributor.
    mine: bool,
    updated_at_ms: i64,
}

/// The board: every proposal the account may read.
#[utoipa::path(get, path = "/api/board", tag = "board", params(BoardQuery),
    responses((status = 200, body = Board, description = "With an `ETag`"),
        (status = 304, description = "As the `If-None-Match` asked with"),
        (status = 401, body = Problem),
        (status = 422, body = Problem)))]
async fn get_board(
    State(app): State<App>,
    Signed(identity): Signed,
    Query(query): Query<BoardQuery>,
    headers: HeaderMap,
) -> Result<Response> {
    let filter = query.filter()?;
    let rows = app
        .store
        .board(&identity.account_id, &filter, may::<act::Read>)
        .await?;
    let board = Board {
        proposals: all(rows),
    };
    unless_known(&headers, &board)
}

impl BoardQuery {
    fn filter(self) -> Result<BoardFilter> {
        let unknown = |field| Error::Invalid {
            field,
            problem: "unknown",
        };
        let text = self.text.filter(|text| !text.trim().is_empty());
        let is_long = |text: &String| text.chars().count() > SEARCH_MAX;
        if text.as_ref().is_some_and(is_long) {
            return Err(Error::Invalid {
                field: "text",
                problem: "too_long",
            });
        }
        let phase = self.phase.as_deref().map(Phase::from_key);
        let party = self.awaited.as_deref().map(Awaited::from_key);
        let flag = self.flag.as_deref().map(|key| match key {
            "any" => Some(AnyFlag::Any),
            key => RuleFlag::from_key(key).map(AnyFlag::One),
        });
        Ok(BoardFilter {
            proposals: Filter {
                chantier_id: self.chantier,
                phase: phase
                    .map(|phase| phase.ok_or(unknown("phase")))
                    .transpose()?,
                text,
                ..Filter::default()
            },
            party: party
                .map(|party| party.ok_or(unknown("awaited")))
                .transpose()?,
            flag: flag.map(|flag| flag.ok_or(unknown("flag"))).transpose()?,
            mine: self.mine,
        })
    }
}

impl From<StoredRow> for BoardRow {
    fn from(row: StoredRow) -> Self {
        let (card, threads) = (row.card, row.threads.as_ref());
        Self {
            proposal_id: card.proposal_id,
            number: card.action_number.or(card.number),
            title: card.title,
            porteur: row.porteur.map(|porteur| porteur.short_name),
            chantier_id: card.chantier_id,
            stage: card.stage.key(),
            phase: card.stage.phase().key(),
            round: row.round,
            awaited: card.now.awaited.into(),
            flags: all(card.now.flags),
            stage_since_ms: card.stage_since_ms,
            stage_days: row.stage_days,
            unanswered_vigilance_count: threads.map(|open| open.unanswered_vigilances),
            unanswered_question_count: threads.map(|open| open.unanswered_questions),
            open_reserve_count: row.open_reserve_count,
            next_hearing_on: row.next_hearing_on.map(|day| day.as_str().to_owned()),
            request_cents: row.request_cents,
            posts: row.posts,
            mine: card.mine,
            updated_at_ms: card.updated_at_ms,
        }
    }
}
