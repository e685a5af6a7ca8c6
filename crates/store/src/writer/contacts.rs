//! Who is who: contacts, their aliases, and what becomes of two that turn out to be one.
//!
//! A contact's id in Engage never changes once it is known, and two contacts that both have one are two people
//! whatever their aliases say. A contact that was merged away keeps its row, so that its public id finds the other.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension};

use super::{Group, along, edges, forget};
use crate::columns::{Extent, Micros};
use crate::command::{Bind, Filed, Remember};
use crate::reader::contacts::{by_alias, by_key, by_remote_id, is_forgotten};
use crate::rows::{Alias, ContactKey, ContactState, DocumentId};

/// Whom a document concerns.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Concerned {
    Nobody,
    Somebody(ContactState),
    /// Somebody who was forgotten.
    Forgotten,
}

impl Concerned {
    pub(super) fn contact(self) -> Option<ContactState> {
        match self {
            Self::Somebody(contact) => Some(contact),
            Self::Nobody | Self::Forgotten => None,
        }
    }

    pub(super) fn key(&self) -> Option<ContactKey> {
        match self {
            Self::Somebody(contact) => Some(contact.key),
            Self::Nobody | Self::Forgotten => None,
        }
    }
}

impl Concerned {
    /// As it is after a document about it was filed, which may create it.
    pub(super) fn after(self, filed: &Filed) -> Self {
        match (self, &filed.contact) {
            (Self::Somebody(_), Some(contact)) => Self::Somebody(contact.clone()),
            (same, _) => same,
        }
    }

    /// As it is now.
    pub(super) fn again(self, db: &Connection) -> rusqlite::Result<Self> {
        match self {
            Self::Somebody(contact) => by_key(db, contact.key).map(Self::Somebody),
            nobody @ (Self::Nobody | Self::Forgotten) => Ok(nobody),
        }
    }
}

/// Whose an alias is.
enum Owner {
    Nobody,
    Contact(ContactState),
    Forgotten,
}

/// What the owners of some aliases mean.
#[derive(Debug, PartialEq, Eq)]
enum Owners {
    /// Nobody has one of them.
    Nobody,
    /// They are one person; these others are to be merged into it.
    One(ContactKey, Vec<ContactKey>),
}

/// Whom a document concerns: whomever `like` concerns, or whoever has these aliases.
pub(super) fn concerned(
    group: &Group<'_>,
    like: Option<DocumentId>,
    aliases: &[Alias],
    new_public_id: &str,
) -> rusqlite::Result<Concerned> {
    let Some(document) = like else { return resolve(group, aliases, new_public_id) };
    let contact: Option<ContactKey> = group
        .db
        .prepare_cached("SELECT contact FROM documents WHERE id = ?1")?
        .query_row([document], |row| row.get(0))?;
    let Some(contact) = contact else { return Ok(Concerned::Nobody) };
    let contact = by_key(group.db, contact)?;
    match forgotten(group.db, contact.key)? {
        Some(_) => Ok(Concerned::Forgotten),
        None => Ok(Concerned::Somebody(contact)),
    }
}

/// The contact of these aliases. It is made where nobody has any of them; several become one, unless Engage knows
/// them as different people. Nobody where there are no aliases.
fn resolve(group: &Group<'_>, aliases: &[Alias], new_public_id: &str) -> rusqlite::Result<Concerned> {
    if aliases.is_empty() {
        return Ok(Concerned::Nobody);
    }
    let mut owners: Vec<ContactState> = Vec::new();
    let mut unowned = Vec::new();
    for alias in aliases {
        match owner(group.db, alias)? {
            Owner::Contact(owner) if owners.iter().any(|known| known.key == owner.key) => {}
            Owner::Contact(owner) => owners.push(owner),
            Owner::Nobody => unowned.push(*alias),
            Owner::Forgotten => return Ok(Concerned::Forgotten),
        }
    }
    let (contact, losers) = match judge(&owners) {
        Owners::Nobody => (insert(group, new_public_id)?, Vec::new()),
        Owners::One(contact, losers) => (contact, losers),
    };
    for loser in &losers {
        merge(group.db, *loser, contact)?;
    }
    for alias in unowned {
        attach(group.db, alias, contact)?;
    }
    // Nothing was written about the only owner, so what was read of it still holds.
    match <[ContactState; 1]>::try_from(owners) {
        Ok([only]) => Ok(Concerned::Somebody(only)),
        Err(_) => by_key(group.db, contact).map(Concerned::Somebody),
    }
}

