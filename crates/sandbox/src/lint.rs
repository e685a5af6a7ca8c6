//! What is odd about a receipt that Engage would take: signs, sums, vouchers as payments, discounts as lines.
//!
//! The same checks refuse a receipt where the switch `receiptValidation` is strict.

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use crate::fields::{self, Trouble, What};
use crate::findings::{Note, Rule};

/// The findings that follow from a body's troubles with its table.
pub(crate) fn troubles(troubles: &[Trouble]) -> impl Iterator<Item = Note> {
    troubles.iter().filter_map(|trouble| {
        let path = trouble.path.clone();
        match &trouble.what {
            What::Null { .. } => Some(Note::at(Rule::NullValue, path)),
            What::Empty { .. } => Some(Note::at(Rule::EmptyValue, path)),
            What::NoZone => Some(Note::at(Rule::NoZone, path)),
            What::Unknown { nearest } => {
                let hint = nearest.map(|name| format!("{name} is known")).unwrap_or_default();
                Some(Note { rule: Rule::UnknownField, path, hint })
            }
            What::Absent | What::NotA(_) => None,
        }
    })
}

/// The same for an update, in which what is empty overwrites.
pub(crate) fn update_troubles(of: &[Trouble]) -> impl Iterator<Item = Note> {
    troubles(of).map(|note| match note.rule {
        Rule::NullValue | Rule::EmptyValue => Note { rule: Rule::EmptyInUpdate, ..note },
        _ => note,
    })
}

/// Everything that is odd about a receipt.
pub(crate) fn receipt(receipt: &Map<String, Value>, group_currency: &str) -> Vec<Note> {
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
    contact(receipt, &mut notes);
    currency(receipt, group_currency, &mut notes);
    notes
}

/// Whether a note refuses a receipt where figures are checked.
pub(crate) fn refuses_when_strict(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::PaymentsDiffer
            | Rule::LinesDiffer
            | Rule::TaxDiffers
            | Rule::WrongSign
            | Rule::PositiveDiscount
            | Rule::DiscountAsLine
    )
}

fn rows<'a>(object: &'a Map<String, Value>, name: &str) -> &'a [Value] {
    object.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn figure(row: &Value, name: &str) -> Option<Decimal> {
    row.get(name).and_then(fields::decimal)
}

fn is_type(row: &Value, wanted: &str) -> bool {
    row.get("type").and_then(Value::as_str).is_some_and(|text| text.eq_ignore_ascii_case(wanted))
}

fn line(item: &Value, index: usize, notes: &mut Vec<Note>) {
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
    if tax_differs(item) {
        notes.push(Note::at(Rule::TaxDiffers, at("taxAmount")));
    }
    let discounts = item.get("discounts").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    for (row, discount) in discounts.iter().enumerate() {
        if figure(discount, "value").is_some_and(|value| value > Decimal::ZERO) {
            notes.push(Note::at(Rule::PositiveDiscount, at(&format!("discounts[{row}].value"))));
        }
    }
}

/// Whether the tax is more than one unit of the last written place away from its share of the price.
fn tax_differs(item: &Value) -> bool {
    let figures = || {
        let price = figure(item, "grossPaidPrice")?;
        let tax = figure(item, "taxAmount")?;
        let percent = figure(item, "taxPercent")?;
        let factor = Decimal::ONE_HUNDRED.checked_add(percent)?;
        let share = price.checked_mul(percent)?.checked_div(factor)?;
        let unit = Decimal::new(1, price.scale().max(tax.scale()).min(2));
        Some((share - tax).abs() > unit)
    };
    figures().unwrap_or(false)
}

fn sums(receipt: &Map<String, Value>, items: &[Value], payments: &[Value], notes: &mut Vec<Note>) {
    let Some(total) = receipt.get("totalGrossPrice").and_then(fields::decimal) else { return };
    let paid = payments.iter().try_fold(Decimal::ZERO, |sum, row| sum.checked_add(figure(row, "value")?));
    if paid.is_some_and(|paid| paid != total) {
        notes.push(Note::at(Rule::PaymentsDiffer, "paymentMethods"));
    }
    let lines = items.iter().try_fold(Decimal::ZERO, |sum, row| {
        let price = figure(row, "grossPaidPrice")?;
        if is_type(row, "PURCHASE") {
            sum.checked_add(price)
        } else if is_type(row, "RETURN") {
            sum.checked_sub(price)
        } else {
            // What an adjustment adds is not known (fact R-20), so nothing is said.
            None
        }
    });
    if lines.is_some_and(|lines| lines != total) {
        notes.push(Note::at(Rule::LinesDiffer, "items"));
    }
}

/// A voucher by what the published examples call it; a gift card or gift voucher is tender indeed.
fn is_voucher(payment: &Value) -> bool {
    payment.get("type").and_then(Value::as_str).is_some_and(|text| {
        let text = text.to_ascii_lowercase();
        text.contains("bonuscheck") || (text.contains("voucher") && !text.contains("gift"))
    })
}

fn contact(receipt: &Map<String, Value>, notes: &mut Vec<Note>) {
    let Some(contact) = receipt.get("contact") else { return };
    let by_email = contact.get("matchKeyType").is_some_and(|kind| fields::word(kind, &["email"]).is_some());
    let key = contact.get("matchKey").and_then(Value::as_str).unwrap_or_default();
    if by_email && key != key.to_lowercase() {
        notes.push(Note::at(Rule::EmailCase, "contact.matchKey"));
    }
}

fn currency(receipt: &Map<String, Value>, group_currency: &str, notes: &mut Vec<Note>) {
    let currency = receipt.get("currency").and_then(Value::as_str).unwrap_or_default();
    if currency.is_empty() {
        notes.push(Note::at(Rule::NoCurrency, "currency"));
    } else if !currency.eq_ignore_ascii_case(group_currency)
        && receipt.get("exchangeRateToGroupCurrency").is_none_or(Value::is_null)
    {
        notes.push(Note::at(Rule::NoRate, "exchangeRateToGroupCurrency"));
    }
}
