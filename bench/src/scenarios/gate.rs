//! The gate alone: what it takes to read one typed or deleted character, in a program of its own.

use std::process::Command;

use super::figure;
use crate::report::Figure;
use crate::server::Programs;

/// Reads of each of the two updates.
const READS: u32 = 1_000_000;

/// Measures once; nothing without the program.
pub fn run(programs: &Programs) -> Vec<Figure> {
    let Some(cost) = &programs.cost else {
        return Vec::new();
    };
    let done = Command::new(cost)
        .args(["gate", &READS.to_string()])
        .output()
        .expect("the gate's program runs");
    let said = String::from_utf8_lossy(&done.stdout);
    let took = said.split_whitespace().nth(1);
    let took: f64 = took.and_then(|ns| ns.parse().ok()).expect("nanoseconds");
    vec![figure(
        "the gate, per typed or deleted character",
        took / 1e3 / f64::from(2 * READS),
        "us",
    )]
}
