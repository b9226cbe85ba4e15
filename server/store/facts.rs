//! The facts rules judge from: which roles an account holds, where, today.
//! Rights come from live mandates, live affiliations and ties to a proposal, and end with them.

use super::{Store, Tx, args};
use crate::error::{Error, Result};
use crate::ids::{AccountId, ChantierId, DocumentId, ProposalId};
use crate::rules::day::Day;
use crate::rules::rights::Facts;
use crate::rules::role::{Role, Roles};
use crate::rules::stage::Stage;

/// One live mandate, with where it holds.
struct Mandate {
    role: String,
    body_kind: Option<String>,
    chantier_id: Option<String>,
}

/// Where roles are wanted.
struct Scope<'a> {
    /// The lead chantier.
    lead: Option<&'a str>,
    /// Chantiers associated with the proposal.
    associated: &'a [String],
    /// Organisations whose reference person counts: the porteur, or the chantier's members.
    organisations: &'a [String],
}

impl Tx {
    /// Facts about the whole programme: roles that need no chantier.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn programme_facts(&mut self, account: &AccountId, today: &Day) -> Result<Facts> {
        let scope = Scope {
            lead: None,
            associated: &[],
            organisations: &[],
        };
        Ok(Facts {
            roles: self.roles(account, today, &scope).await?,
            stage: None,
        })
    }

    /// Facts about one chantier.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn chantier_facts(
        &mut self,
        account: &AccountId,
        chantier: &ChantierId,
        today: &Day,
    ) -> Result<Facts> {
        let mut members = Vec::new();
        for row in self
            .rows(
                "select organisation_id from membership
                 where chantier_id = $1 and status = 'active' and level <> 'informed'
                 and valid_from <= $2 and (valid_to is null or valid_to > $3)",
                args![chantier.as_str(), today.as_str(), today.as_str()],
            )
            .await?
        {
            members.push(row.text(0)?);
        }
        let scope = Scope {
            lead: Some(chantier.as_str()),
            associated: &[],
            organisations: &members,
        };
        Ok(Facts {
            roles: self.roles(account, today, &scope).await?,
            stage: None,
        })
    }

    /// Facts about one proposal.
    ///
    /// # Errors
    /// `NotFound` when there is no such proposal.
    pub async fn proposal_facts(
        &mut self,
        account: &AccountId,
        proposal: &ProposalId,
        today: &Day,
    ) -> Result<Facts> {
        let row = self
            .row(
                "select chantier_id, stage, porteur_id from proposal where proposal_id = $1",
                args![proposal.as_str()],
            )
            .await?
            .ok_or(Error::NotFound)?;
        let (lead, stage, porteur) = (row.text(0)?, row.text(1)?, row.opt_text(2)?);
        let mut associated = Vec::new();
        for row in self
            .rows(
                "select chantier_id from proposal_chantier where proposal_id = $1",
                args![proposal.as_str()],
            )
            .await?
        {
            associated.push(row.text(0)?);
        }
        let organisations: Vec<String> = porteur.into_iter().collect();
        let scope = Scope {
            lead: Some(&lead),
            associated: &associated,
            organisations: &organisations,
        };
        let mut roles = self.roles(account, today, &scope).await?;
        for row in self
            .rows(
                "select tie from proposal_person join account using (person_id)
                 where proposal_id = $1 and account_id = $2",
                args![proposal.as_str(), account.as_str()],
            )
            .await?
        {
            match row.text(0)?.as_str() {
                "owner" => roles = roles.with(Role::Owner),
                "contributor" => roles = roles.with(Role::Contributor),
                _ => {}
            }
        }
        let stage = Stage::from_key(&stage)
            .ok_or_else(|| Error::internal(format!("unknown stage {stage}")))?;
        Ok(Facts {
            roles,
            stage: Some(stage),
        })
    }

    /// The roles of an account in a scope. None without a live affiliation.
    async fn roles(
        &mut self,
        account: &AccountId,
        today: &Day,
        scope: &Scope<'_>,
    ) -> Result<Roles> {
        let mut affiliations = Vec::new();
        for row in self
            .rows(
                "select f.organisation_id from affiliation f join account a on a.person_id = f.person_id
                 where a.account_id = $1 and a.deactivated_at_ms is null
                 and f.valid_from <= $2 and (f.valid_to is null or f.valid_to > $3)",
                args![account.as_str(), today.as_str(), today.as_str()],
            )
            .await?
        {
            affiliations.push(row.text(0)?);
        }
        if affiliations.is_empty() {
            return Ok(Roles::NONE);
        }
        let mut roles = Roles::NONE;
        for row in self
            .rows(
                "select m.role, b.kind, b.chantier_id
                 from mandate m join account a on a.person_id = m.person_id
                 left join body b on b.body_id = m.body_id
                 where a.account_id = $1 and m.valid_from <= $2
                 and (m.valid_to is null or m.valid_to > $3)",
                args![account.as_str(), today.as_str(), today.as_str()],
            )
            .await?
        {
            let mandate = Mandate {
                role: row.text(0)?,
                body_kind: row.opt_text(1)?,
                chantier_id: row.opt_text(2)?,
            };
            let answers_for = || {
                affiliations
                    .iter()
                    .any(|id| scope.organisations.contains(id))
            };
            if let Some(role) = role_in(&mandate, scope, answers_for) {
                roles = roles.with(role);
            }
        }
        Ok(roles)
    }
}

