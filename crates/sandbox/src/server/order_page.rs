//! The page of one order, and the rows by which orders are listed. Personal numbers are never shown.

use askama::Template;
use percent_encoding::utf8_percent_encode;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::admin::Refusal;
use super::pages::{Cell, HIDDEN, Tone, indented, time};
use super::tables::{Table, badge, code, text, word};
use crate::engage::SEGMENT;
use crate::fields;
use crate::history::By;
use crate::orders::jobs::{Job, State};
use crate::orders::{Order, OrderDeed, OrderEffect, lines};
use crate::world::World;

/// What an order's row shows.
pub(super) const COLUMNS: &[&str] =
    &["Order", "Status", "Own status", "Type", "Total", "Store", "Contact", "Placed", "Last changed"];

#[derive(Template)]
#[template(path = "order.html")]
pub(super) struct OrderPage {
    here: &'static str,
    title: String,
    facts: Vec<(&'static str, String)>,
    contact: Option<Uuid>,
    is_there: bool,
    lines: Table,
    effects: Table,
    jobs: Table,
    body: String,
}

/// The page of an order. One that is gone, or not there yet, has its jobs and what was done with it.
pub(super) fn page(world: &World, order_id: &str) -> Result<OrderPage, Refusal> {
    let jobs = jobs(world, order_id);
    let effects = effects(world, order_id);
    let order = world.orders.get(order_id);
    if order.is_none() && jobs.rows.is_empty() && effects.rows.is_empty() {
        return Err(Refusal::NotFound(format!("order {order_id}")));
    }
    Ok(OrderPage {
        here: "orders",
        title: format!("Order {order_id}"),
        facts: order.map(facts).unwrap_or_default(),
        contact: order.and_then(|order| order.contact),
        is_there: order.is_some(),
        lines: line_table(order),
        effects,
        jobs,
        body: order.map(|order| indented(&without_personal_number(order))).unwrap_or_default(),
    })
}

pub(super) fn link(order_id: &str) -> String {
    format!("/_sandbox/orders/{}", utf8_percent_encode(order_id, SEGMENT))
}

/// An order as a row of a list.
pub(super) fn row(order: &Order) -> Vec<Cell> {
    let contact = match order.contact {
        Some(contact) => {
            Cell::Link { to: format!("/_sandbox/contacts/{contact}"), text: contact.to_string() }
        }
        None => badge(Tone::Careful, "missing"),
    };
    vec![
        Cell::Link { to: link(&order.order_id), text: order.order_id.clone() },
        status(order),
        text(order.text("externalStatus")),
        text(order.kind()),
        text(total(order)),
        word(order.text("externalStoreId")),
        contact,
        text(order.text("createdAt")),
        text(time(order.changed)),
    ]
}

fn status(order: &Order) -> Cell {
    let status = order.text("status");
    let tone = match status.as_str() {
        "Completed" => Tone::Good,
        "Cancelled" => Tone::Bad,
        _ => Tone::Plain,
    };
    badge(tone, status)
}

fn total(order: &Order) -> String {
    format!("{} {}", order.text("totalPrice"), order.text("currencyCode"))
}

fn facts(order: &Order) -> Vec<(&'static str, String)> {
    let references = order.body.get("references").and_then(Value::as_array);
    let references: Vec<String> = references.into_iter().flatten().filter_map(fields::text).collect();
    let delivery = order.body.get("delivery").and_then(Value::as_object);
    let delivered: Vec<String> =
        delivery.into_iter().flatten().filter_map(|(_, value)| fields::text(value)).collect();
    let all = [
        ("Status", order.text("status")),
        ("Own status", order.text("externalStatus")),
        ("Type", order.kind().to_owned()),
        ("Total", total(order)),
        ("Store", order.text("externalStoreId")),
        ("Channel", order.text("channel")),
        ("References", references.join(", ")),
        ("Delivery", delivered.join(" · ")),
        ("Placed", order.text("createdAt")),
        ("Stored", time(order.stored)),
        ("Last changed", time(order.changed)),
        ("Version tag", order.version_tag.clone()),
    ];
    all.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

fn line_table(order: Option<&Order>) -> Table {
    let rows: Vec<Vec<Cell>> = order.map_or(&[][..], |order| lines(&order.body)).iter().map(line).collect();
    Table {
        title: "Lines",
        about: "",
        empty: "It has no lines.",
        columns: &["Type", "Article", "Name", "Quantity", "Price", "Tax", "Discounts"],
        total: rows.len(),
        rows,
    }
}

fn line(line: &Value) -> Vec<Cell> {
    let of = |name: &str| line.get(name).and_then(fields::text).unwrap_or_default();
    let tone = if of("type") == "Return" { Tone::Careful } else { Tone::Good };
    let discounts = line.get("discounts").and_then(Value::as_array).into_iter().flatten().map(|discount| {
        let of = |name: &str| discount.get(name).and_then(fields::text).unwrap_or_default();
        format!("{} {}", of("value"), of("description")).trim().to_owned()
    });
    let tax = match (of("taxAmount"), of("taxPercent")) {
        (amount, percent) if percent.is_empty() => amount,
        (amount, percent) => format!("{amount} at {percent} %"),
    };
    vec![
        badge(tone, of("type")),
        word(of("sku")),
        text(of("name")),
        text(format!("{} {}", of("quantity"), of("unit")).trim()),
        text(of("totalPrice")),
        text(tax),
        text(discounts.collect::<Vec<_>>().join(", ")),
    ]
}

fn effects(world: &World, order_id: &str) -> Table {
    let all = world.order_effects().iter().filter(|effect| effect.order_id == order_id);
    let rows: Vec<Vec<Cell>> = all.map(effect).collect();
    Table {
        title: "What was done",
        about: "",
        empty: "Nothing was done with it yet.",
        columns: &["At", "What", "Action", "Language", "Tag", "By"],
        total: rows.len(),
        rows,
    }
}

fn effect(effect: &OrderEffect) -> Vec<Cell> {
    let what = match effect.kind {
        OrderDeed::Stored => badge(Tone::Good, "stored"),
        OrderDeed::Replaced => badge(Tone::Plain, "replaced"),
        OrderDeed::Deleted => badge(Tone::Careful, "deleted"),
        OrderDeed::ActionTriggered => badge(Tone::Good, "action triggered"),
    };
    let by = match effect.by {
        By::Request(number) => format!("request {number}"),
        By::Person => "a person".to_owned(),
        By::Engage => "Engage".to_owned(),
    };
    vec![
        text(time(effect.at)),
        what,
        word(effect.action.clone().unwrap_or_default()),
        text(effect.language.clone().unwrap_or_default()),
        word(effect.version_tag.clone().unwrap_or_default()),
        text(by),
    ]
}

fn jobs(world: &World, order_id: &str) -> Table {
    let rows: Vec<Vec<Cell>> = world.orders.jobs().filter(|job| job.order_id == order_id).map(job).collect();
    Table {
        title: "Jobs",
        about: "",
        empty: "It was told by version 2, which has no jobs.",
        columns: &["Job", "State", "Accepted", "Ended", "Request", "Asked for"],
        total: rows.len(),
        rows,
    }
}

fn job(job: &Job) -> Vec<Cell> {
    let (tone, ended) = match &job.state {
        State::Pending { due, .. } => (Tone::Plain, format!("due {}", time(*due))),
        State::Stuck => (Tone::Careful, String::new()),
        State::Done { at } => (if job.is_told_done() { Tone::Good } else { Tone::Careful }, time(*at)),
        State::Failed { at, code, message } => (Tone::Bad, format!("{}: {code}, {message}", time(*at))),
    };
    vec![
        code(job.id.to_string()),
        badge(tone, job.state_word()),
        text(time(job.accepted)),
        text(ended),
        text(job.request.to_string()),
        text(if job.looked_at { "yes" } else { "no" }),
    ]
}

/// The order as it was sent, but for the personal number that it may name its contact by.
fn without_personal_number(order: &Order) -> String {
    let mut body: Map<String, Value> = order.body.clone();
    if let Some(contact) = body.get_mut("contact") {
        let by_number = contact.get("matchKeyType").is_some_and(|kind| *kind == "SocialSecurityNumber");
        if by_number {
            contact["matchKey"] = Value::from(HIDDEN);
        }
    }
    Value::Object(body).to_string()
}
