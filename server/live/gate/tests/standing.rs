//! What deletes take away, and what stands beside collected history.

use super::*;

#[test]
fn deletes() {
    let clean = |bytes: &[u8]| matches!(judge(bytes), Verdict::CleanUpOnly(_));
    // Format marks are cleaned up; text, elements and the level that stands are not.
    assert!(clean(&[0, 1, 9, 1, 5, 2]));
    let reading = accepted(&[0, 1, 9, 1, 3, 1]);
    assert_eq!(
        (names(&reading), reading.deletes_text),
        (vec!["context"], true)
    );
    assert!(!accepted(&[0, 1, 9, 1, 8, 1]).deletes_text);
    assert_eq!(names(&accepted(&[0, 1, 9, 1, 7, 1])), ["description"]);
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
    assert!(reading.sections.is_empty());
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
        let Verdict::CleanUpOnly(reading) = replaced else {
            panic!("{replaced:?}")
        };
        // Which of the two holds is not known here: it may be a change of the section.
        let disputed = client == 21;
        assert_eq!(reading.sections.is_empty(), !disputed);
    }
    let either = read(&[0, 1, 20, 1, 0, 1], &tables, &Limits::default());
    let Verdict::CleanUpOnly(reading) = either else {
        panic!("{either:?}")
    };
    assert_eq!(names(&reading), ["description"]);
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
    assert!(reading.sections.is_empty());
}
