//! What it costs copies to put structs where they stand: bounded for those who pretend not to know
//! what stands there, nothing for those who do.

use super::*;

/// How much the structs of a test may weigh.
const MOST: u64 = 2_000;

/// A text of these units at client 9 (clock 2 on), as many pieces when `cut` says so: client 8
/// puts a character between each two.
fn passage(units: u32, cut: bool) -> Tables {
    let up = Up::sections(1).raw(&[3, 9, 0]);
    let up = up.in_root("context", "paragraph").in_type(9, 0, "");
    let up = up.raw(&[4, 0, 9, 1]).text(&"x".repeat(units as usize));
    let mut tables = Tables::new();
    accept(&up.end(), &mut tables);
    for at in 0..if cut { units - 1 } else { 0 } {
        let up = Up::sections(1).raw(&[1, 8]).uint(at.into());
        let up = named(up, 0xc4, &[(9, 2 + at), (9, 3 + at)]).text("-");
        accept(&up.end(), &mut tables);
    }
    tables
}

fn named(up: Up, kind: u8, ids: &[(u8, u32)]) -> Up {
    let up = up.raw(&[kind]);
    ids.iter().fold(up, |up, (client, clock)| {
        up.raw(&[*client]).uint((*clock).into())
    })
}

/// How many of these structs of client 20 get in, one an update, and what the rest breaks.
fn taken(tables: &mut Tables, structs: impl Iterator<Item = Up>) -> (u64, Option<Rule>) {
    let limits = Limits {
        crossings: MOST,
        crossings_a_piece: 0,
        ..Limits::default()
    };
    taken_within(&limits, tables, structs)
}

fn taken_within(
    limits: &Limits,
    tables: &mut Tables,
    structs: impl Iterator<Item = Up>,
) -> (u64, Option<Rule>) {
    let mut clock = 0;
    for one in structs {
        let up = Up::sections(1).raw(&[1, 20]).uint(clock).raw(&one.0);
        match read(&up.text("y").end(), tables, limits) {
            Verdict::Accepted(reading) => tables.apply(&reading),
            Verdict::Refused(rule) => return (clock, Some(rule)),
            verdict @ (Verdict::Gap | Verdict::NothingNew | Verdict::CleanUpOnly(_)) => {
                panic!("{verdict:?}")
            }
        }
        clock += 1;
    }
    (clock, None)
}

#[test]
fn a_document_bears_more_crossings_the_more_pieces_it_has() {
    // What is refused of a text in few pieces is let in where a text has many.
    let limits = Limits {
        crossings: 100,
        crossings_a_piece: 40,
        ..Limits::default()
    };
    let further = || (0..100).map(|at| named(up(), 0xc4, &[(9, 2), (9, 4 + at)]));
    let (few, rule) = taken_within(&limits, &mut passage(500, false), further());
    assert_eq!(rule, Some(Rule::CrossingCount));
    let mut tables = passage(500, false);
    // Many marks one after the other in another paragraph: they weigh nothing.
    let elsewhere = Up::sections(1).raw(&[3, 7, 0]);
    let elsewhere = elsewhere.in_root("description", "paragraph");
    let elsewhere = elsewhere.in_type(7, 0, "").raw(&[4, 0, 7, 1]).text("z");
    accept(&elsewhere.end(), &mut tables);
    for at in 0..200 {
        let one = Up::sections(1).raw(&[1, 7]).uint(3 + at);
        let one = named(one, 0x86, &[(7, 2 + at as u32)]);
        accept(&one.text("bold").text("{}").end(), &mut tables);
    }
    assert_eq!(tables.crossings(), 0);
    let (many, _) = taken_within(&limits, &mut tables, further());
    assert!(many > few, "{many} and {few} structs");
}

