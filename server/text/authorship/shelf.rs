//! Words of late, by what they are: deleted ones that may come back, inserted ones whose model may
//! go. Bounded, and indexed once: finding a passage again does not read everything that is kept.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use super::similar::{Match, common_start, grown};
use super::stretch::Stretch;

/// What is kept, in units: about a hundred pages.
pub(super) const SHELF_UNITS: usize = 256 * 1024;

/// And in passages: letters deleted here and there.
const PASSAGES: usize = 32 * 1024;

/// A passage that grows key by key ends here; then the next begins.
const GROWN_UNITS: usize = 4_096;

/// Units that stand beside each other in an index: a stretch of `2 * width - 1` holds one of the
/// blocks that a passage is cut into. For whole passages of 12 units, and for parts of 32.
const SHORT: usize = 6;
const LONG: usize = 16;

/// Places of one block that are looked at, the latest first.
const PLACES: usize = 8;
const WHOLE_PLACES: usize = 256;

/// A stretch that stands on the shelf too, and the places of its units there.
pub(super) type Part = (Match, Vec<(u32, u32, u32)>);

/// Words, and who deleted or inserted them when.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) stretch: Stretch,
    pub(super) author: u32,
    pub(super) at_ms: i64,
    /// Whether they were written by who deleted them: the first to be forgotten.
    pub(super) is_own: bool,
}

/// See the file's head.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    /// By number, the oldest first.
    words: BTreeMap<u64, Words>,
    next: u64,
    own: VecDeque<u64>,
    /// Each author's latest.
    latest: HashMap<u32, u64>,
    units: usize,
    index: Index,
    /// Those that are not in the index as they are.
    waiting: BTreeSet<u64>,
}

/// Where blocks of words stand; what is gone or has grown since is seen when it is looked up.
#[derive(Debug, Default)]
struct Index {
    short: HashMap<u64, Vec<(u64, u32)>>,
    long: HashMap<u64, Vec<(u64, u32)>>,
    whole: HashMap<u64, Vec<u64>>,
    places: usize,
}

impl Shelf {
    /// The bytes it takes, about.
    pub(super) fn weight(&self) -> usize {
        self.units * 2 + self.words.len() * size_of::<Words>() + self.index.places * 24
    }

    pub(super) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The latest words of this author.
    pub(super) fn latest(&self, author: u32) -> Option<&Words> {
        self.words.get(self.latest.get(&author)?)
    }

    /// The latest words, whoever's.
    pub(super) fn last(&self) -> Option<&Words> {
        self.words.last_key_value().map(|(_, words)| words)
    }

    pub(super) fn add(&mut self, words: Words) {
        self.units += words.stretch.text.len();
        if words.is_own {
            self.own.push_back(self.next);
        }
        self.latest.insert(words.author, self.next);
        self.waiting.insert(self.next);
        self.words.insert(self.next, words);
        self.next += 1;
        self.forget();
    }

    /// The author's latest words go on, before their beginning or behind their end; how many units
    /// they are then. The new ones back when those are long enough.
    pub(super) fn grow(&mut self, new: Words, is_before: bool) -> Result<usize, Words> {
        let number = self.latest.get(&new.author).copied();
        let last = number.and_then(|number| Some((number, self.words.get_mut(&number)?)));
        let Some((number, last)) = last else {
            return Err(new);
        };
        if last.stretch.text.len() + new.stretch.text.len() > GROWN_UNITS {
            return Err(new);
        }
        self.units += new.stretch.text.len();
        if is_before {
            last.stretch.prepend(new.stretch);
        } else {
            last.stretch.append(new.stretch);
        }
        last.at_ms = new.at_ms;
        last.is_own &= new.is_own;
        let len = last.stretch.text.len();
        self.waiting.insert(number);
        self.forget();
        Ok(len)
    }

    /// Own words go first, that nobody may push others' words out by writing and deleting.
    fn forget(&mut self) {
        while self.units > SHELF_UNITS || self.words.len() > PASSAGES {
            let own = loop {
                match self.own.pop_front() {
                    Some(number) if self.words.get(&number).is_some_and(|one| one.is_own) => {
                        break Some(number);
                    }
                    Some(_) => {}
                    None => break None,
                }
            };
            let first = self.words.first_key_value().map(|(number, _)| *number);
            let Some(gone) = own.or(first).and_then(|number| self.words.remove(&number)) else {
                return;
            };
            self.units -= gone.stretch.text.len();
        }
    }

