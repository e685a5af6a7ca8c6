//! What is drawn on a document, what it fell into, and what became of it.

use rusqlite::{Connection, OptionalExtension, Row};

use super::contacts::by_key;
use super::{along, lists};
use crate::columns::Micros;
use crate::rows::{ContactKey, DeliveryState, DocumentId, DrawnRow, PartRow, SaleRow, VoidRow};
use crate::with::{Seen, Standing};

/// A draw by a document that was neither voided nor has a discarded delivery. Draws are read by the document that is
/// drawn on, whose key they stand under.
const LIVE: &str = "FROM draws w
     CROSS JOIN documents o ON o.id = w.drawn_by
     LEFT JOIN deliveries d ON d.id = w.drawn_by
     WHERE w.sale = ?1 AND w.lapsed = 0 AND o.voided IS NULL AND d.state IS NOT 5
     ORDER BY w.drawn_by";

/// Those of these documents that are there and can still be read.
pub(super) fn sales(db: &Connection, kind: &str, keys: &[String]) -> rusqlite::Result<Vec<SaleRow>> {
    let mut sale = db.prepare_cached(
        "SELECT o.id, o.key, o.store, o.accepted_at, o.contact, o.voided, d.state,
                unseal(s.key, b.body) AS body, unseal(s.key, b.frozen) AS frozen
         FROM documents o
         CROSS JOIN bodies b ON b.document = o.id
         LEFT JOIN deliveries d ON d.id = o.id
         LEFT JOIN seals s ON s.contact = o.contact
         WHERE o.key = ?1 AND o.kind = ?2",
    )?;
    let mut found = Vec::new();
    for key in keys {
        found.extend(sale.query_row((key, kind), |row| sale_row(db, row)).optional()?.flatten());
    }
    Ok(found)
}

/// `None` where the body is sealed with a key that is gone.
fn sale_row(db: &Connection, row: &Row<'_>) -> rusqlite::Result<Option<SaleRow>> {
    let (Some(body), Some(frozen)) = (row.get("body")?, row.get("frozen")?) else { return Ok(None) };
    let id: DocumentId = row.get("id")?;
    let contact: Option<ContactKey> = row.get("contact")?;
    Ok(Some(SaleRow {
        id,
        key: row.get("key")?,
        store: row.get("store")?,
        accepted_at: row.get::<_, Micros>("accepted_at")?.0,
        body,
        frozen,
        contact: contact.map(|key| by_key(db, key)).transpose()?,
        standing: standing(row)?,
        drawn: drawn(db, id)?,
        along: along::rows(db, id)?,
    }))
}

fn standing(row: &Row<'_>) -> rusqlite::Result<Standing> {
    let (voided, state): (Option<i64>, Option<DeliveryState>) = (row.get("voided")?, row.get("state")?);
    Ok(match (voided, state) {
        (Some(_), _) => Standing::Voided,
        (None, Some(DeliveryState::Discarded)) => Standing::Discarded,
        (None, _) => Standing::Good,
    })
}

/// The live draws on a document.
pub(super) fn drawn(db: &Connection, sale: DocumentId) -> rusqlite::Result<Vec<DrawnRow>> {
    db.prepare_cached(&format!(
        "SELECT w.drawn_by, o.key, o.store, o.contact IS NOT NULL AS contact, d.state, w.what {LIVE}"
    ))?
    .query_map([sale], |row| {
        Ok(DrawnRow {
            by: row.get("drawn_by")?,
            key: row.get("key")?,
            store: row.get("store")?,
            contact: row.get("contact")?,
            delivery: row.get("state")?,
            what: row.get("what")?,
        })
    })?
    .collect()
}

/// How a document would be read now; `None` where there is none.
pub(crate) fn seen(db: &Connection, document: DocumentId) -> rusqlite::Result<Option<Seen>> {
    let found = db
        .prepare_cached(
            "SELECT o.contact IS NOT NULL AS contact, o.voided, d.state
             FROM documents o LEFT JOIN deliveries d ON d.id = o.id WHERE o.id = ?1",
        )?
        .query_row([document], |row| Ok((row.get("contact")?, standing(row)?)))
        .optional()?;
    let Some((contact, standing)) = found else { return Ok(None) };
    let drawn_by = db
        .prepare_cached(&format!("SELECT w.drawn_by {LIVE}"))?
        .query_map([document], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    Ok(Some(Seen { drawn_by, contact, standing }))
}

/// The parts of a document, oldest first.
pub(crate) fn part_ids(db: &Connection, document: DocumentId) -> rusqlite::Result<Vec<DocumentId>> {
    db.prepare_cached("SELECT id FROM documents INDEXED BY documents_parts WHERE part_of = ?1 ORDER BY id")?
        .query_map([document], |row| row.get(0))?
        .collect()
}

pub(super) fn parts(db: &Connection, document: DocumentId) -> rusqlite::Result<Vec<PartRow>> {
    let mut part = db.prepare_cached("SELECT key, contact, id AS delivery FROM documents WHERE id = ?1")?;
    let mut parts = Vec::new();
    for id in part_ids(db, document)? {
        parts.push(part.query_row([id], |row| {
            let contact: Option<ContactKey> = row.get("contact")?;
            Ok(PartRow {
                id,
                key: row.get("key")?,
                delivery: lists::delivery(db, row.get("delivery")?)?,
                contact: contact.map(|key| by_key(db, key)).transpose()?,
                along: along::rows(db, id)?,
            })
        })?);
    }
    Ok(parts)
}

/// The document that voided another.
pub(super) fn voided_by(db: &Connection, void: DocumentId) -> rusqlite::Result<VoidRow> {
    db.prepare_cached("SELECT id, key, store, accepted_at FROM documents WHERE id = ?1")?.query_row(
        [void],
        |row| {
            Ok(VoidRow {
                id: row.get("id")?,
                key: row.get("key")?,
                store: row.get("store")?,
                accepted_at: row.get::<_, Micros>("accepted_at")?.0,
            })
        },
    )
}

/// A document's key.
pub(super) fn key_of(db: &Connection, document: DocumentId) -> rusqlite::Result<String> {
    db.prepare_cached("SELECT key FROM documents WHERE id = ?1")?.query_row([document], |row| row.get(0))
}
