//! What is odd about a receipt that Engage would take: signs, sums, vouchers as payments, discounts as lines, prices of
//! one piece, times that are not the store's, rates upside down.
//!
//! The same checks refuse a receipt where the switches of strict validation say so (facts ).

use jiff::fmt::temporal::Pieces;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use crate::fields;
use crate::findings::{Note, Rule};
use crate::settings::Settings;
use crate::stores::Origin;
use crate::switches::{Switches, Validation};
use crate::world::World;
use crate::zone::Zone;

/// Everything that is odd about a receipt.
pub(crate) fn receipt(world: &World, receipt: &Map<String, Value>) -> Vec<Note> {
    let mut notes = Vec::new();
    let items = rows(receipt, "items");
    let payments = rows(receipt, "paymentMethods");
    for (index, item) in items.iter().enumerate() {
        line(item, index, &mut notes);
    }
    for (index, payment) in payments.iter().enumerate() {
        if is_voucher(payment) {
            notes.push(Note::at(Rule::VoucherAsTender, format!("paymentMethods[{index}].type")));
        }
    }
    sums(receipt, items, payments, &mut notes);
    taxes(receipt, items, &mut notes);
    contact(receipt, &mut notes);
    currency(receipt, &world.settings, &mut notes);
    place_and_time(world, receipt, &mut notes);
    notes
}

/// Whether what was noted refuses a receipt: as orders always are, or by the three sums that may be switched on.
pub(crate) fn refuses(switches: &Switches, rule: Rule) -> bool {
    let check = match rule {
        Rule::TaxDiffers | Rule::WrongSign | Rule::PositiveDiscount | Rule::DiscountAsLine => {
            switches.receipt_validation
        }
        Rule::TaxDetailsDiffer => switches.receipt_tax_sum,
        Rule::LinesDiffer => switches.receipt_line_sum,
        Rule::PaymentsDiffer => switches.receipt_payment_sum,
        _ => Validation::Lenient,
    };
    check == Validation::Strict
}

pub(crate) fn rows<'a>(object: &'a Map<String, Value>, name: &str) -> &'a [Value] {
    object.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

pub(crate) fn rows_of<'a>(row: &'a Value, name: &str) -> &'a [Value] {
    row.as_object().map_or(&[], |object| rows(object, name))
}

pub(crate) fn figure(row: &Value, name: &str) -> Option<Decimal> {
    row.get(name).and_then(fields::decimal)
}

pub(crate) fn is_type(row: &Value, wanted: &str) -> bool {
    row.get("type").and_then(Value::as_str).is_some_and(|text| text.eq_ignore_ascii_case(wanted))
}

pub(crate) fn line(item: &Value, index: usize, notes: &mut Vec<Note>) {
    let at = |field: &str| format!("items[{index}].{field}");
    let (quantity, price) = (figure(item, "quantity"), figure(item, "grossPaidPrice"));
    let is_return = is_type(item, "RETURN");
    let negative_sale = is_type(item, "PURCHASE") && price.is_some_and(|price| price < Decimal::ZERO);
    if is_type(item, "DISCOUNT") || negative_sale {
        notes.push(Note::at(Rule::DiscountAsLine, at("type")));
    }
    let wrong_quantity =
        quantity.is_some_and(|quantity| quantity.is_zero() || quantity.is_sign_negative() != is_return);
    if wrong_quantity && !is_type(item, "ADJUSTMENT") {
        notes.push(Note::at(Rule::WrongSign, at("quantity")));
    }
    for field in ["grossPaidPrice", "taxAmount"] {
        if is_return && figure(item, field).is_some_and(|amount| amount < Decimal::ZERO) {
            notes.push(Note::at(Rule::WrongSign, at(field)));
        }
    }
    if tax_differs(item, "grossPaidPrice") {
        notes.push(Note::at(Rule::TaxDiffers, at("taxAmount")));
    }
    for (row, discount) in rows_of(item, "discounts").iter().enumerate() {
        if figure(discount, "value").is_some_and(|value| value > Decimal::ZERO) {
            notes.push(Note::at(Rule::PositiveDiscount, at(&format!("discounts[{row}].value"))));
        }
    }
}

/// Whether the tax of a price is more than one unit of the last written place away from its share of the price.
pub(crate) fn tax_differs(item: &Value, price: &str) -> bool {
    let figures = || {
        let price = figure(item, price)?;
        let tax = figure(item, "taxAmount")?;
        let percent = figure(item, "taxPercent")?;
        let factor = Decimal::ONE_HUNDRED.checked_add(percent)?;
        let share = price.checked_mul(percent)?.checked_div(factor)?;
        let unit = Decimal::new(1, price.scale().max(tax.scale()).min(2));
        Some((share - tax).abs() > unit)
    };
    figures().unwrap_or(false)
}

/// What lines come to, purchases less returns. What an adjustment adds is not known (fact R-20): then nothing is said.
pub(crate) fn sum_of(items: &[Value], amount: impl Fn(&Value) -> Option<Decimal>) -> Option<Decimal> {
    items.iter().try_fold(Decimal::ZERO, |sum, row| {
        if is_type(row, "PURCHASE") {
            sum.checked_add(amount(row)?)
        } else if is_type(row, "RETURN") {
            sum.checked_sub(amount(row)?)
        } else {
            None
        }
    })
}

