//! The lines of a receipt.
//!
//! Signs are taken care of here: figures of a return are positive afterwards, and something else than goods that
//! was paid back is marked so. What couldn't be read is blank, so that the other lines keep their places.

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::discount::{Whose, read_discounts};
use super::form::Form;
use super::{SharedTax, read_all};
use crate::money::Percent;
use crate::receipt::finding::At;
use crate::receipt::read::Reader;
use crate::receipt::{
    Discount, Extra, Kind, LINE_TAXES_MAX, LINES_MAX, Line, LineTax, Price, QUANTITY_MAX, Quantity,
    Reference, TaxOfLine,
};

/// Units that say no more than that it is pieces.
const PIECE_UNITS: [&str; 8] = ["pcs", "pc", "piece", "pieces", "each", "ea", "st", "stk"];

/// The lines, or `None` when there are none.
pub(super) fn read_lines<'a>(
    reader: &mut Reader,
    at: &At<'_>,
    value: &'a Value,
    form: Form,
    shared: SharedTax,
) -> Option<Vec<Line<'a>>> {
    let item = |reader: &mut Reader, at: &At<'_>, map| read_line(reader, at, map, form, shared);
    let lines = read_all(reader, at, value, LINES_MAX, item, || blank(Kind::Purchase));
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

/// A line of which nothing is known.
fn blank<'a>(kind: Kind) -> Line<'a> {
    Line {
        kind,
        back: kind == Kind::Return,
        id: None,
        of: None,
        sku: None,
        article_number: None,
        name: None,
        group: None,
        quantity: None,
        price: None,
        tax: LineTax::Unstated,
        discounts: Vec::new(),
        extra_data: Vec::new(),
        awards_points: None,
        discountable: false,
        price_override: false,
    }
}

#[derive(Default)]
struct LineDraft<'a> {
    id: Option<&'a str>,
    of: Option<Reference<'a>>,
    sku: Option<&'a str>,
    article_number: Option<&'a str>,
    name: Option<&'a str>,
    group: Option<&'a str>,
    quantity: Option<Decimal>,
    unit: Option<&'a str>,
    unit_price: Option<Decimal>,
    paid: Option<Decimal>,
    tax_percent: Option<Percent>,
    tax_amount: Option<Decimal>,
    taxes: Vec<TaxOfLine<'a>>,
    discounts: Vec<Discount<'a>>,
    extra_data: Vec<Extra<'a>>,
    awards_points: Option<bool>,
    discountable: Option<bool>,
    price_override: Option<bool>,
}

fn read_line<'a>(
    reader: &mut Reader,
    at: &At<'_>,
    map: &'a Map<String, Value>,
    form: Form,
    shared: SharedTax,
) -> Line<'a> {
    let Some(kind) = read_kind(reader, at, map.get("kind")) else {
        let id = map.get("id").and_then(Value::as_str);
        return Line { id, ..blank(Kind::Purchase) };
    };
    let whose = if kind == Kind::Return { Whose::Return } else { Whose::Line };
    let mut draft = LineDraft::default();
    for (key, value) in map {
        let at = at.field(key);
        match key.as_str() {
            name if !form.line_fields().contains(&name) => reader.unknown(&at, key, form.line_fields()),
            "of" if form == Form::Order => leave_out_reference(reader, &at, value),
            "of" => draft.of = read_reference(reader, &at, value, kind),
            "id" => draft.id = reader.text(&at, value),
            "sku" => draft.sku = reader.text(&at, value),
            "articleNumber" => draft.article_number = reader.text(&at, value),
            "name" => draft.name = reader.text(&at, value),
            "group" => draft.group = reader.text(&at, value),
            "quantity" => draft.quantity = reader.decimal(&at, value),
            "unit" => draft.unit = reader.text(&at, value),
            "unitPrice" => draft.unit_price = reader.decimal(&at, value),
            "paid" => draft.paid = reader.decimal(&at, value),
            "taxPercent" => draft.tax_percent = reader.percent(&at, value),
            "taxAmount" => draft.tax_amount = reader.decimal(&at, value),
            "taxes" => draft.taxes = read_taxes(reader, &at, value),
            "discounts" => draft.discounts = read_discounts(reader, &at, value, whose),
            "extraData" if form == Form::Receipt => draft.extra_data = reader.extra_data(&at, value),
            "awardsPoints" => draft.awards_points = reader.flag(&at, value),
            "discountable" => draft.discountable = reader.flag(&at, value),
            "priceOverride" => draft.price_override = reader.flag(&at, value),
            // The kind, which is read above, and what is an order's own, which is read beside this.
            _ => {}
        }
    }
    let back = draft.settle_signs(reader, at, kind);
    if back {
        draft.leave_out_offers(reader, at);
    }
    draft.complete(reader, at, kind, back, shared)
}

