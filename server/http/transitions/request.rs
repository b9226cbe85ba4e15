//! A transition as it is asked for, tidied.

use serde::Deserialize;
use utoipa::ToSchema;

use super::split::SplitRequest;
use crate::error::Result;
use crate::http::texts::{invalid, known, line, optional};
use crate::ids::ProposalId;
use crate::rules::day::Day;
use crate::rules::money::Amount;
use crate::rules::transitions::Transition;
use crate::store::transitions::{Ask, DuplicateAnswer, HearingAsked};

/// A transition asked for; what it does not need is left out.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct TransitionRequest {
    /// Its number: `T02` to `T28`, `T30` to `T32` (T29 is asked for at `/api/merges`).
    transition: String,
    /// The proposal's `version` as it was read.
    expected_version: i64,
    /// T06, T09, T12, T15, T17 to T19, T25, T27, and where one likes to say it: why, 3 to 2000 characters.
    motive: Option<String>,
    /// T02: the structure porteuse; the one already set when not given.
    porteur_id: Option<String>,
    /// T03: what the owner says of each possible duplicate.
    #[serde(default)]
    duplicates: Vec<DuplicateRequest>,
    /// T04: it is within the chantier's scope.
    #[serde(default)]
    in_scope: bool,
    /// T04: it is complete.
    #[serde(default)]
    is_complete: bool,
    /// T05, T11, T16: `incomplete`, `unclear`, `funding`, `documents`, `other`.
    reason: Option<String>,
    /// T05, T11, T16: what is missing, 1 to 20 points of 3 to 500 characters.
    #[serde(default)]
    points: Vec<String>,
    /// T05, T11, T16: until when, as an ISO day, tomorrow at the earliest.
    due_on: Option<String>,
    /// T07: the chantier that would lead it.
    chantier_id: Option<String>,
    /// T08: the meeting that will hear it...
    meeting_id: Option<String>,
    /// ...or the last day of a written consultation, as an ISO day.
    closes_on: Option<String>,
    /// T14, T15, T19: the Region's lead direction; the one already named when not given.
    lead_unit_id: Option<String>,
    /// T15: 1 to 3.
    rank: Option<i64>,
    /// T15: at most so much of each envelope.
    #[serde(default)]
    ceilings: Vec<AmountRequest>,
    /// T15 to T18: the steering committee's session; the one whose agenda it is on when not given.
    session_id: Option<String>,
    /// T15 to T18: the day of the session where it was not planned here; today when not given.
    arbitrated_on: Option<String>,
    /// T24: the day the action starts, as an ISO day, today at the latest.
    starts_on: Option<String>,
    /// T24: the first report, 3 to 4000 characters.
    report: Option<String>,
    /// T25: the day a suspension is looked at again, as an ISO day.
    review_on: Option<String>,
    /// T30, when asking: what it becomes and where each row goes.
    split: Option<SplitRequest>,
}

/// Money of one envelope and year.
#[derive(Debug, Deserialize, ToSchema)]
struct AmountRequest {
    /// `CREER`, `FEE`.
    code: String,
    year: i64,
    /// In euro cents, 0 to 100 000 000 000 €.
    amount_cents: i64,
}

/// What the owner says of a possible duplicate.
#[derive(Debug, Deserialize, ToSchema)]
struct DuplicateRequest {
    /// The other proposal.
    proposal_id: String,
    /// `distinct`, `overlaps`, `complements`.
    answer: String,
    /// How, 3 to 300 characters.
    note: Option<String>,
}

/// Why a proposal is sent back.
const REASONS: [&str; 5] = ["incomplete", "unclear", "funding", "documents", "other"];
/// How a possible duplicate relates after all.
const ANSWERS: [&str; 3] = ["distinct", "overlaps", "complements"];
/// How many points one request may list.
const POINTS_MAX: usize = 20;
/// How long a point may be, in characters.
const POINT_CHARS: std::ops::RangeInclusive<usize> = 3..=500;
/// How long a motive may be, in characters.
const MOTIVE_CHARS: std::ops::RangeInclusive<usize> = 3..=2_000;
/// How long the first report may be, in characters.
const REPORT_CHARS: std::ops::RangeInclusive<usize> = 3..=4_000;
/// The largest amount, in euro cents: more than the programme ever holds.
const CENTS: std::ops::RangeInclusive<i64> = 0..=10_000_000_000_000;
/// How many amounts one act may name.
const AMOUNTS_MAX: usize = 20;
/// How long the note on a duplicate may be, in characters.
const NOTE_CHARS: std::ops::RangeInclusive<usize> = 3..=300;

