//! The Region's half of the demonstration: reviews, decisions, conditions, agreements and reports, each made by
//! the person and on the day the data say, through the same acts as anybody's.

use super::replay::Replay;
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::rules::agreements::{AgreementKind, Nature, PaymentTerms, WHOLE};
use crate::rules::day::Day;
use crate::rules::decisions::{DecisionValue, Kind, prepare};
use crate::rules::follow_ups::FINAL;
use crate::rules::money::Amount;
use crate::rules::reports::Counted;
use crate::rules::review::{self, Answer, CheckState};
use crate::rules::rights::{act, may};
use crate::rules::transitions::Transition;
use crate::store::Store;
use crate::store::demo::data::{Act, Agreement, Decision, FollowUp};
use crate::store::region::agreement_records::AgreementDraft;
use crate::store::region::confirm::Lifting;
use crate::store::region::file::{Check, ReviewChange, Session};
use crate::store::region::prepare::{NewCondition, NewDecision};
use crate::store::region::readings::ReadingAnswer;
use crate::store::region::report_writing::{JobsDraft, ReportDraft};
use crate::store::transitions::Ask;

const HOUR_MS: i64 = 3_600_000;

/// How long a suspension lasts before it is looked at again: weeks, so that moved dates keep their day.
const SUSPENDED_DAYS: i64 = 147;

