//! Money by envelope and year (`domain.md` 1.1): what is asked, advised, decided and engaged, and what an
//! envelope has left. Amounts are whole euro cents. The experimentation fund (FEE) lies within CREER, so
//! what is taken from it counts in both.

use super::keyed::keyed;

/// An amount of one envelope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amount {
    /// The envelope's code: `CREER`, `FEE`.
    pub code: String,
    /// Its year.
    pub year: i64,
    /// How much, in euro cents.
    pub cents: i64,
}

/// An envelope of one year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Its code.
    pub code: String,
    /// Its year.
    pub year: i64,
    /// What it holds, in euro cents.
    pub cents: i64,
    /// The code of the envelope it lies within.
    pub parent: Option<String>,
}

keyed! {
    /// How far money has come.
    Counter {
        /// Asked for by deposited proposals.
        Requested "requested";
        /// Advised by the steering committee: the ceilings of what it retained.
        Arbitrated "arbitrated";
        /// Advised and awaiting the Region: what it may still decide on top of what it has.
        Awaiting "awaiting";
        /// Decided by the Region.
        Decided "decided";
        /// Engaged by an agreement.
        Committed "committed";
    }
}

/// The sum over all envelopes and years.
#[must_use]
pub fn total(amounts: &[Amount]) -> i64 {
    amounts.iter().map(|amount| amount.cents).sum()
}

/// The sum of one envelope over all years.
#[must_use]
pub fn total_of(amounts: &[Amount], code: &str) -> i64 {
    let of_code = amounts.iter().filter(|amount| amount.code == code);
    of_code.map(|amount| amount.cents).sum()
}

/// What of these amounts counts in an envelope: its own, and those of the envelopes within it.
#[must_use]
pub fn counted_in(envelope: &Envelope, all: &[Envelope], amounts: &[Amount]) -> i64 {
    let counts = |amount: &&Amount| {
        amount.year == envelope.year
            && (amount.code == envelope.code
                || all.iter().any(|inner| {
                    inner.year == amount.year
                        && inner.code == amount.code
                        && inner.parent.as_deref() == Some(envelope.code.as_str())
                }))
    };
    amounts
        .iter()
        .filter(counts)
        .map(|amount| amount.cents)
        .sum()
}

/// The first envelope these amounts would overrun, with what `taken` already took from each; `None`:
/// every one of them has enough left (invariant 8).
#[must_use]
pub fn overrun<'a>(
    envelopes: &'a [Envelope],
    taken: &[Amount],
    amounts: &[Amount],
) -> Option<&'a Envelope> {
    envelopes.iter().find(|envelope| {
        let more = counted_in(envelope, envelopes, amounts);
        more > 0 && counted_in(envelope, envelopes, taken) + more > envelope.cents
    })
}

/// Whether every amount names an envelope that exists.
#[must_use]
pub fn all_known(envelopes: &[Envelope], amounts: &[Amount]) -> bool {
    amounts.iter().all(|amount| {
        let mut same = envelopes.iter();
        same.any(|one| one.code == amount.code && one.year == amount.year)
    })
}

/// The first envelope code of which more is given than was asked for, all years together.
#[must_use]
pub fn over<'a>(given: &'a [Amount], asked: &[Amount]) -> Option<&'a str> {
    let codes = given.iter().map(|amount| amount.code.as_str());
    codes
        .into_iter()
        .find(|code| total_of(given, code) > total_of(asked, code))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(code: &str, year: i64, cents: i64) -> Amount {
        Amount {
            code: code.to_owned(),
            year,
            cents,
        }
    }

    fn envelopes() -> Vec<Envelope> {
        let envelope = |code: &str, cents, parent: Option<&str>| Envelope {
            code: code.to_owned(),
            year: 2026,
            cents,
            parent: parent.map(ToOwned::to_owned),
        };
        vec![
            envelope("CREER", 100, None),
            envelope("FEE", 10, Some("CREER")),
        ]
    }

    #[test]
    fn what_is_taken_from_the_fund_counts_in_the_envelope_around_it() {
        let all = envelopes();
        let taken = [amount("CREER", 2026, 40), amount("FEE", 2026, 5)];
        assert_eq!(counted_in(&all[0], &all, &taken), 45);
        assert_eq!(counted_in(&all[1], &all, &taken), 5);
    }

    #[test]
    fn another_year_counts_nowhere() {
        let all = envelopes();
        assert_eq!(counted_in(&all[0], &all, &[amount("FEE", 2027, 5)]), 0);
    }

    #[test]
    fn an_overrun_is_found_in_either_envelope() {
        let all = envelopes();
        let code = |taken: &[Amount], more: &[Amount]| {
            overrun(&all, taken, more).map(|envelope| envelope.code.clone())
        };
        assert_eq!(code(&[], &[amount("CREER", 2026, 100)]), None);
        assert_eq!(
            code(&[], &[amount("CREER", 2026, 101)]).as_deref(),
            Some("CREER")
        );
        assert_eq!(
            code(&[], &[amount("FEE", 2026, 11)]).as_deref(),
            Some("FEE")
        );
        let taken = [amount("CREER", 2026, 95)];
        assert_eq!(
            code(&taken, &[amount("FEE", 2026, 6)]).as_deref(),
            Some("CREER")
        );
        // An envelope already overrun holds up nobody who asks nothing of it.
        assert_eq!(
            code(&[amount("FEE", 2026, 20)], &[amount("CREER", 2026, 1)]),
            None
        );
    }

    #[test]
    fn an_amount_is_compared_over_all_years() {
        let asked = [amount("CREER", 2026, 10), amount("CREER", 2027, 10)];
        assert_eq!(over(&[amount("CREER", 2027, 20)], &asked), None);
        assert_eq!(over(&[amount("CREER", 2027, 21)], &asked), Some("CREER"));
        assert_eq!(over(&[amount("FEE", 2027, 1)], &asked), Some("FEE"));
    }
}
