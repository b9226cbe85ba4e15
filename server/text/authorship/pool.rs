//! Words deleted lately, and how they come back: pasted after a cut, undone, written again whole
//! or piece by piece. And words copied lately, whose model goes: then they were moved.

use super::follow::{Fresh, REACH};
use super::items::{ItemId, Kind};
use super::shelf::{Part, Shelf, Words};
use super::stretch::Stretch;
use super::{ActId, Replay, similar};

/// A whole passage that its deleter brings back within [`SHORT_MS`].
const SHORT_UNITS: usize = 4;
pub(super) const SHORT_MS: i64 = 60 * 60 * 1000;

/// A whole passage, of two words at least, that anybody brings back within [`RECENT_MS`].
const LONG_UNITS: usize = 12;
const RECENT_MS: i64 = 24 * 60 * 60 * 1000;

/// A part of a passage that was deleted within [`RECENT_MS`].
const STRETCH_UNITS: usize = 32;

/// Pieces that are passed over to find what stands beside new ones.
const AROUND_PIECES: usize = 256;

/// Deletions of one person at one place within this time are one passage: a key held down.
const KEYS_MS: i64 = 60 * 1000;

/// A passage that grows by keys is looked at whole up to here, then each time it is twice as long.
const LOOKED_AT_UNITS: usize = 512;

/// Words of late.
#[derive(Debug, Default)]
pub(super) struct Pool {
    pub(super) deleted: Shelf,
    inserted: Shelf,
}

impl Pool {
    pub(super) fn weight(&self) -> usize {
        self.deleted.weight() + self.inserted.weight()
    }
}

impl Replay {
    /// The whole passage was deleted lately.
    pub(super) fn brought_back(&mut self, fresh: &Fresh, act: ActId, now_ms: i64) -> bool {
        let text = &fresh.stretch.text;
        if text.len() < SHORT_UNITS {
            return false;
        }
        let author = self.author_of(act);
        let is_own = |words: &Words| words.author == author && now_ms - words.at_ms <= SHORT_MS;
        let mut source = None;
        if fresh.is_whole
            && let Some(found) = self.pool.deleted.whole(text, is_own)
        {
            source = Some(found.ranges.clone());
        }
        if source.is_none() && text.len() >= LONG_UNITS && similar::has_two_words(text) {
            let is_recent = |words: &Words| now_ms - words.at_ms <= RECENT_MS;
            let found = self.pool.deleted.around(text, is_recent);
            source = found.map(|(words, from)| words.part(from, text.len()));
        }
        source.is_some_and(|source| {
            self.give(&fresh.stretch.ranges, &source, act);
            true
        })
    }

    /// Long parts of what is left were deleted lately; what is left then is the actor's own.
    pub(super) fn long_parts_back(&mut self, fresh: Vec<Fresh>, act: ActId, now_ms: i64) {
        for one in fresh {
            let target = &one.stretch;
            let parts = self.recently_deleted(&target.text, now_ms);
            for (found, source) in &parts {
                self.give(&target.part(found.at, found.len), source, act);
            }
            if parts.is_empty() {
                self.pieces_back(&one, act, now_ms);
                self.keep_inserted(one.stretch, act, now_ms);
            }
        }
    }

    fn recently_deleted(&mut self, text: &[u16], now_ms: i64) -> Vec<Part> {
        let is_recent = |words: &Words| now_ms - words.at_ms <= RECENT_MS;
        self.pool.deleted.parts(text, STRETCH_UNITS, is_recent)
    }

    /// Short pieces that make a long part together with what the same person wrote beside them.
    pub(super) fn pieces_back(&mut self, fresh: &Fresh, act: ActId, now_ms: i64) {
        let (Some(first), Some(last)) = (fresh.pieces.first(), fresh.pieces.last()) else {
            return;
        };
        if fresh.stretch.text.len() >= STRETCH_UNITS || self.pool.deleted.is_empty() {
            return;
        }
        let author = self.author_of(act);
        let mut around = self.own_beside(*first, author, true);
        around.append(fresh.stretch.clone());
        around.append(self.own_beside(*last, author, false));
        for (found, source) in self.recently_deleted(&around.text, now_ms) {
            self.give(&around.part(found.at, found.len), &source, act);
        }
    }

