//! The frozen money of a receipt: what Engage will be told, decided once, when the receipt is accepted.
//!
//! It is kept beside the body and read back at delivery, so it is versioned and short; it holds figures and
//! positions only, no texts and no personal data; of a line that was returned by reference also what its sale
//! said of the article, because the sale may be gone by then. Laws, where the till gave no figures of its own: the
//! lines add up to the total, and the shares of a discount to the discount; the payments always to the total.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Kind, Moment};
use crate::money::{Amount, Currency, Percent};

/// The version of the stored form that this release writes and reads.
const VERSION: u8 = 2;

/// The stored version, which is read only when it is the one that this release knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "u8", try_from = "u8")]
pub(super) struct Version;

/// All money of a receipt, frozen: the till's receipt as a whole, and the parts of it that go to Engage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    #[serde(rename = "v")]
    pub(super) version: Version,
    /// When it was made, with the offset of the till.
    #[serde(rename = "at")]
    pub created_at: Moment,
    /// What every amount is in.
    #[serde(rename = "cur")]
    pub currency: Currency,
    /// The rate to the group currency, of the first part; absent where the tenant has none set up.
    #[serde(rename = "rate", default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
    /// What was paid, tax included; below zero where more was paid back.
    #[serde(rename = "sum")]
    pub total: Amount,
    /// One for each line of the receipt.
    #[serde(rename = "lines")]
    pub lines: Vec<LineMoney>,
    /// How it was paid, at least one row; they add up to the total.
    #[serde(rename = "pay")]
    pub payments: Vec<PaymentMoney>,
    /// The till's own tax rows, or one for each rate.
    #[serde(rename = "tax")]
    pub taxes: Vec<TaxMoney>,
    /// What goes to Engage.
    #[serde(rename = "parts", default, skip_serializing_if = "Parts::is_whole")]
    pub parts: Parts,
}

/// The receipts in Engage that a till's receipt becomes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<PartMoney>", into = "Vec<PartMoney>")]
pub enum Parts {
    /// One, which is the till's as it stands. Not stored.
    #[default]
    Whole,
    /// These: none where it holds nothing that Engage is told of.
    Of(Vec<PartMoney>),
}

/// One receipt in Engage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartMoney {
    /// The rate to the group currency.
    #[serde(rename = "rate", default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
    /// What was paid, tax included; below zero where more was paid back.
    #[serde(rename = "sum")]
    pub total: Amount,
    /// The positions of its lines.
    #[serde(rename = "lines")]
    pub lines: Vec<usize>,
    /// How it was paid, at least one row; they add up to the total.
    #[serde(rename = "pay")]
    pub payments: Vec<PaymentMoney>,
    /// One row for each rate.
    #[serde(rename = "tax")]
    pub taxes: Vec<TaxMoney>,
}

/// One row of how it was paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "(PaidBy, Amount)", from = "(PaidBy, Amount)")]
pub struct PaymentMoney {
    /// Where the row comes from.
    pub by: PaidBy,
    /// How much; below zero for what was paid back.
    pub amount: Amount,
}

/// Where a row of how it was paid comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PaidBy {
    /// The payment of the receipt at this position.
    Row(usize),
    /// Made here, so that the rows add up.
    Made(Made),
}

/// A row that was made here; the name is its type in Engage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Made {
    /// What the till's payments leave open, or all where it names none.
    Other,
    /// What cash was rounded by.
    Rounding,
    /// What one part of the receipt pays to another.
    Exchange,
}

/// The rate to the group currency, and where it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rate {
    /// The till's own.
    Till(Decimal),
    /// The table's, for the day of the receipt.
    Table(Decimal),
    /// 1: it was paid in the group currency.
    Group,
}

impl Settlement {
    /// Whether anything of it goes to Engage: some receipts hold nothing that Engage keeps.
    #[must_use]
    pub fn is_for_engage(&self) -> bool {
        match &self.parts {
            Parts::Whole => true,
            Parts::Of(parts) => !parts.is_empty(),
        }
    }
}

impl Rate {
    /// What a local amount is multiplied by.
    #[must_use]
    pub fn value(self) -> Decimal {
        match self {
            Self::Till(rate) | Self::Table(rate) => rate,
            Self::Group => Decimal::ONE,
        }
    }
}

