//! Meetings: what comes next, for the programme and for a chantier.

use super::{Row, Tx, args};
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::ids::MeetingId;

/// A meeting, as lists show it.
#[derive(Clone, Debug)]
pub struct Meeting {
    /// Its id.
    pub meeting_id: String,
    /// Its title.
    pub title: String,
    /// The body that meets.
    pub body_title: String,
    /// What that body is: `commission`, `copil`...
    pub body_kind: String,
    /// The chantier of that body, if it has one.
    pub chantier_id: Option<String>,
    /// When it starts, in milliseconds UTC.
    pub starts_at_ms: i64,
    /// When it ends, in milliseconds UTC.
    pub ends_at_ms: i64,
    /// `onsite`, `remote`, `hybrid`.
    pub mode: String,
    /// Where.
    pub place_name: Option<String>,
    /// `planned`, `convened`, `held`...
    pub status: String,
}

impl Tx {
    /// The meetings that have not ended, the next first; neither cancelled nor postponed ones.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn meetings_to_come(&mut self, now: Timestamp) -> Result<Vec<Meeting>> {
        self.rows(
            "select m.meeting_id, m.title, b.title, b.chantier_id, m.starts_at_ms, m.ends_at_ms,
                    m.mode, m.place_name, m.status, b.kind
             from meeting m join body b on b.body_id = m.body_id
             where m.ends_at_ms > $1 and m.status not in ('cancelled', 'postponed')
             order by m.starts_at_ms, m.meeting_id",
            args![now.ms()],
        )
        .await?
        .iter()
        .map(meeting_at)
        .collect()
    }

    /// Every meeting of a chantier's bodies, the next or latest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn meetings_of(&mut self, chantier_id: &str) -> Result<Vec<Meeting>> {
        self.rows(
            "select m.meeting_id, m.title, b.title, b.chantier_id, m.starts_at_ms, m.ends_at_ms,
                    m.mode, m.place_name, m.status, b.kind
             from meeting m join body b on b.body_id = m.body_id
             where b.chantier_id = $1
             order by m.starts_at_ms desc, m.meeting_id",
            args![chantier_id],
        )
        .await?
        .iter()
        .map(meeting_at)
        .collect()
    }
}

impl Tx {
    /// One meeting.
    ///
    /// # Errors
    /// `NotFound` when there is none.
    pub(super) async fn meeting(&mut self, meeting: &MeetingId) -> Result<Meeting> {
        let row = self
            .row(
                "select m.meeting_id, m.title, b.title, b.chantier_id, m.starts_at_ms, m.ends_at_ms,
                        m.mode, m.place_name, m.status, b.kind
                 from meeting m join body b on b.body_id = m.body_id where m.meeting_id = $1",
                args![meeting.as_str()],
            )
            .await?;
        meeting_at(&row.ok_or(Error::NotFound)?)
    }
}

/// A meeting read by the columns above.
pub(super) fn meeting_at(row: &Row) -> Result<Meeting> {
    Ok(Meeting {
        meeting_id: row.text(0)?,
        title: row.text(1)?,
        body_title: row.text(2)?,
        chantier_id: row.opt_text(3)?,
        starts_at_ms: row.int(4)?,
        ends_at_ms: row.int(5)?,
        mode: row.text(6)?,
        place_name: row.opt_text(7)?,
        status: row.text(8)?,
        body_kind: row.text(9)?,
    })
}
