//! Reading the structured sections: each row with its state and who changed it last.

use super::{
    CalendarPhase, EnvelopeRequest, Expense, Funding, Indicator, JobLine, Mark, Objective, Origin,
    Owner, PartMark, Partner, Share, Sheet, TargetPublic, Territory,
};
use crate::error::{Error, Result};
use crate::ids::ProposalId;
use crate::store::{Row, Tx, args};

/// Reads rows `r` of a section: its state in the first four columns, then these, in the order of the rows.
macro_rules! select {
    ($table:literal, $id:literal, $columns:literal) => {
        concat!(
            "select r.",
            $id,
            ", r.version, c.given_name || ' ' || c.usual_name, r.changed_at_ms, ",
            $columns,
            " from ",
            $table,
            " r left join person c on c.person_id = r.changed_by
             where r.proposal_id = $1 order by r.rank, r.",
            $id
        )
    };
}

const OBJECTIVES: &str = select!("objective", "objective_id", "r.body");
const PARTNERS: &str = select!(
    "partner",
    "partner_id",
    "r.organisation_id,
     coalesce((select o.name from organisation o where o.organisation_id = r.organisation_id), r.name, ''),
     r.role, r.state, r.paid"
);
const CALENDAR: &str = select!(
    "calendar_phase",
    "calendar_phase_id",
    "r.label, r.starts_on, r.ends_on, r.milestone"
);
const EXPENSES: &str = select!(
    "expense",
    "expense_id",
    "r.year, r.nature, r.account, r.label, r.amount_cents"
);
const FUNDING: &str = select!(
    "funding",
    "funding_id",
    "r.year, r.funder, r.kind, r.scheme, r.amount_cents, r.state, r.nature"
);
const REQUESTS: &str = select!(
    "envelope_request",
    "envelope_request_id",
    "r.code, r.year, r.amount_cents"
);
const INDICATORS: &str = select!(
    "indicator",
    "indicator_id",
    "r.label, r.kind, r.unit, r.baseline, r.target, r.due_on, r.source"
);
const JOBS: &str = select!(
    "job_line",
    "job_line_id",
    "r.kind, r.nature, r.stage, r.posts, r.fte_hundredths, r.women, r.men, r.undisclosed, r.contract,
     r.duration_months, r.effect_year, r.sector, r.confidence, r.note, r.founding_answer,
     r.employer_siret, r.evidence, r.overlap_percent"
);

macro_rules! came {
    ($table:literal, $id:literal) => {
        concat!(
            "select r.",
            $id,
            " as row_id, r.from_proposal_id as from_id from ",
            $table,
            " r where r.proposal_id = $1 and r.from_proposal_id is not null"
        )
    };
}

const ORIGINS: &str = concat!(
    "select c.row_id, c.from_id, p.title from (",
    came!("objective", "objective_id"),
    " union all ",
    came!("partner", "partner_id"),
    " union all ",
    came!("calendar_phase", "calendar_phase_id"),
    " union all ",
    came!("expense", "expense_id"),
    " union all ",
    came!("funding", "funding_id"),
    " union all ",
    came!("envelope_request", "envelope_request_id"),
    " union all ",
    came!("indicator", "indicator_id"),
    " union all ",
    came!("job_line", "job_line_id"),
    ") c join proposal p on p.proposal_id = c.from_id order by c.row_id"
);

fn mark(row: &Row) -> Result<Mark> {
    Ok(Mark {
        row_id: row.text(0)?,
        version: row.int(1)?,
        changed_by: row.opt_text(2)?,
        changed_at_ms: row.opt_int(3)?,
    })
}

