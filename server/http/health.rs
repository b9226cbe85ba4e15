//! Whether the process is up and its database takes writes: for supervisors and balancers.

use std::time::Duration;

use axum::extract::State;

use crate::app::App;
use crate::error::{Error, Result};

/// How long a write probe may take.
const PROBE_WITHIN: Duration = Duration::from_secs(3);

/// The process is up.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// The database takes writes.
///
/// # Errors
/// `Unavailable` (503) when it does not answer in time.
pub async fn readyz(State(app): State<App>) -> Result<&'static str> {
    match tokio::time::timeout(PROBE_WITHIN, app.store.probe()).await {
        Ok(Ok(())) => Ok("ready\n"),
        Ok(Err(error)) => Err(Error::Unavailable(Box::new(error))),
        Err(late) => Err(Error::Unavailable(Box::new(late))),
    }
}
