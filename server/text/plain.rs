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

/// How many characters that are seen: everything but white space.
#[must_use]
pub fn visible_chars(text: &str) -> usize {
    text.chars().filter(|c| !c.is_whitespace()).count()
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
