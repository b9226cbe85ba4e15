//! The acts of a merge: asked for, read, agreed to, declined, taken back, instructed. Each holds every
//! document's row first, in the order of the proposals' ids, so that two of them follow each other.

use super::super::transitions::{Merging, identity_of};
use crate::error::Result;
use crate::ids::{DocumentId, MergeId, PersonId, ProposalId};
use crate::rules::merges::{AGREE_DAYS, Request};
use crate::rules::rights::{Facts, Permit, Refusal, act};
use crate::rules::role::Role;
use crate::rules::transitions::{Cleared, Matter, Transition};
use crate::store::accounts::Identity;
use crate::store::journal::Entry;
use crate::store::{Store, Tx, args};

/// A merge to ask for, its text within bounds.
#[derive(Clone, Debug)]
pub struct NewMerge {
    /// The proposal that stays.
    pub survivor: ProposalId,
    /// The others, each once.
    pub others: Vec<ProposalId>,
    /// Why.
    pub motive: Option<String>,
}

/// What became of an act.
#[derive(Clone, Debug)]
pub struct MergeAct {
    /// The texts whose readers hear of it; of a merge that was made, those whose rights changed.
    pub documents: Vec<DocumentId>,
    /// Whether the proposals are one now.
    pub is_done: bool,
}

/// How a merge ends without being made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MergeEnd {
    /// An owner does not agree.
    Declined,
    /// Who asked takes it back.
    Cancelled,
}

impl MergeEnd {
    const fn key(self) -> &'static str {
        match self {
            Self::Declined => "declined",
            Self::Cancelled => "cancelled",
        }
    }
}

/// A merge under its documents' rows.
struct Held {
    parts: Vec<ProposalId>,
    documents: Vec<DocumentId>,
    /// As the rules look at it, in the order of `parts`.
    request: Request,
    now_ms: i64,
}

