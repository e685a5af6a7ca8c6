//! The import: at its interval, what waits becomes transactions, or is ignored, or is lost (fact R-03).
//!
//! Imports fall on whole multiples of the interval, so that when the next one is due follows from what waits and needs
//! no state. Nobody is told what an import did but the integration log.

use std::sync::Arc;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::Value;
use uuid::Uuid;

use crate::earning::{self, Sale};
use crate::effect::Level;
use crate::findings::{Note, Rule};
use crate::identifiers::Sought;
use crate::receipts::{Content, Fate, Match};
use crate::stores::Origin;
use crate::switches::UnknownCurrency;
use crate::world::World;
use crate::{levels, lines, used_offers};

/// When what waits will be imported, in world time.
pub(crate) fn due(world: &World) -> Option<Timestamp> {
    let received = world.receipts.first_pending()?.content.received;
    let interval = i64::from(world.switches.import_interval_seconds);
    if interval == 0 {
        return Some(received);
    }
    let next = (received.as_second().div_euclid(interval) + 1).saturating_mul(interval);
    Some(Timestamp::from_second(next).unwrap_or(Timestamp::MAX))
}

/// Imports everything that waits, as of `at`.
pub(crate) fn run(world: &mut World, at: Timestamp) {
    let waiting = world.receipts.counts().pending;
    if waiting == 0 {
        return;
    }
    let before = world.receipts.counts();
    while let Some(receipt) = world.receipts.first_pending() {
        let (number, content) = (receipt.number, Arc::clone(&receipt.content));
        let fate = settle(world, number, &content, at);
        world.receipts.settle_first(fate);
    }
    let after = world.receipts.counts();
    let text = format!(
        "1 Xml-file(s) generated for import: {waiting} receipt(s), {} imported, {} ignored, {} dropped",
        after.imported - before.imported,
        after.ignored - before.ignored,
        after.dropped - before.dropped
    );
    world.log(Level::Info, at, text);
}

fn settle(world: &mut World, number: u64, content: &Content, at: Timestamp) -> Fate {
    let id = &content.unique_receipt_id;
    if let Some(known) = world.receipts.imported(id) {
        let same_as = known.number;
        // One that a file brought is the same sale in other words: both are there at the cut-over, and harm nobody.
        let by_file = known.content.request == 0;
        if !by_file && !same_json(&known.content.body, &content.body) {
            world.note(
                Note::at(Rule::ReceiptIdReused, "uniqueReceiptId"),
                "POST /api/v3/receipts",
                at,
                content.request,
            );
        }
        world.log(Level::Warning, at, format!("receipt {id}: already imported, ignored"));
        return Fate::Ignored { at, same_as };
    }
    let Some(contact) = matching_contact(world, &content.contact) else {
        world.note(Note::at(Rule::UnmatchedContact, "contact"), "POST /api/v3/receipts", at, content.request);
        return dropped(world, at, id, "no contact matches");
    };
    let Some((rate, group_total)) = to_group(world, content) else {
        return dropped(world, at, id, &format!("no rate from {} to the group currency", content.currency));
    };
    let store = &content.store_external_id;
    if world.stores.get(store).is_none() {
        let store_id = world.ids.next();
        world.stores.insert_named(store_id, store, Origin::Receipt);
        world.log(Level::Info, at, format!("receipt {id}: store {store} created"));
    }
    let body: Value = serde_json::from_str(&content.body).unwrap_or_default();
    let imported =
        transaction(world, number, content, &body, contact, (rate, group_total), at, Books::Points);
    used_offers::imported(world, contact, &body, content.request, at);
    imported
}

/// Whether a receipt earns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Books {
    /// It earns points, or takes them back.
    Points,
    /// It does not; what came back is noted with what was bought all the same.
    Nothing,
}

/// What a receipt is as a transaction of a contact, once everything about it was found.
#[expect(
    clippy::too_many_arguments,
    reason = "all that was found out about one receipt, each of another kind"
)]
pub(crate) fn transaction(
    world: &mut World,
    number: u64,
    content: &Content,
    body: &Value,
    contact: Uuid,
    (rate, group_total): (Decimal, Decimal),
    at: Timestamp,
    books: Books,
) -> Fate {
    let seed = world.seed;
    let mut lines = lines::read(body, rate, |place| line_id(seed, number, place));
    let sale = Sale {
        number,
        receipt_number: &content.receipt_number,
        contact,
        currency: &content.currency,
        rate,
        sold: content.sold(),
        at,
        earns: books == Books::Points,
    };
    earning::book(world, &sale, body, &mut lines);
    levels::plan(world, contact, at);
    Fate::Imported { at, contact, rate, group_total, lines: Arc::new(lines) }
}

/// A line's id, made from its place: no other sequence of ids is moved by what receipts hold.
fn line_id(seed: u64, receipt: u64, place: usize) -> Uuid {
    /// More lines than this fit into no body.
    const PLACE_BITS: u32 = 24;
    Uuid::from_u64_pair(seed, (receipt << PLACE_BITS) | (place as u64 + 1))
}

fn dropped(world: &mut World, at: Timestamp, id: &str, because: &str) -> Fate {
    world.log(Level::Error, at, format!("receipt {id}: {because}, dropped"));
    Fate::Dropped { at, because: because.to_owned() }
}

/// The contact that a receipt names; a new one counts at once. Of several, the first (fact R-11).
pub(crate) fn matching_contact(world: &World, wanted: &Match) -> Option<Uuid> {
    match wanted {
        Match::Id(text) => world.contacts.get(text.parse().ok()?).map(|contact| contact.id),
        Match::By { kind, text, contact_type } => world
            .contacts
            .with(&Sought::new(*kind, text)?, world.switches.email_case)
            .find(|contact| contact.contact_type.eq_ignore_ascii_case(contact_type))
            .map(|contact| contact.id),
    }
}

/// The rate and the total in the group currency: the receipt's own rate, else the table's (fact R-48).
pub(crate) fn to_group(world: &World, content: &Content) -> Option<(Decimal, Decimal)> {
    let settings = &world.settings;
    let from_table = || {
        if content.currency.eq_ignore_ascii_case(&settings.group_currency) {
            return Some(Decimal::ONE);
        }
        let listed = settings.rates.iter().find(|(name, _)| name.eq_ignore_ascii_case(&content.currency));
        listed.map(|(_, rate)| *rate).or(match world.switches.unknown_currency {
            UnknownCurrency::Dropped => None,
            UnknownCurrency::RateOne => Some(Decimal::ONE),
        })
    };
    let rate = content.rate.or_else(from_table)?;
    Some((rate, lines::in_group(content.total, rate)?))
}

/// Whether two texts are the same JSON.
pub(crate) fn same_json(left: &str, right: &str) -> bool {
    left == right || serde_json::from_str::<Value>(left).ok() == serde_json::from_str::<Value>(right).ok()
}
