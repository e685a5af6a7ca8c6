//! What comes along with a document: calls of other kinds, offers that are used, and what is taken back of them.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension};

use super::accept::{self, Filing};
use super::contacts::Concerned;
use super::deliveries::{Delivery, advance, load};
use super::{Group, checkouts, documents, history, subjects, with};
use crate::command::Filed;
use crate::offer::Exposure;
use crate::reader;
use crate::reader::offers::used_by;
use crate::reader::subjects::{SubjectKey, base, find};
use crate::rows::{Alias, ContactKey, DeliveryId, DeliveryState, DocumentId};
use crate::subject::Way;
use crate::with::{Along, With};

/// What a document has to do with others, beside its contact.
#[derive(Debug, Default)]
pub(super) struct Ties<'a> {
    pub(super) leader: Option<DocumentId>,
    pub(super) subject: Option<(SubjectKey, Way)>,
    pub(super) uses: bool,
    pub(super) goes_first: bool,
    pub(super) exposure: Option<&'a Exposure>,
}

/// What others come along with.
pub(super) struct Leading<'a> {
    pub(super) document: DocumentId,
    pub(super) store: &'a str,
    pub(super) at: Timestamp,
    pub(super) concerned: Concerned,
    /// What its contact is hinted at by: who waits for a creation because of that isn't alone.
    pub(super) hints: &'a [Alias],
}

/// Whether every offer that is to be used is free, or becomes free by what is undone with it.
pub(super) fn holds(db: &Connection, with: &With) -> rusqlite::Result<bool> {
    let parts = with.parts.iter().chain(with.voids.iter().map(|void| &void.compensation));
    let all = || {
        let of_parts = parts.clone().flat_map(|part| &part.along);
        with.along.iter().chain(of_parts).chain(with.voids.iter().flat_map(|void| &void.along))
    };
    for along in all().filter(|along| along.uses) {
        let Some(about) = &along.about else { continue };
        let Some(offer) = find(db, &about.name)? else { continue };
        let user = used_by(db, offer)?.map(|used| used.document);
        let is_free = user.is_none_or(|user| all().any(|along| along.undoes == Some(user)));
        if !is_free && documents::find(db, along.kind, &along.key)?.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Files what comes along with a document that was just filed, voided or corrected.
pub(super) fn file_all(
    group: &mut Group<'_>,
    alongs: &[Along],
    mut leading: Leading<'_>,
) -> rusqlite::Result<Vec<Filed>> {
    let mut all = Vec::new();
    for along in alongs {
        if let Some(filed) = file(group, along, &leading)? {
            leading.concerned = leading.concerned.after(&filed);
            all.push(filed);
        }
        if along.undoes.is_some() {
            // What was withdrawn may be the contact's creation.
            leading.concerned = leading.concerned.again(group.db)?;
        }
    }
    Ok(all)
}

/// `None` where it is there already, or there is nothing to do.
fn file(group: &mut Group<'_>, along: &Along, leading: &Leading<'_>) -> rusqlite::Result<Option<Filed>> {
    let db = group.db;
    if documents::find(db, along.kind, &along.key)?.is_some() {
        return Ok(None);
    }
    let contact = leading.concerned.key();
    if said_before(db, contact, along.once.as_deref())?.is_some() {
        return Ok(None);
    }
    if let Some(undone) = along.undoes
        && !undo(group, undone, leading.at)?
    {
        return Ok(None);
    }
    let subject = match (&along.about, along.undoes) {
        (Some(about), _) => Some((subjects::named(db, &about.name)?, about.way)),
        (None, Some(undone)) => subjects::of(db, DeliveryId(undone.0))?.map(|subject| (subject, Way::InTurn)),
        (None, None) => None,
    };
    if let Some((offer, _)) = subject.filter(|_| along.uses) {
        if used_by(db, offer)?.is_some() {
            return Ok(None);
        }
        checkouts::lose(db, offer)?;
    }
    let filing = Filing {
        new: documents::New {
            kind: along.kind,
            key: &along.key,
            store: leading.store,
            at: leading.at,
            content: group.keys.content(documents::MADE_HERE, &along.body),
            body: &along.body,
            frozen: &along.frozen,
            contact,
            conflicts_with: None,
            part_of: None,
        },
        // What goes first is tried at once, for somebody waits.
        hints: if along.goes_first || along.undoes.is_some() { &[] } else { leading.hints },
        delivery: along.delivery.as_ref().map(|said| accept::place(said, &leading.concerned)),
        draws: &[],
        ties: Some(Ties {
            leader: Some(leading.document),
            subject,
            uses: along.uses && subject.is_some(),
            goes_first: along.goes_first,
            exposure: along.exposure.as_ref(),
        }),
    };
    let filed = accept::file(group, &filing, leading.concerned.clone().contact())?;
    say_once(db, contact, along.once.as_deref(), filed.document)?;
    Ok(Some(filed))
}

/// Writes down what a document has to do with others.
pub(super) fn insert(db: &Connection, document: DocumentId, ties: &Ties<'_>) -> rusqlite::Result<()> {
    let base = match ties.subject {
        Some((subject, Way::Follows)) => base(db, subject, document)?,
        Some((_, Way::InTurn | Way::Replaces)) | None => None,
    };
    let (subject, way) = ties.subject.unzip();
    let (bucket, amount) = ties.exposure.map(|risk| (&risk.bucket, risk.amount)).unzip();
    db.prepare_cached(
        "INSERT INTO alongs (document, leader, subject, way, base, uses, goes_first, undone, bucket, amount)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8, ?9)",
    )?
    .execute((document, ties.leader, subject, way, base, ties.uses, ties.goes_first, bucket, amount))?;
    Ok(())
}

/// The document that said this word of this contact.
pub(super) fn said_before(
    db: &Connection,
    contact: Option<ContactKey>,
    word: Option<&str>,
) -> rusqlite::Result<Option<DocumentId>> {
    match contact.zip(word) {
        Some((contact, word)) => reader::offers::once(db, contact, word),
        None => Ok(None),
    }
}

pub(super) fn say_once(
    db: &Connection,
    contact: Option<ContactKey>,
    word: Option<&str>,
    document: DocumentId,
) -> rusqlite::Result<()> {
    if let Some((contact, word)) = contact.zip(word) {
        db.prepare_cached("INSERT INTO once (contact, word, document) VALUES (?1, ?2, ?3)")?
            .execute((contact, word, document))?;
    }
    Ok(())
}

/// Two contacts are one: what was said of either was said of it, the first time counts.
pub(super) fn merge(db: &Connection, loser: ContactKey, survivor: ContactKey) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO once (contact, word, document) SELECT ?2, word, document FROM once WHERE contact = ?1
         ON CONFLICT DO UPDATE SET document = min(document, excluded.document)",
    )?
    .execute((loser, survivor))?;
    db.prepare_cached("DELETE FROM once WHERE contact = ?1")?.execute([loser])?;
    Ok(())
}

