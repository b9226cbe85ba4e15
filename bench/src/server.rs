//! The servers under test as child processes: started fresh, pinned to core 0, watched through
//! `/proc`, killed when the run ends.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::http;
use crate::socket::Socket;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// This project, on SQLite, all promises kept.
    Chantier,
    /// A relay that forces each group of updates to disk before it passes them on, and reads nothing.
    RelayLog,
    /// A relay that only passes on.
    Relay,
}

impl Kind {
    /// Its name in the report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Chantier => "chantier",
            Self::RelayLog => "relay + log",
            Self::Relay => "relay",
        }
    }

    /// Whether it keeps anything.
    pub const fn keeps(self) -> bool {
        matches!(self, Self::Chantier)
    }
}

/// Where the programs are.
#[derive(Clone, Debug)]
pub struct Programs {
    /// The server.
    pub chantier: PathBuf,
    /// The bare relay.
    pub relay: PathBuf,
    /// The gate alone (`fuzz/cost.rs`).
    pub cost: Option<PathBuf>,
}

/// A running server.
#[derive(Debug)]
pub struct Server {
    kind: Kind,
    programs: Programs,
    folder: PathBuf,
    child: Child,
    address: SocketAddr,
    documents: Vec<String>,
    token: String,
    /// The token of another account; empty unless the documents keep a pace or make a board.
    second: String,
    /// The chantier of a board, and its first proposals; empty otherwise.
    chantier: String,
    proposals: Vec<String>,
}

/// How long a server may take to listen.
const START: Duration = Duration::from_secs(30);

impl Server {
    /// Starts one with `documents` empty documents in a new folder.
    ///
    /// # Panics
    /// When it cannot be started: there is nothing to measure then.
    pub fn start(kind: Kind, programs: &Programs, documents: usize) -> Self {
        Self::start_with(kind, programs, documents, &[])
    }

    /// Starts ours with one document that keeps people's pace, and a second account.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start_paced(programs: &Programs) -> Self {
        Self::start_with(Kind::Chantier, programs, 1, &["--paced"])
    }

    /// Starts ours with a board of so many proposals.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start_board(programs: &Programs, proposals: usize) -> Self {
        Self::start_with(Kind::Chantier, programs, proposals, &["--board"])
    }

    /// Starts on so many proposals of which so many lie at the Region.
    pub fn start_region(programs: &Programs, proposals: usize, files: usize) -> Self {
        let files = files.to_string();
        Self::start_with(Kind::Chantier, programs, proposals, &["--region", &files])
    }

    fn start_with(kind: Kind, programs: &Programs, documents: usize, more: &[&str]) -> Self {
        let folder = std::env::temp_dir().join(format!("chantier-bench-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a folder for the data");
        let made = match kind {
            Kind::Chantier => make_documents(programs, &folder, documents, more),
            Kind::RelayLog | Kind::Relay => Made {
                documents: (0..documents).map(|n| format!("document-{n}")).collect(),
                ..Made::default()
            },
        };
        let address = free_address();
        let child = launch(kind, programs, &folder, address);
        let server = Self {
            kind,
            programs: programs.clone(),
            folder,
            child,
            address,
            documents: made.documents,
            token: made.token,
            second: made.second,
            chantier: made.chantier,
            proposals: made.proposals,
        };
        server.wait();
        server
    }

    /// Kills it at once, and starts it on what it left.
    pub fn kill_and_restart(&mut self) {
        self.kill();
        self.address = free_address();
        self.child = launch(self.kind, &self.programs, &self.folder, self.address);
        self.wait();
    }

    fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    fn wait(&self) {
        let deadline = Instant::now() + START;
        while TcpStream::connect(self.address).is_err() {
            assert!(
                Instant::now() < deadline,
                "{} does not listen",
                self.kind.name()
            );
            std::thread::yield_now();
        }
    }

    /// Opens a socket to document number `at`.
    ///
    /// # Panics
    /// When it is refused.
    pub fn open(&self, at: usize) -> Socket {
        let document = &self.documents[at];
        let path = format!("/ws/{document}?notices=1");
        let headers = match self.kind {
            Kind::Chantier => format!("Authorization: Bearer {}\r\n", self.token),
            Kind::RelayLog | Kind::Relay => String::new(),
        };
        Socket::open(self.address, &path, &headers).expect("the socket opens")
    }

    /// Where the first document is, and the second account's token: for who attacks it.
    pub fn target(&self) -> [String; 3] {
        let document = self.documents[0].clone();
        [self.address.to_string(), document, self.second.clone()]
    }

    /// Asks its API as the second account: the answer's body, and how many milliseconds it took.
    ///
    /// # Panics
    /// When it is not a 2xx: nothing can be measured then.
    pub fn ask(&self, method: &str, path: &str, body: &str) -> (Vec<u8>, f64) {
        let started = Instant::now();
        let (status, answer) = http::ask(self.address, &self.second, (method, path), body)
            .unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        let took_ms = started.elapsed().as_secs_f64() * 1000.0;
        let said = String::from_utf8_lossy(&answer);
        assert!(
            (200..300).contains(&status),
            "{method} {path}: {status} {said}"
        );
        (answer, took_ms)
    }

    /// The chantier of a board.
    pub fn chantier(&self) -> &str {
        &self.chantier
    }

    /// The first proposals of a board: of sixty pages, of two.
    pub fn proposals(&self) -> &[String] {
        &self.proposals
    }

    /// A path in its folder of data.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Whether it keeps documents, and answers the sync protocol.
    pub fn keeps(&self) -> bool {
        self.kind.keeps()
    }

    /// CPU time used so far, user and system, all threads.
    pub fn cpu(&self) -> Duration {
        // Fields 14 and 15 of /proc/PID/stat, in ticks of 10 ms; the name may hold spaces.
        let stat =
            std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        let after = stat.rsplit(')').next().unwrap_or_default();
        let ticks: u64 = after
            .split_whitespace()
            .skip(11)
            .take(2)
            .filter_map(|n| n.parse::<u64>().ok())
            .sum();
        Duration::from_millis(ticks * 10)
    }

    /// Resident memory in kB.
    pub fn rss_kb(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))
            .unwrap_or_default();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .unwrap_or_default();
        line.split_whitespace()
            .nth(1)
            .and_then(|kb| kb.parse().ok())
            .unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn free_address() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("its address")
}

