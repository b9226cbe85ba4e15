//! The Region's validators: who sits, who waits. A sitting one confirms or refuses another's mandate.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::entry::check_paragraphs;
use super::super::extract::{Body, Path, Signed};
use super::super::problem::Problem;
use super::super::shapes::{MayNot, Person, all, may_and_not};
use crate::app::App;
use crate::error::Result;
use crate::ids::MandateId;
use crate::rules::rights::{Action, act, may};
use crate::store::mandates::validators::{Answer, ValidatorRow, Validators as Stored};

/// Longest motive of a refusal, in characters.
const MOTIVE_CHARS_MAX: usize = 1_000;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_validators))
        .routes(routes!(post_confirmation))
        .routes(routes!(post_refusal))
}

/// The Region's validators.
#[derive(Debug, Serialize, ToSchema)]
struct Validators {
    /// Who sits, or will.
    sitting: Vec<Validator>,
    /// Who waits to be confirmed, the oldest first.
    awaiting: Vec<Validator>,
    may: Vec<&'static str>,
    may_not: Vec<MayNot>,
}

/// A validator's mandate.
#[derive(Debug, Serialize, ToSchema)]
struct Validator {
    mandate_id: String,
    person: Person,
    body_title: Option<String>,
    valid_from: String,
    /// The first day without it.
    valid_to: Option<String>,
    /// Who gave it, by name; of one that waits.
    given_by: Option<String>,
    given_at_ms: Option<i64>,
    /// Whether it is the reader's own: nobody answers their own.
    is_own: bool,
}

/// Why a mandate is refused.
#[derive(Debug, Deserialize, ToSchema)]
struct RefusalForm {
    motive: String,
}

/// The Region's validators, for validators and administrators.
#[utoipa::path(get, path = "/api/validators", tag = "administration",
    responses((status = 200, body = Validators), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn get_validators(State(app): State<App>, Signed(me): Signed) -> Result<Json<Validators>> {
    let stored = app.store.validators(&me.account_id).await?;
    Ok(Json(stored.into()))
}

/// A sitting validator confirms the mandate of another: it holds from now on.
#[utoipa::path(post, path = "/api/validators/{mandate_id}/confirmations", tag = "administration",
    params(("mandate_id" = String, Path)),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn post_confirmation(
    State(app): State<App>,
    Signed(me): Signed,
    Path(mandate_id): Path<String>,
) -> Result<StatusCode> {
    let mandate = MandateId::from(mandate_id);
    let account = app
        .store
        .answer_validator(
            &me.account_id,
            &mandate,
            &Answer::Confirmed,
            may::<act::ConfirmValidator>,
        )
        .await?;
    if let Some(account) = account {
        app.finish(|rooms| async move { rooms.account_changed(&account).await });
    }
    Ok(StatusCode::NO_CONTENT)
}

/// A sitting validator refuses the mandate of another, and says why.
#[utoipa::path(post, path = "/api/validators/{mandate_id}/refusals", tag = "administration",
    params(("mandate_id" = String, Path)), request_body = RefusalForm,
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn post_refusal(
    State(app): State<App>,
    Signed(me): Signed,
    Path(mandate_id): Path<String>,
    Body(form): Body<RefusalForm>,
) -> Result<StatusCode> {
    let mandate = MandateId::from(mandate_id);
    let motive = check_paragraphs("motive", &form.motive, MOTIVE_CHARS_MAX)?;
    app.store
        .answer_validator(
            &me.account_id,
            &mandate,
            &Answer::Refused(motive),
            may::<act::ConfirmValidator>,
        )
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<Stored> for Validators {
    fn from(stored: Stored) -> Self {
        let (may, may_not) = may_and_not(&[Action::ConfirmValidator], &stored.facts);
        Self {
            sitting: all(stored.sitting),
            awaiting: all(stored.awaiting),
            may,
            may_not,
        }
    }
}

impl From<ValidatorRow> for Validator {
    fn from(row: ValidatorRow) -> Self {
        Self {
            mandate_id: row.mandate_id,
            person: row.person.into(),
            body_title: row.body_title,
            valid_from: row.valid_from,
            valid_to: row.valid_to,
            given_by: row.given_by,
            given_at_ms: row.given_at_ms,
            is_own: row.is_own,
        }
    }
}