/// Asks for both at once: an alias that was forgotten is nobody's any longer.
fn owner(db: &Connection, alias: &Alias) -> rusqlite::Result<Owner> {
    let found: Option<Option<ContactKey>> = db
        .prepare_cached(
            "SELECT contact FROM aliases WHERE hash = ?1
             UNION ALL SELECT NULL FROM tombstones WHERE hash = ?1 LIMIT 1",
        )?
        .query_row([alias], |row| row.get(0))
        .optional()?;
    match found {
        None => Ok(Owner::Nobody),
        Some(None) => Ok(Owner::Forgotten),
        Some(Some(key)) => by_key(db, key).map(Owner::Contact),
    }
}

/// Of several, the one that Engage knows survives, else the oldest. Where Engage knows two, all are left apart and
/// the first alias decides.
fn judge(owners: &[ContactState]) -> Owners {
    let mut bound = owners.iter().filter(|owner| owner.remote_id.is_some());
    match (owners, bound.next(), bound.next()) {
        ([], _, _) => Owners::Nobody,
        ([first, ..], Some(_), Some(_)) => Owners::One(first.key, Vec::new()),
        ([first, rest @ ..], bound, _) => {
            let oldest = rest.iter().map(|owner| owner.key).fold(first.key, Ord::min);
            let survivor = bound.map_or(oldest, |owner| owner.key);
            Owners::One(
                survivor,
                owners.iter().map(|owner| owner.key).filter(|key| *key != survivor).collect(),
            )
        }
    }
}

/// A delivery or a look told the contact's id in Engage. One that has another id already keeps it. Answers whether the
/// contact has an id there now.
pub(super) fn bind(
    group: &mut Group<'_>,
    contact: ContactKey,
    remote_id: &str,
    at: Timestamp,
) -> rusqlite::Result<bool> {
    let db = group.db;
    let contact = by_key(db, contact)?;
    let namesake = match &contact.remote_id {
        Some(known) if known == remote_id => return Ok(true),
        Some(_) => {
            tracing::warn!("a contact turned up under a second id in Engage; the first was kept");
            return Ok(true);
        }
        None => by_remote_id(db, remote_id)?,
    };
    let alias = group.keys.contact_id(remote_id);
    match (forgotten(db, contact.key)?, namesake) {
        // Learnt by a call that was under way when it was forgotten: the deletion needs to know.
        (Some(Extent::Here), None) => {
            set_remote_id(db, contact.key, remote_id, at)?;
            forget::bury(group, remote_id, at)?;
            Ok(true)
        }
        // It is somebody else's meanwhile, or of no use any longer.
        (Some(_), _) => Ok(false),
        (None, _) if is_forgotten(db, &alias)? => Ok(false),
        (None, Some(namesake)) => merge(db, contact.key, namesake.key).map(|()| true),
        (None, None) => {
            set_remote_id(db, contact.key, remote_id, at)?;
            claim(db, &[alias], contact.key).map(|()| true)
        }
    }
}

fn set_remote_id(
    db: &Connection,
    contact: ContactKey,
    remote_id: &str,
    at: Timestamp,
) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE contacts SET remote_id = ?2, bound_at = ?3 WHERE id = ?1")?.execute((
        contact,
        remote_id,
        Micros(at),
    ))?;
    Ok(())
}

pub(super) fn bind_known(group: &mut Group<'_>, command: &Bind) -> rusqlite::Result<ContactState> {
    bind(group, command.contact, &command.remote_id, command.at)?;
    let contact = by_key(group.db, command.contact)?;
    let is_bound = contact.remote_id.as_deref() == Some(&command.remote_id);
    if is_bound && forgotten(group.db, contact.key)?.is_none() {
        claim(group.db, &command.aliases, contact.key)?;
    }
    by_key(group.db, contact.key)
}