/// The money of one line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineMoney {
    /// What was paid for the whole line, tax included, after every discount.
    #[serde(rename = "p")]
    pub paid: Amount,
    /// The tax in it.
    #[serde(rename = "t")]
    pub tax: Amount,
    /// What each discount took off, in the order in which they were applied; a share of nothing is left out.
    #[serde(rename = "d", default, skip_serializing_if = "Vec::is_empty")]
    pub discounts: Vec<Share>,
    /// The tax rate, where it is worked out.
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<Percent>,
    /// What each tax came to, where the line has several.
    #[serde(rename = "x", default, skip_serializing_if = "Vec::is_empty")]
    pub taxes: Vec<Amount>,
    /// What the sale says of it, where it is a return by reference.
    #[serde(rename = "of", default, skip_serializing_if = "Option::is_none")]
    pub taken: Option<Box<Taken>>,
}

/// What a return by reference has from its sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// What the line of the sale was.
    #[serde(rename = "k", default = "purchase", skip_serializing_if = "is_purchase")]
    pub kind: Kind,
    /// The article.
    #[serde(rename = "s")]
    pub sku: String,
    /// The article's number, where it isn't the sku.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub article_number: Option<String>,
    /// The article's name, where it isn't the sku.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The article's group.
    #[serde(rename = "g", default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// How much of it.
    #[serde(rename = "q")]
    pub quantity: Decimal,
    /// What that is measured in; absent where it is pieces.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<Measured>,
    /// The tax rate.
    #[serde(rename = "r")]
    pub percent: Percent,
    /// Several taxes: the rate of each and what it came to.
    #[serde(rename = "x", default, skip_serializing_if = "Vec::is_empty")]
    pub taxes: Vec<(Percent, Amount)>,
    /// Whether it earned points, where that was said.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub awards_points: Option<bool>,
    /// What it takes of each discount of the sale; a share of nothing is left out.
    #[serde(rename = "d", default, skip_serializing_if = "Vec::is_empty")]
    pub discounts: Vec<TakenDiscount>,
}

/// What measured goods are measured in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    /// The unit, where the till said it.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

/// What a return takes of one discount of its sale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenDiscount {
    /// The shop's code for it.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// What the customer read.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// How much; above zero.
    #[serde(rename = "p")]
    pub amount: Amount,
}

const fn purchase() -> Kind {
    Kind::Purchase
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_purchase(kind: &Kind) -> bool {
    *kind == Kind::Purchase
}

/// What one discount took off one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "(usize, Amount)", from = "(usize, Amount)")]
pub struct Share {
    /// The position of the discount: those of the line first, then those of the receipt, then its payments.
    pub row: usize,
    /// How much it took off the whole line; above zero.
    pub amount: Amount,
}

/// The tax of one rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxMoney {
    /// The rate.
    #[serde(rename = "r")]
    pub percent: Percent,
    /// The tax.
    #[serde(rename = "t")]
    pub amount: Amount,
    /// What was paid for the lines of this rate, tax included.
    #[serde(rename = "g")]
    pub gross: Amount,
    /// The position of the till's own tax row, where it is one.
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    pub row: Option<usize>,
}

impl Parts {
    fn is_whole(&self) -> bool {
        *self == Self::Whole
    }
}

impl From<Vec<PartMoney>> for Parts {
    fn from(parts: Vec<PartMoney>) -> Self {
        Self::Of(parts)
    }
}

impl From<Parts> for Vec<PartMoney> {
    fn from(parts: Parts) -> Self {
        match parts {
            Parts::Whole => Self::new(),
            Parts::Of(parts) => parts,
        }
    }
}

impl From<PaymentMoney> for (PaidBy, Amount) {
    fn from(payment: PaymentMoney) -> Self {
        (payment.by, payment.amount)
    }
}

impl From<(PaidBy, Amount)> for PaymentMoney {
    fn from((by, amount): (PaidBy, Amount)) -> Self {
        Self { by, amount }
    }
}

impl Made {
    /// What Engage reads as the type of the payment.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Other => "other",
            Self::Rounding => "rounding",
            Self::Exchange => "exchange",
        }
    }
}

impl From<Version> for u8 {
    fn from(_: Version) -> Self {
        VERSION
    }
}

impl TryFrom<u8> for Version {
    type Error = String;

    fn try_from(version: u8) -> Result<Self, String> {
        if version == VERSION {
            Ok(Self)
        } else {
            Err(format!("settlement of version {version}, not {VERSION}"))
        }
    }
}

impl From<Share> for (usize, Amount) {
    fn from(share: Share) -> Self {
        (share.row, share.amount)
    }
}

impl From<(usize, Amount)> for Share {
    fn from((row, amount): (usize, Amount)) -> Self {
        Self { row, amount }
    }
}
