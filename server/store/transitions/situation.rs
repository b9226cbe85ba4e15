//! How things stand around a proposal, as far as its transitions look at them.

use super::{Ask, HearingAsked, Pending, Scene, SplitState};
use crate::error::{Error, Result};
use crate::ids::{ChantierId, OrganisationId, ProposalId};
use crate::rules::arbitrations::{RANKS, ceilings_fit};
use crate::rules::day::Day;
use crate::rules::money::Amount;
use crate::rules::notice;
use crate::rules::rights::{Facts, Refusal, act, may};
use crate::rules::role::Role;
use crate::rules::sheet::{Lack, is_balanced};
use crate::rules::transitions::{
    Given, Guard, Hearing, Later, Matter, Naming, OpinionFacts, Porteur, Step, Target, Transition,
    porteur_accepts, weigh,
};
use crate::store::accounts::Identity;
use crate::store::deposits::{self, lacking};
use crate::store::hearings::{Hearable, Notice};
use crate::store::opinions::Opinion;
use crate::store::projections::Projection;
use crate::store::refs::PersonRef;
use crate::store::region::review_page::Direction;
use crate::store::sheet::sheet_facts;
use crate::store::{Store, Tx, args};

/// How things stand, whichever transition is asked for.
#[derive(Clone, Debug)]
pub struct Situation {
    /// What the sheet lacks before the deposit; empty where the text was not read.
    pub lacks: Vec<Lack>,
    /// Whether costs and funding are equal; looked at where the commission is about to hear it.
    pub is_balanced: bool,
    /// The porteur as this person could leave it without naming another.
    pub porteur: Porteur,
    /// The possible duplicates the owner has not answered: their ids.
    pub open_duplicates: Vec<String>,
    /// How many vigilances nobody has answered.
    pub unanswered_vigilance_count: i64,
    /// The opinion of this round.
    pub opinion: Option<Opinion>,
    /// Days since the last edit, comment or act.
    pub inactive_days: i64,
    /// When the owner was warned since then, in milliseconds UTC, the first first.
    pub warned_at_ms: Vec<i64>,
    /// What somebody asked for.
    pub pending: Vec<Pending>,
    /// The meetings of its commission that could hear it.
    pub meetings: Vec<Hearable>,
    /// How much notice the commission is owed.
    pub notice: Notice,
    /// How things stand from the steering committee on.
    pub later: Later,
    /// What is asked of each envelope and year.
    pub requested: Vec<Amount>,
    /// T30: the plan that awaits its second person.
    pub split: Option<SplitState>,
}

/// Where the frozen version may be heard, with the notice that leaves.
#[derive(Clone, Debug)]
pub struct HearingChoice {
    /// The meeting.
    pub meeting: Hearable,
    /// Clear days between today and it.
    pub clear_days: i64,
}

/// One transition, weighed for a person.
#[derive(Clone, Debug)]
pub struct Possible {
    /// Which.
    pub transition: Transition,
    /// What the act would do; `None` when the right or the other person's part is missing.
    pub step: Option<Step>,
    /// What stands against it; empty: it may be done.
    pub obstacles: Vec<Refusal>,
}

impl Situation {
    /// What somebody asked for of this transition.
    #[must_use]
    pub fn pending(&self, transition: Transition) -> Option<&Pending> {
        let mut pending = self.pending.iter();
        pending.find(|pending| pending.transition == transition)
    }

    /// Where somebody asked that a proposal go (T07): whoever agrees agrees to this.
    #[must_use]
    pub fn asked_chantier(&self) -> Option<&str> {
        self.pending(Transition::Reassign)?.chantier_id.as_deref()
    }

    /// Whether this act speaks of another chantier than the one that was asked to take it over.
    #[must_use]
    pub fn names_another_chantier(&self, ask: &Ask) -> bool {
        let named = ask.chantier.as_ref().map(ChantierId::as_str);
        let is_reassigned = ask.transition == Transition::Reassign;
        is_reassigned
            && named.is_some()
            && self
                .asked_chantier()
                .is_some_and(|asked| named != Some(asked))
    }
}

