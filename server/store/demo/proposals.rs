//! Proposals with their text, people, links and journal.

use super::data::{Act, Demo, Proposal};
use super::{Text, account_of, rank, stamp};
use crate::error::{Error, Result};
use crate::ids::{AccountId, DocumentId, OrganisationId};
use crate::store::facts::stage_of;
use crate::store::log;
use crate::store::{Tx, args};

impl Tx {
    pub(super) async fn load_proposal(
        &mut self,
        demo: &Demo,
        proposal: &Proposal,
        text: &Text,
    ) -> Result<()> {
        let Some(first) = proposal.history.first() else {
            return Err(Error::internal(format!("{} has no history", proposal.id)));
        };
        let document = self.load_text(demo, proposal, text, first).await?;
        self.load_row(demo, proposal, &document, first).await?;
        self.load_ties(proposal, first).await?;
        self.load_lists(proposal).await?;
        self.load_act(proposal, first, None).await
    }

    /// The text, under the first owner's account, written at the first act.
    async fn load_text(
        &mut self,
        demo: &Demo,
        proposal: &Proposal,
        text: &Text,
        first: &Act,
    ) -> Result<DocumentId> {
        let document = DocumentId::new();
        let now = stamp(first.at);
        log::create_document(self, &document, "sheet", now).await?;
        let Some(update) = &text.update else {
            return Ok(document);
        };
        let owner = proposal
            .owners
            .first()
            .ok_or_else(|| Error::internal(format!("{} has no owner", proposal.id)))?;
        let account = AccountId::from(account_of(owner));
        let organisation = demo
            .affiliations
            .iter()
            .find(|affiliation| affiliation.person == *owner)
            .map(|affiliation| OrganisationId::from(affiliation.organisation.as_str()));
        self.run(
            "insert into client_binding (document_id, client_id, account_id, bound_at_ms)
             values ($1, $2, $3, $4)",
            args![
                document.as_str(),
                i64::from(text.client_id),
                account.as_str(),
                now.ms()
            ],
        )
        .await?;
        let seq = log::append_in(
            self,
            &document,
            &account,
            organisation.as_ref(),
            vec![update.clone()],
            now,
        )
        .await?;
        debug_assert_eq!(seq, text.projection.seq);
        self.keep_projection(&document, &text.projection, now)
            .await?;
        Ok(document)
    }

    async fn load_row(
        &mut self,
        demo: &Demo,
        proposal: &Proposal,
        document: &DocumentId,
        first: &Act,
    ) -> Result<()> {
        // What a split or a merge made had its porteur before.
        let accepted = (first.transition != "T01" && proposal.porteur.is_some()).then_some(first);
        let target = proposal.target_public.as_ref();
        let owner_text = Some(proposal.section("owner")).filter(|text| !text.is_empty());
        self.run(
            "insert into proposal (proposal_id, number, action_number, title, summary, stage, round,
             chantier_id, axis_id, porteur_id, porteur_accepted_at_ms, lead_unit_id, document_id,
             sector, owner_text, vat_mode, target_text, target_headcount, target_women_percent,
             created_by, created_at_ms, stage_since_ms, updated_at_ms, version)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
             $18, $19, $20, $21, $22, $23, 1)",
            args![
                &proposal.id,
                proposal.number.clone(),
                proposal.action_number.clone(),
                &proposal.title,
                &proposal.summary,
                stage_of(&first.to)?.key(),
                1_i64,
                &proposal.lead_chantier,
                proposal.axis.clone(),
                proposal.porteur.clone(),
                accepted.map(|act| act.at.ms),
                proposal.lead_direction.clone(),
                document.as_str(),
                proposal.sector.clone(),
                owner_text,
                proposal.budget.vat_mode.clone(),
                target.map(|target| target.text.clone()),
                target.and_then(|target| target.headcount),
                target
                    .and_then(|target| target.women_share)
                    .map(|share| (share * 100.0).round() as i64),
                &first.by,
                first.at.ms,
                first.at.ms,
                first.at.ms
            ],
        )
        .await?;
        self.load_parts(demo, proposal, first).await
    }

    /// Whom to write to - its first owner - and what was said on purpose.
    async fn load_parts(&mut self, demo: &Demo, proposal: &Proposal, first: &Act) -> Result<()> {
        let owner = proposal.owners.first();
        let mut persons = demo.persons.iter();
        let contact = persons.find(|person| Some(&person.id) == owner);
        let no_partner = proposal.partners.is_empty() && !proposal.indicators.is_empty();
        self.run(
            "update proposal set owner_contact_name = $1, owner_contact_email = $2,
                    no_partner_at_ms = $3, no_jobs_motive = $4 where proposal_id = $5",
            args![
                contact.map(|person| format!("{} {}", person.given_name, person.usual_name)),
                contact.map(|person| person.email.clone()),
                no_partner.then_some(first.at.ms),
                proposal.no_jobs_motive.clone(),
                &proposal.id
            ],
        )
        .await?;
        Ok(())
    }

    async fn load_ties(&mut self, proposal: &Proposal, first: &Act) -> Result<()> {
        let owners = proposal.owners.iter().map(|person| (person, "owner"));
        let contributors = proposal
            .contributors
            .iter()
            .map(|person| (person, "contributor"));
        for (index, (person, tie)) in owners.chain(contributors).enumerate() {
            self.run(
                "insert into proposal_person (proposal_id, person_id, tie, added_by, added_at_ms)
                 values ($1, $2, $3, $4, $5)",
                args![
                    &proposal.id,
                    person,
                    tie,
                    &first.by,
                    // One after the other, so that lists keep the order of the data.
                    first.at.ms + rank(index)?
                ],
            )
            .await?;
        }
        Ok(())
    }

    async fn load_lists(&mut self, proposal: &Proposal) -> Result<()> {
        for (sql, values) in [
            (
                "insert into proposal_chantier (proposal_id, chantier_id) values ($1, $2)",
                &proposal.associated_chantiers,
            ),
            (
                "insert into proposal_co_porteur (proposal_id, organisation_id) values ($1, $2)",
                &proposal.co_porteurs,
            ),
            (
                "insert into proposal_territory (proposal_id, territory_code) values ($1, $2)",
                &proposal.territories,
            ),
            (
                "insert into proposal_tag (proposal_id, tag) values ($1, $2)",
                &proposal.tags,
            ),
        ] {
            for value in values {
                self.run(sql, args![&proposal.id, value]).await?;
            }
        }
        Ok(())
    }

    pub(super) async fn load_links(&mut self, demo: &Demo) -> Result<()> {
        for link in &demo.proposal_links {
            self.run(
                "insert into proposal_link (from_id, to_id, kind, note) values ($1, $2, $3, $4)
                 on conflict (from_id, to_id, kind) do nothing",
                args![&link.from, &link.to, &link.kind, link.note.clone()],
            )
            .await?;
        }
        Ok(())
    }
}
