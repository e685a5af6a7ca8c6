//! What came along with a document, and what it came along with.

use rusqlite::Connection;

use super::lists;
use crate::columns::Micros;
use crate::rows::{AlongRow, DeliveryId, DocumentId, Leader};

/// What came along with a document, oldest first.
pub(crate) fn ids(db: &Connection, leader: DocumentId) -> rusqlite::Result<Vec<DocumentId>> {
    db.prepare_cached(
        "SELECT document FROM alongs INDEXED BY alongs_leader WHERE leader = ?1 ORDER BY document",
    )?
    .query_map([leader], |row| row.get(0))?
    .collect()
}

pub(super) fn rows(db: &Connection, leader: DocumentId) -> rusqlite::Result<Vec<AlongRow>> {
    db.prepare_cached(
        "SELECT o.id, o.kind, o.key, o.accepted_at, unseal(s.key, b.frozen) AS frozen, f.name AS about,
                a.undone
         FROM alongs a INDEXED BY alongs_leader
         CROSS JOIN documents o ON o.id = a.document
         LEFT JOIN bodies b ON b.document = o.id
         LEFT JOIN seals s ON s.contact = o.contact
         LEFT JOIN subjects f ON f.id = a.subject
         WHERE a.leader = ?1 ORDER BY a.document",
    )?
    .query_map([leader], |row| {
        let id: DocumentId = row.get("id")?;
        Ok(AlongRow {
            id,
            kind: row.get("kind")?,
            key: row.get("key")?,
            accepted_at: row.get::<_, Micros>("accepted_at")?.0,
            frozen: row.get("frozen")?,
            about: row.get("about")?,
            delivery: lists::delivery(db, DeliveryId(id.0))?,
            undone: row.get("undone")?,
        })
    })?
    .collect()
}

/// The document that another came along with.
pub(super) fn leader(db: &Connection, leader: DocumentId) -> rusqlite::Result<Leader> {
    db.prepare_cached(
        "SELECT o.kind, o.key, d.state, d.learnt FROM documents o LEFT JOIN deliveries d ON d.id = o.id
         WHERE o.id = ?1",
    )?
    .query_row([leader], |row| {
        Ok(Leader {
            kind: row.get("kind")?,
            key: row.get("key")?,
            state: row.get("state")?,
            learnt: row.get("learnt")?,
        })
    })
}
