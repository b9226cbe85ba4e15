//! What must hold of every story: promises kept, everybody agrees, no effect without a right,
//! authors as they were, and tables that a replay from nothing gives again.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use chantier::live::gate::{self, Limits, Tables, Verdict};
use chantier::live::replay;
use tokio::time::Instant;
use yrs::updates::decoder::Decode as _;
use yrs::{GetString as _, ReadTxn as _, StateVector, Transact as _, Update};

use super::scene::{PEOPLE, Scene};
use crate::support::PATIENCE;

/// The document as the database has it: text, clocks, and everything with its deletes.
struct Stored {
    text: String,
    vector: StateVector,
    snapshot: yrs::Snapshot,
}

/// The document as the database has it, and these updates on top.
async fn document(scene: &Scene<'_>, more: &[Bytes]) -> (yrs::Doc, yrs::XmlFragmentRef) {
    let history = scene.store.history(&scene.document).await.expect("whole");
    let doc = yrs::Doc::new();
    let section = doc.get_or_insert_xml_fragment("context");
    let rows = history.rows.iter().flat_map(|row| &row.updates);
    let snapshot = history.snapshot.iter().map(|snapshot| &snapshot.update);
    let stored = snapshot.chain(rows.map(|update| &update.bytes));
    for update in stored.chain(more) {
        let update = Update::decode_v1(update).expect("an update");
        doc.transact_mut().apply_update(update).expect("applies");
    }
    (doc, section)
}

async fn stored(scene: &Scene<'_>) -> Stored {
    let (doc, section) = document(scene, &[]).await;
    let tx = doc.transact();
    Stored {
        text: section.get_string(&tx),
        vector: tx.state_vector(),
        snapshot: tx.snapshot(),
    }
}

/// What was acknowledged or seen and is not in the database.
pub(crate) async fn promises(scene: &Scene<'_>) -> Vec<String> {
    let stored = stored(scene).await;
    scene.ledger.borrow().broken(&stored.text, &stored.vector)
}

/// Everybody who may read shows what is stored, and every promise is in it.
pub(crate) async fn agreement(scene: &mut Scene<'_>) {
    let end = Instant::now() + PATIENCE;
    loop {
        for client in &mut scene.clients {
            client.take().await;
        }
        let stored = stored(scene).await;
        let differs = |doc: &yrs::Doc| doc.transact().snapshot() != stored.snapshot;
        let apart: Vec<usize> = (0..scene.clients.len())
            .filter(|who| differs(&scene.clients[*who].doc))
            .collect();
        if apart.is_empty() {
            assert!(
                scene
                    .clients
                    .iter()
                    .all(|client| client.text() == stored.text)
            );
            break;
        }
        assert!(
            Instant::now() < end,
            "clients {apart:?} never show what is stored\n{:#?}",
            scene.told
        );
        tokio::task::yield_now().await;
    }
    let problems = promises(scene).await;
    assert!(
        problems.is_empty(),
        "at the end: {problems:#?}\n{:#?}",
        scene.told
    );
}

