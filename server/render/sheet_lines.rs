//! What a version's sheet says outside its tables: lists, the porteur, the public, and beside each line of
//! jobs what its table has no room for.

use serde_json::Value;

use super::version_page::tagged;
use super::words::{number, of, word};

/// The rows of this list of the sheet; none when it is not there.
pub(super) fn rows<'a>(sheet: &'a Value, key: &str) -> &'a [Value] {
    let rows = sheet.get(key).and_then(Value::as_array);
    rows.map_or(&[], Vec::as_slice)
}

/// A field's text; empty when there is none.
pub(super) fn text<'a>(row: &'a Value, field: &str) -> &'a str {
    row.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn int(row: &Value, field: &str) -> Option<i64> {
    row.get(field).and_then(Value::as_i64)
}

fn own(sheet: &Value) -> &Value {
    sheet.get("proposal").unwrap_or(&Value::Null)
}

fn list(lines: impl IntoIterator<Item = String>, page: &mut String) {
    let before = page.len();
    page.push_str("<ul>");
    let empty = page.len();
    for line in lines {
        tagged("li", &line, page);
    }
    if page.len() == empty {
        page.truncate(before);
    } else {
        page.push_str("</ul>");
    }
}

fn said(line: &str, page: &mut String) {
    if !line.is_empty() {
        tagged("p", line, page);
    }
}

/// "Name: value", where there is a value.
fn named(name: &str, value: &str, page: &mut String) {
    if !value.is_empty() {
        tagged("p", &format!("{}\u{a0}: {value}", word(name)), page);
    }
}

/// The aims.
pub(super) fn objectives(sheet: &Value, page: &mut String) {
    let aims = rows(sheet, "objectives").iter();
    list(aims.map(|row| text(row, "body").to_owned()), page);
}

/// Where it takes place, with the INSEE codes.
pub(super) fn territories(sheet: &Value, page: &mut String) {
    let places = rows(sheet, "territories").iter();
    list(
        places.map(|row| format!("{} ({})", text(row, "name"), text(row, "code"))),
        page,
    );
}

/// The organisation that bears the action, whom to ask, and those beside it.
pub(super) fn owner(sheet: &Value, page: &mut String) {
    let own = own(sheet);
    said(text(own, "porteur"), page);
    if !text(own, "legal_form").is_empty() {
        let form = of("legal", text(own, "legal_form"));
        named("sheet_legal_form", &form, page);
    }
    said(text(own, "owner_text"), page);
    said(text(own, "capacity"), page);
    if !text(own, "contact_name").is_empty() {
        let contact = word("sheet_contact").replace("{name}", text(own, "contact_name"));
        let parts = [contact.as_str(), text(own, "contact_email")];
        said(&joined(&parts, ", "), page);
    }
    let others = rows(sheet, "co_porteurs");
    if !others.is_empty() {
        said(word("version_page_co_porteurs"), page);
        list(others.iter().map(|row| text(row, "name").to_owned()), page);
    }
}

/// That there is deliberately no partner.
pub(super) fn no_partner(sheet: &Value, page: &mut String) {
    if rows(sheet, "partners").is_empty() && int(own(sheet), "no_partner") == Some(1) {
        said(word("sheet_no_partner"), page);
    }
}

/// For whom, in words, by kind, in figures.
pub(super) fn target(sheet: &Value, page: &mut String) {
    let own = own(sheet);
    said(text(own, "target_text"), page);
    let kinds: Vec<_> = text(own, "target_tags")
        .split(',')
        .filter(|tag| !tag.is_empty())
        .map(|tag| of("target_tag", tag))
        .collect();
    said(&kinds.join(", "), page);
    let mut figures = Vec::new();
    if let Some(count) = int(own, "target_headcount") {
        figures.push(word("target_headcount").replace("{count}", &number(count)));
    }
    if let Some(percent) = int(own, "target_women_percent") {
        let percent = percent_of(percent);
        figures.push(word("target_women").replace("{percent}", &percent));
    }
    said(&figures.join(", "), page);
}

/// Whether the amounts are with or without VAT.
pub(super) fn vat(sheet: &Value, page: &mut String) {
    let mode = text(own(sheet), "vat_mode");
    if !mode.is_empty() {
        named("sheet_vat", &of("sheet_vat", mode), page);
    }
}

/// What each line of jobs says beside its figures; or why there are none.
pub(super) fn jobs(sheet: &Value, page: &mut String) {
    let jobs = rows(sheet, "jobs");
    let motive = text(own(sheet), "no_jobs_motive");
    if jobs.is_empty() && !motive.is_empty() {
        said(
            &word("sheet_no_jobs_said").replace("{motive}", motive),
            page,
        );
    }
    let lines = jobs.iter().zip(1_i64..).filter_map(|(job, place)| {
        let words = beside(sheet, job, place);
        let line = word("sheet_job_line").replace("{place}", &place.to_string());
        (!words.is_empty()).then(|| line.replace("{words}", &words))
    });
    list(lines, page);
}

fn beside(sheet: &Value, job: &Value, place: i64) -> String {
    let pair = |name: &str, value: &str| match value {
        "" => String::new(),
        value => format!("{}\u{a0}: {value}", word(name)),
    };
    let answer = match text(job, "founding_answer") {
        "" => String::new(),
        answer => format!("{} {}", word("founding_question"), of("founding", answer)),
    };
    let sector = match text(job, "sector") {
        "" => String::new(),
        letter => word("sheet_sector_of")
            .replace("{letter}", letter)
            .replace("{name}", &of("naf", letter)),
    };
    let duration = int(job, "duration_months").map_or(String::new(), number);
    let overlap = int(job, "overlap_percent").filter(|share| *share > 0);
    let overlap = overlap.map_or(String::new(), |share| share.to_string());
    let places: Vec<String> = rows(sheet, "job_territories")
        .iter()
        .filter(|row| int(row, "line") == Some(place))
        .map(|row| {
            let share = percent_of(int(row, "share_percent").unwrap_or_default());
            format!("{} ({}) {share}", text(row, "name"), text(row, "code"))
        })
        .collect();
    let parts = [
        answer,
        pair("sheet_duration", &duration),
        pair("sheet_employer", text(job, "employer_siret")),
        pair("sheet_sector", &sector),
        places.join(", "),
        pair("sheet_evidence", text(job, "evidence")),
        pair("sheet_overlap", &overlap),
        text(job, "note").to_owned(),
    ];
    joined(&parts, "\u{202f}; ")
}

fn joined(parts: &[impl AsRef<str>], between: &str) -> String {
    let said: Vec<&str> = parts
        .iter()
        .map(AsRef::as_ref)
        .filter(|part| !part.is_empty())
        .collect();
    said.join(between)
}

fn percent_of(share: i64) -> String {
    format!("{share}\u{202f}%")
}
