//! The lines of a receipt.

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::discount::{Whose, read_discounts};
use super::read_all;
use crate::money::Percent;
use crate::receipt::finding::At;
use crate::receipt::read::Reader;
use crate::receipt::{Discount, Extra, Kind, LINES_MAX, Line, Price};

/// Kinds of line that later releases deliver.
const LATER_KINDS: [&str; 7] = ["return", "giftCard", "deposit", "fee", "shipping", "donation", "tip"];

pub(super) const FIELDS: [&str; 18] = [
    "id",
    "kind",
    "of",
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
    "discounts",
    "extraData",
    "awardsPoints",
    "discountable",
    "priceOverride",
];

/// The lines, or `None` when there are none.
pub(super) fn read_lines<'a>(reader: &mut Reader, at: &At<'_>, value: &'a Value) -> Option<Vec<Line<'a>>> {
    let lines = read_all(reader, at, value, LINES_MAX, read_line);
    let mut ids: Vec<&str> = lines.iter().filter_map(|line| line.id).collect();
    ids.sort_unstable();
    if ids.windows(2).any(|pair| pair[0] == pair[1]) {
        let detail =
            "two lines have one id; a discount or return that names it means both: number them apart";
        reader.findings.warn("lineIdDuplicate", at, detail);
    }
    let listed = matches!(value, Value::Array(items) if !items.is_empty());
    listed.then_some(lines)
}

#[derive(Default)]
struct LineDraft<'a> {
    id: Option<&'a str>,
    sku: Option<&'a str>,
    article_number: Option<&'a str>,
    name: Option<&'a str>,
    group: Option<&'a str>,
    quantity: Option<u32>,
    unit_price: Option<Decimal>,
    paid: Option<Decimal>,
    tax_percent: Option<Percent>,
    tax_amount: Option<Decimal>,
    discounts: Vec<Discount<'a>>,
    extra_data: Vec<Extra<'a>>,
    awards_points: Option<bool>,
    discountable: Option<bool>,
    price_override: Option<bool>,
}

fn read_line<'a>(reader: &mut Reader, at: &At<'_>, map: &'a Map<String, Value>) -> Option<Line<'a>> {
    let kind = read_kind(reader, at, map.get("kind"))?;
    let mut draft = LineDraft::default();
    for (key, value) in map {
        let at = at.field(key);
        match key.as_str() {
            // Read above, or read once lines refer to other receipts.
            "kind" | "of" => {}
            "id" => draft.id = reader.text(&at, value),
            "sku" => draft.sku = reader.text(&at, value),
            "articleNumber" => draft.article_number = reader.text(&at, value),
            "name" => draft.name = reader.text(&at, value),
            "group" => draft.group = reader.text(&at, value),
            "quantity" => draft.quantity = reader.quantity(&at, value),
            "unit" => read_unit(reader, &at, value),
            "unitPrice" => draft.unit_price = reader.amount(&at, value),
            "paid" => draft.paid = reader.amount(&at, value),
            "taxPercent" => draft.tax_percent = reader.percent(&at, value),
            "taxAmount" => draft.tax_amount = reader.amount(&at, value),
            "discounts" => draft.discounts = read_discounts(reader, &at, value, Whose::Line),
            "extraData" => draft.extra_data = reader.extra_data(&at, value),
            "awardsPoints" => draft.awards_points = reader.flag(&at, value),
            "discountable" => draft.discountable = reader.flag(&at, value),
            "priceOverride" => draft.price_override = reader.flag(&at, value),
            _ => reader.unknown(&at, key, &FIELDS),
        }
    }
    draft.complete(reader, at, kind)
}

impl<'a> LineDraft<'a> {
    fn complete(self, reader: &mut Reader, at: &At<'_>, kind: Kind) -> Option<Line<'a>> {
        let sku = "say which article it is, by its sku or at least its articleNumber";
        let sku = reader.require(&at.field("sku"), self.sku.or(self.article_number), "skuMissing", sku);
        let quantity = "say how many pieces were sold";
        let quantity = reader.require(&at.field("quantity"), self.quantity, "quantityMissing", quantity);
        let percent = "say the tax rate in percent, also when it is 0";
        let percent = reader.require(&at.field("taxPercent"), self.tax_percent, "taxPercentMissing", percent);
        let price = match (self.paid, self.unit_price) {
            (Some(paid), unit) => Some(Price::Paid { paid, unit }),
            (None, unit) => unit.map(Price::Unit),
        };
        if price.is_none() && !reader.findings.has_fault_at(&at.field("paid")) {
            let detail = "say the price of a piece, or what was paid for the line (paid)";
            reader.require(&at.field("unitPrice"), price, "priceMissing", detail);
        }
        let sku = sku?;
        Some(Line {
            kind,
            id: self.id,
            sku,
            article_number: self.article_number.unwrap_or(sku),
            name: self.name.unwrap_or(sku),
            group: self.group,
            quantity: quantity?,
            price: price?,
            tax_percent: percent?,
            tax_amount: self.tax_amount,
            discounts: self.discounts,
            extra_data: self.extra_data,
            awards_points: self.awards_points,
            discountable: self.discountable.unwrap_or(true),
            price_override: self.price_override.unwrap_or(false),
        })
    }
}

/// The kind, when this release delivers it. Nothing else is read of a line that it doesn't.
fn read_kind(reader: &mut Reader, at: &At<'_>, value: Option<&Value>) -> Option<Kind> {
    let at = at.field("kind");
    let text = value.and_then(|value| reader.text(&at, value));
    match text {
        Some("purchase") => Some(Kind::Purchase),
        None => {
            reader.findings.warn("kindMissing", &at, "read as a purchase; say `purchase`");
            Some(Kind::Purchase)
        }
        Some(kind) => {
            let detail = if LATER_KINDS.contains(&kind) {
                format!(
                    "this release doesn't deliver lines of the kind `{kind}`; the receipt is kept until it can"
                )
            } else {
                "this isn't a kind of line; goods sold are a `purchase`".to_owned()
            };
            reader.findings.fault("lineKindNotYetSupported", &at, detail);
            None
        }
    }
}

fn read_unit(reader: &mut Reader, at: &At<'_>, value: &Value) {
    if reader.text(at, value).is_some() {
        let detail = "this release delivers whole pieces; goods sold by a unit are kept until it can";
        reader.findings.fault("quantityNotWhole", at, detail);
    }
}
