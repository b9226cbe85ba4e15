//! T30: a proposal becomes several. What it plans is kept until the second person agrees; then each child
//! gets a document of its own with the parent's text, its people, links and lists, and the rows allocated
//! to it. What goes nowhere is kept as dropped.

use serde_json::json;

use super::effects::Details;
use super::{Ask, Child, ChildText, Pending, Plan, Scene, Situation, SplitRow, SplitState};
use crate::error::{Error, Result};
use crate::ids::{AccountId, DocumentId, OrganisationId, ProposalId};
use crate::proof::canonical;
use crate::rules::role::Role;
use crate::rules::splits::{Fate, RowKind, RowRef, is_outdated, split_facts};
use crate::rules::stage::Stage;
use crate::rules::transitions::{Cleared, SplitFacts, Transition};
use crate::store::copies;
use crate::store::journal::Entry;
use crate::store::log;
use crate::store::{Row, Tx, args};

impl Situation {
    /// Whether the rows changed since a split was planned.
    pub(super) fn plan_is_outdated(&self, transition: Transition) -> bool {
        let planned = self.split.as_ref();
        transition == Transition::Split
            && planned.is_some_and(|state| is_outdated(&state.rows, &state.plan.rows))
    }
}

impl Tx {
    /// The rows of a proposal that a split allocates.
    pub(in crate::store) async fn split_rows(
        &mut self,
        proposal: &ProposalId,
    ) -> Result<Vec<SplitRow>> {
        let mut all = Vec::new();
        for (kind, sql) in ROWS {
            for row in self.rows(sql, args![proposal.as_str()]).await? {
                all.push(split_row(kind, &row)?);
            }
        }
        Ok(all)
    }

    /// The plan that awaits its second person.
    pub(in crate::store) async fn split_state(
        &mut self,
        proposal: &ProposalId,
        pending: &[Pending],
    ) -> Result<Option<SplitState>> {
        let Some(asked) = pending
            .iter()
            .find(|one| one.transition == Transition::Split)
        else {
            return Ok(None);
        };
        let row = self
            .row(
                "select plan from pending_move where pending_move_id = $1",
                args![&asked.pending_move_id],
            )
            .await?;
        let text = row.map(|row| row.opt_text(0)).transpose()?.flatten();
        let rows = self.split_rows(proposal).await?;
        Ok(Some(SplitState {
            plan: Plan::read(text.as_deref().unwrap_or("{}"))?,
            rows: rows.into_iter().map(|row| row.row).collect(),
        }))
    }

    /// How far the plan is that the person gives, or agrees to.
    pub(super) async fn split_given(
        &mut self,
        scene: &Scene<'_>,
        situation: &Situation,
        ask: &Ask,
    ) -> Result<Option<SplitFacts>> {
        if ask.transition != Transition::Split {
            return Ok(None);
        }
        if let Some(state) = &situation.split {
            // It was whole when it was asked for; whether the rows changed since is told apart.
            return Ok(Some(SplitFacts {
                child_count: state.plan.children.len(),
                unallocated_count: 0,
            }));
        }
        let Some(plan) = ask.split.as_ref().and_then(|split| split.plan.as_ref()) else {
            return Ok(None);
        };
        for child in &plan.children {
            self.known_porteur(child.porteur.as_ref()).await?;
        }
        let rows = self.split_rows(scene.proposal).await?;
        let rows: Vec<RowRef> = rows.into_iter().map(|row| row.row).collect();
        Ok(Some(split_facts(&rows, &plan.rows, plan.children.len())))
    }

    async fn known_porteur(&mut self, porteur: Option<&OrganisationId>) -> Result<()> {
        let Some(porteur) = porteur else {
            return Ok(());
        };
        let row = self
            .row(
                "select 1 from organisation where organisation_id = $1",
                args![porteur.as_str()],
            )
            .await?;
        row.map(|_| ()).ok_or(Error::Invalid {
            field: "split",
            problem: "unknown_porteur",
        })
    }

    /// What is kept of a plan beside the request for it.
    ///
    /// # Errors
    /// `Conflict` `plan_outdated` when the rows are no longer those that were allocated.
    pub(super) async fn keep_plan(
        &mut self,
        scene: &Scene<'_>,
        ask: &Ask,
        pending_move_id: &str,
    ) -> Result<()> {
        let Some(plan) = ask.split.as_ref().and_then(|split| split.plan.as_ref()) else {
            return Ok(());
        };
        let rows = self.split_rows(scene.proposal).await?;
        let rows: Vec<RowRef> = rows.into_iter().map(|row| row.row).collect();
        // What the person had before their eyes is no longer the sheet.
        if is_outdated(&rows, &plan.rows) {
            return Err(Error::Conflict("plan_outdated"));
        }
        self.run(
            "update pending_move set plan = $1 where pending_move_id = $2",
            args![canonical::json(&plan.json()), pending_move_id],
        )
        .await?;
        Ok(())
    }

