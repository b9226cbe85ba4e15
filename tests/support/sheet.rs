//! A sheet that lacks nothing but its text, behind the API's back.

use chantier::store::{Store, Value};

/// What each statement fills; `$1` is the proposal.
const STATEMENTS: [&str; 10] = [
    "insert into territory (territory_code, level, name) values ('04', 'department', 'Alpes-de-Haute-Provence') on conflict do nothing",
    "update proposal set porteur_accepted_at_ms = 1, owner_contact_name = 'Camille Exemple', owner_contact_email = 'camille@a.example', target_text = 'Tout public', target_headcount = 10, target_women_percent = 50, vat_mode = 'TTC', no_partner_at_ms = 1, no_jobs_motive = 'Une \u{e9}tude, sans embauche attendue.' where proposal_id = $1",
    "insert into proposal_territory (proposal_id, territory_code) select proposal_id, '04' from proposal where proposal_id = $1 on conflict do nothing",
    "insert into objective (objective_id, proposal_id, rank, body, version) select 'obj-' || proposal_id, proposal_id, 1, 'Un objectif', 1 from proposal where proposal_id = $1",
    "insert into calendar_phase (calendar_phase_id, proposal_id, rank, label, starts_on, ends_on, version) select 'pha-' || proposal_id, proposal_id, 1, 'Lancement', '2027-01-01', '2027-06-30', 1 from proposal where proposal_id = $1",
    "insert into expense (expense_id, proposal_id, rank, year, nature, account, label, amount_cents, version) select 'exp-' || proposal_id, proposal_id, 1, 2027, 'operation', '62', 'Animation', 1000000, 1 from proposal where proposal_id = $1",
    "insert into funding (funding_id, proposal_id, rank, year, funder, kind, amount_cents, state, version) select 'reg-' || proposal_id, proposal_id, 1, 2027, 'R\u{e9}gion', 'region', 400000, 'requested', 1 from proposal where proposal_id = $1",
    "insert into funding (funding_id, proposal_id, rank, year, funder, kind, amount_cents, state, version) select 'own-' || proposal_id, proposal_id, 2, 2027, 'Fonds propres', 'own', 600000, 'secured', 1 from proposal where proposal_id = $1",
    "insert into envelope_request (envelope_request_id, proposal_id, rank, code, year, amount_cents, version) select 'env-' || proposal_id, proposal_id, 1, 'CREER', 2027, 400000, 1 from proposal where proposal_id = $1",
    "insert into indicator (indicator_id, proposal_id, rank, label, kind, unit, target, version) select 'ind-' || proposal_id, proposal_id, 1, 'Entreprises accompagn\u{e9}es', 'output', 'entreprises', '12', 1 from proposal where proposal_id = $1",
];

/// Fills every structured section of the proposal, so that only its text is missing to the deposit.
pub(crate) async fn complete(store: &Store, proposal: &str) {
    let mut tx = store.write().await.expect("writes");
    for sql in STATEMENTS {
        let values: &[Value] = &[Value::from(proposal)];
        let values = if sql.contains("$1") { values } else { &[] };
        tx.run(sql, values)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }
    tx.commit().await.expect("commits");
}
