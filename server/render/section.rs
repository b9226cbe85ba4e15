//! A section of a document as HTML for reading mode. Safe by construction: element names come
//! from the table below and nowhere else, every text and attribute is escaped, links keep only
//! the addresses a link may have. What the schema does not know is shown as its content.
//! Headings start at level 3: the page has the title, the section has level 2.

use super::markdown::escape;
use crate::text::diff;
use crate::text::tree::{Element, Mark, Node, Run, Section};

/// The section as HTML.
#[must_use]
pub fn html(section: &Section) -> String {
    let mut html = String::new();
    nodes(&section.nodes, &mut html);
    html
}

fn nodes(nodes: &[Node], html: &mut String) {
    for node in nodes {
        match node {
            Node::Text(run) => text(run, html),
            Node::Element(element) => self::element(element, html),
        }
    }
}

fn element(element: &Element, html: &mut String) {
    match element.name.as_str() {
        "paragraph" => wrapped("p", element, html),
        "heading" => wrapped(heading(element), element, html),
        "bulletList" => wrapped("ul", element, html),
        "orderedList" => {
            html.push_str("<ol");
            number(element, "start", 2..=100_000, html);
            html.push('>');
            nodes(&element.children, html);
            html.push_str("</ol>");
        }
        "listItem" => wrapped("li", element, html),
        "blockquote" => wrapped("blockquote", element, html),
        "horizontalRule" => html.push_str("<hr>"),
        "hardBreak" => html.push_str("<br>"),
        "table" => table(element, html),
        // These stand in a table; alone they are shown as what they hold.
        _ => nodes(&element.children, html),
    }
}

fn wrapped(name: &str, element: &Element, html: &mut String) {
    html.push('<');
    html.push_str(name);
    html.push('>');
    nodes(&element.children, html);
    html.push_str("</");
    html.push_str(name);
    html.push('>');
}

/// Level 2 in the document is `h3` on the page, and so on.
fn heading(element: &Element) -> &'static str {
    match element.number("level", 1..=6) {
        None | Some(1 | 2) => "h3",
        Some(3) => "h4",
        Some(4) => "h5",
        Some(_) => "h6",
    }
}

fn table(table: &Element, html: &mut String) {
    html.push_str("<table>");
    let mut rows = elements(table, "tableRow").peekable();
    // The first rows that hold only header cells are the head.
    let mut in_head = false;
    while let Some(row) = rows.next_if(|row| is_head(row)) {
        if !in_head {
            html.push_str("<thead>");
            in_head = true;
        }
        table_row(row, "col", html);
    }
    if in_head {
        html.push_str("</thead>");
    }
    if rows.peek().is_some() {
        html.push_str("<tbody>");
        for row in rows {
            table_row(row, "row", html);
        }
        html.push_str("</tbody>");
    }
    html.push_str("</table>");
}

fn elements<'a>(parent: &'a Element, name: &'static str) -> impl Iterator<Item = &'a Element> {
    parent.children.iter().filter_map(move |node| match node {
        Node::Element(element) if element.name == name => Some(element),
        Node::Element(_) | Node::Text(_) => None,
    })
}

fn is_head(row: &Element) -> bool {
    elements(row, "tableHeader").next().is_some() && elements(row, "tableCell").next().is_none()
}

fn table_row(row: &Element, scope: &str, html: &mut String) {
    html.push_str("<tr>");
    for node in &row.children {
        let Node::Element(cell) = node else { continue };
        let name = match cell.name.as_str() {
            "tableHeader" => "th",
            "tableCell" => "td",
            _ => continue,
        };
        html.push('<');
        html.push_str(name);
        if name == "th" {
            html.push_str(" scope=\"");
            html.push_str(scope);
            html.push('"');
        }
        number(cell, "colspan", 2..=1_000, html);
        number(cell, "rowspan", 2..=1_000, html);
        html.push('>');
        nodes(&cell.children, html);
        html.push_str("</");
        html.push_str(name);
        html.push('>');
    }
    html.push_str("</tr>");
}

/// A numeric attribute, when it is within bounds.
fn number(element: &Element, name: &str, bounds: std::ops::RangeInclusive<u32>, html: &mut String) {
    if let Some(value) = element.number(name, bounds) {
        html.push_str(&format!(" {name}=\"{value}\""));
    }
}

fn text(run: &Run, html: &mut String) {
    let known = || run.marks.iter().filter_map(tag);
    for (mark, name) in known() {
        html.push('<');
        html.push_str(name);
        if let Some(address) = mark.text("href").filter(|_| name == "a") {
            html.push_str(" href=\"");
            escape(address, html);
            html.push_str("\" rel=\"noopener noreferrer nofollow\"");
        }
        html.push('>');
    }
    escape(&run.text, html);
    for (_, name) in known().collect::<Vec<_>>().into_iter().rev() {
        html.push_str("</");
        html.push_str(name);
        html.push('>');
    }
}

