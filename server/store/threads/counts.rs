//! How many threads there are: by section beside a sheet, by proposal on boards, and how many
//! vigilances hold a freeze (T08). What is unanswered is said by the rules alone.

use std::collections::HashMap;

use super::Head;
use crate::error::Result;
use crate::ids::{PersonId, ProposalId};
use crate::rules::threads::{Kind, Thread, is_unanswered};
use crate::store::{Tx, args};

/// The threads of one section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SectionCount {
    /// The section; `None` for the whole proposal.
    pub section: Option<String>,
    /// All of them.
    pub threads: i64,
    /// Those not closed.
    pub open: i64,
    /// Open vigilances that nobody answered.
    pub unanswered_vigilances: i64,
    /// Open questions that nobody answered.
    pub unanswered_questions: i64,
    /// Those where somebody else wrote since the last visit.
    pub unseen: i64,
}

/// The open threads of one proposal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenThreads {
    /// All of them.
    pub open: i64,
    /// Vigilances that nobody answered: they hold the freeze.
    pub unanswered_vigilances: i64,
    /// Questions that nobody answered.
    pub unanswered_questions: i64,
}

/// Counts the threads of each section that has some.
pub(super) fn by_section(
    heads: &[Head],
    person: &PersonId,
    seen_at_ms: Option<i64>,
) -> Vec<SectionCount> {
    let mut counts: Vec<SectionCount> = Vec::new();
    for head in heads {
        let known = counts.iter().position(|one| one.section == head.section);
        let at = known.unwrap_or_else(|| {
            counts.push(SectionCount {
                section: head.section.clone(),
                threads: 0,
                open: 0,
                unanswered_vigilances: 0,
                unanswered_questions: 0,
                unseen: 0,
            });
            counts.len() - 1
        });
        let count = &mut counts[at];
        let waits = is_unanswered(&head.seen_by(person.as_str()));
        count.threads += 1;
        count.open += i64::from(head.closing.is_none());
        count.unanswered_vigilances += i64::from(waits && head.kind == Kind::Vigilance);
        count.unanswered_questions += i64::from(waits && head.kind == Kind::Question);
        count.unseen += i64::from(head.is_unseen(seen_at_ms));
    }
    counts
}

impl Tx {
    /// How many vigilances of a proposal wait for an answer: T08 needs none.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn unanswered_vigilances(&mut self, proposal: &ProposalId) -> Result<i64> {
        let mut open = self.open_threads_of(Some(proposal)).await?;
        let own = open.remove(proposal.as_str()).unwrap_or_default();
        Ok(own.unanswered_vigilances)
    }

    /// The open threads of every proposal that has some, or of one, in one query.
    ///
    /// # Errors
    /// Those of the database.
    pub(in crate::store) async fn open_threads_of(
        &mut self,
        proposal: Option<&ProposalId>,
    ) -> Result<HashMap<String, OpenThreads>> {
        let proposal = proposal.map(ProposalId::as_str);
        let mut open: HashMap<String, OpenThreads> = HashMap::new();
        for row in self
            .rows(
                "select c.proposal_id, c.kind,
                        (select count(*) from comment r where r.parent_id = c.comment_id
                         and r.author_id <> c.author_id and r.withdrawn_at_ms is null)
                 from comment c
                 where c.parent_id is null and c.closed_at_ms is null
                 and ($1 is null or c.proposal_id = $2)",
                args![proposal, proposal],
            )
            .await?
        {
            let Some(kind) = Kind::from_key(&row.text(1)?) else {
                continue;
            };
            let waits = is_unanswered(&Thread {
                kind,
                is_closed: false,
                is_withdrawn: false,
                is_author: false,
                has_answer: row.int(2)? > 0,
                replies_count: 0,
            });
            let own = open.entry(row.text(0)?).or_default();
            own.open += 1;
            own.unanswered_vigilances += i64::from(waits && kind == Kind::Vigilance);
            own.unanswered_questions += i64::from(waits && kind == Kind::Question);
        }
        Ok(open)
    }
}
