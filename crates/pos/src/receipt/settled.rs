//! A receipt and its frozen money, walked together: as the till knows it, and as Engage will.
//!
//! Signs: of a line every figure is positive, and [`SettledLine::back`] says that it was paid back; totals and
//! payments are below zero where more was paid back than paid. Tax rows are purchases less returns, and positive
//! where there are only returns (fact R-28).

mod overall;
mod part;

use rust_decimal::Decimal;

pub use self::overall::{SettledFee, VatRow};
pub use self::part::SettledPart;
use super::settlement::{PaidBy, Parts, PaymentMoney, Settlement, Share, Taken, TaxMoney};
use super::{Drawn, Extra, Kind, Line, LineMoney, LineTax, Quantity, Receipt};
use crate::money::{Amount, Percent};

/// What a voucher that was booked as a payment is as a discount.
const VOUCHER: &str = "voucher";

/// A settlement that isn't of this receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the settlement has other lines, discounts, payments or taxes than the receipt; settle it again")]
pub struct Mismatch;

/// A receipt and its frozen money, known to belong together.
#[derive(Debug, Clone, Copy)]
pub struct SettledReceipt<'r> {
    receipt: &'r Receipt<'r>,
    settlement: &'r Settlement,
}

/// A line with its frozen money.
#[derive(Debug, Clone, Copy)]
pub struct SettledLine<'r> {
    /// What it is.
    pub kind: Kind,
    /// Whether it was paid back.
    pub back: bool,
    /// The most exact designation of the article.
    pub sku: &'r str,
    /// The article's number; the sku where the till says nothing.
    pub article_number: &'r str,
    /// The article's name; the sku where the till says nothing.
    pub name: &'r str,
    /// The article's group.
    pub group: Option<&'r str>,
    /// How many pieces, at least 1; 1 of what is measured.
    pub pieces: i64,
    /// How much, and of what unit, where it is measured.
    pub measure: Option<(Decimal, Option<&'r str>)>,
    /// What was paid for the whole line, tax included, after every discount; not below zero.
    pub paid: Amount,
    /// The tax in it; not below zero.
    pub tax: Amount,
    /// The tax rate: of several taxes, all together.
    pub percent: Percent,
    /// Whether it earns points, where that was said.
    pub awards_points: Option<bool>,
    /// Whether the cashier set the price by hand.
    pub price_override: bool,
    /// Names and values for Engage.
    pub extra_data: &'r [Extra<'r>],
    line: &'r Line<'r>,
    money: &'r LineMoney,
    receipt: &'r Receipt<'r>,
}

/// A discount that took something off a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettledDiscount<'r> {
    /// The shop's code for it.
    pub kind: Option<&'r str>,
    /// What the customer reads.
    pub description: Option<&'r str>,
    /// The offer that it uses.
    pub offer: Option<&'r str>,
    /// How much it took off; above zero.
    pub amount: Amount,
}

