//! Acts that take two people: what one asked for, until the other agrees, declines, or it is taken back.

use super::{Ask, Scene};
use crate::error::{Error, Result};
use crate::ids::{ChantierId, DocumentId, ProposalId};
use crate::proof::canonical;
use crate::rules::rights::{Facts, Refusal};
use crate::rules::role::Role;
use crate::rules::transitions::{Asked, Cleared, Matter, Transition};
use crate::store::accounts::Identity;
use crate::store::journal::Entry;
use crate::store::refs::{PersonRef, organisation_today, person_at, person_columns};
use crate::store::{Store, Tx, args};

/// A transition somebody asked for.
#[derive(Clone, Debug)]
pub struct Pending {
    /// Its id.
    pub pending_move_id: String,
    /// Which.
    pub transition: Transition,
    /// Who asked.
    pub person: PersonRef,
    /// In which capacity.
    pub capacity: Role,
    /// Why.
    pub reason: Option<String>,
    /// T07: where to.
    pub chantier_id: Option<String>,
    /// When, in milliseconds UTC.
    pub asked_at_ms: i64,
}

/// How a request ends without the move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The second person does not agree.
    Declined,
    /// It is taken back.
    Cancelled,
}

impl Pending {
    /// As the rules look at it.
    #[must_use]
    pub fn asked(&self, person_id: &str) -> Asked {
        Asked {
            capacity: self.capacity,
            is_own: self.person.person_id == person_id,
        }
    }
}

impl Ending {
    /// Its key.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Declined => "declined",
            Self::Cancelled => "cancelled",
        }
    }
}

impl Store {
    /// Ends a request without the move. Who may is what `rule` says.
    ///
    /// # Errors
    /// `NotFound`, also without such a request; `Refused` by its transition; the document's row is held.
    pub async fn end_pending(
        &self,
        who: &Identity,
        proposal: &ProposalId,
        transition: Transition,
        ending: Ending,
        rule: impl FnOnce(Transition, &Facts, &Matter) -> Result<(), Refusal> + Send,
    ) -> Result<DocumentId> {
        let mut tx = self.write().await?;
        let scene = tx.scene(self, who, proposal).await?;
        crate::rules::rights::may::<crate::rules::rights::act::Read>(&scene.facts)?;
        let situation = tx.situation(&scene, None).await?;
        let Some(pending) = situation.pending(transition) else {
            return Err(Error::NotFound);
        };
        let ask = Ask {
            chantier: pending.chantier_id.as_deref().map(ChantierId::from),
            ..Ask::bare(transition, scene.row.version)
        };
        let matter = tx.matter(&scene, &situation, &ask).await?;
        rule(transition, &scene.facts, &matter)?;
        tx.close_pending(&scene, &pending.pending_move_id, ending.key())
            .await?;
        if transition == Transition::Complete {
            tx.reopen_final_report(proposal).await?;
        }
        let act = format!("{}:{}", ending.key(), transition.key());
        let entry = Entry {
            capacity: scene.facts.roles.iter().next(),
            ..scene.entry(&act)
        };
        tx.record(proposal, &entry).await?;
        let receiving = (transition == Transition::Reassign).then_some(None);
        tx.count_request(&scene, receiving).await?;
        tx.commit().await?;
        Ok(scene.document)
    }
}

impl Tx {
    /// The open requests of a proposal, the oldest first.
    ///
    /// # Errors
    /// Those of the database.
    pub(super) async fn pending_moves(&mut self, scene: &Scene<'_>) -> Result<Vec<Pending>> {
        let rows = self
            .rows(
                concat!(
                    "select m.pending_move_id, m.transition, m.capacity, m.reason, m.chantier_id,
                            m.asked_at_ms, ",
                    person_columns!(),
                    " from pending_move m join person p on p.person_id = m.asked_by",
                    organisation_today!("$1", "$2"),
                    "where m.proposal_id = $3 and m.closed_at_ms is null
                     order by m.asked_at_ms, m.pending_move_id, f.valid_from"
                ),
                args![
                    scene.today.as_str(),
                    scene.today.as_str(),
                    scene.proposal.as_str()
                ],
            )
            .await?;
        let mut all: Vec<Pending> = Vec::new();
        for row in rows {
            let pending_move_id = row.text(0)?;
            if all.iter().any(|one| one.pending_move_id == pending_move_id) {
                continue;
            }
            let unknown = || Error::internal("a request of an unknown transition or role");
            all.push(Pending {
                pending_move_id,
                transition: Transition::from_key(&row.text(1)?).ok_or_else(unknown)?,
                capacity: Role::from_key(&row.text(2)?).ok_or_else(unknown)?,
                reason: row.opt_text(3)?,
                chantier_id: row.opt_text(4)?,
                asked_at_ms: row.int(5)?,
                person: person_at(&row, 6)?,
            });
        }
        Ok(all)
    }

    /// Keeps the request and its journal row; the receiving chantier may read from now on.
    pub(super) async fn ask_second(
        &mut self,
        scene: &Scene<'_>,
        cleared: &Cleared,
        ask: &Ask,
    ) -> Result<()> {
        let transition = cleared.transition();
        let chantier = ask.chantier.as_ref().map(ChantierId::as_str);
        let pending_move_id = uuid::Uuid::now_v7().to_string();
        self.run(
            "insert into pending_move (pending_move_id, proposal_id, transition, asked_by, capacity,
                                       reason, chantier_id, asked_at_ms)
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
            args![
                &pending_move_id,
                scene.proposal.as_str(),
                transition.key(),
                scene.who.person_id.as_str(),
                cleared.capacity().key(),
                ask.reason.clone(),
                chantier,
                scene.now.ms()
            ],
        )
        .await?;
        self.keep_plan(scene, ask, &pending_move_id).await?;
        let act = format!("asked:{}", transition.key());
        let details = canonical::json(&serde_json::json!({ "chantier_id": chantier }));
        let entry = Entry {
            capacity: Some(cleared.capacity()),
            text: ask.reason.as_deref(),
            details: chantier.is_some().then_some(details.as_str()),
            ..scene.entry(&act)
        };
        self.record(scene.proposal, &entry).await?;
        let receiving = (transition == Transition::Reassign).then_some(chantier);
        self.count_request(scene, receiving).await
    }

    /// Counts the change, so that a dialog open elsewhere notices; of T07, says who is asked to take
    /// over (or nobody any more).
    async fn count_request(
        &mut self,
        scene: &Scene<'_>,
        receiving: Option<Option<&str>>,
    ) -> Result<()> {
        if let Some(chantier) = receiving {
            self.run(
                "update proposal set receiving_chantier_id = $1, receiving_since_ms = $2
                 where proposal_id = $3",
                args![
                    chantier,
                    chantier.map(|_| scene.now.ms()),
                    scene.proposal.as_str()
                ],
            )
            .await?;
        }
        self.run(
            "update proposal set updated_at_ms = $1, version = version + 1 where proposal_id = $2",
            args![scene.now.ms(), scene.proposal.as_str()],
        )
        .await?;
        Ok(())
    }

    /// Ends one request.
    pub(super) async fn close_pending(
        &mut self,
        scene: &Scene<'_>,
        pending_move_id: &str,
        outcome: &str,
    ) -> Result<()> {
        self.run(
            "update pending_move set closed_at_ms = $1, closed_by = $2, outcome = $3
             where pending_move_id = $4 and closed_at_ms is null",
            args![
                scene.now.ms(),
                scene.who.person_id.as_str(),
                outcome,
                pending_move_id
            ],
        )
        .await?;
        Ok(())
    }
}
