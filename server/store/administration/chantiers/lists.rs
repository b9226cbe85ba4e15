//! Chantiers with their bodies, who presides them, who sits for them in the steering committee, and the
//! Region's units: read in a few statements for all of them.

use std::collections::{BTreeSet, HashMap};

use super::{ChantierForm, ChantierRow, UnitRow, days_without};
use crate::error::{Error, Result};
use crate::rules::chantiers::Status;
use crate::rules::day::Day;
use crate::rules::wording::fold;
use crate::store::directory::BodyRow;
use crate::store::{Tx, args};

impl Tx {
    pub(super) async fn chantier_rows(&mut self, today: &Day) -> Result<Vec<ChantierRow>> {
        let presidents = self.councillors_presiding(today).await?;
        let ends = self.presidency_ends().await?;
        let seats = self.copil_seats(today).await?;
        let mut bodies = self.bodies_by_chantier().await?;
        let mut delegations = self.delegations().await?;
        let mut list = Vec::new();
        for row in self
            .rows(
                "select chantier_id, slug, title, description, kind, status, axis_id, lead_unit_id,
                 opened_on, version from chantier",
                &[],
            )
            .await?
        {
            let (id, status) = (row.text(0)?, row.text(5)?);
            let status = Status::from_key(&status).unwrap_or(Status::Active);
            let names: Vec<String> = presidents
                .iter()
                .filter(|one| one.0 == id)
                .map(|one| one.1.clone())
                .collect();
            let opened_on = row.text(8)?;
            let days = if names.is_empty() {
                let opened = Day::from_iso(&opened_on);
                days_without(status, ends.get(&id), opened.as_ref(), today)
            } else {
                None
            };
            list.push(ChantierRow {
                said: ChantierForm {
                    slug: row.text(1)?,
                    title: row.text(2)?,
                    description: row.text(3)?,
                    kind: row.text(4)?,
                    axis_id: row.opt_text(6)?,
                    lead_unit_id: row.opt_text(7)?,
                    delegation_ids: delegations.remove(&id).unwrap_or_default(),
                },
                status,
                opened_on,
                bodies: bodies.remove(&id).unwrap_or_default(),
                co_presidents: names,
                days_without: days,
                has_copil_seat: seats.contains(&id),
                on_their_way: self.on_their_way(&id).await?,
                version: row.int(9)?,
                chantier_id: id,
            });
        }
        list.sort_by_key(|one| {
            let number = crate::rules::chantiers::code_number(&one.chantier_id);
            (number.unwrap_or(u32::MAX), one.chantier_id.clone())
        });
        Ok(list)
    }

    /// Who presides which chantier today as a regional councillor in office: chantier, name.
    pub(super) async fn councillors_presiding(
        &mut self,
        today: &Day,
    ) -> Result<BTreeSet<(String, String)>> {
        let day = today.as_str();
        self.rows(
            "select b.chantier_id, p.given_name || ' ' || p.usual_name, p.person_id
             from mandate m join body b on b.body_id = m.body_id join person p on p.person_id = m.person_id
             join affiliation f on f.person_id = p.person_id
             join organisation o on o.organisation_id = f.organisation_id
             where b.kind = 'commission' and b.chantier_id is not null and m.role = 'co_president'
             and (m.seat_kind is null or m.seat_kind = 'titulaire')
             and o.kind = 'region' and f.elected = 1
             and m.valid_from <= $1 and (m.valid_to is null or m.valid_to > $2)
             and f.valid_from <= $3 and (f.valid_to is null or f.valid_to > $4)",
            args![day, day, day, day],
        )
        .await?
        .iter()
        .map(|row| Ok((row.text(0)?, row.text(1)?)))
        .collect()
    }

