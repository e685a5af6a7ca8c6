//! Engage's API: which calls there are, what every call must have, and how a refusal reads.
//!
//! One file for each call that decides anything. What is not done is answered 501 by name, key or no key: somebody is
//! looking for something that is not there.

mod create_contact;
mod find_contact;
mod post_receipt;
mod query;
mod reading;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::effect::Answer;
use crate::event::Request;
use crate::findings::{Note, Rule};
use crate::switches::ContentTypeOnGet;
use crate::traffic::Pass;
use crate::world::World;

use query::Query;

/// When a request is handled: the world's time, the host's, and the request's number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) at: Timestamp,
    pub(crate) now: Timestamp,
    pub(crate) number: u64,
}

/// The calls the sandbox does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Call<'a> {
    FindContact,
    CreateContact,
    ReadContact(&'a str),
    PostReceipt,
    ListTransactions(&'a str),
    ListStores,
    CreateStore,
    ListConsents,
}

impl<'a> Call<'a> {
    /// The call that a method and path mean; none if the sandbox does not do it.
    fn of(method: &str, path: &'a str) -> Option<Call<'a>> {
        let mut segments = path.trim_end_matches('/').strip_prefix("/api/")?.splitn(5, '/');
        let mut next = || segments.next().unwrap_or_default();
        let (version, collection, item, part, rest) = (next(), next(), next(), next(), next());
        if !rest.is_empty() {
            return None;
        }
        match (method, version, collection, item, part) {
            ("GET", "v3", "contacts", "id", "") => Some(Call::FindContact),
            ("POST", "v3", "contacts", "", "") => Some(Call::CreateContact),
            // Other calls have names where this one has an id: `changes`, `bulk`, `count`.
            ("GET", "v3", "contacts", id, "") if uuid::Uuid::try_parse(id).is_ok() => {
                Some(Call::ReadContact(id))
            }
            ("POST", "v3" | "v2", "receipts", "", "") => Some(Call::PostReceipt),
            ("GET", "v2", "contacts", id, "transactions") => Some(Call::ListTransactions(id)),
            ("GET", "v3", "stores", "", "") => Some(Call::ListStores),
            ("POST", "v3", "stores", "", "") => Some(Call::CreateStore),
            ("GET", "v3", "consents", "", "") => Some(Call::ListConsents),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Call::FindContact => "GET /api/v3/contacts/id",
            Call::CreateContact => "POST /api/v3/contacts",
            Call::ReadContact(_) => "GET /api/v3/contacts/{contactId}",
            Call::PostReceipt => "POST /api/v3/receipts",
            Call::ListTransactions(_) => "GET /api/v2/contacts/{contactId}/transactions",
            Call::ListStores => "GET /api/v3/stores",
            Call::CreateStore => "POST /api/v3/stores",
            Call::ListConsents => "GET /api/v3/consents",
        }
    }

    /// The query parameters it knows.
    fn parameters(self) -> &'static [&'static str] {
        match self {
            Call::FindContact => &find_contact::PARAMETERS,
            Call::CreateContact => &["source", "storeExternalId", "createAsUnapproved"],
            Call::ListTransactions(_) => &["offset", "count"],
            Call::ListStores => &["includeInactive"],
            Call::ReadContact(_) | Call::PostReceipt | Call::CreateStore | Call::ListConsents => &[],
        }
    }
}

/// A request on its way through a call, with what is noted about it.
struct Asked<'a> {
    request: &'a Request,
    query: Query,
    moment: Moment,
    notes: Vec<Note>,
}

/// A refusal: a status and Engage's error body (facts B-24 to B-26).
#[derive(Debug)]
struct Refusal {
    status: u16,
    code: &'static str,
    message: String,
    details: Option<Value>,
    faults: Vec<String>,
}

impl Refusal {
    fn new(status: u16, code: &'static str, message: impl Into<String>) -> Refusal {
        Refusal { status, code, message: message.into(), details: None, faults: Vec::new() }
    }

    /// Failed validation, with every fault there is.
    fn invalid(status: u16, faults: Vec<String>) -> Refusal {
        Refusal { faults, ..Refusal::new(status, "ValidationError", "The request is not valid.") }
    }

    fn contact_not_found() -> Refusal {
        Refusal::new(404, "ContactNotFound", "The contact was not found.")
    }

    fn answer(self, number: u64) -> Answer {
        let mut body =
            json!({ "errorCode": self.code, "message": self.message, "requestId": request_id(number) });
        if let Some(details) = self.details {
            body["messageDetails"] = details;
        }
        if !self.faults.is_empty() {
            body["validationErrors"] =
                self.faults.into_iter().map(|text| json!({ "errorDescription": text })).collect();
        }
        Answer::json(self.status, &body)
    }
}

fn request_id(number: u64) -> String {
    format!("0HSANDBOX:{number:08X}")
}

