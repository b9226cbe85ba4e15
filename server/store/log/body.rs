//! The layout of a log row's body, and its checksum. Pure.
//!
//! ```text
//! body    = version (1), author count, author*, update count, update*
//! author  = account id, organisation id ("" for none)      each: length, bytes
//! update  = author's position in the list, length, bytes   (a Yjs V1 update)
//! ```
//! Numbers are unsigned LEB128. One author is written once a row, however much they typed.

use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::ids::{AccountId, DocumentId, OrganisationId};

const VERSION: u8 = 1;

/// One accepted update with who sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredUpdate {
    /// Who sent it.
    pub account: AccountId,
    /// For which organisation they acted then.
    pub organisation: Option<OrganisationId>,
    /// The V1 update, as it came in.
    pub bytes: Bytes,
}

/// The first eight bytes of SHA-256 over the row's place and its body:
/// a row that was changed, moved or swapped does not match.
#[must_use]
pub fn checksum(document: &DocumentId, seq: i64, epoch: i64, body: &[u8]) -> i64 {
    let mut hash = Sha256::new();
    hash.update(document.as_str().as_bytes());
    hash.update([0]);
    hash.update(seq.to_be_bytes());
    hash.update(epoch.to_be_bytes());
    hash.update(body);
    let digest = hash.finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    i64::from_be_bytes(first)
}

/// The body of a row.
#[must_use]
pub fn encode(updates: &[StoredUpdate]) -> Vec<u8> {
    let mut authors: Vec<(&AccountId, Option<&OrganisationId>)> = Vec::new();
    let mut places = Vec::with_capacity(updates.len());
    for update in updates {
        let author = (&update.account, update.organisation.as_ref());
        let place = authors.iter().position(|known| *known == author);
        places.push(place.unwrap_or_else(|| {
            authors.push(author);
            authors.len() - 1
        }));
    }
    let size: usize = updates.iter().map(|update| update.bytes.len() + 8).sum();
    let mut out = Vec::with_capacity(size + authors.len() * 80 + 8);
    out.push(VERSION);
    put_number(&mut out, authors.len());
    for (account, organisation) in authors {
        put_bytes(&mut out, account.as_str().as_bytes());
        put_bytes(
            &mut out,
            organisation.map_or("", OrganisationId::as_str).as_bytes(),
        );
    }
    put_number(&mut out, updates.len());
    for (update, place) in updates.iter().zip(places) {
        put_number(&mut out, place);
        put_bytes(&mut out, &update.bytes);
    }
    out
}

/// The updates of a row; slices of `body`. `None` when it is not a whole body.
#[must_use]
pub fn decode(body: &Bytes) -> Option<Vec<StoredUpdate>> {
    let mut reader = Reader { body, at: 0 };
    if reader.byte()? != VERSION {
        return None;
    }
    let mut authors = Vec::new();
    for _ in 0..reader.number()? {
        let account = AccountId::from(reader.text()?);
        let organisation = reader.text()?;
        authors.push((
            account,
            (!organisation.is_empty()).then(|| OrganisationId::from(organisation)),
        ));
    }
    let mut updates = Vec::new();
    for _ in 0..reader.number()? {
        let (account, organisation) = authors.get(reader.number()?)?.clone();
        updates.push(StoredUpdate {
            account,
            organisation,
            bytes: reader.bytes()?,
        });
    }
    (reader.at == body.len()).then_some(updates)
}

fn put_number(out: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_number(out, bytes.len());
    out.extend_from_slice(bytes);
}

struct Reader<'a> {
    body: &'a Bytes,
    at: usize,
}

impl Reader<'_> {
    fn byte(&mut self) -> Option<u8> {
        let byte = *self.body.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn number(&mut self) -> Option<usize> {
        let mut number = 0usize;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            number |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn bytes(&mut self) -> Option<Bytes> {
        let length = self.number()?;
        let end = self.at.checked_add(length)?;
        if end > self.body.len() {
            return None;
        }
        let bytes = self.body.slice(self.at..end);
        self.at = end;
        Some(bytes)
    }

    fn text(&mut self) -> Option<String> {
        String::from_utf8(self.bytes()?.to_vec()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn update(account: &str, organisation: Option<&str>, bytes: &[u8]) -> StoredUpdate {
        StoredUpdate {
            account: account.into(),
            organisation: organisation.map(OrganisationId::from),
            bytes: Bytes::copy_from_slice(bytes),
        }
    }

    #[test]
    fn a_body_reads_back_as_written() {
        let long = vec![7; 70_000];
        let updates = vec![
            update("a", Some("o"), b"one"),
            update("b", None, &long),
            update("a", Some("o"), b""),
            update("a", None, b"four"),
        ];
        let body = Bytes::from(encode(&updates));
        assert_eq!(decode(&body).expect("whole"), updates);
    }

    #[test]
    fn a_cut_or_longer_body_is_not_a_body() {
        let body = encode(&[
            update("a", Some("o"), b"one"),
            update("b", None, b"and two"),
        ]);
        for end in 0..body.len() {
            assert_eq!(decode(&Bytes::copy_from_slice(&body[..end])), None);
        }
        let mut longer = body;
        longer.push(0);
        assert_eq!(decode(&longer.into()), None);
    }

    #[test]
    fn the_checksum_names_the_place() {
        let document = DocumentId::from("d");
        let sum = checksum(&document, 1, 1, b"body");
        assert_ne!(sum, checksum(&document, 2, 1, b"body"));
        assert_ne!(sum, checksum(&document, 1, 2, b"body"));
        assert_ne!(sum, checksum(&DocumentId::from("e"), 1, 1, b"body"));
        assert_ne!(sum, checksum(&document, 1, 1, b"bodz"));
    }
}
