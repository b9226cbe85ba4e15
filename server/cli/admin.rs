//! `chantier admin rotate-key`: retires the key that signs and makes a new one.

use super::database::{Database, block_on};
use super::serve::{cause_of, say};

/// What to do.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Admin {
    /// Retire the key that signs versions and make a new one; what the old one signed still verifies.
    RotateKey(Database),
}

/// Does it.
///
/// # Errors
/// One sentence for the person who started it.
pub(super) fn run(asked: Admin) -> Result<(), String> {
    match asked {
        Admin::RotateKey(database) => block_on(async move {
            let store = database.open_existing().await?;
            let key = store.rotate_key().await;
            let key = key.map_err(|error| cause_of(&error))?;
            store.close().await;
            say(&format!("versions are signed by the key {key} from now on"))
        }),
    }
}
