//! Calls about orders of version 3: changes, which Engage processes by and by, what has become of them, and actions.
//!
//! A change may be sent again, with its own answer lost or not: an order's id is the sender's, and saying the same of it
//! twice says it once, unless an action is embedded. An action may not be sent again: each triggers anew (fact O-49).

use http::Method;
use serde::Serialize;

use super::{
    Call, Response, encoded, get, not, object, read_done, request, succeeded, unreadable, with_body,
};
use crate::failure::{Failure, Refusal};
use crate::model::{
    ContactId, Delivery, JobLink, Mismatch, Object, Order, OrderAction, OrderPage, PageLink, Shape,
    StatusChange, StoredOrder, Text, leads_to_an_order, version_tag,
};

const PATH: &str = "/api/v3/orders";

/// A change that Engage has taken on, and not processed yet (fact O-06).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// Where its progress is read. Where the answer has no such link, the order itself must tell (fact O-08).
    pub job: Option<JobLink>,
}

/// How far a change is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobState {
    /// Not processed yet (fact O-11).
    Pending,
    /// Processed: the order is what the change made of it (fact O-09).
    Done,
    /// It can't be done, for these reasons (fact O-10).
    Failed(Box<Refusal>),
    /// There is no such job, or no more: the order itself must tell (fact O-12).
    Unknown,
}

/// What telling Engage to do something came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionAnswer {
    /// It is being done.
    Triggered,
    /// Nothing was triggered: the order isn't there, or its tag is another by now (facts O-47, O-48).
    NoOrderOrStale,
    /// Nothing was triggered: the order has no contact (facts O-47, O-48).
    NoContact,
}

/// Creates an order. What happens when there is one of this id is not known (fact O-41): the call may refuse with 409,
/// or its job fail, or it be replaced.
///
/// Version 3, `POST /api/v3/orders` (facts O-04, O-05: documented; its answer O-07: documented, contradiction; O-08:
/// unknown).
pub fn create_order(order: &Order) -> Call<Accepted> {
    Call { request: with_body(request(Method::POST, PATH, &[]), order), read: read_accepted }
}

/// Replaces an order, wholly. `None` when there is none to replace (fact O-42).
///
/// Version 3, `PUT /api/v3/orders/{orderId}` (facts O-04, O-05: documented; its answer as that of [`create_order`]).
pub fn replace_order(order: &Order) -> Call<Option<Accepted>> {
    let request = request(Method::PUT, &path(&order.order_id), &[]);
    Call { request: with_body(request, order), read: read_accepted_or_none }
}

/// Deletes an order. `None` when there is none.
///
/// Version 3, `DELETE /api/v3/orders/{orderId}` (fact O-04: documented; its answer as that of [`create_order`]).
pub fn delete_order(id: &Text) -> Call<Option<Accepted>> {
    Call { request: request(Method::DELETE, &path(id), &[]), read: read_accepted_or_none }
}

/// Changes how far an order is, and leaves the rest of it alone. `None` when there is none.
///
/// Version 3, `POST /api/v3/orders/{orderId}/change-status` (fact O-53: documented; body and answer O-54: unknown).
pub fn change_order_status(id: &Text, change: &StatusChange) -> Call<Option<Accepted>> {
    let path = format!("{}/change-status", path(id));
    Call { request: with_body(request(Method::POST, &path, &[]), change), read: read_accepted_or_none }
}

/// Changes what is given of how an order reaches the customer, and leaves the rest of it alone. `None` when there is
/// none.
///
/// Version 3, `POST /api/v3/orders/{orderId}/change-delivery` (fact O-53: documented; body and answer O-54: unknown).
pub fn change_order_delivery(id: &Text, change: &Delivery) -> Call<Option<Accepted>> {
    let path = format!("{}/change-delivery", path(id));
    Call { request: with_body(request(Method::POST, &path, &[]), change), read: read_accepted_or_none }
}

/// Asks how far a change is.
///
/// Version 3, `GET /api/v3/orders/jobs/{jobId}` (facts O-04, O-09: documented; its other answers O-10 to O-13: unknown).
///
/// Only a redirect to an order means that it is done: one that leads elsewhere is a proxy's or a sign-in's.
pub fn order_job(job: &JobLink) -> Call<JobState> {
    Call { request: get(job.as_str(), &[]), read: read_job }
}

/// Reads an order, as it is now. `None` when there is none, or when it isn't that contact's.
///
/// Version 3, `GET /api/v3/orders/{orderId}?contactId=…` (fact O-15: documented; its answer O-16: unknown).
pub fn read_order(id: &Text, contact: Option<&ContactId>) -> Call<Option<StoredOrder>> {
    let query = contact.map(|contact| ("contactId", contact.as_str()));
    Call { request: get(&path(id), query.as_slice()), read: read_one_or_none }
}

