//! A section as plain text: one line a block; and what is counted in it.

use super::tree::{Element, Node, Section};

/// The text of a section: blocks on lines of their own, cells parted by tabs.
#[must_use]
pub fn text(section: &Section) -> String {
    let mut out = String::new();
    blocks(&section.nodes, &mut out);
    out
}

/// How many words: runs without white space that hold a letter or a digit.
#[must_use]
pub fn word_count(text: &str) -> usize {
    text.split_whitespace()
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .count()
}

/// How many characters that are seen.
#[must_use]
pub fn visible_chars(text: &str) -> usize {
    text.chars().filter(|c| is_visible(*c)).count()
}

/// Whether a character is seen: neither white space nor one that nothing shows.
#[must_use]
pub fn is_visible(letter: char) -> bool {
    !letter.is_whitespace() && !is_unseen(letter)
}

/// Whether nothing shows this character: what Unicode says may be ignored by default
/// (zero-width spaces, joiners, fillers, tags).
#[must_use]
pub fn is_unseen(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// The character as it is shown: PostgreSQL keeps no NUL, HTML drops it and reads a carriage
/// return as a line end. As many UTF-16 units as before, so that places stay places.
#[must_use]
pub fn shown(letter: char) -> char {
    match letter {
        '\0' => char::REPLACEMENT_CHARACTER,
        '\r' => ' ',
        letter => letter,
    }
}

fn blocks(nodes: &[Node], out: &mut String) {
    for node in nodes {
        match node {
            Node::Text(run) => out.push_str(&run.text),
            Node::Element(element) => block(element, out),
        }
    }
}

fn block(element: &Element, out: &mut String) {
    match element.name.as_str() {
        "hardBreak" => out.push('\n'),
        "horizontalRule" => end_line(out),
        "tableRow" => {
            end_line(out);
            for (rank, cell) in element.children.iter().enumerate() {
                if rank > 0 {
                    out.push('\t');
                }
                let mut text = String::new();
                blocks(std::slice::from_ref(cell), &mut text);
                out.push_str(&text.trim().replace('\n', " "));
            }
        }
        _ => {
            end_line(out);
            blocks(&element.children, out);
        }
    }
}

/// The next block starts on a line of its own.
fn end_line(out: &mut String) {
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
}
