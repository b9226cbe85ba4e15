//! Authors follow content: which of an update's new words were there before, and whose they were.
//!
//! An editor that switches a heading on, presses Enter, joins, pastes or undoes deletes text and
//! writes it again. Words that come back keep their author; who brought them is the mover.
//! The thresholds below are reasoned in `docs/decisions/0015-authorship.md`.

use std::collections::HashSet;

use super::items::{Change, Item, ItemId, Kind};
use super::pool::SHORT_MS;
use super::stretch::Stretch;
use super::{ActId, By, NONE, Replay, similar};

/// A whole passage that also stands at an end of a deleted one is a tail or a head that moved.
const END_UNITS: usize = 4;

/// So many equal units in one update are the same words, wherever they stand in it.
const SAME_UPDATE_UNITS: usize = 12;

/// How far a neighbour is looked for over what is not shown.
pub(super) const REACH: usize = 4_096;

/// New text of an update that has no author of old yet.
pub(super) struct Fresh {
    pub(super) stretch: Stretch,
    pub(super) pieces: Vec<ItemId>,
    /// Not what a match left over.
    pub(super) is_whole: bool,
}

impl Replay {
    /// Gives the new words of an update back to those who wrote them; keeps what it deleted.
    pub(super) fn follow(&mut self, change: &Change, act: ActId, by: &By) {
        match (&change.made[..], &change.gone[..]) {
            ([], []) => return,
            // A key: a letter typed or deleted.
            ([id], []) if self.is_a_key(*id, change, by) => return self.key(*id, act, by),
            ([], [id]) => {
                let stretch = self.stretch(&[*id]);
                return self.keep(stretch, act, by.at_ms);
            }
            _ => {}
        }
        let is_new: HashSet<ItemId> = change.made.iter().copied().collect();
        let mut gone = self.deleted_passages(&change.gone, &is_new);
        let mut fresh = self.fresh(&change.made, &is_new);
        if let Some(to_seq) = by.restores {
            fresh = self.restored(fresh, to_seq, act);
        }
        fresh.retain(|one| !self.whole_again(one, &mut gone, act));
        if !change.named.is_empty() {
            let named = self.deleted_by_others(&change.named, act, by.at_ms);
            let mut named = self.deleted_passages(&named, &is_new);
            fresh.retain(|one| !self.whole_again(one, &mut named, act));
        }
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

    /// A key: a letter that may come back alone, or end words that come back.
    fn key(&mut self, id: ItemId, act: ActId, by: &By) {
        if !self.letter_again(id, act) {
            let stretch = self.stretch(&[id]);
            let fresh = Fresh {
                stretch,
                pieces: vec![id],
                is_whole: true,
            };
            if !fresh.stretch.text.is_empty() {
                self.long_parts_back(vec![fresh], act, by.at_ms);
            }
        }
    }

    /// Deleted pieces as passages. Several with the same words come in text order: two items of a
    /// list that read alike each go to the one in their place.
    fn deleted_passages(&self, ids: &[ItemId], is_new: &HashSet<ItemId>) -> Vec<Option<Stretch>> {
        let passages = self.passages(ids, is_new).into_iter();
        let mut passages: Vec<_> = passages
            .map(|pieces| (pieces.first().copied(), self.stretch(&pieces)))
            .filter(|(_, stretch)| !stretch.text.is_empty())
            .collect();
        if are_some_alike(passages.iter().map(|(_, stretch)| stretch)) {
            self.items.sort_in_text(&mut passages, |(first, _)| *first);
        }
        passages.into_iter().map(|(_, one)| Some(one)).collect()
    }

    /// New pieces as passages, in text order where some read alike.
    fn fresh(&self, ids: &[ItemId], is_new: &HashSet<ItemId>) -> Vec<Fresh> {
        let mut fresh: Vec<Fresh> = self
            .passages(ids, is_new)
            .into_iter()
            .map(|pieces| Fresh {
                stretch: self.stretch(&pieces),
                pieces,
                is_whole: true,
            })
            .filter(|one| !one.stretch.text.is_empty())
            .collect();
        if are_some_alike(fresh.iter().map(|one| &one.stretch)) {
            let first = |one: &Fresh| one.pieces.first().copied();
            self.items.sort_in_text(&mut fresh, first);
        }
        fresh
    }

    /// Of pieces that an update deletes once more, those that somebody else deleted just before:
    /// two people who give the same words another form at once.
    fn deleted_by_others(&self, ids: &[ItemId], act: ActId, now_ms: i64) -> Vec<ItemId> {
        let is_others = |id: &&ItemId| {
            let gone = self.items.get(**id).map_or(NONE, |item| item.gone);
            let deleter = self.acts.get(gone as usize);
            deleter.is_some_and(|one| {
                one.author != self.author_of(act) && now_ms - one.at_ms <= SHORT_MS
            })
        };
        ids.iter().filter(is_others).copied().collect()
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
            stretch.push(item.client, item.clock, self.items.text(item));
        }
        stretch
    }

