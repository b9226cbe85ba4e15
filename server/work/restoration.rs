//! Brings an earlier text back: reads it, makes the smallest update that turns the text of now
//! into it, and hands that to the room, where it passes the gate like any other.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;

use super::{Work, projection};
use crate::error::{Error, Result};
use crate::ids::DocumentId;
use crate::live::{Basis, HEAD_MOVED, Rooms};
use crate::store::authors::Author;
use crate::store::log::History;
use crate::text::{self, Section};

/// How often an update is made again because others wrote meanwhile; then what they wrote may
/// stand beside it, as between any two people.
const TRIES: usize = 4;

/// A text to bring back.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The place of the log whose text is wished.
    pub to_seq: i64,
    /// Which sections; all that differ when `None`.
    pub sections: Option<BTreeSet<String>>,
    /// The head of the log that the person saw. What others wrote after it is not theirs to undo.
    pub seen_seq: i64,
    /// The epoch under which the right was judged.
    pub epoch: i64,
}

/// What became of a wish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Granted {
    /// Written as this row.
    Written(i64),
    /// The text reads as wished already.
    Unchanged,
}

impl Work {
    /// Brings an earlier text back on behalf of an account, whose right was judged.
    ///
    /// # Errors
    /// `Conflict("text_changed")` when others changed a section to bring back since the person
    /// looked; `Conflict("head_moved")` when the rights around the text changed meanwhile;
    /// `Conflict("document_damaged")` when a part of the text is missing now or then;
    /// `NotFound` without such a document or place.
    pub async fn restore(
        &self,
        rooms: &Rooms,
        document: &DocumentId,
        author: &Author,
        wish: &Wish,
    ) -> Result<Granted> {
        let then = self.text_at(document, wish.to_seq).await?;
        let seen = self.text_at(document, wish.seen_seq).await?;
        if then.is_damaged || seen.is_damaged {
            return Err(Error::Conflict("document_damaged"));
        }
        let client = self.store.server_client(document, &author.account).await?;
        for left in (0..TRIES).rev() {
            let permit = self.permit().await?;
            let history = self.store.history(document).await?;
            if history.head.is_damaged {
                return Err(Error::Conflict("document_damaged"));
            }
            let head_seq = history.head.head_seq;
            let (then, seen) = (Arc::clone(&then), Arc::clone(&seen));
            let wanted = wish.sections.clone();
            let restored = self
                .blocking_with(permit, move || {
                    made(
                        &history,
                        &then.sections,
                        &seen.sections,
                        wanted.as_ref(),
                        client,
                    )
                })
                .await??;
            let Some(update) = restored.update else {
                return Ok(Granted::Unchanged);
            };
            let basis = Basis {
                epoch: wish.epoch,
                head_seq: (left > 0).then_some(head_seq),
                client: u64::from(client),
                clock: restored.clock,
            };
            let written = rooms
                .append_restoration(document, author, update.into(), (wish.to_seq, basis))
                .await;
            match written {
                Err(Error::Conflict(code)) if code == HEAD_MOVED && left > 0 => {
                    metrics::counter!("chantier_restorations_retried_total").increment(1);
                }
                Ok(seq) => {
                    metrics::counter!("chantier_restorations_total").increment(1);
                    return Ok(Granted::Written(seq));
                }
                Err(error) => return Err(error),
            }
        }
        Err(Error::Conflict(HEAD_MOVED))
    }
}

/// The update that brings the sections back. Blocking.
fn made(
    history: &History,
    then: &[Section],
    seen: &[Section],
    wanted: Option<&BTreeSet<String>>,
    client: u32,
) -> Result<text::restore::Restored> {
    let updates = projection::updates(history);
    let now = text::read(updates.iter().map(Bytes::as_ref)).map_err(Error::internal)?;
    let mut wished = Vec::new();
    for ((then, seen), now) in then.iter().zip(seen).zip(&now) {
        let is_wanted = wanted.is_none_or(|keys| keys.contains(then.key));
        // What the person saw unchanged they do not undo, whatever others wrote there since.
        if !is_wanted || then == seen || then == now {
            continue;
        }
        if now != seen {
            return Err(Error::Conflict("text_changed"));
        }
        wished.push(then);
    }
    text::restore::restore(updates.iter().map(Bytes::as_ref), &wished, client)
        .map_err(Error::internal)
}
