//! A request's body, bounded in size and in time.

use std::time::Duration;

use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use bytes::Bytes;
use serde::de::DeserializeOwned;

use super::App;
use super::problem::{Finding, Problem};

/// The largest body that is read, in bytes: a receipt of 10,000 lines fits.
pub const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;
/// How long a body may take to arrive.
const BODY_WAIT: Duration = Duration::from_secs(10);

/// The raw body.
#[derive(Debug)]
pub struct Raw(pub Bytes);

impl FromRequest<App> for Raw {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &App) -> Result<Raw, Problem> {
        if request.headers().contains_key(header::CONTENT_ENCODING) {
            let detail = "compressed bodies are not read; send the JSON as it is";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "encodingNotRead", detail));
        }
        match tokio::time::timeout(BODY_WAIT, to_bytes(request.into_body(), BODY_BYTES_MAX)).await {
            Ok(Ok(bytes)) => Ok(Raw(bytes)),
            Ok(Err(error)) if is_too_long(&error) => {
                let detail = format!("the body is larger than {BODY_BYTES_MAX} bytes");
                Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "bodyTooLarge", detail))
            }
            Ok(Err(_)) => {
                Err(Problem::new(StatusCode::BAD_REQUEST, "bodyCut", "the body broke off; send it again"))
            }
            Err(_) => {
                let detail = format!("the body took longer than {} s; send it again", BODY_WAIT.as_secs());
                Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "bodyTooSlow", detail))
            }
        }
    }
}

fn is_too_long(error: &axum::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.to_string().contains("length limit") {
            return true;
        }
        cause = error.source();
    }
    false
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
