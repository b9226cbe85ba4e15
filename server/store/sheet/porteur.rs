//! The structure porteuse: named by who leads the proposal, accepted or declined by its reference person.
//! Whoever bears it may write at some stages: both acts change rights, and stand in the journal.

use super::rows::Saved;
use crate::error::{Error, Result};
use crate::ids::{DocumentId, OrganisationId, ProposalId};
use crate::rules::rights::{Facts, Permit, Refusal, act};
use crate::rules::transitions::{Naming, Porteur, porteur_accepts};
use crate::store::accounts::Identity;
use crate::store::journal::Entry;
use crate::store::{Store, Tx, args};

/// What the porteur's reference person says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PorteurAnswer {
    /// The organisation bears the proposal.
    Accepts,
    /// It does not.
    Declines,
}

/// The part's key.
const PART: &str = "porteur";

impl Store {
    /// Names another porteur. Its acceptance begins anew; it counts at once as [`porteur_accepts`] says.
    ///
    /// # Errors
    /// `NotFound`, `Refused` by R-SHEET, `Invalid` `organisation_id` `unknown`.
    pub async fn name_porteur(
        &self,
        who: &Identity,
        proposal: &ProposalId,
        organisation: &OrganisationId,
        expected_version: i64,
        rule: impl FnOnce(&Facts) -> Result<Permit<act::EditSheet>, Refusal> + Send,
    ) -> Result<Saved> {
        let (today, now) = (self.today(), self.clock.now());
        let mut tx = self.write().await?;
        let document = tx.hold_document(proposal).await?;
        let standing = tx.standing(&who.account_id, &today).await?;
        let facts = tx.facts_of(&standing, proposal).await?;
        rule(&facts)?;
        let id = organisation.as_str();
        tx.known_organisation("organisation_id", id).await?;
        let row = tx.proposal_row(proposal).await?;
        let is_new = row.porteur_id.as_deref() != Some(id);
        if !tx
            .next_part_version(who, proposal, PART, expected_version, now.ms())
            .await?
        {
            return Ok(Saved::Changed);
        }
        if is_new {
            let members = tx.active_members(&row.chantier_id, &today).await?;
            let naming = Naming {
                accepted_before: false,
                own: standing.belongs_to(id),
                active_member: members.contains(id),
            };
            let accepted = match porteur_accepts(&facts, &naming) {
                Porteur::Accepted => Some(now.ms()),
                Porteur::Missing | Porteur::NotAccepted => None,
            };
            tx.run(
                "update proposal set porteur_id = $1, porteur_accepted_at_ms = $2,
                        porteur_declined_at_ms = null where proposal_id = $3",
                args![id, accepted, proposal.as_str()],
            )
            .await?;
            // Who bears a proposal does not bear it beside itself.
            tx.run(
                "delete from proposal_co_porteur where proposal_id = $1 and organisation_id = $2",
                args![proposal.as_str(), id],
            )
            .await?;
            tx.record_porteur(proposal, who, "name_porteur", id, now)
                .await?;
            tx.next_epoch(&document).await?;
        }
        tx.touch(proposal, now).await?;
        tx.commit().await?;
        Ok(Saved::Done(document))
    }

    /// Accepts or declines, for the named porteur; saying the same again changes nothing.
    ///
    /// # Errors
    /// `NotFound`, `Refused` by R-PORTEUR; `Conflict` `porteur_changed` when another organisation is named
    /// by now.
    pub async fn answer_porteur(
        &self,
        who: &Identity,
        proposal: &ProposalId,
        organisation: &OrganisationId,
        answer: PorteurAnswer,
        rule: impl FnOnce(&Facts) -> Result<Permit<act::AcceptPorteur>, Refusal> + Send,
    ) -> Result<DocumentId> {
        let (today, now) = (self.today(), self.clock.now());
        let mut tx = self.write().await?;
        let document = tx.hold_document(proposal).await?;
        let facts = tx.proposal_facts(&who.account_id, proposal, &today).await?;
        rule(&facts)?;
        let row = tx.proposal_row(proposal).await?;
        if row.porteur_id.as_deref() != Some(organisation.as_str()) {
            return Err(Error::Conflict("porteur_changed"));
        }
        let act = match answer {
            PorteurAnswer::Accepts => "accept_porteur",
            PorteurAnswer::Declines => "decline_porteur",
        };
        let changed = match answer {
            PorteurAnswer::Accepts => {
                tx.run(
                    "update proposal set porteur_accepted_at_ms = $1, porteur_declined_at_ms = null
                     where proposal_id = $2 and porteur_accepted_at_ms is null",
                    args![now.ms(), proposal.as_str()],
                )
                .await?
            }
            PorteurAnswer::Declines => {
                tx.run(
                    "update proposal set porteur_accepted_at_ms = null, porteur_declined_at_ms = $1
                     where proposal_id = $2 and porteur_declined_at_ms is null",
                    args![now.ms(), proposal.as_str()],
                )
                .await?
            }
        };
        if changed > 0 {
            tx.record_porteur(proposal, who, act, organisation.as_str(), now)
                .await?;
            tx.touch(proposal, now).await?;
        }
        tx.commit().await?;
        Ok(document)
    }
}

impl Tx {
    async fn record_porteur(
        &mut self,
        proposal: &ProposalId,
        who: &Identity,
        act: &str,
        organisation: &str,
        at: crate::clock::Timestamp,
    ) -> Result<()> {
        // By its name of that day: the journal is read years later.
        let row = self
            .row(
                "select name from organisation where organisation_id = $1",
                args![organisation],
            )
            .await?;
        let name = row.map_or_else(|| Ok(organisation.to_owned()), |row| row.text(0))?;
        let organisation = name.as_str();
        let entry = Entry {
            person_id: Some(who.person_id.as_str()),
            note: Some(organisation),
            ..Entry::new(act, at)
        };
        self.record(proposal, &entry).await?;
        Ok(())
    }
}
