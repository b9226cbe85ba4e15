//! The nearest existing proposals, over all chantiers: shown before a new one is created.

use super::Store;
use super::facts::stage_of;
use super::standing::ProposalScope;
use crate::error::Result;
use crate::ids::AccountId;
use crate::rules::rights::{Facts, Permit, Refusal, act};
use crate::rules::similarity::{Fingerprint, SHOWN, THRESHOLD, similarities};
use crate::rules::stage::Stage;

/// A near proposal.
#[derive(Clone, Debug)]
pub struct Neighbour {
    /// Its id, when the account may read it.
    pub proposal_id: Option<String>,
    /// Its title.
    pub title: String,
    /// Its lead chantier.
    pub chantier_id: String,
    /// Where it stands.
    pub stage: Stage,
    /// How near, from 0 to 1.
    pub similarity: f64,
}

/// How many texts are read before others on this thread get their turn.
const PRINTS_A_TURN: usize = 32;

impl Store {
    /// The nearest proposals to a title and a summary, the nearest first. What became another
    /// one (merged, split) is left out: its successor is there.
    ///
    /// # Errors
    /// `Refused` when the account may propose in no chantier.
    pub async fn neighbours(
        &self,
        account: &AccountId,
        title: &str,
        summary: &str,
        proposes: impl Fn(&Facts) -> Result<Permit<act::Propose>, Refusal> + Send,
        reads: impl Fn(&Facts) -> Result<Permit<act::Read>, Refusal> + Send,
    ) -> Result<Vec<Neighbour>> {
        let today = self.today();
        let mut tx = self.read().await?;
        let standing = tx.standing(account, &today).await?;
        let mut verdict = proposes(&Facts {
            roles: standing.in_programme(),
            stage: None,
        });
        for row in tx.rows("select chantier_id from chantier", &[]).await? {
            let roles = standing.in_chantier(&row.text(0)?);
            verdict = verdict.or_else(|_| proposes(&Facts { roles, stage: None }));
        }
        verdict?;
        let associated = tx.associated().await?;
        let rows = tx
            .rows(
                "select proposal_id, title, summary, chantier_id, stage, porteur_id,
                        receiving_chantier_id, receiving_since_ms from proposal
                 where stage not in ('merged', 'split')",
                &[],
            )
            .await?;
        let mut prints = Vec::with_capacity(rows.len());
        for (number, row) in rows.iter().enumerate() {
            prints.push(Fingerprint::new(&row.text(1)?, &row.text(2)?));
            if number % PRINTS_A_TURN == 0 {
                // Reading thousands of summaries must not hold up those who type.
                tokio::task::yield_now().await;
            }
        }
        let near = similarities(&Fingerprint::new(title, summary), &prints);
        let mut ranked: Vec<(f64, &super::Row)> = near
            .into_iter()
            .zip(&rows)
            .filter(|(similarity, _)| *similarity >= THRESHOLD)
            .collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut neighbours = Vec::new();
        for (similarity, row) in ranked.into_iter().take(SHOWN) {
            let (id, chantier_id, stage) = (row.text(0)?, row.text(3)?, stage_of(&row.text(4)?)?);
            let roles = standing.in_proposal(&ProposalScope {
                proposal_id: &id,
                lead: &chantier_id,
                associated: associated.get(&id).map_or(&[], Vec::as_slice),
                porteur_id: row.opt_text(5)?.as_deref(),
                receiving: super::facts::receiving_at(row, 6)?.as_ref(),
            });
            let facts = Facts {
                roles,
                stage: Some(stage),
            };
            neighbours.push(Neighbour {
                proposal_id: reads(&facts).ok().map(|_| id),
                title: row.text(1)?,
                chantier_id,
                stage,
                similarity,
            });
        }
        Ok(neighbours)
    }
}
