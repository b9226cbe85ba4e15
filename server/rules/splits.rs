//! Splitting a proposal (T30, `domain.md` section 2): every amount and job line goes to one of the
//! proposals it becomes, or is dropped on purpose. Nothing is summed, nothing is lost without a word.

use super::keyed::keyed;
use super::transitions::SplitFacts;

/// How many proposals a split makes.
pub const CHILDREN: std::ops::RangeInclusive<usize> = 2..=6;

keyed! {
    /// What is allocated.
    RowKind {
        /// A row of the budget.
        Expense "expense";
        /// A row of the funding plan.
        Funding "funding";
        /// Money asked from an envelope.
        EnvelopeRequest "envelope_request";
        /// A line of jobs.
        JobLine "job_line";
    }
}

/// A row of the sheet, as far as a plan names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowRef {
    /// What it is.
    pub kind: RowKind,
    /// Its id.
    pub row_id: String,
    /// The state of it the plan is about.
    pub version: i64,
}

/// Where a row goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// To the proposal of this place, from 0.
    Child(usize),
    /// Nowhere, for this reason.
    Dropped(String),
}

/// What a plan of `child_count` proposals leaves open among these rows: a row without a fate, or with one
/// that names no proposal.
#[must_use]
pub fn split_facts(rows: &[RowRef], plan: &[(RowRef, Fate)], child_count: usize) -> SplitFacts {
    let settled = |row: &RowRef| {
        plan.iter().any(|(planned, fate)| {
            let is_somewhere = match fate {
                Fate::Child(place) => *place < child_count,
                Fate::Dropped(motive) => !motive.is_empty(),
            };
            planned.kind == row.kind && planned.row_id == row.row_id && is_somewhere
        })
    };
    SplitFacts {
        child_count,
        unallocated_count: rows.iter().filter(|row| !settled(row)).count(),
    }
}

/// Whether the rows changed since the plan was made: another row, a missing one, another state of one.
#[must_use]
pub fn is_outdated(rows: &[RowRef], plan: &[(RowRef, Fate)]) -> bool {
    let mut now: Vec<&RowRef> = rows.iter().collect();
    let mut then: Vec<&RowRef> = plan.iter().map(|(row, _)| row).collect();
    now.sort_by_key(|row| place(row));
    then.sort_by_key(|row| place(row));
    now != then
}

fn place(row: &RowRef) -> (&'static str, &str) {
    (row.kind.key(), &row.row_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(kind: RowKind, id: &str, version: i64) -> RowRef {
        RowRef {
            kind,
            row_id: id.to_owned(),
            version,
        }
    }

    #[test]
    fn t30_every_row_goes_somewhere() {
        let rows = [row(RowKind::Expense, "a", 1), row(RowKind::JobLine, "b", 1)];
        let open = |plan: &[(RowRef, Fate)]| split_facts(&rows, plan, 2).unallocated_count;
        let kept = (rows[0].clone(), Fate::Child(1));
        assert_eq!(open(&[]), 2);
        assert_eq!(open(std::slice::from_ref(&kept)), 1);
        let nowhere = (rows[1].clone(), Fate::Child(2));
        assert_eq!(open(&[kept.clone(), nowhere]), 1);
        let unsaid = (rows[1].clone(), Fate::Dropped(String::new()));
        assert_eq!(open(&[kept.clone(), unsaid]), 1);
        let other = (row(RowKind::Funding, "b", 1), Fate::Child(0));
        assert_eq!(open(&[kept.clone(), other]), 1);
        let dropped = (rows[1].clone(), Fate::Dropped("pas repris".to_owned()));
        assert_eq!(open(&[kept, dropped]), 0);
    }

    #[test]
    fn t30_a_plan_is_about_the_rows_as_they_were() {
        let rows = [row(RowKind::Expense, "a", 1), row(RowKind::Funding, "b", 3)];
        let plan: Vec<(RowRef, Fate)> = rows
            .iter()
            .rev()
            .map(|one| (one.clone(), Fate::Child(0)))
            .collect();
        assert!(!is_outdated(&rows, &plan));
        assert!(is_outdated(&rows[..1], &plan));
        assert!(is_outdated(&rows, &plan[..1]));
        let changed = [rows[0].clone(), row(RowKind::Funding, "b", 4)];
        assert!(is_outdated(&changed, &plan));
    }
}
