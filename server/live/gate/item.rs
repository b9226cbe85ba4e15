//! One struct of an update, read from its bytes: what it names and what it carries.
//! Where it may stand is not judged here.

use super::bytes::{Bytes, utf16_len};
use super::rule::{Rule, refuse};
use super::{Limits, json, value};

/// The name of one unit of content: who wrote it, and its place in what they wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Id {
    pub(super) client: u64,
    pub(super) clock: u32,
}

impl Id {
    /// What stands before everything in the type of this number: no client has this id.
    pub(super) fn start_of(parent: u32) -> Self {
        Self {
            client: u64::MAX,
            clock: parent,
        }
    }
}

/// The parent as written, when no neighbour tells it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Parent<'a> {
    /// A neighbour tells it.
    Untold,
    /// A root, by name.
    Root(&'a str),
    /// A type, by the id of the struct that holds it.
    Type(Id),
}

/// What a struct carries.
#[derive(Clone, Copy, Debug)]
pub(super) enum Content<'a> {
    /// A hole left by collected history.
    Gc,
    /// Deleted content of which only the length remains.
    Deleted,
    /// Characters.
    Text(&'a str),
    /// An embedded object.
    Embed,
    /// The start or the end of a mark: its key, and what it carries as JSON text.
    Format(&'a str, &'a str),
    /// An element, by name.
    Element(&'a str),
    /// A text, which holds characters and marks.
    XmlText,
    /// Values: an attribute's. As many as the struct is long, from here on.
    Values(Bytes<'a>),
}

/// One struct.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item<'a> {
    pub(super) left: Option<Id>,
    pub(super) right: Option<Id>,
    pub(super) parent: Parent<'a>,
    /// The attribute, when the parent is told; a neighbour tells it otherwise.
    pub(super) key: Option<&'a str>,
    pub(super) content: Content<'a>,
    /// Clocks it takes; at least 1.
    pub(super) length: u32,
}

const HAS_LEFT: u8 = 0x80;
const HAS_RIGHT: u8 = 0x40;
const HAS_KEY: u8 = 0x20;
const KIND: u8 = 0x1f;
/// A promise of structs that are missing, in merged updates.
const SKIP: u8 = 10;

/// The fewest bytes a struct takes: a hole is its kind and its length.
pub(super) const LEAST_BYTES: usize = 2;

impl<'a> Item<'a> {
    /// Reads one struct.
    ///
    /// # Errors
    /// The rule that the bytes break.
    pub(super) fn read(bytes: &mut Bytes<'a>, limits: &Limits) -> Result<Self, Rule> {
        let info = bytes.byte()?;
        if info == SKIP {
            refuse(Rule::ContentKind)?;
        }
        if info == 0 || info == SKIP {
            let length = nonzero(bytes.clock()?)?;
            let parent = Parent::Untold;
            return Ok(Self {
                left: None,
                right: None,
                parent,
                key: None,
                content: Content::Gc,
                length,
            });
        }
        let left = if info & HAS_LEFT == 0 {
            None
        } else {
            Some(id(bytes)?)
        };
        let right = if info & HAS_RIGHT == 0 {
            None
        } else {
            Some(id(bytes)?)
        };
        let (mut parent, mut key) = (Parent::Untold, None);
        if left.is_none() && right.is_none() {
            parent = match bytes.byte()? {
                0 => Parent::Type(id(bytes)?),
                flag => {
                    if flag != 1 {
                        refuse(Rule::ParentFlag)?;
                    }
                    Parent::Root(bytes.text()?)
                }
            };
            if info & HAS_KEY != 0 {
                key = Some(bytes.text()?);
            }
        }
        let (content, length) = content(bytes, info & KIND, limits)?;
        Ok(Self {
            left,
            right,
            parent,
            key,
            content,
            length,
        })
    }
}

fn content<'a>(
    bytes: &mut Bytes<'a>,
    kind: u8,
    limits: &Limits,
) -> Result<(Content<'a>, u32), Rule> {
    Ok(match kind {
        1 => (Content::Deleted, nonzero(bytes.clock()?)?),
        4 => {
            // A message is far below 2^31 bytes, so its strings are too.
            let text = bytes.text()?;
            (Content::Text(text), nonzero(utf16_len(text) as u32)?)
        }
        5 => {
            json::check(bytes.text()?)?;
            (Content::Embed, 1)
        }
        6 => {
            let key = bytes.text()?;
            let value = bytes.text()?;
            json::check(value)?;
            (Content::Format(key, value), 1)
        }
        7 => (type_content(bytes)?, 1),
        8 => {
            let count = bytes.count(1)?;
            let first = *bytes;
            let mut parts = 0;
            for _ in 0..count {
                value::read(bytes, &mut parts, limits.values)?;
            }
            (Content::Values(first), nonzero(count as u32)?)
        }
        _ => {
            refuse(Rule::ContentKind)?;
            (Content::Deleted, 1)
        }
    })
}

fn type_content<'a>(bytes: &mut Bytes<'a>) -> Result<Content<'a>, Rule> {
    match bytes.byte()? {
        3 => Ok(Content::Element(bytes.text()?)),
        kind => {
            if kind != 6 {
                refuse(Rule::TypeKind)?;
            }
            Ok(Content::XmlText)
        }
    }
}

fn id(bytes: &mut Bytes<'_>) -> Result<Id, Rule> {
    Ok(Id {
        client: bytes.client()?,
        clock: bytes.clock()?,
    })
}

fn nonzero(length: u32) -> Result<u32, Rule> {
    if length == 0 {
        refuse(Rule::ContentEmpty)?;
    }
    Ok(length)
}