impl Store {
    /// Asks that proposals become one. Who asks has not agreed yet: nobody does before they have read
    /// the proposals side by side.
    ///
    /// # Errors
    /// `NotFound` also where one of them is hidden; `Refused` by T29.
    pub async fn ask_merge(
        &self,
        who: &Identity,
        new: &NewMerge,
        rule: impl FnOnce(&Request) -> Result<Permit<act::Merge>, Refusal> + Send,
    ) -> Result<(MergeId, MergeAct)> {
        let (today, now) = (self.today(), self.clock.now());
        let mut tx = self.write().await?;
        let mut parts: Vec<ProposalId> = new.others.clone();
        parts.push(new.survivor.clone());
        parts.sort();
        parts.dedup();
        let mut documents = Vec::new();
        for part in &parts {
            documents.push(tx.hold_document(part).await?);
        }
        let standing = tx.standing(&who.account_id, &today).await?;
        let mut request = Request::default();
        for part in &parts {
            request.parts.push(tx.facts_of(&standing, part).await?);
            request.is_elsewhere |= tx.open_merge_of(part).await?.is_some();
        }
        rule(&request)?;
        let merge = MergeId::new();
        tx.run(
            "insert into merge_request (merge_id, survivor_id, motive, asked_by, asked_at_ms,
                                        agree_until, version) values ($1, $2, $3, $4, $5, $6, 1)",
            args![
                merge.as_str(),
                new.survivor.as_str(),
                new.motive.clone(),
                who.person_id.as_str(),
                now.ms(),
                today.plus_days(AGREE_DAYS).as_str()
            ],
        )
        .await?;
        for (part, facts) in parts.iter().zip(&request.parts) {
            tx.run(
                "insert into merge_part (merge_id, proposal_id) values ($1, $2)",
                args![merge.as_str(), part.as_str()],
            )
            .await?;
            let act = format!("asked:{}", Transition::Merge.key());
            let text = new.motive.as_deref();
            tx.note_merge(who, part, &act, (facts, text), &merge, now.ms())
                .await?;
        }
        tx.commit().await?;
        let is_done = false;
        Ok((merge, MergeAct { documents, is_done }))
    }

    /// Notes that the person read the proposals side by side; once is enough.
    ///
    /// # Errors
    /// `NotFound`; `Refused` by T29.
    pub async fn read_merge(
        &self,
        who: &Identity,
        merge: &MergeId,
        rule: impl FnOnce(&Request) -> Result<Permit<act::Merge>, Refusal> + Send,
    ) -> Result<()> {
        let mut tx = self.write().await?;
        let held = tx.hold_merge(self, who, merge).await?;
        rule(&held.request)?;
        tx.run(
            "insert into merge_reading (merge_id, person_id, read_at_ms) values ($1, $2, $3)
             on conflict (merge_id, person_id) do nothing",
            args![merge.as_str(), who.person_id.as_str(), held.now_ms],
        )
        .await?;
        tx.commit().await
    }

    /// Agrees for the proposals the person leads; the last agreement makes the merge. `moves` judges each
    /// source's T29.
    ///
    /// # Errors
    /// `NotFound`; `Refused` by T29.
    pub async fn agree_merge(
        &self,
        who: &Identity,
        merge: &MergeId,
        rule: impl FnOnce(&Request) -> Result<Permit<act::Merge>, Refusal> + Send,
        moves: impl Fn(Transition, &Facts, &Matter) -> Result<Cleared, Refusal> + Send,
    ) -> Result<MergeAct> {
        let mut tx = self.write().await?;
        let held = tx.hold_merge(self, who, merge).await?;
        rule(&held.request)?;
        for (part, facts) in held.parts.iter().zip(&held.request.parts) {
            if !facts.roles.has(Role::Owner) {
                continue;
            }
            let agreed = tx
                .run(
                    "update merge_part set agreed_by = $1, agreed_at_ms = $2
                     where merge_id = $3 and proposal_id = $4 and agreed_by is null",
                    args![
                        who.person_id.as_str(),
                        held.now_ms,
                        merge.as_str(),
                        part.as_str()
                    ],
                )
                .await?;
            if agreed > 0 {
                tx.note_merge(who, part, "merge_agreed", (facts, None), merge, held.now_ms)
                    .await?;
            }
        }
        tx.drop_stale_agreements(merge).await?;
        let agreed = tx.agreed_by(merge, who).await?;
        let done = if agreed.len() == held.parts.len() {
            let capacity = Role::Owner;
            Some(
                tx.complete_merge(self, who, merge, (capacity, agreed), moves)
                    .await?,
            )
        } else {
            None
        };
        tx.commit().await?;
        Ok(MergeAct {
            is_done: done.is_some(),
            documents: done.unwrap_or(held.documents),
        })
    }

    /// The steering committee instructs it, with its motive: it is made at once.
    ///
    /// # Errors
    /// `NotFound`; `Refused` by T29.
    pub async fn instruct_merge(
        &self,
        who: &Identity,
        merge: &MergeId,
        motive: &str,
        rule: impl FnOnce(&Request) -> Result<Permit<act::Merge>, Refusal> + Send,
        moves: impl Fn(Transition, &Facts, &Matter) -> Result<Cleared, Refusal> + Send,
    ) -> Result<MergeAct> {
        let mut tx = self.write().await?;
        let held = tx.hold_merge(self, who, merge).await?;
        rule(&held.request)?;
        tx.run(
            "update merge_request set instructed_by = $1, closing_motive = $2 where merge_id = $3",
            args![who.person_id.as_str(), motive, merge.as_str()],
        )
        .await?;
        let parts = held.parts.into_iter();
        let instructed = parts.map(|part| (part, who.clone())).collect();
        let by = (Role::CopilSecretary, instructed);
        let documents = tx.complete_merge(self, who, merge, by, moves).await?;
        tx.commit().await?;
        Ok(MergeAct {
            documents,
            is_done: true,
        })
    }

    /// Ends it without the merge: an owner declines, or who asked takes it back.
    ///
    /// # Errors
    /// `NotFound`; `Refused` by T29.
    pub async fn end_merge(
        &self,
        who: &Identity,
        merge: &MergeId,
        (end, motive): (MergeEnd, Option<&str>),
        rule: impl FnOnce(&Request) -> Result<Permit<act::Merge>, Refusal> + Send,
    ) -> Result<MergeAct> {
        let mut tx = self.write().await?;
        let held = tx.hold_merge(self, who, merge).await?;
        rule(&held.request)?;
        tx.close_merge(who, merge, end.key(), held.now_ms).await?;
        tx.run(
            "update merge_request set closing_motive = $1 where merge_id = $2",
            args![motive, merge.as_str()],
        )
        .await?;
        let act = format!("{}:{}", end.key(), Transition::Merge.key());
        for (part, facts) in held.parts.iter().zip(&held.request.parts) {
            tx.note_merge(who, part, &act, (facts, motive), merge, held.now_ms)
                .await?;
        }
        tx.commit().await?;
        Ok(MergeAct {
            documents: held.documents,
            is_done: false,
        })
    }
}

