//! Brings an earlier text back as one new update: the smallest difference per block, so that what
//! did not change is not touched and carets in it stay. Read back and compared before it counts.

use std::collections::HashMap;
use std::sync::Arc;

use yrs::types::Attrs;
use yrs::{
    Any, ClientID, Doc, Number, ReadTxn as _, Text as _, Transact as _, TransactionMut,
    WriteTxn as _, Xml as _, XmlElementPrelim, XmlElementRef, XmlFragment, XmlOut, XmlTextPrelim,
    XmlTextRef,
};

use super::diff::{became, common, gaps, joined, tokens};
use super::tree::{self, Element, Mark, Node, Run, Section, Value};
use super::{Unreadable, open_as};

/// A text brought back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// The V1 update; empty when the text is as wished already.
    pub update: Option<Vec<u8>>,
    /// The first clock of the update under its client id.
    pub clock: u64,
}

/// The update that makes these sections of a document read as in `wished`, written under
/// `client_id`. The other sections are not touched.
///
/// # Errors
/// When the updates do not make a document, or what was written does not read as wished.
pub fn restore<'a>(
    updates: impl IntoIterator<Item = &'a [u8]>,
    wished: &[&Section],
    client_id: u32,
) -> Result<Restored, Unreadable> {
    let doc = open_as(updates, client_id)?;
    let before = tree::of(&doc);
    let clock = doc
        .transact()
        .state_vector()
        .get(&ClientID::new(u64::from(client_id)));
    let update = {
        let mut txn = doc.transact_mut();
        for section in wished {
            let root = txn.get_or_insert_xml_fragment(section.key);
            children(&mut txn, &root, &section.nodes);
        }
        txn.encode_update_v1()
    };
    verify(&doc, &before, wished)?;
    Ok(Restored {
        update: (update != [0, 0]).then_some(update),
        clock: u64::from(clock),
    })
}

fn verify(doc: &Doc, before: &[Section], wished: &[&Section]) -> Result<(), Unreadable> {
    for (now, before) in tree::of(doc).iter().zip(before) {
        let expected = wished.iter().find(|section| section.key == now.key);
        let expected = expected.map_or(before, |section| *section);
        if settled(&now.nodes) != settled(&expected.nodes) {
            return Err(Unreadable::Differs("text"));
        }
    }
    Ok(())
}

/// The nodes with runs of the same marks joined: how a text was cut while it was typed does not
/// matter.
fn settled(nodes: &[Node]) -> Vec<Node> {
    let inner = |node: &Node| match node {
        Node::Text(_) => node.clone(),
        Node::Element(element) => Node::Element(Element {
            children: settled(&element.children),
            ..element.clone()
        }),
    };
    joined(nodes.iter().map(inner).collect())
}

/// One child as it stands in the document.
enum Held {
    Element(XmlElementRef),
    Text(XmlTextRef),
}

/// Makes the children of `parent` read as `wished`.
fn children<P: XmlFragment>(txn: &mut TransactionMut<'_>, parent: &P, wished: &[Node]) {
    let (held, now) = held(txn, parent);
    let wished = grouped(wished);
    let mut at = 0;
    let pairs = common(&now, &wished);
    let mut kept = 0;
    for gap in gaps(&pairs, now.len(), wished.len()) {
        // What is shared between the gap before and this one stays.
        at += (gap.old.start - kept) as u32;
        at = change(
            txn,
            parent,
            at,
            (&held[gap.old.clone()], &now[gap.old.clone()]),
            &wished[gap.new],
        );
        kept = gap.old.end;
    }
}

/// Makes one stretch read as `wished`, from child `at` on; where it ends then.
fn change<P: XmlFragment>(
    txn: &mut TransactionMut<'_>,
    parent: &P,
    mut at: u32,
    (held, now): (&[Held], &[Node]),
    wished: &[Node],
) -> u32 {
    let (mut a, mut b) = (0, 0);
    for (to_a, to_b) in became(now, wished)
        .into_iter()
        .chain([(now.len(), wished.len())])
    {
        let going = (to_a - a) as u32;
        if going > 0 {
            parent.remove_range(txn, at, going);
        }
        for node in &wished[b..to_b] {
            insert(txn, parent, at, node);
            at += 1;
        }
        if let (Some(held), Some(now), Some(node)) =
            (held.get(to_a), now.get(to_a), wished.get(to_b))
        {
            match (held, now, node) {
                (Held::Element(held), Node::Element(now), Node::Element(wished)) => {
                    attributes(txn, held, now, wished);
                    children(txn, held, &wished.children);
                }
                (Held::Text(held), _, Node::Element(line)) => {
                    let line: Vec<Run> = runs(&line.children);
                    text(txn, held, &line);
                }
                // `became` pairs only what is of one kind.
                (Held::Element(_) | Held::Text(_), Node::Element(_) | Node::Text(_), _) => {}
            }
            at += 1;
        }
        (a, b) = (to_a + 1, to_b + 1);
    }
    at
}

/// The name under which a whole text stands in a list of children; no node has it.
const LINE: &str = "";

