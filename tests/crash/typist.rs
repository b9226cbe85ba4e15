//! One client of a proof: types, deletes, formats, goes offline and comes back, and writes every
//! promise of the server into the ledger.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use std::time::Duration;

use tokio::time::{Instant, timeout};
use yrs::branch::Branch;
use yrs::types::text::YChange;
use yrs::{
    Any, ClientID, Out, ReadTxn, Text as _, TransactionMut, XmlElementPrelim, XmlElementRef,
    XmlFragment as _, XmlFragmentRef, XmlOut, XmlTextPrelim, XmlTextRef,
};

use super::ledger::{Deed, Event, Ledger, numbers, places, spell};
use crate::support::PATIENCE;
use crate::support::editor::{Editor, Place, Random};

/// A deed that is not yet acknowledged.
#[derive(Clone, Copy, Debug)]
struct Open {
    /// The sync frame that carried it on this socket; none yet while offline.
    frame: Option<u64>,
    deed: Deed,
    /// The client's clock after it.
    clock: u32,
}

/// One client.
pub(crate) struct Typist {
    pub(crate) editor: Editor,
    random: Random,
    ledger: Rc<RefCell<Ledger>>,
    open: Vec<Open>,
    /// Words it showed at the last look.
    shown: BTreeSet<usize>,
    /// What it deleted itself: words, and paragraphs by their first word.
    deleted: BTreeSet<usize>,
    /// The paragraph of each word it removed with one.
    removed: BTreeSet<usize>,
    /// The words it typed.
    typed: BTreeSet<usize>,
}