fn sums(receipt: &Map<String, Value>, items: &[Value], payments: &[Value], notes: &mut Vec<Note>) {
    let Some(total) = receipt.get("totalGrossPrice").and_then(fields::decimal) else { return };
    let paid = payments.iter().try_fold(Decimal::ZERO, |sum, row| sum.checked_add(figure(row, "value")?));
    if paid.is_some_and(|paid| paid != total) {
        notes.push(Note::at(Rule::PaymentsDiffer, "paymentMethods"));
    }
    let only_returns = !items.is_empty() && items.iter().all(|item| is_type(item, "RETURN"));
    for (place, amount) in [("totalGrossPrice", Some(total)), ("paymentMethods[].value", paid)] {
        if only_returns && amount.is_some_and(|amount| amount > Decimal::ZERO) {
            notes.push(Note::at(Rule::WrongSign, place));
        }
    }
    if sum_of(items, |row| figure(row, "grossPaidPrice")).is_some_and(|lines| lines != total) {
        notes.push(Note::at(Rule::LinesDiffer, "items"));
        let by_the_piece = |row: &Value| {
            let pieces = figure(row, "quantity")?.abs();
            figure(row, "grossPaidPrice")?.checked_mul(pieces)
        };
        if sum_of(items, by_the_piece) == Some(total) {
            notes.push(Note::at(Rule::PerUnitPrice, "items[].grossPaidPrice"));
        }
    }
}

/// Tax rows are positive on a return (fact R-28); which sign they have where something is bought as well is not known,
/// so any reading that adds up will do.
fn taxes(receipt: &Map<String, Value>, items: &[Value], notes: &mut Vec<Note>) {
    let details = rows(receipt, "taxDetails");
    let stated = details.iter().try_fold(Decimal::ZERO, |sum, row| sum.checked_add(figure(row, "value")?));
    let Some(stated) = stated.filter(|_| !details.is_empty()) else { return };
    let Some(owed) = sum_of(items, |row| figure(row, "taxAmount")) else { return };
    let all = items.iter().try_fold(Decimal::ZERO, |sum, row| sum.checked_add(figure(row, "taxAmount")?));
    if stated.abs() != owed.abs() && Some(stated) != all {
        notes.push(Note::at(Rule::TaxDetailsDiffer, "taxDetails"));
    }
}

/// A voucher by what published examples call it, however it is spelt, or by the number that old ones put beside it; a
/// gift card or gift voucher is tender indeed.
fn is_voucher(payment: &Value) -> bool {
    let kind = payment.get("type").and_then(Value::as_str).unwrap_or_default();
    let kind: String =
        kind.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let is_numbered = rows_of(payment, "extraData").iter().any(|row| {
        row.get("name").is_some_and(|name| fields::word(name, &["checkNumber", "voucherNumber"]).is_some())
    });
    !kind.contains("gift") && (is_numbered || kind.contains("bonuscheck") || kind.contains("voucher"))
}

fn contact(receipt: &Map<String, Value>, notes: &mut Vec<Note>) {
    let Some(contact) = receipt.get("contact") else { return };
    let by_email = contact.get("matchKeyType").is_some_and(|kind| fields::word(kind, &["email"]).is_some());
    let key = contact.get("matchKey").and_then(Value::as_str).unwrap_or_default();
    if by_email && key != key.to_lowercase() {
        notes.push(Note::at(Rule::EmailCase, "contact.matchKey"));
    }
}

fn currency(receipt: &Map<String, Value>, settings: &Settings, notes: &mut Vec<Note>) {
    const RATE: &str = "exchangeRateToGroupCurrency";
    let currency = receipt.get("currency").and_then(Value::as_str).unwrap_or_default();
    let is_group = currency.eq_ignore_ascii_case(&settings.group_currency);
    let rate = receipt.get(RATE).filter(|rate| !rate.is_null());
    if currency.is_empty() {
        notes.push(Note::at(Rule::NoCurrency, "currency"));
    } else if !is_group && rate.is_none() {
        notes.push(Note::at(Rule::NoRate, RATE));
    }
    let listed = settings.rates.iter().find(|(name, _)| name.eq_ignore_ascii_case(currency));
    let odd = rate.and_then(fields::decimal).is_some_and(|rate| {
        rate <= Decimal::ZERO
            || (is_group && rate != Decimal::ONE)
            || listed.is_some_and(|(_, listed)| is_upside_down(rate, *listed))
    });
    if odd {
        notes.push(Note::at(Rule::OddRate, RATE));
    }
}

/// Whether a rate is far from the table's but near to what that is the other way round (fact R-49).
fn is_upside_down(rate: Decimal, listed: Decimal) -> bool {
    let near = |ratio: Option<Decimal>| {
        ratio.is_some_and(|ratio| (Decimal::new(5, 1)..=Decimal::TWO).contains(&ratio))
    };
    !near(rate.checked_div(listed)) && near(rate.checked_mul(listed))
}

/// Whether the store is known, where the tenant's stores were set up, and the time is written as its clocks show it.
fn place_and_time(world: &World, receipt: &Map<String, Value>, notes: &mut Vec<Note>) {
    let id = receipt.get("storeExternalId").and_then(fields::text).unwrap_or_default();
    let Some(store) = world.stores.get(&id) else {
        if !id.is_empty()
            && world.stores.iter().any(|store| matches!(store.origin, Origin::Call | Origin::File))
        {
            notes.push(Note::at(Rule::UnknownStore, "storeExternalId"));
        }
        return;
    };
    let zone = store.fields.get("timeZone").and_then(Value::as_str).and_then(Zone::named);
    let written = receipt.get("createdDate").and_then(Value::as_str).unwrap_or_default();
    let offset = Pieces::parse(written).ok().and_then(|pieces| pieces.to_numeric_offset());
    let instant = written.parse().ok();
    if let (Some(zone), Some(offset), Some(instant)) = (zone, offset, instant)
        && zone.offset(instant) != offset
    {
        notes.push(Note::at(Rule::NotLocalTime, "createdDate"));
    }
}
