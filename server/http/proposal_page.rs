//! A proposal as JSON: everything its page shows, with what this person may do and why not.

use serde::Serialize;
use utoipa::ToSchema;

use super::shapes::{AwaitedNow, Axis, Flag, MayNot, OrganisationRef, Person, all, may_and_not};
use super::sheet::{Lacking, SheetBody};
use crate::app::App;
use crate::error::Result;
use crate::ids::{AccountId, DocumentId, ProposalId};
use crate::rules::rights::{Action, act, may};
use crate::rules::sheet::is_required;
use crate::rules::stage::Stage;
use crate::store::deposits;
use crate::store::journal::Act;
use crate::store::projections::Projection;
use crate::store::proposal_page::{ProposalLink, ProposalPage};
use crate::store::sheet::sheet_facts;
use crate::store::versions::SEALED;

/// A proposal.
#[derive(Debug, Serialize, ToSchema)]
pub struct Proposal {
    proposal_id: String,
    /// Given at the deposit.
    number: Option<String>,
    /// Given once approved.
    action_number: Option<String>,
    title: String,
    summary: String,
    stage: &'static str,
    phase: &'static str,
    round: i64,
    /// Send it back as `expected_version`.
    version: i64,
    chantier: ChantierTitle,
    associated_chantiers: Vec<ChantierTitle>,
    axis: Option<Axis>,
    porteur: Option<OrganisationRef>,
    /// When the porteur accepted; null before.
    porteur_accepted_at_ms: Option<i64>,
    /// When the porteur closed; null while it is open.
    porteur_closed_at_ms: Option<i64>,
    co_porteurs: Vec<OrganisationRef>,
    owners: Vec<Person>,
    contributors: Vec<Person>,
    document_id: String,
    created_at_ms: i64,
    stage_since_ms: i64,
    updated_at_ms: i64,
    awaited: AwaitedNow,
    /// What has waited too long.
    flags: Vec<Flag>,
    may: Vec<&'static str>,
    may_not: Vec<MayNot>,
    /// The position in the text's log that `sections` show.
    text_seq: i64,
    sections: Vec<Section>,
    sheet: SheetBody,
    /// What the sheet still lacks before it can be deposited, while it is being drafted.
    lacks: Vec<Lacking>,
    /// The last deposit; null before the first.
    deposit: Option<Deposit>,
    /// What the facilitator asks for, until the proposal is deposited again.
    completion_request: Option<Completion>,
    history: Vec<HistoryAct>,
    /// Whether a part of the text could not be read back: it is only read then.
    text_damaged: bool,
    /// The last large deletion of the text, for who may bring it back.
    large_deletion: Option<LargeDeletion>,
    /// The messages of its threads, withdrawn ones left out.
    comments_count: i64,
    tags: Vec<String>,
    links: Vec<LinkedProposal>,
}

/// A modification that took away a large part of the text at once.
#[derive(Debug, Serialize, ToSchema)]
struct LargeDeletion {
    /// Bringing back the text of this position undoes it.
    before_seq: i64,
    removed_chars: i64,
    created_at_ms: i64,
}

/// A chantier, named.
#[derive(Debug, Serialize, ToSchema)]
struct ChantierTitle {
    chantier_id: String,
    title: String,
}

/// A rich-text section, for reading.
#[derive(Debug, Serialize, ToSchema)]
struct Section {
    /// `context`, `description`, `transversal`, `conditions`, `experiment`.
    key: String,
    /// Safe HTML; headings start at level 3.
    html: String,
    words: i64,
    filled: bool,
    /// Whether the deposit needs it.
    required: bool,
}

/// What happened.
#[derive(Debug, Serialize, ToSchema)]
struct HistoryAct {
    /// A transition's number (`T02`), or `asked:`, `declined:`, `cancelled:` before it; `invite`,
    /// `uninvite`, `rename`, `restore`, `name_porteur`, `accept_porteur`, `decline_porteur`,
    /// `opinion_prepared`, `opinion_signed`, `reserve_answered`, `warned`, `hearing_moved`, `thread_opened`...
    act: String,
    created_at_ms: i64,
    person: Option<Person>,
    /// The role in which they acted.
    capacity: Option<String>,
    from_stage: Option<String>,
    to_stage: Option<String>,
    /// Why, in their own words; else a code or a number.
    note: Option<String>,
    /// The version it is about.
    version_id: Option<String>,
    /// That version's rank, from 1.
    version_rank: Option<i64>,
    /// T05, T11: what was asked for.
    completion_request: Option<Completion>,
    /// T29, T30: the proposals it became, or came from, as far as the account may read them.
    related: Vec<RelatedProposal>,
}

