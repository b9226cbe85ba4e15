//! "Qui a écrit quoi" through the API: whose passages are whose, shares, deletions, rights; and
//! what is said of a log that cannot be read whole. Names of tests start with the rule they hold.

use chantier::clock::Timestamp;
use chantier::ids::{DocumentId, OrganisationId};
use chantier::store::log;
use chantier::text::edit;
use serde_json::{Value as Json, json};
use yrs::XmlFragment as _;

use crate::support::editor::{Editor, place};
use crate::support::server::Server;
use crate::support::world::{World, assert_problem};
use crate::support::{on_both_databases, workspace};

const PATH: &str = "/api/documents/doc-p/authorship";
const NOW: Timestamp = Timestamp(1_700_000_000_000);

/// Appends a row: this account writes this text, for this organisation.
async fn write(world: &World, section: &str, text: &str, who: (&str, Option<&str>, u32)) {
    let (account, organisation, client) = who;
    append(
        world,
        vec![edit::from_markdown(&[(section, text)], client)],
        account,
        organisation,
    )
    .await;
}

async fn append(world: &World, updates: Vec<Vec<u8>>, account: &str, organisation: Option<&str>) {
    let mut tx = world.store.write().await.expect("begins");
    log::append_in(
        &mut tx,
        &DocumentId::from("doc-p"),
        &account.into(),
        organisation.map(OrganisationId::from).as_ref(),
        updates,
        NOW,
    )
    .await
    .expect("appends");
    tx.commit().await.expect("commits");
}

/// Each passage as `person, organisation: from-to`.
fn passages(section: &Json) -> Vec<String> {
    section["ranges"]
        .as_array()
        .expect("ranges")
        .iter()
        .map(|one| {
            format!(
                "{}, {}: {}-{}",
                one["person"]["usual_name"].as_str().unwrap_or("?"),
                one["organisation"]["organisation_id"]
                    .as_str()
                    .unwrap_or("-"),
                one["from"],
                one["to"]
            )
        })
        .collect()
}

