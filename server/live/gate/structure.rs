//! Where a struct stands and whether it may: neighbours and parent in one type, text only in
//! texts, elements only where the schema's table allows them, attributes only on elements.
//! A character beside a paragraph passes every reading rule and breaks every editor.

use super::item::{Content, Item, Parent};
use super::rule::Rule;
use super::tables::{Key, Kind, NO_KEY, Name, Run};
use crate::live::schema::{self, Group, Holds, NODES};

/// The deepest an element or a text may stand.
const TREE_DEPTH: u8 = 32;

/// Where a struct stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In the type of this number, under this attribute.
    At { parent: u32, key: Key },
    /// What it stood beside or in was collected: it is collected too, as every copy does.
    Gone,
}

/// The place that left, right, named parent and the held part of the struct itself agree on.
pub(super) fn place(item: &Item<'_>, runs: [Option<Run>; 4]) -> Result<Place, Rule> {
    if matches!(item.content, Content::Gc) {
        return Ok(Place::Gone);
    }
    let [left, right, named, held] = runs;
    let told = match item.parent {
        Parent::Untold => None,
        Parent::Root(name) => {
            let section = schema::section(name).ok_or(Rule::RootName)?;
            Some(Place::At {
                parent: section as u32,
                key: key(item)?,
            })
        }
        Parent::Type(_) => named.map(|run| parent_place(run, item)).transpose()?,
    };
    let mut agreed: Option<Place> = None;
    let beside = [left, right, held].map(|run| run.as_ref().map(beside));
    for place in beside.into_iter().chain([told]).flatten() {
        agreed = Some(match agreed {
            None => place,
            Some(other) if other == place => place,
            Some(other) if other == Place::Gone || place == Place::Gone => {
                return Err(Rule::NeighbourGone);
            }
            Some(_) => return Err(Rule::NeighboursApart),
        });
    }
    // Without neighbours the parent is told, so there always is a place.
    agreed.ok_or(Rule::ParentNotType)
}

fn beside(run: &Run) -> Place {
    match run.kind {
        Kind::Gc => Place::Gone,
        Kind::Deleted | Kind::Text | Kind::Format | Kind::Type | Kind::Value => Place::At {
            parent: run.parent,
            key: run.key(),
        },
    }
}

fn parent_place(run: Run, item: &Item<'_>) -> Result<Place, Rule> {
    match run.kind {
        Kind::Type => Ok(Place::At {
            parent: run.detail,
            key: key(item)?,
        }),
        // The type was deleted and emptied: nothing can stand in it any more.
        Kind::Gc | Kind::Deleted => Ok(Place::Gone),
        Kind::Text | Kind::Format | Kind::Value => Err(Rule::ParentNotType),
    }
}

fn key(item: &Item<'_>) -> Result<Key, Rule> {
    match item.key {
        None => Ok(NO_KEY),
        Some(name) => schema::attribute(name)
            .map(|at| at as Key + 1)
            .ok_or(Rule::AttributeName),
    }
}

/// What a struct is in the index; its place is known and checked.
pub(super) fn kind(item: &Item<'_>) -> Kind {
    match item.content {
        Content::Gc => Kind::Gc,
        Content::Deleted => Kind::Deleted,
        // An embedded object never gets here: no place takes it.
        Content::Text | Content::Embed => Kind::Text,
        Content::Format(_) => Kind::Format,
        Content::Element(_) | Content::XmlText => Kind::Type,
        Content::Values => Kind::Value,
    }
}

/// The name of the type a struct holds; [`check`] has refused unknown ones.
pub(super) fn name(item: &Item<'_>) -> Option<Name> {
    Name::of(item.content)?.ok()
}

/// Whether the struct may stand in a type of this name, under this attribute, at this depth.
pub(super) fn check(item: &Item<'_>, holder: Name, key: Key, depth: u8) -> Result<(), Rule> {
    if key != NO_KEY {
        return check_attribute(item, holder, key);
    }
    match item.content {
        Content::Gc | Content::Deleted => Ok(()),
        Content::Text if holder == Name::XmlText => Ok(()),
        Content::Text => Err(Rule::TextPlace),
        Content::Format(_) if holder != Name::XmlText => Err(Rule::FormatPlace),
        Content::Format(key) => schema::mark(key).map(|_| ()).ok_or(Rule::MarkName),
        Content::Embed => Err(Rule::EmbedPlace),
        Content::Values => Err(Rule::ValuePlace),
        Content::Element(_) | Content::XmlText => check_type(item, holder, depth),
    }
}

fn check_attribute(item: &Item<'_>, holder: Name, key: Key) -> Result<(), Rule> {
    let Name::Element(node) = holder else {
        return Err(Rule::KeyPlace);
    };
    // Keys are positions in the schema's table plus one.
    let name = schema::ATTRIBUTES[usize::from(key) - 1];
    if !NODES[usize::from(node)].attributes.contains(&name) {
        return Err(Rule::AttributeName);
    }
    match item.content {
        Content::Deleted | Content::Values | Content::Gc => Ok(()),
        Content::Text
        | Content::Embed
        | Content::Format(_)
        | Content::Element(_)
        | Content::XmlText => Err(Rule::AttributeContent),
    }
}

fn check_type(item: &Item<'_>, holder: Name, depth: u8) -> Result<(), Rule> {
    let group = match name_or_refuse(item)? {
        Name::Element(node) => NODES[usize::from(node)].group,
        Name::XmlText | Name::Section => Group::Inline,
    };
    let holds = match holder {
        Name::Section => Holds::Blocks,
        Name::XmlText => Holds::Nothing,
        Name::Element(node) => NODES[usize::from(node)].holds,
    };
    if !holds.takes(group) {
        return Err(Rule::ElementPlace);
    }
    if depth > TREE_DEPTH {
        Err(Rule::TreeDepth)
    } else {
        Ok(())
    }
}

fn name_or_refuse(item: &Item<'_>) -> Result<Name, Rule> {
    Name::of(item.content).unwrap_or(Err(Rule::ElementPlace))
}

/// Whether a struct whose first part we hold is of the same kind as that part. What was emptied or
/// collected on one side only may differ.
pub(super) fn check_continued(item: &Item<'_>, held: Option<Run>) -> Result<(), Rule> {
    let Some(held) = held else { return Ok(()) };
    let new = kind(item);
    if new == held.kind || new == Kind::Deleted || held.kind == Kind::Deleted {
        Ok(())
    } else {
        Err(Rule::ContinuesOther)
    }
}
