//! Offers: who uses and who holds them, what is at risk, and what was said once.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::PAGE_ROWS;
use super::subjects::{SubjectKey, find};
use crate::columns::Micros;
use crate::offer::{ExposureRow, HeldBy, OfferRow, UsedBy};
use crate::rows::{ContactKey, DocumentId};

/// An offer as it stands.
pub(crate) fn row(db: &Connection, offer: SubjectKey, at: Timestamp) -> rusqlite::Result<OfferRow> {
    let (name, remote_id) = db
        .prepare_cached("SELECT name, remote_id FROM subjects WHERE id = ?1")?
        .query_row([offer], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(OfferRow { name, remote_id, used_by: used_by(db, offer)?, held_by: held_by(db, offer, at)? })
}

/// Those of these offers that are known here.
pub(super) fn offers(db: &Connection, names: &[String], at: Timestamp) -> rusqlite::Result<Vec<OfferRow>> {
    let mut found: Vec<SubjectKey> = Vec::new();
    for name in names {
        found.extend(find(db, name)?.filter(|offer| !found.contains(offer)));
    }
    found.into_iter().map(|offer| row(db, offer, at)).collect()
}

/// The live use of an offer: of a document that was not undone, whose delivery was not discarded.
pub(crate) fn used_by(db: &Connection, offer: SubjectKey) -> rusqlite::Result<Option<UsedBy>> {
    db.prepare_cached(
        "SELECT o.id, o.key, o.store, l.key AS leader_key
         FROM alongs a INDEXED BY alongs_subject
         CROSS JOIN documents o ON o.id = a.document
         LEFT JOIN documents l ON l.id = a.leader
         LEFT JOIN deliveries d ON d.id = a.document
         WHERE a.subject = ?1 AND a.uses = 1 AND a.undone = 0 AND o.voided IS NULL AND d.state IS NOT 5
         LIMIT 1",
    )?
    .query_row([offer], |row| {
        Ok(UsedBy {
            document: row.get("id")?,
            key: row.get("key")?,
            leader_key: row.get("leader_key")?,
            store: row.get("store")?,
        })
    })
    .optional()
}

/// The hold of a checkout that is open and whose time is not over.
pub(crate) fn held_by(db: &Connection, offer: SubjectKey, at: Timestamp) -> rusqlite::Result<Option<HeldBy>> {
    db.prepare_cached(
        "SELECT c.key, c.store, c.until FROM holds h CROSS JOIN checkouts c ON c.id = h.checkout
         WHERE h.subject = ?1 AND c.state = 0 AND c.until > ?2",
    )?
    .query_row((offer, Micros(at)), |row| {
        Ok(HeldBy {
            checkout: row.get("key")?,
            store: row.get("store")?,
            until: row.get::<_, Micros>("until")?.0,
        })
    })
    .optional()
}

/// What is at risk under a bucket: uses that are still owed and not undone, and live holds.
pub(super) fn exposed(db: &Connection, bucket: &str, at: Timestamp) -> rusqlite::Result<i64> {
    db.prepare_cached(
        "SELECT (SELECT coalesce(sum(a.amount), 0) FROM alongs a INDEXED BY alongs_bucket
                 CROSS JOIN deliveries d ON d.id = a.document
                 WHERE a.bucket = ?1 AND a.undone = 0 AND d.state NOT IN (3, 5))
              + (SELECT coalesce(sum(h.amount), 0) FROM holds h INDEXED BY holds_bucket
                 CROSS JOIN checkouts c ON c.id = h.checkout
                 WHERE h.bucket = ?1 AND c.state = 0 AND c.until > ?2)",
    )?
    .query_row((bucket, Micros(at)), |row| row.get(0))
}

/// What is at risk by bucket, the latest first.
pub(super) fn exposures(
    db: &Connection,
    stores: Option<&[String]>,
    limit: u32,
) -> rusqlite::Result<Vec<ExposureRow>> {
    let stores = stores.map(|stores| serde_json::Value::from(stores.to_vec()).to_string());
    db.prepare_cached(
        "SELECT a.bucket, sum(a.amount) AS amount, count(*) AS n,
                sum(CASE WHEN d.state NOT IN (3, 5) THEN a.amount ELSE 0 END) AS open
         FROM alongs a INDEXED BY alongs_bucket
         CROSS JOIN documents o ON o.id = a.document
         LEFT JOIN deliveries d ON d.id = a.document
         WHERE a.bucket IS NOT NULL AND a.undone = 0
           AND (?1 IS NULL OR o.store IN (SELECT value FROM json_each(?1)))
         GROUP BY a.bucket ORDER BY max(a.document) DESC LIMIT ?2",
    )?
    .query_map(params![stores, limit.min(PAGE_ROWS)], exposure_row)?
    .collect()
}

fn exposure_row(row: &Row<'_>) -> rusqlite::Result<ExposureRow> {
    Ok(ExposureRow {
        bucket: row.get("bucket")?,
        open: row.get("open")?,
        all: row.get("amount")?,
        count: row.get::<_, i64>("n")?.unsigned_abs(),
    })
}

/// The document that said this word of a contact.
pub(crate) fn once(db: &Connection, contact: ContactKey, word: &str) -> rusqlite::Result<Option<DocumentId>> {
    db.prepare_cached("SELECT document FROM once WHERE contact = ?1 AND word = ?2")?
        .query_row((contact, word), |row| row.get(0))
        .optional()
}
