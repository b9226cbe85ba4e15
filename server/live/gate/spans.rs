//! A set of clocks as sorted, disjoint, non-touching spans: what is deleted of one client.

/// Clocks from `from` (included) to `to` (not included).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: u32,
    pub(super) to: u32,
}

/// The set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Spans(Vec<Span>);

/// Up to so many spans are put in one by one; more are merged in one pass, so that a large update
/// costs no more than its length and ours.
const ONE_BY_ONE: usize = 8;

impl Spans {
    pub(super) fn as_slice(&self) -> &[Span] {
        &self.0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn contains(&self, clock: u32) -> bool {
        let at = self.0.partition_point(|span| span.to <= clock);
        self.0.get(at).is_some_and(|span| span.from <= clock)
    }

    /// Calls `missing` for each part of `span` that is not in the set, in order.
    pub(super) fn subtract_from(&self, span: Span, mut missing: impl FnMut(Span)) {
        let mut from = span.from;
        let first = self.0.partition_point(|held| held.to <= from);
        for held in &self.0[first..] {
            if held.from >= span.to {
                break;
            }
            if held.from > from {
                missing(Span {
                    from,
                    to: held.from,
                });
            }
            from = held.to;
        }
        if from < span.to {
            missing(Span { from, to: span.to });
        }
    }

    /// Adds spans, which are sorted and disjoint among themselves.
    pub(super) fn add_all(&mut self, spans: &[Span]) {
        if spans.len() <= ONE_BY_ONE {
            for span in spans {
                self.add(*span);
            }
            return;
        }
        let merged = Vec::with_capacity(self.0.len() + spans.len());
        let old = std::mem::replace(&mut self.0, merged);
        let (mut ours, mut theirs) = (old.into_iter().peekable(), spans.iter().copied().peekable());
        loop {
            let next = match (ours.peek(), theirs.peek()) {
                (Some(a), Some(b)) if a.from <= b.from => ours.next(),
                (_, Some(_)) => theirs.next(),
                (_, None) => ours.next(),
            };
            let Some(next) = next else { return };
            match self.0.last_mut() {
                Some(last) if next.from <= last.to => last.to = last.to.max(next.to),
                Some(_) | None => self.0.push(next),
            }
        }
    }

    fn add(&mut self, span: Span) {
        // Typing backwards and forwards only moves an edge of one span.
        let first = self.0.partition_point(|held| held.to < span.from);
        let after = first + self.0[first..].partition_point(|held| held.from <= span.to);
        if first == after {
            self.0.insert(first, span);
            return;
        }
        self.0[first].from = self.0[first].from.min(span.from);
        self.0[first].to = self.0[after - 1].to.max(span.to);
        self.0.drain(first + 1..after);
    }

    /// The set of these spans, when they are sorted, disjoint, apart and not empty.
    pub(super) fn from_sorted(spans: Vec<Span>) -> Option<Self> {
        let apart = spans.windows(2).all(|pair| pair[0].to < pair[1].from);
        (apart && spans.iter().all(|span| span.from < span.to)).then_some(Self(spans))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: u32, to: u32) -> Span {
        Span { from, to }
    }

    #[test]
    fn adding_merges_what_touches() {
        let mut set = Spans::default();
        for (from, to) in [
            (5, 6),
            (1, 2),
            (8, 9),
            (6, 7),
            (2, 5),
            (3, 4),
            (20, 30),
            (7, 25),
        ] {
            set.add(span(from, to));
        }
        assert_eq!(set.as_slice(), [span(1, 30)]);
    }

    #[test]
    fn one_by_one_and_in_one_pass_give_the_same_set() {
        let even: Vec<_> = (0..40).map(|n| span(n * 10, n * 10 + 3)).collect();
        let odd: Vec<_> = (0..40).map(|n| span(n * 7 + 1, n * 7 + 4)).collect();
        let (mut slow, mut fast) = (Spans::default(), Spans::default());
        for set in [&even, &odd] {
            set.iter().for_each(|span| slow.add(*span));
            fast.add_all(set);
        }
        assert_eq!(slow, fast);
        assert!(Spans::from_sorted(fast.as_slice().to_vec()).is_some());
    }

    #[test]
    fn subtracting_leaves_what_is_not_held() {
        let mut set = Spans::default();
        set.add_all(&[span(2, 4), span(6, 8)]);
        let rest = |from, to| {
            let mut rest = Vec::new();
            set.subtract_from(span(from, to), |part| rest.push((part.from, part.to)));
            rest
        };
        assert_eq!(rest(0, 10), [(0, 2), (4, 6), (8, 10)]);
        assert_eq!(rest(2, 4), []);
        assert_eq!(rest(3, 7), [(4, 6)]);
        assert_eq!(rest(8, 9), [(8, 9)]);
        assert!(set.contains(3) && set.contains(6) && !set.contains(4) && !set.contains(8));
    }
}
