//! Agreements (`domain.md` 1.5): one is compulsory above 23 000 € to a private body (loi 2000-321 art. 10,
//! décret 2001-495); the shares of its beneficiaries sum to 1; each is known by a SIRET or an RNA.

use super::keyed::keyed;

/// Above this an agreement with a private body is compulsory, in euro cents.
pub const COMPULSORY_ABOVE_CENTS: i64 = 2_300_000;

/// Shares are counted in ten-thousandths.
pub const WHOLE: i64 = 10_000;

keyed! {
    /// What is recorded.
    AgreementKind {
        /// The agreement.
        Agreement "agreement";
        /// A change of it (avenant).
        Addendum "addendum";
        /// None is needed, with why.
        None "none";
    }
}

keyed! {
    /// When it is paid (SCDL subventions `conditionsVersement`).
    PaymentTerms {
        /// At once.
        Single "unique";
        /// In parts.
        Staggered "échelonné";
        /// Otherwise, in words.
        Other "autre";
    }
}

keyed! {
    /// What is given (SCDL subventions `nature`).
    Nature {
        /// Money.
        Cash "aide en numéraire";
        /// Goods or services.
        InKind "aide en nature";
        /// Both.
        Both "aide en numéraire;aide en nature";
    }
}

/// Whether an organisation of this kind is a private body.
#[must_use]
pub fn is_private(kind: &str) -> bool {
    matches!(
        kind,
        "prides"
            | "employer_org"
            | "trade_union"
            | "ess_network"
            | "association"
            | "company"
            | "training_body"
    )
}

/// Whether the Region must conclude one: `decided_cents` is what it gives the action altogether.
#[must_use]
pub fn is_compulsory(decided_cents: i64, beneficiary_is_private: bool) -> bool {
    beneficiary_is_private && decided_cents > COMPULSORY_ABOVE_CENTS
}

/// Whether the shares make a whole: each more than nothing, together 1.
#[must_use]
pub fn shares_are_whole(shares: &[i64]) -> bool {
    !shares.is_empty()
        && shares.iter().all(|share| *share > 0)
        && shares.iter().sum::<i64>() == WHOLE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compulsory_from_a_cent_above_the_threshold_and_for_private_bodies() {
        assert!(!is_compulsory(COMPULSORY_ABOVE_CENTS, true));
        assert!(is_compulsory(COMPULSORY_ABOVE_CENTS + 1, true));
        assert!(!is_compulsory(COMPULSORY_ABOVE_CENTS + 1, false));
    }

    #[test]
    fn shares_sum_to_one_and_none_is_empty() {
        assert!(shares_are_whole(&[7_000, 3_000]));
        assert!(!shares_are_whole(&[7_000, 2_999]));
        assert!(!shares_are_whole(&[10_000, 0]));
        assert!(!shares_are_whole(&[]));
    }
}
