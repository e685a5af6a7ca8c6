//! One part of a till's receipt: what becomes a receipt in Engage.

use rust_decimal::Decimal;

use super::{SettledLine, SettledPayment, SettledReceipt, SettledTax};
use crate::money::Amount;
use crate::receipt::Kind;
use crate::receipt::settlement::{PartMoney, Parts, PaymentMoney, Rate, TaxMoney};

/// What becomes one receipt in Engage; as it was, or reversed.
#[derive(Debug, Clone, Copy)]
pub struct SettledPart<'r> {
    settled: SettledReceipt<'r>,
    /// Its money; the receipt's where it is the whole receipt.
    money: Option<&'r PartMoney>,
    reversed: bool,
}

impl<'r> SettledPart<'r> {
    pub(super) fn of(settled: SettledReceipt<'r>, index: usize) -> Self {
        let money = match &settled.settlement.parts {
            Parts::Whole => None,
            Parts::Of(parts) => parts.get(index),
        };
        Self { settled, money, reversed: false }
    }

    /// The opposite, as for a void: purchases are returns, returns are purchases, and every sign is turned.
    #[must_use]
    pub fn reversed(self) -> Self {
        Self { reversed: !self.reversed, ..self }
    }

    /// The rate to the group currency.
    #[must_use]
    pub fn rate(&self) -> Option<Rate> {
        self.money.map_or(self.settled.settlement.rate, |money| money.rate)
    }

    /// What was paid, tax included; below zero where more was paid back.
    #[must_use]
    pub fn total(&self) -> Amount {
        self.turned(self.money.map_or(self.settled.settlement.total, |money| money.total))
    }

    /// The decimal of an amount in the receipt's currency.
    #[must_use]
    pub fn decimal(&self, amount: Amount) -> Decimal {
        self.settled.decimal(amount)
    }

    /// The lines, each a purchase or a return; their figures are never below zero.
    pub fn lines(&self) -> impl Iterator<Item = SettledLine<'r>> {
        let (settled, reversed) = (self.settled, self.reversed);
        self.positions().map(move |position| {
            let (receipt, settlement) = (settled.receipt, settled.settlement);
            let line = SettledLine::of(receipt, &receipt.lines[position], &settlement.lines[position]);
            let back = line.back != reversed;
            SettledLine { back, kind: if back { Kind::Return } else { Kind::Purchase }, ..line }
        })
    }

    /// The positions of its lines in the till's receipt.
    pub fn positions(&self) -> impl Iterator<Item = usize> {
        let whole = if self.money.is_some() { 0 } else { self.settled.receipt.lines.len() };
        (0..whole).chain(self.money.into_iter().flat_map(|money| money.lines.iter().copied()))
    }

    /// The payments; never none, and they add up to the total.
    pub fn payments(&self) -> impl Iterator<Item = SettledPayment<'r>> {
        let payments: &[PaymentMoney] =
            self.money.map_or(&self.settled.settlement.payments, |money| &money.payments);
        let this = *self;
        payments.iter().map(move |money| {
            let payment = SettledPayment::of(this.settled.receipt, money);
            SettledPayment { amount: this.turned(payment.amount), ..payment }
        })
    }

    /// The tax rows: purchases less returns, but positive where there are only returns (fact R-28).
    pub fn taxes(&self) -> impl Iterator<Item = SettledTax<'r>> {
        let taxes: &[TaxMoney] = self.money.map_or(&self.settled.settlement.taxes, |money| &money.taxes);
        let (this, turned) = (*self, self.reversed && self.is_mixed());
        taxes.iter().map(move |money| {
            let (amount, gross) =
                if turned { (-money.amount, -money.gross) } else { (money.amount, money.gross) };
            SettledTax::of(this.settled.receipt, &TaxMoney { amount, gross, ..*money })
        })
    }

    /// Whether it holds nothing but returns.
    #[must_use]
    pub fn is_return(&self) -> bool {
        self.lines().all(|line| line.back)
    }

    /// The offers of discounts that took something, each once.
    pub fn vouchers(&self) -> impl Iterator<Item = &'r str> {
        let mut offers: Vec<&'r str> = Vec::new();
        for line in self.lines() {
            for offer in line.discounts().filter_map(|discount| discount.offer) {
                if !offers.contains(&offer) {
                    offers.push(offer);
                }
            }
        }
        offers.into_iter()
    }

    fn is_mixed(&self) -> bool {
        let back = self.lines().filter(|line| line.back).count();
        back > 0 && back < self.lines().count()
    }

    fn turned(&self, amount: Amount) -> Amount {
        if self.reversed { -amount } else { amount }
    }
}
