//! One story: who is there, what happens, who might write when.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use chantier::ids::DocumentId;
use chantier::store::{Store, Tx, Value};
use yrs::Transact as _;

use super::checks;
use super::client::Client;
use super::life::Life;
use crate::crash::ledger::{Deed, Event, Ledger};
use crate::crash::typist::begin_paragraph;
use crate::support::database::Database;
use crate::support::editor::Random;
use crate::support::workspace;

/// Who takes part, with their organisation: the owner, two contributors, one who only reads.
pub(crate) const PEOPLE: [(&str, &str); 4] = [
    ("ada", "org-a"),
    ("ben", "org-b"),
    ("cat", "org-c"),
    ("rea", "org-a"),
];

/// Clients of one story; some people have two.
const CLIENTS: [&str; 6] = ["ada", "ben", "cat", "ada", "ben", "rea"];

/// What all stories on one database share.
pub(crate) struct Stage {
    pub(crate) store: Store,
}

impl Stage {
    pub(crate) async fn lay(database: &Database) -> Self {
        let store = database.store().await;
        workspace::lay(database, &store).await;
        workspace::lay_person(database, "cat").await;
        for organisation in ["org-b", "org-c"] {
            let sql = format!(
                "insert into organisation (organisation_id, name, short_name, kind, college_id,
                 solicitation_budget_minutes, created_at_ms, version)
                 values ('{organisation}', '{organisation}', '{organisation}', 'union', 'col', 0, 0, 1)"
            );
            database.execute_owned(sql).await;
        }
        for (person, organisation) in PEOPLE {
            let sql = format!(
                "update affiliation set organisation_id = '{organisation}' where person_id = 'per-{person}'"
            );
            database.execute_owned(sql).await;
        }
        Self { store }
    }
}

/// What only a database for several nodes has.
pub(crate) const SECOND_NODE: &str = "clients on a second node";

/// What stories met, added up: a check that was never asked proves nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Met {
    pub(crate) rows: usize,
    pub(crate) words: usize,
    pub(crate) refusals: usize,
    pub(crate) kept_aside: usize,
    pub(crate) crashes: usize,
    pub(crate) freezes: usize,
    pub(crate) sign_outs: usize,
    pub(crate) compactions: usize,
    pub(crate) undos: usize,
    pub(crate) server_writes: usize,
    pub(crate) second_nodes: usize,
}

impl std::ops::AddAssign for Met {
    fn add_assign(&mut self, more: Self) {
        self.rows += more.rows;
        self.words += more.words;
        self.refusals += more.refusals;
        self.kept_aside += more.kept_aside;
        self.crashes += more.crashes;
        self.freezes += more.freezes;
        self.sign_outs += more.sign_outs;
        self.compactions += more.compactions;
        self.undos += more.undos;
        self.server_writes += more.server_writes;
        self.second_nodes += more.second_nodes;
    }
}

impl Met {
    /// What never happened.
    pub(crate) fn lacks(&self) -> Vec<&'static str> {
        let all = [
            ("rows", self.rows),
            ("words", self.words),
            ("refusals", self.refusals),
            ("kept aside", self.kept_aside),
            ("crashes", self.crashes),
            ("freezes", self.freezes),
            ("sign-outs", self.sign_outs),
            ("compactions", self.compactions),
            ("undos", self.undos),
            ("writes of the server", self.server_writes),
            (SECOND_NODE, self.second_nodes),
        ];
        let never = all.into_iter().filter(|(_, count)| *count == 0);
        never.map(|(name, _)| name).collect()
    }
}

/// Who may write now.
#[derive(Clone, Debug)]
pub(crate) struct Rights {
    /// Tied to the proposal as one who writes.
    pub(crate) tied: BTreeSet<&'static str>,
    pub(crate) frozen: bool,
}

impl Rights {
    fn writers(&self) -> BTreeSet<&'static str> {
        if self.frozen {
            BTreeSet::new()
        } else {
            self.tied.clone()
        }
    }
}

