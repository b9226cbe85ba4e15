//! Merges (T29): what is asked for, as one person finds it. An owner of any of its proposals reads all of
//! them side by side while it is asked for and once it is done, and so does the steering committee's
//! secretary: one agrees to what one has read. The acts are in `acts`.

mod acts;

pub use acts::{MergeAct, MergeEnd, NewMerge};

use super::accounts::Identity;
use super::proposal_page::ProposalPage;
use super::refs::{PersonRef, organisation_today, person_at, person_columns};
use super::standing::Standing;
use super::{Row, Store, Tx, args};
use crate::error::{Error, Result};
use crate::ids::{MergeId, ProposalId};
use crate::rules::day::Day;
use crate::rules::merges::Request;
use crate::rules::rights::{Facts, Permit, Refusal, act};
use crate::rules::role::Role;

/// A merge with its proposals whole.
#[derive(Debug)]
pub struct MergePage {
    /// What is known of it.
    pub head: MergeHead,
    /// Its proposals, the survivor first.
    pub parts: Vec<MergePart>,
    /// As the rules look at it, for who asked.
    pub request: Request,
    /// When the person read them side by side.
    pub read_at_ms: Option<i64>,
}

/// A proposal of a merge.
#[derive(Debug)]
pub struct MergePart {
    /// The proposal.
    pub page: ProposalPage,
    /// Who agreed for it.
    pub agreed: Option<(PersonRef, i64)>,
    /// Whether the person leads it.
    pub is_own: bool,
    /// How many of its threads nobody has closed.
    pub open_thread_count: i64,
}

/// A merge without the sheets.
#[derive(Clone, Debug)]
pub struct MergeHead {
    /// Its id.
    pub merge_id: String,
    /// The proposal that stays.
    pub survivor_id: String,
    /// Why.
    pub motive: Option<String>,
    /// Who asked.
    pub asked_by: PersonRef,
    /// When, in milliseconds UTC.
    pub asked_at_ms: i64,
    /// The last day the owners may agree.
    pub agree_until: Day,
    /// When it was over.
    pub closed_at_ms: Option<i64>,
    /// `done`, `declined`, `cancelled`, `lapsed`.
    pub outcome: Option<String>,
    /// Whether the steering committee instructed it.
    pub is_instructed: bool,
    /// Why it was instructed or declined.
    pub closing_motive: Option<String>,
    /// Its proposals: id, title, whether somebody agreed for it; the survivor first.
    pub proposals: Vec<(String, String, bool)>,
}

impl Store {
    /// A merge whole, for who may read every proposal of it.
    ///
    /// # Errors
    /// `NotFound` when there is none or one of its proposals is hidden.
    pub async fn merge(
        &self,
        who: &Identity,
        merge: &MergeId,
        rule: impl Fn(&Facts) -> Result<Permit<act::Read>, Refusal> + Send + Sync,
    ) -> Result<MergePage> {
        let today = self.today();
        let mut tx = self.read().await?;
        let standing = tx.standing(&who.account_id, &today).await?;
        let request = tx.merge_request(who, &standing, merge, &today).await?;
        for facts in &request.parts {
            rule(facts)?;
        }
        let head = tx.merge_head(merge, &today).await?;
        let read_at_ms = tx.merge_read_at(merge, who).await?;
        let agreements = tx.merge_agreements(merge, &today).await?;
        let owned = tx.owned(&standing, &head).await?;
        drop(tx);
        let mut parts = Vec::new();
        for ((proposal, _, _), is_own) in head.proposals.iter().zip(owned) {
            let id = ProposalId::from(proposal.as_str());
            // Judged above, as part of the merge.
            let reads = |facts: &Facts| {
                let roles = facts.roles.with(Role::Associated);
                rule(&Facts { roles, ..*facts })
            };
            let page = self.proposal(&who.account_id, &id, reads).await?;
            let agreed = agreements.iter().find(|(one, _, _)| one == proposal);
            parts.push(MergePart {
                open_thread_count: self.read().await?.open_thread_count(&id).await?,
                agreed: agreed.map(|(_, person, at_ms)| (person.clone(), *at_ms)),
                is_own,
                page,
            });
        }
        Ok(MergePage {
            head,
            parts,
            request,
            read_at_ms,
        })
    }

