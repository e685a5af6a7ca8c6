//! The steps of any delivery: look up, read, begin, call, settle.

use std::time::Duration;

use engage::call::{Created, Found};
use engage::model::ContactId;
use jiff::Timestamp;
use store::{Begin, Begun, Bind, Command, ContactState, DeliveryId, Note, Outcome, Settle};

use super::backoff;
use super::call::{Answer, EngageCall};
use super::core::Core;
use super::event::{Action, How, Pass, Purpose};
use super::plan::{Change, Next, Plan};
use super::verdict::{Failed, Judgement, Nature, Whole, note};
use crate::to_engage;

/// What was decided by a look at Engage is held to for so long; what has to wait longer for its turn looks again.
const LOOK_HOLDS: Duration = Duration::from_secs(10);
/// Who was forgotten and is to be deleted in Engage is soon gone there; after so many looks a person is asked.
const FORGOTTEN_PAUSE: Duration = Duration::from_secs(60);
const FORGOTTEN_MAX: u32 = 10;
/// Creations that lost to another one in a row before a person is asked: then the other is nowhere to be found.
const LOST_RACES_MAX: u32 = 8;

impl Core {
    /// Starts a delivery's next step.
    pub(super) fn start(&mut self, id: DeliveryId, pass: Pass, now: Timestamp, actions: &mut Vec<Action>) {
        let Some(held) = self.held.get_mut(&id) else {
            self.forgo(pass, now);
            return self.step_ended();
        };
        if held.is_for_nobody() {
            self.forgo(pass, now);
            return self.not_welcomed(id, now, actions);
        }
        if let Some(why) = held.untried() {
            self.forgo(pass, now);
            return self.end_untried(id, why, now, actions);
        }
        let engage = &self.policy.engage;
        if held.decided_at.is_some_and(|at| now > at + LOOK_HOLDS) {
            held.look_again();
        }
        let call = match held.next {
            Next::Seek(among) => match held.find_by(engage) {
                Some(by) => {
                    held.sought_at.get_or_insert(now);
                    EngageCall::Find(to_engage::find_among(by, among, engage))
                }
                None => {
                    self.forgo(pass, now);
                    return self.not_found(id, now, actions);
                }
            },
            Next::Look => match held.remote_id() {
                Some(contact) => EngageCall::Read(to_engage::read(&contact)),
                None => {
                    self.forgo(pass, now);
                    return self.nobody_to_look_at(id, now, actions);
                }
            },
            Next::List => match held.remote_id() {
                Some(contact) => to_engage::offers(held, &contact, engage),
                None => {
                    self.forgo(pass, now);
                    return self.nobody_to_look_at(id, now, actions);
                }
            },
            Next::Resolve => match to_engage::definition(held) {
                Some(call) => call,
                None => {
                    self.forgo(pass, now);
                    return self.promotion_resolved(id, None, now, actions);
                }
            },
            Next::Job | Next::Order => match to_engage::order_read(held) {
                Some(call) => call,
                None => {
                    self.forgo(pass, now);
                    return self.wrong_answer(id, now, actions);
                }
            },
            Next::Write if held.begun => return self.write(id, pass, now, actions),
            Next::Write => {
                let begin = Command::Begin(Begin { id, at: now, mark: self.mark(id, now) });
                return self.store(Purpose::Begin { id, probe: pass.probe }, begin, actions);
            }
        };
        let request = call.request().clone();
        self.call(Purpose::Deliver { id, call, nature: Nature::Read }, request, now, actions);
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
        match (begun, self.held.get_mut(&id)) {
            (Begun::Go(_), Some(held)) => {
                held.begun = true;
                self.write(id, pass, now, actions);
            }
            (Begun::Gone, _) | (_, None) => {
                self.forgo(pass, now);
                self.step_ended();
                self.let_go(id);
                // What has ended instead of being tried may have held something up.
                self.due_at(now);
                actions.push(Action::Came(id, How::Later));
            }
        }
    }

