//! What every answer carries and every change must prove: protective headers, and that the
//! request was not made by another site in the person's name.

use std::any::Any;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::config::Config;
use crate::error::Error;

/// How long a request may take: a database that hangs must not hold clients for ever.
const REQUEST_WITHIN: Duration = Duration::from_secs(60);
/// What an answer that is no page may load: nothing.
const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'";

/// Headers of every answer, set where the answer has none of its own.
const HEADERS: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (header::CONTENT_SECURITY_POLICY, NOTHING),
];

/// Whether a request comes from our own pages, or from no page at all (a program).
/// Browsers say where a request comes from and scripts cannot forge it.
#[must_use]
pub fn is_same_origin(headers: &HeaderMap, config: &Config) -> bool {
    let text = |name: HeaderName| headers.get(name).map(HeaderValue::as_bytes);
    let origin = text(header::ORIGIN);
    if origin.is_some() && origin == config.public_url.as_deref().map(str::as_bytes) {
        return true;
    }
    if let Some(site) = text(HeaderName::from_static("sec-fetch-site")) {
        return site == b"same-origin" || site == b"none";
    }
    let Some(origin) = origin else {
        return true;
    };
    let authority = [b"https://".as_slice(), b"http://".as_slice()]
        .iter()
        .find_map(|scheme| origin.strip_prefix(*scheme));
    authority.is_some() && authority == text(header::HOST)
}

/// Refuses changes another site asks for (403 `cross_site`).
pub async fn refuse_cross_site(State(app): State<App>, request: Request, next: Next) -> Response {
    let changes = ![Method::GET, Method::HEAD, Method::OPTIONS].contains(request.method());
    if changes && !is_same_origin(request.headers(), &app.config) {
        return Error::CrossSite.into_response();
    }
    next.run(request).await
}

/// Adds the protective headers; nothing of the API is kept by a cache unless it says so.
pub async fn add_headers(State(app): State<App>, request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with("/api/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    if is_api {
        headers
            .entry(header::CACHE_CONTROL)
            .or_insert(HeaderValue::from_static("no-store"));
    }
    if app.config.is_secure() {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000"),
        );
    }
    response
}

/// Ends a request that takes too long; a socket is a request only until it is open.
pub async fn limit_time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(REQUEST_WITHIN, next.run(request)).await {
        Ok(response) => response,
        Err(late) => Error::Unavailable(Box::new(late)).into_response(),
    }
}

/// The answer of a handler that panicked: a defect of ours, told like any other.
#[must_use]
pub fn panicked(cause: Box<dyn Any + Send>) -> Response {
    let text = cause
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| cause.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without a text");
    Error::internal(text.to_owned()).into_response()
}

/// The policy of a page with one style in it and nothing else.
#[must_use]
pub fn policy_of_page(style: &str) -> String {
    let style = base64(&crate::proof::sha256(style.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    )
}

/// Base 64 with padding (RFC 4648), as a policy wants its hashes.
#[must_use]
pub fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = group
            .iter()
            .chain([0, 0].iter())
            .take(3)
            .fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        for place in 0..4 {
            let digit = (bits >> (18 - 6 * place)) & 63;
            let padded = place > group.len();
            let letter = DIGITS.get(digit as usize).copied().unwrap_or(b'=');
            text.push(char::from(if padded { b'=' } else { letter }));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same_origin(lines: &[(&'static str, &'static str)], public_url: Option<&str>) -> bool {
        let mut config = Config::local("data".into());
        config.public_url = public_url.map(ToOwned::to_owned);
        let headers = lines
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect();
        is_same_origin(&headers, &config)
    }

    #[test]
    fn a_change_comes_from_our_pages_or_from_a_program() {
        let host = ("host", "chantier.example");
        let ours = ("origin", "https://chantier.example");
        let other = ("origin", "https://evil.example");
        assert!(same_origin(&[host], None));
        assert!(same_origin(&[host, ours], None));
        assert!(!same_origin(&[host, other], None));
        assert!(!same_origin(&[host, ("origin", "null")], None));
        assert!(same_origin(
            &[host, ("sec-fetch-site", "same-origin")],
            None
        ));
        assert!(!same_origin(&[host, ("sec-fetch-site", "same-site")], None));
        assert!(!same_origin(
            &[host, ours, ("sec-fetch-site", "cross-site")],
            None
        ));
        // Behind a proxy that rewrites Host, the public address is the origin that counts.
        let inner = ("host", "10.0.0.5:8080");
        assert!(same_origin(
            &[inner, ours],
            Some("https://chantier.example")
        ));
        assert!(!same_origin(
            &[inner, other],
            Some("https://chantier.example")
        ));
    }
}
