//! Taking in what a till said, once.

use super::along::{self, Ties};
use super::contacts::Concerned;
use super::documents::{self, Known, find, find_beside};
use super::parts::Placing;
use super::{Group, contacts, deliveries, draws, edges, forget, note, parts, subjects, with};
use crate::command::{Accept, Accepted, Expects, Filed, NewDelivery, OnConflict, Role, Start};
use crate::lifecycle::Progress;
use crate::reader::contacts::last_change;
use crate::reader::subjects::{find as find_subject, newest};
use crate::rows::{Alias, ContactState, DeliveryId, DocumentId};
use crate::subject::Way;
use crate::with::Draw;

/// Other contents that are kept of one identity: enough for every honest mistake, too few to fill a disk.
const CONFLICTS_KEPT: i64 = 100;

/// A document that is filed, with the call that it owes and what it takes back of earlier ones.
pub(super) struct Filing<'a> {
    pub(super) new: documents::New<'a>,
    pub(super) hints: &'a [Alias],
    pub(super) delivery: Option<NewDelivery>,
    pub(super) draws: &'a [Draw],
    /// Most documents are about nothing but their contact.
    pub(super) ties: Option<Ties<'a>>,
}

pub(super) fn accept(group: &mut Group<'_>, accept: &Accept) -> rusqlite::Result<Accepted> {
    if let Some(first) = find(group.db, accept.kind, &accept.key)? {
        let same = first.content == accept.content || first.corrected == Some(accept.content);
        return match (same, accept.on_conflict) {
            (true, _) => Ok(Accepted::Repeated(filed(group, &first)?)),
            (false, OnConflict::Refuse) => Ok(Accepted::Conflict { first: first.id, kept: None }),
            (false, OnConflict::KeepForAttention) => keep_beside(group, accept, first.id),
        };
    }
    if !draws::holds(group.db, &accept.with)? || !along::holds(group.db, &accept.with)? {
        return Ok(Accepted::Overtaken);
    }
    let Some(concerned) = expected(group, accept)? else { return Ok(Accepted::Overtaken) };
    if let Some(first) = along::said_before(group.db, concerned.key(), accept.once.as_deref())? {
        return Ok(Accepted::Repeated(parts::filed(group.db, first)?));
    }
    let said = accept.delivery.as_ref();
    if let (Some(Role::CreatesContact), Concerned::Somebody(contact)) =
        (said.map(|said| said.role), &concerned)
    {
        contacts::hint(group.db, contact.key, &accept.hints, accept.at)?;
    }
    let filing = Filing {
        new: new(accept, &accept.key, &concerned, None),
        hints: &accept.hints,
        delivery: said.map(|said| place(said, &concerned)),
        draws: &accept.with.draws,
        ties: ties(group, accept)?,
    };
    let mut filed = file(group, &filing, concerned.clone().contact())?;
    along::say_once(group.db, concerned.key(), accept.once.as_deref(), filed.document)?;
    with::carry_out(group, accept, &concerned, &mut filed)?;
    Ok(Accepted::New(filed))
}

