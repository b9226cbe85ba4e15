//! A map that holds its first entries in place: what a typical keystroke notes allocates nothing,
//! and an update with a hundred thousand entries finds each at once.

use std::collections::HashMap;
use std::hash::Hash;

use super::few::Few;

/// So many entries are looked through one by one.
const FEW: usize = 8;

/// A map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Small<K: Default + Eq + Hash, V: Default + Eq> {
    few: Few<(K, V), 1>,
    /// Made only when there are more: even an empty one costs a keystroke something.
    more: Option<HashMap<K, V>>,
}

impl<K: Default + Eq + Hash, V: Default + Eq> Default for Small<K, V> {
    fn default() -> Self {
        Self {
            few: Few::default(),
            more: None,
        }
    }
}

impl<K: Copy + Default + Eq + Hash, V: Copy + Default + Eq> Small<K, V> {
    pub(super) fn get(&self, key: K) -> Option<V> {
        let here = self.few.iter().find(|(known, _)| *known == key);
        here.map(|(_, value)| *value)
            .or_else(|| self.more.as_ref()?.get(&key).copied())
    }

    /// The value of a key, which begins as the default one.
    pub(super) fn entry(&mut self, key: K) -> &mut V {
        let at = self.few.iter().position(|(known, _)| *known == key);
        match at {
            Some(at) => &mut self.few[at].1,
            None if self.few.len() < FEW => {
                self.few.push((key, V::default()));
                let last = self.few.len() - 1;
                &mut self.few[last].1
            }
            None => self.more.get_or_insert_default().entry(key).or_default(),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (K, V)> {
        let more = self.more.iter().flat_map(|more| more.iter());
        let more = more.map(|(key, value)| (*key, *value));
        self.few.iter().copied().chain(more)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_map_before_and_after_it_outgrows_its_place() {
        let mut map = Small::<u32, u32>::default();
        for key in 0..30 {
            assert_eq!(map.get(key), None);
            *map.entry(key) += 1;
            *map.entry(key) += key;
            assert_eq!(map.get(key), Some(key + 1));
        }
        let mut all: Vec<_> = map.iter().collect();
        all.sort_unstable();
        assert_eq!(all, (0..30).map(|key| (key, key + 1)).collect::<Vec<_>>());
    }
}
