//! What the Region decides: read by whoever may read the proposal, prepared by a validator, given up. T20 and T21
//! confirm it (`http/transitions`); what moves nothing (avenant, rectification) is confirmed here.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::decision_page::{DecisionList, DecisionSheet};
use super::extract::{Body, Path, Query, Signed};
use super::problem::Problem;
use super::shapes::Amount;
use super::texts::{invalid, known, line, optional};
use crate::app::App;
use crate::error::Result;
use crate::ids::{DocumentId, ProposalId};
use crate::rules::day::Day;
use crate::rules::decisions::{self, DecisionValue, Kind};
use crate::rules::money;
use crate::rules::rights::{act, may};
use crate::store::accounts::Identity;
use crate::store::region::prepare::{NewCondition, NewDecision};

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_decisions))
        .routes(routes!(see_decisions))
        .routes(routes!(get_decision, put_decision, give_up_decision))
        .routes(routes!(confirm_decision))
}

/// How long each text may be, in characters.
const ORGAN_CHARS: std::ops::RangeInclusive<usize> = 2..=120;
const DELIBERATION_CHARS: std::ops::RangeInclusive<usize> = 1..=60;
const TITLE_CHARS: std::ops::RangeInclusive<usize> = 3..=300;
const MOTIVE_CHARS: std::ops::RangeInclusive<usize> = 3..=4_000;
const POINT_CHARS: std::ops::RangeInclusive<usize> = 3..=500;
/// How many points, conditions or amounts one decision may list.
const LISTED_MAX: usize = 20;
/// The largest amount, in euro cents: more than the programme ever holds.
const CENTS: std::ops::RangeInclusive<i64> = 0..=10_000_000_000_000;
/// Why a proposal is sent back.
const REASONS: [&str; 5] = ["incomplete", "unclear", "funding", "documents", "other"];

/// A decision as a validator prepares it.
#[derive(Debug, Deserialize, ToSchema)]
struct DecisionRequest {
    /// `initial` (the default), `addendum`, `rectification`.
    kind: Option<String>,
    /// A rectification: the decision it corrects.
    rectifies_id: Option<String>,
    /// `approved`, `approved_with_conditions`, `rejected`, `returned`.
    value: String,
    /// 3 to 120 characters.
    organ: String,
    /// 1 to 60 characters.
    deliberation_ref: String,
    /// 3 to 300 characters.
    title: String,
    /// The day of the session, as an ISO day.
    decided_on: String,
    /// When it was transmitted to the prefect, as an ISO day.
    transmitted_on: Option<String>,
    /// From when it is enforceable, as an ISO day.
    enforceable_on: Option<String>,
    /// 3 to 4000 characters; needed when it refuses, sends back, or departs from the committee's advice.
    motive: Option<String>,
    /// 3 to 4000 characters; needed where an envelope is overrun.
    override_motive: Option<String>,
    /// A return: `incomplete`, `unclear`, `funding`, `documents`, `other`.
    reason: Option<String>,
    /// A return: what is asked for, 20 points of 3 to 500 characters at most.
    #[serde(default)]
    points: Vec<String>,
    /// A return: until when, as an ISO day.
    due_on: Option<String>,
    /// The money, 20 amounts at most.
    #[serde(default)]
    amounts: Vec<Amount>,
    /// 20 at most.
    #[serde(default)]
    conditions: Vec<ConditionRequest>,
    /// The preparation's `version` as it was read; left out for the first preparation.
    expected_version: Option<i64>,
}

/// A condition.
#[derive(Debug, Deserialize, ToSchema)]
struct ConditionRequest {
    /// 3 to 500 characters.
    text: String,
    /// An ISO day, after the decision's.
    due_on: String,
    /// Whether the action may not be engaged before.
    #[serde(default)]
    blocking: bool,
}

/// Which preparation is meant.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PreparationQuery {
    /// The preparation's `version` as it was read.
    expected_version: i64,
}

