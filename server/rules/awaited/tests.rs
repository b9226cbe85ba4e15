//! One input a row of the table of who is awaited; each timer on its last quiet day and its first flagged.

use super::*;

const DAY_MS: i64 = 86_400_000;
/// 2026-05-07 10:00 UTC, a Thursday; Friday 8 and Thursday 14 May are holidays.
const SINCE_MS: i64 = 1_778_148_000_000;

fn day(text: &str) -> Day {
    Day::from_iso(text).expect("a day")
}

/// A proposal that came to its stage on 7 May 2026, and about which nothing else is known.
fn at(stage: Stage) -> Course {
    Course {
        stage,
        since_ms: SINCE_MS,
        porteur: Porteur::Accepted,
        asked: None,
        request: None,
        unanswered_vigilance_count: 0,
        unanswered_question_count: 0,
        hearing_on: None,
        opinion: None,
        open_reserve_count: 0,
        active_at_ms: SINCE_MS,
        following: Following::default(),
    }
}

fn request(due_on: &str) -> Option<Request> {
    Some(Request {
        due_on: day(due_on),
        asked_at_ms: SINCE_MS + 1,
    })
}

fn opinion(value: OpinionValue, signed_at_ms: Option<i64>) -> Option<Opinion> {
    Some(Opinion {
        value,
        prepared_at_ms: SINCE_MS + 2,
        signed_at_ms,
    })
}

/// Party, what and due date on 10 May.
fn told(course: &Course) -> (&'static str, &'static str, Option<String>) {
    let now = awaited(course, &Timers::default(), &day("2026-05-10"));
    let due_on = now.due_on.map(|day| day.as_str().to_owned());
    (now.party.key(), now.what.key(), due_on)
}

#[track_caller]
fn awaits(course: &Course, party: &str, what: &str, due_on: Option<&str>) {
    assert_eq!(
        told(course),
        (party_key(party), what_key(what), due_on.map(str::to_owned))
    );
}

fn party_key(key: &str) -> &'static str {
    Awaited::from_key(key).expect("a party").key()
}

fn what_key(key: &str) -> &'static str {
    What::from_key(key).expect("a thing to do").key()
}

#[test]
fn an_idea_awaits_a_porteur_then_its_owner() {
    let idea = |porteur| Course {
        porteur,
        ..at(Stage::Idea)
    };
    awaits(&idea(Porteur::Missing), "owner", "name_porteur", None);
    awaits(
        &idea(Porteur::NotAccepted),
        "porteur",
        "accept_porteur",
        None,
    );
    awaits(&idea(Porteur::Accepted), "owner", "start_drafting", None);
}

#[test]
fn a_draft_awaits_its_owner_and_until_the_date_that_was_asked_for() {
    awaits(&at(Stage::Drafting), "owner", "draft", None);
    let asked = Course {
        request: request("2026-05-29"),
        ..at(Stage::Drafting)
    };
    awaits(&asked, "owner", "complete", Some("2026-05-29"));
    let now = awaited(&asked, &Timers::default(), &day("2026-05-10"));
    assert_eq!(now.since_ms, SINCE_MS + 1, "since it was asked for");
}

#[test]
fn a_deposit_awaits_the_facilitator_for_ten_working_days() {
    awaits(
        &at(Stage::Submitted),
        "facilitator",
        "admit",
        Some("2026-05-26"),
    );
    let timers = Timers {
        submitted_working_days: 1,
        ..Timers::default()
    };
    let now = awaited(&at(Stage::Submitted), &timers, &day("2026-05-10"));
    assert_eq!(
        now.due_on,
        Some(day("2026-05-11")),
        "as the programme sets it"
    );
    assert_eq!(now.transition, Some(Transition::Admit));
}

#[test]
fn a_discussion_awaits_answers_first_then_the_members() {
    let discussed = at(Stage::InCommission);
    awaits(&discussed, "members", "discuss", None);
    for (vigilances, questions) in [(1, 0), (0, 1)] {
        let course = Course {
            unanswered_vigilance_count: vigilances,
            unanswered_question_count: questions,
            ..at(Stage::InCommission)
        };
        awaits(&course, "owner", "answer_threads", None);
        let adjourned = Course {
            request: request("2026-06-01"),
            ..course
        };
        awaits(&adjourned, "owner", "complete", Some("2026-06-01"));
    }
}

#[test]
fn a_frozen_version_awaits_its_hearing_then_the_opinion_then_who_signs_and_gives_it() {
    awaits(&at(Stage::Frozen), "commission", "hear", None);
    let heard = |hearing_on: &str| Course {
        hearing_on: Some(day(hearing_on)),
        ..at(Stage::Frozen)
    };
    awaits(
        &heard("2026-05-11"),
        "commission",
        "hear",
        Some("2026-05-11"),
    );
    awaits(
        &heard("2026-05-10"),
        "commission",
        "hear",
        Some("2026-05-10"),
    );
    awaits(&heard("2026-05-09"), "facilitator", "prepare_opinion", None);
    for (value, signed, party, what) in [
        (
            OpinionValue::Favourable,
            None,
            "co_presidents",
            "sign_opinion",
        ),
        (
            OpinionValue::Adjourned,
            None,
            "co_presidents",
            "sign_opinion",
        ),
        (
            OpinionValue::Favourable,
            Some(1),
            "facilitator",
            "give_opinion",
        ),
        (
            OpinionValue::Unfavourable,
            Some(1),
            "facilitator",
            "give_opinion",
        ),
        (OpinionValue::Adjourned, Some(1), "facilitator", "adjourn"),
    ] {
        let course = Course {
            opinion: opinion(value, signed),
            ..heard("2026-05-09")
        };
        awaits(&course, party, what, None);
    }
}

