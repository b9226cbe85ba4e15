//! What is asked, advised, decided and engaged of each envelope, added up from the rows themselves, and the
//! lines behind each number (`domain.md` 1.1, invariant 8). A few queries, whatever the count of proposals.

use std::collections::HashMap;

use super::cards::{Card, Filter};
use super::money::in_force;
use super::{Row, Store, Tx, args};
use crate::error::{Error, Result};
use crate::ids::AccountId;
use crate::rules::money::{Amount, Counter, Envelope, counted_in};
use crate::rules::rights::{Facts, Permit, Refusal, act};

/// An envelope with its numbers.
#[derive(Clone, Debug)]
pub struct EnvelopeRow {
    /// The envelope.
    pub envelope: Envelope,
    /// Its name.
    pub label: String,
    /// Its id.
    pub envelope_id: String,
    /// Each counter's cents, in the order of [`Counter::ALL`]; what lies within it counts too.
    pub counted: Vec<i64>,
    /// What the Region may still decide: what it holds less what is decided.
    pub remaining_cents: i64,
}

/// One proposal behind a number.
#[derive(Clone, Debug)]
pub struct Line {
    /// The proposal.
    pub card: Card,
    /// The amount, in euro cents.
    pub cents: i64,
    /// The envelope it is taken from: this one, or one within it.
    pub code: String,
}

/// The lines behind a number.
#[derive(Clone, Debug)]
pub struct Lines {
    /// What the account may read, the largest first.
    pub lines: Vec<Line>,
    /// How many proposals it may not read.
    pub hidden_count: usize,
    /// Their sum.
    pub hidden_cents: i64,
    /// The whole sum: that of the page.
    pub total_cents: i64,
}

/// Which number is opened.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The envelope's code.
    pub code: String,
    /// Its year.
    pub year: i64,
    /// Which of its numbers.
    pub counter: Counter,
}

/// Asked for: by what was deposited and has not been taken back or taken into others.
macro_rules! requested {
    () => {
        "select r.proposal_id, r.code, r.year, r.amount_cents
         from envelope_request r join proposal p on p.proposal_id = r.proposal_id
         where p.number is not null
         and p.stage not in ('idea', 'drafting', 'withdrawn', 'merged', 'split')"
    };
}

/// Advised: the ceilings of a proposal's last arbitration, where that one retained it.
macro_rules! arbitrated {
    () => {
        "select a.proposal_id, c.code, c.year, c.amount_cents
         from arbitration a join arbitration_ceiling c on c.arbitration_id = a.arbitration_id
         join proposal p on p.proposal_id = a.proposal_id
         where a.value = 'retained' and p.stage not in ('withdrawn', 'merged', 'split')
         and not exists (select 1 from arbitration n where n.proposal_id = a.proposal_id
             and (n.recorded_at_ms > a.recorded_at_ms
                  or (n.recorded_at_ms = a.recorded_at_ms and n.arbitration_id > a.arbitration_id)))"
    };
}

/// Advised and not decided yet: what lies on the Region's desk.
macro_rules! awaiting {
    () => {
        concat!(arbitrated!(), " and p.stage = 'at_region'")
    };
}

/// Decided: confirmed and not rectified; what was abandoned is released (T27).
macro_rules! decided {
    () => {
        concat!(
            "select d.proposal_id, m.code, m.year, m.amount_cents
         from decision d join decision_amount m on m.decision_id = d.decision_id
         join proposal p on p.proposal_id = d.proposal_id
         where p.stage <> 'abandoned' and ",
            in_force!("d")
        )
    };
}

/// Engaged: what is decided of actions that were engaged (T23).
macro_rules! committed {
    () => {
        concat!(
            decided!(),
            " and p.stage in ('committed', 'in_progress', 'suspended', 'completed')"
        )
    };
}

macro_rules! sums {
    ($rows:expr) => {
        concat!(
            "select code, year, cast(sum(amount_cents) as bigint) from (",
            $rows,
            ") x group by code, year"
        )
    };
}

macro_rules! by_proposal {
    ($rows:expr) => {
        concat!(
            "select x.proposal_id, x.code, cast(sum(x.amount_cents) as bigint) from (",
            $rows,
            ") x where x.year = $1 and (x.code = $2 or x.code in
                (select e.code from envelope e join envelope o on o.envelope_id = e.parent_id
                 where o.code = $3 and o.year = $4 and e.year = $5))
             group by x.proposal_id, x.code"
        )
    };
}

const fn sums_of(counter: Counter) -> &'static str {
    match counter {
        Counter::Requested => sums!(requested!()),
        Counter::Arbitrated => sums!(arbitrated!()),
        Counter::Awaiting => sums!(awaiting!()),
        Counter::Decided => sums!(decided!()),
        Counter::Committed => sums!(committed!()),
    }
}

