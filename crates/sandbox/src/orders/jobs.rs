//! Jobs: what was asked for about orders, one after another, each processed a while after it was accepted (facts O-06,
//! O-43).
//!
//! What a job turns out to be is decided when it is accepted (switch `orderJobs`), how its wish is met when it is due.
//! A job is never forgotten, so that whoever was cut off for days still reads how it ended.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::actions::{self, Wanted};
use super::{Order, OrderDeed, OrderEffect, Orders, lines};
use crate::effect::Level;
use crate::fields;
use crate::history::By;
use crate::import;
use crate::receipts::Match;
use crate::switches::{OrderJobs, OrderPostExisting, OrderPutMissing, OrderUnknownContact};
use crate::world::World;

/// Sets the ids of jobs apart from others that are made of the seed and a number.
const IDS: u64 = 1 << 63;

/// A change of an order that was accepted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Job {
    /// Its place in the order of acceptance, from 1.
    pub(crate) number: u64,
    pub(crate) id: Uuid,
    pub(crate) order_id: String,
    /// The number of the request that asked for it.
    pub(crate) request: u64,
    pub(crate) accepted: Timestamp,
    /// What it turns out to be.
    kind: OrderJobs,
    /// Whether somebody asked how it ended, or read the order since.
    pub(crate) looked_at: bool,
    pub(crate) state: State,
}

/// How far a job is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum State {
    /// It is processed when it is due.
    Pending { due: Timestamp, wish: Wish },
    /// It never is, and says so to nobody.
    Stuck,
    /// It was.
    Done { at: Timestamp },
    /// It could not be.
    Failed { at: Timestamp, code: String, message: String },
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Wish {
    Create {
        body: Map<String, Value>,
        action: Option<Wanted>,
    },
    Replace {
        body: Map<String, Value>,
        action: Option<Wanted>,
    },
    Delete,
    /// These members become what is said; those inside `delivery` one by one.
    Change {
        members: Map<String, Value>,
        action: Option<Wanted>,
    },
}

impl Wish {
    /// Whether an action goes with it, so that nobody needs its job (fact O-51).
    fn has_action(&self) -> bool {
        match self {
            Wish::Create { action, .. } | Wish::Replace { action, .. } | Wish::Change { action, .. } => {
                action.is_some()
            }
            Wish::Delete => false,
        }
    }
}

/// Why a job fails.
#[derive(Debug)]
struct Failure {
    code: &'static str,
    message: &'static str,
}

const ORDERED: Failure = Failure { code: "SandboxFault", message: "This failure was ordered." };
const EXISTS: Failure = Failure { code: "OrderAlreadyExists", message: "An order with this id exists." };
const NOT_FOUND: Failure = Failure { code: "OrderNotFound", message: "The order was not found." };
const NO_CONTACT: Failure = Failure { code: "ContactNotFound", message: "The contact was not found." };

impl Job {
    /// Whether whoever asks is told that it is done.
    pub(crate) fn is_told_done(&self) -> bool {
        matches!(self.state, State::Done { .. }) && self.kind != OrderJobs::DoneUntold
    }

    pub(crate) fn state_word(&self) -> &'static str {
        match self.state {
            State::Pending { .. } => "pending",
            State::Stuck => "never ends",
            State::Done { .. } if self.is_told_done() => "done",
            State::Done { .. } => "done, never told",
            State::Failed { .. } => "failed",
        }
    }
}

impl Orders {
    /// Puts a row in as it is. Rows come in the order of their numbers.
    pub(crate) fn restore(&mut self, job: Job) {
        if let State::Pending { due, .. } = job.state {
            self.due.insert((due, job.number));
        }
        self.last_job.insert(job.order_id.clone(), job.number);
        self.jobs.push(Arc::new(job));
    }

    pub(crate) fn job_due(&self) -> Option<Timestamp> {
        self.due.first().map(|(due, _)| *due)
    }

    /// All jobs, in the order of their acceptance.
    pub(crate) fn jobs(&self) -> impl DoubleEndedIterator<Item = &Job> + ExactSizeIterator {
        self.jobs.iter().map(AsRef::as_ref)
    }

    pub(crate) fn job(&self, id: Uuid) -> Option<&Job> {
        let (_, number) = id.as_u64_pair();
        let job = self.jobs.get(place(number & !IDS)?)?;
        (job.id == id).then_some(job.as_ref())
    }

    /// Marks what is known of an order as looked at: all jobs up to its last one.
    pub(crate) fn look_at(&mut self, order_id: &str) {
        if let Some(job) = self.last_job_of_mut(order_id) {
            job.looked_at = true;
        }
    }

