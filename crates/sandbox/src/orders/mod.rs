//! Orders (facts O-01 to O-58): what is stored, the jobs that store it, and what was done with it.
//!
//! Whatever is asked for about an order becomes a [`jobs`] entry and happens when that is processed. The rows are the
//! truth; every index is made from them. What was told by version 2 is nowhere here but among the deeds.
//!
//! Not done: order schemas, and anything that an order would mean for points; receipts alone earn (fact O-02).

pub(crate) mod actions;
pub(crate) mod jobs;
pub(crate) mod lint;
pub(crate) mod v2;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::fields;
use crate::history::By;
use crate::world::World;
use jobs::Job;

/// An order as it is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    /// The number of the job that created it: later orders have higher ones.
    pub number: u64,
    /// The sender's id for it (fact O-22).
    pub order_id: String,
    /// Whose it is; nobody's, where the contact was missing (fact O-56).
    pub contact: Option<Uuid>,
    /// Its tag, another one after every change (fact O-44).
    pub version_tag: String,
    /// When it was stored first, in world time.
    pub stored: Timestamp,
    /// When it last changed, in world time.
    pub changed: Timestamp,
    /// What was sent of it that Engage knows.
    pub body: Map<String, Value>,
}

impl Order {
    /// `return` where it has lines and all of them are returns, else `purchase` (fact O-30).
    #[must_use]
    pub fn kind(&self) -> &'static str {
        let lines = lines(&self.body);
        let is_return = |line: &Value| line["type"].as_str().is_some_and(|text| text == "Return");
        if !lines.is_empty() && lines.iter().all(is_return) { "return" } else { "purchase" }
    }

    /// A member's text; empty where there is none.
    #[must_use]
    pub fn text(&self, name: &str) -> String {
        self.body.get(name).and_then(fields::text).unwrap_or_default()
    }

    /// The order as it is answered, but for its tag (fact O-16).
    pub(crate) fn answered(&self) -> Map<String, Value> {
        let mut answer = self.body.clone();
        answer.insert("contactId".to_owned(), json!(self.contact));
        answer.insert("type".to_owned(), Value::from(self.kind()));
        answer
    }
}

/// The rows of an order's lines.
pub(crate) fn lines(body: &Map<String, Value>) -> &[Value] {
    let items = body.get("lineItems").and_then(|lines| lines.get("items"));
    items.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Something that was done with an order, so that whoever tests a client can count what its calls brought about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderEffect {
    /// When, in world time.
    pub at: Timestamp,
    /// What.
    pub kind: OrderDeed,
    /// With which order.
    pub order_id: String,
    /// Whose it is.
    pub contact: Option<Uuid>,
    /// The order's tag from then on; none for what is gone, or was never stored.
    pub version_tag: Option<String>,
    /// The action that was triggered.
    pub action: Option<String>,
    /// The language it was asked for in.
    pub language: Option<String>,
    /// Who did it.
    pub by: By,
}

/// What was done with an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum OrderDeed {
    /// It was stored for the first time.
    Stored,
    /// It was replaced, or a part of it was changed.
    Replaced,
    /// It was deleted.
    Deleted,
    /// An action was triggered with it.
    ActionTriggered,
}

/// All orders, their jobs, and what was done.
#[derive(Debug, Clone, Default)]
pub(crate) struct Orders {
    rows: BTreeMap<String, Arc<Order>>,
    by_number: BTreeMap<u64, String>,
    by_contact: HashMap<Uuid, BTreeSet<u64>>,
    jobs: Vec<Arc<Job>>,
    due: BTreeSet<(Timestamp, u64)>,
    last_job: HashMap<String, u64>,
    effects: Vec<OrderEffect>,
    triggered: HashSet<(String, String)>,
}

impl Orders {
    pub(crate) fn get(&self, order_id: &str) -> Option<&Order> {
        self.rows.get(order_id).map(AsRef::as_ref)
    }

    /// Puts an order in, in the place of the one with its id.
    pub(crate) fn put(&mut self, order: Order) {
        self.remove(&order.order_id);
        self.by_number.insert(order.number, order.order_id.clone());
        if let Some(contact) = order.contact {
            self.by_contact.entry(contact).or_default().insert(order.number);
        }
        self.rows.insert(order.order_id.clone(), Arc::new(order));
    }

    pub(crate) fn remove(&mut self, order_id: &str) -> Option<Arc<Order>> {
        let order = self.rows.remove(order_id)?;
        self.by_number.remove(&order.number);
        if let Some(mine) = order.contact.and_then(|contact| self.by_contact.get_mut(&contact)) {
            mine.remove(&order.number);
        }
        Some(order)
    }

    /// All that are stored, in the order of their creation.
    pub(crate) fn rows(&self) -> impl DoubleEndedIterator<Item = &Order> + ExactSizeIterator {
        self.by_number.values().map(|id| self.rows[id].as_ref())
    }

    /// A contact's, in the order of their creation.
    pub(crate) fn of(&self, contact: Uuid) -> impl DoubleEndedIterator<Item = &Order> + Clone {
        let numbers = self.by_contact.get(&contact).into_iter().flatten();
        numbers.map(|number| self.rows[&self.by_number[number]].as_ref())
    }

    pub(crate) fn effects(&self) -> &[OrderEffect] {
        &self.effects
    }

    pub(crate) fn done(&mut self, effect: OrderEffect) {
        if let Some(action) = &effect.action {
            self.triggered.insert((effect.order_id.clone(), action.clone()));
        }
        self.effects.push(effect);
    }

    /// Whether this action was triggered with this order before.
    fn was_triggered(&self, order_id: &str, action: &str) -> bool {
        self.triggered.contains(&(order_id.to_owned(), action.to_owned()))
    }
}

/// With a contact its orders are gone (fact O-58); one that comes back has none.
pub(crate) fn forget(world: &mut World, contact: Uuid, at: Timestamp, by: By) {
    let gone: Vec<String> = world.orders.of(contact).map(|order| order.order_id.clone()).collect();
    for order_id in gone {
        world.orders.remove(&order_id);
        let contact = Some(contact);
        let kind = OrderDeed::Deleted;
        let effect =
            OrderEffect { at, kind, order_id, contact, version_tag: None, action: None, language: None, by };
        world.orders.done(effect);
    }
}
