//! How things stand where nothing is against a transition, and the one change that only one guard refuses.

use chantier::rules::decisions::{DecisionValue, Fault, Prepared};
use chantier::rules::opinions::OpinionValue;
use chantier::rules::transitions::{
    AgreementFacts, Given, Guard, Hearing, Later, Matter, MergeFacts, OpinionFacts, Porteur,
    SplitFacts, Target, Transition,
};

/// How things stand where nothing is against any transition.
pub(super) fn flawless() -> Matter {
    Matter {
        asked: None,
        given: Some(Given {
            has_reason: true,
            in_scope: true,
            is_complete: true,
            point_count: 1,
            due_in_days: Some(1),
            target: Some(Target {
                is_other: true,
                is_active: true,
                is_run_by_asker: false,
            }),
            hearing: Some(Hearing {
                is_open: true,
                clear_days: 5,
                notice_days: 5,
            }),
            has_rank: true,
            has_ceilings: true,
            ceilings_fit: true,
            names_lead_unit: true,
            starts_in_days: Some(0),
            has_start_report: true,
            review_in_days: Some(1),
            split: Some(SplitFacts {
                child_count: 2,
                unallocated_count: 0,
            }),
        }),
        porteur: Porteur::Accepted,
        lack_count: 0,
        is_balanced: true,
        open_duplicate_count: 0,
        unanswered_vigilance_count: 0,
        opinion: None,
        open_reserve_count: 0,
        inactive_days: 365,
        warning_count: 2,
        ended_days: Some(365),
        later: Later {
            has_fast_track: true,
            fast_track_cents: 2_300_000,
            co_president_count: 2,
            requested_cents: 2_300_000,
            has_lead_unit: false,
            reserve_list_count: 1,
            open_check_count: 0,
            decision: decision(DecisionValue::Approved),
            open_condition_count: 0,
            open_blocking_count: 0,
            agreement: AgreementFacts {
                is_concluded: true,
                is_waived: false,
                is_compulsory: true,
            },
            is_suspended: false,
            has_final_report: true,
            merge: Some(MergeFacts {
                is_read: true,
                is_agreed: true,
            }),
        },
    }
}

/// A decision somebody else prepared, with nothing against it.
pub(super) fn decision(value: DecisionValue) -> Option<Prepared> {
    Some(Prepared {
        value,
        is_own: false,
        is_reached: true,
        faults: Vec::new(),
    })
}

pub(super) fn opinion(value: OpinionValue) -> Option<OpinionFacts> {
    Some(OpinionFacts {
        value,
        is_signed: true,
    })
}

/// The same, as this transition needs it.
pub(super) fn ready(transition: Transition) -> Matter {
    let opinion = if matches!(
        transition,
        Transition::GiveOpinion | Transition::SendToCopil | Transition::FastTrack
    ) {
        opinion(OpinionValue::Favourable)
    } else if transition == Transition::Adjourn {
        opinion(OpinionValue::Adjourned)
    } else {
        None
    };
    let mut matter = Matter {
        opinion,
        ..flawless()
    };
    if transition == Transition::SendBack {
        matter.later.decision = decision(DecisionValue::Returned);
    }
    matter
}

