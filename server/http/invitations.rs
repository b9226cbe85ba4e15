//! Inviting somebody, and what one may invite them into: organisations, bodies, colleges.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::entry::{check_email, check_role, check_text};
use super::extract::{Body, Signed};
use super::problem::Problem;
use super::shapes::{OrganisationRef, all};
use crate::app::App;
use crate::error::{Error, Result};
use crate::rules::organisations::KINDS;
use crate::rules::rights::{act, may};
use crate::store::directory::{BodyRow, CollegeRow};
use crate::store::mandates::NewMandate;
use crate::store::mandates::invitations::{Invitation, InvitedFor};
use crate::store::people::NewPerson;
use crate::store::secrets::{new_secret, secret_hash};

/// Longest name, in characters.
const NAME_CHARS_MAX: usize = 120;
/// Most mandates in one invitation.
const MANDATES_MAX: usize = 20;
/// The routes of this feature.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(post_invitation))
        .routes(routes!(get_organisations))
        .routes(routes!(get_bodies))
        .routes(routes!(get_colleges))
}

/// Somebody to invite, for a known organisation or a new one.
#[derive(Debug, Deserialize, ToSchema)]
struct InvitationForm {
    email: String,
    given_name: String,
    usual_name: String,
    /// What they do in their organisation.
    #[serde(default)]
    job_title: String,
    /// Whether they were elected to it.
    #[serde(default)]
    elected: bool,
    /// A known organisation; else `organisation`.
    organisation_id: Option<String>,
    /// A new organisation.
    organisation: Option<NewOrganisation>,
    #[serde(default)]
    mandates: Vec<InvitedMandate>,
}

/// An organisation to add.
#[derive(Debug, Deserialize, ToSchema)]
struct NewOrganisation {
    name: String,
    short_name: String,
    /// `association`, `company`, `chamber`...
    kind: String,
    college_id: String,
}

/// A mandate from the first day.
#[derive(Debug, Deserialize, ToSchema)]
struct InvitedMandate {
    role: String,
    body_id: Option<String>,
}

/// The link to hand over: shown once.
#[derive(Serialize, ToSchema)]
struct Invited {
    person_id: String,
    url: String,
    expires_at_ms: i64,
}

/// Open organisations.
#[derive(Debug, Serialize, ToSchema)]
struct Organisations {
    organisations: Vec<OrganisationRef>,
}

/// Every body.
#[derive(Debug, Serialize, ToSchema)]
struct Bodies {
    bodies: Vec<BodyEntry>,
}

/// A body.
#[derive(Debug, Serialize, ToSchema)]
struct BodyEntry {
    body_id: String,
    /// `commission`, `working_group`, `copil`, `assises`, `region`.
    kind: String,
    title: String,
    chantier_id: Option<String>,
}

/// The colleges.
#[derive(Debug, Serialize, ToSchema)]
struct Colleges {
    colleges: Vec<College>,
}

/// A college.
#[derive(Debug, Serialize, ToSchema)]
struct College {
    college_id: String,
    title: String,
}

/// Invites somebody: a person, an account without a password, their mandates, one link.
#[utoipa::path(post, path = "/api/invitations", tag = "people", request_body = InvitationForm,
    responses((status = 201, body = Invited), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn post_invitation(
    State(app): State<App>,
    Signed(me): Signed,
    Body(form): Body<InvitationForm>,
) -> Result<(StatusCode, Json<Invited>)> {
    let invitation = invitation_of(form)?;
    let secret = new_secret()?;
    let (person, link) = app
        .store
        .invite(
            &me.account_id,
            &invitation,
            &secret_hash(&secret),
            may::<act::ManagePeople>,
        )
        .await?;
    let invited = Invited {
        person_id: person.to_string(),
        url: app.config.invitation_url(&secret),
        expires_at_ms: link.expires_at_ms,
    };
    Ok((StatusCode::CREATED, Json(invited)))
}

fn invitation_of(form: InvitationForm) -> Result<Invitation> {
    let invalid = |field, problem| Error::Invalid { field, problem };
    let job_title = if form.job_title.trim().is_empty() {
        String::new()
    } else {
        check_text("job_title", &form.job_title, NAME_CHARS_MAX)?
    };
    let organisation = match (form.organisation_id, form.organisation) {
        (Some(id), None) => InvitedFor::Known(id.into()),
        (None, Some(new)) => InvitedFor::New {
            name: check_text("organisation.name", &new.name, NAME_CHARS_MAX)?,
            short_name: check_text("organisation.short_name", &new.short_name, NAME_CHARS_MAX)?,
            kind: if KINDS.contains(&new.kind.as_str()) {
                new.kind
            } else {
                return Err(invalid("organisation.kind", "unknown"));
            },
            college_id: new.college_id,
        },
        (None, None) => return Err(invalid("organisation_id", "required")),
        (Some(_), Some(_)) => return Err(invalid("organisation", "one_of_two")),
    };
    if form.mandates.len() > MANDATES_MAX {
        return Err(invalid("mandates", "too_long"));
    }
    let mandates = form
        .mandates
        .into_iter()
        .map(|one| {
            let role = check_role("mandates.role", &one.role)?;
            Ok(NewMandate::plain(role, one.body_id.map(Into::into)))
        })
        .collect::<Result<_>>()?;
    Ok(Invitation {
        person: NewPerson {
            given_name: check_text("given_name", &form.given_name, NAME_CHARS_MAX)?,
            usual_name: check_text("usual_name", &form.usual_name, NAME_CHARS_MAX)?,
            email: check_email("email", &form.email)?,
            job_title,
            is_elected: form.elected,
        },
        organisation,
        mandates,
    })
}

/// Open organisations, by name.
#[utoipa::path(get, path = "/api/organisations", tag = "people",
    responses((status = 200, body = Organisations), (status = 401, body = Problem)))]
async fn get_organisations(State(app): State<App>, _me: Signed) -> Result<Json<Organisations>> {
    let organisations = all(app.store.organisations().await?);
    Ok(Json(Organisations { organisations }))
}

/// Every body.
#[utoipa::path(get, path = "/api/bodies", tag = "people",
    responses((status = 200, body = Bodies), (status = 401, body = Problem)))]
async fn get_bodies(State(app): State<App>, _me: Signed) -> Result<Json<Bodies>> {
    let bodies = all(app.store.bodies().await?);
    Ok(Json(Bodies { bodies }))
}

/// The colleges, in their order.
#[utoipa::path(get, path = "/api/colleges", tag = "people",
    responses((status = 200, body = Colleges), (status = 401, body = Problem)))]
async fn get_colleges(State(app): State<App>, _me: Signed) -> Result<Json<Colleges>> {
    let colleges = all(app.store.colleges().await?);
    Ok(Json(Colleges { colleges }))
}

impl From<BodyRow> for BodyEntry {
    fn from(row: BodyRow) -> Self {
        Self {
            body_id: row.body_id,
            kind: row.kind,
            title: row.title,
            chantier_id: row.chantier_id,
        }
    }
}

impl From<CollegeRow> for College {
    fn from(row: CollegeRow) -> Self {
        Self {
            college_id: row.college_id,
            title: row.title,
        }
    }
}
