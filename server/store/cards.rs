//! Lists of proposals: one card each, only those the account may read, in pages.
//! The account's standing is read once; no query is made per row.

use std::collections::{HashMap, HashSet};

use super::courses::{Courses, Now};
use super::facts::{receiving_at, stage_of};
use super::refs::{
    OrganisationRef, PersonRef, add_once, organisation_at, organisation_today, person_at,
    person_columns,
};
use super::standing::{ProposalScope, Standing};
use super::{Store, Tx, args};
use crate::error::Result;
use crate::ids::AccountId;
use crate::rules::day::Day;
use crate::rules::rights::{Facts, Permit, Refusal, act};
use crate::rules::role::Roles;
use crate::rules::stage::{Phase, Stage};
use crate::rules::wording::fold;

/// A proposal as lists show it.
#[derive(Clone, Debug)]
pub struct Card {
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
    /// Its lead chantier.
    pub chantier_id: String,
    /// Its structure porteuse.
    pub porteur: Option<OrganisationRef>,
    /// Who leads it.
    pub owners: Vec<PersonRef>,
    /// Since when it stands there, in milliseconds UTC.
    pub stage_since_ms: i64,
    /// Its last change, in milliseconds UTC.
    pub updated_at_ms: i64,
    /// Whether the account is an owner or a contributor.
    pub mine: bool,
    /// Who is awaited, and what has waited too long.
    pub now: Now,
    /// What the account is around it.
    pub(super) roles: Roles,
    document_id: String,
    pub(super) porteur_id: Option<String>,
}

/// Where a page begins: just after this card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Its last change.
    pub updated_at_ms: i64,
    /// Its id.
    pub proposal_id: String,
}

/// Which proposals are wanted.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this lead chantier.
    pub chantier_id: Option<String>,
    /// At this stage.
    pub stage: Option<Stage>,
    /// In this phase.
    pub phase: Option<Phase>,
    /// Holding all these words.
    pub text: Option<String>,
    /// After this card.
    pub after: Option<Cursor>,
    /// So many at most.
    pub limit: usize,
}

/// One page of a list.
#[derive(Clone, Debug)]
pub struct Page {
    /// The cards, the last changed first.
    pub cards: Vec<Card>,
    /// Where the next page begins.
    pub next: Option<Cursor>,
}

/// Words beyond these add nothing to a search.
const SEARCH_WORDS: usize = 8;

impl Store {
    /// The proposals the account may read, the last changed first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn cards(
        &self,
        account: &AccountId,
        filter: &Filter,
        rule: impl Fn(&Facts) -> Result<Permit<act::Read>, Refusal> + Send,
    ) -> Result<Page> {
        let today = self.today();
        let mut tx = self.read().await?;
        let standing = tx.standing(account, &today).await?;
        let courses = tx.courses(None, &today).await?;
        let mut cards = tx.readable(&standing, filter, &courses, rule).await?;
        if let Some(text) = &filter.text {
            tx.keep_matching(&mut cards, text).await?;
        }
        cards.sort_by(|a, b| b.key().cmp(&a.key()));
        if let Some(after) = &filter.after {
            cards.retain(|card| card.key() < (after.updated_at_ms, after.proposal_id.as_str()));
        }
        let more = cards.len() > filter.limit;
        cards.truncate(filter.limit);
        tx.complete(&mut cards, &today).await?;
        let next = cards.last().filter(|_| more).map(|card| Cursor {
            updated_at_ms: card.updated_at_ms,
            proposal_id: card.proposal_id.clone(),
        });
        Ok(Page { cards, next })
    }
}

impl Card {
    /// What rights are judged from, for who asked.
    pub(super) fn facts(&self) -> Facts {
        Facts {
            roles: self.roles,
            stage: Some(self.stage),
        }
    }

    fn key(&self) -> (i64, &str) {
        (self.updated_at_ms, &self.proposal_id)
    }
}