    /// The units beside a piece that this person wrote or brought, until another's stand between.
    fn own_beside(&self, id: ItemId, author: u32, is_left: bool) -> Stretch {
        let (mut found, mut left, mut next) = (Vec::new(), STRETCH_UNITS, id);
        for _ in 0..AROUND_PIECES {
            let Some(item) = self.items.get(next) else {
                break;
            };
            next = if is_left { item.left } else { item.right };
            let Some(item) = self.items.get(next) else {
                break;
            };
            if item.kind != Kind::Text || item.is_deleted {
                continue;
            }
            if self.author_of(item.made) != author || left == 0 {
                break;
            }
            let text = self.items.text(item);
            let taken = text.len().min(left);
            let from = if is_left { text.len() - taken } else { 0 };
            left -= taken;
            found.push((item, from, &text[from..from + taken]));
        }
        if is_left {
            found.reverse();
        }
        let mut stretch = Stretch::default();
        for (item, from, text) in found {
            stretch.push(item.client, item.clock + from as u32, text);
        }
        stretch
    }

    /// Keeps deleted words for a while; when the deleter had copied them before, they were moved.
    pub(super) fn keep(&mut self, stretch: Stretch, act: ActId, at_ms: i64) {
        if stretch.text.is_empty() {
            return;
        }
        let author = self.author_of(act);
        let words = Words {
            is_own: self.is_by(&stretch, author),
            stretch,
            author,
            at_ms,
        };
        let beside = self.beside_the_last(&self.pool.deleted, &words);
        let grown = match beside {
            Some(is_before) => self.pool.deleted.grow(words, is_before),
            None => Err(words),
        };
        match grown {
            // Not at each key: what is looked at again grows by as much as it holds.
            Ok(units) if units > LOOKED_AT_UNITS && !units.is_power_of_two() => return,
            Ok(_) => {}
            Err(words) => self.pool.deleted.add(words),
        }
        if let Some(words) = self.pool.deleted.latest(author) {
            let stretch = words.stretch.clone();
            self.copies_of(&stretch, act, at_ms);
        }
    }

    /// Gives long parts of deleted words that their deleter had inserted elsewhere before back to
    /// their authors.
    fn copies_of(&mut self, gone: &Stretch, act: ActId, now_ms: i64) {
        let author = self.author_of(act);
        if gone.text.len() < STRETCH_UNITS || self.pool.inserted.latest(author).is_none() {
            return;
        }
        let is_own = |words: &Words| words.author == author && now_ms - words.at_ms <= RECENT_MS;
        let copies = self.pool.inserted.parts(&gone.text, STRETCH_UNITS, is_own);
        for (found, copy) in copies {
            self.give_copy(&copy, &gone.part(found.at, found.len), act);
        }
    }

    /// Whether this person wrote all of it.
    fn is_by(&self, stretch: &Stretch, author: u32) -> bool {
        stretch.ranges.iter().all(|(client, clock, count)| {
            let mut at = *clock;
            while at < clock + count {
                let piece = self.items.get(self.items.found(*client, at));
                match piece.filter(|piece| self.author_of(piece.by) == author) {
                    Some(piece) => at = piece.clock + piece.len,
                    None => return false,
                }
            }
            true
        })
    }

    /// Keeps words that somebody put in as their own, those of one person that follow each other as
    /// one passage.
    fn keep_inserted(&mut self, stretch: Stretch, act: ActId, at_ms: i64) {
        let words = Words {
            stretch,
            author: self.author_of(act),
            at_ms,
            is_own: false,
        };
        let words = match self.beside_the_last(&self.pool.inserted, &words) {
            Some(is_before) => self.pool.inserted.grow(words, is_before).err(),
            None => Some(words),
        };
        if let Some(words) = words {
            self.pool.inserted.add(words);
        }
    }

    /// Whether these words stand just before (`true`) or behind the latest of their author: a key
    /// held down, typing.
    fn beside_the_last(&self, shelf: &Shelf, new: &Words) -> Option<bool> {
        let last = shelf.latest(new.author)?;
        if new.at_ms - last.at_ms > KEYS_MS {
            return None;
        }
        let ends = |stretch: &Stretch| Some((*stretch.ranges.first()?, *stretch.ranges.last()?));
        let ((first, end), (new_first, new_end)) = (ends(&last.stretch)?, ends(&new.stretch)?);
        if self.touch(end, new_first) {
            return Some(false);
        }
        self.touch(new_end, first).then_some(true)
    }

    /// Whether the second range follows the first with nothing shown between.
    pub(super) fn touch(&self, first: (u32, u32, u32), second: (u32, u32, u32)) -> bool {
        let end = self.items.found(first.0, first.1 + first.2 - 1);
        let mut left = self.items.found(second.0, second.1);
        if left == end {
            return first.0 == second.0 && first.1 + first.2 == second.1;
        }
        for _ in 0..REACH {
            let Some(item) = self.items.get(left) else {
                return false;
            };
            left = item.left;
            match self.items.get(left) {
                _ if left == end => return true,
                Some(item) if item.kind != Kind::Text || item.is_deleted => {}
                Some(_) | None => return false,
            }
        }
        false
    }
}
