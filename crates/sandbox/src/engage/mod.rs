//! Engage's API: which calls there are, what every call must have, and how a refusal reads.
//!
//! One file for each call that decides anything. What is not done is answered 501 by name, key or no key: somebody is
//! looking for something that is not there.

mod announce_order;
mod bulk;
mod change_type;
mod changes;
mod create_contact;
mod delete_contact;
mod find_contact;
mod loyalty;
mod offers;
mod orders;
mod overview;
mod points;
mod post_receipt;
mod promotions;
mod query;
mod reading;
mod triggers;
mod update_contact;
mod voucher_use;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::effect::Answer;
use crate::event::Request;
use crate::findings::{Note, Rule};
use crate::profile::{Problem, Wrong};
use crate::receipts::DEFAULT_TYPE;
use crate::switches::{BadIdentifier, ContentTypeOnGet, ErrorField, KeyClash};
use crate::traffic::Pass;
use crate::world::World;

pub(crate) use overview::Overviews;
pub(crate) use points::Remembered;
use query::Query;
pub(crate) use query::{SEGMENT, shown_target};

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
    UpdateContact(&'a str),
    DeleteContact(&'a str),
    ChangeType(&'a str),
    Overview,
    ListChanges,
    PostReceipt,
    ListTransactions(&'a str),
    ListStores,
    CreateStore,
    ListConsents,
    Loyalty(loyalty::Reading<'a>),
    Template(promotions::Template<'a>),
    Offer(offers::Using<'a>),
    Points(points::Call<'a>),
    Trigger(triggers::Call<'a>),
    Order(orders::Call<'a>),
    Bulk(bulk::Call),
    AnnounceOrder,
}

impl<'a> Call<'a> {
    /// The call that a method and path mean; none if the sandbox does not do it.
    fn of(method: &str, path: &'a str) -> Option<Call<'a>> {
        /// More than any call has.
        const SEGMENTS_MAX: usize = 8;
        let below = path.trim_end_matches('/').strip_prefix("/api/")?;
        let segments: Vec<&str> = below.splitn(SEGMENTS_MAX, '/').collect();
        let is_id = |text: &str| uuid::Uuid::try_parse(text).is_ok();
        Some(match (method, segments.as_slice()) {
            ("GET", ["v3", "contacts", "id"]) => Call::FindContact,
            ("POST", ["v3", "contacts"]) => Call::CreateContact,
            // Other calls have names where this one has an id: `changes`, `bulk`, `count`.
            ("GET", ["v3", "contacts", id]) if is_id(id) => Call::ReadContact(id),
            ("PATCH", ["v3", "contacts", id]) if is_id(id) => Call::UpdateContact(id),
            ("DELETE", ["v3", "contacts", id]) if is_id(id) => Call::DeleteContact(id),
            ("POST", ["v3", "contacts", id, "updateContactType"]) => Call::ChangeType(id),
            ("GET", ["v3", "contactoverview"]) => Call::Overview,
            ("GET", ["v3", "contacts", "changes"]) => Call::ListChanges,
            ("POST", ["v3" | "v2", "receipts"]) => Call::PostReceipt,
            ("GET", ["v2", "contacts", id, "transactions"]) => Call::ListTransactions(id),
            ("GET", ["v3", "stores"]) => Call::ListStores,
            ("POST", ["v3", "stores"]) => Call::CreateStore,
            ("GET", ["v3", "consents"]) => Call::ListConsents,
            ("POST", ["v2", "orders"]) => Call::AnnounceOrder,
            (method, segments) => {
                return loyalty::Reading::of(method, segments)
                    .map(Call::Loyalty)
                    .or_else(|| promotions::Template::of(method, segments).map(Call::Template))
                    .or_else(|| offers::Using::of(method, segments).map(Call::Offer))
                    .or_else(|| points::Call::of(method, segments).map(Call::Points))
                    .or_else(|| triggers::Call::of(method, segments).map(Call::Trigger))
                    .or_else(|| orders::Call::of(method, segments).map(Call::Order))
                    .or_else(|| bulk::Call::of(method, segments).map(Call::Bulk));
            }
        })
    }

    fn name(self) -> &'static str {
        match self {
            Call::FindContact => "GET /api/v3/contacts/id",
            Call::CreateContact => "POST /api/v3/contacts",
            Call::ReadContact(_) => "GET /api/v3/contacts/{contactId}",
            Call::UpdateContact(_) => "PATCH /api/v3/contacts/{contactId}",
            Call::DeleteContact(_) => "DELETE /api/v3/contacts/{contactId}",
            Call::ChangeType(_) => "POST /api/v3/contacts/{contactId}/updateContactType",
            Call::Overview => "GET /api/v3/contactoverview",
            Call::ListChanges => "GET /api/v3/contacts/changes",
            Call::PostReceipt => "POST /api/v3/receipts",
            Call::ListTransactions(_) => "GET /api/v2/contacts/{contactId}/transactions",
            Call::ListStores => "GET /api/v3/stores",
            Call::CreateStore => "POST /api/v3/stores",
            Call::ListConsents => "GET /api/v3/consents",
            Call::Loyalty(reading) => reading.name(),
            Call::Template(template) => template.name(),
            Call::Offer(using) => using.name(),
            Call::Points(points) => points.name(),
            Call::Trigger(trigger) => trigger.name(),
            Call::Order(order) => order.name(),
            Call::Bulk(bulk) => bulk.name(),
            Call::AnnounceOrder => "POST /api/v2/orders",
        }
    }

    /// The query parameters it knows.
    fn parameters(self) -> &'static [&'static str] {
        match self {
            Call::FindContact => &find_contact::PARAMETERS,
            Call::CreateContact => &["source", "storeExternalId", "createAsUnapproved"],
            Call::ListTransactions(_) => &["offset", "count"],
            Call::ListStores => &["includeInactive"],
            Call::Loyalty(reading) => reading.parameters(),
            Call::Template(template) => template.parameters(),
            Call::Points(points) => points.parameters(),
            Call::Order(order) => order.parameters(),
            Call::Bulk(bulk) => bulk.parameters(),
            Call::DeleteContact(_) => &["source"],
            Call::ChangeType(_) => &["contactTypeId"],
            Call::Overview => &overview::PARAMETERS,
            Call::ListChanges => &["changeType", "fromDate", "toDate"],
            Call::ReadContact(_)
            | Call::UpdateContact(_)
            | Call::PostReceipt
            | Call::CreateStore
            | Call::ListConsents
            | Call::Offer(_)
            | Call::Trigger(_)
            | Call::AnnounceOrder => &[],
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
    problems: Vec<Problem>,
}

impl Refusal {
    fn new(status: u16, code: &'static str, message: impl Into<String>) -> Refusal {
        Refusal { status, code, message: message.into(), details: None, problems: Vec::new() }
    }

    /// Failed validation, with every problem there is.
    fn invalid(status: u16, problems: Vec<Problem>) -> Refusal {
        Refusal { problems, ..Refusal::new(status, "ValidationError", "The request is not valid.") }
    }

    fn contact_not_found() -> Refusal {
        Refusal::new(404, "ContactNotFound", "The contact was not found.")
    }

    /// The key of a contact that exists (facts C-41, C-73).
    fn key_taken() -> Refusal {
        Refusal::new(409, "ApprovedContactWithKeyExists", "An approved contact with this key exists.")
    }

    /// The refusal of a body that cannot be a contact, as the switches say (facts C-45, C-46, C-72, C-73).
    fn of(world: &World, wrong: Wrong) -> Refusal {
        match wrong {
            Wrong::Malformed(kind) => match world.switches.bad_identifier_on_create {
                BadIdentifier::BadRequest => find_contact::malformed(kind),
                BadIdentifier::Unprocessable => {
                    Refusal::invalid(422, vec![Problem::of(kind.attribute(), "is not valid")])
                }
            },
            Wrong::Invalid(problems) => Refusal::invalid(422, problems),
            Wrong::KeyTaken(kind) => match world.switches.key_clash {
                KeyClash::Conflict => Refusal::key_taken(),
                KeyClash::Unprocessable => {
                    Refusal::invalid(422, vec![Problem::of(kind.attribute(), "belongs to another contact")])
                }
            },
        }
    }

    /// The answer of a refusal that is about no field.
    fn bare(self, number: u64) -> Answer {
        self.answer(number, ErrorField::Absent)
    }

    fn answer(self, number: u64, field: ErrorField) -> Answer {
        let mut body =
            json!({ "errorCode": self.code, "message": self.message, "requestId": request_id(number) });
        if let Some(details) = self.details {
            body["messageDetails"] = details;
        }
        if !self.problems.is_empty() {
            let described = |problem: Problem| match field {
                ErrorField::Absent => json!({ "errorDescription": problem.text }),
                ErrorField::Named => json!({ "field": problem.field, "errorDescription": problem.text }),
            };
            body["validationErrors"] = self.problems.into_iter().map(described).collect();
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
        Ok(()) => dispatch(world, call, &mut asked)
            .unwrap_or_else(|refusal| refusal.answer(moment.number, world.switches.error_field)),
        Err(answer) => answer,
    };
    for note in asked.notes {
        world.note(note, call.name(), moment.at, moment.number);
    }
    answer
}

/// The answer of a fault that was ordered.
pub(crate) fn faulty(status: u16, retry_after_seconds: Option<u32>, number: u64) -> Answer {
    let mut answer = Refusal::new(status, "SandboxFault", "This fault was ordered.").bare(number);
    answer.headers.extend(retry_after_seconds.map(|seconds| ("retry-after", seconds.to_string())));
    answer
}

fn not_done(request: &Request, moment: Moment) -> Answer {
    let message = format!("the sandbox does not do {} {} yet", request.method, request.path());
    Refusal::new(501, "NotImplemented", message).bare(moment.number)
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
        return Err(Refusal::new(401, "Unauthorized", "The API key is missing or wrong.").bare(number));
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
    let mut answer = Refusal::new(429, "TooManyRequests", "Too many requests.").bare(number);
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
        Call::UpdateContact(id) => update_contact::answer(world, asked, id),
        Call::DeleteContact(id) => delete_contact::answer(world, asked, id),
        Call::ChangeType(id) => change_type::answer(world, asked, id),
        Call::Overview => overview::answer(world, asked),
        Call::ListChanges => changes::answer(world, asked),
        Call::PostReceipt => post_receipt::answer(world, asked),
        Call::ListTransactions(id) => reading::transactions(world, asked, id),
        Call::ListStores => Ok(reading::stores(world, asked)),
        Call::CreateStore => reading::create_store(world, asked),
        Call::Loyalty(reading) => reading.answer(world, asked),
        Call::Template(template) => template.answer(world, asked),
        Call::Offer(using) => using.answer(world, asked),
        Call::Points(points) => points.answer(world, asked),
        Call::Trigger(trigger) => trigger.answer(world, asked),
        Call::Order(order) => order.answer(world, asked),
        Call::Bulk(bulk) => bulk.answer(world, asked),
        Call::AnnounceOrder => announce_order::answer(world, asked),
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
