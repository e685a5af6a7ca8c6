//! The calls: for each, its version, method and path, and how its answer is read. Pure.
//!
//! Invariants: every value in a query or path is percent-encoded (fact B-32); what a status means is
//! decided here and only here: any 2xx is a success (fact B-23), a redirect is never Engage's, all
//! else is a refusal, except where a call's own documentation says that it is an answer.
//!
//! It doesn't send anything; [`crate::Client`] does, or whoever carries the request.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use crate::failure::{Failure, Refusal};
use crate::model::{
    ConsentDefinition, Contact, ContactId, ContactType, Mismatch, NewContact, Object, Page, Receipt, Shape,
    Store, Text, Transaction, contact_id,
};

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
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path_and_query.split('?').next().unwrap_or_default();
        let bytes = self.body.as_ref().map_or(0, Bytes::len);
        write!(f, "Request({} {path}, {bytes} bytes)", self.method)
    }
}

/// What came back, as far as a call needs it.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// `Retry-After`, when there was one that could be read.
    pub retry_after: Option<Duration>,
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

/// Whom to look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Find {
    /// By which identifier.
    pub by: FindBy,
    /// Among contacts of which type; `None` leaves the choice to Engage.
    pub contact_type: Option<ContactType>,
}

/// An identifier to look a contact up by, already in the form that Engage keeps (facts C-09, C-19,
/// C-20, C-22). There is no `any` here: it stops at the first kind whose form fits, and so misses
/// member numbers that look like phone numbers (fact C-11).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FindBy {
    /// E-mail address.
    Email(Text),
    /// Mobile phone.
    MobilePhone(Text),
    /// Personal identity number.
    SocialSecurityNumber(Text),
    /// Member number or external id, whichever the tenant has set up (fact C-10).
    CustomKey(Text),
}

/// What a look-up found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// One contact.
    One(ContactId),
    /// None.
    None,
    /// Several. The list is empty where Engage didn't name them.
    Several(Vec<ContactId>),
}

/// Where a contact comes from; always sent (facts C-24, C-31).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// How it was created, such as `POS`.
    pub source: Text,
    /// The recruiting store.
    pub store_external_id: Text,
}

/// Finds a contact's id by one identifier.
///
/// Version 3, `GET /api/v3/contacts/id` (facts C-08, C-09: documented; its success C-12: seen).
///
/// A 404 is [`Found::None`] only when its body says so, by the code `ContactNotFound` (fact C-13) or,
/// without any code, by a message of these words. Any other 404 is a refusal: a wrong address or a
/// proxy's page must not pass for a person who isn't there.
pub fn find_contact(find: &Find) -> Call<Found> {
    let (name, value) = match &find.by {
        FindBy::Email(value) => ("email", value),
        FindBy::MobilePhone(value) => ("mobilePhone", value),
        FindBy::SocialSecurityNumber(value) => ("socialSecurityNumber", value),
        FindBy::CustomKey(value) => ("customKey", value),
    };
    let mut query = vec![(name, value.as_str())];
    if let Some(contact_type) = &find.contact_type {
        query.push(("contactType", contact_type.as_str()));
    }
    Call { request: get("/api/v3/contacts/id", &query), read: read_found }
}

/// Creates a contact. Look it up first: Engage asks for that (fact C-37).
///
/// Version 3, `POST /api/v3/contacts?source=…&storeExternalId=…` (facts C-23, C-24: documented; its
/// success C-38: seen). The id is read from an object or a bare string (fact C-42).
pub fn create_contact(contact: &NewContact, origin: &Origin) -> Call<ContactId> {
    let query = [("source", origin.source.as_str()), ("storeExternalId", origin.store_external_id.as_str())];
    Call { request: post("/api/v3/contacts", &query, contact), read: read_id }
}

/// Reads a contact.
///
/// Version 3, `GET /api/v3/contacts/{contactId}` (fact C-48: documented; its body C-39: seen).
pub fn read_contact(id: &ContactId) -> Call<Contact> {
    Call {
        request: get(&format!("/api/v3/contacts/{}", encoded(id.as_str())), &[]),
        read: |response| object(response, "a contact", Contact::read),
    }
}

/// Registers a receipt. Sending it again under the same id is safe (fact R-06).
///
/// Version 3, `POST /api/v3/receipts` (fact R-01: documented; its success R-14: unknown, so any 2xx
/// with any body counts, but for a web page: that is a proxy's or a sign-in's, and Engage has seen
/// nothing).
pub fn register_receipt(receipt: &Receipt) -> Call<()> {
    Call {
        request: post("/api/v3/receipts", &[], receipt),
        read: |response| match succeeded(response)?.trim_ascii_start() {
            [b'<', ..] => Err(unreadable(response, "a web page")),
            _ => Ok(()),
        },
    }
}

