//! What the guards of a transition look at: how things stand, and what the person gives with the act.

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
