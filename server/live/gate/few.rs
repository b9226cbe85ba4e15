//! A list that holds its first items in place: what a typical keystroke needs allocates nothing.

use std::ops::{Deref, DerefMut};

/// Up to `N` items in place, all of them in a vector when there are more.
#[derive(Clone)]
pub struct Few<T, const N: usize> {
    here: [T; N],
    count: usize,
    more: Vec<T>,
}

impl<T: Default, const N: usize> Default for Few<T, N> {
    fn default() -> Self {
        Self {
            here: std::array::from_fn(|_| T::default()),
            count: 0,
            more: Vec::new(),
        }
    }
}

impl<T: Default, const N: usize> Few<T, N> {
    pub(super) fn push(&mut self, item: T) {
        if self.more.is_empty() {
            if let Some(free) = self.here.get_mut(self.count) {
                *free = item;
                self.count += 1;
                return;
            }
            self.more.extend(self.here.iter_mut().map(std::mem::take));
        }
        self.more.push(item);
        self.count = self.more.len();
    }

    pub(super) fn pop(&mut self) -> Option<T> {
        let last = self.count.checked_sub(1)?;
        self.count = last;
        match self.more.pop() {
            Some(item) => Some(item),
            None => Some(std::mem::take(&mut self.here[last])),
        }
    }

    /// Keeps the items that pass, in their order.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        if !self.more.is_empty() {
            self.more.retain(keep);
            self.count = self.more.len();
            return;
        }
        let mut kept = 0;
        for at in 0..self.count {
            if keep(&self.here[at]) {
                self.here.swap(kept, at);
                kept += 1;
            }
        }
        self.count = kept;
    }
}

impl<T, const N: usize> Deref for Few<T, N> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        if self.more.is_empty() {
            &self.here[..self.count]
        } else {
            &self.more
        }
    }
}

impl<T, const N: usize> DerefMut for Few<T, N> {
    fn deref_mut(&mut self) -> &mut [T] {
        if self.more.is_empty() {
            &mut self.here[..self.count]
        } else {
            &mut self.more
        }
    }
}

impl<T: Default, const N: usize> FromIterator<T> for Few<T, N> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut few = Self::default();
        items.into_iter().for_each(|item| few.push(item));
        few
    }
}

impl<'a, T, const N: usize> IntoIterator for &'a Few<T, N> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T: std::fmt::Debug, const N: usize> std::fmt::Debug for Few<T, N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<T: PartialEq, const N: usize> PartialEq for Few<T, N> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Eq, const N: usize> Eq for Few<T, N> {}

impl<T: PartialEq, const N: usize, const M: usize> PartialEq<[T; M]> for Few<T, N> {
    fn eq(&self, other: &[T; M]) -> bool {
        **self == *other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_list_before_and_after_it_outgrows_its_place() {
        let mut few = Few::<u32, 2>::default();
        for item in 0..5 {
            few.push(item);
            assert_eq!(few.to_vec(), (0..=item).collect::<Vec<_>>());
        }
        few.retain(|item| item % 2 == 0);
        assert_eq!(few, [0, 2, 4]);
        assert_eq!(
            [few.pop(), few.pop(), few.pop(), few.pop()],
            [Some(4), Some(2), Some(0), None]
        );
        few.push(7);
        assert_eq!(few, [7]);
        let mut two: Few<u32, 2> = [1, 2].into_iter().collect();
        two.retain(|item| *item == 2);
        assert_eq!((two.len(), two[0]), (1, 2));
    }
}
