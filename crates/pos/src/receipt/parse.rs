//! From any JSON to a receipt: every field that is known, every finding at once.
//!
//! Each object is walked once, so that a field nobody reads is seen; what must be there is asked for after the
//! walk. Configuration plays no part: what depends on the store is settled later.

mod discount;
mod line;

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use self::discount::{Whose, read_discounts};
use self::line::read_lines;
use super::finding::At;
use super::read::Reader;
use super::{
    DigitalReceipt, Discount, Extra, Line, PAYMENTS_MAX, Payment, RawIdentifier, Reading, Receipt, TAXES_MAX,
    Tax, When,
};
use crate::identifier;
use crate::money::Currency;

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

/// The fields that are read of a receipt, of a line and of a discount, for whoever documents them.
#[must_use]
pub fn known_fields() -> [(&'static str, &'static [&'static str]); 3] {
    [("receipt", &RECEIPT_FIELDS), ("line", &line::FIELDS), ("discount", &discount::FIELDS)]
}

/// Reads a receipt from any JSON.
///
/// Never panics and never stops at the first thing that is wrong; the receipt is there when no fault was found.
#[must_use]
pub fn parse(body: &Value) -> Reading<'_> {
    let mut reader = Reader::default();
    let draft = match body {
        Value::Object(map) => read_receipt(&mut reader, map),
        _ => {
            let detail = "a receipt is a JSON object; send { \"store\": … }";
            reader.findings.fault("notAnObject", &At::Root, detail);
            let findings = reader.findings.finish();
            return Reading {
                receipt: None,
                store: None,
                receipt_number: None,
                created_at: None,
                training: false,
                findings,
            };
        }
    };
    let (store, receipt_number, created_at, training) =
        (draft.store, draft.receipt_number, draft.created_at, draft.training);
    let receipt = draft.complete(&mut reader).filter(|_| !reader.findings.has_fault());
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{RECEIPT_FIELDS, parse};

    #[test]
    fn every_field_that_is_suggested_is_read() {
        let body: Value = RECEIPT_FIELDS.iter().map(|field| ((*field).to_owned(), Value::Null)).collect();
        let line: Value =
            super::line::FIELDS.iter().map(|field| ((*field).to_owned(), Value::Null)).collect();
        let cut: Value =
            super::discount::FIELDS.iter().map(|field| ((*field).to_owned(), Value::Null)).collect();
        for body in [body, json!({ "lines": [line] }), json!({ "discounts": [cut] })] {
            let unread: Vec<_> =
                parse(&body).findings.into_iter().filter(|one| one.code == "unknownField").collect();
            assert_eq!(unread, []);
        }
    }
}
