//! A sale, and what Engage must hold of it: computed here in whole minor units, by none of our code.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Caller, Chance, Reply, STORE};

/// A sale.
#[derive(Debug, Clone)]
pub struct Sale {
    pub id: String,
    /// Whose it is.
    pub email: String,
    /// As it is sent.
    pub body: String,
    pub figures: Figures,
}

/// What Engage must hold of it, in minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    pub total: i64,
    pub paid_by: Vec<i64>,
    pub lines: Vec<LineFigures>,
}

/// What Engage must hold of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineFigures {
    sku: String,
    quantity: i64,
    paid: i64,
    discounts: Vec<i64>,
}

impl Sale {
    pub fn ring_up(id: &str, email: &str, contact: Value, chance: &mut Chance) -> Sale {
        let lines: Vec<(LineFigures, Value)> = (0..chance.between(1, 4)).map(|n| line(n, chance)).collect();
        let (lines, sent): (Vec<LineFigures>, Vec<Value>) = lines.into_iter().unzip();
        let total = lines.iter().map(|line| line.paid).sum();
        let mut body = json!({
            "store": STORE, "till": "2", "receiptNumber": id, "operator": "17",
            "createdAt": "2026-11-22T16:42:07+01:00", "currency": "SEK", "contact": contact, "lines": sent,
            "payments": [{ "type": "card", "amount": decimal(total) }],
        });
        if chance.one_in(2) {
            body["total"] = decimal(total);
        }
        let figures = Figures { total, paid_by: vec![total], lines };
        Sale { id: id.to_owned(), email: email.to_owned(), body: body.to_string(), figures }
    }

    /// Sends it.
    pub fn call(&self, caller: &Caller, base_url: &str) -> Reply {
        caller.call(Method::PUT, &format!("{base_url}/v1/receipts/{}", self.id), &self.body, &[])
    }
}

fn line(n: u64, chance: &mut Chance) -> (LineFigures, Value) {
    let (quantity, unit) = (chance.between(1, 3) as i64, chance.between(100, 99_999) as i64);
    let mut paid = quantity * unit;
    let mut discounts = Vec::new();
    for _ in 0..chance.between(0, 2) {
        let off = chance.between(1, paid as u64 / 2) as i64;
        paid -= off;
        discounts.push(off);
    }
    let sku = format!("sku-{n}-{unit}");
    let sent = json!({
        "id": n.to_string(), "sku": sku, "articleNumber": sku, "name": "Sweater", "quantity": quantity,
        "unitPrice": decimal(unit), "taxPercent": 25,
        "discounts": discounts.iter().map(|off| json!({ "amount": decimal(*off), "type": "SALE" })).collect::<Value>(),
    });
    (LineFigures { sku, quantity, paid, discounts }, sent)
}

fn decimal(minor: i64) -> Value {
    Value::Number(format!("{}.{:02}", minor / 100, minor % 100).parse().expect("digits make a number"))
}

/// What a body that Engage was sent says; `None` where it isn't of this form, or its amounts aren't whole in minor units.
pub fn figures_in(body: &Value) -> Option<Figures> {
    let rows = |of: &Value, name: &str| of.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let line = |item: &Value| {
        Some(LineFigures {
            sku: item["sku"].as_str()?.to_owned(),
            quantity: item["quantity"].as_i64()?,
            paid: minor(&item["grossPaidPrice"])?,
            // They go below zero there.
            discounts: rows(item, "discounts")
                .iter()
                .map(|row| Some(-minor(&row["value"])?))
                .collect::<Option<_>>()?,
        })
    };
    Some(Figures {
        total: minor(&body["totalGrossPrice"])?,
        paid_by: rows(body, "paymentMethods")
            .iter()
            .map(|row| minor(&row["value"]))
            .collect::<Option<_>>()?,
        lines: rows(body, "items").iter().map(line).collect::<Option<_>>()?,
    })
}

fn minor(value: &Value) -> Option<i64> {
    let amount: rust_decimal::Decimal = value.as_number()?.as_str().parse().ok()?;
    let minor = amount * rust_decimal::Decimal::ONE_HUNDRED;
    minor.is_integer().then(|| i64::try_from(minor).ok())?
}
