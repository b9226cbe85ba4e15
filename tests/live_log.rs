//! The log of updates: numbered rows, fences, checksums, snapshots in pieces.

use chantier::clock::Timestamp;
use chantier::ids::DocumentId;
use chantier::store::Store;
use chantier::store::log::{self, Append, LogWriter, Outcome, StoredUpdate};

use crate::support::database::Database;
use crate::support::on_both_databases;

const NOW: Timestamp = Timestamp(1_700_000_000_000);

/// A store with one empty document.
async fn with_document(database: &Database) -> (Store, DocumentId) {
    let store = database.store().await;
    let document = another(&store).await;
    (store, document)
}

/// One more empty document.
async fn another(store: &Store) -> DocumentId {
    let document = DocumentId::new();
    let mut tx = store.write().await.expect("begins");
    log::create_document(&mut tx, &document, "sheet", NOW)
        .await
        .expect("creates");
    tx.commit().await.expect("commits");
    document
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

/// A turn of one update, judged against this head.
fn turn(document: &DocumentId, head_seq: i64, bytes: &'static [u8]) -> Append {
    let update = StoredUpdate {
        account: "acc-a".into(),
        organisation: None,
        bytes: bytes.into(),
    };
    Append {
        document: document.clone(),
        epoch: 1,
        head_seq,
        updates: [update].into(),
        clients: Vec::new(),
        restores: None,
    }
}

/// Hands all of them in before the writer begins: they are one commit.
async fn in_one_commit(store: &Store, turns: [Append; 3]) -> [Option<i64>; 3] {
    let (writer, work) = LogWriter::new(store.clone());
    let [a, b, c] = turns.map(|turn| writer.append(turn));
    let (a, b, c, ()) = tokio::join!(a, b, c, async { drop(tokio::spawn(work)) });
    [a, b, c].map(|outcome| match outcome {
        Outcome::Stored(seq) => Some(seq),
        Outcome::Fenced => None,
        Outcome::Failed(error) => panic!("{error}"),
    })
}

on_both_databases! {
    async fn a_lost_fence_leaves_the_commit_and_the_others_go_on(database: Database) {
        let (store, one) = with_document(&database).await;
        let behind = another(&store).await;
        let three = another(&store).await;
        append(&store, &behind, &[b"by somebody else"]).await;
        let turns = || [turn(&one, 0, b"a"), turn(&behind, 0, b"b"), turn(&three, 0, b"c")];
        assert_eq!(in_one_commit(&store, turns()).await, [Some(1), None, Some(1)]);
        // Who does not know whether it was kept repeats it, and is told; nothing is written twice.
        assert_eq!(in_one_commit(&store, turns()).await, [Some(1), None, Some(1)]);
        let mut tx = store.read().await.expect("begins");
        for (document, text) in [(&one, &b"a"[..]), (&behind, b"by somebody else"), (&three, b"c")] {
            let rows = tx.log_rows(document, 0, 1).await.expect("reads");
            let texts: Vec<_> = rows.iter().flat_map(|row| &row.updates).map(|u| &u.bytes[..]).collect();
            assert_eq!(texts, [text]);
            assert_eq!(tx.document_head(document).await.expect("reads").head_seq, 1);
        }
    }

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
