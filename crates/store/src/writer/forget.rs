//! Forgetting a person.
//!
//! What is here goes at once, except what a call that may have landed still needs. What is in Engage goes by a delivery
//! that waits for those calls; when it is done, the rest goes too. Rows are removed so that they take no room; what
//! makes an erasure one is that the contact's key goes (see [`crate::seal`]). A contact that was forgotten has no
//! alias, so nothing new ever joins it; its row stays for the ids that tills may still name, and its id in Engage until
//! it is deleted there.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension};

use super::deliveries::{Delivery, advance, load};
use super::{Group, checkouts, contacts, deliveries, documents, edges, history, note};
use crate::columns::{Extent, Micros};
use crate::command::{Done, Forget, Forgotten, Outcome, Role, Start};
use crate::lifecycle::Progress;
use crate::reader::contacts::{by_alias, by_key};
use crate::rows::{Alias, ContactKey, DeliveryId, DeliveryState, DocumentId, Note};

/// What the deletion says as a document: all it needs is frozen.
const DELETION_BODY: &[u8] = b"{}";

/// An erasure of one contact.
struct Erasure<'a> {
    contact: ContactKey,
    extent: Extent,
    /// Whether its ids are remembered as those of somebody who was forgotten. Whom Engage deleted may come back there,
    /// for a person can undo that; who asked to be forgotten may not.
    for_good: bool,
    at: Timestamp,
    by: Option<&'a str>,
}

pub(super) fn forget(group: &mut Group<'_>, forget: &Forget) -> rusqlite::Result<Forgotten> {
    let db = group.db;
    let contact = contacts::surviving(db, forget.contact)?;
    let before = contacts::forgotten(db, contact)?;
    let open = open_deletion(db, contact)?;
    // A deletion that is owed finds out by itself that Engage has deleted the contact.
    let extent = match (before, open) {
        (Some(Extent::Everywhere), _) => Extent::Everywhere,
        (_, None) if !forget.deletes_there => Extent::Everywhere,
        (_, _) => Extent::Here,
    };
    let for_good = forget.deletes_there || open.is_some();
    let erasure = Erasure { contact, extent, for_good, at: forget.at, by: Some(&forget.by) };
    let mut about = later_documents(db, contact, forget.through)?;
    about.extend(&forget.documents);
    erase(group, &erasure, &about)?;
    let delivery = match (open, extent) {
        (Some(open), _) => Some(open),
        (None, Extent::Everywhere) => None,
        (None, Extent::Here) => owe_deletion(group, contact, forget)?,
    };
    Ok(Forgotten { delivery, already: before.is_some() })
}

/// The note of what is given up because its contact was forgotten.
pub(super) fn why() -> Note {
    note("contactForgotten", "the contact was forgotten, and what it was about with it")
}

/// Whether a delivery about somebody who was forgotten comes to its end instead of making another call. Who would be
/// created was looked for and isn't there; of who is there nothing is changed any more; and there is nothing to delete
/// where nobody can have been created.
pub(super) fn instead_of_attempt(
    group: &mut Group<'_>,
    delivery: &Delivery,
    at: Timestamp,
) -> rusqlite::Result<bool> {
    let (Some(_), Some(contact)) = (delivery.forgotten, delivery.contact) else { return Ok(false) };
    let is_known = by_key(group.db, contact)?.remote_id.is_some();
    let progress = delivery.progress.clone();
    match delivery.role {
        Role::ErasesContact if !is_known && !may_have_been_created(group.db, contact)? => {
            let done = Outcome::Done(Done::default());
            let Some(progress) = progress.settle(at, &done, false) else { return Ok(false) };
            advance(group, delivery, &progress)?;
            deleted_there(group, delivery, at).map(|()| true)
        }
        Role::ErasesContact => Ok(false),
        // Its id may be known by the end of this.
        Role::ChangesContact | Role::NeedsContact | Role::Independent if !is_known => Ok(false),
        role => {
            let Some(progress) = progress.forget(at, Extent::Everywhere, why()) else { return Ok(false) };
            let landed = progress.landed.filter(|_| role != Role::CreatesContact || is_known);
            advance(group, delivery, &Progress { landed, ..progress })?;
            history::step(group.db, delivery.id, at, "discard", Some(&why())).map(|()| true)
        }
    }
}

