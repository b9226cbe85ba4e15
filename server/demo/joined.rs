//! The demonstration's merge and split, by their real acts: owners who agree one after the other (T29), an
//! owner who plans and a facilitator who agrees (T30). The proposals of a split are in the data as they
//! stand today: they are adopted as its children, and their parent's rows, which the data share out anew
//! there, are dropped with that motive.

use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::ids::ProposalId;
use crate::rules::merges;
use crate::rules::rights::{act, may};
use crate::rules::splits::Fate;
use crate::rules::transitions::{Transition, judge};
use crate::store::Store;
use crate::store::accounts::Identity;
use crate::store::demo::data::{Act, Demo, Proposal};
use crate::store::merges::NewMerge;
use crate::store::transitions::{Ask, Child, Outcome, Plan, SplitAsk};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// One proposal that became another, or others.
pub(super) struct Joined<'a> {
    /// The database.
    pub(super) store: &'a Store,
    /// The data.
    pub(super) demo: &'a Demo,
    /// The source of the merge, or the parent.
    pub(super) proposal: &'a Proposal,
    /// As somebody of the data acts.
    pub(super) identity: fn(&str) -> Identity,
}

impl Joined<'_> {
    /// The proposals a link of this kind ties to this one: from here, or to here.
    fn linked(&self, kind: &str, from_here: bool) -> Vec<&Proposal> {
        let links = self.demo.proposal_links.iter();
        let of_kind = links.filter(|link| link.kind == kind);
        let others = of_kind.filter_map(|link| match from_here {
            true => (link.from == self.proposal.id).then_some(&link.to),
            false => (link.to == self.proposal.id).then_some(&link.from),
        });
        let known = |id: &String| self.demo.proposals.iter().find(|one| one.id == *id);
        others.filter_map(known).collect()
    }

    /// T29 of the source: its owner asks, the survivor's agrees, then its own. The survivor's journal tells
    /// of the same act, so that there its turn has nothing left to do.
    pub(super) async fn merge(&self, act: &Act) -> Result<()> {
        let survivors = self.linked("merged_into", true);
        let Some(survivor) = survivors.first() else {
            return Ok(());
        };
        let own = owner(self.proposal)?;
        let other = survivor.owners.iter().find(|one| *one != own);
        let other = other.map_or(own, String::as_str);
        let new = NewMerge {
            survivor: ProposalId::from(survivor.id.as_str()),
            others: vec![ProposalId::from(self.proposal.id.as_str())],
            motive: act.reason.clone(),
        };
        let at = |before_ms: i64| self.store.at(Timestamp(act.at.ms - before_ms));
        let (own, other) = ((self.identity)(own), (self.identity)(other));
        let (merge, _) = at(3 * DAY_MS).ask_merge(&own, &new, merges::ask).await?;
        for (who, before_ms) in [(&other, 2 * DAY_MS), (&own, 0)] {
            let store = at(before_ms);
            store.read_merge(who, &merge, merges::read).await?;
            store.agree_merge(who, &merge, merges::agree, judge).await?;
        }
        Ok(())
    }

    /// T30: its owner plans, its facilitator agrees.
    pub(super) async fn split(&self, act: &Act, version: i64) -> Result<()> {
        let id = ProposalId::from(self.proposal.id.as_str());
        let own = (self.identity)(owner(self.proposal)?);
        let children = self.linked("split_from", false);
        let planned = self.store.at(Timestamp(act.at.ms - HOUR_MS));
        let page = planned.split_page(&own, &id, may::<act::Read>).await?;
        let motive = act.reason.clone().unwrap_or_default();
        let rows = page.rows.into_iter().map(|row| row.row);
        let plan = Plan {
            children: children.iter().map(|one| child(one)).collect(),
            rows: rows
                .map(|row| (row, Fate::Dropped(motive.clone())))
                .collect(),
        };
        let split = SplitAsk {
            plan: Some(plan),
            text: None,
            adopted: children
                .iter()
                .map(|one| ProposalId::from(one.id.as_str()))
                .collect(),
        };
        let asked = Ask {
            reason: act.reason.clone(),
            split: Some(split),
            ..Ask::bare(Transition::Split, version)
        };
        planned.transition(&own, &id, &asked, None, judge).await?;
        let agreed = Ask {
            expected_version: version + 1,
            ..asked
        };
        let store = self.store.at(Timestamp(act.at.ms));
        let outcome = store
            .transition(&(self.identity)(&act.by), &id, &agreed, None, judge)
            .await?;
        match outcome {
            Outcome::Done { .. } => Ok(()),
            Outcome::TextMoved | Outcome::Incomplete(_) => {
                Err(Error::internal("a split that was not made"))
            }
        }
    }
}

fn owner(proposal: &Proposal) -> Result<&str> {
    let first = proposal.owners.first();
    first
        .map(String::as_str)
        .ok_or_else(|| Error::internal("a proposal without an owner"))
}

fn child(proposal: &Proposal) -> Child {
    Child {
        title: proposal.title.clone(),
        summary: proposal.summary.clone(),
        porteur: proposal.porteur.as_deref().map(Into::into),
    }
}
