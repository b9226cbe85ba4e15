//! What a mandate is judged beside: where its person works, what they hold or wait for, who sits in the
//! same body. Read in the transaction that gives it.

use crate::error::{Error, Result};
use crate::rules::day::Day;
use crate::rules::mandates::{Around, Flaw, Held, Place, SeatKind, Span, Wanted, Work};
use crate::rules::role::Role;
use crate::store::{Row, Tx, args};

/// A flaw as the answer to the request that has it.
pub(super) fn refused(flaw: Flaw) -> Error {
    match flaw.field() {
        Some(field) => Error::Invalid {
            field,
            problem: flaw.code(),
        },
        None => Error::Conflict(flaw.code()),
    }
}

/// The columns of [`held_at`], of `mandate m` and `body b`.
macro_rules! held_columns {
    () => {
        "m.person_id, m.role, b.kind, m.body_id, m.valid_from, m.valid_to, m.seat, m.seat_kind,
         (select count(*) from affiliation f join organisation o on o.organisation_id = f.organisation_id
          where f.person_id = m.person_id and o.kind = 'region' and f.elected = 1
          and f.valid_from <= coalesce(m.valid_to, '9999-12-31')
          and (f.valid_to is null or f.valid_to > m.valid_from))"
    };
}

impl Tx {
    /// Everything a mandate is judged beside, and the organisation that carries it.
    pub(super) async fn around(
        &mut self,
        person: &str,
        wanted: &Wanted,
        chantier: Option<&str>,
    ) -> Result<(Around, Option<String>)> {
        let mut around = Around::default();
        let mut carrier = None;
        for row in self
            .rows(
                "select f.valid_from, f.valid_to, o.kind, f.elected, f.organisation_id
                 from affiliation f join organisation o on o.organisation_id = f.organisation_id
                 where f.person_id = $1 order by f.valid_from, f.affiliation_id",
                args![person],
            )
            .await?
        {
            let work = Work {
                span: span_at(&row, 0)?,
                at_region: row.text(2)? == "region",
                is_elected: row.int(3)? == 1,
            };
            if carrier.is_none() && work.span.covers(&wanted.span) {
                carrier = Some(row.text(4)?);
            }
            around.work.push(work);
        }
        around.own = self.held_by(person).await?;
        if let Some(body) = &wanted.body_id {
            around.in_body = self.held_in(body).await?;
        }
        if let (Some(chantier), Some(organisation)) = (chantier, &carrier) {
            let first = wanted.span.from.as_str();
            for row in self
                .rows(
                    "select valid_from, valid_to from membership
                     where organisation_id = $1 and chantier_id = $2 and status = 'active'
                     and level <> 'informed' and valid_from <= $3 and (valid_to is null or valid_to > $4)",
                    args![organisation, chantier, first, first],
                )
                .await?
            {
                around.membership.push(span_at(&row, 0)?);
            }
        }
        Ok((around, carrier))
    }

    /// All a person holds or waits for.
    pub(super) async fn held_by(&mut self, person: &str) -> Result<Vec<Held>> {
        let held = self
            .rows(
                concat!(
                    "select ",
                    held_columns!(),
                    " from mandate m left join body b on b.body_id = m.body_id
                      where m.person_id = $1 union all select ",
                    held_columns!(),
                    " from mandate_awaiting m left join body b on b.body_id = m.body_id
                      where m.person_id = $2 and m.answered_at_ms is null"
                ),
                args![person, person],
            )
            .await?;
        held.iter()
            .filter_map(|row| held_at(row).transpose())
            .collect()
    }

    async fn held_in(&mut self, body: &str) -> Result<Vec<Held>> {
        let held = self
            .rows(
                concat!(
                    "select ",
                    held_columns!(),
                    " from mandate m join body b on b.body_id = m.body_id
                      where m.body_id = $1 union all select ",
                    held_columns!(),
                    " from mandate_awaiting m join body b on b.body_id = m.body_id
                      where m.body_id = $2 and m.answered_at_ms is null"
                ),
                args![body, body],
            )
            .await?;
        held.iter()
            .filter_map(|row| held_at(row).transpose())
            .collect()
    }
}

fn held_at(row: &Row) -> Result<Option<Held>> {
    let Some(role) = Role::from_key(&row.text(1)?) else {
        return Ok(None);
    };
    let place = match row.opt_text(2)? {
        None => Place::Nowhere,
        Some(kind) => Place::of_body(&kind)
            .ok_or_else(|| Error::internal(format!("unknown kind of body {kind}")))?,
    };
    let kind = row.opt_text(7)?;
    let kind = kind.as_deref().and_then(SeatKind::from_key);
    Ok(Some(Held {
        person_id: row.text(0)?,
        role,
        place,
        body_id: row.opt_text(3)?,
        span: span_at(row, 4)?,
        seat: row.opt_text(6)?.zip(kind),
        is_councillor: row.int(8)? > 0,
    }))
}

/// The span whose two columns start at `index`.
pub(super) fn span_at(row: &Row, index: usize) -> Result<Span> {
    let day = |text: &str| {
        Day::from_iso(text).ok_or_else(|| Error::internal(format!("{text} is no day")))
    };
    Ok(Span {
        from: day(&row.text(index)?)?,
        to: row.opt_text(index + 1)?.as_deref().map(day).transpose()?,
    })
}
