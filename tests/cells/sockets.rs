//! The live half of the table: everybody opens the document of a proposal at every stage. Who may not
//! read hears exactly what an unknown document says; who reads is told so, and what they write all the
//! same is refused by its rule and not in the log; who writes is acknowledged.

use std::net::SocketAddr;

use futures_util::StreamExt as _;
use futures_util::future::join_all;
use serde_json::json;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use super::reviewed::{Said, everybody};
use super::stand::Stand;
use crate::support::editor::{Editor, place};
use crate::support::world::World;
use crate::support::{PATIENCE, on_both_databases, raw, workspace};

/// What somebody got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Met {
    refused: usize,
    readers: usize,
    writers: usize,
}

/// Every message of a socket until it is closed.
async fn all_heard(address: SocketAddr, document: &str, person: &'static str) -> Vec<Message> {
    let mut socket = raw::open(&place(address, document, person))
        .await
        .expect("upgraded");
    let heard = async {
        let mut all = Vec::new();
        while let Some(Ok(message)) = socket.next().await {
            let is_last = message.is_close();
            all.push(message);
            if is_last {
                break;
            }
        }
        all
    };
    timeout(PATIENCE, heard).await.expect("closed")
}

/// What a client without a socket is answered: status, seat, close code, bytes.
async fn plain(
    address: SocketAddr,
    document: &str,
    person: &str,
) -> (u16, Option<String>, Option<String>, Vec<u8>) {
    let url = format!("http://{address}/api/documents/{document}/updates?notices=1&poll=1");
    let request = reqwest::Client::new().get(url);
    let request = request.bearer_auth(workspace::token(person));
    let answer = request.send().await.expect("an answer");
    let text = |name: &str| {
        let value = answer.headers().get(name)?;
        Some(value.to_str().expect("ascii").to_owned())
    };
    let (seat, close) = (text("chantier-seat"), text("chantier-close"));
    let status = answer.status().as_u16();
    let body = answer.bytes().await.expect("a body").to_vec();
    (status, seat, close, body)
}

/// The log of a document: its head, and who wrote its last row.
async fn log(world: &World, document: &str) -> (i64, Option<String>) {
    let document = document.into();
    let history = world.store.history(&document).await.expect("reads");
    let last = history.rows.last().and_then(|row| row.updates.last());
    let last = last.map(|update| update.account.as_str().to_owned());
    (history.head.head_seq, last)
}

/// A static name for a person of the table: places keep one.
fn named(person: &str) -> &'static str {
    String::leak(person.to_owned())
}

impl Stand {
    /// Everybody at one stage, one after the other.
    async fn sockets_at(&self, address: SocketAddr, stage: &str, id: &str) -> Met {
        let mut met = Met::default();
        let document = format!("doc-{id}");
        for (person, role) in everybody(&self.reviewed) {
            let who = format!("{person} at {stage}");
            let person = named(person);
            if !self.reviewed.reads(stage, role) {
                let unknown = all_heard(address, "no-such-document", person).await;
                assert!(
                    matches!(&unknown[..], [Message::Close(Some(close))] if u16::from(close.code) == 4404),
                    "{who}: {unknown:?}"
                );
                assert_eq!(
                    all_heard(address, &document, person).await,
                    unknown,
                    "{who}"
                );
                let unknown = plain(address, "no-such-document", person).await;
                assert_eq!(plain(address, &document, person).await, unknown, "{who}");
                assert!(unknown.1.is_none(), "{who}: no seat");
                met.refused += 1;
                continue;
            }
            let before = log(&self.world, &document).await;
            let right = self.reviewed.right("edit_text", stage, role);
            let mut editor = Editor::new(place(address, &document, person));
            editor.join().await;
            let hello = editor.notice("hello").expect("greeted").clone();
            let may = hello["may"].as_array().expect("a list");
            assert_eq!(
                may.contains(&json!("edit_text")),
                right == Said::Moves,
                "{who}: {hello}"
            );
            assert_eq!(hello["account"], format!("acc-{person}"), "{who}");
            // What joining sends holds nothing: it is acknowledged, whoever sends it.
            editor.settle().await;
            editor.write(&format!("by {person}")).await;
            if let Said::Refused(rule, code) = &right {
                editor
                    .pump_until("refused", |editor| editor.closed.is_some())
                    .await;
                assert_eq!(editor.closed, Some(4403), "{who}");
                let refused = editor.notice("refused").expect("told");
                assert_eq!(
                    (&refused["rule"], &refused["code"]),
                    (&json!(rule), &json!(code)),
                    "{who}"
                );
                assert_eq!(log(&self.world, &document).await, before, "{who}");
                met.readers += 1;
            } else {
                editor.settle().await;
                assert_eq!(editor.closed, None, "{who}");
                let written = (before.0 + 1, Some(format!("acc-{person}")));
                assert_eq!(log(&self.world, &document).await, written, "{who}");
                met.writers += 1;
            }
        }
        met
    }
}

on_both_databases! {
    async fn everybody_at_every_stage_is_refused_reads_or_writes(database: Database) {
        let stand = Stand::new(&database).await;
        let (address, _guard) = stand.world.serve().await;
        for (person, _) in everybody(&stand.reviewed) {
            stand.world.token(person, &workspace::token(person)).await;
        }
        let mut ids = Vec::new();
        for stage in &stand.reviewed.stages {
            ids.push(stand.placed(stage, "socket").await);
        }
        let stages = stand.reviewed.stages.iter().zip(&ids);
        let all = join_all(stages.map(|(stage, id)| stand.sockets_at(address, stage, id))).await;
        let sum = |count: fn(&Met) -> usize| all.iter().map(count).sum::<usize>();
        let met = Met { refused: sum(|met| met.refused), readers: sum(|met| met.readers), writers: sum(|met| met.writers) };
        println!("{met:?}");
        let cells = stand.reviewed.stages.iter().flat_map(|stage| everybody(&stand.reviewed).into_iter().map(move |(_, role)| (stage, role)));
        let reads = cells.clone().filter(|(stage, role)| stand.reviewed.reads(stage, role)).count();
        let writes = cells.clone().filter(|(stage, role)| stand.reviewed.right("edit_text", stage, role) == Said::Moves).count();
        assert_eq!(met, Met { refused: cells.count() - reads, readers: reads - writes, writers: writes });
    }
}
