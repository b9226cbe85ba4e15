//! The acts of a walk: what each asks of the API, what must come of it, and what it leaves behind.

use axum::body::Body;
use axum::http;
use chantier::rules::inactivity;
use chantier::rules::opinions::{self, Count, Draft, Mode, OpinionValue, Quorum, Seal, Signer};
use chantier::rules::rights::{Action, Facts, Refusal, judge};
use chantier::rules::threads::{self, Kind, Outcome};
use chantier::rules::transitions::{Matter, Transition, cancel, decline};
use serde_json::{Value as Json, json};

use super::model::{Expected, Known};
use super::region::RegionAct;
use super::state::{State, Thread};
use super::typing;
use crate::support::world::{Answer, World};

/// A request: its method, its path, its body.
type Request = (&'static str, String, Option<Json>);

/// Something a person does.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// A transition, with what is given.
    Move(Transition, Json),
    /// A request taken back.
    Cancel(Transition),
    /// A request declined.
    Decline(Transition),
    /// The owner is warned.
    Warn,
    /// The opinion is prepared.
    Prepare(Json),
    /// It is signed, on this version of it.
    Sign(i64),
    /// A reserve is answered: its id, the version as it was read.
    AnswerReserve(String, i64),
    /// A meeting of this chantier's commission, in so many days.
    Plan(&'static str, i64),
    /// A thread is opened: its id.
    Open(String, Kind),
    /// A reply: thread, its own id.
    Reply(String, String),
    /// A thread is closed.
    Close(String, Outcome),
    /// A row is added to a section: its id; an expense upsets the balance.
    AddRow(&'static str, String),
    /// The expense is taken out again.
    RemoveRow(String),
    /// Another title.
    Rename(String, i64),
    /// A paragraph is typed, under this client id; whole: in every section the deposit needs.
    Type(u32, bool),
    /// Of the Region's side.
    Region(RegionAct),
}

impl Act {
    /// What the server must answer.
    pub(crate) fn expected(&self, person: &str, state: &State, known: &Known) -> Expected {
        let facts = known.facts(person, state);
        let may = |action| Expected::of(judge(action, &facts));
        match self {
            Self::Move(transition, body) => known.moved(person, state, *transition, body),
            Self::Cancel(transition) => ended(*transition, person, state, known, cancel),
            Self::Decline(transition) => ended(*transition, person, state, known, decline),
            Self::Warn => {
                let (days, warnings) = known.idle(state);
                let last = warnings.last().map(|at| {
                    let on = chantier::rules::day::Day::in_paris(*at);
                    known.today().days_since(&on)
                });
                Expected::of(inactivity::warn(&facts, days, last))
            }
            Self::Prepare(body) => prepared(body, &facts, state, known),
            Self::Sign(version) => signed(*version, person, &facts, state),
            Self::AnswerReserve(id, version) => match may(Action::AnswerReserve) {
                Expected::Done => answered(id, *version, state),
                refused @ Expected::Refused(..) => refused,
            },
            Self::Plan(chantier, _) if super::people::runs(person, chantier, &known.ended) => {
                Expected::Done
            }
            Self::Plan(..) => Expected::Refused(403, "role_missing"),
            Self::Open(..) => Expected::of(threads::open(&facts, state.threads.len())),
            Self::Reply(thread, _) => {
                let thread = rule_of(thread, person, state);
                Expected::of(threads::reply(&facts, &thread))
            }
            Self::Close(thread, outcome) => {
                let thread = rule_of(thread, person, state);
                Expected::of(threads::close(&facts, &thread, *outcome))
            }
            Self::AddRow(..) | Self::RemoveRow(_) => may(Action::EditSheet),
            Self::Rename(_, version) => {
                let verdict = judge(Action::EditSummary, &facts);
                Expected::unless_stale(verdict, *version != state.version, "version_changed")
            }
            Self::Type(..) => may(Action::EditText),
            Self::Region(act) => act.verdict(person, state, known).0,
        }
    }

    /// How many rows it writes into the journal.
    pub(crate) fn journal_rows(&self, before: &State) -> usize {
        match self {
            Self::Move(..)
            | Self::Cancel(_)
            | Self::Decline(_)
            | Self::Warn
            | Self::Prepare(_)
            | Self::Sign(_)
            | Self::AnswerReserve(..)
            | Self::Open(..)
            | Self::Close(..)
            | Self::Rename(..) => 1,
            Self::Plan(..)
            | Self::Reply(..)
            | Self::AddRow(..)
            | Self::RemoveRow(_)
            | Self::Type(..) => 0,
            Self::Region(act) => act.journal_rows(before),
        }
    }

    /// How far it counts the proposal's version on.
    pub(crate) fn counts(&self) -> i64 {
        match self {
            Self::Move(..) | Self::Cancel(_) | Self::Decline(_) | Self::Rename(..) => 1,
            Self::Warn
            | Self::Prepare(_)
            | Self::Sign(_)
            | Self::AnswerReserve(..)
            | Self::Open(..)
            | Self::Close(..)
            | Self::Plan(..)
            | Self::Reply(..)
            | Self::AddRow(..)
            | Self::RemoveRow(_)
            | Self::Type(..) => 0,
            Self::Region(act) => act.counts(),
        }
    }

    /// Does it through the API.
    pub(crate) async fn perform(
        &self,
        world: &World,
        person: &str,
        proposal: &str,
        state: &State,
        known: &Known,
    ) -> Answer {
        if let Self::Type(client, whole) = self {
            return typing::typed(world, person, &state.document, *client, *whole).await;
        }
        let here = format!("/api/proposals/{proposal}");
        if let Self::Region(act) = self {
            let (method, path, body) = act.request(&here, known);
            return world.ask(method, person, &path, body).await;
        }
        let request = self.on_its_way(&here);
        let (method, path, body) = request
            .or_else(|| self.beside(&here, state, known))
            .expect("one of the two");
        world.ask(method, person, &path, body).await
    }

    /// The request of an act that leads it on its way.
    fn on_its_way(&self, here: &str) -> Option<Request> {
        let request = match self {
            Self::Move(transition, body) => {
                let mut body = body.clone();
                body["transition"] = transition.key().into();
                ("POST", format!("{here}/transitions"), Some(body))
            }
            Self::Cancel(transition) => {
                let path = format!("{here}/transitions/{}", transition.key());
                ("DELETE", path, None)
            }
            Self::Decline(transition) => {
                let path = format!("{here}/transitions/{}/refusal", transition.key());
                ("POST", path, Some(json!({})))
            }
            Self::Warn => ("POST", format!("{here}/warnings"), Some(json!({}))),
            Self::Prepare(body) => ("PUT", format!("{here}/opinions"), Some(body.clone())),
            Self::Sign(version) => {
                let body = json!({"expected_version": version});
                ("POST", format!("{here}/opinions/signature"), Some(body))
            }
            Self::AnswerReserve(id, version) => {
                let body = json!({"state": "addressed", "answer": "C'est fait.", "expected_version": version});
                ("PUT", format!("{here}/reserves/{id}"), Some(body))
            }
            Self::Plan(..)
            | Self::Open(..)
            | Self::Reply(..)
            | Self::Close(..)
            | Self::AddRow(..)
            | Self::RemoveRow(_)
            | Self::Rename(..)
            | Self::Type(..)
            | Self::Region(_) => return None,
        };
        Some(request)
    }

    /// The request of an act beside its way.
    fn beside(&self, here: &str, state: &State, known: &Known) -> Option<Request> {
        let request = match self {
            Self::Plan(chantier, days) => {
                let at_ms = known.now_ms + days * super::DAY_MS;
                let body = json!({"title": "S\u{e9}ance", "starts_at_ms": at_ms, "duration_minutes": 120, "mode": "hybrid"});
                (
                    "POST",
                    format!("/api/chantiers/{chantier}/meetings"),
                    Some(body),
                )
            }
            Self::Open(id, kind) => {
                let body = json!({"thread_id": id, "section": "budget", "kind": kind.key(), "body": "Un mot."});
                ("POST", format!("{here}/threads"), Some(body))
            }
            Self::Reply(thread, id) => {
                let body = json!({"message_id": id, "body": "Une r\u{e9}ponse."});
                ("POST", format!("/api/threads/{thread}/replies"), Some(body))
            }
            Self::Close(thread, outcome) => {
                let version = found(thread, state).version;
                let body = json!({"outcome": outcome.key(), "expected_version": version});
                ("POST", format!("/api/threads/{thread}/closing"), Some(body))
            }
            Self::AddRow(section, id) => {
                let body = json!({"row_id": id, "row": row_of(section)});
                ("POST", format!("{here}/sheet/{section}"), Some(body))
            }
            Self::RemoveRow(id) => {
                let path = format!("{here}/sheet/budget/{id}?expected_version=1");
                ("DELETE", path, None)
            }
            Self::Rename(title, version) => {
                let body = json!({"title": title, "expected_version": version});
                ("PATCH", here.to_owned(), Some(body))
            }
            Self::Move(..)
            | Self::Cancel(_)
            | Self::Decline(_)
            | Self::Warn
            | Self::Prepare(_)
            | Self::Sign(_)
            | Self::AnswerReserve(..)
            | Self::Type(..)
            | Self::Region(_) => return None,
        };
        Some(request)
    }
}

/// The file of a version, its bytes; `None` where it is hidden.
pub(crate) async fn file(world: &World, person: &str, version: &str, kind: &str) -> Vec<u8> {
    let request = http::Request::get(format!("/api/versions/{version}.{kind}"))
        .header("authorization", format!("Bearer {person}"))
        .body(Body::empty())
        .expect("a request");
    let (status, _, bytes) = world.raw(request).await;
    assert_eq!(status.as_u16(), 200, "{person} reads version {version}");
    bytes
}

fn row_of(section: &str) -> Json {
    match section {
        "budget" => {
            json!({"year": 2027, "nature": "operation", "account": "62", "label": "En plus", "amount_cents": 100})
        }
        _ => {
            json!({"label": "Entreprises", "kind": "output", "unit": "entreprises", "baseline": null, "target": "12", "due_on": null, "source": null})
        }
    }
}

fn found<'a>(id: &str, state: &'a State) -> &'a Thread {
    let mut threads = state.threads.iter();
    threads.find(|one| one.id == id).expect("a thread")
}