/// A paragraph of one word, as an update under a client id of its own.
fn paragraph(ledger: &mut Ledger) -> (u64, usize, Vec<u8>) {
    let doc = yrs::Doc::new();
    let section = doc.get_or_insert_xml_fragment("context");
    let mut tx = doc.transact_mut();
    let word = begin_paragraph(&section, &mut tx, 0, ledger);
    (doc.client_id().get(), word, tx.encode_update_v1())
}

/// A story under way.
pub(crate) struct Scene<'a> {
    database: &'a Database,
    pub(crate) store: &'a Store,
    pub(crate) document: DocumentId,
    proposal: String,
    pub(crate) random: Random,
    pub(crate) ledger: Rc<RefCell<Ledger>>,
    /// One node; two on PostgreSQL, now and then.
    lives: Vec<Life>,
    pub(crate) clients: Vec<Client>,
    /// Client ids under which the server wrote for the owner.
    pub(crate) server_ids: Vec<u64>,
    rights: Rights,
    /// Each epoch: the last row before it, and who might write in it.
    pub(crate) epochs: BTreeMap<i64, (i64, BTreeSet<&'static str>)>,
    met: Met,
    /// What happened, to be told when it goes wrong.
    pub(crate) told: Vec<String>,
}

impl<'a> Scene<'a> {
    pub(crate) async fn set(database: &'a Database, stage: &'a Stage, seed: u64) -> Self {
        let document = workspace::lay_proposal(database, &stage.store).await;
        let proposal = workspace::proposal_of(&document);
        let random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let ledger = Rc::new(RefCell::new(Ledger::default()));
        let mut scene = Self {
            database,
            store: &stage.store,
            document,
            proposal,
            random,
            clients: CLIENTS
                .map(|person| Client::new(person, ledger.clone()))
                .into(),
            server_ids: Vec::new(),
            ledger,
            lives: Vec::new(),
            rights: Rights {
                tied: BTreeSet::from(["ada", "ben"]),
                frozen: false,
            },
            epochs: BTreeMap::new(),
            met: Met::default(),
            told: Vec::new(),
        };
        for _ in 0..scene.nodes() {
            scene.lives.push(Life::start(database).await);
        }
        let mut tx = scene.store.read().await.expect("reads");
        scene.note_writers(&mut tx).await;
        drop(tx);
        scene.tie("cat").await;
        scene
    }

    /// SQLite's file belongs to one process.
    fn nodes(&mut self) -> usize {
        if self.database.url().is_some() && self.random.below(3) == 0 {
            2
        } else {
            1
        }
    }

    /// What the document's row says of the epoch that begins.
    async fn note_writers(&mut self, tx: &mut Tx) {
        let head = tx.document_head(&self.document).await.expect("a head");
        let writers = self.rights.writers();
        self.epochs.insert(head.epoch, (head.head_seq, writers));
    }

    /// Everything that happens.
    pub(crate) async fn play(&mut self) {
        for _ in 0..60 + self.random.below(60) {
            let who = self.random.below(self.clients.len() as u64) as usize;
            match self.random.below(100) {
                0..=1 => self.change_tie().await,
                2..=4 => self.freeze_or_thaw().await,
                5 => self.crash().await,
                96 => self.sign_out(who).await,
                97..=98 => self.server_writes().await,
                6..=7 => self.compact().await,
                8..=11 => {
                    self.tell(format!("{who} leaves"));
                    self.clients[who].leave();
                }
                12 if self.clients[who].holds_kept => {
                    self.tell(format!("{who} begins anew"));
                    self.clients[who].begin_anew();
                }
                12..=14 => self.clients[who].read(false),
                15..=18 => self.clients[who].read(true),
                19..=24 => {
                    self.tell(format!("{who} undoes"));
                    let undone = self.clients[who].undo().await;
                    self.met.undos += usize::from(undone);
                }
                25..=49 => self.clients[who].take().await,
                50..=59 if !self.clients[who].is_seated() => self.seat(who).await,
                _ => self.edit(who).await,
            }
        }
    }

