//! The log of updates: numbered rows, fences, checksums, snapshots in pieces.

use chantier::clock::Timestamp;
use chantier::ids::DocumentId;
use chantier::store::Store;
use chantier::store::log;

use crate::support::database::Database;
use crate::support::on_both_databases;

const NOW: Timestamp = Timestamp(1_700_000_000_000);

/// A store with one empty document.
async fn with_document(database: &Database) -> (Store, DocumentId) {
    let store = database.store().await;
    let document = DocumentId::new();
    let mut tx = store.write().await.expect("begins");
    log::create_document(&mut tx, &document, "sheet", NOW)
        .await
        .expect("creates");
    tx.commit().await.expect("commits");
    (store, document)
}

async fn append(store: &Store, document: &DocumentId, updates: &[&[u8]]) -> i64 {
    let mut tx = store.write().await.expect("begins");
    let updates = updates.iter().map(|bytes| bytes.to_vec()).collect();
    let seq = log::append_in(&mut tx, document, &"acc-a".into(), None, updates, NOW)
        .await
        .expect("appends");
    tx.commit().await.expect("commits");
    seq
}

on_both_databases! {
    async fn rows_are_numbered_and_read_back(database: Database) {
        let (store, document) = with_document(&database).await;
        assert_eq!(append(&store, &document, &[b"one", b"two"]).await, 1);
        assert_eq!(append(&store, &document, &[b"three"]).await, 2);
        let mut tx = store.read().await.expect("begins");
        let rows = tx.log_rows(&document, 0, 2).await.expect("reads");
        let bytes: Vec<&[u8]> = rows
            .iter()
            .flat_map(|row| row.updates.iter().map(|update| update.bytes.as_ref()))
            .collect();
        assert_eq!(bytes, [&b"one"[..], b"two", b"three"]);
        assert_eq!(tx.document_head(&document).await.expect("reads").head_seq, 2);
    }

    async fn a_damaged_or_missing_row_is_an_error(database: Database) {
        let (store, document) = with_document(&database).await;
        for text in [b"one", b"two", b"six"] {
            append(&store, &document, &[text]).await;
        }
        database.execute("update log_row set epoch = 9 where seq = 2").await;
        let mut tx = store.read().await.expect("begins");
        assert!(tx.log_rows(&document, 0, 3).await.is_err());
        assert_eq!(tx.log_rows(&document, 2, 3).await.expect("the rest").len(), 1);
        drop(tx);
        database.execute("delete from log_row where seq = 3").await;
        let mut tx = store.read().await.expect("begins");
        assert!(tx.log_rows(&document, 2, 3).await.is_err());
    }
}
