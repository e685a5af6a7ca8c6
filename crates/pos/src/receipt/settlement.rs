//! The frozen money of a receipt: what Engage will be told, decided once, when the receipt is accepted.
//!
//! It is kept beside the body and read back at delivery, so it is versioned and short; it holds figures and
//! positions only, no texts and no personal data. Laws, where the till gave no figures of its own: the lines add
//! up to the total, and the shares of a discount to the discount.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{Discount, Line, Moment, Receipt};
use crate::money::{Amount, Currency, Percent};

/// The type of the payment that stands for those a till didn't name.
pub const UNSTATED_PAYMENT: &str = "other";

/// The version of the stored form that this release writes and reads.
const VERSION: u8 = 1;

/// A settlement that isn't of this receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the settlement has other lines, discounts, payments or taxes than the receipt; settle it again")]
pub struct Mismatch;

/// The stored version, which is read only when it is the one that this release knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "u8", try_from = "u8")]
pub(super) struct Version;

/// All money of a receipt, frozen.
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
    /// The rate to the group currency; absent where the tenant has none set up.
    #[serde(rename = "rate", default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Rate>,
    /// What was paid, tax included.
    #[serde(rename = "sum")]
    pub total: Amount,
    /// One for each line of the receipt.
    #[serde(rename = "lines")]
    pub lines: Vec<LineMoney>,
    /// One for each payment of the receipt, or a single one for the total where it has none.
    #[serde(rename = "pay")]
    pub payments: Vec<Amount>,
    /// One for each tax row of the receipt, or one for each rate where it has none.
    #[serde(rename = "tax")]
    pub taxes: Vec<TaxMoney>,
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
}

/// What one discount took off one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "(usize, Amount)", from = "(usize, Amount)")]
pub struct Share {
    /// The position of the discount: those of the line first, then those of the receipt.
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

/// A receipt and its frozen money, known to belong together.
#[derive(Debug, Clone, Copy)]
pub struct SettledReceipt<'r> {
    receipt: &'r Receipt<'r>,
    settlement: &'r Settlement,
}

/// A line with its frozen money.
#[derive(Debug, Clone, Copy)]
pub struct SettledLine<'r> {
    /// The line.
    pub line: &'r Line<'r>,
    /// What was paid for the whole line, tax included, after every discount.
    pub paid: Amount,
    /// The tax in it.
    pub tax: Amount,
    shares: &'r [Share],
    receipt_discounts: &'r [Discount<'r>],
}

/// A payment with its frozen amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettledPayment<'r> {
    /// `card`, `cash` and so on; [`UNSTATED_PAYMENT`] where the till named none.
    pub kind: &'r str,
    /// What the customer reads.
    pub description: Option<&'r str>,
    /// How much.
    pub amount: Amount,
}

/// A tax row with its frozen money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettledTax<'r> {
    /// What the customer reads.
    pub description: Option<&'r str>,
    /// The money.
    pub money: TaxMoney,
}

impl<'r> SettledReceipt<'r> {
    /// Puts the two together.
    ///
    /// # Errors
    /// [`Mismatch`] when the settlement can't be of this receipt.
    pub fn new(receipt: &'r Receipt<'r>, settlement: &'r Settlement) -> Result<Self, Mismatch> {
        let shares_fit = |(line, money): (&Line<'_>, &LineMoney)| {
            let rows = line.discounts.len() + receipt.discounts.len();
            money.discounts.iter().all(|share| share.row < rows)
        };
        let fits = receipt.lines.len() == settlement.lines.len()
            && receipt.lines.iter().zip(&settlement.lines).all(shares_fit)
            && receipt.payments.len().max(1) == settlement.payments.len()
            && (receipt.taxes.is_empty() || receipt.taxes.len() == settlement.taxes.len());
        if fits { Ok(Self { receipt, settlement }) } else { Err(Mismatch) }
    }

    /// The receipt.
    #[must_use]
    pub fn receipt(&self) -> &'r Receipt<'r> {
        self.receipt
    }

    /// Its frozen money.
    #[must_use]
    pub fn settlement(&self) -> &'r Settlement {
        self.settlement
    }

    /// The decimal of an amount in the receipt's currency.
    #[must_use]
    pub fn decimal(&self, amount: Amount) -> Decimal {
        self.settlement.currency.decimal(amount)
    }

    /// The lines, as listed.
    pub fn lines(&self) -> impl ExactSizeIterator<Item = SettledLine<'r>> {
        let receipt_discounts = &self.receipt.discounts;
        self.receipt.lines.iter().zip(&self.settlement.lines).map(|(line, money)| SettledLine {
            line,
            paid: money.paid,
            tax: money.tax,
            shares: &money.discounts,
            receipt_discounts,
        })
    }

    /// The payments, as listed; never none.
    pub fn payments(&self) -> impl ExactSizeIterator<Item = SettledPayment<'r>> {
        let payments = &self.receipt.payments;
        self.settlement.payments.iter().enumerate().map(|(position, &amount)| match payments.get(position) {
            Some(payment) => SettledPayment { kind: payment.kind, description: payment.description, amount },
            None => SettledPayment { kind: UNSTATED_PAYMENT, description: None, amount },
        })
    }

    /// The tax rows: the till's as listed, else one for each rate.
    pub fn taxes(&self) -> impl ExactSizeIterator<Item = SettledTax<'r>> {
        let taxes = &self.receipt.taxes;
        self.settlement.taxes.iter().enumerate().map(|(position, &money)| SettledTax {
            description: taxes.get(position).and_then(|tax| tax.description),
            money,
        })
    }
}

impl<'r> SettledLine<'r> {
    /// The discounts that took something off this line, in the order in which they were applied, and how much.
    pub fn discounts(&self) -> impl ExactSizeIterator<Item = (&'r Discount<'r>, Amount)> {
        let (own, receipts) = (&self.line.discounts, self.receipt_discounts);
        self.shares.iter().map(|share| {
            let discount = own.get(share.row).unwrap_or_else(|| &receipts[share.row - own.len()]);
            (discount, share.amount)
        })
    }
}
