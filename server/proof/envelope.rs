//! A sealed file: `{"content":C,"proof":{..},"tail_crc32":"xxxxxxxx"}`, to the byte. The statement
//! names the content by length, CRC-32 and SHA-256, and is signed; the tail's checksum covers all
//! before it and finds a single changed byte wherever it stands (`docs/versions.md`).

use serde_json::{Map, Value, json};

use super::canonical;
use super::crc::crc32_hex;
use super::keys::{SigningKey, is_signed, key_id};
use super::report::{Finding, Part};
use super::{hex, sha256, unhex};

const HEAD: &[u8] = b"{\"content\":";
const PROOF: &[u8] = b",\"proof\":{\"algorithm\":\"Ed25519\",\"public_key\":\"";
const SIGNATURE: &[u8] = b"\",\"signature\":\"";
const STATEMENT: &[u8] = b"\",\"statement\":";
const PROOF_END: &[u8] = b"}";
/// What stands before the eight digits of the tail.
pub(super) const TAIL: &[u8] = b",\"tail_crc32\":\"";
/// And after them.
pub(super) const TAIL_END: &[u8] = b"\"}";

/// The hexadecimal digits of a public key and of a signature.
const KEY_DIGITS: usize = 64;
const SIGNATURE_DIGITS: usize = 128;

/// A sealed file that holds.
#[derive(Clone, Debug)]
pub struct Opened<'a> {
    /// The content, its exact bytes.
    pub content: &'a [u8],
    /// What was signed.
    pub statement: Map<String, Value>,
    /// Who signed: 32 bytes.
    pub public_key: Vec<u8>,
}

impl Opened<'_> {
    /// A text of the statement; empty when it has none.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        let value = self.statement.get(name);
        value.and_then(Value::as_str).unwrap_or_default()
    }

    /// A number of the statement; 0 when it has none.
    #[must_use]
    pub fn number(&self, name: &str) -> i64 {
        let value = self.statement.get(name);
        value.and_then(Value::as_i64).unwrap_or_default()
    }
}

/// Seals canonical content. `more` is what the statement says beside the content.
#[must_use]
pub fn seal(
    format: &str,
    content: &str,
    mut more: Map<String, Value>,
    key: &SigningKey,
) -> Vec<u8> {
    let bytes = content.as_bytes();
    more.insert("format".to_owned(), json!(format));
    more.insert("content_bytes".to_owned(), json!(bytes.len()));
    more.insert("content_crc32".to_owned(), json!(crc32_hex(bytes)));
    more.insert("content_sha256".to_owned(), json!(hex(&sha256(bytes))));
    more.insert("key_id".to_owned(), json!(key.id()));
    let statement = canonical::json(&Value::Object(more));
    let signature = hex(&key.sign(statement.as_bytes()));
    let public = hex(&key.public());
    let mut file = [
        HEAD,
        bytes,
        PROOF,
        public.as_bytes(),
        SIGNATURE,
        signature.as_bytes(),
        STATEMENT,
        statement.as_bytes(),
        PROOF_END,
    ]
    .concat();
    let checksum = crc32_hex(&file);
    file.extend_from_slice(TAIL);
    file.extend_from_slice(checksum.as_bytes());
    file.extend_from_slice(TAIL_END);
    file
}

/// The parts of a file, each where it should stand.
struct Parts<'a> {
    content: &'a [u8],
    public_key: Vec<u8>,
    signature: Vec<u8>,
    statement: &'a [u8],
}

fn parts(body: &[u8]) -> Option<Parts<'_>> {
    let rest = body.strip_prefix(HEAD)?;
    // The last one: a content may hold the same bytes, what follows it cannot.
    let at = rest
        .windows(PROOF.len())
        .rposition(|window| window == PROOF)?;
    let (content, rest) = rest.split_at(at);
    let (public_key, rest) = digits(&rest[PROOF.len()..], KEY_DIGITS)?;
    let (signature, rest) = digits(rest.strip_prefix(SIGNATURE)?, SIGNATURE_DIGITS)?;
    let statement = rest.strip_prefix(STATEMENT)?.strip_suffix(PROOF_END)?;
    Some(Parts {
        content,
        public_key,
        signature,
        statement,
    })
}

fn digits(bytes: &[u8], count: usize) -> Option<(Vec<u8>, &[u8])> {
    let (digits, rest) = bytes.split_at_checked(count)?;
    Some((unhex(std::str::from_utf8(digits).ok()?)?, rest))
}

/// The file without its tail, and the tail's digits; `None` when it does not end like one.
pub(super) fn split_tail(file: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = file.strip_suffix(TAIL_END)?;
    let (rest, digits) = rest.split_at_checked(rest.len().checked_sub(8)?)?;
    Some((rest.strip_suffix(TAIL)?, digits))
}

/// Opens a sealed file and checks all of it.
///
/// # Errors
/// The part that does not hold; the very byte when the signed statement can tell it.
pub fn open<'a>(file: &'a [u8], format: &str) -> Result<Opened<'a>, Finding> {
    let changed = |part| Finding::changed(part);
    let (body, tail) = split_tail(file).ok_or(changed(Part::Structure))?;
    let parts = parts(body).ok_or(changed(Part::Structure))?;
    if !is_signed(&parts.public_key, parts.statement, &parts.signature) {
        return Err(changed(Part::Signature));
    }
    let statement = serde_json::from_slice(parts.statement);
    let statement: Map<String, Value> = statement.map_err(|_| changed(Part::Signature))?;
    let opened = Opened {
        content: parts.content,
        statement,
        public_key: parts.public_key,
    };
    if opened.text("key_id") != key_id(&opened.public_key) || opened.text("format") != format {
        return Err(changed(Part::Signature));
    }
    if hex(&sha256(opened.content)) != opened.text("content_sha256") {
        return Err(content_finding(&opened));
    }
    if tail != crc32_hex(body).as_bytes() {
        return Err(changed(Part::Tail));
    }
    Ok(opened)
}

/// The byte of the content that is not the signed one, or the whole content.
fn content_finding(opened: &Opened<'_>) -> Finding {
    let signed = super::Signed {
        crc32: opened.text("content_crc32"),
        sha256: opened.text("content_sha256"),
        bytes: usize::try_from(opened.number("content_bytes")).unwrap_or_default(),
    };
    match super::one_byte(opened.content, &signed) {
        Some(suspect) => {
            let is = opened.content[suspect.offset];
            Finding::byte(HEAD.len() + suspect.offset, is, suspect.should_be)
        }
        None => Finding::changed(Part::Content),
    }
}
