//! Merges (T29): asked for, read side by side, agreed to, declined, taken back, instructed.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, Path, Signed};
use super::problem::Problem;
use super::shapes::{MayNot, OrganisationRef, Person, all};
use super::sheet::SheetBody;
use super::texts::{invalid, line, optional};
use crate::app::App;
use crate::error::Result;
use crate::ids::{DocumentId, MergeId, ProposalId};
use crate::rules::merges::{self, PARTS_MAX, Request, survivor_after};
use crate::rules::rights::{Permit, Refusal, act, may};
use crate::rules::transitions::judge;
use crate::store::accounts::Identity;
use crate::store::merges::{
    MergeAct, MergeEnd, MergeHead as StoredHead, MergePage, MergePart, NewMerge,
};
use crate::store::projections::Projection;

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_awaiting, ask_merge))
        .routes(routes!(get_merge, cancel_merge))
        .routes(routes!(read_merge))
        .routes(routes!(agree_merge))
        .routes(routes!(decline_merge))
        .routes(routes!(instruct_merge))
        .routes(routes!(list_merges))
}

/// How long a motive may be, in characters.
const MOTIVE_CHARS: std::ops::RangeInclusive<usize> = 3..=2_000;
/// What a nudge about a merge says.
const ASKED: &str = "merge";

/// Proposals that are to become one.
#[derive(Debug, Deserialize, ToSchema)]
struct MergeRequest {
    /// The one that stays.
    survivor_id: String,
    /// The others: 1 to 5.
    proposal_ids: Vec<String>,
    /// Why, 3 to 2000 characters.
    motive: Option<String>,
}

/// Why it is declined, or instructed.
#[derive(Debug, Deserialize, ToSchema)]
struct MotiveRequest {
    /// 3 to 2000 characters; an instruction needs it.
    motive: Option<String>,
}

/// Merges, without the sheets.
#[derive(Debug, Serialize, ToSchema)]
struct Merges {
    merges: Vec<MergeHead>,
}

/// A merge without the sheets.
#[derive(Debug, Serialize, ToSchema)]
struct MergeHead {
    merge_id: String,
    survivor_id: String,
    motive: Option<String>,
    asked_by: Person,
    asked_at_ms: i64,
    /// The last day the owners may agree, as an ISO day.
    agree_until: String,
    closed_at_ms: Option<i64>,
    /// `done`, `declined`, `cancelled`, `lapsed`; null while it is asked for.
    outcome: Option<String>,
    /// Whether the steering committee instructed it.
    is_instructed: bool,
    /// Why it was instructed or declined.
    closing_motive: Option<String>,
    /// Its proposals, the survivor first.
    proposals: Vec<MergedProposal>,
}

/// A proposal of a merge, named.
#[derive(Debug, Serialize, ToSchema)]
struct MergedProposal {
    proposal_id: String,
    title: String,
    /// Whether an owner agreed for it.
    is_agreed: bool,
}

/// A merge with its proposals side by side.
#[derive(Debug, Serialize, ToSchema)]
struct Merge {
    merge: MergeHead,
    /// The stage of the survivor afterwards.
    stage_after: &'static str,
    /// Whether another round of the commission begins.
    begins_round: bool,
    /// When this person said that they read it; null before.
    read_at_ms: Option<i64>,
    /// Whether the owners' time is over.
    is_expired: bool,
    /// `read`, `agree`, `decline`, `cancel`, `instruct`.
    may: Vec<&'static str>,
    may_not: Vec<MayNot>,
    /// The survivor first.
    parts: Vec<Part>,
}

/// A proposal of it, whole.
#[derive(Debug, Serialize, ToSchema)]
struct Part {
    proposal_id: String,
    number: Option<String>,
    title: String,
    summary: String,
    stage: &'static str,
    phase: &'static str,
    round: i64,
    chantier_id: String,
    chantier_title: String,
    porteur: Option<OrganisationRef>,
    owners: Vec<Person>,
    contributors: Vec<Person>,
    open_thread_count: i64,
    sections: Vec<PartSection>,
    sheet: SheetBody,
    /// Whether this person leads it.
    is_own: bool,
    agreed_by: Option<Person>,
    agreed_at_ms: Option<i64>,
}

/// A rich-text section of it.
#[derive(Debug, Serialize, ToSchema)]
struct PartSection {
    key: String,
    /// Safe HTML.
    html: String,
    words: i64,
}

/// The merges that await this person.
#[utoipa::path(get, path = "/api/merges", tag = "merges",
    responses((status = 200, body = Merges), (status = 401, body = Problem)))]
async fn list_awaiting(State(app): State<App>, Signed(identity): Signed) -> Result<Json<Merges>> {
    let merges = all(app.store.awaiting_merges(&identity).await?);
    Ok(Json(Merges { merges }))
}