/// The transitions of a proposal as one person finds them.
#[derive(Clone, Debug)]
pub struct Weighed {
    /// Each transition of the stage.
    pub transitions: Vec<Possible>,
    /// How things stand.
    pub situation: Situation,
    /// The meetings that could hear it, the next first.
    pub hearings: Vec<HearingChoice>,
    /// The earliest day a written consultation may close.
    pub earliest_close: Day,
    /// The proposal's version this was weighed on.
    pub version: i64,
    /// The day it was weighed on.
    pub today: Day,
    /// What rights are judged from.
    pub facts: Facts,
    /// Who holds which role around it.
    pub holders: Vec<(Role, PersonRef)>,
    /// The titles of the possible duplicates, by id.
    pub duplicate_titles: Vec<(String, String)>,
    /// The organisations that step aside by rule.
    pub recused: Vec<String>,
    /// T14, T15, T19: what the way to the Region is chosen from.
    pub region: RegionChoice,
}

/// What the way to the Region is chosen from; empty where no transition listed needs it.
#[derive(Clone, Debug, Default)]
pub struct RegionChoice {
    /// The Region's directions, by title.
    pub directions: Vec<Direction>,
    /// The one already named.
    pub lead_unit_id: Option<String>,
    /// What is asked of each envelope and year.
    pub requested: Vec<Amount>,
}

impl Store {
    /// Weighs every transition of the proposal's stage for a person.
    ///
    /// # Errors
    /// `NotFound` when there is none, or the account may not read it.
    pub async fn weigh(
        &self,
        who: &Identity,
        proposal: &ProposalId,
        text: &Projection,
    ) -> Result<Weighed> {
        let mut tx = self.read().await?;
        let scene = tx.seen(self, who, proposal).await?;
        may::<act::Read>(&scene.facts)?;
        let situation = tx.situation(&scene, Some(text)).await?;
        let mut transitions = Vec::new();
        for &transition in Transition::ALL {
            if !transition.starts_at(scene.row.stage) {
                continue;
            }
            let matter = standing(&scene, &situation, transition);
            let (step, obstacles) = weigh(transition, &scene.facts, &matter);
            transitions.push(Possible {
                transition,
                step,
                obstacles,
            });
        }
        let hearings = situation
            .meetings
            .iter()
            .map(|meeting| HearingChoice {
                clear_days: notice::clear_days(&scene.today, &meeting.day()),
                meeting: meeting.clone(),
            })
            .collect();
        let closes = notice::first_day_after(&scene.today, situation.notice.written_days);
        Ok(Weighed {
            holders: tx
                .holders(proposal, &scene.row.chantier_id, &scene.today)
                .await?,
            duplicate_titles: tx.titles_of(&situation.open_duplicates).await?,
            recused: tx.recused_by_rule(proposal).await?.into_iter().collect(),
            region: tx.region_choice(&scene, &transitions).await?,
            today: scene.today,
            facts: scene.facts,
            transitions,
            hearings,
            earliest_close: closes,
            version: scene.row.version,
            situation,
        })
    }
}

impl Tx {
    async fn region_choice(
        &mut self,
        scene: &Scene<'_>,
        listed: &[Possible],
    ) -> Result<RegionChoice> {
        let leads = |one: &Possible| one.transition.guards().contains(&Guard::LeadUnitNamed);
        if !listed.iter().any(leads) {
            return Ok(RegionChoice::default());
        }
        Ok(RegionChoice {
            directions: self.directions().await?,
            lead_unit_id: scene.row.lead_unit_id.clone(),
            requested: self.requested(scene.proposal).await?,
        })
    }

    /// Reads how things stand.
    pub(super) async fn situation(
        &mut self,
        scene: &Scene<'_>,
        text: Option<&Projection>,
    ) -> Result<Situation> {
        let proposal = scene.proposal;
        let (lacks, is_balanced) = self.sheet_state(scene, text).await?;
        let opinion = self.current_opinion(proposal, scene.row.round).await?;
        let active_at_ms = self.active_at_ms(scene).await?;
        let active_on = Day::in_paris(active_at_ms);
        let pending = self.pending_moves(scene).await?;
        Ok(Situation {
            split: self.split_state(proposal, &pending).await?,
            lacks,
            is_balanced,
            porteur: self.porteur(scene, None).await?,
            open_duplicates: self.open_duplicates(scene).await?,
            unanswered_vigilance_count: self.unanswered_vigilances(proposal).await?,
            opinion,
            inactive_days: scene.today.days_since(&active_on),
            warned_at_ms: self.warnings_since(proposal, active_at_ms).await?,
            pending,
            meetings: self.hearable(&scene.row.chantier_id, scene.now).await?,
            notice: self.notice().await?,
            later: self.later(scene).await?,
            requested: self.requested(proposal).await?,
        })
    }

