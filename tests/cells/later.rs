//! What T14 to T27 look at, put there as rows: a review, a prepared decision, an agreement, a report.

use crate::support::world::World;

/// What these transitions need of the programme: a direction, a fast track, a second person who presides,
/// an envelope that holds next to nothing, and a deliberation that is taken.
pub(super) async fn framework(world: &World) {
    world.sql("insert into region_unit (region_unit_id, kind, title) values ('dir-a', 'direction', 'Direction A')").await;
    world
        .sql("update programme set rules = '{\"fast_track\": true}'")
        .await;
    world
        .sql("update organisation set kind = 'association' where organisation_id = 'org-b'")
        .await;
    world.sql("insert into envelope (envelope_id, year, code, label, amount_cents, requested_cents, arbitrated_cents, decided_cents, committed_cents) values ('e27', 2027, 'CREER', 'CREER 2027', 1, 0, 0, 0, 0)").await;
    world.person("second_chair", "org-a").await;
    world
        .mandate("second_chair", "co_president", "body-CH1")
        .await;
    let taken = "insert into decision (decision_id, proposal_id, kind, round, value, organ, deliberation_ref, title, decided_on, motive, prepared_by, prepared_at_ms, confirmed_at_ms, version) values ('taken', 'secret-proposal', 'initial', 1, 'rejected', 'Commission permanente', 'DEL-TAKEN', 'Titre', '2025-01-02', 'Motif', 'nobody', 1, 1, 1)";
    world.sql(taken).await;
}

/// Somebody else than the region's validator of the tables prepared it.
const DECISION: &str = "insert into decision (decision_id, proposal_id, kind, round, value, organ, deliberation_ref, title, decided_on, motive, override_motive, due_on, prepared_by, prepared_at_ms, version) select 'dec-' || proposal_id, proposal_id, 'initial', 1, $1, 'Commission permanente', 'DEL-' || proposal_id, 'Titre', '2025-01-02', 'Motif', 'Urgence', '2999-01-01', 'nobody', 1, 1 from proposal where proposal_id = $2";

/// Puts there what this transition looks at.
pub(super) async fn ready(world: &World, id: &str, transition: &str) {
    let value = match transition {
        "T21" => "returned",
        "T22" => "approved_with_conditions",
        "T20" | "T23" => "approved",
        "T26" => {
            world.run("insert into follow_up (follow_up_id, proposal_id, period, due_on, progress, submitted_at_ms, version) select 'final-' || proposal_id, proposal_id, 'final', '2025-01-02', 100, 1, 1 from proposal where proposal_id = $1", &[id]).await;
            return;
        }
        _ => return,
    };
    world.run(DECISION, &[value, id]).await;
    if value.starts_with("approved") {
        world.run("insert into decision_amount (decision_id, code, year, amount_cents) select 'dec-' || proposal_id, 'CREER', 2027, 3000000 from proposal where proposal_id = $1", &[id]).await;
    }
    if !matches!(transition, "T20" | "T21") {
        world
            .run(
                "update decision set confirmed_at_ms = 1 where proposal_id = $1",
                &[id],
            )
            .await;
    }
    if transition == "T23" {
        agreement(world, id).await;
    }
    world.run("insert into regional_review (review_id, proposal_id, round, received_at_ms, version) select 'rev-' || proposal_id, proposal_id, 1, 1, 1 from proposal where proposal_id = $1", &[id]).await;
    for item in [
        "bearer_papers",
        "bank_details",
        "signed_budget",
        "other_funders",
        "state_aid",
        "republican_contract",
    ] {
        world.run("insert into review_check (review_id, item, state, checked_by, checked_at_ms) select 'rev-' || proposal_id, $1, 'ok', 'region_instructor', 1 from proposal where proposal_id = $2", &[item, id]).await;
    }
}

async fn agreement(world: &World, id: &str) {
    world.run(AGREEMENT, &[id]).await;
}

/// An agreement on the decision of a proposal.
pub(super) const AGREEMENT: &str = "insert into agreement (agreement_id, proposal_id, decision_id, kind, number, purpose, total_cents, nature, payment_terms, eu_notification, recorded_by, recorded_at_ms, version) select 'agr-' || proposal_id, proposal_id, 'dec-' || proposal_id, 'agreement', 'CONV-' || proposal_id, 'Objet', 3000000, 'aide en num\u{e9}raire', 'unique', 0, 'region_instructor', 1, 1 from proposal where proposal_id = $1";
