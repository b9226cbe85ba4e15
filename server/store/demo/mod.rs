//! The rows of the demonstration programme, written in one transaction into an empty database.
//! Its data are read by `data`; texts come in ready, as updates that passed the gate.

pub mod data;
mod framework;
mod people;
mod proposals;
pub mod replay;
mod sheet;
pub mod shift;
mod threads;

use std::collections::HashMap;

use super::projections::Projection;
use super::{Store, Tx, args};
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::rules::day::Day;
use data::Demo;

/// What to write, beside the data themselves.
#[derive(Debug)]
pub struct Load {
    /// The data, their dates shifted.
    pub demo: Demo,
    /// The hash of everybody's password.
    pub password_hash: String,
    /// The text of each proposal, by proposal id.
    pub texts: HashMap<String, Text>,
}

/// The text of one proposal.
#[derive(Debug)]
pub struct Text {
    /// The Yjs client id it was written under.
    pub client_id: u32,
    /// The update, which passed the gate; `None` when nothing is written.
    pub update: Option<Vec<u8>>,
    /// What is read from it.
    pub projection: Projection,
}

/// How far the demonstration is loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The database is empty.
    Nothing,
    /// Begun on that day, and not ended: the replay goes on where it stopped.
    Began(Day),
    /// All of it.
    Done,
}

/// The account of a demonstration person: `per-exemple` signs in as `acc-exemple`.
#[must_use]
pub fn account_of(person_id: &str) -> String {
    format!("acc-{}", person_id.trim_start_matches("per-"))
}

impl Store {
    /// How far the demonstration is loaded.
    ///
    /// # Errors
    /// `Conflict("not_empty")` when the database holds something else.
    pub async fn demo_progress(&self) -> Result<Progress> {
        self.read().await?.demo_progress().await
    }

    /// Writes everything but what people did after the first act on each proposal: that is replayed.
    /// Nothing is written when another process just did.
    ///
    /// # Errors
    /// `Conflict("not_empty")` when the database holds something else: nothing is written.
    pub async fn load_demo(&self, load: &Load) -> Result<()> {
        let now = self.clock.now();
        let mut tx = self.write().await?;
        if tx.demo_progress().await? != Progress::Nothing {
            return Ok(());
        }
        tx.load_framework(&load.demo, now).await?;
        tx.load_people(&load.demo, &load.password_hash, now).await?;
        for proposal in &load.demo.proposals {
            let text = load
                .texts
                .get(&proposal.id)
                .ok_or_else(|| Error::internal(format!("no text for {}", proposal.id)))?;
            tx.load_proposal(&load.demo, proposal, text).await?;
            tx.load_sheet(proposal).await?;
        }
        tx.load_meetings(&load.demo).await?;
        tx.load_figures(&load.demo).await?;
        tx.commit().await
    }

    /// Writes what needs no replay, once the replay is done: what people said, links, how meetings ended.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn finish_demo(&self, demo: &Demo) -> Result<()> {
        let now = self.clock.now();
        let mut tx = self.write().await?;
        tx.load_links(demo).await?;
        tx.load_threads(demo).await?;
        tx.end_meetings(demo, now).await?;
        tx.run(
            "update programme set demo_loaded_at_ms = $1",
            args![now.ms()],
        )
        .await?;
        tx.commit().await
    }
}

impl Tx {
    async fn demo_progress(&mut self) -> Result<Progress> {
        if let Some(row) = self
            .row(
                "select demo_loaded_at_ms, demo_began_at_ms from programme",
                &[],
            )
            .await?
        {
            return match (row.opt_int(0)?, row.opt_int(1)?) {
                (Some(_), _) => Ok(Progress::Done),
                (None, Some(began_at_ms)) => Ok(Progress::Began(Day::in_paris(began_at_ms))),
                (None, None) => Err(Error::Conflict("not_empty")),
            };
        }
        let people = self
            .row(
                "select (select count(*) from person) + (select count(*) from organisation)
                      + (select count(*) from document)",
                &[],
            )
            .await?
            .ok_or(Error::NotFound)?;
        if people.int(0)? == 0 {
            Ok(Progress::Nothing)
        } else {
            Err(Error::Conflict("not_empty"))
        }
    }

    async fn load_meetings(&mut self, demo: &Demo) -> Result<()> {
        for meeting in &demo.meetings {
            let starts = meeting.starts_at.ms;
            let ends = meeting
                .ends_at
                .map_or(starts + DEFAULT_MEETING_MS, |at| at.ms);
            self.run(
                "insert into meeting (meeting_id, body_id, number, title, status, starts_at_ms,
                 ends_at_ms, mode, place_name, details)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                args![
                    &meeting.id,
                    &meeting.body,
                    meeting.number.clone(),
                    &meeting.title,
                    // As it was while the proposals it heard were on their way.
                    "planned",
                    starts,
                    ends,
                    meeting.mode.as_deref().unwrap_or("onsite"),
                    meeting.place.as_ref().map(|place| place.name.clone()),
                    meeting.details_json()?
                ],
            )
            .await?;
        }
        Ok(())
    }

    /// How meetings ended: as the data say, and held where they only serve the replay.
    async fn end_meetings(&mut self, demo: &Demo, now: Timestamp) -> Result<()> {
        self.run(
            "update meeting set status = 'held' where starts_at_ms < $1",
            args![now.ms()],
        )
        .await?;
        for meeting in &demo.meetings {
            self.run(
                "update meeting set status = $1 where meeting_id = $2",
                args![&meeting.status, &meeting.id],
            )
            .await?;
        }
        Ok(())
    }

    async fn load_figures(&mut self, demo: &Demo) -> Result<()> {
        for year in &demo.figures.years {
            self.run(
                "insert into figure_year (year, status, as_of, headline, details)
                 values ($1, $2, $3, $4, $5)",
                args![
                    year.year,
                    &year.status,
                    &year.as_of,
                    year.headline,
                    serde_json::to_string(&year.details).map_err(Error::internal)?
                ],
            )
            .await?;
        }
        Ok(())
    }
}

/// How long a meeting is taken to last when the data do not say, in milliseconds.
const DEFAULT_MEETING_MS: i64 = 3 * 3_600_000;

/// A yes or no as the database keeps it.
const fn flag(yes: bool) -> i64 {
    if yes { 1 } else { 0 }
}

/// The place of a row in its list, from 1.
fn rank(index: usize) -> Result<i64> {
    i64::try_from(index + 1).map_err(Error::internal)
}

/// The instant as the store counts.
fn stamp(at: data::Instant) -> Timestamp {
    Timestamp(at.ms)
}
