//! What some updates would change in a document, as a person reads it: per section the passages
//! inserted and deleted, with a little of what stands around them. The text itself is compared, so
//! that a paragraph parted in two reads as an added line, whatever the editor made of it.

use super::lcs::{Step, steps};
use super::tree::{self, Section};
use super::{Unreadable, apply, is_whole, open, plain};

/// How many characters of unchanged text stand around a change.
const AROUND: usize = 60;

/// What changes in one section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SectionDifference {
    /// Its key, e.g. `context`.
    pub key: &'static str,
    /// Its plain text before.
    pub before: String,
    /// The changed passages, in order; empty when only the setting changes.
    pub passages: Vec<Vec<Part>>,
}

/// A run of text in a changed passage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// It stands before and after.
    Kept(String),
    /// It is added.
    Inserted(String),
    /// It is taken away.
    Deleted(String),
}

/// What `updates` change in the document made of `base`. Both passed the gate.
///
/// # Errors
/// When they do not make a document.
pub fn difference<'a>(
    base: impl IntoIterator<Item = &'a [u8]>,
    updates: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Vec<SectionDifference>, Unreadable> {
    let doc = open(base)?;
    let before = tree::of(&doc);
    for update in updates {
        apply(&doc, update)?;
    }
    is_whole(&doc)?;
    let after = tree::of(&doc);
    let pairs = before.iter().zip(&after);
    Ok(pairs.filter_map(|(old, new)| section(old, new)).collect())
}

/// Whether the document made of `base` holds all of `updates` already. Both passed the gate.
///
/// # Errors
/// When they do not make a document.
pub fn holds<'a>(
    base: impl IntoIterator<Item = &'a [u8]>,
    updates: impl IntoIterator<Item = &'a [u8]>,
) -> Result<bool, Unreadable> {
    use yrs::{ReadTxn as _, Transact as _};

    let doc = open(base)?;
    let before = doc.transact().snapshot();
    for update in updates {
        apply(&doc, update)?;
    }
    is_whole(&doc)?;
    let after = doc.transact().snapshot();
    Ok(before == after)
}

fn section(old: &Section, new: &Section) -> Option<SectionDifference> {
    if old == new {
        return None;
    }
    let (before, after) = (plain::text(old), plain::text(new));
    Some(SectionDifference {
        key: old.key,
        passages: passages(&before, &after),
        before,
    })
}

/// The changed passages between two texts.
#[must_use]
pub fn passages(before: &str, after: &str) -> Vec<Vec<Part>> {
    let (old, new) = (lines(before), lines(after));
    let mut passages = Vec::new();
    let (mut gone, mut come) = (String::new(), String::new());
    let mut last = "";
    for step in steps(&old, &new) {
        match step {
            Step::Kept(at) => {
                passages.extend(passage(last, &gone, &come));
                gone.clear();
                come.clear();
                last = old[at];
            }
            Step::Deleted(at) => add_line(&mut gone, old[at]),
            Step::Inserted(at) => add_line(&mut come, new[at]),
        }
    }
    passages.extend(passage(last, &gone, &come));
    passages
}

/// The lines of a text, without their ends; none when it is empty.
fn lines(text: &str) -> Vec<&str> {
    if text.is_empty() {
        Vec::new()
    } else {
        text.split('\n').collect()
    }
}

fn add_line(text: &mut String, line: &str) {
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(line);
}

/// One passage: some lines replaced by others, compared word by word.
fn passage(line_before: &str, gone: &str, come: &str) -> Option<Vec<Part>> {
    if gone == come {
        return None;
    }
    let (old, new) = (words(gone), words(come));
    let mut parts = Vec::new();
    for step in steps(&old, &new) {
        match step {
            Step::Kept(at) => add(&mut parts, Part::Kept(old[at].to_owned())),
            Step::Deleted(at) => add(&mut parts, Part::Deleted(old[at].to_owned())),
            Step::Inserted(at) => add(&mut parts, Part::Inserted(new[at].to_owned())),
        }
    }
    let mut parts = within_words(parts);
    if !matches!(parts.first(), Some(Part::Kept(_))) && !line_before.is_empty() {
        parts.insert(0, Part::Kept(format!("{line_before}\n")));
    }
    let last = parts.len().saturating_sub(1);
    for (at, part) in parts.iter_mut().enumerate() {
        if let Part::Kept(text) = part {
            *text = shortened(text, at == 0, at == last);
        }
    }
    Some(parts)
}

/// A word that only gained or only lost letters shows these alone.
fn within_words(parts: Vec<Part>) -> Vec<Part> {
    let mut out: Vec<Part> = Vec::new();
    for part in parts {
        let grown = match (out.last(), &part) {
            (Some(Part::Deleted(old)), Part::Inserted(new)) => grown(old, new),
            (Some(Part::Kept(_) | Part::Inserted(_) | Part::Deleted(_)) | None, _) => None,
        };
        match grown {
            Some(pieces) => {
                out.pop();
                pieces.into_iter().for_each(|piece| add(&mut out, piece));
            }
            None => add(&mut out, part),
        }
    }
    out
}