#[test]
fn crossing_count_bounds_what_pretends_not_to_know_the_text() {
    // Always the same left neighbour, and every time a right one further on.
    let mut tables = passage(500, false);
    let further = (0..400).map(|at| named(up(), 0xc4, &[(9, 2), (9, 4 + at)]));
    let (count, rule) = taken(&mut tables, further);
    assert_eq!(rule, Some(Rule::CrossingCount));
    assert!(count * count < 4 * MOST, "{count} structs");
    // Behind each unit, as if nothing followed.
    let mut tables = passage(500, true);
    let last = (0..400).map(|at| named(up(), 0x84, &[(9, 2 + at)]));
    let (count, rule) = taken(&mut tables, last);
    assert_eq!(rule, Some(Rule::CrossingCount));
    assert!(count * 500 <= MOST, "{count} structs");
    // Behind one unit, again and again as if nothing else was put there.
    let mut tables = passage(500, true);
    let same = (0..400).map(|_| named(up(), 0xc4, &[(9, 2), (9, 3)]));
    let (count, rule) = taken(&mut tables, same);
    assert_eq!(rule, Some(Rule::CrossingCount));
    assert!(count * 500 <= MOST, "{count} structs");
    // What deletes cut into pieces weighs as much.
    let mut tables = passage(500, false);
    let up = Up(vec![0, 1, 9]).uint(240);
    let deletes = (0..240).fold(up, |up, at| up.uint(3 + 2 * at).raw(&[1]));
    accept(&deletes.0, &mut tables);
    let last = (0..400).map(|at| named(Up::default(), 0x84, &[(9, 2 + at)]));
    let (count, rule) = taken(&mut tables, last);
    assert_eq!(rule, Some(Rule::CrossingCount));
    assert!(count * 480 <= MOST, "{count} structs");
}

#[test]
fn who_knows_the_text_weighs_nothing() {
    // Each before what was typed last, behind the same unit; then each behind it.
    let mut tables = passage(500, true);
    let first = named(up(), 0xc4, &[(9, 2), (8, 0)]);
    let before = (0..300).map(|at| named(up(), 0xc4, &[(9, 2), (20, at)]));
    let (count, rule) = taken(&mut tables, [first].into_iter().chain(before));
    assert_eq!((count, rule), (301, None));
    assert_eq!(tables.crossings(), 0);
    let stored = Tables::from_bytes(&tables.to_bytes());
    assert_eq!(stored, Ok(tables));
}

#[test]
fn two_who_write_in_one_place_at_once_weigh_what_stands_there() {
    let mut tables = passage(10, false);
    for (client, weight) in [(20, 0), (21, 11)] {
        let up = Up::sections(1).raw(&[1, client, 0]);
        accept(
            &named(up, 0xc4, &[(9, 4), (9, 5)]).text("z").end(),
            &mut tables,
        );
        // The passage is two pieces by then, and the first "z" one: each with what it cut.
        assert_eq!(tables.crossings() > 0, weight > 0);
    }
    assert!(tables.crossings() < 6, "{}", tables.crossings());
}

#[test]
fn pieces_are_what_a_copy_cannot_join() {
    let mut tables = base();
    let before = tables.pieces();
    let mut type_one = |bytes: &[u8]| {
        accept(bytes, &mut tables);
        tables.pieces() - before
    };
    let typed = |clock: u8, names: &[u8]| Up::sections(1).raw(&[1, 20, clock]).raw(names);
    // At the end, then on: one piece. The same words with other right neighbours: one each.
    assert_eq!(type_one(&typed(0, &[0x84, 9, 6]).text("a").end()), 1);
    assert_eq!(type_one(&typed(1, &[0x84, 20, 0]).text("b").end()), 1);
    assert_eq!(type_one(&typed(2, &[0xc4, 20, 1, 9, 3]).text("c").end()), 2);
    assert_eq!(type_one(&typed(3, &[0xc4, 20, 2, 9, 4]).text("d").end()), 3);
    assert_eq!(type_one(&typed(4, &[0xc4, 20, 3, 9, 4]).text("e").end()), 3);
    // Marks go on with nothing; what stands inside a passage cuts it.
    let mark = typed(5, &[0x86, 20, 4]).text("bold").text("{}").end();
    assert_eq!(type_one(&mark), 4);
    assert_eq!(type_one(&typed(6, &[0xc4, 9, 2, 9, 3]).text("f").end()), 6);
}

#[test]
fn pieces_are_counted_anew_from_a_compacted_document() {
    // Twenty characters are deleted one by one, every second first: one hole in the end.
    let mut tables = passage(30, false);
    for at in (0..20).step_by(2).chain((1..20).step_by(2)) {
        accept(&[0, 1, 9, 1, 2 + at, 1], &mut tables);
    }
    assert!(tables.pieces() > 10, "{}", tables.pieces());
    let up = Up::sections(1).raw(&[4, 9, 0]);
    let up = up.in_root("context", "paragraph").in_type(9, 0, "");
    let up = up
        .raw(&[1, 0, 9, 1, 20])
        .raw(&[0x84, 9, 21])
        .text(&"x".repeat(10));
    let compacted = up.raw(&[1, 9, 1, 2, 20]).0;
    tables.recount(&compacted);
    assert_eq!(tables.pieces(), 4);
    assert_eq!(Tables::stored_pieces(&tables.to_bytes()), Some(4));
    // Nothing is known of what cannot be read.
    tables.recount(&[9]);
    assert_eq!(tables.pieces(), 4);
}
