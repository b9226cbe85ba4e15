//! The narrow door to the database: one store, two engines, the same SQL.
//! SQLite has one writer connection and readers apart; PostgreSQL one pool, and one for the log.
//! Never here: looking inside an update, or a rule that was not handed in.

pub mod accounts;
pub mod administration;
pub mod agendas;
pub mod authors;
pub mod authorship;
mod begun;
pub mod bench;
pub mod board;
pub mod cards;
pub mod chantiers;
pub mod committees;
pub mod contributors;
mod copies;
pub mod copil;
pub mod courses;
pub mod demo;
pub mod deposits;
pub mod desk;
pub mod directory;
pub mod envelopes;
pub mod facts;
mod failure;
pub mod hearings;
mod holders;
pub mod journal;
pub mod keys;
pub mod late;
pub mod links;
pub mod log;
pub mod mandates;
pub mod meetings;
pub mod merges;
pub mod money;
pub mod neighbours;
pub mod next;
pub mod opinions;
pub mod origins;
pub mod overview;
pub mod passwords;
pub mod people;
pub mod points;
mod postgres;
pub mod programme;
pub mod projections;
pub mod proposal_page;
pub mod proposals;
pub mod refs;
pub mod region;
pub mod reservations;
pub mod secrets;
pub mod sessions;
pub mod settings;
pub mod setup;
pub mod sheet;
pub mod splits;
mod sqlite;
pub mod standing;
pub mod statements;
pub mod territories;
pub mod threads;
pub mod tokens;
pub mod transitions;
pub mod versions;
pub mod work_items;

use begun::begun;
pub use postgres::ProcessLock;

use std::time::Duration;

use sqlx::{PgPool, Row as _, SqlitePool};
use tokio_util::sync::CancellationToken;

use crate::clock::{Clock, Timestamp};
use crate::error::{Error, Result};

/// The database, cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    db: Db,
    /// The clock rows are stamped with.
    pub clock: Clock,
    disk_failed: CancellationToken,
}

#[derive(Clone, Debug)]
enum Db {
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
    },
    Postgres {
        pool: PgPool,
        /// The log's own connection: a crowd of readers never keeps it waiting.
        log: PgPool,
    },
}

/// A transaction on either engine. Dropped without [`Tx::commit`] it is rolled back.
#[derive(Debug)]
pub enum Tx {
    /// On the SQLite writer (`begin immediate`) or a reader; cancelled when the disk fails under it.
    Sqlite(sqlx::Transaction<'static, sqlx::Sqlite>, CancellationToken),
    /// On a PostgreSQL connection.
    Postgres(sqlx::Transaction<'static, sqlx::Postgres>),
}

/// One value bound to a `$n` placeholder.
#[derive(Clone, Debug)]
pub enum Value {
    /// TEXT.
    Text(Option<String>),
    /// BIGINT.
    Int(Option<i64>),
    /// BLOB or BYTEA.
    Bytes(Option<Vec<u8>>),
}

/// One row of either engine; columns are read by position.
#[derive(Debug)]
pub enum Row {
    /// From SQLite.
    Sqlite(sqlx::sqlite::SqliteRow),
    /// From PostgreSQL.
    Postgres(sqlx::postgres::PgRow),
}

/// The values of a statement, in placeholder order.
macro_rules! args {
    ($($value:expr),* $(,)?) => {
        &[$($crate::store::Value::from($value)),*]
    };
}
pub(crate) use args;

macro_rules! value_from {
    ($($from:ty => $variant:ident, |$x:ident| $convert:expr;)*) => {$(
        impl From<$from> for Value {
            fn from($x: $from) -> Self { Self::$variant($convert) }
        }
    )*};
}

value_from! {
    &str => Text, |x| Some(x.to_owned());
    String => Text, |x| Some(x);
    &String => Text, |x| Some(x.clone());
    Option<String> => Text, |x| x;
    Option<&str> => Text, |x| x.map(ToOwned::to_owned);
    i64 => Int, |x| Some(x);
    Option<i64> => Int, |x| x;
    Vec<u8> => Bytes, |x| Some(x);
    &[u8] => Bytes, |x| Some(x.to_vec());
    Option<Vec<u8>> => Bytes, |x| x;
}

/// How long PostgreSQL may take over one statement. A machine that vanished from the network
/// answers nothing for ever: its silence must count as "away", or nobody would be told.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// One state of the database for all that a transaction reads.
const READ_ONLY: &str = "begin isolation level repeatable read read only";

async fn within<T>(answer: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
    let silent = |_| Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into()));
    tokio::time::timeout(ANSWER_WITHIN, answer)
        .await
        .unwrap_or_else(silent)
}

