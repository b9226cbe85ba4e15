//! What a programme sets: its delays, thresholds and meetings with their bounds, its envelopes, and
//! what its calendar lacks (`domain.md` 1.1, 1.6 invariant 15).

use super::day::Day;

/// A setting of the programme: a whole number within bounds.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// The field's name in requests.
    pub field: &'static str,
    /// Where it is kept: the keys that lead to it.
    pub path: &'static [&'static str],
    /// What holds until somebody sets it.
    pub default: i64,
    /// The least.
    pub min: i64,
    /// The most.
    pub max: i64,
}

const fn setting(
    field: &'static str,
    path: &'static [&'static str],
    default: i64,
    min: i64,
    max: i64,
) -> Setting {
    Setting {
        field,
        path,
        default,
        min,
        max,
    }
}

/// Clear days a frozen version is owed before a commission's meeting (`domain.md` 1.3).
pub const COMMISSION_NOTICE: Setting = setting(
    "commission_notice_days",
    &["commission", "notice_days"],
    5,
    1,
    60,
);
/// Clear days of a written consultation.
pub const COMMISSION_WRITTEN: Setting = setting(
    "commission_written_days",
    &["commission", "written_days"],
    10,
    1,
    60,
);
/// Clear days before a session of the steering committee.
pub const COPIL_NOTICE: Setting =
    setting("copil_notice_days", &["copil", "notice_days"], 12, 1, 60);
/// Sessions of the steering committee in a year.
pub const COPIL_MEETINGS: Setting = setting(
    "copil_meetings_per_year",
    &["copil", "meetings_per_year"],
    3,
    1,
    12,
);
/// Clear days before the Assises.
pub const ASSISES_NOTICE: Setting = setting(
    "assises_notice_days",
    &["assises", "notice_days"],
    30,
    1,
    120,
);
/// Assises in a year.
pub const ASSISES_MEETINGS: Setting = setting(
    "assises_meetings_per_year",
    &["assises", "meetings_per_year"],
    1,
    1,
    12,
);
/// Minutes a month an organisation may be asked for, unless it says otherwise (`domain.md` 1.2).
pub const SOLICITATION_MINUTES: Setting = setting(
    "solicitation_minutes",
    &["solicitation_budget_minutes_per_month"],
    240,
    0,
    10_000,
);
/// Working days an associated direction has; silence after that means no remark.
pub const CROSS_READING: Setting =
    setting("cross_reading_days", &["cross_reading_days"], 10, 1, 60);
/// The largest request the fast track takes, in euros (T14).
pub const FAST_TRACK_EUROS: Setting = setting(
    "fast_track_euros",
    &["fast_track_euros"],
    23_000,
    0,
    1_000_000,
);
/// Working days after which a deposit is flagged.
pub const STALLED_SUBMITTED: Setting = setting(
    "stalled_submitted_days",
    &["stalled_after_days", "submitted"],
    10,
    1,
    365,
);
/// Days without an edit or a comment after which a discussion is flagged.
pub const STALLED_IN_COMMISSION: Setting = setting(
    "stalled_in_commission_days",
    &["stalled_after_days", "in_commission"],
    45,
    1,
    365,
);
/// Days after which an opinion that leads nowhere is flagged.
pub const STALLED_OPINION_GIVEN: Setting = setting(
    "stalled_opinion_given_days",
    &["stalled_after_days", "opinion_given"],
    15,
    1,
    365,
);
/// Days after which a file at the Region is flagged.
pub const STALLED_AT_REGION: Setting = setting(
    "stalled_at_region_days",
    &["stalled_after_days", "at_region"],
    90,
    1,
    365,
);

/// Every setting that is a number: days, minutes, euros, meetings a year.
pub const SETTINGS: [Setting; 13] = [
    COMMISSION_NOTICE,
    COMMISSION_WRITTEN,
    COPIL_NOTICE,
    COPIL_MEETINGS,
    ASSISES_NOTICE,
    ASSISES_MEETINGS,
    SOLICITATION_MINUTES,
    CROSS_READING,
    FAST_TRACK_EUROS,
    STALLED_SUBMITTED,
    STALLED_IN_COMMISSION,
    STALLED_OPINION_GIVEN,
    STALLED_AT_REGION,
];

/// Whether the value may be set.
///
/// # Errors
/// `out_of_range`.
pub fn check(setting: &Setting, value: i64) -> Result<(), &'static str> {
    if (setting.min..=setting.max).contains(&value) {
        Ok(())
    } else {
        Err("out_of_range")
    }
}

/// The years of a programme, from its first day to its last.
///
/// # Errors
/// `ends_before_start`, `too_long` over [`YEARS_MAX`] years.
pub fn years(
    starts_on: &Day,
    ends_on: &Day,
) -> Result<std::ops::RangeInclusive<i64>, &'static str> {
    let (first, last) = (starts_on.year(), ends_on.year());
    if ends_on <= starts_on {
        return Err("ends_before_start");
    }
    if last - first >= YEARS_MAX {
        return Err("too_long");
    }
    Ok(first..=last)
}

