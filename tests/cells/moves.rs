//! Every transition by everybody at every stage: POST and GET answer what the reviewed tables say.

use std::collections::BTreeMap;
use std::time::Instant;

use futures_util::future::join_all;
use serde_json::{Value as Json, json};

use super::reviewed::{Heading, Said, everybody};
use super::stand::{Stand, Standing};
use crate::support::on_both_databases;
use crate::support::world::Answer;

/// How many cells were compared.
#[derive(Debug, Default)]
struct Cells {
    refused: usize,
    hidden: usize,
    moves: usize,
    asks: usize,
    lists: usize,
}

/// One cell: who presses what, where, after whom.
struct Cell<'a> {
    heading: &'a Heading,
    stage: &'a str,
    asked: &'a str,
    person: &'a str,
    role: &'a str,
    said: Said,
}

impl Cell<'_> {
    fn place(&self) -> String {
        let (key, stage, person) = (&self.heading.key, self.stage, self.person);
        let asked = if self.asked.is_empty() {
            String::new()
        } else {
            format!(", {} has asked", self.asked)
        };
        format!("{key} at {stage}{asked}, by {person}: {:?}", self.said)
    }

    /// What a transition of the list must say of it.
    fn is_told(&self, listed: Option<&Json>, is_ready: bool) {
        let place = self.place();
        let entry = listed.unwrap_or_else(|| panic!("not listed: {place}"));
        assert_eq!(entry["action"], self.heading.action, "{place}");
        assert_eq!(entry["to"], json!(self.heading.to), "{place}");
        match &self.said {
            Said::Refused(rule, code) => {
                assert_eq!(entry["possible"], false, "{place}");
                let only = json!([{"rule": rule, "code": code}]);
                assert_eq!(entry["obstacles"], only, "{place}");
            }
            Said::Moves | Said::Asks => {
                assert_eq!(entry["asks"], self.said == Said::Asks, "{place}");
                if is_ready {
                    assert_eq!(entry["possible"], true, "{place}: {entry}");
                }
                // Where nothing is prepared, only a guard of its own may be against it.
                for obstacle in entry["obstacles"].as_array().expect("a list") {
                    let code = obstacle["code"].as_str().expect("a code");
                    assert!(!is_ready, "{place}: {entry}");
                    assert_eq!(obstacle["rule"], self.heading.key, "{place}");
                    assert!(
                        self.heading.guards.iter().any(|guard| guard == code),
                        "{place}: {entry}"
                    );
                }
            }
            Said::Hidden => panic!("listed: {place}"),
        }
    }
}

/// The transitions that keep a version.
const VERSIONS: &[&str] = &["T03", "T08", "T10", "T14", "T15", "T19", "T20", "T26"];

/// Merges and splits concern several proposals: they have tests of their own.
pub(super) const APART: [&str; 2] = ["T29", "T30"];

/// How it stands after an act that was allowed.
fn after(before: &Standing, heading: &Heading, said: &Said) -> Standing {
    let moves = i64::from(*said == Said::Moves);
    let is = |keys: &[&str]| i64::from(keys.contains(&heading.key.as_str()));
    let to = match (heading.key.as_str(), before.stage.as_str()) {
        ("T20", _) => Some("approved".to_owned()),
        ("T25", "suspended") => Some("in_progress".to_owned()),
        ("T25", _) => Some("suspended".to_owned()),
        _ => heading.to.clone(),
    };
    let to = to.filter(|_| moves == 1);
    Standing {
        stage: to.unwrap_or_else(|| before.stage.clone()),
        version: before.version + 1,
        round: before.round + moves * is(&["T11", "T12", "T16", "T21", "T32"]),
        epoch: before.epoch + moves,
        acts: before.acts + 1,
        versions: before.versions + moves * is(VERSIONS),
        pending: 1 - moves,
        everything: Vec::new(),
    }
}

impl Stand {
    /// What an unknown proposal answers to the same.
    async fn unknown(&self, person: &str, body: Option<Json>) -> Answer {
        let path = "/api/proposals/no-such-proposal/transitions";
        let method = if body.is_some() { "POST" } else { "GET" };
        self.world.ask(method, person, path, body).await
    }

    /// A cell that changes nothing.
    async fn refused(&self, id: &str, before: &Standing, cell: &Cell<'_>, cells: &mut Cells) {
        let body = self.request(&cell.heading.key, before.version);
        let answer = self.post(id, cell.person, body.clone()).await;
        let place = format!("{}: {} {}", cell.place(), answer.0, answer.1);
        match &cell.said {
            Said::Refused(rule, code) => {
                assert_eq!(answer.0.as_u16(), 403, "{place}");
                assert_eq!(
                    (&answer.1["rule"], &answer.1["code"]),
                    (&json!(rule), &json!(code)),
                    "{place}"
                );
                cells.refused += 1;
            }
            Said::Hidden => {
                assert_eq!(answer.0.as_u16(), 404, "{place}");
                assert_eq!(
                    answer,
                    self.unknown(cell.person, Some(body)).await,
                    "{place}"
                );
                cells.hidden += 1;
            }
            Said::Moves | Said::Asks => unreachable!("{place}"),
        }
        assert_eq!(self.standing(id).await, *before, "{place}");
        self.shows_nothing_hidden(cell.role, cell.person, &answer);
    }

