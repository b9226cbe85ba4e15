//! Framing, numbers, order and gaps: one input for each rule that only it refuses.

use super::*;

#[test]
fn framing() {
    assert_eq!(judge(&[0, 0]), Verdict::NothingNew);
    let typed = one(1, up().raw(&[0x84, 9, 4]).text("d"));
    assert_eq!(accepted(&typed).sections, ["context"]);
    let small = Limits {
        update_bytes: typed.len() - 1,
        ..Limits::default()
    };
    assert_eq!(
        read(&typed, &base(), &small),
        Verdict::Refused(Rule::UpdateTooLarge)
    );
    for end in 0..typed.len() {
        assert!(
            matches!(judge(&typed[..end]), Verdict::Refused(_)),
            "cut at {end}"
        );
    }
    refused(&[typed.as_slice(), &[0]].concat(), Rule::TrailingBytes);
    refused(&[0x80, 0, 0], Rule::NumberNotCanonical);
    refused(&[0xff, 0xff, 0xff, 0xff, 0x0f], Rule::CountBeyondBytes);
    refused(&[0], Rule::Truncated);
    refused(&one(1, up().raw(&[0x84, 9, 4, 1, 0xff])), Rule::TextNotUtf8);
    // A clock of 2^31, a client id of 2^53, a length that ends beyond 2^31.
    let gc = |client: u64, clock: u64, length: u64| {
        let up = Up::sections(1)
            .raw(&[1])
            .uint(client)
            .uint(clock)
            .raw(&[0])
            .uint(length);
        up.end()
    };
    refused(&gc(20, 1 << 31, 1), Rule::NumberTooLarge);
    refused(&gc(1 << 53, 0, 1), Rule::NumberTooLarge);
    refused(&gc(20, 1, (1 << 31) - 1), Rule::NumberTooLarge);
}

#[test]
fn sections_and_structs() {
    refused(
        &Up::sections(1).raw(&[0, 20, 0, 0, 1]).end(),
        Rule::SectionEmpty,
    );
    let twice = |a: u8, b: u8| Up::sections(2).raw(&[1, a, 0, 0, 1, 1, b, 0, 0, 1]).end();
    assert_eq!(accepted(&twice(21, 20)).new.len(), 2);
    refused(&twice(20, 21), Rule::SectionOrder);
    // A client section that comes twice: the CRDT library misreads it.
    refused(&twice(20, 20), Rule::SectionOrder);
    for kind in [0x20, 2, 3, 9, 10, 11, 31] {
        // Kind 2 is the JSON of old clients, which the CRDT library does not survive; 10 a skip.
        refused(
            &one(1, up().raw(&[0x80 | kind, 9, 4, 1, 1, 0])),
            Rule::ContentKind,
        );
    }
    refused(
        &one(1, up().raw(&[10, 1, 7]).text("context").raw(&[5])),
        Rule::ContentKind,
    );
    refused(&one(1, up().raw(&[0x84, 9, 4, 0])), Rule::ContentEmpty);
    refused(&one(1, up().raw(&[0, 0])), Rule::ContentEmpty);
    refused(
        &one(1, up().raw(&[7, 2]).text("context").node("")),
        Rule::ParentFlag,
    );
    for kind in [0, 1, 2, 4, 5, 7, 9] {
        refused(
            &one(1, up().raw(&[7, 1]).text("context").raw(&[kind, 0])),
            Rule::TypeKind,
        );
    }
}

