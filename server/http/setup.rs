//! The set-up of an empty workspace, by the one-time link `serve` prints.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::entry::{Caller, Me, SignedIn, check_email, check_password, check_text, signed_in};
use super::extract::{Body, Path};
use super::problem::Problem;
use crate::addresses::throttled_by;
use crate::app::App;
use crate::error::{Error, Result};
use crate::rules::day::Day;
use crate::store::secrets::{new_secret, secret_hash};
use crate::store::setup::{FirstAdmin, NewProgramme};
use crate::throttle::Key;

/// Longest title, in characters.
const TITLE_CHARS_MAX: usize = 200;
/// Longest name of a Region or person, in characters.
const NAME_CHARS_MAX: usize = 120;
/// Longest code, in characters.
const CODE_CHARS_MAX: usize = 20;
/// Most money a year, in cents: a thousand billion euros.
const BUDGET_CENTS_MAX: i64 = 100_000_000_000_000;
/// Most jobs a year.
const JOBS_MAX: i64 = 100_000_000;

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_setup))
        .routes(routes!(post_setup))
}

/// What the set-up page is filled with: CREER's values, for the years to come.
#[derive(Debug, Serialize, ToSchema)]
struct SetupForm {
    code: String,
    title: String,
    region_name: String,
    starts_on: String,
    ends_on: String,
    annual_budget_cents: i64,
    annual_jobs_target: i64,
}

/// The programme and its first administrator.
#[derive(Deserialize, ToSchema)]
struct Setup {
    /// The link's token.
    token: String,
    code: String,
    title: String,
    region_name: String,
    /// First day, `2026-01-01`.
    starts_on: String,
    /// Last day.
    ends_on: String,
    annual_budget_cents: i64,
    annual_jobs_target: i64,
    given_name: String,
    usual_name: String,
    email: String,
    /// 12 to 128 characters, not the e-mail address.
    password: String,
}

/// The values to start from; 410 when the link was used, replaced or has expired.
#[utoipa::path(get, path = "/api/setup/{token}", tag = "setup", params(("token" = String, Path)),
    responses((status = 200, body = SetupForm), (status = 404, body = Problem), (status = 410, body = Problem),
        (status = 429, body = Problem)))]
async fn get_setup(
    State(app): State<App>,
    caller: Caller,
    Path(token): Path<String>,
) -> Result<Json<SetupForm>> {
    Ok(Json(proposal_for(&app, &caller, &token).await?.into()))
}

/// Creates the programme and its first administrator, and signs them in.
#[utoipa::path(post, path = "/api/setup", tag = "setup", request_body = Setup,
    responses((status = 201, body = Me), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 410, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
async fn post_setup(
    State(app): State<App>,
    caller: Caller,
    Body(form): Body<Setup>,
) -> Result<SignedIn> {
    proposal_for(&app, &caller, &form.token).await?;
    let programme = programme_of(&form)?;
    let email = check_email("email", &form.email)?;
    check_password("password", &form.password, &email)?;
    let admin = FirstAdmin {
        given_name: check_text("given_name", &form.given_name, NAME_CHARS_MAX)?,
        usual_name: check_text("usual_name", &form.usual_name, NAME_CHARS_MAX)?,
        email,
        password_hash: app.passwords.hash(form.password).await?,
    };
    let secret = new_secret()?;
    let account = app
        .store
        .set_up(
            &secret_hash(&form.token),
            &programme,
            &admin,
            &secret_hash(&secret),
            &caller.origin(),
        )
        .await?;
    signed_in(&app, &account, secret).await
}

/// Checks the link first: who has none learns nothing about the form.
async fn proposal_for(app: &App, caller: &Caller, token: &str) -> Result<NewProgramme> {
    let key = Key::Link(throttled_by(caller.address));
    app.throttle.take(&key, app.clock.now())?;
    let proposal = app.store.setup_proposal(&secret_hash(token)).await?;
    app.throttle.give_back(&key);
    Ok(proposal)
}

fn programme_of(form: &Setup) -> Result<NewProgramme> {
    let programme = NewProgramme {
        code: check_text("code", &form.code, CODE_CHARS_MAX)?,
        title: check_text("title", &form.title, TITLE_CHARS_MAX)?,
        region_name: check_text("region_name", &form.region_name, NAME_CHARS_MAX)?,
        starts_on: check_day("starts_on", &form.starts_on)?,
        ends_on: check_day("ends_on", &form.ends_on)?,
        annual_budget_cents: form.annual_budget_cents,
        annual_jobs_target: form.annual_jobs_target,
    };
    let invalid = |field, problem| Err(Error::Invalid { field, problem });
    if programme.ends_on <= programme.starts_on {
        return invalid("ends_on", "before_start");
    }
    if !(0..=BUDGET_CENTS_MAX).contains(&programme.annual_budget_cents) {
        return invalid("annual_budget_cents", "out_of_range");
    }
    if !(0..=JOBS_MAX).contains(&programme.annual_jobs_target) {
        return invalid("annual_jobs_target", "out_of_range");
    }
    Ok(programme)
}

fn check_day(field: &'static str, text: &str) -> Result<String> {
    match Day::from_iso(text) {
        Some(day) => Ok(day.as_str().to_owned()),
        None => Err(Error::Invalid {
            field,
            problem: "not_a_day",
        }),
    }
}

impl From<NewProgramme> for SetupForm {
    fn from(one: NewProgramme) -> Self {
        Self {
            code: one.code,
            title: one.title,
            region_name: one.region_name,
            starts_on: one.starts_on,
            ends_on: one.ends_on,
            annual_budget_cents: one.annual_budget_cents,
            annual_jobs_target: one.annual_jobs_target,
        }
    }
}