/// The one change of a flawless matter that only this guard refuses.
pub(super) fn broken(guard: Guard, matter: &mut Matter) {
    let given = matter.given.as_mut().expect("given");
    let later = &mut matter.later;
    let faulty = |value, fault| {
        decision(value).map(|one| Prepared {
            faults: vec![fault],
            ..one
        })
    };
    let sign = |is_signed| {
        Some(OpinionFacts {
            value: OpinionValue::Favourable,
            is_signed,
        })
    };
    match guard {
        Guard::PorteurNamed => matter.porteur = Porteur::Missing,
        Guard::PorteurAgreed => matter.porteur = Porteur::NotAccepted,
        Guard::SheetComplete => matter.lack_count = 1,
        Guard::DuplicatesAnswered => matter.open_duplicate_count = 1,
        Guard::InScope => given.in_scope = false,
        Guard::Complete => given.is_complete = false,
        Guard::PointsListed => given.point_count = 0,
        Guard::DueDateAhead => given.due_in_days = Some(0),
        Guard::DueDateNear => given.due_in_days = Some(367),
        Guard::ReasonGiven => given.has_reason = false,
        Guard::OtherChantier => given.target.as_mut().expect("a target").is_other = false,
        Guard::ChantierActive => given.target.as_mut().expect("a target").is_active = false,
        Guard::HearingChosen => given.hearing = None,
        Guard::HearingOpen => given.hearing.as_mut().expect("a hearing").is_open = false,
        Guard::NoticeKept => given.hearing.as_mut().expect("a hearing").clear_days = 4,
        Guard::MoneyBalanced => matter.is_balanced = false,
        Guard::VigilancesAnswered => matter.unanswered_vigilance_count = 1,
        Guard::NoOpinionSigned => matter.opinion = sign(true),
        Guard::OpinionPrepared => matter.opinion = None,
        Guard::OpinionSigned => {
            let value = matter.opinion.expect("an opinion").value;
            matter.opinion = Some(OpinionFacts {
                value,
                is_signed: false,
            });
        }
        Guard::NotAdjourned => matter.opinion = opinion(OpinionValue::Adjourned),
        Guard::IsAdjourned => matter.opinion = opinion(OpinionValue::Unfavourable),
        Guard::ReservesAnswered => matter.open_reserve_count = 1,
        Guard::OwnerAsked => matter.opinion = opinion(OpinionValue::Unfavourable),
        Guard::FastTrackOpen => later.has_fast_track = false,
        Guard::OpinionFavourable => {
            matter.opinion = opinion(OpinionValue::FavourableWithReserves);
        }
        Guard::RequestSmall => later.requested_cents = 2_300_001,
        Guard::LeadUnitNamed => given.names_lead_unit = false,
        Guard::RankGiven => given.has_rank = false,
        Guard::CeilingsGiven => given.has_ceilings = false,
        Guard::CeilingsWithinRequest => given.ceilings_fit = false,
        Guard::ReserveListOpen => later.reserve_list_count = 2,
        Guard::DecisionPrepared => later.decision = None,
        Guard::DecisionNotReturned => later.decision = decision(DecisionValue::Returned),
        Guard::DecisionReturned => later.decision = decision(DecisionValue::Rejected),
        Guard::ReviewComplete => later.open_check_count = 1,
        Guard::DecisionReached => {
            later.decision.as_mut().expect("a decision").is_reached = false;
        }
        Guard::EnvelopesKept => {
            later.decision = faulty(DecisionValue::Approved, Fault::EnvelopeOverrun);
        }
        Guard::DeliberationNew => {
            let value = later.decision.as_ref().expect("a decision").value;
            later.decision = faulty(value, Fault::DeliberationUsed);
        }
        Guard::ReturnDueAhead => {
            later.decision = faulty(DecisionValue::Returned, Fault::ReturnDuePast);
        }
        Guard::ConditionsLifted => later.open_condition_count = 1,
        Guard::BlockingLifted => later.open_blocking_count = 1,
        Guard::AgreementRecorded => later.agreement.is_concluded = false,
        Guard::AgreementConcluded => {
            later.agreement.is_concluded = false;
            later.agreement.is_waived = true;
        }
        Guard::StartGiven => given.starts_in_days = None,
        Guard::StartReached => given.starts_in_days = Some(1),
        Guard::StartReported => given.has_start_report = false,
        Guard::ReviewDateAhead => given.review_in_days = Some(0),
        Guard::FinalReportGiven => later.has_final_report = false,
        Guard::MergeAsked => later.merge = None,
        Guard::MergeRead => later.merge.as_mut().expect("a merge").is_read = false,
        Guard::MergeAgreed => later.merge.as_mut().expect("a merge").is_agreed = false,
        Guard::ChildrenNamed => given.split.as_mut().expect("a plan").child_count = 1,
        Guard::RowsAllocated => given.split.as_mut().expect("a plan").unallocated_count = 1,
        Guard::InactiveLong => matter.inactive_days = 364,
        Guard::WarnedTwice => matter.warning_count = 1,
        Guard::WithinAYear => matter.ended_days = Some(366),
    }
}
