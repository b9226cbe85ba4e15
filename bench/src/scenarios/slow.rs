//! One reader stops reading while the others write much: do they notice, does memory grow?

use super::fanout::{people, type_for};
use super::{Settings, figure, joined, percentile};
use crate::report::Figure;
use crate::server::Server;

/// People who write, how fast, and how much each time.
const PEOPLE: usize = 10;
const RATE: f64 = 10.0;
const CHARACTERS: usize = 20_000;

/// Measures once.
pub fn run(start: impl Fn(usize) -> Server, settings: &Settings) -> Vec<Figure> {
    let server = start(1);
    let mut people = people(&server, 0, PEOPLE, RATE);
    let text = "x".repeat(CHARACTERS);
    let mut quiet = type_for(&mut people, RATE, &text, settings.length());
    let before = server.rss_kb();
    // Joins, then never reads again.
    let stuck = joined(&server, 0, server.keeps());
    people.iter_mut().for_each(super::fanout::Person::now);
    let mut beside = type_for(&mut people, RATE, &text, settings.length());
    let grown = server.rss_kb().saturating_sub(before) as f64 / 1024.0;
    drop(stuck);
    vec![
        figure(
            "send to each receiver, p99, updates of 20,000 characters",
            percentile(&mut quiet.delays, 0.99),
            "ms",
        ),
        figure(
            "the same beside a reader that stopped",
            percentile(&mut beside.delays, 0.99),
            "ms",
        ),
        figure("memory grown meanwhile", grown, "MB"),
    ]
}
