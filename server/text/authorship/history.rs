//! What stood in the document at an earlier place of its log, for a restore.

use super::follow::Stretch;
use super::items::Item;
use super::{ActId, Replay};

impl Replay {
    /// The text nodes as they stood after row `seq`, in text order.
    pub(super) fn state_at(&self, seq: i64) -> Vec<Stretch> {
        let mut state = Vec::new();
        let mut open = Stretch::default();
        for key in crate::live::schema::SECTIONS {
            self.items.walk(key, &mut |piece| match piece {
                Some((_, item)) if self.stood(item, seq) => {
                    open.text.extend_from_slice(self.items.text(item));
                    open.ranges.push((item.client, item.clock, item.len));
                }
                Some(_) => {}
                None if open.text.is_empty() => {}
                None => state.push(std::mem::take(&mut open)),
            });
        }
        state
    }

    fn stood(&self, item: &Item, seq: i64) -> bool {
        let is_by_then = |act: ActId| {
            self.acts
                .get(act as usize)
                .is_some_and(|act| act.seq <= seq)
        };
        let is_gone = item.is_deleted && (item.gone == super::NONE || is_by_then(item.gone));
        is_by_then(item.made) && !is_gone
    }
}
