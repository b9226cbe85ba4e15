//! A document followed through its log, update by update: how its text grew and shrank.

use std::collections::HashMap;

use yrs::Doc;

use super::authorship::Pieces;
use super::diff::changed_chars;
use super::{Unreadable, apply, open, plain, tree};

/// A deletion that leaves a point in the history: more than so many characters...
const DELETION_CHARS: usize = 2_000;

/// ... and more than so many hundredths of the visible text (`live-text.md` section 5).
const DELETION_PERCENT: usize = 30;

/// A document at one place of its log.
#[derive(Debug)]
pub struct Follower {
    doc: Doc,
    pieces: Pieces,
}

impl Follower {
    /// The document these updates make.
    ///
    /// # Errors
    /// When they do not make one.
    pub fn at<'a>(updates: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, Unreadable> {
        let mut pieces = Pieces::default();
        let updates = updates.into_iter().inspect(|update| {
            pieces.apply(update);
        });
        let doc = open(updates)?;
        Ok(Self { doc, pieces })
    }

    /// Goes on by one update. When it took away a large part of the visible text at once: the
    /// text before it.
    ///
    /// # Errors
    /// When it does not apply.
    pub fn follow(&mut self, bytes: &[u8]) -> Result<Option<String>, Unreadable> {
        // Counted before the text is read: a returning client names all that was ever deleted, and
        // another names a paragraph alone whose words go with it.
        let gone = self.pieces.apply(bytes);
        let before = (gone > DELETION_CHARS).then(|| self.plain());
        apply(&self.doc, bytes)?;
        Ok(before.filter(|before| is_large_deletion(before, &self.plain())))
    }

    /// The plain text of all sections, a blank line between them.
    #[must_use]
    pub fn plain(&self) -> String {
        let sections = tree::of(&self.doc);
        let texts: Vec<String> = sections.iter().map(plain::text).collect();
        texts.join("\n\n")
    }
}

/// Whether so much went that one would want it back. Lines that only changed their place or their
/// shape (a heading, a list) did not go.
fn is_large_deletion(before: &str, after: &str) -> bool {
    let (gone, come) = (lines_without(before, after), lines_without(after, before));
    let (_, removed) = changed_chars(&gone, &come);
    let visible = plain::visible_chars(before);
    removed > DELETION_CHARS && removed * 100 > visible * DELETION_PERCENT
}

/// The lines of a text that the other has not, each as often as it stands there more often.
fn lines_without(text: &str, other: &str) -> String {
    let mut elsewhere: HashMap<&str, usize> = HashMap::new();
    for line in other.split('\n') {
        *elsewhere.entry(line).or_default() += 1;
    }
    let mut left = Vec::new();
    for line in text.split('\n') {
        match elsewhere.get_mut(line) {
            Some(count) if *count > 0 => *count -= 1,
            Some(_) | None => left.push(line),
        }
    }
    left.join("\n")
}
