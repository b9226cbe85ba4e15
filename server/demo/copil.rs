//! The steering committee's arbitrations of the demonstration, as its secretary records them.

use crate::error::{Error, Result};
use crate::rules::arbitrations::Advice;
use crate::rules::day::Day;
use crate::rules::money::Amount;
use crate::store::demo::data::{Arbitration, Proposal};
use crate::store::transitions::Ask;

/// The arbitration this act records: the last one of the data by that day.
pub(super) fn ask(proposal: &Proposal, advice: Advice, on: &Day, version: i64) -> Result<Ask> {
    let given = proposal.arbitrations.iter().rev();
    let mut given = given.filter(|one| one.value == advice.key() && one.at.as_str() <= on.as_str());
    let arbitration = given
        .next()
        .ok_or_else(|| Error::internal("no arbitration to record"))?;
    Ok(Ask {
        reason: arbitration.motive.clone(),
        arbitrated_on: Day::from_iso(&arbitration.at),
        rank: arbitration.rank,
        ceilings: ceilings(arbitration, proposal),
        lead_unit: proposal.lead_direction.clone(),
        ..Ask::bare(advice.transition(), version)
    })
}

/// The data give one ceiling an envelope: it is filled year after year, as the years were asked for.
fn ceilings(arbitration: &Arbitration, proposal: &Proposal) -> Vec<Amount> {
    let mut all = Vec::new();
    for ceiling in &arbitration.envelope {
        let mut left = ceiling.ceiling_cents;
        let asked = proposal.envelope_requests.iter();
        for request in asked.filter(|request| request.code == ceiling.code) {
            let cents = left.min(request.amount_cents);
            left -= cents;
            if cents > 0 {
                all.push(Amount {
                    code: request.code.clone(),
                    year: request.year,
                    cents,
                });
            }
        }
    }
    all
}
