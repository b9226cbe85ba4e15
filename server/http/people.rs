//! People, for administrators: the list, mandates, closing an account, a new link.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::entry::{check_day, check_optional, check_role};
use super::extract::{Body, Path, Query, Signed};
use super::paging::Asked;
use super::problem::Problem;
use super::shapes::OrganisationRef;
use crate::app::App;
use crate::error::{Error, Result};
use crate::ids::{MandateId, PersonId};
use crate::rules::mandates::SeatKind;
use crate::rules::rights::{act, may};
use crate::rules::wording::fold;
use crate::store::mandates::{Given, NewMandate};
use crate::store::people::{MandateRow, PersonRow};
use crate::store::secrets::{new_secret, secret_hash};

/// Longest name of a seat, in characters.
const SEAT_CHARS_MAX: usize = 60;
/// Longest reference of a designation, in characters.
const REFERENCE_CHARS_MAX: usize = 120;

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_people))
        .routes(routes!(post_link))
        .routes(routes!(post_mandate))
        .routes(routes!(delete_mandate))
        .routes(routes!(post_replacement))
        .routes(routes!(post_deactivation, delete_deactivation))
}

/// Everybody.
#[derive(Debug, Serialize, ToSchema)]
struct People {
    people: Vec<PersonEntry>,
    /// How many there are in all.
    total: usize,
    /// Where the next page begins, if there is one.
    next: Option<String>,
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
    /// The first day; today when absent.
    valid_from: Option<String>,
    /// The first day without it.
    valid_to: Option<String>,
    /// The seat, e.g. `seat-ch5-co1`.
    seat: Option<String>,
    /// `titulaire`, `suppleant`; with a seat.
    seat_kind: Option<String>,
    /// The act that designates the person.
    designation_ref: Option<String>,
}

/// A mandate just given.
#[derive(Debug, Serialize, ToSchema)]
struct GivenMandate {
    mandate_id: String,
    /// Whether it waits for a sitting validator, without effect until then.
    awaits_validator: bool,
}

/// When a mandate ends.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct EndQuery {
    /// The first day without it; today when absent.
    on: Option<String>,
}

/// Who takes over the rest of a mandate.
#[derive(Debug, Deserialize, ToSchema)]
struct ReplacementForm {
    person_id: String,
    /// The first day of the new one; today when absent.
    from: Option<String>,
    /// The act that designates the person.
    designation_ref: Option<String>,
}

