//! The log that lasts: older rows in compressed segments, read like rows; damage set aside, told,
//! and never a reason to show an empty text.

use chantier::clock::Timestamp;
use chantier::error::Error;
use chantier::ids::DocumentId;
use chantier::live::salvage::salvage;
use chantier::store::Store;
use chantier::store::log::{self, DamageKind, History};
use chantier::text;
use chantier::work::Work;
use tokio_util::task::TaskTracker;

use crate::support::database::Database;
use crate::support::on_both_databases;

const NOW: Timestamp = Timestamp(1_700_000_000_000);

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

/// Appends one row with one paragraph under a client id of its own.
async fn write(store: &Store, document: &DocumentId, client: u32, words: &str) {
    let update = text::edit::from_markdown(&[("context", words)], client);
    let mut tx = store.write().await.expect("begins");
    log::append_in(
        &mut tx,
        document,
        &"acc-a".into(),
        None,
        vec![update],
        Timestamp(NOW.ms() + i64::from(client)),
    )
    .await
    .expect("appends");
    tx.commit().await.expect("commits");
}

fn words(client: u32) -> String {
    format!("ligne {client} {}", "du texte commun ".repeat(20))
}

/// 1,500 rows of 340 bytes in three snapshots: two segments' worth lie before the spare one.
async fn long_document(store: &Store, document: &DocumentId, work: &Work) {
    for round in 0..3u32 {
        for client in round * 500 + 1..=(round + 1) * 500 {
            write(store, document, client, &words(client)).await;
        }
        work.compact(document).await.expect("compacts");
    }
}

async fn count(store: &Store, sql: &'static str) -> i64 {
    let mut tx = store.read().await.expect("begins");
    let row = tx.row(sql, &[]).await.expect("reads");
    row.expect("a row").int(0).expect("a number")
}

fn shown(history: History) -> String {
    let history = salvage(history).expect("shown");
    let snapshot = history.snapshot.iter().map(|one| one.update.as_ref());
    let rows = history.rows.iter().flat_map(|row| &row.updates);
    let updates = snapshot.chain(rows.map(|update| update.bytes.as_ref()));
    text::plain::text(&text::read(updates).expect("a document")[0])
}

