//! A proposal as the database has it, read beside the API: what a refused act must leave as it was, and
//! what the pure rules are asked about.

use chantier::ids::ProposalId;
use chantier::rules::day::Day;
use chantier::rules::opinions::OpinionValue;
use chantier::rules::role::Role;
use chantier::rules::stage::Stage;
use chantier::rules::threads::Kind;
use chantier::rules::transitions::Transition;
use chantier::store::{Row, Store, Tx, Value};

use super::region::{Region, has_begun};

/// An act asked for, awaiting its second person.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Asked {
    pub(crate) transition: Transition,
    pub(crate) by: String,
    pub(crate) capacity: Role,
    pub(crate) has_reason: bool,
    pub(crate) chantier: Option<String>,
}

/// The opinion of the round.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Opinion {
    pub(crate) value: OpinionValue,
    pub(crate) prepared_by: String,
    pub(crate) is_signed: bool,
    pub(crate) version: i64,
    /// Id, state, version.
    pub(crate) reserves: Vec<(String, String, i64)>,
}

/// A thread.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Thread {
    pub(crate) id: String,
    pub(crate) kind: Kind,
    pub(crate) author: String,
    pub(crate) is_closed: bool,
    pub(crate) version: i64,
    pub(crate) replies: i64,
    /// Those of others than its author.
    pub(crate) answers: i64,
}

/// A row of the journal, as far as walks look at it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Act {
    pub(crate) act: String,
    pub(crate) person: Option<String>,
    pub(crate) capacity: Option<String>,
    pub(crate) from: Option<String>,
    pub(crate) to: Option<String>,
}

/// A version.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Version {
    pub(crate) id: String,
    pub(crate) reason: String,
    pub(crate) round: i64,
    pub(crate) seq: i64,
    pub(crate) sha256: Option<String>,
}

/// The proposal.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct State {
    pub(crate) document: String,
    pub(crate) stage: Stage,
    pub(crate) round: i64,
    pub(crate) version: i64,
    pub(crate) title: String,
    pub(crate) chantier: String,
    pub(crate) associated: Vec<String>,
    pub(crate) porteur: Option<String>,
    pub(crate) is_accepted: bool,
    /// T07: the chantier asked, since when in milliseconds UTC.
    pub(crate) receiving: Option<(String, i64)>,
    pub(crate) since_ms: i64,
    /// Person, tie.
    pub(crate) ties: Vec<(String, String)>,
    pub(crate) pending: Vec<Asked>,
    /// The possible duplicates without an answer.
    pub(crate) duplicates: Vec<String>,
    pub(crate) opinion: Option<Opinion>,
    pub(crate) opinions: i64,
    /// Where it is heard: each open point of an agenda for an opinion, each open consultation.
    pub(crate) hearings: Vec<Day>,
    pub(crate) threads: Vec<Thread>,
    /// The last edit, comment or act, in milliseconds UTC.
    pub(crate) active_ms: i64,
    pub(crate) warnings: Vec<i64>,
    /// Without the rows that say that a version is sealed.
    pub(crate) journal: Vec<Act>,
    pub(crate) versions: Vec<Version>,
    pub(crate) head_seq: i64,
    pub(crate) epoch: i64,
    /// Requests for completion, and those without an answer.
    pub(crate) requests: (i64, i64),
    /// Indicators and expenses.
    pub(crate) rows: i64,
    /// From the commission's opinion on.
    pub(crate) region: Region,
}

