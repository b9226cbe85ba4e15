//! The bytes that a client sent are the bytes that are stored and passed on, by every way: encodings
//! that are legal and that no library would write again are compared byte for byte.

use chantier::live::gate::{Limits, Tables, Verdict, read};
use yrs::updates::decoder::Decode as _;
use yrs::{ReadTxn as _, Transact as _};

use crate::support::editor::place;
use crate::support::line::{Line, frame, put_number};
use crate::support::server::Server;
use crate::support::{on_both_databases, raw};

/// A heading written as no library writes it: the value of a mark with a space in it, each letter a
/// struct of its own, neighbors deleted in two ranges.
fn odd(client: usize) -> Vec<u8> {
    let mut update = vec![1, 11];
    put_number(&mut update, client);
    update.push(0);
    let id = |clock: u8| {
        let mut id = Vec::new();
        put_number(&mut id, client);
        id.push(clock);
        id
    };
    let mut put = |pieces: &[&[u8]]| {
        pieces
            .iter()
            .for_each(|piece| update.extend_from_slice(piece))
    };
    put(&[&[7, 1, 7], b"context", &[3, 7], b"heading"]);
    let level = [0x7d, 2];
    put(&[&[0x28, 0], &id(0), &[5], b"level", &[1], &level]);
    put(&[&[7, 0], &id(0), &[6]]);
    put(&[&[6, 0], &id(2), &[4], b"bold", &[3], b"{ }"]);
    put(&[&[0x84], &id(3), &[1], b"a", &[0x84], &id(4), &[1], b"b"]);
    put(&[&[0x86], &id(5), &[4], b"bold", &[4], b"null"]);
    for (after, letter) in (6..).zip([b"w", b"x", b"y", b"z"]) {
        put(&[&[0x84], &id(after), &[1], letter]);
    }
    put(&[&[1], &id(2)[..id(2).len() - 1], &[2, 8, 1, 9, 1]]);
    update
}

/// Whether it is legal, and what a library would make of it.
fn written_again(update: &[u8]) -> Vec<u8> {
    let verdict = read(update, &Tables::new(), &Limits::default());
    assert!(matches!(verdict, Verdict::Accepted(_)), "{verdict:?}");
    let doc = yrs::Doc::new();
    let decoded = yrs::Update::decode_v1(update).expect("an update");
    doc.transact_mut().apply_update(decoded).expect("applies");
    doc.transact()
        .encode_state_as_update_v1(&yrs::StateVector::default())
}

fn is_update(frame: &[u8]) -> bool {
    frame.starts_with(&[0, 2])
}

/// The next update that came over plain requests.
async fn next_update(line: &mut Line) -> Vec<u8> {
    line.poll_until("an update", |line| {
        line.frames.iter().any(|frame| is_update(frame))
    })
    .await;
    let found = line.frames.iter().position(|frame| is_update(frame));
    line.frames.remove(found.expect("there")).expect("there")
}

on_both_databases! {
    async fn original_bytes_are_stored_and_passed_on(database: Database) {
        let server = Server::start(&database).await;
        let document = server.document.as_str();
        let (one, two) = (odd(70_001), odd(70_002));
        assert_ne!(written_again(&one), one, "a library would write it so, too");
        let mut ada = raw::open(&place(server.address, document, "ada")).await.expect("open");
        let mut stock = place(server.address, document, "rea");
        stock.query = String::new();
        let mut rea = raw::open(&stock).await.expect("open");
        for socket in [&mut ada, &mut rea] {
            raw::send(socket, vec![0, 0, 1, 0]).await;
            raw::send(socket, vec![0, 1, 2, 0, 0]).await;
            raw::hear(socket, |frame| frame.starts_with(&[0, 1])).await;
        }
        let mut ben = Line::open(&server, "ben").await;
        ben.send(&[frame(&[0, 0], &[0]), frame(&[0, 1], &[0, 0])]).await;
        ben.poll_until("the state", |ben| ben.frames.iter().any(|frame| frame.starts_with(&[0, 1]))).await;

        // Up by a socket, then by a plain request; down both ways each time.
        raw::send(&mut ada, frame(&[0, 2], &one)).await;
        assert_eq!(raw::hear(&mut rea, is_update).await, frame(&[0, 2], &one));
        assert_eq!(next_update(&mut ben).await, frame(&[0, 2], &one));
        ben.send(&[frame(&[0, 2], &two)]).await;
        for socket in [&mut ada, &mut rea] {
            assert_eq!(raw::hear(socket, is_update).await, frame(&[0, 2], &two));
        }

        let mut tx = server.app.store.read().await.expect("reads");
        let rows = tx.log_rows(&server.document, 0, 2).await.expect("reads");
        drop(tx);
        let stored: Vec<&[u8]> = rows.iter().flat_map(|row| &row.updates).map(|update| &*update.bytes).collect();
        assert_eq!(stored, [one.as_slice(), &two]);

        // Who comes later gets the rows as they are.
        let mut late = raw::open(&stock).await.expect("open");
        raw::send(&mut late, vec![0, 0, 1, 0]).await;
        for update in [&one, &two] {
            assert_eq!(raw::hear(&mut late, is_update).await, frame(&[0, 2], update));
        }
        let mut line = Line::open(&server, "rea").await;
        line.send(&[frame(&[0, 0], &[0])]).await;
        for update in [&one, &two] {
            assert_eq!(next_update(&mut line).await, frame(&[0, 2], update));
        }
    }
}
