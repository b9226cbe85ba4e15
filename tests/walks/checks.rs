//! What must hold after every step of a walk: of the act, of the proposal, of what anybody sees.

use chantier::rules::rights::{Action, judge, sort};
use chantier::rules::stage::Stage;
use chantier::rules::transitions::{Step, Transition, judge as judge_move, weigh};

use super::acts::{Act, file};
use super::model::Expected;
use super::region;
use super::state::State;
use super::taken::of_the_walk;
use super::walk::{Walk, act_of};
use crate::support::world::Answer;

/// The moves that keep a version, and why (`domain.md` 1.5 and section 2).
const VERSIONS: [(Transition, &str); 8] = [
    (Transition::Submit, "deposit"),
    (Transition::Freeze, "freeze"),
    (Transition::GiveOpinion, "opinion"),
    (Transition::FastTrack, "arbitration"),
    (Transition::Retain, "arbitration"),
    (Transition::Evoke, "arbitration"),
    (Transition::Decide, "decision"),
    (Transition::Complete, "completion"),
];

/// The answer is the one the rules give.
pub(crate) fn answered(answer: &Answer, expected: Expected, act: &Act) {
    let code = answer.1["code"].as_str();
    match expected {
        Expected::Done => {
            let told = format!("{act:?}: {}", answer.1);
            assert!(answer.0.is_success(), "{} {told}", answer.0);
        }
        // What becomes of an update without a right is told in its own way; only that it is none.
        Expected::Refused(status, _) if matches!(act, Act::Type(..)) => {
            assert_eq!(answer.0.as_u16(), status, "{act:?}: {}", answer.1);
        }
        Expected::Refused(status, expected) => assert_eq!(
            (answer.0.as_u16(), code),
            (status, Some(expected)),
            "{act:?}: {}",
            answer.1
        ),
    }
}

/// What an act that was done changed, and nothing besides.
pub(crate) fn changed(before: &State, walk: &Walk<'_>, person: &str, act: &Act) {
    let after = &walk.state;
    assert_eq!(after.version, before.version + act.counts(), "the version");
    let written = after.journal.len() - before.journal.len();
    assert_eq!(written, act.journal_rows(before), "rows of the journal");
    assert_eq!(after.journal[..before.journal.len()], before.journal[..]);
    if let Some(row) = after.journal[before.journal.len()..].first() {
        assert_eq!(row.person.as_deref(), Some(person), "who did it");
    }
    assert!(
        after.hearings.len() <= 1,
        "heard in one place: {:?}",
        after.hearings
    );
    for (at, one) in after.pending.iter().enumerate() {
        let others = &after.pending[at + 1..];
        assert!(
            others
                .iter()
                .all(|other| other.transition != one.transition),
            "asked twice"
        );
    }
    let typed = matches!(act, Act::Type(..));
    assert_eq!(after.head_seq > before.head_seq, typed, "the text");
    region::changed(before, after, act);
    let Act::Move(transition, body) = act else {
        return stayed(before, after);
    };
    let facts = walk.known.facts(person, before);
    let matter = walk.known.matter(person, before, *transition, body);
    let cleared = judge_move(*transition, &facts, &matter).expect("allowed");
    judge(transition.action(), &facts).expect("a role that does it");
    let moves = cleared.step() == Step::Moves;
    let row = after.journal.last().expect("a row");
    assert_eq!(row.act, act_of(*transition, moves));
    assert_eq!(row.capacity.as_deref(), Some(cleared.capacity().key()));
    moved(before, after, *transition, moves);
    if moves {
        assert_eq!(after.stage, cleared.to(), "where the rules lead");
    }
}

