//! The commission's opinion: read, prepared by the facilitator, signed by a co-president; its reserves
//! answered by the owner. T10 and T11 give it (`http/transitions`).

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, Path, Signed};
use super::problem::Problem;
use super::shapes::{OrganisationRef, Person, all};
use super::texts::{invalid, known, line, optional};
use crate::app::App;
use crate::error::Result;
use crate::ids::{DocumentId, ProposalId, ReserveId};
use crate::rules::opinions::{self, Count, Mode, OpinionValue};
use crate::rules::rights::{act, may};
use crate::store::accounts::Identity;
use crate::store::opinions::{Answer, Dissent, Draft, Heard, Opinion, Opinions};

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_opinions, put_opinion))
        .routes(routes!(sign_opinion))
        .routes(routes!(answer_reserve))
}

/// The opinions on a proposal.
#[derive(Debug, Serialize, ToSchema)]
struct OpinionList {
    /// The first first; the last may still be under preparation.
    opinions: Vec<OpinionBody>,
    /// Who is named in them.
    people: Vec<Person>,
    /// The organisations named in them.
    organisations: Vec<OrganisationRef>,
    /// Where the frozen version is heard; null at any other stage.
    hearing: Option<HearingBody>,
    /// Filled seats of the commission with a vote, on the day of the hearing, or today.
    seat_count: i64,
    /// For each of these seats, the organisations of those who may sit there.
    seats: Vec<Vec<String>>,
    /// How many of them step aside by rule.
    recused_count: i64,
    /// The organisations that step aside by rule.
    recused: Vec<String>,
}

/// Where a frozen version is heard: in a meeting, or in writing.
#[derive(Debug, Serialize, ToSchema)]
struct HearingBody {
    version_id: String,
    /// The version's rank, from 1.
    version_rank: i64,
    /// Whether the version is sealed: an opinion is prepared on nothing else.
    is_sealed: bool,
    /// Null with a written consultation.
    meeting_id: Option<String>,
    title: Option<String>,
    starts_at_ms: Option<i64>,
    /// The day of the meeting, or the last of the consultation, as an ISO day.
    heard_on: String,
}

/// One opinion.
#[derive(Debug, Serialize, ToSchema)]
struct OpinionBody {
    opinion_id: String,
    version_id: String,
    /// The version's rank, from 1.
    version_rank: i64,
    round: i64,
    /// `favourable`, `favourable_with_reserves`, `unfavourable`, `adjourned`.
    value: &'static str,
    /// `consensus`, `vote`, `written`.
    mode: &'static str,
    /// The votes; null with consensus.
    count: Option<CountBody>,
    /// Filled seats with a vote, on that day.
    seat_count: i64,
    motive: Option<String>,
    meeting_id: Option<String>,
    /// The day of the meeting, or the last of the consultation, as an ISO day.
    heard_on: String,
    /// A person's id.
    prepared_by: String,
    prepared_at_ms: i64,
    /// A person's id.
    signed_by: Option<String>,
    signed_at_ms: Option<i64>,
    /// When it was given (T10, T11); null while it is prepared.
    given_at_ms: Option<i64>,
    /// Send it back as `expected_version`.
    version: i64,
    recusals: Vec<RecusalBody>,
    dissents: Vec<DissentBody>,
    reserves: Vec<ReserveBody>,
}

/// The votes of an opinion.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, ToSchema)]
struct CountBody {
    #[serde(rename = "for")]
    in_favour: i64,
    against: i64,
    abstain: i64,
    not_voting: i64,
}

/// An organisation that steps aside.
#[derive(Debug, Serialize, ToSchema)]
struct RecusalBody {
    organisation_id: String,
    /// `automatic`, `declared`.
    origin: String,
}

/// A recorded disagreement.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
struct DissentBody {
    organisation_id: Option<String>,
    /// 3 to 1000 characters.
    text: String,
}

/// A reserve.
#[derive(Debug, Serialize, ToSchema)]
struct ReserveBody {
    reserve_id: String,
    text: String,
    /// `open`, `addressed`, `maintained`.
    state: String,
    answer: Option<String>,
    answered_at_ms: Option<i64>,
    /// Send it back as `expected_version`.
    version: i64,
}

/// An opinion as the facilitator prepares it.
#[derive(Debug, Deserialize, ToSchema)]
struct OpinionRequest {
    /// `favourable`, `favourable_with_reserves`, `unfavourable`, `adjourned`.
    value: String,
    /// `consensus`, `vote`, `written`.
    mode: String,
    /// The votes; left out with consensus.
    #[serde(default)]
    count: Option<CountBody>,
    /// 3 to 2000 characters; needed for an unfavourable or adjourned one.
    motive: Option<String>,
    /// 3 to 500 characters each, 20 at most.
    #[serde(default)]
    reserves: Vec<String>,
    /// Organisations that step aside beside those that must.
    #[serde(default)]
    recused: Vec<String>,
    /// 20 at most.
    #[serde(default)]
    dissents: Vec<DissentBody>,
    /// The opinion's `version` as it was read; left out for the first preparation.
    expected_version: Option<i64>,
}

