//! The journal of administration, the latest act first.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::extract::{Query, Signed};
use super::super::problem::Problem;
use crate::app::App;
use crate::error::{Error, Result};
use crate::rules::rights::{act, may};
use crate::store::administration::{AdminAct, Subject, Wanted};

/// Acts on a page when no `limit` is given, and at most.
const PAGE: i64 = 50;
const PAGE_MAX: i64 = 200;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_journal))
}

/// What of the journal is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct JournalQuery {
    /// Only about this: `programme`, `chantier`, `region_unit`, `organisation`, `person`.
    subject: Option<String>,
    /// Only about this one.
    subject_id: Option<String>,
    /// Only acts before this rank: `next` of the page before.
    after: Option<i64>,
    /// At most so many: 50, up to 200.
    limit: Option<i64>,
}

/// A page of the journal.
#[derive(Debug, Serialize, ToSchema)]
struct AdminJournal {
    acts: Vec<AdminJournalAct>,
    /// Where the next page begins, if there is one.
    next: Option<i64>,
}

/// An act of administration.
#[derive(Debug, Serialize, ToSchema)]
struct AdminJournalAct {
    rank: i64,
    /// `invite`, `give_mandate`, `close_organisation`...
    act: String,
    /// Who did it, by name.
    by: Option<String>,
    subject: String,
    subject_id: String,
    /// What that is called today, if it still is.
    subject_name: Option<String>,
    /// What was done, in full.
    #[schema(value_type = Object)]
    details: serde_json::Value,
    created_at_ms: i64,
}

/// The journal of administration, the latest first.
#[utoipa::path(get, path = "/api/administration/journal", tag = "administration", params(JournalQuery),
    responses((status = 200, body = AdminJournal), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 422, body = Problem)))]
async fn get_journal(
    State(app): State<App>,
    Signed(me): Signed,
    Query(query): Query<JournalQuery>,
) -> Result<Json<AdminJournal>> {
    let invalid = |field, problem| Error::Invalid { field, problem };
    let subject = match query.subject.as_deref() {
        None | Some("") => None,
        Some(key) => Some(Subject::from_key(key).ok_or(invalid("subject", "unknown"))?),
    };
    let limit = query.limit.unwrap_or(PAGE);
    if !(1..=PAGE_MAX).contains(&limit) {
        return Err(invalid("limit", "out_of_range"));
    }
    let wanted = Wanted {
        subject,
        subject_id: query.subject_id.filter(|id| !id.is_empty()),
        before: query.after,
        limit: limit + 1,
    };
    let mut acts = app
        .store
        .admin_acts(&me.account_id, &wanted, may::<act::ManagePeople>)
        .await?;
    let asked = usize::try_from(limit).map_err(Error::internal)?;
    let more = acts.len() > asked;
    acts.truncate(asked);
    Ok(Json(AdminJournal {
        next: acts.last().filter(|_| more).map(|one| one.rank),
        acts: acts.into_iter().map(Into::into).collect(),
    }))
}

impl From<AdminAct> for AdminJournalAct {
    fn from(one: AdminAct) -> Self {
        Self {
            rank: one.rank,
            act: one.act,
            by: one.by,
            subject: one.subject_kind,
            subject_id: one.subject_id,
            subject_name: one.subject_name,
            details: serde_json::from_str(&one.details).unwrap_or_default(),
            created_at_ms: one.created_at_ms,
        }
    }
}
