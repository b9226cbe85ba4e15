//! What administrators keep in order - programme, chantiers, organisations, people - and the journal of
//! their acts: append-only, hash-chained like a proposal's (`server/proof/link.rs`).

pub mod calendar;
pub mod chantiers;
pub mod memberships;
pub mod organisations;
pub mod people;
pub mod programme;

use serde_json::Value as Json;

use super::{Row, Store, Tx, args};
use crate::error::{Error, Result};
use crate::ids::AccountId;
use crate::proof::canonical;
use crate::proof::link::Link;
use crate::rules::rights::{Facts, Permit, Refusal, act};

/// Stands in the chain's hash where a proposal's journal has the proposal.
const CHAIN: &str = "administration";
/// The chain's format: every column counts.
const FORMAT: i64 = 2;

/// What an act of administration is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The programme and its envelopes.
    Programme,
    /// A chantier with its bodies.
    Chantier,
    /// A direction or a delegation of the Region.
    RegionUnit,
    /// An organisation with its memberships.
    Organisation,
    /// A person with their mandates and account.
    Person,
}

impl Subject {
    /// Every kind of subject.
    pub const ALL: [Self; 5] = [
        Self::Programme,
        Self::Chantier,
        Self::RegionUnit,
        Self::Organisation,
        Self::Person,
    ];

    /// Its key.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Programme => "programme",
            Self::Chantier => "chantier",
            Self::RegionUnit => "region_unit",
            Self::Organisation => "organisation",
            Self::Person => "person",
        }
    }

    /// The kind with this key.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.key() == key)
    }
}

/// An act of administration, as the journal shows it.
#[derive(Clone, Debug)]
pub struct AdminAct {
    /// Its place, from 1.
    pub rank: i64,
    /// What was done: `invite`, `give_mandate`...
    pub act: String,
    /// Who did it, by name.
    pub by: Option<String>,
    /// What kind of thing it is about.
    pub subject_kind: String,
    /// Which one.
    pub subject_id: String,
    /// What that is called today, if it still is.
    pub subject_name: Option<String>,
    /// Facts as canonical JSON.
    pub details: String,
    /// When, in milliseconds UTC.
    pub created_at_ms: i64,
}

/// What of the journal is wanted.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Only about this kind of thing.
    pub subject: Option<Subject>,
    /// Only about this one.
    pub subject_id: Option<String>,
    /// Only acts before this rank.
    pub before: Option<i64>,
    /// At most so many.
    pub limit: i64,
}

impl Store {
    /// The journal of administration, the latest first.
    ///
    /// # Errors
    /// What the rule refuses.
    pub async fn admin_acts(
        &self,
        by: &AccountId,
        wanted: &Wanted,
        rule: impl FnOnce(&Facts) -> Result<Permit<act::ManagePeople>, Refusal> + Send,
    ) -> Result<Vec<AdminAct>> {
        let today = self.today();
        let mut tx = self.read().await?;
        rule(&tx.programme_facts(by, &today).await?)?;
        let subject = wanted.subject.map(Subject::key);
        let id = wanted.subject_id.as_deref();
        let before = wanted.before.unwrap_or(i64::MAX);
        tx.rows(
            "select j.rank, j.act, j.subject_kind, j.subject_id, j.details, j.created_at_ms,
                    p.given_name, p.usual_name,
                    coalesce(o.name, c.title, u.title, s.given_name || ' ' || s.usual_name)
             from admin_journal j
             left join person p on p.person_id = j.person_id
             left join organisation o on j.subject_kind = 'organisation' and o.organisation_id = j.subject_id
             left join chantier c on j.subject_kind = 'chantier' and c.chantier_id = j.subject_id
             left join region_unit u on j.subject_kind = 'region_unit' and u.region_unit_id = j.subject_id
             left join person s on j.subject_kind = 'person' and s.person_id = j.subject_id
             where j.rank < $1 and (j.subject_kind = $2 or cast($3 as text) is null)
             and (j.subject_id = $4 or cast($5 as text) is null)
             order by j.rank desc limit $6",
            args![before, subject, subject, id, id, wanted.limit],
        )
        .await?
        .iter()
        .map(act_at)
        .collect()
    }

