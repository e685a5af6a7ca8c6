//! What can go wrong with a call, told apart by what the caller can do about it.
//!
//! Invariants: `Display` and `Debug` hold no address, no body, and no words of Engage's own, since
//! these may quote a person's data. The words that a [`Refusal`] keeps for an operator's page are
//! shortened and masked.
//!
//! It doesn't decide whether a failure passes by itself or for good.

use std::fmt;
use std::time::Duration;

use crate::call::Response;
use crate::limits;
use crate::model::{ContactId, Object, Shape};

/// A call without the result that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// No answer came.
    #[error("no answer from Engage ({reached}): {reason}")]
    NoAnswer {
        /// Whether Engage can have seen the request.
        reached: Reached,
        /// What broke, without address or personal data.
        reason: String,
    },
    /// Engage said no.
    #[error("refused by Engage: {0}")]
    Refused(Box<Refusal>),
    /// An answer came that can't be Engage's, or that can't be read: a wrong type, a web page with
    /// 200, too many bytes, a redirect. After a write its effect may be there.
    #[error("the answer with status {status} can't be read: {what}")]
    Unreadable {
        /// Its status.
        status: u16,
        /// What is wrong with it.
        what: String,
    },
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Failure {
        Failure::Refused(Box::new(refusal))
    }
}

/// How far a request without an answer got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    /// Not to Engage: no connection was made, so it surely had no effect.
    Never,
    /// Perhaps: it was sent, or begun, and then the answer was lost or late.
    Maybe,
}

impl fmt::Display for Reached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Reached::Never => "the request was not sent",
            Reached::Maybe => "the request may have arrived",
        })
    }
}

/// Engage's no: a status that is neither a success nor a redirect, and what its body tells (facts
/// B-24 to B-27). Only the status is sure to be there.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// Engage's name for the error, such as `ContactNotFound`.
    pub code: Option<String>,
    /// Engage's message, shortened and masked. For people, and still not for logs.
    pub message_hint: Option<String>,
    /// The contacts that a look-up matched (fact B-25).
    pub matches: Vec<ContactId>,
    /// Validation errors, shortened and masked (fact B-26). For people, and still not for logs.
    pub validation: Vec<String>,
    /// Engage's name for the request, for its support.
    pub request_id: Option<String>,
    /// How long Engage wants to be left alone (fact B-16).
    pub retry_after: Option<Duration>,
}

impl Refusal {
    /// Whether the error code is this one, whatever its case.
    pub fn is(&self, code: &str) -> bool {
        self.code.as_deref().is_some_and(|mine| mine.eq_ignore_ascii_case(code))
    }

    pub(crate) fn read(response: &Response) -> Refusal {
        let mut refusal =
            Refusal { status: response.status, retry_after: response.retry_after, ..Refusal::default() };
        if let Some(Shape::Object(body)) = Shape::of_body(&response.body) {
            refusal.read_body(&body);
        }
        refusal
    }

    fn read_body(&mut self, body: &Object<'_>) {
        self.code = body.text("errorCode").and_then(|text| name(text.as_str()));
        self.request_id = body.text("requestId").and_then(|text| name(text.as_str()));
        self.message_hint = body.text("message").map(|text| masked(text.as_str()));
        let matches = body.object("messageDetails").list("multipleMatchesFound").ok().flatten();
        self.matches = (matches.unwrap_or_default().into_iter())
            .filter_map(|row| ContactId::new(row.into_text()?).ok())
            .take(limits::MATCHES_MAX)
            .collect();
        let errors = body.list("validationErrors").ok().flatten();
        self.validation = (errors.unwrap_or_default().into_iter())
            .filter_map(validation_error)
            .take(limits::VALIDATION_ERRORS_MAX)
            .collect();
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "status {}", self.status)?;
        if let Some(code) = &self.code {
            write!(f, ", {code}")?;
        }
        if let Some(id) = &self.request_id {
            write!(f, ", request {id}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refusal")
            .field("status", &self.status)
            .field("code", &self.code)
            .field("matches", &self.matches)
            .field("validation_errors", &self.validation.len())
            .field("request_id", &self.request_id)
            .field("retry_after", &self.retry_after)
            .finish_non_exhaustive()
    }
}

fn validation_error(row: Shape<'_>) -> Option<String> {
    let text = match row {
        Shape::Object(row) => row.text("errorDescription")?.into_string(),
        Shape::Text(text) => text,
        Shape::Null | Shape::Bare(_) | Shape::List(_) => return None,
    };
    Some(masked(&text))
}

/// A code or id that may be logged: what doesn't look like one is left out rather than trusted.
fn name(text: &str) -> Option<String> {
    let fits = text.len() <= limits::REFUSAL_NAME_CHARS_MAX
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_:.|".contains(&b));
    fits.then(|| text.to_owned())
}

/// A text without the words that have a digit or an `@` in them: e-mail addresses, phone and
/// identity numbers. A person's name can't be told from other words, which is why the result is
/// kept out of `Debug` and `Display` all the same.
fn masked(text: &str) -> String {
    let text: String = text.chars().take(limits::REFUSAL_TEXT_CHARS_MAX).collect();
    let is_personal = |word: &str| word.contains(|c: char| c.is_numeric() || c == '@');
    let words = text.split_whitespace().map(|word| if is_personal(word) { "[…]" } else { word });
    words.collect::<Vec<_>>().join(" ")
}
