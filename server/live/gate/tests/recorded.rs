//! The index made update by update and the one made from the collected document say the same of
//! everything that both still know.

use super::*;
use crate::live::gate::item::Id;
use crate::live::gate::tables::{Kind, Name, run_at};

const RECORDINGS: [&[u8]; 3] = [
    include_bytes!("../../../../tests/fixtures/gate/alone.frames"),
    include_bytes!("../../../../tests/fixtures/gate/crowd.frames"),
    include_bytes!("../../../../tests/fixtures/gate/bold.frames"),
];

/// The frames of a recording (`tests/fixtures/gate/record.mjs`): kind and bytes.
fn frames(recording: &'static [u8]) -> Vec<(u8, &'static [u8])> {
    let mut bytes = Bytes::new(recording);
    let mut frames = Vec::new();
    while let Ok(kind) = bytes.byte() {
        let length = bytes.count(1).expect("a length");
        frames.push((kind, bytes.take(length).expect("a frame")));
    }
    frames
}

/// What stands at an id: its kind, the struct and name of the type it stands in, its attribute.
fn standing(tables: &Tables, id: Id) -> Option<(Kind, Option<Id>, Name, u8, u8)> {
    let run = run_at(&tables.client(id.client)?.runs, id.clock)?;
    let holder = tables.types.get(run.parent as usize)?;
    let named = (holder.name != Name::Section).then_some(holder.id);
    Some((run.kind, named, holder.name, holder.section, run.key()))
}

#[test]
fn the_index_of_updates_and_of_the_collected_document_agree() {
    for recording in RECORDINGS {
        let (mut step_by_step, mut whole) = (Tables::new(), Tables::new());
        let mut document = &[0, 0][..];
        for (kind, bytes) in frames(recording) {
            match kind {
                1 | 3 => match read(bytes, &step_by_step, &Limits::default()) {
                    Verdict::Accepted(reading) | Verdict::CleanUpOnly(reading) => {
                        step_by_step.apply(&reading);
                    }
                    Verdict::NothingNew | Verdict::Gap | Verdict::Refused(_) => {}
                },
                5 => document = bytes,
                _ => {}
            }
        }
        accept(document, &mut whole);
        let mut compared = 0;
        for client in &step_by_step.clients {
            for clock in 0..client.clock {
                let id = Id {
                    client: client.id,
                    clock,
                };
                let (Some(known), Some(kept)) = (standing(&step_by_step, id), standing(&whole, id))
                else {
                    continue;
                };
                if kept.0 == Kind::Deleted {
                    assert_eq!(
                        (known.1, known.3, known.4),
                        (kept.1, kept.3, kept.4),
                        "{id:?}"
                    );
                } else {
                    assert_eq!(known, kept, "{id:?}");
                }
                compared += 1;
            }
        }
        assert!(compared > 100, "{compared} units compared");
    }
}
