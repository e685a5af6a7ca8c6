//! The calls that mostly read: a contact, its transactions, stores, and the making of a store.

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Asked, Refusal, object};
use crate::contacts::{Contact, Preferences};
use crate::effect::Answer;
use crate::lines::{self, LineKind};
use crate::money::number;
use crate::profile::Problem;
use crate::receipts::{Fate, Receipt};
use crate::stores::{Origin, Store};
use crate::switches::{LevelIn, LineItems, NetSums, PreferencesSpelling, UnsetAttributes};
use crate::world::World;
use crate::{fields, lint};

/// How many rows a page has when nothing is said (fact B-33).
const PAGE_DEFAULT: usize = 100;
/// How many rows a page has at most; Engage's own bound is not known.
const PAGE_MAX: usize = 1_000;

/// `GET /api/v3/contacts/{contactId}` (facts C-48, C-49).
pub(super) fn contact(world: &World, asked: &Asked<'_>, id: &str) -> Result<Answer, Refusal> {
    let contact = visible(world, asked, id)?;
    Ok(Answer::json(200, &answered(world, contact)))
}

/// The contact of this id, if reads see it.
pub(super) fn visible<'a>(world: &'a World, asked: &Asked<'_>, id: &str) -> Result<&'a Contact, Refusal> {
    let contact = Uuid::try_parse(id).ok().and_then(|id| world.contacts.get(id));
    contact
        .map(AsRef::as_ref)
        .filter(|contact| contact.visible <= asked.moment.at)
        .ok_or_else(Refusal::contact_not_found)
}

/// The contact as it is answered (fact C-39), its store by name where there is one.
pub(super) fn answered(world: &World, contact: &Contact) -> Value {
    let mut attributes = contact.attributes.clone();
    if world.switches.level_in == LevelIn::OverviewOnly {
        fields::LEVEL.iter().for_each(|name| drop(attributes.remove(*name)));
    }
    if world.switches.unset_attributes == UnsetAttributes::Null {
        unset_to_null(world, &mut attributes);
    }
    let preferences = match world.switches.preferences_spelling {
        PreferencesSpelling::Documented => preferences(contact),
        PreferencesSpelling::Seen => {
            let Preferences { accepts_email, accepts_sms, accepts_postal } = contact.preferences;
            json!({ "AcceptsEmails": accepts_email, "AcceptsSms": accepts_sms, "AcceptsPostals": accepts_postal })
        }
    };
    json!({
        "id": contact.id,
        "attributes": attributes,
        "meta": meta(world, contact),
        "preferences": preferences,
        "consents": contact.consents,
    })
}

/// Makes every attribute of the data model that holds nothing null.
pub(super) fn unset_to_null(world: &World, attributes: &mut Map<String, Value>) {
    let own = world.settings.custom_attributes.iter().map(String::as_str);
    for name in fields::standard_attributes().chain(own) {
        let value = attributes.entry(name).or_insert(Value::Null);
        if value == "" {
            *value = Value::Null;
        }
    }
}

/// What the contact may be sent, in the documented spelling (fact C-32).
pub(super) fn preferences(contact: &Contact) -> Value {
    let Preferences { accepts_email, accepts_sms, accepts_postal } = contact.preferences;
    json!({ "acceptsEmail": accepts_email, "acceptsSms": accepts_sms, "acceptsPostal": accepts_postal })
}

pub(super) fn meta(world: &World, contact: &Contact) -> Value {
    let name = |store: &String| world.stores.get(store).map(Store::name);
    let recruited_by =
        contact.store.as_ref().map(|store| json!({ "name": name(store), "externalId": store }));
    json!({
        "contactType": contact.contact_type,
        "createdOn": format!("{:.3}", contact.created),
        "modifiedOn": format!("{:.3}", contact.modified),
        "sourceType": contact.source,
        "approved": contact.approved,
        "recruitedByStore": recruited_by,
    })
}

