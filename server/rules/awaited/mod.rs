//! Who is awaited on a proposal now, with what, and until when: exactly one party, whatever the stage
//! (`domain.md` section 2, last column, and section 5). What has waited too long is in `flags`.
//! Pure: the one table every page, board and desk is judged from.

mod flags;
#[cfg(test)]
mod tests;

pub use flags::{Flag, Flagged, Timers, flags};

use super::day::Day;
use super::follow_ups;
use super::keyed::keyed;
use super::notice::plus_working_days;
use super::opinions::OpinionValue;
use super::role::Role;
use super::stage::Stage;
use super::transitions::{Porteur, Transition, consents};

/// Where a proposal is on its way, as far as who is awaited depends on it.
#[derive(Clone, Debug)]
pub struct Course {
    /// Its stage.
    pub stage: Stage,
    /// Since when, in milliseconds UTC.
    pub since_ms: i64,
    /// Whether a structure porteuse stands behind it, were the owner to go on.
    pub porteur: Porteur,
    /// The oldest act that awaits its second person.
    pub asked: Option<Asking>,
    /// The request for completion nobody has answered.
    pub request: Option<Request>,
    /// Vigilances without an answer.
    pub unanswered_vigilance_count: i64,
    /// Questions without an answer.
    pub unanswered_question_count: i64,
    /// The day the frozen version is heard, or the last of its written consultation.
    pub hearing_on: Option<Day>,
    /// The opinion of this round, as far as it is made.
    pub opinion: Option<Opinion>,
    /// Reserves without an answer.
    pub open_reserve_count: i64,
    /// The last edit, comment or act, in milliseconds UTC.
    pub active_at_ms: i64,
    /// How it goes as an action.
    pub following: Following,
}

/// How an action goes.
#[derive(Clone, Debug, Default)]
pub struct Following {
    /// The day it began (T24).
    pub began_on: Option<Day>,
    /// The periods whose reports are given.
    pub given: Vec<String>,
    /// When the first condition that is not lifted falls due.
    pub condition_due_on: Option<Day>,
    /// When its suspension is looked at again.
    pub review_on: Option<Day>,
}

/// An act asked for by one of the two people it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asking {
    /// Which.
    pub transition: Transition,
    /// In which capacity it was asked for.
    pub capacity: Role,
    /// When, in milliseconds UTC.
    pub asked_at_ms: i64,
}

/// A request for completion (T05, T11).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Until when it is to be answered.
    pub due_on: Day,
    /// When it was made, in milliseconds UTC.
    pub asked_at_ms: i64,
}

/// How far the opinion of the round is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opinion {
    /// What it says.
    pub value: OpinionValue,
    /// When it was prepared, in milliseconds UTC.
    pub prepared_at_ms: i64,
    /// When a co-president signed it.
    pub signed_at_ms: Option<i64>,
}

/// The one party a proposal awaits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwaitedNow {
    /// Who.
    pub party: Awaited,
    /// What they are to do.
    pub what: What,
    /// Until when; `None` where nothing sets a day.
    pub due_on: Option<Day>,
    /// Since when, in milliseconds UTC.
    pub since_ms: i64,
    /// The transition that does it, where one does.
    pub transition: Option<Transition>,
    /// The roles one of which does it.
    pub roles: &'static [Role],
}

keyed! {
    /// A party that may be awaited.
    Awaited {
        /// The structure porteuse.
        Porteur "porteur";
        /// The owner.
        Owner "owner";
        /// Who runs the chantier.
        Facilitator "facilitator";
        /// Who runs the chantier asked to take it over (T07).
        Receiver "receiver";
        /// The commission's members, each for themselves.
        Members "members";
        /// The commission, together.
        Commission "commission";
        /// A co-president.
        CoPresidents "co_presidents";
        /// The steering committee.
        Copil "copil";
        /// The Region's lead direction.
        LeadDirection "lead_direction";
        /// The Region.
        Region "region";
        /// The owner of each condition.
        ConditionOwners "condition_owners";
        /// Nobody.
        Nobody "nobody";
    }
}

