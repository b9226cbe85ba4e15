//! Builds `shim.c` once and puts it between a server and its data folder.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::support::database::Database;

/// The library, compiled by the system's C compiler, which linking Rust needs anyway.
fn library() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/crash/shim.c");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let library = folder.join(format!("shim-{}.so", std::process::id()));
        let built = Command::new("cc")
            .args([
                "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-o",
            ])
            .arg(&library)
            .arg(&source)
            .args(["-ldl", "-lpthread"])
            .status()
            .expect("cc runs");
        assert!(built.success(), "tests/crash/shim.c does not compile");
        library
    })
}

/// What stands between a server and the SQLite file of one test.
#[derive(Debug)]
pub(crate) struct Shim {
    /// Beside the data folder, not in it.
    beside: PathBuf,
    environment: Vec<(&'static str, String)>,
}

impl Shim {
    /// For the servers of this database.
    pub(crate) fn new(database: &Database) -> Self {
        let mut beside = database.folder().as_os_str().to_owned();
        beside.push("-shim");
        let beside = PathBuf::from(beside);
        std::fs::create_dir_all(&beside).expect("a temporary folder");
        let text = |path: &Path| path.to_str().expect("a plain path").to_owned();
        let environment = vec![
            ("LD_PRELOAD", text(library())),
            ("CHANTIER_SHIM_FOLDER", text(database.folder())),
            ("CHANTIER_SHIM_TRACE", text(&beside.join("trace"))),
            ("CHANTIER_SHIM_FULL", text(&beside.join("full"))),
            ("CHANTIER_SHIM_BROKEN", text(&beside.join("broken"))),
        ];
        Self {
            beside,
            environment,
        }
    }

    /// What a server must be started with.
    pub(crate) fn environment(&self) -> Vec<(&'static str, String)> {
        self.environment.clone()
    }

    /// Where it writes.
    pub(crate) fn trace(&self) -> PathBuf {
        self.beside.join("trace")
    }

    /// From now on there is no room, or there is again.
    pub(crate) fn fill(&self, full: bool) {
        self.flag("full", full);
    }

    /// From now on every sync fails.
    pub(crate) fn break_syncs(&self, broken: bool) {
        self.flag("broken", broken);
    }

    fn flag(&self, name: &str, on: bool) {
        let path = self.beside.join(name);
        if on {
            std::fs::write(path, "").expect("a flag");
        } else {
            std::fs::remove_file(path).expect("a flag");
        }
    }
}

impl Drop for Shim {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.beside);
    }
}
