//! Documents and their bodies.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::Group;
use crate::columns::Micros;
use crate::rows::{ContactKey, ContentHash, DeliveryId, DocumentId};

/// A document that is there, as far as a repetition needs it.
pub(super) struct Known {
    pub(super) id: DocumentId,
    pub(super) content: ContentHash,
    pub(super) corrected: Option<ContentHash>,
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
    pub(super) part_of: Option<DocumentId>,
}

/// The version of the form of bodies that no till sent, so that none of a till's is ever the same.
pub(super) const MADE_HERE: u8 = 0;

pub(super) fn insert(group: &Group<'_>, new: &New<'_>) -> rusqlite::Result<DocumentId> {
    let db = group.db;
    db.prepare_cached(
        "INSERT INTO documents (kind, key, store, accepted_at, content, contact, conflicts_with, part_of)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        new.kind,
        new.key,
        new.store,
        Micros(new.at),
        new.content,
        new.contact,
        new.conflicts_with,
        new.part_of
    ])?;
    let document = DocumentId(db.last_insert_rowid());
    put_body(group, document, new.contact, new.body, new.frozen)?;
    Ok(document)
}

/// Writes what was said and what was decided about it, sealed with the key of the contact that it is about.
pub(super) fn put_body(
    group: &Group<'_>,
    document: DocumentId,
    contact: Option<ContactKey>,
    body: &[u8],
    frozen: &[u8],
) -> rusqlite::Result<()> {
    group
        .db
        .prepare_cached(
            "INSERT OR REPLACE INTO bodies (document, body, frozen)
             SELECT ?1, seal(s.key, ?3, ?4), seal(s.key, ?5, ?6)
             FROM (SELECT 1) LEFT JOIN seals s ON s.contact = ?2",
        )?
        .execute((document, contact, group.seals.nonce(), body, group.seals.nonce(), frozen))?;
    Ok(())
}

pub(super) fn has_body(db: &Connection, document: DocumentId) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT 1 FROM bodies WHERE document = ?1")?.exists([document])
}

/// Writes both anew in their place, sealed as they were.
pub(super) fn rewrite_body(
    group: &Group<'_>,
    document: DocumentId,
    body: &[u8],
    frozen: &[u8],
) -> rusqlite::Result<()> {
    let contact = group
        .db
        .prepare_cached("SELECT contact FROM documents WHERE id = ?1")?
        .query_row([document], |row| row.get(0))?;
    put_body(group, document, contact, body, frozen)
}

/// The body and what was decided about it; `None` where it is erased.
pub(super) fn body(db: &Connection, document: DocumentId) -> rusqlite::Result<Option<(Vec<u8>, Vec<u8>)>> {
    db.prepare_cached(
        "SELECT unseal(s.key, b.body) AS body, unseal(s.key, b.frozen) AS frozen
         FROM bodies b JOIN documents o ON o.id = b.document LEFT JOIN seals s ON s.contact = o.contact
         WHERE b.document = ?1",
    )?
    .query_row([document], |row| {
        let (body, frozen): (Option<Vec<u8>>, Option<Vec<u8>>) = (row.get("body")?, row.get("frozen")?);
        Ok(body.zip(frozen))
    })
    .optional()
    .map(Option::flatten)
}

pub(super) fn find(db: &Connection, kind: &str, key: &str) -> rusqlite::Result<Option<Known>> {
    db.prepare_cached(
        "SELECT o.id, o.content, o.corrected, d.id AS delivery
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
        "SELECT o.id, o.content, o.corrected, d.id AS delivery
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
        delivery: row.get("delivery")?,
    })
}

pub(super) fn erase_body(db: &Connection, document: DocumentId) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM bodies WHERE document = ?1")?.execute([document])?;
    Ok(())
}
