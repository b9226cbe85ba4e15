//! One turn of a room without its disk and its tasks: a frame is read, gated, judged, bound to its
//! author and made a row; then it goes into every outbox, and each is emptied as its socket would.
//! The parts are the server's own; only the order in which they are called is written here again.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use chantier::ids::{AccountId, DocumentId};
use chantier::live::ConnectionId;
use chantier::live::bindings::Bindings;
use chantier::live::gate::{Limits, Tables, Verdict, read};
use chantier::live::outbox::{Batch, Bounds, Outbox, Step};
use chantier::live::presence::Presence;
use chantier::live::protocol::{self, Message, put_number};
use chantier::rules::editing::{Mode, Touch, may_touch};
use chantier::rules::rights::Facts;
use chantier::rules::role::Role;
use chantier::rules::stage::Stage;
use chantier::store::log::body::{StoredUpdate, checksum, encode};

/// Sockets of the document; one of them sends.
pub(crate) const SOCKETS: u64 = 10;

/// How long a reader may be behind; nobody here is.
const PATIENCE: Duration = Duration::from_secs(30);

/// The client id that types.
const CLIENT: u64 = 5;

/// A document with people in it.
pub(crate) struct Room {
    document: DocumentId,
    tables: Tables,
    limits: Limits,
    bindings: Bindings,
    presence: Presence,
    outboxes: Vec<Outbox>,
    account: AccountId,
    facts: Facts,
    seq: i64,
    /// The clock of the next character.
    clock: u64,
}

impl Room {
    /// A paragraph, its text, one character.
    pub(crate) fn new() -> Self {
        let mut room = Self {
            document: DocumentId::new(),
            tables: Tables::new(),
            limits: Limits::default(),
            bindings: Bindings::default(),
            presence: Presence::default(),
            outboxes: (0..SOCKETS)
                .map(|number| Outbox::new(ConnectionId(number), Bounds::default(), PATIENCE))
                .collect(),
            account: "0192f0c1-0000-7000-8000-000000000001".into(),
            facts: Facts {
                roles: [Role::Owner].into_iter().collect(),
                stage: Some(Stage::Drafting),
            },
            seq: 0,
            clock: 3,
        };
        let first =
            b"\x01\x03\x05\x00\x07\x01\x07context\x03\x09paragraph\x07\x00\x05\x00\x06\x04\x00\x05\x01\x01a\x00";
        room.turn(&protocol::update(first));
        room
    }

    /// The frame of the next typed character.
    pub(crate) fn next_frame(&mut self) -> Bytes {
        let mut update = vec![1, 1, CLIENT as u8];
        put_number(&mut update, self.clock);
        update.extend([0x84, CLIENT as u8]);
        put_number(&mut update, self.clock - 1);
        update.extend([1, b'y', 0]);
        self.clock += 1;
        protocol::update(&update)
    }

    /// One turn of one update; how many frames left.
    pub(crate) fn turn(&mut self, frame: &Bytes) -> usize {
        let Some(Message::Update(update)) = protocol::read(frame) else {
            panic!("not an update");
        };
        let Verdict::Accepted(reading) = read(&update, &self.tables, &self.limits) else {
            panic!("the fixture is refused");
        };
        let touch = Touch {
            sections: reading.sections.names(),
            deletes_text: reading.deletes_text,
        };
        assert!(may_touch(&self.facts, Mode::of_kind("sheet"), touch).is_ok());
        assert!(
            self.bindings
                .bind(&reading.new, &self.account, &self.presence)
        );
        self.tables.apply(&reading);
        let stored = StoredUpdate {
            account: self.account.clone(),
            organisation: None,
            bytes: update,
        };
        self.seq += 1;
        let row = encode(&[stored]);
        std::hint::black_box(checksum(&self.document, self.seq, 1, &row));
        self.tell(frame)
    }

    fn tell(&self, frame: &Bytes) -> usize {
        let sender = ConnectionId(0);
        let batch = Arc::new(Batch::new(self.seq, vec![(Some(sender), frame.clone())]));
        for (number, outbox) in self.outboxes.iter().enumerate() {
            let stored = (number == 0).then_some((self.seq as u64, self.seq));
            outbox.turn(Some(&batch), stored);
        }
        self.outboxes.iter().map(emptied).sum()
    }
}

/// Takes what waits, as the socket's task does when it is woken.
fn emptied(outbox: &Outbox) -> usize {
    let next = std::pin::pin!(outbox.next());
    match next.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Step::Send(frames)) => frames.len(),
        Poll::Ready(Step::CatchUp(_) | Step::Close(..)) | Poll::Pending => {
            panic!("frames wait for everybody")
        }
    }
}
