//! What a check found, as values: codes and places, no sentence. The browser's check gives the same
//! codes for the same files (`web/src/lib/features/verify/`).

/// What kind of file was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One sealed version.
    Version,
    /// A dossier: versions, opinions, journal, keys.
    Dossier,
    /// Neither, as far as its end tells.
    Unknown,
}

impl Kind {
    /// Its key.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Version => "version",
            Self::Dossier => "dossier",
            Self::Unknown => "unknown",
        }
    }
}

/// A part of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The bytes between the parts.
    Structure,
    /// The content.
    Content,
    /// The signed statement, its signature or the key beside it.
    Signature,
    /// The checksum at the end.
    Tail,
    /// The whole of a file within a dossier.
    File,
    /// The wrapping of a dossier: names, lengths, list.
    Wrapping,
    /// Two files of a dossier that disagree.
    Agreement,
}

impl Part {
    /// Its key.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Structure => "structure",
            Self::Content => "content",
            Self::Signature => "signature",
            Self::Tail => "tail",
            Self::File => "file",
            Self::Wrapping => "wrapping",
            Self::Agreement => "agreement",
        }
    }
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// One byte is not the sealed one.
    Byte {
        /// Its place in its file, from 0.
        offset: usize,
        /// What it is.
        is: u8,
        /// What was sealed.
        should_be: u8,
    },
    /// More than one byte is not the sealed one, in this part.
    Changed(Part),
    /// The row of the journal with this rank does not follow from the one before.
    Journal(i64),
    /// It is signed, by a key that is not among those trusted.
    KeyUnknown,
    /// No file of ours, or its end is missing.
    Unreadable,
}

impl Wrong {
    /// Its key.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Byte { .. } => "byte_changed",
            Self::Changed(_) => "changed",
            Self::Journal(_) => "journal_broken",
            Self::KeyUnknown => "key_unknown",
            Self::Unreadable => "unreadable",
        }
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file of the dossier; empty for the file that was checked.
    pub file: String,
    /// What is wrong.
    pub wrong: Wrong,
}

impl Finding {
    /// More than one byte of a part.
    #[must_use]
    pub const fn changed(part: Part) -> Self {
        Self {
            file: String::new(),
            wrong: Wrong::Changed(part),
        }
    }

    /// One byte.
    #[must_use]
    pub const fn byte(offset: usize, is: u8, should_be: u8) -> Self {
        Self {
            file: String::new(),
            wrong: Wrong::Byte {
                offset,
                is,
                should_be,
            },
        }
    }

    /// The same, in a file of the dossier.
    #[must_use]
    pub fn within(self, file: &str) -> Self {
        Self {
            file: file.to_owned(),
            ..self
        }
    }
}

/// What a file that holds contains.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Sealed versions.
    pub versions: usize,
    /// Opinions.
    pub opinions: usize,
    /// Rows of the journal.
    pub acts: usize,
    /// The public keys that signed, each once, the first met first.
    pub keys: Vec<Vec<u8>>,
    /// A line a version: rank, reason, round, when sealed, SHA-256 of its content.
    pub sealed: Vec<SealedFacts>,
}

/// What a version's statement says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SealedFacts {
    /// Its place among the proposal's versions.
    pub rank: i64,
    /// Why it was made.
    pub reason: String,
    /// The round.
    pub round: i64,
    /// When it was sealed, in milliseconds UTC.
    pub sealed_at_ms: i64,
    /// SHA-256 of its content.
    pub content_sha256: String,
    /// The number of the proposal, if it had one.
    pub proposal_number: String,
}

impl Facts {
    pub(super) fn add_key(&mut self, key: &[u8]) {
        if !self.keys.iter().any(|known| known == key) {
            self.keys.push(key.to_vec());
        }
    }
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// What was checked.
    pub kind: Kind,
    /// What is wrong; empty when all holds.
    pub findings: Vec<Finding>,
    /// What it contains, when all holds.
    pub facts: Facts,
    /// Whether keys to trust were given, and all that signed are among them.
    pub is_key_trusted: bool,
}

impl Report {
    /// Whether all holds.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        self.findings.is_empty()
    }

    /// `intact`, or the key of the first thing that is wrong.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.findings
            .first()
            .map_or("intact", |finding| finding.wrong.key())
    }
}
