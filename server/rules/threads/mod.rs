//! Threads of the commission on a section of the sheet (`domain.md` 1.4 and section 5, "What for?"):
//! who replies, corrects, withdraws, closes and reopens, with which outcome, and which thread
//! still waits for an answer. Pure: time is passed in, texts are never looked at.

use super::rights::{Facts, Permit, Refusal, act, may};

/// What a thread is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Asks something.
    Question,
    /// Says something.
    Remark,
    /// Warns: while nobody answers, the version is not frozen (T08).
    Vigilance,
    /// Supports the proposal.
    Support,
    /// Carries other words for a passage; read, and not opened yet.
    Suggestion,
}

/// What became of a contribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It was followed.
    Adopted,
    /// It was followed in part.
    Partly,
    /// It was not followed.
    NotAdopted,
    /// The question has its answer.
    Answered,
    /// Who opened it is satisfied.
    Satisfied,
    /// Who opened it takes it back.
    Withdrawn,
}

/// A thread as rules see it, for one person.
#[derive(Clone, Copy, Debug)]
pub struct Thread {
    /// What it is.
    pub kind: Kind,
    /// Whether it is closed.
    pub is_closed: bool,
    /// Whether its first message was withdrawn.
    pub is_withdrawn: bool,
    /// Whether the person opened it.
    pub is_author: bool,
    /// Whether anybody but who opened it has replied (withdrawn replies do not count).
    pub has_answer: bool,
    /// How many replies it holds, withdrawn ones too.
    pub replies_count: usize,
}

/// A message as rules see it, for one person.
#[derive(Clone, Copy, Debug)]
pub struct Message {
    /// Whether the person wrote it.
    pub is_author: bool,
    /// Whether it was withdrawn.
    pub is_withdrawn: bool,
    /// Whether somebody else wrote after it in its thread.
    pub is_answered: bool,
    /// When it was written, in milliseconds UTC.
    pub created_at_ms: i64,
}

/// By which right a thread is closed or reopened.
#[derive(Debug)]
pub enum Closer {
    /// As who leads the proposal or its discussion.
    Role(Permit<act::CloseThread>),
    /// As who opened the thread, and may still comment.
    Author(Permit<act::Comment>),
}

/// The sections a thread may be on, in the order of the sheet.
pub const SECTIONS: [&str; 15] = [
    "context",
    "objectives",
    "description",
    "owner",
    "partners",
    "target_public",
    "territory",
    "calendar",
    "budget",
    "funding",
    "indicators",
    "jobs",
    "transversal",
    "conditions",
    "experiment",
];

/// How long a message may be corrected, in milliseconds: 15 minutes.
pub const EDITED_WITHIN_MS: i64 = 15 * 60 * 1000;
/// How long a message may be, in characters.
pub const BODY_CHARS_MAX: usize = 4000;
/// How long the sentence of an outcome may be, in characters.
pub const NOTE_CHARS_MAX: usize = 500;
/// How many people one message may name.
pub const MENTIONS_MAX: usize = 10;
/// How many replies a thread may hold: beyond, another one is opened.
pub const REPLIES_MAX: usize = 100;
/// How many threads a proposal may hold.
pub const THREADS_MAX: usize = 1000;

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::Question,
        Self::Remark,
        Self::Vigilance,
        Self::Support,
        Self::Suggestion,
    ];

    /// The kind's key, as in `domain.md`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Question => "question",
            Self::Remark => "remark",
            Self::Vigilance => "vigilance",
            Self::Support => "support",
            Self::Suggestion => "suggestion",
        }
    }

    /// The kind with this key.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }

    /// Whether one may open a thread of this kind.
    #[must_use]
    pub const fn is_opened(self) -> bool {
        match self {
            Self::Question | Self::Remark | Self::Vigilance | Self::Support => true,
            Self::Suggestion => false,
        }
    }

    /// Whether it asks for an answer.
    const fn awaits_answer(self) -> bool {
        match self {
            Self::Question | Self::Vigilance => true,
            Self::Remark | Self::Support | Self::Suggestion => false,
        }
    }
}

impl Outcome {
    /// Every outcome, in the order they are offered.
    pub const ALL: [Self; 6] = [
        Self::Answered,
        Self::Adopted,
        Self::Partly,
        Self::NotAdopted,
        Self::Satisfied,
        Self::Withdrawn,
    ];

    /// The outcome's key, as in `domain.md`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Adopted => "adopted",
            Self::Partly => "partly",
            Self::NotAdopted => "not_adopted",
            Self::Answered => "answered",
            Self::Satisfied => "satisfied",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The outcome with this key.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.key() == key)
    }

    /// Whether a thread of this kind may end so: only a question is answered.
    #[must_use]
    pub fn suits(self, kind: Kind) -> bool {
        match self {
            Self::Answered => kind == Kind::Question,
            Self::Satisfied => kind != Kind::Question,
            Self::Adopted | Self::Partly | Self::NotAdopted | Self::Withdrawn => true,
        }
    }

    /// Whether it is the judgement of who leads the discussion.
    const fn is_by_role(self) -> bool {
        match self {
            Self::Adopted | Self::Partly | Self::NotAdopted | Self::Answered => true,
            Self::Satisfied | Self::Withdrawn => false,
        }
    }

    /// Whether it is for who opened the thread to say.
    const fn is_by_author(self) -> bool {
        match self {
            Self::Answered | Self::Satisfied | Self::Withdrawn => true,
            Self::Adopted | Self::Partly | Self::NotAdopted => false,
        }
    }
}

