//! Older rows of a log in compressed segments of bounded size: what is no longer read to open
//! a document, and must last as long as it.
//!
//! ```text
//! content = version (1), row*                   compressed with deflate
//! row     = epoch, update count, time in ms, length, body
//! ```
//! Numbers are unsigned LEB128; rows follow each other from the segment's first `seq` on. Only rows
//! whose own checksum held are packed; the segment's covers its place and its whole content.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use sha2::{Digest, Sha256};

use super::damage::{Damage, DamageKind};
use super::{LogRow, body};
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::ids::DocumentId;
use crate::store::{Row, Store, Tx, args};

const VERSION: u8 = 1;

/// A segment holds about so many bytes before compression; one larger row makes its own.
pub const SEGMENT_BYTES: usize = 256 * 1024;

/// And at most so many rows, so that moving them holds the writer for some milliseconds only.
const SEGMENT_ROWS: i64 = 2_000;

/// Fewer bytes than this wait for more: many small segments would compress badly.
const WORTH_BYTES: usize = SEGMENT_BYTES / 2;

/// A row as it stands in its table, its checksum verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LooseRow {
    seq: i64,
    epoch: i64,
    update_count: i64,
    created_at_ms: i64,
    body: Vec<u8>,
}

/// A segment, packed and read back.
#[derive(Clone, Debug)]
pub struct Packed {
    from_seq: i64,
    to_seq: i64,
    update_count: i64,
    byte_count: usize,
    body: Vec<u8>,
    checksum: i64,
}

/// Rows that follow each other as one segment, compressed; read back and compared before it is
/// given. Takes some milliseconds: not for the hot path. `None` without rows.
///
/// # Errors
/// `Internal` when what was packed does not read back the same: nothing may be moved then.
pub fn pack(document: &DocumentId, rows: &[LooseRow]) -> Result<Option<Packed>> {
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
        return Ok(None);
    };
    let content = write(rows);
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&content).map_err(Error::internal)?;
    let packed = Packed {
        from_seq: first.seq,
        to_seq: last.seq,
        update_count: rows.iter().map(|row| row.update_count).sum(),
        byte_count: content.len(),
        body: encoder.finish().map_err(Error::internal)?,
        checksum: checksum(document, first.seq, last.seq, &content),
    };
    let again = unpack(document, &packed).filter(|again| again == rows);
    if again.is_none() {
        return Err(Error::internal("a segment does not read back the same"));
    }
    Ok(Some(packed))
}

/// The rows of a segment; `None` when anything in it is not as it was written.
fn unpack(document: &DocumentId, packed: &Packed) -> Option<Vec<LooseRow>> {
    let mut content = Vec::new();
    // A damaged stream must not fill the memory: one byte more than declared is enough to know.
    let most = u64::try_from(packed.byte_count).ok()?.checked_add(1)?;
    DeflateDecoder::new(packed.body.as_slice())
        .take(most)
        .read_to_end(&mut content)
        .ok()?;
    let sum = checksum(document, packed.from_seq, packed.to_seq, &content);
    if content.len() != packed.byte_count || sum != packed.checksum {
        return None;
    }
    read(&content, packed.from_seq)
        .filter(|rows| rows.last().is_some_and(|row| row.seq == packed.to_seq))
}

fn write(rows: &[LooseRow]) -> Vec<u8> {
    let size: usize = rows.iter().map(|row| row.body.len() + 16).sum();
    let mut out = Vec::with_capacity(size + 1);
    out.push(VERSION);
    for row in rows {
        put(&mut out, row.epoch);
        put(&mut out, row.update_count);
        put(&mut out, row.created_at_ms);
        put(&mut out, i64::try_from(row.body.len()).unwrap_or(i64::MAX));
        out.extend_from_slice(&row.body);
    }
    out
}

fn read(content: &[u8], from_seq: i64) -> Option<Vec<LooseRow>> {
    let (version, mut rest) = content.split_first()?;
    if *version != VERSION {
        return None;
    }
    let mut rows = Vec::new();
    for seq in from_seq.. {
        if rest.is_empty() {
            break;
        }
        let (epoch, update_count, created_at_ms) =
            (take(&mut rest)?, take(&mut rest)?, take(&mut rest)?);
        let length = usize::try_from(take(&mut rest)?).ok()?;
        let (body, after) = rest.split_at_checked(length)?;
        rest = after;
        rows.push(LooseRow {
            seq,
            epoch,
            update_count,
            created_at_ms,
            body: body.to_vec(),
        });
    }
    Some(rows)
}

/// Unsigned LEB128 of a number that is never negative in our rows; read back as it was if it is.
fn put(out: &mut Vec<u8>, number: i64) {
    let mut number = number.cast_unsigned();
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn take(rest: &mut &[u8]) -> Option<i64> {
    let mut number = 0u64;
    for shift in (0..64).step_by(7) {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number.cast_signed());
        }
    }
    None
}

