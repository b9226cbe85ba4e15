//! Where proposals are on their way, read for all of them or for one: what `rules/awaited` judges who
//! is awaited from. A few queries whatever their number, none a proposal.

use std::collections::{HashMap, HashSet};

use super::facts::stage_of;
use super::threads::OpenThreads;
use super::{Row, Tx, args};
use crate::error::{Error, Result};
use crate::ids::ProposalId;
use crate::rules::awaited::{
    Asking, AwaitedNow, Course, Flagged, Following, Opinion, Request, Timers, awaited, flags,
};
use crate::rules::day::Day;
use crate::rules::opinions::OpinionValue;
use crate::rules::programme::{
    STALLED_AT_REGION, STALLED_IN_COMMISSION, STALLED_OPINION_GIVEN, STALLED_SUBMITTED,
};
use crate::rules::role::Role;
use crate::rules::transitions::{Porteur, Transition};

/// The courses of proposals, and what they are judged with.
#[derive(Debug)]
pub struct Courses {
    timers: Timers,
    today: Day,
    by_id: HashMap<String, CourseRow>,
}

/// One proposal's course, and what lists show of it beside.
#[derive(Clone, Debug)]
pub struct CourseRow {
    /// What is judged.
    pub course: Course,
    /// How many times it went to the commission.
    pub round: i64,
    /// Who asked for the act that awaits its second person.
    pub asked_by: Option<String>,
    /// Its open threads.
    pub threads: OpenThreads,
    /// The next day it is heard somewhere: the commission, the steering committee.
    pub next_hearing_on: Option<Day>,
}

/// Who a proposal awaits, and what has waited too long.
#[derive(Clone, Debug)]
pub struct Now {
    /// Who is awaited, with what, until when.
    pub awaited: AwaitedNow,
    /// What has waited too long.
    pub flags: Vec<Flagged>,
}

impl Courses {
    /// Who this proposal awaits; `None` for one that was not read.
    #[must_use]
    pub fn now(&self, proposal_id: &str) -> Option<Now> {
        let course = &self.by_id.get(proposal_id)?.course;
        Some(Now {
            awaited: awaited(course, &self.timers, &self.today),
            flags: flags(course, &self.timers, &self.today),
        })
    }

    /// The course of this proposal.
    #[must_use]
    pub fn row(&self, proposal_id: &str) -> Option<&CourseRow> {
        self.by_id.get(proposal_id)
    }

    /// The day they were read for.
    #[must_use]
    pub fn today(&self) -> &Day {
        &self.today
    }
}

/// The same statement for all proposals and for one of them: it ends in conditions.
macro_rules! scoped {
    ($sql:expr, $column:literal) => {
        [$sql, concat!($sql, " and ", $column, " = $1")]
    };
}
pub(in crate::store) use scoped;

const PROPOSALS: [&str; 2] = scoped!(
    "select proposal_id, stage, round, porteur_id, porteur_accepted_at_ms, porteur_declined_at_ms,
            stage_since_ms, updated_at_ms
     from proposal where 1 = 1",
    "proposal_id"
);

/// Ideas whose owner speaks for the porteur; the day is part of the join, read with the rows.
const OWN_PORTEURS: [&str; 2] = scoped!(
    "select q.proposal_id, f.valid_from, f.valid_to from proposal q
     join proposal_person t on t.proposal_id = q.proposal_id and t.tie = 'owner'
     join affiliation f on f.person_id = t.person_id and f.organisation_id = q.porteur_id
     where q.stage = 'idea'",
    "q.proposal_id"
);

/// When somebody last wrote in what the commission discusses; each part is the end of an index.
const ACTIVITY: [&str; 2] = scoped!(
    "select q.proposal_id,
            (select r.created_at_ms from log_row r where r.document_id = q.document_id
             order by r.seq desc limit 1),
            (select s.created_at_ms from log_segment s where s.document_id = q.document_id
             order by s.from_seq desc limit 1),
            (select max(c.created_at_ms) from comment c where c.proposal_id = q.proposal_id)
     from proposal q where q.stage = 'in_commission'",
    "q.proposal_id"
);

const ASKED: [&str; 2] = scoped!(
    "select proposal_id, transition, capacity, asked_by, asked_at_ms from pending_move
     where closed_at_ms is null",
    "proposal_id"
);

const REQUESTS: [&str; 2] = scoped!(
    "select proposal_id, due_on, created_at_ms from completion_request
     where answered_at_ms is null",
    "proposal_id"
);