    /// The day after the last co-president of each chantier that had one.
    async fn presidency_ends(&mut self) -> Result<HashMap<String, Day>> {
        let mut ends = HashMap::new();
        for row in self
            .rows(
                "select b.chantier_id, max(m.valid_to) from mandate m join body b on b.body_id = m.body_id
                 where b.kind = 'commission' and m.role = 'co_president' and b.chantier_id is not null
                 and m.valid_to is not null group by b.chantier_id",
                &[],
            )
            .await?
        {
            if let Some(day) = row.opt_text(1)?.as_deref().and_then(Day::from_iso) {
                ends.insert(row.text(0)?, day);
            }
        }
        Ok(ends)
    }

    /// The chantiers for which somebody from outside the Region sits in the steering committee.
    async fn copil_seats(&mut self, today: &Day) -> Result<BTreeSet<String>> {
        let day = today.as_str();
        self.rows(
            "select distinct b.chantier_id from mandate m join body b on b.body_id = m.body_id
             join mandate c on c.person_id = m.person_id join body cb on cb.body_id = c.body_id
             join affiliation f on f.person_id = m.person_id
             join organisation o on o.organisation_id = f.organisation_id
             where b.chantier_id is not null and cb.kind = 'copil' and c.voting = 1 and o.kind <> 'region'
             and m.valid_from <= $1 and (m.valid_to is null or m.valid_to > $2)
             and c.valid_from <= $3 and (c.valid_to is null or c.valid_to > $4)
             and f.valid_from <= $5 and (f.valid_to is null or f.valid_to > $6)",
            args![day, day, day, day, day, day],
        )
        .await?
        .iter()
        .map(|row| row.text(0))
        .collect()
    }

    /// How many proposals of a chantier are before a decision.
    pub(super) async fn on_their_way(&mut self, chantier: &str) -> Result<i64> {
        self.row(
            "select count(*) from proposal where chantier_id = $1 and stage in ('idea', 'drafting',
             'submitted', 'in_commission', 'frozen', 'opinion_given', 'at_copil', 'at_region')",
            args![chantier],
        )
        .await?
        .ok_or(Error::NotFound)?
        .int(0)
    }

    pub(super) async fn unit_rows(&mut self) -> Result<Vec<UnitRow>> {
        let mut units = self
            .rows(
                "select region_unit_id, kind, title, version from region_unit",
                &[],
            )
            .await?
            .iter()
            .map(|row| {
                Ok(UnitRow {
                    region_unit_id: row.text(0)?,
                    kind: row.text(1)?,
                    title: row.text(2)?,
                    version: row.int(3)?,
                })
            })
            .collect::<Result<Vec<_>>>()?;
        units.sort_by_cached_key(|unit| (fold(&unit.title), unit.region_unit_id.clone()));
        Ok(units)
    }

    pub(super) async fn axes(&mut self) -> Result<Vec<(String, String)>> {
        self.rows("select axis_id, title from axis order by axis_id", &[])
            .await?
            .iter()
            .map(|row| Ok((row.text(0)?, row.text(1)?)))
            .collect()
    }

    async fn bodies_by_chantier(&mut self) -> Result<HashMap<String, Vec<BodyRow>>> {
        let mut bodies: HashMap<String, Vec<BodyRow>> = HashMap::new();
        for row in self
            .rows(
                "select body_id, kind, title, chantier_id from body
                 where chantier_id is not null order by kind, body_id",
                &[],
            )
            .await?
        {
            bodies.entry(row.text(3)?).or_default().push(BodyRow {
                body_id: row.text(0)?,
                kind: row.text(1)?,
                title: row.text(2)?,
                chantier_id: row.opt_text(3)?,
            });
        }
        Ok(bodies)
    }

    async fn delegations(&mut self) -> Result<HashMap<String, Vec<String>>> {
        let mut delegations: HashMap<String, Vec<String>> = HashMap::new();
        for row in self
            .rows(
                "select chantier_id, region_unit_id from chantier_delegation order by region_unit_id",
                &[],
            )
            .await?
        {
            delegations.entry(row.text(0)?).or_default().push(row.text(1)?);
        }
        Ok(delegations)
    }
}