/// The element of a mark; `None` for one that is not shown.
fn tag(mark: &Mark) -> Option<(&Mark, &'static str)> {
    let name = match mark.name.as_str() {
        "bold" => "strong",
        "italic" => "em",
        diff::ADDED => "ins",
        diff::REMOVED => "del",
        "link" => mark
            .text("href")
            .filter(|href| may_link(href))
            .map(|_| "a")?,
        _ => return None,
    };
    Some((mark, name))
}

/// Whether a link may lead there: `http`, `https` and `mailto` only, written out.
pub(super) fn may_link(address: &str) -> bool {
    ["http://", "https://", "mailto:"].iter().any(|scheme| {
        address
            .get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    }) && !address.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::text::tree::Value;
    use crate::text::{edit, read};

    fn from_markdown(markdown: &str) -> String {
        let update = edit::from_markdown(&[("context", markdown)], 1);
        html(&read([update.as_slice()]).expect("reads")[0])
    }

    fn of(nodes: Vec<Node>) -> String {
        html(&Section {
            key: "context",
            nodes,
        })
    }

    fn node(name: &str, attributes: &[(&str, Value)], children: Vec<Node>) -> Node {
        Node::Element(Element {
            name: name.to_owned(),
            attributes: named(attributes),
            children,
        })
    }

    fn named(attributes: &[(&str, Value)]) -> BTreeMap<String, Value> {
        attributes
            .iter()
            .map(|(key, value)| ((*key).to_owned(), value.clone()))
            .collect()
    }

    fn run(text: &str, marks: &[(&str, &[(&str, Value)])]) -> Node {
        Node::Text(Run {
            text: text.to_owned(),
            marks: marks
                .iter()
                .map(|(name, attributes)| Mark {
                    name: (*name).to_owned(),
                    attributes: named(attributes),
                })
                .collect(),
        })
    }

    #[test]
    fn a_text_becomes_plain_html_with_headings_from_three() {
        assert_eq!(
            from_markdown(
                "# A\n\n#### B\n\nc **d** *e* [f](https://g.example/?a&b)\n\n- h\n\n3. i\n\n> j\n\n---"
            ),
            "<h3>A</h3><h5>B</h5><p>c <strong>d</strong> <em>e</em> \
             <a href=\"https://g.example/?a&amp;b\" rel=\"noopener noreferrer nofollow\">f</a></p>\
             <ul><li><p>h</p></li></ul><ol start=\"3\"><li><p>i</p></li></ol>\
             <blockquote><p>j</p></blockquote><hr>"
        );
    }

    #[test]
    fn tables_have_a_head_and_scopes() {
        assert_eq!(
            from_markdown("| A | B |\n| --- | --- |\n| 1 | 2 |"),
            "<table><thead><tr><th scope=\"col\"><p>A</p></th><th scope=\"col\"><p>B</p></th></tr>\
             </thead><tbody><tr><td><p>1</p></td><td><p>2</p></td></tr></tbody></table>"
        );
        let row = node(
            "tableRow",
            &[],
            vec![
                node("tableHeader", &[("colspan", Value::Number(2.0))], vec![]),
                node(
                    "tableCell",
                    &[("rowspan", Value::Text("3\"".into()))],
                    vec![],
                ),
            ],
        );
        assert_eq!(
            of(vec![node("table", &[], vec![row])]),
            "<table><tbody><tr><th scope=\"row\" colspan=\"2\"></th><td></td></tr></tbody></table>"
        );
    }

    #[test]
    fn no_markup_of_a_hostile_document_passes() {
        let href = |address: &str| [("href", Value::Text(address.into()))];
        for address in [
            "javascript:alert(1)",
            " javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "data:text/html,<script>",
            "//a.example",
            "vbscript:x",
            "https://a.example/\n\"",
            "h\u{130}ttp://a.example",
        ] {
            let shown = of(vec![run("a", &[("link", &href(address))])]);
            assert_eq!(shown, "a", "{address}");
        }
        assert_eq!(
            of(vec![run(
                "<img src=x onerror=alert(1)>&\"'",
                &[("link", &href("https://a.example/\"onclick='x'><script>"))]
            )]),
            "<a href=\"https://a.example/&quot;onclick=&#39;x&#39;&gt;&lt;script&gt;\" \
             rel=\"noopener noreferrer nofollow\">\
             &lt;img src=x onerror=alert(1)&gt;&amp;&quot;&#39;</a>"
        );
        let hostile = node(
            "script src=x",
            &[("onload", Value::Text("alert(1)".into()))],
            vec![run("b", &[("style=x", &[]), ("bold", &[])])],
        );
        assert_eq!(of(vec![hostile]), "<strong>b</strong>");
        let heading = node(
            "heading",
            &[("level", Value::Text("9><script>".into()))],
            vec![],
        );
        assert_eq!(of(vec![heading]), "<h3></h3>");
    }

    #[test]
    fn marks_nest_in_schema_order() {
        assert_eq!(
            of(vec![run(
                "a",
                &[
                    (
                        "link",
                        &[("href", Value::Text("mailto:a@b.example".into()))]
                    ),
                    ("bold", &[]),
                    ("italic", &[]),
                ]
            )]),
            "<a href=\"mailto:a@b.example\" rel=\"noopener noreferrer nofollow\">\
             <strong><em>a</em></strong></a>"
        );
    }
}
