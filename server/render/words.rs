//! The French words of pages made by the server: those of the interface's message files, so that a
//! printed page and the screen call a thing alike.

use std::sync::LazyLock;

use serde_json::{Map, Value};

static SENTENCES: LazyLock<Map<String, Value>> = LazyLock::new(|| {
    [
        include_str!("../../web/messages/fr/proposal.json"),
        include_str!("../../web/messages/fr/sheet.json"),
        include_str!("../../web/messages/fr/proofs.json"),
    ]
    .into_iter()
    .filter_map(|file| serde_json::from_str::<Map<String, Value>>(file).ok())
    .flatten()
    .collect()
});

/// The sentence of this key; the key itself when there is none.
#[must_use]
pub fn word(key: &str) -> &str {
    let found = SENTENCES.get(key).and_then(Value::as_str);
    found.unwrap_or(key)
}

/// The word of a value in a family: `state` and `expected` give "envisagé"; an unknown value stays.
#[must_use]
pub fn of<'a>(family: &str, value: &'a str) -> std::borrow::Cow<'a, str> {
    let key = format!("{family}_{}", value.to_lowercase());
    match SENTENCES.get(&key).and_then(Value::as_str) {
        Some(word) => word.to_owned().into(),
        None => value.into(),
    }
}

/// A whole number with its thousands apart.
#[must_use]
pub fn number(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut out = String::new();
    if number < 0 {
        out.push('\u{2212}');
    }
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}

/// Hundredths with a comma, the decimals only when there are some.
#[must_use]
pub fn hundredths(value: i64) -> String {
    let (whole, rest) = (value / 100, (value % 100).unsigned_abs());
    match rest {
        0 => number(whole),
        rest => format!("{},{rest:02}", number(whole)),
    }
}

/// Cents as euros.
#[must_use]
pub fn euros(cents: i64) -> String {
    format!("{}\u{a0}\u{20ac}", hundredths(cents))
}

/// An ISO day in words: `1er décembre 2026`.
#[must_use]
pub fn day(iso: &str) -> String {
    const MONTHS: [&str; 12] = [
        "janvier",
        "f\u{e9}vrier",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "ao\u{fb}t",
        "septembre",
        "octobre",
        "novembre",
        "d\u{e9}cembre",
    ];
    let part = |range: std::ops::Range<usize>| iso.get(range)?.parse::<usize>().ok();
    let (Some(year), Some(month), Some(day)) = (part(0..4), part(5..7), part(8..10)) else {
        return iso.to_owned();
    };
    let Some(month) = month.checked_sub(1).and_then(|month| MONTHS.get(month)) else {
        return iso.to_owned();
    };
    let first = if day == 1 { "er" } else { "" };
    format!("{day}{first}\u{a0}{month} {year}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_figures_are_those_of_the_interface() {
        assert_eq!(word("section_context"), "Contexte et diagnostic");
        assert_eq!(of("state", "expected"), "envisag\u{e9}");
        assert_eq!(of("confidence", "A"), "Justifi\u{e9}");
        assert_eq!(of("state", "elsewhere"), "elsewhere");
        assert_eq!(euros(12_345_600), "123\u{202f}456\u{a0}\u{20ac}");
        assert_eq!(euros(-150), "\u{2212}1,50\u{a0}\u{20ac}");
        assert_eq!(day("2026-12-01"), "1er\u{a0}d\u{e9}cembre 2026");
        assert_eq!(day("soon"), "soon");
    }
}
