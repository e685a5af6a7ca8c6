//! What is done together with a document that was just filed: what comes along with it, its parts, claims and voids, and
//! the checkout that it pays.

use jiff::Timestamp;
use rusqlite::Connection;

use super::along::{self, Leading};
use super::contacts::Concerned;
use super::deliveries::{self, Delivery, advance, load};
use super::parts::{Placing, Whole};
use super::{Group, accept, checkouts, contacts, documents, draws, edges, history, note, parts};
use crate::columns::Micros;
use crate::command::{Accept, Filed, NewDelivery};
use crate::lifecycle::Progress;
use crate::reader::contacts::by_key;
use crate::rows::{ContactKey, DeliveryId, DocumentId, Note};
use crate::with::{Claim, Void, With};

/// The code of a delivery that was given up because its document was voided.
const VOIDED: &str = "voided";

/// Does what was said to be done together with a document that was just filed.
pub(super) fn carry_out(
    group: &mut Group<'_>,
    accept: &Accept,
    concerned: &Concerned,
    filed: &mut Filed,
) -> rusqlite::Result<()> {
    let With { contact_of: _, draws: _, parts, claims, voids, along, checkout } = &accept.with;
    if !along.is_empty() {
        let concerned = concerned.clone().after(filed);
        let (document, hints) = (filed.document, accept.hints.as_slice());
        let leading = Leading { document, store: &accept.store, at: accept.at, concerned, hints };
        filed.along = along::file_all(group, along, leading)?;
    }
    if let Some(checkout) = checkout {
        checkouts::pay(group.db, checkout, filed.document, accept.at)?;
    }
    filed.parts = parts::insert(group, filed.document, parts, accept.at, Placing::Normally)?;
    if let Some(contact) = filed.contact.as_ref().filter(|_| !claims.is_empty()) {
        for claim in claims {
            give(group, claim, contact.key, accept.at)?;
        }
        contacts::gain(group.db, contact.key)?;
    }
    for void in voids {
        undo(group, void, accept, filed)?;
    }
    Ok(())
}

/// A document that concerned nobody concerns this contact from now on.
fn give(group: &mut Group<'_>, claim: &Claim, contact: ContactKey, at: Timestamp) -> rusqlite::Result<()> {
    let (db, document) = (group.db, claim.document);
    let Some((body, frozen)) = documents::body(db, document)? else { return Ok(()) };
    db.prepare_cached("UPDATE documents SET contact = ?2 WHERE id = ?1")?.execute((document, contact))?;
    documents::put_body(group, document, Some(contact), &body, claim.frozen.as_ref().unwrap_or(&frozen))?;
    let Some(said) = &claim.delivery else { return Ok(()) };
    let said = accept::place(said, &Concerned::Somebody(by_key(db, contact)?));
    match load(db, DeliveryId(document.0))? {
        None => owe(group, document, &said, contact, at),
        Some(delivery) => {
            let Some(progress) = delivery.progress.clone().replace(at, &said.start) else { return Ok(()) };
            edges::release(db, delivery.id)?;
            deliveries::turn(group, delivery, Some(contact), said.role, &progress)
        }
    }
}

/// Gives a document that owed nothing a delivery.
fn owe(
    group: &mut Group<'_>,
    document: DocumentId,
    said: &NewDelivery,
    contact: ContactKey,
    at: Timestamp,
) -> rusqlite::Result<()> {
    let (db, id) = (group.db, DeliveryId(document.0));
    let Micros(since) = db
        .prepare_cached("SELECT accepted_at FROM documents WHERE id = ?1")?
        .query_row([document], |row| row.get(0))?;
    deliveries::needed(db, since, document)?;
    deliveries::insert(group, id, said.kind, said.role, Some(contact), &Progress::new(&said.start, at))?;
    edges::reopen(db, id, said.role, Some(contact))
}

/// Undoes a document: what can't have landed is withdrawn, what may have is compensated for.
fn undo(group: &mut Group<'_>, void: &Void, accept: &Accept, filed: &mut Filed) -> rusqlite::Result<()> {
    let db = group.db;
    db.prepare_cached("UPDATE documents SET voided = ?2 WHERE id = ?1")?
        .execute((void.document, filed.document))?;
    draws::lapse(db, void.document)?;
    withdraw(group, void, accept, filed)?;
    let concerned = contacts::concerned(group, Some(void.document), &[], "")?;
    let (document, store, at) = (void.document, accept.store.as_str(), accept.at);
    let leading = Leading { document, store, at, concerned, hints: &[] };
    let along = along::file_all(group, &void.along, leading)?;
    along::withdraw_rest(group, void.document, &along, accept.at)?;
    filed.along.extend(along);
    Ok(())
}

fn withdraw(group: &mut Group<'_>, void: &Void, accept: &Accept, filed: &mut Filed) -> rusqlite::Result<()> {
    let db = group.db;
    let Some(delivery) = load(db, DeliveryId(void.document.0))? else { return Ok(()) };
    if delivery.progress.may_have_landed() {
        let whole = Whole { store: accept.store.clone(), ..Whole::of(db, void.document)? };
        filed.parts.push(parts::insert_one(group, &whole, &void.compensation, accept.at, Placing::Normally)?);
    } else if let Some(progress) = delivery.progress.clone().discard(accept.at, why_voided()) {
        advance(group, &delivery, &progress)?;
        history::step(group.db, delivery.id, accept.at, "discard", Some(&why_voided()))?;
        filed.withdrawn.push(delivery.id);
    }
    Ok(())
}

pub(super) fn why_voided() -> Note {
    note(VOIDED, "it was voided before it was sent")
}

/// Whether it is of a voided document and has no reverse, because it can't have landed: whoever gave it up, it must stay
/// so.
pub(super) fn is_withdrawn(db: &Connection, delivery: &Delivery) -> rusqlite::Result<bool> {
    let is_voided = db
        .prepare_cached("SELECT 1 FROM documents WHERE id = ?1 AND voided IS NOT NULL")?
        .exists([delivery.id])?;
    Ok(is_voided && !delivery.progress.may_have_landed())
}