/// A programme lasts at most so many calendar years.
pub const YEARS_MAX: i64 = 15;

/// An envelope, as far as others depend on it.
#[derive(Clone, Debug)]
pub struct Envelope<'a> {
    /// Its year.
    pub year: i64,
    /// `CREER` or `FEE`.
    pub code: &'a str,
    /// Its amount, in cents.
    pub amount_cents: i64,
}

/// The code of the envelope that holds another one of its year; `None` for the outer one.
///
/// # Errors
/// `unknown` for any other code.
pub fn parent_code(code: &str) -> Result<Option<&'static str>, &'static str> {
    match code {
        "CREER" => Ok(None),
        "FEE" => Ok(Some("CREER")),
        _ => Err("unknown"),
    }
}

/// Whether an envelope may stand beside the others of its year (the same one excluded).
///
/// # Errors
/// The field and `out_of_range`, `taken`, `parent_missing`, `over_parent`, `under_child`.
pub fn check_envelope(
    wanted: &Envelope<'_>,
    others: &[Envelope<'_>],
    years: &std::ops::RangeInclusive<i64>,
) -> Result<(), (&'static str, &'static str)> {
    let parent = parent_code(wanted.code).map_err(|problem| ("code", problem))?;
    if !years.contains(&wanted.year) {
        return Err(("year", "outside_programme"));
    }
    if !(0..=AMOUNT_MAX_CENTS).contains(&wanted.amount_cents) {
        return Err(("amount_cents", "out_of_range"));
    }
    let mut beside = others.iter().filter(|one| one.year == wanted.year);
    if beside.clone().any(|one| one.code == wanted.code) {
        return Err(("year", "taken"));
    }
    match parent {
        Some(code) => {
            let outer = beside.find(|one| one.code == code);
            let outer = outer.ok_or(("year", "parent_missing"))?;
            if wanted.amount_cents > outer.amount_cents {
                return Err(("amount_cents", "over_parent"));
            }
        }
        None => {
            if beside.any(|one| one.amount_cents > wanted.amount_cents) {
                return Err(("amount_cents", "under_child"));
            }
        }
    }
    Ok(())
}

/// Ten thousand million euros: a slip of the keyboard is above.
pub const AMOUNT_MAX_CENTS: i64 = 1_000_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::from_iso(text).expect("a day")
    }

    #[test]
    fn each_default_lies_within_its_bounds() {
        for one in SETTINGS {
            assert_eq!(check(&one, one.default), Ok(()), "{}", one.field);
            assert_eq!(check(&one, one.min - 1), Err("out_of_range"));
            assert_eq!(check(&one, one.max + 1), Err("out_of_range"));
        }
    }

    #[test]
    fn a_programme_ends_after_it_starts_and_lasts_not_for_ever() {
        let years = |from: &str, to: &str| years(&day(from), &day(to));
        assert_eq!(years("2025-01-01", "2028-12-31"), Ok(2025..=2028));
        assert_eq!(years("2025-01-01", "2025-01-01"), Err("ends_before_start"));
        assert_eq!(years("2025-01-01", "2040-01-01"), Err("too_long"));
    }

    fn envelope(code: &str, amount_cents: i64) -> Envelope<'_> {
        Envelope {
            year: 2026,
            code,
            amount_cents,
        }
    }

    #[test]
    fn the_fund_lies_within_the_envelope_of_its_year() {
        let years = 2025..=2028;
        let check =
            |one: &Envelope<'_>, others: &[Envelope<'_>]| check_envelope(one, others, &years);
        let outer = [envelope("CREER", 100)];
        assert_eq!(check(&envelope("CREER", 100), &[]), Ok(()));
        assert_eq!(check(&envelope("FEE", 100), &outer), Ok(()));
        assert_eq!(
            check(&envelope("FEE", 101), &outer),
            Err(("amount_cents", "over_parent"))
        );
        assert_eq!(
            check(&envelope("FEE", 5), &[]),
            Err(("year", "parent_missing"))
        );
        assert_eq!(
            check(&envelope("CREER", 4), &[envelope("FEE", 5)]),
            Err(("amount_cents", "under_child"))
        );
        assert_eq!(
            check(&envelope("CREER", 100), &outer),
            Err(("year", "taken"))
        );
        assert_eq!(check(&envelope("OTHER", 5), &[]), Err(("code", "unknown")));
        assert_eq!(
            check(&envelope("CREER", -1), &[]),
            Err(("amount_cents", "out_of_range"))
        );
        let late = Envelope {
            year: 2029,
            ..envelope("CREER", 5)
        };
        assert_eq!(check(&late, &[]), Err(("year", "outside_programme")));
    }
}
