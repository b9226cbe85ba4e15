//! Rows and threads of one proposal copied into another (T29, T30): side by side with what is there, each
//! saying where it came from; the source keeps its own. Nothing is added up here.

use super::{Tx, Value, args};
use crate::error::{Error, Result};
use crate::ids::{CommentId, ProposalId};
use crate::rules::splits::RowKind;

/// The statements of one kind of rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rows {
    ids: &'static str,
    last: &'static str,
    insert: &'static str,
}

macro_rules! rows {
    ($table:literal, $id:literal, $columns:literal) => {
        Rows {
            ids: concat!(
                "select ",
                $id,
                " from ",
                $table,
                " where proposal_id = $1 order by rank, ",
                $id
            ),
            last: concat!("select max(rank) from ", $table, " where proposal_id = $1"),
            insert: concat!(
                "insert into ",
                $table,
                " (",
                $id,
                ", proposal_id, rank, version, from_proposal_id,
                 changed_by, changed_at_ms, ",
                $columns,
                ")
                 select $1, $2, $3, 1, proposal_id, changed_by, changed_at_ms, ",
                $columns,
                " from ",
                $table,
                " where ",
                $id,
                " = $4"
            ),
        }
    };
}

/// What is aimed at.
pub(super) const OBJECTIVES: Rows = rows!("objective", "objective_id", "body");
/// Who takes part.
pub(super) const PARTNERS: Rows = rows!(
    "partner",
    "partner_id",
    "organisation_id, name, role, state, paid"
);
/// When.
pub(super) const CALENDAR: Rows = rows!(
    "calendar_phase",
    "calendar_phase_id",
    "label, starts_on, ends_on, milestone"
);
/// What will be measured.
pub(super) const INDICATORS: Rows = rows!(
    "indicator",
    "indicator_id",
    "label, kind, unit, baseline, target, due_on, source"
);
const EXPENSES: Rows = rows!(
    "expense",
    "expense_id",
    "year, nature, account, label, amount_cents"
);
const FUNDING: Rows = rows!(
    "funding",
    "funding_id",
    "year, funder, kind, scheme, amount_cents, state, nature"
);
const REQUESTS: Rows = rows!(
    "envelope_request",
    "envelope_request_id",
    "code, year, amount_cents"
);
const JOBS: Rows = rows!(
    "job_line",
    "job_line_id",
    "kind, nature, stage, posts, fte_hundredths, women, men, undisclosed, contract, duration_months,
     effect_year, sector, confidence, note, founding_answer, employer_siret, evidence,
     overlap_percent, sector_nomenclature"
);

/// The rows that carry amounts or jobs.
pub(super) const fn of(kind: RowKind) -> Rows {
    match kind {
        RowKind::Expense => EXPENSES,
        RowKind::Funding => FUNDING,
        RowKind::EnvelopeRequest => REQUESTS,
        RowKind::JobLine => JOBS,
    }
}

impl Tx {
    /// Copies every row of a kind behind those of the other proposal; how many.
    pub(super) async fn copy_rows(
        &mut self,
        rows: Rows,
        from: &ProposalId,
        to: &ProposalId,
    ) -> Result<usize> {
        let ids = self.rows(rows.ids, args![from.as_str()]).await?;
        for row in &ids {
            self.copy_row(rows, &row.text(0)?, to).await?;
        }
        Ok(ids.len())
    }

    /// Copies one row behind those of the other proposal; the copy's id.
    pub(super) async fn copy_row(
        &mut self,
        rows: Rows,
        row_id: &str,
        to: &ProposalId,
    ) -> Result<String> {
        let last = self.row(rows.last, args![to.as_str()]).await?;
        let last = last.map(|row| row.opt_int(0)).transpose()?.flatten();
        let id = uuid::Uuid::now_v7().to_string();
        self.run(
            rows.insert,
            args![&id, to.as_str(), last.unwrap_or(0) + 1, row_id],
        )
        .await?;
        self.run(
            "insert into job_line_territory (job_line_id, territory_code, share_percent)
             select $1, territory_code, share_percent from job_line_territory where job_line_id = $2",
            args![&id, row_id],
        )
        .await?;
        Ok(id)
    }

    /// Copies what lists hold once: territories, keywords, the organisations that bear it together. What is
    /// there already stays.
    pub(super) async fn copy_lists(&mut self, from: &ProposalId, to: &ProposalId) -> Result<()> {
        for sql in [
            "insert into proposal_territory (proposal_id, territory_code)
             select $1, territory_code from proposal_territory where proposal_id = $2
             on conflict do nothing",
            "insert into proposal_tag (proposal_id, tag)
             select $1, tag from proposal_tag where proposal_id = $2 on conflict do nothing",
            "insert into proposal_co_porteur (proposal_id, organisation_id)
             select $1, organisation_id from proposal_co_porteur where proposal_id = $2
             on conflict do nothing",
            "insert into proposal_chantier (proposal_id, chantier_id)
             select $1, chantier_id from proposal_chantier where proposal_id = $2
             on conflict do nothing",
        ] {
            self.run(sql, args![to.as_str(), from.as_str()]).await?;
        }
        Ok(())
    }

    /// Copies the threads nobody has closed, with their replies; how many. The source keeps its own.
    pub(super) async fn copy_open_threads(
        &mut self,
        from: &ProposalId,
        to: &ProposalId,
    ) -> Result<usize> {
        let threads = self
            .rows(
                "select comment_id from comment where proposal_id = $1 and parent_id is null
                 and closed_at_ms is null and withdrawn_at_ms is null
                 order by created_at_ms, comment_id",
                args![from.as_str()],
            )
            .await?;
        for thread in &threads {
            let thread = thread.text(0)?;
            let copy = self.copy_message(&thread, to, None).await?;
            let replies = self
                .rows(
                    "select comment_id from comment where parent_id = $1
                     order by created_at_ms, comment_id",
                    args![&thread],
                )
                .await?;
            for reply in replies {
                self.copy_message(&reply.text(0)?, to, Some(&copy)).await?;
            }
        }
        Ok(threads.len())
    }

    async fn copy_message(
        &mut self,
        message: &str,
        to: &ProposalId,
        parent: Option<&str>,
    ) -> Result<String> {
        let copy = CommentId::new();
        let values: &[Value] = args![copy.as_str(), to.as_str(), parent, message];
        let copied = self
            .run(
                "insert into comment (comment_id, proposal_id, parent_id, from_proposal_id, section, kind,
                                      author_id, body, visibility, state, outcome, created_at_ms,
                                      closed_at_ms, closed_by, outcome_note, edited_at_ms,
                                      withdrawn_at_ms, author_organisation_id, activity_at_ms, version)
                 select $1, $2, $3, proposal_id, section, kind, author_id, body, visibility, state,
                        outcome, created_at_ms, closed_at_ms, closed_by, outcome_note, edited_at_ms,
                        withdrawn_at_ms, author_organisation_id, activity_at_ms, 1
                 from comment where comment_id = $4",
                values,
            )
            .await?;
        if copied != 1 {
            return Err(Error::internal("a message that is not there"));
        }
        self.run(
            "insert into comment_mention (comment_id, person_id, seen_at_ms)
             select $1, person_id, seen_at_ms from comment_mention where comment_id = $2",
            args![copy.as_str(), message],
        )
        .await?;
        Ok(copy.as_str().to_owned())
    }
}