/// Whether a creation that may have landed was given up. The deletion waited for any other.
fn may_have_been_created(db: &Connection, contact: ContactKey) -> rusqlite::Result<bool> {
    db.prepare_cached(
        "SELECT 1 FROM deliveries INDEXED BY deliveries_state
         WHERE state = 5 AND state <> 3 AND contact = ?1 AND role = ?2 AND landed IS NOT NULL",
    )?
    .exists((contact, Role::CreatesContact))
}

/// What a step leads to where the delivery's contact was forgotten.
pub(super) fn after_step(delivery: &Delivery, progress: Progress, at: Timestamp) -> Progress {
    match (delivery.forgotten, delivery.role) {
        (None, _) | (Some(_), Role::ErasesContact) => progress,
        (Some(extent), role) => progress.clone().forget(at, needed(extent, role), why()).unwrap_or(progress),
    }
}

/// The contact is gone from Engage.
pub(super) fn deleted_there(
    group: &mut Group<'_>,
    deletion: &Delivery,
    at: Timestamp,
) -> rusqlite::Result<()> {
    let Some(contact) = deletion.contact else { return Ok(()) };
    erase(group, &Erasure { contact, extent: Extent::Everywhere, for_good: true, at, by: None }, &[])?;
    documents::erase_body(group.db, DocumentId(deletion.id.0))
}

/// Forgets those whose ids stand in the file beside this database and not in it, and writes what only the database
/// knows into the file.
pub(super) fn again(group: &mut Group<'_>, in_file: &BTreeSet<Alias>, at: Timestamp) -> rusqlite::Result<()> {
    let db = group.db;
    let here: BTreeSet<Alias> = db
        .prepare("SELECT hash FROM tombstones")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    group.tombstones.extend(here.difference(in_file));
    let mut about: BTreeMap<ContactKey, Vec<DocumentId>> = BTreeMap::new();
    for hash in in_file.difference(&here) {
        if let Some(contact) = by_alias(db, hash)? {
            about.insert(contact.key, Vec::new());
        }
        insert_tombstone(db, *hash, at)?;
    }
    if about.is_empty() {
        return Ok(());
    }
    let mut documents = db.prepare(
        "SELECT o.id, coalesce(c.merged_into, c.id) FROM documents o JOIN contacts c ON c.id = o.contact",
    )?;
    let mut rows = documents.query([])?;
    while let Some(row) = rows.next()? {
        if let Some(documents) = about.get_mut(&row.get(1)?) {
            documents.push(row.get(0)?);
        }
    }
    for (contact, documents) in about {
        // Whether Engage was told is not known here, so the id there stays, for a deletion that is asked for again.
        erase(group, &Erasure { contact, extent: Extent::Here, for_good: true, at, by: None }, &documents)?;
    }
    // What the file had anyway needs no second line.
    group.tombstones.retain(|hash| !in_file.contains(hash));
    Ok(())
}

/// Marks an id as that of somebody who was forgotten.
pub(super) fn bury(group: &mut Group<'_>, id: &str, at: Timestamp) -> rusqlite::Result<()> {
    let hash = group.keys.contact_id(id);
    if insert_tombstone(group.db, hash, at)? {
        group.tombstones.push(hash);
    }
    Ok(())
}

/// Answers whether it wasn't there. What is an id of somebody who was forgotten is nobody's alias.
fn insert_tombstone(db: &Connection, hash: Alias, at: Timestamp) -> rusqlite::Result<bool> {
    let new = db
        .prepare_cached("INSERT OR IGNORE INTO tombstones (hash, at) VALUES (?1, ?2)")?
        .execute((hash, Micros(at)))?;
    if new > 0 {
        db.prepare_cached("DELETE FROM aliases WHERE hash = ?1")?.execute([hash])?;
    }
    Ok(new > 0)
}