/// A signature.
#[derive(Debug, Deserialize, ToSchema)]
struct SignatureRequest {
    /// The opinion's `version` as it was read.
    expected_version: i64,
}

/// The owner's answer to a reserve.
#[derive(Debug, Deserialize, ToSchema)]
struct AnswerRequest {
    /// `addressed` (taken up), `maintained` (not taken up).
    state: String,
    /// 3 to 1000 characters.
    answer: String,
    /// The reserve's `version` as it was read.
    expected_version: i64,
}

/// How long a motive may be, in characters.
const MOTIVE_CHARS: std::ops::RangeInclusive<usize> = 3..=2_000;
/// How long a reserve may be, in characters.
const RESERVE_CHARS: std::ops::RangeInclusive<usize> = 3..=500;
/// How long an answer or a disagreement may be, in characters.
const ANSWER_CHARS: std::ops::RangeInclusive<usize> = 3..=1_000;
/// How many reserves, or disagreements, one opinion may list.
const LISTED_MAX: usize = 20;
/// How many votes a count may name: more than any commission has seats.
const VOTES_MAX: i64 = 10_000;

/// The opinions on a proposal, and who would step aside from the next.
#[utoipa::path(get, path = "/api/proposals/{proposal_id}/opinions", tag = "opinions",
    params(("proposal_id" = String, Path)),
    responses((status = 200, body = OpinionList), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
async fn list_opinions(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(proposal_id): Path<String>,
) -> Result<Json<OpinionList>> {
    let proposal = ProposalId::from(proposal_id);
    listed(&app, &identity, &proposal).await
}

/// Prepares the opinion on the frozen version, or prepares it anew.
#[utoipa::path(put, path = "/api/proposals/{proposal_id}/opinions", tag = "opinions",
    params(("proposal_id" = String, Path)), request_body = OpinionRequest,
    responses((status = 200, body = OpinionList), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`opinion_changed`"),
        (status = 422, body = Problem)))]
async fn put_opinion(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(proposal_id): Path<String>,
    Body(request): Body<OpinionRequest>,
) -> Result<Json<OpinionList>> {
    let proposal = ProposalId::from(proposal_id);
    let draft = request.draft()?;
    let document = app
        .store
        .prepare_opinion(&identity, &proposal, &draft, opinions::prepare)
        .await?;
    tell(&app, document);
    listed(&app, &identity, &proposal).await
}

/// Signs the prepared opinion.
#[utoipa::path(post, path = "/api/proposals/{proposal_id}/opinions/signature", tag = "opinions",
    params(("proposal_id" = String, Path)), request_body = SignatureRequest,
    responses((status = 200, body = OpinionList), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`opinion_changed`")))]
async fn sign_opinion(
    State(app): State<App>,
    Signed(identity): Signed,
    Path(proposal_id): Path<String>,
    Body(request): Body<SignatureRequest>,
) -> Result<Json<OpinionList>> {
    let proposal = ProposalId::from(proposal_id);
    let document = app
        .store
        .sign_opinion(
            &identity,
            &proposal,
            request.expected_version,
            opinions::sign,
        )
        .await?;
    tell(&app, document);
    listed(&app, &identity, &proposal).await
}

/// Answers a reserve of the opinion.
#[utoipa::path(put, path = "/api/proposals/{proposal_id}/reserves/{reserve_id}", tag = "opinions",
    params(("proposal_id" = String, Path), ("reserve_id" = String, Path)),
    request_body = AnswerRequest,
    responses((status = 200, body = OpinionList), (status = 401, body = Problem),
        (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`reserve_changed`"),
        (status = 422, body = Problem)))]
async fn answer_reserve(
    State(app): State<App>,
    Signed(identity): Signed,
    Path((proposal_id, reserve_id)): Path<(String, String)>,
    Body(request): Body<AnswerRequest>,
) -> Result<Json<OpinionList>> {
    let proposal = ProposalId::from(proposal_id);
    let answer = Answer {
        state: known("state", &request.state, &["addressed", "maintained"])?,
        text: line("answer", &request.answer, &ANSWER_CHARS)?,
        expected_version: request.expected_version,
    };
    let document = app
        .store
        .answer_reserve(
            &identity,
            &proposal,
            &ReserveId::from(reserve_id),
            &answer,
            may::<act::AnswerReserve>,
        )
        .await?;
    tell(&app, document);
    listed(&app, &identity, &proposal).await
}

