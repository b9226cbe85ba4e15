//! Chantiers as administrators keep them, with their bodies and the Region's units; what each lacks of the
//! invariants is said with it (`domain.md` 1.6, 2 and 3).

use serde_json::json;

use super::{Subject, same_version};
use crate::error::{Error, Result};
use crate::ids::{AccountId, BodyId, ChantierId};
use crate::rules::chantiers::{Standing, Status, may_become};
use crate::rules::day::Day;
use crate::rules::rights::{Facts, Permit, Refusal, act};
use crate::store::directory::BodyRow;
use crate::store::programme::ProgrammeRule;
use crate::store::{Store, Tx, args};

mod lists;

/// A chantier, as administrators see it.
#[derive(Clone, Debug)]
pub struct ChantierRow {
    /// Its code, `CH5`.
    pub chantier_id: String,
    /// What is said of it.
    pub said: ChantierForm,
    /// `preparing`, `active`, `suspended`, `closed`.
    pub status: Status,
    /// When it opened, as an ISO day.
    pub opened_on: String,
    /// Its bodies.
    pub bodies: Vec<BodyRow>,
    /// Its co-presidents today who are regional councillors in office, by name.
    pub co_presidents: Vec<String>,
    /// Days without one, when it is active and has none.
    pub days_without: Option<i64>,
    /// Whether somebody from outside the Region sits in the steering committee for it.
    pub has_copil_seat: bool,
    /// Its proposals before a decision.
    pub on_their_way: i64,
    /// The optimistic counter.
    pub version: i64,
}

/// What is said of a chantier.
#[derive(Clone, Debug, Default)]
pub struct ChantierForm {
    /// Its part of addresses.
    pub slug: String,
    /// Its title.
    pub title: String,
    /// What it is about, in Markdown.
    pub description: String,
    /// `permanent`, `temporary`.
    pub kind: String,
    /// Its axis.
    pub axis_id: Option<String>,
    /// The Region's lead direction.
    pub lead_unit_id: Option<String>,
    /// The elected portfolios it cuts across.
    pub delegation_ids: Vec<String>,
}

/// A direction or a delegation of the Region.
#[derive(Clone, Debug)]
pub struct UnitRow {
    /// Its id.
    pub region_unit_id: String,
    /// `direction`, `delegation`.
    pub kind: String,
    /// Its title.
    pub title: String,
    /// The optimistic counter.
    pub version: i64,
}

/// Everything the page of chantiers shows.
#[derive(Clone, Debug)]
pub struct ChantierList {
    /// The chantiers, by code.
    pub chantiers: Vec<ChantierRow>,
    /// The Region's units, by title.
    pub units: Vec<UnitRow>,
    /// The axes: id and title.
    pub axes: Vec<(String, String)>,
}

impl Store {
    /// Every chantier with its bodies and what it lacks, and the Region's units.
    ///
    /// # Errors
    /// What the rule refuses.
    pub async fn admin_chantiers(
        &self,
        by: &AccountId,
        rule: impl FnOnce(&Facts) -> Result<Permit<act::ManageProgramme>, Refusal> + Send,
    ) -> Result<ChantierList> {
        let today = self.today();
        let mut tx = self.read().await?;
        rule(&tx.programme_facts(by, &today).await?)?;
        Ok(ChantierList {
            chantiers: tx.chantier_rows(&today).await?,
            units: tx.unit_rows().await?,
            axes: tx.axes().await?,
        })
    }

    /// Adds a chantier in preparation, with its commission.
    ///
    /// # Errors
    /// What the rule refuses; `Invalid` on `chantier_id` (`taken`) or another field.
    pub async fn add_chantier(
        &self,
        by: &AccountId,
        id: &ChantierId,
        (form, commission): (&ChantierForm, &str),
        rule: impl ProgrammeRule,
    ) -> Result<()> {
        let (now_ms, today) = (self.clock.now().ms(), self.today());
        let mut tx = self.change_programme(by, rule).await?;
        tx.check_chantier(id.as_str(), form).await?;
        let added = tx
            .run(
                "insert into chantier (chantier_id, slug, title, description, kind, status, opened_on, version)
                 values ($1, $2, '', '', '', 'preparing', $3, 0) on conflict do nothing",
                args![id.as_str(), &form.slug, today.as_str()],
            )
            .await?;
        if added == 0 {
            return Err(Error::Invalid {
                field: "chantier_id",
                problem: "taken",
            });
        }
        tx.write_chantier(id.as_str(), form).await?;
        tx.add_body("commission", id.as_str(), commission).await?;
        let subject = (Subject::Chantier, id.as_str());
        tx.note_admin(by, "add_chantier", subject, &details(form), now_ms)
            .await?;
        tx.commit().await
    }

