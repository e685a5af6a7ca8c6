//! The discounts of a line or of the receipt.

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::read_all;
use crate::receipt::finding::At;
use crate::receipt::read::Reader;
use crate::receipt::{DISCOUNTS_MAX, Discount, LINES_MAX, Reduction};

pub(super) const FIELDS: [&str; 6] = ["amount", "percent", "type", "description", "offer", "lines"];

/// Where a discount stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    Line,
    Return,
    Receipt,
}

pub(super) fn read_discounts<'a>(
    reader: &mut Reader,
    at: &At<'_>,
    value: &'a Value,
    whose: Whose,
) -> Vec<Discount<'a>> {
    let nothing = || Discount {
        reduction: Reduction::Amount(Decimal::ZERO),
        kind: None,
        description: None,
        offer: None,
        lines: None,
    };
    let item = |reader: &mut Reader, at: &At<'_>, map| read_discount(reader, at, map, whose);
    read_all(reader, at, value, DISCOUNTS_MAX, item, nothing)
}

fn read_discount<'a>(
    reader: &mut Reader,
    at: &At<'_>,
    map: &'a Map<String, Value>,
    whose: Whose,
) -> Discount<'a> {
    let (mut amount, mut percent, mut kind, mut description, mut offer, mut lines) =
        (None, None, None, None, None, None);
    for (key, value) in map {
        let at = at.field(key);
        match key.as_str() {
            // Positive on a return too, like every figure of a line.
            "amount" if whose == Whose::Return => {
                amount = reader.decimal(&at, value).map(|amount| amount.abs());
            }
            "amount" => amount = reader.amount(&at, value),
            "percent" => percent = reader.percent(&at, value),
            "type" => kind = reader.text(&at, value),
            "description" => description = reader.text(&at, value),
            "offer" => offer = reader.text(&at, value),
            "lines" => lines = read_limit(reader, &at, value, whose),
            _ => reader.unknown(&at, key, &FIELDS),
        }
    }
    let reduction = match (amount, percent) {
        (Some(amount), None) => Some(Reduction::Amount(amount)),
        (Some(amount), Some(_)) => {
            let detail = "the amount counts and the percentage is not used; send one of them";
            reader.findings.warn("discountAmountAndPercent", &at.field("percent"), detail);
            Some(Reduction::Amount(amount))
        }
        (None, percent) => percent.map(Reduction::Percent),
    };
    if reduction.is_none() && !reader.findings.has_fault_at(&at.field("percent")) {
        let detail = "say how much the discount takes off: an amount or a percent";
        reader.require(&at.field("amount"), reduction, "discountValueMissing", detail);
    }
    // What can't be read takes nothing off meanwhile.
    let reduction = reduction.unwrap_or(Reduction::Amount(Decimal::ZERO));
    Discount { reduction, kind, description, offer, lines }
}

/// The ids of the lines that a receipt's discount is limited to.
fn read_limit<'a>(reader: &mut Reader, at: &At<'_>, value: &'a Value, whose: Whose) -> Option<Vec<&'a str>> {
    if value.is_null() {
        return None;
    }
    if whose != Whose::Receipt {
        let detail =
            "not read: a line's own discount is that line's; put it among the receipt's to name lines";
        reader.findings.warn("linesNotRead", at, detail);
        return None;
    }
    let items = reader.list(at, value, LINES_MAX);
    if items.is_empty() && !reader.findings.has_fault_at(at) {
        let detail =
            "the discount is limited to no line at all; name the lines, or leave `lines` out for all";
        reader.findings.fault("discountWithoutLines", at, detail);
    }
    let ids = items.iter().enumerate().filter_map(|(position, value)| {
        let at = at.item(position);
        let id = reader.text(&at, value);
        reader.require(&at, id, "discountLineUnknown", "name a line by the text of its `id`")
    });
    Some(ids.collect())
}
