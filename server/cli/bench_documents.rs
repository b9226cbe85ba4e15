//! `chantier bench-documents N`: makes empty documents for a load driver and prints them,
//! with a token that may write them. Run it before the server starts when SQLite is used.

use super::database::{Database, block_on};
use super::lock;
use super::serve::{cause_of, open, say};
use crate::config::Config;
use crate::store::bench::{DOCUMENTS_MAX, Pace};

/// How many, and in which database.
#[derive(Debug, clap::Args)]
pub(super) struct BenchDocuments {
    /// How many documents to make.
    count: usize,

    /// Documents whose sockets keep the pace of everybody's; prints a line `second <secret>` too,
    /// the token of another account that may write them.
    #[arg(long)]
    paced: bool,

    #[command(flatten)]
    database: Database,
}

/// Makes the documents; prints a line `document <id>` for each, then `token <secret>`.
///
/// # Errors
/// One sentence for the person who started it.
pub(super) fn run(asked: BenchDocuments) -> Result<(), String> {
    if asked.count > DOCUMENTS_MAX {
        return Err(format!("at most {DOCUMENTS_MAX} documents a call"));
    }
    let config = asked.database.config()?;
    let pace = if asked.paced { Pace::Kept } else { Pace::Free };
    block_on(make(&config, asked.count, pace))
}

async fn make(config: &Config, count: usize, pace: Pace) -> Result<(), String> {
    let _lock = match config.database_url {
        None => Some(lock::take(&config.data)?),
        Some(_) => None,
    };
    let store = open(config).await?;
    let made = store.bench_documents(count, pace).await;
    let made = made.map_err(|error| cause_of(&error))?;
    store.close().await;
    let mut lines = String::new();
    for document in &made.documents {
        lines.push_str(&format!("document {document}\n"));
    }
    lines.push_str(&format!("token {}", made.token));
    if pace == Pace::Kept {
        lines.push_str(&format!("\nsecond {}", made.second_token));
    }
    say(&lines)
}
