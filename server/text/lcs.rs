//! The shortest way from one list to another: what stays, what goes, what comes. Bounded: lists so
//! long that comparing them would take long are taken as replaced, but for what both begin and end with.

/// The most cells of the table of comparisons; about four megabytes.
const CELLS: usize = 1 << 20;

/// One step of the way; positions in the old list, or in the new one for what comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// In both; its position in the old list.
    Kept(usize),
    /// Only in the old list.
    Deleted(usize),
    /// Only in the new list.
    Inserted(usize),
}

/// The way from `old` to `new`; what is replaced goes before it comes.
#[must_use]
pub(super) fn steps<T: PartialEq>(old: &[T], new: &[T]) -> Vec<Step> {
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (rest_old, rest_new) = (&old[head..], &new[head..]);
    let same_end = rest_old.iter().rev().zip(rest_new.iter().rev());
    let tail = same_end.take_while(|(a, b)| a == b).count();
    let middle_old = &rest_old[..rest_old.len() - tail];
    let middle_new = &rest_new[..rest_new.len() - tail];
    let mut way: Vec<Step> = (0..head).map(Step::Kept).collect();
    if (middle_old.len() + 1).saturating_mul(middle_new.len() + 1) > CELLS {
        way.extend((0..middle_old.len()).map(|at| Step::Deleted(head + at)));
        way.extend((0..middle_new.len()).map(|at| Step::Inserted(head + at)));
    } else {
        walk(middle_old, middle_new, head, &mut way);
    }
    way.extend((old.len() - tail..old.len()).map(Step::Kept));
    way
}

fn walk<T: PartialEq>(old: &[T], new: &[T], from: usize, way: &mut Vec<Step>) {
    let width = new.len() + 1;
    // The longest common part of what is left, from each pair of positions on.
    let mut longest = vec![0_u32; (old.len() + 1) * width];
    for a in (0..old.len()).rev() {
        for b in (0..new.len()).rev() {
            longest[a * width + b] = if old[a] == new[b] {
                longest[(a + 1) * width + b + 1] + 1
            } else {
                longest[(a + 1) * width + b].max(longest[a * width + b + 1])
            };
        }
    }
    let (mut a, mut b) = (0, 0);
    while a < old.len() || b < new.len() {
        if a < old.len() && b < new.len() && old[a] == new[b] {
            way.push(Step::Kept(from + a));
            (a, b) = (a + 1, b + 1);
        } else if b == new.len()
            || (a < old.len() && longest[(a + 1) * width + b] >= longest[a * width + b + 1])
        {
            way.push(Step::Deleted(from + a));
            a += 1;
        } else {
            way.push(Step::Inserted(from + b));
            b += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The two lists that a way comes from, rebuilt.
    fn rebuilt(old: &[u8], new: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let (mut a, mut b) = (Vec::new(), Vec::new());
        for step in steps(old, new) {
            match step {
                Step::Kept(at) => {
                    a.push(old[at]);
                    b.push(old[at]);
                }
                Step::Deleted(at) => a.push(old[at]),
                Step::Inserted(at) => b.push(new[at]),
            }
        }
        (a, b)
    }

    #[test]
    fn a_way_rebuilds_both_lists() {
        for (old, new) in [
            ("", ""),
            ("abc", "abc"),
            ("abc", ""),
            ("", "abc"),
            ("abcabba", "cbabac"),
            ("xaxbx", "yaybyz"),
        ] {
            let (old, new) = (old.as_bytes(), new.as_bytes());
            assert_eq!(rebuilt(old, new), (old.to_vec(), new.to_vec()));
        }
        assert_eq!(
            steps(b"ab", b"b"),
            [Step::Deleted(0), Step::Kept(1)],
            "the shortest way"
        );
    }

    #[test]
    fn very_long_lists_are_replaced_between_their_common_ends() {
        let old: Vec<u32> = (0..4_000).collect();
        let mut new: Vec<u32> = (10_000..14_000).collect();
        (new[0], new[3_999]) = (0, 3_999);
        let way = steps(&old, &new);
        assert_eq!(
            (way[0], way.last()),
            (Step::Kept(0), Some(&Step::Kept(3_999)))
        );
        assert_eq!(way.len(), 2 + 2 * 3_998);
    }
}