fn erase(group: &mut Group<'_>, erasure: &Erasure<'_>, about: &[DocumentId]) -> rusqlite::Result<()> {
    let db = group.db;
    group.erased = true;
    let contact = by_key(db, erasure.contact)?;
    let ids = contacts::public_ids(db, contact.key)?;
    for id in contact.remote_id.iter().chain(ids.iter().map(|(_, id)| id)).filter(|_| erasure.for_good) {
        bury(group, id, erasure.at)?;
    }
    for (key, _) in &ids {
        contacts::strip(db, *key, erasure.extent)?;
        checkouts::forget(db, *key)?;
    }
    let open = open_deliveries(db, contact.key)?;
    for id in &open {
        give_up(group, *id, erasure)?;
    }
    for document in about {
        if concerns(db, *document, contact.key)?
            && give_up(group, DeliveryId(document.0), erasure)? == Body::Goes
        {
            documents::erase_body(db, *document)?;
        }
    }
    let needed = open.iter().map(|id| DocumentId(id.0)).chain(about.iter().copied()).collect();
    let members: Vec<ContactKey> = ids.into_iter().map(|(key, _)| key).collect();
    seal_anew(group, &members, &needed)
}

/// Breaks the seals of a contact and of those that were merged into it. What is still needed is sealed with the new
/// ones; whatever else there is, or was, can't be read any longer.
fn seal_anew(
    group: &Group<'_>,
    members: &[ContactKey],
    needed: &BTreeSet<DocumentId>,
) -> rusqlite::Result<()> {
    let mut read = Vec::new();
    for document in needed {
        let contact: Option<ContactKey> = group
            .db
            .prepare_cached("SELECT contact FROM documents WHERE id = ?1")?
            .query_row([document], |row| row.get(0))?;
        let contact = contact.filter(|contact| members.contains(contact));
        if let (Some(contact), Some(body)) = (contact, documents::body(group.db, *document)?) {
            read.push((*document, contact, body));
        }
    }
    for member in members {
        contacts::break_seal(group, *member)?;
    }
    for (document, contact, (body, frozen)) in read {
        documents::put_body(group, document, Some(contact), &body, &frozen)?;
    }
    Ok(())
}

/// Those of the contact, and those that concern nobody in particular but are under way.
fn open_deliveries(db: &Connection, contact: ContactKey) -> rusqlite::Result<Vec<DeliveryId>> {
    db.prepare_cached(
        "SELECT id FROM deliveries INDEXED BY deliveries_contact
         WHERE contact = ?1 AND role <> 0 AND state NOT IN (3, 5)
         UNION
         SELECT d.id FROM deliveries d INDEXED BY deliveries_state JOIN contacts c ON c.id = d.contact
         WHERE d.state = 1 AND d.state <> 3 AND d.role = 0 AND coalesce(c.merged_into, c.id) = ?1
         ORDER BY 1",
    )?
    .query_map([contact], |row| row.get(0))?
    .collect()
}

/// Whether a body is still needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Body {
    Stays,
    Goes,
}

/// Ends what the erasure ends of a delivery, if there is one.
fn give_up(group: &mut Group<'_>, id: DeliveryId, erasure: &Erasure<'_>) -> rusqlite::Result<Body> {
    let Some(delivery) = load(group.db, id)? else { return Ok(Body::Goes) };
    if delivery.role == Role::ErasesContact {
        // Its own end takes its body along; one that an operator discarded may be wanted after all.
        return Ok(Body::Stays);
    }
    let extent = needed(erasure.extent, delivery.role);
    let Some(progress) = delivery.progress.clone().forget(erasure.at, extent, why()) else {
        return Ok(if delivery.progress.state().is_open() { Body::Stays } else { Body::Goes });
    };
    advance(group, &delivery, &progress)?;
    if progress.state() == DeliveryState::Discarded {
        match erasure.by {
            Some(by) => history::act(group.db, id, erasure.at, "discard", Some(&why()), by)?,
            None => history::step(group.db, id, erasure.at, "discard", Some(&why()))?,
        }
    }
    Ok(Body::Goes)
}

