//! The memberships of an organisation in the chantiers.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::entry::{check_day, check_key};
use super::super::extract::{Body, Path, Signed};
use super::super::problem::Problem;
use crate::app::App;
use crate::error::Result;
use crate::ids::OrganisationId;
use crate::rules::organisations::{LEVELS, STATUSES};
use crate::rules::rights::{act, may};
use crate::store::administration::memberships::{MembershipForm, MembershipRow};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_memberships, post_membership))
        .routes(routes!(put_membership))
}

/// The memberships of an organisation.
#[derive(Debug, Serialize, ToSchema)]
struct AdminMemberships {
    memberships: Vec<AdminMembership>,
}

/// A membership.
#[derive(Debug, Serialize, ToSchema)]
struct AdminMembership {
    membership_id: String,
    chantier_id: String,
    chantier_title: String,
    /// `pilot`, `active`, `informed`.
    level: String,
    /// `proposed`, `active`, `suspended`, `ended`.
    status: String,
    valid_from: String,
    /// The first day without it.
    valid_to: Option<String>,
    version: i64,
}

/// How an organisation takes part in a chantier.
#[derive(Debug, Deserialize, ToSchema)]
struct AdminMembershipForm {
    /// The chantier; it does not change afterwards.
    #[serde(default)]
    chantier_id: String,
    level: String,
    status: String,
    valid_from: String,
    valid_to: Option<String>,
    /// The version seen; not when adding.
    version: Option<i64>,
}

/// The memberships of an organisation, by chantier.
#[utoipa::path(get, path = "/api/administration/organisations/{organisation_id}/memberships", tag = "administration",
    params(("organisation_id" = String, Path)),
    responses((status = 200, body = AdminMemberships), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn get_memberships(
    State(app): State<App>,
    Signed(me): Signed,
    Path(id): Path<String>,
) -> Result<Json<AdminMemberships>> {
    let id = OrganisationId::from(id);
    let rows = app
        .store
        .memberships_of(&me.account_id, &id, may::<act::ManagePeople>)
        .await?;
    Ok(Json(AdminMemberships {
        memberships: rows.into_iter().map(Into::into).collect(),
    }))
}

/// Makes an organisation a member of a chantier.
#[utoipa::path(post, path = "/api/administration/organisations/{organisation_id}/memberships", tag = "administration",
    params(("organisation_id" = String, Path)), request_body = AdminMembershipForm,
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn post_membership(
    State(app): State<App>,
    Signed(me): Signed,
    Path(id): Path<String>,
    Body(form): Body<AdminMembershipForm>,
) -> Result<StatusCode> {
    let chantier = form.chantier_id.clone();
    let form = checked(form)?;
    let id = OrganisationId::from(id);
    app.store
        .add_membership(
            &me.account_id,
            &id,
            (&chantier, &form),
            may::<act::ManagePeople>,
        )
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Changes a membership.
#[utoipa::path(put, path = "/api/administration/memberships/{membership_id}", tag = "administration",
    params(("membership_id" = String, Path)), request_body = AdminMembershipForm,
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn put_membership(
    State(app): State<App>,
    Signed(me): Signed,
    Path(id): Path<String>,
    Body(form): Body<AdminMembershipForm>,
) -> Result<StatusCode> {
    let seen = form.version.unwrap_or_default();
    let form = checked(form)?;
    app.store
        .change_membership(&me.account_id, &id, (&form, seen), may::<act::ManagePeople>)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

fn checked(form: AdminMembershipForm) -> Result<MembershipForm> {
    let to = form.valid_to.filter(|text| !text.is_empty());
    Ok(MembershipForm {
        level: check_key("level", form.level, &LEVELS)?,
        status: check_key("status", form.status, &STATUSES)?,
        valid_from: check_day("valid_from", &form.valid_from)?,
        valid_to: to.map(|text| check_day("valid_to", &text)).transpose()?,
    })
}

impl From<MembershipRow> for AdminMembership {
    fn from(row: MembershipRow) -> Self {
        Self {
            membership_id: row.membership_id,
            chantier_id: row.chantier_id,
            chantier_title: row.chantier_title,
            level: row.said.level,
            status: row.said.status,
            valid_from: row.said.valid_from.as_str().to_owned(),
            valid_to: row.said.valid_to.map(|day| day.as_str().to_owned()),
            version: row.version,
        }
    }
}
