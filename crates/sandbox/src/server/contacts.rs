//! The sandbox's own calls about one contact and what it has: what they mean as acts, and one contact in full.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::admin::Refusal;
use super::host_now;
use crate::book::Book;
use crate::event::Act;
use crate::points;
use crate::promotions::ChannelKind;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewContact {
    contact_type: String,
    fields: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    promotion: Uuid,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Used {
    channel: ChannelKind,
}

/// The act that a call means; none if it is no such call. `path` is what comes after `/_sandbox/`.
pub(super) fn act(method: &str, path: &str, body: &[u8]) -> Result<Option<Act>, Refusal> {
    let segments: Vec<&str> = path.split('/').collect();
    let id = |text: &str| Uuid::try_parse(text).map_err(|_| Refusal::Bad(format!("{text} is no id")));
    Ok(Some(match (method, segments.as_slice()) {
        ("POST", ["contacts"]) => {
            let NewContact { contact_type, fields } = parsed(body)?;
            Act::CreateContact { contact_type, fields }
        }
        ("PATCH", ["contacts", one]) => Act::ChangeContact { contact: id(one)?, fields: parsed(body)? },
        ("DELETE", ["contacts", one]) => Act::DeleteContact { contact: id(one)? },
        ("POST", ["contacts", one, "restore"]) => Act::Restore { contact: id(one)? },
        ("POST", ["contacts", one, "points"]) => Act::GivePoints(given_to(id(one)?, body)?),
        ("POST", ["contacts", one, "vouchers"]) => Act::GiveVoucher(given_to(id(one)?, body)?),
        ("POST", ["contacts", one, "promotions"]) => {
            let Given { promotion } = parsed(body)?;
            Act::AssignPromotion { contact: id(one)?, promotion }
        }
        ("POST", ["promotions"]) => promotion(body)?,
        ("POST", ["promotions", one, "activate"]) => Act::ActivatePromotion { promotion: id(one)? },
        ("POST", ["promotions", one, "end"]) => Act::EndPromotion { promotion: id(one)? },
        ("POST", ["vouchers", one, "redeem"]) => Act::RedeemVoucher { voucher: id(one)? },
        ("POST", ["vouchers", one, "reactivate"]) => Act::ReactivateVoucher { voucher: id(one)? },
        ("DELETE", ["assignments", one]) => Act::DeleteAssignment { assignment: id(one)? },
        ("POST", ["assignments", one, "redeem"]) => {
            let Used { channel } = parsed(body)?;
            Act::RedeemPromotion { assignment: id(one)?, channel }
        }
        _ => return Ok(None),
    }))
}

/// A promotion in the words of Engage's API, active at once unless its `status` says otherwise.
fn promotion(body: &[u8]) -> Result<Act, Refusal> {
    let mut written: Map<String, Value> = parsed(body)?;
    let status = written.remove("status");
    let definition = serde_json::from_value(Value::Object(written)).map_err(Refusal::bad)?;
    match status.as_ref().map(Value::as_str) {
        None | Some(Some("Active")) => Ok(Act::DefinePromotion(definition)),
        Some(Some("Draft")) => Ok(Act::DraftPromotion(definition)),
        Some(_) => Err(Refusal::bad("status is Draft or Active")),
    }
}

fn parsed<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(Refusal::bad)
}

/// A gift whose taker stands in the path.
fn given_to<T: DeserializeOwned>(contact: Uuid, body: &[u8]) -> Result<T, Refusal> {
    let mut gift: Map<String, Value> = parsed(body)?;
    gift.insert("contact".to_owned(), json!(contact));
    serde_json::from_value(Value::Object(gift)).map_err(Refusal::bad)
}

/// One contact with all that it has.
pub(super) fn in_full(book: &Book, id: &str) -> Result<Value, Refusal> {
    let (world, at) = (book.world(), book.world().time(host_now()));
    let unknown = || Refusal::NotFound(format!("contact {id}"));
    let contact = Uuid::try_parse(id).ok().and_then(|id| world.contact(id)).ok_or_else(unknown)?;
    let account = world.points.get(contact.id);
    let receipts = world.receipts.of(contact.id).map(|receipt| receipt.number);
    Ok(json!({
        "contact": contact,
        "restorableUntil": contact.restorable_until(),
        "points": {
            "accountId": points::account_id(contact.id),
            "balance": account.map(|account| account.balance(at)).unwrap_or_default(),
            "transactions": account.map(|account| &account.transactions),
            "expired": account.map(|account| account.standing(at).expired),
        },
        "vouchers": world.vouchers.of(contact.id).collect::<Vec<_>>(),
        "assignments": world
            .assignments
            .of(contact.id)
            .map(|one| json!({ "assignment": one, "state": one.state(at) }))
            .collect::<Vec<Value>>(),
        "receipts": receipts.collect::<Vec<u64>>(),
        "orders": world.orders.of(contact.id).map(|order| &order.order_id).collect::<Vec<_>>(),
        "changes": world.changes_of(contact.id).collect::<Vec<_>>(),
    }))
}
