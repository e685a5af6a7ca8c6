//! A receipt as a till sends it, and the money that is frozen when it is accepted.
//!
//! [`parse`] reads any JSON, never panics, and says everything that is wrong at once. [`settle`] turns what was
//! read into a [`Settlement`]: every amount that Engage will be told, decided once and kept, so that an old
//! sale never drifts when a release changes. A [`SettledReceipt`] walks the two together: the till's receipt as
//! a whole, and the [`SettledPart`]s of it that become receipts in Engage.
//!
//! Invariants: a [`Receipt`] is complete only where no [`Severity::Fault`] was found while reading; it borrows
//! its texts from the body. Figures of the till's are never overruled; where they disagree there is a warning.
//!
//! It doesn't know whose sale is whose: owners are opaque here, and so is what became of a sale.

mod condense;
mod figures;
mod finding;
mod lines;
mod moment;
mod parse;
mod parts;
mod payments;
mod read;
mod returns;
mod sale;
mod settle;
mod settled;
mod settlement;
mod taxes;
#[cfg(test)]
mod trial;
mod used;
mod vouchers;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use self::condense::condensed;
pub(crate) use self::finding::{At, Findings};
pub use self::finding::{FINDINGS_MAX, Finding, Severity};
pub use self::moment::{Moment, NotATime, When};
pub use self::parse::{known_fields, parse};
pub(crate) use self::parse::{order_fields, read_order, read_time};
pub(crate) use self::read::{Reader, code_of};
pub use self::sale::{Drawn, Owner, Sale, Standing};
pub use self::settle::{Draw, GivenBack, Known, Settling, Whose, settle};
pub(crate) use self::settle::{Read, in_zone_of, settle_read};
pub use self::settled::{
    Mismatch, SettledDiscount, SettledFee, SettledLine, SettledPart, SettledPayment, SettledReceipt,
    SettledTax, VatRow,
};
pub use self::settlement::{
    LineMoney, Made, PaidBy, PartMoney, Parts, PaymentMoney, Rate, Settlement, Share, Taken, TakenDiscount,
    TaxMoney,
};
pub use self::used::OfferUse;
use crate::identifier;
use crate::money::{Currency, Percent};

/// The most lines of a receipt.
pub const LINES_MAX: usize = 10_000;

/// The most discounts of a line, and of a receipt.
pub const DISCOUNTS_MAX: usize = 50;

/// The most offers that a receipt uses.
pub const OFFERS_MAX: usize = 100;

/// The most payments of a receipt.
pub const PAYMENTS_MAX: usize = 100;

/// The most tax rows of a receipt.
pub const TAXES_MAX: usize = 100;

/// The most rows of extra data in one place.
pub const EXTRA_DATA_MAX: usize = 100;

/// The most taxes of one line.
pub const LINE_TAXES_MAX: usize = 10;

/// The most pieces on one line, and the most of whatever a unit measures.
pub const QUANTITY_MAX: u32 = 1_000_000;

/// The most receipts that the return lines of one receipt may name.
pub const REFERENCES_MAX: usize = 100;

/// The longest text, in characters; a longer one goes as it is, with a warning (fact R-56).
pub const TEXT_CHARS_MAX: usize = 255;

/// What came of reading a body.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading<'a> {
    /// The receipt, when no fault was found.
    pub receipt: Option<Receipt<'a>>,
    /// The store, whatever else is wrong: what can't be sent can still be found.
    pub store: Option<&'a str>,
    /// The printed number, whatever else is wrong.
    pub receipt_number: Option<&'a str>,
    /// When it was made, whatever else is wrong.
    pub created_at: Option<When>,
    /// Whether it is only training: answered and never delivered.
    pub training: bool,
    /// Everything that is wrong.
    pub findings: Vec<Finding>,
    /// What could be read of a receipt that has faults: blank where it couldn't, so that the rest is judged too.
    pub(in crate::receipt) broken: Option<Receipt<'a>>,
}

/// A finished sale, read and complete.
#[derive(Debug, Clone, PartialEq)]
pub struct Receipt<'a> {
    /// The external id of the store.
    pub store: &'a str,
    /// The till's name within the store.
    pub till: Option<&'a str>,
    /// The printed number; need not be unique. Blank on an order, which has none.
    pub receipt_number: &'a str,
    /// Who stood at the till.
    pub operator: Option<&'a str>,
    /// When it was made.
    pub created_at: Option<When>,
    /// What it was paid in, where the till says so.
    pub currency: Option<Currency>,
    /// The till's rate to the group currency (above zero).
    pub exchange_rate: Option<Decimal>,
    /// What its prices, discounts and `paid` are in.
    pub prices: Prices,
    /// How the till names the contact, the most exact first; empty for an anonymous sale.
    pub contact: Vec<RawIdentifier<'a>>,
    /// At least one line.
    pub lines: Vec<Line<'a>>,
    /// Discounts of the whole receipt, in the order in which they apply.
    pub discounts: Vec<Discount<'a>>,
    /// How it was paid.
    pub payments: Vec<Payment<'a>>,
    /// The till's total; below zero when more was paid back than paid.
    pub total: Option<Decimal>,
    /// The till's own tax figures.
    pub taxes: Vec<Tax<'a>>,
    /// Names and values for Engage.
    pub extra_data: Vec<Extra<'a>>,
    /// The digital receipt that the customer asked for.
    pub digital_receipt: Option<DigitalReceipt<'a>>,
    /// Whether it is only training.
    pub training: bool,
    /// The checkout that it pays for.
    pub checkout: Option<&'a str>,
}

