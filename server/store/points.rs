//! The points of a document's history: stretches of its log as a person tells them. Made behind
//! the edits from the log alone, so they may be thrown away and made again.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::log::{Damage, Restoration};
use super::refs::{OrganisationRef, PersonRef, organisation_today, person_at, person_columns};
use super::{Row, Store, Tx, args};
use crate::error::{Error, Result};
use crate::ids::{AccountId, DocumentId};
use crate::rules::day::Day;

/// For so long after a large deletion the page offers to take it back, and those who look after
/// the chantier may, in milliseconds: two weeks.
pub const DELETION_SHOWN_MS: i64 = 14 * 24 * 60 * 60 * 1000;

/// What happened in a stretch of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PointKind {
    /// People wrote.
    Edits,
    /// An earlier text was brought back.
    Restoration,
    /// One update took away a large part of the text.
    Deletion,
    /// What happened cannot be read any more.
    Damaged,
}

impl PointKind {
    const ALL: [Self; 4] = [
        Self::Edits,
        Self::Restoration,
        Self::Deletion,
        Self::Damaged,
    ];

    /// Its key.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Edits => "edits",
            Self::Restoration => "restoration",
            Self::Deletion => "deletion",
            Self::Damaged => "damaged",
        }
    }

    fn from_key(key: &str) -> Result<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.key() == key)
            .ok_or_else(|| Error::internal(format!("unknown kind of point {key}")))
    }
}

/// A stretch of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// Its first row.
    pub from_seq: i64,
    /// Its last row: the text of the point is the text there.
    pub to_seq: i64,
    /// What happened.
    pub kind: PointKind,
    /// When its first row was written, in milliseconds UTC.
    pub started_at_ms: i64,
    /// When its last one was.
    pub ended_at_ms: i64,
    /// Characters that came and stayed, counted each time the stretch was told: at a compaction,
    /// or when somebody looked.
    pub added_chars: i64,
    /// Characters that went.
    pub removed_chars: i64,
    /// Who wrote, the most first.
    pub authors: Vec<PointAuthor>,
}

/// Somebody who wrote in a stretch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PointAuthor {
    /// Their account.
    pub account_id: String,
    /// The organisation they acted for then.
    pub organisation_id: Option<String>,
    /// How many updates.
    pub updates: i64,
}

/// A stage change, with the place of the log where it happened.
#[derive(Clone, Debug)]
pub struct StageAct {
    /// The transition's number, e.g. `T02`.
    pub act: String,
    /// The last row before it.
    pub seq: i64,
    /// Who did it.
    pub person_id: Option<String>,
    /// The stage it left.
    pub from_stage: Option<String>,
    /// The stage it reached.
    pub to_stage: Option<String>,
    /// When, in milliseconds UTC.
    pub created_at_ms: i64,
}

/// A page of a history, newest first.
#[derive(Clone, Debug)]
pub struct HistoryPage {
    /// The stretches.
    pub points: Vec<Point>,
    /// The stage changes among them.
    pub acts: Vec<StageAct>,
    /// What was brought back, all of it.
    pub restorations: Vec<Restoration>,
    /// What could not be read any more.
    pub damages: Vec<Damage>,
    /// The last row of the log.
    pub head_seq: i64,
    /// Who wrote or acted, by account and by person.
    pub people: HashMap<String, PersonRef>,
    /// Every organisation, by id.
    pub organisations: HashMap<String, OrganisationRef>,
    /// Whether older stretches follow.
    pub more: bool,
}

fn point_at(row: &Row) -> Result<Point> {
    Ok(Point {
        from_seq: row.int(0)?,
        to_seq: row.int(1)?,
        kind: PointKind::from_key(&row.text(2)?)?,
        started_at_ms: row.int(3)?,
        ended_at_ms: row.int(4)?,
        added_chars: row.int(5)?,
        removed_chars: row.int(6)?,
        authors: serde_json::from_str(&row.text(7)?).map_err(Error::internal)?,
    })
}