on_both_databases! {
    async fn r_authors_is_for_the_chantier_and_hidden_from_who_may_not_read(database: Database) {
        let world = World::new(&database).await;
        world.proposal("p", "drafting").await;
        for person in ["owner", "contributor", "member", "facilitator", "co_president", "org_admin", "observer"] {
            let (status, answer) = world.get(person, PATH).await;
            assert_eq!(status, 200, "{person}: {answer}");
        }
        let refused = world.get("associated", PATH).await;
        assert_problem(&refused, 403, "role_missing");
        assert_eq!(refused.1["rule"], "R-AUTHORS");
        for person in ["copil_member", "region_validator", "admin", "elsewhere", "nobody"] {
            assert_problem(&world.get(person, PATH).await, 404, "not_found");
        }
        assert_problem(&world.get("", PATH).await, 401, "unauthenticated");
        assert_problem(&world.get("owner", "/api/documents/none/authorship").await, 404, "not_found");
        // Once decided everybody reads; the shares stay with those who worked on it.
        world.sql("update proposal set stage = 'approved' where proposal_id = 'p'").await;
        let refused = world.get("nobody", PATH).await;
        assert_problem(&refused, 403, "role_missing");
        assert_eq!(refused.1["rule"], "R-AUTHORS");
    }

    async fn passages_shares_and_colleges_come_from_the_log(database: Database) {
        let world = World::new(&database).await;
        world.proposal("p", "drafting").await;
        let (_, empty) = world.get("owner", PATH).await;
        assert_eq!((&empty["seq"], &empty["chars"], &empty["shares"]), (&json!(0), &json!(0), &json!([])));
        write(&world, "context", "abcd efgh", ("acc-owner", Some("org-b"), 7)).await;
        write(&world, "context", "ij", ("acc-contributor", Some("org-a"), 8)).await;
        write(&world, "description", "kl", ("acc-contributor", None, 9)).await;
        let (status, told) = world.get("member", PATH).await;
        assert_eq!((status, &told["seq"]), (axum::http::StatusCode::OK, &json!(3)));
        let context = &told["sections"][0];
        assert_eq!(context["key"], "context");
        let mut found = passages(context);
        found.sort();
        assert_eq!(found.len(), 2, "{found:?}");
        let html = context["html"].as_str().expect("html");
        assert!(html.contains("<p>abcd efgh</p>") && html.contains("<p>ij</p>"), "{html}");
        assert_eq!(passages(&told["sections"][1]).len(), 1);
        assert_eq!(told["chars"], 12);
        let shares: Vec<_> = told["shares"].as_array().expect("shares").iter()
            .map(|one| (one["organisation"]["organisation_id"].as_str(), one["chars"].as_u64()))
            .collect();
        assert_eq!(shares, [(Some("org-a"), Some(2)), (Some("org-b"), Some(8)), (None, Some(2))], "by name, never by size");
        let colleges: u64 = told["colleges"].as_array().expect("colleges").iter()
            .filter_map(|one| one["chars"].as_u64()).sum();
        assert_eq!(colleges, 10);
        assert_eq!(told["unknown_chars"], 0);
        assert_eq!(context["ranges"][0]["at_ms"], NOW.ms());
    }

    async fn it_goes_on_from_where_it_stood_and_readers_share_one_replay(database: Database) {
        let world = World::new(&database).await;
        world.proposal("p", "drafting").await;
        for round in 1..=3u32 {
            write(&world, "context", &format!("texte {round}"), ("acc-owner", Some("org-b"), 10 + round)).await;
            let (one, other) = tokio::join!(world.get("owner", PATH), world.get("member", PATH));
            assert_eq!(one, other);
            assert_eq!(one.1["seq"], round);
            assert_eq!(one.1["chars"], 6 * round);
        }
    }

    async fn a_damaged_row_gives_an_unknown_author_never_a_wrong_one(database: Database) {
        let world = World::new(&database).await;
        world.proposal("p", "drafting").await;
        write(&world, "context", "un", ("acc-owner", Some("org-b"), 1)).await;
        write(&world, "description", "deux", ("acc-contributor", Some("org-a"), 2)).await;
        let document = DocumentId::from("doc-p");
        chantier::work::Work::start(world.store.clone(), tokio_util::task::TaskTracker::new())
            .compact(&document).await.expect("compacts");
        write(&world, "conditions", "trois", ("acc-contributor", Some("org-a"), 3)).await;
        world.sql("update log_row set checksum = checksum + 1 where document_id = 'doc-p' and seq = 2").await;
        world.sql("update log_segment set checksum = checksum + 1 where document_id = 'doc-p'").await;
        let (status, told) = world.get("owner", PATH).await;
        assert_eq!(status, 200, "{told}");
        let all: Vec<String> = told["sections"].as_array().expect("sections").iter().flat_map(passages).collect();
        assert!(all.contains(&"?, -: 0-4".to_owned()), "{all:?}");
        assert!(all.iter().any(|one| one.ends_with("org-a: 0-5")), "what came later is known: {all:?}");
        assert!(told["unknown_chars"].as_u64().is_some_and(|chars| chars >= 4));
    }

    async fn a_text_brought_back_belongs_to_those_who_had_written_it(database: Database) {
        let server = Server::start(&database).await;
        let document = server.document.as_str().to_owned();
        let mut ada = Editor::new(place(server.address, &document, "ada"));
        ada.join().await;
        for words in ["Les ateliers ferment.", "Oui.", "Les jeunes partent."] {
            ada.write(words).await;
        }
        ada.settle().await;
        let before = server.app.store.document_head(&server.document).await.expect("reads").head_seq;
        let mut ben = Editor::new(place(server.address, &document, "ben"));
        ben.join().await;
        ben.edit(|section, tx| section.remove_range(tx, 0, 3)).await;
        ben.settle().await;
        let seen = server.app.store.document_head(&server.document).await.expect("reads").head_seq;
        let gone = server.app.work.authorship(&server.document).await.expect("replays");
        let deleted: Vec<_> = gone.deletions.iter()
            .map(|one| (one.author.as_ref().map(|one| one.account.as_str()), one.written_by.len()))
            .collect();
        assert_eq!(deleted, [(Some("acc-ben"), 1)]);
        let answer = reqwest::Client::new()
            .post(format!("http://{}/api/documents/{document}/restorations", server.address))
            .bearer_auth(workspace::token("ben"))
            .json(&json!({"to_seq": before, "expected_seq": seen}))
            .send().await.expect("answers");
        assert_eq!(answer.status(), 201, "{:?}", answer.text().await);
        let told = server.app.work.authorship(&server.document).await.expect("replays");
        assert!(told.seq > seen);
        let context = &told.sections[0];
        assert!(context.text.contains("Oui.") && !context.passages.is_empty(), "{}", context.text);
        for passage in &context.passages {
            let name = |one: &chantier::text::authorship::Author| one.account.as_str().to_owned();
            assert_eq!(passage.author.as_ref().map(name).as_deref(), Some("acc-ada"));
            assert_eq!(passage.mover.as_ref().map(|(one, _)| name(one)).as_deref(), Some("acc-ben"));
        }
        assert_eq!(told.deletions, [], "nothing is gone any more");
    }
}
