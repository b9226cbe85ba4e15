//! One database a test: a SQLite file in a folder of its own, or a new database on the
//! private PostgreSQL server that `make test` starts.

use std::path::{Path, PathBuf};

use chantier::clock::Clock;
use chantier::store::Store;
use sqlx::{AssertSqlSafe, Connection, Executor};

/// Names the server where tests may create databases.
const POSTGRES: &str = "CHANTIER_TEST_POSTGRES";

/// The database of one test, and a folder that goes away with it.
#[derive(Debug)]
pub(crate) struct Database {
    folder: Folder,
    url: Option<String>,
}

impl Database {
    /// A new SQLite file.
    pub(crate) fn sqlite() -> Self {
        Self {
            folder: Folder::new(),
            url: None,
        }
    }

    /// A new PostgreSQL database.
    pub(crate) async fn postgres() -> Self {
        let server = std::env::var(POSTGRES).unwrap_or_else(|_| {
            panic!(
                "{POSTGRES} is not set: run `make test`, which starts a private PostgreSQL \
                 and sets it (or set it to a server where tests may create databases)"
            )
        });
        Self::on(&server).await
    }

    /// A new database on this PostgreSQL server.
    pub(crate) async fn on(server: &str) -> Self {
        let name = format!("t_{}", uuid::Uuid::new_v4().simple());
        let mut connection = sqlx::PgConnection::connect(server)
            .await
            .unwrap_or_else(|error| panic!("PostgreSQL for the tests: {error}"));
        connection
            .execute(AssertSqlSafe(format!("create database {name}")))
            .await
            .expect("the tests may create databases");
        connection.close().await.expect("closes");
        let (address, _) = server.rsplit_once('/').expect("a URL with a database");
        Self {
            folder: Folder::new(),
            url: Some(format!("{address}/{name}")),
        }
    }

    /// Opens it through the store, as the server does; may be called again.
    pub(crate) async fn store(&self) -> Store {
        self.store_with(Clock::default()).await
    }

    /// The same with another clock.
    pub(crate) async fn store_with(&self, clock: Clock) -> Store {
        match &self.url {
            None => Store::open_sqlite(&self.file(), clock).await,
            Some(url) => Store::open_postgres(url, clock).await,
        }
        .expect("the database opens")
    }

    /// The data folder: for a server's `--data`.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder.0
    }

    /// The SQLite file (unused on PostgreSQL).
    pub(crate) fn file(&self) -> PathBuf {
        self.folder.0.join("chantier.sqlite")
    }

    /// The address for `--database-url`; `None` on SQLite.
    pub(crate) fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    /// Takes the guards of append-only tables away, as whoever owns the database could.
    pub(crate) async fn drop_guards(&self) {
        let guards = match &self.url {
            None => {
                "drop trigger journal_no_update; drop trigger journal_no_delete;
                 drop trigger version_sealed_once; drop trigger version_file_no_update"
            }
            Some(_) => {
                "drop trigger journal_no_change on journal;
                 drop trigger version_sealed_once on version;
                 drop trigger version_file_no_change on version_file;
                 grant update, delete on journal, version_file to current_user"
            }
        };
        for guard in guards.split(';') {
            self.execute_owned(guard.to_owned()).await;
        }
    }

    /// Runs statements over a connection of our own, behind the server's back.
    pub(crate) async fn execute(&self, sql: &'static str) {
        self.execute_owned(sql.to_owned()).await;
    }

    /// The same with a statement made by the test itself.
    pub(crate) async fn execute_owned(&self, sql: String) {
        let sql = AssertSqlSafe(sql);
        match &self.url {
            None => {
                let options = sqlx::sqlite::SqliteConnectOptions::new()
                    .filename(self.file())
                    .busy_timeout(std::time::Duration::from_secs(20));
                let mut connection = sqlx::SqliteConnection::connect_with(&options)
                    .await
                    .expect("opens");
                connection.execute(sql).await.expect("runs");
                connection.close().await.expect("closes");
            }
            Some(url) => {
                let mut connection = sqlx::PgConnection::connect(url).await.expect("connects");
                connection.execute(sql).await.expect("runs");
                connection.close().await.expect("closes");
            }
        }
    }
}

/// A folder removed at the end of its test.
#[derive(Debug)]
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("chantier-{}", uuid::Uuid::new_v4().simple()));
        std::fs::create_dir_all(&path).expect("a temporary folder");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
