//! The workspace as everyone may see it before signing in, and what an administrator
//! changes of it: name, introduction, colours, logo.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::entry::{check_paragraphs, check_text};
use super::extract::{Body, Signed, limited_bytes};
use super::problem::Problem;
use crate::app::App;
use crate::demo;
use crate::error::{Error, Result};
use crate::rules::contrast::{Color, is_readable};
use crate::rules::rights::{act, may};
use crate::store::directory::DemoAccount;
use crate::store::programme::{Face, FaceChanges};

/// Largest logo, in bytes.
const LOGO_BYTES_MAX: usize = 200_000;
/// Longest title, in characters.
const TITLE_CHARS_MAX: usize = 200;
/// Longest name, in characters.
const NAME_CHARS_MAX: usize = 120;
/// Longest introduction, in characters.
const INTRO_CHARS_MAX: usize = 4_000;

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_workspace))
        .routes(routes!(get_settings))
        .routes(routes!(patch_programme))
        .routes(routes!(get_logo, put_logo, delete_logo))
}

/// What is shown before anyone signs in.
#[derive(Debug, Serialize, ToSchema)]
struct Workspace {
    /// Whether the workspace was set up.
    ready: bool,
    /// The demonstration's accounts; null in a real workspace.
    demo: Option<Demo>,
    region_name: String,
    programme_code: String,
    programme_title: String,
    /// Where the logo is, if there is one.
    logo_url: Option<String>,
    /// The main colour, `#rrggbb`.
    accent: Option<String>,
    /// The second colour.
    second: Option<String>,
    version: i64,
}

/// How to sign in to the demonstration.
#[derive(Debug, Serialize, ToSchema)]
struct Demo {
    /// The password of everyone.
    password: &'static str,
    people: Vec<DemoPerson>,
}

/// Somebody of the demonstration.
#[derive(Debug, Serialize, ToSchema)]
struct DemoPerson {
    email: String,
    given_name: String,
    usual_name: String,
    /// The role that is shown.
    role: &'static str,
    /// The organisation's short name.
    organisation: Option<String>,
}

/// What an administrator may change.
#[derive(Debug, Serialize, ToSchema)]
struct Settings {
    region_name: String,
    title: String,
    /// Markdown.
    intro: String,
    accent: Option<String>,
    second: Option<String>,
    logo_url: Option<String>,
    version: i64,
}

/// Changes; what is left out stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
struct SettingsChanges {
    region_name: Option<String>,
    title: Option<String>,
    /// Markdown.
    intro: Option<String>,
    /// `#rrggbb`, readable on white (4.5:1); null for the default.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    accent: Option<Option<String>>,
    /// `#rrggbb`, readable on white (4.5:1); null for the default.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    second: Option<Option<String>>,
}

/// Tells null (`Some(None)`) from absent (`None`).
#[expect(clippy::option_option, reason = "null and absent say different things")]
fn given<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<Option<String>>, D::Error> {
    Option::<String>::deserialize(reader).map(Some)
}

/// What the sign-in page shows.
#[utoipa::path(get, path = "/api/workspace", tag = "workspace",
    responses((status = 200, body = Workspace)))]
async fn get_workspace(State(app): State<App>) -> Result<Json<Workspace>> {
    let Some(face) = app.store.face().await? else {
        return Ok(Json(Workspace::empty()));
    };
    let demo = if app.config.demo && face.is_demo {
        let people = app.store.demo_accounts(&demo::SIGN_IN).await?;
        Some(Demo {
            password: demo::PASSWORD,
            people: people.into_iter().map(Into::into).collect(),
        })
    } else {
        None
    };
    Ok(Json(Workspace {
        ready: true,
        demo,
        logo_url: logo_url(&face),
        region_name: face.region_name,
        programme_code: face.code,
        programme_title: face.title,
        accent: face.accent,
        second: face.second,
        version: face.version,
    }))
}

/// What an administrator may change, as it is.
#[utoipa::path(get, path = "/api/programme/settings", tag = "workspace",
    responses((status = 200, body = Settings), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn get_settings(State(app): State<App>, _me: Signed) -> Result<Json<Settings>> {
    let face = app.store.face().await?.ok_or(Error::NotFound)?;
    Ok(Json(face.into()))
}

/// Changes the programme's name, introduction and colours.
#[utoipa::path(patch, path = "/api/programme", tag = "workspace", request_body = SettingsChanges,
    responses((status = 200, body = Settings), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 422, body = Problem)))]