    /// Changes what is said of a chantier.
    ///
    /// # Errors
    /// As [`Store::add_chantier`]; `NotFound`; `Conflict("version_changed")`.
    pub async fn change_chantier(
        &self,
        by: &AccountId,
        id: &ChantierId,
        (form, seen): (&ChantierForm, i64),
        rule: impl ProgrammeRule,
    ) -> Result<()> {
        let now_ms = self.clock.now().ms();
        let mut tx = self.change_programme(by, rule).await?;
        tx.chantier_status(id, seen).await?;
        tx.check_chantier(id.as_str(), form).await?;
        tx.write_chantier(id.as_str(), form).await?;
        let subject = (Subject::Chantier, id.as_str());
        tx.note_admin(by, "change_chantier", subject, &details(form), now_ms)
            .await?;
        tx.commit().await
    }

    /// Moves a chantier along its life.
    ///
    /// # Errors
    /// What the rule refuses; `NotFound`; `Conflict`: `version_changed`, `chantier_status`,
    /// `co_president_missing`, `proposals_on_their_way`.
    pub async fn set_chantier_status(
        &self,
        by: &AccountId,
        id: &ChantierId,
        (to, seen): (Status, i64),
        rule: impl ProgrammeRule,
    ) -> Result<()> {
        let (now_ms, today) = (self.clock.now().ms(), self.today());
        let mut tx = self.change_programme(by, rule).await?;
        let status = tx.chantier_status(id, seen).await?;
        let presidents = tx.councillors_presiding(&today).await?;
        let standing = Standing {
            status,
            co_presidents: presidents.iter().filter(|one| one.0 == id.as_str()).count(),
            on_their_way: usize::try_from(tx.on_their_way(id.as_str()).await?)
                .unwrap_or(usize::MAX),
        };
        may_become(to, &standing).map_err(|flaw| Error::Conflict(flaw.code()))?;
        tx.run(
            "update chantier set status = $1, version = version + 1 where chantier_id = $2",
            args![to.key(), id.as_str()],
        )
        .await?;
        let details = json!({"from": status.key(), "to": to.key()});
        let subject = (Subject::Chantier, id.as_str());
        tx.note_admin(by, "set_chantier_status", subject, &details, now_ms)
            .await?;
        tx.commit().await
    }

    /// Adds a working group to a chantier.
    ///
    /// # Errors
    /// What the rule refuses; `NotFound`; `Conflict("chantier_status")` when it is closed.
    pub async fn add_working_group(
        &self,
        by: &AccountId,
        chantier: &ChantierId,
        title: &str,
        rule: impl ProgrammeRule,
    ) -> Result<BodyId> {
        let now_ms = self.clock.now().ms();
        let mut tx = self.change_programme(by, rule).await?;
        let row = tx
            .row(
                "select status from chantier where chantier_id = $1",
                args![chantier.as_str()],
            )
            .await?
            .ok_or(Error::NotFound)?;
        if row.text(0)? == Status::Closed.key() {
            return Err(Error::Conflict("chantier_status"));
        }
        let id = tx
            .add_body("working_group", chantier.as_str(), title)
            .await?;
        let details = json!({"body_id": id.as_str(), "title": title});
        let subject = (Subject::Chantier, chantier.as_str());
        tx.note_admin(by, "add_working_group", subject, &details, now_ms)
            .await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Gives a body another title.
    ///
    /// # Errors
    /// What the rule refuses; `NotFound`.
    pub async fn rename_body(
        &self,
        by: &AccountId,
        id: &BodyId,
        title: &str,
        rule: impl ProgrammeRule,
    ) -> Result<()> {
        let now_ms = self.clock.now().ms();
        let mut tx = self.change_programme(by, rule).await?;
        let row = tx
            .row(
                "select chantier_id, title from body where body_id = $1",
                args![id.as_str()],
            )
            .await?
            .ok_or(Error::NotFound)?;
        tx.run(
            "update body set title = $1, version = version + 1 where body_id = $2",
            args![title, id.as_str()],
        )
        .await?;
        let details = json!({"body_id": id.as_str(), "before": row.text(1)?, "after": title});
        let chantier = row.opt_text(0)?;
        let subject = chantier
            .as_deref()
            .map_or((Subject::Programme, "programme"), |chantier| {
                (Subject::Chantier, chantier)
            });
        tx.note_admin(by, "rename_body", subject, &details, now_ms)
            .await?;
        tx.commit().await
    }

    /// Adds a direction or a delegation of the Region, or renames one (`id` and the version seen).
    ///
    /// # Errors
    /// What the rule refuses; `NotFound`; `Conflict("version_changed")`.
    pub async fn write_unit(
        &self,
        by: &AccountId,
        known: Option<(&str, i64)>,
        (kind, title): (&str, &str),
        rule: impl ProgrammeRule,
    ) -> Result<String> {
        let now_ms = self.clock.now().ms();
        let mut tx = self.change_programme(by, rule).await?;
        let (id, act) = match known {
            Some((id, seen)) => {
                let row = tx
                    .row(
                        "select version from region_unit where region_unit_id = $1",
                        args![id],
                    )
                    .await?
                    .ok_or(Error::NotFound)?;
                same_version(row.int(0)?, seen)?;
                tx.run(
                    "update region_unit set title = $1, version = version + 1 where region_unit_id = $2",
                    args![title, id],
                )
                .await?;
                (id.to_owned(), "rename_unit")
            }
            None => {
                let id = uuid::Uuid::now_v7().to_string();
                tx.run(
                    "insert into region_unit (region_unit_id, kind, title) values ($1, $2, $3)",
                    args![&id, kind, title],
                )
                .await?;
                (id, "add_unit")
            }
        };
        let details = json!({"kind": kind, "title": title});
        tx.note_admin(by, act, (Subject::RegionUnit, &id), &details, now_ms)
            .await?;
        tx.commit().await?;
        Ok(id)
    }
}

impl Tx {
    async fn chantier_status(&mut self, id: &ChantierId, seen: i64) -> Result<Status> {
        let row = self
            .row(
                "select status, version from chantier where chantier_id = $1",
                args![id.as_str()],
            )
            .await?
            .ok_or(Error::NotFound)?;
        same_version(row.int(1)?, seen)?;
        let status = row.text(0)?;
        Status::from_key(&status)
            .ok_or_else(|| Error::internal(format!("unknown status of a chantier {status}")))
    }

