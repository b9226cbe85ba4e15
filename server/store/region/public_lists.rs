//! Lists for anybody: what the Region decided, newest first; and of chantiers that chose so, what is on its way - title,
//! chantier, stage, calendar, and nothing else (invariant 14).

use crate::error::Result;
use crate::rules::day::Day;
use crate::rules::stage::Stage;
use crate::store::facts::stage_of;
use crate::store::{Row, Store, args};

/// A decided proposal in a list.
#[derive(Clone, Debug)]
pub struct PublicCard {
    /// Its number as an action, else as a proposal.
    pub number: String,
    /// Its title.
    pub title: String,
    /// Its summary.
    pub summary: String,
    /// Where it stands.
    pub stage: Stage,
    /// Its chantier: id and title.
    pub chantier: (String, String),
    /// The organisation that bears it.
    pub porteur: Option<String>,
    /// What was decided first.
    pub value: String,
    /// The day of that decision.
    pub decided_on: String,
    /// What is given altogether, in euro cents.
    pub decided_cents: i64,
}

/// A place in the list of decided proposals.
#[derive(Clone, Debug)]
pub struct PublicCursor {
    /// The day of the decision.
    pub decided_on: String,
    /// The decision.
    pub decision_id: String,
}

/// A page of decided proposals.
#[derive(Clone, Debug)]
pub struct PublicPage {
    /// The newest first.
    pub cards: Vec<PublicCard>,
    /// Where the next page begins.
    pub next: Option<PublicCursor>,
}

/// A proposal on its way, as its chantier shows it.
#[derive(Clone, Debug)]
pub struct UpcomingCard {
    /// Its title.
    pub title: String,
    /// Its chantier: id and title.
    pub chantier: (String, String),
    /// Where it stands.
    pub stage: Stage,
    /// The next day it is heard.
    pub next_on: Option<Day>,
}

impl Store {
    /// Decided proposals, of a chantier or of all, after a place in the list.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn public_cards(
        &self,
        chantier: Option<&str>,
        after: Option<&PublicCursor>,
        limit: i64,
    ) -> Result<PublicPage> {
        let mut tx = self.read().await?;
        let (day, id) = after.map_or(("9999", "~"), |at| {
            (at.decided_on.as_str(), at.decision_id.as_str())
        });
        let rows = tx
            .rows(
                "select coalesce(p.action_number, p.number), p.title, p.summary, p.stage,
                        c.chantier_id, c.title, o.name, d.value, d.decided_on, d.decision_id,
                        (select coalesce(cast(sum(m.amount_cents) as bigint), 0)
                         from decision_amount m join decision e on e.decision_id = m.decision_id
                         where e.proposal_id = p.proposal_id and e.published_at_ms is not null
                         and not exists (select 1 from decision r
                             where r.rectifies_id = e.decision_id
                             and r.confirmed_at_ms is not null))
                 from decision d join proposal p on p.proposal_id = d.proposal_id
                 join chantier c on c.chantier_id = p.chantier_id
                 left join organisation o on o.organisation_id = p.porteur_id
                 where d.published_at_ms is not null and d.confirmed_at_ms is not null
                 and d.kind = 'initial' and d.value <> 'returned'
                 and coalesce(p.action_number, p.number) is not null
                 and p.stage in ('approved', 'approved_conditional', 'rejected', 'committed',
                     'in_progress', 'suspended', 'completed', 'abandoned')
                 and (d.decided_on < $1 or (d.decided_on = $2 and d.decision_id < $3))
                 and ($4 = '' or p.chantier_id = $5)
                 order by d.decided_on desc, d.decision_id desc limit $6",
                args![
                    day,
                    day,
                    id,
                    chantier.unwrap_or_default(),
                    chantier.unwrap_or_default(),
                    limit + 1
                ],
            )
            .await?;
        let shown = usize::try_from(limit).unwrap_or(usize::MAX);
        let last = (rows.len() > shown).then(|| rows.get(shown.saturating_sub(1)));
        let next = last.flatten().map(|row| {
            Ok::<_, crate::error::Error>(PublicCursor {
                decided_on: row.text(8)?,
                decision_id: row.text(9)?,
            })
        });
        Ok(PublicPage {
            next: next.transpose()?,
            cards: rows
                .iter()
                .take(shown)
                .map(card_at)
                .collect::<Result<_>>()?,
        })
    }

    /// What is on its way in the chantiers that show their calendar, from the deposit to the Region's desk.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn upcoming_cards(&self) -> Result<Vec<UpcomingCard>> {
        let today = self.today();
        let mut tx = self.read().await?;
        let rows = tx
            .rows(
                "select p.proposal_id, p.title, c.chantier_id, c.title, p.stage from proposal p
                 join chantier c on c.chantier_id = p.chantier_id
                 where c.shows_calendar = 1
                 and p.stage in ('submitted', 'in_commission', 'frozen', 'opinion_given',
                     'at_copil', 'at_region')
                 order by c.chantier_id, p.number, p.proposal_id",
                &[],
            )
            .await?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let courses = tx.courses(None, &today).await?;
        rows.iter()
            .map(|row| {
                let course = courses.row(&row.text(0)?);
                Ok(UpcomingCard {
                    title: row.text(1)?,
                    chantier: (row.text(2)?, row.text(3)?),
                    stage: stage_of(&row.text(4)?)?,
                    next_on: course.and_then(|course| course.next_hearing_on.clone()),
                })
            })
            .collect()
    }
}

fn card_at(row: &Row) -> Result<PublicCard> {
    Ok(PublicCard {
        number: row.text(0)?,
        title: row.text(1)?,
        summary: row.text(2)?,
        stage: stage_of(&row.text(3)?)?,
        chantier: (row.text(4)?, row.text(5)?),
        porteur: row.opt_text(6)?,
        value: row.text(7)?,
        decided_on: row.text(8)?,
        decided_cents: row.int(10)?,
    })
}
