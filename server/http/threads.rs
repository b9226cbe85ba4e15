//! The commission's threads on a proposal: read, opened, answered, closed; who may be named.
//! The shapes and the acts on single messages are in `server/http/messages.rs`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, Path, Query, Signed};
use super::problem::Problem;
use super::shapes::{MayNot, Person, all, may_and_not};
use super::texts::invalid;
use super::thread_page::{self, MessageText, Thread, tell};
use crate::app::App;
use crate::error::Result;
use crate::ids::{CommentId, ProposalId};
use crate::rules::rights::{Action, act, may};
use crate::rules::threads::{self as rules, Kind, NOTE_CHARS_MAX, Outcome, SECTIONS};
use crate::rules::wording;
use crate::store::threads::{Cursor, NewClosing, NewThread, SectionCount, ThreadFilter};

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_threads, open_thread))
        .routes(routes!(mark_threads_seen))
        .routes(routes!(list_mentionable))
        .routes(routes!(get_thread))
        .routes(routes!(close_thread, reopen_thread))
}

/// How many threads a page holds when nothing is asked.
const PAGE: usize = 50;
/// How many threads a page may hold.
const PAGE_MAX: usize = 100;
/// How many people are offered for a mention.
const MENTIONABLE_MAX: usize = 20;
/// How long the beginning of a name may be, in characters.
const NAME_CHARS_MAX: usize = 100;
/// What stands for the whole proposal where a section is named.
const WHOLE: &str = "whole";

/// Which threads are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ThreadQuery {
    /// `open`, `closed`, or all when not given.
    state: Option<String>,
    /// On this section; `whole` for those on the whole proposal.
    section: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
    /// So many at most: 1 to 100, 50 when not given.
    limit: Option<usize>,
}

/// A page of threads, the last active first.
#[derive(Debug, Serialize, ToSchema)]
struct ThreadList {
    threads: Vec<Thread>,
    /// Where the next page begins; null on the last.
    next_cursor: Option<String>,
    /// How many there are by section, all pages together.
    sections: Vec<ThreadCount>,
    /// `read_threads`, `comment`, `close_thread`.
    may: Vec<&'static str>,
    may_not: Vec<MayNot>,
    /// Until when the account had read them; null at the first visit.
    seen_at_ms: Option<i64>,
    /// When this was read: to be sent back as seen.
    read_at_ms: i64,
}

/// The threads of one section.
#[derive(Debug, Serialize, ToSchema)]
struct ThreadCount {
    /// Null for the whole proposal.
    section: Option<String>,
    threads: i64,
    open: i64,
    /// Open vigilances that nobody but their author has answered: they hold the freeze.
    unanswered_vigilances: i64,
    unanswered_questions: i64,
    /// Those where somebody else wrote since the last visit.
    unseen: i64,
}

/// A thread to open.
#[derive(Debug, Deserialize, ToSchema)]
struct ThreadOpening {
    /// A new id, made by the client: a repeat adds nothing.
    thread_id: String,
    /// A section's key; null for the whole proposal.
    section: Option<String>,
    /// `question`, `remark`, `vigilance`, `support`.
    kind: String,
    #[serde(flatten)]
    text: MessageText,
}

/// How a thread ends.
#[derive(Debug, Deserialize, ToSchema)]
struct ClosingRequest {
    /// One of the thread's `outcomes`.
    outcome: String,
    /// A sentence about it, 500 characters at most.
    note: Option<String>,
    /// The thread's `version` as it was read.
    expected_version: i64,
}

/// Until when threads were read.
#[derive(Debug, Deserialize, ToSchema)]
struct SeenRequest {
    /// The list's `read_at_ms`.
    read_at_ms: i64,
}

/// The beginning of a name.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct NameQuery {
    /// Words of a name or an organisation; accents and case do not count.
    #[serde(default)]
    q: String,
}

/// People who may be named in a message.
#[derive(Debug, Serialize, ToSchema)]
struct Mentionable {
    /// By name; 20 at most.
    people: Vec<Person>,
}

