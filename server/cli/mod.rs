//! The verbs of the program, one file each.

mod bench_documents;
mod lock;
mod serve;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::Config;

/// A workspace where organisations write a Region's proposals together.
#[derive(Debug, Parser)]
#[command(name = "chantier", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Serve the workspace until SIGTERM or SIGINT.
    Serve(Box<Config>),
    /// Print the description of the HTTP API (OpenAPI, JSON).
    Openapi,
    /// Make empty documents for a load driver; print their ids and a token that may write them.
    BenchDocuments(bench_documents::BenchDocuments),
}

/// Reads the command line and runs its verb.
#[must_use]
pub fn main() -> ExitCode {
    let done = match Cli::parse().verb {
        Verb::Serve(config) => config.complete().and_then(serve::run),
        Verb::Openapi => openapi(),
        Verb::BenchDocuments(asked) => bench_documents::run(asked),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("chantier: {sentence}");
            ExitCode::FAILURE
        }
    }
}

/// Prints the API's description.
fn openapi() -> Result<(), String> {
    let text = crate::http::openapi().map_err(|error| error.to_string())?;
    serve::say(&text)
}
