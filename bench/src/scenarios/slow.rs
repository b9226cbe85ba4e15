//! One reader stops reading while the others write much: do they notice, does memory grow?

use super::fanout::{people, type_for};
use super::{Settings, figure, joined, percentile};
use crate::report::Figure;
use crate::server::Server;

/// People who write, how fast, and how much each time.
const PEOPLE: usize = 10;
const RATE: f64 = 10.0;
const CHARACTERS: usize = 20_000;

/// Measures twice, each time from an empty document: it grows by megabytes meanwhile.
pub fn run(start: impl Fn(usize) -> Server, settings: &Settings) -> Vec<Figure> {
    let (quiet, grown_quiet) = measure(&start(1), settings, false);
    let (beside, grown) = measure(&start(1), settings, true);
    vec![
        figure(
            "send to each receiver, p99, updates of 20,000 characters",
            quiet,
            "ms",
        ),
        figure("memory grown meanwhile", grown_quiet, "MB"),
        figure(
            "send to each receiver, p99, beside a reader that stopped",
            beside,
            "ms",
        ),
        figure(
            "memory grown meanwhile, beside a reader that stopped",
            grown,
            "MB",
        ),
    ]
}

/// The 99th hundredth in ms, and by how many MB the server grew.
fn measure(server: &Server, settings: &Settings, is_stuck: bool) -> (f64, f64) {
    let mut people = people(server, 0, PEOPLE, RATE);
    let text = "x".repeat(CHARACTERS);
    // Joins, then never reads again.
    let stuck = is_stuck.then(|| joined(server, 0, server.keeps()));
    let before = server.rss_kb();
    let mut run = type_for(&mut people, RATE, &text, settings.length());
    let grown = server.rss_kb().saturating_sub(before) as f64 / 1024.0;
    drop(stuck);
    (percentile(&mut run.delays, 0.99), grown)
}
