//! One-time links as the invited person meets them: what the link is, then a password.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::entry::{Caller, Me, SignedIn, check_password, signed_in};
use super::extract::{Body, Path};
use super::problem::Problem;
use crate::addresses::throttled_by;
use crate::app::App;
use crate::error::Result;
use crate::store::links::LinkRow;
use crate::store::secrets::{new_secret, secret_hash};
use crate::throttle::Key;

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_link))
        .routes(routes!(post_acceptance))
}

/// A link that still serves.
#[derive(Debug, Serialize, ToSchema)]
struct OneTimeLink {
    /// `invitation` or `password`.
    kind: String,
    email: String,
    given_name: String,
    usual_name: String,
    /// The person's organisation, by name.
    organisation: Option<String>,
    expires_at_ms: i64,
}

/// The password chosen.
#[derive(Deserialize, ToSchema)]
struct Acceptance {
    /// 12 to 128 characters, not the e-mail address.
    password: String,
}

/// Reads a link; links one may guess at are counted by address.
async fn link_of(app: &App, caller: &Caller, token: &str) -> Result<LinkRow> {
    let key = Key::Link(throttled_by(caller.address));
    app.throttle.take(&key, app.clock.now())?;
    let link = app.store.link(&secret_hash(token)).await?;
    app.throttle.give_back(&key);
    Ok(link)
}

/// What a link is for; 410 `link_used` or `link_expired` when it no longer serves.
#[utoipa::path(get, path = "/api/links/{token}", tag = "links", params(("token" = String, Path)),
    responses((status = 200, body = OneTimeLink), (status = 404, body = Problem), (status = 410, body = Problem),
        (status = 429, body = Problem)))]
async fn get_link(
    State(app): State<App>,
    caller: Caller,
    Path(token): Path<String>,
) -> Result<Json<OneTimeLink>> {
    let link = link_of(&app, &caller, &token).await?;
    Ok(Json(OneTimeLink {
        kind: link.kind,
        email: link.email,
        given_name: link.given_name,
        usual_name: link.usual_name,
        organisation: link.organisation,
        expires_at_ms: link.expires_at_ms,
    }))
}

/// Uses a link: sets the password, ends other sessions, signs in.
#[utoipa::path(post, path = "/api/links/{token}/acceptances", tag = "links",
    params(("token" = String, Path)), request_body = Acceptance,
    responses((status = 201, body = Me), (status = 404, body = Problem), (status = 410, body = Problem),
        (status = 422, body = Problem), (status = 429, body = Problem)))]
async fn post_acceptance(
    State(app): State<App>,
    caller: Caller,
    Path(token): Path<String>,
    Body(form): Body<Acceptance>,
) -> Result<SignedIn> {
    let link = link_of(&app, &caller, &token).await?;
    check_password("password", &form.password, &link.email)?;
    let password_hash = app.passwords.hash(form.password).await?;
    let secret = new_secret()?;
    let account = link.account_id;
    let session = app
        .store
        .accept_link(
            &secret_hash(&token),
            &account,
            &password_hash,
            &secret_hash(&secret),
            &caller.origin(),
        )
        .await?;
    let told = account.clone();
    app.finish(|rooms| async move { rooms.sessions_ended(&told, Some(&session)).await });
    signed_in(&app, &account, secret).await
}