#[test]
fn values_and_json() {
    let level = |value: &[u8]| one(1, up().raw(&[0xa8, 9, 8, 1]).raw(value));
    assert_eq!(accepted(&level(&[125, 3])).sections, ["description"]);
    refused(&level(&[115]), Rule::ValueTag);
    // 14 kB of nested arrays end the process of who decodes them by recursion.
    refused(&level(&[117, 1].repeat(7_000)), Rule::ValueDepth);
    refused(
        &level(&[&[117, 0x90, 0x4e][..], &[126; 10_000]].concat()),
        Rule::ValueCount,
    );
    refused(&level(b"\x76\x01\x09__proto__\x7e"), Rule::ValueKey);
    let bold = |json: &str| one(1, up().raw(&[0x86, 9, 4]).text("bold").text(json));
    accepted(&bold(r#"{"a":[1,"é"]}"#));
    refused(&bold("{"), Rule::JsonMalformed);
    refused(&bold(&"[".repeat(17)), Rule::JsonDepth);
    refused(
        &bold(&format!("[{}0]", "0,".repeat(2_000))),
        Rule::JsonCount,
    );
    refused(&bold(r#"{"a":1,"a":1}"#), Rule::JsonKeyTwice);
    refused(&bold(r#""\ud800""#), Rule::JsonSurrogate);
    refused(&bold("1e999"), Rule::JsonNumber);
}

#[test]
fn gaps() {
    // Starts beyond our clock; names what nobody has; names itself; two that name each other.
    assert_eq!(
        judge(&Up::sections(1).raw(&[1, 9, 10, 0, 1]).end()),
        Verdict::Gap
    );
    assert_eq!(
        judge(&one(1, up().raw(&[0x84, 9, 9]).text("x"))),
        Verdict::Gap
    );
    assert_eq!(
        judge(&one(1, up().raw(&[0x84, 8, 0]).text("x"))),
        Verdict::Gap
    );
    assert_eq!(
        judge(&one(1, up().raw(&[0x84, 20, 0]).text("x"))),
        Verdict::Gap
    );
    let circle = Up::sections(2).raw(&[1, 21, 0, 0x84, 20, 0]).text("x");
    let circle = circle.raw(&[1, 20, 0, 0x84, 21, 0]).text("x");
    assert_eq!(judge(&circle.end()), Verdict::Gap);
    assert_eq!(judge(&[0, 1, 9, 1, 8, 2]), Verdict::Gap);
    assert_eq!(judge(&[0, 1, 8, 1, 0, 1]), Verdict::Gap);
}

#[test]
fn a_struct_may_name_one_that_stands_later() {
    let late = Up::sections(2)
        .raw(&[2, 21, 0, 0x84, 20, 1])
        .text("x")
        .raw(&[0x84, 20, 2])
        .text("y");
    let late = late
        .raw(&[2, 20, 0, 0x84, 9, 4])
        .text("ab")
        .raw(&[0x84, 21, 0])
        .text("c");
    let reading = accepted(&late.end());
    assert_eq!(
        reading.new,
        [
            Range {
                client: 21,
                from: 0,
                to: 2
            },
            Range {
                client: 20,
                from: 0,
                to: 3
            }
        ]
    );
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
    let elsewhere = one(1, up().raw(&[0x81, 9, 7]).uint(9));
    let verdict = read(&elsewhere, &tables, &Limits::default());
    assert_eq!(verdict, Verdict::Refused(Rule::NeighboursApart));
    let other = one(1, up().raw(&[0x81, 9, 4]).uint(9));
    assert!(matches!(
        read(&other, &tables, &Limits::default()),
        Verdict::Accepted(_)
    ));
}

#[test]
fn a_struct_goes_on_as_what_it_began() {
    let mut tables = base();
    let mark = one(1, up().raw(&[0x86, 9, 4]).text("bold").text("{}"));
    accept(&mark, &mut tables);
    let text = one(1, up().raw(&[0x84, 9, 4]).text("ab"));
    let verdict = read(&text, &tables, &Limits::default());
    assert_eq!(verdict, Verdict::Refused(Rule::ContinuesOther));
}

#[test]
fn state_vectors() {
    assert_eq!(read_state_vector(&[0]), Ok(vec![]));
    assert_eq!(read_state_vector(&base().state_vector()), Ok(vec![(9, 9)]));
    assert_eq!(
        read_state_vector(&[2, 1, 1, 1, 2]),
        Err(Rule::VectorClientTwice)
    );
    assert_eq!(read_state_vector(&[1, 1, 1, 1]), Err(Rule::TrailingBytes));
    assert_eq!(read_state_vector(&[9, 1, 1]), Err(Rule::CountBeyondBytes));
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
