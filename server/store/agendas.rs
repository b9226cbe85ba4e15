//! Changing a commission's planned meeting: its date, its agenda, its end. The documents of the versions that
//! wait for it are held first, then the meeting: nothing is frozen into it meanwhile.

use std::collections::BTreeSet;

use super::accounts::Identity;
use super::hearings::NewMeeting;
use super::meetings::Meeting;
use super::{Store, Tx, args};
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::ids::{AgendaItemId, ChantierId, DocumentId, MeetingId, ProposalId};
use crate::proof::canonical;
use crate::rules::day::Day;
use crate::rules::meetings::{Carried, Planned};
use crate::rules::rights::{Facts, Permit, Refusal, act};
use crate::rules::role::Role;
use crate::store::journal::Entry;

/// A free point to add to an agenda, its texts tidied.
#[derive(Clone, Debug)]
pub struct NewItem {
    /// Its title.
    pub title: String,
    /// How long it takes, in minutes.
    pub duration_minutes: Option<i64>,
}

/// A frozen version that waits for a meeting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Waiting {
    item_id: String,
    proposal: ProposalId,
    document: DocumentId,
    carried: Carried,
}

/// A meeting that is held, with what is judged of it.
struct Held {
    meeting: Meeting,
    version: i64,
    facts: Facts,
    planned: Planned,
    waiting: Vec<Waiting>,
}

/// How many points an agenda may have.
const ITEMS_AT_MOST: i64 = 100;

type May = Result<Permit<act::PrepareMeetings>, Refusal>;

impl Store {
    /// Changes a meeting's title, date and place. Answers with the texts whose hearing moved.
    ///
    /// # Errors
    /// `NotFound`; `Refused` by R-MEETING; `Conflict` `meeting_changed`; `Invalid` `starts_at_ms` `past`.
    pub async fn change_meeting(
        &self,
        who: &Identity,
        meeting: &MeetingId,
        change: &NewMeeting,
        expected_version: i64,
        rule: impl FnOnce(&Facts, &Planned, Option<&Day>, i64) -> May + Send,
    ) -> Result<Vec<DocumentId>> {
        let now = self.clock.now();
        let mut tx = self.write().await?;
        let held = tx.hold_one(self, who, meeting).await?;
        let notice = tx.notice().await?;
        let before = held.meeting.starts_at_ms;
        let day = Day::in_paris(change.starts_at.ms());
        let moves = day != Day::in_paris(before);
        rule(
            &held.facts,
            &held.planned,
            moves.then_some(&day),
            notice.meeting_days,
        )?;
        held.is_still(expected_version)?;
        if change.starts_at <= now {
            return Err(Error::Invalid {
                field: "starts_at_ms",
                problem: "past",
            });
        }
        tx.run(
            "update meeting set title = $1, starts_at_ms = $2, ends_at_ms = $3, mode = $4,
                                place_name = $5, version = version + 1
             where meeting_id = $6",
            args![
                &change.title,
                change.starts_at.ms(),
                change.ends_at.ms(),
                change.mode,
                change.place_name.clone(),
                meeting.as_str()
            ],
        )
        .await?;
        let mut told = Vec::new();
        if before != change.starts_at.ms() {
            for waiting in &held.waiting {
                let starts_at_ms = change.starts_at.ms();
                tx.note_moved(who, waiting, (meeting, starts_at_ms), now)
                    .await?;
                told.push(waiting.document.clone());
            }
        }
        tx.commit().await?;
        Ok(told)
    }

    /// Cancels a meeting.
    ///
    /// # Errors
    /// `NotFound`; `Refused` by R-MEETING; `Conflict` `meeting_changed`.
    pub async fn cancel_meeting(
        &self,
        who: &Identity,
        meeting: &MeetingId,
        expected_version: i64,
        rule: impl FnOnce(&Facts, &Planned) -> May + Send,
    ) -> Result<()> {
        let mut tx = self.write().await?;
        let held = tx.hold_one(self, who, meeting).await?;
        rule(&held.facts, &held.planned)?;
        held.is_still(expected_version)?;
        tx.run(
            "update meeting set status = 'cancelled', version = version + 1 where meeting_id = $1",
            args![meeting.as_str()],
        )
        .await?;
        tx.commit().await
    }

