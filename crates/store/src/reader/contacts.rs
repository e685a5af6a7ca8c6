//! Finding a contact: by its number, an alias, or either of its ids. A merged one is found as the one it has become.

use rusqlite::{Connection, OptionalExtension, Row};

use crate::columns::Micros;
use crate::rows::{Alias, ContactKey, ContactState};

pub(crate) fn by_key(db: &Connection, key: ContactKey) -> rusqlite::Result<ContactState> {
    let (contact, merged_into) = row(db, key)?;
    match merged_into {
        Some(survivor) => row(db, survivor).map(|(contact, _)| contact),
        None => Ok(contact),
    }
}

pub(crate) fn by_alias(db: &Connection, alias: &Alias) -> rusqlite::Result<Option<ContactState>> {
    let key = db
        .prepare_cached("SELECT contact FROM aliases WHERE hash = ?1")?
        .query_row([alias], |row| row.get(0))
        .optional()?;
    key.map(|key| by_key(db, key)).transpose()
}

pub(crate) fn by_remote_id(db: &Connection, remote_id: &str) -> rusqlite::Result<Option<ContactState>> {
    let key = db
        .prepare_cached("SELECT id FROM contacts WHERE remote_id = ?1")?
        .query_row([remote_id], |row| row.get(0))
        .optional()?;
    key.map(|key| by_key(db, key)).transpose()
}

pub(super) fn by_public_id(db: &Connection, public_id: &str) -> rusqlite::Result<Option<ContactState>> {
    let key = db
        .prepare_cached("SELECT id FROM contacts WHERE public_id = ?1")?
        .query_row([public_id], |row| row.get(0))
        .optional()?;
    key.map(|key| by_key(db, key)).transpose()
}

/// The contact as it stands in its row, and the one it was merged into. A merge never makes a chain.
fn row(db: &Connection, key: ContactKey) -> rusqlite::Result<(ContactState, Option<ContactKey>)> {
    db.prepare_cached(
        "SELECT id, public_id, remote_id, bound_at, merged_into,
                (SELECT min(d.id) FROM deliveries d INDEXED BY deliveries_contact
                 WHERE d.contact = contacts.id AND d.role = 1 AND d.role <> 0 AND d.state NOT IN (3, 5)) AS creation
         FROM contacts WHERE id = ?1",
    )?
    .query_row([key], |row| Ok((state(row)?, row.get("merged_into")?)))
}

fn state(row: &Row<'_>) -> rusqlite::Result<ContactState> {
    Ok(ContactState {
        key: row.get("id")?,
        public_id: row.get("public_id")?,
        remote_id: row.get("remote_id")?,
        bound_at: row.get::<_, Option<Micros>>("bound_at")?.map(|at| at.0),
        creation: row.get("creation")?,
    })
}
