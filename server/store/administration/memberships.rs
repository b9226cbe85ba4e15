//! Which organisation is a member of which chantier, how closely and from when to when (invariant 3:
//! membership dates lie inside the organisation's, mandates inside theirs).

use serde_json::json;

use super::{Subject, same_version};
use crate::error::{Error, Result};
use crate::ids::{AccountId, OrganisationId};
use crate::rules::day::Day;
use crate::store::people::PeopleRule;
use crate::store::{Store, Tx, args};

/// A membership.
#[derive(Clone, Debug)]
pub struct MembershipRow {
    /// Its id.
    pub membership_id: String,
    /// The chantier.
    pub chantier_id: String,
    /// Its title.
    pub chantier_title: String,
    /// How it takes part.
    pub said: MembershipForm,
    /// The optimistic counter.
    pub version: i64,
}

/// How an organisation takes part in a chantier.
#[derive(Clone, Debug)]
pub struct MembershipForm {
    /// `pilot`, `active`, `informed`.
    pub level: String,
    /// `proposed`, `active`, `suspended`, `ended`.
    pub status: String,
    /// The first day.
    pub valid_from: Day,
    /// The first day without it.
    pub valid_to: Option<Day>,
}

impl Store {
    /// The memberships of an organisation, by chantier.
    ///
    /// # Errors
    /// What the rule refuses.
    pub async fn memberships_of(
        &self,
        by: &AccountId,
        organisation: &OrganisationId,
        rule: impl PeopleRule,
    ) -> Result<Vec<MembershipRow>> {
        let today = self.today();
        let mut tx = self.read().await?;
        rule(&tx.programme_facts(by, &today).await?)?;
        tx.rows(
            "select m.membership_id, m.chantier_id, c.title, m.level, m.status, m.valid_from, m.valid_to,
             m.version from membership m join chantier c on c.chantier_id = m.chantier_id
             where m.organisation_id = $1 order by m.chantier_id, m.valid_from",
            args![organisation.as_str()],
        )
        .await?
        .iter()
        .map(|row| {
            let day = |text: String| {
                Day::from_iso(&text).ok_or_else(|| Error::internal(format!("{text} is no day")))
            };
            Ok(MembershipRow {
                membership_id: row.text(0)?,
                chantier_id: row.text(1)?,
                chantier_title: row.text(2)?,
                said: MembershipForm {
                    level: row.text(3)?,
                    status: row.text(4)?,
                    valid_from: day(row.text(5)?)?,
                    valid_to: row.opt_text(6)?.map(day).transpose()?,
                },
                version: row.int(7)?,
            })
        })
        .collect()
    }

