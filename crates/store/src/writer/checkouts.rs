//! Checkouts and their holds.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::{Group, contacts, subjects};
use crate::checkout::{CheckoutState, Held, Hold, HoldOffer, Release, Released};
use crate::columns::Micros;
use crate::offer::OfferRow;
use crate::reader::offers::row;
use crate::reader::subjects::{SubjectKey, find};
use crate::rows::{ContactKey, DocumentId};

pub(super) fn hold(group: &Group<'_>, hold: &Hold) -> rusqlite::Result<Held> {
    let db = group.db;
    match written(db, &hold.key)? {
        Some((_, ended @ (CheckoutState::Paid | CheckoutState::Released))) => return Ok(Held::Ended(ended)),
        Some((_, CheckoutState::Open | CheckoutState::Expired)) | None => {}
    }
    let taken = taken(db, hold)?;
    if !taken.is_empty() {
        return Ok(Held::Taken(taken));
    }
    let checkout = write(group, hold)?;
    let before = let_go(db, checkout)?;
    for offer in &hold.offers {
        take(db, checkout, offer)?;
    }
    subjects::prune(db, &before)?;
    Ok(Held::Held)
}

/// Those that are used, or held by another checkout.
fn taken(db: &Connection, hold: &Hold) -> rusqlite::Result<Vec<OfferRow>> {
    let mut taken: Vec<OfferRow> = Vec::new();
    for offer in &hold.offers {
        let Some(offer) = find(db, &offer.name)? else { continue };
        let row = row(db, offer, hold.at)?;
        let by_another = row.held_by.as_ref().is_some_and(|held| held.checkout != hold.key);
        if (row.used_by.is_some() || by_another) && !taken.contains(&row) {
            taken.push(row);
        }
    }
    Ok(taken)
}

fn write(group: &Group<'_>, hold: &Hold) -> rusqlite::Result<i64> {
    let contact = contacts::concerned(group, None, &hold.contact, &hold.new_contact_id)?.key();
    group
        .db
        .prepare_cached(
            "INSERT INTO checkouts (key, store, contact, at, until, state, body, frozen)
             SELECT ?1, ?2, ?3, ?4, ?5, 0, seal(s.key, ?6, ?7), seal(s.key, ?8, ?9)
             FROM (SELECT 1) LEFT JOIN seals s ON s.contact = ?3 WHERE true
             ON CONFLICT (key) DO UPDATE SET store = excluded.store, contact = excluded.contact, at = excluded.at,
                 until = excluded.until, body = excluded.body, frozen = excluded.frozen
             RETURNING id",
        )?
        .query_row(
            params![
                hold.key,
                hold.store,
                contact,
                Micros(hold.at),
                Micros(hold.until),
                group.seals.nonce(),
                hold.body,
                group.seals.nonce(),
                hold.frozen,
            ],
            |row| row.get(0),
        )
}

/// One that it holds already, under another name perhaps, is held once; a checkout that has expired loses it.
fn take(db: &Connection, checkout: i64, offer: &HoldOffer) -> rusqlite::Result<()> {
    let key = subjects::named(db, &offer.name)?;
    let (bucket, amount) = offer.exposure.as_ref().map(|risk| (&risk.bucket, risk.amount)).unzip();
    db.prepare_cached(
        "INSERT INTO holds (subject, checkout, bucket, amount) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET checkout = excluded.checkout, bucket = excluded.bucket, amount = excluded.amount",
    )?
    .execute((key, checkout, bucket, amount))?;
    Ok(())
}

pub(super) fn release(group: &Group<'_>, release: &Release) -> rusqlite::Result<Released> {
    let db = group.db;
    match written(db, &release.key)? {
        None => Ok(Released::NotFound),
        Some((_, ended @ (CheckoutState::Paid | CheckoutState::Released))) => Ok(Released::Ended(ended)),
        Some((checkout, CheckoutState::Open | CheckoutState::Expired)) => {
            db.prepare_cached("UPDATE checkouts SET state = 2, at = ?2 WHERE id = ?1")?
                .execute((checkout, Micros(release.at)))?;
            free(db, checkout).map(|()| Released::Released)
        }
    }
}

/// A receipt paid it, also one that had expired or was released: a finished sale is never refused. The first that pays
/// it has paid it.
pub(super) fn pay(db: &Connection, key: &str, by: DocumentId, at: Timestamp) -> rusqlite::Result<()> {
    match written(db, key)? {
        None | Some((_, CheckoutState::Paid)) => Ok(()),
        Some((checkout, CheckoutState::Open | CheckoutState::Released | CheckoutState::Expired)) => {
            db.prepare_cached("UPDATE checkouts SET state = 1, paid_by = ?2, at = ?3 WHERE id = ?1")?
                .execute((checkout, by, Micros(at)))?;
            free(db, checkout)
        }
    }
}

/// A receipt uses the offer: whoever holds it loses it.
pub(super) fn lose(db: &Connection, offer: SubjectKey) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM holds WHERE subject = ?1")?.execute([offer])?;
    Ok(())
}

/// Its contact was forgotten: what it says goes, and nobody pays it.
pub(super) fn forget(db: &Connection, contact: ContactKey) -> rusqlite::Result<()> {
    let checkouts: Vec<i64> = db
        .prepare_cached(
            "UPDATE checkouts SET body = NULL, frozen = NULL, state = max(state, 2 * (state = 0))
             WHERE contact = ?1 RETURNING id",
        )?
        .query_map([contact], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    checkouts.into_iter().try_for_each(|checkout| free(db, checkout))
}

/// Removes checkouts that ended or expired; answers how many.
pub(super) fn sweep(db: &Connection, before: Timestamp, limit: u32) -> rusqlite::Result<usize> {
    let old: Vec<i64> = db
        .prepare_cached(
            "SELECT id FROM checkouts INDEXED BY checkouts_at
             WHERE at < ?1 AND (state <> 0 OR until < ?1) ORDER BY at LIMIT ?2",
        )?
        .query_map((Micros(before), limit), |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for checkout in &old {
        free(db, *checkout)?;
        db.prepare_cached("DELETE FROM checkouts WHERE id = ?1")?.execute([checkout])?;
    }
    Ok(old.len())
}

fn written(db: &Connection, key: &str) -> rusqlite::Result<Option<(i64, CheckoutState)>> {
    db.prepare_cached("SELECT id, state FROM checkouts WHERE key = ?1")?
        .query_row([key], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
}

/// Ends its holds, and forgets the offers that only it knew.
fn free(db: &Connection, checkout: i64) -> rusqlite::Result<()> {
    let held = let_go(db, checkout)?;
    subjects::prune(db, &held)
}

fn let_go(db: &Connection, checkout: i64) -> rusqlite::Result<Vec<SubjectKey>> {
    db.prepare_cached("DELETE FROM holds WHERE checkout = ?1 RETURNING subject")?
        .query_map([checkout], |row| row.get(0))?
        .collect()
}
