//! What is sent about an action: an agreement, a change, a report; texts tidied, numbers within bounds.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::error::Result;
use crate::http::texts::{invalid, known, line, optional};
use crate::rules::agreements::{AgreementKind, Nature, PaymentTerms};
use crate::rules::day::Day;
use crate::rules::reports::Counted;
use crate::rules::sheet::columns::decimal;
use crate::rules::wording::prose;
use crate::store::region::addenda::MATTERS;
use crate::store::region::agreement_records::AgreementDraft;
use crate::store::region::report_writing::{JobsDraft, ReportDraft};

/// How long a number or a short text may be, in characters.
const NUMBER_CHARS: std::ops::RangeInclusive<usize> = 1..=60;
/// How long a purpose may be (SCDL subventions `objet`), in characters.
const PURPOSE_CHARS: std::ops::RangeInclusive<usize> = 3..=256;
/// How long other payment terms may be, in characters.
const TERMS_CHARS: std::ops::RangeInclusive<usize> = 3..=256;
/// How long the scheme's id may be (`idRAE`), in characters.
const RAE_CHARS: std::ops::RangeInclusive<usize> = 1..=5;
/// How long a motive, a request or evidence may be, in characters.
const MOTIVE_CHARS: std::ops::RangeInclusive<usize> = 3..=2_000;
/// How long the text of a report may be, in characters.
const BODY_CHARS: std::ops::RangeInclusive<usize> = 3..=6_000;
/// The largest amount, in euro cents: a hundred times the programme's yearly budget.
const CENTS_MAX: i64 = 1_000_000_000_000;
/// The most posts a line may count.
const POSTS_MAX: i64 = 100_000;
/// How many rows a list may have.
const LISTED_MAX: usize = 100;

/// An agreement to record.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct AgreementRequest {
    /// `agreement`, `addendum`, `none`.
    kind: String,
    /// 60 characters at most; needed but for `none`.
    number: Option<String>,
    /// An ISO day; needed but for `none`.
    signed_on: Option<String>,
    /// 3 to 256 characters; needed but for `none`.
    purpose: Option<String>,
    /// What it gives altogether: for a change, what it gives from then on.
    #[serde(default)]
    total_cents: i64,
    /// `aide en numéraire` (when left out), `aide en nature`, or both joined by `;`.
    nature: Option<String>,
    /// `unique` (when left out), `échelonné`, `autre`.
    payment_terms: Option<String>,
    /// 3 to 256 characters; needed with `autre`.
    payment_terms_text: Option<String>,
    /// An ISO day; needed but for `none`.
    payment_from: Option<String>,
    /// An ISO day.
    payment_to: Option<String>,
    /// 5 characters at most.
    rae_id: Option<String>,
    #[serde(default)]
    eu_notification: bool,
    /// 3 to 2000 characters; needed for `none` and `addendum`.
    motive: Option<String>,
    /// Together the whole: shares in ten-thousandths.
    #[serde(default)]
    beneficiaries: Vec<BeneficiaryRequest>,
}

/// Who gets a share.
#[derive(Debug, Deserialize, ToSchema)]
struct BeneficiaryRequest {
    organisation_id: String,
    /// In ten-thousandths: 10000 is all of it.
    share: i64,
}

/// A request for a substantial change.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct AddendumRequest {
    /// `porteur`, `objectives`, `territory`, `jobs`, `amount`, `cost`, `other`.
    matter: String,
    /// 3 to 2000 characters.
    body: String,
}

/// Whether documents were seen.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct JobsCheckRequest {
    /// `A` (a document was seen), `B` (a signed statement only).
    confidence: String,
    /// What was seen, without a jobholder's name: 3 to 2000 characters.
    evidence: Option<String>,
}

/// A report.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct ReportRequest {
    /// 0 to 100, in percent.
    progress: Option<i64>,
    /// Since the start of the action.
    spent_cents: Option<i64>,
    /// 3 to 6000 characters.
    body: Option<String>,
    /// 3 to 2000 characters.
    difficulties: Option<String>,
    /// 3 to 2000 characters.
    evidence: Option<String>,
    #[serde(default)]
    values: Vec<IndicatorValueRequest>,
    /// Since the start of the action.
    #[serde(default)]
    jobs: Vec<JobsRequest>,
    /// The report's `version` as it was read; left out for the first time.
    expected_version: Option<i64>,
}

/// The value of an indicator.
#[derive(Debug, Deserialize, ToSchema)]
struct IndicatorValueRequest {
    indicator_id: String,
    /// A decimal number, as text.
    value: String,
}

/// The jobs of a line.
#[derive(Debug, Deserialize, ToSchema)]
struct JobsRequest {
    job_line_id: String,
    posts: i64,
    /// Full-time equivalents, in hundredths.
    fte_hundredths: i64,
    women: i64,
    men: i64,
    undisclosed: i64,
    /// `B` (a signed statement), `C` (an estimate). The Region alone says `A`.
    confidence: String,
    /// What shows it, without a jobholder's name: 3 to 2000 characters.
    evidence: Option<String>,
}

