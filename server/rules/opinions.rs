//! The commission's opinion: what it may say, and whether its count holds together (`domain.md` 1.3,
//! 1.5, invariants 4 to 6). One seat, one vote; a recused seat neither votes nor counts.

use super::rights::{Facts, Permit, Refusal, act, may};

/// What an opinion says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OpinionValue {
    /// Favorable.
    Favourable,
    /// Favorable avec réserves.
    FavourableWithReserves,
    /// Défavorable.
    Unfavourable,
    /// Ajourné.
    Adjourned,
}

/// How it came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Nobody objected; nothing is counted.
    Consensus,
    /// A vote in session.
    Vote,
    /// A written consultation: silence is abstention.
    Written,
}

/// Who must have taken part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quorum {
    /// No minimum: the body is consultative.
    None,
    /// Half of the filled seats that are not recused.
    Half,
}

/// Whether a version is sealed (`live-text.md` 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seal {
    /// It is.
    Sealed,
    /// It will be in a moment.
    Awaited,
}

/// Who signs an opinion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signer {
    /// Who prepared it.
    Preparer,
    /// Somebody else.
    Another,
}

/// The votes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// For.
    pub in_favour: i64,
    /// Against.
    pub against: i64,
    /// Abstentions.
    pub abstain: i64,
    /// Present, and not voting.
    pub not_voting: i64,
}

/// An opinion as it is prepared.
#[derive(Clone, Copy, Debug)]
pub struct Draft {
    /// What it says.
    pub value: OpinionValue,
    /// How it came about.
    pub mode: Mode,
    /// The votes; zeros with consensus.
    pub count: Count,
    /// Who must have taken part.
    pub quorum: Quorum,
    /// Filled seats with a vote, on that day.
    pub seat_count: i64,
    /// Those of them that step aside.
    pub recused_count: i64,
    /// How many reserves it lists.
    pub reserve_count: usize,
    /// Whether it says why.
    pub has_motive: bool,
    /// Days since the hearing (the day of the meeting, or the last day of the consultation); negative: it is
    /// still to come.
    pub heard_days_ago: i64,
}

/// What keeps a prepared opinion from being one: the field, and a stable code.
pub type Flaw = (&'static str, &'static str);

impl OpinionValue {
    /// Every value.
    pub const ALL: [Self; 4] = [
        Self::Favourable,
        Self::FavourableWithReserves,
        Self::Unfavourable,
        Self::Adjourned,
    ];

    /// Its key, as in `domain.md` 1.5.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Favourable => "favourable",
            Self::FavourableWithReserves => "favourable_with_reserves",
            Self::Unfavourable => "unfavourable",
            Self::Adjourned => "adjourned",
        }
    }

    /// The value with this key.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|value| value.key() == key)
    }
}

impl Mode {
    /// Every mode.
    pub const ALL: [Self; 3] = [Self::Consensus, Self::Vote, Self::Written];

    /// Its key.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Consensus => "consensus",
            Self::Vote => "vote",
            Self::Written => "written",
        }
    }

    /// The mode with this key.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.key() == key)
    }
}

impl Quorum {
    /// The rule with this key; none where it is unknown, as for a consultative body.
    #[must_use]
    pub fn from_key(key: &str) -> Self {
        if key == "half" {
            Self::Half
        } else {
            Self::None
        }
    }
}

impl Count {
    /// How many seats it counts.
    #[must_use]
    pub const fn total(&self) -> i64 {
        self.in_favour + self.against + self.abstain + self.not_voting
    }
}

/// Whether these facts allow preparing an opinion: on a version that is sealed.
///
/// # Errors
/// Those of R-OPINION; `R-OPINION/version_unsealed`.
pub fn prepare(facts: &Facts, version: Seal) -> Result<Permit<act::PrepareOpinion>, Refusal> {
    let permit = may::<act::PrepareOpinion>(facts)?;
    match version {
        Seal::Sealed => Ok(permit),
        Seal::Awaited => Err(Refusal {
            rule: "R-OPINION",
            code: "version_unsealed",
        }),
    }
}

/// Whether these facts allow signing the opinion: whoever prepared it does not sign it.
///
/// # Errors
/// Those of R-SIGN; `R-SIGN/prepared_by_same`.
pub fn sign(facts: &Facts, signer: Signer) -> Result<Permit<act::SignOpinion>, Refusal> {
    let permit = may::<act::SignOpinion>(facts)?;
    match signer {
        Signer::Another => Ok(permit),
        Signer::Preparer => Err(Refusal {
            rule: "R-SIGN",
            code: "prepared_by_same",
        }),
    }
}

/// Everything that keeps this opinion from being one, in the order of the form. Empty: it may be
/// signed.
#[must_use]
pub fn flaws(draft: &Draft) -> Vec<Flaw> {
    let count = draft.count;
    let votes = [
        count.in_favour,
        count.against,
        count.abstain,
        count.not_voting,
    ];
    let is_counted = draft.mode != Mode::Consensus;
    let everybody_answered =
        draft.mode == Mode::Written && count.total() >= draft.seat_count - draft.recused_count;
    let needs_motive = matches!(
        draft.value,
        OpinionValue::Unfavourable | OpinionValue::Adjourned
    );
    let has_reserves = draft.value == OpinionValue::FavourableWithReserves;
    [
        // A consultation closes early once all have answered.
        (
            draft.heard_days_ago < 0 && !everybody_answered,
            ("mode", "not_heard_yet"),
        ),
        (
            votes.iter().any(|votes| *votes < 0),
            ("count", "votes_negative"),
        ),
        (
            !is_counted && count.total() != 0,
            ("count", "consensus_has_no_count"),
        ),
        (is_counted && count.total() == 0, ("count", "votes_missing")),
        (
            count.total() > draft.seat_count - draft.recused_count,
            ("count", "votes_above_seats"),
        ),
        (!quorum_met(draft), ("count", "quorum_missed")),
        (
            is_counted && contradicts(draft.value, count),
            ("value", "value_contradicts_count"),
        ),
        (
            has_reserves && draft.reserve_count == 0,
            ("reserves", "reserves_missing"),
        ),
        (
            !has_reserves && draft.reserve_count > 0,
            ("reserves", "reserves_unexpected"),
        ),
        (
            needs_motive && !draft.has_motive,
            ("motive", "motive_missing"),
        ),
    ]
    .into_iter()
    .filter_map(|(is_so, flaw)| is_so.then_some(flaw))
    .collect()
}

