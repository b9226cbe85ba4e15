//! What is fuzzed, as plain functions: the fuzzer calls them, and the tests replay its corpus.
//! A body panics when a property is broken.

use std::time::Duration;

use bytes::Bytes;
use chantier::live::gate::{Limits, Reading, Tables, Verdict, read, read_state_vector};
use chantier::live::presence::{News, Presence};
use chantier::live::protocol::{self, Cursor};
use chantier::live::{ConnectionId, bindings::Bindings};
use chantier::store::authors::Author;
use chantier::store::log::body;
use chantier::text;
use tokio::time::Instant;
use yrs::updates::decoder::Decode as _;
use yrs::updates::encoder::Encode as _;
use yrs::{Doc, OffsetKind, Options, ReadTxn as _, StateVector, Transact as _, Update};

use super::builder::{Builder, Choices};

/// One thing that reads bytes.
pub(crate) type Body = fn(&[u8]);

/// Every body, by the name of its corpus.
pub(crate) const BODIES: [(&str, Body); 11] = [
    ("gate", gate),
    ("document", document),
    ("built", built),
    ("mark", mark),
    ("frame", frame),
    ("vector", vector),
    ("row", row),
    ("tables", tables),
    ("reader", reader),
    ("awareness", awareness),
    ("fallback", fallback),
];

/// The bodies that read updates one after the other: the known crashers are seeds of theirs.
#[allow(dead_code, reason = "the replay in the tests asks for it")]
pub(crate) const READ_UPDATES: [&str; 2] = ["gate", "document"];

/// Bytes as updates: each after its length, the rest is the last one.
pub(crate) fn updates(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut updates = Vec::new();
    while let Some((&[low, high], rest)) = bytes.split_first_chunk() {
        let length = usize::from(u16::from_le_bytes([low, high])).min(rest.len());
        updates.push(&rest[..length]);
        bytes = &rest[length..];
    }
    updates
}

/// Judges an update and advances; what was accepted is nothing new afterwards.
fn judge(update: &[u8], tables: &mut Tables) -> Option<Reading> {
    let limits = Limits::default();
    let (Verdict::Accepted(reading) | Verdict::CleanUpOnly(reading)) =
        read(update, tables, &limits)
    else {
        return None;
    };
    for range in &reading.new {
        assert_eq!(tables.clock(range.client), range.from);
    }
    tables.apply(&reading);
    for range in &reading.new {
        assert_eq!(tables.clock(range.client), range.to);
    }
    assert_eq!(read(update, tables, &limits), Verdict::NothingNew);
    Some(reading)
}

/// Updates one after the other: any verdict, never a panic, and the tables survive storage.
pub(crate) fn gate(bytes: &[u8]) {
    let mut tables = Tables::new();
    for update in updates(bytes) {
        judge(update, &mut tables);
    }
    assert_eq!(Tables::from_bytes(&tables.to_bytes()).as_ref(), Ok(&tables));
    let vector = read_state_vector(&tables.state_vector()).expect("our own state vector");
    assert_eq!(vector.len(), tables.clients());
}

/// The document as the CRDT library holds it, beside the tables.
struct Both {
    tables: Tables,
    doc: Doc,
    accepted: Vec<Vec<u8>>,
}

impl Both {
    fn new() -> Self {
        let doc = Doc::with_options(Options {
            offset_kind: OffsetKind::Utf16,
            cleanup_formatting: false,
            skip_gc: false,
            ..Options::with_client_id(yrs::ClientID::new(1))
        });
        let (tables, accepted) = (Tables::new(), Vec::new());
        Self {
            tables,
            doc,
            accepted,
        }
    }

    /// What passes the gate, the library takes whole, with the ids that the gate reported.
    fn take(&mut self, update: &[u8]) -> bool {
        if judge(update, &mut self.tables).is_none() {
            return false;
        }
        self.accepted.push(update.to_vec());
        let decoded = Update::decode_v1(update).expect("what passed the gate decodes");
        let mut txn = self.doc.transact_mut();
        txn.apply_update(decoded)
            .expect("what passed the gate applies");
        drop(txn);
        let txn = self.doc.transact();
        assert!(!txn.has_missing_updates(), "nothing waits");
        let mut theirs = read_state_vector(&txn.state_vector().encode_v1()).expect("a vector");
        let mut ours = read_state_vector(&self.tables.state_vector()).expect("a vector");
        theirs.sort_unstable();
        ours.sort_unstable();
        assert_eq!(theirs, ours);
        drop(txn);
        if self.accepted.len().is_multiple_of(16) {
            self.finish();
        }
        true
    }

