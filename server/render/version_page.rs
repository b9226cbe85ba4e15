//! A sealed version as one page: everything in it, readable and printable without a script and
//! without anything from elsewhere. Made once, at sealing; kept and served as those bytes.

use serde_json::Value;

use super::markdown::escape;
use super::sheet_tables;
use super::words::{of, word};
use crate::text::Section;

/// The style of every such page; its hash stands in the policy it is served with.
pub const STYLE: &str = include_str!("version_page.css");

/// What a page tells beside the text.
#[derive(Clone, Debug)]
pub struct About<'a> {
    /// The proposal's number, if it had one.
    pub number: Option<&'a str>,
    /// The title.
    pub title: &'a str,
    /// The summary.
    pub summary: &'a str,
    /// The version's place among the proposal's.
    pub rank: i64,
    /// Why it was made: a key.
    pub reason: &'a str,
    /// The round.
    pub round: i64,
    /// When it was frozen, in words.
    pub opened: String,
    /// When it was sealed, in words.
    pub sealed: String,
    /// SHA-256 of its content.
    pub sha256: &'a str,
    /// The key that signs it.
    pub key_id: &'a str,
    /// Its id.
    pub version_id: &'a str,
}

/// The order of the sheet: rich sections and those made of rows.
const ORDER: [&str; 15] = [
    "context",
    "objectives",
    "description",
    "owner",
    "partners",
    "target_public",
    "territory",
    "calendar",
    "budget",
    "funding",
    "indicators",
    "jobs",
    "transversal",
    "conditions",
    "experiment",
];

