//! One's own account: who one is, one's language, one's password.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::entry::{Me, check_password, me};
use super::extract::{Body, Signed, signed_by_session};
use super::problem::Problem;
use crate::app::App;
use crate::error::{Error, Result};
use crate::store::passwords::Match;
use crate::throttle::Key;

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_me, patch_me))
        .routes(routes!(put_password))
}

/// What one may change of one's account.
#[derive(Debug, Deserialize, ToSchema)]
struct MeChanges {
    /// `fr`, `en`, or null for the browser's.
    locale: Option<String>,
}

/// A new password.
#[derive(Deserialize, ToSchema)]
struct NewPassword {
    current_password: String,
    /// 12 to 128 characters, not the e-mail address.
    new_password: String,
}

/// Who is signed in.
#[utoipa::path(get, path = "/api/me", tag = "me",
    responses((status = 200, body = Me), (status = 401, body = Problem)))]
async fn get_me(State(app): State<App>, Signed(identity): Signed) -> Result<Json<Me>> {
    me(&app, &identity.account_id).await.map(Json)
}

/// Chooses the language.
#[utoipa::path(patch, path = "/api/me", tag = "me", request_body = MeChanges,
    responses((status = 200, body = Me), (status = 401, body = Problem), (status = 422, body = Problem)))]
async fn patch_me(
    State(app): State<App>,
    Signed(identity): Signed,
    Body(changes): Body<MeChanges>,
) -> Result<Json<Me>> {
    let locale = changes.locale.as_deref();
    if !matches!(locale, None | Some("fr" | "en")) {
        return Err(Error::Invalid {
            field: "locale",
            problem: "unknown",
        });
    }
    app.store.set_locale(&identity.account_id, locale).await?;
    me(&app, &identity.account_id).await.map(Json)
}

/// Changes the password; every other session ends, with its sockets.
#[utoipa::path(put, path = "/api/me/password", tag = "me", request_body = NewPassword,
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem)))]
async fn put_password(
    State(app): State<App>,
    Signed(identity): Signed,
    Body(form): Body<NewPassword>,
) -> Result<StatusCode> {
    let session = signed_by_session(&identity)?.clone();
    let account = identity.account_id;
    let credential = app.store.credential_of(&account).await?;
    check_password("new_password", &form.new_password, &credential.email)?;
    let key = Key::Change(account.to_string());
    app.throttle.take(&key, app.clock.now())?;
    let kept = Some(credential.password_hash.clone());
    if app.passwords.verify(form.current_password, kept).await? == Match::No {
        return Err(Error::Invalid {
            field: "current_password",
            problem: "wrong",
        });
    }
    app.throttle.give_back(&key);
    let fresh = app.passwords.hash(form.new_password).await?;
    app.store
        .change_password(&account, &credential.password_hash, &fresh, &session)
        .await?;
    app.finish(|rooms| async move { rooms.sessions_ended(&account, Some(&session)).await });
    Ok(StatusCode::NO_CONTENT)
}
