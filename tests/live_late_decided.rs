//! What becomes of late edits once something is decided about them: discarded ones that come again,
//! those that change nothing, who hears of it, and when they are deleted.

use serde_json::Value;

use crate::live::joined;
use crate::live_late::{
    ask, contributions, discard, freeze, inserted, kept, noted, read, since, thaw,
};
use crate::support::on_both_databases;
use crate::support::server::Server;

on_both_databases! {
    async fn what_was_discarded_and_is_sent_anew_waits_anew(database: Database) {
        let server = Server::start(&database).await;
        let mut ada = joined(&server, "ada").await;
        for words in ["one", "two", "three"] {
            ada.write(words).await;
        }
        ada.settle().await;
        noted(&server, "ada").await;
        freeze(&server, &database).await;
        ada.edit(|section, tx| yrs::XmlFragment::remove(section, tx, 1)).await;
        kept(&mut ada, 1).await;
        let first = ada.notice("kept_aside").expect("told")["contribution_id"].clone();
        assert_eq!(discard(&server, "ada", first.as_str().expect("an id")).await, 204);
        // She may decide otherwise: it can be written again, and comes too late again.
        ada.disconnect();
        thaw(&server, &database).await;
        freeze(&server, &database).await;
        since(&server, &mut ada, 1).await;
        ada.notices.clear();
        ada.join().await;
        kept(&mut ada, 1).await;
        let again = ada.notice("kept_aside").expect("told")["contribution_id"].clone();
        assert_ne!(first, again, "what is kept can be read");
        let id = again.as_str().expect("an id").to_owned();
        let (status, body) = read(&server, "ada", &id).await;
        assert_eq!((status, &body["changes"]), (200, &1.into()), "{body}");
        // And the connection that goes on while another tab discards: nothing is lost either.
        assert_eq!(discard(&server, "ada", &id).await, 204);
        ada.write("more words").await;
        kept(&mut ada, 2).await;
        let last = ada.notice("kept_aside").expect("told")["contribution_id"].clone();
        assert!(last.is_string() && last != again);
        assert!(inserted(&server, "ada").await.contains("more words"));
    }

    async fn what_was_typed_and_erased_is_nothing_to_decide(database: Database) {
        let server = Server::start(&database).await;
        let mut ada = joined(&server, "ada").await;
        ada.write("start").await;
        ada.settle().await;
        freeze(&server, &database).await;
        ada.write("typed").await;
        ada.edit(|section, tx| {
            let last = yrs::XmlFragment::len(section, tx) - 1;
            yrs::XmlFragment::remove(section, tx, last);
        }).await;
        kept(&mut ada, 2).await;
        assert!(contributions(&server, "ada").await.is_empty());
        // What builds on it can be read all the same.
        ada.write("then this").await;
        kept(&mut ada, 3).await;
        assert_eq!(inserted(&server, "ada").await, "then this");
        for (path, status) in [("late-contributions/%00", 404), ("late-contributions/a%00b/discard", 404)] {
            let path = format!("/api/documents/{}/{path}", server.document);
            let method = if path.ends_with("discard") { reqwest::Method::POST } else { reqwest::Method::GET };
            assert_eq!(ask(&server, method, "ada", path).await.0, status);
        }
        assert_eq!(ask(&server, reqwest::Method::GET, "ada", "/api/documents/%00/late-contributions".to_owned()).await.0, 404);
    }

    async fn only_its_author_hears_of_a_decision(database: Database) {
        let server = Server::start(&database).await;
        let (mut ada, mut ben) = (joined(&server, "ada").await, joined(&server, "ben").await);
        freeze(&server, &database).await;
        ada.write("late").await;
        kept(&mut ada, 1).await;
        let id = contributions(&server, "ada").await[0]["contribution_id"].as_str().expect("id").to_owned();
        ada.notices.clear();
        assert_eq!(discard(&server, "ada", &id).await, 204);
        ada.pump_until("told", |ada| ada.notice("nudge").is_some()).await;
        server.app.rooms.nudge(&server.document, "comments").await;
        ben.pump_until("the next", |ben| ben.notice("nudge").is_some()).await;
        let topics: Vec<&Value> = ben.notices.iter().filter(|one| one["type"] == "nudge").collect();
        assert_eq!(topics[0]["topic"], "comments");
    }

    async fn what_was_decided_is_deleted_after_thirty_days(database: Database) {
        let server = Server::start(&database).await;
        let mut ada = joined(&server, "ada").await;
        freeze(&server, &database).await;
        ada.write("not wanted").await;
        kept(&mut ada, 1).await;
        let store = &server.app.store;
        assert_eq!(store.purge_late().await.expect("purges"), 0, "what waits is never deleted");
        let id = contributions(&server, "ada").await[0]["contribution_id"].as_str().expect("id").to_owned();
        store.discard_late(&server.document, &"acc-ada".into(), &id.as_str().into()).await.expect("discards");
        assert_eq!(store.purge_late().await.expect("purges"), 0);
        let then = store.clock.now().ms() - 30 * 24 * 3600 * 1000 - 1000;
        database.execute_owned(format!("update late_contribution set discarded_at_ms = {then}")).await;
        // What waits may build on it.
        ada.write("and on").await;
        kept(&mut ada, 2).await;
        assert_eq!(store.purge_late().await.expect("purges"), 0);
        let waiting = contributions(&server, "ada").await[0]["contribution_id"].as_str().expect("id").to_owned();
        assert_eq!(read(&server, "ada", &waiting).await.0, 200);
        assert_eq!(discard(&server, "ada", &waiting).await, 204);
        assert_eq!(store.purge_late().await.expect("purges"), 1);
    }
}