    /// The merges of a proposal, the newest first, for who may read it.
    ///
    /// # Errors
    /// `NotFound` when there is no such proposal, or the account may not read it.
    pub async fn merges_of(
        &self,
        who: &Identity,
        proposal: &ProposalId,
        rule: impl FnOnce(&Facts) -> Result<Permit<act::Read>, Refusal> + Send,
    ) -> Result<Vec<MergeHead>> {
        let today = self.today();
        let mut tx = self.read().await?;
        rule(&tx.proposal_facts(&who.account_id, proposal, &today).await?)?;
        let rows = tx
            .rows(
                "select m.merge_id from merge_request m join merge_part p on p.merge_id = m.merge_id
                 where p.proposal_id = $1 order by m.asked_at_ms desc, m.merge_id desc",
                args![proposal.as_str()],
            )
            .await?;
        let mut merges = Vec::new();
        for row in rows {
            let id = MergeId::from(row.text(0)?);
            merges.push(tx.merge_head(&id, &today).await?);
        }
        Ok(merges)
    }

    /// The merges that await this person: an owner's agreement while there is time, then the steering
    /// committee's instruction. The oldest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn awaiting_merges(&self, who: &Identity) -> Result<Vec<MergeHead>> {
        let today = self.today();
        let mut tx = self.read().await?;
        let rows = tx
            .rows(
                "select distinct m.merge_id, m.asked_at_ms from merge_request m
                 join merge_part p on p.merge_id = m.merge_id
                 join proposal_person t on t.proposal_id = p.proposal_id
                 where m.closed_at_ms is null and p.agreed_by is null and t.tie = 'owner'
                 and t.person_id = $1 and m.agree_until >= $2
                 order by m.asked_at_ms, m.merge_id",
                args![who.person_id.as_str(), today.as_str()],
            )
            .await?;
        let mut ids: Vec<String> = rows.iter().map(|row| row.text(0)).collect::<Result<_>>()?;
        if tx.is_secretary(who, &today).await? {
            let rows = tx
                .rows(
                    "select merge_id from merge_request
                     where closed_at_ms is null and agree_until < $1
                     order by asked_at_ms, merge_id",
                    args![today.as_str()],
                )
                .await?;
            for row in rows {
                ids.push(row.text(0)?);
            }
        }
        let mut merges = Vec::new();
        for id in ids {
            merges.push(tx.merge_head(&MergeId::from(id), &today).await?);
        }
        Ok(merges)
    }
}

impl Tx {
    /// The merge as the rules look at it, for this person.
    async fn merge_request(
        &mut self,
        who: &Identity,
        standing: &Standing,
        merge: &MergeId,
        today: &Day,
    ) -> Result<Request> {
        let row = self
            .row(
                "select asked_by, agree_until, closed_at_ms, outcome from merge_request
                 where merge_id = $1",
                args![merge.as_str()],
            )
            .await?
            .ok_or(Error::NotFound)?;
        let mut parts = Vec::new();
        for id in self.merge_parts(merge).await? {
            parts.push(self.facts_of(standing, &id).await?);
        }
        let is_open = row.opt_int(2)?.is_none();
        let is_done = row.opt_text(3)?.as_deref() == Some("done");
        let is_party = parts
            .iter()
            .any(|facts| facts.roles.any(&[Role::Owner, Role::CopilSecretary]));
        if is_party && (is_open || is_done) {
            for facts in &mut parts {
                facts.roles = facts.roles.with(Role::Associated);
            }
        }
        Ok(Request {
            parts,
            is_elsewhere: false,
            is_open,
            is_expired: today.as_str() > row.text(1)?.as_str(),
            is_own: row.text(0)? == who.person_id.as_str(),
            is_read: self.merge_read_at(merge, who).await?.is_some(),
        })
    }

    /// The proposals of a merge, in the order of their ids.
    async fn merge_parts(&mut self, merge: &MergeId) -> Result<Vec<ProposalId>> {
        self.rows(
            "select proposal_id from merge_part where merge_id = $1 order by proposal_id",
            args![merge.as_str()],
        )
        .await?
        .iter()
        .map(|row| row.text(0).map(ProposalId::from))
        .collect()
    }

