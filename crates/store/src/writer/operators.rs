//! What operators do: try again, give up, correct.

use rusqlite::params;

use super::deliveries::{Delivery, advance, load};
use super::{Group, contacts, edges, history, note};
use crate::command::{Behind, Discard, Operated, Replace, Retry};
use crate::lifecycle::Progress;
use crate::rows::{DeliveryId, DeliveryState};

pub(super) fn retry(group: &mut Group<'_>, retry: &Retry) -> rusqlite::Result<Operated> {
    let Some(delivery) = load(group.db, retry.id)? else { return Ok(Operated::NotFound) };
    let Some(progress) = delivery.progress.clone().retry(retry.at) else {
        return Ok(refused(&delivery.progress));
    };
    if !has_body(group, delivery.id)? {
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

/// All that wait for a delivery, for one of those, and so on.
fn behind(group: &Group<'_>, discard: &Discard) -> rusqlite::Result<Vec<DeliveryId>> {
    let mut found: Vec<DeliveryId> = Vec::new();
    let mut next = match discard.behind {
        Behind::Release => return Ok(found),
        Behind::Discard => edges::waiters(group.db, discard.id)?,
    };
    // Edges make no circle and each delivery is taken once, so this ends.
    while let Some(id) = next.pop() {
        if !found.contains(&id) {
            found.push(id);
            next.extend(edges::waiters(group.db, id)?);
        }
    }
    found.sort_unstable();
    Ok(found)
}

fn give_up(group: &mut Group<'_>, delivery: &Delivery, discard: &Discard) -> rusqlite::Result<bool> {
    let why = note("discarded", &discard.reason);
    let Some(progress) = delivery.progress.clone().discard(discard.at, why.clone()) else { return Ok(false) };
    advance(group, delivery, &progress)?;
    history::act(group.db, delivery.id, discard.at, "discard", Some(&why), &discard.by)?;
    Ok(true)
}

pub(super) fn replace(group: &mut Group<'_>, replace: &Replace) -> rusqlite::Result<Operated> {
    let Some(delivery) = load(group.db, replace.id)? else { return Ok(Operated::NotFound) };
    let Some(progress) = delivery.progress.clone().replace(replace.at, &replace.start) else {
        return Ok(refused(&delivery.progress));
    };
    let contact =
        contacts::resolve(group, &replace.contact, &replace.new_contact_id)?.map(|contact| contact.key);
    // What the till said first stays known beside the correction, so that the same again is no conflict.
    group
        .db
        .prepare_cached("UPDATE documents SET corrected = ?2, contact = ?3 WHERE id = ?1")?
        .execute(params![replace.id, replace.content, contact])?;
    group
        .db
        .prepare_cached("UPDATE bodies SET body = ?2, frozen = ?3 WHERE document = ?1")?
        .execute(params![replace.id, replace.body, replace.frozen])?;
    // All edges go and are drawn anew: it may concern somebody else now, in another role.
    edges::release(group.db, replace.id)?;
    group
        .db
        .prepare_cached("UPDATE deliveries SET contact = ?2, role = ?3 WHERE id = ?1")?
        .execute(params![replace.id, contact, replace.role])?;
    let delivery = Delivery { contact, role: replace.role, blocked: 0, ..delivery };
    advance(group, &delivery, &progress)?;
    edges::reopen(group.db, &delivery)?;
    history::act(group.db, replace.id, replace.at, "replace", None, &replace.by)?;
    Ok(Operated::Done)
}

fn has_body(group: &Group<'_>, id: DeliveryId) -> rusqlite::Result<bool> {
    group.db.prepare_cached("SELECT 1 FROM bodies WHERE document = ?1")?.exists([id])
}

fn refused(progress: &Progress) -> Operated {
    Operated::Refused { state: progress.state(), may_have_landed: progress.may_have_landed() }
}
