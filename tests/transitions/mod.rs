//! The T-table (`domain.md` section 2): printed whole and compared; each guard has the one input that only
//! it refuses; acts of two people step by step. Names of tests start with the rule they hold.

mod flawless;

use std::fmt::Write as _;

use chantier::rules::decisions::DecisionValue;
use chantier::rules::opinions::OpinionValue;
use chantier::rules::rights::{Facts, Refusal};
use chantier::rules::role::{Role, Roles};
use chantier::rules::stage::Stage;
use chantier::rules::transitions::{
    Asked, Guard, Matter, Step, Transition, cancel, consents, decline, judge, weigh,
};

use flawless::{broken, decision, flawless, opinion, ready};

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
        let depends = matches!(transition, Transition::Decide | Transition::Suspend);
        let nowhere = if depends { "(depends)" } else { "(stays)" };
        let to = transition.to().map_or(nowhere, Stage::key);
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
        let again = ["T11", "T12", "T16", "T21", "T32"].contains(&transition.key());
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
