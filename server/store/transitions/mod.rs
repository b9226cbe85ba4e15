//! A transition in one transaction: the document's row is held, the facts and the matter are read, the
//! rule that was handed in is asked, then the stage, the epoch, what the act leaves behind and its
//! journal row are written.

mod action;
mod copil;
mod effects;
mod later;
mod merge;
mod pending;
mod plan;
mod region;
mod situation;
mod split;
mod warnings;

pub(in crate::store) use merge::{Merging, identity_of};
pub use pending::{Ending, Pending};
pub use plan::{Child, ChildText, Plan, SplitAsk, SplitRow, SplitState};
pub use situation::{HearingChoice, Possible, Situation, Weighed};

use super::accounts::Identity;
use super::projections::Projection;
use super::proposal_page::ProposalRow;
use super::proposals::decide;
use super::standing::Standing;
use super::{Store, Tx};
use crate::clock::Timestamp;
use crate::control::Control;
use crate::error::{Error, Result};
use crate::ids::{ChantierId, DocumentId, MeetingId, OrganisationId, ProposalId, VersionId};
use crate::rules::day::Day;
use crate::rules::money::Amount;
use crate::rules::rights::{Facts, Refusal, act, may};
use crate::rules::sheet::Lack;
use crate::rules::transitions::{Cleared, Guard, Matter, Step, Transition};

/// A transition asked for, with what its guards need; texts tidied and within bounds.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Which.
    pub transition: Transition,
    /// The proposal's version as the person read it.
    pub expected_version: i64,
    /// Why, in their own words.
    pub reason: Option<String>,
    /// T05, T11, T16: the reason's key: `incomplete`, `unclear`, `funding`, `documents`, `other`.
    pub reason_code: Option<&'static str>,
    /// T05, T11, T16: what is asked for, one point each.
    pub points: Vec<String>,
    /// T05, T11, T16: until when.
    pub due_on: Option<Day>,
    /// T02: the structure porteuse; the one already set when not given.
    pub porteur: Option<OrganisationId>,
    /// T04: within the chantier's scope.
    pub in_scope: bool,
    /// T04: complete.
    pub is_complete: bool,
    /// T07: where to.
    pub chantier: Option<ChantierId>,
    /// T08: where it will be heard.
    pub hearing: Option<HearingAsked>,
    /// T03: what the owner says of possible duplicates.
    pub duplicates: Vec<DuplicateAnswer>,
    /// T14, T15, T19: the Region's lead direction; the one already named when not given.
    pub lead_unit: Option<String>,
    /// T15: its rank among what is retained.
    pub rank: Option<i64>,
    /// T15: at most so much of each envelope.
    pub ceilings: Vec<Amount>,
    /// T15 to T18: the session of the committee it was arbitrated in.
    pub session: Option<MeetingId>,
    /// T15 to T18: the day of that session where it was not planned here; today when not given.
    pub arbitrated_on: Option<Day>,
    /// T24: the day the action starts.
    pub starts_on: Option<Day>,
    /// T24: the first report, in words.
    pub report: Option<String>,
    /// T25: the day a suspension is looked at again.
    pub review_on: Option<Day>,
    /// T29: the proposal it becomes part of.
    pub survivor: Option<ProposalId>,
    /// T30: what it becomes.
    pub split: Option<SplitAsk>,
}

/// T08: where a frozen version is to be heard.
#[derive(Clone, Debug)]
pub enum HearingAsked {
    /// In a meeting of the commission.
    Meeting(MeetingId),
    /// In writing, until the end of this day.
    Written(Day),
}

/// T03: what the owner says of a possible duplicate.
#[derive(Clone, Debug)]
pub struct DuplicateAnswer {
    /// The other proposal.
    pub proposal_id: ProposalId,
    /// `distinct`, `overlaps`, `complements`.
    pub kind: &'static str,
    /// Why.
    pub note: Option<String>,
}

impl Ask {
    /// A transition without anything its guards need.
    #[must_use]
    pub fn bare(transition: Transition, expected_version: i64) -> Self {
        Self {
            transition,
            expected_version,
            reason: None,
            reason_code: None,
            points: Vec::new(),
            due_on: None,
            porteur: None,
            in_scope: false,
            is_complete: false,
            chantier: None,
            hearing: None,
            duplicates: Vec::new(),
            lead_unit: None,
            rank: None,
            ceilings: Vec::new(),
            session: None,
            arbitrated_on: None,
            starts_on: None,
            report: None,
            review_on: None,
            survivor: None,
            split: None,
        }
    }
}