#[test]
fn an_opinion_awaits_its_reserves_then_the_way_to_the_steering_committee() {
    let due = Some("2026-05-22");
    let given = |value, open_reserve_count| Course {
        opinion: opinion(value, Some(1)),
        open_reserve_count,
        ..at(Stage::OpinionGiven)
    };
    use OpinionValue::{Favourable, FavourableWithReserves, Unfavourable};
    awaits(
        &given(FavourableWithReserves, 1),
        "owner",
        "answer_reserves",
        due,
    );
    awaits(
        &given(FavourableWithReserves, 0),
        "co_presidents",
        "send_to_copil",
        due,
    );
    awaits(&given(Favourable, 0), "co_presidents", "send_to_copil", due);
    awaits(&given(Unfavourable, 0), "owner", "ask_copil", due);
    awaits(
        &at(Stage::OpinionGiven),
        "co_presidents",
        "send_to_copil",
        due,
    );
}

#[test]
fn later_stages_await_one_party_each_and_what_has_ended_awaits_nobody() {
    for (stage, party, what) in [
        (Stage::AtCopil, "copil", "arbitrate"),
        (Stage::AtRegion, "lead_direction", "instruct"),
        (Stage::Approved, "region", "sign_agreement"),
        (
            Stage::ApprovedConditional,
            "condition_owners",
            "lift_conditions",
        ),
        (Stage::Rejected, "nobody", "nothing"),
        (Stage::Committed, "porteur", "start_action"),
        (Stage::InProgress, "porteur", "report"),
        (Stage::Suspended, "region", "resume"),
        (Stage::Completed, "nobody", "nothing"),
        (Stage::Abandoned, "nobody", "nothing"),
        (Stage::Withdrawn, "nobody", "nothing"),
        (Stage::Merged, "nobody", "nothing"),
        (Stage::Split, "nobody", "nothing"),
        (Stage::Closed, "nobody", "nothing"),
    ] {
        awaits(&at(stage), party, what, None);
    }
    for stage in Stage::ALL {
        let now = awaited(&at(stage), &Timers::default(), &day("2026-05-10"));
        let nobody = now.party == Awaited::Nobody;
        assert_eq!(nobody, now.roles.is_empty(), "{stage:?}");
        assert_eq!(nobody, now.what.minutes() == 0, "{stage:?}");
        assert_eq!(nobody, !stage.is_in_progress(), "{stage:?}");
    }
}

#[test]
fn an_act_that_takes_two_awaits_the_second_whatever_else_is_open() {
    for (stage, transition, capacity, party) in [
        (
            Stage::Submitted,
            Transition::Dismiss,
            Role::Facilitator,
            "co_presidents",
        ),
        (
            Stage::Submitted,
            Transition::Dismiss,
            Role::CoPresident,
            "facilitator",
        ),
        (
            Stage::InCommission,
            Transition::Reassign,
            Role::Facilitator,
            "receiver",
        ),
        (
            Stage::OpinionGiven,
            Transition::SendToCopil,
            Role::Owner,
            "co_presidents",
        ),
        (
            Stage::AtRegion,
            Transition::Withdraw,
            Role::Owner,
            "lead_direction",
        ),
        (
            Stage::Withdrawn,
            Transition::Reopen,
            Role::Owner,
            "facilitator",
        ),
        (
            Stage::Closed,
            Transition::Reopen,
            Role::Facilitator,
            "owner",
        ),
    ] {
        let course = Course {
            asked: Some(Asking {
                transition,
                capacity,
                asked_at_ms: SINCE_MS + 3,
            }),
            open_reserve_count: 1,
            request: request("2026-05-01"),
            ..at(stage)
        };
        awaits(&course, party, "consent", None);
        let now = awaited(&course, &Timers::default(), &day("2026-05-10"));
        assert_eq!(now.transition, Some(transition));
        assert_eq!(now.since_ms, SINCE_MS + 3);
        assert_eq!(now.roles, consents(transition, capacity));
    }
}

/// Quiet on the first day, flagged on the second.
#[track_caller]
fn flagged(course: &Course, quiet: &str, from: &str, flag: Flag, days: i64) {
    let timers = Timers::default();
    assert_eq!(flags(course, &timers, &day(quiet)), [], "quiet on {quiet}");
    assert_eq!(
        flags(course, &timers, &day(from)),
        [Flagged { flag, days }],
        "flagged on {from}"
    );
}

