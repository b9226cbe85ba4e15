//! A ZIP archive in one fixed form: entries stored as they are, no date, no extra field, a comment
//! that ends with a checksum of all before it. Whoever knows the entries knows every byte, so that
//! a reader can tell which byte of the wrapping is not as it was written. Compression would make a
//! changed byte impossible to place, and the files of a dossier are read far more than moved.

use super::crc::{crc32, crc32_hex};

/// What stands before the eight digits at the end of the comment.
pub(super) const TAIL: &[u8] = b"chantier.tail.crc32=";

const LOCAL: [u8; 4] = *b"PK\x03\x04";
const CENTRAL: [u8; 4] = *b"PK\x01\x02";
const END: [u8; 4] = *b"PK\x05\x06";

/// Names are UTF-8; version 2.0; stored; 1 January 1980.
const VERSION: u16 = 20;
const UTF8: u16 = 0x0800;
const STORED: u16 = 0;
const NO_TIME: u16 = 0;
const NO_DATE: u16 = 0x0021;

/// The bytes of a local header before its name.
const LOCAL_BYTES: usize = 30;

/// An entry as the wrapping names it.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// Its path.
    pub path: &'a str,
    /// Its checksum.
    pub crc32: u32,
    /// Its length.
    pub bytes: u32,
}

/// The archive is larger than this form can say.
#[derive(Debug, thiserror::Error)]
#[error("the archive is larger than 4 GiB")]
pub struct TooLarge;

/// The header before an entry's bytes.
#[must_use]
pub fn local_header(entry: &Entry<'_>) -> Vec<u8> {
    let mut header = LOCAL.to_vec();
    header.extend(VERSION.to_le_bytes());
    shared(entry, &mut header);
    header.extend(entry.path.as_bytes());
    header
}

/// What both headers of an entry say alike.
fn shared(entry: &Entry<'_>, header: &mut Vec<u8>) {
    for number in [UTF8, STORED, NO_TIME, NO_DATE] {
        header.extend(number.to_le_bytes());
    }
    for number in [entry.crc32, entry.bytes, entry.bytes] {
        header.extend(number.to_le_bytes());
    }
    let name = u16::try_from(entry.path.len()).unwrap_or(u16::MAX);
    header.extend(name.to_le_bytes());
    header.extend(0_u16.to_le_bytes());
}

/// All that follows the entries but the eight digits at the very end.
#[must_use]
pub fn ending(entries: &[Entry<'_>]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut offset = 0_u32;
    for entry in entries {
        out.extend(CENTRAL);
        out.extend(VERSION.to_le_bytes());
        out.extend(VERSION.to_le_bytes());
        shared(entry, &mut out);
        // Comment length, disk, kind: 0; attributes: 0.
        out.extend([0; 10]);
        out.extend(offset.to_le_bytes());
        out.extend(entry.path.as_bytes());
        let header = u32::try_from(LOCAL_BYTES + entry.path.len()).unwrap_or(u32::MAX);
        offset = offset.wrapping_add(header).wrapping_add(entry.bytes);
    }
    let directory = u32::try_from(out.len()).unwrap_or(u32::MAX);
    let count = u16::try_from(entries.len()).unwrap_or(u16::MAX);
    out.extend(END);
    out.extend([0; 4]);
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend(directory.to_le_bytes());
    out.extend(offset.to_le_bytes());
    let comment = u16::try_from(TAIL.len() + 8).unwrap_or(u16::MAX);
    out.extend(comment.to_le_bytes());
    out.extend(TAIL);
    out
}

/// The archive of these files.
///
/// # Errors
/// [`TooLarge`].
pub fn archive(files: &[(String, Vec<u8>)]) -> Result<Vec<u8>, TooLarge> {
    let mut out = Vec::new();
    let mut entries = Vec::new();
    for (path, body) in files {
        let entry = Entry {
            path,
            crc32: crc32(body),
            bytes: u32::try_from(body.len()).map_err(|_| TooLarge)?,
        };
        out.extend(local_header(&entry));
        out.extend_from_slice(body);
        entries.push(entry);
    }
    u32::try_from(out.len()).map_err(|_| TooLarge)?;
    u16::try_from(files.len()).map_err(|_| TooLarge)?;
    out.extend(ending(&entries));
    let tail = crc32_hex(&out);
    out.extend(tail.as_bytes());
    Ok(out)
}

/// The bytes of the first entry, as its header tells them, when it has this path.
#[must_use]
pub fn first<'a>(archive: &'a [u8], path: &str) -> Option<&'a [u8]> {
    let header = archive.get(..LOCAL_BYTES + path.len())?;
    if header.get(LOCAL_BYTES..)? != path.as_bytes() {
        return None;
    }
    let length: [u8; 4] = header.get(22..26)?.try_into().ok()?;
    let from = header.len();
    archive.get(from..from.checked_add(u32::from_le_bytes(length) as usize)?)
}

/// The archive without the eight digits at its end, and those digits.
pub(super) fn split_tail(archive: &[u8]) -> Option<(&[u8], &[u8])> {
    let (body, digits) = archive.split_at_checked(archive.len().checked_sub(8)?)?;
    body.ends_with(TAIL).then_some((body, digits))
}
