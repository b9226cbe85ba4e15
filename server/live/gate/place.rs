//! Second pass: every new struct is taken once all it names is held, and put where it stands.
//! One cursor a section; an explicit stack of cursors, where each waits for the one above it.
//! A cursor that waits for one below it waits for itself: with what is absent, that is a gap.

use std::collections::BTreeMap;

use super::bytes::Bytes;
use super::few::Few;
use super::item::{Content, Id, Item, Parent};
use super::order::New;
use super::rule::{Gap, Rule, missing, refuse};
use super::scan::Scan;
use super::small::Small;
use super::spans::Span;
use super::structure::{self, Place};
use super::tables::{Front, Key, Kind, NO_KEY, NOWHERE, Run, Tables, Type, Value, run_at};
use super::{Limits, Range, section_bit};

/// What an update adds to the tables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Staged {
    /// How many types the tables had.
    pub(super) types_before: usize,
    pub(super) types: Vec<Type>,
    pub(super) attributes: BTreeMap<(u32, Key), Value>,
    pub(super) chunks: Few<Chunk, 1>,
    /// The first halves of characters that the update cuts in two.
    pub(super) cuts: Vec<Id>,
    /// New pieces of content, and those of each type.
    pub(super) pieces: usize,
    pub(super) sizes: Small<u32, u32>,
    /// What now stands right behind a unit.
    pub(super) fronts: Small<Id, Front>,
    /// What structs weigh whose neighbours no longer stand side by side.
    pub(super) crossings: u64,
}

/// New clocks of one client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Chunk {
    pub(super) client: u64,
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) runs: Few<Run, 1>,
    /// What arrived collected or emptied: it counts as deleted.
    pub(super) gone: Few<Span, 1>,
    /// Where characters of two units begin.
    pub(super) pairs: Vec<u32>,
    /// Where passages begin that do not go on with the unit before.
    pub(super) breaks: Few<u32, 1>,
    /// The right neighbour of the last struct.
    pub(super) right: Option<Id>,
}

/// Why placing ended early.
pub(super) enum Stop {
    /// Something named is neither held nor in the update.
    Gap,
    /// The structure is broken.
    Refused(Rule),
}

impl From<Rule> for Stop {
    fn from(rule: Rule) -> Self {
        Self::Refused(rule)
    }
}

/// Where the reading of a section stands.
#[derive(Default)]
struct Cursor<'a> {
    bytes: Bytes<'a>,
    clock: u32,
    end: u32,
    waiting: bool,
}

/// Places the structs of one update.
pub(super) struct Placer<'a> {
    pub(super) tables: &'a Tables,
    pub(super) staged: Staged,
    /// The sections that new structs stand in, one bit each.
    pub(super) sections: u8,
    /// Attributes that are set to several values at once.
    several: Vec<Range>,
    pub(super) limits: &'a Limits,
    pub(super) scan: &'a Scan,
    cursors: Few<Cursor<'a>, 1>,
}

/// What a name leads to.
pub(super) enum Found {
    Run(Run),
    /// In this update, but not taken yet.
    Ahead(usize),
    Absent,
}

impl<'a> Placer<'a> {
    pub(super) fn new(
        update: &'a [u8],
        scan: &'a Scan,
        tables: &'a Tables,
        limits: &'a Limits,
    ) -> Self {
        let chunk = |s: &super::scan::Section| Chunk {
            client: s.client,
            from: s.known,
            to: s.end.max(s.known),
            right: s.right,
            ..Chunk::default()
        };
        let cursor = |s: &super::scan::Section| Cursor {
            bytes: Bytes::starting(update, s.at),
            clock: s.clock,
            end: s.end,
            waiting: false,
        };
        let staged = Staged {
            types_before: tables.types.len(),
            chunks: scan.sections.iter().map(chunk).collect(),
            ..Staged::default()
        };
        let cursors = scan.sections.iter().map(cursor).collect();
        Self {
            tables,
            staged,
            sections: 0,
            several: Vec::new(),
            limits,
            scan,
            cursors,
        }
    }

    /// Takes every struct.
    pub(super) fn run(&mut self) -> Result<(), Stop> {
        let mut stack = Few::<(usize, u32), 2>::default();
        for first in 0..self.cursors.len() {
            stack.push((first, self.cursors[first].end));
            while let Some(&(at, until)) = stack.last() {
                if self.cursors[at].clock >= until {
                    self.cursors[at].waiting = false;
                    stack.pop();
                    continue;
                }
                self.cursors[at].waiting = true;
                if let Some((other, clock)) = self.take(at)? {
                    if self.cursors[other].waiting {
                        return if missing(Gap::Circle) {
                            Err(Stop::Gap)
                        } else {
                            Ok(())
                        };
                    }
                    stack.push((other, clock + 1));
                }
            }
        }
        Ok(())
    }

