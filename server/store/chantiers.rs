//! Chantiers: what they are about, who takes part, how many proposals stand in each phase.

use std::collections::{BTreeMap, HashMap};

use super::facts::stage_of;
use super::meetings::Meeting;
use super::next::{Agenda, Next};
use super::refs::{PersonRef, add_once, organisation_today, person_at, person_columns};
use super::standing::Standing;
use super::{Store, Tx, args};
use crate::error::{Error, Result};
use crate::ids::{AccountId, ChantierId};
use crate::rules::day::Day;
use crate::rules::rights::{Facts, Permit, Refusal, act};
use crate::rules::role::{Role, Roles};
use crate::rules::stage::Phase;

/// A chantier, as the programme page shows it.
#[derive(Clone, Debug)]
pub struct ChantierCard {
    /// Its id, e.g. `CH5`.
    pub chantier_id: String,
    /// Its title.
    pub title: String,
    /// What it is about, in Markdown.
    pub description: String,
    /// `preparing`, `active`, `suspended`, `closed`.
    pub status: String,
    /// Who presides.
    pub co_presidents: Vec<PersonRef>,
    /// How many proposals stand in each phase: all of them, readable or not.
    pub phases: BTreeMap<Phase, i64>,
    /// What comes next, as far as the account may read it.
    pub next: Option<Next>,
    /// What the account may be here.
    pub roles: Roles,
}

/// A chantier, as its page shows it.
#[derive(Clone, Debug)]
pub struct ChantierPage {
    /// What the card says.
    pub card: ChantierCard,
    /// Its main axis: id and title.
    pub axis: Option<(String, String)>,
    /// The Region's lead direction.
    pub lead_direction: Option<String>,
    /// The elected portfolios it cuts across.
    pub delegations: Vec<String>,
    /// Members, by college.
    pub colleges: Vec<College>,
    /// Meetings of its commission.
    pub meetings: Vec<Meeting>,
    /// What rights are judged from.
    pub facts: Facts,
}

/// The organisations of one college.
#[derive(Clone, Debug)]
pub struct College {
    /// Its id.
    pub college_id: String,
    /// Its title.
    pub title: String,
    /// Its organisations in this chantier.
    pub organisations: Vec<Member>,
}

/// A member organisation.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its id.
    pub organisation_id: String,
    /// Its full name.
    pub name: String,
    /// Its short name.
    pub short_name: String,
    /// `pilot`, `active`, `informed`.
    pub level: String,
    /// Who sits for it.
    pub people: Vec<Seat>,
    is_union: bool,
}

/// A person who sits.
#[derive(Clone, Debug)]
pub struct Seat {
    /// Who.
    pub person: PersonRef,
    /// As what.
    pub role: String,
    /// `titulaire`, `suppleant`.
    pub seat_kind: Option<String>,
    /// Their position in their organisation.
    pub job_title: Option<String>,
    /// Whether they agreed to be listed beyond the commission.
    is_listed: bool,
}

impl Store {
    /// Every chantier, in order of id.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn chantiers(
        &self,
        account: &AccountId,
        rule: impl Fn(&Facts) -> Result<Permit<act::Read>, Refusal> + Send,
    ) -> Result<Vec<ChantierCard>> {
        let today = self.today();
        let mut tx = self.read().await?;
        let standing = tx.standing(account, &today).await?;
        let agenda = tx
            .agenda(&standing, (self.clock.now(), &today), rule)
            .await?;
        tx.chantier_cards(&standing, &today, agenda).await
    }

    /// One chantier with its members and meetings.
    ///
    /// # Errors
    /// `NotFound` when there is no such chantier.
    pub async fn chantier(
        &self,
        account: &AccountId,
        chantier: &ChantierId,
        rule: impl Fn(&Facts) -> Result<Permit<act::Read>, Refusal> + Send,
    ) -> Result<ChantierPage> {
        let today = self.today();
        let card = self
            .chantiers(account, rule)
            .await?
            .into_iter()
            .find(|one| one.chantier_id == chantier.as_str())
            .ok_or(Error::NotFound)?;
        let mut tx = self.read().await?;
        let row = tx
            .row(
                "select x.axis_id, x.title, u.title from chantier c
                 left join axis x on x.axis_id = c.axis_id
                 left join region_unit u on u.region_unit_id = c.lead_unit_id
                 where c.chantier_id = $1",
                args![chantier.as_str()],
            )
            .await?
            .ok_or(Error::NotFound)?;
        let mut delegations = Vec::new();
        for row in tx
            .rows(
                "select u.title from chantier_delegation d
                 join region_unit u on u.region_unit_id = d.region_unit_id
                 where d.chantier_id = $1 order by d.region_unit_id",
                args![chantier.as_str()],
            )
            .await?
        {
            delegations.push(row.text(0)?);
        }
        Ok(ChantierPage {
            axis: row.opt_text(0)?.zip(row.opt_text(1)?),
            lead_direction: row.opt_text(2)?,
            delegations,
            colleges: tx.members(chantier, &today, card.roles).await?,
            meetings: tx.meetings_of(chantier.as_str()).await?,
            facts: Facts {
                roles: card.roles,
                stage: None,
            },
            card,
        })
    }
}

