//! The structured sections as sub-resources: the sheet read, rows added, changed, moved, taken out, parts
//! changed, the porteur named and answering. A conflict carries the sheet as it is now.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, Path, Query, Signed};
use super::problem::Problem;
use super::proposal_page::{self, SheetPage};
use crate::app::App;
use crate::error::{Error, Result};
use crate::ids::{DocumentId, OrganisationId, ProposalId};
use crate::rules::identifiers::uuid;
use crate::rules::rights::{act, may};
use crate::rules::sheet::porteur::name_porteur;
use crate::rules::sheet::{Part, Raw, Section, Wrong};
use crate::store::accounts::Identity;
use crate::store::sheet::{NewRow, PartChange, PorteurAnswer, RowChange, Saved};

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_sheet))
        .routes(routes!(add_row, change_part))
        .routes(routes!(change_row, remove_row))
        .routes(routes!(move_row))
        .routes(routes!(answer_porteur))
}

/// What the room is told: its pages read the sheet again.
const TOPIC: &str = "sheet";

/// The name under which the porteur is named.
const PORTEUR: &str = "porteur";

/// A row to add.
#[derive(Debug, Deserialize, ToSchema)]
struct NewRowBody {
    /// A UUID made by who adds it: asked twice, the row is added once.
    row_id: String,
    /// Its place in the section, from 1; the last when not given.
    place: Option<usize>,
    /// Its fields, as the sheet shows them, without `row_id`, `version`, `changed_by`, `changed_at_ms`.
    #[schema(value_type = Object)]
    row: Map<String, Value>,
}

/// A row or a part to change, whole: a field that is not given is emptied.
#[derive(Debug, Deserialize, ToSchema)]
struct ChangeBody {
    /// The `version` as it was read; 0 for a part nobody changed yet.
    expected_version: i64,
    /// Its fields, as the sheet shows them. Parts: `owner` {text, contact_name, contact_email, capacity,
    /// legal_form, co_porteurs: ids}, `porteur` {organisation_id}, `no_partner` {none}, `target_public`
    /// {text, headcount, women_percent, tags}, `territory` {codes}, `vat` {vat_mode}, `no_jobs` {motive}.
    #[schema(value_type = Object)]
    row: Map<String, Value>,
}

/// On which state of a row it is taken out.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RemoveQuery {
    /// The row's `version` as it was read.
    expected_version: i64,
}

/// Where a row goes.
#[derive(Debug, Deserialize, ToSchema)]
struct PlaceBody {
    /// From 1; beyond the end is the last.
    place: usize,
}

/// What the porteur's reference person says.
#[derive(Debug, Deserialize, ToSchema)]
struct PorteurBody {
    /// The organisation they answer for, as it is named: nobody accepts for another one unseen.
    organisation_id: String,
    accepts: bool,
}

/// Somebody else changed it, or took it out, meanwhile: nothing was kept of this change.
#[derive(Debug, Serialize, ToSchema)]
struct RowConflict {
    #[serde(flatten)]
    problem: Problem,
    /// The sheet as it is now: the row with who changed it, or without the row.
    now: SheetPage,
}

/// The sheet of a proposal, with what it lacks and what this person may do.
#[utoipa::path(get, path = "/api/proposals/{proposal_id}/sheet", tag = "sheet",
    params(("proposal_id" = String, Path)),
    responses((status = 200, body = SheetPage), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
async fn get_sheet(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(proposal_id): Path<String>,
) -> Result<Json<SheetPage>> {
    let proposal = ProposalId::from(proposal_id);
    let page = proposal_page::read_sheet(&app, &identity.account_id, &proposal).await?;
    Ok(Json(page))
}

/// Adds a row to a section: `objectives`, `partners`, `calendar`, `budget`, `funding`,
/// `envelope_requests`, `indicators`, `jobs`.
#[utoipa::path(post, path = "/api/proposals/{proposal_id}/sheet/{section}", tag = "sheet",
    params(("proposal_id" = String, Path), ("section" = String, Path)), request_body = NewRowBody,
    responses((status = 201, body = SheetPage), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`too_many_rows`"),
        (status = 422, body = Problem)))]
async fn add_row(
    State(app): State<App>,
    Signed(identity): Signed,
    Path((proposal_id, section)): Path<(String, String)>,
    Body(body): Body<NewRowBody>,
) -> Result<Response> {
    let proposal = ProposalId::from(proposal_id);
    let section = Section::from_key(&section).ok_or(Error::NotFound)?;
    let new = NewRow {
        row_id: uuid_of(&body.row_id)?,
        place: body.place,
        cells: section.check(given(&body.row)).map_err(wrong)?,
    };
    let rule = may::<act::EditSheet>;
    let saved = app
        .store
        .add_row(&identity, &proposal, section, &new, rule)
        .await?;
    answer(&app, &identity, &proposal, saved, StatusCode::CREATED).await
}

