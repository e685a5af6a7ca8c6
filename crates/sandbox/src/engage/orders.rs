//! Orders of version 3: what is checked when a change is asked for, what a job answers, what is read, and actions.
//!
//! A change that is well-formed is accepted and becomes a job; whether it can be made shows when that is processed
//! (facts O-06, O-14).

use percent_encoding::utf8_percent_encode;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::query::{SEGMENT, decoded};
use super::{Asked, Moment, Refusal, loyalty, object, reading, request_id};
use crate::effect::Answer;
use crate::fields::{self, Field};
use crate::findings::{Note, Rule};
use crate::lint;
use crate::orders::actions::{self, About, Wanted};
use crate::orders::jobs::{self, Job, State, Wish};
use crate::orders::{self, Order};
use crate::profile::Problem;
use crate::switches::{
    OrderAnswer, OrderJobFailed, OrderJobLink, OrderJobPending, OrderPostExisting, OrderPutMissing,
    OrderVersionTag,
};
use crate::world::World;

/// Where orders are.
const PATH: &str = "/api/v3/orders";
/// How many orders a page has when nothing is said (fact O-17).
const PAGE_DEFAULT: usize = 10;
/// How many it has at most; Engage's own bound is not known.
const PAGE_MAX: usize = 100;
/// The longest id an order may have, in characters (fact O-23).
const ORDER_ID_MAX: usize = 255;

