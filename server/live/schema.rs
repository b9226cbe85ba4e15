//! The editor's schema, as one table: root names, node names with where they may stand, marks and
//! attributes. The gate, the renderers and the client's own test share it; nothing else lists names.
//! Changes are additive, and each gets the next number: a client that is behind reads only.

/// The number of this schema. A client with a smaller one gets the text read-only.
pub const NUMBER: u32 = 1;

/// The rich-text sections of a document, in reading order: the names of its root fragments.
pub const SECTIONS: [&str; 5] = [
    "context",
    "description",
    "transversal",
    "conditions",
    "experiment",
];

/// What a node is to the node that holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Stands in a section, a quote, a list item or a cell.
    Block,
    /// Stands beside text.
    Inline,
    /// Stands in a list.
    Item,
    /// Stands in a table.
    Row,
    /// Stands in a row.
    Cell,
}

/// What a node may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// A leaf.
    Nothing,
    /// Text and inline nodes.
    Text,
    /// Blocks; so does a section.
    Blocks,
    /// List items.
    Items,
    /// Table rows.
    Rows,
    /// Table cells and header cells.
    Cells,
}

impl Holds {
    /// Whether a node of this group may stand here.
    #[must_use]
    pub fn takes(self, group: Group) -> bool {
        match self {
            Self::Nothing => false,
            Self::Text => group == Group::Inline,
            Self::Blocks => group == Group::Block,
            Self::Items => group == Group::Item,
            Self::Rows => group == Group::Row,
            Self::Cells => group == Group::Cell,
        }
    }
}

/// One kind of node.
#[derive(Clone, Copy, Debug)]
pub struct Node {
    /// Its name in the document, as the editor writes it.
    pub name: &'static str,
    /// Where it may stand.
    pub group: Group,
    /// What may stand in it.
    pub holds: Holds,
    /// The attributes it may carry; the editor leaves out those that are null.
    pub attributes: &'static [&'static str],
}

const fn node(
    name: &'static str,
    group: Group,
    holds: Holds,
    attributes: &'static [&'static str],
) -> Node {
    Node {
        name,
        group,
        holds,
        attributes,
    }
}

/// Attributes of a table cell. `align` is written by Tiptap's table since 3.31.
const CELL: &[&str] = &["colspan", "rowspan", "colwidth", "align"];

/// Every node. The position in this table is stored in structure indexes: only append.
pub const NODES: [Node; 12] = [
    node("paragraph", Group::Block, Holds::Text, &[]),
    node("heading", Group::Block, Holds::Text, &["level"]),
    node("bulletList", Group::Block, Holds::Items, &[]),
    node(
        "orderedList",
        Group::Block,
        Holds::Items,
        &["start", "type"],
    ),
    node("listItem", Group::Item, Holds::Blocks, &[]),
    node("blockquote", Group::Block, Holds::Blocks, &[]),
    node("table", Group::Block, Holds::Rows, &[]),
    node("tableRow", Group::Row, Holds::Cells, &[]),
    node("tableHeader", Group::Cell, Holds::Blocks, CELL),
    node("tableCell", Group::Cell, Holds::Blocks, CELL),
    node("horizontalRule", Group::Block, Holds::Nothing, &[]),
    node("hardBreak", Group::Inline, Holds::Nothing, &[]),
];

/// Every attribute name of [`NODES`]. The position is stored in structure indexes: only append.
pub const ATTRIBUTES: [&str; 7] = [
    "level", "start", "type", "colspan", "rowspan", "colwidth", "align",
];

/// What an attribute may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Values {
    /// A whole number from `least` to `most`.
    Integer {
        /// The smallest.
        least: i64,
        /// The largest.
        most: i64,
    },
    /// A short text or null.
    Word,
    /// The widths of the columns that a cell spans, or null.
    Widths,
}

/// A cell over more columns or rows slows every editor of the document; what is pasted has no
/// larger ones either (`web/src/lib/editor/paste.ts`).
const SPAN: Values = Values::Integer {
    least: 1,
    most: 100,
};

/// What each of [`ATTRIBUTES`] may hold.
pub const VALUES: [Values; ATTRIBUTES.len()] = [
    // The section's own title is above its headings.
    Values::Integer { least: 2, most: 4 },
    // A list may begin anywhere: `2026. ` typed at the start of a line makes one.
    Values::Integer {
        least: i64::MIN,
        most: i64::MAX,
    },
    Values::Word,
    SPAN,
    SPAN,
    Values::Widths,
    Values::Word,
];

/// What links may carry beside `href`, which is the only one our editor writes and renderers show;
/// the others come from Tiptap's own link.
pub const LINK_ATTRIBUTES: [&str; 5] = ["href", "target", "rel", "class", "title"];

/// The schemes of links that are safe to follow.
pub const LINK_SCHEMES: [&str; 3] = ["http", "https", "mailto"];

/// Every mark, in the order in which a text's marks are written.
pub const MARKS: [&str; 3] = ["link", "bold", "italic"];

/// The position of a section in [`SECTIONS`].
#[must_use]
pub fn section(name: &str) -> Option<usize> {
    SECTIONS.iter().position(|known| *known == name)
}

/// The position of a node in [`NODES`].
#[must_use]
pub fn node_named(name: &str) -> Option<usize> {
    NODES.iter().position(|known| known.name == name)
}

/// The position of an attribute in [`ATTRIBUTES`].
#[must_use]
pub fn attribute(name: &str) -> Option<usize> {
    ATTRIBUTES.iter().position(|known| *known == name)
}

/// The mark a format key names. Two marks of one kind on the same word are told apart by a suffix
/// (`--` and eight base64 characters), which is not part of the name.
#[must_use]
pub fn mark(key: &str) -> Option<&'static str> {
    let name = match key
        .len()
        .checked_sub(10)
        .map(|at| (key.get(..at), key.get(at..)))
    {
        Some((Some(name), Some(suffix))) if is_suffix(suffix) => name,
        Some(_) | None => key,
    };
    MARKS.iter().find(|known| **known == name).copied()
}

fn is_suffix(text: &str) -> bool {
    let hash = text.strip_prefix("--").unwrap_or_default();
    hash.len() == 8
        && hash
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'='))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_attribute_of_a_node_is_in_the_table() {
        for node in NODES {
            for name in node.attributes {
                assert!(attribute(name).is_some(), "{name} of {}", node.name);
            }
        }
    }

    #[test]
    fn a_mark_is_known_with_and_without_the_suffix_of_overlapping_marks() {
        assert_eq!(mark("bold"), Some("bold"));
        assert_eq!(mark("link--aB3+/=x9"), Some("link"));
        assert_eq!(mark("link--short"), None);
        assert_eq!(mark("blink"), None);
        assert_eq!(mark("--aB3+/=x9"), None);
        assert_eq!(mark("é--aB3+/=x9"), None);
    }
}
