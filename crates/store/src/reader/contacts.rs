//! Finding a contact, by its number, an alias, or either of its ids, and what is known of it. A merged one is found as
//! the one it has become.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row};

use super::PAGE_ROWS;
use crate::columns::Micros;
use crate::rows::{Alias, ContactKey, ContactState, DeliveryId, FindContact, KnownContact, OpenChange};

/// Contacts that share a hint, as many as are told.
const HINTED_TOLD: u32 = 5;

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

fn by_public_id(db: &Connection, public_id: &str) -> rusqlite::Result<Option<ContactState>> {
    let key = db
        .prepare_cached("SELECT id FROM contacts WHERE public_id = ?1")?
        .query_row([public_id], |row| row.get(0))
        .optional()?;
    key.map(|key| by_key(db, key)).transpose()
}

/// By the id that tills were given, or by Engage's.
pub(super) fn by_id(db: &Connection, id: &str) -> rusqlite::Result<Option<ContactState>> {
    match by_public_id(db, id)? {
        Some(contact) => Ok(Some(contact)),
        None => by_remote_id(db, id),
    }
}

/// Whether an id is that of somebody who was forgotten.
pub(crate) fn is_forgotten(db: &Connection, id: &Alias) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT 1 FROM tombstones WHERE hash = ?1")?.exists([id])
}

/// The newest of a contact's open creations and changes.
pub(crate) fn last_change(db: &Connection, contact: ContactKey) -> rusqlite::Result<Option<DeliveryId>> {
    db.prepare_cached(
        "SELECT max(id) FROM deliveries INDEXED BY deliveries_contact
         WHERE contact = ?1 AND role IN (1, 3) AND role <> 0 AND state NOT IN (3, 5)",
    )?
    .query_row([contact], |row| row.get(0))
}

pub(super) fn find(db: &Connection, find: &FindContact) -> rusqlite::Result<Option<ContactState>> {
    match find {
        FindContact::Alias(alias) => by_alias(db, alias),
        FindContact::Id(id) => by_id(db, id),
        FindContact::Key(key) => by_key(db, *key).map(Some),
    }
}

pub(super) fn known(db: &Connection, find: &FindContact) -> rusqlite::Result<Option<KnownContact>> {
    let Some(contact) = self::find(db, find)? else { return Ok(None) };
    let (profile, seen_at) = profile(db, contact.key)?.unzip();
    let changes = open_changes(db, contact.key)?;
    let forgotten = db
        .prepare_cached("SELECT 1 FROM contacts WHERE id = ?1 AND forgotten IS NOT NULL")?
        .exists([contact.key])?;
    Ok(Some(KnownContact { contact, profile, seen_at, changes, forgotten }))
}

pub(super) fn profile(
    db: &Connection,
    contact: ContactKey,
) -> rusqlite::Result<Option<(Vec<u8>, Timestamp)>> {
    let seen: Option<(Option<Vec<u8>>, Micros)> = db
        .prepare_cached(
            "SELECT unseal(s.key, p.profile), p.seen_at
             FROM profiles p JOIN seals s ON s.contact = p.contact WHERE p.contact = ?1",
        )?
        .query_row([contact], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(seen.and_then(|(profile, Micros(at))| Some((profile?, at))))
}

fn open_changes(db: &Connection, contact: ContactKey) -> rusqlite::Result<Vec<OpenChange>> {
    db.prepare_cached(
        "SELECT d.id, d.kind, d.state, o.accepted_at, unseal(s.key, b.frozen) AS frozen
         FROM deliveries d INDEXED BY deliveries_contact
         CROSS JOIN documents o ON o.id = d.id
         LEFT JOIN bodies b ON b.document = d.id
         LEFT JOIN seals s ON s.contact = o.contact
         WHERE d.contact = ?1 AND d.role IN (1, 3) AND d.role <> 0 AND d.state NOT IN (3, 5)
         ORDER BY d.id LIMIT ?2",
    )?
    .query_map((contact, PAGE_ROWS), |row| {
        Ok(OpenChange {
            id: row.get("id")?,
            kind: row.get("kind")?,
            state: row.get("state")?,
            accepted_at: row.get::<_, Micros>("accepted_at")?.0,
            frozen: row.get("frozen")?,
        })
    })?
    .collect()
}

/// The newest of the contacts that were left this hint.
pub(super) fn hinted(db: &Connection, hash: &Alias) -> rusqlite::Result<Vec<ContactState>> {
    db.prepare_cached("SELECT contact FROM hints WHERE hash = ?1 ORDER BY contact DESC LIMIT ?2")?
        .query_map((hash, HINTED_TOLD), |row| by_key(db, row.get(0)?))?
        .collect()
}

/// Those of these ids in Engage whose profile is kept.
pub(super) fn profiles_of(db: &Connection, remote_ids: &[String]) -> rusqlite::Result<Vec<String>> {
    let held = "SELECT 1 FROM contacts c JOIN profiles p ON p.contact = c.id WHERE c.remote_id = ?1";
    those_for_whom(db, held, remote_ids)
}

/// Those of these ids in Engage that a contact here is tied to.
pub(super) fn bound_of(db: &Connection, remote_ids: &[String]) -> rusqlite::Result<Vec<String>> {
    those_for_whom(db, "SELECT 1 FROM contacts WHERE remote_id = ?1", remote_ids)
}

fn those_for_whom(db: &Connection, exists: &str, remote_ids: &[String]) -> rusqlite::Result<Vec<String>> {
    let mut exists = db.prepare_cached(exists)?;
    let mut found = Vec::new();
    for remote_id in remote_ids {
        if exists.exists([remote_id])? {
            found.push(remote_id.clone());
        }
    }
    Ok(found)
}

/// Those who were forgotten here and may still be in Engage.
pub(super) fn forgotten_here(db: &Connection) -> rusqlite::Result<Vec<ContactState>> {
    let mut here =
        db.prepare_cached("SELECT id FROM contacts WHERE forgotten = 1 AND remote_id IS NOT NULL")?;
    let keys: Vec<ContactKey> = here.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    keys.into_iter().map(|key| by_key(db, key)).collect()
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
