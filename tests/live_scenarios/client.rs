//! One client of a story: a Yjs document with its own store (lineage and place in the log), that
//! comes back either way, undoes, is refused and then keeps what it could not send.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

use chantier::ids::DocumentId;
use chantier::live::connection::Wishes;
use serde_json::Value;
use tokio::time::{Instant, timeout};
use yrs::sync::{Message, SyncMessage};
use yrs::undo::UndoManager;
use yrs::updates::decoder::Decode as _;
use yrs::updates::encoder::Encode as _;
use yrs::{
    Doc, GetString as _, OffsetKind, Options, ReadTxn as _, StateVector, Transact as _, Update,
    XmlFragmentRef,
};

use super::life::{Heard, Life, Seat};
use crate::crash::ledger::{Deed, Event, Ledger, numbers};
use crate::crash::typist::{change, paragraphs};
use crate::support::PATIENCE;
use crate::support::editor::Random;

/// A deed that is not yet acknowledged, and the frame that carried it on this seat.
#[derive(Clone, Copy, Debug)]
struct Open {
    frame: Option<u64>,
    deed: Deed,
    clock: u32,
}

/// A document that its author keeps, and goes on in another.
pub(crate) struct Left {
    doc: Doc,
    section: XmlFragmentRef,
    /// The words in it of which the server said nothing.
    pub(crate) open: BTreeSet<usize>,
}

impl Left {
    pub(crate) fn text(&self) -> String {
        self.section.get_string(&self.doc.transact())
    }
}

/// One client.
pub(crate) struct Client {
    pub(crate) person: &'static str,
    pub(crate) doc: Doc,
    section: XmlFragmentRef,
    undo: UndoManager<()>,
    seat: Option<Seat>,
    ledger: Rc<RefCell<Ledger>>,
    /// Every client id it ever wrote under.
    pub(crate) ids: Vec<u64>,
    synced: bool,
    sent: u64,
    stored: u64,
    open: Vec<Open>,
    /// The lineage and the last row it holds, as its store would keep them.
    place: Option<(String, i64)>,
    /// What the last hello said.
    hello: Option<(String, i64)>,
    /// The last epoch in which it saw that it may write, as its store would keep it.
    epoch: Option<i64>,
    /// Words the server kept aside for it.
    pub(crate) kept: BTreeSet<usize>,
    /// Whether this document holds edits that were kept aside: its author goes on in a new one.
    pub(crate) holds_kept: bool,
    /// It took away nothing but the form of words. Every copy does that by itself, too, so it is
    /// never refused; the server keeps it only from whoever may write.
    pub(crate) took_marks: bool,
    /// How often it was refused.
    pub(crate) refusals: Vec<String>,
    /// The documents it left behind.
    pub(crate) left: Vec<Left>,
    pub(crate) typed: BTreeSet<usize>,
    shown: BTreeSet<usize>,
    own_deletes: BTreeSet<usize>,
}

fn new_doc() -> (Doc, XmlFragmentRef, UndoManager<()>) {
    let doc = Doc::with_options(Options {
        offset_kind: OffsetKind::Utf16,
        cleanup_formatting: false,
        ..Options::default()
    });
    let section = doc.get_or_insert_xml_fragment("context");
    let mut undo = UndoManager::new();
    undo.expand_scope(&doc, &section);
    (doc, section, undo)
}

impl Client {
    pub(crate) fn new(person: &'static str, ledger: Rc<RefCell<Ledger>>) -> Self {
        let (doc, section, undo) = new_doc();
        Self {
            person,
            ids: vec![doc.client_id().get()],
            doc,
            section,
            undo,
            seat: None,
            ledger,
            synced: false,
            sent: 0,
            stored: 0,
            open: Vec::new(),
            place: None,
            hello: None,
            epoch: None,
            kept: BTreeSet::new(),
            holds_kept: false,
            took_marks: false,
            refusals: Vec::new(),
            left: Vec::new(),
            typed: BTreeSet::new(),
            shown: BTreeSet::new(),
            own_deletes: BTreeSet::new(),
        }
    }

    pub(crate) fn is_seated(&self) -> bool {
        self.seat.is_some()
    }

    /// Whether everything it did is acknowledged.
    pub(crate) fn is_settled(&self) -> bool {
        self.synced && self.open.is_empty()
    }

    pub(crate) fn text(&self) -> String {
        self.section.get_string(&self.doc.transact())
    }

    pub(crate) fn vector(&self) -> StateVector {
        self.doc.transact().state_vector()
    }

    fn clock(&self) -> u32 {
        self.vector().get(&self.doc.client_id())
    }

    /// Leaves without a word.
    pub(crate) fn leave(&mut self) {
        self.seat = None;
        self.synced = false;
    }

    /// The node it sat on is dead: takes what that had still sent.
    pub(crate) async fn bury(&mut self, life: uuid::Uuid) {
        if self.seat.as_ref().is_some_and(|seat| seat.life == life) {
            self.take().await;
            self.leave();
        }
    }

