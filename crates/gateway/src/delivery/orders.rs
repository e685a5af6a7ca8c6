//! The steps that are an order's own: a state of it is stored, it is deleted, an action is triggered.
//!
//! Engage takes an order in at once and stores it later, so what follows a call is its job (fact O-06). Until that is done
//! the outcome is unknown. A state replaces the one before as a whole, so it may go again, but never after a newer one;
//! which of the two an order in Engage is, its `lastChangedAt` tells.
//!
//! An action sends somebody a message, maybe each time it is triggered (fact O-49). One whose answer is lost waits for a
//! person.

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::time::Duration;

use engage::call::{Accepted, ActionAnswer, JobState};
use engage::model::{JobLink, StoredOrder, Text};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{DeliveryId, DeliveryState, Done, Note, Outcome};

use super::backoff;
use super::core::Core;
use super::event::{Action, How};
use super::plan::{Among, Change, Held, Next, Plan};
use super::verdict::{Failed, Judgement, note};
use crate::frozen::FrozenOrder;

/// The code of an order whose job isn't done yet.
pub const ORDER_JOB_PENDING: &str = "orderJobPending";
/// The code of an order whose job never ended.
pub const ORDER_JOB_NOT_ENDING: &str = "orderJobNotEnding";
/// The code of an order that its job refused.
pub const ORDER_REFUSED: &str = "orderRefused";
/// The code of an order that Engage has without its contact.
pub const ORDER_WITHOUT_CONTACT: &str = "orderWithoutContact";
/// The code of an action whose order isn't in Engage.
pub const ORDER_NOT_THERE: &str = "orderNotThere";
/// The code of a state of an order that a later one has replaced.
pub const SUPERSEDED: &str = "superseded";
/// The code of an action of which nobody knows whether it was triggered.
pub const ACTION_UNKNOWN: &str = "actionUnknown";
/// The code of a state of an order that is older than the one in Engage.
const NEWER_ORDER_IN_ENGAGE: &str = "newerOrderInEngage";

/// How long a job is followed before the order itself is looked for.
const JOB_MAX: Duration = Duration::from_secs(15 * 60);
/// The shortest and the longest wait between two looks at a job.
const JOB_EVERY: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));
/// How often something is tried again that isn't visible yet, before a person is asked.
const TRIES_MAX: u32 = 8;
/// Version tags that are tried in a row, where the order changes under the action.
const TAGS_MAX: usize = 4;

/// What an attempt remembers.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Mark {
    /// The job that followed from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    job: Option<String>,
    /// Since when that is followed.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Timestamp>,
    /// How often it was to be stored once more, although Engage answered.
    anew: u32,
}

impl Mark {
    fn of(held: &Held) -> Mark {
        let mark = held.due.mark.as_deref().and_then(|mark| serde_json::from_slice(mark).ok());
        mark.unwrap_or_default()
    }

    fn write(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("plain data has a JSON form")
    }
}

/// What is known of an order while its delivery is in the core's hands.
#[derive(Debug, Default)]
pub struct Following {
    /// Where its job stands.
    job: Option<JobLink>,
    /// Since when its job is followed.
    since: Option<Timestamp>,
    /// How often it was to be stored once more, although Engage answered.
    anew: u32,
    /// How its job ended, as far as is known.
    ended: Ended,
    /// Whether it went the other way already: what was to be replaced is not there, or what was to be made is.
    turned: bool,
    /// The version tags that an action was tried with.
    tried: Vec<Text>,
}

impl Following {
    /// Where its job stands.
    pub fn job(&self) -> Option<&JobLink> {
        self.job.as_ref()
    }
}

/// How a job ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Ended {
    #[default]
    NotKnown,
    Done,
    TooLong,
}

impl Following {
    /// What an earlier attempt left behind.
    pub(super) fn of(held: &Held) -> Following {
        // The job of an attempt that a person wants made again tells only how that one ended.
        if !matches!(held.plan, Plan::StoreOrder(_) | Plan::DeleteOrder(_)) || held.is_wanted_again() {
            return Following::default();
        }
        let mark = Mark::of(held);
        let job = mark.job.as_deref().and_then(JobLink::of);
        Following { job, since: mark.since, anew: mark.anew, ..Following::default() }
    }
}

