//! What was promised: each word typed, whether it was acknowledged or seen by somebody else,
//! and whether somebody wanted it gone.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use yrs::{ClientID, StateVector};

use super::trace;

/// One word, typed once by one client.
#[derive(Clone, Debug, Default)]
struct Word {
    /// The first word of its paragraph; its own number when it is the first.
    paragraph: usize,
    /// The server said that it is stored.
    stored: bool,
    /// Another client showed it.
    seen: bool,
    /// Somebody deleted it.
    unwanted: bool,
    /// That deletion was stored, or seen by another client.
    gone: bool,
    /// Its deletion was undone, maybe by several: how often it stands there says nothing.
    free: bool,
    /// Of a paragraph's first word: somebody removed the paragraph.
    removed: bool,
    /// That removal was stored.
    removed_stored: bool,
}

/// What one edit did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) enum Deed {
    /// A new word.
    Typed(usize),
    /// A word deleted.
    Deleted(usize),
    /// A whole paragraph deleted, by its first word.
    Removed(usize),
    /// A word made bold.
    Formatted,
}

/// What the ledger is told, in the order in which it was.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) enum Event {
    /// A word for a paragraph (`None`: it begins one).
    New(Option<usize>),
    /// A deed that may reach the server from now on.
    Begun(Deed),
    /// The server said that it is stored.
    Stored(Deed),
    /// Somebody else showed this word.
    Seen(usize),
    /// Somebody who had shown it, and did not delete it, shows it no more.
    SeenGone(usize),
    /// Undone: it may stand there any number of times from now on.
    Free(usize),
    /// The server was killed: what it was doing will not end.
    Killed,
    /// Whoever reads the document anew has this client's structs up to this clock.
    Promised(u64, u32),
}

/// Every word of one document.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    words: Vec<Word>,
    /// The first word of each paragraph, by the paragraph's Yjs id.
    paragraphs: BTreeMap<String, usize>,
    /// The clock promised of each client.
    clocks: BTreeMap<u64, u32>,
    /// Where each event is written down too, the moment it is told.
    marks: Option<File>,
    /// How often each client looked since everybody was asked to look whenever something may have come.
    looks: Option<BTreeMap<u64, usize>>,
}

impl Ledger {
    /// One that writes each event into the trace of the shim.
    pub(crate) fn in_trace(trace: &Path) -> Self {
        let file = File::options().append(true).create(true).open(trace);
        Self {
            marks: Some(file.expect("the trace opens")),
            ..Self::default()
        }
    }

    /// From now on everybody looks whenever something may have come, not now and then.
    pub(crate) fn watch(&mut self) {
        self.looks = Some(BTreeMap::new());
    }

    /// Whether everybody looks all the time.
    pub(crate) fn is_watched(&self) -> bool {
        self.looks.is_some()
    }

    /// A client has looked at everything that came.
    pub(crate) fn looked(&mut self, client: u64) {
        if let Some(looks) = &mut self.looks {
            *looks.entry(client).or_default() += 1;
        }
    }

    /// Whether so many clients have looked so often since [`Ledger::watch`].
    pub(crate) fn have_looked(&self, clients: usize, times: usize) -> bool {
        let looks = self.looks.iter().flatten();
        looks.filter(|(_, count)| **count >= times).count() >= clients
    }

    /// Notes an event.
    pub(crate) fn tell(&mut self, event: &Event) {
        if let Some(marks) = &mut self.marks {
            let bytes = serde_json::to_vec(event).expect("plain values");
            // One append: the shim writes into the same file.
            marks
                .write_all(&trace::mark(&bytes))
                .expect("the trace grows");
        }
        match *event {
            Event::New(paragraph) => {
                let paragraph = paragraph.unwrap_or(self.words.len());
                self.words.push(Word {
                    paragraph,
                    ..Word::default()
                });
            }
            Event::Begun(Deed::Deleted(word)) => self.words[word].unwanted = true,
            Event::Begun(Deed::Removed(word)) => self.words[word].removed = true,
            Event::Stored(Deed::Typed(word)) => self.words[word].stored = true,
            Event::Stored(Deed::Deleted(word)) | Event::SeenGone(word) => {
                self.words[word].gone = true;
            }
            Event::Stored(Deed::Removed(word)) => self.words[word].removed_stored = true,
            Event::Begun(_) | Event::Stored(Deed::Formatted) | Event::Killed => {}
            Event::Free(word) => self.words[word].free = true,
            Event::Seen(word) => self.words[word].seen = true,
            Event::Promised(client, clock) => {
                let known = self.clocks.entry(client).or_default();
                *known = clock.max(*known);
            }
        }
    }

    /// A new word for a paragraph (`None`: it begins one); its number.
    pub(crate) fn new_word(&mut self, paragraph: Option<usize>) -> usize {
        self.tell(&Event::New(paragraph));
        self.words.len() - 1
    }

    /// Whether this clock of a client is more than was promised yet.
    pub(crate) fn is_news(&self, client: u64, clock: u32) -> bool {
        self.clocks.get(&client).is_none_or(|known| *known < clock)
    }

