//! What the unit tests share: a receipt of a few lines, settled, and what came of it.

use serde_json::{Value, json};

use super::{
    Finding, Known, Owner, Sale, SettledPart, SettledReceipt, Settlement, Settling, Severity, Standing,
    parse, settle,
};
use crate::money::Currency;
use crate::rates::Rates;

/// A receipt in kronor with these lines; `rest` is laid over it.
pub(super) fn receipt(lines: Value, rest: Value) -> Value {
    let mut body = json!({
        "store": "s", "receiptNumber": "1", "createdAt": "2026-11-22T16:42:07+01:00", "currency": "SEK",
        "lines": lines
    });
    let (Value::Object(body_map), Value::Object(rest)) = (&mut body, rest) else { panic!("no objects") };
    body_map.extend(rest);
    body
}

/// Kronor as the group's currency.
pub(super) fn rates() -> Rates {
    Rates::new(Some(Currency::parse("SEK").unwrap()), Vec::new()).unwrap()
}

pub(super) fn settled(body: &Value, owner: Option<Owner>, sales: &[Sale]) -> Settling {
    settle(&parse(body), &Known { store: None, rates: &rates(), owner, sales })
}

/// The settlement of a receipt that has no fault.
pub(super) fn money(body: &Value, owner: Option<Owner>, sales: &[Sale]) -> Settlement {
    let settling = settled(body, owner, sales);
    settling.settlement.unwrap_or_else(|| panic!("{:?} {:?}", parse(body).findings, settling.findings))
}

/// What is found, in reading and settling, as `code pointer`; that the store isn't set up is left out.
pub(super) fn found(body: &Value, sales: &[Sale]) -> Vec<String> {
    let settling = settled(body, None, sales);
    let findings = parse(body).findings.into_iter().chain(settling.findings);
    let shown = |finding: Finding| {
        let mark = if finding.severity == Severity::Fault { "!" } else { "" };
        format!("{mark}{} {}", finding.code, finding.pointer)
    };
    findings.filter(|finding| finding.code != "unknownStore").map(shown).collect()
}

/// The sale that a receipt is, under the id `sale`.
pub(super) fn sale(body: &Value, owner: Option<Owner>, drawn: &[super::Drawn]) -> Sale {
    sale_as("sale", body, owner, Standing::Good, drawn)
}

pub(super) fn sale_as(
    id: &str,
    body: &Value,
    owner: Option<Owner>,
    standing: Standing,
    drawn: &[super::Drawn],
) -> Sale {
    let settlement = money(body, owner, &[]);
    let reading = parse(body);
    let settled = SettledReceipt::new(reading.receipt.as_ref().unwrap(), &settlement).unwrap();
    Sale::of(id, &settled, owner, standing, drawn)
}

/// What each part comes to: its total, its lines (negative where they are returns) and its payments by type.
pub(super) fn parts(body: &Value, settlement: &Settlement) -> Vec<Part> {
    let reading = parse(body);
    let settled = SettledReceipt::new(reading.receipt.as_ref().unwrap(), settlement).unwrap();
    settled.parts().map(|part| shown(&part)).collect()
}

/// A part, for comparing, in minor units.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) total: i64,
    pub(super) lines: Vec<i64>,
    pub(super) payments: Vec<(String, i64)>,
    pub(super) taxes: Vec<(String, i64)>,
}

pub(super) fn shown(part: &SettledPart<'_>) -> Part {
    let sign = |back: bool, amount: i64| if back { -amount } else { amount };
    let shown = Part {
        total: part.total().minor(),
        lines: part.lines().map(|line| sign(line.back, line.paid.minor())).collect(),
        payments: part.payments().map(|row| (row.kind.to_owned(), row.amount.minor())).collect(),
        taxes: part
            .taxes()
            .map(|row| (row.money.percent.decimal().to_string(), row.money.amount.minor()))
            .collect(),
    };
    assert_eq!(shown.payments.iter().map(|row| row.1).sum::<i64>(), shown.total, "{shown:?}");
    shown
}

/// `[("card", 100)]` as a part has it.
pub(super) fn rows(rows: &[(&str, i64)]) -> Vec<(String, i64)> {
    rows.iter().map(|&(kind, amount)| (kind.to_owned(), amount)).collect()
}