/// A proposal that a merge or a split ties to this one.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct RelatedProposal {
    proposal_id: String,
    title: String,
    /// `merged_into`, `merged_from`, `split_into`, `split_from`.
    relation: &'static str,
}

/// The structured sections of a proposal, alone.
#[derive(Debug, Serialize, ToSchema)]
pub struct SheetPage {
    proposal_id: String,
    porteur: Option<OrganisationRef>,
    /// When the porteur accepted; null before.
    porteur_accepted_at_ms: Option<i64>,
    sheet: SheetBody,
    /// What the sheet still lacks before it can be deposited, while it is being drafted.
    lacks: Vec<Lacking>,
    may: Vec<&'static str>,
    may_not: Vec<MayNot>,
}

/// The receipt of a deposit.
#[derive(Debug, Serialize, ToSchema)]
struct Deposit {
    /// The number it was given.
    number: String,
    created_at_ms: i64,
    person: Option<Person>,
    /// The position of the text's log that was deposited.
    text_seq: i64,
}

/// What the facilitator asks for.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct Completion {
    /// `incomplete`, `unclear`, `funding`, `documents`, `other`.
    reason: String,
    /// What is missing.
    points: Vec<String>,
    /// Until when, as an ISO day.
    due_on: String,
    /// Who asked.
    person: Option<Person>,
    created_at_ms: i64,
}

/// A link to a proposal the account may read.
#[derive(Debug, Serialize, ToSchema)]
struct LinkedProposal {
    proposal_id: String,
    title: String,
    kind: String,
    /// `to` when the link starts here, `from` when it ends here.
    direction: &'static str,
}

/// Reads a proposal for an account, its text as of now.
///
/// # Errors
/// `NotFound` when there is none, or the account may not read it.
pub async fn read(app: &App, account: &AccountId, proposal: &ProposalId) -> Result<Proposal> {
    let page = app
        .store
        .proposal(account, proposal, may::<act::Read>)
        .await?;
    let document = DocumentId::from(page.row.document_id.as_str());
    let text = app.work.ensure(&document).await?;
    Ok(Proposal::new(page, &text))
}

/// Reads the sheet of a proposal for an account.
///
/// # Errors
/// `NotFound` when there is none, or the account may not read it.
pub async fn read_sheet(
    app: &App,
    account: &AccountId,
    proposal: &ProposalId,
) -> Result<SheetPage> {
    let page = app
        .store
        .proposal(account, proposal, may::<act::Read>)
        .await?;
    let document = DocumentId::from(page.row.document_id.as_str());
    let text = app.work.ensure(&document).await?;
    let (may, may_not) = may_and_not(Action::ON_PROPOSAL, &page.facts);
    Ok(SheetPage {
        lacks: lacking(&page, &text),
        porteur: page.porteur.map(Into::into),
        porteur_accepted_at_ms: page.row.porteur_accepted_at_ms,
        proposal_id: page.row.proposal_id,
        sheet: SheetBody::new(page.sheet, page.co_porteurs),
        may,
        may_not,
    })
}

/// What keeps the sheet from being deposited, as long as it is drafted.
fn lacking(page: &ProposalPage, text: &Projection) -> Vec<Lacking> {
    if page.row.stage != Stage::Drafting {
        return Vec::new();
    }
    all(deposits::lacking(
        text,
        &page.sheet,
        deposits::porteur(&page.row),
    ))
}

/// The last deposit, as the journal tells it.
fn last_deposit(page: &ProposalPage) -> Option<Deposit> {
    let act = page.history.iter().rev().find(|act| act.act == "T03")?;
    Some(Deposit {
        number: page.row.number.clone()?,
        created_at_ms: act.created_at_ms,
        person: act.person.clone().map(Into::into),
        text_seq: act.document_seq?,
    })
}

/// What was asked for by this act.
fn completion(page: &ProposalPage, act: &Act) -> Option<(Completion, bool)> {
    let requests = &page.completion_requests;
    let request = requests.iter().find(|one| one.journal_rank == act.rank)?;
    let completion = Completion {
        reason: request.reason.clone(),
        points: request.points.clone(),
        due_on: request.due_on.clone(),
        person: act.person.clone().map(Into::into),
        created_at_ms: act.created_at_ms,
    };
    Some((completion, request.answered_at_ms.is_none()))
}