fn rule_of(id: &str, person: &str, state: &State) -> threads::Thread {
    let thread = found(id, state);
    threads::Thread {
        kind: thread.kind,
        is_closed: thread.is_closed,
        is_withdrawn: false,
        is_author: thread.author == person,
        has_answer: thread.answers > 0,
        replies_count: usize::try_from(thread.replies).expect("few"),
    }
}

/// A request that ends without its move, by who may end it so.
fn ended(
    transition: Transition,
    person: &str,
    state: &State,
    known: &Known,
    rule: fn(Transition, &Facts, &Matter) -> Result<(), Refusal>,
) -> Expected {
    let facts = known.facts(person, state);
    if judge(Action::Read, &facts).is_err() || state.asked(transition).is_none() {
        return Expected::HIDDEN;
    }
    let matter = known.standing(person, state, transition);
    Expected::of(rule(transition, &facts, &matter))
}

/// A signature on this version of the opinion.
fn signed(version: i64, person: &str, facts: &Facts, state: &State) -> Expected {
    let opinion = state.opinion.as_ref();
    let signer = match opinion {
        Some(one) if one.prepared_by == person => Signer::Preparer,
        Some(_) | None => Signer::Another,
    };
    let is_stale = opinion.is_some_and(|one| one.version != version);
    let verdict = opinions::sign(facts, signer);
    let expected = Expected::unless_stale(verdict, is_stale, "opinion_changed");
    match opinion {
        _ if expected != Expected::Done => expected,
        None => Expected::HIDDEN,
        Some(one) if one.is_signed => Expected::Refused(409, "opinion_changed"),
        Some(_) => Expected::Done,
    }
}

