//! The freeze under fire (`live-text.md` section 7): people type while a proposal is deposited and
//! reopened again and again. Each word is in the text, before the freeze it was typed before, or kept
//! aside for who typed it: none is lost, none is in both.
//! And rights that hold for one section are judged on each update.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chantier::ids::AccountId;
use chantier::store::log;
use chantier::text::edit::from_markdown;
use serde_json::{Value, json};

use crate::live::joined;
use crate::support::editor::{Editor, place};
use crate::support::server::Server;
use crate::support::workspace::{PROPOSAL, token};
use crate::support::{on_both_databases, until};

/// How often the text is frozen and reopened.
const FREEZES: usize = 4;

/// The most words a page types before each freeze: all of them together must stay within what the
/// deposit allows of a section.
const WORDS: usize = 34;

/// A page: it types while it may, and begins again once all it sent was told.
pub(crate) struct Page {
    pub(crate) editor: Editor,
    name: usize,
    /// Words handed to the editor.
    pub(crate) typed: Vec<String>,
    /// The words this connection carried, by their frames.
    carried: Vec<(u64, String)>,
}

impl Page {
    pub(crate) async fn open(server: &Server, person: &'static str, name: usize) -> Self {
        Self {
            editor: joined(server, person).await,
            name,
            typed: Vec::new(),
            carried: Vec::new(),
        }
    }

    pub(crate) fn may_write(&self) -> bool {
        let told = |one: &&Value| one["may"].is_array();
        let last = self.editor.notices.iter().rev().find(told);
        last.is_some_and(|one| {
            let may = one["may"].as_array().expect("a list");
            may.iter().any(|action| action == "edit_text")
        })
    }

    pub(crate) fn kept(&self) -> BTreeSet<u64> {
        let kept = self.editor.notices.iter();
        kept.filter(|one| one["type"] == "kept_aside")
            .map(|one| one["update"].as_u64().expect("a number"))
            .collect()
    }

    /// Whether the server holds every frame of this connection, in the text or aside.
    fn all_told(&self) -> bool {
        let kept = self.kept();
        (self.editor.stored + 1..=self.editor.sent).all(|frame| kept.contains(&frame))
    }

    pub(crate) async fn type_word(&mut self) {
        let word = format!("w{}x{}y", self.name, self.typed.len());
        self.editor.write(&word).await;
        self.carried.push((self.editor.sent, word.clone()));
        self.typed.push(word);
    }

    /// The words of this connection that the server says it stored, since it was asked last.
    pub(crate) fn acknowledged(&mut self) -> Vec<String> {
        let (stored, kept) = (self.editor.stored, self.kept());
        let carried = std::mem::take(&mut self.carried);
        let (told, open) = carried.into_iter().partition(|(frame, _)| *frame <= stored);
        self.carried = open;
        let told: Vec<(u64, String)> = told;
        let stored = told.into_iter().filter(|(frame, _)| !kept.contains(frame));
        stored.map(|(_, word)| word).collect()
    }

    /// Types one more word, if it may and has typed fewer than `words`.
    pub(crate) async fn go_on(&mut self, words: usize) {
        let may_go_on = self.typed.len() < words;
        if may_go_on && self.kept().is_empty() && self.may_write() {
            self.type_word().await;
        }
        self.editor.pump().await;
        self.begin_again_if_late().await;
    }

    pub(crate) async fn begin_again_if_late(&mut self) {
        if self.kept().is_empty() || !self.all_told() {
            return;
        }
        let mut fresh = Editor::new(self.editor.place.clone());
        fresh.join().await;
        self.editor = fresh;
        self.carried.clear();
    }

    /// Waits until everything it sent is told.
    pub(crate) async fn settle(&mut self) {
        while !self.all_told() {
            self.editor.pump_for(Duration::from_millis(5)).await;
            assert_eq!(self.editor.closed, None, "{:?}", self.editor.notices);
        }
    }
}

/// A proposal that may be deposited by Ada and reopened by Rea.
pub(crate) async fn ready(server: &Server, database: &crate::support::database::Database) {
    database
        .execute(
            "update proposal set porteur_id = 'org-a', porteur_accepted_at_ms = 1;
             update mandate set role = 'facilitator' where mandate_id = 'man-rea';",
        )
        .await;
    crate::support::sheet::complete(&server.app.store, PROPOSAL).await;
    let text = from_markdown(
        &[
            ("context", "Quarante signes au moins pour dire le contexte."),
            ("description", "Ce que l'on fera."),
            ("transversal", "Pour toutes et tous."),
        ],
        7,
    );
    let store = &server.app.store;
    let mut tx = store.write().await.expect("begins");
    let (account, now) = (AccountId::from("acc-ada"), store.clock.now());
    log::append_in(&mut tx, &server.document, &account, None, vec![text], now)
        .await
        .expect("appends");
    tx.commit().await.expect("commits");
}

/// Moves the proposal, however fast the text moves; the answer.
pub(crate) async fn moved(server: &Server, person: &str, change: Value) -> Value {
    let client = reqwest::Client::new();
    let path = format!("/api/proposals/{PROPOSAL}");
    let base = format!("http://{}{path}", server.address);
    let read = client.get(&base).bearer_auth(token(person)).send().await;
    let page: Value = read.expect("answers").json().await.expect("json");
    let mut body = change;
    body["expected_version"] = page["version"].clone();
    let ask = client.post(format!("{base}/transitions")).json(&body);
    let answer = ask
        .bearer_auth(token(person))
        .send()
        .await
        .expect("answers");
    let status = answer.status().as_u16();
    let told: Value = answer.json().await.expect("json");
    assert_eq!(status, 201, "{told}");
    told
}

