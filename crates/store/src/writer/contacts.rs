//! Who is who: contacts, their aliases, and what becomes of two that turn out to be one.
//!
//! A contact's id in Engage never changes once it is known, and two contacts that both have one are two people
//! whatever their aliases say. A contact that was merged away keeps its row, so that its public id finds the other.

use jiff::Timestamp;
use rusqlite::Connection;

use super::{Group, edges};
use crate::columns::Micros;
use crate::command::{Bind, Remember};
use crate::reader::contacts::{by_alias, by_key, by_remote_id};
use crate::rows::{Alias, ContactKey, ContactState};

/// What the owners of some aliases mean.
#[derive(Debug, PartialEq, Eq)]
enum Owners {
    /// Nobody has one of them.
    Nobody,
    /// They are one person; these others are to be merged into it.
    One(ContactKey, Vec<ContactKey>),
}

/// The contact of these aliases. It is made where nobody has any of them; several become one, unless Engage knows
/// them as different people. `None` where there are no aliases.
pub(super) fn resolve(
    group: &Group<'_>,
    aliases: &[Alias],
    new_public_id: &str,
) -> rusqlite::Result<Option<ContactState>> {
    if aliases.is_empty() {
        return Ok(None);
    }
    let mut owners: Vec<ContactState> = Vec::new();
    let mut unowned = Vec::new();
    for alias in aliases {
        match by_alias(group.db, alias)? {
            Some(owner) if owners.iter().any(|known| known.key == owner.key) => {}
            Some(owner) => owners.push(owner),
            None => unowned.push(*alias),
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
        Ok([only]) => Ok(Some(only)),
        Err(_) => by_key(group.db, contact).map(Some),
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

/// A delivery or a look told the contact's id in Engage. One that has another id already keeps it.
pub(super) fn bind(
    group: &Group<'_>,
    contact: ContactKey,
    remote_id: &str,
    at: Timestamp,
) -> rusqlite::Result<()> {
    let db = group.db;
    let contact = by_key(db, contact)?;
    match (&contact.remote_id, by_remote_id(db, remote_id)?) {
        (Some(known), _) if known == remote_id => Ok(()),
        (Some(_), _) => {
            tracing::warn!("a contact turned up under a second id in Engage; the first was kept");
            Ok(())
        }
        (None, Some(namesake)) => merge(db, contact.key, namesake.key),
        (None, None) => {
            db.prepare_cached("UPDATE contacts SET remote_id = ?2, bound_at = ?3 WHERE id = ?1")?
                .execute((contact.key, remote_id, Micros(at)))?;
            claim(db, &[group.keys.contact_id(remote_id)], contact.key)
        }
    }
}

pub(super) fn bind_known(group: &Group<'_>, command: &Bind) -> rusqlite::Result<ContactState> {
    bind(group, command.contact, &command.remote_id, command.at)?;
    let contact = by_key(group.db, command.contact)?;
    if contact.remote_id.as_deref() == Some(&command.remote_id) {
        claim(group.db, &command.aliases, contact.key)?;
    }
    by_key(group.db, contact.key)
}

pub(super) fn remember(group: &Group<'_>, command: &Remember) -> rusqlite::Result<ContactState> {
    let db = group.db;
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
    // An answer that was overtaken by a newer one is no news.
    db.prepare_cached(
        "INSERT INTO profiles (contact, profile, seen_at) VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET profile = excluded.profile, seen_at = excluded.seen_at
         WHERE excluded.seen_at >= seen_at",
    )?
    .execute((contact, &command.profile, Micros(command.at)))?;
    by_key(db, contact)
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
        match by_alias(db, alias)? {
            Some(owner) if owner.key == contact => {}
            Some(owner) if owner.remote_id.is_none() => merge(db, owner.key, contact)?,
            Some(_) | None => attach(db, *alias, contact)?,
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
    attach(db, group.keys.contact_id(public_id), contact)?;
    Ok(contact)
}

/// Two are one. The loser has no id in Engage, hence no profile; whatever points at it follows its row, and what is
/// open of it moves.
fn merge(db: &Connection, loser: ContactKey, survivor: ContactKey) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE contacts SET merged_into = ?2 WHERE id = ?1 OR merged_into = ?1")?
        .execute((loser, survivor))?;
    db.prepare_cached(
        "UPDATE deliveries INDEXED BY deliveries_contact SET contact = ?2
         WHERE contact = ?1 AND role <> 0 AND state NOT IN (3, 5)",
    )?
    .execute((loser, survivor))?;
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
