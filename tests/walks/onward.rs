//! What leads a proposal on: a transition that is possible, or what makes one possible.

use chantier::rules::rights::judge;
use chantier::rules::stage::Stage;
use chantier::rules::transitions::Transition;
use serde_json::Value as Json;

use super::acts::Act;
use super::choice::{Chooser, Next};
use super::model::{Expected, Known};
use super::people::{EVERYBODY, chair_of, facilitator_of};
use super::region;
use super::state::State;
use super::taken::{of_the_walk, weight};

/// A transition, who makes it, what they give.
type Choice = (Transition, &'static str, Json);

impl Chooser {
    /// A transition that is possible, or what makes one possible.
    pub(super) fn onward(&mut self, state: &State, known: &Known) -> Next {
        if !known.ended.is_empty() && self.one_in(3) {
            return Next::GiveBack;
        }
        let (all, tempting) = self.possible(state, known);
        if !tempting.is_empty() && self.hurries_to.is_none() && self.one_in(5) {
            let (transition, person, body) = self.pick(&tempting);
            return Next::Act(person, Act::Move(transition, body));
        }
        // The Region acknowledges what is withdrawn there; what is suspended mostly goes on.
        let invites = if state.stage == Stage::AtRegion {
            self.one_in(10)
        } else {
            state.stage == Stage::Suspended
        };
        let hurries = self.hurries_to.is_some();
        let weigh = |one: &(Transition, &str, Json)| {
            let is_asked = state.asked(one.0).is_some();
            weight(one.0, is_asked || (invites && !hurries), hurries)
        };
        let leads = all.iter().any(|one| weigh(one) >= 6);
        if !leads && (hurries || all.is_empty() || !self.one_in(12)) {
            return self.enable(state, known);
        }
        if !hurries && self.one_in(6) {
            return self.enable(state, known);
        }
        let total: u64 = all.iter().map(weigh).sum();
        let mut at = self.random.below(total);
        for one in all {
            let weight = weigh(&one);
            if at < weight {
                return Next::Act(one.1, Act::Move(one.0, one.2));
            }
            at -= weight;
        }
        Next::Later(1)
    }

    /// What may be done now by whom, with good arguments; and what only a guard stands against.
    fn possible(&mut self, state: &State, known: &Known) -> (Vec<Choice>, Vec<Choice>) {
        let (mut all, mut tempting) = (Vec::new(), Vec::new());
        let mut transitions = of_the_walk();
        transitions.retain(|one| one.starts_at(state.stage));
        for transition in transitions {
            for person in EVERYBODY {
                if judge(transition.action(), &known.facts(person, state)).is_err() {
                    continue;
                }
                let body = self.good(person, transition, state, known);
                match known.moved(person, state, transition, &body) {
                    Expected::Done => all.push((transition, person, body)),
                    Expected::Refused(403, code) if code != "role_missing" => {
                        tempting.push((transition, person, body));
                    }
                    Expected::Refused(..) => {}
                }
            }
        }
        (all, tempting)
    }

    /// What is missing for the next step.
    fn enable(&mut self, state: &State, known: &Known) -> Next {
        let facilitator = facilitator_of(&state.chantier);
        match state.stage {
            Stage::Idea | Stage::Drafting if !known.is_filled => Next::Fill,
            Stage::Idea | Stage::Drafting if !known.is_written => {
                Next::Act("owner", Act::Type(self.client(), true))
            }
            Stage::Idea | Stage::Drafting if known.extra.is_some() => {
                let extra = known.extra.clone().unwrap_or_default();
                Next::Act("owner", Act::RemoveRow(extra))
            }
            Stage::InCommission => match state.unanswered_vigilances().next() {
                Some(thread) => {
                    let reply = Act::Reply(thread.id.clone(), self.id());
                    let by = if thread.author == "owner" {
                        facilitator
                    } else {
                        "owner"
                    };
                    Next::Act(by, reply)
                }
                None => {
                    let chantier = if state.chantier == "CH3" {
                        "CH3"
                    } else {
                        "CH1"
                    };
                    let days = 4 + self.random.below(6) as i64;
                    Next::Act(facilitator, Act::Plan(chantier, days))
                }
            },
            Stage::Frozen => match (&state.opinion, state.hearings.first()) {
                (Some(opinion), _) if !opinion.is_signed => {
                    Next::Act(chair_of(&state.chantier), Act::Sign(opinion.version))
                }
                (None, Some(day)) => match day.days_since(&known.today()) {
                    days if days > 0 => Next::Later(days),
                    _ => Next::Act(facilitator, Act::Prepare(self.opinion(state, true))),
                },
                _ => Next::Later(1),
            },
            Stage::OpinionGiven => match state.open_reserves().next() {
                Some(reserve) => {
                    Next::Act("owner", Act::AnswerReserve(reserve.0.clone(), reserve.2))
                }
                None => Next::Later(1),
            },
            Stage::Submitted
            | Stage::AtCopil
            | Stage::AtRegion
            | Stage::Approved
            | Stage::ApprovedConditional
            | Stage::Rejected
            | Stage::Committed
            | Stage::InProgress
            | Stage::Suspended
            | Stage::Completed
            | Stage::Abandoned
            | Stage::Withdrawn
            | Stage::Merged
            | Stage::Split
            | Stage::Closed
            | Stage::Idea
            | Stage::Drafting => region::enable(self, state, known),
        }
    }
}
