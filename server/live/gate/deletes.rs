//! What the new deletes of an update take away. A delete carries only ids: the index tells what
//! stood there, in which section, and whether every copy of the document deletes it by itself.

use super::item::Id;
use super::place::Placer;
use super::spans::Span;
use super::tables::{Kind, NO_KEY, Run};
use super::{Range, section_bit};

/// The effect of the new deletes.
pub(super) struct Effect {
    /// The sections touched, one bit each.
    pub(super) sections: u8,
    /// Visible content that we held is deleted.
    pub(super) deletes_text: bool,
    /// Nothing but what copies clean up by themselves.
    pub(super) clean_up: bool,
}

/// Notes the characters that new deletes cut in two: one half of them is deleted, or both apart.
pub(super) fn note_cuts(deletes: &[Range], placer: &mut Placer<'_>) {
    for range in deletes {
        // Ranges of a scan come from clocks.
        for clock in [range.from.checked_sub(1), range.to.checked_sub(1)]
            .into_iter()
            .flatten()
        {
            placer.note_cut(Id {
                client: range.client,
                clock: clock as u32,
            });
        }
    }
}

/// Judges the new deletes; every clock in them is held or was placed.
pub(super) fn judge(deletes: &[Range], placer: &Placer<'_>) -> Effect {
    let mut effect = Effect {
        sections: 0,
        deletes_text: false,
        clean_up: true,
    };
    // Consecutive runs mostly stand in the same type: one look a change of type.
    let mut last = None;
    for range in deletes {
        // Ranges of a scan come from clocks.
        let span = Span {
            from: range.from as u32,
            to: range.to as u32,
        };
        let ours = placer.tables.client(range.client);
        let known = ours.map_or(0, |client| client.clock);
        let runs = ours.map_or(&[][..], |client| client.runs.as_slice());
        let held = Span {
            from: span.from,
            to: span.to.min(known),
        };
        for run in overlapping(runs, held) {
            judge_held(run, range.client, held, placer, &mut effect, &mut last);
        }
        let new = Span {
            from: span.from.max(known),
            to: span.to,
        };
        let chunk = placer
            .staged
            .chunks
            .binary_search_by(|chunk| range.client.cmp(&chunk.client));
        let runs = chunk.map_or(&[][..], |at| &placer.staged.chunks[at].runs[..]);
        for run in overlapping(runs, new).filter(|run| run.kind != Kind::Gc) {
            effect.sections |= section_bit(placer.type_at(run.parent).section);
        }
    }
    effect
}

/// The runs that hold some of these clocks.
fn overlapping(runs: &[Run], span: Span) -> impl Iterator<Item = &Run> {
    let first = runs
        .partition_point(|run| run.start <= span.from)
        .saturating_sub(1);
    let taken = if span.from < span.to {
        &runs[first..]
    } else {
        &[]
    };
    taken.iter().take_while(move |run| run.start < span.to)
}

fn judge_held(
    run: &Run,
    client: u64,
    span: Span,
    placer: &Placer<'_>,
    effect: &mut Effect,
    last: &mut Option<(u32, bool)>,
) {
    if run.kind == Kind::Gc {
        return;
    }
    let dead = match *last {
        Some((parent, dead)) if parent == run.parent => dead,
        Some(_) | None => placer.tables.is_dead(run.parent),
    };
    *last = Some((run.parent, dead));
    let value = Standing::of(run, client, span, placer);
    if dead || value == Standing::Replaced {
        return;
    }
    effect.sections |= section_bit(placer.type_at(run.parent).section);
    effect.clean_up &= run.kind == Kind::Format || value == Standing::Disputed;
    effect.deletes_text |= matches!(run.kind, Kind::Text | Kind::Type);
}

/// What the values of an attribute in some clocks are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// One of them is the attribute's value; or it is no attribute.
    Stands,
    /// One of them may be: each copy deletes what lost when it sees what won, and which did is not
    /// known here.
    Disputed,
    /// A later one replaced them: whoever wrote that deleted them.
    Replaced,
}

impl Standing {
    fn of(run: &Run, client: u64, span: Span, placer: &Placer<'_>) -> Self {
        let value = match run.key() {
            NO_KEY => None,
            key => placer.attribute((run.parent, key)),
        };
        let Some(value) = value else {
            return Self::Stands;
        };
        let id = value.id;
        if value.disputed {
            Self::Disputed
        } else if id.client == client && span.from <= id.clock && id.clock < span.to {
            Self::Stands
        } else {
            Self::Replaced
        }
    }
}