    /// Whether nobody asked how the last change of an order went.
    pub(crate) fn is_unlooked_at(&self, order_id: &str) -> bool {
        let last = self.last_job.get(order_id).and_then(|number| self.jobs.get(place(*number)?));
        last.is_some_and(|job| !job.looked_at)
    }

    fn last_job_of_mut(&mut self, order_id: &str) -> Option<&mut Job> {
        let place = place(*self.last_job.get(order_id)?)?;
        self.jobs.get_mut(place).map(Arc::make_mut)
    }

    /// Whether a creation of this order waits.
    pub(crate) fn is_being_created(&self, order_id: &str) -> bool {
        self.due.iter().filter_map(|(_, number)| self.jobs.get(place(*number)?)).any(|job| {
            job.order_id == order_id && matches!(job.state, State::Pending { wish: Wish::Create { .. }, .. })
        })
    }

    fn settle(&mut self, number: u64, state: State) {
        if let Some(job) = place(number).and_then(|place| self.jobs.get_mut(place)) {
            Arc::make_mut(job).state = state;
        }
    }
}

fn place(number: u64) -> Option<usize> {
    usize::try_from(number).ok()?.checked_sub(1)
}

/// Accepts a change, and says the id of its job.
pub(crate) fn accept(world: &mut World, order_id: String, wish: Wish, request: u64, at: Timestamp) -> Uuid {
    let number = world.orders.jobs.len() as u64 + 1;
    let id = Uuid::from_u64_pair(world.seed, IDS | number);
    let kind = world.switches.order_jobs;
    let takes = SignedDuration::from_secs(i64::from(world.switches.order_job_seconds));
    let due = at.saturating_add(takes).unwrap_or(Timestamp::MAX);
    // No change of an order overtakes an earlier one, however the switch was moved meanwhile.
    let due = due.max(last_due(&world.orders, &order_id).unwrap_or(due));
    let looked_at = wish.has_action();
    let state = match kind {
        OrderJobs::NeverEnd => State::Stuck,
        OrderJobs::Processed | OrderJobs::DoneUntold | OrderJobs::Fail => State::Pending { due, wish },
    };
    world.orders.restore(Job { number, id, order_id, request, accepted: at, kind, looked_at, state });
    id
}

fn last_due(orders: &Orders, order_id: &str) -> Option<Timestamp> {
    let last = orders.jobs.get(place(*orders.last_job.get(order_id)?)?)?;
    match last.state {
        State::Pending { due, .. } => Some(due),
        State::Stuck | State::Done { .. } | State::Failed { .. } => None,
    }
}

/// Processes the job that is due first.
pub(crate) fn run_next(world: &mut World) {
    let Some((at, number)) = world.orders.due.pop_first() else { return };
    let Some(job) = place(number).and_then(|place| world.orders.jobs.get(place)).cloned() else { return };
    let State::Pending { wish, .. } = job.state.clone() else { return };
    let by = By::Request(job.request);
    let processed = match job.kind {
        OrderJobs::Fail => Err(ORDERED),
        OrderJobs::Processed | OrderJobs::DoneUntold | OrderJobs::NeverEnd => {
            process(world, &job, wish, by, at)
        }
    };
    match processed {
        Ok(action) => {
            world.orders.settle(number, State::Done { at });
            if let Some(wanted) = action {
                actions::embedded(world, &job, wanted, at);
            }
        }
        Err(Failure { code, message }) => {
            let text = format!("order {}: {message} The change was not made.", job.order_id);
            world.log(Level::Error, at, text);
            let (code, message) = (code.to_owned(), message.to_owned());
            world.orders.settle(number, State::Failed { at, code, message });
        }
    }
}

/// Meets a wish; what is left to do is the action that came with it.
fn process(
    world: &mut World,
    job: &Job,
    wish: Wish,
    by: By,
    at: Timestamp,
) -> Result<Option<Wanted>, Failure> {
    let before = world.orders.get(&job.order_id).cloned();
    let (after, action) = match (wish, &before) {
        (Wish::Create { .. }, Some(_))
            if world.switches.order_post_existing != OrderPostExisting::Replaces =>
        {
            return Err(EXISTS);
        }
        (Wish::Replace { .. }, None) if world.switches.order_put_missing == OrderPutMissing::NotFound404 => {
            return Err(NOT_FOUND);
        }
        (Wish::Create { body, action } | Wish::Replace { body, action }, _) => {
            let contact = contact_of(world, &job.order_id, &body, at)?;
            warn_of_unknown(world, &job.order_id, &body, at);
            (written(world, job, before.as_ref(), body, contact, at), action)
        }
        (Wish::Delete, None) | (Wish::Change { .. }, None) => return Err(NOT_FOUND),
        (Wish::Delete, Some(order)) => {
            world.orders.remove(&job.order_id);
            world.orders.done(effect(OrderDeed::Deleted, order, None, by, at));
            return Ok(None);
        }
        (Wish::Change { members, action }, Some(order)) => {
            let body = changed(order.body.clone(), members);
            (written(world, job, Some(order), body, order.contact, at), action)
        }
    };
    let deed = if before.is_some() { OrderDeed::Replaced } else { OrderDeed::Stored };
    world.orders.done(effect(deed, &after, Some(after.version_tag.clone()), by, at));
    world.orders.put(after);
    Ok(action)
}

