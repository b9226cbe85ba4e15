//! Civil days in Europe/Paris, as ISO text (`2026-11-23`): what mandates and deadlines count in.

/// A civil day; compares like the calendar because ISO days compare like text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(String);

/// Milliseconds in a UTC day.
const DAY_MS: i64 = 86_400_000;
/// Milliseconds in an hour.
const HOUR_MS: i64 = 3_600_000;

impl Day {
    /// The civil day in Paris at this instant (milliseconds UTC).
    #[must_use]
    pub fn in_paris(at_ms: i64) -> Self {
        let offset_ms = if is_summer_time(at_ms) {
            2 * HOUR_MS
        } else {
            HOUR_MS
        };
        Self::from_number((at_ms + offset_ms).div_euclid(DAY_MS))
    }

    /// The day this ISO text names, if it is one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (year, month, day) = (text.get(..4)?, text.get(5..7)?, text.get(8..)?);
        let number = |digits: &str| digits.parse::<i64>().ok();
        let days = days_from_civil(number(year)?, number(month)?, number(day)?);
        let parsed = Self::from_number(days);
        (parsed.0 == text).then_some(parsed)
    }

    /// The day so many days later (earlier when negative).
    #[must_use]
    pub fn plus_days(&self, days: i64) -> Self {
        Self::from_number(self.number() + days)
    }

    /// How many days after `earlier` this day is.
    #[must_use]
    pub fn days_since(&self, earlier: &Self) -> i64 {
        self.number() - earlier.number()
    }

    /// The instant, in milliseconds UTC, at which clocks in Paris show this day and this time of
    /// day (milliseconds after midnight). Of an hour shown twice, the second.
    #[must_use]
    pub fn at_ms(&self, time_ms: i64) -> i64 {
        let shown_ms = self.number() * DAY_MS + time_ms;
        let in_winter_ms = shown_ms - HOUR_MS;
        if is_summer_time(in_winter_ms) {
            in_winter_ms - HOUR_MS
        } else {
            in_winter_ms
        }
    }

    /// The day of this year, month (1 to 12) and date of the Gregorian calendar.
    pub(super) fn of(year: i64, month: i64, date: i64) -> Self {
        Self::from_number(days_from_civil(year, month, date))
    }

    /// The day of the week: 0 is Monday, 6 is Sunday.
    #[must_use]
    pub fn weekday(&self) -> i64 {
        // 1970-01-01 was a Thursday.
        (self.number() + 3).rem_euclid(7)
    }

    /// The calendar year.
    #[must_use]
    pub fn year(&self) -> i64 {
        self.parts().0
    }

    /// Year, month and date. The text is always a day: every maker formats or checks it.
    pub fn parts(&self) -> (i64, i64, i64) {
        let part = |range: std::ops::Range<usize>| {
            let digits = self.0.get(range).unwrap_or_default();
            digits.parse::<i64>().unwrap_or_default()
        };
        (part(0..4), part(5..7), part(8..10))
    }

    /// Days since 1970-01-01.
    fn number(&self) -> i64 {
        let (year, month, date) = self.parts();
        days_from_civil(year, month, date)
    }

    fn from_number(days: i64) -> Self {
        let (year, month, day) = civil(days);
        Self(format!("{year:04}-{month:02}-{day:02}"))
    }

    /// Reads an ISO day that the calendar has.
    #[must_use]
    pub fn from_iso(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let digits = |range: std::ops::Range<usize>| -> Option<i64> {
            let part = text.get(range)?;
            part.bytes()
                .all(|byte| byte.is_ascii_digit())
                .then(|| part.parse().ok())
                .flatten()
        };
        if bytes.len() != 10 || bytes.get(4) != Some(&b'-') || bytes.get(7) != Some(&b'-') {
            return None;
        }
        let (year, month, day) = (digits(0..4)?, digits(5..7)?, digits(8..10)?);
        let exists = (1..=12).contains(&month)
            && civil(days_from_civil(year, month, day)) == (year, month, day);
        exists.then(|| Self(text.to_owned()))
    }

    /// The day as ISO text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Summer time in the European Union: from the last Sunday of March to the last Sunday
