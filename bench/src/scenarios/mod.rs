//! What is measured, one file a scenario. Each starts its own server, so that no run warms another.

mod cold;
mod connections;
mod durable;
mod fanout;
mod gate;
mod governance;
pub mod hostile;
mod region;
mod slow;
mod throughput;

use std::time::Duration;

use crate::report::Figure;
use crate::server::{Kind, Programs, Server};
use crate::socket::Socket;
use crate::update::{self, Heard};

/// Bounds of a run.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How long each scenario measures.
    pub seconds: f64,
    /// Edits of the large document.
    pub edits: usize,
}

impl Settings {
    fn length(&self) -> Duration {
        Duration::from_secs_f64(self.seconds)
    }
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scenario {
    /// Updates per second, every client keeping some under way.
    Throughput,
    /// From sending to each receiver, at the pace of people.
    Fanout,
    /// Memory of silent connections and open documents.
    Connections,
    /// Opening a large document after a restart.
    Cold,
    /// What is lost by a kill.
    Durable,
    /// Whether a reader who stops reading harms the others.
    Slow,
    /// Whether hostile sockets harm honest people.
    Hostile,
    /// What the gate takes for one update, without a server around it.
    Gate,
    /// A large board, moves, sealed versions, a dossier checked.
    Governance,
    /// The envelopes, the Region's desk and the committee's table over thousands of proposals.
    Region,
}

impl Scenario {
    /// In the order of the report.
    pub const ALL: [Self; 10] = [
        Self::Throughput,
        Self::Fanout,
        Self::Connections,
        Self::Cold,
        Self::Durable,
        Self::Slow,
        Self::Hostile,
        Self::Gate,
        Self::Governance,
        Self::Region,
    ];

    /// Its name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Throughput => "throughput",
            Self::Fanout => "fanout",
            Self::Connections => "connections",
            Self::Cold => "cold",
            Self::Durable => "durable",
            Self::Slow => "slow",
            Self::Hostile => "hostile",
            Self::Gate => "gate",
            Self::Governance => "governance",
            Self::Region => "region",
        }
    }

    /// Whether it says something about this server: a relay keeps nothing to open or to lose.
    pub const fn suits(self, kind: Kind) -> bool {
        match self {
            Self::Throughput | Self::Fanout | Self::Connections | Self::Slow => true,
            Self::Cold
            | Self::Durable
            | Self::Hostile
            | Self::Gate
            | Self::Governance
            | Self::Region => kind.keeps(),
        }
    }

    /// Measures once.
    pub fn run(self, kind: Kind, programs: &Programs, settings: &Settings) -> Vec<Figure> {
        let start = |documents| Server::start(kind, programs, documents);
        match self {
            Self::Throughput => throughput::run(start, settings),
            Self::Fanout => fanout::run(start, settings),
            Self::Connections => connections::run(start),
            Self::Cold => cold::run(start, settings),
            Self::Durable => durable::run(start, settings),
            Self::Slow => slow::run(start, settings),
            Self::Hostile => hostile::run(&Server::start_paced(programs), settings),
            Self::Gate => gate::run(programs),
            Self::Governance => governance::run(programs, settings),
            Self::Region => region::run(programs, settings),
        }
    }
}

fn figure(label: impl Into<String>, value: f64, unit: &'static str) -> Figure {
    Figure {
        label: label.into(),
        value,
        unit,
    }
}

/// How long a server may take for something it must do.
const PATIENCE: Duration = Duration::from_secs(60);

/// Opens a socket and takes the first state; a relay answers nothing and needs nothing.
fn joined(server: &Server, document: usize, kind_keeps: bool) -> Socket {
    let mut socket = server.open(document);
    if kind_keeps {
        socket.push(&update::ask_for_all());
        socket.push(&update::nothing_to_tell());
        let whole = socket.poll_until(PATIENCE, |frame| update::hear(frame) == Heard::Step2);
        assert!(whole, "the first state did not come");
    }
    socket
}

/// The value below which this share of the sorted values lies.
fn percentile(values: &mut [f64], share: f64) -> f64 {
    if values.is_empty() {
        return f64::NAN;
    }
    values.sort_by(f64::total_cmp);
    values[((values.len() - 1) as f64 * share) as usize]
}
