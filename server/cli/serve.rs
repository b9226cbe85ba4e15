//! `chantier serve`: opens the database, listens, and stops without losing anything.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::lock;
use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use crate::http;
use crate::store::Store;

/// How long a stop may take in all, under the 10 s a supervisor usually waits.
const STOP_WITHIN: Duration = Duration::from_secs(9);

/// Runs the server until it is told to stop.
///
/// # Errors
/// One sentence for the person who started it.
pub(super) fn run(config: Config) -> Result<(), String> {
    start_logs(&config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("cannot start: {error}"))?;
    let done = runtime.block_on(serve(config));
    // A blocking task (a hash, a database thread) may not hold the process back.
    runtime.shutdown_timeout(Duration::from_millis(500));
    done
}

/// Writes a line people or programs wait for, at once.
pub(super) fn say(line: &str) -> Result<(), String> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")
        .and_then(|()| out.flush())
        .map_err(|error| format!("cannot write on the standard output: {error}"))
}

async fn serve(mut config: Config) -> Result<(), String> {
    let stop = stop_signal()?;
    let _lock = match config.database_url {
        None => Some(lock::take(&config.data)?),
        Some(_) => None,
    };
    let store = open(&config).await?;
    let listener = listen(config.listen).await?;
    config.listen = listener.local_addr().map_err(|error| error.to_string())?;
    let _admin = match config.admin_listen {
        Some(address) => Some(listen(address).await?),
        None => None,
    };
    let app = App::new(store, Arc::new(config)).map_err(|error| cause_of(&error))?;

    say(&format!("listening on http://{}", app.config.listen))?;
    let serving = tokio::spawn(http::serve(listener, app.clone(), stop.clone()));
    stop.cancelled().await;
    tracing::info!("stopping");
    let ended = tokio::time::timeout(STOP_WITHIN, stop_all(&app, serving)).await;
    if ended.is_err() {
        tracing::warn!("some connections did not end in time");
    }
    Ok(())
}

/// Closes the sockets, lets requests end, and flushes what is under way.
async fn stop_all(app: &App, serving: tokio::task::JoinHandle<std::io::Result<()>>) {
    let _ = serving.await;
    app.work.stop();
    app.tasks.close();
    app.tasks.wait().await;
    app.store.close().await;
}

async fn open(config: &Config) -> Result<Store, String> {
    let clock = Clock::default();
    match &config.database_url {
        None => Store::open_sqlite(&config.data.join("chantier.sqlite"), clock)
            .await
            .map_err(|error| {
                let cause = cause_of(&error);
                format!(
                    "cannot open the database in {}: {cause}",
                    config.data.display()
                )
            }),
        Some(url) => Store::open_postgres(url, clock)
            .await
            .map_err(|error| format!("cannot open the PostgreSQL database: {}", cause_of(&error))),
    }
}

/// The innermost cause, which says what happened; it never holds the address or its password.
fn cause_of(error: &dyn std::error::Error) -> String {
    let mut inner = error;
    while let Some(cause) = inner.source() {
        inner = cause;
    }
    inner.to_string()
}

async fn listen(address: std::net::SocketAddr) -> Result<TcpListener, String> {
    TcpListener::bind(address)
        .await
        .map_err(|error| format!("cannot listen on {address}: {error}"))
}

/// Cancelled when the process is told to stop (SIGTERM, SIGINT).
fn stop_signal() -> Result<CancellationToken, String> {
    use tokio::signal::unix::{SignalKind, signal};
    let wrong = |error: std::io::Error| format!("cannot watch signals: {error}");
    let mut terminate = signal(SignalKind::terminate()).map_err(wrong)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(wrong)?;
    let stop = CancellationToken::new();
    let told = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        told.cancel();
    });
    Ok(stop)
}

fn start_logs(config: &Config) -> Result<(), String> {
    let filter = tracing_subscriber::EnvFilter::try_new(&config.log)
        .map_err(|error| format!("--log {:?}: {error}", config.log))?;
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    if config.log_json {
        logs.json().init();
    } else {
        logs.init();
    }
    Ok(())
}