keyed! {
    /// What a party is awaited for.
    What {
        /// To agree to an act somebody else asked for.
        Consent "consent";
        /// To name a structure porteuse.
        NamePorteur "name_porteur";
        /// To accept to bear it.
        AcceptPorteur "accept_porteur";
        /// To start drafting (T02).
        StartDrafting "start_drafting";
        /// To answer a request for completion.
        Complete "complete";
        /// To draft the sheet, up to the deposit (T03).
        Draft "draft";
        /// To open the discussion, or say what is missing (T04, T05).
        Admit "admit";
        /// To answer vigilances and questions.
        AnswerThreads "answer_threads";
        /// To discuss it.
        Discuss "discuss";
        /// To hear the frozen version.
        Hear "hear";
        /// To prepare the opinion.
        PrepareOpinion "prepare_opinion";
        /// To sign it.
        SignOpinion "sign_opinion";
        /// To give it (T10).
        GiveOpinion "give_opinion";
        /// To take it back to the discussion, the opinion being adjourned (T11).
        Adjourn "adjourn";
        /// To answer the reserves.
        AnswerReserves "answer_reserves";
        /// To ask that it goes on in spite of an unfavourable opinion (T13).
        AskCopil "ask_copil";
        /// To send it on (T13).
        SendToCopil "send_to_copil";
        /// To arbitrate.
        Arbitrate "arbitrate";
        /// To instruct the file.
        Instruct "instruct";
        /// To conclude the agreement.
        SignAgreement "sign_agreement";
        /// To fulfil the conditions.
        LiftConditions "lift_conditions";
        /// To start the action.
        StartAction "start_action";
        /// To report on it, each half-year.
        Report "report";
        /// To say whether the action goes on.
        Resume "resume";
        /// Nothing.
        Nothing "nothing";
    }
}

impl What {
    /// How long it takes, in minutes: the kinds of `domain.md` section 5, a small consent 2.
    #[must_use]
    pub const fn minutes(self) -> i64 {
        match self {
            Self::Consent | Self::StartDrafting | Self::AskCopil => 2,
            Self::NamePorteur
            | Self::AcceptPorteur
            | Self::AnswerThreads
            | Self::SignOpinion
            | Self::GiveOpinion
            | Self::Adjourn
            | Self::SendToCopil => 5,
            Self::Hear | Self::PrepareOpinion | Self::AnswerReserves => 15,
            Self::SignAgreement
            | Self::LiftConditions
            | Self::StartAction
            | Self::Report
            | Self::Resume => 20,
            Self::Complete
            | Self::Draft
            | Self::Admit
            | Self::Discuss
            | Self::Arbitrate
            | Self::Instruct => 30,
            Self::Nothing => 0,
        }
    }
}

/// Who is awaited on a proposal, with what, and until when.
#[must_use]
pub fn awaited(course: &Course, timers: &Timers, today: &Day) -> AwaitedNow {
    if let Some(asking) = &course.asked {
        return consent(asking);
    }
    match course.stage {
        Stage::Idea => idea(course),
        Stage::Drafting => {
            requested(course).unwrap_or_else(|| course.await_of(Awaited::Owner, What::Draft))
        }
        Stage::Submitted => {
            course
                .await_of(Awaited::Facilitator, What::Admit)
                .until(plus_working_days(
                    &course.since(),
                    timers.submitted_working_days,
                ))
        }
        Stage::InCommission => discussed(course),
        Stage::Frozen => heard(course, today),
        Stage::OpinionGiven => {
            advised(course).until(course.since().plus_days(timers.opinion_given_days))
        }
        Stage::AtCopil => course.await_of(Awaited::Copil, What::Arbitrate),
        Stage::AtRegion => course.await_of(Awaited::LeadDirection, What::Instruct),
        Stage::Approved => course.await_of(Awaited::Region, What::SignAgreement),
        Stage::ApprovedConditional => {
            let lift = course.await_of(Awaited::ConditionOwners, What::LiftConditions);
            lift.until_some(course.following.condition_due_on.clone())
        }
        Stage::Committed => course
            .await_of(Awaited::Porteur, What::StartAction)
            .by(BEARERS),
        Stage::InProgress => {
            let report = course.await_of(Awaited::Porteur, What::Report).by(BEARERS);
            report.until_some(course.next_report(today).map(|(period, _)| period.due_on))
        }
        Stage::Suspended => {
            let resume = course.await_of(Awaited::Region, What::Resume);
            resume.until_some(course.following.review_on.clone())
        }
        Stage::Rejected
        | Stage::Completed
        | Stage::Abandoned
        | Stage::Withdrawn
        | Stage::Merged
        | Stage::Split
        | Stage::Closed => course.await_of(Awaited::Nobody, What::Nothing),
    }
}