    /// What the sheet lacks, as far as its text was read; whether its money is balanced.
    async fn sheet_state(
        &mut self,
        scene: &Scene<'_>,
        text: Option<&Projection>,
    ) -> Result<(Vec<Lack>, bool)> {
        let is_heard_next = Transition::Freeze.starts_at(scene.row.stage);
        if text.is_none() && !is_heard_next {
            return Ok((Vec::new(), true));
        }
        let sheet = self.sheet(scene.proposal).await?;
        let porteur = deposits::porteur(&scene.row);
        let lacks = text.map(|text| lacking(text, &sheet, porteur));
        let balanced = is_balanced(&sheet_facts(&sheet, porteur).0);
        Ok((lacks.unwrap_or_default(), balanced))
    }

    /// What the guards of this transition look at.
    ///
    /// # Errors
    /// `Invalid` for a porteur, a chantier or a meeting that does not exist.
    pub(super) async fn matter(
        &mut self,
        scene: &Scene<'_>,
        situation: &Situation,
        ask: &Ask,
    ) -> Result<Matter> {
        let mut matter = standing(scene, situation, ask.transition);
        if ask.porteur.is_some() {
            matter.porteur = self.porteur(scene, ask.porteur.as_ref()).await?;
        }
        let answered = |id: &String| {
            let mut answers = ask.duplicates.iter();
            answers.any(|answer| answer.proposal_id.as_str() == id)
        };
        let open = situation.open_duplicates.iter();
        matter.open_duplicate_count = open.filter(|id| !answered(id)).count();
        let stored = situation.pending(ask.transition);
        let asked = stored.and_then(|asked| asked.chantier_id.as_deref());
        let chantier = asked.map(ChantierId::from).or_else(|| ask.chantier.clone());
        matter.given = Some(Given {
            has_reason: ask.reason.is_some() || stored.is_some_and(|asked| asked.reason.is_some()),
            in_scope: ask.in_scope,
            is_complete: ask.is_complete,
            point_count: ask.points.len(),
            due_in_days: ask.due_on.as_ref().map(|due| due.days_since(&scene.today)),
            target: match &chantier {
                Some(chantier) => Some(self.target(scene, chantier).await?),
                None => None,
            },
            hearing: ask
                .hearing
                .as_ref()
                .map(|asked| hearing(scene, situation, asked)),
            has_rank: ask.rank.is_some_and(|rank| RANKS.contains(&rank)),
            has_ceilings: !ask.ceilings.is_empty(),
            ceilings_fit: ceilings_fit(&ask.ceilings, &situation.requested),
            names_lead_unit: self.is_direction(ask.lead_unit.as_deref()).await?,
            starts_in_days: ask.starts_on.as_ref().map(|on| on.days_since(&scene.today)),
            has_start_report: ask.report.is_some(),
            review_in_days: ask.review_on.as_ref().map(|on| on.days_since(&scene.today)),
            split: self.split_given(scene, situation, ask).await?,
        });
        Ok(matter)
    }

    /// The porteur as it would stand, named by this person.
    async fn porteur(
        &mut self,
        scene: &Scene<'_>,
        named: Option<&OrganisationId>,
    ) -> Result<Porteur> {
        let row = &scene.row;
        let Some(id) = named
            .map(OrganisationId::as_str)
            .or(row.porteur_id.as_deref())
        else {
            return Ok(Porteur::Missing);
        };
        let members = self.active_members(&row.chantier_id, &scene.today).await?;
        let before = row.porteur_id.as_deref() == Some(id) && row.porteur_accepted_at_ms.is_some();
        let naming = Naming {
            accepted_before: before,
            own: scene.standing.belongs_to(id),
            active_member: members.contains(id),
        };
        Ok(porteur_accepts(&scene.facts, &naming))
    }

    async fn target(&mut self, scene: &Scene<'_>, chantier: &ChantierId) -> Result<Target> {
        let row = self
            .row(
                "select status from chantier where chantier_id = $1",
                args![chantier.as_str()],
            )
            .await?
            .ok_or(Error::Invalid {
                field: "chantier_id",
                problem: "unknown",
            })?;
        let there = scene.standing.in_chantier(chantier.as_str());
        Ok(Target {
            is_other: scene.row.chantier_id != chantier.as_str(),
            is_active: row.text(0)? == "active",
            is_run_by_asker: there.has(Role::Facilitator),
        })
    }

