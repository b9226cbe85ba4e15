//! Rights in a live document: judged on every update, from the rights of now, and told at once;
//! sessions that end; presence that cannot be forged.

use std::time::Duration;

use chantier::live::{Settings, gate};
use chantier::store::log;
use chantier::text::edit::from_markdown;
use serde_json::json;

use crate::live::joined;
use crate::support::editor::{Editor, place};
use crate::support::server::Server;
use crate::support::{on_both_databases, until};

/// Waits for the socket to be closed; the code.
async fn closed(editor: &mut Editor) -> Option<u16> {
    editor
        .pump_until("closed", |editor| editor.closed.is_some())
        .await;
    editor.closed
}

fn may(notice: &serde_json::Value, action: &str) -> bool {
    let list = notice["may"].as_array().expect("a list");
    list.iter().any(|one| one == action)
}

on_both_databases! {
    async fn whoever_loses_the_right_to_write_is_told_and_stays(database: Database) {
        let server = Server::start(&database).await;
        let mut ben = joined(&server, "ben").await;
        assert!(may(ben.notice("hello").expect("first"), "edit_text"));
        database.execute("delete from proposal_person where person_id = 'per-ben'").await;
        server.app.rooms.rights_changed(&server.document).await;
        ben.pump_until("told", |ben| ben.notice("rights").is_some()).await;
        assert!(!may(ben.notice("rights").expect("told"), "edit_text"));
        assert!(ben.closed.is_none());
        // It could write when it joined: what it sends now is kept for its author, and it stays.
        ben.write("too late").await;
        ben.pump_until("kept", |ben| ben.notice("kept_aside").is_some()).await;
        assert!(ben.closed.is_none());
    }

    async fn whoever_loses_the_right_to_read_leaves(database: Database) {
        let server = Server::start(&database).await;
        let mut rea = joined(&server, "rea").await;
        database.execute("delete from mandate where mandate_id = 'man-rea'").await;
        server.app.rooms.account_changed(&"acc-rea".into()).await;
        assert_eq!(closed(&mut rea).await, Some(4404));
    }

    async fn a_quiet_room_tells_once_storage_answers_again(database: Database) {
        let settings = Settings { storage_retry: Duration::from_millis(20), ..Settings::default() };
        let server = Server::start_with(&database, settings).await;
        let (mut ada, mut rea) = (joined(&server, "ada").await, joined(&server, "rea").await);
        database.execute("alter table mandate rename to mandate_away").await;
        server.app.rooms.account_changed(&"acc-rea".into()).await;
        let of_ada = ada.client();
        ada.show(of_ada, "{}").await;
        ada.pump_until("echo", |ada| ada.presence.contains_key(&of_ada)).await;
        assert!(rea.closed.is_none(), "nothing is known yet");
        database
            .execute(
                "delete from mandate_away where person_id = 'per-rea';
                 alter table mandate_away rename to mandate;",
            )
            .await;
        assert_eq!(closed(&mut rea).await, Some(4404), "nobody wrote a word");
        assert!(!rea.presence.contains_key(&of_ada), "whose rights are unknown sees nobody");
    }

    async fn clean_up_in_a_section_that_is_closed_is_not_refused(database: Database) {
        let server = Server::start(&database).await;
        let bold = from_markdown(&[("description", "Un **mot** gras.")], 99);
        let mut ada = joined(&server, "ada").await;
        ada.send(&[0, 2], &bold).await;
        ada.settle().await;
        ada.disconnect();
        until("left", || async { (server.app.rooms.counts() == (0, 0)).then_some(()) }).await;
        database.execute("update document set kind = 'trial'").await;
        let (limits, mut tables) = (gate::Limits::default(), gate::Tables::new());
        let gate::Verdict::Accepted(reading) = gate::read(&bold, &tables, &limits) else { panic!("a document") };
        tables.apply(&reading);
        let deletes = |clock: u8| vec![0, 1, 99, 1, clock, 1];
        let is_mark = |clock: &u8| matches!(gate::read(&deletes(*clock), &tables, &limits), gate::Verdict::CleanUpOnly(_));
        let mark = (0..30).find(is_mark).expect("a mark to clean up");
        ada.join().await;
        ada.send(&[0, 2], &deletes(mark)).await;
        ada.settle().await;
        assert_eq!(ada.closed, None);
    }

    async fn an_update_judged_under_an_older_epoch_is_not_stored(database: Database) {
        let server = Server::start(&database).await;
        let mut ada = joined(&server, "ada").await;
        ada.write("before the freeze").await;
        ada.settle().await;
        // A freeze the room was not told of: the fence alone stands between.
        database
            .execute(
                "update document set epoch = epoch + 1;
                 update proposal set stage = 'frozen';",
            )
            .await;
        ada.write("after the freeze").await;
        ada.pump_until("kept", |ada| ada.notice("kept_aside").is_some()).await;
        let rea = joined(&server, "rea").await;
        assert!(rea.text().contains("before") && !rea.text().contains("after"));
    }

    async fn a_new_epoch_is_told_even_when_only_a_lost_fence_showed_it(database: Database) {
        let server = Server::start(&database).await;
        let (mut ada, mut ben) = (joined(&server, "ada").await, joined(&server, "ben").await);
        let epoch = ada.notice("hello").expect("first")["epoch"].as_i64().expect("a number");
        let elsewhere = {
            let mut editor = Editor::new(place(server.address, "", "ada"));
            editor.write("written elsewhere").await;
            editor.whole()
        };
        // Rights moved and came back, and a row was written, by a node this room did not hear.
        database.execute("update document set epoch = epoch + 2").await;
        let store = &server.app.store;
        let mut tx = store.write().await.expect("begins");
        log::append_in(&mut tx, &server.document, &"acc-ada".into(), None, vec![elsewhere], store.clock.now())
            .await
            .expect("appends");
        tx.commit().await.expect("commits");
        ada.write("written here").await;
        ada.settle().await;
        for editor in [&mut ada, &mut ben] {
            editor.pump_until("told", |one| one.notice("rights").is_some()).await;
            assert_eq!(editor.notice("rights").expect("told")["epoch"], epoch + 2);
        }
    }

    async fn rows_written_beside_the_room_are_shown_and_kept(database: Database) {
        let server = Server::start(&database).await;
        let mut ada = joined(&server, "ada").await;
        let mut ben = joined(&server, "ben").await;
        let elsewhere = {
            let mut editor = Editor::new(place(server.address, "", "ada"));
            editor.write("written elsewhere").await;
            editor.whole()
        };
        let store = &server.app.store;
        let mut tx = store.write().await.expect("begins");
        log::append_in(&mut tx, &server.document, &"acc-ada".into(), None, vec![elsewhere], store.clock.now())
            .await
            .expect("appends");
        tx.commit().await.expect("commits");
        ada.write("written here").await;
        ada.settle().await;
        for editor in [&mut ada, &mut ben] {
            editor
                .pump_until("both", |one| one.text().contains("elsewhere") && one.text().contains("here"))
                .await;
        }
        let rows = store.history(&server.document).await.expect("reads");
        assert_eq!(rows.head.head_seq, 2);
    }

    async fn ended_sessions_leave_at_once(database: Database) {
        let server = Server::start(&database).await;
        let mut ada = joined(&server, "ada").await;
        let mut ben = joined(&server, "ben").await;
        // A new password ends the other sessions; a token, which stays valid, keeps its sockets.
        server.app.rooms.sessions_ended(&"acc-ada".into(), Some(&"ses-new".into())).await;
        ada.write("still here").await;
        ada.settle().await;
        server.app.rooms.sessions_ended(&"acc-ada".into(), None).await;
        assert_eq!(closed(&mut ada).await, Some(4401));
        server.app.rooms.token_ended(&"tok-ben".into()).await;
        assert_eq!(closed(&mut ben).await, Some(4401));
    }

    async fn a_client_id_shown_once_stays_its_owners_while_nobody_is_there(database: Database) {
        let server = Server::start(&database).await;
        let (mut ben, mut rea) = (joined(&server, "ben").await, joined(&server, "rea").await);
        let (client, of_rea) = (ben.client(), rea.client());
        rea.show(of_rea, "{}").await;
        ben.show(client, "{}").await;
        until("kept", || async {
            let kept = server.app.store.reserved_clients(&server.document, 10).await.expect("reads");
            (kept == [(client, "acc-ben".into())]).then_some(())
        }).await;
        ben.disconnect();
        rea.disconnect();
        until("left", || async { (server.app.rooms.counts() == (0, 0)).then_some(()) }).await;
        let mut ada = Editor::under(place(server.address, server.document.as_str(), "ada"), client);
        ada.join().await;
        ada.write("in his name").await;
        assert_eq!(closed(&mut ada).await, Some(4403));
        assert_eq!(ada.notice("refused").expect("told")["code"], "foreign_client");
        ben.write("from the train").await;
        ben.join().await;
        ben.settle().await;
        assert!(joined(&server, "rea").await.text().contains("from the train"));
    }

    async fn presence_cannot_be_forged(database: Database) {
        let server = Server::start(&database).await;
        let mut ada = joined(&server, "ada").await;
        let mut ben = joined(&server, "ben").await;
        let mut rea = joined(&server, "rea").await;
        let (of_ada, of_ben) = (ada.client(), ben.client());
        let forged = json!({"user": {"name": "Somebody Else"}, "cursor": {"anchor": 1}}).to_string();
        ada.show(of_ada, &forged).await;
        ada.pump_until("echo", |ada| ada.presence.contains_key(&of_ada)).await;
        rea.pump_until("seen", |rea| rea.presence.contains_key(&of_ada)).await;
        // Ben speaks for Ada, then for himself: only the second is heard.
        ben.show(of_ada, r#"{"user": {"name": "Ada?"}, "cursor": null}"#).await;
        ben.show(of_ben, "{}").await;
        rea.pump_until("ben", |rea| rea.presence.contains_key(&of_ben)).await;
        let seen = rea.presence[&of_ada].clone().expect("here");
        assert_eq!(seen["user"]["name"], "ada Test");
        assert_eq!(seen["user"]["organisation"], "Orga");
        assert_eq!(seen["cursor"], json!({"anchor": 1}));
        assert_eq!(rea.presence[&of_ben].clone().expect("here")["user"]["name"], "ben Test");
        // A newcomer sees who is here; whoever leaves is gone for everybody.
        let mut late = joined(&server, "rea").await;
        late.pump_until("both", |late| late.presence.len() == 2).await;
        ada.disconnect();
        rea.pump_until("gone", |rea| rea.presence[&of_ada].is_none()).await;
    }
}
