//! The simple Markdown of shipped and administrators' texts (introductions, descriptions) as HTML:
//! paragraphs, headings from level 3, lists, quotes, bold, italic, links. Anything else, raw HTML
//! first, is shown as text.

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use super::section::may_link;

/// The text as HTML whose headings start at level 3.
#[must_use]
pub fn html(markdown: &str) -> String {
    let mut html = String::with_capacity(markdown.len() + markdown.len() / 4);
    for event in Parser::new(markdown) {
        match event {
            Event::Start(tag) => open(&tag, &mut html),
            Event::End(tag) => close(tag, &mut html),
            Event::Text(text)
            | Event::Code(text)
            | Event::Html(text)
            | Event::InlineHtml(text)
            | Event::InlineMath(text)
            | Event::DisplayMath(text)
            | Event::FootnoteReference(text) => escape(&text, &mut html),
            Event::SoftBreak => html.push(' '),
            Event::HardBreak => html.push_str("<br>"),
            Event::Rule => html.push_str("<hr>"),
            Event::TaskListMarker(_) => {}
        }
    }
    html
}

/// The first sentence of the text, without any mark.
#[must_use]
pub fn first_sentence(markdown: &str) -> String {
    let mut plain = String::new();
    for event in Parser::new(markdown) {
        match &event {
            Event::Text(text) | Event::Code(text) => plain.push_str(text),
            Event::SoftBreak | Event::HardBreak => plain.push(' '),
            Event::End(TagEnd::Paragraph) if !plain.is_empty() => break,
            Event::Start(_)
            | Event::End(_)
            | Event::Html(_)
            | Event::InlineHtml(_)
            | Event::InlineMath(_)
            | Event::DisplayMath(_)
            | Event::FootnoteReference(_)
            | Event::Rule
            | Event::TaskListMarker(_) => {}
        }
    }
    let end = plain
        .char_indices()
        .find(|(at, c)| {
            matches!(c, '.' | '?' | '!' | '\u{2026}')
                && plain[at + c.len_utf8()..]
                    .chars()
                    .next()
                    .is_none_or(char::is_whitespace)
        })
        .map_or(plain.len(), |(at, c)| at + c.len_utf8());
    plain.truncate(end);
    plain
}

/// The element of a tag; `None` for what we show as its bare content.
fn element(tag: &TagEnd) -> Option<&'static str> {
    match tag {
        TagEnd::Paragraph => Some("p"),
        TagEnd::Heading(level) => Some(match *level as usize {
            0..=3 => "h3",
            4 => "h4",
            5 => "h5",
            6.. => "h6",
        }),
        TagEnd::BlockQuote(_) => Some("blockquote"),
        TagEnd::CodeBlock | TagEnd::HtmlBlock => Some("p"),
        TagEnd::List(true) => Some("ol"),
        TagEnd::List(false) => Some("ul"),
        TagEnd::Item => Some("li"),
        TagEnd::Emphasis => Some("em"),
        TagEnd::Strong => Some("strong"),
        TagEnd::Link => Some("a"),
        TagEnd::FootnoteDefinition
        | TagEnd::DefinitionList
        | TagEnd::DefinitionListTitle
        | TagEnd::DefinitionListDefinition
        | TagEnd::Table
        | TagEnd::TableHead
        | TagEnd::TableRow
        | TagEnd::TableCell
        | TagEnd::Strikethrough
        | TagEnd::Superscript
        | TagEnd::Subscript
        | TagEnd::Image
        | TagEnd::MetadataBlock(_) => None,
    }
}

fn open(tag: &Tag<'_>, html: &mut String) {
    if let Tag::Link { dest_url, .. } = tag {
        html.push_str("<a");
        if may_link(dest_url) {
            html.push_str(" href=\"");
            escape(dest_url, html);
            html.push_str("\" rel=\"noopener noreferrer nofollow\"");
        }
        html.push('>');
    } else if let Some(element) = element(&tag.to_end()) {
        html.push('<');
        html.push_str(element);
        html.push('>');
    }
}

fn close(tag: TagEnd, html: &mut String) {
    if let Some(element) = element(&tag) {
        html.push_str("</");
        html.push_str(element);
        html.push('>');
    }
}

/// Adds the text with every character that means something in HTML written out.
pub(super) fn escape(text: &str, html: &mut String) {
    for letter in text.chars() {
        match letter {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            other => html.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_become_elements_and_headings_start_at_three() {
        assert_eq!(
            html("# A\n\nb **c** *d*\n\n- [e](https://f.example)\n- g"),
            "<h3>A</h3><p>b <strong>c</strong> <em>d</em></p><ul><li>\
             <a href=\"https://f.example\" rel=\"noopener noreferrer nofollow\">e</a></li><li>g</li></ul>"
        );
    }

    #[test]
    fn no_markup_of_the_source_passes() {
        for source in [
            "<script>alert(1)</script>",
            "a <img src=x onerror=alert(1)> b",
            "[x](javascript:alert(1))",
            "[x](JaVaScRiPt:alert(1))",
            "![x](https://a.example/\"onerror=\"alert(1))",
            "[x](https://a.example/\"onclick=\"alert(1))",
            "<https://a.example/'onclick='>",
        ] {
            let html = html(source);
            assert!(
                !html.contains("<script") && !html.contains("<img"),
                "{html}"
            );
            assert!(!html.to_lowercase().contains("href=\"javascript"), "{html}");
            assert!(
                !html.contains("\"onclick") && !html.contains("\"onerror"),
                "{html}"
            );
        }
    }

    #[test]
    fn a_purpose_is_the_first_sentence() {
        assert_eq!(
            first_sentence("Un **parcours** de 3.5 km. Puis\n\nautre"),
            "Un parcours de 3.5 km."
        );
        assert_eq!(first_sentence("Sans point"), "Sans point");
        assert_eq!(first_sentence(""), "");
    }
}
