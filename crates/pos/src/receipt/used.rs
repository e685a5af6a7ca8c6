//! The offers that a sale used, by the till's words for them.
//!
//! Only what was sold uses offers: one that is named on a line that was paid back was left out in reading, and a
//! voucher that was given back is what a refund was paid with.

use std::collections::HashMap;

use super::SettledReceipt;
use super::settlement::PaidBy;
use crate::money::Amount;

/// An offer that a sale used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferUse<'r> {
    /// The till's word for it.
    pub offer: &'r str,
    /// Every place that names it, as JSON pointers; at least one.
    pub pointers: Vec<String>,
    /// Whether the till booked it as a payment.
    pub as_payment: bool,
    /// What the customer got for it in all: what it took off the lines, and what of it stayed a payment.
    pub cost: Amount,
    /// The positions of the lines that it took something off, ascending.
    pub lines: Vec<usize>,
}

/// Offers as they are found, each once.
#[derive(Default)]
struct Uses<'r> {
    list: Vec<OfferUse<'r>>,
    at: HashMap<&'r str, usize>,
}

impl<'r> Uses<'r> {
    fn of(&mut self, offer: &'r str) -> &mut OfferUse<'r> {
        let next = self.list.len();
        let at = *self.at.entry(offer).or_insert(next);
        if at == next {
            let (pointers, lines) = (Vec::new(), Vec::new());
            self.list.push(OfferUse { offer, pointers, as_payment: false, cost: Amount::ZERO, lines });
        }
        &mut self.list[at]
    }
}

impl<'r> SettledReceipt<'r> {
    /// The offers that what was sold used, each once, in the order in which they are named.
    #[must_use]
    pub fn offers(&self) -> Vec<OfferUse<'r>> {
        let receipt = self.receipt();
        if receipt.lines.iter().all(|line| line.back) {
            return Vec::new();
        }
        let mut uses = Uses::default();
        for (position, line) in receipt.lines.iter().enumerate() {
            for (row, discount) in line.discounts.iter().enumerate() {
                if let Some(offer) = discount.offer {
                    uses.of(offer).pointers.push(format!("/lines/{position}/discounts/{row}/offer"));
                }
            }
        }
        for (row, discount) in receipt.discounts.iter().enumerate() {
            if let Some(offer) = discount.offer {
                uses.of(offer).pointers.push(format!("/discounts/{row}/offer"));
            }
        }
        for (row, payment) in receipt.payments.iter().enumerate() {
            if let Some(offer) = payment.offer.filter(|_| payment.amount.is_sign_positive()) {
                let one = uses.of(offer);
                one.pointers.push(format!("/payments/{row}/offer"));
                one.as_payment = true;
            }
        }
        self.count(&mut uses);
        uses.list
    }

    /// What each was worth.
    fn count(&self, uses: &mut Uses<'r>) {
        for (position, line) in self.lines().enumerate().filter(|(_, line)| !line.back) {
            for discount in line.discounts() {
                if let Some(offer) = discount.offer {
                    let one = uses.of(offer);
                    one.cost = one.cost + discount.amount;
                    if one.lines.last() != Some(&position) {
                        one.lines.push(position);
                    }
                }
            }
        }
        for payment in self.settlement().payments.iter().filter(|payment| payment.amount.is_positive()) {
            if let PaidBy::Row(row) = payment.by
                && let Some(offer) = self.receipt().payments[row].offer
            {
                let one = uses.of(offer);
                one.cost = one.cost + payment.amount;
            }
        }
    }
}
