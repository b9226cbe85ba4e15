//! `chantier bench-documents N`: makes empty documents for a load driver and prints them,
//! with a token that may write them. Run it before the server starts when SQLite is used.

use super::database::{Database, block_on};
use super::lock;
use super::serve::{cause_of, open, say};
use crate::config::Config;
use crate::store::bench::{DOCUMENTS_MAX, Pace};
use crate::text::edit::from_markdown;

/// How many, and in which database.
#[derive(Debug, clap::Args)]
pub(super) struct BenchDocuments {
    /// How many documents to make.
    count: usize,

    /// Documents whose sockets keep the pace of everybody's; prints a line `second <secret>` too,
    /// the token of another account that may write them.
    #[arg(long)]
    paced: bool,

    /// Spreads their proposals over the stages, with threads, money and posts; the first two are in
    /// commission, of sixty pages and of two. Prints `chantier <id>`, `proposal <id>` for these two and
    /// `second <secret>`, the token of the facilitator.
    #[arg(long)]
    board: bool,

    /// Lets so many of their proposals lie at the Region, and spreads the others over the stages with money in
    /// the envelopes. Prints `second <secret>`, the token of the committee's secretary, who instructs files too.
    #[arg(long, value_name = "FILES", conflicts_with = "board")]
    region: Option<usize>,

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
    let pace = if asked.paced { Pace::Kept } else { Pace::Free };
    let (count, spread) = (asked.count, (asked.board, asked.region));
    let config = asked.database.config()?;
    block_on(make(&config, (count, pace), spread))
}

async fn make(
    config: &Config,
    (count, pace): (usize, Pace),
    (board, region): (bool, Option<usize>),
) -> Result<(), String> {
    let _lock = match config.database_url {
        None => Some(lock::take(&config.data)?),
        Some(_) => None,
    };
    let store = open(config).await?;
    let made = store.bench_documents(count, pace).await;
    let made = made.map_err(|error| cause_of(&error))?;
    if board {
        let spread = store.bench_board(&made, texts()).await;
        spread.map_err(|error| cause_of(&error))?;
    }
    if let Some(files) = region {
        let spread = store.bench_region(&made, files).await;
        spread.map_err(|error| cause_of(&error))?;
    }
    store.close().await;
    let mut lines = String::new();
    for document in &made.documents {
        lines.push_str(&format!("document {document}\n"));
    }
    lines.push_str(&format!("token {}", made.token));
    if board {
        lines.push_str(&format!("\nchantier {}", made.chantier));
        for proposal in made.proposals.iter().take(2) {
            lines.push_str(&format!("\nproposal {proposal}"));
        }
    }
    if board || region.is_some() || pace == Pace::Kept {
        lines.push_str(&format!("\nsecond {}", made.second_token));
    }
    say(&lines)
}

/// Texts of sixty pages and of two, of about 3 000 characters each.
fn texts() -> Vec<Vec<u8>> {
    let page = "Une phrase assez longue pour compter, et encore quelques mots.\n\n".repeat(48);
    let text = |pages| from_markdown(&[("description", &page.repeat(pages))], 1);
    [60, 2].map(text).to_vec()
}
