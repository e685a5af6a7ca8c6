//! Orders of version 2: told and not stored. What is checked of one (facts O-67, O-70, O-71), and how it reads in the
//! words of version 3, so that automations know one form only.

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use crate::fields;
use crate::findings::Rule;
use crate::profile::Problem;
use crate::receipt_lint::{figure, line, rows, sum_of};
use crate::settings::Settings;
use crate::switches::{Switches, Validation};

const FEES: [(&str, &str); 3] =
    [("freightFee", "freight"), ("handlingFee", "handling"), ("totalRoundOff", "rounding")];

/// Everything for which an order that is complete is refused.
pub(crate) fn problems(settings: &Settings, switches: &Switches, body: &Map<String, Value>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let statuses = &settings.order_statuses;
    for (name, known) in [("orderStatus", &statuses.order), ("paymentStatus", &statuses.payment)] {
        let status = body.get(name).and_then(fields::text).unwrap_or_default();
        if !known.contains(&status) {
            problems.push(Problem::of(name, "is not set up in this tenant"));
        }
    }
    for (index, item) in rows(body, "items").iter().enumerate() {
        problems.extend(line_problems(item, index));
    }
    problems.extend(sum_problems(switches, body));
    problems
}

/// What is always checked. A price below zero is none of it.
fn line_problems(item: &Value, index: usize) -> impl Iterator<Item = Problem> {
    let mut notes = Vec::new();
    line(item, index, &mut notes);
    let is_checked = |rule: Rule| matches!(rule, Rule::WrongSign | Rule::TaxDiffers | Rule::PositiveDiscount);
    let checked =
        notes.into_iter().filter(move |note| is_checked(note.rule) && !note.path.ends_with("grossPaidPrice"));
    checked.map(|note| {
        let what = match note.rule {
            Rule::TaxDiffers => "is not the tax of the price",
            Rule::PositiveDiscount => "is a discount above zero",
            _ => "has the wrong sign",
        };
        Problem::of(note.path, what)
    })
}

/// What a tenant may have checked: three sums, return lines taken off.
fn sum_problems(switches: &Switches, body: &Map<String, Value>) -> Vec<Problem> {
    let items = rows(body, "items");
    let fee = |name: &str, member: &str| body.get(name).and_then(|fee| figure(fee, member));
    let fees = |member: &str| -> Decimal { FEES.iter().filter_map(|(name, _)| fee(name, member)).sum() };
    let stated = |name: &str| body.get(name).and_then(fields::decimal);
    let total = stated("totalGrossPrice");
    let of_items = |member: &str| sum_of(items, |row| figure(row, member));
    let with_fees = |sum: Option<Decimal>, member: &str| sum.and_then(|sum| sum.checked_add(fees(member)));
    let payments = rows(body, "paymentMethods");
    let paid = payments.iter().try_fold(Decimal::ZERO, |sum, row| sum.checked_add(figure(row, "value")?));
    let checks = [
        (switches.order_v2_tax_sum, "totalTax", stated("totalTax"), with_fees(of_items("taxAmount"), "tax")),
        (
            switches.order_v2_total_sum,
            "totalGrossPrice",
            total,
            with_fees(of_items("grossPaidPrice"), "value"),
        ),
        (switches.order_v2_payment_sum, "paymentMethods", total, paid.filter(|_| !payments.is_empty())),
    ];
    let differs = checks.into_iter().filter(|(check, _, stated, sum)| {
        *check == Validation::Strict && stated.zip(*sum).is_some_and(|(stated, sum)| stated != sum)
    });
    differs.map(|(_, name, _, _)| Problem::of(name, "is not the sum of its parts")).collect()
}

/// The order as version 3 would answer it.
pub(crate) fn as_version_3(body: &Map<String, Value>) -> Value {
    let of = |name: &str| body.get(name).cloned().unwrap_or(Value::Null);
    let list = |rows: Vec<Value>| json!({ "items": rows });
    let lines = list(rows(body, "items").iter().map(item).collect());
    let payments = list(rows(body, "paymentMethods").to_vec());
    let fees = FEES.iter().filter_map(|(name, kind)| {
        let fee = body.get(*name)?;
        Some(filled([
            ("type", json!(kind)),
            ("value", fee.get("value").cloned().unwrap_or_default()),
            ("taxPercent", fee.get("taxPercent").cloned().unwrap_or_default()),
            ("taxAmount", fee.get("tax").cloned().unwrap_or_default()),
        ]))
    });
    filled([
        ("orderId", of("orderNumber")),
        ("contact", of("contact")),
        ("externalStoreId", of("storeId")),
        ("status", of("orderStatus")),
        ("externalStatus", of("paymentStatus")),
        ("currencyCode", of("currency")),
        ("createdAt", of("createdDate")),
        ("lastChangedAt", of("statusChangedDate")),
        ("totalPrice", of("totalGrossPrice")),
        ("lineItems", lines),
        ("payments", payments),
        ("fees", list(fees.collect())),
        ("data", of("extraData")),
    ])
}

fn item(item: &Value) -> Value {
    let of = |name: &str| item.get(name).cloned().unwrap_or_default();
    let is_return = fields::word(&of("type"), &["RETURN"]).is_some();
    filled([
        ("type", Value::from(if is_return { "Return" } else { "Purchase" })),
        ("sku", of("sku")),
        ("name", of("description")),
        ("quantity", of("quantity")),
        ("pricePerUnit", of("grossPaidPricePerUnit")),
        ("totalPrice", of("grossPaidPrice")),
        ("taxPercent", of("taxPercent")),
        ("taxAmount", of("taxAmount")),
        ("discounts", of("discounts")),
        ("imageUrl", of("imageUrl")),
        ("targetUrl", of("targetUrl")),
        ("extraData", of("extraData")),
    ])
}

/// An object of the members that are something.
fn filled<const N: usize>(members: [(&str, Value); N]) -> Value {
    let there = members.into_iter().filter(|(_, value)| !value.is_null());
    Value::Object(there.map(|(name, value)| (name.to_owned(), value)).collect())
}
