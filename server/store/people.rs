//! People of the workspace as administrators see them: who belongs where, who holds what,
//! whose account is open. Every change takes the programme's row first, so that two
//! administrators cannot remove each other at once.

use std::collections::HashMap;

use serde_json::json;

use super::administration::Subject;
use super::refs::{OrganisationRef, organisation_at};
use super::{Store, Tx, args};
use crate::error::{Error, Result};
use crate::ids::{AccountId, OrganisationId, PersonId};
use crate::rules::day::Day;
use crate::rules::rights::{Facts, Permit, Refusal, act};

/// A person, as the list of people shows them.
#[derive(Clone, Debug)]
pub struct PersonRow {
    /// Their id.
    pub person_id: String,
    /// Given name.
    pub given_name: String,
    /// Usual name.
    pub usual_name: String,
    /// Their address, with an account.
    pub email: Option<String>,
    /// Their organisation today.
    pub organisation: Option<OrganisationRef>,
    /// What they do there.
    pub job_title: Option<String>,
    /// Their account.
    pub account: AccountState,
    /// Their live mandates.
    pub mandates: Vec<MandateRow>,
}

/// Where an account stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountState {
    /// No account.
    None,
    /// Invited, no password yet.
    Invited,
    /// May sign in.
    Active,
    /// Closed by an administrator.
    Deactivated,
}

/// A live mandate.
#[derive(Clone, Debug)]
pub struct MandateRow {
    /// Its id.
    pub mandate_id: String,
    /// The role's key.
    pub role: String,
    /// The body, if any.
    pub body_id: Option<String>,
    /// Its title.
    pub body_title: Option<String>,
    /// Its chantier.
    pub chantier_id: Option<String>,
}

/// A person to add.
#[derive(Clone, Debug)]
pub struct NewPerson {
    /// Given name.
    pub given_name: String,
    /// Usual name.
    pub usual_name: String,
    /// Address, in lower case.
    pub email: String,
    /// What they do in their organisation.
    pub job_title: String,
    /// Whether they were elected to it.
    pub is_elected: bool,
}

/// The rule that a change among people needs.
pub trait PeopleRule: FnOnce(&Facts) -> Result<Permit<act::ManagePeople>, Refusal> + Send {}

impl<T> PeopleRule for T where T: FnOnce(&Facts) -> Result<Permit<act::ManagePeople>, Refusal> + Send
{}

impl AccountState {
    /// The state's key.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Invited => "invited",
            Self::Active => "active",
            Self::Deactivated => "deactivated",
        }
    }
}

impl Store {
    /// Everybody, by name.
    ///
    /// # Errors
    /// What the rule refuses.
    pub async fn people(&self, by: &AccountId, rule: impl PeopleRule) -> Result<Vec<PersonRow>> {
        let today = self.today();
        let mut tx = self.read().await?;
        rule(&tx.programme_facts(by, &today).await?)?;
        let mut mandates = tx.live_mandates(&today).await?;
        let mut people: Vec<PersonRow> = Vec::new();
        for row in tx
            .rows(
                "select p.person_id, p.given_name, p.usual_name, a.email, a.account_id, a.password_hash,
                 a.deactivated_at_ms, f.job_title, o.organisation_id, o.name, o.short_name, o.college_id
                 from person p left join account a on a.person_id = p.person_id
                 left join affiliation f on f.person_id = p.person_id and f.valid_from <= $1
                 and (f.valid_to is null or f.valid_to > $2)
                 left join organisation o on o.organisation_id = f.organisation_id
                 order by p.person_id, f.valid_from",
                args![today.as_str(), today.as_str()],
            )
            .await?
        {
            let person_id = row.text(0)?;
            if people.last().is_some_and(|last| last.person_id == person_id) {
                continue;
            }
            let account = match (row.opt_text(4)?, row.opt_text(5)?, row.opt_int(6)?) {
                (None, _, _) => AccountState::None,
                (Some(_), _, Some(_)) => AccountState::Deactivated,
                (Some(_), None, None) => AccountState::Invited,
                (Some(_), Some(_), None) => AccountState::Active,
            };
            people.push(PersonRow {
                mandates: mandates.remove(&person_id).unwrap_or_default(),
                person_id,
                given_name: row.text(1)?,
                usual_name: row.text(2)?,
                email: row.opt_text(3)?,
                account,
                job_title: row.opt_text(7)?,
                organisation: organisation_at(&row, 8)?,
            });
        }
        people.sort_by_cached_key(|one| {
            let folded =
                crate::rules::wording::fold(&format!("{} {}", one.usual_name, one.given_name));
            (folded, one.person_id.clone())
        });
        Ok(people)
    }