/// The page.
#[must_use]
pub fn html(about: &About<'_>, sections: &[Section], sheet: &Value) -> String {
    let mut page = String::with_capacity(64 * 1024);
    page.push_str("<!doctype html>\n<html lang=\"fr\">\n<head>\n<meta charset=\"utf-8\">\n");
    page.push_str(
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
    );
    escape(&heading(about), &mut page);
    page.push_str("</title>\n<style>");
    page.push_str(STYLE);
    page.push_str("</style>\n</head>\n<body>\n<main>\n");
    head(about, &mut page);
    for key in ORDER {
        page.push_str("<section>\n<h2>");
        escape(word(&format!("section_{key}")), &mut page);
        page.push_str("</h2>\n");
        let before = page.len();
        match sections.iter().find(|section| section.key == key) {
            Some(section) => page.push_str(&super::section::html(section)),
            None => sheet_tables::html(key, sheet, &mut page),
        }
        if page.len() == before {
            tagged("p", word("version_section_empty"), &mut page);
        }
        page.push_str("\n</section>\n");
    }
    foot(about, &mut page);
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

/// What the browser calls the page.
fn heading(about: &About<'_>) -> String {
    let number = about
        .number
        .map_or(String::new(), |one| format!("{one} - "));
    format!(
        "{number}{} - {} {}",
        about.title,
        word("version_word"),
        about.rank
    )
}

fn head(about: &About<'_>, page: &mut String) {
    page.push_str("<header>\n<p class=\"kind\">");
    let reason = of("version_reason", about.reason);
    let kind = format!("{} {} - {reason}", word("version_word"), about.rank);
    escape(&kind, page);
    page.push_str("</p>\n<h1>");
    escape(about.title, page);
    page.push_str("</h1>\n");
    if !about.summary.is_empty() {
        page.push_str("<p class=\"summary\">");
        escape(about.summary, page);
        page.push_str("</p>\n");
    }
    page.push_str("<dl>\n");
    let round = about.round.to_string();
    for (name, value) in [
        ("version_page_number", about.number.unwrap_or_default()),
        ("version_page_round", &round),
        ("version_page_opened", &about.opened),
        ("version_page_sealed", &about.sealed),
    ] {
        pair(word(name), value, page);
    }
    page.push_str("</dl>\n</header>\n");
}

fn foot(about: &About<'_>, page: &mut String) {
    page.push_str("<footer>\n<h2>");
    escape(word("version_page_proof"), page);
    page.push_str("</h2>\n<dl>\n");
    for (name, value) in [
        ("version_page_sha256", about.sha256),
        ("version_page_key", about.key_id),
        ("version_page_id", about.version_id),
    ] {
        pair(word(name), value, page);
    }
    page.push_str("</dl>\n");
    tagged("p", word("version_page_how"), page);
    page.push_str("</footer>\n");
}

fn pair(name: &str, value: &str, page: &mut String) {
    if !value.is_empty() {
        page.push_str("<div>");
        tagged("dt", name, page);
        tagged("dd", value, page);
        page.push_str("</div>\n");
    }
}

/// A text in an element.
pub(super) fn tagged(name: &str, text: &str, page: &mut String) {
    page.push_str(&format!("<{name}>"));
    escape(text, page);
    page.push_str(&format!("</{name}>"));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_page_tells_all_and_lets_no_markup_in() {
        let about = About {
            number: Some("CREER-2026-CH5-007"),
            title: "<script>alert(1)</script>",
            summary: "Un & deux",
            rank: 2,
            reason: "freeze",
            round: 1,
            opened: "hier".to_owned(),
            sealed: "hier".to_owned(),
            sha256: "abc",
            key_id: "def",
            version_id: "v",
        };
        let sheet = json!({
            "proposal": {"porteur": "A \"B\"", "target_headcount": 1200, "target_tags": "young,women", "vat_mode": "HT",
                         "legal_form": "association", "contact_name": "Camille", "contact_email": "c@a.example"},
            "partners": [{"name": "C", "role": "Former", "state": "expected", "paid": 1}],
            "jobs": [{"kind": "direct", "nature": "created", "stage": "forecast", "posts": 2, "women": 1, "men": 1,
                      "founding_answer": "no", "sector": "F", "evidence": "Une <lettre>"}],
            "job_territories": [{"line": 1, "code": "83", "name": "Var", "share_percent": 100}],
            "funding": [{"funder": "R<b>", "kind": "region", "state": "requested", "year": 2027, "amount_cents": 5_600_000},
                        {"funder": "S", "kind": "own", "state": "secured", "year": 2027, "amount_cents": 150},
                        {"funder": "T", "kind": "local", "nature": "in_kind", "state": "secured", "year": 2027, "amount_cents": 700}],
        });
        let page = html(&about, &[], &sheet);
        assert!(
            !page.contains("<script") && !page.contains("R<b>"),
            "{page}"
        );
        for part in [
            "<th scope=\"row\">R&lt;b&gt;</th><td>R\u{e9}gion</td>",
            "<th scope=\"col\" class=\"figure\">Montant</th>",
            "56\u{202f}000\u{a0}\u{20ac}",
            "<td class=\"figure\">56\u{202f}001,50\u{a0}\u{20ac}</td></tr><tr>",
            "Contributions en nature, \u{e0} part</th><td class=\"figure\">7\u{a0}\u{20ac}</td></tr></tfoot>",
            "Collectivit\u{e9} locale, en nature",
            "Former (r\u{e9}mun\u{e9}r\u{e9} par l\u{2019}action)",
            "Forme juridique\u{a0}: Association",
            "Contact\u{a0}: Camille, c@a.example",
            "Jeunes, Femmes",
            "Montants\u{a0}: hors taxes",
            "niveau\u{202f}? Non\u{202f}; Secteur d\u{2019}activit\u{e9} (NAF r\u{e9}v. 2)\u{a0}: F \u{2013} Construction\u{202f}; Var (83) 100\u{202f}%\u{202f}; Ce qui le montre\u{a0}: Une &lt;lettre&gt;",
            "Version 2 - Fig\u{e9}e pour avis",
            "A &quot;B&quot;",
            "1\u{202f}200 personnes attendues",
        ] {
            assert!(page.contains(part), "{part}\n{page}");
        }
    }
}
