//! The copy of a sheet's rows that a version holds: everything a reader of the sheet sees but its
//! rich text, in reading order, by name and never by id, so that the same sheet gives the same
//! copy. A new table or column of the sheet is one line here (and one in `docs/versions.md`).

use serde_json::{Map, Value};

use super::super::{Row, Tx, args};
use crate::error::{Error, Result};
use crate::ids::ProposalId;

/// How a column is read.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Int,
}
use Kind::{Int, Text};

/// One list of the sheet: its key, its rows, the names of its columns.
struct List {
    key: &'static str,
    sql: &'static str,
    columns: &'static [(&'static str, Kind)],
}

/// The proposal's own columns.
const OWN: List = List {
    key: "proposal",
    sql: "select p.chantier_id, a.title, o.name, p.owner_text, p.vat_mode, p.target_text,
                 p.target_headcount, p.target_women_percent, p.owner_contact_name,
                 p.owner_contact_email, p.owner_capacity, p.owner_legal_form, p.target_tags,
                 cast(case when p.no_partner_at_ms is null then null else 1 end as bigint), p.no_jobs_motive
          from proposal p left join axis a on a.axis_id = p.axis_id
          left join organisation o on o.organisation_id = p.porteur_id
          where p.proposal_id = $1",
    columns: &[
        ("chantier", Text),
        ("axis", Text),
        ("porteur", Text),
        ("owner_text", Text),
        ("vat_mode", Text),
        ("target_text", Text),
        ("target_headcount", Int),
        ("target_women_percent", Int),
        ("contact_name", Text),
        ("contact_email", Text),
        ("capacity", Text),
        ("legal_form", Text),
        ("target_tags", Text),
        ("no_partner", Int),
        ("no_jobs_motive", Text),
    ],
};

/// The lists, each in its reading order.
const LISTS: &[List] = &[
    List {
        key: "associated_chantiers",
        sql: "select chantier_id from proposal_chantier where proposal_id = $1 order by chantier_id",
        columns: &[("chantier", Text)],
    },
    List {
        key: "co_porteurs",
        sql: "select o.name from proposal_co_porteur c
              join organisation o on o.organisation_id = c.organisation_id
              where c.proposal_id = $1 order by o.organisation_id",
        columns: &[("name", Text)],
    },
    List {
        key: "tags",
        sql: "select tag from proposal_tag where proposal_id = $1 order by tag",
        columns: &[("tag", Text)],
    },
    List {
        key: "objectives",
        sql: "select body from objective where proposal_id = $1 order by rank, objective_id",
        columns: &[("body", Text)],
    },
    List {
        key: "partners",
        sql: "select coalesce(o.name, r.name, ''), r.role, r.state, r.paid from partner r
              left join organisation o on o.organisation_id = r.organisation_id
              where r.proposal_id = $1 order by r.rank, r.partner_id",
        columns: &[
            ("name", Text),
            ("role", Text),
            ("state", Text),
            ("paid", Int),
        ],
    },
    List {
        key: "territories",
        sql: "select y.territory_code, y.level, y.name from proposal_territory x
              join territory y on y.territory_code = x.territory_code
              where x.proposal_id = $1 order by y.territory_code",
        columns: &[("code", Text), ("level", Text), ("name", Text)],
    },
    List {
        key: "calendar",
        sql: "select label, starts_on, ends_on, milestone from calendar_phase
              where proposal_id = $1 order by rank, calendar_phase_id",
        columns: &[
            ("label", Text),
            ("starts_on", Text),
            ("ends_on", Text),
            ("milestone", Text),
        ],
    },
    List {
        key: "expenses",
        sql: "select year, nature, account, label, amount_cents from expense
              where proposal_id = $1 order by year, rank, expense_id",
        columns: &[
            ("year", Int),
            ("nature", Text),
            ("account", Text),
            ("label", Text),
            ("amount_cents", Int),
        ],
    },
    List {
        key: "funding",
        sql: "select year, funder, kind, scheme, amount_cents, state, nature from funding
              where proposal_id = $1 order by year, rank, funding_id",
        columns: &[
            ("year", Int),
            ("funder", Text),
            ("kind", Text),
            ("scheme", Text),
            ("amount_cents", Int),
            ("state", Text),
            ("nature", Text),
        ],
    },
    List {
        key: "envelope_requests",
        sql: "select code, year, amount_cents from envelope_request
              where proposal_id = $1 order by year, code, envelope_request_id",
        columns: &[("code", Text), ("year", Int), ("amount_cents", Int)],
    },
    List {
        key: "indicators",
        sql: "select label, kind, unit, baseline, target, due_on, source from indicator
              where proposal_id = $1 order by rank, indicator_id",
        columns: &[
            ("label", Text),
            ("kind", Text),
            ("unit", Text),
            ("baseline", Text),
            ("target", Text),
            ("due_on", Text),
            ("source", Text),
        ],
    },
    List {
        key: "jobs",
        sql: "select kind, nature, stage, posts, fte_hundredths, women, men, undisclosed, contract,
                     duration_months, effect_year, sector, confidence, note, founding_answer,
                     employer_siret, evidence, overlap_percent, sector_nomenclature
              from job_line where proposal_id = $1 order by rank, job_line_id",
        columns: &[
            ("kind", Text),
            ("nature", Text),
            ("stage", Text),
            ("posts", Int),
            ("fte_hundredths", Int),
            ("women", Int),
            ("men", Int),
            ("undisclosed", Int),
            ("contract", Text),
            ("duration_months", Int),
            ("effect_year", Int),
            ("sector", Text),
            ("confidence", Text),
            ("note", Text),
            ("founding_answer", Text),
            ("employer_siret", Text),
            ("evidence", Text),
            ("overlap_percent", Int),
            ("sector_nomenclature", Text),
        ],
    },
    List {
        key: "job_territories",
        // The line by its place, as it is read: ranks are ours, and may have gaps.
        sql: "select j.place, x.territory_code, y.name, x.share_percent
              from (select job_line_id, row_number() over (order by rank, job_line_id) as place
                    from job_line where proposal_id = $1) j
              join job_line_territory x on x.job_line_id = j.job_line_id
              join territory y on y.territory_code = x.territory_code
              order by j.place, x.territory_code",
        columns: &[
            ("line", Int),
            ("code", Text),
            ("name", Text),
            ("share_percent", Int),
        ],
    },
];

impl Tx {
    /// The sheet's rows as JSON: an object by list; what is null is left out.
    ///
    /// # Errors
    /// `NotFound` without such a proposal.
    pub async fn sheet_copy(&mut self, proposal: &ProposalId) -> Result<Value> {
        let own = self.rows(OWN.sql, args![proposal.as_str()]).await?;
        let own = own.first().ok_or(Error::NotFound)?;
        let mut sheet = Map::new();
        sheet.insert(OWN.key.to_owned(), object(own, OWN.columns)?);
        for list in LISTS {
            let rows = self.rows(list.sql, args![proposal.as_str()]).await?;
            let rows = rows.iter().map(|row| object(row, list.columns));
            sheet.insert(list.key.to_owned(), rows.collect::<Result<_>>()?);
        }
        Ok(Value::Object(sheet))
    }
}

fn object(row: &Row, columns: &[(&str, Kind)]) -> Result<Value> {
    let mut object = Map::new();
    for (at, (name, kind)) in columns.iter().enumerate() {
        let value = match kind {
            Text => row.opt_text(at)?.map(Value::from),
            Int => row.opt_int(at)?.map(Value::from),
        };
        if let Some(value) = value {
            object.insert((*name).to_owned(), value);
        }
    }
    Ok(Value::Object(object))
}
