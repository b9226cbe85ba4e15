//! The door: who sends a request (cookie or bearer token), and its body, path and
//! query as values. What cannot be read is a problem with a code, never a bare text.

use axum::body::HttpBody as _;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use serde::de::DeserializeOwned;

use super::refusals;
use crate::app::App;
use crate::error::{Error, Result};
use crate::ids::SessionId;
use crate::rules::rights::Refusal;
use crate::store::accounts::{Identity, Via};
pub use crate::store::secrets::secret_hash;
use crate::store::sessions::NOTED_EVERY_MS;

/// The largest JSON body, in bytes: the longest text of a form is a few kilobytes.
pub const BODY_LIMIT_BYTES: usize = 256 * 1024;

/// How much of a body that is refused is still read, in bytes.
const THROWN_AWAY_BYTES_MAX: usize = 8 * 1024 * 1024;

/// The signed-in account of a request; 401 without one.
#[derive(Clone, Debug)]
pub struct Signed(pub Identity);

/// A JSON body: 400 `malformed` with the field that could not be read, 413 over
/// [`BODY_LIMIT_BYTES`]. Bad values in a well-formed body are the handler's (422).
#[derive(Clone, Debug)]
pub struct Body<T>(pub T);

/// Values from the path; an address that cannot be read does not exist.
#[derive(Clone, Debug, FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Error))]
pub struct Path<T>(pub T);

/// Values from the query; 400 `malformed` when they cannot be read.
#[derive(Clone, Debug, FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Error))]
pub struct Query<T>(pub T);

/// Whether this can be a document's id; the database is asked about nothing else.
#[must_use]
pub fn is_id(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=64).contains(&text.len()) && text.bytes().all(plain)
}

/// The session cookie's name: `__Host-` binds it to this host, and needs https.
#[must_use]
pub fn cookie_name(secure: bool) -> &'static str {
    if secure {
        "__Host-chantier"
    } else {
        "chantier"
    }
}

impl FromRequestParts<App> for Signed {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let identity = identify(&parts.headers, app).await?;
        refusals::asked_by(parts, &identity.account_id);
        note_use(&identity, app);
        Ok(Self(identity))
    }
}

/// Who these headers prove: a bearer token when there is one, else the session's cookie.
async fn identify(headers: &HeaderMap, app: &App) -> Result<Identity> {
    if let Some(header) = headers.get(header::AUTHORIZATION) {
        let token = header
            .to_str()
            .ok()
            .and_then(|text| text.strip_prefix("Bearer "))
            .ok_or(Error::Unauthenticated)?;
        return app.store.identity_by_token(&secret_hash(token)).await;
    }
    let cookies = axum_extra::extract::CookieJar::from_headers(headers);
    let cookie = cookies
        .get(cookie_name(app.config.is_secure()))
        .ok_or(Error::Unauthenticated)?;
    app.store
        .identity_by_session(&secret_hash(cookie.value()))
        .await
}

/// Notes the use now and then, beside the request: a failure to note must not fail it.
fn note_use(identity: &Identity, app: &App) {
    if app.clock.now().ms() - identity.noted_at_ms < NOTED_EVERY_MS {
        return;
    }
    let (store, via) = (app.store.clone(), identity.via.clone());
    app.tasks.spawn(async move {
        let noted = match &via {
            Via::Session(session) => store.note_session(session).await,
            Via::Token(token) => store.note_token(token).await,
        };
        if let Err(error) = noted {
            tracing::warn!(%error, "a use was not noted");
        }
    });
}

/// The session of a request; a program's token may not do what needs the person.
///
/// # Errors
/// `Refused` with `session_needed` for a token.
pub fn signed_by_session(identity: &Identity) -> Result<&SessionId> {
    match &identity.via {
        Via::Session(session) => Ok(session),
        Via::Token(_) => Err(Error::Refused(Refusal {
            rule: "R-SESSION",
            code: "session_needed",
        })),
    }
}

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = Error;

    async fn from_request(request: Request, _app: &App) -> Result<Self> {
        if !is_json(&request) {
            return Err(Error::Malformed("content-type".to_owned()));
        }
        from_json(&limited_bytes(request, BODY_LIMIT_BYTES).await?).map(Self)
    }
}

/// The whole body. One that passes the limit is read on for a while and thrown away:
/// a browser that is still sending would see a broken connection, not the refusal.
///
/// # Errors
/// `TooLarge` over the limit, `Malformed` when it stops half way.
pub async fn limited_bytes(request: Request, limit_bytes: usize) -> Result<Bytes> {
    let patience_bytes = limit_bytes + THROWN_AWAY_BYTES_MAX;
    let mut body = request.into_body();
    if body.size_hint().lower() > patience_bytes as u64 {
        return Err(Error::TooLarge { limit_bytes });
    }
    let (mut kept, mut read_bytes) = (BytesMut::new(), 0);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Error::Malformed(String::new()))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        read_bytes += data.len();
        if read_bytes <= limit_bytes {
            kept.extend_from_slice(&data);
        } else if read_bytes > patience_bytes {
            break;
        }
    }
    if read_bytes > limit_bytes {
        return Err(Error::TooLarge { limit_bytes });
    }
    Ok(kept.freeze())
}

/// Whether the body says it is JSON: a form of another site cannot say so.
fn is_json(request: &Request) -> bool {
    request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

/// Reads JSON, naming the field that does not fit.
fn from_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        Error::Malformed(field_of(&path, &error.into_inner().to_string()))
    })?;
    reader
        .end()
        .map_err(|_| Error::Malformed(String::new()))
        .map(|()| value)
}

/// The field a reading error is about. A missing field is known by its parent only:
/// its own name stands between back quotes in the reader's sentence.
fn field_of(path: &str, sentence: &str) -> String {
    let missing = sentence
        .strip_prefix("missing field `")
        .and_then(|rest| rest.split('`').next());
    match (path, missing) {
        (".", None) => String::new(),
        (".", Some(name)) => name.to_owned(),
        (parent, Some(name)) => format!("{parent}.{name}"),
        (field, None) => field.to_owned(),
    }
}

impl From<PathRejection> for Error {
    fn from(_rejection: PathRejection) -> Self {
        Self::NotFound
    }
}

impl From<QueryRejection> for Error {
    fn from(_rejection: QueryRejection) -> Self {
        Self::Malformed("query".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[expect(dead_code, reason = "only read")]
    struct Form {
        email: String,
        mandates: Vec<Line>,
    }

    #[derive(Debug, serde::Deserialize)]
    #[expect(dead_code, reason = "only read")]
    struct Line {
        role: String,
    }

    #[test]
    fn a_body_that_cannot_be_read_names_its_field() {
        for (json, field) in [
            (r#"{"mandates":[]}"#, "email"),
            (r#"{"email":3,"mandates":[]}"#, "email"),
            (
                r#"{"email":"a","mandates":[{"role":1}]}"#,
                "mandates[0].role",
            ),
            (r#"{"email":"a","mandates":[{}]}"#, "mandates[0].role"),
            (r#"{"email":"a","mandates":[]} x"#, ""),
            ("", ""),
        ] {
            match from_json::<Form>(json.as_bytes()) {
                Err(Error::Malformed(named)) => assert_eq!(named, field, "{json}"),
                other => panic!("{json} was read as {other:?}"),
            }
        }
    }
}
