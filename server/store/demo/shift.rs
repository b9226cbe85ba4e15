//! Moves the dates of the data by whole weeks, so that "next week" stays next week.
//! A value that is a date or an instant as a whole is moved; numbers, texts and the yearly
//! figures are left as they are (`meta.date_shift` of the data says so).

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::rules::day::Day;

/// Parts of the data that are history: never moved.
const LEFT: [&str; 2] = ["meta", "figures"];

/// Days to move, in whole weeks, so that the Monday of `reference` becomes this week's.
#[must_use]
pub fn days(reference: &Day, today: &Day) -> i64 {
    today.days_since(reference).div_euclid(7) * 7
}

/// Moves every date of the data.
pub fn shift(data: &mut Value, days: i64) {
    let Some(parts) = data.as_object_mut() else {
        return;
    };
    for (_, value) in parts
        .iter_mut()
        .filter(|(key, _)| !LEFT.contains(&key.as_str()))
    {
        shift_value(value, days);
    }
}

/// The data are ours and a few levels deep.
fn shift_value(value: &mut Value, days: i64) {
    match value {
        Value::String(text) => {
            if let Some(moved) = shifted(text, days) {
                *text = moved;
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| shift_value(value, days)),
        Value::Object(values) => values
            .values_mut()
            .for_each(|value| shift_value(value, days)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The date or instant, moved; an instant keeps the time that clocks in Paris show.
fn shifted(text: &str, days: i64) -> Option<String> {
    if let Some(day) = Day::parse(text) {
        return Some(day.plus_days(days).as_str().to_owned());
    }
    let at = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    let shown_ms = (at.unix_timestamp() + i64::from(at.offset().whole_seconds())) * 1_000;
    let day = Day::parse(text.get(..10)?)?.plus_days(days);
    let moved_ms = day.at_ms(shown_ms.rem_euclid(86_400_000));
    OffsetDateTime::from_unix_timestamp(moved_ms.div_euclid(1_000))
        .ok()?
        .format(&Rfc3339)
        .ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).expect("a day")
    }

    #[test]
    fn data_move_by_whole_weeks_in_both_directions() {
        for (today, expected) in [
            ("2026-11-23", 0),
            ("2026-11-29", 0),
            ("2026-11-30", 7),
            ("2026-11-22", -7),
            ("2027-11-23", 364),
        ] {
            assert_eq!(days(&day("2026-11-23"), &day(today)), expected, "{today}");
        }
    }

    #[test]
    fn dates_move_and_numbers_texts_and_figures_stay() {
        let mut data = json!({
            "meta": { "reference_date": "2026-11-23" },
            "figures": { "years": [{ "as_of": "2025-12-31" }] },
            "proposals": [{
                "number": "CREER-2026-CH5-004",
                "year": 2026,
                "text": "avant le 2026-11-23",
                "start": "2026-11-23",
                "at": "2026-10-08T14:00:00+02:00"
            }]
        });
        shift(&mut data, 28);
        assert_eq!(
            data,
            json!({
                "meta": { "reference_date": "2026-11-23" },
                "figures": { "years": [{ "as_of": "2025-12-31" }] },
                "proposals": [{
                    "number": "CREER-2026-CH5-004",
                    "year": 2026,
                    "text": "avant le 2026-11-23",
                    "start": "2026-12-21",
                    // 14:00 in Paris before and after the change of clocks.
                    "at": "2026-11-05T13:00:00Z"
                }]
            })
        );
    }
}