impl Course {
    /// The day the stage began.
    fn since(&self) -> Day {
        Day::in_paris(self.since_ms)
    }

    /// The report that is awaited next; `None` before the action begins.
    fn next_report(&self, today: &Day) -> Option<(follow_ups::Period, follow_ups::Due)> {
        let began_on = self.following.began_on.as_ref()?;
        let given = &self.following.given;
        follow_ups::next(began_on, today, |key| given.iter().any(|one| one == key))
    }

    /// This party, for this, since the stage began.
    fn await_of(&self, party: Awaited, what: What) -> AwaitedNow {
        AwaitedNow {
            party,
            what,
            due_on: None,
            since_ms: self.since_ms,
            transition: transition_of(what),
            roles: roles_of(party),
        }
    }
}

impl AwaitedNow {
    fn until(self, day: Day) -> Self {
        Self {
            due_on: Some(day),
            ..self
        }
    }

    fn until_some(self, day: Option<Day>) -> Self {
        Self {
            due_on: day,
            ..self
        }
    }

    fn since(self, since_ms: i64) -> Self {
        Self { since_ms, ..self }
    }

    fn by(self, roles: &'static [Role]) -> Self {
        Self { roles, ..self }
    }
}

fn consent(asking: &Asking) -> AwaitedNow {
    let roles = consents(asking.transition, asking.capacity);
    AwaitedNow {
        party: roles
            .first()
            .map_or(Awaited::Nobody, |role| party_of(*role)),
        what: What::Consent,
        due_on: None,
        since_ms: asking.asked_at_ms,
        transition: Some(asking.transition),
        roles,
    }
}

fn idea(course: &Course) -> AwaitedNow {
    match course.porteur {
        Porteur::Missing => course.await_of(Awaited::Owner, What::NamePorteur),
        Porteur::NotAccepted => course.await_of(Awaited::Porteur, What::AcceptPorteur),
        Porteur::Accepted => course.await_of(Awaited::Owner, What::StartDrafting),
    }
}

fn requested(course: &Course) -> Option<AwaitedNow> {
    let request = course.request.as_ref()?;
    let complete = course.await_of(Awaited::Owner, What::Complete);
    Some(
        complete
            .until(request.due_on.clone())
            .since(request.asked_at_ms),
    )
}

fn discussed(course: &Course) -> AwaitedNow {
    requested(course).unwrap_or_else(|| {
        if course.unanswered_vigilance_count + course.unanswered_question_count > 0 {
            course.await_of(Awaited::Owner, What::AnswerThreads)
        } else {
            course.await_of(Awaited::Members, What::Discuss)
        }
    })
}