/// A delivery that ends before any call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Untried {
    /// A later state of the order may have landed.
    Superseded,
    /// It may have been triggered, and a second time is one too many.
    AskAPerson,
}

/// What an order in Engage means for the state of it that is owed.
#[derive(Debug, PartialEq, Eq)]
enum Storing {
    /// It is that.
    Stored,
    /// It is a newer one.
    Newer,
    /// It is an older one.
    Older,
    /// There is none.
    Missing,
}

fn storing(frozen: &FrozenOrder, stored: Option<&StoredOrder>, ended: Ended) -> Storing {
    let Some(stored) = stored else { return Storing::Missing };
    if ended == Ended::Done {
        return Storing::Stored;
    }
    // Engage's pages show no fractions of a second; no two states of an order are of the same one.
    let ours = frozen.changed_at.as_second();
    match stored.last_changed_at.map(|theirs| theirs.as_second().cmp(&ours)) {
        Some(Ordering::Greater) => Storing::Newer,
        Some(Ordering::Equal) => Storing::Stored,
        Some(Ordering::Less) | None => Storing::Older,
    }
}

impl Held {
    /// Whether it ends before any call.
    pub(super) fn untried(&self) -> Option<Untried> {
        let superseded = self.due.about.as_ref().is_some_and(|subject| subject.superseded);
        match &self.plan {
            Plan::StoreOrder(_) | Plan::DeleteOrder(_) if superseded => Some(Untried::Superseded),
            Plan::Act(_) | Plan::Announce(_) if self.is_unknown() && !self.is_wanted_again() => {
                Some(Untried::AskAPerson)
            }
            _ => None,
        }
    }

    /// Whether a person wants it tried: whatever else leaves an outcome unknown says why.
    fn is_wanted_again(&self) -> bool {
        self.is_unknown() && self.due.note.is_none()
    }

    /// Whether Engage has the order without its contact, which was made a moment ago and may not be visible to all of
    /// Engage yet (fact B-22).
    fn may_lack_its_contact(&self, stored: Option<&StoredOrder>, window: Duration, now: Timestamp) -> bool {
        let is_fresh = |at: Timestamp| now < at + window;
        let bound_at = self.due.contact.as_ref().and_then(|contact| contact.bound_at);
        stored.is_some_and(|stored| stored.contact_id.is_none()) && bound_at.is_some_and(is_fresh)
    }

    /// The first step towards a state of an order, or its absence, in Engage.
    pub(super) fn first_of_order(&self) -> (Next, VecDeque<Change>) {
        let write = |change| (Next::Write, VecDeque::from([change]));
        // What may have landed is looked at before anything is written.
        let may_have_landed = self.due.unknown_since.is_some();
        // What Engage took in since is followed, and not said once more.
        let is_owed_anew = self.following.anew > 0 && self.following.since.is_none();
        match &self.plan {
            Plan::StoreOrder(_) if is_owed_anew && self.remote_id().is_some() => {
                write(Change::StoreOrder { replaces: true })
            }
            _ if self.is_unknown() && self.following.job.is_some() => (Next::Job, VecDeque::new()),
            _ if may_have_landed => (Next::Order, VecDeque::new()),
            Plan::StoreOrder(frozen) if self.remote_id().is_some() => {
                write(Change::StoreOrder { replaces: !frozen.first })
            }
            Plan::StoreOrder(_) => (Next::Seek(Among::Ours), VecDeque::new()),
            _ => write(Change::DeleteOrder),
        }
    }

    /// The order that it is about.
    pub fn order_id(&self) -> Option<Text> {
        Text::new(match &self.plan {
            Plan::StoreOrder(frozen) | Plan::Announce(frozen) => frozen.order_id.as_str(),
            Plan::DeleteOrder(frozen) => &frozen.order_id,
            Plan::Act(frozen) => &frozen.order_id,
            _ => return None,
        })
    }

    /// Whether the state that an action follows was given up: then it won't be there later either.
    fn follows_nothing(&self) -> bool {
        let base = self.due.about.as_ref().and_then(|subject| subject.base.as_ref());
        base.is_some_and(|base| base.state == Some(DeliveryState::Discarded))
    }

    /// The version tag of the state that an action is about, as far as is known.
    pub(super) fn version_tag(&self) -> Option<Text> {
        let learnt = self.due.about.as_ref()?.base.as_ref()?.learnt.as_deref()?;
        Text::new(std::str::from_utf8(learnt).ok()?)
    }
}