impl<'a> LineDraft<'a> {
    /// What is taken back uses no offer: what becomes of those of its sale is decided by what they gave.
    fn leave_out_offers(&mut self, reader: &mut Reader, at: &At<'_>) {
        let list = at.field("discounts");
        for (row, discount) in self.discounts.iter_mut().enumerate() {
            if discount.offer.take().is_some() {
                let detail = "not read: a line that is paid back uses no offer; name offers on what is sold";
                reader.findings.warn("offerOnReturn", &list.item(row).field("offer"), detail);
            }
        }
    }

    /// Makes every figure positive, or names what can't be below zero; says whether the line was paid back.
    fn settle_signs(&mut self, reader: &mut Reader, at: &At<'_>, kind: Kind) -> bool {
        let negative = |figure: Option<Decimal>| figure.is_some_and(|figure| figure < Decimal::ZERO);
        let goods = [self.quantity, self.unit_price, self.paid].into_iter().any(negative);
        let back = match kind {
            Kind::Purchase => {
                for (name, figure) in [
                    ("unitPrice", &mut self.unit_price),
                    ("paid", &mut self.paid),
                    ("taxAmount", &mut self.tax_amount),
                ] {
                    *figure = figure.and_then(|figure| reader.not_negative(&at.field(name), figure));
                }
                return false;
            }
            Kind::Return => {
                if goods || negative(self.tax_amount) {
                    let detail =
                        "figures of a return are positive here; the signs were left out: leave them out too";
                    reader.findings.warn("returnSign", at, detail);
                }
                true
            }
            Kind::GiftCard | Kind::Deposit | Kind::Fee | Kind::Shipping | Kind::Donation | Kind::Tip => goods,
        };
        for figure in [&mut self.quantity, &mut self.unit_price, &mut self.paid, &mut self.tax_amount] {
            *figure = figure.map(|figure| figure.abs());
        }
        back
    }