/// An answer to this reserve, as it was read.
fn answered(id: &str, version: i64, state: &State) -> Expected {
    let mut reserves = state.opinion.iter().flat_map(|one| &one.reserves);
    match reserves.find(|one| one.0 == id) {
        None => Expected::HIDDEN,
        Some(one) if one.2 != version => Expected::Refused(409, "reserve_changed"),
        Some(_) => Expected::Done,
    }
}

/// An opinion as it is prepared.
fn prepared(body: &Json, facts: &Facts, state: &State, known: &Known) -> Expected {
    let heard = state.hearings.first();
    let seal = match (heard, state.versions.last()) {
        (Some(_), Some(version)) if version.sha256.is_some() => Seal::Sealed,
        _ => Seal::Awaited,
    };
    let version = state.opinion.as_ref().map(|one| one.version);
    let is_stale = body["expected_version"].as_i64() != version;
    let verdict = opinions::prepare(facts, seal);
    let expected = Expected::unless_stale(verdict, is_stale, "opinion_changed");
    if expected != Expected::Done {
        return expected;
    }
    let value = body["value"].as_str().and_then(OpinionValue::from_key);
    let draft = Draft {
        value: value.expect("a value"),
        mode: Mode::Consensus,
        count: Count::default(),
        quorum: Quorum::None,
        seat_count: 0,
        recused_count: 0,
        reserve_count: body["reserves"].as_array().map_or(0, Vec::len),
        has_motive: body["motive"].is_string(),
        heard_days_ago: known.today().days_since(heard.expect("heard somewhere")),
    };
    if opinions::flaws(&draft).is_empty() {
        Expected::Done
    } else {
        Expected::Refused(422, "invalid")
    }
}
