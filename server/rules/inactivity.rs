//! Warning the owner of a proposal on which nothing happens, before it may be closed (T31: twelve months
//! without activity, two notices).

use super::rights::{Facts, Permit, Refusal, act, may};

/// From how many days without activity on one may warn: ten months, so that both warnings fit in
/// before the twelfth.
pub const WARN_FROM_DAYS: i64 = 304;

/// How many days lie between two warnings: time to answer the first.
pub const BETWEEN_DAYS: i64 = 15;

/// From how many days without activity on the proposal may be closed (T31): twelve months.
pub const CLOSE_FROM_DAYS: i64 = 365;

/// How many warnings come before.
pub const WARNINGS_NEEDED: i64 = 2;

/// Whether these facts allow a warning. `inactive_days` since the last edit, comment or act;
/// `warned_days_ago` since the last warning after it, if there was one.
///
/// # Errors
/// Those of R-WARN; `R-WARN/still_active`, `R-WARN/warned_lately`.
pub fn warn(
    facts: &Facts,
    inactive_days: i64,
    warned_days_ago: Option<i64>,
) -> Result<Permit<act::WarnInactive>, Refusal> {
    let permit = may::<act::WarnInactive>(facts)?;
    let refuse = |code| {
        Err(Refusal {
            rule: "R-WARN",
            code,
        })
    };
    if inactive_days < WARN_FROM_DAYS {
        return refuse("still_active");
    }
    if warned_days_ago.is_some_and(|days| days < BETWEEN_DAYS) {
        return refuse("warned_lately");
    }
    Ok(permit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::role::Role;
    use crate::rules::stage::Stage;

    #[test]
    fn each_guard_of_a_warning_refuses_by_itself() {
        let judged = |role: Role, stage, inactive, warned| {
            let facts = Facts {
                roles: [role].into_iter().collect(),
                stage: Some(stage),
            };
            let verdict = warn(&facts, inactive, warned).map(|_permit| ());
            verdict.map_err(|refusal| format!("{}/{}", refusal.rule, refusal.code))
        };
        let refused = |what: &str| Err(what.to_owned());
        let facilitator = Role::Facilitator;
        for warned in [None, Some(15)] {
            assert_eq!(judged(facilitator, Stage::Idea, 304, warned), Ok(()));
        }
        assert_eq!(
            judged(Role::Owner, Stage::Idea, 304, None),
            refused("R-WARN/role_missing")
        );
        assert_eq!(
            judged(facilitator, Stage::Submitted, 304, None),
            refused("R-WARN/stage")
        );
        assert_eq!(
            judged(facilitator, Stage::Drafting, 303, None),
            refused("R-WARN/still_active")
        );
        assert_eq!(
            judged(facilitator, Stage::Drafting, 304, Some(14)),
            refused("R-WARN/warned_lately")
        );
    }
}
