//! Authors follow content: which of an update's new words were there before, and whose they were.
//!
//! An editor that switches a heading on, presses Enter, joins, pastes or undoes deletes text and
//! writes it again. Words that come back keep their author; who brought them is the mover.
//! The thresholds below are reasoned in `docs/decisions/0015-authorship.md`.

use std::collections::{HashSet, VecDeque};

use super::items::{Change, ItemId, Kind};
use super::{ActId, By, NONE, Replay, similar};

/// A whole passage that also stands at an end of a deleted one is a tail or a head that moved.
const END_UNITS: usize = 4;

/// So many equal units in one update are the same words, wherever they stand in it.
const SAME_UPDATE_UNITS: usize = 12;

/// A whole passage that its deleter brings back within [`SHORT_MS`].
const SHORT_UNITS: usize = 4;
const SHORT_MS: i64 = 60 * 60 * 1000;

/// A whole passage, of two words at least, that anybody brings back within [`RECENT_MS`].
const LONG_UNITS: usize = 12;
const RECENT_MS: i64 = 24 * 60 * 60 * 1000;

/// A part of a passage that was deleted within [`RECENT_MS`].
const STRETCH_UNITS: usize = 32;

/// What a restore brings back in parts.
const RESTORED_UNITS: usize = 8;

/// Deleted words that can come back: about a hundred pages.
const POOL_UNITS: usize = 256 * 1024;

/// Deletions of one person at one place within this time are one passage: a key held down.
const KEYS_MS: i64 = 60 * 1000;

/// How far a neighbour is looked for over what is not shown.
const REACH: usize = 4_096;

/// Consecutive text with where its units come from: client, clock, count.
#[derive(Clone, Debug, Default)]
pub(super) struct Stretch {
    pub(super) text: Vec<u16>,
    pub(super) ranges: Vec<(u32, u32, u32)>,
}

/// New text of an update that has no author of old yet.
struct Fresh {
    stretch: Stretch,
    pieces: Vec<ItemId>,
    /// Not what a match left over.
    is_whole: bool,
}

#[derive(Debug)]
struct Deleted {
    stretch: Stretch,
    author: u32,
    at_ms: i64,
}

/// Words deleted lately, oldest first.
#[derive(Debug, Default)]
pub(super) struct Pool {
    deleted: VecDeque<Deleted>,
    units: usize,
}

impl Stretch {
    /// The places of some of its units.
    fn part(&self, from: usize, len: usize) -> Vec<(u32, u32, u32)> {
        let (mut skip, mut left) = (from, len);
        let mut part = Vec::new();
        for (client, clock, count) in &self.ranges {
            let count = *count as usize;
            if skip >= count {
                skip -= count;
                continue;
            }
            let taken = (count - skip).min(left);
            if taken == 0 {
                break;
            }
            part.push((*client, clock + skip as u32, taken as u32));
            left -= taken;
            skip = 0;
        }
        part
    }
}

impl Replay {
    /// Gives the new words of an update back to those who wrote them; keeps what it deleted.
    pub(super) fn follow(&mut self, change: &Change, act: ActId, by: &By) {
        if change.made.is_empty() && change.gone.is_empty() {
            return;
        }
        let is_new: HashSet<ItemId> = change.made.iter().copied().collect();
        let mut gone: Vec<Option<Stretch>> = self
            .passages(&change.gone, &is_new)
            .iter()
            .map(|pieces| Some(self.stretch(pieces)))
            .collect();
        let mut fresh: Vec<Fresh> = self
            .passages(&change.made, &is_new)
            .into_iter()
            .map(|pieces| Fresh {
                stretch: self.stretch(&pieces),
                pieces,
                is_whole: true,
            })
            .collect();
        if let Some(to_seq) = by.restores {
            fresh = self.restored(fresh, to_seq, act);
        }
        fresh.retain(|one| !self.whole_again(one, &mut gone, act));
        let gone: Vec<Stretch> = gone.into_iter().flatten().collect();
        fresh.retain(|one| !self.end_again(one, &gone, act));
        if !gone.is_empty() {
            fresh = self.parts_again(fresh, &gone, SAME_UPDATE_UNITS, act);
        }
        fresh.retain(|one| !self.in_its_place(one, act));
        fresh.retain(|one| !self.brought_back(one, act, by.at_ms));
        self.long_parts_back(fresh, act, by.at_ms);
        for stretch in gone {
            self.keep(stretch, act, by.at_ms);
        }
    }