const fn lines_of(counter: Counter) -> &'static str {
    match counter {
        Counter::Requested => by_proposal!(requested!()),
        Counter::Arbitrated => by_proposal!(arbitrated!()),
        Counter::Awaiting => by_proposal!(awaiting!()),
        Counter::Decided => by_proposal!(decided!()),
        Counter::Committed => by_proposal!(committed!()),
    }
}

impl Store {
    /// Every envelope with its numbers, by year and code.
    ///
    /// # Errors
    /// What the rule refuses.
    pub async fn envelopes(
        &self,
        account: &AccountId,
        rule: impl FnOnce(&Facts) -> Result<Permit<act::ReadEnvelopes>, Refusal> + Send,
    ) -> Result<Vec<EnvelopeRow>> {
        let today = self.today();
        let mut tx = self.read().await?;
        rule(&tx.programme_facts(account, &today).await?)?;
        tx.counted_envelopes().await
    }

    /// The proposals behind one number: those the account may read, and the sum of the others.
    ///
    /// # Errors
    /// What the rule refuses; `NotFound` without such an envelope.
    pub async fn envelope_lines(
        &self,
        account: &AccountId,
        opened: &Opened,
        rule: impl FnOnce(&Facts) -> Result<Permit<act::ReadEnvelopes>, Refusal> + Send,
        reads: impl Fn(&Facts) -> Result<Permit<act::Read>, Refusal> + Send,
    ) -> Result<Lines> {
        let today = self.today();
        let mut tx = self.read().await?;
        rule(&tx.programme_facts(account, &today).await?)?;
        let known = tx.envelopes().await?;
        let is_it = |one: &Envelope| one.code == opened.code && one.year == opened.year;
        if !known.iter().any(is_it) {
            return Err(Error::NotFound);
        }
        let rows = tx
            .rows(
                lines_of(opened.counter),
                args![
                    opened.year,
                    &opened.code,
                    &opened.code,
                    opened.year,
                    opened.year
                ],
            )
            .await?;
        let standing = tx.standing(account, &today).await?;
        let courses = tx.courses(None, &today).await?;
        let cards = tx
            .readable(&standing, &Filter::default(), &courses, reads)
            .await?;
        lines(&rows, cards)
    }
}

/// The rows with the cards one may read.
fn lines(rows: &[Row], cards: Vec<Card>) -> Result<Lines> {
    let mut cards: HashMap<String, Card> = cards
        .into_iter()
        .map(|card| (card.proposal_id.clone(), card))
        .collect();
    let mut found = Lines {
        lines: Vec::new(),
        hidden_count: 0,
        hidden_cents: 0,
        total_cents: 0,
    };
    for row in rows {
        let (id, code, cents) = (row.text(0)?, row.text(1)?, row.int(2)?);
        found.total_cents += cents;
        match cards.get_mut(&id) {
            Some(card) => found.lines.push(Line {
                card: card.clone(),
                cents,
                code,
            }),
            None => {
                found.hidden_count += 1;
                found.hidden_cents += cents;
            }
        }
    }
    found
        .lines
        .sort_by(|a, b| (b.cents, &a.card.proposal_id).cmp(&(a.cents, &b.card.proposal_id)));
    Ok(found)
}

impl Tx {
    /// Every envelope with its numbers.
    pub(super) async fn counted_envelopes(&mut self) -> Result<Vec<EnvelopeRow>> {
        let mut sums: Vec<Vec<Amount>> = Vec::new();
        for counter in Counter::ALL {
            let rows = self.rows(sums_of(*counter), &[]).await?;
            let amounts: Result<Vec<Amount>> = rows.iter().map(amount_at).collect();
            sums.push(amounts?);
        }
        let all = self.envelopes().await?;
        let named = self
            .rows("select code, year, label, envelope_id from envelope", &[])
            .await?;
        let mut names = HashMap::new();
        for row in &named {
            names.insert((row.text(0)?, row.int(1)?), (row.text(2)?, row.text(3)?));
        }
        let rows = all.iter().map(|envelope| {
            let counted: Vec<i64> = sums
                .iter()
                .map(|amounts| counted_in(envelope, &all, amounts))
                .collect();
            let name = names.get(&(envelope.code.clone(), envelope.year));
            let decided = Counter::ALL
                .iter()
                .position(|one| *one == Counter::Decided)
                .and_then(|at| counted.get(at))
                .copied()
                .unwrap_or(0);
            EnvelopeRow {
                label: name.map(|name| name.0.clone()).unwrap_or_default(),
                envelope_id: name.map(|name| name.1.clone()).unwrap_or_default(),
                remaining_cents: envelope.cents - decided,
                counted,
                envelope: envelope.clone(),
            }
        });
        Ok(rows.collect())
    }
}

fn amount_at(row: &Row) -> Result<Amount> {
    Ok(Amount {
        code: row.text(0)?,
        year: row.int(1)?,
        cents: row.int(2)?,
    })
}