async fn patch_programme(
    State(app): State<App>,
    Signed(me): Signed,
    Body(form): Body<SettingsChanges>,
) -> Result<Json<Settings>> {
    let checked = |field, text: Option<String>, chars_max| {
        text.map(|text| check_text(field, &text, chars_max))
            .transpose()
    };
    let changes = FaceChanges {
        region_name: checked("region_name", form.region_name, NAME_CHARS_MAX)?,
        title: checked("title", form.title, TITLE_CHARS_MAX)?,
        intro: form
            .intro
            .map(|text| check_paragraphs("intro", &text, INTRO_CHARS_MAX))
            .transpose()?,
        accent: check_color("accent", form.accent)?,
        second: check_color("second", form.second)?,
    };
    app.store
        .change_face(&me.account_id, changes, may::<act::ManageProgramme>)
        .await?;
    let face = app.store.face().await?.ok_or(Error::NotFound)?;
    Ok(Json(face.into()))
}

/// The logo.
#[utoipa::path(get, path = "/api/programme/logo", tag = "workspace",
    responses((status = 200, content_type = "image/*"), (status = 304), (status = 404, body = Problem)))]
async fn get_logo(State(app): State<App>, headers: HeaderMap) -> Result<Response> {
    let logo = app.store.logo().await?;
    let tag = format!("\"logo-{}\"", logo.version);
    let same = headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|value| value.as_bytes() == tag.as_bytes());
    let kept = [
        (header::ETAG, tag),
        (header::CACHE_CONTROL, "public, no-cache".to_owned()),
    ];
    if same {
        return Ok((StatusCode::NOT_MODIFIED, kept).into_response());
    }
    let kind = [(header::CONTENT_TYPE, logo.media_type)];
    Ok((kept, kind, logo.bytes).into_response())
}

/// Sets the logo: a PNG, JPEG or WebP picture of at most 200 kB, as the request's body.
#[utoipa::path(put, path = "/api/programme/logo", tag = "workspace",
    request_body(content = Vec<u8>, content_type = "image/*"),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 413, body = Problem), (status = 422, body = Problem)))]
async fn put_logo(
    State(app): State<App>,
    Signed(me): Signed,
    request: Request,
) -> Result<StatusCode> {
    let bytes = limited_bytes(request, LOGO_BYTES_MAX).await?;
    let media_type = media_type(&bytes).ok_or(Error::Invalid {
        field: "logo",
        problem: "not_a_picture",
    })?;
    let logo = Some((bytes.to_vec(), media_type));
    app.store
        .set_logo(&me.account_id, logo, may::<act::ManageProgramme>)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes the logo.
#[utoipa::path(delete, path = "/api/programme/logo", tag = "workspace",
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn delete_logo(State(app): State<App>, Signed(me): Signed) -> Result<StatusCode> {
    app.store
        .set_logo(&me.account_id, None, may::<act::ManageProgramme>)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The picture's type by its first bytes; what a request says of itself proves nothing.
fn media_type(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        Some("image/png")
    } else if bytes.starts_with(b"\xff\xd8\xff") {
        Some("image/jpeg")
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        Some("image/webp")
    } else {
        None
    }
}

/// A colour that can be read on white, as text and behind white text.
#[expect(clippy::option_option, reason = "null and absent say different things")]
fn check_color(
    field: &'static str,
    given: Option<Option<String>>,
) -> Result<Option<Option<String>>> {
    let Some(Some(text)) = given else {
        return Ok(given);
    };
    let invalid = |problem| Error::Invalid { field, problem };
    let color = Color::from_hex(&text).ok_or(invalid("not_a_color"))?;
    if !is_readable(color, Color::WHITE) {
        return Err(invalid("low_contrast"));
    }
    Ok(Some(Some(text.to_ascii_lowercase())))
}

fn logo_url(face: &Face) -> Option<String> {
    face.has_logo
        .then(|| format!("/api/programme/logo?v={}", face.version))
}

impl Workspace {
    /// Before the set-up.
    fn empty() -> Self {
        Self {
            ready: false,
            demo: None,
            region_name: String::new(),
            programme_code: String::new(),
            programme_title: String::new(),
            logo_url: None,
            accent: None,
            second: None,
            version: 0,
        }
    }
}

impl From<DemoAccount> for DemoPerson {
    fn from(one: DemoAccount) -> Self {
        Self {
            email: one.email,
            given_name: one.given_name,
            usual_name: one.usual_name,
            role: one.role,
            organisation: one.organisation,
        }
    }
}

impl From<Face> for Settings {
    fn from(face: Face) -> Self {
        Self {
            logo_url: logo_url(&face),
            region_name: face.region_name,
            title: face.title,
            intro: face.intro,
            accent: face.accent,
            second: face.second,
            version: face.version,
        }
    }
}
