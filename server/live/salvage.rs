//! What can be shown of a damaged log: everything before the hole, and of what comes after it the
//! updates that build on nothing in it. The gate tells which: an update that needs what is missing
//! is a gap. Every reader of a damaged document goes through here, so that all show the same text.

use super::gate::{self, Limits, Tables, Verdict};
use crate::error::{Error, Result};
use crate::store::log::History;

/// The history without the updates that cannot be read without what is missing. An undamaged
/// one is given back as it is, at no cost.
///
/// # Errors
/// `Internal` when the snapshot does not pass the gate: nothing after it can be judged then.
pub fn salvage(mut history: History) -> Result<History> {
    if !history.head.is_damaged {
        return Ok(history);
    }
    let mut tables = match &history.snapshot {
        None => Tables::new(),
        Some(snapshot) => Tables::of_snapshot(&snapshot.structure, &snapshot.update)
            .ok_or_else(|| Error::internal("the snapshot does not pass the gate"))?,
    };
    let limits = Limits::snapshot();
    let mut lost = 0u64;
    for row in &mut history.rows {
        row.updates
            .retain(|update| match gate::read(&update.bytes, &tables, &limits) {
                Verdict::Accepted(reading) | Verdict::CleanUpOnly(reading) => {
                    tables.apply(&reading);
                    true
                }
                Verdict::NothingNew => true,
                Verdict::Gap | Verdict::Refused(_) => {
                    lost += 1;
                    false
                }
            });
    }
    tracing::warn!(updates.left_out = lost, "a damaged text is shown in part");
    Ok(history)
}
