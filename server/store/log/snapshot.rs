//! Snapshots: the whole document at one `seq`, written in pieces not to hold the writer.
//!
//! A snapshot counts once its header row exists, which is written last. Its checksum covers
//! everything in it; a damaged one is passed over, since the log is kept whole and the
//! document can be read from an older snapshot, or from the first row.

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::{Damage, DamageKind, DocumentHead, LogRow};
use crate::error::{Error, Result};
use crate::ids::DocumentId;
use crate::store::{Row, Store, Tx, args};

/// What one transaction writes of a snapshot, in bytes (`live-text.md` section 6).
const PIECE_BYTES: usize = 256 * 1024;

/// An older snapshot stays when so many bytes of the log lie between it and the one kept before
/// it, and at least its own size: a past text is made from a bounded part of the log, and the
/// snapshots together take no more room than the log does before compression.
const SPACING_BYTES: i64 = 2 * 1024 * 1024;

/// Or so many rows: half a second of replaying.
const SPACING_ROWS: i64 = 50_000;

/// A document's bytes at one place of its log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The last row it contains.
    pub seq: i64,
    /// One V1 update that holds everything.
    pub update: Bytes,
    /// Its state vector, as Yjs encodes it.
    pub state_vector: Vec<u8>,
    /// The gate's tables at `seq`.
    pub structure: Vec<u8>,
}

/// A snapshot without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotHeader {
    /// The last row it contains.
    pub seq: i64,
    /// How many bytes its update has.
    pub bytes: usize,
    /// Its state vector, as Yjs encodes it.
    pub state_vector: Vec<u8>,
    /// The first bytes of the gate's tables: how many pieces it has.
    pub structure_head: Vec<u8>,
}

/// A document as stored, read at one moment.
#[derive(Clone, Debug)]
pub struct History {
    /// What its row says.
    pub head: DocumentHead,
    /// The latest whole snapshot.
    pub snapshot: Option<Snapshot>,
    /// The rows after it, up to the head; those that can be read.
    pub rows: Vec<LogRow>,
    /// What could not be read: damaged snapshots that were passed over, and the rows between
    /// `rows` that are missing. With one of these a part of the text is missing, and
    /// `head.is_damaged` is set.
    pub damages: Vec<Damage>,
}

impl Tx {
    /// The latest snapshot at or below `until` whose checksum holds.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn latest_snapshot(
        &mut self,
        document: &DocumentId,
        until: i64,
    ) -> Result<Option<Snapshot>> {
        Ok(self.whole_snapshot_before(document, until).await?.0)
    }

    /// What the latest snapshot at or below `until` says of itself; its bytes are not read.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn snapshot_header(
        &mut self,
        document: &DocumentId,
        until: i64,
    ) -> Result<Option<SnapshotHeader>> {
        let row = self
            .row(
                "select seq, byte_count, state_vector, substr(structure, 1, 16) from snapshot
                 where document_id = $1 and seq <= $2 order by seq desc limit 1",
                args![document.as_str(), until],
            )
            .await?;
        let header = |row: Row| {
            Ok(SnapshotHeader {
                seq: row.int(0)?,
                bytes: usize::try_from(row.int(1)?).map_err(Error::internal)?,
                state_vector: row.bytes(2)?,
                structure_head: row.bytes(3)?,
            })
        };
        row.map(header).transpose()
    }

    /// The same with the damaged ones that were passed over.
    async fn whole_snapshot_before(
        &mut self,
        document: &DocumentId,
        until: i64,
    ) -> Result<(Option<Snapshot>, Vec<Damage>)> {
        let mut damages = Vec::new();
        let mut below = until.saturating_add(1);
        // One at a time: the newest is whole nearly always, and each is large.
        while let Some(header) = self
            .row(
                "select seq, state_vector, structure, piece_count, checksum from snapshot
                 where document_id = $1 and seq < $2 order by seq desc limit 1",
                args![document.as_str(), below],
            )
            .await?
        {
            if let Some(snapshot) = self.whole_snapshot(document, &header).await? {
                return Ok((Some(snapshot), damages));
            }
            let seq = header.int(0)?;
            below = seq;
            damages.push(Damage {
                kind: DamageKind::Snapshot,
                from_seq: seq,
                to_seq: seq,
            });
        }
        Ok((None, damages))
    }

    /// The document as stored, up to `until` (its head when `None`).
    ///
    /// # Errors
    /// `NotFound` without such a document.
    pub async fn history(&mut self, document: &DocumentId, until: Option<i64>) -> Result<History> {
        self.history_within(document, until, i64::MAX).await
    }

    /// The same, if the rows after its snapshot take no more than so many bytes.
    async fn history_within(
        &mut self,
        document: &DocumentId,
        until: Option<i64>,
        most_bytes: i64,
    ) -> Result<History> {
        let mut head = self.document_head(document).await?;
        let until = until.unwrap_or(head.head_seq).min(head.head_seq);
        let (snapshot, mut damages) = self.whole_snapshot_before(document, until).await?;
        let after = snapshot.as_ref().map_or(0, |snapshot| snapshot.seq);
        let is_bounded = most_bytes < i64::MAX;
        if is_bounded && self.log_bytes(document, after, until).await? > most_bytes {
            return Err(Error::TooMuch("reading_unavailable"));
        }
        let (rows, missing) = self.readable_rows(document, after, until).await?;
        head.is_damaged = !missing.is_empty();
        damages.extend(missing);
        Ok(History {
            head,
            snapshot,
            rows,
            damages,
        })
    }

    async fn whole_snapshot(
        &mut self,
        document: &DocumentId,
        header: &Row,
    ) -> Result<Option<Snapshot>> {
        let (seq, pieces) = (header.int(0)?, header.int(3)?);
        let mut update = Vec::new();
        let rows = self
            .rows(
                "select body from snapshot_piece
                 where document_id = $1 and seq = $2 and piece < $3 order by piece",
                args![document.as_str(), seq, pieces],
            )
            .await?;
        for row in &rows {
            update.extend_from_slice(&row.bytes(0)?);
        }
        let snapshot = Snapshot {
            seq,
            update: update.into(),
            state_vector: header.bytes(1)?,
            structure: header.bytes(2)?,
        };
        let (expected, named) = (header.int(4)?, document.clone());
        tokio::task::spawn_blocking(move || {
            (checksum(&named, &snapshot) == expected).then_some(snapshot)
        })
        .await
        .map_err(Error::internal)
    }
}

