//! Freezes racing twenty live writers: a proposal is deposited and sent back, then frozen for opinion and
//! thawed, again and again, while twenty sockets type. Each keystroke is in the sealed version whole, or
//! kept aside for its author; the sealed version is the log at the frozen place; everybody learns of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::live_freeze::{Page, aside, head, moved, ready, words};
use crate::support::database::Database;
use crate::support::editor::{Editor, converge, place};
use crate::support::server::Server;
use crate::support::workspace::{PROPOSAL, token};
use crate::support::{on_both_databases, until};

/// How many pages type at once.
const WRITERS: usize = 20;

/// How often the text is deposited (T03) and sent back (T05), and how often frozen (T08) and thawed (T09).
const ROUNDS: usize = 5;

/// How many words a page types at most before each deposit: the section keeps within its bounds.
const DEPOSITED: usize = 5;

/// How many before each freeze for opinion: more than there is time for, so that nobody pauses.
const FROZEN: usize = 24;

/// What the writers and who freezes tell each other.
#[derive(Default)]
struct Board {
    stop: CancellationToken,
    /// How many words a page may have typed by now.
    words: AtomicUsize,
    /// How many words were typed, all pages together.
    typed: AtomicUsize,
    /// Which pages may write, as far as they have heard.
    may_write: Mutex<BTreeMap<usize, bool>>,
    /// The words of which the server said that they are stored.
    acknowledged: Mutex<BTreeSet<String>>,
}

impl Board {
    fn look_at(&self, name: usize, page: &mut Page) {
        let told = page.acknowledged();
        self.acknowledged.lock().expect("whole").extend(told);
        let may_write = page.may_write();
        self.may_write
            .lock()
            .expect("whole")
            .insert(name, may_write);
    }

    /// Until everybody has heard that they may write, or may not.
    async fn heard(&self, may_write: bool) {
        until("every socket hears of it", || async {
            let heard = self.may_write.lock().expect("whole");
            let same = heard.values().filter(|one| **one == may_write).count();
            (same == WRITERS).then_some(())
        })
        .await;
    }

    /// Until so many more words were typed.
    async fn typed_on(&self, more: usize) {
        let from = self.typed.load(Ordering::Relaxed);
        until("typed on", || async {
            (self.typed.load(Ordering::Relaxed) >= from + more).then_some(())
        })
        .await;
    }
}

/// A writer: types until it is told to stop, then waits for what becomes of its last words.
async fn write(board: Arc<Board>, name: usize, mut page: Page) -> Page {
    while !board.stop.is_cancelled() {
        let before = page.typed.len();
        page.go_on(board.words.load(Ordering::Relaxed)).await;
        let more = page.typed.len() - before;
        board.typed.fetch_add(more, Ordering::Relaxed);
        board.look_at(name, &mut page);
        page.editor.pump_for(Duration::from_millis(2)).await;
    }
    page.settle().await;
    board.look_at(name, &mut page);
    page.begin_again_if_late().await;
    page
}

/// Rea runs the commission and chairs it; Ada owns the proposal.
async fn seat(server: &Server, database: &Database) {
    ready(server, database).await;
    database
        .execute(
            "insert into mandate (mandate_id, person_id, body_id, role, voting, valid_from)
             values ('man-chair', 'per-rea', 'com-1', 'co_president', 0, '2020-01-01')",
        )
        .await;
}

async fn get(server: &Server, path: &str) -> Value {
    let request = reqwest::Client::new().get(format!("http://{}{path}", server.address));
    let answer = request.bearer_auth(token("rea")).send().await;
    answer.expect("answers").json().await.expect("json")
}

/// The version opened last, once it is sealed: its place in the log, and its content's text.
async fn sealed(server: &Server) -> (Value, String) {
    let version = until("sealed", || async {
        let list = get(server, &format!("/api/proposals/{PROPOSAL}/versions")).await;
        let last = list["versions"].as_array().expect("a list").last().cloned();
        last.filter(|one| !one["sealed_at_ms"].is_null())
    })
    .await;
    let id = version["version_id"].as_str().expect("an id");
    let file = get(server, &format!("/api/versions/{id}.json")).await;
    (version, file["content"]["sections"].to_string())
}

/// The text that the log's rows give up to this place, replayed by a stock document.
async fn logged(server: &Server, seq: i64) -> String {
    let mut tx = server.app.store.read().await.expect("begins");
    let rows = tx.log_rows(&server.document, 0, seq).await.expect("rows");
    let replay = Editor::new(place(server.address, "", "rea"));
    for update in rows.iter().flat_map(|row| &row.updates) {
        replay.apply(&update.bytes);
    }
    replay.text()
}

/// Every word in a text, whole ones and broken ones, with how often it is there.
fn found(text: &str) -> BTreeMap<String, usize> {
    let mut all = BTreeMap::new();
    let parts = text.split(|letter: char| !letter.is_ascii_alphanumeric());
    for word in parts.filter(|part| is_word(part)) {
        *all.entry(word.to_owned()).or_default() += 1;
    }
    all
}

