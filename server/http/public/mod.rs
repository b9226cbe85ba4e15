//! For anybody, without signing in: what the Region decided, with its version and proof; and what is on its way in the
//! chantiers that chose to show it. No person's name (`domain.md` section 4, invariant 14).

mod page;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Path, Query};
use super::problem::Problem;
use super::security::policy_of_page;
use super::texts::invalid;
use super::unchanged::unless_known;
use crate::app::App;
use crate::error::{Error, Result};
use crate::proof::canonical;
use crate::render::masking::{announced, masked, spellings};
use crate::render::version_page::STYLE;
use crate::store::region::public::PublicFiles;
use crate::store::region::public_lists::{PublicCard, PublicCursor, UpcomingCard};
use page::{ActionPublic, ChantierPublic};

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_public_actions))
        .routes(routes!(get_public_action))
        .routes(routes!(get_public_file))
        .routes(routes!(list_public_proposals))
}

/// How long a cache may keep an answer, in seconds.
const KEPT: HeaderValue = HeaderValue::from_static("public, max-age=60");
/// Cards on a page when no `limit` is given, and at most.
const PAGE: i64 = 30;
const PAGE_MAX: i64 = 100;

/// Which decided proposals, and from where.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Of this chantier only.
    chantier: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
    /// 1 to 100; 30 when left out.
    limit: Option<i64>,
}

/// What the Region decided, the newest first.
#[derive(Debug, Serialize, ToSchema)]
struct ActionList {
    actions: Vec<ActionCard>,
    /// Send it back as `cursor` for the next page; null on the last.
    next_cursor: Option<String>,
}

/// A decided proposal in the list.
#[derive(Debug, Serialize, ToSchema)]
struct ActionCard {
    /// As an action, else as a proposal: its address.
    number: String,
    title: String,
    summary: String,
    stage: &'static str,
    chantier: ChantierPublic,
    /// The organisation that bears it.
    porteur: Option<String>,
    /// `approved`, `approved_with_conditions`, `rejected`.
    value: String,
    /// An ISO day.
    decided_on: String,
    decided_cents: i64,
}

/// What is on its way in the chantiers that show it.
#[derive(Debug, Serialize, ToSchema)]
struct UpcomingList {
    proposals: Vec<Upcoming>,
}

/// A proposal on its way: nothing more of it is public.
#[derive(Debug, Serialize, ToSchema)]
struct Upcoming {
    title: String,
    chantier: ChantierPublic,
    stage: &'static str,
    /// The next day it is heard, as an ISO day.
    next_on: Option<String>,
}

/// Lists what the Region decided.
#[utoipa::path(get, path = "/api/public/actions", tag = "public", params(ListQuery),
    responses((status = 200, body = ActionList), (status = 422, body = Problem)))]
async fn list_public_actions(
    State(app): State<App>,
    headers: HeaderMap,
    Query(query): Query<ListQuery>,
) -> Result<Response> {
    let limit = query.limit.unwrap_or(PAGE);
    if !(1..=PAGE_MAX).contains(&limit) {
        return Err(invalid("limit", "out_of_range"));
    }
    let after = query.cursor.as_deref().map(cursor).transpose()?;
    let chantier = query.chantier.as_deref();
    let page = app
        .store
        .public_cards(chantier, after.as_ref(), limit)
        .await?;
    let next = page
        .next
        .map(|at| format!("{}~{}", at.decided_on, at.decision_id));
    let list = ActionList {
        actions: page.cards.into_iter().map(Into::into).collect(),
        next_cursor: next,
    };
    kept(&headers, &list)
}

/// A decided proposal: what was decided, on which version, with which proof.
#[utoipa::path(get, path = "/api/public/actions/{number}", tag = "public",
    params(("number" = String, Path, description = "its number as an action or as a proposal")),
    responses((status = 200, body = ActionPublic), (status = 404, body = Problem)))]
async fn get_public_action(
    State(app): State<App>,
    headers: HeaderMap,
    Path(number): Path<String>,
) -> Result<Response> {
    let action = app.store.public_action(&number).await?;
    let is_whole = match &action.version {
        Some(_) => is_whole(&app.store.public_files(&number).await?),
        None => false,
    };
    kept(&headers, &ActionPublic::new(action, is_whole))
}

/// What belongs to the decided version: `version.html`, the readable page, names covered; `seal.json`, what was signed
/// and its signature; `version.json`, the signed file, where no name is in it.
#[utoipa::path(get, path = "/api/public/actions/{number}/{file}", tag = "public",
    params(("number" = String, Path), ("file" = String, Path, description = "`version.html`, `seal.json`, `version.json`")),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>),
        (status = 404, body = Problem)))]