/// No deletion waits for what concerns nobody, so what there is of that has no reason to stay.
fn needed(extent: Extent, role: Role) -> Extent {
    match role {
        Role::Independent => Extent::Everywhere,
        Role::CreatesContact | Role::NeedsContact | Role::ChangesContact | Role::ErasesContact => extent,
    }
}

fn concerns(db: &Connection, document: DocumentId, contact: ContactKey) -> rusqlite::Result<bool> {
    db.prepare_cached(
        "SELECT 1 FROM documents o JOIN contacts c ON c.id = o.contact
         WHERE o.id = ?1 AND coalesce(c.merged_into, c.id) = ?2",
    )?
    .exists((document, contact))
}

/// The documents about a contact that came after `through`. Where earlier ones came to be about it since then, by a
/// merge or a correction, all are looked at.
fn later_documents(
    db: &Connection,
    contact: ContactKey,
    through: DocumentId,
) -> rusqlite::Result<Vec<DocumentId>> {
    let has_gained = db
        .prepare_cached("SELECT 1 FROM contacts WHERE id = ?1 AND gained >= ?2")?
        .exists((contact, through))?;
    let after = if has_gained { DocumentId(0) } else { through };
    db.prepare_cached(
        "SELECT o.id FROM documents o JOIN contacts c ON c.id = o.contact
         WHERE o.id > ?2 AND coalesce(c.merged_into, c.id) = ?1 ORDER BY o.id",
    )?
    .query_map((contact, after), |row| row.get(0))?
    .collect()
}

fn open_deletion(db: &Connection, contact: ContactKey) -> rusqlite::Result<Option<DeliveryId>> {
    db.prepare_cached(
        "SELECT id FROM deliveries INDEXED BY deliveries_contact
         WHERE contact = ?1 AND role = 4 AND role <> 0 AND state NOT IN (3, 5) ORDER BY id LIMIT 1",
    )?
    .query_row([contact], |row| row.get(0))
    .optional()
}

/// Adds the delivery that deletes the contact in Engage, if there can be something to delete.
fn owe_deletion(
    group: &mut Group<'_>,
    contact: ContactKey,
    forget: &Forget,
) -> rusqlite::Result<Option<DeliveryId>> {
    let db = group.db;
    if let Some(before) = documents::find(db, forget.kind, &forget.key)? {
        return before.delivery.map(|id| owe_again(group, id, forget)).transpose();
    }
    let may_have_landed = db
        .prepare_cached(
            "SELECT 1 FROM deliveries INDEXED BY deliveries_contact
             WHERE contact = ?1 AND role <> 0 AND state NOT IN (3, 5)",
        )?
        .exists([contact])?;
    if by_key(db, contact)?.remote_id.is_none() && !may_have_landed {
        return Ok(None);
    }
    let new = documents::New {
        kind: forget.kind,
        key: &forget.key,
        store: &forget.store,
        at: forget.at,
        content: group.keys.content(documents::MADE_HERE, DELETION_BODY),
        body: DELETION_BODY,
        frozen: &forget.frozen,
        contact: Some(contact),
        conflicts_with: None,
        part_of: None,
    };
    let id = DeliveryId(documents::insert(group, &new)?.0);
    let progress = Progress::new(&Start::Due, forget.at);
    deliveries::insert(group, id, forget.delivery_kind, Role::ErasesContact, Some(contact), &progress)?;
    edges::draw(db, contact)?;
    Ok(Some(id))
}

/// An operator gave the deletion up, and now it is asked for again.
fn owe_again(group: &mut Group<'_>, id: DeliveryId, forget: &Forget) -> rusqlite::Result<DeliveryId> {
    let again = load(group.db, id)?
        .filter(|delivery| delivery.progress.state() == DeliveryState::Discarded)
        .and_then(|delivery| Some((delivery.progress.clone().retry(forget.at)?, delivery)));
    if let Some((progress, delivery)) = again {
        documents::put_body(group, DocumentId(id.0), delivery.contact, DELETION_BODY, &forget.frozen)?;
        advance(group, &delivery, &progress)?;
        history::act(group.db, id, forget.at, "retry", None, &forget.by)?;
    }
    Ok(id)
}