fn ties(group: &Group<'_>, accept: &Accept) -> rusqlite::Result<Option<Ties<'static>>> {
    let Some(about) = &accept.about else { return Ok(None) };
    let subject = subjects::named(group.db, &about.name)?;
    Ok(Some(Ties { subject: Some((subject, about.way)), ..Ties::default() }))
}

/// Whom it concerns; `None` where that isn't as the caller expects it, and then nothing of it is kept.
fn expected(group: &Group<'_>, accept: &Accept) -> rusqlite::Result<Option<Concerned>> {
    let resolve = || concerned(group, accept);
    match accept.expects {
        Expects::Anything => resolve().map(Some),
        Expects::LastChange(expected) => {
            group.db.execute_batch("SAVEPOINT expected")?;
            let concerned = resolve()?;
            let last = concerned.key().map(|contact| last_change(group.db, contact)).transpose()?.flatten();
            let holds = last == expected;
            if !holds {
                group.db.execute_batch("ROLLBACK TO expected")?;
            }
            group.db.execute_batch("RELEASE expected")?;
            Ok(holds.then_some(concerned))
        }
        Expects::LastAbout(expected) => {
            let subject = accept.about.as_ref().map(|about| find_subject(group.db, &about.name));
            let subject = subject.transpose()?.flatten();
            let last = subject.map(|subject| newest(group.db, subject)).transpose()?.flatten();
            if last == expected { resolve().map(Some) } else { Ok(None) }
        }
    }
}

fn concerned(group: &Group<'_>, accept: &Accept) -> rusqlite::Result<Concerned> {
    contacts::concerned(group, accept.with.contact_of, &accept.contact, &accept.new_contact_id)
}

/// Nobody is created who exists, nor twice at once: then it is a change. And nothing is sent about somebody who was
/// forgotten.
pub(super) fn place(said: &NewDelivery, concerned: &Concerned) -> NewDelivery {
    let role = match (said.role, concerned) {
        (Role::CreatesContact, Concerned::Somebody(contact))
            if contact.remote_id.is_some() || contact.creation.is_some() =>
        {
            Role::ChangesContact
        }
        (role, _) => role,
    };
    let start = match concerned {
        Concerned::Forgotten => Start::NeedsAttention(forget::why()),
        Concerned::Nobody | Concerned::Somebody(_) => said.start.clone(),
    };
    NewDelivery { kind: said.kind, start, role }
}

/// Adds a document, what it draws, and its own delivery with its edges.
pub(super) fn file(
    group: &mut Group<'_>,
    filing: &Filing<'_>,
    contact: Option<ContactState>,
) -> rusqlite::Result<Filed> {
    let document = documents::insert(group, &filing.new)?;
    draws::insert(group.db, document, filing.draws)?;
    if let Some(ties) = &filing.ties {
        along::insert(group.db, document, ties)?;
    }
    let Some(delivery) = &filing.delivery else {
        deliveries::expiring(group.db, filing.new.at, document)?;
        return Ok(Filed::alone(document, None, contact));
    };
    let id = DeliveryId(document.0);
    let key = contact.as_ref().map(|contact| contact.key);
    let progress = Progress::new(&delivery.start, filing.new.at);
    deliveries::insert(group, id, delivery.kind, delivery.role, key, &progress)?;
    let contact = match (contact, delivery.role) {
        (Some(contact), Role::CreatesContact) => {
            edges::draw(group.db, contact.key)?;
            Some(ContactState { creation: Some(id), ..contact })
        }
        (Some(contact), Role::ChangesContact | Role::ErasesContact) => {
            edges::draw(group.db, contact.key)?;
            Some(contact)
        }
        (Some(contact), Role::NeedsContact) if contact.creation.is_some() => {
            edges::wait_for_creations(group.db, id, contact.key)?;
            Some(contact)
        }
        (contact, _) => contact,
    };
    if delivery.role == Role::NeedsContact {
        edges::wait_for_hinted(group.db, id, filing.hints)?;
    }
    if !filing.draws.is_empty() {
        edges::wait_for_drawn(group.db, id)?;
    }
    if let Some(ties) = &filing.ties {
        if let Some((subject, way)) = ties.subject {
            if way == Way::Follows {
                edges::wait_for_base(group.db, id)?;
            }
            edges::order(group.db, subject)?;
        }
        if let Some(leader) = ties.leader {
            edges::wait_for_first(group.db, leader)?;
        }
    }
    Ok(Filed::alone(document, Some(id), contact))
}

/// Other content under a known identity may be a real sale: it is kept, once, for a person to decide about.
fn keep_beside(group: &mut Group<'_>, accept: &Accept, first: DocumentId) -> rusqlite::Result<Accepted> {
    if let Some(kept) = find_beside(group.db, first, accept.content)? {
        return Ok(Accepted::Conflict { first, kept: Some(filed(group, &kept)?) });
    }
    let Some(key) = free_key(group, accept, first)? else {
        return Ok(Accepted::Conflict { first, kept: None });
    };
    if !draws::holds(group.db, &accept.with)? {
        return Ok(Accepted::Overtaken);
    }
    let concerned = concerned(group, accept)?;
    let filing = Filing {
        new: new(accept, &key, &concerned, Some(first)),
        hints: &accept.hints,
        delivery: accept.delivery.as_ref().map(put_aside),
        draws: &accept.with.draws,
        ties: None,
    };
    let mut kept = file(group, &filing, concerned.contact())?;
    kept.parts = parts::insert(group, kept.document, &accept.with.parts, accept.at, Placing::Aside)?;
    Ok(Accepted::Conflict { first, kept: Some(kept) })
}

/// A second creation would hold up all that needs the contact until a person has decided, and a change that may never
/// be is none to reckon with: neither counts as what it was said to be.
pub(super) fn put_aside(delivery: &NewDelivery) -> NewDelivery {
    let why = note("conflictingContent", "other content was said before under the same identity");
    let role = match delivery.role {
        Role::CreatesContact | Role::ErasesContact | Role::Independent => Role::Independent,
        Role::NeedsContact | Role::ChangesContact => Role::NeedsContact,
    };
    NewDelivery { kind: delivery.kind, start: Start::NeedsAttention(why), role }
}

/// The first key of the form `key#n` that is free; `None` where enough was kept.
fn free_key(group: &Group<'_>, accept: &Accept, first: DocumentId) -> rusqlite::Result<Option<String>> {
    let kept: i64 = group
        .db
        .prepare_cached("SELECT count(*) FROM documents WHERE conflicts_with = ?1")?
        .query_row([first], |row| row.get(0))?;
    // A till may use such a key itself, so the first that would do may be taken.
    for n in kept + 1..=CONFLICTS_KEPT {
        let key = format!("{}#{n}", accept.key);
        if find(group.db, accept.kind, &key)?.is_none() {
            return Ok(Some(key));
        }
    }
    Ok(None)
}

fn new<'a>(
    accept: &'a Accept,
    key: &'a str,
    concerned: &Concerned,
    conflicts_with: Option<DocumentId>,
) -> documents::New<'a> {
    documents::New {
        kind: accept.kind,
        key,
        store: &accept.store,
        at: accept.at,
        content: accept.content,
        body: &accept.body,
        frozen: &accept.frozen,
        contact: concerned.key(),
        conflicts_with,
        part_of: None,
    }
}

fn filed(group: &Group<'_>, known: &Known) -> rusqlite::Result<Filed> {
    parts::filed(group.db, known.id)
}