async fn get_public_file(
    State(app): State<App>,
    Path((number, name)): Path<(String, String)>,
) -> Result<Response> {
    let files = match name.as_str() {
        "version.html" | "seal.json" | "version.json" => app.store.public_files(&number).await?,
        _ => return Err(Error::NotFound),
    };
    let (kind, body) = match name.as_str() {
        "version.html" => ("text/html; charset=utf-8", page(&files).into_bytes()),
        "version.json" if is_whole(&files) => ("application/json", files.file),
        "seal.json" => ("application/json", seal(&files.file)?.into_bytes()),
        _ => return Err(Error::NotFound),
    };
    let mut answer = ([(header::CONTENT_TYPE, kind)], body).into_response();
    let headers = answer.headers_mut();
    headers.insert(header::CACHE_CONTROL, KEPT);
    if name == "version.html" {
        let policy = HeaderValue::try_from(policy_of_page(STYLE)).map_err(Error::internal)?;
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    } else {
        let saved = format!("attachment; filename=\"{name}\"");
        let saved = HeaderValue::try_from(saved).map_err(Error::internal)?;
        headers.insert(header::CONTENT_DISPOSITION, saved);
    }
    Ok(answer)
}

/// Lists what is on its way in the chantiers that chose to show it.
#[utoipa::path(get, path = "/api/public/proposals", tag = "public",
    responses((status = 200, body = UpcomingList)))]
async fn list_public_proposals(State(app): State<App>, headers: HeaderMap) -> Result<Response> {
    let cards = app.store.upcoming_cards().await?;
    let proposals = cards.into_iter().map(Into::into).collect();
    kept(&headers, &UpcomingList { proposals })
}

/// The body with its tag, for caches.
fn kept<T: Serialize>(asked: &HeaderMap, body: &T) -> Result<Response> {
    let mut answer = unless_known(asked, body)?;
    answer.headers_mut().insert(header::CACHE_CONTROL, KEPT);
    Ok(answer)
}

/// Every name that the public does not read: of who is tied to the proposal, and the porteur's contact.
fn names(files: &PublicFiles) -> Vec<String> {
    let people = files.people.iter();
    let mut names: Vec<String> = people
        .flat_map(|(given, usual)| spellings(given, usual))
        .collect();
    let file: Value = serde_json::from_slice(&files.file).unwrap_or_default();
    let own = &file["content"]["sheet"]["proposal"];
    let contact = own[0]["contact_name"]
        .as_str()
        .or(own["contact_name"].as_str());
    names.extend(contact.map(ToOwned::to_owned));
    names
}

/// Whether the signed file names nobody: it can then be read as it is.
fn is_whole(files: &PublicFiles) -> bool {
    let text = String::from_utf8_lossy(&files.file);
    masked(&text, &names(files), false) == text
}

/// The readable page, names covered.
fn page(files: &PublicFiles) -> String {
    let whole = String::from_utf8_lossy(&files.page);
    let covered = masked(&whole, &names(files), true);
    if covered == whole {
        covered
    } else {
        announced(&covered)
    }
}

/// The proof of a signed file without its content: what was signed, byte for byte, and the signature.
fn seal(file: &[u8]) -> Result<String> {
    let file: Value = serde_json::from_slice(file).map_err(Error::internal)?;
    Ok(canonical::json(&file["proof"]))
}

fn cursor(text: &str) -> Result<PublicCursor> {
    let parts = text.split_once('~').ok_or(invalid("cursor", "unknown"))?;
    Ok(PublicCursor {
        decided_on: parts.0.to_owned(),
        decision_id: parts.1.to_owned(),
    })
}

impl From<PublicCard> for ActionCard {
    fn from(card: PublicCard) -> Self {
        Self {
            number: card.number,
            title: card.title,
            summary: card.summary,
            stage: card.stage.key(),
            chantier: card.chantier.into(),
            porteur: card.porteur,
            value: card.value,
            decided_on: card.decided_on,
            decided_cents: card.decided_cents,
        }
    }
}

impl From<UpcomingCard> for Upcoming {
    fn from(card: UpcomingCard) -> Self {
        Self {
            title: card.title,
            chantier: card.chantier.into(),
            stage: card.stage.key(),
            next_on: card.next_on.map(|day| day.as_str().to_owned()),
        }
    }
}
