//! One proposal read whole: its row, people, structured sections, journal and links.

use std::collections::BTreeMap;

use super::courses::Now;
use super::deposits::CompletionRequest;
use super::journal::Act;
use super::points::{DELETION_SHOWN_MS, Point};
use super::refs::{OrganisationRef, PersonRef};
use super::sheet::Sheet;
use super::standing::{ProposalScope, Standing};
use super::{Store, Tx, args};
use crate::error::{Error, Result};
use crate::ids::{AccountId, DocumentId, ProposalId};
use crate::rules::rights::{Facts, Permit, Refusal, act};
use crate::rules::stage::Stage;

/// A proposal and all around it but its text.
#[derive(Clone, Debug)]
pub struct ProposalPage {
    /// Its row.
    pub row: ProposalRow,
    /// What rights are judged from, for who asked.
    pub facts: Facts,
    /// Its lead chantier's title.
    pub chantier_title: String,
    /// The chantiers associated with it: ids and titles.
    pub associated_chantiers: Vec<(String, String)>,
    /// Its main axis: id and title.
    pub axis: Option<(String, String)>,
    /// Who is awaited, and what has waited too long.
    pub now: Now,
    /// Its structure porteuse.
    pub porteur: Option<OrganisationRef>,
    /// When that organisation closed, in milliseconds UTC.
    pub porteur_closed_at_ms: Option<i64>,
    /// Those that bear it together with the porteur.
    pub co_porteurs: Vec<OrganisationRef>,
    /// Who leads it.
    pub owners: Vec<PersonRef>,
    /// Who was invited to write.
    pub contributors: Vec<PersonRef>,
    /// The structured sections.
    pub sheet: Sheet,
    /// What happened to it.
    pub history: Vec<Act>,
    /// The rank of each of its versions, by id.
    pub version_ranks: BTreeMap<String, i64>,
    /// What was asked for before it could be deposited.
    pub completion_requests: Vec<CompletionRequest>,
    /// Whether a part of its text could not be read back.
    pub text_is_damaged: bool,
    /// The last large deletion of its text, while one may want it back.
    pub large_deletion: Option<Point>,
    /// How many messages its threads hold, withdrawn ones left out.
    pub comments_count: i64,
    /// Its keywords.
    pub tags: Vec<String>,
    /// Its links to proposals the account may read.
    pub links: Vec<ProposalLink>,
}

/// A proposal's own columns.
#[derive(Clone, Debug)]
pub struct ProposalRow {
    /// Its id.
    pub proposal_id: String,
    /// Its number, from the deposit on.
    pub number: Option<String>,
    /// Its number as an action, once approved.
    pub action_number: Option<String>,
    /// Its title.
    pub title: String,
    /// Its summary.
    pub summary: String,
    /// Where it stands.
    pub stage: Stage,
    /// How many times it went to the commission.
    pub round: i64,
    /// Its lead chantier.
    pub chantier_id: String,
    /// Its main axis.
    pub axis_id: Option<String>,
    /// Its structure porteuse.
    pub porteur_id: Option<String>,
    /// When the porteur accepted.
    pub porteur_accepted_at_ms: Option<i64>,
    /// The Region's lead direction.
    pub lead_unit_id: Option<String>,
    /// Its live text.
    pub document_id: String,
    /// When it was proposed.
    pub created_at_ms: i64,
    /// Since when it stands there.
    pub stage_since_ms: i64,
    /// Its last change.
    pub updated_at_ms: i64,
    /// The optimistic counter.
    pub version: i64,
}

/// A link to another proposal.
#[derive(Clone, Debug)]
pub struct ProposalLink {
    /// The other one.
    pub proposal_id: String,
    /// Its title.
    pub title: String,
    /// `duplicate`, `overlaps`, `complements`...
    pub kind: String,
    /// Whether the link starts here.
    pub is_outgoing: bool,
}

/// What a document's row says, with the proposal it belongs to.
#[derive(Clone, Debug)]
pub struct DocumentPage {
    /// The proposal whose text it is.
    pub proposal_id: String,
    /// The last row of its log.
    pub head_seq: i64,
    /// Counts the changes of rights.
    pub epoch: i64,
    /// Its unbroken history.
    pub lineage: String,
    /// The number of the editor's schema.
    pub schema_number: i64,
    /// What rights are judged from.
    pub facts: Facts,
}

