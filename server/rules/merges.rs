//! Merging proposals (T29, `domain.md` section 2): who may ask, agree, decline, instruct. The move of each
//! source is judged by the T-table (`transitions`); here is what leads to it.

use super::action::act::Act as _;
use super::rights::{Facts, Permit, Refusal, act, may};
use super::role::Role;
use super::stage::Stage;

/// How long the owners have to agree, in days; then only the steering committee may instruct it.
pub const AGREE_DAYS: i64 = 15;

/// How many proposals one merge may join: what one can still read side by side.
pub const PARTS_MAX: usize = 6;

/// Fewer than two proposals.
const ALONE: &str = "merge_alone";
/// A proposal is before the steering committee: it is sent back first (T16).
const AT_COPIL: &str = "merge_at_copil";
/// A proposal went to the Region, or ended.
const TOO_LATE: &str = "merge_too_late";
/// A proposal is in another merge that is asked for.
const ELSEWHERE: &str = "merge_elsewhere";
/// The request is over.
const CLOSED: &str = "merge_closed";
/// The owners' time is over.
const EXPIRED: &str = "merge_expired";
/// The proposals were not read side by side.
const UNREAD: &str = "merge_unread";
/// None of the person's roles does it.
const ROLE: &str = "role_missing";

/// A merge as somebody finds it.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// How the person stands before each of its proposals.
    pub parts: Vec<Facts>,
    /// Whether one of them is in another merge that is asked for.
    pub is_elsewhere: bool,
    /// Whether it is still asked for.
    pub is_open: bool,
    /// Whether the owners' time is over.
    pub is_expired: bool,
    /// Whether the person asked for it.
    pub is_own: bool,
    /// Whether the person read the proposals side by side.
    pub is_read: bool,
}

/// Whether these proposals may be asked to become one.
///
/// # Errors
/// `R-READ` where one is hidden; T29 `merge_alone`, `merge_at_copil`, `merge_too_late`, `merge_elsewhere`,
/// `role_missing`.
pub fn ask(request: &Request) -> Result<Permit<act::Merge>, Refusal> {
    readable(request)?;
    if request.parts.len() < 2 {
        return Err(refusal(ALONE));
    }
    mergeable(request)?;
    if request.is_elsewhere {
        return Err(refusal(ELSEWHERE));
    }
    permit(request, &[Role::Owner, Role::CopilSecretary])
}

/// Whether the person may note that they read the proposals side by side: whoever may act on it then.
///
/// # Errors
/// `R-READ`; T29 `merge_closed`, `role_missing`.
pub fn read(request: &Request) -> Result<Permit<act::Merge>, Refusal> {
    readable(request)?;
    open(request)?;
    permit(request, &[Role::Owner, Role::CopilSecretary])
}

/// Whether the person may agree for the proposals they lead.
///
/// # Errors
/// `R-READ`; T29 `merge_closed`, `role_missing`, `merge_expired`, `merge_unread`, `merge_at_copil`,
/// `merge_too_late`.
pub fn agree(request: &Request) -> Result<Permit<act::Merge>, Refusal> {
    readable(request)?;
    open(request)?;
    let permit = permit(request, &[Role::Owner])?;
    if request.is_expired {
        return Err(refusal(EXPIRED));
    }
    if !request.is_read {
        return Err(refusal(UNREAD));
    }
    mergeable(request)?;
    Ok(permit)
}

/// Whether the person may instruct it for the steering committee, in or after the owners' time.
///
/// # Errors
/// `R-READ`; T29 `merge_closed`, `role_missing`, `merge_unread`, `merge_at_copil`, `merge_too_late`.
pub fn instruct(request: &Request) -> Result<Permit<act::Merge>, Refusal> {
    readable(request)?;
    open(request)?;
    let permit = permit(request, &[Role::CopilSecretary])?;
    if !request.is_read {
        return Err(refusal(UNREAD));
    }
    mergeable(request)?;
    Ok(permit)
}

/// Whether the person may end it by declining: an owner of one of the proposals.
///
/// # Errors
/// `R-READ`; T29 `merge_closed`, `role_missing`.
pub fn decline(request: &Request) -> Result<Permit<act::Merge>, Refusal> {
    readable(request)?;
    open(request)?;
    permit(request, &[Role::Owner])
}

/// Whether the person may take it back: who asked for it.
///
/// # Errors
/// `R-READ`; T29 `merge_closed`, `role_missing`.
pub fn cancel(request: &Request) -> Result<Permit<act::Merge>, Refusal> {
    readable(request)?;
    open(request)?;
    if !request.is_own {
        return Err(refusal(ROLE));
    }
    permit(request, &[Role::Owner, Role::CopilSecretary])
}

/// The stage at which the survivor stands afterwards, and whether another round begins: up to the
/// commission it stays, beyond it returns there, since its sheet changes.
#[must_use]
pub const fn survivor_after(stage: Stage) -> (Stage, bool) {
    match stage {
        Stage::Frozen | Stage::OpinionGiven => (Stage::InCommission, true),
        Stage::Idea
        | Stage::Drafting
        | Stage::Submitted
        | Stage::InCommission
        | Stage::AtCopil
        | Stage::AtRegion
        | Stage::Approved
        | Stage::ApprovedConditional
        | Stage::Rejected
        | Stage::Committed
        | Stage::InProgress
        | Stage::Suspended
        | Stage::Completed
        | Stage::Abandoned
        | Stage::Withdrawn
        | Stage::Merged
        | Stage::Split
        | Stage::Closed => (stage, false),
    }
}