/// The merges of a proposal, the newest first.
#[utoipa::path(get, path = "/api/proposals/{proposal_id}/merges", tag = "merges",
    params(("proposal_id" = String, Path)),
    responses((status = 200, body = Merges), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
async fn list_merges(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(proposal_id): Path<String>,
) -> Result<Json<Merges>> {
    let proposal = ProposalId::from(proposal_id);
    let merges = app
        .store
        .merges_of(&identity, &proposal, may::<act::Read>)
        .await?;
    Ok(Json(Merges {
        merges: all(merges),
    }))
}

/// Asks that proposals become one. Each owner agrees for theirs within 15 days, once they have read them
/// side by side; so does who asks.
#[utoipa::path(post, path = "/api/merges", tag = "merges", request_body = MergeRequest,
    responses((status = 201, body = Merge), (status = 401, body = Problem),
        (status = 403, body = Problem, description = "T29: `merge_at_copil`, `merge_too_late`, `merge_elsewhere`..."),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn ask_merge(
    State(app): State<App>,
    Signed(identity): Signed,
    Body(request): Body<MergeRequest>,
) -> Result<(StatusCode, Json<Merge>)> {
    if request.proposal_ids.len() >= PARTS_MAX {
        return Err(invalid("proposal_ids", "too_many"));
    }
    let survivor = ProposalId::from(request.survivor_id);
    let others = request.proposal_ids.into_iter().map(ProposalId::from);
    let new = NewMerge {
        others: others.filter(|one| *one != survivor).collect(),
        survivor,
        motive: optional("motive", request.motive.as_deref(), &MOTIVE_CHARS)?,
    };
    let (merge, act) = app.store.ask_merge(&identity, &new, merges::ask).await?;
    tell(&app, act);
    Ok((
        StatusCode::CREATED,
        Json(page(&app, &identity, &merge).await?),
    ))
}

/// A merge with its proposals side by side.
#[utoipa::path(get, path = "/api/merges/{merge_id}", tag = "merges",
    params(("merge_id" = String, Path)),
    responses((status = 200, body = Merge), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
async fn get_merge(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(merge_id): Path<String>,
) -> Result<Json<Merge>> {
    Ok(Json(page(&app, &identity, &MergeId::from(merge_id)).await?))
}

/// Says that one has read the proposals side by side.
#[utoipa::path(post, path = "/api/merges/{merge_id}/readings", tag = "merges",
    params(("merge_id" = String, Path)),
    responses((status = 200, body = Merge), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn read_merge(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(merge_id): Path<String>,
) -> Result<Json<Merge>> {
    let merge = MergeId::from(merge_id);
    app.store
        .read_merge(&identity, &merge, merges::read)
        .await?;
    Ok(Json(page(&app, &identity, &merge).await?))
}

/// Agrees for the proposals this person leads. The last agreement makes the merge.
#[utoipa::path(post, path = "/api/merges/{merge_id}/agreements", tag = "merges",
    params(("merge_id" = String, Path)),
    responses((status = 200, body = Merge), (status = 401, body = Problem),
        (status = 403, body = Problem, description = "T29: `merge_unread`, `merge_expired`, `merge_at_copil`..."),
        (status = 404, body = Problem)))]
async fn agree_merge(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(merge_id): Path<String>,
) -> Result<Json<Merge>> {
    let merge = MergeId::from(merge_id);
    let act = app
        .store
        .agree_merge(&identity, &merge, merges::agree, judge)
        .await?;
    tell(&app, act);
    Ok(Json(page(&app, &identity, &merge).await?))
}

/// Does not agree: the merge ends.
#[utoipa::path(post, path = "/api/merges/{merge_id}/refusal", tag = "merges",
    params(("merge_id" = String, Path)), request_body = MotiveRequest,
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn decline_merge(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(merge_id): Path<String>,
    Body(request): Body<MotiveRequest>,
) -> Result<StatusCode> {
    let motive = optional("motive", request.motive.as_deref(), &MOTIVE_CHARS)?;
    let end = (MergeEnd::Declined, motive.as_deref());
    let merge = MergeId::from(merge_id);
    let act = app
        .store
        .end_merge(&identity, &merge, end, merges::decline)
        .await?;
    tell(&app, act);
    Ok(StatusCode::NO_CONTENT)
}

/// Takes back what one asked for.
#[utoipa::path(delete, path = "/api/merges/{merge_id}", tag = "merges",
    params(("merge_id" = String, Path)),
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
async fn cancel_merge(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(merge_id): Path<String>,
) -> Result<StatusCode> {
    let merge = MergeId::from(merge_id);
    let end = (MergeEnd::Cancelled, None);
    let act = app
        .store
        .end_merge(&identity, &merge, end, merges::cancel)
        .await?;
    tell(&app, act);
    Ok(StatusCode::NO_CONTENT)
}

/// The steering committee instructs it: it is made at once.
#[utoipa::path(post, path = "/api/merges/{merge_id}/instruction", tag = "merges",
    params(("merge_id" = String, Path)), request_body = MotiveRequest,
    responses((status = 200, body = Merge), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
async fn instruct_merge(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(merge_id): Path<String>,
    Body(request): Body<MotiveRequest>,
) -> Result<Json<Merge>> {
    let motive = request.motive.unwrap_or_default();
    let motive = line("motive", &motive, &MOTIVE_CHARS)?;
    let merge = MergeId::from(merge_id);
    let act = app
        .store
        .instruct_merge(&identity, &merge, &motive, merges::instruct, judge)
        .await?;
    tell(&app, act);
    Ok(Json(page(&app, &identity, &merge).await?))
}

/// Those who look at its proposals fetch them; of a merge that was made, everybody's rights changed.
fn tell(app: &App, act: MergeAct) {
    let MergeAct { documents, is_done } = act;
    app.finish(move |rooms| async move {
        for document in &documents {
            if is_done {
                rooms.rights_changed(document).await;
            } else {
                rooms.nudge(document, ASKED).await;
            }
        }
    });
}

async fn page(app: &App, who: &Identity, merge: &MergeId) -> Result<Merge> {
    let stored = app.store.merge(who, merge, may::<act::Read>).await?;
    let mut texts = Vec::new();
    for part in &stored.parts {
        let document = DocumentId::from(part.page.row.document_id.as_str());
        texts.push(app.work.ensure(&document).await?);
    }
    Ok(Merge::new(stored, texts))
}

/// What one may do about a merge.
const ACTS: [(&str, Judge); 5] = [
    ("read", merges::read),
    ("agree", merges::agree),
    ("decline", merges::decline),
    ("cancel", merges::cancel),
    ("instruct", merges::instruct),
];

/// A rule about a merge.
type Judge = fn(&Request) -> std::result::Result<Permit<act::Merge>, Refusal>;

impl Merge {
    fn new(stored: MergePage, texts: Vec<Projection>) -> Self {
        let survivor = stored.parts.first().map(|part| part.page.row.stage);
        let (stage, begins_round) =
            survivor.map_or((crate::rules::stage::Stage::Idea, false), survivor_after);
        let mut allowed = Vec::new();
        let mut may_not = Vec::new();
        for (action, rule) in ACTS {
            match rule(&stored.request) {
                Ok(_) => allowed.push(action),
                Err(refusal) => may_not.push(MayNot {
                    action,
                    rule: refusal.rule,
                    code: refusal.code,
                }),
            }
        }
        let parts = stored.parts.into_iter().zip(texts);
        Self {
            stage_after: stage.key(),
            begins_round,
            read_at_ms: stored.read_at_ms,
            is_expired: stored.request.is_expired,
            may: allowed,
            may_not,
            parts: parts.map(|(part, text)| Part::new(part, text)).collect(),
            merge: stored.head.into(),
        }
    }
}

impl Part {
    fn new(part: MergePart, text: Projection) -> Self {
        let (page, row) = (part.page, part.agreed);
        let sections = text.sections.into_iter().map(|section| PartSection {
            key: section.key,
            html: section.html,
            words: section.words,
        });
        let (agreed_by, agreed_at_ms) = row.unzip();
        Self {
            proposal_id: page.row.proposal_id,
            number: page.row.number,
            title: page.row.title,
            summary: page.row.summary,
            stage: page.row.stage.key(),
            phase: page.row.stage.phase().key(),
            round: page.row.round,
            chantier_id: page.row.chantier_id,
            chantier_title: page.chantier_title,
            porteur: page.porteur.map(Into::into),
            owners: all(page.owners),
            contributors: all(page.contributors),
            open_thread_count: part.open_thread_count,
            sections: sections.collect(),
            sheet: SheetBody::new(page.sheet, page.co_porteurs),
            is_own: part.is_own,
            agreed_by: agreed_by.map(Into::into),
            agreed_at_ms,
        }
    }
}

impl From<StoredHead> for MergeHead {
    fn from(head: StoredHead) -> Self {
        let proposals = head.proposals.into_iter();
        Self {
            merge_id: head.merge_id,
            survivor_id: head.survivor_id,
            motive: head.motive,
            asked_by: head.asked_by.into(),
            asked_at_ms: head.asked_at_ms,
            agree_until: head.agree_until.as_str().to_owned(),
            closed_at_ms: head.closed_at_ms,
            outcome: head.outcome,
            is_instructed: head.is_instructed,
            closing_motive: head.closing_motive,
            proposals: proposals
                .map(|(proposal_id, title, is_agreed)| MergedProposal {
                    proposal_id,
                    title,
                    is_agreed,
                })
                .collect(),
        }
    }
}
