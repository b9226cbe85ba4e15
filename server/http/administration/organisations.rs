//! Organisations: the list with its search, one with what it holds, its identifiers checked, its closing.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::csv::Csv;
use super::super::entry::{check_key, check_optional, check_text};
use super::super::extract::{Body, Path, Query, Signed};
use super::super::paging::Asked;
use super::super::problem::Problem;
use super::NAME_CHARS_MAX;
use crate::app::App;
use crate::error::{Error, Result};
use crate::ids::OrganisationId;
use crate::rules::identifiers;
use crate::rules::organisations::{KINDS, SOLICITATION_MINUTES_MAX};
use crate::rules::rights::{act, may};
use crate::store::administration::organisations::{Holds, OrganisationForm, OrganisationRow};

/// Rows of a page when no `limit` is given.
const PAGE: usize = 50;
/// Longest identifier somebody types, spaces included.
const NUMBER_CHARS_MAX: usize = 30;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, post))
        .routes(routes!(get_csv))
        .routes(routes!(get_one, put_one))
        .routes(routes!(post_closure))
}

/// What of the list is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct OrganisationQuery {
    /// Words of the name, or three digits and more of an identifier.
    q: Option<String>,
    /// The organisation after which the page begins.
    after: Option<String>,
    /// At most so many: 50, up to 200.
    limit: Option<usize>,
}

/// A page of organisations.
#[derive(Debug, Serialize, ToSchema)]
struct AdminOrganisations {
    organisations: Vec<AdminOrganisation>,
    /// How many there are in all.
    total: usize,
    /// Where the next page begins, if there is one.
    next: Option<String>,
}

/// An organisation.
#[derive(Debug, Serialize, ToSchema)]
struct AdminOrganisation {
    organisation_id: String,
    name: String,
    short_name: String,
    kind: String,
    college_id: String,
    siret: Option<String>,
    siren: Option<String>,
    rna: Option<String>,
    territory_code: Option<String>,
    network_parent_id: Option<String>,
    solicitation_budget_minutes: i64,
    closed_at_ms: Option<i64>,
    version: i64,
}

/// An organisation and what it holds.
#[derive(Debug, Serialize, ToSchema)]
struct AdminOrganisationDetail {
    organisation: AdminOrganisation,
    holds: OrganisationHolds,
}

/// What a closing would end; of the proposals, what it bears.
#[derive(Debug, Serialize, ToSchema)]
struct OrganisationHolds {
    affiliations: i64,
    memberships: i64,
    mandates: i64,
    /// Proposals and actions it bears that have not ended: they stay.
    proposals: i64,
}

/// What is said of an organisation.
#[derive(Debug, Deserialize, ToSchema)]
struct AdminOrganisationForm {
    name: String,
    short_name: String,
    kind: String,
    college_id: String,
    /// 14 digits; spaces are left out.
    siret: Option<String>,
    /// 9 digits; taken from the SIRET when absent.
    siren: Option<String>,
    /// `W` and 9 digits.
    rna: Option<String>,
    territory_code: Option<String>,
    network_parent_id: Option<String>,
    solicitation_budget_minutes: i64,
    /// The version seen; not when adding.
    version: Option<i64>,
}

/// The version seen.
#[derive(Debug, Deserialize, ToSchema)]
struct SeenVersion {
    version: i64,
}

/// An organisation just added.
#[derive(Debug, Serialize, ToSchema)]
struct AddedOrganisation {
    organisation_id: String,
}

/// The organisations, by name.
#[utoipa::path(get, path = "/api/administration/organisations", tag = "administration", params(OrganisationQuery),
    responses((status = 200, body = AdminOrganisations), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 422, body = Problem)))]
async fn list(
    State(app): State<App>,
    Signed(me): Signed,
    Query(query): Query<OrganisationQuery>,
) -> Result<Json<AdminOrganisations>> {
    let words = query.q.unwrap_or_default();
    let rows = app
        .store
        .admin_organisations(&me.account_id, &words, may::<act::ManagePeople>)
        .await?;
    let total = rows.len();
    let asked = Asked {
        after: query.after,
        limit: Some(query.limit.unwrap_or(PAGE)),
    };
    let (rows, next) = asked.of(rows, |row| &row.organisation_id)?;
    Ok(Json(AdminOrganisations {
        organisations: rows.into_iter().map(Into::into).collect(),
        total,
        next,
    }))
}

/// Every organisation, as CSV.
#[utoipa::path(get, path = "/api/administration/organisations.csv", tag = "administration",
    responses((status = 200, content_type = "text/csv"), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn get_csv(State(app): State<App>, Signed(me): Signed) -> Result<Response> {
    let rows = app
        .store
        .admin_organisations(&me.account_id, "", may::<act::ManagePeople>)
        .await?;
    let mut csv = Csv::new(&[
        "organisation_id",
        "name",
        "short_name",
        "kind",
        "college",
        "siret",
        "siren",
        "rna",
        "territory",
        "minutes_a_month",
        "closed",
    ]);
    for row in rows {
        let said = row.said;
        csv.row(&[
            row.organisation_id,
            said.name,
            said.short_name,
            said.kind,
            said.college_id,
            said.siret.unwrap_or_default(),
            said.siren.unwrap_or_default(),
            said.rna.unwrap_or_default(),
            said.territory_code.unwrap_or_default(),
            said.solicitation_budget_minutes.to_string(),
            u8::from(row.closed_at_ms.is_some()).to_string(),
        ]);
    }
    Ok(csv.answer("organisations"))
}

/// One organisation and what it holds.
#[utoipa::path(get, path = "/api/administration/organisations/{organisation_id}", tag = "administration",
    params(("organisation_id" = String, Path)),
    responses((status = 200, body = AdminOrganisationDetail), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn get_one(
    State(app): State<App>,
    Signed(me): Signed,
    Path(id): Path<String>,
) -> Result<Json<AdminOrganisationDetail>> {
    let id = OrganisationId::from(id);
    let (row, holds) = app
        .store
        .admin_organisation(&me.account_id, &id, may::<act::ManagePeople>)
        .await?;
    Ok(Json(AdminOrganisationDetail {
        organisation: row.into(),
        holds: holds.into(),
    }))
}

/// Adds an organisation.
#[utoipa::path(post, path = "/api/administration/organisations", tag = "administration",
    request_body = AdminOrganisationForm,
    responses((status = 201, body = AddedOrganisation), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 422, body = Problem)))]
