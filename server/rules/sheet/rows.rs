//! The sections made of rows: the fields of a row, and what its fields must say together.

use super::columns::{Cell, Column, Kind, Raw, Wrong, YEARS};

/// A section made of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// What is aimed at.
    Objectives,
    /// Who takes part beside the porteur.
    Partners,
    /// The phases.
    Calendar,
    /// What it costs.
    Budget,
    /// Who pays.
    Funding,
    /// What is asked from the programme's envelopes.
    EnvelopeRequests,
    /// What will be measured.
    Indicators,
    /// The jobs expected.
    Jobs,
}

/// What is spent day by day, over years, or given in kind: accounts of the general chart.
pub const NATURES: [&str; 3] = ["operation", "investment", "in_kind"];
/// Contracts (`domain.md` section 3).
pub const CONTRACTS: [&str; 8] = [
    "cdi",
    "cdd_6m_plus",
    "cdd_short",
    "apprenticeship",
    "insertion",
    "seasonal",
    "self_employed",
    "other",
];
/// Answers to the founding question: would this job have come about without the aid, at the same moment and
/// level? `yes` is an answer too, and then the job counts nowhere.
pub const FOUNDING_ANSWERS: [&str; 5] = ["no", "later", "less", "harder", "yes"];
/// Sections of the French nomenclature of activities.
const SECTORS: [&str; 21] = [
    "A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M", "N", "O", "P", "Q", "R", "S",
    "T", "U",
];
const FUNDERS: [&str; 8] = [
    "region",
    "state",
    "eu",
    "department",
    "local",
    "other_public",
    "private",
    "own",
];

/// A cdd counts as long from so many months on.
const LONG_MONTHS: i64 = 6;

impl Section {
    /// Every section, in the order of the sheet.
    pub const ALL: [Self; 8] = [
        Self::Objectives,
        Self::Partners,
        Self::Calendar,
        Self::Budget,
        Self::Funding,
        Self::EnvelopeRequests,
        Self::Indicators,
        Self::Jobs,
    ];

    /// Its name in the API.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Objectives => "objectives",
            Self::Partners => "partners",
            Self::Calendar => "calendar",
            Self::Budget => "budget",
            Self::Funding => "funding",
            Self::EnvelopeRequests => "envelope_requests",
            Self::Indicators => "indicators",
            Self::Jobs => "jobs",
        }
    }

    /// The section of this name.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|section| section.key() == key)
    }

    /// The fields of its rows, in the order of the table's columns.
    #[must_use]
    pub fn columns(self) -> Vec<Column> {
        use Column as C;
        use Kind::{Account, Cents, Choice, Count, Day, Decimal, Flag, Id, Line, Prose};
        match self {
            Self::Objectives => vec![C::needed("body", Line(3..=300))],
            Self::Partners => vec![
                C::free("organisation_id", Id),
                C::free("name", Line(2..=160)),
                C::needed("role", Line(2..=300)),
                C::needed("state", Choice(&["expected", "confirmed", "contracted"])),
                C::free("paid", Flag),
            ],
            Self::Calendar => vec![
                C::needed("label", Line(2..=160)),
                C::needed("starts_on", Day),
                C::needed("ends_on", Day),
                C::free("milestone", Line(2..=200)),
            ],
            Self::Budget => vec![
                C::needed("year", Count(YEARS)),
                C::needed("nature", Choice(&NATURES)),
                C::needed("account", Account),
                C::needed("label", Line(2..=200)),
                C::needed("amount_cents", Cents),
            ],
            Self::Funding => vec![
                C::needed("year", Count(YEARS)),
                C::needed("funder", Line(2..=160)),
                C::needed("kind", Choice(&FUNDERS)),
                C::free("scheme", Line(2..=160)),
                C::needed("amount_cents", Cents),
                C::needed("state", Choice(&["requested", "secured", "refused"])),
                C::needed("nature", Choice(&["cash", "in_kind"])),
            ],
            Self::EnvelopeRequests => vec![
                C::needed("code", Choice(&["CREER", "FEE"])),
                C::needed("year", Count(YEARS)),
                C::needed("amount_cents", Cents),
            ],
            Self::Indicators => vec![
                C::needed("label", Line(3..=200)),
                C::needed("kind", Choice(&["output", "result", "impact"])),
                C::needed("unit", Line(1..=60)),
                C::free("baseline", Decimal),
                C::needed("target", Decimal),
                C::free("due_on", Day),
                C::free("source", Line(2..=200)),
            ],
            Self::Jobs => vec![
                C::needed("founding_answer", Choice(&FOUNDING_ANSWERS)),
                C::needed("nature", Choice(&["created", "maintained"])),
                C::needed("posts", Count(1..=100_000)),
                C::needed("fte_hundredths", Count(1..=10_000_000)),
                C::needed("women", Count(0..=100_000)),
                C::needed("men", Count(0..=100_000)),
                C::needed("undisclosed", Count(0..=100_000)),
                C::needed("contract", Choice(&CONTRACTS)),
                C::free("duration_months", Count(1..=600)),
                C::needed("effect_year", Count(YEARS)),
                C::free("employer_siret", Kind::Siret),
                C::free("sector", Choice(&SECTORS)),
                C::needed("confidence", Choice(&["B", "C"])),
                C::free("evidence", Prose(3..=1000)),
                C::free("overlap_percent", Count(0..=100)),
                C::free("note", Prose(2..=1000)),
                C::free("territories", Kind::Shares),
            ],
        }
    }

    /// Checks a whole row: each field, then what they say together. The cells come in the order of
    /// [`Section::columns`].
    ///
    /// # Errors
    /// The first field that is wrong: those of [`Column::check`], and `before_start`, `account_nature`,
    /// `counts_nowhere`, `sum_differs`, `over_posts`, `duration_contract`, `one_of_two`.
    pub fn check(self, raw: impl Fn(&str) -> Raw) -> Result<Vec<Cell>, Wrong> {
        let columns = self.columns();
        let cells = columns
            .iter()
            .map(|column| column.check(&raw(column.name)))
            .collect::<Result<Vec<_>, _>>()?;
        let row = Row {
            columns: &columns,
            cells: &cells,
        };
        match self {
            Self::Objectives | Self::Funding | Self::EnvelopeRequests | Self::Indicators => {}
            Self::Partners => partner(&row)?,
            Self::Calendar => phase(&row)?,
            Self::Budget => expense(&row)?,
            Self::Jobs => job(&row)?,
        }
        Ok(cells)
    }
}