/// One number for each thing a refused act must leave alone, in one look.
const MARK: &str = "select p.version + p.round + p.stage_since_ms
    + coalesce(p.receiving_since_ms, 0) + coalesce(p.porteur_accepted_at_ms, 0), d.epoch, d.head_seq,
    (select max(rank) from journal where proposal_id = p.proposal_id),
    (select count(*) from version where proposal_id = p.proposal_id),
    (select count(*) + count(closed_at_ms) from pending_move where proposal_id = p.proposal_id),
    (select cast(sum(version) as bigint) from comment where proposal_id = p.proposal_id),
    (select count(*) + count(closed_at_ms) from comment where proposal_id = p.proposal_id),
    (select cast(sum(version) as bigint) + count(voided_at_ms) + count(given_at_ms) from opinion
     where proposal_id = p.proposal_id),
    (select cast(sum(r.version) as bigint) from reserve r join opinion o on o.opinion_id = r.opinion_id
     where o.proposal_id = p.proposal_id),
    (select count(*) + count(withdrawn_at_ms) + count(outcome) from agenda_item
     where proposal_id = p.proposal_id),
    (select count(*) + count(closed_at_ms) + count(cancelled_at_ms) from written_consultation
     where proposal_id = p.proposal_id),
    (select count(*) from inactivity_warning where proposal_id = p.proposal_id),
    (select count(*) + count(answered_at_ms) from completion_request where proposal_id = p.proposal_id),
    (select count(answered_at_ms) from proposal_link where from_id = p.proposal_id),
    (select count(*) from proposal_person where proposal_id = p.proposal_id),
    (select count(*) from proposal_chantier where proposal_id = p.proposal_id),
    (select cast(sum(version) as bigint) from indicator where proposal_id = p.proposal_id),
    (select cast(sum(version) as bigint) from expense where proposal_id = p.proposal_id),
    (select count(*) from arbitration where proposal_id = p.proposal_id),
    (select count(*) from evocation where proposal_id = p.proposal_id),
    (select cast(sum(version) as bigint) + count(closed_at_ms) + count(completed_at_ms) from regional_review
     where proposal_id = p.proposal_id),
    (select count(*) + count(c.answered_at_ms) from cross_reading c
     join regional_review r on r.review_id = c.review_id where r.proposal_id = p.proposal_id),
    (select cast(sum(version) as bigint) + count(*) + count(confirmed_at_ms) from decision
     where proposal_id = p.proposal_id),
    (select cast(sum(c.version) as bigint) + count(c.lifted_at_ms) from decision_condition c
     join decision e on e.decision_id = c.decision_id where e.proposal_id = p.proposal_id),
    (select cast(sum(m.amount_cents) as bigint) from decision_amount m
     join decision e on e.decision_id = m.decision_id where e.proposal_id = p.proposal_id),
    (select count(*) from agreement where proposal_id = p.proposal_id),
    (select count(*) + count(closed_at_ms) from addendum where proposal_id = p.proposal_id),
    (select cast(sum(version) as bigint) + count(submitted_at_ms) from follow_up
     where proposal_id = p.proposal_id),
    (select count(*) + count(cancelled_at_ms) from job_count where proposal_id = p.proposal_id),
    (select count(*) + count(resumed_at_ms) from suspension where proposal_id = p.proposal_id),
    (select count(*) from proposal_unit where proposal_id = p.proposal_id)
    from proposal p join document d on d.document_id = p.document_id where p.proposal_id = $1";

/// How many numbers that is.
const MARKED: usize = 32;

/// The number after `select`, for this proposal.
pub(super) async fn number(tx: &mut Tx, sql: &'static str, id: &str) -> i64 {
    rows(tx, sql, &[id.into()]).await[0]
        .opt_int(0)
        .expect("a number")
        .unwrap_or(0)
}

pub(super) async fn rows(tx: &mut Tx, sql: &'static str, values: &[Value]) -> Vec<Row> {
    let found = tx.rows(sql, values).await;
    found.unwrap_or_else(|error| panic!("{sql}: {error:?}"))
}

pub(super) fn text(row: &Row, at: usize) -> String {
    row.text(at).expect("text")
}

pub(super) fn maybe(row: &Row, at: usize) -> Option<String> {
    row.opt_text(at).expect("text or null")
}

pub(super) fn int(row: &Row, at: usize) -> i64 {
    row.int(at).expect("a number")
}

