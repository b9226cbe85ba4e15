//! Rows added, changed, moved, taken out: each in a transaction that takes the document's row first, so
//! that a freeze and a saved row follow each other: a row is in the frozen sheet, or refused.

use super::values::{cell, text, values};
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::ids::{DocumentId, ProposalId};
use crate::rules::rights::{Facts, Permit, Refusal, act};
use crate::rules::sheet::rows::job_kind;
use crate::rules::sheet::{Cell, Column, ROWS_MAX, Section};
use crate::store::accounts::Identity;
use crate::store::{Store, Tx, Value, args};

/// A row to add; its fields checked by [`Section::check`].
#[derive(Clone, Debug)]
pub struct NewRow {
    /// Its id, made by who adds it: asked twice, it is added once.
    pub row_id: String,
    /// Its place, from 1; the last when `None`.
    pub place: Option<usize>,
    /// Its fields, in the order of [`Section::columns`].
    pub cells: Vec<Cell>,
}

/// A row to change.
#[derive(Clone, Debug)]
pub struct RowChange {
    /// Its id.
    pub row_id: String,
    /// The version it was changed on.
    pub expected_version: i64,
    /// Its fields, in the order of [`Section::columns`].
    pub cells: Vec<Cell>,
}

/// What became of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Saved {
    /// It is kept: the text whose readers hear of it.
    Done(DocumentId),
    /// Somebody changed it meanwhile, or took it out: nothing is kept.
    Changed,
}

/// The statements of a section. Their first values are the row's id, the proposal, who, when, and the
/// rank (added) or the expected version (changed).
struct Table {
    insert: &'static str,
    update: &'static str,
    delete: &'static str,
    order: &'static str,
    rank: &'static str,
    holder: &'static str,
}

macro_rules! table {
    ($table:literal, $id:literal; $($column:literal $place:literal),+) => {
        Table {
            insert: concat!("insert into ", $table, " (", $id,
                ", proposal_id, changed_by, changed_at_ms, rank, version", $(", ", $column,)+
                ") values ($1, $2, $3, $4, $5, 1", $(", ", $place,)+ ") on conflict do nothing"),
            update: concat!("update ", $table,
                " set changed_by = $3, changed_at_ms = $4, version = version + 1",
                $(", ", $column, " = ", $place,)+
                " where ", $id, " = $1 and proposal_id = $2 and version = $5"),
            delete: concat!("delete from ", $table, " where ", $id,
                " = $1 and proposal_id = $2 and version = $3"),
            order: concat!("select ", $id, " from ", $table,
                " where proposal_id = $1 order by rank, ", $id),
            rank: concat!("update ", $table, " set rank = $1 where ", $id, " = $2"),
            holder: concat!("select proposal_id from ", $table, " where ", $id, " = $1"),
        }
    };
}

const fn table(section: Section) -> Table {
    match section {
        Section::Objectives => table!("objective", "objective_id"; "body" "$6"),
        Section::Partners => table!("partner", "partner_id";
            "organisation_id" "$6", "name" "$7", "role" "$8", "state" "$9", "paid" "$10"),
        Section::Calendar => table!("calendar_phase", "calendar_phase_id";
            "label" "$6", "starts_on" "$7", "ends_on" "$8", "milestone" "$9"),
        Section::Budget => table!("expense", "expense_id";
            "year" "$6", "nature" "$7", "account" "$8", "label" "$9", "amount_cents" "$10"),
        Section::Funding => table!("funding", "funding_id";
            "year" "$6", "funder" "$7", "kind" "$8", "scheme" "$9", "amount_cents" "$10",
            "state" "$11", "nature" "$12"),
        Section::EnvelopeRequests => table!("envelope_request", "envelope_request_id";
            "code" "$6", "year" "$7", "amount_cents" "$8"),
        Section::Indicators => table!("indicator", "indicator_id";
            "label" "$6", "kind" "$7", "unit" "$8", "baseline" "$9", "target" "$10",
            "due_on" "$11", "source" "$12"),
        Section::Jobs => table!("job_line", "job_line_id";
            "founding_answer" "$6", "nature" "$7", "posts" "$8", "fte_hundredths" "$9",
            "women" "$10", "men" "$11", "undisclosed" "$12", "contract" "$13",
            "duration_months" "$14", "effect_year" "$15", "employer_siret" "$16", "sector" "$17",
            "confidence" "$18", "evidence" "$19", "overlap_percent" "$20", "note" "$21",
            "kind" "$22", "stage" "$23"),
    }
}

