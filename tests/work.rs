//! Behind the hot path: projections on demand and after edits, verified compaction.

use chantier::clock::Timestamp;
use chantier::error::Error;
use chantier::ids::DocumentId;
use chantier::store::log;
use chantier::store::{Store, Value};
use chantier::text;
use chantier::work::Work;
use tokio_util::task::TaskTracker;

use crate::support::{on_both_databases, until, workspace};

const NOW: Timestamp = Timestamp(1_700_000_000_000);

async fn new_document(store: &Store) -> DocumentId {
    let document = DocumentId::new();
    let mut tx = store.write().await.expect("begins");
    log::create_document(&mut tx, &document, "sheet", NOW)
        .await
        .expect("creates");
    tx.commit().await.expect("commits");
    document
}

/// Appends one row whose updates are these texts, each under a client id of its own.
async fn write(store: &Store, document: &DocumentId, texts: &[(u32, &str)]) {
    let updates = texts
        .iter()
        .map(|(client_id, text)| text::edit::from_markdown(&[("context", text)], *client_id))
        .collect();
    let mut tx = store.write().await.expect("begins");
    log::append_in(&mut tx, document, &"acc-a".into(), None, updates, NOW)
        .await
        .expect("appends");
    tx.commit().await.expect("commits");
}

async fn projected(store: &Store, document: &DocumentId) -> Option<(i64, String)> {
    let (projection, _) = store.projection_and_head(document).await.expect("reads");
    projection.map(|one| {
        let plain = one.section("context").map(|section| section.plain.clone());
        (one.seq, plain.unwrap_or_default())
    })
}

on_both_databases! {
    async fn a_reader_gets_the_text_as_of_now(database: Database) {
        let store = database.store().await;
        let work = Work::start(store.clone(), TaskTracker::new());
        let document = new_document(&store).await;
        let empty = work.ensure(&document).await.expect("reads");
        assert_eq!((empty.seq, empty.sections.len()), (0, 5));
        assert!(empty.sections.iter().all(|section| !section.filled()));
        for seq in 1..=3 {
            write(&store, &document, &[(10 - seq, &format!("texte {seq}"))]).await;
            // Readers at the same time share one reading.
            let (one, other) = tokio::join!(work.ensure(&document), work.ensure(&document));
            let (one, other) = (one.expect("reads"), other.expect("reads"));
            assert_eq!(one, other);
            assert_eq!(one.seq, i64::from(seq));
            let context = one.section("context").expect("every section");
            assert!(context.html.contains(&format!("<p>texte {seq}</p>")), "{}", context.html);
            assert_eq!(context.words, i64::from(seq) * 2);
        }
        assert!(matches!(
            work.ensure(&DocumentId::new()).await,
            Err(Error::NotFound)
        ));
    }

    async fn typing_counts_as_a_change_of_the_proposal(database: Database) {
        let store = database.store().await;
        let document = workspace::lay(&database, &store).await;
        let work = Work::start(store.clone(), TaskTracker::new());
        let changed_at = async || {
            let sql = "select updated_at_ms from proposal where document_id = $1";
            let mut tx = store.read().await.expect("begins");
            let row = tx.row(sql, &[Value::from(document.as_str())]).await.expect("reads");
            row.expect("the proposal").int(0).expect("a number")
        };
        database.execute("update proposal set updated_at_ms = 5").await;
        work.ensure(&document).await.expect("reads");
        assert_eq!(changed_at().await, 5);
        write(&store, &document, &[(1, "un mot")]).await;
        work.ensure(&document).await.expect("reads");
        assert_eq!(changed_at().await, NOW.ms());
        // Never backwards.
        database.execute("update proposal set updated_at_ms = 1800000000000").await;
        write(&store, &document, &[(2, "un autre")]).await;
        work.ensure(&document).await.expect("reads");
        assert_eq!(changed_at().await, 1_800_000_000_000);
    }

    async fn edits_and_a_start_bring_documents_up_to_date(database: Database) {
        let store = database.store().await;
        let left_behind = new_document(&store).await;
        write(&store, &left_behind, &[(1, "avant")]).await;
        let tasks = TaskTracker::new();
        let work = Work::start(store.clone(), tasks.clone());
        until("the document left behind is read", || async {
            projected(&store, &left_behind).await.filter(|one| *one == (1, "avant".to_owned()))
        })
        .await;
        let document = new_document(&store).await;
        write(&store, &document, &[(1, "vivant")]).await;
        work.edited(&document);
        until("the edited document is read", || async {
            projected(&store, &document).await.filter(|one| *one == (1, "vivant".to_owned()))
        })
        .await;
        work.stop();
        tasks.close();
        tasks.wait().await;
    }

    async fn a_long_tail_becomes_a_verified_snapshot(database: Database) {
        let store = database.store().await;
        let work = Work::start(store.clone(), TaskTracker::new());
        let document = new_document(&store).await;
        for round in 0..4u32 {
            let texts: Vec<(u32, String)> =
                (1..=100).map(|id| (round * 100 + id, format!("p{id}"))).collect();
            let texts: Vec<(u32, &str)> = texts.iter().map(|(id, text)| (*id, text.as_str())).collect();
            write(&store, &document, &texts).await;
        }
        let before = work.ensure(&document).await.expect("reads");
        assert_eq!(store.log_tail(&document).await.expect("reads").0, 400);
        work.compact_soon(&document);
        work.compact_soon(&document);
        until("the tail is short", || async {
            (store.log_tail(&document).await.expect("reads").0 == 0).then_some(())
        })
        .await;
        let history = store.history(&document).await.expect("reads");
        assert!(history.rows.is_empty());
        let snapshot = history.snapshot.expect("a snapshot");
        let read = text::read([snapshot.update.as_ref()]).expect("reads");
        assert_eq!(
            text::plain::text(&read[0]),
            before.section("context").expect("every section").plain
        );
        // The next snapshot builds on this one and its tables.
        write(&store, &document, &[(9_000, "encore")]).await;
        assert_eq!(work.compact(&document).await.expect("compacts"), 5);
        assert_eq!(work.ensure(&document).await.expect("reads").seq, 5);
        // Every row is still there.
        let mut tx = store.read().await.expect("begins");
        assert_eq!(tx.log_rows(&document, 0, 5).await.expect("reads").len(), 5);
    }

    async fn what_cannot_be_read_is_never_compacted(database: Database) {
        let store = database.store().await;
        let work = Work::start(store.clone(), TaskTracker::new());
        let document = new_document(&store).await;
        let mut tx = store.write().await.expect("begins");
        log::append_in(&mut tx, &document, &"acc-a".into(), None, vec![vec![1, 1, 5, 9, 0]], NOW)
            .await
            .expect("appends");
        tx.commit().await.expect("commits");
        assert!(work.compact(&document).await.is_err());
        assert!(store.history(&document).await.expect("reads").snapshot.is_none());
    }
}
