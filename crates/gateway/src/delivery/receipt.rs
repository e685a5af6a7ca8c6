//! The steps that are a receipt's own: whose it is, and that it is registered.

use jiff::Timestamp;
use store::{DeliveryId, Done, Outcome};

use super::confirm;
use super::core::Core;
use super::event::{Action, How};
use super::verdict::note;

/// The code of a receipt whose contact is not there.
const CONTACT_NOT_FOUND: &str = "contactNotFound";

impl Core {
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
        let done = Outcome::Done(Done { remote_id, confirm_due: Some(confirm_due), ..Done::default() });
        self.settle(id, done, How::Created, now, actions);
    }
}
