//! What somebody gives with T14 to T27, as the guards look at it.

use chantier::rules::day::Day;
use chantier::rules::money::{Amount, total_of};
use chantier::rules::transitions::Given;
use serde_json::Value as Json;

use super::super::state::State;
use super::model::amounts_of;

/// The part of `given` that these transitions look at.
pub(crate) fn given(state: &State, body: &Json, today: &Day, given: Given) -> Given {
    let in_days = |key: &str| {
        let day = body[key].as_str().and_then(Day::from_iso);
        day.map(|day| day.days_since(today))
    };
    let ceilings = body["ceilings"].as_array().map_or(0, Vec::len);
    Given {
        has_rank: matches!(body["rank"].as_i64(), Some(1..=3)),
        has_ceilings: ceilings > 0,
        ceilings_fit: fit(&amounts_of(&body["ceilings"]), &state.region.requested),
        names_lead_unit: body["lead_unit_id"].is_string(),
        starts_in_days: in_days("starts_on"),
        has_start_report: body["report"].is_string(),
        review_in_days: in_days("review_on"),
        ..given
    }
}

/// No more of any envelope than was asked for, all years together.
fn fit(ceilings: &[Amount], requested: &[Amount]) -> bool {
    ceilings
        .iter()
        .all(|one| total_of(ceilings, &one.code) <= total_of(requested, &one.code))
}

/// Whether the request names only directions there are.
pub(crate) fn asked_whole(body: &Json) -> bool {
    let unit = body["lead_unit_id"].as_str();
    unit.is_none_or(|unit| super::acts::DIRECTIONS.contains(&unit))
}