/// Whether a merge that is asked for ends because one of its proposals reached this stage.
#[must_use]
pub const fn ends_at(stage: Stage) -> bool {
    match stage {
        Stage::Idea
        | Stage::Drafting
        | Stage::Submitted
        | Stage::InCommission
        | Stage::Frozen
        | Stage::OpinionGiven
        // It may be sent back.
        | Stage::AtCopil => false,
        Stage::AtRegion
        | Stage::Approved
        | Stage::ApprovedConditional
        | Stage::Rejected
        | Stage::Committed
        | Stage::InProgress
        | Stage::Suspended
        | Stage::Completed
        | Stage::Abandoned
        | Stage::Withdrawn
        | Stage::Merged
        | Stage::Split
        | Stage::Closed => true,
    }
}

const fn refusal(code: &'static str) -> Refusal {
    Refusal {
        rule: act::Merge::ACTION.rule(),
        code,
    }
}

fn readable(request: &Request) -> Result<(), Refusal> {
    request
        .parts
        .iter()
        .try_for_each(|facts| may::<act::Read>(facts).map(|_| ()))
}

const fn open(request: &Request) -> Result<(), Refusal> {
    if request.is_open {
        Ok(())
    } else {
        Err(refusal(CLOSED))
    }
}

/// Every proposal stands where it may still be merged.
fn mergeable(request: &Request) -> Result<(), Refusal> {
    for stage in request.parts.iter().filter_map(|facts| facts.stage) {
        if stage == Stage::AtCopil {
            return Err(refusal(AT_COPIL));
        }
        if ends_at(stage) {
            return Err(refusal(TOO_LATE));
        }
    }
    Ok(())
}

/// The act itself is the table's: one of the proposals where the person holds such a role. Where each
/// stands is told more precisely by [`mergeable`].
fn permit(request: &Request, roles: &[Role]) -> Result<Permit<act::Merge>, Refusal> {
    let held = request.parts.iter().find(|facts| facts.roles.any(roles));
    let facts = held.ok_or(refusal(ROLE))?;
    may::<act::Merge>(&Facts {
        stage: Some(Stage::Idea),
        roles: facts.roles.with(Role::Associated),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::role::Roles;

    fn part(roles: &[Role], stage: Stage) -> Facts {
        let roles = roles.iter().copied();
        Facts {
            roles: roles.collect::<Roles>(),
            stage: Some(stage),
        }
    }

    /// An owner of the first, who may read the second, and read both.
    fn request() -> Request {
        Request {
            parts: vec![
                part(&[Role::Owner], Stage::InCommission),
                part(&[Role::Associated], Stage::Drafting),
            ],
            is_open: true,
            is_own: true,
            is_read: true,
            ..Request::default()
        }
    }

    fn code<A>(verdict: Result<A, Refusal>) -> &'static str {
        verdict.err().map_or("ok", |refusal| refusal.code)
    }

    #[test]
    fn t29_each_guard_refuses_one_thing() {
        assert_eq!(code(ask(&request())), "ok");
        let mut alone = request();
        alone.parts.truncate(1);
        assert_eq!(code(ask(&alone)), "merge_alone");
        let mut hidden = request();
        hidden.parts.push(part(&[], Stage::Drafting));
        assert!(ask(&hidden).is_err_and(|refusal| refusal.hides()));
        for (stage, expected) in [
            (Stage::AtCopil, "merge_at_copil"),
            (Stage::AtRegion, "merge_too_late"),
            (Stage::Merged, "merge_too_late"),
        ] {
            let mut late = request();
            late.parts.push(part(&[Role::Associated], stage));
            for verdict in [ask(&late), agree(&late)] {
                assert_eq!(code(verdict), expected);
            }
        }
        let elsewhere = Request {
            is_elsewhere: true,
            ..request()
        };
        assert_eq!(code(ask(&elsewhere)), "merge_elsewhere");
        let mut member = request();
        member.parts.remove(0);
        member.parts.push(part(&[Role::Member], Stage::Idea));
        for verdict in [ask(&member), agree(&member), decline(&member)] {
            assert_eq!(code(verdict), "role_missing");
        }
    }

    #[test]
    fn t29_owners_agree_in_time_once_they_read() {
        assert_eq!(code(agree(&request())), "ok");
        let closed = Request {
            is_open: false,
            ..request()
        };
        for act in [read, agree, decline, cancel] {
            assert_eq!(code(act(&closed)), "merge_closed");
        }
        let expired = Request {
            is_expired: true,
            ..request()
        };
        assert_eq!(code(agree(&expired)), "merge_expired");
        let unread = Request {
            is_read: false,
            ..request()
        };
        assert_eq!(code(agree(&unread)), "merge_unread");
        assert_eq!(code(instruct(&request())), "role_missing");
    }

    #[test]
    fn t29_the_committee_instructs_after_the_owners_time_too() {
        let secretary = Request {
            parts: vec![part(&[Role::CopilSecretary, Role::Associated], Stage::Idea); 2],
            is_expired: true,
            is_own: false,
            ..request()
        };
        assert_eq!(code(instruct(&secretary)), "ok");
        assert_eq!(code(cancel(&secretary)), "role_missing");
        assert_eq!(code(agree(&secretary)), "role_missing");
        let unread = Request {
            is_read: false,
            ..secretary
        };
        assert_eq!(code(instruct(&unread)), "merge_unread");
    }

    #[test]
    fn t29_the_survivor_keeps_its_stage_up_to_the_commission() {
        assert_eq!(survivor_after(Stage::Idea), (Stage::Idea, false));
        assert_eq!(
            survivor_after(Stage::InCommission),
            (Stage::InCommission, false)
        );
        assert_eq!(survivor_after(Stage::Frozen), (Stage::InCommission, true));
        assert_eq!(
            survivor_after(Stage::OpinionGiven),
            (Stage::InCommission, true)
        );
    }
}