impl Typist {
    pub(crate) fn new(place: Place, seed: u64, ledger: Rc<RefCell<Ledger>>) -> Self {
        Self {
            editor: Editor::new(place),
            random: Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1),
            ledger,
            open: Vec::new(),
            shown: BTreeSet::new(),
            deleted: BTreeSet::new(),
            removed: BTreeSet::new(),
            typed: BTreeSet::new(),
        }
    }

    /// Works at random until `over`, then takes what still arrives.
    pub(crate) async fn work(&mut self, over: impl Fn() -> bool) {
        while !over() {
            if !self.editor.is_connected() {
                self.come_back(&over).await;
                if !self.editor.is_connected() && self.random.below(3) == 0 {
                    self.edit().await;
                }
            } else if self.random.below(60) == 0 {
                self.editor.disconnect();
                for _ in 0..self.random.below(6) {
                    self.edit().await;
                }
            } else {
                self.edit().await;
            }
            let pause = 2 + self.random.below(12);
            self.listen(Duration::from_millis(pause)).await;
            if !self.look_if_asked() && self.random.below(12) == 0 {
                self.look();
            }
        }
    }

    /// Looks when everybody was asked to look all the time; whether they were.
    fn look_if_asked(&mut self) -> bool {
        let is_asked = self.ledger.borrow().is_watched();
        if is_asked {
            self.look();
            let client = self.editor.client();
            self.ledger.borrow_mut().looked(client);
        }
        is_asked
    }

    /// Takes what comes for a while, and notes acknowledgements.
    pub(crate) async fn listen(&mut self, time: Duration) {
        if self.editor.is_connected() {
            self.editor.pump_for(time).await;
            self.note();
        } else {
            tokio::time::sleep(time).await;
        }
    }

    /// Reads what the dead server had still sent.
    pub(crate) async fn drain(&mut self) {
        let end = Instant::now() + PATIENCE;
        while self.editor.is_connected() && Instant::now() < end {
            self.listen(Duration::from_millis(50)).await;
        }
    }

    /// Connects, sometimes typing before the state came; gives up when `over`.
    pub(crate) async fn come_back(&mut self, over: impl Fn() -> bool) {
        for one in &mut self.open {
            one.frame = None;
        }
        // A server whose database is away may take its time to say so.
        let connected = timeout(Duration::from_millis(300), self.editor.try_connect()).await;
        if !matches!(connected, Ok(true)) {
            return;
        }
        if self.random.below(4) == 0 {
            self.edit().await;
        }
        let end = Instant::now() + PATIENCE;
        while self.editor.is_connected() && !self.editor.synced {
            self.editor.pump_for(Duration::from_millis(2)).await;
            self.look_if_asked();
            assert!(
                over() || Instant::now() < end,
                "no state came: {:?}",
                self.editor.notices
            );
        }
        if self.editor.synced {
            // Sync step 2 was the last frame sent: it holds whatever was open.
            let step_2 = self.editor.sent;
            for one in &mut self.open {
                one.frame = Some(step_2);
            }
        }
        self.note();
    }

    /// Waits until everything is acknowledged.
    pub(crate) async fn settle(&mut self) {
        let end = Instant::now() + PATIENCE;
        while !self.open.is_empty() || !self.editor.is_connected() {
            if !self.editor.is_connected() {
                self.come_back(|| false).await;
            }
            self.listen(Duration::from_millis(5)).await;
            assert!(
                Instant::now() < end,
                "never acknowledged: {:?}; closed {:?}, {:?}",
                self.open,
                self.editor.closed,
                self.editor.notices.last()
            );
        }
    }

    fn note(&mut self) {
        let stored = self.editor.stored;
        let mut ledger = self.ledger.borrow_mut();
        let client = self.editor.client();
        self.open.retain(|one| {
            let is_open = one.frame.is_none_or(|frame| frame > stored);
            if !is_open {
                ledger.tell(&Event::Stored(one.deed));
                ledger.tell(&Event::Promised(client, one.clock));
            }
            is_open
        });
    }

    /// Writes what it sees into the ledger.
    pub(crate) fn look(&mut self) {
        let shown = numbers(&self.editor.text());
        let mut ledger = self.ledger.borrow_mut();
        for word in shown.difference(&self.typed) {
            if ledger.is_unseen(*word) {
                ledger.tell(&Event::Seen(*word));
            }
        }
        for word in self.shown.difference(&shown) {
            let own = self.deleted.contains(word) || self.removed.contains(word);
            if !own && ledger.is_not_gone(*word) {
                ledger.tell(&Event::SeenGone(*word));
            }
        }
        // What others wrote came from the server.
        let own = self.editor.client();
        for (client, clock) in self.editor.state().iter() {
            let client = client.get();
            if client != own && ledger.is_news(client, *clock) {
                ledger.tell(&Event::Promised(client, *clock));
            }
        }
        self.shown = shown;
    }

    fn clock(&self) -> u32 {
        let own = ClientID::new(self.editor.client());
        self.editor.state().get(&own)
    }

    /// One random edit.
    pub(crate) async fn edit(&mut self) {
        let (what, at, far) = (
            self.random.below(20),
            self.random.next(),
            self.random.next(),
        );
        let ledger = self.ledger.clone();
        let before = self.clock();
        let mut done = None;
        self.editor
            .edit(|section, tx| {
                let (deed, removed) =
                    change(section, tx, (what, at, far), &mut ledger.borrow_mut());
                ledger.borrow_mut().tell(&Event::Begun(deed));
                done = Some((deed, removed));
            })
            .await;
        let Some((deed, removed)) = done else { return };
        let clock = self.clock();
        // A word that was bold already: nothing was sent, nothing will be acknowledged.
        if deed == Deed::Formatted && clock == before {
            return;
        }
        match deed {
            Deed::Typed(word) => {
                self.typed.insert(word);
            }
            Deed::Deleted(word) => {
                self.deleted.insert(word);
            }
            Deed::Removed(_) => self.removed.extend(removed),
            Deed::Formatted => {}
        }
        let frame = self.editor.is_connected().then_some(self.editor.sent);
        self.open.push(Open { frame, deed, clock });
    }
}