    /// A cell that does something, and its row of the journal.
    async fn allowed(&self, id: &str, cell: &Cell<'_>, cells: &mut Cells) {
        let before = self.standing(id).await;
        let key = &cell.heading.key;
        let answer = self.press(id, cell.person, key).await;
        let place = format!("{}: {} {}", cell.place(), answer.0, answer.1);
        // Who acknowledges a withdrawal may read no more.
        let ends_reading = cell.said == Said::Moves
            && cell
                .heading
                .to
                .as_deref()
                .is_some_and(|to| !self.reviewed.reads(to, cell.role));
        assert_eq!(
            answer.0.as_u16(),
            if ends_reading { 204 } else { 201 },
            "{place}"
        );
        let mut now = self.standing(id).await;
        let mut expected = after(&before, cell.heading, &cell.said);
        // Of all the others nothing changed: the sums moved by what this one did.
        for (what, step) in [
            (0, 0),
            (1, 1),
            (2, expected.round - before.round),
            (8, 1),
            (9, expected.versions - before.versions),
        ] {
            assert_eq!(
                now.everything[what],
                before.everything[what] + step,
                "{what}: {place}"
            );
        }
        (now.everything, expected.everything) = (Vec::new(), Vec::new());
        assert_eq!(now, expected, "{place}");
        let rows = self
            .world
            .store
            .read()
            .await
            .expect("reads")
            .journal_rows(&id.into())
            .await;
        let rows = rows.expect("reads");
        let row = rows.iter().rfind(|row| row.act != "sealed").expect("a row");
        let (act, from, to) = match cell.said {
            Said::Asks => (format!("asked:{key}"), None, None),
            Said::Moves | Said::Refused(..) | Said::Hidden => {
                (key.clone(), Some(cell.stage), Some(now.stage.as_str()))
            }
        };
        assert_eq!(
            (
                row.act.as_str(),
                row.person_id.as_deref(),
                row.capacity.as_deref()
            ),
            (act.as_str(), Some(cell.person), Some(cell.role)),
            "{place}"
        );
        assert_eq!(
            (row.from_stage.as_deref(), row.to_stage.as_deref()),
            (from, to),
            "{place}"
        );
        assert_eq!(
            row.version_id.is_some(),
            now.versions > before.versions,
            "{place}"
        );
        assert!(
            self.world
                .store
                .read()
                .await
                .expect("reads")
                .journal_is_whole(&id.into())
                .await
                .expect("reads")
        );
        self.moved(id).await;
        self.sealed().await;
        if cell.said == Said::Asks {
            cells.asks += 1;
        } else {
            cells.moves += 1;
        }
        if key == "T07" && cell.said == Said::Moves {
            self.left(id);
        }
        self.shows_nothing_hidden(cell.role, cell.person, &answer);
    }

    /// The list as this person reads it; by transition.
    async fn listed(
        &self,
        id: &str,
        before: &Standing,
        (person, role): (&str, &str),
        cells: &mut Cells,
    ) -> BTreeMap<String, Json> {
        let answer = self.list(id, person).await;
        self.shows_nothing_hidden(role, person, &answer);
        cells.lists += 1;
        if !self.reviewed.reads(&before.stage, role) {
            assert_eq!(answer.0.as_u16(), 404, "{person} of {id}: {}", answer.1);
            assert_eq!(answer, self.unknown(person, None).await);
            return BTreeMap::new();
        }
        assert_eq!(answer.0.as_u16(), 200, "{person} of {id}: {}", answer.1);
        assert_eq!(answer.1["version"], before.version);
        let entries = answer.1["transitions"].as_array().expect("a list").iter();
        entries
            .map(|entry| {
                let key = entry["transition"].as_str().expect("a key");
                (key.to_owned(), entry.clone())
            })
            .collect()
    }

