//! Holding a text still for a moment, for an act that must read it as it stands: words wait in their
//! room's inbox, the other rooms and their writer go on. Never for long, whatever becomes of the act.

use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::Rooms;
use super::room::Control;
use crate::ids::DocumentId;

/// The longest that words may wait: reading a large text takes about a second.
const HELD_AT_MOST: Duration = Duration::from_secs(5);

/// A text held still until this is dropped; after some seconds it moves again anyway.
#[derive(Debug)]
pub struct Hold {
    _letting_go: oneshot::Sender<()>,
}

/// What a room is asked.
#[derive(Debug)]
pub(super) struct HoldAsked {
    let_go: oneshot::Receiver<()>,
    begun: oneshot::Sender<()>,
}

/// What a room knows of it.
#[derive(Debug)]
pub(super) struct Held {
    let_go: oneshot::Receiver<()>,
    until: Instant,
}

impl HoldAsked {
    /// From here on; `None` when nobody waits for it any more.
    pub(super) fn begin(self) -> Option<Held> {
        self.begun.send(()).ok()?;
        Some(Held {
            let_go: self.let_go,
            until: Instant::now() + HELD_AT_MOST,
        })
    }
}

/// Ends when the text may move again.
///
/// # Cancel safety
/// Safe.
pub(super) async fn held(held: Option<&mut Held>) {
    if let Some(held) = held {
        // Dropped, never sent: an error is the answer.
        let _ = tokio::time::timeout_at(held.until, &mut held.let_go).await;
    }
}

impl Rooms {
    /// Holds the document's text still. `None` when nobody has it open, or somebody else holds it.
    pub async fn hold(&self, document: &DocumentId) -> Option<Hold> {
        let handle = self.shared.find(document)?;
        let (letting_go, let_go) = oneshot::channel();
        let (begun, has_begun) = oneshot::channel();
        let asked = Control::Hold(HoldAsked { let_go, begun });
        handle.control.send(asked).await.ok()?;
        has_begun.await.ok()?;
        Some(Hold {
            _letting_go: letting_go,
        })
    }
}
