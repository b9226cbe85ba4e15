//! A stock Yjs client: a document, a socket, the sync protocol, nothing of ours but (if wished)
//! the notices. It does exactly what y-websocket does, and counts what it sent.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_tungstenite::tungstenite::Message;
use yrs::updates::decoder::Decode as _;
use yrs::updates::encoder::Encode as _;
use yrs::{
    ClientID, Doc, GetString as _, OffsetKind, Options, ReadTxn as _, StateVector, Text as _,
    Transact as _, Update, XmlElementPrelim, XmlFragment as _, XmlFragmentRef, XmlOut,
    XmlTextPrelim,
};

use super::PATIENCE;
use super::raw::{self, Socket};

/// Where and as whom.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) address: SocketAddr,
    pub(crate) document: String,
    pub(crate) person: &'static str,
    /// Behind the `?`, e.g. `notices=1`.
    pub(crate) query: String,
}

/// One editor.
pub(crate) struct Editor {
    pub(crate) place: Place,
    doc: Doc,
    section: XmlFragmentRef,
    socket: Option<Socket>,
    /// Whether a sync step 2 came on this socket.
    pub(crate) synced: bool,
    /// The close code of the last socket.
    pub(crate) closed: Option<u16>,
    /// Every notice received.
    pub(crate) notices: Vec<Value>,
    /// Permission-denied messages.
    pub(crate) denied: Vec<String>,
    /// Presence: state by client id; `None` after a removal.
    pub(crate) presence: BTreeMap<u64, Option<Value>>,
    /// Sync frames of subtype 1 and 2 sent on this socket.
    pub(crate) sent: u64,
    /// How many of them are acknowledged.
    pub(crate) stored: u64,
    /// Frames received on this socket.
    pub(crate) received: u64,
    /// Update frames among them.
    pub(crate) updates: u64,
    /// Whether it leaves the server's sync step 1 without an answer.
    pub(crate) mute: bool,
    clock: u64,
}

impl Editor {
    /// A new, empty document; not connected.
    pub(crate) fn new(place: Place) -> Self {
        Self::with_options(place, Options::default())
    }

    /// The same under a client id that is already in use.
    pub(crate) fn under(place: Place, client: u64) -> Self {
        let client_id = ClientID::new(client);
        Self::with_options(
            place,
            Options {
                client_id,
                ..Options::default()
            },
        )
    }

    fn with_options(place: Place, options: Options) -> Self {
        let doc = Doc::with_options(Options {
            offset_kind: OffsetKind::Utf16,
            cleanup_formatting: false,
            ..options
        });
        let section = doc.get_or_insert_xml_fragment("context");
        Self {
            place,
            doc,
            section,
            socket: None,
            synced: false,
            closed: None,
            notices: Vec::new(),
            denied: Vec::new(),
            presence: BTreeMap::new(),
            sent: 0,
            stored: 0,
            received: 0,
            updates: 0,
            mute: false,
            clock: 0,
        }
    }

    /// The client id.
    pub(crate) fn client(&self) -> u64 {
        self.doc.client_id().get()
    }

    /// Opens the socket and sends sync step 1, as y-websocket does.
    pub(crate) async fn connect(&mut self) {
        assert!(self.try_connect().await, "upgraded");
    }

    /// The same with a server that may be away; whether it was there.
    pub(crate) async fn try_connect(&mut self) -> bool {
        let Some(socket) = raw::open(&self.place).await else {
            return false;
        };
        self.socket = Some(socket);
        (self.synced, self.closed) = (false, None);
        (self.sent, self.stored) = (0, 0);
        (self.received, self.updates) = (0, 0);
        let vector = self.doc.transact().state_vector().encode_v1();
        self.send(&[0, 0], &vector).await;
        true
    }

    /// Connects and waits for the state.
    pub(crate) async fn join(&mut self) {
        self.connect().await;
        self.pump_until("synced", |editor| editor.synced).await;
    }

    /// Drops the socket without a word.
    pub(crate) fn disconnect(&mut self) {
        self.socket = None;
        self.synced = false;
    }

    /// Whether a socket is open.
    pub(crate) fn is_connected(&self) -> bool {
        self.socket.is_some()
    }

    /// Sends a message with a var-length body.
    pub(crate) async fn send(&mut self, head: &[u8], body: &[u8]) {
        let mut frame = head.to_vec();
        put_number(&mut frame, body.len() as u64);
        frame.extend_from_slice(body);
        if head == [0, 1] || head == [0, 2] {
            self.sent += 1;
        }
        self.send_raw(frame).await;
    }

