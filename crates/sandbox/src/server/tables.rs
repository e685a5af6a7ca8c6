//! The lists as tables of cells, the newest row first.

use rust_decimal::Decimal;

use super::calls::{CALLS, Listed};
use super::pages::{Cell, Tone, time};
use super::{mailbox, order_page};
use crate::contacts::{Contact, Presence};
use crate::effect::Level;
use crate::findings::Finding;
use crate::lines::{Line, LineKind, Portion};
use crate::receipts::{Fate, Receipt};
use crate::stores::{Origin, Store};
use crate::world::{LogLine, RequestLine, World};

/// What a receipt's row shows.
pub(super) const RECEIPT_COLUMNS: &[&str] =
    &["No.", "State", "Unique id", "Store", "Total", "In group currency", "Points", "Sold", "Received"];
/// What a receipt's lines show.
pub(super) const LINE_COLUMNS: &[&str] =
    &["Type", "Article", "Quantity", "Paid", "In group currency", "Points", "Matched with"];

/// The same where the lines of several receipts stand together.
pub(super) const RECEIPT_AND_LINE_COLUMNS: &[&str] =
    &["Receipt", "Type", "Article", "Quantity", "Paid", "In group currency", "Points", "Matched with"];

/// One page of a list.
pub(super) struct Table {
    pub(super) title: &'static str,
    pub(super) about: &'static str,
    pub(super) empty: &'static str,
    pub(super) columns: &'static [&'static str],
    pub(super) rows: Vec<Vec<Cell>>,
    pub(super) total: usize,
}

pub(super) fn table(world: &World, name: &str, offset: usize, count: usize) -> Table {
    match name {
        "calls" => Table {
            title: "Admin API",
            about: "What programs can do here: JSON under /_sandbox.",
            empty: "",
            columns: &["Call", "Body, for example", "What it does"],
            total: CALLS.len(),
            rows: CALLS.iter().skip(offset).take(count).map(call).collect(),
        },
        "mailbox" => mailbox::table(world, offset, count),
        "contacts" => Table {
            title: "Contacts",
            about: "Everybody who was created, the newest first; the number leads to all about them.",
            empty: "Nobody has been created yet.",
            columns: &[
                "Member number",
                "Name",
                "E-mail",
                "Mobile phone",
                "Type",
                "Store",
                "Created",
                "State",
            ],
            total: world.contacts().len(),
            rows: world.contacts().rev().skip(offset).take(count).map(contact).collect(),
        },
        "receipts" => Table {
            title: "Receipts",
            about: "Every receipt that was taken, and what became of it.",
            empty: "No receipt has arrived yet.",
            columns: RECEIPT_COLUMNS,
            total: world.receipts().len(),
            rows: world.receipts().iter().rev().skip(offset).take(count).map(receipt).collect(),
        },
        "orders" => Table {
            title: "Orders",
            about: "Every order that is stored, the newest first. Orders of version 2 are told and not stored.",
            empty: "No order has been stored yet.",
            columns: order_page::COLUMNS,
            total: world.orders().len(),
            rows: world.orders().rev().skip(offset).take(count).map(order_page::row).collect(),
        },
        "stores" => Table {
            title: "Stores",
            about: "Stores that were created, or that a receipt made by naming them.",
            empty: "There is no store yet.",
            columns: &["External id", "Name", "Type", "State", "Made by"],
            total: world.stores().len(),
            rows: world.stores().skip(offset).take(count).map(store).collect(),
        },
        "findings" => Table {
            title: "Findings",
            about: "What requests did against the guide. Engage takes these without a word.",
            empty: "Nothing was found. Well done.",
            columns: &["Finding", "Where", "Advice", "Guide", "Fact", "Times", "Last"],
            total: world.findings().len(),
            rows: world.findings().skip(offset).take(count).map(finding).collect(),
        },
        "requests" => Table {
            title: "Requests",
            about: "The last calls of the API, the newest first.",
            empty: "Nobody has called yet.",
            columns: &["No.", "Call", "Answer", "Fault", "At"],
            total: world.requests().len(),
            rows: world.requests().rev().skip(offset).take(count).map(request).collect(),
        },
        _ => Table {
            title: "Integration log",
            about: "What imports did, and what orders lacked. In Engage this is the only place that says so.",
            empty: "Nothing was imported or stored yet.",
            columns: &["At", "Level", "What"],
            total: world.log_lines().len(),
            rows: world.log_lines().rev().skip(offset).take(count).map(log_line).collect(),
        },
    }
}

