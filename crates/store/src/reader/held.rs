//! All that is held about one person.
//!
//! Documents have no index by contact: a page more for every receipt would cost more than a walk for the few people who
//! ask, over a connection that holds nobody up.

use rusqlite::Connection;

use super::{checkouts, contacts, lists};
use crate::columns::Micros;
use crate::rows::{ContactKey, DocumentId, HeldAbout, HeldDocument};

pub(super) fn held_about(db: &Connection, contact: ContactKey) -> rusqlite::Result<HeldAbout> {
    let contact = contacts::by_key(db, contact)?;
    let (profile, seen_at) = contacts::profile(db, contact.key)?.unzip();
    let public_ids = db
        .prepare_cached(
            "SELECT public_id FROM contacts WHERE id = ?1 OR merged_into = ?1 ORDER BY id <> ?1, id",
        )?
        .query_map([contact.key], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let through: DocumentId =
        db.prepare_cached("SELECT coalesce(max(id), 0) FROM documents")?.query_row([], |row| row.get(0))?;
    let documents = documents(db, contact.key)?;
    let checkouts = checkouts::of_contact(db, contact.key)?;
    Ok(HeldAbout { contact, public_ids, profile, seen_at, documents, checkouts, through })
}

fn documents(db: &Connection, contact: ContactKey) -> rusqlite::Result<Vec<HeldDocument>> {
    db.prepare_cached(
        "SELECT o.id, o.kind, o.key, o.store, o.accepted_at, unseal(s.key, b.body) AS body, o.id AS delivery
         FROM documents o LEFT JOIN bodies b ON b.document = o.id LEFT JOIN seals s ON s.contact = o.contact
         WHERE o.contact IN (SELECT id FROM contacts WHERE id = ?1 OR merged_into = ?1)
         ORDER BY o.id",
    )?
    .query_map([contact], |row| {
        Ok(HeldDocument {
            id: row.get("id")?,
            kind: row.get("kind")?,
            key: row.get("key")?,
            store: row.get("store")?,
            accepted_at: row.get::<_, Micros>("accepted_at")?.0,
            body: row.get("body")?,
            delivery: lists::delivery(db, row.get("delivery")?)?,
        })
    })?
    .collect()
}
