//! What the tests share: databases of both engines, a running server, patience without sleeping.

#![allow(dead_code, reason = "helpers are laid before the tests that need them")]

pub(crate) mod counters;
pub(crate) mod database;
pub(crate) mod editor;
pub(crate) mod line;
pub(crate) mod logs;
pub(crate) mod raw;
pub(crate) mod server;
pub(crate) mod sheet;
pub(crate) mod site;
pub(crate) mod workspace;
pub(crate) mod world;

use std::future::Future;
use std::time::{Duration, Instant};

/// Turns `async fn name(database: Database)` into two tests: on SQLite and on PostgreSQL.
macro_rules! on_both_databases {
    ($($(#[$meta:meta])* async fn $name:ident($database:ident: Database) $body:block)*) => {$(
        mod $name {
            #[allow(unused_imports, reason = "a short test may need nothing from its file")]
            use super::*;

            async fn run($database: $crate::support::database::Database) $body

            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                $crate::support::in_time(async {
                    run($crate::support::database::Database::sqlite()).await;
                })
                .await;
            }

            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                $crate::support::in_time(async {
                    run($crate::support::database::Database::postgres().await).await;
                })
                .await;
            }
        }
    )*};
}
pub(crate) use on_both_databases;

/// How long a condition may take to come true; generous, because machines are shared.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// How long a whole test may take: what hangs fails by name, and the others go on.
const TEST_WITHIN: Duration = Duration::from_secs(300);

/// Runs a test to its end, or fails it.
pub(crate) async fn in_time(test: impl Future<Output = ()>) {
    let ended = tokio::time::timeout(TEST_WITHIN, test).await;
    assert!(ended.is_ok(), "the test hangs");
}

/// Waits until `condition` gives something; panics with `what` after [`PATIENCE`].
#[track_caller]
pub(crate) fn until<T, F>(
    what: &'static str,
    mut condition: impl FnMut() -> F,
) -> impl Future<Output = T>
where
    F: Future<Output = Option<T>>,
{
    let caller = std::panic::Location::caller();
    async move {
        let start = Instant::now();
        loop {
            if let Some(value) = condition().await {
                return value;
            }
            assert!(start.elapsed() < PATIENCE, "never: {what} ({caller})");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}