/// The opinions as this person reads them now.
async fn listed(
    app: &App,
    identity: &Identity,
    proposal: &ProposalId,
) -> Result<Json<OpinionList>> {
    let opinions = app
        .store
        .opinions(&identity.account_id, proposal, may::<act::Read>)
        .await?;
    Ok(Json(opinions.into()))
}

/// Open pages read the opinion again.
fn tell(app: &App, document: DocumentId) {
    app.finish(|rooms| async move { rooms.nudge(&document, "opinion").await });
}

impl OpinionRequest {
    fn draft(self) -> Result<Draft> {
        if self.reserves.len() > LISTED_MAX {
            return Err(invalid("reserves", "too_many"));
        }
        if self.dissents.len() > LISTED_MAX {
            return Err(invalid("dissents", "too_many"));
        }
        let count = self.count.unwrap_or_default();
        let votes = [
            count.in_favour,
            count.against,
            count.abstain,
            count.not_voting,
        ];
        if votes.iter().any(|votes| *votes > VOTES_MAX) {
            return Err(invalid("count", "votes_above_seats"));
        }
        Ok(Draft {
            value: OpinionValue::from_key(&self.value).ok_or(invalid("value", "unknown"))?,
            mode: Mode::from_key(&self.mode).ok_or(invalid("mode", "unknown"))?,
            count: Count {
                in_favour: count.in_favour,
                against: count.against,
                abstain: count.abstain,
                not_voting: count.not_voting,
            },
            motive: optional("motive", self.motive.as_deref(), &MOTIVE_CHARS)?,
            reserves: self
                .reserves
                .iter()
                .map(|text| line("reserves", text, &RESERVE_CHARS))
                .collect::<Result<_>>()?,
            recused: self.recused.into_iter().collect(),
            dissents: self
                .dissents
                .into_iter()
                .map(|dissent| {
                    Ok(Dissent {
                        organisation_id: dissent.organisation_id,
                        body: line("dissents", &dissent.text, &ANSWER_CHARS)?,
                    })
                })
                .collect::<Result<_>>()?,
            expected_version: self.expected_version,
        })
    }
}

impl From<Opinions> for OpinionList {
    fn from(list: Opinions) -> Self {
        Self {
            opinions: all(list.opinions),
            people: all(list.people),
            organisations: all(list.organisations),
            hearing: list.hearing.map(Into::into),
            seat_count: i64::try_from(list.seats.len()).unwrap_or(i64::MAX),
            seats: list
                .seats
                .into_iter()
                .map(|seat| seat.organisation_ids.into_iter().collect())
                .collect(),
            recused_count: list.recused_count,
            recused: list.recused,
        }
    }
}

impl From<Heard> for HearingBody {
    fn from(heard: Heard) -> Self {
        Self {
            version_id: heard.version_id,
            version_rank: heard.version_rank,
            is_sealed: heard.is_sealed,
            meeting_id: heard.meeting_id,
            title: heard.meeting_title,
            starts_at_ms: heard.starts_at_ms,
            heard_on: heard.on.as_str().to_owned(),
        }
    }
}

impl From<Opinion> for OpinionBody {
    fn from(one: Opinion) -> Self {
        Self {
            opinion_id: one.opinion_id,
            version_id: one.version_id,
            version_rank: one.version_rank,
            round: one.round,
            value: one.value.key(),
            mode: one.mode.key(),
            count: one.count.map(|count| CountBody {
                in_favour: count.in_favour,
                against: count.against,
                abstain: count.abstain,
                not_voting: count.not_voting,
            }),
            seat_count: one.seat_count,
            motive: one.motive,
            meeting_id: one.meeting_id,
            heard_on: one.heard_on,
            prepared_by: one.prepared_by,
            prepared_at_ms: one.prepared_at_ms,
            signed_by: one.signed_by,
            signed_at_ms: one.signed_at_ms,
            given_at_ms: one.given_at_ms,
            version: one.version,
            recusals: one
                .recusals
                .into_iter()
                .map(|recusal| RecusalBody {
                    organisation_id: recusal.organisation_id,
                    origin: recusal.origin,
                })
                .collect(),
            dissents: one
                .dissents
                .into_iter()
                .map(|dissent| DissentBody {
                    organisation_id: dissent.organisation_id,
                    text: dissent.body,
                })
                .collect(),
            reserves: one
                .reserves
                .into_iter()
                .map(|reserve| ReserveBody {
                    reserve_id: reserve.reserve_id,
                    text: reserve.body,
                    state: reserve.state,
                    answer: reserve.answer,
                    answered_at_ms: reserve.answered_at_ms,
                    version: reserve.version,
                })
                .collect(),
        }
    }
}
