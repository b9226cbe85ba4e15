//! The route table: the whole API in one list, its layers, the static files.

pub mod chantiers;
pub mod extract;
pub mod problem;
pub mod programme;
pub mod proposals;
pub mod shapes;

use axum::Router;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

#[derive(OpenApi)]
#[openapi(info(
    title = "Chantier",
    license(name = "Apache-2.0", identifier = "Apache-2.0")
))]
struct Description;

/// The API's routes and their description; one line a feature.
fn api() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Description::openapi())
        .merge(chantiers::routes())
        .merge(programme::routes())
        .merge(proposals::routes())
}

/// The OpenAPI description as pretty JSON, as committed in `docs/openapi.json`.
///
/// # Errors
/// Never in practice: the description is plain data.
pub fn openapi() -> Result<String, serde_json::Error> {
    api().into_openapi().to_pretty_json()
}

/// The whole server.
pub fn router(app: App) -> Router {
    let (router, _description) = api().split_for_parts();
    router.with_state(app)
}
