//! Counting delays in civil days of Europe/Paris (`domain.md` section 1): clear days, working days,
//! the eleven national holidays (Code du travail, L3133-1).

use std::collections::BTreeSet;

use super::day::Day;

/// How many clear days lie between two days: neither of them counts (`domain.md` 1.3). Five clear
/// days before the 20th: on the 14th at the latest.
#[must_use]
pub fn clear_days(sent: &Day, held: &Day) -> i64 {
    held.days_since(sent) - 1
}

/// The first day on which something may be held that is announced today with so many clear days.
#[must_use]
pub fn first_day_after(sent: &Day, clear: i64) -> Day {
    sent.plus_days(clear + 1)
}

/// The last day on which something held on this day may be announced with so many clear days.
#[must_use]
pub fn last_day_before(held: &Day, clear: i64) -> Day {
    held.plus_days(-clear - 1)
}

/// Whether it is a working day: Monday to Friday, and no national holiday.
#[must_use]
pub fn is_working(day: &Day) -> bool {
    day.weekday() < 5 && !is_holiday(day)
}

/// The day so many working days later; the day itself does not count.
#[must_use]
pub fn plus_working_days(day: &Day, working: i64) -> Day {
    let mut reached = day.clone();
    for _ in 0..working.max(0) {
        reached = reached.plus_days(1);
        while !is_working(&reached) {
            reached = reached.plus_days(1);
        }
    }
    reached
}

/// How many working days have passed since `from`, which does not count; 0 when it is not past.
#[must_use]
pub fn working_days_since(from: &Day, today: &Day) -> i64 {
    let days = today.days_since(from);
    if days <= 0 {
        return 0;
    }
    // Whole weeks hold five weekdays each; the days left are looked at one by one.
    let rest = (1..=days % 7).filter(|day| from.plus_days(*day).weekday() < 5);
    let weekdays = days / 7 * 5 + i64::try_from(rest.count()).unwrap_or(i64::MAX);
    let (first, last) = (from.parts().0, today.parts().0);
    let free: BTreeSet<Day> = (first..=last)
        .flat_map(holidays)
        .filter(|day| day > from && day <= today && day.weekday() < 5)
        .collect();
    weekdays - i64::try_from(free.len()).unwrap_or(i64::MAX)
}

/// The holidays with a date of their own: month and date.
const FIXED: [(i64, i64); 8] = [
    (1, 1),
    (5, 1),
    (5, 8),
    (7, 14),
    (8, 15),
    (11, 1),
    (11, 11),
    (12, 25),
];
/// Easter Monday, Ascension, Whit Monday: days after Easter Sunday.
const AFTER_EASTER: [i64; 3] = [1, 39, 50];

/// Whether it is one of the eleven national holidays.
#[must_use]
pub fn is_holiday(day: &Day) -> bool {
    let (year, month, date) = day.parts();
    let after_easter = day.days_since(&easter(year));
    FIXED.contains(&(month, date)) || AFTER_EASTER.contains(&after_easter)
}

/// The holidays of a year; one may be there twice (Ascension on 1 May 2008).
fn holidays(year: i64) -> Vec<Day> {
    let fixed = FIXED.map(|(month, date)| Day::of(year, month, date));
    let moving = AFTER_EASTER.map(|days| easter(year).plus_days(days));
    fixed.into_iter().chain(moving).collect()
}

/// Easter Sunday of a year of the Gregorian calendar (the anonymous computus of 1876).
fn easter(year: i64) -> Day {
    let golden = year.rem_euclid(19);
    let (century, of_century) = (year.div_euclid(100), year.rem_euclid(100));
    let skipped = century - century.div_euclid(4) - (8 * century + 13).div_euclid(25);
    let moon = (19 * golden + skipped + 15).rem_euclid(30);
    let sunday = (32 + 2 * century.rem_euclid(4) + 2 * of_century.div_euclid(4)
        - moon
        - of_century.rem_euclid(4))
    .rem_euclid(7);
    let late = (golden + 11 * moon + 22 * sunday).div_euclid(451);
    let days = moon + sunday - 7 * late + 114;
    Day::of(year, days.div_euclid(31), days.rem_euclid(31) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::from_iso(text).expect("a day")
    }

    #[test]
    fn five_clear_days_before_the_20th_is_the_14th() {
        assert_eq!(clear_days(&day("2026-11-14"), &day("2026-11-20")), 5);
        assert_eq!(clear_days(&day("2026-11-15"), &day("2026-11-20")), 4);
        assert_eq!(first_day_after(&day("2026-11-14"), 5), day("2026-11-20"));
        assert_eq!(last_day_before(&day("2026-11-20"), 5), day("2026-11-14"));
        // Across both changes of clocks a day stays a day.
        assert_eq!(clear_days(&day("2026-03-27"), &day("2026-04-02")), 5);
        assert_eq!(clear_days(&day("2026-10-23"), &day("2026-10-29")), 5);
    }

    #[test]
    fn easter_is_where_the_almanac_has_it() {
        for (year, expected) in [
            (1818, "1818-03-22"),
            (1943, "1943-04-25"),
            (2000, "2000-04-23"),
            (2024, "2024-03-31"),
            (2025, "2025-04-20"),
            (2026, "2026-04-05"),
            (2027, "2027-03-28"),
            (2038, "2038-04-25"),
        ] {
            assert_eq!(easter(year), day(expected));
        }
    }

    #[test]
    fn eleven_holidays_in_2026() {
        let first = day("2026-01-01");
        let all: Vec<String> = (0..365)
            .map(|days| first.plus_days(days))
            .filter(is_holiday)
            .map(|day| day.as_str()[5..].to_owned())
            .collect();
        assert_eq!(
            all,
            [
                "01-01", "04-06", "05-01", "05-08", "05-14", "05-25", "07-14", "08-15", "11-01",
                "11-11", "12-25"
            ]
        );
    }

    #[test]
    fn working_days_skip_week_ends_and_holidays() {
        // Friday 8 May and Ascension Thursday 14 May 2026 are holidays.
        assert_eq!(plus_working_days(&day("2026-05-07"), 1), day("2026-05-11"));
        assert_eq!(plus_working_days(&day("2026-05-07"), 10), day("2026-05-26"));
        assert_eq!(
            working_days_since(&day("2026-05-07"), &day("2026-05-26")),
            10
        );
        assert_eq!(
            working_days_since(&day("2026-05-07"), &day("2026-05-25")),
            9
        );
        assert_eq!(
            working_days_since(&day("2026-05-07"), &day("2026-05-01")),
            0
        );
        // The same as looking at each day, across years, a leap day and two holidays on one day.
        for (from, days) in [("2007-12-28", 800), ("2026-05-07", 40), ("2023-12-31", 366)] {
            for days in (0..days).step_by(5) {
                let today = day(from).plus_days(days);
                let one_by_one = (1..=days).filter(|n| is_working(&day(from).plus_days(*n)));
                assert_eq!(
                    working_days_since(&day(from), &today),
                    i64::try_from(one_by_one.count()).expect("few"),
                    "{from} + {days}"
                );
            }
        }
        assert!(!is_working(&day("2026-11-28")) && is_working(&day("2026-11-27")));
    }
}
