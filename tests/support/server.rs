//! The real server: in this process on a free port, or as the real binary that can be killed.

use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use chantier::app::App;
use chantier::clock::Clock;
use chantier::config::Config;
use chantier::http;
use chantier::ids::DocumentId;
use chantier::live::{Rooms, Settings};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;

use super::database::Database;
use super::workspace;

/// A server in this process, on the workspace of [`workspace`]; ends with its test.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) app: App,
    pub(crate) address: SocketAddr,
    /// The proposal's document.
    pub(crate) document: DocumentId,
    stop: CancellationToken,
}

impl Server {
    /// Lays the workspace and serves it.
    pub(crate) async fn start(database: &Database) -> Self {
        Self::start_with(database, Settings::default()).await
    }

    /// The same with other bounds of the live part.
    pub(crate) async fn start_with(database: &Database, settings: Settings) -> Self {
        Self::start_at(database, settings, 0).await
    }

    /// The same with a clock that is ahead by what the test says at the moment.
    pub(crate) async fn start_moved(
        database: &Database,
        settings: Settings,
        moved_ms: &'static AtomicI64,
    ) -> Self {
        let moved_ms = Some(moved_ms);
        let clock = Clock {
            moved_ms,
            ..Clock::default()
        };
        Self::start_on(database, settings, clock).await
    }

    /// The same with a clock that is `shift_ms` ahead.
    pub(crate) async fn start_at(database: &Database, settings: Settings, shift_ms: i64) -> Self {
        let clock = Clock {
            shift_ms,
            ..Clock::default()
        };
        Self::start_on(database, settings, clock).await
    }

    async fn start_on(database: &Database, settings: Settings, clock: Clock) -> Self {
        let mut store = database.store().await;
        store.clock = clock;
        let document = workspace::lay(database, &store).await;
        let config = Arc::new(Config::local(database.folder().to_owned()));
        let app = App {
            rooms: Rooms::with_settings(store.clone(), settings),
            ..App::new(store, config).expect("randomness")
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a free port");
        let address = listener.local_addr().expect("bound");
        let stop = CancellationToken::new();
        tokio::spawn(http::serve(listener, app.clone(), stop.clone()));
        Self {
            app,
            address,
            document,
            stop,
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// The real binary, to be killed.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Process {
    /// Starts `chantier serve` on the database and waits for its line.
    pub(crate) async fn start(database: &Database) -> Self {
        Self::start_with(database, &[]).await
    }

    /// The same with more in its environment.
    pub(crate) async fn start_with(database: &Database, more: &[(&str, String)]) -> Self {
        Self::ready(Self::spawn(database, more)).await
    }

    /// Waits for its line.
    async fn ready(mut child: Child) -> Self {
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let address = loop {
            let line = lines
                .next_line()
                .await
                .expect("readable")
                .expect("a line `listening on http://..` before the end");
            if let Some((_, address)) = line.split_once("listening on http://") {
                break address.trim().parse().expect("an address");
            }
        };
        // Whatever it prints later must not fill the pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self { child, address }
    }

    /// The same, and hands over each line of its log; ends when it does.
    pub(crate) async fn start_heard(
        database: &Database,
        more: &[(&str, String)],
        hear: impl Fn(&str, u32) + Send + 'static,
    ) -> (Self, tokio::task::JoinHandle<()>) {
        let mut command = Self::command(database, more);
        let mut child = command.stderr(Stdio::piped()).spawn().expect("starts");
        let id = child.id().expect("running");
        let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines();
        let hearing = tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                hear(&line, id);
            }
        });
        (Self::ready(child).await, hearing)
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id().expect("running")
    }

    /// The program where no file may take more than so many blocks: writing beyond fails.
    pub(crate) async fn start_limited(database: &Database, blocks: u32) -> Self {
        let mut command = Command::new("sh");
        let limited = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        command
            .args(["-c", &limited, env!("CARGO_BIN_EXE_chantier")])
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(database.folder())
            .env("CHANTIER_LOG", "error")
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        Self::ready(command.spawn().expect("the shell starts")).await
    }

    /// The program, not yet ready.
    pub(crate) fn spawn(database: &Database, more: &[(&str, String)]) -> Child {
        let mut command = Self::command(database, more);
        command.spawn().expect("the binary starts")
    }

    fn command(database: &Database, more: &[(&str, String)]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_chantier"));
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(database.folder())
            .env("CHANTIER_LOG", "warn")
            .envs(more.iter().map(|(name, value)| (name, value)))
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        if let Some(url) = database.url() {
            command.env("CHANTIER_DATABASE_URL", url);
        }
        command
    }

    /// Its end by itself.
    pub(crate) async fn ended(&mut self) -> std::process::ExitStatus {
        self.child.wait().await.expect("ends")
    }

    /// kill -9.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.expect("killed");
    }

    /// SIGTERM; the exit status and how long it took.
    pub(crate) async fn terminate(mut self) -> (std::process::ExitStatus, std::time::Duration) {
        let pid = self.child.id().expect("running").to_string();
        let start = std::time::Instant::now();
        let sent = Command::new("kill").args(["-TERM", &pid]).status().await;
        assert!(sent.expect("kill runs").success());
        let status = self.child.wait().await.expect("ends");
        (status, start.elapsed())
    }
}
