//! What the replay knows, as plain values: each section's text with who wrote each passage, and
//! who deleted what lately.

use super::items::{Item, Kind};
use super::stretch::is_unseen;
use super::{ActId, Author, NONE, Replay};
use crate::live::schema;
use crate::text::plain;

/// Passages of one author that were written within this time are one.
const TOGETHER_MS: i64 = 12 * 60 * 60 * 1000;

/// Deletions of one person in one section within this time are one.
const DELETED_TOGETHER_MS: i64 = 5 * 60 * 1000;

/// The latest deletions that are told.
const DELETIONS: usize = 50;

/// Deleted pieces that are looked at, the latest.
const DELETED_PIECES: usize = 20_000;

/// Shorter deletions are slips of the pen.
const DELETED_UNITS: usize = 2;

/// How much of a deletion is quoted, in UTF-16 units.
const QUOTE_UNITS: usize = 400;

/// Who wrote, who moved and who deleted, at one place of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The row up to which the log was replayed.
    pub seq: i64,
    /// Every section, in schema order.
    pub sections: Vec<SectionText>,
    /// Deletions of words that stand nowhere any more, the latest first.
    pub deletions: Vec<Deletion>,
}

/// A section's text and its passages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SectionText {
    /// Its key, e.g. `context`.
    pub key: &'static str,
    /// The runs of text of its tree, one after the other, with nothing between blocks.
    pub text: String,
    /// They cover the text: in order, without a gap.
    pub passages: Vec<Passage>,
}

/// A passage of a section, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    /// Where it begins, in UTF-16 units of the section's text.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
    /// Who wrote it; `None` when the log cannot say.
    pub author: Option<Author>,
    /// When its latest words were written, in ms UTC; 0 when the log cannot say.
    pub at_ms: i64,
    /// Who moved it or gave it another form since, and when.
    pub mover: Option<(Author, i64)>,
}

/// Words that somebody deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// Who deleted them; `None` when the log cannot say.
    pub author: Option<Author>,
    /// When the last of them went, in ms UTC.
    pub at_ms: i64,
    /// The row of the log that deleted the last of them.
    pub seq: i64,
    /// The section they stood in.
    pub section: &'static str,
    /// How many UTF-16 units.
    pub units: usize,
    /// Their beginning, at most 400 units.
    pub quote: String,
    /// Those who had written them, in text order.
    pub written_by: Vec<Option<Author>>,
}

/// A unit as the tree shows it ([`plain::shown`]).
fn shown(unit: u16) -> u16 {
    let letter = char::from_u32(u32::from(unit)).map(plain::shown);
    letter.map_or(unit, |letter| letter as u16)
}

/// Deleted pieces of one person in one section, close in time.
struct Group {
    author: u32,
    first_ms: i64,
    last: ActId,
    units: usize,
    quote: Vec<u16>,
    written_by: Vec<u32>,
    section: &'static str,
}

impl Replay {
    /// What the log says at [`Replay::seq`].
    #[must_use]
    pub fn report(&self) -> Report {
        Report {
            seq: self.seq,
            sections: schema::SECTIONS.map(|key| self.section(key)).into(),
            deletions: self.deletions(),
        }
    }

    fn section(&self, key: &'static str) -> SectionText {
        let mut units: Vec<u16> = Vec::new();
        let mut passages: Vec<Passage> = Vec::new();
        let mut last = (NONE, NONE, NONE);
        self.items.walk(key, &mut |piece| {
            let Some((_, item)) = piece.filter(|(_, item)| !item.is_deleted) else {
                return;
            };
            let (from, text) = (units.len(), self.items.text(item));
            units.extend(text.iter().copied().map(shown));
            // What nobody sees belongs to the passage it stands in.
            if let Some(passage) = passages
                .last_mut()
                .filter(|_| text.iter().all(|one| is_unseen(*one)))
            {
                passage.to = units.len();
                return;
            }
            let same = self.is_together(last, item, passages.last());
            last = (self.number(item.by), self.number(item.mover), item.mover);
            match passages.last_mut() {
                Some(passage) if same => {
                    passage.to = units.len();
                    passage.at_ms = passage.at_ms.max(self.at_ms(item.by));
                }
                Some(_) | None => passages.push(Passage {
                    from,
                    to: units.len(),
                    author: self.author(item.by),
                    at_ms: self.at_ms(item.by),
                    mover: self
                        .author(item.mover)
                        .map(|author| (author, self.at_ms(item.mover))),
                }),
            }
        });
        SectionText {
            key,
            text: String::from_utf16_lossy(&units),
            passages,
        }
    }

