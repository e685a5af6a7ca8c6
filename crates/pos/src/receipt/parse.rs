//! From any JSON to a receipt: every field that is known, every finding at once.
//!
//! Each object is walked once, so that a field nobody reads is seen; what must be there is asked for after the
//! walk. Configuration plays no part: what depends on the store is settled later.

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::finding::At;
use super::read::Reader;
use super::{
    DISCOUNTS_MAX, DigitalReceipt, Discount, Extra, Kind, LINES_MAX, Line, PAYMENTS_MAX, Payment, Price,
    RawIdentifier, Reading, Receipt, Reduction, TAXES_MAX, Tax, When,
};
use crate::identifier;
use crate::money::{Currency, Percent};

/// Kinds of line that later releases deliver.
const LATER_KINDS: [&str; 7] = ["return", "giftCard", "deposit", "fee", "shipping", "donation", "tip"];

const RECEIPT_FIELDS: [&str; 19] = [
    "store",
    "till",
    "receiptNumber",
    "operator",
    "createdAt",
    "currency",
    "exchangeRate",
    "pricesInclude",
    "contact",
    "lines",
    "discounts",
    "payments",
    "total",
    "taxes",
    "extraData",
    "digitalReceipt",
    "training",
    "checkout",
    "id",
];

const LINE_FIELDS: [&str; 18] = [
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

/// Reads a receipt from any JSON.
///
/// Never panics and never stops at the first thing that is wrong; the receipt is there when no fault was found.
#[must_use]
pub fn parse(body: &Value) -> Reading<'_> {
    let mut reader = Reader::default();
    let draft = match body {
        Value::Object(map) => read_receipt(&mut reader, map),
        _ => {
            reader.findings.fault(
                "notAnObject",
                &At::Root,
                "a receipt is a JSON object; send { \"store\": … }",
            );
            ReceiptDraft::default()
        }
    };
    let (store, receipt_number, created_at) = (draft.store, draft.receipt_number, draft.created_at);
    let training = draft.training;
    let complete = match body {
        Value::Object(_) => draft.complete(&mut reader),
        _ => None,
    };
    let receipt = complete.filter(|_| !reader.findings.has_fault());
    Reading { receipt, store, receipt_number, created_at, training, findings: reader.findings.finish() }
}

#[derive(Default)]
struct ReceiptDraft<'a> {
    store: Option<&'a str>,
    till: Option<&'a str>,
    receipt_number: Option<&'a str>,
    operator: Option<&'a str>,
    created_at: Option<When>,
    currency: Option<Currency>,
    exchange_rate: Option<Decimal>,
    contact: Vec<RawIdentifier<'a>>,
    lines: Option<Vec<Line<'a>>>,
    discounts: Vec<Discount<'a>>,
    payments: Vec<Payment<'a>>,
    total: Option<Decimal>,
    taxes: Vec<Tax<'a>>,
    extra_data: Vec<Extra<'a>>,
    digital_receipt: Option<DigitalReceipt<'a>>,
    training: bool,
    checkout: Option<&'a str>,
}

fn read_receipt<'a>(reader: &mut Reader, map: &'a Map<String, Value>) -> ReceiptDraft<'a> {
    let mut draft = ReceiptDraft::default();
    for (key, value) in map {
        let at = At::Root.field(key);
        match key.as_str() {
            "store" => draft.store = reader.text(&at, value),
            "till" => draft.till = reader.text(&at, value),
            "receiptNumber" => draft.receipt_number = reader.text(&at, value),
            "operator" => draft.operator = reader.text(&at, value),
            "createdAt" => draft.created_at = read_time(reader, &at, value),
            "currency" => draft.currency = reader.currency(&at, value),
            "exchangeRate" => draft.exchange_rate = read_rate(reader, &at, value),
            "pricesInclude" => read_prices_include(reader, &at, value),
            "contact" => draft.contact = read_contact(reader, &at, value),
            "lines" => draft.lines = read_lines(reader, &at, value),
            "discounts" => draft.discounts = read_discounts(reader, &at, value, Whose::Receipt),
            "payments" => draft.payments = read_all(reader, &at, value, PAYMENTS_MAX, read_payment),
            "total" => draft.total = reader.amount(&at, value),
            "taxes" => draft.taxes = read_all(reader, &at, value, TAXES_MAX, read_tax),
            "extraData" => draft.extra_data = reader.extra_data(&at, value),
            "digitalReceipt" => draft.digital_receipt = read_digital_receipt(reader, &at, value),
            "training" => draft.training = reader.flag(&at, value).unwrap_or(false),
            "checkout" => draft.checkout = reader.text(&at, value),
            // A receipt's id stands in the address that it is sent to; a till may repeat it here.
            "id" => {}
            _ => reader.unknown(&at, key, &RECEIPT_FIELDS),
        }
    }
    draft
}

