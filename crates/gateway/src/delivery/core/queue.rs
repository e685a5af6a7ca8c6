//! The part of the queue that is in the core's hands: what is due is fetched, held, and let go.

use jiff::Timestamp;
use store::{Command, DeliveryId, DuePage, Outcome, Settle};

use super::{Core, STORE_PAUSE};
use crate::delivery::breaker::Leave;
use crate::delivery::event::{Action, Fetch, How};
use crate::delivery::plan::{Held, NotReadable};
use crate::delivery::verdict::note;

/// Deliveries in the core's hands at most; the rest of the queue stays on disk.
const HELD_MAX: usize = 256;
/// Below this many the core asks for more.
const HELD_LOW: usize = 128;
/// Deliveries put off because of the link that are remembered at most; the others wait for their own time.
const PUT_OFF_MAX: usize = 1_024;

impl Core {
    /// A delivery failed for the link's sake and is due later.
    pub(in crate::delivery) fn put_off(&mut self, id: DeliveryId) {
        if self.put_off.len() < PUT_OFF_MAX {
            self.put_off.insert(id);
        }
    }

    /// Asks the store for due deliveries when there is room for them and a chance to send them.
    pub(super) fn pump_fetch(&mut self, now: Timestamp, actions: &mut Vec<Action>) {
        self.sought.extend(&self.early);
        actions.extend(self.early.drain(..).map(Action::FetchEarly));
        let Some(due_next) = self.due_next else { return };
        if self.fetching || self.held.len() >= HELD_LOW {
            return;
        }
        if let Leave::Not(probe_at) = self.breaker.look(now) {
            return self.wake_at(probe_at);
        }
        let from = due_next.max(self.store_rests_until.unwrap_or(due_next));
        if now < from {
            return self.wake_at(Some(from));
        }
        self.fetching = true;
        self.due_next = None;
        self.let_go.clear();
        actions.push(Action::FetchDue((HELD_MAX + self.held.len()) as u32));
    }

    pub(super) fn fetched(&mut self, page: DuePage, now: Timestamp, actions: &mut Vec<Action>) {
        self.fetching = false;
        let before = self.held.len();
        for due in page.due {
            if self.held.len() < HELD_MAX
                && !self.held.contains_key(&due.id)
                && !self.let_go.contains(&due.id)
            {
                self.hold(due, false, now, actions);
            }
        }
        // A page may be cut short by its size: there may be more until one brings nothing new.
        let more = self.held.len() > before || !self.let_go.is_empty();
        let next = if more { Some(now) } else { page.next };
        self.due_next = match (self.due_next, next) {
            (Some(nudged), Some(next)) => Some(nudged.min(next)),
            (nudged, next) => nudged.or(next),
        };
    }

    pub(super) fn hurry(&mut self, id: DeliveryId, now: Timestamp, actions: &mut Vec<Action>) {
        match (self.held.get_mut(&id), self.breaker.look(now)) {
            (_, Leave::Not(_)) => {
                self.due_next = Some(now);
                actions.push(Action::Came(id, How::Later));
            }
            (Some(held), _) => {
                held.urgent = true;
                if let Some(at) = self.ready.iter().position(|ready| *ready == id) {
                    self.ready.remove(at);
                    self.ready.push_front(id);
                }
            }
            (None, _) => {
                self.sought.insert(id);
                actions.push(Action::FetchOne(id));
            }
        }
    }

    pub(super) fn fetched_one(
        &mut self,
        id: DeliveryId,
        due: Option<Box<store::Due>>,
        now: Timestamp,
        actions: &mut Vec<Action>,
    ) {
        let is_fresh = self.sought.remove(&id);
        match (due, self.held.get_mut(&id)) {
            // It came with the others while it was read, and may be under way already: its end is told.
            (_, Some(held)) => held.urgent = true,
            (Some(due), None) if is_fresh => self.hold(*due, true, now, actions),
            (Some(_), None) => self.due_at(now),
            // It ended before it could be hurried, or it waits for another: whoever waits looks for himself.
            (None, None) => actions.push(Action::Came(id, How::Later)),
        }
    }

    pub(super) fn fetch_failed(&mut self, fetch: Fetch, now: Timestamp, actions: &mut Vec<Action>) {
        self.store_rests_until = Some(now + STORE_PAUSE);
        match fetch {
            Fetch::Due => {
                self.fetching = false;
                self.due_at(now);
            }
            Fetch::One(id) => {
                self.sought.remove(&id);
                self.due_at(now);
                actions.push(Action::Came(id, How::Later));
            }
            // It has a time of its own as well.
            Fetch::Early(id) => drop(self.sought.remove(&id)),
            Fetch::Unconfirmed => self.confirming.fetch_failed(now),
            Fetch::Feed | Fetch::Held => self.feed.fetch_failed(now),
        }
    }

    /// Takes a delivery into the core's hands.
    pub(super) fn hold(&mut self, due: store::Due, urgent: bool, now: Timestamp, actions: &mut Vec<Action>) {
        let id = due.id;
        match Held::read(due, urgent) {
            Ok(held) => {
                // Tried in its own time before the link was back: what puts it off next is another matter.
                self.put_off.remove(&id);
                self.held.insert(id, held);
                if urgent { self.ready.push_front(id) } else { self.ready.push_back(id) }
            }
            Err(NotReadable { id, why }) => {
                let note = note("notReadable", format!("{why}; update Tillbridge, then retry it"));
                let settle = Settle { id, at: now, outcome: Outcome::NeedsAttention(note) };
                actions.push(Action::Note(Command::Settle(settle)));
                self.let_go.insert(id);
            }
        }
    }

    /// Lets a delivery go; the store has what is to be known about it.
    pub(in crate::delivery) fn let_go(&mut self, id: DeliveryId) {
        self.held.remove(&id);
        self.sought.remove(&id);
        if self.fetching {
            self.let_go.insert(id);
        }
    }
}
