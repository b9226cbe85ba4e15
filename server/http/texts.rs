//! Texts of a request, tidied and within their bounds, and what is said of one that is not.

use std::ops::RangeInclusive;

use crate::error::{Error, Result};
use crate::rules::wording;

/// A line of a request, tidied and within its bounds.
///
/// # Errors
/// `Invalid` with the field.
pub fn line(field: &'static str, text: &str, chars: &RangeInclusive<usize>) -> Result<String> {
    wording::line(text, chars).map_err(|problem| invalid(field, problem))
}

/// The same, if one is given that is not blank.
///
/// # Errors
/// `Invalid` with the field.
pub fn optional(
    field: &'static str,
    text: Option<&str>,
    chars: &RangeInclusive<usize>,
) -> Result<Option<String>> {
    text.filter(|text| !text.trim().is_empty())
        .map(|text| line(field, text, chars))
        .transpose()
}

/// The key of a list that this text names.
///
/// # Errors
/// `Invalid` `unknown` with the field.
pub fn known(field: &'static str, text: &str, keys: &[&'static str]) -> Result<&'static str> {
    let mut keys = keys.iter().copied();
    keys.find(|key| *key == text)
        .ok_or(invalid(field, "unknown"))
}

/// What is wrong with a field.
#[must_use]
pub fn invalid(field: &'static str, problem: &'static str) -> Error {
    Error::Invalid { field, problem }
}