/// Ends a document's use and its exposure; answers whether what takes it back is needed: a call for it may have landed.
fn undo(group: &mut Group<'_>, document: DocumentId, at: Timestamp) -> rusqlite::Result<bool> {
    let is_news = group
        .db
        .prepare_cached("UPDATE alongs SET undone = 1 WHERE document = ?1 AND undone = 0")?
        .execute([document])?
        > 0;
    match load(group.db, DeliveryId(document.0))?.filter(|_| is_news) {
        None => Ok(false),
        Some(delivery) if delivery.progress.may_have_landed() => Ok(true),
        Some(delivery) => withdraw(group, &delivery, at).map(|()| false),
    }
}

/// A document was voided: of what came along with it before, what can't have landed and nothing takes back is given up.
pub(super) fn withdraw_rest(
    group: &mut Group<'_>,
    voided: DocumentId,
    just_filed: &[Filed],
    at: Timestamp,
) -> rusqlite::Result<()> {
    for along in reader::along::ids(group.db, voided)? {
        let is_new = just_filed.iter().any(|filed| filed.document == along);
        let Some(delivery) = load(group.db, DeliveryId(along.0))?.filter(|_| !is_new) else { continue };
        if !delivery.progress.may_have_landed() {
            undo(group, along, at)?;
        }
    }
    Ok(())
}

fn withdraw(group: &mut Group<'_>, delivery: &Delivery, at: Timestamp) -> rusqlite::Result<()> {
    let why = with::why_voided();
    let Some(progress) = delivery.progress.clone().discard(at, why.clone()) else { return Ok(()) };
    advance(group, delivery, &progress)?;
    history::step(group.db, delivery.id, at, "discard", Some(&why))
}

/// Whether a document came along with another, or is about a subject.
pub(super) fn is_one(db: &Connection, document: DocumentId) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT 1 FROM alongs WHERE document = ?1")?.exists([document])
}

/// Why a delivery must not be taken up again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bar {
    /// It was taken back, and what takes it back may be done.
    Undone,
    /// Another uses its offer meanwhile.
    UsedByAnother,
}

/// Whether something speaks against taking a delivery up again that had stopped.
pub(super) fn bar(db: &Connection, delivery: &Delivery) -> rusqlite::Result<Option<Bar>> {
    let found: Option<(bool, bool, Option<SubjectKey>)> = db
        .prepare_cached("SELECT undone, uses, subject FROM alongs WHERE document = ?1")?
        .query_row([delivery.id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let state = delivery.progress.state();
    Ok(match found {
        Some((true, _, _)) if !state.goes_on() => Some(Bar::Undone),
        Some((_, true, Some(offer))) if state == DeliveryState::Discarded => {
            used_by(db, offer)?.map(|_| Bar::UsedByAnother)
        }
        Some(_) | None => None,
    })
}
