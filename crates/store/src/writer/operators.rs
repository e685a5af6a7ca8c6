//! What operators do: try again, give up, correct.

use rusqlite::params;

use super::along::{self, Bar, Leading};
use super::contacts::Concerned;
use super::deliveries::{Delivery, advance, load};
use super::parts::Placing;
use super::{Group, accept, contacts, deliveries, documents, draws, edges, history, note, parts, with};
use crate::command::{NewDelivery, Role};
use crate::lifecycle::Progress;
use crate::operator::{Behind, Discard, Operated, Replace, Retry};
use crate::rows::{DeliveryId, DeliveryState, DocumentId};

pub(super) fn retry(group: &mut Group<'_>, retry: &Retry) -> rusqlite::Result<Operated> {
    let Some(delivery) = load(group.db, retry.id)? else { return Ok(Operated::NotFound) };
    let Some(progress) = delivery.progress.clone().retry(retry.at) else {
        return Ok(refused(&delivery.progress));
    };
    if with::is_withdrawn(group.db, &delivery)? {
        return Ok(refused(&delivery.progress));
    }
    match along::bar(group.db, &delivery)? {
        Some(Bar::Undone) => return Ok(refused(&delivery.progress)),
        Some(Bar::UsedByAnother) => return Ok(Operated::Overtaken),
        None => {}
    }
    if draws::has_lapsed(group.db, DocumentId(delivery.id.0))? {
        return Ok(Operated::Overtaken);
    }
    let has_body = documents::body(group.db, DocumentId(delivery.id.0))?.is_some();
    if !has_body || deliveries::is_condensed(group.db, &delivery)? {
        // It was discarded so long ago that there is nothing left to send.
        return Ok(refused(&delivery.progress));
    }
    advance(group, &delivery, &progress)?;
    history::act(group.db, retry.id, retry.at, "retry", None, &retry.by)?;
    Ok(Operated::Done)
}

pub(super) fn discard(group: &mut Group<'_>, discard: &Discard) -> rusqlite::Result<Operated> {
    let Some(delivery) = load(group.db, discard.id)? else { return Ok(Operated::NotFound) };
    if delivery.progress.state() == DeliveryState::Discarded {
        return Ok(Operated::Done);
    }
    // Read before, for ending a delivery lets go of those behind it.
    let behind = behind(group, discard)?;
    if !give_up(group, &delivery, discard)? {
        return Ok(refused(&delivery.progress));
    }
    for id in behind {
        if let Some(delivery) = load(group.db, id)? {
            // One whose call is under way is past giving up; it is only let go.
            give_up(group, &delivery, discard)?;
        }
    }
    Ok(Operated::Done)
}

/// All that wait for a creation or a change of their contact, those that draw on a document or follow it, those that wait
/// for one of these, and so on. One that only hints at the contact is about somebody else perhaps, a deletion must not get lost with
/// what it waits for, and a sale has used an offer whatever became of that: these are let go.
fn behind(group: &Group<'_>, discard: &Discard) -> rusqlite::Result<Vec<DeliveryId>> {
    let mut found: Vec<DeliveryId> = Vec::new();
    let mut next = match discard.behind {
        Behind::Release => return Ok(found),
        Behind::Discard => edges::dependants(group.db, discard.id)?,
    };
    // Edges make no circle and each delivery is taken once, so this ends.
    while let Some(id) = next.pop() {
        if !found.contains(&id) {
            found.push(id);
            next.extend(edges::dependants(group.db, id)?);
        }
    }
    found.sort_unstable();
    Ok(found)
}

fn give_up(group: &mut Group<'_>, delivery: &Delivery, discard: &Discard) -> rusqlite::Result<bool> {
    let why = note("discarded", &discard.reason);
    let Some(progress) = delivery.progress.clone().discard(discard.at, why.clone()) else { return Ok(false) };
    // The operator says what becomes of those behind it.
    edges::let_go(group.db, delivery.id)?;
    advance(group, delivery, &progress)?;
    history::act(group.db, delivery.id, discard.at, "discard", Some(&why), &discard.by)?;
    Ok(true)
}

pub(super) fn replace(group: &mut Group<'_>, replace: &Replace) -> rusqlite::Result<Operated> {
    let Some(delivery) = load(group.db, replace.id)? else { return Ok(Operated::NotFound) };
    let document = DocumentId(replace.id.0);
    let said = NewDelivery { kind: "", start: replace.start.clone(), role: replace.role };
    // There is no content that could be wrong in a deletion, and it must not become something else. What fell into
    // parts would have to be corrected as a whole.
    if delivery.role == Role::ErasesContact
        || delivery.progress.clone().replace(replace.at, &said.start).is_none()
        || parts::is_in_parts(group.db, document)?
        || along::is_one(group.db, document)?
        || replace.with.draws.iter().any(|draw| draw.on >= document)
    {
        return Ok(refused(&delivery.progress));
    }
    if !draws::holds(group.db, &replace.with)? || !along::holds(group.db, &replace.with)? {
        return Ok(Operated::Overtaken);
    }
    // All edges go and are drawn anew: it may concern somebody else now, in another role.
    let hinting = match delivery.role {
        Role::CreatesContact => edges::hinting(group.db, &delivery)?,
        _ => Vec::new(),
    };
    edges::release(group.db, replace.id)?;
    set_aside(group, replace.id)?;
    let concerned =
        contacts::concerned(group, replace.with.contact_of, &replace.contact, &replace.new_contact_id)?;
    let placed = accept::place(&said, &concerned);
    let contact = concerned.key();
    let Some(progress) = delivery.progress.clone().replace(replace.at, &placed.start) else {
        return Ok(refused(&delivery.progress));
    };
    // What the till said first stays known beside the correction, so that the same again is no conflict.
    group
        .db
        .prepare_cached("UPDATE documents SET corrected = ?2, contact = ?3 WHERE id = ?1")?
        .execute(params![replace.id, replace.content, contact])?;
    documents::put_body(group, document, contact, &replace.body, &replace.frozen)?;
    draws::replace(group.db, document, &replace.with.draws)?;
    let before = delivery.contact;
    if let Some(gaining) = contact.filter(|_| contact != before) {
        contacts::gain(group.db, gaining)?;
    }
    deliveries::turn(group, delivery, contact, placed.role, &progress)?;
    if placed.role == Role::CreatesContact && contact == before {
        edges::keep_waiting(group.db, &hinting, replace.id)?;
    }
    bring_along(group, document, concerned, replace)?;
    parts::insert(group, document, &replace.with.parts, replace.at, Placing::Normally)?;
    history::act(group.db, replace.id, replace.at, "replace", None, &replace.by)?;
    Ok(Operated::Done)
}

/// Files what comes along with a document that was corrected.
fn bring_along(
    group: &mut Group<'_>,
    document: DocumentId,
    concerned: Concerned,
    replace: &Replace,
) -> rusqlite::Result<()> {
    let concerned = concerned.again(group.db)?;
    let store = parts::Whole::of(group.db, document)?.store;
    let leading = Leading { document, store: &store, at: replace.at, concerned, hints: &[] };
    along::file_all(group, &replace.with.along, leading).map(drop)
}

/// So that it doesn't count among what is open of its contact while that is looked at anew.
fn set_aside(group: &Group<'_>, id: DeliveryId) -> rusqlite::Result<()> {
    group.db.prepare_cached("UPDATE deliveries SET contact = NULL, role = 0 WHERE id = ?1")?.execute([id])?;
    Ok(())
}

fn refused(progress: &Progress) -> Operated {
    Operated::Refused { state: progress.state(), may_have_landed: progress.may_have_landed() }
}
