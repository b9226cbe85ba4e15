//! T29 in the transaction of the last agreement: each source ends, linked to the survivor, which receives
//! people, unresolved threads and rows side by side, and returns to the commission where its sheet had
//! been frozen. Every document's row is held before.

use serde_json::json;

use super::effects::Details;
use super::{Ask, Scene};
use crate::error::Result;
use crate::ids::{DocumentId, PersonId, ProposalId};
use crate::proof::canonical;
use crate::rules::merges::survivor_after;
use crate::rules::rights::{Facts, Refusal};
use crate::rules::role::Role;
use crate::rules::splits::RowKind;
use crate::rules::transitions::{Cleared, Matter, MergeFacts, Transition};
use crate::store::accounts::Identity;
use crate::store::copies;
use crate::store::journal::Entry;
use crate::store::{Store, Tx, args};

/// A merge that everybody agreed to, or that the steering committee instructs.
#[derive(Debug)]
pub(in crate::store) struct Merging<'a> {
    /// The request.
    pub merge_id: &'a str,
    /// Who completes it.
    pub by: &'a Identity,
    /// In which capacity.
    pub capacity: Role,
    /// What the others become part of.
    pub survivor: &'a ProposalId,
    /// Those that end, each with who agreed for it (or instructs).
    pub sources: Vec<(ProposalId, Identity)>,
    /// Why.
    pub motive: Option<&'a str>,
}

impl Tx {
    /// Makes it; the texts whose rights changed.
    pub(in crate::store) async fn merge(
        &mut self,
        store: &Store,
        merging: &Merging<'_>,
        rule: impl Fn(Transition, &Facts, &Matter) -> Result<Cleared, Refusal> + Send,
    ) -> Result<Vec<DocumentId>> {
        let mut documents = Vec::new();
        for (source, agreed) in &merging.sources {
            let mut scene = self.seen(store, agreed, source).await?;
            if merging.capacity == Role::CopilSecretary {
                // Its instruction opens what it reads for it (`rules/merges.rs`).
                scene.facts.roles = scene.facts.roles.with(Role::Associated);
            }
            let situation = self.situation(&scene, None).await?;
            let ask = Ask {
                reason: merging.motive.map(ToOwned::to_owned),
                survivor: Some(merging.survivor.clone()),
                ..Ask::bare(Transition::Merge, scene.row.version)
            };
            let matter = self.matter(&scene, &situation, &ask).await?;
            let cleared = rule(Transition::Merge, &scene.facts, &matter)?;
            self.set_stage(&scene, &cleared).await?;
            self.make_move(&scene, &cleared, &situation, &ask).await?;
            documents.push(scene.document);
        }
        documents.push(self.receive(store, merging).await?);
        Ok(documents)
    }

    /// What T29 leaves behind at a source.
    pub(super) async fn leave_for(
        &mut self,
        scene: &Scene<'_>,
        ask: &Ask,
        details: &mut Details,
    ) -> Result<()> {
        self.take_off_agenda(scene).await?;
        let Some(survivor) = &ask.survivor else {
            return Ok(());
        };
        details.insert("merged_into".into(), json!(survivor.as_str()));
        self.link(scene.proposal, survivor, "merged_into").await?;
        // Who works on the survivor goes on reading what it was made of.
        self.run(
            "insert into proposal_chantier (proposal_id, chantier_id)
             select $1, chantier_id from proposal where proposal_id = $2 and chantier_id <> $3
             on conflict do nothing",
            args![
                scene.proposal.as_str(),
                survivor.as_str(),
                &scene.row.chantier_id
            ],
        )
        .await?;
        Ok(())
    }