/// `GET /api/v2/contacts/{contactId}/transactions` (facts ), the last imported first.
pub(super) fn transactions(world: &World, asked: &Asked<'_>, id: &str) -> Result<Answer, Refusal> {
    let contact = visible(world, asked, id)?;
    let (offset, count) = page(asked)?;
    let all = world.receipts.of(contact.id);
    let total_count = all.len();
    let items: Vec<Value> = all.skip(offset).take(count).map(|receipt| transaction(world, receipt)).collect();
    let page = json!({ "items": items, "totalCount": total_count, "offset": offset, "count": items.len() });
    Ok(Answer::json(200, &page))
}

/// The `offset` and `count` that are asked for.
pub(super) fn page(asked: &Asked<'_>) -> Result<(usize, usize), Refusal> {
    page_of(asked, PAGE_DEFAULT, PAGE_MAX)
}

/// The same where a page has other sizes.
pub(super) fn page_of(asked: &Asked<'_>, default: usize, most: usize) -> Result<(usize, usize), Refusal> {
    Ok((whole(asked, "offset", 0)?, whole(asked, "count", default)?.min(most)))
}

fn whole(asked: &Asked<'_>, name: &str, default: usize) -> Result<usize, Refusal> {
    let Some(text) = asked.query.filled(name) else { return Ok(default) };
    text.parse().map_err(|_| Refusal::invalid(400, vec![Problem::of(name, "is not a whole number")]))
}

fn transaction(world: &World, receipt: &Receipt) -> Value {
    let content = &receipt.content;
    let (rate, group_total) = match &receipt.fate {
        Fate::Imported { rate, group_total, .. } => (*rate, *group_total),
        Fate::Pending | Fate::Ignored { .. } | Fate::Dropped { .. } => (Decimal::ONE, content.total),
    };
    let body: Value = serde_json::from_str(&content.body).unwrap_or_default();
    let (group_sum, local_sum) = match world.switches.net_sums {
        NetSums::WithTax => (group_total, content.total),
        NetSums::WithoutTax => {
            let net = without_tax(receipt, &body);
            (lines::in_group(net, rate).unwrap_or_default(), net)
        }
    };
    let line_items = match world.switches.line_items {
        LineItems::Listed => line_items(receipt, &body),
        LineItems::Empty => Vec::new(),
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
        "netPriceSum": number(group_sum),
        "localNetPriceSum": number(local_sum),
        "localCurrency": content.currency,
        "groupCurrency": world.settings.group_currency,
        "lineItems": line_items,
    })
}

/// What a receipt comes to without tax, purchases less returns.
fn without_tax(receipt: &Receipt, body: &Value) -> Decimal {
    let lines = receipt.lines().iter().zip(lines::rows(body));
    lines.fold(Decimal::ZERO, |sum, (line, row)| {
        let net = line.paid.saturating_sub(row.decimal("taxAmount"));
        match line.what {
            LineKind::Purchase { .. } => sum.saturating_add(net),
            LineKind::Return { .. } => sum.saturating_sub(net),
            LineKind::Adjustment => sum,
        }
    })
}

/// The lines of a transaction. Their shape is not known (fact R-61): the words here are those of Voyado's export, in
/// which the plain price is the group currency's.
fn line_items(receipt: &Receipt, body: &Value) -> Vec<Value> {
    let rows = receipt.lines().iter().zip(lines::rows(body));
    rows.map(|(line, row)| {
        json!({
            "id": line.id,
            "type": line.what.word(),
            "sku": line.sku,
            "articleNumber": row.get("articleNumber"),
            "articleName": row.get("articleName"),
            "quantity": number(line.quantity),
            "grossPaidPrice": number(line.group_paid),
            "localPrice": number(line.paid),
        })
    })
    .collect()
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
    let problems: Vec<Problem> = troubles.iter().filter(|one| one.refuses()).map(Problem::from).collect();
    if !problems.is_empty() {
        return Err(Refusal::invalid(400, problems));
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
