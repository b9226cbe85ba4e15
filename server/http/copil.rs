//! The steering committee's table: the proposals that await arbitration for the next session, with all they
//! are judged by. An arbitration itself is a transition (T15 to T18).

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::csv::{Csv, amount};
use super::csv_words::word;
use super::envelope_numbers::EnvelopeNumbers;
use super::extract::Signed;
use super::problem::Problem;
use super::shapes::{Amount, Direction, Meeting, OrganisationRef, all};
use super::unchanged::unless_known;
use crate::app::App;
use crate::error::Result;
use crate::rules::day::Day;
use crate::rules::money::total;
use crate::rules::rights::{act, may};
use crate::store::accounts::Identity;
use crate::store::copil::{Changed, CopilFile, CopilTable, OpinionSummary, Recorded};

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_copil_table))
        .routes(routes!(get_copil_table_csv))
        .routes(routes!(get_arbitrations_csv))
}

/// The steering committee's table.
#[derive(Debug, Serialize, ToSchema)]
struct CopilPage {
    /// The next session; null while none is planned.
    next_session: Option<Meeting>,
    /// The sessions of the last sixty days, the newest first.
    past_sessions: Vec<Meeting>,
    envelopes: Vec<EnvelopeNumbers>,
    /// Where a retained proposal may go.
    directions: Vec<Direction>,
    /// What awaits arbitration, the longest waiting first.
    files: Vec<CopilFileRow>,
    /// What was arbitrated within sixty days, the newest first.
    recorded: Vec<ArbitrationRow>,
}

/// A proposal that awaits arbitration.
#[derive(Debug, Serialize, ToSchema)]
struct CopilFileRow {
    proposal_id: String,
    number: Option<String>,
    title: String,
    summary: String,
    chantier_id: String,
    porteur: Option<OrganisationRef>,
    /// The proposal's version: an arbitration is made on it.
    version: i64,
    round: i64,
    /// Since when it waits, in milliseconds UTC.
    since_ms: i64,
    lead_unit_id: Option<String>,
    opinion: Option<CopilOpinion>,
    reserves: Vec<CopilReserve>,
    /// What it asks of each envelope and year.
    requested: Vec<Amount>,
    /// What it costs altogether, in euro cents.
    budget_cents: i64,
    /// Direct and supported posts expected.
    posts: i64,
    /// What was advised before in this round, the newest first.
    advices: Vec<&'static str>,
    /// How often running it was kept in reserve; twice at most.
    reserve_list_count: usize,
    /// What changed since the committee last looked; null when it never did.
    changed: Option<ChangedSince>,
    /// Whether this person may record the arbitration.
    may_arbitrate: bool,
}

/// What changed since the committee last looked.
#[derive(Debug, Serialize, ToSchema)]
struct ChangedSince {
    /// Its last arbitration, in milliseconds UTC.
    since_ms: i64,
    /// Versions frozen since then.
    version_count: i64,
}

/// The commission's opinion.
#[derive(Debug, Serialize, ToSchema)]
struct CopilOpinion {
    value: &'static str,
    mode: &'static str,
    /// Null with consensus.
    votes_for: Option<i64>,
    votes_against: Option<i64>,
    votes_abstain: Option<i64>,
    motive: Option<String>,
    /// An ISO day.
    heard_on: String,
    dissent_count: i64,
}

/// A reserve with its answer.
#[derive(Debug, Serialize, ToSchema)]
struct CopilReserve {
    body: String,
    /// `open`, `addressed`, `maintained`.
    state: String,
    answer: Option<String>,
}

/// An arbitration that was recorded.
#[derive(Debug, Serialize, ToSchema)]
struct ArbitrationRow {
    proposal_id: String,
    number: Option<String>,
    title: String,
    value: &'static str,
    rank: Option<i64>,
    motive: Option<String>,
    /// An ISO day.
    arbitrated_on: String,
    meeting_id: Option<String>,
    ceilings: Vec<Amount>,
    /// Whether the Region still has to decide on it: its ceilings are part of what awaits.
    is_awaiting: bool,
}

