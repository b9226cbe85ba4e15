//! A transition as it is asked for, tidied.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::error::Result;
use crate::http::texts::{invalid, known, line, optional};
use crate::ids::ProposalId;
use crate::rules::day::Day;
use crate::rules::transitions::Transition;
use crate::store::transitions::{Ask, DuplicateAnswer, HearingAsked};

/// A transition asked for; what it does not need is left out.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct TransitionRequest {
    /// Its number: `T02` to `T13`, `T28`, `T31`, `T32`.
    transition: String,
    /// The proposal's `version` as it was read.
    expected_version: i64,
    /// T06, T09, T12, and where one likes to say it: why, 3 to 2000 characters.
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
    /// T05, T11: `incomplete`, `unclear`, `funding`, `documents`, `other`.
    reason: Option<String>,
    /// T05, T11: what is missing, 1 to 20 points of 3 to 500 characters.
    #[serde(default)]
    points: Vec<String>,
    /// T05, T11: until when, as an ISO day, tomorrow at the earliest.
    due_on: Option<String>,
    /// T07: the chantier that would lead it.
    chantier_id: Option<String>,
    /// T08: the meeting that will hear it...
    meeting_id: Option<String>,
    /// ...or the last day of a written consultation, as an ISO day.
    closes_on: Option<String>,
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
            Transition::RequestCompletion | Transition::Adjourn
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
            ..Ask::bare(transition, self.expected_version)
        })
    }
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