/// Whether the votes say otherwise: favourable takes more for than against, unfavourable the
/// opposite; equal votes are the chair's to settle, and an adjournment asks for no majority.
fn contradicts(value: OpinionValue, count: Count) -> bool {
    match value {
        OpinionValue::Favourable | OpinionValue::FavourableWithReserves => {
            count.in_favour < count.against
        }
        OpinionValue::Unfavourable => count.against < count.in_favour,
        OpinionValue::Adjourned => false,
    }
}

/// Whether enough took part: those counted are present, remote or represented; consensus is that of
/// a meeting where nobody counted, and is not held against it.
fn quorum_met(draft: &Draft) -> bool {
    match draft.quorum {
        Quorum::None => true,
        Quorum::Half => {
            draft.mode == Mode::Consensus
                || draft.count.total() * 2 >= draft.seat_count - draft.recused_count
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::role::Role;
    use crate::rules::stage::Stage;

    /// Ten seats of which two step aside; six for, one against, one abstention: nothing against it.
    fn flawless() -> Draft {
        Draft {
            value: OpinionValue::Favourable,
            mode: Mode::Vote,
            count: Count {
                in_favour: 6,
                against: 1,
                abstain: 1,
                not_voting: 0,
            },
            quorum: Quorum::Half,
            seat_count: 10,
            recused_count: 2,
            reserve_count: 0,
            has_motive: false,
            heard_days_ago: 0,
        }
    }

    fn votes(in_favour: i64, against: i64, abstain: i64) -> Count {
        Count {
            in_favour,
            against,
            abstain,
            not_voting: 0,
        }
    }

    #[test]
    fn each_flaw_shows_by_itself() {
        assert_eq!(flaws(&flawless()), []);
        let changed = |change: fn(&mut Draft)| {
            let mut draft = flawless();
            change(&mut draft);
            flaws(&draft)
        };
        assert_eq!(
            changed(|draft| draft.heard_days_ago = -1),
            [("mode", "not_heard_yet")]
        );
        assert_eq!(
            changed(|draft| draft.count.not_voting = -1),
            [("count", "votes_negative")]
        );
        assert_eq!(
            changed(|draft| draft.mode = Mode::Consensus),
            [("count", "consensus_has_no_count")]
        );
        assert_eq!(
            changed(|draft| {
                draft.count = Count::default();
                draft.quorum = Quorum::None;
            }),
            [("count", "votes_missing")]
        );
        // A recused seat does not vote (invariant 4): with one more aside the eighth vote is too many.
        assert_eq!(
            changed(|draft| draft.recused_count = 3),
            [("count", "votes_above_seats")]
        );
        assert_eq!(
            changed(|draft| draft.count = votes(3, 0, 0)),
            [("count", "quorum_missed")]
        );
        assert_eq!(
            changed(|draft| draft.count = votes(3, 4, 0)),
            [("value", "value_contradicts_count")]
        );
        assert_eq!(
            changed(|draft| draft.value = OpinionValue::FavourableWithReserves),
            [("reserves", "reserves_missing")]
        );
        assert_eq!(
            changed(|draft| draft.reserve_count = 1),
            [("reserves", "reserves_unexpected")]
        );
        assert_eq!(
            changed(|draft| draft.value = OpinionValue::Adjourned),
            [("motive", "motive_missing")]
        );
    }

    #[test]
    fn what_is_close_to_a_flaw_is_none() {
        let draft = |change: fn(&mut Draft)| {
            let mut draft = flawless();
            change(&mut draft);
            flaws(&draft)
        };
        // Half of the eight seats that count; equal votes are the chair's to settle.
        assert_eq!(draft(|draft| draft.count = votes(2, 2, 0)), []);
        // A consultation closes early once all have answered.
        assert_eq!(
            draft(|draft| {
                draft.mode = Mode::Written;
                draft.heard_days_ago = -3;
            }),
            []
        );
        // A recused seat does not count in the quorum: four of eight, though four of ten would not do.
        assert_eq!(draft(|draft| draft.count = votes(4, 0, 0)), []);
        assert_eq!(
            draft(|draft| {
                draft.mode = Mode::Consensus;
                draft.count = Count::default();
            }),
            []
        );
    }

    #[test]
    fn r_opinion_and_r_sign_refuse_by_themselves() {
        let facts = |role: Role| Facts {
            roles: [role].into_iter().collect(),
            stage: Some(Stage::Frozen),
        };
        let code = |verdict: Result<(), Refusal>| verdict.expect_err("refused").code;
        let facilitator = facts(Role::Facilitator);
        assert!(prepare(&facilitator, Seal::Sealed).is_ok());
        assert_eq!(
            code(prepare(&facilitator, Seal::Awaited).map(|_| ())),
            "version_unsealed"
        );
        let chair = facts(Role::CoPresident);
        assert!(sign(&chair, Signer::Another).is_ok());
        assert_eq!(
            code(sign(&chair, Signer::Preparer).map(|_| ())),
            "prepared_by_same"
        );
    }
}
