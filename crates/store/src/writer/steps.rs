//! The steps of a delivery: its attempt, what came of it, and whether it was seen.

use jiff::Timestamp;

use super::deliveries::{Delivery, advance, load};
use super::{Group, contacts, forget, history, note, subjects};
use crate::command::{Begin, Begun, Confirm, Done, Outcome, Role, Settle, Settled, Sight};
use crate::reader::contacts::by_key;
use crate::rows::{DeliveryId, DeliveryState, Note};

pub(super) fn begin(group: &mut Group<'_>, begin: &Begin) -> rusqlite::Result<Begun> {
    let Some(delivery) = load(group.db, begin.id)?.filter(|delivery| delivery.blocked == 0) else {
        return Ok(Begun::Gone);
    };
    let Some(progress) = delivery.progress.clone().begin(begin.at) else { return Ok(Begun::Gone) };
    if forget::instead_of_attempt(group, &delivery, begin.at)? {
        return Ok(Begun::Gone);
    }
    advance(group, &delivery, &progress)?;
    if let Some(mark) = &begin.mark {
        keep_mark(group, begin.id, mark)?;
    }
    Ok(Begun::Go(progress.attempts))
}

fn keep_mark(group: &Group<'_>, id: DeliveryId, mark: &[u8]) -> rusqlite::Result<()> {
    group.db.prepare_cached("UPDATE deliveries SET mark = ?2 WHERE id = ?1")?.execute((id, mark))?;
    Ok(())
}

pub(super) fn settle(group: &mut Group<'_>, settle: &Settle) -> rusqlite::Result<Settled> {
    let Some(delivery) = load(group.db, settle.id)? else { return Ok(Settled::Gone) };
    if !delivery.progress.state().goes_on() {
        return Ok(Settled::Gone);
    }
    let visible = learn(group, &delivery, settle)?;
    let Some(progress) = delivery.progress.clone().settle(settle.at, &settle.outcome, visible) else {
        return Ok(Settled::Gone);
    };
    let progress = forget::after_step(&delivery, progress, settle.at);
    advance(group, &delivery, &progress)?;
    keep_learnt(group, settle)?;
    if let Some((what, note)) = told(&settle.outcome) {
        history::keep(group.db, delivery.id, &delivery.progress.phase)?;
        history::step(group.db, delivery.id, settle.at, what, Some(note))?;
    }
    match (delivery.role, progress.state()) {
        (_, DeliveryState::Discarded) => {
            history::step(group.db, delivery.id, settle.at, "discard", Some(&forget::why()))?;
        }
        (Role::ErasesContact, DeliveryState::Done) => forget::deleted_there(group, &delivery, settle.at)?,
        (_, _) => {}
    }
    Ok(Settled::Settled)
}

pub(super) fn confirm(group: &mut Group<'_>, confirm: &Confirm) -> rusqlite::Result<Settled> {
    let Some(delivery) = load(group.db, confirm.id)? else { return Ok(Settled::Gone) };
    let Some(progress) = delivery.progress.clone().confirm(confirm.at, &confirm.sight) else {
        return Ok(Settled::Gone);
    };
    advance(group, &delivery, &progress)?;
    let (what, why) = match &confirm.sight {
        Sight::Seen | Sight::Missed { .. } => return Ok(Settled::Settled),
        Sight::Resend => ("resend", None),
        Sight::GiveUp(note) => ("needsAttention", Some(note)),
    };
    history::keep(group.db, delivery.id, &delivery.progress.phase)?;
    history::step(group.db, delivery.id, confirm.at, what, why)?;
    Ok(Settled::Settled)
}

/// After a stop of the process: the attempt may or may not have landed.
pub(super) fn interrupt(group: &mut Group<'_>, id: DeliveryId, now: Timestamp) -> rusqlite::Result<()> {
    let why = note("processStopped", "the process was stopped while the call was under way");
    let Some(delivery) = load(group.db, id)? else { return Ok(()) };
    let Some(progress) = delivery.progress.clone().interrupted(now, why.clone()) else { return Ok(()) };
    let progress = forget::after_step(&delivery, progress, now);
    advance(group, &delivery, &progress)?;
    history::keep(group.db, id, &delivery.progress.phase)?;
    history::step(group.db, id, now, "unknown", Some(&why))?;
    match progress.state() {
        DeliveryState::Discarded => history::step(group.db, id, now, "discard", Some(&forget::why())),
        _ => Ok(()),
    }
}

/// It has been owed for too long.
pub(super) fn overdue(group: &mut Group<'_>, id: DeliveryId, at: Timestamp) -> rusqlite::Result<()> {
    let why = note("undelivered", "it could not be delivered for a long time: retry it or discard it");
    let Some(delivery) = load(group.db, id)? else { return Ok(()) };
    let Some(progress) = delivery.progress.clone().overdue(why.clone()) else { return Ok(()) };
    advance(group, &delivery, &progress)?;
    history::step(group.db, id, at, "needsAttention", Some(&why))
}

/// Keeps what a delivery learnt of its contact. Answers whether what is done can be looked for: only under a contact
/// that Engage knows, and keeps.
fn learn(group: &mut Group<'_>, delivery: &Delivery, settle: &Settle) -> rusqlite::Result<bool> {
    let (Some(contact), Outcome::Done(Done { remote_id, confirm_due, profile, .. })) =
        (delivery.contact, &settle.outcome)
    else {
        return Ok(false);
    };
    let is_bound = match remote_id {
        Some(remote_id) => contacts::bind(group, contact, remote_id, settle.at)?,
        None => confirm_due.is_some() && by_key(group.db, contact)?.remote_id.is_some(),
    };
    if let Some(profile) = profile.as_ref().filter(|_| delivery.forgotten.is_none()) {
        let contact = by_key(group.db, contact)?;
        // Whoever it was seen under must be the contact; one that Engage doesn't have has none.
        let seen_as = remote_id.as_ref().or(contact.remote_id.as_ref());
        if seen_as.is_some() && seen_as == contact.remote_id.as_ref() {
            contacts::keep_profile(group, contact.key, profile, settle.at)?;
        }
    }
    Ok(is_bound && delivery.forgotten.is_none())
}

/// Keeps what a delivery learnt for those that come after it, or must remember for its next step.
fn keep_learnt(group: &Group<'_>, settle: &Settle) -> rusqlite::Result<()> {
    let done = match &settle.outcome {
        Outcome::Done(done) => done,
        Outcome::Unknown { mark: Some(mark), .. } => return keep_mark(group, settle.id, mark),
        Outcome::Unknown { mark: None, .. } | Outcome::Again { .. } | Outcome::NeedsAttention(_) => {
            return Ok(());
        }
    };
    if let Some(learnt) = &done.learnt {
        group
            .db
            .prepare_cached("UPDATE deliveries SET learnt = ?2 WHERE id = ?1")?
            .execute((settle.id, learnt))?;
    }
    match &done.subject_id {
        Some(subject_id) => subjects::learn(group.db, settle.id, subject_id),
        None => Ok(()),
    }
}

/// What the history says of an outcome; the plain success says nothing, for its row tells it.
fn told(outcome: &Outcome) -> Option<(&'static str, &Note)> {
    match outcome {
        Outcome::Done(_) => None,
        Outcome::Again { note, .. } => Some(("again", note)),
        Outcome::Unknown { note, .. } => Some(("unknown", note)),
        Outcome::NeedsAttention(note) => Some(("needsAttention", note)),
    }
}