/// A move leads where the table says; a request leads nowhere yet.
fn moved(before: &State, after: &State, transition: Transition, moves: bool) {
    if !moves {
        assert_eq!(after.pending.len(), before.pending.len() + 1, "a request");
        return stayed(before, after);
    }
    assert!(transition.starts_at(before.stage));
    // T20 leads where the decision says (`region`), T25 there and back.
    let to = match transition.key() {
        "T20" => after.stage,
        "T25" if before.stage == Stage::Suspended => Stage::InProgress,
        "T25" => Stage::Suspended,
        _ => transition.to().unwrap_or(before.stage),
    };
    assert_eq!(after.stage, to, "where {} leads", transition.key());
    let row = after.journal.last().expect("a row");
    let stages = (row.from.as_deref(), row.to.as_deref());
    assert_eq!(stages, (Some(before.stage.key()), Some(to.key())));
    assert_eq!(
        after.round,
        transition.round_after(before.round),
        "the round"
    );
    assert!(after.pending.is_empty(), "requests end with the move");
    assert_eq!(after.epoch, before.epoch + 1, "who writes is judged anew");
    let opened = &after.versions[before.versions.len()..];
    assert_eq!(after.versions[..before.versions.len()], before.versions[..]);
    let reason = VERSIONS.into_iter().find(|one| one.0 == transition);
    let reason = reason.map(|(_, reason)| reason);
    let reasons: Vec<&str> = opened.iter().map(|one| one.reason.as_str()).collect();
    assert_eq!(
        reasons,
        reason.into_iter().collect::<Vec<_>>(),
        "versions opened"
    );
    for version in opened {
        assert_eq!((version.seq, version.round), (before.head_seq, after.round));
    }
    let is_heard = after.stage == Stage::Frozen;
    assert_eq!(
        after.hearings.len(),
        usize::from(is_heard),
        "heard while frozen"
    );
}

fn stayed(before: &State, after: &State) {
    assert_eq!(
        (after.stage, after.round, after.epoch, &after.versions),
        (before.stage, before.round, before.epoch, &before.versions),
        "only a move moves"
    );
    assert_eq!(
        (&after.chantier, &after.porteur),
        (&before.chantier, &before.porteur)
    );
}

/// The journal's chain holds.
pub(crate) async fn chain_is_whole(walk: &Walk<'_>) {
    let mut tx = walk.world().store.read().await.expect("reads");
    let whole = tx.journal_is_whole(&walk.proposal).await.expect("reads");
    assert!(whole, "the chain of the journal");
}

/// Remembers the files of a version sealed just now.
pub(crate) async fn keep_sealed(walk: &mut Walk<'_>) {
    let versions = walk.state.versions.iter().map(|one| one.id.clone());
    let new: Vec<String> = versions
        .filter(|id| !walk.sealed.contains_key(id))
        .collect();
    let Some(reader) = reader_of(walk) else {
        return;
    };
    for id in new {
        let json = file(walk.world(), reader, &id, "json").await;
        let page = file(walk.world(), reader, &id, "html").await;
        walk.sealed.insert(id, (json, page));
    }
}

/// No sealed version ever changed by a byte.
pub(crate) async fn sealed_stay(walk: &Walk<'_>) {
    let Some(reader) = reader_of(walk) else {
        return;
    };
    for (id, (json, page)) in &walk.sealed {
        assert!(
            *json == file(walk.world(), reader, id, "json").await,
            "{id} changed"
        );
        assert!(
            *page == file(walk.world(), reader, id, "html").await,
            "{id}: its page changed"
        );
    }
}

