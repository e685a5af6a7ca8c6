//! Any JSON in: receipts bent at random never panic, and what is said of them is true.

use pos::canonical::canonical;
use pos::order::{self, SettledOrder};
use pos::rates::Rates;
use pos::receipt::{
    FINDINGS_MAX, Finding, Known, Receipt, Sale, SettledReceipt, Settlement, Severity, Standing, parse,
    settle,
};
use pos::store::Store;
use serde_json::Value;

use crate::orders::ORDER;
use crate::random::Random;
use crate::support::{EXAMPLE, json, known, store};

const MUTANTS: usize = 20_000;

/// What a value is replaced with: the odd ends of every type.
const VALUES: [&str; 34] = [
    "null",
    "true",
    "false",
    "0",
    "-0",
    "1",
    "-1",
    "2.5",
    "1e3",
    "1e400",
    "-1e-400",
    "0.005",
    "1e99999999999999999999",
    "99999999999999999999999999999999",
    "1000000000000",
    "100",
    "25",
    "\"\"",
    "\" \"",
    "\"0\"",
    "\"-5\"",
    "\"1,5\"",
    "\"2026-11-22T16:42:07\"",
    "\"return\"",
    "\"purchase\"",
    "\"giftCard\"",
    "\"noTax\"",
    "\"change\"",
    "\"voucher\"",
    "-2.5",
    "\"EUR\"",
    "[]",
    "{}",
    "[[[{}]],null,{\"a\":1}]",
];

/// Names that a value is moved to: known ones, in places where they don't belong.
const NAMES: [&str; 18] = [
    "store",
    "lines",
    "paid",
    "amount",
    "percent",
    "unit",
    "discounts",
    "taxes",
    "id",
    "lines/0",
    "a~b",
    "",
    "taxAmount",
    "exchangeRate",
    "of",
    "unitPrice",
    "offer",
    "pricesInclude",
];

/// A receipt with everything in it that the documented one leaves out.
const FULL: &str = r#"{
  "store": "store03-stockholm", "receiptNumber": "9", "createdAt": "2026-11-23T10:00:00+01:00", "currency": "SEK",
  "contact": { "email": "Marker@Example.com" },
  "lines": [
    { "id": "a", "kind": "return", "of": { "receipt": "sale", "line": "1" }, "quantity": 1, "paid": 137 },
    { "id": "b", "kind": "return", "of": { "receipt": "sale", "line": "2" }, "sku": "2002", "taxAmount": 9.55 },
    { "id": "c", "kind": "return", "sku": "x", "quantity": 2, "unitPrice": 10, "taxPercent": 25 },
    { "id": "d", "kind": "purchase", "sku": "y", "quantity": 0.752, "unit": "kg", "unitPrice": 89.9,
      "taxes": [{ "percent": 20 }, { "percent": 5, "amount": 2.7 }], "discounts": [{ "percent": 10 }] },
    { "id": "e", "kind": "purchase", "sku": "z", "quantity": 3, "unitPrice": 200, "taxPercent": 25 },
    { "id": "f", "kind": "deposit", "quantity": -4, "unitPrice": 2 },
    { "id": "g", "kind": "shipping", "paid": 49, "taxPercent": 25 } ],
  "discounts": [{ "amount": 33.33, "lines": ["d", "e"] }],
  "payments": [
    { "type": "cash", "amount": 500 }, { "type": "change", "amount": 61.44 },
    { "type": "voucher", "amount": 20, "offer": "2600000012345" } ]
}"#;

#[test]
fn a_bent_receipt_never_panics_and_is_a_receipt_or_has_a_fault() {
    let mut random = Random::announced("mutants");
    let (store, rates) = (store(), Rates::default());
    let sales = [sale(&store, &rates)];
    let (mut whole, mut settled) = (0, 0);
    for case in 0..MUTANTS {
        let mut body = json(if random.one_in(2) { EXAMPLE } else { FULL });
        for _ in 0..random.between(1, 5) {
            bend(&mut random, &mut body);
        }
        let reading = parse(&body);
        let faults = reading.findings.iter().filter(|finding| finding.severity == Severity::Fault).count();
        assert_eq!(reading.receipt.is_some(), faults == 0, "case {case}: {body}");
        assert_eq!(reading, parse(&body), "case {case}: {body}");
        let mut findings = reading.findings.clone();
        let store = if random.one_in(4) { None } else { Some(&store) };
        let settling = settle(&reading, &Known { sales: &sales, ..known(store, &rates) });
        if let Some(receipt) = &reading.receipt {
            whole += 1;
            let fault = settling.findings.iter().any(|finding| finding.severity == Severity::Fault);
            assert!(settling.settlement.is_some() || fault, "case {case}: {body}");
            if let Some(settlement) = &settling.settlement {
                settled += 1;
                let stored = serde_json::to_vec(settlement).unwrap();
                assert_eq!(&serde_json::from_slice::<Settlement>(&stored).unwrap(), settlement);
                adds_up(receipt, settlement, case);
            }
        } else {
            assert_eq!(settling.settlement, None, "case {case}: {body}");
        }
        findings.extend(settling.findings);
        assert!(findings.len() <= 2 * (FINDINGS_MAX + 1));
        for finding in &findings {
            let parent = finding.pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
            assert!(body.pointer(parent).is_some(), "case {case}: {} in {body}", finding.pointer);
            assert!(!finding.detail.to_lowercase().contains("marker"), "case {case}: {}", finding.detail);
            assert!(!finding.detail.contains("701234567"), "case {case}: {}", finding.detail);
        }
    }
    assert!(whole > MUTANTS / 20 && settled > MUTANTS / 20, "{whole} whole, {settled} settled");
}