const OPINIONS: [&str; 2] = scoped!(
    "select o.proposal_id, o.round, o.value, o.prepared_at_ms, o.signed_at_ms,
            (select count(*) from reserve r where r.opinion_id = o.opinion_id and r.state = 'open')
     from opinion o where o.voided_at_ms is null",
    "o.proposal_id"
);

const MEETINGS: [&str; 2] = scoped!(
    "select a.proposal_id, a.kind, a.version_id, m.starts_at_ms
     from agenda_item a join meeting m on m.meeting_id = a.meeting_id
     where a.withdrawn_at_ms is null and a.outcome is null and a.proposal_id is not null
     and m.status not in ('cancelled', 'postponed')",
    "a.proposal_id"
);

const CONSULTATIONS: [&str; 2] = scoped!(
    "select proposal_id, closes_on from written_consultation
     where closed_at_ms is null and cancelled_at_ms is null",
    "proposal_id"
);

impl Tx {
    /// The courses of every proposal, or of one.
    ///
    /// # Errors
    /// Those of the database.
    pub(super) async fn courses(
        &mut self,
        only: Option<&ProposalId>,
        today: &Day,
    ) -> Result<Courses> {
        let mut by_id = HashMap::new();
        let own = self.own_porteurs(only, today).await?;
        let mut threads = self.open_threads_of(only).await?;
        for row in self.scoped(PROPOSALS, only).await? {
            let id = row.text(0)?;
            let is_own = own.contains(&id);
            let mut found = course_at(&row, is_own)?;
            found.threads = threads.remove(&id).unwrap_or_default();
            found.course.unanswered_vigilance_count = found.threads.unanswered_vigilances;
            found.course.unanswered_question_count = found.threads.unanswered_questions;
            by_id.insert(id, found);
        }
        let mut courses = Courses {
            timers: self.timers().await?,
            today: today.clone(),
            by_id,
        };
        self.add_activity(only, &mut courses).await?;
        self.add_asked(only, &mut courses).await?;
        self.add_requests(only, &mut courses).await?;
        self.add_opinions(only, &mut courses).await?;
        self.add_hearings(only, &mut courses).await?;
        self.add_following(only, &mut courses.by_id).await?;
        Ok(courses)
    }

    /// How long each stage may stay quiet, as the programme sets it.
    pub(super) async fn timers(&mut self) -> Result<Timers> {
        let settings = self.settings().await?;
        Ok(Timers {
            submitted_working_days: settings.number(&STALLED_SUBMITTED),
            in_commission_days: settings.number(&STALLED_IN_COMMISSION),
            opinion_given_days: settings.number(&STALLED_OPINION_GIVEN),
            at_region_days: settings.number(&STALLED_AT_REGION),
        })
    }