    /// Takes the next struct of a section, or says what it waits for.
    fn take(&mut self, at: usize) -> Result<Option<(usize, u32)>, Stop> {
        let mut bytes = self.cursors[at].bytes;
        let item = Item::read(&mut bytes, self.limits)?;
        let clock = self.cursors[at].clock;
        let section = self.scan.sections[at];
        // Part of it may be held: then it goes on where that part ends.
        let from = clock.max(section.known);
        let held = (from > clock).then(|| Id {
            client: section.client,
            clock: from - 1,
        });
        let named = match item.parent {
            Parent::Type(id) => Some(id),
            Parent::Root(_) | Parent::Untold => None,
        };
        let mut runs = [None; 4];
        for (slot, id) in runs.iter_mut().zip([item.left, item.right, named, held]) {
            let Some(id) = id else { continue };
            match self.find(id) {
                Found::Run(run) => *slot = Some(run),
                Found::Ahead(other) => return Ok(Some((other, id.clock))),
                Found::Absent if missing(Gap::Absent) => return Err(Stop::Gap),
                Found::Absent => {}
            }
        }
        let end = clock + item.length;
        self.put(at, from, end, &item, runs)?;
        (self.cursors[at].bytes, self.cursors[at].clock) = (bytes, end);
        Ok(None)
    }

    fn put(
        &mut self,
        at: usize,
        from: u32,
        end: u32,
        item: &Item<'_>,
        runs: [Option<Run>; 4],
    ) -> Result<(), Rule> {
        let client = self.staged.chunks[at].client;
        let (kind, parent, detail) = match structure::place(item, runs)? {
            Place::Gone => (Kind::Gc, NOWHERE, 0),
            Place::At { parent, key } => {
                structure::check_continued(item, runs[3])?;
                let detail = self.stand(
                    Id {
                        client,
                        clock: from,
                    },
                    end,
                    item,
                    parent,
                    key,
                )?;
                (structure::kind(item), parent, detail)
            }
        };
        let run = Run {
            start: from,
            parent,
            detail,
            kind,
        };
        let id = Id {
            client,
            clock: from,
        };
        let new = New {
            section: at,
            id,
            end,
        };
        self.settle(new, item, &run, &runs)?;
        self.note_cuts(item);
        let chunk = &mut self.staged.chunks[at];
        let more = chunk
            .runs
            .last()
            .is_some_and(|last| last.goes_on_with(&run));
        if !more {
            chunk.runs.push(run);
        }
        if matches!(kind, Kind::Gc | Kind::Deleted) {
            match chunk.gone.last_mut() {
                Some(last) if last.to == from => last.to = end,
                Some(_) | None => chunk.gone.push(Span { from, to: end }),
            }
        } else if let Content::Text(text) = item.content
            && text.len() != item.length as usize
        {
            note_pairs(text, end - item.length, from, &mut chunk.pairs);
        }
        Ok(())
    }

    /// Judges a struct at its place and notes the type or the attribute's value that it makes. Its
    /// number (of a type) or its key.
    fn stand(
        &mut self,
        id: Id,
        end: u32,
        item: &Item<'_>,
        parent: u32,
        key: Key,
    ) -> Result<u32, Rule> {
        let holder = self.type_at(parent);
        let depth = holder.depth + 1;
        structure::check(item, holder.name, key, depth)?;
        self.sections |= section_bit(holder.section);
        if key != NO_KEY {
            let held = Id {
                client: id.client,
                clock: id.clock.wrapping_sub(1),
            };
            // A struct held in part goes on where that part ends.
            let left = if end - id.clock == item.length {
                item.left
            } else {
                Some(held)
            };
            let last = Id {
                client: id.client,
                clock: end - 1,
            };
            if end - id.clock > 1 && matches!(item.content, Content::Values(_)) {
                self.several.push(Range {
                    client: id.client,
                    from: id.clock.into(),
                    to: end.into(),
                });
            }
            let left = left.filter(|_| item.right.is_none());
            if self.set_attribute((parent, key), last, left) {
                self.charge(parent)?;
            }
        }
        Ok(match structure::name(item)? {
            Some(name) => self.add_type(Type {
                id,
                parent,
                name,
                section: holder.section,
                depth,
            }),
            None => key.into(),
        })
    }

