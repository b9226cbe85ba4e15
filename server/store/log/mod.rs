//! The append-only log of accepted updates: one row a turn, numbered without a gap by `seq`.
//!
//! Every row is fenced by the document's `head_seq` and `epoch`, and carries a checksum:
//! a damaged row is set aside and told, never silently skipped. Rows are never changed; older
//! ones move into compressed segments (`segment`), and are read from both places alike.
//! The bytes of an update are opaque: they passed the gate before they came.

pub mod body;
pub mod damage;
mod group;
pub mod restorations;
pub mod segment;
pub mod snapshot;
mod span;
pub mod writer;

use super::{Row, Store, Tx, args};
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::ids::{AccountId, DocumentId, OrganisationId};

pub use body::StoredUpdate;
pub use damage::{Damage, DamageKind};
pub use restorations::Restoration;
pub use snapshot::{History, Snapshot, SnapshotHeader};
pub use writer::{Append, LogWriter, Outcome};

/// The editor schema new documents start with.
pub const SCHEMA_NUMBER: i64 = 1;

/// One turn read back, its checksum verified.
#[derive(Clone, Debug)]
pub struct LogRow {
    /// Its place in the log, from 1.
    pub seq: i64,
    /// The epoch it was judged under.
    pub epoch: i64,
    /// Its updates, in order.
    pub updates: Vec<StoredUpdate>,
    /// When it was written.
    pub created_at: Timestamp,
}

/// What the document's row says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentHead {
    /// `sheet`, `minutes`...
    pub kind: String,
    /// One unbroken history; a restore from a backup starts a new one.
    pub lineage: String,
    /// The number of the editor's schema.
    pub schema_number: i64,
    /// Counts the changes of rights.
    pub epoch: i64,
    /// The last row of the log; 0 when there is none.
    pub head_seq: i64,
    /// Whether a part of the text could not be read back: then it is only read. Known of what
    /// [`Tx::history`] gives; never set by the row alone.
    pub is_damaged: bool,
}

/// Creates an empty document. `kind` is `sheet` for a proposal's text.
///
/// # Errors
/// Those of the database.
pub async fn create_document(
    tx: &mut Tx,
    document: &DocumentId,
    kind: &str,
    now: Timestamp,
) -> Result<()> {
    tx.run(
        "insert into document
         (document_id, kind, lineage, schema_number, epoch, head_seq, created_at_ms)
         values ($1, $2, $3, $4, 1, 0, $5)",
        args![
            document.as_str(),
            kind,
            uuid::Uuid::now_v7().to_string(),
            SCHEMA_NUMBER,
            now.ms()
        ],
    )
    .await?;
    Ok(())
}

/// Appends one row of updates by one author inside a transaction of another act
/// (loading data, server-written text). The updates passed the gate. An open room
/// learns of the row by losing its next fence and reading the log. Returns its `seq`.
///
/// # Errors
/// `NotFound` when there is no such document.
pub async fn append_in(
    tx: &mut Tx,
    document: &DocumentId,
    account: &AccountId,
    organisation: Option<&OrganisationId>,
    updates: Vec<Vec<u8>>,
    now: Timestamp,
) -> Result<i64> {
    let row = tx
        .row(
            "update document set head_seq = head_seq + 1 where document_id = $1
             returning head_seq, epoch",
            args![document.as_str()],
        )
        .await?
        .ok_or(Error::NotFound)?;
    let (seq, epoch) = (row.int(0)?, row.int(1)?);
    let updates: Vec<StoredUpdate> = updates
        .into_iter()
        .map(|bytes| StoredUpdate {
            account: account.clone(),
            organisation: organisation.cloned(),
            bytes: bytes.into(),
        })
        .collect();
    insert_row(tx, document, seq, epoch, &updates, now).await?;
    Ok(seq)
}

/// Writes the row itself; the fence was passed in the same transaction.
async fn insert_row(
    tx: &mut Tx,
    document: &DocumentId,
    seq: i64,
    epoch: i64,
    updates: &[StoredUpdate],
    now: Timestamp,
) -> Result<()> {
    let bytes = body::encode(updates);
    let checksum = body::checksum(document, seq, epoch, &bytes);
    let count = i64::try_from(updates.len()).map_err(Error::internal)?;
    tx.run(
        "insert into log_row
         (document_id, seq, epoch, update_count, body, checksum, created_at_ms)
         values ($1, $2, $3, $4, $5, $6, $7)",
        args![
            document.as_str(),
            seq,
            epoch,
            count,
            bytes,
            checksum,
            now.ms()
        ],
    )
    .await?;
    Ok(())
}

/// Notes whose client id this is.
pub(super) async fn insert_binding(
    tx: &mut Tx,
    document: &DocumentId,
    client: u64,
    account: &AccountId,
    now: Timestamp,
) -> Result<()> {
    let client = i64::try_from(client).map_err(Error::internal)?;
    tx.run(
        "insert into client_binding (document_id, client_id, account_id, bound_at_ms)
         values ($1, $2, $3, $4) on conflict (document_id, client_id) do nothing",
        args![document.as_str(), client, account.as_str(), now.ms()],
    )
    .await?;
    Ok(())
}

