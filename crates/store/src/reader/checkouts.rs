//! Checkouts, by their keys and by their contacts.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row};

use super::contacts::by_key;
use super::draws;
use crate::checkout::{CheckoutRow, CheckoutState};
use crate::columns::Micros;
use crate::rows::{ContactKey, DocumentId, HeldCheckout};

pub(super) fn checkout(db: &Connection, key: &str, at: Timestamp) -> rusqlite::Result<Option<CheckoutRow>> {
    db.prepare_cached(
        "SELECT c.key, c.store, c.contact, c.at, c.until, c.state, c.paid_by,
                unseal(s.key, c.body) AS body, unseal(s.key, c.frozen) AS frozen
         FROM checkouts c LEFT JOIN seals s ON s.contact = c.contact WHERE c.key = ?1",
    )?
    .query_row([key], |row| checkout_row(db, row, at))
    .optional()
}

/// Those of a contact and of the contacts that were merged into it, oldest first.
pub(super) fn of_contact(db: &Connection, contact: ContactKey) -> rusqlite::Result<Vec<HeldCheckout>> {
    db.prepare_cached(
        "SELECT c.key, c.store, c.at, unseal(s.key, c.body) AS body
         FROM checkouts c LEFT JOIN seals s ON s.contact = c.contact
         WHERE c.contact IN (SELECT id FROM contacts WHERE id = ?1 OR merged_into = ?1) ORDER BY c.id",
    )?
    .query_map([contact], |row| {
        Ok(HeldCheckout {
            key: row.get("key")?,
            store: row.get("store")?,
            at: row.get::<_, Micros>("at")?.0,
            body: row.get("body")?,
        })
    })?
    .collect()
}

fn checkout_row(db: &Connection, row: &Row<'_>, at: Timestamp) -> rusqlite::Result<CheckoutRow> {
    let contact: Option<ContactKey> = row.get("contact")?;
    let paid_by: Option<DocumentId> = row.get("paid_by")?;
    let Micros(until) = row.get("until")?;
    Ok(CheckoutRow {
        key: row.get("key")?,
        store: row.get("store")?,
        at: row.get::<_, Micros>("at")?.0,
        until,
        state: state(row.get("state")?, until, at),
        body: row.get("body")?,
        frozen: row.get("frozen")?,
        contact: contact.map(|key| by_key(db, key)).transpose()?,
        paid_by: paid_by.map(|document| draws::key_of(db, document)).transpose()?,
    })
}

/// Nobody writes down that a checkout's time is over.
pub(crate) fn state(written: CheckoutState, until: Timestamp, at: Timestamp) -> CheckoutState {
    match written {
        CheckoutState::Open if until <= at => CheckoutState::Expired,
        CheckoutState::Open => CheckoutState::Open,
        CheckoutState::Paid => CheckoutState::Paid,
        CheckoutState::Released => CheckoutState::Released,
        CheckoutState::Expired => CheckoutState::Expired,
    }
}