    /// Adds a free point at the end of the agenda.
    ///
    /// # Errors
    /// `NotFound`; `Refused` by R-MEETING; `Conflict` `agenda_full`.
    pub async fn add_agenda_item(
        &self,
        who: &Identity,
        meeting: &MeetingId,
        item: &NewItem,
        rule: impl FnOnce(&Facts, &Planned) -> May + Send,
    ) -> Result<()> {
        let mut tx = self.write().await?;
        let held = tx.hold_one(self, who, meeting).await?;
        rule(&held.facts, &held.planned)?;
        let (count, rank) = tx.agenda_end(meeting).await?;
        if count >= ITEMS_AT_MOST {
            return Err(Error::Conflict("agenda_full"));
        }
        tx.run(
            "insert into agenda_item (agenda_item_id, meeting_id, rank, title, kind,
                                      duration_minutes, added_by, added_at_ms)
             values ($1, $2, $3, $4, 'misc', $5, $6, $7)",
            args![
                AgendaItemId::new().as_str(),
                meeting.as_str(),
                rank + 1,
                &item.title,
                item.duration_minutes,
                who.person_id.as_str(),
                self.clock.now().ms()
            ],
        )
        .await?;
        tx.changed(meeting).await?;
        tx.commit().await
    }

    /// Takes a point off the agenda.
    ///
    /// # Errors
    /// `NotFound`; `Refused` by R-MEETING.
    pub async fn drop_agenda_item(
        &self,
        who: &Identity,
        meeting: &MeetingId,
        item: &AgendaItemId,
        rule: impl FnOnce(&Facts, &Planned, bool) -> May + Send,
    ) -> Result<()> {
        let mut tx = self.write().await?;
        let held = tx.hold_one(self, who, meeting).await?;
        let carries = tx.carries_version(meeting, item).await?;
        rule(&held.facts, &held.planned, carries)?;
        tx.run(
            "update agenda_item set withdrawn_at_ms = $1 where agenda_item_id = $2",
            args![self.clock.now().ms(), item.as_str()],
        )
        .await?;
        tx.changed(meeting).await?;
        tx.commit().await
    }

    /// Puts the points in this order; those the person may not read keep their places.
    ///
    /// # Errors
    /// `NotFound`; `Refused` by R-MEETING; `Conflict` `meeting_changed` when these are not its points.
    pub async fn order_agenda(
        &self,
        who: &Identity,
        meeting: &MeetingId,
        order: &[AgendaItemId],
        rule: impl FnOnce(&Facts, &Planned) -> May + Send,
        reads: impl Fn(&Facts) -> Result<Permit<act::Read>, Refusal> + Send,
    ) -> Result<()> {
        let mut tx = self.write().await?;
        let held = tx.hold_one(self, who, meeting).await?;
        rule(&held.facts, &held.planned)?;
        let standing = tx.standing(&who.account_id, &self.today()).await?;
        let mut wanted = order.iter();
        let mut seen = BTreeSet::new();
        for (at, item) in tx.items_of(meeting).await?.into_iter().enumerate() {
            let is_read = tx.reads_item(&standing, &item, &reads).await?;
            let id = if is_read {
                seen.insert(item.agenda_item_id);
                wanted.next().map(|id| id.as_str().to_owned())
            } else {
                Some(item.agenda_item_id)
            };
            let id = id.ok_or(Error::Conflict("meeting_changed"))?;
            let rank = i64::try_from(at).unwrap_or(i64::MAX - 1) + 1;
            tx.run(
                "update agenda_item set rank = $1 where agenda_item_id = $2 and meeting_id = $3",
                args![rank, id, meeting.as_str()],
            )
            .await?;
        }
        let given: BTreeSet<String> = order.iter().map(|id| id.as_str().to_owned()).collect();
        if given != seen || given.len() != order.len() {
            return Err(Error::Conflict("meeting_changed"));
        }
        tx.changed(meeting).await?;
        tx.commit().await
    }

    /// Moves a point to the end of another meeting's agenda, of the same commission. Answers with the text
    /// whose hearing moved.
    ///
    /// # Errors
    /// `NotFound`; `Refused` by R-MEETING; `Invalid` `meeting_id` `unknown`.
    pub async fn hear_item_elsewhere(
        &self,
        who: &Identity,
        (meeting, item): (&MeetingId, &AgendaItemId),
        to: &MeetingId,
        rule: impl FnOnce(&Facts, (&Planned, &Planned), &Day, (Option<&Carried>, i64)) -> May + Send,
    ) -> Result<Vec<DocumentId>> {
        let unknown = Error::Invalid {
            field: "meeting_id",
            problem: "unknown",
        };
        let mut tx = self.write().await?;
        if meeting == to || tx.body_of(meeting).await? != tx.body_of(to).await? {
            return Err(unknown);
        }
        let mut held = tx.hold_meetings(self, who, &[meeting, to]).await?;
        let (Some(target), Some(from)) = (held.pop(), held.pop()) else {
            return Err(unknown);
        };
        tx.carries_version(meeting, item).await?;
        let notice = tx.notice().await?.meeting_days;
        let mut all = from.waiting.iter();
        let waiting = all.find(|one| one.item_id == item.as_str());
        let carried = waiting.map(|one| &one.carried);
        let day = Day::in_paris(target.meeting.starts_at_ms);
        let planned = (&from.planned, &target.planned);
        rule(&from.facts, planned, &day, (carried, notice))?;
        let (_, rank) = tx.agenda_end(to).await?;
        tx.run(
            "update agenda_item set meeting_id = $1, rank = $2 where agenda_item_id = $3",
            args![to.as_str(), rank + 1, item.as_str()],
        )
        .await?;
        tx.changed(meeting).await?;
        tx.changed(to).await?;
        let mut told = Vec::new();
        if let Some(waiting) = waiting {
            let at = (to, target.meeting.starts_at_ms);
            tx.note_moved(who, waiting, at, self.clock.now()).await?;
            told.push(waiting.document.clone());
        }
        tx.commit().await?;
        Ok(told)
    }
}

