//! The Region's desk: every file that lies there, and what was decided lately. A few queries for all of them,
//! none a file (`desk_rows.rs` reads them).

use std::collections::HashMap;

use super::desk_rows::Rows;
use super::review_page::Direction;
use crate::error::Result;
use crate::rules::awaited::Flagged;
use crate::rules::day::Day;
use crate::rules::money::Amount;
use crate::rules::opinions::OpinionValue;
use crate::rules::review::{Desk, Status, items, open_items, status};
use crate::rules::rights::{Facts, Permit, Refusal, act, may};
use crate::rules::stage::Stage;
use crate::store::Store;
use crate::store::accounts::Identity;
use crate::store::cards::{Card, Filter};
use crate::store::courses::Courses;
use crate::store::refs::{OrganisationRef, PersonRef};

/// Which files are wanted.
#[derive(Clone, Debug, Default)]
pub struct DeskFilter {
    /// Of this lead direction.
    pub lead_unit_id: Option<String>,
    /// Of a direction who asks acts for: leading it, or asked to read it.
    pub mine: bool,
    /// At this point of the Region's way.
    pub status: Option<Status>,
    /// Of the session of this day.
    pub session_on: Option<String>,
    /// Holding all these words.
    pub text: Option<String>,
}

/// The desk.
#[derive(Clone, Debug)]
pub struct RegionDesk {
    /// What rights are judged from, for who asked.
    pub facts: Facts,
    /// The files, those that have waited longest first; what is decided comes last.
    pub files: Vec<DeskFile>,
    /// The Region's directions.
    pub directions: Vec<Direction>,
    /// The directions who asks acts for: their ids.
    pub own: Vec<String>,
}

/// A file on the desk.
#[derive(Clone, Debug)]
pub struct DeskFile {
    /// The proposal.
    pub proposal_id: String,
    /// Its number as an action, or its number.
    pub number: Option<String>,
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub stage: Stage,
    /// Its lead chantier: id and title.
    pub chantier: (String, String),
    /// Its structure porteuse.
    pub porteur: Option<OrganisationRef>,
    /// Its lead direction.
    pub lead: Option<Direction>,
    /// Where it stands at the Region.
    pub status: Status,
    /// Points of the checklist that are open.
    pub open_check_count: usize,
    /// The readings by associated directions.
    pub readings: Readings,
    /// When it was received.
    pub received_at_ms: i64,
    /// Days since then.
    pub waiting_days: i64,
    /// What the committee advised last; `None` where it did not.
    pub advice: Option<Advised>,
    /// What the commission said last.
    pub opinion: Option<OpinionValue>,
    /// What is asked of each envelope and year.
    pub requested: Vec<Amount>,
    /// Its session, as an ISO day.
    pub session_on: Option<String>,
    /// The organ that meets.
    pub session_organ: Option<String>,
    /// The decision that is prepared, or that was confirmed.
    pub decision: Option<DeskDecision>,
    /// What has waited too long.
    pub flags: Vec<Flagged>,
    /// The proposal's counter: what a confirmation expects.
    pub version: i64,
}

/// How many readings there are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Readings {
    /// Asked.
    pub asked: usize,
    /// Answered.
    pub answered: usize,
    /// Without an answer, their days over: no remark.
    pub silent: usize,
    /// Asked of a direction who asks acts for, without an answer.
    pub own_open: usize,
}

/// What the committee advised.
#[derive(Clone, Debug)]
pub struct Advised {
    /// `retained`, `rework`, `reserve_list`, `not_retained`.
    pub value: String,
    /// Its rank among what is retained.
    pub rank: Option<i64>,
    /// Why.
    pub motive: Option<String>,
    /// At most so much.
    pub ceilings: Vec<Amount>,
}

/// A decision as the desk shows it.
#[derive(Clone, Debug)]
pub struct DeskDecision {
    /// Its id.
    pub decision_id: String,
    /// What it says.
    pub value: String,
    /// The deliberation's number.
    pub deliberation_ref: String,
    /// The day of the session, as an ISO day.
    pub decided_on: String,
    /// What it gives, in euro cents.
    pub amount_cents: i64,
    /// Who prepared it.
    pub prepared_by: PersonRef,
    /// Whether who asks prepared it.
    pub is_own: bool,
    /// When it was confirmed.
    pub confirmed_at_ms: Option<i64>,
}

/// How long what was decided stays on the desk, in milliseconds: a month.
const KEPT_MS: i64 = 30 * 24 * 3_600_000;