    async fn add_body(&mut self, kind: &str, chantier: &str, title: &str) -> Result<BodyId> {
        let id = BodyId::new();
        self.run(
            "insert into body (body_id, kind, chantier_id, title) values ($1, $2, $3, $4)",
            args![id.as_str(), kind, chantier, title],
        )
        .await?;
        Ok(id)
    }

    async fn check_chantier(&mut self, id: &str, form: &ChantierForm) -> Result<()> {
        let invalid = |field, problem| Err(Error::Invalid { field, problem });
        let other = self
            .row(
                "select chantier_id from chantier where slug = $1 and chantier_id <> $2",
                args![&form.slug, id],
            )
            .await?;
        if other.is_some() {
            return invalid("slug", "taken");
        }
        if let Some(axis) = &form.axis_id {
            let row = self
                .row("select axis_id from axis where axis_id = $1", args![axis])
                .await?;
            if row.is_none() {
                return invalid("axis_id", "unknown");
            }
        }
        let units = self.unit_rows().await?;
        let is = |id: &String, kind: &str| {
            units
                .iter()
                .any(|unit| unit.region_unit_id == *id && unit.kind == kind)
        };
        if form
            .lead_unit_id
            .as_ref()
            .is_some_and(|id| !is(id, "direction"))
        {
            return invalid("lead_unit_id", "unknown");
        }
        if !form.delegation_ids.iter().all(|id| is(id, "delegation")) {
            return invalid("delegation_ids", "unknown");
        }
        Ok(())
    }

    async fn write_chantier(&mut self, id: &str, form: &ChantierForm) -> Result<()> {
        self.run(
            "update chantier set slug = $1, title = $2, description = $3, kind = $4, axis_id = $5,
             lead_unit_id = $6, version = version + 1 where chantier_id = $7",
            args![
                &form.slug,
                &form.title,
                &form.description,
                &form.kind,
                form.axis_id.clone(),
                form.lead_unit_id.clone(),
                id
            ],
        )
        .await?;
        self.run(
            "delete from chantier_delegation where chantier_id = $1",
            args![id],
        )
        .await?;
        for unit in &form.delegation_ids {
            self.run(
                "insert into chantier_delegation (chantier_id, region_unit_id) values ($1, $2)
                 on conflict do nothing",
                args![id, unit],
            )
            .await?;
        }
        Ok(())
    }
}

fn details(form: &ChantierForm) -> serde_json::Value {
    json!({
        "slug": form.slug, "title": form.title, "kind": form.kind, "axis_id": form.axis_id,
        "lead_unit_id": form.lead_unit_id, "delegation_ids": form.delegation_ids,
    })
}

/// Days an active chantier has been without co-president on this day, from the last one's end.
fn days_without(
    status: Status,
    last_end: Option<&Day>,
    opened: Option<&Day>,
    today: &Day,
) -> Option<i64> {
    if status != Status::Active {
        return None;
    }
    let since = last_end.or(opened)?;
    Some(today.days_since(since).max(0))
}
