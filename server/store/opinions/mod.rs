//! The commission's opinions: read, prepared by the facilitator, signed by a co-president, given by
//! T10 or T11; and the reserves their owner answers (`domain.md` 1.5).

mod prepare;
mod reserves;
mod seats;

pub use prepare::{Draft, Heard};
pub use reserves::Answer;
pub use seats::Seat;

use std::collections::BTreeSet;

use super::refs::{
    OrganisationRef, PersonRef, add_once, organisation_today, person_at, person_columns,
};
use super::{Row, Store, Tx, args};
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::ids::{AccountId, ProposalId, VersionId};
use crate::rules::day::Day;
use crate::rules::opinions::{Count, Mode, OpinionValue};
use crate::rules::rights::{Facts, Permit, Refusal, act};
use crate::rules::stage::Stage;

/// An opinion, as far as it is made.
#[derive(Clone, Debug)]
pub struct Opinion {
    /// Its id.
    pub opinion_id: String,
    /// The version it is about.
    pub version_id: String,
    /// Its rank among the proposal's versions, from 1.
    pub version_rank: i64,
    /// The round it belongs to.
    pub round: i64,
    /// What it says.
    pub value: OpinionValue,
    /// How it came about.
    pub mode: Mode,
    /// The votes; `None` with consensus.
    pub count: Option<Count>,
    /// Filled seats with a vote, on that day.
    pub seat_count: i64,
    /// Why.
    pub motive: Option<String>,
    /// The meeting that gave it.
    pub meeting_id: Option<String>,
    /// The day of the meeting, or the last of the consultation, as an ISO day.
    pub heard_on: String,
    /// Who prepared it.
    pub prepared_by: String,
    /// When.
    pub prepared_at_ms: i64,
    /// Who signed it.
    pub signed_by: Option<String>,
    /// When.
    pub signed_at_ms: Option<i64>,
    /// When it was given (T10, T11).
    pub given_at_ms: Option<i64>,
    /// The optimistic counter.
    pub version: i64,
    /// Who stepped aside.
    pub recusals: Vec<Recusal>,
    /// Who asked that their disagreement be recorded.
    pub dissents: Vec<Dissent>,
    /// What it is tied to.
    pub reserves: Vec<Reserve>,
}

/// An organisation that steps aside.
#[derive(Clone, Debug)]
pub struct Recusal {
    /// Which.
    pub organisation_id: String,
    /// `automatic`, `declared`.
    pub origin: String,
}

/// A recorded disagreement.
#[derive(Clone, Debug)]
pub struct Dissent {
    /// Whose.
    pub organisation_id: Option<String>,
    /// What they say.
    pub body: String,
}

/// A reserve.
#[derive(Clone, Debug)]
pub struct Reserve {
    /// Its id.
    pub reserve_id: String,
    /// What it asks.
    pub body: String,
    /// `open`, `addressed`, `maintained`.
    pub state: String,
    /// What the owner answers.
    pub answer: Option<String>,
    /// When.
    pub answered_at_ms: Option<i64>,
    /// The optimistic counter.
    pub version: i64,
}

/// The opinions of a proposal with the names they mention.
#[derive(Clone, Debug)]
pub struct Opinions {
    /// The opinions, the first first; also one still being prepared.
    pub opinions: Vec<Opinion>,
    /// Who is named in them.
    pub people: Vec<PersonRef>,
    /// The organisations named in them.
    pub organisations: Vec<OrganisationRef>,
    /// Where the frozen version is heard; `None` at any other stage.
    pub hearing: Option<Heard>,
    /// Filled seats of the commission with a vote, on the day of the hearing, or today.
    pub seats: Vec<Seat>,
    /// How many of them step aside by rule.
    pub recused_count: i64,
    /// The organisations that step aside by rule.
    pub recused: Vec<String>,
}

impl Opinion {
    /// How many reserves await an answer.
    #[must_use]
    pub fn open_reserve_count(&self) -> i64 {
        let open = self.reserves.iter().filter(|one| one.state == "open");
        i64::try_from(open.count()).unwrap_or(i64::MAX)
    }
}

