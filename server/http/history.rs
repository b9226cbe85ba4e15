//! How a text came about: its points in time, the text as it was at each, and bringing an
//! earlier one back as a new modification.

use std::collections::{BTreeSet, HashMap};

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, Path, Query, Signed};
use super::problem::Problem;
use super::shapes::{MayNot, Person, may_and_not};
use crate::app::App;
use crate::error::{Error, Result};
use crate::ids::{AccountId, DocumentId};
use crate::live::schema;
use crate::rules::rights::{Action, Facts, act, may};
use crate::store::points::{DELETION_SHOWN_MS, HistoryPage, PointAuthor};
use crate::work::past::ComparedSection;
use crate::work::restoration::{Granted, Wish};

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_history))
        .routes(routes!(get_past_text))
        .routes(routes!(restore_text))
}

/// Points on a page when no `limit` is given, and at most.
const PAGE: i64 = 60;
const PAGE_AT_MOST: i64 = 200;

/// The history of a text, newest first.
#[derive(Debug, Serialize, ToSchema)]
struct TextHistory {
    document_id: String,
    /// The last position of the log.
    head_seq: i64,
    points: Vec<HistoryPoint>,
    /// Send it back as `before` for older points.
    next_cursor: Option<i64>,
    /// Whether a part of the history or of the text could not be read back.
    damaged: bool,
    may: Vec<&'static str>,
    may_not: Vec<MayNot>,
}

/// A point in the history of a text.
#[derive(Debug, Serialize, ToSchema)]
struct HistoryPoint {
    /// The text of this point is the text at this position.
    seq: i64,
    /// The first position of its stretch: the text before it is at `from_seq - 1`.
    from_seq: i64,
    /// `edits`, `restoration`, `deletion`, `stage` or `damaged`.
    kind: &'static str,
    started_at_ms: i64,
    ended_at_ms: i64,
    added_chars: i64,
    removed_chars: i64,
    /// Who wrote or acted, the most first, with the organisation they acted for then.
    people: Vec<Person>,
    /// `restoration`: the position whose text was brought back.
    restored_seq: Option<i64>,
    /// `stage`: the transition's number, and where it led.
    act: Option<String>,
    from_stage: Option<String>,
    to_stage: Option<String>,
}

/// Which points.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Only points before this position: `next_cursor` of the page before.
    before: Option<i64>,
    /// How many at most, up to 200.
    limit: Option<i64>,
}

/// The text as it was.
#[derive(Debug, Serialize, ToSchema)]
struct PastText {
    seq: i64,
    /// What the marks compare with; 0 is the empty text.
    since_seq: i64,
    head_seq: i64,
    sections: Vec<PastSection>,
    /// Whether a part of it could not be read back.
    damaged: bool,
}

/// A section as it was.
#[derive(Debug, Serialize, ToSchema)]
struct PastSection {
    key: String,
    /// Safe HTML; what came since `since_seq` stands in `ins`, what went in `del`.
    html: String,
    plain: String,
    words: i64,
    /// Whether it differs from the text at `since_seq`.
    changed: bool,
    /// Whether it differs from the text of now.
    differs: bool,
}

/// What to compare with.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Since {
    /// The marks compare with the text at this position; the point before when not given.
    since: Option<i64>,
}

/// An earlier text asked back.
#[derive(Debug, Deserialize, ToSchema)]
struct RestorationRequest {
    /// The position whose text to bring back.
    to_seq: i64,
    /// Which sections; all that differ when not given.
    sections: Option<Vec<String>>,
    /// The `head_seq` of the history as it was read: what others wrote since stays.
    expected_seq: i64,
}

/// An earlier text brought back.
#[derive(Debug, Serialize, ToSchema)]
struct RestorationDone {
    /// The position of the modification; null when the text read like that already.
    seq: Option<i64>,
    /// Restoring this position takes it back.
    undo_seq: i64,
}

