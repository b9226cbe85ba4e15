//! The T-table (`domain.md` section 2): printed whole and compared; each guard has the one input that only
//! it refuses; acts of two people step by step. Names of tests start with the rule they hold.

use std::fmt::Write as _;

use chantier::rules::decisions::{DecisionValue, Fault, Prepared};
use chantier::rules::opinions::OpinionValue;
use chantier::rules::rights::{Facts, Refusal};
use chantier::rules::role::{Role, Roles};
use chantier::rules::stage::Stage;
use chantier::rules::transitions::{
    AgreementFacts, Asked, Given, Guard, Hearing, Later, Matter, MergeFacts, OpinionFacts, Porteur,
    SplitFacts, Step, Target, Transition, cancel, consents, decline, judge, weigh,
};

/// How things stand where nothing is against any transition.
fn flawless() -> Matter {
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
        open_duplicate_count: 0,
        unanswered_vigilance_count: 0,
        opinion: None,
        open_reserve_count: 0,
        inactive_days: 365,
        warning_count: 2,
        ended_days: Some(365),
        later: Later {
            has_fast_track: true,
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
fn decision(value: DecisionValue) -> Option<Prepared> {
    Some(Prepared {
        value,
        is_own: false,
        is_reached: true,
        faults: Vec::new(),
    })
}

fn opinion(value: OpinionValue) -> Option<OpinionFacts> {
    Some(OpinionFacts {
        value,
        is_signed: true,
    })
}

/// The same, as this transition needs it.
fn ready(transition: Transition) -> Matter {
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

fn facts(role: Role, stage: Stage) -> Facts {
    Facts {
        roles: Roles::NONE.with(role),
        stage: Some(stage),
    }
}

fn asked(capacity: Role) -> Option<Asked> {
    Some(Asked {
        capacity,
        is_own: false,
    })
}

fn cell(transition: Transition, facts: &Facts, matter: &Matter) -> String {
    match judge(transition, facts, matter) {
        Ok(cleared) => match cleared.step() {
            Step::Moves => "moves".to_owned(),
            Step::Asks => "asks".to_owned(),
        },
        Err(Refusal { rule, code }) => format!("{rule}/{code}"),
    }
}

fn lines(text: &mut String, transition: Transition, stage: Stage, matter: &Matter, title: &str) {
    writeln!(text, "  {title}").expect("writes");
    for role in Role::ALL {
        let found = cell(transition, &facts(role, stage), matter);
        writeln!(text, "    {:<18}{found}", role.key()).expect("writes");
    }
}

fn table() -> String {
    let mut text = String::from(
        "Each transition, by each role alone, where no guard is against it; then its guards.\n\
         moves: the proposal moves; asks: a second person is asked; else the rule that refuses.\n",
    );
    for &transition in Transition::ALL {
        let to = transition.to().map_or("(stays, or as decided)", Stage::key);
        writeln!(
            text,
            "\n{} {} > {to}",
            transition.key(),
            transition.action().key()
        )
        .expect("writes");
        let matter = ready(transition);
        for stage in Stage::ALL {
            if !transition.starts_at(stage) {
                continue;
            }
            lines(
                &mut text,
                transition,
                stage,
                &matter,
                &format!("at {}", stage.key()),
            );
            for role in Role::ALL {
                if consents(transition, role).is_empty()
                    || cell(transition, &facts(role, stage), &matter) != "asks"
                {
                    continue;
                }
                let pending = Matter {
                    asked: asked(role),
                    ..matter.clone()
                };
                let title = format!("at {}, {} has asked", stage.key(), role.key());
                lines(&mut text, transition, stage, &pending, &title);
            }
        }
        for guard in transition.guards() {
            writeln!(text, "  guard {}", guard.code()).expect("writes");
        }
        for guard in transition.asking_guards() {
            writeln!(text, "  guard when asking {}", guard.code()).expect("writes");
        }
    }
    text
}

#[test]
fn the_table_of_transitions_is_as_reviewed() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/expected/transitions.txt"
    );
    let actual = table();
    if actual != std::fs::read_to_string(path).unwrap_or_default() {
        let fresh = std::env::temp_dir().join("chantier-transitions.txt");
        std::fs::write(&fresh, &actual).expect("writes");
        panic!(
            "the table of transitions changed: review {} and, if it is meant, copy it over {path}",
            fresh.display()
        );
    }
}

/// The one change of a flawless matter that only this guard refuses.
fn broken(guard: Guard, matter: &mut Matter) {
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

/// Somebody who may do it alone, or agree to it.
fn doer(transition: Transition, matter: &mut Matter) -> Facts {
    for stage in Stage::ALL {
        for role in Role::ALL {
            let who = facts(role, stage);
            if judge(transition, &who, matter).is_ok_and(|cleared| cleared.step() == Step::Moves) {
                return who;
            }
        }
    }
    let by_facilitator = matches!(
        transition,
        Transition::Dismiss | Transition::Reopen | Transition::Reassign
    );
    let capacity = if by_facilitator {
        Role::Facilitator
    } else {
        Role::Owner
    };
    matter.asked = asked(capacity);
    for stage in Stage::ALL {
        for role in consents(transition, capacity) {
            let who = facts(*role, stage);
            if judge(transition, &who, matter).is_ok() {
                return who;
            }
        }
    }
    panic!("nobody may do {}", transition.key());
}

#[test]
fn each_guard_of_each_transition_refuses_by_itself() {
    let mut seen = Vec::new();
    for &transition in Transition::ALL {
        let mut good = ready(transition);
        let who = doer(transition, &mut good);
        assert!(
            judge(transition, &who, &good).is_ok(),
            "{}",
            transition.key()
        );
        for &guard in transition.guards() {
            let mut bad = good.clone();
            broken(guard, &mut bad);
            let (_, refusals) = weigh(transition, &who, &bad);
            assert_eq!(
                refusals,
                [transition.refusal(guard.code())],
                "{} {guard:?}",
                transition.key()
            );
            seen.push(guard);
        }
    }
    for guard in Guard::ALL {
        assert!(seen.contains(guard), "{guard:?} guards nothing");
    }
}

#[test]
fn what_is_to_be_given_counts_as_given_while_one_only_weighs() {
    for &transition in Transition::ALL {
        let mut good = ready(transition);
        let who = doer(transition, &mut good);
        let weighed = Matter {
            given: None,
            ..good.clone()
        };
        assert_eq!(
            weigh(transition, &who, &weighed).1,
            [],
            "{}",
            transition.key()
        );
    }
}

#[test]
fn t06_takes_the_facilitator_and_another_person_who_presides() {
    let at = Stage::Submitted;
    let both = Facts {
        roles: Roles::NONE.with(Role::Facilitator).with(Role::CoPresident),
        stage: Some(at),
    };
    let matter = flawless();
    let first = judge(Transition::Dismiss, &both, &matter).expect("asks");
    assert_eq!(
        (first.step(), first.capacity()),
        (Step::Asks, Role::Facilitator)
    );
    let own = Matter {
        asked: Some(Asked {
            capacity: Role::Facilitator,
            is_own: true,
        }),
        ..flawless()
    };
    // Whoever asked in one capacity does not agree in the other.
    let refusal = judge(Transition::Dismiss, &both, &own).expect_err("refused");
    assert_eq!((refusal.rule, refusal.code), ("T06", "consent_awaited"));
    let others = Matter {
        asked: asked(Role::Facilitator),
        ..flawless()
    };
    let refusal = judge(Transition::Dismiss, &facts(Role::Facilitator, at), &others);
    assert_eq!(refusal.expect_err("refused").code, "consent_awaited");
    let second = judge(Transition::Dismiss, &facts(Role::CoPresident, at), &others);
    assert_eq!(second.expect("moves").step(), Step::Moves);
}

#[test]
fn t07_who_runs_both_chantiers_asks_nobody() {
    let facilitator = facts(Role::Facilitator, Stage::Submitted);
    let mut matter = flawless();
    let asks = judge(Transition::Reassign, &facilitator, &matter).expect("asks");
    assert_eq!(asks.step(), Step::Asks);
    let given = matter.given.as_mut().expect("given");
    given.target.as_mut().expect("a target").is_run_by_asker = true;
    let moves = judge(Transition::Reassign, &facilitator, &matter).expect("moves");
    assert_eq!(moves.step(), Step::Moves);
    // The one who is asked does not begin.
    let receiver = facts(Role::Receiver, Stage::Submitted);
    let refusal = judge(Transition::Reassign, &receiver, &flawless()).expect_err("refused");
    assert_eq!(refusal.code, "consent_not_asked");
}

#[test]
fn t13_an_unfavourable_opinion_goes_on_only_when_the_owner_asks() {
    let at = Stage::OpinionGiven;
    let (owner, chair) = (facts(Role::Owner, at), facts(Role::CoPresident, at));
    let unfavourable = Matter {
        opinion: opinion(OpinionValue::Unfavourable),
        open_reserve_count: 1,
        ..flawless()
    };
    let asks = judge(Transition::SendToCopil, &owner, &unfavourable).expect("asks");
    assert_eq!(asks.step(), Step::Asks);
    let favourable = ready(Transition::SendToCopil);
    let refusal = judge(Transition::SendToCopil, &owner, &favourable).expect_err("refused");
    assert_eq!(refusal.code, "role_missing");
    let asked = Matter {
        asked: asked(Role::Owner),
        open_reserve_count: 0,
        ..unfavourable
    };
    assert!(judge(Transition::SendToCopil, &chair, &asked).is_ok());
    let again = judge(Transition::SendToCopil, &owner, &asked).expect_err("refused");
    assert_eq!(again.code, "consent_awaited");
}

#[test]
fn t28_alone_before_the_region_and_acknowledged_there() {
    let matter = flawless();
    for stage in Stage::ALL {
        let verdict = judge(Transition::Withdraw, &facts(Role::Owner, stage), &matter);
        if stage == Stage::AtRegion {
            assert_eq!(verdict.expect("asks").step(), Step::Asks);
        } else if stage < Stage::AtRegion {
            let cleared = verdict.expect("moves");
            assert_eq!(cleared.step(), Step::Moves, "{}", stage.key());
        } else {
            assert!(verdict.is_err(), "{}", stage.key());
        }
    }
    let region = facts(Role::RegionValidator, Stage::AtRegion);
    let early = judge(Transition::Withdraw, &region, &matter).expect_err("refused");
    assert_eq!(early.code, "consent_not_asked");
    let pending = Matter {
        asked: asked(Role::Owner),
        ..flawless()
    };
    assert!(judge(Transition::Withdraw, &region, &pending).is_ok());
}

#[test]
fn a_request_is_taken_back_by_who_made_it_and_declined_by_who_is_asked() {
    let at = Stage::Submitted;
    let pending = Matter {
        asked: asked(Role::Facilitator),
        ..flawless()
    };
    let own = Matter {
        asked: Some(Asked {
            capacity: Role::Facilitator,
            is_own: true,
        }),
        ..flawless()
    };
    let dismiss = Transition::Dismiss;
    for (role, cancels, declines) in [
        (Role::Facilitator, true, false),
        (Role::CoPresident, false, true),
        (Role::Owner, false, false),
        (Role::Observer, false, false),
    ] {
        let who = facts(role, at);
        assert_eq!(cancel(dismiss, &who, &pending).is_ok(), cancels, "{role:?}");
        assert_eq!(
            decline(dismiss, &who, &pending).is_ok(),
            declines,
            "{role:?}"
        );
    }
    // Their own request, whatever they are by now.
    assert!(cancel(dismiss, &facts(Role::Observer, at), &own).is_ok());
    let hidden = cancel(dismiss, &facts(Role::CopilMember, at), &own).expect_err("hidden");
    assert!(hidden.hides());
    let nothing = cancel(dismiss, &facts(Role::Facilitator, at), &flawless());
    assert!(nothing.is_err());
}

#[test]
fn a_new_round_begins_when_the_commission_looks_again() {
    for &transition in Transition::ALL {
        let again = ["T11", "T12", "T32"].contains(&transition.key());
        assert_eq!(
            transition.round_after(1),
            1 + i64::from(again),
            "{}",
            transition.key()
        );
    }
}

#[test]
fn t14_takes_two_who_preside_unless_one_presides_alone() {
    let chair = facts(Role::CoPresident, Stage::OpinionGiven);
    let mut matter = ready(Transition::FastTrack);
    let asks = judge(Transition::FastTrack, &chair, &matter).expect("asks");
    assert_eq!(asks.step(), Step::Asks);
    matter.asked = Some(Asked {
        capacity: Role::CoPresident,
        is_own: true,
    });
    let own = judge(Transition::FastTrack, &chair, &matter).expect_err("refused");
    assert_eq!(own.code, "consent_awaited");
    matter.asked = asked(Role::CoPresident);
    let second = judge(Transition::FastTrack, &chair, &matter).expect("moves");
    assert_eq!(second.step(), Step::Moves);
    matter.asked = None;
    matter.later.co_president_count = 1;
    let alone = judge(Transition::FastTrack, &chair, &matter).expect("moves");
    assert_eq!(alone.step(), Step::Moves);
}

#[test]
fn t20_t21_who_prepared_a_decision_does_not_confirm_it() {
    let validator = facts(Role::RegionValidator, Stage::AtRegion);
    for transition in [Transition::Decide, Transition::SendBack] {
        let mut matter = ready(transition);
        matter.later.decision.as_mut().expect("a decision").is_own = true;
        let refusal = judge(transition, &validator, &matter).expect_err("refused");
        assert_eq!(
            (refusal.rule, refusal.code),
            (transition.key(), "own_preparation")
        );
    }
}

#[test]
fn t20_goes_where_the_decision_says_and_t25_there_and_back() {
    let validator = facts(Role::RegionValidator, Stage::AtRegion);
    for (value, to) in [
        (DecisionValue::Approved, Stage::Approved),
        (
            DecisionValue::ApprovedWithConditions,
            Stage::ApprovedConditional,
        ),
        (DecisionValue::Rejected, Stage::Rejected),
    ] {
        let mut matter = ready(Transition::Decide);
        matter.later.decision = decision(value);
        let cleared = judge(Transition::Decide, &validator, &matter).expect("moves");
        assert_eq!(cleared.to(), to);
    }
    let turns = |stage| {
        let mut matter = ready(Transition::Suspend);
        matter.later.is_suspended = stage == Stage::Suspended;
        let who = facts(Role::RegionInstructor, stage);
        judge(Transition::Suspend, &who, &matter)
            .expect("moves")
            .to()
    };
    assert_eq!(turns(Stage::InProgress), Stage::Suspended);
    assert_eq!(turns(Stage::Suspended), Stage::InProgress);
}
