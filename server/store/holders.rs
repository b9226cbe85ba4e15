//! Who holds which role around a proposal today: whom a refusal can name, and whom a board awaits.

use super::refs::{PersonRef, organisation_today, person_at, person_columns};
use super::{Tx, args};
use crate::error::Result;
use crate::ids::ProposalId;
use crate::rules::day::Day;
use crate::rules::role::Role;

impl Tx {
    /// Who leads the proposal, runs and presides its lead chantier, keeps the steering committee's
    /// secretariat, instructs and validates for the Region.
    pub(super) async fn holders(
        &mut self,
        proposal: &ProposalId,
        chantier_id: &str,
        today: &Day,
    ) -> Result<Vec<(Role, PersonRef)>> {
        let mut holders = Vec::new();
        for person in self.tied_people(proposal, "owner", today).await? {
            holders.push((Role::Owner, person));
        }
        let day = today.as_str();
        let rows = self
            .rows(
                concat!(
                    "select m.role, ",
                    person_columns!(),
                    " from mandate m join body b on b.body_id = m.body_id
                      join person p on p.person_id = m.person_id",
                    organisation_today!("$1", "$2"),
                    "where m.valid_from <= $3 and (m.valid_to is null or m.valid_to > $4)
                     and ((b.chantier_id = $5 and m.role in ('facilitator', 'co_president'))
                          or m.role in ('copil_secretary', 'region_instructor', 'region_validator'))
                     order by m.role, m.mandate_id, f.valid_from"
                ),
                args![day, day, day, day, chantier_id],
            )
            .await?;
        for row in rows {
            let person = person_at(&row, 1)?;
            let Some(role) = Role::from_key(&row.text(0)?) else {
                continue;
            };
            let mut known = holders.iter();
            if !known.any(|(held, one)| *held == role && one.person_id == person.person_id) {
                holders.push((role, person));
            }
        }
        Ok(holders)
    }
}
