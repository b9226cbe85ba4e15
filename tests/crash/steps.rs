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

/// A proposal as it was laid.
#[derive(Clone, Debug)]
pub(super) struct Laid {
    pub(super) id: String,
    pub(super) stage: &'static str,
}

/// Acts whose rows do not bear a motive: they are counted.
const UNTOLD: [&str; 4] = [
    "decision_given_up",
    "decision_prepared",
    "decision_rectified",
    "report_given",
];

/// Why a proposal gets a version (`domain.md` section 2).
const KEPT: [&str; 7] = ["T03", "T08", "T10", "T15", "T19", "T20", "T26"];

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
    /// The decision that is prepared: its id.
    prepared: Option<String>,
    /// How often each act was done, the two ways of T25 told apart by where they lead.
    acts: BTreeMap<String, i64>,
    /// By the text of an act: the act, and the version of the proposal it was done on.
    texts: BTreeMap<String, Vec<(String, i64)>>,
    problems: Vec<String>,
}

impl Played {
    /// From the beginning of a proposal laid at this stage.
    fn new(stage: &str, rows: &[JournalRow]) -> Self {
        let mut played = Self {
            stage: stage.to_owned(),
            round: 1,
            version: 1,
            epoch: 1,
            stage_since_ms: 0,
            pending: BTreeSet::new(),
            opened: Vec::new(),
            sealed: Vec::new(),
            requests: 0,
            given: 0,
            prepared: None,
            acts: BTreeMap::new(),
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
        *self.acts.entry(row.act.clone()).or_default() += 1;
        match row.act.as_str() {
            "sealed" => self.sealed.extend(row.version_id.clone()),
            "opinion_prepared" | "opinion_signed" | "file_checked" | "file_completed"
            | "agreement_recorded" | "condition_lifted" | "report_given" => {}
            "decision_prepared" => {
                self.version += 1;
                self.prepared = decision_of(row);
            }
            "decision_rectified" | "decision_given_up" => {
                self.version += 1;
                self.confirm(row);
            }
            act => self.step(act, row),
        }
    }

    /// What was prepared is confirmed or given up, and nothing else.
    fn confirm(&mut self, row: &JournalRow) {
        let confirmed = decision_of(row);
        if confirmed.is_none() || confirmed != self.prepared {
            let prepared = &self.prepared;
            self.problems.push(format!(
                "{} is of {confirmed:?}, prepared was {prepared:?}",
                row.act
            ));
        }
        self.prepared = None;
    }

    fn step(&mut self, act: &str, row: &JournalRow) {
        let (from, to) = (row.from_stage.as_deref(), row.to_stage.clone());
        if from != Some(&self.stage) {
            let stage = &self.stage;
            self.problems
                .push(format!("{act} leaves {from:?}, it stood at {stage}"));
        }
        let to = to.unwrap_or_default();
        if to != self.stage {
            self.stage_since_ms = row.created_at_ms;
        }
        self.stage = to;
        if matches!(act, "T20" | "T21") {
            self.confirm(row);
        }
        if act == "T25" && self.stage == "in_progress" {
            *self.acts.entry("resumed".to_owned()).or_default() += 1;
        }
        self.version += 1;
        self.epoch += 1;
        self.round += i64::from(matches!(act, "T11" | "T12" | "T16" | "T21" | "T32"));
        self.requests += i64::from(matches!(act, "T05" | "T16" | "T21"));
        self.given += i64::from(act == "T10");
        self.pending.clear();
        match (KEPT.contains(&act), &row.version_id) {
            (true, Some(version)) => {
                let seq = row.document_seq.unwrap_or(-1);
                self.opened.push((version.clone(), seq));
            }
            (false, None) => {}
            (_, version) => self.problems.push(format!("{act} names {version:?}")),
        }
    }

    /// How often these were done.
    fn count(&self, acts: &[&str]) -> i64 {
        let counted = acts.iter().filter_map(|act| self.acts.get(*act));
        counted.sum()
    }

    /// Whether the requests of the ledger are in the journal as they were answered.
    fn compare(&mut self, pressed: &[Pressed]) {
        for act in UNTOLD {
            let asked = pressed.iter().filter(|one| one.act == act);
            let done = asked
                .clone()
                .filter(|one| matches!(one.answer, Some(200..300)));
            let cut = asked
                .filter(|one| !matches!(one.answer, Some(200..500)))
                .count();
            let (rows, done) = (
                self.count(&[act]),
                i64::try_from(done.count()).expect("few"),
            );
            if rows < done || rows > done + i64::try_from(cut).expect("few") {
                self.problems.push(format!(
                    "{act}: {rows} rows, {done} acknowledged, {cut} cut"
                ));
            }
        }
        for one in pressed {
            if UNTOLD.contains(&one.act) {
                continue;
            }
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

/// The decision an act is about.
fn decision_of(row: &JournalRow) -> Option<String> {
    let details: serde_json::Value = serde_json::from_str(row.details.as_deref()?).ok()?;
    Some(details["decision_id"].as_str()?.to_owned())
}

/// Compares what a proposal has with what its journal says; what does not hold.
pub(super) async fn check(store: &Store, laid: &Laid, pressed: &[Pressed]) -> Vec<String> {
    let proposal = laid.id.as_str();
    let id = ProposalId::from(proposal);
    let mut tx = store.read().await.expect("reads");
    let rows = tx.journal_rows(&id).await.expect("reads");
    let mut played = Played::new(laid.stage, &rows);
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
    found.extend(region_differs(&mut tx, proposal, &played).await);
    found.extend(decision_differs(&mut tx, proposal, &played).await);
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
            "select count(*) from completion_request c join journal j on j.proposal_id = c.proposal_id and j.rank = c.journal_rank and j.act in ('T05', 'T16', 'T21') where c.proposal_id = $1",
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

/// Counts of what the committee and the Region have of a proposal.
async fn region_differs(tx: &mut Tx, proposal: &str, played: &Played) -> Vec<String> {
    let at_region = i64::from(played.stage == "at_region");
    let suspended = played.count(&["T25"]) - 2 * played.count(&["resumed"]);
    let mut found = Vec::new();
    for (what, sql, told) in [
        (
            "arbitrations",
            "select count(*) from arbitration where proposal_id = $1",
            played.count(&["T15", "T16", "T17", "T18"]),
        ),
        (
            "evocations",
            "select count(*) from evocation where proposal_id = $1",
            played.count(&["T19"]),
        ),
        (
            "reviews",
            "select count(*) from regional_review where proposal_id = $1",
            played.count(&["T15", "T19"]),
        ),
        (
            "open reviews",
            "select count(*) from regional_review where closed_at_ms is null and proposal_id = $1",
            at_region,
        ),
        (
            "confirmed decisions",
            "select count(*) from decision where confirmed_at_ms is not null and proposal_id = $1",
            played.count(&["T20", "T21", "decision_rectified"]),
        ),
        (
            "confirmed by who prepared",
            "select count(*) from decision where confirmed_by = prepared_by and proposal_id = $1",
            0,
        ),
        (
            "agreements",
            "select count(*) from agreement where proposal_id = $1",
            played.count(&["agreement_recorded"]),
        ),
        (
            "lifted conditions",
            "select count(distinct c.evidence) from decision_condition c join decision d on d.decision_id = c.decision_id where c.lifted_at_ms is not null and d.proposal_id = $1",
            played.count(&["condition_lifted"]),
        ),
        (
            "given reports",
            "select count(*) from follow_up where submitted_at_ms is not null and proposal_id = $1",
            played.count(&["T24", "report_given"]),
        ),
        (
            "open suspensions",
            "select count(*) from suspension where resumed_at_ms is null and proposal_id = $1",
            suspended,
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

/// What is prepared is there until it is confirmed, whole: its number, its money, its conditions.
async fn decision_differs(tx: &mut Tx, proposal: &str, played: &Played) -> Option<String> {
    let sql = "select d.decision_id, d.value, d.version,
            (select count(*) from decision_amount a where a.decision_id = d.decision_id),
            (select count(*) from decision_condition c where c.decision_id = d.decision_id)
        from decision d where d.confirmed_at_ms is null and d.abandoned_at_ms is null and d.proposal_id = $1";
    let row = tx.row(sql, &[Value::from(proposal)]).await.expect("reads");
    let Some(row) = row else {
        let prepared = played.prepared.as_ref()?;
        return Some(format!("{prepared} was prepared and is gone"));
    };
    let int = |at| row.int(at).expect("a number");
    let (id, value) = (row.text(0).expect("an id"), row.text(1).expect("a value"));
    let approves = i64::from(value.starts_with("approved"));
    let conditions = i64::from(value == "approved_with_conditions");
    let now = (Some(&id), int(3), int(4));
    let told = (played.prepared.as_ref(), approves, conditions);
    (now != told).then(|| format!("prepared: {now:?}, told {told:?}"))
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
