//! A version's page for the public (CRPA L311-7, L312-1-2): the names of people and their addresses are covered,
//! the rest stays as it was sealed.

use super::markdown::escape;
use super::words::word;

/// What stands before a usual name alone.
const TITLES: [&str; 5] = ["M. ", "Mme ", "Monsieur ", "Madame ", "M.\u{a0}"];

/// The text with every one of these names covered, and every e-mail address. `escaped`: it is a page.
#[must_use]
pub fn masked(text: &str, names: &[String], escaped: bool) -> String {
    let mark = word("version_masked");
    let mut covered = text.to_owned();
    for name in names.iter().filter(|name| !name.trim().is_empty()) {
        let mut written = String::new();
        if escaped {
            escape(name, &mut written);
        } else {
            written.push_str(name);
        }
        covered = covered.replace(&written, mark);
    }
    cover_addresses(&covered, mark)
}

/// How a person may be named: both orders, and after a title.
#[must_use]
pub fn spellings(given_name: &str, usual_name: &str) -> Vec<String> {
    let mut all = vec![
        format!("{given_name} {usual_name}"),
        format!("{usual_name} {given_name}"),
        format!("{given_name} {}", usual_name.to_uppercase()),
    ];
    all.extend(TITLES.iter().map(|title| format!("{title}{usual_name}")));
    all
}

/// The page with a sentence at its head that says so.
#[must_use]
pub fn announced(page: &str) -> String {
    let mut note = String::from("<main>\n<p class=\"summary\">");
    escape(word("version_masked_note"), &mut note);
    note.push_str("</p>\n");
    page.replacen("<main>\n", &note, 1)
}

fn cover_addresses(text: &str, mark: &str) -> String {
    let is_part =
        |letter: char| letter.is_alphanumeric() || matches!(letter, '@' | '.' | '-' | '_' | '+');
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(is_part) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let end = from.find(|letter| !is_part(letter)).unwrap_or(from.len());
        let (token, after) = from.split_at(end);
        out.push_str(if is_address(token) { mark } else { token });
        rest = after;
    }
    out.push_str(rest);
    out
}

fn is_address(token: &str) -> bool {
    token
        .split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && host.trim_matches('.').contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_are_covered_and_nothing_else() {
        let names = spellings("Camille", "d'Arc");
        let page =
            "<p>Contact : Camille d&#39;Arc, camille@a.example.</p> Camille Dupont @ midi 2.5";
        let shown = masked(page, &names, true);
        let mark = word("version_masked");
        assert!(
            !shown.contains("d&#39;Arc") || shown.contains(mark),
            "{shown}"
        );
        assert!(
            shown.contains(mark) && !shown.contains("camille@"),
            "{shown}"
        );
        assert!(shown.contains("Camille Dupont @ midi 2.5"), "{shown}");
        let plain = masked(
            "M. Dupont et Camille DUPONT",
            &spellings("Camille", "Dupont"),
            false,
        );
        assert_eq!(plain, format!("{mark} et {mark}"));
        assert_eq!(masked("rien", &names, false), "rien");
    }
}
