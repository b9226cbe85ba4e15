//! A PostgreSQL of a test's own, to be killed and started again; others must not share it.

use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;

/// A private server; gone with its test.
#[derive(Debug)]
pub(crate) struct Cluster {
    folder: String,
    url: String,
}

impl Cluster {
    /// A new one, empty.
    pub(crate) async fn start() -> Self {
        let pid = std::process::id().to_string();
        let said = script(&["start", &pid]).await;
        let mut lines = said.lines().map(str::to_owned);
        let (folder, url) = lines
            .next()
            .zip(lines.next())
            .expect("a folder and an address");
        Self { folder, url }
    }

    /// Its address.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Ends it as a crash would: nothing is flushed, it replays its log at the next start.
    pub(crate) async fn crash(&self) {
        script(&["crash", &self.folder]).await;
    }

    /// Starts it again on the same port.
    pub(crate) async fn resume(&self) {
        script(&["resume", &self.folder]).await;
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = std::process::Command::new(path())
            .args(["stop", &self.folder])
            .status();
    }
}

fn path() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/postgres.sh")
}

async fn script(arguments: &[&str]) -> String {
    let done = Command::new(path())
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .await
        .expect("the script runs");
    assert!(done.status.success(), "scripts/postgres.sh {arguments:?}");
    String::from_utf8(done.stdout).expect("text")
}
