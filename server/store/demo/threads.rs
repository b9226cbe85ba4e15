//! The threads of the demonstration, with their replies and outcomes.

use super::data::{Comment, Demo};
use super::rank;
use crate::error::Result;
use crate::store::{Tx, args};

impl Tx {
    pub(super) async fn load_threads(&mut self, demo: &Demo) -> Result<()> {
        for comment in &demo.comments {
            self.load_thread(demo, comment).await?;
            for (index, answer) in comment.thread.iter().enumerate() {
                self.run(
                    "insert into comment (comment_id, proposal_id, parent_id, section, kind,
                     author_id, author_organisation_id, body, visibility, state, created_at_ms)
                     values ($1, $2, $3, $4, 'answer', $5, $6, $7, $8, 'open', $9)",
                    args![
                        format!("{}-{}", comment.id, rank(index)?),
                        &comment.proposal,
                        &comment.id,
                        comment.section.clone(),
                        &answer.author,
                        organisation_of(demo, &answer.author),
                        &answer.text,
                        &comment.visibility,
                        answer.at.ms
                    ],
                )
                .await?;
            }
        }
        Ok(())
    }

    async fn load_thread(&mut self, demo: &Demo, comment: &Comment) -> Result<()> {
        let last_ms = comment
            .thread
            .last()
            .map_or(comment.at.ms, |answer| answer.at.ms);
        // Who leads a proposal says what became of a contribution.
        let closed_by = demo
            .proposals
            .iter()
            .find(|proposal| proposal.id == comment.proposal)
            .and_then(|proposal| proposal.owners.first())
            .filter(|_| comment.state == "resolved");
        self.run(
            "insert into comment (comment_id, proposal_id, section, kind, author_id,
             author_organisation_id, body, visibility, state, outcome, created_at_ms,
             activity_at_ms, closed_at_ms, closed_by, version)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 1)",
            args![
                &comment.id,
                &comment.proposal,
                comment.section.clone(),
                &comment.kind,
                &comment.author,
                organisation_of(demo, &comment.author),
                &comment.text,
                &comment.visibility,
                &comment.state,
                comment.outcome.clone(),
                comment.at.ms,
                last_ms,
                closed_by.map(|_| last_ms),
                closed_by.cloned()
            ],
        )
        .await?;
        Ok(())
    }
}

/// The organisation of a demonstration person.
fn organisation_of(demo: &Demo, person: &str) -> Option<String> {
    let mut affiliations = demo.affiliations.iter();
    affiliations
        .find(|affiliation| affiliation.person == person)
        .map(|affiliation| affiliation.organisation.clone())
}
