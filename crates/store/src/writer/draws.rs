//! What documents take back of earlier ones, and whether that was worked out from what is still so.

use rusqlite::Connection;

use super::deliveries::load;
use super::documents;
use crate::reader;
use crate::rows::{DeliveryId, DocumentId};
use crate::with::{Claim, Draw, Seen, Standing, With};

/// Whether all that it was worked out from is still so.
pub(super) fn holds(db: &Connection, with: &With) -> rusqlite::Result<bool> {
    let parts = with.parts.iter().chain(with.voids.iter().map(|void| &void.compensation));
    let draws = with.draws.iter().chain(parts.flat_map(|part| &part.draws));
    let seen = draws
        .map(|draw| (draw.on, &draw.seen))
        .chain(with.claims.iter().map(|claim| (claim.document, &claim.seen)))
        .chain(with.voids.iter().map(|void| (void.document, &void.seen)));
    for (document, seen) in seen {
        if !is_as_seen(db, document, seen)? {
            return Ok(false);
        }
    }
    for claim in &with.claims {
        if !is_claimable(db, claim)? {
            return Ok(false);
        }
    }
    Ok(with.voids.iter().all(|void| void.seen.standing != Standing::Voided))
}

fn is_as_seen(db: &Connection, document: DocumentId, seen: &Seen) -> rusqlite::Result<bool> {
    Ok(reader::draws::seen(db, document)?.as_ref() == Some(seen))
}

fn is_claimable(db: &Connection, claim: &Claim) -> rusqlite::Result<bool> {
    if claim.seen.contact || documents::body(db, claim.document)?.is_none() {
        return Ok(false);
    }
    let delivery = load(db, DeliveryId(claim.document.0))?;
    Ok(delivery.is_none_or(|delivery| claim.delivery.is_some() && delivery.progress.is_replaceable()))
}

/// Writes down what a document takes back of others. What is no longer taken back of them is reckoned with no longer.
pub(super) fn insert(db: &Connection, by: DocumentId, draws: &[Draw]) -> rusqlite::Result<()> {
    for draw in draws {
        lapse(db, draw.on)?;
        db.prepare_cached("INSERT INTO draws (sale, drawn_by, what) VALUES (?1, ?2, ?3)")?
            .execute((draw.on, by, &draw.what))?;
    }
    Ok(())
}

/// Writes down what a document that was corrected takes back now.
pub(super) fn replace(db: &Connection, by: DocumentId, draws: &[Draw]) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM draws WHERE drawn_by = ?1")?.execute([by])?;
    insert(db, by, draws)
}

/// Draws that are no longer live are never live again, for what comes now reckons without them.
pub(super) fn lapse(db: &Connection, on: DocumentId) -> rusqlite::Result<()> {
    db.prepare_cached(
        "UPDATE draws SET lapsed = 1
         WHERE sale = ?1 AND lapsed = 0
           AND EXISTS (SELECT 1 FROM deliveries d WHERE d.id = draws.drawn_by AND d.state = 5)",
    )?
    .execute([on])?;
    Ok(())
}

/// Whether something that a document took back may have been taken by another meanwhile.
pub(super) fn has_lapsed(db: &Connection, document: DocumentId) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT 1 FROM draws WHERE drawn_by = ?1 AND lapsed = 1")?.exists([document])
}
