//! The Region's half of the governance over many proposals: envelopes added up, the desk, the committee's table,
//! arbitrations recorded one after the other.

use super::{Settings, figure, percentile};
use crate::report::Figure;
use crate::server::{Programs, Server};

/// Proposals altogether.
const PROPOSALS: usize = 5_000;
/// Files at the Region.
const FILES: usize = 300;
/// How often a list is read.
const READS: usize = 20;
/// How many arbitrations are recorded.
const ARBITRATIONS: usize = 100;

/// Measures once; with less than a second a run, a few proposals: a trial.
pub fn run(programs: &Programs, settings: &Settings) -> Vec<Figure> {
    let whole = settings.seconds >= 1.0;
    let (count, files, arbitrations) = if whole {
        (PROPOSALS, FILES, ARBITRATIONS)
    } else {
        (40, 4, 2)
    };
    let server = Server::start_region(programs, count, files);
    let read = |path: &str| {
        let mut took: Vec<f64> = (0..READS).map(|_| server.ask("GET", path, "").1).collect();
        percentile(&mut took, 0.5)
    };
    let envelopes = read("/api/envelopes");
    let lines = read("/api/envelopes/CREER/2027/requested");
    let desk = read("/api/region/desk");
    let table = read("/api/copil/table");
    let (answer, _) = server.ask("GET", "/api/copil/table", "");
    let page: serde_json::Value = serde_json::from_slice(&answer).expect("JSON");
    let waiting = page["files"].as_array().expect("files");
    assert!(
        waiting.len() >= arbitrations,
        "{} await the committee",
        waiting.len()
    );
    let mut took: Vec<f64> = waiting
        .iter()
        .take(arbitrations)
        .map(|file| {
            let body = serde_json::json!({
                "transition": "T15", "expected_version": file["version"], "motive": "Utile", "rank": 1,
                "ceilings": file["requested"],
            });
            let path = format!("/api/proposals/{}/transitions", file["proposal_id"].as_str().expect("an id"));
            server.ask("POST", &path, &body.to_string()).1
        })
        .collect();
    vec![
        figure(
            format!("the envelopes of {count} proposals, median"),
            envelopes,
            "ms",
        ),
        figure(
            format!("the lines behind one of their numbers, of {count} proposals, median"),
            lines,
            "ms",
        ),
        figure(
            format!("the Region's desk of {files} files, of {count} proposals, median"),
            desk,
            "ms",
        ),
        figure(
            format!(
                "the committee's table of {} files, of {count} proposals, median",
                waiting.len()
            ),
            table,
            "ms",
        ),
        figure(
            "an arbitration recorded, p50",
            percentile(&mut took, 0.5),
            "ms",
        ),
        figure(
            "an arbitration recorded, p99",
            percentile(&mut took, 0.99),
            "ms",
        ),
    ]
}