impl TransitionRequest {
    /// What is asked for.
    ///
    /// # Errors
    /// `Invalid` with the field.
    pub(super) fn ask(self) -> Result<Ask> {
        let transition =
            Transition::from_key(&self.transition).ok_or(invalid("transition", "unknown"))?;
        let reason_code = match self.reason.as_deref() {
            Some(reason) => Some(known("reason", reason, &REASONS)?),
            None => None,
        };
        if self.points.len() > POINTS_MAX {
            return Err(invalid("points", "too_many_points"));
        }
        let points = self
            .points
            .iter()
            .map(|point| line("points", point, &POINT_CHARS))
            .collect::<Result<Vec<_>>>()?;
        let due_on = day("due_on", self.due_on.as_deref())?;
        let sends_back = matches!(
            transition,
            Transition::RequestCompletion | Transition::Adjourn | Transition::Rework
        );
        Ok(Ask {
            reason: optional("motive", self.motive.as_deref(), &MOTIVE_CHARS)?,
            reason_code: if sends_back {
                Some(reason_code.ok_or(invalid("reason", "required"))?)
            } else {
                None
            },
            points,
            due_on: if sends_back {
                Some(due_on.ok_or(invalid("due_on", "required"))?)
            } else {
                None
            },
            porteur: self.porteur_id.map(Into::into),
            in_scope: self.in_scope,
            is_complete: self.is_complete,
            chantier: self.chantier_id.map(Into::into),
            hearing: match (
                self.meeting_id,
                day("closes_on", self.closes_on.as_deref())?,
            ) {
                (Some(meeting), _) => Some(HearingAsked::Meeting(meeting.into())),
                (None, Some(closes_on)) => Some(HearingAsked::Written(closes_on)),
                (None, None) => None,
            },
            duplicates: self
                .duplicates
                .into_iter()
                .map(DuplicateRequest::answer)
                .collect::<Result<Vec<_>>>()?,
            lead_unit: self.lead_unit_id,
            rank: self.rank,
            ceilings: amounts("ceilings", self.ceilings)?,
            session: self.session_id.map(Into::into),
            arbitrated_on: day("arbitrated_on", self.arbitrated_on.as_deref())?,
            starts_on: day("starts_on", self.starts_on.as_deref())?,
            report: optional("report", self.report.as_deref(), &REPORT_CHARS)?,
            review_on: day("review_on", self.review_on.as_deref())?,
            split: self.split.map(SplitRequest::ask).transpose()?,
            ..Ask::bare(transition, self.expected_version)
        })
    }
}

/// Amounts within bounds, each envelope and year once.
fn amounts(field: &'static str, asked: Vec<AmountRequest>) -> Result<Vec<Amount>> {
    if asked.len() > AMOUNTS_MAX {
        return Err(invalid(field, "too_many_amounts"));
    }
    let mut all: Vec<Amount> = Vec::new();
    for one in asked {
        if !CENTS.contains(&one.amount_cents) {
            return Err(invalid(field, "amount_out_of_bounds"));
        }
        if all
            .iter()
            .any(|amount| amount.code == one.code && amount.year == one.year)
        {
            return Err(invalid(field, "amount_twice"));
        }
        all.push(Amount {
            code: one.code,
            year: one.year,
            cents: one.amount_cents,
        });
    }
    Ok(all)
}

impl DuplicateRequest {
    fn answer(self) -> Result<DuplicateAnswer> {
        Ok(DuplicateAnswer {
            proposal_id: ProposalId::from(self.proposal_id),
            kind: known("duplicates", &self.answer, &ANSWERS)?,
            note: optional("duplicates", self.note.as_deref(), &NOTE_CHARS)?,
        })
    }
}

/// A day, if one is given.
fn day(field: &'static str, text: Option<&str>) -> Result<Option<Day>> {
    text.map(|text| Day::from_iso(text).ok_or(invalid(field, "not_a_day")))
        .transpose()
}
