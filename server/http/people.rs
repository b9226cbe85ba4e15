//! People, for administrators: the list, mandates, closing an account, a new link.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::entry::check_role;
use super::extract::{Body, Path, Signed};
use super::problem::Problem;
use super::shapes::OrganisationRef;
use crate::app::App;
use crate::error::Result;
use crate::ids::{MandateId, PersonId};
use crate::rules::rights::{act, may};
use crate::store::mandates::NewMandate;
use crate::store::people::{MandateRow, PersonRow};
use crate::store::secrets::{new_secret, secret_hash};

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_people))
        .routes(routes!(post_link))
        .routes(routes!(post_mandate))
        .routes(routes!(delete_mandate))
        .routes(routes!(post_deactivation, delete_deactivation))
}

/// Everybody.
#[derive(Debug, Serialize, ToSchema)]
struct People {
    people: Vec<PersonEntry>,
}

/// A person, as administrators see them.
#[derive(Debug, Serialize, ToSchema)]
struct PersonEntry {
    person_id: String,
    given_name: String,
    usual_name: String,
    email: Option<String>,
    organisation: Option<OrganisationRef>,
    job_title: Option<String>,
    /// `none`, `invited`, `active`, `deactivated`.
    account: &'static str,
    mandates: Vec<Mandate>,
}

/// A live mandate.
#[derive(Debug, Serialize, ToSchema)]
struct Mandate {
    mandate_id: String,
    role: String,
    body_id: Option<String>,
    body_title: Option<String>,
    chantier_id: Option<String>,
}

/// A mandate to give.
#[derive(Debug, Deserialize, ToSchema)]
struct MandateForm {
    /// The role's key.
    role: String,
    /// The body; null for a role in the whole programme or in the person's organisation.
    body_id: Option<String>,
}

/// A mandate just given.
#[derive(Debug, Serialize, ToSchema)]
struct GivenMandate {
    mandate_id: String,
}

/// A link to hand over: shown once.
#[derive(Serialize, ToSchema)]
struct GivenLink {
    url: String,
    /// `invitation` or `password`.
    kind: &'static str,
    expires_at_ms: i64,
}

/// Everybody, by name.
#[utoipa::path(get, path = "/api/people", tag = "people",
    responses((status = 200, body = People), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn get_people(State(app): State<App>, Signed(me): Signed) -> Result<Json<People>> {
    let rows = app
        .store
        .people(&me.account_id, may::<act::ManagePeople>)
        .await?;
    Ok(Json(People {
        people: rows.into_iter().map(Into::into).collect(),
    }))
}

/// Makes a new link for a person: an invitation, or a new password. Earlier ones are cancelled.
#[utoipa::path(post, path = "/api/people/{person_id}/links", tag = "people",
    params(("person_id" = String, Path)),
    responses((status = 201, body = GivenLink), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
async fn post_link(
    State(app): State<App>,
    Signed(me): Signed,
    Path(person_id): Path<String>,
) -> Result<(StatusCode, Json<GivenLink>)> {
    let secret = new_secret()?;
    let person = PersonId::from(person_id);
    let link = app
        .store
        .give_link(
            &me.account_id,
            &person,
            &secret_hash(&secret),
            may::<act::ManagePeople>,
        )
        .await?;
    let given = GivenLink {
        url: app.config.invitation_url(&secret),
        kind: link.kind,
        expires_at_ms: link.expires_at_ms,
    };
    Ok((StatusCode::CREATED, Json(given)))
}

/// Gives a mandate from today on.
#[utoipa::path(post, path = "/api/people/{person_id}/mandates", tag = "people",
    params(("person_id" = String, Path)), request_body = MandateForm,
    responses((status = 201, body = GivenMandate), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn post_mandate(
    State(app): State<App>,
    Signed(me): Signed,
    Path(person_id): Path<String>,
    Body(form): Body<MandateForm>,
) -> Result<(StatusCode, Json<GivenMandate>)> {
    let mandate = NewMandate {
        role: check_role("role", &form.role)?,
        body_id: form.body_id.map(Into::into),
    };
    let person = PersonId::from(person_id);
    let (given, account) = app
        .store
        .give_mandate(&me.account_id, &person, &mandate, may::<act::ManagePeople>)
        .await?;
    if let Some(account) = account {
        app.finish(|rooms| async move { rooms.account_changed(&account).await });
    }
    let mandate_id = given.to_string();
    Ok((StatusCode::CREATED, Json(GivenMandate { mandate_id })))
}

/// Ends a mandate: the rights it gave end at once.
#[utoipa::path(delete, path = "/api/mandates/{mandate_id}", tag = "people",
    params(("mandate_id" = String, Path)),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn delete_mandate(
    State(app): State<App>,
    Signed(me): Signed,
    Path(mandate_id): Path<String>,
) -> Result<StatusCode> {
    let mandate = MandateId::from(mandate_id);
    let account = app
        .store
        .end_mandate(&me.account_id, &mandate, may::<act::ManagePeople>)
        .await?;
    if let Some(account) = account {
        app.finish(|rooms| async move { rooms.account_changed(&account).await });
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Closes a person's account: sessions, tokens, links and sockets end.
#[utoipa::path(post, path = "/api/people/{person_id}/deactivations", tag = "people",
    params(("person_id" = String, Path)),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn post_deactivation(
    State(app): State<App>,
    Signed(me): Signed,
    Path(person_id): Path<String>,
) -> Result<StatusCode> {
    let person = PersonId::from(person_id);
    let account = app
        .store
        .deactivate(&me.account_id, &person, may::<act::ManagePeople>)
        .await?;
    app.finish(|rooms| async move { rooms.sessions_ended(&account, None).await });
    Ok(StatusCode::NO_CONTENT)
}

/// Opens a closed account again.
#[utoipa::path(delete, path = "/api/people/{person_id}/deactivations", tag = "people",
    params(("person_id" = String, Path)),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
async fn delete_deactivation(
    State(app): State<App>,
    Signed(me): Signed,
    Path(person_id): Path<String>,
) -> Result<StatusCode> {
    let person = PersonId::from(person_id);
    app.store
        .reactivate(&me.account_id, &person, may::<act::ManagePeople>)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<PersonRow> for PersonEntry {
    fn from(row: PersonRow) -> Self {
        Self {
            person_id: row.person_id,
            given_name: row.given_name,
            usual_name: row.usual_name,
            email: row.email,
            organisation: row.organisation.map(Into::into),
            job_title: row.job_title,
            account: row.account.key(),
            mandates: row.mandates.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<MandateRow> for Mandate {
    fn from(row: MandateRow) -> Self {
        Self {
            mandate_id: row.mandate_id,
            role: row.role,
            body_id: row.body_id,
            body_title: row.body_title,
            chantier_id: row.chantier_id,
        }
    }
}
