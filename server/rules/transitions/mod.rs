//! The T-table: what moves a proposal from one stage to the next (`domain.md` section 2). Who may do it at which stage is in `rights`; what must hold besides is a list of
//! [`Guard`]s; a transition that takes two people says so in `steps`.
//! A [`Cleared`] move can be made only here: whoever writes a move needs one.

mod guards;
mod idea;
mod matter;
mod steps;

pub use guards::Guard;
pub use idea::{NEIGHBOURS_NOT_SHOWN, Naming, Porteur, ProposeGuards, porteur_accepts, propose};
pub use matter::{
    AgreementFacts, Asked, Given, Hearing, Later, Matter, MergeFacts, OpinionFacts, SplitFacts,
    Target,
};
pub use steps::{Step, cancel, consents, decline};

use super::decisions::DecisionValue;
use super::rights::{Action, Facts, Refusal, judge as judge_right};
use super::role::Role;
use super::stage::Stage;

macro_rules! transitions {
    ($($(#[$meta:meta])* $name:ident $key:literal $to:ident [$($guard:ident)*] [$($asking:ident)*];)*) => {
        /// A transition one may ask for on an existing proposal: its number, the stage it leads to,
        /// its guards, and the guards that hold already when somebody only asks for it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Transition {
            $($(#[$meta])* $name,)*
        }

        impl Transition {
            /// Every transition, in table order.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The number in `domain.md`.
            #[must_use]
            pub const fn key(self) -> &'static str {
                match self {
                    $(Self::$name => $key,)*
                }
            }

            /// The right it needs.
            #[must_use]
            pub const fn action(self) -> Action {
                match self {
                    $(Self::$name => Action::$name,)*
                }
            }

            /// The stage it leads to; `None` where the stage stays (T07, T17) or depends on more than the
            /// transition (T20, T25): see [`Cleared::to`].
            #[must_use]
            pub const fn to(self) -> Option<Stage> {
                match self {
                    $(Self::$name => transitions!(stage $to),)*
                }
            }

            /// What must hold beside the right.
            #[must_use]
            pub const fn guards(self) -> &'static [Guard] {
                match self {
                    $(Self::$name => &[$(Guard::$guard),*],)*
                }
            }

            /// What must hold already when somebody asks and another person is to agree.
            #[must_use]
            pub const fn asking_guards(self) -> &'static [Guard] {
                match self {
                    $(Self::$name => &[$(Guard::$asking),*],)*
                }
            }
        }
    };
    (stage Stays) => { None };
    (stage Depends) => { None };
    (stage $to:ident) => { Some(Stage::$to) };
}