impl Tx {
    /// The latest stretch that was made.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn last_point(&mut self, document: &DocumentId) -> Result<Option<Point>> {
        let row = self
            .row(
                "select from_seq, to_seq, kind, started_at_ms, ended_at_ms, added_chars,
                 removed_chars, authors from history_point
                 where document_id = $1 order by from_seq desc limit 1",
                args![document.as_str()],
            )
            .await?;
        row.as_ref().map(point_at).transpose()
    }

    /// The stretch that holds this row.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn point_with(&mut self, document: &DocumentId, seq: i64) -> Result<Option<Point>> {
        let row = self
            .row(
                "select from_seq, to_seq, kind, started_at_ms, ended_at_ms, added_chars,
                 removed_chars, authors from history_point
                 where document_id = $1 and from_seq <= $2 and to_seq >= $3",
                args![document.as_str(), seq, seq],
            )
            .await?;
        row.as_ref().map(point_at).transpose()
    }

    /// The rows of the log after which the proposal's stage changed.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn stage_acts(&mut self, document: &DocumentId) -> Result<Vec<StageAct>> {
        let rows = self
            .rows(
                "select j.act, j.document_seq, j.person_id, j.from_stage, j.to_stage, j.created_at_ms
                 from journal j join proposal p on p.proposal_id = j.proposal_id
                 where p.document_id = $1 and j.document_seq is not null
                 and j.to_stage is not null order by j.rank",
                args![document.as_str()],
            )
            .await?;
        let act = |row: &Row| {
            Ok(StageAct {
                act: row.text(0)?,
                seq: row.int(1)?,
                person_id: row.opt_text(2)?,
                from_stage: row.opt_text(3)?,
                to_stage: row.opt_text(4)?,
                created_at_ms: row.int(5)?,
            })
        };
        rows.iter().map(act).collect()
    }

    /// The people of these accounts and of these acts, by account id and by person id.
    async fn people_of(
        &mut self,
        points: &[Point],
        acts: &[StageAct],
        today: &Day,
    ) -> Result<HashMap<String, PersonRef>> {
        let mut people = HashMap::new();
        let accounts = points.iter().flat_map(|point| &point.authors);
        for account in accounts.map(|author| author.account_id.as_str()) {
            if people.contains_key(account) {
                continue;
            }
            let row = self
                .row(
                    concat!(
                        "select ",
                        person_columns!(),
                        " from account a join person p on p.person_id = a.person_id",
                        organisation_today!("$1", "$2"),
                        "where a.account_id = $3 order by f.valid_from, f.affiliation_id"
                    ),
                    args![today.as_str(), today.as_str(), account],
                )
                .await?;
            if let Some(row) = row {
                people.insert(account.to_owned(), person_at(&row, 0)?);
            }
        }
        for person in acts.iter().filter_map(|act| act.person_id.as_deref()) {
            if people.contains_key(person) {
                continue;
            }
            let row = self
                .row(
                    concat!(
                        "select ",
                        person_columns!(),
                        " from person p",
                        organisation_today!("$1", "$2"),
                        "where p.person_id = $3 order by f.valid_from, f.affiliation_id"
                    ),
                    args![today.as_str(), today.as_str(), person],
                )
                .await?;
            if let Some(row) = row {
                people.insert(person.to_owned(), person_at(&row, 0)?);
            }
        }
        Ok(people)
    }
}

impl Tx {
    /// The last large deletion since `since_ms`, unless a text was brought back after it.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn last_deletion(
        &mut self,
        document: &DocumentId,
        since_ms: i64,
    ) -> Result<Option<Point>> {
        let row = self
            .row(
                "select from_seq, to_seq, kind, started_at_ms, ended_at_ms, added_chars,
                 removed_chars, authors from history_point
                 where document_id = $1 and kind = 'deletion' and ended_at_ms >= $2
                 and not exists (select 1 from restoration r where r.document_id = $3
                                 and r.seq > history_point.to_seq)
                 order by from_seq desc limit 1",
                args![document.as_str(), since_ms, document.as_str()],
            )
            .await?;
        row.as_ref().map(point_at).transpose()
    }
}

