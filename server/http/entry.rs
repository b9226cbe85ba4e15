//! What every way in shares - signing in, a link, the set-up: where the request comes from,
//! the cookie it leaves with, and who one is from then on.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::Json;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use serde::Serialize;
use utoipa::ToSchema;

use super::extract::cookie_name;
use super::shapes::Person;
use crate::addresses::real_address;
use crate::app::App;
use crate::error::{Error, Result};
use crate::ids::AccountId;
use crate::rules::accounts;
use crate::rules::day::Day;
use crate::rules::rights::{Action, judge};
use crate::rules::role::Role;
use crate::store::accounts as stored;
use crate::store::sessions::{ABSOLUTE_MS, Origin};

/// Where a request comes from: the real address behind trusted proxies, and the browser.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The person's network address.
    pub address: IpAddr,
    /// What the browser calls itself.
    pub user_agent: String,
}

/// The signed-in account.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// The account.
    account_id: String,
    /// Who.
    person: Person,
    /// The address one signs in with.
    email: String,
    /// The language chosen: `fr`, `en`, or null.
    locale: Option<String>,
    /// Live mandates.
    roles: Vec<HeldRole>,
    /// What one may do in the whole programme: `manage_people`, `read_region_desk`...
    may: Vec<&'static str>,
}

/// A live mandate.
#[derive(Debug, Serialize, ToSchema)]
struct HeldRole {
    role: String,
    body_id: Option<String>,
    body_title: Option<String>,
    chantier_id: Option<String>,
}

/// An answer that signs in: 201, the account, the cookie.
pub type SignedIn = (StatusCode, CookieJar, Json<Me>);

impl FromRequestParts<App> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        // Without a connection (a test of the router alone) nobody is told apart.
        let peer = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |info| info.0.ip());
        let forwarded: Vec<&str> = parts
            .headers
            .get_all("x-forwarded-for")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .collect();
        let user_agent = parts
            .headers
            .get(header::USER_AGENT)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        Ok(Self {
            address: real_address(peer, forwarded.into_iter(), &app.config.trusted_proxies),
            user_agent: user_agent.to_owned(),
        })
    }
}

impl Caller {
    /// As a session keeps it.
    #[must_use]
    pub fn origin(&self) -> Origin {
        Origin {
            address: self.address.to_string(),
            user_agent: self.user_agent.clone(),
        }
    }
}

/// The cookie of a session: not readable by scripts, not sent by other sites' posts.
fn cookie(app: &App, secret: String) -> Cookie<'static> {
    let secure = app.config.is_secure();
    let mut cookie = Cookie::new(cookie_name(secure), secret);
    cookie.set_http_only(true);
    cookie.set_secure(secure);
    cookie.set_same_site(SameSite::Lax);
    cookie.set_path("/");
    cookie
}

/// The cookie with a new session's secret.
pub fn with_cookie(app: &App, secret: String) -> CookieJar {
    let mut cookie = cookie(app, secret);
    cookie.set_max_age(time::Duration::milliseconds(ABSOLUTE_MS));
    CookieJar::new().add(cookie)
}

/// The cookie that makes the browser forget.
pub fn without_cookie(app: &App) -> CookieJar {
    let mut cookie = cookie(app, String::new());
    cookie.set_max_age(time::Duration::ZERO);
    CookieJar::new().add(cookie)
}

/// The answer to a sign-in.
///
/// # Errors
/// Those of the database.
pub async fn signed_in(app: &App, account: &AccountId, secret: String) -> Result<SignedIn> {
    let me = me(app, account).await?;
    Ok((StatusCode::CREATED, with_cookie(app, secret), Json(me)))
}

/// Who this account is.
///
/// # Errors
/// Those of the database.
pub async fn me(app: &App, account: &AccountId) -> Result<Me> {
    let me = app.store.me(account).await?;
    let may = [
        Action::ManagePeople,
        Action::ManageProgramme,
        Action::ConfirmValidator,
        Action::ReadCopilTable,
        Action::ReadRegionDesk,
        Action::ReadEnvelopes,
    ]
    .into_iter()
    .filter(|action| judge(*action, &me.facts).is_ok())
    .map(Action::key)
    .collect();
    Ok(Me {
        account_id: account.to_string(),
        person: me.person.into(),
        email: me.email,
        locale: me.locale,
        roles: me.roles.into_iter().map(Into::into).collect(),
        may,
    })
}

/// Checks a password somebody chooses.
///
/// # Errors
/// `Invalid` on this field: `too_short`, `too_long`, `same_as_email`.
pub fn check_password(field: &'static str, password: &str, email: &str) -> Result<()> {
    accounts::password(password, email).map_err(|problem| Error::Invalid { field, problem })
}

/// Trims a text and checks its length in characters.
///
/// # Errors
/// `Invalid` on this field: `required`, `too_long`.
pub fn check_text(field: &'static str, text: &str, chars_max: usize) -> Result<String> {
    let text = text.trim();
    let problem = if text.is_empty() {
        "required"
    } else if text.chars().count() > chars_max {
        "too_long"
    } else if text.chars().any(char::is_control) {
        "invalid"
    } else {
        return Ok(text.to_owned());
    };
    Err(Error::Invalid { field, problem })
}

/// The same for a text of several lines.
///
/// # Errors
/// `Invalid` on this field: `required`, `too_long`, `invalid`.
pub fn check_paragraphs(field: &'static str, text: &str, chars_max: usize) -> Result<String> {
    let text = text.replace("\r\n", "\n");
    let one_line = text.replace(['\n', '\t'], " ");
    check_text(field, &one_line, chars_max)?;
    Ok(text.trim().to_owned())
}

/// Reads an address, in lower case.
///
/// # Errors
/// `Invalid` on this field: `not_an_email`.
pub fn check_email(field: &'static str, text: &str) -> Result<String> {
    let email = stored::normal_email(text);
    if accounts::is_email(&email) {
        return Ok(email);
    }
    Err(Error::Invalid {
        field,
        problem: "not_an_email",
    })
}

/// Reads a day, `2026-11-23`.
///
/// # Errors
/// `Invalid` on this field: `not_a_day`.
pub fn check_day(field: &'static str, text: &str) -> Result<Day> {
    Day::from_iso(text).ok_or(Error::Invalid {
        field,
        problem: "not_a_day",
    })
}

/// Tidies a text that may be absent: nothing when it is blank.
///
/// # Errors
/// As [`check_text`], but `required`.
pub fn check_optional(
    field: &'static str,
    text: Option<&str>,
    chars_max: usize,
) -> Result<Option<String>> {
    match text.map(str::trim) {
        None | Some("") => Ok(None),
        Some(text) => check_text(field, text, chars_max).map(Some),
    }
}

/// Refuses a key that is not one of these.
///
/// # Errors
/// `Invalid` on this field: `unknown`.
pub fn check_key(field: &'static str, key: String, known: &[&str]) -> Result<String> {
    if known.contains(&key.as_str()) {
        Ok(key)
    } else {
        Err(Error::Invalid {
            field,
            problem: "unknown",
        })
    }
}

/// Reads a role's key.
///
/// # Errors
/// `Invalid` on this field: `unknown`.
pub fn check_role(field: &'static str, key: &str) -> Result<Role> {
    Role::from_key(key).ok_or(Error::Invalid {
        field,
        problem: "unknown",
    })
}

impl From<stored::HeldRole> for HeldRole {
    fn from(role: stored::HeldRole) -> Self {
        Self {
            role: role.role,
            body_id: role.body_id,
            body_title: role.body_title,
            chantier_id: role.chantier_id,
        }
    }
}
