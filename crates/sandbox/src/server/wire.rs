//! HTTP on the socket: a request becomes an event, a reply becomes bytes, late, in drops, or not at all.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Either, Full, Limited};
use hyper::body::{Body, Frame, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde_json::json;
use tokio::time::{Interval, MissedTickBehavior};

use super::{Shared, admin, chain, pause};
use crate::effect::{Answer, Reply};
use crate::event::{Event, Request};

/// The longest body that is read, in bytes: a bulk call of 4,000 contacts must fit (fact M-28).
const BODY_MAX: usize = 16 * 1024 * 1024;
/// How long a client may take over a body.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// Into how many pieces a dripped answer falls.
const DROPS: usize = 20;

/// The connection is closed without an answer. Handing this to hyper makes it so.
#[derive(Debug, thiserror::Error)]
#[error("the connection was cut, as ordered")]
pub(super) struct Cut;

type Response = hyper::Response<Either<Full<Bytes>, Drip>>;

pub(super) async fn answer(shared: Arc<Shared>, request: hyper::Request<Incoming>) -> Result<Response, Cut> {
    let (head, body) = request.into_parts();
    let body = match read(body).await {
        Ok(body) => body,
        Err(status) => {
            return Ok(plain(Answer::json(status, &json!({ "message": "the body was not read" }))));
        }
    };
    let target = head.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
    if head.uri.path() == "/_sandbox" || head.uri.path().starts_with("/_sandbox/") {
        let call = admin::Call { method: head.method.to_string(), target, headers: head.headers, body };
        return Ok(plain(in_background(shared, call).await));
    }
    if head.uri.path() == "/" {
        return Ok(plain(redirect("/_sandbox/")));
    }
    if !head.uri.path().starts_with("/api/") {
        return Ok(plain(Answer::json(
            404,
            &json!({ "message": "Engage is under /api, the sandbox under /_sandbox" }),
        )));
    }
    let event = Event::Request(engage_request(head.method.as_str(), target, &head.headers, body));
    match shared.apply(event) {
        Ok(reply) => release(reply).await,
        Err(error) => {
            tracing::error!(error = %chain(&error), "a request could not be written and was not handled");
            Ok(plain(Answer::json(503, &json!({ "message": "the sandbox could not write its journal" }))))
        }
    }
}

fn engage_request(method: &str, target: String, headers: &HeaderMap, body: Bytes) -> Request {
    let texts = headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    texts.fold(Request::new(method, target).body(body), |request, (name, value)| request.header(name, value))
}

async fn release(reply: Reply) -> Result<Response, Cut> {
    match reply {
        Reply::Answer(answer) => Ok(plain(answer)),
        Reply::Delayed { by, answer } => {
            pause(by).await;
            Ok(plain(answer))
        }
        Reply::Dripped { over, answer } => {
            Ok(response(&answer).map(|()| Either::Right(Drip::new(answer.body.clone(), over))))
        }
        Reply::Cut | Reply::Silent => Err(Cut),
    }
}

/// The sandbox's own calls may read files, so they run where waiting is allowed.
async fn in_background(shared: Arc<Shared>, call: admin::Call) -> Answer {
    let answered = tokio::task::spawn_blocking(move || admin::answer(&shared, &call)).await;
    answered.unwrap_or_else(|error| {
        tracing::error!(%error, "a call of the sandbox's own failed");
        Answer::json(500, &json!({ "error": "the call failed" }))
    })
}

async fn read(body: Incoming) -> Result<Bytes, u16> {
    match tokio::time::timeout(BODY_TIMEOUT, Limited::new(body, BODY_MAX).collect()).await {
        Ok(Ok(whole)) => Ok(whole.to_bytes()),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => Err(413),
        Ok(Err(_)) => Err(400),
        Err(_) => Err(408),
    }
}

pub(super) fn redirect(to: &str) -> Answer {
    Answer { headers: vec![("location", to.to_owned())], ..Answer::empty(303) }
}

fn plain(answer: Answer) -> Response {
    response(&answer).map(|()| Either::Left(Full::new(answer.body)))
}

fn response(answer: &Answer) -> hyper::Response<()> {
    let mut response = hyper::Response::new(());
    *response.status_mut() =
        hyper::StatusCode::from_u16(answer.status).unwrap_or(hyper::StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in &answer.headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    if !answer.body.is_empty() && !response.headers().contains_key(CONTENT_TYPE) {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    }
    response
}

/// A body that comes in pieces at a steady pace.
#[derive(Debug)]
pub(super) struct Drip {
    rest: Bytes,
    piece: usize,
    ticks: Interval,
}

impl Drip {
    fn new(body: Bytes, over: Duration) -> Drip {
        let drops = DROPS.min(body.len()).max(1);
        let period = (over / drops as u32).max(Duration::from_millis(1));
        let mut ticks = tokio::time::interval(period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Drip { piece: body.len().div_ceil(drops).max(1), rest: body, ticks }
    }
}

impl Body for Drip {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        ready!(self.ticks.poll_tick(context));
        let piece = self.piece.min(self.rest.len());
        Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(piece)))))
    }
}
