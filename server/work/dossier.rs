//! A proposal's dossier: every sealed version, the opinions, the journal with its salts and texts,
//! the public keys, and a README of every field; under one sealed list. Made when it is asked for.

use serde_json::{Map, Value, json};

use super::Work;
use crate::error::{Error, Result};
use crate::ids::ProposalId;
use crate::proof::dossier::{self, JOURNAL, KEYS, OPINIONS};
use crate::proof::keys::SigningKey;
use crate::proof::{canonical, hex};
use crate::store::journal::JournalRow;
use crate::store::keys::PublicKey;
use crate::store::opinions::Opinion;
use crate::store::refs::PersonRef;
use crate::store::versions::reading::DossierSource;

/// What every field of every file is, for who opens the dossier.
const README: &str = include_str!("dossier_readme.txt");

impl Work {
    /// The dossier of what was read, as a ZIP.
    ///
    /// # Errors
    /// `TooMuch` beyond 4 GiB; those of the database.
    pub async fn dossier(&self, proposal: &ProposalId, source: DossierSource) -> Result<Vec<u8>> {
        let key = self.store.signing_key().await?;
        let keys = self.store.known_keys().await?;
        let (proposal, now) = (proposal.clone(), self.store.clock.now().ms());
        // The key may have been made a moment ago: the list must name it.
        let source = DossierSource { keys, ..source };
        self.blocking(move || made(&proposal, &source, &key, now))
            .await?
    }
}

/// Makes it. Blocking.
fn made(
    proposal: &ProposalId,
    source: &DossierSource,
    key: &SigningKey,
    now_ms: i64,
) -> Result<Vec<u8>> {
    let files = files(proposal, source);
    let about = [
        ("proposal_id", json!(proposal.as_str())),
        ("proposal_number", json!(source.number)),
        ("title", json!(source.title)),
        ("made_at_ms", json!(now_ms)),
    ];
    let about: Map<String, Value> = about
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    dossier::make(files, about, key).map_err(|_| Error::TooMuch("reading_unavailable"))
}

/// The files of the dossier in their order; one more is one more line.
fn files(proposal: &ProposalId, source: &DossierSource) -> Vec<(String, Vec<u8>)> {
    let mut files = vec![("README.txt".to_owned(), README.as_bytes().to_vec())];
    for (version, file, page) in &source.versions {
        files.push((format!("versions/{}.json", version.rank), file.clone()));
        files.push((format!("versions/{}.html", version.rank), page.clone()));
    }
    files.push((OPINIONS.to_owned(), opinions(source)));
    files.push((JOURNAL.to_owned(), journal(proposal, source)));
    files.push((KEYS.to_owned(), keys(&source.keys)));
    files
}

/// The opinions given on the versions; organisations by their names, people by their ids.
fn opinions(source: &DossierSource) -> Vec<u8> {
    let name = |id: &str| json!(source.organisations.get(id));
    let opinions: Vec<Value> = source
        .opinions
        .iter()
        .map(|one| opinion(one, name))
        .collect();
    canonical::exact(&json!({ "format": "chantier.opinions.1", "opinions": opinions })).into_bytes()
}

fn opinion(one: &Opinion, name: impl Fn(&str) -> Value) -> Value {
    let count = one.count.map(|count| {
        json!({
            "for": count.in_favour, "against": count.against, "abstain": count.abstain,
            "not_voting": count.not_voting,
        })
    });
    let recusals = one.recusals.iter();
    let dissents = one.dissents.iter();
    let reserves = one.reserves.iter();
    json!({
        "opinion_id": one.opinion_id, "version_id": one.version_id, "round": one.round,
        "value": one.value.key(), "mode": one.mode.key(), "count": count,
        "seat_count": one.seat_count, "motive": one.motive, "heard_on": one.heard_on,
        "prepared_by": one.prepared_by, "prepared_at_ms": one.prepared_at_ms,
        "signed_by": one.signed_by, "signed_at_ms": one.signed_at_ms,
        "given_at_ms": one.given_at_ms,
        "recusals": recusals.map(|recusal| json!({
            "organisation": name(&recusal.organisation_id), "origin": recusal.origin,
        })).collect::<Vec<_>>(),
        "dissents": dissents.map(|dissent| json!({
            "organisation": dissent.organisation_id.as_deref().map(&name), "text": dissent.body,
        })).collect::<Vec<_>>(),
        "reserves": reserves.map(|reserve| json!({
            "text": reserve.body, "state": reserve.state, "answer": reserve.answer,
            "answered_at_ms": reserve.answered_at_ms,
        })).collect::<Vec<_>>(),
    })
}

/// The journal, its texts to the letter: their hashes are in the chain.
fn journal(proposal: &ProposalId, source: &DossierSource) -> Vec<u8> {
    let people: Map<String, Value> = source
        .people
        .iter()
        .map(|one| (one.person_id.clone(), person(one)))
        .collect();
    canonical::exact(&json!({
        "format": "chantier.journal.file.1",
        "proposal_id": proposal.as_str(),
        "people": people,
        "rows": source.journal.iter().map(row).collect::<Vec<_>>(),
    }))
    .into_bytes()
}

fn person(person: &PersonRef) -> Value {
    json!({
        "name": format!("{} {}", person.given_name, person.usual_name),
        "organisation": person.organisation.as_ref().map(|one| one.name.as_str()),
    })
}

/// A row; what it does not have is left out.
fn row(row: &JournalRow) -> Value {
    let mut fields = json!({
        "format": row.format,
        "rank": row.rank,
        "act": row.act,
        "person_id": row.person_id,
        "capacity": row.capacity,
        "from_stage": row.from_stage,
        "to_stage": row.to_stage,
        "note": row.note,
        "text_hash": row.text_hash.as_deref().map(hex),
        "salt": row.text.as_ref().map(|(salt, _)| hex(salt)),
        "text": row.text.as_ref().map(|(_, text)| text.as_str()),
        "details": row.details,
        "version_id": row.version_id,
        "document_seq": row.document_seq,
        "created_at_ms": row.created_at_ms,
        "hash": hex(&row.hash),
    });
    if let Some(fields) = fields.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    fields
}

/// The public keys as `keys.json`.
#[must_use]
pub fn keys(keys: &[PublicKey]) -> Vec<u8> {
    let key = |key: &PublicKey| {
        json!({
            "key_id": key.key_id,
            "public_key": hex(&key.public_key),
            "created_at_ms": key.created_at_ms,
            "retired_at_ms": key.retired_at_ms,
        })
    };
    let keys: Vec<Value> = keys.iter().map(key).collect();
    canonical::json(&json!({ "format": "chantier.keys.1", "algorithm": "Ed25519", "keys": keys }))
        .into_bytes()
}
