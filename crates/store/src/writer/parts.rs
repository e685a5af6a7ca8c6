//! The documents that another falls into.

use jiff::Timestamp;
use rusqlite::Connection;

use super::accept::{self, Filing};
use super::contacts::{self, Concerned};
use super::{Group, documents};
use crate::command::{Filed, NewDelivery};
use crate::reader;
use crate::reader::contacts::by_key;
use crate::rows::{ContactKey, ContactState, DeliveryId, DocumentId};
use crate::with::Part;

/// The document that parts belong to; of a part, the one that it is a part of, but with the part's own key.
pub(super) struct Whole {
    pub(super) document: DocumentId,
    pub(super) kind: String,
    pub(super) key: String,
    pub(super) store: String,
}

impl Whole {
    pub(super) fn of(db: &Connection, document: DocumentId) -> rusqlite::Result<Self> {
        db.prepare_cached(
            "SELECT coalesce(part_of, id) AS document, kind, key, store FROM documents WHERE id = ?1",
        )?
        .query_row([document], |row| {
            Ok(Self {
                document: row.get("document")?,
                kind: row.get("kind")?,
                key: row.get("key")?,
                store: row.get("store")?,
            })
        })
    }
}

/// How the delivery of what is filed stands and starts.
type Place = fn(&NewDelivery, &Concerned) -> NewDelivery;

/// Files the parts of a document.
pub(super) fn insert(
    group: &mut Group<'_>,
    document: DocumentId,
    parts: &[Part],
    at: Timestamp,
    place: Place,
) -> rusqlite::Result<Vec<Filed>> {
    if parts.is_empty() {
        return Ok(Vec::new());
    }
    let whole = Whole::of(group.db, document)?;
    parts.iter().map(|part| insert_one(group, &whole, part, at, place)).collect()
}

pub(super) fn insert_one(
    group: &mut Group<'_>,
    whole: &Whole,
    part: &Part,
    at: Timestamp,
    place: Place,
) -> rusqlite::Result<Filed> {
    let concerned = contacts::concerned(group, part.contact_of, &part.contact, &part.new_contact_id)?;
    let key = free_key(group.db, whole, part.suffix)?;
    let filing = Filing {
        new: documents::New {
            kind: &whole.kind,
            key: &key,
            store: &whole.store,
            at,
            content: group.keys.content(documents::MADE_HERE, &part.body),
            body: &part.body,
            frozen: &part.frozen,
            contact: concerned.key(),
            conflicts_with: None,
            part_of: Some(whole.document),
        },
        hints: &part.hints,
        delivery: part.delivery.as_ref().map(|said| place(said, &concerned)),
        draws: &part.draws,
    };
    accept::file(group, &filing, concerned.contact())
}

/// The first key for a part that no till has used. Each that is taken is a document, so this ends.
fn free_key(db: &Connection, whole: &Whole, suffix: &str) -> rusqlite::Result<String> {
    let mut n = if suffix.is_empty() { 2_u32 } else { 1 };
    loop {
        let number = if n == 1 { String::new() } else { n.to_string() };
        let key = format!("{}~{suffix}{number}", whole.key);
        if documents::find(db, &whole.kind, &key)?.is_none() {
            return Ok(key);
        }
        n += 1;
    }
}

/// The parts of a document that was filed before.
pub(super) fn filed_before(db: &Connection, document: DocumentId) -> rusqlite::Result<Vec<Filed>> {
    reader::draws::part_ids(db, document)?.into_iter().map(|part| filed(db, part)).collect()
}

fn filed(db: &Connection, document: DocumentId) -> rusqlite::Result<Filed> {
    let (contact, delivery): (Option<ContactKey>, Option<DeliveryId>) = db
        .prepare_cached(
            "SELECT o.contact, d.id FROM documents o LEFT JOIN deliveries d ON d.id = o.id WHERE o.id = ?1",
        )?
        .query_row([document], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let contact: Option<ContactState> = contact.map(|contact| by_key(db, contact)).transpose()?;
    Ok(Filed { document, delivery, contact, parts: Vec::new(), withdrawn: Vec::new() })
}

/// Whether a document fell into parts, or is one.
pub(super) fn is_in_parts(db: &Connection, document: DocumentId) -> rusqlite::Result<bool> {
    db.prepare_cached(
        "SELECT 1 FROM documents WHERE id = ?1 AND part_of IS NOT NULL
         UNION ALL SELECT 1 FROM documents INDEXED BY documents_parts WHERE part_of = ?1",
    )?
    .exists([document])
}
