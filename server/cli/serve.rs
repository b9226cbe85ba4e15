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
use crate::control;
use crate::demo;
use crate::error::Error;
use crate::http::{self, metrics};
use crate::store::secrets::{new_secret, secret_hash};
use crate::store::{ProcessLock, Store};

/// How long a stop may take in all, under the 10 s a supervisor usually waits.
const STOP_WITHIN: Duration = Duration::from_secs(9);

/// What of it the rooms may take.
const ROOMS_STOP_WITHIN: Duration = Duration::from_secs(6);

/// How long a process before this one may take to let go of the database.
const LOCK_WITHIN: Duration = Duration::from_secs(12);

/// Runs the server until it is told to stop.
///
/// # Errors
/// One sentence for the person who started it.
pub(super) fn run(config: Config) -> Result<(), String> {
    start_logs(&config)?;
    control::check()?;
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
    let lock = alone(&store).await?;
    let listener = listen(config.listen).await?;
    config.listen = listener.local_addr().map_err(|error| error.to_string())?;
    let admin = match config.admin_listen {
        Some(address) => Some(listen(address).await?),
        None => None,
    };
    let app = App::new(store, Arc::new(config)).map_err(|error| cause_of(&error))?;

    let welcome = welcome(&app).await?;
    say(&format!("listening on http://{}", app.config.listen))?;
    for line in welcome {
        say(&line)?;
    }
    if let Some(admin) = admin {
        serve_admin(admin, &app, stop.clone())?;
    }
    let serving = tokio::spawn(http::serve(listener, app.clone(), stop.clone()));
    // Kept until this function ends: what is stopping still writes.
    let mut lost = std::pin::pin!(lock.lost(&app.store));
    tokio::select! {
        () = stop.cancelled() => {}
        () = &mut lost => {
            return Err("another chantier process has taken this PostgreSQL database after its crash: this one ends".to_owned());
        }
        // After a failed sync nothing is known about the file: end, and replay at the next start.
        () = app.rooms.disk_failed() => {
            return Err("the disk failed while writing the database; check it, then start again".to_owned());
        }
    }
    tracing::info!("stopping");
    let ended = tokio::time::timeout(STOP_WITHIN, stop_all(&app, serving)).await;
    if ended.is_err() {
        tracing::warn!("some connections did not end in time");
    }
    Ok(())
}

/// The lock of the process that serves this database.
async fn alone(store: &Store) -> Result<ProcessLock, String> {
    let lock = store.lock_process(LOCK_WITHIN).await;
    lock.map_err(|error| cause_of(&error))?.ok_or_else(|| {
        "another chantier process serves this PostgreSQL database: stop it first, \
         or name another database with --database-url"
            .to_owned()
    })
}

/// Fills the database with the demonstration, or prepares the set-up of an empty one;
/// the lines that tell how to get in.
async fn welcome(app: &App) -> Result<Vec<String>, String> {
    let territories = app.store.load_territories().await;
    territories.map_err(|error| format!("cannot write the territories: {}", cause_of(&error)))?;
    if app.config.demo {
        demo::load(&app.store, &app.work).await.map_err(|error| {
            if matches!(error, Error::Conflict(_)) {
                "the database holds a real programme: the demonstration goes into an empty one \
                 (choose another folder with --data)"
                    .to_owned()
            } else {
                format!("cannot load the demonstration: {}", cause_of(&error))
            }
        })?;
        let people = app.store.demo_accounts(&demo::SIGN_IN).await;
        let people = people.map_err(|error| cause_of(&error))?;
        let mut lines = vec![format!("sign in with the password {}", demo::PASSWORD)];
        lines.extend(people.into_iter().map(|one| {
            let (email, role) = (one.email, one.role);
            format!("  {email}  ({} {}, {role})", one.given_name, one.usual_name)
        }));
        return Ok(lines);
    }
    let wrong = |error: Error| cause_of(&error);
    let secret = new_secret().map_err(wrong)?;
    let made = app.store.new_setup_link(&secret_hash(&secret)).await;
    Ok(if made.map_err(wrong)? {
        let url = app.config.setup_url(&secret);
        vec![format!("set up the workspace at {url}")]
    } else {
        Vec::new()
    })
}

/// Answers on the administration listener until `stop`.
fn serve_admin(listener: TcpListener, app: &App, stop: CancellationToken) -> Result<(), String> {
    let handle = metrics::start().map_err(|error| cause_of(&error))?;
    let router = metrics::admin_router(app.clone(), handle.clone());
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    tracing::info!(%address, "administration listener");
    let stopped = stop.clone();
    tokio::spawn(async move {
        let served =
            axum::serve(listener, router).with_graceful_shutdown(stopped.cancelled_owned());
        if let Err(error) = served.await {
            tracing::error!(%error, "the administration listener ended");
        }
    });
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(metrics::UPKEEP_EVERY);
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            handle.run_upkeep();
        }
    });
    Ok(())
}

/// Closes the sockets, lets requests end, and flushes what is under way.
async fn stop_all(app: &App, serving: tokio::task::JoinHandle<std::io::Result<()>>) {
    app.rooms.stop(ROOMS_STOP_WITHIN).await;
    match serving.await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!(%error, "the listener ended"),
        Err(error) => tracing::error!(%error, "serving ended"),
    }
    app.work.stop();
    app.tasks.close();
    app.tasks.wait().await;
    app.store.close().await;
}

pub(super) async fn open(config: &Config) -> Result<Store, String> {
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
pub(super) fn cause_of(error: &dyn std::error::Error) -> String {
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