impl Tx {
    /// The place and the bytes of each snapshot up to `until`, in log order.
    async fn snapshots(&mut self, document: &DocumentId, until: i64) -> Result<Vec<(i64, i64)>> {
        let rows = self
            .rows(
                "select seq, byte_count from snapshot
                 where document_id = $1 and seq <= $2 order by seq",
                args![document.as_str(), until],
            )
            .await?;
        let place = |row: &Row| Ok((row.int(0)?, row.int(1)?));
        rows.iter().map(place).collect()
    }

    /// Which of these snapshots goes when another comes: not the last one, which is its spare; the
    /// one before that, unless past texts are made from it. Those before were judged before.
    async fn superfluous(
        &mut self,
        document: &DocumentId,
        known: &[(i64, i64)],
    ) -> Result<Option<i64>> {
        let mut older = known.iter().rev().skip(1);
        let Some((seq, bytes)) = older.next() else {
            return Ok(None);
        };
        let kept = older.next().map_or(0, |(seq, _)| *seq);
        let between = self.log_bytes(document, kept, *seq).await?;
        let is_apart = seq - kept >= SPACING_ROWS || between >= SPACING_BYTES.max(*bytes);
        Ok((!is_apart).then_some(*seq))
    }
}

impl Store {
    /// The document as stored now. What is damaged is written down and told.
    ///
    /// # Errors
    /// As [`Tx::history`].
    pub async fn history(&self, document: &DocumentId) -> Result<History> {
        self.history_until(document, None).await
    }

    /// The document as it was stored at `until` (now when `None`).
    ///
    /// # Errors
    /// As [`Tx::history`].
    pub async fn history_until(
        &self,
        document: &DocumentId,
        until: Option<i64>,
    ) -> Result<History> {
        let history = self.read().await?.history(document, until).await?;
        self.set_aside(document, &history.damages).await;
        Ok(history)
    }

    /// The document as it was stored at `until`, if the rows after its snapshot take no more than
    /// so many bytes.
    ///
    /// # Errors
    /// As [`Tx::history`]; `TooMuch` when they take more.
    pub async fn history_within(
        &self,
        document: &DocumentId,
        until: i64,
        most_bytes: i64,
    ) -> Result<History> {
        let mut tx = self.read().await?;
        let history = tx.history_within(document, Some(until), most_bytes).await?;
        drop(tx);
        self.set_aside(document, &history.damages).await;
        Ok(history)
    }

