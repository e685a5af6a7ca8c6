//! The calls that mostly read: a contact, its transactions, stores, and the making of a store.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Asked, Refusal, create_contact, object};
use crate::contacts::Contact;
use crate::effect::Answer;
use crate::fields::{self, Trouble};
use crate::lint;
use crate::receipts::{Fate, Receipt};
use crate::stores::{Origin, Store};
use crate::world::World;

/// How many rows a page has when nothing is said (fact B-33).
const PAGE_DEFAULT: usize = 100;
/// How many rows a page has at most; Engage's own bound is not known.
const PAGE_MAX: usize = 1_000;

/// `GET /api/v3/contacts/{contactId}` (facts C-48, C-49).
pub(super) fn contact(world: &World, asked: &Asked<'_>, id: &str) -> Result<Answer, Refusal> {
    let contact = visible(world, asked, id)?;
    Ok(Answer::json(200, &create_contact::answered(world, contact)))
}

fn visible<'a>(world: &'a World, asked: &Asked<'_>, id: &str) -> Result<&'a Contact, Refusal> {
    let contact = Uuid::try_parse(id).ok().and_then(|id| world.contacts.get(id));
    contact
        .map(AsRef::as_ref)
        .filter(|contact| contact.visible <= asked.moment.at)
        .ok_or_else(Refusal::contact_not_found)
}

/// `GET /api/v2/contacts/{contactId}/transactions` (facts ), the last imported first.
pub(super) fn transactions(world: &World, asked: &Asked<'_>, id: &str) -> Result<Answer, Refusal> {
    let contact = visible(world, asked, id)?;
    let offset = whole(asked, "offset", 0)?;
    let count = whole(asked, "count", PAGE_DEFAULT)?.min(PAGE_MAX);
    let all = world.receipts.of(contact.id);
    let total_count = all.len();
    let items: Vec<Value> = all.skip(offset).take(count).map(|receipt| transaction(world, receipt)).collect();
    let page = json!({ "items": items, "totalCount": total_count, "offset": offset, "count": items.len() });
    Ok(Answer::json(200, &page))
}

fn whole(asked: &Asked<'_>, name: &str, default: usize) -> Result<usize, Refusal> {
    let Some(text) = asked.query.filled(name) else { return Ok(default) };
    text.parse().map_err(|_| Refusal::invalid(400, vec![format!("{name} is not a whole number.")]))
}

fn transaction(world: &World, receipt: &Receipt) -> Value {
    let content = &receipt.content;
    let group_total = match &receipt.fate {
        Fate::Imported { group_total, .. } => Some(number(*group_total)),
        Fate::Pending | Fate::Ignored { .. } | Fate::Dropped { .. } => None,
    };
    let store = world.stores.get(&content.store_external_id);
    json!({
        // Made from the receipt's place, since nothing else ever asks for it.
        "id": Uuid::from_u64_pair(world.seed, receipt.number),
        "transactionNumber": content.receipt_number,
        "externalId": content.unique_receipt_id,
        "createdDate": content.created_date,
        "storeName": store.map(Store::name),
        "storeType": store.and_then(Store::kind),
        "numberOfItems": content.item_count,
        "netPriceSum": group_total,
        "localNetPriceSum": number(content.total),
        "localCurrency": content.currency,
        "groupCurrency": world.settings.group_currency,
        "lineItems": [],
    })
}

/// A decimal as a JSON number with all its places.
fn number(amount: rust_decimal::Decimal) -> Value {
    amount.to_string().parse().map_or(Value::Null, Value::Number)
}

/// `GET /api/v3/stores` (fact S-01).
pub(super) fn stores(world: &World, asked: &Asked<'_>) -> Answer {
    let inactive_too =
        asked.query.get("includeInactive").is_some_and(|text| text.eq_ignore_ascii_case("true"));
    let listed = world.stores.iter().filter(|store| inactive_too || store.active()).map(Store::answered);
    Answer::json(200, &listed.collect())
}

/// `POST /api/v3/stores` (fact S-02).
pub(super) fn create_store(world: &mut World, asked: &mut Asked<'_>) -> Result<Answer, Refusal> {
    let body = object(asked)?;
    let troubles = fields::inspect(&body, fields::STORE, &[]);
    asked.notes.extend(lint::troubles(&troubles));
    let faults: Vec<String> = troubles.iter().filter(|one| one.refuses()).map(Trouble::describe).collect();
    if !faults.is_empty() {
        return Err(Refusal::invalid(400, faults));
    }
    let external_id = body.get("externalId").and_then(fields::text).unwrap_or_default();
    if world.stores.get(&external_id).is_some() {
        // That it is unique is documented (fact S-06), how a second one is refused is not.
        return Err(Refusal::new(409, "StoreExists", "A store with this externalId exists."));
    }
    let known = |name: &String| fields::STORE.iter().any(|field| field.name == name);
    let kept: Map<String, Value> = body.into_iter().filter(|(name, _)| known(name)).collect();
    let store = Store { id: world.ids.next(), external_id, fields: kept, origin: Origin::Call };
    let answer = Answer::json(201, &store.answered());
    world.stores.insert(store);
    Ok(answer)
}
