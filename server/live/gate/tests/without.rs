//! The gate without one of its rules: how the tests see that each rule is needed.

use std::cell::Cell;

use crate::live::gate::rule::{Gap, Rule};

/// What is taken away.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::live::gate) enum Off {
    /// A rule.
    Rule(Rule),
    /// A reason for a gap.
    Gap(Gap),
}

impl From<Rule> for Off {
    fn from(rule: Rule) -> Self {
        Self::Rule(rule)
    }
}

impl From<Gap> for Off {
    fn from(gap: Gap) -> Self {
        Self::Gap(gap)
    }
}

thread_local! {
    static OFF: Cell<Option<Off>> = Cell::new(from_environment());
}

/// `scripts/mutate-gate.mjs` runs all tests with one rule taken away by its key.
fn from_environment() -> Option<Off> {
    let key = std::env::var("CHANTIER_GATE_WITHOUT").ok()?;
    let rule = Rule::ALL.iter().find(|rule| rule.key() == key);
    let gap = match key.as_str() {
        "gap_start" => Some(Gap::Start),
        "gap_absent" => Some(Gap::Absent),
        "gap_circle" => Some(Gap::Circle),
        "gap_delete" => Some(Gap::Delete),
        _ => None,
    };
    let off = rule.map(|rule| Off::Rule(*rule)).or(gap.map(Off::Gap));
    assert!(off.is_some(), "there is no rule {key:?}");
    off
}

/// Whether this was taken away.
pub(in crate::live::gate) fn is_off(what: impl Into<Off>) -> bool {
    OFF.get() == Some(what.into())
}

/// Runs something without a rule.
pub(super) fn without<T>(what: impl Into<Off>, run: impl FnOnce() -> T) -> T {
    let before = OFF.replace(Some(what.into()));
    let result = run();
    OFF.set(before);
    result
}
