//! What a database's error means: away for a while, a defect, or a disk that failed. After a failed
//! sync nothing is known about the file: nothing is repeated, the process ends and replays at its
//! next start (`live-text.md` section 4).

use tokio_util::sync::CancellationToken;

use crate::error::Error;

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "sqlx::Error is non-exhaustive"
        )]
        match error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Unavailable(Box::new(error)),
            other => Self::Internal(Box::new(other)),
        }
    }
}

/// The same for what was written on SQLite: an I/O error ends the process.
pub(super) fn written(error: sqlx::Error, disk_failed: &CancellationToken) -> Error {
    if disk_broke(&error) {
        tracing::error!(cause = ?error, "the disk failed while the database was written: stopping");
        disk_failed.cancel();
    }
    error.into()
}

/// Whether SQLite reported an I/O error (`SQLITE_IOERR`).
fn disk_broke(error: &sqlx::Error) -> bool {
    const IOERR: i64 = 10;
    // No room for the write-ahead index: a full disk, and no file of ours was harmed.
    const IOERR_SHMSIZE: i64 = IOERR | (19 << 8);
    let sqlx::Error::Database(cause) = error else {
        return false;
    };
    cause
        .try_downcast_ref::<sqlx::sqlite::SqliteError>()
        .and_then(|_| cause.code()?.parse::<i64>().ok())
        .is_some_and(|code| code & 0xff == IOERR && code != IOERR_SHMSIZE)
}
