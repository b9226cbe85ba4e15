//! Personal bearer tokens: shown once, listed without their secret, revocable.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::entry::check_text;
use super::extract::{Body, Path, Signed, signed_by_session};
use super::problem::Problem;
use crate::app::App;
use crate::error::{Error, Result};
use crate::ids::TokenId;
use crate::store::secrets::{new_secret, secret_hash};
use crate::store::tokens::TokenRow;

/// Longest label, in characters.
const LABEL_CHARS_MAX: usize = 80;
/// Longest life, in days.
const DAYS_MAX: i64 = 3_650;
/// Milliseconds in a day.
const DAY_MS: i64 = 86_400_000;

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_tokens, post_token))
        .routes(routes!(delete_token))
}

/// A token to make.
#[derive(Debug, Deserialize, ToSchema)]
struct NewToken {
    /// What it is for, in one's own words.
    label: String,
    /// How many days it lasts; null: until revoked.
    expires_in_days: Option<i64>,
}

/// A token just made: the only time its secret is shown.
#[derive(Serialize, ToSchema)]
struct MadeToken {
    token_id: String,
    label: String,
    /// The secret, for `Authorization: Bearer`.
    token: String,
    created_at_ms: i64,
    expires_at_ms: Option<i64>,
}

/// One's tokens.
#[derive(Debug, Serialize, ToSchema)]
struct Tokens {
    tokens: Vec<Token>,
}

/// One token.
#[derive(Debug, Serialize, ToSchema)]
struct Token {
    token_id: String,
    label: String,
    created_at_ms: i64,
    /// Last use, to five minutes.
    used_at_ms: Option<i64>,
    expires_at_ms: Option<i64>,
}

/// Makes a token; needs a signed-in person, a token cannot make another.
#[utoipa::path(post, path = "/api/tokens", tag = "tokens", request_body = NewToken,
    responses((status = 201, body = MadeToken), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn post_token(
    State(app): State<App>,
    Signed(me): Signed,
    Body(form): Body<NewToken>,
) -> Result<(StatusCode, Json<MadeToken>)> {
    signed_by_session(&me)?;
    let label = check_text("label", &form.label, LABEL_CHARS_MAX)?;
    let expires_at_ms = match form.expires_in_days {
        None => None,
        Some(days) if (1..=DAYS_MAX).contains(&days) => {
            Some(app.clock.now().plus_ms(days * DAY_MS).ms())
        }
        Some(_) => {
            return Err(Error::Invalid {
                field: "expires_in_days",
                problem: "out_of_range",
            });
        }
    };
    let token = new_secret()?;
    let row = app
        .store
        .add_token(&me.account_id, &secret_hash(&token), &label, expires_at_ms)
        .await?;
    let made = MadeToken {
        token_id: row.token_id.to_string(),
        label: row.label,
        token,
        created_at_ms: row.created_at_ms,
        expires_at_ms: row.expires_at_ms,
    };
    Ok((StatusCode::CREATED, Json(made)))
}

/// One's live tokens, the latest first.
#[utoipa::path(get, path = "/api/tokens", tag = "tokens",
    responses((status = 200, body = Tokens), (status = 401, body = Problem)))]
async fn get_tokens(State(app): State<App>, Signed(me): Signed) -> Result<Json<Tokens>> {
    let rows = app.store.tokens(&me.account_id).await?;
    Ok(Json(Tokens {
        tokens: rows.into_iter().map(Into::into).collect(),
    }))
}

/// Revokes a token: its sockets close, programs that hold it are refused.
#[utoipa::path(delete, path = "/api/tokens/{token_id}", tag = "tokens",
    params(("token_id" = String, Path)),
    responses((status = 204), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn delete_token(
    State(app): State<App>,
    Signed(me): Signed,
    Path(token_id): Path<String>,
) -> Result<StatusCode> {
    let token = TokenId::from(token_id);
    app.store.revoke_token(&me.account_id, &token).await?;
    app.finish(|rooms| async move { rooms.token_ended(&token).await });
    Ok(StatusCode::NO_CONTENT)
}

impl From<TokenRow> for Token {
    fn from(row: TokenRow) -> Self {
        Self {
            token_id: row.token_id.to_string(),
            label: row.label,
            created_at_ms: row.created_at_ms,
            used_at_ms: row.used_at_ms,
            expires_at_ms: row.expires_at_ms,
        }
    }
}
