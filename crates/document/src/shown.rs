//! What a customer is shown of a receipt: every text and amount that the template sets, and nothing else.
//!
//! A line shows what it cost before every discount, beneath it what its own discounts took off; discounts of the
//! whole receipt, tax on top and what the till's total doesn't explain come after the lines. So the column adds up to
//! the total, whatever the till said.

use pos::money::{Amount, Currency};
use pos::receipt::{
    Kind, Line, PaidBy, Price, Prices, SettledDiscount, SettledLine, SettledPayment, SettledReceipt, VatRow,
};
use pos::store::{Letterhead, Printed};
use rust_decimal::Decimal;
use serde::Serialize;

use crate::Language;
use crate::text::{clean, clean_some};

/// Payments that money is given back from.
const CASH: &str = "cash";

/// What is shown as change.
const CHANGE: &str = "change";

/// What a payment is as a discount that was a voucher.
const VOUCHER: &str = "voucher";

/// Who made the receipt.
#[derive(Debug, Clone, Copy)]
pub struct Issuer<'a> {
    /// What people call the store.
    pub name: &'a str,
    /// What its customers read of it.
    pub letterhead: &'a Letterhead,
}

/// What the receipt itself doesn't say.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// The till's id of the receipt, which is shown and scanned.
    pub id: &'a str,
    /// Who made it.
    pub issuer: Issuer<'a>,
    /// Where the document can be read: then the code leads there.
    pub link: Option<&'a str>,
    /// Whether it was voided.
    pub voided: bool,
}

/// A receipt as it is shown: the fields that a template can set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Document {
    /// What it is written in.
    pub language: Language,
    /// The till's id of the receipt.
    pub id: String,
    /// What the code says: the link, else the id.
    pub code: String,
    /// Whether it was voided.
    pub voided: bool,
    /// Who made it.
    pub issuer: ShownIssuer,
    /// The printed number.
    pub number: String,
    /// The till.
    pub till: Option<String>,
    /// Who stood at the till.
    pub operator: Option<String>,
    /// The day, at the till.
    pub date: String,
    /// The time of the day, at the till.
    pub time: String,
    /// Everything that was sold or taken back.
    pub lines: Vec<ShownLine>,
    /// What the lines come to, where something follows that changes it.
    pub subtotal: Option<String>,
    /// Discounts of the whole receipt.
    pub discounts: Vec<ShownDiscount>,
    /// The tax, where prices are without it.
    pub tax_on_top: Option<String>,
    /// What of the till's total nothing explains.
    pub difference: Option<String>,
    /// The total, with its currency.
    pub total: String,
    /// What amounts are in.
    pub currency: &'static str,
    /// How it was paid.
    pub payments: Vec<ShownPayment>,
    /// The tax by its rate.
    pub vat: Vec<ShownVat>,
    /// The receipts that it takes something back of.
    pub references: Vec<String>,
}

/// Who made it, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShownIssuer {
    /// What people call the store.
    pub name: String,
    /// The lines of its address.
    pub address: Vec<String>,
    /// Its telephone.
    pub phone: Option<String>,
    /// The number that it is registered under.
    pub organisation_number: Option<String>,
    /// Its number for VAT.
    pub vat_number: Option<String>,
    /// Its page.
    pub website: Option<String>,
}

/// A line as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShownLine {
    /// The article; absent where the till named it by its kind alone.
    pub name: Option<String>,
    /// What it is, as a till calls it: `purchase`, `giftCard`.
    pub kind: &'static str,
    /// Whether it was paid back; its amounts are below zero then.
    pub back: bool,
    /// How many, or how much and of what; absent for one piece.
    pub quantity: Option<String>,
    /// The price of one, where it explains the amount.
    pub unit_price: Option<String>,
    /// What it cost before every discount.
    pub amount: String,
    /// What its own discounts took off.
    pub discounts: Vec<ShownDiscount>,
}

/// A discount as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShownDiscount {
    /// What the till calls it.
    pub description: Option<String>,
    /// Whether it was a voucher.
    pub voucher: bool,
    /// What it took off, with its sign.
    pub amount: String,
}

