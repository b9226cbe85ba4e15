//! How actions go, for who is awaited on them: a few statements whatever their number.

use std::collections::HashMap;

use crate::error::{Error, Result};
use crate::ids::ProposalId;
use crate::rules::awaited::Following;
use crate::rules::day::Day;
use crate::rules::follow_ups::START;
use crate::store::courses::{CourseRow, scoped};
use crate::store::money::in_force;
use crate::store::{Row, Tx};

/// The reports of actions that run: the first says when the action began.
const REPORTS: [&str; 2] = scoped!(
    "select f.proposal_id, f.period, f.due_on from follow_up f
     join proposal q on q.proposal_id = f.proposal_id
     where f.submitted_at_ms is not null and q.stage in ('in_progress', 'suspended')",
    "f.proposal_id"
);

const CONDITIONS: [&str; 2] = scoped!(
    concat!(
        "select d.proposal_id, c.due_on from decision_condition c
     join decision d on d.decision_id = c.decision_id
     where c.lifted_at_ms is null and ",
        in_force!("d")
    ),
    "d.proposal_id"
);

const SUSPENSIONS: [&str; 2] = scoped!(
    "select proposal_id, review_on from suspension where resumed_at_ms is null",
    "proposal_id"
);

impl Tx {
    /// Adds to courses how the actions among them go.
    pub(in crate::store) async fn add_following(
        &mut self,
        only: Option<&ProposalId>,
        courses: &mut HashMap<String, CourseRow>,
    ) -> Result<()> {
        for row in self.scoped(REPORTS, only).await? {
            let Some(following) = following(courses, &row)? else {
                continue;
            };
            let period = row.text(1)?;
            if period == START {
                following.began_on = Some(day(&row, 2)?);
            } else {
                following.given.push(period);
            }
        }
        for row in self.scoped(CONDITIONS, only).await? {
            let due_on = day(&row, 1)?;
            if let Some(following) = following(courses, &row)? {
                let first = following.condition_due_on.as_ref();
                if first.is_none_or(|known| due_on < *known) {
                    following.condition_due_on = Some(due_on);
                }
            }
        }
        for row in self.scoped(SUSPENSIONS, only).await? {
            if let Some(following) = following(courses, &row)? {
                following.review_on = Some(day(&row, 1)?);
            }
        }
        Ok(())
    }
}

/// How the proposal of this row goes.
fn following<'a>(
    courses: &'a mut HashMap<String, CourseRow>,
    row: &Row,
) -> Result<Option<&'a mut Following>> {
    let found = courses.get_mut(&row.text(0)?);
    Ok(found.map(|found| &mut found.course.following))
}

/// The day in this column.
pub(super) fn day(row: &Row, index: usize) -> Result<Day> {
    let text = row.text(index)?;
    Day::from_iso(&text).ok_or_else(|| Error::internal(format!("no day: {text}")))
}
