//! Edits that come too late (`live-text.md` section 7): kept under their author, acknowledged,
//! never in the text; what is late and what is refused; what their author reads.

use chantier::store::late::LATE_BYTES;
use serde_json::Value;

use crate::live::joined;
use crate::support::database::Database as Any;
use crate::support::editor::{Editor, place};
use crate::support::server::Server;
use crate::support::{on_both_databases, until};

/// Freezes the text as T03 does, and tells the room.
pub(crate) async fn freeze(server: &Server, database: &Any) {
    move_to(server, database, "submitted").await;
}

/// Thaws it as T05 does.
pub(crate) async fn thaw(server: &Server, database: &Any) {
    move_to(server, database, "drafting").await;
}

async fn move_to(server: &Server, database: &Any, stage: &str) {
    database
        .execute_owned(format!(
            "update document set epoch = epoch + 1;
             update proposal set stage = '{stage}';"
        ))
        .await;
    server.app.rooms.rights_changed(&server.document).await;
}

pub(crate) async fn kept(editor: &mut Editor, count: usize) {
    let is_kept = |one: &&Value| one["type"] == "kept_aside";
    editor
        .pump_until("kept aside", |editor| {
            editor.notices.iter().filter(is_kept).count() >= count
        })
        .await;
}

async fn closed(editor: &mut Editor) -> Option<u16> {
    let is_closed = |editor: &Editor| editor.closed.is_some();
    editor.pump_until("closed", is_closed).await;
    editor.closed
}

/// Waits until the server has noted that this person may write, and under how many epochs.
pub(crate) async fn noted(server: &Server, person: &str) {
    let account = chantier::ids::AccountId::from(format!("acc-{person}"));
    until("noted", || async {
        let store = &server.app.store;
        let seen = store.could_write_since(&server.document, &account, 1).await;
        seen.expect("reads").then_some(())
    })
    .await;
}

/// The address of somebody whose browser was last in step under `epoch`.
pub(crate) async fn since(server: &Server, editor: &mut Editor, epoch: i64) {
    let head = server.app.store.document_head(&server.document).await;
    let lineage = head.expect("reads").lineage;
    editor.place.query = format!("notices=1&lineage={lineage}&epoch={epoch}");
}

async fn list(server: &Server, person: &str) -> (u16, Value) {
    let path = format!("/api/documents/{}/late-contributions", server.document);
    ask(server, reqwest::Method::GET, person, path).await
}

pub(crate) async fn read(server: &Server, person: &str, id: &str) -> (u16, Value) {
    let path = format!("/api/documents/{}/late-contributions/{id}", server.document);
    ask(server, reqwest::Method::GET, person, path).await
}

pub(crate) async fn discard(server: &Server, person: &str, id: &str) -> u16 {
    let path = format!(
        "/api/documents/{}/late-contributions/{id}/discard",
        server.document
    );
    ask(server, reqwest::Method::POST, person, path).await.0
}

pub(crate) async fn ask(
    server: &Server,
    method: reqwest::Method,
    person: &str,
    path: String,
) -> (u16, Value) {
    let answer = reqwest::Client::new()
        .request(method, format!("http://{}{path}", server.address))
        .bearer_auth(crate::support::workspace::token(person))
        .send()
        .await
        .expect("an answer");
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap_or(Value::Null))
}

pub(crate) async fn contributions(server: &Server, person: &str) -> Vec<Value> {
    let body = list(server, person).await.1;
    body["contributions"]
        .as_array()
        .cloned()
        .unwrap_or_default()
}

/// Everything inserted by the author's one contribution.
pub(crate) async fn inserted(server: &Server, person: &str) -> String {
    let all = contributions(server, person).await;
    assert_eq!(all.len(), 1, "{all:?}");
    let id = all[0]["contribution_id"].as_str().expect("an id");
    let (status, body) = read(server, person, id).await;
    assert_eq!(status, 200, "{body}");
    let mut text = String::new();
    for section in body["sections"].as_array().expect("sections") {
        for passage in section["passages"].as_array().expect("passages") {
            for part in passage["parts"].as_array().expect("parts") {
                if part["kind"] == "inserted" {
                    text += part["text"].as_str().expect("text");
                }
            }
        }
    }
    text
}

