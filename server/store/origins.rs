//! Where somebody's roles around a proposal come from: the mandate with its body and dates, or the tie
//! to the proposal itself. What [`super::standing`] adds up, told one by one.

use super::facts::receiving_at;
use super::standing::Receiving;
use super::{Row, Store, Tx, args};
use crate::error::Result;
use crate::ids::{AccountId, ProposalId};
use crate::rules::day::Day;
use crate::rules::rights::{Facts, Permit, Refusal, act};
use crate::rules::role::Role;

/// What a role comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A mandate in a body.
    Mandate,
    /// A tie to the proposal: its author, or an invitation.
    Tie,
    /// A mandate for one's own organisation, or for the whole programme.
    Reference,
    /// A mandate in the chantier that is asked to take the proposal over (T07).
    Receiving,
}

/// A role held around a proposal, and where it comes from.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The role.
    pub role: Role,
    /// What it comes from.
    pub source: Source,
    /// The body it is held in.
    pub body_title: Option<String>,
    /// That body's chantier.
    pub chantier_id: Option<String>,
    /// Since which day, as an ISO day.
    pub valid_from: String,
    /// The first day without it, as an ISO day.
    pub valid_to: Option<String>,
}

/// A person's standing before a proposal.
#[derive(Clone, Debug)]
pub struct Origins {
    /// What rights are judged from.
    pub facts: Facts,
    /// Each role with each of its sources, in table order.
    pub origins: Vec<Origin>,
}

/// The proposal a mandate is looked at for.
struct Scope {
    lead: String,
    associated: Vec<String>,
    receiving: Option<Receiving>,
}

impl Source {
    /// Its key.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Mandate => "mandate",
            Self::Tie => "tie",
            Self::Reference => "reference",
            Self::Receiving => "receiving",
        }
    }
}

impl Store {
    /// The roles an account holds around a proposal today, and where each comes from.
    ///
    /// # Errors
    /// `NotFound` when there is no such proposal, or the account may not read it.
    pub async fn origins(
        &self,
        account: &AccountId,
        proposal: &ProposalId,
        rule: impl FnOnce(&Facts) -> Result<Permit<act::Read>, Refusal> + Send,
    ) -> Result<Origins> {
        let today = self.today();
        let mut tx = self.read().await?;
        let facts = tx.proposal_facts(account, proposal, &today).await?;
        rule(&facts)?;
        let scope = tx.scope(proposal).await?;
        let mut origins = tx.mandates_around(account, &scope, &today).await?;
        origins.extend(tx.ties_to(account, proposal).await?);
        // What counts is the standing: a tie without a seat beside it gives nothing.
        origins.retain(|origin| facts.roles.has(origin.role));
        origins.sort_by(|a, b| (a.role, &a.valid_from).cmp(&(b.role, &b.valid_from)));
        Ok(Origins { facts, origins })
    }
}

impl Tx {
    async fn scope(&mut self, proposal: &ProposalId) -> Result<Scope> {
        let lead = self
            .row(
                "select chantier_id, receiving_chantier_id, receiving_since_ms from proposal
                 where proposal_id = $1",
                args![proposal.as_str()],
            )
            .await?
            .ok_or(crate::error::Error::NotFound)?;
        let others = self
            .rows(
                "select chantier_id from proposal_chantier where proposal_id = $1",
                args![proposal.as_str()],
            )
            .await?;
        Ok(Scope {
            lead: lead.text(0)?,
            associated: others
                .iter()
                .map(|row| row.text(0))
                .collect::<Result<_>>()?,
            receiving: receiving_at(&lead, 1)?,
        })
    }

    async fn mandates_around(
        &mut self,
        account: &AccountId,
        scope: &Scope,
        today: &Day,
    ) -> Result<Vec<Origin>> {
        let day = today.as_str();
        let rows = self
            .rows(
                "select m.role, b.kind, b.chantier_id, b.title, m.valid_from, m.valid_to
                 from mandate m join account a on a.person_id = m.person_id
                 left join body b on b.body_id = m.body_id
                 where a.account_id = $1 and m.valid_from <= $2
                 and (m.valid_to is null or m.valid_to > $3)
                 order by m.valid_from, m.mandate_id",
                args![account.as_str(), day, day],
            )
            .await?;
        let mut origins = Vec::new();
        for row in rows {
            for (role, source) in roles_of(&row, scope)? {
                origins.push(Origin {
                    role,
                    source,
                    chantier_id: row.opt_text(2)?,
                    body_title: row.opt_text(3)?,
                    valid_from: row.text(4)?,
                    valid_to: row.opt_text(5)?,
                });
            }
        }
        Ok(origins)
    }

    async fn ties_to(&mut self, account: &AccountId, proposal: &ProposalId) -> Result<Vec<Origin>> {
        let rows = self
            .rows(
                "select p.tie, p.added_at_ms from proposal_person p
                 join account a on a.person_id = p.person_id
                 where a.account_id = $1 and p.proposal_id = $2 order by p.added_at_ms",
                args![account.as_str(), proposal.as_str()],
            )
            .await?;
        let mut origins = Vec::new();
        for row in rows {
            let Some(role) = Role::from_key(&row.text(0)?) else {
                continue;
            };
            origins.push(Origin {
                role,
                source: Source::Tie,
                body_title: None,
                chantier_id: None,
                valid_from: Day::in_paris(row.int(1)?).as_str().to_owned(),
                valid_to: None,
            });
        }
        Ok(origins)
    }
}

/// The roles one mandate gives around the proposal; the standing keeps those that count.
fn roles_of(row: &Row, scope: &Scope) -> Result<Vec<(Role, Source)>> {
    let Some(role) = Role::from_key(&row.text(0)?) else {
        return Ok(Vec::new());
    };
    let (kind, chantier) = (row.opt_text(1)?, row.opt_text(2)?);
    let mut roles = Vec::new();
    match (kind.as_deref(), chantier) {
        (Some("commission" | "working_group"), Some(id)) => {
            if id == scope.lead {
                roles.push((role, Source::Mandate));
            } else if scope.associated.contains(&id) {
                roles.push((Role::Associated, Source::Mandate));
            }
            let receives = scope.receiving.as_ref();
            if role == Role::Facilitator && receives.is_some_and(|to| to.chantier_id == id) {
                roles.push((Role::Receiver, Source::Receiving));
            }
        }
        (Some("copil"), _) => {
            roles.push((Role::CopilMember, Source::Mandate));
            if role == Role::CopilSecretary {
                roles = vec![(role, Source::Mandate), (Role::Receiver, Source::Receiving)];
            }
        }
        (Some(_), _) => roles.push((role, Source::Mandate)),
        (None, _) => roles.push((role, Source::Reference)),
    }
    Ok(roles)
}