impl State {
    /// Reads it whole, at one moment.
    pub(crate) async fn read(store: &Store, proposal: &ProposalId) -> Self {
        let mut tx = store.read().await.expect("reads");
        let id = proposal.as_str();
        let found = rows(
            &mut tx,
            "select p.document_id, p.stage, p.round, p.version, p.title, p.chantier_id, p.porteur_id,
                    p.porteur_accepted_at_ms, p.receiving_chantier_id, p.receiving_since_ms,
                    p.stage_since_ms, p.updated_at_ms, d.head_seq, d.epoch
             from proposal p join document d on d.document_id = p.document_id where p.proposal_id = $1",
            &[id.into()],
        )
        .await;
        let row = &found[0];
        let (document, round) = (text(row, 0), int(row, 2));
        let mut active_ms = int(row, 11);
        for (sql, of) in [
            (
                "select max(created_at_ms) from log_row where document_id = $1",
                document.as_str(),
            ),
            (
                "select max(created_at_ms) from comment where proposal_id = $1",
                id,
            ),
        ] {
            active_ms = active_ms.max(number(&mut tx, sql, of).await);
        }
        Self {
            document,
            stage: Stage::from_key(&text(row, 1)).expect("a stage"),
            round,
            version: int(row, 3),
            title: text(row, 4),
            chantier: text(row, 5),
            porteur: maybe(row, 6),
            is_accepted: row.opt_int(7).expect("a time").is_some(),
            receiving: maybe(row, 8).zip(row.opt_int(9).expect("a time")),
            since_ms: int(row, 10),
            head_seq: int(row, 12),
            epoch: int(row, 13),
            active_ms,
            associated: associated(&mut tx, id).await,
            ties: ties(&mut tx, id).await,
            pending: pending(&mut tx, id).await,
            duplicates: duplicates(&mut tx, id).await,
            opinion: opinion(&mut tx, id, round).await,
            opinions: number(&mut tx, "select count(*) from opinion where proposal_id = $1", id).await,
            hearings: hearings(&mut tx, id).await,
            threads: threads(&mut tx, id).await,
            warnings: warnings(&mut tx, id).await,
            journal: journal(&mut tx, id).await,
            versions: versions(&mut tx, id).await,
            requests: (
                number(&mut tx, "select count(*) from completion_request where proposal_id = $1", id).await,
                number(&mut tx, "select count(*) from completion_request where proposal_id = $1 and answered_at_ms is null", id).await,
            ),
            rows: number(&mut tx, "select count(*) from indicator where proposal_id = $1", id).await
                + number(&mut tx, "select count(*) from expense where proposal_id = $1", id).await,
            region: if has_begun(&mut tx, proposal).await {
                Region::read(&mut tx, id).await
            } else {
                Region::default()
            },
        }
    }

    /// What a refused act must leave as it was.
    pub(crate) async fn mark(store: &Store, proposal: &ProposalId) -> Vec<i64> {
        let mut tx = store.read().await.expect("reads");
        let found = rows(&mut tx, MARK, &[proposal.as_str().into()]).await;
        let number = |at| found[0].opt_int(at).expect("a number").unwrap_or(0);
        (0..MARKED).map(number).collect()
    }

    /// What somebody asked for of this transition.
    pub(crate) fn asked(&self, transition: Transition) -> Option<&Asked> {
        self.pending.iter().find(|one| one.transition == transition)
    }

    /// Vigilances that nobody but their author has answered.
    pub(crate) fn unanswered_vigilances(&self) -> impl Iterator<Item = &Thread> {
        self.threads
            .iter()
            .filter(|one| one.kind == Kind::Vigilance && !one.is_closed && one.answers == 0)
    }

    /// The reserves without an answer.
    pub(crate) fn open_reserves(&self) -> impl Iterator<Item = &(String, String, i64)> {
        let reserves = self.opinion.iter().flat_map(|one| &one.reserves);
        reserves.filter(|(_, state, _)| state == "open")
    }
}

async fn associated(tx: &mut Tx, id: &str) -> Vec<String> {
    let sql =
        "select chantier_id from proposal_chantier where proposal_id = $1 order by chantier_id";
    let found = rows(tx, sql, &[id.into()]).await;
    found.iter().map(|row| text(row, 0)).collect()
}

async fn ties(tx: &mut Tx, id: &str) -> Vec<(String, String)> {
    let sql =
        "select person_id, tie from proposal_person where proposal_id = $1 order by person_id, tie";
    let found = rows(tx, sql, &[id.into()]).await;
    found
        .iter()
        .map(|row| (text(row, 0), text(row, 1)))
        .collect()
}

async fn pending(tx: &mut Tx, id: &str) -> Vec<Asked> {
    let sql = "select transition, asked_by, capacity, reason, chantier_id from pending_move
               where proposal_id = $1 and closed_at_ms is null order by asked_at_ms, pending_move_id";
    let found = rows(tx, sql, &[id.into()]).await;
    let asked = found.iter().map(|row| Asked {
        transition: Transition::from_key(&text(row, 0)).expect("a transition"),
        by: text(row, 1),
        capacity: Role::from_key(&text(row, 2)).expect("a role"),
        has_reason: maybe(row, 3).is_some(),
        chantier: maybe(row, 4),
    });
    asked.collect()
}