    /// The whole passage was deleted by this very update.
    pub(super) fn whole_again(
        &mut self,
        fresh: &Fresh,
        gone: &mut [Option<Stretch>],
        act: ActId,
    ) -> bool {
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
    pub(super) fn end_again(&mut self, fresh: &Fresh, gone: &[Stretch], act: ActId) -> bool {
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

    fn is_a_key(&self, id: ItemId, change: &Change, by: &By) -> bool {
        let is_a_letter = self.items.get(id).is_some_and(|item| item.len == 1);
        is_a_letter && change.named.is_empty() && by.restores.is_none()
    }

    /// A single letter comes back when the last thing deleted was that letter alone, there, by the
    /// same person: else typing "l" where "les" stood would be half a return.
    fn letter_again(&mut self, id: ItemId, act: ActId) -> bool {
        let (Some(last), Some(item)) = (self.pool.deleted.last(), self.items.get(id)) else {
            return false;
        };
        let is_it =
            last.author == self.author_of(act) && last.stretch.text == self.items.text(item);
        if !is_it {
            return false;
        }
        let (source, target) = (last.stretch.ranges.clone(), (item.client, item.clock, 1));
        let Some(place) = source.first().copied() else {
            return false;
        };
        let is_there = self.touch(target, place) || self.touch(place, target);
        if is_there {
            self.give(&[target], &source, act);
        }
        is_there
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

    /// The units of `target` are those of `source`, in order: same author, and who moved them.
    pub(super) fn give(
        &mut self,
        target: &[(u32, u32, u32)],
        source: &[(u32, u32, u32)],
        act: ActId,
    ) {
        self.give_if(target, source, act, |_, _, _| true);
    }

    /// The same for what the actor had copied before: units that they put in later than the model
    /// was written, and that count as theirs until now.
    pub(super) fn give_copy(
        &mut self,
        target: &[(u32, u32, u32)],
        source: &[(u32, u32, u32)],
        act: ActId,
    ) {
        let author = self.author_of(act);
        self.give_if(target, source, act, |replay, copy, by| {
            !copy.is_deleted && copy.by > by && replay.author_of(copy.by) == author
        });
    }

    fn give_if(
        &mut self,
        target: &[(u32, u32, u32)],
        source: &[(u32, u32, u32)],
        act: ActId,
        is_to: impl Fn(&Self, &Item, ActId) -> bool + Copy,
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
            self.give_range(to_part, from_part, act, is_to);
        }
    }

    fn give_range(
        &mut self,
        to: (u32, u32, u32),
        from: (u32, u32, u32),
        act: ActId,
        is_to: impl Fn(&Self, &Item, ActId) -> bool + Copy,
    ) {
        let mut clock = to.1;
        for source in self.items.pieces(from.0, from.1, from.2) {
            let Some(item) = self.items.get(source) else {
                continue;
            };
            let (by, len, is_deleted) = (item.by, item.len, item.is_deleted);
            let mut mover = item.mover;
            if self.author_of(by) != self.author_of(act) {
                mover = act;
            }
            let mut has_given = false;
            for id in self.items.pieces(to.0, clock, len) {
                let is_wanted = self.items.get(id).is_some_and(|item| is_to(self, item, by));
                if let Some(item) = self.items.get_mut(id).filter(|_| is_wanted) {
                    (item.by, item.mover) = (by, mover);
                    has_given = true;
                }
            }
            if let Some(item) = self.items.get_mut(source) {
                item.is_back |= is_deleted && has_given;
            }
            clock += len;
        }
    }

    /// Who did it, as a position in the authors; [`NONE`] when unknown.
    pub(super) fn author_of(&self, act: ActId) -> u32 {
        self.acts.get(act as usize).map_or(NONE, |act| act.author)
    }
}

/// Whether some of these read alike.
fn are_some_alike<'a>(mut stretches: impl Iterator<Item = &'a Stretch>) -> bool {
    let mut seen = HashSet::new();
    stretches.any(|one| !seen.insert(&one.text))
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
