//! Updates that build on what is neither held nor in them.

use super::without::without;
use super::*;
use crate::live::gate::rule::Gap;

/// It is a gap, for this reason alone.
#[track_caller]
fn gap(why: Gap, bytes: &[u8]) {
    assert_eq!(judge(bytes), Verdict::Gap);
    assert_ne!(without(why, || judge(bytes)), Verdict::Gap, "only {why:?}");
}

#[test]
fn gap_start() {
    gap(Gap::Start, &Up::sections(1).raw(&[1, 9, 10, 0, 1]).end());
}

#[test]
fn gap_absent() {
    gap(Gap::Absent, &one(1, up().raw(&[0x84, 9, 9]).text("x")));
    gap(Gap::Absent, &one(1, up().raw(&[0x84, 8, 0]).text("x")));
    gap(Gap::Absent, &one(1, up().raw(&[0x44, 8, 0]).text("x")));
    gap(Gap::Absent, &one(1, up().raw(&[4, 0, 8, 0]).text("x")));
    gap(Gap::Absent, &one(1, up().raw(&[0x84, 20, 9]).text("x")));
}

#[test]
fn gap_circle() {
    // Names itself; two that name each other; one that names what follows it.
    gap(Gap::Circle, &one(1, up().raw(&[0x84, 20, 0]).text("x")));
    let circle = Up::sections(2).raw(&[1, 21, 0, 0x84, 20, 0]).text("x");
    let circle = circle.raw(&[1, 20, 0, 0x84, 21, 0]).text("x");
    gap(Gap::Circle, &circle.end());
    let own = up()
        .raw(&[0x84, 20, 1])
        .text("x")
        .raw(&[0x84, 9, 4])
        .text("y");
    gap(Gap::Circle, &one(2, own));
}

#[test]
fn gap_delete() {
    gap(Gap::Delete, &[0, 1, 9, 1, 8, 2]);
    gap(Gap::Delete, &[0, 1, 8, 1, 0, 1]);
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
    let range = |client, to| Range {
        client,
        from: 0,
        to,
    };
    assert_eq!(reading.new, [range(21, 2), range(20, 3)]);
}
