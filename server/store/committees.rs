//! The sessions of the programme's own bodies: the steering committee and the Assises (`domain.md` 1.3, invariant
//! 15). Their secretary plans them as a facilitator plans those of a commission.

use super::accounts::Identity;
use super::hearings::NewMeeting;
use super::meetings::Meeting;
use super::{Store, Tx, args};
use crate::error::{Error, Result};
use crate::ids::{AccountId, MeetingId};
use crate::rules::day::Day;
use crate::rules::notice::last_day_before;
use crate::rules::programme::{ASSISES_NOTICE, COPIL_NOTICE, Setting};
use crate::rules::rights::{Facts, Permit, Refusal, act};
use crate::rules::role::{Role, Roles};

/// A body of the programme that meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Committee {
    /// The steering committee.
    Copil,
    /// The Assises.
    Assises,
}

impl Committee {
    /// The body of this kind.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        match key {
            "copil" => Some(Self::Copil),
            "assises" => Some(Self::Assises),
            _ => None,
        }
    }

    /// Its kind of body.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Copil => "copil",
            Self::Assises => "assises",
        }
    }

    /// How many clear days before a session its members are convened.
    #[must_use]
    pub const fn notice(self) -> &'static Setting {
        match self {
            Self::Copil => &COPIL_NOTICE,
            Self::Assises => &ASSISES_NOTICE,
        }
    }
}

/// A session to come.
#[derive(Clone, Debug)]
pub struct Session {
    /// The meeting.
    pub meeting: Meeting,
    /// Whose.
    pub committee: Committee,
    /// The last day on which its members may be convened.
    pub convene_by: Day,
}

/// The sessions to come, and what rights to plan others are judged from.
#[derive(Clone, Debug)]
pub struct Sessions {
    /// The next first.
    pub sessions: Vec<Session>,
    /// What the account is to these bodies.
    pub facts: Facts,
}

impl Store {
    /// The sessions to come of the steering committee and the Assises.
    ///
    /// # Errors
    /// What the rule refuses.
    pub async fn committee_sessions(
        &self,
        account: &AccountId,
        rule: impl FnOnce(&Facts) -> Result<Permit<act::ReadCopilTable>, Refusal> + Send,
    ) -> Result<Sessions> {
        let today = self.today();
        let mut tx = self.read().await?;
        rule(&tx.programme_facts(account, &today).await?)?;
        let settings = tx.settings().await?;
        let mut sessions = Vec::new();
        for meeting in tx.meetings_to_come(self.clock.now()).await? {
            if let Some(committee) = Committee::from_key(&meeting.body_kind) {
                let held = Day::in_paris(meeting.starts_at_ms);
                let clear = settings.number(committee.notice());
                sessions.push(Session {
                    convene_by: last_day_before(&held, clear),
                    committee,
                    meeting,
                });
            }
        }
        Ok(Sessions {
            sessions,
            facts: tx.committee_facts(account, &today).await?,
        })
    }

    /// Plans a session.
    ///
    /// # Errors
    /// `Refused` by R-MEETING; `Invalid` `starts_at_ms` `past`; `NotFound` when the programme has no such body.
    pub async fn plan_session(
        &self,
        who: &Identity,
        committee: Committee,
        meeting: &NewMeeting,
        rule: impl FnOnce(&Facts) -> Result<Permit<act::PrepareMeetings>, Refusal> + Send,
    ) -> Result<MeetingId> {
        let mut tx = self.write().await?;
        rule(&tx.committee_facts(&who.account_id, &self.today()).await?)?;
        let row = tx
            .row(
                "select body_id from body where kind = $1 order by body_id",
                args![committee.key()],
            )
            .await?;
        let body = row.ok_or(Error::NotFound)?.text(0)?;
        let id = tx
            .add_meeting(&body, meeting, &who.person_id, self.clock.now())
            .await?;
        tx.commit().await?;
        Ok(id)
    }
}

impl Tx {
    /// What an account is to the meetings of the programme's own bodies: the committee's secretary stands there
    /// where a facilitator stands in a chantier; nobody else prepares them.
    pub(super) async fn committee_facts(
        &mut self,
        account: &AccountId,
        today: &Day,
    ) -> Result<Facts> {
        let programme = self.programme_facts(account, today).await?;
        let roles: Roles = if programme.roles.has(Role::CopilSecretary) {
            [Role::Facilitator].into_iter().collect()
        } else {
            Roles::default()
        };
        Ok(Facts { roles, stage: None })
    }
}