    /// Whether a piece goes on with the passage before it.
    fn is_together(&self, last: (u32, u32, ActId), item: &Item, before: Option<&Passage>) -> bool {
        let Some(before) = before else { return false };
        let mover_ms = self.at_ms(last.2).abs_diff(self.at_ms(item.mover));
        last.0 == self.number(item.by)
            && last.1 == self.number(item.mover)
            && before.at_ms.abs_diff(self.at_ms(item.by)) <= TOGETHER_MS.unsigned_abs()
            && mover_ms <= TOGETHER_MS.unsigned_abs()
    }

    fn number(&self, act: ActId) -> u32 {
        self.acts.get(act as usize).map_or(NONE, |act| act.author)
    }

    fn author(&self, act: ActId) -> Option<Author> {
        self.authors.get(self.number(act) as usize).cloned()
    }

    fn at_ms(&self, act: ActId) -> i64 {
        self.acts.get(act as usize).map_or(0, |act| act.at_ms)
    }

    fn deletions(&self) -> Vec<Deletion> {
        let mut groups: Vec<Group> = Vec::new();
        let sections = schema::SECTIONS.map(|key| (key, self.gone(key)));
        let mut acts: Vec<ActId> = sections
            .iter()
            .flat_map(|(_, gone)| gone.iter().map(|(act, ..)| *act))
            .collect();
        acts.sort_unstable_by_key(|act| std::cmp::Reverse(*act));
        let since = acts.get(DELETED_PIECES).copied().unwrap_or(0);
        for (key, mut gone) in sections {
            gone.retain(|(act, ..)| *act >= since);
            gone.sort_unstable();
            groups.extend(self.grouped(key, &gone));
        }
        groups.retain(|group| group.units >= DELETED_UNITS);
        groups.sort_by_key(|group| std::cmp::Reverse(group.last));
        groups.truncate(DELETIONS);
        groups.into_iter().map(|group| self.told(group)).collect()
    }

    /// Every deleted piece of a section that stands nowhere any more: its act, its place, its id.
    fn gone(&self, key: &str) -> Vec<(ActId, usize, u32)> {
        let mut gone = Vec::new();
        self.items.walk(key, &mut |piece| {
            if let Some((id, item)) = piece
                && item.gone != NONE
                && !item.is_back
                && item.kind == Kind::Text
            {
                gone.push((item.gone, gone.len(), id));
            }
        });
        gone
    }

    /// Deleted pieces, by act and then in text order, as deletions a person would tell.
    fn grouped(&self, section: &'static str, gone: &[(ActId, usize, u32)]) -> Vec<Group> {
        let mut groups: Vec<(Group, Vec<(usize, u32)>)> = Vec::new();
        let mut open: std::collections::HashMap<u32, usize> = std::collections::HashMap::new();
        for (act, place, id) in gone {
            let Some(item) = self.items.get(*id) else {
                continue;
            };
            let (author, at_ms) = (self.number(*act), self.at_ms(*act));
            let found = open.get(&author).copied().filter(|at| {
                groups
                    .get(*at)
                    .is_some_and(|(group, _)| at_ms - group.first_ms <= DELETED_TOGETHER_MS)
            });
            let at = found.unwrap_or_else(|| {
                groups.push((
                    Group {
                        author,
                        first_ms: at_ms,
                        last: *act,
                        units: 0,
                        quote: Vec::new(),
                        written_by: Vec::new(),
                        section,
                    },
                    Vec::new(),
                ));
                open.insert(author, groups.len() - 1);
                groups.len() - 1
            });
            let (group, pieces) = &mut groups[at];
            group.last = *act;
            group.units += item.len as usize;
            pieces.push((*place, *id));
        }
        groups
            .into_iter()
            .map(|(group, pieces)| self.quoted(group, pieces))
            .collect()
    }

    /// A group with its words in text order, an ellipsis where they did not stand together.
    fn quoted(&self, mut group: Group, mut pieces: Vec<(usize, u32)>) -> Group {
        pieces.sort_unstable();
        let mut last = None;
        for (place, id) in pieces {
            let Some(item) = self.items.get(id) else {
                continue;
            };
            let writer = self.number(item.by);
            if !group.written_by.contains(&writer) {
                group.written_by.push(writer);
            }
            if group.quote.len() >= QUOTE_UNITS {
                continue;
            }
            if last.is_some_and(|last| last + 1 != place) {
                group.quote.extend(" \u{2026} ".encode_utf16());
            }
            last = Some(place);
            group
                .quote
                .extend(self.items.text(item).iter().copied().map(shown));
        }
        group.quote.truncate(QUOTE_UNITS);
        group
    }

    fn told(&self, group: Group) -> Deletion {
        let author = |number: u32| self.authors.get(number as usize).cloned();
        Deletion {
            author: author(group.author),
            at_ms: self.at_ms(group.last),
            seq: self.acts.get(group.last as usize).map_or(0, |act| act.seq),
            section: group.section,
            units: group.units,
            quote: String::from_utf16_lossy(&group.quote),
            written_by: group.written_by.into_iter().map(author).collect(),
        }
    }
}