    fn tell(&mut self, what: String) {
        self.told.push(what);
    }

    async fn edit(&mut self, who: usize) {
        // Whoever only reads tries to write, but not often.
        if self.clients[who].person == "rea" && self.random.below(8) > 0 {
            return self.clients[who].take().await;
        }
        if !self.clients[who].is_seated() && self.random.below(3) > 0 {
            return self.seat(who).await;
        }
        for _ in 0..=self.random.below(3) {
            self.clients[who].edit(&mut self.random).await;
        }
    }

    async fn seat(&mut self, who: usize) {
        let node = self.random.below(self.lives.len() as u64) as usize;
        self.tell(format!("{who} comes to node {node}"));
        self.met.second_nodes += usize::from(node > 0);
        self.clients[who]
            .join(&self.lives[node], &self.document, &mut self.random)
            .await;
    }

    /// Changes rows and counts the change of rights, as every such act does.
    async fn change_rights(&mut self, sql: &'static str, values: &[Value]) {
        let mut tx = self.store.write().await.expect("begins");
        let count = "update document set epoch = epoch + 1 where document_id = $1";
        tx.run(count, &[Value::from(self.document.as_str())])
            .await
            .expect("counts");
        tx.run(sql, values).await.expect("changes");
        self.note_writers(&mut tx).await;
        tx.commit().await.expect("commits");
        // A node that is not told finds out by its fence.
        for node in 0..self.lives.len() {
            if self.random.below(4) > 0 {
                self.lives[node].rights_changed(&self.document).await;
            }
        }
    }

    async fn tie(&mut self, person: &'static str) {
        self.rights.tied.insert(person);
        let sql = "insert into proposal_person (proposal_id, person_id, tie, added_at_ms)
                   values ($1, $2, 'contributor', 0)";
        let who = format!("per-{person}");
        self.change_rights(sql, &[Value::from(&self.proposal), Value::from(who)])
            .await;
    }

    async fn change_tie(&mut self) {
        let person = if self.random.below(2) == 0 {
            "ben"
        } else {
            "cat"
        };
        self.tell(format!("{person}'s tie changes"));
        if !self.rights.tied.remove(person) {
            return self.tie(person).await;
        }
        let sql = "delete from proposal_person where proposal_id = $1 and person_id = $2";
        let who = format!("per-{person}");
        self.change_rights(sql, &[Value::from(&self.proposal), Value::from(who)])
            .await;
    }

    async fn freeze_or_thaw(&mut self) {
        self.rights.frozen = !self.rights.frozen;
        self.met.freezes += usize::from(self.rights.frozen);
        self.tell(format!("frozen: {}", self.rights.frozen));
        let stage = if self.rights.frozen {
            "submitted"
        } else {
            "drafting"
        };
        let sql = "update proposal set stage = $2 where proposal_id = $1";
        self.change_rights(sql, &[Value::from(&self.proposal), Value::from(stage)])
            .await;
    }

    /// Somebody's token is revoked: all their seats end at once, and nobody gets in with it.
    async fn sign_out(&mut self, who: usize) {
        let person = self.clients[who].person;
        self.tell(format!("{person} is signed out"));
        self.met.sign_outs += 1;
        self.set_token(person, Some(1)).await;
        for life in &self.lives {
            life.rooms
                .token_ended(&format!("tok-{person}").into())
                .await;
        }
        for client in self
            .clients
            .iter_mut()
            .filter(|client| client.person == person)
        {
            client.read(true);
            client.take_until(|client| !client.is_seated()).await;
            client
                .join(&self.lives[0], &self.document, &mut self.random)
                .await;
            assert!(!client.is_seated(), "{person} is back\n{:#?}", self.told);
        }
        self.set_token(person, None).await;
    }