/// Changes the section: mostly types, sometimes deletes, formats, removes a paragraph.
/// What it did, and the words of a paragraph it removed.
pub(crate) fn change(
    section: &XmlFragmentRef,
    tx: &mut TransactionMut<'_>,
    (what, at, far): (u64, u64, u64),
    ledger: &mut Ledger,
) -> (Deed, Vec<usize>) {
    let count = section.len(tx);
    let place = (at % u64::from(count.min(12) + 1)) as u32;
    let text = match section.get(tx, place) {
        Some(XmlOut::Element(element)) => match element.get(tx, 0) {
            Some(XmlOut::Text(text)) => Some(text),
            _ => None,
        },
        _ => None,
    };
    let Some(text) = text else {
        let word = begin_paragraph(section, tx, place, ledger);
        return (Deed::Typed(word), Vec::new());
    };
    let plain = plain(&text, tx);
    let words = places(&plain);
    let Some(XmlOut::Element(element)) = section.get(tx, place) else {
        unreachable!("the text stands in it");
    };
    let Some(paragraph) = ledger.paragraph(&id_of(&element)) else {
        // Made anew by an undo: a word names it.
        let word = ledger.new_word(None);
        ledger.begin_paragraph(id_of(&element), word);
        text.insert(tx, 0, &spell(word));
        return (Deed::Typed(word), Vec::new());
    };
    let chosen = (!words.is_empty()).then(|| words[(far % words.len().max(1) as u64) as usize]);
    match (what, chosen) {
        (0, _) if count > 6 => {
            section.remove(tx, place);
            let gone = words.into_iter().map(|(_, word)| word).collect();
            (Deed::Removed(paragraph), gone)
        }
        (1 | 2, Some((start, word))) => {
            text.remove_range(tx, start as u32, spell(word).len() as u32);
            (Deed::Deleted(word), Vec::new())
        }
        (3 | 4, Some((start, word))) => {
            let on = Any::from(HashMap::<String, Any>::new());
            let bold = [("bold".into(), if far % 3 == 0 { Any::Null } else { on })];
            let length = spell(word).len() as u32;
            text.format(tx, start as u32, length, bold.into_iter().collect());
            (Deed::Formatted, Vec::new())
        }
        _ => {
            let start = match chosen {
                Some((start, word)) if far % 2 == 0 => start + spell(word).len(),
                Some((start, _)) => start,
                None => 0,
            };
            let word = ledger.new_word(Some(paragraph));
            text.insert(tx, start as u32, &spell(word));
            (Deed::Typed(word), Vec::new())
        }
    }
}

/// Puts a new paragraph with a new word here; the word.
pub(crate) fn begin_paragraph(
    section: &XmlFragmentRef,
    tx: &mut TransactionMut<'_>,
    place: u32,
    ledger: &mut Ledger,
) -> usize {
    let word = ledger.new_word(None);
    let words = XmlTextPrelim::new(spell(word));
    let paragraph = XmlElementPrelim::new("paragraph", [words.into()]);
    let element = section.insert(tx, place, paragraph);
    ledger.begin_paragraph(id_of(&element), word);
    word
}

/// What names each paragraph that stands.
pub(crate) fn paragraphs(section: &XmlFragmentRef, tx: &impl ReadTxn) -> BTreeSet<String> {
    let nodes = section.children(tx);
    nodes
        .filter_map(|node| match node {
            XmlOut::Element(element) => Some(id_of(&element)),
            XmlOut::Fragment(_) | XmlOut::Text(_) => None,
        })
        .collect()
}

/// What names a paragraph for ever: the struct that made it.
fn id_of(element: &XmlElementRef) -> String {
    let branch: &Branch = element.as_ref();
    format!("{:?}", branch.id())
}

/// The words of a text without its marks; all of them are ASCII, so bytes are UTF-16 units.
fn plain(text: &XmlTextRef, tx: &TransactionMut<'_>) -> String {
    text.diff(tx, YChange::identity)
        .into_iter()
        .filter_map(|piece| {
            if let Out::Any(Any::String(words)) = piece.insert {
                Some(words.to_string())
            } else {
                None
            }
        })
        .collect()
}
