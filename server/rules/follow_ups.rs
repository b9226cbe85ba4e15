//! Following an action (`domain.md` 1.5 `FollowUp`, T22 to T27): one report each half-year, prefilled from the
//! last one, and a final one.

use super::day::Day;

/// The report given when the action starts (T24).
pub const START: &str = "start";

/// The last report (T26).
pub const FINAL: &str = "final";

/// How long after a half-year its report is due, in days: the end of the month that follows.
const MONTH_DAYS: i64 = 31;

/// A half-year with its report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// Its key: `2026-S1`.
    pub key: String,
    /// Until when its report is due.
    pub due_on: Day,
}

/// The half-years since an action began whose reports have been asked for by today, the oldest first. A
/// half-year's report is asked for once it ends.
#[must_use]
pub fn periods(began_on: &Day, today: &Day) -> Vec<Period> {
    let mut all = Vec::new();
    let (mut year, month, _) = began_on.parts();
    let mut half = if month <= 6 { 1 } else { 2 };
    loop {
        let Some(period) = period(year, half) else {
            return all;
        };
        if period.due_on.plus_days(-MONTH_DAYS) >= *today {
            return all;
        }
        all.push(period);
        (year, half) = if half == 1 { (year, 2) } else { (year + 1, 1) };
    }
}

/// The half-year that runs on this day.
#[must_use]
pub fn current(today: &Day) -> Option<Period> {
    let (year, month, _) = today.parts();
    period(year, if month <= 6 { 1 } else { 2 })
}

/// Where the report on a period stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Its period runs: it can be prepared.
    Running,
    /// It is asked for.
    Asked,
    /// Its day has passed.
    Late,
}

/// The next report that is awaited: the oldest that was asked for and not given, else the one of the half-year
/// that runs.
#[must_use]
pub fn next(began_on: &Day, today: &Day, is_given: impl Fn(&str) -> bool) -> Option<(Period, Due)> {
    let asked = periods(began_on, today);
    match asked.into_iter().find(|period| !is_given(&period.key)) {
        Some(period) if period.due_on < *today => Some((period, Due::Late)),
        Some(period) => Some((period, Due::Asked)),
        None => current(today).map(|period| (period, Due::Running)),
    }
}

fn period(year: i64, half: i64) -> Option<Period> {
    let due = if half == 1 {
        format!("{year}-07-31")
    } else {
        format!("{}-01-31", year + 1)
    };
    Some(Period {
        key: format!("{year}-S{half}"),
        due_on: Day::from_iso(&due)?,
    })
}

/// Whether this is the key of a report.
#[must_use]
pub fn is_period(key: &str) -> bool {
    let half_year = |key: &str| {
        let (year, half) = key.split_once("-S")?;
        (year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit()) && matches!(half, "1" | "2"))
            .then_some(())
    };
    key == FINAL || half_year(key).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(iso: &str) -> Day {
        Day::from_iso(iso).expect("a day")
    }

    #[test]
    fn a_half_year_is_asked_for_once_it_has_ended() {
        let keys = |today: &str| -> Vec<String> {
            let all = periods(&day("2025-07-01"), &day(today));
            all.into_iter().map(|period| period.key).collect()
        };
        assert_eq!(keys("2025-12-31"), [] as [&str; 0]);
        assert_eq!(keys("2026-01-01"), ["2025-S2"]);
        assert_eq!(keys("2026-07-01"), ["2025-S2", "2026-S1"]);
    }

    #[test]
    fn the_oldest_report_that_is_missing_is_awaited_first() {
        let next = |today: &str, given: &[&str]| {
            let is_given = |key: &str| given.contains(&key);
            next(&day("2025-07-01"), &day(today), is_given).map(|(one, due)| (one.key, due))
        };
        let told = |key: &str, due| Some((key.to_owned(), due));
        assert_eq!(next("2025-12-31", &[]), told("2025-S2", Due::Running));
        assert_eq!(next("2026-01-31", &[]), told("2025-S2", Due::Asked));
        assert_eq!(next("2026-02-01", &[]), told("2025-S2", Due::Late));
        assert_eq!(
            next("2026-07-01", &["2025-S2"]),
            told("2026-S1", Due::Asked)
        );
        let both = ["2025-S2", "2026-S1"];
        assert_eq!(next("2026-07-01", &both), told("2026-S2", Due::Running));
    }

    #[test]
    fn keys_of_reports() {
        assert!(is_period("2026-S1") && is_period("final"));
        assert!(!is_period("2026-S3") && !is_period("26-S1") && !is_period("start"));
    }
}
