//! Markdown to update to tree and back, compared with a recording of the real editor.

use super::tree::{Element, Node, Section, Value};
use super::{compact, edit, plain, read};

/// What the real editor wrote (`tests/fixtures/text/record.mjs`).
const RECORDED: &[u8] = include_bytes!("../../tests/fixtures/text/editor.bin");

/// The text that was recorded, as Markdown.
const MARKDOWN: &str = "\
# Titre

Un mot **gras**, un ***les deux*** et un [lien](https://exemple.example/a?b=1).\\
Suite \u{e0} la ligne \u{1f600}.

- un
- deux
  - dedans

> Citation

3. trois
4. quatre

### Sous-titre

---

| Ann\u{e9}e | Montant |
| --- | --- |
| 2026 | **12** |
";

fn sections_of(markdown: &str) -> Vec<Section> {
    let update = edit::from_markdown(&[("context", markdown)], 7);
    read([update.as_slice()]).expect("reads back")
}

fn context(sections: &[Section]) -> &Section {
    sections
        .iter()
        .find(|section| section.key == "context")
        .expect("every section is there")
}

fn first_element(section: &Section) -> &Element {
    match section.nodes.first() {
        Some(Node::Element(element)) => element,
        other => panic!("no element: {other:?}"),
    }
}

#[test]
fn markdown_makes_what_the_editor_writes() {
    assert_eq!(
        sections_of(MARKDOWN),
        read([RECORDED]).expect("the recording reads")
    );
}

#[test]
fn markdown_makes_the_same_items_in_the_same_order() {
    // Same client, same clocks: one differing item would move all that follow.
    let written = compact([edit::from_markdown(&[("context", MARKDOWN)], 7).as_slice()]);
    let recorded = compact([RECORDED]);
    assert_eq!(
        written.expect("compacts").clocks,
        recorded.expect("compacts").clocks
    );
}

#[test]
fn a_tree_says_numbers_marks_and_nothing_that_is_null() {
    let sections = read([RECORDED]).expect("reads");
    let heading = first_element(context(&sections));
    assert_eq!(heading.attributes["level"], Value::Number(2.0));
    let Some(Node::Element(paragraph)) = context(&sections).nodes.get(1) else {
        panic!("a paragraph");
    };
    let link = paragraph.children.iter().find_map(|node| match node {
        Node::Text(run) => run.marks.iter().find(|mark| mark.name == "link"),
        Node::Element(_) => None,
    });
    let link = link.expect("a link");
    assert_eq!(link.text("href"), Some("https://exemple.example/a?b=1"));
    assert!(!link.attributes.contains_key("title"));
    let marks = |text: &str| {
        paragraph.children.iter().find_map(|node| match node {
            Node::Text(run) if run.text == text => Some(
                run.marks
                    .iter()
                    .map(|m| m.name.as_str())
                    .collect::<Vec<_>>(),
            ),
            Node::Text(_) | Node::Element(_) => None,
        })
    };
    assert_eq!(marks("les deux"), Some(vec!["bold", "italic"]));
}

#[test]
fn plain_text_has_a_line_a_block() {
    let text = plain::text(context(&sections_of(MARKDOWN)));
    assert_eq!(
        text,
        "Titre\nUn mot gras, un les deux et un lien.\nSuite \u{e0} la ligne \u{1f600}.\nun\ndeux\n\
         dedans\nCitation\ntrois\nquatre\nSous-titre\nAnn\u{e9}e\tMontant\n2026\t12"
    );
    assert_eq!(plain::word_count(&text), 25);
    assert_eq!(
        plain::word_count("\u{ab}\u{a0}L\u{2019}un\u{a0}\u{bb} \u{2013} 38\u{202f}% !"),
        2
    );
    assert_eq!(plain::visible_chars(" a\u{a0}b \n"), 2);
}

#[test]
fn links_that_no_link_may_be_are_text() {
    for address in [
        "javascript:alert(1)",
        "data:text/html,x",
        "//a.example",
        "a",
    ] {
        let sections = sections_of(&format!("[mot]({address})"));
        let Some(Node::Text(run)) = first_element(context(&sections)).children.first() else {
            panic!("a text");
        };
        assert_eq!(
            (run.text.as_str(), run.marks.len()),
            ("mot", 0),
            "{address}"
        );
    }
}

#[test]
fn empty_markdown_is_an_empty_section_and_odd_markdown_is_kept_as_text() {
    assert!(context(&sections_of("")).nodes.is_empty());
    for (markdown, text) in [
        ("<b onclick=x>a</b>", "<b onclick=x>a</b>"),
        ("`code` et\nsuite", "code et suite"),
        ("###### petit", "petit"),
        ("- \n- b", "\nb"),
        ("```\nligne\nautre\n```", "ligne autre"),
    ] {
        let sections = sections_of(markdown);
        assert_eq!(
            plain::text(context(&sections)).trim_start_matches('\n'),
            text.trim_start_matches('\n'),
            "{markdown}"
        );
    }
    assert_eq!(
        first_element(context(&sections_of("###### petit"))).attributes["level"],
        Value::Number(4.0)
    );
}

#[test]
fn compaction_keeps_text_clocks_and_deletes() {
    use yrs::{Transact as _, XmlFragment as _};

    let first = edit::from_markdown(&[("context", MARKDOWN)], 7);
    let doc = super::open([first.as_slice()]).expect("opens");
    let mut updates = vec![first];
    for _ in 0..3 {
        let mut txn = doc.transact_mut();
        let root = yrs::WriteTxn::get_or_insert_xml_fragment(&mut txn, "context");
        root.remove(&mut txn, 1);
        updates.push(txn.encode_update_v1());
    }
    let slices = || updates.iter().map(Vec::as_slice);
    let compacted = compact(slices()).expect("compacts");
    assert_eq!(
        read([compacted.update.as_slice()]).expect("reads"),
        read(slices()).expect("reads")
    );
    assert!(compacted.update.len() < updates.iter().map(Vec::len).sum());
    assert_eq!(compacted.clocks.len(), 1);
}

#[test]
fn a_gap_is_never_compacted() {
    let first = edit::from_markdown(&[("context", "un")], 7);
    let doc = super::open([first.as_slice()]).expect("opens");
    let second = {
        use yrs::{Transact as _, XmlElementPrelim, XmlFragment as _};
        let mut txn = doc.transact_mut();
        let root = yrs::WriteTxn::get_or_insert_xml_fragment(&mut txn, "context");
        root.push_back(&mut txn, XmlElementPrelim::empty("paragraph"));
        txn.encode_update_v1()
    };
    assert!(matches!(
        compact([second.as_slice()]),
        Err(super::Unreadable::Gap)
    ));
    assert!(compact([&[1, 255, 255][..]]).is_err());
}

#[test]
fn only_a_large_deletion_in_one_update_is_one() {
    use super::past::Follower;
    use yrs::{Transact as _, XmlFragment as _};

    let text = (0..40)
        .map(|n| format!("{n} {}", "mot ".repeat(25)))
        .collect::<Vec<_>>();
    let first = edit::from_markdown(&[("context", &text.join("\n\n"))], 7);
    let doc = super::open([first.as_slice()]).expect("opens");
    let remove = |count: u32| {
        let mut txn = doc.transact_mut();
        let root = yrs::WriteTxn::get_or_insert_xml_fragment(&mut txn, "context");
        root.remove_range(&mut txn, 0, count);
        txn.encode_update_v1()
    };
    let (few, many) = (remove(8), remove(24));
    let mut follower = Follower::at([]).expect("empty");
    assert_eq!(follower.follow(&first).expect("applies"), None);
    assert_eq!(follower.follow(&few).expect("applies"), None);
    let before = follower
        .follow(&many)
        .expect("applies")
        .expect("a large deletion");
    assert!(before.starts_with("8 mot"), "{before}");
}

/// 40 paragraphs, and what makes an update of an edit of them.
fn paragraphs() -> (Vec<u8>, yrs::Doc) {
    let text = (0..40)
        .map(|n| format!("{n} {}", "mot ".repeat(25)))
        .collect::<Vec<_>>();
    let first = edit::from_markdown(&[("context", &text.join("\n\n"))], 7);
    let doc = super::open([first.as_slice()]).expect("opens");
    (first, doc)
}

#[test]
fn what_goes_with_a_deleted_paragraph_counts() {
    use super::past::Follower;
    use yrs::branch::BranchID;
    use yrs::{Transact as _, XmlFragment as _, XmlOut};

    fn put(bytes: &mut Vec<u8>, mut number: u64) {
        while number >= 0x80 {
            bytes.push(number as u8 | 0x80);
            number >>= 7;
        }
        bytes.push(number as u8);
    }
    let (first, doc) = paragraphs();
    let mut txn = doc.transact_mut();
    let root = yrs::WriteTxn::get_or_insert_xml_fragment(&mut txn, "context");
    // A client of another make names the paragraphs alone.
    let mut update = vec![0, 1];
    put(&mut update, 7);
    put(&mut update, 30);
    for at in 0..30 {
        let Some(XmlOut::Element(paragraph)) = root.get(&txn, at) else {
            panic!("a paragraph");
        };
        let branch: &yrs::branch::Branch = paragraph.as_ref();
        let BranchID::Nested(id) = branch.id() else {
            panic!("in the section");
        };
        put(&mut update, u64::from(id.clock));
        put(&mut update, 1);
    }
    drop(txn);
    let mut follower = Follower::at([first.as_slice()]).expect("opens");
    assert!(follower.follow(&update).expect("applies").is_some());
    assert_eq!(follower.follow(&update).expect("applies"), None, "again");
}

#[test]
fn a_large_part_that_only_moves_does_not_go() {
    use super::past::Follower;
    use yrs::{Transact as _, XmlElementPrelim, XmlFragment as _, XmlTextPrelim};

    let (first, doc) = paragraphs();
    let mut txn = doc.transact_mut();
    let root = yrs::WriteTxn::get_or_insert_xml_fragment(&mut txn, "context");
    root.remove_range(&mut txn, 0, 30);
    for n in 0..30 {
        let words = format!("{n} {}", "mot ".repeat(25));
        let paragraph = root.insert(&mut txn, 10 + n, XmlElementPrelim::empty("paragraph"));
        paragraph.insert(&mut txn, 0, XmlTextPrelim::new(words.trim_end()));
    }
    let moved = txn.encode_update_v1();
    let mut follower = Follower::at([first.as_slice()]).expect("opens");
    assert_eq!(follower.follow(&moved).expect("applies"), None);
}