    /// The document as stored now, read from its first row on: for one whose snapshot cannot
    /// be used.
    ///
    /// # Errors
    /// As [`Tx::history`].
    pub async fn history_without_snapshot(&self, document: &DocumentId) -> Result<History> {
        let mut tx = self.read().await?;
        let mut head = tx.document_head(document).await?;
        let (rows, damages) = tx.readable_rows(document, 0, head.head_seq).await?;
        drop(tx);
        head.is_damaged = !damages.is_empty();
        self.set_aside(document, &damages).await;
        Ok(History {
            head,
            snapshot: None,
            rows,
            damages,
        })
    }

    /// Keeps a snapshot whose content was verified by its maker; the one before stays as a spare,
    /// of older ones those that stand far enough apart to make past texts from. Does nothing when
    /// there is one at this `seq`.
    ///
    /// # Errors
    /// `Conflict` when `seq` is past the head; those of the database.
    pub async fn write_snapshot(&self, document: &DocumentId, snapshot: &Snapshot) -> Result<()> {
        let mut tx = self.read().await?;
        if tx.document_head(document).await?.head_seq < snapshot.seq {
            return Err(Error::Conflict("log_behind"));
        }
        let known = tx.snapshots(document, snapshot.seq).await?;
        if known.iter().any(|(seq, _)| *seq == snapshot.seq) {
            return Ok(());
        }
        let spare = known.last().map_or(0, |(seq, _)| *seq);
        let older = tx.superfluous(document, &known).await?;
        drop(tx);
        let mut count = 0;
        for piece in snapshot.update.chunks(PIECE_BYTES) {
            self.write_piece(document, snapshot.seq, count, piece)
                .await?;
            count += 1;
        }
        self.write_header(document, snapshot, count, (spare, older))
            .await
    }

    async fn write_piece(
        &self,
        document: &DocumentId,
        seq: i64,
        piece: i64,
        body: &[u8],
    ) -> Result<()> {
        let mut tx = self.write().await?;
        // An earlier attempt may have been cut short and left its pieces.
        tx.run(
            "insert into snapshot_piece (document_id, seq, piece, body) values ($1, $2, $3, $4)
             on conflict (document_id, seq, piece) do update set body = excluded.body",
            args![document.as_str(), seq, piece, body],
        )
        .await?;
        tx.commit().await
    }

    async fn write_header(
        &self,
        document: &DocumentId,
        snapshot: &Snapshot,
        pieces: i64,
        (spare, older): (i64, Option<i64>),
    ) -> Result<()> {
        let mut tx = self.write().await?;
        let byte_count = i64::try_from(snapshot.update.len()).map_err(Error::internal)?;
        tx.run(
            "insert into snapshot (document_id, seq, state_vector, structure, byte_count,
             piece_count, checksum, created_at_ms) values ($1, $2, $3, $4, $5, $6, $7, $8)
             on conflict do nothing",
            args![
                document.as_str(),
                snapshot.seq,
                snapshot.state_vector.as_slice(),
                snapshot.structure.as_slice(),
                byte_count,
                pieces,
                checksum(document, snapshot),
                self.clock.now().ms()
            ],
        )
        .await?;
        if let Some(seq) = older {
            tx.run(
                "delete from snapshot where document_id = $1 and seq = $2",
                args![document.as_str(), seq],
            )
            .await?;
        }
        // Also those of attempts that were cut short, unless they may still be under way.
        tx.run(
            "delete from snapshot_piece where document_id = $1 and seq < $2 and not exists
             (select 1 from snapshot s where s.document_id = snapshot_piece.document_id
              and s.seq = snapshot_piece.seq)",
            args![document.as_str(), spare],
        )
        .await?;
        tx.commit().await
    }
}

/// The first eight bytes of SHA-256 over the snapshot's place and parts.
fn checksum(document: &DocumentId, snapshot: &Snapshot) -> i64 {
    let mut hash = Sha256::new();
    hash.update(document.as_str().as_bytes());
    hash.update([0]);
    hash.update(snapshot.seq.to_be_bytes());
    for part in [
        snapshot.update.as_ref(),
        &snapshot.state_vector,
        &snapshot.structure,
    ] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let digest = hash.finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    i64::from_be_bytes(first)
}
