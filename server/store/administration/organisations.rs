//! Organisations as administrators keep them: the list, one with its memberships, and its closing, which
//! ends what people hold for it.

use serde_json::json;

use super::{Subject, same_version};
use crate::error::{Error, Result};
use crate::ids::{AccountId, OrganisationId};
use crate::rules::day::Day;
use crate::rules::wording::fold;
use crate::store::people::PeopleRule;
use crate::store::{Row, Store, Tx, args};

/// An organisation, as administrators see it.
#[derive(Clone, Debug)]
pub struct OrganisationRow {
    /// Its id.
    pub organisation_id: String,
    /// What is said of it.
    pub said: OrganisationForm,
    /// When it was closed, in milliseconds UTC.
    pub closed_at_ms: Option<i64>,
    /// The optimistic counter.
    pub version: i64,
}

/// What is said of an organisation.
#[derive(Clone, Debug, Default)]
pub struct OrganisationForm {
    /// Full name.
    pub name: String,
    /// Short name.
    pub short_name: String,
    /// Its kind, e.g. `association`.
    pub kind: String,
    /// Its college.
    pub college_id: String,
    /// SIRET, 14 digits.
    pub siret: Option<String>,
    /// SIREN, 9 digits.
    pub siren: Option<String>,
    /// RNA, `W` and 9 digits.
    pub rna: Option<String>,
    /// Its territory's code.
    pub territory_code: Option<String>,
    /// The network it belongs to.
    pub network_parent_id: Option<String>,
    /// Minutes a month it may be solicited.
    pub solicitation_budget_minutes: i64,
}

/// What a closing would end, or what an organisation holds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Holds {
    /// Live affiliations of people.
    pub affiliations: i64,
    /// Live memberships in chantiers.
    pub memberships: i64,
    /// Live or future mandates of those people.
    pub mandates: i64,
    /// Proposals it bears that have not ended.
    pub proposals: i64,
}

/// The columns [`row_at`] reads.
macro_rules! columns {
    () => {
        "select organisation_id, name, short_name, kind, college_id, siret, siren, rna, territory_code,
         network_parent_id, solicitation_budget_minutes, closed_at_ms, version from organisation"
    };
}

impl Store {
    /// Every organisation whose name, short name or number holds the words, by name.
    ///
    /// # Errors
    /// What the rule refuses.
    pub async fn admin_organisations(
        &self,
        by: &AccountId,
        words: &str,
        rule: impl PeopleRule,
    ) -> Result<Vec<OrganisationRow>> {
        let today = self.today();
        let mut tx = self.read().await?;
        rule(&tx.programme_facts(by, &today).await?)?;
        let words = fold(words);
        let digits: String = words.chars().filter(char::is_ascii_digit).collect();
        let mut list = Vec::new();
        for row in tx.rows(columns!(), &[]).await? {
            let one = row_at(&row)?;
            let name = fold(&format!("{} {}", one.said.name, one.said.short_name));
            let is_number = digits.len() >= 3
                && [&one.said.siret, &one.said.siren, &one.said.rna]
                    .into_iter()
                    .flatten()
                    .any(|number| number.contains(&digits));
            if is_number || words.split_whitespace().all(|word| name.contains(word)) {
                list.push((name, one));
            }
        }
        list.sort_by(|a, b| (&a.0, &a.1.organisation_id).cmp(&(&b.0, &b.1.organisation_id)));
        Ok(list.into_iter().map(|(_, one)| one).collect())
    }

    /// One organisation and what it holds.
    ///
    /// # Errors
    /// What the rule refuses; `NotFound`.
    pub async fn admin_organisation(
        &self,
        by: &AccountId,
        id: &OrganisationId,
        rule: impl PeopleRule,
    ) -> Result<(OrganisationRow, Holds)> {
        let today = self.today();
        let mut tx = self.read().await?;
        rule(&tx.programme_facts(by, &today).await?)?;
        let row = tx.organisation_row(id).await?;
        let holds = tx.organisation_holds(id, &today).await?;
        Ok((row, holds))
    }

