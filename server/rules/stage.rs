//! The twenty stages and the five phases of `domain.md` section 2.

/// Where a proposal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// 1 Idée.
    Idea,
    /// 2 En rédaction.
    Drafting,
    /// 3 Déposée.
    Submitted,
    /// 4 En discussion en commission.
    InCommission,
    /// 5 Version figée pour avis.
    Frozen,
    /// 6 Avis rendu.
    OpinionGiven,
    /// 7 Au comité de pilotage.
    AtCopil,
    /// 8 Transmise à la Région.
    AtRegion,
    /// 9 Validée.
    Approved,
    /// 10 Validée sous conditions.
    ApprovedConditional,
    /// 11 Refusée.
    Rejected,
    /// 12 Engagée.
    Committed,
    /// 13 En cours.
    InProgress,
    /// 14 Suspendue.
    Suspended,
    /// 15 Réalisée.
    Completed,
    /// 16 Abandonnée.
    Abandoned,
    /// 17 Retirée.
    Withdrawn,
    /// 18 Fusionnée.
    Merged,
    /// 19 Scindée.
    Split,
    /// 20 Classée sans suite.
    Closed,
}

/// The five phases of the surface, and what has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// Rédaction: stages 1 to 3.
    Drafting,
    /// Commission: stages 4 to 6.
    Commission,
    /// Comité de pilotage: stage 7.
    Copil,
    /// Région: stages 8 to 10.
    Region,
    /// Suivi: stages 12 to 15.
    FollowUp,
    /// Terminées, shown apart: stages 11 and 16 to 20.
    Ended,
}

impl Stage {
    /// Every stage, in order.
    pub const ALL: [Self; 20] = [
        Self::Idea,
        Self::Drafting,
        Self::Submitted,
        Self::InCommission,
        Self::Frozen,
        Self::OpinionGiven,
        Self::AtCopil,
        Self::AtRegion,
        Self::Approved,
        Self::ApprovedConditional,
        Self::Rejected,
        Self::Committed,
        Self::InProgress,
        Self::Suspended,
        Self::Completed,
        Self::Abandoned,
        Self::Withdrawn,
        Self::Merged,
        Self::Split,
        Self::Closed,
    ];

    /// The stage's key, as in `domain.md`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Idea => "idea",
            Self::Drafting => "drafting",
            Self::Submitted => "submitted",
            Self::InCommission => "in_commission",
            Self::Frozen => "frozen",
            Self::OpinionGiven => "opinion_given",
            Self::AtCopil => "at_copil",
            Self::AtRegion => "at_region",
            Self::Approved => "approved",
            Self::ApprovedConditional => "approved_conditional",
            Self::Rejected => "rejected",
            Self::Committed => "committed",
            Self::InProgress => "in_progress",
            Self::Suspended => "suspended",
            Self::Completed => "completed",
            Self::Abandoned => "abandoned",
            Self::Withdrawn => "withdrawn",
            Self::Merged => "merged",
            Self::Split => "split",
            Self::Closed => "closed",
        }
    }

    /// The stage with this key.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.key() == key)
    }

    /// The phase that shows this stage.
    #[must_use]
    pub const fn phase(self) -> Phase {
        match self {
            Self::Idea | Self::Drafting | Self::Submitted => Phase::Drafting,
            Self::InCommission | Self::Frozen | Self::OpinionGiven => Phase::Commission,
            Self::AtCopil => Phase::Copil,
            Self::AtRegion | Self::Approved | Self::ApprovedConditional => Phase::Region,
            Self::Committed | Self::InProgress | Self::Suspended | Self::Completed => {
                Phase::FollowUp
            }
            Self::Rejected
            | Self::Abandoned
            | Self::Withdrawn
            | Self::Merged
            | Self::Split
            | Self::Closed => Phase::Ended,
        }
    }

    /// Whether the Region has decided: preparatory documents are then communicable (CRPA L311-2).
    #[must_use]
    pub const fn is_decided(self) -> bool {
        match self {
            Self::Approved
            | Self::ApprovedConditional
            | Self::Rejected
            | Self::Committed
            | Self::InProgress
            | Self::Suspended
            | Self::Completed
            | Self::Abandoned => true,
            Self::Idea
            | Self::Drafting
            | Self::Submitted
            | Self::InCommission
            | Self::Frozen
            | Self::OpinionGiven
            | Self::AtCopil
            | Self::AtRegion
            | Self::Withdrawn
            | Self::Merged
            | Self::Split
            | Self::Closed => false,
        }
    }

    /// Whether it is an approved action that has neither been completed nor abandoned.
    #[must_use]
    pub const fn is_action(self) -> bool {
        matches!(
            self,
            Self::Approved
                | Self::ApprovedConditional
                | Self::Committed
                | Self::InProgress
                | Self::Suspended
        )
    }

    /// Whether it ended before any decision and may be taken up again (T32).
    #[must_use]
    pub const fn may_reopen(self) -> bool {
        matches!(self, Self::Withdrawn | Self::Closed)
    }

    /// Whether it is still on its way: neither ended nor completed.
    #[must_use]
    pub fn is_in_progress(self) -> bool {
        self.phase() != Phase::Ended && self != Self::Completed
    }
}

impl Phase {
    /// Every phase, in order, the ended ones last.
    pub const ALL: [Self; 6] = [
        Self::Drafting,
        Self::Commission,
        Self::Copil,
        Self::Region,
        Self::FollowUp,
        Self::Ended,
    ];

    /// The phase's key.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Drafting => "drafting",
            Self::Commission => "commission",
            Self::Copil => "copil",
            Self::Region => "region",
            Self::FollowUp => "follow_up",
            Self::Ended => "ended",
        }
    }

    /// The phase with this key.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.key() == key)
    }
}