/// A confirmation.
#[derive(Debug, Deserialize, ToSchema)]
struct ConfirmationRequest {
    /// The preparation's `version` as it was read.
    expected_version: i64,
}

/// What the committee advised and the Region decided.
#[utoipa::path(get, path = "/api/proposals/{proposal_id}/decisions", tag = "region",
    params(("proposal_id" = String, Path)),
    responses((status = 200, body = DecisionList), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
async fn list_decisions(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(proposal_id): Path<String>,
) -> Result<Json<DecisionList>> {
    let list = app
        .store
        .decisions(&identity, &ProposalId::from(proposal_id), may::<act::Read>)
        .await?;
    Ok(Json(list.into()))
}

/// Who worked on it has seen what was decided: it leaves their desk.
#[utoipa::path(put, path = "/api/proposals/{proposal_id}/decisions/notice", tag = "region",
    params(("proposal_id" = String, Path)),
    responses((status = 204), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn see_decisions(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(proposal_id): Path<String>,
) -> Result<StatusCode> {
    app.store
        .see_decisions(&identity, &ProposalId::from(proposal_id), may::<act::Read>)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a decision is prepared from, and what is prepared: for the Region.
#[utoipa::path(get, path = "/api/proposals/{proposal_id}/decision", tag = "region",
    params(("proposal_id" = String, Path)),
    responses((status = 200, body = DecisionSheet), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn get_decision(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(proposal_id): Path<String>,
) -> Result<Json<DecisionSheet>> {
    read(&app, &identity, &ProposalId::from(proposal_id)).await
}

/// Prepares a decision, or prepares it anew; another validator confirms it.
#[utoipa::path(put, path = "/api/proposals/{proposal_id}/decision", tag = "region",
    params(("proposal_id" = String, Path)), request_body = DecisionRequest,
    responses((status = 200, body = DecisionSheet), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`version_changed`: somebody else prepared"),
        (status = 422, body = Problem, description = "Everything that is wrong, by field")))]
async fn put_decision(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(proposal_id): Path<String>,
    Body(request): Body<DecisionRequest>,
) -> Result<Json<DecisionSheet>> {
    let proposal = ProposalId::from(proposal_id);
    let new = request.decision()?;
    let document = app
        .store
        .prepare_decision(&identity, &proposal, &new, decisions::prepare)
        .await?;
    tell(&app, document);
    read(&app, &identity, &proposal).await
}

/// Gives the preparation up.
#[utoipa::path(delete, path = "/api/proposals/{proposal_id}/decision", tag = "region",
    params(("proposal_id" = String, Path), PreparationQuery),
    responses((status = 200, body = DecisionSheet), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`version_changed`")))]
async fn give_up_decision(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(proposal_id): Path<String>,
    Query(query): Query<PreparationQuery>,
) -> Result<Json<DecisionSheet>> {
    let proposal = ProposalId::from(proposal_id);
    let document = app
        .store
        .give_up_decision(
            &identity,
            &proposal,
            query.expected_version,
            decisions::prepare,
        )
        .await?;
    tell(&app, document);
    read(&app, &identity, &proposal).await
}

/// Confirms a change or a correction of a decision: by another validator than who prepared it.
#[utoipa::path(post, path = "/api/proposals/{proposal_id}/decision/confirmation", tag = "region",
    params(("proposal_id" = String, Path)), request_body = ConfirmationRequest,
    responses((status = 204), (status = 401, body = Problem),
        (status = 403, body = Problem, description = "Also `own_preparation`"),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`version_changed`")))]
async fn confirm_decision(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(proposal_id): Path<String>,
    Body(request): Body<ConfirmationRequest>,
) -> Result<StatusCode> {
    let document = app
        .store
        .confirm_later_decision(
            &identity,
            &ProposalId::from(proposal_id),
            request.expected_version,
            decisions::confirm,
        )
        .await?;
    tell(&app, document);
    Ok(StatusCode::NO_CONTENT)
}

async fn read(
    app: &App,
    identity: &Identity,
    proposal: &ProposalId,
) -> Result<Json<DecisionSheet>> {
    let sheet = app
        .store
        .decision_sheet(
            &identity.account_id,
            identity.person_id.as_str(),
            proposal,
            decisions::read_preparation,
        )
        .await?;
    Ok(Json(sheet.into()))
}

/// Open pages read the decision again.
fn tell(app: &App, document: DocumentId) {
    app.finish(|rooms| async move { rooms.nudge(&document, "region").await });
}

impl DecisionRequest {
    fn decision(self) -> Result<NewDecision> {
        for (field, count) in [
            ("points", self.points.len()),
            ("conditions", self.conditions.len()),
            ("amounts", self.amounts.len()),
        ] {
            if count > LISTED_MAX {
                return Err(invalid(field, "too_many"));
            }
        }
        let kind = self.kind.as_deref().unwrap_or(Kind::Initial.key());
        let reason = self.reason.as_deref();
        let reason = reason
            .map(|one| known("reason", one, &REASONS))
            .transpose()?;
        let points = self.points.iter();
        let conditions = self.conditions.iter().map(ConditionRequest::condition);
        Ok(NewDecision {
            kind: Kind::from_key(kind).ok_or(invalid("kind", "unknown"))?,
            rectifies_id: self.rectifies_id,
            value: DecisionValue::from_key(&self.value).ok_or(invalid("value", "unknown"))?,
            organ: line("organ", &self.organ, &ORGAN_CHARS)?,
            deliberation_ref: line(
                "deliberation_ref",
                &self.deliberation_ref,
                &DELIBERATION_CHARS,
            )?,
            title: line("title", &self.title, &TITLE_CHARS)?,
            decided_on: needed("decided_on", &self.decided_on)?,
            transmitted_on: day("transmitted_on", self.transmitted_on.as_deref())?,
            enforceable_on: day("enforceable_on", self.enforceable_on.as_deref())?,
            motive: optional("motive", self.motive.as_deref(), &MOTIVE_CHARS)?,
            override_motive: optional(
                "override_motive",
                self.override_motive.as_deref(),
                &MOTIVE_CHARS,
            )?,
            points: points
                .map(|point| line("points", point, &POINT_CHARS))
                .collect::<Result<_>>()?,
            due_on: day("due_on", self.due_on.as_deref())?,
            conditions: conditions.collect::<Result<_>>()?,
            amounts: amounts(&self.amounts)?,
            expected_version: self.expected_version,
            reason_code: reason,
        })
    }
}

impl ConditionRequest {
    fn condition(&self) -> Result<NewCondition> {
        Ok(NewCondition {
            body: line("conditions", &self.text, &POINT_CHARS)?,
            due_on: needed("conditions", &self.due_on)?,
            blocking: self.blocking,
        })
    }
}

/// Each envelope and year once; zeros left out.
fn amounts(given: &[Amount]) -> Result<Vec<money::Amount>> {
    let mut amounts: Vec<money::Amount> = Vec::new();
    for one in given {
        if !CENTS.contains(&one.amount_cents) {
            return Err(invalid("amounts", "out_of_range"));
        }
        let is_same = |known: &money::Amount| known.code == one.code && known.year == one.year;
        if amounts.iter().any(is_same) {
            return Err(invalid("amounts", "twice"));
        }
        if one.amount_cents > 0 {
            amounts.push(money::Amount {
                code: one.code.clone(),
                year: one.year,
                cents: one.amount_cents,
            });
        }
    }
    Ok(amounts)
}

fn needed(field: &'static str, text: &str) -> Result<Day> {
    day(field, Some(text))?.ok_or(invalid(field, "required"))
}

/// An ISO day, if one is given.
fn day(field: &'static str, text: Option<&str>) -> Result<Option<Day>> {
    let given = text.filter(|text| !text.trim().is_empty());
    given
        .map(|text| Day::from_iso(text).ok_or(invalid(field, "not_a_day")))
        .transpose()
}