impl Tx {
    /// The structured sections of a proposal.
    ///
    /// # Errors
    /// `NotFound` when there is no such proposal.
    pub async fn sheet(&mut self, proposal: &ProposalId) -> Result<Sheet> {
        let mut sheet = Sheet {
            objectives: self.section(OBJECTIVES, proposal, objective).await?,
            partners: self.section(PARTNERS, proposal, partner).await?,
            territories: self.territories(proposal).await?,
            calendar: self.section(CALENDAR, proposal, phase).await?,
            expenses: self.section(EXPENSES, proposal, expense).await?,
            funding: self.section(FUNDING, proposal, funding).await?,
            envelope_requests: self.section(REQUESTS, proposal, request).await?,
            indicators: self.section(INDICATORS, proposal, indicator).await?,
            jobs: self.section(JOBS, proposal, job).await?,
            parts: self.part_marks(proposal).await?,
            origins: self.origins(proposal).await?,
            ..Sheet::default()
        };
        if !sheet.jobs.is_empty() {
            self.read_shares(proposal, &mut sheet.jobs).await?;
        }
        self.read_parts(proposal, &mut sheet).await?;
        Ok(sheet)
    }

    async fn section<T>(
        &mut self,
        sql: &'static str,
        proposal: &ProposalId,
        read: impl Fn(&Row) -> Result<T>,
    ) -> Result<Vec<T>> {
        let rows = self.rows(sql, args![proposal.as_str()]).await?;
        rows.iter().map(read).collect()
    }

    async fn territories(&mut self, proposal: &ProposalId) -> Result<Vec<Territory>> {
        let rows = self
            .rows(
                "select y.territory_code, y.level, y.name from proposal_territory x
                 join territory y on y.territory_code = x.territory_code
                 where x.proposal_id = $1 order by y.territory_code",
                args![proposal.as_str()],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Territory {
                    territory_code: row.text(0)?,
                    level: row.text(1)?,
                    name: row.text(2)?,
                })
            })
            .collect()
    }

    async fn origins(&mut self, proposal: &ProposalId) -> Result<Vec<Origin>> {
        let rows = self.rows(ORIGINS, args![proposal.as_str()]).await?;
        rows.iter()
            .map(|row| {
                Ok(Origin {
                    row_id: row.text(0)?,
                    proposal_id: row.text(1)?,
                    title: row.text(2)?,
                })
            })
            .collect()
    }

    async fn read_shares(&mut self, proposal: &ProposalId, jobs: &mut [JobLine]) -> Result<()> {
        let rows = self
            .rows(
                "select s.job_line_id, y.territory_code, y.name, s.share_percent
                 from job_line_territory s
                 join job_line r on r.job_line_id = s.job_line_id
                 join territory y on y.territory_code = s.territory_code
                 where r.proposal_id = $1 order by s.share_percent desc, y.territory_code",
                args![proposal.as_str()],
            )
            .await?;
        for row in rows {
            let id = row.text(0)?;
            if let Some(job) = jobs.iter_mut().find(|job| job.mark.row_id == id) {
                job.territories.push(Share {
                    territory_code: row.text(1)?,
                    name: row.text(2)?,
                    share_percent: row.int(3)?,
                });
            }
        }
        Ok(())
    }

    async fn part_marks(&mut self, proposal: &ProposalId) -> Result<Vec<PartMark>> {
        let rows = self
            .rows(
                "select s.part, s.version, c.given_name || ' ' || c.usual_name, s.changed_at_ms
                 from sheet_part s left join person c on c.person_id = s.changed_by
                 where s.proposal_id = $1 order by s.part",
                args![proposal.as_str()],
            )
            .await?;
        rows.iter()
            .map(|row| {
                Ok(PartMark {
                    part: row.text(0)?,
                    version: row.int(1)?,
                    changed_by: row.opt_text(2)?,
                    changed_at_ms: row.int(3)?,
                })
            })
            .collect()
    }

    async fn read_parts(&mut self, proposal: &ProposalId, sheet: &mut Sheet) -> Result<()> {
        let row = self
            .row(
                "select owner_text, owner_contact_name, owner_contact_email, owner_capacity,
                        owner_legal_form, target_text, target_headcount, target_women_percent,
                        target_tags, vat_mode, no_partner_at_ms, no_jobs_motive,
                        porteur_declined_at_ms
                 from proposal where proposal_id = $1",
                args![proposal.as_str()],
            )
            .await?
            .ok_or(Error::NotFound)?;
        let co_porteurs = self
            .rows(
                "select organisation_id from proposal_co_porteur where proposal_id = $1
                 order by organisation_id",
                args![proposal.as_str()],
            )
            .await?;
        sheet.owner = Owner {
            text: row.opt_text(0)?,
            contact_name: row.opt_text(1)?,
            contact_email: row.opt_text(2)?,
            capacity: row.opt_text(3)?,
            legal_form: row.opt_text(4)?,
            co_porteurs: co_porteurs
                .iter()
                .map(|row| row.text(0))
                .collect::<Result<_>>()?,
        };
        let tags = row.opt_text(8)?.unwrap_or_default();
        sheet.target_public = TargetPublic {
            text: row.opt_text(5)?,
            headcount: row.opt_int(6)?,
            women_percent: row.opt_int(7)?,
            tags: tags
                .split(',')
                .filter(|tag| !tag.is_empty())
                .map(ToOwned::to_owned)
                .collect(),
        };
        sheet.vat_mode = row.opt_text(9)?;
        sheet.no_partner_at_ms = row.opt_int(10)?;
        sheet.no_jobs_motive = row.opt_text(11)?;
        sheet.porteur_declined_at_ms = row.opt_int(12)?;
        Ok(())
    }
}

