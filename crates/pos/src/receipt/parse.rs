//! From any JSON to a receipt: every field that is known, every finding at once.
//!
//! Each object is walked once, so that a field nobody reads is seen; what must be there is asked for after the
//! walk. Configuration plays no part: what depends on the store is settled later.

mod digital;
mod discount;
mod form;
mod line;

use std::collections::HashSet;

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use self::digital::read_digital_receipt;
use self::discount::{Whose, read_discounts};
use self::form::Form;
use self::line::read_lines;
use super::finding::At;
use super::read::Reader;
use super::{
    DigitalReceipt, Discount, Extra, Line, OFFERS_MAX, PAYMENTS_MAX, Payment, Prices, REFERENCES_MAX,
    RawIdentifier, Reading, Receipt, TAXES_MAX, Tax, When,
};
use crate::identifier;
use crate::money::{Currency, Percent};

/// How a till says that its prices are without tax.
const WITHOUT_TAX: &str = "noTax";

/// The fields that are read of a receipt, of a line and of a discount, for whoever documents them.
#[must_use]
pub fn known_fields() -> [(&'static str, &'static [&'static str]); 3] {
    [("receipt", &form::RECEIPT), ("line", &form::RECEIPT_LINE), ("discount", &discount::FIELDS)]
}

/// The same of an order.
pub(crate) fn order_fields() -> [(&'static str, &'static [&'static str]); 3] {
    [("order", &form::ORDER), ("line", &form::ORDER_LINE), ("discount", &discount::FIELDS)]
}

/// What an order says that a receipt says too; names that nobody reads are said of all its fields.
pub(crate) fn read_order<'a>(reader: &mut Reader, map: &'a Map<String, Value>) -> Receipt<'a> {
    read_receipt(reader, map, Form::Order).complete(reader, Form::Order)
}

/// Reads a receipt from any JSON.
///
/// Never panics and never stops at the first thing that is wrong; the receipt is there when no fault was found.
#[must_use]
pub fn parse(body: &Value) -> Reading<'_> {
    let mut reader = Reader::default();
    let mut reading = Reading {
        receipt: None,
        store: None,
        receipt_number: None,
        created_at: None,
        training: false,
        findings: Vec::new(),
        broken: None,
    };
    if let Value::Object(map) = body {
        let draft = read_receipt(&mut reader, map, Form::Receipt);
        reading.store = draft.store;
        reading.receipt_number = draft.receipt_number;
        reading.created_at = draft.created_at;
        reading.training = draft.training;
        let receipt = draft.complete(&mut reader, Form::Receipt);
        if reader.findings.has_fault() {
            reading.broken = Some(receipt);
        } else {
            reading.receipt = Some(receipt);
        }
    } else {
        reader.findings.fault("notAnObject", &At::Root, "a receipt is a JSON object; send { \"store\": … }");
    }
    reading.findings = reader.findings.finish();
    reading
}

/// Whether a line that states no tax shares the receipt's: only where prices are without tax.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SharedTax {
    /// Prices are with tax.
    None,
    /// Prices are without tax, and there are no rows to share.
    NoRows,
    /// Prices are without tax, and the receipt lists its taxes.
    OfReceipt,
}

