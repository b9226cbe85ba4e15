//! What SQLite must promise before it may keep anything of ours: one writer, readers apart, every
//! commit on disk.

use std::path::Path;
use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use tokio_util::sync::CancellationToken;

use super::{Db, Store};
use crate::clock::Clock;
use crate::control::Control;
use crate::error::{Error, Result};

/// A reader keeps so much of the file (1 MiB): the system keeps it too.
const READER_CACHE: &str = "-1024";

/// Rows a reader fetches ahead of who takes them: with few, two threads wake each other at almost every
/// row of a board of thousands.
const ROWS_AHEAD: usize = 1024;

/// The write-ahead log is copied into the file when it has so many pages (16 MiB): each copy syncs
/// the file too, in the middle of a commit.
const WAL_PAGES: &str = "4096";

impl Store {
    /// Opens (or creates) the SQLite file and brings its schema up to date.
    ///
    /// # Errors
    /// When the file cannot be opened, is not ours to own, or a durability setting does not hold.
    pub async fn open_sqlite(path: &Path, clock: Clock) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(if Control::SynchronousNormal.is_on() {
                SqliteSynchronous::Normal
            } else {
                SqliteSynchronous::Full
            })
            .busy_timeout(Duration::from_secs(5))
            .foreign_keys(true)
            .pragma("wal_autocheckpoint", WAL_PAGES);
        let writer = SqlitePoolOptions::new()
            .min_connections(1)
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .connect_with(options.clone())
            .await?;
        sqlx::migrate!("migrations/sqlite")
            .run(&writer)
            .await
            .map_err(Error::internal)?;
        assert_durable(&writer).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(4)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .connect_with(
                options
                    .row_buffer_size(ROWS_AHEAD)
                    .pragma("query_only", "on")
                    .pragma("cache_size", READER_CACHE),
            )
            .await?;
        warm(&readers).await?;
        let store = Self {
            db: Db::Sqlite { writer, readers },
            clock,
            disk_failed: CancellationToken::new(),
        };
        // What a killed process had written but not synced is read back now, and would be shown
        // and acknowledged as stored: one commit syncs it all first.
        store.probe().await?;
        Ok(store)
    }
}

/// Begins on the one writer. A commit that failed (a full disk) may have undone its transaction
/// without the library noticing, which then refuses every later one: such a connection is closed
/// for a new one, or writing would never resume.
pub(super) async fn begin_immediate(
    writer: &SqlitePool,
) -> sqlx::Result<sqlx::Transaction<'static, sqlx::Sqlite>> {
    match writer.begin_with("begin immediate").await {
        Err(sqlx::Error::InvalidSavePointStatement) => {
            writer.acquire().await?.close().await?;
            writer.begin_with("begin immediate").await
        }
        begun => begun,
    }
}

/// Opens every reader, and has it read the schema: the first visitors do not wait for that.
async fn warm(readers: &SqlitePool) -> sqlx::Result<()> {
    let mut open = Vec::new();
    for _ in 0..readers.options().get_max_connections() {
        let mut reader = readers.acquire().await?;
        let first = sqlx::query("select 1 from document limit 1");
        first.fetch_optional(&mut *reader).await?;
        open.push(reader);
    }
    Ok(())
}

/// Reads the durability settings back: a promise is worth what the file says.
async fn assert_durable(writer: &SqlitePool) -> Result<()> {
    let journal: String = sqlx::query_scalar("pragma journal_mode")
        .fetch_one(writer)
        .await?;
    let synchronous: i64 = sqlx::query_scalar("pragma synchronous")
        .fetch_one(writer)
        .await?;
    if journal == "wal" && (synchronous == 2 || Control::SynchronousNormal.is_on()) {
        Ok(())
    } else {
        Err(Error::internal(format!(
            "SQLite is not durable: journal_mode={journal}, synchronous={synchronous}"
        )))
    }
}
