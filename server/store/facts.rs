//! The facts rules judge from: which roles an account holds around one thing, and its stage.

use std::collections::HashSet;

use super::standing::{ProposalScope, Receiving, Standing};
use super::{Row, Store, Tx, args};
use crate::error::{Error, Result};
use crate::ids::{AccountId, ChantierId, DocumentId, ProposalId};
use crate::rules::day::Day;
use crate::rules::rights::{Facts, Permit, Refusal, act};
use crate::rules::stage::Stage;

impl Tx {
    /// Facts about the whole programme: roles that need no chantier.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn programme_facts(&mut self, account: &AccountId, today: &Day) -> Result<Facts> {
        Ok(Facts {
            roles: self.standing(account, today).await?.in_programme(),
            stage: None,
        })
    }

    /// Facts about one chantier.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn chantier_facts(
        &mut self,
        account: &AccountId,
        chantier: &ChantierId,
        today: &Day,
    ) -> Result<Facts> {
        let standing = self.standing(account, today).await?;
        Ok(Facts {
            roles: standing.in_chantier(chantier.as_str()),
            stage: None,
        })
    }

    /// Facts about one proposal.
    ///
    /// # Errors
    /// `NotFound` when there is no such proposal.
    pub async fn proposal_facts(
        &mut self,
        account: &AccountId,
        proposal: &ProposalId,
        today: &Day,
    ) -> Result<Facts> {
        let standing = self.standing(account, today).await?;
        self.facts_of(&standing, proposal).await
    }

    /// The proposal whose text this document is.
    ///
    /// # Errors
    /// `NotFound` when there is no such document.
    pub async fn proposal_of(&mut self, document: &DocumentId) -> Result<ProposalId> {
        let row = self
            .row(
                "select proposal_id from proposal where document_id = $1",
                args![document.as_str()],
            )
            .await?
            .ok_or(Error::NotFound)?;
        row.text(0).map(ProposalId::from)
    }

    /// Facts about one proposal for a standing already read.
    ///
    /// # Errors
    /// `NotFound` when there is no such proposal.
    pub async fn facts_of(&mut self, standing: &Standing, proposal: &ProposalId) -> Result<Facts> {
        let row = self
            .row(
                "select chantier_id, stage, porteur_id, receiving_chantier_id, receiving_since_ms
                 from proposal where proposal_id = $1",
                args![proposal.as_str()],
            )
            .await?
            .ok_or(Error::NotFound)?;
        let mut associated = Vec::new();
        for row in self
            .rows(
                "select chantier_id from proposal_chantier where proposal_id = $1",
                args![proposal.as_str()],
            )
            .await?
        {
            associated.push(row.text(0)?);
        }
        let roles = standing.in_proposal(&ProposalScope {
            proposal_id: proposal.as_str(),
            lead: &row.text(0)?,
            associated: &associated,
            porteur_id: row.opt_text(2)?.as_deref(),
            receiving: receiving_at(&row, 3)?.as_ref(),
        });
        Ok(Facts {
            roles,
            stage: Some(stage_of(&row.text(1)?)?),
        })
    }

    /// The organisations that take an active part in the chantier today.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn active_members(&mut self, chantier: &str, today: &Day) -> Result<HashSet<String>> {
        let mut members = HashSet::new();
        for row in self
            .rows(
                "select organisation_id from membership
                 where chantier_id = $1 and status = 'active' and level <> 'informed'
                 and valid_from <= $2 and (valid_to is null or valid_to > $3)",
                args![chantier, today.as_str(), today.as_str()],
            )
            .await?
        {
            members.insert(row.text(0)?);
        }
        Ok(members)
    }
}

/// Who is asked to take a proposal over (T07): the two columns that start at `index`.
pub(super) fn receiving_at(row: &Row, index: usize) -> Result<Option<Receiving>> {
    let (Some(chantier_id), Some(since_ms)) = (row.opt_text(index)?, row.opt_int(index + 1)?)
    else {
        return Ok(None);
    };
    Ok(Some(Receiving {
        chantier_id,
        since: Day::in_paris(since_ms),
    }))
}

/// The stage a row says.
///
/// # Errors
/// `Internal` when the key is none of ours.
pub(super) fn stage_of(key: &str) -> Result<Stage> {
    Stage::from_key(key).ok_or_else(|| Error::internal(format!("unknown stage {key}")))
}

impl Store {
    /// Today in Paris, by the store's clock.
    #[must_use]
    pub fn today(&self) -> Day {
        Day::in_paris(self.clock.now().ms())
    }

    /// The document that is a proposal's text, for who may read it.
    ///
    /// # Errors
    /// `NotFound` when there is no such proposal, or the account may not read it.
    pub async fn document_of(
        &self,
        account: &AccountId,
        proposal: &ProposalId,
        rule: impl FnOnce(&Facts) -> Result<Permit<act::Read>, Refusal> + Send,
    ) -> Result<DocumentId> {
        let today = self.today();
        let mut tx = self.read().await?;
        rule(&tx.proposal_facts(account, proposal, &today).await?)?;
        let row = tx
            .row(
                "select document_id from proposal where proposal_id = $1",
                args![proposal.as_str()],
            )
            .await?;
        row.ok_or(Error::NotFound)?.text(0).map(DocumentId::from)
    }

    /// The facts about the proposal whose text this document is.
    ///
    /// # Errors
    /// `NotFound` when there is no such document.
    pub async fn document_facts(
        &self,
        account: &AccountId,
        document: &DocumentId,
    ) -> Result<Facts> {
        let today = self.today();
        let mut tx = self.read().await?;
        let proposal = tx.proposal_of(document).await?;
        tx.proposal_facts(account, &proposal, &today).await
    }
}
