//! Where a struct stands and whether it may: neighbours and parent in one type, text only in
//! texts, elements only where the schema's table allows them, attributes only on elements.
//! A character beside a paragraph passes every reading rule and breaks every editor.

use super::carry;
use super::item::{Content, Item, Parent};
use super::rule::{Rule, refuse};
use super::tables::{Key, Kind, NO_KEY, Name, Run};
use crate::live::schema::{self, Group, Holds, NODES, VALUES};

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
        Parent::Root(name) => Some(Place::At {
            parent: section(name)?,
            key: key(item)?,
        }),
        Parent::Type(_) => named.map(|run| parent_place(run, item)).transpose()?,
    };
    let mut agreed: Option<Place> = None;
    let beside = [left, right, held].map(|run| run.as_ref().map(beside));
    for place in beside.into_iter().chain([told]).flatten() {
        agreed = Some(match agreed {
            None => place,
            Some(other) if other == place => place,
            Some(other) if other == Place::Gone || place == Place::Gone => {
                refuse(Rule::NeighbourGone)?;
                Place::Gone
            }
            Some(other) => {
                refuse(Rule::NeighboursApart)?;
                other
            }
        });
    }
    // Without neighbours the parent is told, so there always is a place.
    Ok(agreed.unwrap_or(Place::Gone))
}

/// The number of a section's type, by its root's name.
pub(super) fn section(root: &str) -> Result<u32, Rule> {
    match schema::section(root) {
        Some(section) => Ok(section as u32),
        None => refuse(Rule::RootName).map(|()| 0),
    }
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
        Kind::Text | Kind::Format | Kind::Value => {
            refuse(Rule::ParentNotType)?;
            Ok(beside(&run))
        }
    }
}

fn key(item: &Item<'_>) -> Result<Key, Rule> {
    match item.key {
        None => Ok(NO_KEY),
        Some(name) => match schema::attribute(name) {
            Some(at) => Ok(at as Key + 1),
            None => refuse(Rule::AttributeName).map(|()| NO_KEY),
        },
    }
}

/// What a struct is in the index; its place is known and checked.
pub(super) fn kind(item: &Item<'_>) -> Kind {
    match item.content {
        Content::Gc => Kind::Gc,
        Content::Deleted => Kind::Deleted,
        // An embedded object never gets here: no place takes it.
        Content::Text(_) | Content::Embed => Kind::Text,
        Content::Format(..) => Kind::Format,
        Content::Element(_) | Content::XmlText => Kind::Type,
        Content::Values(_) => Kind::Value,
    }
}

/// The name of the type that a struct holds, if it holds one.
pub(super) fn name(item: &Item<'_>) -> Result<Option<Name>, Rule> {
    match item.content {
        Content::XmlText => Ok(Some(Name::XmlText)),
        Content::Element(name) => match schema::node_named(name) {
            Some(node) => Ok(Some(Name::Element(node as u8))),
            None => refuse(Rule::ElementName).map(|()| Some(Name::Element(0))),
        },
        Content::Gc
        | Content::Deleted
        | Content::Text(_)
        | Content::Embed
        | Content::Format(..)
        | Content::Values(_) => Ok(None),
    }
}

/// Whether the struct may stand in a type of this name, under this attribute, at this depth.
pub(super) fn check(item: &Item<'_>, holder: Name, key: Key, depth: u8) -> Result<(), Rule> {
    if key != NO_KEY {
        return check_attribute(item, holder, key);
    }
    match item.content {
        Content::Gc | Content::Deleted => Ok(()),
        Content::Text(_) if holder == Name::XmlText => Ok(()),
        Content::Text(_) => refuse(Rule::TextPlace),
        Content::Format(key, value) => {
            if holder != Name::XmlText {
                refuse(Rule::FormatPlace)?;
            }
            match schema::mark(key) {
                Some(mark) => carry::check_mark(mark, value),
                None => refuse(Rule::MarkName),
            }
        }
        Content::Embed => refuse(Rule::EmbedPlace),
        Content::Values(_) => refuse(Rule::ValuePlace),
        Content::Element(_) | Content::XmlText => check_type(item, holder, depth),
    }
}

fn check_attribute(item: &Item<'_>, holder: Name, key: Key) -> Result<(), Rule> {
    let Name::Element(node) = holder else {
        return refuse(Rule::KeyPlace);
    };
    // Keys are positions in the schema's table plus one.
    let at = usize::from(key) - 1;
    if !NODES[usize::from(node)]
        .attributes
        .contains(&schema::ATTRIBUTES[at])
    {
        refuse(Rule::AttributeName)?;
    }
    // Yjs stops at some of these, and the CRDT library frees what it still uses.
    if item.right.is_some() {
        refuse(Rule::AttributeOrder)?;
    }
    match item.content {
        Content::Values(values) => carry::check_values(values, item.length, VALUES[at]),
        Content::Deleted | Content::Gc => Ok(()),
        Content::Text(_)
        | Content::Embed
        | Content::Format(..)
        | Content::Element(_)
        | Content::XmlText => refuse(Rule::AttributeContent),
    }
}

fn check_type(item: &Item<'_>, holder: Name, depth: u8) -> Result<(), Rule> {
    let group = match name(item)? {
        Some(Name::Element(node)) => NODES[usize::from(node)].group,
        Some(Name::XmlText | Name::Section) | None => Group::Inline,
    };
    let holds = match holder {
        Name::Section => Holds::Blocks,
        Name::XmlText => Holds::Nothing,
        Name::Element(node) => NODES[usize::from(node)].holds,
    };
    if !holds.takes(group) {
        refuse(Rule::ElementPlace)?;
    }
    if depth > TREE_DEPTH {
        refuse(Rule::TreeDepth)?;
    }
    Ok(())
}

/// Whether a struct whose first part we hold is of the same kind as that part. What was emptied or
/// collected on one side only may differ.
pub(super) fn check_continued(item: &Item<'_>, held: Option<Run>) -> Result<(), Rule> {
    let Some(held) = held else { return Ok(()) };
    let new = kind(item);
    if new == held.kind || new == Kind::Deleted || held.kind == Kind::Deleted {
        Ok(())
    } else {
        refuse(Rule::ContinuesOther)
    }
}
