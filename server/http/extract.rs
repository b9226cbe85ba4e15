//! The door: who sends a request (cookie or bearer token).

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::error::{Error, Result};
use crate::store::accounts::Identity;

/// The signed-in account of a request; 401 without one.
#[derive(Clone, Debug)]
pub struct Signed(pub Identity);

/// What is kept of a secret: its SHA-256.
#[must_use]
pub fn secret_hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
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
        if let Some(header) = parts.headers.get(axum::http::header::AUTHORIZATION) {
            let token = header
                .to_str()
                .ok()
                .and_then(|text| text.strip_prefix("Bearer "))
                .ok_or(Error::Unauthenticated)?;
            return Ok(Self(
                app.store.identity_by_token(&secret_hash(token)).await?,
            ));
        }
        let cookies = axum_extra::extract::CookieJar::from_headers(&parts.headers);
        let cookie = cookies
            .get(cookie_name(app.config.is_secure()))
            .ok_or(Error::Unauthenticated)?;
        Ok(Self(
            app.store
                .identity_by_session(&secret_hash(cookie.value()))
                .await?,
        ))
    }
}