fn heard(course: &Course, today: &Day) -> AwaitedNow {
    match (&course.opinion, &course.hearing_on) {
        (Some(opinion), _) => match (opinion.signed_at_ms, opinion.value) {
            (None, _) => course
                .await_of(Awaited::CoPresidents, What::SignOpinion)
                .since(opinion.prepared_at_ms),
            (Some(at_ms), OpinionValue::Adjourned) => course
                .await_of(Awaited::Facilitator, What::Adjourn)
                .since(at_ms),
            (
                Some(at_ms),
                OpinionValue::Favourable
                | OpinionValue::FavourableWithReserves
                | OpinionValue::Unfavourable,
            ) => course
                .await_of(Awaited::Facilitator, What::GiveOpinion)
                .since(at_ms),
        },
        (None, Some(day)) if today > day => course
            .await_of(Awaited::Facilitator, What::PrepareOpinion)
            .since(day.plus_days(1).at_ms(0)),
        (None, Some(day)) => course
            .await_of(Awaited::Commission, What::Hear)
            .until(day.clone()),
        (None, None) => course.await_of(Awaited::Commission, What::Hear),
    }
}

fn advised(course: &Course) -> AwaitedNow {
    if course.open_reserve_count > 0 {
        return course.await_of(Awaited::Owner, What::AnswerReserves);
    }
    match course.opinion.map(|opinion| opinion.value) {
        // T13 then needs the owner's request first.
        Some(OpinionValue::Unfavourable) => course.await_of(Awaited::Owner, What::AskCopil),
        Some(
            OpinionValue::Favourable
            | OpinionValue::FavourableWithReserves
            | OpinionValue::Adjourned,
        )
        | None => course.await_of(Awaited::CoPresidents, What::SendToCopil),
    }
}

/// Who acts for the structure porteuse once the action is under way.
const BEARERS: &[Role] = &[Role::Owner, Role::OrgAdmin];

/// The party a role belongs to, of those that may be asked to agree.
const fn party_of(role: Role) -> Awaited {
    match role {
        Role::Owner => Awaited::Owner,
        Role::Facilitator => Awaited::Facilitator,
        Role::CoPresident => Awaited::CoPresidents,
        Role::Receiver => Awaited::Receiver,
        Role::CopilMember | Role::CopilSecretary => Awaited::Copil,
        Role::RegionInstructor => Awaited::LeadDirection,
        Role::RegionValidator => Awaited::Region,
        Role::OrgAdmin => Awaited::Porteur,
        Role::Member => Awaited::Members,
        Role::Contributor | Role::Associated | Role::Observer | Role::Admin => Awaited::Nobody,
    }
}

/// Whose roles make the party. The structure porteuse answers through its reference person.
const fn roles_of(party: Awaited) -> &'static [Role] {
    match party {
        Awaited::Porteur => &[Role::OrgAdmin],
        Awaited::Owner | Awaited::ConditionOwners => &[Role::Owner],
        Awaited::Facilitator => &[Role::Facilitator],
        Awaited::Receiver => &[Role::Receiver],
        Awaited::Members => &[Role::Member],
        Awaited::Commission => &[Role::Member, Role::CoPresident],
        Awaited::CoPresidents => &[Role::CoPresident],
        Awaited::Copil => &[Role::CopilMember, Role::CopilSecretary],
        Awaited::LeadDirection | Awaited::Region => &[Role::RegionInstructor],
        Awaited::Nobody => &[],
    }
}

/// The transition that does it.
const fn transition_of(what: What) -> Option<Transition> {
    match what {
        What::NamePorteur | What::StartDrafting => Some(Transition::StartDrafting),
        What::Admit => Some(Transition::Admit),
        What::GiveOpinion => Some(Transition::GiveOpinion),
        What::Adjourn => Some(Transition::Adjourn),
        What::AskCopil | What::SendToCopil => Some(Transition::SendToCopil),
        What::Consent
        | What::AcceptPorteur
        | What::Complete
        | What::Draft
        | What::AnswerThreads
        | What::Discuss
        | What::Hear
        | What::PrepareOpinion
        | What::SignOpinion
        | What::AnswerReserves
        | What::Arbitrate
        | What::Instruct
        | What::SignAgreement
        | What::LiftConditions
        | What::StartAction
        | What::Report
        | What::Resume
        | What::Nothing => None,
    }
}
