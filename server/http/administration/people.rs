//! One person with their affiliations and mandates; a new name, a new employer; the tables to take away.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::csv::Csv;
use super::super::entry::{check_day, check_optional, check_text};
use super::super::extract::{Body, Path, Signed};
use super::super::problem::Problem;
use super::NAME_CHARS_MAX;
use crate::app::App;
use crate::error::Result;
use crate::ids::PersonId;
use crate::rules::rights::{act, may};
use crate::store::administration::people::{AffiliationRow, FullMandate, NewWork, PersonPage};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_person, put_person))
        .routes(routes!(post_affiliation))
        .routes(routes!(get_people_csv))
        .routes(routes!(get_mandates_csv))
}

/// A person with their history.
#[derive(Debug, Serialize, ToSchema)]
struct AdminPerson {
    person_id: String,
    given_name: String,
    usual_name: String,
    version: i64,
    /// The latest first.
    affiliations: Vec<AdminAffiliation>,
    /// The latest first; those that wait for a validator too.
    mandates: Vec<AdminMandate>,
}

/// Where a person works, from when to when.
#[derive(Debug, Serialize, ToSchema)]
struct AdminAffiliation {
    affiliation_id: String,
    organisation_id: String,
    organisation_name: String,
    job_title: String,
    elected: bool,
    valid_from: String,
    /// The first day without it.
    valid_to: Option<String>,
}

/// A mandate with all that is said of it.
#[derive(Debug, Serialize, ToSchema)]
struct AdminMandate {
    mandate_id: String,
    role: String,
    body_id: Option<String>,
    body_title: Option<String>,
    chantier_id: Option<String>,
    seat: Option<String>,
    /// `titulaire`, `suppleant`.
    seat_kind: Option<String>,
    valid_from: String,
    /// The first day without it.
    valid_to: Option<String>,
    designation_ref: Option<String>,
    /// Whether it waits for a sitting validator, without effect until then.
    awaits_validator: bool,
}

/// A person's name.
#[derive(Debug, Deserialize, ToSchema)]
struct NameForm {
    given_name: String,
    usual_name: String,
    /// The version seen.
    version: i64,
}

/// A new employer.
#[derive(Debug, Deserialize, ToSchema)]
struct AffiliationForm {
    organisation_id: String,
    job_title: Option<String>,
    /// Whether they were elected to it.
    #[serde(default)]
    elected: bool,
    /// The first day there; the former employer's mandates end that day.
    from: String,
}

