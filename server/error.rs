//! The one error of the server. Each variant has one status and one stable code;
//! the sentences for people live in the client's message files.
//! The cause of `Internal` never leaves the server: it is logged once, at the edge.

use crate::rules::rights::Refusal;

/// `Result` with the one error.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong, as a caller of the API sees it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// 401: nobody is signed in, or the session ended.
    #[error("not signed in")]
    Unauthenticated,
    /// 401: e-mail and password do not match (also for an unknown account).
    #[error("wrong e-mail or password")]
    BadCredentials,
    /// 403: a rule refuses; the thing itself may be seen.
    #[error("refused by {}: {}", .0.rule, .0.code)]
    Refused(Refusal),
    /// 403: a rule refuses because things are missing; each is named.
    #[error("refused by {rule}: {code}")]
    Incomplete {
        /// The rule that refuses.
        rule: &'static str,
        /// Its code.
        code: &'static str,
        /// What is missing: where, and a stable code.
        missing: Vec<(&'static str, &'static str)>,
    },
    /// 404: no such thing, or not for this person.
    #[error("not found")]
    NotFound,
    /// 405: the address exists, not for this method.
    #[error("method not allowed")]
    MethodNotAllowed,
    /// 403: a request another site made in the person's name.
    #[error("cross-site request")]
    CrossSite,
    /// 409: the state changed meanwhile, or contradicts the request. The code says how.
    #[error("conflict: {0}")]
    Conflict(&'static str),
    /// 410: a one-time link that no longer serves: `link_used`, `link_expired`.
    #[error("gone: {0}")]
    Gone(&'static str),
    /// 422: a field has a bad value.
    #[error("invalid {field}: {problem}")]
    Invalid {
        /// The field of the request, as in its JSON.
        field: &'static str,
        /// What is wrong with it: `required`, `too_short`, `too_long`, `unknown`...
        problem: &'static str,
    },
    /// 422: several fields have bad values; each is named.
    #[error("invalid: {} faults", .0.len())]
    Faulty(Vec<(&'static str, &'static str)>),
    /// 400: the request could not be read; the field when it is known.
    #[error("malformed request: {0}")]
    Malformed(String),
    /// 413: a body over its limit.
    #[error("over {limit_bytes} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit_bytes: usize,
    },
    /// 429: too many tries.
    #[error("too many tries, again in {retry_after_s} s")]
    TooMany {
        /// When to come back, in seconds.
        retry_after_s: u64,
    },
    /// 503: the database does not answer; nothing was written.
    #[error("storage is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// 503: it would take more time or memory than there is now; the code says what.
    #[error("too much for now: {0}")]
    TooMuch(&'static str),
    /// 500: a defect of ours.
    #[error("internal error")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// An internal error from any cause.
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(cause.into())
    }
}

/// A person who may not read a thing gets 404, not 403.
impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        if refusal.hides() {
            Self::NotFound
        } else {
            Self::Refused(refusal)
        }
    }
}
