//! Calls about contacts: finding, creating, reading, changing and deleting them.

use http::Method;
use jiff::civil::DateTime;

use super::{
    Call, Response, encoded, get, json, object, read_done, request, succeeded, unreadable, with_body,
};
use crate::failure::{Failure, Refusal};
use crate::limits;
use crate::model::{
    Contact, ContactId, ContactIds, ContactPatch, ContactType, NewContact, Shape, Text, contact_id,
};

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

/// What a creation came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Created {
    /// The contact is new (fact C-38).
    New(ContactId),
    /// This is the contact: by any other status than 201 it may be one that existed before (fact C-42).
    NewOrNot(ContactId),
}

/// What a deletion came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deleted {
    /// The contact is gone now.
    Now,
    /// It was gone already, or never was.
    Already,
}

/// What happened to the contacts that the change feed is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// They were created.
    Created,
    /// They were changed.
    Updated,
    /// They were deleted.
    Deleted,
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
pub fn create_contact(contact: &NewContact, origin: &Origin) -> Call<Created> {
    let query = [("source", origin.source.as_str()), ("storeExternalId", origin.store_external_id.as_str())];
    let request = with_body(request(Method::POST, "/api/v3/contacts", &query), contact);
    Call { request, read: read_created }
}

/// Reads a contact, exactly as it is now.
///
/// Version 3, `GET /api/v3/contacts/{contactId}` (fact C-48: documented; its body C-39: seen).
pub fn read_contact(id: &ContactId) -> Call<Contact> {
    Call { request: get(&path(id), &[]), read: read_one }
}

/// Reads a contact as the overview has it: with more attributes than the contact itself, and perhaps
/// out of date (facts C-64, C-65).
///
/// Version 3, `GET /api/v3/contactoverview?contactId=…` (fact C-63: documented; its body C-67: seen).
pub fn contact_overview(id: &ContactId) -> Call<Contact> {
    Call { request: get("/api/v3/contactoverview", &[("contactId", id.as_str())]), read: read_one }
}

/// Changes what a patch names, and leaves the rest alone. Sending it twice does what sending it once
/// does (fact C-74), unless somebody else has written in between.
///
/// Version 3, `PATCH /api/v3/contacts/{contactId}` (facts C-50, C-51: documented; its success C-69:
/// unknown, so any 2xx counts, but for a web page).
pub fn update_contact(id: &ContactId, patch: &ContactPatch) -> Call<()> {
    Call { request: with_body(request(Method::PATCH, &path(id), &[]), patch), read: read_done }
}

/// Gives a contact another type, which fails while data is missing that the type makes mandatory
/// (fact C-54).
///
/// Version 3, `POST /api/v3/contacts/{contactId}/updateContactType?contactTypeId=…` without a body
/// (fact C-53: documented; its success C-77: documented for version 2, any 2xx counts, but for a web
/// page).
pub fn change_contact_type(id: &ContactId, to: &ContactType) -> Call<()> {
    let path = format!("{}/updateContactType", path(id));
    Call { request: request(Method::POST, &path, &[("contactTypeId", to.as_str())]), read: read_done }
}

/// Deletes a contact. It is gone at once, and for seven days it can be brought back in Engage's own
/// pages (facts C-57, C-79, C-80).
///
/// Version 3, `DELETE /api/v3/contacts/{contactId}?source=…` (fact C-56: documented).
///
/// Only a 404 that says so means that the contact is gone already, as with [`find_contact`]: a
/// person is not to be told that data is gone because an address was wrong.
pub fn delete_contact(id: &ContactId, source: &Text) -> Call<Deleted> {
    let query = [("source", source.as_str())];
    Call { request: request(Method::DELETE, &path(id), &query), read: read_deleted }
}

/// Lists the contacts to which something happened between two times, the second being now when it
/// is left out. The times have no zone, and which one Engage means is not known (fact C-86); what is
/// below a millisecond is cut off.
///
/// Version 3, `GET /api/v3/contacts/changes?changeType=…&fromDate=…&toDate=…` (fact C-82: documented).
/// More than [`limits::CHANGES_MAX`] contacts are refused with 400: ask for a shorter time then (fact
/// C-83). A tenant for which Voyado hasn't switched it on refuses as well (facts C-84, C-85).
pub fn contact_changes(kind: ChangeKind, from: DateTime, to: Option<DateTime>) -> Call<Vec<ContactId>> {
    let kind = match kind {
        ChangeKind::Created => "Created",
        ChangeKind::Updated => "Updated",
        ChangeKind::Deleted => "Deleted",
    };
    let time = |time: DateTime| time.strftime("%Y-%m-%d %H:%M:%S.%3f").to_string();
    let (from, to) = (time(from), to.map(time));
    let mut query = vec![("changeType", kind), ("fromDate", &from)];
    query.extend(to.iter().map(|to| ("toDate", to.as_str())));
    let request = get("/api/v3/contacts/changes", &query);
    let request = super::Request { answer_bytes_max: limits::CHANGES_BYTES_MAX, ..request };
    Call { request, read: read_changes }
}

fn path(id: &ContactId) -> String {
    format!("/api/v3/contacts/{}", encoded(id.as_str()))
}

fn read_one(response: &Response) -> Result<Contact, Failure> {
    object(response, "a contact", Contact::read)
}

fn read_deleted(response: &Response) -> Result<Deleted, Failure> {
    if response.status != 404 {
        return read_done(response).map(|()| Deleted::Now);
    }
    let refusal = Refusal::read(response);
    if says_not_found(&refusal) { Ok(Deleted::Already) } else { Err(refusal.into()) }
}

fn read_changes(response: &Response) -> Result<Vec<ContactId>, Failure> {
    let ids = ContactIds::of_body(succeeded(response)?);
    ids.map(|ids| ids.0).ok_or_else(|| unreadable(response, "no list of contacts' ids"))
}

fn read_id(response: &Response) -> Result<ContactId, Failure> {
    let id = match json(response, "a contact's id")? {
        Shape::Object(object) => contact_id(&object).ok(),
        Shape::Text(text) => ContactId::new(text).ok(),
        Shape::Null | Shape::Bare(_) | Shape::List(_) => None,
    };
    id.ok_or_else(|| unreadable(response, "no contact's id"))
}

fn read_created(response: &Response) -> Result<Created, Failure> {
    let id = read_id(response)?;
    Ok(if response.status == 201 { Created::New(id) } else { Created::NewOrNot(id) })
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
