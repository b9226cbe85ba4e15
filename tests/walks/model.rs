//! What must come of an act: the pure rules asked about the state and what the person gives, without a
//! look at the server. Answers and lists are compared with this.

use chantier::rules::day::Day;
use chantier::rules::notice::clear_days;
use chantier::rules::rights::{Action, Facts, Refusal, judge as judge_right};
use chantier::rules::transitions::{
    Asked, Given, Hearing, Matter, Naming, OpinionFacts, Porteur, Target, Transition, judge,
    porteur_accepts,
};
use serde_json::Value as Json;

use super::people::{self, Ended};
use super::region::{asked_whole, given};
use super::state::State;

/// Clear days before a meeting, and of a written consultation (`domain.md` 1.3).
pub(crate) const NOTICE: (i64, i64) = (5, 10);

/// What an answer must be: its status, and the code of a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// Done.
    Done,
    /// Refused so.
    Refused(u16, &'static str),
}

impl Expected {
    /// What hides.
    pub(crate) const HIDDEN: Self = Self::Refused(404, "not_found");

    /// The answer to a verdict.
    pub(crate) fn of<T>(verdict: Result<T, Refusal>) -> Self {
        match verdict {
            Ok(_) => Self::Done,
            Err(refusal) if refusal.hides() => Self::HIDDEN,
            Err(refusal) => Self::Refused(403, refusal.code),
        }
    }

    /// The same where a form may be stale: that comes before any refusal that tells something.
    pub(crate) fn unless_stale<T>(
        verdict: Result<T, Refusal>,
        is_stale: bool,
        code: &'static str,
    ) -> Self {
        let expected = Self::of(verdict);
        if is_stale && expected != Self::HIDDEN {
            return Self::Refused(409, code);
        }
        expected
    }
}

/// What a walk did beside the API, and the day it is.
#[derive(Debug)]
pub(crate) struct Known {
    /// The structured sections lack nothing.
    pub(crate) is_filled: bool,
    /// The text lacks nothing.
    pub(crate) is_written: bool,
    /// An expense that the funding does not cover.
    pub(crate) extra: Option<String>,
    /// Meetings: id, chantier, start in milliseconds UTC.
    pub(crate) meetings: Vec<(String, &'static str, i64)>,
    pub(crate) ended: Ended,
    /// The programme has a fast track (T14).
    pub(crate) has_fast_track: bool,
    pub(crate) now_ms: i64,
}

impl Known {
    /// Today in Paris.
    pub(crate) fn today(&self) -> Day {
        Day::in_paris(self.now_ms)
    }

    /// What rights are judged from.
    pub(crate) fn facts(&self, person: &str, state: &State) -> Facts {
        people::facts(person, state, &self.ended, &self.today())
    }

    /// The porteur, named by this person.
    fn porteur(&self, person: &str, state: &State, named: Option<&str>) -> Porteur {
        let Some(id) = named.or(state.porteur.as_deref()) else {
            return Porteur::Missing;
        };
        let naming = Naming {
            accepted_before: state.porteur.as_deref() == Some(id) && state.is_accepted,
            own: people::organisation(person) == id,
            active_member: people::is_active_member(id, &state.chantier),
        };
        porteur_accepts(&self.facts(person, state), &naming)
    }

    /// Days without an edit, a comment or an act; how often the owner was warned since.
    pub(crate) fn idle(&self, state: &State) -> (i64, Vec<i64>) {
        let since = state.warnings.iter().filter(|at| **at >= state.active_ms);
        let days = self.today().days_since(&Day::in_paris(state.active_ms));
        (days, since.copied().collect())
    }

