//! A receipt as a whole, for whoever shows all of it at once: an order in Engage, the customer's copy.
//!
//! Unlike the parts that become receipts in Engage nothing is left out here and nothing made up. Laws: goods bought
//! less goods taken back, and the fees, and the difference that the till's own total has, are the total; the VAT rows
//! are the same sum; of a line, what it cost before is what was paid, what its own discounts took and what the
//! receipt's took.

use rust_decimal::Decimal;

use super::{SettledDiscount, SettledLine, SettledPayment, SettledReceipt, discount};
use crate::money::{Amount, Percent};
use crate::receipt::settlement::{Made, PaidBy};
use crate::receipt::{Kind, Prices};

/// What is no merchandise: a fee, freight, a deposit and so on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettledFee<'r> {
    /// The position of its line.
    pub position: usize,
    /// What it is; never a purchase or a return.
    pub kind: Kind,
    /// What the customer reads: the line's name, else its article, else its kind.
    pub name: &'r str,
    /// What was paid for it, tax included; below zero where it was paid back.
    pub amount: Amount,
    /// The tax in it, with the same sign.
    pub tax: Amount,
    /// The tax rate.
    pub percent: Percent,
}

/// The VAT of one rate, with the sign of what was paid in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VatRow {
    /// The rate: of a line with several taxes, all together.
    pub percent: Percent,
    /// What was paid without the tax.
    pub net: Amount,
    /// The tax.
    pub tax: Amount,
    /// What was paid with it.
    pub gross: Amount,
}

impl<'r> SettledReceipt<'r> {
    /// The goods, each with the position of its line: bought, or taken back.
    pub fn order_lines(&self) -> impl Iterator<Item = (usize, SettledLine<'r>)> {
        self.lines().enumerate().filter(|(_, line)| line.is_merchandise())
    }

    /// What is no merchandise.
    pub fn fees(&self) -> impl Iterator<Item = SettledFee<'r>> {
        let fees = self.lines().enumerate().filter(|(_, line)| !line.is_merchandise());
        fees.map(|(position, line)| SettledFee {
            position,
            kind: line.money.taken.as_ref().map_or(line.kind, |taken| taken.kind),
            name: line.name,
            amount: line.signed(line.paid),
            tax: line.signed(line.tax),
            percent: line.percent,
        })
    }

    /// The discounts of the whole receipt that took something off, in the order in which they were applied, and the
    /// vouchers that the till booked as payments; each with all that it took, which is in the lines already.
    ///
    /// What comes off a line that was paid back counts below zero.
    #[must_use]
    pub fn receipt_discounts(&self) -> Vec<SettledDiscount<'r>> {
        let mut taken = vec![Amount::ZERO; self.receipt.discounts.len() + self.receipt.payments.len()];
        let mut rows: Vec<Option<SettledDiscount<'r>>> = vec![None; taken.len()];
        for line in self.lines().filter(|line| line.money.taken.is_none()) {
            let own = line.line.discounts.len();
            for share in line.money.discounts.iter().filter(|share| share.row >= own) {
                let row = share.row - own;
                taken[row] = taken[row] + line.signed(share.amount);
                rows[row].get_or_insert_with(|| discount(line.receipt, line.line, *share));
            }
        }
        let rows = rows.into_iter().zip(taken).filter(|(_, amount)| !amount.is_zero());
        rows.filter_map(|(row, amount)| Some(SettledDiscount { amount, ..row? })).collect()
    }

    /// What was paid in all, tax included; below zero where more was paid back.
    #[must_use]
    pub fn total(&self) -> Amount {
        self.settlement.total
    }

    /// What the till's own total has beyond its lines, which was said; mostly nothing.
    #[must_use]
    pub fn difference(&self) -> Amount {
        let lines: Amount = self.lines().map(|line| line.signed(line.paid)).sum();
        self.settlement.total - lines
    }

    /// How it was paid, as far as the till says; below zero for what was paid back. Cash that was rounded has a row of
    /// its own. None where nothing is said.
    pub fn order_payments(&self) -> impl Iterator<Item = SettledPayment<'r>> {
        let receipt = self.receipt;
        let said = self.settlement.payments.iter().filter(|money| match money.by {
            PaidBy::Row(_) | PaidBy::Made(Made::Rounding) => true,
            PaidBy::Made(Made::Other | Made::Exchange) => false,
        });
        said.map(move |money| SettledPayment::of(receipt, money))
    }

    /// The VAT of each rate, over goods and fees, in the order in which the lines first have them.
    #[must_use]
    pub fn vat_summary(&self) -> Vec<VatRow> {
        let mut rows: Vec<VatRow> = Vec::new();
        for line in self.lines() {
            let (gross, tax) = (line.signed(line.paid), line.signed(line.tax));
            let net = gross - tax;
            match rows.iter_mut().find(|row| row.percent == line.percent) {
                Some(row) => {
                    row.net = row.net + net;
                    row.tax = row.tax + tax;
                    row.gross = row.gross + gross;
                }
                None => rows.push(VatRow { percent: line.percent, net, tax, gross }),
            }
        }
        rows
    }

    /// What one piece, or one of what a line is measured in, cost before discounts, tax included.
    ///
    /// The till's own price where it explains what the line cost, else the line's by its pieces where that comes out
    /// even; `None` where there is no such price.
    #[must_use]
    pub fn unit_price(&self, line: &SettledLine<'r>) -> Option<Decimal> {
        let (currency, before) = (self.settlement.currency, line.before_discounts());
        let quantity = line.measure.map_or_else(|| Decimal::from(line.pieces), |(amount, _)| amount);
        let explains = |unit: &Decimal| currency.times(*unit, quantity).is_ok_and(|(cost, _)| cost == before);
        let own =
            line.line.price.filter(|_| line.money.taken.is_none() && self.receipt.prices == Prices::WithTax);
        if let Some(unit) = own.and_then(crate::receipt::Price::unit).filter(explains) {
            // With all the decimals of the currency, where it has no more than these.
            return Some(currency.amount(unit).map_or(unit, |amount| currency.decimal(amount)));
        }
        let even = line.measure.is_none() && before.minor() % line.pieces == 0;
        even.then(|| currency.decimal(Amount::from_minor(before.minor() / line.pieces)))
    }
}

impl<'r> SettledLine<'r> {
    /// One of its amounts with its sign: below zero where it was paid back.
    #[must_use]
    pub fn signed(&self, amount: Amount) -> Amount {
        if self.back { -amount } else { amount }
    }

    /// What the whole line cost before every discount, tax included.
    #[must_use]
    pub fn before_discounts(&self) -> Amount {
        self.paid + self.discounts().map(|discount| discount.amount).sum()
    }

    /// The discounts of this line alone: without its shares of the receipt's. Of a return by reference they are all that
    /// its sale had.
    pub fn own_discounts(&self) -> impl Iterator<Item = SettledDiscount<'r>> {
        let own = self.line.discounts.len();
        let count = match &self.money.taken {
            Some(taken) => taken.discounts.len(),
            // Shares stand in the order of their rows, the line's own first.
            None => self.money.discounts.iter().take_while(|share| share.row < own).count(),
        };
        self.discounts().take(count)
    }
}
