//! The rows of a receipt as the JSON that a till would have sent, and the way back from a place in that to a row.

use std::borrow::Cow;

use jiff::tz::TimeZone;
use pos::money::Currency;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::columns::{Columns, Tables};
use super::field::Field;
use super::gathered::{Gathered, Held};
use super::goods::{self, Goods, Reduction, number};
use crate::check::Clocks;
use crate::finding::masked;
use crate::mapping::{Part, Unfit};
use crate::{Entity, Finding, Severity};

/// The till's words for a line's texts, and the fields that they are made of.
const TEXTS: [(&str, Field); 6] = [
    ("sku", Field::Sku),
    ("articleNumber", Field::ArticleNumber),
    ("name", Field::Name),
    ("group", Field::Group),
    ("unit", Field::Unit),
    ("discountName", Field::DiscountName),
];

/// A receipt in a till's words.
pub(super) struct Till {
    /// The body of `PUT /v1/receipts/{id}`, without the contact.
    pub(super) json: Map<String, Value>,
    /// The contact's key, as the export writes it.
    pub(super) contact: Option<String>,
    /// What is wrong with single values.
    pub(super) findings: Vec<Finding>,
    places: Places,
}

/// Which row each entry of a list is from.
#[derive(Default)]
struct Places {
    lines: Vec<usize>,
    /// Of each line, its own discounts.
    discounts_of_lines: Vec<Vec<usize>>,
    discounts: Vec<usize>,
    payments: Vec<usize>,
    taxes: Vec<usize>,
}

impl Till {
    /// Where a JSON pointer into the body leads: a row, and the field that the value is made of.
    pub(super) fn place(&self, pointer: &str) -> (usize, Option<Field>) {
        let mut path = pointer.split('/').skip(1);
        let (word, position, below) = (path.next().unwrap_or_default(), path.next(), path.next());
        let at = |rows: &[usize]| position.and_then(|at| rows.get(at.parse::<usize>().ok()?).copied());
        match word {
            "contact" => (0, Some(Field::Contact)),
            "lines" => {
                let mut discount = || {
                    let own = self.places.discounts_of_lines.get(position?.parse::<usize>().ok()?)?;
                    own.get(path.next()?.parse::<usize>().ok()?).copied()
                };
                let row = match below {
                    Some("discounts") => discount().or_else(|| at(&self.places.lines)),
                    _ => at(&self.places.lines),
                };
                (row.unwrap_or(0), below.and_then(Field::of_line))
            }
            "discounts" => (at(&self.places.discounts).unwrap_or(0), Some(Field::Amount)),
            "taxes" => (at(&self.places.taxes).unwrap_or(0), Some(Field::TaxAmount)),
            "payments" if below == Some("type") => {
                (at(&self.places.payments).unwrap_or(0), Some(Field::PaymentType))
            }
            "payments" => (at(&self.places.payments).unwrap_or(0), Some(Field::PaymentAmount)),
            _ => (0, Field::of_receipt(word)),
        }
    }

    /// Puts a receipt into a till's words.
    pub(super) fn of(receipt: &Gathered, tables: &Tables, currency: &str, clocks: &Clocks) -> Self {
        let mut reader = Reader { receipt, tables, findings: Vec::new() };
        let mut json = Map::new();
        reader.head(&mut json, &receipt.id, currency, clocks);
        let contact = reader.of_head(Field::Contact, Reader::text).map(Cow::into_owned);
        let currency =
            json.get("currency").and_then(Value::as_str).and_then(|code| Currency::parse(code).ok());
        let mut rows = Rows::default();
        let details = (0..receipt.rows.len()).filter(|&row| receipt.rows[row].part == receipt.detail());
        details.for_each(|row| reader.row(row, &mut rows));
        reader.payment_of_head(&mut rows, &json);
        let Rows { mut goods, discounts, payments, taxes } = rows;
        let shared = goods::tie(&mut goods, discounts, currency);
        let mut places = Places::default();
        let lines = goods.iter().map(|line| line.json(!shared.is_empty())).collect();
        json.insert("lines".to_owned(), Value::Array(lines));
        for line in &goods {
            places.lines.push(line.row);
            places.discounts_of_lines.push(line.discounts.iter().map(|discount| discount.row).collect());
        }
        places.discounts.extend(shared.iter().map(|discount| discount.row));
        insert(&mut json, "discounts", shared.iter().map(Reduction::json).collect());
        for (name, entries, rows) in
            [("payments", payments, &mut places.payments), ("taxes", taxes, &mut places.taxes)]
        {
            rows.extend(entries.iter().map(|(row, _)| *row));
            insert(&mut json, name, entries.into_iter().map(|(_, entry)| Value::Object(entry)).collect());
        }
        Self { json, contact, findings: reader.findings, places }
    }
}

fn insert(json: &mut Map<String, Value>, name: &str, list: Vec<Value>) {
    if !list.is_empty() {
        json.insert(name.to_owned(), Value::Array(list));
    }
}