    /// Closes a person's account: sessions, tokens and links end with it.
    ///
    /// # Errors
    /// What the rule refuses; `NotFound` without an open account; `Conflict("last_admin")`.
    pub async fn deactivate(
        &self,
        by: &AccountId,
        person: &PersonId,
        rule: impl PeopleRule,
    ) -> Result<AccountId> {
        let now_ms = self.clock.now().ms();
        let mut tx = self.change_people(by, rule).await?;
        let row = tx
            .row(
                "select account_id from account where person_id = $1 and deactivated_at_ms is null",
                args![person.as_str()],
            )
            .await?
            .ok_or(Error::NotFound)?;
        let account = AccountId::from(row.text(0)?);
        tx.run(
            "update account set deactivated_at_ms = $1 where account_id = $2",
            args![now_ms, account.as_str()],
        )
        .await?;
        tx.keeps_an_admin(&self.today()).await?;
        if tx.validates(person.as_str(), &self.today()).await? {
            tx.keeps_a_validator(&self.today()).await?;
        }
        tx.run(
            "delete from session where account_id = $1",
            args![account.as_str()],
        )
        .await?;
        tx.run(
            "update token set revoked_at_ms = $1 where account_id = $2 and revoked_at_ms is null",
            args![now_ms, account.as_str()],
        )
        .await?;
        tx.cancel_links(&account, now_ms).await?;
        let subject = (Subject::Person, person.as_str());
        tx.note_admin(by, "deactivate", subject, &json!({}), now_ms)
            .await?;
        tx.commit().await?;
        Ok(account)
    }

    /// Opens a closed account again; its person signs in with the password they had.
    ///
    /// # Errors
    /// What the rule refuses; `NotFound` without a closed account.
    pub async fn reactivate(
        &self,
        by: &AccountId,
        person: &PersonId,
        rule: impl PeopleRule,
    ) -> Result<()> {
        let mut tx = self.change_people(by, rule).await?;
        let opened = tx
            .run(
                "update account set deactivated_at_ms = null
                 where person_id = $1 and deactivated_at_ms is not null",
                args![person.as_str()],
            )
            .await?;
        if opened == 0 {
            return Err(Error::NotFound);
        }
        let subject = (Subject::Person, person.as_str());
        let now_ms = self.clock.now().ms();
        tx.note_admin(by, "reactivate", subject, &json!({}), now_ms)
            .await?;
        tx.commit().await
    }

    /// Takes the programme's row and asks the rule.
    pub(super) async fn change_people(&self, by: &AccountId, rule: impl PeopleRule) -> Result<Tx> {
        let today = self.today();
        let mut tx = self.write().await?;
        tx.run("update programme set version = version", &[])
            .await?;
        rule(&tx.programme_facts(by, &today).await?)?;
        Ok(tx)
    }
}

impl Tx {
    /// Adds a person of an organisation, with an account that has no password yet.
    ///
    /// # Errors
    /// `Invalid` on `email` (`taken`) when another account has the address.
    pub async fn add_person(
        &mut self,
        new: &NewPerson,
        organisation: &OrganisationId,
        today: &Day,
        now_ms: i64,
    ) -> Result<(PersonId, AccountId)> {
        let (person, account) = (PersonId::new(), AccountId::new());
        self.run(
            "insert into person (person_id, given_name, usual_name, created_at_ms, version)
             values ($1, $2, $3, $4, 1)",
            args![person.as_str(), &new.given_name, &new.usual_name, now_ms],
        )
        .await?;
        self.run(
            "insert into affiliation (affiliation_id, person_id, organisation_id, job_title, elected, valid_from)
             values ($1, $2, $3, $4, $5, $6)",
            args![
                uuid::Uuid::now_v7().to_string(),
                person.as_str(),
                organisation.as_str(),
                &new.job_title,
                i64::from(new.is_elected),
                today.as_str()
            ],
        )
        .await?;
        let added = self
            .run(
                "insert into account (account_id, person_id, email, created_at_ms)
                 values ($1, $2, $3, $4) on conflict do nothing",
                args![account.as_str(), person.as_str(), &new.email, now_ms],
            )
            .await?;
        if added == 0 {
            return Err(Error::Invalid {
                field: "email",
                problem: "taken",
            });
        }
        Ok((person, account))
    }

    /// Refuses a change that would leave nobody to administer the workspace.
    ///
    /// # Errors
    /// `Conflict("last_admin")`.
    pub(super) async fn keeps_an_admin(&mut self, today: &Day) -> Result<()> {
        let left = self
            .row(
                "select a.account_id from mandate m join account a on a.person_id = m.person_id
                 join affiliation f on f.person_id = m.person_id
                 where m.role = 'admin' and m.body_id is null and a.deactivated_at_ms is null
                 and a.password_hash is not null
                 and m.valid_from <= $1 and (m.valid_to is null or m.valid_to > $2)
                 and f.valid_from <= $3 and (f.valid_to is null or f.valid_to > $4)",
                args![
                    today.as_str(),
                    today.as_str(),
                    today.as_str(),
                    today.as_str()
                ],
            )
            .await?;
        left.map(drop).ok_or(Error::Conflict("last_admin"))
    }

    /// Live mandates by person.
    async fn live_mandates(&mut self, today: &Day) -> Result<HashMap<String, Vec<MandateRow>>> {
        let mut mandates: HashMap<String, Vec<MandateRow>> = HashMap::new();
        for row in self
            .rows(
                "select m.person_id, m.mandate_id, m.role, b.body_id, b.title, b.chantier_id
                 from mandate m left join body b on b.body_id = m.body_id
                 where m.valid_from <= $1 and (m.valid_to is null or m.valid_to > $2)
                 order by m.valid_from, m.mandate_id",
                args![today.as_str(), today.as_str()],
            )
            .await?
        {
            mandates.entry(row.text(0)?).or_default().push(MandateRow {
                mandate_id: row.text(1)?,
                role: row.text(2)?,
                body_id: row.opt_text(3)?,
                body_title: row.opt_text(4)?,
                chantier_id: row.opt_text(5)?,
            });
        }
        Ok(mandates)
    }
}
