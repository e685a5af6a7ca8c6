//! The steps of a delivery: look up, begin, call, settle.

use std::time::Duration;

use engage::call::Found;
use jiff::Timestamp;
use store::{Begin, Begun, Bind, Command, ContactState, DeliveryId, Outcome, Settle};

use super::call::{Answer, EngageCall};
use super::core::{Action, Core, How, Pass, Purpose, attention};
use super::plan::{Next, Plan};
use super::verdict::{Failed, Judgement, Nature, Whole, note};
use super::{backoff, confirm};
use crate::to_engage;

/// Within the visibility window of an unknown creation, how often it is looked for.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// The code of a receipt whose contact is not there.
const CONTACT_NOT_FOUND: &str = "contactNotFound";
/// Creations that lost to another one in a row before a person is asked: then the other is nowhere to be found.
const LOST_RACES_MAX: u32 = 8;

impl Core {
    /// Starts a delivery's next step.
    pub(super) fn start(&mut self, id: DeliveryId, pass: Pass, now: Timestamp, actions: &mut Vec<Action>) {
        let Some(held) = self.held.get_mut(&id) else {
            self.forgo(pass, now);
            return self.step_ended();
        };
        match held.next {
            Next::Seek => match held.find_by(&self.policy.engage) {
                Some(by) => {
                    held.sought_at.get_or_insert(now);
                    let call = EngageCall::Find(to_engage::find(by, &self.policy.engage));
                    let request = call.request().clone();
                    self.call(Purpose::Deliver { id, call, nature: Nature::Read }, request, now, actions);
                }
                None => {
                    self.forgo(pass, now);
                    self.not_found(id, now, actions);
                }
            },
            Next::Write => {
                let begin = Command::Begin(Begin { id, at: now });
                self.store(Purpose::Begin { id, probe: pass.probe }, begin, actions);
            }
        }
    }

    /// The attempt is on disk: the call goes.
    pub(super) fn begun(
        &mut self,
        id: DeliveryId,
        pass: Pass,
        begun: Begun,
        now: Timestamp,
        actions: &mut Vec<Action>,
    ) {
        let written = match (begun, self.held.get(&id)) {
            (Begun::Go(_), Some(held)) => to_engage::write(held, &self.policy.engage),
            (Begun::Gone, _) | (_, None) => {
                self.forgo(pass, now);
                self.step_ended();
                self.let_go(id);
                return actions.push(Action::Came(id, How::Later));
            }
        };
        match written {
            Ok(call) => {
                let request = call.request().clone();
                self.call(Purpose::Deliver { id, call, nature: Nature::Write }, request, now, actions);
            }
            Err(why) => {
                self.forgo(pass, now);
                self.settle(id, attention(note("notMappable", why)), How::NeedsAttention, now, actions);
            }
        }
    }

    /// An answer to a delivery's call, or what its failure means.
    pub(super) fn delivery_answered(
        &mut self,
        id: DeliveryId,
        answer: Result<Answer, Failed>,
        now: Timestamp,
        actions: &mut Vec<Action>,
    ) {
        match answer {
            Ok(Answer::Found(Found::One(contact))) => self.found(id, contact, now, actions),
            Ok(Answer::Found(Found::None)) => self.not_found(id, now, actions),
            Ok(Answer::Found(Found::Several(ids))) => self.several(id, ids.len(), now, actions),
            Ok(Answer::Created(contact)) => {
                let done = Outcome::Done { remote_id: Some(contact.as_str().to_owned()), confirm_due: None };
                self.settle(id, done, How::Created, now, actions);
            }
            Ok(Answer::Registered) => {
                let confirm_due = now + confirm::first_look(self.policy.engage.import_interval);
                // Told even where the till named it, or nobody would know under whom to look for the receipt.
                let remote_id = self.held.get(&id).and_then(|held| held.remote_id());
                let remote_id = remote_id.map(|remote_id| remote_id.as_str().to_owned());
                let done = Outcome::Done { remote_id, confirm_due: Some(confirm_due) };
                self.settle(id, done, How::Created, now, actions);
            }
            Ok(Answer::Contact(_) | Answer::Transactions(_)) => {
                let outcome =
                    attention(note("wrongAnswer", "the answer belongs to another call; please report this"));
                self.settle(id, outcome, How::NeedsAttention, now, actions);
            }
            Err(failed) => self.failed(id, failed, now, actions),
        }
    }

    /// The contact is there.
    fn found(
        &mut self,
        id: DeliveryId,
        contact: engage::model::ContactId,
        now: Timestamp,
        actions: &mut Vec<Action>,
    ) {
        let remote_id = contact.as_str().to_owned();
        let Some(held) = self.held.get(&id) else { return self.step_ended() };
        match (&held.plan, &held.due.contact) {
            (Plan::Create(_), _) => {
                let done = Outcome::Done { remote_id: Some(remote_id), confirm_due: None };
                self.settle(id, done, How::Existed, now, actions);
            }
            (Plan::Register(_), Some(known)) => {
                let bind =
                    Command::Bind(Bind { contact: known.key, remote_id, aliases: Vec::new(), at: now });
                self.step_ended();
                self.store(Purpose::Bind { id }, bind, actions);
            }
            (Plan::Register(_), None) => {
                let outcome = attention(note("noContact", "the receipt names no contact; claim it for one"));
                self.settle(id, outcome, How::NeedsAttention, now, actions);
            }
        }
    }