on_both_databases! {
    async fn what_comes_after_the_freeze_is_kept_and_the_second_keystroke_too(database: Database) {
        let server = Server::start(&database).await;
        let (mut ada, mut rea) = (joined(&server, "ada").await, joined(&server, "rea").await);
        ada.write("before").await;
        ada.settle().await;
        freeze(&server, &database).await;
        for words in ["first", "second", "third"] {
            ada.write(words).await;
        }
        kept(&mut ada, 3).await;
        let last = ada.notice("kept_aside").expect("told").clone();
        assert_eq!((&last["update"], ada.stored), (&ada.sent.into(), ada.sent - 3));
        // Nobody sees them, nor does the log; whoever reads stays.
        let newcomer = joined(&server, "ben").await;
        rea.pump().await;
        for reader in [&rea, &newcomer] {
            assert!(reader.text().contains("before") && !reader.text().contains("first"));
        }
        assert_eq!(server.app.store.document_head(&server.document).await.expect("reads").head_seq, 1);
        assert_eq!((rea.closed, ada.closed), (None, None));
        let all = contributions(&server, "ada").await;
        assert_eq!(all[0]["contribution_id"], last["contribution_id"]);
        assert_eq!(inserted(&server, "ada").await, "first\nsecond\nthird");
        // Its author alone: for everybody else it does not exist.
        let id = last["contribution_id"].as_str().expect("an id").to_owned();
        assert!(contributions(&server, "rea").await.is_empty());
        for (person, status) in [("rea", 404), ("ben", 404), ("zoe", 404)] {
            assert_eq!(read(&server, person, &id).await.0, status);
        }
        assert_eq!(list(&server, "zoe").await.0, 404);
        assert_eq!(discard(&server, "ben", &id).await, 404);
        assert_eq!(discard(&server, "ada", &id).await, 204);
        assert_eq!(discard(&server, "ada", &id).await, 404);
        assert!(contributions(&server, "ada").await.is_empty());
    }

    async fn deletions_are_told_with_what_stands_around(database: Database) {
        let server = Server::start(&database).await;
        let mut ada = joined(&server, "ada").await;
        for words in ["one", "two", "three"] {
            ada.write(words).await;
        }
        ada.settle().await;
        freeze(&server, &database).await;
        ada.edit(|section, tx| yrs::XmlFragment::remove(section, tx, 1)).await;
        kept(&mut ada, 1).await;
        let id = contributions(&server, "ada").await[0]["contribution_id"].as_str().expect("id").to_owned();
        let (_, body) = read(&server, "ada", &id).await;
        let parts = body["sections"][0]["passages"][0]["parts"].clone();
        let expected = serde_json::json!([
            {"kind": "kept", "text": "one\n"}, {"kind": "deleted", "text": "two"}]);
        assert_eq!((parts, &body["changes"]), (expected, &1.into()));
        assert_eq!(body["sections"][0]["before"], "one\ntwo\nthree");
    }

    async fn who_comes_back_after_the_freeze_is_late_by_what_the_browser_names(database: Database) {
        let server = Server::start(&database).await;
        let mut ada = joined(&server, "ada").await;
        ada.write("known").await;
        ada.settle().await;
        noted(&server, "ada").await;
        ada.disconnect();
        ada.write("offline").await;
        freeze(&server, &database).await;
        since(&server, &mut ada, 1).await;
        ada.join().await;
        kept(&mut ada, 1).await;
        ada.write("and on").await;
        kept(&mut ada, 2).await;
        assert_eq!(inserted(&server, "ada").await, "offline\nand on");
        // The notice was not read: the same again, with one word more, joins the same ones.
        ada.disconnect();
        ada.write("more").await;
        ada.notices.clear();
        ada.join().await;
        kept(&mut ada, 1).await;
        assert_eq!(inserted(&server, "ada").await, "offline\nand on\nmore");
        ada.disconnect();
        ada.notices.clear();
        ada.join().await;
        kept(&mut ada, 1).await;
        assert_eq!(inserted(&server, "ada").await, "offline\nand on\nmore");
        let rows = "select count(*) from late_update";
        let mut tx = server.app.store.read().await.expect("reads");
        assert_eq!(tx.row(rows, &[]).await.expect("reads").expect("a row").int(0).expect("a number"), 3);
    }

    async fn an_epoch_that_is_too_old_or_of_another_history_does_not_count(database: Database) {
        let server = Server::start(&database).await;
        let mut ada = joined(&server, "ada").await;
        noted(&server, "ada").await;
        ada.disconnect();
        ada.write("offline").await;
        freeze(&server, &database).await;
        ada.place.query = "notices=1&lineage=another&epoch=1".to_owned();
        ada.join().await;
        assert_eq!(closed(&mut ada).await, Some(4403));
        assert_eq!(ada.notice("refused").expect("told")["code"], "stage");
        since(&server, &mut ada, 2).await;
        ada.join().await;
        assert_eq!(closed(&mut ada).await, Some(4403), "nothing was written since the freeze");
        since(&server, &mut ada, 1).await;
        let ninety_days_ms = 90 * 24 * 3600 * 1000_i64;
        let then = server.app.store.clock.now().ms() - ninety_days_ms - 1000;
        database.execute_owned(format!("update writer_seen set seen_at_ms = {then}")).await;
        ada.join().await;
        assert_eq!(closed(&mut ada).await, Some(4403));
        database.execute_owned(format!("update writer_seen set seen_at_ms = {}", then + 60_000)).await;
        ada.join().await;
        kept(&mut ada, 1).await;
    }

    async fn who_never_could_write_is_refused(database: Database) {
        let server = Server::start(&database).await;
        let mut rea = Editor::new(place(server.address, server.document.as_str(), "rea"));
        since(&server, &mut rea, 1).await;
        rea.join().await;
        rea.write("mine").await;
        assert_eq!(closed(&mut rea).await, Some(4403));
        assert_eq!(rea.notice("refused").expect("told")["code"], "role_missing");
        assert!(contributions(&server, "rea").await.is_empty());
    }

    async fn a_contributor_removed_while_typing_is_late_while_others_go_on(database: Database) {
        let server = Server::start(&database).await;
        let (mut ada, mut ben) = (joined(&server, "ada").await, joined(&server, "ben").await);
        ben.write("ben before").await;
        ben.settle().await;
        database.execute("delete from proposal_person where person_id = 'per-ben'").await;
        server.app.rooms.rights_changed(&server.document).await;
        ben.write("ben late").await;
        kept(&mut ben, 1).await;
        // The text goes on; what he writes then builds on it, and on his own.
        ada.pump_until("reads", |ada| ada.text().contains("ben before")).await;
        ada.write("ada goes on").await;
        ada.settle().await;
        ben.pump_until("reads", |ben| ben.text().contains("ada goes on")).await;
        ben.write("ben again").await;
        kept(&mut ben, 2).await;
        // Ada's words may have come to stand between his.
        let told = inserted(&server, "ben").await;
        assert!(told.contains("ben late") && told.contains("ben again"), "{told}");
        assert!(!ada.text().contains("late"));
    }

    async fn an_ended_mandate_makes_late_what_follows(database: Database) {
        let server = Server::start(&database).await;
        let mut ben = joined(&server, "ben").await;
        database.execute("update mandate set role = 'observer' where person_id = 'per-ben'").await;
        server.app.rooms.account_changed(&"acc-ben".into()).await;
        ben.write("on the last day").await;
        kept(&mut ben, 1).await;
        assert_eq!(inserted(&server, "ben").await, "on the last day");
    }

    async fn a_session_that_ended_keeps_nothing(database: Database) {
        let server = Server::start(&database).await;
        let mut ben = joined(&server, "ben").await;
        freeze(&server, &database).await;
        database.execute("update token set revoked_at_ms = 1 where token_id = 'tok-ben'").await;
        server.app.rooms.token_ended(&"tok-ben".into()).await;
        ben.write("too late for everything").await;
        assert_eq!(closed(&mut ben).await, Some(4401));
        let mut tx = server.app.store.read().await.expect("reads");
        let row = tx.row("select count(*) from late_update", &[]).await.expect("reads");
        assert_eq!(row.expect("a row").int(0).expect("a number"), 0);
    }

    async fn a_plain_client_is_told_to_stop_and_its_words_are_kept(database: Database) {
        let server = Server::start(&database).await;
        let mut ada = Editor::new(place(server.address, server.document.as_str(), "ada"));
        ada.place.query = String::new();
        ada.join().await;
        freeze(&server, &database).await;
        ada.write("plain words").await;
        assert_eq!(closed(&mut ada).await, Some(4403));
        assert_eq!(ada.denied, ["stage"]);
        assert_eq!(inserted(&server, "ada").await, "plain words");
    }

    async fn what_copies_clean_up_is_neither_late_nor_refused(database: Database) {
        let server = Server::start(&database).await;
        let mut ada = joined(&server, "ada").await;
        ada.write("words").await;
        let bold = || [("bold".into(), yrs::Any::from(std::collections::HashMap::<String, yrs::Any>::new()))];
        ada.edit(|section, tx| {
            let Some(yrs::XmlOut::Element(paragraph)) = yrs::XmlFragment::get(section, tx, 0) else { panic!("a paragraph") };
            let Some(yrs::XmlOut::Text(text)) = yrs::XmlFragment::get(&paragraph, tx, 0) else { panic!("a text") };
            yrs::Text::format(&text, tx, 0, 3, bold().into_iter().collect());
        }).await;
        ada.settle().await;
        freeze(&server, &database).await;
        // Deletes a format mark, and nothing else.
        let client = ada.client();
        let mark = (0..12).find(|clock| {
            let mut probe = vec![0, 1];
            chantier::live::protocol::put_number(&mut probe, client);
            probe.extend([1, *clock, 1]);
            let (gate, tables) = tables_of(&ada);
            matches!(chantier::live::gate::read(&probe, &tables, &gate), chantier::live::gate::Verdict::CleanUpOnly(_))
        }).expect("a mark to clean up");
        let mut clean = vec![0, 1];
        chantier::live::protocol::put_number(&mut clean, client);
        clean.extend([1, mark, 1]);
        ada.send(&[0, 2], &clean).await;
        ada.settle().await;
        assert!(ada.notice("kept_aside").is_none() && ada.closed.is_none());
        assert!(contributions(&server, "ada").await.is_empty());
    }

    async fn more_than_may_wait_is_refused_and_says_so(database: Database) {
        let server = Server::start(&database).await;
        let mut ada = joined(&server, "ada").await;
        freeze(&server, &database).await;
        ada.write("small").await;
        kept(&mut ada, 1).await;
        ada.write(&"x".repeat(usize::try_from(LATE_BYTES).expect("fits"))).await;
        assert_eq!(closed(&mut ada).await, Some(4403));
        let refused = ada.notice("refused").expect("told");
        assert_eq!((&refused["code"], &refused["rule"]), (&"late_full".into(), &"R-LATE".into()));
        assert_eq!(inserted(&server, "ada").await, "small");
    }

    async fn a_thaw_makes_nothing_late_join_the_text_until_one_reconnects(database: Database) {
        let server = Server::start(&database).await;
        let mut ada = joined(&server, "ada").await;
        ada.write("start").await;
        ada.settle().await;
        noted(&server, "ada").await;
        freeze(&server, &database).await;
        ada.write("late one").await;
        kept(&mut ada, 1).await;
        thaw(&server, &database).await;
        ada.write("late two").await;
        kept(&mut ada, 2).await;
        assert_eq!(inserted(&server, "ada").await.matches("late").count(), 2);
        // It comes back without having read that they were kept: they may be written, so they are
        // text; nothing is left to decide.
        ada.disconnect();
        ada.join().await;
        ada.settle().await;
        let rea = joined(&server, "rea").await;
        assert!(rea.text().contains("late one") && rea.text().contains("late two"));
        assert!(contributions(&server, "ada").await.is_empty());
    }

    async fn who_may_not_even_read_any_more_hands_in_what_is_on_its_way(database: Database) {
        let server = Server::start(&database).await;
        let (mut ada, mut ben) = (joined(&server, "ada").await, joined(&server, "ben").await);
        ada.write("seen by all").await;
        ben.pump_until("reads", |ben| ben.text().contains("seen by all")).await;
        noted(&server, "ben").await;
        database.execute("delete from mandate where person_id = 'per-ben'").await;
        server.app.rooms.account_changed(&"acc-ben".into()).await;
        ben.write("last words").await;
        ada.write("for those who stay").await;
        ada.settle().await;
        kept(&mut ben, 1).await;
        assert_eq!(closed(&mut ben).await, Some(4404));
        assert!(!ben.text().contains("for those who stay"), "he reads nothing any more");
        // What he had written on the train is handed in, too; he is shown nothing for it.
        ben.write("from the train").await;
        since(&server, &mut ben, 1).await;
        ben.notices.clear();
        ben.connect().await;
        kept(&mut ben, 1).await;
        assert_eq!(closed(&mut ben).await, Some(4404));
        assert_eq!(ben.notice("hello").expect("first")["may"], serde_json::json!([]));
        assert!(!ben.text().contains("for those who stay") && ben.presence.is_empty());
        ada.pump_for(std::time::Duration::from_millis(50)).await;
        assert!(!ada.text().contains("words"));
        // Who has nothing to hand in is not let in, nor is whoever never could write.
        ben.place.query = "notices=1".to_owned();
        ben.connect().await;
        assert_eq!(closed(&mut ben).await, Some(4404));
        assert!(ben.notices.iter().filter(|one| one["type"] == "hello").count() == 1);
        // When he may read again, it waits for him.
        database.execute("insert into mandate (mandate_id, person_id, body_id, role, voting, valid_from)
            values ('man-again', 'per-ben', 'com-1', 'observer', 1, '2020-01-01')").await;
        let told = inserted(&server, "ben").await;
        assert!(told.contains("last words") && told.contains("from the train"), "{told}");
    }
}

/// The gate's tables of what an editor holds.
fn tables_of(editor: &Editor) -> (chantier::live::gate::Limits, chantier::live::gate::Tables) {
    use chantier::live::gate::{Limits, Tables, Verdict, read};
    let (limits, mut tables) = (Limits::default(), Tables::new());
    let Verdict::Accepted(reading) = read(&editor.whole(), &tables, &limits) else {
        panic!("a document");
    };
    tables.apply(&reading);
    (limits, tables)
}