/// Runs a statement with its bound values on either engine.
macro_rules! on_both {
    ($tx:expr, $sql:expr, $args:expr, $method:ident, $wrap_sqlite:expr, $wrap_pg:expr) => {{
        statements::sent(1);
        match $tx {
            Tx::Sqlite(tx, disk_failed) => {
                let mut query = sqlx::query($sql);
                for value in $args {
                    query = match value {
                        Value::Text(x) => query.bind(x.clone()),
                        Value::Int(x) => query.bind(*x),
                        Value::Bytes(x) => query.bind(x.clone()),
                    };
                }
                let done = query.$method(&mut **tx).await.map($wrap_sqlite);
                done.map_err(|error| failure::written(error, disk_failed))
            }
            Tx::Postgres(tx) => {
                let mut query = sqlx::query($sql);
                for value in $args {
                    query = match value {
                        Value::Text(x) => query.bind(x.clone()),
                        Value::Int(x) => query.bind(*x),
                        Value::Bytes(x) => query.bind(x.clone()),
                    };
                }
                let done = within(query.$method(&mut **tx)).await.map($wrap_pg);
                done.map_err(Error::from)
            }
        }
    }};
}

impl Tx {
    /// Runs a statement; the number of rows it changed.
    ///
    /// # Errors
    /// `Unavailable` when the database is away, else `Internal`.
    pub async fn run(&mut self, sql: &'static str, values: &[Value]) -> Result<u64> {
        on_both!(
            self,
            sql,
            values,
            execute,
            |done| done.rows_affected(),
            |done| done.rows_affected()
        )
    }

    /// All rows of a query.
    ///
    /// # Errors
    /// As [`Tx::run`].
    pub async fn rows(&mut self, sql: &'static str, values: &[Value]) -> Result<Vec<Row>> {
        on_both!(
            self,
            sql,
            values,
            fetch_all,
            |rows| rows.into_iter().map(Row::Sqlite).collect(),
            |rows| rows.into_iter().map(Row::Postgres).collect()
        )
    }

    /// The first row of a query, if any.
    ///
    /// # Errors
    /// As [`Tx::run`].
    pub async fn row(&mut self, sql: &'static str, values: &[Value]) -> Result<Option<Row>> {
        on_both!(
            self,
            sql,
            values,
            fetch_optional,
            |row| row.map(Row::Sqlite),
            |row| row.map(Row::Postgres)
        )
    }

    /// Makes it durable.
    ///
    /// # Errors
    /// As [`Tx::run`]; nothing was kept. A disk that failed ends the process
    /// ([`Store::disk_failed`]): nobody may repeat it.
    pub async fn commit(self) -> Result<()> {
        match self {
            Self::Sqlite(tx, disk_failed) => {
                let done = tx.commit().await;
                done.map_err(|error| failure::written(error, &disk_failed))?;
            }
            Self::Postgres(tx) => within(tx.commit()).await?,
        }
        Ok(())
    }
}