    /// A receipt's contact is tied to its id: on to the call.
    pub(super) fn bound(&mut self, id: DeliveryId, contact: ContactState) {
        if let Some(held) = self.held.get_mut(&id) {
            held.due.contact = Some(contact);
            held.next = Next::Write;
            self.ready.push_front(id);
        }
    }

    /// The contact is not there, by this identifier.
    fn not_found(&mut self, id: DeliveryId, now: Timestamp, actions: &mut Vec<Action>) {
        let window = self.policy.engage.visibility_window;
        let Some(held) = self.held.get_mut(&id) else { return self.step_ended() };
        held.seek += 1;
        if held.find_by(&self.policy.engage).is_some() {
            self.ready.push_front(id);
            return self.step_ended();
        }
        match &held.plan {
            Plan::Create(_) => match held.due.unknown_since.filter(|_| held.is_unknown()) {
                // An answer may be long under way: what counts is when Engage was asked.
                Some(since) if held.sought_at.unwrap_or(now) < since + window => {
                    let due = (now + LOOK_EVERY).min(since + window).max(now);
                    let why = note(
                        "outcomeUnknown",
                        "the creation may have landed; it is looked for until a new contact must be visible",
                    );
                    self.settle(id, Outcome::Again { due, note: why }, How::Later, now, actions);
                }
                _ => {
                    held.next = Next::Write;
                    self.ready.push_front(id);
                    self.step_ended();
                }
            },
            Plan::Register(_) => {
                // However old it is, it was looked for in vain once before, a window ago: its customer may have been
                // enrolled this moment, when the link came back.
                let looked_before = held.due.note.as_ref().is_some_and(|note| note.code == CONTACT_NOT_FOUND);
                let fresh = now < held.due.accepted_at + window || !looked_before;
                let why = note(
                    CONTACT_NOT_FOUND,
                    "Engage knows no contact by the receipt's identifiers; enrol the customer or correct them, then retry",
                );
                let (outcome, how) = match fresh {
                    true => (Outcome::Again { due: now + window, note: why }, How::Later),
                    false => (attention(why), How::NeedsAttention),
                };
                self.settle(id, outcome, how, now, actions);
            }
        }
    }

    /// Several contacts share the identifier.
    fn several(&mut self, id: DeliveryId, count: usize, now: Timestamp, actions: &mut Vec<Action>) {
        let Some(held) = self.held.get_mut(&id) else { return self.step_ended() };
        held.seek += 1;
        if held.find_by(&self.policy.engage).is_some() {
            self.ready.push_front(id);
            return self.step_ended();
        }
        let detail = format!(
            "{count} contacts in Engage share this identifier; merge them there or name the contact by its id, then retry"
        );
        self.settle(id, attention(note("multipleMatches", detail)), How::NeedsAttention, now, actions);
    }

    fn failed(&mut self, id: DeliveryId, failed: Failed, now: Timestamp, actions: &mut Vec<Action>) {
        let Some(held) = self.held.get(&id) else { return self.step_ended() };
        let failures = held.due.failures;
        // While the breaker is open it is the breaker that waits: when it closes, everything is due at once. A breakdown
        // over this very request is charged to it all the same, or one bad delivery would be the probe for ever.
        let due = match self.breaker.is_closed() || failed.whole == Whole::Doubtful {
            true => now + backoff::delay(failures, self.jitter(), None),
            false => now,
        };
        if due > now && matches!(failed.whole, Whole::Ill { .. }) {
            self.put_off(id);
        }
        let (outcome, how) = match failed.judgement {
            Judgement::Raced(note) if failures >= LOST_RACES_MAX => (attention(note), How::NeedsAttention),
            Judgement::Raced(note) | Judgement::Transient(note) => (Outcome::Again { due, note }, How::Later),
            Judgement::Unknown(note) => (Outcome::Unknown { due, note }, How::Later),
            Judgement::NotThere(note) | Judgement::Permanent(note) => (attention(note), How::NeedsAttention),
        };
        self.settle(id, outcome, how, now, actions);
    }

    /// Writes what came of a delivery; it leaves the core's hands when that is on disk.
    fn settle(
        &mut self,
        id: DeliveryId,
        outcome: Outcome,
        how: How,
        now: Timestamp,
        actions: &mut Vec<Action>,
    ) {
        self.step_ended();
        let command = Command::Settle(Settle { id, at: now, outcome });
        self.store(Purpose::Settle { id, command: command.clone(), how }, command, actions);
    }
}