    /// What T30 leaves behind.
    pub(super) async fn split(
        &mut self,
        scene: &Scene<'_>,
        cleared: &Cleared,
        situation: &Situation,
        ask: &Ask,
        details: &mut Details,
    ) -> Result<()> {
        self.take_off_agenda(scene).await?;
        let split = ask.split.clone().unwrap_or_default();
        let Some(state) = &situation.split else {
            return Err(Error::internal("a split nobody planned"));
        };
        let author = self.split_author(scene, cleared, situation).await?;
        let mut children = Vec::new();
        for (place, child) in state.plan.children.iter().enumerate() {
            if let Some(adopted) = split.adopted.get(place) {
                children.push(adopted.clone());
                continue;
            }
            let text = split
                .text
                .as_ref()
                .ok_or_else(|| Error::internal("a split without its text"))?;
            children.push(self.bear_child(scene, child, &author, text).await?);
        }
        let mut dropped_count = 0;
        for (row, fate) in &state.plan.rows {
            match fate {
                Fate::Dropped(motive) => {
                    self.drop_row(scene, row, motive).await?;
                    dropped_count += 1;
                }
                Fate::Child(place) if *place < split.adopted.len() => {}
                Fate::Child(place) => {
                    let child = children
                        .get(*place)
                        .ok_or_else(|| Error::internal("a row of no child"))?;
                    self.copy_row(copies::of(row.kind), &row.row_id, child)
                        .await?;
                    if row.kind == RowKind::JobLine {
                        self.has_jobs(child).await?;
                    }
                }
            }
        }
        for child in &children {
            self.link(child, scene.proposal, "split_from").await?;
        }
        let ids: Vec<&str> = children.iter().map(ProposalId::as_str).collect();
        details.insert("split_into".into(), json!(ids));
        details.insert("dropped_count".into(), json!(dropped_count));
        Ok(())
    }

    /// In whose name the children's text is written: the owner's, of the two who agreed.
    async fn split_author(
        &mut self,
        scene: &Scene<'_>,
        cleared: &Cleared,
        situation: &Situation,
    ) -> Result<AccountId> {
        let asked = situation.pending(Transition::Split);
        let Some(asked) = asked.filter(|_| cleared.capacity() != Role::Owner) else {
            return Ok(scene.who.account_id.clone());
        };
        let row = self
            .row(
                "select account_id from account where person_id = $1",
                args![&asked.person.person_id],
            )
            .await?;
        row.map_or_else(
            || Ok(scene.who.account_id.clone()),
            |row| row.text(0).map(AccountId::from),
        )
    }

    async fn bear_child(
        &mut self,
        scene: &Scene<'_>,
        child: &Child,
        author: &AccountId,
        text: &ChildText,
    ) -> Result<ProposalId> {
        let (id, document) = (ProposalId::new(), DocumentId::new());
        log::create_document(self, &document, "sheet", scene.now).await?;
        if let Some(update) = &text.update {
            let client = u64::from(text.client_id);
            log::insert_binding(self, &document, client, author, scene.now).await?;
            let updates = vec![update.clone()];
            log::append_in(self, &document, author, None, updates, scene.now).await?;
        }
        self.insert_child(scene, child, &id, &document).await?;
        let parent = scene.proposal;
        self.copy_lists(parent, &id).await?;
        for sql in INHERITED {
            self.run(sql, args![id.as_str(), parent.as_str()]).await?;
        }
        for rows in [
            copies::OBJECTIVES,
            copies::PARTNERS,
            copies::CALENDAR,
            copies::INDICATORS,
        ] {
            self.copy_rows(rows, parent, &id).await?;
        }
        self.copy_open_threads(parent, &id).await?;
        let details = canonical::json(&json!({ "split_from": parent.as_str() }));
        let entry = Entry {
            to: Some(Stage::Drafting),
            details: Some(&details),
            document_seq: Some(self.head_seq(&document).await?),
            ..scene.entry(Transition::Split.key())
        };
        self.record(&id, &entry).await?;
        Ok(id)
    }