/// Changes a part that holds one value: `owner`, `porteur`, `no_partner`, `target_public`, `territory`,
/// `vat`, `no_jobs`.
#[utoipa::path(put, path = "/api/proposals/{proposal_id}/sheet/{section}", tag = "sheet",
    params(("proposal_id" = String, Path), ("section" = String, Path)), request_body = ChangeBody,
    responses((status = 200, body = SheetPage), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = RowConflict, description = "`row_changed`"),
        (status = 422, body = Problem)))]
async fn change_part(
    State(app): State<App>,
    Signed(identity): Signed,
    Path((proposal_id, section)): Path<(String, String)>,
    Body(body): Body<ChangeBody>,
) -> Result<Response> {
    let proposal = ProposalId::from(proposal_id);
    if section == PORTEUR {
        return name(&app, &identity, &proposal, &body).await;
    }
    let part = Part::from_key(&section).ok_or(Error::NotFound)?;
    let change = PartChange {
        expected_version: body.expected_version,
        cells: part.check(given(&body.row)).map_err(wrong)?,
    };
    let rule = may::<act::EditSheet>;
    let saved = app
        .store
        .change_part(&identity, &proposal, part, &change, rule)
        .await?;
    answer(&app, &identity, &proposal, saved, StatusCode::OK).await
}

/// Names the porteur. Whom the old and the new one let write changes with it.
async fn name(
    app: &App,
    identity: &Identity,
    proposal: &ProposalId,
    body: &ChangeBody,
) -> Result<Response> {
    let organisation = body.row.get("organisation_id").and_then(Value::as_str);
    let organisation = organisation.ok_or(Error::Invalid {
        field: "organisation_id",
        problem: "required",
    })?;
    let organisation = OrganisationId::from(organisation);
    let version = body.expected_version;
    let saved = app
        .store
        .name_porteur(identity, proposal, &organisation, version, name_porteur)
        .await?;
    if let Saved::Done(document) = &saved {
        tell_rights(app, document);
    }
    answer(app, identity, proposal, saved, StatusCode::OK).await
}

/// Changes a row.
#[utoipa::path(put, path = "/api/proposals/{proposal_id}/sheet/{section}/{row_id}", tag = "sheet",
    params(("proposal_id" = String, Path), ("section" = String, Path), ("row_id" = String, Path)),
    request_body = ChangeBody,
    responses((status = 200, body = SheetPage), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = RowConflict, description = "`row_changed`"),
        (status = 422, body = Problem)))]
async fn change_row(
    State(app): State<App>,
    Signed(identity): Signed,
    Path((proposal_id, section, row_id)): Path<(String, String, String)>,
    Body(body): Body<ChangeBody>,
) -> Result<Response> {
    let proposal = ProposalId::from(proposal_id);
    let section = Section::from_key(&section).ok_or(Error::NotFound)?;
    let change = RowChange {
        row_id,
        expected_version: body.expected_version,
        cells: section.check(given(&body.row)).map_err(wrong)?,
    };
    let rule = may::<act::EditSheet>;
    let saved = app
        .store
        .change_row(&identity, &proposal, section, &change, rule)
        .await?;
    answer(&app, &identity, &proposal, saved, StatusCode::OK).await
}

/// Takes a row out; one that is out already stays out.
#[utoipa::path(delete, path = "/api/proposals/{proposal_id}/sheet/{section}/{row_id}", tag = "sheet",
    params(("proposal_id" = String, Path), ("section" = String, Path), ("row_id" = String, Path),
        RemoveQuery),
    responses((status = 200, body = SheetPage), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = RowConflict, description = "`row_changed`")))]
async fn remove_row(
    State(app): State<App>,
    Signed(identity): Signed,
    Path((proposal_id, section, row_id)): Path<(String, String, String)>,
    Query(query): Query<RemoveQuery>,
) -> Result<Response> {
    let proposal = ProposalId::from(proposal_id);
    let section = Section::from_key(&section).ok_or(Error::NotFound)?;
    let (version, rule) = (query.expected_version, may::<act::EditSheet>);
    let saved = app
        .store
        .remove_row(&identity, &proposal, section, &row_id, version, rule)
        .await?;
    answer(&app, &identity, &proposal, saved, StatusCode::OK).await
}

