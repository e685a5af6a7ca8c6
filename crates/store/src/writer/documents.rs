//! Documents and their bodies.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use crate::columns::Micros;
use crate::rows::{ContactKey, ContentHash, DeliveryId, DocumentId};

/// A document that is there, as far as a repetition needs it.
pub(super) struct Known {
    pub(super) id: DocumentId,
    pub(super) content: ContentHash,
    pub(super) corrected: Option<ContentHash>,
    pub(super) contact: Option<ContactKey>,
    pub(super) delivery: Option<DeliveryId>,
}

/// A document that is new.
pub(super) struct New<'a> {
    pub(super) kind: &'a str,
    pub(super) key: &'a str,
    pub(super) store: &'a str,
    pub(super) at: Timestamp,
    pub(super) content: ContentHash,
    pub(super) body: &'a [u8],
    pub(super) frozen: &'a [u8],
    pub(super) contact: Option<ContactKey>,
    pub(super) conflicts_with: Option<DocumentId>,
}

pub(super) fn insert(db: &Connection, new: &New<'_>) -> rusqlite::Result<DocumentId> {
    db.prepare_cached(
        "INSERT INTO documents (kind, key, store, accepted_at, content, contact, conflicts_with)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        new.kind,
        new.key,
        new.store,
        Micros(new.at),
        new.content,
        new.contact,
        new.conflicts_with
    ])?;
    let document = DocumentId(db.last_insert_rowid());
    db.prepare_cached("INSERT INTO bodies (document, body, frozen) VALUES (?1, ?2, ?3)")?
        .execute((document, new.body, new.frozen))?;
    Ok(document)
}

pub(super) fn find(db: &Connection, kind: &str, key: &str) -> rusqlite::Result<Option<Known>> {
    db.prepare_cached(
        "SELECT o.id, o.content, o.corrected, o.contact, d.id AS delivery
         FROM documents o LEFT JOIN deliveries d ON d.id = o.id WHERE o.key = ?1 AND o.kind = ?2",
    )?
    .query_row((key, kind), known)
    .optional()
}

/// The one of these contents that was kept beside the first.
pub(super) fn find_beside(
    db: &Connection,
    first: DocumentId,
    content: ContentHash,
) -> rusqlite::Result<Option<Known>> {
    db.prepare_cached(
        "SELECT o.id, o.content, o.corrected, o.contact, d.id AS delivery
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

pub(super) fn has_body(db: &Connection, document: DocumentId) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT 1 FROM bodies WHERE document = ?1")?.exists([document])
}

pub(super) fn erase_body(db: &Connection, document: DocumentId) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM bodies WHERE document = ?1")?.execute([document])?;
    Ok(())
}
