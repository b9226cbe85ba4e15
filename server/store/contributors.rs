//! Who writes a proposal beside its owners: who may be invited, who is, coming and going.

use super::accounts::Identity;
use super::journal::Entry;
use super::refs::{PersonRef, add_once, by_name, organisation_today, person_at, person_columns};
use super::{Store, Tx, args};
use crate::error::{Error, Result};
use crate::ids::{AccountId, DocumentId, PersonId, ProposalId};
use crate::rules::day::Day;
use crate::rules::rights::{Facts, Permit, Refusal, act};

/// What inviting changed.
#[derive(Clone, Debug)]
pub struct Invited {
    /// Everybody who may now write as a contributor.
    pub contributors: Vec<PersonRef>,
    /// The text whose rights changed.
    pub document_id: DocumentId,
}

impl Store {
    /// The people one may invite: those who sit, other than as observers, in one of the
    /// proposal's chantiers, can sign in, and neither lead it nor write it yet.
    ///
    /// # Errors
    /// `NotFound` for who may not read it, `Refused` for who may not invite.
    pub async fn contributor_candidates(
        &self,
        account: &AccountId,
        proposal: &ProposalId,
        rule: impl FnOnce(&Facts) -> Result<Permit<act::InviteContributors>, Refusal> + Send,
    ) -> Result<Vec<PersonRef>> {
        let today = self.today();
        let mut tx = self.read().await?;
        let facts = tx.proposal_facts(account, proposal, &today).await?;
        rule(&facts)?;
        let mut people = tx.sitting(proposal, &today).await?;
        let tied = tx.tied(proposal).await?;
        people.retain(|one| !tied.iter().any(|(id, _)| *id == one.person_id));
        by_name(&mut people);
        Ok(people)
    }

    /// Adds contributors; those who already are stay.
    ///
    /// # Errors
    /// `NotFound`, `Refused`; `Invalid` `person_ids` `not_eligible` when one of them may not be
    /// invited: then nobody is.
    pub async fn invite_contributors(
        &self,
        who: &Identity,
        proposal: &ProposalId,
        people: &[PersonId],
        rule: impl FnOnce(&Facts) -> Result<Permit<act::InviteContributors>, Refusal> + Send,
    ) -> Result<Invited> {
        let (today, now) = (self.today(), self.clock.now());
        let mut tx = self.write().await?;
        let document_id = tx.hold_document(proposal).await?;
        let facts = tx.proposal_facts(&who.account_id, proposal, &today).await?;
        rule(&facts)?;
        let eligible = tx.sitting(proposal, &today).await?;
        let tied = tx.tied(proposal).await?;
        let is_tied = |person: &PersonId, tie: &str| {
            tied.iter()
                .any(|(id, one)| id == person.as_str() && one == tie)
        };
        let mut changed = false;
        for person in people {
            if is_tied(person, "contributor") {
                continue;
            }
            let may_write = eligible.iter().any(|one| one.person_id == person.as_str());
            if !may_write || is_tied(person, "owner") {
                return Err(Error::Invalid {
                    field: "person_ids",
                    problem: "not_eligible",
                });
            }
            let added = tx
                .run(
                    "insert into proposal_person (proposal_id, person_id, tie, added_by, added_at_ms)
                     values ($1, $2, 'contributor', $3, $4) on conflict do nothing",
                    args![
                        proposal.as_str(),
                        person.as_str(),
                        who.person_id.as_str(),
                        now.ms()
                    ],
                )
                .await?;
            if added > 0 {
                changed = true;
                let entry = Entry {
                    person_id: Some(who.person_id.as_str()),
                    note: Some(person.as_str()),
                    ..Entry::new("invite", now)
                };
                tx.record(proposal, &entry).await?;
            }
        }
        if changed {
            tx.next_epoch(&document_id).await?;
        }
        let contributors = tx.tied_people(proposal, "contributor", &today).await?;
        tx.commit().await?;
        Ok(Invited {
            contributors,
            document_id,
        })
    }

