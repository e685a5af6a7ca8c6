//! The steps that are a contact's own: it is created, filled, promoted, changed, deleted.
//!
//! All of it may be begun anew at any time: who is there is looked at before anything is written, and only what differs
//! is written (fact C-74).

use std::time::Duration;

use engage::call::Deleted;
use engage::model::{Contact, ContactId, ContactType};
use jiff::Timestamp;
use store::{DeliveryId, Done, Note, Outcome};

use super::core::Core;
use super::event::{Action, How};
use super::offers::WAS_THERE;
use super::plan::{Among, Change, Held, NEWER_IN_ENGAGE, Next, Plan};
use super::verdict::note;
use crate::profile::{Kept, Profile, fill, update};
use crate::settings::Engage;

/// The code of what may have landed and isn't seen yet.
pub(super) const OUTCOME_UNKNOWN: &str = "outcomeUnknown";

/// Within the visibility window of an unknown creation, how often it is looked for.
pub(super) const LOOK_EVERY: Duration = Duration::from_secs(10);

/// How long a call may have been on its way when the process that made it was stopped.
const ON_THE_WAY: Duration = Duration::from_secs(10);

impl Core {
    /// Several contacts of whatever type share the tenant's key: only one can be of its type (fact C-06).
    pub(super) fn seek_among_ours(&mut self, id: DeliveryId) -> bool {
        let is_wide = self.held.get(&id).is_some_and(|held| held.next == Next::Seek(Among::All));
        if is_wide {
            self.go_on(id, Next::Seek(Among::Ours));
        }
        is_wide
    }

    /// Who enrols is not there, unless a creation that may have landed is not visible yet.
    pub(super) fn member_not_found(&mut self, id: DeliveryId, now: Timestamp, actions: &mut Vec<Action>) {
        let window = self.policy.engage.visibility_window;
        let Some(held) = self.held.get_mut(&id) else { return self.step_ended() };
        match held.due.unknown_since.filter(|_| held.is_unknown()) {
            // An answer may be long under way: what counts is when Engage was asked.
            Some(since) if held.sought_at.unwrap_or(now) < since + window => {
                let due = (now + LOOK_EVERY).min(since + window).max(now);
                let why = note(
                    OUTCOME_UNKNOWN,
                    "the creation may have landed; it is looked for until a new contact must be visible",
                );
                self.settle(id, Outcome::Again { due, note: why }, How::Later, now, actions);
            }
            _ => {
                held.decided_at = held.sought_at;
                held.changes.push_back(Change::Create);
                self.go_on(id, Next::Write);
            }
        }
    }

    /// It was created.
    pub(super) fn created(
        &mut self,
        id: DeliveryId,
        contact: ContactId,
        now: Timestamp,
        actions: &mut Vec<Action>,
    ) {
        let Some(held) = self.held.get(&id) else { return self.step_ended() };
        // What Engage has of it is what it was just told.
        let profile = match &held.plan {
            Plan::Create(frozen) => Some(Kept::said(Profile::of_enrolment(frozen)).write()),
            _ => None,
        };
        let remote_id = Some(contact.as_str().to_owned());
        let done = Outcome::Done(Done { remote_id, profile, ..Done::default() });
        self.settle(id, done, How::Created, now, actions);
    }

    /// It was created, or it was there: a look tells which, and what is to change then.
    pub(super) fn created_or_not(&mut self, id: DeliveryId, contact: ContactId) {
        if let Some(held) = self.held.get_mut(&id) {
            held.changes.clear();
            held.found = Some(contact);
            (held.wrote, held.created) = (true, true);
        }
        self.go_on(id, Next::Look);
    }

    /// A contact was read: what is to change is decided now.
    pub(super) fn looked(
        &mut self,
        id: DeliveryId,
        contact: Contact,
        now: Timestamp,
        actions: &mut Vec<Action>,
    ) {
        let Some(held) = self.held.get_mut(&id) else { return self.step_ended() };
        decide(held, &contact, &self.policy.engage);
        held.decided_at = Some(now);
        held.created &= held.changes.is_empty();
        if let Some(kept) = held.profile.as_mut().filter(|_| held.created) {
            // The only change that Engage knows of was its creation.
            kept.others_changed_at = None;
        }
        match held.changes.is_empty() {
            true => self.contact_done(id, now, actions),
            false => self.go_on(id, Next::Write),
        }
    }

    /// One change was made.
    pub(super) fn changed(&mut self, id: DeliveryId, now: Timestamp, actions: &mut Vec<Action>) {
        let Some(held) = self.held.get_mut(&id) else { return self.step_ended() };
        held.wrote = true;
        let made = held.changes.pop_front();
        match made {
            // What the other type didn't know was dropped in silence (fact C-36): another look fills it.
            Some(Change::Promote) => {
                held.promoted = true;
                held.decided_at = None;
                self.go_on(id, Next::Look);
            }
            _ if held.changes.is_empty() => self.contact_done(id, now, actions),
            _ => self.go_on(id, Next::Write),
        }
    }