async fn post(
    State(app): State<App>,
    Signed(me): Signed,
    Body(form): Body<AdminOrganisationForm>,
) -> Result<(StatusCode, Json<AddedOrganisation>)> {
    let form = checked(form)?;
    let id = app
        .store
        .add_organisation(&me.account_id, &form, may::<act::ManagePeople>)
        .await?;
    let organisation_id = id.to_string();
    Ok((
        StatusCode::CREATED,
        Json(AddedOrganisation { organisation_id }),
    ))
}

/// Changes what is said of an organisation.
#[utoipa::path(put, path = "/api/administration/organisations/{organisation_id}", tag = "administration",
    params(("organisation_id" = String, Path)), request_body = AdminOrganisationForm,
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn put_one(
    State(app): State<App>,
    Signed(me): Signed,
    Path(id): Path<String>,
    Body(form): Body<AdminOrganisationForm>,
) -> Result<StatusCode> {
    let seen = form.version.unwrap_or_default();
    let form = checked(form)?;
    let id = OrganisationId::from(id);
    app.store
        .change_organisation(&me.account_id, &id, (&form, seen), may::<act::ManagePeople>)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Closes an organisation today: what people hold for it ends.
#[utoipa::path(post, path = "/api/administration/organisations/{organisation_id}/closures", tag = "administration",
    params(("organisation_id" = String, Path)), request_body = SeenVersion,
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn post_closure(
    State(app): State<App>,
    Signed(me): Signed,
    Path(id): Path<String>,
    Body(seen): Body<SeenVersion>,
) -> Result<StatusCode> {
    let id = OrganisationId::from(id);
    let accounts = app
        .store
        .close_organisation(&me.account_id, &id, seen.version, may::<act::ManagePeople>)
        .await?;
    app.finish(|rooms| async move {
        for account in accounts {
            rooms.account_changed(&account).await;
        }
    });
    Ok(StatusCode::NO_CONTENT)
}

fn checked(form: AdminOrganisationForm) -> Result<OrganisationForm> {
    let invalid = |field, problem| Error::Invalid { field, problem };
    let number = |field, text: Option<&String>| {
        check_optional(field, text.map(String::as_str), NUMBER_CHARS_MAX)
    };
    let siret = match number("siret", form.siret.as_ref())? {
        Some(text) => Some(identifiers::siret(&text).ok_or(invalid("siret", "not_a_siret"))?),
        None => None,
    };
    let siren = match number("siren", form.siren.as_ref())? {
        Some(text) => Some(identifiers::siren(&text).ok_or(invalid("siren", "not_a_siren"))?),
        None => siret.as_ref().map(|siret| siret[..9].to_owned()),
    };
    if let (Some(siret), Some(siren)) = (&siret, &siren)
        && !siret.starts_with(siren.as_str())
    {
        return Err(invalid("siren", "siren_of_another"));
    }
    let rna = match number("rna", form.rna.as_ref())? {
        Some(text) => Some(identifiers::rna(&text).ok_or(invalid("rna", "not_an_rna"))?),
        None => None,
    };
    if !(0..=SOLICITATION_MINUTES_MAX).contains(&form.solicitation_budget_minutes) {
        return Err(invalid("solicitation_budget_minutes", "out_of_range"));
    }
    let territory = number("territory_code", form.territory_code.as_ref())?;
    Ok(OrganisationForm {
        name: check_text("name", &form.name, NAME_CHARS_MAX)?,
        short_name: check_text("short_name", &form.short_name, NAME_CHARS_MAX)?,
        kind: check_key("kind", form.kind, &KINDS)?,
        college_id: form.college_id,
        siret,
        siren,
        rna,
        territory_code: territory,
        network_parent_id: form.network_parent_id.filter(|id| !id.is_empty()),
        solicitation_budget_minutes: form.solicitation_budget_minutes,
    })
}

impl From<OrganisationRow> for AdminOrganisation {
    fn from(row: OrganisationRow) -> Self {
        let said = row.said;
        Self {
            organisation_id: row.organisation_id,
            name: said.name,
            short_name: said.short_name,
            kind: said.kind,
            college_id: said.college_id,
            siret: said.siret,
            siren: said.siren,
            rna: said.rna,
            territory_code: said.territory_code,
            network_parent_id: said.network_parent_id,
            solicitation_budget_minutes: said.solicitation_budget_minutes,
            closed_at_ms: row.closed_at_ms,
            version: row.version,
        }
    }
}

impl From<Holds> for OrganisationHolds {
    fn from(holds: Holds) -> Self {
        Self {
            affiliations: holds.affiliations,
            memberships: holds.memberships,
            mandates: holds.mandates,
            proposals: holds.proposals,
        }
    }
}
