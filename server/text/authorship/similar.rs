//! Finds words again: where a text, or long stretches of it, stands in other texts. Over UTF-16
//! units; pure.

use std::collections::HashMap;

/// The same units in two places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Match {
    /// Where they begin in the text looked at.
    pub(super) at: usize,
    /// Which of the sources holds them.
    pub(super) source: usize,
    /// Where they begin there.
    pub(super) from: usize,
    pub(super) len: usize,
}

/// A gram that stands in more places than this says little; the first places are looked at.
const PLACES: usize = 8;

/// More candidates than this are not weighed against each other.
const CANDIDATES: usize = 10_000;

/// Where `words` first stands in `text`.
pub(super) fn find(text: &[u16], words: &[u16]) -> Option<usize> {
    let first = words.first()?;
    let last = text.len().checked_sub(words.len())?;
    (0..=last).find(|at| text[*at] == *first && text[*at..].starts_with(words))
}

/// Whether there are at least two words: white space with something on both sides.
pub(super) fn has_two_words(text: &[u16]) -> bool {
    let is_space = |unit: &u16| char::from_u32(u32::from(*unit)).is_some_and(char::is_whitespace);
    let start = text.iter().position(|unit| !is_space(unit)).unwrap_or(0);
    let end = text.iter().rposition(|unit| !is_space(unit)).unwrap_or(0);
    text.get(start..end)
        .is_some_and(|inner| inner.iter().any(is_space))
}

/// Stretches of at least `min` units (two or more) of `text` that stand in a source, the longest first where
/// they overlap, in text order.
pub(super) fn stretches(text: &[u16], sources: &[&[u16]], min: usize) -> Vec<Match> {
    if text.len() < min || min < 2 {
        return Vec::new();
    }
    let mut grams: HashMap<&[u16], Vec<usize>> = HashMap::new();
    for (at, gram) in text.windows(min).enumerate() {
        let places = grams.entry(gram).or_default();
        if places.len() < PLACES {
            places.push(at);
        }
    }
    let mut found = Vec::new();
    for (source, units) in sources.iter().enumerate() {
        let mut from = 0;
        while from + min <= units.len() && found.len() < CANDIDATES {
            let mut step = 1;
            for at in grams.get(&units[from..from + min]).into_iter().flatten() {
                let new = grown(text, units, *at, from, min);
                step = step.max((new.from + new.len + 1).saturating_sub(from + min));
                found.push(Match { source, ..new });
            }
            from += step;
        }
    }
    longest_first(found, min)
}

/// How many units two texts begin with alike.
pub(super) fn common_start(one: &[u16], other: &[u16]) -> usize {
    let pairs = one.iter().zip(other);
    pairs.take_while(|(a, b)| a == b).count()
}

/// The stretch around these equal units, as long as it goes.
pub(super) fn grown(text: &[u16], units: &[u16], at: usize, from: usize, len: usize) -> Match {
    let same = |(a, b): &(&u16, &u16)| a == b;
    let back = text[..at]
        .iter()
        .rev()
        .zip(units[..from].iter().rev())
        .take_while(same)
        .count();
    let on = text[at + len..]
        .iter()
        .zip(&units[from + len..])
        .take_while(same)
        .count();
    // A surrogate pair is never taken by half.
    let (start, end) = (at - back, at + len + on);
    let late = usize::from((0xdc00..0xe000).contains(&text[start]));
    let early = usize::from((0xd800..0xdc00).contains(&text[end - 1]));
    Match {
        at: start + late,
        source: 0,
        from: from - back + late,
        len: end - start - late - early,
    }
}

/// Of overlapping stretches the longest stays whole; of the others what it leaves, if long enough.
fn longest_first(mut found: Vec<Match>, min: usize) -> Vec<Match> {
    found.sort_by_key(|one| (std::cmp::Reverse(one.len), one.at, one.source, one.from));
    let mut kept: Vec<Match> = Vec::new();
    for mut one in found {
        for other in &kept {
            let (end, other_end) = (one.at + one.len, other.at + other.len);
            if one.at >= other_end || end <= other.at {
                continue;
            }
            if one.at >= other.at {
                let cut = other_end.min(end) - one.at;
                one.at += cut;
                one.from += cut;
                one.len -= cut;
            } else {
                one.len = other.at - one.at;
            }
        }
        if one.len >= min {
            kept.push(one);
        }
    }
    kept.sort_by_key(|one| one.at);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(text: &str) -> Vec<u16> {
        text.encode_utf16().collect()
    }

    #[test]
    fn a_text_is_found_whole_or_not() {
        assert_eq!(find(&units("la rade de Toulon"), &units("rade")), Some(3));
        assert_eq!(find(&units("la rade"), &units("rades")), None);
        assert_eq!(find(&units("la"), &units("")), None);
    }

    #[test]
    fn two_words_have_a_space_between_them() {
        for (text, is_so) in [
            ("les", false),
            (" les ", false),
            ("de la", true),
            ("", false),
        ] {
            assert_eq!(has_two_words(&units(text)), is_so, "{text:?}");
        }
    }

    #[test]
    fn long_stretches_are_found_in_order_and_never_overlap() {
        let sources = [units("xx abcdefghij yy"), units("klmnopqrst")];
        let text = units("klmnopqrst et abcdefghijk");
        let sources: Vec<&[u16]> = sources.iter().map(Vec::as_slice).collect();
        let found = stretches(&text, &sources, 8);
        let told: Vec<_> = found
            .iter()
            .map(|m| (m.at, m.source, m.from, m.len))
            .collect();
        assert_eq!(told, [(0, 1, 0, 10), (13, 0, 2, 11)]);
        assert!(stretches(&text, &sources, 12).is_empty());
    }

    #[test]
    fn the_same_units_everywhere_end() {
        let (text, source) = (vec![7u16; 5_000], vec![7u16; 5_000]);
        let found = stretches(&text, &[&source], 12);
        assert_eq!(found.first().map(|m| (m.at, m.len)), Some((0, 5_000)));
    }
}
