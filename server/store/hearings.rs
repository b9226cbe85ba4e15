//! Where a commission hears a proposal: the meetings that are planned, their agenda, written
//! consultations (`domain.md` 1.3; the whole life of meetings comes later).

use super::accounts::Identity;
use super::meetings::Meeting;
use super::standing::Standing;
use super::{Row, Store, Tx, args};
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::ids::{AccountId, ChantierId, MeetingId, PersonId, ProposalId, VersionId};
use crate::rules::day::Day;
use crate::rules::meetings::Planned;
use crate::rules::opinions::Quorum;
use crate::rules::programme::{COMMISSION_NOTICE, COMMISSION_WRITTEN};
use crate::rules::rights::{Facts, Permit, Refusal, act};

/// A meeting that could hear a proposal.
#[derive(Clone, Debug)]
pub struct Hearable {
    /// Its id.
    pub meeting_id: String,
    /// Its title.
    pub title: String,
    /// When it starts, in milliseconds UTC.
    pub starts_at_ms: i64,
}

/// What a commission's own rules say (settings of the programme).
#[derive(Clone, Copy, Debug)]
pub struct Notice {
    /// Clear days before a meeting.
    pub meeting_days: i64,
    /// Clear days a written consultation lasts at least.
    pub written_days: i64,
    /// Who must take part.
    pub quorum: Quorum,
}

/// A meeting to plan, its texts tidied.
#[derive(Clone, Debug)]
pub struct NewMeeting {
    /// What it is called.
    pub title: String,
    /// When it starts.
    pub starts_at: Timestamp,
    /// When it ends.
    pub ends_at: Timestamp,
    /// `onsite`, `remote`, `hybrid`.
    pub mode: &'static str,
    /// Where.
    pub place_name: Option<String>,
}

/// A meeting with its agenda.
#[derive(Clone, Debug)]
pub struct MeetingPage {
    /// The meeting.
    pub meeting: Meeting,
    /// Its agenda, without the proposals the account may not read.
    pub agenda: Vec<AgendaItem>,
    /// What the person is around its chantier.
    pub facts: Facts,
    /// What its rules judge.
    pub planned: Planned,
    /// Its version.
    pub version: i64,
    /// Clear days a frozen version is owed before it is heard.
    pub notice_days: i64,
}

/// One point of a meeting's agenda.
#[derive(Clone, Debug)]
pub struct AgendaItem {
    /// Its id.
    pub agenda_item_id: String,
    /// Its place, from 1.
    pub rank: i64,
    /// Its title.
    pub title: String,
    /// `information`, `debate`, `opinion`, `arbitration`, `misc`.
    pub kind: String,
    /// The proposal it is about.
    pub proposal_id: Option<String>,
    /// The version that is heard.
    pub version_id: Option<String>,
    /// How long it takes, in minutes.
    pub duration_minutes: Option<i64>,
    /// What came of it.
    pub outcome: Option<String>,
}

/// What is heard, and who puts it there.
#[derive(Clone, Copy, Debug)]
pub(super) struct HearingOf<'a> {
    /// The proposal.
    pub(super) proposal: &'a ProposalId,
    /// Its title.
    pub(super) title: &'a str,
    /// Its lead chantier.
    pub(super) chantier_id: &'a str,
    /// The person.
    pub(super) person_id: &'a str,
    /// Now.
    pub(super) now: Timestamp,
}

impl Hearable {
    /// The day it is held, in Paris.
    #[must_use]
    pub fn day(&self) -> Day {
        Day::in_paris(self.starts_at_ms)
    }
}