/// Which kind of job the answer to the founding question makes (`domain.md` section 3): the aid triggered
/// it, or contributed to it; `None` when it would have come about anyway.
#[must_use]
pub fn job_kind(answer: &str) -> Option<&'static str> {
    match answer {
        "no" => Some("direct"),
        "later" | "less" | "harder" => Some("supported"),
        _ => None,
    }
}

/// A row whose fields passed one by one.
struct Row<'a> {
    columns: &'a [Column],
    cells: &'a [Cell],
}

impl Row<'_> {
    fn cell(&self, name: &str) -> Option<&Cell> {
        let at = self.columns.iter().position(|column| column.name == name)?;
        self.cells.get(at)
    }

    fn text(&self, name: &str) -> Option<&str> {
        match self.cell(name) {
            Some(Cell::Text(text)) => text.as_deref(),
            Some(Cell::Int(_) | Cell::Texts(_) | Cell::Shares(_)) | None => None,
        }
    }

    fn int(&self, name: &str) -> Option<i64> {
        match self.cell(name) {
            Some(Cell::Int(number)) => *number,
            Some(Cell::Text(_) | Cell::Texts(_) | Cell::Shares(_)) | None => None,
        }
    }
}

fn refuse(field: &'static str, problem: &'static str) -> Result<(), Wrong> {
    Err(Wrong { field, problem })
}

/// A partner is one of the directory, or named in words.
fn partner(row: &Row<'_>) -> Result<(), Wrong> {
    match (row.text("organisation_id"), row.text("name")) {
        (None, None) => refuse("name", "required"),
        (Some(_), Some(_)) => refuse("name", "one_of_two"),
        (Some(_), None) | (None, Some(_)) => Ok(()),
    }
}

/// ISO days compare like text.
fn phase(row: &Row<'_>) -> Result<(), Wrong> {
    if row.text("ends_on") < row.text("starts_on") {
        return refuse("ends_on", "before_start");
    }
    Ok(())
}

/// 60 to 68 for operation, 20 to 23 for investment, 86 for contributions in kind.
fn expense(row: &Row<'_>) -> Result<(), Wrong> {
    let class = row.text("account").and_then(|account| account.get(..2));
    let class: u8 = class.and_then(|class| class.parse().ok()).unwrap_or(0);
    let fits = match row.text("nature") {
        Some("operation") => (60..=68).contains(&class),
        Some("investment") => (20..=23).contains(&class),
        Some("in_kind") => class == 86,
        Some(_) | None => false,
    };
    if fits {
        Ok(())
    } else {
        refuse("account", "account_nature")
    }
}

fn job(row: &Row<'_>) -> Result<(), Wrong> {
    if row.text("founding_answer").and_then(job_kind).is_none() {
        return refuse("founding_answer", "counts_nowhere");
    }
    let number = |name| row.int(name).unwrap_or_default();
    let posts = number("posts");
    if number("women") + number("men") + number("undisclosed") != posts {
        return refuse("posts", "sum_differs");
    }
    if number("fte_hundredths") > posts * 100 {
        return refuse("fte_hundredths", "over_posts");
    }
    let months = row.int("duration_months");
    let fits = match row.text("contract") {
        Some("cdi") => months.is_none(),
        Some("cdd_6m_plus") => months.is_none_or(|months| months >= LONG_MONTHS),
        Some("cdd_short") => months.is_none_or(|months| months < LONG_MONTHS),
        Some(_) | None => true,
    };
    if fits {
        Ok(())
    } else {
        refuse("duration_months", "duration_contract")
    }
}
