//! What the steering committee advises (`domain.md` 1.5, T15 to T18): retained with a rank and ceilings,
//! sent back with requests, kept in reserve, or not retained with its motive.

use super::keyed::keyed;
use super::money::{Amount, over};
use super::transitions::Transition;

keyed! {
    /// What the committee advises.
    Advice {
        /// Retenue.
        Retained "retained";
        /// À retravailler.
        Rework "rework";
        /// En réserve.
        ReserveList "reserve_list";
        /// Non retenue.
        NotRetained "not_retained";
    }
}

/// How often running a proposal may be kept in reserve (T17).
pub const RESERVE_LISTS_AT_MOST: usize = 2;

/// The ranks of what is retained, the first the most urgent.
pub const RANKS: std::ops::RangeInclusive<i64> = 1..=3;

/// An arbitration as it is recorded.
#[derive(Clone, Debug)]
pub struct Arbitration {
    /// Its rank among what is retained.
    pub rank: Option<i64>,
    /// At most so much of each envelope.
    pub ceilings: Vec<Amount>,
}

impl Advice {
    /// The move that records it.
    #[must_use]
    pub const fn transition(self) -> Transition {
        match self {
            Self::Retained => Transition::Retain,
            Self::Rework => Transition::Rework,
            Self::ReserveList => Transition::KeepInReserve,
            Self::NotRetained => Transition::NotRetain,
        }
    }

    /// What this move records; `None` for a move that is no arbitration.
    #[must_use]
    pub fn of(transition: Transition) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|advice| advice.transition() == transition)
    }
}

/// How many of the last arbitrations, the newest first, kept it in reserve without another between them.
#[must_use]
pub fn running_reserve_lists(newest_first: &[Advice]) -> usize {
    let in_reserve = |advice: &&Advice| **advice == Advice::ReserveList;
    newest_first.iter().take_while(in_reserve).count()
}

/// Whether the ceilings stay within what is asked for, and are there where money is asked for.
#[must_use]
pub fn ceilings_fit(ceilings: &[Amount], requested: &[Amount]) -> bool {
    over(ceilings, requested).is_none()
}
