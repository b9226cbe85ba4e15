//! How near two proposals are, from their titles and summaries: shared words, rare ones counting
//! more, and shared letters of the titles. Pure; good enough to show three neighbours to a person
//! who then judges.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::wording::{fold, words};

/// Below this, a proposal is no neighbour.
pub const THRESHOLD: f64 = 0.12;
/// From this on, it may be the same idea: the owner says how it differs before the deposit (T03).
pub const DUPLICATE: f64 = 0.45;
/// How many neighbours are shown.
pub const SHOWN: usize = 3;

/// How much the words count against the letters of the titles.
const WORDS_SHARE: f64 = 0.8;
/// A word of the title counts as so many of the summary.
const TITLE_WEIGHT: f64 = 2.0;

/// What a text is compared by.
#[derive(Clone, Debug)]
pub struct Fingerprint {
    words: BTreeMap<String, f64>,
    trigrams: HashSet<[char; 3]>,
}

impl Fingerprint {
    /// Of a title and a summary.
    #[must_use]
    pub fn new(title: &str, summary: &str) -> Self {
        let mut counted: BTreeMap<String, f64> = BTreeMap::new();
        for word in words(title) {
            *counted.entry(word).or_default() += TITLE_WEIGHT;
        }
        for word in words(summary) {
            *counted.entry(word).or_default() += 1.0;
        }
        let letters: Vec<char> = fold(title).chars().collect();
        Self {
            words: counted,
            trigrams: letters.windows(3).map(|w| [w[0], w[1], w[2]]).collect(),
        }
    }
}

/// How near each of `others` is to `one`, from 0 (nothing shared) to 1 (the same).
#[must_use]
pub fn similarities(one: &Fingerprint, others: &[Fingerprint]) -> Vec<f64> {
    let mut holders: HashMap<&str, f64> = HashMap::new();
    for word in others.iter().flat_map(|other| other.words.keys()) {
        *holders.entry(word).or_default() += 1.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "a count of proposals")]
    let total = others.len() as f64 + 1.0;
    let rarity =
        |word: &str| 1.0 + (total / (holders.get(word).copied().unwrap_or(0.0) + 1.0)).ln();
    let norm = |text: &Fingerprint| {
        text.words
            .iter()
            .map(|(word, count)| (count * rarity(word)).powi(2))
            .sum::<f64>()
            .sqrt()
    };
    let own_norm = norm(one);
    others
        .iter()
        .map(|other| {
            let shared: f64 = one
                .words
                .iter()
                .filter_map(|(word, count)| {
                    let there = other.words.get(word)?;
                    Some(count * there * rarity(word).powi(2))
                })
                .sum();
            let cosine = ratio(shared, own_norm * norm(other));
            let common = one.trigrams.intersection(&other.trigrams).count();
            let either = one.trigrams.len() + other.trigrams.len() - common;
            #[expect(clippy::cast_precision_loss, reason = "counts of a title's letters")]
            let letters = ratio(common as f64, either as f64);
            WORDS_SHARE * cosine + (1.0 - WORDS_SHARE) * letters
        })
        .collect()
}

fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_words_in_another_dress_are_near_and_others_are_far() {
        let one = Fingerprint::new(
            "Atelier partag\u{e9} de r\u{e9}paration",
            "Ouvrir un lieu o\u{f9} r\u{e9}parer les v\u{e9}los et les appareils m\u{e9}nagers.",
        );
        let others = [
            Fingerprint::new(
                "Ateliers de REPARATION partages",
                "R\u{e9}parer v\u{e9}los et appareils dans un m\u{ea}me lieu.",
            ),
            Fingerprint::new(
                "Transmission des commerces de vall\u{e9}e",
                "Accompagner les repreneurs pendant trois ans.",
            ),
        ];
        let near = similarities(&one, &others);
        assert!(near[0] > 0.5, "{near:?}");
        assert!(near[1] < THRESHOLD, "{near:?}");
    }

    #[test]
    fn a_text_is_nearest_to_itself_and_nothing_is_near_nothing() {
        let one = Fingerprint::new("Bois de chauffage", "Une fili\u{e8}re courte en montagne.");
        let same = similarities(&one, std::slice::from_ref(&one));
        assert!((same[0] - 1.0).abs() < 1e-9, "{same:?}");
        let empty = Fingerprint::new("", "");
        assert_eq!(similarities(&empty, &[one, empty.clone()]), [0.0, 0.0]);
    }
}
