//! Where an offer came from that was made here.

use rusqlite::{Connection, OptionalExtension};

use super::contacts::by_key;
use crate::offer::OfferOrigin;
use crate::rows::ContactKey;

/// The oldest document that is about an offer and doesn't use it.
pub(super) fn origin(db: &Connection, name: &str) -> rusqlite::Result<Option<OfferOrigin>> {
    let found = db
        .prepare_cached(
            "SELECT o.contact, d.state FROM subjects f
             CROSS JOIN alongs a INDEXED BY alongs_subject ON a.subject = f.id
             CROSS JOIN documents o ON o.id = a.document
             LEFT JOIN deliveries d ON d.id = a.document
             WHERE f.name = ?1 AND a.uses = 0 ORDER BY a.document LIMIT 1",
        )?
        .query_row([name], |row| Ok((row.get::<_, Option<ContactKey>>(0)?, row.get(1)?)))
        .optional()?;
    let Some((contact, delivery)) = found else { return Ok(None) };
    let contact = contact.map(|key| by_key(db, key)).transpose()?.map(|contact| contact.key);
    Ok(Some(OfferOrigin { contact, delivery }))
}
