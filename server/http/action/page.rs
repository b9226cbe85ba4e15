//! An action as JSON.

mod filled;

use serde::Serialize;
use utoipa::ToSchema;

use crate::http::shapes::{MayNot, OrganisationRef, Person, all, may_and_not};
use crate::rules::agreements::AgreementKind;
use crate::rules::day::Day;
use crate::rules::follow_ups::{Due, FINAL, Period};
use crate::rules::money::Amount;
use crate::rules::reports::{Ground, warnings};
use crate::rules::rights::Action;
use crate::store::region::action_page as stored;
use crate::store::region::job_counts::JobCount;
use crate::store::region::report_writing::prefilled;
use crate::store::region::reports as kept;

/// What one may do on an action here.
const ACTIONS: [Action; 4] = [
    Action::RecordAgreement,
    Action::AskAddendum,
    Action::Report,
    Action::CheckJobs,
];

/// An action.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ActionBody {
    action_number: Option<String>,
    stage: &'static str,
    /// The day it began, as an ISO day; null before.
    began_on: Option<String>,
    /// What the Region gives altogether.
    decided_cents: i64,
    /// What the agreement in force gives.
    agreed_cents: i64,
    /// What was spent, as last reported.
    spent_cents: i64,
    /// What it costs altogether.
    budget_cents: i64,
    /// Whether the law asks for an agreement.
    is_agreement_compulsory: bool,
    /// The first first.
    decisions: Vec<ActionDecision>,
    conditions: Vec<ActionCondition>,
    /// The first first; the last one that is no `none` is in force.
    agreements: Vec<AgreementBody>,
    addenda: Vec<AddendumBody>,
    /// The start, the half-years in order, the final one. One that is not given is for who reports.
    reports: Vec<ActionReport>,
    /// The report that is awaited next; null before the action begins.
    next: Option<ActionNext>,
    /// What a final report begins with; null before the action begins.
    final_report: Option<PrefilledBody>,
    suspensions: Vec<ActionSuspension>,
    indicators: Vec<ActionIndicator>,
    job_lines: Vec<JobLineBody>,
    /// Who is named here.
    people: Vec<Person>,
    may: Vec<&'static str>,
    may_not: Vec<MayNot>,
}

/// A confirmed decision.
#[derive(Debug, Serialize, ToSchema)]
struct ActionDecision {
    decision_id: String,
    /// `initial`, `addendum`, `rectification`.
    kind: String,
    /// `approved`, `approved_with_conditions`, `rejected`, `returned`.
    value: String,
    organ: String,
    deliberation_ref: String,
    /// An ISO day.
    decided_on: String,
    amounts: Vec<ActionAmount>,
    is_rectified: bool,
}

/// An amount of one envelope and year.
#[derive(Debug, Serialize, ToSchema)]
struct ActionAmount {
    code: String,
    year: i64,
    amount_cents: i64,
}

/// A condition.
#[derive(Debug, Serialize, ToSchema)]
struct ActionCondition {
    condition_id: String,
    body: String,
    /// An ISO day.
    due_on: String,
    is_blocking: bool,
    evidence: Option<String>,
    lifted_at_ms: Option<i64>,
    /// Whether its day has passed.
    is_overdue: bool,
}

/// What was recorded of an agreement.
#[derive(Debug, Serialize, ToSchema)]
struct AgreementBody {
    agreement_id: String,
    /// `agreement`, `addendum`, `none`.
    kind: String,
    number: Option<String>,
    signed_on: Option<String>,
    purpose: String,
    total_cents: i64,
    nature: String,
    payment_terms: String,
    payment_terms_text: Option<String>,
    payment_from: Option<String>,
    payment_to: Option<String>,
    rae_id: Option<String>,
    eu_notification: bool,
    motive: Option<String>,
    recorded_at_ms: i64,
    beneficiaries: Vec<BeneficiaryBody>,
}

/// Who gets a share.
#[derive(Debug, Serialize, ToSchema)]
struct BeneficiaryBody {
    organisation: OrganisationRef,
    siret: Option<String>,
    rna: Option<String>,
    /// In ten-thousandths.
    share: i64,
}

/// A request for a substantial change.
#[derive(Debug, Serialize, ToSchema)]
struct AddendumBody {
    addendum_id: String,
    matter: String,
    body: String,
    /// `asked`, `decided`, `withdrawn`.
    state: String,
    /// A person's id.
    asked_by: String,
    asked_at_ms: i64,
    decision_id: Option<String>,
    closed_at_ms: Option<i64>,
}

/// A report.
#[derive(Debug, Serialize, ToSchema)]
struct ActionReport {
    report_id: String,
    /// `start`, `2026-S1`, `final`.
    period: String,
    /// An ISO day.
    due_on: String,
    progress: Option<i64>,
    spent_cents: Option<i64>,
    body: Option<String>,
    difficulties: Option<String>,
    evidence: Option<String>,
    values: Vec<ActionValue>,
    jobs: Vec<ActionJobs>,
    saved_at_ms: Option<i64>,
    /// A person's id.
    submitted_by: Option<String>,
    /// Null while it is prepared.
    submitted_at_ms: Option<i64>,
    /// `over_budget`.
    warnings: Vec<&'static str>,
    /// Send it back as `expected_version`.
    version: i64,
}

