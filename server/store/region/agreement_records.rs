//! Recording the agreement on a decision, its changes, or that none is needed: each a row of its own, never
//! changed after that. What it gives now is what the last of them says.

use super::following::day;
use crate::error::{Error, Result};
use crate::ids::{DocumentId, ProposalId};
use crate::proof::canonical;
use crate::rules::agreements::{self, AgreementKind, Ground, Nature, PaymentTerms, is_private};
use crate::rules::day::Day;
use crate::rules::rights::{Facts, Permit, Refusal, act};
use crate::rules::role::Role;
use crate::store::accounts::Identity;
use crate::store::journal::Entry;
use crate::store::money::in_force;
use crate::store::{Store, Tx, args};

/// An agreement to record, texts tidied and within bounds.
#[derive(Clone, Debug)]
pub struct AgreementDraft {
    /// What is recorded.
    pub kind: AgreementKind,
    /// Its number.
    pub number: Option<String>,
    /// The day it was signed.
    pub signed_on: Option<Day>,
    /// What it is for.
    pub purpose: String,
    /// What it gives altogether, in euro cents.
    pub total_cents: i64,
    /// What is given.
    pub nature: Nature,
    /// When it is paid.
    pub terms: PaymentTerms,
    /// Other terms, in words.
    pub terms_text: Option<String>,
    /// The first day of payment.
    pub paid_from: Option<Day>,
    /// The last day of payment.
    pub paid_to: Option<Day>,
    /// The scheme's id (idRAE).
    pub rae_id: Option<String>,
    /// Whether it was notified to the European Union.
    pub is_notified: bool,
    /// Why none is needed, or why it changes.
    pub motive: Option<String>,
    /// Who gets it: an organisation and its share, in ten-thousandths.
    pub beneficiaries: Vec<(String, i64)>,
}

/// The beneficiaries, looked up.
struct Paid {
    are_identified: bool,
    is_private: bool,
}

impl Store {
    /// Records an agreement.
    ///
    /// # Errors
    /// `NotFound`; `Refused` by R-AGREEMENT; `Conflict` `agreement_known`, `agreement_first`; `Faulty` with all
    /// that is wrong.
    pub async fn record_agreement(
        &self,
        who: &Identity,
        proposal: &ProposalId,
        draft: &AgreementDraft,
        rule: impl FnOnce(&Facts) -> Result<Permit<act::RecordAgreement>, Refusal> + Send,
    ) -> Result<DocumentId> {
        let (today, now) = (self.today(), self.clock.now());
        let mut tx = self.write().await?;
        let document = tx.hold_document(proposal).await?;
        rule(&tx.proposal_facts(&who.account_id, proposal, &today).await?)?;
        tx.check_sequence(proposal, draft.kind).await?;
        let (decision_id, decided_on) = tx.decision_in_force(proposal).await?;
        let paid = tx.look_up_paid(proposal, draft).await?;
        let ground = Ground {
            today,
            decided_on,
            decided_cents: tx.decided_cents(proposal).await?,
            agreed_on: tx.agreed_on(proposal).await?,
            number_is_used: tx.is_number_used(draft.number.as_deref()).await?,
        };
        let flaws = agreements::flaws(&draft.judged(&paid), &ground);
        if !flaws.is_empty() {
            return Err(Error::Faulty(flaws));
        }
        let agreement_id = uuid::Uuid::now_v7().to_string();
        tx.keep_agreement(
            (&agreement_id, &decision_id),
            (who, now.ms()),
            proposal,
            draft,
        )
        .await?;
        let details = canonical::json(&serde_json::json!({
            "agreement_id": agreement_id, "decision_id": decision_id, "kind": draft.kind.key(),
            "number": draft.number, "total_cents": draft.total_cents,
        }));
        let entry = Entry {
            person_id: Some(who.person_id.as_str()),
            capacity: Some(Role::RegionInstructor),
            details: Some(&details),
            text: draft.motive.as_deref(),
            ..Entry::new("agreement_recorded", now)
        };
        tx.record(proposal, &entry).await?;
        tx.commit().await?;
        Ok(document)
    }
}

impl AgreementDraft {
    /// As the rules look at it.
    fn judged(&self, paid: &Paid) -> agreements::Draft {
        let mut names: Vec<&str> = self
            .beneficiaries
            .iter()
            .map(|(id, _)| id.as_str())
            .collect();
        names.sort_unstable();
        names.dedup();
        agreements::Draft {
            kind: self.kind,
            has_number: self.number.is_some(),
            signed_on: self.signed_on.clone(),
            total_cents: self.total_cents,
            terms: self.terms,
            has_terms_text: self.terms_text.is_some(),
            paid: (self.paid_from.clone(), self.paid_to.clone()),
            shares: self.beneficiaries.iter().map(|(_, share)| *share).collect(),
            are_distinct: names.len() == self.beneficiaries.len(),
            are_identified: paid.are_identified,
            is_private: paid.is_private,
            has_motive: self.motive.is_some(),
        }
    }
}

