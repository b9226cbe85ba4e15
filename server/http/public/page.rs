//! A decided proposal as anybody reads it. Counts of fewer than five posts are not told (secret statistique).

use serde::Serialize;
use utoipa::ToSchema;

use crate::rules::money::Amount;
use crate::store::region::action_page::ConditionLine;
use crate::store::region::public::{PublicAction, PublicAdvice, PublicDecision};
use crate::store::versions::VersionRow;

/// Fewer posts than this are not told.
const TOLD_FROM: i64 = 5;

/// A decided proposal.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ActionPublic {
    /// Null for one that was not approved.
    action_number: Option<String>,
    /// Its number as a proposal.
    number: Option<String>,
    title: String,
    summary: String,
    stage: &'static str,
    stage_since_ms: i64,
    chantier: ChantierPublic,
    axis: Option<String>,
    /// The organisation that bears it.
    porteur: Option<String>,
    /// What the commission advised.
    opinion: Option<OpinionPublic>,
    /// What the steering committee advised.
    advice: Option<AdvicePublic>,
    /// Why the Region took it up by itself.
    evocation: Option<EvocationPublic>,
    /// The first first; a rectification stands beside what it corrects.
    decisions: Vec<DecisionPublic>,
    /// What is given altogether: what is rectified no longer counts.
    decided_cents: i64,
    version: Option<VersionPublic>,
    agreement: Option<AgreementPublic>,
    jobs: Vec<JobsPublic>,
    /// As last reported, in percent; null before a report.
    progress: Option<i64>,
}

/// A chantier.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ChantierPublic {
    chantier_id: String,
    title: String,
}

/// What the commission advised.
#[derive(Debug, Serialize, ToSchema)]
struct OpinionPublic {
    /// `favourable`, `favourable_with_reserves`, `unfavourable`.
    value: String,
    /// An ISO day.
    heard_on: String,
}

/// What the steering committee advised.
#[derive(Debug, Serialize, ToSchema)]
struct AdvicePublic {
    /// `retained`, `rework`, `reserve_list`, `not_retained`.
    value: String,
    rank: Option<i64>,
    motive: Option<String>,
    /// An ISO day.
    arbitrated_on: String,
}

/// Why the Region took it up by itself.
#[derive(Debug, Serialize, ToSchema)]
struct EvocationPublic {
    motive: String,
    evoked_at_ms: i64,
}

/// A decision.
#[derive(Debug, Serialize, ToSchema)]
struct DecisionPublic {
    decision_id: String,
    /// `initial`, `addendum`, `rectification`.
    kind: String,
    /// The decision it rectifies.
    rectifies_id: Option<String>,
    /// Whether another decision rectifies it.
    is_rectified: bool,
    /// `approved`, `approved_with_conditions`, `rejected`, `returned`.
    value: String,
    organ: String,
    deliberation_ref: String,
    title: String,
    /// An ISO day.
    decided_on: String,
    transmitted_on: Option<String>,
    enforceable_on: Option<String>,
    motive: Option<String>,
    /// Whether it departs from the steering committee's advice; the motive then says why.
    departs: bool,
    amounts: Vec<AmountPublic>,
    conditions: Vec<ConditionPublic>,
}

/// An amount of one envelope and year.
#[derive(Debug, Serialize, ToSchema)]
struct AmountPublic {
    code: String,
    year: i64,
    amount_cents: i64,
}

/// A condition.
#[derive(Debug, Serialize, ToSchema)]
struct ConditionPublic {
    body: String,
    /// An ISO day.
    due_on: String,
    is_blocking: bool,
    lifted_at_ms: Option<i64>,
}

/// The version that was decided on.
#[derive(Debug, Serialize, ToSchema)]
struct VersionPublic {
    rank: i64,
    round: i64,
    sealed_at_ms: Option<i64>,
    /// SHA-256 of its canonical content, in hexadecimal.
    content_sha256: Option<String>,
    key_id: Option<String>,
    /// Whether the signed file names nobody and can be had as `version.json`.
    is_file_public: bool,
}

/// The agreement in force.
#[derive(Debug, Serialize, ToSchema)]
struct AgreementPublic {
    number: String,
    /// An ISO day.
    signed_on: String,
    total_cents: i64,
}

/// The jobs of one kind: decided, and realised as last reported.
#[derive(Debug, Serialize, ToSchema)]
struct JobsPublic {
    /// `direct`, `supported`.
    kind: String,
    decided: CountPublic,
    /// Null before a report counts any.
    realised: Option<CountPublic>,
}

/// A count of jobs.
#[derive(Debug, Serialize, ToSchema)]
struct CountPublic {
    /// Null: fewer than five, not told.
    posts: Option<i64>,
    /// Full-time equivalents, in hundredths; null with `posts`.
    fte_hundredths: Option<i64>,
}