    /// Makes the next of a delivery's changes.
    fn write(&mut self, id: DeliveryId, pass: Pass, now: Timestamp, actions: &mut Vec<Action>) {
        let written = self.held.get(&id).map(|held| to_engage::write(held, &self.policy.engage));
        match written {
            Some(Ok(call)) => {
                let nature = match call {
                    EngageCall::Create(_) | EngageCall::ChangeType(_) => Nature::Create,
                    _ => Nature::Write,
                };
                let request = call.request().clone();
                self.call(Purpose::Deliver { id, call, nature }, request, now, actions);
            }
            Some(Err(why)) => {
                self.forgo(pass, now);
                self.attention(id, note("notMappable", why), now, actions);
            }
            None => {
                self.forgo(pass, now);
                self.step_ended();
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
            Ok(Answer::Contact(contact)) => self.looked(id, *contact, now, actions),
            Ok(Answer::Created(Created::New(contact))) => self.created(id, contact, now, actions),
            Ok(Answer::Created(Created::NewOrNot(contact))) => self.created_or_not(id, contact),
            Ok(Answer::Changed) => self.changed(id, now, actions),
            Ok(Answer::Deleted(deleted)) => self.deleted(id, deleted, now, actions),
            Ok(Answer::Registered) => self.registered(id, now, actions),
            Ok(Answer::Promotions(list)) => self.promotions_listed(id, &list, now, actions),
            Ok(Answer::Vouchers(page)) => self.vouchers_listed(id, &page, now, actions),
            Ok(Answer::Definition(found)) => self.promotion_resolved(id, found.as_deref(), now, actions),
            Ok(Answer::Assigned(assigned)) => self.assigned(id, assigned, now, actions),
            Ok(Answer::Redeemed) => self.offer_done(id, None, None, How::Created, now, actions),
            Ok(Answer::Reactivated) => self.offer_done(id, None, None, How::Changed, now, actions),
            Ok(Answer::OrderTaken(accepted)) => self.order_taken(id, accepted, now, actions),
            Ok(Answer::Job(state)) => self.order_job(id, state, now, actions),
            Ok(Answer::Order(stored)) => self.order_read(id, stored.as_deref(), now, actions),
            Ok(Answer::Acted(answer)) => self.acted(id, answer, now, actions),
            Ok(Answer::Announced) => self.order_done(id, None, None, now, actions),
            Ok(_) => self.wrong_answer(id, now, actions),
            Err(failed) => self.failed(id, failed, now, actions),
        }
    }

    /// The contact is there: it is tied to its id.
    fn found(&mut self, id: DeliveryId, contact: ContactId, now: Timestamp, actions: &mut Vec<Action>) {
        let Some(held) = self.held.get(&id) else { return self.step_ended() };
        let Some(known) = &held.due.contact else {
            let why = note("noContact", "it names no contact; claim the receipt for one, then retry");
            return self.attention(id, why, now, actions);
        };
        let remote_id = contact.as_str().to_owned();
        let bind = Command::Bind(Bind { contact: known.key, remote_id, aliases: Vec::new(), at: now });
        self.store(Purpose::Bind { id }, bind, actions);
    }

    /// It is known here by its id now, unless it was forgotten.
    pub(super) fn bound(
        &mut self,
        id: DeliveryId,
        contact: ContactState,
        now: Timestamp,
        actions: &mut Vec<Action>,
    ) {
        let Some(held) = self.held.get_mut(&id) else { return self.step_ended() };
        if contact.remote_id.is_none() {
            return self.forgotten_there(id, now, actions);
        }
        held.due.contact = Some(contact);
        match &held.plan {
            Plan::Register(_) => {
                held.changes.push_back(Change::Register);
                self.go_on(id, Next::Write);
            }
            Plan::Create(_) | Plan::Update(_) | Plan::Delete(_) => self.go_on(id, Next::Look),
            Plan::Assign(_) | Plan::Redeem(_) | Plan::Reactivate(_) => self.go_on(id, Next::List),
            Plan::StoreOrder(frozen) => {
                if held.changes.is_empty() {
                    held.changes.push_back(Change::StoreOrder { replaces: !frozen.first });
                }
                self.go_on(id, Next::Write);
            }
            Plan::Announce(_) => {
                held.changes.push_back(Change::Announce);
                self.go_on(id, Next::Write);
            }
            Plan::DeleteOrder(_) | Plan::Act(_) => self.wrong_answer(id, now, actions),
        }
    }

    /// Engage shows somebody who was forgotten here: not yet deleted, or brought back by hand.
    fn forgotten_there(&mut self, id: DeliveryId, now: Timestamp, actions: &mut Vec<Action>) {
        let Some(held) = self.held.get(&id) else { return self.step_ended() };
        let why = note(
            "forgottenInEngage",
            "Engage still has, or has again, somebody who was forgotten here; it goes on when that contact is deleted there",
        );
        let (outcome, how) = match held.due.failures >= FORGOTTEN_MAX {
            true => (Outcome::NeedsAttention(why), How::NeedsAttention),
            false => (Outcome::Again { due: now + FORGOTTEN_PAUSE, note: why }, How::Later),
        };
        self.settle(id, outcome, how, now, actions);
    }

    /// The contact is not there, by this identifier.
    fn not_found(&mut self, id: DeliveryId, now: Timestamp, actions: &mut Vec<Action>) {
        if self.seek_by_the_next(id) {
            return;
        }
        match self.held.get(&id).map(|held| &held.plan) {
            Some(
                Plan::Register(_)
                | Plan::Redeem(_)
                | Plan::Reactivate(_)
                | Plan::StoreOrder(_)
                | Plan::Announce(_),
            ) => self.buyer_not_found(id, now, actions),
            Some(Plan::Create(_)) => self.member_not_found(id, now, actions),
            Some(
                Plan::Update(_) | Plan::Delete(_) | Plan::Assign(_) | Plan::DeleteOrder(_) | Plan::Act(_),
            )
            | None => self.step_ended(),
        }
    }

    /// Several contacts share the identifier.
    fn several(&mut self, id: DeliveryId, count: usize, now: Timestamp, actions: &mut Vec<Action>) {
        if self.seek_among_ours(id) || self.seek_by_the_next(id) {
            return;
        }
        let detail = format!(
            "{count} contacts in Engage share this identifier; merge them there or name the contact by its id, then retry"
        );
        self.attention(id, note("multipleMatches", detail), now, actions);
    }

    /// On to the next identifier, if there is one.
    fn seek_by_the_next(&mut self, id: DeliveryId) -> bool {
        let Some(held) = self.held.get_mut(&id) else { return false };
        held.seek += 1;
        let more = held.find_by(&self.policy.engage).is_some();
        if more {
            self.ready.push_front(id);
            self.step_ended();
        }
        more
    }

    fn failed(&mut self, id: DeliveryId, failed: Failed, now: Timestamp, actions: &mut Vec<Action>) {
        let Some(failed) = self.offer_failed(id, failed, now, actions) else { return };
        let Some(failed) = self.order_failed(id, failed, now, actions) else { return };
        let Some(held) = self.held.get(&id) else { return self.step_ended() };
        let (failures, wrote) = (held.due.failures, held.wrote);
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
            Judgement::Raced(note) if failures >= LOST_RACES_MAX => {
                (Outcome::NeedsAttention(note), How::NeedsAttention)
            }
            // What it changed before has landed, and nobody knows yet where.
            Judgement::Transient(note) if wrote => (Outcome::Unknown { due, note, mark: None }, How::Later),
            Judgement::Raced(note) | Judgement::Transient(note) => (Outcome::Again { due, note }, How::Later),
            Judgement::Unknown(note) => (Outcome::Unknown { due, note, mark: None }, How::Later),
            Judgement::NotThere(note) => return self.contact_gone(id, note, now, actions),
            Judgement::Permanent(note) => (Outcome::NeedsAttention(note), How::NeedsAttention),
        };
        self.settle(id, outcome, how, now, actions);
    }