impl<'a> ReceiptDraft<'a> {
    fn complete(self, reader: &mut Reader) -> Option<Receipt<'a>> {
        let root = At::Root;
        let store = "say which store sold it, by its external id";
        let store = reader.require(&root.field("store"), self.store, "storeMissing", store);
        let number = "send the number that is printed on the receipt";
        let number =
            reader.require(&root.field("receiptNumber"), self.receipt_number, "receiptNumberMissing", number);
        let lines =
            reader.require(&root.field("lines"), self.lines, "noLines", "a receipt has at least one line");
        Some(Receipt {
            store: store?,
            till: self.till,
            receipt_number: number?,
            operator: self.operator,
            created_at: self.created_at,
            currency: self.currency,
            exchange_rate: self.exchange_rate,
            contact: self.contact,
            lines: lines?,
            discounts: self.discounts,
            payments: self.payments,
            total: self.total,
            taxes: self.taxes,
            extra_data: self.extra_data,
            digital_receipt: self.digital_receipt,
            training: self.training,
            checkout: self.checkout,
        })
    }
}

fn read_time(reader: &mut Reader, at: &At<'_>, value: &Value) -> Option<When> {
    let text = reader.text(at, value)?;
    let when = When::parse(text);
    if let Err(error) = when {
        reader.findings.fault("createdAtInvalid", at, error.to_string());
    }
    when.ok()
}

fn read_rate(reader: &mut Reader, at: &At<'_>, value: &Value) -> Option<Decimal> {
    let rate = reader.decimal(at, value)?;
    if rate > Decimal::ZERO {
        return Some(rate);
    }
    let detail = "a rate is above zero: what a local amount is multiplied by to be in the group currency";
    reader.findings.fault("exchangeRateNotPositive", at, detail);
    None
}

fn read_prices_include(reader: &mut Reader, at: &At<'_>, value: &Value) {
    match reader.text(at, value) {
        None | Some("tax") => {}
        Some("noTax") => {
            let detail = "this release delivers prices with tax; the receipt is kept until it can";
            reader.findings.fault("pricesWithoutTaxNotYetSupported", at, detail);
        }
        Some(_) => reader.findings.fault("pricesIncludeUnknown", at, "say `tax` or `noTax`, or leave it out"),
    }
}

fn read_contact<'a>(reader: &mut Reader, at: &At<'_>, value: &'a Value) -> Vec<RawIdentifier<'a>> {
    if value.is_null() {
        return Vec::new();
    }
    let Some(map) = reader.object(at, value) else { return Vec::new() };
    let known = identifier::Kind::ALL.map(identifier::Kind::as_str);
    for key in map.keys().filter(|key| !known.contains(&key.as_str())) {
        reader.unknown(&at.field(key), key, &known);
    }
    // In the order of `Kind::ALL`: JSON says nothing about the order of an object's names.
    let identifiers = identifier::Kind::ALL.into_iter().filter_map(|kind| {
        let value = map.get(kind.as_str())?;
        let text = match value {
            // A number is what a scanner makes of a card: unlike a slip in a description it is as good as text.
            Value::Number(number) => number.as_str(),
            _ => reader.text(&at.field(kind.as_str()), value)?,
        };
        Some(RawIdentifier { kind, text })
    });
    identifiers.collect()
}

fn read_digital_receipt<'a>(
    reader: &mut Reader,
    at: &At<'_>,
    value: &'a Value,
) -> Option<DigitalReceipt<'a>> {
    if value.is_null() {
        return None;
    }
    let map = reader.object(at, value)?;
    let mut language = None;
    for (key, value) in map {
        let at = at.field(key);
        match key.as_str() {
            "language" => language = reader.text(&at, value),
            _ => reader.unknown(&at, key, &["language"]),
        }
    }
    let detail = "this release doesn't send digital receipts; give the customer a printed one";
    reader.findings.warn("digitalReceiptNotSent", at, detail);
    Some(DigitalReceipt { language })
}

