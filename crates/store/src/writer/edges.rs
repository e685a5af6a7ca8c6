//! Who waits for whom.
//!
//! Two rules make all edges, both among the open deliveries of one contact: one that needs the contact waits for
//! every creation of it, and a creation waits for those that were accepted before it, so that nobody is enrolled
//! twice at the same time. A creation never waits for what needs it and edges between creations lead back in time,
//! so there is no circle.

use rusqlite::Connection;

use super::deliveries::Delivery;
use crate::command::Role;
use crate::rows::{ContactKey, DeliveryId};

/// Makes a delivery that was just accepted wait for the open creations of its contact.
pub(super) fn wait_for_creations(
    db: &Connection,
    waiter: DeliveryId,
    contact: ContactKey,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO edges (waiter, waits_for)
             SELECT ?1, id FROM deliveries INDEXED BY deliveries_contact
             WHERE contact = ?2 AND role = 1 AND role <> 0 AND state NOT IN (3, 5) AND id <> ?1",
    )?
    .execute((waiter, contact))?;
    db.prepare_cached(
        "UPDATE deliveries SET blocked = (SELECT count(*) FROM edges WHERE waiter = ?1) WHERE id = ?1",
    )?
    .execute([waiter])?;
    Ok(())
}

/// Draws every edge that the open deliveries of a contact should have: after a creation was added to it, or after a
/// merge.
pub(super) fn draw(db: &Connection, contact: ContactKey) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT OR IGNORE INTO edges (waiter, waits_for)
         SELECT w.id, c.id
         FROM deliveries c INDEXED BY deliveries_contact
         JOIN deliveries w INDEXED BY deliveries_contact ON w.contact = c.contact
         WHERE c.contact = ?1 AND c.role = 1 AND c.role <> 0 AND c.state NOT IN (3, 5)
           AND w.role <> 0 AND w.state NOT IN (3, 5) AND (w.role = 2 OR w.id > c.id)",
    )?
    .execute([contact])?;
    db.prepare_cached(
        "UPDATE deliveries INDEXED BY deliveries_contact
         SET blocked = (SELECT count(*) FROM edges WHERE waiter = deliveries.id)
         WHERE contact = ?1 AND role <> 0 AND state NOT IN (3, 5)",
    )?
    .execute([contact])?;
    Ok(())
}

/// Those that wait for `id`.
pub(super) fn waiters(db: &Connection, id: DeliveryId) -> rusqlite::Result<Vec<DeliveryId>> {
    db.prepare_cached("SELECT waiter FROM edges WHERE waits_for = ?1 ORDER BY waiter")?
        .query_map([id], |row| row.get(0))?
        .collect()
}

/// A delivery has ended, or concerns somebody else now: nobody waits for it, and it waits for nobody.
pub(super) fn release(db: &Connection, id: DeliveryId) -> rusqlite::Result<()> {
    let released = db
        .prepare_cached(
            "UPDATE deliveries SET blocked = blocked - 1
             WHERE id IN (SELECT waiter FROM edges WHERE waits_for = ?1)",
        )?
        .execute([id])?;
    if released > 0 {
        db.prepare_cached("DELETE FROM edges WHERE waits_for = ?1")?.execute([id])?;
    }
    if db.prepare_cached("DELETE FROM edges WHERE waiter = ?1")?.execute([id])? > 0 {
        db.prepare_cached("UPDATE deliveries SET blocked = 0 WHERE id = ?1")?.execute([id])?;
    }
    Ok(())
}

/// A delivery that had ended is owed again. Its contact may have been merged meanwhile.
pub(super) fn reopen(db: &Connection, delivery: &Delivery) -> rusqlite::Result<()> {
    let Some(contact) = delivery.contact else { return Ok(()) };
    let contact = super::contacts::surviving(db, contact)?;
    db.prepare_cached("UPDATE deliveries SET contact = ?2 WHERE id = ?1")?.execute((delivery.id, contact))?;
    match delivery.role {
        Role::Independent => Ok(()),
        Role::NeedsContact => wait_for_creations(db, delivery.id, contact),
        Role::CreatesContact => draw(db, contact),
    }
}
