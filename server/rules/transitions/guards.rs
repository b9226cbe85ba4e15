//! What must hold before a transition, beside the right: one guard, one code, one look at the matter.

use super::super::arbitrations::RESERVE_LISTS_AT_MOST;
use super::super::decisions::{DecisionValue, Fault, Prepared};
use super::super::inactivity::{CLOSE_FROM_DAYS, WARNINGS_NEEDED};
use super::super::opinions::OpinionValue;
use super::{Given, Matter, Porteur};

macro_rules! guards {
    ($($(#[$meta:meta])* $name:ident $code:literal;)*) => {
        /// Something that must hold before a transition.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Guard {
            $($(#[$meta])* $name,)*
        }

        impl Guard {
            /// Every guard.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The stable code of its refusal.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }
        }
    };
}

guards! {
    /// A structure porteuse is named.
    PorteurNamed "porteur_missing";
    /// It accepts.
    PorteurAgreed "porteur_not_accepted";
    /// Nothing is missing in the sheet (`domain.md` 1.4), money is balanced (invariant 7).
    SheetComplete "sheet_incomplete";
    /// The owner has answered every possible duplicate.
    DuplicatesAnswered "duplicates_unanswered";
    /// The facilitator finds it within the chantier's scope.
    InScope "scope_unconfirmed";
    /// The facilitator finds it complete.
    Complete "completeness_unconfirmed";
    /// What is asked for is listed.
    PointsListed "points_missing";
    /// The due date is tomorrow or later.
    DueDateAhead "due_date_past";
    /// The due date is within a year.
    DueDateNear "due_date_far";
    /// A reason is given (invariant 6).
    ReasonGiven "reason_missing";
    /// The chantier is another one than today's.
    OtherChantier "chantier_unchanged";
    /// The chantier is active.
    ChantierActive "chantier_inactive";
    /// A meeting or a written consultation is chosen.
    HearingChosen "hearing_missing";
    /// It is one of this commission's, and has not been held.
    HearingOpen "hearing_closed";
    /// The members have the time they are owed (`domain.md` 1.3).
    NoticeKept "notice_short";
    /// Costs and funding are equal, per year and in all (invariant 7): nothing unbalanced is heard.
    MoneyBalanced "money_unbalanced";
    /// No vigilance of the commission is without an answer.
    VigilancesAnswered "vigilances_unanswered";
    /// No opinion is signed.
    NoOpinionSigned "opinion_signed";
    /// The opinion is prepared.
    OpinionPrepared "opinion_missing";
    /// A co-president signed it.
    OpinionSigned "opinion_unsigned";
    /// It is not adjourned.
    NotAdjourned "opinion_adjourned";
    /// It is adjourned.
    IsAdjourned "opinion_not_adjourned";
    /// Each reserve has its answer.
    ReservesAnswered "reserves_open";
    /// With an unfavourable opinion: the owner asked for it.
    OwnerAsked "owner_request_missing";
    /// The programme has a fast track.
    FastTrackOpen "fast_track_closed";
    /// The opinion is favourable, without reserve.
    OpinionFavourable "opinion_not_favourable";
    /// The request is small enough for the fast track.
    RequestSmall "request_too_large";
    /// A lead direction is named (invariant 11).
    LeadUnitNamed "lead_unit_missing";
    /// A rank from 1 to 3 is given.
    RankGiven "rank_missing";
    /// Where money is asked for, ceilings are given.
    CeilingsGiven "ceilings_missing";
    /// No ceiling is above what is asked for.
    CeilingsWithinRequest "ceiling_over_request";
    /// It was kept in reserve less than twice running.
    ReserveListOpen "reserve_list_twice";
    /// A decision is prepared.
    DecisionPrepared "decision_missing";
    /// It does not send back.
    DecisionNotReturned "decision_returned";
    /// It sends back.
    DecisionReturned "decision_not_returned";
    /// The completeness checklist is settled.
    ReviewComplete "review_incomplete";
    /// The day of the session has come.
    DecisionReached "decision_date_future";
    /// The envelopes have enough left, or a motive says why not (invariant 8).
    EnvelopesKept "envelope_overrun";
    /// The deliberation number is no other decision's.
    DeliberationNew "deliberation_used";
    /// What is asked for can still be answered in time.
    ReturnDueAhead "return_due_past";
    /// Every condition is lifted.
    ConditionsLifted "conditions_open";
    /// Every blocking condition is lifted.
    BlockingLifted "blocking_conditions_open";
    /// An agreement is concluded, or it is recorded that none is needed.
    AgreementRecorded "agreement_missing";
    /// Where the law asks for one, it is concluded (loi 2000-321, art. 10).
    AgreementConcluded "agreement_compulsory";
    /// The day the action starts is given.
    StartGiven "start_missing";
    /// It has come.
    StartReached "start_date_future";
    /// The first report says what began.
    StartReported "start_report_missing";
    /// A suspension is looked at again on a day to come.
    ReviewDateAhead "review_date_past";
    /// The final report is given.
    FinalReportGiven "final_report_missing";
    /// The merge is asked for, and its survivor named.
    MergeAsked "merge_missing";
    /// The proposals were read side by side.
    MergeRead "merge_unread";
    /// Every owner agreed in time, or the steering committee instructed it.
    MergeAgreed "merge_unagreed";
    /// At least two proposals come of it.
    ChildrenNamed "children_missing";
    /// Every amount and job line goes somewhere, or is dropped on purpose.
    RowsAllocated "rows_unallocated";
    /// Nothing has happened for twelve months.
    InactiveLong "still_active";
    /// The owner was warned twice.
    WarnedTwice "warnings_missing";
    /// It ended within the last twelve months.
    WithinAYear "too_late";
}

/// The latest due date one may give, in days from today.
const DUE_AT_MOST_DAYS: i64 = 366;

/// How long what ended may still be taken up again: twelve months, in days.
const YEAR_DAYS: i64 = 365;

impl Guard {
    /// Whether it holds.
    #[must_use]
    pub fn holds(self, matter: &Matter) -> bool {
        // What is to be given counts as given while one only asks whether one may.
        let given = |holds: fn(&Given) -> bool| matter.given.as_ref().is_none_or(holds);
        let opinion = matter.opinion.as_ref();
        let later = &matter.later;
        let (decision, agreement) = (later.decision.as_ref(), later.agreement);
        // Without a preparation only its absence is told.
        let prepared = |holds: fn(&Prepared) -> bool| decision.is_none_or(holds);
        match self {
            Self::PorteurNamed => matter.porteur != Porteur::Missing,
            Self::PorteurAgreed => matter.porteur != Porteur::NotAccepted,
            Self::SheetComplete => matter.lack_count == 0,
            Self::DuplicatesAnswered => matter.open_duplicate_count == 0,
            Self::InScope => given(|given| given.in_scope),
            Self::Complete => given(|given| given.is_complete),
            Self::PointsListed => given(|given| given.point_count > 0),
            Self::DueDateAhead => given(|given| given.due_in_days.is_some_and(|days| days >= 1)),
            Self::DueDateNear => given(|given| {
                given
                    .due_in_days
                    .is_none_or(|days| days <= DUE_AT_MOST_DAYS)
            }),
            Self::ReasonGiven => given(|given| given.has_reason),
            Self::OtherChantier => given(|given| given.target.is_some_and(|to| to.is_other)),
            Self::ChantierActive => given(|given| given.target.is_none_or(|to| to.is_active)),
            Self::HearingChosen => given(|given| given.hearing.is_some()),
            Self::HearingOpen => given(|given| given.hearing.is_none_or(|at| at.is_open)),
            Self::NoticeKept => given(|given| {
                given
                    .hearing
                    .is_none_or(|at| at.clear_days >= at.notice_days)
            }),
            Self::MoneyBalanced => matter.is_balanced,
            Self::VigilancesAnswered => matter.unanswered_vigilance_count == 0,
            Self::NoOpinionSigned => !opinion.is_some_and(|opinion| opinion.is_signed),
            Self::OpinionPrepared => opinion.is_some(),
            Self::OpinionSigned => opinion.is_none_or(|opinion| opinion.is_signed),
            Self::NotAdjourned => {
                opinion.is_none_or(|opinion| opinion.value != OpinionValue::Adjourned)
            }
            Self::IsAdjourned => {
                opinion.is_none_or(|opinion| opinion.value == OpinionValue::Adjourned)
            }
            Self::ReservesAnswered => matter.open_reserve_count == 0,
            Self::OwnerAsked => {
                matter.asked.is_some()
                    || opinion.is_none_or(|opinion| opinion.value != OpinionValue::Unfavourable)
            }
            Self::FastTrackOpen => later.has_fast_track,
            Self::OpinionFavourable => matter
                .opinion
                .is_some_and(|opinion| opinion.value == OpinionValue::Favourable),
            Self::RequestSmall => later.requested_cents <= later.fast_track_cents,
            Self::LeadUnitNamed => later.has_lead_unit || given(|given| given.names_lead_unit),
            Self::RankGiven => given(|given| given.has_rank),
            Self::CeilingsGiven => later.requested_cents == 0 || given(|given| given.has_ceilings),
            Self::CeilingsWithinRequest => given(|given| given.ceilings_fit),
            Self::ReserveListOpen => later.reserve_list_count < RESERVE_LISTS_AT_MOST,
            Self::DecisionPrepared => decision.is_some(),
            Self::DecisionNotReturned => prepared(|one| one.value != DecisionValue::Returned),
            Self::DecisionReturned => prepared(|one| one.value == DecisionValue::Returned),
            Self::ReviewComplete => matter.later.open_check_count == 0,
            Self::DecisionReached => prepared(|one| one.is_reached),
            Self::EnvelopesKept => prepared(|one| !one.faults.contains(&Fault::EnvelopeOverrun)),
            Self::DeliberationNew => prepared(|one| !one.faults.contains(&Fault::DeliberationUsed)),
            Self::ReturnDueAhead => prepared(|one| !one.faults.contains(&Fault::ReturnDuePast)),
            Self::ConditionsLifted => later.open_condition_count == 0,
            Self::BlockingLifted => later.open_blocking_count == 0,
            Self::AgreementRecorded => agreement.is_concluded || agreement.is_waived,
            Self::AgreementConcluded => {
                agreement.is_concluded || !agreement.is_waived || !agreement.is_compulsory
            }
            Self::StartGiven => given(|given| given.starts_in_days.is_some()),
            Self::StartReached => given(|given| given.starts_in_days.is_none_or(|days| days <= 0)),
            Self::StartReported => given(|given| given.has_start_report),
            Self::ReviewDateAhead => {
                later.is_suspended
                    || given(|given| given.review_in_days.is_some_and(|days| days >= 1))
            }
            Self::FinalReportGiven => later.has_final_report,
            Self::MergeAsked => later.merge.is_some(),
            Self::MergeRead => later.merge.is_none_or(|merge| merge.is_read),
            Self::MergeAgreed => later.merge.is_none_or(|merge| merge.is_agreed),
            Self::ChildrenNamed => {
                given(|given| given.split.is_some_and(|split| split.child_count >= 2))
            }
            Self::RowsAllocated => {
                given(|given| given.split.is_none_or(|split| split.unallocated_count == 0))
            }
            Self::InactiveLong => matter.inactive_days >= CLOSE_FROM_DAYS,
            Self::WarnedTwice => matter.warning_count >= WARNINGS_NEEDED,
            Self::WithinAYear => matter.ended_days.is_none_or(|days| days <= YEAR_DAYS),
        }
    }

    /// What the person is to give for it; `None` where it looks at how things stand.
    #[must_use]
    pub const fn need(self) -> Option<&'static str> {
        match self {
            Self::InScope => Some("in_scope"),
            Self::Complete => Some("is_complete"),
            Self::PointsListed => Some("points"),
            Self::DueDateAhead => Some("due_on"),
            Self::ReasonGiven => Some("motive"),
            Self::OtherChantier => Some("chantier_id"),
            Self::HearingChosen => Some("hearing"),
            Self::DuplicatesAnswered => Some("duplicates"),
            Self::PorteurNamed => Some("porteur_id"),
            Self::LeadUnitNamed => Some("lead_unit_id"),
            Self::RankGiven => Some("rank"),
            Self::CeilingsGiven => Some("ceilings"),
            Self::StartGiven => Some("starts_on"),
            Self::StartReported => Some("report"),
            Self::ReviewDateAhead => Some("review_on"),
            Self::ChildrenNamed => Some("split"),
            Self::PorteurAgreed
            | Self::SheetComplete
            | Self::DueDateNear
            | Self::ChantierActive
            | Self::HearingOpen
            | Self::NoticeKept
            | Self::MoneyBalanced
            | Self::VigilancesAnswered
            | Self::NoOpinionSigned
            | Self::OpinionPrepared
            | Self::OpinionSigned
            | Self::NotAdjourned
            | Self::IsAdjourned
            | Self::ReservesAnswered
            | Self::OwnerAsked
            | Self::FastTrackOpen
            | Self::OpinionFavourable
            | Self::RequestSmall
            | Self::CeilingsWithinRequest
            | Self::ReserveListOpen
            | Self::DecisionPrepared
            | Self::DecisionNotReturned
            | Self::DecisionReturned
            | Self::ReviewComplete
            | Self::DecisionReached
            | Self::EnvelopesKept
            | Self::DeliberationNew
            | Self::ReturnDueAhead
            | Self::ConditionsLifted
            | Self::BlockingLifted
            | Self::AgreementRecorded
            | Self::AgreementConcluded
            | Self::StartReached
            | Self::FinalReportGiven
            | Self::MergeAsked
            | Self::MergeRead
            | Self::MergeAgreed
            | Self::RowsAllocated
            | Self::InactiveLong
            | Self::WarnedTwice
            | Self::WithinAYear => None,
        }
    }
}