impl Core {
    /// It ends before any call.
    pub(super) fn end_untried(
        &mut self,
        id: DeliveryId,
        why: Untried,
        now: Timestamp,
        actions: &mut Vec<Action>,
    ) {
        match why {
            Untried::Superseded => {
                let why = note(SUPERSEDED, "a later state of the order has replaced this one");
                self.order_done(id, None, Some(why), now, actions);
            }
            Untried::AskAPerson => {
                let why = "the call was sent and its answer is lost, so the customer may have the message; ask, or look into \
                           Engage's automation, then retry to send it (again), or discard";
                self.attention(id, note(ACTION_UNKNOWN, why), now, actions);
            }
        }
    }

    /// What the attempt of an order's call must remember: nothing of the one before.
    pub(super) fn order_mark(held: &Held) -> Option<Vec<u8>> {
        let mark = Mark { anew: held.following.anew, ..Mark::default() };
        held.due.mark.is_some().then(|| mark.write())
    }

    /// Engage took it in, and stores it later.
    pub(super) fn order_taken(
        &mut self,
        id: DeliveryId,
        accepted: Option<Accepted>,
        now: Timestamp,
        actions: &mut Vec<Action>,
    ) {
        let Some(held) = self.held.get_mut(&id) else { return self.step_ended() };
        let Some(Accepted { job }) = accepted else { return self.no_order(id, now, actions) };
        held.wrote = true;
        held.changes.clear();
        held.following.since = Some(now);
        held.following.ended = Ended::NotKnown;
        held.following.job = job;
        match held.following.job {
            Some(_) => self.go_on(id, Next::Job),
            None => self.order_pending(id, now, actions),
        }
    }

    /// There is none to replace, or to delete.
    fn no_order(&mut self, id: DeliveryId, now: Timestamp, actions: &mut Vec<Action>) {
        let Some(held) = self.held.get(&id) else { return self.step_ended() };
        match &held.plan {
            Plan::StoreOrder(_) if !held.following.turned => self.store_order(id, false),
            // An earlier attempt is being stored: it is there, and can't be replaced yet.
            Plan::StoreOrder(_) => {
                let why = "Engage has no such order to replace, and had one when it was to be made";
                self.store_anew(id, note(ORDER_REFUSED, why), now, actions);
            }
            _ => self.order_done(id, None, None, now, actions),
        }
    }

    /// How the job of an order fares.
    pub(super) fn order_job(
        &mut self,
        id: DeliveryId,
        state: JobState,
        now: Timestamp,
        actions: &mut Vec<Action>,
    ) {
        let Some(held) = self.held.get_mut(&id) else { return self.step_ended() };
        match state {
            JobState::Pending => self.order_pending(id, now, actions),
            JobState::Done => {
                held.following.ended = Ended::Done;
                self.go_on(id, Next::Order);
            }
            // It is forgotten there: the order itself tells.
            JobState::Unknown => self.go_on(id, Next::Order),
            JobState::Failed(refusal) => {
                self.order_job_failed(id, refusal.code.as_deref().unwrap_or_default(), now, actions);
            }
        }
    }

    /// It isn't stored yet: it is looked at again, and in the end looked for.
    fn order_pending(&mut self, id: DeliveryId, now: Timestamp, actions: &mut Vec<Action>) {
        let Some(held) = self.held.get_mut(&id) else { return self.step_ended() };
        let since = *held.following.since.get_or_insert(now);
        let followed = Duration::try_from(now.duration_since(since)).unwrap_or_default();
        if followed > JOB_MAX {
            held.following.ended = Ended::TooLong;
            return self.go_on(id, Next::Order);
        }
        let job = held.following.job.as_ref().map(|job| job.as_str().to_owned());
        let mark = Some(Mark { job, since: Some(since), anew: held.following.anew }.write());
        let why = note(ORDER_JOB_PENDING, "Engage took the order in and stores it; its job is followed");
        let due = now + followed.clamp(JOB_EVERY.0, JOB_EVERY.1);
        self.settle(id, Outcome::Unknown { due, note: why, mark }, How::Later, now, actions);
    }