    /// Whether every attribute that is set to several values at once loses them at once: so a
    /// client sends what it keeps for its undo.
    pub(super) fn check_several(&self) -> Result<(), Rule> {
        if self.several.is_empty() {
            return Ok(());
        }
        let mut deletes = self.scan.deletes.to_vec();
        deletes.sort_unstable_by_key(|range| (range.client, range.from));
        for set in &self.several {
            let after = deletes.partition_point(|r| (r.client, r.from) <= (set.client, set.from));
            let covers = |r: &Range| r.client == set.client && r.to >= set.to;
            if !after.checked_sub(1).is_some_and(|at| covers(&deletes[at])) {
                refuse(Rule::AttributeLength)?;
            }
        }
        Ok(())
    }

    /// Notes the characters that a struct cuts in two by standing between their halves.
    fn note_cuts(&mut self, item: &Item<'_>) {
        let after = item.left;
        let before = item.right.and_then(|id| {
            let clock = id.clock.checked_sub(1)?;
            Some(Id { clock, ..id })
        });
        for id in [after, before].into_iter().flatten() {
            self.note_cut(id);
        }
    }

    /// Notes a cut behind this unit, when it is the first half of a character.
    pub(super) fn note_cut(&mut self, id: Id) {
        if self.tables.is_cut_after(id) || self.is_new_pair(id) {
            self.staged.cuts.push(id);
        }
    }

    fn is_new_pair(&self, id: Id) -> bool {
        self.scan.section(id.client).is_some_and(|at| {
            let pairs = &self.staged.chunks[at].pairs;
            !pairs.is_empty() && pairs.binary_search(&id.clock).is_ok()
        })
    }

    fn add_type(&mut self, added: Type) -> u32 {
        // Each type takes bytes of a bounded update, so numbers stay far below 2^32.
        let number = (self.staged.types_before + self.staged.types.len()) as u32;
        self.staged.types.push(added);
        number
    }

    /// Notes which struct holds an attribute's value now. Whether that is in dispute.
    fn set_attribute(&mut self, place: (u32, Key), id: Id, left: Option<Id>) -> bool {
        let value = match self.attribute(place) {
            None => Value {
                id,
                disputed: false,
            },
            Some(held) if left == Some(held.id) => Value { id, ..held },
            Some(held) => Value {
                disputed: true,
                ..held
            },
        };
        self.staged.attributes.insert(place, value);
        value.disputed
    }

    pub(super) fn attribute(&self, place: (u32, Key)) -> Option<Value> {
        let staged = self.staged.attributes.get(&place);
        staged
            .or_else(|| self.tables.attributes.get(&place))
            .copied()
    }

    /// A type by its number, which comes from a run and so exists.
    pub(super) fn type_at(&self, number: u32) -> Type {
        let number = number as usize;
        match number.checked_sub(self.staged.types_before) {
            Some(new) => self.staged.types[new],
            None => self.tables.types[number],
        }
    }

    /// Whether this unit is held or was taken.
    pub(super) fn is_taken(&self, client: u64, clock: u32) -> bool {
        match self.scan.section(client) {
            Some(at) => clock < self.cursors[at].clock.max(self.scan.sections[at].known),
            None => self
                .tables
                .client(client)
                .is_some_and(|client| clock < client.clock),
        }
    }

    /// What stands at an id.
    fn find(&self, id: Id) -> Found {
        let held = self.tables.client(id.client);
        if let Some(client) = held.filter(|client| id.clock < client.clock) {
            return run_at(&client.runs, id.clock).map_or(Found::Absent, |run| Found::Run(*run));
        }
        let Some(at) = self.scan.section(id.client) else {
            return Found::Absent;
        };
        if id.clock >= self.cursors[at].end {
            return Found::Absent;
        }
        if id.clock >= self.cursors[at].clock {
            return Found::Ahead(at);
        }
        run_at(&self.staged.chunks[at].runs, id.clock).map_or(Found::Absent, |run| Found::Run(*run))
    }
}

/// Notes where the characters of two units begin in a text at `start`, from the clock `from` on.
fn note_pairs(text: &str, start: u32, from: u32, pairs: &mut Vec<u32>) {
    let mut clock = start;
    for character in text.chars() {
        let units = character.len_utf16() as u32;
        if units == 2 && clock >= from {
            pairs.push(clock);
        }
        clock += units;
    }
}
