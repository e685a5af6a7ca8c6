//! Receipts of every kind, drawn by chance, as a till would send them.

use serde_json::{Map, Value, json};

use crate::random::Random;

const NAMES: [&str; 8] = [
    "Wool sweater, black, medium",
    "Blåbær & fløde",
    "Mjölk 3 % laktosfri 1,5 l",
    "Öl",
    "Speciallægepraksisplanlægningsstabiliseringsperiode",
    "Sweater (kids') \"Snö\"",
    "Überraschungsei",
    "Äiti-paita",
];

const WHAT: [&str; 6] = ["giftCard", "deposit", "fee", "shipping", "donation", "tip"];

/// A receipt that settles without a fault.
pub fn draw(random: &mut Random) -> Value {
    let (currency, minor) =
        *random.pick(&[&("SEK", 2_u32), &("EUR", 2), &("JPY", 0), &("KWD", 3), &("SEK", 2)]);
    let lines: Vec<Value> = (0..random.between(1, 12)).map(|id| line(random, id, minor)).collect();
    let mut receipt = json!({
        "store": "store03-stockholm", "till": "2", "receiptNumber": "000871",
        "createdAt": "2026-11-22T16:42:07+01:00", "currency": currency, "lines": lines,
        "discounts": discounts(random, 3),
    });
    if random.one_in(4) {
        receipt["pricesInclude"] = json!("noTax");
    }
    if random.one_in(5) {
        receipt["total"] = json!(amount(random, minor, 100_000));
    }
    let payments: &[Value] = &[
        json!([{ "type": "card", "amount": amount(random, minor, 100_000), "description": "Visa **** 4242" }]),
        json!([{ "type": "cash", "amount": 1_000 }, { "type": "cash", "amount": -1 }]),
        json!([{ "type": "swish", "amount": 1 }, { "type": "shells", "amount": 2 }]),
        json!([{ "type": "voucher", "amount": 5 }]),
        json!([]),
    ];
    receipt["payments"] = random.pick(&payments.iter().collect::<Vec<_>>()).clone();
    receipt
}

fn line(random: &mut Random, id: i64, minor: u32) -> Value {
    let mut line = Map::new();
    let is_goods = !random.one_in(4);
    let kind = match (is_goods, random.one_in(4)) {
        (true, true) => "return",
        (true, false) => "purchase",
        (false, _) => random.pick(&WHAT),
    };
    line.insert("id".to_owned(), json!(id.to_string()));
    line.insert("kind".to_owned(), json!(kind));
    line.insert("sku".to_owned(), json!("3001-BLK-M"));
    line.insert("taxPercent".to_owned(), json!(random.pick(&["25", "12", "6", "0", "13.5"])));
    line.insert("unitPrice".to_owned(), json!(amount(random, minor, 2_000_000)));
    if !random.one_in(5) {
        line.insert("name".to_owned(), json!(random.pick(&NAMES)));
    }
    if is_goods && random.one_in(3) {
        line.insert("unit".to_owned(), json!("kg"));
        line.insert(
            "quantity".to_owned(),
            json!(format!("{}.{:03}", random.between(0, 20), random.between(1, 999))),
        );
    } else {
        line.insert("quantity".to_owned(), json!(random.between(1, 30)));
    }
    if kind == "purchase" {
        line.insert("discounts".to_owned(), discounts(random, 2));
    }
    Value::Object(line)
}

fn discounts(random: &mut Random, most: i64) -> Value {
    let discount = |random: &mut Random| {
        let mut discount = json!({ "percent": random.between(1, 40) });
        if random.one_in(2) {
            discount["description"] = json!(random.pick(&["Weekend", "Welcome 10 %", "Rabatt: 2 för 1"]));
        }
        discount
    };
    (0..random.between(0, most)).map(|_| discount(random)).collect()
}

fn amount(random: &mut Random, minor: u32, most: i64) -> String {
    let (units, unit) = (random.between(1, most), 10_i64.pow(minor));
    let width = minor as usize;
    match minor {
        0 => units.to_string(),
        _ => format!("{}.{:0width$}", units / unit, units % unit),
    }
}