on_both_databases! {
    async fn older_rows_move_into_segments_and_read_the_same(database: Database) {
        let (store, document) = with_document(&database).await;
        let work = Work::start(store.clone(), TaskTracker::new());
        for client in 1..=500 {
            write(&store, &document, client, &words(client)).await;
        }
        let before = store.read().await.expect("begins").log_rows(&document, 0, 500).await.expect("reads");
        work.compact(&document).await.expect("compacts");
        // Without a spare snapshot nothing moves.
        assert_eq!(count(&store, "select count(*) from log_row").await, 500);
        for client in 501..=600 {
            write(&store, &document, client, &words(client)).await;
        }
        work.compact(&document).await.expect("compacts");
        let loose = count(&store, "select count(*) from log_row").await;
        assert!(loose < 600, "{loose} rows stayed");
        assert!(count(&store, "select count(*) from log_segment").await > 0);
        let mut tx = store.read().await.expect("begins");
        let after = tx.log_rows(&document, 0, 600).await.expect("reads");
        assert_eq!(after.len(), 600);
        for (one, other) in before.iter().zip(&after) {
            assert_eq!((one.seq, one.epoch, &one.updates, one.created_at),
                (other.seq, other.epoch, &other.updates, other.created_at));
        }
        // Part of a segment, and across its end.
        let part = tx.log_rows(&document, 7, 9).await.expect("reads");
        assert_eq!(part.iter().map(|row| row.seq).collect::<Vec<_>>(), [8, 9]);
        let across = tx.log_rows(&document, 600 - loose - 2, 600).await.expect("reads");
        assert_eq!(i64::try_from(across.len()).expect("few"), loose + 2);
        drop(tx);
        // A reader says how much it takes; the rows are not read then.
        let most = store.history_within(&document, 599, 1_000).await;
        assert!(matches!(most, Err(Error::TooMuch("reading_unavailable"))), "{most:?}");
        let within = store.history_within(&document, 599, 1 << 20).await.expect("reads");
        assert_eq!(within.rows.last().map(|row| row.seq), Some(599));
        let (packed, plain) = (
            count(&store, "select cast(sum(length(body)) as bigint) from log_segment").await,
            count(&store, "select cast(sum(byte_count) as bigint) from log_segment").await,
        );
        assert!(packed * 4 < plain, "{packed} of {plain}");
    }

    async fn a_segment_is_not_kept_when_its_rows_are_not_all_there(database: Database) {
        let (store, document) = with_document(&database).await;
        for client in 1..=500 {
            write(&store, &document, client, &words(client)).await;
        }
        let (rows, _) = store.rows_to_pack(&document, 0, 500).await.expect("reads");
        let packed = log::segment::pack(&document, &rows).expect("packs").expect("rows");
        database.execute("delete from log_row where seq = 3").await;
        assert!(!store.keep_segment(&document, &packed).await.expect("no error"));
        assert_eq!(count(&store, "select count(*) from log_segment").await, 0);
        assert_eq!(count(&store, "select count(*) from log_row").await, 499);
    }

    async fn a_damaged_row_stays_out_of_segments(database: Database) {
        let (store, document) = with_document(&database).await;
        let work = Work::start(store.clone(), TaskTracker::new());
        for client in 1..=500 {
            write(&store, &document, client, &words(client)).await;
        }
        work.compact(&document).await.expect("compacts");
        write(&store, &document, 501, "fin").await;
        database.execute("update log_row set checksum = checksum + 1 where seq = 40").await;
        work.compact(&document).await.expect("compacts");
        assert_eq!(count(&store, "select count(*) from log_row where seq = 40").await, 1);
        let mut tx = store.read().await.expect("begins");
        let (rows, damages) = tx.readable_rows(&document, 0, 501).await.expect("reads");
        assert_eq!(rows.len(), 500);
        assert_eq!((damages.len(), damages[0].kind, damages[0].from_seq, damages[0].to_seq),
            (1, DamageKind::Row, 40, 40));
    }

    async fn a_damaged_segment_or_snapshot_costs_no_text(database: Database) {
        let (store, document) = with_document(&database).await;
        let work = Work::start(store.clone(), TaskTracker::new());
        long_document(&store, &document, &work).await;
        let whole = shown(store.history(&document).await.expect("reads"));
        assert_eq!(whole.lines().count(), 1_500);
        let flip = match database.url() {
            None => "update log_segment set body = x'00' || substr(body, 2) where from_seq = 1",
            Some(_) => "update log_segment set body = set_byte(body, 0, 0) where from_seq = 1",
        };
        database.execute(flip).await;
        let history = store.history(&document).await.expect("reads");
        assert!(!history.head.is_damaged);
        let mut tx = store.read().await.expect("begins");
        let (rows, damages) = tx.readable_rows(&document, 0, 1_500).await.expect("reads");
        assert_eq!((damages.len(), damages[0].kind, damages[0].from_seq),
            (1, DamageKind::Segment, 1));
        assert_eq!(rows.first().expect("the rest").seq, damages[0].to_seq + 1);
        drop(tx);
        // The latest snapshot: the one before it serves, and the rows after that one.
        let flip = match database.url() {
            None => "update snapshot_piece set body = x'7f' || substr(body, 2) where seq = 1500",
            Some(_) => "update snapshot_piece set body = set_byte(body, 0, 127) where seq = 1500",
        };
        database.execute(flip).await;
        let history = store.history(&document).await.expect("reads");
        assert!(!history.head.is_damaged);
        assert_eq!(history.snapshot.as_ref().map(|one| one.seq), Some(1_000));
        assert_eq!(shown(history), whole);
        let known = store.known_damage(&document).await.expect("reads");
        assert_eq!(known.iter().map(|one| (one.kind, one.from_seq)).collect::<Vec<_>>(),
            [(DamageKind::Snapshot, 1_500)]);
    }

    async fn a_damaged_row_after_the_snapshot_shows_all_but_what_needs_it(database: Database) {
        let flips: [(&str, &str); 3] = [
            ("update log_row set checksum = checksum + 1 where seq = 2",
             "update log_row set checksum = checksum + 1 where seq = 2"),
            ("update log_row set body = x'00' || substr(body, 2) where seq = 2",
             "update log_row set body = set_byte(body, 0, 0) where seq = 2"),
            ("delete from log_row where seq = 2", "delete from log_row where seq = 2"),
        ];
        let (store, document) = with_document(&database).await;
        write(&store, &document, 9, "un").await;
        write(&store, &document, 8, "deux").await;
        write(&store, &document, 7, "trois").await;
        // The fourth goes on where the second ended.
        let first = text::edit::from_markdown(&[("context", "deux")], 8);
        let second = text::edit::from_markdown(&[("context", "deux\n\nquatre")], 8);
        assert_ne!(first, second);
        let work = Work::start(store.clone(), TaskTracker::new());
        for (sqlite, postgres) in flips {
            database.execute(if database.url().is_some() { postgres } else { sqlite }).await;
            let history = store.history(&document).await.expect("reads");
            assert!(history.head.is_damaged);
            let text = shown(history);
            let mut lines: Vec<_> = text.lines().collect();
            lines.sort_unstable();
            assert_eq!(lines, ["trois", "un"]);
            // The loss is written down once, and never made to look like the text.
            let known = store.known_damage(&document).await.expect("reads");
            assert_eq!(known.iter().map(|one| (one.kind, one.from_seq, one.to_seq)).collect::<Vec<_>>(),
                [(DamageKind::Row, 2, 2)]);
            assert!(work.compact(&document).await.is_err());
            assert!(store.history(&document).await.expect("reads").snapshot.is_none());
            let projection = work.ensure(&document).await.expect("reads");
            assert!(projection.section("context").expect("there").plain.contains("trois"));
        }
    }
}