fn objective(row: &Row) -> Result<Objective> {
    Ok(Objective {
        mark: mark(row)?,
        body: row.text(4)?,
    })
}

fn partner(row: &Row) -> Result<Partner> {
    Ok(Partner {
        mark: mark(row)?,
        organisation_id: row.opt_text(4)?,
        name: row.text(5)?,
        role: row.text(6)?,
        state: row.text(7)?,
        paid: row.int(8)? != 0,
    })
}

fn phase(row: &Row) -> Result<CalendarPhase> {
    Ok(CalendarPhase {
        mark: mark(row)?,
        label: row.text(4)?,
        starts_on: row.text(5)?,
        ends_on: row.text(6)?,
        milestone: row.opt_text(7)?,
    })
}

fn expense(row: &Row) -> Result<Expense> {
    Ok(Expense {
        mark: mark(row)?,
        year: row.int(4)?,
        nature: row.text(5)?,
        account: row.text(6)?,
        label: row.text(7)?,
        amount_cents: row.int(8)?,
    })
}

fn funding(row: &Row) -> Result<Funding> {
    Ok(Funding {
        mark: mark(row)?,
        year: row.int(4)?,
        funder: row.text(5)?,
        kind: row.text(6)?,
        scheme: row.opt_text(7)?,
        amount_cents: row.int(8)?,
        state: row.text(9)?,
        nature: row.text(10)?,
    })
}

fn request(row: &Row) -> Result<EnvelopeRequest> {
    Ok(EnvelopeRequest {
        mark: mark(row)?,
        code: row.text(4)?,
        year: row.int(5)?,
        amount_cents: row.int(6)?,
    })
}

fn indicator(row: &Row) -> Result<Indicator> {
    Ok(Indicator {
        mark: mark(row)?,
        label: row.text(4)?,
        kind: row.text(5)?,
        unit: row.text(6)?,
        baseline: row.opt_text(7)?,
        target: row.opt_text(8)?,
        due_on: row.opt_text(9)?,
        source: row.opt_text(10)?,
    })
}

fn job(row: &Row) -> Result<JobLine> {
    Ok(JobLine {
        mark: mark(row)?,
        kind: row.text(4)?,
        nature: row.text(5)?,
        stage: row.text(6)?,
        posts: row.int(7)?,
        fte_hundredths: row.int(8)?,
        women: row.int(9)?,
        men: row.int(10)?,
        undisclosed: row.int(11)?,
        contract: row.text(12)?,
        duration_months: row.opt_int(13)?,
        effect_year: row.int(14)?,
        sector: row.opt_text(15)?,
        confidence: row.text(16)?,
        note: row.opt_text(17)?,
        founding_answer: row.opt_text(18)?,
        employer_siret: row.opt_text(19)?,
        evidence: row.opt_text(20)?,
        overlap_percent: row.opt_int(21)?,
        territories: Vec::new(),
    })
}
