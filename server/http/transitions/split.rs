//! T30 as it is asked for and agreed to: what the proposal becomes, and where each row goes.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{HELD_READINGS, READINGS, done};
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::extract::{Path, Signed};
use crate::http::problem::Problem;
use crate::http::shapes::Person;
use crate::http::texts::{invalid, known, line};
use crate::ids::{DocumentId, ProposalId};
use crate::rules::rights::{act, may};
use crate::rules::splits::{CHILDREN, Fate, RowKind, RowRef};
use crate::rules::transitions::judge;
use crate::rules::wording::{SUMMARY_CHARS, TITLE_CHARS};
use crate::store::accounts::Identity;
use crate::store::splits;
use crate::store::transitions::{Ask, Child, Plan, SplitAsk, SplitRow};

/// How many rows a plan may name: more than the sheet holds.
const ROWS_MAX: usize = 1_000;
/// How long the motive of a dropped row may be, in characters.
const MOTIVE_CHARS: std::ops::RangeInclusive<usize> = 3..=500;

/// T30: what the proposal becomes.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct SplitRequest {
    /// 2 to 6 proposals.
    children: Vec<ChildRequest>,
    /// Every row of the budget, the funding plan, the requests and the jobs, once.
    rows: Vec<FateRequest>,
}

/// One of them.
#[derive(Debug, Deserialize, ToSchema)]
struct ChildRequest {
    /// 3 to 160 characters.
    title: String,
    /// 40 to 300 characters.
    summary: String,
    /// Its structure porteuse; the same when not given.
    porteur_id: Option<String>,
}

/// Where a row goes: to a child, or nowhere with a motive.
#[derive(Debug, Deserialize, ToSchema)]
struct FateRequest {
    /// `expense`, `funding`, `envelope_request`, `job_line`.
    kind: String,
    row_id: String,
    /// The row's version as it was read.
    version: i64,
    /// The child's place, from 0.
    child: Option<usize>,
    /// Dropped: why, 3 to 500 characters.
    motive: Option<String>,
}

/// What a split of a proposal is about.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SplitPage {
    /// The rows to allocate, as they stand.
    rows: Vec<RowToAllocate>,
    /// What awaits its second person.
    plan: Option<PlannedSplit>,
    /// What went nowhere, of a proposal that was split.
    dropped: Vec<DroppedRow>,
}

/// A row with amounts or jobs.
#[derive(Debug, Serialize, ToSchema)]
struct RowToAllocate {
    /// `expense`, `funding`, `envelope_request`, `job_line`.
    kind: &'static str,
    row_id: String,
    /// Send it back with the plan.
    version: i64,
    year: i64,
    /// What it is about: a label, a funder, an envelope, a kind of jobs.
    label: String,
    /// The account, the kind of funder, the nature of the jobs.
    detail: String,
    amount_cents: Option<i64>,
    posts: Option<i64>,
}

/// What somebody plans.
#[derive(Debug, Serialize, ToSchema)]
struct PlannedSplit {
    children: Vec<PlannedChild>,
    rows: Vec<PlannedRow>,
    /// Whether the rows changed since: it is to be planned anew.
    is_outdated: bool,
}

/// A proposal to come.
#[derive(Debug, Serialize, ToSchema)]
struct PlannedChild {
    title: String,
    summary: String,
    porteur_id: Option<String>,
}

/// Where a row would go.
#[derive(Debug, Serialize, ToSchema)]
struct PlannedRow {
    kind: &'static str,
    row_id: String,
    child: Option<usize>,
    motive: Option<String>,
}

/// A row that went nowhere, on purpose.
#[derive(Debug, Serialize, ToSchema)]
struct DroppedRow {
    /// `expense`, `funding`, `envelope_request`, `job_line`.
    kind: String,
    row_id: String,
    label: String,
    year: i64,
    amount_cents: Option<i64>,
    posts: Option<i64>,
    motive: String,
    dropped_by: Option<Person>,
    dropped_at_ms: i64,
}

