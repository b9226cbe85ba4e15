//! Which database a verb works on: the same three settings as `serve`.

use std::path::PathBuf;

use super::serve::open;
use crate::config::Config;
use crate::store::Store;

/// The database.
#[derive(Debug, clap::Args)]
pub(super) struct Database {
    /// Data folder, as for `serve`.
    #[arg(
        long,
        env = "CHANTIER_DATA",
        value_name = "DIR",
        default_value = "data"
    )]
    data: PathBuf,

    /// PostgreSQL database, as for `serve`.
    #[arg(
        long,
        env = "CHANTIER_DATABASE_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    database_url: Option<String>,

    /// File that holds the database address, as for `serve`.
    #[arg(long, env = "CHANTIER_DATABASE_URL_FILE", value_name = "FILE")]
    database_url_file: Option<PathBuf>,
}

impl Database {
    /// The settings that name it.
    ///
    /// # Errors
    /// One sentence that says what to change.
    pub(super) fn config(self) -> Result<Config, String> {
        let mut config = Config::local(self.data);
        config.database_url = self.database_url;
        config.database_url_file = self.database_url_file;
        config.complete()
    }

    /// Opens one that is there, beside a server that may be running on it.
    ///
    /// # Errors
    /// One sentence.
    pub(super) async fn open_existing(self) -> Result<Store, String> {
        let config = self.config()?;
        let file = config.data.join("chantier.sqlite");
        if config.database_url.is_none() && !file.exists() {
            let shown = config.data.display();
            return Err(format!("there is no database in {shown}"));
        }
        open(&config).await
    }
}

/// Runs a verb's work to its end.
///
/// # Errors
/// One sentence.
pub(super) fn block_on<T>(work: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("cannot start: {error}"))?
        .block_on(work)
}