async fn duplicates(tx: &mut Tx, id: &str) -> Vec<String> {
    let sql = "select to_id from proposal_link where from_id = $1 and kind = 'duplicate'
               and answered_at_ms is null order by to_id";
    let found = rows(tx, sql, &[id.into()]).await;
    found.iter().map(|row| text(row, 0)).collect()
}

async fn opinion(tx: &mut Tx, id: &str, round: i64) -> Option<Opinion> {
    let sql = "select opinion_id, value, prepared_by, signed_at_ms, version from opinion
               where proposal_id = $1 and round = $2 and voided_at_ms is null";
    let found = rows(tx, sql, &[id.into(), round.into()]).await;
    assert!(found.len() <= 1, "one opinion a round: {}", found.len());
    let row = found.first()?;
    let sql = "select reserve_id, state, version from reserve where opinion_id = $1 order by rank";
    let reserves = rows(tx, sql, &[text(row, 0).into()]).await;
    Some(Opinion {
        value: OpinionValue::from_key(&text(row, 1)).expect("a value"),
        prepared_by: text(row, 2),
        is_signed: row.opt_int(3).expect("a time").is_some(),
        version: int(row, 4),
        reserves: reserves
            .iter()
            .map(|row| (text(row, 0), text(row, 1), int(row, 2)))
            .collect(),
    })
}

async fn hearings(tx: &mut Tx, id: &str) -> Vec<Day> {
    let sql =
        "select m.starts_at_ms from agenda_item a join meeting m on m.meeting_id = a.meeting_id
               where a.proposal_id = $1 and a.kind = 'opinion' and a.withdrawn_at_ms is null
               and a.outcome is null";
    let found = rows(tx, sql, &[id.into()]).await;
    let mut days: Vec<Day> = found.iter().map(|row| Day::in_paris(int(row, 0))).collect();
    let sql = "select closes_on from written_consultation where proposal_id = $1
               and closed_at_ms is null and cancelled_at_ms is null";
    let found = rows(tx, sql, &[id.into()]).await;
    days.extend(
        found
            .iter()
            .map(|row| Day::from_iso(&text(row, 0)).expect("a day")),
    );
    days
}

async fn threads(tx: &mut Tx, id: &str) -> Vec<Thread> {
    let sql = "select c.comment_id, c.kind, c.author_id, c.closed_at_ms, c.version,
                      (select count(*) from comment r where r.parent_id = c.comment_id),
                      (select count(*) from comment r where r.parent_id = c.comment_id
                       and r.author_id <> c.author_id and r.withdrawn_at_ms is null)
               from comment c where c.proposal_id = $1 and c.parent_id is null order by c.comment_id";
    let found = rows(tx, sql, &[id.into()]).await;
    let threads = found.iter().map(|row| Thread {
        id: text(row, 0),
        kind: Kind::from_key(&text(row, 1)).expect("a kind"),
        author: text(row, 2),
        is_closed: row.opt_int(3).expect("a time").is_some(),
        version: int(row, 4),
        replies: int(row, 5),
        answers: int(row, 6),
    });
    threads.collect()
}

async fn warnings(tx: &mut Tx, id: &str) -> Vec<i64> {
    let sql =
        "select warned_at_ms from inactivity_warning where proposal_id = $1 order by warned_at_ms";
    let found = rows(tx, sql, &[id.into()]).await;
    found.iter().map(|row| int(row, 0)).collect()
}

async fn journal(tx: &mut Tx, id: &str) -> Vec<Act> {
    let sql = "select act, person_id, capacity, from_stage, to_stage from journal
               where proposal_id = $1 and act <> 'sealed' order by rank";
    let found = rows(tx, sql, &[id.into()]).await;
    let acts = found.iter().map(|row| Act {
        act: text(row, 0),
        person: maybe(row, 1),
        capacity: maybe(row, 2),
        from: maybe(row, 3),
        to: maybe(row, 4),
    });
    acts.collect()
}

async fn versions(tx: &mut Tx, id: &str) -> Vec<Version> {
    let sql = "select version_id, reason, round, document_seq, content_sha256 from version
               where proposal_id = $1 order by rank";
    let found = rows(tx, sql, &[id.into()]).await;
    let versions = found.iter().map(|row| Version {
        id: text(row, 0),
        reason: text(row, 1),
        round: int(row, 2),
        seq: int(row, 3),
        sha256: maybe(row, 4),
    });
    versions.collect()
}