impl Held {
    fn is_still(&self, expected_version: i64) -> Result<()> {
        if self.version != expected_version {
            return Err(Error::Conflict("meeting_changed"));
        }
        Ok(())
    }
}

impl Tx {
    /// Holds a meeting's row: what is frozen into it and what changes it wait for each other.
    pub(super) async fn hold_meeting(&mut self, meeting: &MeetingId) -> Result<()> {
        self.run(
            "update meeting set version = version where meeting_id = $1",
            args![meeting.as_str()],
        )
        .await?;
        Ok(())
    }

    /// The frozen versions that wait for a meeting.
    pub(super) async fn waiting_for(&mut self, meeting: &MeetingId) -> Result<Vec<Waiting>> {
        self.rows(
            "select a.agenda_item_id, a.proposal_id, q.document_id, v.opened_at_ms,
                    (select count(*) from opinion o where o.proposal_id = q.proposal_id
                     and o.round = q.round and o.voided_at_ms is null)
             from agenda_item a join proposal q on q.proposal_id = a.proposal_id
             join version v on v.version_id = a.version_id
             where a.meeting_id = $1 and a.withdrawn_at_ms is null and a.outcome is null
             and a.kind = 'opinion' and q.stage = 'frozen'
             order by a.proposal_id",
            args![meeting.as_str()],
        )
        .await?
        .iter()
        .map(|row| {
            Ok(Waiting {
                item_id: row.text(0)?,
                proposal: ProposalId::from(row.text(1)?),
                document: DocumentId::from(row.text(2)?),
                carried: Carried {
                    frozen_on: Day::in_paris(row.int(3)?),
                    has_opinion: row.int(4)? > 0,
                },
            })
        })
        .collect()
    }

    /// What is judged of a meeting, and what it is judged for: its version counter, the person's facts.
    pub(super) async fn planned(
        &mut self,
        store: &Store,
        account: &crate::ids::AccountId,
        meeting: &MeetingId,
    ) -> Result<(Meeting, Facts, Planned, i64)> {
        let found = self.meeting(meeting).await?;
        let facts = match &found.chantier_id {
            Some(id) => {
                let chantier = ChantierId::from(id.as_str());
                self.chantier_facts(account, &chantier, &store.today())
                    .await?
            }
            None => self.committee_facts(account, &store.today()).await?,
        };
        let row = self
            .row(
                "select version from meeting where meeting_id = $1",
                args![meeting.as_str()],
            )
            .await?
            .ok_or(Error::NotFound)?;
        let is_planned = ["planned", "convened"].contains(&found.status.as_str());
        let waiting = self.waiting_for(meeting).await?;
        let planned = Planned {
            is_open: is_planned && found.starts_at_ms > store.clock.now().ms(),
            has_opinion: waiting.iter().any(|one| one.carried.has_opinion),
            frozen_on: waiting
                .into_iter()
                .map(|one| one.carried.frozen_on)
                .collect(),
        };
        Ok((found, facts, planned, row.int(0)?))
    }