    /// Sends bytes as they are; a dead socket is dropped.
    pub(crate) async fn send_raw(&mut self, frame: Vec<u8>) {
        self.send_message(Message::Binary(frame.into())).await;
    }

    /// Sends any kind of WebSocket message.
    pub(crate) async fn send_message(&mut self, message: Message) {
        if let Some(socket) = &mut self.socket
            && socket.send(message).await.is_err()
        {
            self.disconnect();
        }
    }

    /// Changes the document and sends the update, if connected.
    pub(crate) async fn edit(
        &mut self,
        change: impl FnOnce(&XmlFragmentRef, &mut yrs::TransactionMut<'_>),
    ) {
        let update = {
            let mut tx = self.doc.transact_mut();
            change(&self.section, &mut tx);
            tx.encode_update_v1()
        };
        if self.socket.is_some() && update != [0, 0] {
            self.send(&[0, 2], &update).await;
        }
    }

    /// Appends a paragraph.
    pub(crate) async fn write(&mut self, text: &str) {
        self.edit(|section, tx| {
            let prelim = XmlElementPrelim::new("paragraph", [XmlTextPrelim::new(text).into()]);
            section.push_back(tx, prelim);
        })
        .await;
    }

    /// One random edit: a new paragraph, typing, deleting, formatting.
    pub(crate) async fn edit_at_random(&mut self, random: &mut Random) {
        let (what, at, far) = (random.below(10), random.next(), random.next());
        self.edit(|section, tx| {
            let count = section.len(tx);
            let place = (at % u64::from(count + 1)) as u32;
            let text = match section.get(tx, place) {
                Some(XmlOut::Element(element)) => match element.get(tx, 0) {
                    Some(XmlOut::Text(text)) => Some(text),
                    _ => None,
                },
                _ => None,
            };
            let Some(text) = text else {
                let words = XmlTextPrelim::new(format!("paragraph {}", far % 1000));
                section.insert(
                    tx,
                    place,
                    XmlElementPrelim::new("paragraph", [words.into()]),
                );
                return;
            };
            let length = text.len(tx);
            let from = (far % u64::from(length + 1)) as u32;
            let span = (length - from).min(4);
            match what {
                0 if count > 3 => section.remove(tx, place),
                1 | 2 if span > 0 => text.remove_range(tx, from, span),
                3 if span > 0 => {
                    let bold = [(
                        "bold".into(),
                        yrs::Any::from(std::collections::HashMap::<String, yrs::Any>::new()),
                    )];
                    text.format(tx, from, span, bold.into_iter().collect());
                }
                _ => text.insert(tx, from, "word"),
            }
        })
        .await;
    }

    /// Shows a presence state under a client id.
    pub(crate) async fn show(&mut self, client: u64, state: &str) {
        self.clock += 1;
        let mut update = vec![1];
        put_number(&mut update, client);
        put_number(&mut update, self.clock);
        put_number(&mut update, state.len() as u64);
        update.extend_from_slice(state.as_bytes());
        self.send(&[1], &update).await;
    }

    /// The section as text.
    pub(crate) fn text(&self) -> String {
        self.section.get_string(&self.doc.transact())
    }

    /// Clocks, for comparing.
    pub(crate) fn state(&self) -> StateVector {
        self.doc.transact().state_vector()
    }

    /// What it holds and cannot show: what that waits for, of each client; `None` when it waits for nothing.
    pub(crate) fn waits_for(&self) -> Option<StateVector> {
        let tx = self.doc.transact();
        tx.store().pending_update().map(|one| one.missing.clone())
    }

    /// Everything held: clocks and deletes.
    pub(crate) fn snapshot(&self) -> yrs::Snapshot {
        self.doc.transact().snapshot()
    }

    /// The whole document as an update.
    pub(crate) fn whole(&self) -> Vec<u8> {
        self.doc
            .transact()
            .encode_state_as_update_v1(&StateVector::default())
    }

    /// Applies an update as if it came from elsewhere.
    pub(crate) fn apply(&self, update: &[u8]) {
        let update = Update::decode_v1(update).expect("an update");
        self.doc
            .transact_mut()
            .apply_update(update)
            .expect("applies");
    }

    /// Takes what is there already, without waiting.
    pub(crate) async fn pump(&mut self) {
        self.pump_for(Duration::from_millis(1)).await;
    }

    /// Takes what comes for a while (to see that nothing does).
    pub(crate) async fn pump_for(&mut self, time: Duration) {
        let end = Instant::now() + time;
        while self.receive(end).await {}
    }

    /// Takes frames until `done`.
    #[track_caller]
    pub(crate) fn pump_until(
        &mut self,
        what: &'static str,
        done: impl Fn(&Self) -> bool,
    ) -> impl Future<Output = ()> {
        let caller = std::panic::Location::caller();
        async move {
            let end = Instant::now() + PATIENCE;
            while !done(self) {
                let open = self.receive(end).await;
                assert!(
                    open || done(self),
                    "never: {what} ({caller}); closed {:?}, notices {:?}, denied {:?}",
                    self.closed,
                    self.notices,
                    self.denied
                );
            }
        }
    }

    /// Waits until everything sent is acknowledged.
    pub(crate) async fn settle(&mut self) {
        self.pump_until("acknowledged", |editor| editor.stored >= editor.sent)
            .await;
    }

    /// Takes one frame; `false` at the end of time or of the socket.
    async fn receive(&mut self, end: Instant) -> bool {
        let Some(socket) = &mut self.socket else {
            return false;
        };
        match timeout_at(end, socket.next()).await {
            Err(_) => false,
            Ok(Some(Ok(Message::Binary(frame)))) => {
                self.received += 1;
                self.hear(&frame).await;
                true
            }
            Ok(Some(Ok(Message::Close(frame)))) => {
                self.closed = frame.map(|frame| frame.code.into());
                // The answer to a close leaves with the next write.
                let socket = self.socket.take();
                if let Some(mut socket) = socket {
                    let _ = timeout(Duration::from_secs(1), socket.close(None)).await;
                }
                false
            }
            Ok(Some(Ok(_))) => true,
            Ok(Some(Err(_)) | None) => {
                self.disconnect();
                false
            }
        }
    }

    async fn hear(&mut self, frame: &[u8]) {
        let mut at = 1;
        match frame[0] {
            0 => {
                at = 2;
                let body = take(frame, &mut at);
                match frame[1] {
                    0 if self.mute => {}
                    0 => {
                        let vector = StateVector::decode_v1(body).expect("a state vector");
                        let missing = self.doc.transact().encode_state_as_update_v1(&vector);
                        self.send(&[0, 1], &missing).await;
                    }
                    kind => {
                        self.apply(body);
                        self.synced |= kind == 1;
                        self.updates += u64::from(kind == 2);
                    }
                }
            }
            1 => {
                let update = take(frame, &mut at).to_vec();
                let mut at = 0;
                for _ in 0..number(&update, &mut at) {
                    let client = number(&update, &mut at);
                    number(&update, &mut at);
                    let state: Value =
                        serde_json::from_slice(take(&update, &mut at)).expect("json");
                    self.presence
                        .insert(client, (!state.is_null()).then_some(state));
                }
            }
            2 => {
                at = 2;
                let reason = String::from_utf8_lossy(take(frame, &mut at)).into_owned();
                self.denied.push(reason);
            }
            100 => {
                let notice: Value = serde_json::from_slice(take(frame, &mut at)).expect("json");
                if notice["type"] == "stored" {
                    self.stored = notice["updates"].as_u64().expect("a count");
                }
                self.notices.push(notice);
            }
            tag => panic!("an unknown tag {tag}"),
        }
    }

    /// The last notice of a type.
    pub(crate) fn notice(&self, kind: &str) -> Option<&Value> {
        self.notices.iter().rev().find(|one| one["type"] == kind)
    }
}

/// A place for `person` on a server's document, with notices.
pub(crate) fn place(address: SocketAddr, document: &str, person: &'static str) -> Place {
    Place {
        address,
        document: document.to_owned(),
        person,
        query: "notices=1".to_owned(),
    }
}

/// Exchanges until all editors show the same; panics when they never do.
pub(crate) async fn converge(editors: &mut [Editor]) {
    let end = Instant::now() + PATIENCE;
    loop {
        for editor in editors.iter_mut() {
            editor.pump().await;
        }
        let first = editors[0].snapshot();
        if editors.iter().all(|editor| editor.snapshot() == first) {
            let text = editors[0].text();
            assert!(editors.iter().all(|editor| editor.text() == text));
            return;
        }
        assert!(
            Instant::now() < end,
            "never the same: {:?}",
            editors
                .iter()
                .map(|editor| (editor.closed, editor.snapshot()))
                .collect::<Vec<_>>()
        );
    }
}

/// A reproducible source of choices (xorshift).
#[derive(Clone, Debug)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 8
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}

fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn number(bytes: &[u8], at: &mut usize) -> u64 {
    let (mut value, mut shift) = (0, 0);
    loop {
        let byte = bytes[*at];
        *at += 1;
        value |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            return value;
        }
    }
}

fn take<'a>(bytes: &'a [u8], at: &mut usize) -> &'a [u8] {
    let length = number(bytes, at) as usize;
    *at += length;
    &bytes[*at - length..*at]
}