impl Tx {
    async fn hold_merge(&mut self, store: &Store, who: &Identity, merge: &MergeId) -> Result<Held> {
        let today = store.today();
        let parts = self.merge_parts(merge).await?;
        let mut documents = Vec::new();
        for part in &parts {
            documents.push(self.hold_document(part).await?);
        }
        let standing = self.standing(&who.account_id, &today).await?;
        let request = self.merge_request(who, &standing, merge, &today).await?;
        Ok(Held {
            parts,
            documents,
            request,
            now_ms: store.clock.now().ms(),
        })
    }

    /// Every proposal is the survivor's from here on.
    async fn complete_merge(
        &mut self,
        store: &Store,
        who: &Identity,
        merge: &MergeId,
        (capacity, mut agreed): (Role, Vec<(ProposalId, Identity)>),
        moves: impl Fn(Transition, &Facts, &Matter) -> Result<Cleared, Refusal> + Send,
    ) -> Result<Vec<DocumentId>> {
        let head = self.merge_head(merge, &store.today()).await?;
        let survivor = ProposalId::from(head.survivor_id.as_str());
        agreed.retain(|(id, _)| *id != survivor);
        let merging = Merging {
            merge_id: merge.as_str(),
            by: who,
            capacity,
            survivor: &survivor,
            sources: agreed,
            motive: head.closing_motive.as_deref().or(head.motive.as_deref()),
        };
        let documents = self.merge(store, &merging, moves).await?;
        self.close_merge(who, merge, "done", store.clock.now().ms())
            .await?;
        Ok(documents)
    }

    async fn close_merge(
        &mut self,
        who: &Identity,
        merge: &MergeId,
        outcome: &str,
        now_ms: i64,
    ) -> Result<()> {
        self.run(
            "update merge_request set outcome = $1, closed_at_ms = $2, closed_by = $3,
                    version = version + 1 where merge_id = $4 and closed_at_ms is null",
            args![outcome, now_ms, who.person_id.as_str(), merge.as_str()],
        )
        .await?;
        Ok(())
    }

    /// An agreement ends with the tie it was given by.
    async fn drop_stale_agreements(&mut self, merge: &MergeId) -> Result<()> {
        self.run(
            "update merge_part set agreed_by = null, agreed_at_ms = null
             where merge_id = $1 and agreed_by is not null and not exists
                 (select 1 from proposal_person t where t.proposal_id = merge_part.proposal_id
                  and t.person_id = merge_part.agreed_by and t.tie = 'owner')",
            args![merge.as_str()],
        )
        .await?;
        Ok(())
    }

    /// Each proposal somebody agreed for, with who did.
    async fn agreed_by(
        &mut self,
        merge: &MergeId,
        like: &Identity,
    ) -> Result<Vec<(ProposalId, Identity)>> {
        let rows = self
            .rows(
                "select m.proposal_id, m.agreed_by, a.account_id from merge_part m
                 join account a on a.person_id = m.agreed_by
                 where m.merge_id = $1 order by m.proposal_id",
                args![merge.as_str()],
            )
            .await?;
        rows.iter()
            .map(|row| {
                let person = PersonId::from(row.text(1)?);
                let identity = identity_of(&row.text(2)?, &person, like);
                Ok((ProposalId::from(row.text(0)?), identity))
            })
            .collect()
    }

    /// What everybody reads of it in a proposal's history.
    async fn note_merge(
        &mut self,
        who: &Identity,
        part: &ProposalId,
        act: &str,
        (facts, text): (&Facts, Option<&str>),
        merge: &MergeId,
        now_ms: i64,
    ) -> Result<()> {
        let roles = [Role::Owner, Role::CopilSecretary];
        let details =
            crate::proof::canonical::json(&serde_json::json!({ "merge_id": merge.as_str() }));
        let entry = Entry {
            person_id: Some(who.person_id.as_str()),
            capacity: roles.into_iter().find(|role| facts.roles.has(*role)),
            text,
            details: Some(&details),
            ..Entry::new(act, crate::clock::Timestamp(now_ms))
        };
        self.record(part, &entry).await?;
        Ok(())
    }
}
