//! Agreements (`domain.md` 1.5): one is compulsory above 23 000 € to a private body (loi 2000-321 art. 10,
//! décret 2001-495); the shares of its beneficiaries sum to 1; each is known by a SIRET or an RNA.

use super::day::Day;
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

/// An agreement as it is recorded.
#[derive(Clone, Debug)]
pub struct Draft {
    /// What is recorded.
    pub kind: AgreementKind,
    /// Whether a number is given.
    pub has_number: bool,
    /// The day it was signed.
    pub signed_on: Option<Day>,
    /// What it gives altogether, in euro cents.
    pub total_cents: i64,
    /// When it is paid.
    pub terms: PaymentTerms,
    /// Whether other terms are told in words.
    pub has_terms_text: bool,
    /// The first and the last day of payment.
    pub paid: (Option<Day>, Option<Day>),
    /// The shares of its beneficiaries, in ten-thousandths.
    pub shares: Vec<i64>,
    /// Whether each of them is another organisation.
    pub are_distinct: bool,
    /// Whether each has a SIRET or an RNA.
    pub are_identified: bool,
    /// Whether one of them, without any the porteur, is a private body.
    pub is_private: bool,
    /// Whether it is said why.
    pub has_motive: bool,
}

/// What it is judged against.
#[derive(Clone, Debug)]
pub struct Ground {
    /// Today.
    pub today: Day,
    /// The day of the decision it carries out.
    pub decided_on: Day,
    /// What the Region gives altogether, in euro cents.
    pub decided_cents: i64,
    /// The day the agreement was signed; `None` while there is none.
    pub agreed_on: Option<Day>,
    /// Whether another agreement bears the same number.
    pub number_is_used: bool,
}

/// A field and what is wrong with it.
pub type Flaw = (&'static str, &'static str);

/// Everything wrong with a record, in the order of the form.
#[must_use]
pub fn flaws(draft: &Draft, ground: &Ground) -> Vec<Flaw> {
    let all = match draft.kind {
        AgreementKind::None => waiver_flaws(draft, ground),
        AgreementKind::Agreement | AgreementKind::Addendum => signed_flaws(draft, ground),
    };
    let found = all.into_iter().chain(beneficiary_flaws(draft));
    found
        .filter_map(|(is_wrong, flaw)| is_wrong.then_some(flaw))
        .collect()
}

fn waiver_flaws(draft: &Draft, ground: &Ground) -> Vec<(bool, Flaw)> {
    let compulsory = is_compulsory(ground.decided_cents, draft.is_private);
    vec![
        (compulsory, ("kind", "agreement_compulsory")),
        (!draft.has_motive, ("motive", "required")),
    ]
}

fn signed_flaws(draft: &Draft, ground: &Ground) -> Vec<(bool, Flaw)> {
    let signed = draft.signed_on.as_ref();
    let earliest = match draft.kind {
        AgreementKind::Addendum => ground.agreed_on.as_ref().unwrap_or(&ground.decided_on),
        AgreementKind::Agreement | AgreementKind::None => &ground.decided_on,
    };
    let is_early = signed.is_some_and(|on| on < earliest);
    let is_ahead = signed.is_some_and(|on| *on > ground.today);
    let over = draft.total_cents > ground.decided_cents;
    let untold = draft.terms == PaymentTerms::Other && !draft.has_terms_text;
    let from = draft.paid.0.as_ref();
    let ends_early = draft
        .paid
        .1
        .as_ref()
        .is_some_and(|to| from.is_none_or(|from| to < from));
    let without_reason = draft.kind == AgreementKind::Addendum && !draft.has_motive;
    vec![
        (!draft.has_number, ("number", "required")),
        (ground.number_is_used, ("number", "agreement_number_used")),
        (signed.is_none(), ("signed_on", "required")),
        (is_early, ("signed_on", "signed_before_decision")),
        (is_ahead, ("signed_on", "in_the_future")),
        (draft.total_cents <= 0, ("total_cents", "required")),
        (over, ("total_cents", "agreement_over_decision")),
        (untold, ("payment_terms_text", "required")),
        (from.is_none(), ("payment_from", "required")),
        (ends_early, ("payment_to", "ends_before_start")),
        (draft.shares.is_empty(), ("beneficiaries", "required")),
        (without_reason, ("motive", "required")),
    ]
}