/// Lists the transactions that Engage has made of a contact's receipts.
///
/// Version 2, `GET /api/v2/contacts/{contactId}/transactions` (fact R-52: documented; its path in
/// version 3 is unknown, fact R-53).
pub fn contact_transactions(id: &ContactId, offset: u64, count: u32) -> Call<Page<Transaction>> {
    let path = format!("/api/v2/contacts/{}/transactions", encoded(id.as_str()));
    let (offset, count) = (offset.to_string(), count.to_string());
    Call {
        request: get(&path, &[("offset", &offset), ("count", &count)]),
        read: |response| object(response, "a page of transactions", |o| Page::read(o, Transaction::read)),
    }
}

/// Lists the stores in use.
///
/// Version 3, `GET /api/v3/stores` (facts S-01, S-03: documented).
pub fn stores() -> Call<Vec<Store>> {
    Call { request: get("/api/v3/stores", &[]), read: read_stores }
}

/// Lists all stores, those out of use too.
///
/// Version 3, `GET /api/v3/stores?includeInactive=true` (facts S-01, S-03: documented).
pub fn stores_with_inactive() -> Call<Vec<Store>> {
    Call { request: get("/api/v3/stores", &[("includeInactive", "true")]), read: read_stores }
}

/// Lists the consents that a person can be asked for.
///
/// Version 3, `GET /api/v3/consents` (fact S-10: documented).
pub fn consents() -> Call<Vec<ConsentDefinition>> {
    Call {
        request: get("/api/v3/consents", &[]),
        read: |response| list(response, "a list of consents", ConsentDefinition::read),
    }
}

/// All but letters, digits and `-._~`. A raw `+` would be read as a space (fact B-32).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

fn encoded(value: &str) -> impl fmt::Display + '_ {
    utf8_percent_encode(value, ENCODED)
}

fn get(path: &str, query: &[(&str, &str)]) -> Request {
    Request { method: Method::GET, path_and_query: with_query(path, query), body: None }
}

fn post(path: &str, query: &[(&str, &str)], body: &impl Serialize) -> Request {
    let body =
        serde_json::to_vec(body).expect("the types that are sent have text keys and no failing values");
    Request { method: Method::POST, path_and_query: with_query(path, query), body: Some(body.into()) }
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

fn object<T>(
    response: &Response,
    what: &str,
    read: fn(&Object<'_>) -> Result<T, Mismatch>,
) -> Result<T, Failure> {
    match json(response, what)? {
        Shape::Object(object) => {
            read(&object).map_err(|mismatch| unreadable(response, format!("not {what}: {mismatch}")))
        }
        _ => Err(unreadable(response, format!("not {what}: no object"))),
    }
}

fn list<T>(
    response: &Response,
    what: &str,
    read: fn(&Object<'_>) -> Result<T, Mismatch>,
) -> Result<Vec<T>, Failure> {
    let Shape::List(rows) = json(response, what)? else {
        return Err(unreadable(response, format!("not {what}: no list")));
    };
    let row = |raw| match Shape::of(raw) {
        Some(Shape::Object(object)) => read(&object).map_err(|mismatch| mismatch.to_string()),
        _ => Err("a row is no object".to_owned()),
    };
    let rows = rows.into_iter().map(row).collect::<Result<_, _>>();
    rows.map_err(|fault: String| unreadable(response, format!("not {what}: {fault}")))
}

fn read_stores(response: &Response) -> Result<Vec<Store>, Failure> {
    list(response, "a list of stores", Store::read)
}

fn read_id(response: &Response) -> Result<ContactId, Failure> {
    let id = match json(response, "a contact's id")? {
        Shape::Object(object) => contact_id(&object).ok(),
        Shape::Text(text) => ContactId::new(text).ok(),
        Shape::Null | Shape::Bare(_) | Shape::List(_) => None,
    };
    id.ok_or_else(|| unreadable(response, "no contact's id"))
}

fn read_found(response: &Response) -> Result<Found, Failure> {
    match response.status {
        404 | 409 => {}
        _ => return read_id(response).map(Found::One),
    }
    let refusal = Refusal::read(response);
    match response.status {
        404 if says_not_found(&refusal) => Ok(Found::None),
        409 if refusal.is("MultipleMatches") => Ok(Found::Several(refusal.matches)),
        _ => Err(refusal.into()),
    }
}

fn says_not_found(refusal: &Refusal) -> bool {
    let in_words = || {
        let message = refusal.message_hint.as_deref().unwrap_or_default();
        let letters = message.chars().filter(char::is_ascii_alphabetic).collect::<String>();
        letters.to_ascii_lowercase().contains("contactnotfound")
    };
    refusal.is("ContactNotFound") || refusal.code.is_none() && in_words()
}
