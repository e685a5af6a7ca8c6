//! What the core writes, and what it makes of a store that didn't take it.

use jiff::Timestamp;
use store::{Command, Done, Outcome, Settle, Verdict};

use super::{Core, STORE_PAUSE};
use crate::delivery::event::{Action, How, Pass, Purpose, Ticket};
use crate::delivery::verdict::note;

/// Of an attempt that nobody knows to be on disk.
const ATTEMPT_NOT_WRITTEN: &str =
    "the attempt could not be written, so no call was made; it is tried again by itself";

impl Core {
    /// Writes something that the core must know the verdict of.
    pub(in crate::delivery) fn store(
        &mut self,
        purpose: Purpose,
        command: Command,
        actions: &mut Vec<Action>,
    ) {
        let ticket = self.ticket();
        self.under_way.insert(ticket, purpose);
        actions.push(Action::Store(ticket, command));
    }

    pub(super) fn stored(
        &mut self,
        ticket: Ticket,
        verdict: Verdict,
        now: Timestamp,
        actions: &mut Vec<Action>,
    ) {
        match (self.under_way.remove(&ticket), verdict) {
            (Some(Purpose::Begin { id, probe }), Verdict::Begin(begun)) => {
                self.begun(id, Pass { probe }, begun, now, actions);
            }
            (Some(Purpose::Bind { id }), Verdict::Bind(contact)) => self.bound(id, contact, now, actions),
            (Some(Purpose::Requeue), Verdict::Settle(_)) => self.due_at(now),
            (Some(Purpose::Settle { id, how, command }), Verdict::Settle(_)) => {
                // What waited for it may go now, and is found only after this commit; so is what is to be confirmed.
                self.due_at(now);
                if let Some(due) = confirm_due(&command) {
                    self.confirming.due_at(due);
                }
                self.let_go(id);
                actions.push(Action::Came(id, how));
            }
            (Some(purpose), _) => self.abandon(purpose, now),
            (None, _) => {}
        }
    }

    pub(super) fn store_failed(&mut self, ticket: Ticket, now: Timestamp) {
        self.store_rests_until = Some(now + STORE_PAUSE);
        if let Some(purpose) = self.under_way.remove(&ticket) {
            self.abandon(purpose, now);
        }
    }

    /// The store didn't take something, as far as is known. An outcome is written again, for its call must not be made
    /// again; what comes before a call is begun anew.
    pub(super) fn abandon(&mut self, purpose: Purpose, now: Timestamp) {
        match purpose {
            Purpose::Settle { .. } => self.unsettled.push(purpose),
            // The attempt may be on disk all the same, where it would look like a call under way for ever: it is
            // written down that none was made.
            Purpose::Begin { id, probe } => {
                self.forgo(Pass { probe }, now);
                self.step_ended();
                let note = note("attemptNotWritten", ATTEMPT_NOT_WRITTEN);
                let outcome = Outcome::Again { due: now, note };
                let command = Command::Settle(Settle { id, at: now, outcome });
                self.unsettled.push(Purpose::Settle { id, command: Box::new(command), how: How::Later });
            }
            Purpose::Bind { id } => {
                self.step_ended();
                self.let_go(id);
                self.due_at(now);
            }
            // It is looked for again, and requeued again.
            Purpose::Requeue => {}
            Purpose::Deliver { .. }
            | Purpose::Ask { .. }
            | Purpose::Confirm { .. }
            | Purpose::Feed { .. } => {}
        }
    }

    pub(super) fn retry_unsettled(&mut self, now: Timestamp, actions: &mut Vec<Action>) {
        if self.unsettled.is_empty() {
            return;
        }
        if let Some(until) = self.store_rests_until.filter(|until| now < *until) {
            return self.wake_at(Some(until));
        }
        for purpose in std::mem::take(&mut self.unsettled) {
            if let Purpose::Settle { command, .. } = &purpose {
                let command = Command::clone(command);
                self.store(purpose, command, actions);
            }
        }
    }
}

/// When what is settled is to be looked for.
fn confirm_due(command: &Command) -> Option<Timestamp> {
    match command {
        Command::Settle(Settle { outcome: Outcome::Done(Done { confirm_due, .. }), .. }) => *confirm_due,
        _ => None,
    }
}