pub(super) fn text(text: impl Into<String>) -> Cell {
    Cell::Text(text.into())
}

pub(super) fn code(text: impl Into<String>) -> Cell {
    Cell::Code(text.into())
}

/// Code on one line, unless it is long.
pub(super) fn word(text: impl Into<String>) -> Cell {
    const WORD_MAX: usize = 32;
    let text = text.into();
    if text.chars().count() <= WORD_MAX { Cell::Word(text) } else { Cell::Code(text) }
}

pub(super) fn badge(tone: Tone, text: impl Into<String>) -> Cell {
    Cell::Badge { tone, text: text.into() }
}

fn contact(contact: &Contact) -> Vec<Cell> {
    let attribute = |name: &str| contact.attribute(name).unwrap_or_default().to_owned();
    let name = format!("{} {}", attribute("firstName"), attribute("lastName"));
    let state = match contact.presence {
        Presence::Here => Cell::Nothing,
        Presence::Deleted { .. } => badge(Tone::Careful, "deleted"),
        Presence::Erased { .. } => badge(Tone::Bad, "erased"),
    };
    let number = attribute("memberNumber");
    let shown = if number.is_empty() { contact.id.to_string() } else { number };
    vec![
        Cell::Link { to: format!("/_sandbox/contacts/{}", contact.id), text: shown },
        text(name.trim()),
        text(attribute("email")),
        text(attribute("mobilePhone")),
        text(&contact.contact_type),
        code(contact.store.clone().unwrap_or_default()),
        text(time(contact.created)),
        state,
    ]
}

fn call(call: &Listed) -> Vec<Cell> {
    vec![word(format!("{} {}", call.method, call.path)), code(call.body), text(call.about)]
}

pub(super) fn receipt(receipt: &Receipt) -> Vec<Cell> {
    let content = &receipt.content;
    let number = receipt.number.to_string();
    let tone = match receipt.fate {
        Fate::Pending => Tone::Plain,
        Fate::Imported { .. } => Tone::Good,
        Fate::Ignored { .. } => Tone::Careful,
        Fate::Dropped { .. } => Tone::Bad,
    };
    vec![
        Cell::Link { to: format!("/_sandbox/receipts/{number}"), text: number },
        badge(tone, receipt.fate.word()),
        code(&content.unique_receipt_id),
        code(&content.store_external_id),
        text(format!("{} {}", content.total, content.currency)),
        group_total(&receipt.fate),
        points(receipt.points()),
        text(&content.created_date),
        text(time(content.received)),
    ]
}

fn group_total(fate: &Fate) -> Cell {
    match fate {
        Fate::Imported { group_total, .. } => text(group_total.to_string()),
        Fate::Pending | Fate::Ignored { .. } | Fate::Dropped { .. } => Cell::Nothing,
    }
}

fn points(points: Decimal) -> Cell {
    if points.is_zero() { Cell::Nothing } else { text(points.normalize().to_string()) }
}

/// The lines of an imported receipt.
pub(super) fn lines(receipt: &Receipt) -> Table {
    let currency = &receipt.content.currency;
    let rows: Vec<Vec<Cell>> = receipt.lines().iter().map(|one| line(one, currency)).collect();
    Table {
        title: "Lines",
        about: "",
        empty: "It has no lines before it is imported.",
        columns: LINE_COLUMNS,
        total: rows.len(),
        rows,
    }
}

