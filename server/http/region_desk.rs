//! The Region's desk: the files that lie there, those that have waited longest first, as JSON or as a table.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::csv::{Csv, amount};
use super::csv_words::word;
use super::extract::{Query, Signed};
use super::problem::Problem;
use super::shapes::{Amount, Direction, Flag, Person, all, may_and_not};
use super::texts::invalid;
use super::unchanged::unless_known;
use crate::app::App;
use crate::error::Result;
use crate::rules::money::total;
use crate::rules::opinions::OpinionValue;
use crate::rules::review::Status;
use crate::rules::rights::{Action, act, may};
use crate::store::accounts::Identity;
use crate::store::region::desk::{
    Advised, DeskDecision, DeskFile, DeskFilter, Readings, RegionDesk as StoredDesk,
};

/// The routes of this feature.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_region_desk))
        .routes(routes!(get_region_desk_csv))
}

/// How long a search may be, in characters.
const SEARCH_MAX: usize = 200;

/// Which files are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RegionDeskQuery {
    /// Of this lead direction.
    lead: Option<String>,
    /// Of a direction this person acts for: leading it, or asked to read it.
    #[serde(default)]
    mine: bool,
    /// `received`, `complete`, `cross_read`, `scheduled`, `decided`.
    status: Option<String>,
    /// Of the session of this day, as an ISO day.
    session: Option<String>,
    /// Holding all these words: title, summary, number or text; accents and case do not count.
    text: Option<String>,
}

/// The desk, what has waited longest first; what was decided in the last 30 days comes last.
#[derive(Debug, Serialize, ToSchema)]
struct RegionDesk {
    files: Vec<RegionFile>,
    /// The Region's directions.
    directions: Vec<Direction>,
    /// The directions this person acts for: their ids.
    own: Vec<String>,
    /// `read_region_desk`.
    may: Vec<&'static str>,
}

/// A file on the desk.
#[derive(Debug, Serialize, ToSchema)]
struct RegionFile {
    proposal_id: String,
    /// Its number as an action once approved, before that its number.
    number: Option<String>,
    title: String,
    stage: &'static str,
    chantier_id: String,
    chantier_title: String,
    /// The porteur's short name.
    porteur: Option<String>,
    lead: Option<Direction>,
    /// `received`, `complete`, `cross_read`, `scheduled`, `decided`.
    status: &'static str,
    /// Points of the checklist that are open.
    open_check_count: usize,
    readings: ReadingCounts,
    received_at_ms: i64,
    waiting_days: i64,
    /// Null where the committee did not advise.
    advice: Option<AdviceBody>,
    /// The commission's: `favourable`, `favourable_with_reserves`, `unfavourable`.
    opinion: Option<&'static str>,
    /// What is asked of each envelope and year.
    requested: Vec<Amount>,
    /// An ISO day.
    session_on: Option<String>,
    session_organ: Option<String>,
    /// What is prepared, or was decided.
    decision: Option<DeskDecisionBody>,
    /// What has waited too long.
    flags: Vec<Flag>,
    /// The proposal's `version`: send it back as `expected_version` of a confirmation.
    version: i64,
}

/// How many readings there are of each kind.
#[derive(Debug, Serialize, ToSchema)]
struct ReadingCounts {
    asked: usize,
    answered: usize,
    /// Their days are over: no remark.
    silent: usize,
    /// Asked of a direction this person acts for, without an answer.
    own_open: usize,
}

/// What the committee advised.
#[derive(Debug, Serialize, ToSchema)]
struct AdviceBody {
    /// `retained`, `rework`, `reserve_list`, `not_retained`.
    value: String,
    rank: Option<i64>,
    motive: Option<String>,
    ceilings: Vec<Amount>,
}

/// A decision as the desk shows it.
#[derive(Debug, Serialize, ToSchema)]
struct DeskDecisionBody {
    decision_id: String,
    /// `approved`, `approved_with_conditions`, `rejected`, `returned`.
    value: String,
    deliberation_ref: String,
    /// An ISO day.
    decided_on: String,
    amount_cents: i64,
    prepared_by: Person,
    /// Whether this person prepared it: another confirms it.
    is_own: bool,
    /// Null while it is prepared.
    confirmed_at_ms: Option<i64>,
}

/// The Region's desk.
#[utoipa::path(get, path = "/api/region/desk", tag = "region", params(RegionDeskQuery),
    responses((status = 200, body = RegionDesk, description = "With an `ETag`"),
        (status = 304, description = "As the `If-None-Match` asked with"),
        (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 422, body = Problem)))]
async fn get_region_desk(
    State(app): State<App>,
    Signed(identity): Signed,
    Query(query): Query<RegionDeskQuery>,
    headers: HeaderMap,
) -> Result<Response> {
    let desk = read(&app, &identity, query).await?;
    let (may, _) = may_and_not(&[Action::ReadRegionDesk], &desk.facts);
    let body = RegionDesk {
        files: all(desk.files),
        directions: all(desk.directions),
        own: desk.own,
        may,
    };
    unless_known(&headers, &body)
}

