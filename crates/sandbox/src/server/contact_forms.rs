//! The forms about contacts and promotions, as acts.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::admin::Refusal;
use super::forms::Form;
use crate::event::Act;
use crate::money::{Money, number};
use crate::points::PointGift;
use crate::promotions::{ChannelKind, Definition};
use crate::vouchers::VoucherGift;
use crate::zone::Zone;

/// The act that a form asks for. Days are the tenant's.
pub(super) fn act(form: &Form, zone: &Zone) -> Result<Act, Refusal> {
    Ok(match form.text("act") {
        "changeContact" => Act::ChangeContact { contact: form.id("contact")?, fields: change(form) },
        "deleteContact" => Act::DeleteContact { contact: form.id("contact")? },
        "restoreContact" => Act::Restore { contact: form.id("contact")? },
        "givePoints" => Act::GivePoints(points(form, zone)?),
        "giveVoucher" => Act::GiveVoucher(voucher(form)?),
        "redeemVoucher" => Act::RedeemVoucher { voucher: form.id("voucher")? },
        "assignPromotion" => {
            Act::AssignPromotion { contact: form.id("contact")?, promotion: form.id("promotion")? }
        }
        "redeemPromotion" => {
            let channel = ChannelKind::named(form.text("channel"));
            let channel = channel.ok_or_else(|| Refusal::Bad("there is no such channel".to_owned()))?;
            Act::RedeemPromotion { assignment: form.id("assignment")?, channel }
        }
        "definePromotion" if form.text("stage") == "draft" => Act::DraftPromotion(promotion(form)?),
        "definePromotion" => Act::DefinePromotion(promotion(form)?),
        "activatePromotion" => Act::ActivatePromotion { promotion: form.id("promotion")? },
        "endPromotion" => Act::EndPromotion { promotion: form.id("promotion")? },
        "reactivateVoucher" => Act::ReactivateVoucher { voucher: form.id("voucher")? },
        "deleteAssignment" => Act::DeleteAssignment { assignment: form.id("assignment")? },
        other => return Err(Refusal::Bad(format!("there is no act {other}"))),
    })
}

/// One field, as the body of an update says it.
fn change(form: &Form) -> Map<String, Value> {
    let (field, text) = (form.text("field"), form.text("value"));
    let (name, value) = match field.split_once('.') {
        Some(("preferences", name)) => ("preferences", json!({ name: text == "true" })),
        Some(("consents", id)) => ("consents", json!([{ "id": id, "value": text == "true" }])),
        Some(_) | None => (field, attribute(field, text)),
    };
    Map::from_iter([(name.to_owned(), value)])
}

/// What is left to the next level is a number (fact P-35), all else is text.
fn attribute(name: &str, text: &str) -> Value {
    let left = (name == "bonusBasedLevelLeftForUpgrade").then(|| text.parse::<Decimal>().ok()).flatten();
    left.map_or_else(|| Value::from(text), number)
}

fn points(form: &Form, zone: &Zone) -> Result<PointGift, Refusal> {
    let after = |day: Date| zone.start_of(day.saturating_add(jiff::Span::new().days(1)));
    Ok(PointGift {
        contact: form.id("contact")?,
        amount: form.number("amount")?,
        valid_from: form.day_if_any("firstDay")?.map(|day| zone.start_of(day)),
        valid_to: form.day_if_any("lastDay")?.map(after),
        description: form.text("description").to_owned(),
    })
}

fn voucher(form: &Form) -> Result<VoucherGift, Refusal> {
    let local = form.number_if_any::<Decimal>("localAmount")?;
    let currency = form.text("localCurrency").to_ascii_uppercase();
    Ok(VoucherGift {
        contact: form.id("contact")?,
        amount: form.number("amount")?,
        currency: None,
        local_values: local.map(|amount| Money { amount, currency }).into_iter().collect(),
        expires: form.day_if_any("lastDay")?,
        name: form.text_if_any("name"),
        points: form.number_if_any("points")?.unwrap_or_default(),
    })
}

/// A definition in the words of the API, which checks it.
fn promotion(form: &Form) -> Result<Definition, Refusal> {
    let length = form.number_if_any::<u32>("days")?.map(|amount| json!({ "unit": "Days", "amount": amount }));
    let written = json!({
        "name": form.text("name"),
        "externalId": form.text_if_any("externalId"),
        "validity": {
            "startDate": form.day_if_any("firstDay")?,
            "endDate": form.day_if_any("lastDay")?,
            "assignedValidity": length,
        },
        "presentation": {
            "heading": form.text_if_any("heading"),
            "description": form.text_if_any("description"),
        },
        "redemptionChannels": [{
            "type": form.text("channel"),
            "valueType": form.text("valueType"),
            "value": form.text("value"),
            "instruction": form.text_if_any("instruction"),
        }],
    });
    serde_json::from_value(written).map_err(Refusal::bad)
}