impl Store {
    /// Adds a row; asked twice with one id, it is added once and left as it stands.
    ///
    /// # Errors
    /// `NotFound`, `Refused` by R-SHEET, `Conflict` `too_many_rows`, `Invalid` for what the row names and
    /// nobody knows, or `row_id` `taken` when it is a row of something else.
    pub async fn add_row(
        &self,
        who: &Identity,
        proposal: &ProposalId,
        section: Section,
        new: &NewRow,
        rule: impl FnOnce(&Facts) -> Result<Permit<act::EditSheet>, Refusal> + Send,
    ) -> Result<Saved> {
        let now = self.clock.now();
        let mut tx = self.write().await?;
        let document = tx.edit_sheet(who, proposal, &self.today(), rule).await?;
        let table = table(section);
        let order = tx.order(&table, proposal).await?;
        if order.contains(&new.row_id) {
            return Ok(Saved::Done(document));
        }
        if order.len() >= ROWS_MAX {
            return Err(Error::Conflict("too_many_rows"));
        }
        let rank = i64::try_from(order.len() + 1).map_err(Error::internal)?;
        let (fixed, names) = (fixed(who, proposal, &new.row_id, now), &new.cells);
        let values = tx.row_values(section, fixed, rank, names).await?;
        if tx.run(table.insert, &values).await? == 0 {
            return Err(Error::Invalid {
                field: "row_id",
                problem: "taken",
            });
        }
        if let Some(place) = new.place {
            tx.place(&table, order, &new.row_id, place).await?;
        }
        tx.write_shares(section, &new.row_id, &new.cells).await?;
        tx.touch(proposal, now).await?;
        tx.commit().await?;
        Ok(Saved::Done(document))
    }

    /// Changes a row.
    ///
    /// # Errors
    /// `NotFound` also for a row of another proposal; `Refused` by R-SHEET; `Invalid` as above.
    pub async fn change_row(
        &self,
        who: &Identity,
        proposal: &ProposalId,
        section: Section,
        change: &RowChange,
        rule: impl FnOnce(&Facts) -> Result<Permit<act::EditSheet>, Refusal> + Send,
    ) -> Result<Saved> {
        let now = self.clock.now();
        let mut tx = self.write().await?;
        let document = tx.edit_sheet(who, proposal, &self.today(), rule).await?;
        let table = table(section);
        tx.own_row(&table, proposal, &change.row_id).await?;
        let fixed = fixed(who, proposal, &change.row_id, now);
        let version = change.expected_version;
        let values = tx
            .row_values(section, fixed, version, &change.cells)
            .await?;
        if tx.run(table.update, &values).await? == 0 {
            return Ok(Saved::Changed);
        }
        tx.write_shares(section, &change.row_id, &change.cells)
            .await?;
        tx.touch(proposal, now).await?;
        tx.commit().await?;
        Ok(Saved::Done(document))
    }

    /// Takes a row out; one that is out already stays out.
    ///
    /// # Errors
    /// `NotFound` for a row of another proposal; `Refused` by R-SHEET.
    pub async fn remove_row(
        &self,
        who: &Identity,
        proposal: &ProposalId,
        section: Section,
        row_id: &str,
        expected_version: i64,
        rule: impl FnOnce(&Facts) -> Result<Permit<act::EditSheet>, Refusal> + Send,
    ) -> Result<Saved> {
        let now = self.clock.now();
        let mut tx = self.write().await?;
        let document = tx.edit_sheet(who, proposal, &self.today(), rule).await?;
        let table = table(section);
        if !tx.own_row(&table, proposal, row_id).await? {
            return Ok(Saved::Done(document));
        }
        if section == Section::Jobs {
            tx.run(
                "delete from job_line_territory where job_line_id = $1",
                args![row_id],
            )
            .await?;
        }
        let removed = tx
            .run(
                table.delete,
                args![row_id, proposal.as_str(), expected_version],
            )
            .await?;
        if removed == 0 {
            return Ok(Saved::Changed);
        }
        tx.touch(proposal, now).await?;
        tx.commit().await?;
        Ok(Saved::Done(document))
    }

    /// Moves a row to a place, from 1; beyond the end is the last. The version of a row is about its
    /// words, not its place: it stays.
    ///
    /// # Errors
    /// `NotFound` also when there is no such row; `Refused` by R-SHEET.
    pub async fn move_row(
        &self,
        who: &Identity,
        proposal: &ProposalId,
        section: Section,
        row_id: &str,
        place: usize,
        rule: impl FnOnce(&Facts) -> Result<Permit<act::EditSheet>, Refusal> + Send,
    ) -> Result<DocumentId> {
        let now = self.clock.now();
        let mut tx = self.write().await?;
        let document = tx.edit_sheet(who, proposal, &self.today(), rule).await?;
        let table = table(section);
        let order = tx.order(&table, proposal).await?;
        if !order.iter().any(|id| id == row_id) {
            return Err(Error::NotFound);
        }
        tx.place(&table, order, row_id, place).await?;
        tx.touch(proposal, now).await?;
        tx.commit().await?;
        Ok(document)
    }
}

