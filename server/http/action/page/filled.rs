//! Jobs and what a report begins with, as JSON.

use super::{ActionJobs, PrefilledBody, values};
use crate::store::region::job_counts::JobCount;
use crate::store::region::report_writing::ReportDraft;

impl From<JobCount> for ActionJobs {
    fn from(one: JobCount) -> Self {
        Self {
            job_count_id: Some(one.job_count_id),
            job_line_id: one.job_line_id,
            posts: one.counted.posts,
            fte_hundredths: one.counted.fte_hundredths,
            women: one.counted.women,
            men: one.counted.men,
            undisclosed: one.counted.undisclosed,
            confidence: one.confidence,
            evidence: one.evidence,
        }
    }
}

impl From<ReportDraft> for PrefilledBody {
    fn from(draft: ReportDraft) -> Self {
        Self {
            progress: draft.progress,
            spent_cents: draft.spent_cents,
            values: values(draft.values),
            jobs: draft
                .jobs
                .into_iter()
                .map(|one| ActionJobs {
                    job_count_id: None,
                    job_line_id: one.job_line_id,
                    posts: one.counted.posts,
                    fte_hundredths: one.counted.fte_hundredths,
                    women: one.counted.women,
                    men: one.counted.men,
                    undisclosed: one.counted.undisclosed,
                    confidence: one.confidence.to_owned(),
                    evidence: one.evidence,
                })
                .collect(),
        }
    }
}
