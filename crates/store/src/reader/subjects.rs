//! Subjects: by name, and what is about them.

use rusqlite::{Connection, OptionalExtension, Row};

use super::contacts::by_key;
use super::{PAGE_ROWS, along, lists};
use crate::columns::Micros;
use crate::rows::{ContactKey, DeliveryId, DocumentId};
use crate::subject::{AboutRow, Subject, Way, bare};

/// A subject's number in this database; never shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SubjectKey(pub(crate) i64);

/// The subject that goes by this name, or has this id in Engage, with or without its kind in front.
pub(crate) fn find(db: &Connection, name: &str) -> rusqlite::Result<Option<SubjectKey>> {
    db.prepare_cached(
        "SELECT id FROM subjects WHERE name = ?1
         UNION ALL SELECT id FROM subjects WHERE remote_id = ?1
         UNION ALL SELECT id FROM subjects WHERE remote_id = ?2
         LIMIT 1",
    )?
    .query_row((name, bare(name)), |row| row.get(0))
    .optional()
}

/// The newest document about a subject.
pub(crate) fn newest(db: &Connection, subject: SubjectKey) -> rusqlite::Result<Option<DocumentId>> {
    db.prepare_cached(
        "SELECT document FROM alongs INDEXED BY alongs_subject WHERE subject = ?1 ORDER BY document DESC LIMIT 1",
    )?
    .query_row([subject], |row| row.get(0))
    .optional()
}

/// The newest document that states the whole of a subject and was filed before another.
pub(crate) fn base(
    db: &Connection,
    subject: SubjectKey,
    before: DocumentId,
) -> rusqlite::Result<Option<DocumentId>> {
    db.prepare_cached(
        "SELECT document FROM alongs INDEXED BY alongs_subject
         WHERE subject = ?1 AND document < ?2 AND way = 1 ORDER BY document DESC LIMIT 1",
    )?
    .query_row((subject, before), |row| row.get(0))
    .optional()
}

/// The subject of a row that has `about`, `way` and `base`, as that row's delivery needs to know it.
pub(super) fn of_due(db: &Connection, row: &Row<'_>) -> rusqlite::Result<Option<Subject>> {
    let Some(subject) = row.get::<_, Option<SubjectKey>>("subject")? else { return Ok(None) };
    let (name, remote_id) = db
        .prepare_cached("SELECT name, remote_id FROM subjects WHERE id = ?1")?
        .query_row([subject], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let superseded = match row.get("way")? {
        Way::Replaces => is_superseded(db, subject, row.get("id")?)?,
        Way::InTurn | Way::Follows => false,
    };
    let base: Option<DocumentId> = row.get("base")?;
    let base = base.map(|base| along::leader(db, base)).transpose()?;
    Ok(Some(Subject { name, remote_id, superseded, base }))
}

fn is_superseded(db: &Connection, subject: SubjectKey, by_later_than: DeliveryId) -> rusqlite::Result<bool> {
    db.prepare_cached(
        "SELECT 1 FROM alongs a INDEXED BY alongs_subject CROSS JOIN deliveries d ON d.id = a.document
         WHERE a.subject = ?1 AND a.document > ?2 AND a.way = 1 AND (d.landed IS NOT NULL OR d.state IN (1, 3))",
    )?
    .exists((subject, by_later_than))
}

/// The documents about a subject, oldest first; of many the newest.
pub(super) fn about(db: &Connection, name: &str) -> rusqlite::Result<Vec<AboutRow>> {
    let Some(subject) = find(db, name)? else { return Ok(Vec::new()) };
    let mut rows: Vec<AboutRow> = db
        .prepare_cached(
            "SELECT o.id, o.kind, o.key, o.store, o.accepted_at, o.contact, o.content, a.way, a.undone,
                    unseal(s.key, b.body) AS body, unseal(s.key, b.frozen) AS frozen,
                    l.kind AS leader_kind, l.key AS leader_key
             FROM alongs a INDEXED BY alongs_subject
             CROSS JOIN documents o ON o.id = a.document
             LEFT JOIN bodies b ON b.document = o.id
             LEFT JOIN seals s ON s.contact = o.contact
             LEFT JOIN documents l ON l.id = a.leader
             WHERE a.subject = ?1 ORDER BY a.document DESC LIMIT ?2",
        )?
        .query_map((subject, PAGE_ROWS), |row| about_row(db, row))?
        .collect::<Result<_, _>>()?;
    rows.reverse();
    Ok(rows)
}

fn about_row(db: &Connection, row: &Row<'_>) -> rusqlite::Result<AboutRow> {
    let id: DocumentId = row.get("id")?;
    let contact: Option<ContactKey> = row.get("contact")?;
    let leader_kind: Option<String> = row.get("leader_kind")?;
    Ok(AboutRow {
        id,
        kind: row.get("kind")?,
        key: row.get("key")?,
        store: row.get("store")?,
        accepted_at: row.get::<_, Micros>("accepted_at")?.0,
        way: row.get("way")?,
        content: row.get("content")?,
        body: row.get("body")?,
        frozen: row.get("frozen")?,
        delivery: lists::delivery(db, DeliveryId(id.0))?,
        contact: contact.map(|key| by_key(db, key)).transpose()?,
        undone: row.get("undone")?,
        leader: leader_kind.zip(row.get("leader_key")?),
    })
}
