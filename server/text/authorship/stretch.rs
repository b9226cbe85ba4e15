//! Consecutive text with the places its units come from. What is never seen (a zero-width space)
//! is left out: it neither hides words nor makes them another's.

use crate::text::plain;

/// See the file's head.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) text: Vec<u16>,
    /// Client, clock, count of each range.
    pub(super) ranges: Vec<(u32, u32, u32)>,
}

impl Stretch {
    /// Goes on with these units of a client, from this clock on.
    pub(super) fn push(&mut self, client: u32, clock: u32, units: &[u16]) {
        let mut clock = clock;
        for run in units.chunk_by(|a, b| is_unseen(*a) == is_unseen(*b)) {
            let len = u32::try_from(run.len()).unwrap_or(0);
            if !run.first().is_some_and(|unit| is_unseen(*unit)) {
                self.text.extend_from_slice(run);
                self.add_range((client, clock, len));
            }
            clock += len;
        }
    }

    fn add_range(&mut self, range: (u32, u32, u32)) {
        match self.ranges.last_mut() {
            Some(last) if last.0 == range.0 && last.1 + last.2 == range.1 => last.2 += range.2,
            _ => self.ranges.push(range),
        }
    }

    pub(super) fn append(&mut self, more: Self) {
        self.text.extend(more.text);
        for range in more.ranges {
            self.add_range(range);
        }
    }

    pub(super) fn prepend(&mut self, mut more: Self) {
        more.append(std::mem::take(self));
        *self = more;
    }

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

/// Whether nobody sees this unit; half of a pair is seen.
pub(super) fn is_unseen(unit: u16) -> bool {
    char::from_u32(u32::from(unit)).is_some_and(plain::is_unseen)
}

#[cfg(test)]
mod tests {
    use super::Stretch;

    #[test]
    fn what_is_not_seen_is_left_out_and_places_stay_right() {
        let mut stretch = Stretch::default();
        let units: Vec<u16> = "ab\u{200b}cd\u{200b}".encode_utf16().collect();
        stretch.push(7, 10, &units);
        stretch.push(7, 16, &[101]);
        assert_eq!(String::from_utf16_lossy(&stretch.text), "abcde");
        assert_eq!(stretch.ranges, [(7, 10, 2), (7, 13, 2), (7, 16, 1)]);
        assert_eq!(stretch.part(1, 3), [(7, 11, 1), (7, 13, 2)]);
    }
}
