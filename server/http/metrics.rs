//! Prometheus text, on the administration listener only; and the counts every request adds to.

use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use super::health;
use crate::app::App;
use crate::error::{Error, Result};
use crate::store::statements::counted;

/// How often the recorder tidies what it holds.
pub const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// Starts counting, once a process.
///
/// # Errors
/// When counting was started before.
pub fn start() -> Result<PrometheusHandle> {
    PrometheusBuilder::new()
        .install_recorder()
        .map_err(Error::internal)
}

/// The routes of the administration listener.
pub fn admin_router(app: App, handle: PrometheusHandle) -> Router {
    Router::new()
        .route(
            "/metrics",
            get(async move || {
                (
                    [("content-type", "text/plain; version=0.0.4")],
                    handle.render(),
                )
            }),
        )
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .fallback(async || Error::NotFound)
        .with_state(app)
}

/// Counts a request by route (never by address asked for): its status, duration, and statements.
pub async fn count(State(_app): State<App>, request: Request, next: Next) -> Response {
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("page", MatchedPath::as_str)
        .to_owned();
    let method = request.method().as_str().to_owned();
    let start = Instant::now();
    let (response, statements) = counted(next.run(request)).await;
    let response = response.into_response();
    let status = response.status().as_u16().to_string();
    metrics::counter!("chantier_requests_total", "route" => route.clone(), "method" => method, "status" => status)
        .increment(1);
    metrics::histogram!("chantier_request_seconds", "route" => route.clone())
        .record(start.elapsed());
    metrics::histogram!("chantier_request_statements", "route" => route).record(statements as f64);
    response
}