impl Tx {
    async fn chantier_cards(
        &mut self,
        standing: &Standing,
        today: &Day,
        mut agenda: Agenda,
    ) -> Result<Vec<ChantierCard>> {
        let mut phases: HashMap<String, BTreeMap<Phase, i64>> = HashMap::new();
        for row in self
            .rows(
                "select chantier_id, stage, count(*) from proposal group by chantier_id, stage",
                &[],
            )
            .await?
        {
            let phase = stage_of(&row.text(1)?)?.phase();
            *phases
                .entry(row.text(0)?)
                .or_default()
                .entry(phase)
                .or_default() += row.int(2)?;
        }
        let mut presidents: HashMap<String, Vec<PersonRef>> = HashMap::new();
        for row in self
            .rows(
                concat!(
                    "select b.chantier_id, ",
                    person_columns!(),
                    " from mandate m join body b on b.body_id = m.body_id
                      join person p on p.person_id = m.person_id",
                    organisation_today!("$1", "$2"),
                    "where b.kind = 'commission' and b.chantier_id is not null
                     and m.role = 'co_president'
                     and m.valid_from <= $3 and (m.valid_to is null or m.valid_to > $4)
                     order by m.valid_from, m.mandate_id, f.valid_from"
                ),
                args![
                    today.as_str(),
                    today.as_str(),
                    today.as_str(),
                    today.as_str()
                ],
            )
            .await?
        {
            add_once(
                presidents.entry(row.text(0)?).or_default(),
                person_at(&row, 1)?,
            );
        }
        let mut cards = Vec::new();
        for row in self
            .rows(
                "select chantier_id, title, description, status from chantier",
                &[],
            )
            .await?
        {
            let chantier_id = row.text(0)?;
            let counts = phases.remove(&chantier_id).unwrap_or_default();
            cards.push(ChantierCard {
                title: row.text(1)?,
                description: row.text(2)?,
                status: row.text(3)?,
                co_presidents: presidents.remove(&chantier_id).unwrap_or_default(),
                next: agenda.next(&chantier_id, counts.contains_key(&Phase::Copil)),
                phases: counts,
                roles: standing.in_chantier(&chantier_id),
                chantier_id,
            });
        }
        cards.sort_by(|a, b| a.chantier_id.cmp(&b.chantier_id));
        Ok(cards)
    }

    /// The member organisations by college. A trade-union mandate reveals union membership
    /// (GDPR article 9): without the person's agreement, it is shown inside the commission only.
    async fn members(
        &mut self,
        chantier: &ChantierId,
        today: &Day,
        viewer: Roles,
    ) -> Result<Vec<College>> {
        let mut seats = self.seats(chantier, today).await?;
        let sits_here = viewer.any(&Role::IN_COMMISSION);
        let mut colleges: Vec<(i64, College)> = Vec::new();
        for row in self
            .rows(
                "select c.rank, c.college_id, c.title, o.organisation_id, o.name, o.short_name,
                        s.level, o.kind
                 from membership s join organisation o on o.organisation_id = s.organisation_id
                 join college c on c.college_id = o.college_id
                 where s.chantier_id = $1 and s.status = 'active'
                 and s.valid_from <= $2 and (s.valid_to is null or s.valid_to > $3)",
                args![chantier.as_str(), today.as_str(), today.as_str()],
            )
            .await?
        {
            let mut member = Member {
                people: seats.remove(&row.text(3)?).unwrap_or_default(),
                organisation_id: row.text(3)?,
                name: row.text(4)?,
                short_name: row.text(5)?,
                level: row.text(6)?,
                is_union: row.text(7)? == "trade_union",
            };
            if member.is_union && !sits_here {
                member.people.retain(|seat| seat.is_listed);
            }
            let college_id = row.text(1)?;
            match colleges
                .iter_mut()
                .find(|(_, one)| one.college_id == college_id)
            {
                Some((_, college)) => college.organisations.push(member),
                None => colleges.push((
                    row.int(0)?,
                    College {
                        college_id,
                        title: row.text(2)?,
                        organisations: vec![member],
                    },
                )),
            }
        }
        colleges.sort_by_key(|(rank, _)| *rank);
        for (_, college) in &mut colleges {
            college
                .organisations
                .sort_by_cached_key(|one| crate::rules::wording::fold(&one.name));
        }
        Ok(colleges.into_iter().map(|(_, college)| college).collect())
    }

    /// Who sits in the chantier's commission today, by organisation.
    async fn seats(
        &mut self,
        chantier: &ChantierId,
        today: &Day,
    ) -> Result<HashMap<String, Vec<Seat>>> {
        let mut seats: HashMap<String, Vec<Seat>> = HashMap::new();
        for row in self
            .rows(
                concat!(
                    "select ",
                    person_columns!(),
                    ", m.role, m.seat_kind, f.job_title, p.listing_consented_at_ms
                     from mandate m join body b on b.body_id = m.body_id
                     join person p on p.person_id = m.person_id",
                    organisation_today!("$1", "$2"),
                    "where b.kind = 'commission' and b.chantier_id = $3
                     and m.valid_from <= $4 and (m.valid_to is null or m.valid_to > $5)
                     and o.organisation_id is not null
                     order by m.valid_from, m.mandate_id, f.valid_from"
                ),
                args![
                    today.as_str(),
                    today.as_str(),
                    chantier.as_str(),
                    today.as_str(),
                    today.as_str()
                ],
            )
            .await?
        {
            let person = person_at(&row, 0)?;
            let Some(organisation) = &person.organisation else {
                continue;
            };
            seats
                .entry(organisation.organisation_id.clone())
                .or_default()
                .push(Seat {
                    role: row.text(7)?,
                    seat_kind: row.opt_text(8)?,
                    job_title: row.opt_text(9)?,
                    is_listed: row.opt_int(10)?.is_some(),
                    person,
                });
        }
        Ok(seats)
    }
}
