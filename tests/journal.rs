//! The journal and the versions in the database: append-only for real, both formats of the chain,
//! free text that can be erased, what a row's hash covers.

use chantier::clock::Timestamp;
use chantier::ids::{ProposalId, VersionId};
use chantier::proof::link::Link;
use chantier::rules::role::Role;
use chantier::rules::stage::Stage;
use chantier::store::Value;
use chantier::store::journal::Entry;
use chantier::store::journal::check::{Broken, Flaw};
use chantier::store::versions::{Opening, Reason};

use crate::support::on_both_databases;
use crate::support::world::World;

const AT: Timestamp = Timestamp(1_700_000_000_000);

fn pro() -> ProposalId {
    "pro".into()
}

/// A proposal whose journal has two rows, the second with every field.
async fn written(world: &World) -> VersionId {
    world.proposal("pro", "drafting").await;
    let mut tx = world.store.write().await.expect("begins");
    tx.record(&pro(), &Entry::new("T01", AT))
        .await
        .expect("records");
    let opening = Opening {
        reason: Reason::Freeze,
        round: 1,
        document_seq: 0,
        by: "owner",
        at: AT,
    };
    let version = tx.open_version(&pro(), &opening).await.expect("opens");
    let entry = Entry {
        person_id: Some("facilitator"),
        capacity: Some(Role::Facilitator),
        from: Some(Stage::InCommission),
        to: Some(Stage::Frozen),
        note: Some("1"),
        text: Some("Parce que\u{a0}: tout est dit."),
        details: Some("{\"round\":1}"),
        version_id: Some(version.as_str()),
        document_seq: Some(0),
        ..Entry::new("T08", AT)
    };
    assert_eq!(tx.record(&pro(), &entry).await.expect("records"), 2);
    tx.commit().await.expect("commits");
    version
}

async fn broken(world: &World) -> Option<Broken> {
    let mut tx = world.store.read().await.expect("begins");
    tx.journal_broken_at(&pro()).await.expect("reads")
}

/// Whether plain SQL is refused.
async fn refused(world: &World, sql: &'static str) {
    let mut tx = world.store.write().await.expect("begins");
    let done = tx.run(sql, &[]).await;
    assert!(done.is_err(), "{sql}");
}

on_both_databases! {
    async fn a_row_reads_back_with_all_it_says(database: Database) {
        let world = World::new(&database).await;
        let version = written(&world).await;
        let mut tx = world.store.read().await.expect("begins");
        let acts = tx.acts(&pro(), &world.store.today()).await.expect("reads");
        let act = &acts[1];
        assert_eq!(act.capacity.as_deref(), Some("facilitator"));
        assert_eq!((act.text.as_deref(), act.is_text_erased), (Some("Parce que\u{a0}: tout est dit."), false));
        assert_eq!((act.details.as_deref(), act.version_id.as_deref()), (Some("{\"round\":1}"), Some(version.as_str())));
        assert_eq!(acts[0].text, None);
        assert_eq!(tx.journal_broken_at(&pro()).await.expect("reads"), None);
        let rows = tx.journal_rows(&pro()).await.expect("reads");
        assert_eq!((rows[1].format, rows[1].text.as_ref().map(|(salt, _)| salt.len())), (2, Some(16)));
    }

    async fn an_erased_text_leaves_the_chain_whole_and_another_text_does_not(database: Database) {
        let world = World::new(&database).await;
        written(&world).await;
        world.sql("update journal_text set body = 'Parce que rien.'").await;
        assert_eq!(broken(&world).await, Some(Broken { rank: 2, flaw: Flaw::Text }));
        world.sql("delete from journal_text").await;
        assert_eq!(broken(&world).await, None);
        let mut tx = world.store.read().await.expect("begins");
        let acts = tx.acts(&pro(), &world.store.today()).await.expect("reads");
        assert_eq!((acts[1].text.as_deref(), acts[1].is_text_erased), (None, true));
    }

    async fn rows_of_the_first_format_still_verify(database: Database) {
        let world = World::new(&database).await;
        world.proposal("pro", "drafting").await;
        let old = Link { format: 1, proposal_id: "pro", rank: 1, act: "T01", to_stage: Some("idea"), created_at_ms: 5, ..Link::default() };
        // As the first format was written: no domain, no capacity, text, details, version.
        let hash = old.hash(b"");
        let mut tx = world.store.write().await.expect("begins");
        tx.run(
            "insert into journal (proposal_id, rank, act, to_stage, created_at_ms, hash)
             values ('pro', 1, 'T01', 'idea', 5, $1)",
            &[Value::from(hash)],
        ).await.expect("inserts");
        tx.record(&pro(), &Entry::new("rename", AT)).await.expect("records");
        assert_eq!(tx.journal_broken_at(&pro()).await.expect("reads"), None);
        tx.commit().await.expect("commits");
        database.drop_guards().await;
        world.sql("update journal set note = 'x' where rank = 1").await;
        assert_eq!(broken(&world).await, Some(Broken { rank: 1, flaw: Flaw::Hash }));
    }

    async fn the_first_row_that_does_not_hold_is_named(database: Database) {
        let world = World::new(&database).await;
        written(&world).await;
        database.drop_guards().await;
        for (change, back) in [
            ("update journal set capacity = 'owner' where rank = 2", "update journal set capacity = 'facilitator' where rank = 2"),
            ("update journal set details = '{}' where rank = 2", "update journal set details = '{\"round\":1}' where rank = 2"),
            ("update journal set note = null where rank = 2", "update journal set note = '1' where rank = 2"),
            ("update journal set format = 1 where rank = 2", "update journal set format = 2 where rank = 2"),
        ] {
            world.sql(change).await;
            assert_eq!(broken(&world).await, Some(Broken { rank: 2, flaw: Flaw::Hash }), "{change}");
            world.sql(back).await;
            assert_eq!(broken(&world).await, None, "{back}");
        }
        world.sql("delete from journal where rank = 1").await;
        assert_eq!(broken(&world).await, Some(Broken { rank: 1, flaw: Flaw::Missing }));
    }

    async fn nothing_written_is_changed_or_removed_by_plain_sql(database: Database) {
        let world = World::new(&database).await;
        written(&world).await;
        world.sql("insert into signing_key (key_id, public_key, secret_key, created_at_ms) values ('k', '', '', 1)").await;
        for sql in [
            "update journal set note = 'x'",
            "update journal set created_at_ms = created_at_ms",
            "delete from journal where rank = 2",
            "update version set title = 'x'",
            "update version set document_seq = 7",
            "delete from version",
            "update signing_key set public_key = 'x'",
            "delete from signing_key",
        ] {
            refused(&world, sql).await;
        }
        // Sealed once, and that is all.
        world.sql("update version set sealed_at_ms = 1, content_sha256 = 'a', key_id = 'k'").await;
        world.sql("insert into version_file (version_id, name, body) select version_id, 'json', 'x' from version").await;
        world.sql("update signing_key set retired_at_ms = 2").await;
        for sql in [
            "update version set content_sha256 = 'b'",
            "update version set sealed_at_ms = null",
            "update version_file set body = 'y'",
            "delete from version_file",
            "update signing_key set retired_at_ms = null",
        ] {
            refused(&world, sql).await;
        }
        if database.url().is_none() {
            // A replace would be a delete that asks no trigger.
            refused(&world, "insert or replace into journal select * from journal where rank = 1").await;
            refused(&world, "insert or replace into version_file select * from version_file").await;
        } else {
            refused(&world, "truncate journal").await;
            refused(&world, "truncate version cascade").await;
        }
    }
}