impl Tx {
    /// The readable proposals of a filter, without their people yet.
    pub(super) async fn readable(
        &mut self,
        standing: &Standing,
        filter: &Filter,
        courses: &Courses,
        rule: impl Fn(&Facts) -> Result<Permit<act::Read>, Refusal> + Send,
    ) -> Result<Vec<Card>> {
        let associated = self.associated().await?;
        let chantier = filter.chantier_id.as_deref();
        let stage = filter.stage.map(Stage::key);
        let rows = self
            .rows(
                "select proposal_id, number, action_number, title, summary, stage, chantier_id,
                        porteur_id, stage_since_ms, updated_at_ms, document_id,
                        receiving_chantier_id, receiving_since_ms
                 from proposal
                 where ($1 is null or chantier_id = $2) and ($3 is null or stage = $4)",
                args![chantier, chantier, stage, stage],
            )
            .await?;
        let mut cards = Vec::new();
        for row in rows {
            let (proposal_id, lead) = (row.text(0)?, row.text(6)?);
            let (stage, porteur_id) = (stage_of(&row.text(5)?)?, row.opt_text(7)?);
            if filter.phase.is_some_and(|phase| phase != stage.phase()) {
                continue;
            }
            let roles = standing.in_proposal(&ProposalScope {
                proposal_id: &proposal_id,
                lead: &lead,
                associated: associated.get(&proposal_id).map_or(&[], Vec::as_slice),
                porteur_id: porteur_id.as_deref(),
                receiving: receiving_at(&row, 11)?.as_ref(),
            });
            let facts = Facts {
                roles,
                stage: Some(stage),
            };
            if rule(&facts).is_err() {
                continue;
            }
            let Some(now) = courses.now(&proposal_id) else {
                continue;
            };
            cards.push(Card {
                now,
                roles,
                number: row.opt_text(1)?,
                action_number: row.opt_text(2)?,
                title: row.text(3)?,
                summary: row.text(4)?,
                stage,
                chantier_id: lead,
                porteur: None,
                owners: Vec::new(),
                stage_since_ms: row.int(8)?,
                updated_at_ms: row.int(9)?,
                mine: standing.is_tied(&proposal_id),
                document_id: row.text(10)?,
                proposal_id,
                porteur_id,
            });
        }
        Ok(cards)
    }

    /// The associated chantiers of every proposal that has some.
    pub(super) async fn associated(&mut self) -> Result<HashMap<String, Vec<String>>> {
        let mut associated: HashMap<String, Vec<String>> = HashMap::new();
        for row in self
            .rows(
                "select proposal_id, chantier_id from proposal_chantier",
                &[],
            )
            .await?
        {
            associated
                .entry(row.text(0)?)
                .or_default()
                .push(row.text(1)?);
        }
        Ok(associated)
    }

    /// Keeps the cards where every word is found, in what the card says or in the text.
    pub(super) async fn keep_matching(&mut self, cards: &mut Vec<Card>, text: &str) -> Result<()> {
        let folded = fold(text);
        for word in folded.split(' ').take(SEARCH_WORDS) {
            let pattern = format!("%{}%", escape_like(word));
            let mut documents = HashSet::new();
            for row in self
                .rows(
                    "select document_id from projection where folded like $1 escape '!'",
                    args![pattern],
                )
                .await?
            {
                documents.insert(row.text(0)?);
            }
            cards.retain(|card| {
                documents.contains(&card.document_id)
                    || fold(&card.title).contains(word)
                    || fold(&card.summary).contains(word)
                    || [&card.number, &card.action_number]
                        .into_iter()
                        .flatten()
                        .any(|number| fold(number).contains(word))
            });
        }
        Ok(())
    }

    /// Adds the owners and the porteur of each card.
    async fn complete(&mut self, cards: &mut [Card], today: &Day) -> Result<()> {
        let (Some(newest), Some(oldest)) = (cards.first(), cards.last()) else {
            return Ok(());
        };
        let between = (oldest.updated_at_ms, newest.updated_at_ms);
        let organisations = self.organisations().await?;
        let mut owners: HashMap<String, Vec<PersonRef>> = HashMap::new();
        for row in self
            .rows(
                concat!(
                    "select t.proposal_id, ",
                    person_columns!(),
                    " from proposal q join proposal_person t on t.proposal_id = q.proposal_id
                      join person p on p.person_id = t.person_id",
                    organisation_today!("$1", "$2"),
                    "where t.tie = 'owner' and q.updated_at_ms between $3 and $4
                     order by t.added_at_ms, t.person_id, f.valid_from"
                ),
                args![today.as_str(), today.as_str(), between.0, between.1],
            )
            .await?
        {
            add_once(owners.entry(row.text(0)?).or_default(), person_at(&row, 1)?);
        }
        for card in cards {
            card.owners = owners.remove(&card.proposal_id).unwrap_or_default();
            card.porteur = card
                .porteur_id
                .as_ref()
                .and_then(|id| organisations.get(id))
                .cloned();
        }
        Ok(())
    }

    /// Every organisation, named.
    pub(super) async fn organisations(&mut self) -> Result<HashMap<String, OrganisationRef>> {
        let mut organisations = HashMap::new();
        for row in self
            .rows(
                "select organisation_id, name, short_name, college_id from organisation",
                &[],
            )
            .await?
        {
            if let Some(organisation) = organisation_at(&row, 0)? {
                organisations.insert(organisation.organisation_id.clone(), organisation);
            }
        }
        Ok(organisations)
    }
}

/// The text as a literal part of a `like` pattern with `escape '!'`.
fn escape_like(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for letter in text.chars() {
        if matches!(letter, '!' | '%' | '_') {
            pattern.push('!');
        }
        pattern.push(letter);
    }
    pattern
}
