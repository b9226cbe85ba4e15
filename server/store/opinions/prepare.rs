//! Preparing an opinion and signing it: one transaction each, under the document's row.

use std::collections::BTreeSet;

use crate::error::{Error, Result};
use crate::ids::{DocumentId, OpinionId, ProposalId};
use crate::proof::canonical;
use crate::rules::day::Day;
use crate::rules::opinions::{self, Count, Flaw, Mode, OpinionValue, Seal, Signer};
use crate::rules::rights::{Facts, Permit, Refusal, act};
use crate::store::accounts::Identity;
use crate::store::journal::Entry;
use crate::store::proposals::decide;
use crate::store::{Store, Tx, args};

use super::{Dissent, Opinion};

/// An opinion as the facilitator prepares it, texts tidied and within bounds.
#[derive(Clone, Debug)]
pub struct Draft {
    /// What it says.
    pub value: OpinionValue,
    /// How it came about.
    pub mode: Mode,
    /// The votes; zeros with consensus.
    pub count: Count,
    /// Why.
    pub motive: Option<String>,
    /// The reserves.
    pub reserves: Vec<String>,
    /// Organisations that step aside beside those that must.
    pub recused: BTreeSet<String>,
    /// Recorded disagreements.
    pub dissents: Vec<Dissent>,
    /// The opinion's counter as it was read; `None` for the first preparation.
    pub expected_version: Option<i64>,
}

/// Where the frozen version is heard.
#[derive(Clone, Debug)]
pub struct Heard {
    /// The version.
    pub version_id: String,
    /// Its rank among the proposal's versions, from 1.
    pub version_rank: i64,
    /// Whether it is sealed: an opinion is prepared on nothing else.
    pub is_sealed: bool,
    /// The body that hears it.
    pub body_id: String,
    /// In this meeting...
    pub meeting_id: Option<String>,
    /// ...with this title,
    pub meeting_title: Option<String>,
    /// at this time, in milliseconds UTC;
    pub starts_at_ms: Option<i64>,
    /// or in this written consultation.
    pub consultation_id: Option<String>,
    /// The day of the meeting, or the last of the consultation.
    pub on: Day,
}

impl Store {
    /// Prepares the opinion on the frozen version, or prepares it anew: a signature falls away.
    ///
    /// # Errors
    /// `NotFound`; `Refused` by R-OPINION; `Conflict` `opinion_changed`; `Invalid` with the first flaw.
    pub async fn prepare_opinion(
        &self,
        who: &Identity,
        proposal: &ProposalId,
        draft: &Draft,
        rule: impl FnOnce(&Facts, Seal) -> Result<Permit<act::PrepareOpinion>, Refusal> + Send,
    ) -> Result<DocumentId> {
        let (today, now) = (self.today(), self.clock.now());
        let mut tx = self.write().await?;
        let document = tx.hold_document(proposal).await?;
        let facts = tx.proposal_facts(&who.account_id, proposal, &today).await?;
        let row = tx.proposal_row(proposal).await?;
        let heard = tx.heard(proposal).await?;
        let seal = match &heard {
            Some(heard) if heard.is_sealed => Seal::Sealed,
            Some(_) | None => Seal::Awaited,
        };
        let known = tx.current_opinion(proposal, row.round).await?;
        let known_version = known.as_ref().map(|known| known.version);
        match rule(&facts, seal) {
            Err(refusal) if refusal.hides() => return Err(refusal.into()),
            _ if draft.expected_version != known_version => {
                return Err(Error::Conflict("opinion_changed"));
            }
            verdict => verdict?,
        };
        let heard = heard.ok_or_else(|| Error::internal("a frozen version is heard nowhere"))?;
        let recused = tx.check_draft(proposal, draft, &heard, &today).await?;
        let id = match known {
            Some(known) => {
                tx.forget_opinion(&known).await?;
                OpinionId::from(known.opinion_id)
            }
            None => OpinionId::new(),
        };
        let prepared = Prepared {
            id: &id,
            proposal,
            round: row.round,
            who,
            at_ms: now.ms(),
            version: known_version.unwrap_or(0) + 1,
        };
        tx.keep_opinion(&prepared, draft, &heard).await?;
        tx.keep_recusals(&id, draft, &recused).await?;
        tx.keep_words(&id, draft).await?;
        let details = canonical::json(&serde_json::json!({
            "opinion_id": id.as_str(), "value": draft.value.key(), "mode": draft.mode.key(),
            "round": row.round,
        }));
        let entry = Entry {
            person_id: Some(who.person_id.as_str()),
            capacity: Some(crate::rules::role::Role::Facilitator),
            details: Some(&details),
            version_id: Some(&heard.version_id),
            text: draft.motive.as_deref(),
            ..Entry::new("opinion_prepared", now)
        };
        tx.record(proposal, &entry).await?;
        tx.commit().await?;
        Ok(document)
    }