    /// A step has ended, and the next may begin at once.
    pub(super) fn go_on(&mut self, id: DeliveryId, next: Next) {
        if let Some(held) = self.held.get_mut(&id) {
            held.next = next;
            self.ready.push_front(id);
        }
        self.step_ended();
    }

    /// The answer is to none of its calls.
    pub(super) fn wrong_answer(&mut self, id: DeliveryId, now: Timestamp, actions: &mut Vec<Action>) {
        let why = note("wrongAnswer", "the answer belongs to another call; please report this");
        self.attention(id, why, now, actions);
    }

    /// A person must decide.
    pub(super) fn attention(&mut self, id: DeliveryId, why: Note, now: Timestamp, actions: &mut Vec<Action>) {
        self.settle(id, Outcome::NeedsAttention(why), How::NeedsAttention, now, actions);
    }

    /// Writes what came of a delivery; it leaves the core's hands when that is on disk.
    pub(super) fn settle(
        &mut self,
        id: DeliveryId,
        outcome: Outcome,
        how: How,
        now: Timestamp,
        actions: &mut Vec<Action>,
    ) {
        self.step_ended();
        let command = Command::Settle(Settle { id, at: now, outcome });
        self.store(Purpose::Settle { id, command: Box::new(command.clone()), how }, command, actions);
    }
}
