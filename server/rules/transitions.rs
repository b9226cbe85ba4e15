//! The T-table: what moves a proposal from one stage to the next (`domain.md` section 2).
//! T01 and T02 today; each next capability adds its rows here.

use super::rights::{Action, Facts, Permit, Refusal, act, judge, may};
use super::stage::Stage;

/// A transition one may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transition {
    /// T02: idea > drafting.
    StartDrafting,
}

/// What the guards look at, beside the rights.
#[derive(Clone, Copy, Debug)]
pub struct Guards {
    /// Whether the proposal has a porteur that accepted (or accepts with this act).
    pub porteur_accepts: bool,
}

impl Transition {
    /// Every transition, in table order.
    pub const ALL: [Self; 1] = [Self::StartDrafting];

    /// The number in `domain.md`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::StartDrafting => "T02",
        }
    }

    /// The transition with this number.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|transition| transition.key() == key)
    }

    /// The right it needs.
    #[must_use]
    pub const fn action(self) -> Action {
        match self {
            Self::StartDrafting => Action::StartDrafting,
        }
    }

    /// The stage it leads to.
    #[must_use]
    pub const fn to(self) -> Stage {
        match self {
            Self::StartDrafting => Stage::Drafting,
        }
    }
}

/// T02: idea > drafting, by the owner or the facilitator, once a porteur accepts.
///
/// # Errors
/// `T02/role_missing`, `T02/stage`, `T02/porteur_missing`.
pub fn start_drafting(
    facts: &Facts,
    guards: &Guards,
) -> Result<Permit<act::StartDrafting>, Refusal> {
    judge(Action::StartDrafting, facts)?;
    if !guards.porteur_accepts {
        return Err(Refusal {
            rule: "T02",
            code: "porteur_missing",
        });
    }
    may::<act::StartDrafting>(facts)
}