async fn readable(app: &App, account: &AccountId, document: &DocumentId) -> Result<Facts> {
    let facts = app.store.document_facts(account, document).await?;
    may::<act::ReadHistory>(&facts)?;
    Ok(facts)
}

/// The points of a text's history, newest first.
#[utoipa::path(get, path = "/api/documents/{document_id}/history", tag = "documents",
    params(("document_id" = String, Path), Wanted),
    responses((status = 200, body = TextHistory), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn list_history(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(document_id): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<TextHistory>> {
    let document = DocumentId::from(document_id.as_str());
    let facts = readable(&app, &identity.account_id, &document).await?;
    if wanted.before.is_none() {
        app.work.make_points(&document).await?;
    }
    let limit = wanted.limit.unwrap_or(PAGE).clamp(1, PAGE_AT_MOST);
    let page = app
        .store
        .history_page(&document, wanted.before, limit)
        .await?;
    let actions = [
        Action::ReadHistory,
        Action::RestoreText,
        Action::UndoDeletion,
    ];
    let (may, may_not) = may_and_not(&actions, &facts);
    Ok(Json(TextHistory {
        document_id,
        head_seq: page.head_seq,
        next_cursor: page
            .points
            .last()
            .filter(|_| page.more)
            .map(|point| point.from_seq),
        damaged: !page.damages.is_empty(),
        points: points(&page),
        may,
        may_not,
    }))
}

/// Stretches and stage changes as one list, newest first.
fn points(page: &HistoryPage) -> Vec<HistoryPoint> {
    let restored: HashMap<i64, i64> = page
        .restorations
        .iter()
        .map(|one| (one.seq, one.to_seq))
        .collect();
    let mut list: Vec<HistoryPoint> = page
        .acts
        .iter()
        .map(|act| HistoryPoint {
            seq: act.seq,
            from_seq: act.seq + 1,
            kind: "stage",
            started_at_ms: act.created_at_ms,
            ended_at_ms: act.created_at_ms,
            added_chars: 0,
            removed_chars: 0,
            people: act
                .person_id
                .iter()
                .filter_map(|id| page.people.get(id))
                .map(|person| person.clone().into())
                .collect(),
            restored_seq: None,
            act: Some(act.act.clone()),
            from_stage: act.from_stage.clone(),
            to_stage: act.to_stage.clone(),
        })
        .collect();
    list.extend(page.points.iter().map(|point| {
        HistoryPoint {
            seq: point.to_seq,
            from_seq: point.from_seq,
            kind: point.kind.key(),
            started_at_ms: point.started_at_ms,
            ended_at_ms: point.ended_at_ms,
            added_chars: point.added_chars,
            removed_chars: point.removed_chars,
            people: point
                .authors
                .iter()
                .filter_map(|author| person(page, author))
                .collect(),
            restored_seq: restored.get(&point.to_seq).copied(),
            act: None,
            from_stage: None,
            to_stage: None,
        }
    }));
    // A stage changes after the row it names: it comes later than that row's stretch.
    list.sort_by_key(|point| {
        std::cmp::Reverse((point.seq, point.kind == "stage", point.ended_at_ms))
    });
    list
}

/// Somebody who wrote, with the organisation they acted for then.
fn person(page: &HistoryPage, author: &PointAuthor) -> Option<Person> {
    let mut person = page.people.get(&author.account_id)?.clone();
    person.organisation = author
        .organisation_id
        .as_ref()
        .and_then(|id| page.organisations.get(id))
        .cloned();
    Some(person.into())
}

/// The text as it was at a position, with what changed since another marked.
#[utoipa::path(get, path = "/api/documents/{document_id}/history/{seq}", tag = "documents",
    params(("document_id" = String, Path), ("seq" = i64, Path), Since),
    responses((status = 200, body = PastText), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 503, body = Problem, description = "`reading_unavailable`")))]
