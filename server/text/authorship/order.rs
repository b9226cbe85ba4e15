//! Pieces in text order: a delete set and an update name them by client and clock.

use std::collections::{HashMap, HashSet};

use super::NONE;
use super::items::{ItemId, Items};

/// So many pieces are passed over to put some in order; beyond that they stay as they were named.
const STEPS: usize = 20_000;

/// Elements deeper than this are in no order; the gate lets 32 in.
const DEPTH: usize = 64;

impl Items {
    /// The root a piece stands in, and the pieces on the way from there to it.
    fn way(&self, id: ItemId) -> Option<(u32, Vec<ItemId>)> {
        let (mut way, mut next) = (vec![id], id);
        while way.len() <= DEPTH {
            let parent = self.get(next)?.parent;
            let holder = self.types.get(parent as usize)?.item;
            if holder == NONE {
                way.reverse();
                return Some((parent, way));
            }
            way.push(holder);
            next = holder;
        }
        None
    }

    /// The root a piece stands in.
    pub(super) fn root_of(&self, id: ItemId) -> Option<u32> {
        Some(self.way(id)?.0)
    }

    /// Sorts what these pieces stand for in text order; leaves it as it is when that would take
    /// long.
    pub(super) fn sort_in_text<T>(&self, list: &mut [T], first: impl Fn(&T) -> Option<ItemId>) {
        let ways: Option<Vec<_>> = list
            .iter()
            .map(|one| self.way(first(one)?).map(|way| (first(one), way)))
            .collect();
        let Some(ways) = ways else { return };
        let Some(ranks) = self.ranks(ways.iter().flat_map(|(_, (_, way))| way)) else {
            return;
        };
        let places: HashMap<Option<ItemId>, (u32, Vec<usize>)> = ways
            .into_iter()
            .map(|(id, (root, way))| {
                let way = way.iter().map(|id| ranks.get(id).copied().unwrap_or(0));
                (id, (root, way.collect()))
            })
            .collect();
        list.sort_by_cached_key(|one| places.get(&first(one)).cloned());
    }

    /// How many pieces stand before each of these in its list; only where two share a list.
    fn ranks<'a>(&self, ids: impl Iterator<Item = &'a ItemId>) -> Option<HashMap<ItemId, usize>> {
        let mut lists: HashMap<u32, HashSet<ItemId>> = HashMap::new();
        for id in ids {
            lists.entry(self.get(*id)?.parent).or_default().insert(*id);
        }
        let (mut ranks, mut steps) = (HashMap::new(), 0);
        for (parent, wanted) in lists.iter().filter(|(_, wanted)| wanted.len() > 1) {
            let mut next = self.types.get(*parent as usize)?.start;
            let mut left = wanted.len();
            while left > 0 {
                if wanted.contains(&next) {
                    ranks.insert(next, steps);
                    left -= 1;
                }
                steps += 1;
                if steps > STEPS {
                    return None;
                }
                next = self.get(next)?.right;
            }
        }
        Some(ranks)
    }
}
