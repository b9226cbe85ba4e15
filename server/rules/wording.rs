//! Text as people mean it: folded for comparing (accents, case), checked against bounds.

/// How long a proposal's title may be, in characters (`domain.md` T01 and the API's contract).
pub const TITLE_CHARS: std::ops::RangeInclusive<usize> = 3..=160;
/// How long a proposal's summary may be, in characters.
pub const SUMMARY_CHARS: std::ops::RangeInclusive<usize> = 40..=300;

/// One line of text: spaces collapsed, ends trimmed, control characters dropped.
///
/// # Errors
/// `required`, `too_short` or `too_long`, counted in characters after tidying.
pub fn line(text: &str, chars: &std::ops::RangeInclusive<usize>) -> Result<String, &'static str> {
    let tidy = text
        .split(char::is_whitespace)
        .map(|word| word.chars().filter(|c| !c.is_control()).collect::<String>())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    let count = tidy.chars().count();
    if count == 0 {
        Err("required")
    } else if count < *chars.start() {
        Err("too_short")
    } else if count > *chars.end() {
        Err("too_long")
    } else {
        Ok(tidy)
    }
}

/// Several lines of text: each tidied like [`line`], lines kept, empty ones at the ends dropped.
///
/// # Errors
/// `required`, `too_short` or `too_long`, counted in characters after tidying.
pub fn prose(text: &str, chars: &std::ops::RangeInclusive<usize>) -> Result<String, &'static str> {
    let lines: Vec<String> = text
        .lines()
        .map(|one| line(one, &(0..=usize::MAX)).unwrap_or_default())
        .collect();
    let tidy = lines.join("\n").trim().to_owned();
    let count = tidy.chars().count();
    if count == 0 {
        Err("required")
    } else if count < *chars.start() {
        Err("too_short")
    } else if count > *chars.end() {
        Err("too_long")
    } else {
        Ok(tidy)
    }
}

/// Lower case without accents, one space between words: two folded texts are equal when a
/// reader would call them the same.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_lowercase) {
        match letter {
            '\u{300}'..='\u{36f}' => {}
            'a'..='z' | '0'..='9' => folded.push(letter),
            '\u{e0}'..='\u{e5}' => folded.push('a'),
            '\u{e6}' => folded.push_str("ae"),
            '\u{e7}' => folded.push('c'),
            '\u{e8}'..='\u{eb}' => folded.push('e'),
            '\u{ec}'..='\u{ef}' => folded.push('i'),
            '\u{f1}' => folded.push('n'),
            '\u{f2}'..='\u{f6}' | '\u{f8}' => folded.push('o'),
            '\u{f9}'..='\u{fc}' => folded.push('u'),
            '\u{fd}' | '\u{ff}' => folded.push('y'),
            '\u{153}' => folded.push_str("oe"),
            '\u{2018}' | '\u{2019}' => folded.push('\''),
            other if other.is_whitespace() => {
                if !folded.is_empty() && !folded.ends_with(' ') {
                    folded.push(' ');
                }
            }
            other => folded.push(other),
        }
    }
    if folded.ends_with(' ') {
        folded.pop();
    }
    folded
}

/// The words of a text, folded, shortest parts and grammar left out.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    fold(text)
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.chars().count() > 2 && !STOP_WORDS.contains(word))
        .map(stem)
        .collect()
}

/// The word without the plural mark, so that "atelier" meets "ateliers".
fn stem(word: &str) -> String {
    let bare = word
        .strip_suffix("aux")
        .map(|head| format!("{head}al"))
        .unwrap_or_else(|| word.to_owned());
    if bare.chars().count() > 3 {
        bare.trim_end_matches(['s', 'x']).to_owned()
    } else {
        bare
    }
}

/// French words too common to tell two proposals apart, folded.
const STOP_WORDS: [&str; 82] = [
    "afin", "ainsi", "alors", "apres", "aucun", "aussi", "autre", "autres", "aux", "avant", "avec",
    "avoir", "car", "ceci", "cela", "celle", "celui", "ces", "cet", "cette", "ceux", "chaque",
    "comme", "comment", "contre", "dans", "depuis", "des", "deux", "doit", "dont", "elle", "elles",
    "entre", "est", "ete", "etre", "faire", "fait", "fois", "ils", "les", "leur", "leurs", "lui",
    "mais", "meme", "moins", "nos", "notre", "nous", "ont", "par", "pas", "pendant", "peu", "peut",
    "plus", "pour", "quand", "que", "quel", "quelle", "qui", "sans", "selon", "ses", "son", "sont",
    "sous", "sur", "tous", "tout", "toute", "toutes", "tres", "trois", "une", "vers", "vos",
    "votre", "vous",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_forgets_accents_case_and_spacing() {
        assert_eq!(
            fold("  \u{c9}conomie   CR\u{c9}ATIVE\u{a0}: l\u{2019}\u{153}uvre "),
            "economie creative : l'oeuvre"
        );
        assert_eq!(fold("e\u{301}te\u{301}"), "ete");
    }

    #[test]
    fn words_keep_what_tells_texts_apart() {
        assert_eq!(
            words("Des ateliers partag\u{e9}s pour les m\u{e9}tiers navals, et les chevaux"),
            ["atelier", "partage", "metier", "naval", "cheval"]
        );
    }

    #[test]
    fn a_line_is_counted_after_tidying() {
        assert_eq!(line("  a \n b\t c ", &(1..=5)), Ok("a b c".to_owned()));
        assert_eq!(line(" z\n", &(2..=5)), Err("too_short"));
        assert_eq!(line(" \n ", &(1..=5)), Err("required"));
        assert_eq!(line("abcdef", &(1..=5)), Err("too_long"));
        assert_eq!(
            line("\u{e9}\u{e9}\u{e9}", &TITLE_CHARS),
            Ok("\u{e9}\u{e9}\u{e9}".to_owned())
        );
        assert_eq!(line("a\u{0}b", &(1..=5)), Ok("ab".to_owned()));
    }
}