    fn order_job_failed(&mut self, id: DeliveryId, code: &str, now: Timestamp, actions: &mut Vec<Action>) {
        let Some(held) = self.held.get_mut(&id) else { return self.step_ended() };
        let turns = !held.following.turned && matches!(held.plan, Plan::StoreOrder(_));
        if turns && code.ends_with("AlreadyExists") {
            return self.store_order(id, true);
        }
        if code.ends_with("OrderNotFound") {
            return self.no_order(id, now, actions);
        }
        let detail = format!("Engage took the order in and could not store it: {}", said(code));
        match code.ends_with("ContactNotFound") {
            // Engage may not see a contact at once that was made a moment ago (fact B-22).
            true => self.store_anew(id, note(ORDER_WITHOUT_CONTACT, detail), now, actions),
            false => self.attention(id, note(ORDER_REFUSED, detail), now, actions),
        }
    }

    /// An order was read, or isn't there.
    pub(super) fn order_read(
        &mut self,
        id: DeliveryId,
        stored: Option<&StoredOrder>,
        now: Timestamp,
        actions: &mut Vec<Action>,
    ) {
        let window = self.policy.engage.visibility_window;
        let Some(held) = self.held.get_mut(&id) else { return self.step_ended() };
        let ended = held.following.ended;
        match &held.plan {
            Plan::StoreOrder(frozen) => {
                let tag = stored.and_then(|stored| stored.version_tag.clone());
                match (storing(frozen, stored, ended), ended) {
                    (Storing::Stored, _) if held.may_lack_its_contact(stored, window, now) => {
                        let why = "Engage stored the order without its contact, which it may not see yet; it is stored again";
                        self.store_anew(id, note(ORDER_WITHOUT_CONTACT, why), now, actions);
                    }
                    (Storing::Stored, _) => self.order_done(id, tag, None, now, actions),
                    (Storing::Newer, _) => {
                        let why = note(NEWER_ORDER_IN_ENGAGE, "the order in Engage is newer than this state");
                        self.order_done(id, tag, Some(why), now, actions);
                    }
                    (Storing::Older | Storing::Missing, Ended::TooLong) => {
                        self.job_not_ending(id, now, actions);
                    }
                    // Engage took it in, so it isn't said again, however long that takes.
                    (Storing::Older | Storing::Missing, _) if held.following.since.is_some() => {
                        self.order_pending(id, now, actions);
                    }
                    (Storing::Missing, _) => self.store_order(id, false),
                    (Storing::Older, _) => self.store_order(id, true),
                }
            }
            Plan::DeleteOrder(_) => match (stored, ended) {
                (None, _) => self.order_done(id, None, None, now, actions),
                (Some(_), Ended::TooLong) => self.job_not_ending(id, now, actions),
                (Some(_), _) if held.following.since.is_some() => self.order_pending(id, now, actions),
                (Some(_), _) => {
                    held.changes.push_back(Change::DeleteOrder);
                    self.go_on(id, Next::Write);
                }
            },
            Plan::Act(_) => {
                let tag = stored.and_then(|stored| stored.version_tag.clone());
                match tag.filter(|tag| !held.following.tried.contains(tag)) {
                    Some(tag) if held.following.tried.len() < TAGS_MAX => {
                        held.changes.push_back(Change::Act(tag));
                        self.go_on(id, Next::Write);
                    }
                    _ => {
                        let why = "the order isn't in Engage as it must be for the action, or not yet; look at the order's \
                                   own delivery, then retry";
                        self.order_again(id, note(ORDER_NOT_THERE, why), now, actions);
                    }
                }
            }
            _ => self.wrong_answer(id, now, actions),
        }
    }

    /// It is to be made, or to be replaced.
    fn store_order(&mut self, id: DeliveryId, replaces: bool) {
        let Some(held) = self.held.get_mut(&id) else { return self.step_ended() };
        held.following.turned = held.wrote || held.begun;
        held.changes.clear();
        held.changes.push_back(Change::StoreOrder { replaces });
        // Where the contact's id isn't known yet the look-up leads here again.
        let next = match held.remote_id() {
            Some(_) => Next::Write,
            None => Next::Seek(Among::Ours),
        };
        self.go_on(id, next);
    }

