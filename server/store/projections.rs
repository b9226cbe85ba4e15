//! What is read from a document's text at one `seq`: its sections for reading mode, its plain
//! text for searching. Always behind or at the head of the log, never ahead of it.

use serde::{Deserialize, Serialize};

use super::{Store, Tx, args};
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::ids::DocumentId;
use crate::rules::wording::fold;

/// A document's text, read at one place of its log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Projection {
    /// The last row of the log it contains; 0 before the first.
    pub seq: i64,
    /// Every section, in reading order.
    pub sections: Vec<ProjectedSection>,
}

/// One section, read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectedSection {
    /// Its key, e.g. `context`.
    pub key: String,
    /// Its safe HTML; headings start at level 3.
    pub html: String,
    /// Its plain text, a line a block.
    pub plain: String,
    /// How many words.
    pub words: i64,
    /// How many characters, white space left out.
    pub chars: i64,
}

impl ProjectedSection {
    /// Whether something is written.
    #[must_use]
    pub fn filled(&self) -> bool {
        self.chars > 0
    }
}

impl Projection {
    /// The section with this key.
    #[must_use]
    pub fn section(&self, key: &str) -> Option<&ProjectedSection> {
        self.sections.iter().find(|section| section.key == key)
    }
}

impl Tx {
    /// The latest projection of a document.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn projection(&mut self, document: &DocumentId) -> Result<Option<Projection>> {
        let row = self
            .row(
                "select seq, sections from projection where document_id = $1",
                args![document.as_str()],
            )
            .await?;
        row.map(|row| {
            Ok(Projection {
                seq: row.int(0)?,
                sections: serde_json::from_str(&row.text(1)?).map_err(Error::internal)?,
            })
        })
        .transpose()
    }

    /// Keeps a projection, unless a later one is there.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn keep_projection(
        &mut self,
        document: &DocumentId,
        projection: &Projection,
        now: Timestamp,
    ) -> Result<()> {
        let plain = projection
            .sections
            .iter()
            .map(|section| section.plain.as_str())
            .filter(|plain| !plain.is_empty())
            .collect::<Vec<_>>()
            .join("\n\n");
        let sections = serde_json::to_string(&projection.sections).map_err(Error::internal)?;
        self.run(
            "insert into projection (document_id, seq, sections, plain, folded, created_at_ms)
             values ($1, $2, $3, $4, $5, $6)
             on conflict (document_id) do update set seq = excluded.seq,
             sections = excluded.sections, plain = excluded.plain, folded = excluded.folded,
             created_at_ms = excluded.created_at_ms
             where projection.seq < excluded.seq",
            args![
                document.as_str(),
                projection.seq,
                sections,
                &plain,
                fold(&plain),
                now.ms()
            ],
        )
        .await?;
        // Typing counts as a change of the proposal, as of the last keystroke read here.
        self.run(
            "update proposal set updated_at_ms = typed.at_ms
             from (select created_at_ms as at_ms from log_row
                   where document_id = $1 and seq = $2) as typed
             where document_id = $3 and updated_at_ms < typed.at_ms",
            args![document.as_str(), projection.seq, document.as_str()],
        )
        .await?;
        Ok(())
    }
}

impl Store {
    /// The latest projection and the head of the document's log, read at one moment.
    ///
    /// # Errors
    /// `NotFound` without such a document.
    pub async fn projection_and_head(
        &self,
        document: &DocumentId,
    ) -> Result<(Option<Projection>, i64)> {
        let mut tx = self.read().await?;
        let head = tx.document_head(document).await?.head_seq;
        Ok((tx.projection(document).await?, head))
    }

    /// The documents whose projection is behind the head of their log.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn documents_behind(&self) -> Result<Vec<DocumentId>> {
        self.read()
            .await?
            .rows(
                "select d.document_id from document d
                 left join projection p on p.document_id = d.document_id
                 where d.head_seq > 0 and (p.seq is null or p.seq < d.head_seq)
                 order by d.document_id",
                &[],
            )
            .await?
            .iter()
            .map(|row| Ok(DocumentId::from(row.text(0)?)))
            .collect()
    }

    /// How much of the log stands after the latest snapshot: updates, and bytes.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn log_tail(&self, document: &DocumentId) -> Result<(i64, i64)> {
        let row = self
            .read()
            .await?
            .row(
                "select cast(coalesce(sum(update_count), 0) as bigint),
                        cast(coalesce(sum(length(body)), 0) as bigint)
                 from log_row where document_id = $1 and seq >
                 (select coalesce(max(seq), 0) from snapshot where document_id = $2)",
                args![document.as_str(), document.as_str()],
            )
            .await?
            .ok_or(Error::NotFound)?;
        Ok((row.int(0)?, row.int(1)?))
    }
}
