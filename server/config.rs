//! Every setting of `chantier serve`: its flag, its environment name, its default.
//! A secret may also come from a file (`*_FILE`); the plain value wins.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::builder::FalseyValueParser;

use crate::addresses::Network;

/// The effective settings.
#[derive(Clone, Debug, clap::Args)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each flag is an option of the command line"
)]
pub struct Config {
    /// Address and port to listen on; port 0 takes a free one, which the first line printed tells.
    #[arg(
        long,
        env = "CHANTIER_LISTEN",
        value_name = "ADDR:PORT",
        default_value = "127.0.0.1:8080"
    )]
    pub listen: SocketAddr,

    /// Data folder: the SQLite database and its lock. Made when missing.
    #[arg(
        long,
        env = "CHANTIER_DATA",
        value_name = "DIR",
        default_value = "data"
    )]
    pub data: PathBuf,

    /// PostgreSQL database, e.g. postgres://chantier:secret@db/chantier. Without it: SQLite in the data folder.
    #[arg(
        long,
        env = "CHANTIER_DATABASE_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    pub database_url: Option<String>,

    /// File that holds the database address (a secret kept out of the environment).
    #[arg(long, env = "CHANTIER_DATABASE_URL_FILE", value_name = "FILE")]
    pub database_url_file: Option<PathBuf>,

    /// Address people use, e.g. https://chantier.example; with https the cookie is `Secure`.
    #[arg(long, env = "CHANTIER_PUBLIC_URL", value_name = "URL", value_parser = public_url)]
    pub public_url: Option<String>,

    /// Address and port of the administration listener (`/metrics`); none by default. Never make it public.
    #[arg(long, env = "CHANTIER_ADMIN_LISTEN", value_name = "ADDR:PORT")]
    pub admin_listen: Option<SocketAddr>,

    /// Proxies whose `X-Forwarded-For` is believed: addresses or networks, separated by commas.
    #[arg(
        long,
        env = "CHANTIER_TRUSTED_PROXIES",
        value_name = "NETWORKS",
        value_delimiter = ','
    )]
    pub trusted_proxies: Vec<Network>,

    /// Load the demonstration programme into an empty database; its accounts have a public password.
    #[arg(long, env = "CHANTIER_DEMO", value_parser = FalseyValueParser::new())]
    pub demo: bool,

    /// Allow the demonstration on an address others can reach.
    #[arg(long, env = "CHANTIER_DEMO_ON_PUBLIC_ADDRESS", value_parser = FalseyValueParser::new())]
    pub demo_on_public_address: bool,

    /// Updates a second one connection may send, sustained (ten times as many at once); faster ones are read slowly.
    #[arg(
        long,
        env = "CHANTIER_LIVE_UPDATES_PER_S",
        value_name = "N",
        default_value_t = 100,
        value_parser = clap::value_parser!(u32).range(1..=1_000_000)
    )]
    pub live_updates_per_s: u32,

    /// Bytes a second one connection may send, sustained; the largest message passes at once.
    #[arg(
        long,
        env = "CHANTIER_LIVE_BYTES_PER_S",
        value_name = "N",
        default_value_t = 524_288,
        value_parser = clap::value_parser!(u32).range(1_024..)
    )]
    pub live_bytes_per_s: u32,

    /// Live connections one account may have open.
    #[arg(
        long,
        env = "CHANTIER_LIVE_ACCOUNT_SOCKETS",
        value_name = "N",
        default_value_t = 64
    )]
    pub live_account_sockets: usize,

    /// Live connections one network address may have open.
    #[arg(
        long,
        env = "CHANTIER_LIVE_ADDRESS_SOCKETS",
        value_name = "N",
        default_value_t = 512
    )]
    pub live_address_sockets: usize,

    /// A document is compacted when so many updates came after its last snapshot.
    #[arg(
        long,
        env = "CHANTIER_LIVE_COMPACT_UPDATES",
        value_name = "N",
        default_value_t = 400
    )]
    pub live_compact_updates: usize,

    /// The pause between two compactions of one document, in milliseconds.
    #[arg(
        long,
        env = "CHANTIER_LIVE_COMPACT_PAUSE_MS",
        value_name = "MS",
        default_value_t = 5_000
    )]
    pub live_compact_pause_ms: u64,

    /// What to log on the error output, e.g. `info` or `chantier=debug,info`.
    #[arg(
        long,
        env = "CHANTIER_LOG",
        value_name = "FILTER",
        default_value = "info"
    )]
    pub log: String,

    /// Log as JSON lines instead of text.
    #[arg(long, env = "CHANTIER_LOG_JSON", value_parser = FalseyValueParser::new())]
    pub log_json: bool,
}

