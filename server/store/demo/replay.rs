//! What the replay of the demonstration needs beside the real transitions: how far a proposal is, and
//! the acts that no transition makes yet (T15, T20, T29...).

use super::data::{Act, Proposal};
use super::stamp;
use crate::error::Result;
use crate::ids::{MeetingId, ProposalId};
use crate::rules::day::Day;
use crate::store::facts::stage_of;
use crate::store::journal::Entry;
use crate::store::{Store, Tx, args};

impl Store {
    /// How many acts of its history a proposal has behind it, and its version.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn demo_acts(&self, proposal: &Proposal) -> Result<(usize, i64)> {
        let mut tx = self.read().await?;
        let rows = tx
            .rows(
                "select act from journal where proposal_id = $1",
                args![&proposal.id],
            )
            .await?;
        let mut acts = 0;
        for row in rows {
            let act = row.text(0)?;
            acts += usize::from(proposal.history.iter().any(|one| one.transition == act));
        }
        let id = ProposalId::from(proposal.id.as_str());
        Ok((acts, tx.proposal_row(&id).await?.version))
    }

    /// An act that no transition makes yet: the stage, the epoch, the journal.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn demo_act(&self, proposal: &Proposal, act: &Act) -> Result<()> {
        let mut tx = self.write().await?;
        let id = ProposalId::from(proposal.id.as_str());
        let document = tx.hold_document(&id).await?;
        let from = tx.proposal_row(&id).await?.stage;
        tx.next_epoch(&document).await?;
        tx.run(
            "update proposal set stage = $1, stage_since_ms = $2, updated_at_ms = $3,
                    version = version + 1
             where proposal_id = $4",
            args![stage_of(&act.to)?.key(), act.at.ms, act.at.ms, &proposal.id],
        )
        .await?;
        tx.load_act(proposal, act, Some(from)).await?;
        tx.commit().await
    }

    /// The indicators and job lines of a proposal in the order of the data, and the periods reported on.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn demo_rows(
        &self,
        proposal: &ProposalId,
    ) -> Result<(Vec<String>, Vec<String>, Vec<String>)> {
        let mut tx = self.read().await?;
        let mut found = Vec::new();
        for sql in [
            "select indicator_id from indicator where proposal_id = $1 order by rank",
            "select job_line_id from job_line where proposal_id = $1 order by rank",
            "select period from follow_up where proposal_id = $1 and submitted_at_ms is not null",
        ] {
            let rows = tx.rows(sql, args![proposal.as_str()]).await?;
            let texts: Result<Vec<String>> = rows.iter().map(|row| row.text(0)).collect();
            found.push(texts?);
        }
        let [indicators, lines, periods] = <[Vec<String>; 3]>::try_from(found)
            .map_err(|_| crate::error::Error::internal("three lists"))?;
        Ok((indicators, lines, periods))
    }

    /// The meeting of this commission on a day.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn demo_meeting(&self, chantier_id: &str, on: &Day) -> Result<Option<MeetingId>> {
        let mut tx = self.read().await?;
        let from_ms = on.at_ms(0);
        let row = tx
            .row(
                "select m.meeting_id from meeting m join body b on b.body_id = m.body_id
                 where b.chantier_id = $1 and b.kind = 'commission'
                 and m.starts_at_ms >= $2 and m.starts_at_ms < $3",
                args![chantier_id, from_ms, on.plus_days(1).at_ms(0)],
            )
            .await?;
        row.map(|row| row.text(0).map(MeetingId::from)).transpose()
    }
}

impl Tx {
    /// Writes an act of the data into the journal.
    pub(super) async fn load_act(
        &mut self,
        proposal: &Proposal,
        act: &Act,
        from: Option<crate::rules::stage::Stage>,
    ) -> Result<()> {
        let entry = Entry {
            person_id: Some(&act.by),
            from,
            to: Some(stage_of(&act.to)?),
            text: act.reason.as_deref(),
            ..Entry::new(&act.transition, stamp(act.at))
        };
        self.record(&ProposalId::from(proposal.id.as_str()), &entry)
            .await?;
        Ok(())
    }
}
