//! The journal and the keys as a dossier holds them: read back, the chain recomputed.

use serde_json::Value;

use super::link::{Link, text_hash};
use super::unhex;

/// `journal.json`.
#[derive(Clone, Debug)]
pub struct JournalFile {
    /// The proposal.
    pub proposal_id: String,
    /// Its rows.
    pub rows: Vec<JournalRow>,
}

/// A row of it.
#[derive(Clone, Debug)]
pub struct JournalRow {
    /// Its place, from 1.
    pub rank: i64,
    /// Its hash, as written.
    pub hash: Vec<u8>,
    fields: Value,
    text_hash: Option<Vec<u8>>,
}

impl JournalFile {
    /// Reads it; `None` when it is no journal.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let value: Value = serde_json::from_slice(bytes).ok()?;
        let rows = value.get("rows")?.as_array()?;
        let row = |fields: &Value| {
            let bytes = |name: &str| fields.get(name).and_then(Value::as_str).map(unhex);
            Some(JournalRow {
                rank: fields.get("rank")?.as_i64()?,
                hash: bytes("hash")??,
                text_hash: match bytes("text_hash") {
                    Some(hash) => Some(hash?),
                    None => None,
                },
                fields: fields.clone(),
            })
        };
        Some(Self {
            proposal_id: value.get("proposal_id")?.as_str()?.to_owned(),
            rows: rows.iter().map(row).collect::<Option<_>>()?,
        })
    }

    /// The rank of the first row that does not follow from the one before.
    #[must_use]
    pub fn first_broken(&self) -> Option<i64> {
        let mut before: &[u8] = &[];
        for (rank, row) in (1..).zip(&self.rows) {
            if row.rank != rank
                || row.link(&self.proposal_id).hash(before) != row.hash
                || !row.is_text_right()
            {
                return Some(rank);
            }
            before = &row.hash;
        }
        None
    }
}

impl JournalRow {
    fn text(&self, name: &str) -> Option<&str> {
        self.fields.get(name)?.as_str()
    }

    fn number(&self, name: &str) -> Option<i64> {
        self.fields.get(name)?.as_i64()
    }

    fn link<'a>(&'a self, proposal_id: &'a str) -> Link<'a> {
        Link {
            format: self.number("format").unwrap_or_default(),
            proposal_id,
            rank: self.rank,
            act: self.text("act").unwrap_or_default(),
            person_id: self.text("person_id"),
            capacity: self.text("capacity"),
            from_stage: self.text("from_stage"),
            to_stage: self.text("to_stage"),
            note: self.text("note"),
            text_hash: self.text_hash.as_deref(),
            details: self.text("details"),
            version_id: self.text("version_id"),
            document_seq: self.number("document_seq"),
            created_at_ms: self.number("created_at_ms").unwrap_or_default(),
        }
    }

    /// Whether the text beside the row, unless erased, is the one that was hashed.
    fn is_text_right(&self) -> bool {
        let (Some(text), Some(salt)) = (self.text("text"), self.text("salt").and_then(unhex))
        else {
            return self.text("text").is_none();
        };
        self.text_hash == Some(text_hash(&salt, text))
    }
}

/// The public keys of `keys.json`, or of one key's file; `None` when it is neither.
#[must_use]
pub fn public_keys(bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let value: Value = serde_json::from_slice(bytes).ok()?;
    let key = |one: &Value| unhex(one.get("public_key")?.as_str()?);
    match value.get("keys") {
        Some(keys) => keys.as_array()?.iter().map(key).collect(),
        None => Some(vec![key(&value)?]),
    }
}

/// How many items the list of this name has.
#[must_use]
pub fn count(bytes: &[u8], name: &str) -> Option<usize> {
    let value: Value = serde_json::from_slice(bytes).ok()?;
    Some(value.get(name)?.as_array()?.len())
}