impl Store {
    /// One proposal, for who may read it.
    ///
    /// # Errors
    /// `NotFound` when there is none, or the account may not read it.
    pub async fn proposal(
        &self,
        account: &AccountId,
        proposal: &ProposalId,
        rule: impl Fn(&Facts) -> Result<Permit<act::Read>, Refusal> + Send,
    ) -> Result<ProposalPage> {
        let today = self.today();
        let mut tx = self.read().await?;
        let standing = tx.standing(account, &today).await?;
        let facts = tx.facts_of(&standing, proposal).await?;
        rule(&facts)?;
        let row = tx.proposal_row(proposal).await?;
        let document = DocumentId::from(row.document_id.as_str());
        let organisations = tx.organisations().await?;
        let titles = tx.chantier_titles().await?;
        let title_of = |id: &str| {
            titles
                .iter()
                .find(|(one, _)| one == id)
                .map(|(_, title)| title.clone())
                .unwrap_or_default()
        };
        let mut associated_chantiers = Vec::new();
        for id in tx.texts(ASSOCIATED, proposal).await? {
            associated_chantiers.push((id.clone(), title_of(&id)));
        }
        let co_porteurs = tx.texts(CO_PORTEURS, proposal).await?;
        let courses = tx.courses(Some(proposal), &today).await?;
        Ok(ProposalPage {
            now: courses.now(proposal.as_str()).ok_or(Error::NotFound)?,
            chantier_title: title_of(&row.chantier_id),
            associated_chantiers,
            axis: tx.axis(row.axis_id.as_deref()).await?,
            porteur: row
                .porteur_id
                .as_ref()
                .and_then(|id| organisations.get(id))
                .cloned(),
            porteur_closed_at_ms: tx.closed_at_ms(row.porteur_id.as_deref()).await?,
            co_porteurs: co_porteurs
                .iter()
                .filter_map(|id| organisations.get(id))
                .cloned()
                .collect(),
            owners: tx.tied_people(proposal, "owner", &today).await?,
            contributors: tx.tied_people(proposal, "contributor", &today).await?,
            sheet: tx.sheet(proposal).await?,
            history: tx.acts(proposal, &today).await?,
            version_ranks: tx.version_ranks(proposal).await?,
            completion_requests: tx.completion_requests(proposal).await?,
            text_is_damaged: tx.text_is_damaged(&document).await?,
            large_deletion: tx
                .last_deletion(&document, self.clock.now().ms() - DELETION_SHOWN_MS)
                .await?,
            comments_count: tx.comments_count(proposal).await?,
            tags: tx.texts(TAGS, proposal).await?,
            links: tx.links(&standing, proposal, rule).await?,
            row,
            facts,
        })
    }

    /// One document, for who may read its proposal.
    ///
    /// # Errors
    /// `NotFound` when there is none, or the account may not read it.
    pub async fn document(
        &self,
        account: &AccountId,
        document: &DocumentId,
        rule: impl FnOnce(&Facts) -> Result<Permit<act::Read>, Refusal> + Send,
    ) -> Result<DocumentPage> {
        let today = self.today();
        let mut tx = self.read().await?;
        let row = tx
            .row(
                "select p.proposal_id, d.head_seq, d.epoch, d.lineage, d.schema_number
                 from document d join proposal p on p.document_id = d.document_id
                 where d.document_id = $1",
                args![document.as_str()],
            )
            .await?
            .ok_or(Error::NotFound)?;
        let proposal = ProposalId::from(row.text(0)?);
        let facts = tx.proposal_facts(account, &proposal, &today).await?;
        rule(&facts)?;
        Ok(DocumentPage {
            proposal_id: row.text(0)?,
            head_seq: row.int(1)?,
            epoch: row.int(2)?,
            lineage: row.text(3)?,
            schema_number: row.int(4)?,
            facts,
        })
    }
}

const ASSOCIATED: &str =
    "select chantier_id from proposal_chantier where proposal_id = $1 order by chantier_id";
const CO_PORTEURS: &str = "select organisation_id from proposal_co_porteur where proposal_id = $1 order by organisation_id";
const TAGS: &str = "select tag from proposal_tag where proposal_id = $1 order by tag";

impl Tx {
    /// The rank of each version of a proposal, by id.
    async fn version_ranks(&mut self, proposal: &ProposalId) -> Result<BTreeMap<String, i64>> {
        let rows = self
            .rows(
                "select version_id, rank from version where proposal_id = $1",
                args![proposal.as_str()],
            )
            .await?;
        let ranks = rows.iter().map(|row| Ok((row.text(0)?, row.int(1)?)));
        ranks.collect()
    }