    /// The last edit, comment or act, in milliseconds UTC.
    pub(super) async fn active_at_ms(&mut self, scene: &Scene<'_>) -> Result<i64> {
        let mut latest = scene.row.updated_at_ms;
        for sql in [
            "select max(created_at_ms) from log_row where document_id = $1",
            "select max(created_at_ms) from log_segment where document_id = $1",
        ] {
            let row = self.row(sql, args![scene.document.as_str()]).await?;
            let at_ms = row.map(|row| row.opt_int(0)).transpose()?.flatten();
            latest = latest.max(at_ms.unwrap_or(0));
        }
        let row = self
            .row(
                "select max(created_at_ms) from comment where proposal_id = $1",
                args![scene.proposal.as_str()],
            )
            .await?;
        let at_ms = row.map(|row| row.opt_int(0)).transpose()?.flatten();
        Ok(latest.max(at_ms.unwrap_or(0)))
    }

    async fn titles_of(&mut self, proposals: &[String]) -> Result<Vec<(String, String)>> {
        let mut titles = Vec::new();
        for id in proposals {
            let row = self
                .row(
                    "select title from proposal where proposal_id = $1",
                    args![id],
                )
                .await?;
            if let Some(row) = row {
                titles.push((id.clone(), row.text(0)?));
            }
        }
        Ok(titles)
    }

    /// The possible duplicates that the owner has not answered, among those this person may read: nobody
    /// is told of another, nor held up by one they cannot look at.
    async fn open_duplicates(&mut self, scene: &Scene<'_>) -> Result<Vec<String>> {
        let rows = self
            .rows(
                "select to_id from proposal_link where from_id = $1 and kind = 'duplicate'
                 and answered_at_ms is null order by to_id",
                args![scene.proposal.as_str()],
            )
            .await?;
        let mut open = Vec::new();
        for row in rows {
            let other = ProposalId::from(row.text(0)?);
            let facts = self.facts_of(&scene.standing, &other).await?;
            if may::<act::Read>(&facts).is_ok() {
                open.push(other.as_str().to_owned());
            }
        }
        Ok(open)
    }
}

/// What the guards of a transition look at before anything is given.
fn standing(scene: &Scene<'_>, situation: &Situation, transition: Transition) -> Matter {
    let asked = situation.pending(transition);
    let ended = scene.row.stage.may_reopen();
    let opinion = situation.opinion.as_ref();
    Matter {
        asked: asked.map(|asked| asked.asked(scene.who.person_id.as_str())),
        given: None,
        porteur: situation.porteur,
        lack_count: situation.lacks.len(),
        is_balanced: situation.is_balanced,
        open_duplicate_count: 0,
        unanswered_vigilance_count: situation.unanswered_vigilance_count,
        opinion: opinion.map(|opinion| OpinionFacts {
            value: opinion.value,
            is_signed: opinion.signed_at_ms.is_some(),
        }),
        open_reserve_count: opinion.map_or(0, Opinion::open_reserve_count),
        inactive_days: situation.inactive_days,
        warning_count: i64::try_from(situation.warned_at_ms.len()).unwrap_or(i64::MAX),
        ended_days: ended.then(|| {
            let since = Day::in_paris(scene.row.stage_since_ms);
            scene.today.days_since(&since)
        }),
        later: situation.later.clone(),
    }
}

/// The chosen hearing, as the guards look at it; an unknown meeting is no open one.
fn hearing(scene: &Scene<'_>, situation: &Situation, asked: &HearingAsked) -> Hearing {
    match asked {
        HearingAsked::Meeting(id) => {
            let mut meetings = situation.meetings.iter();
            let meeting = meetings.find(|meeting| meeting.meeting_id == id.as_str());
            Hearing {
                is_open: meeting.is_some(),
                clear_days: meeting.map_or(0, |meeting| {
                    notice::clear_days(&scene.today, &meeting.day())
                }),
                notice_days: situation.notice.meeting_days,
            }
        }
        HearingAsked::Written(closes_on) => Hearing {
            is_open: true,
            clear_days: notice::clear_days(&scene.today, closes_on),
            notice_days: situation.notice.written_days,
        },
    }
}