impl SharedTax {
    fn of(map: &Map<String, Value>) -> Self {
        let without_tax = map.get("pricesInclude").and_then(Value::as_str) == Some(WITHOUT_TAX);
        let rows = map.get("taxes").and_then(Value::as_array).is_some_and(|rows| !rows.is_empty());
        match (without_tax, rows) {
            (false, _) => Self::None,
            (true, false) => Self::NoRows,
            (true, true) => Self::OfReceipt,
        }
    }
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
    prices: Prices,
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

fn read_receipt<'a>(reader: &mut Reader, map: &'a Map<String, Value>, form: Form) -> ReceiptDraft<'a> {
    let mut draft = ReceiptDraft::default();
    let shared = SharedTax::of(map);
    for (key, value) in map {
        let at = At::Root.field(key);
        match key.as_str() {
            name if !form.fields().contains(&name) => reader.unknown(&at, key, form.fields()),
            "store" => draft.store = reader.text(&at, value),
            "till" => draft.till = reader.text(&at, value),
            "receiptNumber" => draft.receipt_number = reader.text(&at, value),
            "operator" => draft.operator = reader.text(&at, value),
            "createdAt" => draft.created_at = read_time(reader, &at, value, "createdAtInvalid"),
            "currency" => draft.currency = reader.currency(&at, value),
            "exchangeRate" => draft.exchange_rate = read_rate(reader, &at, value),
            "pricesInclude" => draft.prices = read_prices(reader, &at, value),
            "contact" => draft.contact = read_contact(reader, &at, value),
            "lines" => draft.lines = read_lines(reader, &at, value, form, shared),
            "discounts" => draft.discounts = read_discounts(reader, &at, value, Whose::Receipt),
            "payments" => draft.payments = read_payments(reader, &at, value),
            "total" => draft.total = reader.decimal(&at, value),
            "taxes" => draft.taxes = read_taxes(reader, &at, value),
            "extraData" => draft.extra_data = reader.extra_data(&at, value),
            "digitalReceipt" => draft.digital_receipt = read_digital_receipt(reader, &at, value),
            "training" => draft.training = reader.flag(&at, value).unwrap_or(false),
            "checkout" => draft.checkout = reader.text(&at, value),
            // The id stands in the address that it is sent to, and a till may repeat it here; the rest is an order's
            // own, which is read beside this.
            _ => {}
        }
    }
    draft
}

impl<'a> ReceiptDraft<'a> {
    /// The receipt; what is missing is a fault, and blank.
    fn complete(self, reader: &mut Reader, form: Form) -> Receipt<'a> {
        let root = At::Root;
        let store = "say which store sold it, by its external id";
        let store = reader.require(&root.field("store"), self.store, "storeMissing", store);
        let number = "send the number that is printed on the receipt";
        let number = match form {
            Form::Receipt => {
                let at = root.field("receiptNumber");
                reader.require(&at, self.receipt_number, "receiptNumberMissing", number)
            }
            Form::Order => None,
        };
        let lines = reader.require(
            &root.field("lines"),
            self.lines,
            "noLines",
            "say what was sold: at least one line",
        );
        let receipt = Receipt {
            store: store.unwrap_or_default(),
            till: self.till,
            receipt_number: number.unwrap_or_default(),
            operator: self.operator,
            created_at: self.created_at,
            currency: self.currency,
            exchange_rate: self.exchange_rate,
            prices: self.prices,
            contact: self.contact,
            lines: lines.unwrap_or_default(),
            discounts: self.discounts,
            payments: self.payments,
            total: self.total,
            taxes: self.taxes,
            extra_data: self.extra_data,
            digital_receipt: self.digital_receipt,
            training: self.training,
            checkout: self.checkout,
        };
        check_whole(reader, &receipt);
        receipt
    }
}

/// What only the receipt as a whole shows.
fn check_whole(reader: &mut Reader, receipt: &Receipt<'_>) {
    let root = At::Root;
    if receipt.references().count() > REFERENCES_MAX {
        let detail = format!("its returns name more than {REFERENCES_MAX} receipts; part it");
        reader.findings.fault("tooMany", &root.field("lines"), detail);
    }
    if receipt.offers_named().collect::<HashSet<_>>().len() > OFFERS_MAX {
        let detail = format!("it uses more than {OFFERS_MAX} offers; part it");
        reader.findings.fault("tooMany", &root.field("discounts"), detail);
    }
    if receipt.lines.iter().any(|line| line.back) {
        return;
    }
    if let Some(total) = receipt.total {
        reader.not_negative(&root.field("total"), total);
    }
    let taxes = root.field("taxes");
    for (row, tax) in receipt.taxes.iter().enumerate() {
        reader.not_negative(&taxes.item(row).field("amount"), tax.amount);
    }
}