    /// The whole document passes the gate again, with the same ids, and both are read as trees.
    /// The trees may differ: neighbours that no editor ever saw side by side are put in an order
    /// that depends on what was there when they came (`docs/decisions/0019-gate.md`).
    fn finish(&self) {
        let txn = self.doc.transact();
        let whole = txn.encode_state_as_update_v1(&StateVector::default());
        let mut again = Tables::new();
        match read(&whole, &again, &Limits::snapshot()) {
            Verdict::Accepted(reading) | Verdict::CleanUpOnly(reading) => again.apply(&reading),
            Verdict::NothingNew => {}
            verdict @ (Verdict::Gap | Verdict::Refused(_)) => {
                panic!("the whole document does not pass the gate: {verdict:?}")
            }
        }
        assert_eq!(again.state_vector(), self.tables.state_vector());
        text::read([whole.as_slice()]).expect("a tree");
        // A document that does not compare equal to itself would never be compacted.
        text::compact([whole.as_slice()]).expect("what is compacted compares equal");
        text::read(self.accepted.iter().map(Vec::as_slice)).expect("a tree");
    }
}

/// Updates through the gate, what passes into the CRDT library.
pub(crate) fn document(bytes: &[u8]) {
    let mut both = Both::new();
    for update in updates(bytes) {
        both.take(update);
    }
    both.finish();
}

/// The same with updates that mostly pass.
pub(crate) fn built(bytes: &[u8]) {
    let (mut both, mut builder) = (Both::new(), Builder::default());
    let mut choices = Choices::new(bytes);
    while choices.any() {
        // What the gate refuses was never sent: the next update goes on from before it.
        let before = builder.clone();
        if !both.take(&builder.update(&mut choices)) {
            builder = before;
        }
    }
    both.finish();
}

/// A mark that is held, sent again with this JSON before something new: whatever passes the gate
/// is read by the library.
pub(crate) fn mark(bytes: &[u8]) {
    /// Client 9: a paragraph in `context`, its text, "abc", the start of bold.
    const HELD: &[u8] = b"\x01\x04\x09\x00\x07\x01\x07context\x03\x09paragraph\x07\x00\x09\x00\x06\x04\x00\x09\x01\x03abc\x86\x09\x04\x04bold\x02{}\x00";
    let mut both = Both::new();
    assert!(both.take(HELD));
    let mut update = b"\x01\x02\x09\x05\x86\x09\x04\x04bold".to_vec();
    protocol::put_number(&mut update, bytes.len() as u64);
    update.extend_from_slice(bytes);
    update.extend_from_slice(b"\x84\x09\x05\x01x\x00");
    both.take(&update);
    both.finish();
}

/// One frame of the wire.
pub(crate) fn frame(bytes: &[u8]) {
    let frame = Bytes::copy_from_slice(bytes);
    let written = match protocol::read(&frame) {
        Some(protocol::Message::Step1(body)) => {
            let _ = read_state_vector(&body);
            protocol::step_1(&body)
        }
        Some(protocol::Message::Step2(body)) => protocol::step_2(&body),
        Some(protocol::Message::Update(body)) => protocol::update(&body),
        Some(protocol::Message::Awareness(body)) => protocol::awareness(&body),
        Some(protocol::Message::QueryAwareness | protocol::Message::Unknown) | None => return,
    };
    assert_eq!(written, frame, "a frame has one form");
}

/// A state vector: read strictly, or not at all.
pub(crate) fn vector(bytes: &[u8]) {
    let Ok(vector) = read_state_vector(bytes) else {
        return;
    };
    let mut written = Vec::new();
    protocol::put_number(&mut written, vector.len() as u64);
    for (client, clock) in vector {
        assert!(client < 1 << 53 && clock < 1 << 31);
        protocol::put_number(&mut written, client);
        protocol::put_number(&mut written, clock);
    }
    assert_eq!(written, bytes, "a vector has one form");
    StateVector::decode_v1(bytes).expect("the library reads it too");
}