impl Store {
    /// The opinions on a proposal, and who would step aside from the next.
    ///
    /// # Errors
    /// `NotFound` when there is no such proposal, or the account may not read it.
    pub async fn opinions(
        &self,
        account: &AccountId,
        proposal: &ProposalId,
        rule: impl FnOnce(&Facts) -> Result<Permit<act::Read>, Refusal> + Send,
    ) -> Result<Opinions> {
        let today = self.today();
        let mut tx = self.read().await?;
        rule(&tx.proposal_facts(account, proposal, &today).await?)?;
        let row = tx.proposal_row(proposal).await?;
        let opinions = tx.opinions(proposal).await?;
        let body = tx.commission_of(&row.chantier_id).await?;
        let recused = tx.recused_by_rule(proposal).await?;
        let hearing = if row.stage == Stage::Frozen {
            tx.heard(proposal).await?
        } else {
            None
        };
        let day = hearing.as_ref().map_or(&today, |heard| &heard.on);
        let seats = tx.voting_seats(&body, day).await?;
        let aside = seats.iter().filter(|seat| seat.is_of(&recused)).count();
        let mut named: BTreeSet<&str> = recused.iter().map(String::as_str).collect();
        for opinion in &opinions {
            named.extend(
                opinion
                    .recusals
                    .iter()
                    .map(|one| one.organisation_id.as_str()),
            );
            named.extend(
                opinion
                    .dissents
                    .iter()
                    .filter_map(|one| one.organisation_id.as_deref()),
            );
        }
        let mut organisations = tx.organisations().await?;
        let organisations = named.iter().filter_map(|id| organisations.remove(*id));
        let organisations = organisations.collect();
        Ok(Opinions {
            people: tx.signatories(proposal, &today).await?,
            organisations,
            recused_count: i64::try_from(aside).unwrap_or(i64::MAX),
            recused: recused.into_iter().collect(),
            hearing,
            seats,
            opinions,
        })
    }
}

const COLUMNS: &str = "select q.opinion_id, q.version_id, q.round, q.value, q.mode, q.votes_for,
        q.votes_against, q.votes_abstain, q.votes_none, q.seat_count, q.motive, q.meeting_id,
        q.heard_on, q.prepared_by, q.prepared_at_ms, q.signed_by, q.signed_at_ms, q.given_at_ms,
        q.version, v.rank
 from opinion q join version v on v.version_id = q.version_id
 where q.proposal_id = $1 and q.voided_at_ms is null order by q.round, q.prepared_at_ms";