fn beneficiary_flaws(draft: &Draft) -> Vec<(bool, Flaw)> {
    let broken = !draft.shares.is_empty() && !shares_are_whole(&draft.shares);
    vec![
        (!draft.are_distinct, ("beneficiaries", "twice")),
        (
            !draft.are_identified,
            ("beneficiaries", "siret_or_rna_missing"),
        ),
        (broken, ("beneficiaries", "shares_not_whole")),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(iso: &str) -> Option<Day> {
        Day::from_iso(iso)
    }

    fn ground() -> Ground {
        Ground {
            today: day("2026-11-20").expect("a day"),
            decided_on: day("2026-07-03").expect("a day"),
            decided_cents: 9_500_000,
            agreed_on: day("2026-09-10"),
            number_is_used: false,
        }
    }

    fn draft() -> Draft {
        Draft {
            kind: AgreementKind::Agreement,
            has_number: true,
            signed_on: day("2026-09-10"),
            total_cents: 9_500_000,
            terms: PaymentTerms::Staggered,
            has_terms_text: false,
            paid: (day("2026-10-01"), day("2027-12-31")),
            shares: vec![WHOLE],
            are_distinct: true,
            are_identified: true,
            is_private: true,
            has_motive: false,
        }
    }

    #[test]
    fn each_flaw_has_the_one_input_that_only_it_refuses() {
        assert_eq!(flaws(&draft(), &ground()), []);
        let wrong: Vec<(Draft, Flaw)> = vec![
            (
                Draft {
                    has_number: false,
                    ..draft()
                },
                ("number", "required"),
            ),
            (
                Draft {
                    signed_on: None,
                    ..draft()
                },
                ("signed_on", "required"),
            ),
            (
                Draft {
                    signed_on: day("2026-07-02"),
                    ..draft()
                },
                ("signed_on", "signed_before_decision"),
            ),
            (
                Draft {
                    signed_on: day("2026-11-21"),
                    ..draft()
                },
                ("signed_on", "in_the_future"),
            ),
            (
                Draft {
                    total_cents: 0,
                    ..draft()
                },
                ("total_cents", "required"),
            ),
            (
                Draft {
                    total_cents: 9_500_001,
                    ..draft()
                },
                ("total_cents", "agreement_over_decision"),
            ),
            (
                Draft {
                    terms: PaymentTerms::Other,
                    ..draft()
                },
                ("payment_terms_text", "required"),
            ),
            (
                Draft {
                    paid: (None, None),
                    ..draft()
                },
                ("payment_from", "required"),
            ),
            (
                Draft {
                    paid: (day("2026-10-01"), day("2026-09-30")),
                    ..draft()
                },
                ("payment_to", "ends_before_start"),
            ),
            (
                Draft {
                    shares: vec![],
                    ..draft()
                },
                ("beneficiaries", "required"),
            ),
            (
                Draft {
                    shares: vec![5_000, 4_999],
                    ..draft()
                },
                ("beneficiaries", "shares_not_whole"),
            ),
            (
                Draft {
                    are_distinct: false,
                    ..draft()
                },
                ("beneficiaries", "twice"),
            ),
            (
                Draft {
                    are_identified: false,
                    ..draft()
                },
                ("beneficiaries", "siret_or_rna_missing"),
            ),
        ];
        for (draft, flaw) in wrong {
            assert_eq!(flaws(&draft, &ground()), [flaw], "{draft:?}");
        }
        let used = Ground {
            number_is_used: true,
            ..ground()
        };
        assert_eq!(
            flaws(&draft(), &used),
            [("number", "agreement_number_used")]
        );
    }

    #[test]
    fn a_change_follows_the_agreement_and_says_why() {
        let change = Draft {
            kind: AgreementKind::Addendum,
            has_motive: true,
            ..draft()
        };
        assert_eq!(flaws(&change, &ground()), []);
        let early = Draft {
            signed_on: day("2026-09-09"),
            ..change.clone()
        };
        assert_eq!(
            flaws(&early, &ground()),
            [("signed_on", "signed_before_decision")]
        );
        let silent = Draft {
            has_motive: false,
            ..change
        };
        assert_eq!(flaws(&silent, &ground()), [("motive", "required")]);
    }

    #[test]
    fn none_is_needed_only_where_the_law_asks_for_none_and_with_why() {
        let waiver = Draft {
            kind: AgreementKind::None,
            has_number: false,
            signed_on: None,
            total_cents: 0,
            paid: (None, None),
            shares: vec![],
            has_motive: true,
            is_private: false,
            ..draft()
        };
        assert_eq!(flaws(&waiver, &ground()), []);
        let private = Draft {
            is_private: true,
            ..waiver.clone()
        };
        assert_eq!(
            flaws(&private, &ground()),
            [("kind", "agreement_compulsory")]
        );
        let silent = Draft {
            has_motive: false,
            ..waiver
        };
        assert_eq!(flaws(&silent, &ground()), [("motive", "required")]);
    }

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
