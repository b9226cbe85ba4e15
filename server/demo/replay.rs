//! Replays what people did: each act by its real transition, at its hour, by whoever did it, so that the
//! demonstration has its real versions, journal and proofs. Goes on where an interrupted load stopped.

use super::copil;
use super::joined::Joined;
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::ids::{AccountId, ChantierId, DocumentId, MeetingId, PersonId, ProposalId, TokenId};
use crate::rules::arbitrations::Advice;
use crate::rules::day::Day;
use crate::rules::opinions::{self, Count, Mode, OpinionValue};
use crate::rules::rights::{act, may};
use crate::rules::transitions::{Transition, judge};
use crate::store::Store;
use crate::store::accounts::{Identity, Via};
use crate::store::demo::account_of;
use crate::store::demo::data::{Act, Demo, Opinion, Proposal};
use crate::store::hearings::NewMeeting;
use crate::store::opinions::{Answer, Dissent, Draft};
use crate::store::transitions::{Ask, HearingAsked, Outcome};
use crate::work::Work;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// One proposal on its way.
pub(super) struct Replay<'a> {
    pub(super) store: &'a Store,
    work: &'a Work,
    demo: &'a Demo,
    pub(super) proposal: &'a Proposal,
    pub(super) id: ProposalId,
}

/// Replays every proposal, one after the other.
///
/// # Errors
/// When a rule refuses what the data say, which a test shows for those we ship.
pub(super) async fn all(store: &Store, work: &Work, demo: &Demo) -> Result<()> {
    for proposal in &demo.proposals {
        let replay = Replay {
            store,
            work,
            demo,
            proposal,
            id: ProposalId::from(proposal.id.as_str()),
        };
        let (done, _) = store.demo_acts(proposal).await?;
        for act in proposal.history.iter().skip(done) {
            replay.act(act).await.map_err(|error| {
                Error::internal(format!("{} {}: {error:?}", proposal.id, act.transition))
            })?;
        }
        replay.answer_reserves().await?;
        replay
            .afterwards()
            .await
            .map_err(|error| Error::internal(format!("{} afterwards: {error:?}", proposal.id)))?;
    }
    Ok(())
}