    async fn hold_one(&mut self, store: &Store, who: &Identity, id: &MeetingId) -> Result<Held> {
        let mut held = self.hold_meetings(store, who, &[id]).await?;
        held.pop().ok_or(Error::NotFound)
    }

    /// Holds the documents of what waits for these meetings, then the meetings; always in one order.
    async fn hold_meetings(
        &mut self,
        store: &Store,
        who: &Identity,
        ids: &[&MeetingId],
    ) -> Result<Vec<Held>> {
        let mut proposals = BTreeSet::new();
        for id in ids {
            let waiting = self.waiting_for(id).await?;
            proposals.extend(
                waiting
                    .into_iter()
                    .map(|one| one.proposal.as_str().to_owned()),
            );
        }
        for proposal in &proposals {
            self.hold_document(&ProposalId::from(proposal.as_str()))
                .await?;
        }
        let mut sorted: Vec<&MeetingId> = ids.to_vec();
        sorted.sort_by_key(|id| id.as_str());
        for id in sorted {
            self.hold_meeting(id).await?;
        }
        let mut all = Vec::new();
        for id in ids {
            let (meeting, facts, planned, version) =
                self.planned(store, &who.account_id, id).await?;
            let waiting = self.waiting_for(id).await?;
            if !waiting
                .iter()
                .all(|one| proposals.contains(one.proposal.as_str()))
            {
                return Err(Error::Conflict("meeting_changed"));
            }
            all.push(Held {
                meeting,
                version,
                facts,
                planned,
                waiting,
            });
        }
        Ok(all)
    }

    /// Writes into a proposal's journal that its hearing moved.
    async fn note_moved(
        &mut self,
        who: &Identity,
        waiting: &Waiting,
        (meeting, starts_at_ms): (&MeetingId, i64),
        now: Timestamp,
    ) -> Result<()> {
        let details = canonical::json(&serde_json::json!({
            "meeting_id": meeting.as_str(),
            "starts_at_ms": starts_at_ms,
        }));
        let entry = Entry {
            person_id: Some(who.person_id.as_str()),
            capacity: Some(Role::Facilitator),
            details: Some(&details),
            ..Entry::new("hearing_moved", now)
        };
        self.record(&waiting.proposal, &entry).await?;
        Ok(())
    }

    /// Whether this point carries a version that waits; `NotFound` when it is not of this meeting.
    async fn carries_version(&mut self, meeting: &MeetingId, item: &AgendaItemId) -> Result<bool> {
        self.row(
            "select version_id from agenda_item
             where meeting_id = $1 and agenda_item_id = $2 and withdrawn_at_ms is null
             and outcome is null",
            args![meeting.as_str(), item.as_str()],
        )
        .await?
        .ok_or(Error::NotFound)?
        .opt_text(0)
        .map(|version| version.is_some())
    }

    /// How many points an agenda has, and its last rank.
    async fn agenda_end(&mut self, meeting: &MeetingId) -> Result<(i64, i64)> {
        let row = self
            .row(
                "select count(*), coalesce(max(rank), 0) from agenda_item
                 where meeting_id = $1 and withdrawn_at_ms is null",
                args![meeting.as_str()],
            )
            .await?;
        row.map_or(Ok((0, 0)), |row| Ok((row.int(0)?, row.int(1)?)))
    }

    async fn body_of(&mut self, meeting: &MeetingId) -> Result<Option<String>> {
        let row = self
            .row(
                "select body_id from meeting where meeting_id = $1",
                args![meeting.as_str()],
            )
            .await?;
        row.map(|row| row.text(0)).transpose()
    }

    async fn changed(&mut self, meeting: &MeetingId) -> Result<()> {
        self.run(
            "update meeting set version = version + 1 where meeting_id = $1",
            args![meeting.as_str()],
        )
        .await?;
        Ok(())
    }
}
