//! Chantiers with their bodies and what each lacks; the Region's directions and delegations.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::entry::{check_key, check_paragraphs, check_text};
use super::super::extract::{Body, Path, Signed};
use super::super::problem::Problem;
use super::super::shapes::Axis;
use super::NAME_CHARS_MAX;
use crate::app::App;
use crate::error::{Error, Result};
use crate::ids::{BodyId, ChantierId};
use crate::rules::chantiers::{Status, code_number};
use crate::rules::mandates::WITHOUT_CO_PRESIDENT_DAYS;
use crate::rules::rights::{act, may};
use crate::store::administration::chantiers::{ChantierForm, ChantierList, ChantierRow, UnitRow};
use crate::store::directory::BodyRow;

/// Longest description, in characters.
const DESCRIPTION_CHARS_MAX: usize = 8_000;
/// Longest part of an address, in characters.
const SLUG_CHARS_MAX: usize = 60;
/// The kinds of chantier.
const KINDS: [&str; 2] = ["permanent", "temporary"];
/// The kinds of unit of the Region.
const UNIT_KINDS: [&str; 2] = ["direction", "delegation"];

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_chantiers, post_chantier))
        .routes(routes!(put_chantier))
        .routes(routes!(post_status))
        .routes(routes!(post_body))
        .routes(routes!(put_body))
        .routes(routes!(post_unit))
        .routes(routes!(put_unit))
}

/// The chantiers, the Region's units and the axes.
#[derive(Debug, Serialize, ToSchema)]
struct AdminChantiers {
    chantiers: Vec<AdminChantier>,
    units: Vec<RegionUnit>,
    axes: Vec<Axis>,
}

/// A chantier.
#[derive(Debug, Serialize, ToSchema)]
struct AdminChantier {
    chantier_id: String,
    slug: String,
    title: String,
    /// Markdown.
    description: String,
    /// `permanent`, `temporary`.
    kind: String,
    /// `preparing`, `active`, `suspended`, `closed`.
    status: &'static str,
    /// Where it may go from here.
    next_statuses: Vec<&'static str>,
    axis_id: Option<String>,
    lead_unit_id: Option<String>,
    delegation_ids: Vec<String>,
    opened_on: String,
    bodies: Vec<AdminBody>,
    /// The councillors in office who preside it today, by name.
    co_presidents: Vec<String>,
    /// Days without co-president, when it is active and has none; 30 at most.
    days_without_co_president: Option<i64>,
    /// Days within which it must have one again.
    days_allowed: i64,
    /// Whether somebody from outside the Region sits in the steering committee for it.
    has_copil_seat: bool,
    /// Its proposals before a decision.
    on_their_way: i64,
    version: i64,
}

/// A body of a chantier.
#[derive(Debug, Serialize, ToSchema)]
struct AdminBody {
    body_id: String,
    /// `commission`, `working_group`.
    kind: String,
    title: String,
}

/// A direction or a delegation of the Region.
#[derive(Debug, Serialize, ToSchema)]
struct RegionUnit {
    region_unit_id: String,
    /// `direction`, `delegation`.
    kind: String,
    title: String,
    version: i64,
}

/// What is said of a chantier.
#[derive(Debug, Deserialize, ToSchema)]
struct AdminChantierForm {
    /// Its code, `CH8`; it does not change afterwards.
    #[serde(default)]
    chantier_id: String,
    slug: String,
    title: String,
    description: String,
    kind: String,
    axis_id: Option<String>,
    lead_unit_id: Option<String>,
    #[serde(default)]
    delegation_ids: Vec<String>,
    /// The name of its commission; when adding.
    #[serde(default)]
    commission_title: String,
    /// The version seen; not when adding.
    version: Option<i64>,
}

/// A step of a chantier's life.
#[derive(Debug, Deserialize, ToSchema)]
struct StatusForm {
    /// `active`, `suspended`, `closed`.
    status: String,
    /// The version seen.
    version: i64,
}

/// A body's title.
#[derive(Debug, Deserialize, ToSchema)]
struct BodyForm {
    title: String,
}

