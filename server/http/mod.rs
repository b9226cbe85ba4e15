//! The route table: the whole API in one list, its layers, the static files.

pub mod accounts;
pub mod action;
pub mod administration;
pub mod authorship;
pub mod board;
pub mod chantiers;
pub mod conditions;
pub mod contributors;
pub mod copil;
pub mod csv;
pub mod csv_words;
pub mod decision_page;
pub mod decisions;
pub mod desk;
pub mod document_state;
pub mod documents;
pub mod entry;
pub mod envelope_numbers;
pub mod envelopes;
pub mod extract;
pub mod health;
pub mod history;
pub mod invitations;
pub mod late;
pub mod links;
pub mod meetings;
pub mod merges;
pub mod messages;
pub mod metrics;
pub mod opinions;
pub mod paging;
pub mod people;
pub mod problem;
pub mod programme;
pub mod proposal_page;
pub mod proposals;
pub mod public;
mod refusals;
pub mod region_desk;
pub mod reviews;
mod rights;
pub mod security;
pub mod sessions;
pub mod setup;
pub mod shapes;
pub mod sheet;
pub mod sheet_edit;
pub mod socket;
pub mod static_files;
pub mod territories;
pub mod texts;
pub mod thread_page;
pub mod threads;
pub mod tokens;
pub mod transitions;
mod unchanged;
pub mod updates;
pub mod upgrade;
pub mod versions;
pub mod workspace;

use std::net::SocketAddr;

use axum::Router;
use axum::http::header;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::error::{Error, Result};

#[derive(OpenApi)]
#[openapi(info(
    title = "Chantier",
    license(name = "Apache-2.0", identifier = "Apache-2.0")
))]
struct Description;

/// The API's routes and their description; one line a feature.
fn api() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Description::openapi())
        .merge(accounts::routes())
        .merge(action::routes())
        .merge(administration::routes())
        .merge(authorship::routes())
        .merge(board::routes())
        .merge(chantiers::routes())
        .merge(conditions::routes())
        .merge(contributors::routes())
        .merge(copil::routes())
        .merge(decisions::routes())
        .merge(desk::routes())
        .merge(document_state::routes())
        .merge(documents::routes())
        .merge(envelopes::routes())
        .merge(history::routes())
        .merge(invitations::routes())
        .merge(late::routes())
        .merge(links::routes())
        .merge(merges::routes())
        .merge(messages::routes())
        .merge(meetings::routes())
        .merge(opinions::routes())
        .merge(people::routes())
        .merge(programme::routes())
        .merge(proposals::routes())
        .merge(region_desk::routes())
        .merge(reviews::routes())
        .merge(public::routes())
        .merge(rights::routes())
        .merge(socket::routes())
        .merge(sessions::routes())
        .merge(setup::routes())
        .merge(threads::routes())
        .merge(sheet_edit::routes())
        .merge(territories::routes())
        .merge(tokens::routes())
        .merge(transitions::routes())
        .merge(updates::routes())
        .merge(versions::routes())
        .merge(workspace::routes())
}

/// The OpenAPI description as pretty JSON, as committed in `docs/openapi.json`.
///
/// # Errors
/// Never in practice: the description is plain data.
pub fn openapi() -> std::result::Result<String, serde_json::Error> {
    api().into_openapi().to_pretty_json()
}

/// The whole server.
pub fn router(app: App) -> Router {
    let (router, _description) = api().split_for_parts();
    router
        .route("/api/openapi.json", get(description))
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .fallback(static_files::answer)
        .method_not_allowed_fallback(async || Error::MethodNotAllowed)
        .layer(from_fn(security::limit_time))
        .route_layer(from_fn_with_state(app.clone(), metrics::count))
        .layer(CatchPanicLayer::custom(security::panicked))
        .layer(CompressionLayer::new())
        .layer(from_fn_with_state(app.clone(), security::refuse_cross_site))
        .layer(from_fn(refusals::note))
        .layer(from_fn_with_state(app.clone(), security::add_headers))
        .with_state(app)
}

/// The description of this API.
async fn description() -> Result<impl axum::response::IntoResponse> {
    let text = openapi().map_err(Error::internal)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], text))
}

/// Answers on the listener until `stop`: then no new connection, and the open requests end.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    app: App,
    stop: CancellationToken,
) -> std::io::Result<()> {
    // Small frames must not wait for an acknowledgement (Nagle's algorithm).
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "cannot set TCP_NODELAY");
        }
    });
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service)
        .with_graceful_shutdown(stop.cancelled_owned())
        .await
}
