//! Calls about many contacts at once. The work is done later, and its end is asked for.

use http::Method;

use super::{Call, Response, get, json, object, request, unreadable, with_body};
use crate::failure::Failure;
use crate::limits;
use crate::model::{BatchStatus, ContactType, FlatContact, Shape, Text};

/// Creates contacts, at most [`limits::BULK_CONTACTS_MAX`] of them. Each must hold the tenant's key; one whose
/// key exists is a fault of its own and harms no other (fact M-30).
///
/// Version 3, `POST /api/v3/contacts/bulk?contactType=…` (fact M-28: documented; its status unknown, so any
/// 2xx with a batch's id counts).
pub fn create_contacts(contacts: &[FlatContact], contact_type: &ContactType) -> Call<Text> {
    bulk(Method::POST, contacts, contact_type)
}

/// Changes contacts, at most [`limits::BULK_CONTACTS_MAX`] of them. Each must hold the tenant's key.
///
/// Version 3, `PATCH /api/v3/contacts/bulk?contactType=…` (fact M-28: documented).
pub fn update_contacts(contacts: &[FlatContact], contact_type: &ContactType) -> Call<Text> {
    bulk(Method::PATCH, contacts, contact_type)
}

/// Asks how a batch is.
///
/// Version 2, `GET /api/v2/contacts/bulk/status?batchId=…` (fact M-29: it exists; its shape is unknown).
pub fn batch_status(id: &Text) -> Call<BatchStatus> {
    Call {
        request: get("/api/v2/contacts/bulk/status", &[("batchId", id.as_str())]),
        read: |response| object(response, "a batch's status", BatchStatus::read),
    }
}

fn bulk(method: Method, contacts: &[FlatContact], contact_type: &ContactType) -> Call<Text> {
    debug_assert!(contacts.len() <= limits::BULK_CONTACTS_MAX, "Engage refuses larger batches");
    let query = [("contactType", contact_type.as_str())];
    Call {
        request: with_body(request(method, "/api/v3/contacts/bulk", &query), &contacts),
        read: read_batch_id,
    }
}

/// A bare string; an object with the id is taken too.
fn read_batch_id(response: &Response) -> Result<Text, Failure> {
    let id = match json(response, "a batch's id")? {
        Shape::Text(text) => Text::new(text),
        Shape::Bare(number) => Text::new(number),
        Shape::Object(object) => object.text("batchId"),
        Shape::Null | Shape::List(_) => None,
    };
    let id = id.filter(|id| id.as_str().len() <= limits::BATCH_ID_BYTES_MAX);
    id.ok_or_else(|| unreadable(response, "no batch's id"))
}
