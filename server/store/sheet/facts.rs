//! The sheet as the rule of the deposit looks at it.

use super::Sheet;
use crate::rules::sheet::{Experiment, Given, Money, SheetFacts};
use crate::rules::transitions::Porteur;

/// What the deposit's rule looks at, and whether money of the experimentation fund is asked.
#[must_use]
pub fn sheet_facts(sheet: &Sheet, porteur: Porteur) -> (SheetFacts, Experiment) {
    let cost = |in_kind: bool| -> Vec<Money> {
        let rows = sheet.expenses.iter();
        rows.filter(|row| (row.nature == "in_kind") == in_kind)
            .map(|row| money(row.year, row.amount_cents))
            .collect()
    };
    let funds = |in_kind: bool, region_only: bool| -> Vec<Money> {
        let rows = sheet.funding.iter();
        rows.filter(|row| (row.nature == "in_kind") == in_kind)
            .filter(|row| !region_only || row.kind == "region")
            .map(|row| money(row.year, row.amount_cents))
            .collect()
    };
    let target = &sheet.target_public;
    let requests = sheet.envelope_requests.iter();
    let facts = SheetFacts {
        objectives: sheet.objectives.len(),
        porteur,
        contact: Given::from(
            sheet.owner.contact_name.is_some() && sheet.owner.contact_email.is_some(),
        ),
        partners: sheet.partners.len(),
        no_partner: Given::from(sheet.no_partner_at_ms.is_some()),
        target: Given::from(target.text.is_some() || !target.tags.is_empty()),
        headcount: Given::from(target.headcount.is_some()),
        women: Given::from(target.women_percent.is_some()),
        territories: sheet.territories.len(),
        phases: sheet.calendar.len(),
        vat: Given::from(sheet.vat_mode.is_some()),
        expenses: cost(false),
        funding: funds(false, false),
        kind_expenses: cost(true),
        kind_funding: funds(true, false),
        region: funds(false, true),
        requests: requests
            .map(|row| money(row.year, row.amount_cents))
            .collect(),
        indicators: sheet.indicators.len(),
        jobs: sheet.jobs.len(),
        no_jobs: Given::from(sheet.no_jobs_motive.is_some()),
    };
    let asks = sheet.envelope_requests.iter().any(|row| row.code == "FEE");
    let experiment = if asks {
        Experiment::MoneyAsked
    } else {
        Experiment::NoMoney
    };
    (facts, experiment)
}

const fn money(year: i64, cents: i64) -> Money {
    Money { year, cents }
}
