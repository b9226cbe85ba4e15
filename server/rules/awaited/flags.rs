//! What has waited too long (`domain.md` section 2: timers only flag, nothing is ever closed by one).

use super::super::day::Day;
use super::super::notice::working_days_since;
use super::super::programme::{
    STALLED_AT_REGION, STALLED_IN_COMMISSION, STALLED_OPINION_GIVEN, STALLED_SUBMITTED,
};
use super::super::stage::Stage;
use super::Course;
use crate::rules::keyed::keyed;

/// How long each stage may stay quiet: settings of the programme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timers {
    /// Working days a deposited proposal waits for its facilitator.
    pub submitted_working_days: i64,
    /// Days a discussion goes on without an edit or a comment.
    pub in_commission_days: i64,
    /// Days until an opinion leads to the next step.
    pub opinion_given_days: i64,
    /// Days at the Region's desk.
    pub at_region_days: i64,
}

impl Default for Timers {
    /// Those of `domain.md` section 2.
    fn default() -> Self {
        Self {
            submitted_working_days: STALLED_SUBMITTED.default,
            in_commission_days: STALLED_IN_COMMISSION.default,
            opinion_given_days: STALLED_OPINION_GIVEN.default,
            at_region_days: STALLED_AT_REGION.default,
        }
    }
}

keyed! {
    /// Why a proposal is flagged.
    Flag {
        /// Deposited, and not looked at for too many working days.
        SubmittedStalled "submitted_stalled";
        /// Discussed, without an edit or a comment for long.
        CommissionStalled "commission_stalled";
        /// The opinion is given, and nothing followed.
        OpinionStalled "opinion_stalled";
        /// At the Region's desk for long.
        RegionStalled "region_stalled";
        /// What was asked for is not there on the day it was due.
        RequestOverdue "request_overdue";
        /// The hearing has passed without an opinion.
        HearingPassed "hearing_passed";
        /// A half-yearly report is not there on the day it was due.
        ReportOverdue "report_overdue";
        /// A condition is not lifted on the day it was due.
        ConditionOverdue "condition_overdue";
        /// A suspension was to be looked at again.
        ReviewOverdue "review_overdue";
    }
}

/// A flag, and since how many days: working days after the deposit, days past the date that was set,
/// days of silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flagged {
    /// Which.
    pub flag: Flag,
    /// How many days.
    pub days: i64,
}

/// Everything that has waited too long; nothing on the last day that was allowed.
#[must_use]
pub fn flags(course: &Course, timers: &Timers, today: &Day) -> Vec<Flagged> {
    let since = |at_ms: i64| today.days_since(&Day::in_paris(at_ms));
    let after = |flag, days: i64, allowed: i64| (days > allowed).then_some(Flagged { flag, days });
    let overdue = || {
        let request = course.request.as_ref()?;
        after(Flag::RequestOverdue, today.days_since(&request.due_on), 0)
    };
    let past = |flag, day: Option<&Day>| day.and_then(|day| after(flag, today.days_since(day), 0));
    let condition = || {
        let due_on = course.following.condition_due_on.as_ref();
        past(Flag::ConditionOverdue, due_on)
    };
    let found = match course.stage {
        Stage::Drafting => [overdue(), None],
        Stage::Submitted => {
            let days = working_days_since(&Day::in_paris(course.since_ms), today);
            let stalled = after(Flag::SubmittedStalled, days, timers.submitted_working_days);
            [stalled, None]
        }
        Stage::InCommission => {
            let days = since(course.active_at_ms.max(course.since_ms));
            let stalled = after(Flag::CommissionStalled, days, timers.in_commission_days);
            [overdue(), stalled]
        }
        Stage::Frozen => {
            let heard_on = course
                .hearing_on
                .as_ref()
                .filter(|_| course.opinion.is_none());
            let passed = heard_on.map(|day| today.days_since(day));
            [
                passed.and_then(|days| after(Flag::HearingPassed, days, 0)),
                None,
            ]
        }
        Stage::OpinionGiven => {
            let days = since(course.since_ms);
            let stalled = after(Flag::OpinionStalled, days, timers.opinion_given_days);
            [stalled, None]
        }
        Stage::AtRegion => {
            let days = since(course.since_ms);
            [
                after(Flag::RegionStalled, days, timers.at_region_days),
                None,
            ]
        }
        Stage::ApprovedConditional | Stage::Committed => [condition(), None],
        Stage::InProgress => {
            let report = course.next_report(today).map(|(period, _)| period.due_on);
            [past(Flag::ReportOverdue, report.as_ref()), condition()]
        }
        Stage::Suspended => {
            let review_on = course.following.review_on.as_ref();
            [past(Flag::ReviewOverdue, review_on), condition()]
        }
        Stage::Idea
        | Stage::AtCopil
        | Stage::Approved
        | Stage::Rejected
        | Stage::Completed
        | Stage::Abandoned
        | Stage::Withdrawn
        | Stage::Merged
        | Stage::Split
        | Stage::Closed => [None, None],
    };
    found.into_iter().flatten().collect()
}
