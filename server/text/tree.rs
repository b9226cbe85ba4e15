//! A document as a tree of plain values: what renderers, searches and proofs read.
//! Unknown names are kept; leaving something out is the renderer's choice.

use std::collections::BTreeMap;

use yrs::types::Attrs;
use yrs::types::text::YChange;
use yrs::{
    Any, Doc, Out, ReadTxn, Text as _, Transact as _, Xml as _, XmlElementRef, XmlFragment, XmlOut,
    XmlTextRef,
};

use super::plain::shown;
use super::{Unreadable, open};
use crate::live::schema;

/// One rich-text section of a document.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// Its key, e.g. `context`.
    pub key: &'static str,
    /// Its blocks.
    pub nodes: Vec<Node>,
}

/// A node of the tree.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// A paragraph, a list, a cell...
    Element(Element),
    /// A run of text with the same marks.
    Text(Run),
}

/// A node with a name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Element {
    /// Its name in the editor's schema.
    pub name: String,
    /// Its attributes; those that are null are left out.
    pub attributes: BTreeMap<String, Value>,
    /// What it holds.
    pub children: Vec<Node>,
}

/// A run of text.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// The text.
    pub text: String,
    /// Its marks, in schema order.
    pub marks: Vec<Mark>,
}

/// A mark on a run of text.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// Its name in the editor's schema.
    pub name: String,
    /// Its attributes; those that are null are left out.
    pub attributes: BTreeMap<String, Value>,
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
    /// Several values.
    List(Vec<Value>),
    /// Named values.
    Map(BTreeMap<String, Value>),
}

/// Nodes deeper than this are left out; the gate lets 32 in.
const MAX_DEPTH: usize = 64;

/// The sections of a document, all of them and in schema order, from its updates in log order.
///
/// # Errors
/// When the updates do not make a document.
pub fn read<'a>(updates: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<Section>, Unreadable> {
    Ok(of(&open(updates)?))
}

/// The sections of an open document.
pub(super) fn of(doc: &Doc) -> Vec<Section> {
    let txn = doc.transact();
    schema::SECTIONS
        .into_iter()
        .map(|key| Section {
            key,
            nodes: txn
                .get_xml_fragment(key)
                .map_or_else(Vec::new, |root| children(&root, &txn, 0)),
        })
        .collect()
}

/// The runs of text of a section, one after the other, with nothing between blocks: what its HTML
/// shows without the tags. Offsets of authorship count in it, in UTF-16 units.
#[must_use]
pub fn text(section: &Section) -> String {
    fn add(nodes: &[Node], out: &mut String) {
        for node in nodes {
            match node {
                Node::Text(run) => out.push_str(&run.text),
                Node::Element(element) => add(&element.children, out),
            }
        }
    }
    let mut out = String::new();
    add(&section.nodes, &mut out);
    out
}

/// About how many bytes a section takes in memory.
#[must_use]
pub fn weight(section: &Section) -> usize {
    fn of(nodes: &[Node]) -> usize {
        let node = |node: &Node| match node {
            Node::Text(run) => run.text.len() + NODE_BYTES * (1 + run.marks.len()),
            Node::Element(element) => {
                NODE_BYTES * (1 + element.attributes.len()) + of(&element.children)
            }
        };
        nodes.iter().map(node).sum()
    }
    of(&section.nodes)
}

/// What a node takes beside its text, about.
const NODE_BYTES: usize = 120;

fn children<T: ReadTxn>(parent: &impl XmlFragment, txn: &T, depth: usize) -> Vec<Node> {
    if depth == MAX_DEPTH {
        return Vec::new();
    }
    let mut nodes = Vec::new();
    for child in parent.children(txn) {
        match child {
            XmlOut::Element(held) => nodes.push(Node::Element(element(&held, txn, depth))),
            XmlOut::Text(text) => nodes.extend(runs(&text, txn)),
            XmlOut::Fragment(fragment) => nodes.extend(children(&fragment, txn, depth + 1)),
        }
    }
    nodes
}

/// One element and what it holds.
pub(super) fn element<T: ReadTxn>(element: &XmlElementRef, txn: &T, depth: usize) -> Element {
    Element {
        name: element
            .try_tag()
            .map(ToString::to_string)
            .unwrap_or_default(),
        attributes: element
            .attributes(txn)
            .filter_map(|(key, value)| {
                let Out::Any(any) = value else { return None };
                Some((key.to_owned(), value_of(&any)))
            })
            .filter(|(_, value)| *value != Value::Null)
            .collect(),
        children: children(element, txn, depth + 1),
    }
}

/// One text as runs.
pub(super) fn runs<T: ReadTxn>(text: &XmlTextRef, txn: &T) -> Vec<Node> {
    let mut nodes = Vec::new();
    for diff in text.diff(txn, YChange::identity) {
        if let Out::Any(Any::String(run)) = diff.insert {
            nodes.push(Node::Text(Run {
                text: run.chars().map(shown).collect(),
                marks: diff.attributes.as_deref().map_or_else(Vec::new, marks),
            }));
        }
    }
    nodes
}

/// The marks of a run. Of two marks of one kind (the editor allows none) the last key wins.
fn marks(attributes: &Attrs) -> Vec<Mark> {
    let mut named: BTreeMap<(usize, &str), Mark> = BTreeMap::new();
    let mut keys: Vec<_> = attributes.iter().collect();
    keys.sort_by(|a, b| a.0.cmp(b.0));
    for (key, value) in keys {
        let attributes = match value {
            Any::Map(map) => named_values(map.iter()),
            Any::Null | Any::Undefined | Any::Bool(false) => continue,
            Any::Bool(true) | Any::Number(_) | Any::String(_) | Any::Buffer(_) | Any::Array(_) => {
                BTreeMap::new()
            }
        };
        let name = schema::mark(key).unwrap_or(key);
        let rank = schema::MARKS
            .iter()
            .position(|known| *known == name)
            .unwrap_or(schema::MARKS.len());
        let mark = Mark {
            name: name.to_owned(),
            attributes,
        };
        named.insert((rank, name), mark);
    }
    named.into_values().collect()
}

fn named_values<'a>(
    values: impl Iterator<Item = (&'a String, &'a Any)>,
) -> BTreeMap<String, Value> {
    values
        .map(|(key, value)| (key.clone(), value_of(value)))
        .filter(|(_, value)| *value != Value::Null)
        .collect()
}

/// The value as ours; the gate lets at most 16 levels in.
fn value_of(any: &Any) -> Value {
    match any {
        Any::Null | Any::Undefined | Any::Buffer(_) => Value::Null,
        Any::Bool(value) => Value::Bool(*value),
        Any::Number(value) => Value::Number(value.as_f64().unwrap_or_default()),
        Any::String(text) => Value::Text(text.to_string()),
        Any::Array(values) => Value::List(values.iter().map(value_of).collect()),
        Any::Map(values) => Value::Map(named_values(values.iter())),
    }
}

impl Element {
    /// The attribute as a whole number, within bounds.
    #[must_use]
    pub fn number(&self, name: &str, bounds: std::ops::RangeInclusive<u32>) -> Option<u32> {
        let value = match self.attributes.get(name)? {
            Value::Number(number) => *number,
            Value::Text(text) => text.parse().ok()?,
            Value::Null | Value::Bool(_) | Value::List(_) | Value::Map(_) => return None,
        };
        bounds.into_iter().find(|known| f64::from(*known) == value)
    }
}

impl Mark {
    /// The attribute as text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.attributes.get(name)? {
            Value::Text(text) => Some(text),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::List(_) | Value::Map(_) => {
                None
            }
        }
    }
}