    fn cells_of<'a>(
        &'a self,
        heading: &'a Heading,
        stage: &'a str,
        asked: &'a str,
    ) -> Vec<Cell<'a>> {
        let people = everybody(&self.reviewed).into_iter();
        people
            .map(|(person, role)| Cell {
                said: self.reviewed.cell(heading, stage, asked, role),
                heading,
                stage,
                asked,
                person,
                role,
            })
            .collect()
    }

    /// One transition at a stage where it starts: who is refused leaves the prepared proposal as it
    /// is, who is allowed moves one of their own; what then awaits a second person is such a cell too.
    async fn transition_at(&self, heading: &Heading, stage: &str, cells: &mut Cells) {
        let (mut id, mut is_fresh) = (self.ready(stage, &heading.key).await, true);
        let all = self.cells_of(heading, stage, "");
        self.refuse(&id, &all, cells).await;
        for cell in all.iter().filter(|cell| is_allowed(cell)) {
            if !is_fresh {
                id = self.ready(stage, &heading.key).await;
            }
            is_fresh = false;
            self.allowed(&id, cell, cells).await;
            if cell.said != Said::Asks {
                continue;
            }
            let second = self.cells_of(heading, stage, cell.role);
            // Whoever asked does not agree: another person presides, too.
            let asks = if heading.key == "T14" {
                "second_chair"
            } else {
                cell.person
            };
            if asks != cell.person {
                id = self.ready(stage, &heading.key).await;
                self.must(&id, asks, &heading.key).await;
            }
            self.refuse(&id, &second, cells).await;
            let mut is_asked = true;
            for other in second.iter().filter(|cell| is_allowed(cell)) {
                if !is_asked {
                    id = self.ready(stage, &heading.key).await;
                    self.must(&id, asks, &heading.key).await;
                }
                is_asked = false;
                self.allowed(&id, other, cells).await;
            }
        }
    }

    /// A stage refuses everybody every transition that does not start there.
    async fn stage_refuses(&self, stage: &str, id: &str) -> Cells {
        let mut cells = Cells::default();
        let before = self.standing(id).await;
        for (person, role) in everybody(&self.reviewed) {
            let listed = self.listed(id, &before, (person, role), &mut cells).await;
            for heading in &self.reviewed.headings {
                let is_listed = self.reviewed.is_listed(&heading.key, stage);
                let reads = self.reviewed.reads(stage, role);
                let cell = Cell {
                    said: self.reviewed.cell(heading, stage, "", role),
                    asked: "",
                    heading,
                    stage,
                    person,
                    role,
                };
                let entry = listed.get(&heading.key);
                assert_eq!(entry.is_some(), is_listed && reads, "{}", cell.place());
                if is_listed && reads {
                    cell.is_told(entry, false);
                }
                // The others are met where nothing is against them.
                if !is_listed {
                    self.refused(id, &before, &cell, &mut cells).await;
                }
            }
        }
        cells
    }

    /// Everybody reads the list; who is refused is refused.
    async fn refuse(&self, id: &str, all: &[Cell<'_>], cells: &mut Cells) {
        let before = self.standing(id).await;
        for cell in all {
            let who = (cell.person, cell.role);
            let listed = self.listed(id, &before, who, cells).await;
            if cell.said != Said::Hidden {
                cell.is_told(listed.get(&cell.heading.key), true);
            }
            if !is_allowed(cell) {
                self.refused(id, &before, cell, cells).await;
            }
        }
        assert_eq!(self.standing(id).await, before);
    }
}

fn is_allowed(cell: &Cell<'_>) -> bool {
    matches!(cell.said, Said::Moves | Said::Asks)
}

on_both_databases! {
    async fn where_a_transition_starts_everybody_gets_their_cell(database: Database) {
        let stand = Stand::new(&database).await;
        let (mut cells, began) = (Cells::default(), Instant::now());
        let apart = |heading: &&Heading| !APART.contains(&heading.key.as_str());
        for heading in stand.reviewed.headings.iter().filter(apart) {
            for stage in &stand.reviewed.stages {
                if stand.reviewed.is_listed(&heading.key, stage) {
                    stand.transition_at(heading, stage, &mut cells).await;
                }
            }
        }
        println!("{cells:?} in {:?}", began.elapsed());
        let listed = |said| stand.reviewed.count(&said, &APART);
        assert_eq!((cells.moves, cells.asks), (listed(Said::Moves), listed(Said::Asks)), "every cell that does something");
    }

    async fn everything_not_listed_is_refused(database: Database) {
        let (stand, began) = (Stand::new(&database).await, Instant::now());
        let mut ids = Vec::new();
        for stage in &stand.reviewed.stages {
            ids.push(stand.placed(stage, "all").await);
        }
        // Nothing changes, so that all stages may be asked at once.
        let stages = stand.reviewed.stages.iter().zip(&ids);
        let all = join_all(stages.map(|(stage, id)| stand.stage_refuses(stage, id))).await;
        let sum = |count: fn(&Cells) -> usize| all.iter().map(count).sum::<usize>();
        let (refused, hidden) = (sum(|cells| cells.refused), sum(|cells| cells.hidden));
        println!("{refused} refused, {hidden} hidden, {} lists in {:?}", sum(|cells| cells.lists), began.elapsed());
        let people = everybody(&stand.reviewed).len();
        let listed = stand.reviewed.listed_count();
        assert_eq!(refused + hidden, (stand.reviewed.headings.len() * 20 - listed) * people, "every cell that is not listed");
    }
}