/// What one mandate gives in a scope.
fn role_in(
    mandate: &Mandate,
    scope: &Scope<'_>,
    answers_for: impl FnOnce() -> bool,
) -> Option<Role> {
    let role = Role::from_key(&mandate.role)?;
    match mandate.body_kind.as_deref() {
        Some("commission" | "working_group") => {
            let chantier = mandate.chantier_id.as_deref()?;
            if scope.lead == Some(chantier) {
                Some(role)
            } else if scope.associated.iter().any(|id| id == chantier) {
                Some(Role::Associated)
            } else {
                None
            }
        }
        Some("copil") => Some(match role {
            Role::CopilSecretary => Role::CopilSecretary,
            Role::Owner
            | Role::Contributor
            | Role::Member
            | Role::Facilitator
            | Role::CoPresident
            | Role::Associated
            | Role::CopilMember
            | Role::RegionInstructor
            | Role::RegionValidator
            | Role::OrgAdmin
            | Role::Observer
            | Role::Admin => Role::CopilMember,
        }),
        Some("region") => {
            matches!(role, Role::RegionInstructor | Role::RegionValidator).then_some(role)
        }
        Some(_) => None,
        None => match role {
            Role::Admin => Some(role),
            Role::OrgAdmin => answers_for().then_some(role),
            Role::Owner
            | Role::Contributor
            | Role::Member
            | Role::Facilitator
            | Role::CoPresident
            | Role::Associated
            | Role::CopilMember
            | Role::CopilSecretary
            | Role::RegionInstructor
            | Role::RegionValidator
            | Role::Observer => None,
        },
    }
}

impl Store {
    /// Today in Paris, by the store's clock.
    #[must_use]
    pub fn today(&self) -> Day {
        Day::in_paris(self.clock.now().ms())
    }

    /// The facts about the proposal whose text this document is.
    ///
    /// # Errors
    /// `NotFound` when there is no such document.
    pub async fn document_facts(
        &self,
        account: &AccountId,
        document: &DocumentId,
    ) -> Result<Facts> {
        let today = self.today();
        let mut tx = self.read().await?;
        let row = tx
            .row(
                "select proposal_id from proposal where document_id = $1",
                args![document.as_str()],
            )
            .await?
            .ok_or(Error::NotFound)?;
        let proposal = ProposalId::from(row.text(0)?);
        tx.proposal_facts(account, &proposal, &today).await
    }
}