impl Store {
    /// Plans a meeting of a chantier's commission.
    ///
    /// # Errors
    /// `Refused` by R-MEETING; `Invalid` `starts_at_ms` `past`; `NotFound` without such a chantier.
    pub async fn plan_meeting(
        &self,
        who: &Identity,
        chantier: &ChantierId,
        meeting: &NewMeeting,
        rule: impl FnOnce(&Facts) -> Result<Permit<act::PrepareMeetings>, Refusal> + Send,
    ) -> Result<MeetingId> {
        let (today, now) = (self.today(), self.clock.now());
        let mut tx = self.write().await?;
        let body = tx.commission_of(chantier.as_str()).await?;
        rule(&tx.chantier_facts(&who.account_id, chantier, &today).await?)?;
        let id = tx.add_meeting(&body, meeting, &who.person_id, now).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// A meeting with its agenda.
    ///
    /// # Errors
    /// `NotFound` when there is none.
    pub async fn meeting_page(
        &self,
        account: &AccountId,
        meeting: &MeetingId,
        rule: impl Fn(&Facts) -> Result<Permit<act::Read>, Refusal> + Send,
    ) -> Result<MeetingPage> {
        let today = self.today();
        let mut tx = self.read().await?;
        let standing = tx.standing(account, &today).await?;
        let (found, facts, planned, version) = tx.planned(self, account, meeting).await?;
        let mut agenda = Vec::new();
        for item in tx.items_of(meeting).await? {
            if tx.reads_item(&standing, &item, &rule).await? {
                agenda.push(item);
            }
        }
        Ok(MeetingPage {
            meeting: found,
            agenda,
            facts,
            planned,
            version,
            notice_days: tx.notice().await?.meeting_days,
        })
    }
}

impl Tx {
    /// Writes a planned meeting of this body.
    ///
    /// # Errors
    /// `Invalid` `starts_at_ms` `past`.
    pub(super) async fn add_meeting(
        &mut self,
        body: &str,
        meeting: &NewMeeting,
        by: &PersonId,
        now: Timestamp,
    ) -> Result<MeetingId> {
        if meeting.starts_at <= now {
            return Err(Error::Invalid {
                field: "starts_at_ms",
                problem: "past",
            });
        }
        let id = MeetingId::new();
        self.run(
            "insert into meeting (meeting_id, body_id, title, status, starts_at_ms, ends_at_ms, mode,
                                  place_name, details, created_by, version)
             values ($1, $2, $3, 'planned', $4, $5, $6, $7, '{}', $8, 1)",
            args![
                id.as_str(),
                body,
                &meeting.title,
                meeting.starts_at.ms(),
                meeting.ends_at.ms(),
                meeting.mode,
                meeting.place_name.clone(),
                by.as_str()
            ],
        )
        .await?;
        Ok(id)
    }

    /// The meetings to come of a chantier's commission, the next first.
    pub(super) async fn hearable(
        &mut self,
        chantier_id: &str,
        now: Timestamp,
    ) -> Result<Vec<Hearable>> {
        self.rows(
            "select m.meeting_id, m.title, m.starts_at_ms from meeting m
             join body b on b.body_id = m.body_id
             where b.chantier_id = $1 and b.kind = 'commission'
             and m.status in ('planned', 'convened') and m.starts_at_ms > $2
             order by m.starts_at_ms, m.meeting_id",
            args![chantier_id, now.ms()],
        )
        .await?
        .iter()
        .map(|row| {
            Ok(Hearable {
                meeting_id: row.text(0)?,
                title: row.text(1)?,
                starts_at_ms: row.int(2)?,
            })
        })
        .collect()
    }

    /// What the programme sets for its commissions.
    pub(super) async fn notice(&mut self) -> Result<Notice> {
        let settings = self.settings().await?;
        Ok(Notice {
            meeting_days: settings.number(&COMMISSION_NOTICE),
            written_days: settings.number(&COMMISSION_WRITTEN),
            quorum: Quorum::from_key(settings.commission_quorum()),
        })
    }

    /// The steering committee's next meeting.
    pub(super) async fn next_copil(&mut self, now: Timestamp) -> Result<Option<MeetingId>> {
        let row = self
            .row(
                "select m.meeting_id from meeting m join body b on b.body_id = m.body_id
                 where b.kind = 'copil' and m.status in ('planned', 'convened')
                 and m.starts_at_ms > $1 order by m.starts_at_ms, m.meeting_id limit 1",
                args![now.ms()],
            )
            .await?;
        row.map(|row| row.text(0).map(MeetingId::from)).transpose()
    }

    /// Whether somebody may read what this point is about.
    pub(super) async fn reads_item(
        &mut self,
        standing: &Standing,
        item: &AgendaItem,
        rule: &(impl Fn(&Facts) -> Result<Permit<act::Read>, Refusal> + Send),
    ) -> Result<bool> {
        let Some(id) = &item.proposal_id else {
            return Ok(true);
        };
        let facts = self
            .facts_of(standing, &ProposalId::from(id.as_str()))
            .await?;
        Ok(rule(&facts).is_ok())
    }