impl AgreementRequest {
    pub(super) fn draft(self) -> Result<AgreementDraft> {
        let kind = AgreementKind::from_key(&self.kind).ok_or(invalid("kind", "unknown"))?;
        let purpose = match kind {
            AgreementKind::None => optional("purpose", self.purpose.as_deref(), &PURPOSE_CHARS)?,
            AgreementKind::Agreement | AgreementKind::Addendum => Some(line(
                "purpose",
                self.purpose.as_deref().unwrap_or_default(),
                &PURPOSE_CHARS,
            )?),
        };
        if self.beneficiaries.len() > LISTED_MAX {
            return Err(invalid("beneficiaries", "too_many"));
        }
        let nature = self.nature.as_deref().unwrap_or(Nature::Cash.key());
        let terms = self.payment_terms.as_deref();
        let terms = terms.unwrap_or(PaymentTerms::Single.key());
        let terms_text = self.payment_terms_text.as_deref();
        Ok(AgreementDraft {
            kind,
            number: optional("number", self.number.as_deref(), &NUMBER_CHARS)?,
            signed_on: day("signed_on", self.signed_on.as_deref())?,
            purpose: purpose.unwrap_or_default(),
            total_cents: within("total_cents", self.total_cents, CENTS_MAX)?,
            nature: Nature::from_key(nature).ok_or(invalid("nature", "unknown"))?,
            terms: PaymentTerms::from_key(terms).ok_or(invalid("payment_terms", "unknown"))?,
            terms_text: optional("payment_terms_text", terms_text, &TERMS_CHARS)?,
            paid_from: day("payment_from", self.payment_from.as_deref())?,
            paid_to: day("payment_to", self.payment_to.as_deref())?,
            rae_id: optional("rae_id", self.rae_id.as_deref(), &RAE_CHARS)?,
            is_notified: self.eu_notification,
            motive: optional("motive", self.motive.as_deref(), &MOTIVE_CHARS)?,
            beneficiaries: self
                .beneficiaries
                .into_iter()
                .map(|one| (one.organisation_id, one.share.clamp(0, POSTS_MAX)))
                .collect(),
        })
    }
}

impl AddendumRequest {
    pub(super) fn checked(&self) -> Result<(&'static str, String)> {
        let matter = known("matter", &self.matter, &MATTERS)?;
        Ok((matter, several("body", &self.body, &MOTIVE_CHARS)?))
    }
}

impl JobsCheckRequest {
    pub(super) fn checked(&self) -> Result<(&'static str, Option<String>)> {
        let confidence = known("confidence", &self.confidence, &["A", "B"])?;
        let evidence = optional("evidence", self.evidence.as_deref(), &MOTIVE_CHARS)?;
        Ok((confidence, evidence))
    }
}

impl ReportRequest {
    pub(super) fn draft(self, period: String) -> Result<ReportDraft> {
        if self.values.len() > LISTED_MAX || self.jobs.len() > LISTED_MAX {
            return Err(invalid("values", "too_many"));
        }
        let text = |field, text: &Option<String>, chars| {
            let said = text.as_deref().filter(|text| !text.trim().is_empty());
            said.map(|said| several(field, said, chars)).transpose()
        };
        let percent = |value| within("progress", value, 100);
        let spent = |value| within("spent_cents", value, CENTS_MAX);
        Ok(ReportDraft {
            period,
            progress: self.progress.map(percent).transpose()?,
            spent_cents: self.spent_cents.map(spent).transpose()?,
            body: text("body", &self.body, &BODY_CHARS)?,
            difficulties: text("difficulties", &self.difficulties, &MOTIVE_CHARS)?,
            evidence: text("evidence", &self.evidence, &MOTIVE_CHARS)?,
            values: self
                .values
                .into_iter()
                .map(|one| {
                    let value = decimal(&one.value).map_err(|code| invalid("values", code))?;
                    Ok((one.indicator_id, value))
                })
                .collect::<Result<_>>()?,
            jobs: self
                .jobs
                .into_iter()
                .map(JobsRequest::draft)
                .collect::<Result<_>>()?,
            expected_version: self.expected_version,
        })
    }
}

impl JobsRequest {
    fn draft(self) -> Result<JobsDraft> {
        let posts = |value| within("jobs", value, POSTS_MAX);
        Ok(JobsDraft {
            counted: Counted {
                posts: posts(self.posts)?,
                fte_hundredths: within("jobs", self.fte_hundredths, POSTS_MAX * 100)?,
                women: posts(self.women)?,
                men: posts(self.men)?,
                undisclosed: posts(self.undisclosed)?,
            },
            job_line_id: self.job_line_id,
            confidence: known("jobs", &self.confidence, &["B", "C"])?,
            evidence: optional("jobs", self.evidence.as_deref(), &MOTIVE_CHARS)?,
        })
    }
}

/// A number from 0 to a bound.
fn within(field: &'static str, value: i64, most: i64) -> Result<i64> {
    if (0..=most).contains(&value) {
        Ok(value)
    } else {
        Err(invalid(field, "out_of_range"))
    }
}

/// Several lines of text.
fn several(
    field: &'static str,
    text: &str,
    chars: &std::ops::RangeInclusive<usize>,
) -> Result<String> {
    prose(text, chars).map_err(|problem| invalid(field, problem))
}

/// An ISO day, if one is given.
fn day(field: &'static str, text: Option<&str>) -> Result<Option<Day>> {
    text.filter(|text| !text.trim().is_empty())
        .map(|text| Day::from_iso(text.trim()).ok_or(invalid(field, "not_a_day")))
        .transpose()
}
