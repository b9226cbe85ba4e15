//! Authors follow content: which of an update's new words were there before, and whose they were.
//!
//! An editor that switches a heading on, presses Enter, joins, pastes or undoes deletes text and
//! writes it again. Words that come back keep their author; who brought them is the mover.
//! The thresholds below are reasoned in `docs/decisions/0015-authorship.md`.

use std::collections::HashSet;

use super::items::{Change, ItemId, Kind};
use super::{ActId, By, NONE, Replay, similar};

/// A whole passage that also stands at an end of a deleted one is a tail or a head that moved.
const END_UNITS: usize = 4;

/// So many equal units in one update are the same words, wherever they stand in it.
const SAME_UPDATE_UNITS: usize = 12;

/// What a restore brings back in parts.
const RESTORED_UNITS: usize = 8;

/// How far a neighbour is looked for over what is not shown.
pub(super) const REACH: usize = 4_096;

/// Consecutive text with where its units come from: client, clock, count.
#[derive(Clone, Debug, Default)]
pub(super) struct Stretch {
    pub(super) text: Vec<u16>,
    pub(super) ranges: Vec<(u32, u32, u32)>,
}

/// New text of an update that has no author of old yet.
pub(super) struct Fresh {
    pub(super) stretch: Stretch,
    pieces: Vec<ItemId>,
    /// Not what a match left over.
    pub(super) is_whole: bool,
}

impl Stretch {
    /// The places of some of its units.
    pub(super) fn part(&self, from: usize, len: usize) -> Vec<(u32, u32, u32)> {
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
        match (&change.made[..], &change.gone[..]) {
            ([], []) => return,
            // A key: a letter typed or deleted.
            ([id], []) if self.is_a_letter(*id) => return self.letter_again(*id, act),
            ([], [id]) => {
                let stretch = self.stretch(&[*id]);
                return self.keep(stretch, act, by.at_ms);
            }
            _ => {}
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
    pub(super) fn parts_again(
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

    fn is_a_letter(&self, id: ItemId) -> bool {
        self.items.get(id).is_some_and(|item| item.len == 1)
    }

    /// A single letter comes back when the last thing deleted was that letter alone, there, by the
    /// same person: else typing "l" where "les" stood would be half a return.
    fn letter_again(&mut self, id: ItemId, act: ActId) {
        let Some(last) = self.pool.deleted.back() else {
            return;
        };
        let Some(item) = self.items.get(id) else {
            return;
        };
        let is_it =
            last.author == self.author_of(act) && last.stretch.text == self.items.text(item);
        if !is_it {
            return;
        }
        let (source, target) = (last.stretch.ranges.clone(), (item.client, item.clock, 1));
        let Some(place) = source.first().copied() else {
            return;
        };
        if self.touch(target, place) || self.touch(place, target) {
            self.give(&[target], &source, act);
        }
    }

    /// An undo writes words again just before the place where they were deleted.
    fn in_its_place(&mut self, fresh: &Fresh, act: ActId) -> bool {
        let mut found = Vec::new();
        for id in &fresh.pieces {
            let Some(item) = self.items.get(*id) else {
                return false;
            };
            let text = self.items.text(item).to_vec();
            let Some(source) = self.deleted_after(*id, &text) else {
                return false;
            };
            found.extend(source.ranges);
        }
        if !fresh.is_whole || fresh.stretch.text.len() < 2 {
            return false;
        }
        self.give(&fresh.stretch.ranges, &found, act);
        true
    }

    /// The same words, deleted, right after this piece.
    fn deleted_after(&self, id: ItemId, text: &[u16]) -> Option<Stretch> {
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

    /// What a restore brings back belongs to those who had written it in that state.
    fn restored(&mut self, mut fresh: Vec<Fresh>, to_seq: i64, act: ActId) -> Vec<Fresh> {
        let mut state: Vec<Option<Stretch>> = self.state_at(to_seq).into_iter().map(Some).collect();
        fresh.retain(|one| !self.whole_again(one, &mut state, act));
        let state: Vec<Stretch> = state.into_iter().flatten().collect();
        fresh.retain(|one| !self.end_again(one, &state, act));
        self.parts_again(fresh, &state, RESTORED_UNITS, act)
    }

    /// The units of `target` are those of `source`, in order: same author, and who moved them.
    pub(super) fn give(
        &mut self,
        target: &[(u32, u32, u32)],
        source: &[(u32, u32, u32)],
        act: ActId,
    ) {
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
    pub(super) fn author_of(&self, act: ActId) -> u32 {
        self.acts.get(act as usize).map_or(NONE, |act| act.author)
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
