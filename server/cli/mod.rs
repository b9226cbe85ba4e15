//! The verbs of the program, one file each.

mod admin;
mod bench_documents;
mod database;
mod lock;
mod serve;
mod verify;

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
    /// Check a version or a dossier without any server, or the journals of a database.
    Verify(verify::Verify),
    /// Administer a workspace from its machine.
    #[command(subcommand)]
    Admin(admin::Admin),
}

/// Reads the command line and runs its verb.
#[must_use]
pub fn main() -> ExitCode {
    let done = match Cli::parse().verb {
        Verb::Serve(config) => config.complete().and_then(serve::run),
        Verb::Openapi => openapi(),
        Verb::BenchDocuments(asked) => bench_documents::run(asked),
        Verb::Admin(asked) => admin::run(asked),
        Verb::Verify(asked) => match verify::run(asked) {
            // What was found was said; the exit code says it to programs.
            Ok(false) => return ExitCode::FAILURE,
            Ok(true) => Ok(()),
            Err(sentence) => Err(sentence),
        },
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
