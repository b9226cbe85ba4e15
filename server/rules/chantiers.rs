//! The life of a chantier: `preparing > active > suspended > closed` (`domain.md` 1.1), and what each
//! step needs (invariant 2).

use super::mandates::CO_PRESIDENTS_MAX;

/// Where a chantier stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Being set up: nobody proposes there yet.
    Preparing,
    /// At work.
    Active,
    /// At rest: what is on its way goes on, nothing new comes.
    Suspended,
    /// Ended, for good.
    Closed,
}

/// What a change of status is judged from.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// Where it stands.
    pub status: Status,
    /// Its co-presidents today who are regional councillors in office.
    pub co_presidents: usize,
    /// Its proposals before a decision.
    pub on_their_way: usize,
}

/// Why a chantier may not change so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Not from where it stands.
    Status,
    /// One to three councillors must preside it.
    CoPresidentMissing,
    /// Proposals are on their way there.
    ProposalsOnTheirWay,
}

impl Status {
    /// Every status, in order.
    pub const ALL: [Self; 4] = [Self::Preparing, Self::Active, Self::Suspended, Self::Closed];

    /// Its key.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Preparing => "preparing",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Closed => "closed",
        }
    }

    /// The status with this key.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.key() == key)
    }

    /// Where it may go from here.
    #[must_use]
    pub const fn next(self) -> &'static [Self] {
        match self {
            Self::Preparing => &[Self::Active, Self::Closed],
            Self::Active => &[Self::Suspended, Self::Closed],
            Self::Suspended => &[Self::Active, Self::Closed],
            Self::Closed => &[],
        }
    }
}

impl Flaw {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Status => "chantier_status",
            Self::CoPresidentMissing => "co_president_missing",
            Self::ProposalsOnTheirWay => "proposals_on_their_way",
        }
    }
}

/// Whether the chantier may go there.
///
/// # Errors
/// The first flaw.
pub fn may_become(to: Status, standing: &Standing) -> Result<(), Flaw> {
    if !standing.status.next().contains(&to) {
        return Err(Flaw::Status);
    }
    match to {
        Status::Active if !(1..=CO_PRESIDENTS_MAX).contains(&standing.co_presidents) => {
            Err(Flaw::CoPresidentMissing)
        }
        Status::Closed if standing.on_their_way > 0 => Err(Flaw::ProposalsOnTheirWay),
        Status::Preparing | Status::Active | Status::Suspended | Status::Closed => Ok(()),
    }
}

/// The number of a chantier's code: `CH8` is the eighth; `None` when it is no code.
#[must_use]
pub fn code_number(code: &str) -> Option<u32> {
    let digits = code.strip_prefix("CH")?;
    let fits = (1..=3).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.starts_with('0');
    fits.then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(status: Status) -> Standing {
        Standing {
            status,
            co_presidents: 1,
            on_their_way: 0,
        }
    }

    #[test]
    fn it_follows_its_life_and_does_not_come_back() {
        for from in Status::ALL {
            for to in Status::ALL {
                let holds = may_become(to, &standing(from)).is_ok();
                assert_eq!(holds, from.next().contains(&to), "{from:?} {to:?}");
            }
        }
        assert!(Status::Closed.next().is_empty());
        assert_eq!(Status::from_key("suspended"), Some(Status::Suspended));
    }

    #[test]
    fn active_needs_one_to_three_co_presidents() {
        let with = |co_presidents| Standing {
            co_presidents,
            ..standing(Status::Preparing)
        };
        let missing = Err(Flaw::CoPresidentMissing);
        assert_eq!(may_become(Status::Active, &with(0)), missing);
        assert_eq!(may_become(Status::Active, &with(4)), missing);
        assert_eq!(may_become(Status::Active, &with(3)), Ok(()));
        assert_eq!(may_become(Status::Closed, &with(0)), Ok(()));
    }

    #[test]
    fn it_closes_when_nothing_is_on_its_way() {
        let one = Standing {
            on_their_way: 1,
            ..standing(Status::Active)
        };
        let refused = Err(Flaw::ProposalsOnTheirWay);
        assert_eq!(may_become(Status::Closed, &one), refused);
        assert_eq!(may_become(Status::Suspended, &one), Ok(()));
    }

    #[test]
    fn a_code_is_ch_and_a_number() {
        assert_eq!(code_number("CH8"), Some(8));
        for wrong in ["CH", "CH0", "CH08", "CH1234", "ch8", "CHX", "8"] {
            assert_eq!(code_number(wrong), None, "{wrong}");
        }
    }
}