/// The first values of an insert or update.
fn fixed(who: &Identity, proposal: &ProposalId, row_id: &str, at: Timestamp) -> Vec<Value> {
    vec![
        Value::from(row_id),
        Value::from(proposal.as_str()),
        Value::from(who.person_id.as_str()),
        Value::from(at.ms()),
    ]
}

impl Tx {
    /// Takes the document's row, then asks the rule.
    pub(super) async fn edit_sheet(
        &mut self,
        who: &Identity,
        proposal: &ProposalId,
        today: &crate::rules::day::Day,
        rule: impl FnOnce(&Facts) -> Result<Permit<act::EditSheet>, Refusal> + Send,
    ) -> Result<DocumentId> {
        let document = self.hold_document(proposal).await?;
        let facts = self
            .proposal_facts(&who.account_id, proposal, today)
            .await?;
        rule(&facts)?;
        Ok(document)
    }

    /// Notes that the proposal changed, without making others' open dialogs conflict.
    pub(super) async fn touch(&mut self, proposal: &ProposalId, at: Timestamp) -> Result<()> {
        self.run(
            "update proposal set updated_at_ms = $1 where proposal_id = $2",
            args![at.ms(), proposal.as_str()],
        )
        .await?;
        Ok(())
    }

    async fn order(&mut self, table: &Table, proposal: &ProposalId) -> Result<Vec<String>> {
        let rows = self.rows(table.order, args![proposal.as_str()]).await?;
        rows.iter().map(|row| row.text(0)).collect()
    }

    /// Whether the row is there; one of another proposal is nobody's business here.
    async fn own_row(
        &mut self,
        table: &Table,
        proposal: &ProposalId,
        row_id: &str,
    ) -> Result<bool> {
        let Some(row) = self.row(table.holder, args![row_id]).await? else {
            return Ok(false);
        };
        if row.text(0)? == proposal.as_str() {
            Ok(true)
        } else {
            Err(Error::NotFound)
        }
    }

    async fn place(
        &mut self,
        table: &Table,
        mut order: Vec<String>,
        row_id: &str,
        place: usize,
    ) -> Result<()> {
        order.retain(|id| id != row_id);
        let at = place.saturating_sub(1).min(order.len());
        order.insert(at, row_id.to_owned());
        for (rank, id) in (1_i64..).zip(&order) {
            self.run(table.rank, args![rank, id]).await?;
        }
        Ok(())
    }

    /// All values of an insert or update, what they name being known.
    async fn row_values(
        &mut self,
        section: Section,
        mut fixed: Vec<Value>,
        fifth: i64,
        cells: &[Cell],
    ) -> Result<Vec<Value>> {
        let columns = section.columns();
        if let Some(id) = text(&columns, cells, "organisation_id") {
            self.known_organisation("organisation_id", id).await?;
        }
        fixed.push(Value::from(fifth));
        fixed.extend(values(&columns, cells));
        if section == Section::Jobs {
            let answer = text(&columns, cells, "founding_answer").unwrap_or_default();
            fixed.push(Value::from(job_kind(answer).unwrap_or("supported")));
            // What is written in a sheet is hoped for; what came of it is told by the follow-up.
            fixed.push(Value::from("forecast"));
        }
        Ok(fixed)
    }

    /// Where the jobs of a line are.
    async fn write_shares(&mut self, section: Section, row_id: &str, cells: &[Cell]) -> Result<()> {
        let columns: Vec<Column> = section.columns();
        let Some(Cell::Shares(shares)) = cell(&columns, cells, "territories") else {
            return Ok(());
        };
        self.run(
            "delete from job_line_territory where job_line_id = $1",
            args![row_id],
        )
        .await?;
        for (code, share) in shares {
            let code = self.known_territory("territories", code).await?;
            // Two arrondissements of one city are one territory.
            self.run(
                "insert into job_line_territory (job_line_id, territory_code, share_percent)
                 values ($1, $2, $3)
                 on conflict (job_line_id, territory_code)
                 do update set share_percent = job_line_territory.share_percent + excluded.share_percent",
                args![row_id, &code, *share],
            )
            .await?;
        }
        Ok(())
    }
}