/// The log, read from its first row: who wrote what, when they might; and the tables it gives.
/// How many rows it has.
pub(crate) async fn log(scene: &Scene<'_>) -> usize {
    let mut tx = scene.store.read().await.expect("reads");
    let head = tx.document_head(&scene.document).await.expect("a head");
    let rows = tx
        .log_rows(&scene.document, 0, head.head_seq)
        .await
        .expect("every row");
    drop(tx);
    let mut owners = BTreeMap::new();
    for client in &scene.clients {
        owners.extend(client.ids.iter().map(|id| (*id, client.person)));
    }
    owners.extend(scene.server_ids.iter().map(|id| (*id, "ada")));
    let organisations: BTreeMap<&str, &str> = PEOPLE.into_iter().collect();
    let (mut tables, limits) = (Tables::new(), Limits::snapshot());
    for row in &rows {
        // The epoch in force where the row stands, not only the one it claims.
        let mut begun = scene
            .epochs
            .iter()
            .filter(|(_, (before, _))| *before < row.seq);
        let (epoch, (_, writers)) = begun.next_back().expect("the first epoch");
        assert_eq!(row.epoch, *epoch, "row {}\n{:#?}", row.seq, scene.told);
        for update in &row.updates {
            let person = update.account.as_str().trim_start_matches("acc-");
            assert!(
                writers.contains(person),
                "{person} wrote in epoch {epoch} without a right (row {})\n{:#?}",
                row.seq,
                scene.told
            );
            let organisation = update.organisation.as_ref().map(|id| id.as_str());
            assert_eq!(organisation, organisations.get(person).copied());
            let reading = match gate::read(&update.bytes, &tables, &limits) {
                Verdict::Accepted(reading) | Verdict::CleanUpOnly(reading) => reading,
                Verdict::NothingNew => continue,
                verdict @ (Verdict::Gap | Verdict::Refused(_)) => {
                    panic!("row {} does not pass the gate: {verdict:?}", row.seq)
                }
            };
            for range in &reading.new {
                let owner = owners.get(&range.client).copied();
                assert_eq!(owner, Some(person), "{range:?} in row {}", row.seq);
            }
            tables.apply(&reading);
        }
    }
    let history = scene.store.history(&scene.document).await.expect("whole");
    let replayed = replay::replay(&scene.document, &history, &limits).expect("replays");
    // Compaction counts the pieces anew: never more than there were.
    assert!(replayed.tables.pieces() <= tables.pieces());
    tables.set_pieces(replayed.tables.pieces(), 0);
    assert_eq!(
        replayed.tables.to_bytes(),
        tables.to_bytes(),
        "a replay from the first row gives other tables\n{:#?}",
        scene.told
    );
    rows.len()
}

/// Every word that somebody typed is acknowledged, kept aside, or still in a document of its author:
/// the one in use, or one left behind at a refusal or for what was kept aside.
pub(crate) fn still_with_their_authors(scene: &Scene<'_>) {
    let ledger = scene.ledger.borrow();
    for client in &scene.clients {
        let mut held = client.open_words();
        held.extend(&client.kept);
        for left in &client.left {
            let lost = ledger.missing(&left.open, &left.text());
            assert!(
                lost.is_empty(),
                "gone from its author: {lost:?}\n{:#?}",
                scene.told
            );
            held.extend(&left.open);
        }
        let told = |word: &&usize| !held.contains(word) && !ledger.is_stored(**word);
        let forgotten: Vec<&usize> = client.typed.iter().filter(told).collect();
        assert!(
            forgotten.is_empty(),
            "nobody has {forgotten:?}\n{:#?}",
            scene.told
        );
    }
}

/// What was kept aside is there for its author: on top of the text it shows every word.
pub(crate) async fn kept_aside(scene: &Scene<'_>) {
    let head = scene
        .store
        .document_head(&scene.document)
        .await
        .expect("a head");
    for (person, _) in PEOPLE {
        let own = scene
            .clients
            .iter()
            .filter(|client| client.person == person);
        let words: BTreeSet<usize> = own.flat_map(|client| client.kept.iter().copied()).collect();
        if words.is_empty() {
            continue;
        }
        let account = format!("acc-{person}").into();
        let late = scene
            .store
            .late_updates_of(&scene.document, &head.lineage, &account)
            .await;
        let (updates, _) = late.expect("reads");
        let updates: Vec<_> = updates.into_iter().map(|update| update.bytes).collect();
        let (doc, section) = document(scene, &updates).await;
        let text = section.get_string(&doc.transact());
        let lost = scene.ledger.borrow().missing(&words, &text);
        assert!(
            lost.is_empty(),
            "{person} was told that {lost:?} are kept\n{:#?}",
            scene.told
        );
    }
}