impl Tx {
    /// What the document's row says.
    ///
    /// # Errors
    /// `NotFound` when there is no such document.
    pub async fn document_head(&mut self, document: &DocumentId) -> Result<DocumentHead> {
        let row = self
            .row(
                "select kind, lineage, schema_number, epoch, head_seq
                 from document where document_id = $1",
                args![document.as_str()],
            )
            .await?
            .ok_or(Error::NotFound)?;
        Ok(DocumentHead {
            kind: row.text(0)?,
            lineage: row.text(1)?,
            schema_number: row.int(2)?,
            epoch: row.int(3)?,
            head_seq: row.int(4)?,
            is_damaged: false,
        })
    }

    /// The bytes of the rows after `after` up to and including `until`, with those of whole
    /// segments.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn bytes_between(
        &mut self,
        document: &DocumentId,
        after: i64,
        until: i64,
    ) -> Result<i64> {
        let row = self
            .row(
                "select cast(coalesce((select sum(length(body)) from log_row
                     where document_id = $1 and seq > $2 and seq <= $3), 0)
                   + coalesce((select sum(byte_count) from log_segment
                     where document_id = $1 and to_seq > $2 and from_seq <= $3), 0) as bigint)",
                args![document.as_str(), after, until],
            )
            .await?;
        row.map_or(Ok(0), |row| row.int(0))
    }

    /// The rows after `after` up to and including `until`, verified, in order and without a gap,
    /// from segments and rows alike.
    ///
    /// # Errors
    /// `Internal` when a row is missing or does not match its checksum.
    pub async fn log_rows(
        &mut self,
        document: &DocumentId,
        after: i64,
        until: i64,
    ) -> Result<Vec<LogRow>> {
        let (rows, damages) = self.readable_rows(document, after, until).await?;
        match damages.first() {
            None => Ok(rows),
            Some(damage) => Err(Error::internal(format!(
                "log row {} of document {document} is missing or damaged",
                damage.from_seq
            ))),
        }
    }

    /// The same with what can be read of a damaged log: the rows that are as they were written, in
    /// order, and every place between them that is not.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn readable_rows(
        &mut self,
        document: &DocumentId,
        after: i64,
        until: i64,
    ) -> Result<(Vec<LogRow>, Vec<Damage>)> {
        let (mut rows, mut damages) = self.packed_rows(document, after, until).await?;
        let loose = self
            .rows(
                "select seq, epoch, body, checksum, created_at_ms from log_row
                 where document_id = $1 and seq > $2 and seq <= $3 order by seq",
                args![document.as_str(), after, until],
            )
            .await?;
        for row in &loose {
            rows.extend(verified(document, row)?);
        }
        // Both places are in order, and a row stands in one of them; but a damaged segment may
        // stand between rows that could not be packed.
        rows.sort_by_key(|row| row.seq);
        let mut expected = after + 1;
        let ends = rows.iter().map(|row| row.seq).chain([until + 1]);
        for seq in ends.collect::<Vec<_>>() {
            if seq > expected {
                missing(&mut damages, expected, seq - 1);
            }
            expected = seq + 1;
        }
        damages.sort();
        Ok((rows, damages))
    }
}

/// Notes the places from `from` to `to` that no damaged segment explains.
fn missing(damages: &mut Vec<Damage>, from: i64, to: i64) {
    for seq in from..=to {
        let known = damages
            .iter_mut()
            .find(|one| one.from_seq <= seq && seq <= one.to_seq + 1);
        match known {
            Some(one) if one.to_seq >= seq => {}
            Some(one) if one.kind == DamageKind::Row => one.to_seq = seq,
            Some(_) | None => damages.push(Damage {
                kind: DamageKind::Row,
                from_seq: seq,
                to_seq: seq,
            }),
        }
    }
}

/// Decodes a row after comparing its checksum; `None` when it is not what was written.
fn verified(document: &DocumentId, row: &Row) -> Result<Option<LogRow>> {
    let (seq, epoch, bytes) = (row.int(0)?, row.int(1)?, row.bytes(2)?);
    if body::checksum(document, seq, epoch, &bytes) != row.int(3)? {
        return Ok(None);
    }
    let created_at = Timestamp(row.int(4)?);
    Ok(body::decode(&bytes.into()).map(|updates| LogRow {
        seq,
        epoch,
        updates,
        created_at,
    }))
}

impl Store {
    /// Which account writes under which client id of this document.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn client_bindings(&self, document: &DocumentId) -> Result<Vec<(u64, AccountId)>> {
        let mut tx = self.read().await?;
        let rows = tx
            .rows(
                "select client_id, account_id from client_binding where document_id = $1",
                args![document.as_str()],
            )
            .await?;
        let binding = |row: &Row| {
            let client = u64::try_from(row.int(0)?).map_err(Error::internal)?;
            Ok((client, AccountId::from(row.text(1)?)))
        };
        rows.iter().map(binding).collect()
    }

    /// What the document's row says.
    ///
    /// # Errors
    /// `NotFound` when there is no such document.
    pub async fn document_head(&self, document: &DocumentId) -> Result<DocumentHead> {
        self.read().await?.document_head(document).await
    }
}