impl Tx {
    /// One agreement, then its changes; that none is needed is said once, and no longer once there is one.
    async fn check_sequence(&mut self, proposal: &ProposalId, kind: AgreementKind) -> Result<()> {
        let is_concluded = self.has_agreement(proposal, "agreement").await?;
        match kind {
            AgreementKind::Agreement if is_concluded => Err(Error::Conflict("agreement_known")),
            AgreementKind::Addendum if !is_concluded => Err(Error::Conflict("agreement_first")),
            AgreementKind::None if is_concluded || self.has_agreement(proposal, "none").await? => {
                Err(Error::Conflict("agreement_known"))
            }
            AgreementKind::Agreement | AgreementKind::Addendum | AgreementKind::None => Ok(()),
        }
    }

    /// The last approval of the Region that nothing rectifies, and its day.
    async fn decision_in_force(&mut self, proposal: &ProposalId) -> Result<(String, Day)> {
        let row = self
            .row(
                concat!("select d.decision_id, d.decided_on from decision d
                 where d.proposal_id = $1 and d.value in ('approved', 'approved_with_conditions') and ", in_force!("d"), "
                 order by d.confirmed_at_ms desc, d.decision_id desc limit 1"),
                args![proposal.as_str()],
            )
            .await?
            .ok_or(Error::Conflict("decision_first"))?;
        Ok((row.text(0)?, day(&row, 1)?))
    }

    async fn look_up_paid(
        &mut self,
        proposal: &ProposalId,
        draft: &AgreementDraft,
    ) -> Result<Paid> {
        let mut paid = Paid {
            are_identified: true,
            is_private: draft.beneficiaries.is_empty() && self.is_paid_privately(proposal).await?,
        };
        for (organisation, _) in &draft.beneficiaries {
            let found = self
                .row(
                    "select kind, siret, rna, closed_at_ms from organisation
                     where organisation_id = $1",
                    args![organisation],
                )
                .await?;
            let invalid = |problem| Error::Invalid {
                field: "beneficiaries",
                problem,
            };
            let row = found.ok_or(invalid("unknown"))?;
            if row.opt_int(3)?.is_some() {
                return Err(invalid("organisation_closed"));
            }
            paid.is_private |= is_private(&row.text(0)?);
            paid.are_identified &= row.opt_text(1)?.is_some() || row.opt_text(2)?.is_some();
        }
        Ok(paid)
    }

    /// The day the agreement was signed.
    async fn agreed_on(&mut self, proposal: &ProposalId) -> Result<Option<Day>> {
        let row = self
            .row(
                "select signed_on from agreement where proposal_id = $1 and kind = 'agreement'",
                args![proposal.as_str()],
            )
            .await?;
        row.map(|row| day(&row, 0)).transpose()
    }

    async fn is_number_used(&mut self, number: Option<&str>) -> Result<bool> {
        let Some(number) = number else {
            return Ok(false);
        };
        let row = self
            .row("select 1 from agreement where number = $1", args![number])
            .await?;
        Ok(row.is_some())
    }

    async fn keep_agreement(
        &mut self,
        (agreement_id, decision_id): (&str, &str),
        (who, at_ms): (&Identity, i64),
        proposal: &ProposalId,
        draft: &AgreementDraft,
    ) -> Result<()> {
        let text = |day: &Option<Day>| day.as_ref().map(|day| day.as_str().to_owned());
        self.run(
            "insert into agreement (agreement_id, proposal_id, decision_id, kind, number, signed_on,
                                    purpose, total_cents, nature, payment_terms, payment_terms_text,
                                    payment_from, payment_to, rae_id, eu_notification, motive,
                                    recorded_by, recorded_at_ms, version)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, 1)",
            args![
                agreement_id,
                proposal.as_str(),
                decision_id,
                draft.kind.key(),
                draft.number.clone(),
                text(&draft.signed_on),
                &draft.purpose,
                draft.total_cents,
                draft.nature.key(),
                draft.terms.key(),
                draft.terms_text.clone(),
                text(&draft.paid_from),
                text(&draft.paid_to),
                draft.rae_id.clone(),
                i64::from(draft.is_notified),
                draft.motive.clone(),
                who.person_id.as_str(),
                at_ms
            ],
        )
        .await?;
        for (rank, (organisation, share)) in (1_i64..).zip(&draft.beneficiaries) {
            self.run(
                "insert into agreement_beneficiary (agreement_id, rank, organisation_id, share)
                 values ($1, $2, $3, $4)",
                args![agreement_id, rank, organisation, *share],
            )
            .await?;
        }
        Ok(())
    }
}
