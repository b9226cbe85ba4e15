//! The seats of a commission on a day, and which of them step aside (invariant 4: one seat, one vote,
//! whoever sits).

use std::collections::{BTreeMap, BTreeSet};

use crate::error::Result;
use crate::ids::ProposalId;
use crate::rules::day::Day;
use crate::store::{Tx, args};

/// A filled seat with a vote.
#[derive(Clone, Debug, Default)]
pub struct Seat {
    /// Its id.
    pub seat_id: String,
    /// Who may sit there that day, titulaire first.
    pub person_ids: Vec<String>,
    /// Their organisations.
    pub organisation_ids: BTreeSet<String>,
}

impl Seat {
    /// Whether one of these organisations sits there.
    #[must_use]
    pub fn is_of(&self, organisations: &BTreeSet<String>) -> bool {
        !self.organisation_ids.is_disjoint(organisations)
    }
}

impl Tx {
    /// The filled seats of a body on a day.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn voting_seats(&mut self, body_id: &str, on: &Day) -> Result<Vec<Seat>> {
        let day = on.as_str();
        let rows = self
            .rows(
                "select coalesce(m.seat, m.mandate_id), m.person_id, f.organisation_id
                 from mandate m
                 join affiliation f on f.person_id = m.person_id and f.valid_from <= $1
                 and (f.valid_to is null or f.valid_to > $2)
                 where m.body_id = $3 and m.voting = 1 and m.valid_from <= $4
                 and (m.valid_to is null or m.valid_to > $5)
                 order by m.seat_kind desc, m.mandate_id, f.valid_from",
                args![day, day, body_id, day, day],
            )
            .await?;
        let mut seats: BTreeMap<String, Seat> = BTreeMap::new();
        for row in rows {
            let seat_id = row.text(0)?;
            let seat = seats.entry(seat_id.clone()).or_insert_with(|| Seat {
                seat_id,
                ..Seat::default()
            });
            let person = row.text(1)?;
            if !seat.person_ids.contains(&person) {
                seat.person_ids.push(person);
            }
            seat.organisation_ids.insert(row.text(2)?);
        }
        Ok(seats.into_values().collect())
    }

    /// The organisations that step aside by themselves: the porteur, the co-porteurs, and those the
    /// action pays (`domain.md` 1.3, Recusal).
    ///
    /// # Errors
    /// Those of the database.
    pub async fn recused_by_rule(&mut self, proposal: &ProposalId) -> Result<BTreeSet<String>> {
        let id = proposal.as_str();
        let rows = self
            .rows(
                "select porteur_id from proposal where proposal_id = $1 and porteur_id is not null
                 union select organisation_id from proposal_co_porteur where proposal_id = $2
                 union select organisation_id from partner
                 where proposal_id = $3 and paid = 1 and organisation_id is not null",
                args![id, id, id],
            )
            .await?;
        rows.iter().map(|row| row.text(0)).collect()
    }
}
