//! A document's tree as plain JSON values, for the canonical content of a version: without ids,
//! places of the log, times or editing history, so that the same text gives the same bytes.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use crate::text::tree::{Element, Mark, Node, Run, Section, Value};

/// The sections, in schema order. Neighbouring runs with the same marks are one; empty runs and the
/// empty paragraphs at the end of a section, which an editor leaves, are nothing.
#[must_use]
pub fn sections(sections: &[Section]) -> Json {
    let section = |section: &Section| {
        let mut nodes = section.nodes.as_slice();
        while let Some((last, before)) = nodes.split_last()
            && is_empty_paragraph(last)
        {
            nodes = before;
        }
        json!({ "key": section.key, "nodes": children(nodes) })
    };
    sections.iter().map(section).collect()
}

fn is_empty_paragraph(node: &Node) -> bool {
    match node {
        Node::Element(element) => {
            element.name == "paragraph" && children(&element.children).is_empty()
        }
        Node::Text(run) => run.text.is_empty(),
    }
}

fn children(nodes: &[Node]) -> Vec<Json> {
    let mut out = Vec::new();
    let mut run: Option<Run> = None;
    for node in nodes {
        match node {
            Node::Text(next) if next.text.is_empty() => {}
            Node::Text(next) => match &mut run {
                Some(run) if run.marks == next.marks => run.text.push_str(&next.text),
                Some(_) | None => out.extend(run.replace(next.clone()).as_ref().map(text)),
            },
            Node::Element(inner) => {
                out.extend(run.take().as_ref().map(text));
                out.push(element(inner));
            }
        }
    }
    out.extend(run.as_ref().map(text));
    out
}

fn element(element: &Element) -> Json {
    let mut object = Map::new();
    object.insert("name".to_owned(), json!(element.name));
    add("attributes", attributes(&element.attributes), &mut object);
    let children = children(&element.children);
    if !children.is_empty() {
        object.insert("children".to_owned(), Json::Array(children));
    }
    Json::Object(object)
}

fn text(run: &Run) -> Json {
    let mut object = Map::new();
    object.insert("text".to_owned(), json!(run.text));
    if !run.marks.is_empty() {
        object.insert("marks".to_owned(), run.marks.iter().map(mark).collect());
    }
    Json::Object(object)
}

fn mark(mark: &Mark) -> Json {
    let mut object = Map::new();
    object.insert("name".to_owned(), json!(mark.name));
    add("attributes", attributes(&mark.attributes), &mut object);
    Json::Object(object)
}

fn add(key: &str, value: Map<String, Json>, object: &mut Map<String, Json>) {
    if !value.is_empty() {
        object.insert(key.to_owned(), Json::Object(value));
    }
}

fn attributes(values: &BTreeMap<String, Value>) -> Map<String, Json> {
    let known = values.iter().filter(|(_, value)| **value != Value::Null);
    known
        .map(|(key, value)| (key.clone(), plain(value)))
        .collect()
}

fn plain(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => json!(value),
        Value::Number(number) => json!(number),
        Value::Text(text) => json!(text),
        Value::List(values) => values.iter().map(plain).collect(),
        Value::Map(values) => Json::Object(attributes(values)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(text: &str) -> Node {
        Node::Text(Run {
            text: text.to_owned(),
            marks: Vec::new(),
        })
    }

    fn paragraph(children: Vec<Node>) -> Node {
        Node::Element(Element {
            name: "paragraph".to_owned(),
            children,
            ..Element::default()
        })
    }

    #[test]
    fn pieces_of_one_text_are_one_text() {
        let of = |nodes| {
            sections(&[Section {
                key: "context",
                nodes,
            }])
        };
        let whole = of(vec![paragraph(vec![run("abc")])]);
        let pieces = vec![
            paragraph(vec![run("a"), run(""), run("bc")]),
            paragraph(vec![run("")]),
            paragraph(vec![]),
        ];
        assert_eq!(of(pieces), whole);
        assert_eq!(
            whole.to_string(),
            "[{\"key\":\"context\",\"nodes\":[{\"children\":[{\"text\":\"abc\"}],\"name\":\"paragraph\"}]}]"
        );
        // An empty line between two others is a part of the text.
        let between = |middle| {
            of([
                vec![paragraph(vec![run("a")])],
                middle,
                vec![paragraph(vec![run("b")])],
            ]
            .concat())
        };
        assert_ne!(between(vec![paragraph(vec![])]), between(vec![]));
    }
}