/// A payment as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShownPayment {
    /// What the till calls its kind: `card`, `change`.
    pub kind: String,
    /// What the customer reads.
    pub description: Option<String>,
    /// How much, with its sign.
    pub amount: String,
}

/// The tax of one rate as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShownVat {
    /// The rate.
    pub rate: String,
    /// What it was paid on.
    pub net: String,
    /// The tax.
    pub tax: String,
    /// Both together.
    pub gross: String,
}

/// What is shown of a receipt.
#[must_use]
pub fn document(receipt: &SettledReceipt<'_>, told: &Told<'_>, language: Language) -> Document {
    let settlement = receipt.settlement();
    let writer = Writer { language, currency: settlement.currency, prices: receipt.receipt().prices };
    let column = Column::of(receipt, &writer);
    let at = settlement.created_at.offset().to_datetime(settlement.created_at.timestamp());
    Document {
        language,
        id: clean(told.id),
        code: told.link.unwrap_or(told.id).to_owned(),
        voided: told.voided,
        issuer: issuer(&told.issuer),
        number: clean(receipt.receipt().receipt_number),
        till: clean_some(receipt.receipt().till),
        operator: clean_some(receipt.receipt().operator),
        date: language.date(at),
        time: language.time(at),
        subtotal: column.has_more().then(|| writer.amount(column.subtotal)),
        tax_on_top: column.tax_on_top.map(|tax| writer.amount(tax)),
        difference: (!column.difference.is_zero()).then(|| writer.amount(column.difference)),
        lines: column.lines,
        discounts: column.discounts,
        total: language.money(settlement.currency, settlement.total),
        currency: settlement.currency.code(),
        payments: payments(receipt, &writer),
        vat: vat(receipt, &writer),
        references: receipt.receipt().references().map(clean).collect(),
    }
}

fn issuer(issuer: &Issuer<'_>) -> ShownIssuer {
    let Letterhead { address, phone, organisation_number, vat_number, website } = issuer.letterhead;
    let printed = |text: &Option<Printed>| clean_some(text.as_ref().map(Printed::as_str));
    ShownIssuer {
        name: clean(issuer.name),
        address: address.iter().map(|line| clean(line.as_str())).collect(),
        phone: printed(phone),
        organisation_number: printed(organisation_number),
        vat_number: printed(vat_number),
        website: printed(website),
    }
}

/// The rates, the highest first.
fn vat(receipt: &SettledReceipt<'_>, writer: &Writer) -> Vec<ShownVat> {
    let mut rows = receipt.vat_summary();
    rows.sort_by_key(|row| std::cmp::Reverse(row.percent));
    rows.iter().map(|row| writer.vat(row)).collect()
}

/// How figures are written here.
struct Writer {
    language: Language,
    currency: Currency,
    prices: Prices,
}

impl Writer {
    fn amount(&self, amount: Amount) -> String {
        self.language.amount(self.currency, amount)
    }

    fn vat(&self, vat: &VatRow) -> ShownVat {
        ShownVat {
            rate: self.language.percent(vat.percent),
            net: self.amount(vat.net),
            tax: self.amount(vat.tax),
            gross: self.amount(vat.gross),
        }
    }

    /// A discount that took this much off, or gave it back.
    fn discount(&self, discount: &SettledDiscount<'_>, amount: Amount) -> ShownDiscount {
        ShownDiscount {
            description: clean_some(discount.description),
            voucher: discount.kind == Some(VOUCHER),
            amount: self.amount(amount),
        }
    }