    /// The contact is as it was to be.
    fn contact_done(&mut self, id: DeliveryId, now: Timestamp, actions: &mut Vec<Action>) {
        let Some(held) = self.held.get_mut(&id) else { return self.step_ended() };
        let how = match (&held.plan, held.promoted) {
            (Plan::Create(_), _) if held.created => How::Created,
            (Plan::Create(_), true) => How::Promoted,
            (Plan::Create(_), false) => How::Existed,
            _ => How::Changed,
        };
        let done = Outcome::Done(Done {
            remote_id: held.remote_id().map(|remote_id| remote_id.as_str().to_owned()),
            note: held.remark.take(),
            profile: held.profile.take().map(|kept| kept.write()),
            learnt: (how == How::Existed).then(|| WAS_THERE.to_vec()),
            ..Done::default()
        });
        self.settle(id, done, how, now, actions);
    }

    /// It is deleted, or was before. One that is younger than the visibility window may not be visible yet.
    pub(super) fn deleted(
        &mut self,
        id: DeliveryId,
        deleted: Deleted,
        now: Timestamp,
        actions: &mut Vec<Action>,
    ) {
        let Some(held) = self.held.get(&id) else { return self.step_ended() };
        match (deleted, visible_from(held, self.policy.engage.visibility_window)) {
            (Deleted::Already, Some(visible)) if now < visible => {
                let due = (now + LOOK_EVERY).min(visible);
                let why =
                    note("notVisibleYet", "Engage doesn't show the contact yet; it is deleted when it does");
                self.settle(id, Outcome::Again { due, note: why }, How::Later, now, actions);
            }
            (Deleted::Now | Deleted::Already, _) => {
                self.settle(id, Outcome::Done(Done::default()), How::Changed, now, actions);
            }
        }
    }

    /// Engage doesn't show a contact that it gave us, or doesn't know it any longer.
    pub(super) fn contact_gone(
        &mut self,
        id: DeliveryId,
        said: Note,
        now: Timestamp,
        actions: &mut Vec<Action>,
    ) {
        let Some(held) = self.held.get(&id) else { return self.step_ended() };
        let found_just_now = held.found.is_some() || held.sought_at.is_some();
        match visible_from(held, self.policy.engage.visibility_window) {
            // Who was there before could be seen.
            _ if held.created => {
                if let Some(contact) = held.found.clone() {
                    self.created(id, contact, now, actions);
                }
            }
            Some(visible) if now < visible => {
                let due = (now + LOOK_EVERY).min(visible);
                self.settle(id, Outcome::Again { due, note: said }, How::Later, now, actions);
            }
            // Gone between the look-up and the read: from the start.
            _ if found_just_now => {
                let due = now + LOOK_EVERY;
                let outcome = match held.wrote {
                    true => Outcome::Unknown { due, note: said, mark: None },
                    false => Outcome::Again { due, note: said },
                };
                self.settle(id, outcome, How::Later, now, actions);
            }
            _ => {
                let detail = format!(
                    "{}: the contact was deleted in Engage; discard this, or enrol the customer anew",
                    said.detail
                );
                self.attention(id, note("contactGone", detail), now, actions);
            }
        }
    }

    /// A change of a contact whose creation came to nothing.
    pub(super) fn nobody_to_look_at(&mut self, id: DeliveryId, now: Timestamp, actions: &mut Vec<Action>) {
        let why =
            note("contactUnknown", "the contact never came to be in Engage; enrol the customer, then retry");
        self.attention(id, why, now, actions);
    }
}

/// When a contact that was tied to its id not long ago must be visible; one whose id a till knew from elsewhere may be
/// as new.
fn visible_from(held: &Held, window: Duration) -> Option<Timestamp> {
    let known_since = |contact: &store::ContactState| contact.bound_at.unwrap_or(held.due.accepted_at);
    held.due.contact.as_ref().map(|contact| known_since(contact) + window)
}

/// What is to change of a contact as it is now.
fn decide(held: &mut Held, contact: &Contact, engage: &Engage) {
    let now = Profile::of(contact, engage);
    let modified_on: Option<Timestamp> = contact.modified_on.as_ref().and_then(|at| at.as_str().parse().ok());
    let before = held.due.profile.as_deref().and_then(Kept::read);
    let mut seen = Kept::seen(now.clone(), held.profile.as_ref().or(before.as_ref()), modified_on);
    let patch = match &held.plan {
        Plan::Create(frozen) => fill(frozen, &now),
        Plan::Update(frozen) => {
            let changed_since = seen.others_changed_at.is_some_and(|at| at > held.due.accepted_at);
            let (patch, left_alone) = update(frozen, &now, changed_since);
            if !left_alone.is_empty() {
                let names = left_alone.into_iter().collect::<Vec<_>>().join(", ");
                held.remark = Some(note(NEWER_IN_ENGAGE, names));
            }
            patch
        }
        _ => return,
    };
    let may_have_landed_at = held.due.unknown_since.filter(|_| held.is_unknown() && held.profile.is_none());
    if patch.is_empty()
        && may_have_landed_at.is_some_and(|at| modified_on.is_some_and(|on| on <= at + ON_THE_WAY))
    {
        // It had landed, so that the last change was its own.
        seen.others_changed_at = before.and_then(|before| before.others_changed_at);
    }
    held.profile = Some(Kept { profile: patch.laid_over(&now), ..seen });
    held.changes.clear();
    if !patch.is_empty() {
        held.changes.push_back(Change::Patch(patch));
    }
    let is_creation = matches!(held.plan, Plan::Create(_));
    let ours = ContactType::new(engage.contact_type.as_str()).unwrap_or_default();
    if is_creation && !held.promoted && contact.contact_type.as_ref().is_some_and(|kind| *kind != ours) {
        held.changes.push_back(Change::Promote);
    }
}
