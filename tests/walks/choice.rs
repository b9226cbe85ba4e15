//! What happens next: mostly what leads on, by somebody who may; now and then anything by anybody.

use chantier::rules::opinions::OpinionValue;
use chantier::rules::rights::{Action, judge};
use chantier::rules::stage::Stage;
use chantier::rules::threads::{Kind, Outcome};
use chantier::rules::transitions::Transition;
use serde_json::{Value as Json, json};

use super::acts::Act;
use super::model::{Expected, Known, NOTICE};
use super::people::{ENDING, EVERYBODY, facilitator_of};
use super::region;
use super::state::State;
use super::taken::of_the_walk;
use crate::support::editor::Random;

/// The next thing.
#[derive(Clone, Debug)]
pub(crate) enum Next {
    /// Somebody does something through the API.
    Act(&'static str, Act),
    /// So many days pass.
    Later(i64),
    /// The structured sections are filled, behind the API.
    Fill,
    /// The administrators set what the programme's envelope holds, in euro cents.
    Envelope(i64),
    /// A mandate ends, by its place among those that may.
    End(usize),
    /// Every ended mandate is given back.
    GiveBack,
}

/// Who chooses: the dice, and what kind of walk it is.
pub(crate) struct Chooser {
    pub(crate) random: Random,
    /// Nobody touches the proposal while it is drafted, until it is closed (T31).
    pub(crate) is_dormant: bool,
    /// Until it has been at this stage everybody does what leads on, and nothing else.
    pub(crate) hurries_to: Option<Stage>,
    /// For ids that nobody else makes.
    seed: u64,
    made: u64,
}

impl Chooser {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            // Seeds that follow each other begin far apart.
            random: Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1),
            is_dormant: seed % 16 < 2,
            hurries_to: match seed % 8 {
                0 | 1 => None,
                2 => Some(Stage::OpinionGiven),
                3 => Some(Stage::AtCopil),
                4 => Some(Stage::AtRegion),
                5 => Some(Stage::Approved),
                6 => Some(Stage::Committed),
                _ => Some(Stage::InProgress),
            },
            seed,
            made: 0,
        }
    }

    pub(crate) fn one_in(&mut self, count: u64) -> bool {
        self.random.below(count) == 0
    }

    pub(crate) fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.random.below(from.len() as u64) as usize].clone()
    }

    /// Anybody.
    pub(crate) fn anybody(&mut self) -> &'static str {
        self.pick(&EVERYBODY)
    }

    /// Anybody, more often somebody who may read the proposal.
    pub(crate) fn reader(&mut self, state: &State, known: &Known) -> &'static str {
        let person = self.anybody();
        if judge(Action::Read, &known.facts(person, state)).is_ok() {
            person
        } else {
            self.anybody()
        }
    }

    /// A UUID of this walk's own.
    pub(crate) fn id(&mut self) -> String {
        self.made += 1;
        format!(
            "01900000-0000-7000-8000-{:06x}{:06x}",
            self.seed % 0xff_ffff,
            self.made
        )
    }

    /// What happens next.
    pub(crate) fn next(&mut self, state: &State, known: &Known) -> Next {
        if self.is_dormant && matches!(state.stage, Stage::Idea | Stage::Drafting) {
            return self.dormant(state, known);
        }
        if self.hurries_to.is_some() {
            return self.onward(state, known);
        }
        let is_late = state.stage >= Stage::OpinionGiven;
        match self.random.below(100) {
            0..=51 => self.onward(state, known),
            52..=66 => self.any_move(state, known),
            67..=69 if is_late => region::envelope(self, state),
            70..=86 if is_late => region::aside(self, state, known),
            67..=86 => self.aside(state, known),
            87..=90 => Next::Later(self.random.below(4) as i64),
            91..=95 => self.ending(state, known),
            96 => Next::End(self.random.below(ENDING.len() as u64) as usize),
            _ => {
                let person = self.reader(state, known);
                Next::Act(person, self.late_act(state))
            }
        }
    }

    /// A request taken back or declined, mostly by who may.
    fn ending(&mut self, state: &State, known: &Known) -> Next {
        let ends: [fn(Transition) -> Act; 2] = [Act::Cancel, Act::Decline];
        let Some(asked) = state.pending.first() else {
            let (person, transition) = (self.anybody(), self.pick(&of_the_walk()));
            return Next::Act(person, self.pick(&ends)(transition));
        };
        let act = self.pick(&ends)(asked.transition);
        let mut may = EVERYBODY.into_iter();
        let may = may.find(|one| act.expected(one, state, known) == Expected::Done);
        match may {
            Some(person) if !self.one_in(3) => Next::Act(person, act),
            _ => Next::Act(self.reader(state, known), act),
        }
    }

    /// Time passes, the owner is warned twice, it is closed; others are refused meanwhile.
    fn dormant(&mut self, state: &State, known: &Known) -> Next {
        if self.one_in(4) {
            let person = self.anybody();
            return Next::Act(
                person,
                Act::Move(Transition::CloseInactive, self.bare(state)),
            );
        }
        let (days, warnings) = known.idle(state);
        let facilitator = facilitator_of(&state.chantier);
        match warnings.len() {
            _ if days < 304 => Next::Later(310 - days),
            0 => Next::Act(facilitator, Act::Warn),
            1 if self.one_in(3) => Next::Act(facilitator, Act::Warn),
            1 => Next::Later(16),
            _ if days < 365 => Next::Later(366 - days),
            _ => {
                self.is_dormant = false;
                Next::Act(
                    facilitator,
                    Act::Move(Transition::CloseInactive, self.bare(state)),
                )
            }
        }
    }

    /// Any transition, mostly by somebody whose role it is, with good or bad arguments, now and then on a
    /// page read too early.
    fn any_move(&mut self, state: &State, known: &Known) -> Next {
        let all = of_the_walk().into_iter();
        let of_stage: Vec<Transition> = all.filter(|one| one.starts_at(state.stage)).collect();
        let mut transition = self.pick(&of_the_walk());
        if !of_stage.is_empty() && !self.one_in(5) {
            transition = self.pick(&of_stage);
        }
        // Nothing keeps an owner from withdrawing: too many walks would end so.
        let ends = matches!(transition, Transition::Withdraw | Transition::Abandon);
        if ends && !self.one_in(4) {
            return self.aside(state, known);
        }
        let action = transition.action();
        let may = |one: &&str| judge(action, &known.facts(one, state)).is_ok();
        let may: Vec<&'static str> = EVERYBODY.into_iter().filter(|one| may(one)).collect();
        let person = if may.is_empty() || self.one_in(3) {
            self.reader(state, known)
        } else {
            self.pick(&may)
        };
        let mut body = self.good(person, transition, state, known);
        if self.one_in(6) {
            body["expected_version"] = (state.version - 1).into();
        }
        if !self.one_in(3) {
            self.spoil(&mut body, state, known);
        }
        Next::Act(person, Act::Move(transition, body))
    }

    fn bare(&self, state: &State) -> Json {
        json!({"expected_version": state.version})
    }

    /// What this transition needs, given well.
    pub(super) fn good(
        &mut self,
        person: &str,
        transition: Transition,
        state: &State,
        known: &Known,
    ) -> Json {
        let mut body = self.bare(state);
        let day = |days| known.today().plus_days(days).as_str().to_owned();
        match transition {
            Transition::StartDrafting if !state.is_accepted || self.one_in(3) => {
                // Who runs the chantier may vouch for another member.
                let is_other = person == "facilitator" && self.one_in(2);
                body["porteur_id"] = if is_other { "org-b" } else { "org-a" }.into();
            }
            Transition::StartDrafting => {}
            Transition::Submit => {
                let open = state.duplicates.iter();
                let answers = open.map(|id| json!({"proposal_id": id, "answer": "distinct"}));
                body["duplicates"] = answers.collect();
            }
            Transition::Admit => {
                body["in_scope"] = true.into();
                body["is_complete"] = true.into();
            }
            Transition::RequestCompletion | Transition::Adjourn => {
                body["reason"] = "unclear".into();
                body["points"] = json!(["Un point"]);
                body["due_on"] = day(1 + self.random.below(60) as i64).into();
            }
            Transition::Dismiss | Transition::Thaw | Transition::Reconsider => {
                body["motive"] = "Un motif".into();
            }
            Transition::Reassign if state.asked(transition).is_none() => {
                let to = if state.chantier == "CH3" {
                    "CH1"
                } else {
                    "CH3"
                };
                body["chantier_id"] = to.into();
            }
            Transition::Freeze => self.hearing(&mut body, person, state, known),
            Transition::Reassign
            | Transition::GiveOpinion
            | Transition::SendToCopil
            | Transition::Withdraw
            | Transition::CloseInactive
            | Transition::Reopen
            | Transition::FastTrack
            | Transition::Retain
            | Transition::Rework
            | Transition::KeepInReserve
            | Transition::NotRetain
            | Transition::Evoke
            | Transition::Decide
            | Transition::SendBack
            | Transition::ConfirmApproval
            | Transition::Engage
            | Transition::Begin
            | Transition::Suspend
            | Transition::Complete
            | Transition::Abandon
            | Transition::Merge
            | Transition::Split => region::good(self, transition, state, known, &mut body),
        }
        body
    }

    /// A meeting with notice enough where there is one, else in writing.
    fn hearing(&mut self, body: &mut Json, person: &str, state: &State, known: &Known) {
        let is_good = |id: &String| {
            let mut with = json!({"expected_version": state.version});
            with["meeting_id"] = id.as_str().into();
            known.moved(person, state, Transition::Freeze, &with) == Expected::Done
        };
        let meeting = known
            .meetings
            .iter()
            .map(|one| &one.0)
            .find(|id| is_good(id));
        match meeting {
            Some(id) => body["meeting_id"] = id.as_str().into(),
            None => {
                let days = NOTICE.1 + 1 + self.random.below(5) as i64;
                let closes_on = known.today().plus_days(days);
                body["closes_on"] = closes_on.as_str().into();
            }
        }
    }

    /// Leaves something out, or says something wrong.
    fn spoil(&mut self, body: &mut Json, state: &State, known: &Known) {
        let keys: Vec<String> = body
            .as_object()
            .expect("an object")
            .keys()
            .cloned()
            .collect();
        let given: Vec<&String> = keys
            .iter()
            .filter(|key| *key != "expected_version")
            .collect();
        if given.is_empty() {
            return;
        }
        let mut key = self.pick(&given).clone();
        if keys.iter().any(|one| one == "ceilings") && self.one_in(3) {
            key = "ceilings".to_owned();
        }
        if let Some(wrong) = region::spoiled(self, &key, state, known) {
            body[key] = wrong;
            return;
        }
        let day = |days| known.today().plus_days(days).as_str().to_owned();
        match key.as_str() {
            "porteur_id" if self.one_in(2) => body[key] = "org-c".into(),
            "chantier_id" if self.one_in(2) => body[key] = state.chantier.as_str().into(),
            "due_on" if self.one_in(2) => body[key] = day(400).into(),
            "due_on" if self.one_in(2) => body[key] = day(0).into(),
            "points" if self.one_in(2) => body[key] = json!([]),
            "closes_on" if self.one_in(2) => body[key] = day(NOTICE.1).into(),
            "meeting_id" if self.one_in(2) => body[key] = "none".into(),
            _ => {
                body.as_object_mut().expect("an object").remove(&key);
            }
        }
    }

    /// A word, a row, a title: what is done beside the stages.
    fn aside(&mut self, state: &State, known: &Known) -> Next {
        let person = self.reader(state, known);
        let act = match self.random.below(10) {
            0..=3 if state.threads.is_empty() || self.one_in(2) => {
                let kinds = [Kind::Question, Kind::Remark, Kind::Vigilance, Kind::Support];
                Act::Open(self.id(), self.pick(&kinds))
            }
            0..=1 => Act::Reply(self.pick(&state.threads).id, self.id()),
            2..=3 => Act::Close(self.pick(&state.threads).id, self.pick(&Outcome::ALL)),
            4..=5 if state.rows < 12 => Act::AddRow("indicators", self.id()),
            6 if known.is_filled && known.extra.is_none() => Act::AddRow("budget", self.id()),
            6 if known.extra.is_some() => Act::RemoveRow(known.extra.clone().unwrap_or_default()),
            7 => {
                let version = state.version - i64::from(self.one_in(4));
                Act::Rename(format!("Titre {}", self.id()), version)
            }
            _ => Act::Type(self.client(), false),
        };
        Next::Act(person, act)
    }

    /// What belongs to a warning, an opinion, a meeting, by whomever.
    fn late_act(&mut self, state: &State) -> Act {
        let reserve = state.opinion.iter().flat_map(|one| &one.reserves).next();
        let reserve = reserve.cloned();
        match (self.random.below(5), reserve) {
            (0, _) => Act::Warn,
            (1, _) => {
                let version = state.opinion.as_ref().map_or(1, |one| one.version);
                Act::Sign(version + i64::from(self.one_in(3)))
            }
            (2, Some(reserve)) => {
                Act::AnswerReserve(reserve.0, reserve.2 + i64::from(self.one_in(3)))
            }
            (2, None) => Act::Plan(self.pick(&["CH1", "CH3"]), 1 + self.random.below(9) as i64),
            _ => {
                let good = self.one_in(2);
                Act::Prepare(self.opinion(state, good))
            }
        }
    }

    pub(super) fn opinion(&mut self, state: &State, good: bool) -> Json {
        let values = [
            OpinionValue::Favourable,
            OpinionValue::Favourable,
            OpinionValue::FavourableWithReserves,
            OpinionValue::Unfavourable,
            OpinionValue::Adjourned,
            OpinionValue::Adjourned,
        ];
        let often = if self.hurries_to.is_some() { 4 } else { 6 };
        let value = self.pick(&values[..often]);
        let mut body = json!({"value": value.key(), "mode": "consensus"});
        if let Some(opinion) = &state.opinion {
            body["expected_version"] = opinion.version.into();
        }
        let needs_motive = matches!(value, OpinionValue::Unfavourable | OpinionValue::Adjourned);
        if needs_motive && (good || self.one_in(2)) {
            body["motive"] = "Un motif".into();
        }
        let has_reserves = value == OpinionValue::FavourableWithReserves;
        if has_reserves && (good || self.one_in(2)) {
            body["reserves"] = json!(["Une r\u{e9}serve", "Une autre"]);
        }
        if !good && self.one_in(4) {
            body["expected_version"] = 7.into();
        }
        body
    }

    /// A client id that nobody else writes under.
    pub(super) fn client(&mut self) -> u32 {
        self.made += 1;
        1000 + u32::try_from(self.made).expect("few")
    }
}