macro_rules! column {
    ($($(#[$meta:meta])* $name:ident -> $type:ty;)*) => {$(
        $(#[$meta])*
        ///
        /// # Errors
        /// `Internal` when the column has another type.
        pub fn $name(&self, index: usize) -> Result<$type> {
            match self {
                Self::Sqlite(row) => row.try_get(index),
                Self::Postgres(row) => row.try_get(index),
            }
            .map_err(Error::internal)
        }
    )*};
}

impl Row {
    column! {
        /// A TEXT column.
        text -> String;
        /// A TEXT column that may be null.
        opt_text -> Option<String>;
        /// A BIGINT column.
        int -> i64;
        /// A BIGINT column that may be null.
        opt_int -> Option<i64>;
        /// A BLOB column.
        bytes -> Vec<u8>;
        /// A BLOB column that may be null.
        opt_bytes -> Option<Vec<u8>>;
    }
}

impl Store {
    /// The same store, its clock showing this instant now: for acts that are told after the fact.
    #[must_use]
    pub fn at(&self, at: Timestamp) -> Self {
        let shift_ms = self.clock.shift_ms + at.ms() - self.clock.now().ms();
        Self {
            clock: Clock {
                shift_ms,
                ..self.clock
            },
            ..self.clone()
        }
    }

    /// Begins a transaction that writes. On SQLite the one writer, taken at once.
    ///
    /// # Errors
    /// `Unavailable` when the database is away.
    pub async fn write(&self) -> Result<Tx> {
        Ok(match &self.db {
            Db::Sqlite { writer, .. } => {
                let writer = writer.clone();
                let tx = begun(async move { sqlite::begin_immediate(&writer).await }).await;
                let tx = tx.map_err(|error| failure::written(error, &self.disk_failed))?;
                Tx::Sqlite(tx, self.disk_failed.clone())
            }
            Db::Postgres { pool, .. } => {
                let pool = pool.clone();
                Tx::Postgres(begun(async move { within(pool.begin()).await }).await?)
            }
        })
    }

    /// The same for the log's one writer, which waits for nobody else on PostgreSQL, and is never dropped
    /// meanwhile. Boxed: what waits for a connection takes 8 kB, and each open document would be as large.
    ///
    /// # Errors
    /// `Unavailable` when the database is away.
    pub(crate) async fn write_log(&self) -> Result<Tx> {
        match &self.db {
            Db::Sqlite { .. } => self.write().await,
            Db::Postgres { log, .. } => Ok(Tx::Postgres(within(Box::pin(log.begin())).await?)),
        }
    }

    /// Begins a transaction that only reads (one snapshot on SQLite).
    ///
    /// # Errors
    /// `Unavailable` when the database is away.
    pub async fn read(&self) -> Result<Tx> {
        Ok(match &self.db {
            Db::Sqlite { readers, .. } => {
                // What it cannot read was not harmed by us.
                let readers = readers.clone();
                let tx = begun(async move { readers.begin().await }).await?;
                Tx::Sqlite(tx, CancellationToken::new())
            }
            Db::Postgres { pool, .. } => {
                let pool = pool.clone();
                let begin = async move { within(pool.begin_with(READ_ONLY)).await };
                Tx::Postgres(begun(begin).await?)
            }
        })
    }

    /// Cancelled when the disk failed under a write: the process must end, and replay what is on
    /// disk at its next start.
    #[must_use]
    pub fn disk_failed(&self) -> CancellationToken {
        self.disk_failed.clone()
    }

    /// Whether the database is a file of this process.
    pub(crate) fn is_sqlite(&self) -> bool {
        matches!(self.db, Db::Sqlite { .. })
    }

    /// Runs a whole transaction - one text, from its `begin` to its `commit` - on SQLite's writer;
    /// the rows it returns. After a failure it is rolled back.
    ///
    /// # Errors
    /// As [`Tx::run`]; `Internal` on PostgreSQL, which takes one statement at a time.
    pub(crate) async fn run_whole(
        &self,
        sql: &'static str,
        values: Vec<Value>,
    ) -> Result<Vec<Row>> {
        let Db::Sqlite { writer, .. } = &self.db else {
            return Err(Error::internal("one statement at a time"));
        };
        let mut connection = Box::pin(writer.acquire()).await?;
        let mut query = sqlx::query(sql);
        for value in values {
            query = match value {
                Value::Text(x) => query.bind(x),
                Value::Int(x) => query.bind(x),
                Value::Bytes(x) => query.bind(x),
            };
        }
        match query.fetch_all(&mut *connection).await {
            Ok(rows) => Ok(rows.into_iter().map(Row::Sqlite).collect()),
            Err(error) => {
                // It may be open or not: the next one begins on a clean connection.
                let _ = sqlx::query("rollback").execute(&mut *connection).await;
                Err(failure::written(error, &self.disk_failed))
            }
        }
    }

    /// Writes one row, to know that the database takes writes.
    ///
    /// # Errors
    /// `Unavailable` when it does not.
    pub async fn probe(&self) -> Result<()> {
        let mut tx = self.write().await?;
        tx.run(
            "insert into probe (probe_id, probed_at_ms) values (1, $1)
             on conflict (probe_id) do update set probed_at_ms = excluded.probed_at_ms",
            args![self.clock.now().ms()],
        )
        .await?;
        tx.commit().await
    }

    /// Closes every connection, after what is under way.
    pub async fn close(&self) {
        match &self.db {
            Db::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Db::Postgres { pool, log } => {
                pool.close().await;
                log.close().await;
            }
        }
    }
}