    /// Reads, or stands still.
    pub(crate) fn read(&self, reads: bool) {
        if let Some(seat) = &self.seat {
            seat.read(reads);
        }
    }

    /// Comes in; with its own store it says what it holds, and it may type before it is answered.
    pub(crate) async fn join(&mut self, life: &Life, document: &DocumentId, random: &mut Random) {
        let place = self.place.clone().filter(|_| random.below(2) == 0);
        let (lineage, after) = place.unzip();
        let epoch = self.epoch.filter(|_| lineage.is_some());
        let wishes = Wishes {
            notices: true,
            lineage,
            after,
            epoch,
            ..Wishes::default()
        };
        (self.synced, self.sent, self.stored) = (false, 0, 0);
        for one in &mut self.open {
            one.frame = None;
        }
        let Ok(seat) = life.join(document, self.person, wishes).await else {
            return;
        };
        self.seat = Some(seat);
        let step_1 = Message::Sync(SyncMessage::SyncStep1(self.vector()));
        self.send(step_1.encode_v1()).await;
        if random.below(4) == 0 {
            self.edit(random).await;
        }
    }

    async fn send(&mut self, frame: Vec<u8>) {
        let Some(seat) = &self.seat else { return };
        // A room that is busy or gone takes nothing; the seat's end says so.
        if !matches!(timeout(PATIENCE, seat.send(frame)).await, Ok(true)) {
            self.leave();
        }
    }

    async fn send_update(&mut self, update: Vec<u8>) {
        self.sent += 1;
        self.send(Message::Sync(SyncMessage::Update(update)).encode_v1())
            .await;
    }

    fn do_now(&mut self, deed: Deed) {
        let frame = self.seat.is_some().then_some(self.sent);
        let clock = self.clock();
        self.open.push(Open { frame, deed, clock });
    }

    /// One random edit.
    pub(crate) async fn edit(&mut self, random: &mut Random) {
        let luck = (random.below(20), random.next(), random.next());
        let before = self.clock();
        let (deed, removed, update) = {
            let mut tx = self.doc.transact_mut();
            let mut ledger = self.ledger.borrow_mut();
            let (deed, removed) = change(&self.section, &mut tx, luck, &mut ledger);
            ledger.tell(&Event::Begun(deed));
            (deed, removed, tx.encode_update_v1())
        };
        if deed == Deed::Formatted && self.clock() == before {
            self.took_marks |= update != [0, 0];
            if update != [0, 0] && self.seat.is_some() {
                self.send_update(update).await;
            }
            return;
        }
        match deed {
            Deed::Typed(word) => {
                self.typed.insert(word);
            }
            Deed::Deleted(word) => {
                self.own_deletes.insert(word);
            }
            Deed::Removed(_) => self.own_deletes.extend(removed),
            Deed::Formatted => {}
        }
        if self.seat.is_some() {
            self.send_update(update).await;
        }
        self.do_now(deed);
    }

    /// The words it typed of which the server has said nothing yet.
    pub(crate) fn open_words(&self) -> BTreeSet<usize> {
        let words = self.open.iter().filter_map(|one| match one.deed {
            Deed::Typed(word) => Some(word),
            Deed::Deleted(_) | Deed::Removed(_) | Deed::Formatted => None,
        });
        words.collect()
    }

    /// Undoes its last edits: words go, or come back as new text. Whether there was anything.
    pub(crate) async fn undo(&mut self) -> bool {
        let (shown, vector) = (numbers(&self.text()), self.vector());
        let stood = paragraphs(&self.section, &self.doc.transact());
        if !self.undo.undo_blocking() {
            return false;
        }
        let now = numbers(&self.text());
        let stands = paragraphs(&self.section, &self.doc.transact());
        let mut deeds = Vec::new();
        {
            let mut ledger = self.ledger.borrow_mut();
            for word in now.difference(&shown) {
                ledger.tell(&Event::Free(*word));
            }
            let words = shown.difference(&now).map(|word| Deed::Deleted(*word));
            let gone = stood
                .difference(&stands)
                .filter_map(|id| ledger.paragraph(id));
            deeds.extend(words.chain(gone.map(Deed::Removed)));
            for deed in &deeds {
                ledger.tell(&Event::Begun(*deed));
            }
        }
        self.own_deletes.extend(shown.difference(&now));
        let update = self.doc.transact().encode_state_as_update_v1(&vector);
        if self.seat.is_some() {
            self.send_update(update).await;
        }
        for deed in deeds {
            self.do_now(deed);
        }
        true
    }

    /// Takes what has come by now.
    pub(crate) async fn take(&mut self) {
        while let Some(seat) = &mut self.seat {
            match seat.frames.try_recv() {
                Ok(heard) => self.hear(heard).await,
                Err(tokio::sync::mpsc::error::TryRecvError::Empty) => break,
                Err(tokio::sync::mpsc::error::TryRecvError::Disconnected) => self.leave(),
            }
        }
        self.note();
        self.look();
    }