impl Tx {
    /// The change that going back to `to_seq` undoes, for who may undo no other: a large deletion
    /// since `since_ms`, or a text that this account brought back since then; `None` when it is
    /// neither, or when a text was brought back after it.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn undoable_change(
        &mut self,
        document: &DocumentId,
        account: &AccountId,
        to_seq: i64,
        since_ms: i64,
    ) -> Result<Option<i64>> {
        let next = self.point_with(document, to_seq + 1).await?;
        let last = self.restorations(document).await?.pop();
        if let Some(last) = &last
            && last.seq > to_seq
        {
            let is_own = last.seq == to_seq + 1 && last.account == *account;
            let is_recent = last.created_at.ms() >= since_ms;
            return Ok((is_own && is_recent).then_some(last.seq));
        }
        let deletion = next.filter(|point| {
            point.kind == PointKind::Deletion
                && point.from_seq == to_seq + 1
                && point.ended_at_ms >= since_ms
        });
        Ok(deletion.map(|point| point.to_seq))
    }
}

impl Store {
    /// Replaces the stretches from row `from` on.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn keep_points(
        &self,
        document: &DocumentId,
        from: i64,
        points: &[Point],
    ) -> Result<()> {
        let mut tx = self.write().await?;
        tx.run(
            "delete from history_point where document_id = $1 and from_seq >= $2",
            args![document.as_str(), from],
        )
        .await?;
        for point in points {
            let authors = serde_json::to_string(&point.authors).map_err(Error::internal)?;
            tx.run(
                "insert into history_point (document_id, from_seq, to_seq, kind, started_at_ms,
                 ended_at_ms, added_chars, removed_chars, authors)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                 on conflict (document_id, from_seq) do nothing",
                args![
                    document.as_str(),
                    point.from_seq,
                    point.to_seq,
                    point.kind.key(),
                    point.started_at_ms,
                    point.ended_at_ms,
                    point.added_chars,
                    point.removed_chars,
                    authors
                ],
            )
            .await?;
        }
        tx.commit().await
    }

    /// The stretches before row `before` (from the latest on when `None`), newest first, with the
    /// stage changes among them and everybody who wrote.
    ///
    /// # Errors
    /// `NotFound` without such a document.
    pub async fn history_page(
        &self,
        document: &DocumentId,
        before: Option<i64>,
        limit: i64,
    ) -> Result<HistoryPage> {
        let today = self.today();
        let mut tx = self.read().await?;
        let head_seq = tx.document_head(document).await?.head_seq;
        let before = before.unwrap_or(i64::MAX);
        let rows = tx
            .rows(
                "select from_seq, to_seq, kind, started_at_ms, ended_at_ms, added_chars,
                 removed_chars, authors from history_point
                 where document_id = $1 and to_seq < $2 order by from_seq desc limit $3",
                args![document.as_str(), before, limit + 1],
            )
            .await?;
        let mut points = rows.iter().map(point_at).collect::<Result<Vec<_>>>()?;
        let page = usize::try_from(limit).map_err(Error::internal)?;
        let more = points.len() > page;
        points.truncate(page);
        let first = if more {
            points.last().map_or(0, |point| point.from_seq)
        } else {
            0
        };
        let mut acts = tx.stage_acts(document).await?;
        acts.retain(|act| act.seq >= first && act.seq < before);
        let people = tx.people_of(&points, &acts, &today).await?;
        Ok(HistoryPage {
            points,
            acts,
            restorations: tx.restorations(document).await?,
            damages: tx.known_damage(document).await?,
            head_seq,
            people,
            organisations: tx.organisations().await?,
            more,
        })
    }
}