async fn get_past_text(
    State(app): State<App>,
    Signed(identity): Signed,
    Path((document_id, seq)): Path<(String, i64)>,
    Query(since): Query<Since>,
) -> Result<Json<PastText>> {
    let document = DocumentId::from(document_id);
    readable(&app, &identity.account_id, &document).await?;
    let point = {
        let mut tx = app.store.read().await?;
        tx.point_with(&document, seq).await?
    };
    let since_seq = since
        .since
        .or(point.map(|point| point.from_seq - 1))
        .unwrap_or(seq - 1)
        .clamp(0, seq.max(0));
    let compared = app.work.compared(&document, since_seq, seq).await?;
    Ok(Json(PastText {
        seq,
        since_seq,
        head_seq: compared.head_seq,
        sections: compared.sections.into_iter().map(Into::into).collect(),
        damaged: compared.is_damaged,
    }))
}

impl From<ComparedSection> for PastSection {
    fn from(section: ComparedSection) -> Self {
        Self {
            key: section.key.to_owned(),
            html: section.html,
            plain: section.plain,
            words: i64::try_from(section.words).unwrap_or(i64::MAX),
            changed: section.changed,
            differs: section.differs,
        }
    }
}

/// Brings an earlier text back as a new modification; nothing is erased from the history.
#[utoipa::path(post, path = "/api/documents/{document_id}/restorations", tag = "documents",
    params(("document_id" = String, Path)), request_body = RestorationRequest,
    responses((status = 201, body = RestorationDone), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem,
            description = "`text_changed`, `head_moved`, `document_damaged`"),
        (status = 422, body = Problem)))]
async fn restore_text(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(document_id): Path<String>,
    Body(request): Body<RestorationRequest>,
) -> Result<(StatusCode, Json<RestorationDone>)> {
    let document = DocumentId::from(document_id);
    // The epoch before the facts: rights that change in between are seen by the room.
    let epoch = app.store.document_head(&document).await?.epoch;
    let facts = readable(&app, &identity.account_id, &document).await?;
    let change = judge(
        &app,
        &identity.account_id,
        &document,
        &facts,
        request.to_seq,
    )
    .await?;
    let sections = request.sections.map(known_sections).transpose()?;
    if request.to_seq < 0 || request.to_seq > request.expected_seq {
        return Err(Error::Invalid {
            field: "to_seq",
            problem: "out_of_range",
        });
    }
    let wish = Wish {
        to_seq: request.to_seq,
        sections,
        // Who may take one change back undoes what that change did, whatever they say they saw.
        seen_seq: change.unwrap_or(request.expected_seq),
        epoch,
    };
    let author = app.store.author(&identity.account_id).await?;
    let granted = app
        .work
        .restore(&app.rooms, &document, &author, &wish)
        .await?;
    let done = match granted {
        Granted::Written(seq) => RestorationDone {
            seq: Some(seq),
            undo_seq: seq - 1,
        },
        Granted::Unchanged => RestorationDone {
            seq: None,
            undo_seq: request.expected_seq,
        },
    };
    Ok((StatusCode::CREATED, Json(done)))
}

/// Whoever writes may bring any text back. Those who look after the chantier may take back what one
/// large deletion took away, and that again: the row of that change, else `None`.
async fn judge(
    app: &App,
    account: &AccountId,
    document: &DocumentId,
    facts: &Facts,
    to_seq: i64,
) -> Result<Option<i64>> {
    let Err(refusal) = may::<act::RestoreText>(facts) else {
        return Ok(None);
    };
    let since_ms = app.store.clock.now().ms() - DELETION_SHOWN_MS;
    let mut tx = app.store.read().await?;
    let change = tx
        .undoable_change(document, account, to_seq, since_ms)
        .await?;
    if change.is_some() {
        may::<act::UndoDeletion>(facts)?;
        return Ok(change);
    }
    Err(refusal.into())
}

fn known_sections(keys: Vec<String>) -> Result<BTreeSet<String>> {
    if keys.iter().any(|key| schema::section(key).is_none()) {
        return Err(Error::Invalid {
            field: "sections",
            problem: "unknown",
        });
    }
    Ok(keys.into_iter().collect())
}