impl Tx {
    /// Every opinion on a proposal that was not given up, the first first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn opinions(&mut self, proposal: &ProposalId) -> Result<Vec<Opinion>> {
        let mut opinions = Vec::new();
        for row in self.rows(COLUMNS, args![proposal.as_str()]).await? {
            let mut opinion = opinion_at(&row)?;
            opinion.recusals = self.recusals(&opinion.opinion_id).await?;
            opinion.dissents = self.dissents(&opinion.opinion_id).await?;
            opinion.reserves = self.reserves(&opinion.opinion_id).await?;
            opinions.push(opinion);
        }
        Ok(opinions)
    }

    /// The opinion of this round.
    pub(super) async fn current_opinion(
        &mut self,
        proposal: &ProposalId,
        round: i64,
    ) -> Result<Option<Opinion>> {
        let opinions = self.opinions(proposal).await?;
        Ok(opinions.into_iter().rev().find(|one| one.round == round))
    }

    /// T10, T11: the opinion is given; what it was heard in knows.
    pub(super) async fn give_opinion(&mut self, opinion: &Opinion, now: Timestamp) -> Result<()> {
        self.run(
            "update opinion set given_at_ms = $1, version = version + 1 where opinion_id = $2",
            args![now.ms(), &opinion.opinion_id],
        )
        .await?;
        self.run(
            "update agenda_item set outcome = $1
             where version_id = $2 and kind = 'opinion' and withdrawn_at_ms is null",
            args![opinion.value.key(), &opinion.version_id],
        )
        .await?;
        self.run(
            "update written_consultation set closed_at_ms = $1
             where version_id = $2 and closed_at_ms is null and cancelled_at_ms is null",
            args![now.ms(), &opinion.version_id],
        )
        .await?;
        Ok(())
    }

    /// Gives up an opinion that was prepared and not given (T09).
    pub(super) async fn void_opinion(
        &mut self,
        proposal: &ProposalId,
        round: i64,
        now: Timestamp,
    ) -> Result<()> {
        self.run(
            "update opinion set voided_at_ms = $1
             where proposal_id = $2 and round = $3 and given_at_ms is null and voided_at_ms is null",
            args![now.ms(), proposal.as_str(), round],
        )
        .await?;
        Ok(())
    }

    /// The version of a proposal opened last.
    pub(super) async fn latest_version(
        &mut self,
        proposal: &ProposalId,
    ) -> Result<Option<VersionId>> {
        let row = self
            .row(
                "select version_id from version where proposal_id = $1 order by rank desc limit 1",
                args![proposal.as_str()],
            )
            .await?;
        row.map(|row| row.text(0).map(VersionId::from)).transpose()
    }

    /// Who prepared or signed an opinion on the proposal.
    async fn signatories(&mut self, proposal: &ProposalId, today: &Day) -> Result<Vec<PersonRef>> {
        let mut people = Vec::new();
        for row in self
            .rows(
                concat!(
                    "select ",
                    person_columns!(),
                    " from opinion q
                      join person p on p.person_id in (q.prepared_by, q.signed_by)",
                    organisation_today!("$1", "$2"),
                    "where q.proposal_id = $3 and q.voided_at_ms is null
                     order by p.person_id, f.valid_from"
                ),
                args![today.as_str(), today.as_str(), proposal.as_str()],
            )
            .await?
        {
            add_once(&mut people, person_at(&row, 0)?);
        }
        Ok(people)
    }

    async fn recusals(&mut self, opinion_id: &str) -> Result<Vec<Recusal>> {
        self.rows(
            "select organisation_id, origin from opinion_recusal where opinion_id = $1
             order by origin, organisation_id",
            args![opinion_id],
        )
        .await?
        .iter()
        .map(|row| {
            Ok(Recusal {
                organisation_id: row.text(0)?,
                origin: row.text(1)?,
            })
        })
        .collect()
    }

    async fn dissents(&mut self, opinion_id: &str) -> Result<Vec<Dissent>> {
        self.rows(
            "select organisation_id, body from opinion_dissent where opinion_id = $1 order by rank",
            args![opinion_id],
        )
        .await?
        .iter()
        .map(|row| {
            Ok(Dissent {
                organisation_id: row.opt_text(0)?,
                body: row.text(1)?,
            })
        })
        .collect()
    }
}

fn opinion_at(row: &Row) -> Result<Opinion> {
    let unknown = || Error::internal("an opinion of an unknown value or mode");
    let mode = Mode::from_key(&row.text(4)?).ok_or_else(unknown)?;
    let votes = [
        row.opt_int(5)?,
        row.opt_int(6)?,
        row.opt_int(7)?,
        row.opt_int(8)?,
    ];
    let count = match votes {
        [
            Some(in_favour),
            Some(against),
            Some(abstain),
            Some(not_voting),
        ] => Some(Count {
            in_favour,
            against,
            abstain,
            not_voting,
        }),
        _ => None,
    };
    Ok(Opinion {
        opinion_id: row.text(0)?,
        version_id: row.text(1)?,
        round: row.int(2)?,
        value: OpinionValue::from_key(&row.text(3)?).ok_or_else(unknown)?,
        mode,
        count,
        seat_count: row.int(9)?,
        motive: row.opt_text(10)?,
        meeting_id: row.opt_text(11)?,
        heard_on: row.text(12)?,
        prepared_by: row.text(13)?,
        prepared_at_ms: row.int(14)?,
        signed_by: row.opt_text(15)?,
        signed_at_ms: row.opt_int(16)?,
        given_at_ms: row.opt_int(17)?,
        version: row.int(18)?,
        version_rank: row.int(19)?,
        recusals: Vec::new(),
        dissents: Vec::new(),
        reserves: Vec::new(),
    })
}