/// Whether an open thread still waits for anybody but who opened it: a vigilance or a question.
/// T08 counts the vigilances among them.
#[must_use]
pub fn is_unanswered(thread: &Thread) -> bool {
    thread.kind.awaits_answer() && !thread.is_closed && !thread.has_answer
}

/// Opening a thread, where the proposal has so many.
///
/// # Errors
/// Those of `R-COMMENT`; `threads_full`.
pub fn open(facts: &Facts, threads_count: usize) -> Result<Permit<act::Comment>, Refusal> {
    let permit = may::<act::Comment>(facts)?;
    if threads_count >= THREADS_MAX {
        return refuse("R-COMMENT", "threads_full");
    }
    Ok(permit)
}

/// Replying.
///
/// # Errors
/// Those of `R-COMMENT`; `thread_closed`, `thread_full`.
pub fn reply(facts: &Facts, thread: &Thread) -> Result<Permit<act::Comment>, Refusal> {
    let permit = may::<act::Comment>(facts)?;
    if thread.is_closed {
        return refuse("R-COMMENT", "thread_closed");
    }
    if thread.replies_count >= REPLIES_MAX {
        return refuse("R-COMMENT", "thread_full");
    }
    Ok(permit)
}

/// Correcting one's own message: soon, while nobody has answered.
///
/// # Errors
/// Those of `R-COMMENT`; `not_author`, `message_withdrawn`, `thread_closed`, `message_answered`,
/// `edit_too_late`.
pub fn edit(
    facts: &Facts,
    thread: &Thread,
    message: &Message,
    now_ms: i64,
) -> Result<Permit<act::Comment>, Refusal> {
    let permit = own(facts, message)?;
    if message.is_withdrawn {
        return refuse("R-COMMENT", "message_withdrawn");
    }
    if thread.is_closed {
        return refuse("R-COMMENT", "thread_closed");
    }
    if message.is_answered {
        return refuse("R-COMMENT", "message_answered");
    }
    if now_ms - message.created_at_ms > EDITED_WITHIN_MS {
        return refuse("R-COMMENT", "edit_too_late");
    }
    Ok(permit)
}

/// Taking one's own message back: its place stays, its words go.
///
/// # Errors
/// Those of `R-COMMENT`; `not_author`.
pub fn withdraw(facts: &Facts, message: &Message) -> Result<Permit<act::Comment>, Refusal> {
    own(facts, message)
}

fn own(facts: &Facts, message: &Message) -> Result<Permit<act::Comment>, Refusal> {
    let permit = may::<act::Comment>(facts)?;
    if !message.is_author {
        return refuse("R-COMMENT", "not_author");
    }
    Ok(permit)
}

/// Closing with an outcome.
///
/// # Errors
/// Those of `R-CLOSE` (for who opened it, of `R-COMMENT`); `thread_closed`, `outcome_unsuited`,
/// `outcome_of_author`, `outcome_of_role`.
pub fn close(facts: &Facts, thread: &Thread, outcome: Outcome) -> Result<Closer, Refusal> {
    let closer = closer(facts, thread)?;
    if thread.is_closed {
        return refuse("R-CLOSE", "thread_closed");
    }
    if !outcome.suits(thread.kind) {
        return refuse("R-CLOSE", "outcome_unsuited");
    }
    if !outcome.is_by_role() && !thread.is_author {
        return refuse("R-CLOSE", "outcome_of_author");
    }
    if !outcome.is_by_author() && matches!(closer, Closer::Author(_)) {
        return refuse("R-CLOSE", "outcome_of_role");
    }
    Ok(closer)
}

/// Reopening a closed thread.
///
/// # Errors
/// Those of [`close`]; `thread_open`, `message_withdrawn`.
pub fn reopen(facts: &Facts, thread: &Thread) -> Result<Closer, Refusal> {
    let closer = closer(facts, thread)?;
    if !thread.is_closed {
        return refuse("R-CLOSE", "thread_open");
    }
    if thread.is_withdrawn {
        return refuse("R-CLOSE", "message_withdrawn");
    }
    Ok(closer)
}

/// The outcomes this person may choose now.
#[must_use]
pub fn outcomes(facts: &Facts, thread: &Thread) -> Vec<Outcome> {
    Outcome::ALL
        .into_iter()
        .filter(|outcome| close(facts, thread, *outcome).is_ok())
        .collect()
}

/// By which right this person may close or reopen it.
///
/// # Errors
/// Those of `R-CLOSE`; for who opened it, of `R-COMMENT`.
pub fn closer(facts: &Facts, thread: &Thread) -> Result<Closer, Refusal> {
    match may::<act::CloseThread>(facts) {
        Ok(permit) => Ok(Closer::Role(permit)),
        Err(_) if thread.is_author => may::<act::Comment>(facts).map(Closer::Author),
        Err(refusal) => Err(refusal),
    }
}

fn refuse<T>(rule: &'static str, code: &'static str) -> Result<T, Refusal> {
    Err(Refusal { rule, code })
}

#[cfg(test)]
mod tests;
