//! Text of the server's own making: simple Markdown as a Yjs update, in the shapes the editor
//! itself writes (`tests/fixtures/text` holds a recording to compare with).
//!
//! Understood: paragraphs, headings (`#` to `######`, kept within levels 2 to 4), both lists,
//! quotes, rules, line breaks, tables, bold, italic, links. Anything else is kept as its text.

use std::collections::HashMap;
use std::sync::Arc;

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use yrs::types::Attrs;
use yrs::{
    Any, Number, ReadTxn as _, StateVector, Text as _, Transact as _, TransactionMut,
    WriteTxn as _, Xml as _, XmlElementPrelim, XmlElementRef, XmlFragment as _, XmlFragmentRef,
    XmlTextPrelim, XmlTextRef,
};

use super::new_doc;

/// What the editor writes on each link beside its address.
const LINK_TARGET: &str = "_blank";
/// As above.
const LINK_REL: &str = "noopener noreferrer nofollow";

/// One V1 update that holds these sections, written under this client id.
/// A section whose Markdown is empty stays empty.
#[must_use]
pub fn from_markdown(sections: &[(&str, &str)], client_id: u32) -> Vec<u8> {
    let doc = new_doc(client_id);
    {
        let mut txn = doc.transact_mut();
        for (key, markdown) in sections {
            let root = txn.get_or_insert_xml_fragment(*key);
            Writer::new(&mut txn, root).write(markdown);
        }
    }
    doc.transact()
        .encode_state_as_update_v1(&StateVector::default())
}

/// Where the next node goes.
enum Place {
    Root(XmlFragmentRef),
    Element(XmlElementRef),
}

/// An element under way.
struct Open {
    element: XmlElementRef,
    /// The text at its end, as long as text follows text.
    text: Option<XmlTextRef>,
    /// A paragraph that Markdown leaves out (in a tight list, in a cell); it ends with the next block.
    implied: bool,
}

struct Writer<'a, 'doc> {
    txn: &'a mut TransactionMut<'doc>,
    root: XmlFragmentRef,
    stack: Vec<Open>,
    marks: Vec<(&'static str, Any)>,
    in_head: bool,
}

impl<'a, 'doc> Writer<'a, 'doc> {
    fn new(txn: &'a mut TransactionMut<'doc>, root: XmlFragmentRef) -> Self {
        Self {
            txn,
            root,
            stack: Vec::new(),
            marks: Vec::new(),
            in_head: false,
        }
    }

    fn write(&mut self, markdown: &str) {
        for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
            match event {
                Event::Start(tag) => self.start(&tag),
                Event::End(tag) => self.end(tag),
                Event::Text(text)
                | Event::Code(text)
                | Event::Html(text)
                | Event::InlineHtml(text)
                | Event::InlineMath(text)
                | Event::DisplayMath(text)
                | Event::FootnoteReference(text) => self.text(&text),
                Event::SoftBreak => self.text(" "),
                Event::HardBreak => {
                    self.inline_place();
                    self.open("hardBreak", &[]);
                    self.close();
                }
                Event::Rule => {
                    self.end_implied();
                    self.open("horizontalRule", &[]);
                    self.close();
                }
                Event::TaskListMarker(_) => {}
            }
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::Strong => self.marks.push(("bold", Any::Map(Arc::default()))),
            Tag::Emphasis => self.marks.push(("italic", Any::Map(Arc::default()))),
            Tag::Link { dest_url, .. } => self.marks.push(("link", link(dest_url))),
            Tag::TableHead => {
                self.in_head = true;
                self.open("tableRow", &[]);
            }
            Tag::List(Some(start)) => {
                self.end_implied();
                let start = i64::try_from(*start).unwrap_or(1);
                self.open("orderedList", &[("start", start)]);
            }
            Tag::Heading { level, .. } => {
                self.end_implied();
                self.open("heading", &[("level", heading_level(*level))]);
            }
            Tag::TableCell => {
                let name = if self.in_head {
                    "tableHeader"
                } else {
                    "tableCell"
                };
                self.open(name, &[("colspan", 1), ("rowspan", 1)]);
            }
            Tag::Paragraph
            | Tag::CodeBlock(_)
            | Tag::HtmlBlock
            | Tag::BlockQuote(_)
            | Tag::List(None)
            | Tag::Item
            | Tag::Table(_)
            | Tag::TableRow => {
                self.end_implied();
                if let Some(name) = block_name(tag.to_end()) {
                    self.open(name, &[]);
                }
            }
            Tag::FootnoteDefinition(_)
            | Tag::DefinitionList
            | Tag::DefinitionListTitle
            | Tag::DefinitionListDefinition
            | Tag::Strikethrough
            | Tag::Superscript
            | Tag::Subscript
            | Tag::Image { .. }
            | Tag::MetadataBlock(_) => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Strong | TagEnd::Emphasis | TagEnd::Link => {
                self.marks.pop();
            }
            TagEnd::TableHead => {
                self.in_head = false;
                self.close();
            }
            TagEnd::Item | TagEnd::TableCell => {
                self.end_implied();
                self.fill_empty();
                self.close();
            }
            TagEnd::Heading(_)
            | TagEnd::Paragraph
            | TagEnd::CodeBlock
            | TagEnd::HtmlBlock
            | TagEnd::BlockQuote(_)
            | TagEnd::List(_)
            | TagEnd::Table
            | TagEnd::TableRow => {
                self.end_implied();
                self.close();
            }
            TagEnd::FootnoteDefinition
            | TagEnd::DefinitionList
            | TagEnd::DefinitionListTitle
            | TagEnd::DefinitionListDefinition
            | TagEnd::Strikethrough
            | TagEnd::Superscript
            | TagEnd::Subscript
            | TagEnd::Image
            | TagEnd::MetadataBlock(_) => {}
        }
    }

