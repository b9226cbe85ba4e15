//! Transitions that take two people: who asks, who agrees (T06, T07, T13 with an unfavourable opinion,
//! T14, T20 and T21 by another validator than who prepared, T26, T28 at the Region, T30, T32).

use super::super::decisions::OWN_PREPARATION;
use super::super::opinions::OpinionValue;
use super::super::rights::{Action, Facts, Refusal, judge, roles_for};
use super::super::role::Role;
use super::super::stage::Stage;
use super::{Matter, Transition};

/// What a cleared act does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The proposal moves.
    Moves,
    /// Somebody else is asked to agree.
    Asks,
}

/// Another person's agreement is awaited.
const AWAITED: &str = "consent_awaited";
/// The other person has not asked yet.
const NOT_ASKED: &str = "consent_not_asked";
/// None of the person's roles does it.
const ROLE: &str = "role_missing";

/// What the act would do now, and in which capacity the person would do it.
///
/// # Errors
/// A refusal's code: `consent_awaited`, `consent_not_asked`, `role_missing`.
pub(super) fn next(
    transition: Transition,
    facts: &Facts,
    matter: &Matter,
) -> Result<(Step, Role), &'static str> {
    match transition {
        Transition::Dismiss => both(facts, matter, Role::Facilitator, Role::CoPresident),
        Transition::Reopen if facts.roles.has(Role::CopilSecretary) => {
            Ok((Step::Moves, Role::CopilSecretary))
        }
        Transition::Reopen => both(facts, matter, Role::Facilitator, Role::Owner),
        Transition::Reassign => {
            let target = matter.given.as_ref().and_then(|given| given.target);
            let is_own_affair = target.is_some_and(|to| to.is_run_by_asker);
            if is_own_affair && facts.roles.has(Role::Facilitator) {
                return Ok((Step::Moves, Role::Facilitator));
            }
            one_then(facts, matter, Role::Facilitator, &[Role::Receiver])
        }
        Transition::Withdraw if facts.stage == Some(Stage::AtRegion) => {
            let region = [Role::RegionInstructor, Role::RegionValidator];
            one_then(facts, matter, Role::Owner, &region)
        }
        Transition::Withdraw => alone(facts, &[Role::Owner]),
        Transition::SendToCopil => {
            if facts.roles.has(Role::CoPresident) {
                return Ok((Step::Moves, Role::CoPresident));
            }
            let opinion = matter.opinion.as_ref();
            match opinion.map(|opinion| opinion.value) {
                Some(OpinionValue::Unfavourable) if matter.asked.is_none() => {
                    alone(facts, &[Role::Owner]).map(|(_, owner)| (Step::Asks, owner))
                }
                Some(OpinionValue::Unfavourable) => Err(AWAITED),
                Some(
                    OpinionValue::Favourable
                    | OpinionValue::FavourableWithReserves
                    | OpinionValue::Adjourned,
                )
                | None => Err(ROLE),
            }
        }
        // Its co-presidents jointly: another one agrees, unless one presides alone.
        Transition::FastTrack if matter.later.co_president_count > 1 => match matter.asked {
            Some(asked) if asked.is_own => Err(AWAITED),
            Some(_) => alone(facts, &[Role::CoPresident]),
            None => alone(facts, &[Role::CoPresident]).map(|(_, role)| (Step::Asks, role)),
        },
        // Who prepared the decision does not confirm it (invariant 1).
        Transition::Decide | Transition::SendBack => {
            let decision = matter.later.decision.as_ref();
            if decision.is_some_and(|decision| decision.is_own) {
                return Err(OWN_PREPARATION);
            }
            alone(facts, &[Role::RegionValidator])
        }
        Transition::Complete => one_then(facts, matter, Role::Owner, &[Role::RegionInstructor]),
        Transition::Split => both(facts, matter, Role::Owner, Role::Facilitator),
        Transition::StartDrafting
        | Transition::Submit
        | Transition::Admit
        | Transition::RequestCompletion
        | Transition::Freeze
        | Transition::Thaw
        | Transition::GiveOpinion
        | Transition::Adjourn
        | Transition::Reconsider
        | Transition::FastTrack
        | Transition::Retain
        | Transition::Rework
        | Transition::KeepInReserve
        | Transition::NotRetain
        | Transition::Evoke
        | Transition::ConfirmApproval
        | Transition::Engage
        | Transition::Begin
        | Transition::Suspend
        | Transition::Abandon
        | Transition::Merge
        | Transition::CloseInactive => alone(facts, roles_for(transition.action())),
    }
}

