//! What must hold before a transition, beside the right: one guard, one code, one look at the matter.

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
            Self::PorteurAgreed
            | Self::SheetComplete
            | Self::DueDateNear
            | Self::ChantierActive
            | Self::HearingOpen
            | Self::NoticeKept
            | Self::VigilancesAnswered
            | Self::NoOpinionSigned
            | Self::OpinionPrepared
            | Self::OpinionSigned
            | Self::NotAdjourned
            | Self::IsAdjourned
            | Self::ReservesAnswered
            | Self::OwnerAsked
            | Self::InactiveLong
            | Self::WarnedTwice
            | Self::WithinAYear => None,
        }
    }
}
