//! Identifiers: a SIRET and its check digits (`domain.md` section 4), a UUID as a page makes it.

/// La Poste: its SIRETs need not pass the usual check.
const LA_POSTE: &str = "356000000";

/// The SIRET a person typed, without its spaces; `None` when the check digits say it cannot be one.
/// They do not prove that it exists.
#[must_use]
pub fn siret(typed: &str) -> Option<String> {
    let digits: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    let only_digits = digits.len() == 14 && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !only_digits {
        return None;
    }
    let sum: u32 = digits.chars().filter_map(|c| c.to_digit(10)).sum();
    let of_la_poste = digits.starts_with(LA_POSTE) && sum.is_multiple_of(5);
    (passes_luhn(&digits) || of_la_poste).then_some(digits)
}

/// A UUID in lower case; `None` when the text is none.
#[must_use]
pub fn uuid(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let fits = |(at, byte): (usize, u8)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    (lower.len() == 36 && lower.bytes().enumerate().all(fits)).then_some(lower)
}

/// Luhn's check: every second digit from the right counts double, less nine when over nine.
fn passes_luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .chars()
        .rev()
        .filter_map(|c| c.to_digit(10))
        .enumerate()
        .map(|(place, digit)| match (place % 2, digit) {
            (0, digit) => digit,
            (_, 0..=4) => digit * 2,
            (_, digit) => digit * 2 - 9,
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_siret_passes_luhn_or_is_la_postes() {
        let is = |typed: &str| siret(typed).is_some();
        assert!(is("73282932000074") && is("732 829 320 00074"));
        assert!(is("35600000000048") && is("35600000009075"));
        assert!(!is("73282932000075") && !is("35600000009076"));
        assert!(!is("7328293200007") && !is("7328293200007A") && !is(""));
    }

    #[test]
    fn a_uuid_has_its_dashes() {
        let id = "0192A3B4-c5d6-7e8f-9012-3456789abcde";
        assert_eq!(uuid(id), Some(id.to_lowercase()));
        for wrong in [
            "",
            "exp-1",
            "0192a3b4c5d67e8f90123456789abcde0000",
            &id[1..],
        ] {
            assert_eq!(uuid(wrong), None, "{wrong}");
        }
    }
}
