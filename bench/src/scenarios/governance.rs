//! The governance: a large board, moves of a proposal, sealed versions, a dossier checked.

use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

use super::{PATIENCE, Settings, figure, percentile};
use crate::report::Figure;
use crate::server::{Programs, Server};

/// Proposals on the board.
const PROPOSALS: usize = 2_000;
/// Versions in the dossier.
const VERSIONS: usize = 200;
/// Versions of sixty pages.
const LARGE: usize = 5;
/// How often the board is read.
const READS: usize = 20;

/// Measures once; with less than a second a run, a small board and few versions: a trial.
pub fn run(programs: &Programs, settings: &Settings) -> Vec<Figure> {
    let whole = settings.seconds >= 1.0;
    let (count, versions) = if whole {
        (PROPOSALS, VERSIONS)
    } else {
        (20, 4)
    };
    let server = Server::start_board(programs, count);
    let mut reads: Vec<f64> = (0..READS)
        .map(|_| server.ask("GET", "/api/board", "").1)
        .collect();
    let mut counts: Vec<f64> = (0..READS)
        .map(|_| server.ask("GET", "/api/desk/count", "").1)
        .collect();
    let meeting = meeting(&server);
    let (large, small) = (&server.proposals()[0], &server.proposals()[1]);
    let mut sealed = Walk::new(&server, large, &meeting);
    (0..LARGE).for_each(|_| sealed.freeze_and_thaw());
    let mut walk = Walk::new(&server, small, &meeting);
    (0..versions).for_each(|_| walk.freeze_and_thaw());
    let verified = verified(&server, programs, small);
    vec![
        figure(
            format!("the board of {count} proposals, median"),
            percentile(&mut reads, 0.5),
            "ms",
        ),
        figure(
            format!("what waits for one person, of {count} proposals, median"),
            percentile(&mut counts, 0.5),
            "ms",
        ),
        figure("a transition, p50", percentile(&mut walk.moves, 0.5), "ms"),
        figure("a transition, p99", percentile(&mut walk.moves, 0.99), "ms"),
        figure(
            "from the freeze to the sealed version, 2 pages, median",
            percentile(&mut walk.seals, 0.5),
            "ms",
        ),
        figure(
            "from the freeze to the sealed version, 60 pages, median",
            percentile(&mut sealed.seals, 0.5),
            "ms",
        ),
        figure(
            format!("a dossier of {versions} versions verified, the whole program"),
            verified,
            "ms",
        ),
    ]
}

/// A meeting of the commission in thirty days.
fn meeting(server: &Server) -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let then = now.expect("after 1970") + Duration::from_secs(30 * 86_400);
    let body = format!(
        r#"{{"title":"Bench","starts_at_ms":{},"duration_minutes":120,"mode":"hybrid"}}"#,
        then.as_millis()
    );
    let path = format!("/api/chantiers/{}/meetings", server.chantier());
    let (answer, _) = server.ask("POST", &path, &body);
    field(&answer, "meeting_id").expect("an id")
}

/// A proposal frozen and thawed again and again.
struct Walk<'a> {
    server: &'a Server,
    proposal: &'a str,
    meeting: &'a str,
    /// How long each transition took, in ms.
    moves: Vec<f64>,
    /// From the answer to a freeze until its version is sealed, in ms.
    seals: Vec<f64>,
}

impl<'a> Walk<'a> {
    fn new(server: &'a Server, proposal: &'a str, meeting: &'a str) -> Self {
        Self {
            server,
            proposal,
            meeting,
            moves: Vec::new(),
            seals: Vec::new(),
        }
    }

    fn freeze_and_thaw(&mut self) {
        let meeting = format!(r#""meeting_id":"{}""#, self.meeting);
        self.moved("T08", &meeting);
        let frozen = Instant::now();
        let path = format!("/api/proposals/{}/versions", self.proposal);
        while !self.is_sealed(&path) {
            assert!(frozen.elapsed() < PATIENCE, "the version is not sealed");
            std::thread::yield_now();
        }
        self.seals.push(frozen.elapsed().as_secs_f64() * 1000.0);
        self.moved("T09", r#""motive":"Bench""#);
    }

    /// Whether no version waits for its seal.
    fn is_sealed(&self, path: &str) -> bool {
        let (answer, _) = self.server.ask("GET", path, "");
        !String::from_utf8_lossy(&answer).contains(r#""sealed_at_ms":null"#)
    }

    fn moved(&mut self, transition: &str, more: &str) {
        let path = format!("/api/proposals/{}/transitions", self.proposal);
        let (possible, _) = self.server.ask("GET", &path, "");
        let version = field(&possible, "version").expect("the proposal's version");
        let body =
            format!(r#"{{"transition":"{transition}","expected_version":{version},{more}}}"#);
        let (_, took_ms) = self.server.ask("POST", &path, &body);
        self.moves.push(took_ms);
    }
}

/// How long the program takes to check the proposal's dossier, its start included.
fn verified(server: &Server, programs: &Programs, proposal: &str) -> f64 {
    let path = format!("/api/proposals/{proposal}/dossier.zip");
    let (dossier, _) = server.ask("GET", &path, "");
    let file = server.file("dossier.zip");
    std::fs::write(&file, dossier).expect("writes");
    let started = Instant::now();
    let said = Command::new(&programs.chantier)
        .arg("verify")
        .arg(&file)
        .output();
    let took_ms = started.elapsed().as_secs_f64() * 1000.0;
    let said = said.expect("verify runs");
    let words = String::from_utf8_lossy(&said.stdout);
    assert!(said.status.success(), "the dossier does not hold: {words}");
    took_ms
}

/// The first text or number of this name in an answer.
fn field(answer: &[u8], name: &str) -> Option<String> {
    let said = String::from_utf8_lossy(answer);
    let (_, rest) = said.split_once(&format!("\"{name}\":"))?;
    let end = rest.find([',', '}'])?;
    Some(rest[..end].trim_matches('"').to_owned())
}
