//! Words deleted lately, and how they come back: pasted after a cut, undone, written again whole.

use std::collections::VecDeque;

use super::follow::{Fresh, REACH, Stretch};
use super::items::Kind;
use super::{ActId, Replay, similar};

/// A whole passage that its deleter brings back within [`SHORT_MS`].
const SHORT_UNITS: usize = 4;
const SHORT_MS: i64 = 60 * 60 * 1000;

/// A whole passage, of two words at least, that anybody brings back within [`RECENT_MS`].
const LONG_UNITS: usize = 12;
const RECENT_MS: i64 = 24 * 60 * 60 * 1000;

/// A part of a passage that was deleted within [`RECENT_MS`].
const STRETCH_UNITS: usize = 32;

/// Deleted words that can come back: about a hundred pages.
const POOL_UNITS: usize = 256 * 1024;

/// Deletions of one person at one place within this time are one passage: a key held down.
const KEYS_MS: i64 = 60 * 1000;

#[derive(Debug)]
pub(super) struct Deleted {
    pub(super) stretch: Stretch,
    pub(super) author: u32,
    at_ms: i64,
}

/// Words deleted lately, oldest first.
#[derive(Debug, Default)]
pub(super) struct Pool {
    pub(super) deleted: VecDeque<Deleted>,
    units: usize,
}

impl Replay {
    /// The whole passage was deleted lately.
    pub(super) fn brought_back(&mut self, fresh: &Fresh, act: ActId, now_ms: i64) -> bool {
        let text = &fresh.stretch.text;
        if text.len() < SHORT_UNITS {
            return false;
        }
        let author = self.author_of(act);
        let is_long = text.len() >= LONG_UNITS && similar::has_two_words(text);
        let found = self.pool.deleted.iter().rev().find_map(|deleted| {
            let age_ms = now_ms - deleted.at_ms;
            let is_own = fresh.is_whole && deleted.author == author && age_ms <= SHORT_MS;
            if is_own && deleted.stretch.text == *text {
                return Some(deleted.stretch.ranges.clone());
            }
            if !is_long || age_ms > RECENT_MS {
                return None;
            }
            let from = similar::find(&deleted.stretch.text, text)?;
            Some(deleted.stretch.part(from, text.len()))
        });
        found.is_some_and(|source| {
            self.give(&fresh.stretch.ranges, &source, act);
            true
        })
    }

    /// Long parts of what is left were deleted lately.
    pub(super) fn long_parts_back(&mut self, fresh: Vec<Fresh>, act: ActId, now_ms: i64) {
        if fresh
            .iter()
            .all(|one| one.stretch.text.len() < STRETCH_UNITS)
        {
            return;
        }
        let recent = |deleted: &&Deleted| now_ms - deleted.at_ms <= RECENT_MS;
        let sources: Vec<Stretch> = self
            .pool
            .deleted
            .iter()
            .rev()
            .filter(recent)
            .map(|deleted| deleted.stretch.clone())
            .collect();
        self.parts_again(fresh, &sources, STRETCH_UNITS, act);
    }

    /// Keeps deleted words for a while.
    pub(super) fn keep(&mut self, stretch: Stretch, act: ActId, at_ms: i64) {
        let author = self.author_of(act);
        self.pool.units += stretch.text.len();
        if let Some(stretch) = self.after_the_last(stretch, author, at_ms) {
            self.pool.deleted.push_back(Deleted {
                stretch,
                author,
                at_ms,
            });
        }
        while self.pool.units > POOL_UNITS {
            let Some(oldest) = self.pool.deleted.pop_front() else {
                break;
            };
            self.pool.units -= oldest.stretch.text.len();
        }
    }

    /// A key held down deletes unit by unit: the same passage goes on. `None` when it did.
    fn after_the_last(&mut self, new: Stretch, author: u32, at_ms: i64) -> Option<Stretch> {
        let Some(last) = self.pool.deleted.back() else {
            return Some(new);
        };
        if last.author != author || at_ms - last.at_ms > KEYS_MS {
            return Some(new);
        }
        let ends = |stretch: &Stretch| Some((*stretch.ranges.first()?, *stretch.ranges.last()?));
        let (Some((first, end)), Some((new_first, new_end))) = (ends(&last.stretch), ends(&new))
        else {
            return Some(new);
        };
        let (is_before, is_after) = (self.touch(new_end, first), self.touch(end, new_first));
        let Some(last) = self.pool.deleted.back_mut() else {
            return Some(new);
        };
        if is_before {
            last.stretch.text.splice(0..0, new.text);
            last.stretch.ranges.splice(0..0, new.ranges);
        } else if is_after {
            last.stretch.text.extend(new.text);
            last.stretch.ranges.extend(new.ranges);
        } else {
            return Some(new);
        }
        last.at_ms = at_ms;
        None
    }

    /// Whether the second range follows the first with nothing shown between.
    pub(super) fn touch(&self, first: (u32, u32, u32), second: (u32, u32, u32)) -> bool {
        let end = self.items.found(first.0, first.1 + first.2 - 1);
        let mut left = self.items.found(second.0, second.1);
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
