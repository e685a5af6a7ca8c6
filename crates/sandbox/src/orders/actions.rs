//! Actions: what starts a tenant's automations on an order, by a call, embedded in a change, or told by version 2.
//!
//! Nothing makes a repeated action harmless (facts O-49, O-63): each is triggered, and written down.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::jobs::Job;
use super::{OrderDeed, OrderEffect};
use crate::effect::Level;
use crate::fields;
use crate::findings::{Note, Rule};
use crate::history::By;
use crate::world::World;

/// An action that is wanted (facts O-45, O-52).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Wanted {
    pub(crate) action: String,
    pub(crate) language: Option<String>,
    pub(crate) data: Option<Value>,
}

impl Wanted {
    /// Reads a body that was found complete; none where its action is blank.
    pub(crate) fn read(body: &Map<String, Value>) -> Option<Wanted> {
        let text = |name: &str| {
            let text = body.get(name).and_then(fields::text)?;
            (!text.trim().is_empty()).then_some(text)
        };
        let data = body.get("data").filter(|data| !data.is_null()).cloned();
        Some(Wanted { action: text("action")?, language: text("language"), data })
    }
}

/// An action that was triggered, with all that an automation may want to know.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct OrderAction {
    /// The order as it is answered by version 3, however it was told.
    pub(crate) order: Value,
    pub(crate) contact: Uuid,
    pub(crate) action: String,
    pub(crate) language: Option<String>,
    pub(crate) data: Option<Value>,
    pub(crate) at: Timestamp,
}

/// The order that an action is triggered with.
#[derive(Debug)]
pub(crate) struct About {
    pub(crate) order_id: String,
    pub(crate) contact: Uuid,
    /// None for what is not stored.
    pub(crate) version_tag: Option<String>,
    /// As version 3 answers it.
    pub(crate) order: Value,
}

/// Triggers an action.
pub(crate) fn trigger(world: &mut World, about: About, wanted: Wanted, request: u64, at: Timestamp) {
    let About { order_id, contact, version_tag, order } = about;
    let Wanted { action, language, data } = wanted;
    world.log(Level::Info, at, format!("order {order_id}: action {action} triggered"));
    world.orders.done(OrderEffect {
        at,
        kind: OrderDeed::ActionTriggered,
        order_id,
        contact: Some(contact),
        version_tag,
        action: Some(action.clone()),
        language: language.clone(),
        by: By::Request(request),
    });
    world.order_action(&OrderAction { order, contact, action, language, data, at });
}

/// The finding of an action that was triggered with this order before.
pub(crate) fn repeated(world: &World, order_id: &str, action: &str) -> Option<Note> {
    world.orders.was_triggered(order_id, action).then(|| Note::at(Rule::ActionTwice, "action"))
}

/// Triggers the action that came with a change, now that the change is made (fact O-51). Without a contact nobody
/// could be sent anything (fact O-47).
pub(crate) fn embedded(world: &mut World, job: &Job, wanted: Wanted, at: Timestamp) {
    let Some(order) = world.orders.get(&job.order_id) else { return };
    let Some(contact) = order.contact else {
        let text =
            format!("order {}: action {} not triggered, for it has no contact", job.order_id, wanted.action);
        return world.log(Level::Warning, at, text);
    };
    let version_tag = Some(order.version_tag.clone());
    let about =
        About { order_id: job.order_id.clone(), contact, version_tag, order: json!(order.answered()) };
    if let Some(note) = repeated(world, &job.order_id, &wanted.action) {
        world.note(Note { path: "orderAction".to_owned(), ..note }, "/api/v3/orders", at, job.request);
    }
    trigger(world, about, wanted, job.request, at);
}