/// Somebody who reads it wherever it goes, unless their mandate ended.
fn reader_of(walk: &Walk<'_>) -> Option<&'static str> {
    let mut readers = ["observer", "facilitator", "owner"].into_iter();
    readers.find(|person| walk.may_read(person))
}

/// The proposal's page: for whom it is, as it stands, with the rights of the table.
pub(crate) async fn page(walk: &Walk<'_>, person: &str) {
    let path = format!("/api/proposals/{}", walk.proposal.as_str());
    let (status, body) = walk.world().get(person, &path).await;
    if !walk.may_read(person) {
        assert_eq!(
            (status.as_u16(), &body["code"]),
            (404, &"not_found".into()),
            "{person}"
        );
        return;
    }
    assert_eq!(status.as_u16(), 200, "{person}: {body}");
    let (state, facts) = (&walk.state, walk.known.facts(person, &walk.state));
    assert_eq!(body["stage"], state.stage.key());
    assert_eq!(
        (&body["round"], &body["version"]),
        (&state.round.into(), &state.version.into())
    );
    let (may, _) = sort(Action::ON_PROPOSAL, &facts);
    let may: Vec<&str> = may.into_iter().map(Action::key).collect();
    assert_eq!(body["may"], serde_json::json!(may), "{person}");
    // One party is awaited, whatever the stage; nobody once it has ended.
    let awaited = body["awaited"]["party"].as_str().expect("one party");
    let ended = matches!(
        state.stage,
        Stage::Rejected | Stage::Completed | Stage::Abandoned | Stage::Withdrawn | Stage::Closed
    ) && state.pending.is_empty();
    assert_eq!(
        awaited == "nobody",
        ended,
        "{awaited} at {}",
        state.stage.key()
    );
}

/// What one may do: the list says of each transition what the rules say, so what it calls possible is
/// what a request with good arguments does.
pub(crate) async fn list(walk: &Walk<'_>, person: &str) {
    let path = format!("/api/proposals/{}/transitions", walk.proposal.as_str());
    let (status, body) = walk.world().get(person, &path).await;
    if !walk.may_read(person) {
        assert_eq!(
            (status.as_u16(), &body["code"]),
            (404, &"not_found".into()),
            "{person}"
        );
        return;
    }
    assert_eq!(status.as_u16(), 200, "{person}: {body}");
    let (state, facts) = (&walk.state, walk.known.facts(person, &walk.state));
    let taken = of_the_walk();
    let is_taken = |one: &&serde_json::Value| taken.iter().any(|of| one["transition"] == of.key());
    let mut listed = body["transitions"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(is_taken);
    for &transition in &taken {
        if !transition.starts_at(state.stage) {
            continue;
        }
        let one = listed.next().expect("each transition of the stage");
        let matter = walk.known.standing(person, state, transition);
        let (step, refusals) = weigh(transition, &facts, &matter);
        let codes: Vec<&str> = refusals.iter().map(|one| one.code).collect();
        let told = one["obstacles"].as_array().expect("a list").iter();
        let told: Vec<&str> = told
            .map(|one| one["code"].as_str().expect("a code"))
            .collect();
        assert_eq!(
            (
                one["transition"].as_str(),
                one["possible"].as_bool(),
                one["asks"].as_bool(),
                told
            ),
            (
                Some(transition.key()),
                Some(codes.is_empty()),
                Some(step == Some(Step::Asks)),
                codes
            ),
            "{person}"
        );
        assert_eq!(one["pending"].is_null(), state.asked(transition).is_none());
    }
    assert!(listed.next().is_none(), "and no other");
}

/// The board shows it to who may read it, at its stage.
pub(crate) async fn board(walk: &Walk<'_>, person: &str) {
    let (status, body) = walk.world().get(person, "/api/board").await;
    assert_eq!(status.as_u16(), 200, "{person}: {body}");
    let rows = body["proposals"].as_array().expect("rows");
    let own = rows
        .iter()
        .find(|row| row["proposal_id"] == walk.proposal.as_str());
    assert_eq!(
        own.is_some(),
        walk.may_read(person),
        "{person} on the board"
    );
    if let Some(row) = own {
        assert_eq!(row["stage"], walk.state.stage.key());
        assert!(row["awaited"]["party"].is_string());
    }
}

/// The desk names it only to who may read it.
pub(crate) async fn desk(walk: &Walk<'_>, person: &str) {
    let (status, body) = walk.world().get(person, "/api/desk").await;
    assert_eq!(status.as_u16(), 200, "{person}: {body}");
    let named = body.to_string().contains(walk.proposal.as_str());
    assert!(
        !named || walk.may_read(person),
        "{person} must not hear of it"
    );
}

/// Its versions, opinions, journal, sheet or threads: 404 for who may not read it.
pub(crate) async fn detail(walk: &Walk<'_>, person: &str, which: usize) {
    let of = ["versions", "opinions", "journal", "sheet", "threads"][which];
    let facts = walk.known.facts(person, &walk.state);
    let action = if of == "threads" {
        Action::ReadThreads
    } else {
        Action::Read
    };
    let path = format!("/api/proposals/{}/{of}", walk.proposal.as_str());
    let answer = walk.world().get(person, &path).await;
    let expected = match Expected::of(judge(action, &facts)) {
        Expected::Done => 200,
        Expected::Refused(status, _) => status,
    };
    assert_eq!(answer.0.as_u16(), expected, "{person}: {of}: {}", answer.1);
}