    /// Signs the prepared opinion.
    ///
    /// # Errors
    /// `NotFound`, also without such an opinion; `Refused` by R-SIGN; `Conflict` `opinion_changed`.
    pub async fn sign_opinion(
        &self,
        who: &Identity,
        proposal: &ProposalId,
        expected_version: i64,
        rule: impl FnOnce(&Facts, Signer) -> Result<Permit<act::SignOpinion>, Refusal> + Send,
    ) -> Result<DocumentId> {
        let (today, now) = (self.today(), self.clock.now());
        let mut tx = self.write().await?;
        let document = tx.hold_document(proposal).await?;
        let facts = tx.proposal_facts(&who.account_id, proposal, &today).await?;
        let row = tx.proposal_row(proposal).await?;
        let opinion = tx.current_opinion(proposal, row.round).await?;
        let signer = match &opinion {
            Some(opinion) if opinion.prepared_by == who.person_id.as_str() => Signer::Preparer,
            Some(_) | None => Signer::Another,
        };
        let version = opinion.as_ref().map_or(expected_version, |one| one.version);
        decide(rule(&facts, signer), version, expected_version).map_err(as_opinion)?;
        let opinion = opinion.ok_or(Error::NotFound)?;
        if opinion.signed_at_ms.is_some() {
            return Err(Error::Conflict("opinion_changed"));
        }
        tx.run(
            "update opinion set signed_by = $1, signed_at_ms = $2, version = version + 1
             where opinion_id = $3",
            args![who.person_id.as_str(), now.ms(), &opinion.opinion_id],
        )
        .await?;
        let details = canonical::json(&serde_json::json!({ "opinion_id": opinion.opinion_id }));
        let entry = Entry {
            person_id: Some(who.person_id.as_str()),
            capacity: Some(crate::rules::role::Role::CoPresident),
            details: Some(&details),
            version_id: Some(&opinion.version_id),
            ..Entry::new("opinion_signed", now)
        };
        tx.record(proposal, &entry).await?;
        tx.commit().await?;
        Ok(document)
    }
}

/// A stale form is one of the opinion, not of the proposal.
fn as_opinion(error: Error) -> Error {
    if matches!(error, Error::Conflict(_)) {
        Error::Conflict("opinion_changed")
    } else {
        error
    }
}

/// What is written beside the draft.
struct Prepared<'a> {
    id: &'a OpinionId,
    proposal: &'a ProposalId,
    round: i64,
    who: &'a Identity,
    at_ms: i64,
    version: i64,
}

impl Tx {
    /// Where the last frozen version is heard.
    pub(super) async fn heard(&mut self, proposal: &ProposalId) -> Result<Option<Heard>> {
        let id = proposal.as_str();
        let frozen = self
            .row(
                "select v.version_id, v.sealed_at_ms, m.meeting_id, m.body_id, m.starts_at_ms,
                        w.written_consultation_id, w.body_id, w.closes_on, v.rank, m.title
                 from version v
                 left join agenda_item a on a.version_id = v.version_id and a.kind = 'opinion'
                 and a.withdrawn_at_ms is null
                 left join meeting m on m.meeting_id = a.meeting_id
                 left join written_consultation w on w.version_id = v.version_id
                 and w.cancelled_at_ms is null
                 where v.proposal_id = $1 and v.reason = 'freeze' order by v.rank desc limit 1",
                args![id],
            )
            .await?;
        let Some(row) = frozen else { return Ok(None) };
        let (meeting_id, consultation_id) = (row.opt_text(2)?, row.opt_text(5)?);
        let (body, on) = match (row.opt_int(4)?, row.opt_text(7)?) {
            (Some(starts_at_ms), _) => (row.opt_text(3)?, Some(Day::in_paris(starts_at_ms))),
            (None, Some(closes_on)) => (row.opt_text(6)?, Day::from_iso(&closes_on)),
            (None, None) => (None, None),
        };
        let (Some(body_id), Some(on)) = (body, on) else {
            return Ok(None);
        };
        Ok(Some(Heard {
            version_id: row.text(0)?,
            version_rank: row.int(8)?,
            is_sealed: row.opt_int(1)?.is_some(),
            meeting_title: row.opt_text(9)?,
            starts_at_ms: row.opt_int(4)?,
            body_id,
            meeting_id,
            consultation_id,
            on,
        }))
    }

