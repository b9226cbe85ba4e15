//! Versions: opened by the act that freezes, sealed at once after its commit or after a restart,
//! from exactly that place of the log; same content, same hash; failures tried again.

use chantier::clock::Timestamp;
use chantier::ids::{DocumentId, VersionId};
use chantier::proof::report::Kind;
use chantier::proof::verify;
use chantier::store::Store;
use chantier::store::log;
use chantier::store::versions::{Opening, Reason, VersionRow};
use chantier::text::edit::from_markdown;
use chantier::work::Work;
use serde_json::{Value as Json, json};
use tokio_util::task::TaskTracker;

use crate::support::world::World;
use crate::support::{on_both_databases, sheet, until};

const AT: Timestamp = Timestamp(1_793_491_200_000);

async fn append(store: &Store, document: &DocumentId, updates: Vec<Vec<u8>>) {
    let mut tx = store.write().await.expect("begins");
    log::append_in(&mut tx, document, &"acc-owner".into(), None, updates, AT)
        .await
        .expect("appends");
    tx.commit().await.expect("commits");
}

/// Opens a version of a proposal at a place of its log, as an act would.
async fn open(store: &Store, proposal: &str, document_seq: i64) -> VersionId {
    let mut tx = store.write().await.expect("begins");
    let opening = Opening {
        reason: Reason::Freeze,
        round: 1,
        document_seq,
        by: "owner",
        at: AT,
    };
    let version = tx
        .open_version(&proposal.into(), &opening)
        .await
        .expect("opens");
    tx.commit().await.expect("commits");
    version
}

async fn sealed(store: &Store, version: &VersionId) -> VersionRow {
    until("the version is sealed", || async {
        let mut tx = store.read().await.expect("begins");
        let row = tx.version(version).await.expect("reads");
        row.sealed_at_ms.is_some().then_some(row)
    })
    .await
}

async fn file(store: &Store, version: &VersionId, name: &str) -> Vec<u8> {
    let mut tx = store.read().await.expect("begins");
    tx.version_file(version, name).await.expect("a file")
}

async fn content(store: &Store, version: &VersionId) -> Json {
    let bytes = file(store, version, "json").await;
    serde_json::from_slice::<Json>(&bytes).expect("JSON")["content"].clone()
}

fn work(store: &Store) -> Work {
    Work::start(store.clone(), TaskTracker::new())
}

