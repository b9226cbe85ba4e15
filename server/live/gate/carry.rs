//! What attributes and marks may carry. Values are judged after their escapes are decoded: a reader
//! that decodes later would see another address than the one judged here.

use super::bytes::Bytes;
use super::json;
use super::rule::{Rule, refuse};
use super::value::{self, Value};
use crate::live::schema::{LINK_ATTRIBUTES, LINK_SCHEMES, Values};

/// The most columns with a width of their own.
const WIDTHS: usize = 100;

/// Judges every value that a struct gives to an attribute; the first reading found them well formed.
pub(super) fn check_values(mut bytes: Bytes<'_>, count: u32, holds: Values) -> Result<(), Rule> {
    for _ in 0..count {
        if !may_hold(holds, value::read(&mut bytes, &mut 0, usize::MAX)?) {
            refuse(Rule::AttributeValue)?;
        }
    }
    Ok(())
}

fn may_hold(holds: Values, value: Value<'_>) -> bool {
    match (holds, value) {
        // A number as text would be added to others as text; none makes an editor delete the cell.
        (Values::Integer { least, most }, Value::Integer(number)) => {
            (least..=most).contains(&number)
        }
        (Values::Word | Values::Widths, Value::Null) => true,
        (Values::Word, Value::Text(text)) => text.len() <= 32,
        (Values::Widths, Value::Integers { count, least, most }) => {
            count <= WIDTHS && least >= 0 && most <= 100_000
        }
        (
            Values::Integer { .. },
            Value::Null | Value::Text(_) | Value::Integers { .. } | Value::Other,
        )
        | (Values::Word, Value::Integer(_) | Value::Integers { .. } | Value::Other)
        | (Values::Widths, Value::Integer(_) | Value::Text(_) | Value::Other) => false,
    }
}

/// Judges what a mark carries: nothing (`null` ends it, `{}` and `true` begin it), and for a link
/// the names that links have, with texts, and an address that is safe to follow.
pub(super) fn check_mark(mark: &str, text: &str) -> Result<(), Rule> {
    if matches!(text, "null" | "{}" | "true") {
        return Ok(());
    }
    let mut safe = true;
    let known = json::members(text, |key, value| {
        if key == "href" {
            safe &= value.is_none_or(is_safe_address);
        }
        mark == "link" && LINK_ATTRIBUTES.contains(&key)
    });
    if !known {
        refuse(Rule::MarkValue)?;
    }
    if !safe {
        refuse(Rule::LinkAddress)?;
    }
    Ok(())
}

/// Whether an address is absolute, of a scheme that is safe to follow, and one word: browsers drop
/// tabs and line ends inside addresses, and what stands before the scheme.
fn is_safe_address(address: &str) -> bool {
    let Some((scheme, rest)) = address.split_once(':') else {
        return false;
    };
    let known = LINK_SCHEMES
        .iter()
        .any(|known| known.eq_ignore_ascii_case(scheme));
    // Without a host it would lead into the site that shows it: `https:/compte`.
    let leads_out = scheme.eq_ignore_ascii_case("mailto")
        || rest
            .strip_prefix("//")
            .is_some_and(|host| !host.starts_with(['/', '\\', '?', '#']) && !host.is_empty());
    known && leads_out && !rest.is_empty() && !address.bytes().any(|b| b <= b' ' || b == 0x7f)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for good in [
            "https://exemple.fr/é?a=1#b",
            "HTTP://exemple.fr",
            "mailto:nom@region.example",
            "https://exemple.fr/javascript:alert(1)",
        ] {
            assert!(is_safe_address(good), "{good}");
        }
        for bad in [
            "",
            ":",
            "https:",
            "mailto:",
            "https://",
            "https:compte",
            "https:/compte/x",
            "https:\\\\exemple.fr",
            "https:///compte",
            "HTTP:?compte",
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            " javascript:alert(1)",
            "java\tscript:alert(1)",
            "java\nscript:alert(1)",
            "\u{1}javascript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
            "blob:https://exemple.fr/1",
            "//exemple.fr",
            "/page",
            "page",
            "?q=a:b",
            " https://exemple.fr",
            "https://exemple.fr/a b",
            "ht\ttps://exemple.fr",
            "https\u{0}://exemple.fr",
            "ｈttps://exemple.fr",
        ] {
            assert!(!is_safe_address(bad), "{bad:?}");
        }
    }

    #[test]
    fn values_of_attributes() {
        let level = Values::Integer { least: 2, most: 4 };
        let integer = Value::Integer;
        for (holds, value, may) in [
            (level, integer(2), true),
            (level, integer(1), false),
            (level, integer(5), false),
            (level, integer(-2), false),
            (level, Value::Text("3"), false),
            (level, Value::Null, false),
            (level, Value::Other, false),
            (Values::Word, Value::Null, true),
            (Values::Widths, Value::Null, true),
            (Values::Word, Value::Text("center"), true),
            (Values::Word, Value::Text(&"x".repeat(33)), false),
            (Values::Word, integer(1), false),
            (Values::Widths, integer(1), false),
        ] {
            assert_eq!(may_hold(holds, value), may, "{holds:?} {value:?}");
        }
        let widths =
            |count, least, most| may_hold(Values::Widths, Value::Integers { count, least, most });
        assert!(widths(0, 0, 0) && widths(100, 0, 100_000));
        assert!(!widths(101, 0, 0) && !widths(1, -1, 0) && !widths(1, 0, 100_001));
    }

    #[test]
    fn marks() {
        let bold = |text| check_mark("bold", text);
        let link = |text| check_mark("link", text);
        for text in ["null", "{}", "true", " { } "] {
            assert_eq!((bold(text), link(text)), (Ok(()), Ok(())), "{text}");
        }
        assert_eq!(link(r#"{"href":null}"#), Ok(()));
        // What Tiptap's own link writes.
        let tiptap = r#"{"href":"https://a.fr","target":"_blank","rel":"nofollow","class":null,"title":null}"#;
        assert_eq!(link(tiptap), Ok(()));
    }

    #[test]
    fn mark_value() {
        for text in [r#"{"a":"b"}"#, "1", "false"] {
            assert_eq!(check_mark("bold", text), Err(Rule::MarkValue), "{text}");
        }
        for text in [r#"{"onclick":"x"}"#, r#"{"href":["https://a.fr"]}"#] {
            assert_eq!(check_mark("link", text), Err(Rule::MarkValue), "{text}");
        }
    }

    #[test]
    fn link_address() {
        for text in [
            r#"{"href":"\u006aavascript:x"}"#,
            r#"{"hr\u0065f":"javascript:x"}"#,
        ] {
            assert_eq!(check_mark("link", text), Err(Rule::LinkAddress), "{text}");
        }
    }
}
