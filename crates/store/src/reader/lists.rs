//! What operators and tills read: documents, deliveries and their history, tokens, the quarantine.

use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::PAGE_ROWS;
use super::contacts::by_key;
use super::{along, draws};
use crate::columns::{Micros, note, progress};
use crate::lifecycle::{Phase, Progress, Sighting};
use crate::rows::{
    ContactKey, Count, DeliveryFilter, DeliveryId, DeliveryRow, DeliveryState, DocumentId, DocumentRow,
    HistoryRow, Note, QuarantineRow, TokenHash, TokenRow,
};

const DELIVERY: &str =
    "SELECT d.id, d.kind, d.contact, d.state, d.due, d.attempts, d.failures, d.begun, d.landed,
        d.note_code, d.note_detail, d.ended, d.confirm_due, d.misses, d.resent, d.confirmed_at,
        o.kind AS document_kind, o.key, o.store, o.accepted_at
     FROM deliveries d JOIN documents o ON o.id = d.id";

pub(super) fn document(db: &Connection, kind: &str, key: &str) -> rusqlite::Result<Option<DocumentRow>> {
    db.prepare_cached(
        "SELECT o.id, o.key, o.store, o.accepted_at, o.contact, o.part_of, o.voided, unseal(s.key, b.body) AS body,
                unseal(s.key, b.frozen) AS frozen, o.id AS delivery,
                (SELECT count(*) FROM documents c WHERE c.conflicts_with = o.id) AS conflicts
         FROM documents o LEFT JOIN bodies b ON b.document = o.id LEFT JOIN seals s ON s.contact = o.contact
         WHERE o.key = ?1 AND o.kind = ?2",
    )?
    .query_row((key, kind), |row| {
        let id: DocumentId = row.get("id")?;
        let contact: Option<ContactKey> = row.get("contact")?;
        let part_of: Option<DocumentId> = row.get("part_of")?;
        let voided: Option<DocumentId> = row.get("voided")?;
        Ok(DocumentRow {
            id,
            key: row.get("key")?,
            store: row.get("store")?,
            accepted_at: row.get::<_, Micros>("accepted_at")?.0,
            body: row.get("body")?,
            frozen: row.get("frozen")?,
            delivery: delivery(db, row.get("delivery")?)?,
            contact: contact.map(|key| by_key(db, key)).transpose()?,
            conflicts: row.get("conflicts")?,
            part_of: part_of.map(|whole| draws::key_of(db, whole)).transpose()?,
            parts: draws::parts(db, id)?,
            voided: voided.map(|void| draws::voided_by(db, void)).transpose()?,
            drawn: draws::drawn(db, id)?,
            along: along::rows(db, id)?,
        })
    })
    .optional()
}

pub(super) fn delivery(db: &Connection, id: DeliveryId) -> rusqlite::Result<Option<DeliveryRow>> {
    db.prepare_cached(&format!("{DELIVERY} WHERE d.id = ?1"))?
        .query_row([id], |row| delivery_row(db, row))
        .optional()
}

pub(super) fn deliveries(db: &Connection, filter: &DeliveryFilter) -> rusqlite::Result<Vec<DeliveryRow>> {
    let stores = filter.stores.as_ref().map(|stores| serde_json::Value::from(stores.clone()).to_string());
    db.prepare_cached(&listing(filter.state))?
        .query_map(params![filter.after.map_or(0, |id| id.0), stores, filter.limit.min(PAGE_ROWS)], |row| {
            delivery_row(db, row)
        })?
        .collect()
}

/// Nearly all are done at last, so these are walked by number; an index knows the others by state.
fn listing(state: Option<DeliveryState>) -> String {
    let of_state = match state {
        None => String::new(),
        Some(DeliveryState::Done) => "AND d.state = 3".to_owned(),
        Some(state) => format!("AND d.state = {} AND d.state <> 3", state.number()),
    };
    format!(
        "{DELIVERY} WHERE d.id > ?1 {of_state} AND (?2 IS NULL OR o.store IN (SELECT value FROM json_each(?2)))
         ORDER BY d.id LIMIT ?3"
    )
}

fn delivery_row(db: &Connection, row: &Row<'_>) -> rusqlite::Result<DeliveryRow> {
    let id: DeliveryId = row.get("id")?;
    let contact: Option<ContactKey> = row.get("contact")?;
    let progress = progress(row)?;
    let shown = Shown::of(&progress);
    Ok(DeliveryRow {
        id,
        kind: row.get("kind")?,
        state: progress.state(),
        document_kind: row.get("document_kind")?,
        key: row.get("key")?,
        store: row.get("store")?,
        accepted_at: row.get::<_, Micros>("accepted_at")?.0,
        due: shown.due,
        ended_at: shown.ended_at,
        attempts: progress.attempts,
        may_have_landed: progress.may_have_landed(),
        note: shown.note,
        waits_for: waits_for(db, id)?,
        confirmed_at: shown.confirmed_at,
        contact: contact.map(|key| by_key(db, key)).transpose()?,
    })
}

/// What of a phase is shown to operators.
#[derive(Default)]
struct Shown {
    due: Option<jiff::Timestamp>,
    ended_at: Option<jiff::Timestamp>,
    note: Option<Note>,
    confirmed_at: Option<jiff::Timestamp>,
}