    /// Groups pieces of text that follow each other when nothing shown stands between.
    fn passages(&self, ids: &[ItemId], is_new: &HashSet<ItemId>) -> Vec<Vec<ItemId>> {
        if ids.len() < 2 {
            return ids.iter().map(|id| vec![*id]).collect();
        }
        let set: HashSet<ItemId> = ids.iter().copied().collect();
        let mut next = std::collections::HashMap::new();
        let mut heads = Vec::new();
        for id in ids {
            match self.before(*id, &set, is_new) {
                Some(before) => {
                    next.insert(before, *id);
                }
                None => heads.push(*id),
            }
        }
        heads
            .into_iter()
            .map(|head| std::iter::successors(Some(head), |id| next.get(id).copied()).collect())
            .collect()
    }

    /// The piece of the set that stands before this one, with nothing shown between.
    fn before(
        &self,
        id: ItemId,
        set: &HashSet<ItemId>,
        is_new: &HashSet<ItemId>,
    ) -> Option<ItemId> {
        let mut left = self.items.get(id)?.left;
        for _ in 0..REACH {
            if set.contains(&left) {
                return Some(left);
            }
            let item = self.items.get(left)?;
            let is_old = item.kind == Kind::Text && !item.is_deleted && !is_new.contains(&left);
            if is_old {
                return None;
            }
            left = item.left;
        }
        None
    }

    fn stretch(&self, pieces: &[ItemId]) -> Stretch {
        let mut stretch = Stretch::default();
        for item in pieces.iter().filter_map(|id| self.items.get(*id)) {
            stretch.text.extend_from_slice(self.items.text(item));
            stretch.ranges.push((item.client, item.clock, item.len));
        }
        stretch
    }

    /// The whole passage was deleted by this very update.
    fn whole_again(&mut self, fresh: &Fresh, gone: &mut [Option<Stretch>], act: ActId) -> bool {
        let same = gone.iter_mut().find(|gone| {
            gone.as_ref()
                .is_some_and(|gone| gone.text == fresh.stretch.text)
        });
        let Some(source) = same.and_then(Option::take) else {
            return false;
        };
        self.give(&fresh.stretch.ranges, &source.ranges, act);
        true
    }

    /// The whole passage is an end of one that this update deleted: a join after a deletion.
    fn end_again(&mut self, fresh: &Fresh, gone: &[Stretch], act: ActId) -> bool {
        let text = &fresh.stretch.text;
        if text.len() < END_UNITS {
            return false;
        }
        for source in gone {
            let from = if source.text.ends_with(text) {
                source.text.len() - text.len()
            } else if source.text.starts_with(text) {
                0
            } else {
                continue;
            };
            let ranges = source.part(from, text.len());
            self.give(&fresh.stretch.ranges, &ranges, act);
            return true;
        }
        false
    }

    /// Parts of passages that stand in a source; what is left over has no author of old.
    fn parts_again(
        &mut self,
        fresh: Vec<Fresh>,
        sources: &[Stretch],
        min: usize,
        act: ActId,
    ) -> Vec<Fresh> {
        let texts: Vec<&[u16]> = sources.iter().map(|source| &source.text[..]).collect();
        let mut left = Vec::new();
        for one in fresh {
            let found = similar::stretches(&one.stretch.text, &texts, min);
            if found.is_empty() {
                left.push(one);
                continue;
            }
            let mut from = 0;
            for found in &found {
                left.extend(one.rest(from, found.at));
                from = found.at + found.len;
                let target = one.stretch.part(found.at, found.len);
                let source = sources[found.source].part(found.from, found.len);
                self.give(&target, &source, act);
            }
            left.extend(one.rest(from, one.stretch.text.len()));
        }
        left
    }

    /// An undo writes words again just before the place where they were deleted.
    fn in_its_place(&mut self, fresh: &Fresh, act: ActId) -> bool {
        let mut found = Vec::new();
        for id in &fresh.pieces {
            let Some(item) = self.items.get(*id) else {
                return false;
            };
            let text = self.items.text(item).to_vec();
            let Some(source) = self.deleted_after(*id, &text, act) else {
                return false;
            };
            found.extend(source.ranges);
        }
        if !fresh.is_whole || found.is_empty() {
            return false;
        }
        self.give(&fresh.stretch.ranges, &found, act);
        true
    }

