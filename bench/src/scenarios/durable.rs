//! kill -9 the moment the last update was seen by everybody: what is still there afterwards?

use super::fanout::{people, type_for};
use super::{PATIENCE, Settings, figure};
use crate::report::Figure;
use crate::server::Server;
use crate::update;

/// People who type, and how fast.
const PEOPLE: usize = 5;
const RATE: f64 = 10.0;

/// Measures once.
pub fn run(start: impl Fn(usize) -> Server, settings: &Settings) -> Vec<Figure> {
    let mut server = start(1);
    let mut people = people(&server, 0, PEOPLE, RATE);
    let seen = type_for(&mut people, RATE, "a", settings.length());
    server.kill_and_restart();
    let mut socket = server.open(0);
    let mut held = 0;
    socket.poll_until(PATIENCE, |frame| {
        held = update::clocks_told(frame);
        held > 0
    });
    // Each person's first update brings a paragraph and its text beside the character.
    let lost = (seen.sent + 2 * PEOPLE) as i64 - held as i64;
    vec![
        figure(
            "updates seen by everybody before a kill -9",
            seen.sent as f64,
            "",
        ),
        figure("of them lost", lost as f64, ""),
    ]
}
