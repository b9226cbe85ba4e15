//! A small workspace: one chantier, one proposal being drafted, four people with a token each.
//!
//! | person | may |
//! |---|---|
//! | `ada` | owns the proposal: writes |
//! | `ben` | contributes: writes |
//! | `rea` | sits in the commission: reads |
//! | `zoe` | has an account and nothing else |

use chantier::clock::Timestamp;
use chantier::http::extract::secret_hash;
use chantier::ids::DocumentId;
use chantier::store::Store;
use chantier::store::log;

use super::database::Database;

/// Everybody, in the order of the table above.
pub(crate) const PEOPLE: [&str; 4] = ["ada", "ben", "rea", "zoe"];

/// The proposal.
pub(crate) const PROPOSAL: &str = "pro-test";

/// The bearer token of a person.
pub(crate) fn token(person: &str) -> String {
    format!("token-of-{person}")
}

/// Fills an empty database; gives the proposal's document.
pub(crate) async fn lay(database: &Database, store: &Store) -> DocumentId {
    database
        .execute(
            "insert into college (college_id, title, family, rank) values ('col', 'College', 'union', 1);
             insert into organisation (organisation_id, name, short_name, kind, college_id,
                 solicitation_budget_minutes, created_at_ms, version)
                 values ('org-a', 'Organisation A', 'Orga', 'union', 'col', 0, 0, 1);
             insert into chantier (chantier_id, slug, title, description, kind, status, opened_on, version)
                 values ('CH1', 'ch1', 'Chantier', '', 'thematic', 'open', '2020-01-01', 1);
             insert into body (body_id, kind, chantier_id, title)
                 values ('com-1', 'commission', 'CH1', 'Commission');
             insert into membership (membership_id, organisation_id, chantier_id, level, status, valid_from)
                 values ('mem-1', 'org-a', 'CH1', 'full', 'active', '2020-01-01');",
        )
        .await;
    for person in PEOPLE {
        lay_person(database, person).await;
    }
    lay_named(database, store, PROPOSAL, DocumentId::new()).await
}

/// One more proposal of the same people; gives its document.
pub(crate) async fn lay_proposal(database: &Database, store: &Store) -> DocumentId {
    let document = DocumentId::new();
    lay_named(database, store, &proposal_of(&document), document).await
}

/// The id of a proposal made by [`lay_proposal`].
pub(crate) fn proposal_of(document: &DocumentId) -> String {
    format!("pro-{}", document.as_str())
}

async fn lay_named(
    database: &Database,
    store: &Store,
    proposal: &str,
    document: DocumentId,
) -> DocumentId {
    let mut tx = store.write().await.expect("begins");
    log::create_document(&mut tx, &document, "sheet", Timestamp(0))
        .await
        .expect("creates");
    tx.commit().await.expect("commits");
    let document_id = document.as_str();
    database
        .execute_owned(format!(
            "insert into proposal (proposal_id, title, summary, stage, round, chantier_id, document_id,
                 created_by, created_at_ms, stage_since_ms, updated_at_ms, version)
                 values ('{proposal}', 'Title', 'Summary', 'drafting', 1, 'CH1', '{document_id}',
                 'per-ada', 0, 0, 0, 1);
             insert into proposal_person (proposal_id, person_id, tie, added_at_ms)
                 values ('{proposal}', 'per-ada', 'owner', 0), ('{proposal}', 'per-ben', 'contributor', 0);"
        ))
        .await;
    document
}

/// One more person, who may read.
pub(crate) async fn lay_person(database: &Database, person: &str) {
    let hex: String = secret_hash(&token(person))
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let hash = match database.url() {
        None => format!("x'{hex}'"),
        Some(_) => format!("decode('{hex}', 'hex')"),
    };
    database
        .execute_owned(format!(
            "insert into person (person_id, given_name, usual_name, created_at_ms, version)
                 values ('per-{person}', '{person}', 'Test', 0, 1);
             insert into affiliation (affiliation_id, person_id, organisation_id, job_title, elected, valid_from)
                 values ('aff-{person}', 'per-{person}', 'org-a', '', 0, '2020-01-01');
             insert into account (account_id, person_id, email, created_at_ms)
                 values ('acc-{person}', 'per-{person}', '{person}@example.org', 0);
             insert into token (token_id, account_id, secret_hash, label, created_at_ms)
                 values ('tok-{person}', 'acc-{person}', {hash}, 'test', 0);"
        ))
        .await;
    if person != "zoe" {
        database
            .execute_owned(format!(
                "insert into mandate (mandate_id, person_id, body_id, role, voting, valid_from)
                     values ('man-{person}', 'per-{person}', 'com-1', 'member', 1, '2020-01-01');"
            ))
            .await;
    }
}
