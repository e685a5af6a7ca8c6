//! What is kept of a receipt once it is done: as much as its return and its void need.
//!
//! A list of what is kept, so that nothing stays by oversight: no contact, no extra data, nobody's name at the till,
//! no free text but what articles and discounts are called. Read again, the same settlement fits it, with the same
//! money and lines.

use serde_json::{Map, Value};

const RECEIPT: [&str; 11] = [
    "store",
    "till",
    "receiptNumber",
    "createdAt",
    "currency",
    "exchangeRate",
    "pricesInclude",
    "total",
    "training",
    "checkout",
    "id",
];
const LINE: [&str; 15] = [
    "id",
    "kind",
    "sku",
    "articleNumber",
    "name",
    "group",
    "quantity",
    "unit",
    "unitPrice",
    "paid",
    "taxPercent",
    "taxAmount",
    "awardsPoints",
    "discountable",
    "priceOverride",
];
const DISCOUNT: [&str; 6] = ["amount", "percent", "type", "description", "offer", "lines"];
const PAYMENT: [&str; 4] = ["type", "amount", "description", "offer"];
const TAX: [&str; 3] = ["percent", "amount", "description"];

/// A receipt's JSON without what nothing needs any more: the contact, extra data, the operator and free texts.
///
/// Reading it with the receipt's settlement gives the same money and lines.
#[must_use]
pub fn condensed(body: &Value) -> Value {
    let Value::Object(receipt) = body else { return Value::Null };
    let mut kept = only(receipt, &RECEIPT);
    keep_list(receipt, &mut kept, "lines", |line| {
        let mut kept = only(line, &LINE);
        if let Some(Value::Object(of)) = line.get("of") {
            kept.insert("of".to_owned(), Value::Object(only(of, &["receipt", "line"])));
        }
        keep_list(line, &mut kept, "discounts", |row| only(row, &DISCOUNT));
        keep_list(line, &mut kept, "taxes", |row| only(row, &TAX));
        kept
    });
    keep_list(receipt, &mut kept, "discounts", |row| only(row, &DISCOUNT));
    keep_list(receipt, &mut kept, "payments", |row| only(row, &PAYMENT));
    keep_list(receipt, &mut kept, "taxes", |row| only(row, &TAX));
    Value::Object(kept)
}

fn only(map: &Map<String, Value>, names: &[&str]) -> Map<String, Value> {
    let kept = map.iter().filter(|(name, _)| names.contains(&name.as_str()));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Keeps a list with as many rows as it has: settlements name them by their positions.
fn keep_list(
    from: &Map<String, Value>,
    into: &mut Map<String, Value>,
    name: &str,
    row: impl Fn(&Map<String, Value>) -> Map<String, Value>,
) {
    if let Some(Value::Array(rows)) = from.get(name) {
        let rows = rows.iter().map(|value| match value {
            Value::Object(map) => Value::Object(row(map)),
            _ => Value::Null,
        });
        into.insert(name.to_owned(), rows.collect());
    }
}

#[cfg(test)]
mod tests;
