//! The table of rights: printed whole and compared, then asked from the real API.
//! Names of tests start with the rule they hold.

use std::fmt::Write as _;

use chantier::rules::rights::{Action, Facts, judge};
use chantier::rules::role::{Role, Roles};
use chantier::rules::stage::Stage;
use chantier::rules::transitions::{Naming, Porteur, ProposeGuards, porteur_accepts, propose};

use crate::support::on_both_databases;
use crate::support::world::World;

/// The columns: each role alone, then nobody in particular.
fn columns() -> Vec<(&'static str, Roles)> {
    Role::ALL
        .into_iter()
        .map(|role| (role.key(), Roles::NONE.with(role)))
        .chain([("nobody", Roles::NONE)])
        .collect()
}

fn cell(action: Action, facts: &Facts) -> String {
    match judge(action, facts) {
        Ok(()) => "\u{2713}".to_owned(),
        Err(refusal) if refusal.code == "stage" => format!("{}*", refusal.rule),
        Err(refusal) => refusal.rule.to_owned(),
    }
}

fn table() -> String {
    let mut text = String::from(
        "A tick: allowed. Otherwise the rule that refuses: because of the roles, or (*) of the stage.\n\
         R-READ also hides: the answer is 404.\n",
    );
    let heading = |text: &mut String, title: &str| {
        write!(text, "\n{title:<22}").expect("writes");
        for (name, _) in columns() {
            write!(text, "{name:<18}").expect("writes");
        }
        text.push('\n');
    };
    heading(&mut text, "in a chantier");
    for action in Action::ALL {
        if Action::ON_PROPOSAL.contains(&action) {
            continue;
        }
        write!(text, "{:<22}", action.key()).expect("writes");
        for (_, roles) in columns() {
            let facts = Facts { roles, stage: None };
            write!(text, "{:<18}", cell(action, &facts)).expect("writes");
        }
        text.push('\n');
    }
    for &action in Action::ON_PROPOSAL {
        heading(&mut text, action.key());
        for stage in Stage::ALL {
            write!(text, "{:<22}", stage.key()).expect("writes");
            for (_, roles) in columns() {
                let facts = Facts {
                    roles,
                    stage: Some(stage),
                };
                write!(text, "{:<18}", cell(action, &facts)).expect("writes");
            }
            text.push('\n');
        }
    }
    text.lines()
        .map(str::trim_end)
        .fold(String::new(), |all, line| all + line + "\n")
}

#[test]
fn the_table_of_rights_is_as_reviewed() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/expected/rights.txt");
    let actual = table();
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    if actual != expected {
        let fresh = std::env::temp_dir().join("chantier-rights.txt");
        std::fs::write(&fresh, &actual).expect("writes");
        panic!(
            "the table of rights changed: review {} and, if it is meant, copy it over {path}",
            fresh.display()
        );
    }
}

fn facts(roles: &[Role], stage: Stage) -> Facts {
    Facts {
        roles: roles.iter().copied().collect(),
        stage: Some(stage),
    }
}

#[track_caller]
fn refused<T: std::fmt::Debug>(
    verdict: Result<T, chantier::rules::rights::Refusal>,
    rule: &str,
    code: &str,
) {
    let refusal = verdict.expect_err("refused");
    assert_eq!((refusal.rule, refusal.code), (rule, code));
}

#[test]
fn r_read_default_is_refusal_and_decisions_are_for_all() {
    for stage in Stage::ALL {
        let nobody = judge(Action::Read, &facts(&[], stage));
        assert_eq!(nobody.is_ok(), stage.is_decided(), "{}", stage.key());
        let admin = judge(Action::Read, &facts(&[Role::Admin], stage));
        assert_eq!(admin.is_ok(), stage.is_decided(), "{}", stage.key());
    }
}

#[test]
fn r_read_hides_before_any_other_rule_speaks() {
    for &action in Action::ON_PROPOSAL {
        let verdict = judge(action, &facts(&[Role::CopilMember], Stage::Drafting));
        assert!(verdict.expect_err("refused").hides(), "{}", action.key());
    }
}

#[test]
fn r_read_what_never_left_the_commission_stays_there() {
    for stage in [Stage::Withdrawn, Stage::Merged, Stage::Split] {
        refused(
            judge(Action::Read, &facts(&[Role::CopilMember], stage)),
            "R-READ",
            "role_missing",
        );
    }
}

#[test]
fn r_edit_nobody_writes_what_others_judge() {
    let everyone: Vec<Role> = Role::ALL.into_iter().collect();
    for stage in Stage::ALL {
        let open = matches!(stage, Stage::Idea | Stage::Drafting | Stage::InCommission);
        let verdict = judge(Action::EditText, &facts(&everyone, stage));
        assert_eq!(verdict.is_ok(), open, "{}", stage.key());
    }
}

