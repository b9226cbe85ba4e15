//! The one user of `yrs`: reads a document from its updates, writes one from Markdown, compacts.
//!
//! Off the hot path and blocking: callers run it on blocking threads, a few at a time. Every byte
//! that comes in here passed the gate before. Never here: `async`, SQL, observers, rights.

pub mod authorship;
pub mod compact;
pub mod diff;
pub mod difference;
pub mod edit;
mod lcs;
pub mod past;
pub mod plain;
pub mod restore;
pub mod tree;

#[cfg(test)]
mod tests;

use yrs::updates::decoder::Decode as _;
use yrs::{ClientID, Doc, OffsetKind, Options, Transact as _, Update};

pub use compact::{Compacted, compact};
pub use tree::{Section, read};

/// Bytes that `yrs` could not make a document of, though they passed the gate: a defect.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// An update could not be decoded or applied.
    #[error("an update does not apply: {0}")]
    Update(Box<dyn std::error::Error + Send + Sync>),
    /// An update builds on something that is not there.
    #[error("the updates leave a gap")]
    Gap,
    /// What was written does not read back the same.
    #[error("the compacted document differs from its source: {0}")]
    Differs(&'static str),
}

/// An empty document, every option chosen: offsets as browsers count, deleted content forgotten,
/// formats left as they are (cleaning them would be an edit of ours), a client id of 32 bits as
/// Yjs makes them.
fn new_doc(client_id: u32) -> Doc {
    Doc::with_options(Options {
        client_id: ClientID::new(u64::from(client_id)),
        guid: uuid::Uuid::new_v4().to_string().into(),
        collection_id: None,
        offset_kind: OffsetKind::Utf16,
        skip_gc: false,
        auto_load: false,
        should_load: true,
        cleanup_formatting: false,
    })
}

/// A client id for updates of the server's own making.
///
/// # Errors
/// When the system gives no random bytes.
pub fn random_client_id() -> Result<u32, getrandom::Error> {
    getrandom::u32()
}

/// A document from its updates in log order, each in a transaction of its own: one big
/// transaction is eleven times slower.
fn open<'a>(updates: impl IntoIterator<Item = &'a [u8]>) -> Result<Doc, Unreadable> {
    // Nothing is written through this document, so its client id never shows.
    open_as(updates, 1)
}

/// The same, to be written on under this client id.
fn open_as<'a>(
    updates: impl IntoIterator<Item = &'a [u8]>,
    client_id: u32,
) -> Result<Doc, Unreadable> {
    let doc = new_doc(client_id);
    for bytes in updates {
        apply(&doc, bytes)?;
    }
    is_whole(&doc)?;
    Ok(doc)
}

/// One more update.
fn apply(doc: &Doc, bytes: &[u8]) -> Result<(), Unreadable> {
    let update = Update::decode_v1(bytes).map_err(|e| Unreadable::Update(e.into()))?;
    doc.transact_mut()
        .apply_update(update)
        .map_err(|e| Unreadable::Update(e.into()))
}

/// Whether every update found what it builds on.
fn is_whole(doc: &Doc) -> Result<(), Unreadable> {
    use yrs::ReadTxn as _;

    if doc.transact().has_missing_updates() {
        Err(Unreadable::Gap)
    } else {
        Ok(())
    }
}