    /// What the guards look at, before anything is given.
    pub(crate) fn standing(&self, person: &str, state: &State, transition: Transition) -> Matter {
        let (inactive_days, warnings) = self.idle(state);
        let opinion = state.opinion.as_ref();
        let is_whole = self.is_filled && self.is_written && self.extra.is_none();
        let ended_on = Day::in_paris(state.since_ms);
        Matter {
            asked: state.asked(transition).map(|asked| Asked {
                capacity: asked.capacity,
                is_own: asked.by == person,
            }),
            given: None,
            porteur: self.porteur(person, state, None),
            lack_count: usize::from(!is_whole),
            is_balanced: self.extra.is_none(),
            open_duplicate_count: 0,
            unanswered_vigilance_count: state.unanswered_vigilances().count() as i64,
            opinion: opinion.map(|opinion| OpinionFacts {
                value: opinion.value,
                is_signed: opinion.is_signed,
            }),
            open_reserve_count: state.open_reserves().count() as i64,
            inactive_days,
            warning_count: warnings.len() as i64,
            ended_days: state
                .stage
                .may_reopen()
                .then(|| self.today().days_since(&ended_on)),
            later: self.later(person, state),
        }
    }

    /// What the guards look at, with what is given.
    pub(crate) fn matter(
        &self,
        person: &str,
        state: &State,
        transition: Transition,
        body: &Json,
    ) -> Matter {
        let answered = body["duplicates"].as_array().map_or(&[][..], Vec::as_slice);
        let open = state.duplicates.iter();
        let open = open.filter(|id| !answered.iter().any(|one| one["proposal_id"] == id.as_str()));
        Matter {
            given: Some(self.given(person, state, transition, body)),
            porteur: self.porteur(person, state, body["porteur_id"].as_str()),
            open_duplicate_count: open.count(),
            ..self.standing(person, state, transition)
        }
    }

    fn given(&self, person: &str, state: &State, transition: Transition, body: &Json) -> Given {
        let stored = state.asked(transition);
        let to = body["chantier_id"].as_str();
        let to = to.or_else(|| stored.and_then(|asked| asked.chantier.as_deref()));
        let points = body["points"].as_array().map_or(0, Vec::len);
        let day = |key: &str| body[key].as_str().and_then(Day::from_iso);
        let commission = Given {
            has_reason: body["motive"].is_string() || stored.is_some_and(|asked| asked.has_reason),
            in_scope: body["in_scope"] == true,
            is_complete: body["is_complete"] == true,
            point_count: points,
            due_in_days: day("due_on").map(|due| due.days_since(&self.today())),
            target: to.map(|to| Target {
                is_other: to != state.chantier,
                is_active: true,
                is_run_by_asker: people::runs(person, to, &self.ended),
            }),
            hearing: self.hearing(state, body),
            ..Given::default()
        };
        given(state, body, &self.today(), commission)
    }

    fn hearing(&self, state: &State, body: &Json) -> Option<Hearing> {
        if let Some(id) = body["meeting_id"].as_str() {
            let mut meetings = self.meetings.iter();
            let found = meetings.find(|(meeting, chantier, at_ms)| {
                meeting == id && *chantier == state.chantier && *at_ms > self.now_ms
            });
            let days = found.map(|found| clear_days(&self.today(), &Day::in_paris(found.2)));
            return Some(Hearing {
                is_open: found.is_some(),
                clear_days: days.unwrap_or(0),
                notice_days: NOTICE.0,
            });
        }
        let closes_on = Day::from_iso(body["closes_on"].as_str()?)?;
        Some(Hearing {
            is_open: true,
            clear_days: clear_days(&self.today(), &closes_on),
            notice_days: NOTICE.1,
        })
    }

    /// What the server must answer to a transition.
    pub(crate) fn moved(
        &self,
        person: &str,
        state: &State,
        transition: Transition,
        body: &Json,
    ) -> Expected {
        let sends_back = matches!(
            transition,
            Transition::RequestCompletion | Transition::Adjourn | Transition::Rework
        );
        if sends_back && (body["reason"].is_null() || body["due_on"].is_null()) {
            return Expected::Refused(422, "invalid");
        }
        let facts = self.facts(person, state);
        let matter = self.matter(person, state, transition, body);
        if judge_right(Action::Read, &facts).is_ok() && !asked_whole(body) {
            return Expected::Refused(422, "invalid");
        }
        let is_stale = body["expected_version"] != state.version;
        let verdict = judge(transition, &facts, &matter);
        Expected::unless_stale(verdict, is_stale, "version_changed")
    }
}
