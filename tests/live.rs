//! Live documents through real sockets, on both databases: several editors, rights, refusals,
//! storage that fails, sockets that close.

use std::time::Duration;

use crate::support::editor::{Editor, Random, converge, place};
use crate::support::on_both_databases;
use crate::support::server::Server;

/// An editor of `person` on the server's document, joined.
pub(crate) async fn joined(server: &Server, person: &'static str) -> Editor {
    let mut editor = Editor::new(place(server.address, server.document.as_str(), person));
    editor.join().await;
    editor
}

on_both_databases! {
    async fn what_one_writes_the_other_reads_and_it_is_acknowledged(database: Database) {
        let server = Server::start(&database).await;
        let mut ada = joined(&server, "ada").await;
        let mut ben = joined(&server, "ben").await;
        ada.write("Bonjour").await;
        ada.settle().await;
        ben.pump_until("ben reads", |ben| ben.text().contains("Bonjour")).await;
        let hello = ada.notices[0].clone();
        assert_eq!(hello["type"], "hello");
        assert_eq!(hello["account"], "acc-ada");
        assert_eq!(hello["organisation"], "org-a");
        assert!(hello["may"].as_array().expect("a list").contains(&"edit_text".into()));
        // A newcomer gets it from storage.
        let rea = joined(&server, "rea").await;
        assert_eq!(rea.snapshot(), ada.snapshot());
    }

    async fn random_edits_and_disconnections_converge(database: Database) {
        let server = Server::start(&database).await;
        let mut random = Random(0x5eed_cafe);
        let mut editors = Vec::new();
        for person in ["ada", "ben", "ada", "ben"] {
            editors.push(joined(&server, person).await);
        }
        for _ in 0..300 {
            let one = random.below(4) as usize;
            let editor = &mut editors[one];
            match random.below(20) {
                0 => editor.disconnect(),
                1 if !editor.is_connected() => editor.join().await,
                _ => editor.edit_at_random(&mut random).await,
            }
            if random.below(3) == 0 {
                let other = random.below(4) as usize;
                editors[other].pump().await;
            }
        }
        for editor in &mut editors {
            if !editor.is_connected() {
                editor.join().await;
            }
            editor.settle().await;
        }
        converge(&mut editors).await;
        let newcomer = joined(&server, "rea").await;
        assert_eq!(newcomer.snapshot(), editors[0].snapshot());
        assert_eq!(newcomer.text(), editors[0].text());
    }

    async fn a_readers_update_is_refused_and_its_sync_reply_is_not(database: Database) {
        let server = Server::start(&database).await;
        let mut ada = joined(&server, "ada").await;
        ada.write("Bonjour").await;
        ada.settle().await;
        let mut rea = joined(&server, "rea").await;
        rea.settle().await;
        assert!(rea.closed.is_none(), "the sync reply held nothing new");
        rea.write("by rea").await;
        rea.pump_until("closed", |rea| rea.closed.is_some()).await;
        assert_eq!(rea.closed, Some(4403));
        let refused = rea.notice("refused").expect("a notice");
        assert_eq!(refused["update"], rea.sent);
        assert_eq!(refused["rule"], "R-EDIT");
        assert_eq!(refused["code"], "role_missing");
        ada.write("encore").await;
        ada.settle().await;
        assert!(!ada.text().contains("by rea"));
    }

    async fn a_plain_client_is_told_by_an_auth_message(database: Database) {
        let server = Server::start(&database).await;
        let mut plain = place(server.address, server.document.as_str(), "rea");
        plain.query.clear();
        let mut rea = Editor::new(plain);
        rea.join().await;
        rea.write("by rea").await;
        rea.pump_until("closed", |rea| rea.closed.is_some()).await;
        assert_eq!(rea.closed, Some(4403));
        assert_eq!(rea.denied, ["role_missing"]);
        assert!(rea.notices.is_empty());
    }

    async fn whoever_may_not_read_finds_no_document(database: Database) {
        let server = Server::start(&database).await;
        for (person, document) in [("zoe", server.document.as_str()), ("ada", "no-such-document")] {
            let mut editor = Editor::new(place(server.address, document, person));
            editor.connect().await;
            editor.pump_until("closed", |editor| editor.closed.is_some()).await;
            assert_eq!(editor.closed, Some(4404));
        }
        let mut nobody = Editor::new(place(server.address, server.document.as_str(), "nobody"));
        nobody.connect().await;
        nobody.pump_until("closed", |nobody| nobody.closed.is_some()).await;
        assert_eq!(nobody.closed, Some(4401));
    }

    async fn an_append_that_fails_is_repeated_until_it_is_stored(database: Database) {
        let server = Server::start(&database).await;
        let mut ada = joined(&server, "ada").await;
        let mut ben = joined(&server, "ben").await;
        ada.write("before").await;
        ada.settle().await;
        ben.pump_until("seen", |ben| ben.text().contains("before")).await;
        database.execute("alter table log_row rename to log_row_away").await;
        ada.write("while it is away").await;
        ada.pump_until("told", |ada| ada.notice("storage").is_some()).await;
        assert_eq!(ada.notice("storage").expect("told")["state"], "suspended");
        ben.pump_for(Duration::from_millis(300)).await;
        assert!(!ben.text().contains("away"), "nothing is shown before it is on disk");
        assert!(ada.stored < ada.sent, "nothing is acknowledged either");
        database.execute("alter table log_row_away rename to log_row").await;
        ada.settle().await;
        ada.pump_until("resumed", |ada| {
            ada.notice("storage").is_some_and(|one| one["state"] == "resumed")
        })
        .await;
        ben.pump_until("seen", |ben| ben.text().contains("while it is away")).await;
    }
}
