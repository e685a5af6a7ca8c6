//! Taking in what a till said, once.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::{Group, contacts, deliveries, edges, note};
use crate::columns::Micros;
use crate::command::{Accept, Accepted, Filed, NewDelivery, OnConflict, Role, Start};
use crate::lifecycle::Progress;
use crate::reader::contacts::by_key;
use crate::rows::{ContactKey, ContactState, ContentHash, DeliveryId, DocumentId};

/// Other contents that are kept of one identity: enough for every honest mistake, too few to fill a disk.
const CONFLICTS_KEPT: i64 = 100;

/// A document that is there, as far as a repetition needs it.
struct Known {
    id: DocumentId,
    content: ContentHash,
    corrected: Option<ContentHash>,
    contact: Option<ContactKey>,
    delivery: Option<DeliveryId>,
}

/// What becomes of the delivery that a document owes.
enum Placed<'a> {
    /// It is its own.
    Own(&'a NewDelivery),
    /// Another document's delivery does the same.
    ServedBy(DeliveryId),
    /// Nothing is owed.
    Nothing,
}

pub(super) fn accept(group: &mut Group<'_>, accept: &Accept) -> rusqlite::Result<Accepted> {
    if let Some(first) = find(group, accept.kind, &accept.key)? {
        let same = first.content == accept.content || first.corrected == Some(accept.content);
        return match (same, accept.on_conflict) {
            (true, _) => Ok(Accepted::Repeated(filed(group, &first)?)),
            (false, OnConflict::Refuse) => Ok(Accepted::Conflict { first: first.id, kept: None }),
            (false, OnConflict::KeepForAttention) => keep_beside(group, accept, first.id),
        };
    }
    let contact = contacts::resolve(group, &accept.contact, &accept.new_contact_id)?;
    let filed = match place(accept.delivery.as_ref(), contact.as_ref()) {
        Placed::Own(delivery) => {
            let document = insert(group, accept, &accept.key, contact.as_ref(), Beside::Nothing)?;
            owe(group, document, delivery, contact, accept.at)?
        }
        Placed::ServedBy(serving) => {
            let document = insert(group, accept, &accept.key, contact.as_ref(), Beside::ServedBy(serving))?;
            deliveries::expiring(group.db, accept.at, document)?;
            Filed { document, delivery: Some(serving), contact }
        }
        Placed::Nothing => {
            let document = insert(group, accept, &accept.key, contact.as_ref(), Beside::Nothing)?;
            deliveries::expiring(group.db, accept.at, document)?;
            Filed { document, delivery: None, contact }
        }
    };
    Ok(Accepted::New(filed))
}

/// Nobody is created who exists, nor twice at once.
fn place<'a>(delivery: Option<&'a NewDelivery>, contact: Option<&ContactState>) -> Placed<'a> {
    match (delivery, contact) {
        (None, _) => Placed::Nothing,
        (Some(NewDelivery { role: Role::CreatesContact, .. }), Some(contact))
            if contact.remote_id.is_some() =>
        {
            Placed::Nothing
        }
        (
            Some(NewDelivery { role: Role::CreatesContact, .. }),
            Some(ContactState { creation: Some(open), .. }),
        ) => Placed::ServedBy(*open),
        (Some(delivery), _) => Placed::Own(delivery),
    }
}

/// Adds the document's own delivery, with its edges.
fn owe(
    group: &mut Group<'_>,
    document: DocumentId,
    delivery: &NewDelivery,
    contact: Option<ContactState>,
    at: Timestamp,
) -> rusqlite::Result<Filed> {
    let id = DeliveryId(document.0);
    let key = contact.as_ref().map(|contact| contact.key);
    let progress = Progress::new(&delivery.start, at);
    deliveries::insert(group, id, delivery.kind, delivery.role, key, &progress)?;
    let contact = match (contact, delivery.role) {
        (Some(contact), Role::CreatesContact) => {
            edges::draw(group.db, contact.key)?;
            Some(ContactState { creation: Some(id), ..contact })
        }
        (Some(contact), Role::NeedsContact) if contact.creation.is_some() => {
            edges::wait_for_creations(group.db, id, contact.key)?;
            Some(contact)
        }
        (contact, Role::NeedsContact | Role::Independent | Role::CreatesContact) => contact,
    };
    Ok(Filed { document, delivery: Some(id), contact })
}