transitions! {
    /// T02: idea > drafting.
    StartDrafting "T02" Drafting [PorteurNamed PorteurAgreed] [];
    /// T03: drafting > submitted.
    Submit "T03" Submitted [PorteurNamed PorteurAgreed SheetComplete DuplicatesAnswered] [];
    /// T04: submitted > in commission.
    Admit "T04" InCommission [InScope Complete] [];
    /// T05: submitted > drafting.
    RequestCompletion "T05" Drafting [PointsListed DueDateAhead DueDateNear] [];
    /// T06: submitted > closed, the facilitator and a co-president together.
    Dismiss "T06" Closed [ReasonGiven] [ReasonGiven];
    /// T07: another lead chantier; the receiving facilitator accepts.
    Reassign "T07" Stays [OtherChantier ChantierActive] [OtherChantier ChantierActive];
    /// T08: in commission > frozen.
    Freeze "T08" Frozen [HearingChosen HearingOpen NoticeKept MoneyBalanced VigilancesAnswered] [];
    /// T09: frozen > in commission.
    Thaw "T09" InCommission [ReasonGiven NoOpinionSigned] [];
    /// T10: frozen > opinion given.
    GiveOpinion "T10" OpinionGiven [OpinionPrepared OpinionSigned NotAdjourned] [];
    /// T11: frozen > in commission, the opinion being adjourned.
    Adjourn "T11" InCommission [OpinionPrepared OpinionSigned IsAdjourned PointsListed DueDateAhead DueDateNear] [];
    /// T12: opinion given > in commission.
    Reconsider "T12" InCommission [ReasonGiven] [];
    /// T13: opinion given > at the steering committee.
    SendToCopil "T13" AtCopil [ReservesAnswered OwnerAsked] [];
    /// T14: opinion given > at the Region, by the fast track, its co-presidents together.
    FastTrack "T14" AtRegion [FastTrackOpen OpinionFavourable RequestSmall LeadUnitNamed] [FastTrackOpen OpinionFavourable RequestSmall LeadUnitNamed];
    /// T15: at the steering committee > at the Region.
    Retain "T15" AtRegion [ReasonGiven RankGiven CeilingsGiven CeilingsWithinRequest LeadUnitNamed] [];
    /// T16: at the steering committee > in commission.
    Rework "T16" InCommission [PointsListed DueDateAhead DueDateNear] [];
    /// T17: at the steering committee, until its next session.
    KeepInReserve "T17" Stays [ReasonGiven ReserveListOpen] [];
    /// T18: at the steering committee > closed.
    NotRetain "T18" Closed [ReasonGiven] [];
    /// T19: opinion given, at the steering committee, closed > at the Region (évocation).
    Evoke "T19" AtRegion [ReasonGiven LeadUnitNamed] [];
    /// T20: at the Region > approved, approved with conditions or rejected, by two validators.
    Decide "T20" Depends [DecisionPrepared DecisionNotReturned ReviewComplete DecisionReached EnvelopesKept DeliberationNew] [];
    /// T21: at the Region > in commission, by two validators.
    SendBack "T21" InCommission [DecisionPrepared DecisionReturned DecisionReached DeliberationNew ReturnDueAhead] [];
    /// T22: approved with conditions > approved.
    ConfirmApproval "T22" Approved [ConditionsLifted] [];
    /// T23: approved > committed.
    Engage "T23" Committed [BlockingLifted AgreementRecorded AgreementConcluded] [];
    /// T24: committed > in progress.
    Begin "T24" InProgress [StartGiven StartReached StartReported] [];
    /// T25: in progress > suspended, and back.
    Suspend "T25" Depends [ReasonGiven ReviewDateAhead] [];
    /// T26: in progress > completed: the owner, then the lead direction.
    Complete "T26" Completed [FinalReportGiven] [FinalReportGiven];
    /// T27: an action is abandoned.
    Abandon "T27" Abandoned [ReasonGiven] [];
    /// T28: withdrawn by its owner; from the Region's desk on, acknowledged there.
    Withdraw "T28" Withdrawn [] [];
    /// T29: merged into another proposal.
    Merge "T29" Merged [MergeAsked MergeRead MergeAgreed] [];
    /// T30: split into others, its owner and its facilitator together.
    Split "T30" Split [ChildrenNamed RowsAllocated] [ChildrenNamed RowsAllocated];
    /// T31: idea, drafting > closed.
    CloseInactive "T31" Closed [InactiveLong WarnedTwice] [];
    /// T32: withdrawn, closed > drafting.
    Reopen "T32" Drafting [WithinAYear] [WithinAYear];
}

/// Proof that this move, or the request for it, was allowed on given facts.
#[derive(Debug)]
pub struct Cleared {
    transition: Transition,
    step: Step,
    capacity: Role,
    to: Stage,
}

impl Cleared {
    /// The stage the proposal stands at afterwards.
    #[must_use]
    pub fn to(&self) -> Stage {
        self.to
    }

    /// What is moved.
    #[must_use]
    pub fn transition(&self) -> Transition {
        self.transition
    }

    /// Whether the proposal moves, or another person is asked first.
    #[must_use]
    pub fn step(&self) -> Step {
        self.step
    }

    /// In which capacity the person acts.
    #[must_use]
    pub fn capacity(&self) -> Role {
        self.capacity
    }
}

