//! Resident memory: per silent connection, per open document of 1,000 characters.

use super::{PATIENCE, figure, joined};
use crate::report::Figure;
use crate::server::Server;
use crate::socket::Socket;
use crate::update::{self, Heard, Typist};

/// Silent connections, before and after.
const FEW: usize = 200;
const MANY: usize = 1000;

/// Open documents.
const DOCUMENTS: usize = 300;

/// Characters of each.
const CHARACTERS: usize = 1000;

/// Measures both.
pub fn run(start: impl Fn(usize) -> Server) -> Vec<Figure> {
    let server = start(1);
    let mut sockets: Vec<Socket> = (0..FEW)
        .map(|_| joined(&server, 0, server.keeps()))
        .collect();
    let before = server.rss_kb();
    sockets.extend((FEW..MANY).map(|_| joined(&server, 0, server.keeps())));
    let per_connection = (server.rss_kb().saturating_sub(before)) as f64 / (MANY - FEW) as f64;
    drop(sockets);
    drop(server);
    let mut figures = vec![figure("memory per silent connection", per_connection, "kB")];

    let server = start(DOCUMENTS + 1);
    if !server.keeps() {
        return figures;
    }
    // The first one grows what every document shares.
    let mut open = vec![written(&server, DOCUMENTS)];
    let before = server.rss_kb();
    open.extend((0..DOCUMENTS).map(|document| written(&server, document)));
    let both = (server.rss_kb().saturating_sub(before)) as f64 / DOCUMENTS as f64;
    figures.push(figure(
        "memory per open document of 1,000 characters, beside its connection",
        (both - per_connection).max(0.0),
        "kB",
    ));
    figures
}

/// A document with some text, and the socket that keeps it open.
fn written(server: &Server, document: usize) -> Socket {
    let mut socket = joined(server, document, true);
    let mut typist = Typist::new(1000);
    socket.push(&typist.type_next(&"lorem ipsum ".repeat(CHARACTERS / 12 + 1)[..CHARACTERS]));
    // The empty sync step 2 was the first frame that counts.
    let stored = socket.poll_until(PATIENCE, |frame| {
        matches!(update::hear(frame), Heard::Stored(2..))
    });
    assert!(stored, "the text was not acknowledged");
    socket
}
