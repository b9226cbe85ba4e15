//! What one field may hold, and the check of one value: tidied, within bounds, or refused with a stable code.

use std::ops::RangeInclusive;

use crate::rules::accounts::is_email;
use crate::rules::day::Day;
use crate::rules::identifiers::siret;
use crate::rules::wording;

/// A value as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Raw {
    /// Nothing.
    Null,
    /// Text.
    Text(String),
    /// A whole number.
    Int(i64),
    /// Yes or no.
    Flag(bool),
    /// Several texts.
    Texts(Vec<String>),
    /// Territory codes with their share in percent.
    Shares(Vec<(String, i64)>),
    /// Something no field takes.
    Other,
}

/// A value as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// A text or none.
    Text(Option<String>),
    /// A number or none.
    Int(Option<i64>),
    /// Several texts, each once.
    Texts(Vec<String>),
    /// Territory codes with their share in percent.
    Shares(Vec<(String, i64)>),
}

/// What is wrong with a value: the field, and a stable code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The field, as in the API's JSON.
    pub field: &'static str,
    /// `required`, `too_long`, `unknown`, `out_of_range`...
    pub problem: &'static str,
}

/// What a field holds.
#[derive(Clone, Debug)]
pub enum Kind {
    /// One line of so many characters.
    Line(RangeInclusive<usize>),
    /// Several lines, so many characters in all.
    Prose(RangeInclusive<usize>),
    /// One of these keys.
    Choice(&'static [&'static str]),
    /// Some of these keys.
    Tags(&'static [&'static str]),
    /// A number within these bounds.
    Count(RangeInclusive<i64>),
    /// Integer cents.
    Cents,
    /// A decimal number as text: an indicator may count people or kilograms.
    Decimal,
    /// An ISO day.
    Day,
    /// An account of the general chart: two to six digits.
    Account,
    /// A SIRET, checked.
    Siret,
    /// An e-mail address.
    Email,
    /// Yes or no.
    Flag,
    /// The id of something the store must know.
    Id,
    /// Several such ids, so many at most.
    Ids(usize),
    /// Territory codes with their shares.
    Shares,
}

/// One field of a row or a part.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its name, in SQL as in JSON.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether a row cannot be without it.
    pub required: bool,
}

/// The years a row may speak of: from the first programme on, as far as one may plan.
pub const YEARS: RangeInclusive<i64> = 2005..=2060;

/// An amount, in cents: more than nothing, at most ten billion euros (a hundred times the yearly budget).
pub const AMOUNT_CENTS: RangeInclusive<i64> = 1..=1_000_000_000_000;

/// How long a decimal may be, in characters.
const DECIMAL_CHARS: usize = 20;

/// How many territories one job line may be spread over.
const SHARES_MAX: usize = 50;

impl Column {
    /// A field that must be there.
    #[must_use]
    pub const fn needed(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            required: true,
        }
    }

    /// A field that may be empty.
    #[must_use]
    pub const fn free(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            required: false,
        }
    }

    /// Whether the database keeps a number.
    #[must_use]
    pub const fn is_number(&self) -> bool {
        match self.kind {
            Kind::Count(_) | Kind::Cents | Kind::Flag => true,
            Kind::Line(_)
            | Kind::Prose(_)
            | Kind::Choice(_)
            | Kind::Tags(_)
            | Kind::Decimal
            | Kind::Day
            | Kind::Account
            | Kind::Siret
            | Kind::Email
            | Kind::Id
            | Kind::Ids(_)
            | Kind::Shares => false,
        }
    }

    /// Tidies and checks one value.
    ///
    /// # Errors
    /// `required`, `too_short`, `too_long`, `unknown`, `out_of_range`, `not_a_day`, `not_a_number`,
    /// `not_an_account`, `not_a_siret`, `not_an_email`, `too_many`.
    pub fn check(&self, raw: &Raw) -> Result<Cell, Wrong> {
        let cell = self.read(raw).map_err(|problem| self.wrong(problem))?;
        let is_empty = match &cell {
            Cell::Text(text) => text.is_none(),
            Cell::Int(number) => number.is_none(),
            Cell::Texts(texts) => texts.is_empty(),
            Cell::Shares(shares) => shares.is_empty(),
        };
        if self.required && is_empty {
            Err(self.wrong("required"))
        } else {
            Ok(cell)
        }
    }

    fn read(&self, raw: &Raw) -> Result<Cell, &'static str> {
        match &self.kind {
            Kind::Flag => match raw {
                Raw::Flag(yes) => Ok(Cell::Int(Some(i64::from(*yes)))),
                Raw::Null => Ok(Cell::Int(Some(0))),
                Raw::Text(_) | Raw::Int(_) | Raw::Texts(_) | Raw::Shares(_) | Raw::Other => {
                    Err("unknown")
                }
            },
            Kind::Cents => number(raw, &AMOUNT_CENTS),
            Kind::Count(range) => number(raw, range),
            Kind::Tags(keys) => {
                let tags = texts(raw, keys.len())?;
                let known = tags.iter().all(|tag| keys.contains(&tag.as_str()));
                known.then_some(Cell::Texts(tags)).ok_or("unknown")
            }
            Kind::Ids(most) => texts(raw, *most).map(Cell::Texts),
            Kind::Shares => shares(raw),
            Kind::Line(range) => text(raw, |line| wording::line(line, range)),
            Kind::Prose(range) => text(raw, |prose| wording::prose(prose, range)),
            Kind::Choice(keys) => text(raw, |key| {
                let known = keys.contains(&key);
                known.then(|| key.to_owned()).ok_or("unknown")
            }),
            Kind::Decimal => text(raw, decimal),
            Kind::Day => text(raw, |day| {
                let day = Day::from_iso(day).ok_or("not_a_day")?;
                let year = day.as_str().get(..4).and_then(|year| year.parse().ok());
                let within = year.is_some_and(|year: i64| YEARS.contains(&year));
                within
                    .then(|| day.as_str().to_owned())
                    .ok_or("out_of_range")
            }),
            Kind::Account => text(raw, |account| {
                let digits = account.bytes().all(|byte| byte.is_ascii_digit());
                let fits = digits && (2..=6).contains(&account.len());
                fits.then(|| account.to_owned()).ok_or("not_an_account")
            }),
            Kind::Siret => text(raw, |typed| siret(typed).ok_or("not_a_siret")),
            Kind::Email => text(raw, |typed| {
                let tidy = wording::line(typed, &(1..=254))?.to_lowercase();
                is_email(&tidy).then_some(tidy).ok_or("not_an_email")
            }),
            Kind::Id => text(raw, |id| wording::line(id, &(1..=64))),
        }
    }

    const fn wrong(&self, problem: &'static str) -> Wrong {
        Wrong {
            field: self.name,
            problem,
        }
    }
}

