//! What comes out of a step: the reply to whoever asked, and effects for the shell to carry out.

use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// How an event is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// At once.
    Answer(Answer),
    /// After a while; what was asked for has happened already.
    Delayed {
        /// How long to wait before the answer begins.
        by: Duration,
        /// The answer.
        answer: Answer,
    },
    /// In small pieces; what was asked for has happened already.
    Dripped {
        /// How long the body takes from its first byte to its last.
        over: Duration,
        /// The answer.
        answer: Answer,
    },
    /// The connection is closed and nothing is said.
    Cut,
    /// Nobody asked: a timer.
    Silent,
}

impl Reply {
    /// The answer, however it travels; none when the connection is cut or nobody asked.
    #[must_use]
    pub fn answer(&self) -> Option<&Answer> {
        match self {
            Reply::Answer(answer) | Reply::Delayed { answer, .. } | Reply::Dripped { answer, .. } => {
                Some(answer)
            }
            Reply::Cut | Reply::Silent => None,
        }
    }
}

/// An HTTP answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers; `content-length` is the shell's.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    pub(crate) fn empty(status: u16) -> Answer {
        Answer { status, headers: Vec::new(), body: Bytes::new() }
    }

    pub(crate) fn json(status: u16, body: &serde_json::Value) -> Answer {
        Answer {
            status,
            headers: vec![("content-type", "application/json; charset=utf-8".to_owned())],
            body: Bytes::from(body.to_string()),
        }
    }
}

/// What a step asks its shell to do. A replay drops them, so each happens once.
///
/// Effects hold no personal data: they may go into a log.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Effect {
    /// The world's integration log has a new line; tell whoever watches.
    Logged {
        /// How bad it is.
        level: Level,
        /// The line.
        text: String,
    },
    /// A mail was made; send it, where somebody set up a server for that.
    Mailed {
        /// The mail's number.
        number: u64,
    },
    /// A request went against the guide in a way not seen before; tell whoever watches.
    Found {
        /// The finding's code.
        code: &'static str,
        /// Which call, and where in it.
        place: String,
        /// What to do instead.
        advice: &'static str,
    },
}

/// How bad a line of the integration log is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Level {
    /// As it should be.
    Info,
    /// Something was ignored.
    Warning,
    /// Something was lost.
    Error,
}