    /// Text goes into a paragraph or a heading; the editor knows no other place.
    fn inline_place(&mut self) {
        let holds_text = self.stack.last().is_some_and(|top| {
            top.element
                .try_tag()
                .is_some_and(|tag| matches!(tag.as_ref(), "paragraph" | "heading"))
        });
        if !holds_text {
            self.open("paragraph", &[]);
            if let Some(top) = self.stack.last_mut() {
                top.implied = true;
            }
        }
    }

    fn text(&mut self, text: &str) {
        let text = text.trim_end_matches('\n').replace('\n', " ");
        if text.is_empty() {
            return;
        }
        self.inline_place();
        let Some(top) = self.stack.last_mut() else {
            return;
        };
        let node = match top.text.take() {
            Some(node) => node,
            None => top.element.push_back(self.txn, XmlTextPrelim::new("")),
        };
        let mut marks: Attrs = HashMap::new();
        for (name, value) in self.marks.iter().filter(|(_, value)| *value != Any::Null) {
            marks.insert(Arc::from(*name), value.clone());
        }
        let at = node.len(self.txn);
        node.insert_with_attributes(self.txn, at, &text, marks);
        top.text = Some(node);
    }

    /// A list item or a cell holds at least a paragraph.
    fn fill_empty(&mut self) {
        let is_empty = self
            .stack
            .last()
            .is_some_and(|top| top.element.len(self.txn) == 0);
        if is_empty {
            self.open("paragraph", &[]);
            self.close();
        }
    }

    fn end_implied(&mut self) {
        if self.stack.last().is_some_and(|top| top.implied) {
            self.close();
        }
    }

    fn open(&mut self, name: &'static str, attributes: &[(&'static str, i64)]) {
        let place = match self.stack.last_mut() {
            Some(top) => {
                top.text = None;
                Place::Element(top.element.clone())
            }
            None => Place::Root(self.root.clone()),
        };
        let node = XmlElementPrelim::empty(name);
        let element = match place {
            Place::Root(root) => root.push_back(self.txn, node),
            Place::Element(parent) => parent.push_back(self.txn, node),
        };
        for (key, value) in attributes {
            element.insert_attribute(self.txn, *key, Any::Number(Number::Int(*value)));
        }
        self.stack.push(Open {
            element,
            text: None,
            implied: false,
        });
    }

    fn close(&mut self) {
        self.stack.pop();
    }
}

/// The node of a block that needs no attribute.
fn block_name(tag: TagEnd) -> Option<&'static str> {
    match tag {
        TagEnd::Paragraph | TagEnd::CodeBlock | TagEnd::HtmlBlock => Some("paragraph"),
        TagEnd::BlockQuote(_) => Some("blockquote"),
        TagEnd::List(_) => Some("bulletList"),
        TagEnd::Item => Some("listItem"),
        TagEnd::Table => Some("table"),
        TagEnd::TableRow => Some("tableRow"),
        TagEnd::Heading(_)
        | TagEnd::FootnoteDefinition
        | TagEnd::DefinitionList
        | TagEnd::DefinitionListTitle
        | TagEnd::DefinitionListDefinition
        | TagEnd::TableHead
        | TagEnd::TableCell
        | TagEnd::Emphasis
        | TagEnd::Strong
        | TagEnd::Strikethrough
        | TagEnd::Superscript
        | TagEnd::Subscript
        | TagEnd::Link
        | TagEnd::Image
        | TagEnd::MetadataBlock(_) => None,
    }
}

/// The page's title is level 1 and a section's title stands above its text: 2 to 4 are left.
fn heading_level(level: HeadingLevel) -> i64 {
    (level as i64).clamp(2, 4)
}

/// The value of a link mark, as the editor writes it; null (no mark) for an address that no link
/// may have.
fn link(address: &str) -> Any {
    if !["http://", "https://", "mailto:"]
        .iter()
        .any(|scheme| address.starts_with(scheme))
    {
        return Any::Null;
    }
    let text = |text: &str| Any::String(Arc::from(text));
    Any::Map(Arc::new(HashMap::from([
        ("href".to_owned(), text(address)),
        ("target".to_owned(), text(LINK_TARGET)),
        ("rel".to_owned(), text(LINK_REL)),
        ("class".to_owned(), Any::Null),
        ("title".to_owned(), Any::Null),
    ])))
}
