//! The rows that say how much tax was paid at which rate, where there is more to them than one rate a line.

use pos::receipt::{SettledReceipt, parse};
use serde_json::{Value, json};

use crate::support::outcome;

/// The tax rows of a receipt with these lines, prices without tax: what they are called, rate, tax and what it is on.
fn rows(lines: Value, taxes: Value) -> Vec<String> {
    let body = json!({
        "store": "store03-stockholm", "receiptNumber": "1", "createdAt": "2026-11-22T16:42:07+01:00",
        "currency": "SEK", "pricesInclude": "noTax", "lines": lines, "taxes": taxes,
    });
    let outcome = outcome(&body);
    let reading = parse(&body);
    let settled = SettledReceipt::new(reading.receipt.as_ref().unwrap(), outcome.settled()).unwrap();
    let row = |tax: pos::receipt::SettledTax<'_>| {
        let (amount, gross) = (settled.decimal(tax.money.amount), settled.decimal(tax.money.gross));
        let called = tax.description.unwrap_or_default();
        format!("{called} {} %: {amount} on {}", tax.money.percent.decimal(), gross - amount)
    };
    settled.taxes().map(row).collect()
}

fn line(sku: &str, price: &str, tax: (&str, Value)) -> Value {
    let mut line = json!({ "id": sku, "kind": "purchase", "sku": sku, "quantity": 1, "unitPrice": price });
    line[tax.0] = tax.1;
    line
}

#[test]
fn a_tax_on_the_total_is_on_the_lines_that_share_it_alone() {
    let none = ("taxAmount", Value::Null);
    let lines = json!([
        line("shared", "39.98", none.clone()),
        line("shared-too", "49.50", none),
        line("exempt", "12.00", ("taxPercent", json!(0))),
        line("half", "10.00", ("taxPercent", json!(4))),
    ]);
    let taxes = json!([
        { "percent": 4, "amount": "3.98", "description": "state" },
        { "percent": "4.875", "amount": "4.36", "description": "city" },
    ]);
    assert_eq!(rows(lines, taxes), ["state 4 %: 3.98 on 99.48", "city 4.875 %: 4.36 on 89.48"]);
}

#[test]
fn several_taxes_of_a_line_are_called_as_the_line_calls_them() {
    let (gst, qst) =
        (json!({ "percent": 5, "description": "GST" }), json!({ "percent": "9.975", "description": "QST" }));
    let lines = json!([
        line("hoodie", "100.00", ("taxes", json!([gst, qst]))),
        line("book", "24.95", ("taxes", json!([gst]))),
    ]);
    assert_eq!(rows(lines, json!([])), ["GST 5 %: 6.25 on 124.95", "QST 9.975 %: 9.98 on 100.00"]);
}