    fn line(&self, receipt: &SettledReceipt<'_>, line: &SettledLine<'_>, said: &Line<'_>) -> ShownLine {
        let before = self.before(line);
        let (number, unit) = match line.measure {
            Some((amount, unit)) => (amount, unit),
            None => (Decimal::from(line.pieces), None),
        };
        let price = match self.prices {
            Prices::WithTax => receipt.unit_price(line),
            Prices::WithoutTax => said.price.and_then(Price::unit).filter(|&price| {
                self.currency.times(price, number).is_ok_and(|(amount, _)| amount == before)
            }),
        };
        let is_one = line.measure.is_none() && line.pieces == 1;
        let number = self.language.number(number.normalize());
        let quantity = match clean_some(unit) {
            Some(unit) => format!("{number}\u{a0}{unit}"),
            None => number,
        };
        ShownLine {
            name: clean_some(Some(line.name).filter(|&name| name != line.kind.as_str())),
            kind: if line.back && line.is_merchandise() { Kind::Return.as_str() } else { line.kind.as_str() },
            back: line.back,
            quantity: (!is_one).then_some(quantity),
            unit_price: price.filter(|_| !is_one).map(|price| self.price(price)),
            amount: self.amount(line.signed(before)),
            discounts: line
                .own_discounts()
                .map(|own| self.discount(&own, -line.signed(own.amount)))
                .collect(),
        }
    }

    /// What a line cost before every discount: with its tax, or without it where prices are.
    fn before(&self, line: &SettledLine<'_>) -> Amount {
        match self.prices {
            Prices::WithTax => line.before_discounts(),
            Prices::WithoutTax => line.before_discounts() - line.tax,
        }
    }

    /// A price, which may have more decimals than its currency.
    fn price(&self, price: Decimal) -> String {
        match self.currency.amount(price) {
            Ok(amount) => self.amount(amount),
            Err(_) => self.language.number(price.normalize()),
        }
    }
}

/// The column of amounts from the first line to the total.
struct Column {
    lines: Vec<ShownLine>,
    discounts: Vec<ShownDiscount>,
    /// What the lines come to after their own discounts.
    subtotal: Amount,
    tax_on_top: Option<Amount>,
    difference: Amount,
}

impl Column {
    fn of(receipt: &SettledReceipt<'_>, writer: &Writer) -> Self {
        let after_own = |line: SettledLine<'_>| {
            let own: Amount = line.own_discounts().map(|discount| discount.amount).sum();
            line.signed(writer.before(&line) - own)
        };
        let tax = || receipt.lines().map(|line| line.signed(line.tax)).sum();
        let said = receipt.receipt().lines.iter();
        let discounts = receipt.receipt_discounts();
        Self {
            lines: receipt.lines().zip(said).map(|(line, said)| writer.line(receipt, &line, said)).collect(),
            discounts: discounts.iter().map(|discount| writer.discount(discount, -discount.amount)).collect(),
            subtotal: receipt.lines().map(after_own).sum(),
            tax_on_top: (writer.prices == Prices::WithoutTax).then(tax),
            difference: receipt.difference(),
        }
    }

    /// Whether anything stands between the lines and the total.
    fn has_more(&self) -> bool {
        !self.discounts.is_empty() || self.tax_on_top.is_some() || !self.difference.is_zero()
    }
}

/// The payments; cash with what was handed over, and the change beneath it.
fn payments(receipt: &SettledReceipt<'_>, writer: &Writer) -> Vec<ShownPayment> {
    let row = |kind: &str, description: Option<&str>, amount: Amount| ShownPayment {
        kind: clean(kind),
        description: clean_some(description),
        amount: writer.amount(amount),
    };
    let mut shown = Vec::new();
    for (SettledPayment { kind, description, amount }, money) in
        receipt.payments().zip(&receipt.settlement().payments)
    {
        let cash = matches!(money.by, PaidBy::Row(_)) && kind == CASH && amount.is_positive();
        let handed = handed_over(receipt).filter(|&handed| cash && handed > amount);
        shown.push(row(kind, description, handed.unwrap_or(amount)));
        if let Some(handed) = handed {
            shown.push(row(CHANGE, None, amount - handed));
        }
    }
    shown
}

/// All cash that was handed over.
fn handed_over(receipt: &SettledReceipt<'_>) -> Option<Amount> {
    let currency = receipt.settlement().currency;
    let cash = receipt.receipt().payments.iter().filter(|payment| payment.kind == CASH);
    let amounts = cash.map(|payment| currency.amount(payment.amount));
    amounts.filter(|amount| amount.is_ok_and(Amount::is_positive)).sum::<Result<Amount, _>>().ok()
}
