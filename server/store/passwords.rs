//! Passwords: the only file that hashes them. argon2id with the library's recommended
//! cost (19 MiB, two passes), on blocking threads, one at a time for each core.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::Semaphore;

use crate::error::{Error, Result};

/// Hashes that may wait for a core, for each core; more are sent back.
const WAITING_PER_CORE: usize = 64;

/// Hashes and verifies; cheap to clone.
#[derive(Clone, Debug)]
pub struct Passwords {
    /// One permit a core.
    cores: Arc<Semaphore>,
    /// One permit for each hash under way or waiting.
    queue: Arc<Semaphore>,
    /// What the password of an unknown account is compared with.
    dummy: Arc<str>,
}

/// The outcome of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// Not this password, or nobody.
    No,
    /// This password.
    Yes,
    /// This password, kept under an older cost: hash it anew.
    YesOutdated,
}

impl Passwords {
    /// Ready to hash. Makes the dummy hash: some tens of milliseconds.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn new() -> Result<Self> {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Ok(Self {
            cores: Arc::new(Semaphore::new(cores)),
            queue: Arc::new(Semaphore::new(cores * WAITING_PER_CORE)),
            dummy: hash_now("nobody has this password")?.into(),
        })
    }

    /// A new hash with a salt of its own.
    ///
    /// # Errors
    /// `TooMany` when too many wait already.
    pub async fn hash(&self, password: String) -> Result<String> {
        self.on_a_core(move || hash_now(&password)).await
    }

    /// Compares; with no hash to compare with, does the same work for nothing.
    ///
    /// # Errors
    /// `TooMany` when too many wait already.
    pub async fn verify(&self, password: String, kept: Option<String>) -> Result<Match> {
        let dummy = Arc::clone(&self.dummy);
        self.on_a_core(move || {
            let known = kept.is_some();
            let text = kept.as_deref().unwrap_or(&dummy);
            let parsed =
                PasswordHash::new(text).map_err(|error| Error::internal(error.to_string()))?;
            let same = Argon2::default()
                .verify_password(password.as_bytes(), &parsed)
                .is_ok();
            Ok(match (same && known, has_todays_cost(text, &dummy)) {
                (false, _) => Match::No,
                (true, true) => Match::Yes,
                (true, false) => Match::YesOutdated,
            })
        })
        .await
    }

    async fn on_a_core<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let _place = self
            .queue
            .try_acquire()
            .map_err(|_| Error::TooMany { retry_after_s: 5 })?;
        let core = Arc::clone(&self.cores)
            .acquire_owned()
            .await
            .map_err(Error::internal)?;
        // The permit goes with the work: a client that leaves does not free its core early.
        tokio::task::spawn_blocking(move || {
            let done = work();
            drop(core);
            done
        })
        .await
        .map_err(Error::internal)?
    }
}

/// A new hash, on this thread: for start-up and the demonstration only.
///
/// # Errors
/// When the system gives no randomness.
pub fn hash_now(password: &str) -> Result<String> {
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| Error::internal(error.to_string()))
}

/// Whether two PHC strings have the same algorithm, version and cost.
fn has_todays_cost(kept: &str, fresh: &str) -> bool {
    let cost = |text: &str| {
        text.split('$')
            .take(4)
            .map(ToOwned::to_owned)
            .collect::<Vec<_>>()
    };
    cost(kept) == cost(fresh)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_matches_its_hash_only_and_an_old_cost_is_seen() {
        let passwords = Passwords::new().expect("randomness");
        let verify =
            |password: &str, kept: Option<String>| passwords.verify(password.to_owned(), kept);
        let kept = passwords
            .hash("correct horse".to_owned())
            .await
            .expect("hashes");
        assert!(kept.starts_with("$argon2id$"));
        let other = passwords
            .hash("correct horse".to_owned())
            .await
            .expect("hashes");
        assert_ne!(kept, other, "each hash has a salt of its own");
        assert_eq!(
            verify("correct horse", Some(kept.clone())).await.ok(),
            Some(Match::Yes)
        );
        assert_eq!(
            verify("correct hors", Some(kept)).await.ok(),
            Some(Match::No)
        );
        assert_eq!(
            verify("nobody has this password", None).await.ok(),
            Some(Match::No)
        );

        let params = argon2::Params::new(8, 1, 1, None).expect("a cost");
        let cheap = Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params)
            .hash_password(b"correct horse")
            .expect("hashes")
            .to_string();
        assert_eq!(
            verify("correct horse", Some(cheap)).await.ok(),
            Some(Match::YesOutdated)
        );
    }
}
