//! A document followed through its log, update by update: how its text grew and shrank.

use yrs::updates::decoder::Decode as _;
use yrs::{Doc, Transact as _, Update};

use super::diff::changed_chars;
use super::{Unreadable, open, plain, tree};

/// A deletion that leaves a point in the history: more than so many characters...
const DELETION_CHARS: usize = 2_000;

/// ... and more than so many hundredths of the visible text (`live-text.md` section 5).
const DELETION_PERCENT: usize = 30;

/// A document at one place of its log.
#[derive(Debug)]
pub struct Follower {
    doc: Doc,
}

impl Follower {
    /// The document these updates make.
    ///
    /// # Errors
    /// When they do not make one.
    pub fn at<'a>(updates: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, Unreadable> {
        Ok(Self {
            doc: open(updates)?,
        })
    }

    /// Goes on by one update. When it took away a large part of the visible text at once: the
    /// text before it.
    ///
    /// # Errors
    /// When it does not apply.
    pub fn follow(&mut self, bytes: &[u8]) -> Result<Option<String>, Unreadable> {
        let update = Update::decode_v1(bytes).map_err(|e| Unreadable::Update(e.into()))?;
        let deletes: usize = update
            .delete_set()
            .iter()
            .flat_map(|(_, ranges)| ranges.iter())
            .map(|range| (range.end - range.start) as usize)
            .sum();
        // The whole delete set of a returning client is long too; only the text tells.
        let before = (deletes > DELETION_CHARS).then(|| self.plain());
        self.doc
            .transact_mut()
            .apply_update(update)
            .map_err(|e| Unreadable::Update(e.into()))?;
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

/// Whether so much went that one would want it back (also of a whole text, when it is read anew). Text that only changed its place or its
/// shape (a heading, a list) did not go.
fn is_large_deletion(before: &str, after: &str) -> bool {
    let (_, removed) = changed_chars(before, after);
    let visible = plain::visible_chars(before);
    removed > DELETION_CHARS && removed * 100 > visible * DELETION_PERCENT
}
