//! Every setting: its flag, its environment name, its default.

use std::net::SocketAddr;
use std::path::PathBuf;

/// The effective settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The data folder (SQLite file, lock).
    pub data: PathBuf,
    /// The address people use, e.g. `https://chantier.example`; decides cookies and origins.
    pub public_url: Option<String>,
}

impl Config {
    /// Whether people reach us over https: decides the cookie's name and `Secure`.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.public_url
            .as_deref()
            .is_some_and(|url| url.starts_with("https://"))
    }
}
