//! Subjects by name, and what is learnt about them.

use rusqlite::{Connection, OptionalExtension};

use super::edges;
use crate::reader::subjects::{SubjectKey, find};
use crate::rows::DeliveryId;
use crate::subject::bare;

/// The subject of this name; a row is made for one that is new.
pub(super) fn named(db: &Connection, name: &str) -> rusqlite::Result<SubjectKey> {
    if let Some(known) = find(db, name)? {
        return Ok(known);
    }
    db.prepare_cached("INSERT INTO subjects (name, bare) VALUES (?1, ?2)")?.execute((name, bare(name)))?;
    Ok(SubjectKey(db.last_insert_rowid()))
}

/// The subject that a delivery's document is about.
pub(super) fn of(db: &Connection, id: DeliveryId) -> rusqlite::Result<Option<SubjectKey>> {
    let subject: Option<Option<SubjectKey>> = db
        .prepare_cached("SELECT subject FROM alongs WHERE document = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?;
    Ok(subject.flatten())
}

/// A delivery told the id in Engage of the subject that it is about. One that was named by that id before turns out to be
/// the same. Where both were used by then, both uses stay: Engage tells which of them came first.
pub(super) fn learn(db: &Connection, id: DeliveryId, remote_id: &str) -> rusqlite::Result<()> {
    let Some(subject) = of(db, id)? else { return Ok(()) };
    let known: Option<String> = db
        .prepare_cached("SELECT remote_id FROM subjects WHERE id = ?1")?
        .query_row([subject], |row| row.get(0))?;
    let is_taken = db
        .prepare_cached("SELECT 1 FROM subjects WHERE remote_id = ?1 AND id <> ?2")?
        .exists((remote_id, subject))?;
    if known.is_some() || is_taken {
        if known.as_deref() != Some(remote_id) {
            tracing::warn!(delivery.id = %id, "a subject turned up under another id in Engage; the first was kept");
        }
        return Ok(());
    }
    db.prepare_cached("UPDATE subjects SET remote_id = ?2 WHERE id = ?1")?.execute((subject, remote_id))?;
    let same: Option<SubjectKey> = db
        .prepare_cached(
            "SELECT id FROM subjects INDEXED BY subjects_bare
             WHERE bare = ?1 AND id <> ?2 AND remote_id IS NULL",
        )?
        .query_row((remote_id, subject), |row| row.get(0))
        .optional()?;
    match same {
        Some(same) => become_one(db, same, subject),
        None => Ok(()),
    }
}

fn become_one(db: &Connection, loser: SubjectKey, survivor: SubjectKey) -> rusqlite::Result<()> {
    for moves in [
        "UPDATE alongs SET subject = ?2 WHERE subject = ?1",
        // Where both are held, the one that was found to be the other stays so.
        "UPDATE OR REPLACE holds SET subject = ?2 WHERE subject = ?1",
    ] {
        db.prepare_cached(moves)?.execute((loser, survivor))?;
    }
    db.prepare_cached("DELETE FROM subjects WHERE id = ?1")?.execute([loser])?;
    edges::order(db, survivor)
}

/// Removes subjects that nothing is about and nobody holds.
pub(super) fn prune(db: &Connection, subjects: &[SubjectKey]) -> rusqlite::Result<()> {
    for subject in subjects {
        db.prepare_cached(
            "DELETE FROM subjects WHERE id = ?1
               AND NOT EXISTS (SELECT 1 FROM alongs WHERE subject = ?1)
               AND NOT EXISTS (SELECT 1 FROM holds WHERE subject = ?1)",
        )?
        .execute([subject])?;
    }
    Ok(())
}