/// What a server starts with.
#[derive(Default)]
struct Made {
    documents: Vec<String>,
    token: String,
    second: String,
    chantier: String,
    proposals: Vec<String>,
}

fn make_documents(programs: &Programs, folder: &Path, count: usize, more: &[&str]) -> Made {
    let made = Command::new(&programs.chantier)
        .args(["bench-documents", &count.to_string()])
        .args(more)
        .env("CHANTIER_DATA", folder)
        .stderr(Stdio::inherit())
        .output()
        .expect("bench-documents runs");
    let said = String::from_utf8_lossy(&made.stdout);
    let words = |key: &str| -> Vec<String> {
        said.lines()
            .filter_map(|line| line.strip_prefix(key))
            .map(str::to_owned)
            .collect()
    };
    let one = |key| words(key).pop().unwrap_or_default();
    let documents = words("document ");
    assert_eq!(documents.len(), count, "bench-documents said: {said}");
    Made {
        documents,
        token: one("token "),
        second: one("second "),
        chantier: one("chantier "),
        proposals: words("proposal "),
    }
}

/// Pinned to the first core: the driver has the second.
fn launch(kind: Kind, programs: &Programs, folder: &Path, address: SocketAddr) -> Child {
    let mut command = Command::new("taskset");
    command.args(["-c", "0"]);
    match kind {
        Kind::Chantier => {
            command.arg(&programs.chantier).arg("serve");
            command
                .env("CHANTIER_DATA", folder)
                .env("CHANTIER_LISTEN", address.to_string())
                // All clients of a run are few accounts at one address.
                .env("CHANTIER_LIVE_ACCOUNT_SOCKETS", "100000")
                .env("CHANTIER_LIVE_ADDRESS_SOCKETS", "100000");
        }
        Kind::RelayLog | Kind::Relay => {
            command.arg(&programs.relay).arg(address.to_string());
            if kind == Kind::RelayLog {
                command.arg(folder.join("log"));
            }
        }
    }
    let log = std::fs::File::create(folder.join("server.log")).expect("a log file");
    command
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .expect("the server starts")
}
