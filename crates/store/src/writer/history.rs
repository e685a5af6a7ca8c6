//! What happened to a delivery, for those who ask why.
//!
//! An attempt that simply succeeds writes nothing here: its row tells it all. And this is bookkeeping: where it
//! fails, what it tells about is kept all the same, for a call that was made must never be made again because a
//! line about it could not be written.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use crate::columns::Micros;
use crate::lifecycle::Phase;
use crate::rows::{DeliveryId, HistoryRow, Note};

/// Lines about steps that are kept of one delivery, the newest; operators' acts are kept for good.
const STEPS_KEPT: i64 = 100;

/// Writes a line about a step.
pub(super) fn step(
    db: &Connection,
    id: DeliveryId,
    at: Timestamp,
    what: &str,
    note: Option<&Note>,
) -> rusqlite::Result<()> {
    add(db, id, &HistoryRow { at, what: what.to_owned(), note: note.cloned(), by: None })
}

/// Writes a line about an operator's act.
pub(super) fn act(
    db: &Connection,
    id: DeliveryId,
    at: Timestamp,
    what: &str,
    note: Option<&Note>,
    by: &str,
) -> rusqlite::Result<()> {
    add(db, id, &HistoryRow { at, what: what.to_owned(), note: note.cloned(), by: Some(by.to_owned()) })
}

/// Writes down what the row alone has told up to now, before the row stops telling it.
pub(super) fn keep(db: &Connection, id: DeliveryId, phase: &Phase) -> rusqlite::Result<()> {
    phase.told().iter().try_for_each(|row| add(db, id, row))
}

/// Fails only where the failure has ended the whole transaction: nothing may be written after that.
fn add(db: &Connection, id: DeliveryId, row: &HistoryRow) -> rusqlite::Result<()> {
    match insert(db, id, row) {
        Err(error) if db.is_autocommit() => Err(error),
        Err(error) => {
            tracing::error!(delivery.id = %id, error = %error, "a line of a delivery's history could not be written");
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

fn insert(db: &Connection, id: DeliveryId, row: &HistoryRow) -> rusqlite::Result<()> {
    let n: i64 = db
        .prepare_cached("SELECT coalesce(max(n), 0) + 1 FROM history WHERE delivery = ?1")?
        .query_row([id], |row| row.get(0))?;
    db.prepare_cached(
        "INSERT INTO history (delivery, n, at, what, note_code, note_detail, by) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        id,
        n,
        Micros(row.at),
        row.what,
        row.note.as_ref().map(|note| &note.code),
        row.note.as_ref().map(|note| &note.detail),
        row.by,
    ])?;
    if n > STEPS_KEPT {
        db.prepare_cached("DELETE FROM history WHERE delivery = ?1 AND n <= ?2 AND by IS NULL")?
            .execute((id, n - STEPS_KEPT))?;
    }
    Ok(())
}