    async fn set_token(&self, person: &str, revoked: Option<i64>) {
        let mut tx = self.store.write().await.expect("begins");
        let sql = "update token set revoked_at_ms = $1 where token_id = $2";
        let values = [Value::from(revoked), Value::from(format!("tok-{person}"))];
        tx.run(sql, &values).await.expect("changes");
        tx.commit().await.expect("commits");
    }

    /// The server writes a paragraph for the owner, who may write: a restore, a suggestion taken.
    async fn server_writes(&mut self) {
        if self.rights.frozen {
            return;
        }
        self.tell("the server writes for ada".to_owned());
        let (id, word, update) = paragraph(&mut self.ledger.borrow_mut());
        self.server_ids.push(id);
        let node = self.random.below(self.lives.len() as u64) as usize;
        let written = self.lives[node]
            .write_for("ada", "org-a", &self.document, update)
            .await;
        written.expect("the server writes");
        self.met.server_writes += 1;
        self.ledger
            .borrow_mut()
            .tell(&Event::Stored(Deed::Typed(word)));
    }

    async fn compact(&mut self) {
        self.tell("compacted".to_owned());
        self.met.compactions += 1;
        self.lives[0].compact(&self.document).await;
    }

    /// A node dies; what it had sent is read, and everything promised must be in the database.
    async fn crash(&mut self) {
        self.tell("crash".to_owned());
        self.met.crashes += 1;
        let node = self.random.below(self.lives.len() as u64) as usize;
        let dead = self.lives.remove(node);
        let id = dead.id;
        dead.crash();
        for client in &mut self.clients {
            client.bury(id).await;
        }
        self.lives.push(Life::start(self.database).await);
        let problems = checks::promises(self).await;
        assert!(
            problems.is_empty(),
            "after a crash: {problems:#?}\n{:#?}",
            self.told
        );
    }

    /// Everybody may write again and comes back; then all agree, and the log tells the truth.
    pub(crate) async fn end(mut self) -> Met {
        if self.rights.frozen {
            self.freeze_or_thaw().await;
        }
        for person in ["ben", "cat"] {
            if !self.rights.tied.contains(person) {
                self.tie(person).await;
            }
        }
        for who in 0..self.clients.len() {
            self.clients[who].read(true);
            self.settle(who).await;
        }
        // Two nodes hear of each other by reading the log: everybody goes to one of them.
        if self.lives.len() > 1 {
            for client in &mut self.clients {
                client.leave();
            }
            self.lives.pop();
            for who in 0..self.clients.len() {
                self.settle(who).await;
            }
        }
        self.come_back_without_marks().await;
        checks::agreement(&mut self).await;
        self.met.rows = checks::log(&self).await;
        checks::kept_aside(&self).await;
        checks::still_with_their_authors(&self);
        for client in &self.clients {
            self.met.refusals += client.refusals.len();
            self.met.kept_aside += client.kept.len();
        }
        self.met.words = self.ledger.borrow().counts().0;
        self.met
    }

    /// Who took away the form of words when they might not write was neither refused nor kept: they
    /// hand it in again now that they may, and whoever never may reads the text anew.
    async fn come_back_without_marks(&mut self) {
        for who in 0..self.clients.len() {
            let client = &mut self.clients[who];
            if !client.took_marks {
                continue;
            }
            if client.person == "rea" {
                client.begin_anew();
            } else {
                client.leave();
            }
            self.settle(who).await;
        }
    }

    /// Comes back as often as it takes, until everything is acknowledged.
    async fn settle(&mut self, who: usize) {
        for _ in 0..20 {
            if !self.clients[who].is_seated() {
                self.seat(who).await;
            }
            if self.clients[who].take_until(Client::is_settled).await {
                if !self.clients[who].holds_kept {
                    return;
                }
                self.clients[who].begin_anew();
            }
        }
        let refusals = &self.clients[who].refusals;
        panic!("{who} never settles: {refusals:?}\n{:#?}", self.told);
    }
}
