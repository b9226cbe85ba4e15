//! What the guards of a transition look at: how things stand, and what the person gives with the act.

use super::super::decisions::Prepared;
use super::super::opinions::OpinionValue;
use super::super::role::Role;
use super::Porteur;

/// How things stand around a proposal, as far as a transition looks at them.
#[derive(Clone, Debug)]
pub struct Matter {
    /// The same transition, asked for by somebody and not answered yet.
    pub asked: Option<Asked>,
    /// What the person gives with the act; `None` while it is only weighed whether they may: what
    /// is to be given then counts as given.
    pub given: Option<Given>,
    /// The porteur, as it would stand after the act.
    pub porteur: Porteur,
    /// How many points the sheet lacks for the deposit.
    pub lack_count: usize,
    /// Whether costs and funding are equal, per year and in all.
    pub is_balanced: bool,
    /// How many possible duplicates the owner has not answered.
    pub open_duplicate_count: usize,
    /// How many vigilances of the commission nobody has answered.
    pub unanswered_vigilance_count: i64,
    /// The opinion on the frozen version, as far as it is made; after T10 the one given.
    pub opinion: Option<OpinionFacts>,
    /// How many reserves of the opinion await an answer.
    pub open_reserve_count: i64,
    /// Days since the last edit, comment or act.
    pub inactive_days: i64,
    /// How often the owner was warned since then.
    pub warning_count: i64,
    /// Days since the proposal ended; `None` while it has not.
    pub ended_days: Option<i64>,
    /// How things stand from the steering committee on.
    pub later: Later,
}

/// How things stand from the steering committee on (T14 to T30).
#[derive(Clone, Debug, Default)]
pub struct Later {
    /// T14: whether the programme has a fast track.
    pub has_fast_track: bool,
    /// T14: the largest request the fast track takes, in euro cents.
    pub fast_track_cents: i64,
    /// T14: how many preside the commission.
    pub co_president_count: usize,
    /// What is asked of the Region, in euro cents.
    pub requested_cents: i64,
    /// Whether a lead direction is named already.
    pub has_lead_unit: bool,
    /// T17: how often running it was kept in reserve.
    pub reserve_list_count: usize,
    /// T20: how many points of the completeness checklist are open.
    pub open_check_count: usize,
    /// T20, T21: the prepared decision.
    pub decision: Option<Prepared>,
    /// T22: conditions that are not lifted.
    pub open_condition_count: i64,
    /// T23: those of them that block.
    pub open_blocking_count: i64,
    /// T23: the agreement.
    pub agreement: AgreementFacts,
    /// T25: whether it is suspended.
    pub is_suspended: bool,
    /// T26: whether the final report is given.
    pub has_final_report: bool,
    /// T29: the merge that is asked for.
    pub merge: Option<MergeFacts>,
}

/// T23: how far the agreement is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AgreementFacts {
    /// Whether one is concluded.
    pub is_concluded: bool,
    /// Whether it is recorded that none is needed.
    pub is_waived: bool,
    /// Whether the law asks for one.
    pub is_compulsory: bool,
}

/// T29: how far a merge is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MergeFacts {
    /// Whether who acts read the proposals side by side.
    pub is_read: bool,
    /// Whether every owner agreed in time, or the steering committee instructed it.
    pub is_agreed: bool,
}

/// T30: what a split plans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SplitFacts {
    /// How many proposals it makes.
    pub child_count: usize,
    /// How many rows go nowhere without being dropped on purpose.
    pub unallocated_count: usize,
}

/// A transition asked for by one of two people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// In which capacity they asked.
    pub capacity: Role,
    /// Whether the one who acts now is the one who asked.
    pub is_own: bool,
}

/// What a person gives with an act.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// A reason in their own words.
    pub has_reason: bool,
    /// T04: it is within the chantier's scope.
    pub in_scope: bool,
    /// T04: it is complete.
    pub is_complete: bool,
    /// T05, T11: how many points are listed.
    pub point_count: usize,
    /// T05, T11: how many days after today the due date lies; 0 is today.
    pub due_in_days: Option<i64>,
    /// T07: where to.
    pub target: Option<Target>,
    /// T08: where it will be heard.
    pub hearing: Option<Hearing>,
    /// T15: its rank, of those there are.
    pub has_rank: bool,
    /// T15: ceilings are given.
    pub has_ceilings: bool,
    /// T15: they stay within what is asked for.
    pub ceilings_fit: bool,
    /// T14, T15, T19: the lead direction.
    pub names_lead_unit: bool,
    /// T24: how many days after today the action starts; 0 is today.
    pub starts_in_days: Option<i64>,
    /// T24: the first report, in words.
    pub has_start_report: bool,
    /// T25: how many days after today it is looked at again.
    pub review_in_days: Option<i64>,
    /// T30: the plan.
    pub split: Option<SplitFacts>,
}

/// T07: the chantier a proposal would go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// Whether it is another one than today's.
    pub is_other: bool,
    /// Whether it is active.
    pub is_active: bool,
    /// Whether who asks runs that one, too: nobody else is to agree then.
    pub is_run_by_asker: bool,
}

/// T08: where the frozen version will be heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hearing {
    /// Whether it is a planned or convened meeting of this commission, or a written consultation.
    pub is_open: bool,
    /// Clear days between today and that day.
    pub clear_days: i64,
    /// How many there must be.
    pub notice_days: i64,
}

/// How far the opinion is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpinionFacts {
    /// What it says.
    pub value: OpinionValue,
    /// Whether a co-president signed it.
    pub is_signed: bool,
}