/// A text that is not empty, tidied by `tidy`.
fn text(
    raw: &Raw,
    tidy: impl FnOnce(&str) -> Result<String, &'static str>,
) -> Result<Cell, &'static str> {
    match raw {
        Raw::Null => Ok(Cell::Text(None)),
        Raw::Text(typed) if typed.trim().is_empty() => Ok(Cell::Text(None)),
        Raw::Text(typed) => tidy(typed.trim()).map(|tidy| Cell::Text(Some(tidy))),
        Raw::Int(_) | Raw::Flag(_) | Raw::Texts(_) | Raw::Shares(_) | Raw::Other => Err("unknown"),
    }
}

fn number(raw: &Raw, range: &RangeInclusive<i64>) -> Result<Cell, &'static str> {
    match raw {
        Raw::Null => Ok(Cell::Int(None)),
        Raw::Int(number) if range.contains(number) => Ok(Cell::Int(Some(*number))),
        Raw::Int(_) => Err("out_of_range"),
        Raw::Text(_) | Raw::Flag(_) | Raw::Texts(_) | Raw::Shares(_) | Raw::Other => {
            Err("not_a_number")
        }
    }
}

/// Several texts, each kept once, in the order they came.
fn texts(raw: &Raw, most: usize) -> Result<Vec<String>, &'static str> {
    match raw {
        Raw::Null => Ok(Vec::new()),
        Raw::Texts(all) => {
            let mut kept: Vec<String> = Vec::new();
            for one in all {
                let tidy = wording::line(one, &(1..=64)).map_err(|_| "unknown")?;
                if !kept.contains(&tidy) {
                    kept.push(tidy);
                }
            }
            if kept.len() > most {
                Err("too_many")
            } else {
                Ok(kept)
            }
        }
        // An empty list says nothing about what it would hold.
        Raw::Shares(none) if none.is_empty() => Ok(Vec::new()),
        Raw::Text(_) | Raw::Int(_) | Raw::Flag(_) | Raw::Shares(_) | Raw::Other => Err("unknown"),
    }
}

fn shares(raw: &Raw) -> Result<Cell, &'static str> {
    match raw {
        Raw::Null => Ok(Cell::Shares(Vec::new())),
        Raw::Texts(none) if none.is_empty() => Ok(Cell::Shares(Vec::new())),
        Raw::Shares(all) => {
            if all.len() > SHARES_MAX {
                return Err("too_many");
            }
            if all.iter().any(|(_, share)| !(1..=100).contains(share)) {
                return Err("out_of_range");
            }
            let mut codes: Vec<&String> = all.iter().map(|(code, _)| code).collect();
            codes.sort_unstable();
            codes.dedup();
            if codes.len() < all.len() {
                return Err("taken");
            }
            let sum: i64 = all.iter().map(|(_, share)| share).sum();
            if sum == 100 || all.is_empty() {
                Ok(Cell::Shares(all.clone()))
            } else {
                Err("shares_sum")
            }
        }
        Raw::Text(_) | Raw::Int(_) | Raw::Flag(_) | Raw::Texts(_) | Raw::Other => Err("unknown"),
    }
}

/// A decimal number as people write it; kept with a point.
///
/// # Errors
/// `not_a_number`, `too_long`.
pub fn decimal(typed: &str) -> Result<String, &'static str> {
    let tidy: String = typed
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .map(|letter| if letter == ',' { '.' } else { letter })
        .collect();
    let digits = tidy.strip_prefix('-').unwrap_or(&tidy);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !all_digits(whole) || !all_digits(part) {
        Err("not_a_number")
    } else if tidy.len() > DECIMAL_CHARS {
        Err("too_long")
    } else {
        Ok(tidy)
    }
}