    /// What comes to the survivor.
    async fn receive(&mut self, store: &Store, merging: &Merging<'_>) -> Result<DocumentId> {
        let survivor = merging.survivor;
        let scene = self.seen(store, merging.by, survivor).await?;
        let mut thread_count = 0;
        for (source, _) in &merging.sources {
            self.take_people(&scene, source).await?;
            self.take_organisations(&scene, source).await?;
            self.take_rows(source, survivor).await?;
            thread_count += self.copy_open_threads(source, survivor).await?;
        }
        let situation = self.situation(&scene, None).await?;
        for pending in &situation.pending {
            self.close_pending(&scene, &pending.pending_move_id, "lapsed")
                .await?;
        }
        let (to, is_new_round) = survivor_after(scene.row.stage);
        if is_new_round {
            self.take_off_agenda(&scene).await?;
        }
        self.next_epoch(&scene.document).await?;
        let is_moved = to != scene.row.stage;
        self.run(
            "update proposal set stage = $1, round = $2, stage_since_ms = $3, updated_at_ms = $4,
                    receiving_chantier_id = null, receiving_since_ms = null, version = version + 1
             where proposal_id = $5",
            args![
                to.key(),
                scene.row.round + i64::from(is_new_round),
                if is_moved {
                    scene.now.ms()
                } else {
                    scene.row.stage_since_ms
                },
                scene.now.ms(),
                survivor.as_str()
            ],
        )
        .await?;
        let sources: Vec<&str> = merging.sources.iter().map(|(id, _)| id.as_str()).collect();
        let details = canonical::json(&json!({
            "merge_id": merging.merge_id, "merged_from": sources, "thread_count": thread_count,
        }));
        let entry = Entry {
            capacity: Some(merging.capacity),
            from: Some(scene.row.stage),
            to: Some(to),
            text: merging.motive,
            details: Some(&details),
            document_seq: Some(self.head_seq(&scene.document).await?),
            ..scene.entry(Transition::Merge.key())
        };
        self.record(survivor, &entry).await?;
        Ok(scene.document)
    }

    /// Owners become owners, contributors contributors; who was less before becomes more.
    async fn take_people(&mut self, scene: &Scene<'_>, source: &ProposalId) -> Result<()> {
        let rows = self
            .rows(
                "select person_id, tie from proposal_person where proposal_id = $1
                 order by tie desc, added_at_ms, person_id",
                args![source.as_str()],
            )
            .await?;
        for row in rows {
            let (person, tie) = (row.text(0)?, row.text(1)?);
            self.run(
                "insert into proposal_person (proposal_id, person_id, tie, added_by, added_at_ms)
                 select $1, $2, $3, $4, $5
                 where not exists (select 1 from proposal_person
                     where proposal_id = $6 and person_id = $7 and tie = 'owner')
                 on conflict do nothing",
                args![
                    scene.proposal.as_str(),
                    &person,
                    &tie,
                    scene.who.person_id.as_str(),
                    scene.now.ms(),
                    scene.proposal.as_str(),
                    &person
                ],
            )
            .await?;
        }
        self.run(
            "delete from proposal_person where proposal_id = $1 and tie = 'contributor'
             and person_id in (select person_id from proposal_person
                 where proposal_id = $2 and tie = 'owner')",
            args![scene.proposal.as_str(), scene.proposal.as_str()],
        )
        .await?;
        Ok(())
    }

    /// Porteurs become co-porteurs, chantiers associated ones.
    async fn take_organisations(&mut self, scene: &Scene<'_>, source: &ProposalId) -> Result<()> {
        let survivor = scene.proposal.as_str();
        self.copy_lists(source, scene.proposal).await?;
        self.run(
            "insert into proposal_co_porteur (proposal_id, organisation_id)
             select $1, porteur_id from proposal where proposal_id = $2 and porteur_id is not null
             on conflict do nothing",
            args![survivor, source.as_str()],
        )
        .await?;
        self.run(
            "delete from proposal_co_porteur where proposal_id = $1 and organisation_id = $2",
            args![survivor, scene.row.porteur_id.clone()],
        )
        .await?;
        self.run(
            "insert into proposal_chantier (proposal_id, chantier_id)
             select $1, chantier_id from proposal where proposal_id = $2 on conflict do nothing",
            args![survivor, source.as_str()],
        )
        .await?;
        self.run(
            "delete from proposal_chantier where proposal_id = $1 and chantier_id = $2",
            args![survivor, &scene.row.chantier_id],
        )
        .await?;
        Ok(())
    }