/// Lists a contact's orders.
///
/// Version 3, `GET /api/v3/orders?contactId=…&offset=…&count=…` (fact O-17: documented; the names O-18: unknown).
pub fn orders_of(contact: &ContactId, offset: u64, count: u32) -> Call<OrderPage> {
    let (offset, count) = (offset.to_string(), count.to_string());
    let query = [("contactId", contact.as_str()), ("offset", &offset), ("count", &count)];
    Call { request: get(PATH, &query), read: read_page }
}

/// Lists the orders that a page's link leads to (fact O-17).
pub fn orders_at(link: &PageLink) -> Call<OrderPage> {
    Call { request: get(link.as_str(), &[]), read: read_page }
}

/// Tells Engage to do something with an order as it was when it had this tag. Never to be repeated once it may have
/// arrived: whether a second one does it again is not known (fact O-49).
///
/// Version 3, `POST /api/v3/orders/{orderId}/action` (facts O-45, O-47: documented).
pub fn trigger_order_action(id: &Text, action: &OrderAction, version_tag: &Text) -> Call<ActionAnswer> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Body<'a> {
        version_tag: &'a Text,
        #[serde(flatten)]
        action: &'a OrderAction,
    }
    let request = request(Method::POST, &format!("{}/action", path(id)), &[]);
    Call { request: with_body(request, &Body { version_tag, action }), read: read_action }
}

fn path(id: &Text) -> String {
    format!("{PATH}/{}", encoded(id.as_str()))
}

/// A 404 that speaks of what was asked for. In what form Engage says so of orders is not known (fact O-60), so any
/// counts but a web page, which is a proxy's. An address that is wrong passes for an order that isn't there; whatever
/// follows goes to the same address, which then refuses it.
fn is_not_there(response: &Response) -> bool {
    response.status == 404 && !response.body.trim_ascii_start().starts_with(b"<")
}

fn read_accepted(response: &Response) -> Result<Accepted, Failure> {
    read_done(response)?;
    let header = response.location.as_deref().and_then(JobLink::of);
    Ok(Accepted { job: header.or_else(|| job_in(&response.body)) })
}

/// The link in a body that may be anything: without one, the order itself is read.
fn job_in(body: &[u8]) -> Option<JobLink> {
    let Some(Shape::Object(body)) = Shape::of_body(body) else { return None };
    let id = || body.text("jobId").and_then(|id| JobLink::of_id(encoded(id.as_str())));
    body.text("link").and_then(|link| JobLink::of(link.as_str())).or_else(id)
}

fn read_accepted_or_none(response: &Response) -> Result<Option<Accepted>, Failure> {
    if is_not_there(response) { Ok(None) } else { read_accepted(response).map(Some) }
}

fn read_job(response: &Response) -> Result<JobState, Failure> {
    let body = match Shape::of_body(&response.body) {
        Some(Shape::Object(body)) => Some(body),
        _ => None,
    };
    let says_failed = |body: &Object<'_>| {
        body.text("status").is_some_and(|status| status.as_str().eq_ignore_ascii_case("failed"))
    };
    if body.as_ref().is_some_and(says_failed) {
        return Ok(JobState::Failed(Box::new(Refusal::read(response))));
    }
    match response.status {
        302 if response.location.as_deref().is_some_and(leads_to_an_order) => Ok(JobState::Done),
        400 | 409 | 422 => {
            let refusal = Refusal::read(response);
            // Without a code it may be somebody else's no to the question, not Engage's to the change.
            if refusal.code.is_some() { Ok(JobState::Failed(Box::new(refusal))) } else { Err(refusal.into()) }
        }
        _ if is_not_there(response) => Ok(JobState::Unknown),
        _ => {
            let empty = succeeded(response)?.trim_ascii().is_empty();
            if empty || body.is_some() {
                Ok(JobState::Pending)
            } else {
                Err(unreadable(response, "not a job"))
            }
        }
    }
}

fn read_one_or_none(response: &Response) -> Result<Option<StoredOrder>, Failure> {
    if is_not_there(response) {
        return Ok(None);
    }
    let mut order = object(response, "an order", StoredOrder::read)?;
    if order.version_tag.is_none() {
        let tag = response.entity_tag.as_deref().and_then(opaque).map(version_tag).transpose();
        order.version_tag = tag.map_err(|mismatch: Mismatch| not(response, "an order", mismatch))?;
    }
    Ok(Some(order))
}

/// What an entity tag holds within its quotation marks.
fn opaque(tag: &str) -> Option<Text> {
    let tag = tag.trim();
    let tag = tag.strip_prefix("W/").unwrap_or(tag);
    Text::new(tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).unwrap_or(tag))
}

fn read_page(response: &Response) -> Result<OrderPage, Failure> {
    object(response, "a page of orders", OrderPage::read)
}

fn read_action(response: &Response) -> Result<ActionAnswer, Failure> {
    match response.status {
        _ if is_not_there(response) => Ok(ActionAnswer::NoOrderOrStale),
        422 if Shape::of_body(&response.body).is_some() || response.body.trim_ascii().is_empty() => {
            Ok(ActionAnswer::NoContact)
        }
        _ => read_done(response).map(|()| ActionAnswer::Triggered),
    }
}
