//! What the sandbox can list, as JSON: the oldest first, by pages of `offset` and `count`.

use serde::Serialize;
use serde_json::{Value, json};

use super::admin::Refusal;
use super::{Shared, host_now};
use crate::book::Book;
use crate::files::{ImportFile, Place};
use crate::findings::Finding;
use crate::money::number;
use crate::offers::{Offer, OfferChange};
use crate::orders::Order;
use crate::orders::jobs::{Job, State};
use crate::receipts::Receipt;
use crate::switches::SPECS;
use crate::world::{RULES_VERSION, World};
use crate::{fields, journal, totals};

/// How many rows a page has when nothing is said.
const COUNT_DEFAULT: usize = 100;
/// How many rows a page has at most.
pub(super) const COUNT_MAX: usize = 1_000;

/// Which rows of a list are wanted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slice {
    pub(super) offset: usize,
    pub(super) count: usize,
}

impl Slice {
    /// Reads `offset` and `count`; `default` rows where nothing is said.
    pub(super) fn of(query: &str, default: usize) -> Result<Slice, Refusal> {
        let number = |name: &str, otherwise: usize| match parameter(query, name) {
            None => Ok(otherwise),
            Some(text) => text.parse().map_err(|_| Refusal::Bad(format!("{name} is not a whole number"))),
        };
        Ok(Slice { offset: number("offset", 0)?, count: number("count", default)?.min(COUNT_MAX) })
    }

    pub(super) fn of_iter<T: Serialize>(self, rows: impl Iterator<Item = T>) -> Value {
        let mut total = 0;
        let mut items = Vec::new();
        for row in rows {
            if total >= self.offset && items.len() < self.count {
                items.push(json!(row));
            }
            total += 1;
        }
        json!({ "offset": self.offset, "count": items.len(), "totalCount": total, "items": items })
    }
}

/// A parameter of the query, decoded.
pub(super) fn parameter(query: &str, name: &str) -> Option<String> {
    super::forms::pairs(query).into_iter().find(|(one, _)| one == name).map(|(_, value)| value)
}