impl ActionPublic {
    pub(super) fn new(action: PublicAction, is_file_public: bool) -> Self {
        let jobs = jobs(&action);
        let rectified: Vec<String> = action
            .decisions
            .iter()
            .filter_map(|one| one.rectifies_id.clone())
            .collect();
        let in_force = action
            .decisions
            .iter()
            .filter(|one| !rectified.contains(&one.decision_id));
        let amounts = in_force.flat_map(|one| &one.amounts);
        let decided_cents = amounts.map(|amount| amount.cents).sum();
        let decision = |one| DecisionPublic::new(one, &rectified);
        Self {
            action_number: action.action_number,
            number: action.number,
            title: action.title,
            summary: action.summary,
            stage: action.stage.key(),
            stage_since_ms: action.stage_since_ms,
            chantier: action.chantier.into(),
            axis: action.axis,
            porteur: action.porteur,
            opinion: action.opinion.map(|(value, heard_on)| OpinionPublic {
                value,
                heard_on: heard_on.as_str().to_owned(),
            }),
            advice: action.advice.map(Into::into),
            evocation: action
                .evocation
                .map(|(motive, evoked_at_ms)| EvocationPublic {
                    motive,
                    evoked_at_ms,
                }),
            decisions: action.decisions.into_iter().map(decision).collect(),
            decided_cents,
            version: action
                .version
                .map(|row| VersionPublic::new(row, is_file_public)),
            agreement: action
                .agreement
                .map(|(number, signed_on, total_cents)| AgreementPublic {
                    number,
                    signed_on,
                    total_cents,
                }),
            jobs,
            progress: action.last_report.and_then(|report| report.progress),
        }
    }
}

/// The jobs by kind.
fn jobs(action: &PublicAction) -> Vec<JobsPublic> {
    let kind_of = |line: &str| {
        let mut lines = action.job_lines.iter();
        lines
            .find(|one| one.job_line_id == line)
            .map(|one| one.kind.as_str())
    };
    let reported = action.last_report.as_ref();
    let realised = reported
        .map(|report| &report.jobs)
        .filter(|jobs| !jobs.is_empty());
    ["direct", "supported"]
        .into_iter()
        .filter(|kind| action.job_lines.iter().any(|line| line.kind == *kind))
        .map(|kind| {
            let sum = |counts: &[crate::store::region::job_counts::JobCount]| {
                let of_kind = counts
                    .iter()
                    .filter(|one| kind_of(&one.job_line_id) == Some(kind));
                let (posts, fte) = of_kind.fold((0, 0), |(posts, fte), one| {
                    (posts + one.counted.posts, fte + one.counted.fte_hundredths)
                });
                CountPublic::new(posts, fte)
            };
            JobsPublic {
                kind: kind.to_owned(),
                decided: sum(&action.decided_jobs),
                realised: realised.map(|jobs| sum(jobs)),
            }
        })
        .collect()
}

impl CountPublic {
    fn new(posts: i64, fte_hundredths: i64) -> Self {
        let is_told = posts == 0 || posts >= TOLD_FROM;
        Self {
            posts: is_told.then_some(posts),
            fte_hundredths: is_told.then_some(fte_hundredths),
        }
    }
}

impl DecisionPublic {
    fn new(one: PublicDecision, rectified: &[String]) -> Self {
        Self {
            is_rectified: rectified.contains(&one.decision_id),
            decision_id: one.decision_id,
            kind: one.kind,
            rectifies_id: one.rectifies_id,
            value: one.value,
            organ: one.organ,
            deliberation_ref: one.deliberation_ref,
            title: one.title,
            decided_on: one.decided_on.as_str().to_owned(),
            transmitted_on: one.transmitted_on,
            enforceable_on: one.enforceable_on,
            motive: one.motive,
            departs: one.departs,
            amounts: one.amounts.into_iter().map(Into::into).collect(),
            conditions: one.conditions.into_iter().map(Into::into).collect(),
        }
    }
}

impl VersionPublic {
    fn new(row: VersionRow, is_file_public: bool) -> Self {
        Self {
            rank: row.rank,
            round: row.round,
            sealed_at_ms: row.sealed_at_ms,
            content_sha256: row.content_sha256,
            key_id: row.key_id,
            is_file_public,
        }
    }
}

impl From<(String, String)> for ChantierPublic {
    fn from((chantier_id, title): (String, String)) -> Self {
        Self { chantier_id, title }
    }
}

impl From<PublicAdvice> for AdvicePublic {
    fn from(one: PublicAdvice) -> Self {
        Self {
            value: one.value,
            rank: one.rank,
            motive: one.motive,
            arbitrated_on: one.arbitrated_on.as_str().to_owned(),
        }
    }
}

impl From<Amount> for AmountPublic {
    fn from(one: Amount) -> Self {
        Self {
            code: one.code,
            year: one.year,
            amount_cents: one.cents,
        }
    }
}

impl From<ConditionLine> for ConditionPublic {
    fn from(one: ConditionLine) -> Self {
        Self {
            body: one.body,
            due_on: one.due_on.as_str().to_owned(),
            is_blocking: one.is_blocking,
            lifted_at_ms: one.lifted_at_ms,
        }
    }
}