/// A call about orders (fact O-04). Ids are as the path has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call<'a> {
    List,
    Create,
    Job(&'a str),
    Read(&'a str),
    Replace(&'a str),
    Delete(&'a str),
    Act(&'a str),
    ChangeStatus(&'a str),
    ChangeDelivery(&'a str),
}

impl<'a> Call<'a> {
    pub(super) fn of(method: &str, segments: &[&'a str]) -> Option<Call<'a>> {
        let ["v3", "orders", rest @ ..] = segments else { return None };
        Some(match (method, rest) {
            ("GET", []) => Call::List,
            ("POST", []) => Call::Create,
            ("GET", ["jobs", id]) => Call::Job(id),
            ("GET", [id]) => Call::Read(id),
            ("PUT", [id]) => Call::Replace(id),
            ("DELETE", [id]) => Call::Delete(id),
            ("POST", [id, "action"]) => Call::Act(id),
            ("POST", [id, "change-status"]) => Call::ChangeStatus(id),
            ("POST", [id, "change-delivery"]) => Call::ChangeDelivery(id),
            _ => return None,
        })
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Call::List => "GET /api/v3/orders",
            Call::Create => "POST /api/v3/orders",
            Call::Job(_) => "GET /api/v3/orders/jobs/{jobId}",
            Call::Read(_) => "GET /api/v3/orders/{orderId}",
            Call::Replace(_) => "PUT /api/v3/orders/{orderId}",
            Call::Delete(_) => "DELETE /api/v3/orders/{orderId}",
            Call::Act(_) => "POST /api/v3/orders/{orderId}/action",
            Call::ChangeStatus(_) => "POST /api/v3/orders/{orderId}/change-status",
            Call::ChangeDelivery(_) => "POST /api/v3/orders/{orderId}/change-delivery",
        }
    }

    pub(super) fn parameters(self) -> &'static [&'static str] {
        match self {
            Call::List => &["contactId", "offset", "count"],
            Call::Read(_) => &["contactId"],
            Call::Create
            | Call::Job(_)
            | Call::Replace(_)
            | Call::Delete(_)
            | Call::Act(_)
            | Call::ChangeStatus(_)
            | Call::ChangeDelivery(_) => &[],
        }
    }

    pub(super) fn answer(self, world: &mut World, asked: &mut Asked<'_>) -> Result<Answer, Refusal> {
        match self {
            Call::List => list(world, asked),
            Call::Create => create(world, asked),
            Call::Job(id) => job(world, asked, id),
            Call::Read(id) => read(world, asked, &decoded(id)),
            Call::Replace(id) => replace(world, asked, decoded(id)),
            Call::Delete(id) => delete(world, asked, decoded(id)),
            Call::Act(id) => act(world, asked, &decoded(id)),
            Call::ChangeStatus(id) => change(world, asked, decoded(id), Part::Status),
            Call::ChangeDelivery(id) => change(world, asked, decoded(id), Part::Delivery),
        }
    }
}

fn order_not_found() -> Refusal {
    Refusal::new(404, "OrderNotFound", "The order was not found.")
}

/// A body that its table finds complete.
fn complete(asked: &mut Asked<'_>, table: &'static [Field]) -> Result<Map<String, Value>, Refusal> {
    let body = object(asked)?;
    let troubles = fields::inspect(&body, table, &[]);
    asked.notes.extend(lint::troubles(&troubles));
    let problems: Vec<Problem> = troubles.iter().filter(|one| one.refuses()).map(Problem::from).collect();
    if problems.is_empty() { Ok(body) } else { Err(Refusal::invalid(400, problems)) }
}

/// An order as it was sent: what Engage knows of it, and the action that came with it.
struct Sent {
    order_id: String,
    body: Map<String, Value>,
    action: Option<Wanted>,
}

fn order(asked: &mut Asked<'_>) -> Result<Sent, Refusal> {
    let body = complete(asked, fields::ORDER)?;
    asked.notes.extend(orders::lint::order(&body));
    let order_id = body.get("orderId").and_then(fields::text).unwrap_or_default();
    if order_id.chars().count() > ORDER_ID_MAX {
        let problem = Problem::of("orderId", "is longer than 255 characters");
        return Err(Refusal::invalid(400, vec![problem]));
    }
    let (body, action) = without_action(fields::known(&body, fields::ORDER))?;
    Ok(Sent { order_id, body, action })
}

/// Takes the embedded action out (fact O-51).
fn without_action(mut body: Map<String, Value>) -> Result<(Map<String, Value>, Option<Wanted>), Refusal> {
    let Some(Value::Object(embedded)) = body.remove("orderAction") else { return Ok((body, None)) };
    match Wanted::read(&embedded) {
        Some(wanted) => Ok((body, Some(wanted))),
        None => Err(Refusal::invalid(400, vec![Problem::of("orderAction.action", "is required but blank")])),
    }
}

fn create(world: &mut World, asked: &mut Asked<'_>) -> Result<Answer, Refusal> {
    let Sent { order_id, body, action } = order(asked)?;
    let is_there = || world.orders.get(&order_id).is_some() || world.orders.is_being_created(&order_id);
    if world.switches.order_post_existing == OrderPostExisting::Conflict409 && is_there() {
        return Err(Refusal::new(409, "OrderAlreadyExists", "An order with this id exists."));
    }
    Ok(accept(world, asked, order_id, Wish::Create { body, action }))
}

fn replace(world: &mut World, asked: &mut Asked<'_>, order_id: String) -> Result<Answer, Refusal> {
    let Sent { order_id: in_body, body, action } = order(asked)?;
    if in_body != order_id {
        return Err(Refusal::invalid(400, vec![Problem::of("orderId", "is not the order's of the path")]));
    }
    if world.orders.get(&order_id).is_none()
        && world.switches.order_put_missing == OrderPutMissing::NotFound404
    {
        return Err(order_not_found());
    }
    Ok(accept(world, asked, order_id, Wish::Replace { body, action }))
}

fn delete(world: &mut World, asked: &mut Asked<'_>, order_id: String) -> Result<Answer, Refusal> {
    world.orders.get(&order_id).ok_or_else(order_not_found)?;
    Ok(accept(world, asked, order_id, Wish::Delete))
}

/// What of an order is changed by a call of its own (facts O-53, O-54).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Status,
    Delivery,
}

fn change(world: &mut World, asked: &mut Asked<'_>, order_id: String, part: Part) -> Result<Answer, Refusal> {
    let table = match part {
        Part::Status => fields::ORDER_STATUS,
        Part::Delivery => fields::ORDER_DELIVERY,
    };
    let body = complete(asked, table)?;
    world.orders.get(&order_id).ok_or_else(order_not_found)?;
    let (mut members, action) = without_action(fields::known(&body, table))?;
    if members.is_empty() {
        return Err(Refusal::invalid(400, vec![Problem::of("the body", "changes nothing")]));
    }
    if part == Part::Delivery {
        members = Map::from_iter([("delivery".to_owned(), Value::Object(members))]);
    }
    Ok(accept(world, asked, order_id, Wish::Change { members, action }))
}

/// Accepts a change: a job, and a link to it (facts O-06 to O-08).
fn accept(world: &mut World, asked: &mut Asked<'_>, order_id: String, wish: Wish) -> Answer {
    if world.orders.is_unlooked_at(&order_id) {
        asked.notes.push(Note::of(Rule::JobNotPolled));
    }
    let Moment { at, number, .. } = asked.moment;
    let id = jobs::accept(world, order_id, wish, number, at);
    let link = format!("{PATH}/jobs/{id}");
    let status = match world.switches.order_answer {
        OrderAnswer::Accepted => 202,
        OrderAnswer::Created => 201,
    };
    let mut answer = match world.switches.order_job_link {
        OrderJobLink::HeaderAndBody | OrderJobLink::Body => {
            Answer::json(status, &json!({ "jobId": id, "link": link }))
        }
        OrderJobLink::Header => Answer::empty(status),
    };
    if world.switches.order_job_link != OrderJobLink::Body {
        answer.headers.push(("location", link));
    }
    answer
}

/// How a job is (facts O-09 to O-13).
fn job(world: &mut World, asked: &Asked<'_>, id: &str) -> Result<Answer, Refusal> {
    let job = Uuid::try_parse(id).ok().and_then(|id| world.orders.job(id)).cloned();
    let job = job.ok_or_else(|| Refusal::new(404, "OrderJobNotFound", "The job was not found."))?;
    world.orders.look_at(&job.order_id);
    Ok(match &job.state {
        _ if job.is_told_done() => {
            let order_id = utf8_percent_encode(&job.order_id, SEGMENT);
            Answer { headers: vec![("location", format!("{PATH}/{order_id}"))], ..Answer::empty(302) }
        }
        State::Failed { code, message, .. } => failed(world, asked, &job, code, message),
        State::Pending { .. } | State::Stuck | State::Done { .. } => {
            let status = match world.switches.order_job_pending {
                OrderJobPending::Ok => 200,
                OrderJobPending::Accepted => 202,
            };
            Answer::json(status, &json!({ "jobId": job.id, "status": "Pending" }))
        }
    })
}

fn failed(world: &World, asked: &Asked<'_>, job: &Job, code: &str, message: &str) -> Answer {
    let status = match world.switches.order_job_failed {
        OrderJobFailed::Unprocessable => 422,
        OrderJobFailed::Ok => 200,
    };
    let body = json!({
        "jobId": job.id,
        "status": "Failed",
        "errorCode": code,
        "message": message,
        "requestId": request_id(asked.moment.number),
    });
    Answer::json(status, &body)
}

/// An order, if it is there, and that contact's if one is named (facts O-15, O-16).
fn read(world: &mut World, asked: &Asked<'_>, order_id: &str) -> Result<Answer, Refusal> {
    world.orders.look_at(order_id);
    let order = world.orders.get(order_id).ok_or_else(order_not_found)?;
    if let Some(contact) = asked.query.filled("contactId") {
        let contact = Uuid::try_parse(contact)
            .map_err(|_| Refusal::new(400, "InvalidContactId", "The contact id is not valid."))?;
        if order.contact != Some(contact) {
            return Err(order_not_found());
        }
    }
    let mut answer = Answer::json(200, &Value::Object(answered(world, order)));
    if world.switches.order_version_tag == OrderVersionTag::Etag {
        answer.headers.push(("etag", format!("\"{}\"", order.version_tag)));
    }
    Ok(answer)
}

fn answered(world: &World, order: &Order) -> Map<String, Value> {
    let mut answer = order.answered();
    if world.switches.order_version_tag == OrderVersionTag::Body {
        answer.insert("versionTag".to_owned(), Value::from(order.version_tag.as_str()));
    }
    answer
}

/// A contact's orders, the newest first, with links to the pages before and behind (facts O-17, O-18).
fn list(world: &World, asked: &Asked<'_>) -> Result<Answer, Refusal> {
    let id = asked.query.filled("contactId").unwrap_or_default();
    let holder = loyalty::holder(world, asked, id)?.map(|contact| contact.id);
    let (offset, count) = reading::page_of(asked, PAGE_DEFAULT, PAGE_MAX)?;
    let mine = holder.into_iter().flat_map(|contact| world.orders.of(contact).rev());
    let total = mine.clone().count();
    let items: Vec<Value> =
        mine.skip(offset).take(count).map(|order| Value::Object(answered(world, order))).collect();
    let link = |rel: &str, offset: usize| json!({ "rel": rel, "href": format!("{PATH}?contactId={id}&offset={offset}&count={count}") });
    let end = offset.saturating_add(items.len());
    let next = (end < total && !items.is_empty()).then(|| link("next", end));
    let previous = (offset > 0).then(|| link("previous", offset.saturating_sub(count)));
    let links: Vec<Value> = next.into_iter().chain(previous).collect();
    let page = json!({
        "items": items,
        "totalCount": total,
        "offset": offset,
        "count": items.len(),
        "links": links,
    });
    Ok(Answer::json(200, &page))
}

/// An action on an order as it is stored (facts O-45, O-47).
fn act(world: &mut World, asked: &mut Asked<'_>, order_id: &str) -> Result<Answer, Refusal> {
    let body = complete(asked, fields::ORDER_ACTION)?;
    let tag = body.get("versionTag").and_then(fields::text).unwrap_or_default();
    let (Some(wanted), false) = (Wanted::read(&body), tag.trim().is_empty()) else {
        let problem = Problem::of("action and versionTag", "are required but blank");
        return Err(Refusal::invalid(400, vec![problem]));
    };
    let order = world.orders.get(order_id).ok_or_else(order_not_found)?;
    if world.orders.is_unlooked_at(order_id) {
        asked.notes.push(Note::of(Rule::JobNotPolled));
    }
    if order.version_tag != tag {
        asked.notes.push(Note::at(Rule::StaleTag, "versionTag"));
        return Err(Refusal::new(404, "OrderNotFound", "The versionTag does not match the order."));
    }
    let Some(contact) = order.contact else {
        return Err(Refusal::new(422, "OrderHasNoContact", "The order has no contact."));
    };
    asked.notes.extend(actions::repeated(world, order_id, &wanted.action));
    let about = About {
        order_id: order_id.to_owned(),
        contact,
        version_tag: Some(tag),
        order: Value::Object(order.answered()),
    };
    let Moment { at, number, .. } = asked.moment;
    actions::trigger(world, about, wanted, number, at);
    Ok(Answer::empty(202))
}