    /// Whether this word was acknowledged.
    pub(crate) fn is_stored(&self, word: usize) -> bool {
        self.words[word].stored
    }

    /// Whether nobody else was known to have shown this word yet.
    pub(crate) fn is_unseen(&self, word: usize) -> bool {
        !self.words[word].seen
    }

    /// Whether this word was not yet known to be gone.
    pub(crate) fn is_not_gone(&self, word: usize) -> bool {
        !self.words[word].gone
    }

    /// The paragraph with this id begins with that word.
    pub(crate) fn begin_paragraph(&mut self, id: String, word: usize) {
        self.paragraphs.insert(id, word);
    }

    /// The first word of the paragraph with this id.
    pub(crate) fn paragraph(&self, id: &str) -> Option<usize> {
        self.paragraphs.get(id).copied()
    }

    /// How many words and how many of them were promised.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let promised = |word: &&Word| word.stored || word.seen;
        (self.words.len(), self.words.iter().filter(promised).count())
    }

    /// Which of these words a text does not show although nobody wanted them gone.
    pub(crate) fn missing(&self, among: &BTreeSet<usize>, text: &str) -> Vec<usize> {
        let shown = numbers(text);
        let wanted = |number: &&usize| {
            let word = &self.words[**number];
            !word.unwanted && !word.free && !self.words[word.paragraph].removed
        };
        let missing = among.difference(&shown).filter(wanted);
        missing.copied().collect()
    }

    /// What of the promises a document read anew breaks.
    pub(crate) fn broken(&self, text: &str, clocks: &StateVector) -> Vec<String> {
        let shown = words(text);
        let lacking = self
            .clocks
            .iter()
            .map(|(client, clock)| (client, clock, clocks.get(&ClientID::new(*client))))
            .filter(|(_, clock, held)| held < *clock);
        let mut problems: Vec<String> = lacking
            .map(|(client, clock, held)| {
                format!("client {client} was promised up to {clock}, {held} is there")
            })
            .collect();
        for (number, word) in self.words.iter().enumerate() {
            if word.free {
                continue;
            }
            let count = shown.get(&number).copied().unwrap_or(0);
            let paragraph = &self.words[word.paragraph];
            if count > 1 {
                problems.push(format!(
                    "word {number} stands there {count} times: {word:?}"
                ));
            }
            let unwanted = word.unwanted || paragraph.removed;
            if count == 0 && (word.stored || word.seen) && !unwanted && !word.gone {
                problems.push(format!("word {number} is lost: {word:?}"));
            }
            if count > 0 && (word.gone || paragraph.removed_stored) {
                problems.push(format!("word {number} is back: {word:?}"));
            }
        }
        problems.extend(
            shown
                .keys()
                .filter(|number| **number >= self.words.len())
                .map(|number| format!("word {number} was never typed")),
        );
        problems
    }
}

/// The spelling of a word.
pub(crate) fn spell(number: usize) -> String {
    format!("k{number}.")
}

/// The words of a text, with how often each stands there.
pub(crate) fn words(text: &str) -> BTreeMap<usize, usize> {
    let mut found = BTreeMap::new();
    for (_, number) in places(text) {
        *found.entry(number).or_insert(0) += 1;
    }
    found
}

/// The numbers of the words of a text.
pub(crate) fn numbers(text: &str) -> BTreeSet<usize> {
    words(text).into_keys().collect()
}

/// Where each word begins, in bytes, and its number.
pub(crate) fn places(text: &str) -> Vec<(usize, usize)> {
    let starts = text.match_indices('k');
    starts
        .filter_map(|(at, _)| {
            let rest = &text[at + 1..];
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let number = rest[..digits].parse().ok()?;
            (rest.as_bytes().get(digits) == Some(&b'.')).then_some((at, number))
        })
        .collect()
}

#[test]
fn a_broken_promise_is_found() {
    let mut ledger = Ledger::default();
    let broken = |ledger: &Ledger, text| ledger.broken(text, &StateVector::default()).len();
    let first = ledger.new_word(None);
    let second = ledger.new_word(Some(first));
    assert_eq!(broken(&ledger, ""), 0, "nothing was promised yet");
    ledger.tell(&Event::Stored(Deed::Typed(first)));
    ledger.tell(&Event::Seen(second));
    assert_eq!(broken(&ledger, "k0."), 1);
    assert_eq!(broken(&ledger, "k0.<bold>k1.</bold>k1."), 1);
    assert_eq!(broken(&ledger, "k0.k1.k7."), 1);
    ledger.tell(&Event::Begun(Deed::Deleted(second)));
    assert_eq!((broken(&ledger, "k0."), broken(&ledger, "k0.k1.")), (0, 0));
    ledger.tell(&Event::Stored(Deed::Deleted(second)));
    assert_eq!(broken(&ledger, "k0.k1."), 1);
    ledger.tell(&Event::Begun(Deed::Removed(first)));
    assert_eq!(broken(&ledger, ""), 0);
    ledger.tell(&Event::Stored(Deed::Removed(first)));
    assert_eq!(broken(&ledger, "k0."), 1);
    ledger.tell(&Event::Promised(7, 3));
    assert_eq!(broken(&ledger, ""), 1);
}
