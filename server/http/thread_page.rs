//! A thread as JSON, with what this person may do in it and why not: what the features of threads
//! and of messages answer with. And what each of their requests shares: a text, a pace, a nudge.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::entry::check_paragraphs;
use super::extract::is_id;
use super::shapes::{MayNot, Person, all};
use super::texts::invalid;
use crate::app::App;
use crate::error::Result;
use crate::ids::{CommentId, DocumentId, PersonId};
use crate::rules::rights::{Action, Facts, Refusal, act, may};
use crate::rules::threads::{self as rules, BODY_CHARS_MAX, MENTIONS_MAX, Outcome};
use crate::store::accounts::Identity;
use crate::store::threads as stored;
use crate::store::threads::NewMessage;
use crate::throttle::Key;

/// What a nudge about threads says.
const TOPIC: &str = "threads";

/// A thread.
#[derive(Debug, Serialize, ToSchema)]
pub struct Thread {
    thread_id: String,
    /// A section's key; null for the whole proposal.
    section: Option<String>,
    /// `question`, `remark`, `vigilance`, `support`; `suggestion` is only read.
    kind: &'static str,
    /// Send it back as `expected_version`.
    version: i64,
    activity_at_ms: i64,
    /// What became of it; null while it is open.
    closing: Option<Closing>,
    /// Whether it asks for an answer and nobody but its author has given one.
    unanswered: bool,
    /// Whether somebody else wrote in it since the account's last visit.
    unseen: bool,
    /// Whether the account wrote in it, or is named in it.
    mine: bool,
    /// How many replies it has.
    replies_count: usize,
    /// Its first message, then its replies in order; in a list the last 20 of them.
    messages: Vec<Message>,
    /// `reply`, `close`, `reopen`.
    may: Vec<&'static str>,
    may_not: Vec<MayNot>,
    /// The outcomes the account may choose: `answered`, `adopted`, `partly`, `not_adopted`,
    /// `satisfied`, `withdrawn`.
    outcomes: Vec<&'static str>,
}

/// What became of a thread.
#[derive(Debug, Serialize, ToSchema)]
struct Closing {
    closed_at_ms: i64,
    person: Option<Person>,
    /// `answered`, `adopted`, `partly`, `not_adopted`, `satisfied`, `withdrawn`.
    outcome: Option<String>,
    note: Option<String>,
}

/// A message of a thread.
#[derive(Debug, Serialize, ToSchema)]
struct Message {
    message_id: String,
    /// Who wrote it, with the organisation they were of then.
    author: Person,
    /// Plain text with line breaks; null once its author took it back.
    body: Option<String>,
    /// Who is named in it.
    mentions: Vec<Person>,
    created_at_ms: i64,
    edited_at_ms: Option<i64>,
    withdrawn_at_ms: Option<i64>,
    /// Whether somebody else wrote it since the account's last visit.
    unseen: bool,
    /// `edit`, `withdraw`.
    may: Vec<&'static str>,
}

/// The words of a message.
#[derive(Debug, Deserialize, ToSchema)]
pub struct MessageText {
    /// Plain text with line breaks, 1 to 4000 characters.
    body: String,
    /// Who is named in it, 10 at most.
    #[serde(default)]
    mentions: Vec<String>,
}

/// Who looks at threads, and from when on they are new.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// The person.
    pub person: &'a str,
    /// What rights are judged from.
    pub facts: &'a Facts,
    /// Until when they had read the threads.
    pub seen_at_ms: Option<i64>,
    /// Now.
    pub now_ms: i64,
}

/// Reads one thread whole.
///
/// # Errors
/// `NotFound`, `Refused` by R-THREADS.
pub async fn read(app: &App, who: &Identity, thread: &CommentId) -> Result<Thread> {
    let (thread, facts, seen_at_ms) = app
        .store
        .thread(who, thread, may::<act::ReadThreads>)
        .await?;
    let view = View {
        person: who.person_id.as_str(),
        facts: &facts,
        seen_at_ms,
        now_ms: app.clock.now().ms(),
    };
    Ok(view.thread(thread))
}