pub(super) fn remember(group: &mut Group<'_>, command: &Remember) -> rusqlite::Result<Option<ContactState>> {
    let db = group.db;
    if is_forgotten(db, &group.keys.contact_id(&command.remote_id))? {
        return Ok(None);
    }
    let contact = match by_remote_id(db, &command.remote_id)? {
        Some(contact) => contact.key,
        None => {
            let contact = match unbound_owner(db, &command.aliases)? {
                Some(owner) => owner,
                None => insert(group, &command.new_contact_id)?,
            };
            bind(group, contact, &command.remote_id, command.at)?;
            contact
        }
    };
    claim(db, &command.aliases, contact)?;
    keep_profile(group, contact, &command.profile, command.at)?;
    by_key(db, contact).map(Some)
}

/// Keeps a profile. An answer that was overtaken by a newer one is no news.
pub(super) fn keep_profile(
    group: &Group<'_>,
    contact: ContactKey,
    profile: &[u8],
    at: Timestamp,
) -> rusqlite::Result<()> {
    group
        .db
        .prepare_cached(
            "INSERT INTO profiles (contact, profile, seen_at)
             SELECT contact, seal(key, ?2, ?3), ?4 FROM seals WHERE contact = ?1
             ON CONFLICT DO UPDATE SET profile = excluded.profile, seen_at = excluded.seen_at
             WHERE excluded.seen_at >= seen_at",
        )?
        .execute((contact, group.seals.nonce(), profile, Micros(at)))?;
    Ok(())
}

/// Leaves hints with a contact that is being created.
pub(super) fn hint(
    db: &Connection,
    contact: ContactKey,
    hints: &[Alias],
    at: Timestamp,
) -> rusqlite::Result<()> {
    for hint in hints {
        db.prepare_cached(
            "INSERT INTO hints (hash, contact, at) VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET at = max(at, excluded.at)",
        )?
        .execute((hint, contact, Micros(at)))?;
    }
    Ok(())
}

/// How far a contact was forgotten.
pub(super) fn forgotten(db: &Connection, contact: ContactKey) -> rusqlite::Result<Option<Extent>> {
    db.prepare_cached("SELECT forgotten FROM contacts WHERE id = ?1")?.query_row([contact], |row| row.get(0))
}

/// A contact and those that were merged into it, with the ids that tills were given for them.
pub(super) fn public_ids(
    db: &Connection,
    contact: ContactKey,
) -> rusqlite::Result<Vec<(ContactKey, String)>> {
    db.prepare_cached("SELECT id, public_id FROM contacts WHERE id = ?1 OR merged_into = ?1")?
        .query_map([contact], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// Overwrites a contact's key with another: what was sealed with it is gone, wherever a copy of it may stand.
pub(super) fn break_seal(group: &Group<'_>, contact: ContactKey) -> rusqlite::Result<()> {
    group
        .db
        .prepare_cached("UPDATE seals SET key = ?2 WHERE contact = ?1")?
        .execute((contact, group.seals.key()))?;
    Ok(())
}

/// Takes from a contact all by which it could be found or shown.
pub(super) fn strip(db: &Connection, contact: ContactKey, extent: Extent) -> rusqlite::Result<()> {
    for statement in [
        "DELETE FROM profiles WHERE contact = ?1",
        "DELETE FROM aliases WHERE contact = ?1",
        "DELETE FROM hints WHERE contact = ?1",
    ] {
        db.prepare_cached(statement)?.execute([contact])?;
    }
    let mark = match extent {
        Extent::Here => "UPDATE contacts SET forgotten = coalesce(forgotten, ?2) WHERE id = ?1",
        Extent::Everywhere => {
            "UPDATE contacts SET forgotten = ?2, remote_id = NULL, bound_at = NULL WHERE id = ?1"
        }
    };
    db.prepare_cached(mark)?.execute((contact, extent))?;
    Ok(())
}

/// The contact that `key` has become.
pub(super) fn surviving(db: &Connection, key: ContactKey) -> rusqlite::Result<ContactKey> {
    db.prepare_cached("SELECT coalesce(merged_into, id) FROM contacts WHERE id = ?1")?
        .query_row([key], |row| row.get(0))
}

fn unbound_owner(db: &Connection, aliases: &[Alias]) -> rusqlite::Result<Option<ContactKey>> {
    for alias in aliases {
        match by_alias(db, alias)? {
            Some(owner) if owner.remote_id.is_none() => return Ok(Some(owner.key)),
            Some(_) | None => {}
        }
    }
    Ok(None)
}

/// Engage said that these aliases are this bound contact's: that counts for more than what tills said. One that
/// was another bound contact's has changed hands; an unbound owner was this person all the time.
fn claim(db: &Connection, aliases: &[Alias], contact: ContactKey) -> rusqlite::Result<()> {
    for alias in aliases {
        match owner(db, alias)? {
            Owner::Contact(owner) if owner.key == contact => {}
            Owner::Contact(owner) if owner.remote_id.is_none() => merge(db, owner.key, contact)?,
            Owner::Contact(_) | Owner::Nobody => attach(db, *alias, contact)?,
            Owner::Forgotten => {}
        }
    }
    Ok(())
}

fn attach(db: &Connection, alias: Alias, contact: ContactKey) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO aliases (hash, contact) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET contact = excluded.contact",
    )?
    .execute((alias, contact))?;
    Ok(())
}

