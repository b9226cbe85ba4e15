//! The rows of a version's sheet as lists and tables: words for keys, figures in French form,
//! totals. Read from the canonical copy of the rows, and from nothing else.

use serde_json::Value;

use super::markdown::escape;
use super::version_page::tagged;
use super::words::{day, euros, hundredths, number, of, word};

/// How a cell is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Show {
    Text,
    /// The word of a key, in this family of words.
    Word(&'static str),
    Day,
    Year,
    Number,
    Hundredths,
    Euros,
}
use Show::{Euros, Hundredths, Number, Text, Word, Year};

/// A column: heading, field, how it is shown.
type Column = (&'static str, &'static str, Show);

const PARTNERS: &[Column] = &[
    ("col_organisation", "name", Text),
    ("col_role", "role", Text),
    ("col_state", "state", Word("state")),
];
const CALENDAR: &[Column] = &[
    ("col_step", "label", Text),
    ("col_start", "starts_on", Show::Day),
    ("col_end", "ends_on", Show::Day),
    ("col_milestone", "milestone", Text),
];
const BUDGET: &[Column] = &[
    ("col_item", "label", Text),
    ("col_account", "account", Text),
    ("col_nature", "nature", Word("nature")),
    ("col_year", "year", Year),
    ("col_amount", "amount_cents", Euros),
];
const FUNDING: &[Column] = &[
    ("col_funder", "funder", Text),
    ("col_kind", "kind", Word("funder")),
    ("col_scheme", "scheme", Text),
    ("col_state", "state", Word("state")),
    ("col_year", "year", Year),
    ("col_amount", "amount_cents", Euros),
];
const REQUESTS: &[Column] = &[
    ("version_page_envelope", "code", Text),
    ("col_year", "year", Year),
    ("col_amount", "amount_cents", Euros),
];
const INDICATORS: &[Column] = &[
    ("col_indicator", "label", Text),
    ("col_kind", "kind", Word("indicator")),
    ("col_unit", "unit", Text),
    ("col_baseline", "baseline", Text),
    ("col_target", "target", Text),
    ("col_due", "due_on", Show::Day),
    ("col_source", "source", Text),
];
const JOBS: &[Column] = &[
    ("col_job_kind", "kind", Word("job")),
    ("col_nature", "nature", Word("job")),
    ("col_step", "stage", Word("job")),
    ("col_contract", "contract", Word("contract")),
    ("col_effect_year", "effect_year", Year),
    ("col_confidence", "confidence", Word("confidence")),
    ("col_women", "women", Number),
    ("col_men", "men", Number),
    ("col_undisclosed", "undisclosed", Number),
    ("col_fte", "fte_hundredths", Hundredths),
    ("col_posts", "posts", Number),
];

/// The section of this key, made of the sheet's rows; nothing when it has none.
pub(super) fn html(key: &str, sheet: &Value, page: &mut String) {
    match key {
        "objectives" => list(rows(sheet, "objectives"), "body", page),
        "owner" => owner(sheet, page),
        "partners" => table("section_partners", rows(sheet, "partners"), PARTNERS, page),
        "target_public" => target(sheet, page),
        "territory" => list(rows(sheet, "territories"), "name", page),
        "calendar" => table("section_calendar", rows(sheet, "calendar"), CALENDAR, page),
        "budget" => table("section_budget", rows(sheet, "expenses"), BUDGET, page),
        "funding" => {
            table("section_funding", rows(sheet, "funding"), FUNDING, page);
            let requests = rows(sheet, "envelope_requests");
            table("version_page_requests", requests, REQUESTS, page);
        }
        "indicators" => table(
            "section_indicators",
            rows(sheet, "indicators"),
            INDICATORS,
            page,
        ),
        "jobs" => table("section_jobs", rows(sheet, "jobs"), JOBS, page),
        _ => {}
    }
}

fn rows<'a>(sheet: &'a Value, key: &str) -> &'a [Value] {
    let rows = sheet.get(key).and_then(Value::as_array);
    rows.map_or(&[], Vec::as_slice)
}

fn text<'a>(row: &'a Value, field: &str) -> &'a str {
    row.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn own<'a>(sheet: &'a Value, field: &str) -> &'a str {
    sheet.get("proposal").map_or("", |own| text(own, field))
}