/// What the rows of a receipt come to.
#[derive(Default)]
struct Rows {
    goods: Vec<Goods>,
    discounts: Vec<Reduction>,
    payments: Vec<(usize, Map<String, Value>)>,
    taxes: Vec<(usize, Map<String, Value>)>,
}

/// Reads values, and keeps what is wrong with them.
struct Reader<'r> {
    receipt: &'r Gathered,
    tables: &'r Tables,
    findings: Vec<Finding>,
}

impl<'r> Reader<'r> {
    fn held(&self, row: usize) -> (&'r Held, &'r Columns) {
        let held = &self.receipt.rows[row];
        (held, self.tables.columns(held))
    }

    fn text(&mut self, row: usize, field: Field) -> Option<Cow<'r, str>> {
        let (held, columns) = self.held(row);
        let at = columns.at(field)?;
        columns.bound.text(at, &held.row).unwrap_or_else(|unfit| self.unfit(row, field, unfit))
    }

    fn decimal(&mut self, row: usize, field: Field) -> Option<Decimal> {
        let (held, columns) = self.held(row);
        let at = columns.at(field)?;
        columns.bound.decimal(at, &held.row).unwrap_or_else(|unfit| self.unfit(row, field, unfit))
    }

    fn unfit<T>(&mut self, row: usize, field: Field, unfit: Unfit) -> Option<T> {
        self.say(row, field, Severity::Blocker, unfit);
        None
    }

    fn say(&mut self, row: usize, field: Field, severity: Severity, unfit: Unfit) {
        self.findings.push(Finding {
            severity,
            code: unfit.code.to_owned(),
            reason: unfit.reason,
            mend: unfit.mend,
            ..finding_at(self.receipt, self.tables, row, Some(field))
        });
    }

    /// When it was made, with the offset of the store's clock, which Engage wants (fact R-09), or else of the retailer's.
    fn time(&mut self, row: usize, clock: Option<&TimeZone>) -> Option<String> {
        let (held, columns) = self.held(row);
        let at = columns.at(Field::CreatedAt)?;
        let read = match clock {
            Some(clock) => columns.bound.time_in(at, &held.row, clock),
            None => columns.bound.time(at, &held.row),
        };
        let moment = match read {
            Ok(moment) => moment?,
            Err(unfit) => return self.unfit(row, Field::CreatedAt, unfit),
        };
        let text = moment.to_string();
        if let Some(note) = moment.note {
            self.say(row, Field::CreatedAt, Severity::Warning, note);
        }
        Some(text)
    }

    /// What is of the whole receipt: the first of its rows that says it.
    fn of_head<T>(&mut self, field: Field, read: impl Fn(&mut Self, usize, Field) -> Option<T>) -> Option<T> {
        let heads =
            (0..self.receipt.rows.len()).take_while(|&row| self.receipt.rows[row].part == Part::Whole);
        for row in heads {
            let said = self.findings.len();
            let value = read(self, row, field);
            if value.is_some() || self.findings.len() > said {
                return value;
            }
        }
        None
    }

    /// What all rows say alike.
    fn head(&mut self, json: &mut Map<String, Value>, id: &str, currency: &str, clocks: &Clocks) {
        const TEXTS: [Field; 6] = [
            Field::Store,
            Field::Till,
            Field::ReceiptNumber,
            Field::Operator,
            Field::Currency,
            Field::PricesInclude,
        ];
        for field in TEXTS {
            if let Some(text) = self.of_head(field, Self::text) {
                json.insert(field.as_str().to_owned(), Value::String(text.into_owned()));
            }
        }
        for field in [Field::ExchangeRate, Field::Total] {
            if let Some(figure) = self.of_head(field, Self::decimal) {
                json.insert(field.as_str().to_owned(), number(figure));
            }
        }
        let clock =
            json.get(Field::Store.as_str()).and_then(Value::as_str).and_then(|store| clocks.of(store));
        if let Some(at) = self.of_head(Field::CreatedAt, |reader, row, _| reader.time(row, clock)) {
            json.insert(Field::CreatedAt.as_str().to_owned(), Value::String(at));
        }
        // An export that has no printed number has at least what it tells receipts apart by.
        json.entry(Field::ReceiptNumber.as_str()).or_insert_with(|| Value::from(id));
        json.entry(Field::Currency.as_str()).or_insert_with(|| Value::from(currency));
    }

    /// One row of what the receipt holds.
    fn row(&mut self, row: usize, rows: &mut Rows) {
        let kind = self.text(row, Field::Kind);
        match kind.as_deref().unwrap_or_else(|| self.kind_by_content(row)) {
            "" => {}
            "discount" => {
                let amount =
                    self.figure(row, [Field::Amount, Field::Paid, Field::Discount, Field::UnitPrice]);
                if let Some(amount) = amount.filter(|amount| !amount.is_zero()) {
                    let name = self.text(row, Field::DiscountName).or_else(|| self.text(row, Field::Name));
                    let sku = self.text(row, Field::Sku).or_else(|| self.text(row, Field::ArticleNumber));
                    let (name, sku) = (name.map(Cow::into_owned), sku.map(Cow::into_owned));
                    rows.discounts.push(Reduction { row, amount: amount.abs(), name, sku });
                }
            }
            "payment" => {
                let kind = self.text(row, Field::PaymentType).or_else(|| self.text(row, Field::Name));
                let amount =
                    self.figure(row, [Field::PaymentAmount, Field::Amount, Field::Paid, Field::Total]);
                rows.payments.push((row, payment(kind.as_deref(), amount)));
            }
            "tax" => {
                let mut tax = Map::new();
                if let Some(percent) = self.decimal(row, Field::TaxPercent) {
                    tax.insert("percent".to_owned(), number(percent));
                }
                if let Some(amount) = self.figure(row, [Field::TaxAmount, Field::Amount, Field::Paid]) {
                    tax.insert("amount".to_owned(), number(amount));
                }
                rows.taxes.push((row, tax));
            }
            "void" => {
                let cancelled = self.goods(row, "purchase");
                goods::cancel(&mut rows.goods, &cancelled);
            }
            kind => {
                let kind = if kind == "sale" { "purchase" } else { kind };
                let mut goods = self.goods(row, kind);
                goods.settle_signs();
                rows.goods.push(goods);
            }
        }
    }

    /// What a row is that doesn't say so. One that is neither goods nor a payment is what is left of a JSON line whose lists
    /// are empty.
    fn kind_by_content(&self, row: usize) -> &'static str {
        let (held, columns) = self.held(row);
        let says = |field: &Field| {
            let at = columns.at(*field).filter(|at| !columns.bound.columns(*at).is_empty());
            at.is_some_and(|at| !columns.bound.raw(at, &held.row).trim().is_empty())
        };
        const GOODS: [Field; 7] = [
            Field::Sku,
            Field::ArticleNumber,
            Field::Name,
            Field::Quantity,
            Field::Amount,
            Field::Paid,
            Field::UnitPrice,
        ];
        match (GOODS.iter().any(says), says(&Field::PaymentAmount)) {
            (true, _) => "sale",
            (false, true) => "payment",
            (false, false) => "",
        }
    }

    fn goods(&mut self, row: usize, kind: &str) -> Goods {
        let texts =
            TEXTS.iter().filter_map(|&(word, field)| Some((word, self.text(row, field)?.into_owned())));
        let texts = texts.collect();
        let mut goods = Goods {
            row,
            kind: kind.to_owned(),
            texts,
            quantity: self.decimal(row, Field::Quantity),
            unit_price: self.decimal(row, Field::UnitPrice),
            amount: self.decimal(row, Field::Amount),
            paid: self.decimal(row, Field::Paid),
            tax_percent: self.decimal(row, Field::TaxPercent),
            tax_amount: self.decimal(row, Field::TaxAmount),
            returns: self.text(row, Field::ReturnsReceipt).map(Cow::into_owned),
            ..Goods::default()
        };
        if let Some(amount) = self.decimal(row, Field::Discount).filter(|amount| !amount.is_zero()) {
            let name = self.text(row, Field::DiscountName).map(Cow::into_owned);
            goods.discounts.push(Reduction { row, amount: amount.abs(), name, sku: None });
        }
        goods
    }

    /// The first of these that is said.
    fn figure<const N: usize>(&mut self, row: usize, fields: [Field; N]) -> Option<Decimal> {
        fields.into_iter().find_map(|field| self.decimal(row, field))
    }

    /// How it was paid, where the first row says so and no row is a payment.
    fn payment_of_head(&mut self, rows: &mut Rows, json: &Map<String, Value>) {
        if !rows.payments.is_empty() {
            return;
        }
        let Some(kind) = self.text(0, Field::PaymentType) else { return };
        let total = || json.get(Field::Total.as_str())?.as_str()?.parse().ok();
        if let Some(amount) = self.decimal(0, Field::PaymentAmount).or_else(total) {
            rows.payments.push((0, payment(Some(&kind), Some(amount))));
        }
    }
}

fn payment(kind: Option<&str>, amount: Option<Decimal>) -> Map<String, Value> {
    let mut payment = Map::new();
    payment.insert("type".to_owned(), Value::from(kind.unwrap_or("other")));
    if let Some(amount) = amount {
        payment.insert("amount".to_owned(), number(amount));
    }
    payment
}

/// A blocker without a word, at a field of a row.
pub(super) fn finding_at(receipt: &Gathered, tables: &Tables, row: usize, field: Option<Field>) -> Finding {
    let held = &receipt.rows[row];
    let columns = tables.columns(held);
    let at = field.and_then(|field| columns.at(field));
    let value = at.map(|at| columns.bound.raw(at, &held.row)).filter(|value| !value.trim().is_empty());
    Finding {
        entity: Entity::Receipts,
        severity: Severity::Blocker,
        code: String::new(),
        at: held.at,
        field: field.map(|field| field.as_str().to_owned()),
        columns: at.map(|at| columns.bound.columns(at).to_vec()).unwrap_or_default(),
        value: value.map(|value| masked(value.trim())),
        reason: String::new(),
        mend: String::new(),
    }
}