/// The value of an indicator.
#[derive(Debug, Serialize, ToSchema)]
struct ActionValue {
    indicator_id: String,
    value: String,
}

/// The jobs of a line, since the start.
#[derive(Debug, Serialize, ToSchema)]
struct ActionJobs {
    /// Null in what a form begins with.
    job_count_id: Option<String>,
    job_line_id: String,
    posts: i64,
    fte_hundredths: i64,
    women: i64,
    men: i64,
    undisclosed: i64,
    /// `A`, `B`, `C`.
    confidence: String,
    evidence: Option<String>,
}

/// The report that is awaited next.
#[derive(Debug, Serialize, ToSchema)]
struct ActionNext {
    period: String,
    /// An ISO day.
    due_on: String,
    /// `running`, `asked`, `late`.
    state: &'static str,
    prefilled: PrefilledBody,
}

/// What a report begins with: what the last one said.
#[derive(Debug, Serialize, ToSchema)]
struct PrefilledBody {
    progress: Option<i64>,
    spent_cents: Option<i64>,
    values: Vec<ActionValue>,
    jobs: Vec<ActionJobs>,
}

/// A suspension.
#[derive(Debug, Serialize, ToSchema)]
struct ActionSuspension {
    reason: String,
    /// An ISO day.
    review_on: String,
    suspended_at_ms: i64,
    resumed_at_ms: Option<i64>,
    /// Whether it was to be looked at again before today.
    is_overdue: bool,
}

/// An indicator of the sheet.
#[derive(Debug, Serialize, ToSchema)]
struct ActionIndicator {
    indicator_id: String,
    label: String,
    unit: String,
    baseline: Option<String>,
    target: Option<String>,
}

/// A line of jobs: expected in the sheet, decided, realised as last reported.
#[derive(Debug, Serialize, ToSchema)]
struct JobLineBody {
    job_line_id: String,
    kind: String,
    nature: String,
    contract: String,
    note: Option<String>,
    effect_year: i64,
    /// What the decision counts; null where it counts none.
    decided: Option<ActionJobs>,
    /// Whether what was decided is no longer expected (T27).
    is_cancelled: bool,
    realised: Option<ActionJobs>,
}

impl From<stored::ActionPage> for ActionBody {
    fn from(page: stored::ActionPage) -> Self {
        let (may, may_not) = may_and_not(&ACTIONS, &page.facts);
        let (today, budget_cents) = (page.today, page.budget_cents);
        let given = page
            .reports
            .iter()
            .filter(|one| one.submitted_at_ms.is_some());
        let last = given.clone().next_back().cloned();
        let mut in_force = page
            .agreements
            .iter()
            .filter(|one| one.kind != AgreementKind::None.key());
        let agreed_cents = in_force.next_back().map_or(0, |one| one.total_cents);
        let has_begun = page.began_on.is_some();
        let final_report = has_begun.then(|| prefilled(&page.reports, FINAL).into());
        let next = page
            .next
            .map(|(period, due)| next(period, due, &page.reports));
        let lines = page.job_lines.into_iter();
        Self {
            action_number: page.action_number,
            stage: page.stage.key(),
            began_on: page.began_on.map(|day| day.as_str().to_owned()),
            decided_cents: page.decided_cents,
            agreed_cents,
            spent_cents: last.as_ref().and_then(|one| one.spent_cents).unwrap_or(0),
            budget_cents,
            is_agreement_compulsory: page.is_agreement_compulsory,
            decisions: all(page.decisions),
            conditions: page
                .conditions
                .into_iter()
                .map(|one| condition(one, &today))
                .collect(),
            agreements: all(page.agreements),
            addenda: all(page.addenda),
            job_lines: lines
                .map(|line| job_line(line, &page.decided_jobs, last.as_ref()))
                .collect(),
            reports: page
                .reports
                .into_iter()
                .map(|one| report(one, budget_cents))
                .collect(),
            next,
            final_report,
            suspensions: page
                .suspensions
                .into_iter()
                .map(|one| suspension(one, &today))
                .collect(),
            indicators: all(page.indicators),
            people: all(page.people),
            may,
            may_not,
        }
    }
}

fn next(period: Period, due: Due, reports: &[kept::Report]) -> ActionNext {
    ActionNext {
        prefilled: prefilled(reports, &period.key).into(),
        period: period.key,
        due_on: period.due_on.as_str().to_owned(),
        state: match due {
            Due::Running => "running",
            Due::Asked => "asked",
            Due::Late => "late",
        },
    }
}

