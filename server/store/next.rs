//! What comes next in a chantier: its own meeting, the steering committee's when one of its
//! proposals goes there, or else the proposal that has awaited somebody longest.

use std::collections::HashMap;

use super::Tx;
use super::cards::{Card, Filter};
use super::meetings::Meeting;
use super::standing::Standing;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::rules::awaited::Awaited;
use crate::rules::day::Day;
use crate::rules::rights::{Facts, Permit, Refusal, act};
use crate::rules::stage::Phase;

/// What comes next in a chantier.
#[derive(Clone, Debug)]
pub enum Next {
    /// A date.
    Meeting(Meeting),
    /// Without a date: somebody is awaited on a proposal the account may read.
    Awaited(AwaitedProposal),
}

/// A proposal that awaits somebody.
#[derive(Clone, Debug)]
pub struct AwaitedProposal {
    /// Its id.
    pub proposal_id: String,
    /// Its title.
    pub title: String,
    /// Who is awaited.
    pub awaited: Awaited,
    /// Since when, in milliseconds UTC.
    pub since_ms: i64,
}

/// What may come next, by chantier, and for all of them.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    meetings: HashMap<String, Meeting>,
    copil: Option<Meeting>,
    awaited: HashMap<String, AwaitedProposal>,
}

impl Agenda {
    /// Takes out what comes next in a chantier.
    pub(super) fn next(&mut self, chantier_id: &str, at_copil: bool) -> Option<Next> {
        let own = self.meetings.remove(chantier_id);
        let committee = self.copil.as_ref().filter(|_| at_copil).cloned();
        own.or(committee)
            .map(Next::Meeting)
            .or_else(|| self.awaited.remove(chantier_id).map(Next::Awaited))
    }
}

impl Tx {
    /// What the chantiers await, as far as the account may read it.
    pub(super) async fn agenda(
        &mut self,
        standing: &Standing,
        (now, today): (Timestamp, &Day),
        rule: impl Fn(&Facts) -> Result<Permit<act::Read>, Refusal> + Send,
    ) -> Result<Agenda> {
        let mut agenda = Agenda::default();
        for meeting in self.meetings_to_come(now).await? {
            if let Some(chantier) = meeting.chantier_id.clone() {
                agenda.meetings.entry(chantier).or_insert(meeting);
            } else if meeting.body_kind == Phase::Copil.key() && agenda.copil.is_none() {
                agenda.copil = Some(meeting);
            }
        }
        let courses = self.courses(None, today).await?;
        let mut cards = self
            .readable(standing, &Filter::default(), &courses, rule)
            .await?;
        cards.sort_by(|a, b| {
            let since = |card: &Card| card.now.awaited.since_ms;
            (since(a), &a.proposal_id).cmp(&(since(b), &b.proposal_id))
        });
        for card in cards {
            let awaited = card.now.awaited.party;
            if awaited != Awaited::Nobody {
                agenda
                    .awaited
                    .entry(card.chantier_id)
                    .or_insert(AwaitedProposal {
                        proposal_id: card.proposal_id,
                        title: card.title,
                        awaited,
                        since_ms: card.now.awaited.since_ms,
                    });
            }
        }
        Ok(agenda)
    }
}