/// One line, with what came back of it or what it was matched with.
fn line(line: &Line, currency: &str) -> Vec<Cell> {
    let part = |portion: &Portion| {
        let Portion { quantity, paid, points } = portion;
        let points =
            if points.is_zero() { String::new() } else { format!(", {} points", points.normalize()) };
        format!("{} for {paid} {currency}{points}", quantity.normalize())
    };
    let told = match &line.what {
        LineKind::Purchase { returned, .. } if *returned == Portion::default() => String::new(),
        LineKind::Purchase { returned, .. } => format!("came back: {}", part(returned)),
        LineKind::Return { matched, unmatched } => {
            let known = matched
                .iter()
                .map(|one| format!("receipt {}, line {}: {}", one.receipt, one.line + 1, part(&one.portion)));
            let unknown = (!unmatched.paid.is_zero()).then(|| format!("no purchase: {}", part(unmatched)));
            known.chain(unknown).collect::<Vec<_>>().join("; ")
        }
        LineKind::Adjustment => "does nothing here".to_owned(),
    };
    let tone = match line.what {
        LineKind::Purchase { .. } => Tone::Good,
        LineKind::Return { .. } => Tone::Careful,
        LineKind::Adjustment => Tone::Plain,
    };
    vec![
        badge(tone, line.what.word()),
        word(&line.sku),
        text(line.quantity.to_string()),
        text(format!("{} {currency}", line.paid)),
        text(line.group_paid.to_string()),
        points(line.points),
        text(told),
    ]
}

/// What became of a receipt, in a sentence.
pub(super) fn fate(fate: &Fate) -> String {
    match fate {
        Fate::Pending => "waits for the next import".to_owned(),
        Fate::Imported { at, contact, rate, group_total, .. } => {
            format!("imported {} for contact {contact}, at a rate of {rate}: {group_total}", time(*at))
        }
        Fate::Ignored { at, same_as } => format!("ignored {}: receipt {same_as} has the same id", time(*at)),
        Fate::Dropped { at, because } => format!("dropped {}: {because}", time(*at)),
    }
}

fn store(store: &Store) -> Vec<Cell> {
    let made_by = match store.origin {
        Origin::Call => "a call",
        Origin::Receipt => "a receipt",
        Origin::Contact => "a contact",
        Origin::File => "a file",
    };
    let state = if store.active() { badge(Tone::Good, "active") } else { badge(Tone::Plain, "inactive") };
    vec![
        code(&store.external_id),
        text(store.name()),
        text(store.kind().unwrap_or_default()),
        state,
        text(made_by),
    ]
}

fn finding(finding: &Finding) -> Vec<Cell> {
    let advice = finding.rule.advice();
    let separator = if finding.place.is_empty() { "" } else { ": " };
    let hint = if finding.hint.is_empty() { String::new() } else { format!(" ({})", finding.hint) };
    vec![
        badge(Tone::Careful, advice.code),
        code(format!("{}{separator}{}{hint}", finding.call, finding.place)),
        text(advice.text),
        text(advice.guide),
        badge(Tone::Plain, advice.fact.0),
        text(finding.count.to_string()),
        text(time(finding.last)),
    ]
}

fn request(request: &RequestLine) -> Vec<Cell> {
    let answer = match request.status {
        None => badge(Tone::Bad, "cut"),
        Some(status @ 200..=299) => badge(Tone::Good, status.to_string()),
        Some(status @ 500..) => badge(Tone::Bad, status.to_string()),
        Some(status) => badge(Tone::Careful, status.to_string()),
    };
    vec![
        text(request.number.to_string()),
        code(format!("{} {}", request.method, request.target)),
        answer,
        text(request.fault.clone().unwrap_or_default()),
        text(time(request.at)),
    ]
}

fn log_line(line: &LogLine) -> Vec<Cell> {
    let level = match line.level {
        Level::Info => badge(Tone::Plain, "info"),
        Level::Warning => badge(Tone::Careful, "warning"),
        Level::Error => badge(Tone::Bad, "error"),
    };
    vec![text(time(line.at)), level, text(&line.text)]
}