/// An identifier as the till sent it; which phone number it is depends on the store's country.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RawIdentifier<'a> {
    /// What it is said to be.
    pub kind: identifier::Kind,
    /// What was typed or scanned.
    pub text: &'a str,
}

/// Shows the kind alone: the text is personal data.
impl std::fmt::Debug for RawIdentifier<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}(…)", self.kind.as_str())
    }
}

/// Whether prices hold their tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Prices {
    /// Prices, discounts and `paid` with tax.
    #[default]
    WithTax,
    /// The same without tax, which comes on top; total and payments are with it.
    WithoutTax,
}

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// Goods sold.
    Purchase,
    /// Goods taken back.
    Return,
    /// A gift card that was sold or filled.
    GiftCard,
    /// A deposit, as on bottles.
    Deposit,
    /// A fee.
    Fee,
    /// Freight.
    Shipping,
    /// A gift to others.
    Donation,
    /// A tip.
    Tip,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Purchase,
        Self::Return,
        Self::GiftCard,
        Self::Deposit,
        Self::Fee,
        Self::Shipping,
        Self::Donation,
        Self::Tip,
    ];

    /// What a till calls it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Purchase => "purchase",
            Self::Return => "return",
            Self::GiftCard => "giftCard",
            Self::Deposit => "deposit",
            Self::Fee => "fee",
            Self::Shipping => "shipping",
            Self::Donation => "donation",
            Self::Tip => "tip",
        }
    }

    /// Whether it is goods, which Engage is told of.
    #[must_use]
    pub const fn is_merchandise(self) -> bool {
        match self {
            Self::Purchase | Self::Return => true,
            Self::GiftCard | Self::Deposit | Self::Fee | Self::Shipping | Self::Donation | Self::Tip => false,
        }
    }
}

/// How much of an article.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity<'a> {
    /// This many pieces, at least 1.
    Pieces(u32),
    /// Goods by weight, length and so on.
    Measure {
        /// How much, above zero.
        amount: Decimal,
        /// Of what, such as `kg`.
        unit: Option<&'a str>,
    },
}

impl Quantity<'_> {
    /// The number, of pieces or of units.
    #[must_use]
    pub fn decimal(self) -> Decimal {
        match self {
            Self::Pieces(pieces) => Decimal::from(pieces),
            Self::Measure { amount, .. } => amount,
        }
    }
}

/// The sale that a line is a return of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference<'a> {
    /// The id of its receipt.
    pub receipt: &'a str,
    /// The id of its line, or its position from 1 where the lines of that receipt have no ids.
    pub line: Option<&'a str>,
}

/// One line.
///
/// A return by reference may leave out whatever its sale says; of any other line what it must have is there,
/// unless it is one that couldn't be read.
#[derive(Debug, Clone, PartialEq)]
pub struct Line<'a> {
    /// What it is.
    pub kind: Kind,
    /// Whether it was paid back: a return, or something else with a negative quantity. Its figures are positive.
    pub back: bool,
    /// What discounts and returns name it by.
    pub id: Option<&'a str>,
    /// What it is a return of.
    pub of: Option<Reference<'a>>,
    /// The most exact designation of the article.
    pub sku: Option<&'a str>,
    /// The article's number, which variants may share.
    pub article_number: Option<&'a str>,
    /// The article's name.
    pub name: Option<&'a str>,
    /// The article's group.
    pub group: Option<&'a str>,
    /// How much of it.
    pub quantity: Option<Quantity<'a>>,
    /// What it cost.
    pub price: Option<Price>,
    /// Its tax.
    pub tax: LineTax<'a>,
    /// Discounts of this line alone, in the order in which they apply.
    pub discounts: Vec<Discount<'a>>,
    /// Names and values for Engage.
    pub extra_data: Vec<Extra<'a>>,
    /// Whether it earns points, where the till says so.
    pub awards_points: Option<bool>,
    /// Whether it takes part in the receipt's discounts.
    pub discountable: bool,
    /// Whether the cashier set the price by hand.
    pub price_override: bool,
}

/// What a till says of the tax of a line; no figure is below zero.
#[derive(Debug, Clone, PartialEq)]
pub enum LineTax<'a> {
    /// Nothing: the line shares the receipt's tax, or has its sale's.
    Unstated,
    /// One tax.
    One {
        /// The tax rate; where the till says the amount alone it is worked out.
        percent: Option<Percent>,
        /// The tax for the whole line.
        amount: Option<Decimal>,
    },
    /// Several taxes on the same price.
    Several(Vec<TaxOfLine<'a>>),
}