    /// The proposal's own columns.
    pub(super) async fn proposal_row(&mut self, proposal: &ProposalId) -> Result<ProposalRow> {
        let row = self
            .row(
                "select number, action_number, title, summary, stage, round, chantier_id, axis_id,
                        porteur_id, porteur_accepted_at_ms, document_id, created_at_ms,
                        stage_since_ms, updated_at_ms, version, lead_unit_id
                 from proposal where proposal_id = $1",
                args![proposal.as_str()],
            )
            .await?
            .ok_or(Error::NotFound)?;
        Ok(ProposalRow {
            proposal_id: proposal.as_str().to_owned(),
            number: row.opt_text(0)?,
            action_number: row.opt_text(1)?,
            title: row.text(2)?,
            summary: row.text(3)?,
            stage: super::facts::stage_of(&row.text(4)?)?,
            round: row.int(5)?,
            chantier_id: row.text(6)?,
            axis_id: row.opt_text(7)?,
            porteur_id: row.opt_text(8)?,
            porteur_accepted_at_ms: row.opt_int(9)?,
            document_id: row.text(10)?,
            created_at_ms: row.int(11)?,
            stage_since_ms: row.int(12)?,
            updated_at_ms: row.int(13)?,
            version: row.int(14)?,
            lead_unit_id: row.opt_text(15)?,
        })
    }

    /// One text column of the rows of a proposal.
    async fn texts(&mut self, sql: &'static str, proposal: &ProposalId) -> Result<Vec<String>> {
        self.rows(sql, args![proposal.as_str()])
            .await?
            .iter()
            .map(|row| row.text(0))
            .collect()
    }

    pub(super) async fn chantier_titles(&mut self) -> Result<Vec<(String, String)>> {
        self.rows("select chantier_id, title from chantier", &[])
            .await?
            .iter()
            .map(|row| Ok((row.text(0)?, row.text(1)?)))
            .collect()
    }

    async fn axis(&mut self, axis_id: Option<&str>) -> Result<Option<(String, String)>> {
        let row = self
            .row(
                "select axis_id, title from axis where axis_id = $1",
                args![axis_id],
            )
            .await?;
        row.map(|row| Ok((row.text(0)?, row.text(1)?))).transpose()
    }

    async fn comments_count(&mut self, proposal: &ProposalId) -> Result<i64> {
        let row = self
            .row(
                "select count(*) from comment where proposal_id = $1 and withdrawn_at_ms is null",
                args![proposal.as_str()],
            )
            .await?;
        row.map_or(Ok(0), |row| row.int(0))
    }

    /// The links of a proposal, both ways, to those the account may read.
    async fn links(
        &mut self,
        standing: &Standing,
        proposal: &ProposalId,
        rule: impl Fn(&Facts) -> Result<Permit<act::Read>, Refusal> + Send,
    ) -> Result<Vec<ProposalLink>> {
        let rows = self
            .rows(
                "select l.from_id, l.to_id, l.kind, q.proposal_id, q.title, q.stage, q.chantier_id,
                        q.porteur_id, q.receiving_chantier_id, q.receiving_since_ms
                 from proposal_link l
                 join proposal q on q.proposal_id in (l.from_id, l.to_id) and q.proposal_id <> $1
                 where (l.from_id = $2 or l.to_id = $3) and l.kind <> 'distinct'
                 order by q.proposal_id, l.kind",
                args![proposal.as_str(), proposal.as_str(), proposal.as_str()],
            )
            .await?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let associated = self.associated().await?;
        let mut links = Vec::new();
        for row in rows {
            let other = row.text(3)?;
            let roles = standing.in_proposal(&ProposalScope {
                proposal_id: &other,
                lead: &row.text(6)?,
                associated: associated.get(&other).map_or(&[], Vec::as_slice),
                porteur_id: row.opt_text(7)?.as_deref(),
                receiving: super::facts::receiving_at(&row, 8)?.as_ref(),
            });
            let facts = Facts {
                roles,
                stage: Some(super::facts::stage_of(&row.text(5)?)?),
            };
            if rule(&facts).is_ok() {
                links.push(ProposalLink {
                    is_outgoing: row.text(0)? == proposal.as_str(),
                    title: row.text(4)?,
                    kind: row.text(2)?,
                    proposal_id: other,
                });
            }
        }
        Ok(links)
    }

    /// The last row of the document's log.
    pub(super) async fn head_seq(&mut self, document: &DocumentId) -> Result<i64> {
        self.row(
            "select head_seq from document where document_id = $1",
            args![document.as_str()],
        )
        .await?
        .ok_or(Error::NotFound)?
        .int(0)
    }
}