/// The same files as a table.
#[utoipa::path(get, path = "/api/region/desk.csv", tag = "region", params(RegionDeskQuery),
    responses((status = 200, body = String, content_type = "text/csv"),
        (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 422, body = Problem)))]
async fn get_region_desk_csv(
    State(app): State<App>,
    Signed(identity): Signed,
    Query(query): Query<RegionDeskQuery>,
) -> Result<Response> {
    let desk = read(&app, &identity, query).await?;
    let mut csv = Csv::new(&[
        "numero",
        "titre",
        "chantier",
        "porteur",
        "direction_pilote",
        "etat",
        "jours",
        "points_ouverts",
        "relectures_demandees",
        "relectures_rendues",
        "avis_commission",
        "arbitrage",
        "rang",
        "montant_demande",
        "session",
        "organe",
        "decision",
        "deliberation",
        "montant_decide",
    ]);
    for file in &desk.files {
        csv.row(&cells(file));
    }
    Ok(csv.answer("region-dossiers"))
}

async fn read(app: &App, who: &Identity, query: RegionDeskQuery) -> Result<StoredDesk> {
    let filter = query.filter()?;
    app.store
        .region_desk(who, &filter, may::<act::ReadRegionDesk>)
        .await
}

/// A file as a row of the table.
fn cells(file: &DeskFile) -> Vec<String> {
    let advice = file.advice.as_ref();
    let decision = file.decision.as_ref();
    let text = |text: Option<&String>| text.cloned().unwrap_or_default();
    let lead = file.lead.as_ref().map(|lead| &lead.title);
    let porteur = file.porteur.as_ref().map(|porteur| &porteur.short_name);
    let rank = advice.and_then(|advice| advice.rank);
    vec![
        text(file.number.as_ref()),
        file.title.clone(),
        file.chantier.1.clone(),
        text(porteur),
        text(lead),
        word(file.status.key()).to_owned(),
        file.waiting_days.to_string(),
        file.open_check_count.to_string(),
        file.readings.asked.to_string(),
        file.readings.answered.to_string(),
        file.opinion.map_or("", |one| word(one.key())).to_owned(),
        advice.map_or("", |advice| word(&advice.value)).to_owned(),
        rank.map(|rank| rank.to_string()).unwrap_or_default(),
        amount(total(&file.requested)),
        text(file.session_on.as_ref()),
        text(file.session_organ.as_ref()),
        decision
            .map_or("", |decision| word(&decision.value))
            .to_owned(),
        text(decision.map(|decision| &decision.deliberation_ref)),
        decision
            .map(|one| amount(one.amount_cents))
            .unwrap_or_default(),
    ]
}

impl RegionDeskQuery {
    fn filter(self) -> Result<DeskFilter> {
        let text = self.text.filter(|text| !text.trim().is_empty());
        if text
            .as_ref()
            .is_some_and(|text| text.chars().count() > SEARCH_MAX)
        {
            return Err(invalid("text", "too_long"));
        }
        let status = match self.status.as_deref() {
            Some(key) => Some(Status::from_key(key).ok_or(invalid("status", "unknown"))?),
            None => None,
        };
        Ok(DeskFilter {
            lead_unit_id: self.lead,
            mine: self.mine,
            status,
            session_on: self.session,
            text,
        })
    }
}

impl From<DeskFile> for RegionFile {
    fn from(file: DeskFile) -> Self {
        Self {
            proposal_id: file.proposal_id,
            number: file.number,
            title: file.title,
            stage: file.stage.key(),
            chantier_id: file.chantier.0,
            chantier_title: file.chantier.1,
            porteur: file.porteur.map(|porteur| porteur.short_name),
            lead: file.lead.map(Into::into),
            status: file.status.key(),
            open_check_count: file.open_check_count,
            readings: file.readings.into(),
            received_at_ms: file.received_at_ms,
            waiting_days: file.waiting_days,
            advice: file.advice.map(Into::into),
            opinion: file.opinion.map(OpinionValue::key),
            requested: all(file.requested),
            session_on: file.session_on,
            session_organ: file.session_organ,
            decision: file.decision.map(Into::into),
            flags: all(file.flags),
            version: file.version,
        }
    }
}

impl From<Readings> for ReadingCounts {
    fn from(one: Readings) -> Self {
        Self {
            asked: one.asked,
            answered: one.answered,
            silent: one.silent,
            own_open: one.own_open,
        }
    }
}

impl From<Advised> for AdviceBody {
    fn from(one: Advised) -> Self {
        Self {
            value: one.value,
            rank: one.rank,
            motive: one.motive,
            ceilings: all(one.ceilings),
        }
    }
}

impl From<DeskDecision> for DeskDecisionBody {
    fn from(one: DeskDecision) -> Self {
        Self {
            decision_id: one.decision_id,
            value: one.value,
            deliberation_ref: one.deliberation_ref,
            decided_on: one.decided_on,
            amount_cents: one.amount_cents,
            prepared_by: one.prepared_by.into(),
            is_own: one.is_own,
            confirmed_at_ms: one.confirmed_at_ms,
        }
    }
}
