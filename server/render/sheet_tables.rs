//! The rows of a version's sheet as lists and tables: words for keys, figures in French form,
//! totals. Read from the canonical copy of the rows, and from nothing else.

use serde_json::Value;

use super::markdown::escape;
use super::sheet_lines::{self, rows, text};
use super::words::{day, euros, hundredths, number, of, word};

/// How a cell is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Show {
    Text,
    /// The word of a key, in this family of words.
    Word(&'static str),
    /// A partner's role, and whether the action pays for it.
    Role,
    /// Who funds, and whether in kind.
    Funder,
    Day,
    Year,
    Number,
    Hundredths,
    Euros,
}
use Show::{Euros, Funder, Hundredths, Number, Role, Text, Word, Year};

/// A column: heading, field, how it is shown.
type Column = (&'static str, &'static str, Show);

const PARTNERS: &[Column] = &[
    ("col_organisation", "name", Text),
    ("col_role", "role", Role),
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
    ("col_kind", "kind", Funder),
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
        "objectives" => sheet_lines::objectives(sheet, page),
        "owner" => sheet_lines::owner(sheet, page),
        "partners" => {
            table("section_partners", rows(sheet, "partners"), PARTNERS, page);
            sheet_lines::no_partner(sheet, page);
        }
        "target_public" => sheet_lines::target(sheet, page),
        "territory" => sheet_lines::territories(sheet, page),
        "calendar" => table("section_calendar", rows(sheet, "calendar"), CALENDAR, page),
        "budget" => {
            table("section_budget", rows(sheet, "expenses"), BUDGET, page);
            sheet_lines::vat(sheet, page);
        }
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
        "jobs" => {
            table("section_jobs", rows(sheet, "jobs"), JOBS, page);
            sheet_lines::jobs(sheet, page);
        }
        _ => {}
    }
}

fn is_figure(show: Show) -> bool {
    match show {
        Text | Word(_) | Role | Funder | Show::Day => false,
        Year | Number | Hundredths | Euros => true,
    }
}

fn shown(row: &Value, (_, field, show): &Column) -> String {
    let value = row.get(*field);
    let figure = || value.and_then(Value::as_i64);
    match show {
        Text => text(row, field).to_owned(),
        Word(family) => of(family, text(row, field)).into_owned(),
        Role if row.get("paid").and_then(Value::as_i64) == Some(1) => {
            word("sheet_paid_role").replace("{role}", text(row, field))
        }
        Role => text(row, field).to_owned(),
        Funder if is_in_kind(row) => {
            word("sheet_funder_in_kind").replace("{kind}", &of("funder", text(row, field)))
        }
        Funder => of("funder", text(row, field)).into_owned(),
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

/// Whether a row of the budget or of its funding is a contribution in kind.
fn is_in_kind(row: &Value) -> bool {
    text(row, "nature") == "in_kind"
}

/// The sum of the amounts, where the last column is one; contributions in kind balance apart and are in no
/// other total (`domain.md` 1.4). Jobs are not summed: what is hoped for and what is there are never one
/// figure (`domain.md` 1.6, 10).
fn total(rows: &[Value], columns: &[Column], page: &mut String) {
    let Some((_, field, Euros)) = columns.last() else {
        return;
    };
    let sum = |in_kind: bool| -> i64 {
        rows.iter()
            .filter(|row| is_in_kind(row) == in_kind)
            .filter_map(|row| row.get(*field)?.as_i64())
            .sum()
    };
    page.push_str("<tfoot>");
    let mut line = |heading: &str, cents: i64| {
        let span = columns.len() - 1;
        page.push_str(&format!("<tr><th scope=\"row\" colspan=\"{span}\">"));
        escape(word(heading), page);
        page.push_str("</th>");
        cell("td", Euros, &euros(cents), page);
        page.push_str("</tr>");
    };
    line("col_total", sum(false));
    if sum(true) > 0 {
        line("sheet_in_kind_total", sum(true));
    }
    page.push_str("</tfoot>");
}