    fn index(&mut self) {
        if self.index.places > 2 * (SHELF_UNITS / SHORT + SHELF_UNITS / LONG + PASSAGES) {
            self.index = Index::default();
            self.waiting = self.words.keys().copied().collect();
        }
        for number in std::mem::take(&mut self.waiting) {
            if let Some(words) = self.words.get(&number) {
                self.index.add(number, &words.stretch.text);
            }
        }
    }

    /// The latest words that are exactly these, among those that `wanted` takes.
    pub(super) fn whole(
        &mut self,
        text: &[u16],
        wanted: impl Fn(&Words) -> bool,
    ) -> Option<&Stretch> {
        self.index();
        let places = self.index.whole.get(&hash(text))?;
        let mut latest = places.iter().rev().take(WHOLE_PLACES);
        latest.find_map(|number| {
            let words = self.words.get(number)?;
            (words.stretch.text == text && wanted(words)).then_some(&words.stretch)
        })
    }

    /// The latest words that hold all of these (12 units or more), and where.
    pub(super) fn around(
        &mut self,
        text: &[u16],
        wanted: impl Fn(&Words) -> bool,
    ) -> Option<(&Stretch, usize)> {
        self.index();
        let mut found: Option<(u64, usize)> = None;
        for skip in 0..SHORT.min(text.len().saturating_sub(SHORT - 1)) {
            let places = self.index.short.get(&hash(&text[skip..skip + SHORT]));
            for (number, at) in places.into_iter().flatten().rev().take(WHOLE_PLACES) {
                let Some(from) = (*at as usize).checked_sub(skip) else {
                    continue;
                };
                let holds = |words: &Words| {
                    let units = words.stretch.text.get(from..).unwrap_or_default();
                    units.starts_with(text) && wanted(words)
                };
                let is_later = found.is_none_or(|(best, _)| best < *number);
                if is_later && self.words.get(number).is_some_and(holds) {
                    found = Some((*number, from));
                    break;
                }
            }
        }
        let (number, from) = found?;
        Some((&self.words.get(&number)?.stretch, from))
    }

    /// Stretches of at least `min` units (32 or more) of `text` that stand in words that `wanted`
    /// takes, in text order, and the places of their units there.
    pub(super) fn parts(
        &mut self,
        text: &[u16],
        min: usize,
        wanted: impl Fn(&Words) -> bool,
    ) -> Vec<Part> {
        if text.len() < min || self.words.is_empty() {
            return Vec::new();
        }
        self.index();
        let (mut parts, mut start, mut at) = (Vec::new(), 0, 0);
        while at + LONG <= text.len() {
            let block = &text[at..at + LONG];
            let places = self.index.long.get(&hash(block));
            let found = places.into_iter().flatten().rev().take(PLACES);
            let best = found
                .filter_map(|(number, from)| {
                    let words = self.words.get(number).filter(|words| wanted(words))?;
                    let (units, from) = (&words.stretch.text, *from as usize);
                    if common_start(units.get(from..)?, block) < LONG {
                        return None;
                    }
                    let new = grown(&text[start..], units, at - start, from, LONG);
                    Some((new, words))
                })
                .max_by_key(|(new, _)| new.len)
                .filter(|(new, _)| new.len >= min);
            match best {
                Some((new, words)) => {
                    let new = Match {
                        at: new.at + start,
                        ..new
                    };
                    start = new.at + new.len;
                    at = start;
                    parts.push((new, words.stretch.part(new.from, new.len)));
                }
                None => at += 1,
            }
        }
        parts
    }
}

impl Index {
    fn add(&mut self, number: u64, text: &[u16]) {
        for (width, blocks) in [(SHORT, &mut self.short), (LONG, &mut self.long)] {
            for (at, block) in text.chunks_exact(width).enumerate() {
                let at = u32::try_from(at * width).unwrap_or(u32::MAX);
                blocks.entry(hash(block)).or_default().push((number, at));
                self.places += 1;
            }
        }
        self.whole.entry(hash(text)).or_default().push(number);
        self.places += 1;
    }
}

/// FNV-1a over the units: it need not resist anybody, since what is found is compared.
fn hash(units: &[u16]) -> u64 {
    units.iter().fold(0xcbf2_9ce4_8422_2325, |sum, unit| {
        (sum ^ u64::from(*unit)).wrapping_mul(0x0100_0000_01b3)
    })
}
