//! The chain of a proposal's journal: what the hash of a row covers, in both formats. One text for
//! the store that writes rows and for whoever checks a dossier.

use sha2::{Digest, Sha256};

/// A row of the journal, as its hash sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link<'a> {
    /// 1: rows of the first format, 2: every column.
    pub format: i64,
    /// The proposal.
    pub proposal_id: &'a str,
    /// Its place, from 1.
    pub rank: i64,
    /// What was done.
    pub act: &'a str,
    /// Who did it.
    pub person_id: Option<&'a str>,
    /// In which role; format 2.
    pub capacity: Option<&'a str>,
    /// The stage it left.
    pub from_stage: Option<&'a str>,
    /// The stage it reached.
    pub to_stage: Option<&'a str>,
    /// A code or a number.
    pub note: Option<&'a str>,
    /// SHA-256 of the salt and the free text; format 2.
    pub text_hash: Option<&'a [u8]>,
    /// Facts as canonical JSON; format 2.
    pub details: Option<&'a str>,
    /// The version it is about; format 2.
    pub version_id: Option<&'a str>,
    /// The document's `head_seq`.
    pub document_seq: Option<i64>,
    /// When, in milliseconds UTC.
    pub created_at_ms: i64,
}

impl Link<'_> {
    /// SHA-256 of the hash before, then every field with its length, so that no two rows read the
    /// same: 8 bytes big-endian of the length plus one, then the bytes; 0 for nothing. Numbers are
    /// 8 bytes big-endian.
    #[must_use]
    pub fn hash(&self, before: &[u8]) -> Vec<u8> {
        let mut digest = Sha256::new();
        let mut field = |bytes: Option<&[u8]>| match bytes {
            Some(bytes) => {
                digest.update((bytes.len() as u64 + 1).to_be_bytes());
                digest.update(bytes);
            }
            None => digest.update(0_u64.to_be_bytes()),
        };
        let (rank, at) = (self.rank.to_be_bytes(), self.created_at_ms.to_be_bytes());
        let seq = self.document_seq.map(i64::to_be_bytes);
        let text = |text: Option<&'static str>| text.map(str::as_bytes);
        field(Some(before));
        if self.format >= 2 {
            field(text(Some("chantier.journal.2")));
        }
        field(Some(self.proposal_id.as_bytes()));
        field(Some(&rank));
        field(Some(self.act.as_bytes()));
        field(self.person_id.map(str::as_bytes));
        if self.format >= 2 {
            field(self.capacity.map(str::as_bytes));
        }
        field(self.from_stage.map(str::as_bytes));
        field(self.to_stage.map(str::as_bytes));
        field(self.note.map(str::as_bytes));
        if self.format >= 2 {
            field(self.text_hash);
            field(self.details.map(str::as_bytes));
            field(self.version_id.map(str::as_bytes));
        }
        field(seq.as_ref().map(<[u8; 8]>::as_slice));
        field(Some(&at));
        digest.finalize().to_vec()
    }
}

/// The hash under which a free text enters the chain.
#[must_use]
pub fn text_hash(salt: &[u8], text: &str) -> Vec<u8> {
    Sha256::new()
        .chain_update(salt)
        .chain_update(text.as_bytes())
        .finalize()
        .to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A row with every field set, and the change of one field each.
    fn changed() -> Vec<Link<'static>> {
        let row = Link {
            format: 2,
            proposal_id: "p",
            rank: 1,
            act: "T08",
            person_id: Some("a"),
            capacity: Some("owner"),
            from_stage: Some("b"),
            to_stage: Some("c"),
            note: Some("n"),
            text_hash: Some(b"h"),
            details: Some("{}"),
            version_id: Some("v"),
            document_seq: Some(3),
            created_at_ms: 4,
        };
        macro_rules! with {
            ($($field:ident: $value:expr),* $(,)?) => {
                vec![row.clone(), $(Link { $field: $value, ..row.clone() }),*]
            };
        }
        with!(
            format: 1, proposal_id: "q", rank: 2, act: "T09", person_id: None, capacity: None,
            from_stage: None, to_stage: None, note: Some(""), text_hash: None, details: None,
            version_id: Some("w"), document_seq: None, created_at_ms: 5,
        )
    }

    #[test]
    fn every_field_counts() {
        let rows = changed();
        let mut hashes: Vec<_> = rows.iter().map(|row| row.hash(b"")).collect();
        hashes.push(rows[0].hash(b"other"));
        hashes.sort();
        hashes.dedup();
        assert_eq!(hashes.len(), rows.len() + 1);
    }

    #[test]
    fn a_text_is_hidden_by_its_salt() {
        assert_ne!(text_hash(&[1; 16], "x"), text_hash(&[2; 16], "x"));
        assert_ne!(text_hash(&[1; 16], "x"), text_hash(&[1; 16], "y"));
    }
}