/// Waits until everybody went on for a while.
async fn typed_on(rounds: &AtomicUsize) {
    let from = rounds.load(Ordering::Relaxed);
    until("typed on", || async {
        (rounds.load(Ordering::Relaxed) > from + 24).then_some(())
    })
    .await;
}

pub(crate) async fn head(server: &Server) -> i64 {
    let head = server.app.store.document_head(&server.document).await;
    head.expect("reads").head_seq
}

/// The words in a text.
pub(crate) fn words(text: &str, typed: &[String]) -> BTreeSet<String> {
    typed
        .iter()
        .filter(|word| text.contains(*word))
        .cloned()
        .collect()
}

/// What an account has waiting, read beside the text.
pub(crate) async fn aside(
    server: &Server,
    account: &str,
    text: &Editor,
    typed: &[String],
) -> BTreeSet<String> {
    let store = &server.app.store;
    let lineage = store
        .document_head(&server.document)
        .await
        .expect("reads")
        .lineage;
    let (updates, _) = store
        .late_updates_of(&server.document, &lineage, &account.into())
        .await
        .expect("reads");
    let both = Editor::new(place(server.address, "", "ada"));
    both.apply(&text.whole());
    for update in &updates {
        both.apply(&update.bytes);
    }
    let in_text = words(&text.text(), typed);
    words(&both.text(), typed)
        .difference(&in_text)
        .cloned()
        .collect()
}

on_both_databases! {
    async fn every_keystroke_is_in_the_text_or_kept_for_its_author(database: Database) {
        let server = Server::start(&database).await;
        ready(&server, &database).await;
        let stop = tokio_util::sync::CancellationToken::new();
        let rounds = Arc::new(AtomicUsize::new(0));
        let freezes = Arc::new(AtomicUsize::new(0));
        let mut typing = Vec::new();
        for (name, person) in ["ada", "ben", "ben", "ada"].into_iter().enumerate() {
            let mut page = Page::open(&server, person, name).await;
            let (stop, rounds, freezes) = (stop.clone(), rounds.clone(), freezes.clone());
            typing.push(tokio::spawn(async move {
                while !stop.is_cancelled() {
                    page.go_on(WORDS * (freezes.load(Ordering::Relaxed) + 1)).await;
                    page.editor.pump_for(Duration::from_millis(3)).await;
                    rounds.fetch_add(1, Ordering::Relaxed);
                }
                page.settle().await;
                (person, page)
            }));
        }
        let due = server.app.store.today().plus_days(9);
        let request = json!({"transition": "T05", "reason": "unclear", "points": ["Encore"], "due_on": due.as_str()});
        let mut asleep = Vec::new();
        for round in 0..FREEZES {
            // One page has heard nothing of the freeze when it types: it is late for certain.
            let mut page = Page::open(&server, "ben", 4 + round).await;
            let told = moved(&server, "ada", json!({"transition": "T03"})).await;
            page.type_word().await;
            page.settle().await;
            assert_eq!(page.kept().len(), 1, "{:?}", page.editor.notices);
            asleep.push(page);
            let frozen_at = told["deposit"]["text_seq"].as_i64().expect("a position");
            typed_on(&rounds).await;
            assert_eq!(head(&server).await, frozen_at, "nothing enters a frozen text ({round})");
            moved(&server, "rea", request.clone()).await;
            freezes.fetch_add(1, Ordering::Relaxed);
            typed_on(&rounds).await;
        }
        moved(&server, "ada", json!({"transition": "T03"})).await;
        stop.cancel();
        let reader = joined(&server, "rea").await;
        let mut late = 0;
        let mut typed_by: Vec<(&str, Vec<String>)> = asleep.into_iter().map(|page| ("ben", page.typed)).collect();
        for task in typing {
            let (person, page) = task.await.expect("typed to the end");
            typed_by.push((person, page.typed));
        }
        for person in ["ada", "ben"] {
            let typed: Vec<String> = typed_by.iter().filter(|(who, _)| *who == person).flat_map(|(_, typed)| typed.clone()).collect();
            let in_text = words(&reader.text(), &typed);
            let kept = aside(&server, &format!("acc-{person}"), &reader, &typed).await;
            assert!(in_text.is_disjoint(&kept), "in both");
            let lost: Vec<&String> = typed.iter().filter(|word| !in_text.contains(*word) && !kept.contains(*word)).collect();
            assert!(lost.is_empty(), "lost: {lost:?}");
            for word in &in_text {
                assert_eq!(reader.text().matches(word.as_str()).count(), 1, "{word} is there once");
            }
            assert!(typed.len() > 20, "{person} typed {}", typed.len());
            late += kept.len();
        }
        assert!(late >= FREEZES, "{late} words were kept aside");
    }

    async fn a_right_to_one_section_is_judged_on_each_update(database: Database) {
        let server = Server::start(&database).await;
        database.execute("update document set kind = 'trial'").await;
        let mut ada = joined(&server, "ada").await;
        ada.write("in the open section").await;
        ada.settle().await;
        // The same person, the same connection: another section, then a deletion.
        let elsewhere = from_markdown(&[("description", "not here")], 99);
        ada.send(&[0, 2], &elsewhere).await;
        ada.pump_until("closed", |ada| ada.closed.is_some()).await;
        let refused = ada.notice("refused").expect("told");
        assert_eq!((&refused["code"], &refused["rule"]), (&"section_closed".into(), &"R-SECTION".into()));
        let mut again = joined(&server, "ada").await;
        again.edit(|section, tx| yrs::XmlFragment::remove(section, tx, 0)).await;
        again.pump_until("closed", |again| again.closed.is_some()).await;
        assert_eq!(again.notice("refused").expect("told")["code"], "deletion_closed");
        let rea = joined(&server, "rea").await;
        assert!(rea.text().contains("in the open section"));
    }
}