/// A payment with its frozen amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettledPayment<'r> {
    /// `card`, `cash` and so on.
    pub kind: &'r str,
    /// What the customer reads.
    pub description: Option<&'r str>,
    /// How much; below zero for what was paid back.
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
        let lines = receipt.lines.len() == settlement.lines.len()
            && receipt
                .lines
                .iter()
                .zip(&settlement.lines)
                .all(|(line, money)| line_fits(receipt, line, money));
        let parts = match &settlement.parts {
            Parts::Whole => &[][..],
            Parts::Of(parts) => parts,
        };
        let mut positions = parts.iter().flat_map(|part| &part.lines);
        let mut payments = settlement.payments.iter().chain(parts.iter().flat_map(|part| &part.payments));
        let till = |payment: &PaymentMoney| match payment.by {
            PaidBy::Row(row) => row < receipt.payments.len(),
            PaidBy::Made(_) => true,
        };
        let own_taxes = settlement.taxes.iter().filter_map(|tax| tax.row);
        let fits = lines
            && positions.all(|&line| line < receipt.lines.len())
            && payments.all(till)
            && own_taxes.max().is_none_or(|row| row < receipt.taxes.len());
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

    /// The lines, as listed, those that Engage isn't told of among them.
    pub fn lines(&self) -> impl ExactSizeIterator<Item = SettledLine<'r>> {
        let receipt = self.receipt;
        receipt
            .lines
            .iter()
            .zip(&self.settlement.lines)
            .map(|(line, money)| SettledLine::of(receipt, line, money))
    }

    /// The payments; never none.
    pub fn payments(&self) -> impl ExactSizeIterator<Item = SettledPayment<'r>> {
        let receipt = self.receipt;
        self.settlement.payments.iter().map(|money| SettledPayment::of(receipt, money))
    }

    /// The tax rows: the till's own, else one for each rate.
    pub fn taxes(&self) -> impl ExactSizeIterator<Item = SettledTax<'r>> {
        let receipt = self.receipt;
        self.settlement.taxes.iter().map(|money| SettledTax::of(receipt, money))
    }

    /// What becomes receipts in Engage; the first keeps the till's id.
    pub fn parts(&self) -> impl ExactSizeIterator<Item = SettledPart<'r>> {
        let this = *self;
        let count = match &self.settlement.parts {
            Parts::Whole => 1,
            Parts::Of(parts) => parts.len(),
        };
        (0..count).map(move |index| SettledPart::of(this, index))
    }

    /// Everything that was sold in one part, as what a receipt that makes it undone draws on this one.
    #[must_use]
    pub fn everything(&self, part: usize) -> Drawn {
        let sold = |position: &usize| !self.receipt.lines[*position].back;
        let positions = match &self.settlement.parts {
            Parts::Whole => (0..self.receipt.lines.len()).collect(),
            Parts::Of(parts) => parts.get(part).map(|part| part.lines.clone()).unwrap_or_default(),
        };
        let line = |position: usize| {
            let (line, money) = (&self.receipt.lines[position], &self.settlement.lines[position]);
            SettledLine::of(self.receipt, line, money).holding().drawn(position)
        };
        Drawn::new(positions.into_iter().filter(sold).map(line).collect())
    }
}

/// Whether the shares, taxes and frozen texts of a line can be its own.
fn line_fits(receipt: &Receipt<'_>, line: &Line<'_>, money: &LineMoney) -> bool {
    let rows = line.discounts.len() + receipt.discounts.len() + receipt.payments.len();
    let taxes = match &line.tax {
        LineTax::Several(taxes) => money.taxes.is_empty() || money.taxes.len() == taxes.len(),
        LineTax::Unstated | LineTax::One { .. } => money.taxes.is_empty(),
    };
    let said = money.taken.is_some() || line.sku.is_some() || !line.kind.is_merchandise();
    said && (taxes || money.taken.is_some()) && money.discounts.iter().all(|share| share.row < rows)
}

impl<'r> SettledLine<'r> {
    pub(super) fn of(receipt: &'r Receipt<'r>, line: &'r Line<'r>, money: &'r LineMoney) -> Self {
        let taken = money.taken.as_deref();
        let quantity = line.quantity.unwrap_or(Quantity::Pieces(1));
        let (pieces, measure) = match taken {
            Some(taken) => taken.quantity(),
            None => match quantity {
                Quantity::Pieces(pieces) => (i64::from(pieces), None),
                Quantity::Measure { amount, unit } => (1, Some((amount, unit))),
            },
        };
        let sku = taken.map(|taken| taken.sku.as_str()).or(line.sku);
        let sku = sku.or(line.name).unwrap_or(line.kind.as_str());
        let number = taken.map(|taken| taken.article_number.as_deref());
        let name = taken.map(|taken| taken.name.as_deref());
        Self {
            kind: line.kind,
            back: line.back,
            sku,
            article_number: number.unwrap_or(line.article_number).unwrap_or(sku),
            name: name.unwrap_or(line.name).unwrap_or(sku),
            group: taken.map_or(line.group, |taken| taken.group.as_deref()),
            pieces,
            measure,
            paid: money.paid,
            tax: money.tax,
            percent: percent_of(line, money),
            awards_points: taken.map_or(line.awards_points, |taken| taken.awards_points),
            price_override: line.price_override,
            extra_data: &line.extra_data,
            line,
            money,
            receipt,
        }
    }

    /// Whether Engage is told of it: goods, and not the return of something else.
    #[must_use]
    pub fn is_merchandise(&self) -> bool {
        let taken = self.money.taken.as_ref();
        self.kind.is_merchandise() && taken.is_none_or(|taken| taken.kind.is_merchandise())
    }

    /// The tax rate, as a decimal.
    #[must_use]
    pub fn tax_percent(&self) -> Decimal {
        self.percent.decimal()
    }