    /// The child's row: the parent's but for title, summary, porteur, document, stage and times.
    async fn insert_child(
        &mut self,
        scene: &Scene<'_>,
        child: &Child,
        id: &ProposalId,
        document: &DocumentId,
    ) -> Result<()> {
        self.run(
            "insert into proposal (proposal_id, title, summary, stage, round, chantier_id, axis_id,
                 porteur_id, porteur_accepted_at_ms, document_id, sector, owner_text,
                 owner_contact_name, owner_contact_email, owner_capacity, owner_legal_form, vat_mode,
                 target_text, target_headcount, target_women_percent, target_tags, no_partner_at_ms,
                 no_jobs_motive, created_by, created_at_ms, stage_since_ms, updated_at_ms, version)
             select $1, $2, $3, $4, 1, chantier_id, axis_id,
                 porteur_id, porteur_accepted_at_ms, $5, sector, owner_text,
                 owner_contact_name, owner_contact_email, owner_capacity, owner_legal_form, vat_mode,
                 target_text, target_headcount, target_women_percent, target_tags, no_partner_at_ms,
                 no_jobs_motive, $6, $7, $8, $9, 1
             from proposal where proposal_id = $10",
            args![
                id.as_str(),
                &child.title,
                &child.summary,
                Stage::Drafting.key(),
                document.as_str(),
                scene.who.person_id.as_str(),
                scene.now.ms(),
                scene.now.ms(),
                scene.now.ms(),
                scene.proposal.as_str()
            ],
        )
        .await?;
        let named = child.porteur.as_ref().map(OrganisationId::as_str);
        if named.is_some() && named != scene.row.porteur_id.as_deref() {
            // Another porteur has not accepted yet, and says itself who it is.
            self.run(
                "update proposal set porteur_id = $1, porteur_accepted_at_ms = null, owner_text = null,
                        owner_contact_name = null, owner_contact_email = null,
                        owner_capacity = null, owner_legal_form = null where proposal_id = $2",
                args![named, id.as_str()],
            )
            .await?;
            self.run(
                "delete from proposal_co_porteur where proposal_id = $1 and organisation_id = $2",
                args![id.as_str(), named],
            )
            .await?;
        }
        Ok(())
    }

    async fn has_jobs(&mut self, child: &ProposalId) -> Result<()> {
        self.run(
            "update proposal set no_jobs_motive = null where proposal_id = $1",
            args![child.as_str()],
        )
        .await?;
        Ok(())
    }

    async fn drop_row(&mut self, scene: &Scene<'_>, row: &RowRef, motive: &str) -> Result<()> {
        let rows = self.split_rows(scene.proposal).await?;
        let known = rows.into_iter().find(|one| one.row == *row);
        let known = known.ok_or_else(|| Error::internal("a dropped row that is not there"))?;
        self.run(
            "insert into dropped_row (proposal_id, kind, row_id, label, year, amount_cents, posts,
                                      motive, dropped_by, dropped_at_ms)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            args![
                scene.proposal.as_str(),
                row.kind.key(),
                &row.row_id,
                &known.label,
                known.year,
                known.cents,
                known.posts,
                motive,
                scene.who.person_id.as_str(),
                scene.now.ms()
            ],
        )
        .await?;
        Ok(())
    }
}

/// The rows of each kind: id, version, year, label, detail, cents, posts.
const ROWS: [(RowKind, &str); 4] = [
    (
        RowKind::Expense,
        "select expense_id, version, year, label, account, amount_cents, cast(null as bigint)
         from expense where proposal_id = $1 order by rank, expense_id",
    ),
    (
        RowKind::Funding,
        "select funding_id, version, year, funder, kind, amount_cents, cast(null as bigint)
         from funding where proposal_id = $1 order by rank, funding_id",
    ),
    (
        RowKind::EnvelopeRequest,
        "select envelope_request_id, version, year, code, '', amount_cents, cast(null as bigint)
         from envelope_request where proposal_id = $1 order by rank, envelope_request_id",
    ),
    (
        RowKind::JobLine,
        "select job_line_id, version, effect_year, kind, nature, cast(null as bigint), posts
         from job_line where proposal_id = $1 order by rank, job_line_id",
    ),
];

/// What a child has of its parent beside lists and rows: people, and links to others.
const INHERITED: [&str; 3] = [
    "insert into proposal_person (proposal_id, person_id, tie, added_by, added_at_ms)
     select $1, person_id, tie, added_by, added_at_ms from proposal_person where proposal_id = $2",
    "insert into proposal_link (from_id, to_id, kind, note)
     select $1, to_id, kind, note from proposal_link
     where from_id = $2 and kind in ('overlaps', 'complements', 'depends_on')
     on conflict do nothing",
    "insert into proposal_link (from_id, to_id, kind, note)
     select from_id, $1, kind, note from proposal_link
     where to_id = $2 and kind in ('overlaps', 'complements', 'depends_on')
     on conflict do nothing",
];

fn split_row(kind: RowKind, row: &Row) -> Result<SplitRow> {
    Ok(SplitRow {
        row: RowRef {
            kind,
            row_id: row.text(0)?,
            version: row.int(1)?,
        },
        year: row.int(2)?,
        label: row.text(3)?,
        detail: row.text(4)?,
        cents: row.opt_int(5)?,
        posts: row.opt_int(6)?,
    })
}