/// What one text has more than the other, when the one lies around or in the other.
fn grown(old: &str, new: &str) -> Option<[Part; 3]> {
    let pairs = old.chars().zip(new.chars());
    let head: usize = pairs
        .take_while(|(a, b)| a == b)
        .map(|(a, _)| a.len_utf8())
        .sum();
    let pairs = old[head..].chars().rev().zip(new[head..].chars().rev());
    let tail: usize = pairs
        .take_while(|(a, b)| a == b)
        .map(|(a, _)| a.len_utf8())
        .sum();
    let (gone, come) = (&old[head..old.len() - tail], &new[head..new.len() - tail]);
    let middle = match (gone.is_empty(), come.is_empty()) {
        (true, false) => Part::Inserted(come.to_owned()),
        (false, true) => Part::Deleted(gone.to_owned()),
        (true, true) | (false, false) => return None,
    };
    let kept = |text: &str| Part::Kept(text.to_owned());
    Some([kept(&old[..head]), middle, kept(&old[old.len() - tail..])])
}

/// Words, and each sign and space between them.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut start = 0;
    let mut in_word = false;
    for (at, letter) in text.char_indices() {
        let is_letter = letter.is_alphanumeric();
        if at > start && !(in_word && is_letter) {
            words.push(&text[start..at]);
            start = at;
        }
        in_word = is_letter;
    }
    if start < text.len() {
        words.push(&text[start..]);
    }
    words
}

fn add(parts: &mut Vec<Part>, part: Part) {
    let (Part::Kept(text) | Part::Inserted(text) | Part::Deleted(text)) = &part;
    if text.is_empty() {
        return;
    }
    match (parts.last_mut(), part) {
        (Some(Part::Kept(text)), Part::Kept(more))
        | (Some(Part::Inserted(text)), Part::Inserted(more))
        | (Some(Part::Deleted(text)), Part::Deleted(more)) => text.push_str(&more),
        (_, part) => parts.push(part),
    }
}

/// Unchanged text, as much of it as tells where one is.
fn shortened(text: &str, is_first: bool, is_last: bool) -> String {
    let letters: Vec<char> = text.chars().collect();
    let head: String = letters.iter().take(AROUND).collect();
    let tail: String = letters[letters.len().saturating_sub(AROUND)..]
        .iter()
        .collect();
    if letters.len() <= AROUND || (!is_first && !is_last && letters.len() <= 2 * AROUND) {
        text.to_owned()
    } else if is_first {
        format!("\u{2026}{tail}")
    } else if is_last {
        format!("{head}\u{2026}")
    } else {
        format!("{head} \u{2026} {tail}")
    }
}

/// How many changes a person sees: what is replaced at one place is one.
#[must_use]
pub fn count(sections: &[SectionDifference]) -> usize {
    let in_passage = |parts: &Vec<Part>| {
        let changed: Vec<bool> = parts
            .iter()
            .map(|part| !matches!(part, Part::Kept(_)))
            .collect();
        let starts = changed.iter().enumerate();
        starts
            .filter(|(at, is_changed)| **is_changed && (*at == 0 || !changed[at - 1]))
            .count()
    };
    sections
        .iter()
        .map(|section| {
            section
                .passages
                .iter()
                .map(in_passage)
                .sum::<usize>()
                .max(1)
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(before: &str, after: &str) -> String {
        let mut out = String::new();
        for parts in passages(before, after) {
            for part in parts {
                match part {
                    Part::Kept(text) => out += &text,
                    Part::Inserted(text) => out += &format!("[+{text}]"),
                    Part::Deleted(text) => out += &format!("[-{text}]"),
                }
            }
            out.push('|');
        }
        out
    }

    #[test]
    fn words_inserted_and_deleted_are_shown_in_their_line() {
        assert_eq!(
            shown("Un deux trois", "Un trois quatre"),
            "Un [-deux ]trois[+ quatre]|"
        );
        assert_eq!(shown("a\nb\nc", "a\nb\nc"), "");
        assert_eq!(shown("", "Neuf."), "[+Neuf.]|");
        assert_eq!(shown("Parti.", ""), "[-Parti.]|");
        assert_eq!(shown("un mot", "un moteur"), "un mot[+eur]|");
        assert_eq!(shown("remettre", "mettre"), "[-re]mettre|");
        assert_eq!(shown("chat", "chien"), "[-chat][+chien]|");
        assert_eq!(
            shown("\u{e9}t\u{e9}", "\u{e9}t\u{e9}s"),
            "\u{e9}t\u{e9}[+s]|"
        );
    }

    #[test]
    fn a_new_line_comes_with_the_one_before_and_far_lines_are_left_out() {
        assert_eq!(
            shown("un\ndeux\ntrois\n", "un\ndeux\nneuf\ntrois\n"),
            "deux\n[+neuf]|"
        );
        let long = "mot ".repeat(100);
        let text = shown(&format!("{long}fin"), &format!("{long}fin!"));
        assert!(
            text.starts_with('\u{2026}') && text.chars().count() < 80,
            "{text}"
        );
    }

    #[test]
    fn what_is_replaced_at_one_place_counts_once() {
        let of = |before: &str, after: &str| {
            count(&[SectionDifference {
                key: "context",
                before: before.to_owned(),
                passages: passages(before, after),
            }])
        };
        assert_eq!(of("un deux trois", "un 2 trois"), 1);
        assert_eq!(of("un deux trois quatre", "1 deux trois 4"), 2);
        assert_eq!(of("a\nb\nc\nd\ne", "a\nB\nc\nD\ne"), 2);
    }
}