    /// The discounts that took something off this line, in the order in which they were applied.
    pub fn discounts(&self) -> impl ExactSizeIterator<Item = SettledDiscount<'r>> {
        let taken = self.money.taken.as_ref().map_or(&[][..], |taken| &taken.discounts);
        let (line, money, receipt) = (self.line, self.money, self.receipt);
        let count = if money.taken.is_some() { taken.len() } else { money.discounts.len() };
        (0..count).map(move |at| match taken.get(at) {
            Some(row) => SettledDiscount {
                kind: row.kind.as_deref(),
                description: row.description.as_deref(),
                offer: None,
                amount: row.amount,
            },
            None => discount(receipt, line, money.discounts[at]),
        })
    }

    /// Its taxes, where it has several.
    pub(super) fn several_taxes(&self) -> impl Iterator<Item = TaxMoney> {
        let net = self.paid - self.tax;
        let row = move |percent, amount| TaxMoney { percent, amount, gross: net + amount, row: None };
        let own: &[_] = match &self.line.tax {
            LineTax::Several(taxes) => taxes,
            LineTax::Unstated | LineTax::One { .. } => &[],
        };
        let own = own.iter().map(|tax| tax.percent).zip(self.money.taxes.iter().copied());
        let taken = self.money.taken.as_ref().map_or(&[][..], |taken| &taken.taxes);
        let count = if self.money.taken.is_some() { 0 } else { self.money.taxes.len() };
        own.take(count).chain(taken.iter().copied()).map(move |(percent, amount)| row(percent, amount))
    }

    /// All of it.
    pub(super) fn holding(&self) -> super::sale::Holding {
        super::sale::Holding {
            quantity: self.measure.map_or_else(|| Decimal::from(self.pieces), |(amount, _)| amount),
            paid: self.paid,
            tax: self.tax,
            shares: self.discounts().map(|discount| discount.amount).collect(),
        }
    }
}

/// What a line calls its tax of this rate, where it has several.
fn called<'r>(line: &Line<'r>, percent: Percent) -> Option<&'r str> {
    match &line.tax {
        LineTax::Several(taxes) => taxes.iter().find(|tax| tax.percent == percent)?.description,
        LineTax::One { .. } | LineTax::Unstated => None,
    }
}

/// The tax rate of a line: the sale's, the one worked out, or the till's.
fn percent_of(line: &Line<'_>, money: &LineMoney) -> Percent {
    let own = || match &line.tax {
        LineTax::Unstated => None,
        LineTax::One { percent, .. } => *percent,
        LineTax::Several(taxes) => Percent::sum(taxes.iter().map(|tax| tax.percent)),
    };
    let taken = money.taken.as_ref().map(|taken| taken.percent);
    taken.or(money.percent).or_else(own).unwrap_or(Percent::ZERO)
}

/// The discount of a share: of the line, of the receipt, or a payment that is a voucher.
fn discount<'r>(receipt: &'r Receipt<'r>, line: &'r Line<'r>, share: Share) -> SettledDiscount<'r> {
    let Share { row, amount } = share;
    let named = line.discounts.iter().chain(&receipt.discounts).nth(row);
    if let Some(named) = named {
        let (kind, description, offer) = (named.kind, named.description, named.offer);
        return SettledDiscount { kind, description, offer, amount };
    }
    let payment = receipt.payments.get(row - line.discounts.len() - receipt.discounts.len());
    SettledDiscount {
        kind: Some(VOUCHER),
        description: payment.and_then(|payment| payment.description),
        offer: payment.and_then(|payment| payment.offer),
        amount,
    }
}

impl Taken {
    /// How many pieces, and how much where it is measured.
    fn quantity(&self) -> (i64, Option<(Decimal, Option<&str>)>) {
        match &self.measured {
            Some(measured) => (1, Some((self.quantity, measured.unit.as_deref()))),
            None => (i64::try_from(self.quantity).unwrap_or(1).max(1), None),
        }
    }
}

impl<'r> SettledPayment<'r> {
    fn of(receipt: &'r Receipt<'r>, money: &PaymentMoney) -> Self {
        let amount = money.amount;
        match money.by {
            PaidBy::Row(row) => {
                let payment = &receipt.payments[row];
                Self { kind: payment.kind, description: payment.description, amount }
            }
            PaidBy::Made(made) => Self { kind: made.as_str(), description: None, amount },
        }
    }
}

impl<'r> SettledTax<'r> {
    fn of(receipt: &'r Receipt<'r>, money: &TaxMoney) -> Self {
        let description = match money.row {
            Some(row) => receipt.taxes.get(row).and_then(|tax| tax.description),
            None => receipt.lines.iter().find_map(|line| called(line, money.percent)),
        };
        Self { description, money: *money }
    }
}