/// Whoever holds one of these roles.
fn alone(facts: &Facts, roles: &[Role]) -> Result<(Step, Role), &'static str> {
    let held = roles.iter().find(|role| facts.roles.has(**role));
    held.map(|role| (Step::Moves, *role)).ok_or(ROLE)
}

/// Two people in two capacities, in whichever order.
fn both(
    facts: &Facts,
    matter: &Matter,
    one: Role,
    other: Role,
) -> Result<(Step, Role), &'static str> {
    let Some(asked) = matter.asked else {
        return alone(facts, &[one, other]).map(|(_, role)| (Step::Asks, role));
    };
    let awaited = if asked.capacity == one { other } else { one };
    if asked.is_own || !facts.roles.has(awaited) {
        return Err(AWAITED);
    }
    Ok((Step::Moves, awaited))
}

/// One asks, then one of the others agrees.
fn one_then(
    facts: &Facts,
    matter: &Matter,
    asks: Role,
    agree: &[Role],
) -> Result<(Step, Role), &'static str> {
    if matter.asked.is_some() {
        return alone(facts, agree).map_err(|_| AWAITED);
    }
    if facts.roles.has(asks) {
        Ok((Step::Asks, asks))
    } else {
        Err(NOT_ASKED)
    }
}

/// Who is to agree to what was asked: the roles one of which must act now.
#[must_use]
pub fn consents(transition: Transition, asked: Role) -> &'static [Role] {
    match transition {
        Transition::Dismiss if asked == Role::CoPresident => &[Role::Facilitator],
        Transition::Dismiss | Transition::SendToCopil => &[Role::CoPresident],
        Transition::Reopen if asked == Role::Owner => &[Role::Facilitator],
        Transition::Reopen => &[Role::Owner],
        Transition::Reassign => &[Role::Receiver],
        Transition::Withdraw => &[Role::RegionInstructor, Role::RegionValidator],
        Transition::FastTrack => &[Role::CoPresident],
        Transition::Complete => &[Role::RegionInstructor],
        Transition::Split if asked == Role::Owner => &[Role::Facilitator],
        Transition::Split => &[Role::Owner],
        Transition::StartDrafting
        | Transition::Submit
        | Transition::Admit
        | Transition::RequestCompletion
        | Transition::Freeze
        | Transition::Thaw
        | Transition::GiveOpinion
        | Transition::Adjourn
        | Transition::Reconsider
        | Transition::Retain
        | Transition::Rework
        | Transition::KeepInReserve
        | Transition::NotRetain
        | Transition::Evoke
        | Transition::Decide
        | Transition::SendBack
        | Transition::ConfirmApproval
        | Transition::Engage
        | Transition::Begin
        | Transition::Suspend
        | Transition::Abandon
        | Transition::Merge
        | Transition::CloseInactive => &[],
    }
}

/// Whether the person may take back what was asked: their own request, or one made in a capacity
/// they hold.
///
/// # Errors
/// `R-READ`, `role_missing`.
pub fn cancel(transition: Transition, facts: &Facts, matter: &Matter) -> Result<(), Refusal> {
    judge(Action::Read, facts)?;
    match matter.asked {
        Some(asked) if asked.is_own || facts.roles.has(asked.capacity) => Ok(()),
        Some(_) | None => Err(transition.refusal(ROLE)),
    }
}

/// Whether the person may decline what was asked: whoever could agree to it.
///
/// # Errors
/// `R-READ`, `role_missing`.
pub fn decline(transition: Transition, facts: &Facts, matter: &Matter) -> Result<(), Refusal> {
    judge(Action::Read, facts)?;
    match matter.asked {
        Some(asked) if facts.roles.any(consents(transition, asked.capacity)) => Ok(()),
        Some(_) | None => Err(transition.refusal(ROLE)),
    }
}
