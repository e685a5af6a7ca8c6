//! The calls: for each, its version, method and path, and how its answer is read. Pure.
//!
//! Invariants: every value in a query or path is percent-encoded (fact B-32); what a status means is
//! decided here and only here: any 2xx is a success (fact B-23), a redirect is none of Engage's, all
//! else is a refusal, except where a call's own documentation says that it is an answer. A query may
//! hold the most personal of data, such as a personal identity number, so no `Debug` shows one.
//!
//! It doesn't send anything; [`crate::Client`] does, or whoever carries the request.

mod bulk;
mod contact;
mod loyalty;
mod offers;
mod orders;
mod orders_v2;
mod points;
mod promotions;
mod receipt;
mod store;

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use crate::failure::{Failure, Refusal};
use crate::limits;
use crate::model::{Mismatch, Object, Page, Shape};

pub use bulk::{batch_status, create_contacts, update_contacts};
pub use contact::{
    ChangeKind, Created, Deleted, Find, FindBy, Found, Origin, change_contact_type, contact_changes,
    contact_overview, create_contact, delete_contact, find_contact, read_contact, update_contact,
};
pub use loyalty::{PromotionsAt, contact_promotions, point_accounts, purchase_summary};
pub use offers::{
    Assigned, VoucherList, assign, reactivate_voucher, redeem_assignment, redeem_voucher, vouchers,
};
pub use orders::{
    Accepted, ActionAnswer, JobState, change_order_delivery, change_order_status, create_order, delete_order,
    order_job, orders_at, orders_of, read_order, replace_order, trigger_order_action,
};
pub use orders_v2::announce_order;
pub use points::{add_points, point_transactions, trigger};
pub use promotions::{
    create_promotion, delete_promotion, promotion, promotion_by_external_id, update_promotion,
    update_validity,
};
pub use receipt::{contact_transactions, register_receipt};
pub use store::{consents, stores, stores_with_inactive};

/// What goes over the wire, whatever the wire is. The headers are the same for every request:
/// [`crate::headers`].
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Path and query, encoded, from the slash on.
    pub path_and_query: String,
    /// JSON, for calls that have a body.
    pub body: Option<Bytes>,
    /// Most bytes of a success's body that are read: [`limits::BODY_BYTES_MAX`] for nearly every call.
    pub answer_bytes_max: usize,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path_and_query.split('?').next().unwrap_or_default();
        let bytes = self.body.as_ref().map_or(0, Bytes::len);
        write!(f, "Request({} {path}, {bytes} bytes)", self.method)
    }
}

/// What came back, as far as a call needs it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// `Retry-After`, when there was one that could be read.
    pub retry_after: Option<Duration>,
    /// `Location`, as it stands: where a change's job is, or what a job has made.
    pub location: Option<String>,
    /// `ETag`, as it stands.
    pub entity_tag: Option<String>,
    /// The body, decompressed and bounded.
    pub body: Bytes,
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Response({}, {} bytes)", self.status, self.body.len())
    }
}

/// A request, and the way to read what comes back.
#[derive(Clone)]
pub struct Call<T> {
    /// What to send.
    pub request: Request,
    read: fn(&Response) -> Result<T, Failure>,
}

impl<T> Call<T> {
    /// Reads the answer to this call.
    ///
    /// # Errors
    /// [`Failure::Refused`] or [`Failure::Unreadable`]; never [`Failure::NoAnswer`].
    pub fn read(&self, response: &Response) -> Result<T, Failure> {
        (self.read)(response)
    }
}

impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Call").field(&self.request).finish()
    }
}

/// All but letters, digits and `-._~`. A raw `+` would be read as a space (fact B-32).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

fn encoded(value: &str) -> impl fmt::Display + '_ {
    utf8_percent_encode(value, ENCODED)
}

fn get(path: &str, query: &[(&str, &str)]) -> Request {
    request(Method::GET, path, query)
}

fn request(method: Method, path: &str, query: &[(&str, &str)]) -> Request {
    let answer_bytes_max = limits::BODY_BYTES_MAX;
    Request { method, path_and_query: with_query(path, query), body: None, answer_bytes_max }
}

fn with_body(request: Request, body: &impl Serialize) -> Request {
    let body =
        serde_json::to_vec(body).expect("the types that are sent have text keys and no failing values");
    Request { body: Some(body.into()), ..request }
}

fn with_query(path: &str, query: &[(&str, &str)]) -> String {
    let mut out = path.to_owned();
    for (index, (name, value)) in query.iter().enumerate() {
        let separator = if index == 0 { '?' } else { '&' };
        out.push_str(&format!("{separator}{name}={}", encoded(value)));
    }
    out
}

/// The body of a success.
fn succeeded(response: &Response) -> Result<&[u8], Failure> {
    match response.status {
        200..=299 => Ok(&response.body),
        300..=399 => Err(unreadable(response, "a redirect, which is not followed")),
        _ => Err(Refusal::read(response).into()),
    }
}

fn unreadable(response: &Response, what: impl Into<String>) -> Failure {
    Failure::Unreadable { status: response.status, what: what.into() }
}

fn json<'a>(response: &'a Response, what: &str) -> Result<Shape<'a>, Failure> {
    let body = succeeded(response)?;
    Shape::of_body(body).ok_or_else(|| unreadable(response, format!("not JSON, but {what} was expected")))
}

fn not(response: &Response, what: &str, fault: impl fmt::Display) -> Failure {
    unreadable(response, format!("not {what}: {fault}"))
}

fn object<T>(
    response: &Response,
    what: &str,
    read: fn(&Object<'_>) -> Result<T, Mismatch>,
) -> Result<T, Failure> {
    match json(response, what)? {
        Shape::Object(object) => read(&object).map_err(|mismatch| not(response, what, mismatch)),
        _ => Err(not(response, what, "no object")),
    }
}

/// Rows, answered as a bare list.
fn list<T>(
    response: &Response,
    what: &str,
    read: fn(&Object<'_>) -> Result<T, Mismatch>,
) -> Result<Vec<T>, Failure> {
    match json(response, what)? {
        Shape::List(rows) => {
            let page = Page::of_all(rows, read);
            page.map(|page| page.items).map_err(|mismatch| not(response, what, mismatch))
        }
        _ => Err(not(response, what, "no list")),
    }
}

/// Rows, answered as a page or as a bare list, which then is all of them.
fn page<T>(
    response: &Response,
    what: &str,
    read: fn(&Object<'_>) -> Result<T, Mismatch>,
) -> Result<Page<T>, Failure> {
    let page = match json(response, what)? {
        Shape::List(rows) => Page::of_all(rows, read),
        Shape::Object(object) => Page::read(&object, read),
        Shape::Null | Shape::Text(_) | Shape::Bare(_) => return Err(not(response, what, "no list")),
    };
    page.map_err(|mismatch| not(response, what, mismatch))
}

/// A success whose body doesn't matter, but for a web page: that is a proxy's or a sign-in's, and
/// Engage has seen nothing.
fn read_done(response: &Response) -> Result<(), Failure> {
    match succeeded(response)?.trim_ascii_start() {
        [b'<', ..] => Err(unreadable(response, "a web page")),
        _ => Ok(()),
    }
}
