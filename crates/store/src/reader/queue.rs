//! What is asked again and again: what is due, what is due to be seen, and what has expired.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row};

use super::PAGE_ROWS;
use super::contacts::{by_key, profile};
use super::{along, subjects};
use crate::columns::{Micros, note, progress};
use crate::command::Role;
use crate::rows::{
    ContactKey, DeliveryId, DeliveryState, DocumentId, Due, DuePage, Expired, Unconfirmed, UnconfirmedContact,
};

/// Bytes of bodies in one page, so that a page of large ones is short; the first counts always.
const PAGE_BYTES: usize = 8 * 1024 * 1024;

// The names of the indexes stand in the statements, so that one that would walk the whole queue doesn't even compile.
const DUE: &str =
    "SELECT d.id, d.kind, d.role, d.contact, d.state, d.due, d.attempts, d.failures, d.begun, d.landed,
            d.note_code, d.note_detail, d.ended, d.confirm_due, d.misses, d.resent, d.confirmed_at,
            d.mark, o.accepted_at, o.key, o.store, unseal(s.key, b.body) AS body,
            unseal(s.key, b.frozen) AS frozen, a.leader, a.subject, a.way, a.base
     FROM deliveries d INDEXED BY deliveries_due
     CROSS JOIN documents o ON o.id = d.id
     CROSS JOIN bodies b ON b.document = d.id
     LEFT JOIN seals s ON s.contact = o.contact
     LEFT JOIN alongs a ON a.document = d.id
     WHERE d.blocked = 0 AND d.state IN (0, 2) AND d.due <= ?1
     ORDER BY d.due, d.id LIMIT ?2";
const DUE_ONE: &str =
    "SELECT d.id, d.kind, d.role, d.contact, d.state, d.due, d.attempts, d.failures, d.begun, d.landed,
            d.note_code, d.note_detail, d.ended, d.confirm_due, d.misses, d.resent, d.confirmed_at,
            d.mark, o.accepted_at, o.key, o.store, unseal(s.key, b.body) AS body,
            unseal(s.key, b.frozen) AS frozen, a.leader, a.subject, a.way, a.base
     FROM deliveries d
     CROSS JOIN documents o ON o.id = d.id
     CROSS JOIN bodies b ON b.document = d.id
     LEFT JOIN seals s ON s.contact = o.contact
     LEFT JOIN alongs a ON a.document = d.id
     WHERE d.blocked = 0 AND d.state IN (0, 2) AND d.due <= ?1 AND d.id = ?2";
const NEXT_DUE: &str = "SELECT d.due FROM deliveries d INDEXED BY deliveries_due
     WHERE d.blocked = 0 AND d.state IN (0, 2) AND d.due > ?1 ORDER BY d.due LIMIT 1";
const UNCONFIRMED: &str =
    "SELECT d.id, o.key, d.misses, d.resent, coalesce(s.remote_id, c.remote_id) AS remote_id
     FROM deliveries d INDEXED BY deliveries_confirm
     CROSS JOIN documents o ON o.id = d.id
     CROSS JOIN contacts c ON c.id = d.contact
     LEFT JOIN contacts s ON s.id = c.merged_into
     WHERE d.confirm_due IS NOT NULL AND d.confirm_due <= ?1
     ORDER BY d.confirm_due, d.id LIMIT ?2";
const NEXT_UNCONFIRMED: &str = "SELECT min(d.confirm_due) FROM deliveries d INDEXED BY deliveries_confirm
     WHERE d.confirm_due IS NOT NULL";
const OLDEST: &str = "SELECT o.accepted_at FROM documents o WHERE o.id =
     (SELECT min(d.id) FROM deliveries d INDEXED BY deliveries_state WHERE d.state = ?1 AND d.state <> 3)";

const EXPIRED: &str =
    "SELECT e.since, o.id, o.kind, o.key, unseal(s.key, b.body) AS body, unseal(s.key, b.frozen) AS frozen
     FROM expiring e
     CROSS JOIN documents o ON o.id = e.document
     LEFT JOIN bodies b ON b.document = e.document
     LEFT JOIN seals s ON s.contact = o.contact
     WHERE e.condensed = 0 AND e.since < ?1 ORDER BY e.since, e.document LIMIT ?2";

pub(super) fn due(db: &Connection, now: Timestamp, limit: u32) -> rusqlite::Result<DuePage> {
    let mut page = DuePage::default();
    let mut bytes = 0;
    let mut statement = db.prepare_cached(DUE)?;
    let mut rows = statement.query((Micros(now), limit.min(PAGE_ROWS)))?;
    while let Some(row) = rows.next()? {
        let Some(due) = read_due(db, row)? else { continue };
        bytes += due.body.len() + due.frozen.len();
        page.due.push(due);
        if bytes >= PAGE_BYTES {
            break;
        }
    }
    let next: Option<Micros> =
        db.prepare_cached(NEXT_DUE)?.query_row([Micros(now)], |row| row.get(0)).optional()?;
    page.next = next.map(|at| at.0);
    Ok(page)
}

pub(super) fn due_one(db: &Connection, id: DeliveryId, now: Timestamp) -> rusqlite::Result<Option<Due>> {
    let due = db.prepare_cached(DUE_ONE)?.query_row((Micros(now), id), |row| read_due(db, row)).optional()?;
    Ok(due.flatten())
}

