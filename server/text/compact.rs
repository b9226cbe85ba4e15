//! Many updates as one, verified: read back and compared before it counts.
//! A merge of updates is quadratic and keeps deleted content; a short-lived document does neither.

use yrs::{Doc, ReadTxn as _, StateVector, Transact as _};

use super::{Unreadable, open, tree};

/// A document as one update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compacted {
    /// The V1 update that holds everything.
    pub update: Vec<u8>,
    /// How far each client's clock has come, sorted by client id.
    pub clocks: Vec<(u64, u64)>,
}

/// Compacts a document's updates, given in log order.
///
/// # Errors
/// When the updates do not make a document, or when what was written does not read back with the
/// same clocks, the same deletes and the same text: nothing may replace the source then.
pub fn compact<'a>(updates: impl IntoIterator<Item = &'a [u8]>) -> Result<Compacted, Unreadable> {
    let source = open(updates)?;
    let update = source
        .transact()
        .encode_state_as_update_v1(&StateVector::default());
    verify(&source, &open([update.as_slice()])?)?;
    let mut clocks: Vec<(u64, u64)> = source
        .transact()
        .state_vector()
        .iter()
        .map(|(client, clock)| (client.get(), u64::from(*clock)))
        .collect();
    clocks.sort_unstable();
    Ok(Compacted { update, clocks })
}

fn verify(source: &Doc, copy: &Doc) -> Result<(), Unreadable> {
    let (before, after) = (source.transact().snapshot(), copy.transact().snapshot());
    if before.state_map != after.state_map {
        return Err(Unreadable::Differs("clocks"));
    }
    if before.delete_set != after.delete_set {
        return Err(Unreadable::Differs("deletes"));
    }
    if tree::of(source) != tree::of(copy) {
        return Err(Unreadable::Differs("text"));
    }
    Ok(())
}
