//! What holds of a proposal whenever the server was killed: its journal, played from the start, gives
//! its row, its document's epoch, its versions, hearings and requests; each step is there whole or not
//! at all; what was acknowledged is there once, what was refused is not.

use std::collections::{BTreeMap, BTreeSet};

use chantier::ids::ProposalId;
use chantier::store::journal::JournalRow;
use chantier::store::{Store, Tx, Value};

/// A request somebody sent.
#[derive(Clone, Debug)]
pub(super) struct Pressed {
    /// Its motive: no other request has it.
    pub(super) name: String,
    pub(super) proposal: String,
    /// A transition's number, or another act's name.
    pub(super) act: &'static str,
    /// The version of the proposal it spoke of.
    pub(super) version: i64,
    /// The status of the answer; `None` when the server died first.
    pub(super) answer: Option<u16>,
}

/// A proposal as its journal tells it.
#[derive(Debug)]
struct Played {
    stage: String,
    round: i64,
    version: i64,
    epoch: i64,
    stage_since_ms: i64,
    /// The transitions that wait for a second person.
    pending: BTreeSet<String>,
    /// Versions opened, with their place of the log.
    opened: Vec<(String, i64)>,
    sealed: Vec<String>,
    requests: i64,
    given: i64,
    /// By the text of an act: the act, and the version of the proposal it was done on.
    texts: BTreeMap<String, Vec<(String, i64)>>,
    problems: Vec<String>,
}

impl Played {
    /// From the beginning of a proposal laid as being drafted.
    fn new(rows: &[JournalRow]) -> Self {
        let mut played = Self {
            stage: "drafting".to_owned(),
            round: 1,
            version: 1,
            epoch: 1,
            stage_since_ms: 0,
            pending: BTreeSet::new(),
            opened: Vec::new(),
            sealed: Vec::new(),
            requests: 0,
            given: 0,
            texts: BTreeMap::new(),
            problems: Vec::new(),
        };
        for row in rows {
            if let Some((_, text)) = &row.text {
                let acts = played.texts.entry(text.clone()).or_default();
                acts.push((row.act.clone(), played.version));
            }
            played.play(row);
        }
        played
    }

    fn play(&mut self, row: &JournalRow) {
        if let Some(transition) = row.act.strip_prefix("asked:") {
            self.version += 1;
            if !self.pending.insert(transition.to_owned()) {
                self.problems.push(format!("{transition} is asked twice"));
            }
            return;
        }
        match row.act.as_str() {
            "sealed" => self.sealed.extend(row.version_id.clone()),
            "opinion_prepared" | "opinion_signed" => {}
            act => self.step(act, row),
        }
    }

    fn step(&mut self, act: &str, row: &JournalRow) {
        let (from, to) = (row.from_stage.as_deref(), row.to_stage.clone());
        if from != Some(&self.stage) {
            let stage = &self.stage;
            self.problems
                .push(format!("{act} leaves {from:?}, it stood at {stage}"));
        }
        self.stage = to.unwrap_or_default();
        self.stage_since_ms = row.created_at_ms;
        self.version += 1;
        self.epoch += 1;
        self.round += i64::from(matches!(act, "T11" | "T12" | "T32"));
        self.requests += i64::from(act == "T05");
        self.given += i64::from(act == "T10");
        self.pending.clear();
        match (matches!(act, "T03" | "T08" | "T10"), &row.version_id) {
            (true, Some(version)) => {
                let seq = row.document_seq.unwrap_or(-1);
                self.opened.push((version.clone(), seq));
            }
            (false, None) => {}
            (_, version) => self.problems.push(format!("{act} names {version:?}")),
        }
    }

    /// Whether the requests of the ledger are in the journal as they were answered.
    fn compare(&mut self, pressed: &[Pressed]) {
        for one in pressed {
            let found = self.texts.remove(&one.name).unwrap_or_default();
            let asked = format!("asked:{}", one.act);
            let fits = |(act, version): &(String, i64)| {
                let is_step = act.starts_with('T') || *act == asked;
                (act == one.act || *act == asked) && (!is_step || *version == one.version)
            };
            let is_right = found.iter().all(fits)
                && match one.answer {
                    Some(200..300) => found.len() == 1,
                    Some(400..500) => found.is_empty(),
                    Some(_) | None => found.len() <= 1,
                };
            if !is_right {
                self.problems
                    .push(format!("{one:?} is in the journal as {found:?}"));
            }
        }
        if !self.texts.is_empty() {
            let unknown = self.texts.keys().collect::<Vec<_>>();
            self.problems.push(format!("nobody asked for {unknown:?}"));
        }
    }
}

