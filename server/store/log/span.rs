//! How much of a log lies between two places, told without reading it: what bounds the memory of
//! whoever reads a long one.

use crate::error::Result;
use crate::ids::DocumentId;
use crate::store::{Tx, args};

/// The end of a part of the log, and its size in bytes.
type Part = (i64, i64);

impl Tx {
    /// The bytes of the rows after `after`, up to `until`, before compression; of a segment that
    /// lies across a border, all of them.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn log_bytes(
        &mut self,
        document: &DocumentId,
        after: i64,
        until: i64,
    ) -> Result<i64> {
        let mut bytes = 0;
        for sql in [
            "select cast(coalesce(sum(byte_count), 0) as bigint) from log_segment
             where document_id = $1 and to_seq > $2 and from_seq <= $3",
            "select cast(coalesce(sum(length(body)), 0) as bigint) from log_row
             where document_id = $1 and seq > $2 and seq <= $3",
        ] {
            if let Some(row) = self
                .row(sql, args![document.as_str(), after, until])
                .await?
            {
                bytes += row.int(0)?;
            }
        }
        Ok(bytes)
    }

    /// Where to end a reading that begins after `after`, so that it takes at most so many rows
    /// and about so many bytes: between `after + 1` and `until`.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn window_end(
        &mut self,
        document: &DocumentId,
        (after, until): (i64, i64),
        (rows, bytes): (i64, i64),
    ) -> Result<i64> {
        let until = until.min(after + rows);
        let mut parts: Vec<Part> = Vec::new();
        for sql in [
            "select to_seq, byte_count from log_segment
             where document_id = $1 and to_seq > $2 and from_seq <= $3",
            "select seq, cast(length(body) as bigint) from log_row
             where document_id = $1 and seq > $2 and seq <= $3",
        ] {
            for row in &self
                .rows(sql, args![document.as_str(), after, until])
                .await?
            {
                parts.push((row.int(0)?, row.int(1)?));
            }
        }
        parts.sort_unstable();
        Ok(end(&parts, until, bytes))
    }
}

/// The end of the last part that fits; of the first one in any case.
fn end(parts: &[Part], until: i64, most: i64) -> i64 {
    let (mut end, mut sum) = (None, 0i64);
    for (to, bytes) in parts {
        sum = sum.saturating_add(*bytes);
        if sum > most && end.is_some() {
            return end.unwrap_or(until).min(until);
        }
        end = Some(*to);
    }
    until
}

#[cfg(test)]
mod tests {
    use super::end;

    #[test]
    fn a_window_ends_before_it_grows_too_large_and_never_stands_still() {
        let parts = [(3, 10), (4, 10), (9, 100), (12, 1)];
        assert_eq!(end(&parts, 12, 1_000), 12);
        assert_eq!(end(&parts, 12, 25), 4);
        assert_eq!(end(&parts, 12, 5), 3);
        assert_eq!(end(&parts[2..], 7, 5), 7, "a part goes on past the window");
        assert_eq!(end(&[], 12, 5), 12, "nothing can be read there");
    }
}