/// The first eight bytes of SHA-256 over the segment's place and its content.
fn checksum(document: &DocumentId, from_seq: i64, to_seq: i64, content: &[u8]) -> i64 {
    let mut hash = Sha256::new();
    hash.update(b"segment");
    hash.update(document.as_str().as_bytes());
    hash.update([0]);
    hash.update(from_seq.to_be_bytes());
    hash.update(to_seq.to_be_bytes());
    hash.update(content);
    let digest = hash.finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    i64::from_be_bytes(first)
}

impl Tx {
    /// The rows after `after`, up to `until`, that stand in segments, and the segments that
    /// cannot be read any more.
    pub(super) async fn packed_rows(
        &mut self,
        document: &DocumentId,
        after: i64,
        until: i64,
    ) -> Result<(Vec<LogRow>, Vec<Damage>)> {
        let segments = self
            .rows(
                "select from_seq, to_seq, update_count, byte_count, body, checksum
                 from log_segment
                 where document_id = $1 and to_seq > $2 and from_seq <= $3 order by from_seq",
                args![document.as_str(), after, until],
            )
            .await?;
        let (mut rows, mut damages) = (Vec::new(), Vec::new());
        for segment in &segments {
            let (packed, named) = (packed_at(segment)?, document.clone());
            let (from_seq, to_seq) = (packed.from_seq, packed.to_seq);
            // Unpacking and hashing take milliseconds: not on the threads that serve everybody.
            let read = tokio::task::spawn_blocking(move || {
                let wanted = unpack(&named, &packed)?
                    .into_iter()
                    .filter(|row| row.seq > after && row.seq <= until);
                wanted.map(decoded).collect::<Option<Vec<_>>>()
            });
            match read.await.map_err(Error::internal)? {
                Some(read) => rows.extend(read),
                None => damages.push(Damage {
                    kind: DamageKind::Segment,
                    from_seq,
                    to_seq,
                }),
            }
        }
        Ok((rows, damages))
    }
}

impl Tx {
    /// The last of the next rows that make a segment, and whether no more follow: told from their
    /// lengths, since two thousand rows may be gigabytes.
    async fn segment_end(
        &mut self,
        document: &DocumentId,
        after: i64,
        until: i64,
    ) -> Result<(i64, bool)> {
        let lengths = self
            .rows(
                "select seq, cast(length(body) as bigint) from log_row
                 where document_id = $1 and seq > $2 and seq <= $3 order by seq limit $4",
                args![document.as_str(), after, until, SEGMENT_ROWS],
            )
            .await?;
        let (mut end, mut bytes) = (after, 0);
        for row in &lengths {
            end = row.int(0)?;
            bytes += usize::try_from(row.int(1)?).unwrap_or(0);
            if bytes >= SEGMENT_BYTES {
                return Ok((end, false));
            }
        }
        let is_full = i64::try_from(lengths.len()).unwrap_or(i64::MAX) == SEGMENT_ROWS;
        Ok((end, !is_full))
    }
}

fn packed_at(row: &Row) -> Result<Packed> {
    Ok(Packed {
        from_seq: row.int(0)?,
        to_seq: row.int(1)?,
        update_count: row.int(2)?,
        // A negative count is damage; 0 fits no content.
        byte_count: usize::try_from(row.int(3)?).unwrap_or(0),
        body: row.bytes(4)?,
        checksum: row.int(5)?,
    })
}

fn decoded(loose: LooseRow) -> Option<LogRow> {
    Some(LogRow {
        seq: loose.seq,
        epoch: loose.epoch,
        updates: body::decode(&loose.body.into())?,
        created_at: Timestamp(loose.created_at_ms),
    })
}

