//! Secrets given to people and programs (cookies, tokens, links): 256 random bits.
//! Only their SHA-256 is kept, which is enough for a secret nobody can guess.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// Bytes of randomness in a secret.
const SECRET_BYTES: usize = 32;

/// A new secret as 64 hexadecimal digits.
///
/// # Errors
/// `Internal` when the system gives no randomness.
pub fn new_secret() -> Result<String> {
    let mut bytes = [0_u8; SECRET_BYTES];
    getrandom::fill(&mut bytes).map_err(|error| Error::internal(error.to_string()))?;
    Ok(bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

/// What is kept of a secret: its SHA-256.
#[must_use]
pub fn secret_hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}