#[test]
fn r_edit_an_idea_is_its_authors_and_its_porteurs() {
    for (role, writes) in [
        (Role::Owner, true),
        (Role::OrgAdmin, true),
        (Role::Contributor, false),
        (Role::Member, false),
        (Role::Facilitator, false),
    ] {
        let verdict = judge(Action::EditText, &facts(&[role], Stage::Idea));
        assert_eq!(verdict.is_ok(), writes, "{}", role.key());
    }
}

#[test]
fn r_edit_members_do_not_write_a_draft() {
    refused(
        judge(Action::EditText, &facts(&[Role::Member], Stage::Drafting)),
        "R-EDIT",
        "role_missing",
    );
}

#[test]
fn r_invite_only_while_it_is_written_together() {
    refused(
        judge(
            Action::InviteContributors,
            &facts(&[Role::Owner], Stage::Idea),
        ),
        "R-INVITE",
        "stage",
    );
    assert!(
        judge(
            Action::InviteContributors,
            &facts(&[Role::Facilitator], Stage::Drafting)
        )
        .is_ok()
    );
}

#[test]
fn t01_each_guard_refuses_alone() {
    let member = Facts {
        roles: Roles::NONE.with(Role::Member),
        stage: None,
    };
    let good = ProposeGuards {
        chantier_active: true,
        neighbours_shown: true,
    };
    assert!(propose(&member, &good).is_ok());
    let facilitator = Facts {
        roles: Roles::NONE.with(Role::Facilitator),
        stage: None,
    };
    refused(propose(&facilitator, &good), "T01", "role_missing");
    let inactive = ProposeGuards {
        chantier_active: false,
        ..good
    };
    refused(propose(&member, &inactive), "T01", "chantier_inactive");
    let unseen = ProposeGuards {
        neighbours_shown: false,
        ..good
    };
    refused(propose(&member, &unseen), "T01", "neighbours_not_shown");
}

#[test]
fn t02_who_speaks_for_a_porteur() {
    let none = Naming {
        accepted_before: false,
        own: false,
        active_member: false,
    };
    let (owner, facilitator) = (
        facts(&[Role::Owner], Stage::Idea),
        facts(&[Role::Facilitator], Stage::Idea),
    );
    for (who, naming, state) in [
        (&owner, Naming { own: true, ..none }, Porteur::Accepted),
        (
            &owner,
            Naming {
                active_member: true,
                ..none
            },
            Porteur::NotAccepted,
        ),
        (
            &owner,
            Naming {
                accepted_before: true,
                ..none
            },
            Porteur::Accepted,
        ),
        (
            &facilitator,
            Naming {
                active_member: true,
                ..none
            },
            Porteur::Accepted,
        ),
        (
            &facilitator,
            Naming { own: true, ..none },
            Porteur::NotAccepted,
        ),
        (&facilitator, none, Porteur::NotAccepted),
    ] {
        assert_eq!(porteur_accepts(who, &naming), state, "{naming:?}");
    }
}

on_both_databases! {
    async fn the_api_says_what_the_table_says(database: Database) {
        let world = World::new(&database).await;
        for stage in Stage::ALL {
            world.proposal(&format!("pro-{}", stage.key()), stage.key()).await;
        }
        world.ask_receiver().await;
        for (person, roles) in columns() {
            for stage in Stage::ALL {
                let facts = Facts { roles, stage: Some(stage) };
                let path = format!("/api/proposals/pro-{}", stage.key());
                let (status, body) = world.get(person, &path).await;
                let place = format!("{person} at {}: {body}", stage.key());
                if judge(Action::Read, &facts).is_err() {
                    assert_eq!((status.as_u16(), &body["code"]), (404, &"not_found".into()), "{place}");
                    continue;
                }
                assert_eq!(status.as_u16(), 200, "{place}");
                for &action in Action::ON_PROPOSAL {
                    let key = action.key();
                    let listed = body["may"].as_array().expect("may").contains(&key.into());
                    let reason = body["may_not"].as_array().expect("may_not").iter()
                        .find(|one| one["action"] == key);
                    match judge(action, &facts) {
                        Ok(()) => assert!(listed && reason.is_none(), "{key}: {place}"),
                        Err(refusal) => {
                            let reason = reason.unwrap_or_else(|| panic!("{key}: {place}"));
                            assert!(!listed && reason["rule"] == refusal.rule
                                && reason["code"] == refusal.code, "{key}: {place}");
                        }
                    }
                }
            }
        }
    }
}