/// The children of `parent`, and what each reads as: an element, or a text as a line of runs.
fn held<P: XmlFragment>(txn: &TransactionMut<'_>, parent: &P) -> (Vec<Held>, Vec<Node>) {
    let (mut held, mut now) = (Vec::new(), Vec::new());
    for child in parent.children(txn) {
        match child {
            XmlOut::Element(element) => {
                now.push(Node::Element(tree::element(&element, txn, 0)));
                held.push(Held::Element(element));
            }
            XmlOut::Text(text) => {
                now.push(line(tree::runs(&text, txn)));
                held.push(Held::Text(text));
            }
            // A fragment stands in no other node.
            XmlOut::Fragment(_) => {}
        }
    }
    (held, now)
}

fn line(nodes: Vec<Node>) -> Node {
    Node::Element(Element {
        name: LINE.to_owned(),
        children: joined(nodes),
        ..Element::default()
    })
}

/// Runs that follow each other as one line, as they will stand in one text.
fn grouped(nodes: &[Node]) -> Vec<Node> {
    let mut out = Vec::new();
    let mut runs = Vec::new();
    for node in nodes {
        match node {
            Node::Text(_) => runs.push(node.clone()),
            Node::Element(_) => {
                if !runs.is_empty() {
                    out.push(line(std::mem::take(&mut runs)));
                }
                out.push(node.clone());
            }
        }
    }
    if !runs.is_empty() {
        out.push(line(runs));
    }
    out
}

fn runs(nodes: &[Node]) -> Vec<Run> {
    let run = |node: &Node| match node {
        Node::Text(run) => Some(run.clone()),
        Node::Element(_) => None,
    };
    nodes.iter().filter_map(run).collect()
}

fn insert<P: XmlFragment>(txn: &mut TransactionMut<'_>, parent: &P, at: u32, node: &Node) {
    match node {
        Node::Element(line) if line.name == LINE => {
            let held = parent.insert(txn, at, XmlTextPrelim::new(""));
            text(txn, &held, &runs(&line.children));
        }
        Node::Element(element) => {
            let held = parent.insert(txn, at, XmlElementPrelim::empty(element.name.as_str()));
            for (key, value) in &element.attributes {
                held.insert_attribute(txn, key.as_str(), any(value));
            }
            for (child, at) in grouped(&element.children).iter().zip(0..) {
                insert(txn, &held, at, child);
            }
        }
        // Grouped into lines before.
        Node::Text(_) => {}
    }
}

fn attributes(txn: &mut TransactionMut<'_>, held: &XmlElementRef, now: &Element, wished: &Element) {
    for key in now.attributes.keys() {
        if !wished.attributes.contains_key(key) {
            held.remove_attribute(txn, key);
        }
    }
    for (key, value) in &wished.attributes {
        if now.attributes.get(key) != Some(value) {
            held.insert_attribute(txn, key.as_str(), any(value));
        }
    }
}

/// Makes a text read as `wished`, word by word.
fn text(txn: &mut TransactionMut<'_>, held: &XmlTextRef, wished: &[Run]) {
    let now = words(&runs(&tree::runs(held, txn)));
    let wished = words(wished);
    let pairs = common(&now, &wished);
    let (mut at, mut kept) = (0, 0);
    for gap in gaps(&pairs, now.len(), wished.len()) {
        at += units(&now[kept..gap.old.start]);
        let going = units(&now[gap.old.clone()]);
        if going > 0 {
            held.remove_range(txn, at, going);
        }
        for run in &wished[gap.new] {
            held.insert_with_attributes(txn, at, &run.text, marks(&run.marks));
            at += units(std::slice::from_ref(run));
        }
        kept = gap.old.end;
    }
}

fn words(runs: &[Run]) -> Vec<Run> {
    let words = |run: &Run| -> Vec<Run> {
        let word = |token: &str| Run {
            text: token.to_owned(),
            marks: run.marks.clone(),
        };
        tokens(&run.text).into_iter().map(word).collect()
    };
    runs.iter().flat_map(words).collect()
}

/// Length as browsers count.
fn units(words: &[Run]) -> u32 {
    let units: usize = words
        .iter()
        .map(|word| word.text.encode_utf16().count())
        .sum();
    units as u32
}

/// Marks as the editor writes them: a link names all of its attributes.
fn marks(marks: &[Mark]) -> Attrs {
    let mut attributes: Attrs = HashMap::new();
    for mark in marks {
        let mut values: HashMap<String, Any> = HashMap::new();
        if mark.name == "link" {
            for key in ["class", "title"] {
                values.insert(key.to_owned(), Any::Null);
            }
        }
        for (key, value) in &mark.attributes {
            values.insert(key.clone(), any(value));
        }
        attributes.insert(Arc::from(mark.name.as_str()), Any::Map(Arc::new(values)));
    }
    attributes
}

fn any(value: &Value) -> Any {
    match value {
        Value::Null => Any::Null,
        Value::Bool(value) => Any::Bool(*value),
        Value::Number(number) if number.fract() == 0.0 && number.abs() < 9e15 => {
            Any::Number(Number::Int(*number as i64))
        }
        Value::Number(number) => Any::Number(Number::Float(*number)),
        Value::Text(text) => Any::String(Arc::from(text.as_str())),
        Value::List(values) => Any::Array(values.iter().map(any).collect()),
        Value::Map(values) => Any::Map(Arc::new(
            values
                .iter()
                .map(|(key, value)| (key.clone(), any(value)))
                .collect(),
        )),
    }
}