/// The proposals that this act of a merge or a split speaks of, as far as the account reads them.
fn related(act: &Act, links: &[ProposalLink]) -> Vec<RelatedProposal> {
    const KINDS: [(&str, &str, bool); 4] = [
        ("merged_into", "merged_into", true),
        ("merged_from", "merged_into", false),
        ("split_into", "split_from", false),
        ("split_from", "split_from", true),
    ];
    if !matches!(act.act.as_str(), "T29" | "T30") {
        return Vec::new();
    }
    let told = act.details.as_deref().unwrap_or_default();
    let mut all = Vec::new();
    for (relation, kind, is_outgoing) in KINDS {
        let mut of_kind = links
            .iter()
            .filter(|link| link.kind == kind && link.is_outgoing == is_outgoing)
            .filter(|link| {
                told.contains(&format!("\"{relation}\"")) && told.contains(&link.proposal_id)
            })
            .map(|link| RelatedProposal {
                proposal_id: link.proposal_id.clone(),
                title: link.title.clone(),
                relation,
            })
            .collect();
        all.append(&mut of_kind);
    }
    all
}

/// The sections of a text; the experiment is needed only where experimentation money is asked.
fn sections(page: &ProposalPage, text: &Projection) -> Vec<Section> {
    let (_, experiment) = sheet_facts(&page.sheet, deposits::porteur(&page.row));
    text.sections
        .iter()
        .map(|section| Section {
            required: is_required(&section.key, experiment),
            key: section.key.clone(),
            html: section.html.clone(),
            words: section.words,
            filled: section.filled(),
        })
        .collect()
}

impl Proposal {
    fn new(page: ProposalPage, text: &Projection) -> Self {
        let (may, may_not) = may_and_not(Action::ON_PROPOSAL, &page.facts);
        let large_deletion = page
            .large_deletion
            .as_ref()
            .filter(|_| may.contains(&Action::UndoDeletion.key()))
            .map(|point| LargeDeletion {
                before_seq: point.from_seq - 1,
                removed_chars: point.removed_chars,
                created_at_ms: point.ended_at_ms,
            });
        let sections = sections(&page, text);
        let (lacks, deposit) = (lacking(&page, text), last_deposit(&page));
        let mut completion_request = None;
        let mut history = Vec::new();
        // The seal follows its act by a second and says nothing more to a reader of the history.
        for act in page.history.iter().filter(|act| act.act != SEALED) {
            let asked = completion(&page, act);
            if let Some((request, true)) = &asked {
                completion_request = Some(request.clone());
            }
            let mut shown = HistoryAct::new(act.clone(), asked.map(|(request, _)| request));
            shown.related = related(act, &page.links);
            let version = shown.version_id.as_ref();
            shown.version_rank = version.and_then(|id| page.version_ranks.get(id).copied());
            history.push(shown);
        }
        let row = page.row;
        Self {
            porteur_closed_at_ms: page.porteur_closed_at_ms,
            sheet: SheetBody::new(page.sheet, page.co_porteurs.clone()),
            proposal_id: row.proposal_id,
            number: row.number,
            action_number: row.action_number,
            title: row.title,
            summary: row.summary,
            stage: row.stage.key(),
            phase: row.stage.phase().key(),
            round: row.round,
            version: row.version,
            chantier: ChantierTitle {
                chantier_id: row.chantier_id,
                title: page.chantier_title,
            },
            associated_chantiers: page
                .associated_chantiers
                .into_iter()
                .map(|(chantier_id, title)| ChantierTitle { chantier_id, title })
                .collect(),
            axis: page.axis.map(|(axis_id, title)| Axis { axis_id, title }),
            porteur: page.porteur.map(Into::into),
            porteur_accepted_at_ms: row.porteur_accepted_at_ms,
            co_porteurs: all(page.co_porteurs),
            owners: all(page.owners),
            contributors: all(page.contributors),
            document_id: row.document_id,
            created_at_ms: row.created_at_ms,
            stage_since_ms: row.stage_since_ms,
            updated_at_ms: row.updated_at_ms,
            awaited: page.now.awaited.into(),
            flags: all(page.now.flags),
            may,
            may_not,
            text_seq: text.seq,
            sections,
            lacks,
            deposit,
            completion_request,
            history,
            text_damaged: page.text_is_damaged,
            large_deletion,
            comments_count: page.comments_count,
            tags: page.tags,
            links: all(page.links),
        }
    }
}

impl HistoryAct {
    fn new(act: Act, completion_request: Option<Completion>) -> Self {
        Self {
            completion_request,
            act: act.act,
            created_at_ms: act.created_at_ms,
            person: act.person.map(Into::into),
            capacity: act.capacity,
            from_stage: act.from_stage,
            to_stage: act.to_stage,
            note: act.text.or(act.note),
            version_id: act.version_id,
            version_rank: None,
            related: Vec::new(),
        }
    }
}

impl From<ProposalLink> for LinkedProposal {
    fn from(link: ProposalLink) -> Self {
        Self {
            proposal_id: link.proposal_id,
            title: link.title,
            kind: link.kind,
            direction: if link.is_outgoing { "to" } else { "from" },
        }
    }
}
