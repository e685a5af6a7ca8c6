//! A receipt as a till sends it, and the money that is frozen when it is accepted.
//!
//! [`parse`] reads any JSON, never panics, and says everything that is wrong at once. [`settle`] turns what was
//! read into a [`Settlement`]: every amount that Engage will be told, decided once and kept, so that an old
//! sale never drifts when a release changes. A [`SettledReceipt`] walks the two together.
//!
//! Invariants: a [`Receipt`] exists only when no [`Severity::Fault`] was found while reading; it borrows its
//! texts from the body. Figures of the till's are never overruled; where they disagree there is a warning.
//!
//! This release settles purchases only. Other kinds of line, weighed goods and prices without tax are kept and
//! named by a fault; they widen [`Kind`], `parse` and `lines` together.

mod finding;
mod lines;
mod moment;
mod parse;
mod read;
mod settle;
mod settlement;
mod taxes;

use rust_decimal::Decimal;

pub use self::finding::{FINDINGS_MAX, Finding, Severity};
pub use self::moment::{Moment, NotATime, When};
pub use self::parse::{known_fields, parse};
pub use self::settle::{Settling, settle};
pub use self::settlement::{
    LineMoney, Mismatch, Rate, SettledLine, SettledPayment, SettledReceipt, SettledTax, Settlement, Share,
    TaxMoney, UNSTATED_PAYMENT,
};
use crate::identifier;
use crate::money::{Currency, Percent};

/// The most lines of a receipt.
pub const LINES_MAX: usize = 10_000;

/// The most discounts of a line, and of a receipt.
pub const DISCOUNTS_MAX: usize = 50;

/// The most payments of a receipt.
pub const PAYMENTS_MAX: usize = 100;

/// The most tax rows of a receipt.
pub const TAXES_MAX: usize = 100;

/// The most rows of extra data in one place.
pub const EXTRA_DATA_MAX: usize = 100;

/// The most pieces on one line.
pub const QUANTITY_MAX: u32 = 1_000_000;

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
}

/// A finished sale, read and complete.
#[derive(Debug, Clone, PartialEq)]
pub struct Receipt<'a> {
    /// The external id of the store.
    pub store: &'a str,
    /// The till's name within the store.
    pub till: Option<&'a str>,
    /// The printed number; need not be unique.
    pub receipt_number: &'a str,
    /// Who stood at the till.
    pub operator: Option<&'a str>,
    /// When it was made.
    pub created_at: Option<When>,
    /// What it was paid in, where the till says so.
    pub currency: Option<Currency>,
    /// The till's rate to the group currency (above zero).
    pub exchange_rate: Option<Decimal>,
    /// How the till names the contact, the most exact first; empty for an anonymous sale.
    pub contact: Vec<RawIdentifier<'a>>,
    /// At least one line.
    pub lines: Vec<Line<'a>>,
    /// Discounts of the whole receipt, in the order in which they apply.
    pub discounts: Vec<Discount<'a>>,
    /// How it was paid.
    pub payments: Vec<Payment<'a>>,
    /// The till's total.
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

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Goods sold.
    Purchase,
}

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct Line<'a> {
    /// What it is.
    pub kind: Kind,
    /// What discounts (and later returns) name it by.
    pub id: Option<&'a str>,
    /// The most exact designation of the article.
    pub sku: &'a str,
    /// The article's number, which variants may share; the sku where the till says nothing.
    pub article_number: &'a str,
    /// The article's name; the sku where the till says nothing.
    pub name: &'a str,
    /// The article's group.
    pub group: Option<&'a str>,
    /// How many pieces, from 1 to [`QUANTITY_MAX`].
    pub quantity: u32,
    /// What it cost.
    pub price: Price,
    /// The tax rate.
    pub tax_percent: Percent,
    /// The till's tax for the whole line.
    pub tax_amount: Option<Decimal>,
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

/// What a line cost; no figure is below zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Price {
    /// The price of a piece, before discounts: what was paid is computed.
    Unit(Decimal),
    /// What was paid for the whole line after every discount, by the till's figures.
    Paid {
        /// For all pieces, tax included, after the line's and the receipt's discounts.
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
    /// The offer that it uses; not redeemed by this release.
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
}

/// One of the till's own tax figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tax<'a> {
    /// The tax rate.
    pub percent: Percent,
    /// The tax that was paid at this rate; not below zero.
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

/// The digital receipt that the customer asked for; not sent by this release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DigitalReceipt<'a> {
    /// Its language.
    pub language: Option<&'a str>,
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
