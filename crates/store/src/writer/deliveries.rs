//! A delivery's row: read whole, moved by [`crate::lifecycle`], written whole.
//!
//! This is the only place that changes a delivery's state, so the counts and the edges follow every change.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::{Group, documents, edges, history};
use crate::columns::{Extent, Micros, PhaseColumns, micros, progress};
use crate::command::Role;
use crate::lifecycle::{Phase, Progress, Sighting};
use crate::rows::{ContactKey, DeliveryId, DeliveryState, DocumentId};

/// A delivery as it stands.
#[derive(Debug, Clone)]
pub(super) struct Delivery {
    pub(super) id: DeliveryId,
    pub(super) kind: String,
    pub(super) role: Role,
    pub(super) contact: Option<ContactKey>,
    /// How many open deliveries it waits for.
    pub(super) blocked: u32,
    /// Whether its contact was forgotten.
    pub(super) forgotten: Option<Extent>,
    pub(super) progress: Progress,
}

pub(super) fn load(db: &Connection, id: DeliveryId) -> rusqlite::Result<Option<Delivery>> {
    db.prepare_cached(
        "SELECT id, kind, role, contact, blocked, state, due, attempts, failures, begun, landed, note_code,
                note_detail, ended, confirm_due, misses, resent, confirmed_at,
                (SELECT c.forgotten FROM contacts c WHERE c.id = deliveries.contact) AS forgotten
         FROM deliveries WHERE id = ?1",
    )?
    .query_row([id], |row| {
        Ok(Delivery {
            id: row.get("id")?,
            kind: row.get("kind")?,
            role: row.get("role")?,
            contact: row.get("contact")?,
            blocked: row.get("blocked")?,
            forgotten: row.get("forgotten")?,
            progress: progress(row)?,
        })
    })
    .optional()
}

/// Adds a delivery that waits for nothing yet.
pub(super) fn insert(
    group: &mut Group<'_>,
    id: DeliveryId,
    kind: &str,
    role: Role,
    contact: Option<ContactKey>,
    progress: &Progress,
) -> rusqlite::Result<()> {
    let columns = PhaseColumns::of(&progress.phase);
    group
        .db
        .prepare_cached(
            "INSERT INTO deliveries (id, kind, role, contact, state, due, attempts, failures, note_code, note_detail,
                                     misses, resent)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, 0, ?7, ?8, 0, 0)",
        )?
        .execute(params![
            id,
            kind,
            role,
            contact,
            progress.state(),
            micros(columns.due),
            columns.note.map(|note| &note.code),
            columns.note.map(|note| &note.detail),
        ])?;
    group.counts.add(kind, progress.state(), 1);
    Ok(())
}

/// Moves a delivery on: its row, the counts, and those that wait for it.
pub(super) fn advance(
    group: &mut Group<'_>,
    delivery: &Delivery,
    progress: &Progress,
) -> rusqlite::Result<()> {
    let (from, to) = (delivery.progress.state(), progress.state());
    write(group.db, delivery.id, progress)?;
    if from != to {
        group.counts.add(&delivery.kind, from, -1);
        group.counts.add(&delivery.kind, to, 1);
    }
    match (from.is_open(), to.is_open()) {
        (true, false) => end(group, delivery, progress),
        (false, true) => edges::reopen(group.db, delivery.id, delivery.role, delivery.contact),
        (true, true) => match (from.holds_up(delivery.role), to.holds_up(delivery.role)) {
            (true, false) => edges::let_go_of_contact(group.db, delivery.id),
            (false, true) => {
                if let Some(contact) = delivery.contact {
                    edges::draw(group.db, contact)?;
                }
                edges::go_on(group.db, delivery.id)
            }
            (true, true) if !delivery.progress.was_tried() && progress.was_tried() => {
                edges::let_go_of_leader(group.db, delivery.id)
            }
            (true, true) | (false, false) => Ok(()),
        },
        (false, false) => Ok(()),
    }?;
    expire(group.db, delivery, progress)?;
    if from.is_open() && !to.is_open() && delivery.forgotten.is_some() && delivery.role != Role::ErasesContact
    {
        group.erased = true;
        documents::erase_body(group.db, DocumentId(delivery.id.0))?;
    }
    Ok(())
}

