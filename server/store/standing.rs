//! All an account holds today - mandates, affiliations, ties - read once, then judged for any
//! scope without another query. Rights come from live mandates and end with them.

use std::collections::HashMap;

use super::{Tx, args};
use crate::error::Result;
use crate::ids::AccountId;
use crate::rules::day::Day;
use crate::rules::role::{Role, Roles};

/// Where a live mandate holds.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    /// A commission or working group of this chantier.
    Chantier(String),
    /// The steering committee.
    Copil,
    /// The Region's deciding bodies.
    Region,
    /// The whole programme, or the person's own organisation.
    Anywhere,
}

/// How long a chantier has to answer before the steering committee's secretary may (T07).
const ANSWER_DAYS: i64 = 10;

/// All an account holds today, read once; [`Standing::in_proposal`] then answers for any scope.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The day it was read for.
    today: Day,
    mandates: Vec<(Role, Place)>,
    /// The organisations the person belongs to.
    organisations: Vec<String>,
    /// Whether one of them is the Region: only then does a validator's mandate hold (invariant 1).
    is_regional: bool,
    /// The chantiers where one of these takes an active part.
    member_chantiers: Vec<String>,
    /// The proposals the person is tied to.
    ties: HashMap<String, Vec<Role>>,
}

/// The proposal roles are wanted for, as far as they depend on it.
#[derive(Clone, Copy, Debug)]
pub struct ProposalScope<'a> {
    /// The proposal.
    pub proposal_id: &'a str,
    /// Its lead chantier.
    pub lead: &'a str,
    /// The chantiers associated with it.
    pub associated: &'a [String],
    /// Its structure porteuse.
    pub porteur_id: Option<&'a str>,
    /// The chantier that is asked to take it over (T07).
    pub receiving: Option<&'a Receiving>,
}

/// A chantier asked to take a proposal over (T07).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receiving {
    /// Which.
    pub chantier_id: String,
    /// Since when.
    pub since: Day,
}

impl Standing {
    /// The roles that need no chantier.
    #[must_use]
    pub fn in_programme(&self) -> Roles {
        self.scan(None, &[])
    }

    /// The roles in one chantier.
    #[must_use]
    pub fn in_chantier(&self, chantier: &str) -> Roles {
        let roles = self.scan(Some(chantier), &[]);
        if self.is_reference() && self.member_chantiers.iter().any(|id| id == chantier) {
            roles.with(Role::OrgAdmin)
        } else {
            roles
        }
    }

    /// The roles around one proposal.
    ///
    /// A tie (owner, contributor) counts only while its person takes part in one of the
    /// proposal's chantiers otherwise than as an observer, or is the reference person of an
    /// organisation that does: rights come from mandates and end with them.
    #[must_use]
    pub fn in_proposal(&self, scope: &ProposalScope<'_>) -> Roles {
        let mut roles = self.scan(Some(scope.lead), scope.associated);
        let bears = scope
            .porteur_id
            .is_some_and(|porteur| self.organisations.iter().any(|id| id == porteur));
        if self.is_reference() && bears {
            roles = roles.with(Role::OrgAdmin);
        }
        if scope.receiving.is_some_and(|to| self.receives(to)) {
            roles = roles.with(Role::Receiver);
        }
        if let Some(ties) = self.ties.get(scope.proposal_id)
            && self.takes_part(scope)
        {
            roles = ties.iter().copied().fold(roles, Roles::with);
        }
        roles
    }

    /// Whether the person is tied to the proposal (whatever the tie is worth today).
    #[must_use]
    pub fn is_tied(&self, proposal_id: &str) -> bool {
        self.ties.contains_key(proposal_id)
    }

    /// Whether the person belongs to the organisation today.
    #[must_use]
    pub fn belongs_to(&self, organisation_id: &str) -> bool {
        self.organisations.iter().any(|id| id == organisation_id)
    }

    /// The person's organisation: the oldest affiliation still live.
    #[must_use]
    pub fn organisation(&self) -> Option<&str> {
        self.organisations.first().map(String::as_str)
    }

    fn is_reference(&self) -> bool {
        self.mandates.contains(&(Role::OrgAdmin, Place::Anywhere))
    }