/// A till may name the contact by its public id from now on, whoever made it known: an alias like any other.
fn insert(group: &Group<'_>, public_id: &str) -> rusqlite::Result<ContactKey> {
    let db = group.db;
    db.prepare_cached("INSERT INTO contacts (public_id) VALUES (?1)")?.execute([public_id])?;
    let contact = ContactKey(db.last_insert_rowid());
    db.prepare_cached("INSERT INTO seals (contact, key) VALUES (?1, ?2)")?
        .execute((contact, group.seals.key()))?;
    attach(db, group.keys.contact_id(public_id), contact)?;
    Ok(contact)
}

/// Notes that documents which were there before concern this contact now: who looked at all that is held about it until
/// now has not seen them.
pub(super) fn gain(db: &Connection, contact: ContactKey) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE contacts SET gained = (SELECT max(id) FROM documents) WHERE id = ?1")?
        .execute([contact])?;
    Ok(())
}

/// Two are one. The loser has no id in Engage, hence no profile; whatever points at it follows its row, and what is
/// open of it moves.
fn merge(db: &Connection, loser: ContactKey, survivor: ContactKey) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE contacts SET merged_into = ?2 WHERE id = ?1 OR merged_into = ?1")?
        .execute((loser, survivor))?;
    gain(db, survivor)?;
    db.prepare_cached(
        "UPDATE deliveries INDEXED BY deliveries_contact SET contact = ?2
         WHERE contact = ?1 AND role <> 0 AND state NOT IN (3, 5)",
    )?
    .execute((loser, survivor))?;
    db.prepare_cached(
        "INSERT INTO hints (hash, contact, at) SELECT hash, ?2, at FROM hints WHERE contact = ?1
         ON CONFLICT DO UPDATE SET at = max(at, excluded.at)",
    )?
    .execute((loser, survivor))?;
    db.prepare_cached("DELETE FROM hints WHERE contact = ?1")?.execute([loser])?;
    along::merge(db, loser, survivor)?;
    edges::draw(db, survivor)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contact(key: i64, remote_id: Option<&str>) -> ContactState {
        ContactState {
            key: ContactKey(key),
            public_id: format!("c{key}"),
            remote_id: remote_id.map(str::to_owned),
            bound_at: None,
            creation: None,
        }
    }

    #[test]
    fn of_several_the_one_that_engage_knows_survives() {
        let owners = [contact(1, None), contact(2, Some("r")), contact(3, None)];
        assert_eq!(judge(&owners), Owners::One(ContactKey(2), vec![ContactKey(1), ContactKey(3)]));
    }

    #[test]
    fn of_several_that_engage_does_not_know_the_oldest_survives() {
        let owners = [contact(5, None), contact(4, None)];
        assert_eq!(judge(&owners), Owners::One(ContactKey(4), vec![ContactKey(5)]));
    }

    #[test]
    fn two_people_in_engage_stay_two_people() {
        let owners = [contact(1, None), contact(2, Some("r")), contact(3, Some("s"))];
        assert_eq!(judge(&owners), Owners::One(ContactKey(1), Vec::new()));
    }
}
