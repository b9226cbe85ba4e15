//! A live document seen from outside its room: where its text stands, what one may do with it.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Path, Signed};
use super::problem::Problem;
use super::shapes::may_and_not;
use crate::app::App;
use crate::error::Result;
use crate::ids::DocumentId;
use crate::rules::rights::{Action, act, may};

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_document))
}

/// A live document.
#[derive(Debug, Serialize, ToSchema)]
struct Document {
    document_id: String,
    /// The proposal whose text it is.
    proposal_id: String,
    /// The last position of its log.
    head_seq: i64,
    /// Counts the changes of rights.
    epoch: i64,
    /// Its unbroken history; changes after a restore.
    lineage: String,
    /// The number of the editor's schema.
    schema: i64,
    may: Vec<&'static str>,
}

/// Where a document's text stands.
#[utoipa::path(get, path = "/api/documents/{document_id}", tag = "documents",
    params(("document_id" = String, Path)),
    responses((status = 200, body = Document), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
async fn get_document(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(document_id): Path<String>,
) -> Result<Json<Document>> {
    let page = app
        .store
        .document(
            &identity.account_id,
            &DocumentId::from(document_id.as_str()),
            may::<act::Read>,
        )
        .await?;
    let (may, _) = may_and_not(Action::ON_PROPOSAL, &page.facts);
    Ok(Json(Document {
        document_id,
        proposal_id: page.proposal_id,
        head_seq: page.head_seq,
        epoch: page.epoch,
        lineage: page.lineage,
        schema: page.schema_number,
        may,
    }))
}