impl Replay<'_> {
    async fn act(&self, act: &Act) -> Result<()> {
        let transition = Transition::from_key(&act.transition);
        let Some(transition) = transition else {
            return self.store.demo_act(self.proposal, act).await;
        };
        if matches!(transition, Transition::Merge | Transition::Split) {
            return self.join(transition, act).await;
        }
        if matches!(transition, Transition::GiveOpinion | Transition::Adjourn) {
            self.opinion(act).await?;
        }
        if transition == Transition::SendToCopil {
            self.answer_reserves().await?;
            if self
                .last_opinion()
                .is_some_and(|one| one.value == "unfavourable")
            {
                let owner = self.owner()?;
                let asked = Ask::bare(transition, self.version().await?);
                self.make(owner, &asked, act.at.ms - HOUR_MS).await?;
            }
        }
        self.reports_until(&Day::in_paris(act.at.ms)).await?;
        self.before_region(transition, act).await?;
        let ask = self.ask(transition, act).await?;
        self.make(&act.by, &ask, act.at.ms).await
    }

    /// What no act of the history tells.
    async fn afterwards(&self) -> Result<()> {
        self.reports_until(&self.store.today().plus_days(1)).await?;
        self.after_region().await
    }

    async fn join(&self, transition: Transition, act: &Act) -> Result<()> {
        let joined = Joined {
            store: self.store,
            demo: self.demo,
            proposal: self.proposal,
            identity,
        };
        if transition == Transition::Split {
            joined.split(act, self.version().await?).await
        } else {
            joined.merge(act).await
        }
    }

    /// What the guards of this transition need, from the nested data.
    async fn ask(&self, transition: Transition, act: &Act) -> Result<Ask> {
        let day = Day::in_paris(act.at.ms);
        let is_back = transition == Transition::Adjourn;
        let unclear = "unclear";
        let motive = self.opinion_after(&day).and_then(|one| one.motive.clone());
        if let Some(advice) = Advice::of(transition) {
            return copil::ask(self.proposal, advice, &day, self.version().await?);
        }
        if is_of_the_region(transition) {
            return self.region_ask(transition, act).await;
        }
        Ok(Ask {
            reason: act.reason.clone(),
            reason_code: is_back.then_some(unclear),
            points: motive.filter(|_| is_back).into_iter().collect(),
            due_on: is_back.then(|| day.plus_days(60)),
            porteur: self.proposal.porteur.as_deref().map(Into::into),
            in_scope: true,
            is_complete: true,
            hearing: if transition == Transition::Freeze {
                Some(self.hearing(act).await?)
            } else {
                None
            },
            ..Ask::bare(transition, self.version().await?)
        })
    }

    pub(super) async fn make(&self, person: &str, ask: &Ask, at_ms: i64) -> Result<()> {
        let store = self.store.at(Timestamp(at_ms));
        let text = if ask.transition == Transition::Submit {
            Some(self.work.ensure(&self.document().await?).await?)
        } else {
            None
        };
        let outcome = store
            .transition(&identity(person), &self.id, ask, text.as_ref(), judge)
            .await?;
        match outcome {
            Outcome::Done {
                version: Some(version),
                ..
            } => self.work.with_store(store).seal(&version).await,
            Outcome::Done { version: None, .. } => Ok(()),
            Outcome::TextMoved => Err(Error::internal("the text moved")),
            Outcome::Incomplete(lacks) => Err(Error::internal(format!("lacks {lacks:?}"))),
        }
    }

    /// Where the version frozen by this act is heard: in writing, or in a meeting on the day of the
    /// opinion, planned just before if the data have none.
    async fn hearing(&self, act: &Act) -> Result<HearingAsked> {
        let consultations = &self.demo.written_consultations;
        let written = consultations
            .iter()
            .find(|one| one.proposal == self.proposal.id);
        if let Some(written) = written {
            return Ok(HearingAsked::Written(Day::in_paris(written.closes_at.ms)));
        }
        let opinion = self
            .opinion_after(&Day::in_paris(act.at.ms))
            .ok_or_else(|| Error::internal("no opinion follows"))?;
        let day = opinion_day(opinion)?;
        let lead = &self.proposal.lead_chantier;
        if let Some(meeting) = self.store.demo_meeting(lead, &day).await? {
            return Ok(HearingAsked::Meeting(meeting));
        }
        let starts_at = Timestamp(day.at_ms(10 * HOUR_MS));
        let meeting = NewMeeting {
            title: "S\u{e9}ance de la commission".to_owned(),
            starts_at,
            ends_at: starts_at.plus_ms(2 * HOUR_MS),
            mode: "hybrid",
            place_name: None,
        };
        let planned: MeetingId = self
            .store
            .at(Timestamp(act.at.ms - MINUTE_MS))
            .plan_meeting(
                &identity(&act.by),
                &ChantierId::from(lead.as_str()),
                &meeting,
                may::<act::PrepareMeetings>,
            )
            .await?;
        Ok(HearingAsked::Meeting(planned))
    }

    /// The opinion this act gives: prepared by who gives it, signed by a co-president.
    async fn opinion(&self, act: &Act) -> Result<()> {
        let opinions = &self.proposal.opinions;
        let on = Day::in_paris(act.at.ms);
        let opinion = opinions
            .iter()
            .rev()
            .find(|one| opinion_day(one).is_ok_and(|day| day <= on))
            .ok_or_else(|| Error::internal("no opinion to give"))?;
        let prepared = self.store.at(Timestamp(act.at.ms - 20 * MINUTE_MS));
        prepared
            .prepare_opinion(
                &identity(&act.by),
                &self.id,
                &draft(opinion)?,
                opinions::prepare,
            )
            .await?;
        let signed = self.store.at(Timestamp(act.at.ms - 10 * MINUTE_MS));
        let chair = self.co_president(&act.by)?;
        signed
            .sign_opinion(&identity(chair), &self.id, 1, opinions::sign)
            .await?;
        Ok(())
    }

    /// The owner's answers to the reserves of the last opinion, a day after it.
    async fn answer_reserves(&self) -> Result<()> {
        let who = identity(self.owner()?);
        let known = self
            .store
            .opinions(&who.account_id, &self.id, may::<act::Read>)
            .await?;
        let (Some(given), Some(data)) = (known.opinions.last(), self.last_opinion()) else {
            return Ok(());
        };
        let Some(given_at_ms) = given.given_at_ms else {
            return Ok(());
        };
        let store = self.store.at(Timestamp(given_at_ms + 24 * HOUR_MS));
        for (reserve, told) in given.reserves.iter().zip(&data.reserves) {
            let state = match told.state.as_str() {
                "addressed" => "addressed",
                "maintained" => "maintained",
                _ => continue,
            };
            if reserve.state != "open" {
                continue;
            }
            let answer = Answer {
                state,
                text: told.answer.clone().unwrap_or_else(|| told.text.clone()),
                expected_version: reserve.version,
            };
            let reserve = reserve.reserve_id.as_str().into();
            store
                .answer_reserve(&who, &self.id, &reserve, &answer, may::<act::AnswerReserve>)
                .await?;
        }
        Ok(())
    }

    pub(super) fn owner(&self) -> Result<&str> {
        let owner = self.proposal.owners.first();
        owner
            .map(String::as_str)
            .ok_or_else(|| Error::internal("a proposal without an owner"))
    }

    /// Somebody who presides its commission and did not prepare the opinion.
    fn co_president(&self, prepared_by: &str) -> Result<&str> {
        let lead = Some(&self.proposal.lead_chantier);
        let mut bodies = self.demo.bodies.iter();
        let body = bodies.find(|body| body.kind == "commission" && body.chantier.as_ref() == lead);
        let mut mandates = self.demo.mandates.iter();
        let chair = mandates.find(|mandate| {
            mandate.role == "co_president"
                && mandate.body.as_ref() == body.map(|body| &body.id)
                && mandate.person != prepared_by
        });
        chair
            .map(|mandate| mandate.person.as_str())
            .ok_or_else(|| Error::internal("a commission without co-president"))
    }

    /// Somebody who instructs for the lead direction, else for any.
    pub(super) fn instructor(&self) -> Result<Identity> {
        let lead = self.proposal.lead_direction.as_deref().unwrap_or_default();
        self.instructor_of(lead)
    }

    /// Somebody who instructs for a direction, else for any.
    pub(super) fn instructor_of(&self, unit: &str) -> Result<Identity> {
        let all = || {
            let mandates = self.demo.mandates.iter();
            mandates.filter(|mandate| mandate.role == "region_instructor")
        };
        let own = all().find(|mandate| mandate.designation_ref.as_deref() == Some(unit));
        let who = own.or_else(|| all().next());
        who.map(|mandate| identity(&mandate.person))
            .ok_or_else(|| Error::internal("nobody instructs"))
    }

    fn last_opinion(&self) -> Option<&Opinion> {
        self.proposal.opinions.last()
    }

    /// The first opinion on or after a day.
    fn opinion_after(&self, on: &Day) -> Option<&Opinion> {
        let mut opinions = self.proposal.opinions.iter();
        opinions.find(|one| opinion_day(one).is_ok_and(|day| day >= *on))
    }

    pub(super) async fn version(&self) -> Result<i64> {
        let (_, version) = self.store.demo_acts(self.proposal).await?;
        Ok(version)
    }

    async fn document(&self) -> Result<DocumentId> {
        let who = identity(self.owner()?);
        self.store
            .document_of(&who.account_id, &self.id, may::<act::Read>)
            .await
    }
}