/// What a split would allocate, what is planned, and what was dropped.
#[utoipa::path(get, path = "/api/proposals/{proposal_id}/split", tag = "proposals",
    params(("proposal_id" = String, Path)),
    responses((status = 200, body = SplitPage), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
pub(super) async fn get_split(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(proposal_id): Path<String>,
) -> Result<Json<SplitPage>> {
    let proposal = ProposalId::from(proposal_id);
    let page = app
        .store
        .split_page(&identity, &proposal, may::<act::Read>)
        .await?;
    Ok(Json(page.into()))
}

/// T30. The text is read at the head of its log, and the act holds only if it still stands there; where
/// people type without a pause their room holds them back for a moment.
pub(super) async fn make(
    app: &App,
    identity: &Identity,
    proposal: &ProposalId,
    mut ask: Ask,
) -> Result<DocumentId> {
    let document = app
        .store
        .document_of(&identity.account_id, proposal, may::<act::Read>)
        .await?;
    let plan = ask.split.take().and_then(|split| split.plan);
    let mut _hold = None;
    for reading in 1..=READINGS + HELD_READINGS {
        if reading > READINGS {
            _hold = app.rooms.hold(&document).await;
        }
        ask.split = Some(SplitAsk {
            plan: plan.clone(),
            text: Some(app.work.child_text(&document).await?),
            adopted: Vec::new(),
        });
        let outcome = app
            .store
            .transition(identity, proposal, &ask, None, judge)
            .await?;
        if let Some(document) = done(outcome)? {
            return Ok(document);
        }
    }
    Err(Error::Unavailable("the text does not stand still".into()))
}

impl SplitRequest {
    /// What is planned.
    ///
    /// # Errors
    /// `Invalid` with the field.
    pub(super) fn ask(self) -> Result<SplitAsk> {
        if !CHILDREN.contains(&self.children.len()) {
            return Err(invalid("children", "children_count"));
        }
        if self.rows.len() > ROWS_MAX {
            return Err(invalid("rows", "too_many_rows"));
        }
        let children = self.children.into_iter().map(ChildRequest::child);
        let mut rows: Vec<(RowRef, Fate)> = Vec::new();
        for one in self.rows {
            let (row, fate) = one.fate()?;
            let is_twice = rows
                .iter()
                .any(|(known, _)| known.kind == row.kind && known.row_id == row.row_id);
            if is_twice {
                return Err(invalid("rows", "row_twice"));
            }
            rows.push((row, fate));
        }
        Ok(SplitAsk {
            plan: Some(Plan {
                children: children.collect::<Result<_>>()?,
                rows,
            }),
            ..SplitAsk::default()
        })
    }
}

impl ChildRequest {
    fn child(self) -> Result<Child> {
        Ok(Child {
            title: line("title", &self.title, &TITLE_CHARS)?,
            summary: line("summary", &self.summary, &SUMMARY_CHARS)?,
            porteur: self.porteur_id.map(Into::into),
        })
    }
}

impl FateRequest {
    fn fate(self) -> Result<(RowRef, Fate)> {
        let keys: Vec<&'static str> = RowKind::ALL.iter().map(|kind| kind.key()).collect();
        let kind = known("rows", &self.kind, &keys)?;
        let kind = RowKind::from_key(kind).ok_or(invalid("rows", "unknown"))?;
        let fate = match (self.child, self.motive) {
            (Some(place), None) => Fate::Child(place),
            (None, Some(motive)) => Fate::Dropped(line("motive", &motive, &MOTIVE_CHARS)?),
            (Some(_), Some(_)) | (None, None) => return Err(invalid("rows", "child_or_motive")),
        };
        let row = RowRef {
            kind,
            row_id: self.row_id,
            version: self.version,
        };
        Ok((row, fate))
    }
}

impl From<splits::SplitPage> for SplitPage {
    fn from(page: splits::SplitPage) -> Self {
        let is_outdated = page.is_outdated;
        Self {
            rows: page.rows.into_iter().map(RowToAllocate::from).collect(),
            plan: page.plan.map(|plan| PlannedSplit::new(plan, is_outdated)),
            dropped: page.dropped.into_iter().map(DroppedRow::from).collect(),
        }
    }
}

impl From<SplitRow> for RowToAllocate {
    fn from(one: SplitRow) -> Self {
        Self {
            kind: one.row.kind.key(),
            row_id: one.row.row_id,
            version: one.row.version,
            year: one.year,
            label: one.label,
            detail: one.detail,
            amount_cents: one.cents,
            posts: one.posts,
        }
    }
}

impl PlannedSplit {
    fn new(plan: Plan, is_outdated: bool) -> Self {
        let children = plan.children.into_iter().map(|child| PlannedChild {
            title: child.title,
            summary: child.summary,
            porteur_id: child.porteur.map(|id| id.as_str().to_owned()),
        });
        let rows = plan.rows.into_iter().map(|(row, fate)| {
            let (child, motive) = match fate {
                Fate::Child(place) => (Some(place), None),
                Fate::Dropped(motive) => (None, Some(motive)),
            };
            PlannedRow {
                kind: row.kind.key(),
                row_id: row.row_id,
                child,
                motive,
            }
        });
        Self {
            children: children.collect(),
            rows: rows.collect(),
            is_outdated,
        }
    }
}

impl From<splits::DroppedRow> for DroppedRow {
    fn from(one: splits::DroppedRow) -> Self {
        Self {
            kind: one.kind,
            row_id: one.row_id,
            label: one.label,
            year: one.year,
            amount_cents: one.cents,
            posts: one.posts,
            motive: one.motive,
            dropped_by: one.dropped_by.map(Into::into),
            dropped_at_ms: one.dropped_at_ms,
        }
    }
}