impl Transition {
    /// The transition with this number.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|transition| transition.key() == key)
    }

    /// Whether anybody could do it at this stage.
    #[must_use]
    pub fn starts_at(self, stage: Stage) -> bool {
        let everybody = Facts {
            roles: Role::ALL.into_iter().collect(),
            stage: Some(stage),
        };
        judge_right(self.action(), &everybody).is_ok()
    }

    /// The round after it: another one begins when the commission is to look again (T11, T12, T16, T21) or
    /// the proposal is taken up again (T32).
    #[must_use]
    pub const fn round_after(self, round: i64) -> i64 {
        match self {
            Self::Adjourn | Self::Reconsider | Self::Rework | Self::SendBack | Self::Reopen => {
                round + 1
            }
            Self::StartDrafting
            | Self::Submit
            | Self::Admit
            | Self::RequestCompletion
            | Self::Dismiss
            | Self::Reassign
            | Self::Freeze
            | Self::Thaw
            | Self::GiveOpinion
            | Self::SendToCopil
            | Self::FastTrack
            | Self::Retain
            | Self::KeepInReserve
            | Self::NotRetain
            | Self::Evoke
            | Self::Decide
            | Self::ConfirmApproval
            | Self::Engage
            | Self::Begin
            | Self::Suspend
            | Self::Complete
            | Self::Abandon
            | Self::Withdraw
            | Self::Merge
            | Self::Split
            | Self::CloseInactive => round,
        }
    }

    /// The refusal of this transition with this code.
    #[must_use]
    pub const fn refusal(self, code: &'static str) -> Refusal {
        Refusal {
            rule: self.key(),
            code,
        }
    }
}

/// Whether these facts allow the move, or the request for it. Pure.
///
/// # Errors
/// The first refusal: of the right, of the step (who must act now), of a guard.
pub fn judge(transition: Transition, facts: &Facts, matter: &Matter) -> Result<Cleared, Refusal> {
    judge_right(transition.action(), facts)?;
    let (step, capacity) =
        steps::next(transition, facts, matter).map_err(|code| transition.refusal(code))?;
    match failing(transition, step, matter).first() {
        Some(guard) => Err(transition.refusal(guard.code())),
        None => Ok(Cleared {
            transition,
            step,
            capacity,
            to: landing(transition, facts, matter),
        }),
    }
}

/// The stage after it. Pure: T20 goes where the decision says, T25 there and back.
fn landing(transition: Transition, facts: &Facts, matter: &Matter) -> Stage {
    let stays = facts.stage.unwrap_or(Stage::Idea);
    if transition == Transition::Suspend {
        return if stays == Stage::Suspended {
            Stage::InProgress
        } else {
            Stage::Suspended
        };
    }
    let decided = matter.later.decision.as_ref().map(|one| one.value);
    match decided.filter(|_| transition == Transition::Decide) {
        Some(DecisionValue::Approved) => Stage::Approved,
        Some(DecisionValue::ApprovedWithConditions) => Stage::ApprovedConditional,
        Some(DecisionValue::Rejected) => Stage::Rejected,
        Some(DecisionValue::Returned) | None => transition.to().unwrap_or(stays),
    }
}

/// What the act would do, and everything that stands against it, in the order of [`judge`]: the right
/// or the step alone when one of them refuses, else every guard that does not hold. Without refusals
/// it may be done.
#[must_use]
pub fn weigh(
    transition: Transition,
    facts: &Facts,
    matter: &Matter,
) -> (Option<Step>, Vec<Refusal>) {
    if let Err(refusal) = judge_right(transition.action(), facts) {
        return (None, vec![refusal]);
    }
    match steps::next(transition, facts, matter) {
        Ok((step, _)) => {
            let guards = failing(transition, step, matter).into_iter();
            let refusals = guards.map(|guard| transition.refusal(guard.code()));
            (Some(step), refusals.collect())
        }
        Err(code) => (None, vec![transition.refusal(code)]),
    }
}

fn failing(transition: Transition, step: Step, matter: &Matter) -> Vec<Guard> {
    let guards = match step {
        Step::Moves => transition.guards(),
        Step::Asks => transition.asking_guards(),
    };
    let broken = guards.iter().filter(|guard| !guard.holds(matter));
    broken.copied().collect()
}