    /// The rows of such a statement.
    pub(in crate::store) async fn scoped(
        &mut self,
        [all, one]: [&'static str; 2],
        only: Option<&ProposalId>,
    ) -> Result<Vec<Row>> {
        match only {
            Some(proposal) => self.rows(one, args![proposal.as_str()]).await,
            None => self.rows(all, &[]).await,
        }
    }

    async fn own_porteurs(
        &mut self,
        only: Option<&ProposalId>,
        today: &Day,
    ) -> Result<HashSet<String>> {
        let mut own = HashSet::new();
        for row in self.scoped(OWN_PORTEURS, only).await? {
            let (from, to) = (row.text(1)?, row.opt_text(2)?);
            let day = today.as_str();
            if from.as_str() <= day && to.is_none_or(|to| to.as_str() > day) {
                own.insert(row.text(0)?);
            }
        }
        Ok(own)
    }

    async fn add_activity(
        &mut self,
        only: Option<&ProposalId>,
        courses: &mut Courses,
    ) -> Result<()> {
        for row in self.scoped(ACTIVITY, only).await? {
            if let Some(found) = courses.by_id.get_mut(&row.text(0)?) {
                for column in 1..=3 {
                    let at_ms = row.opt_int(column)?.unwrap_or(0);
                    found.course.active_at_ms = found.course.active_at_ms.max(at_ms);
                }
            }
        }
        Ok(())
    }

    async fn add_asked(&mut self, only: Option<&ProposalId>, courses: &mut Courses) -> Result<()> {
        for row in self.scoped(ASKED, only).await? {
            let Some(found) = courses.by_id.get_mut(&row.text(0)?) else {
                continue;
            };
            let unknown = || Error::internal("a request of an unknown transition or role");
            let asking = Asking {
                transition: Transition::from_key(&row.text(1)?).ok_or_else(unknown)?,
                capacity: Role::from_key(&row.text(2)?).ok_or_else(unknown)?,
                asked_at_ms: row.int(4)?,
            };
            let before = found.course.asked;
            if before.is_none_or(|known| asking.asked_at_ms < known.asked_at_ms) {
                found.course.asked = Some(asking);
                found.asked_by = Some(row.text(3)?);
            }
        }
        Ok(())
    }

    async fn add_requests(
        &mut self,
        only: Option<&ProposalId>,
        courses: &mut Courses,
    ) -> Result<()> {
        for row in self.scoped(REQUESTS, only).await? {
            let (Some(found), Some(due_on)) = (
                courses.by_id.get_mut(&row.text(0)?),
                Day::from_iso(&row.text(1)?),
            ) else {
                continue;
            };
            let asked_at_ms = row.int(2)?;
            let before = found.course.request.as_ref();
            if before.is_none_or(|known| known.asked_at_ms < asked_at_ms) {
                found.course.request = Some(Request {
                    due_on,
                    asked_at_ms,
                });
            }
        }
        Ok(())
    }

    async fn add_opinions(
        &mut self,
        only: Option<&ProposalId>,
        courses: &mut Courses,
    ) -> Result<()> {
        for row in self.scoped(OPINIONS, only).await? {
            let Some(found) = courses.by_id.get_mut(&row.text(0)?) else {
                continue;
            };
            let value = row.text(2)?;
            let opinion = Opinion {
                value: OpinionValue::from_key(&value)
                    .ok_or_else(|| Error::internal(format!("unknown opinion {value}")))?,
                prepared_at_ms: row.int(3)?,
                signed_at_ms: row.opt_int(4)?,
            };
            let before = found.course.opinion;
            let is_later =
                before.is_none_or(|known| known.prepared_at_ms <= opinion.prepared_at_ms);
            if row.int(1)? == found.round && is_later {
                found.course.opinion = Some(opinion);
                found.course.open_reserve_count = row.int(5)?;
            }
        }
        Ok(())
    }

    async fn add_hearings(
        &mut self,
        only: Option<&ProposalId>,
        courses: &mut Courses,
    ) -> Result<()> {
        let today = courses.today.clone();
        for row in self.scoped(MEETINGS, only).await? {
            if let Some(found) = courses.by_id.get_mut(&row.text(0)?) {
                let is_opinion = row.text(1)? == "opinion" && row.opt_text(2)?.is_some();
                found.hear(Day::in_paris(row.int(3)?), is_opinion, &today);
            }
        }
        for row in self.scoped(CONSULTATIONS, only).await? {
            if let (Some(found), Some(day)) = (
                courses.by_id.get_mut(&row.text(0)?),
                Day::from_iso(&row.text(1)?),
            ) {
                found.hear(day, true, &today);
            }
        }
        Ok(())
    }
}

impl CourseRow {
    /// Takes a hearing in: the last one counts for the opinion, the next one is shown.
    fn hear(&mut self, day: Day, is_opinion: bool, today: &Day) {
        let next = self.next_hearing_on.as_ref();
        if day >= *today && next.is_none_or(|known| day < *known) {
            self.next_hearing_on = Some(day.clone());
        }
        let last = self.course.hearing_on.as_ref();
        if is_opinion && last.is_none_or(|known| day > *known) {
            self.course.hearing_on = Some(day);
        }
    }
}

/// A row of [`PROPOSALS`].
fn course_at(row: &Row, owner_speaks_for_porteur: bool) -> Result<CourseRow> {
    let (named, accepted) = (row.opt_text(3)?.is_some(), row.opt_int(4)?.is_some());
    let declined = row.opt_int(5)?.is_some();
    let porteur = match (named && !declined, accepted || owner_speaks_for_porteur) {
        (false, _) => Porteur::Missing,
        (true, false) => Porteur::NotAccepted,
        (true, true) => Porteur::Accepted,
    };
    Ok(CourseRow {
        course: Course {
            stage: stage_of(&row.text(1)?)?,
            since_ms: row.int(6)?,
            porteur,
            asked: None,
            request: None,
            unanswered_vigilance_count: 0,
            unanswered_question_count: 0,
            hearing_on: None,
            opinion: None,
            open_reserve_count: 0,
            active_at_ms: row.int(7)?,
            following: Following::default(),
        },
        round: row.int(2)?,
        asked_by: None,
        threads: OpenThreads::default(),
        next_hearing_on: None,
    })
}