/// What became of a transition.
#[derive(Debug)]
pub enum Outcome {
    /// The proposal moved, or somebody was asked to agree: the text whose rights may have changed.
    Done {
        /// That text.
        document: DocumentId,
        /// Which of the two.
        step: Step,
        /// The version that was opened.
        version: Option<VersionId>,
    },
    /// The text has moved since it was read: read it again.
    TextMoved,
    /// T03: the sheet lacks all this.
    Incomplete(Vec<Lack>),
}

/// Everything a transition is made from, read under the document's row.
struct Scene<'a> {
    who: &'a Identity,
    proposal: &'a ProposalId,
    document: DocumentId,
    standing: Standing,
    facts: Facts,
    row: ProposalRow,
    today: Day,
    now: Timestamp,
}

impl Store {
    /// Makes a transition, or asks the second person it takes. `text` is what T03's guards read of the
    /// text: the act is fenced by its `seq`.
    ///
    /// # Errors
    /// `NotFound`; `Refused` by the transition's rule; `Conflict` `version_changed`, also when T07 is
    /// accepted for another chantier than was asked; `Invalid` for a chantier that does not exist.
    pub async fn transition(
        &self,
        who: &Identity,
        proposal: &ProposalId,
        ask: &Ask,
        text: Option<&Projection>,
        rule: impl FnOnce(Transition, &Facts, &Matter) -> Result<Cleared, Refusal> + Send,
    ) -> Result<Outcome> {
        let mut tx = self.write().await?;
        let scene = tx.scene(self, who, proposal).await?;
        // Before anything else the request names is looked up: what is hidden answers nothing else.
        may::<act::Read>(&scene.facts)?;
        if let Some(HearingAsked::Meeting(meeting)) = &ask.hearing {
            tx.hold_meeting(meeting).await?;
        }
        if matches!(ask.transition, Transition::Decide | Transition::SendBack) {
            tx.hold_programme().await?;
        }
        let situation = tx.situation(&scene, text).await?;
        let matter = tx.matter(&scene, &situation, ask).await?;
        let verdict = rule(ask.transition, &scene.facts, &matter);
        let version = scene.row.version;
        let given_seq = ask.split.as_ref().and_then(SplitAsk::text_seq);
        let is_stale = match text.map(|text| text.seq).or(given_seq) {
            Some(seq) => tx.head_seq(&scene.document).await? != seq,
            None => false,
        };
        let cleared = match decide(verdict, version, ask.expected_version) {
            // The guard may have read an old text: only what does not depend on it is final.
            Ok(_) if is_stale => return Ok(Outcome::TextMoved),
            Err(Error::Refused(refusal))
                if is_stale && refusal.code == Guard::SheetComplete.code() =>
            {
                return Ok(Outcome::TextMoved);
            }
            Err(Error::Refused(refusal)) if refusal.code == Guard::SheetComplete.code() => {
                return Ok(Outcome::Incomplete(situation.lacks));
            }
            verdict => verdict?,
        };
        if situation.names_another_chantier(ask) {
            return Err(Error::Conflict("version_changed"));
        }
        if situation.plan_is_outdated(ask.transition) {
            return Err(Error::Conflict("plan_outdated"));
        }
        let opened = match cleared.step() {
            Step::Asks => {
                tx.ask_second(&scene, &cleared, ask).await?;
                None
            }
            Step::Moves => {
                tx.set_stage(&scene, &cleared).await?;
                if Control::MoveInTwo.is_on() {
                    tx.commit().await?;
                    tx = self.write().await?;
                }
                tx.make_move(&scene, &cleared, &situation, ask).await?
            }
        };
        tx.commit().await?;
        Ok(Outcome::Done {
            document: scene.document,
            step: cleared.step(),
            version: opened,
        })
    }
}

impl Tx {
    /// Holds the document's row, then reads who asks and how the proposal stands.
    async fn scene<'a>(
        &mut self,
        store: &Store,
        who: &'a Identity,
        proposal: &'a ProposalId,
    ) -> Result<Scene<'a>> {
        self.hold_document(proposal).await?;
        self.seen(store, who, proposal).await
    }

    /// The same without holding anything.
    async fn seen<'a>(
        &mut self,
        store: &Store,
        who: &'a Identity,
        proposal: &'a ProposalId,
    ) -> Result<Scene<'a>> {
        let (today, now) = (store.today(), store.clock.now());
        let standing = self.standing(&who.account_id, &today).await?;
        let facts = self.facts_of(&standing, proposal).await?;
        let row = self.proposal_row(proposal).await?;
        Ok(Scene {
            who,
            proposal,
            document: DocumentId::from(row.document_id.as_str()),
            standing,
            facts,
            row,
            today,
            now,
        })
    }
}
