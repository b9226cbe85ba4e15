//! The text of a proposal written anew, as one update of an empty document: what each proposal of a split
//! begins with (T30).

use bytes::Bytes;

use super::{Work, projection};
use crate::error::{Error, Result};
use crate::ids::DocumentId;
use crate::live::gate::{self, Limits, Tables, Verdict};
use crate::store::transitions::ChildText;
use crate::text::{self, Section};

impl Work {
    /// The text of a document as of now, to begin others with. It passed the gate.
    ///
    /// # Errors
    /// `Conflict("document_damaged")` when a part of it could not be read back; `NotFound` without such a
    /// document.
    pub async fn child_text(&self, document: &DocumentId) -> Result<ChildText> {
        let permit = self.permit().await?;
        let history = self.store.history(document).await?;
        if history.head.is_damaged {
            return Err(Error::Conflict("document_damaged"));
        }
        let seq = history.head.head_seq;
        let client_id = text::random_client_id().map_err(Error::internal)?;
        let update = self
            .blocking_with(permit, move || {
                written(&projection::updates(&history), client_id)
            })
            .await??;
        Ok(ChildText {
            seq,
            client_id,
            update,
        })
    }
}

/// The same text under one client id. Blocking.
fn written(updates: &[Bytes], client_id: u32) -> Result<Option<Vec<u8>>> {
    let sections = text::read(updates.iter().map(Bytes::as_ref)).map_err(Error::internal)?;
    let wished: Vec<&Section> = sections.iter().collect();
    let made = text::restore::restore([], &wished, client_id).map_err(Error::internal)?;
    let Some(update) = made.update else {
        return Ok(None);
    };
    match gate::read(&update, &Tables::new(), &Limits::default()) {
        Verdict::Accepted(_) => Ok(Some(update)),
        refused @ (Verdict::NothingNew
        | Verdict::CleanUpOnly(_)
        | Verdict::Gap
        | Verdict::Refused(_)) => Err(Error::internal(format!(
            "a copied text does not pass the gate: {refused:?}"
        ))),
    }
}