/// One of several taxes of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaxOfLine<'a> {
    /// The tax rate.
    pub percent: Percent,
    /// The tax for the whole line.
    pub amount: Option<Decimal>,
    /// What the customer reads.
    pub description: Option<&'a str>,
}

/// What a line cost; no figure is below zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Price {
    /// The price of a piece, before discounts: what was paid is computed.
    Unit(Decimal),
    /// What was paid for the whole line after every discount, by the till's figures.
    Paid {
        /// For the whole quantity, with tax where prices are, after the line's and the receipt's discounts.
        paid: Decimal,
        /// The price of a piece, before discounts: for what the discounts were worth.
        unit: Option<Decimal>,
    },
}

/// One discount, of a line or of the receipt.
#[derive(Debug, Clone, PartialEq)]
pub struct Discount<'a> {
    /// How much it takes off.
    pub reduction: Reduction,
    /// The shop's code for it.
    pub kind: Option<&'a str>,
    /// What the customer reads.
    pub description: Option<&'a str>,
    /// The offer that it uses; never one where it was paid back.
    pub offer: Option<&'a str>,
    /// The ids of the lines that it is limited to; all where it is absent. Always absent on a line's own.
    pub lines: Option<Vec<&'a str>>,
}

/// How much a discount takes off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reduction {
    /// This much, for the whole line or receipt; not below zero.
    Amount(Decimal),
    /// This much of what remains.
    Percent(Percent),
}

/// One payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payment<'a> {
    /// `card`, `cash`, `swish` and so on.
    pub kind: &'a str,
    /// How much; below zero for change that was given.
    pub amount: Decimal,
    /// What the customer reads.
    pub description: Option<&'a str>,
    /// The offer that it uses: then it is a voucher, which is a discount.
    pub offer: Option<&'a str>,
}

/// One of the till's own tax figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tax<'a> {
    /// The tax rate.
    pub percent: Percent,
    /// The tax that was paid at this rate; below zero where it was paid back.
    pub amount: Decimal,
    /// What the customer reads.
    pub description: Option<&'a str>,
}

/// A name and a value for Engage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extra<'a> {
    /// The name.
    pub name: &'a str,
    /// The value, as text.
    pub value: &'a str,
}

/// The digital receipt that the customer asked for.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct DigitalReceipt<'a> {
    /// Its language, as a tag such as `sv-SE` or `sv`; the default where it is absent.
    pub language: Option<&'a str>,
    /// What the template gets besides the order, as it was sent.
    pub data: Option<&'a Map<String, Value>>,
}

/// Shows the language alone: the data may be personal.
impl std::fmt::Debug for DigitalReceipt<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DigitalReceipt({:?}, …)", self.language)
    }
}

impl Price {
    /// The price of a piece, before discounts.
    #[must_use]
    pub fn unit(self) -> Option<Decimal> {
        match self {
            Self::Unit(unit) => Some(unit),
            Self::Paid { unit, .. } => unit,
        }
    }

    /// What was paid by the till's figures.
    #[must_use]
    pub fn paid(self) -> Option<Decimal> {
        match self {
            Self::Unit(_) => None,
            Self::Paid { paid, .. } => Some(paid),
        }
    }
}

impl<'a> Receipt<'a> {
    /// The ids of the receipts that its return lines name, each once, in the order of the lines.
    pub fn references(&self) -> impl Iterator<Item = &'a str> {
        let named = |line: &Line<'a>| line.of.map(|of| of.receipt);
        let mut seen: Vec<&'a str> = Vec::new();
        for receipt in self.lines.iter().filter_map(named) {
            // At most `REFERENCES_MAX` are ever looked up, so there is no use in more.
            if seen.len() <= REFERENCES_MAX && !seen.contains(&receipt) {
                seen.push(receipt);
            }
        }
        seen.into_iter()
    }
}

impl<'a> Receipt<'a> {
    /// The offers that it names anywhere, as often as it does.
    pub(in crate::receipt) fn offers_named(&self) -> impl Iterator<Item = &'a str> {
        let of_lines = self.lines.iter().flat_map(|line| &line.discounts);
        let discounts = of_lines.chain(&self.discounts).filter_map(|discount| discount.offer);
        discounts.chain(self.payments.iter().filter_map(|payment| payment.offer))
    }
}

impl<'a> Reading<'a> {
    /// The ids of the receipts that its return lines name, each once, also where the receipt has faults.
    pub fn references(&self) -> impl Iterator<Item = &'a str> {
        self.legible().into_iter().flat_map(Receipt::references).take(REFERENCES_MAX)
    }

    /// All that could be read, complete or not.
    pub(in crate::receipt) fn legible(&self) -> Option<&Receipt<'a>> {
        self.receipt.as_ref().or(self.broken.as_ref())
    }
}
