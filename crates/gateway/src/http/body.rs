//! A request's body, bounded in size and in time.

use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use bytes::Bytes;
use http_body_util::BodyExt;
use serde::de::DeserializeOwned;

use super::App;
use super::problem::{Finding, Problem};

/// The largest body that is read, in bytes: a receipt of 10,000 lines fits.
pub const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;
/// How much of a body that is too large is read before the connection is closed.
const DISCARDED_BYTES_MAX: usize = 4 * BODY_BYTES_MAX;
/// How long a body may take to arrive.
const BODY_WAIT: Duration = Duration::from_secs(10);

/// The raw body. Its `Debug` shows nothing of it.
pub struct Raw(pub Bytes);

impl std::fmt::Debug for Raw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Raw({} bytes)", self.0.len())
    }
}

impl FromRequest<App> for Raw {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &App) -> Result<Raw, Problem> {
        if request.headers().contains_key(header::CONTENT_ENCODING) {
            let detail = "compressed bodies are not read; send the JSON as it is";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "encodingNotRead", detail));
        }
        match tokio::time::timeout(BODY_WAIT, read(request.into_body())).await {
            Ok(read) => read.map(Raw),
            Err(_) => {
                let detail = format!("the body took longer than {} s; send it again", BODY_WAIT.as_secs());
                Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "bodyTooSlow", detail))
            }
        }
    }
}

/// Reads a body whole. One that is too large is read to its end and thrown away, within a bound: a client that is still
/// sending doesn't see the answer.
async fn read(mut body: Body) -> Result<Bytes, Problem> {
    let expected = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX).min(BODY_BYTES_MAX);
    let mut bytes = Vec::with_capacity(expected);
    let mut total = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| {
            Problem::new(StatusCode::BAD_REQUEST, "bodyCut", "the body broke off; send it again")
        })?;
        let Ok(data) = frame.into_data() else { continue };
        total += data.len();
        if total <= BODY_BYTES_MAX {
            bytes.extend_from_slice(&data);
        } else if total > DISCARDED_BYTES_MAX {
            break;
        }
    }
    if total > BODY_BYTES_MAX {
        let detail = format!("the body is larger than {BODY_BYTES_MAX} bytes");
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "bodyTooLarge", detail));
    }
    Ok(bytes.into())
}

/// A body of a known form; what is unknown in it is refused.
pub fn typed<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| {
        let place = format!("line {} column {}", error.line(), error.column());
        let detail = match error.classify() {
            serde_json::error::Category::Data => what_is_wrong(&error.to_string()),
            _ => format!("the body is not JSON at {place}"),
        };
        let finding = Finding { code: "bodyNotRead".into(), pointer: String::new(), detail: detail.clone() };
        Problem::new(StatusCode::BAD_REQUEST, "bodyNotRead", detail).with_errors(vec![finding])
    })
}

/// The field and what was expected, without the value that stood there.
fn what_is_wrong(text: &str) -> String {
    if text.starts_with("unknown field") || text.starts_with("missing field") {
        return text.to_owned();
    }
    match text.split_once("expected ") {
        Some((_, expected)) => format!("expected {expected}"),
        None => "a field has a value of the wrong form".to_owned(),
    }
}
