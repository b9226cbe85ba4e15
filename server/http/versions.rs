//! Sealed versions: their list, each as a signed file and as a page, the dossier, the journal, and
//! what anybody may ask to verify one.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Path, Signed};
use super::problem::Problem;
use super::security::{base64, policy_of_page};
use super::shapes::Person;
use crate::app::App;
use crate::error::{Error, Result};
use crate::ids::{ProposalId, VersionId};
use crate::proof::{hex, sha256, unhex};
use crate::render::version_page::STYLE;
use crate::rules::rights::{act, may};
use crate::store::journal::{Act, JournalRow};
use crate::store::refs::PersonRef;
use crate::store::versions::VersionRow;
use crate::work::dossier;

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_versions))
        .routes(routes!(get_version))
        .routes(routes!(get_dossier))
        .routes(routes!(list_journal))
        .routes(routes!(list_keys))
        .routes(routes!(verify_content))
}

/// A version of a proposal.
#[derive(Debug, Serialize, ToSchema)]
struct Version {
    version_id: String,
    proposal_id: String,
    /// Its place among the proposal's versions, from 1.
    rank: i64,
    /// `deposit`, `freeze`, `opinion`, `decision`, `completion`.
    reason: String,
    round: i64,
    /// The title then.
    title: String,
    /// The place of the text's log it holds.
    document_seq: i64,
    opened_at_ms: i64,
    /// Who opened it.
    person: Option<Person>,
    /// Null while it is being sealed.
    sealed_at_ms: Option<i64>,
    /// SHA-256 of its canonical content, in hexadecimal; null while it is being sealed.
    content_sha256: Option<String>,
    key_id: Option<String>,
}

/// The versions of a proposal, the first first.
#[derive(Debug, Serialize, ToSchema)]
struct Versions {
    versions: Vec<Version>,
}

/// A row of the journal.
#[derive(Debug, Serialize, ToSchema)]
struct JournalAct {
    rank: i64,
    /// A transition's number, `invite`, `uninvite`, `rename`, `restore`, `sealed`.
    act: String,
    person: Option<Person>,
    /// The role in which they acted.
    capacity: Option<String>,
    from_stage: Option<String>,
    to_stage: Option<String>,
    note: Option<String>,
    /// Free text, unless erased.
    text: Option<String>,
    text_erased: bool,
    /// Facts, as JSON.
    details: Option<String>,
    version_id: Option<String>,
    document_seq: Option<i64>,
    created_at_ms: i64,
    /// The hash of the row, which covers the hash of the row before.
    hash: String,
}

/// The journal of a proposal, the first act first.
#[derive(Debug, Serialize, ToSchema)]
struct Journal {
    acts: Vec<JournalAct>,
}

/// What is known of a content.
#[derive(Debug, Serialize, ToSchema)]
struct Verification {
    /// Whether a version with this content was sealed here.
    known: bool,
    /// Each time one was.
    seals: Vec<SealKnown>,
}

/// A seal, told to anybody: nothing that says of which proposal.
#[derive(Debug, Serialize, ToSchema)]
struct SealKnown {
    sealed_at_ms: i64,
    reason: String,
    round: i64,
    key_id: String,
}

/// Lists the versions of a proposal.
#[utoipa::path(get, path = "/api/proposals/{proposal_id}/versions", tag = "versions",
    params(("proposal_id" = String, Path)),
    responses((status = 200, body = Versions), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
async fn list_versions(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(proposal_id): Path<String>,
) -> Result<Json<Versions>> {
    let proposal = ProposalId::from(proposal_id);
    let list = app
        .store
        .versions_for(&identity.account_id, &proposal, may::<act::Read>)
        .await?;
    let version = |row| Version::new(row, &list.people);
    let versions = list.versions.into_iter().map(version).collect();
    Ok(Json(Versions { versions }))
}

/// A version: about it as JSON; with `.json` behind its id the signed file, with `.html` the
/// readable page. Both are the same bytes for ever.
#[utoipa::path(get, path = "/api/versions/{version_id}", tag = "versions",
    params(("version_id" = String, Path, description = "its id, then nothing, `.json` or `.html`")),
    responses((status = 200, body = Version), (status = 401, body = Problem),
        (status = 404, body = Problem, description = "also for a file before the version is sealed")))]
async fn get_version(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(named): Path<String>,
) -> Result<Response> {
    let account = &identity.account_id;
    let Some((id, name)) = named.split_once('.') else {
        let version = VersionId::from(named);
        let found = app.store.version_for(account, &version, may::<act::Read>);
        let (row, people) = found.await?;
        return Ok(Json(Version::new(row, &people)).into_response());
    };
    let version = VersionId::from(id);
    let kind = match name {
        "json" => "application/json",
        "html" => "text/html; charset=utf-8",
        _ => return Err(Error::NotFound),
    };
    let found = app
        .store
        .version_file_for(account, &version, name, may::<act::Read>);
    let (row, body) = found.await?;
    let mut headers = vec![
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
    ];
    if name == "html" {
        headers.push((header::CONTENT_SECURITY_POLICY, policy_of_page(STYLE)));
    } else {
        let file = format!("attachment; filename=\"version-{}.json\"", row.rank);
        headers.push((header::CONTENT_DISPOSITION, file));
        headers.push((
            header::HeaderName::from_static("content-digest"),
            format!("sha-256=:{}:", base64(&sha256(&body))),
        ));
    }
    Ok((axum::response::AppendHeaders(headers), body).into_response())
}