/// Compares what a proposal has with what its journal says; what does not hold.
pub(super) async fn check(store: &Store, proposal: &str, pressed: &[Pressed]) -> Vec<String> {
    let id = ProposalId::from(proposal);
    let mut tx = store.read().await.expect("reads");
    let rows = tx.journal_rows(&id).await.expect("reads");
    let mut played = Played::new(&rows);
    let own: Vec<Pressed> = pressed
        .iter()
        .filter(|one| one.proposal == proposal)
        .cloned()
        .collect();
    played.compare(&own);
    let mut found = std::mem::take(&mut played.problems);
    if !tx.journal_is_whole(&id).await.expect("reads") {
        found.push("the chain of the journal is broken".to_owned());
    }
    found.extend(row_differs(&mut tx, proposal, &played).await);
    found.extend(counts_differ(&mut tx, proposal, &played).await);
    found.extend(versions_differ(&mut tx, &id, &played).await);
    found
        .into_iter()
        .map(|problem| format!("{proposal}: {problem}"))
        .collect()
}

async fn row_differs(tx: &mut Tx, proposal: &str, played: &Played) -> Option<String> {
    let sql = "select p.stage, p.round, p.version, d.epoch, p.stage_since_ms from proposal p
        join document d on d.document_id = p.document_id where p.proposal_id = $1";
    let row = tx.row(sql, &[Value::from(proposal)]).await.expect("reads");
    let row = row.expect("a proposal");
    let int = |at| row.int(at).expect("a number");
    let stage = row.text(0).expect("a stage");
    let now = (stage.as_str(), int(1), int(2), int(3), int(4));
    let told = (
        played.stage.as_str(),
        played.round,
        played.version,
        played.epoch,
        played.stage_since_ms,
    );
    (now != told).then(|| format!("stage, round, version, epoch, since: {now:?}, told {told:?}"))
}

/// Counts of what belongs to a proposal.
async fn counts_differ(tx: &mut Tx, proposal: &str, played: &Played) -> Vec<String> {
    let pending = i64::try_from(played.pending.len()).expect("few");
    let is_frozen = i64::from(played.stage == "frozen");
    let mut found = Vec::new();
    for (what, sql, told) in [
        (
            "requests for a second person",
            "select count(*) from pending_move where closed_at_ms is null and proposal_id = $1",
            pending,
        ),
        (
            "open consultations",
            "select count(*) from written_consultation where closed_at_ms is null and cancelled_at_ms is null and proposal_id = $1",
            is_frozen,
        ),
        (
            "completion requests",
            "select count(*) from completion_request where proposal_id = $1",
            played.requests,
        ),
        (
            "completion requests of an act",
            "select count(*) from completion_request c join journal j on j.proposal_id = c.proposal_id and j.rank = c.journal_rank and j.act = 'T05' where c.proposal_id = $1",
            played.requests,
        ),
        (
            "given opinions",
            "select count(*) from opinion where given_at_ms is not null and proposal_id = $1",
            played.given,
        ),
    ] {
        let row = tx.row(sql, &[Value::from(proposal)]).await.expect("reads");
        let now = row.expect("a row").int(0).expect("a number");
        if now != told {
            found.push(format!("{what}: {now}, told {told}"));
        }
    }
    found
}

/// Its versions, the work that seals them, their files.
async fn versions_differ(tx: &mut Tx, id: &ProposalId, played: &Played) -> Vec<String> {
    let mut found = Vec::new();
    let rows = tx.versions(id).await.expect("reads");
    let kept: Vec<_> = rows
        .iter()
        .map(|row| (row.version_id.to_string(), row.document_seq))
        .collect();
    if kept != played.opened {
        found.push(format!("versions {kept:?}, told {:?}", played.opened));
    }
    for (rank, row) in (1..).zip(&rows) {
        let version = row.version_id.as_str();
        let sql = "select (select count(*) from work_item where kind = 'seal' and subject_id = $1),
            (select count(*) from work_item where kind = 'seal' and subject_id = $1 and done_at_ms is not null),
            (select count(*) from version_file where version_id = $1)";
        let counts = tx.row(sql, &[Value::from(version)]).await.expect("reads");
        let counts = counts.expect("a row");
        let int = |at| counts.int(at).expect("a number");
        let seals = played.sealed.iter().filter(|one| *one == version).count();
        let now = (row.rank, int(0), int(1), int(2), seals);
        let is_sealed = row.sealed_at_ms.is_some();
        let one = i64::from(is_sealed);
        let told = (rank, 1, one, 2 * one, usize::from(is_sealed));
        if now != told {
            found.push(format!(
                "version {version}: rank, work, done, files, seals {now:?}, not {told:?}"
            ));
        }
    }
    found
}