/// One page of a list of the world's.
pub(super) fn page(book: &Book, list: &str, query: &str) -> Result<Value, Refusal> {
    let slice = Slice::of(query, COUNT_DEFAULT)?;
    let world = book.world();
    let wanted = |name: &str| parameter(query, name);
    match list {
        "contacts" => Ok(slice.of_iter(world.contacts())),
        "stores" => Ok(slice.of_iter(world.stores())),
        "point-accounts" => Ok(slice.of_iter(world.point_accounts())),
        "vouchers" => Ok(slice.of_iter(world.vouchers())),
        "promotions" => {
            let (at, zone) = (world.time(host_now()), &world.settings().time_zone);
            Ok(slice.of_iter(world.promotions().iter().map(|one| {
                let mut row = json!(one);
                row["status"] = json!(one.status(at, zone));
                row
            })))
        }
        "effects/offers" => {
            let (id, contact, kind) = (wanted("id"), wanted("contact"), wanted("kind"));
            let is = |wanted: &Option<String>, value: &Value| {
                wanted.as_ref().is_none_or(|wanted| value.as_str() == Some(wanted))
            };
            let rows = world.offer_changes().iter().map(offer_change);
            let rows = rows.filter(|row| {
                is(&id, &row["id"]) && is(&contact, &row["contact"]) && is(&kind, &row["kind"])
            });
            Ok(slice.of_iter(rows))
        }
        "orders" => {
            let (id, contact) = (wanted("orderId"), wanted("contact"));
            let is = |order: &&Order| {
                id.as_ref().is_none_or(|id| *id == order.order_id)
                    && contact.as_ref().is_none_or(|wanted| {
                        order.contact.is_some_and(|contact| contact.to_string() == *wanted)
                    })
            };
            Ok(slice.of_iter(world.orders().filter(is)))
        }
        "order-jobs" => {
            let id = wanted("orderId");
            let jobs = world.orders.jobs().filter(|job| id.as_ref().is_none_or(|id| *id == job.order_id));
            Ok(slice.of_iter(jobs.map(order_job)))
        }
        "effects/orders" => {
            let (id, kind, action) = (wanted("orderId"), wanted("kind"), wanted("action"));
            let is = |wanted: &Option<String>, value: &Value| {
                wanted.as_ref().is_none_or(|wanted| value.as_str() == Some(wanted))
            };
            let rows = world.order_effects().iter().map(|effect| json!(effect));
            let rows = rows.filter(|row| {
                is(&id, &row["orderId"]) && is(&kind, &row["kind"]) && is(&action, &row["action"])
            });
            Ok(slice.of_iter(rows))
        }
        "imports" => Ok(slice.of_iter(world.file_imports())),
        "folders" => Ok(slice.of_iter(world.import_files().map(|file| import_file(world, file)))),
        "mails" => super::mailbox::list(world, query),
        "assignments" => Ok(slice.of_iter(world.assignments())),
        "log" => Ok(slice.of_iter(world.log_lines())),
        "requests" => Ok(slice.of_iter(world.requests())),
        "findings" => Ok(slice.of_iter(world.findings().map(finding))),
        "creations" => {
            let least: u64 = wanted("atLeast").and_then(|text| text.parse().ok()).unwrap_or(0);
            let counted = world.creations().filter(|(_, count)| count.asked >= least || count.made >= least);
            let rows =
                counted.map(|(key, count)| json!({ "key": key, "asked": count.asked, "made": count.made }));
            Ok(slice.of_iter(rows))
        }
        "receipts" => {
            let (id, state) = (wanted("uniqueReceiptId"), wanted("state"));
            let rows = world.receipts().iter().filter(|one| {
                id.as_ref().is_none_or(|id| *id == one.content.unique_receipt_id)
                    && state.as_ref().is_none_or(|state| state == one.fate.word())
            });
            Ok(slice.of_iter(rows.map(receipt)))
        }
        other => Err(Refusal::NotFound(format!("GET /_sandbox/{other}"))),
    }
}

/// A file that waits, without what is in it.
fn import_file(world: &World, file: &ImportFile) -> Value {
    let folder = match world.settings().import_folders.place(&file.path) {
        Place::File(kind, _) => Some(kind),
        Place::Folder | Place::Nowhere => None,
    };
    json!({
        "path": file.path,
        "name": file.name(),
        "folder": folder,
        "bytes": file.size(),
        "since": file.since,
        "whole": file.whole,
    })
}

/// What the world comes to.
pub(super) fn totals(book: &Book) -> Value {
    totals::totals(book.world(), book.world().time(host_now()))
}

/// A receipt, its body as the text that was sent; its fate holds its lines, with points and what they were matched with.
fn receipt(receipt: &Receipt) -> Value {
    let content = &receipt.content;
    json!({
        "number": receipt.number,
        "state": receipt.fate.word(),
        "fate": receipt.fate,
        "uniqueReceiptId": content.unique_receipt_id,
        "received": content.received,
        "request": content.request,
        "points": number(receipt.points()),
        "body": content.body,
    })
}

/// What was done with an offer: the request's number stands in `by` where a call did it.
fn offer_change(change: &OfferChange) -> Value {
    let OfferChange { at, contact, by, deed, offer } = change;
    let mut row = json!({ "at": at, "kind": deed, "contact": contact, "by": by, "id": offer.id() });
    match offer {
        Offer::Assignment { promotion, channel, .. } => {
            row["promotion"] = json!(promotion);
            row["channel"] = json!(channel);
        }
        Offer::Voucher { number, .. } => row["voucher"] = json!(number),
    }
    row
}