/// Answers a request, and changes the world as it says.
pub(crate) fn answer(world: &mut World, request: &Request, moment: Moment) -> Answer {
    let Some(call) = Call::of(&request.method, request.path()) else {
        return not_done(request, moment);
    };
    let query = Query::parse(request.query());
    let mut asked = Asked { request, query, moment, notes: Vec::new() };
    let answer = match enter(world, call, &mut asked) {
        Ok(()) => dispatch(world, call, &mut asked).unwrap_or_else(|refusal| refusal.answer(moment.number)),
        Err(answer) => answer,
    };
    for note in asked.notes {
        world.note(note, call.name(), moment.at, moment.number);
    }
    answer
}

/// The answer of a fault that was ordered.
pub(crate) fn faulty(status: u16, retry_after_seconds: Option<u32>, number: u64) -> Answer {
    let mut answer = Refusal::new(status, "SandboxFault", "This fault was ordered.").answer(number);
    answer.headers.extend(retry_after_seconds.map(|seconds| ("retry-after", seconds.to_string())));
    answer
}

fn not_done(request: &Request, moment: Moment) -> Answer {
    let message = format!("the sandbox does not do {} {} yet", request.method, request.path());
    Refusal::new(501, "NotImplemented", message).answer(moment.number)
}

/// What every call must have: a key, a rate, a content type.
fn enter(world: &mut World, call: Call<'_>, asked: &mut Asked<'_>) -> Result<(), Answer> {
    let Moment { now, number, .. } = asked.moment;
    let key = asked.request.get("apikey").or_else(|| {
        let other = asked.request.get("x-api-key");
        asked.notes.extend(other.map(|_| Note::of(Rule::WrongKeyHeader)));
        other
    });
    let Some(key) = key.filter(|key| world.settings.api_keys.accept(key)) else {
        return Err(Refusal::new(401, "Unauthorized", "The API key is missing or wrong.").answer(number));
    };
    match world.traffic.arrive(key, world.switches.rate_limit_per_second, now) {
        Pass::Within => {}
        Pass::Fast => asked.notes.push(Note::of(Rule::TooFast)),
        Pass::Above => return Err(too_many_requests(world, number)),
    }
    if !has_content_type(asked.request) {
        let is_get = asked.request.method == "GET";
        if !is_get || world.switches.content_type_on_get == ContentTypeOnGet::Failed {
            return Err(Answer::json(500, &json!({ "message": "An error has occurred." })));
        }
        asked.notes.push(Note::of(Rule::NoContentType));
    }
    if asked.request.get("user-agent").is_none_or(str::is_empty) {
        asked.notes.push(Note::of(Rule::NoUserAgent));
    }
    if asked.query.has_raw_plus {
        asked.notes.push(Note::of(Rule::RawPlus));
    }
    for name in
        asked.query.names().filter(|name| !call.parameters().iter().any(|one| one.eq_ignore_ascii_case(name)))
    {
        asked.notes.push(Note::at(Rule::UnknownField, format!("?{name}")));
    }
    Ok(())
}

/// 429, with as much of `Retry-After` as the switch says (facts B-14, B-16).
fn too_many_requests(world: &World, number: u64) -> Answer {
    let mut answer = Refusal::new(429, "TooManyRequests", "Too many requests.").answer(number);
    let seconds = world.switches.retry_after_seconds;
    if seconds > 0 {
        answer.headers.push(("retry-after", seconds.to_string()));
    }
    answer
}

fn has_content_type(request: &Request) -> bool {
    request.get("content-type").is_some_and(|value| {
        value.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
    })
}

fn dispatch(world: &mut World, call: Call<'_>, asked: &mut Asked<'_>) -> Result<Answer, Refusal> {
    match call {
        Call::FindContact => find_contact::answer(world, asked),
        Call::CreateContact => create_contact::answer(world, asked),
        Call::ReadContact(id) => reading::contact(world, asked, id),
        Call::PostReceipt => post_receipt::answer(world, asked),
        Call::ListTransactions(id) => reading::transactions(world, asked, id),
        Call::ListStores => Ok(reading::stores(world, asked)),
        Call::CreateStore => reading::create_store(world, asked),
        Call::ListConsents => Ok(Answer::json(200, &Value::from(world.settings.consents.clone()))),
    }
}

/// A body that must be a JSON object with something in it; an empty one is `NoData` (fact C-45).
fn object(asked: &Asked<'_>) -> Result<Map<String, Value>, Refusal> {
    let body = &asked.request.body;
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(Refusal::new(400, "NoData", "The request has no body."));
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) if object.is_empty() => {
            Err(Refusal::new(400, "NoData", "The object is empty."))
        }
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(Refusal::new(400, "InvalidJson", "The body is not a JSON object.")),
        Err(error) => Err(Refusal::new(400, "InvalidJson", format!("The body is not JSON: {error}."))),
    }
}