    /// Removes a contributor; the text whose rights changed.
    ///
    /// # Errors
    /// `NotFound` also when the person is no contributor, `Refused`; `Conflict` `owner` for an
    /// owner, who leads by another tie.
    pub async fn remove_contributor(
        &self,
        who: &Identity,
        proposal: &ProposalId,
        person: &PersonId,
        rule: impl FnOnce(&Facts) -> Result<Permit<act::InviteContributors>, Refusal> + Send,
    ) -> Result<DocumentId> {
        let (today, now) = (self.today(), self.clock.now());
        let mut tx = self.write().await?;
        let document_id = tx.hold_document(proposal).await?;
        let facts = tx.proposal_facts(&who.account_id, proposal, &today).await?;
        rule(&facts)?;
        let removed = tx
            .run(
                "delete from proposal_person
                 where proposal_id = $1 and person_id = $2 and tie = 'contributor'",
                args![proposal.as_str(), person.as_str()],
            )
            .await?;
        if removed == 0 {
            let tied = tx.tied(proposal).await?;
            return Err(if tied.iter().any(|(id, _)| id == person.as_str()) {
                Error::Conflict("owner")
            } else {
                Error::NotFound
            });
        }
        let entry = Entry {
            person_id: Some(who.person_id.as_str()),
            note: Some(person.as_str()),
            ..Entry::new("uninvite", now)
        };
        tx.record(proposal, &entry).await?;
        tx.next_epoch(&document_id).await?;
        tx.commit().await?;
        Ok(document_id)
    }
}

impl Tx {
    /// Takes the document's row of a proposal, so that acts on it follow each other.
    ///
    /// # Errors
    /// `NotFound` when there is no such proposal.
    pub(super) async fn hold_document(&mut self, proposal: &ProposalId) -> Result<DocumentId> {
        let row = self
            .row(
                "select document_id from proposal where proposal_id = $1",
                args![proposal.as_str()],
            )
            .await?
            .ok_or(Error::NotFound)?;
        let document_id = row.text(0)?;
        self.run(
            "update document set epoch = epoch where document_id = $1",
            args![&document_id],
        )
        .await?;
        Ok(document_id.into())
    }

    /// Counts a change of rights: an update judged before it can no longer be appended.
    pub(super) async fn next_epoch(&mut self, document: &DocumentId) -> Result<()> {
        self.run(
            "update document set epoch = epoch + 1 where document_id = $1",
            args![document.as_str()],
        )
        .await?;
        Ok(())
    }

    /// Who is tied to the proposal, and how.
    async fn tied(&mut self, proposal: &ProposalId) -> Result<Vec<(String, String)>> {
        self.rows(
            "select person_id, tie from proposal_person where proposal_id = $1",
            args![proposal.as_str()],
        )
        .await?
        .iter()
        .map(|row| Ok((row.text(0)?, row.text(1)?)))
        .collect()
    }

    /// The people tied to a proposal by this tie, in order of coming.
    pub(super) async fn tied_people(
        &mut self,
        proposal: &ProposalId,
        tie: &str,
        today: &Day,
    ) -> Result<Vec<PersonRef>> {
        let mut people = Vec::new();
        for row in self
            .rows(
                concat!(
                    "select ",
                    person_columns!(),
                    " from proposal_person t join person p on p.person_id = t.person_id",
                    organisation_today!("$1", "$2"),
                    "where t.proposal_id = $3 and t.tie = $4
                     order by t.added_at_ms, t.person_id, f.valid_from"
                ),
                args![today.as_str(), today.as_str(), proposal.as_str(), tie],
            )
            .await?
        {
            add_once(&mut people, person_at(&row, 0)?);
        }
        Ok(people)
    }

    /// Who sits today, other than as an observer, in one of the proposal's chantiers, with a
    /// live affiliation and an account that signs in.
    pub(super) async fn sitting(
        &mut self,
        proposal: &ProposalId,
        today: &Day,
    ) -> Result<Vec<PersonRef>> {
        let mut people = Vec::new();
        for row in self
            .rows(
                concat!(
                    "select ",
                    person_columns!(),
                    " from mandate m join body b on b.body_id = m.body_id
                      join person p on p.person_id = m.person_id
                      join account a on a.person_id = p.person_id",
                    organisation_today!("$1", "$2"),
                    "where b.kind in ('commission', 'working_group') and m.role <> 'observer'
                     and m.valid_from <= $3 and (m.valid_to is null or m.valid_to > $4)
                     and o.organisation_id is not null
                     and a.deactivated_at_ms is null and a.password_hash is not null
                     and (b.chantier_id in (select chantier_id from proposal where proposal_id = $5)
                          or b.chantier_id in
                             (select chantier_id from proposal_chantier where proposal_id = $6))
                     order by p.person_id, f.valid_from"
                ),
                args![
                    today.as_str(),
                    today.as_str(),
                    today.as_str(),
                    today.as_str(),
                    proposal.as_str(),
                    proposal.as_str()
                ],
            )
            .await?
        {
            add_once(&mut people, person_at(&row, 0)?);
        }
        Ok(people)
    }
}