/// A unit of the Region to add or to rename.
#[derive(Debug, Deserialize, ToSchema)]
struct RegionUnitForm {
    /// `direction`, `delegation`; it does not change afterwards.
    kind: String,
    title: String,
    /// The version seen; not when adding.
    version: Option<i64>,
}

/// The chantiers and the Region's units.
#[utoipa::path(get, path = "/api/administration/chantiers", tag = "administration",
    responses((status = 200, body = AdminChantiers), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn get_chantiers(State(app): State<App>, Signed(me): Signed) -> Result<Json<AdminChantiers>> {
    let list = app
        .store
        .admin_chantiers(&me.account_id, may::<act::ManageProgramme>)
        .await?;
    Ok(Json(list.into()))
}

/// Adds a chantier in preparation, with its commission.
#[utoipa::path(post, path = "/api/administration/chantiers", tag = "administration", request_body = AdminChantierForm,
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 422, body = Problem)))]
async fn post_chantier(
    State(app): State<App>,
    Signed(me): Signed,
    Body(form): Body<AdminChantierForm>,
) -> Result<StatusCode> {
    if code_number(&form.chantier_id).is_none() {
        return Err(Error::Invalid {
            field: "chantier_id",
            problem: "not_a_code",
        });
    }
    let id = ChantierId::from(form.chantier_id.as_str());
    let commission = check_text("commission_title", &form.commission_title, NAME_CHARS_MAX)?;
    let form = checked(form)?;
    app.store
        .add_chantier(
            &me.account_id,
            &id,
            (&form, &commission),
            may::<act::ManageProgramme>,
        )
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Changes what is said of a chantier.
#[utoipa::path(put, path = "/api/administration/chantiers/{chantier_id}", tag = "administration",
    params(("chantier_id" = String, Path)), request_body = AdminChantierForm,
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn put_chantier(
    State(app): State<App>,
    Signed(me): Signed,
    Path(id): Path<String>,
    Body(form): Body<AdminChantierForm>,
) -> Result<StatusCode> {
    let seen = form.version.unwrap_or_default();
    let form = checked(form)?;
    let id = ChantierId::from(id);
    app.store
        .change_chantier(
            &me.account_id,
            &id,
            (&form, seen),
            may::<act::ManageProgramme>,
        )
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Moves a chantier along its life.
#[utoipa::path(post, path = "/api/administration/chantiers/{chantier_id}/statuses", tag = "administration",
    params(("chantier_id" = String, Path)), request_body = StatusForm,
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn post_status(
    State(app): State<App>,
    Signed(me): Signed,
    Path(id): Path<String>,
    Body(form): Body<StatusForm>,
) -> Result<StatusCode> {
    let to = Status::from_key(&form.status).ok_or(Error::Invalid {
        field: "status",
        problem: "unknown",
    })?;
    let id = ChantierId::from(id);
    app.store
        .set_chantier_status(
            &me.account_id,
            &id,
            (to, form.version),
            may::<act::ManageProgramme>,
        )
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Adds a working group to a chantier.
#[utoipa::path(post, path = "/api/administration/chantiers/{chantier_id}/bodies", tag = "administration",
    params(("chantier_id" = String, Path)), request_body = BodyForm,
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn post_body(
    State(app): State<App>,
    Signed(me): Signed,
    Path(id): Path<String>,
    Body(form): Body<BodyForm>,
) -> Result<StatusCode> {
    let title = check_text("title", &form.title, NAME_CHARS_MAX)?;
    let id = ChantierId::from(id);
    app.store
        .add_working_group(&me.account_id, &id, &title, may::<act::ManageProgramme>)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives a body another title.
#[utoipa::path(put, path = "/api/administration/bodies/{body_id}", tag = "administration",
    params(("body_id" = String, Path)), request_body = BodyForm,
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn put_body(
    State(app): State<App>,
    Signed(me): Signed,
    Path(id): Path<String>,
    Body(form): Body<BodyForm>,
) -> Result<StatusCode> {
    let title = check_text("title", &form.title, NAME_CHARS_MAX)?;
    let id = BodyId::from(id);
    app.store
        .rename_body(&me.account_id, &id, &title, may::<act::ManageProgramme>)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Adds a direction or a delegation of the Region.
#[utoipa::path(post, path = "/api/administration/region_units", tag = "administration", request_body = RegionUnitForm,
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 422, body = Problem)))]
async fn post_unit(
    State(app): State<App>,
    Signed(me): Signed,
    Body(form): Body<RegionUnitForm>,
) -> Result<StatusCode> {
    write_unit(&app, &me.account_id, None, form).await
}

/// Renames a direction or a delegation of the Region.
#[utoipa::path(put, path = "/api/administration/region_units/{region_unit_id}", tag = "administration",
    params(("region_unit_id" = String, Path)), request_body = RegionUnitForm,
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn put_unit(
    State(app): State<App>,
    Signed(me): Signed,
    Path(id): Path<String>,
    Body(form): Body<RegionUnitForm>,
) -> Result<StatusCode> {
    write_unit(&app, &me.account_id, Some(&id), form).await
}

async fn write_unit(
    app: &App,
    by: &crate::ids::AccountId,
    id: Option<&str>,
    form: RegionUnitForm,
) -> Result<StatusCode> {
    let title = check_text("title", &form.title, NAME_CHARS_MAX)?;
    let kind = check_key("kind", form.kind, &UNIT_KINDS)?;
    let known = id.map(|id| (id, form.version.unwrap_or_default()));
    app.store
        .write_unit(by, known, (&kind, &title), may::<act::ManageProgramme>)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

fn checked(form: AdminChantierForm) -> Result<ChantierForm> {
    let slug = check_text("slug", &form.slug, SLUG_CHARS_MAX)?;
    let is_slug = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !slug.chars().all(is_slug) {
        return Err(Error::Invalid {
            field: "slug",
            problem: "not_a_slug",
        });
    }
    Ok(ChantierForm {
        slug,
        title: check_text("title", &form.title, NAME_CHARS_MAX)?,
        description: check_paragraphs("description", &form.description, DESCRIPTION_CHARS_MAX)?,
        kind: check_key("kind", form.kind, &KINDS)?,
        axis_id: form.axis_id.filter(|id| !id.is_empty()),
        lead_unit_id: form.lead_unit_id.filter(|id| !id.is_empty()),
        delegation_ids: form.delegation_ids,
    })
}

impl From<ChantierList> for AdminChantiers {
    fn from(list: ChantierList) -> Self {
        Self {
            chantiers: list.chantiers.into_iter().map(Into::into).collect(),
            units: list.units.into_iter().map(Into::into).collect(),
            axes: list
                .axes
                .into_iter()
                .map(|(axis_id, title)| Axis { axis_id, title })
                .collect(),
        }
    }
}

impl From<ChantierRow> for AdminChantier {
    fn from(row: ChantierRow) -> Self {
        let said = row.said;
        Self {
            chantier_id: row.chantier_id,
            slug: said.slug,
            title: said.title,
            description: said.description,
            kind: said.kind,
            status: row.status.key(),
            next_statuses: row.status.next().iter().map(|one| one.key()).collect(),
            axis_id: said.axis_id,
            lead_unit_id: said.lead_unit_id,
            delegation_ids: said.delegation_ids,
            opened_on: row.opened_on,
            bodies: row.bodies.into_iter().map(Into::into).collect(),
            co_presidents: row.co_presidents,
            days_without_co_president: row.days_without,
            days_allowed: WITHOUT_CO_PRESIDENT_DAYS,
            has_copil_seat: row.has_copil_seat,
            on_their_way: row.on_their_way,
            version: row.version,
        }
    }
}

impl From<BodyRow> for AdminBody {
    fn from(row: BodyRow) -> Self {
        Self {
            body_id: row.body_id,
            kind: row.kind,
            title: row.title,
        }
    }
}

impl From<UnitRow> for RegionUnit {
    fn from(row: UnitRow) -> Self {
        Self {
            region_unit_id: row.region_unit_id,
            kind: row.kind,
            title: row.title,
            version: row.version,
        }
    }
}