fn effect(kind: OrderDeed, order: &Order, version_tag: Option<String>, by: By, at: Timestamp) -> OrderEffect {
    let (order_id, contact) = (order.order_id.clone(), order.contact);
    OrderEffect { at, kind, order_id, contact, version_tag, action: None, language: None, by }
}

/// An order as a job leaves it. Times that were not said are those of its registration (fact O-28).
fn written(
    world: &World,
    job: &Job,
    before: Option<&Order>,
    mut body: Map<String, Value>,
    contact: Option<Uuid>,
    at: Timestamp,
) -> Order {
    let stored = before.map_or(at, |order| order.stored);
    for (name, time) in [("createdAt", stored), ("lastChangedAt", at)] {
        body.entry(name).or_insert_with(|| Value::from(world.settings.time_zone.written(time)));
    }
    Order {
        number: before.map_or(job.number, |order| order.number),
        order_id: job.order_id.clone(),
        contact,
        version_tag: tag(world.seed, job.number),
        stored,
        changed: at,
        body,
    }
}

/// An order's members with some of them changed. What is inside `delivery` is changed one by one (fact O-54).
fn changed(mut body: Map<String, Value>, members: Map<String, Value>) -> Map<String, Value> {
    body.remove("lastChangedAt");
    for (name, value) in members {
        match (body.get_mut(&name), value) {
            (Some(Value::Object(old)), Value::Object(new)) => old.extend(new),
            (_, value) => {
                body.insert(name, value);
            }
        }
    }
    body
}

/// Whose order it is: nobody's, with a warning, where the contact is missing (facts O-55, O-56).
fn contact_of(
    world: &mut World,
    order_id: &str,
    body: &Map<String, Value>,
    at: Timestamp,
) -> Result<Option<Uuid>, Failure> {
    let wanted = body.get("contact").and_then(Match::read);
    let found = wanted.and_then(|wanted| import::matching_contact(world, &wanted));
    if found.is_some() {
        return Ok(found);
    }
    match world.switches.order_unknown_contact {
        OrderUnknownContact::StoredWithout => {
            world.log(Level::Warning, at, format!("order {order_id}: Contact is missing"));
            Ok(None)
        }
        OrderUnknownContact::JobFails => Err(NO_CONTACT),
    }
}

/// An unknown store or article is a warning and no more (facts O-55, O-57).
fn warn_of_unknown(world: &mut World, order_id: &str, body: &Map<String, Value>, at: Timestamp) {
    let store = body.get("externalStoreId").and_then(fields::text);
    if let Some(store) = store.filter(|store| world.stores.get(store).is_none()) {
        world.log(Level::Warning, at, format!("order {order_id}: Store is missing ({store})"));
    }
    let Some(articles) = &world.settings.articles else { return };
    let skus = lines(body).iter().filter_map(|line| line.get("sku").and_then(fields::text));
    let unknown: std::collections::BTreeSet<String> = skus.filter(|sku| !articles.contains(sku)).collect();
    for sku in unknown {
        world.log(Level::Warning, at, format!("order {order_id}: Article is missing ({sku})"));
    }
}

/// The tag that a job gives its order: 16 bytes in Base64 (fact O-44), others for every job of every world.
fn tag(seed: u64, number: u64) -> String {
    const BYTES: usize = 16;
    let hash = blake3::hash(format!("order version {seed} {number}").as_bytes());
    base64(&hash.as_bytes()[..BYTES])
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = three
            .iter()
            .enumerate()
            .fold(0_u32, |bits, (place, byte)| bits | u32::from(*byte) << (16 - 8 * place));
        for place in 0..4 {
            let is_there = place <= three.len();
            let letter = LETTERS[(bits >> (18 - 6 * place)) as usize & 63];
            text.push(if is_there { char::from(letter) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_written_as_base64_writes_them() {
        for (bytes, text) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
        assert_eq!(base64(&[255, 254, 253]), "//79");
    }

    #[test]
    fn a_tag_is_another_one_for_every_job_and_world() {
        assert_eq!(tag(7, 1).len(), "p8Yc3m0k1S2dVbW9Qz7x4A==".len());
        assert_ne!(tag(7, 1), tag(7, 2));
        assert_ne!(tag(7, 1), tag(8, 1));
    }
}