#[test]
fn each_timer_is_quiet_on_its_last_day_and_flags_on_the_next() {
    flagged(
        &at(Stage::Submitted),
        "2026-05-26",
        "2026-05-27",
        Flag::SubmittedStalled,
        11,
    );
    flagged(
        &at(Stage::InCommission),
        "2026-06-21",
        "2026-06-22",
        Flag::CommissionStalled,
        46,
    );
    flagged(
        &at(Stage::OpinionGiven),
        "2026-05-22",
        "2026-05-23",
        Flag::OpinionStalled,
        16,
    );
    flagged(
        &at(Stage::AtRegion),
        "2026-08-05",
        "2026-08-06",
        Flag::RegionStalled,
        91,
    );
    for stage in [Stage::Drafting, Stage::InCommission] {
        let course = Course {
            request: request("2026-05-20"),
            ..at(stage)
        };
        flagged(&course, "2026-05-20", "2026-05-21", Flag::RequestOverdue, 1);
    }
    let heard = Course {
        hearing_on: Some(day("2026-05-20")),
        ..at(Stage::Frozen)
    };
    flagged(&heard, "2026-05-20", "2026-05-21", Flag::HearingPassed, 1);
    let prepared = Course {
        opinion: opinion(OpinionValue::Favourable, None),
        ..heard
    };
    assert_eq!(flags(&prepared, &Timers::default(), &day("2026-06-30")), []);
}

#[test]
fn an_edit_or_a_comment_wakes_a_discussion_and_the_programme_sets_the_numbers() {
    let active = Course {
        active_at_ms: SINCE_MS + 10 * DAY_MS,
        ..at(Stage::InCommission)
    };
    flagged(
        &active,
        "2026-07-01",
        "2026-07-02",
        Flag::CommissionStalled,
        46,
    );
    let both = Course {
        request: request("2026-05-20"),
        ..at(Stage::InCommission)
    };
    assert_eq!(
        flags(&both, &Timers::default(), &day("2026-07-01")).len(),
        2
    );
    let timers = Timers {
        submitted_working_days: 1,
        in_commission_days: 2,
        opinion_given_days: 3,
        at_region_days: 4,
    };
    for (stage, quiet) in [
        (Stage::Submitted, "2026-05-11"),
        (Stage::InCommission, "2026-05-09"),
        (Stage::OpinionGiven, "2026-05-10"),
        (Stage::AtRegion, "2026-05-11"),
    ] {
        let last = day(quiet);
        assert_eq!(flags(&at(stage), &timers, &last), [], "{stage:?}");
        assert_eq!(
            flags(&at(stage), &timers, &last.plus_days(1)).len(),
            1,
            "{stage:?}"
        );
    }
}

#[test]
fn other_stages_are_never_flagged() {
    for stage in Stage::ALL {
        let timed = [
            Stage::Submitted,
            Stage::InCommission,
            Stage::OpinionGiven,
            Stage::AtRegion,
        ];
        let found = flags(&at(stage), &Timers::default(), &day("2029-01-01"));
        assert_eq!(found.is_empty(), !timed.contains(&stage), "{stage:?}");
    }
}

/// An action at this stage, followed since 1 January 2026.
fn followed(stage: Stage) -> Course {
    Course {
        following: Following {
            began_on: Some(day("2026-01-01")),
            given: Vec::new(),
            condition_due_on: Some(day("2026-09-30")),
            review_on: Some(day("2026-10-15")),
        },
        ..at(stage)
    }
}

/// The flags on this day, with their days.
fn flags_on(course: &Course, today: &str) -> Vec<(&'static str, i64)> {
    let found = flags(course, &Timers::default(), &day(today));
    found.iter().map(|one| (one.flag.key(), one.days)).collect()
}

#[test]
fn an_action_awaits_its_next_report_until_its_day() {
    awaits(
        &followed(Stage::InProgress),
        "porteur",
        "report",
        Some("2026-07-31"),
    );
    awaits(
        &followed(Stage::ApprovedConditional),
        "condition_owners",
        "lift_conditions",
        Some("2026-09-30"),
    );
    awaits(
        &followed(Stage::Suspended),
        "region",
        "resume",
        Some("2026-10-15"),
    );
    let mut course = followed(Stage::InProgress);
    assert_eq!(flags_on(&course, "2026-07-31"), []);
    assert_eq!(flags_on(&course, "2026-08-01"), [("report_overdue", 1)]);
    course.following.given = vec!["2026-S1".to_owned()];
    assert_eq!(flags_on(&course, "2026-08-01"), []);
}

#[test]
fn conditions_and_suspensions_are_flagged_after_their_day() {
    for stage in [Stage::ApprovedConditional, Stage::Committed] {
        assert_eq!(flags_on(&followed(stage), "2026-09-30"), [], "{stage:?}");
        let after = [("condition_overdue", 1)];
        assert_eq!(flags_on(&followed(stage), "2026-10-01"), after, "{stage:?}");
    }
    let suspended = followed(Stage::Suspended);
    let both = [("review_overdue", 2), ("condition_overdue", 17)];
    assert_eq!(flags_on(&suspended, "2026-10-17"), both);
}
