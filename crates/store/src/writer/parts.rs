//! The documents that another falls into.

use jiff::Timestamp;
use rusqlite::Connection;

use super::accept::{self, Filing};
use super::along::{self, Leading};
use super::contacts;
use super::{Group, documents};
use crate::command::Filed;
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

/// How parts are filed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Placing {
    Normally,
    /// As what is kept beside another content: it needs attention, and nothing comes along with it.
    Aside,
}

/// Files the parts of a document.
pub(super) fn insert(
    group: &mut Group<'_>,
    document: DocumentId,
    parts: &[Part],
    at: Timestamp,
    placing: Placing,
) -> rusqlite::Result<Vec<Filed>> {
    if parts.is_empty() {
        return Ok(Vec::new());
    }
    let whole = Whole::of(group.db, document)?;
    parts.iter().map(|part| insert_one(group, &whole, part, at, placing)).collect()
}

pub(super) fn insert_one(
    group: &mut Group<'_>,
    whole: &Whole,
    part: &Part,
    at: Timestamp,
    placing: Placing,
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
        delivery: part.delivery.as_ref().map(|said| match placing {
            Placing::Normally => accept::place(said, &concerned),
            Placing::Aside => accept::put_aside(said),
        }),
        draws: &part.draws,
        ties: None,
    };
    let mut filed = accept::file(group, &filing, concerned.clone().contact())?;
    if placing == Placing::Normally {
        let concerned = concerned.after(&filed);
        let (document, hints) = (filed.document, part.hints.as_slice());
        let leading = Leading { document, store: &whole.store, at, concerned, hints };
        filed.along = along::file_all(group, &part.along, leading)?;
    }
    Ok(filed)
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

/// A document that was filed before, with its parts and what came along with each.
pub(super) fn filed(db: &Connection, document: DocumentId) -> rusqlite::Result<Filed> {
    let parts = reader::draws::part_ids(db, document)?;
    let parts = parts.into_iter().map(|part| with_along(db, part)).collect::<Result<_, _>>()?;
    Ok(Filed { parts, ..with_along(db, document)? })
}

fn with_along(db: &Connection, document: DocumentId) -> rusqlite::Result<Filed> {
    let along = reader::along::ids(db, document)?;
    let along = along.into_iter().map(|along| alone(db, along)).collect::<Result<_, _>>()?;
    Ok(Filed { along, ..alone(db, document)? })
}

fn alone(db: &Connection, document: DocumentId) -> rusqlite::Result<Filed> {
    let (contact, delivery): (Option<ContactKey>, Option<DeliveryId>) = db
        .prepare_cached(
            "SELECT o.contact, d.id FROM documents o LEFT JOIN deliveries d ON d.id = o.id WHERE o.id = ?1",
        )?
        .query_row([document], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let contact: Option<ContactState> = contact.map(|contact| by_key(db, contact)).transpose()?;
    Ok(Filed::alone(document, delivery, contact))
}

/// Whether a document fell into parts, or is one.
pub(super) fn is_in_parts(db: &Connection, document: DocumentId) -> rusqlite::Result<bool> {
    db.prepare_cached(
        "SELECT 1 FROM documents WHERE id = ?1 AND part_of IS NOT NULL
         UNION ALL SELECT 1 FROM documents INDEXED BY documents_parts WHERE part_of = ?1",
    )?
    .exists([document])
}