fn condition(one: stored::ConditionLine, today: &Day) -> ActionCondition {
    ActionCondition {
        is_overdue: one.lifted_at_ms.is_none() && one.due_on < *today,
        condition_id: one.condition_id,
        body: one.body,
        due_on: one.due_on.as_str().to_owned(),
        is_blocking: one.is_blocking,
        evidence: one.evidence,
        lifted_at_ms: one.lifted_at_ms,
    }
}

fn suspension(one: stored::SuspensionLine, today: &Day) -> ActionSuspension {
    ActionSuspension {
        is_overdue: one.resumed_at_ms.is_none() && one.review_on < *today,
        reason: one.reason,
        review_on: one.review_on.as_str().to_owned(),
        suspended_at_ms: one.suspended_at_ms,
        resumed_at_ms: one.resumed_at_ms,
    }
}

fn report(one: kept::Report, budget_cents: i64) -> ActionReport {
    let ground = Ground {
        budget_cents,
        ..Ground::default()
    };
    let told = warnings(one.spent_cents, &ground);
    ActionReport {
        report_id: one.follow_up_id,
        period: one.period,
        due_on: one.due_on.as_str().to_owned(),
        progress: one.progress,
        spent_cents: one.spent_cents,
        body: one.body,
        difficulties: one.difficulties,
        evidence: one.evidence,
        values: values(one.values),
        jobs: all(one.jobs),
        saved_at_ms: one.saved_at_ms,
        submitted_by: one.submitted_by,
        submitted_at_ms: one.submitted_at_ms,
        warnings: told.into_iter().map(|warning| warning.key()).collect(),
        version: one.version,
    }
}

fn job_line(line: kept::JobLine, decided: &[JobCount], last: Option<&kept::Report>) -> JobLineBody {
    let of = |counts: &[JobCount]| {
        let mut counts = counts.iter();
        counts
            .rfind(|one| one.job_line_id == line.job_line_id)
            .cloned()
    };
    let count = of(decided);
    JobLineBody {
        is_cancelled: count
            .as_ref()
            .is_some_and(|one| one.cancelled_at_ms.is_some()),
        decided: count.map(Into::into),
        realised: last.and_then(|report| of(&report.jobs)).map(Into::into),
        job_line_id: line.job_line_id,
        kind: line.kind,
        nature: line.nature,
        contract: line.contract,
        note: line.note,
        effect_year: line.effect_year,
    }
}

fn values(list: Vec<(String, String)>) -> Vec<ActionValue> {
    let value = |(indicator_id, value)| ActionValue {
        indicator_id,
        value,
    };
    list.into_iter().map(value).collect()
}

impl From<Amount> for ActionAmount {
    fn from(one: Amount) -> Self {
        Self {
            code: one.code,
            year: one.year,
            amount_cents: one.cents,
        }
    }
}

impl From<stored::DecisionLine> for ActionDecision {
    fn from(one: stored::DecisionLine) -> Self {
        Self {
            decision_id: one.decision_id,
            kind: one.kind,
            value: one.value,
            organ: one.organ,
            deliberation_ref: one.deliberation_ref,
            decided_on: one.decided_on.as_str().to_owned(),
            amounts: all(one.amounts),
            is_rectified: one.is_rectified,
        }
    }
}

impl From<stored::AgreementLine> for AgreementBody {
    fn from(one: stored::AgreementLine) -> Self {
        Self {
            agreement_id: one.agreement_id,
            kind: one.kind,
            number: one.number,
            signed_on: one.signed_on,
            purpose: one.purpose,
            total_cents: one.total_cents,
            nature: one.nature,
            payment_terms: one.payment_terms,
            payment_terms_text: one.payment_terms_text,
            payment_from: one.payment_from,
            payment_to: one.payment_to,
            rae_id: one.rae_id,
            eu_notification: one.is_notified,
            motive: one.motive,
            recorded_at_ms: one.recorded_at_ms,
            beneficiaries: all(one.beneficiaries),
        }
    }
}

impl From<stored::BeneficiaryLine> for BeneficiaryBody {
    fn from(one: stored::BeneficiaryLine) -> Self {
        Self {
            organisation: one.organisation.into(),
            siret: one.siret,
            rna: one.rna,
            share: one.share,
        }
    }
}

impl From<stored::AddendumLine> for AddendumBody {
    fn from(one: stored::AddendumLine) -> Self {
        Self {
            addendum_id: one.addendum_id,
            matter: one.matter,
            body: one.body,
            state: one.state,
            asked_by: one.asked_by,
            asked_at_ms: one.asked_at_ms,
            decision_id: one.decision_id,
            closed_at_ms: one.closed_at_ms,
        }
    }
}

impl From<kept::Indicator> for ActionIndicator {
    fn from(one: kept::Indicator) -> Self {
        Self {
            indicator_id: one.indicator_id,
            label: one.label,
            unit: one.unit,
            baseline: one.baseline,
            target: one.target,
        }
    }
}