on_both_databases! {
    async fn a_version_holds_exactly_its_place_of_the_log(database: Database) {
        let world = World::new(&database).await;
        world.proposal("pro", "drafting").await;
        let document = DocumentId::from("doc-pro");
        append(&world.store, &document, vec![from_markdown(&[("context", "Dedans.")], 1)]).await;
        append(&world.store, &document, vec![from_markdown(&[("context", "Dehors.")], 2)]).await;
        let version = open(&world.store, "pro", 1).await;
        work(&world.store).seal(&version).await.expect("seals");
        let row = sealed(&world.store, &version).await;
        let text = content(&world.store, &version).await["sections"].to_string();
        assert!(text.contains("Dedans.") && !text.contains("Dehors."), "{text}");
        let bytes = file(&world.store, &version, "json").await;
        let report = verify(&bytes, None);
        assert_eq!((report.kind, report.code()), (Kind::Version, "intact"));
        assert_eq!(Some(&report.facts.sealed[0].content_sha256), row.content_sha256.as_ref());
        let page = String::from_utf8(file(&world.store, &version, "html").await).expect("text");
        assert!(page.contains("Dedans.") && page.contains(row.content_sha256.as_deref().expect("sealed")), "{page}");
        assert!(!page.contains("<script"));
        // The seal is a row of the journal; nothing else moved.
        let mut tx = world.store.read().await.expect("begins");
        let rows = tx.journal_rows(&"pro".into()).await.expect("reads");
        assert_eq!((rows.len(), rows[0].act.as_str(), rows[0].version_id.as_deref()), (1, "sealed", Some(version.as_str())));
        assert_eq!(tx.journal_broken_at(&"pro".into()).await.expect("reads"), None);
    }

    async fn a_crash_before_sealing_seals_after_the_restart(database: Database) {
        let world = World::new(&database).await;
        world.proposal("pro", "drafting").await;
        // The world's own work sleeps: nobody told it. A new process finds the row.
        let version = open(&world.store, "pro", 0).await;
        let mut tx = world.store.read().await.expect("begins");
        assert_eq!(tx.version(&version).await.expect("reads").sealed_at_ms, None);
        drop(tx);
        let _restarted = work(&world.store);
        sealed(&world.store, &version).await;
        assert_eq!(world.count("select count(*) from work_item where done_at_ms is not null").await, 1);
        assert_eq!(world.count("select count(*) from version_file").await, 2);
    }

    async fn a_seal_that_fails_is_tried_again_and_never_lost(database: Database) {
        let world = World::new(&database).await;
        world.proposal("pro", "drafting").await;
        append(&world.store, &"doc-pro".into(), vec![from_markdown(&[("context", "Un texte.")], 1)]).await;
        let version = open(&world.store, "pro", 1).await;
        world.sql("update document set head_seq = 0").await;
        let restarted = work(&world.store);
        until("a failure is noted", || async {
            (world.count("select attempts from work_item").await > 0).then_some(())
        }).await;
        assert_eq!(world.count("select count(*) from work_item where last_error is not null and done_at_ms is null").await, 1);
        world.sql("update document set head_seq = 1").await;
        world.sql("update work_item set next_at_ms = 0").await;
        restarted.sealing_due();
        sealed(&world.store, &version).await;
    }

    async fn sealing_twice_changes_nothing(database: Database) {
        let world = World::new(&database).await;
        world.proposal("pro", "drafting").await;
        let version = open(&world.store, "pro", 0).await;
        let work = work(&world.store);
        let (one, other) = tokio::join!(work.seal(&version), work.seal(&version));
        one.expect("seals");
        other.expect("seals");
        assert_eq!(world.count("select count(*) from journal").await, 1);
        assert_eq!(verify(&file(&world.store, &version, "json").await, None).code(), "intact");
    }

    async fn the_same_content_has_the_same_hash_whatever_its_history(database: Database) {
        let world = World::new(&database).await;
        // Two proposals with the same words: typed at once, and in pieces by two, edited and put back.
        for id in ["one", "two"] {
            world.proposal(id, "drafting").await;
        }
        world.sql("update proposal set title = 'Le m\u{ea}me'").await;
        world.sql("insert into objective (objective_id, proposal_id, rank, body, version) values ('z', 'one', 1, 'But', 1), ('a', 'two', 7, 'But', 3)").await;
        // Lines of jobs with a place, their ranks with gaps in the second.
        world.sql("insert into territory (territory_code, level, name) values ('83', 'department', 'Var') on conflict do nothing").await;
        for (id, rank) in [("one", "1"), ("two", "4")] {
            world.run("insert into job_line (job_line_id, proposal_id, rank, kind, nature, stage, posts, fte_hundredths, women, men, undisclosed, contract, effect_year, confidence, version) values ($1, $1, cast($2 as bigint), 'direct', 'created', 'forecast', 2, 200, 1, 1, 0, 'cdi', 2027, 'C', 1)", &[id, rank]).await;
            world.run("insert into job_line_territory (job_line_id, territory_code, share_percent) values ($1, '83', 100)", &[id]).await;
        }
        let whole = [("context", "Premier **point**.\n\nSecond point."), ("description", "Caf\u{e9}")];
        append(&world.store, &"doc-one".into(), vec![from_markdown(&whole, 1)]).await;
        for (client, part) in [
            // The last section first, its accent as two characters.
            (9, ("description", "Cafe\u{301}")),
            (4, ("context", "Premier **point**.\n\nSecond point.")),
        ] {
            append(&world.store, &"doc-two".into(), vec![from_markdown(&[part], client)]).await;
        }
        let (one, two) = (open(&world.store, "one", 1).await, open(&world.store, "two", 2).await);
        let _work = work(&world.store);
        let (one, two) = (sealed(&world.store, &one).await, sealed(&world.store, &two).await);
        assert_eq!(one.content_sha256, two.content_sha256);
        let sheet = content(&world.store, &one.version_id).await["sheet"].clone();
        assert_eq!(sheet["job_territories"], json!([{"line": 1, "code": "83", "name": "Var", "share_percent": 100}]));
        // And one more letter is another content.
        append(&world.store, &"doc-two".into(), vec![from_markdown(&[("conditions", "a")], 5)]).await;
        let more = open(&world.store, "two", 3).await;
        let _work = work(&world.store);
        assert_ne!(sealed(&world.store, &more).await.content_sha256, one.content_sha256);
    }

    async fn a_deposit_is_sealed_within_moments(database: Database) {
        let world = World::new(&database).await;
        world.proposal("pro", "drafting").await;
        sheet::complete(&world.store, "pro").await;
        let text = [
            ("context", "Quarante signes au moins pour dire le contexte."),
            ("description", "Ce que l'on fera."),
            ("transversal", "Pour toutes et tous."),
        ];
        append(&world.store, &"doc-pro".into(), vec![from_markdown(&text, 1)]).await;
        let body = json!({"transition": "T03", "expected_version": 1});
        let (status, answer) = world.post("owner", "/api/proposals/pro/transitions", body).await;
        assert_eq!(status.as_u16(), 201, "{answer}");
        let version = until("a version is there", || async {
            let mut tx = world.store.read().await.expect("begins");
            let versions = tx.versions(&"pro".into()).await.expect("reads");
            versions.into_iter().find(|one| one.sealed_at_ms.is_some())
        }).await;
        assert_eq!((version.rank, version.reason.as_str(), version.document_seq), (1, "deposit", 1));
        let mut tx = world.store.read().await.expect("begins");
        let rows = tx.journal_rows(&"pro".into()).await.expect("reads");
        assert_eq!(rows.iter().map(|row| row.act.as_str()).collect::<Vec<_>>(), ["T03", "sealed"]);
        assert!(rows.iter().all(|row| row.version_id.as_deref() == Some(version.version_id.as_str())));
        // The history that people read names the deposit once.
        drop(tx);
        let (_, page) = world.get("owner", "/api/proposals/pro").await;
        assert_eq!(page["history"].as_array().map(Vec::len), Some(1), "{page}");
    }

    async fn sixty_pages_are_sealed_whole(database: Database) {
        let world = World::new(&database).await;
        world.proposal("pro", "drafting").await;
        // About 3 000 characters a page.
        let page = "Une phrase assez longue pour compter, et encore quelques mots.\n\n".repeat(48);
        let text = page.repeat(60);
        append(&world.store, &"doc-pro".into(), vec![from_markdown(&[("description", &text)], 1)]).await;
        let version = open(&world.store, "pro", 1).await;
        let work = work(&world.store);
        work.seal(&version).await.expect("seals");
        let sections = content(&world.store, &version).await["sections"].to_string();
        assert_eq!(sections.matches("Une phrase assez longue").count(), 60 * 48);
    }
}
