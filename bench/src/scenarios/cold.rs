//! A document of 260,000 edits after a restart: until a client has it; and typing into it.

use std::time::{Duration, Instant};

use super::fanout::{people, type_for};
use super::{PATIENCE, Settings, figure, joined, percentile};
use crate::report::Figure;
use crate::server::Server;
use crate::update::{self, Heard, Typist};

/// Updates under way while it is written.
const UNDER_WAY: usize = 2_000;

/// Somebody who writes here and there: after so many characters they go elsewhere.
const STROKE: usize = 20;

/// Times it is opened.
const OPENINGS: usize = 5;

/// People who type into it then, and into an empty one beside it, and how fast.
const PEOPLE: usize = 10;
const RATE: f64 = 10.0;

/// The client id that wrote it.
const WRITER: u64 = 900;

/// Measures once.
pub fn run(start: impl Fn(usize) -> Server, settings: &Settings) -> Vec<Figure> {
    let mut server = start(2);
    let clock = write(&server, settings.edits);
    let mut opened = Vec::with_capacity(OPENINGS);
    for _ in 0..OPENINGS {
        server.kill_and_restart();
        opened.push(open(&server, clock));
    }
    let mut figures = vec![figure(
        format!(
            "opening a document of {} edits after a restart, median of {OPENINGS}",
            settings.edits
        ),
        percentile(&mut opened, 0.5),
        "ms",
    )];
    for (document, words) in [(0, "that document"), (1, "an empty document")] {
        let mut people = people(&server, document, PEOPLE, RATE);
        let mut seen = type_for(&mut people, RATE, "a", settings.length());
        for (share, word) in [(0.5, "p50"), (0.99, "p99")] {
            figures.push(figure(
                format!("typing into {words}: send to each receiver, {word}, {PEOPLE} clients at {RATE}/s"),
                percentile(&mut seen.delays, share),
                "ms",
            ));
        }
    }
    figures
}

/// Writes the document; its clock.
fn write(server: &Server, edits: usize) -> u64 {
    let mut socket = joined(server, 0, true);
    let mut typist = Typist::new(WRITER);
    let (mut sent, mut stored) = (1, 1);
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let deadline = Instant::now() + PATIENCE * 5;
    while stored <= edits {
        assert!(
            socket.closed.is_none() && Instant::now() < deadline,
            "the large document was not written"
        );
        while sent <= edits && sent - stored < UNDER_WAY {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let elsewhere = sent % STROKE == 0 && typist.clock > 10;
            let frame = if elsewhere {
                typist.type_at(2 + random % (typist.clock - 4), "b")
            } else {
                typist.type_next("a")
            };
            socket.push(&frame);
            sent += 1;
        }
        socket.flush();
        socket.poll(|frame| {
            if let Heard::Stored(count) = update::hear(frame) {
                stored = stored.max(count as usize);
            }
        });
    }
    settle(server);
    typist.clock
}

/// Until the server has been idle for three seconds: its background work is done.
fn settle(server: &Server) {
    let (mut cpu, mut since) = (server.cpu(), Instant::now());
    let deadline = Instant::now() + PATIENCE;
    while since.elapsed() < Duration::from_secs(3) && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(100));
        if server.cpu() > cpu + Duration::from_millis(20) {
            (cpu, since) = (server.cpu(), Instant::now());
        }
    }
}

/// From the connection until the state is there.
fn open(server: &Server, clock: u64) -> f64 {
    let began = Instant::now();
    let mut socket = server.open(0);
    socket.push(&update::ask_for_all());
    let mut held = 0;
    let whole = socket.poll_until(PATIENCE, |frame| {
        held = held.max(update::clock_told(frame));
        update::hear(frame) == Heard::Step2
    });
    let elapsed = began.elapsed().as_secs_f64() * 1e3;
    assert!(
        whole && held == clock,
        "the document is not whole: {held} of {clock}"
    );
    elapsed
}