/// Whether it begins as the words that pages type.
fn is_word(part: &str) -> bool {
    let number = part
        .strip_prefix('w')
        .and_then(|rest| rest.split('x').next());
    number.is_some_and(|one| !one.is_empty() && one.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The text is frozen: nothing enters, and the sealed version is the log at that place.
async fn check_frozen(server: &Server, board: &Board, reason: &str, promised: &BTreeSet<String>) {
    board.heard(false).await;
    let (version, text) = sealed(server).await;
    assert_eq!(version["reason"], reason);
    let seq = version["document_seq"].as_i64().expect("a place");
    assert_eq!(head(server).await, seq, "nothing enters a frozen text");
    let (shown, kept) = (found(&text), found(&logged(server, seq).await));
    assert_eq!(shown, kept, "the sealed version is the log at {seq}");
    for (word, count) in &shown {
        assert!(
            word.ends_with('y') && *count == 1,
            "{word} is there {count} times"
        );
    }
    // Whatever was acknowledged by the time the act was asked for is in it.
    let lost: Vec<&String> = promised
        .iter()
        .filter(|word| !shown.contains_key(*word))
        .collect();
    assert!(
        lost.is_empty(),
        "acknowledged, and not in the version: {lost:?}"
    );
}

/// What was acknowledged so far.
fn promised(board: &Board) -> BTreeSet<String> {
    board.acknowledged.lock().expect("whole").clone()
}

/// One freeze by this act under fire, checked; whoever has not heard of it types into it.
async fn freeze(server: &Server, board: &Board, name: usize, by: (&str, Value, &str)) -> Page {
    let (person, change, reason) = by;
    let mut asleep = Page::open(server, "ben", name).await;
    let before = promised(board);
    moved(server, person, change).await;
    asleep.type_word().await;
    asleep.settle().await;
    assert_eq!(asleep.kept().len(), 1, "{:?}", asleep.editor.notices);
    check_frozen(server, board, reason, &before).await;
    asleep
}

/// Each word is in the text once, or kept aside for who typed it; how many were kept.
async fn check_words(
    server: &Server,
    reader: &Editor,
    pages: &[(&'static str, Vec<String>)],
) -> usize {
    let mut late = 0;
    let in_all = found(&reader.text());
    for person in ["ada", "ben"] {
        let own = pages.iter().filter(|(who, _)| *who == person);
        let typed: Vec<String> = own.flat_map(|(_, typed)| typed.clone()).collect();
        let in_text = words(&reader.text(), &typed);
        let kept = aside(server, &format!("acc-{person}"), reader, &typed).await;
        assert!(in_text.is_disjoint(&kept), "in both");
        let is_lost = |word: &&String| !in_text.contains(*word) && !kept.contains(*word);
        let lost: Vec<&String> = typed.iter().filter(is_lost).collect();
        assert!(lost.is_empty(), "lost: {lost:?}");
        assert!(
            in_text.iter().all(|word| in_all.get(word) == Some(&1)),
            "there once"
        );
        late += kept.len();
    }
    late
}

on_both_databases! {
    async fn freezes_race_twenty_writers_and_lose_no_keystroke(database: Database) {
        let server = Server::start(&database).await;
        seat(&server, &database).await;
        let board = Arc::new(Board::default());
        let mut writers: Vec<JoinHandle<Page>> = Vec::new();
        for name in 0..WRITERS {
            let person = if name % 2 == 0 { "ada" } else { "ben" };
            let page = Page::open(&server, person, name).await;
            writers.push(tokio::spawn(write(board.clone(), name, page)));
        }
        let day = |days| server.app.store.today().plus_days(days).as_str().to_owned();
        let request = json!({"transition": "T05", "reason": "unclear", "points": ["Encore"], "due_on": day(9)});
        let mut asleep = Vec::new();
        for round in 0..ROUNDS {
            board.words.fetch_add(DEPOSITED, Ordering::Relaxed);
            board.typed_on(WRITERS).await;
            let by = ("ada", json!({"transition": "T03"}), "deposit");
            asleep.push(freeze(&server, &board, WRITERS + round, by).await);
            moved(&server, "rea", request.clone()).await;
            board.heard(true).await;
        }
        moved(&server, "ada", json!({"transition": "T03"})).await;
        moved(&server, "rea", json!({"transition": "T04", "in_scope": true, "is_complete": true})).await;
        board.heard(true).await;
        for round in 0..ROUNDS {
            board.words.fetch_add(FROZEN, Ordering::Relaxed);
            board.typed_on(WRITERS * 6).await;
            let by = ("rea", json!({"transition": "T08", "closes_on": day(12)}), "freeze");
            asleep.push(freeze(&server, &board, WRITERS + ROUNDS + round, by).await);
            moved(&server, "rea", json!({"transition": "T09", "motive": "Une pi\u{e8}ce manque"})).await;
            board.heard(true).await;
        }
        // Thawed, typing goes on; then everybody shows the same.
        board.words.fetch_add(FROZEN, Ordering::Relaxed);
        board.typed_on(WRITERS).await;
        board.stop.cancel();
        let mut pages: Vec<(&'static str, Vec<String>)> = Vec::new();
        let mut editors = Vec::new();
        for writer in writers {
            let page = writer.await.expect("typed to the end");
            pages.push((page.editor.place.person, page.typed));
            editors.push(page.editor);
        }
        let mut reader = Editor::new(place(server.address, server.document.as_str(), "rea"));
        reader.join().await;
        editors.push(reader);
        converge(&mut editors).await;
        pages.extend(asleep.into_iter().map(|page| ("ben", page.typed)));
        let reader = editors.pop().expect("the reader");
        let late = check_words(&server, &reader, &pages).await;
        let in_all = found(&reader.text());
        let gone: Vec<String> = promised(&board).into_iter().filter(|word| !in_all.contains_key(word)).collect();
        assert!(gone.is_empty(), "acknowledged, and gone: {gone:?}");
        let typed: usize = pages.iter().map(|(_, typed)| typed.len()).sum();
        println!("{typed} words typed by {WRITERS} writers, {late} of them kept aside in {} freezes", 2 * ROUNDS + 1);
        assert!(late >= 2 * ROUNDS, "{late} words were kept aside");
    }
}
