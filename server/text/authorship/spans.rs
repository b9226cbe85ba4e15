//! Clocks that were deleted, as spans that touch no other: what a range names again costs nothing.

use std::collections::BTreeMap;

/// Where each span begins, and where it ends (not included).
#[derive(Clone, Debug, Default)]
pub(super) struct Spans(BTreeMap<u32, u32>);

impl Spans {
    /// Adds a span; the parts of it that were in none before.
    pub(super) fn add(&mut self, from: u32, to: u32) -> Vec<(u32, u32)> {
        let (mut start, mut end, mut at) = (from, to, from);
        if let Some((first, last)) = self.0.range(..=from).next_back()
            && *last >= from
        {
            start = *first;
        }
        let touched: Vec<(u32, u32)> = self.0.range(start..=to).map(|(a, b)| (*a, *b)).collect();
        let mut new = Vec::new();
        for (first, last) in touched {
            if first > at {
                new.push((at, first));
            }
            (at, end) = (at.max(last), end.max(last));
            self.0.remove(&first);
        }
        if at < to {
            new.push((at, to));
        }
        self.0.insert(start, end);
        new
    }
}

#[cfg(test)]
mod tests {
    use super::Spans;

    #[test]
    fn only_what_is_new_is_told_and_spans_that_touch_are_one() {
        let mut spans = Spans::default();
        assert_eq!(spans.add(10, 20), [(10, 20)]);
        assert_eq!(spans.add(30, 40), [(30, 40)]);
        assert_eq!(spans.add(12, 18), []);
        assert_eq!(spans.add(5, 35), [(5, 10), (20, 30)]);
        assert_eq!(spans.add(40, 50), [(40, 50)]);
        assert_eq!(spans.add(0, 5), [(0, 5)]);
        assert_eq!(spans.0.len(), 1);
        assert_eq!(spans.add(0, 50), []);
    }
}
