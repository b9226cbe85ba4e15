//! Edits that came too late, for their author alone: what waits for a decision, what it would
//! change, and setting it aside for good.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Path, Signed, is_id};
use super::problem::Problem;
use crate::app::App;
use crate::error::{Error, Result};
use crate::ids::{AccountId, DocumentId, LateContributionId};
use crate::rules::rights::{act, may};
use crate::store::late::LateContribution;
use crate::text::difference::{Part, SectionDifference, count};

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_late))
        .routes(routes!(get_late))
        .routes(routes!(discard_late))
}

/// One's own late edits in a document.
#[derive(Debug, Serialize, ToSchema)]
struct LateContributions {
    contributions: Vec<Contribution>,
}

/// Late edits that wait for their author's decision.
#[derive(Debug, Serialize, ToSchema)]
struct Contribution {
    contribution_id: String,
    /// When the first came.
    created_at_ms: i64,
    /// When the last came.
    updated_at_ms: i64,
    /// The position of the text's log they build on.
    base_seq: i64,
}

/// What late edits would change.
#[derive(Debug, Serialize, ToSchema)]
struct Difference {
    contribution_id: String,
    created_at_ms: i64,
    updated_at_ms: i64,
    base_seq: i64,
    /// How many changes there are; what is replaced at one place is one.
    changes: usize,
    /// The sections that change, in the order of the sheet.
    sections: Vec<ChangedSection>,
}

/// What changes in one section.
#[derive(Debug, Serialize, ToSchema)]
struct ChangedSection {
    /// `context`, `description`...
    key: &'static str,
    /// Its plain text before.
    before: String,
    /// The changed passages; empty when only the setting (bold, headings...) changes.
    passages: Vec<ChangedPassage>,
}

/// A changed passage, with some of the text around it.
#[derive(Debug, Serialize, ToSchema)]
struct ChangedPassage {
    parts: Vec<PassagePart>,
}

/// A run of text in a passage.
#[derive(Debug, Serialize, ToSchema)]
struct PassagePart {
    /// `kept`, `inserted`, `deleted`.
    kind: &'static str,
    text: String,
}

/// One's own late edits that wait for a decision, the oldest first.
#[utoipa::path(get, path = "/api/documents/{document_id}/late-contributions", tag = "documents",
    params(("document_id" = String, Path)),
    responses((status = 200, body = LateContributions), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
async fn list_late(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(document_id): Path<String>,
) -> Result<Json<LateContributions>> {
    let document = DocumentId::from(document_id);
    readable(&app, &identity.account_id, &document).await?;
    let waiting = app
        .store
        .late_contributions(&document, &identity.account_id)
        .await?;
    let mut contributions = Vec::new();
    for one in waiting {
        let (one, updates) = app
            .store
            .late_contribution(&document, &identity.account_id, &one.id)
            .await?;
        if !app.work.late_arrived(&document, &one, &updates).await? {
            contributions.push(one.into());
        }
    }
    Ok(Json(LateContributions { contributions }))
}

/// What late edits of one's own would change.
#[utoipa::path(get,
    path = "/api/documents/{document_id}/late-contributions/{contribution_id}", tag = "documents",
    params(("document_id" = String, Path), ("contribution_id" = String, Path)),
    responses((status = 200, body = Difference), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
async fn get_late(
    State(app): State<App>,
    Signed(identity): Signed,
    Path((document_id, contribution_id)): Path<(String, String)>,
) -> Result<Json<Difference>> {
    let document = DocumentId::from(document_id);
    readable(&app, &identity.account_id, &document).await?;
    let id = contribution_named(contribution_id)?;
    let (one, updates) = app
        .store
        .late_contribution(&document, &identity.account_id, &id)
        .await?;
    if app.work.late_arrived(&document, &one, &updates).await? {
        return Err(Error::NotFound);
    }
    let sections = app.work.late_difference(&document, &one, updates).await?;
    Ok(Json(Difference {
        contribution_id: one.id.to_string(),
        created_at_ms: one.created_at_ms,
        updated_at_ms: one.updated_at_ms,
        base_seq: one.base_seq,
        changes: count(&sections),
        sections: sections.into_iter().map(Into::into).collect(),
    }))
}

/// Sets late edits of one's own aside for good: shown no longer, deleted after 30 days.
#[utoipa::path(post,
    path = "/api/documents/{document_id}/late-contributions/{contribution_id}/discard",
    tag = "documents",
    params(("document_id" = String, Path), ("contribution_id" = String, Path)),
    responses((status = 204), (status = 401, body = Problem), (status = 404, body = Problem)))]
async fn discard_late(
    State(app): State<App>,
    Signed(identity): Signed,
    Path((document_id, contribution_id)): Path<(String, String)>,
) -> Result<StatusCode> {
    let document = DocumentId::from(document_id);
    readable(&app, &identity.account_id, &document).await?;
    app.store
        .discard_late(
            &document,
            &identity.account_id,
            &contribution_named(contribution_id)?,
        )
        .await?;
    let author = identity.account_id;
    app.finish(|rooms| async move { rooms.late_decided(&document, &author).await });
    Ok(StatusCode::NO_CONTENT)
}

/// The database is asked about nothing that cannot be an id.
fn contribution_named(id: String) -> Result<LateContributionId> {
    if is_id(&id) {
        Ok(id.into())
    } else {
        Err(Error::NotFound)
    }
}

/// The difference shows the text around it: only for who may read it today.
async fn readable(app: &App, account: &AccountId, document: &DocumentId) -> Result<()> {
    if !is_id(document.as_str()) {
        return Err(Error::NotFound);
    }
    let facts = app.store.document_facts(account, document).await?;
    may::<act::Read>(&facts).map_err(|_| Error::NotFound)?;
    Ok(())
}

impl From<LateContribution> for Contribution {
    fn from(one: LateContribution) -> Self {
        Self {
            contribution_id: one.id.to_string(),
            created_at_ms: one.created_at_ms,
            updated_at_ms: one.updated_at_ms,
            base_seq: one.base_seq,
        }
    }
}

impl From<SectionDifference> for ChangedSection {
    fn from(section: SectionDifference) -> Self {
        let part = |part| {
            let (kind, text) = match part {
                Part::Kept(text) => ("kept", text),
                Part::Inserted(text) => ("inserted", text),
                Part::Deleted(text) => ("deleted", text),
            };
            PassagePart { kind, text }
        };
        let passage = |parts: Vec<Part>| ChangedPassage {
            parts: parts.into_iter().map(part).collect(),
        };
        Self {
            key: section.key,
            before: section.before,
            passages: section.passages.into_iter().map(passage).collect(),
        }
    }
}