/// A time; `code` is said of what is none.
pub(crate) fn read_time(reader: &mut Reader, at: &At<'_>, value: &Value, code: &'static str) -> Option<When> {
    let text = reader.text(at, value)?;
    let when = When::parse(text);
    if let Err(error) = when {
        reader.findings.fault(code, at, error.to_string());
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

fn read_prices(reader: &mut Reader, at: &At<'_>, value: &Value) -> Prices {
    match reader.text(at, value) {
        None | Some("tax") => Prices::WithTax,
        Some(WITHOUT_TAX) => Prices::WithoutTax,
        Some(_) => {
            reader.findings.fault("pricesIncludeUnknown", at, "say `tax` or `noTax`, or leave it out");
            Prices::WithTax
        }
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

fn read_payments<'a>(reader: &mut Reader, at: &At<'_>, value: &'a Value) -> Vec<Payment<'a>> {
    let none = || Payment { kind: "", amount: Decimal::ZERO, description: None, offer: None };
    read_all(reader, at, value, PAYMENTS_MAX, read_payment, none)
}

fn read_payment<'a>(reader: &mut Reader, at: &At<'_>, map: &'a Map<String, Value>) -> Payment<'a> {
    let (mut kind, mut amount, mut description, mut offer) = (None, None, None, None);
    for (key, value) in map {
        let at = at.field(key);
        match key.as_str() {
            "type" => kind = reader.text(&at, value),
            "amount" => amount = reader.decimal(&at, value),
            "description" => description = reader.text(&at, value),
            "offer" => offer = reader.text(&at, value),
            _ => reader.unknown(&at, key, &["type", "amount", "description", "offer"]),
        }
    }
    let how = "say how it was paid: card, cash, swish …";
    let kind = reader.require(&at.field("type"), kind, "paymentTypeMissing", how);
    let much = "say how much was paid so";
    let amount = reader.require(&at.field("amount"), amount, "paymentAmountMissing", much);
    Payment { kind: kind.unwrap_or_default(), amount: amount.unwrap_or_default(), description, offer }
}

fn read_taxes<'a>(reader: &mut Reader, at: &At<'_>, value: &'a Value) -> Vec<Tax<'a>> {
    let none = || Tax { percent: Percent::ZERO, amount: Decimal::ZERO, description: None };
    read_all(reader, at, value, TAXES_MAX, read_tax, none)
}

fn read_tax<'a>(reader: &mut Reader, at: &At<'_>, map: &'a Map<String, Value>) -> Tax<'a> {
    let (mut percent, mut amount, mut description) = (None, None, None);
    for (key, value) in map {
        let at = at.field(key);
        match key.as_str() {
            "percent" => percent = reader.percent(&at, value),
            "amount" => amount = reader.decimal(&at, value),
            "description" => description = reader.text(&at, value),
            _ => reader.unknown(&at, key, &["percent", "amount", "description"]),
        }
    }
    let rate = "say the tax rate in percent";
    let percent = reader.require(&at.field("percent"), percent, "taxPercentMissing", rate);
    let much = "say the tax that was paid at this rate";
    let amount = reader.require(&at.field("amount"), amount, "taxValueMissing", much);
    Tax { percent: percent.unwrap_or(Percent::ZERO), amount: amount.unwrap_or_default(), description }
}

/// Reads each item of a list. One that is no object is a fault, and blank: the others keep their places.
fn read_all<'a, T>(
    reader: &mut Reader,
    at: &At<'_>,
    value: &'a Value,
    max: usize,
    mut item: impl FnMut(&mut Reader, &At<'_>, &'a Map<String, Value>) -> T,
    blank: impl Fn() -> T,
) -> Vec<T> {
    let items = reader.list(at, value, max);
    let mut read = Vec::with_capacity(items.len());
    for (position, value) in items.iter().enumerate() {
        let at = at.item(position);
        read.push(match reader.object(&at, value) {
            Some(map) => item(reader, &at, map),
            None => blank(),
        });
    }
    read
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::parse;
    use crate::receipt::known_fields;

    #[test]
    fn every_field_that_is_suggested_is_read() {
        let [body, line, cut] = known_fields().map(|(_, fields)| -> Value {
            fields.iter().map(|field| ((*field).to_owned(), Value::Null)).collect()
        });
        for body in [body, json!({ "lines": [line] }), json!({ "discounts": [cut] })] {
            let unread: Vec<_> =
                parse(&body).findings.into_iter().filter(|one| one.code == "unknownField").collect();
            assert_eq!(unread, []);
        }
    }
}