    /// The rank of the first act of administration that was changed, removed or slipped in, if any;
    /// and how many acts there are.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn check_admin_journal(&self) -> Result<(Option<i64>, usize)> {
        let mut tx = self.read().await?;
        let rows = tx
            .rows(
                "select rank, act, person_id, subject_kind, subject_id, details, created_at_ms, hash
                 from admin_journal order by rank",
                &[],
            )
            .await?;
        let mut before = Vec::new();
        for (rank, row) in (1..).zip(&rows) {
            let (act, person_id) = (row.text(1)?, row.opt_text(2)?);
            let (subject, details) = (format!("{}:{}", row.text(3)?, row.text(4)?), row.text(5)?);
            let hash = row.bytes(7)?;
            let link = link(
                rank,
                &act,
                person_id.as_deref(),
                &subject,
                &details,
                row.int(6)?,
            );
            if row.int(0)? != rank || link.hash(&before) != hash {
                return Ok((Some(rank), rows.len()));
            }
            before = hash;
        }
        Ok((None, rows.len()))
    }
}

impl Tx {
    /// Writes an act of administration down. The transaction holds the programme's row: ranks follow
    /// each other.
    ///
    /// # Errors
    /// Those of the database.
    pub(super) async fn note_admin(
        &mut self,
        by: &AccountId,
        act: &str,
        (kind, id): (Subject, &str),
        details: &Json,
        now_ms: i64,
    ) -> Result<()> {
        let person_id = self.person_of(by).await?;
        let last = self
            .row(
                "select rank, hash from admin_journal order by rank desc limit 1",
                &[],
            )
            .await?;
        let (rank, before) = match last {
            Some(row) => (row.int(0)? + 1, row.bytes(1)?),
            None => (1, Vec::new()),
        };
        let details = canonical::json(details);
        let subject = format!("{}:{id}", kind.key());
        let hash = link(rank, act, Some(&person_id), &subject, &details, now_ms).hash(&before);
        self.run(
            "insert into admin_journal (rank, act, person_id, subject_kind, subject_id, details,
             created_at_ms, hash) values ($1, $2, $3, $4, $5, $6, $7, $8)",
            args![rank, act, person_id, kind.key(), id, details, now_ms, hash],
        )
        .await?;
        Ok(())
    }

    /// The person of an account.
    ///
    /// # Errors
    /// `NotFound` without such an account.
    pub(super) async fn person_of(&mut self, account: &AccountId) -> Result<String> {
        self.row(
            "select person_id from account where account_id = $1",
            args![account.as_str()],
        )
        .await?
        .ok_or(Error::NotFound)?
        .text(0)
    }
}

fn link<'a>(
    rank: i64,
    act: &'a str,
    person_id: Option<&'a str>,
    subject: &'a str,
    details: &'a str,
    created_at_ms: i64,
) -> Link<'a> {
    Link {
        format: FORMAT,
        proposal_id: CHAIN,
        rank,
        act,
        person_id,
        note: Some(subject),
        details: Some(details),
        created_at_ms,
        ..Link::default()
    }
}

fn act_at(row: &Row) -> Result<AdminAct> {
    let by = row.opt_text(6)?.zip(row.opt_text(7)?);
    Ok(AdminAct {
        rank: row.int(0)?,
        act: row.text(1)?,
        by: by.map(|(given, usual)| format!("{given} {usual}")),
        subject_kind: row.text(2)?,
        subject_id: row.text(3)?,
        subject_name: row.opt_text(8)?,
        details: row.text(4)?,
        created_at_ms: row.int(5)?,
    })
}

/// An id that still has the version its reader saw.
///
/// # Errors
/// `Conflict("version_changed")`.
fn same_version(held: i64, seen: i64) -> Result<()> {
    if held == seen {
        Ok(())
    } else {
        Err(Error::Conflict("version_changed"))
    }
}