    /// Takes what comes, until `done`; `false` when its seat is gone.
    pub(crate) async fn take_until(&mut self, done: impl Fn(&Self) -> bool) -> bool {
        let end = Instant::now() + PATIENCE;
        while !done(self) {
            let Some(seat) = &mut self.seat else {
                return false;
            };
            match timeout(Duration::from_millis(500), seat.frames.recv()).await {
                Ok(Some(heard)) => self.hear(heard).await,
                Ok(None) => self.leave(),
                Err(_) => assert!(
                    Instant::now() < end,
                    "{} waits for ever: {:?}",
                    self.person,
                    self.open
                ),
            }
            self.note();
        }
        self.look();
        true
    }

    async fn hear(&mut self, heard: Heard) {
        let frame = match heard {
            Heard::Frame(frame) => frame,
            Heard::Closed(code) => return self.closed(code),
        };
        match Message::decode_v1(&frame).expect("a message") {
            Message::Sync(SyncMessage::SyncStep1(vector)) => {
                let missing = self.doc.transact().encode_state_as_update_v1(&vector);
                self.sent += 1;
                // It holds whatever is open.
                for one in &mut self.open {
                    one.frame = Some(self.sent);
                }
                self.send(Message::Sync(SyncMessage::SyncStep2(missing)).encode_v1())
                    .await;
            }
            Message::Sync(SyncMessage::SyncStep2(update)) => {
                self.apply(&update);
                self.synced = true;
                self.place = self.hello.clone();
            }
            Message::Sync(SyncMessage::Update(update)) => self.apply(&update),
            Message::Custom(100, notice) => self.notice(&notice),
            Message::Auth(_) | Message::AwarenessQuery | Message::Awareness(_) => {}
            Message::Custom(tag, _) => panic!("an unknown tag {tag}"),
        }
    }

    fn notice(&mut self, notice: &[u8]) {
        let notice: Value = serde_json::from_slice(notice).expect("json");
        let seq = notice["seq"].as_i64();
        let writes = notice["may"]
            .as_array()
            .is_some_and(|may| may.contains(&"edit_text".into()));
        if writes {
            self.epoch = notice["epoch"].as_i64();
        }
        match notice["type"].as_str().expect("a type") {
            "hello" => {
                let lineage = notice["lineage"].as_str().expect("a lineage").to_owned();
                self.hello = Some((lineage, seq.expect("a seq")));
            }
            "stored" => {
                self.stored = notice["updates"].as_u64().expect("a count");
                if let (true, Some((_, at)), Some(seq)) = (self.synced, &mut self.place, seq) {
                    *at = seq.max(*at);
                }
            }
            "kept_aside" => {
                let frame = notice["update"].as_u64().expect("a number");
                for one in self.open.extract_if(.., |one| one.frame == Some(frame)) {
                    if let Deed::Typed(word) = one.deed {
                        self.kept.insert(word);
                    }
                }
                self.holds_kept = true;
            }
            "refused" => {
                let code = notice["code"].as_str().expect("a code");
                self.refusals.push(code.to_owned());
            }
            _ => {}
        }
    }

    fn apply(&self, update: &[u8]) {
        let update = Update::decode_v1(update).expect("an update");
        let mut tx = self.doc.transact_mut_with("remote");
        tx.apply_update(update).expect("applies");
    }

    /// A refusal is final: what could not be sent stays in the old document, which is kept, and
    /// a new one begins under a new client id.
    fn closed(&mut self, code: u16) {
        self.note();
        self.look();
        self.leave();
        if code == 4403 {
            self.begin_anew();
        }
    }

    /// Goes on with a new document under a new client id; the old one is its author's.
    pub(crate) fn begin_anew(&mut self) {
        self.leave();
        let open = self.open_words();
        let (doc, section, undo) = new_doc();
        self.undo = undo;
        self.left.push(Left {
            doc: std::mem::replace(&mut self.doc, doc),
            section: std::mem::replace(&mut self.section, section),
            open,
        });
        self.ids.push(self.doc.client_id().get());
        self.open.clear();
        self.shown.clear();
        self.place = None;
        self.holds_kept = false;
        self.took_marks = false;
    }

    fn note(&mut self) {
        let (stored, client) = (self.stored, self.doc.client_id().get());
        let mut ledger = self.ledger.borrow_mut();
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
        let shown = numbers(&self.text());
        let mut ledger = self.ledger.borrow_mut();
        for word in shown.difference(&self.typed) {
            ledger.tell(&Event::Seen(*word));
        }
        for word in self.shown.difference(&shown) {
            if !self.own_deletes.contains(word) {
                ledger.tell(&Event::SeenGone(*word));
            }
        }
        let own = self.doc.client_id();
        for (client, clock) in self.vector().iter().filter(|(id, _)| **id != own) {
            ledger.tell(&Event::Promised(client.get(), *clock));
        }
        self.shown = shown;
    }
}