/// It has ended: nobody waits for it any longer. What follows what was given up, and can't have landed, is given up with
/// it; an operator who does that has let those go before that are to stay.
fn end(group: &mut Group<'_>, delivery: &Delivery, progress: &Progress) -> rusqlite::Result<()> {
    let (following, given_up) = match &progress.phase {
        Phase::Discarded { ended, note } => (edges::followers(group.db, delivery.id)?, Some((*ended, note))),
        Phase::Waiting { .. }
        | Phase::InFlight { .. }
        | Phase::Unknown { .. }
        | Phase::Done { .. }
        | Phase::NeedsAttention { .. } => (Vec::new(), None),
    };
    edges::release(group.db, delivery.id)?;
    if delivery.progress.state() == DeliveryState::NeedsAttention {
        edges::reorder(group.db, delivery.id)?;
    }
    let Some((at, why)) = given_up else { return Ok(()) };
    for id in following {
        let Some(follower) = load(group.db, id)? else { continue };
        if follower.progress.may_have_landed() {
            continue;
        }
        let Some(progress) = follower.progress.clone().discard(at, why.clone()) else { continue };
        advance(group, &follower, &progress)?;
        history::step(group.db, id, at, "discard", Some(why))?;
    }
    Ok(())
}

/// A delivery whose edges were taken from it concerns somebody else from now on, in another role.
pub(super) fn turn(
    group: &mut Group<'_>,
    delivery: Delivery,
    contact: Option<ContactKey>,
    role: Role,
    progress: &Progress,
) -> rusqlite::Result<()> {
    group.db.prepare_cached("UPDATE deliveries SET contact = ?2, role = ?3 WHERE id = ?1")?.execute((
        delivery.id,
        contact,
        role,
    ))?;
    let delivery = Delivery { contact, role, blocked: 0, forgotten: None, ..delivery };
    advance(group, &delivery, progress)?;
    edges::reopen(group.db, delivery.id, role, contact)
}

fn write(db: &Connection, id: DeliveryId, progress: &Progress) -> rusqlite::Result<()> {
    let columns = PhaseColumns::of(&progress.phase);
    db.prepare_cached(
        "UPDATE deliveries SET state = ?2, due = ?3, attempts = ?4, failures = ?5, begun = ?6, landed = ?7,
                note_code = ?8, note_detail = ?9, ended = ?10, confirm_due = ?11, misses = ?12, resent = ?13,
                confirmed_at = ?14
         WHERE id = ?1",
    )?
    .execute(params![
        id,
        progress.state(),
        micros(columns.due),
        progress.attempts,
        progress.failures,
        micros(columns.begun),
        micros(progress.landed),
        columns.note.map(|note| &note.code),
        columns.note.map(|note| &note.detail),
        micros(columns.ended),
        micros(columns.confirm_due),
        columns.misses,
        progress.resent,
        micros(columns.confirmed_at),
    ])?;
    Ok(())
}

/// Keeps the list of bodies that nothing needs any longer.
fn expire(db: &Connection, delivery: &Delivery, progress: &Progress) -> rusqlite::Result<()> {
    let (before, after) = (needless_since(&delivery.progress.phase), needless_since(&progress.phase));
    if before == after {
        return Ok(());
    }
    if let Some(since) = before {
        needed(db, since, DocumentId(delivery.id.0))?;
    }
    match after {
        Some(since) => expiring(db, since, DocumentId(delivery.id.0)),
        None => Ok(()),
    }
}

/// Puts a body on the list of those that nothing needs any longer.
pub(super) fn expiring(db: &Connection, since: Timestamp, document: DocumentId) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT OR IGNORE INTO expiring (condensed, since, document) VALUES (0, ?1, ?2)")?
        .execute((Micros(since), document))?;
    Ok(())
}

/// Takes a body off that list.
pub(super) fn needed(db: &Connection, since: Timestamp, document: DocumentId) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM expiring WHERE condensed IN (0, 1) AND since = ?1 AND document = ?2")?
        .execute((Micros(since), document))?;
    Ok(())
}

/// Whether all that is left of a body is its condensed form, from which nothing can be sent.
pub(super) fn is_condensed(db: &Connection, delivery: &Delivery) -> rusqlite::Result<bool> {
    let Some(since) = needless_since(&delivery.progress.phase) else { return Ok(false) };
    db.prepare_cached("SELECT 1 FROM expiring WHERE condensed = 1 AND since = ?1 AND document = ?2")?
        .exists((Micros(since), delivery.id))
}

/// What is done but still looked for may have to be sent again.
fn needless_since(phase: &Phase) -> Option<Timestamp> {
    match phase {
        Phase::Done { ended, sighting: Sighting::NotAsked | Sighting::Seen(_), .. } => Some(*ended),
        Phase::Discarded { ended, .. } => Some(*ended),
        Phase::Done { sighting: Sighting::Awaited { .. }, .. }
        | Phase::Waiting { .. }
        | Phase::InFlight { .. }
        | Phase::Unknown { .. }
        | Phase::NeedsAttention { .. } => None,
    }
}
