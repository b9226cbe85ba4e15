//! What proves itself: canonical bytes, the chain of a journal, signatures, and the one reader that
//! says of a file whether it is intact, or which byte is not. Pure functions on bytes, used by the
//! server when it seals and by `chantier verify` without any server (`docs/versions.md`).
//! Never here: SQL, the clock, the network; a person's sentences are in `sentences.rs`.

pub mod canonical;
pub mod crc;
pub mod dossier;
pub mod envelope;
pub mod journal_file;
pub mod keys;
pub mod link;
pub mod report;
pub mod sentences;
pub mod verify;
pub mod zip;

pub use verify::verify;

use sha2::{Digest as _, Sha256};

/// The SHA-256 of these bytes.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Bytes as lower case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble & 15)]);
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(*byte)])
        .collect()
}

/// The bytes of lower case hexadecimal digits; `None` for anything else.
#[must_use]
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |letter: u8| match letter {
        b'0'..=b'9' => Some(letter - b'0'),
        b'a'..=b'f' => Some(letter - b'a' + 10),
        _ => None,
    };
    let pairs = text.as_bytes().chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    pairs
        .map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?))
        .collect()
}

/// What a signed list says of some bytes.
#[derive(Clone, Copy, Debug)]
struct Signed<'a> {
    crc32: &'a str,
    sha256: &'a str,
    bytes: usize,
}

/// The one byte of these that is not the signed one: found by the checksum, confirmed by the
/// SHA-256 of the repaired bytes.
fn one_byte(bytes: &[u8], signed: &Signed<'_>) -> Option<crc::Suspect> {
    if bytes.len() != signed.bytes {
        return None;
    }
    let stated = u32::from_str_radix(signed.crc32, 16).ok()?;
    let mut repaired = bytes.to_vec();
    crc::suspects(bytes, stated).into_iter().find(|suspect| {
        repaired[suspect.offset] = suspect.should_be;
        let is_it = hex(&sha256(&repaired)) == signed.sha256;
        repaired[suspect.offset] = bytes[suspect.offset];
        is_it
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_reads_back() {
        assert_eq!(hex(&[0, 0x5a, 0xff]), "005aff");
        assert_eq!(unhex("005aff"), Some(vec![0, 0x5a, 0xff]));
        for bad in ["0", "0g", "FF", "é"] {
            assert_eq!(unhex(bad), None, "{bad}");
        }
    }
}
