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

/// The SIREN a person typed, without its spaces; `None` when the check digit says it cannot be one.
#[must_use]
pub fn siren(typed: &str) -> Option<String> {
    let digits: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    let only_digits = digits.len() == 9 && digits.bytes().all(|byte| byte.is_ascii_digit());
    (only_digits && passes_luhn(&digits)).then_some(digits)
}

/// The number of an association in the national register (RNA), `W` and nine digits.
#[must_use]
pub fn rna(typed: &str) -> Option<String> {
    let tidy: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    let tidy = tidy.to_ascii_uppercase();
    let digits = tidy.strip_prefix('W')?;
    (digits.len() == 9 && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(tidy)
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
    fn a_siren_passes_luhn_and_an_rna_has_nine_digits() {
        assert_eq!(siren("732 829 320").as_deref(), Some("732829320"));
        assert_eq!(siren("356000000").as_deref(), Some("356000000"));
        assert!(siren("732829321").is_none() && siren("73282932").is_none());
        assert_eq!(rna("w 131 234567").as_deref(), Some("W131234567"));
        assert!(rna("W13123456").is_none() && rna("131234567").is_none());
        assert!(rna("W13123456A").is_none());
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