/// Reads each item of a list; one that can't be read is a fault and left out.
fn read_all<'a, T>(
    reader: &mut Reader,
    at: &At<'_>,
    value: &'a Value,
    max: usize,
    mut item: impl FnMut(&mut Reader, &At<'_>, &'a Map<String, Value>) -> Option<T>,
) -> Vec<T> {
    let items = reader.list(at, value, max);
    let mut read = Vec::with_capacity(items.len());
    for (position, value) in items.iter().enumerate() {
        let at = at.item(position);
        read.extend(reader.object(&at, value).and_then(|map| item(reader, &at, map)));
    }
    read
}

/// The lines, or `None` when there are none.
fn read_lines<'a>(reader: &mut Reader, at: &At<'_>, value: &'a Value) -> Option<Vec<Line<'a>>> {
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
            _ => reader.unknown(&at, key, &LINE_FIELDS),
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
        let neither = !reader.findings.has_fault_at(&at.field("paid"));
        if neither {
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

/// Where a discount stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    Line,
    Receipt,
}

fn read_discounts<'a>(reader: &mut Reader, at: &At<'_>, value: &'a Value, whose: Whose) -> Vec<Discount<'a>> {
    read_all(reader, at, value, DISCOUNTS_MAX, |reader, at, map| read_discount(reader, at, map, whose))
}

fn read_discount<'a>(
    reader: &mut Reader,
    at: &At<'_>,
    map: &'a Map<String, Value>,
    whose: Whose,
) -> Option<Discount<'a>> {
    const FIELDS: [&str; 6] = ["amount", "percent", "type", "description", "offer", "lines"];
    let (mut amount, mut percent, mut kind, mut description, mut offer, mut lines) =
        (None, None, None, None, None, None);
    for (key, value) in map {
        let at = at.field(key);
        match key.as_str() {
            "amount" => amount = reader.amount(&at, value),
            "percent" => percent = reader.percent(&at, value),
            "type" => kind = reader.text(&at, value),
            "description" => description = reader.text(&at, value),
            "offer" => offer = reader.text(&at, value),
            "lines" => lines = read_limit(reader, &at, value, whose),
            _ => reader.unknown(&at, key, &FIELDS),
        }
    }
    if offer.is_some() {
        let detail = "this release doesn't redeem offers; redeem it in Engage by hand";
        reader.findings.warn("offerNotRedeemed", &at.field("offer"), detail);
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
    if !reader.findings.has_fault_at(&at.field("percent")) {
        let detail = "say how much the discount takes off: an amount or a percent";
        reader.require(&at.field("amount"), reduction, "discountValueMissing", detail);
    }
    Some(Discount { reduction: reduction?, kind, description, offer, lines })
}

/// The ids of the lines that a receipt's discount is limited to.
fn read_limit<'a>(reader: &mut Reader, at: &At<'_>, value: &'a Value, whose: Whose) -> Option<Vec<&'a str>> {
    if value.is_null() {
        return None;
    }
    if whose == Whose::Line {
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

fn read_payment<'a>(reader: &mut Reader, at: &At<'_>, map: &'a Map<String, Value>) -> Option<Payment<'a>> {
    let (mut kind, mut amount, mut description) = (None, None, None);
    for (key, value) in map {
        let at = at.field(key);
        match key.as_str() {
            "type" => kind = reader.text(&at, value),
            "amount" => amount = reader.decimal(&at, value),
            "description" => description = reader.text(&at, value),
            _ => reader.unknown(&at, key, &["type", "amount", "description"]),
        }
    }
    let kind = reader.require(
        &at.field("type"),
        kind,
        "paymentTypeMissing",
        "say how it was paid: card, cash, swish …",
    );
    let amount =
        reader.require(&at.field("amount"), amount, "paymentAmountMissing", "say how much was paid so");
    Some(Payment { kind: kind?, amount: amount?, description })
}

fn read_tax<'a>(reader: &mut Reader, at: &At<'_>, map: &'a Map<String, Value>) -> Option<Tax<'a>> {
    let (mut percent, mut amount, mut description) = (None, None, None);
    for (key, value) in map {
        let at = at.field(key);
        match key.as_str() {
            "percent" => percent = reader.percent(&at, value),
            "amount" => amount = reader.amount(&at, value),
            "description" => description = reader.text(&at, value),
            _ => reader.unknown(&at, key, &["percent", "amount", "description"]),
        }
    }
    let percent =
        reader.require(&at.field("percent"), percent, "taxPercentMissing", "say the tax rate in percent");
    let amount = reader.require(
        &at.field("amount"),
        amount,
        "taxValueMissing",
        "say the tax that was paid at this rate",
    );
    Some(Tax { percent: percent?, amount: amount?, description })
}