impl Store {
    /// The Region's desk, for who instructs or validates.
    ///
    /// # Errors
    /// `Refused` by R-DESK.
    pub async fn region_desk(
        &self,
        who: &Identity,
        filter: &DeskFilter,
        rule: impl FnOnce(&Facts) -> Result<Permit<act::ReadRegionDesk>, Refusal> + Send,
    ) -> Result<RegionDesk> {
        let today = self.today();
        let mut tx = self.read().await?;
        let standing = tx.standing(&who.account_id, &today).await?;
        let facts = Facts {
            roles: standing.in_programme(),
            stage: None,
        };
        rule(&facts)?;
        let own = tx.directions_of(&who.account_id, &today).await?;
        let courses = tx.courses(None, &today).await?;
        let mut cards = tx
            .readable(&standing, &Filter::default(), &courses, may::<act::Read>)
            .await?;
        let since_ms = self.clock.now().ms() - KEPT_MS;
        let mut rows = tx.desk_rows(who, &own, &today, since_ms).await?;
        cards.retain(|card| rows.reviews.contains_key(&card.proposal_id));
        if let Some(text) = &filter.text {
            tx.keep_matching(&mut cards, text).await?;
        }
        let directions = tx.directions().await?;
        let names = Names {
            organisations: tx.organisations().await?,
            chantiers: tx.chantier_titles().await?.into_iter().collect(),
            directions: &directions,
        };
        let mut files: Vec<DeskFile> = cards
            .into_iter()
            .filter_map(|card| rows.file(card, &courses, &names))
            .filter(|file| filter.keeps(file, &own))
            .collect();
        files.sort_by_cached_key(|file| {
            (
                file.status == Status::Decided,
                file.received_at_ms,
                file.proposal_id.clone(),
            )
        });
        Ok(RegionDesk {
            facts,
            files,
            directions,
            own,
        })
    }
}

impl DeskFilter {
    fn keeps(&self, file: &DeskFile, own: &[String]) -> bool {
        let lead = file.lead.as_ref().map(|lead| &lead.region_unit_id);
        let is_own = lead.is_some_and(|lead| own.contains(lead)) || file.readings.own_open > 0;
        (self.lead_unit_id.is_none() || self.lead_unit_id.as_ref() == lead)
            && (!self.mine || is_own)
            && self.status.is_none_or(|status| status == file.status)
            && (self.session_on.is_none() || self.session_on == file.session_on)
    }
}

/// How ids are named.
struct Names<'a> {
    organisations: HashMap<String, OrganisationRef>,
    chantiers: HashMap<String, String>,
    directions: &'a [Direction],
}

impl Rows {
    /// One file, out of all that was read.
    fn file(&mut self, card: Card, courses: &Courses, names: &Names<'_>) -> Option<DeskFile> {
        let id = &card.proposal_id;
        let review = self.reviews.remove(id)?;
        let found = courses.row(id)?;
        let requested = self.requested.remove(id).unwrap_or_default();
        let asks_fund = requested
            .iter()
            .any(|one| one.code == "FEE" && one.cents > 0);
        let porteur = card.porteur_id.as_ref();
        let is_association = porteur.is_some_and(|id| self.associations.contains(id));
        let needed = items(asks_fund, is_association);
        let checks = self.checks.remove(&review.review_id).unwrap_or_default();
        let readings = self.readings.remove(&review.review_id).unwrap_or_default();
        let is_decided = review.closed_at_ms.is_some();
        let until = review
            .closed_at_ms
            .map_or_else(|| courses.today().clone(), Day::in_paris);
        let mut directions = names.directions.iter();
        let lead = review.lead_unit_id.as_ref();
        Some(DeskFile {
            number: card.action_number.or(card.number),
            title: card.title,
            stage: card.stage,
            porteur: porteur.and_then(|id| names.organisations.get(id)).cloned(),
            lead: lead
                .and_then(|id| directions.find(|one| one.region_unit_id == *id))
                .cloned(),
            status: status(&Desk {
                is_complete: review.is_complete,
                asked_count: readings.asked,
                has_session: review.session_on.is_some(),
                is_decided,
            }),
            open_check_count: open_items(&needed, &checks).len(),
            readings,
            received_at_ms: review.received_at_ms,
            waiting_days: until.days_since(&Day::in_paris(review.received_at_ms)),
            advice: self.advices.remove(id),
            opinion: found.course.opinion.map(|opinion| opinion.value),
            requested,
            session_on: review.session_on,
            session_organ: review.session_organ,
            decision: self.decisions.remove(id),
            flags: card.now.flags,
            version: review.proposal_version,
            chantier: (
                card.chantier_id.clone(),
                names
                    .chantiers
                    .get(&card.chantier_id)
                    .cloned()
                    .unwrap_or_default(),
            ),
            proposal_id: card.proposal_id,
        })
    }
}