/// What awaits the steering committee, and what it advised of late.
#[utoipa::path(get, path = "/api/copil/table", tag = "copil",
    responses((status = 200, body = CopilPage, description = "With an `ETag`"),
        (status = 304, description = "As the `If-None-Match` asked with"),
        (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn get_copil_table(
    State(app): State<App>,
    Signed(identity): Signed,
    headers: HeaderMap,
) -> Result<Response> {
    unless_known(&headers, &CopilPage::from(read(&app, &identity).await?))
}

/// What awaits arbitration, as a table.
#[utoipa::path(get, path = "/api/copil/table.csv", tag = "copil",
    responses((status = 200, body = String, content_type = "text/csv"),
        (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn get_copil_table_csv(State(app): State<App>, Signed(identity): Signed) -> Result<Response> {
    let table = read(&app, &identity).await?;
    let mut csv = Csv::new(&[
        "numero",
        "titre",
        "chantier",
        "porteur",
        "depuis_le",
        "avis_commission",
        "reserves",
        "reserves_sans_reponse",
        "montant_demande",
        "budget",
        "emplois_attendus",
        "fois_en_reserve",
    ]);
    for file in &table.files {
        let open = file.reserves.iter().filter(|one| one.state == "open");
        csv.row(&[
            file.card.number.clone().unwrap_or_default(),
            file.card.title.clone(),
            file.card.chantier_id.clone(),
            file.porteur
                .as_ref()
                .map_or_else(String::new, |porteur| porteur.short_name.clone()),
            Day::in_paris(file.card.stage_since_ms).as_str().to_owned(),
            file.opinion
                .as_ref()
                .map_or("", |opinion| word(opinion.value.key()))
                .to_owned(),
            file.reserves.len().to_string(),
            open.count().to_string(),
            amount(total(&file.requested)),
            amount(file.budget_cents),
            file.posts.to_string(),
            file.reserve_list_count.to_string(),
        ]);
    }
    Ok(csv.answer("comite-de-pilotage"))
}

/// Every arbitration there was, a row for each ceiling.
#[utoipa::path(get, path = "/api/copil/arbitrations.csv", tag = "copil",
    responses((status = 200, body = String, content_type = "text/csv"),
        (status = 401, body = Problem), (status = 403, body = Problem)))]
async fn get_arbitrations_csv(
    State(app): State<App>,
    Signed(identity): Signed,
) -> Result<Response> {
    let all = app
        .store
        .copil_arbitrations(
            &identity.account_id,
            may::<act::ReadCopilTable>,
            may::<act::Read>,
        )
        .await?;
    let mut csv = Csv::new(&[
        "date",
        "numero",
        "titre",
        "arbitrage",
        "rang",
        "motif",
        "enveloppe",
        "annee",
        "plafond",
    ]);
    for one in &all {
        let said = [
            one.arbitrated_on.clone(),
            one.number.clone().unwrap_or_default(),
            one.title.clone(),
            word(one.value.key()).to_owned(),
            one.rank.map(|rank| rank.to_string()).unwrap_or_default(),
            one.motive.clone().unwrap_or_default(),
        ];
        let mut row = |ceiling: [String; 3]| {
            let cells: Vec<String> = said.iter().cloned().chain(ceiling).collect();
            csv.row(&cells);
        };
        if one.ceilings.is_empty() {
            row([const { String::new() }; 3]);
        }
        for ceiling in &one.ceilings {
            row([
                ceiling.code.clone(),
                ceiling.year.to_string(),
                amount(ceiling.cents),
            ]);
        }
    }
    Ok(csv.answer("arbitrages"))
}

async fn read(app: &App, who: &Identity) -> Result<CopilTable> {
    app.store
        .copil_table(
            &who.account_id,
            may::<act::ReadCopilTable>,
            may::<act::Read>,
        )
        .await
}

impl From<CopilTable> for CopilPage {
    fn from(table: CopilTable) -> Self {
        Self {
            next_session: table.next_session.map(Into::into),
            past_sessions: all(table.past_sessions),
            envelopes: all(table.envelopes),
            directions: all(table.directions),
            files: all(table.files),
            recorded: all(table.recorded),
        }
    }
}

impl From<CopilFile> for CopilFileRow {
    fn from(file: CopilFile) -> Self {
        let reserves = file.reserves.into_iter();
        let card = file.card;
        Self {
            proposal_id: card.proposal_id,
            number: card.number,
            title: card.title,
            summary: card.summary,
            chantier_id: card.chantier_id,
            since_ms: card.stage_since_ms,
            porteur: file.porteur.map(Into::into),
            version: file.version,
            round: file.round,
            lead_unit_id: file.lead_unit_id,
            opinion: file.opinion.map(Into::into),
            reserves: reserves
                .map(|one| CopilReserve {
                    body: one.body,
                    state: one.state,
                    answer: one.answer,
                })
                .collect(),
            requested: all(file.requested),
            budget_cents: file.budget_cents,
            posts: file.posts,
            advices: file.advices.iter().map(|advice| advice.key()).collect(),
            reserve_list_count: file.reserve_list_count,
            changed: file.changed.map(Into::into),
            may_arbitrate: file.may_arbitrate,
        }
    }
}

impl From<Changed> for ChangedSince {
    fn from(changed: Changed) -> Self {
        Self {
            since_ms: changed.since_ms,
            version_count: changed.version_count,
        }
    }
}

impl From<OpinionSummary> for CopilOpinion {
    fn from(opinion: OpinionSummary) -> Self {
        Self {
            value: opinion.value.key(),
            mode: opinion.mode.key(),
            votes_for: opinion.votes.map(|votes| votes.0),
            votes_against: opinion.votes.map(|votes| votes.1),
            votes_abstain: opinion.votes.map(|votes| votes.2),
            motive: opinion.motive,
            heard_on: opinion.heard_on,
            dissent_count: opinion.dissent_count,
        }
    }
}

impl From<Recorded> for ArbitrationRow {
    fn from(one: Recorded) -> Self {
        Self {
            proposal_id: one.proposal_id,
            number: one.number,
            title: one.title,
            value: one.value.key(),
            rank: one.rank,
            motive: one.motive,
            arbitrated_on: one.arbitrated_on,
            meeting_id: one.meeting_id,
            ceilings: all(one.ceilings),
            is_awaiting: one.is_awaiting,
        }
    }
}
