//! The store's own promises, on both engines: equal schemas, one journal that cannot be rewritten.

use std::net::SocketAddr;
use std::task::Poll;
use std::time::Duration;

use chantier::clock::Clock;
use chantier::error::Error;
use chantier::ids::ProposalId;
use chantier::store::Store;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::support::database::Database;
use crate::support::world::World;
use crate::support::{on_both_databases, until};

/// Table, column, type in our three words, whether it may be null - as the engine itself tells.
async fn columns(world: &World, sql: &'static str) -> Vec<(String, String, String, bool)> {
    let mut tx = world.store.read().await.expect("reads");
    let rows = tx.rows(sql, &[]).await.expect("reads");
    let mut columns: Vec<_> = rows
        .iter()
        .map(|row| {
            let kind = match row.text(2).expect("a type").to_lowercase().as_str() {
                "blob" | "bytea" => "bytes".to_owned(),
                "bigint" | "text" => row.text(2).expect("a type").to_lowercase(),
                other => panic!("no type of ours: {other}"),
            };
            (
                row.text(0).expect("a table"),
                row.text(1).expect("a column"),
                kind,
                row.int(3).expect("a flag") == 1,
            )
        })
        .collect();
    columns.sort();
    columns
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_engines_end_with_the_same_tables() {
    let sqlite = World::new(&crate::support::database::Database::sqlite()).await;
    let postgres = World::new(&crate::support::database::Database::postgres().await).await;
    // A primary key is never null, though SQLite does not say so.
    let here = columns(
        &sqlite,
        "select m.name, c.name, c.type, case when c.\"notnull\" = 1 or c.pk > 0 then 0 else 1 end
         from sqlite_master m, pragma_table_info(m.name) c
         where m.type = 'table' and m.name not like 'sqlite%' and m.name <> '_sqlx_migrations'",
    )
    .await;
    let there = columns(
        &postgres,
        "select table_name::text, column_name::text, data_type::text,
                (case when is_nullable = 'YES' then 1 else 0 end)::bigint
         from information_schema.columns
         where table_schema = 'public' and table_name <> '_sqlx_migrations'",
    )
    .await;
    assert!(here.len() > 100, "{}", here.len());
    assert_eq!(here, there);
}

/// Drops the future where it waits for the so-manieth time.
async fn dropped_after<T>(waits: usize, future: impl Future<Output = T>) {
    let mut future = std::pin::pin!(future);
    let mut left = waits;
    std::future::poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(_) => Poll::Ready(()),
        Poll::Pending if left == 0 => Poll::Ready(()),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await;
}

on_both_databases! {
    async fn who_leaves_while_a_transaction_begins_leaves_none_open(database: Database) {
        let world = World::new(&database).await;
        for waits in (0..6).cycle().take(120) {
            dropped_after(waits, world.store.read()).await;
            dropped_after(waits, world.store.write()).await;
        }
        // As many at once as there are connections, so that each is used.
        let mut reads = Vec::new();
        for _ in 0..4 {
            let mut tx = world.store.read().await.expect("a clean connection");
            tx.rows("select 1", &[]).await.expect("reads");
            reads.push(tx);
        }
        drop(reads);
        for _ in 0..12 {
            world.store.probe().await.expect("a clean connection writes");
        }
        if database.url().is_some() {
            let open = "select count(*) from pg_stat_activity where datname = current_database()
                        and pid <> pg_backend_pid() and state like 'idle in transaction%'";
            until("no transaction stays open", async || (world.count(open).await == 0).then_some(())).await;
        }
    }

    async fn a_journal_shows_when_it_was_rewritten(database: Database) {
        let world = World::new(&database).await;
        world.proposal("pro", "idea").await;
        let body = serde_json::json!({"transition": "T02", "expected_version": 1, "porteur_id": "org-b"});
        assert_eq!(world.post("facilitator", "/api/proposals/pro/transitions", body).await.0.as_u16(), 201);
        let body = serde_json::json!({"person_ids": ["member", "associated"]});
        assert_eq!(world.post("facilitator", "/api/proposals/pro/contributors", body).await.0.as_u16(), 200);
        let whole = async || {
            let mut tx = world.store.read().await.expect("reads");
            tx.journal_is_whole(&ProposalId::from("pro")).await.expect("reads")
        };
        assert_eq!(world.count("select count(*) from journal").await, 3);
        assert!(whole().await);
        database.drop_guards().await;
        world.sql("update journal set created_at_ms = created_at_ms + 1 where rank = 1").await;
        assert!(!whole().await);
        world.sql("update journal set created_at_ms = created_at_ms - 1 where rank = 1").await;
        assert!(whole().await);
        world.sql("update journal set person_id = 'member' where rank = 2").await;
        assert!(!whole().await);
        world.sql("update journal set person_id = 'facilitator' where rank = 2").await;
        world.sql("delete from journal where rank = 1").await;
        assert!(!whole().await);
    }
}

/// Passes bytes on to `server` until it falls silent: nothing more comes, and nothing closes.
async fn proxy(server: String, silent: watch::Receiver<bool>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let (server, mut silent) = (server.clone(), silent.clone());
            tokio::spawn(async move {
                let mut far = TcpStream::connect(server).await.expect("connects");
                let fell_silent = tokio::select! {
                    _ = copy_bidirectional(&mut near, &mut far) => false,
                    said = silent.wait_for(|silent| *silent) => said.is_ok(),
                };
                if fell_silent {
                    std::future::pending::<()>().await;
                }
            });
        }
    });
    address
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgresql_that_falls_silent_counts_as_away_and_comes_back() {
    let database = Database::postgres().await;
    database.store().await.close().await;
    let url = database.url().expect("PostgreSQL");
    let (server, name) = url
        .split_once('@')
        .and_then(|(_, rest)| rest.split_once('/'))
        .expect("user@address/name");
    let (fall_silent, silent) = watch::channel(false);
    let address = proxy(server.to_owned(), silent).await;
    let url = format!("postgres://chantier@{address}/{name}");
    let store = Store::open_postgres(&url, Clock::default())
        .await
        .expect("opens");
    let mut tx = store.write().await.expect("begins");
    fall_silent.send_replace(true);
    let lost = timeout(Duration::from_secs(60), tx.row("select 1", &[])).await;
    let lost = lost.expect("an answer in time");
    assert!(matches!(lost, Err(Error::Unavailable(_))), "{lost:?}");
    drop(tx);
    fall_silent.send_replace(false);
    until("it answers again", || async { store.probe().await.ok() }).await;
}
