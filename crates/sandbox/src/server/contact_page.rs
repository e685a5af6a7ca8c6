//! The page of one contact: who it is, what it has, what became of it, and forms for what a person does in Engage's own
//! pages. Personal numbers are never shown.

use askama::Template;
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::admin::Refusal;
use super::order_page;
use super::pages::{Cell, HIDDEN, Tone, time};
use super::promotion_page::everywhere;
use super::tables::{self, Table, badge, code, text, word};
use crate::contacts::{Contact, Presence};
use crate::fields;
use crate::history::{By, Change, What};
use crate::points::PointAccount;
use crate::promotions::{Assignment, AssignmentState, ChannelKind, Promotion, Status};
use crate::receipts::Receipt;
use crate::settings::Identifier;
use crate::transactions::{self, Filter, Kind, Listed};
use crate::vouchers::Voucher;
use crate::world::World;

/// How many of a contact's receipts and changes are shown, the newest first.
const ROWS: usize = 50;

/// The preferences, by the name that a form gives them.
const PREFERENCES: [&str; 3] =
    ["preferences.acceptsEmail", "preferences.acceptsSms", "preferences.acceptsPostal"];

#[derive(Template)]
#[template(path = "contact.html")]
pub(super) struct ContactPage {
    here: &'static str,
    title: String,
    contact: Uuid,
    badges: Vec<(Tone, String)>,
    presence: Being,
    can_be_changed: bool,
    attributes: Vec<(String, String)>,
    fields: Vec<String>,
    facts: Vec<(&'static str, String)>,
    answers: Table,
    points: Points,
    vouchers: Table,
    currency: String,
    assignments: Table,
    promotions: Vec<(Uuid, String)>,
    receipts: Table,
    lines: Table,
    orders: Table,
    changes: Table,
}

/// Whether it is still there, with times as they are shown.
enum Being {
    Here,
    Deleted { at: String, until: String },
    Erased { at: String },
}

struct Points {
    active: String,
    pending: String,
    has_pending: bool,
    expires: Option<String>,
    transactions: Table,
}

/// The page at the host's time `now`.
pub(super) fn page(world: &World, id: &str, now: Timestamp) -> Result<ContactPage, Refusal> {
    let unknown = || Refusal::NotFound(format!("contact {id}"));
    let contact = Uuid::try_parse(id).ok().and_then(|id| world.contact(id)).ok_or_else(unknown)?;
    let at = world.time(now);
    let own = world.settings.custom_attributes.iter().map(String::as_str);
    let fields = fields::standard_attributes().chain(own).chain(fields::LEVEL);
    Ok(ContactPage {
        here: "contacts",
        title: title(contact),
        contact: contact.id,
        badges: badges(contact),
        presence: being(contact),
        can_be_changed: contact.is_here(),
        attributes: attributes(contact),
        fields: fields.map(str::to_owned).collect(),
        facts: facts(contact),
        answers: answers(world, contact),
        points: points(world.points.get(contact.id), at),
        vouchers: vouchers(world, contact, at),
        currency: world.settings.group_currency.clone(),
        assignments: assignments(world, contact, at),
        promotions: assignable(world, at).map(|one| (one.id, one.definition.name.clone())).collect(),
        receipts: receipts(world, contact),
        lines: lines(world, contact),
        orders: orders(world, contact),
        changes: changes(world, contact),
    })
}

/// The name, or the next best.
fn title(contact: &Contact) -> String {
    let attribute = |name: &str| contact.attribute(name).unwrap_or_default();
    let name = format!("{} {}", attribute("firstName"), attribute("lastName"));
    let all = [name.trim(), attribute("email"), attribute("mobilePhone"), attribute("memberNumber")];
    all.into_iter().find(|text| !text.is_empty()).map_or_else(|| "A contact".to_owned(), str::to_owned)
}

fn badges(contact: &Contact) -> Vec<(Tone, String)> {
    let state = match contact.presence {
        Presence::Here if contact.approved => None,
        Presence::Here => Some((Tone::Careful, "not approved".to_owned())),
        Presence::Deleted { .. } => Some((Tone::Careful, "deleted".to_owned())),
        Presence::Erased { .. } => Some((Tone::Bad, "erased".to_owned())),
    };
    let level = contact.attribute("bonusBasedLevel").map(|level| (Tone::Good, level.to_owned()));
    [Some((Tone::Plain, contact.contact_type.clone())), level, state].into_iter().flatten().collect()
}

fn being(contact: &Contact) -> Being {
    match contact.presence {
        Presence::Here => Being::Here,
        Presence::Deleted { at } => {
            Being::Deleted { at: time(at), until: contact.restorable_until().map(time).unwrap_or_default() }
        }
        Presence::Erased { at } => Being::Erased { at: time(at) },
    }
}

fn attributes(contact: &Contact) -> Vec<(String, String)> {
    let filled = contact.attributes.iter().filter(|(_, value)| !value.is_null() && *value != "");
    filled.map(|(name, value)| (name.clone(), shown(name, value))).collect()
}

/// A field's value as pages show it.
fn shown(name: &str, value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) if text.is_empty() => "nothing".to_owned(),
        _ if name == Identifier::SocialSecurityNumber.attribute() => HIDDEN.to_owned(),
        Value::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn facts(contact: &Contact) -> Vec<(&'static str, String)> {
    vec![
        ("Type", contact.contact_type.clone()),
        ("Source", contact.source.clone().unwrap_or_else(|| "not said".to_owned())),
        ("Recruited in", contact.store.clone().unwrap_or_else(|| "not said".to_owned())),
        ("Created", time(contact.created)),
        ("Last changed", time(contact.modified)),
        ("Seen by calls from", time(contact.visible)),
    ]
}

/// Preferences and consents, each with a button for what it isn't.
fn answers(world: &World, contact: &Contact) -> Table {
    let preferences = contact.preferences;
    let accepted = [preferences.accepts_email, preferences.accepts_sms, preferences.accepts_postal];
    let rows = PREFERENCES.into_iter().zip(accepted).map(|(name, yes)| (name.to_owned(), Some(yes)));
    let defined = world.settings.consents.iter().filter_map(|one| one.get("id")?.as_str());
    let consents = defined.map(|id| (format!("consents.{id}"), contact.consent(id)));
    let rows: Vec<Vec<Cell>> = rows.chain(consents).map(|(name, said)| answer(contact, name, said)).collect();
    let columns = &["What", "Now", "Set to"];
    Table { title: "Preferences and consents", about: "", empty: "", columns, total: rows.len(), rows }
}

fn answer(contact: &Contact, name: String, said: Option<bool>) -> Vec<Cell> {
    let now = match said {
        Some(true) => badge(Tone::Good, "yes"),
        Some(false) => badge(Tone::Plain, "no"),
        None => badge(Tone::Careful, "not set"),
    };
    let (value, label) = if said == Some(true) { ("false", "No") } else { ("true", "Yes") };
    let button = Cell::Act {
        about: format!("Set {name} to {label}"),
        fields: vec![
            ("act", "changeContact".to_owned()),
            ("contact", contact.id.to_string()),
            ("field", name.clone()),
            ("value", value.to_owned()),
        ],
        label,
    };
    let short = name.split_once('.').map_or(name.as_str(), |(_, short)| short);
    vec![word(short), now, if contact.is_here() { button } else { Cell::Nothing }]
}

fn points(account: Option<&PointAccount>, at: Timestamp) -> Points {
    let balance = account.map(|account| account.balance(at)).unwrap_or_default();
    let booked = account.map(|account| transactions::listed(account, Filter::All, at)).unwrap_or_default();
    let rows: Vec<Vec<Cell>> = booked.iter().map(|one| transaction(one, at)).collect();
    Points {
        active: balance.active.normalize().to_string(),
        pending: balance.pending.normalize().to_string(),
        has_pending: !balance.pending.is_zero(),
        expires: balance.expires.map(time),
        transactions: Table {
            title: "Points",
            about: "",
            empty: "No points were given yet.",
            columns: &["Points", "Source", "Description", "State", "Counts from", "Until", "Booked"],
            total: rows.len(),
            rows,
        },
    }
}

fn transaction(one: &Listed<'_>, at: Timestamp) -> Vec<Cell> {
    let state = match one.kind {
        Kind::Expiry => badge(Tone::Plain, "expiry"),
        Kind::Booked(_) if one.valid_from > at => badge(Tone::Careful, "pending"),
        Kind::Booked(_) if one.valid_to.is_some_and(|end| end <= at) => badge(Tone::Plain, "expired"),
        Kind::Booked(_) => badge(Tone::Good, "counts"),
    };
    vec![
        text(one.amount.normalize().to_string()),
        text(one.source_word()),
        text(one.description),
        state,
        text(time(one.valid_from)),
        text(one.valid_to.map_or_else(|| "for good".to_owned(), time)),
        text(time(one.booked)),
    ]
}

fn vouchers(world: &World, contact: &Contact, at: Timestamp) -> Table {
    let mine = world.vouchers.of(contact.id).rev();
    let rows: Vec<Vec<Cell>> = mine.map(|one| voucher(world, one, contact, at)).collect();
    Table {
        title: "Vouchers",
        about: "",
        empty: "No voucher was given yet.",
        columns: &["Number", "Name", "Value", "State", "Through", "Given", "Given back", "Use"],
        total: rows.len(),
        rows,
    }
}

fn voucher(world: &World, voucher: &Voucher, contact: &Contact, at: Timestamp) -> Vec<Cell> {
    let amounts = std::iter::once(&voucher.value).chain(&voucher.local_values);
    let amounts: Vec<String> = amounts.map(|one| format!("{} {}", one.amount, one.currency)).collect();
    let use_it = || Cell::Act {
        fields: vec![
            ("act", "redeemVoucher".to_owned()),
            ("contact", contact.id.to_string()),
            ("voucher", voucher.id.to_string()),
        ],
        label: "Mark used",
        about: format!("Mark voucher {} as used elsewhere", voucher.number),
    };
    let may_return = !voucher.is_over(at) && voucher.reactivations < world.settings.voucher_reactivations_max;
    let give_back = |redeemed: Timestamp| Cell::Act {
        fields: vec![
            ("act", "reactivateVoucher".to_owned()),
            ("contact", contact.id.to_string()),
            ("voucher", voucher.id.to_string()),
        ],
        label: "Give back",
        about: format!("Give voucher {} back, used {}", voucher.number, time(redeemed)),
    };
    let (state, used) = match voucher.redeemed {
        Some(redeemed) if may_return && contact.is_here() => {
            (badge(Tone::Plain, format!("used {}", time(redeemed))), give_back(redeemed))
        }
        Some(redeemed) => (badge(Tone::Plain, "used"), text(time(redeemed))),
        None if voucher.is_over(at) => (badge(Tone::Careful, "expired"), Cell::Nothing),
        None if contact.is_here() => (badge(Tone::Good, "available"), use_it()),
        None => (badge(Tone::Good, "available"), Cell::Nothing),
    };
    vec![
        word(&voucher.number),
        text(&voucher.name),
        text(amounts.join(" / ")),
        state,
        word(last_day(world, voucher.expires)),
        text(time(voucher.given)),
        text(voucher.reactivations.to_string()),
        used,
    ]
}

/// A last day as the tenant counts days.
fn last_day(world: &World, end: Option<Timestamp>) -> String {
    end.map_or_else(|| "for good".to_owned(), |end| world.settings.time_zone.date(end).to_string())
}

fn assignments(world: &World, contact: &Contact, at: Timestamp) -> Table {
    let mine = world.assignments.of(contact.id).rev();
    let rows: Vec<Vec<Cell>> = mine.filter_map(|one| assignment(world, one, contact, at)).collect();
    Table {
        title: "Promotions",
        about: "",
        empty: "No promotion was given yet.",
        columns: &["Name", "External id", "Where", "State", "From", "Through", "Use", "Take away"],
        total: rows.len(),
        rows,
    }
}

/// The promotions that can be given now.
fn assignable(world: &World, at: Timestamp) -> impl Iterator<Item = &Promotion> {
    let zone = &world.settings.time_zone;
    world.promotions().iter().filter(move |one| match one.status(at, zone) {
        Status::Scheduled | Status::Active => true,
        Status::Draft | Status::Ended => false,
    })
}

fn assignment(world: &World, one: &Assignment, contact: &Contact, at: Timestamp) -> Option<Vec<Cell>> {
    let definition = &world.promotions.get(one.promotion)?.definition;
    let kind = definition.channels.first().map_or(ChannelKind::Other, |channel| channel.kind);
    let use_it = || Cell::Act {
        fields: vec![
            ("act", "redeemPromotion".to_owned()),
            ("contact", contact.id.to_string()),
            ("assignment", one.id.to_string()),
            ("channel", kind.name().to_owned()),
        ],
        label: "Mark used",
        about: format!("Mark {} as used elsewhere", definition.name),
    };
    let (state, used) = match (one.state(at), one.redeemed) {
        (AssignmentState::Deleted, _) => (badge(Tone::Bad, "deleted"), Cell::Nothing),
        (_, Some(redeemed)) => {
            let when = format!("{} in {}", time(redeemed.at), redeemed.channel.name());
            (badge(Tone::Plain, "used"), text(when))
        }
        (AssignmentState::Available, None) if contact.is_here() => (badge(Tone::Good, "available"), use_it()),
        (AssignmentState::Available, None) => (badge(Tone::Good, "available"), Cell::Nothing),
        (AssignmentState::Scheduled, None) => (badge(Tone::Careful, "scheduled"), Cell::Nothing),
        (AssignmentState::Redeemed | AssignmentState::Expired, None) => {
            (badge(Tone::Careful, "expired"), Cell::Nothing)
        }
    };
    let take_away = Cell::Act {
        fields: vec![
            ("act", "deleteAssignment".to_owned()),
            ("contact", contact.id.to_string()),
            ("assignment", one.id.to_string()),
        ],
        label: "Delete",
        about: format!("Take {} away", definition.name),
    };
    let may_be_taken = contact.is_here() && one.deleted.is_none();
    Some(vec![
        text(&definition.name),
        word(definition.external_id.clone().unwrap_or_default()),
        text(everywhere(&definition.channels)),
        state,
        word(world.settings.time_zone.date(one.valid_from).to_string()),
        word(last_day(world, one.expires)),
        used,
        if may_be_taken { take_away } else { Cell::Nothing },
    ])
}

fn receipts(world: &World, contact: &Contact) -> Table {
    let all = world.receipts.of(contact.id);
    let total = all.len();
    Table {
        title: "Receipts",
        about: "",
        empty: "No receipt was imported for this contact.",
        columns: tables::RECEIPT_COLUMNS,
        total,
        rows: all.take(ROWS).map(tables::receipt).collect(),
    }
}

/// The lines of its receipts, each with the receipt's number in front.
fn lines(world: &World, contact: &Contact) -> Table {
    let of_receipt = |receipt: &Receipt| -> Vec<Vec<Cell>> {
        let number = receipt.number.to_string();
        let link = || Cell::Link { to: format!("/_sandbox/receipts/{number}"), text: number.clone() };
        let rows = tables::lines(receipt).rows.into_iter();
        rows.map(|row| std::iter::once(link()).chain(row).collect()).collect()
    };
    let rows: Vec<Vec<Cell>> = world.receipts.of(contact.id).flat_map(of_receipt).take(ROWS).collect();
    Table {
        title: "Lines",
        about: "",
        empty: "Nothing was bought yet.",
        columns: tables::RECEIPT_AND_LINE_COLUMNS,
        total: rows.len(),
        rows,
    }
}

fn orders(world: &World, contact: &Contact) -> Table {
    let mine = world.orders.of(contact.id).rev();
    let total = mine.clone().count();
    Table {
        title: "Orders",
        about: "",
        empty: "No order is stored for this contact.",
        columns: order_page::COLUMNS,
        total,
        rows: mine.take(ROWS).map(order_page::row).collect(),
    }
}

fn changes(world: &World, contact: &Contact) -> Table {
    let all = world.changes_of(contact.id);
    Table {
        title: "Changes",
        about: "",
        empty: "Nothing was changed since it was created.",
        columns: &["At", "By", "What", "From", "To"],
        total: all.len(),
        rows: all.rev().take(ROWS).map(change).collect(),
    }
}

fn change(change: &Change) -> Vec<Cell> {
    let by = match change.by {
        By::Request(number) => format!("request {number}"),
        By::Person => "a person".to_owned(),
        By::Engage => "Engage".to_owned(),
    };
    let (what, from, to) = match &change.what {
        What::Field { name, from, to } => (code(name), shown(name, from), shown(name, to)),
        What::Triggered { trigger, .. } => (code(format!("trigger {trigger}")), String::new(), String::new()),
        What::Deleted => (badge(Tone::Careful, "deleted"), String::new(), String::new()),
        What::Restored => (badge(Tone::Good, "restored"), String::new(), String::new()),
        What::Erased => (badge(Tone::Bad, "erased"), String::new(), String::new()),
    };
    vec![text(time(change.at)), text(by), what, text(from), text(to)]
}