impl Store {
    /// The next rows to pack: those after `after` and at or before `until` that follow each other
    /// and hold what they held when they were written. Empty when there are too few to be worth
    /// a segment. The second value is where to go on after them.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn rows_to_pack(
        &self,
        document: &DocumentId,
        after: i64,
        until: i64,
    ) -> Result<(Vec<LooseRow>, i64)> {
        let mut tx = self.read().await?;
        let (end, is_last) = tx.segment_end(document, after, until).await?;
        let found = tx
            .rows(
                "select seq, epoch, update_count, created_at_ms, checksum, body from log_row
                 where document_id = $1 and seq > $2 and seq <= $3 order by seq",
                args![document.as_str(), after, end],
            )
            .await?;
        let (mut rows, mut bytes) = (Vec::<LooseRow>::new(), 0);
        for row in &found {
            let loose = LooseRow {
                seq: row.int(0)?,
                epoch: row.int(1)?,
                update_count: row.int(2)?,
                created_at_ms: row.int(3)?,
                body: row.bytes(5)?,
            };
            let whole =
                body::checksum(document, loose.seq, loose.epoch, &loose.body) == row.int(4)?;
            let follows = rows.last().is_none_or(|last| last.seq + 1 == loose.seq);
            if !whole || !follows {
                // A damaged row stays where it is; the next run starts behind it.
                let next = if rows.is_empty() {
                    loose.seq
                } else {
                    loose.seq - 1
                };
                return Ok((rows, next));
            }
            bytes += loose.body.len();
            rows.push(loose);
        }
        let next = rows.last().map_or(until, |row| row.seq);
        if is_last && bytes < WORTH_BYTES {
            return Ok((Vec::new(), until));
        }
        Ok((rows, next))
    }

    /// Moves the packed rows: the segment comes and its rows go in one transaction, and only if
    /// what stands in the table then is what was packed. `false` when somebody else was quicker.
    ///
    /// # Errors
    /// `Internal` when the table does not hold what was written: nothing moved then.
    pub async fn keep_segment(&self, document: &DocumentId, packed: &Packed) -> Result<bool> {
        let mut tx = self.write().await?;
        let byte_count = i64::try_from(packed.byte_count).map_err(Error::internal)?;
        let kept = tx
            .run(
                "insert into log_segment (document_id, from_seq, to_seq, update_count, byte_count,
                 body, checksum, created_at_ms) values ($1, $2, $3, $4, $5, $6, $7, $8)
                 on conflict (document_id, from_seq) do nothing",
                args![
                    document.as_str(),
                    packed.from_seq,
                    packed.to_seq,
                    packed.update_count,
                    byte_count,
                    packed.body.as_slice(),
                    packed.checksum,
                    self.clock.now().ms()
                ],
            )
            .await?;
        if kept == 0 {
            return Ok(false);
        }
        let (rows, damages) = tx
            .packed_rows(document, packed.from_seq - 1, packed.to_seq)
            .await?;
        let expected = packed.to_seq - packed.from_seq + 1;
        let read_back = i64::try_from(rows.len()).map_err(Error::internal)?;
        if !damages.is_empty() || read_back != expected {
            return Err(Error::internal(
                "the table does not hold the segment as written",
            ));
        }
        let gone = tx
            .run(
                "delete from log_row where document_id = $1 and seq >= $2 and seq <= $3",
                args![document.as_str(), packed.from_seq, packed.to_seq],
            )
            .await?;
        if i64::try_from(gone).map_err(Error::internal)? != expected {
            // Another node moved some of them: dropping the transaction takes it all back.
            return Ok(false);
        }
        tx.commit().await?;
        Ok(true)
    }

    /// The place of the snapshot before the latest: rows up to it open no document any more.
    /// 0 when there is none.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn spare_snapshot(&self, document: &DocumentId) -> Result<i64> {
        let rows = self
            .read()
            .await?
            .rows(
                "select seq from snapshot where document_id = $1 order by seq desc limit 2",
                args![document.as_str()],
            )
            .await?;
        rows.get(1).map_or(Ok(0), |row| row.int(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<LooseRow> {
        (5..900)
            .map(|seq| LooseRow {
                seq,
                epoch: 1 + seq / 300,
                update_count: seq % 7,
                created_at_ms: 1_700_000_000_000 + seq * 977,
                body: vec![(seq % 251) as u8; (seq % 90) as usize],
            })
            .collect()
    }

    #[test]
    fn a_segment_reads_back_as_packed_and_is_smaller() {
        let document = DocumentId::from("d");
        let rows = rows();
        let packed = pack(&document, &rows).expect("packs").expect("rows");
        assert_eq!(unpack(&document, &packed).expect("whole"), rows);
        assert!(packed.body.len() * 2 < packed.byte_count);
        assert!(pack(&document, &[]).expect("nothing").is_none());
    }

    #[test]
    fn any_flipped_bit_or_other_place_is_seen() {
        let document = DocumentId::from("d");
        let packed = pack(&document, &rows()).expect("packs").expect("rows");
        for at in 0..packed.body.len() {
            let mut damaged = packed.clone();
            damaged.body[at] ^= 1 << (at % 8);
            // A bit that deflate ignores (padding) changes nothing in the content.
            if let Some(read) = unpack(&document, &damaged) {
                assert_eq!(read, rows());
            }
        }
        for damage in [
            |p: &mut Packed| p.checksum ^= 1,
            |p: &mut Packed| p.byte_count += 1,
            |p: &mut Packed| p.byte_count = 3,
            |p: &mut Packed| p.from_seq += 1,
            |p: &mut Packed| p.to_seq += 1,
            |p: &mut Packed| p.body.truncate(40),
        ] {
            let mut damaged = packed.clone();
            damage(&mut damaged);
            assert!(unpack(&document, &damaged).is_none());
        }
        assert!(unpack(&DocumentId::from("e"), &packed).is_none());
    }
}