    /// The same words, deleted, right after this piece. A single unit counts when it was deleted
    /// alone, by the same person: else typing "l" where "les" stood would be half a return.
    fn deleted_after(&self, id: ItemId, text: &[u16], act: ActId) -> Option<Stretch> {
        let mut found = Stretch::default();
        let mut next = self.items.get(id)?.right;
        for _ in 0..REACH {
            let item = self.items.get(next)?;
            if item.kind == Kind::Text {
                let is_lost = !item.is_deleted || item.gone == NONE;
                let units = self.items.text(item);
                let taken = units.len().min(text.len() - found.text.len());
                if is_lost || text[found.text.len()..][..taken] != units[..taken] {
                    return None;
                }
                let is_half_a_return = text.len() == 1
                    && (units.len() > 1 || self.author_of(item.gone) != self.author_of(act));
                if is_half_a_return {
                    return None;
                }
                found.text.extend_from_slice(&units[..taken]);
                found.ranges.push((item.client, item.clock, taken as u32));
                if found.text.len() == text.len() {
                    return Some(found);
                }
            }
            next = item.right;
        }
        None
    }

    /// The whole passage was deleted lately.
    fn brought_back(&mut self, fresh: &Fresh, act: ActId, now_ms: i64) -> bool {
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
    fn long_parts_back(&mut self, fresh: Vec<Fresh>, act: ActId, now_ms: i64) {
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

    /// What a restore brings back belongs to those who had written it in that state.
    fn restored(&mut self, mut fresh: Vec<Fresh>, to_seq: i64, act: ActId) -> Vec<Fresh> {
        let mut state: Vec<Option<Stretch>> = self.state_at(to_seq).into_iter().map(Some).collect();
        fresh.retain(|one| !self.whole_again(one, &mut state, act));
        let state: Vec<Stretch> = state.into_iter().flatten().collect();
        fresh.retain(|one| !self.end_again(one, &state, act));
        self.parts_again(fresh, &state, RESTORED_UNITS, act)
    }

    /// The units of `target` are those of `source`, in order: same author, and who moved them.
    fn give(&mut self, target: &[(u32, u32, u32)], source: &[(u32, u32, u32)], act: ActId) {
        let (mut targets, mut sources) = (target.to_vec(), source.to_vec());
        targets.reverse();
        sources.reverse();
        while let (Some(to), Some(from)) = (targets.last_mut(), sources.last_mut()) {
            let count = to.2.min(from.2);
            let (to_part, from_part) = ((to.0, to.1, count), (from.0, from.1, count));
            for (side, range) in [(&mut targets, to_part), (&mut sources, from_part)] {
                if let Some(last) = side.last_mut() {
                    last.1 += range.2;
                    last.2 -= range.2;
                }
                side.pop_if(|last| last.2 == 0);
            }
            self.give_range(to_part, from_part, act);
        }
    }

    fn give_range(&mut self, to: (u32, u32, u32), from: (u32, u32, u32), act: ActId) {
        let mut clock = to.1;
        for id in self.items.pieces(from.0, from.1, from.2) {
            let Some(source) = self.items.get_mut(id) else {
                continue;
            };
            source.is_back |= source.is_deleted;
            let (by, len) = (source.by, source.len);
            let mut mover = source.mover;
            if self.author_of(by) != self.author_of(act) {
                mover = act;
            }
            for id in self.items.pieces(to.0, clock, len) {
                if let Some(item) = self.items.get_mut(id) {
                    (item.by, item.mover) = (by, mover);
                }
            }
            clock += len;
        }
    }

    /// Who did it, as a position in the authors; [`NONE`] when unknown.
    fn author_of(&self, act: ActId) -> u32 {
        self.acts.get(act as usize).map_or(NONE, |act| act.author)
    }

    /// Keeps deleted words for a while.
    fn keep(&mut self, stretch: Stretch, act: ActId, at_ms: i64) {
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
    fn touch(&mut self, first: (u32, u32, u32), second: (u32, u32, u32)) -> bool {
        let left = self.items.pieces(first.0, first.1, first.2);
        let right = self.items.pieces(second.0, second.1, second.2);
        let (Some(left), Some(right)) = (left.last(), right.first()) else {
            return false;
        };
        let set = HashSet::from([*left]);
        self.before(*right, &set, &HashSet::new()) == Some(*left)
    }
}

impl Fresh {
    /// The units from one place to another, as new text of its own.
    fn rest(&self, from: usize, until: usize) -> Option<Self> {
        (from < until).then(|| Self {
            stretch: Stretch {
                text: self.stretch.text[from..until].to_vec(),
                ranges: self.stretch.part(from, until - from),
            },
            pieces: Vec::new(),
            is_whole: false,
        })
    }
}