/// What of the list of people is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Words of the name, the address or the organisation.
    q: Option<String>,
    /// The person after whom the page begins.
    after: Option<String>,
    /// At most so many, 200 at most; everybody when absent.
    limit: Option<usize>,
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
#[utoipa::path(get, path = "/api/people", tag = "people", params(ListQuery),
    responses((status = 200, body = People), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn get_people(
    State(app): State<App>,
    Signed(me): Signed,
    Query(query): Query<ListQuery>,
) -> Result<Json<People>> {
    let mut rows = app
        .store
        .people(&me.account_id, may::<act::ManagePeople>)
        .await?;
    if let Some(words) = &query.q {
        let words = fold(words);
        rows.retain(|row| {
            let text = searched(row);
            words.split_whitespace().all(|word| text.contains(word))
        });
    }
    let total = rows.len();
    let page = Asked {
        after: query.after,
        limit: query.limit,
    };
    let (rows, next) = page.of(rows, |row| &row.person_id)?;
    Ok(Json(People {
        people: rows.into_iter().map(Into::into).collect(),
        total,
        next,
    }))
}

/// What a person is found by.
fn searched(row: &PersonRow) -> String {
    let organisation = row.organisation.as_ref();
    let organisation = organisation.map_or_else(String::new, |one| {
        format!("{} {}", one.name, one.short_name)
    });
    let email = row.email.as_deref().unwrap_or_default();
    fold(&format!(
        "{} {} {email} {organisation}",
        row.given_name, row.usual_name
    ))
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
    let mandate = mandate_of(form)?;
    let person = PersonId::from(person_id);
    let given = app
        .store
        .give_mandate(&me.account_id, &person, &mandate, may::<act::ManagePeople>)
        .await?;
    Ok(answer_given(&app, given))
}

fn answer_given(app: &App, given: Given) -> (StatusCode, Json<GivenMandate>) {
    if let Some(account) = given.account {
        app.finish(|rooms| async move { rooms.account_changed(&account).await });
    }
    let answer = GivenMandate {
        mandate_id: given.mandate_id.to_string(),
        awaits_validator: given.awaits,
    };
    (StatusCode::CREATED, Json(answer))
}

fn mandate_of(form: MandateForm) -> Result<NewMandate> {
    let day = |field, text: Option<&str>| match text {
        None | Some("") => Ok(None),
        Some(text) => check_day(field, text).map(Some),
    };
    let seat = check_optional("seat", form.seat.as_deref(), SEAT_CHARS_MAX)?;
    let invalid = |field, problem| Error::Invalid { field, problem };
    let kind = match form.seat_kind.as_deref() {
        None | Some("") => None,
        Some(key) => Some(SeatKind::from_key(key).ok_or(invalid("seat_kind", "unknown"))?),
    };
    let seat = match (seat, kind) {
        (None, None) => None,
        (Some(seat), kind) => Some((seat, kind.unwrap_or(SeatKind::Titulaire))),
        (None, Some(_)) => return Err(invalid("seat", "required")),
    };
    Ok(NewMandate {
        role: check_role("role", &form.role)?,
        body_id: form.body_id.filter(|id| !id.is_empty()).map(Into::into),
        from: day("valid_from", form.valid_from.as_deref())?,
        to: day("valid_to", form.valid_to.as_deref())?,
        seat,
        designation_ref: check_optional(
            "designation_ref",
            form.designation_ref.as_deref(),
            REFERENCE_CHARS_MAX,
        )?,
    })
}

/// Gives somebody else the rest of a mandate: its seat, its body, its end.
#[utoipa::path(post, path = "/api/mandates/{mandate_id}/replacements", tag = "people",
    params(("mandate_id" = String, Path)), request_body = ReplacementForm,
    responses((status = 201, body = GivenMandate), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn post_replacement(
    State(app): State<App>,
    Signed(me): Signed,
    Path(mandate_id): Path<String>,
    Body(form): Body<ReplacementForm>,
) -> Result<(StatusCode, Json<GivenMandate>)> {
    let reference = form.designation_ref.as_deref();
    let reference = check_optional("designation_ref", reference, REFERENCE_CHARS_MAX)?;
    let from = match form.from.as_deref() {
        None | Some("") => None,
        Some(text) => Some(check_day("from", text)?),
    };
    let (given, before) = app
        .store
        .replace_mandate(
            &me.account_id,
            &MandateId::from(mandate_id),
            (&PersonId::from(form.person_id), reference),
            from,
            may::<act::ManagePeople>,
        )
        .await?;
    if let Some(account) = before {
        app.finish(|rooms| async move { rooms.account_changed(&account).await });
    }
    Ok(answer_given(&app, given))
}

/// Ends a mandate: the rights it gave end at once.
#[utoipa::path(delete, path = "/api/mandates/{mandate_id}", tag = "people",
    params(("mandate_id" = String, Path), EndQuery),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn delete_mandate(
    State(app): State<App>,
    Signed(me): Signed,
    Path(mandate_id): Path<String>,
    Query(query): Query<EndQuery>,
) -> Result<StatusCode> {
    let mandate = MandateId::from(mandate_id);
    let on = query.on.map(|text| check_day("on", &text)).transpose()?;
    let account = app
        .store
        .end_mandate(&me.account_id, &mandate, on, may::<act::ManagePeople>)
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