    /// Whether an action was triggered.
    pub(super) fn acted(
        &mut self,
        id: DeliveryId,
        answer: ActionAnswer,
        now: Timestamp,
        actions: &mut Vec<Action>,
    ) {
        let Some(held) = self.held.get_mut(&id) else { return self.step_ended() };
        match answer {
            ActionAnswer::Triggered => self.order_done(id, None, None, now, actions),
            // Surely not: the order isn't there, or it has changed (fact O-48).
            ActionAnswer::NoOrderOrStale => {
                if let Some(Change::Act(tag)) = held.changes.pop_front() {
                    held.following.tried.push(tag);
                }
                self.go_on(id, Next::Order);
            }
            ActionAnswer::NoContact => {
                let why = "Engage has the order without a contact, so there is nobody to send to; store the order again, \
                           then retry";
                self.order_again(id, note(ORDER_WITHOUT_CONTACT, why), now, actions);
            }
        }
    }

    /// A call about an order failed. `Some` gives it back: it is as for any other call.
    pub(super) fn order_failed(
        &mut self,
        id: DeliveryId,
        failed: Failed,
        now: Timestamp,
        actions: &mut Vec<Action>,
    ) -> Option<Failed> {
        let held = self.held.get_mut(&id)?;
        let status = failed.refused.as_ref().map(|(status, _)| *status);
        match (&held.plan, held.next, &failed.judgement) {
            // It is there (fact O-41).
            (Plan::StoreOrder(_), Next::Write, _) if status == Some(409) && !held.following.turned => {
                self.store_order(id, true);
            }
            // A person is asked as soon as that is on disk.
            (Plan::Act(_) | Plan::Announce(_), Next::Write, Judgement::Unknown(note)) => {
                let outcome = Outcome::Unknown { due: now, note: note.clone(), mark: None };
                self.settle(id, outcome, How::Later, now, actions);
            }
            _ => return Some(failed),
        }
        None
    }

    /// Something about an order is done.
    pub(super) fn order_done(
        &mut self,
        id: DeliveryId,
        tag: Option<Text>,
        note: Option<Note>,
        now: Timestamp,
        actions: &mut Vec<Action>,
    ) {
        let how = match self.held.get(&id).map(|held| &held.plan) {
            Some(Plan::StoreOrder(frozen)) if frozen.first => How::Created,
            _ => How::Changed,
        };
        let learnt = tag.map(|tag| tag.as_str().as_bytes().to_vec());
        self.settle(id, Outcome::Done(Done { learnt, note, ..Done::default() }), how, now, actions);
    }

    /// It is not there yet as it must be; after some looks a person is asked.
    fn order_again(&mut self, id: DeliveryId, why: Note, now: Timestamp, actions: &mut Vec<Action>) {
        let Some(held) = self.held.get(&id) else { return self.step_ended() };
        let failures = held.due.failures;
        let (outcome, how) = match failures >= TRIES_MAX || held.follows_nothing() {
            true => (Outcome::NeedsAttention(why), How::NeedsAttention),
            false => {
                let due = now + backoff::delay(failures, self.jitter(), None);
                (Outcome::Again { due, note: why }, How::Later)
            }
        };
        self.settle(id, outcome, how, now, actions);
    }

    /// It is to be stored once more, although Engage answered; after some times a person is asked.
    fn store_anew(&mut self, id: DeliveryId, why: Note, now: Timestamp, actions: &mut Vec<Action>) {
        let Some(held) = self.held.get(&id) else { return self.step_ended() };
        let anew = held.following.anew + 1;
        let (outcome, how) = match anew > TRIES_MAX {
            true => (Outcome::NeedsAttention(why), How::NeedsAttention),
            false => {
                let due = now + backoff::delay(anew - 1, self.jitter(), None);
                let mark = Some(Mark { anew, ..Mark::default() }.write());
                (Outcome::Unknown { due, note: why, mark }, How::Later)
            }
        };
        self.settle(id, outcome, how, now, actions);
    }

    fn job_not_ending(&mut self, id: DeliveryId, now: Timestamp, actions: &mut Vec<Action>) {
        let why =
            "Engage took the order in, and has not stored it since; look at its integration log, then retry";
        self.attention(id, note(ORDER_JOB_NOT_ENDING, why), now, actions);
    }
}

fn said(code: &str) -> &str {
    if code.is_empty() { "it doesn't say why" } else { code }
}