    /// The agenda of a meeting, without what was withdrawn.
    pub(super) async fn items_of(&mut self, meeting: &MeetingId) -> Result<Vec<AgendaItem>> {
        self.rows(
            "select agenda_item_id, rank, title, kind, proposal_id, version_id, outcome,
                    duration_minutes
             from agenda_item where meeting_id = $1 and withdrawn_at_ms is null
             order by rank, agenda_item_id",
            args![meeting.as_str()],
        )
        .await?
        .iter()
        .map(item_at)
        .collect()
    }

    /// Puts a version on the agenda of a meeting: the proposal's point there is given it, or a new
    /// one is added at the end.
    pub(super) async fn hear_in_meeting(
        &mut self,
        of: &HearingOf<'_>,
        meeting: &MeetingId,
        kind: &str,
        version: &VersionId,
    ) -> Result<()> {
        let given = self
            .run(
                "update agenda_item set kind = $1, version_id = $2
                 where meeting_id = $3 and proposal_id = $4 and withdrawn_at_ms is null
                 and outcome is null",
                args![
                    kind,
                    version.as_str(),
                    meeting.as_str(),
                    of.proposal.as_str()
                ],
            )
            .await?;
        if given > 0 {
            return Ok(());
        }
        let last = self
            .row(
                "select coalesce(max(rank), 0) from agenda_item where meeting_id = $1",
                args![meeting.as_str()],
            )
            .await?;
        let rank = last.map(|row| row.int(0)).transpose()?.unwrap_or(0) + 1;
        self.run(
            "insert into agenda_item (agenda_item_id, meeting_id, rank, title, kind, proposal_id,
                                      version_id, added_by, added_at_ms)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            args![
                uuid::Uuid::now_v7().to_string(),
                meeting.as_str(),
                rank,
                of.title,
                kind,
                of.proposal.as_str(),
                version.as_str(),
                of.person_id,
                of.now.ms()
            ],
        )
        .await?;
        Ok(())
    }

    /// Opens a written consultation of the commission on a version.
    pub(super) async fn open_consultation(
        &mut self,
        of: &HearingOf<'_>,
        closes_on: &Day,
        version: &VersionId,
    ) -> Result<()> {
        let body = self.commission_of(of.chantier_id).await?;
        self.run(
            "insert into written_consultation (written_consultation_id, body_id, proposal_id,
                                               version_id, opened_at_ms, closes_on)
             values ($1, $2, $3, $4, $5, $6)",
            args![
                uuid::Uuid::now_v7().to_string(),
                body,
                of.proposal.as_str(),
                version.as_str(),
                of.now.ms(),
                closes_on.as_str()
            ],
        )
        .await?;
        Ok(())
    }

    /// The commission of a chantier; `NotFound` without such a chantier.
    pub(super) async fn commission_of(&mut self, chantier_id: &str) -> Result<String> {
        self.row(
            "select body_id from body where chantier_id = $1 and kind = 'commission'
             order by body_id limit 1",
            args![chantier_id],
        )
        .await?
        .ok_or(Error::NotFound)?
        .text(0)
    }

    /// Takes a proposal off the agendas and ends its consultation, before any opinion (T09, T28).
    pub(super) async fn end_hearings(
        &mut self,
        proposal: &ProposalId,
        now: Timestamp,
    ) -> Result<()> {
        self.run(
            "update agenda_item set withdrawn_at_ms = $1
             where proposal_id = $2 and withdrawn_at_ms is null and outcome is null",
            args![now.ms(), proposal.as_str()],
        )
        .await?;
        self.run(
            "update written_consultation set cancelled_at_ms = $1
             where proposal_id = $2 and closed_at_ms is null and cancelled_at_ms is null",
            args![now.ms(), proposal.as_str()],
        )
        .await?;
        Ok(())
    }
}

fn item_at(row: &Row) -> Result<AgendaItem> {
    Ok(AgendaItem {
        agenda_item_id: row.text(0)?,
        rank: row.int(1)?,
        title: row.text(2)?,
        kind: row.text(3)?,
        proposal_id: row.opt_text(4)?,
        version_id: row.opt_text(5)?,
        outcome: row.opt_text(6)?,
        duration_minutes: row.opt_int(7)?,
    })
}