/// Everything that proves a proposal's life, as one ZIP to be verified offline.
#[utoipa::path(get, path = "/api/proposals/{proposal_id}/dossier.zip", tag = "versions",
    params(("proposal_id" = String, Path)),
    responses((status = 200, content_type = "application/zip", body = Vec<u8>),
        (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn get_dossier(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(proposal_id): Path<String>,
) -> Result<Response> {
    let proposal = ProposalId::from(proposal_id);
    let source = app
        .store
        .dossier_for(&identity.account_id, &proposal, may::<act::Read>)
        .await?;
    let name = source
        .number
        .clone()
        .unwrap_or_else(|| "dossier".to_owned());
    let body = app.work.dossier(&proposal, source).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/zip".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}.zip\""),
        ),
    ];
    Ok((headers, body).into_response())
}

/// Every act on a proposal, in the order of the journal.
#[utoipa::path(get, path = "/api/proposals/{proposal_id}/journal", tag = "versions",
    params(("proposal_id" = String, Path)),
    responses((status = 200, body = Journal), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
async fn list_journal(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(proposal_id): Path<String>,
) -> Result<Json<Journal>> {
    let proposal = ProposalId::from(proposal_id);
    let (acts, rows) = app
        .store
        .journal_for(&identity.account_id, &proposal, may::<act::Read>)
        .await?;
    let act = |(act, row): (Act, JournalRow)| JournalAct::new(act, &row.hash);
    let acts = acts.into_iter().zip(rows).map(act).collect();
    Ok(Json(Journal { acts }))
}

/// The public keys that sign and have signed: for anybody. The same bytes as a dossier's
/// `keys.json`, to be saved and given to `chantier verify --key`.
#[utoipa::path(get, path = "/api/verification/keys", tag = "versions",
    responses((status = 200, content_type = "application/json", body = Vec<u8>)))]
async fn list_keys(State(app): State<App>) -> Result<Response> {
    let keys = dossier::keys(&app.store.known_keys().await?);
    Ok(([(header::CONTENT_TYPE, "application/json")], keys).into_response())
}

/// Whether a version with this content was sealed here: for anybody.
#[utoipa::path(get, path = "/api/verification/{sha256}", tag = "versions",
    params(("sha256" = String, Path, description = "SHA-256 of the canonical content")),
    responses((status = 200, body = Verification), (status = 422, body = Problem)))]
async fn verify_content(
    State(app): State<App>,
    Path(named): Path<String>,
) -> Result<Json<Verification>> {
    let named = named.to_lowercase();
    if unhex(&named).is_none_or(|bytes| bytes.len() != 32) {
        return Err(Error::Invalid {
            field: "sha256",
            problem: "malformed",
        });
    }
    let seals: Vec<SealKnown> = app
        .store
        .known_seals(&named)
        .await?
        .into_iter()
        .map(|seal| SealKnown {
            sealed_at_ms: seal.sealed_at_ms,
            reason: seal.reason,
            round: seal.round,
            key_id: seal.key_id,
        })
        .collect();
    let known = !seals.is_empty();
    Ok(Json(Verification { known, seals }))
}

impl Version {
    fn new(row: VersionRow, people: &[PersonRef]) -> Self {
        let by = people
            .iter()
            .find(|one| Some(&one.person_id) == row.opened_by.as_ref());
        Self {
            person: by.cloned().map(Into::into),
            version_id: row.version_id.as_str().to_owned(),
            proposal_id: row.proposal_id.as_str().to_owned(),
            rank: row.rank,
            reason: row.reason,
            round: row.round,
            title: row.title,
            document_seq: row.document_seq,
            opened_at_ms: row.opened_at_ms,
            sealed_at_ms: row.sealed_at_ms,
            content_sha256: row.content_sha256,
            key_id: row.key_id,
        }
    }
}

impl JournalAct {
    fn new(act: Act, hash: &[u8]) -> Self {
        Self {
            rank: act.rank,
            act: act.act,
            person: act.person.map(Into::into),
            capacity: act.capacity,
            from_stage: act.from_stage,
            to_stage: act.to_stage,
            note: act.note,
            text: act.text,
            text_erased: act.is_text_erased,
            details: act.details,
            version_id: act.version_id,
            document_seq: act.document_seq,
            created_at_ms: act.created_at_ms,
            hash: hex(hash),
        }
    }
}