fn list(rows: &[Value], field: &str, page: &mut String) {
    if rows.is_empty() {
        return;
    }
    page.push_str("<ul>");
    for row in rows {
        tagged("li", text(row, field), page);
    }
    page.push_str("</ul>");
}

fn owner(sheet: &Value, page: &mut String) {
    for line in [own(sheet, "porteur"), own(sheet, "owner_text")] {
        if !line.is_empty() {
            tagged("p", line, page);
        }
    }
    let others = rows(sheet, "co_porteurs");
    if !others.is_empty() {
        tagged("p", word("version_page_co_porteurs"), page);
        list(others, "name", page);
    }
}

fn target(sheet: &Value, page: &mut String) {
    let told = own(sheet, "target_text");
    if !told.is_empty() {
        tagged("p", told, page);
    }
    let figure = |field: &str| sheet.get("proposal")?.get(field)?.as_i64();
    let mut figures = Vec::new();
    if let Some(count) = figure("target_headcount") {
        figures.push(word("target_headcount").replace("{count}", &number(count)));
    }
    if let Some(percent) = figure("target_women_percent") {
        let percent = format!("{percent}\u{202f}%");
        figures.push(word("target_women").replace("{percent}", &percent));
    }
    if !figures.is_empty() {
        tagged("p", &figures.join(", "), page);
    }
}

fn is_figure(show: Show) -> bool {
    match show {
        Text | Word(_) | Show::Day => false,
        Year | Number | Hundredths | Euros => true,
    }
}

fn shown(row: &Value, (_, field, show): &Column) -> String {
    let value = row.get(*field);
    let figure = || value.and_then(Value::as_i64);
    match show {
        Text => text(row, field).to_owned(),
        Word(family) => of(family, text(row, field)).into_owned(),
        Show::Day => day(text(row, field)),
        Year => figure().map_or(String::new(), |year| year.to_string()),
        Number => figure().map_or(String::new(), number),
        Hundredths => figure().map_or(String::new(), hundredths),
        Euros => figure().map_or(String::new(), euros),
    }
}

fn table(caption: &str, rows: &[Value], columns: &[Column], page: &mut String) {
    if rows.is_empty() {
        return;
    }
    // A wide table scrolls in its own frame, by keyboard too.
    page.push_str("<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"");
    escape(word(caption), page);
    page.push_str("\"><table><caption>");
    // The heading above says it already to those who see.
    let said = caption.starts_with("section_");
    page.push_str(if said {
        "<span class=\"unseen\">"
    } else {
        "<span>"
    });
    escape(word(caption), page);
    page.push_str("</span>");
    page.push_str("</caption><thead><tr>");
    for (heading, _, show) in columns {
        page.push_str(if is_figure(*show) {
            "<th scope=\"col\" class=\"figure\">"
        } else {
            "<th scope=\"col\">"
        });
        escape(word(heading), page);
        page.push_str("</th>");
    }
    page.push_str("</tr></thead><tbody>");
    for row in rows {
        page.push_str("<tr>");
        for (at, column) in columns.iter().enumerate() {
            let element = if at == 0 { "th scope=\"row\"" } else { "td" };
            cell(element, column.2, &shown(row, column), page);
        }
        page.push_str("</tr>");
    }
    page.push_str("</tbody>");
    total(rows, columns, page);
    page.push_str("</table></div>");
}

/// A cell; the first of a row is its heading.
fn cell(element: &str, show: Show, text: &str, page: &mut String) {
    page.push('<');
    page.push_str(element);
    if is_figure(show) {
        page.push_str(" class=\"figure\"");
    }
    page.push('>');
    escape(text, page);
    page.push_str(&format!("</{}>", &element[..2]));
}

/// The sum of the amounts, where the last column is one. Jobs are not summed: what is hoped for and
/// what is there are never one figure (`domain.md` 1.6, 10).
fn total(rows: &[Value], columns: &[Column], page: &mut String) {
    let Some((_, field, Euros)) = columns.last() else {
        return;
    };
    let amount = |row: &Value| row.get(*field).and_then(Value::as_i64).unwrap_or_default();
    let sum: i64 = rows.iter().map(amount).sum();
    page.push_str(&format!(
        "<tfoot><tr><th scope=\"row\" colspan=\"{}\">",
        columns.len() - 1
    ));
    escape(word("col_total"), page);
    page.push_str("</th>");
    cell("td", Euros, &euros(sum), page);
    page.push_str("</tr></tfoot>");
}