/// of October, both at 01:00 UTC (directive 2000/84/EC).
fn is_summer_time(at_ms: i64) -> bool {
    let (year, _, _) = civil(at_ms.div_euclid(DAY_MS));
    let starts_ms = last_sunday(year, 3) * DAY_MS + HOUR_MS;
    let ends_ms = last_sunday(year, 10) * DAY_MS + HOUR_MS;
    (starts_ms..ends_ms).contains(&at_ms)
}

/// Days since 1970-01-01 of the last Sunday of a month that has 31 days.
fn last_sunday(year: i64, month: i64) -> i64 {
    let last = days_from_civil(year, month, 31);
    // 1970-01-01 was a Thursday: (days + 4) mod 7 is 0 on Sundays.
    last - (last + 4).rem_euclid(7)
}

/// Proleptic Gregorian date of a day number (0 is 1970-01-01).
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// The inverse of [`civil`].
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted_month = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_day_of_the_calendar_is_read() {
        for good in ["2026-01-01", "2024-02-29", "2026-12-31"] {
            assert_eq!(Day::from_iso(good).map(|day| day.0).as_deref(), Some(good));
        }
        for bad in [
            "",
            "2026-1-1",
            "2026-13-01",
            "2026-02-29",
            "2026-00-10",
            "2026-01-00",
            "+026-01-01",
        ] {
            assert_eq!(Day::from_iso(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_day_in_paris_follows_both_clock_changes() {
        // 2026-03-29 01:00 UTC and 2026-10-25 01:00 UTC are the changes of 2026.
        for (at_ms, day) in [
            (1_774_738_799_000, "2026-03-28"), // 22:59:59 UTC, still UTC+1
            (1_774_738_800_000, "2026-03-29"), // 23:00 UTC = midnight at UTC+1
            (1_774_821_600_000, "2026-03-30"), // 22:00 UTC = midnight at UTC+2
            (1_792_879_200_000, "2026-10-25"), // 22:00 UTC on the 24th, UTC+2
            (1_792_965_600_000, "2026-10-25"), // 22:00 UTC, now UTC+1: 23:00 in Paris
            (1_792_969_200_000, "2026-10-26"), // 23:00 UTC
        ] {
            assert_eq!(Day::in_paris(at_ms).as_str(), day, "{at_ms}");
        }
    }

    #[test]
    fn days_are_parsed_counted_and_moved() {
        let day = |text: &str| Day::parse(text).expect("a day");
        assert_eq!(day("2026-11-23").plus_days(98), day("2027-03-01"));
        assert_eq!(day("2024-03-01").plus_days(-1), day("2024-02-29"));
        assert_eq!(day("2027-03-01").days_since(&day("2026-11-23")), 98);
        for text in [
            "2026-02-29",
            "2026-13-01",
            "2026-1-01",
            "26-01-01",
            "2026-01-01T",
            "2026/01/01",
            "",
            "\u{e9}\u{e9}\u{e9}",
        ] {
            assert_eq!(Day::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_time_shown_in_paris_is_an_instant_in_both_seasons() {
        let at = |text: &str, hour: i64| Day::parse(text).expect("a day").at_ms(hour * HOUR_MS);
        assert_eq!(at("2026-03-29", 1), 1_774_742_400_000); // 00:00 UTC, before the change
        assert_eq!(at("2026-03-29", 3), 1_774_746_000_000); // 01:00 UTC, the change itself
        assert_eq!(at("2026-10-25", 1), 1_792_882_800_000); // 23:00 UTC on the 24th
        assert_eq!(at("2026-10-25", 2), 1_792_890_000_000); // shown twice: 01:00 UTC
        assert_eq!(at("2026-10-25", 3), 1_792_893_600_000); // 02:00 UTC
    }
}