impl Config {
    /// The defaults, on a free port of this machine: for tests and tools.
    #[must_use]
    pub fn local(data: PathBuf) -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            data,
            database_url: None,
            database_url_file: None,
            public_url: None,
            admin_listen: None,
            trusted_proxies: Vec::new(),
            demo: false,
            demo_on_public_address: false,
            live_updates_per_s: 100,
            live_bytes_per_s: 512 * 1024,
            live_account_sockets: 64,
            live_address_sockets: 512,
            live_compact_updates: 400,
            live_compact_pause_ms: 5_000,
            log: "info".to_owned(),
            log_json: false,
        }
    }

    /// Whether people reach us over https: decides the cookie's name and `Secure`.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.public_url
            .as_deref()
            .is_some_and(|url| url.starts_with("https://"))
    }

    /// The address links are made from, without a trailing slash.
    #[must_use]
    pub fn base_url(&self) -> String {
        if let Some(url) = &self.public_url {
            return url.clone();
        }
        let mut reached = self.listen;
        if reached.ip().is_unspecified() {
            reached.set_ip(IpAddr::V4(Ipv4Addr::LOCALHOST));
        }
        format!("http://{reached}")
    }

    /// Where an invited person chooses a password.
    #[must_use]
    pub fn invitation_url(&self, secret: &str) -> String {
        format!("{}/invitation/{secret}", self.base_url())
    }

    /// Where an empty workspace is set up.
    #[must_use]
    pub fn setup_url(&self, secret: &str) -> String {
        format!("{}/installation/{secret}", self.base_url())
    }

    /// Reads what the settings point at, and refuses settings that contradict each other.
    ///
    /// # Errors
    /// One sentence that says what to change.
    pub fn complete(mut self) -> Result<Self, String> {
        if self.database_url.is_none()
            && let Some(path) = &self.database_url_file
        {
            let text = std::fs::read_to_string(path)
                .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
            self.database_url = Some(text.trim_end_matches(['\r', '\n']).to_owned());
        }
        if self.database_url.as_deref() == Some("") {
            self.database_url = None;
        }
        if let Some(url) = &self.database_url
            && !["postgres://", "postgresql://"]
                .iter()
                .any(|scheme| url.starts_with(scheme))
        {
            return Err(
                "the database address must start with postgres:// (without one, SQLite is used)"
                    .to_owned(),
            );
        }
        if self.demo && !self.demo_on_public_address && self.is_public() {
            return Err(
                "--demo opens accounts with a public password: it runs on a loopback address \
                 only, unless --demo-on-public-address is given"
                    .to_owned(),
            );
        }
        Ok(self)
    }

    /// Whether others than this machine may reach us, as far as the settings tell.
    fn is_public(&self) -> bool {
        let url_is_public = self.public_url.as_deref().is_some_and(|url| {
            let host = url
                .split_once("://")
                .map_or(url, |(_, authority)| authority);
            !["localhost", "127.0.0.1", "[::1]"].iter().any(|local| {
                host.strip_prefix(local)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
            })
        });
        url_is_public || !self.listen.ip().is_loopback()
    }
}

/// Checks a public address: scheme and host, nothing behind.
fn public_url(text: &str) -> Result<String, String> {
    let text = text.trim_end_matches('/');
    let authority = ["https://", "http://"]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme))
        .ok_or("it must start with https:// or http://")?;
    if authority.is_empty() || authority.contains(['/', '?', '#', '@', ' ']) {
        return Err("only a scheme, a host and maybe a port, e.g. https://chantier.example".into());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(change: impl FnOnce(&mut Config)) -> bool {
        let mut config = Config::local(PathBuf::from("data"));
        config.demo = true;
        change(&mut config);
        config.complete().is_err()
    }

    #[test]
    fn the_demonstration_stays_on_this_machine() {
        assert!(!refused(|_| {}));
        assert!(!refused(
            |c| c.public_url = Some("http://localhost:8080".into())
        ));
        assert!(refused(|c| c.listen = ([0, 0, 0, 0], 8080).into()));
        assert!(refused(
            |c| c.public_url = Some("https://chantier.example".into())
        ));
        assert!(refused(
            |c| c.public_url = Some("https://localhost.example".into())
        ));
        assert!(!refused(|c| {
            c.listen = ([0, 0, 0, 0], 8080).into();
            c.demo_on_public_address = true;
        }));
    }

    #[test]
    fn the_database_address_may_come_from_a_file_and_the_plain_value_wins() {
        let path = std::env::temp_dir().join(format!("chantier-url-{}", std::process::id()));
        std::fs::write(&path, "postgres://from-file\n").expect("a temporary file");
        let mut config = Config::local(PathBuf::from("data"));
        config.database_url_file = Some(path.clone());
        let read = config.clone().complete().expect("settings that agree");
        assert_eq!(read.database_url.as_deref(), Some("postgres://from-file"));
        config.database_url = Some("postgres://plain".to_owned());
        let read = config.complete().expect("settings that agree");
        assert_eq!(read.database_url.as_deref(), Some("postgres://plain"));
        std::fs::remove_file(path).expect("the file is ours");
    }

    #[test]
    fn a_public_address_is_a_scheme_and_a_host() {
        assert_eq!(
            public_url("https://chantier.example/").as_deref(),
            Ok("https://chantier.example")
        );
        for bad in ["chantier.example", "https://", "https://a/b", "ftp://a"] {
            assert!(public_url(bad).is_err(), "{bad}");
        }
    }
}
