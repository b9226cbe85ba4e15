//! Territories and organisations to choose from, found as one types.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Query, Signed};
use super::problem::Problem;
use super::shapes::{OrganisationRef, all};
use crate::app::App;
use crate::error::Result;
use crate::rules::wording::fold;
use crate::store::territories::{COG_YEAR, Found};

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(find_territories))
        .routes(routes!(find_organisations))
}

/// How long what is looked for may be, in characters; the rest is not read.
const TYPED_MAX: usize = 80;

/// How many organisations are answered.
const ORGANISATIONS_MAX: usize = 20;

/// What is looked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct FindQuery {
    /// The beginning of a name, of one of its words, or of a code; accents and case do not count.
    text: String,
}

/// Territories found, the nearest first: 20 at most.
#[derive(Debug, Serialize, ToSchema)]
struct Territories {
    territories: Vec<TerritoryEntry>,
    /// The year of the official geographic code.
    cog_year: i64,
}

/// A territory.
#[derive(Debug, Serialize, ToSchema)]
struct TerritoryEntry {
    /// Its INSEE code, or SIREN for an EPCI.
    territory_code: String,
    /// `region`, `department`, `epci`, `commune`.
    level: String,
    name: String,
}

impl From<Found> for TerritoryEntry {
    fn from(one: Found) -> Self {
        Self {
            territory_code: one.territory_code,
            level: one.level,
            name: one.name,
        }
    }
}

/// Organisations found, by name: 20 at most.
#[derive(Debug, Serialize, ToSchema)]
struct Organisations {
    organisations: Vec<OrganisationRef>,
}

/// Finds a territory of the Region. An arrondissement of Marseille gives Marseille.
#[utoipa::path(get, path = "/api/territories", tag = "sheet", params(FindQuery),
    responses((status = 200, body = Territories), (status = 401, body = Problem)))]
async fn find_territories(
    State(app): State<App>,
    Signed(_identity): Signed,
    Query(query): Query<FindQuery>,
) -> Result<Json<Territories>> {
    let typed: String = query.text.chars().take(TYPED_MAX).collect();
    Ok(Json(Territories {
        territories: all(app.store.find_territories(&typed).await?),
        cog_year: COG_YEAR,
    }))
}

/// Finds an organisation of the directory.
#[utoipa::path(get, path = "/api/organisation_names", tag = "sheet", params(FindQuery),
    responses((status = 200, body = Organisations), (status = 401, body = Problem)))]
async fn find_organisations(
    State(app): State<App>,
    Signed(_identity): Signed,
    Query(query): Query<FindQuery>,
) -> Result<Json<Organisations>> {
    let wanted = fold(&query.text.chars().take(TYPED_MAX).collect::<String>());
    let mut list = app.store.organisations().await?;
    list.retain(|one| fold(&one.name).contains(&wanted) || fold(&one.short_name).contains(&wanted));
    list.truncate(ORGANISATIONS_MAX);
    Ok(Json(Organisations {
        organisations: all(list),
    }))
}
