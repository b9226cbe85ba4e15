//! What a restore brings back: whose words stood in the document at an earlier place of its log.

use std::collections::HashSet;

use super::follow::{Fresh, REACH};
use super::items::{Item, ItemId, Kind};
use super::stretch::Stretch;
use super::{ActId, NONE, Replay, similar};

/// What a restore brings back in parts, away from where it stood.
const RESTORED_UNITS: usize = 8;

impl Replay {
    /// What a restore brings back belongs to those who had written it in that state: words where
    /// they stood from one unit on, whole passages of any length, else longer parts.
    pub(super) fn restored(
        &mut self,
        mut fresh: Vec<Fresh>,
        to_seq: i64,
        act: ActId,
    ) -> Vec<Fresh> {
        let first = |one: &Fresh| one.pieces.first().copied();
        self.items.sort_in_text(&mut fresh, first);
        fresh.retain(|one| !self.beside_its_place(one, to_seq, act));
        if fresh.is_empty() {
            return fresh;
        }
        let roots = fresh.iter().filter_map(first);
        let roots: HashSet<u32> = roots.filter_map(|id| self.items.root_of(id)).collect();
        let state = self.state_at(to_seq, &roots);
        let mut state: Vec<Option<Stretch>> = state.into_iter().map(Some).collect();
        fresh.retain(|one| !self.whole_again(one, &mut state, act));
        let state: Vec<Stretch> = state.into_iter().flatten().collect();
        fresh.retain(|one| !self.end_again(one, &state, act));
        self.parts_again(fresh, &state, RESTORED_UNITS, act)
    }

    /// The words stood there: what is deleted on both sides of them holds them.
    fn beside_its_place(&mut self, fresh: &Fresh, to_seq: i64, act: ActId) -> bool {
        let (Some(first), Some(last)) = (fresh.pieces.first(), fresh.pieces.last()) else {
            return false;
        };
        let text = &fresh.stretch.text;
        let right = self.deleted_beside(*last, to_seq, text.len(), false);
        let left = self.deleted_beside(*first, to_seq, text.len(), true);
        let source = if right.text.starts_with(text) {
            right.part(0, text.len())
        } else if left.text.ends_with(text) {
            left.part(left.text.len() - text.len(), text.len())
        } else {
            let mut both = left;
            both.append(right);
            match similar::find(&both.text, text) {
                Some(from) => both.part(from, text.len()),
                None => return false,
            }
        };
        self.give(&fresh.stretch.ranges, &source, act);
        true
    }

    /// Deleted text beside a piece that stood in that state, up to what is shown.
    fn deleted_beside(&self, id: ItemId, to_seq: i64, units: usize, is_left: bool) -> Stretch {
        let (mut found, mut next) = (Vec::new(), id);
        let (mut count, most) = (0, 2 * units + REACH);
        for _ in 0..REACH {
            let Some(item) = self.items.get(next) else {
                break;
            };
            next = if is_left { item.left } else { item.right };
            let Some(item) = self.items.get(next) else {
                break;
            };
            if item.kind != Kind::Text {
                continue;
            }
            if !item.is_deleted || count > most {
                break;
            }
            if item.gone != NONE && self.stood(item, to_seq) {
                count += item.len as usize;
                found.push(item);
            }
        }
        if is_left {
            found.reverse();
        }
        let mut stretch = Stretch::default();
        for item in found {
            stretch.push(item.client, item.clock, self.items.text(item));
        }
        stretch
    }

    /// The text nodes of these roots as they stood after row `seq`, in text order, without what
    /// stands still: that is not what comes back.
    fn state_at(&self, seq: i64, roots: &HashSet<u32>) -> Vec<Stretch> {
        let mut state = Vec::new();
        let mut open = Stretch::default();
        for key in crate::live::schema::SECTIONS {
            let root = self.items.roots.get(key);
            if !root.is_some_and(|root| roots.contains(root)) {
                continue;
            }
            self.items.walk(key, &mut |piece| match piece {
                Some((_, item)) if item.is_deleted && self.stood(item, seq) => {
                    open.push(item.client, item.clock, self.items.text(item));
                }
                Some(_) => {}
                None if open.text.is_empty() => {}
                None => state.push(std::mem::take(&mut open)),
            });
        }
        state
    }

    fn stood(&self, item: &Item, seq: i64) -> bool {
        let is_by_then = |act: ActId| {
            self.acts
                .get(act as usize)
                .is_some_and(|act| act.seq <= seq)
        };
        let is_gone = item.is_deleted && (item.gone == NONE || is_by_then(item.gone));
        is_by_then(item.made) && !is_gone
    }
}
