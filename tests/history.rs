//! How a text came about, through the API: points, past texts, bringing one back.

use chantier::ids::DocumentId;
use reqwest::StatusCode;
use serde_json::{Value, json};
use yrs::{WriteTxn as _, XmlElementPrelim, XmlFragment as _, XmlTextPrelim};

use crate::support::database::Database;
use crate::support::editor::{Editor, Place};
use crate::support::server::Server;
use crate::support::{on_both_databases, until, workspace};

fn place(server: &Server, person: &'static str) -> Place {
    Place {
        address: server.address,
        document: server.document.as_str().to_owned(),
        person,
        query: "notices=1".to_owned(),
    }
}

async fn joined(server: &Server, person: &'static str) -> Editor {
    let mut editor = Editor::new(place(server, person));
    editor.join().await;
    editor
}

async fn ask(
    server: &Server,
    person: &str,
    method: reqwest::Method,
    path: &str,
    body: Option<Value>,
) -> (StatusCode, Value) {
    let document = &server.document;
    let path = if path == "/restorations" {
        format!("/api/documents/{document}/restorations")
    } else if let Some(seq) = path.strip_prefix("/history/") {
        format!("/api/documents/{document}/history/{seq}")
    } else {
        let query = path.strip_prefix("/history").expect("an address of these");
        format!("/api/documents/{document}/history{query}")
    };
    let url = format!("http://{}{path}", server.address);
    let mut request = reqwest::Client::new()
        .request(method, url)
        .bearer_auth(workspace::token(person));
    if let Some(body) = body {
        request = request.json(&body);
    }
    let answer = request.send().await.expect("answers");
    let status = answer.status();
    (status, answer.json().await.expect("json"))
}

async fn get(server: &Server, person: &str, path: &str) -> Value {
    let (status, body) = ask(server, person, reqwest::Method::GET, path, None).await;
    assert_eq!(status, StatusCode::OK, "{path}: {body}");
    body
}

async fn restore(server: &Server, person: &str, body: Value) -> (StatusCode, Value) {
    ask(
        server,
        person,
        reqwest::Method::POST,
        "/restorations",
        Some(body),
    )
    .await
}

/// `kind seq +added -removed`, newest first.
fn told(history: &Value) -> Vec<String> {
    let points = history["points"].as_array().expect("points");
    let line = |point: &Value| {
        format!(
            "{} {} +{} -{}",
            point["kind"].as_str().expect("a kind"),
            point["seq"],
            point["added_chars"],
            point["removed_chars"]
        )
    };
    points.iter().map(line).collect()
}

async fn write_elsewhere(editor: &mut Editor, text: &str) {
    editor
        .edit(|_, tx| {
            let section = tx.get_or_insert_xml_fragment("description");
            let words = XmlTextPrelim::new(text);
            section.push_back(tx, XmlElementPrelim::new("paragraph", [words.into()]));
        })
        .await;
}

fn section<'a>(text: &'a Value, key: &str) -> &'a Value {
    let sections = text["sections"].as_array().expect("sections");
    sections
        .iter()
        .find(|one| one["key"] == key)
        .expect("the section")
}

/// 30 paragraphs of 120 characters by ada, then nearly all of them gone in one update.
async fn written_and_deleted(server: &Server) -> (Editor, i64) {
    let mut ada = joined(server, "ada").await;
    for n in 10..40 {
        ada.write(&format!("{n} {}", "phrase. ".repeat(15).trim_end()))
            .await;
    }
    ada.settle().await;
    let before = head(server).await;
    ada.edit(|section, tx| section.remove_range(tx, 1, 28))
        .await;
    ada.settle().await;
    (ada, before)
}

async fn head(server: &Server) -> i64 {
    let head = server.app.store.document_head(&server.document).await;
    head.expect("reads").head_seq
}