fn opinion_day(opinion: &Opinion) -> Result<Day> {
    Day::from_iso(&opinion.at).ok_or_else(|| Error::internal("an opinion without a day"))
}

/// The opinion of the data as its facilitator prepares it.
fn draft(opinion: &Opinion) -> Result<Draft> {
    let unknown = || Error::internal("an opinion of an unknown value or mode");
    let votes = |votes: Option<i64>| votes.unwrap_or(0);
    Ok(Draft {
        value: OpinionValue::from_key(&opinion.value).ok_or_else(unknown)?,
        mode: Mode::from_key(&opinion.mode).ok_or_else(unknown)?,
        count: Count {
            in_favour: votes(opinion.in_favour),
            against: votes(opinion.against),
            abstain: votes(opinion.abstain),
            not_voting: votes(opinion.not_voting),
        },
        motive: opinion.motive.clone(),
        reserves: opinion
            .reserves
            .iter()
            .map(|one| one.text.clone())
            .collect(),
        recused: opinion.recused.iter().cloned().collect(),
        dissents: opinion
            .dissents
            .iter()
            .map(|one| Dissent {
                organisation_id: Some(one.organisation.clone()),
                body: one.text.clone(),
            })
            .collect(),
        expected_version: None,
    })
}

/// A person of the data, acting.
pub(super) fn identity(person: &str) -> Identity {
    Identity {
        account_id: AccountId::from(account_of(person)),
        person_id: PersonId::from(person),
        via: Via::Token(TokenId::from("demo")),
        noted_at_ms: 0,
    }
}

/// Whether it is one of the Region's half.
fn is_of_the_region(transition: Transition) -> bool {
    matches!(
        transition,
        Transition::Evoke
            | Transition::Decide
            | Transition::SendBack
            | Transition::ConfirmApproval
            | Transition::Engage
            | Transition::Begin
            | Transition::Suspend
            | Transition::Complete
            | Transition::Abandon
    )
}
