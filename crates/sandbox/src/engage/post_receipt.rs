//! `POST /api/v3/receipts` and its twin in version 2: what is checked when a receipt arrives. The rest is the import's.

use serde_json::{Map, Value};

use super::{Asked, Refusal, object};
use crate::effect::Answer;
use crate::fields::{self, Trouble};
use crate::findings::Note;
use crate::profile::Problem;
use crate::receipts::{Content, Match};
use crate::switches::{OfferLists, ReceiptAnswer, Switches, Tolerance, UnmatchedContact};
use crate::world::World;
use crate::{import, lint, receipt_lint, used_offers};

pub(super) fn answer(world: &mut World, asked: &mut Asked<'_>) -> Result<Answer, Refusal> {
    let body = object(asked)?;
    let table = match world.switches.offer_lists {
        OfferLists::V2 => fields::RECEIPT,
        OfferLists::Renamed => fields::RECEIPT_RENAMED,
    };
    let troubles = fields::inspect(&body, table, &[]);
    let odd = receipt_lint::receipt(world, &body);
    asked.notes.extend(lint::troubles(&troubles));
    asked.notes.extend(odd.iter().cloned());
    refuse_incomplete(world, &body, &troubles)?;
    refuse_odd(&world.switches, &odd)?;
    let content = content(asked, &body)?;
    if world.switches.unmatched_contact == UnmatchedContact::Refused404
        && import::matching_contact(world, &content.contact).is_none()
    {
        return Err(Refusal::contact_not_found());
    }
    if let Some(contact) = import::matching_contact(world, &content.contact) {
        used_offers::arrived(world, contact, &Value::Object(body));
    }
    world.receipts.take(content);
    Ok(match world.switches.receipt_answer {
        ReceiptAnswer::Accepted => Answer::empty(202),
        ReceiptAnswer::Ok => Answer::json(200, &Value::Object(Map::new())),
    })
}

/// Shape and mandatory fields (facts ): every fault at once.
fn refuse_incomplete(world: &World, body: &Map<String, Value>, troubles: &[Trouble]) -> Result<(), Refusal> {
    let mut problems: Vec<Problem> = troubles.iter().filter(|one| one.refuses()).map(Problem::from).collect();
    let has_no_row = |name: &str| body.get(name).and_then(Value::as_array).is_some_and(Vec::is_empty);
    if has_no_row("items") {
        problems.push(Problem::of("items", "has no row"));
    }
    // A receipt of zero may do without a payment, if anything may (fact R-32).
    let is_zero = body.get("totalGrossPrice").and_then(fields::decimal).is_some_and(|total| total.is_zero());
    let may_be_unpaid = is_zero && world.switches.empty_payment_methods == Tolerance::Accepted;
    if has_no_row("paymentMethods") && !may_be_unpaid {
        problems.push(Problem::of("paymentMethods", "has no row"));
    }
    if problems.is_empty() { Ok(()) } else { Err(Refusal::invalid(400, problems)) }
}

/// What is checked of an order is checked here where the switches say so (facts ): every fault at once.
fn refuse_odd(switches: &Switches, odd: &[Note]) -> Result<(), Refusal> {
    let problems: Vec<Problem> = odd
        .iter()
        .filter(|note| receipt_lint::refuses(switches, note.rule))
        .map(|note| {
            let text = format!("{}: {}.", note.path, note.rule.advice().text);
            Problem { field: note.path.clone(), text }
        })
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(Refusal::invalid(422, problems)) }
}

/// What the import needs, out of a body whose mandatory fields are there.
fn content(asked: &Asked<'_>, body: &Map<String, Value>) -> Result<Content, Refusal> {
    let incomplete = || Refusal::invalid(400, vec![Problem::of("the receipt", "is not complete")]);
    let text = |name: &str| body.get(name).and_then(fields::text).ok_or_else(incomplete);
    Ok(Content {
        unique_receipt_id: text("uniqueReceiptId")?,
        receipt_number: text("receiptNumber")?,
        created_date: text("createdDate")?,
        store_external_id: text("storeExternalId")?,
        currency: text("currency")?,
        rate: body.get("exchangeRateToGroupCurrency").and_then(fields::decimal),
        total: body.get("totalGrossPrice").and_then(fields::decimal).ok_or_else(incomplete)?,
        item_count: body.get("items").and_then(Value::as_array).map_or(0, Vec::len),
        contact: body.get("contact").and_then(Match::read).ok_or_else(incomplete)?,
        received: asked.moment.at,
        request: asked.moment.number,
        body: String::from_utf8_lossy(&asked.request.body).into_owned(),
    })
}