on_both_databases! {
    async fn points_tell_who_wrote_how_much_and_what_went_at_once(database: Database) {
        let server = Server::start(&database).await;
        let empty = get(&server, "rea", "/history").await;
        assert_eq!((told(&empty).len(), &empty["damaged"]), (0, &json!(false)));
        let (_ada, before) = written_and_deleted(&server).await;
        let mut ben = joined(&server, "ben").await;
        write_elsewhere(&mut ben, "quatre mots de ben").await;
        ben.settle().await;
        let history = get(&server, "rea", "/history").await;
        let seq = history["head_seq"].as_i64().expect("a number");
        assert_eq!(told(&history), [
            format!("edits {seq} +18 -0"),
            format!("deletion {} +0 -{}", before + 1, 28 * 122),
            format!("edits {before} +{} -0", 30 * 122),
        ]);
        let who = |at: usize| history["points"][at]["people"][0].clone();
        assert_eq!((who(0)["given_name"].as_str(), who(1)["given_name"].as_str()),
            (Some("ben"), Some("ada")));
        assert_eq!(who(0)["organisation"]["organisation_id"], "org-a");
        // A page at a time.
        let first = get(&server, "rea", "/history?limit=1").await;
        let cursor = first["next_cursor"].as_i64().expect("more");
        let second = get(&server, "rea", &format!("/history?limit=1&before={cursor}")).await;
        assert_eq!(told(&second), [format!("deletion {} +0 -{}", before + 1, 28 * 122)]);
        // The text at each, and what changed since the point before.
        let past = get(&server, "rea", &format!("/history/{before}")).await;
        let context = section(&past, "context");
        assert!(context["plain"].as_str().expect("text").lines().count() == 30);
        assert_eq!((&context["differs"], &section(&past, "transversal")["differs"]), (&json!(true), &json!(false)));
        let gone = get(&server, "rea", &format!("/history/{}", before + 1)).await;
        let html = section(&gone, "context")["html"].as_str().expect("html").to_owned();
        assert_eq!(html.matches("<del>").count(), 28, "{html}");
        let (status, _) = ask(&server, "rea", reqwest::Method::GET, "/history/9999", None).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }

    async fn a_text_is_brought_back_beside_what_others_write(database: Database) {
        let server = Server::start(&database).await;
        let (mut ada, before) = written_and_deleted(&server).await;
        let mut ben = joined(&server, "ben").await;
        write_elsewhere(&mut ben, "avant la lecture").await;
        ben.settle().await;
        let seen = get(&server, "ada", "/history").await["head_seq"].as_i64().expect("a number");
        // What ben writes after ada looked is not hers to undo.
        write_elsewhere(&mut ben, "pendant la lecture").await;
        ben.settle().await;
        let body = json!({"to_seq": before, "expected_seq": seen, "sections": ["context"]});
        let (status, done) = restore(&server, "ada", body).await;
        assert_eq!(status, StatusCode::CREATED, "{done}");
        let seq = done["seq"].as_i64().expect("written");
        assert_eq!((seq, head(&server).await), (seen + 2, seq));
        for editor in [&mut ada, &mut ben] {
            editor.pump_until("brought back", |one| one.text().contains("25 phrase.")).await;
        }
        write_elsewhere(&mut ben, "apr\u{e8}s").await;
        ben.settle().await;
        let now = get(&server, "rea", &format!("/history/{}", head(&server).await)).await;
        assert_eq!(section(&now, "context")["plain"].as_str().expect("text").lines().count(), 30);
        assert_eq!(section(&now, "description")["plain"], "avant la lecture\npendant la lecture\napr\u{e8}s");
        // It is one new modification under her name, in the log, in its table and in the journal.
        let restorations = server.app.store.restorations(&server.document).await.expect("reads");
        assert_eq!(restorations.iter().map(|one| (one.seq, one.to_seq, one.account.as_str())).collect::<Vec<_>>(),
            [(seq, before, "acc-ada")]);
        let mut tx = server.app.store.read().await.expect("begins");
        let rows = tx.log_rows(&server.document, seq - 1, seq).await.expect("reads");
        assert_eq!((rows[0].updates.len(), rows[0].updates[0].account.as_str()), (1, "acc-ada"));
        let journal = tx.row("select act, document_seq from journal order by rank desc", &[]).await.expect("reads");
        let journal = journal.expect("a row");
        assert_eq!((journal.text(0).expect("text"), journal.int(1).expect("int")), ("restore".to_owned(), seq));
        assert!(tx.journal_is_whole(&workspace::PROPOSAL.into()).await.expect("reads"));
        drop(tx);
        let history = get(&server, "rea", "/history").await;
        assert!(told(&history)[1].starts_with(&format!("restoration {seq} +")), "{:?}", told(&history));
        assert_eq!(history["points"][1]["restored_seq"], before);
        // Taking it back is bringing the text before it back; then it reads as it did.
        let body = json!({"to_seq": done["undo_seq"], "expected_seq": head(&server).await, "sections": ["context"]});
        assert_eq!(restore(&server, "ada", body).await.0, StatusCode::CREATED);
        ben.pump_until("taken back", |one| !one.text().contains("25 phrase.")).await;
        // Under one client id, whose clock goes on.
        let bindings = server.app.store.client_bindings(&server.document).await.expect("reads");
        assert_eq!(bindings.len(), 3, "{bindings:?}");
    }

    async fn a_section_that_others_changed_since_one_looked_is_not_brought_back(database: Database) {
        let server = Server::start(&database).await;
        let (mut ada, before) = written_and_deleted(&server).await;
        let seen = head(&server).await;
        ada.write("encore").await;
        ada.settle().await;
        let (status, problem) = restore(&server, "ben", json!({"to_seq": before, "expected_seq": seen})).await;
        assert_eq!((status, problem["code"].as_str()), (StatusCode::CONFLICT, Some("text_changed")));
        assert_eq!(head(&server).await, seen + 1);
        let same = json!({"to_seq": seen + 1, "expected_seq": seen + 1});
        let (status, done) = restore(&server, "ben", same).await;
        assert_eq!((status, &done["seq"]), (StatusCode::CREATED, &Value::Null));
        for wrong in [json!({"to_seq": seen, "expected_seq": 1}), json!({"to_seq": -1, "expected_seq": seen}),
            json!({"to_seq": 1, "expected_seq": seen, "sections": ["nope"]})] {
            assert_eq!(restore(&server, "ben", wrong).await.0, StatusCode::UNPROCESSABLE_ENTITY);
        }
    }

    async fn r_restore_is_judged_at_the_act(database: Database) {
        let server = Server::start(&database).await;
        let (_ada, before) = written_and_deleted(&server).await;
        let seen = get(&server, "rea", "/history").await["head_seq"].clone();
        let back = json!({"to_seq": before, "expected_seq": seen});
        let further = json!({"to_seq": before - 1, "expected_seq": seen});
        for (path, method) in [("/history", reqwest::Method::GET), ("/history/1", reqwest::Method::GET)] {
            assert_eq!(ask(&server, "zoe", method, path, None).await.0, StatusCode::NOT_FOUND);
        }
        assert_eq!(restore(&server, "zoe", back.clone()).await.0, StatusCode::NOT_FOUND);
        let (status, problem) = restore(&server, "rea", back.clone()).await;
        assert_eq!((status, problem["rule"].as_str()), (StatusCode::FORBIDDEN, Some("R-UNDELETE")));
        // The facilitator brings back what one large deletion took, and nothing else.
        database.execute("update mandate set role = 'facilitator' where person_id = 'per-rea'").await;
        let (status, problem) = restore(&server, "rea", further).await;
        assert_eq!((status, problem["rule"].as_str()), (StatusCode::FORBIDDEN, Some("R-RESTORE")));
        let (status, done) = restore(&server, "rea", back.clone()).await;
        assert_eq!(status, StatusCode::CREATED, "{done}");
        let undo = json!({"to_seq": done["undo_seq"], "expected_seq": done["seq"]});
        assert_eq!(restore(&server, "rea", undo).await.0, StatusCode::CREATED);
        // A frozen text takes nothing back, whoever asks.
        database.execute("update proposal set stage = 'submitted'").await;
        for person in ["ada", "ben", "rea"] {
            let (status, problem) = restore(&server, person, json!({"to_seq": 1, "expected_seq": seen})).await;
            assert_eq!((status, &problem["code"] == "stage" || person == "rea"), (StatusCode::FORBIDDEN, true), "{problem}");
        }
        // The room holds the epoch: a right judged before the freeze writes nothing after it.
        database.execute("update proposal set stage = 'drafting'").await;
        get(&server, "rea", "/history").await;
    }

    async fn r_undelete_takes_back_what_the_deletion_took_and_nothing_written_since(database: Database) {
        let server = Server::start(&database).await;
        let (mut ada, before) = written_and_deleted(&server).await;
        let mut ben = joined(&server, "ben").await;
        write_elsewhere(&mut ben, "depuis la suppression").await;
        ben.settle().await;
        get(&server, "rea", "/history").await;
        database.execute("update mandate set role = 'facilitator' where person_id = 'per-rea'").await;
        // The lie: a head far ahead, as if all that was written since had been seen.
        let back = json!({"to_seq": before, "expected_seq": 1_000});
        let (status, done) = restore(&server, "rea", back.clone()).await;
        assert_eq!(status, StatusCode::CREATED, "{done}");
        let plain = async |key: &str| {
            let now = get(&server, "rea", &format!("/history/{}", head(&server).await)).await;
            section(&now, key)["plain"].as_str().expect("text").to_owned()
        };
        assert_eq!(plain("description").await, "depuis la suppression");
        assert_eq!(plain("context").await.lines().count(), 30);
        // Taking that again back undoes neither what others wrote after it, nor anything else.
        ada.pump_until("brought back", |one| one.text().contains("25 phrase.")).await;
        ada.write("apr\u{e8}s le retour").await;
        ada.settle().await;
        let again = json!({"to_seq": done["undo_seq"], "expected_seq": 1_000});
        let (status, problem) = restore(&server, "rea", again).await;
        assert_eq!((status, problem["code"].as_str()), (StatusCode::CONFLICT, Some("text_changed")));
        assert!(plain("context").await.contains("apr\u{e8}s le retour"));
        // What was brought back once is not brought back again by who may undo no other change.
        let (status, problem) = restore(&server, "rea", back.clone()).await;
        assert_eq!((status, problem["rule"].as_str()), (StatusCode::FORBIDDEN, Some("R-RESTORE")));
        // And not after two weeks.
        database.execute("delete from restoration").await;
        database.execute("update history_point set ended_at_ms = ended_at_ms - 15 * 24 * 60 * 60 * 1000 where kind = 'deletion'").await;
        let (status, problem) = restore(&server, "rea", back).await;
        assert_eq!((status, problem["rule"].as_str()), (StatusCode::FORBIDDEN, Some("R-RESTORE")));
    }

    async fn a_damaged_text_is_read_only_and_says_so(database: Database) {
        let server = Server::start(&database).await;
        let mut ada = joined(&server, "ada").await;
        let mut ben = joined(&server, "ben").await;
        ada.write("un").await;
        ada.settle().await;
        ben.pump_until("un", |ben| ben.text().contains("un")).await;
        ben.write("deux").await;
        ben.settle().await;
        ada.pump_until("deux", |ada| ada.text().contains("deux")).await;
        ada.write("trois").await;
        ada.settle().await;
        ada.disconnect();
        ben.disconnect();
        until("the room is gone", || async { (server.app.rooms.counts().0 == 0).then_some(()) }).await;
        database.execute("update log_row set checksum = checksum + 1 where seq = 2").await;
        let rea = joined(&server, "rea").await;
        // What builds on nothing in the hole is shown; it is never empty.
        assert!(rea.text().contains("un") && !rea.text().contains("deux"), "{}", rea.text());
        let hello = rea.notices.first().expect("hello").clone();
        assert_eq!(hello["damaged"], true);
        // Nobody writes on a hole: neither new text, nor the server.
        let mut new = joined(&server, "ben").await;
        let hello = new.notices.first().expect("hello").clone();
        assert!(!hello["may"].as_array().expect("may").contains(&json!("edit_text")), "{hello}");
        new.write("quatre").await;
        new.pump_until("refused", |new| new.closed.is_some()).await;
        let refused = new.notices.iter().find(|one| one["type"] == "refused").expect("told");
        assert_eq!(refused["code"], "document_damaged");
        assert_eq!(head(&server).await, 3);
        let history = get(&server, "rea", "/history").await;
        assert_eq!(history["damaged"], true);
        assert!(told(&history).iter().any(|line| line.starts_with("damaged 3")), "{:?}", told(&history));
        let (status, problem) = restore(&server, "ada", json!({"to_seq": 1, "expected_seq": 3})).await;
        assert_eq!((status, problem["code"].as_str()), (StatusCode::CONFLICT, Some("document_damaged")));
        let past = get(&server, "rea", "/history/1").await;
        assert_eq!((&past["damaged"], section(&past, "context")["plain"].as_str()), (&json!(false), Some("un")));
    }
}

/// A document that nobody laid.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_such_document_has_no_history() {
    let database = Database::sqlite();
    let mut server = Server::start(&database).await;
    server.document = DocumentId::new();
    let answer = ask(&server, "ada", reqwest::Method::GET, "/history", None).await;
    assert_eq!(answer.0, StatusCode::NOT_FOUND);
}
