//! What PostgreSQL must promise before it may keep anything of ours, and that one process serves it.

use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection as _, PgConnection, PgPool};
use tokio_util::sync::CancellationToken;

use super::{Db, Store, within};
use crate::clock::Clock;
use crate::error::{Error, Result};

/// Without these a crash of the machine loses what was committed, or the whole database.
const ASKED: [&str; 2] = ["fsync", "full_page_writes"];

/// Names our lock among the advisory locks of a database ("chantier" as a number).
const LOCK: i64 = 0x6368_616e_7469_6572;

/// How often a lock that is held is tried again: a process that was killed holds it until the
/// server has seen its end.
const TRIED_EVERY: Duration = Duration::from_millis(100);

/// A commit answers when it is on disk, whatever the server, the database or the role is set to;
/// a stricter setting stays.
pub(super) async fn commit_to_disk(connection: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query(
        "select set_config('synchronous_commit', 'on', false)
         where current_setting('synchronous_commit') = 'off'",
    )
    .execute(connection)
    .await
    .map(|_| ())
}

/// Refuses a server that would lose what it committed.
pub(super) async fn assert_durable(pool: &PgPool) -> Result<()> {
    for setting in ASKED {
        let value: String = sqlx::query_scalar("select current_setting($1)")
            .bind(setting)
            .fetch_one(pool)
            .await?;
        judge(setting, &value).map_err(Error::internal)?;
    }
    Ok(())
}

fn judge(setting: &str, value: &str) -> Result<(), String> {
    if value == "on" {
        return Ok(());
    }
    Err(format!(
        "PostgreSQL is not durable: {setting} is {value}; set it to on in postgresql.conf"
    ))
}

/// How often the lock is looked at: a database that crashed has forgotten it.
const CHECKED_EVERY: Duration = Duration::from_secs(1);

/// The proof that no other process serves the database; ends with its connection.
#[derive(Debug)]
pub struct ProcessLock {
    /// None where the data folder has a lock of its own.
    connection: Option<PgConnection>,
}

impl ProcessLock {
    /// Keeps the lock for as long as the process serves: taken again when its connection was lost, as after a crash
    /// of the database. Ends once another process has taken it meanwhile: this one must serve no longer.
    pub async fn lost(mut self, store: &Store) {
        loop {
            let Some(connection) = &mut self.connection else {
                return std::future::pending().await;
            };
            tokio::time::sleep(CHECKED_EVERY).await;
            if within(connection.ping()).await.is_ok() {
                continue;
            }
            match store.lock_process(CHECKED_EVERY).await {
                Ok(Some(again)) => self = again,
                Ok(None) => return,
                // The database is away, for the other process too.
                Err(_) => {
                    tracing::warn!("the database is away: the process lock is asked for again")
                }
            }
        }
    }
}

impl Store {
    /// Connects to PostgreSQL and brings its schema up to date.
    ///
    /// # Errors
    /// When the server does not answer or refuses, or would lose what it committed.
    pub async fn open_postgres(url: &str, clock: Clock) -> Result<Self> {
        let options = PgConnectOptions::from_str(url).map_err(Error::internal)?;
        let connections = PgPoolOptions::new()
            .acquire_timeout(Duration::from_secs(5))
            .after_connect(|connection, _| Box::pin(commit_to_disk(connection)));
        let pool = connections
            .clone()
            .max_connections(12)
            .connect_with(options.clone())
            .await?;
        assert_durable(&pool).await?;
        sqlx::migrate!("migrations/postgres")
            .run(&pool)
            .await
            .map_err(Error::internal)?;
        let log = connections.max_connections(1).connect_with(options).await?;
        Ok(Self {
            db: Db::Postgres { pool, log },
            clock,
            disk_failed: CancellationToken::new(),
        })
    }

    /// Takes the lock of the process that serves this database, waiting `patience` for one that is
    /// just ending. `None` when another process has it. On SQLite the data folder has its own.
    ///
    /// # Errors
    /// `Unavailable` when the database is away.
    pub async fn lock_process(&self, patience: Duration) -> Result<Option<ProcessLock>> {
        let Db::Postgres { pool, .. } = &self.db else {
            return Ok(Some(ProcessLock { connection: None }));
        };
        let options = pool.connect_options();
        let mut connection = PgConnection::connect_with(&options).await?;
        let end = tokio::time::Instant::now() + patience;
        loop {
            let is_ours: bool = sqlx::query_scalar("select pg_try_advisory_lock($1)")
                .bind(LOCK)
                .fetch_one(&mut connection)
                .await?;
            if is_ours {
                let connection = Some(connection);
                return Ok(Some(ProcessLock { connection }));
            }
            if tokio::time::Instant::now() >= end {
                return Ok(None);
            }
            tokio::time::sleep(TRIED_EVERY).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_would_lose_commits_is_named() {
        assert_eq!(judge("fsync", "on"), Ok(()));
        let refused = judge("full_page_writes", "off").expect_err("refused");
        assert!(refused.contains("full_page_writes is off"), "{refused}");
    }
}
