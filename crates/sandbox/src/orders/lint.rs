//! What is odd about an order that Engage would take: signs, and sums that are not those of their rows (facts O-34 to
//! O-38).

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::lines;
use crate::findings::{Note, Rule};
use crate::receipt_lint::{figure, is_type, rows_of, tax_differs};

/// Everything that is odd about an order.
pub(crate) fn order(body: &Map<String, Value>) -> Vec<Note> {
    let mut notes = Vec::new();
    for (index, one) in lines(body).iter().enumerate() {
        line(one, &format!("lineItems.items[{index}]"), &mut notes);
    }
    for (row, discount) in items(body, "discounts").iter().enumerate() {
        positive(discount, &format!("discounts.items[{row}].value"), &mut notes);
    }
    sums(body, &mut notes);
    notes
}

fn line(line: &Value, at: &str, notes: &mut Vec<Note>) {
    let is_return = is_type(line, "Return");
    let quantity = figure(line, "quantity");
    if quantity.is_some_and(|quantity| quantity.is_zero() || quantity.is_sign_negative() != is_return) {
        notes.push(Note::at(Rule::WrongSign, format!("{at}.quantity")));
    }
    for field in ["totalPrice", "taxAmount", "pricePerUnit"] {
        if figure(line, field).is_some_and(|amount| amount < Decimal::ZERO) {
            notes.push(Note::at(Rule::WrongSign, format!("{at}.{field}")));
        }
    }
    if tax_differs(line, "totalPrice") {
        notes.push(Note::at(Rule::TaxDiffers, format!("{at}.taxAmount")));
    }
    for (row, discount) in rows_of(line, "discounts").iter().enumerate() {
        positive(discount, &format!("{at}.discounts[{row}].value"), notes);
    }
}

fn positive(discount: &Value, at: &str, notes: &mut Vec<Note>) {
    if figure(discount, "value").is_some_and(|value| value > Decimal::ZERO) {
        notes.push(Note::at(Rule::PositiveDiscount, at));
    }
}

/// Every sum against its rows. What is not there is not looked at; a payment need not be the whole (fact O-36).
fn sums(body: &Map<String, Value>, notes: &mut Vec<Note>) {
    let sub_total = lines(body).iter().try_fold(Decimal::ZERO, |sum, line| {
        let price = figure(line, "totalPrice")?;
        if is_type(line, "Return") { sum.checked_sub(price) } else { sum.checked_add(price) }
    });
    let stated = |name: &str, member: &str| body.get(name).and_then(|one| figure(one, member));
    let mut compare = |stated: Option<Decimal>, sum: Option<Decimal>, at: &str| {
        if stated.zip(sum).is_some_and(|(stated, sum)| stated != sum) {
            notes.push(Note::at(Rule::OrderSumDiffers, at));
        }
    };
    compare(stated("lineItems", "subTotal"), sub_total, "lineItems.subTotal");
    for name in ["payments", "fees", "discounts"] {
        compare(stated(name, "total"), sum(items(body, name)), &format!("{name}.total"));
    }
    let total = sub_total.zip(sum(items(body, "fees"))).and_then(|(lines, fees)| lines.checked_add(fees));
    let has_lines = body.contains_key("lineItems");
    let stated = body.get("totalPrice").and_then(crate::fields::decimal).filter(|_| has_lines);
    compare(stated, total, "totalPrice");
}

fn items<'a>(body: &'a Map<String, Value>, name: &str) -> &'a [Value] {
    body.get(name).map_or(&[], |part| rows_of(part, "items"))
}

fn sum(rows: &[Value]) -> Option<Decimal> {
    rows.iter().try_fold(Decimal::ZERO, |sum, row| sum.checked_add(figure(row, "value")?))
}