/// Takes one message from what the account may write in a while.
///
/// # Errors
/// `TooMany`.
pub fn pace(app: &App, who: &Identity) -> Result<()> {
    let key = Key::Message(who.account_id.to_string());
    app.throttle.take(&key, app.clock.now())
}

/// Tells the open pages that threads changed.
pub fn tell(app: &App, document: DocumentId) {
    app.finish(|rooms| async move { rooms.nudge(&document, TOPIC).await });
}

impl MessageText {
    /// The message with the id that its client made for it.
    ///
    /// # Errors
    /// `Invalid` on `body`, `mentions` or the field of the id.
    pub fn message(self, field: &'static str, id: &str) -> Result<NewMessage> {
        if !is_id(id) {
            return Err(invalid(field, "invalid"));
        }
        if self.mentions.len() > MENTIONS_MAX {
            return Err(invalid("mentions", "too_many_mentions"));
        }
        let mut mentions: Vec<PersonId> = all(self.mentions);
        mentions.sort();
        mentions.dedup();
        Ok(NewMessage {
            id: CommentId::from(id),
            body: check_paragraphs("body", &self.body, BODY_CHARS_MAX)?,
            mentions,
        })
    }
}

impl View<'_> {
    /// A thread as this person sees it.
    #[must_use]
    pub fn thread(&self, thread: stored::Thread) -> Thread {
        let head = thread.head;
        let seen = head.seen_by(self.person);
        let mut may = Vec::new();
        let mut may_not = Vec::new();
        let reply = rules::reply(self.facts, &seen).map(|_| ());
        // Whether some outcome is open to them; if none is, why the first is not.
        let close = match rules::outcomes(self.facts, &seen).first() {
            Some(_) => Ok(()),
            None => rules::close(self.facts, &seen, Outcome::Adopted).map(|_| ()),
        };
        let reopen = rules::reopen(self.facts, &seen).map(|_| ());
        for (action, verdict) in [("reply", reply), ("close", close), ("reopen", reopen)] {
            match verdict {
                Ok(()) => may.push(action),
                Err(refusal) => may_not.push(MayNot {
                    action,
                    rule: refusal.rule,
                    code: refusal.code,
                }),
            }
        }
        let messages = thread.messages.into_iter();
        Thread {
            unanswered: rules::is_unanswered(&seen),
            unseen: head.is_unseen(self.seen_at_ms),
            mine: head.is_mine,
            outcomes: rules::outcomes(self.facts, &seen)
                .into_iter()
                .map(Outcome::key)
                .collect(),
            messages: messages.map(|one| self.message(&seen, one)).collect(),
            thread_id: head.thread_id,
            section: head.section,
            kind: head.kind.key(),
            version: head.version,
            activity_at_ms: head.activity_at_ms,
            closing: head.closing.map(|closing| Closing {
                closed_at_ms: closing.closed_at_ms,
                person: thread.closed_by.map(Into::into),
                outcome: closing.outcome,
                note: closing.note,
            }),
            replies_count: head.replies_count,
            may,
            may_not,
        }
    }

    fn message(&self, thread: &rules::Thread, message: stored::Message) -> Message {
        let seen = message.seen_by(self.person);
        let edit = rules::edit(self.facts, thread, &seen, self.now_ms).map(|_| ());
        let withdraw = match rules::withdraw(self.facts, &seen) {
            Ok(_) if seen.is_withdrawn => refused(),
            verdict => verdict.map(|_| ()),
        };
        let acts = [("edit", edit), ("withdraw", withdraw)];
        Message {
            unseen: !seen.is_author
                && self
                    .seen_at_ms
                    .is_some_and(|seen| message.created_at_ms > seen),
            may: acts
                .into_iter()
                .filter_map(|(act, verdict)| verdict.is_ok().then_some(act))
                .collect(),
            message_id: message.message_id,
            author: message.author.into(),
            body: (!seen.is_withdrawn).then_some(message.body),
            mentions: all(message.mentions),
            created_at_ms: message.created_at_ms,
            edited_at_ms: message.edited_at_ms,
            withdrawn_at_ms: message.withdrawn_at_ms,
        }
    }
}

/// What was taken back is not taken back again.
fn refused() -> Result<(), Refusal> {
    Err(Refusal {
        rule: Action::Comment.rule(),
        code: "message_withdrawn",
    })
}
