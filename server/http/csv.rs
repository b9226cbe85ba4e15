//! Tables as CSV (RFC 4180): UTF-8 with its mark so that spreadsheets read the accents, a comma between cells,
//! CRLF between rows. A cell that a spreadsheet would run as a formula is shown as text.

use axum::http::header;
use axum::response::{IntoResponse, Response};

/// Tells a spreadsheet that the bytes are UTF-8.
const MARK: &str = "\u{feff}";
/// A cell that begins with one of these would be run: an apostrophe before it makes it a text.
const FORMULA_STARTS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A table being written.
#[derive(Clone, Debug)]
pub struct Csv {
    text: String,
}

impl Csv {
    /// A table with these headings.
    #[must_use]
    pub fn new(headings: &[&str]) -> Self {
        let mut csv = Self {
            text: MARK.to_owned(),
        };
        csv.row(headings);
        csv
    }

    /// One row: as many cells as there are headings. A number is a number: a minus before digits stays.
    pub fn row<T: AsRef<str>>(&mut self, cells: &[T]) {
        for (place, cell) in cells.iter().enumerate() {
            if place > 0 {
                self.text.push(',');
            }
            self.cell(cell.as_ref());
        }
        self.text.push_str("\r\n");
    }

    /// The table as text.
    #[must_use]
    pub fn into_text(self) -> String {
        self.text
    }

    /// The table as an answer to save under this name (ASCII letters, digits and dashes, without `.csv`).
    #[must_use]
    pub fn answer(self, name: &str) -> Response {
        let headers = [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
            (
                header::CONTENT_DISPOSITION,
                format!("attachment; filename=\"{name}.csv\""),
            ),
            (header::CACHE_CONTROL, "private, no-store".to_owned()),
        ];
        (headers, self.text).into_response()
    }

    fn cell(&mut self, cell: &str) {
        let shown = if cell.starts_with(FORMULA_STARTS) && !is_number(cell) {
            format!("'{cell}")
        } else {
            cell.to_owned()
        };
        if shown.contains([',', '"', '\r', '\n']) {
            self.text.push('"');
            self.text.push_str(&shown.replace('"', "\"\""));
            self.text.push('"');
        } else {
            self.text.push_str(&shown);
        }
    }
}

/// Cents as an amount with a point: `-1234.50`.
#[must_use]
pub fn amount(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    let cents = cents.unsigned_abs();
    format!("{sign}{}.{:02}", cents / 100, cents % 100)
}

/// A plain decimal number: a minus at most, digits, a point at most.
fn is_number(cell: &str) -> bool {
    let digits = cell.strip_prefix('-').unwrap_or(cell);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    all_digits(whole) && all_digits(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(cells: &[&str]) -> String {
        let mut csv = Csv::new(&["a"]);
        csv.row(cells);
        let text = csv.into_text();
        text.strip_prefix("\u{feff}a\r\n")
            .expect("headings first")
            .to_owned()
    }

    #[test]
    fn a_cell_that_holds_a_separator_is_quoted() {
        assert_eq!(line(&["plain", "", "\u{e9}"]), "plain,,\u{e9}\r\n");
        assert_eq!(
            line(&["a,b", "say \"no\"", "two\nlines"]),
            "\"a,b\",\"say \"\"no\"\"\",\"two\nlines\"\r\n"
        );
    }

    #[test]
    fn a_formula_is_shown_not_run() {
        for start in ["=", "+", "-", "@", "\t"] {
            assert_eq!(line(&[&format!("{start}cmd")]), format!("'{start}cmd\r\n"));
        }
        assert_eq!(line(&["\rcmd"]), "\"'\rcmd\"\r\n");
        assert_eq!(line(&["=1,2"]), "\"'=1,2\"\r\n");
        assert_eq!(line(&["-2+3"]), "'-2+3\r\n");
        assert_eq!(
            line(&["-12.50", "a=b", "-", "-1."]),
            "-12.50,a=b,'-,'-1.\r\n"
        );
    }

    #[test]
    fn an_amount_has_its_cents() {
        assert_eq!(
            (amount(123_450), amount(-5), amount(0)),
            ("1234.50".to_owned(), "-0.05".to_owned(), "0.00".to_owned())
        );
    }
}
