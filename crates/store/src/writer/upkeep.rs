//! What keeps the file within its bounds: the quarantine, and the sweep of what has outlived its retention.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::{Group, checkouts, deliveries, documents, edges, steps};
use crate::columns::Micros;
use crate::command::{Condense, Condensed, Keep, Quarantine, Sweep};
use crate::rows::{DeliveryId, DeliveryState, DocumentId};

/// Pages that one sweep gives back to the disk.
const VACUUM_PAGES: u32 = 1_000;

pub(super) fn quarantine(group: &Group<'_>, quarantine: &Quarantine) -> rusqlite::Result<i64> {
    let db = group.db;
    let body = &quarantine.body[..quarantine.body.len().min(group.limits.quarantine_body_bytes)];
    let before: Option<i64> = db
        .prepare_cached("SELECT bytes_through FROM quarantine ORDER BY id DESC LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()?;
    let through = before.unwrap_or(0) + body.len() as i64;
    db.prepare_cached(
        "INSERT INTO quarantine (at, path, by, reason, body, bytes_through) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        Micros(quarantine.at),
        quarantine.path,
        quarantine.by,
        quarantine.reason,
        body,
        through
    ])?;
    let id = db.last_insert_rowid();
    drop_oldest(group, id, through)?;
    Ok(id)
}

/// Rows are numbered without gaps and removed from the front only, so their count is a difference of numbers.
fn drop_oldest(group: &Group<'_>, newest: i64, through: i64) -> rusqlite::Result<()> {
    let (rows_max, bytes_max) =
        (i64::from(group.limits.quarantine_rows), group.limits.quarantine_bytes as i64);
    let mut oldest = group
        .db
        .prepare_cached("SELECT id, bytes_through - length(body) FROM quarantine ORDER BY id LIMIT 1")?;
    let mut delete = group.db.prepare_cached("DELETE FROM quarantine WHERE id = ?1")?;
    loop {
        let (id, bytes_before): (i64, i64) = oldest.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        // The newest stays whatever it is.
        if id == newest || (newest - id < rows_max && through - bytes_before <= bytes_max) {
            return Ok(());
        }
        delete.execute([id])?;
    }
}

pub(super) fn keep(db: &Connection, keep: &Keep) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO kept (name, value, at) VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET value = excluded.value, at = excluded.at WHERE excluded.at >= at",
    )?
    .execute((&keep.name, &keep.value, Micros(keep.at)))?;
    Ok(())
}

pub(super) fn sweep(group: &mut Group<'_>, sweep: Sweep) -> rusqlite::Result<u64> {
    let mut left = group.limits.sweep_rows;
    let mut touched = 0;
    let mut spend = |rows: usize, left: &mut u32| {
        touched += rows as u64;
        *left = left.saturating_sub(rows as u32);
    };
    let profiles = sweep_profiles(group.db, sweep.profiles_before, left)?;
    spend(profiles, &mut left);
    let hints = sweep_hints(group.db, sweep.hints_before, left)?;
    spend(hints, &mut left);
    let condensed = sweep_condensed(group.db, sweep.condensed_before, left)?;
    spend(condensed, &mut left);
    let checkouts = checkouts::sweep(group.db, sweep.checkouts_before, left)?;
    spend(checkouts, &mut left);
    let held_back = edges::sweep_first(group.db, sweep.held_back_before, left)?;
    spend(held_back, &mut left);
    for state in [DeliveryState::Waiting, DeliveryState::Unknown] {
        let overdue = overdue(group.db, state, sweep.undelivered_before, left)?;
        for id in &overdue {
            steps::overdue(group, *id, sweep.at)?;
        }
        spend(overdue.len(), &mut left);
    }
    if profiles + hints + condensed + checkouts > 0 {
        give_back(group.db)?;
    }
    Ok(touched)
}

fn sweep_profiles(db: &Connection, before: Timestamp, limit: u32) -> rusqlite::Result<usize> {
    db.prepare_cached(
        "DELETE FROM profiles WHERE contact IN
             (SELECT contact FROM profiles WHERE seen_at < ?1 ORDER BY seen_at LIMIT ?2)",
    )?
    .execute((Micros(before), limit))
}

fn sweep_hints(db: &Connection, before: Timestamp, limit: u32) -> rusqlite::Result<usize> {
    db.prepare_cached(
        "DELETE FROM hints WHERE (hash, contact) IN
             (SELECT hash, contact FROM hints WHERE at < ?1 ORDER BY at LIMIT ?2)",
    )?
    .execute((Micros(before), limit))
}

fn sweep_condensed(db: &Connection, before: Timestamp, limit: u32) -> rusqlite::Result<usize> {
    let expired: Vec<(Micros, DocumentId)> = db
        .prepare_cached(
            "SELECT since, document FROM expiring WHERE condensed = 1 AND since < ?1
             ORDER BY since, document LIMIT ?2",
        )?
        .query_map((Micros(before), limit), |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    for (Micros(since), document) in &expired {
        documents::erase_body(db, *document)?;
        deliveries::needed(db, *since, *document)?;
    }
    Ok(expired.len())
}

/// Puts short forms in the place of bodies, or nothing, where they are still those that were read.
pub(super) fn condense(group: &Group<'_>, condense: &Condense) -> rusqlite::Result<u64> {
    let mut taken = 0;
    for Condensed { document, since, form } in &condense.documents {
        let listed = group
            .db
            .prepare_cached("DELETE FROM expiring WHERE condensed = 0 AND since = ?1 AND document = ?2")?
            .execute((Micros(*since), document))?;
        if listed == 0 {
            continue;
        }
        taken += 1;
        match form {
            Some((body, frozen)) if documents::has_body(group.db, *document)? => {
                documents::rewrite_body(group, *document, body, frozen)?;
                group
                    .db
                    .prepare_cached("INSERT INTO expiring (condensed, since, document) VALUES (1, ?1, ?2)")?
                    .execute((Micros(*since), document))?;
            }
            // What was erased meanwhile stays erased.
            Some(_) | None => documents::erase_body(group.db, *document)?,
        }
    }
    if taken > 0 {
        give_back(group.db)?;
    }
    Ok(taken)
}

/// Numbers are given in the order of acceptance, so the walk ends at the first that is young enough.
fn overdue(
    db: &Connection,
    state: DeliveryState,
    before: Timestamp,
    limit: u32,
) -> rusqlite::Result<Vec<DeliveryId>> {
    let mut walk = db.prepare_cached(
        "SELECT d.id, o.accepted_at FROM deliveries d INDEXED BY deliveries_state
         CROSS JOIN documents o ON o.id = d.id
         WHERE d.state = ?1 AND d.state <> 3 ORDER BY d.id LIMIT ?2",
    )?;
    let mut rows = walk.query((state, limit))?;
    let mut ids = Vec::new();
    while let Some(row) = rows.next()? {
        let Micros(accepted_at) = row.get(1)?;
        if accepted_at >= before {
            break;
        }
        ids.push(row.get(0)?);
    }
    Ok(ids)
}

/// Returns free pages to the disk, a bounded number at a time.
fn give_back(db: &Connection) -> rusqlite::Result<()> {
    let mut vacuum = db.prepare(&format!("PRAGMA incremental_vacuum({VACUUM_PAGES})"))?;
    let mut pages = vacuum.query([])?;
    while pages.next()?.is_some() {}
    Ok(())
}