/// `None` where the body can't be read: a fault of one row must not keep the others from going.
fn read_due(db: &Connection, row: &Row<'_>) -> rusqlite::Result<Option<Due>> {
    let (Some(body), Some(frozen)) = (row.get("body")?, row.get("frozen")?) else {
        tracing::error!(delivery.id = %row.get::<_, DeliveryId>("id")?, "the body of a delivery can't be read");
        return Ok(None);
    };
    let progress = progress(row)?;
    let contact: Option<ContactKey> = row.get("contact")?;
    let contact = contact.map(|key| by_key(db, key)).transpose()?;
    let profile = match (row.get("role")?, &contact) {
        (Role::ChangesContact, Some(contact)) => profile(db, contact.key)?.map(|(profile, _)| profile),
        _ => None,
    };
    let leader: Option<DocumentId> = row.get("leader")?;
    Ok(Some(Due {
        id: row.get("id")?,
        kind: row.get("kind")?,
        state: progress.state(),
        accepted_at: row.get::<_, Micros>("accepted_at")?.0,
        attempts: progress.attempts,
        failures: progress.failures,
        unknown_since: progress.landed,
        note: note(row)?,
        key: row.get("key")?,
        store: row.get("store")?,
        body,
        frozen,
        contact,
        profile,
        mark: row.get("mark")?,
        about: subjects::of_due(db, row)?,
        leader: leader.map(|leader| along::leader(db, leader)).transpose()?,
    }))
}

pub(super) fn unconfirmed(
    db: &Connection,
    now: Timestamp,
    limit_contacts: u32,
    limit_each: u32,
) -> rusqlite::Result<Vec<UnconfirmedContact>> {
    let mut contacts: Vec<UnconfirmedContact> = Vec::new();
    let mut statement = db.prepare_cached(UNCONFIRMED)?;
    let mut rows =
        statement.query((Micros(now), limit_contacts.saturating_mul(limit_each).min(PAGE_ROWS)))?;
    while let Some(row) = rows.next()? {
        // Whoever was forgotten is looked for under no id.
        let Some(remote_id) = row.get::<_, Option<String>>("remote_id")? else { continue };
        let delivery = Unconfirmed {
            id: row.get("id")?,
            key: row.get("key")?,
            misses: row.get("misses")?,
            resent: row.get("resent")?,
        };
        match contacts.iter().position(|contact| contact.remote_id == remote_id) {
            Some(known) if contacts[known].deliveries.len() < limit_each as usize => {
                contacts[known].deliveries.push(delivery);
            }
            None if contacts.len() < limit_contacts as usize => {
                contacts.push(UnconfirmedContact { remote_id, deliveries: vec![delivery] });
            }
            Some(_) | None => {}
        }
    }
    Ok(contacts)
}

pub(super) fn next_unconfirmed(db: &Connection) -> rusqlite::Result<Option<Timestamp>> {
    let next: Option<Micros> = db.prepare_cached(NEXT_UNCONFIRMED)?.query_row([], |row| row.get(0))?;
    Ok(next.map(|at| at.0))
}

pub(super) fn oldest_undelivered(db: &rusqlite::Transaction<'_>) -> rusqlite::Result<Option<Timestamp>> {
    let mut oldest = None;
    let mut statement = db.prepare_cached(OLDEST)?;
    for state in DeliveryState::ALL.into_iter().filter(|state| state.is_open()) {
        let of_state: Option<Micros> = statement.query_row([state], |row| row.get(0)).optional()?;
        let of_state = of_state.map(|at| at.0);
        oldest = match (oldest, of_state) {
            (Some(a), Some(b)) => Some(Timestamp::min(a, b)),
            (a, b) => a.or(b),
        };
    }
    Ok(oldest)
}

pub(super) fn expired(db: &Connection, before: Timestamp, limit: u32) -> rusqlite::Result<Vec<Expired>> {
    let mut expired: Vec<Expired> = Vec::new();
    let mut bytes = 0;
    let mut statement = db.prepare_cached(EXPIRED)?;
    let mut rows = statement.query((Micros(before), limit.min(PAGE_ROWS)))?;
    while let Some(row) = rows.next()?.filter(|_| bytes < PAGE_BYTES) {
        let (body, frozen): (Option<Vec<u8>>, Option<Vec<u8>>) = (row.get("body")?, row.get("frozen")?);
        bytes += body.as_ref().map_or(0, Vec::len) + frozen.as_ref().map_or(0, Vec::len);
        expired.push(Expired {
            document: row.get("id")?,
            kind: row.get("kind")?,
            key: row.get("key")?,
            since: row.get::<_, Micros>("since")?.0,
            body,
            frozen,
        });
    }
    Ok(expired)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(statement: &str) -> Vec<String> {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch(include_str!("../schema/1.sql")).unwrap();
        crate::seal::register(&db).unwrap();
        let mut explain = db.prepare(&format!("EXPLAIN QUERY PLAN {statement}")).unwrap();
        for parameter in 1..=explain.parameter_count() {
            explain.raw_bind_parameter(parameter, 0).unwrap();
        }
        let mut rows = explain.raw_query();
        let mut lines = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            lines.push(row.get("detail").unwrap());
        }
        lines
    }

    #[test]
    fn nothing_that_is_asked_again_and_again_walks_the_whole_queue() {
        for statement in [DUE, DUE_ONE, NEXT_DUE, UNCONFIRMED, NEXT_UNCONFIRMED, OLDEST, EXPIRED] {
            let plan = plan(statement);
            assert!(!plan.is_empty());
            for line in plan {
                assert!(
                    !line.contains("SCAN") && !line.contains("TEMP B-TREE"),
                    "{line} in the plan of {statement}"
                );
            }
        }
    }
}
