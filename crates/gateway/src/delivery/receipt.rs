//! The steps that are a receipt's own: whose it is, and that it is registered.

use engage::model::ContactId;
use jiff::Timestamp;
use store::{Bind, Command, ContactState, DeliveryId, Outcome};

use super::confirm;
use super::core::Core;
use super::event::{Action, How, Purpose};
use super::plan::{Change, Next};
use super::verdict::note;

/// The code of a receipt whose contact is not there.
const CONTACT_NOT_FOUND: &str = "contactNotFound";

impl Core {
    /// The contact is there: it is tied to its id.
    pub(super) fn buyer_found(
        &mut self,
        id: DeliveryId,
        contact: ContactId,
        now: Timestamp,
        actions: &mut Vec<Action>,
    ) {
        let Some(held) = self.held.get(&id) else { return self.step_ended() };
        let Some(known) = &held.due.contact else {
            let why = note("noContact", "the receipt names no contact; claim it for one");
            return self.attention(id, why, now, actions);
        };
        let remote_id = contact.as_str().to_owned();
        let bind = Command::Bind(Bind { contact: known.key, remote_id, aliases: Vec::new(), at: now });
        self.step_ended();
        self.store(Purpose::Bind { id }, bind, actions);
    }

    /// A receipt's contact is tied to its id: on to the call.
    pub(super) fn bound(&mut self, id: DeliveryId, contact: ContactState) {
        if let Some(held) = self.held.get_mut(&id) {
            held.due.contact = Some(contact);
            held.next = Next::Write;
            held.changes.push_back(Change::Register);
            self.ready.push_front(id);
        }
    }

    /// Nobody is there by any of its identifiers.
    pub(super) fn buyer_not_found(&mut self, id: DeliveryId, now: Timestamp, actions: &mut Vec<Action>) {
        let window = self.policy.engage.visibility_window;
        let Some(held) = self.held.get(&id) else { return self.step_ended() };
        // However old it is, it was looked for in vain once before, a window ago: its customer may have been enrolled this
        // moment, when the link came back.
        let looked_before = held.due.note.as_ref().is_some_and(|note| note.code == CONTACT_NOT_FOUND);
        let fresh = now < held.due.accepted_at + window || !looked_before;
        let why = note(
            CONTACT_NOT_FOUND,
            "Engage knows no contact by the receipt's identifiers; enrol the customer or correct them, then retry",
        );
        match fresh {
            true => {
                self.settle(id, Outcome::Again { due: now + window, note: why }, How::Later, now, actions)
            }
            false => self.attention(id, why, now, actions),
        }
    }

    /// Engage took it.
    pub(super) fn registered(&mut self, id: DeliveryId, now: Timestamp, actions: &mut Vec<Action>) {
        let confirm_due = now + confirm::first_look(self.policy.engage.import_interval);
        // Told even where the till named it, or nobody would know under whom to look for the receipt.
        let remote_id = self.held.get(&id).and_then(|held| held.remote_id());
        let remote_id = remote_id.map(|remote_id| remote_id.as_str().to_owned());
        let done = Outcome::Done { remote_id, confirm_due: Some(confirm_due), note: None, profile: None };
        self.settle(id, done, How::Created, now, actions);
    }
}