    /// Adds an organisation.
    ///
    /// # Errors
    /// What the rule refuses; `Invalid` at the field; `Conflict("siret_taken")`.
    pub async fn add_organisation(
        &self,
        by: &AccountId,
        form: &OrganisationForm,
        rule: impl PeopleRule,
    ) -> Result<OrganisationId> {
        let now_ms = self.clock.now().ms();
        let mut tx = self.change_people(by, rule).await?;
        let id = OrganisationId::new();
        tx.check_organisation(&id, form).await?;
        tx.run(
            "insert into organisation (organisation_id, name, short_name, kind, college_id,
             solicitation_budget_minutes, created_at_ms, version) values ($1, '', '', '', $2, 0, $3, 0)",
            args![id.as_str(), &form.college_id, now_ms],
        )
        .await?;
        tx.write_organisation(&id, form).await?;
        let subject = (Subject::Organisation, id.as_str());
        tx.note_admin(by, "add_organisation", subject, &details(form), now_ms)
            .await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Changes what is said of an organisation.
    ///
    /// # Errors
    /// As [`Store::add_organisation`]; `NotFound`; `Conflict("version_changed")`.
    pub async fn change_organisation(
        &self,
        by: &AccountId,
        id: &OrganisationId,
        (form, seen): (&OrganisationForm, i64),
        rule: impl PeopleRule,
    ) -> Result<()> {
        let now_ms = self.clock.now().ms();
        let mut tx = self.change_people(by, rule).await?;
        let before = tx.organisation_row(id).await?;
        same_version(before.version, seen)?;
        if before.said.kind == "region" && form.kind != "region" {
            return Err(Error::Invalid {
                field: "kind",
                problem: "region_stays",
            });
        }
        tx.check_organisation(id, form).await?;
        tx.write_organisation(id, form).await?;
        let both = json!({"before": details(&before.said), "after": details(form)});
        let subject = (Subject::Organisation, id.as_str());
        tx.note_admin(by, "change_organisation", subject, &both, now_ms)
            .await?;
        tx.commit().await
    }

    /// Closes an organisation today: affiliations, memberships, and the mandates people hold through it
    /// end. The proposals it bears stay, and say so. The accounts whose rights changed.
    ///
    /// # Errors
    /// What the rule refuses; `NotFound`; `Conflict`: `version_changed`, `organisation_closed`,
    /// `region_stays`, `last_admin`, `last_validator`.
    pub async fn close_organisation(
        &self,
        by: &AccountId,
        id: &OrganisationId,
        seen: i64,
        rule: impl PeopleRule,
    ) -> Result<Vec<AccountId>> {
        let (now_ms, today) = (self.clock.now().ms(), self.today());
        let mut tx = self.change_people(by, rule).await?;
        let before = tx.organisation_row(id).await?;
        same_version(before.version, seen)?;
        if before.closed_at_ms.is_some() {
            return Err(Error::Conflict("organisation_closed"));
        }
        if before.said.kind == "region" {
            return Err(Error::Conflict("region_stays"));
        }
        let holds = tx.organisation_holds(id, &today).await?;
        let day = today.as_str();
        tx.run(
            "update organisation set closed_at_ms = $1, version = version + 1 where organisation_id = $2",
            args![now_ms, id.as_str()],
        )
        .await?;
        let mut accounts = Vec::new();
        for row in tx
            .rows(
                "select f.affiliation_id, f.person_id, a.account_id from affiliation f
                 left join account a on a.person_id = f.person_id
                 where f.organisation_id = $1 and (f.valid_to is null or f.valid_to > $2)",
                args![id.as_str(), day],
            )
            .await?
        {
            tx.end_affiliation(&row.text(0)?, &row.text(1)?, &today, &today)
                .await?;
            accounts.extend(row.opt_text(2)?.map(AccountId::from));
        }
        tx.run(
            "update membership set status = 'ended', version = version + 1,
             valid_to = case when valid_from > $1 then valid_from else $2 end
             where organisation_id = $3 and (valid_to is null or valid_to > $4)",
            args![day, day, id.as_str(), day],
        )
        .await?;
        let ended = json!({"affiliations": holds.affiliations, "memberships": holds.memberships,
            "mandates": holds.mandates, "proposals": holds.proposals});
        let subject = (Subject::Organisation, id.as_str());
        tx.note_admin(by, "close_organisation", subject, &ended, now_ms)
            .await?;
        tx.commit().await?;
        Ok(accounts)
    }
}

impl Tx {
    /// When an organisation closed, if there is one and it did.
    pub(in crate::store) async fn closed_at_ms(&mut self, id: Option<&str>) -> Result<Option<i64>> {
        let Some(id) = id else { return Ok(None) };
        let row = self
            .row(
                "select closed_at_ms from organisation where organisation_id = $1",
                args![id],
            )
            .await?;
        row.map_or(Ok(None), |row| row.opt_int(0))
    }