    async fn merge_head(&mut self, merge: &MergeId, today: &Day) -> Result<MergeHead> {
        let row = self
            .row(
                concat!(
                    "select m.survivor_id, m.motive, m.asked_at_ms, m.agree_until, m.closed_at_ms,
                            m.outcome, m.instructed_by, m.closing_motive, ",
                    person_columns!(),
                    " from merge_request m join person p on p.person_id = m.asked_by",
                    organisation_today!("$1", "$2"),
                    "where m.merge_id = $3 order by f.valid_from"
                ),
                args![today.as_str(), today.as_str(), merge.as_str()],
            )
            .await?
            .ok_or(Error::NotFound)?;
        let survivor_id = row.text(0)?;
        let rows = self
            .rows(
                "select p.proposal_id, p.title, m.agreed_by from merge_part m
                 join proposal p on p.proposal_id = m.proposal_id where m.merge_id = $1
                 order by case when p.proposal_id = $2 then 0 else 1 end, p.proposal_id",
                args![merge.as_str(), &survivor_id],
            )
            .await?;
        let proposal = |row: &Row| Ok((row.text(0)?, row.text(1)?, row.opt_text(2)?.is_some()));
        Ok(MergeHead {
            merge_id: merge.as_str().to_owned(),
            motive: row.opt_text(1)?,
            asked_by: person_at(&row, 8)?,
            asked_at_ms: row.int(2)?,
            agree_until: Day::from_iso(&row.text(3)?)
                .ok_or_else(|| Error::internal("a merge without its day"))?,
            closed_at_ms: row.opt_int(4)?,
            outcome: row.opt_text(5)?,
            is_instructed: row.opt_text(6)?.is_some(),
            closing_motive: row.opt_text(7)?,
            proposals: rows.iter().map(proposal).collect::<Result<_>>()?,
            survivor_id,
        })
    }

    async fn merge_agreements(
        &mut self,
        merge: &MergeId,
        today: &Day,
    ) -> Result<Vec<(String, PersonRef, i64)>> {
        self.rows(
            concat!(
                "select m.proposal_id, m.agreed_at_ms, ",
                person_columns!(),
                " from merge_part m join person p on p.person_id = m.agreed_by",
                organisation_today!("$1", "$2"),
                "where m.merge_id = $3 order by m.proposal_id, f.valid_from"
            ),
            args![today.as_str(), today.as_str(), merge.as_str()],
        )
        .await?
        .iter()
        .map(|row| Ok((row.text(0)?, person_at(row, 2)?, row.int(1)?)))
        .collect()
    }

    async fn merge_read_at(&mut self, merge: &MergeId, who: &Identity) -> Result<Option<i64>> {
        let row = self
            .row(
                "select read_at_ms from merge_reading where merge_id = $1 and person_id = $2",
                args![merge.as_str(), who.person_id.as_str()],
            )
            .await?;
        row.map(|row| row.int(0)).transpose()
    }

    /// Of each proposal of a merge, whether the person leads it.
    async fn owned(&mut self, standing: &Standing, head: &MergeHead) -> Result<Vec<bool>> {
        let mut owned = Vec::new();
        for (id, _, _) in &head.proposals {
            let facts = self
                .facts_of(standing, &ProposalId::from(id.as_str()))
                .await?;
            owned.push(facts.roles.has(Role::Owner));
        }
        Ok(owned)
    }

    async fn open_thread_count(&mut self, proposal: &ProposalId) -> Result<i64> {
        let row = self
            .row(
                "select count(*) from comment where proposal_id = $1 and parent_id is null
                 and closed_at_ms is null and withdrawn_at_ms is null",
                args![proposal.as_str()],
            )
            .await?;
        row.map_or(Ok(0), |row| row.int(0))
    }

    async fn is_secretary(&mut self, who: &Identity, today: &Day) -> Result<bool> {
        let facts = self.programme_facts(&who.account_id, today).await?;
        Ok(facts.roles.has(Role::CopilSecretary))
    }
}