/// Other content under a known identity may be a real sale: it is kept, once, for a person to decide about.
fn keep_beside(group: &mut Group<'_>, accept: &Accept, first: DocumentId) -> rusqlite::Result<Accepted> {
    if let Some(kept) = find_beside(group, first, accept.content)? {
        return Ok(Accepted::Conflict { first, kept: Some(filed(group, &kept)?) });
    }
    let Some(key) = free_key(group, accept, first)? else {
        return Ok(Accepted::Conflict { first, kept: None });
    };
    let contact = contacts::resolve(group, &accept.contact, &accept.new_contact_id)?;
    let document = insert(group, accept, &key, contact.as_ref(), Beside::Conflicting(first))?;
    let kept = match &accept.delivery {
        Some(delivery) => owe(group, document, &put_aside(delivery), contact, accept.at)?,
        None => {
            deliveries::expiring(group.db, accept.at, document)?;
            Filed { document, delivery: None, contact }
        }
    };
    Ok(Accepted::Conflict { first, kept: Some(kept) })
}

/// A second creation would hold up all that needs the contact until a person has decided, so it counts as none.
fn put_aside(delivery: &NewDelivery) -> NewDelivery {
    let why = note("conflictingContent", "other content was said before under the same identity");
    let role = match delivery.role {
        Role::CreatesContact | Role::Independent => Role::Independent,
        Role::NeedsContact => Role::NeedsContact,
    };
    NewDelivery { kind: delivery.kind, start: Start::NeedsAttention(why), role }
}

/// The first key of the form `key#n` that is free; `None` where enough was kept.
fn free_key(group: &Group<'_>, accept: &Accept, first: DocumentId) -> rusqlite::Result<Option<String>> {
    let kept: i64 = group
        .db
        .prepare_cached("SELECT count(*) FROM documents WHERE conflicts_with = ?1")?
        .query_row([first], |row| row.get(0))?;
    // A till may use such a key itself, so the first that would do may be taken.
    for n in kept + 1..=CONFLICTS_KEPT {
        let key = format!("{}#{n}", accept.key);
        if find(group, accept.kind, &key)?.is_none() {
            return Ok(Some(key));
        }
    }
    Ok(None)
}

/// What a new document stands beside.
enum Beside {
    Nothing,
    ServedBy(DeliveryId),
    Conflicting(DocumentId),
}

fn insert(
    group: &Group<'_>,
    accept: &Accept,
    key: &str,
    contact: Option<&ContactState>,
    beside: Beside,
) -> rusqlite::Result<DocumentId> {
    let (served_by, conflicts_with) = match beside {
        Beside::Nothing => (None, None),
        Beside::ServedBy(delivery) => (Some(delivery), None),
        Beside::Conflicting(first) => (None, Some(first)),
    };
    group
        .db
        .prepare_cached(
            "INSERT INTO documents (kind, key, store, accepted_at, content, contact, served_by, conflicts_with)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            accept.kind,
            key,
            accept.store,
            Micros(accept.at),
            accept.content,
            contact.map(|contact| contact.key),
            served_by,
            conflicts_with,
        ])?;
    let document = DocumentId(group.db.last_insert_rowid());
    group.db.prepare_cached("INSERT INTO bodies (document, body, frozen) VALUES (?1, ?2, ?3)")?.execute((
        document,
        &accept.body,
        &accept.frozen,
    ))?;
    Ok(document)
}

fn find(group: &Group<'_>, kind: &str, key: &str) -> rusqlite::Result<Option<Known>> {
    group
        .db
        .prepare_cached(
            "SELECT o.id, o.content, o.corrected, o.contact, coalesce(d.id, o.served_by) AS delivery
             FROM documents o LEFT JOIN deliveries d ON d.id = o.id WHERE o.key = ?1 AND o.kind = ?2",
        )?
        .query_row((key, kind), known)
        .optional()
}

fn find_beside(
    group: &Group<'_>,
    first: DocumentId,
    content: ContentHash,
) -> rusqlite::Result<Option<Known>> {
    group
        .db
        .prepare_cached(
            "SELECT o.id, o.content, o.corrected, o.contact, coalesce(d.id, o.served_by) AS delivery
             FROM documents o LEFT JOIN deliveries d ON d.id = o.id
             WHERE o.conflicts_with = ?1 AND (o.content = ?2 OR o.corrected = ?2)",
        )?
        .query_row((first, content), known)
        .optional()
}

fn known(row: &rusqlite::Row<'_>) -> rusqlite::Result<Known> {
    Ok(Known {
        id: row.get("id")?,
        content: row.get("content")?,
        corrected: row.get("corrected")?,
        contact: row.get("contact")?,
        delivery: row.get("delivery")?,
    })
}

fn filed(group: &Group<'_>, known: &Known) -> rusqlite::Result<Filed> {
    let contact = known.contact.map(|contact| by_key(group.db, contact)).transpose()?;
    Ok(Filed { document: known.id, delivery: known.delivery, contact })
}
