//! Answers that say whether they changed: whoever asks again with the tag of what they hold gets 304 and no
//! body. For lists that pages ask for every few seconds.

use std::hash::{DefaultHasher, Hasher};

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::error::{Error, Result};

/// The body as JSON with its tag; 304 when `asked` holds that tag.
///
/// # Errors
/// `Internal` when it is no JSON.
pub(super) fn unless_known<T: Serialize>(asked: &HeaderMap, body: &T) -> Result<Response> {
    let bytes = serde_json::to_vec(body).map_err(Error::internal)?;
    let mut hasher = DefaultHasher::new();
    hasher.write(&bytes);
    let tag = format!("\"{:016x}\"", hasher.finish());
    let known = asked.get(header::IF_NONE_MATCH);
    let is_known = known.is_some_and(|held| held.as_bytes() == tag.as_bytes());
    let tag = HeaderValue::from_str(&tag).map_err(Error::internal)?;
    if is_known {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    let json = HeaderValue::from_static("application/json");
    let headers = [(header::CONTENT_TYPE, json), (header::ETAG, tag)];
    Ok((headers, bytes).into_response())
}