/// The body of a log row.
pub(crate) fn row(bytes: &[u8]) {
    let Some(updates) = body::decode(&Bytes::copy_from_slice(bytes)) else {
        return;
    };
    let again = body::decode(&body::encode(&updates).into());
    assert_eq!(again.as_ref(), Some(&updates));
}

/// Stored tables, the checksum made right: read back or refused, and fit for use.
pub(crate) fn tables(bytes: &[u8]) {
    let (stored, update) = bytes.split_at(bytes.len() / 2);
    let mut stored = [b"CHG3", stored].concat();
    let sum = stored.iter().fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    stored.extend(sum.to_le_bytes());
    let Ok(mut tables) = Tables::from_bytes(&stored) else {
        return;
    };
    assert_eq!(Tables::from_bytes(&tables.to_bytes()).as_ref(), Ok(&tables));
    judge(update, &mut tables);
}

/// Every reader of one message, each on the same bytes.
pub(crate) fn reader(bytes: &[u8]) {
    frame(bytes);
    vector(bytes);
    row(bytes);
    let limits = Limits::default();
    if let Verdict::Accepted(_) = read(bytes, &Tables::new(), &limits) {
        Update::decode_v1(bytes).expect("what passed the gate decodes");
    }
}

/// Awareness updates of one connection: whatever it says, others hear it under the account's own
/// name, under one client id, in frames that they can read.
pub(crate) fn awareness(bytes: &[u8]) {
    let (mut presence, bindings) = (Presence::default(), Bindings::default());
    let author = Author {
        account: "acc-fuzz".into(),
        name: "Ada Test".to_owned(),
        organisation: None,
        organisation_name: None,
    };
    let (connection, mut now) = (ConnectionId::default(), Instant::now());
    let mut client = None;
    let mut told = |news: &News| {
        assert_eq!(*client.get_or_insert(news.client), news.client);
        for frame in [&news.frame, &news.echo] {
            shown(frame, news.client);
        }
    };
    for update in updates(bytes) {
        let update = Bytes::copy_from_slice(update);
        let heard = presence.hear(connection, &author, &update, &bindings, now);
        heard.iter().flatten().for_each(&mut told);
        now += Duration::from_millis(40);
    }
    for (client, frame) in presence.everyone() {
        shown(&frame, client);
    }
    presence.forget(connection).iter().for_each(&mut told);
    assert!(presence.everyone().is_empty(), "who left is forgotten");
}

/// A frame of presence holds one entry, and the server's word for who it is.
fn shown(frame: &Bytes, client: u64) {
    let Some(protocol::Message::Awareness(entry)) = protocol::read(frame) else {
        panic!("not a frame of presence")
    };
    let mut cursor = Cursor::new(&entry);
    assert_eq!(cursor.number(), Some(1));
    assert_eq!(cursor.number(), Some(client));
    assert!(cursor.number().is_some_and(|clock| clock < 1 << 53));
    let state = cursor.bytes().expect("a state");
    assert!(cursor.is_done());
    let state: serde_json::Value = serde_json::from_slice(&state).expect("json");
    assert!(state.is_null() || state["user"]["name"] == "Ada Test");
}

/// The stream up of a client without a socket: the same frames wherever it is cut into parts.
pub(crate) fn fallback(bytes: &[u8]) {
    let (whole, rest) = split([bytes]);
    let size = usize::from(bytes.first().copied().unwrap_or_default()) + 1;
    assert_eq!(split(bytes.chunks(size)), (whole.clone(), rest));
    let read: usize = whole.iter().map(Vec::len).sum();
    assert!(read + rest <= bytes.len());
    for one in whole {
        frame(&one);
    }
}

/// Frames of a stream that comes in parts, and how many bytes wait for more. It ends before a
/// frame longer than may be.
fn split<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Vec<u8>>, usize) {
    let (mut frames, mut waiting) = (Vec::new(), Vec::new());
    for part in parts {
        waiting.extend_from_slice(part);
        while let Some((head, length)) = protocol::length(&waiting) {
            if length > protocol::MESSAGE_BYTES || waiting.len() < head + length {
                break;
            }
            let rest = waiting.split_off(head + length);
            let frame = std::mem::replace(&mut waiting, rest);
            frames.push(frame[head..].to_vec());
        }
    }
    (frames, waiting.len())
}
