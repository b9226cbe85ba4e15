//! The demonstration: everything the schema can hold is there, once, with living dates.

use std::collections::BTreeMap;

use chantier::demo::{self, Loaded};
use chantier::ids::DocumentId;
use chantier::rules::day::Day;
use chantier::store::Store;
use chantier::store::demo::data::Demo;
use chantier::store::passwords::{Match, Passwords};
use chantier::text;
use chantier::work::Work;
use tokio_util::task::TaskTracker;

use crate::support::database::Database;
use crate::support::on_both_databases;

async fn loaded(database: &Database) -> (Store, Demo) {
    let store = database.store().await;
    let demo = demo::data(&store.today()).expect("the data read");
    assert_eq!(
        demo::load(&store, &work(&store)).await.expect("loads"),
        Loaded::Now {
            people: 32,
            proposals: 21
        }
    );
    (store, demo)
}

/// What seals versions; nothing else of it is asked for.
fn work(store: &Store) -> Work {
    Work::start(store.clone(), TaskTracker::new())
}

async fn count(store: &Store, sql: &'static str) -> i64 {
    let mut tx = store.read().await.expect("begins");
    let row = tx.row(sql, &[]).await.expect("reads").expect("a row");
    row.int(0).expect("a number")
}

/// The text of a Markdown source as people read it: no marks, one line a block.
fn read_as_text(markdown: &str) -> String {
    markdown
        .lines()
        .map(|line| line.trim_start_matches(['#', '-']).trim().replace("**", ""))
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

on_both_databases! {
    async fn everything_the_schema_can_hold_is_loaded_once(database: Database) {
        let (store, demo) = loaded(&database).await;
        for (sql, expected) in [
            ("select count(*) from chantier", 7),
            ("select count(*) from organisation", 16),
            ("select count(*) from person", 32),
            ("select count(*) from account", 32),
            ("select count(*) from affiliation", 32),
            ("select count(*) from membership", 55),
            ("select count(*) from mandate", 84),
            ("select count(*) from body", 10),
            ("select count(*) from proposal", 21),
            ("select count(distinct stage) from proposal", 20),
            ("select count(*) from proposal_link", 8),
            ("select count(*) from comment where parent_id is null", 17),
            // The six of the data, and those that heard what they do not tell of.
            ("select count(*) from meeting", 18),
            ("select count(*) from figure_year", 2),
            ("select count(*) from envelope", 8),
            ("select count(*) from axis", 3),
            ("select count(*) from college", 5),
            ("select count(*) from region_unit", 14),
            ("select count(*) from territory", 22),
            ("select count(*) from document where head_seq = 1", 21),
            ("select count(*) from client_binding", 21),
        ] {
            assert_eq!(count(&store, sql).await, expected, "{sql}");
        }
        let acts: usize = demo.proposals.iter().map(|one| one.history.len()).sum();
        assert_eq!(
            count(&store, "select count(*) from journal where act like 'T%'").await,
            i64::try_from(acts).expect("few")
        );
        assert_eq!(demo::load(&store, &work(&store)).await.expect("answers"), Loaded::Before);
        assert_eq!(count(&store, "select count(*) from person").await, 32);
    }

    async fn every_text_is_its_source(database: Database) {
        let (store, demo) = loaded(&database).await;
        let mut documents = BTreeMap::new();
        let mut tx = store.read().await.expect("begins");
        for row in tx
            .rows("select proposal_id, document_id from proposal", &[])
            .await
            .expect("reads")
        {
            let document = DocumentId::from(row.text(1).expect("an id"));
            documents.insert(row.text(0).expect("an id"), document);
        }
        drop(tx);
        let mut sections = 0;
        for proposal in &demo.proposals {
            let document = &documents[&proposal.id];
            let history = store.history(document).await.expect("reads");
            let updates = history.rows.iter().flat_map(|row| &row.updates);
            let read = text::read(updates.map(|update| update.bytes.as_ref())).expect("reads");
            let (projection, head) = store.projection_and_head(document).await.expect("reads");
            let projection = projection.expect("is there");
            assert_eq!(projection.seq, head);
            for section in &read {
                let source = read_as_text(proposal.section(section.key));
                let place = format!("{} {}", proposal.id, section.key);
                assert_eq!(text::plain::text(section), source, "{place}");
                let projected = projection.section(section.key).expect("every section");
                assert_eq!(projected.plain, source, "{place}");
                assert_eq!(projected.filled(), !source.is_empty(), "{place}");
                sections += usize::from(!source.is_empty());
            }
        }
        assert!(sections > 60, "{sections}");
        assert!(store.documents_behind().await.expect("reads").is_empty());
    }

    async fn everybody_signs_in_with_the_password(database: Database) {
        let (store, _) = loaded(&database).await;
        let mut tx = store.read().await.expect("begins");
        let rows = tx
            .rows("select account_id, person_id, email, password_hash from account", &[])
            .await
            .expect("reads");
        let hash = rows[0].text(3).expect("a hash");
        for row in &rows {
            assert_eq!(row.text(3).expect("a hash"), hash);
            assert_eq!(
                row.text(0).expect("an id").strip_prefix("acc-"),
                row.text(1).expect("an id").strip_prefix("per-")
            );
            let email = row.text(2).expect("an address");
            assert!(email.ends_with(".example") && email == email.to_lowercase());
        }
        let passwords = Passwords::new().expect("randomness");
        let verified = passwords.verify(demo::PASSWORD.to_owned(), Some(hash)).await;
        assert_eq!(verified.ok(), Some(Match::Yes));
        for (person, _) in demo::SIGN_IN {
            assert!(rows.iter().any(|row| row.text(1).is_ok_and(|id| id == person)));
        }
    }

    async fn budgets_balance_but_the_one_that_shows_a_refusal(database: Database) {
        let (store, _) = loaded(&database).await;
        let mut tx = store.read().await.expect("begins");
        let unbalanced: Vec<(String, i64, i64)> = tx
            .rows(
                "select proposal_id, cast(e as bigint), cast(f as bigint) from (
                    select p.proposal_id,
                     (select coalesce(sum(amount_cents), 0) from expense x where x.proposal_id = p.proposal_id) as e,
                     (select coalesce(sum(amount_cents), 0) from funding x where x.proposal_id = p.proposal_id) as f
                    from proposal p) s where e <> f",
                &[],
            )
            .await
            .expect("reads")
            .iter()
            .map(|row| (row.text(0).expect("id"), row.int(1).expect("e"), row.int(2).expect("f")))
            .collect();
        assert_eq!(unbalanced, [("pro-02".to_owned(), 11_800_000, 11_200_000)]);
        assert_eq!(
            count(&store, "select count(*) from job_line where women + men + undisclosed <> posts").await,
            0
        );
        assert_eq!(count(&store, "select count(*) from job_line where founding_answer is null or overlap_percent is null").await, 0);
        assert_eq!(
            count(
                &store,
                "select count(*) from (select job_line_id, sum(share_percent) as all_of_it from job_line_territory group by job_line_id) s where all_of_it = 100",
            )
            .await,
            count(&store, "select count(*) from job_line").await
        );
        assert_eq!(
            count(
                &store,
                "select count(*) from journal j join proposal p on p.proposal_id = j.proposal_id
                 where j.created_at_ms = p.stage_since_ms and j.to_stage = p.stage"
            )
            .await,
            21
        );
    }

    async fn a_database_in_use_is_left_alone(database: Database) {
        let store = database.store().await;
        database
            .execute(
                "insert into person (person_id, given_name, usual_name, created_at_ms, version)
                 values ('per-x', 'X', 'Y', 1, 1)",
            )
            .await;
        assert!(matches!(
            demo::load(&store, &work(&store)).await,
            Err(chantier::error::Error::Conflict("not_empty"))
        ));
        assert_eq!(count(&store, "select count(*) from programme").await, 0);
    }
}

#[test]
fn dates_stay_alive_years_later() {
    let day = |text: &str| Day::parse(text).expect("a day");
    let then = demo::data(&day("2026-11-25")).expect("reads");
    let later = demo::data(&day("2028-05-03")).expect("reads");
    let copil = |demo: &Demo| {
        let meeting = demo.meetings.iter().find(|one| one.id == "mee-02");
        meeting.expect("the next committee").starts_at.ms
    };
    // A Tuesday at 9:30 in Paris, fifteen days after the Monday of the week; in winter, then in summer.
    assert_eq!(copil(&then), day("2026-12-08").at_ms(34_200_000));
    assert_eq!(copil(&later), day("2028-05-16").at_ms(34_200_000));
    assert_eq!(then.figures.years[0].as_of, later.figures.years[0].as_of);
    assert_eq!(then.proposals[3].number, later.proposals[3].number);
}
