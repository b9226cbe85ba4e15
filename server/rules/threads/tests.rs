//! Each guard of a thread with the one input that only it refuses.

use super::*;
use crate::rules::role::Role;
use crate::rules::stage::Stage;

const MEMBER: &[Role] = &[Role::Member];

fn facts(roles: &[Role], stage: Stage) -> Facts {
    Facts {
        roles: roles.iter().copied().collect(),
        stage: Some(stage),
    }
}

fn discussed(roles: &[Role]) -> Facts {
    facts(roles, Stage::InCommission)
}

const OPEN: Thread = Thread {
    kind: Kind::Vigilance,
    is_closed: false,
    is_withdrawn: false,
    is_author: false,
    has_answer: false,
    replies_count: 0,
};

const OWN: Message = Message {
    is_author: true,
    is_withdrawn: false,
    is_answered: false,
    created_at_ms: 1_000,
};

#[track_caller]
fn said<T>(verdict: Result<T, Refusal>, expected: &str) {
    let said = match verdict {
        Ok(_) => "allowed".to_owned(),
        Err(refusal) => format!("{}/{}", refusal.rule, refusal.code),
    };
    assert_eq!(said, expected);
}

#[test]
fn keys_come_back() {
    assert!(
        Kind::ALL
            .iter()
            .all(|one| Kind::from_key(one.key()) == Some(*one))
    );
    assert!(
        Outcome::ALL
            .iter()
            .all(|one| Outcome::from_key(one.key()) == Some(*one))
    );
    assert!(Kind::from_key("answer").is_none() && Outcome::from_key("").is_none());
}

#[test]
fn r_comment_each_guard_of_a_new_message_refuses_alone() {
    let member = discussed(MEMBER);
    said(open(&member, THREADS_MAX - 1), "allowed");
    said(open(&member, THREADS_MAX), "R-COMMENT/threads_full");
    said(
        open(&discussed(&[Role::Observer]), 0),
        "R-COMMENT/role_missing",
    );
    said(open(&facts(MEMBER, Stage::Approved), 0), "R-COMMENT/stage");
    said(reply(&member, &OPEN), "allowed");
    said(
        reply(&discussed(&[Role::Observer]), &OPEN),
        "R-COMMENT/role_missing",
    );
    let closed = Thread {
        is_closed: true,
        ..OPEN
    };
    said(reply(&member, &closed), "R-COMMENT/thread_closed");
    let full = Thread {
        replies_count: REPLIES_MAX,
        ..OPEN
    };
    said(reply(&member, &full), "R-COMMENT/thread_full");
}

#[test]
fn r_comment_each_guard_of_a_correction_refuses_alone() {
    let member = discussed(MEMBER);
    let last_ms = OWN.created_at_ms + EDITED_WITHIN_MS;
    said(edit(&member, &OPEN, &OWN, last_ms), "allowed");
    said(
        edit(&member, &OPEN, &OWN, last_ms + 1),
        "R-COMMENT/edit_too_late",
    );
    let closed = Thread {
        is_closed: true,
        ..OPEN
    };
    said(
        edit(&member, &closed, &OWN, last_ms),
        "R-COMMENT/thread_closed",
    );
    for (message, expected) in [
        (
            Message {
                is_author: false,
                ..OWN
            },
            "R-COMMENT/not_author",
        ),
        (
            Message {
                is_withdrawn: true,
                ..OWN
            },
            "R-COMMENT/message_withdrawn",
        ),
        (
            Message {
                is_answered: true,
                ..OWN
            },
            "R-COMMENT/message_answered",
        ),
    ] {
        said(edit(&member, &OPEN, &message, last_ms), expected);
    }
    let observer = discussed(&[Role::Observer]);
    said(
        edit(&observer, &OPEN, &OWN, last_ms),
        "R-COMMENT/role_missing",
    );
    said(withdraw(&member, &OWN), "allowed");
    said(withdraw(&observer, &OWN), "R-COMMENT/role_missing");
    let other = Message {
        is_author: false,
        ..OWN
    };
    said(withdraw(&member, &other), "R-COMMENT/not_author");
}

#[test]
fn r_close_each_guard_refuses_alone() {
    let (lead, member) = (discussed(&[Role::Facilitator]), discussed(MEMBER));
    let mine = Thread {
        is_author: true,
        ..OPEN
    };
    let closed = Thread {
        is_closed: true,
        ..OPEN
    };
    said(close(&lead, &OPEN, Outcome::Adopted), "allowed");
    said(
        close(&member, &OPEN, Outcome::Adopted),
        "R-CLOSE/role_missing",
    );
    said(
        close(
            &facts(&[Role::Owner], Stage::Approved),
            &OPEN,
            Outcome::Adopted,
        ),
        "R-CLOSE/stage",
    );
    said(
        close(&facts(MEMBER, Stage::Approved), &mine, Outcome::Withdrawn),
        "R-COMMENT/stage",
    );
    said(
        close(&lead, &closed, Outcome::Adopted),
        "R-CLOSE/thread_closed",
    );
    said(
        close(&lead, &OPEN, Outcome::Answered),
        "R-CLOSE/outcome_unsuited",
    );
    said(
        close(&lead, &OPEN, Outcome::Withdrawn),
        "R-CLOSE/outcome_of_author",
    );
    said(
        close(&member, &mine, Outcome::Adopted),
        "R-CLOSE/outcome_of_role",
    );
    said(close(&member, &mine, Outcome::Withdrawn), "allowed");
    said(reopen(&lead, &closed), "allowed");
    said(reopen(&member, &closed), "R-CLOSE/role_missing");
    said(reopen(&lead, &OPEN), "R-CLOSE/thread_open");
    let taken_back = Thread {
        is_withdrawn: true,
        ..closed
    };
    said(reopen(&lead, &taken_back), "R-CLOSE/message_withdrawn");
}

#[test]
fn outcomes_are_offered_to_whom_they_belong() {
    let keys = |roles: &[Role], thread: &Thread| -> Vec<&str> {
        let outcomes = outcomes(&discussed(roles), thread);
        outcomes.into_iter().map(Outcome::key).collect()
    };
    let question = Thread {
        kind: Kind::Question,
        ..OPEN
    };
    let lead = &[Role::CoPresident];
    assert_eq!(
        keys(lead, &question),
        ["answered", "adopted", "partly", "not_adopted"]
    );
    assert_eq!(keys(lead, &OPEN), ["adopted", "partly", "not_adopted"]);
    let (mine, asked) = (
        Thread {
            is_author: true,
            ..OPEN
        },
        Thread {
            is_author: true,
            ..question
        },
    );
    assert_eq!(keys(MEMBER, &mine), ["satisfied", "withdrawn"]);
    assert_eq!(keys(MEMBER, &asked), ["answered", "withdrawn"]);
    assert!(keys(MEMBER, &OPEN).is_empty());
}

#[test]
fn t08_an_answer_is_somebody_elses_reply_to_what_asks_for_one() {
    for kind in Kind::ALL {
        let asks = matches!(kind, Kind::Question | Kind::Vigilance);
        assert_eq!(
            is_unanswered(&Thread { kind, ..OPEN }),
            asks,
            "{}",
            kind.key()
        );
    }
    assert!(!is_unanswered(&Thread {
        has_answer: true,
        ..OPEN
    }));
    assert!(!is_unanswered(&Thread {
        is_closed: true,
        ..OPEN
    }));
}