    fn complete(
        self,
        reader: &mut Reader,
        at: &At<'_>,
        kind: Kind,
        back: bool,
        shared: SharedTax,
    ) -> Line<'a> {
        let of_sale = self.of.is_some();
        let sku = self.sku.or(self.article_number);
        if kind.is_merchandise() && !of_sale {
            let detail = "say which article it is, by its sku or at least its articleNumber";
            reader.require(&at.field("sku"), sku, "skuMissing", detail);
        }
        let mut quantity = self.quantity.and_then(|amount| self.read_quantity(reader, at, kind, amount));
        if !kind.is_merchandise() && self.quantity.is_none() {
            quantity = Some(Quantity::Pieces(1));
        } else if !of_sale {
            let detail = "say how many pieces, or how much";
            reader.require(&at.field("quantity"), quantity, "quantityMissing", detail);
        }
        let price = match (self.paid, self.unit_price) {
            (Some(paid), unit) => Some(Price::Paid { paid, unit }),
            (None, unit) => unit.map(Price::Unit),
        };
        if price.is_none() && !of_sale && !reader.findings.has_fault_at(&at.field("paid")) {
            let detail = "say the price of a piece, or what was paid for the line (paid)";
            reader.require(&at.field("unitPrice"), price, "priceMissing", detail);
        }
        let tax = self.tax(reader, at, kind, shared);
        Line {
            kind,
            back,
            id: self.id,
            of: self.of,
            sku,
            article_number: self.article_number,
            name: self.name,
            group: self.group,
            quantity,
            price,
            tax,
            discounts: self.discounts,
            extra_data: self.extra_data,
            awards_points: self.awards_points,
            discountable: self.discountable.unwrap_or(kind == Kind::Purchase) && kind != Kind::Return,
            price_override: self.price_override.unwrap_or(false),
        }
    }

    fn read_quantity(
        &self,
        reader: &mut Reader,
        at: &At<'_>,
        kind: Kind,
        amount: Decimal,
    ) -> Option<Quantity<'a>> {
        let at_quantity = at.field("quantity");
        if amount <= Decimal::ZERO {
            let detail = match kind {
                Kind::Purchase => {
                    "a purchase line has at least 1 piece; leave out lines that were voided, and say `return` of goods taken back"
                }
                _ => "the quantity is 0; leave out lines that were voided",
            };
            reader.findings.fault("quantityNotPositive", &at_quantity, detail);
            return None;
        }
        if amount > Decimal::from(QUANTITY_MAX) {
            let detail = format!("a line has at most {QUANTITY_MAX} of a thing; check for a scanned code");
            reader.findings.fault("quantityTooLarge", &at_quantity, detail);
            return None;
        }
        let measured =
            self.unit.filter(|unit| !PIECE_UNITS.iter().any(|piece| piece.eq_ignore_ascii_case(unit)));
        match (u32::try_from(amount).ok().filter(|_| amount.is_integer()), measured) {
            (Some(pieces), None) => return Some(Quantity::Pieces(pieces)),
            // Of a return by reference the sale says what it is measured in.
            (None, None) if self.of.is_some() => {}
            (None, None) => {
                let detail =
                    "not a whole number of pieces, so it is read as measured; say the unit, such as kg";
                reader.findings.warn("unitMissing", &at.field("unit"), detail);
            }
            (_, Some(_)) => {}
        }
        Some(Quantity::Measure { amount, unit: measured })
    }

    fn tax(&self, reader: &mut Reader, at: &At<'_>, kind: Kind, shared: SharedTax) -> LineTax<'a> {
        let (percent, amount) = (self.tax_percent, self.tax_amount);
        if !self.taxes.is_empty() {
            if percent.is_some() || amount.is_some() {
                let detail = "the list of taxes counts; send taxPercent and taxAmount only without it";
                reader.findings.warn("taxStatedTwice", &at.field("taxes"), detail);
            }
            return LineTax::Several(self.taxes.clone());
        }
        match (percent, amount, shared) {
            (None, None, SharedTax::OfReceipt) => return LineTax::Unstated,
            (None, None, SharedTax::None | SharedTax::NoRows) if self.of.is_some() => {
                return LineTax::Unstated;
            }
            (None, Some(_), SharedTax::OfReceipt | SharedTax::NoRows) => {}
            (None, _, _) if !kind.is_merchandise() => {
                // Without a word there is none; an amount alone says the rate too.
                let none = amount.is_none().then_some(Percent::ZERO);
                return LineTax::One { percent: none, amount };
            }
            (None, Some(_), SharedTax::None) if self.of.is_some() => {}
            (None, _, _) if !reader.findings.has_fault_at(&at.field("taxes")) => {
                let detail = "say the tax rate in percent, also when it is 0";
                reader.require(&at.field("taxPercent"), percent, "taxPercentMissing", detail);
            }
            (_, _, _) => {}
        }
        LineTax::One { percent, amount }
    }
}

