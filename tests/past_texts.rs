//! Texts of two moments: one made into the other, and what lies between them marked.

use chantier::render::section;
use chantier::text::{Section, diff, edit, plain, read, restore};

const LONG: &str = "# Titre\n\nUn mot **gras**, un ***les deux*** et un [lien](https://exemple.example/a?b=1).\\\nSuite.\n\n- un\n- deux\n  - dedans\n\n> Citation\n\n---\n\n| Ann\u{e9}e | Montant |\n| --- | --- |\n| 2026 | **12** |\n";

fn sections_of(markdown: &str) -> Vec<Section> {
    let update = edit::from_markdown(&[("context", markdown)], 7);
    read([update.as_slice()]).expect("reads back")
}

fn context(sections: &[Section]) -> &Section {
    let found = sections.iter().find(|section| section.key == "context");
    found.expect("every section is there")
}

/// What `restore` makes of a document that reads `now`: the text after it, and the update.
fn restored(now: &str, wished: &str) -> (Vec<Section>, Option<Vec<u8>>) {
    let before = edit::from_markdown(&[("context", now), ("description", "reste")], 7);
    let wished = sections_of(wished);
    let done = restore::restore([before.as_slice()], &[context(&wished)], 9).expect("restores");
    let update = done.update;
    let all = [Some(before), update.clone()];
    let slices = all.iter().flatten().map(Vec::as_slice);
    (read(slices).expect("reads"), update)
}

#[test]
fn any_text_can_be_brought_back_from_any_other() {
    let texts = [
        "",
        "un",
        "un\n\ndeux\n\ntrois",
        "un\n\ndeux **gras** et [lien](https://a.example)\n\ntrois",
        "trois\n\nun",
        "## un\n\n- deux\n- trois\n  - dedans",
        "- deux\n- *trois*",
        "| A | B |\n| --- | --- |\n| 1 | 2 |\n| 3 | \u{1f600} |",
        "| A | B |\n| --- | --- |\n| 3 | \u{1f600} fin |",
        "> un\n\n3. deux\\\nsuite",
        LONG,
    ];
    for now in texts {
        for wished in texts {
            let (sections, update) = restored(now, wished);
            let expected = sections_of(wished);
            assert_eq!(
                section::html(context(&sections)),
                section::html(context(&expected)),
                "{now:?} -> {wished:?}"
            );
            assert_eq!(plain::text(&sections[1]), "reste");
            assert_eq!(update.is_none(), now == wished, "{now:?} -> {wished:?}");
        }
    }
}

#[test]
fn what_did_not_change_is_not_touched() {
    let long = (0..200)
        .map(|n| format!("paragraphe {n} avec du texte"))
        .collect::<Vec<_>>();
    let mut now = long.clone();
    now[100] = "paragraphe 100 avec un texte".to_owned();
    now.remove(50);
    let (_, update) = restored(&now.join("\n\n"), &long.join("\n\n"));
    let update = update.expect("a difference");
    // One paragraph that came and one word: not the 200.
    assert!(update.len() < 120, "{} bytes", update.len());
}

#[test]
fn what_came_and_went_is_marked() {
    let html = |before: &str, after: &str| {
        let (before, after) = (sections_of(before), sections_of(after));
        section::html(&diff::marked(context(&before), context(&after)))
    };
    assert_eq!(
        html(
            "un mot ici\n\nparti tout entier",
            "un beau mot ici\n\n- nouveau"
        ),
        "<p>un <ins>beau </ins>mot ici</p><p><del>parti tout entier</del></p>\
         <ul><li><p><ins>nouveau</ins></p></li></ul>"
    );
    assert_eq!(html("un\n\ndeux", "un\n\ndeux"), "<p>un</p><p>deux</p>");
    assert_eq!(html("", "<b>"), "<p><ins>&lt;b&gt;</ins></p>");
}