/// Moves a row within its section.
#[utoipa::path(put, path = "/api/proposals/{proposal_id}/sheet/{section}/{row_id}/place", tag = "sheet",
    params(("proposal_id" = String, Path), ("section" = String, Path), ("row_id" = String, Path)),
    request_body = PlaceBody,
    responses((status = 200, body = SheetPage), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn move_row(
    State(app): State<App>,
    Signed(identity): Signed,
    Path((proposal_id, section, row_id)): Path<(String, String, String)>,
    Body(body): Body<PlaceBody>,
) -> Result<Response> {
    let proposal = ProposalId::from(proposal_id);
    let section = Section::from_key(&section).ok_or(Error::NotFound)?;
    let rule = may::<act::EditSheet>;
    let document = app
        .store
        .move_row(&identity, &proposal, section, &row_id, body.place, rule)
        .await?;
    answer(
        &app,
        &identity,
        &proposal,
        Saved::Done(document),
        StatusCode::OK,
    )
    .await
}

/// The named porteur accepts or declines to bear the proposal.
#[utoipa::path(post, path = "/api/proposals/{proposal_id}/porteur_answers", tag = "sheet",
    params(("proposal_id" = String, Path)), request_body = PorteurBody,
    responses((status = 201, body = SheetPage), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`porteur_changed`")))]
async fn answer_porteur(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(proposal_id): Path<String>,
    Body(body): Body<PorteurBody>,
) -> Result<Response> {
    let proposal = ProposalId::from(proposal_id);
    let organisation = OrganisationId::from(body.organisation_id);
    let given = if body.accepts {
        PorteurAnswer::Accepts
    } else {
        PorteurAnswer::Declines
    };
    let rule = may::<act::AcceptPorteur>;
    let document = app
        .store
        .answer_porteur(&identity, &proposal, &organisation, given, rule)
        .await?;
    let saved = Saved::Done(document);
    answer(&app, &identity, &proposal, saved, StatusCode::CREATED).await
}

/// Tells the room, and answers with the sheet as it is now.
async fn answer(
    app: &App,
    identity: &Identity,
    proposal: &ProposalId,
    saved: Saved,
    status: StatusCode,
) -> Result<Response> {
    let changed = match saved {
        Saved::Done(document) => {
            app.finish(|rooms| async move { rooms.nudge(&document, TOPIC).await });
            false
        }
        Saved::Changed => true,
    };
    let now = proposal_page::read_sheet(app, &identity.account_id, proposal).await?;
    if !changed {
        return Ok((status, Json(now)).into_response());
    }
    let conflict = RowConflict {
        problem: Problem::from(&Error::Conflict("row_changed")),
        now,
    };
    let mut response = (StatusCode::CONFLICT, Json(conflict)).into_response();
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    Ok(response)
}

fn tell_rights(app: &App, document: &DocumentId) {
    let document = document.clone();
    app.finish(|rooms| async move { rooms.rights_changed(&document).await });
}

/// A UUID as it is kept.
fn uuid_of(text: &str) -> Result<String> {
    uuid(text).ok_or(Error::Invalid {
        field: "row_id",
        problem: "not_a_uuid",
    })
}

fn wrong(wrong: Wrong) -> Error {
    Error::Invalid {
        field: wrong.field,
        problem: wrong.problem,
    }
}

/// A field of a row as the rules read it.
fn given(row: &Map<String, Value>) -> impl Fn(&str) -> Raw {
    move |name| row.get(name).map_or(Raw::Null, raw)
}

fn raw(value: &Value) -> Raw {
    match value {
        Value::Null => Raw::Null,
        Value::Bool(yes) => Raw::Flag(*yes),
        Value::Number(number) => number.as_i64().map_or(Raw::Other, Raw::Int),
        Value::String(text) => Raw::Text(text.clone()),
        Value::Array(items) => several(items),
        Value::Object(_) => Raw::Other,
    }
}

/// Texts, or territory codes with their shares.
fn several(items: &[Value]) -> Raw {
    let texts: Option<Vec<String>> = items
        .iter()
        .map(|one| one.as_str().map(ToOwned::to_owned))
        .collect();
    if let Some(texts) = texts {
        return Raw::Texts(texts);
    }
    let shares: Option<Vec<(String, i64)>> = items
        .iter()
        .map(|one| {
            let code = one.get("territory_code")?.as_str()?;
            Some((code.to_owned(), one.get("share_percent")?.as_i64()?))
        })
        .collect();
    shares.map_or(Raw::Other, Raw::Shares)
}