#[test]
fn a_bent_order_never_panics_and_is_an_order_or_has_a_fault() {
    let mut random = Random::announced("bent orders");
    let store = store();
    let (mut whole, mut settled) = (0, 0);
    for case in 0..MUTANTS / 2 {
        let mut body = json(ORDER);
        for _ in 0..random.between(1, 5) {
            bend(&mut random, &mut body);
        }
        let reading = order::parse(&body);
        let is_fault = |finding: &Finding| finding.severity == Severity::Fault;
        assert_eq!(reading.order.is_none(), reading.findings.iter().any(is_fault), "case {case}: {body}");
        let store = if random.one_in(4) { None } else { Some(&store) };
        let settling = order::settle(&reading, store);
        match (&reading.order, &settling.settlement) {
            (Some(order), Some(settlement)) => {
                let settled = SettledOrder::new(order, settlement).unwrap();
                assert_eq!(order.lines().len(), settled.receipt().lines().len(), "case {case}: {body}");
                crate::overall::laws(&settled.receipt())
                    .unwrap_or_else(|why| panic!("case {case}: {why} {body}"));
            }
            (Some(_), None) => assert!(settling.findings.iter().any(is_fault), "case {case}: {body}"),
            (None, settlement) => assert_eq!(settlement, &None, "case {case}: {body}"),
        }
        whole += usize::from(reading.order.is_some());
        settled += usize::from(settling.settlement.is_some());
        for finding in reading.findings.iter().chain(&settling.findings) {
            let parent = finding.pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
            assert!(body.pointer(parent).is_some(), "case {case}: {} in {body}", finding.pointer);
            assert!(!finding.detail.to_lowercase().contains("marker"), "case {case}: {}", finding.detail);
        }
    }
    assert!(whole > MUTANTS / 20 && settled > MUTANTS / 20, "{whole} whole, {settled} settled");
}

/// The payments of each part add up to its total, and the parts with what is kept out to the whole.
fn adds_up(receipt: &Receipt<'_>, settlement: &Settlement, case: usize) {
    let settled = SettledReceipt::new(receipt, settlement).unwrap();
    let sum = |amounts: &mut dyn Iterator<Item = i64>| amounts.sum::<i64>();
    let kept_out = sum(&mut settled
        .lines()
        .filter(|line| !line.is_merchandise())
        .map(|line| if line.back { -line.paid.minor() } else { line.paid.minor() }));
    let mut parts = 0;
    for part in settled.parts() {
        let paid = sum(&mut part.payments().map(|payment| payment.amount.minor()));
        assert_eq!(paid, part.total().minor(), "case {case}");
        assert!(part.lines().all(|line| line.paid.minor() >= 0), "case {case}");
        parts += paid;
    }
    if settled.parts().len() > 0 {
        assert_eq!(parts + kept_out, settlement.total.minor(), "case {case}");
    }
    let paid = sum(&mut settled.payments().map(|payment| payment.amount.minor()));
    assert_eq!(paid, settlement.total.minor(), "case {case}");
}

/// The documented receipt, as a sale that others return.
fn sale(store: &Store, rates: &Rates) -> Sale {
    let body = json(EXAMPLE);
    let reading = parse(&body);
    let settlement = settle(&reading, &known(Some(store), rates)).settlement.unwrap();
    let settled = SettledReceipt::new(reading.receipt.as_ref().unwrap(), &settlement).unwrap();
    Sale::of("sale", &settled, None, Standing::Good, &[])
}

#[test]
fn the_canonical_form_forgets_spelling_and_nothing_else() {
    let mut random = Random::announced("canonical");
    let original = canonical(&json(EXAMPLE));
    let mut changed = 0;
    for _ in 0..MUTANTS / 4 {
        let mut body = json(EXAMPLE);
        bend(&mut random, &mut body);
        let form = canonical(&body);
        let read: Value = serde_json::from_slice(&form).unwrap();
        assert_eq!(canonical(&read), form, "{body}");
        let pretty: Value = serde_json::from_str(&serde_json::to_string_pretty(&body).unwrap()).unwrap();
        assert_eq!(canonical(&pretty), form, "{body}");
        changed += usize::from(form != original);
    }
    assert!(changed > MUTANTS / 5, "{changed}");
}

/// Replaces, removes, renames or doubles something, anywhere.
fn bend(random: &mut Random, body: &mut Value) {
    let depth = random.between(1, 4);
    let mut at = body;
    for _ in 0..depth {
        let stop = match at {
            Value::Object(map) => map.is_empty(),
            Value::Array(items) => items.is_empty(),
            _ => true,
        };
        if stop {
            break;
        }
        at = match at {
            Value::Object(map) => {
                let position = random.index(map.len());
                map.values_mut().nth(position).unwrap()
            }
            Value::Array(items) => {
                let position = random.index(items.len());
                &mut items[position]
            }
            _ => unreachable!("only what holds something is entered"),
        };
    }
    let replacement = json(VALUES[random.index(VALUES.len())]);
    match at {
        Value::Object(map) if !map.is_empty() => {
            let name = map.keys().nth(random.index(map.len())).unwrap().clone();
            match random.index(4) {
                0 => drop(map.remove(&name)),
                1 => drop(map.insert(name, replacement)),
                2 => drop(map.insert((*random.pick(&NAMES)).to_owned(), replacement)),
                _ => {
                    let value = map.remove(&name).unwrap();
                    map.insert((*random.pick(&NAMES)).to_owned(), value);
                }
            }
        }
        Value::Array(items) if !items.is_empty() => {
            let position = random.index(items.len());
            match random.index(3) {
                0 => drop(items.remove(position)),
                1 => items[position] = replacement,
                _ => items.push(items[position].clone()),
            }
        }
        other => *other = replacement,
    }
}