impl Shown {
    fn of(progress: &Progress) -> Self {
        let nothing = Self::default();
        match progress.phase.clone() {
            Phase::Waiting { due, note } | Phase::Unknown { due, note } => {
                Self { due: Some(due), note, ..nothing }
            }
            Phase::InFlight { .. } => nothing,
            Phase::Done { ended, note, sighting: Sighting::Seen(seen), .. } => {
                Self { ended_at: Some(ended), note, confirmed_at: Some(seen), ..nothing }
            }
            Phase::Done { ended, note, sighting: Sighting::NotAsked | Sighting::Awaited { .. }, .. } => {
                Self { ended_at: Some(ended), note, ..nothing }
            }
            Phase::NeedsAttention { note } => Self { note: Some(note), ..nothing },
            Phase::Discarded { ended, note } => Self { ended_at: Some(ended), note: Some(note), ..nothing },
        }
    }
}

fn waits_for(db: &Connection, id: DeliveryId) -> rusqlite::Result<Vec<DeliveryId>> {
    db.prepare_cached("SELECT waits_for FROM edges WHERE waiter = ?1 ORDER BY waits_for")?
        .query_map([id], |row| row.get(0))?
        .collect()
}

pub(super) fn history(db: &Connection, id: DeliveryId) -> rusqlite::Result<Vec<HistoryRow>> {
    let mut lines: Vec<HistoryRow> = db
        .prepare_cached(
            "SELECT at, what, note_code, note_detail, by FROM history WHERE delivery = ?1 ORDER BY n",
        )?
        .query_map([id], |row| {
            let Micros(at) = row.get("at")?;
            Ok(HistoryRow { at, what: row.get("what")?, note: note(row)?, by: row.get("by")? })
        })?
        .collect::<rusqlite::Result<_>>()?;
    let now: Option<Progress> =
        db.prepare_cached(&format!("{DELIVERY} WHERE d.id = ?1"))?.query_row([id], progress).optional()?;
    // What the row tells by itself came after all that was written down.
    lines.extend(now.into_iter().flat_map(|progress| progress.phase.told()));
    Ok(lines)
}

/// A small thing that was kept by its name.
pub(super) fn kept(db: &Connection, name: &str) -> rusqlite::Result<Option<(Vec<u8>, jiff::Timestamp)>> {
    db.prepare_cached("SELECT value, at FROM kept WHERE name = ?1")?
        .query_row([name], |row| Ok((row.get(0)?, row.get::<_, Micros>(1)?.0)))
        .optional()
}

pub(super) fn counts(db: &rusqlite::Transaction<'_>) -> rusqlite::Result<Vec<Count>> {
    db.prepare_cached("SELECT kind, state, n FROM counts WHERE n > 0 ORDER BY kind, state")?
        .query_map([], |row| {
            Ok(Count { kind: row.get(0)?, state: row.get(1)?, count: row.get::<_, i64>(2)?.unsigned_abs() })
        })?
        .collect()
}

pub(super) fn tokens(db: &rusqlite::Transaction<'_>) -> rusqlite::Result<Vec<TokenRow>> {
    db.prepare_cached(
        "SELECT hash, name, role, stores, issued, expires FROM tokens WHERE revoked_at IS NULL ORDER BY name",
    )?
    .query_map([], token_row)?
    .collect()
}

pub(super) fn token(db: &Connection, hash: &TokenHash) -> rusqlite::Result<Option<TokenRow>> {
    db.prepare_cached(
        "SELECT hash, name, role, stores, issued, expires FROM tokens WHERE hash = ?1 AND revoked_at IS NULL",
    )?
    .query_row([hash], token_row)
    .optional()
}

fn token_row(row: &Row<'_>) -> rusqlite::Result<TokenRow> {
    let stores: String = row.get("stores")?;
    let stores = serde_json::from_str(&stores)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(3, Type::Text, error.into()))?;
    Ok(TokenRow {
        hash: row.get("hash")?,
        name: row.get("name")?,
        role: row.get("role")?,
        stores,
        issued: row.get::<_, Micros>("issued")?.0,
        expires: row.get::<_, Option<Micros>>("expires")?.map(|at| at.0),
    })
}

pub(super) fn quarantine(db: &Connection, limit: u32) -> rusqlite::Result<Vec<QuarantineRow>> {
    db.prepare_cached("SELECT id, at, path, by, reason, body FROM quarantine ORDER BY id DESC LIMIT ?1")?
        .query_map([limit.min(PAGE_ROWS)], |row| {
            Ok(QuarantineRow {
                id: row.get("id")?,
                at: row.get::<_, Micros>("at")?.0,
                path: row.get("path")?,
                by: row.get("by")?,
                reason: row.get("reason")?,
                body: row.get("body")?,
            })
        })?
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_what_is_not_done_does_not_walk_what_is() {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch(include_str!("../schema/1.sql")).unwrap();
        for state in DeliveryState::ALL.into_iter().filter(|state| *state != DeliveryState::Done) {
            let mut explain = db.prepare(&format!("EXPLAIN QUERY PLAN {}", listing(Some(state)))).unwrap();
            let plan = explain.query_map(params![0, None::<String>, 10], |row| row.get("detail")).unwrap();
            let plan: Vec<String> = plan.collect::<Result<_, _>>().unwrap();
            assert!(plan[0].contains("deliveries_state"), "{plan:?}");
            assert!(!plan.iter().any(|line| line.contains("TEMP B-TREE")), "{plan:?}");
        }
    }
}
