//! Offers by name, and what is learnt about them.

use rusqlite::{Connection, OptionalExtension};

use super::edges;
use crate::reader::offers::{OfferKey, find};
use crate::rows::DeliveryId;

/// The offer of this name; a row is made for one that is new.
pub(super) fn named(db: &Connection, name: &str) -> rusqlite::Result<OfferKey> {
    if let Some(known) = find(db, name)? {
        return Ok(known);
    }
    db.prepare_cached("INSERT INTO offers (name) VALUES (?1)")?.execute([name])?;
    Ok(OfferKey(db.last_insert_rowid()))
}

/// The offer that a delivery's document is about.
pub(super) fn of(db: &Connection, id: DeliveryId) -> rusqlite::Result<Option<OfferKey>> {
    let offer: Option<Option<i64>> = db
        .prepare_cached("SELECT offer FROM alongs WHERE document = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?;
    Ok(offer.flatten().map(OfferKey))
}

/// A delivery told the id in Engage of the offer that it is about. One that was named by that id before turns out to be
/// the same offer. Where both were used by then, both uses stay: Engage tells which of them came first.
pub(super) fn learn(db: &Connection, id: DeliveryId, remote_id: &str) -> rusqlite::Result<()> {
    let Some(offer) = of(db, id)? else { return Ok(()) };
    let known: Option<String> = db
        .prepare_cached("SELECT remote_id FROM offers WHERE id = ?1")?
        .query_row([offer.0], |row| row.get(0))?;
    let is_taken = db
        .prepare_cached("SELECT 1 FROM offers WHERE remote_id = ?1 AND id <> ?2")?
        .exists((remote_id, offer.0))?;
    if known.is_some() || is_taken {
        if known.as_deref() != Some(remote_id) {
            tracing::warn!(delivery.id = %id, "an offer turned up under another id in Engage; the first was kept");
        }
        return Ok(());
    }
    db.prepare_cached("UPDATE offers SET remote_id = ?2 WHERE id = ?1")?.execute((offer.0, remote_id))?;
    let same: Option<i64> = db
        .prepare_cached(
            "SELECT id FROM offers INDEXED BY offers_bare
             WHERE substr(name, instr(name, '/') + 1) = ?1 AND id <> ?2 AND remote_id IS NULL",
        )?
        .query_row((remote_id, offer.0), |row| row.get(0))
        .optional()?;
    match same {
        Some(same) => become_one(db, OfferKey(same), offer),
        None => Ok(()),
    }
}

fn become_one(db: &Connection, loser: OfferKey, survivor: OfferKey) -> rusqlite::Result<()> {
    for moves in [
        "UPDATE alongs SET offer = ?2 WHERE offer = ?1",
        // Where both are held, the one that was found to be the other stays so.
        "UPDATE OR REPLACE holds SET offer = ?2 WHERE offer = ?1",
    ] {
        db.prepare_cached(moves)?.execute((loser.0, survivor.0))?;
    }
    db.prepare_cached("DELETE FROM offers WHERE id = ?1")?.execute([loser.0])?;
    edges::order(db, survivor)
}

/// Removes offers that nothing is about and nobody holds.
pub(super) fn prune(db: &Connection, offers: &[OfferKey]) -> rusqlite::Result<()> {
    for offer in offers {
        db.prepare_cached(
            "DELETE FROM offers WHERE id = ?1
               AND NOT EXISTS (SELECT 1 FROM alongs WHERE offer = ?1)
               AND NOT EXISTS (SELECT 1 FROM holds WHERE offer = ?1)",
        )?
        .execute([offer.0])?;
    }
    Ok(())
}
