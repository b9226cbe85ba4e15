//! Signing in and out, and the list of one's sessions.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum_extra::extract::CookieJar;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::entry::{Caller, Me, SignedIn, signed_in, without_cookie};
use super::extract::{Body, Path, Signed, cookie_name};
use super::problem::Problem;
use crate::addresses::throttled_by;
use crate::app::App;
use crate::error::{Error, Result};
use crate::ids::SessionId;
use crate::store::accounts::{Via, normal_email};
use crate::store::passwords::Match;
use crate::store::secrets::{new_secret, secret_hash};
use crate::store::sessions::SessionRow;
use crate::throttle::Key;

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_sessions, post_session))
        .routes(routes!(delete_current))
        .routes(routes!(delete_session))
}

/// What one signs in with.
#[derive(Deserialize, ToSchema)]
struct SignIn {
    email: String,
    password: String,
}

/// One's sessions.
#[derive(Debug, Serialize, ToSchema)]
struct Sessions {
    sessions: Vec<Session>,
}

/// One session.
#[derive(Debug, Serialize, ToSchema)]
struct Session {
    session_id: String,
    created_at_ms: i64,
    /// Last use, to five minutes.
    seen_at_ms: i64,
    user_agent: String,
    address: String,
    /// Whether this request came with it.
    current: bool,
}

/// Signs in: the same answer in the same time whether the account exists or not.
#[utoipa::path(post, path = "/api/sessions", tag = "sessions", request_body = SignIn,
    responses((status = 201, body = Me), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 429, body = Problem)))]
async fn post_session(
    State(app): State<App>,
    caller: Caller,
    cookies: CookieJar,
    Body(form): Body<SignIn>,
) -> Result<SignedIn> {
    let email = normal_email(&form.email);
    let now = app.clock.now();
    let by_address = Key::Address(throttled_by(caller.address));
    let by_account = Key::Account(email.clone());
    app.throttle.take(&by_address, now)?;
    app.throttle.take(&by_account, now)?;

    let credential = app.store.credential(&email).await?;
    let kept = credential.as_ref().map(|one| one.password_hash.clone());
    let matched = app.passwords.verify(form.password.clone(), kept).await?;
    let Some(mut credential) = credential.filter(|_| matched != Match::No) else {
        return Err(Error::BadCredentials);
    };
    if matched == Match::YesOutdated {
        let fresh = app.passwords.hash(form.password).await?;
        app.store.rehash(&credential, &fresh).await?;
        credential.password_hash = fresh;
    }
    let secret = new_secret()?;
    let account = credential.account_id;
    app.store
        .sign_in(
            &account,
            &credential.password_hash,
            &secret_hash(&secret),
            &caller.origin(),
        )
        .await?;
    app.throttle.give_back(&by_address);
    app.throttle.give_back(&by_account);
    end_previous(&app, &cookies).await?;
    signed_in(&app, &account, secret).await
}

/// Ends the session the browser came with: its secret is never used again.
async fn end_previous(app: &App, cookies: &CookieJar) -> Result<()> {
    let Some(cookie) = cookies.get(cookie_name(app.config.is_secure())) else {
        return Ok(());
    };
    let hash = secret_hash(cookie.value());
    let Ok(previous) = app.store.identity_by_session(&hash).await else {
        return Ok(());
    };
    if let Via::Session(session) = previous.via {
        app.store
            .end_session(&previous.account_id, &session)
            .await?;
        app.finish(|rooms| async move { rooms.session_ended(&session).await });
    }
    Ok(())
}

/// One's live sessions, the latest used first.
#[utoipa::path(get, path = "/api/sessions", tag = "sessions",
    responses((status = 200, body = Sessions), (status = 401, body = Problem)))]
async fn get_sessions(State(app): State<App>, Signed(me): Signed) -> Result<Json<Sessions>> {
    let rows = app.store.sessions(&me.account_id).await?;
    let sessions = rows
        .into_iter()
        .map(|row| Session::new(row, &me.via))
        .collect();
    Ok(Json(Sessions { sessions }))
}

/// Signs out.
#[utoipa::path(delete, path = "/api/sessions/current", tag = "sessions",
    responses((status = 204), (status = 401, body = Problem)))]
async fn delete_current(
    State(app): State<App>,
    Signed(me): Signed,
) -> Result<(StatusCode, CookieJar)> {
    match me.via {
        Via::Session(session) => {
            app.store.end_session(&me.account_id, &session).await?;
            app.finish(|rooms| async move { rooms.session_ended(&session).await });
            Ok((StatusCode::NO_CONTENT, without_cookie(&app)))
        }
        Via::Token(_) => Err(Error::NotFound),
    }
}

/// Ends one of one's sessions, and its sockets.
#[utoipa::path(delete, path = "/api/sessions/{session_id}", tag = "sessions",
    params(("session_id" = String, Path)),
    responses((status = 204), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn delete_session(
    State(app): State<App>,
    Signed(me): Signed,
    Path(session_id): Path<String>,
) -> Result<(StatusCode, CookieJar)> {
    let session = SessionId::from(session_id);
    app.store.end_session(&me.account_id, &session).await?;
    let cookies = if me.via == Via::Session(session.clone()) {
        without_cookie(&app)
    } else {
        CookieJar::new()
    };
    app.finish(|rooms| async move { rooms.session_ended(&session).await });
    Ok((StatusCode::NO_CONTENT, cookies))
}

impl Session {
    fn new(row: SessionRow, via: &Via) -> Self {
        Self {
            current: *via == Via::Session(row.session_id.clone()),
            session_id: row.session_id.to_string(),
            created_at_ms: row.created_at_ms,
            seen_at_ms: row.seen_at_ms,
            user_agent: row.user_agent,
            address: row.address,
        }
    }
}