    fn takes_part(&self, scope: &ProposalScope<'_>) -> bool {
        let around = |id: &str| id == scope.lead || scope.associated.iter().any(|one| one == id);
        let sits = self.mandates.iter().any(|(role, place)| match place {
            Place::Chantier(id) => *role != Role::Observer && around(id),
            Place::Copil | Place::Region | Place::Anywhere => false,
        });
        let answers = self.is_reference()
            && (self.member_chantiers.iter().any(|id| around(id))
                || scope.porteur_id.is_some_and(|id| self.belongs_to(id)));
        sits || answers
    }

    fn receives(&self, to: &Receiving) -> bool {
        let is_overdue = self.today.days_since(&to.since) > ANSWER_DAYS;
        self.mandates.iter().any(|(role, place)| match place {
            Place::Chantier(id) => *role == Role::Facilitator && *id == to.chantier_id,
            Place::Copil => is_overdue && *role == Role::CopilSecretary,
            Place::Region | Place::Anywhere => false,
        })
    }

    fn scan(&self, lead: Option<&str>, associated: &[String]) -> Roles {
        self.mandates
            .iter()
            .filter_map(|(role, place)| match place {
                Place::Chantier(id) if lead == Some(id.as_str()) => Some(*role),
                Place::Chantier(id) if associated.contains(id) => Some(Role::Associated),
                Place::Chantier(_) => None,
                Place::Copil if *role == Role::CopilSecretary => Some(Role::CopilSecretary),
                Place::Copil => Some(Role::CopilMember),
                Place::Region => {
                    let validates = *role == Role::RegionValidator && self.is_regional;
                    (validates || *role == Role::RegionInstructor).then_some(*role)
                }
                Place::Anywhere => (*role == Role::Admin).then_some(*role),
            })
            .collect()
    }
}

impl Tx {
    /// All the account holds today; nothing without a live affiliation, nor once deactivated.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn standing(&mut self, account: &AccountId, today: &Day) -> Result<Standing> {
        let mut standing = Standing {
            today: today.clone(),
            mandates: Vec::new(),
            organisations: Vec::new(),
            is_regional: false,
            member_chantiers: Vec::new(),
            ties: HashMap::new(),
        };
        for row in self
            .rows(
                "select f.organisation_id, o.kind from affiliation f
                 join account a on a.person_id = f.person_id
                 join organisation o on o.organisation_id = f.organisation_id
                 where a.account_id = $1 and a.deactivated_at_ms is null
                 and f.valid_from <= $2 and (f.valid_to is null or f.valid_to > $3)
                 order by f.valid_from, f.affiliation_id",
                args![account.as_str(), today.as_str(), today.as_str()],
            )
            .await?
        {
            standing.organisations.push(row.text(0)?);
            standing.is_regional |= row.text(1)? == "region";
        }
        if standing.organisations.is_empty() {
            return Ok(standing);
        }
        self.read_mandates(account, today, &mut standing).await?;
        for row in self
            .rows(
                "select p.proposal_id, p.tie from proposal_person p
                 join account a on a.person_id = p.person_id where a.account_id = $1",
                args![account.as_str()],
            )
            .await?
        {
            if let Some(role @ (Role::Owner | Role::Contributor)) = Role::from_key(&row.text(1)?) {
                standing.ties.entry(row.text(0)?).or_default().push(role);
            }
        }
        Ok(standing)
    }

    async fn read_mandates(
        &mut self,
        account: &AccountId,
        today: &Day,
        standing: &mut Standing,
    ) -> Result<()> {
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
            let place = match (row.opt_text(1)?.as_deref(), row.opt_text(2)?) {
                (Some("commission" | "working_group"), Some(id)) => Place::Chantier(id),
                (Some("copil"), _) => Place::Copil,
                (Some("region"), _) => Place::Region,
                (Some(_), _) => continue,
                (None, _) => Place::Anywhere,
            };
            if let Some(role) = Role::from_key(&row.text(0)?) {
                standing.mandates.push((role, place));
            }
        }
        for row in self
            .rows(
                "select m.organisation_id, m.chantier_id from membership m
                 where m.status = 'active' and m.level <> 'informed'
                 and m.valid_from <= $1 and (m.valid_to is null or m.valid_to > $2)",
                args![today.as_str(), today.as_str()],
            )
            .await?
        {
            if standing.organisations.contains(&row.text(0)?) {
                standing.member_chantiers.push(row.text(1)?);
            }
        }
        Ok(())
    }
}