/// A job of an order, without what was sent: the journal has it.
pub(super) fn order_job(job: &Job) -> Value {
    let mut row = json!({
        "number": job.number,
        "id": job.id,
        "orderId": job.order_id,
        "request": job.request,
        "accepted": job.accepted,
        "state": job.state_word(),
        "lookedAt": job.looked_at,
    });
    match &job.state {
        State::Pending { due, .. } => row["due"] = json!(due),
        State::Stuck => {}
        State::Done { at } => row["ended"] = json!(at),
        State::Failed { at, code, message } => {
            row["ended"] = json!(at);
            row["errorCode"] = json!(code);
            row["message"] = json!(message);
        }
    }
    row
}

/// One order with its jobs and what was done with it; one that is gone has these still.
pub(super) fn order(book: &Book, order_id: &str) -> Result<Value, Refusal> {
    let world = book.world();
    let jobs: Vec<Value> =
        world.orders.jobs().filter(|job| job.order_id == order_id).map(order_job).collect();
    let effects = world.order_effects().iter().filter(|effect| effect.order_id == order_id);
    let effects: Vec<Value> = effects.map(|effect| json!(effect)).collect();
    let order = world.orders.get(order_id);
    if order.is_none() && jobs.is_empty() && effects.is_empty() {
        return Err(Refusal::NotFound(format!("order {order_id}")));
    }
    Ok(json!({ "order": order, "jobs": jobs, "effects": effects }))
}

fn finding(finding: &Finding) -> Value {
    let advice = finding.rule.advice();
    let mut row = json!(finding);
    row["advice"] = Value::from(advice.text);
    row["guide"] = Value::from(advice.guide);
    row["fact"] = json!(advice.fact);
    row
}

/// The switches with what they may be set to and why they are open.
pub(super) fn switches(book: &Book) -> Value {
    let set = book.world().switches();
    SPECS
        .iter()
        .map(|spec| {
            let mut row = json!(spec);
            row["value"] = json!(set.value(spec.name));
            row
        })
        .collect()
}

/// Lines of the journal file; the first is its head. Read without holding the world up.
pub(super) fn journal(shared: &Shared, query: &str) -> Result<Value, Refusal> {
    let slice = Slice::of(query, COUNT_DEFAULT)?;
    let (path, len) = shared.book().journal()?;
    let events = shared.book().events();
    let items = journal::lines(&path, len, slice.offset, slice.count)?;
    Ok(json!({ "offset": slice.offset, "count": items.len(), "totalCount": events + 1, "items": items }))
}

/// The field tables, each row with its fact.
pub(super) fn fields() -> Value {
    fields::ALL.into_iter().map(|(call, table)| (call.to_owned(), json!(fields::listed(table)))).collect()
}

/// How the sandbox is.
pub(super) fn status(shared: &Shared) -> Value {
    let book = shared.book();
    let (world, now) = (book.world(), host_now());
    let journal = book.journal().ok().map(|(path, bytes)| {
        let opened = shared.opened;
        json!({
            "path": path,
            "bytes": bytes,
            "replayedAtStart": opened.replayed,
            "tornBytesAtStart": opened.torn_bytes,
        })
    });
    json!({
        "rules": RULES_VERSION,
        "seed": world.seed(),
        "events": book.events(),
        "journal": journal,
        "clock": {
            "worldTime": world.time(now),
            "hostTime": now,
            "mode": if world.is_frozen() { "frozen" } else { "running" },
            "nextImport": world.import_due(),
            "nextPickUp": world.pick_up_due(),
        },
        "counts": counts(world),
        "busiestSecond": world.busiest_second(),
        "faults": world.faults(),
        "settings": world.settings(),
    })
}

fn counts(world: &World) -> Value {
    json!({
        "contacts": world.contacts().len(),
        "pointAccounts": world.point_accounts().len(),
        "vouchers": world.vouchers().len(),
        "promotions": world.promotions().len(),
        "assignments": world.assignments().len(),
        "orders": world.orders().len(),
        "stores": world.stores().len(),
        "receipts": world.receipt_counts(),
        "requests": world.request_count(),
        "mails": world.mailbox.ever(),
        "importFiles": world.import_files().len(),
        "findings": world.findings().len(),
        "logLines": world.log_lines().len(),
    })
}