    /// Side by side, never added up. What was said to be nothing is not nothing any more.
    async fn take_rows(&mut self, source: &ProposalId, survivor: &ProposalId) -> Result<()> {
        for rows in [copies::OBJECTIVES, copies::CALENDAR, copies::INDICATORS] {
            self.copy_rows(rows, source, survivor).await?;
        }
        for &kind in RowKind::ALL {
            let count = self.copy_rows(copies::of(kind), source, survivor).await?;
            if kind == RowKind::JobLine && count > 0 {
                self.run(
                    "update proposal set no_jobs_motive = null where proposal_id = $1",
                    args![survivor.as_str()],
                )
                .await?;
            }
        }
        if self.copy_rows(copies::PARTNERS, source, survivor).await? > 0 {
            self.run(
                "update proposal set no_partner_at_ms = null where proposal_id = $1",
                args![survivor.as_str()],
            )
            .await?;
        }
        Ok(())
    }

    /// A link, told once.
    pub(super) async fn link(
        &mut self,
        from: &ProposalId,
        to: &ProposalId,
        kind: &str,
    ) -> Result<()> {
        self.run(
            "insert into proposal_link (from_id, to_id, kind) values ($1, $2, $3)
             on conflict (from_id, to_id, kind) do nothing",
            args![from.as_str(), to.as_str(), kind],
        )
        .await?;
        Ok(())
    }

    /// The merge that is asked for, as the guards of T29 look at it.
    pub(super) async fn merge_facts(&mut self, scene: &Scene<'_>) -> Result<Option<MergeFacts>> {
        let Some(merge_id) = self.open_merge_of(scene.proposal).await? else {
            return Ok(None);
        };
        let row = self
            .row(
                "select m.instructed_by, m.agree_until,
                        (select count(*) from merge_part p
                         where p.merge_id = m.merge_id and p.agreed_by is null),
                        (select count(*) from merge_reading r
                         where r.merge_id = m.merge_id and r.person_id = $1)
                 from merge_request m where m.merge_id = $2",
                args![scene.who.person_id.as_str(), &merge_id],
            )
            .await?;
        row.map(|row| {
            let in_time = scene.today.as_str() <= row.text(1)?.as_str();
            Ok(MergeFacts {
                is_read: row.int(3)? > 0,
                is_agreed: row.opt_text(0)?.is_some() || (in_time && row.int(2)? == 0),
            })
        })
        .transpose()
    }

    /// The merge that is asked for of a proposal.
    pub(in crate::store) async fn open_merge_of(
        &mut self,
        proposal: &ProposalId,
    ) -> Result<Option<String>> {
        let row = self
            .row(
                "select m.merge_id from merge_part p join merge_request m on m.merge_id = p.merge_id
                 where p.proposal_id = $1 and m.closed_at_ms is null",
                args![proposal.as_str()],
            )
            .await?;
        row.map(|row| row.text(0)).transpose()
    }

    /// A merge ends with a proposal that ended, or went where it can no longer be merged.
    pub(super) async fn lapse_merge(&mut self, scene: &Scene<'_>) -> Result<()> {
        self.run(
            "update merge_request set outcome = 'lapsed', closed_at_ms = $1, closed_by = $2,
                    version = version + 1
             where closed_at_ms is null
             and merge_id in (select merge_id from merge_part where proposal_id = $3)",
            args![
                scene.now.ms(),
                scene.who.person_id.as_str(),
                scene.proposal.as_str()
            ],
        )
        .await?;
        Ok(())
    }
}

/// The identity of a person who agreed earlier, as the one who completes the act finds it.
pub(in crate::store) fn identity_of(account: &str, person: &PersonId, like: &Identity) -> Identity {
    Identity {
        account_id: account.into(),
        person_id: person.clone(),
        via: like.via.clone(),
        noted_at_ms: like.noted_at_ms,
    }
}
