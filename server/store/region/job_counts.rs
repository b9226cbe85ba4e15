//! Jobs as they were counted: decided with the decision, realised in the reports. Whoever reports says B (a signed
//! statement) or C (an estimate); the Region alone says A, for a document it saw (`domain.md` section 3).

use crate::error::{Error, Result};
use crate::ids::{DocumentId, ProposalId};
use crate::proof::canonical;
use crate::rules::reports::Counted;
use crate::rules::rights::{Facts, Permit, Refusal, act};
use crate::rules::role::Role;
use crate::store::accounts::Identity;
use crate::store::journal::Entry;
use crate::store::{Row, Store, Tx, args};

/// A line of jobs as it was counted.
#[derive(Clone, Debug)]
pub struct JobCount {
    /// Its id.
    pub job_count_id: String,
    /// The line of the sheet.
    pub job_line_id: String,
    /// `decided`, `realised`, or `draft` in a report that is not given.
    pub stage: String,
    /// The report it stands in.
    pub follow_up_id: Option<String>,
    /// The numbers.
    pub counted: Counted,
    /// The year it counts in.
    pub effect_year: i64,
    /// `A`, `B`, `C`.
    pub confidence: String,
    /// What shows it.
    pub evidence: Option<String>,
    /// When it was cancelled (T27).
    pub cancelled_at_ms: Option<i64>,
}

impl Store {
    /// Says how sure a count of a given report is: the Region saw a document (A), or did not after all (B).
    ///
    /// # Errors
    /// `NotFound`, also for a count of another proposal or of a report that is not given; `Refused` by R-JOBS.
    pub async fn check_jobs(
        &self,
        who: &Identity,
        proposal: &ProposalId,
        job_count_id: &str,
        (confidence, evidence): (&'static str, Option<&str>),
        rule: impl FnOnce(&Facts) -> Result<Permit<act::CheckJobs>, Refusal> + Send,
    ) -> Result<DocumentId> {
        let (today, now) = (self.today(), self.clock.now());
        let mut tx = self.write().await?;
        let document = tx.hold_document(proposal).await?;
        rule(&tx.proposal_facts(&who.account_id, proposal, &today).await?)?;
        let changed = tx
            .run(
                "update job_count set confidence = $1, evidence = coalesce($2, evidence)
                 where job_count_id = $3 and proposal_id = $4 and stage = 'realised'",
                args![confidence, evidence, job_count_id, proposal.as_str()],
            )
            .await?;
        if changed == 0 {
            return Err(Error::NotFound);
        }
        let details = canonical::json(&serde_json::json!({
            "job_count_id": job_count_id, "confidence": confidence,
        }));
        let entry = Entry {
            person_id: Some(who.person_id.as_str()),
            capacity: Some(Role::RegionInstructor),
            details: Some(&details),
            ..Entry::new("jobs_checked", now)
        };
        tx.record(proposal, &entry).await?;
        tx.commit().await?;
        Ok(document)
    }
}

impl Tx {
    /// Every count of an action, by the order of its sheet and of its reports.
    pub(super) async fn job_counts(&mut self, proposal: &ProposalId) -> Result<Vec<JobCount>> {
        let rows = self
            .rows(
                "select c.job_count_id, c.job_line_id, c.stage, c.follow_up_id, c.posts,
                        c.fte_hundredths, c.women, c.men, c.undisclosed, c.effect_year,
                        c.confidence, c.evidence, c.cancelled_at_ms
                 from job_count c join job_line l on l.job_line_id = c.job_line_id
                 where c.proposal_id = $1 order by l.rank, l.job_line_id, c.job_count_id",
                args![proposal.as_str()],
            )
            .await?;
        rows.iter().map(count_at).collect()
    }
}

fn count_at(row: &Row) -> Result<JobCount> {
    Ok(JobCount {
        job_count_id: row.text(0)?,
        job_line_id: row.text(1)?,
        stage: row.text(2)?,
        follow_up_id: row.opt_text(3)?,
        counted: Counted {
            posts: row.int(4)?,
            fte_hundredths: row.int(5)?,
            women: row.int(6)?,
            men: row.int(7)?,
            undisclosed: row.int(8)?,
        },
        effect_year: row.int(9)?,
        confidence: row.text(10)?,
        evidence: row.opt_text(11)?,
        cancelled_at_ms: row.opt_int(12)?,
    })
}