/// A person with their affiliations and mandates.
#[utoipa::path(get, path = "/api/administration/people/{person_id}", tag = "administration",
    params(("person_id" = String, Path)),
    responses((status = 200, body = AdminPerson), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
async fn get_person(
    State(app): State<App>,
    Signed(me): Signed,
    Path(id): Path<String>,
) -> Result<Json<AdminPerson>> {
    let page = app
        .store
        .admin_person(
            &me.account_id,
            &PersonId::from(id),
            may::<act::ManagePeople>,
        )
        .await?;
    Ok(Json(page.into()))
}

/// Changes a person's name.
#[utoipa::path(put, path = "/api/administration/people/{person_id}", tag = "administration",
    params(("person_id" = String, Path)), request_body = NameForm,
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn put_person(
    State(app): State<App>,
    Signed(me): Signed,
    Path(id): Path<String>,
    Body(form): Body<NameForm>,
) -> Result<StatusCode> {
    let given = check_text("given_name", &form.given_name, NAME_CHARS_MAX)?;
    let usual = check_text("usual_name", &form.usual_name, NAME_CHARS_MAX)?;
    let name = (given.as_str(), usual.as_str(), form.version);
    app.store
        .rename_person(
            &me.account_id,
            &PersonId::from(id),
            name,
            may::<act::ManagePeople>,
        )
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives a person a new employer: the former affiliation and its mandates end that day.
#[utoipa::path(post, path = "/api/administration/people/{person_id}/affiliations", tag = "administration",
    params(("person_id" = String, Path)), request_body = AffiliationForm,
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn post_affiliation(
    State(app): State<App>,
    Signed(me): Signed,
    Path(id): Path<String>,
    Body(form): Body<AffiliationForm>,
) -> Result<StatusCode> {
    let title = check_optional("job_title", form.job_title.as_deref(), NAME_CHARS_MAX)?;
    let work = NewWork {
        organisation_id: form.organisation_id.into(),
        job_title: title.unwrap_or_default(),
        is_elected: form.elected,
        from: check_day("from", &form.from)?,
    };
    let account = app
        .store
        .change_work(
            &me.account_id,
            &PersonId::from(id),
            &work,
            may::<act::ManagePeople>,
        )
        .await?;
    if let Some(account) = account {
        app.finish(|rooms| async move { rooms.account_changed(&account).await });
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Everybody with their organisation, as CSV. Addresses are an administrator's to see.
#[utoipa::path(get, path = "/api/administration/people.csv", tag = "administration",
    responses((status = 200, content_type = "text/csv"), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn get_people_csv(State(app): State<App>, Signed(me): Signed) -> Result<Response> {
    let people = app
        .store
        .people(&me.account_id, may::<act::ManagePeople>)
        .await?;
    let mut csv = Csv::new(&[
        "person_id",
        "given_name",
        "usual_name",
        "email",
        "organisation",
        "job_title",
        "account",
    ]);
    for one in people {
        csv.row(&[
            one.person_id,
            one.given_name,
            one.usual_name,
            one.email.unwrap_or_default(),
            one.organisation.map(|one| one.name).unwrap_or_default(),
            one.job_title.unwrap_or_default(),
            one.account.key().to_owned(),
        ]);
    }
    Ok(csv.answer("people"))
}

/// Every mandate, ended ones too, as CSV.
#[utoipa::path(get, path = "/api/administration/mandates.csv", tag = "administration",
    responses((status = 200, content_type = "text/csv"), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn get_mandates_csv(State(app): State<App>, Signed(me): Signed) -> Result<Response> {
    let mandates = app
        .store
        .all_mandates(&me.account_id, may::<act::ManagePeople>)
        .await?;
    let mut csv = Csv::new(&[
        "mandate_id",
        "person_id",
        "person",
        "role",
        "body",
        "chantier",
        "seat",
        "seat_kind",
        "valid_from",
        "valid_to",
        "designation_ref",
        "awaits_validator",
    ]);
    for one in mandates {
        csv.row(&[
            one.mandate_id,
            one.person_id,
            one.person_name,
            one.role,
            one.body_title.unwrap_or_default(),
            one.chantier_id.unwrap_or_default(),
            one.seat.unwrap_or_default(),
            one.seat_kind.unwrap_or_default(),
            one.valid_from,
            one.valid_to.unwrap_or_default(),
            one.designation_ref.unwrap_or_default(),
            u8::from(one.awaits).to_string(),
        ]);
    }
    Ok(csv.answer("mandates"))
}

impl From<PersonPage> for AdminPerson {
    fn from(page: PersonPage) -> Self {
        Self {
            person_id: page.person_id,
            given_name: page.given_name,
            usual_name: page.usual_name,
            version: page.version,
            affiliations: page.affiliations.into_iter().map(Into::into).collect(),
            mandates: page.mandates.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<AffiliationRow> for AdminAffiliation {
    fn from(row: AffiliationRow) -> Self {
        Self {
            affiliation_id: row.affiliation_id,
            organisation_id: row.organisation_id,
            organisation_name: row.organisation_name,
            job_title: row.job_title,
            elected: row.is_elected,
            valid_from: row.valid_from,
            valid_to: row.valid_to,
        }
    }
}

impl From<FullMandate> for AdminMandate {
    fn from(row: FullMandate) -> Self {
        Self {
            mandate_id: row.mandate_id,
            role: row.role,
            body_id: row.body_id,
            body_title: row.body_title,
            chantier_id: row.chantier_id,
            seat: row.seat,
            seat_kind: row.seat_kind,
            valid_from: row.valid_from,
            valid_to: row.valid_to,
            designation_ref: row.designation_ref,
            awaits_validator: row.awaits,
        }
    }
}
