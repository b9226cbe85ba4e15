//! The daily head: a signed list of the ends of all chains. A chain shows a row that was changed or
//! taken from its middle; the heads show one that was taken off its end.

use serde_json::{Map, Value, json};

use super::super::{Row, Store, Tx, args};
use crate::error::{Error, Result};
use crate::proof::{canonical, envelope, hex, sha256};

/// The format of a head's statement.
pub const HEADS_FORMAT: &str = "chantier.heads.1";

/// A signed list, as kept.
#[derive(Clone, Debug)]
pub struct HeadRow {
    /// Its place, from 1.
    pub rank: i64,
    /// The day it stands for, ISO.
    pub day: String,
    /// The sealed file.
    pub file: Vec<u8>,
}

impl Store {
    /// Signs the ends of all chains, once a day; its place, or `None` when today's is there or
    /// nothing is written yet.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn sign_heads_of_today(&self) -> Result<Option<i64>> {
        let today = self.today();
        let mut tx = self.read().await?;
        let last = tx.row("select max(day) from journal_head", &[]).await?;
        let last = last.map_or(Ok(None), |row| row.opt_text(0))?;
        let any = tx.row("select 1 from journal limit 1", &[]).await?;
        drop(tx);
        if any.is_none() || last.as_deref() == Some(today.as_str()) {
            return Ok(None);
        }
        self.sign_heads().await.map(Some)
    }

    /// Signs the ends of all chains now; its place.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn sign_heads(&self) -> Result<i64> {
        let (today, now) = (self.today(), self.clock.now());
        let key = self.signing_key().await?;
        let mut tx = self.write().await?;
        let last = tx
            .row(
                "select rank, file from journal_head order by rank desc limit 1",
                &[],
            )
            .await?;
        let (rank, previous) = match last {
            Some(row) => (row.int(0)? + 1, Some(hex(&sha256(&row.bytes(1)?)))),
            None => (1, None),
        };
        let content = canonical::json(&json!({
            "format": "chantier.heads.content.1",
            "previous_sha256": previous,
            "heads": tx.chain_ends().await?,
        }));
        let about = [
            ("rank", json!(rank)),
            ("day", json!(today.as_str())),
            ("made_at_ms", json!(now.ms())),
        ];
        let about: Map<String, Value> = about
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        let file = envelope::seal(HEADS_FORMAT, &content, about, &key);
        tx.run(
            "insert into journal_head (rank, day, file, key_id, created_at_ms)
             values ($1, $2, $3, $4, $5)",
            args![rank, today.as_str(), file, key.id(), now.ms()],
        )
        .await?;
        tx.commit().await?;
        Ok(rank)
    }
}

impl Tx {
    /// The end of every chain, in the order of the proposals' ids.
    async fn chain_ends(&mut self) -> Result<Vec<Value>> {
        let rows = self
            .rows(
                "select j.proposal_id, j.rank, j.hash from journal j
                 join (select proposal_id, max(rank) as last from journal group by proposal_id) e
                   on e.proposal_id = j.proposal_id and e.last = j.rank",
                &[],
            )
            .await?;
        let mut ends = Vec::new();
        for row in &rows {
            ends.push((row.text(0)?, row.int(1)?, row.bytes(2)?));
        }
        // Sorted here: the databases' collations differ.
        ends.sort();
        let end = |(proposal, rank, hash): (String, i64, Vec<u8>)| json!({ "proposal_id": proposal, "rank": rank, "hash": hex(&hash) });
        Ok(ends.into_iter().map(end).collect())
    }

    /// The signed lists, the first first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn journal_heads(&mut self) -> Result<Vec<HeadRow>> {
        let head = |row: &Row| {
            Ok(HeadRow {
                rank: row.int(0)?,
                day: row.text(1)?,
                file: row.bytes(2)?,
            })
        };
        self.rows(
            "select rank, day, file from journal_head order by rank",
            &[],
        )
        .await?
        .iter()
        .map(head)
        .collect()
    }
}

/// An end as a head tells it: proposal, rank, hash in hexadecimal.
pub(super) fn ends_of(content: &[u8]) -> Result<(Option<String>, Vec<(String, i64, String)>)> {
    let value: Value = serde_json::from_slice(content).map_err(Error::internal)?;
    let previous = value.get("previous_sha256").and_then(Value::as_str);
    let heads = value.get("heads").and_then(Value::as_array);
    let end = |one: &Value| {
        let text = |name: &str| Some(one.get(name)?.as_str()?.to_owned());
        Some((
            text("proposal_id")?,
            one.get("rank")?.as_i64()?,
            text("hash")?,
        ))
    };
    let ends = heads.into_iter().flatten().map(end);
    let ends: Option<Vec<_>> = ends.collect();
    let ends = ends.ok_or_else(|| Error::internal("a head without its fields"))?;
    Ok((previous.map(str::to_owned), ends))
}
