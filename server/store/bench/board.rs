//! The proposals of [`Store::bench_documents`] made a board: at every stage in progress, with what a board
//! counts; the first ones in commission, with a text, for their versions to be sealed.

use super::{BenchDocuments, SECOND_EMAIL};
use crate::error::{Error, Result};
use crate::rules::role::Role;
use crate::rules::stage::Stage;
use crate::store::{Store, Tx, args, log};

/// The stages of the others, in turn.
const STAGES: [Stage; 6] = [
    Stage::Idea,
    Stage::Drafting,
    Stage::Submitted,
    Stage::InCommission,
    Stage::OpinionGiven,
    Stage::AtCopil,
];

const DAY_MS: i64 = 86_400_000;

impl Store {
    /// Spreads these proposals over the stages and lets the second account facilitate and co-preside;
    /// each text, an update of an empty document, is that of the proposal at its place.
    ///
    /// # Errors
    /// Those of the database; `NotFound` when they are not there.
    pub async fn bench_board(&self, made: &BenchDocuments, texts: Vec<Vec<u8>>) -> Result<()> {
        let mut tx = self.write().await?;
        tx.facilitating_bencher(&self.today()).await?;
        let now = self.clock.now();
        for (at, proposal) in made.proposals.iter().enumerate() {
            let has_text = at < texts.len();
            let stage = match has_text {
                true => Stage::InCommission,
                false => STAGES[at % STAGES.len()],
            };
            let place = i64::try_from(at).unwrap_or_default();
            let since_ms = now.ms() - place % 60 * DAY_MS;
            tx.run(
                "update proposal set stage = $1, stage_since_ms = $2, title = $3, summary = $4
                 where proposal_id = $5",
                args![
                    stage.key(),
                    since_ms,
                    format!("Une proposition parmi beaucoup, la {}", at + 1),
                    "Une phrase qui dit ce que l'on propose, en quelques mots.",
                    proposal.as_str()
                ],
            )
            .await?;
            if !has_text {
                tx.bench_counted(proposal.as_str(), place).await?;
            }
        }
        for (text, document) in texts.into_iter().zip(&made.documents) {
            log::append_in(&mut tx, document, &"bench".into(), None, vec![text], now).await?;
        }
        tx.commit().await
    }
}

impl Tx {
    async fn facilitating_bencher(&mut self, today: &crate::rules::day::Day) -> Result<()> {
        let row = self
            .row(
                "select person_id from account where email = $1",
                args![SECOND_EMAIL],
            )
            .await?;
        let person = row.ok_or(Error::NotFound)?.text(0)?.into();
        let (body, _) = self.bench_body().await?;
        for role in [Role::Facilitator, Role::CoPresident] {
            self.seat_bencher(&person, role, &body, today).await?;
        }
        Ok(())
    }

    /// A thread, money and posts of a proposal, by its place.
    async fn bench_counted(&mut self, proposal: &str, place: i64) -> Result<()> {
        let kind = if place % 2 == 0 {
            "vigilance"
        } else {
            "question"
        };
        self.run(
            "insert into comment (comment_id, proposal_id, kind, author_id, body, visibility, state,
                                  created_at_ms, activity_at_ms)
             select $1, proposal_id, $2, created_by, 'Un mot.', 'commission', 'open', created_at_ms,
                    created_at_ms
             from proposal where proposal_id = $3",
            args![format!("bench-{proposal}"), kind, proposal],
        )
        .await?;
        self.run(
            "insert into envelope_request (envelope_request_id, proposal_id, code, year, amount_cents, version)
             values ($1, $2, 'CREER', 2027, $3, 1)",
            args![format!("bench-{proposal}"), proposal, 100_000 + place],
        )
        .await?;
        self.run(
            "insert into job_line (job_line_id, proposal_id, rank, kind, nature, stage, posts,
                                   fte_hundredths, women, men, undisclosed, contract, effect_year, confidence, version)
             values ($1, $2, 1, 'direct', 'created', 'forecast', $3, 100, 0, 0, $4, 'cdi', 2027, 'C', 1)",
            args![format!("bench-{proposal}"), proposal, place % 9 + 1, place % 9 + 1],
        )
        .await
        .map(drop)
    }
}