    /// Makes an organisation a member of a chantier.
    ///
    /// # Errors
    /// What the rule refuses; `NotFound`; `Invalid` at the field; `Conflict("organisation_closed")`.
    pub async fn add_membership(
        &self,
        by: &AccountId,
        organisation: &OrganisationId,
        (chantier, form): (&str, &MembershipForm),
        rule: impl PeopleRule,
    ) -> Result<()> {
        let now_ms = self.clock.now().ms();
        let mut tx = self.change_people(by, rule).await?;
        if tx
            .organisation_row(organisation)
            .await?
            .closed_at_ms
            .is_some()
        {
            return Err(Error::Conflict("organisation_closed"));
        }
        let known = tx
            .row(
                "select chantier_id from chantier where chantier_id = $1",
                args![chantier],
            )
            .await?;
        if known.is_none() {
            return Err(Error::Invalid {
                field: "chantier_id",
                problem: "unknown",
            });
        }
        let id = uuid::Uuid::now_v7().to_string();
        tx.alone(&id, organisation.as_str(), chantier, form).await?;
        tx.run(
            "insert into membership (membership_id, organisation_id, chantier_id, level, status,
             valid_from, valid_to) values ($1, $2, $3, $4, $5, $6, $7)",
            args![
                &id,
                organisation.as_str(),
                chantier,
                &form.level,
                &form.status,
                form.valid_from.as_str(),
                form.valid_to.as_ref().map(Day::as_str)
            ],
        )
        .await?;
        let details = details(&id, chantier, form);
        let subject = (Subject::Organisation, organisation.as_str());
        tx.note_admin(by, "add_membership", subject, &details, now_ms)
            .await?;
        tx.commit().await
    }

    /// Changes a membership. Mandates must still lie inside it.
    ///
    /// # Errors
    /// As [`Store::add_membership`]; `Conflict`: `version_changed`, `mandates_depend`.
    pub async fn change_membership(
        &self,
        by: &AccountId,
        id: &str,
        (form, seen): (&MembershipForm, i64),
        rule: impl PeopleRule,
    ) -> Result<()> {
        let now_ms = self.clock.now().ms();
        let mut tx = self.change_people(by, rule).await?;
        let row = tx
            .row(
                "select organisation_id, chantier_id, version from membership where membership_id = $1",
                args![id],
            )
            .await?
            .ok_or(Error::NotFound)?;
        let (organisation, chantier) = (row.text(0)?, row.text(1)?);
        same_version(row.int(2)?, seen)?;
        tx.alone(id, &organisation, &chantier, form).await?;
        if tx.mandates_beyond(&organisation, &chantier, form).await? {
            return Err(Error::Conflict("mandates_depend"));
        }
        tx.run(
            "update membership set level = $1, status = $2, valid_from = $3, valid_to = $4,
             version = version + 1 where membership_id = $5",
            args![
                &form.level,
                &form.status,
                form.valid_from.as_str(),
                form.valid_to.as_ref().map(Day::as_str),
                id
            ],
        )
        .await?;
        let details = details(id, &chantier, form);
        let subject = (Subject::Organisation, organisation.as_str());
        tx.note_admin(by, "change_membership", subject, &details, now_ms)
            .await?;
        tx.commit().await
    }
}

impl Tx {
    /// Refuses a membership without a day, or beside another one of the same chantier.
    async fn alone(
        &mut self,
        id: &str,
        organisation: &str,
        chantier: &str,
        form: &MembershipForm,
    ) -> Result<()> {
        let invalid = |field, problem| Err(Error::Invalid { field, problem });
        let to = form.valid_to.as_ref().map(Day::as_str);
        if to.is_some_and(|to| to <= form.valid_from.as_str()) {
            return invalid("valid_to", "ends_before_start");
        }
        let beside = self
            .row(
                "select membership_id from membership where organisation_id = $1 and chantier_id = $2
                 and membership_id <> $3 and valid_from < $4 and (valid_to is null or valid_to > $5)",
                args![
                    organisation,
                    chantier,
                    id,
                    to.unwrap_or("9999-12-31"),
                    form.valid_from.as_str()
                ],
            )
            .await?;
        if beside.is_some() {
            return invalid("chantier_id", "already_member");
        }
        Ok(())
    }

    /// Whether somebody of the organisation holds a mandate in the chantier that the membership, so
    /// changed, would no longer carry.
    async fn mandates_beyond(
        &mut self,
        organisation: &str,
        chantier: &str,
        form: &MembershipForm,
    ) -> Result<bool> {
        let today = form.valid_to.as_ref().map(Day::as_str);
        let ends = if form.status == "active" && form.level != "informed" {
            today.unwrap_or("9999-12-31")
        } else {
            form.valid_from.as_str()
        };
        let row = self
            .row(
                "select m.mandate_id from mandate m join body b on b.body_id = m.body_id
                 join affiliation f on f.person_id = m.person_id
                 where b.chantier_id = $1 and f.organisation_id = $2 and f.valid_from <= m.valid_from
                 and (f.valid_to is null or f.valid_to > m.valid_from)
                 and (m.valid_to is null or m.valid_to > m.valid_from)
                 and coalesce(m.valid_to, '9999-12-31') > $3",
                args![chantier, organisation, ends],
            )
            .await?;
        Ok(row.is_some())
    }
}

fn details(id: &str, chantier: &str, form: &MembershipForm) -> serde_json::Value {
    json!({
        "membership_id": id, "chantier_id": chantier, "level": form.level, "status": form.status,
        "valid_from": form.valid_from.as_str(), "valid_to": form.valid_to.as_ref().map(Day::as_str),
    })
}
