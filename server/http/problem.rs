//! Errors on the wire: `application/problem+json` (RFC 9457) with a stable `code`.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::refusals::Reason;
use crate::error::Error;

/// A refusal or failure, as a program reads it.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: the code says it all.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// The stable code: what programs match on.
    pub code: &'static str,
    /// A short English title for developers.
    pub title: String,
    /// The rule that refused, e.g. `T02`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<&'static str>,
    /// What is wrong, by field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
    /// When to come back, in seconds (429).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u64>,
    /// The limit that was passed, in bytes (413).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit_bytes: Option<usize>,
    /// Where the cause is logged (500, 503).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
}

/// One field's problem.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldProblem {
    /// The field, as in the request's JSON.
    pub field: String,
    /// What is wrong with it.
    pub code: &'static str,
}

/// Each field with what is wrong with it.
fn named(fields: &[(&'static str, &'static str)]) -> impl Iterator<Item = FieldProblem> {
    fields.iter().map(|(field, code)| FieldProblem {
        field: (*field).to_owned(),
        code,
    })
}

impl From<&Error> for Problem {
    fn from(error: &Error) -> Self {
        let (status, code) = match error {
            Error::Unauthenticated => (401, "unauthenticated"),
            Error::BadCredentials => (401, "bad_credentials"),
            Error::Refused(refusal) => (403, refusal.code),
            Error::Incomplete { code, .. } => (403, *code),
            Error::NotFound => (404, "not_found"),
            Error::MethodNotAllowed => (405, "method_not_allowed"),
            Error::CrossSite => (403, "cross_site"),
            Error::Conflict(code) => (409, *code),
            Error::Gone(code) => (410, *code),
            Error::Invalid { .. } | Error::Faulty(_) => (422, "invalid"),
            Error::Malformed(_) => (400, "malformed"),
            Error::TooLarge { .. } => (413, "too_large"),
            Error::TooMany { .. } => (429, "too_many"),
            Error::Unavailable(_) => (503, "storage_unavailable"),
            Error::TooMuch(code) => (503, *code),
            Error::Internal(_) => (500, "internal"),
        };
        let mut problem = Self {
            kind: "about:blank",
            status,
            code,
            title: error.to_string(),
            ..Self::default()
        };
        match error {
            Error::Refused(refusal) => problem.rule = Some(refusal.rule),
            Error::Incomplete { rule, missing, .. } => {
                problem.rule = Some(rule);
                problem.errors.extend(named(missing));
            }
            Error::Faulty(faults) => problem.errors.extend(named(faults)),
            Error::Invalid {
                field,
                problem: code,
            } => problem.errors.push(FieldProblem {
                field: (*field).to_owned(),
                code,
            }),
            Error::Malformed(field) if !field.is_empty() => problem.errors.push(FieldProblem {
                field: field.clone(),
                code: "malformed",
            }),
            Error::TooMany { retry_after_s } => problem.retry_after_s = Some(*retry_after_s),
            Error::TooLarge { limit_bytes } => problem.limit_bytes = Some(*limit_bytes),
            Error::Unauthenticated
            | Error::BadCredentials
            | Error::NotFound
            | Error::MethodNotAllowed
            | Error::CrossSite
            | Error::Conflict(_)
            | Error::Gone(_)
            | Error::Malformed(_)
            | Error::Unavailable(_)
            | Error::TooMuch(_)
            | Error::Internal(_) => {}
        }
        problem
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let mut problem = Problem::from(&self);
        if let Self::Internal(cause) | Self::Unavailable(cause) = &self {
            let trace_id = uuid::Uuid::now_v7().to_string();
            tracing::error!(trace.id = %trace_id, cause = %cause, "request failed");
            problem.trace_id = Some(trace_id);
        }
        let status =
            StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after_s = problem.retry_after_s;
        let (code, rule) = (problem.code, problem.rule);
        let mut response = (status, Json(problem)).into_response();
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        response.extensions_mut().insert(Reason { code, rule });
        if let Some(seconds) = retry_after_s {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