    pub(super) async fn organisation_row(
        &mut self,
        id: &OrganisationId,
    ) -> Result<OrganisationRow> {
        let row = self
            .row(
                concat!(columns!(), " where organisation_id = $1"),
                args![id.as_str()],
            )
            .await?;
        row_at(&row.ok_or(Error::NotFound)?)
    }

    async fn organisation_holds(&mut self, id: &OrganisationId, today: &Day) -> Result<Holds> {
        let (id, day) = (id.as_str(), today.as_str());
        let row = self
            .row(
                "select (select count(*) from affiliation where organisation_id = $1
                         and (valid_to is null or valid_to > $2)),
                        (select count(*) from membership where organisation_id = $3
                         and status <> 'ended' and (valid_to is null or valid_to > $4)),
                        (select count(*) from mandate m where (m.valid_to is null or m.valid_to > $5)
                         and m.person_id in (select person_id from affiliation where organisation_id = $6
                         and (valid_to is null or valid_to > $7))),
                        (select count(*) from proposal where porteur_id = $8 and stage not in
                         ('rejected', 'completed', 'abandoned', 'withdrawn', 'merged', 'split', 'closed'))",
                args![id, day, id, day, day, id, day, id],
            )
            .await?
            .ok_or(Error::NotFound)?;
        Ok(Holds {
            affiliations: row.int(0)?,
            memberships: row.int(1)?,
            mandates: row.int(2)?,
            proposals: row.int(3)?,
        })
    }

    async fn check_organisation(
        &mut self,
        id: &OrganisationId,
        form: &OrganisationForm,
    ) -> Result<()> {
        let unknown = |field| {
            Err(Error::Invalid {
                field,
                problem: "unknown",
            })
        };
        let college = self
            .row(
                "select college_id from college where college_id = $1",
                args![&form.college_id],
            )
            .await?;
        if college.is_none() {
            return unknown("college_id");
        }
        if let Some(parent) = &form.network_parent_id {
            let row = self
                .row(
                    "select network_parent_id from organisation where organisation_id = $1",
                    args![parent],
                )
                .await?;
            let Some(row) = row else {
                return unknown("network_parent_id");
            };
            if parent == id.as_str() || row.opt_text(0)?.as_deref() == Some(id.as_str()) {
                return Err(Error::Invalid {
                    field: "network_parent_id",
                    problem: "own_network",
                });
            }
        }
        if let Some(siret) = &form.siret {
            let other = self
                .row(
                    "select organisation_id from organisation
                     where siret = $1 and organisation_id <> $2",
                    args![siret, id.as_str()],
                )
                .await?;
            if other.is_some() {
                return Err(Error::Invalid {
                    field: "siret",
                    problem: "siret_taken",
                });
            }
        }
        Ok(())
    }

    async fn write_organisation(
        &mut self,
        id: &OrganisationId,
        form: &OrganisationForm,
    ) -> Result<()> {
        self.run(
            "update organisation set name = $1, short_name = $2, kind = $3, college_id = $4, siret = $5,
             siren = $6, rna = $7, territory_code = $8, network_parent_id = $9,
             solicitation_budget_minutes = $10, version = version + 1 where organisation_id = $11",
            args![
                &form.name,
                &form.short_name,
                &form.kind,
                &form.college_id,
                form.siret.clone(),
                form.siren.clone(),
                form.rna.clone(),
                form.territory_code.clone(),
                form.network_parent_id.clone(),
                form.solicitation_budget_minutes,
                id.as_str()
            ],
        )
        .await?;
        Ok(())
    }
}

fn details(form: &OrganisationForm) -> serde_json::Value {
    json!({
        "name": form.name, "short_name": form.short_name, "kind": form.kind,
        "college_id": form.college_id, "siret": form.siret, "siren": form.siren, "rna": form.rna,
        "territory_code": form.territory_code, "network_parent_id": form.network_parent_id,
        "solicitation_budget_minutes": form.solicitation_budget_minutes,
    })
}

fn row_at(row: &Row) -> Result<OrganisationRow> {
    Ok(OrganisationRow {
        organisation_id: row.text(0)?,
        said: OrganisationForm {
            name: row.text(1)?,
            short_name: row.text(2)?,
            kind: row.text(3)?,
            college_id: row.text(4)?,
            siret: row.opt_text(5)?,
            siren: row.opt_text(6)?,
            rna: row.opt_text(7)?,
            territory_code: row.opt_text(8)?,
            network_parent_id: row.opt_text(9)?,
            solicitation_budget_minutes: row.int(10)?,
        },
        closed_at_ms: row.opt_int(11)?,
        version: row.int(12)?,
    })
}
