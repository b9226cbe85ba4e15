//! What is read: framing, limits, what is held already, state vectors, stored tables.

use super::*;

#[test]
fn what_is_typed_touches_its_section() {
    assert_eq!(judge(&[0, 0]), Verdict::NothingNew);
    let typed = one(1, up().raw(&[0x84, 9, 4]).text("d"));
    assert_eq!(names(&accepted(&typed)), ["context"]);
}

#[test]
fn what_stands_at_the_limits_is_read() {
    // Ids up to 2^53, clocks up to 2^31, 32 levels of elements.
    let hole = Up::sections(1).raw(&[1]).uint((1 << 53) - 1).raw(&[0, 0]);
    let reading = accepted(&hole.uint((1 << 31) - 1).end());
    assert_eq!(reading.new[0].to, (1 << 31) - 1);
    let nested = up().in_root("context", "blockquote");
    let nested = (1..32).fold(nested, |up, at| up.in_type(20, at - 1, "blockquote"));
    assert_eq!(accepted(&one(32, nested)).new[0].to, 32);
}

#[test]
fn what_editors_write_in_marks_and_attributes_is_read() {
    for (key, value) in [
        ("bold", "{}"),
        ("italic", "null"),
        ("bold", "true"),
        ("link", r#"{"href":"https://exemple.fr/é?a=1"}"#),
        ("link--aB3+/=x9", r#"{"href":"mailto:nom@region.example"}"#),
        (
            "link",
            r#"{"href":"http://a.fr","target":"_blank","rel":"nofollow","class":null}"#,
        ),
    ] {
        accepted(&one(1, up().raw(&[0x86, 9, 4]).text(key).text(value)));
    }
    let level = |value: &[u8]| one(1, up().raw(&[0xa8, 9, 8, 1]).raw(value));
    for value in [&[125, 2][..], &[125, 4], &[124, 0x40, 0x40, 0, 0]] {
        assert_eq!(names(&accepted(&level(value))), ["description"]);
    }
    accepted(&one(1, up().in_type(9, 0, "hardBreak")));
    // A list that begins at 33 612 345 678, and one that counts down from -3.
    for start in [
        &[123, 0x42, 0x1f, 0x4d, 0xce, 0xc5, 0x38, 0, 0][..],
        &[125, 0x43],
    ] {
        accepted(&in_list(start));
    }
    // Two levels set and replaced, kept for an undo, are sent as one struct and deleted.
    let kept = Up::sections(1).raw(&[2, 20, 0, 0xa8, 9, 8, 2, 125, 2, 125, 3]);
    accepted(&kept.raw(&[0xa8, 20, 1, 1, 125, 4, 1, 20, 1, 0, 2]).0);
}

/// A list that begins at this value.
fn in_list(start: &[u8]) -> Vec<u8> {
    let up = up().in_root("context", "orderedList");
    let up = up.raw(&[0x28, 0, 20, 0]).text("start").raw(&[1]);
    one(2, up.raw(start))
}

#[test]
fn neighbours_may_come_in_any_order_of_writing() {
    // "x" written first, then "y" before it, then "z" between them.
    let mut tables = base();
    accept(
        &one(1, up().raw(&[0xc4, 9, 3, 9, 4]).text("x")),
        &mut tables,
    );
    let before = Up::sections(1)
        .raw(&[1, 20, 1, 0xc4, 9, 3, 20, 0])
        .text("y");
    accept(&before.end(), &mut tables);
    let between = Up::sections(1)
        .raw(&[1, 20, 2, 0xc4, 20, 1, 20, 0])
        .text("z");
    accept(&between.end(), &mut tables);
}

#[test]
fn what_is_held_is_skipped() {
    // "bcd" again from clock 3 of client 20: only what follows is new.
    let mut tables = base();
    for (text, new) in [("ab", (0, 2)), ("abcd", (2, 4))] {
        let reading = accept(&one(1, up().raw(&[0x84, 9, 4]).text(text)), &mut tables);
        assert_eq!(
            reading.new,
            [Range {
                client: 20,
                from: new.0,
                to: new.1
            }]
        );
    }
    let again = one(1, up().raw(&[0x84, 9, 4]).text("abc"));
    assert_eq!(
        read(&again, &tables, &Limits::default()),
        Verdict::NothingNew
    );
    let other = one(1, up().raw(&[0x81, 9, 4]).uint(9));
    assert!(matches!(
        read(&other, &tables, &Limits::default()),
        Verdict::Accepted(_)
    ));
}

#[test]
fn state_vectors() {
    assert_eq!(read_state_vector(&[0]), Ok(vec![]));
    assert_eq!(read_state_vector(&base().state_vector()), Ok(vec![(9, 9)]));
}

#[test]
fn stored_tables_are_read_back_or_refused() {
    let stored = base().to_bytes();
    assert_eq!(Tables::from_bytes(&stored), Ok(base()));
    for at in 0..stored.len() {
        let mut damaged = stored.clone();
        damaged[at] ^= 1;
        assert_eq!(Tables::from_bytes(&damaged), Err(Corrupt));
        assert_eq!(Tables::from_bytes(&stored[..at]), Err(Corrupt));
    }
}
