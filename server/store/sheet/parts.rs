//! The parts that hold one value: each with its own version, saved like a row.

use super::rows::Saved;
use super::values::{text, texts, values};
use crate::error::{Error, Result};
use crate::ids::ProposalId;
use crate::rules::rights::{Facts, Permit, Refusal, act};
use crate::rules::sheet::{Cell, Part};
use crate::store::accounts::Identity;
use crate::store::{Store, Tx, Value, args};

/// A part to change; its fields checked by [`Part::check`].
#[derive(Clone, Debug)]
pub struct PartChange {
    /// The version it was changed on; 0 when it was never changed.
    pub expected_version: i64,
    /// Its fields, in the order of [`Part::columns`].
    pub cells: Vec<Cell>,
}

impl Store {
    /// Changes a part.
    ///
    /// # Errors
    /// `NotFound`, `Refused` by R-SHEET; `Invalid` for what it names and nobody knows, or `rows_exist` when
    /// it says that there is nothing where rows are.
    pub async fn change_part(
        &self,
        who: &Identity,
        proposal: &ProposalId,
        part: Part,
        change: &PartChange,
        rule: impl FnOnce(&Facts) -> Result<Permit<act::EditSheet>, Refusal> + Send,
    ) -> Result<Saved> {
        let now = self.clock.now();
        let mut tx = self.write().await?;
        let document = tx.edit_sheet(who, proposal, &self.today(), rule).await?;
        if !tx
            .next_part_version(who, proposal, part.key(), change.expected_version, now.ms())
            .await?
        {
            return Ok(Saved::Changed);
        }
        tx.write_part(proposal, part, &change.cells, now.ms())
            .await?;
        tx.touch(proposal, now).await?;
        tx.commit().await?;
        Ok(Saved::Done(document))
    }
}

impl Tx {
    /// Counts a change of a part; `false` when somebody changed it meanwhile.
    pub(super) async fn next_part_version(
        &mut self,
        who: &Identity,
        proposal: &ProposalId,
        part: &str,
        expected_version: i64,
        at_ms: i64,
    ) -> Result<bool> {
        let held = self
            .row(
                "select version from sheet_part where proposal_id = $1 and part = $2",
                args![proposal.as_str(), part],
            )
            .await?;
        let version = held.map_or(Ok(0), |row| row.int(0))?;
        if version != expected_version {
            return Ok(false);
        }
        self.run(
            "insert into sheet_part (proposal_id, part, version, changed_by, changed_at_ms)
             values ($1, $2, 1, $3, $4)
             on conflict (proposal_id, part) do update
             set version = sheet_part.version + 1, changed_by = excluded.changed_by,
                 changed_at_ms = excluded.changed_at_ms",
            args![proposal.as_str(), part, who.person_id.as_str(), at_ms],
        )
        .await?;
        Ok(true)
    }

    async fn write_part(
        &mut self,
        proposal: &ProposalId,
        part: Part,
        cells: &[Cell],
        at_ms: i64,
    ) -> Result<()> {
        let columns = part.columns();
        let mut bound = values(&columns, cells);
        match part {
            Part::Owner => {
                let organisations = texts(&columns, cells, "co_porteurs");
                self.write_co_porteurs(proposal, organisations).await?;
                bound.push(Value::from(proposal.as_str()));
                self.run(
                    "update proposal set owner_text = $1, owner_contact_name = $2,
                            owner_contact_email = $3, owner_capacity = $4, owner_legal_form = $5
                     where proposal_id = $6",
                    &bound,
                )
                .await?;
            }
            Part::TargetPublic => {
                let tags = texts(&columns, cells, "tags").join(",");
                bound.push(Value::from((!tags.is_empty()).then_some(tags)));
                bound.push(Value::from(proposal.as_str()));
                self.run(
                    "update proposal set target_text = $1, target_headcount = $2,
                            target_women_percent = $3, target_tags = $4
                     where proposal_id = $5",
                    &bound,
                )
                .await?;
            }
            Part::Territory => {
                self.write_territories(proposal, texts(&columns, cells, "codes"))
                    .await?;
            }
            Part::Vat => {
                bound.push(Value::from(proposal.as_str()));
                self.run(
                    "update proposal set vat_mode = $1 where proposal_id = $2",
                    &bound,
                )
                .await?;
            }
            Part::NoPartner => {
                let said = matches!(cells.first(), Some(Cell::Int(Some(1))));
                self.nothing_there(said, "none", PARTNERS, proposal).await?;
                self.run(
                    "update proposal set no_partner_at_ms = $1 where proposal_id = $2",
                    args![said.then_some(at_ms), proposal.as_str()],
                )
                .await?;
            }
            Part::NoJobs => {
                let motive = text(&columns, cells, "motive");
                self.nothing_there(motive.is_some(), "motive", JOBS, proposal)
                    .await?;
                self.run(
                    "update proposal set no_jobs_motive = $1 where proposal_id = $2",
                    args![motive, proposal.as_str()],
                )
                .await?;
            }
        }
        Ok(())
    }

    /// Refuses to say that there is nothing where there are rows.
    async fn nothing_there(
        &mut self,
        said: bool,
        field: &'static str,
        rows: &'static str,
        proposal: &ProposalId,
    ) -> Result<()> {
        if said && self.row(rows, args![proposal.as_str()]).await?.is_some() {
            return Err(Error::Invalid {
                field,
                problem: "rows_exist",
            });
        }
        Ok(())
    }

    async fn write_co_porteurs(&mut self, proposal: &ProposalId, ids: &[String]) -> Result<()> {
        let row = self
            .row(
                "select porteur_id from proposal where proposal_id = $1",
                args![proposal.as_str()],
            )
            .await?
            .ok_or(Error::NotFound)?;
        let porteur = row.opt_text(0)?;
        self.run(
            "delete from proposal_co_porteur where proposal_id = $1",
            args![proposal.as_str()],
        )
        .await?;
        for id in ids {
            self.known_organisation("co_porteurs", id).await?;
            if porteur.as_ref() == Some(id) {
                return Err(Error::Invalid {
                    field: "co_porteurs",
                    problem: "is_porteur",
                });
            }
            self.run(
                "insert into proposal_co_porteur (proposal_id, organisation_id) values ($1, $2)",
                args![proposal.as_str(), id],
            )
            .await?;
        }
        Ok(())
    }

    async fn write_territories(&mut self, proposal: &ProposalId, codes: &[String]) -> Result<()> {
        self.run(
            "delete from proposal_territory where proposal_id = $1",
            args![proposal.as_str()],
        )
        .await?;
        for code in codes {
            let code = self.known_territory("codes", code).await?;
            self.run(
                "insert into proposal_territory (proposal_id, territory_code) values ($1, $2)
                 on conflict do nothing",
                args![proposal.as_str(), &code],
            )
            .await?;
        }
        Ok(())
    }
}

const PARTNERS: &str = "select 1 from partner where proposal_id = $1";
const JOBS: &str = "select 1 from job_line where proposal_id = $1";