/// The kind; `None` when it is none that is known, and nothing else is read of the line then.
fn read_kind(reader: &mut Reader, at: &At<'_>, value: Option<&Value>) -> Option<Kind> {
    let at = at.field("kind");
    let Some(text) = value.and_then(|value| reader.text(&at, value)) else {
        reader.findings.warn("kindMissing", &at, "read as a purchase; say `purchase`");
        return Some(Kind::Purchase);
    };
    let known = Kind::ALL.into_iter().find(|kind| kind.as_str() == text);
    if known.is_none() {
        let names = Kind::ALL.map(Kind::as_str).join(", ");
        reader.findings.fault(
            "lineKindUnknown",
            &at,
            format!("this isn't a kind of line; say one of {names}"),
        );
    }
    known
}

/// What a line is a return of; said and not read on another line, or where it names no receipt.
fn read_reference<'a>(
    reader: &mut Reader,
    at: &At<'_>,
    value: &'a Value,
    kind: Kind,
) -> Option<Reference<'a>> {
    if value.is_null() {
        return None;
    }
    if kind != Kind::Return {
        let detail = "not read: only a line of the kind `return` refers to another receipt";
        reader.findings.warn("referenceNotRead", at, detail);
        return None;
    }
    let map = reader.object(at, value)?;
    let (mut receipt, mut line) = (None, None);
    for (key, value) in map {
        let at = at.field(key);
        match key.as_str() {
            "receipt" => receipt = reader.text(&at, value),
            "line" => line = read_line_name(reader, &at, value),
            _ => reader.unknown(&at, key, &["receipt", "line"]),
        }
    }
    if receipt.is_none() {
        let detail = "not read: it names no receipt; say the id of the sale's receipt";
        reader.findings.warn("referenceNotRead", at, detail);
    }
    Some(Reference { receipt: receipt?, line })
}

/// An order draws on no sale: the receipt of the same return does, and once is enough.
fn leave_out_reference(reader: &mut Reader, at: &At<'_>, value: &Value) {
    if !value.is_null() {
        let detail =
            "not read: a return goes by its own figures on an order; name what it returns among `references`";
        reader.findings.warn("referenceNotRead", at, detail);
    }
}

/// A line's id or position; a number is as good as text here.
fn read_line_name<'a>(reader: &mut Reader, at: &At<'_>, value: &'a Value) -> Option<&'a str> {
    match value {
        Value::Number(number) => Some(number.as_str()),
        other => reader.text(at, other),
    }
}

fn read_taxes<'a>(reader: &mut Reader, at: &At<'_>, value: &'a Value) -> Vec<TaxOfLine<'a>> {
    let none = || TaxOfLine { percent: Percent::ZERO, amount: None, description: None };
    let taxes = read_all(reader, at, value, LINE_TAXES_MAX, read_tax, none);
    if Percent::sum(taxes.iter().map(|tax| tax.percent)).is_none() {
        let detail = "the taxes of a line come to more than 100 percent; check them";
        reader.findings.fault("percentOutOfRange", at, detail);
        return Vec::new();
    }
    taxes
}

fn read_tax<'a>(reader: &mut Reader, at: &At<'_>, map: &'a Map<String, Value>) -> TaxOfLine<'a> {
    let (mut percent, mut amount, mut description) = (None, None, None);
    for (key, value) in map {
        let at = at.field(key);
        match key.as_str() {
            "percent" => percent = reader.percent(&at, value),
            // Positive also on a return, like every figure of a line.
            "amount" => amount = reader.decimal(&at, value).map(|amount| amount.abs()),
            "description" => description = reader.text(&at, value),
            _ => reader.unknown(&at, key, &["percent", "amount", "description"]),
        }
    }
    let detail = "say the tax rate in percent";
    let percent = reader.require(&at.field("percent"), percent, "taxPercentMissing", detail);
    TaxOfLine { percent: percent.unwrap_or(Percent::ZERO), amount, description }
}
