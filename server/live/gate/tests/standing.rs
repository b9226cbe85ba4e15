//! Deletes and structure: one input for each rule that only it refuses.

use super::*;

#[test]
fn deletes() {
    let clean = |bytes: &[u8]| matches!(judge(bytes), Verdict::CleanUpOnly(_));
    refused(&[0, 1, 9, 0, 0, 0], Rule::DeletesEmpty);
    refused(&[0, 1, 9, 1, 2, 0], Rule::DeletesEmpty);
    refused(&[0, 1, 9, 2, 2, 2, 3, 1], Rule::DeletesOrder);
    refused(&[0, 1, 9, 2, 4, 1, 2, 1], Rule::DeletesOrder);
    refused(&[0, 2, 9, 1, 2, 1, 9, 1, 3, 1], Rule::DeletesClientTwice);
    // Format marks are cleaned up; text, elements and the level that stands are not.
    assert!(clean(&[0, 1, 9, 1, 5, 2]));
    let reading = accepted(&[0, 1, 9, 1, 3, 1]);
    assert_eq!(
        (reading.sections, reading.deletes_text),
        (vec!["context".to_owned()], true)
    );
    assert!(!accepted(&[0, 1, 9, 1, 8, 1]).deletes_text);
    assert_eq!(accepted(&[0, 1, 9, 1, 7, 1]).sections, ["description"]);
    let own = Up::sections(1)
        .raw(&[1, 20, 0, 0x84, 9, 4])
        .text("d")
        .raw(&[1, 20, 1, 0, 1])
        .0;
    assert!(!accepted(&own).deletes_text);
}

#[test]
fn what_stands_in_a_deleted_element_is_cleaned_up() {
    let mut tables = base();
    accept(&[0, 1, 9, 1, 0, 1], &mut tables);
    let rest = read(&[0, 1, 9, 1, 0, 7], &tables, &Limits::default());
    let Verdict::CleanUpOnly(reading) = rest else {
        panic!("{rest:?}")
    };
    assert_eq!(
        reading.deleted,
        [Range {
            client: 9,
            from: 1,
            to: 7
        }]
    );
    assert_eq!(reading.sections, [""; 0]);
    assert_eq!(
        read(&[0, 1, 9, 1, 0, 1], &tables, &Limits::default()),
        Verdict::NothingNew
    );
    assert_eq!(tables.deletes_update(), [0, 1, 9, 1, 0, 1]);
}

#[test]
fn replaced_attributes_are_cleaned_up() {
    // Two people set the level at once: either may be deleted by every copy.
    let mut tables = base();
    for client in [20, 21] {
        let set = Up::sections(1)
            .raw(&[1, client, 0, 0xa8, 9, 8, 1, 125, 3])
            .end();
        accept(&set, &mut tables);
        let standing = matches!(
            read(&[0, 1, 20, 1, 0, 1], &tables, &Limits::default()),
            Verdict::Accepted(_)
        );
        assert_eq!(standing, client == 20);
        let replaced = read(&[0, 1, 9, 1, 8, 1], &tables, &Limits::default());
        assert!(matches!(replaced, Verdict::CleanUpOnly(_)), "{replaced:?}");
    }
}

#[test]
fn structure() {
    refused(
        &one(1, up().in_root("elsewhere", "paragraph")),
        Rule::RootName,
    );
    refused(
        &one(1, up().raw(&[4, 0, 9, 2]).text("x")),
        Rule::ParentNotType,
    );
    refused(
        &one(1, up().raw(&[0xc4, 9, 4, 9, 7]).text("x")),
        Rule::NeighboursApart,
    );
    // A character beside a paragraph breaks every editor.
    refused(&one(1, up().raw(&[0x84, 9, 0]).text("x")), Rule::TextPlace);
    refused(
        &one(1, up().raw(&[0x86, 9, 0]).text("bold").text("{}")),
        Rule::FormatPlace,
    );
    refused(
        &one(1, up().raw(&[0x85, 9, 4]).text("{}")),
        Rule::EmbedPlace,
    );
    refused(&one(1, up().raw(&[0x88, 9, 0, 1, 126])), Rule::ValuePlace);
    refused(
        &one(1, up().in_root("context", "listItem")),
        Rule::ElementPlace,
    );
    refused(&one(1, up().in_root("context", "")), Rule::ElementPlace);
    refused(&one(1, up().in_type(9, 1, "")), Rule::ElementPlace);
    refused(&one(1, up().in_type(9, 0, "paragraph")), Rule::ElementPlace);
    accepted(&one(1, up().in_type(9, 0, "hardBreak")));
    refused(
        &one(1, up().in_root("context", "script")),
        Rule::ElementName,
    );
    let key =
        |parent: &[u8], key: &str| one(1, up().raw(&[0x28]).raw(parent).text(key).raw(&[1, 126]));
    refused(&key(b"\x01\x07context", "level"), Rule::KeyPlace);
    refused(&key(&[0, 9, 1], "level"), Rule::KeyPlace);
    refused(&key(&[0, 9, 0], "level"), Rule::AttributeName);
    refused(&key(&[0, 9, 7], "onclick"), Rule::AttributeName);
    refused(
        &one(1, up().raw(&[0xa4, 9, 8]).text("x")),
        Rule::AttributeContent,
    );
    refused(
        &one(1, up().raw(&[0x86, 9, 4]).text("blink").text("{}")),
        Rule::MarkName,
    );
    accepted(&one(
        1,
        up().raw(&[0x86, 9, 4]).text("link--aB3+/=x9").text("null"),
    ));
}

#[test]
fn depth() {
    let quotes = |depth: u8| {
        let nested = up().in_root("context", "blockquote");
        one(
            depth,
            (1..depth).fold(nested, |up, at| up.in_type(20, at - 1, "blockquote")),
        )
    };
    accepted(&quotes(32));
    refused(&quotes(33), Rule::TreeDepth);
}

#[test]
fn collected_neighbours() {
    // Client 20 sends a hole; who names it as the only neighbour is collected too.
    let mut tables = base();
    accept(&one(1, up().raw(&[0, 3])), &mut tables);
    assert_eq!(tables.deletes_update(), [0, 1, 20, 1, 0, 3]);
    let beside = Up::sections(1)
        .raw(&[1, 21, 0, 0x84, 20, 2])
        .text("x")
        .end();
    let reading = accept(&beside, &mut tables);
    assert_eq!(reading.sections, [""; 0]);
    // Yjs and the CRDT library would disagree about this one.
    let between = Up::sections(1)
        .raw(&[1, 22, 0, 0xc4, 20, 2, 9, 2])
        .text("x")
        .end();
    let verdict = read(&between, &tables, &Limits::default());
    assert_eq!(verdict, Verdict::Refused(Rule::NeighbourGone));
}
