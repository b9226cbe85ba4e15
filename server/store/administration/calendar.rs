//! What each year of the programme has of its meetings: three of the steering committee and one of the
//! Assises, planned or held (`domain.md` 1.6, invariant 15).

use crate::error::Result;
use crate::rules::day::Day;
use crate::store::Tx;

/// A year's meetings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct YearMeetings {
    /// The year.
    pub year: i64,
    /// Meetings of the steering committee, neither cancelled nor postponed.
    pub copil: i64,
    /// Meetings of the Assises, neither cancelled nor postponed.
    pub assises: i64,
}

impl Tx {
    /// The meetings of each of these years.
    pub(super) async fn meetings_by_year(
        &mut self,
        years: std::ops::RangeInclusive<i64>,
    ) -> Result<Vec<YearMeetings>> {
        let mut list: Vec<YearMeetings> = years
            .map(|year| YearMeetings {
                year,
                copil: 0,
                assises: 0,
            })
            .collect();
        for row in self
            .rows(
                "select b.kind, m.starts_at_ms from meeting m join body b on b.body_id = m.body_id
                 where b.kind in ('copil', 'assises') and m.status not in ('cancelled', 'postponed')",
                &[],
            )
            .await?
        {
            let year = Day::in_paris(row.int(1)?).year();
            if let Some(found) = list.iter_mut().find(|one| one.year == year) {
                if row.text(0)? == "copil" {
                    found.copil += 1;
                } else {
                    found.assises += 1;
                }
            }
        }
        Ok(list)
    }
}