/// The threads of a proposal, the last active first; of each at most its last 20 replies.
#[utoipa::path(get, path = "/api/proposals/{proposal_id}/threads", tag = "threads",
    params(("proposal_id" = String, Path), ThreadQuery),
    responses((status = 200, body = ThreadList), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
async fn list_threads(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(proposal_id): Path<String>,
    Query(query): Query<ThreadQuery>,
) -> Result<Json<ThreadList>> {
    let filter = query.filter()?;
    let proposal = ProposalId::from(proposal_id);
    let page = app
        .store
        .threads(&identity, &proposal, &filter, may::<act::ReadThreads>)
        .await?;
    let view = thread_page::View {
        person: identity.person_id.as_str(),
        facts: &page.facts,
        seen_at_ms: page.seen_at_ms,
        now_ms: page.read_at_ms,
    };
    let (may, may_not) = may_and_not(
        &[Action::ReadThreads, Action::Comment, Action::CloseThread],
        &page.facts,
    );
    Ok(Json(ThreadList {
        threads: page
            .threads
            .into_iter()
            .map(|one| view.thread(one))
            .collect(),
        next_cursor: page
            .next
            .map(|cursor| format!("{}~{}", cursor.activity_at_ms, cursor.thread_id)),
        sections: all(page.sections),
        may,
        may_not,
        seen_at_ms: page.seen_at_ms,
        read_at_ms: page.read_at_ms,
    }))
}

/// Opens a thread. Sent again with the same id, it adds nothing.
#[utoipa::path(post, path = "/api/proposals/{proposal_id}/threads", tag = "threads",
    params(("proposal_id" = String, Path)), request_body = ThreadOpening,
    responses((status = 201, body = Thread), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`id_taken`"),
        (status = 422, body = Problem), (status = 429, body = Problem)))]
async fn open_thread(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(proposal_id): Path<String>,
    Body(opening): Body<ThreadOpening>,
) -> Result<(StatusCode, Json<Thread>)> {
    let proposal = ProposalId::from(proposal_id);
    let kind = Kind::from_key(&opening.kind)
        .filter(|kind| kind.is_opened())
        .ok_or(invalid("kind", "unknown"))?;
    let section = match opening.section.as_deref() {
        None => None,
        Some(key) => Some(section(key)?),
    };
    let new = NewThread {
        message: opening.text.message("thread_id", &opening.thread_id)?,
        section,
        kind,
    };
    thread_page::pace(&app, &identity)?;
    let document = app
        .store
        .open_thread(&identity, &proposal, &new, rules::open)
        .await?;
    tell(&app, document);
    let body = thread_page::read(&app, &identity, &new.message.id).await?;
    Ok((StatusCode::CREATED, Json(body)))
}