    /// Checks the draft against the seats of that day; everybody who steps aside by rule.
    async fn check_draft(
        &mut self,
        proposal: &ProposalId,
        draft: &Draft,
        heard: &Heard,
        today: &Day,
    ) -> Result<BTreeSet<String>> {
        let by_rule = self.recused_by_rule(proposal).await?;
        let organisations = self.organisations().await?;
        if draft
            .recused
            .iter()
            .any(|id| !organisations.contains_key(id))
        {
            return Err(Error::Invalid {
                field: "recused",
                problem: "unknown",
            });
        }
        let all: BTreeSet<String> = by_rule.union(&draft.recused).cloned().collect();
        let seats = self.voting_seats(&heard.body_id, &heard.on).await?;
        let recused = seats.iter().filter(|seat| seat.is_of(&all)).count();
        let flaws = opinions::flaws(&opinions::Draft {
            value: draft.value,
            mode: draft.mode,
            count: draft.count,
            quorum: self.notice().await?.quorum,
            seat_count: count(seats.len()),
            recused_count: count(recused),
            reserve_count: draft.reserves.len(),
            has_motive: draft.motive.is_some(),
            heard_days_ago: today.days_since(&heard.on),
        });
        match flaws.first() {
            Some(&(field, problem)) => Err(flaw((field, problem))),
            None => Ok(by_rule),
        }
    }

    /// Takes away what an earlier preparation listed.
    async fn forget_opinion(&mut self, known: &Opinion) -> Result<()> {
        for sql in [
            "delete from opinion_recusal where opinion_id = $1",
            "delete from opinion_dissent where opinion_id = $1",
            "delete from reserve where opinion_id = $1",
            "delete from opinion where opinion_id = $1",
        ] {
            self.run(sql, args![&known.opinion_id]).await?;
        }
        Ok(())
    }

    async fn keep_opinion(
        &mut self,
        prepared: &Prepared<'_>,
        draft: &Draft,
        heard: &Heard,
    ) -> Result<()> {
        let votes = |votes: i64| (draft.mode != Mode::Consensus).then_some(votes);
        let seat_count = count(self.voting_seats(&heard.body_id, &heard.on).await?.len());
        self.run(
            "insert into opinion (opinion_id, proposal_id, body_id, version_id, round, value, mode,
                                  votes_for, votes_against, votes_abstain, votes_none, seat_count,
                                  motive, meeting_id, written_consultation_id, heard_on,
                                  prepared_by, prepared_at_ms, version)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
                     $19)",
            args![
                prepared.id.as_str(),
                prepared.proposal.as_str(),
                &heard.body_id,
                &heard.version_id,
                prepared.round,
                draft.value.key(),
                draft.mode.key(),
                votes(draft.count.in_favour),
                votes(draft.count.against),
                votes(draft.count.abstain),
                votes(draft.count.not_voting),
                seat_count,
                draft.motive.clone(),
                heard.meeting_id.clone(),
                heard.consultation_id.clone(),
                heard.on.as_str(),
                prepared.who.person_id.as_str(),
                prepared.at_ms,
                prepared.version
            ],
        )
        .await?;
        Ok(())
    }

    async fn keep_recusals(
        &mut self,
        id: &OpinionId,
        draft: &Draft,
        by_rule: &BTreeSet<String>,
    ) -> Result<()> {
        let declared = draft
            .recused
            .difference(by_rule)
            .map(|one| (one, "declared"));
        let automatic = by_rule.iter().map(|one| (one, "automatic"));
        for (organisation, origin) in automatic.chain(declared) {
            self.run(
                "insert into opinion_recusal (opinion_id, organisation_id, origin)
                 values ($1, $2, $3)",
                args![id.as_str(), organisation, origin],
            )
            .await?;
        }
        Ok(())
    }

    async fn keep_words(&mut self, id: &OpinionId, draft: &Draft) -> Result<()> {
        for (rank, dissent) in (1_i64..).zip(&draft.dissents) {
            self.run(
                "insert into opinion_dissent (opinion_id, rank, organisation_id, body)
                 values ($1, $2, $3, $4)",
                args![
                    id.as_str(),
                    rank,
                    dissent.organisation_id.clone(),
                    &dissent.body
                ],
            )
            .await?;
        }
        for (rank, body) in (1_i64..).zip(&draft.reserves) {
            self.run(
                "insert into reserve (reserve_id, opinion_id, rank, body, state, version)
                 values ($1, $2, $3, $4, 'open', 1)",
                args![uuid::Uuid::now_v7().to_string(), id.as_str(), rank, body],
            )
            .await?;
        }
        Ok(())
    }
}

fn flaw((field, problem): Flaw) -> Error {
    Error::Invalid { field, problem }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