impl Replay<'_> {
    /// What must be there before this act: a review and a preparation, an agreement, what was asked for.
    pub(super) async fn before_region(&self, transition: Transition, act: &Act) -> Result<()> {
        match transition.key() {
            "T20" | "T21" => {
                let decision = self.decision_on(&Day::in_paris(act.at.ms))?;
                self.review(Some(decision)).await?;
                self.prepare(decision).await
            }
            "T23" => match self.proposal.agreements.first() {
                Some(agreement) => self.agreement(agreement, act).await,
                None => Ok(()),
            },
            "T26" => {
                let owner = self.owner()?;
                let asked = Ask::bare(transition, self.version().await?);
                self.make(owner, &asked, act.at.ms - 24 * HOUR_MS).await
            }
            _ => Ok(()),
        }
    }

    /// What an act of the Region's half gives beside its reason.
    pub(super) async fn region_ask(&self, transition: Transition, act: &Act) -> Result<Ask> {
        let day = Day::in_paris(act.at.ms);
        let begins = transition == Transition::Begin;
        Ok(Ask {
            reason: act.reason.clone(),
            lead_unit: self
                .proposal
                .lead_direction
                .clone()
                .filter(|_| transition == Transition::Evoke),
            starts_on: begins.then(|| day.clone()),
            report: begins.then(|| "L\u{2019}action a commenc\u{e9}.".to_owned()),
            review_on: (transition == Transition::Suspend).then(|| day.plus_days(SUSPENDED_DAYS)),
            ..Ask::bare(transition, self.version().await?)
        })
    }

    /// What happened at the Region and no act of the history tells: an unfinished review, conditions lifted.
    pub(super) async fn after_region(&self) -> Result<()> {
        let decided = !self.proposal.decisions.is_empty();
        if !decided && self.proposal.regional_review.is_some() {
            self.review(None).await?;
            self.readings().await?;
        }
        self.lift_conditions().await
    }

    /// The reports given before a day, in their order.
    pub(super) async fn reports_until(&self, until: &Day) -> Result<()> {
        let given = self.proposal.follow_ups.iter();
        for report in given.filter(|one| one.submitted_on.is_some()) {
            let on = day(report.submitted_on.as_deref().unwrap_or_default())?;
            if on < *until {
                self.report(report, &on).await?;
            }
        }
        Ok(())
    }

    fn decision_on(&self, day: &Day) -> Result<&Decision> {
        let mut newest_first = self.proposal.decisions.iter().rev();
        newest_first
            .find(|one| one.date.as_str() <= day.as_str())
            .ok_or_else(|| Error::internal("no decision to confirm"))
    }

    /// The file looked at, found complete, read by the others, and put on its session.
    async fn review(&self, decision: Option<&Decision>) -> Result<()> {
        let told = self.proposal.regional_review.as_ref();
        // Where the data tell of no review, it was complete on the day of the decision.
        let complete_on = told.and_then(|told| told.complete_on.as_deref());
        let decided_on = decision.map(|decision| decision.date.as_str());
        let Some(complete_on) = complete_on.or(decided_on) else {
            return Ok(());
        };
        let who = self.instructor()?;
        let store = self
            .store
            .at(Timestamp(day(complete_on)?.at_ms(7 * HOUR_MS)));
        let page = store
            .review(&who.account_id, &self.id, may::<act::Read>)
            .await?;
        let Some(open) = page.review.filter(|one| one.completed_at_ms.is_none()) else {
            return Ok(());
        };
        let change = ReviewChange {
            expected_version: open.version,
            checks: open
                .checks
                .iter()
                .map(|found| Check {
                    item: found.item,
                    state: CheckState::Ok,
                    note: None,
                })
                .collect(),
            is_complete: Some(true),
            session: decision.map(|decision| Session {
                on: Day::from_iso(&decision.date),
                organ: Some(decision.organ.clone()),
            }),
            associated: None,
        };
        store
            .change_review(
                &who,
                &self.id,
                &change,
                may::<act::ReviewFile>,
                review::complete,
            )
            .await?;
        Ok(())
    }

    /// The directions asked to read the file, and what they answered.
    async fn readings(&self) -> Result<()> {
        let told = self.proposal.regional_review.as_ref();
        let told = told.map_or(&[][..], |told| &told.cross_readings);
        let Some(asked_on) = told.iter().find_map(|one| one.since.as_deref()) else {
            return Ok(());
        };
        let who = self.instructor()?;
        let page = self
            .store
            .review(&who.account_id, &self.id, may::<act::Read>)
            .await?;
        if page.review.is_none_or(|open| !open.readings.is_empty()) {
            return Ok(());
        }
        let units: Vec<String> = told.iter().map(|one| one.unit.clone()).collect();
        self.at_noon(&day(asked_on)?)
            .ask_readings(&who, &self.id, &units, may::<act::ReviewFile>)
            .await?;
        for one in told {
            let (Some(at), Some(text)) = (&one.at, &one.text) else {
                continue;
            };
            let said = ReadingAnswer {
                region_unit_id: one.unit.clone(),
                answer: Answer::Favourable,
                body: Some(text.clone()),
            };
            let reader = self.instructor_of(&one.unit)?;
            self.at_noon(&day(at)?)
                .answer_reading(&reader, &self.id, &said, review::answer)
                .await?;
        }
        Ok(())
    }

    async fn prepare(&self, decision: &Decision) -> Result<()> {
        let on = day(&decision.date)?;
        let unknown = || Error::internal("a decision of an unknown value");
        let amounts = decision.amounts.iter().map(|one| Amount {
            code: one.code.clone(),
            year: one.year,
            cents: one.amount_cents,
        });
        let conditions = decision.conditions.iter();
        let new = NewDecision {
            kind: Kind::Initial,
            rectifies_id: None,
            value: DecisionValue::from_key(&decision.value).ok_or_else(unknown)?,
            organ: decision.organ.clone(),
            deliberation_ref: decision.deliberation_ref.clone(),
            title: self.proposal.title.clone(),
            transmitted_on: None,
            enforceable_on: None,
            motive: decision.motive.clone(),
            override_motive: None,
            reason_code: None,
            points: Vec::new(),
            due_on: None,
            amounts: amounts.collect(),
            conditions: conditions
                .map(|one| {
                    Ok(NewCondition {
                        body: one.text.clone(),
                        due_on: day(&one.due)?,
                        blocking: one.blocking,
                    })
                })
                .collect::<Result<_>>()?,
            expected_version: None,
            decided_on: on.clone(),
        };
        let store = self.store.at(Timestamp(on.at_ms(8 * HOUR_MS)));
        let who = super::replay::identity(&decision.recorded_by);
        store
            .prepare_decision(&who, &self.id, &new, prepare)
            .await?;
        Ok(())
    }

    async fn lift_conditions(&self) -> Result<()> {
        let decisions = &self.proposal.decisions;
        if decisions.iter().all(|one| one.conditions.is_empty()) {
            return Ok(());
        }
        let who = self.instructor()?;
        let known = self
            .store
            .decisions(&who, &self.id, may::<act::Read>)
            .await?;
        let told = self
            .proposal
            .decisions
            .iter()
            .flat_map(|one| &one.conditions);
        let conditions = known.decisions.iter().flat_map(|one| &one.conditions);
        for (told, condition) in told.zip(conditions) {
            let (Some(on), None) = (&told.lifted_at, condition.lifted_at_ms) else {
                continue;
            };
            let lifting = Lifting {
                condition_id: condition.condition_id.clone(),
                evidence: told.evidence.clone().unwrap_or_default(),
                expected_version: condition.version,
            };
            self.at_noon(&day(on)?)
                .lift_condition(&who, &self.id, &lifting, may::<act::LiftCondition>)
                .await?;
        }
        Ok(())
    }

    async fn agreement(&self, told: &Agreement, act: &Act) -> Result<()> {
        let unknown = || Error::internal("an agreement that cannot be read");
        let (from, to) = match told.payment_dates.split_once('/') {
            Some((from, to)) => (day(from)?, Some(day(to)?)),
            None => (day(&told.payment_dates)?, None),
        };
        let beneficiaries = told.beneficiaries.iter();
        let draft = AgreementDraft {
            kind: AgreementKind::Agreement,
            number: Some(told.number.clone()),
            signed_on: Some(day(&told.signed_on)?),
            purpose: told.purpose.clone(),
            total_cents: told.total_cents,
            nature: Nature::from_key(&told.nature).ok_or_else(unknown)?,
            terms: PaymentTerms::from_key(&told.payment_terms).ok_or_else(unknown)?,
            terms_text: None,
            paid_from: Some(from),
            paid_to: to,
            rae_id: None,
            is_notified: told.eu_notification,
            motive: None,
            beneficiaries: beneficiaries
                .map(|one| {
                    let share = (one.share * WHOLE as f64).round() as i64;
                    (one.organisation.clone(), share)
                })
                .collect(),
        };
        self.store
            .at(Timestamp(act.at.ms - HOUR_MS))
            .record_agreement(
                &super::replay::identity(&act.by),
                &self.id,
                &draft,
                may::<act::RecordAgreement>,
            )
            .await?;
        Ok(())
    }

    /// One report as the owner gives it. The realised jobs of the data are in the last one given.
    async fn report(&self, told: &FollowUp, on: &Day) -> Result<()> {
        let (indicators, lines, given) = self.store.demo_rows(&self.id).await?;
        if given.contains(&told.period) {
            return Ok(());
        }
        let is_final = told.period == FINAL;
        let mut newest_first = self.proposal.follow_ups.iter().rev();
        let last = newest_first.find(|one| one.submitted_on.is_some());
        let is_last = last.is_some_and(|last| last.period == told.period);
        let measured = indicators.iter().zip(&self.proposal.indicators);
        let values = measured.filter_map(|(id, indicator)| {
            let mut values = indicator.values.iter().rev();
            let value = values.find(|one| is_final || one.at.as_str() <= on.as_str())?;
            Some((id.clone(), value.value.to_string()))
        });
        let realised = lines.iter().zip(&self.proposal.job_lines);
        let jobs = realised.filter(|(_, line)| is_last && line.stage == "realised");
        let draft = ReportDraft {
            period: told.period.clone(),
            progress: told.progress,
            spent_cents: told.spent_cents,
            body: told.text.clone(),
            difficulties: told.difficulties.clone(),
            evidence: is_final
                .then(|| "Pi\u{e8}ces conserv\u{e9}es par la structure porteuse".to_owned()),
            values: values.collect(),
            jobs: jobs
                .map(|(id, line)| JobsDraft {
                    job_line_id: id.clone(),
                    counted: Counted {
                        posts: line.posts,
                        fte_hundredths: (line.fte * 100.0).round() as i64,
                        women: line.women,
                        men: line.men,
                        undisclosed: line.undisclosed,
                    },
                    confidence: "B",
                    evidence: line.evidence.first().cloned(),
                })
                .collect(),
            expected_version: None,
        };
        self.at_noon(on)
            .report(
                &super::replay::identity(self.owner()?),
                &self.id,
                &draft,
                true,
                may::<act::Report>,
            )
            .await?;
        Ok(())
    }

    fn at_noon(&self, on: &Day) -> Store {
        self.store.at(Timestamp(on.at_ms(12 * HOUR_MS)))
    }
}

fn day(text: &str) -> Result<Day> {
    Day::from_iso(text).ok_or_else(|| Error::internal(format!("{text} is no day")))
}