/// Says that the threads were read until then; never goes back.
#[utoipa::path(put, path = "/api/proposals/{proposal_id}/threads/seen", tag = "threads",
    params(("proposal_id" = String, Path)), request_body = SeenRequest,
    responses((status = 204), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
async fn mark_threads_seen(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(proposal_id): Path<String>,
    Body(seen): Body<SeenRequest>,
) -> Result<StatusCode> {
    let proposal = ProposalId::from(proposal_id);
    app.store
        .threads_seen(
            &identity,
            &proposal,
            seen.read_at_ms,
            may::<act::ReadThreads>,
        )
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The people one may name in a message, by name: members of the proposal's chantiers.
#[utoipa::path(get, path = "/api/proposals/{proposal_id}/mentionable", tag = "threads",
    params(("proposal_id" = String, Path), NameQuery),
    responses((status = 200, body = Mentionable), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
async fn list_mentionable(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(proposal_id): Path<String>,
    Query(query): Query<NameQuery>,
) -> Result<Json<Mentionable>> {
    if query.q.chars().count() > NAME_CHARS_MAX {
        return Err(invalid("q", "too_long"));
    }
    let proposal = ProposalId::from(proposal_id);
    let people = app
        .store
        .mentionable(&identity.account_id, &proposal, may::<act::Comment>)
        .await?;
    let wanted = wording::fold(query.q.trim());
    let mut people: Vec<Person> = all(people);
    people.retain(|person| {
        let organisation = person.organisation.as_ref();
        let known = wording::fold(&format!(
            "{} {} {}",
            person.given_name,
            person.usual_name,
            organisation.map_or("", |one| one.short_name.as_str())
        ));
        wanted.split(' ').all(|word| known.contains(word))
    });
    people.truncate(MENTIONABLE_MAX);
    Ok(Json(Mentionable { people }))
}

/// One thread with all its replies.
#[utoipa::path(get, path = "/api/threads/{thread_id}", tag = "threads",
    params(("thread_id" = String, Path)),
    responses((status = 200, body = Thread), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn get_thread(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(thread_id): Path<String>,
) -> Result<Json<Thread>> {
    thread_page::read(&app, &identity, &CommentId::from(thread_id))
        .await
        .map(Json)
}

/// Closes a thread with what became of it.
#[utoipa::path(post, path = "/api/threads/{thread_id}/closing", tag = "threads",
    params(("thread_id" = String, Path)), request_body = ClosingRequest,
    responses((status = 201, body = Thread), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`version_changed`"),
        (status = 422, body = Problem)))]
async fn close_thread(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(thread_id): Path<String>,
    Body(request): Body<ClosingRequest>,
) -> Result<(StatusCode, Json<Thread>)> {
    let thread = CommentId::from(thread_id);
    let note = request.note.filter(|note| !note.trim().is_empty());
    let note = note
        .map(|note| wording::line(&note, &(1..=NOTE_CHARS_MAX)))
        .transpose()
        .map_err(|problem| invalid("note", problem))?;
    let closing = NewClosing {
        outcome: Outcome::from_key(&request.outcome).ok_or(invalid("outcome", "unknown"))?,
        note,
        expected_version: request.expected_version,
    };
    let document = app
        .store
        .close_thread(&identity, &thread, &closing, rules::close)
        .await?;
    tell(&app, document);
    let body = thread_page::read(&app, &identity, &thread).await?;
    Ok((StatusCode::CREATED, Json(body)))
}

/// Reopens a closed thread; its outcome is forgotten, the journal keeps it.
#[utoipa::path(delete, path = "/api/threads/{thread_id}/closing", tag = "threads",
    params(("thread_id" = String, Path)),
    responses((status = 200, body = Thread), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn reopen_thread(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(thread_id): Path<String>,
) -> Result<Json<Thread>> {
    let thread = CommentId::from(thread_id);
    let document = app
        .store
        .reopen_thread(&identity, &thread, rules::reopen)
        .await?;
    tell(&app, document);
    thread_page::read(&app, &identity, &thread).await.map(Json)
}

/// The section with this key.
fn section(key: &str) -> Result<&'static str> {
    SECTIONS
        .into_iter()
        .find(|known| *known == key)
        .ok_or(invalid("section", "unknown"))
}

impl ThreadQuery {
    fn filter(self) -> Result<ThreadFilter> {
        let open = match self.state.as_deref() {
            None => None,
            Some("open") => Some(true),
            Some("closed") => Some(false),
            Some(_) => return Err(invalid("state", "unknown")),
        };
        let section = match self.section.as_deref() {
            None => None,
            Some(WHOLE) => Some(None),
            Some(key) => Some(Some(section(key)?.to_owned())),
        };
        let limit = self.limit.unwrap_or(PAGE);
        if !(1..=PAGE_MAX).contains(&limit) {
            return Err(invalid("limit", "out_of_range"));
        }
        Ok(ThreadFilter {
            open,
            section,
            after: self.cursor.as_deref().map(cursor).transpose()?,
            limit,
        })
    }
}

fn cursor(text: &str) -> Result<Cursor> {
    text.split_once('~')
        .and_then(|(ms, id)| {
            Some(Cursor {
                activity_at_ms: ms.parse().ok()?,
                thread_id: id.to_owned(),
            })
        })
        .ok_or(invalid("cursor", "unknown"))
}

impl From<SectionCount> for ThreadCount {
    fn from(count: SectionCount) -> Self {
        Self {
            section: count.section,
            threads: count.threads,
            open: count.open,
            unanswered_vigilances: count.unanswered_vigilances,
            unanswered_questions: count.unanswered_questions,
            unseen: count.unseen,
        }
    }
}
