//! What the tests share: a store, a receipt to start from, and one way to parse and settle.

use jiff::tz::TimeZone;
use pos::money::Currency;
use pos::rates::Rates;
use pos::receipt::{Finding, Known, Settlement, Severity, parse, settle};
use pos::store::{Country, Language, Letterhead, Store};
use serde_json::Value;

/// The receipt that the till API's documentation starts from, as far as this release delivers it.
pub const EXAMPLE: &str = r#"{
  "store": "store03-stockholm", "till": "2", "receiptNumber": "000871", "operator": "17",
  "createdAt": "2026-11-22T16:42:07+01:00", "currency": "SEK", "pricesInclude": "tax",
  "contact": { "mobilePhone": "+46701234567", "email": "Marker@Example.com" },
  "lines": [
    { "id": "1", "kind": "purchase", "sku": "3001-BLK-M", "articleNumber": "3001", "name": "Wool sweater",
      "group": "Knitwear", "quantity": 2, "unitPrice": 200.00, "taxPercent": 25,
      "discounts": [ { "amount": 40.00, "type": "SALE", "description": "Weekend" } ],
      "extraData": { "size": "M", "campaign": 12 } },
    { "id": "2", "kind": "purchase", "sku": "2002", "quantity": 1, "unitPrice": "99.00", "taxPercent": 12 }
  ],
  "discounts": [ { "percent": 10, "description": "Welcome 10%" }, { "amount": 50.00, "lines": ["1"] } ],
  "payments": [ { "type": "card", "amount": 363.10 } ], "total": 363.10,
  "extraData": { "tillModel": "X1" }
}"#;

/// A zone with summer time that needs no files of the machine's.
pub const STOCKHOLM: &str = "CET-1CEST,M3.5.0,M10.5.0/3";

pub fn store() -> Store {
    Store {
        external_id: "store03-stockholm".to_owned(),
        name: "Drottninggatan".to_owned(),
        country: Country::parse("SE").unwrap(),
        language: Language::parse("sv").unwrap(),
        currency: Currency::parse("SEK").unwrap(),
        time_zone: TimeZone::posix(STOCKHOLM).unwrap(),
        letterhead: Letterhead::default(),
    }
}

pub fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"))
}

/// The example with some of its parts replaced, named by their pointers; `null` removes.
pub fn example_with(changes: &[(&str, &str)]) -> Value {
    let mut body = json(EXAMPLE);
    for (pointer, value) in changes {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let parent = body.pointer_mut(parent).unwrap_or_else(|| panic!("no {parent}"));
        match parent {
            Value::Object(map) => drop(map.insert(name.to_owned(), json(value))),
            Value::Array(items) => items[name.parse::<usize>().unwrap()] = json(value),
            _ => panic!("{pointer} has no parent"),
        }
    }
    body
}

/// Everything that is found in a body, in reading and in settling.
pub struct Outcome {
    pub settlement: Option<Settlement>,
    pub findings: Vec<Finding>,
}

pub fn outcome(body: &Value) -> Outcome {
    outcome_in(body, Some(&store()), &Rates::default())
}

pub fn outcome_in(body: &Value, store: Option<&Store>, rates: &Rates) -> Outcome {
    let reading = parse(body);
    let settling = settle(&reading, &known(store, rates));
    let mut findings = reading.findings;
    findings.extend(settling.findings);
    Outcome { settlement: settling.settlement, findings }
}

/// What is known where nothing is of any sale.
pub fn known<'k>(store: Option<&'k Store>, rates: &'k Rates) -> Known<'k> {
    Known { store, rates, owner: None, sales: &[] }
}

impl Outcome {
    /// The findings as `fault code pointer`, for comparing.
    pub fn codes(&self) -> Vec<String> {
        let code = |finding: &Finding| {
            let severity = match finding.severity {
                Severity::Warning => "warning",
                Severity::Fault => "fault",
            };
            format!("{severity} {} {}", finding.code, finding.pointer)
        };
        self.findings.iter().map(code).collect()
    }

    pub fn has_fault(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Fault)
    }

    pub fn settled(&self) -> &Settlement {
        assert!(!self.has_fault(), "{:?}", self.findings);
        self.settlement.as_ref().unwrap()
    }

    /// What was paid for each line, in minor units.
    pub fn paid(&self) -> Vec<i64> {
        self.settled().lines.iter().map(|line| line.paid.minor()).collect()
    }

    /// The tax of each line, in minor units.
    pub fn tax(&self) -> Vec<i64> {
        self.settled().lines.iter().map(|line| line.tax.minor()).collect()
    }

    /// The shares of one line, as (row, minor units).
    pub fn shares(&self, line: usize) -> Vec<(usize, i64)> {
        self.settled().lines[line].discounts.iter().map(|share| (share.row, share.amount.minor())).collect()
    }
}
