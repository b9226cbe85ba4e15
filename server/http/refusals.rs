//! Refused acts are counted and logged, with who asked and which rule refused: a forged or replayed request,
//! another chantier's ids, a stage skipped leave a trace for who watches the service.

use std::sync::{Arc, OnceLock};

use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

use crate::ids::AccountId;

/// Who asks, once the request has shown it.
#[derive(Clone, Debug, Default)]
struct Asker(Arc<OnceLock<AccountId>>);

/// What a problem's answer says of itself to the layers around it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reason {
    /// The problem's code.
    pub(super) code: &'static str,
    /// The rule that refused, if one did.
    pub(super) rule: Option<&'static str>,
}

/// Notes who asks.
pub(super) fn asked_by(parts: &Parts, account: &AccountId) {
    if let Some(asker) = parts.extensions.get::<Asker>() {
        // Asked once a request; the same person when twice.
        let _ = asker.0.set(account.clone());
    }
}

/// A path without the secret of a link sent by e-mail, which opens an account.
fn shown(path: &str) -> String {
    match path.strip_prefix("/api/links/") {
        Some(_) => "/api/links/...".to_owned(),
        None => path.to_owned(),
    }
}

/// Counts and logs each act that is refused: not allowed, hidden, or made against what has changed.
pub(super) async fn note(mut request: Request, next: Next) -> Response {
    if [Method::GET, Method::HEAD, Method::OPTIONS].contains(request.method()) {
        return next.run(request).await;
    }
    let asker = Asker::default();
    request.extensions_mut().insert(asker.clone());
    let (method, path) = (request.method().clone(), shown(request.uri().path()));
    let response = next.run(request).await;
    let refused = [
        StatusCode::FORBIDDEN,
        StatusCode::NOT_FOUND,
        StatusCode::CONFLICT,
    ];
    if refused.contains(&response.status())
        && let Some(Reason { code, rule }) = response.extensions().get::<Reason>().copied()
    {
        let account = asker.0.get().map_or("", AccountId::as_str);
        let rule = rule.unwrap_or_default();
        metrics::counter!("chantier_refusals_total", "code" => code, "rule" => rule).increment(1);
        tracing::info!(%method, %path, account, rule, code, "refused");
    }
    response
}
