//! What is left in Engage once purchases and returns are added up.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::Value;

/// Every figure that isn't zero, by its name: `paid socks`, `discount socks Weekend`, `points` and whose.
pub type Left = BTreeMap<String, Decimal>;

/// What is left of these receipts, as the sandbox lists them, and of these point accounts.
///
/// # Panics
/// When one of them was not imported: then it is lost, or came twice.
pub fn left(receipts: &[Value], accounts: &[Value]) -> Left {
    let mut left = Left::new();
    let mut add = |name: String, amount: Decimal| *left.entry(name).or_default() += amount;
    for receipt in receipts {
        let fate = &receipt["fate"]["imported"];
        assert!(fate.is_object(), "{} is {}", receipt["uniqueReceiptId"], receipt["fate"]);
        let body: Value = serde_json::from_str(receipt["body"].as_str().unwrap()).unwrap();
        add("total".to_owned(), decimal(&body["totalGrossPrice"]));
        add("total of the group".to_owned(), decimal(&fate["groupTotal"]));
        for payment in rows(&body, "paymentMethods") {
            add("payments".to_owned(), decimal(&payment["value"]));
        }
        for item in rows(&body, "items") {
            let sku = item["sku"].as_str().unwrap();
            let sign = if item["type"] == "RETURN" { -Decimal::ONE } else { Decimal::ONE };
            add(format!("paid {sku}"), sign * decimal(&item["grossPaidPrice"]));
            add(format!("tax {sku}"), sign * decimal(&item["taxAmount"]));
            for discount in rows(item, "discounts") {
                let name = discount["description"].as_str().unwrap_or_default();
                add(format!("discount {sku} {name}"), sign * decimal(&discount["value"]));
            }
        }
    }
    for account in accounts {
        for transaction in rows(account, "transactions") {
            add(format!("points {}", account["contact"]), decimal(&transaction["amount"]));
        }
    }
    left.retain(|_, amount| !amount.is_zero());
    left
}

fn rows<'v>(of: &'v Value, name: &str) -> &'v [Value] {
    of[name].as_array().map_or(&[], Vec::as_slice)
}

/// The sandbox writes some as numbers and some as texts.
fn decimal(value: &Value) -> Decimal {
    let text = value.as_str().or_else(|| value.as_number().map(serde_json::Number::as_str));
    text.and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{value}"))
}
